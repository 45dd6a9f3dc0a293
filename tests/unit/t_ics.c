/* iCalendar as text: read back by a reader of our own, line by line as RFC 5545 says. */
#include <cmocka.h>

#include "base/arena.h"
#include "base/date.h"
#include "io/ics.h"

/* The unfolded value of the first line with this name; checks the form of every line on the way. */
static str read_back(arena *a, str text, const char *name)
{
    char     *flat = arena_alloc(a, (size_t)text.n + 1);
    ptrdiff_t n = 0, begin = 0;
    assert_true(str_ends(text, STR("\r\n")));
    for (ptrdiff_t i = 0; i < text.n; i++) {
        if (text.p[i] != '\r') {
            assert_int_not_equal(text.p[i], '\n');
            flat[n++] = text.p[i];
            continue;
        }
        assert_int_equal(text.p[i + 1], '\n');
        assert_true(i - begin <= 75);
        assert_true(utf8_valid(str_sub(text, begin, i)));
        begin = i + 2;
        if (begin < text.n && text.p[begin] == ' ')
            i = begin; /* folded: goes on */
        else
            flat[n++] = '\n', i = begin - 1;
    }
    str all = { flat, n };
    for (ptrdiff_t at = 0; at < n;) {
        ptrdiff_t end = at + str_find_char(str_sub(all, at, n), '\n');
        str       line = str_sub(all, at, end);
        if (str_starts(line, str_from(name)) && (line.p[strlen(name)] == ':' || line.p[strlen(name)] == ';'))
            return str_sub(line, (ptrdiff_t)strlen(name) + 1, line.n);
        at = end + 1;
    }
    return (str){ 0 };
}

static str unescaped(arena *a, str s)
{
    char     *to = arena_alloc(a, (size_t)s.n + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n) {
            i++;
            to[n++] = s.p[i] == 'n' ? '\n' : s.p[i];
        } else {
            to[n++] = s.p[i];
        }
    }
    return (str){ to, n };
}

static str written(arena *a, const ics_event *e)
{
    buf b;
    buf_init(&b, 1 << 20);
    ics_begin(&b, STR("陈立群的日历"), STR("Asia/Shanghai"));
    ics_put(&b, e);
    ics_end(&b);
    str out = arena_str(a, buf_str(&b));
    buf_free(&b);
    return out;
}

static void expect(arena *a, const ics_event *e, const char *name, const char *value)
{
    str got = read_back(a, written(a, e), name);
    if (!str_eq(got, str_from(value)))
        print_message("%s is %.*s\n", name, STR_ARG(got));
    assert_true(str_eq(got, str_from(value)));
}

static void times_are_utc_and_days_are_dates(void **state)
{
    arena    *a = *state;
    int64_t   at = INT64_C(1790000000000); /* 2026-09-21T14:13:20Z */
    ics_event e = { .uid = STR("activity-7@zhike"), .start = at, .end = at + 5400000, .changed_ms = at, .revision = 3 };
    expect(a, &e, "DTSTART", "20260921T141320Z");
    expect(a, &e, "DTEND", "20260921T154320Z");
    expect(a, &e, "DTSTAMP", "20260921T141320Z");
    expect(a, &e, "SEQUENCE", "3");
    expect(a, &e, "UID", "activity-7@zhike");
    expect(a, &e, "X-WR-TIMEZONE", "Asia/Shanghai");
    e.end = at - 1;
    expect(a, &e, "DTEND", "20260921T144320Z"); /* half an hour where no end is known */
    e.start = -1000;                            /* before 1970 */
    expect(a, &e, "DTSTART", "19691231T235959Z");
    int64_t   day = date_from_civil((civil){ 2026, 12, 31 });
    ics_event d = { .uid = STR("x"), .whole_days = true, .start = day, .end = day - 1, .changed_ms = at };
    expect(a, &d, "DTSTART", "VALUE=DATE:20261231");
    expect(a, &d, "DTEND", "VALUE=DATE:20270101");
    d.end = day + 2;
    expect(a, &d, "DTEND", "VALUE=DATE:20270103");
}

static void any_text_comes_back_as_it_was(void **state)
{
    static const char *const texts[] = {
        "plain",
        "a,b;c\\d",
        "two\nlines",
        "拜访华为，讨论二期扩容；带上合同\n地址：深圳市龙岗区坂田华为基地一号门，电话 0755-28780808",
        "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,,,,,,,,,,,,,,,,;;;;;;;;;;;;;\\\\\\\\\\\\\\",
        "BEGIN:VEVENT\nEND:VCALENDAR",
    };
    for (size_t i = 0; i < countof(texts); i++) {
        ics_event e = { .uid = STR("x"), .summary = str_from(texts[i]), .description = str_from(texts[i]) };
        str       text = written(*state, &e);
        assert_true(str_eq(unescaped(*state, read_back(*state, text, "SUMMARY")), str_from(texts[i])));
        assert_true(str_eq(unescaped(*state, read_back(*state, text, "DESCRIPTION")), str_from(texts[i])));
        assert_int_equal(read_back(*state, text, "LOCATION").n, 0);
    }
}

static void control_characters_are_left_out(void **state)
{
    ics_event e = { .uid = STR("x"), .summary = STR("a\r\nATTACH:x\x01\x7F"), .done = true };
    str       text = written(*state, &e);
    assert_true(str_eq(read_back(*state, text, "SUMMARY"), STR("a\\nATTACH:x")));
    assert_int_equal(read_back(*state, text, "ATTACH").n, 0);
    assert_true(str_eq(read_back(*state, text, "TRANSP"), STR("TRANSPARENT")));
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_utc_and_days_are_dates),
        cmocka_unit_test(any_text_comes_back_as_it_was),
        cmocka_unit_test(control_characters_are_left_out),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
