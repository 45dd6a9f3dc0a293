/* Events of a transaction, written in it and read when it is surely over.
 * `tx` orders them: on SQLite the row's own number (one writer commits in order); on PostgreSQL the transaction's id, read
 * only up to the oldest one still running in this database, so that nothing that commits late is passed by. PostgreSQL numbers
 * transactions for all databases of a server; what runs in another one never writes here and holds nothing up. A
 * transaction that ended between the snapshot and the look at the locks counts as running until the next look. */
#include "store/internal.h"

static err put(ctx *c, str kind, const entity *e, int64_t record, int64_t version, str w, int64_t user, str data)
{
    statement s;
    TRY(sql_open(
        c,
        STR("INSERT INTO \"zk_outbox\"(\"at\",\"kind\",\"entity\",\"record\",\"version\",\"what\",\"user_id\",\"data\")"
            "VALUES($1,$2,$3,$4,$5,$6,$7,$8)"),
        &s));
    sql_time(&s, c->now_ms);
    sql_text(&s, kind);
    sql_text(&s, e ? e->name : (str){ 0 });
    sql_id(&s, record);
    sql_id(&s, version);
    sql_text(&s, w);
    sql_id(&s, user);
    sql_text(&s, data);
    return sql_insert(&s);
}

err outbox_change(ctx *c, const rec *r, what w)
{
    return put(c, STR("change"), r->e, r->id, r->version, str_from(what_name(w)), 0, (str){ 0 });
}

err store_outbox_put(ctx *c, str kind, int64_t user, str data_json)
{
    return put(c, kind, NULL, 0, 0, (str){ 0 }, user, data_json);
}

static str tx_column(const ctx *c)
{
    return db_conn_kind(c->conn) == DB_POSTGRES ? STR("\"tx\"") : STR("\"seq\"");
}

#define RUNNING_ELSEWHERE                                                                                   \
    "SELECT 1 FROM pg_locks l JOIN pg_stat_activity a ON a.pid=l.pid WHERE l.locktype='transactionid' AND " \
    "l.mode='ExclusiveLock' AND l.transactionid=x::xid AND a.datname<>current_database()"

static str settled(const ctx *c)
{
    return db_conn_kind(c->conn) == DB_POSTGRES
               ? STR(" AND \"tx\"<COALESCE((SELECT min(x::text::bigint) FROM pg_snapshot_xip(pg_current_snapshot()) x "
                     "WHERE NOT EXISTS(" RUNNING_ELSEWHERE ")),pg_snapshot_xmax(pg_current_snapshot())::text::bigint)")
               : (str){ 0 };
}

static bool may_hear(ctx *c, const outbox_row *o)
{
    if (o->user)
        return o->user == c->actor.user || c->actor.user == 0;
    const entity *e = o->entity.n ? snapshot_entity(c->snap, o->entity) : NULL;
    if (!e || permit_is_admin(&c->actor))
        return true;
    if (!permit_entity(&c->actor, e, VERB_READ))
        return false;
    if (permit_scope(&c->actor, e, VERB_READ, c->a).kind == SCOPE_ALL)
        return true;
    rec *r;
    return store_load_any(c, e, o->record, &r) == ERR_OK && record_scope(c, VERB_READ, r) == ERR_OK;
}

/* Whole transactions: `limit` is passed by the rows of the last one. */
err store_outbox_read(ctx *c, int64_t since, size_t limit, outbox_row **rows, size_t *count)
{
    str         tx = tx_column(c);
    str         sql = arena_printf(c->a,
                                   "SELECT %.*s,\"kind\",\"entity\",\"record\",\"version\",\"what\",\"user_id\",\"data\" FROM "
                                           "\"zk_outbox\" WHERE %.*s>$1%.*s ORDER BY %.*s,\"seq\"",
                                   STR_ARG(tx), STR_ARG(tx), STR_ARG(settled(c)), STR_ARG(tx));
    statement   s;
    bool        row = true;
    err         e = ERR_OK;
    size_t      n = 0, room = 64;
    outbox_row *list = arena_make_n(c->a, outbox_row, room);
    TRY(sql_open(c, sql, &s));
    sql_int(&s, since);
    while ((e = sql_row(&s, &row)) == ERR_OK && row) {
        int64_t at = db_int(s.s, 0);
        if (n >= limit && at != list[n - 1].seq)
            break;
        arena_more(c->a, list, n, room);
        outbox_row *o = &list[n++];
        o->seq = at;
        o->kind = arena_str(c->a, db_text(s.s, 1));
        o->entity = db_null(s.s, 2) ? (str){ 0 } : arena_str(c->a, db_text(s.s, 2));
        o->record = db_null(s.s, 3) ? 0 : db_int(s.s, 3);
        o->version = db_null(s.s, 4) ? 0 : db_int(s.s, 4);
        o->what = db_null(s.s, 5) ? (str){ 0 } : arena_str(c->a, db_text(s.s, 5));
        o->user = db_null(s.s, 6) ? 0 : db_int(s.s, 6);
        o->data = db_null(s.s, 7) ? (str){ 0 } : arena_str(c->a, db_text(s.s, 7));
    }
    sql_close(&s);
    TRY(e);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (may_hear(c, &list[i]))
            list[kept++] = list[i];
    *rows = list;
    *count = kept;
    return ERR_OK;
}

err store_outbox_last(ctx *c, int64_t *seq)
{
    bool found;
    *seq = 0;
    str tx = tx_column(c);
    return sql_number(c,
                      arena_printf(c->a, "SELECT max(%.*s) FROM \"zk_outbox\" WHERE \"seq\">$1%.*s", STR_ARG(tx),
                                   STR_ARG(settled(c))),
                      0, seq, &found);
}

err store_outbox_sweep(ctx *c, int64_t older_than_ms)
{
    statement s;
    TRY(sql_open(c, STR("DELETE FROM \"zk_outbox\" WHERE \"at\"<$1"), &s));
    sql_time(&s, older_than_ms);
    return sql_run(&s);
}
