/* ics.h — iCalendar (RFC 5545) as text: what a calendar program subscribes to.
 *
 * Lines end in CRLF and are folded at 75 bytes, never inside a character. Instants are written in UTC, so that no VTIMEZONE
 * is needed; whole days as dates. Control characters are left out.
 * Units    ms UTC; days since 1970. Memory: the caller's buf; the writer keeps nothing. */
#ifndef ZK_IO_ICS_H
#define ZK_IO_ICS_H
#include "base/buf.h"

typedef struct {
    str     uid; /* the same for ever, unlike any other's */
    bool    whole_days;
    int64_t start, end; /* ms; whole days: days, end the last day. No end: end < start, then half an hour, or the day */
    int64_t changed_ms, revision;
    str     summary, description, place, category; /* empty ones are left out */
    bool    done;
} ics_event;

void ics_begin(buf *b, str name, str zone);
void ics_put(buf *b, const ics_event *e);
void ics_end(buf *b);
#endif
