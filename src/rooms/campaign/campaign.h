/* campaign.h — a promotion or a customer-care action for an industry in a period. Rules: campaign.md.
 *
 * Units   *_minor  money in minor units of the record's currency
 *         *_bp     basis points, 0..10000
 * Memory  constant tables and pure functions; nothing here is freed.
 * Errors  hooks report through ctx_problem(); a failed save leaves nothing behind. */
#ifndef ZK_ROOMS_CAMPAIGN_H
#define ZK_ROOMS_CAMPAIGN_H
#include "schema/entity.h"

#define CAMPAIGN_BUDGET_MINOR_MAX INT64_C(900000000000000)

typedef enum {
    CAMPAIGN_PLANNED,
    CAMPAIGN_ACTIVE,
    CAMPAIGN_COMPLETED,
    CAMPAIGN_CANCELLED,
    CAMPAIGN_STATUS_COUNT
} campaign_status;

/* How an answer came. */
typedef enum { VIA_HAND, VIA_FORM, VIA_LINK, VIA_IMPORT, VIA_COUNT } member_via;

extern const entity_def campaign_entity, campaign_member_entity, campaign_state_entity, campaign_cost_entity,
    campaign_rule_entity;

/* CAMP-4: writes down that this lead or contact answered, as a member that is there or a new one. */
err campaign_respond(ctx *c, int64_t campaign, const rec *who, member_via via) MUST_USE;
/* CAMP-5.1: the campaign that the contact answered first; 0: none. */
err campaign_first_touch(ctx *c, int64_t contact, int64_t *campaign) MUST_USE;

/* Cost of one response, halves rounded away from zero; -1 where nobody responded. */
int64_t campaign_cost_per_response_minor(int64_t cost_minor, int64_t responses);
/* Share of members who responded, in basis points, rounded down; 0 for no members. */
int32_t campaign_response_bp(int64_t responses, int64_t members);
#endif
