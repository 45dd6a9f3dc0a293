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

extern const entity_def lead_entity, assignment_rule_entity, form_entity, form_attempt_entity;

/* The fields of a form and of an attempt, for the door. */
typedef enum {
    FORM_NAME,
    FORM_KEY,
    FORM_ACTIVE,
    FORM_LANGUAGE,
    FORM_TITLE,
    FORM_INTRO,
    FORM_BUTTON,
    FORM_THANKS,
    FORM_FIELDS,
    FORM_ORIGINS,
    FORM_CAMPAIGN,
    FORM_SOURCE,
    FORM_PER_HOUR,
    FORM_DIFFICULTY,
    FORM_MAKES,
    FORM_TEAM,
    FORM_FIELD_COUNT
} form_field;

typedef enum {
    ATTEMPT_LEAD,
    ATTEMPT_INQUIRY,
    ATTEMPT_INVALID,
    ATTEMPT_TRAP,
    ATTEMPT_CHALLENGE,
    ATTEMPT_ORIGIN,
    ATTEMPT_RATE,
    ATTEMPT_OFF,
    ATTEMPT_CASE,
    ATTEMPT_OUTCOME_COUNT
} attempt_outcome;

typedef enum {
    ATTEMPT_FORM,
    ATTEMPT_OUTCOME,
    ATTEMPT_WHY,
    ATTEMPT_ADDRESS,
    ATTEMPT_FROM,
    ATTEMPT_SALT,
    ATTEMPT_MADE_LEAD,
    ATTEMPT_OF_CONTACT,
    ATTEMPT_VALUES,
    ATTEMPT_MADE_CASE,
    ATTEMPT_FIELD_COUNT
} attempt_field;
#endif
