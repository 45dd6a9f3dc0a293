/* job.h — the rows behind background jobs (imports, exports, large undos).
 *
 * queued → running → done | failed | cancelled. A runner claims a row; while it runs it says so every few seconds, so that
 * a job whose server died is known by its silence and marked failed. All functions run inside c->conn. */
#ifndef ZK_STORE_JOB_H
#define ZK_STORE_JOB_H
#include "permit/ctx.h"

typedef struct {
    int64_t id, user;
    str     kind, state, phase;
    str     request, result, error; /* JSON object; JSON object or empty; a sentence or empty */
    int64_t done, total;
    int64_t created_at, started_at, finished_at; /* 0: not yet */
    bool    cancel;                              /* somebody asked it to stop */
} job_row;

err job_add(ctx *c, str kind, str request, int64_t *id) MUST_USE;
/* One's own, an administrator everybody's; ERR_NOT_FOUND otherwise. */
err job_find(ctx *c, int64_t id, job_row *out) MUST_USE;
err job_list(ctx *c, int limit, job_row **out, size_t *count) MUST_USE;
/* A queued one is cancelled at once, a running one asked to; ERR_CONFLICT when it is over. */
err job_cancel(ctx *c, int64_t id) MUST_USE;
err job_waiting(ctx *c, bool *out) MUST_USE;
/* The oldest that waits is ours from now on; ERR_NOT_FOUND: none waits. */
err job_claim(ctx *c, job_row *out) MUST_USE;
/* Says that it lives, and hears whether it shall stop. */
err job_progress(ctx *c, int64_t id, str phase, int64_t done, int64_t total, bool *cancel) MUST_USE;
err job_finish(ctx *c, int64_t id, str state, str result, str error) MUST_USE;
/* Running ones that have been silent since: failed with this sentence. */
err job_bury(ctx *c, int64_t silent_since, str error) MUST_USE;
#endif
