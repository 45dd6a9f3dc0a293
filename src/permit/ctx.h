/* ctx.h — one request (or one piece of a job): everything that is not global.
 *
 * Clock, randomness and ids come from here, so that tests can set them.
 * Memory: the arena's; problems too. Threads: one at a time. */
#ifndef ZK_PERMIT_CTX_H
#define ZK_PERMIT_CTX_H
#include "base/arena.h"
#include "db/db.h"
#include "permit/permit.h"

typedef struct {
    str field;   /* empty: the record as a whole */
    str code;    /* "required", "too_long", "campaign.ends_before_start" */
    str message; /* in the actor's language */
} problem;

struct ctx {
    arena          *a;
    db             *db;
    db_conn        *conn; /* the open transaction */
    const snapshot *snap;
    actor           actor;
    int64_t         now_ms;
    str             zone; /* the actor's, else the organisation's */
    int             lang;
    str             address, agent; /* from where the request came, and with which program; empty: none did */
    bool            importing; /* an administrator's import: may set created_at, read-only fields, closing states */
    int64_t         operation; /* the open operation; 0: none */
    int64_t         undoing;   /* the one that is being taken back; 0: none */
    verb            also;      /* what is read must be open to this too (VERB_EXPORT); VERB_READ: to nothing more */
    bool            derived;   /* what is written follows from other records (store_save_derived) */
    bool            along;     /* what is written goes along with another record (store_save_along) */
    str   erasing; /* what is written erases a person: this mark stands in history for old and new (store/erase.c) */
    void *store;   /* what store keeps for this transaction (pending index rows …) */

    /* Why it was refused. */
    problem  *problems;
    size_t    problem_count, problem_room;
    str       code;     /* of the refusal as a whole, finer than the err's name; empty: that */
    str       detail;   /* one sentence, for a refusal that is not about fields */
    ptrdiff_t position; /* in the text (query, JSON) that is at fault; −1 */
};

/* Clears the refusal and the transaction's state; keeps actor, clock, arena. For running a closure again. */
void ctx_reset(ctx *c);

/* Adds a problem of a field; the message is locale "message.CODE" with {0} replaced by `argument`.
 * Always ERR_INVALID, so that a hook can say `return ctx_problem(...)` or go on and collect. */
err ctx_problem(ctx *c, const char *field, str code);
err ctx_problem_with(ctx *c, str field, str code, str argument);
/* Refuses as a whole: `code` is what the client reads (docs/api.md lists them all), detail the locale's "message.CODE".
 * Returns e. The code must outlive c: a literal. */
err ctx_refuse(ctx *c, err e, str code, str argument);
/* Refuses what cannot be read: the locale's "malformed.KEY" with {0} and {1} replaced. */
err ctx_unreadable(ctx *c, ptrdiff_t position, const char *key, str first, str second);
/* The locale's text of a key with {0} and {1} replaced. */
str ctx_sentence(ctx *c, const char *key, str first, str second);
/* A refusal in words that are there already. */
err     ctx_malformed(ctx *c, ptrdiff_t position, const char *format, ...) PRINTF_LIKE(3, 4);
int64_t ctx_today(const ctx *c); /* the civil day of now in the actor's zone */
#endif
