/* actions.h — actions and views that rooms declare, served without knowing the room. */
#ifndef ZK_API_ACTIONS_H
#define ZK_API_ACTIONS_H
#include "api/call.h"

const action_def *action_find(const entity *e, str name); /* NULL */
const view_def   *view_find(const server *s, str name);   /* NULL */
err               view_get(call *k) MUST_USE;
#endif
