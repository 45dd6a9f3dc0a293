/* activity.h — what people do with a record: tasks, calls, meetings, visits, notes, mails. Rules: activity.md. */
#ifndef ZK_ROOMS_ACTIVITY_H
#define ZK_ROOMS_ACTIVITY_H
#include "schema/entity.h"

typedef enum {
    ACTIVITY_TASK,
    ACTIVITY_CALL,
    ACTIVITY_MEETING,
    ACTIVITY_VISIT,
    ACTIVITY_NOTE,
    ACTIVITY_EMAIL,
    ACTIVITY_MESSAGE, /* between the desk and the customer of a case */
    ACTIVITY_KIND_COUNT
} activity_kind;

extern const entity_def activity_entity;
#endif
