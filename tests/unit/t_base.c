#include "base/arena.h"
#include "base/base.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/map.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <unistd.h>

static void errors_have_a_name_and_a_status(void **s)
{
    (void)s;
    assert_string_equal(err_name(ERR_STALE), "stale");
    assert_int_equal(err_http(ERR_STALE), 412);
    for (int e = 0; e < ERR_COUNT; e++)
        assert_true(err_name((err)e) && err_http((err)e) >= 200);
}

static void slices_compare_and_cut(void **s)
{
    (void)s;
    str none = { NULL, 0 };
    assert_true(str_eq(none, STR("")));
    assert_int_equal(str_from(NULL).n, 0);
    assert_true(str_eq_nocase(STR("Content-TYPE"), STR("content-type")));
    assert_false(str_eq_nocase(STR("a["), STR("a{")));
    assert_true(str_starts(STR("abc"), STR("ab")) && str_starts(STR("abc"), none) &&
                !str_starts(STR("ab"), STR("abc")));
    assert_true(str_ends(STR("abc"), STR("bc")) && !str_ends(STR("c"), STR("bc")));
    assert_true(str_compare(STR("a"), STR("ab")) < 0 && str_compare(STR("b"), STR("ab")) > 0);
    assert_true(str_compare(STR("\x80"), STR("a")) > 0 && str_compare(none, none) == 0);
    assert_true(str_eq(str_trim(STR(" \t\r\nx y\n ")), STR("x y")));
    assert_int_equal(str_trim(STR(" \n ")).n, 0);
    assert_true(str_eq(str_sub(STR("hello"), 1, 3), STR("el")));
    assert_int_equal(str_sub(STR("hello"), 4, 2).n, 0);
    assert_true(str_eq(str_sub(STR("hello"), -5, 99), STR("hello")));
    assert_int_equal(str_find_char(STR("hello"), 'l'), 2);
    assert_int_equal(str_find_char(none, 'l'), -1);
    assert_int_equal(str_find(STR("hello"), STR("lo")), 3);
    assert_int_equal(str_find(STR("hello"), STR("lol")), -1);
}

static void integers_are_read_whole(void **s)
{
    (void)s;
    int64_t                  v = 77;
    static const char *const bad[] = {
        "", "-", "+1", "1x", " 1", "9223372036854775808", "-9223372036854775809", "--1"
    };
    for (size_t i = 0; i < countof(bad); i++)
        assert_false(str_to_int64(str_from(bad[i]), &v));
    assert_int_equal(v, 77);
    assert_true(str_to_int64(STR("-9223372036854775808"), &v));
    assert_true(v == INT64_MIN);
    assert_true(str_to_int64(STR("9223372036854775807"), &v));
    assert_true(v == INT64_MAX);
    assert_true(str_to_int64(STR("0"), &v));
    assert_int_equal(v, 0);
}

static void utf8_is_checked_and_walked(void **s)
{
    (void)s;
    static const char *const good[] = {
        "", "plain ascii text here", "é", "华为", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "12345678华90123456"
    };
    for (size_t i = 0; i < countof(good); i++)
        assert_true(utf8_valid(str_from(good[i])));
    static const char *const bad[] = {
        "\xc0\x80",         "\xc1\xbf",         "\x80",     "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe5\x8d", "\xff",         "12345678\xe5"
    };
    for (size_t i = 0; i < countof(bad); i++)
        assert_false(utf8_valid(str_from(bad[i])));
    assert_false(utf8_valid(STR("a\0b")));
    assert_false(utf8_valid(STR("12345678\0")));
    assert_false(utf8_valid(STR("1234567\0")));

    str       text = STR("a\xc3\xa9\xe5\x8d\x8e\xf0\x9f\x98\x80");
    uint32_t  want[] = { 'a', 0xe9, 0x534e, 0x1f600 };
    ptrdiff_t at = 0;
    for (size_t i = 0; i < countof(want); i++)
        assert_int_equal(utf8_next(text, &at), want[i]);
    assert_int_equal(at, text.n);
    assert_int_equal(utf8_length(text), 4);
    assert_int_equal(utf8_cut(text, 4).n, 3);
    assert_int_equal(utf8_cut(text, 3).n, 3);
    assert_int_equal(utf8_cut(text, 99).n, text.n);
    assert_int_equal(utf8_cut(text, 0).n, 0);
}

