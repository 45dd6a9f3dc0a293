/* throttle.h — slows down guessing without shutting the owner out.
 *
 * An attempt is counted before its password is looked at, so that many at once are many; what was right is forgiven. Strangers
 * share a count for each account and one for each net (base/address.h): the first few attempts within a quarter of an hour are
 * free (a net has more: offices share one), each further one doubles the wait, up to that quarter of an hour. Who is known to
 * the account, by a device that signed in before or by the address of a session that lives, has a count of their own for it: what
 * strangers do does not keep them waiting. What is counted is what was typed, whether such a user exists or not.
 * Kept in memory, some 160 KB, the quietest makes room; a restart forgets, and each server counts for itself. Threads: any. */
#ifndef ZK_API_THROTTLE_H
#define ZK_API_THROTTLE_H
#include "api/server.h"

typedef struct {
    str account; /* as it was typed, or any other name of what is guessed at */
    str net;     /* from where; empty: not counted */
    str known;   /* by what the account knows who asks; empty: a stranger */
} attempt;

throttle *throttle_new(void);
void      throttle_free(throttle *t); /* NULL is allowed */
/* 0: the attempt may be looked at, and is counted as failed until throttle_passed(). Else the seconds to wait. */
int  throttle_enter(throttle *t, const attempt *by, int64_t now_ms);
void throttle_passed(throttle *t, const attempt *by);
#endif
