/* oidc.h — signing in with a provider of OpenID Connect, as far as the database is concerned: the settings, who is whom
 * (zk_oidc_link), which sessions hang on the provider (three columns of zk_session), what was used once (zk_once).
 *
 * All functions run inside c->conn. Memory: c->a. The rules are numbered in src/oidc/README.md. */
#ifndef ZK_STORE_OIDC_H
#define ZK_STORE_OIDC_H
#include "store/access.h"
#include "json/json.h"

/* ---- the settings: one JSON text in zk_setting, the client's secret sealed (secret.h) ---- */
typedef enum { OIDC_JOIN_NONE, OIDC_JOIN_EMAIL, OIDC_JOIN_LOGIN, OIDC_JOINS } oidc_join;
const char *oidc_join_name(oidc_join j); /* "none", "email", "login" */
bool        oidc_join_from(str name, oidc_join *out);

enum { OIDC_MAPPED = 100, OIDC_SECONDS_MOST = 30 };
typedef struct {
    str value, to; /* of the claim; a role's key, or a team's id */
} oidc_mapped;
typedef struct {
    oidc_mapped row[OIDC_MAPPED];
    size_t      count;
} oidc_map;

typedef struct {
    bool      on;
    str       issuer, client, scopes;
    str       button[LANG_COUNT]; /* of the button on the sign-in page; empty: "Single sign-on" */
    str       claim_login, claim_email, claim_name, claim_team, claim_role;
    oidc_join join;
    bool      make;         /* a user for who has none */
    bool      trust_second; /* the provider has asked for a second step */
    int64_t   seconds;      /* patience with the provider */
    oidc_map  roles, teams;
    bool      secret; /* there is one */
} oidc_settings;

err oidc_settings_read(ctx *c, oidc_settings *out) MUST_USE;
/* secret: p NULL leaves the one there is, empty takes it away. */
err oidc_settings_write(ctx *c, const oidc_settings *s, str secret) MUST_USE;
err oidc_secret(ctx *c, str *out) MUST_USE; /* empty: there is none */
/* The members, as they are kept and shown: inside an object that the caller has begun. */
void oidc_settings_put(json_writer *w, const oidc_settings *s);

/* ---- who it is ---- */
typedef struct {
    str         issuer, subject;
    str         login, email, name; /* as the claims say; email: only a verified one */
    const json *claims;
} oidc_person;

typedef struct {
    int64_t     user;
    bool        made, joined;
    const char *refused; /* code of the refusal; NULL: it is the user */
} oidc_found;
/* OIDC-7, 8, 9: finds, joins or makes the user, and sets team and role. Runs as the program itself. */
err oidc_identify(ctx *c, const oidc_settings *s, const oidc_person *p, oidc_found *out) MUST_USE;
/* Does the user's `role` or `team` take this? */
err oidc_known(ctx *c, const char *name, str to, bool *out) MUST_USE;
/* Forgets who the user is at any provider: the next sign-in from there is a first one. */
err oidc_unlink(ctx *c, int64_t user) MUST_USE;

/* ---- sessions ---- */
typedef struct {
    str issuer, subject, sid;
    str goodbye; /* the provider's end_session_endpoint */
} oidc_session;
/* `free`: no second step is asked of it, because the provider has. */
err oidc_session_mark(ctx *c, const uint8_t hash[SECRET_HASH], const oidc_session *s, bool free) MUST_USE;
/* ERR_NOT_FOUND: the session did not come from a provider. */
err oidc_session_read(ctx *c, const uint8_t hash[SECRET_HASH], oidc_session *out) MUST_USE;
/* Another secret in the place of this one, and a second step after a first one at the provider: what the provider ends. */
err oidc_session_follow(ctx *c, const uint8_t before[SECRET_HASH], const uint8_t hash[SECRET_HASH]) MUST_USE;
err oidc_half_mark(ctx *c, int64_t user, const oidc_session *s) MUST_USE;
err oidc_session_from_half(ctx *c, const uint8_t half[SECRET_HASH], const uint8_t hash[SECRET_HASH]) MUST_USE;
/* Back-channel logout: by sid where there is one, else every session of sub. */
err oidc_sessions_end(ctx *c, str issuer, str subject, str sid, int64_t *count) MUST_USE;

/* ---- what holds once ---- */
/* *fresh: it was not seen before; now it is, until then. */
err once(ctx *c, str deed, int64_t until_ms, bool *fresh) MUST_USE;
#endif
