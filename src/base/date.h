/* date.h — civil dates and instants. Proleptic Gregorian; days since 1970-01-01; milliseconds UTC.
 * The day/civil conversions follow Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
#ifndef ZK_BASE_DATE_H
#define ZK_BASE_DATE_H
#include "base/base.h"

#define DAY_MS      INT64_C(86400000)
#define DATE_MIN    (-719162) /* 0001-01-01 */
#define DATE_MAX    2932896   /* 9999-12-31 */
#define TIME_MS_MIN ((int64_t)DATE_MIN * DAY_MS)
#define TIME_MS_MAX ((int64_t)DATE_MAX * DAY_MS + DAY_MS - 1)

typedef struct {
    int year, month, day; /* month 1..12, day 1..31 */
} civil;

int64_t date_from_civil(civil c);
civil   date_to_civil(int64_t days);
bool    civil_valid(civil c); /* year 1..9999 and a day the month has */
int     month_length(int year, int month);
int     date_weekday(int64_t days);                /* 1 Monday .. 7 Sunday (ISO 8601) */
int64_t date_add_months(int64_t days, int months); /* the day is clipped to the month's last */
int64_t floor_div(int64_t a, int64_t b);

/* "YYYY-MM-DD", whole slice. */
bool date_parse(str s, int64_t *days);
/* RFC 3339 date-time with 'Z' or an offset, fraction up to milliseconds kept, the rest cut. */
bool time_parse_rfc3339(str s, int64_t *ms);
enum { DATE_TEXT = 11, TIME_TEXT = 25 };
void date_format(int64_t days, char out[DATE_TEXT]); /* "2026-10-01" */
void time_format(int64_t ms, char out[TIME_TEXT]); /* "2026-10-01T08:00:00.000Z", the fraction only where it is not 0 */

int64_t clock_now_ms(void);       /* real time   */
int64_t clock_monotonic_ns(void); /* never steps */
#endif
