#include "query/dates.h"

#include "base/date.h"
#include "base/text.h"

/* ---- literals ---- */

typedef enum { UNIT_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_QUARTER, UNIT_YEAR, UNIT_FISCAL_QUARTER, UNIT_FISCAL_YEAR } unit;
typedef enum {
    AT,      /* the unit `by` away from now   */
    LAST,    /* the n before the present one  */
    NEXT,    /* the n behind the present one  */
    LAST_TO, /* n days ago to today           */
    AGO      /* the n-th before               */
} form;

struct date_word {
    const char *name;
    unit        of;
    form        how;
    int         by; /* AT: how far; others: n where it is fixed, −1 where ":n" says it */
};

#define UNITS(plural, kind)                                                     \
    { "LAST_N_" plural, kind, LAST, -1 }, { "NEXT_N_" plural, kind, NEXT, -1 }, \
    {                                                                           \
        "N_" plural "_AGO", kind, AGO, -1                                       \
    }
#define THREE(name, kind)                                          \
    { "LAST_" name, kind, AT, -1 }, { "THIS_" name, kind, AT, 0 }, \
    {                                                              \
        "NEXT_" name, kind, AT, 1                                  \
    }

static const date_word words[] = {
    { "YESTERDAY", UNIT_DAY, AT, -1 },
    { "TODAY", UNIT_DAY, AT, 0 },
    { "TOMORROW", UNIT_DAY, AT, 1 },
    { "LAST_90_DAYS", UNIT_DAY, LAST_TO, 90 },
    { "NEXT_90_DAYS", UNIT_DAY, NEXT, 90 },
    { "LAST_N_DAYS", UNIT_DAY, LAST_TO, -1 },
    { "NEXT_N_DAYS", UNIT_DAY, NEXT, -1 },
    { "N_DAYS_AGO", UNIT_DAY, AGO, -1 },
    THREE("WEEK", UNIT_WEEK),
    THREE("MONTH", UNIT_MONTH),
    THREE("QUARTER", UNIT_QUARTER),
    THREE("YEAR", UNIT_YEAR),
    THREE("FISCAL_QUARTER", UNIT_FISCAL_QUARTER),
    THREE("FISCAL_YEAR", UNIT_FISCAL_YEAR),
    UNITS("WEEKS", UNIT_WEEK),
    UNITS("MONTHS", UNIT_MONTH),
    UNITS("QUARTERS", UNIT_QUARTER),
    UNITS("YEARS", UNIT_YEAR),
    UNITS("FISCAL_QUARTERS", UNIT_FISCAL_QUARTER),
    UNITS("FISCAL_YEARS", UNIT_FISCAL_YEAR),
};

const date_word *date_word_find(str name)
{
    for (size_t i = 0; i < countof(words); i++)
        if (str_eq_nocase(name, str_from(words[i].name)))
            return &words[i];
    return NULL;
}

bool date_word_counts(const date_word *w)
{
    return w->how != AT && w->by < 0;
}

static int months_of(unit u)
{
    return u == UNIT_MONTH ? 1 : u == UNIT_QUARTER || u == UNIT_FISCAL_QUARTER ? 3 : 12;
}

static int shift_of(unit u, int fiscal_start)
{
    return u == UNIT_FISCAL_QUARTER || u == UNIT_FISCAL_YEAR ? fiscal_start - 1 : 0;
}

/* Units are numbered through; 1970-01-01 was a Thursday. */
static int64_t unit_of_day(unit u, int64_t day, int fiscal_start)
{
    if (u == UNIT_DAY)
        return day;
    if (u == UNIT_WEEK)
        return floor_div(day + 3, 7);
    civil c = date_to_civil(day);
    return floor_div((int64_t)c.year * 12 + c.month - 1 - shift_of(u, fiscal_start), months_of(u));
}

static int64_t unit_start(unit u, int64_t number, int fiscal_start)
{
    if (u == UNIT_DAY)
        return number;
    if (u == UNIT_WEEK)
        return number * 7 - 3;
    int64_t month = number * months_of(u) + shift_of(u, fiscal_start);
    int64_t year = floor_div(month, 12);
    if (year < 1)
        return DATE_MIN;
    if (year > 9999)
        return DATE_MAX + 1;
    return date_from_civil((civil){ (int)year, (int)(month - year * 12) + 1, 1 });
}

static int64_t clip(int64_t day)
{
    return day < DATE_MIN ? DATE_MIN : day > DATE_MAX ? DATE_MAX : day;
}

/* The periods of a fiscal unit, and which of them holds the day; −1: none does. */
static ptrdiff_t period_of(const fiscal_calendar *f, unit u, int64_t day, const fiscal_span **list, ptrdiff_t *count)
{
    bool quarters = u == UNIT_FISCAL_QUARTER;
    if (!f || (!quarters && u != UNIT_FISCAL_YEAR))
        return -1;
    *list = quarters ? f->quarters : f->years;
    *count = (ptrdiff_t)(quarters ? f->quarter_count : f->year_count);
    for (ptrdiff_t i = *count - 1; i >= 0; i--)
        if ((*list)[i].first <= day && day <= (*list)[i].last)
            return i;
    return -1;
}

