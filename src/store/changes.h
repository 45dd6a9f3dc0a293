/* changes.h — what was changed, over everything: every record's history, and what was done to the organisation's
 * configuration that is no record (own fields, choices, layouts, settings, tokens, passwords).
 *
 * The latter are rows of zk_history whose entity is "@field", "@choice", "@layout", "@settings", "@access". */
#ifndef ZK_STORE_CHANGES_H
#define ZK_STORE_CHANGES_H
#include "permit/ctx.h"

/* `about`: "account.x_level". before and after: JSON values, empty: null. */
err changes_note(ctx *c, const char *kind, int64_t id, str about, const char *deed, str before, str after) MUST_USE;
/* Made, changed, removed: one of them may be NULL. Only what differs is written. */
err changes_field(ctx *c, const field_row *was, const field_row *now) MUST_USE;

typedef struct changes_request {
    int64_t user, record;   /* 0: any */
    str     entity, field;  /* empty: any */
    str     what;           /* "create", "update", "delete", "restore", "purge"; empty: any */
    int64_t from_ms, to_ms; /* from ≤ at < to */
    int     limit;
    str     after; /* the cursor; empty: from the newest */
} changes_request;

/* {"changes":[…],"next":…,"until":…}. At most a few ten thousand rows are looked at in one call: where few fit, the page may
 * be short, `next` goes on and `until` says how far back was looked. */
err changes_json(ctx *c, const changes_request *q, json_writer *w) MUST_USE;
#endif
