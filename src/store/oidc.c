/* zk_setting "oidc", the sessions that hang on a provider, zk_once. */
#include "store/oidc.h"

#include "base/random.h"
#include "store/audit.h"
#include "store/internal.h"
#include "store/kept.h"
#include "store/secret.h"

#define SECRET "oidc.secret"

enum { SETTINGS_BYTES = 64 << 10, SECONDS = 10 };

static const char *const joins[] = { "none", "email", "login" };
_Static_assert(countof(joins) == OIDC_JOINS, "one name each");

const char *oidc_join_name(oidc_join j)
{
    return joins[j];
}

bool oidc_join_from(str name, oidc_join *out)
{
    for (size_t i = 0; i < countof(joins); i++)
        if (str_eq(name, str_from(joins[i]))) {
            *out = (oidc_join)i;
            return true;
        }
    return false;
}

/* ---- settings ---- */

static void put_map(json_writer *w, const char *key, const char *to, const oidc_map *m)
{
    json_key(w, str_from(key));
    json_array(w);
    for (size_t i = 0; i < m->count; i++) {
        json_object(w);
        json_put_string(w, "value", m->row[i].value);
        json_put_string(w, to, m->row[i].to);
        json_object_end(w);
    }
    json_array_end(w);
}

void oidc_settings_put(json_writer *w, const oidc_settings *s)
{
    json_put_bool(w, "on", s->on);
    json_put_string(w, "issuer", s->issuer);
    json_put_string(w, "client_id", s->client);
    json_put_string(w, "scopes", s->scopes);
    json_key(w, STR("button"));
    json_object(w);
    for (int i = 0; i < LANG_COUNT; i++)
        json_put_string(w, lang_name(i), s->button[i]);
    json_object_end(w);
    json_put_string(w, "claim_login", s->claim_login);
    json_put_string(w, "claim_email", s->claim_email);
    json_put_string(w, "claim_name", s->claim_name);
    json_put_string(w, "claim_team", s->claim_team);
    json_put_string(w, "claim_role", s->claim_role);
    json_put_string(w, "join_by", str_from(joins[s->join]));
    json_put_bool(w, "make_users", s->make);
    json_put_bool(w, "trust_second_step", s->trust_second);
    json_put_int(w, "seconds", s->seconds);
    put_map(w, "roles", "role", &s->roles);
    put_map(w, "teams", "team", &s->teams);
}

static void read_text(const json *o, const char *name, str *out)
{
    const json *j = json_get(o, str_from(name));
    if (json_is(j, JSON_STRING))
        *out = j->text;
}

static void read_map(const json *o, const char *name, const char *to, oidc_map *m)
{
    const json *list = json_get(o, str_from(name));
    for (const json *j = list ? list->first : NULL; j && m->count < OIDC_MAPPED; j = j->next) {
        oidc_mapped *row = &m->row[m->count++];
        read_text(j, "value", &row->value);
        read_text(j, to, &row->to);
    }
}

static void read_settings(const json *o, oidc_settings *s)
{
    str join = { 0 };
    s->on = json_is(json_get(o, STR("on")), JSON_TRUE);
    read_text(o, "issuer", &s->issuer);
    read_text(o, "client_id", &s->client);
    read_text(o, "scopes", &s->scopes);
    for (int i = 0; i < LANG_COUNT; i++)
        read_text(json_get(o, STR("button")), lang_name(i), &s->button[i]);
    read_text(o, "claim_login", &s->claim_login);
    read_text(o, "claim_email", &s->claim_email);
    read_text(o, "claim_name", &s->claim_name);
    read_text(o, "claim_team", &s->claim_team);
    read_text(o, "claim_role", &s->claim_role);
    read_text(o, "join_by", &join);
    (void)oidc_join_from(join, &s->join);
    s->make = json_is(json_get(o, STR("make_users")), JSON_TRUE);
    s->trust_second = json_is(json_get(o, STR("trust_second_step")), JSON_TRUE);
    (void)json_int64(json_get(o, STR("seconds")), &s->seconds);
    read_map(o, "roles", "role", &s->roles);
    read_map(o, "teams", "team", &s->teams);
}

