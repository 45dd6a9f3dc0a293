#include "api/session.h"

#include "api/settings.h"
#include "api/throttle.h"
#include "base/date.h"
#include "base/password.h"
#include "base/text.h"
#include "http/http.h"
#include "store/changes.h"

enum { GATE = 2, PASSWORD_MIN = 8, LOGIN_MAX = 200, SESSION_DAYS = 30 };

/* ---- few password checks at once ---- */

static void gate_enter(server *s)
{
    pthread_mutex_lock(&s->gate_lock);
    while (s->gate_taken >= GATE)
        pthread_cond_wait(&s->gate_free, &s->gate_lock);
    s->gate_taken++;
    pthread_mutex_unlock(&s->gate_lock);
}

static void gate_leave(server *s)
{
    pthread_mutex_lock(&s->gate_lock);
    s->gate_taken--;
    pthread_cond_signal(&s->gate_free);
    pthread_mutex_unlock(&s->gate_lock);
}

static bool check_password(server *s, str stored, str password)
{
    gate_enter(s);
    bool right = password_verify(stored, password);
    gate_leave(s);
    return right;
}

static err make_password(server *s, arena *a, str password, str *stored)
{
    gate_enter(s);
    err e = password_hash(a, password, stored);
    gate_leave(s);
    return e;
}

/* ---- the cookie ---- */

static int64_t session_ms(const server *s)
{
    int days = s->config.session_days > 0 ? s->config.session_days : SESSION_DAYS;
    return days * DAY_MS;
}

static void put_cookie(call *k, str secret, int64_t seconds)
{
    str text = arena_printf(k->r->a, "zhike_session=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s",
                            secret.n ? secret.p : "", (long long)seconds, k->r->secure ? "; Secure" : "");
    http_reply_header(k->r, "Set-Cookie", text);
}

/* ---- who ---- */

static void put_me(call *k, str team_name)
{
    const access_row *a = &k->who;
    json_writer      *w = &k->w;
    json_object(w);
    json_put_id(w, "id", a->who.user);
    json_put_string(w, "name", a->who.name);
    put_text(w, "login", a->login);
    put_text(w, "email", a->email);
    json_put_string(w, "role", permit_role_key(&k->c.actor, k->c.snap));
    put_ref(w, "team", a->who.team, team_name);
    json_put_string(w, "language", str_from(lang_name(k->c.lang)));
    json_put_string(w, "zone", k->c.zone);
    json_put_bool(w, "must_change_password", a->must_change);
    json_key(w, STR("session"));
    json_object(w);
    json_put_string(w, "kind", k->cookie ? STR("cookie") : STR("token"));
    put_time(w, "since", a->session_since);
    put_time(w, "expires_at", a->expires_at);
    json_object_end(w);
    json_object_end(w);
}

static err answer_me(call *k)
{
    const entity *team = snapshot_entity(k->c.snap, STR("team"));
    rec          *r;
    str           name = { 0 };
    if (team && k->who.who.team && store_load_any(&k->c, team, k->who.who.team, &r) == ERR_OK)
        name = rec_text(r, (size_t)team->title);
    put_me(k, name);
    return ERR_OK;
}

err me_get(call *k)
{
    return answer_me(k);
}

/* One's own language and zone are everybody's to set, though a user belongs to the administrator. */
err me_update(call *k)
{
    static const char *const names[] = { "language", "zone", "name", "email", NULL };
    const entity            *user = snapshot_entity(k->c.snap, STR("user"));
    rec                     *r;
    TRY(body_check(k, names));
    TRY(store_load(&k->c, user, k->c.actor.user, &r));
    role_kind mine = k->c.actor.role;
    k->c.actor.role = ROLE_ADMINISTRATOR;
    err    e = store_patch(&k->c, r, k->in);
    size_t bad = k->c.problem_count;
    if (e == ERR_OK || e == ERR_INVALID)
        e = store_save(&k->c, r, 0);
    k->c.actor.role = mine;
    TRY(e);
    if (bad)
        return ERR_INVALID;
    TRY(k->cookie ? access_by_session(&k->c, k->secret, &k->who) : access_by_token(&k->c, k->secret, &k->who));
    if (k->who.who.lang >= 0)
        k->c.lang = k->who.who.lang;
    k->c.zone = k->who.who.zone.n ? k->who.who.zone : k->c.snap->zone;
    return answer_me(k);
}

