/* opportunity.h — deals, their lines and competitors, and the pipelines they walk through. Rules: opportunity.md.
 *
 * Units   *_minor money in minor units of the deal's currency; quantity in ten-thousandths; discount in basis points
 * Memory  constant tables and pure functions
 * Errors  hooks report through ctx_problem() */
#ifndef ZK_ROOMS_OPPORTUNITY_H
#define ZK_ROOMS_OPPORTUNITY_H
#include "schema/entity.h"

typedef enum { STAGE_OPEN, STAGE_WON, STAGE_LOST, STAGE_KIND_COUNT } stage_kind;
typedef enum {
    FORECAST_PIPELINE,
    FORECAST_BEST_CASE,
    FORECAST_COMMIT,
    FORECAST_CLOSED,
    FORECAST_OMITTED,
    FORECAST_COUNT
} forecast_category;

extern const entity_def opportunity_entity, opportunity_line_entity, opportunity_competitor_entity;
extern const entity_def opportunity_contact_entity, opportunity_member_entity, opportunity_change_entity;
extern const entity_def pipeline_entity, pipeline_stage_entity;

/* quantity × price × (1 − discount), rounded once, halves away from zero; false where it does not fit. */
bool line_amount_minor(int64_t quantity, int64_t price_minor, int64_t discount_bp, int64_t *amount_minor);
/* The price that makes the amount; false where quantity or what the discount leaves is 0. */
bool line_price_minor(int64_t quantity, int64_t amount_minor, int64_t discount_bp, int64_t *price_minor);
#endif
