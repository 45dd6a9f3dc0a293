/* jobs.h — background jobs: the threads that run what zk_job's rows ask for. */
#ifndef ZK_API_JOBS_H
#define ZK_API_JOBS_H
#include "api/call.h"

jobs *jobs_start(server *s);
void  jobs_wake(jobs *j); /* NULL is allowed */
void  jobs_stop(jobs *j);
void  jobs_free(jobs *j); /* after the last request: a write that ends wakes the jobs */

/* A job of this kind with the body as its request; about: a user that it is about, 0: none. Answers {"job"}. */
err job_answer(call *k, str kind, int64_t about) MUST_USE;
err handover_look(call *k) MUST_USE;
err handover_preview(call *k) MUST_USE;
err handover_start(call *k) MUST_USE;
err job_start_import(call *k) MUST_USE;
err job_start_export(call *k) MUST_USE;
err job_start_change(call *k) MUST_USE;
err job_list_all(call *k) MUST_USE;
err job_get(call *k) MUST_USE;
err job_stop(call *k) MUST_USE;
#endif
