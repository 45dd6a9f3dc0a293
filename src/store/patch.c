/* What a writer says about a record: JSON members or canonical texts to values. Problems are collected. */
#include "base/text.h"
#include "store/internal.h"

/* May this field be written now? Otherwise a problem is added. */
static bool writable(ctx *c, const rec *r, const field *f)
{
    if (permit_show(&c->actor, f) == SHOW_NOT) {
        (void)ctx_problem_with(c, f->name, STR("unknown_field"), f->name);
        return false;
    }
    bool by_import =
        c->importing && permit_is_admin(&c->actor) && !(f->flags & (FF_ALIAS | FF_BASE)) && f->type != FT_ID;
    if (by_import || permit_field(&c->actor, f, r->id ? VERB_UPDATE : VERB_CREATE))
        return true;
    (void)ctx_problem_with(c, f->name, STR("read_only"), (str){ 0 });
    return false;
}

static void give(rec *r, const field *f, value v)
{
    r->v[f->index] = v;
    r->given[f->index] = 1;
}

/* `name` writes the title where the entity has one. */
static const field *target_field(const entity *e, str name)
{
    const field *f = entity_field(e, name);
    return f && f->alias_of >= 0 ? &e->fields[f->alias_of] : f;
}

static void take(ctx *c, rec *r, const field *f, const json *j)
{
    value    v;
    refusal  why = { 0 };
    type_env t = record_env(c, r);
    if (f->type == FT_MONEY)
        t.currency_decimals = record_decimals(c, r, f);
    if (value_from_json(&t, f, j, &v, &why))
        give(r, f, v);
    else
        (void)ctx_problem_with(c, f->name, str_from(why.code), why.detail);
}

err store_patch(ctx *c, rec *r, const json *object)
{
    if (!json_is(object, JSON_OBJECT))
        return ctx_refuse(c, ERR_INVALID, STR("not_an_object"), (str){ 0 });
    if (record_asks(c, r->e) && !permit_entity(&c->actor, r->e, r->id ? VERB_UPDATE : VERB_CREATE))
        return ctx_refuse(c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    size_t before = c->problem_count;
    for (int pass = 0; pass < 2; pass++) /* the currency before the money that is counted in it */
        for (const json *j = object->first; j; j = j->next) {
            const field *f = target_field(r->e, j->key);
            if (!f) {
                (void)ctx_problem_with(c, utf8_cut(j->key, 80), STR("unknown_field"), utf8_cut(j->key, 80));
                continue;
            }
            if ((f->type == FT_MONEY) == (pass == 1) && writable(c, r, f))
                take(c, r, f, j);
        }
    return c->problem_count > before ? ERR_INVALID : ERR_OK;
}

static err set_reference(ctx *c, rec *r, const field *f, str text)
{
    int64_t id = 0;
    if (str_to_int64(text, &id) && id > 0) {
        give(r, f, (value){ .set = true, .i = id });
        return ERR_OK;
    }
    TRY(store_find_seen(c, f->target, &f->target->fields[f->target->title], text, &id));
    if (id == 0)
        return ctx_problem_with(c, f->name, STR("no_such_record"), utf8_cut(text, 60));
    give(r, f, (value){ .set = true, .i = id });
    return ERR_OK;
}

err store_set_text(ctx *c, rec *r, const field *f, str text)
{
    if (f->alias_of >= 0)
        f = &r->e->fields[f->alias_of];
    if (!writable(c, r, f))
        return ERR_INVALID;
    text = str_trim(text);
    if (f->type == FT_REF && text.n > 0)
        return set_reference(c, r, f, text);
    value    v;
    refusal  why = { 0 };
    type_env t = record_env(c, r);
    if (!value_from_text(&t, f, text, &v, &why))
        return ctx_problem_with(c, f->name, str_from(why.code), why.detail);
    give(r, f, v);
    return ERR_OK;
}
