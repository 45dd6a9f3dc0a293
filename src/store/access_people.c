/* zk_session as a person sees it; zk_invite. */
#include "store/access.h"
#include "store/internal.h"

static str bytes_of(const uint8_t hash[SECRET_HASH])
{
    return (str){ (const char *)hash, SECRET_HASH };
}

int64_t access_session_id(const uint8_t hash[SECRET_HASH])
{
    uint64_t id = 0;
    for (int i = 0; i < 8; i++)
        id = id << 8 | hash[i];
    id &= INT64_MAX;
    return id ? (int64_t)id : 1;
}

static str text_of(ctx *c, db_stmt *s, int column)
{
    return db_null(s, column) ? (str){ 0 } : arena_str(c->a, db_text(s, column));
}

err access_sessions(ctx *c, int64_t user, session_row **out, size_t *count)
{
    enum { MOST = 200 };
    statement    s;
    bool         row = true;
    err          e = ERR_OK;
    size_t       n = 0;
    session_row *list = arena_make_n(c->a, session_row, MOST);
    TRY(sql_open_secret(
        c,
        STR("SELECT \"token\",\"created_at\",\"seen_at\",\"expires_at\",\"agent\",\"address\" FROM \"zk_session\" "
            "WHERE \"user_id\"=$1 AND \"expires_at\">$2 ORDER BY \"seen_at\" DESC,\"created_at\" DESC LIMIT $3"),
        &s));
    sql_int(&s, user);
    sql_time(&s, c->now_ms);
    sql_int(&s, MOST);
    while (n < MOST && (e = sql_row(&s, &row)) == ERR_OK && row) {
        session_row *r = &list[n];
        str          token = db_blob(s.s, 0);
        if (token.n != SECRET_HASH)
            continue;
        memcpy(r->hash, token.p, SECRET_HASH);
        r->id = access_session_id(r->hash);
        r->created_at = db_time(s.s, 1);
        r->seen_at = db_time(s.s, 2);
        r->expires_at = db_time(s.s, 3);
        r->agent = text_of(c, s.s, 4);
        r->address = text_of(c, s.s, 5);
        n++;
    }
    sql_close(&s);
    *out = list;
    *count = n;
    return e;
}

err access_invite(ctx *c, int64_t user, const uint8_t hash[SECRET_HASH], int64_t expires_at, bool reset)
{
    statement s;
    TRY(access_invite_end(c, user));
    TRY(sql_open_secret(
        c,
        STR("INSERT INTO \"zk_invite\"(\"token\",\"user_id\",\"created_at\",\"created_by\",\"expires_at\",\"kind\")"
            "VALUES($1,$2,$3,$4,$5,$6)"),
        &s));
    db_bind_blob(s.s, ++s.n, bytes_of(hash));
    sql_int(&s, user);
    sql_time(&s, c->now_ms);
    sql_id(&s, c->actor.user);
    sql_time(&s, expires_at);
    sql_text(&s, reset ? STR("reset") : STR("invite"));
    return sql_run(&s);
}

err access_invited(ctx *c, const uint8_t hash[SECRET_HASH], int64_t *user, bool *reset)
{
    statement s;
    bool      row;
    TRY(sql_open_secret(
        c,
        STR("SELECT i.\"user_id\",i.\"kind\" FROM \"zk_invite\" i JOIN \"users\" u ON u.\"id\"=i.\"user_id\" WHERE "
            "i.\"token\"=$1 AND i.\"expires_at\">$2 AND u.\"deleted_at\" IS NULL AND u.\"state\"<>'disabled'"),
        &s));
    db_bind_blob(s.s, ++s.n, bytes_of(hash));
    sql_time(&s, c->now_ms);
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row) {
        *user = db_int(s.s, 0);
        *reset = !db_null(s.s, 1) && str_eq(db_text(s.s, 1), STR("reset"));
    }
    sql_close(&s);
    return e == ERR_OK && !row ? ERR_NOT_FOUND : e;
}

err access_invite_end(ctx *c, int64_t user)
{
    statement s;
    TRY(sql_open_secret(c, STR("DELETE FROM \"zk_invite\" WHERE \"user_id\"=$1"), &s));
    sql_int(&s, user);
    return sql_run(&s);
}
