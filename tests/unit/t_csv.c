/* CSV as the world writes it: dialects, quotes, line ends, broken files, and which row is the header. */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/text.h"
#include "io/csv.h"
#include "io/csv_write.h"
#include "io/table.h"
#include "json/json.h"

typedef struct {
    str  left;
    bool one_by_one; /* every border of a chunk comes to lie everywhere */
} source;

static err read_source(void *arg, char *p, size_t room, size_t *n, io_fault *f)
{
    (void)f;
    source *s = arg;
    *n = (size_t)s->left.n < room ? (size_t)s->left.n : room;
    if (s->one_by_one && *n > 1)
        *n = 1;
    memcpy(p, s->left.p, *n);
    s->left = str_sub(s->left, (ptrdiff_t)*n, s->left.n);
    return ERR_OK;
}

/* Rows as "a|b¶c|d¶". */
static str flat(arena *a, str text, char separator, bool one_by_one, io_fault *f)
{
    source s = { text, one_by_one };
    csv   *c = csv_open(separator, read_source, &s);
    buf    out;
    row    r;
    bool   more = true;
    buf_init(&out, 1 << 24);
    *f = (io_fault){ 0 };
    while (csv_next(c, &r, &more, f) == ERR_OK && more) {
        for (size_t i = 0; i < r.count; i++) {
            if (i > 0)
                buf_putc(&out, '|');
            buf_puts(&out, r.cells[i].text);
        }
        buf_putz(&out, "¶");
    }
    csv_close(c);
    str flat_text = arena_str(a, buf_str(&out));
    buf_free(&out);
    return flat_text;
}

static void rows_and_cells(void **state)
{
    (void)state;
    static const struct {
        const char *text, *rows;
    } cases[] = {
        { "", "" },
        { "a", "a¶" },
        { "a,b\n", "a|b¶" },
        { "a,b\r\nc,d\r\n", "a|b¶c|d¶" },
        { "a,b\rc,d", "a|b¶c|d¶" },
        { "a,b\n\nc", "a|b¶¶c¶" },
        { "a,\n,b\n,", "a|¶|b¶|¶" },
        { "\"a,b\",c", "a,b|c¶" },
        { "\"a\nb\",\"c\r\nd\"\nx", "a\nb|c\r\nd¶x¶" },
        { "\"he said \"\"no\"\"\",2", "he said \"no\"|2¶" },
        { "\"\",\"\"\"\"", "|\"¶" },
        { "This \"quotes\" stay,3", "This \"quotes\" stay|3¶" },
        { "\"Hey, I missed \" it\",3", "Hey, I missed  it\"|3¶" },
        { " leading, \"x\"", " leading| \"x\"¶" },
        { "中文,\"值,二\"\n", "中文|值,二¶" },
    };
    arena *a = arena_new();
    for (size_t i = 0; i < countof(cases); i++)
        for (int slow = 0; slow < 2; slow++) {
            io_fault f;
            str      is = flat(a, str_from(cases[i].text), ',', slow, &f);
            if (!str_eq(is, str_from(cases[i].rows)))
                print_message("case %zu: %.*s\n", i, STR_ARG(is));
            assert_null(f.code);
            assert_true(str_eq(is, str_from(cases[i].rows)));
        }
    arena_free(a);
}

static void refuses(const char *text, ptrdiff_t n, const char *code, const char *line)
{
    arena   *a = arena_new();
    io_fault f;
    (void)flat(a, (str){ text, n }, ',', false, &f);
    assert_non_null(f.code);
    assert_string_equal(f.code, code);
    assert_string_equal(f.word[0], line);
    arena_free(a);
}

