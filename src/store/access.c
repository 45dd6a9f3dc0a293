/* zk_password, zk_session, zk_token. */
#include "store/access.h"

#include "base/text.h"
#include "store/internal.h"
#include "store/job.h"

enum { AGENT_BYTES = 300 };

static int64_t time_or_zero(db_stmt *s, int column)
{
    return db_null(s, column) ? 0 : db_time(s, column);
}

static str text_or_none(ctx *c, db_stmt *s, int column)
{
    return db_null(s, column) ? (str){ 0 } : arena_str(c->a, db_text(s, column));
}

static str bytes_of(const uint8_t hash[SECRET_HASH])
{
    return (str){ (const char *)hash, SECRET_HASH };
}

/* ---- who ---- */

/* "3,17": the main role first. */
#define ROLES(joined)                                                                                           \
    "COALESCE(u.\"role\",0)||COALESCE((SELECT ','||" joined " FROM \"user_roles\" f WHERE f.\"user\"=u.\"id\" " \
    "AND f.\"deleted_at\" IS NULL),'')"
#define JOINED_SQLITE   "group_concat(f.\"role\",',')"
#define JOINED_POSTGRES "string_agg(f.\"role\"::text,',')"

#define PERSON(joined)                                                                            \
    "u.\"id\",u.\"name\"," ROLES(                                                                 \
        joined) ",u.\"team\",u.\"language\",u.\"zone\",u.\"login\",u.\"email\","                  \
                "(SELECT p.\"must_change\" FROM \"zk_password\" p WHERE p.\"user_id\"=u.\"id\")," \
                "x.\"created_at\",x.\"seen_at\",x.\"expires_at\""
#define PRESENT                                                                                          \
    " JOIN \"users\" u ON u.\"id\"=x.\"user_id\" WHERE x.\"token\"=$1 AND (x.\"expires_at\" IS NULL OR " \
    "x.\"expires_at\">$2) AND "                                                                          \
    "u.\"deleted_at\" IS NULL AND u.\"state\" IN ('active','absent')"

/* The tables' version travels along: one statement says all that a request must know of its person. */
#define VERSION ",(SELECT v.\"value\" FROM \"zk_setting\" v WHERE v.\"name\"='version')"

/* So does the state of the database, by the name that PostgreSQL gives it: which transactions are visible. */
#define STATE "pg_current_snapshot()::text"
#define BY(joined, state)                                                                                    \
    {                                                                                                        \
        STR_INIT("SELECT " PERSON(joined) ",NULL" VERSION "," state                                          \
                                          ",x.\"enrol\",NULL FROM \"zk_session\" x" PRESENT),                \
            STR_INIT("SELECT " PERSON(joined) ",x.\"id\"" VERSION "," state                                  \
                                              ",x.\"read_only\",x.\"entities\" FROM \"zk_token\" x" PRESENT) \
    }

static const str access_sql[][2] = {
    [DB_SQLITE] = BY(JOINED_SQLITE, "NULL"), [DB_POSTGRES] = BY(JOINED_POSTGRES, STATE)
};

static access_row read_row(ctx *c, db_stmt *s)
{
    str        language = text_or_none(c, s, 4);
    access_row out = {
        .who = { .user = db_int(s, 0),
                 .name = text_or_none(c, s, 1),
                 .team = db_null(s, 3) ? 0 : db_int(s, 3),
                 .lang = language.n ? lang_from(language) : -1,
                 .zone = text_or_none(c, s, 5) },
        .roles = text_or_none(c, s, 2),
        .login = text_or_none(c, s, 6),
        .email = text_or_none(c, s, 7),
        .must_change = !db_null(s, 8) && db_bool(s, 8),
        .session_since = time_or_zero(s, 9),
        .seen_at = time_or_zero(s, 10),
        .expires_at = time_or_zero(s, 11),
        .token = db_null(s, 12) ? 0 : db_int(s, 12),
        .state = text_or_none(c, s, 14),
    };
    bool limited = !db_null(s, 15) && db_bool(s, 15);
    out.enrol = limited && !out.token;
    out.who.read_only = limited && out.token;
    out.who.only = text_or_none(c, s, 16);
    if (!str_to_int64(db_text(s, 13), &out.tables))
        out.tables = -1; /* differs from every version that was loaded */
    return out;
}

