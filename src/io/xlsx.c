#include "base/date.h"
#include "base/limits.h"
#include "io/xlsx_book.h"
#include <math.h>

enum { ROW_MAX = 8 << 20, VALUE_MAX = LIMIT_IMPORT_CELL };

typedef enum { T_NUMBER, T_SHARED, T_STRING, T_INLINE, T_BOOL, T_ERROR, T_DATE } cell_type;

struct xlsx {
    part  *current; /* first: handlers get the xlsx, see part_open() */
    book   b;
    part   sheet;
    bool   open;
    size_t chosen;

    /* The cell at hand */
    cell_type   type;
    xlsx_format format;
    size_t      column;
    bool        in_value, in_cell, in_row;
    text_run    run;
    buf         value;

    /* The row at hand: pieces of `text` */
    buf     text;
    cell   *cells;
    size_t *begins;
    size_t  count, next_column;
    int64_t line;
};

/* ---- values ---- */

static void put_number(buf *out, double v)
{
    char text[64];
    if (v == floor(v) && fabs(v) < 1e15)
        snprintf(text, sizeof text, "%.0f", v == 0 ? 0.0 : v);
    else {
        snprintf(text, sizeof text, "%.15g", v);
        if (strchr(text, 'e') && fabs(v) < 1 && fabs(v) > 1e-12) {
            snprintf(text, sizeof text, "%.25f", v);
            for (size_t n = strlen(text); n > 0 && text[n - 1] == '0'; n--)
                text[n - 1] = 0;
        }
    }
    buf_putz(out, text);
}

static void put_clock(buf *out, int64_t ms, bool seconds)
{
    int64_t s = ms / 1000;
    buf_printf(out, "%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60));
    if (seconds || s % 60)
        buf_printf(out, ":%02d", (int)(s % 60));
}

/* Day numbers count from 1899-12-30 after February 1900; Excel believes in a 1900-02-29, so before it they are one less. */
static bool serial_day(bool epoch_1904, int64_t serial, int64_t *day)
{
    static const int64_t from_1900 = -25569, from_1904 = -24107;
    if (epoch_1904)
        *day = from_1904 + serial;
    else if (serial < 60)
        *day = from_1900 + serial + 1;
    else
        *day = from_1900 + serial;
    return epoch_1904 ? serial >= 0 && serial < 2957004 : serial >= 1 && serial != 60 && serial < 2958466;
}

static cell_kind put_moment(buf *out, const xlsx *x, double serial, xlsx_format format)
{
    int64_t day, whole = (int64_t)floor(serial);
    int64_t ms = (int64_t)llround((serial - floor(serial)) * (double)DAY_MS);
    if (ms >= DAY_MS) {
        whole++;
        ms = 0;
    }
    if (format == FORMAT_CLOCK) {
        put_clock(out, whole * DAY_MS + ms, true);
        return CELL_TEXT;
    }
    if (!serial_day(x->b.epoch_1904, whole, &day)) {
        put_number(out, serial);
        return CELL_NUMBER;
    }
    char date[DATE_TEXT];
    date_format(day, date);
    buf_putz(out, date);
    if (format == FORMAT_DATE && ms == 0)
        return CELL_DATE;
    buf_putc(out, 'T');
    put_clock(out, ms, true);
    return CELL_TIME;
}

static cell_kind put_numeric(xlsx *x)
{
    char  *end;
    double v = strtod(x->value.p ? x->value.p : "", &end);
    if (end == x->value.p || !isfinite(v)) {
        buf_puts(&x->text, buf_str(&x->value));
        return x->value.n > 0 ? CELL_TEXT : CELL_NUMBER;
    }
    if (x->format == FORMAT_NUMBER || v < 0 || v > 2958466) {
        if (x->format == FORMAT_PERCENT) {
            put_number(&x->text, v * 100);
            buf_putc(&x->text, '%');
        } else
            put_number(&x->text, v);
        return CELL_NUMBER;
    }
    if (x->format == FORMAT_PERCENT) {
        char text[64];
        snprintf(text, sizeof text, "%.12g%%", v * 100);
        buf_putz(&x->text, text);
        return CELL_NUMBER;
    }
    return put_moment(&x->text, x, v, x->format);
}

static cell_kind put_iso(xlsx *x)
{
    buf_puts(&x->text, buf_str(&x->value));
    return x->value.n > 10 ? CELL_TIME : CELL_DATE;
}

static cell_kind put_value(xlsx *x)
{
    bool found = true;
    str  v = buf_str(&x->value);
    switch (x->type) {
    case T_NUMBER: return put_numeric(x);
    case T_DATE: return put_iso(x);
    case T_SHARED:
        buf_puts(&x->text, book_string(&x->b, x->value.n > 0 ? x->value.p : "", &found));
        if (!found && v.n > 0)
            part_fail(&x->sheet, ERR_MALFORMED, "import.xlsx_string", x->line);
        return CELL_TEXT;
    case T_BOOL:
        buf_puts(&x->text, str_eq(v, STR("1")) || str_eq_nocase(v, STR("true")) ? STR("TRUE") : STR("FALSE"));
        return CELL_BOOL;
    case T_ERROR: buf_puts(&x->text, v); return CELL_ERROR;
    case T_STRING:
    case T_INLINE: break;
    }
    buf_puts(&x->text, (str){ v.p, v.n > 0 ? (ptrdiff_t)xlsx_unescape(x->value.p, x->value.n) : 0 });
    return CELL_TEXT;
}

/* ---- the sheet's elements ---- */

static cell_type type_of_cell(const char *t)
{
    static const struct {
        const char *name;
        cell_type   type;
    } types[] = { { "s", T_SHARED }, { "str", T_STRING }, { "inlineStr", T_INLINE },
                  { "b", T_BOOL },   { "e", T_ERROR },    { "d", T_DATE } };
    for (size_t i = 0; t && i < countof(types); i++)
        if (strcmp(t, types[i].name) == 0)
            return types[i].type;
    return T_NUMBER;
}

/* "AB12" → 27; past all limits: SIZE_MAX. */
static size_t column_of(const char *ref)
{
    size_t n = 0;
    for (; *ref >= 'A' && *ref <= 'Z'; ref++) {
        if (n > 100000)
            return SIZE_MAX;
        n = n * 26 + (size_t)(*ref - 'A') + 1;
    }
    return n - 1;
}

static void on_cell(xlsx *x, const XML_Char **attributes)
{
    const char *ref = xml_attribute(attributes, "r");
    x->type = type_of_cell(xml_attribute(attributes, "t"));
    x->format = xlsx_style_of(&x->b.style, xml_attribute(attributes, "s"));
    x->column = ref && *ref >= 'A' && *ref <= 'Z' ? column_of(ref) : x->next_column;
    x->next_column = x->column + 1;
    x->in_cell = true;
    x->run = (text_run){ 0 };
    buf_clear(&x->value);
}

static void on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    xlsx       *x = user;
    const char *tag = xml_local(name);
    if (strcmp(tag, "row") == 0) {
        const char *r = xml_attribute(attributes, "r");
        int64_t     line;
        x->line = r && str_to_int64(str_from(r), &line) && line > 0 ? line : x->line + 1;
        x->in_row = true;
        x->count = x->next_column = 0;
        buf_clear(&x->text);
    } else if (strcmp(tag, "c") == 0 && x->in_row)
        on_cell(x, attributes);
    else if (x->in_cell && strcmp(tag, "v") == 0)
        x->in_value = true;
    else if (x->in_cell)
        text_run_start(&x->run, tag);
}

