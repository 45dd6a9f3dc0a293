/* Workbooks: made here with libxlsxwriter and, where it would not lie, by hand with libzip. */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>
#include <xlsxwriter.h>
#include <zip.h>

#include "base/buf.h"
#include "io/table.h"
#include "io/xlsx.h"

static void temporary(char path[64])
{
    strcpy(path, "/tmp/zk_t_xlsx_XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
}

static const char kinds[] = {
    [CELL_TEXT] = 't', [CELL_NUMBER] = 'n', [CELL_DATE] = 'd', [CELL_TIME] = 'm', [CELL_BOOL] = 'b', [CELL_ERROR] = 'e'
};

/* Rows as "3:a/t|12/n¶": the row's number, then text and kind of each cell that is filled or between. */
static str flat(arena *a, xlsx *x, str sheet, io_fault *f)
{
    buf  out;
    row  r;
    bool more = true;
    err  e = xlsx_begin(x, sheet, f);
    buf_init(&out, 1 << 20);
    while (e == ERR_OK && (e = xlsx_next(x, &r, &more, f)) == ERR_OK && more) {
        buf_printf(&out, "%lld:", (long long)r.line);
        for (size_t i = 0; i < r.count; i++)
            buf_printf(&out, "%s%.*s/%c", i > 0 ? "|" : "", STR_ARG(r.cells[i].text), kinds[r.cells[i].kind]);
        buf_putz(&out, "¶");
    }
    str text = e == ERR_OK ? arena_str(a, buf_str(&out)) : (str){ 0 };
    buf_free(&out);
    return text;
}

static lxw_format *format_of(lxw_workbook *b, const char *code)
{
    lxw_format *f = workbook_add_format(b);
    format_set_num_format(f, code);
    return f;
}

static void write_values(const char *path)
{
    lxw_workbook  *b = workbook_new(path);
    lxw_worksheet *hidden = workbook_add_worksheet(b, "Secret");
    lxw_worksheet *s = workbook_add_worksheet(b, "数据");
    workbook_add_worksheet(b, "Empty");
    worksheet_activate(s);
    worksheet_set_first_sheet(s);
    worksheet_hide(hidden);
    worksheet_write_string(hidden, 0, 0, "hidden", NULL);
    worksheet_write_string(s, 0, 0, "text", NULL);
    worksheet_write_string(s, 0, 2, " 华为 & <co> ", NULL);
    worksheet_write_number(s, 2, 0, 13800138000.0, NULL);
    worksheet_write_number(s, 2, 1, 0.1 + 0.2, NULL);
    worksheet_write_number(s, 2, 2, -1234.5, NULL);
    worksheet_write_number(s, 2, 3, 0.25, format_of(b, "0.00%"));
    worksheet_write_number(s, 3, 0, 42736, format_of(b, "yyyy-mm-dd"));
    worksheet_write_number(s, 3, 1, 42736.5, format_of(b, "m/d/yy h:mm"));
    worksheet_write_number(s, 3, 2, 0.75, format_of(b, "hh:mm"));
    worksheet_write_number(s, 3, 3, 42736, format_of(b, "[Red]#,##0.00"));
    worksheet_write_number(s, 3, 4, 42736, format_of(b, "yyyy\"年\"m\"月\"d\"日\""));
    worksheet_write_number(s, 3, 5, 59, format_of(b, "yyyy-mm-dd"));
    worksheet_write_number(s, 3, 6, 61, format_of(b, "yyyy-mm-dd"));
    worksheet_write_boolean(s, 4, 0, 1, NULL);
    worksheet_write_formula_str(s, 4, 1, "=A1&\"x\"", NULL, "textx");
    worksheet_write_formula_num(s, 4, 2, "=1+1", NULL, 2);
    worksheet_write_blank(s, 4, 3, format_of(b, "0"));
    worksheet_merge_range(s, 5, 0, 5, 2, "merged", format_of(b, "0"));
    assert_int_equal(workbook_close(b), LXW_NO_ERROR);
}

static void values_as_excel_means_them(void **state)
{
    (void)state;
    char     path[64];
    io_fault f = { 0 };
    xlsx    *x;
    size_t   n;
    arena   *a = arena_new();
    temporary(path);
    write_values(path);
    assert_int_equal(xlsx_open(path, &x, &f), ERR_OK);
    const xlsx_sheet *sheets = xlsx_sheets(x, &n);
    assert_int_equal(n, 3);
    assert_true(sheets[0].hidden && !sheets[1].hidden);
    str               is = flat(a, x, (str){ 0 }, &f);
    static const char wanted[] =
        "1:text/t|/t| 华为 & <co> /t¶"
        "3:13800138000/n|0.3/n|-1234.5/n|25%/n¶"
        "4:2017-01-01/d|2017-01-01T12:00:00/m|18:00:00/t|42736/n|2017-01-01/d|1900-02-28/d|1900-03-01/d¶"
        "5:TRUE/b|textx/t|2/n¶"
        "6:merged/t¶";
    if (!str_eq(is, str_from(wanted)))
        print_message("%.*s\n", STR_ARG(is));
    assert_true(str_eq(is, str_from(wanted)));
    assert_int_equal(xlsx_sheet_chosen(x), 1);
    assert_true(str_eq(flat(a, x, STR("数据"), &f), is));
    assert_true(str_eq(flat(a, x, STR("2"), &f), is));
    assert_true(str_eq(flat(a, x, STR("secret"), &f), STR("1:hidden/t¶")));
    assert_int_equal(xlsx_begin(x, STR("Nowhere"), &f), ERR_NOT_FOUND);
    assert_string_equal(f.code, "import.no_sheet");
    assert_non_null(strstr(f.word[1], "数据"));
    xlsx_close(x);
    unlink(path);
    arena_free(a);
}

static void number_formats(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        xlsx_format is;
    } cases[] = {
        { "General", FORMAT_NUMBER },
        { "0.00", FORMAT_NUMBER },
        { "#,##0;[Red]-#,##0", FORMAT_NUMBER },
        { "0%", FORMAT_PERCENT },
        { "yyyy-mm-dd", FORMAT_DATE },
        { "d\\.m\\.yyyy", FORMAT_DATE },
        { "mmm yy", FORMAT_DATE },
        { "h:mm AM/PM", FORMAT_CLOCK },
        { "[h]:mm:ss", FORMAT_CLOCK },
        { "yyyy/m/d h:mm", FORMAT_TIME },
        { "\"day\" 0", FORMAT_NUMBER },
        { "[$-804]yyyy\"年\"", FORMAT_DATE },
        { "0.00E+00", FORMAT_NUMBER },
        { "_($* #,##0_)", FORMAT_NUMBER },
        { "[Magenta]0", FORMAT_NUMBER },
        { "[DBNum1][$-804]m\"月\"d\"日\"", FORMAT_DATE },
    };
    for (size_t i = 0; i < countof(cases); i++)
        if (xlsx_format_of(str_from(cases[i].code)) != cases[i].is)
            fail_msg("%s", cases[i].code);
}