err access_send(ctx *c, const uint8_t hash[SECRET_HASH], bool by_token, db_stmt **out)
{
    statement s;
    TRY(sql_open_secret(c, access_sql[db_conn_kind(c->conn)][by_token], &s));
    db_bind_blob(s.s, ++s.n, bytes_of(hash));
    sql_time(&s, c->now_ms);
    db_send(s.s);
    *out = s.s;
    return ERR_OK;
}

err access_take(ctx *c, db_stmt *sent, access_row *out)
{
    bool row = false;
    err  e = db_step(sent, &row);
    if (e == ERR_OK && row)
        *out = read_row(c, sent);
    db_done(sent);
    return e == ERR_OK && !row ? ERR_NOT_FOUND : e;
}

err access_state_send(ctx *c, db_stmt **out)
{
    statement s;
    ASSERT(db_conn_kind(c->conn) == DB_POSTGRES);
    TRY(sql_open(c, STR("SELECT " STATE), &s));
    db_send(s.s);
    *out = s.s;
    return ERR_OK;
}

err access_state_take(ctx *c, db_stmt *sent, str *out)
{
    bool row = false;
    err  e = db_step(sent, &row);
    *out = e == ERR_OK && row ? text_or_none(c, sent, 0) : (str){ 0 };
    db_done(sent);
    return e;
}

static err access_by(ctx *c, const uint8_t hash[SECRET_HASH], bool by_token, access_row *out)
{
    db_stmt *s;
    TRY(access_send(c, hash, by_token, &s));
    return access_take(c, s, out);
}

err access_by_session(ctx *c, const uint8_t hash[SECRET_HASH], access_row *out)
{
    return access_by(c, hash, false, out);
}

err access_by_token(ctx *c, const uint8_t hash[SECRET_HASH], access_row *out)
{
    return access_by(c, hash, true, out);
}

/* Ids of users, without oneself. */
static err read_people(ctx *c, const char *sql, const actor *who, const int64_t **out, size_t *count)
{
    statement s;
    int64_t  *list;
    TRY(sql_open(c, str_from(sql), &s));
    sql_int(&s, who->user);
    if (strstr(sql, "$2"))
        sql_int(&s, who->team);
    TRY(sql_all_ids(c, &s, &list, count));
    *out = list;
    return ERR_OK;
}

err access_people(ctx *c, actor *who)
{
    static const char below[] =
        "WITH RECURSIVE below(\"id\") AS ("
        "SELECT \"id\" FROM \"users\" WHERE \"manager\"=$1 AND \"deleted_at\" IS NULL UNION "
        "SELECT u.\"id\" FROM \"users\" u JOIN below b ON u.\"manager\"=b.\"id\" WHERE u.\"deleted_at\" IS NULL),"
        "under(\"id\") AS ("
        "SELECT \"id\" FROM \"teams\" WHERE \"parent\"=$2 AND \"deleted_at\" IS NULL UNION "
        "SELECT t.\"id\" FROM \"teams\" t JOIN under x ON t.\"parent\"=x.\"id\" WHERE t.\"deleted_at\" IS NULL) "
        "SELECT \"id\" FROM (SELECT \"id\" FROM below UNION SELECT u.\"id\" FROM \"users\" u JOIN under x ON "
        "u.\"team\"=x.\"id\" WHERE u.\"deleted_at\" IS NULL) p WHERE \"id\"<>$1";
    static const char peers[] =
        "SELECT \"id\" FROM \"users\" WHERE \"id\"<>$1 AND \"team\"=$2 AND \"deleted_at\" IS NULL";
    /* PERMIT-21: whoever stands in for somebody who is absent too stands in for those as well. */
    static const char away[] =
        "WITH RECURSIVE away(\"id\") AS (SELECT \"id\" FROM \"users\" WHERE \"deputy\"=$1 AND \"state\"='absent' AND "
        "\"deleted_at\" IS NULL UNION SELECT u.\"id\" FROM \"users\" u JOIN away a ON u.\"deputy\"=a.\"id\" WHERE "
        "u.\"state\"='absent' AND u.\"deleted_at\" IS NULL) SELECT \"id\" FROM away WHERE \"id\"<>$1";
    TRY(read_people(c, below, who, &who->below, &who->below_count));
    TRY(read_people(c, peers, who, &who->peers, &who->peer_count));
    return read_people(c, away, who, &who->away, &who->away_count);
}

