/* query.h — the query language: the SELECT subset of SOQL over our own names (docs/query.md).
 *
 * Text → tree → checked against the tables and the actor's rights → SQL with bound values. No text of a user ever
 * becomes SQL. The reader's rights (permit_scope, permit_field) are put in for the main entity, for every entity that
 * a dotted path or a semi-join goes through, and for aggregates.
 *
 * Memory   Plans and results live in the request's arena. Values of a row point into the row: valid until `each` returns.
 * Errors   ERR_MALFORMED with c->position (bytes, in the text at fault) and c->detail in the actor's language (locale
 *          "message.query.…"; of a list it begins with "where: ", "order: ", "select: " or "after: "), names and types
 *          included (an unknown and an unreadable field read the same);
 *          ERR_INVALID for what the data forbids: SUM over several currencies (a problem "mixed_currencies"), more than
 *          2000 groups without a LIMIT;
 *          ERR_FORBIDDEN for an entity that one may not read at all;
 *          ERR_TOO_SLOW where the class's budget ran out: an inline caller runs it again in the slow lane, where it
 *          becomes "narrow it". */
#ifndef ZK_QUERY_QUERY_H
#define ZK_QUERY_QUERY_H
#include "permit/ctx.h"
#include "schema/types.h"
#include "json/json.h"

typedef struct query query; /* a checked plan */

typedef struct {
    str  where, order, select; /* texts of the API; empty: none. select: comma-separated paths; empty: all fields */
    str  after;                /* cursor; empty: from the start */
    int  limit;                /* 1..LIMIT_LIST; 0: no limit (export) */
    bool deleted;              /* the recycle bin instead of the living */
    const field *via;          /* a related list: only records whose field `via` … */
    int64_t      via_id;       /* … is this one */
    str          via_entity;   /* FT_ANYREF: of this entity */
    int64_t      id;           /* only this record; 0: any */
} list_request;

/* A list of one entity's records. Without an order: by id. `select` always gets the id. */
err query_list(ctx *c, const entity *e, const list_request *r, query **out) MUST_USE;
/* A whole SELECT: LIMIT is the size of a page, at most 2000, 200 unless said; groups have no pages. */
err query_select(ctx *c, str text, query **out) MUST_USE;
/* SELECT … with a cursor from an earlier answer. */
err query_select_after(ctx *c, str text, str after, query **out) MUST_USE;
/* How many records a list would have. estimate: exact up to 10,000; beyond, PostgreSQL's planner or, on SQLite, how
 * densely the first 10,000 lie among the table's ids. */
err query_count(ctx *c, const entity *e, const list_request *r, bool estimate, int64_t *out) MUST_USE;
/* The ids only, in the list's order, at most `limit`. */
err query_ids(ctx *c, const entity *e, const list_request *r, size_t limit, int64_t **ids, size_t *count) MUST_USE;
/* Checks a condition without running it (saved views, rules). */
err query_check_where(ctx *c, const entity *e, str where) MUST_USE;
/* Does this one record meet the condition? Rights are not asked (rules run for the organisation). */
err query_matches(ctx *c, const entity *e, int64_t id, str where, bool *out) MUST_USE;

/* What comes out of a plan, column by column. */
typedef struct {
    str          name;     /* the key in JSON, the header in CSV: alias, path, or expr0, expr1 … */
    const field *field;    /* NULL: an aggregate or date function                     */
    const field *money_of; /* SUM, AVG, MIN, MAX over money: for the decimals; else NULL */
    field_type   type;     /* of the value                                            */
    bool         real;     /* AVG: db_real */
} query_column;

size_t              query_column_count(const query *q);
const query_column *query_columns(const query *q);
bool                query_counts(const query *q); /* SELECT COUNT() FROM …: one number, no records */
const entity       *query_entity(const query *q);

/* Runs; `each` is called per row and may stop with another err. */
typedef struct query_row query_row;
typedef err (*query_each)(void *arg, query_row *row);
err query_run(ctx *c, query *q, query_each each, void *arg) MUST_USE;

/* Of the row at hand. */
value query_value(query_row *row, size_t column); /* references with name; money with query_decimals(); AVG rounded
                                                     to the field's own unit */
int   query_decimals(query_row *row, size_t column);
/* The row as a JSON object: {"id":"7","name":…,"owner":{"id","name"},…}; dotted paths nested. Straight from the
 * columns, no tree between. Every field listed is there, null where unset. */
void query_row_json(query_row *row, json_writer *w);
/* The value as the canonical text of CSV. */
str query_row_text(query_row *row, size_t column);

/* After query_run() with a limit: the cursor for what follows; empty when nothing does. */
str query_next(const query *q);

/* Everything above for the API: runs and writes {"records":[…],"next":…} (or {"count":n,"records":[]}). */
err query_write(ctx *c, query *q, json_writer *w) MUST_USE;
/* One record as GET /X/ID shows it; ERR_NOT_FOUND also where it may not be seen. version: for the ETag. */
err query_record(ctx *c, const entity *e, int64_t id, json_writer *w, int64_t *version) MUST_USE;
/* Does it take one statement? Where the record may be shared with the actor a second one looks for that. */
bool query_record_once(ctx *c, const entity *e);

/* The plan as text, for tests and `zhike query --explain`: the SQL with its parameters. */
str query_sql(const query *q, arena *a);
#endif
