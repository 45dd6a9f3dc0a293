/* misc.h — search, the query language as a call, operations and their undo, settings, health, metrics. */
#ifndef ZK_API_MISC_H
#define ZK_API_MISC_H
#include "api/call.h"

err search_get(call *k) MUST_USE;
err query_post(call *k) MUST_USE;
err query_get(call *k) MUST_USE;
err operations_get(call *k) MUST_USE;
err operation_get(call *k) MUST_USE;
err undo_prepare(call *k) MUST_USE;
err operation_undo(call *k) MUST_USE;
err settings_get(call *k) MUST_USE;
err settings_update(call *k) MUST_USE;
err health_get(call *k) MUST_USE;
err metrics_get(call *k) MUST_USE;
#endif
