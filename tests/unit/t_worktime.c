/* Working time against a counter that looks at every minute: nothing but its definition. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/text.h"
#include "base/worktime.h"

#define MINUTE INT64_C(60000)

static int open_text(void **state)
{
    (void)state;
    return text_open() == ERR_OK ? 0 : -1;
}

static int close_text(void **state)
{
    (void)state;
    text_close();
    return 0;
}

static work_calendar office(const char *zone)
{
    work_calendar c = { .zone = str_from(zone) };
    for (int i = 0; i < 5; i++)
        assert_true(worktime_parse_spans(STR("09:00-12:00 13:30-18:00"), c.spans[i], &c.span_count[i]));
    return c;
}

static int64_t at(const char *text)
{
    int64_t ms = 0;
    assert_true(time_parse_rfc3339(str_from(text), &ms));
    return ms;
}

/* ---- the slow counter ---- */

static bool worked(const work_calendar *c, int64_t ms)
{
    int64_t local = ms + zone_offset_ms(c->zone, ms), date = floor_div(local, DAY_MS);
    int     minute = (int)((local - date * DAY_MS) / MINUTE), like = date_weekday(date);
    for (size_t i = 0; i < c->day_count; i++)
        if (c->days[i].date == date)
            like = c->days[i].like;
    for (int i = 0; like && i < c->span_count[like - 1]; i++)
        if (minute >= c->spans[like - 1][i].from && minute < c->spans[like - 1][i].to)
            return true;
    return false;
}

static uint64_t seed = 20261124;
static int64_t  any(int64_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((seed >> 33) % (uint64_t)n);
}

