/* kept.h — what the program keeps beside records: answers under an Idempotency-Key, the organisation's settings,
 * the list of operations. All functions run inside c->conn. */
#ifndef ZK_STORE_KEPT_H
#define ZK_STORE_KEPT_H
#include "permit/ctx.h"

/* ---- answers that are given again for 24 hours ---- */
typedef struct {
    str     print; /* hash of method, path and body */
    int64_t status;
    str     headers; /* "Location: …\nETag: …" */
    str     body;
} kept_answer;
/* ERR_NOT_FOUND: the key is new. */
err answer_find(ctx *c, str key, kept_answer *out) MUST_USE;
err answer_keep(ctx *c, str key, const kept_answer *a) MUST_USE;
err answer_sweep(ctx *c) MUST_USE;

/* ---- settings ---- */
err setting_put(ctx *c, str key, str text) MUST_USE; /* the caller bumps the snapshot */

/* ---- what the program vouches for: challenges, links in mails ---- */
enum { SIGNATURE_BYTES = 32 };
/* HMAC-SHA-256 of the message under a key of our own, made at the first start and kept sealed (secret.h), in hex. Say what it is for at the
 * message's beginning, so that one kind of signature is not another. */
err sign_text(ctx *c, str message, str *hex) MUST_USE;
err sign_check(ctx *c, str message, str hex, bool *good) MUST_USE;

/* ---- operations ---- */
typedef struct {
    int64_t id, user, at, undone_at, undone_by, records;
    str     kind, note, user_name;
} operation_row;
/* One's own, an administrator everybody's; newest first, older than `before` (0: from the newest). id ≠ 0: only this one. */
err operation_list(ctx *c, int64_t id, int64_t before, int limit, operation_row **out, size_t *count) MUST_USE;
#endif
