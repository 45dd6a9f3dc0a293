/* gate.h — password hashes are computed behind a gate: each takes 19 MiB, so two at once in the whole process, a bounded number
 * waits, and who comes then is sent away (ERR_UNAVAILABLE, Retry-After). Threads: any. */
#ifndef ZK_API_GATE_H
#define ZK_API_GATE_H
#include "base/arena.h"

enum { GATE_AT_ONCE = 2, GATE_WAITING = 24 };

typedef struct gate gate;
gate               *gate_new(void);
void                gate_free(gate *g); /* NULL is allowed */
err                 gate_enter(gate *g) MUST_USE;
void                gate_leave(gate *g);
int                 gate_line(gate *g); /* how many wait */

/* base/password.h behind the gate. */
err gate_verify(gate *g, str stored, str password, bool *right) MUST_USE;
err gate_hash(gate *g, arena *a, str password, str *stored) MUST_USE;
#endif
