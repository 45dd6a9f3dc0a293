/* The second step: set up with an app, confirmed by its first code, taken off with the password or by an administrator. */
#include "store/second.h"
#include "api/session.h"
#include "api/throttle.h"
#include "base/qr.h"
#include "base/random.h"
#include "base/totp.h"
#include "store/audit.h"
#include "store/changes.h"
#include "store/secret.h"

enum { CODE_MAX = 40 };

err totp_get(call *k)
{
    second_state s;
    bool         must, there, opens;
    TRY(second_read(&k->c, k->c.actor.user, &s));
    TRY(second_required(&k->c, k->c.actor.user, &must));
    TRY(secret_look(&k->c, "totp", k->c.actor.user, &there, &opens));
    json_object(&k->w);
    json_put_bool(&k->w, "active", s.active);
    json_put_bool(&k->w, "required", must);
    json_put_bool(&k->w, "readable", !s.active || opens);
    put_time(&k->w, "since", s.since);
    json_put_int(&k->w, "recovery_left", s.recovery_left);
    json_object_end(&k->w);
    return ERR_OK;
}

/* Who may set it up has shown the password just now; a token has no second step. */
static err own_hand(call *k, const char *name)
{
    if (!k->cookie)
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("session_needed"), (str){ 0 });
    return password_of_mine(k, name);
}

typedef struct {
    call         *k;
    str           key, code;
    str           codes[RECOVERY_CODES];
    bool          right;
    fresh_session session;
} setting_up;

static err write_begin(ctx *c, void *arg)
{
    return second_begin(c, c->actor.user, ((setting_up *)arg)->key);
}

static err put_offer(call *k, str key)
{
    str svg, account = k->who.login.n ? k->who.login : k->who.who.name;
    str issuer = k->c.snap->org_name.n ? k->c.snap->org_name : STR("Zhike");
    str address = totp_address(k->r->a, issuer, account, key);
    json_object(&k->w);
    json_put_string(&k->w, "secret", base32_encode(k->r->a, key));
    json_put_string(&k->w, "address", address);
    if (qr_svg(k->r->a, address, &svg))
        json_put_string(&k->w, "qr", svg);
    else
        json_put_null(&k->w, "qr");
    json_object_end(&k->w);
    return ERR_OK;
}

err totp_begin(call *k)
{
    static const char *const names[] = { "password", NULL };
    unsigned char            key[TOTP_KEY_BYTES];
    setting_up               s = { .k = k, .key = { (const char *)key, sizeof key } };
    (void)body_text(k, "password", true, 1024);
    TRY(body_check(k, names));
    TRY(own_hand(k, "password"));
    random_bytes(key, sizeof key);
    TRY(store_write(&k->c, write_begin, &s));
    err e = put_offer(k, s.key);
    wipe(key, sizeof key);
    return e;
}

static err write_confirm(ctx *c, void *arg)
{
    setting_up *s = arg;
    TRY(second_confirm(c, c->actor.user, s->code, &s->right));
    if (!s->right)
        return ERR_OK;
    TRY(recovery_make(c, c->actor.user, s->codes));
    TRY(changes_note(c, "access", c->actor.user, STR("second_step"), "create", (str){ 0 }, (str){ 0 }));
    TRY(audit_write(c, AUDIT_TOTP_ON, c->actor.user, NULL));
    TRY(session_renew(c, s->k->s, &s->session));
    return access_sessions_end(c, c->actor.user, s->session.hash); /* they were opened without it */
}

static void put_codes(call *k, const str codes[RECOVERY_CODES])
{
    json_object(&k->w);
    json_key(&k->w, STR("recovery_codes"));
    json_array(&k->w);
    for (int i = 0; i < RECOVERY_CODES; i++)
        json_string(&k->w, codes[i]);
    json_array_end(&k->w);
    json_object_end(&k->w);
}

err totp_confirm(call *k)
{
    static const char *const names[] = { "code", NULL };
    setting_up               s = { .k = k };
    s.code = body_text(k, "code", true, CODE_MAX);
    TRY(body_check(k, names));
    if (!k->cookie)
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("session_needed"), (str){ 0 });
    session_make(k, k->c.actor.user, &s.session);
    err e = store_write(&k->c, write_confirm, &s);
    if (e == ERR_NOT_FOUND)
        return ctx_refuse(&k->c, ERR_CONFLICT, STR("second_not_begun"), (str){ 0 });
    TRY(e);
    if (!s.right)
        return ctx_problem(&k->c, "code", STR("wrong_code"));
    session_cookie(k, &s.session);
    put_codes(k, s.codes);
    return ERR_OK;
}

static err write_off(ctx *c, void *arg)
{
    setting_up *s = arg;
    bool        must;
    TRY(second_required(c, c->actor.user, &must));
    if (must)
        return ctx_refuse(c, ERR_CONFLICT, STR("second_step_kept"), (str){ 0 });
    TRY(second_off(c, c->actor.user));
    TRY(changes_note(c, "access", c->actor.user, STR("second_step"), "delete", (str){ 0 }, (str){ 0 }));
    TRY(audit_write(c, AUDIT_TOTP_OFF, c->actor.user, NULL));
    TRY(session_renew(c, s->k->s, &s->session));
    return access_sessions_end(c, c->actor.user, s->session.hash);
}

err totp_off(call *k)
{
    static const char *const names[] = { "password", NULL };
    setting_up               s = { .k = k };
    (void)body_text(k, "password", true, 1024);
    TRY(body_check(k, names));
    TRY(own_hand(k, "password"));
    session_make(k, k->c.actor.user, &s.session);
    TRY(store_write(&k->c, write_off, &s));
    session_cookie(k, &s.session);
    return ERR_OK;
}

static err write_codes(ctx *c, void *arg)
{
    setting_up  *s = arg;
    second_state now;
    TRY(second_read(c, c->actor.user, &now));
    if (!now.active)
        return ctx_refuse(c, ERR_CONFLICT, STR("second_not_active"), (str){ 0 });
    TRY(recovery_make(c, c->actor.user, s->codes));
    return audit_write(c, AUDIT_RECOVERY_MADE, c->actor.user, NULL);
}

err totp_recovery(call *k)
{
    static const char *const names[] = { "password", NULL };
    setting_up               s = { .k = k };
    (void)body_text(k, "password", true, 1024);
    TRY(body_check(k, names));
    TRY(own_hand(k, "password"));
    TRY(store_write(&k->c, write_codes, &s));
    put_codes(k, s.codes);
    return ERR_OK;
}

/* By an administrator, for who has lost the telephone and the codes: it must be set up anew. */
err user_totp_off(call *k)
{
    rec *r;
    TRY(store_load(&k->c, snapshot_entity(k->c.snap, STR("user")), k->id, &r));
    TRY(second_off(&k->c, k->id));
    TRY(access_sessions_end(&k->c, k->id, NULL));
    TRY(changes_note(&k->c, "access", k->id, STR("second_step"), "delete", (str){ 0 }, (str){ 0 }));
    return audit_write(&k->c, AUDIT_TOTP_RESET, k->id, NULL);
}
