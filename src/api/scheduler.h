/* scheduler.h — runs the rooms' jobs (entity.h, job_def): a look every second, each job in a writing transaction of its own,
 * once over all servers. The program itself is the actor, in the organisation's language and zone. */
#ifndef ZK_API_SCHEDULER_H
#define ZK_API_SCHEDULER_H
#include "api/server.h"

scheduler *scheduler_start(server *s);
void       scheduler_stop(scheduler *j); /* waits for the job that runs; NULL is allowed */
/* Looks now and returns when everything that was due has run; for tests and the command line. */
void scheduler_run_due(server *s, int64_t now_ms);
#endif
