#include "base/worktime.h"

#include "base/date.h"
#include "base/text.h"

enum { MINUTE_MS = 60000 };

/* "09:30"; also "24:00". */
static bool parse_clock(const char *p, int *minutes)
{
    for (int i = 0; i < 5; i++)
        if (i == 2 ? p[i] != ':' : p[i] < '0' || p[i] > '9')
            return false;
    int hour = (p[0] - '0') * 10 + p[1] - '0', minute = (p[3] - '0') * 10 + p[4] - '0';
    *minutes = hour * 60 + minute;
    return minute < 60 && *minutes <= DAY_MINUTES;
}

bool worktime_parse_spans(str text, work_span out[WORK_SPANS], int *count)
{
    ptrdiff_t at = 0;
    int       n = 0, last = -1;
    for (;;) {
        while (at < text.n && (text.p[at] == ' ' || text.p[at] == ','))
            at++;
        if (at == text.n)
            break;
        work_span s;
        if (n == WORK_SPANS || text.n - at < 11 || text.p[at + 5] != '-' || !parse_clock(text.p + at, &s.from) ||
            !parse_clock(text.p + at + 6, &s.to) || s.from >= s.to || s.from <= last)
            return false;
        at += 11;
        if (at < text.n && text.p[at] != ' ' && text.p[at] != ',')
            return false;
        last = s.to;
        out[n++] = s;
    }
    *count = n;
    return true;
}

int worktime_first_weekday(const work_calendar *c)
{
    for (int i = 0; i < 7; i++)
        if (c->span_count[i] > 0)
            return i + 1;
    return 0;
}

bool worktime_has_hours(const work_calendar *c)
{
    return worktime_first_weekday(c) != 0;
}

static int like_which(const work_calendar *c, int64_t date)
{
    size_t low = 0, high = c->day_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->days[middle].date < date)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->day_count && c->days[low].date == date ? c->days[low].like : date_weekday(date);
}

/* From `at` to the end of the civil day or to where the clock is put, whichever is first. */
typedef struct {
    int64_t at, end, offset, date;
} leg;

static leg leg_at(const work_calendar *c, int64_t at)
{
    leg l = { .at = at, .offset = zone_offset_ms(c->zone, at) };
    l.date = floor_div(at + l.offset, DAY_MS);
    l.end = (l.date + 1) * DAY_MS - l.offset;
    int64_t change = zone_change_ms(c->zone, at);
    if (change < l.end)
        l.end = change;
    return l;
}

/* Works through a leg until `want` is used up: how much was worked, and where it stopped. */
static int64_t walk(const work_calendar *c, const leg *l, int64_t end, int64_t want, int64_t *stop)
{
    int     like = like_which(c, l->date);
    int64_t done = 0, midnight = l->date * DAY_MS - l->offset;
    for (int i = 0; like != WORKED_OFF && i < c->span_count[like - 1]; i++) {
        int64_t from = midnight + (int64_t)c->spans[like - 1][i].from * MINUTE_MS;
        int64_t to = midnight + (int64_t)c->spans[like - 1][i].to * MINUTE_MS;
        from = from < l->at ? l->at : from;
        to = to > end ? end : to;
        if (from >= to)
            continue;
        if (to - from >= want - done) {
            *stop = from + (want - done);
            return want;
        }
        done += to - from;
    }
    return done;
}

static void note_piece(work_piece *pieces, size_t room, size_t *count, int64_t date, int64_t ms)
{
    if (ms == 0 || !pieces)
        return;
    if (*count > 0 && *count <= room && pieces[*count - 1].date == date) {
        pieces[*count - 1].ms += ms;
        return;
    }
    if (*count < room)
        pieces[*count] = (work_piece){ date, ms };
    ++*count;
}

bool worktime_add(const work_calendar *c, int64_t from, int64_t ms, int64_t *out, work_piece *pieces, size_t room,
                  size_t *count)
{
    size_t  n = 0;
    int64_t left = ms, stop = from, idle_since = from, at = from;
    if (!worktime_has_hours(c) || ms < 0)
        return false;
    while (left > 0) {
        leg     l = leg_at(c, at);
        int64_t done = walk(c, &l, l.end, left, &stop);
        note_piece(pieces, room, &n, l.date, done);
        left -= done;
        at = l.end;
        if (done > 0)
            idle_since = at;
        if (at - idle_since > WORK_LOOK_DAYS * DAY_MS)
            return false;
    }
    *out = stop;
    if (count)
        *count = n;
    return true;
}

int64_t worktime_between(const work_calendar *c, int64_t from, int64_t to)
{
    int64_t sum = 0, stop;
    if (!worktime_has_hours(c))
        return 0;
    for (int64_t at = from; at < to;) {
        leg     l = leg_at(c, at);
        int64_t end = l.end < to ? l.end : to;
        sum += walk(c, &l, end, INT64_MAX, &stop);
        at = l.end;
    }
    return sum;
}
