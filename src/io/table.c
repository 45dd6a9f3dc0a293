#include "io/table.h"
#include "base/limits.h"
#include "base/map.h"
#include "io/csv.h"
#include "io/reader.h"
#include "io/xlsx.h"
#include <sys/stat.h>

enum { SNIFF_BYTES = 256 << 10, HEADER_ROWS = 50 };

struct table {
    arena     *a;
    reader    *text;
    csv       *csv;
    xlsx      *book;
    str        sheet;
    size_t     skip; /* "sep=;" at the beginning, after decoding */
    table_info about;
    row        header;
};

static err table_raw(table *t, row *out, bool *more, io_fault *f)
{
    do {
        TRY(t->csv ? csv_next(t->csv, out, more, f) : xlsx_next(t->book, out, more, f));
    } while (*more && row_empty(out));
    return ERR_OK;
}

static err csv_restart(table *t, io_fault *f)
{
    char   skipped[16];
    size_t n = 0;
    TRY(reader_rewind(t->text, f));
    if (t->skip > 0)
        TRY(reader_read(t->text, skipped, t->skip, &n, f));
    csv_close(t->csv);
    t->csv = csv_open(t->about.separator, reader_read, t->text);
    return ERR_OK;
}

static err table_start(table *t, io_fault *f)
{
    return t->text ? csv_restart(t, f) : xlsx_begin(t->book, t->sheet, f);
}

static size_t filled(const row *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->count; i++)
        n += str_trim(r->cells[i].text).n > 0;
    return n;
}

static void header_keep(table *t, const row *r)
{
    cell *cells = arena_make_n(t->a, cell, r->count + 1);
    t->header = (row){ .cells = cells, .line = r->line };
    for (size_t i = 0; i < r->count; i++) {
        cells[i] = (cell){ .text = arena_str(t->a, str_trim(r->cells[i].text)), .kind = r->cells[i].kind };
        if (cells[i].text.n > 0)
            t->header.count = i + 1;
    }
    t->about.header_line = r->line;
}

/* The first of the first rows that has at least half as many filled cells as the fullest of them. */
static err find_header(table *t, io_fault *f)
{
    size_t counts[HEADER_ROWS], n = 0, most = 0, which = 0;
    bool   more = true;
    row    r;
    TRY(table_start(t, f));
    while (n < HEADER_ROWS) {
        TRY(table_raw(t, &r, &more, f));
        if (!more)
            break;
        counts[n] = filled(&r);
        most = counts[n] > most ? counts[n] : most;
        n++;
    }
    if (n == 0)
        return io_fail(f, ERR_MALFORMED, "import.no_rows", STR(""), STR(""));
    while (counts[which] * 2 < most || (most > 1 && counts[which] < 2))
        which++;
    TRY(table_start(t, f));
    for (size_t i = 0; i <= which; i++)
        TRY(table_raw(t, &r, &more, f));
    header_keep(t, &r);
    return ERR_OK;
}

/* The first part of the text, for finding the separator. */
static err csv_dialect(table *t, io_fault *f)
{
    char  *sample = malloc(SNIFF_BYTES);
    size_t n = 0, got = 1;
    err    e = ERR_OK;
    ASSERT(sample);
    while (e == ERR_OK && got > 0 && n < SNIFF_BYTES) {
        e = reader_read(t->text, sample + n, SNIFF_BYTES - n, &got, f);
        n += e == ERR_OK ? got : 0;
    }
    if (e == ERR_OK)
        t->about.separator = csv_separator((str){ sample, (ptrdiff_t)n }, got == 0, &t->skip);
    free(sample);
    return e;
}

static err open_csv(table *t, const char *path, io_fault *f)
{
    TRY(reader_open(path, &t->text, f));
    t->about.format = "csv";
    t->about.encoding = encoding_name(reader_encoding(t->text));
    return csv_dialect(t, f);
}

static void sheet_names(table *t)
{
    size_t            n;
    const xlsx_sheet *sheets = xlsx_sheets(t->book, &n);
    buf               names;
    buf_init(&names, 1 << 20);
    for (size_t i = 0; i < n; i++)
        buf_printf(&names, sheets[i].hidden ? "%s(%.*s)" : "%s%.*s", i > 0 ? "\n" : "", STR_ARG(sheets[i].name));
    t->about.sheets = arena_str(t->a, buf_str(&names));
    buf_free(&names);
    t->about.sheet = sheets[xlsx_sheet_chosen(t->book)].name;
}

static err open_book(table *t, const char *path, io_fault *f)
{
    struct stat st;
    if (stat(path, &st) == 0 && st.st_size > LIMIT_IMPORT_BYTES)
        return io_fail_at(f, ERR_TOO_LARGE, "import.file_too_large", LIMIT_IMPORT_BYTES >> 20, str_from(path));
    t->about.format = "xlsx";
    t->about.encoding = "UTF-8";
    return xlsx_open(path, &t->book, f);
}

err table_open(const char *path, str sheet, table **out, io_fault *f)
{
    file_kind kind;
    TRY(reader_file_kind(path, &kind, f));
    if (kind == FILE_TEXT && sheet.n > 0)
        return io_fail(f, ERR_INVALID, "import.sheet_of_csv", sheet, STR(""));
    arena *a = arena_new();
    table *t = arena_make(a, table);
    t->a = a;
    t->sheet = arena_str(a, sheet);
    err e = kind == FILE_ZIP ? open_book(t, path, f) : open_csv(t, path, f);
    if (e == ERR_OK)
        e = find_header(t, f);
    if (e == ERR_OK && t->book)
        sheet_names(t);
    if (e != ERR_OK) {
        table_close(t);
        return e;
    }
    *out = t;
    return ERR_OK;
}

const table_info *table_about(const table *t)
{
    return &t->about;
}

const row *table_header(const table *t)
{
    return &t->header;
}

err table_next(table *t, row *out, bool *more, io_fault *f)
{
    return table_raw(t, out, more, f);
}

err table_rewind(table *t, io_fault *f)
{
    row  r;
    bool more = true;
    TRY(table_start(t, f));
    do {
        TRY(table_raw(t, &r, &more, f));
    } while (more && r.line < t->header.line);
    return ERR_OK;
}

void table_close(table *t)
{
    if (!t)
        return;
    csv_close(t->csv);
    reader_close(t->text);
    xlsx_close(t->book);
    arena_free(t->a);
}
