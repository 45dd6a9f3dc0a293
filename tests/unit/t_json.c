#include "base/limits.h"
#include "json/json.h"
#include <cmocka.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

static arena *a;

static int open_arena(void **s)
{
    (void)s;
    a = arena_new();
    return 0;
}

static int close_arena(void **s)
{
    (void)s;
    arena_free(a);
    return 0;
}

static json *read_ok(const char *text)
{
    json      *out = NULL;
    json_fault fault = { -1, NULL };
    if (json_parse(a, str_from(text), &out, &fault) != ERR_OK)
        fail_msg("%s: %s at %d", text, fault.what, (int)fault.position);
    return out;
}

static str written(const json *tree)
{
    buf         b;
    json_writer w;
    buf_init(&b, 1 << 20);
    json_begin(&w, &b);
    json_value(&w, tree);
    str out = arena_str(a, buf_str(&b));
    buf_free(&b);
    return out;
}

static void what_is_read_is_written_again(void **s)
{
    (void)s;
    static const char *const texts[] = {
        "null",
        "true",
        "false",
        "0",
        "-0.50e+10",
        "12345678901234567890.12345678901234567890",
        "\"\"",
        "[]",
        "{}",
        "[1,[2,[3]],{\"a\":[]}]",
        "{\"a\":1,\"b\":{\"c\":null},\"d\":\"x\"}",
        "\"\\u0001\\u001f\\n\\r\\t\\\"\\\\/\x7f 客户 \xF0\x9F\x98\x80\"",
    };
    for (size_t i = 0; i < countof(texts); i++)
        assert_string_equal(written(read_ok(texts[i])).p, texts[i]);
}

static void white_space_stands_anywhere_between(void **s)
{
    (void)s;
    assert_string_equal(written(read_ok(" \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } } \n")).p, "{\"a\":[1,2],\"b\":{}}");
}

static void escapes_are_decoded(void **s)
{
    (void)s;
    json *j = read_ok("\"\\u00e9\\u5BA2\\ud83d\\ude00\\b\\f\\/\\u0041\"");
    assert_string_equal(j->text.p, "\xC3\xA9\xE5\xAE\xA2\xF0\x9F\x98\x80\b\f/A");
    assert_int_equal(j->text.n, strlen(j->text.p));
}

