/* openapi.h — OpenAPI 3.1 from the table of operations and the entity tables: every entity's paths and schemas written out,
 * actions and views as their rooms declare them, and shapes/, JSON files that travel inside the program, for the components that
 * belong to no entity. Nothing here knows a room. */
#ifndef ZK_API_OPENAPI_H
#define ZK_API_OPENAPI_H
#include "api/call.h"

err  openapi_get(call *k) MUST_USE;
void openapi_write(const snapshot *s, json_writer *w);

/* openapi_entity.c: the schemas of one entity, as members of the open object. "opportunity_line" → "OpportunityLine". */
void openapi_entity(const entity *e, json_writer *w);
void openapi_name(str entity_name, char *out, size_t room);
#endif
