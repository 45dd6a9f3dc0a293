/* job.h — what import, export, backup and restore share of their job. Internal to io. */
#ifndef ZK_IO_JOB_H
#define ZK_IO_JOB_H
#include "io/fault.h"
#include "io/io.h"
#include "store/audit.h"
#include "store/store.h"

/* A context for the job on an arena of its own, with these tables. */
ctx  io_job_ctx(const io_job *j, arena *a, const snapshot *s);
bool io_job_cancelled(const io_job *j);
/* A piece of the work, as store_write(): ERR_FORBIDDEN where its person has been disabled meanwhile (PEOPLE-8). */
err  io_job_write(ctx *c, store_work work, void *arg) MUST_USE;
void io_job_progress(const io_job *j, const char *phase, int64_t done, int64_t total);
/* Sets j->why from a fault, a code or a context, and returns the error. */
err io_job_fault(io_job *j, const io_fault *f);
err io_job_refuse(io_job *j, err e, const char *code, str a, str b);
err job_from_ctx(io_job *j, const ctx *c, err e);
/* One security event of the job's person, in a transaction of its own. */
err io_job_tell(io_job *j, const snapshot *tables, audit_kind kind, const audit_word *words) MUST_USE;
#endif
