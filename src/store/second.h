/* second.h — the second step of a sign-in: one-time codes (base/totp.h), recovery codes, half sessions; and what the organisation
 * asks of sign-ins.
 *
 * A seed is kept sealed (secret.h, "totp"); a recovery code has 80 random bits and is known by its SHA-256, so it works without
 * the key too; a half session is what a right password gives where a code is still missing: it opens nothing else.
 * All functions run inside c->conn. Memory: c->a. Errors: those of secret.h where a seed is read. */
#ifndef ZK_STORE_SECOND_H
#define ZK_STORE_SECOND_H
#include "store/access.h"

/* ---- what is asked (zk_setting) ---- */
typedef enum { SECOND_NOBODY, SECOND_ADMINISTRATORS, SECOND_EVERYBODY, SECOND_RULES } second_rule;
const char *second_rule_name(second_rule r); /* "nobody", "administrators", "everybody" */
bool        second_rule_from(str name, second_rule *out);

enum { LOOKS_AN_HOUR = 60 };
typedef struct {
    int64_t     idle_hours; /* a session unused for so long ends; 0: as the command line says */
    int64_t     most_days;  /* and at the latest after these; 0: it may live on */
    second_rule second;
    int64_t     looks_an_hour; /* at masked values, of one person (PERMIT-25); 0: any number */
} sign_in_policy;
err policy_read(ctx *c, sign_in_policy *out) MUST_USE;
err policy_write(ctx *c, const sign_in_policy *p) MUST_USE;

/* Must this person have a second step, as the organisation or a role of theirs says? The one place where that is decided. */
err second_required(ctx *c, int64_t user, bool *out) MUST_USE;
/* After the rule or somebody's role has changed: sessions of those who must and have none may only set it up from now on. */
err second_review(ctx *c) MUST_USE;
err second_review_of(ctx *c, int64_t user) MUST_USE; /* of one person */

/* ---- one-time codes ---- */
typedef struct {
    bool    active;
    int64_t since, recovery_left;
} second_state;
err second_read(ctx *c, int64_t user, second_state *out) MUST_USE;
/* A new seed that waits for its first code; it changes nothing before. */
err second_begin(ctx *c, int64_t user, str key) MUST_USE;
/* The first code: from here on it is asked for. ERR_NOT_FOUND: nothing was begun. */
err second_confirm(ctx *c, int64_t user, str code, bool *right) MUST_USE;
err second_off(ctx *c, int64_t user) MUST_USE;
/* A code of the app, each good once, or a recovery code, which is gone then (*recovery). */
err second_check(ctx *c, int64_t user, str code, bool *right, bool *recovery) MUST_USE;

enum { RECOVERY_CODES = 10 };
/* New ones in the place of all older: "k3qf-…" */
err recovery_make(ctx *c, int64_t user, str codes[RECOVERY_CODES]) MUST_USE;

/* ---- half sessions ---- */
enum { HALF_MINUTES = 5, HALF_TRIES = 5 };
err half_add(ctx *c, int64_t user, const uint8_t hash[SECRET_HASH]) MUST_USE;
/* ERR_NOT_FOUND: unknown, too old, tried too often, or its user is gone. */
err half_find(ctx *c, const uint8_t hash[SECRET_HASH], int64_t *user) MUST_USE;
err half_failed(ctx *c, const uint8_t hash[SECRET_HASH]) MUST_USE;
err half_end(ctx *c, int64_t user) MUST_USE;
#endif