/* ---- signing in ---- */

typedef struct {
    call   *k;
    int64_t user;
    str     stored, fresh; /* fresh: the password at today's cost, empty: as it was */
    str     secret;
    uint8_t hash[SECRET_HASH];
} sign_in;

static err read_transaction(call *k, err (*read)(call *k, void *arg), void *arg)
{
    db_conn *conn;
    TRY(db_read_begin(k->s->d, DB_SLOW, &conn));
    k->c.conn = conn;
    err e = read(k, arg);
    k->c.conn = NULL;
    db_read_end(conn);
    return e;
}

static err find_account(call *k, void *arg)
{
    sign_in *s = arg;
    str      login = body_text(k, "login", true, LOGIN_MAX);
    err      e = access_find(&k->c, login, &s->user);
    if (e == ERR_OK)
        e = access_password(&k->c, s->user, &s->stored);
    if (e == ERR_NOT_FOUND) { /* nobody, or one without a password: takes as long as a wrong one */
        s->user = 0;
        s->stored = (str){ 0 };
        return ERR_OK;
    }
    return e;
}

static err open_session(ctx *c, void *arg)
{
    sign_in *s = arg;
    call    *k = s->k;
    if (s->fresh.n)
        TRY(access_password_set(c, s->user, s->fresh, false));
    TRY(access_session_add(c, s->user, s->hash, c->now_ms + session_ms(k->s), k->r->client,
                           http_header(k->r, "User-Agent")));
    return access_sweep(c);
}

static err read_session(call *k, void *arg)
{
    sign_in *s = arg;
    memcpy(k->secret, s->hash, SECRET_HASH);
    k->cookie = true;
    TRY(access_by_session(&k->c, k->secret, &k->who));
    k->c.actor = k->who.who;
    if (k->who.who.lang >= 0)
        k->c.lang = k->who.who.lang;
    k->c.zone = k->who.who.zone.n ? k->who.who.zone : k->c.snap->zone;
    return answer_me(k);
}

err session_start(call *k)
{
    static const char *const names[] = { "login", "password", "code", NULL };
    sign_in                  s = { .k = k };
    str                      login = text_lower(k->c.a, str_trim(body_text(k, "login", true, LOGIN_MAX)));
    str                      password = body_text(k, "password", true, PASSWORD_BYTES_MAX);
    TRY(body_check(k, names));
    int wait = throttle_wait(k->s->throttle, login, k->r->client, k->c.now_ms);
    if (wait > 0) {
        k->retry_after = wait;
        return ctx_refuse(&k->c, ERR_TOO_MANY, STR("sign_in_wait"), arena_printf(k->c.a, "%d", wait));
    }
    TRY(read_transaction(k, find_account, &s));
    if (!check_password(k->s, s.stored, password) || !s.user) {
        throttle_failed(k->s->throttle, login, k->r->client, k->c.now_ms);
        return ctx_refuse(&k->c, ERR_SIGN_IN, STR("wrong_password"), (str){ 0 });
    }
    throttle_passed(k->s->throttle, login);
    secret_make(k->r->a, &s.secret, s.hash);
    TRY(store_write(&k->c, open_session, &s));
    put_cookie(k, s.secret, session_ms(k->s) / 1000);
    return read_transaction(k, read_session, &s);
}

err session_end(call *k)
{
    if (!k->cookie)
        return ERR_NOT_FOUND; /* a token has no session; DELETE /tokens/ID ends it */
    TRY(access_session_end(&k->c, k->secret));
    put_cookie(k, (str){ 0 }, 0);
    return ERR_OK;
}

typedef struct {
    db     *d;
    arena  *a;
    uint8_t hash[SECRET_HASH];
    int64_t now_ms, expires_at;
} touch;

static err touch_work(db_conn *conn, void *arg)
{
    touch *t = arg;
    ctx    c = { .a = t->a, .db = t->d, .conn = conn, .now_ms = t->now_ms };
    return access_session_seen(&c, t->hash, t->expires_at);
}

