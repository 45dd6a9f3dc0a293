/* Dates of any common form; day and month are never guessed. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/date.h"
#include "io/dates.h"

static void sure_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text, *is; /* date and time; NULL: no date */
    } cases[] = {
        { "2026-10-01", "2026-10-01" },
        { "2026/1/2", "2026-01-02" },
        { "2026.1.2", "2026-01-02" },
        { "20261001", "2026-10-01" },
        { "2026年10月1日", "2026-10-01" },
        { "2026年10月1日 15时30分", "2026-10-01 15:30:00" },
        { "2026年10月1日 下午3:05", "2026-10-01 15:05:00" },
        { "26年2月3日", "2026-02-03" },
        { "2026-10-01T08:09:10Z", "2026-10-01 08:09:10 +0" },
        { "2026-10-01T08:09:10.5+08:00", "2026-10-01 08:09:10 +480" },
        { "2026-10-01 08:09", "2026-10-01 08:09:00" },
        { "May 31 2011 12:00AM", "2011-05-31 00:00:00" },
        { "May 31 2011 12:15PM", "2011-05-31 12:15:00" },
        { "May 31, 2011", "2011-05-31" },
        { "31 May 2011", "2011-05-31" },
        { "31-May-11", "2011-05-31" },
        { "2011-May-31", "2011-05-31" },
        { "31st December 1999", "1999-12-31" },
        { "Tue, 31 May 2011 10:00:00 GMT", "2011-05-31 10:00:00 +0" },
        { "2026-02-29", NULL },
        { "2026-13-01", NULL },
        { "20261301", NULL },
        { "42736", NULL },
        { "May 2011", NULL },
        { "n/a", NULL },
        { "2026-10-01 25:00", NULL },
        { "2026-10-01 trailing", NULL },
        { "1/2", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        date_reading r;
        bool         is = date_scan(str_from(cases[i].text), &r);
        char         text[64] = "", date[DATE_TEXT];
        if (is != (cases[i].is != NULL))
            fail_msg("\"%s\" is %sread", cases[i].text, is ? "" : "not ");
        if (!is)
            continue;
        assert_true(r.sure);
        const date_value *v = &r.value[0];
        date_format(v->days, date);
        int n = snprintf(text, sizeof text, "%s", date);
        if (v->has_time)
            n += snprintf(text + n, sizeof text - (size_t)n, " %02d:%02d:%02d", (int)(v->day_ms / 3600000),
                          (int)(v->day_ms / 60000 % 60), (int)(v->day_ms / 1000 % 60));
        if (v->has_offset)
            snprintf(text + n, sizeof text - (size_t)n, " +%d", (int)(v->offset_ms / 60000));
        assert_string_equal(text, cases[i].is);
    }
}

static void a_column_decides(void **state)
{
    (void)state;
    static const struct {
        const char  *texts[5];
        date_verdict verdict;
        date_order   order;
    } cases[] = {
        { { "10/20/2016", "3/1/2017" }, DATES_SURE, ORDER_MDY },
        { { "20/10/2016", "3/1/2017" }, DATES_SURE, ORDER_DMY },
        { { "3/1/2017", "4/5/2017" }, DATES_ASK, ORDER_YMD },
        { { "3/3/2017", "5/5/2017" }, DATES_SURE, ORDER_MDY },
        { { "3/3/2017", "5/6/2017" }, DATES_ASK, ORDER_YMD },
        { { "13/1/2017", "1/13/2017" }, DATES_MIXED, ORDER_YMD },
        { { "02/24/26", "02/03/24" }, DATES_SURE, ORDER_MDY },
        { { "24/02/26", "01/02/26" }, DATES_SURE, ORDER_DMY },
        { { "99/12/31", "98/01/02" }, DATES_SURE, ORDER_YMD },
        { { "01-02-26", "03-04-26" }, DATES_ASK, ORDER_YMD },
        { { "2017-03-01", "12/31/2017" }, DATES_SURE, ORDER_MDY },
        { { "2017-03-01", "TBD" }, DATES_SURE, ORDER_YMD },
        { { "1.2.2020", "31.12.2020" }, DATES_SURE, ORDER_DMY },
        { { NULL }, DATES_NONE, ORDER_YMD },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        date_column c;
        date_form   form;
        date_column_init(&c);
        for (size_t k = 0; k < 5 && cases[i].texts[k]; k++)
            date_column_add(&c, str_from(cases[i].texts[k]), (int64_t)k + 2);
        if (date_column_decide(&c, &form) != cases[i].verdict)
            fail_msg("case %zu (%s …): %d", i, cases[i].texts[0], (int)date_column_decide(&c, &form));
        if (cases[i].verdict == DATES_SURE)
            assert_int_equal(form.order, cases[i].order);
    }
}

static void a_fixed_form_is_kept_to(void **state)
{
    (void)state;
    date_form  form;
    date_value v;
    assert_true(date_form_parse(STR("D/M/YYYY"), &form));
    assert_int_equal(form.order, ORDER_DMY);
    assert_true(date_read(STR("3/1/2017"), &form, &v));
    assert_int_equal(v.days, date_from_civil((civil){ 2017, 1, 3 }));
    assert_false(date_read(STR("1/13/2017"), &form, &v));
    assert_false(date_read(STR("3/1/17"), &form, &v)); /* four digits were said */
    assert_true(date_form_parse(STR("MM/DD/YY HH:mm"), &form));
    assert_int_equal(form.order, ORDER_MDY);
    assert_true(date_read(STR("3/1/17 8:15"), &form, &v));
    assert_int_equal(v.days, date_from_civil((civil){ 2017, 3, 1 }));
    assert_int_equal(v.day_ms, 8 * 3600000 + 15 * 60000);
    assert_true(date_form_parse(STR("YYYY年M月D日"), &form));
    assert_int_equal(form.order, ORDER_YMD);
    static const char *const bad[] = { "", "M/D", "Y/D/M", "foo", "M/D/YYYY/Q" };
    for (size_t i = 0; i < countof(bad); i++)
        assert_false(date_form_parse(str_from(bad[i]), &form));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sure_forms),
        cmocka_unit_test(a_column_decides),
        cmocka_unit_test(a_fixed_form_is_kept_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
