/* A workbook with one sheet, written row by row (constant memory), with Excel's own dates and numbers. */
#include "base/date.h"
#include "base/num.h"
#include "base/text.h"
#include "io/csv_write.h"
#include "io/export.h"
#include <math.h>
#include <xlsxwriter.h>

enum { CELL_TEXT_MAX = 32000, ROWS_MAX = 1048575, MONEY_FORMATS = 5 };

typedef struct {
    exporting     *x;
    lxw_workbook  *book;
    lxw_worksheet *sheet;
    lxw_format    *bold, *date, *time, *percent, *money[MONEY_FORMATS], *whole;
    lxw_row_t      row;
    lxw_error      failed;
} writing;

static lxw_format *numbers(lxw_workbook *b, const char *form)
{
    lxw_format *f = workbook_add_format(b);
    format_set_num_format(f, form);
    return f;
}

static void add_formats(writing *w)
{
    static const char *const money[MONEY_FORMATS] = { "#,##0", "#,##0.0", "#,##0.00", "#,##0.000", "#,##0.0000" };
    w->bold = workbook_add_format(w->book);
    format_set_bold(w->bold);
    w->date = numbers(w->book, "yyyy-mm-dd");
    w->time = numbers(w->book, "yyyy-mm-dd hh:mm:ss");
    w->percent = numbers(w->book, "0.00%");
    for (int i = 0; i < MONEY_FORMATS; i++)
        w->money[i] = numbers(w->book, money[i]);
}

static double serial(int64_t days, int64_t day_ms)
{
    return (double)(days + 25569) + (double)day_ms / (double)DAY_MS;
}

static lxw_error put_time(writing *w, lxw_col_t column, int64_t ms)
{
    str     zone = w->x->c->zone.n > 0 ? w->x->c->zone : STR("UTC");
    int64_t local = ms + zone_offset_ms(zone, ms), days = floor_div(local, DAY_MS);
    return worksheet_write_number(w->sheet, w->row, column, serial(days, local - days * DAY_MS), w->time);
}

static lxw_error put_text(writing *w, lxw_col_t column, str text)
{
    if (csv_looks_guarded(text))
        text = arena_printf(w->x->c->a, "'%.*s", STR_ARG(text));
    char *cut = arena_cstr(w->x->c->a, utf8_cut(text, CELL_TEXT_MAX));
    return cut[0] ? worksheet_write_string(w->sheet, w->row, column, cut, NULL) : LXW_NO_ERROR;
}

static double unscaled(int64_t v, int decimals)
{
    return (double)v / (double)num_pow10(decimals);
}

/* Excel keeps 15 digits: what has more stays a text. */
static bool exact(int64_t v)
{
    return v > -INT64_C(1000000000000000) && v < INT64_C(1000000000000000);
}

static lxw_error put_value(writing *w, query_row *row, size_t i)
{
    const query_column *c = &query_columns(w->x->q)[i];
    value               v = query_value(row, i);
    lxw_col_t           column = (lxw_col_t)i;
    if (!v.set)
        return LXW_NO_ERROR;
    if (c->real || !exact(v.i))
        return put_text(w, column, query_row_text(row, i));
    switch (c->type) {
    case FT_DATE: return worksheet_write_number(w->sheet, w->row, column, serial(v.i, 0), w->date);
    case FT_TIME: return put_time(w, column, v.i);
    case FT_BOOL: return worksheet_write_boolean(w->sheet, w->row, column, v.i != 0, NULL);
    case FT_INTEGER: return worksheet_write_number(w->sheet, w->row, column, (double)v.i, NULL);
    case FT_PERCENT: return worksheet_write_number(w->sheet, w->row, column, unscaled(v.i, 4), w->percent);
    case FT_DECIMAL:
        return worksheet_write_number(w->sheet, w->row, column, unscaled(v.i, c->field ? c->field->decimals : 0), NULL);
    case FT_MONEY: {
        int decimals = query_decimals(row, i);
        return worksheet_write_number(w->sheet, w->row, column, unscaled(v.i, decimals),
                                      w->money[decimals < MONEY_FORMATS ? decimals : 2]);
    }
    default: return put_text(w, column, query_row_text(row, i));
    }
}

static err put_row(void *arg, query_row *row)
{
    writing   *w = arg;
    arena_mark mark = arena_here(w->x->c->a);
    if (++w->row > ROWS_MAX)
        return io_job_refuse(w->x->job, ERR_TOO_LARGE, "export.too_many_rows", (str){ 0 }, (str){ 0 });
    for (size_t i = 0; i < query_column_count(w->x->q); i++) {
        lxw_error e = put_value(w, row, i);
        if (e != LXW_NO_ERROR)
            w->failed = e;
    }
    arena_reset(w->x->c->a, mark);
    return w->failed ? ERR_UNAVAILABLE : export_count(w->x);
}

/* In the file's properties, where an import does not look. */
static void bear_person_and_time(writing *w)
{
    const exporting   *x = w->x;
    char               at[TIME_TEXT];
    str                who = x->job->who.name.n ? x->job->who.name : STR("zhike");
    lxw_doc_properties p = { .created = (time_t)(x->c->now_ms / 1000) };
    time_format(x->c->now_ms, at);
    p.author = arena_cstr(x->c->a, who);
    p.comments = arena_cstr(x->c->a, arena_printf(x->c->a, "%.*s, %s, %.*s", STR_ARG(query_entity(x->q)->name), at,
                                                  STR_ARG(who)));
    workbook_set_properties(w->book, &p);
}

err export_xlsx(exporting *x)
{
    lxw_workbook_options options = { .constant_memory = LXW_TRUE };
    writing              w = { .x = x, .book = workbook_new_opt(x->path, &options) };
    if (!w.book)
        return ERR_UNAVAILABLE;
    bear_person_and_time(&w);
    w.sheet = workbook_add_worksheet(w.book, NULL);
    add_formats(&w);
    size_t n = query_column_count(x->q);
    for (size_t i = 0; i < n; i++) {
        char *header = arena_cstr(x->c->a, export_header(x, i));
        worksheet_set_column(w.sheet, (lxw_col_t)i, (lxw_col_t)i, 18, NULL);
        worksheet_write_string(w.sheet, 0, (lxw_col_t)i, header, w.bold);
    }
    worksheet_freeze_panes(w.sheet, 1, 0);
    err       e = query_run(x->c, x->q, put_row, &w);
    lxw_error closed = workbook_close(w.book);
    return e == ERR_OK && closed != LXW_NO_ERROR ? ERR_UNAVAILABLE : e;
}
