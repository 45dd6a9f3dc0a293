/* outside.h — requests that wait for another server run here: on a few threads of their own behind a bounded queue, so that a
 * provider that is slow holds up neither the quick requests nor the slow lane, and no transaction is open meanwhile.
 * Threads: any. */
#ifndef ZK_API_OUTSIDE_H
#define ZK_API_OUTSIDE_H
#include "api/call.h"

enum { OUTSIDE_AT_ONCE = 4, OUTSIDE_WAITING = 32 };

outside *outside_start(void);
/* False: too many wait, or the server stops. Else the request is answered later. */
bool outside_push(outside *o, call *k);
/* What runs is asked to break off (outside_stops), what waits is answered with 503, nothing more is taken. */
void outside_stop(outside *o);
void outside_free(outside *o); /* after outside_stop(); NULL is allowed */
bool outside_stops(void *o);   /* for those who run there */
#endif
