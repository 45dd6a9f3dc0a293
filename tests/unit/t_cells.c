/* Numbers as people write them, and what stands for nothing. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/num.h"
#include "io/cells.h"

static void numbers_of_people(void **state)
{
    (void)state;
    static const struct {
        const char *text, *canonical; /* NULL: refused */
        bool        comma, percent;
    } cases[] = {
        { "12", "12", false, false },
        { "0012", "12", false, false },
        { "0", "0", false, false },
        { "0.50", "0.50", false, false },
        { ".5", "0.5", false, false },
        { "$22,700.00", "22700.00", false, false },
        { "22,700", "22700", false, false },
        { "1,234,567.8", "1234567.8", false, false },
        { "12,34,567", "1234567", false, false },
        { "1 234 567", "1234567", false, false },
        { "1'234.50", "1234.50", false, false },
        { "¥1.2万", "1.2e4", false, false },
        { "￥３００", "300", false, false },
        { "1.5M", "1.5e6", false, false },
        { "2k", "2e3", false, false },
        { "3亿元", "3e8", false, false },
        { "12万元", "12e4", false, false },
        { "1.2 billion", "1.2e9", false, false },
        { "(300)", "-300", false, false },
        { "($1,000.50)", "-1000.50", false, false },
        { "-$5", "-5", false, false },
        { "$-5", "-5", false, false },
        { "−5", "-5", false, false },
        { "300-", "-300", false, false },
        { "+7", "7", false, false },
        { "USD 100", "100", false, false },
        { "100 EUR", "100", false, false },
        { "25%", "25e-2", false, false },
        { "25%", "25", false, true },
        { "1e5", "1e5", false, false },
        { "2.5E-03", "2.5E-03", false, false },
        { "12,34", "12.34", true, false },
        { "1.234,56", "1234.56", true, false },
        { "1 234,5 €", "1234.5", true, false },
        { "12,34", NULL, false, false },
        { "1.234,56", NULL, false, false },
        { "1,2,3", NULL, false, false },
        { "1.2.3", NULL, false, false },
        { "abc", NULL, false, false },
        { "12a", NULL, false, false },
        { "", NULL, false, false },
        { "-", NULL, false, false },
        { "()", NULL, false, false },
        { "e5", NULL, false, false },
        { "3/4", NULL, false, false },
    };
    arena *a = arena_new();
    for (size_t i = 0; i < countof(cases); i++) {
        str  out = { 0 };
        bool is = cell_number(a, str_from(cases[i].text), cases[i].comma, cases[i].percent, &out);
        if (is != (cases[i].canonical != NULL) || (is && !str_eq(out, str_from(cases[i].canonical))))
            fail_msg("\"%s\" gives \"%.*s\"", cases[i].text, STR_ARG(out));
        int64_t v;
        if (is)
            assert_int_not_equal(num_parse(out, 6, &v), NUM_SYNTAX);
    }
    arena_free(a);
}

static void the_column_shows_the_decimal_sign(void **state)
{
    (void)state;
    static const struct {
        const char *texts[4];
        bool        comma, mixed;
    } cases[] = {
        { { "1,234", "5,678" }, false, false },  { { "1,234", "12,34" }, true, false },
        { { "1.234", "1.234,5" }, true, false }, { { "1,234.5", "7" }, false, false },
        { { "12.34", "12,34" }, false, true },   { { "1.234.567" }, true, false },
        { { "x", "" }, false, false },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        number_column c = { 0 };
        bool          mixed;
        for (size_t k = 0; k < 4 && cases[i].texts[k]; k++)
            number_column_add(&c, str_from(cases[i].texts[k]), (int64_t)k + 2);
        assert_int_equal(number_column_comma(&c, &mixed), cases[i].comma);
        assert_int_equal(mixed, cases[i].mixed);
    }
}

static void words_for_nothing(void **state)
{
    (void)state;
    static const char *const nothing[] = { "", " ", "-", "N/A", "null", "无", "(blank)" };
    static const char *const something[] = { "0", "Select", "none of these", "无锡" };
    for (size_t i = 0; i < countof(nothing); i++)
        assert_true(cell_nothing(str_from(nothing[i])));
    for (size_t i = 0; i < countof(something); i++)
        assert_false(cell_nothing(str_from(something[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_people),
        cmocka_unit_test(the_column_shows_the_decimal_sign),
        cmocka_unit_test(words_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
