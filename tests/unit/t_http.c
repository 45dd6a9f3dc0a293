/* What src/http does without a connection: targets, parameters, cookies, header rules, the router, multipart bodies,
 * embedded files by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/inside.h"

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static void assert_str(str s, const char *expected)
{
    if (!str_eq(s, str_from(expected)))
        fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(s), expected);
}

/* ---- the request line ---- */

static void percent_decoding(void **state)
{
    static const struct {
        const char *in, *out; /* NULL: refused */
        bool        query;
    } rows[] = {
        { "", "", false },
        { "plain", "plain", false },
        { "a%20b", "a b", false },
        { "a+b", "a+b", false },
        { "a+b", "a b", true },
        { "%e4%BD%a0", "\xe4\xbd\xa0", false },
        { "%41%2f%2B", "A/+", true },
        { "%", NULL, false },
        { "a%4", NULL, false },
        { "%g1", NULL, false },
        { "%1g", NULL, false },
        { "%00", NULL, false },
        { "%c0%80", NULL, false },    /* a NUL in disguise */
        { "%ed%a0%80", NULL, false }, /* half a surrogate pair */
        { "\xff", NULL, false },
        { "%e4%bd", NULL, true },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        str out = STR("untouched");
        err e = target_decode(*state, str_from(rows[i].in), rows[i].query, &out);
        assert_int_equal(e, rows[i].out ? ERR_OK : ERR_MALFORMED);
        assert_str(out, rows[i].out ? rows[i].out : "untouched");
    }
}

static void a_target_is_cut_before_it_is_decoded(void **state)
{
    target t;
    assert_int_equal(target_parse(*state, STR("/a/b%2Fc//%e4%bd%a0?x=%zz?"), &t), ERR_OK);
    assert_str(t.path, "/a/b/c//\xe4\xbd\xa0");
    assert_int_equal(t.segment_count, 4);
    assert_str(t.segments[1], "b/c");
    assert_str(t.segments[2], "");
    assert_str(t.segments[3], "\xe4\xbd\xa0");
    assert_str(t.query, "x=%zz?");
    assert_int_equal(target_parse(*state, STR("http://host:80/a"), &t), ERR_OK);
    assert_str(t.path, "/a");
    assert_int_equal(target_parse(*state, STR("https://host"), &t), ERR_OK);
    assert_str(t.path, "/");
    assert_int_equal(target_parse(*state, STR(""), &t), ERR_MALFORMED);
    assert_int_equal(target_parse(*state, STR("*"), &t), ERR_MALFORMED);
    assert_int_equal(target_parse(*state, STR("a/b"), &t), ERR_MALFORMED);
    assert_int_equal(target_parse(*state, STR("/%"), &t), ERR_MALFORMED);
    assert_int_equal(target_parse(*state, STR("/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g"), &t),
                     ERR_OK);
    assert_int_equal(t.segment_count, TARGET_SEGMENTS);
    assert_int_equal(target_parse(*state, STR("/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g/h"),
                                  &t),
                     ERR_MALFORMED);
}