static void on_text(void *user, const XML_Char *s, int n)
{
    xlsx *x = user;
    bool  inline_text = x->type == T_INLINE && x->run.in_t && x->run.phonetic == 0;
    if (!x->in_cell || !(x->in_value || inline_text))
        return;
    buf_put(&x->value, s, (size_t)n);
    if (x->value.failed)
        part_fail(&x->sheet, ERR_TOO_LARGE, "import.cell_too_long", x->line);
}

static void end_cell(xlsx *x)
{
    x->in_cell = false;
    if (x->value.n == 0 || x->sheet.faulty)
        return;
    buf_putc(&x->value, 0); /* for strtod and strtol */
    x->value.n--;
    if (x->column >= LIMIT_IMPORT_COLUMNS) {
        part_fail(&x->sheet, ERR_TOO_LARGE, "import.too_many_columns", x->line);
        return;
    }
    while (x->count <= x->column) {
        x->begins[x->count] = x->text.n;
        x->cells[x->count++] = (cell){ 0 };
    }
    x->begins[x->column] = x->text.n;
    x->cells[x->column].kind = put_value(x);
    x->cells[x->column].text.n = (ptrdiff_t)(x->text.n - x->begins[x->column]);
    if (x->text.failed)
        part_fail(&x->sheet, ERR_TOO_LARGE, "import.row_too_long", x->line);
}

static void on_end(void *user, const XML_Char *name)
{
    xlsx       *x = user;
    const char *tag = xml_local(name);
    if (strcmp(tag, "c") == 0 && x->in_cell)
        end_cell(x);
    else if (strcmp(tag, "v") == 0)
        x->in_value = false;
    else if (strcmp(tag, "row") == 0 && x->in_row) {
        x->in_row = false;
        if (!x->sheet.faulty)
            XML_StopParser(x->sheet.parser, XML_TRUE);
    } else if (x->in_cell)
        text_run_end(&x->run, tag);
}

/* ---- the interface ---- */

