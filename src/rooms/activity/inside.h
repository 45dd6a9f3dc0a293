/* inside.h — what the files of this room share. */
#ifndef ZK_ROOMS_ACTIVITY_INSIDE_H
#define ZK_ROOMS_ACTIVITY_INSIDE_H
#include "rooms/activity/activity.h"

err activity_report(ctx *c, const char *const *values, json_writer *w) MUST_USE; /* ACT-13 */
#endif