err access_by_user(ctx *c, int64_t user, actor *out)
{
#define ONE(joined)                                           \
    STR_INIT("SELECT u.\"name\"," ROLES(                      \
        joined) ",u.\"team\",u.\"language\",u.\"zone\" FROM " \
                "\"users\" u WHERE u.\"id\"=$1 AND u.\"deleted_at\" IS NULL AND u.\"state\" IN ('active','absent')")
    static const str one_sql[] = { [DB_SQLITE] = ONE(JOINED_SQLITE), [DB_POSTGRES] = ONE(JOINED_POSTGRES) };
    statement        s;
    bool             row = false;
    TRY(sql_open(c, one_sql[db_conn_kind(c->conn)], &s));
    sql_int(&s, user);
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row) {
        str language = text_or_none(c, s.s, 3), zone = text_or_none(c, s.s, 4);
        *out = (actor){ .user = user,
                        .name = text_or_none(c, s.s, 0),
                        .team = db_null(s.s, 2) ? 0 : db_int(s.s, 2),
                        .lang = language.n ? lang_from(language) : c->snap->organisation_lang,
                        .zone = zone.n ? zone : c->snap->zone };
        permit_roles(out, c->snap, text_or_none(c, s.s, 1));
    }
    sql_close(&s);
    TRY(e);
    return row ? access_people(c, out) : ERR_NOT_FOUND;
}

err access_find(ctx *c, str login, int64_t *user)
{
    static const char *const by[] = {
        "SELECT \"id\" FROM \"users\" WHERE \"login_k\"=$1 AND \"deleted_at\" IS NULL AND \"state\" IN "
        "('active','absent') LIMIT 2",
        "SELECT \"id\" FROM \"users\" WHERE \"email_k\"=$1 AND \"deleted_at\" IS NULL AND \"state\" IN "
        "('active','absent') LIMIT 2",
        "SELECT \"id\" FROM \"users\" WHERE \"name_k\"=$1 AND \"deleted_at\" IS NULL AND \"state\" IN "
        "('active','absent') LIMIT 2",
    };
    str     key = text_sort_key(c->a, login);
    int64_t first = 0;
    for (size_t i = 0; i < countof(by) && key.n > 0; i++) { /* all three each time: an unknown name takes no longer */
        statement s;
        int64_t   found[2] = { 0 };
        int       n = 0;
        bool      row = true;
        err       e = ERR_OK;
        TRY(sql_open(c, str_from(by[i]), &s));
        db_bind_blob(s.s, ++s.n, key);
        while (n < 2 && (e = sql_row(&s, &row)) == ERR_OK && row)
            found[n++] = db_int(s.s, 0);
        sql_close(&s);
        TRY(e);
        if (n == 1 && !first)
            first = found[0];
    }
    if (!first)
        return ERR_NOT_FOUND;
    *user = first;
    return ERR_OK;
}

/* ---- passwords ---- */

err access_password(ctx *c, int64_t user, str *argon2)
{
    statement s;
    bool      row;
    TRY(sql_open_secret(c, STR("SELECT \"hash\" FROM \"zk_password\" WHERE \"user_id\"=$1"), &s));
    sql_int(&s, user);
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row)
        *argon2 = arena_str(c->a, db_text(s.s, 0));
    sql_close(&s);
    return e == ERR_OK && !row ? ERR_NOT_FOUND : e;
}

