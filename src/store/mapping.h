/* mapping.h — mappings of imports, kept for the next file of the same kind: one's own, by entity and name.
 *
 * Memory: c->a. Inside c->conn. */
#ifndef ZK_STORE_MAPPING_H
#define ZK_STORE_MAPPING_H
#include "permit/ctx.h"

typedef struct {
    int64_t id, updated_at;
    str     entity, name, map; /* map: JSON */
} mapping_row;

enum { MAPPINGS_MOST = 100 }; /* of one person for one entity: the oldest goes */

/* of empty: of all entities. The one used last comes first. */
err mapping_list(ctx *c, str of, mapping_row **out, size_t *count) MUST_USE;
/* A new one, or another map under the same name. */
err mapping_put(ctx *c, str of, str name, str text, int64_t *id) MUST_USE;
err mapping_end(ctx *c, int64_t id) MUST_USE; /* ERR_NOT_FOUND: none of one's own */
#endif
