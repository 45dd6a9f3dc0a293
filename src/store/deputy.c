#include "store/deputy.h"

#include "base/limits.h"

err deputy_of(ctx *c, int64_t user, int64_t *out)
{
    const entity *e = snapshot_entity(c->snap, STR("user"));
    const field  *state = e ? entity_field(e, STR("state")) : NULL, *deputy = e ? entity_field(e, STR("deputy")) : NULL;
    *out = 0;
    if (!state || !deputy)
        return ERR_OK;
    for (int depth = 0; user && depth < LIMIT_TREE_DEPTH; depth++) {
        rec *r;
        err  x = store_load_any(c, e, user, &r);
        if (x == ERR_NOT_FOUND)
            return ERR_OK;
        TRY(x);
        str now = rec_text(r, (size_t)state->index);
        if (!str_eq(now, STR("absent")) || r->deleted_at) {
            *out = str_eq(now, STR("active")) && !r->deleted_at ? user : 0;
            return ERR_OK;
        }
        user = rec_ref(r, (size_t)deputy->index);
    }
    return ERR_OK;
}