static void broken_files_name_the_line(void **state)
{
    (void)state;
    refuses("a,b\n1,\"never closed,3\n4,5\n", 24, "import.unclosed_quote", "2");
    refuses("a,b\n1\0,2\n", 9, "import.not_text", "2");
    size_t n = LIMIT_IMPORT_CELL + 100;
    char  *big = malloc(n + 2);
    memset(big, 'x', n);
    refuses(big, (ptrdiff_t)n, "import.cell_too_long", "1");
    big[0] = '"';
    refuses(big, (ptrdiff_t)n, "import.cell_too_long_quote", "1");
    memset(big, ',', n);
    refuses(big, (ptrdiff_t)n, "import.too_many_columns", "1");
    free(big);
}

static void the_separator_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        char        separator;
    } cases[] = {
        { "a,b\n1,2\n", ',' },
        { "a;b\n1,5;2\n3,5;4\n", ';' },
        { "\"age\";\"job\"\n30;\"clerk, \"\"x\"\"\"\n", ';' },
        { "a\tb\n1,2\t3\n", '\t' },
        { "a|b|c\n1|2|3\n", '|' },
        { "one column\nand text, with commas\nmore\n", ',' },
        { "name;note\nA;x, y, z\nB;z\n", ';' },
        { "", ',' },
    };
    size_t skip;
    for (size_t i = 0; i < countof(cases); i++)
        assert_int_equal(csv_separator(str_from(cases[i].text), true, &skip), cases[i].separator);
    assert_int_equal(csv_separator(STR("sep=;\r\na;b\r\n"), true, &skip), ';');
    assert_int_equal(skip, 7);
}

/* ---- whole files ---- */

