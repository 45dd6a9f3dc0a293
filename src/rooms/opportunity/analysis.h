/* analysis.h — won, lost and open deals by something: what win/loss analysis and competitor analysis have in common.
 * Rules: opportunity.md (WINLOSS), competitor.md. */
#ifndef ZK_ROOMS_ANALYSIS_H
#define ZK_ROOMS_ANALYSIS_H
#include "rooms/opportunity/figures.h"

typedef struct {
    const char *by;              /* a name of the table in analysis.c; NULL or empty: the first of `allowed` */
    const char *allowed[10];     /* NULL-ended */
    const char *period;          /* only deals whose close date lies in it; NULL, empty: whenever */
    int64_t     competitor;      /* only deals with it; 0: any */
    int64_t     user;            /* only deals of this owner; 0: any */
    bool        with_competitor; /* only deals with some competitor */
} analysis_request;

/* {"by":…,"currency":…,"columns":[…],"rows":[…],"total":{…}} */
err analysis_write(ctx *c, const analysis_request *r, json_writer *w) MUST_USE;
#endif