/* ---- by hand ---- */

static const char relations[] =
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" "
    "Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" "
    "Target=\"xl/workbook.xml\"/></Relationships>";
static const char book_relations[] =
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" "
    "Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" "
    "Target=\"worksheets/sheet1.xml\"/></Relationships>";
#define BOOK(property)                                                                          \
    "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" "            \
    "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">" property \
    "<sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"

static void zip_text(zip_t *z, const char *name, const char *text, size_t n)
{
    zip_source_t *s = zip_source_buffer(z, text, n, 0);
    assert_true(zip_file_add(z, name, s, ZIP_FL_OVERWRITE) >= 0);
}

static void by_hand(const char *path, const char *book, const char *sheet, size_t sheet_n)
{
    int    code;
    zip_t *z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    assert_non_null(z);
    zip_text(z, "_rels/.rels", relations, sizeof relations - 1);
    zip_text(z, "xl/_rels/workbook.xml.rels", book_relations, sizeof book_relations - 1);
    zip_text(z, "xl/workbook.xml", book, strlen(book));
    if (sheet)
        zip_text(z, "xl/worksheets/sheet1.xml", sheet, sheet_n);
    assert_int_equal(zip_close(z), 0);
}

static str read_by_hand(arena *a, const char *book, const char *sheet, size_t n, io_fault *f)
{
    char  path[64];
    xlsx *x;
    str   is = { 0 };
    temporary(path);
    by_hand(path, book, sheet, n);
    *f = (io_fault){ 0 };
    if (xlsx_open(path, &x, f) == ERR_OK) {
        is = flat(a, x, (str){ 0 }, f);
        xlsx_close(x);
    }
    unlink(path);
    return is;
}

