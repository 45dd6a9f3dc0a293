#include "base/num.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void numbers_are_read_exactly(void **s)
{
    (void)s;
    static const struct {
        const char *text;
        int         scale;
        num_result  result;
        int64_t     value;
    } rows[] = {
        { "0", 2, NUM_OK, 0 },
        { "-0", 2, NUM_OK, 0 },
        { "12.34", 2, NUM_OK, 1234 },
        { "-12.34", 2, NUM_OK, -1234 },
        { "12.340000000000000000000000", 2, NUM_OK, 1234 },
        { "12.345", 2, NUM_PRECISION, 0 },
        { "1e2", 0, NUM_OK, 100 },
        { "-12.340e1", 2, NUM_OK, -12340 },
        { "1234e-2", 2, NUM_OK, 1234 },
        { "1234e-3", 2, NUM_PRECISION, 0 },
        { "1E+2", 0, NUM_OK, 100 },
        { "0e999999999999", 2, NUM_OK, 0 },
        { "1e999999999999", 2, NUM_RANGE, 0 },
        { "1e-999999999999", 2, NUM_PRECISION, 0 },
        { "9223372036854775807", 0, NUM_OK, INT64_MAX },
        { "-9223372036854775808", 0, NUM_OK, INT64_MIN },
        { "9223372036854775808", 0, NUM_RANGE, 0 },
        { "-9223372036854775809", 0, NUM_RANGE, 0 },
        { "92233720368547758.07", 2, NUM_OK, INT64_MAX },
        { "92233720368547758.08", 2, NUM_RANGE, 0 },
        { "0.000000000000000001", 18, NUM_OK, 1 },
        { "0.1", 18, NUM_OK, INT64_C(100000000000000000) },
        { "007.50", 2, NUM_OK, 750 },
        { "", 2, NUM_SYNTAX, 0 },
        { "-", 2, NUM_SYNTAX, 0 },
        { "+1", 2, NUM_SYNTAX, 0 },
        { ".5", 2, NUM_SYNTAX, 0 },
        { "5.", 2, NUM_SYNTAX, 0 },
        { "1e", 2, NUM_SYNTAX, 0 },
        { "1e+", 2, NUM_SYNTAX, 0 },
        { "1,000", 2, NUM_SYNTAX, 0 },
        { " 1", 2, NUM_SYNTAX, 0 },
        { "1 ", 2, NUM_SYNTAX, 0 },
        { "NaN", 2, NUM_SYNTAX, 0 },
        { "0x10", 2, NUM_SYNTAX, 0 },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        int64_t v = 77;
        if (num_parse(str_from(rows[i].text), rows[i].scale, &v) != rows[i].result)
            fail_msg("\"%s\"", rows[i].text);
        assert_int_equal(v, rows[i].result == NUM_OK ? rows[i].value : 77);
    }
}

static void numbers_are_written_shortest(void **s)
{
    (void)s;
    static const struct {
        int64_t     value;
        int         scale, min;
        const char *text;
    } rows[] = {
        { 1230, 2, 0, "12.3" },
        { 1230, 2, 2, "12.30" },
        { 1200, 2, 0, "12" },
        { 1200, 2, 1, "12.0" },
        { -5, 2, 0, "-0.05" },
        { 0, 2, 0, "0" },
        { 0, 2, 2, "0.00" },
        { 5, 0, 2, "5.00" },
        { 7, 6, 2, "0.000007" },
        { INT64_MIN, 0, 0, "-9223372036854775808" },
        { INT64_MAX, 18, 0, "9.223372036854775807" },
        { 1, 18, 0, "0.000000000000000001" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        char out[NUM_TEXT];
        int  n = num_format(rows[i].value, rows[i].scale, rows[i].min, out);
        assert_string_equal(out, rows[i].text);
        assert_int_equal(n, strlen(out));
    }
}

static void what_is_written_is_read_back(void **s)
{
    (void)s;
    uint64_t x = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        int64_t value = (int64_t)x >> (i % 60), back = 0;
        char    out[NUM_TEXT];
        int     n = num_format(value, i % 19, i % 3, out);
        assert_int_equal(num_parse((str){ out, n }, i % 19, &back), NUM_OK);
        assert_int_equal(back, value);
    }
}

static void products_and_quotients_round_halves_away_from_zero(void **s)
{
    (void)s;
    int64_t v = 0;
    assert_true(num_mul_div(5, 1, 2, &v));
    assert_int_equal(v, 3);
    assert_true(num_mul_div(-5, 1, 2, &v));
    assert_int_equal(v, -3);
    assert_true(num_mul_div(5, 1, -2, &v));
    assert_int_equal(v, -3);
    assert_true(num_mul_div(4, 1, 3, &v));
    assert_int_equal(v, 1);
    assert_true(num_mul_div(INT64_MAX, INT64_MAX, INT64_MAX, &v));
    assert_int_equal(v, INT64_MAX);
    assert_true(num_mul_div(INT64_MIN, INT64_MIN, INT64_MIN, &v));
    assert_int_equal(v, INT64_MIN);
    v = 77;
    assert_false(num_mul_div(INT64_MAX, 2, 1, &v));
    assert_int_equal(v, 77);
    assert_true(num_rescale(1235, 2, 1, &v));
    assert_int_equal(v, 124);
    assert_true(num_rescale(-1235, 2, 1, &v));
    assert_int_equal(v, -124);
    assert_true(num_rescale(12, 0, 6, &v));
    assert_int_equal(v, 12000000);
    assert_false(num_rescale(INT64_MAX, 0, 1, &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_exactly),
        cmocka_unit_test(numbers_are_written_shortest),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(products_and_quotients_round_halves_away_from_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