static void parameters(void **state)
{
    pair  *p = NULL;
    size_t n = 9;
    assert_int_equal(params_parse(*state, STR(""), &p, &n), ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(params_parse(*state, STR("a=1&&b&c=&a=2=3&%64=x+y%2B&"), &p, &n), ERR_OK);
    assert_int_equal(n, 5);
    static const char *const expected[][2] = {
        { "a", "1" }, { "b", "" }, { "c", "" }, { "a", "2=3" }, { "d", "x y+" }
    };
    for (size_t i = 0; i < n; i++) {
        assert_str(p[i].name, expected[i][0]);
        assert_str(p[i].value, expected[i][1]);
    }
    assert_int_equal(params_parse(*state, STR("a=%f"), &p, &n), ERR_MALFORMED);
    assert_int_equal(params_parse(*state, STR("%ff=1"), &p, &n), ERR_MALFORMED);
    char many[2 * TARGET_PARAMS + 2];
    for (size_t i = 0; i < sizeof many; i++)
        many[i] = i % 2 ? '&' : 'a';
    assert_int_equal(params_parse(*state, (str){ many, 2 * TARGET_PARAMS - 1 }, &p, &n), ERR_OK);
    assert_int_equal(n, TARGET_PARAMS);
    assert_int_equal(params_parse(*state, (str){ many, 2 * TARGET_PARAMS + 1 }, &p, &n), ERR_MALFORMED);
}

/* ---- headers ---- */

static void cookies(void **state)
{
    (void)state;
    str header = STR("a=1; session=abc=; xsession=no;b=\"q\";  c = spaced ; bad=\xff");
    assert_str(cookie_find(header, STR("a")), "1");
    assert_str(cookie_find(header, STR("session")), "abc=");
    assert_str(cookie_find(header, STR("b")), "q");
    assert_str(cookie_find(header, STR("bad")), "");
    assert_str(cookie_find(header, STR("ession")), "");
    assert_str(cookie_find(header, STR("A")), "");
    assert_str(cookie_find((str){ NULL, 0 }, STR("a")), "");
    assert_str(cookie_find(STR(";;=x;a"), STR("a")), "");
}

static void addresses_of_proxies(void **state)
{
    (void)state;
    assert_str(forwarded_address(STR("10.0.0.1, 192.168.1.7")), "192.168.1.7"); /* what our proxy saw is the last */
    assert_str(forwarded_address(STR("2001:db8::1")), "2001:db8::1");
    assert_str(forwarded_address(STR("unknown")), "");
    assert_str(forwarded_address(STR("1.2.3.4, <b>")), "");
    assert_str(forwarded_address(STR("1111111111111111111111111111111111111111111111")), "");
    assert_str(forwarded_address(STR("")), "");
}

static void request_ids(void **state)
{
    char long_one[REQUEST_ID_MAX + 1];
    (void)state;
    memset(long_one, 'a', sizeof long_one);
    assert_true(request_id_accept(STR("0aZ-_.")));
    assert_true(request_id_accept((str){ long_one, REQUEST_ID_MAX }));
    assert_false(request_id_accept((str){ long_one, REQUEST_ID_MAX + 1 }));
    assert_false(request_id_accept(STR("")));
    assert_false(request_id_accept(STR("a b")));
    assert_false(request_id_accept(STR("a\"")));
    assert_false(request_id_accept(STR("a[")));
    assert_false(request_id_accept(STR("a@")));
    assert_false(request_id_accept(STR("\xe4\xbd\xa0")));
}

static void codings_and_types(void **state)
{
    (void)state;
    assert_true(encoding_accepted(STR("gzip, deflate, br"), STR("br")));
    assert_true(encoding_accepted(STR("GZIP;q=0.5"), STR("gzip")));
    assert_false(encoding_accepted(STR("gzip;q=0"), STR("gzip")));
    assert_false(encoding_accepted(STR("gzip; q=0.000"), STR("gzip")));
    assert_false(encoding_accepted(STR("xgzip"), STR("gzip")));
    assert_true(encoding_accepted(STR("*"), STR("br")));
    assert_false(encoding_accepted(STR("*, br;q=0"), STR("br")));
    assert_false(encoding_accepted(STR(""), STR("gzip")));
    assert_true(media_accepted(STR("text/html,application/xml;q=0.9,*/*;q=0.8"), STR("text/html")));
    assert_false(media_accepted(STR("*/*"), STR("text/html")));
}

static void tags(void **state)
{
    (void)state;
    assert_true(etag_matches(STR("\"a\""), STR("\"a\"")));
    assert_true(etag_matches(STR("\"b\", W/\"a\""), STR("\"a\"")));
    assert_true(etag_matches(STR("*"), STR("\"a\"")));
    assert_false(etag_matches(STR("\"ab\""), STR("\"a\"")));
    assert_false(etag_matches(STR(""), STR("\"a\"")));
}

/* ---- the router ---- */

#define M(method) (1u << HTTP_##method)

static const http_route routes[] = {
    { .pattern = "/api/v1/me", .methods = M(GET) },
    { .pattern = "/api/v1/*", .methods = M(GET) | M(POST) },
    { .pattern = "/api/v1/*/*", .methods = M(GET) | M(PATCH) },
    { .pattern = "/api/v1/*/*/history", .methods = M(GET) },
    { .pattern = "/api/v1/*/new", .methods = M(POST) },
    { .pattern = "/files/**", .methods = M(GET) | M(HEAD) },
};

static void the_first_route_that_takes_the_method_wins(void **state)
{
    static const struct {
        const char *path;
        unsigned    method;
        int         route; /* −1: none */
        const char *parts;
        unsigned    allowed;
    } rows[] = {
        { "/api/v1/me", HTTP_GET, 0, "", 0 },
        { "/api/v1/me", HTTP_POST, 1, "me;", 0 },
        { "/api/v1/leads", HTTP_GET, 1, "leads;", 0 },
        { "/api/v1/leads", HTTP_DELETE, -1, "", M(GET) | M(POST) },
        { "/api/v1/leads", HTTP_METHOD_COUNT, -1, "", M(GET) | M(POST) },
        { "/api/v1/leads/7", HTTP_PATCH, 2, "leads;7;", 0 },
        { "/api/v1/leads/a%20b", HTTP_HEAD, 2, "leads;a b;", 0 },
        { "/api/v1/leads/a%2Fb", HTTP_GET, -1, "", 0 }, /* nor does it hide a slash */
        { "/api/v1%2Fleads/7", HTTP_GET, -1, "", 0 },
        { "/api/v1/leads/7/history", HTTP_GET, 3, "leads;7;", 0 },
        { "/api/v1/leads/7/future", HTTP_GET, -1, "", 0 },
        { "/api/v1/leads/new", HTTP_POST, 4, "leads;", 0 },
        { "/api/v1/leads/new", HTTP_OPTIONS, -1, "", M(GET) | M(PATCH) | M(POST) },
        { "/api/v1//7", HTTP_GET, -1, "", 0 }, /* a star is never empty */
        { "/api/v1/", HTTP_GET, -1, "", 0 },
        { "/API/v1/me", HTTP_GET, -1, "", 0 },
        { "/files", HTTP_GET, 5, ";", 0 },
        { "/files/", HTTP_GET, 5, ";", 0 },
        { "/files/a/%20/c", HTTP_HEAD, 5, "a/ /c;", 0 },
        { "/", HTTP_GET, -1, "", 0 },
    };
    router *r = router_new(*state, routes, countof(routes));
    for (size_t i = 0; i < countof(rows); i++) {
        target   t;
        str      parts[8];
        size_t   n;
        unsigned allowed;
        char     joined[100] = "";
        assert_int_equal(target_parse(*state, str_from(rows[i].path), &t), ERR_OK);
        const http_route *found = router_find(r, &t, rows[i].method, parts, &n, &allowed);
        if ((found ? (int)(found - routes) : -1) != rows[i].route)
            fail_msg("%s leads to %s", rows[i].path, found ? found->pattern : "nothing");
        for (size_t j = 0; j < n; j++)
            snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%.*s;", STR_ARG(parts[j]));
        assert_string_equal(joined, rows[i].parts);
        if (!found)
            assert_int_equal(allowed, rows[i].allowed);
    }
}

static void allowed_methods_are_listed(void **state)
{
    assert_str(methods_text(*state, M(GET)), "GET, HEAD, OPTIONS");
    assert_str(methods_text(*state, M(DELETE) | M(PUT)), "PUT, DELETE, OPTIONS");
    assert_str(methods_text(*state, ~0u), "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
}

/* ---- multipart ---- */

static void boundaries(void **state)
{
    (void)state;
    assert_str(multipart_boundary(STR("multipart/form-data; boundary=abc")), "abc");
    assert_str(multipart_boundary(STR("Multipart/Form-Data;charset=utf-8; BOUNDARY=\"a'()+_,-./:=?\"")),
               "a'()+_,-./:=?");
    assert_str(multipart_boundary(STR("multipart/form-data")), "");
    assert_str(multipart_boundary(STR("multipart/form-data; boundary=")), "");
    assert_str(multipart_boundary(STR("multipart/mixed; boundary=abc")), "");
    assert_str(multipart_boundary(STR("multipart/form-data; boundary=\"abc")), "");
    assert_str(multipart_boundary(STR("multipart/form-data; boundary=\"a b\"")), "");
    assert_str(multipart_boundary(STR("multipart/form-data; boundary="
                                      "12345678901234567890123456789012345678901234567890123456789012345678901")),
               "");
}

#define PART(headers, content) "--B\r\n" headers "\r\n\r\n" content "\r\n"
#define FORM(rest)             "Content-Disposition: form-data; " rest

static void parts_are_found(void **state)
{
    http_part p[20];
    size_t    n = 0;
    str       body = STR("preamble\r\n" PART(FORM("name=a"), "") "--B  \r\n" FORM(
              "name=\"f\"; filename=\"C:\\x\\%22q%22\\\".csv\"") "\r\nContent-Type: text/csv; charset=gb18030\r\nX-Other: "
                                                                       "1\r\n\r\n1\r\n--2\r\n\r\n--b\r\n"
                                                                       "--B\r\ncontent-disposition: form-data; name=u; filename=x; "
                                                                       "filename*=UTF-8''%e4%bd%a0.txt\r\n\r\n\xff\x00z\r\n"
                                                                       "--B--\r\nepilogue");
    assert_int_equal(multipart_scan(*state, body, STR("B"), p, countof(p), &n), ERR_OK);
    assert_int_equal(n, 3);
    assert_str(p[0].name, "a");
    assert_str(p[0].filename, "");
    assert_int_equal(p[0].size, 0);
    assert_str(p[1].name, "f");
    assert_str(p[1].filename, "\"q\"\".csv");
    assert_str(p[1].type, "text/csv; charset=gb18030");
    assert_str(str_sub(body, p[1].offset, p[1].offset + p[1].size), "1\r\n--2\r\n\r\n--b");
    assert_str(p[2].filename, "\xe4\xbd\xa0.txt");
    assert_int_equal(p[2].size, 3);
    assert_memory_equal(body.p + p[2].offset, "\xff\x00z", 3);
}

static void bad_multipart_bodies_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "--B--\r\n",
        "no boundary at all",
        "--B\r\n",
        PART(FORM("name=a"), "x"),                     /* no end */
        "--B\r\n" FORM("name=a") "\r\n\r\nx--B--",     /* the delimiter begins with a new line */
        PART("Content-Type: text/plain", "x") "--B--", /* no name */
        PART(FORM("filename=a"), "x") "--B--",
        PART(FORM("name=\"\xff\""), "x") "--B--",
        PART(FORM("name=a; filename*=UTF-8''%ff"), "x") "--B--",
        PART("nonsense", "x") "--B--",
        PART(FORM("name=a"), "x") "--Bx",
    };
    for (size_t i = 0; i < countof(bad); i++) {
        http_part p[20];
        size_t    n = 77;
        if (multipart_scan(*state, str_from(bad[i]), STR("B"), p, countof(p), &n) != ERR_MALFORMED)
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(n, 77);
    }
}