static void what_other_writers_write(void **state)
{
    (void)state;
    static const char sheet[] =
        "<x:worksheet xmlns:x=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><x:sheetData>"
        "<x:row><x:c t=\"inlineStr\"><x:is><x:r><x:t>a</x:t></x:r><x:r><x:t xml:space=\"preserve\"> b</x:t></x:r>"
        "<x:rPh><x:t>READ</x:t></x:rPh></x:is></x:c><x:c t=\"e\"><x:v>#N/A</x:v></x:c></x:row>"
        "<x:row r=\"7\"><x:c r=\"C7\" t=\"str\"><x:v>x_x000D_y</x:v></x:c><x:c "
        "t=\"d\"><x:v>2020-01-02</x:v></x:c></x:row>"
        "</x:sheetData></x:worksheet>";
    arena   *a = arena_new();
    io_fault f;
    str      is = read_by_hand(a, BOOK(""), sheet, sizeof sheet - 1, &f);
    if (!str_eq(is, STR("1:a b/t|#N/A/e¶7:/t|/t|x\ry/t|2020-01-02/d¶")))
        print_message("%.*s\n", STR_ARG(is));
    assert_true(str_eq(is, STR("1:a b/t|#N/A/e¶7:/t|/t|x\ry/t|2020-01-02/d¶")));
    arena_free(a);
}

static void refused(const char *book, const char *sheet, size_t n, const char *code)
{
    arena   *a = arena_new();
    io_fault f;
    (void)read_by_hand(a, book, sheet, n, &f);
    assert_non_null(f.code);
    assert_string_equal(f.code, code);
    arena_free(a);
}

static void bad_workbooks(void **state)
{
    (void)state;
    static const char cut[] = "<worksheet><sheetData><row><c><v>1</v></c>";
    static const char entities[] =
        "<!DOCTYPE w [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;\">]>"
        "<worksheet><sheetData><row><c t=\"str\"><v>&b;</v></c></row></sheetData></worksheet>";
    static const char shared[] = "<worksheet><sheetData><row><c t=\"s\"><v>5</v></c></row></sheetData></worksheet>";
    static const char far_right[] =
        "<worksheet><sheetData><row><c r=\"XFD1\"><v>5</v></c></row></sheetData></worksheet>";
    refused(BOOK(""), cut, sizeof cut - 1, "import.xlsx_broken");
    refused(BOOK(""), entities, sizeof entities - 1, "import.xlsx_broken");
    refused(BOOK(""), shared, sizeof shared - 1, "import.xlsx_string");
    refused(BOOK(""), far_right, sizeof far_right - 1, "import.too_many_columns");
    refused(BOOK(""), NULL, 0, "import.xlsx_broken");
    refused("<workbook/>", cut, sizeof cut - 1, "import.no_workbook");
}

static void a_bomb_does_not_go_off(void **state)
{
    (void)state;
    size_t n = 64 << 20;
    char  *zeros = malloc(n);
    memset(zeros, ' ', n);
    memcpy(zeros, "<worksheet>", 11);
    refused(BOOK(""), zeros, n, "import.xlsx_inflates");
    free(zeros);
}

static void not_even_a_zip(void **state)
{
    (void)state;
    char     path[64];
    io_fault f = { 0 };
    table   *t;
    temporary(path);
    write_values(path);
    assert_int_equal(truncate(path, 2000), 0);
    assert_int_equal(table_open(path, (str){ 0 }, &t, &f), ERR_MALFORMED);
    assert_string_equal(f.code, "import.not_a_zip");
    unlink(path);
}

