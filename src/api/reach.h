/* reach.h — what may somebody see and do, and why; who may see a record (permit.md, PERMIT-22). */
#ifndef ZK_API_REACH_H
#define ZK_API_REACH_H
#include "api/call.h"

err reach_get(call *k) MUST_USE;
err reach_people(call *k) MUST_USE;
#endif
