#include "io/csv.h"
#include "base/buf.h"
#include "base/limits.h"

enum { CHUNK = 64 << 10, ROW_MAX = 8 << 20 };

typedef enum { AT_START, IN_PLAIN, IN_QUOTES, AFTER_QUOTES } csv_state;

struct csv {
    csv_read_fn read;
    void       *arg;
    char       *chunk;
    size_t      at, have;
    bool        ended, skip_lf;
    csv_state   state;
    int64_t     line, quote_line;
    buf         text; /* the row's cells one after the other */
    size_t     *ends; /* where each ends in text */
    cell       *cells;
    size_t      count;
    bool        special[256]; /* ends a plain cell, or is a NUL */
    char        separator;
};

csv *csv_open(char separator, csv_read_fn read, void *arg)
{
    csv *c = calloc(1, sizeof *c);
    ASSERT(c);
    c->chunk = malloc(CHUNK);
    c->ends = malloc(LIMIT_IMPORT_COLUMNS * sizeof *c->ends);
    c->cells = malloc(LIMIT_IMPORT_COLUMNS * sizeof *c->cells);
    ASSERT(c->chunk && c->ends && c->cells);
    buf_init(&c->text, ROW_MAX);
    c->read = read;
    c->arg = arg;
    c->line = 1;
    c->separator = separator;
    c->special[(unsigned char)separator] = c->special['\n'] = c->special['\r'] = c->special[0] = true;
    return c;
}

void csv_close(csv *c)
{
    if (!c)
        return;
    buf_free(&c->text);
    free(c->chunk);
    free(c->ends);
    free(c->cells);
    free(c);
}

static err csv_fill(csv *c, io_fault *f)
{
    size_t n = 0;
    TRY(c->read(c->arg, c->chunk, CHUNK, &n, f));
    c->at = 0;
    c->have = n;
    c->ended = n == 0;
    return ERR_OK;
}

static err csv_put(csv *c, const char *p, size_t n, io_fault *f)
{
    size_t begin = c->count > 0 ? c->ends[c->count - 1] : 0;
    if (c->text.n - begin + n > LIMIT_IMPORT_CELL)
        return io_fail_at(f, ERR_TOO_LARGE,
                          c->state == IN_QUOTES ? "import.cell_too_long_quote" : "import.cell_too_long",
                          c->state == IN_QUOTES ? c->quote_line : c->line, STR(""));
    buf_put(&c->text, p, n);
    if (c->text.failed)
        return io_fail_at(f, ERR_TOO_LARGE, "import.row_too_long", c->line, STR(""));
    return ERR_OK;
}

static err csv_end_cell(csv *c, io_fault *f)
{
    if (c->count == LIMIT_IMPORT_COLUMNS)
        return io_fail_at(f, ERR_TOO_LARGE, "import.too_many_columns", c->line, STR(""));
    c->ends[c->count++] = c->text.n;
    c->state = AT_START;
    return ERR_OK;
}

static void csv_count_lines(csv *c, const char *p, size_t n)
{
    const char *end = p + n;
    for (const char *q = p; (q = memchr(q, '\n', (size_t)(end - q))) != NULL; q++)
        c->line++;
}

/* Text inside quotes up to the closing one. */
static err csv_quoted(csv *c, io_fault *f)
{
    const char *from = c->chunk + c->at;
    size_t      left = c->have - c->at;
    const char *quote = memchr(from, '"', left);
    size_t      n = quote ? (size_t)(quote - from) : left;
    if (memchr(from, 0, n))
        return io_fail_at(f, ERR_MALFORMED, "import.not_text", c->line, STR(""));
    TRY(csv_put(c, from, n, f));
    csv_count_lines(c, from, n);
    c->at += n;
    if (quote) {
        c->at++;
        c->state = AFTER_QUOTES;
    }
    return ERR_OK;
}

/* Characters up to one that ends the cell or the row; *row_done when the row is there. */
static err csv_plain(csv *c, bool *row_done, io_fault *f)
{
    size_t from = c->at;
    while (c->at < c->have && !c->special[(unsigned char)c->chunk[c->at]])
        c->at++;
    TRY(csv_put(c, c->chunk + from, c->at - from, f));
    if (c->at == c->have) {
        c->state = IN_PLAIN;
        return ERR_OK;
    }
    char end = c->chunk[c->at++];
    if (end == 0)
        return io_fail_at(f, ERR_MALFORMED, "import.not_text", c->line, STR(""));
    TRY(csv_end_cell(c, f));
    if (end != c->separator) {
        c->skip_lf = end == '\r';
        c->line++;
        *row_done = true;
    }
    return ERR_OK;
}