static err read_kept(ctx *c, str *text)
{
    statement s;
    bool      row;
    *text = (str){ 0 };
    TRY(sql_open(c, STR("SELECT \"value\" FROM \"zk_setting\" WHERE \"name\"='oidc'"), &s));
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row && !db_null(s.s, 0))
        *text = arena_str(c->a, db_text(s.s, 0));
    sql_close(&s);
    return e;
}

err oidc_settings_read(ctx *c, oidc_settings *out)
{
    str        text;
    json      *o;
    json_fault fault;
    *out = (oidc_settings){ .scopes = STR("openid profile email"),
                            .claim_login = STR("preferred_username"),
                            .claim_email = STR("email"),
                            .claim_name = STR("name"),
                            .join = OIDC_JOIN_EMAIL,
                            .seconds = SECONDS };
    TRY(read_kept(c, &text));
    if (text.n && json_parse(c->a, text, &o, &fault) == ERR_OK)
        read_settings(o, out);
    return secret_look(c, SECRET, 0, &out->secret, NULL);
}

err oidc_settings_write(ctx *c, const oidc_settings *s, str secret)
{
    buf         b;
    json_writer w;
    if (secret.p)
        TRY(secret_put(c, SECRET, 0, secret));
    buf_init(&b, SETTINGS_BYTES);
    json_begin(&w, &b);
    json_object(&w);
    oidc_settings_put(&w, s);
    json_object_end(&w);
    err e = b.failed ? ERR_TOO_LARGE : setting_put(c, STR("oidc"), buf_str(&b));
    buf_free(&b);
    return e;
}

err oidc_secret(ctx *c, str *out)
{
    err e = secret_get(c, SECRET, 0, out);
    if (e == ERR_NOT_FOUND)
        *out = (str){ 0 };
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- sessions ---- */

static str bytes_of(const uint8_t hash[SECRET_HASH])
{
    return (str){ (const char *)hash, SECRET_HASH };
}

err oidc_session_mark(ctx *c, const uint8_t hash[SECRET_HASH], const oidc_session *m, bool spared)
{
    statement s;
    TRY(sql_open_secret(c,
                        STR("UPDATE \"zk_session\" SET \"issuer\"=$1,\"subject\"=$2,\"sid\"=$3,\"goodbye\"=$4,"
                            "\"enrol\"=CASE WHEN $5 THEN $6 ELSE \"enrol\" END WHERE \"token\"=$7"),
                        &s));
    sql_text(&s, m->issuer);
    sql_text(&s, m->subject);
    sql_text(&s, m->sid);
    sql_text(&s, m->goodbye);
    db_bind_bool(s.s, ++s.n, spared);
    db_bind_bool(s.s, ++s.n, false);
    db_bind_blob(s.s, ++s.n, bytes_of(hash));
    return sql_run(&s);
}

static str text_or_none(ctx *c, db_stmt *s, int column)
{
    return db_null(s, column) ? (str){ 0 } : arena_str(c->a, db_text(s, column));
}

static err read_mark(ctx *c, const char *table, const uint8_t hash[SECRET_HASH], oidc_session *out)
{
    statement s;
    bool      row;
    TRY(sql_open_secret(
        c,
        arena_printf(c->a,
                     "SELECT \"issuer\",\"subject\",\"sid\",\"goodbye\" FROM \"%s\" WHERE \"token\"=$1 AND "
                     "\"issuer\" IS NOT NULL",
                     table),
        &s));
    db_bind_blob(s.s, ++s.n, bytes_of(hash));
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row)
        *out = (oidc_session){ .issuer = text_or_none(c, s.s, 0),
                               .subject = text_or_none(c, s.s, 1),
                               .sid = text_or_none(c, s.s, 2),
                               .goodbye = text_or_none(c, s.s, 3) };
    sql_close(&s);
    return e == ERR_OK && !row ? ERR_NOT_FOUND : e;
}