static void touch_done(void *arg, err result)
{
    touch *t = arg;
    (void)result; /* the next hour tries again */
    arena_free(t->a);
}

void session_touch(const call *k)
{
    enum { HOUR_MS = 3600000 };
    if (!k->cookie || !k->who.seen_at || k->c.now_ms - k->who.seen_at < HOUR_MS)
        return;
    arena *a = arena_new();
    touch *t = arena_make(a, touch);
    *t = (touch){ .d = k->s->d, .a = a, .now_ms = k->c.now_ms, .expires_at = k->c.now_ms + session_ms(k->s) };
    memcpy(t->hash, k->secret, SECRET_HASH);
    if (db_submit(k->s->d, touch_work, t, touch_done) != ERR_OK)
        arena_free(a);
}

/* ---- passwords ---- */

typedef struct {
    int64_t        user;
    str            stored;
    bool           must_change;
    const uint8_t *but; /* the session that stays */
} new_password;

static err read_stored(call *k, void *arg)
{
    new_password *p = arg;
    return access_password(&k->c, p->user, &p->stored);
}

static err write_password(ctx *c, void *arg)
{
    new_password *p = arg;
    TRY(access_password_set(c, p->user, p->stored, p->must_change));
    TRY(changes_note(c, "access", p->user, STR("password"), "update", (str){ 0 }, (str){ 0 }));
    return access_sessions_end(c, p->user, p->but);
}

static str wanted_password(call *k, const char *name)
{
    str password = body_text(k, name, true, PASSWORD_BYTES_MAX / 4);
    if (password.n > 0 && utf8_length(password) < PASSWORD_MIN)
        (void)ctx_problem_with(&k->c, str_from(name), STR("too_short"), STR("8"));
    return password;
}

err me_password(call *k)
{
    static const char *const names[] = { "current", "new", NULL };
    new_password             p = { .user = k->c.actor.user, .but = k->cookie ? k->secret : NULL };
    str current = body_text(k, "current", true, PASSWORD_BYTES_MAX), wanted = wanted_password(k, "new");
    TRY(body_check(k, names));
    str account = arena_printf(k->c.a, "#%lld", (long long)p.user);
    int wait = throttle_wait(k->s->throttle, account, k->r->client, k->c.now_ms);
    if (wait > 0) {
        k->retry_after = wait;
        return ctx_refuse(&k->c, ERR_TOO_MANY, STR("sign_in_wait"), arena_printf(k->c.a, "%d", wait));
    }
    err e = read_transaction(k, read_stored, &p);
    if (e != ERR_NOT_FOUND)
        TRY(e);
    if (!check_password(k->s, p.stored, current)) {
        throttle_failed(k->s->throttle, account, k->r->client, k->c.now_ms);
        return ctx_problem(&k->c, "current", STR("wrong_current_password"));
    }
    throttle_passed(k->s->throttle, account);
    if (str_eq(current, wanted))
        return ctx_problem(&k->c, "new", STR("same_password"));
    TRY(make_password(k->s, k->r->a, wanted, &p.stored));
    return store_write(&k->c, write_password, &p);
}

static err user_exists(call *k, void *arg)
{
    rec *r;
    (void)arg;
    return store_load(&k->c, snapshot_entity(k->c.snap, STR("user")), k->id, &r);
}

/* By an administrator: to be changed at the next sign-in unless told otherwise. */
err user_password(call *k)
{
    static const char *const names[] = { "password", "keep", NULL };
    new_password             p = { .user = k->id };
    str                      wanted = wanted_password(k, "password");
    p.must_change = !body_bool(k, "keep");
    TRY(body_check(k, names));
    TRY(read_transaction(k, user_exists, NULL));
    TRY(make_password(k->s, k->r->a, wanted, &p.stored));
    return store_write(&k->c, write_password, &p);
}

/* ---- tokens ---- */

static void put_token(json_writer *w, const token_row *t, str secret)
{
    json_object(w);
    json_put_id(w, "id", t->id);
    json_put_string(w, "name", t->name);
    put_ref(w, "user", t->user, t->user_name);
    put_time(w, "created_at", t->created_at);
    put_time(w, "expires_at", t->expires_at);
    if (secret.n)
        json_put_string(w, "token", secret);
    json_object_end(w);
}

