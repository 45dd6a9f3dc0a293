/* standing.h — reports that stand: how many records of an entity by one of its fields, measured in several ways, each number
 * with the list that opens it. Used by every room that counts.
 *
 * Memory  the request's arena
 * Errors  those of query.h; a problem "by" where that dimension is not among those allowed */
#ifndef ZK_ROOMS_STANDING_H
#define ZK_ROOMS_STANDING_H
#include "rooms/opportunity/figures.h"

enum { STANDING_METRICS = 10, STANDING_ROWS = 200 };

typedef struct {
    const char *name;
    str         where; /* empty: all */
} standing_metric;

typedef struct {
    const char     *entity, *plural;
    const char     *field; /* grouped by; NULL: by fiscal quarters of `time`, the last twelve that have begun */
    const char     *by;    /* what the reader calls it */
    const char     *time;
    str             where; /* holds for everything that is counted; empty: all */
    standing_metric metrics[STANDING_METRICS];
    size_t          metric_count;
    const char     *before, *of;         /* also the change of metric `of` against metric `before`, in per cent; NULL */
    const char     *rate, *part, *whole; /* also metric `part` in per cent of metric `whole`, under this name; NULL */
} standing_request;

/* {"by","columns","rows":[{"key","name",METRIC:{"value","records"},…,"change","RATE"}],"total":{…},"more":bool}: the largest
 * STANDING_ROWS groups by the first metric, quarters in their order; the total is of what was asked for, of quarters what lies
 * within them. Writes the members of an object that is open. */
err standing_write(ctx *c, const standing_request *r, json_writer *w) MUST_USE;
#endif
