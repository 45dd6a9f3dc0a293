/* Links by which a person chooses a password, once: an invitation, or another one in place of what was forgotten. The secret
 * stands behind the # of the address, which no browser sends to a server, and comes in the body of a request. */
#include "api/gate.h"
#include "api/session.h"
#include "api/throttle.h"
#include "base/address.h"
#include "base/date.h"
#include "base/text.h"
#include "post/mail.h"
#include "store/audit.h"
#include "store/changes.h"
#include "store/second.h"

enum { INVITE_DAYS = 3, RESET_MINUTES = 60, TOKEN_MAX = 200, LOGIN_MAX = 200 };

static str user_text(const rec *r, const char *name)
{
    return rec_text(r, (size_t)entity_field(r->e, str_from(name))->index);
}

/* ---- made by an administrator ---- */

static err refuse_disabled(call *k, const rec *r)
{
    return str_eq(user_text(r, "state"), STR("disabled"))
               ? ctx_refuse(&k->c, ERR_CONFLICT, STR("person_disabled"), (str){ 0 })
               : ERR_OK;
}

static int lang_of(const ctx *c, const rec *r)
{
    str language = user_text(r, "language");
    return language.n ? lang_from(language) : c->snap->organisation_lang;
}

static err mail_link(ctx *c, const rec *r, mail_template what, str path, int64_t until)
{
    mail_settings m;
    TRY(mail_settings_read(c, &m));
    mail_letter letter = { .what = what,
                           .to = user_text(r, "email"),
                           .lang = lang_of(c, r),
                           .user = r->id,
                           .name = rec_text(r, (size_t)r->e->title),
                           .link = arena_printf(c->a, "%.*s%.*s", STR_ARG(m.url), STR_ARG(path)),
                           .until_ms = until };
    return mail_put(c, &m, &letter);
}

static err make_link(ctx *c, int64_t user, bool reset, str *path, int64_t *until)
{
    uint8_t hash[SECRET_HASH];
    str     secret;
    *until = c->now_ms + (reset ? RESET_MINUTES * INT64_C(60000) : INVITE_DAYS * DAY_MS);
    secret_make(c->a, &secret, hash);
    TRY(access_invite(c, user, hash, *until, reset));
    *path = arena_printf(c->a, "/join#%.*s", STR_ARG(secret));
    return ERR_OK;
}

/* With `send` it goes by mail and is shown to nobody. */
static err create_link(call *k, bool reset)
{
    static const char *const names[] = { "send", NULL };
    int64_t                  until;
    str                      path;
    rec                     *r;
    bool                     send = k->in && body_bool(k, "send");
    if (k->in)
        TRY(body_check(k, names));
    TRY(store_load(&k->c, snapshot_entity(k->c.snap, STR("user")), k->id, &r));
    TRY(refuse_disabled(k, r));
    TRY(make_link(&k->c, k->id, reset, &path, &until));
    if (send)
        TRY(mail_link(&k->c, r, reset ? MAIL_RESET : MAIL_INVITE, path, until));
    TRY(changes_note(&k->c, "access", k->id, reset ? STR("reset") : STR("invite"), "create", (str){ 0 }, (str){ 0 }));
    TRY(audit_write(&k->c, reset ? AUDIT_RESET_LINK : AUDIT_INVITED, k->id, NULL));
    json_object(&k->w);
    json_put_bool(&k->w, "sent", send);
    put_text(&k->w, "link", send ? (str){ 0 } : path);
    put_time(&k->w, "expires_at", until);
    json_object_end(&k->w);
    return ERR_OK;
}

/* A person who is disabled must be let in again first: an invitation is no way around that. */
err invite_create(call *k)
{
    return create_link(k, false);
}

err reset_create(call *k)
{
    return create_link(k, true);
}

/* ---- asked for by oneself ---- */

typedef struct {
    const server *s;
    arena        *a;
    snapshot     *snap;
    str           login, address, agent;
    int64_t       now_ms;
} forgotten;

static err send_reset(ctx *c, void *arg)
{
    const forgotten *f = arg;
    int64_t          user, until;
    str              path;
    rec             *r;
    mail_settings    m;
    err              e = access_find(c, f->login, &user);
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    TRY(e);
    TRY(audit_write(c, AUDIT_RESET_ASKED, user, NULL));
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("user")), user, &r));
    TRY(mail_settings_read(c, &m));
    if (!m.on || user_text(r, "email").n == 0)
        return ERR_OK;
    TRY(make_link(c, user, true, &path, &until));
    return mail_link(c, r, MAIL_RESET, path, until);
}

static err forgotten_work(db_conn *conn, void *arg)
{
    forgotten *f = arg;
    ctx        c = { .a = f->a,
                     .db = f->s->d,
                     .snap = f->snap,
                     .now_ms = f->now_ms,
                     .zone = f->snap->zone,
                     .lang = f->snap->organisation_lang,
                     .address = f->address,
                     .agent = f->agent,
                     .position = -1 };
    TRY(store_begin(&c, conn));
    TRY(send_reset(&c, f));
    return store_finish(&c);
}

static void forgotten_done(void *arg, err result)
{
    forgotten *f = arg;
    (void)result; /* who waits in vain asks again */
    server_woken((server *)(uintptr_t)f->s);
    snapshot_unpin(f->snap);
    arena_free(f->a);
}