static void the_number_of_parts_is_bounded(void **state)
{
    http_part p[30];
    size_t    n;
    buf       b;
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 20; i++)
        buf_putz(&b, PART(FORM("name=a"), "x"));
    buf whole = { .ceiling = 1 << 20 };
    buf_puts(&whole, buf_str(&b));
    buf_putz(&whole, "--B--");
    assert_int_equal(multipart_scan(*state, buf_str(&whole), STR("B"), p, 30, &n), ERR_OK);
    assert_int_equal(n, 20);
    assert_int_equal(multipart_scan(*state, buf_str(&whole), STR("B"), p, 19, &n), ERR_MALFORMED);
    buf_putz(&b, PART(FORM("name=a"), "x") "--B--");
    assert_int_equal(multipart_scan(*state, buf_str(&b), STR("B"), p, 30, &n), ERR_MALFORMED);
    buf_free(&b);
    buf_free(&whole);
}

/* ---- embedded files ---- */

static void files_are_found_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < static_file_count; i++)
        assert_ptr_equal(static_find(static_files, static_file_count, str_from(static_files[i].path)),
                         &static_files[i]);
    static const char *const none[] = { "", "/", "/index.htm", "/index.html2", "/../etc/passwd", "/zzz" };
    for (size_t i = 0; i < countof(none); i++)
        assert_null(static_find(static_files, static_file_count, str_from(none[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percent_decoding),
        cmocka_unit_test(a_target_is_cut_before_it_is_decoded),
        cmocka_unit_test(parameters),
        cmocka_unit_test(cookies),
        cmocka_unit_test(addresses_of_proxies),
        cmocka_unit_test(request_ids),
        cmocka_unit_test(codings_and_types),
        cmocka_unit_test(tags),
        cmocka_unit_test(the_first_route_that_takes_the_method_wins),
        cmocka_unit_test(allowed_methods_are_listed),
        cmocka_unit_test(boundaries),
        cmocka_unit_test(parts_are_found),
        cmocka_unit_test(bad_multipart_bodies_are_refused),
        cmocka_unit_test(the_number_of_parts_is_bounded),
        cmocka_unit_test(files_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
