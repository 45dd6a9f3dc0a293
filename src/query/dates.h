/* dates.h — date literals and date functions. Internal to query/.
 *
 * Literals are ranges of whole days: TODAY, THIS_FISCAL_QUARTER, LAST_N_WEEKS:3. A week begins on Monday; a fiscal
 * year is named for the calendar year in which it begins. */
#ifndef ZK_QUERY_DATES_H
#define ZK_QUERY_DATES_H
#include "base/arena.h"
#include "base/buf.h"
#include "db/db.h"
#include "schema/snapshot.h"

typedef struct date_word date_word;

const date_word *date_word_find(str name);             /* case is ignored; NULL: no date literal */
bool             date_word_counts(const date_word *w); /* wants ":n" */
enum { DATE_WORD_MAX = 100000 };                       /* largest n */

/* First and last day, inclusive, clipped to DATE_MIN..DATE_MAX. Fiscal units are read from `fiscal` as far as its periods
 * follow each other without a gap around today; beyond, or where it is NULL, by the rule of fiscal_start, month 1..12. */
void date_word_range(const date_word *w, int64_t n, int64_t today, int fiscal_start, const fiscal_calendar *fiscal,
                     int64_t *first, int64_t *last);

/* When a zone's offset changes between 1990 and 2040. */
typedef struct {
    int64_t from_ms; /* first: INT64_MIN */
    int64_t offset_ms;
} zone_span;
size_t zone_spans(arena *a, str zone, zone_span **out);

/* SQL, the same answers on both engines: local milliseconds of an instant; days since 1970 of either. */
void date_sql_local_ms(buf *out, db_engine engine, str column, const zone_span *spans, size_t count);
void date_sql_day_of_time(buf *out, db_engine engine, str column, const zone_span *spans, size_t count);
void date_sql_day_of_date(buf *out, db_engine engine, str column);
#endif
