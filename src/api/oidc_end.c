/* The end of what the provider began: its word that a session is over, and ours to it. */
#include "api/oidc.h"

#include "api/session.h"
#include "base/log.h"
#include "oidc/claims.h"

typedef struct {
    str     issuer, subject, sid, jti;
    int64_t now_ms, ended;
    bool    fresh;
} ending;

/* OIDC-5 */
static err write_ending(ctx *c, void *arg)
{
    ending *n = arg;
    c->actor = (actor){ 0 };
    TRY(once(c, arena_printf(c->a, "oidc logout %.*s %.*s", STR_ARG(n->issuer), STR_ARG(n->jti)),
             claims_forget_ms(c->now_ms), &n->fresh));
    return n->fresh ? oidc_sessions_end(c, n->issuer, n->subject, n->sid, &n->ended) : ERR_OK;
}

static err refuse_logout(call *k, const char *why)
{
    log_event(LOG_WARN, "a logout token was refused", "why", why, NULL);
    return ctx_refuse(&k->c, ERR_MALFORMED, STR("oidc_logout_token"), (str){ 0 });
}

static err end_them(call *k, const jose_token *t, str issuer)
{
    ending n = { .issuer = issuer,
                 .subject = claims_text(t->claims, STR("sub")),
                 .sid = claims_text(t->claims, STR("sid")),
                 .jti = claims_text(t->claims, STR("jti")) };
    TRY(store_write(&k->c, write_ending, &n));
    if (!n.fresh)
        return refuse_logout(k, "jti: seen before");
    server_woken(k->s);
    return ERR_OK;
}

err oidc_logout(call *k)
{
    static const char *const names[] = { "logout_token", NULL };
    oidc_config              config;
    provider_about           about;
    jose_token               t;
    jose_result              r;
    const char              *fault;
    str                      token = body_text(k, "logout_token", true, JOSE_TOKEN_BYTES);
    TRY(body_check(k, names));
    TRY(oidc_config_read(k, &config));
    provider_call c = oidc_ask(k, &config.s);
    claims_wanted w = { .issuer = config.s.issuer, .client = config.s.client, .now_ms = k->c.now_ms };
    if (provider_discover(&c, &about) != ERR_OK || provider_check(&c, &about, token, &t, &r) != ERR_OK) {
        log_event(LOG_WARN, "a logout token could not be checked", "why", arena_cstr(k->r->a, c.why), NULL);
        return ERR_UNAVAILABLE;
    }
    if (r != JOSE_GOOD)
        return refuse_logout(k, "signature");
    if ((fault = claims_logout_fault(&t, &w)))
        return refuse_logout(k, fault);
    return end_them(k, &t, config.s.issuer);
}

/* ---- by the person ---- */

err session_end_all(call *k)
{
    oidc_session  from = { 0 };
    oidc_settings s;
    str           url = { 0 };
    if (k->cookie) {
        err e = oidc_session_read(&k->c, k->secret, &from);
        if (e != ERR_NOT_FOUND)
            TRY(e);
        TRY(oidc_settings_read(&k->c, &s));
        if (s.on && from.issuer.n && str_eq(from.issuer, s.issuer))
            url = provider_goodbye(k->c.a, from.goodbye, s.client, oidc_here(k, "/sign-in"));
    }
    TRY(session_end(k));
    json_object(&k->w);
    put_text(&k->w, "url", url);
    json_object_end(&k->w);
    return ERR_OK;
}