err tokens_get(call *k)
{
    token_row *list;
    size_t     n;
    bool       all = false;
    TRY(param_bool(k, "all", &all));
    if (all && !permit_is_admin(&k->c.actor))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    TRY(access_tokens(&k->c, all ? 0 : k->c.actor.user, &list, &n));
    json_object(&k->w);
    json_key(&k->w, STR("tokens"));
    json_array(&k->w);
    for (size_t i = 0; i < n; i++)
        put_token(&k->w, &list[i], (str){ 0 });
    json_array_end(&k->w);
    json_object_end(&k->w);
    return ERR_OK;
}

err token_create(call *k)
{
    static const char *const names[] = { "name", "expires_at", NULL };
    token_row                t = { .user = k->c.actor.user, .created_at = k->c.now_ms, .user_name = k->c.actor.name };
    uint8_t                  hash[SECRET_HASH];
    str                      secret;
    t.name = body_text(k, "name", true, 100);
    str expires = body_text(k, "expires_at", false, 40);
    if (expires.n && (!time_parse_rfc3339(expires, &t.expires_at) || t.expires_at <= k->c.now_ms))
        (void)ctx_problem(&k->c, "expires_at", STR("not_in_the_future"));
    TRY(body_check(k, names));
    secret_make(k->c.a, &secret, hash);
    TRY(access_token_add(&k->c, t.user, t.name, hash, t.expires_at, &t.id));
    TRY(changes_note(&k->c, "access", t.user, STR("token"), "create", (str){ 0 }, (str){ 0 }));
    put_token(&k->w, &t, secret);
    k->location = arena_printf(k->c.a, "/api/v1/tokens/%lld", (long long)t.id);
    return ERR_OK;
}

err token_delete(call *k)
{
    TRY(access_token_end(&k->c, permit_is_admin(&k->c.actor) ? 0 : k->c.actor.user, k->id));
    return changes_note(&k->c, "access", k->c.actor.user, STR("token"), "delete", (str){ 0 }, (str){ 0 });
}

/* ---- whose sessions are open ---- */

static err whose(call *k, int64_t *user)
{
    *user = k->c.actor.user;
    TRY(param_int(k, "user", 1, INT64_MAX, user));
    if (*user != k->c.actor.user && !permit_is_admin(&k->c.actor))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    return ERR_OK;
}

static void put_session(const call *k, json_writer *w, const session_row *s)
{
    json_object(w);
    json_put_id(w, "id", s->id);
    json_put_bool(w, "current", k->cookie && memcmp(s->hash, k->secret, SECRET_HASH) == 0);
    put_time(w, "created_at", s->created_at);
    put_time(w, "seen_at", s->seen_at);
    put_time(w, "expires_at", s->expires_at);
    put_text(w, "agent", s->agent);
    put_text(w, "address", s->address);
    json_object_end(w);
}

err sessions_get(call *k)
{
    int64_t      user;
    session_row *list;
    size_t       n;
    TRY(whose(k, &user));
    TRY(access_sessions(&k->c, user, &list, &n));
    json_object(&k->w);
    json_key(&k->w, STR("sessions"));
    json_array(&k->w);
    for (size_t i = 0; i < n; i++)
        put_session(k, &k->w, &list[i]);
    json_array_end(&k->w);
    json_object_end(&k->w);
    return ERR_OK;
}

err session_delete(call *k)
{
    int64_t      user;
    session_row *list;
    size_t       n;
    TRY(whose(k, &user));
    TRY(access_sessions(&k->c, user, &list, &n));
    for (size_t i = 0; i < n; i++)
        if (list[i].id == k->id) {
            TRY(changes_note(&k->c, "access", user, STR("session"), "delete", (str){ 0 }, (str){ 0 }));
            return access_session_end(&k->c, list[i].hash);
        }
    return ERR_NOT_FOUND;
}

/* ---- invitations ---- */

enum { INVITE_DAYS = 7 };