static void with_file(const char *bytes, size_t n, char path[64])
{
    strcpy(path, "/tmp/zk_t_csv_XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    close(fd);
}

static str header_of(arena *a, const char *bytes, size_t n, int64_t *rows, io_fault *f)
{
    char   path[64];
    table *t;
    str    names = { 0 };
    *rows = -1;
    *f = (io_fault){ 0 };
    with_file(bytes, n, path);
    if (table_open(path, (str){ 0 }, &t, f) == ERR_OK) {
        const row *h = table_header(t);
        for (size_t i = 0; i < h->count; i++)
            names = arena_printf(a, "%.*s%s%.*s", STR_ARG(names), i > 0 ? "|" : "", STR_ARG(h->cells[i].text));
        for (int pass = 0; pass < 2; pass++) { /* the same again after a rewind */
            row  r;
            bool more = true;
            for (*rows = -1; more; ++*rows)
                assert_int_equal(table_next(t, &r, &more, f), ERR_OK);
            assert_int_equal(table_rewind(t, f), ERR_OK);
        }
        table_close(t);
    }
    unlink(path);
    return names;
}

static void headers_below_titles(void **state)
{
    (void)state;
    static const struct {
        const char *text, *header;
        int64_t     rows;
    } cases[] = {
        { "a,b\n1,2\n3,4\n", "a|b", 2 },
        { "\xEF\xBB\xBF"
          "名称,电话\nA,1\n",
          "名称|电话", 1 },
        { "Report of May\n\n2022.11.30\na,b,c\n1,2,3\n4,5,6\n", "a|b|c", 2 },
        { "id,name,,,\n1,Tom,,,\n\n,,,,\n2,Ann,,,\n", "id|name", 2 },
        { "sep=;\nid;name\n1;x\n", "id|name", 1 },
        { "only\nrow\n", "only", 1 },
    };
    arena *a = arena_new();
    for (size_t i = 0; i < countof(cases); i++) {
        io_fault f;
        int64_t  rows;
        str      names = header_of(a, cases[i].text, strlen(cases[i].text), &rows, &f);
        if (!str_eq(names, str_from(cases[i].header)) || rows != cases[i].rows)
            print_message("case %zu: %.*s, %lld rows\n", i, STR_ARG(names), (long long)rows);
        assert_true(str_eq(names, str_from(cases[i].header)));
        assert_int_equal(rows, cases[i].rows);
    }
    arena_free(a);
}

static void what_is_no_table_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t      n;
        const char *code;
    } cases[] = {
        { "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16, "import.not_a_table" },
        { "%PDF-1.4\n", 9, "import.not_a_table" },
        { "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8, "import.old_xls" },
        { "", 0, "import.empty_file" },
        { "\n\n , \n", 6, "import.no_rows" },
        { "a,b\n1,2\n\xFF\xFF\xFE\x20,3\n", 15, "import.bad_encoding" },
    };
    arena *a = arena_new();
    for (size_t i = 0; i < countof(cases); i++) {
        io_fault f;
        int64_t  rows;
        (void)header_of(a, cases[i].bytes, cases[i].n, &rows, &f);
        assert_non_null(f.code);
        assert_string_equal(f.code, cases[i].code);
    }
    arena_free(a);
}

/* ASCII for longer than any first look, then GB18030. */
static void the_encoding_shows_late(void **state)
{
    (void)state;
    arena   *a = arena_new();
    buf      b;
    io_fault f;
    int64_t  rows;
    char     path[64];
    table   *t;
    row      r;
    bool     more = true;
    buf_init(&b, 1 << 22);
    buf_putz(&b, "code,name\n");
    for (int i = 0; i < 30000; i++)
        buf_printf(&b, "%d,Plain Company Limited\n", i);
    buf_putz(&b, "600000,\xC6\xD6\xB7\xA2\xD2\xF8\xD0\xD0\n"); /* 浦发银行 */
    with_file(b.p, b.n, path);
    assert_int_equal(table_open(path, (str){ 0 }, &t, &f), ERR_OK);
    assert_string_equal(table_about(t)->encoding, encoding_name(ENC_GB18030));
    for (rows = 0; table_next(t, &r, &more, &f) == ERR_OK && more; rows++)
        if (rows == 30000)
            assert_true(str_eq(r.cells[1].text, STR("浦发银行")));
    assert_int_equal(rows, 30001);
    table_close(t);
    unlink(path);
    buf_free(&b);
    arena_free(a);
}

static void cells_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *text, *plain, *guarded;
    } cases[] = {
        { "a", "a", "a" },
        { "a,b", "\"a,b\"", "\"a,b\"" },
        { "a \"b\"", "\"a \"\"b\"\"\"", "\"a \"\"b\"\"\"" },
        { "=1+1", "=1+1", "\"'=1+1\"" },
        { "@SUM(A1)", "@SUM(A1)", "\"'@SUM(A1)\"" },
        { "-12.5", "-12.5", "-12.5" },
        { "+86 138-0013-8000", "+86 138-0013-8000", "+86 138-0013-8000" },
        { "-2+3+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "\"'-2+3+cmd|' /C calc'!A0\"" },
        { "'=1+1", "'=1+1", "\"''=1+1\"" }, /* is not taken for one of ours */
        { "''-x", "''-x", "\"'''-x\"" },
        { "'quoted'", "'quoted'", "'quoted'" },
        { " x", "\" x\"", "\" x\"" },
        { "", "", "" },
    };
    buf b;
    buf_init(&b, 1000);
    for (size_t i = 0; i < countof(cases); i++)
        for (int guard = 0; guard < 2; guard++) {
            buf_clear(&b);
            csv_put_cell(&b, str_from(cases[i].text), guard);
            assert_true(str_eq(buf_str(&b), str_from(guard ? cases[i].guarded : cases[i].plain)));
        }
    buf_free(&b);
}

/* ---- the public collections, where they are ---- */

static const char *data_folder(void)
{
    const char *folder = getenv("ZHIKE_TEST_DATA");
    return folder && *folder ? folder : "../shared/data";
}

static str slurp(arena *a, str path)
{
    FILE *f = fopen(path.p, "rb");
    if (!f)
        return (str){ 0 };
    char  *p = arena_alloc(a, 1 << 20);
    size_t n = fread(p, 1, 1 << 20, f);
    fclose(f);
    return (str){ p, (ptrdiff_t)n };
}

/* Some of the files lost their CRs on their way into the collection, their JSON did not. */
static bool same_but_cr(str a, str b)
{
    ptrdiff_t i = 0;
    for (ptrdiff_t k = 0; k < b.n; k++)
        if (b.p[k] != '\r' && (i >= a.n || a.p[i++] != b.p[k]))
            return false;
    return i == a.n;
}

