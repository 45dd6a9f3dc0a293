/* worktime.h — working time: adding it to an instant, and counting it between two.
 *
 * An instant is worked when the clock on the wall of the calendar's zone stands within one of that civil day's spans. So an
 * hour that the clock shows twice counts twice, and one that it leaves out not at all. Pure, but for the zone's table.
 *
 * Units    instants and lengths in milliseconds; spans in minutes of the civil day; days since 1970-01-01.
 * Memory   the caller's. text_open() must have run. */
#ifndef ZK_BASE_WORKTIME_H
#define ZK_BASE_WORKTIME_H
#include "base/base.h"

enum { WORK_SPANS = 8, DAY_MINUTES = 1440, WORK_LOOK_DAYS = 3660, WORKED_OFF = 0 };

typedef struct {
    int from, to; /* 0 .. 1440, the end not worked any more */
} work_span;

/* A day that is not like its weekday. */
typedef struct {
    int64_t date;
    int     like; /* 1 Monday .. 7 Sunday: the hours of that weekday; WORKED_OFF: none */
} work_day;

typedef struct {
    str             zone;
    work_span       spans[7][WORK_SPANS]; /* from Monday; in order, none overlapping or touching another */
    int             span_count[7];
    const work_day *days; /* in order of dates, one each */
    size_t          day_count;
} work_calendar;

/* A part of the way: how much of one civil day. */
typedef struct {
    int64_t date, ms;
} work_piece;

/* "09:00-12:00 13:30-18:00", commas allowed between: in order, at least a minute each; false for a fault. Empty: none. */
bool worktime_parse_spans(str text, work_span out[WORK_SPANS], int *count);
/* Are there hours on any weekday at all? */
bool worktime_has_hours(const work_calendar *c);
/* The first weekday with hours, 1 .. 7; 0: none. What a worked weekend is like. */
int worktime_first_weekday(const work_calendar *c);

/* The first instant by which `ms` of working time have gone by since `from`. pieces: NULL, or room for `room` parts, of
 * which *count are needed and the first `room` are written. False: a calendar without hours, or holidays without end
 * (none within WORK_LOOK_DAYS). ms >= 0. */
bool worktime_add(const work_calendar *c, int64_t from, int64_t ms, int64_t *out, work_piece *pieces, size_t room,
                  size_t *count);
/* Working time in [from, to); 0 where to <= from. */
int64_t worktime_between(const work_calendar *c, int64_t from, int64_t to);
#endif