static const char *const zones[] = { "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                                     "Pacific/Apia",  "Asia/Kolkata",  "America/St_Johns", "Africa/Casablanca" };

static void any_spans(work_span *s, int *count)
{
    int last = -1, n = (int)any(4);
    *count = 0;
    for (int i = 0; i < n; i++) {
        int from = last + 1 + (int)any(400), to = from + 1 + (int)any(500);
        if (to > DAY_MINUTES)
            return;
        s[(*count)++] = (work_span){ from, to };
        last = to;
    }
}

static work_calendar any_calendar(work_day *days, int64_t near)
{
    work_calendar c = { .zone = str_from(zones[any(countof(zones))]), .days = days };
    for (int i = 0; i < 7; i++)
        any_spans(c.spans[i], &c.span_count[i]);
    if (!worktime_has_hours(&c)) {
        c.spans[2][0] = (work_span){ 60, 200 }; /* in the hours where clocks are put */
        c.span_count[2] = 1;
    }
    int64_t date = near - 2;
    for (int i = 0; i < 3; i++) {
        date += 1 + any(4);
        days[c.day_count++] = (work_day){ date, (int)any(8) };
    }
    return c;
}

static void compare(const work_calendar *c, int64_t from, int64_t want)
{
    int64_t    found = 0, sum = 0, t = from, counted = 0;
    size_t     n = 0;
    work_piece pieces[4000];
    assert_true(worktime_add(c, from, want * MINUTE, &found, pieces, countof(pieces), &n));
    while (counted < want) {
        counted += worked(c, t);
        t += MINUTE;
    }
    if (want && found != t)
        fail_msg("%.*s: %lld + %lld min: %lld, counted %lld", STR_ARG(c->zone), (long long)from, (long long)want,
                 (long long)found, (long long)t);
    for (size_t i = 0; i < n; i++)
        sum += pieces[i].ms;
    assert_int_equal(sum, want * MINUTE);
    assert_int_equal(worktime_between(c, from, t), want * MINUTE);
    int64_t rest = any(900);
    counted = 0;
    for (int64_t k = 0; k < rest; k++)
        counted += worked(c, t + k * MINUTE);
    assert_int_equal(worktime_between(c, t, t + rest * MINUTE), counted * MINUTE);
}

/* SERV-3.1: 20,000 random cases; WORKTIME_CASES says another number. */
static void equals_the_slow_counter(void **state)
{
    (void)state;
    const char *many = getenv("WORKTIME_CASES");
    long        cases = many ? atol(many) : 20000;
    int64_t     first = at("2007-01-01T00:00:00Z") / MINUTE, last = at("2037-12-31T00:00:00Z") / MINUTE;
    for (long i = 0; i < cases; i++) {
        int64_t       from = (first + any(last - first)) * MINUTE;
        work_day      days[3];
        work_calendar c = any_calendar(days, floor_div(from, DAY_MS));
        compare(&c, from, any(1500));
    }
}

/* ---- told one by one ---- */

/* SERV-3.1: Friday afternoon, 8 hours: 3 h Fri + 5 h Mon. */
static void goes_over_the_weekend(void **state)
{
    (void)state;
    work_calendar c = office("Asia/Shanghai");
    work_piece    p[4];
    size_t        n;
    int64_t       due;
    assert_true(worktime_add(&c, at("2026-11-27T15:00:00+08:00"), 480 * MINUTE, &due, p, countof(p), &n));
    assert_int_equal(due, at("2026-11-30T15:30:00+08:00"));
    assert_int_equal(n, 2);
    assert_int_equal(p[0].ms, 180 * MINUTE);
    assert_int_equal(p[1].ms, 300 * MINUTE);
    assert_int_equal(p[1].date, date_from_civil((civil){ 2026, 11, 30 }));
}

static void ends_with_the_day_not_with_the_next(void **state)
{
    (void)state;
    work_calendar c = office("Asia/Shanghai");
    int64_t       due;
    assert_true(worktime_add(&c, at("2026-11-27T15:00:00+08:00"), 180 * MINUTE, &due, NULL, 0, NULL));
    assert_int_equal(due, at("2026-11-27T18:00:00+08:00"));
    assert_int_equal(worktime_between(&c, due, at("2026-11-30T09:00:00+08:00")), 0);
}

static void leaves_holidays_out_and_works_the_weekend_for_them(void **state)
{
    (void)state;
    work_calendar c = office("Asia/Shanghai");
    work_day      days[] = { { date_from_civil((civil){ 2026, 10, 1 }), WORKED_OFF },
                             { date_from_civil((civil){ 2026, 10, 2 }), WORKED_OFF },
                             { date_from_civil((civil){ 2026, 10, 3 }), 1 } };
    int64_t       due;
    c.days = days;
    c.day_count = countof(days);
    assert_true(worktime_add(&c, at("2026-09-30T17:00:00+08:00"), 120 * MINUTE, &due, NULL, 0, NULL));
    assert_int_equal(due, at("2026-10-03T10:00:00+08:00"));
}

/* The hour that the clock shows twice is worked twice; the one that it leaves out not at all. */
static void counts_the_hours_that_pass_when_clocks_are_put(void **state)
{
    (void)state;
    work_calendar c = { .zone = STR("Europe/Berlin") };
    c.spans[6][0] = (work_span){ 60, 240 };
    c.span_count[6] = 1;
    assert_int_equal(worktime_between(&c, at("2026-10-24T12:00:00Z"), at("2026-10-26T12:00:00Z")), 240 * MINUTE);
    assert_int_equal(worktime_between(&c, at("2026-03-28T12:00:00Z"), at("2026-03-30T12:00:00Z")), 120 * MINUTE);
}

static void refuses_a_calendar_without_hours(void **state)
{
    (void)state;
    work_calendar c = { .zone = STR("Asia/Shanghai") };
    int64_t       due = 7;
    assert_false(worktime_add(&c, 0, MINUTE, &due, NULL, 0, NULL));
    assert_int_equal(due, 7);
    assert_int_equal(worktime_between(&c, 0, DAY_MS), 0);
}

static void reads_spans(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int         count; /* -1: refused */
    } given[] = { { "", 0 },
                  { "09:00-12:00", 1 },
                  { "09:00-12:00, 13:30-18:00", 2 },
                  { "00:00-24:00", 1 },
                  { "12:00-09:00", -1 },
                  { "09:00-09:00", -1 },
                  { "09:00-12:00 11:00-18:00", -1 },
                  { "09:00-12:00 12:00-18:00", -1 },
                  { "9:00-12:00", -1 },
                  { "09:60-12:00", -1 },
                  { "09:00-24:01", -1 },
                  { "09:00-12:00x", -1 },
                  { "gibberish", -1 } };
    for (size_t i = 0; i < countof(given); i++) {
        work_span s[WORK_SPANS];
        int       n = -1;
        bool      is = worktime_parse_spans(str_from(given[i].text), s, &n);
        if (is != (given[i].count >= 0) || (is && n != given[i].count))
            fail_msg("\"%s\" gives %d", given[i].text, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_slow_counter),
        cmocka_unit_test(goes_over_the_weekend),
        cmocka_unit_test(ends_with_the_day_not_with_the_next),
        cmocka_unit_test(leaves_holidays_out_and_works_the_weekend_for_them),
        cmocka_unit_test(counts_the_hours_that_pass_when_clocks_are_put),
        cmocka_unit_test(refuses_a_calendar_without_hours),
        cmocka_unit_test(reads_spans),
    };
    return cmocka_run_group_tests(tests, open_text, close_text);
}
