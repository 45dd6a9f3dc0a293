/* A change of who may what, as a security event: "read: own → all". */
#include "store/audit.h"
#include "store/internal.h"

static bool says_who_may(const field *f)
{
    str list = str_from(f->owner->def->rights);
    if (str_eq(list, STR("*")))
        return !(f->flags & FF_COMMON);
    while (list.n > 0) {
        ptrdiff_t cut = str_find_char(list, ',');
        if (str_eq(cut < 0 ? list : str_sub(list, 0, cut), f->name))
            return true;
        list = cut < 0 ? (str){ 0 } : str_sub(list, cut + 1, list.n);
    }
    return false;
}

static err side_text(ctx *c, const rec *r, const field *f, str *out)
{
    const entity *is;
    bool          deleted;
    *out = STR("–");
    if (!r || !r->v[f->index].set)
        return ERR_OK;
    const value *v = &r->v[f->index];
    if (f->type == FT_REF || f->type == FT_KEYREF) /* of any record (a share): its number, since it may be a person */
        return registry_find(c, v->i, &is, out, &deleted);
    type_env t = record_env(c, r);
    *out = value_to_text(&t, f, v);
    return ERR_OK;
}

/* Of what is made or gone: what it says; of what is changed: how. */
static err put_fields(ctx *c, const rec *old, const rec *next, what w, buf *b)
{
    bool whole = w != WHAT_UPDATE;
    for (size_t i = 0; i < next->e->field_count; i++) {
        const field *f = &next->e->fields[i];
        str          was, is;
        if (f->flags & FF_ALIAS || !says_who_may(f) || (whole ? !next->v[i].set : !rec_changed(old, next, i)))
            continue;
        TRY(side_text(c, old, f, &was));
        TRY(side_text(c, next, f, &is));
        buf_printf(b, "%s%.*s: ", b->n ? ", " : "", STR_ARG(f->name));
        if (!whole)
            buf_printf(b, "%.*s → ", STR_ARG(was));
        buf_printf(b, "%.*s", STR_ARG(is));
    }
    return ERR_OK;
}

static int64_t whom(const rec *r)
{
    if (str_eq(r->e->name, STR("user")))
        return r->id;
    const field *f = entity_field(r->e, STR("user"));
    return f && f->type == FT_REF ? rec_ref(r, (size_t)f->index) : 0;
}

err rights_tell(ctx *c, const rec *old, const rec *next, what w)
{
    buf b;
    buf_init(&b, 64 << 10);
    err e = put_fields(c, old, next, w, &b);
    str fields = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    bool first = c->importing && c->actor.user == 0; /* the ready roles of a new database */
    if (e != ERR_OK || first || (w == WHAT_UPDATE && fields.n == 0))
        return e;
    const audit_word words[] = { { .name = "what", .text = str_from(what_name(w)) },
                                 { .name = fields.n ? "fields" : NULL, .text = fields },
                                 { 0 } };
    return audit_write_of(c, AUDIT_RIGHTS, whom(next), next->e->name, next->id, words);
}
