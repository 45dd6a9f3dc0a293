/* job.h — the rows behind background jobs (imports, exports).
 *
 * queued → running → done | failed | cancelled. A runner claims a row and with it a turn; while it runs it says so every few
 * seconds, so that a job whose server died is known by its silence and queued again, to go on with what it has kept; after
 * some deaths without a step it is marked failed. Whoever was only thought dead finds that the turn is no longer theirs
 * (*ours false, nothing is written) and must stop, so that nothing happens twice. All functions run inside c->conn. */
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
    int64_t turn;                                /* how often it was claimed */
} job_row;

err job_add(ctx *c, str kind, str request, int64_t *id) MUST_USE;
/* One's own, an administrator everybody's; ERR_NOT_FOUND otherwise. */
err job_find(ctx *c, int64_t id, job_row *out) MUST_USE;
err job_list(ctx *c, int limit, job_row **out, size_t *count) MUST_USE;
/* A queued one is cancelled at once, a running one asked to; ERR_CONFLICT when it is over. */
err job_cancel(ctx *c, int64_t id) MUST_USE;
err job_waiting(ctx *c, bool *out) MUST_USE;
/* Does one of this kind with this request wait or run? */
err job_open(ctx *c, str kind, str request, bool *out) MUST_USE;
/* The oldest that waits is ours from now on; ERR_NOT_FOUND: none waits. */
err job_claim(ctx *c, job_row *out) MUST_USE;
/* Says that it lives, and hears whether it shall stop. */
err job_progress(ctx *c, const job_row *j, str phase, int64_t done, int64_t total, bool *cancel, bool *ours) MUST_USE;
err job_alive(ctx *c, int64_t id, int64_t turn) MUST_USE;
/* A step, in the transaction that makes it: the result as it is by now, and a note for whoever goes on (may be empty).
 * operation: what undoes it; 0: none yet. */
err job_keep(ctx *c, const job_row *j, int64_t operation, str result, str note, bool *ours) MUST_USE;
/* The notes after `seq` in their order, at most `limit`; *seq: of the last. */
err job_notes(ctx *c, int64_t id, int64_t *seq, size_t limit, str **out, size_t *count) MUST_USE;
/* An empty result leaves the one that was kept. */
err job_finish(ctx *c, const job_row *j, str state, str result, str error, bool *ours) MUST_USE;
/* Back into the queue. died: counts as a death; *again false: there were too many, nothing has changed. */
err job_again(ctx *c, const job_row *j, bool died, bool *again) MUST_USE;
/* All of a person who is disabled or deleted: what waits is cancelled, what runs is asked to stop. */
err job_cancel_of(ctx *c, int64_t user) MUST_USE;
/* What still adds to this operation is cancelled, and writes nothing more. */
err job_stop_of(ctx *c, int64_t operation) MUST_USE;
/* Is there a running one that has been silent since? */
err job_silent(ctx *c, int64_t silent_since, bool *out) MUST_USE;
/* Those: queued again, or failed with this sentence. */
err job_bury(ctx *c, int64_t silent_since, str error) MUST_USE;
#endif
