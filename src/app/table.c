#include "app/table.h"

#include "query/query.h"

enum { COLUMNS = 100, WIDEST = 40, LAID_OUT = 200 };

typedef struct {
    place     *p;
    query     *q;
    table_form form;
    size_t     columns, rows;
    int        width[COLUMNS];
    str       *cells; /* the rows that the widths are taken from */
    buf        line;
    bool       laid_out;
} table;

table_form table_form_of(const options *o)
{
    return o->value[OPT_JSON] ? TABLE_JSON : o->value[OPT_CSV] ? TABLE_CSV : TABLE_PLAIN;
}

/* Columns on a screen: Chinese, Japanese, Korean and full-width characters take two. */
static int text_width(str s)
{
    int       n = 0;
    ptrdiff_t at = 0;
    while (at < s.n) {
        uint32_t c = utf8_next(s, &at);
        bool     wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
                    (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                    (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x20000 && c <= 0x3fffd);
        n += wide ? 2 : 1;
    }
    return n;
}

static bool is_number(const query_column *c)
{
    return c->real || c->type == FT_INTEGER || c->type == FT_DECIMAL || c->type == FT_MONEY || c->type == FT_PERCENT;
}

static void print_cell(const table *t, size_t column, str s)
{
    int  pad = t->width[column] - text_width(s);
    bool last = column + 1 == t->columns, right = is_number(&query_columns(t->q)[column]);
    if (pad < 0)
        pad = 0;
    if (right)
        printf("%*s%.*s", pad, "", STR_ARG(s));
    else
        printf("%.*s%*s", STR_ARG(s), last ? 0 : pad, "");
    fputs(last ? "\n" : "  ", stdout);
}

static void print_head(table *t)
{
    static const char dashes[] = "----------------------------------------";
    for (size_t i = 0; i < t->columns; i++)
        print_cell(t, i, query_columns(t->q)[i].name);
    for (size_t i = 0; i < t->columns; i++)
        printf("%.*s%s", t->width[i], dashes, i + 1 == t->columns ? "\n" : "  ");
}

static void lay_out(table *t)
{
    if (t->laid_out)
        return;
    t->laid_out = true;
    for (size_t c = 0; c < t->columns; c++) {
        t->width[c] = text_width(query_columns(t->q)[c].name);
        for (size_t r = 0; r < t->rows && r < LAID_OUT; r++) {
            int w = text_width(t->cells[r * t->columns + c]);
            t->width[c] = w > t->width[c] ? w : t->width[c];
        }
        t->width[c] = t->width[c] > WIDEST ? WIDEST : t->width[c];
    }
    print_head(t);
    for (size_t r = 0; r < t->rows && r < LAID_OUT; r++)
        for (size_t c = 0; c < t->columns; c++)
            print_cell(t, c, t->cells[r * t->columns + c]);
}

static void put_csv(buf *b, str s)
{
    bool quoted = false;
    for (ptrdiff_t i = 0; i < s.n; i++)
        quoted |= strchr(",\"\r\n", s.p[i]) != NULL;
    if (quoted)
        buf_putc(b, '"');
    for (ptrdiff_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            buf_putc(b, '"');
        buf_putc(b, s.p[i]);
    }
    if (quoted)
        buf_putc(b, '"');
}

static void print_line(table *t)
{
    fwrite(t->line.p, 1, t->line.n, stdout);
    buf_clear(&t->line);
}

static err plain_row(table *t, query_row *row)
{
    for (size_t c = 0; c < t->columns; c++) {
        str s = query_row_text(row, c);
        if (t->laid_out)
            print_cell(t, c, s);
        else
            t->cells[t->rows * t->columns + c] = arena_str(t->p->a, s);
    }
    t->rows++;
    if (t->rows == LAID_OUT)
        lay_out(t);
    return ERR_OK;
}

static err take_row(void *arg, query_row *row)
{
    table *t = arg;
    if (t->form == TABLE_PLAIN)
        return plain_row(t, row);
    if (t->form == TABLE_JSON) {
        json_writer w;
        json_begin(&w, &t->line);
        query_row_json(row, &w);
        fputs(t->rows ? ",\n" : "[", stdout);
    } else {
        for (size_t c = 0; c < t->columns; c++) {
            buf_putz(&t->line, c ? "," : "");
            put_csv(&t->line, query_row_text(row, c));
        }
        buf_putz(&t->line, "\r\n");
    }
    t->rows++;
    print_line(t);
    return ERR_OK;
}

static void print_count(table *t)
{
    printf(t->form == TABLE_JSON ? "{\"count\":%s}\n" : t->form == TABLE_CSV ? "count\r\n%s\r\n" : "%s\n", t->line.p);
}

static err run(table *t)
{
    if (query_counts(t->q)) {
        /* one number: the answer's own JSON has it */
        json_writer w;
        buf         b;
        buf_init(&b, 4096);
        json_begin(&w, &b);
        err e = query_write(&t->p->c, t->q, &w);
        str s = buf_str(&b);
        if (e == ERR_OK && str_starts(s, STR("{\"count\":"))) {
            str number = str_sub(s, 9, s.n);
            buf_puts(&t->line, str_sub(number, 0, str_find_char(number, ',')));
            buf_putc(&t->line, 0);
            print_count(t);
        }
        buf_free(&b);
        return e;
    }
    t->columns = query_column_count(t->q);
    if (t->columns > COLUMNS)
        t->columns = COLUMNS;
    t->cells = arena_make_n(t->p->a, str, LAID_OUT * t->columns);
    if (t->form == TABLE_CSV) {
        for (size_t c = 0; c < t->columns; c++) {
            buf_putz(&t->line, c ? "," : "");
            put_csv(&t->line, query_columns(t->q)[c].name);
        }
        buf_putz(&t->line, "\r\n");
        print_line(t);
    }
    TRY(query_run(&t->p->c, t->q, take_row, t));
    if (t->form == TABLE_PLAIN) {
        lay_out(t);
        printf("(%zu %s)\n", t->rows, t->rows == 1 ? "row" : "rows");
    } else if (t->form == TABLE_JSON) {
        fputs(t->rows ? "]\n" : "[]\n", stdout);
    }
    return ERR_OK;
}

int table_query(place *p, str text, table_form form)
{
    table t = { .p = p, .form = form };
    buf_init(&t.line, 64 << 20);
    err e = db_read_begin(p->d, DB_LONG, &p->c.conn);
    if (e == ERR_OK) {
        e = query_select(&p->c, text, &t.q);
        if (e == ERR_OK)
            e = run(&t);
        db_read_end(p->c.conn);
        p->c.conn = NULL;
    }
    buf_free(&t.line);
    return e == ERR_OK ? 0 : place_fail(p, e, "the query");
}
