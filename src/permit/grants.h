/* grants.h — records that are shared with a person or a team, or on whose team a person is (permit.md, PERMIT-15), as a
 * SELECT of their ids. Of entities whose scope says `granted` only.
 * SQL: our own identifiers and the numbers of parameters that hold the actor's id, the team's id (0 where there is none) and
 * the day (bound as a date). */
#ifndef ZK_PERMIT_GRANTS_H
#define ZK_PERMIT_GRANTS_H
#include "base/buf.h"
#include "permit/permit.h"

enum { GRANTS_PARAMS = 3 };
/* change: those that may be changed too. */
void grants_put(buf *out, const entity *e, bool change, int me, int team, int today);
#endif
