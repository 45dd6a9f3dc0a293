/* dates.h — dates as people write them, and which form a column has.
 *
 * Read: 2026-10-01, 2026/10/1, 2026.10.1, 20261001, 2026年10月1日, 10/1/2026, 1.10.2026, 10/1/26, May 31 2011, 31-May-11, each
 * with an optional time (8:26, 08:26:30.5, 12:00AM, 下午3:05, 15时30分, T…Z, +08:00).
 * The order of day and month is never guessed from one value: a column collects what every value allows, and only where one
 * form is left, or all that are left say the same of every value, is it decided.
 * Two-digit years: 69–99 are 19xx, 00–68 are 20xx (POSIX). Year first with two digits and slashes only where nothing else fits. */
#ifndef ZK_IO_DATES_H
#define ZK_IO_DATES_H
#include "base/base.h"

typedef enum { ORDER_YMD, ORDER_MDY, ORDER_DMY, ORDER_COUNT } date_order;

typedef struct {
    bool    has_time, has_offset;
    int64_t days;      /* since 1970-01-01 */
    int64_t day_ms;    /* time of day */
    int64_t offset_ms; /* local − UTC */
} date_value;

/* What one text allows. */
typedef struct {
    bool       sure;   /* says itself what it is: value[0] */
    uint32_t   orders; /* else: bit 1 << date_order for each that gives a date */
    bool       short_year;
    date_value value[ORDER_COUNT];
} date_reading;

/* False: no date in any form. */
bool date_scan(str text, date_reading *out);

/* A form that the mapping fixes: "M/D/YYYY", "DD.MM.YY", "YYYY年M月D日" … */
typedef struct {
    date_order order;
    int        year_digits; /* 0: any, 2, 4 */
    bool       fixed;       /* by the mapping: also beats what slashes suggest */
} date_form;
bool date_form_parse(str text, date_form *out);
/* "M/D/Y" */
const char *date_form_name(date_order o);

bool date_read(str text, const date_form *form, date_value *out);

/* A whole column. */
typedef enum { DATES_NONE /* no dates at all */, DATES_SURE, DATES_ASK, DATES_MIXED } date_verdict;
typedef struct {
    int64_t  count, unreadable;
    uint32_t orders;                           /* allowed by every value so far that is not sure of itself */
    int64_t  unsure;                           /* how many of those */
    bool     differ[ORDER_COUNT][ORDER_COUNT]; /* two forms give different days somewhere */
    int64_t  line[ORDER_COUNT];                /* where a form was ruled out first, 0: nowhere */
    char     sample[ORDER_COUNT][40];          /* the text that did it */
    char     unsure_sample[40];                /* a text that two forms read differently */
} date_column;
void         date_column_init(date_column *c);
void         date_column_add(date_column *c, str text, int64_t line);
date_verdict date_column_decide(const date_column *c, date_form *out);
#endif