static void faults_have_their_position(void **s)
{
    (void)s;
    static const struct {
        const char *text;
        int         position;
        const char *what;
    } rows[] = {
        { "", 0, "a value was expected" },
        { "  ", 2, "a value was expected" },
        { "nul", 0, "a value was expected" },
        { "True", 0, "a value was expected" },
        { "[1,]", 3, "a value was expected" },
        { "[1 2]", 3, "',' or ']' was expected" },
        { "[1", 2, "',' or ']' was expected" },
        { "{\"a\" 1}", 5, "':' was expected" },
        { "{\"a\":}", 5, "a value was expected" },
        { "{\"a\":1,}", 7, "a key in double quotes was expected" },
        { "{a:1}", 1, "a key in double quotes was expected" },
        { "{\"a\":1", 6, "',' or '}' was expected" },
        { "{\"a\":1, \"b\":2, \"a\":3}", 15, "this key stands twice" },
        { "{\"\\u0061\":1,\"a\":3}", 12, "this key stands twice" },
        { "1 2", 2, "something stands behind the value" },
        { "01", 0, "a number must not begin with 0" },
        { "-01", 0, "a number must not begin with 0" },
        { "[00]", 1, "a number must not begin with 0" },
        { "-", 1, "a digit was expected" },
        { "+1", 0, "a value was expected" },
        { ".5", 0, "a value was expected" },
        { "1.", 2, "a digit was expected" },
        { "1e", 2, "a digit was expected" },
        { "1e+", 3, "a digit was expected" },
        { "NaN", 0, "a value was expected" },
        { "0x10", 1, "something stands behind the value" },
        { "\"abc", 4, "the text ends inside a string" },
        { "\"abc\\", 5, "the text ends inside a string" },
        { "\"a\nb\"", 2, "a control character must be escaped" },
        { "\"a\\\nb\"", 3, "a control character must be escaped" },
        { "\"a\\xb\"", 2, "this escape is not known" },
        { "\"a\\\xC3\xA9\"", 2, "this escape is not known" },
        { "\"a\\u12g4\"", 2, "\\u wants four hexadecimal digits" },
        { "\"a\\u12\"", 2, "\\u wants four hexadecimal digits" },
        { "\"\\u0000\"", 1, "the character NUL is not taken" },
        { "\"\\ud800\"", 1, "half of a surrogate pair is missing" },
        { "\"\\ud800\\u0041\"", 1, "half of a surrogate pair is missing" },
        { "\"\\udc00\\ud800\"", 1, "half of a surrogate pair is missing" },
        { "\"\\ud83dx\"", 1, "half of a surrogate pair is missing" },
        { "\"ab\x80\"", 3, "this is not valid UTF-8" },
        { "\"\xC0\x80\"", 1, "this is not valid UTF-8" },
        { "\"\xED\xA0\x80\"", 1, "this is not valid UTF-8" },
        { "\"\xF4\x90\x80\x80\"", 1, "this is not valid UTF-8" },
        { "\"\xE5\xAE\"", 1, "this is not valid UTF-8" },
        { "\xE5\xAE\xA2", 0, "a value was expected" },
        { "// x\n1", 0, "a value was expected" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        json      *out = NULL;
        json_fault fault = { -1, "none" };
        if (json_parse(a, str_from(rows[i].text), &out, &fault) != ERR_MALFORMED)
            fail_msg("%s was taken", rows[i].text);
        if (fault.position != rows[i].position || strcmp(fault.what, rows[i].what) != 0)
            fail_msg("%s: %s at %d", rows[i].text, fault.what, (int)fault.position);
        assert_null(out);
    }
}

static void a_nul_byte_is_refused_wherever_it_stands(void **s)
{
    (void)s;
    json      *out = NULL;
    json_fault fault;
    assert_int_equal(json_parse(a, STR("[1,\0 2]"), &out, &fault), ERR_MALFORMED);
    assert_int_equal(fault.position, 3);
    assert_int_equal(json_parse(a, STR("\"a\0b\""), &out, &fault), ERR_MALFORMED);
    assert_int_equal(fault.position, 2);
    assert_int_equal(json_parse(a, STR("\"a\\\0b\""), &out, &fault), ERR_MALFORMED);
}

static void the_depth_is_bounded(void **s)
{
    (void)s;
    char text[4 * LIMIT_JSON_DEPTH];
    for (int depth = LIMIT_JSON_DEPTH; depth <= LIMIT_JSON_DEPTH + 1; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        json      *out = NULL;
        json_fault fault = { -1, NULL };
        err        e = json_parse(a, (str){ text, 2 * depth }, &out, &fault);
        assert_int_equal(e, depth == LIMIT_JSON_DEPTH ? ERR_OK : ERR_MALFORMED);
        assert_int_equal(fault.position, depth == LIMIT_JSON_DEPTH ? -1 : LIMIT_JSON_DEPTH);
        if (e == ERR_OK)
            assert_int_equal(written(out).n, 2 * depth);
    }
}

static void large_objects_find_a_key_that_stands_twice(void **s)
{
    (void)s;
    for (int twice = 0; twice <= 40; twice++) {
        buf b;
        buf_init(&b, 1 << 20);
        buf_putc(&b, '{');
        for (int i = 0; i < 40; i++)
            buf_printf(&b, "\"k%d\":%d,", i, i);
        buf_printf(&b, "\"k%d\":0}", twice);
        json      *out = NULL;
        json_fault fault;
        assert_int_equal(json_parse(a, buf_str(&b), &out, &fault), twice == 40 ? ERR_OK : ERR_MALFORMED);
        if (twice == 40)
            assert_int_equal(out->count, 41);
        buf_free(&b);
    }
}

static void members_are_found_and_numbers_are_whole(void **s)
{
    (void)s;
    json *j =
        read_ok("{\"a\":1.5e1,\"b\":1.5,\"c\":9223372036854775807,\"d\":9223372036854775808,\"e\":\"7\",\"f\":null}");
    int64_t v = 77;
    assert_true(json_int64(json_get(j, STR("a")), &v));
    assert_int_equal(v, 15);
    assert_false(json_int64(json_get(j, STR("b")), &v));
    assert_true(json_int64(json_get(j, STR("c")), &v));
    assert_true(v == INT64_MAX);
    assert_false(json_int64(json_get(j, STR("d")), &v));
    assert_false(json_int64(json_get(j, STR("e")), &v));
    assert_false(json_int64(json_get(j, STR("z")), &v));
    assert_true(json_is(json_get(j, STR("f")), JSON_NULL));
    assert_false(json_is(json_get(j, STR("g")), JSON_NULL));
    assert_null(json_get(json_get(j, STR("a")), STR("a")));
    assert_null(json_get(NULL, STR("a")));
}

static void the_writer_puts_commas_and_quotes(void **s)
{
    (void)s;
    buf         b;
    json_writer w;
    buf_init(&b, 1 << 16);
    json_begin(&w, &b);
    json_object(&w);
    json_put_string(&w, "s", STR("a\"b\\c\x01"));
    json_put_int(&w, "i", INT64_MIN);
    json_put_id(&w, "id", 7);
    json_put_bool(&w, "t", true);
    json_put_null(&w, "n");
    json_key(&w, STR("list"));
    json_array(&w);
    json_number(&w, STR("1.50"));
    json_object(&w);
    json_object_end(&w);
    json_array(&w);
    json_array_end(&w);
    json_raw(&w, STR("{\"x\":1}"));
    json_bool(&w, false);
    json_array_end(&w);
    json_key(&w, STR("z"));
    json_string(&w, (str){ NULL, 0 });
    json_object_end(&w);
    buf_putc(&b, 0);
    assert_string_equal(b.p,
                        "{\"s\":\"a\\\"b\\\\c\\u0001\",\"i\":-9223372036854775808,\"id\":\"7\",\"t\":true,\"n\":null,"
                        "\"list\":[1.50,{},[],{\"x\":1},false],\"z\":\"\"}");
    buf_free(&b);
}

static void a_sparse_writer_leaves_out_what_says_nothing(void **s)
{
    (void)s;
    buf         b;
    json_writer w;
    buf_init(&b, 1 << 16);
    json_begin(&w, &b);
    w.sparse = true;
    json_object(&w);
    json_put_null(&w, "first");
    json_put_bool(&w, "t", true);
    json_put_bool(&w, "f", false);
    json_key(&w, STR("o"));
    json_object(&w);
    json_put_bool(&w, "only", false);
    json_object_end(&w);
    json_key(&w, STR("list"));
    json_array(&w);
    json_null(&w);
    json_bool(&w, false);
    json_array_end(&w);
    w.sparse = false;
    json_put_null(&w, "kept");
    w.sparse = true;
    json_put_null(&w, "last");
    json_object_end(&w);
    buf_putc(&b, 0);
    assert_string_equal(b.p, "{\"t\":true,\"o\":{},\"list\":[null,false],\"kept\":null}");
    buf_free(&b);
}

/* Each byte at each place of texts of each length up to three words of eight. */
static void every_byte_is_escaped_wherever_it_stands(void **s)
{
    (void)s;
    char text[24];
    for (int n = 1; n <= (int)sizeof text; n++)
        for (int at = 0; at < n; at++)
            for (int c = 0; c < 256; c++) {
                buf         b;
                json_writer w;
                memset(text, n % 2 ? 'x' : '\x7f', sizeof text);
                text[at] = (char)c;
                buf_init(&b, 1000);
                json_begin(&w, &b);
                json_string(&w, (str){ text, n });
                size_t more = c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t' ? 1 : c < 0x20 ? 5 : 0;
                if (b.n != (size_t)n + 2 + more)
                    fail_msg("byte %d at %d of %d: %zu bytes", c, at, n, b.n);
                buf_free(&b);
            }
}

static void reals_are_written_shortest_and_read_back(void **s)
{
    (void)s;
    static const struct {
        double      v;
        const char *text;
    } rows[] = { { 0.1, "0.1" },      { 1.0 / 3, "0.3333333333333333" },
                 { 1e300, "1e+300" }, { -2.5, "-2.5" },
                 { 0, "0" },          { 100000, "100000" },
                 { NAN, "null" },     { INFINITY, "null" } };
    for (size_t i = 0; i < countof(rows); i++) {
        buf         b;
        json_writer w;
        buf_init(&b, 100);
        json_begin(&w, &b);
        json_real(&w, rows[i].v);
        buf_putc(&b, 0);
        assert_string_equal(b.p, rows[i].text);
        buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_written_again),
        cmocka_unit_test(white_space_stands_anywhere_between),
        cmocka_unit_test(escapes_are_decoded),
        cmocka_unit_test(faults_have_their_position),
        cmocka_unit_test(a_nul_byte_is_refused_wherever_it_stands),
        cmocka_unit_test(the_depth_is_bounded),
        cmocka_unit_test(large_objects_find_a_key_that_stands_twice),
        cmocka_unit_test(members_are_found_and_numbers_are_whole),
        cmocka_unit_test(the_writer_puts_commas_and_quotes),
        cmocka_unit_test(a_sparse_writer_leaves_out_what_says_nothing),
        cmocka_unit_test(every_byte_is_escaped_wherever_it_stands),
        cmocka_unit_test(reals_are_written_shortest_and_read_back),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
