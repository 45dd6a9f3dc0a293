/* figures.h — sums for views: one number with the list that opens exactly its records.
 *
 * Units   money in minor units of the organisation's currency
 * Memory  the request's arena
 * Errors  those of query.h */
#ifndef ZK_ROOMS_FIGURES_H
#define ZK_ROOMS_FIGURES_H
#include "query/query.h"

/* Runs the SELECT and calls back per row. */
err figures_each(ctx *c, str select, query_each each, void *arg) MUST_USE;
/* "/opportunities?where=…" as a string value. */
void figures_address(ctx *c, json_writer *w, const char *plural, str where);
/* A sum of money as a value, in the organisation's currency. */
void figures_money(ctx *c, json_writer *w, int64_t minor);
/* part of whole in per cent with one decimal; null where there is no whole. */
void figures_percent(json_writer *w, int64_t part, int64_t whole);
/* {"value":…,"records":…} under the key. */
void figures_put_money(ctx *c, json_writer *w, const char *key, int64_t minor, const char *plural, str where);
void figures_put_count(ctx *c, json_writer *w, const char *key, int64_t n, const char *plural, str where);
/* "columns":[{"name":…,"type":…,"label":{…}},…]; pairs, NULL-ended; labels: locale "column.NAME". Types: text, integer, money,
 * percent, decimal, date, time, json (not drawn). */
void figures_columns(json_writer *w, const char *const *pairs);
/* The literal of a text in the query language, quotes escaped. */
str figures_quote(ctx *c, str text);

/* A fiscal period, found by its key; empty: the quarter of today. A problem "period" where there is none. */
typedef struct {
    str     key, kind;
    int64_t start, end;
} fiscal_range;
err figures_period(ctx *c, str key, fiscal_range *out) MUST_USE;
/* The organisation's quarters, the newest first, at most `most`; `begun`: none that lies ahead. */
err figures_quarters(ctx *c, bool begun, int most, fiscal_range **out, size_t *count) MUST_USE;
/* "FIELD >= 2026-10-01 AND FIELD <= 2026-12-31" */
str figures_within(ctx *c, const char *date_field, const fiscal_range *p);
/* The same for an instant: "FIELD >= 2026-10-01 AND FIELD < 2027-01-01", days in the reader's zone. */
str figures_within_time(ctx *c, const char *time_field, const fiscal_range *p);
/* The period before: as many whole periods of its kind back; where there is none, as many days back. */
err figures_period_before(ctx *c, const fiscal_range *p, fiscal_range *out) MUST_USE;
/* A whole number as a parameter: `otherwise` where absent; a problem of that name where it is none of lo..hi. */
int64_t figures_number(ctx *c, const char *name, const char *text, int64_t lo, int64_t hi, int64_t otherwise);
/* A parameter that names a record: 0 where absent; a problem of that name where it is no id. */
int64_t figures_id(ctx *c, const char *name, const char *text);
#endif