/* The one `by` steps away, as long as each begins the day after the one before. */
static const fiscal_span *period_away(const fiscal_span *list, ptrdiff_t count, ptrdiff_t at, int64_t by)
{
    int step = by < 0 ? -1 : 1;
    for (; by != 0; by -= step, at += step) {
        ptrdiff_t next = at + step;
        if (next < 0 || next >= count || list[next > at ? next : at].first != list[next > at ? at : next].last + 1)
            return NULL;
    }
    return &list[at];
}

void date_word_range(const date_word *w, int64_t n, int64_t today, int fiscal_start, const fiscal_calendar *fiscal,
                     int64_t *first, int64_t *last)
{
    const fiscal_span *list = NULL, *a = NULL, *b = NULL;
    ptrdiff_t          count = 0, at = period_of(fiscal, w->of, today, &list, &count);
    /* of a period that is a record, the middle says which of the rule's it stands for */
    int64_t day = at < 0 ? today : list[at].first + (list[at].last - list[at].first) / 2;
    int64_t now = unit_of_day(w->of, day, fiscal_start), from = now, to = now;
    if (w->how != AT && w->by >= 0)
        n = w->by;
    switch (w->how) {
    case AT: from = to = now + w->by; break;
    case AGO: from = to = now - n; break;
    case LAST:
        from = now - n;
        to = now - 1;
        break;
    case LAST_TO: from = now - n; break;
    case NEXT:
        from = now + 1;
        to = now + n;
        break;
    }
    if (at >= 0) {
        a = period_away(list, count, at, from - now);
        b = period_away(list, count, at, to - now);
    }
    *first = a ? a->first : clip(unit_start(w->of, from, fiscal_start));
    *last = b ? b->last : clip(unit_start(w->of, to + 1, fiscal_start) - 1);
}

/* ---- zones ---- */

/* The first instant in (from, to] with another offset than at `from`, where there is one. */
static int64_t change_between(str zone, int64_t from, int64_t to)
{
    int64_t before = zone_offset_ms(zone, from);
    while (to - from > 1) {
        int64_t middle = from + (to - from) / 2;
        if (zone_offset_ms(zone, middle) == before)
            from = middle;
        else
            to = middle;
    }
    return to;
}

size_t zone_spans(arena *a, str zone, zone_span **out)
{
    const int64_t step = 14 * DAY_MS;
    const int64_t first = date_from_civil((civil){ 1990, 1, 1 }) * DAY_MS;
    const int64_t end = date_from_civil((civil){ 2041, 1, 1 }) * DAY_MS;
    size_t        count = 1, room = 256;
    zone_span    *spans = arena_make_n(a, zone_span, room);
    spans[0] = (zone_span){ INT64_MIN, zone_offset_ms(zone, first) };
    for (int64_t at = first; at < end && count < room; at += step) {
        int64_t offset = zone_offset_ms(zone, at + step);
        if (offset == spans[count - 1].offset_ms)
            continue;
        spans[count++] = (zone_span){ change_between(zone, at, at + step), offset };
    }
    *out = spans;
    return count;
}

/* ---- SQL ---- */

/* Keeps integer division away from negative numbers, where it rounds towards zero. */
enum { DAYS_ABOVE = 719166 /* a multiple of 7 beyond −DATE_MIN */ };

static void put_ms(buf *out, db_engine engine, str column)
{
    if (engine == DB_SQLITE)
        buf_puts(out, column);
    else
        buf_printf(out, "CAST(EXTRACT(EPOCH FROM %.*s) * 1000 AS bigint)", STR_ARG(column));
}

/* A balanced tree of comparisons: as many as the logarithm of the spans. */
static void put_offset(buf *out, db_engine engine, str column, const zone_span *spans, size_t count)
{
    if (count == 1) {
        buf_put_int(out, spans[0].offset_ms);
        return;
    }
    size_t half = count / 2;
    buf_puts(out, STR("CASE WHEN "));
    put_ms(out, engine, column);
    buf_printf(out, " < %lld THEN ", (long long)spans[half].from_ms);
    put_offset(out, engine, column, spans, half);
    buf_puts(out, STR(" ELSE "));
    put_offset(out, engine, column, spans + half, count - half);
    buf_puts(out, STR(" END"));
}

void date_sql_local_ms(buf *out, db_engine engine, str column, const zone_span *spans, size_t count)
{
    buf_putc(out, '(');
    put_ms(out, engine, column);
    buf_puts(out, STR(" + "));
    put_offset(out, engine, column, spans, count);
    buf_printf(out, " + %lld)", (long long)DAYS_ABOVE * DAY_MS);
}

void date_sql_day_of_time(buf *out, db_engine engine, str column, const zone_span *spans, size_t count)
{
    buf_putc(out, '(');
    date_sql_local_ms(out, engine, column, spans, count);
    buf_printf(out, " / %lld - %d)", (long long)DAY_MS, DAYS_ABOVE);
}

void date_sql_day_of_date(buf *out, db_engine engine, str column)
{
    if (engine == DB_SQLITE)
        buf_puts(out, column);
    else
        buf_printf(out, "CAST(%.*s - DATE '1970-01-01' AS bigint)", STR_ARG(column));
}
