/* inside.h — what the files of this room share. */
#ifndef ZK_ROOMS_CONTACT_INSIDE_H
#define ZK_ROOMS_CONTACT_INSIDE_H
#include "rooms/contact/contact.h"
#include "rooms/opportunity/figures.h"
#include "store/store.h"

/* CONT-5, CONT-6: the main account was `from` and is `to`; either may be 0. */
err contact_moved(ctx *c, int64_t contact, int64_t from, int64_t to) MUST_USE;

enum { CONTACT_VIEWS = 1 };
extern const view_def contact_views[CONTACT_VIEWS];
#endif
