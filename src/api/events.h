/* events.h — server-sent events: one thread reads the outbox and tells every stream what its person may know. */
#ifndef ZK_API_EVENTS_H
#define ZK_API_EVENTS_H
#include "api/call.h"

hub *hub_start(server *s);
void hub_wake(hub *h); /* NULL is allowed, as in all of them */
void hub_stop(hub *h); /* the thread ends; streams are the HTTP server's to end */
void hub_free(hub *h);
err  events_open(call *k) MUST_USE; /* GET /events */
#endif
