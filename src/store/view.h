/* view.h — lists that people keep: a filter, an order, columns, under a name.
 *
 * A view belongs to whoever made it. Nobody else sees it unless it is shared; a shared one is read by everybody and changed by
 * its owner and by administrators. Which view a module begins with is kept for each person and once for everybody.
 * What a view shows is decided by the reader's rights, as with any list.
 * All functions run inside c->conn. Memory: c->a. Errors: ERR_NOT_FOUND also for what may not be seen; ERR_FORBIDDEN for
 * a shared one of somebody else; ERR_STALE where the version is another. */
#ifndef ZK_STORE_VIEW_H
#define ZK_STORE_VIEW_H
#include "permit/ctx.h"

typedef struct {
    int64_t id, owner, version, updated_at;
    str     entity, name, owner_name;
    str     body; /* JSON object: where, order, columns … (api/saved.c says which) */
    bool    shared;
} kept_view;

enum { VIEW_MOST = 200 }; /* of one person in one module */

bool kept_view_may_change(const ctx *c, const kept_view *v);
/* Those of one entity that the actor may see: own ones first, then by name. */
err kept_view_list(ctx *c, str of, kept_view **out, size_t *count) MUST_USE;
err kept_view_find(ctx *c, int64_t id, kept_view *out) MUST_USE;
/* id 0: a new one of the actor. Sets id, version, owner, updated_at. ERR_INVALID where there are VIEW_MOST already. */
err kept_view_save(ctx *c, kept_view *v, int64_t expected_version) MUST_USE;
err kept_view_remove(ctx *c, int64_t id, int64_t expected_version) MUST_USE;

/* What a module begins with: the id of a view or the name of a shipped one; empty: nothing set. */
err kept_view_defaults(ctx *c, str of, str *own, str *everybody) MUST_USE;
err kept_view_default_set(ctx *c, str of, str view, bool everybody) MUST_USE;
#endif
