#include "base/num.h"

__extension__ typedef __int128 int128;

enum { SCALE_MAX = 18, EXPONENT_MAX = 1000000 };

int64_t num_pow10(int n)
{
    ASSERT(n >= 0 && n <= SCALE_MAX);
    int64_t v = 1;
    while (n-- > 0)
        v *= 10;
    return v;
}

typedef struct {
    str  whole, fraction; /* digits */
    bool negative;
    int  exponent;
} number;

static str take_run(str s, ptrdiff_t *at)
{
    ptrdiff_t from = *at;
    while (*at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9')
        ++*at;
    return str_sub(s, from, *at);
}

static bool take_exponent(str s, ptrdiff_t *at, int *out)
{
    ++*at;
    bool negative = *at < s.n && s.p[*at] == '-';
    if (*at < s.n && (s.p[*at] == '-' || s.p[*at] == '+'))
        ++*at;
    str digits = take_run(s, at);
    int v = 0;
    for (ptrdiff_t i = 0; i < digits.n; i++)
        v = v < EXPONENT_MAX ? v * 10 + (digits.p[i] - '0') : EXPONENT_MAX;
    *out = negative ? -v : v;
    return digits.n > 0;
}

static bool split(str s, number *out)
{
    ptrdiff_t at = 0;
    *out = (number){ .negative = s.n > 0 && s.p[0] == '-' };
    at += out->negative;
    out->whole = take_run(s, &at);
    if (out->whole.n == 0)
        return false;
    if (at < s.n && s.p[at] == '.') {
        at++;
        out->fraction = take_run(s, &at);
        if (out->fraction.n == 0)
            return false;
    }
    if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E') && !take_exponent(s, &at, &out->exponent))
        return false;
    return at == s.n;
}

/* Subtracts the digits, each at its place, from *value: downwards, so that INT64_MIN is reached.
 * `place` is the power of ten of the first digit in units of the result. */
static num_result take_away(str digits, ptrdiff_t place, int64_t *value)
{
    for (ptrdiff_t i = 0; i < digits.n; i++, place--) {
        int64_t digit = digits.p[i] - '0';
        if (digit == 0)
            continue;
        if (place < 0)
            return NUM_PRECISION;
        if (place > SCALE_MAX || __builtin_mul_overflow(digit, num_pow10((int)place), &digit) ||
            __builtin_sub_overflow(*value, digit, value))
            return NUM_RANGE;
    }
    return NUM_OK;
}

num_result num_parse(str digits, int scale, int64_t *out)
{
    number n;
    ASSERT(scale >= 0 && scale <= SCALE_MAX);
    if (!split(digits, &n))
        return NUM_SYNTAX;
    int64_t    v = 0;
    ptrdiff_t  point = (ptrdiff_t)n.exponent + scale; /* the place just left of the decimal point, plus one */
    num_result r = take_away(n.whole, n.whole.n - 1 + point, &v);
    if (r == NUM_OK)
        r = take_away(n.fraction, point - 1, &v);
    if (r != NUM_OK)
        return r;
    if (!n.negative && __builtin_sub_overflow((int64_t)0, v, &v))
        return NUM_RANGE;
    *out = v;
    return NUM_OK;
}

/* At least so many, with zeros in front. How many they were. */
static int put_digits(char *out, uint64_t u, int least)
{
    char text[20];
    int  n = 0;
    do
        text[n++] = (char)('0' + u % 10);
    while ((u /= 10) || n < least);
    for (int i = 0; i < n; i++)
        out[i] = text[n - 1 - i];
    return n;
}

int num_format(int64_t value, int scale, int min_decimals, char out[NUM_TEXT])
{
    ASSERT(scale >= 0 && scale <= SCALE_MAX && min_decimals >= 0);
    uint64_t u = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t unit = (uint64_t)num_pow10(scale);
    uint64_t whole = u / unit, fraction = u % unit;
    int      places = scale;
    while (places > min_decimals && fraction % 10 == 0) {
        fraction /= 10;
        places--;
    }
    int n = 0;
    if (value < 0)
        out[n++] = '-';
    n += put_digits(out + n, whole, 1);
    if (places > 0) {
        out[n++] = '.';
        n += put_digits(out + n, fraction, places);
    }
    for (; places < min_decimals && n < NUM_TEXT - 2; places++) {
        if (places == 0)
            out[n++] = '.';
        out[n++] = '0';
    }
    out[n] = '\0';
    return n;
}

static bool divide(int128 a, int128 b, int64_t *out)
{
    ASSERT(b != 0);
    if (b < 0) {
        a = -a;
        b = -b;
    }
    int128 q = a / b, rest = a % b;
    if (rest < 0)
        rest = -rest;
    if (rest >= b - rest)
        q += a < 0 ? -1 : 1;
    if (q < INT64_MIN || q > INT64_MAX)
        return false;
    *out = (int64_t)q;
    return true;
}

bool num_mul_div(int64_t value, int64_t num, int64_t den, int64_t *out)
{
    return divide((int128)value * num, den, out);
}

bool num_rescale(int64_t value, int from_scale, int to_scale, int64_t *out)
{
    return to_scale >= from_scale ? divide((int128)value * num_pow10(to_scale - from_scale), 1, out)
                                  : divide(value, num_pow10(from_scale - to_scale), out);
}
