/* zk_view, zk_view_default. */
#include "store/view.h"

#include "store/internal.h"

#define VIEW_COLUMNS                                                                                                  \
    "v.\"id\",v.\"owner\",v.\"version\",v.\"updated_at\",v.\"entity\",v.\"name\",v.\"body\",v.\"shared\",r.\"name\" " \
    "FROM \"zk_view\" v LEFT JOIN \"zk_record\" r ON r.\"id\"=v.\"owner\" "

static kept_view kept_view_read(ctx *c, db_stmt *s)
{
    return (kept_view){ .id = db_int(s, 0),
                        .owner = db_int(s, 1),
                        .version = db_int(s, 2),
                        .updated_at = db_time(s, 3),
                        .entity = arena_str(c->a, db_text(s, 4)),
                        .name = arena_str(c->a, db_text(s, 5)),
                        .body = arena_str(c->a, db_text(s, 6)),
                        .shared = db_bool(s, 7),
                        .owner_name = db_null(s, 8) ? (str){ 0 } : arena_str(c->a, db_text(s, 8)) };
}

bool kept_view_may_change(const ctx *c, const kept_view *v)
{
    return v->owner == c->actor.user || (v->shared && permit_is_admin(&c->actor));
}

err kept_view_list(ctx *c, str of, kept_view **out, size_t *count)
{
    statement  s;
    bool       row = true;
    err        e = ERR_OK;
    size_t     n = 0, room = 32;
    kept_view *list = arena_make_n(c->a, kept_view, room);
    TRY(sql_open(c,
                 STR("SELECT " VIEW_COLUMNS "WHERE v.\"entity\"=$1 AND (v.\"owner\"=$2 OR v.\"shared\"=$3) "
                     "ORDER BY CASE WHEN v.\"owner\"=$2 THEN 0 ELSE 1 END,lower(v.\"name\"),v.\"id\" LIMIT 2000"),
                 &s));
    sql_text(&s, of);
    sql_int(&s, c->actor.user);
    db_bind_bool(s.s, ++s.n, true);
    while ((e = sql_row(&s, &row)) == ERR_OK && row) {
        arena_more(c->a, list, n, room);
        list[n++] = kept_view_read(c, s.s);
    }
    sql_close(&s);
    *out = list;
    *count = n;
    return e;
}

err kept_view_find(ctx *c, int64_t id, kept_view *out)
{
    statement s;
    bool      row;
    TRY(sql_open(c, STR("SELECT " VIEW_COLUMNS "WHERE v.\"id\"=$1 AND (v.\"owner\"=$2 OR v.\"shared\"=$3)"), &s));
    sql_int(&s, id);
    sql_int(&s, c->actor.user);
    db_bind_bool(s.s, ++s.n, true);
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row)
        *out = kept_view_read(c, s.s);
    sql_close(&s);
    return e == ERR_OK && !row ? ERR_NOT_FOUND : e;
}

/* Mine to change, and as I saw it. */
static err changeable(ctx *c, int64_t id, int64_t expected_version, kept_view *out)
{
    TRY(kept_view_find(c, id, out));
    if (!kept_view_may_change(c, out))
        return ctx_refuse(c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    return expected_version && expected_version != out->version ? ERR_STALE : ERR_OK;
}

static err kept_view_insert(ctx *c, kept_view *v)
{
    statement  s;
    kept_view *have;
    size_t     n, own = 0;
    TRY(kept_view_list(c, v->entity, &have, &n));
    for (size_t i = 0; i < n; i++)
        own += have[i].owner == c->actor.user;
    if (own >= VIEW_MOST)
        return ctx_problem(c, "name", STR("too_many"));
    TRY(db_next_id(c->conn, &v->id));
    TRY(sql_open(c,
                 STR("INSERT INTO \"zk_view\"(\"id\",\"entity\",\"name\",\"owner\",\"shared\",\"body\",\"version\","
                     "\"created_at\",\"updated_at\")VALUES($1,$2,$3,$4,$5,$6,1,$7,$7)"),
                 &s));
    sql_int(&s, v->id);
    sql_text(&s, v->entity);
    sql_text(&s, v->name);
    sql_int(&s, c->actor.user);
    db_bind_bool(s.s, ++s.n, v->shared);
    sql_text(&s, v->body);
    sql_time(&s, c->now_ms);
    v->owner = c->actor.user;
    v->owner_name = c->actor.name;
    v->version = 1;
    return sql_run(&s);
}

err kept_view_save(ctx *c, kept_view *v, int64_t expected_version)
{
    statement s;
    kept_view old;
    v->updated_at = c->now_ms;
    if (v->id == 0)
        return kept_view_insert(c, v);
    TRY(changeable(c, v->id, expected_version, &old));
    v->version = old.version + 1;
    TRY(sql_open(c,
                 STR("UPDATE \"zk_view\" SET \"name\"=$1,\"shared\"=$2,\"body\"=$3,\"version\"=$4,\"updated_at\"=$5 "
                     "WHERE \"id\"=$6"),
                 &s));
    sql_text(&s, v->name);
    db_bind_bool(s.s, ++s.n, v->shared);
    sql_text(&s, v->body);
    sql_int(&s, v->version);
    sql_time(&s, c->now_ms);
    sql_int(&s, v->id);
    return sql_run(&s);
}

err kept_view_remove(ctx *c, int64_t id, int64_t expected_version)
{
    statement s;
    kept_view old;
    TRY(changeable(c, id, expected_version, &old));
    TRY(sql_open(c, STR("DELETE FROM \"zk_view_default\" WHERE \"entity\"=$1 AND \"view\"=$2"), &s));
    sql_text(&s, old.entity);
    sql_text(&s, arena_printf(c->a, "%lld", (long long)id));
    TRY(sql_run(&s));
    TRY(sql_open(c, STR("DELETE FROM \"zk_view\" WHERE \"id\"=$1"), &s));
    sql_int(&s, id);
    return sql_run(&s);
}

/* ---- what a module begins with; user 0: everybody ---- */

err kept_view_defaults(ctx *c, str of, str *own, str *everybody)
{
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    *own = *everybody = (str){ 0 };
    TRY(sql_open(
        c, STR("SELECT \"user_id\",\"view\" FROM \"zk_view_default\" WHERE \"entity\"=$1 AND \"user_id\" IN(0,$2)"),
        &s));
    sql_text(&s, of);
    sql_int(&s, c->actor.user);
    while ((e = sql_row(&s, &row)) == ERR_OK && row)
        *(db_int(s.s, 0) ? own : everybody) = arena_str(c->a, db_text(s.s, 1));
    sql_close(&s);
    return e;
}

err kept_view_default_set(ctx *c, str of, str view, bool everybody)
{
    statement s;
    int64_t   whose = everybody ? 0 : c->actor.user;
    if (view.n)
        TRY(sql_open(c,
                     STR("INSERT INTO \"zk_view_default\"(\"entity\",\"user_id\",\"view\")VALUES($1,$2,$3) "
                         "ON CONFLICT(\"entity\",\"user_id\") DO UPDATE SET \"view\"=excluded.\"view\""),
                     &s));
    else
        TRY(sql_open(c, STR("DELETE FROM \"zk_view_default\" WHERE \"entity\"=$1 AND \"user_id\"=$2"), &s));
    sql_text(&s, of);
    sql_int(&s, whose);
    if (view.n)
        sql_text(&s, view);
    return sql_run(&s);
}