/* A person who is disabled must be let in again first: an invitation is no way around that. */
err invite_create(call *k)
{
    const entity *e = snapshot_entity(k->c.snap, STR("user"));
    uint8_t       hash[SECRET_HASH];
    int64_t       until = k->c.now_ms + INVITE_DAYS * DAY_MS;
    str           secret;
    rec          *r;
    TRY(store_load(&k->c, e, k->id, &r));
    if (str_eq(rec_text(r, (size_t)entity_field(e, STR("state"))->index), STR("disabled")))
        return ctx_refuse(&k->c, ERR_CONFLICT, STR("person_disabled"), (str){ 0 });
    secret_make(k->c.a, &secret, hash);
    TRY(access_invite(&k->c, k->id, hash, until));
    TRY(changes_note(&k->c, "access", k->id, STR("invite"), "create", (str){ 0 }, (str){ 0 }));
    json_object(&k->w);
    json_put_string(&k->w, "token", secret);
    json_put_string(&k->w, "link", arena_printf(k->c.a, "/join?token=%.*s", STR_ARG(secret)));
    put_time(&k->w, "expires_at", until);
    json_object_end(&k->w);
    return ERR_OK;
}

static err load_invited(call *k, str secret, rec **out)
{
    uint8_t hash[SECRET_HASH];
    int64_t user;
    secret_hash(secret, hash);
    TRY(access_invited(&k->c, hash, &user));
    return store_load_any(&k->c, snapshot_entity(k->c.snap, STR("user")), user, out);
}

err join_get(call *k)
{
    const entity *e = snapshot_entity(k->c.snap, STR("user"));
    str           secret = { 0 };
    rec          *r;
    if (!param_text(k, "token", &secret))
        return ERR_NOT_FOUND;
    TRY(load_invited(k, secret, &r));
    json_object(&k->w);
    json_put_string(&k->w, "name", rec_text(r, (size_t)e->title));
    put_text(&k->w, "login", rec_text(r, (size_t)entity_field(e, STR("login"))->index));
    put_text(&k->w, "email", rec_text(r, (size_t)entity_field(e, STR("email"))->index));
    put_text(&k->w, "language", rec_text(r, (size_t)entity_field(e, STR("language"))->index));
    put_text(&k->w, "organisation", k->c.snap->org_name);
    json_object_end(&k->w);
    return ERR_OK;
}

typedef struct {
    sign_in s;
    str     token;
} joining;

/* The link holds once: whoever comes second finds it gone. */
static err write_join(ctx *c, void *arg)
{
    joining      *j = arg;
    const entity *e = snapshot_entity(c->snap, STR("user"));
    const field  *state = entity_field(e, STR("state"));
    uint8_t       hash[SECRET_HASH];
    rec          *r;
    secret_hash(j->token, hash);
    TRY(access_invited(c, hash, &j->s.user));
    TRY(store_load_any(c, e, j->s.user, &r));
    if (str_eq(rec_text(r, (size_t)state->index), STR("invited"))) {
        TRY(store_set_text(c, r, state, STR("active")));
        TRY(store_save(c, r, 0));
    }
    TRY(access_password_set(c, j->s.user, j->s.stored, false));
    TRY(access_sessions_end(c, j->s.user, NULL));
    TRY(access_invite_end(c, j->s.user));
    return open_session(c, &j->s);
}

static err known_invitation(call *k, void *arg)
{
    rec *r;
    return load_invited(k, ((joining *)arg)->token, &r);
}

/* Chooses the first password and is signed in. */
err join_post(call *k)
{
    static const char *const names[] = { "token", "password", NULL };
    joining                  j = { .s = { .k = k } };
    j.token = body_text(k, "token", true, LOGIN_MAX);
    str password = wanted_password(k, "password");
    TRY(body_check(k, names));
    TRY(read_transaction(k, known_invitation, &j));
    TRY(make_password(k->s, k->r->a, password, &j.s.stored));
    secret_make(k->r->a, &j.s.secret, j.s.hash);
    TRY(store_write(&k->c, write_join, &j));
    TRY(server_tables_refresh(k->s, k->c.snap->version));
    put_cookie(k, j.s.secret, session_ms(k->s) / 1000);
    return read_transaction(k, read_session, &j.s);
}