err access_password_set(ctx *c, int64_t user, str argon2, bool must_change)
{
    statement s;
    TRY(sql_open_secret(
        c,
        STR("INSERT INTO \"zk_password\"(\"user_id\",\"hash\",\"must_change\",\"changed_at\")VALUES($1,$2,$3,$4) "
            "ON CONFLICT(\"user_id\") DO UPDATE SET \"hash\"=excluded.\"hash\","
            "\"must_change\"=excluded.\"must_change\",\"changed_at\"=excluded.\"changed_at\""),
        &s));
    sql_int(&s, user);
    sql_text(&s, argon2);
    db_bind_bool(s.s, ++s.n, must_change);
    sql_time(&s, c->now_ms);
    return sql_run(&s);
}

err access_any(ctx *c, bool *out)
{
    statement s;
    TRY(sql_open_secret(c, STR("SELECT 1 FROM \"zk_password\" LIMIT 1"), &s));
    err e = sql_row(&s, out);
    sql_close(&s);
    return e;
}

/* ---- sessions ---- */

err access_session_add(ctx *c, const session_new *n, const uint8_t hash[SECRET_HASH])
{
    statement s;
    str       agent = utf8_valid(c->agent) ? utf8_cut(c->agent, AGENT_BYTES) : (str){ 0 };
    int64_t   until = n->ends_at && n->ends_at < n->expires_at ? n->ends_at : n->expires_at;
    TRY(sql_open_secret(
        c,
        STR("INSERT INTO \"zk_session\"(\"token\",\"user_id\",\"created_at\",\"seen_at\",\"expires_at\","
            "\"address\",\"agent\",\"ends_at\",\"enrol\")VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9)"),
        &s));
    db_bind_blob(s.s, ++s.n, bytes_of(hash));
    sql_int(&s, n->user);
    sql_time(&s, c->now_ms);
    sql_time(&s, c->now_ms);
    sql_time(&s, until);
    sql_text(&s, c->address);
    sql_text(&s, agent);
    if (n->ends_at)
        sql_time(&s, n->ends_at);
    else
        db_bind_null(s.s, ++s.n);
    db_bind_bool(s.s, ++s.n, n->enrol);
    return sql_run(&s);
}

err access_session_seen(ctx *c, const uint8_t hash[SECRET_HASH], int64_t idle_ms)
{
    statement s;
    TRY(sql_open_secret(
        c,
        STR("UPDATE \"zk_session\" SET \"seen_at\"=$1,\"expires_at\"=CASE WHEN \"ends_at\"<$2 THEN \"ends_at\" "
            "ELSE $2 END WHERE \"token\"=$3"),
        &s));
    sql_time(&s, c->now_ms);
    sql_time(&s, c->now_ms + idle_ms);
    db_bind_blob(s.s, ++s.n, bytes_of(hash));
    return sql_run(&s);
}

err access_session_from(ctx *c, int64_t user, str address, bool *out)
{
    statement s;
    TRY(sql_open_secret(
        c, STR("SELECT 1 FROM \"zk_session\" WHERE \"user_id\"=$1 AND \"address\"=$2 AND \"expires_at\">$3 LIMIT 1"),
        &s));
    sql_int(&s, user);
    sql_text(&s, address);
    sql_time(&s, c->now_ms);
    err e = sql_row(&s, out);
    sql_close(&s);
    return e;
}

err access_session_end(ctx *c, const uint8_t hash[SECRET_HASH])
{
    statement s;
    TRY(sql_open_secret(c, STR("DELETE FROM \"zk_session\" WHERE \"token\"=$1"), &s));
    db_bind_blob(s.s, ++s.n, bytes_of(hash));
    return sql_run(&s);
}

err access_sessions_end(ctx *c, int64_t user, const uint8_t *but)
{
    static const uint8_t none[SECRET_HASH];
    statement            s;
    TRY(sql_open_secret(c, STR("DELETE FROM \"zk_session\" WHERE \"user_id\"=$1 AND \"token\"<>$2"), &s));
    sql_int(&s, user);
    db_bind_blob(s.s, ++s.n, bytes_of(but ? but : none));
    return sql_run(&s);
}

