/* lead.h — a person or firm who may buy. Rules: lead.md. */
#ifndef ZK_ROOMS_LEAD_H
#define ZK_ROOMS_LEAD_H
#include "schema/entity.h"

typedef enum {
    LEAD_NEW,
    LEAD_CONTACTED,
    LEAD_NURTURING,
    LEAD_QUALIFIED,
    LEAD_CONVERTED,
    LEAD_UNQUALIFIED,
    LEAD_STATUS_COUNT
} lead_status;

extern const entity_def lead_entity;
#endif
