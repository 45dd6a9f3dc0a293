/* Conditions alone: how many, which ids, does this one meet it. */
#include "query/plan.h"

err query_check_where(ctx *c, const entity *e, str where)
{
    list_request r = { .where = where };
    return query_make_bare(c, e, &r, false, "", "", NULL);
}

err query_matches(ctx *c, const entity *e, int64_t id, str where, bool *out)
{
    list_request r = { .where = where, .id = id };
    statement    s;
    db_stmt     *stmt;
    TRY(query_make_bare(c, e, &r, true, "SELECT 1", "", &s));
    TRY(statement_open(c, &s, &stmt));
    bool row = false;
    err  e2 = db_step(stmt, &row);
    db_done(stmt);
    if (e2 == ERR_OK)
        *out = row;
    return e2;
}

static err number_of(ctx *c, const statement *s, int64_t *out, int64_t *second)
{
    db_stmt *stmt;
    bool     row = false;
    TRY(statement_open(c, s, &stmt));
    err e = db_step(stmt, &row);
    if (e == ERR_OK && row) {
        *out = db_int(stmt, 0);
        if (second)
            *second = db_int(stmt, 1);
    }
    db_done(stmt);
    return e;
}

/* ---- counting ---- */

enum { COUNT_BOUND = 10000 };

/* "…rows=12345 width=…" of the plan's first line. */
static err planned_rows(ctx *c, const entity *e, const list_request *r, int64_t *out)
{
    statement s;
    db_stmt  *stmt;
    bool      row = false;
    TRY(query_make_bare(c, e, r, false, "EXPLAIN SELECT 1", "", &s));
    TRY(statement_open(c, &s, &stmt));
    err result = db_step(stmt, &row);
    if (result == ERR_OK && row) {
        str       line = db_text(stmt, 0);
        ptrdiff_t at = str_find(line, STR("rows="));
        str       rest = at < 0 ? (str){ 0 } : str_sub(line, at + 5, line.n);
        ptrdiff_t end = str_find_char(rest, ' ');
        (void)str_to_int64(end < 0 ? rest : str_sub(rest, 0, end), out);
    }
    db_done(stmt);
    return result;
}

/* SQLite keeps no statistics of its own: the first matches by id say how dense they lie in the table's ids. */
static err extrapolated_rows(ctx *c, const entity *e, const list_request *r, int64_t *out)
{
    statement s;
    int64_t   least = 0, bound = 0, greatest = 0;
    TRY(query_make_bare(c, e, r, false, "SELECT MIN(x), MAX(x) FROM (SELECT t0.\"id\" AS x",
                        " ORDER BY t0.\"id\" LIMIT 10000) y", &s));
    TRY(number_of(c, &s, &least, &bound));
    s = (statement){ .sql = arena_printf(c->a, "SELECT MAX(\"id\") FROM \"%.*s\"", STR_ARG(e->table)) };
    TRY(number_of(c, &s, &greatest, NULL));
    double share = bound > least ? (double)(greatest - least) / (double)(bound - least) : 1;
    *out = (int64_t)(share * COUNT_BOUND);
    return ERR_OK;
}

err query_count(ctx *c, const entity *e, const list_request *r, bool estimate, int64_t *out)
{
    statement s;
    int64_t   n = 0;
    if (!estimate) {
        TRY(query_make_bare(c, e, r, false, "SELECT COUNT(*)", "", &s));
        return number_of(c, &s, out, NULL);
    }
    TRY(query_make_bare(c, e, r, false, "SELECT COUNT(*) FROM (SELECT 1 AS x", " LIMIT 10001) y", &s));
    TRY(number_of(c, &s, &n, NULL));
    bool at_least = n > COUNT_BOUND;
    if (at_least)
        TRY(db_conn_kind(c->conn) == DB_POSTGRES ? planned_rows(c, e, r, &n) : extrapolated_rows(c, e, r, &n));
    *out = at_least && n <= COUNT_BOUND ? COUNT_BOUND + 1 : n; /* a planner without statistics guesses */
    return ERR_OK;
}

err query_ids(ctx *c, const entity *e, const list_request *r, size_t limit, int64_t **ids, size_t *count)
{
    list_request only = *r;
    query       *q;
    bool         row;
    size_t       n = 0, room = 64;
    only.select = STR("id");
    only.limit = limit > 0 ? (int)limit : 0;
    TRY(query_list(c, e, &only, &q));
    int64_t *list = arena_make_n(c->a, int64_t, room);
    for (int i = 0; i < q->statements; i++) {
        db_stmt *stmt;
        TRY(statement_open(c, &q->st[i], &stmt));
        err result;
        while ((result = db_step(stmt, &row)) == ERR_OK && row && (limit == 0 || n < limit)) {
            arena_more(c->a, list, n, room);
            list[n++] = db_int(stmt, 0);
        }
        db_done(stmt);
        TRY(result);
    }
    *ids = list;
    *count = n;
    return ERR_OK;
}
