#include "base/date.h"
#include <time.h>

int64_t floor_div(int64_t a, int64_t b)
{
    ASSERT(b > 0);
    return a / b - (a % b < 0);
}

int64_t date_from_civil(civil c)
{
    int64_t y = (int64_t)c.year - (c.month <= 2); /* a year that begins in March ends with its leap day */
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (c.month + (c.month > 2 ? -3 : 9)) + 2) / 5 + c.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

civil date_to_civil(int64_t days)
{
    int64_t z = days + 719468;
    int64_t era = floor_div(z, 146097);
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    int     day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    int     month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    return (civil){ (int)(year_of_era + era * 400 + (month <= 2)), month, day };
}

int month_length(int year, int month)
{
    static const signed char lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    ASSERT(month >= 1 && month <= 12);
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return lengths[month - 1] + (month == 2 && leap);
}

bool civil_valid(civil c)
{
    return c.year >= 1 && c.year <= 9999 && c.month >= 1 && c.month <= 12 && c.day >= 1 &&
           c.day <= month_length(c.year, c.month);
}

int date_weekday(int64_t days)
{
    int64_t since_monday = days + 3; /* 1970-01-01 was a Thursday */
    return (int)(since_monday - floor_div(since_monday, 7) * 7) + 1;
}

int64_t date_add_months(int64_t days, int months)
{
    civil   c = date_to_civil(days);
    int64_t month0 = (int64_t)c.year * 12 + c.month - 1 + months;
    c.year = (int)floor_div(month0, 12);
    c.month = (int)(month0 - (int64_t)c.year * 12) + 1;
    int last = month_length(c.year, c.month);
    if (c.day > last)
        c.day = last;
    return date_from_civil(c);
}

/* Exactly `width` digits at *at. */
static bool take_digits(str s, ptrdiff_t *at, int width, int *out)
{
    int v = 0;
    if (s.n - *at < width)
        return false;
    for (int i = 0; i < width; i++) {
        int digit = s.p[*at + i] - '0';
        if (digit < 0 || digit > 9)
            return false;
        v = v * 10 + digit;
    }
    *at += width;
    *out = v;
    return true;
}

static bool take_char(str s, ptrdiff_t *at, char c)
{
    if (*at >= s.n || s.p[*at] != c)
        return false;
    ++*at;
    return true;
}

static bool take_date(str s, ptrdiff_t *at, int64_t *days)
{
    civil c;
    if (!take_digits(s, at, 4, &c.year) || !take_char(s, at, '-') || !take_digits(s, at, 2, &c.month) ||
        !take_char(s, at, '-') || !take_digits(s, at, 2, &c.day) || !civil_valid(c))
        return false;
    *days = date_from_civil(c);
    return true;
}

bool date_parse(str s, int64_t *days)
{
    ptrdiff_t at = 0;
    int64_t   d;
    if (!take_date(s, &at, &d) || at != s.n)
        return false;
    *days = d;
    return true;
}

static bool take_fraction_ms(str s, ptrdiff_t *at, int *ms)
{
    *ms = 0;
    if (!take_char(s, at, '.'))
        return true;
    int unit = 100, digit, count = 0;
    while (take_digits(s, at, 1, &digit)) {
        *ms += digit * unit;
        unit /= 10;
        count++;
    }
    return count > 0;
}

static bool take_offset_ms(str s, ptrdiff_t *at, int64_t *offset_ms)
{
    *offset_ms = 0;
    if (take_char(s, at, 'Z') || take_char(s, at, 'z'))
        return true;
    int sign = take_char(s, at, '+') ? 1 : take_char(s, at, '-') ? -1 : 0;
    int hours, minutes;
    if (!sign || !take_digits(s, at, 2, &hours) || !take_char(s, at, ':') || !take_digits(s, at, 2, &minutes) ||
        hours > 23 || minutes > 59)
        return false;
    *offset_ms = sign * (hours * INT64_C(3600000) + minutes * INT64_C(60000));
    return true;
}

bool time_parse_rfc3339(str s, int64_t *ms)
{
    ptrdiff_t at = 0;
    int64_t   days, offset_ms;
    int       hour, minute, second, fraction_ms;
    if (!take_date(s, &at, &days) || !(take_char(s, &at, 'T') || take_char(s, &at, 't')) ||
        !take_digits(s, &at, 2, &hour) || !take_char(s, &at, ':') || !take_digits(s, &at, 2, &minute) ||
        !take_char(s, &at, ':') || !take_digits(s, &at, 2, &second) || !take_fraction_ms(s, &at, &fraction_ms) ||
        !take_offset_ms(s, &at, &offset_ms) || at != s.n)
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    int64_t t = days * DAY_MS + (hour * INT64_C(3600) + minute * INT64_C(60) + second) * 1000 + fraction_ms - offset_ms;
    if (second == 60 && floor_div(t, DAY_MS) * DAY_MS != t - fraction_ms)
        return false; /* a leap second stands at the end of a day of UTC */
    if (t < TIME_MS_MIN || t > TIME_MS_MAX)
        return false;
    *ms = t;
    return true;
}

static char *put_two(char *to, unsigned v)
{
    to[0] = (char)('0' + v / 10);
    to[1] = (char)('0' + v % 10);
    return to + 2;
}

static char *put_date(char *to, int64_t days)
{
    ASSERT(days >= DATE_MIN && days <= DATE_MAX);
    civil c = date_to_civil(days);
    to = put_two(put_two(to, (unsigned)c.year / 100), (unsigned)c.year % 100);
    *to++ = '-';
    to = put_two(to, (unsigned)c.month);
    *to++ = '-';
    return put_two(to, (unsigned)c.day);
}

void date_format(int64_t days, char out[DATE_TEXT])
{
    *put_date(out, days) = '\0';
}

void time_format(int64_t ms, char out[TIME_TEXT])
{
    int64_t  days = floor_div(ms, DAY_MS);
    unsigned in_day = (unsigned)(ms - days * DAY_MS), fraction = in_day % 1000;
    char    *to = put_date(out, days);
    *to++ = 'T';
    to = put_two(to, in_day / 3600000);
    *to++ = ':';
    to = put_two(to, in_day / 60000 % 60);
    *to++ = ':';
    to = put_two(to, in_day / 1000 % 60);
    if (fraction) {
        *to++ = '.';
        *to++ = (char)('0' + fraction / 100);
        to = put_two(to, fraction % 100);
    }
    *to++ = 'Z';
    *to = '\0';
}

int64_t clock_now_ms(void)
{
    struct timespec t;
    ASSERT(clock_gettime(CLOCK_REALTIME, &t) == 0);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_monotonic_ns(void)
{
    struct timespec t;
    ASSERT(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
