/* zone.h — inside of the zones of text.h; private to base/. */
#ifndef ZK_BASE_ZONE_H
#define ZK_BASE_ZONE_H

/* Frees what was kept of the zones; no other thread may use them at that time. */
void zone_forget(void);
#endif