/* ---- tokens ---- */

err access_token_add(ctx *c, token_row *t, const uint8_t hash[SECRET_HASH])
{
    statement s;
    TRY(db_next_id(c->conn, &t->id));
    TRY(sql_open_secret(
        c,
        STR("INSERT INTO \"zk_token\"(\"id\",\"user_id\",\"name\",\"token\",\"created_at\",\"expires_at\","
            "\"read_only\",\"entities\")VALUES($1,$2,$3,$4,$5,$6,$7,$8)"),
        &s));
    sql_int(&s, t->id);
    sql_int(&s, t->user);
    sql_text(&s, t->name);
    db_bind_blob(s.s, ++s.n, bytes_of(hash));
    sql_time(&s, c->now_ms);
    s.n++;
    if (t->expires_at)
        db_bind_time(s.s, s.n, t->expires_at);
    else
        db_bind_null(s.s, s.n);
    db_bind_bool(s.s, ++s.n, t->read_only);
    sql_text(&s, t->entities);
    return sql_run(&s);
}

err access_token_seen(ctx *c, const uint8_t hash[SECRET_HASH], str address)
{
    statement s;
    TRY(sql_open_secret(c, STR("UPDATE \"zk_token\" SET \"seen_at\"=$1,\"address\"=$2 WHERE \"token\"=$3"), &s));
    sql_time(&s, c->now_ms);
    sql_text(&s, address);
    db_bind_blob(s.s, ++s.n, bytes_of(hash));
    return sql_run(&s);
}

err access_end(ctx *c, int64_t user)
{
    static const char *const sql[] = {
        "DELETE FROM \"zk_session\" WHERE \"user_id\"=$1",  "DELETE FROM \"zk_half\" WHERE \"user_id\"=$1",
        "DELETE FROM \"zk_token\" WHERE \"user_id\"=$1",    "DELETE FROM \"zk_invite\" WHERE \"user_id\"=$1",
        "DELETE FROM \"zk_calendar\" WHERE \"user_id\"=$1",
    };
    for (size_t i = 0; i < countof(sql); i++) {
        statement s;
        TRY(sql_open_secret(c, str_from(sql[i]), &s));
        sql_int(&s, user);
        TRY(sql_run(&s));
    }
    return job_cancel_of(c, user);
}

/* On PostgreSQL who disables waits for the pieces that have begun; on SQLite there is one writer. */
err access_present(ctx *c, int64_t user, bool *out)
{
#define THERE "SELECT 1 FROM \"users\" WHERE \"id\"=$1 AND \"deleted_at\" IS NULL AND \"state\" IN ('active','absent')"
    static const str sql[] = { [DB_SQLITE] = STR_INIT(THERE), [DB_POSTGRES] = STR_INIT(THERE " FOR SHARE") };
    statement        s;
    TRY(sql_open(c, sql[db_conn_kind(c->conn)], &s));
    sql_int(&s, user);
    err e = sql_row(&s, out);
    sql_close(&s);
    return e;
}

err access_tokens(ctx *c, int64_t user, token_row **out, size_t *count)
{
    statement  s;
    bool       row = true;
    err        e = ERR_OK;
    size_t     n = 0, room = 16;
    token_row *list = arena_make_n(c->a, token_row, room);
    TRY(sql_open_secret(
        c,
        STR("SELECT x.\"id\",x.\"user_id\",x.\"name\",x.\"created_at\",x.\"seen_at\",x.\"expires_at\",u.\"name\","
            "x.\"address\",x.\"read_only\",x.\"entities\" FROM \"zk_token\" x "
            "JOIN \"users\" u ON u.\"id\"=x.\"user_id\" WHERE (CAST($1 AS bigint)=0 OR x.\"user_id\"=$1) ORDER BY "
            "x.\"id\""),
        &s));
    sql_int(&s, user);
    while ((e = sql_row(&s, &row)) == ERR_OK && row) {
        arena_more(c->a, list, n, room);
        list[n++] = (token_row){ .id = db_int(s.s, 0),
                                 .user = db_int(s.s, 1),
                                 .name = text_or_none(c, s.s, 2),
                                 .created_at = time_or_zero(s.s, 3),
                                 .seen_at = time_or_zero(s.s, 4),
                                 .expires_at = time_or_zero(s.s, 5),
                                 .user_name = text_or_none(c, s.s, 6),
                                 .address = text_or_none(c, s.s, 7),
                                 .read_only = !db_null(s.s, 8) && db_bool(s.s, 8),
                                 .entities = text_or_none(c, s.s, 9) };
    }
    sql_close(&s);
    *out = list;
    *count = n;
    return e;
}

