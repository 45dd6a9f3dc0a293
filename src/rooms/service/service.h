/* service.h — cases: feedback, complaints and service tasks on one engine. Rules: service.md. */
#ifndef ZK_ROOMS_SERVICE_H
#define ZK_ROOMS_SERVICE_H
#include "schema/entity.h"

typedef enum { CASE_NEW, CASE_IN_PROGRESS, CASE_WAITING, CASE_RESOLVED, CASE_CLOSED, CASE_STATUS_COUNT } case_status;

extern const entity_def case_entity;
extern const entity_def working_calendar_entity;
extern const entity_def sla_rule_entity;
#endif
