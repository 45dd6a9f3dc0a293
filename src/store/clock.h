/* clock.h — when the rooms' jobs are due, kept in the database so that each runs once over all servers. */
#ifndef ZK_STORE_CLOCK_H
#define ZK_STORE_CLOCK_H
#include "permit/ctx.h"

/* Every job has its hours: whole multiples of its period since 1970-01-01 UTC. A job that was never seen is due at once, and
 * one whose hours went by while no server ran is due once, not once for each. */

/* Is it due at c->now_ms? Reads only. */
err clock_due(ctx *c, str name, bool *due) MUST_USE;
/* In the writing transaction that will run it: it is ours, and not due again before its next hour. *ours false: another was
 * first. A job that fails is rolled back with this, and is due again. */
err clock_take(ctx *c, str name, int64_t every_ms, bool *ours) MUST_USE;
#endif
