/* Signing in and out, and who one is. */
#include "api/session.h"

#include "api/gate.h"
#include "api/throttle.h"
#include "base/address.h"
#include "base/date.h"
#include "base/password.h"
#include "base/random.h"
#include "base/text.h"
#include "http/http.h"
#include "store/audit.h"
#include "store/kept.h"
#include "store/oidc.h"
#include "store/second.h"

enum { LOGIN_MAX = 200, CODE_MAX = 40, SESSION_DAYS = 30, DEVICE_DAYS = 400, NONCE_BYTES = 12 };

/* ---- cookies ---- */

#define SESSION_COOKIE "zhike_session"
#define HALF_COOKIE    "zhike_half"
#define DEVICE_COOKIE  "zhike_device"

static str cookie_text(call *k, const char *name, str v, const char *where, int64_t seconds)
{
    return arena_printf(k->r->a, "%s=%.*s; Path=%s; HttpOnly; Max-Age=%lld%s", name, (int)v.n, v.n ? v.p : "", where,
                        (long long)seconds, k->r->secure ? "; Secure" : "");
}

static void put_cookie(call *k, const char *name, str v, const char *where, int64_t seconds)
{
    http_reply_header(k->r, "Set-Cookie", cookie_text(k, name, v, where, seconds));
}

static int64_t idle_ms(const server *s, const sign_in_policy *p)
{
    int days = s->config.session_days > 0 ? s->config.session_days : SESSION_DAYS;
    return p->idle_hours > 0 ? p->idle_hours * INT64_C(3600000) : days * DAY_MS;
}

