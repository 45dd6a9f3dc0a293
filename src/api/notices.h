/* notices.h — what people are told, what they follow, what may be there twice, and how much hangs on a record. */
#ifndef ZK_API_NOTICES_H
#define ZK_API_NOTICES_H
#include "api/call.h"

err notices_get(call *k) MUST_USE;
err notices_read(call *k) MUST_USE;
err followers_get(call *k) MUST_USE;
err follow_post(call *k) MUST_USE;
err duplicates_post(call *k) MUST_USE;
err related_counts(call *k) MUST_USE;

#endif
