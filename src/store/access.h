/* access.h — passwords, sessions and tokens: who stands behind a request.
 *
 * Secrets are never stored: a session and a token are known by the SHA-256 of their 32 random bytes, a password by its
 * Argon2id text (base/password.h).
 * All functions run inside the transaction c->conn (reading or writing). A user counts as present only while living and in
 * state "active", or "absent"; so disabling one ends everything from the next request on.
 * Memory: texts are in c->a. Errors: ERR_NOT_FOUND where nothing fits. */
#ifndef ZK_STORE_ACCESS_H
#define ZK_STORE_ACCESS_H
#include "permit/ctx.h"

enum { SECRET_HASH = 32 };

typedef struct {
    actor   who; /* without people and roles: access_people(), permit_roles() */
    str     roles;
    str     login, email;
    bool    must_change;                        /* the password came from an administrator or from the first start */
    int64_t session_since, seen_at, expires_at; /* token: expires_at 0 for ever */
    int64_t token;                              /* id; 0: a session */
    bool    enrol;                              /* may only set up its second step (second.h) */
    int64_t tables;                             /* version of the tables and settings */
    str     state;                              /* of the database when this was read; empty: without a name */
} access_row;

err access_by_session(ctx *c, const uint8_t hash[SECRET_HASH], access_row *out) MUST_USE;
err access_by_token(ctx *c, const uint8_t hash[SECRET_HASH], access_row *out) MUST_USE;
/* The same in two steps: what is read between them travels in one packet with it (db_send). `hash` must stay until then. */
err access_send(ctx *c, const uint8_t hash[SECRET_HASH], bool by_token, db_stmt **out) MUST_USE;
err access_take(ctx *c, db_stmt *sent, access_row *out) MUST_USE;
/* The name of the state that a statement sees (PostgreSQL), in the same two steps: it is another one as soon as anybody has
 * committed or begun to write. */
err access_state_send(ctx *c, db_stmt **out) MUST_USE;
err access_state_take(ctx *c, db_stmt *sent, str *out) MUST_USE;
/* The same by id, for work that goes on after its request (jobs); with the people below. */
err access_by_user(ctx *c, int64_t user, actor *out) MUST_USE;
/* Is the person there still, and until the end of this writing transaction? For each piece of such work. */
err access_present(ctx *c, int64_t user, bool *out) MUST_USE;
/* The people below (whom one manages, however far down, and members of the teams under one's own), those of one's team, and the
 * absent ones for whom one stands in. */
err access_people(ctx *c, actor *who) MUST_USE;

/* A user by login, e-mail or name, ignoring case; several of one name: ERR_NOT_FOUND. Present ones only. */
err access_find(ctx *c, str login, int64_t *user) MUST_USE;
/* ERR_NOT_FOUND: has no password. */
err access_password(ctx *c, int64_t user, str *argon2) MUST_USE;
err access_password_set(ctx *c, int64_t user, str argon2, bool must_change) MUST_USE;
/* Has anybody a password? False on a database that was never served. */
err access_any(ctx *c, bool *out) MUST_USE;

typedef struct {
    int64_t user, expires_at;
    int64_t ends_at; /* not to be lived beyond; 0: none */
    bool    enrol;
} session_new;
/* From c->address with c->agent. */
err access_session_add(ctx *c, const session_new *n, const uint8_t hash[SECRET_HASH]) MUST_USE;
/* It is used: it lives for idle_ms from now on, but not beyond its end. */
err access_session_seen(ctx *c, const uint8_t hash[SECRET_HASH], int64_t idle_ms) MUST_USE;
/* Has the user a living session from this address? */
err access_session_from(ctx *c, int64_t user, str address, bool *out) MUST_USE;
err access_session_end(ctx *c, const uint8_t hash[SECRET_HASH]) MUST_USE;
/* Every session of the user but this one (NULL: all). */
err access_sessions_end(ctx *c, int64_t user, const uint8_t *but) MUST_USE;

/* The living sessions of a user, the last used first. The id is made of the hash, so that it tells nothing. */
typedef struct {
    int64_t id, created_at, seen_at, expires_at;
    str     agent, address;
    uint8_t hash[SECRET_HASH];
} session_row;
int64_t access_session_id(const uint8_t hash[SECRET_HASH]);
err     access_sessions(ctx *c, int64_t user, session_row **out, size_t *count) MUST_USE;

/* A link by which a person chooses a password, the first one (an invitation) or another (`reset`): the last one made holds,
 * once. */
err access_invite(ctx *c, int64_t user, const uint8_t hash[SECRET_HASH], int64_t expires_at, bool reset) MUST_USE;
/* ERR_NOT_FOUND: unknown, used, too late, or the person is gone or disabled. */
err access_invited(ctx *c, const uint8_t hash[SECRET_HASH], int64_t *user, bool *reset) MUST_USE;
err access_invite_end(ctx *c, int64_t user) MUST_USE;

/* Everything by which somebody gets in, of a person who is disabled or deleted, and what works in their name: nothing of it
 * revives with them. */
err access_end(ctx *c, int64_t user) MUST_USE;

typedef struct {
    int64_t id, user, created_at, seen_at, expires_at; /* 0: never */
    str     name, user_name, address;                  /* address: of the last use */
    bool    read_only;
    str     entities; /* "account,contact"; empty: whatever its user may */
} token_row;
/* Writes t->id. */
err access_token_add(ctx *c, token_row *t, const uint8_t hash[SECRET_HASH]) MUST_USE;
err access_token_seen(ctx *c, const uint8_t hash[SECRET_HASH], str address) MUST_USE;
/* Of one user; 0: everybody's. */
err access_tokens(ctx *c, int64_t user, token_row **out, size_t *count) MUST_USE;
/* user 0: whoever's it is. ERR_NOT_FOUND: there is none. */
err access_token_end(ctx *c, int64_t user, int64_t id) MUST_USE;
/* Removes what has expired. */
err access_sweep(ctx *c) MUST_USE;
/* ---- the calendar's secret address: one for a person ---- */
/* The new one takes the place of the old. */
err access_feed_set(ctx *c, int64_t user, const uint8_t hash[SECRET_HASH]) MUST_USE;
err access_feed_end(ctx *c, int64_t user) MUST_USE; /* ERR_NOT_FOUND: there is none */
err access_feed_since(ctx *c, int64_t user, int64_t *created_at) MUST_USE;
err access_by_feed(ctx *c, const uint8_t hash[SECRET_HASH], int64_t *user) MUST_USE; /* ERR_NOT_FOUND */
#endif