static void the_other_epoch(void **state)
{
    (void)state;
    static const char styles[] = "<styleSheet><cellXfs><xf numFmtId=\"14\"/></cellXfs></styleSheet>";
    static const char rels[] = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
                               "<Relationship Id=\"r1\" Type=\"x/worksheet\" Target=\"/xl/worksheets/sheet1.xml\"/>"
                               "<Relationship Id=\"r2\" Type=\"x/styles\" Target=\"./styles.xml\"/></Relationships>";
    static const char sheet[] = "<worksheet><sheetData><row><c s=\"0\"><v>0</v></c><c s=\"0\"><v>41274</v></c></row>"
                                "</sheetData></worksheet>";
    char              path[64];
    int               code;
    io_fault          f = { 0 };
    xlsx             *x;
    arena            *a = arena_new();
    temporary(path);
    by_hand(path, BOOK("<workbookPr date1904=\"1\"/>"), sheet, sizeof sheet - 1);
    zip_t *z = zip_open(path, 0, &code);
    zip_text(z, "xl/_rels/workbook.xml.rels", rels, sizeof rels - 1);
    zip_text(z, "xl/styles.xml", styles, sizeof styles - 1);
    assert_int_equal(zip_close(z), 0);
    assert_int_equal(xlsx_open(path, &x, &f), ERR_OK);
    assert_true(str_eq(flat(a, x, (str){ 0 }, &f), STR("1:1904-01-01/d|2017-01-01/d¶")));
    xlsx_close(x);
    unlink(path);
    arena_free(a);
}

/* ---- the public collection, where it is ---- */

static void real_workbooks(void **state)
{
    (void)state;
    static const struct {
        const char *name, *sheet, *header;
        int64_t     rows;
    } files[] = {
        { "datasets.xlsx", "", "mpg|cyl|disp|hp|drat|wt|qsec|vs|am|gear|carb", 32 },
        { "datasets.xlsx", "quakes", "lat|long|depth|mag|stations", 1000 },
        { "iris-excel-xlsx.xlsx", "", "Sepal.Length|Sepal.Width|Petal.Length|Petal.Width|Species", 150 },
        { "iris-google-doc.xlsx", "", "Sepal.Length|Sepal.Width|Petal.Length|Petal.Width|Species", 150 },
        { "nonstandard-xml-ns-prefix.xlsx", "", NULL, -1 },
        { "no-styles-or-sharedStrings-parts.xlsx", "", NULL, -1 },
        { "missing-v-node-xlsx.xlsx", "", NULL, -1 },
        { "embedded-chartsheet.xlsx", "", NULL, -1 },
        { "richtext-coloured.xlsx", "", NULL, -1 },
        { "sheet-xml-lookup.xlsx", "", NULL, -1 },
        { "utf8-sheet-names.xlsx", "", NULL, -1 },
    };
    const char *folder = getenv("ZHIKE_TEST_DATA");
    for (size_t i = 0; i < countof(files); i++) {
        char     path[400];
        io_fault f = { 0 };
        table   *t;
        row      r;
        bool     more = true;
        int64_t  rows = 0;
        snprintf(path, sizeof path, "%s/formats/xlsx/readxl/%s", folder && *folder ? folder : "../shared/data",
                 files[i].name);
        if (access(path, R_OK) != 0) {
            print_message("          no ZHIKE_TEST_DATA: skipped\n");
            skip();
        }
        if (table_open(path, str_from(files[i].sheet), &t, &f) != ERR_OK)
            fail_msg("%s: %s %s", files[i].name, f.code, f.word[0]);
        buf header;
        buf_init(&header, 10000);
        for (size_t k = 0; k < table_header(t)->count; k++)
            buf_printf(&header, "%s%.*s", k > 0 ? "|" : "", STR_ARG(table_header(t)->cells[k].text));
        if (files[i].header && !str_eq(buf_str(&header), str_from(files[i].header)))
            print_message("%s: %.*s\n", files[i].name, (int)header.n, header.p);
        if (files[i].header)
            assert_true(str_eq(buf_str(&header), str_from(files[i].header)));
        while (table_next(t, &r, &more, &f) == ERR_OK && more)
            rows++;
        assert_null(f.code);
        if (files[i].rows >= 0)
            assert_int_equal(rows, files[i].rows);
        buf_free(&header);
        table_close(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_as_excel_means_them),
        cmocka_unit_test(number_formats),
        cmocka_unit_test(what_other_writers_write),
        cmocka_unit_test(bad_workbooks),
        cmocka_unit_test(a_bomb_does_not_go_off),
        cmocka_unit_test(not_even_a_zip),
        cmocka_unit_test(the_other_epoch),
        cmocka_unit_test(real_workbooks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
