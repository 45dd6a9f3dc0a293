/* meta.h — what the tables declare and what this person may do: GET /meta, from which the web app draws itself. */
#ifndef ZK_API_META_H
#define ZK_API_META_H
#include "api/call.h"

err meta_get(call *k) MUST_USE;
/* The same with everything said once, from which the web app makes it whole again: web/src/state/lean.ts. */
err meta_lean_get(call *k) MUST_USE;
/* One entity as /meta shows it, for `zhike schema`. */
void meta_entity(const snapshot *s, const actor *who, const entity *e, json_writer *w);
#endif
