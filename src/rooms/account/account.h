/* account.h — a firm or organisation one deals with. Rules: account.md. */
#ifndef ZK_ROOMS_ACCOUNT_H
#define ZK_ROOMS_ACCOUNT_H
#include "schema/entity.h"

typedef enum { LIFE_PROSPECT, LIFE_ACTIVE, LIFE_AT_RISK, LIFE_LOST, LIFE_WON_BACK, LIFE_COUNT } account_life;

extern const entity_def account_entity, account_member_entity;

/* Lists that several rooms share, so that a lead's industry is an account's. */
extern const choice_def industry_choices[], source_choices[];
enum { INDUSTRY_COUNT = 20, SOURCE_COUNT = 10 };
/* What somebody does who looks after an account, or works on a deal. */
extern const choice_def team_role_choices[];
enum { TEAM_ROLE_COUNT = 6 };
#endif