err access_token_end(ctx *c, int64_t user, int64_t id)
{
    statement s;
    bool      row;
    TRY(sql_open_secret(
        c,
        STR("DELETE FROM \"zk_token\" WHERE \"id\"=$1 AND (CAST($2 AS bigint)=0 OR \"user_id\"=$2) RETURNING \"id\""),
        &s));
    sql_int(&s, id);
    sql_int(&s, user);
    err  e = sql_row(&s, &row);
    bool gone = e == ERR_OK && row;
    while (e == ERR_OK && row)
        e = sql_row(&s, &row);
    sql_close(&s);
    TRY(e);
    return gone ? ERR_OK : ERR_NOT_FOUND;
}

err access_sweep(ctx *c)
{
    static const char *const sql[] = { "DELETE FROM \"zk_session\" WHERE \"expires_at\"<$1",
                                       "DELETE FROM \"zk_token\" WHERE \"expires_at\"<$1" };
    for (size_t i = 0; i < countof(sql); i++) {
        statement s;
        TRY(sql_open_secret(c, str_from(sql[i]), &s));
        sql_time(&s, c->now_ms);
        TRY(sql_run(&s));
    }
    return ERR_OK;
}

/* ---- the calendar's secret address ---- */

err access_feed_end(ctx *c, int64_t user)
{
    statement s;
    bool      row, any;
    TRY(sql_open_secret(c, STR("DELETE FROM \"zk_calendar\" WHERE \"user_id\"=$1 RETURNING \"user_id\""), &s));
    sql_int(&s, user);
    err e = sql_row(&s, &row);
    any = e == ERR_OK && row;
    while (e == ERR_OK && row)
        e = sql_row(&s, &row);
    sql_close(&s);
    TRY(e);
    return any ? ERR_OK : ERR_NOT_FOUND;
}

err access_feed_set(ctx *c, int64_t user, const uint8_t hash[SECRET_HASH])
{
    statement s;
    err       e = access_feed_end(c, user);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    TRY(sql_open_secret(c, STR("INSERT INTO \"zk_calendar\"(\"token\",\"user_id\",\"created_at\")VALUES($1,$2,$3)"),
                        &s));
    db_bind_blob(s.s, ++s.n, bytes_of(hash));
    sql_int(&s, user);
    sql_time(&s, c->now_ms);
    return sql_run(&s);
}

err access_feed_since(ctx *c, int64_t user, int64_t *created_at)
{
    statement s;
    bool      row;
    TRY(sql_open_secret(c, STR("SELECT \"created_at\" FROM \"zk_calendar\" WHERE \"user_id\"=$1"), &s));
    sql_int(&s, user);
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row)
        *created_at = time_or_zero(s.s, 0);
    sql_close(&s);
    return e == ERR_OK && !row ? ERR_NOT_FOUND : e;
}

err access_by_feed(ctx *c, const uint8_t hash[SECRET_HASH], int64_t *user)
{
    statement s;
    bool      row;
    TRY(sql_open_secret(c, STR("SELECT \"user_id\" FROM \"zk_calendar\" WHERE \"token\"=$1"), &s));
    db_bind_blob(s.s, ++s.n, bytes_of(hash));
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row)
        *user = db_int(s.s, 0);
    sql_close(&s);
    return e == ERR_OK && !row ? ERR_NOT_FOUND : e;
}
