/* openapi.h — OpenAPI 3.1 from the table of operations and the entity tables. */
#ifndef ZK_API_OPENAPI_H
#define ZK_API_OPENAPI_H
#include "api/call.h"

err  openapi_get(call *k) MUST_USE;
void openapi_write(const snapshot *s, const entity_def *const *rooms, arena *a, json_writer *w);
#endif
