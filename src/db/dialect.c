/* A row of words for each engine, and the one sequence. */
#include "db/dialect.h"

#include "db/engine.h"

static const dialect dialects[] = {
    [DB_SQLITE] =
        {
            .type_id = "INTEGER",
            .type_int = "INTEGER",
            .type_real = "REAL",
            .type_bool = "INTEGER",
            .type_date = "INTEGER",
            .type_time = "INTEGER",
            .type_text = "TEXT",
            .type_blob = "BLOB",
            .type_json = "TEXT",
            .lower_open = "zk_lower(",
            .lower_close = ")",
            .ids_materialized = "",
        },
    [DB_POSTGRES] =
        {
            .type_id = "bigint",
            .type_int = "bigint",
            .type_real = "double precision",
            .type_bool = "boolean",
            .type_date = "date",
            .type_time = "timestamptz",
            .type_text = "text COLLATE \"C\"",
            .type_blob = "bytea",
            .type_json = "json",
            /* the outer collation keeps comparison and order the bytes', as on SQLite */
            .lower_open = "(lower((",
            .lower_close = ") COLLATE \"und-x-icu\") COLLATE \"C\")",
            .ids_materialized = "MATERIALIZED ",
        },
};

const dialect *dialect_of(db_engine e)
{
    return &dialects[e];
}

/* SQLite: a table with one row. A rolled back transaction gives its ids back, but nobody has seen them. */
static const struct {
    const char *next, *reserve, *create[2];
} ids[] = {
    [DB_SQLITE] =
        {
            .next = "UPDATE zk_sequence SET last = last + 1 RETURNING last",
            .reserve = "UPDATE zk_sequence SET last = $1 WHERE last < $1",
            .create = {"CREATE TABLE IF NOT EXISTS zk_sequence (last INTEGER NOT NULL)",
                       "INSERT INTO zk_sequence (last) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM zk_sequence)"},
        },
    [DB_POSTGRES] =
        {
            .next = "SELECT nextval('zk_id') FROM generate_series(1,$1)",
            .reserve = "SELECT setval('zk_id', $1::bigint) FROM zk_id"
                       " WHERE last_value < $1::bigint OR last_value = $1::bigint AND NOT is_called",
            .create = {"CREATE SEQUENCE IF NOT EXISTS zk_id", NULL},
        },
};

/* PostgreSQL: the first time one, then two, four, … at once, so that a large transaction seldom waits for them. What it
 * does not use is never given out. */
static err ids_fetch(db_conn *c)
{
    db_stmt *s;
    bool     row = true;
    err      e = ERR_OK;
    int      want = c->ids_dense                      ? 1
                    : c->ids_count * 2 > DB_IDS_AHEAD ? DB_IDS_AHEAD
                    : c->ids_count > 0                ? c->ids_count * 2
                                                      : 1;
    TRY(db_prepare(c, str_from(ids[DB_POSTGRES].next), &s));
    db_bind_int(s, 1, want);
    db_aside(s);
    c->ids_next = c->ids_count = 0;
    while (c->ids_count < want && (e = db_step(s, &row)) == ERR_OK && row)
        c->ids[c->ids_count++] = db_int(s, 0);
    db_done(s);
    return e;
}

void db_ids_dense(db_conn *c)
{
    c->ids_dense = true;
}

static err next_of_block(db_conn *c, int64_t *id)
{
    if (c->ids_next == c->ids_count)
        TRY(ids_fetch(c));
    ASSERT(c->ids_next < c->ids_count);
    *id = c->ids[c->ids_next++];
    return ERR_OK;
}

/* To the end: SQLite counts a changed row when the statement is over. */
static err run_to_end(db_stmt *s, int64_t *first)
{
    bool row = true;
    err  e = ERR_OK;
    for (int n = 0; row; n++) {
        e = db_step(s, &row);
        if (e != ERR_OK)
            break;
        if (row && n == 0 && first)
            *first = db_int(s, 0);
    }
    db_done(s);
    return e;
}

err db_next_id(db_conn *c, int64_t *id)
{
    db_stmt *s;
    int64_t  next = 0;
    if (db_conn_kind(c) == DB_POSTGRES)
        return next_of_block(c, id);
    TRY(db_prepare(c, str_from(ids[DB_SQLITE].next), &s));
    TRY(run_to_end(s, &next));
    ASSERT(next > 0); /* db_ids_create() comes first */
    *id = next;
    return ERR_OK;
}

err db_reserve_ids(db_conn *c, int64_t highest)
{
    db_stmt *s;
    TRY(db_prepare(c, str_from(ids[db_conn_kind(c)].reserve), &s));
    db_bind_int(s, 1, highest);
    if (c->ids_next < c->ids_count && c->ids[c->ids_next] <= highest)
        c->ids_next = c->ids_count;
    return run_to_end(s, NULL);
}

err db_ids_create(db_conn *c)
{
    db_engine e = db_conn_kind(c);
    for (size_t i = 0; i < countof(ids[e].create) && ids[e].create[i]; i++)
        TRY(db_exec(c, str_from(ids[e].create[i])));
    return ERR_OK;
}
