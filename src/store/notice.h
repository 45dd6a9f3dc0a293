/* notice.h — who is told of what: people follow records, and are told what others do with them.
 *
 * Told are: followers of a record, of its changes, its end and what is written about it; whoever a record is handed to; who is
 * named by "@name" in a text. Nobody is told of what he did himself, imports tell nobody, the program the new owner alone, and an
 * operation over many records tells its new owners alone, once.
 * Kinds: "change", "delete", "restore", "about", "assign", "mention", and of rooms "due", "breach", "reply", "rating",
 * "corrective", "review". A notice that one may not read the record of any more
 * is not shown. All functions run inside c->conn. Memory: c->a. */
#ifndef ZK_STORE_NOTICE_H
#define ZK_STORE_NOTICE_H
#include "store/store.h"

typedef struct {
    int64_t       id, at, by, read_at; /* read_at 0: not yet */
    str           kind, by_name, text; /* text: a sentence in the actor's language */
    const entity *e;                   /* what it is about; NULL: nothing */
    int64_t       record;
    str           record_name;
} notice;

/* Newest first, before the notice `before` (0: from the newest). *more: there are older ones. */
err notice_list(ctx *c, int64_t before, int limit, notice **out, size_t *count, bool *more) MUST_USE;
err notice_unread(ctx *c, int64_t *out) MUST_USE;
/* Those of `ids` that are the actor's; ids NULL: all, or with an entity all about that record. Tells the actor's other
 * windows by an event. */
err notice_read(ctx *c, const int64_t *ids, size_t count, const entity *e, int64_t record) MUST_USE;
err notice_sweep(ctx *c, int64_t older_than_ms) MUST_USE;

/* A room's own word to one person (user 0: nobody): one of the kinds above, locale "notice.KIND" with text as {2}. */
err notice_tell(ctx *c, int64_t user, str kind, const entity *e, int64_t record, str text) MUST_USE;

typedef struct {
    int64_t id;
    str     name;
} follower;
enum { FOLLOWERS_SHOWN = 100 };
/* The record must be readable: ERR_NOT_FOUND. At most FOLLOWERS_SHOWN, the first ones first. */
err follow_list(ctx *c, const entity *e, int64_t id, follower **out, size_t *count, bool *mine) MUST_USE;
err follow_set(ctx *c, const entity *e, int64_t id, bool follow) MUST_USE;
#endif