err oidc_session_read(ctx *c, const uint8_t hash[SECRET_HASH], oidc_session *out)
{
    return read_mark(c, "zk_session", hash, out);
}

static err hand_on(ctx *c, const char *table, const uint8_t from[SECRET_HASH], const uint8_t to[SECRET_HASH])
{
    oidc_session m;
    err          e = read_mark(c, table, from, &m);
    return e == ERR_OK ? oidc_session_mark(c, to, &m, false) : e == ERR_NOT_FOUND ? ERR_OK : e;
}

err oidc_session_follow(ctx *c, const uint8_t before[SECRET_HASH], const uint8_t hash[SECRET_HASH])
{
    return hand_on(c, "zk_session", before, hash);
}

err oidc_session_from_half(ctx *c, const uint8_t half[SECRET_HASH], const uint8_t hash[SECRET_HASH])
{
    return hand_on(c, "zk_half", half, hash);
}

err oidc_half_mark(ctx *c, int64_t user, const oidc_session *m)
{
    statement s;
    TRY(sql_open_secret(c,
                        STR("UPDATE \"zk_half\" SET \"issuer\"=$1,\"subject\"=$2,\"sid\"=$3,\"goodbye\"=$4 WHERE "
                            "\"user_id\"=$5"),
                        &s));
    sql_text(&s, m->issuer);
    sql_text(&s, m->subject);
    sql_text(&s, m->sid);
    sql_text(&s, m->goodbye);
    sql_int(&s, user);
    return sql_run(&s);
}

static err end_some(ctx *c, str column, str issuer, str is, str also, int64_t *user, int64_t *count)
{
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    TRY(sql_open_secret(
        c,
        arena_printf(c->a, "DELETE FROM \"zk_session\" WHERE \"issuer\"=$1 AND \"%.*s\"=$2%s RETURNING \"user_id\"",
                     STR_ARG(column), also.n ? " AND \"subject\"=$3" : ""),
        &s));
    sql_text(&s, issuer);
    sql_text(&s, is);
    if (also.n)
        sql_text(&s, also);
    while ((e = sql_row(&s, &row)) == ERR_OK && row) {
        *user = db_int(s.s, 0);
        ++*count;
    }
    sql_close(&s);
    return e;
}

err oidc_sessions_end(ctx *c, str issuer, str subject, str sid, int64_t *count)
{
    int64_t user = 0;
    *count = 0;
    if (sid.n)
        TRY(end_some(c, STR("sid"), issuer, sid, subject, &user, count));
    else
        TRY(end_some(c, STR("subject"), issuer, subject, (str){ 0 }, &user, count));
    const audit_word words[] = { { .name = "count", .number = *count },
                                 { .name = "why", .text = STR("provider") },
                                 { 0 } };
    return *count ? audit_write(c, AUDIT_SESSION_ENDED, user, words) : ERR_OK;
}

/* ---- what holds once ---- */

err once(ctx *c, str deed, int64_t until_ms, bool *fresh)
{
    statement     s;
    sha256        h;
    unsigned char print[SHA256_BYTES];
    sha256_begin(&h);
    sha256_add(&h, deed.p, (size_t)deed.n);
    sha256_end(&h, print);
    TRY(sql_open_secret(c, STR("DELETE FROM \"zk_once\" WHERE \"until_at\"<=$1"), &s));
    sql_time(&s, c->now_ms);
    TRY(sql_run(&s));
    TRY(sql_open_secret(
        c,
        STR("INSERT INTO \"zk_once\"(\"what\",\"until_at\")VALUES($1,$2) ON CONFLICT(\"what\") DO NOTHING "
            "RETURNING \"until_at\""),
        &s));
    db_bind_blob(s.s, ++s.n, (str){ (const char *)print, sizeof print });
    sql_time(&s, until_ms);
    err e = sql_row(&s, fresh);
    sql_close(&s);
    return e;
}