static err xlsx_new(zip_t *zip, xlsx **out, io_fault *f)
{
    xlsx *x = calloc(1, sizeof *x);
    ASSERT(x);
    x->current = &x->sheet;
    x->b.a = arena_new();
    x->b.pack.zip = zip;
    x->cells = calloc(LIMIT_IMPORT_COLUMNS, sizeof *x->cells);
    x->begins = calloc(LIMIT_IMPORT_COLUMNS, sizeof *x->begins);
    ASSERT(x->cells && x->begins);
    buf_init(&x->value, VALUE_MAX);
    buf_init(&x->text, ROW_MAX);
    err e = book_read(&x->b, f);
    if (e != ERR_OK) {
        xlsx_close(x);
        return e;
    }
    *out = x;
    return ERR_OK;
}

err xlsx_open(const char *path, xlsx **out, io_fault *f)
{
    int    code = 0;
    zip_t *zip = zip_open(path, ZIP_RDONLY, &code);
    if (!zip)
        return io_fail(f, ERR_MALFORMED, "import.not_a_zip", STR(""), STR(""));
    return xlsx_new(zip, out, f);
}

err xlsx_open_memory(const void *bytes, size_t n, xlsx **out, io_fault *f)
{
    zip_error_t   error;
    zip_source_t *source = zip_source_buffer_create(bytes, n, 0, &error);
    zip_t        *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (!zip) {
        zip_source_free(source);
        return io_fail(f, ERR_MALFORMED, "import.not_a_zip", STR(""), STR(""));
    }
    return xlsx_new(zip, out, f);
}

const xlsx_sheet *xlsx_sheets(const xlsx *x, size_t *count)
{
    *count = x->b.sheet_count;
    return x->b.sheets;
}

static err no_such_sheet(const xlsx *x, str sheet, io_fault *f)
{
    buf names;
    buf_init(&names, FAULT_WORD * 4);
    for (size_t i = 0; i < x->b.sheet_count; i++)
        buf_printf(&names, "%s%.*s", i > 0 ? ", " : "", STR_ARG(x->b.sheets[i].name));
    err e = io_fail(f, ERR_NOT_FOUND, "import.no_sheet", sheet, utf8_cut(buf_str(&names), FAULT_WORD - 1));
    buf_free(&names);
    return e;
}

static err sheet_begin(xlsx *x, size_t i, io_fault *f)
{
    static const part_handlers handlers = { on_start, on_end, on_text };
    if (x->open)
        part_close(&x->sheet);
    x->open = false;
    x->line = 0;
    x->in_row = x->in_cell = x->in_value = false;
    x->chosen = i;
    x->b.pack.inflated = 0;
    err e = part_open(&x->sheet, &x->b.pack, x->b.sheet_parts[i], &handlers, x, f);
    if (e == ERR_NOT_FOUND)
        e = io_fail(f, ERR_MALFORMED, "import.xlsx_broken", str_from(x->b.sheet_parts[i]), STR(""));
    x->open = e == ERR_OK;
    return e;
}

static err sheet_has_rows(xlsx *x, size_t i, bool *has, io_fault *f)
{
    row r;
    TRY(sheet_begin(x, i, f));
    do {
        TRY(xlsx_next(x, &r, has, f));
    } while (*has && row_empty(&r));
    return ERR_OK;
}

err xlsx_begin(xlsx *x, str sheet, io_fault *f)
{
    size_t  n = x->b.sheet_count;
    int64_t number;
    for (size_t i = 0; sheet.n > 0 && i < n; i++)
        if (str_eq_nocase(x->b.sheets[i].name, sheet))
            return sheet_begin(x, i, f);
    if (str_to_int64(sheet, &number) && number >= 1 && (size_t)number <= n)
        return sheet_begin(x, (size_t)number - 1, f);
    if (sheet.n > 0)
        return no_such_sheet(x, sheet, f);
    for (size_t i = 0; i < n; i++) {
        bool has = false;
        if (!x->b.sheets[i].hidden)
            TRY(sheet_has_rows(x, i, &has, f));
        if (has)
            return sheet_begin(x, i, f);
    }
    return sheet_begin(x, 0, f);
}

size_t xlsx_sheet_chosen(const xlsx *x)
{
    return x->chosen;
}

err xlsx_next(xlsx *x, row *out, bool *more, io_fault *f)
{
    bool ended = false;
    TRY(part_run(&x->sheet, &ended, f));
    for (size_t i = 0; !ended && i < x->count; i++)
        x->cells[i].text.p = x->cells[i].text.n > 0 ? x->text.p + x->begins[i] : "";
    *out = (row){ .cells = x->cells, .count = ended ? 0 : x->count, .line = x->line };
    *more = !ended;
    return ERR_OK;
}

void xlsx_close(xlsx *x)
{
    if (!x)
        return;
    if (x->open)
        part_close(&x->sheet);
    buf_free(&x->value);
    buf_free(&x->text);
    free(x->cells);
    free(x->begins);
    book_free(&x->b);
    free(x);
}