void session_cookie(call *k, const fresh_session *f)
{
    enum { BROWSER_DAYS = 400 }; /* the server decides when it ends; no browser keeps it longer */
    put_cookie(k, SESSION_COOKIE, f->secret, "/; SameSite=Lax", BROWSER_DAYS * DAY_MS / 1000);
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
    json_put_bool(w, "must_set_second_step", a->enrol);
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

/* ---- a session ---- */

err read_transaction(call *k, err (*read)(call *k, void *arg), void *arg)
{
    db_conn *conn;
    TRY(db_read_begin(k->s->d, DB_SLOW, &conn));
    k->c.conn = conn;
    err e = read(k, arg);
    k->c.conn = NULL;
    db_read_end(conn);
    return e;
}

void session_make(call *k, int64_t user, fresh_session *out)
{
    out->user = user;
    memcpy(out->before, k->secret, SECRET_HASH);
    secret_make(k->r->a, &out->secret, out->hash);
}

err session_write(ctx *c, const server *s, const fresh_session *f)
{
    sign_in_policy p;
    second_state   second;
    bool           must;
    TRY(policy_read(c, &p));
    TRY(second_required(c, f->user, &must));
    TRY(second_read(c, f->user, &second));
    session_new n = { .user = f->user,
                      .expires_at = c->now_ms + idle_ms(s, &p),
                      .ends_at = p.most_days ? c->now_ms + p.most_days * DAY_MS : 0,
                      .enrol = must && !second.active };
    TRY(access_session_add(c, &n, f->hash));
    return access_sweep(c);
}

err session_renew(ctx *c, const server *s, const fresh_session *f)
{
    TRY(session_write(c, s, f));
    return oidc_session_follow(c, f->before, f->hash);
}

static err read_session(call *k, void *arg)
{
    const fresh_session *f = arg;
    memcpy(k->secret, f->hash, SECRET_HASH);
    k->cookie = true;
    TRY(access_by_session(&k->c, k->secret, &k->who));
    k->c.actor = k->who.who;
    permit_roles(&k->c.actor, k->c.snap, k->who.roles);
    if (k->who.who.lang >= 0)
        k->c.lang = k->who.who.lang;
    k->c.zone = k->who.who.zone.n ? k->who.who.zone : k->c.snap->zone;
    return answer_me(k);
}

err session_answer(call *k, const fresh_session *f)
{
    session_cookie(k, f);
    return read_transaction(k, read_session, (void *)(uintptr_t)f);
}

/* ---- a device that is known ---- */

/* "nonce.signature" for one person: proof of an earlier sign-in from this browser, worth a count of its own (throttle.h) and
 * nothing else. */
static err device_mark(call *k, int64_t user, str nonce, str *mark)
{
    str hex;
    TRY(sign_text(&k->c, arena_printf(k->c.a, "device %lld %.*s", (long long)user, STR_ARG(nonce)), &hex));
    *mark = arena_printf(k->r->a, "%.*s.%.*s", STR_ARG(nonce), STR_ARG(hex));
    return ERR_OK;
}

static bool device_known(call *k, int64_t user)
{
    str       cookie = http_cookie(k->r, DEVICE_COOKIE), mark;
    ptrdiff_t dot = str_find_char(cookie, '.');
    return dot > 0 && dot < 40 && device_mark(k, user, str_sub(cookie, 0, dot), &mark) == ERR_OK &&
           equal_secret(mark, cookie);
}

static err put_device(call *k, void *arg)
{
    str mark;
    if (device_mark(k, *(int64_t *)arg, random_token(k->r->a, NONCE_BYTES), &mark) == ERR_OK)
        put_cookie(k, DEVICE_COOKIE, mark, "/api/v1/session; SameSite=Strict", DEVICE_DAYS * DAY_MS / 1000);
    return ERR_OK; /* without a key nothing can be signed: then every device is a stranger */
}

/* ---- signing in ---- */

typedef enum { STEP_IN, STEP_NEEDS_CODE, STEP_WRONG_CODE } step_result;

typedef struct {
    call         *k;
    str           login, code;
    int64_t       user;
    str           stored, fresh; /* fresh: the password at today's cost, empty: as it was */
    attempt       by;
    bool          half; /* comes from a half session */
    step_result   result;
    fresh_session session;
    str           half_secret;
    uint8_t       half_hash[SECRET_HASH];
} sign_in;

/* Unknown or wrong must cost alike, so the same is asked of nobody (user 0). */
static err find_account(call *k, void *arg)
{
    sign_in *s = arg;
    bool     near = false;
    err      e = access_find(&k->c, s->login, &s->user);
    if (e != ERR_NOT_FOUND)
        TRY(e);
    e = access_password(&k->c, s->user, &s->stored);
    if (e != ERR_NOT_FOUND)
        TRY(e);
    TRY(access_session_from(&k->c, s->user, k->r->client, &near));
    if (device_known(k, s->user))
        s->by.known = STR("device");
    else if (near)
        s->by.known = k->r->client;
    if (e == ERR_NOT_FOUND) /* nobody, or one without a password: takes as long as a wrong one */
        s->user = 0;
    if (s->user)
        s->by.account = arena_printf(k->r->a, "#%lld", (long long)s->user); /* by whichever of the three names */
    return ERR_OK;
}

static err write_refused(ctx *c, void *arg)
{
    const sign_in   *s = arg;
    const audit_word words[] = { { .name = "login", .text = s->login },
                                 { .name = "why", .text = STR("password") },
                                 { 0 } };
    return audit_write(c, AUDIT_SIGN_IN_REFUSED, s->user, words);
}

static err refuse_wait(call *k, int seconds)
{
    k->retry_after = seconds;
    return ctx_refuse(&k->c, ERR_TOO_MANY, STR("sign_in_wait"), arena_printf(k->c.a, "%d", seconds));
}

static err refuse_half(call *k, str secret)
{
    k->refused_cookie = cookie_text(k, HALF_COOKIE, secret, "/api/v1/session; SameSite=Strict", HALF_MINUTES * 60);
    return ctx_refuse(&k->c, ERR_SIGN_IN, STR("second_factor"), (str){ 0 });
}

/* The second step, where there is one. */
static err take_code(ctx *c, sign_in *s)
{
    second_state second;
    bool         right, recovery;
    TRY(second_read(c, s->user, &second));
    s->result = STEP_IN;
    if (!second.active)
        return ERR_OK;
    if (s->code.n == 0) {
        s->result = STEP_NEEDS_CODE;
        return half_add(c, s->user, s->half_hash);
    }
    TRY(second_check(c, s->user, s->code, &right, &recovery));
    if (!right) {
        s->result = STEP_WRONG_CODE;
        if (s->half)
            TRY(half_failed(c, s->half_hash));
        return audit_write(c, AUDIT_TOTP_REFUSED, s->user, NULL);
    }
    const audit_word left[] = { { .name = "left", .number = second.recovery_left - 1 }, { 0 } };
    return recovery ? audit_write(c, AUDIT_RECOVERY_USED, s->user, left) : ERR_OK;
}

static err write_sign_in(ctx *c, void *arg)
{
    sign_in *s = arg;
    c->actor.user = 0;
    if (s->half)
        TRY(half_find(c, s->half_hash, &s->user));
    TRY(take_code(c, s));
    if (s->result != STEP_IN)
        return ERR_OK;
    if (s->fresh.n)
        TRY(access_password_set(c, s->user, s->fresh, false));
    str old = http_cookie(s->k->r, SESSION_COOKIE);
    if (old.n) { /* what this browser had before ends: no two secrets of one browser live on */
        uint8_t hash[SECRET_HASH];
        secret_hash(old, hash);
        TRY(access_session_end(c, hash));
    }
    s->session.user = s->user;
    TRY(session_write(c, s->k->s, &s->session));
    if (s->half) {
        TRY(oidc_session_from_half(c, s->half_hash, s->session.hash));
        TRY(half_end(c, s->user));
    }
    return audit_write(c, AUDIT_SIGN_IN, s->user, NULL);
}

/* The code has a count of its own: who knows the password does not buy guesses with it. */
static attempt code_attempt(call *k, const sign_in *s)
{
    attempt by = s->by;
    by.account = arena_printf(k->r->a, "code #%lld", (long long)s->user);
    by.net = (str){ 0 };
    return by;
}

static err finish_sign_in(call *k, sign_in *s)
{
    bool    counted = s->code.n > 0;
    attempt by = code_attempt(k, s);
    if (counted) {
        int wait = throttle_enter(k->s->throttle, &by, k->c.now_ms);
        if (wait > 0)
            return refuse_wait(k, wait);
    }
    session_make(k, s->user, &s->session);
    if (!s->half)
        secret_make(k->r->a, &s->half_secret, s->half_hash);
    TRY(store_write(&k->c, write_sign_in, s));
    if (s->result == STEP_NEEDS_CODE) {
        return refuse_half(k, s->half_secret);
    }
    if (s->result == STEP_WRONG_CODE)
        return ctx_refuse(&k->c, ERR_SIGN_IN, STR("wrong_code"), (str){ 0 });
    if (counted)
        throttle_passed(k->s->throttle, &by);
    TRY(read_transaction(k, put_device, &s->user));
    if (s->half)
        put_cookie(k, HALF_COOKIE, (str){ 0 }, "/api/v1/session; SameSite=Strict", 0);
    return session_answer(k, &s->session);
}

err session_start(call *k)
{
    static const char *const names[] = { "login", "password", "code", NULL };
    sign_in                  s = { .k = k };
    bool                     right;
    s.login = text_lower(k->r->a, str_trim(body_text(k, "login", true, LOGIN_MAX)));
    str password = body_text(k, "password", true, PASSWORD_BYTES_MAX);
    s.code = str_trim(body_text(k, "code", false, CODE_MAX));
    TRY(body_check(k, names));
    s.by = (attempt){ .account = s.login, .net = address_net(k->r->a, k->r->client) };
    TRY(read_transaction(k, find_account, &s));
    int wait = throttle_enter(k->s->throttle, &s.by, k->c.now_ms);
    if (wait > 0)
        return refuse_wait(k, wait);
    TRY(gate_verify(k->s->gate, s.stored, password, &right));
    if (!right || !s.user) {
        TRY(store_write(&k->c, write_refused, &s));
        return ctx_refuse(&k->c, ERR_SIGN_IN, STR("wrong_password"), (str){ 0 });
    }
    throttle_passed(k->s->throttle, &s.by);
    if (password_is_outdated(s.stored))
        TRY(gate_hash(k->s->gate, k->r->a, password, &s.fresh));
    return finish_sign_in(k, &s);
}

static err find_half(call *k, void *arg)
{
    sign_in *s = arg;
    TRY(half_find(&k->c, s->half_hash, &s->user));
    if (device_known(k, s->user))
        s->by.known = STR("device");
    return ERR_OK;
}

/* The second step by itself, with what the first one left. */
err session_code(call *k)
{
    static const char *const names[] = { "code", NULL };
    sign_in                  s = { .k = k, .half = true };
    str                      cookie = http_cookie(k->r, HALF_COOKIE);
    s.code = str_trim(body_text(k, "code", true, CODE_MAX));
    TRY(body_check(k, names));
    if (s.code.n == 0)
        return ctx_problem(&k->c, "code", STR("required"));
    secret_hash(cookie, s.half_hash);
    err e = cookie.n ? read_transaction(k, find_half, &s) : ERR_NOT_FOUND;
    if (e == ERR_OK)
        e = finish_sign_in(k, &s);
    return e == ERR_NOT_FOUND ? ctx_refuse(&k->c, ERR_SIGN_IN, STR("half_over"), (str){ 0 }) : e;
}

static err write_half(ctx *c, void *arg)
{
    sign_in *s = arg;
    return half_add(c, s->user, s->half_hash);
}

err session_half(call *k, int64_t user)
{
    sign_in s = { .k = k, .user = user };
    secret_make(k->r->a, &s.half_secret, s.half_hash);
    TRY(store_write(&k->c, write_half, &s));
    return refuse_half(k, s.half_secret);
}

err session_end(call *k)
{
    if (!k->cookie)
        return ERR_NOT_FOUND; /* a token has no session; DELETE /tokens/ID ends it */
    TRY(access_session_end(&k->c, k->secret));
    TRY(audit_write(&k->c, AUDIT_SIGN_OUT, k->c.actor.user, NULL));
    put_cookie(k, SESSION_COOKIE, (str){ 0 }, "/; SameSite=Lax", 0);
    return ERR_OK;
}

/* ---- it lives on ---- */

typedef struct {
    const server *s;
    db           *d;
    arena        *a;
    uint8_t       hash[SECRET_HASH];
    bool          cookie;
    int64_t       now_ms;
    str           address;
} touch;

static err touch_work(db_conn *conn, void *arg)
{
    touch         *t = arg;
    sign_in_policy p;
    ctx            c = { .a = t->a, .db = t->d, .conn = conn, .now_ms = t->now_ms };
    if (!t->cookie)
        return access_token_seen(&c, t->hash, t->address);
    TRY(policy_read(&c, &p));
    return access_session_seen(&c, t->hash, idle_ms(t->s, &p));
}

static void touch_done(void *arg, err result)
{
    touch *t = arg;
    (void)result; /* the next time tries again */
    arena_free(t->a);
}

/* An hour, or an eighth of what it has to live, where that is less. */
static int64_t rest_of(const access_row *a)
{
    enum { HOUR_MS = 3600000, TOKEN_MS = 300000 };
    int64_t life = (a->expires_at - a->seen_at) / 8;
    return a->token ? TOKEN_MS : life < HOUR_MS ? life : HOUR_MS;
}

void session_touch(const call *k)
{
    const access_row *w = &k->who;
    if (!w->who.user || (k->cookie && !w->seen_at) || k->c.now_ms - w->seen_at < rest_of(w))
        return;
    arena *a = arena_new();
    touch *t = arena_make(a, touch);
    *t = (touch){ .s = k->s,
                  .d = k->s->d,
                  .a = a,
                  .cookie = k->cookie,
                  .now_ms = k->c.now_ms,
                  .address = arena_str(a, k->r->client) };
    memcpy(t->hash, k->secret, SECRET_HASH);
    if (db_submit(k->s->d, touch_work, t, touch_done) != ERR_OK)
        arena_free(a);
}
