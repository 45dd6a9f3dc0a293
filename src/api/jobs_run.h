/* jobs_run.h — what a claimed job does: import, export. The only file of api/ that knows io/. */
#ifndef ZK_API_JOBS_RUN_H
#define ZK_API_JOBS_RUN_H
#include "api/server.h"
#include "store/job.h"

/* To its end, whatever that is: the row then says so. `stopping`: the server wants to end. */
void job_run(server *s, ctx *c, const job_row *job, const atomic_bool *stopping);
bool job_format_known(str format);
#endif
