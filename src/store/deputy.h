/* deputy.h — who acts for a person who is away (people.md, PEOPLE-14). */
#ifndef ZK_STORE_DEPUTY_H
#define ZK_STORE_DEPUTY_H
#include "store/store.h"

/* Oneself, where one is not absent; of an absent person the deputy, or the deputy's where that one is absent too. *out 0: nobody
 * is there, be it that the person or the last deputy is disabled, deleted or invited only. */
err deputy_of(ctx *c, int64_t user, int64_t *out) MUST_USE;
#endif
