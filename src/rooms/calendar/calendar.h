/* calendar.h — days that are off, and weekends that are worked, as an administrator loads them. Rules: calendar.md. */
#ifndef ZK_ROOMS_CALENDAR_H
#define ZK_ROOMS_CALENDAR_H
#include "schema/entity.h"

typedef enum { HOLIDAY_OFF, HOLIDAY_WORK, HOLIDAY_KIND_COUNT } holiday_kind;

extern const entity_def holiday_entity;
#endif