/* The answer is the same whoever that is, and stands before anything was looked up. */
err forgot_post(call *k)
{
    static const char *const names[] = { "login", NULL };
    str                      login = text_lower(k->r->a, str_trim(body_text(k, "login", true, LOGIN_MAX)));
    TRY(body_check(k, names));
    attempt by = { .account = arena_printf(k->r->a, "forgot %.*s", STR_ARG(login)),
                   .net = address_net(k->r->a, k->r->client) };
    int     wait = throttle_enter(k->s->throttle, &by, k->c.now_ms);
    if (wait > 0) {
        k->retry_after = wait;
        return ctx_refuse(&k->c, ERR_TOO_MANY, STR("sign_in_wait"), arena_printf(k->c.a, "%d", wait));
    }
    arena     *a = arena_new();
    forgotten *f = arena_make(a, forgotten);
    *f = (forgotten){ .s = k->s,
                      .a = a,
                      .snap = server_tables(k->s),
                      .login = arena_str(a, login),
                      .address = arena_str(a, k->r->client),
                      .agent = arena_str(a, k->c.agent),
                      .now_ms = k->c.now_ms };
    err e = db_submit(k->s->d, forgotten_work, f, forgotten_done);
    if (e != ERR_OK) {
        snapshot_unpin(f->snap);
        arena_free(a);
    }
    return e;
}

/* ---- taken ---- */

static err load_invited(call *k, str secret, rec **out, bool *reset)
{
    uint8_t hash[SECRET_HASH];
    int64_t user;
    secret_hash(secret, hash);
    TRY(access_invited(&k->c, hash, &user, reset));
    return store_load_any(&k->c, snapshot_entity(k->c.snap, STR("user")), user, out);
}

static err link_over(call *k, err e)
{
    return e == ERR_NOT_FOUND ? ctx_refuse(&k->c, ERR_NOT_FOUND, STR("link_over"), (str){ 0 }) : e;
}

err join_look(call *k)
{
    static const char *const names[] = { "token", NULL };
    str                      secret = body_text(k, "token", true, TOKEN_MAX);
    bool                     reset;
    rec                     *r;
    TRY(body_check(k, names));
    TRY(link_over(k, load_invited(k, secret, &r, &reset)));
    json_object(&k->w);
    json_put_bool(&k->w, "reset", reset);
    json_put_string(&k->w, "name", rec_text(r, (size_t)r->e->title));
    put_text(&k->w, "login", user_text(r, "login"));
    put_text(&k->w, "email", user_text(r, "email"));
    put_text(&k->w, "language", user_text(r, "language"));
    put_text(&k->w, "organisation", k->c.snap->org_name);
    json_object_end(&k->w);
    return ERR_OK;
}

typedef struct {
    call         *k;
    str           token, stored;
    str           names[PASSWORD_NAMES];
    int64_t       user;
    bool          second;
    fresh_session session;
} joining;

/* Whoever comes second finds the link gone. */
static err write_join(ctx *c, void *arg)
{
    joining     *j = arg;
    uint8_t      hash[SECRET_HASH];
    second_state second;
    bool         reset;
    rec         *r;
    secret_hash(j->token, hash);
    TRY(access_invited(c, hash, &j->user, &reset));
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("user")), j->user, &r));
    if (str_eq(user_text(r, "state"), STR("invited"))) {
        TRY(store_set_text(c, r, entity_field(r->e, STR("state")), STR("active")));
        TRY(store_save(c, r, 0));
    }
    TRY(access_password_set(c, j->user, j->stored, false));
    TRY(access_sessions_end(c, j->user, NULL));
    TRY(access_invite_end(c, j->user));
    TRY(audit_write(c, reset ? AUDIT_PASSWORD_RESET : AUDIT_JOINED, j->user, NULL));
    TRY(second_read(c, j->user, &second));
    j->second = second.active;
    if (j->second)
        return ERR_OK;
    j->session.user = j->user;
    TRY(session_write(c, j->k->s, &j->session));
    return audit_write(c, AUDIT_SIGN_IN, j->user, NULL);
}

static err known_invitation(call *k, void *arg)
{
    joining *j = arg;
    rec     *r;
    bool     reset;
    TRY(load_invited(k, j->token, &r, &reset));
    return password_names(k, r->id, j->names);
}

/* Chooses the password and is signed in; who has a second step, after that. */
err join_post(call *k)
{
    static const char *const names[] = { "token", "password", NULL };
    joining                  j = { .k = k };
    j.token = arena_str(k->r->a, body_text(k, "token", true, TOKEN_MAX));
    err known = j.token.n ? read_transaction(k, known_invitation, &j) : ERR_OK;
    str password = wanted_password(k, "password", j.names, PASSWORD_NAMES);
    if (known == ERR_OK || k->c.problem_count)
        TRY(body_check(k, names));
    TRY(link_over(k, known));
    TRY(gate_hash(k->s->gate, k->r->a, password, &j.stored));
    session_make(k, 0, &j.session);
    TRY(link_over(k, store_write(&k->c, write_join, &j)));
    TRY(server_tables_refresh(k->s, k->c.snap->version));
    return j.second ? session_half(k, j.user) : session_answer(k, &j.session);
}
