/* mappings.h — one's own mappings of imports, kept for the next file. */
#ifndef ZK_API_MAPPINGS_H
#define ZK_API_MAPPINGS_H
#include "api/call.h"

err mappings_get(call *k) MUST_USE;
err mappings_put(call *k) MUST_USE;
err mappings_delete(call *k) MUST_USE;
#endif