static void every_byte_sequence_of_three_is_judged_as_the_table_says(void **s)
{
    (void)s;
    for (unsigned a = 0x80; a < 0x100; a++)
        for (unsigned b = 0; b < 0x100; b++) {
            char three[] = { (char)a, (char)b, (char)0xbf };
            bool tail = (b & 0xc0) == 0x80;
            bool good = a >= 0xe0 && a <= 0xef && tail && !(a == 0xe0 && b < 0xa0) && !(a == 0xed && b > 0x9f);
            assert_true(utf8_valid((str){ three, 3 }) == good);
        }
}

static void an_arena_gives_zeroed_aligned_memory_and_takes_it_back(void **s)
{
    (void)s;
    arena *a = arena_new();
    for (int round = 0; round < 3; round++) {
        size_t     before = arena_bytes(a);
        arena_mark mark = arena_here(a);
        for (size_t size = 0; size < 70000; size = size * 3 + 1) {
            unsigned char *p = arena_alloc(a, size);
            assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xaa, size);
        }
        assert_true(arena_bytes(a) > before);
        arena_reset(a, mark);
        assert_int_equal(arena_bytes(a), before);
        (void)arena_alloc(a, 100);
    }
    arena_clear(a);
    assert_int_equal(arena_bytes(a), 0);
    str copy = arena_str(a, STR("abc"));
    assert_string_equal(copy.p, "abc");
    assert_string_equal(arena_cstr(a, (str){ NULL, 0 }), "");
    str made = arena_printf(a, "%d-%s", 42, "x");
    assert_true(str_eq(made, STR("42-x")) && made.p[made.n] == '\0');
    arena_free(a);
    arena_free(NULL);
}

