/* people.h — users, the teams they belong to, and what their roles let them do. Rules: people.md. */
#ifndef ZK_ROOMS_PEOPLE_H
#define ZK_ROOMS_PEOPLE_H
#include "schema/entity.h"

typedef enum { USER_INVITED, USER_ACTIVE, USER_ABSENT, USER_DISABLED, USER_STATE_COUNT } user_state;

extern const entity_def user_entity, team_entity;
extern const entity_def role_entity, role_right_entity, role_field_entity, user_role_entity, share_entity;
#endif
