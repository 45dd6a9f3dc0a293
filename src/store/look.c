/* A masked value is looked at (PERMIT-17): one field of one record at a time, and that is written down with it. */
#include "base/text.h"
#include "store/audit.h"
#include "store/internal.h"

static err write_down(ctx *c, const rec *r, const field *f)
{
    const audit_word words[] = {
        { .name = "record", .text = arena_printf(c->a, "%.*s/%lld", STR_ARG(r->e->name), (long long)r->id) },
        { .name = "field", .text = f->name },
        { NULL, { 0 }, 0 },
    };
    return audit_write(c, AUDIT_UNMASKED, c->actor.user, words);
}

err store_look(ctx *c, const entity *e, int64_t id, str name, json_writer *w)
{
    rec         *r;
    const field *f = entity_field(e, name);
    showing      shown = f ? permit_show(&c->actor, f) : SHOW_NOT;
    TRY(store_load(c, e, id, &r));
    if (shown == SHOW_NOT)
        return ctx_problem_with(c, STR("field"), STR("no_such_field"), utf8_cut(name, 80));
    if (!permit_look(&c->actor, f))
        return ctx_refuse(c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    if (f->alias_of >= 0)
        f = &e->fields[f->alias_of];
    if (!field_maskable(f))
        return ctx_problem_with(c, STR("field"), STR("not_maskable"), (str){ 0 });
    if (shown == SHOW_MASKED)
        TRY(write_down(c, r, f));
    json_object(w);
    json_put_string(w, "field", f->name);
    json_key(w, STR("value"));
    if (r->v[f->index].set)
        json_string(w, r->v[f->index].s);
    else
        json_null(w);
    json_object_end(w);
    return ERR_OK;
}
