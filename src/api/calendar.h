/* calendar.h — one's own entries as an iCalendar feed under a secret address. */
#ifndef ZK_API_CALENDAR_H
#define ZK_API_CALENDAR_H
#include "api/call.h"

err calendar_get(call *k) MUST_USE;   /* is there an address? */
err calendar_renew(call *k) MUST_USE; /* a new one; the old one is no more */
err calendar_end(call *k) MUST_USE;
err calendar_feed(call *k) MUST_USE;
#endif
