/* registry.h — the only list of rooms. NULL-ended; in the order in which the modules stand in the frame. */
#ifndef ZK_APP_REGISTRY_H
#define ZK_APP_REGISTRY_H
#include "schema/entity.h"

extern const entity_def *const rooms[];
#endif