static bool row_is(const row *r, const row *header, const json *expected)
{
    size_t i = 0;
    for (const json *m = expected->first; m; m = m->next, i++) {
        if (i >= r->count || !same_but_cr(r->cells[i].text, m->text))
            return false;
        if (expected->kind == JSON_OBJECT && !str_eq(header->cells[i].text, m->key))
            return false;
    }
    return i == r->count;
}

static void one_file(arena *a, const char *set, const char *dir, const char *name, bool header)
{
    str        text = slurp(a, arena_printf(a, "%s/formats/%s/%s/%s.csv", data_folder(), set, dir, name));
    str        wanted = slurp(a, arena_printf(a, "%s/formats/%s/json/%s.json", data_folder(), set, name));
    json      *tree;
    json_fault fault;
    io_fault   f;
    row        r, first = { 0 };
    bool       more = true;
    assert_non_null(text.p);
    assert_int_equal(json_parse(a, wanted, &tree, &fault), ERR_OK);
    source s = { text, false };
    csv   *c = csv_open(',', read_source, &s);
    if (header) {
        assert_int_equal(csv_next(c, &r, &more, &f), ERR_OK);
        first.count = r.count;
        first.cells = arena_make_n(a, cell, r.count);
        for (size_t i = 0; i < r.count; i++)
            first.cells[i].text = arena_str(a, r.cells[i].text);
    }
    for (const json *e = tree->first; e; e = e->next) {
        assert_int_equal(csv_next(c, &r, &more, &f), ERR_OK);
        if (!more || !row_is(&r, &first, e))
            fail_msg("%s/%s differs", set, name);
    }
    assert_int_equal(csv_next(c, &r, &more, &f), ERR_OK);
    assert_false(more);
    csv_close(c);
}

static void the_public_collections(void **state)
{
    (void)state;
    static const char *const spectrum[] = { "comma_in_quotes",
                                            "empty",
                                            "empty_crlf",
                                            "escaped_quotes",
                                            "json",
                                            "newlines",
                                            "newlines_crlf",
                                            "quotes_and_newlines",
                                            "simple",
                                            "simple_crlf",
                                            "utf8" };
    static const char *const data[] = { "all-empty",           "empty-field",
                                        "empty-one-column",    "leading-space",
                                        "one-column",          "quotes-empty",
                                        "quotes-with-comma",   "quotes-with-escaped-quote",
                                        "quotes-with-newline", "quotes-with-space",
                                        "simple-crlf",         "simple-lf",
                                        "trailing-newline",    "trailing-newline-one-field",
                                        "trailing-space",      "utf8" };
    arena                   *a = arena_new();
    str probe = slurp(a, arena_printf(a, "%s/formats/csv-spectrum/csvs/simple.csv", data_folder()));
    if (!probe.p) {
        print_message("          no ZHIKE_TEST_DATA: skipped\n");
        arena_free(a);
        skip();
    }
    for (size_t i = 0; i < countof(spectrum); i++)
        one_file(a, "csv-spectrum", "csvs", spectrum[i], true);
    for (size_t i = 0; i < countof(data); i++)
        one_file(a, "csv-test-data", "csv", data[i], false);
    one_file(a, "csv-test-data", "csv", "header-simple", true);
    one_file(a, "csv-test-data", "csv", "header-no-rows", true);
    arena_free(a);
}

static int before(void **state)
{
    (void)state;
    return text_open() == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_cells),
        cmocka_unit_test(broken_files_name_the_line),
        cmocka_unit_test(the_separator_is_found),
        cmocka_unit_test(headers_below_titles),
        cmocka_unit_test(what_is_no_table_is_refused),
        cmocka_unit_test(the_encoding_shows_late),
        cmocka_unit_test(cells_are_written),
        cmocka_unit_test(the_public_collections),
    };
    return cmocka_run_group_tests(tests, before, NULL);
}
