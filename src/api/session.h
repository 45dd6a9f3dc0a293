/* session.h — signing in and out, who one is; passwords, second steps, links, tokens, open sessions. */
#ifndef ZK_API_SESSION_H
#define ZK_API_SESSION_H
#include "api/call.h"

/* ---- session.c ---- */
err session_start(call *k) MUST_USE;
err session_code(call *k) MUST_USE;
err session_end(call *k) MUST_USE;
err me_get(call *k) MUST_USE;
err me_update(call *k) MUST_USE;

/* A session that is used lives on, and so is a token's last use: written now and then, behind the answer. */
void session_touch(const call *k);

/* A session to be: made before the transaction that writes it, told to the browser after it. Always under a new secret. */
typedef struct {
    int64_t user;
    str     secret;
    uint8_t hash[SECRET_HASH], before[SECRET_HASH]; /* before: of the session that asks for it */
} fresh_session;
void session_make(call *k, int64_t user, fresh_session *out);
err  session_write(ctx *c, const server *s, const fresh_session *f) MUST_USE;
/* In the place of the session that asks, which may be one that a provider ends (store/oidc.h). */
err  session_renew(ctx *c, const server *s, const fresh_session *f) MUST_USE;
err  session_answer(call *k, const fresh_session *f) MUST_USE; /* the cookies, and who one is */
void session_cookie(call *k, const fresh_session *f);
/* After a right first step of somebody who has a second one: 401 `second_factor` with a half session. */
err session_half(call *k, int64_t user) MUST_USE;

err read_transaction(call *k, err (*read)(call *k, void *arg), void *arg) MUST_USE;

/* ---- passwords.c ---- */
err me_password(call *k) MUST_USE;
err user_password(call *k) MUST_USE;
/* Of the body; problems are collected. names: of the person, as far as they are known (password_fault()). */
str wanted_password(call *k, const char *name, const str *names, size_t count);
/* Whose it is: login, name, e-mail, the organisation. In a transaction. */
enum { PASSWORD_NAMES = 4 };
err password_names(call *k, int64_t user, str names[PASSWORD_NAMES]) MUST_USE;
/* Is the body's `password` the person's own? Slowed down like a sign-in; a problem of the field, or ERR_TOO_MANY. */
err password_of_mine(call *k, const char *name) MUST_USE;

/* ---- second.c ---- */
err totp_get(call *k) MUST_USE;
err totp_begin(call *k) MUST_USE;
err totp_confirm(call *k) MUST_USE;
err totp_off(call *k) MUST_USE;
err totp_recovery(call *k) MUST_USE;
err user_totp_off(call *k) MUST_USE;

/* ---- links.c ---- */
err invite_create(call *k) MUST_USE;
err reset_create(call *k) MUST_USE;
err forgot_post(call *k) MUST_USE;
err join_look(call *k) MUST_USE;
err join_post(call *k) MUST_USE;

/* ---- tokens.c ---- */
err tokens_get(call *k) MUST_USE;
err token_create(call *k) MUST_USE;
err token_delete(call *k) MUST_USE;

/* ---- sessions.c ---- */
err sessions_get(call *k) MUST_USE;
err session_delete(call *k) MUST_USE;
err sessions_delete(call *k) MUST_USE;

/* ---- policy.c ---- */
err policy_get(call *k) MUST_USE;
err policy_update(call *k) MUST_USE;
#endif
