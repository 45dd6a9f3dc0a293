/* throttle.h — slows down guessing: failures are counted by account and by address.
 *
 * The first few failures of an account within a quarter of an hour are free (an address has more: offices share one);
 * after them each further one doubles the wait, up to that quarter of an hour. What is counted is what was typed, whether such a user
 * exists or not. Kept in memory, bounded; a restart forgets. Threads: any. */
#ifndef ZK_API_THROTTLE_H
#define ZK_API_THROTTLE_H
#include "api/server.h"

throttle *throttle_new(void);
void      throttle_free(throttle *t); /* NULL is allowed */
/* Seconds to wait before another attempt is looked at; 0: now. */
int  throttle_wait(throttle *t, str account, str address, int64_t now_ms);
void throttle_failed(throttle *t, str account, str address, int64_t now_ms);
void throttle_passed(throttle *t, str account);
#endif