static void a_list_grows_and_keeps_what_it_has(void **state)
{
    (void)state;
    arena *a = arena_new();
    int   *list = NULL;
    size_t count = 0, room = 0;
    for (int i = 0; i < 1000; i++) {
        arena_more(a, list, count, room);
        assert_true(room > count);
        list[count++] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(list[i], i);
    arena_free(a);
}

static void a_buffer_stops_at_its_ceiling(void **s)
{
    (void)s;
    buf b;
    buf_init(&b, 10);
    buf_putz(&b, "12345");
    buf_put_int(&b, -123);
    assert_false(b.failed);
    buf_puts(&b, STR("xyz"));
    assert_true(b.failed);
    assert_true(str_eq(buf_str(&b), STR("12345-123")));
    buf_putc(&b, '!');
    assert_int_equal(b.n, 9);
    buf_clear(&b);
    buf_printf(&b, "%s", "0123456789");
    assert_false(b.failed);
    size_t n;
    char  *p = buf_take(&b, &n);
    assert_int_equal(n, 10);
    assert_string_equal(p, "0123456789");
    free(p);
    buf_putz(&b, "01234567890");
    assert_null(buf_take(&b, &n));
    p = buf_take(&b, &n);
    assert_string_equal(p, "");
    free(p);
    buf_free(&b);

    buf_init(&b, 1 << 20);
    for (int i = 0; i < 100000; i++)
        buf_putc(&b, (char)('a' + i % 26));
    assert_int_equal(b.n, 100000);
    assert_int_equal(b.p[99999], 'a' + 99999 % 26);
    buf_clear(&b);
    buf_put_int(&b, INT64_MIN);
    buf_putc(&b, ' ');
    buf_put_int(&b, 0);
    assert_true(str_eq(buf_str(&b), STR("-9223372036854775808 0")));
    char *room = buf_reserve(&b, 3);
    memcpy(room, "abc", 3);
    b.n += 3;
    assert_true(str_ends(buf_str(&b), STR("0abc")));
    buf_free(&b);
}

static void a_map_holds_what_was_put(void **s)
{
    (void)s;
    arena     *a = arena_new();
    map       *m = map_new(a, 3);
    static int values[1000];
    for (int i = 0; i < 1000; i++)
        map_put(m, arena_printf(a, "key %d", i), &values[i]);
    for (int i = 0; i < 1000; i++)
        assert_ptr_equal(map_get(m, arena_printf(a, "key %d", i)), &values[i]);
    assert_null(map_get(m, STR("key 1000")));
    assert_null(map_get(m, STR("")));
    assert_int_equal(map_count(m), 1000);
    map_put(m, STR("key 5"), &values[6]);
    assert_ptr_equal(map_get(m, STR("key 5")), &values[6]);
    assert_int_equal(map_count(m), 1000);
    arena_free(a);
}

static void hashes_spread(void **s)
{
    (void)s;
    assert_true(hash_bytes(STR("a")) != hash_bytes(STR("b")));
    assert_true(hash_bytes(STR("ab")) != hash_bytes(STR("ba")));
    assert_true(hash_bytes(STR("")) == hash_bytes((str){ NULL, 0 }));
}

/* Runs `say` with standard error going to a file; returns what was written. */
static str logged(arena *a, void (*say)(void))
{
    FILE *file = tmpfile();
    int   kept = dup(STDERR_FILENO);
    assert_non_null(file);
    dup2(fileno(file), STDERR_FILENO);
    say();
    dup2(kept, STDERR_FILENO);
    close(kept);
    char *text = arena_alloc(a, 10000);
    rewind(file);
    size_t n = fread(text, 1, 9999, file);
    fclose(file);
    return (str){ text, (ptrdiff_t)n };
}

static void say_things(void)
{
    log_event(LOG_DEBUG, "unheard", NULL);
    log_event(LOG_WARN, "two words", "plain", "a/b", "empty", "", "quoted", "say \"hi\"\n\x01=", "zh", "华为", NULL);
}

static void say_much(void)
{
    static char much[9000];
    memset(much, 'x', sizeof much - 1);
    log_event(LOG_ERROR, "long", "text", much, NULL);
    much[0] = ' ';
    log_event(LOG_ERROR, "long", "text", much, "after", "lost", NULL);
}

static void log_lines_are_logfmt(void **s)
{
    (void)s;
    arena *a = arena_new();
    str    text = logged(a, say_things);
    assert_int_equal(str_find(text, STR("at=20")), 0);
    assert_int_equal(str_find(text, STR("unheard")), -1);
    assert_true(str_ends(text, STR(" level=warn msg=\"two words\" plain=a/b empty=\"\" "
                                   "quoted=\"say \\\"hi\\\"\\n\\x01=\" zh=华为\n")));
    text = logged(a, say_much);
    ptrdiff_t end = str_find_char(text, '\n');
    assert_in_range(end, 4000, 4096);
    assert_true(str_ends(text, STR("x\"\n")));
    assert_in_range(text.n, 8000, 2 * 4096);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_have_a_name_and_a_status),
        cmocka_unit_test(slices_compare_and_cut),
        cmocka_unit_test(a_list_grows_and_keeps_what_it_has),
        cmocka_unit_test(integers_are_read_whole),
        cmocka_unit_test(utf8_is_checked_and_walked),
        cmocka_unit_test(every_byte_sequence_of_three_is_judged_as_the_table_says),
        cmocka_unit_test(an_arena_gives_zeroed_aligned_memory_and_takes_it_back),
        cmocka_unit_test(a_buffer_stops_at_its_ceiling),
        cmocka_unit_test(a_map_holds_what_was_put),
        cmocka_unit_test(hashes_spread),
        cmocka_unit_test(log_lines_are_logfmt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
