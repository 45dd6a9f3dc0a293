#include "base/date.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int64_t day(int y, int m, int d)
{
    return date_from_civil((civil){ y, m, d });
}

static void days_and_civil_dates_agree_over_the_whole_range(void **s)
{
    (void)s;
    civil c = { 1, 1, 1 };
    for (int64_t d = DATE_MIN; d <= DATE_MAX; d++) {
        civil got = date_to_civil(d);
        if (got.year != c.year || got.month != c.month || got.day != c.day || date_from_civil(c) != d)
            fail_msg("day %lld", (long long)d);
        if (++c.day > month_length(c.year, c.month)) {
            c.day = 1;
            if (++c.month > 12) {
                c.month = 1;
                c.year++;
            }
        }
    }
    assert_int_equal(c.year, 10000);
    assert_int_equal(day(1970, 1, 1), 0);
    assert_int_equal(day(2000, 3, 1), 11017);
}

static void weekdays_are_those_of_iso(void **s)
{
    (void)s;
    assert_int_equal(date_weekday(0), 4);
    assert_int_equal(date_weekday(day(2026, 10, 1)), 4);
    assert_int_equal(date_weekday(day(2024, 2, 29)), 4);
    assert_int_equal(date_weekday(-1), 3);
    assert_int_equal(date_weekday(day(1969, 12, 29)), 1);
    assert_int_equal(date_weekday(day(1969, 12, 28)), 7);
}

static void months_are_added_and_the_day_is_clipped(void **s)
{
    (void)s;
    assert_int_equal(date_add_months(day(2024, 1, 31), 1), day(2024, 2, 29));
    assert_int_equal(date_add_months(day(2023, 1, 31), 1), day(2023, 2, 28));
    assert_int_equal(date_add_months(day(2023, 11, 30), 3), day(2024, 2, 29));
    assert_int_equal(date_add_months(day(2023, 1, 15), -1), day(2022, 12, 15));
    assert_int_equal(date_add_months(day(2023, 12, 15), -12), day(2022, 12, 15));
    assert_int_equal(date_add_months(day(2023, 5, 15), 0), day(2023, 5, 15));
}

static void dates_are_read_strictly(void **s)
{
    (void)s;
    static const char *const bad[] = { "",           "2026-1-01",  "2026-02-29",  "2026-13-01",  "2026-00-10",
                                       "2026-01-00", "0000-01-01", "2026-01-01 ", " 2026-01-01", "2026/01/01",
                                       "20260101",   "+026-01-01", "2026-01-32",  "2026-01-0x" };
    int64_t                  d = 77;
    for (size_t i = 0; i < countof(bad); i++)
        assert_false(date_parse(str_from(bad[i]), &d));
    assert_int_equal(d, 77);
    assert_true(date_parse(STR("2024-02-29"), &d));
    assert_int_equal(d, day(2024, 2, 29));
    assert_true(date_parse(STR("0001-01-01"), &d));
    assert_int_equal(d, DATE_MIN);
    assert_true(date_parse(STR("9999-12-31"), &d));
    assert_int_equal(d, DATE_MAX);
}

static void instants_are_read_with_their_offset(void **s)
{
    (void)s;
    static const struct {
        const char *text;
        int64_t     ms;
    } rows[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-01t00:00:00z", 0 },
        { "1970-01-01T08:00:00+08:00", 0 },
        { "1969-12-31T19:00:00-05:00", 0 },
        { "1970-01-01T00:00:00.5Z", 500 },
        { "1970-01-01T00:00:00.123999Z", 123 },
        { "1969-12-31T23:59:59.999Z", -1 },
        { "2026-10-01T08:00:00Z", INT64_C(1790841600000) },
        { "2016-12-31T23:59:60Z", INT64_C(1483228800000) },
        { "2017-01-01T07:59:60+08:00", INT64_C(1483228800000) },
        { "0001-01-01T00:00:00Z", TIME_MS_MIN },
        { "9999-12-31T23:59:59.999Z", TIME_MS_MAX },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        int64_t ms = 1;
        assert_true(time_parse_rfc3339(str_from(rows[i].text), &ms));
        assert_int_equal(ms, rows[i].ms);
    }
    static const char *const bad[] = {
        "",
        "2026-10-01",
        "2026-10-01T08:00:00",
        "2026-10-01T08:00Z",
        "2026-10-01 08:00:00Z",
        "2026-10-01T24:00:00Z",
        "2026-10-01T08:60:00Z",
        "2026-10-01T08:00:61Z",
        "2026-10-01T08:00:60Z",
        "2026-10-01T08:00:00.Z",
        "2026-10-01T08:00:00+0800",
        "2026-10-01T08:00:00+24:00",
        "2026-10-01T08:00:00+08:60",
        "2026-10-01T08:00:00Zx",
        "2026-02-30T08:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    };
    int64_t ms = 77;
    for (size_t i = 0; i < countof(bad); i++)
        if (time_parse_rfc3339(str_from(bad[i]), &ms))
            fail_msg("%s was taken", bad[i]);
    assert_int_equal(ms, 77);
}

static void instants_are_written_with_a_fraction_only_where_there_is_one(void **s)
{
    (void)s;
    char out[TIME_TEXT], d[DATE_TEXT];
    time_format(INT64_C(1790841600000), out);
    assert_string_equal(out, "2026-10-01T08:00:00Z");
    time_format(-1, out);
    assert_string_equal(out, "1969-12-31T23:59:59.999Z");
    time_format(TIME_MS_MAX, out);
    assert_string_equal(out, "9999-12-31T23:59:59.999Z");
    time_format(TIME_MS_MIN + 7, out);
    assert_string_equal(out, "0001-01-01T00:00:00.007Z");
    date_format(DATE_MIN, d);
    assert_string_equal(d, "0001-01-01");
}

static void division_rounds_down(void **s)
{
    (void)s;
    assert_int_equal(floor_div(7, 2), 3);
    assert_int_equal(floor_div(-7, 2), -4);
    assert_int_equal(floor_div(-8, 2), -4);
    assert_int_equal(floor_div(0, 5), 0);
}

static void clocks_run(void **s)
{
    (void)s;
    int64_t a = clock_monotonic_ns(), b = clock_monotonic_ns();
    assert_true(b >= a);
    assert_true(clock_now_ms() > INT64_C(1700000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_and_civil_dates_agree_over_the_whole_range),
        cmocka_unit_test(weekdays_are_those_of_iso),
        cmocka_unit_test(months_are_added_and_the_day_is_clipped),
        cmocka_unit_test(dates_are_read_strictly),
        cmocka_unit_test(instants_are_read_with_their_offset),
        cmocka_unit_test(instants_are_written_with_a_fraction_only_where_there_is_one),
        cmocka_unit_test(division_rounds_down),
        cmocka_unit_test(clocks_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