static err csv_advance(csv *c, bool *row_done, io_fault *f)
{
    char next = c->chunk[c->at];
    switch (c->state) {
    case AT_START:
        if (next != '"')
            return csv_plain(c, row_done, f);
        c->at++;
        c->state = IN_QUOTES;
        c->quote_line = c->line;
        return ERR_OK;
    case IN_QUOTES: return csv_quoted(c, f);
    case AFTER_QUOTES:
        if (next != '"')
            return csv_plain(c, row_done, f);
        c->at++;
        c->state = IN_QUOTES;
        return csv_put(c, "\"", 1, f);
    case IN_PLAIN: break;
    }
    return csv_plain(c, row_done, f);
}

static void csv_cells(csv *c)
{
    size_t begin = 0;
    for (size_t i = 0; i < c->count; i++) {
        ptrdiff_t n = (ptrdiff_t)(c->ends[i] - begin);
        c->cells[i] = (cell){ .text = n > 0 ? (str){ c->text.p + begin, n } : STR("") };
        begin = c->ends[i];
    }
}

err csv_next(csv *c, row *out, bool *more, io_fault *f)
{
    buf_clear(&c->text);
    c->count = 0;
    c->state = AT_START;
    bool    done = false, any = false;
    int64_t line = c->line;
    while (!done) {
        if (c->at == c->have) {
            TRY(csv_fill(c, f));
            if (c->ended)
                break;
        }
        if (c->skip_lf) { /* the second half of a CRLF */
            c->skip_lf = false;
            if (c->chunk[c->at] == '\n') {
                c->at++;
                continue;
            }
        }
        any = true;
        TRY(csv_advance(c, &done, f));
    }
    if (!done && c->state == IN_QUOTES)
        return io_fail_at(f, ERR_MALFORMED, "import.unclosed_quote", c->quote_line, STR(""));
    if (!done && any)
        TRY(csv_end_cell(c, f));
    csv_cells(c);
    *out = (row){ .cells = c->cells, .count = c->count, .line = line };
    *more = done || any;
    return ERR_OK;
}

bool row_empty(const row *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (str_trim(r->cells[i].text).n > 0)
            return false;
    return true;
}

/* ---- which separator ---- */

enum { SNIFF_ROWS = 200 };

typedef struct {
    str  left;
    bool whole;
} sniff_source;

static err sniff_read(void *arg, char *p, size_t room, size_t *n, io_fault *f)
{
    (void)f;
    sniff_source *s = arg;
    *n = (size_t)s->left.n < room ? (size_t)s->left.n : room;
    memcpy(p, s->left.p, *n);
    s->left = str_sub(s->left, (ptrdiff_t)*n, s->left.n);
    return ERR_OK;
}

/* Widths of the first rows; the last one is left out where the sample may have cut it. */
static size_t sniff_widths(char separator, str sample, bool whole, size_t width[SNIFF_ROWS])
{
    sniff_source s = { sample, whole };
    csv         *c = csv_open(separator, sniff_read, &s);
    io_fault     f = { 0 };
    row          r;
    size_t       n = 0;
    for (bool more = true; n < SNIFF_ROWS && csv_next(c, &r, &more, &f) == ERR_OK && more;)
        if (!row_empty(&r))
            width[n++] = r.count;
    if (!whole && n > 1 && n < SNIFF_ROWS)
        n--;
    csv_close(c);
    return n;
}

/* In thousandths: how many rows have the commonest width; 0 where that is one cell. */
static int sniff_score(const size_t *width, size_t n)
{
    size_t best = 0, best_width = 1;
    for (size_t i = 0; i < n; i++) {
        size_t same = 0;
        for (size_t j = 0; j < n; j++)
            same += width[j] == width[i];
        if (same > best || (same == best && width[i] > best_width)) {
            best = same;
            best_width = width[i];
        }
    }
    if (best_width < 2)
        return 0;
    /* More columns are the better answer between two even ones. */
    return (int)(best * 1000 / n) + (best_width < 50 ? (int)best_width : 50);
}

char csv_separator(str sample, bool whole, size_t *skip)
{
    static const char candidates[] = { ',', ';', '\t', '|' };
    *skip = 0;
    if (sample.n >= 5 && str_eq_nocase(str_sub(sample, 0, 4), STR("sep=")) &&
        (sample.n == 5 || sample.p[5] == '\r' || sample.p[5] == '\n')) {
        *skip = 5;
        while (*skip < (size_t)sample.n && *skip < 7 && (sample.p[*skip] == '\r' || sample.p[*skip] == '\n'))
            (*skip)++;
        return sample.p[4];
    }
    char best = ',';
    int  best_score = 0;
    for (size_t i = 0; i < countof(candidates); i++) {
        size_t width[SNIFF_ROWS];
        size_t n = sniff_widths(candidates[i], sample, whole, width);
        int    score = n > 0 ? sniff_score(width, n) : 0;
        if (score > best_score) {
            best_score = score;
            best = candidates[i];
        }
    }
    return best;
}
