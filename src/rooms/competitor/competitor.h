/* competitor.h — who else is in the room: profile and battle card, read by everybody. Rules: competitor.md. */
#ifndef ZK_ROOMS_COMPETITOR_H
#define ZK_ROOMS_COMPETITOR_H
#include "schema/entity.h"

extern const entity_def competitor_entity;
#endif
