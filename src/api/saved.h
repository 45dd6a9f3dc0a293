/* saved.h — views that people keep (store/view.h), and changing all records that a condition names. */
#ifndef ZK_API_SAVED_H
#define ZK_API_SAVED_H
#include "api/call.h"

err saved_list(call *k) MUST_USE;
err saved_get(call *k) MUST_USE;
err saved_create(call *k) MUST_USE;
err saved_update(call *k) MUST_USE;
err saved_delete(call *k) MUST_USE;
err saved_default(call *k) MUST_USE;

#endif
