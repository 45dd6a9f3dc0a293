/* organisation.h — what holds for the whole house: currency rates. Rules: organisation.md. */
#ifndef ZK_ROOMS_ORGANISATION_H
#define ZK_ROOMS_ORGANISATION_H
#include "schema/entity.h"

enum { RATE_CURRENCY, RATE_RATE, RATE_VALID_FROM, RATE_FIELD_COUNT, RATE_DECIMALS = 8 };

extern const entity_def currency_rate_entity;
#endif
