/* pipeline.h — the fields of a stage, for the deals that stand on it. */
#ifndef ZK_ROOMS_PIPELINE_H
#define ZK_ROOMS_PIPELINE_H
#include "rooms/opportunity/opportunity.h"

enum {
    STAGE_PIPELINE,
    STAGE_LABEL,
    STAGE_KEY,
    STAGE_KIND,
    STAGE_PROBABILITY,
    STAGE_FORECAST,
    STAGE_EXPECTED_DAYS,
    STAGE_POSITION,
    STAGE_REQUIRED,
    STAGE_NEXT,
    STAGE_ASKS_REASON,
    STAGE_RETIRED,
    STAGE_FIELD_COUNT
};

extern const choice_def forecast_choices[FORECAST_COUNT];
#endif
