/* forecast.h — fiscal periods and what each person is to reach in them. Rules: forecast.md.
 *
 * Units   dates are days since 1970-01-01; both ends belong to the period */
#ifndef ZK_ROOMS_FORECAST_H
#define ZK_ROOMS_FORECAST_H
#include "schema/entity.h"

typedef enum { PERIOD_YEAR, PERIOD_QUARTER, PERIOD_MONTH, PERIOD_KIND_COUNT } period_kind;

extern const entity_def fiscal_period_entity, quota_entity, forecast_adjustment_entity;
extern const view_def   forecast_views[2]; /* outlook.c */

/* The label of the fiscal year that a day lies in: the calendar year in which it starts. */
int fiscal_year_of(int64_t day, int start_month);
/* Its first day; months before: quarters begin at months 0, 3, 6, 9. */
int64_t fiscal_start(int year, int start_month, int months_in);
#endif
