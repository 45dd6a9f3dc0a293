#include "io/refs.h"

bool refusal_of_row(err e)
{
    switch (e) {
    case ERR_MALFORMED:
    case ERR_FORBIDDEN:
    case ERR_NOT_FOUND:
    case ERR_CONFLICT:
    case ERR_STALE:
    case ERR_TOO_LARGE:
    case ERR_INVALID: return true;
    default: return false;
    }
}

bool refs_makeable(const io_column *column)
{
    return column->to.f->type == FT_REF;
}

/* By one field. *found stays false when none; ambiguous: several. */
static err by_field(ctx *c, const entity *e, const field *f, str text, int64_t *id, bool *several)
{
    *id = 0;
    err x = store_find_seen(c, e, f, text, id);
    *several = x == ERR_CONFLICT;
    if (*several)
        *id = 0;
    if (x == ERR_OK || refusal_of_row(x)) {
        c->code = c->detail = (str){ 0 };
        return ERR_OK;
    }
    return x;
}

/* The fields by which a record may be named where no field is given, the surest first. */
static size_t naming_fields(const entity *e, const field *out[8])
{
    static const char *const others[] = { "external_id", "login", "email", "code" };
    size_t                   n = 0;
    if (e->key >= 0)
        out[n++] = &e->fields[e->key];
    out[n++] = &e->fields[e->title];
    for (size_t i = 0; i < countof(others); i++) {
        const field *f = entity_field(e, str_from(others[i]));
        if (f)
            out[n++] = f;
    }
    return n;
}

static err by_naming(ctx *c, const entity *e, str text, int64_t *id, bool *several)
{
    const field *f[8];
    int64_t      number;
    size_t       n = naming_fields(e, f);
    *id = 0;
    *several = false;
    if (str_to_int64(text, &number) && number > 0)
        TRY(by_field(c, e, &e->fields[e->common[CF_ID]], text, id, several));
    for (size_t i = 0; i < n && *id == 0 && !*several; i++)
        TRY(by_field(c, e, f[i], text, id, several));
    return ERR_OK;
}

static void settle(word *w, int64_t id, bool several)
{
    w->id = id;
    w->state = id ? WORD_FOUND : several ? WORD_AMBIGUOUS : WORD_MISSING;
}

/* Keyed references are handed on by their key, which may be known for several owners (a stage of each pipeline). */
static err find_keyed(ctx *c, const plan *p, const io_column *column, word *w)
{
    const entity *e = column->to.f->target;
    str           theirs = header_value(p->e, column->to.f, w->text);
    const str     texts[] = { w->text, theirs, plan_choice_key(p->a, w->text) };
    int64_t       id = 0;
    bool          several = false;
    for (size_t i = 0; i < countof(texts); i++) {
        if (texts[i].n == 0)
            continue;
        TRY(by_field(c, e, &e->fields[e->key], texts[i], &id, &several));
        if (id || several) {
            w->key = texts[i];
            w->id = several ? 0 : id;
            w->state = WORD_FOUND;
            return ERR_OK;
        }
    }
    const field *names[] = { entity_field(e, STR("label")), &e->fields[e->title] };
    for (size_t i = 0; i < countof(names) && id == 0 && !several; i++)
        if (names[i] && names[i]->alias_of < 0)
            TRY(by_field(c, e, names[i], w->text, &id, &several));
    settle(w, id, several);
    if (id) {
        rec *r;
        TRY(store_load_any(c, e, id, &r));
        w->key = arena_str(p->a, rec_text(r, (size_t)e->key));
    }
    return ERR_OK;
}

/* "account/7", "account/Acme" */
static err find_any(ctx *c, const plan *p, word *w)
{
    ptrdiff_t     cut = str_find_char(w->text, '/');
    str           name = cut > 0 ? str_trim(str_sub(w->text, 0, cut)) : (str){ 0 };
    const entity *e = snapshot_entity(p->snap, name);
    int64_t       id = 0;
    bool          several = false;
    if (!e)
        e = snapshot_plural(p->snap, name);
    if (e)
        TRY(by_naming(c, e, str_trim(str_sub(w->text, cut + 1, w->text.n)), &id, &several));
    settle(w, id, several);
    if (e)
        w->entity_name = arena_str(p->a, e->name);
    return ERR_OK;
}

err refs_find(ctx *c, const plan *p, const io_column *column, word *w)
{
    const target *t = &column->to;
    int64_t       id;
    bool          several;
    if (t->f->type == FT_ANYREF)
        return find_any(c, p, w);
    if (t->f->type == FT_KEYREF && !t->via)
        return find_keyed(c, p, column, w);
    if (t->via)
        TRY(by_field(c, t->f->target, t->via, w->text, &id, &several));
    else
        TRY(by_naming(c, t->f->target, w->text, &id, &several));
    settle(w, id, several);
    if (t->f->type == FT_KEYREF && id) {
        rec *r;
        TRY(store_load_any(c, t->f->target, id, &r));
        w->key = arena_str(p->a, rec_text(r, (size_t)t->f->target->key));
    }
    return ERR_OK;
}

static bool in_this_file(const plan *p, const io_column *column, const word *w, arena *scratch)
{
    const target *t = &column->to;
    const field  *by = t->via ? t->via : &p->e->fields[p->e->title];
    return !t->line && t->f->target == p->e && p->own_column && p->own_key == by &&
           map_get(p->own, mapping_fold(scratch, w->text)) != NULL;
}

static void tell_missing(plan *p, const io_column *column, const word *w)
{
    if (w->state == WORD_MISSING)
        plan_warning(p, column->weak ? "import.missing_left_empty" : "import.missing", column->header, w->line, w->text,
                     column->to.f->target ? column->to.f->target->name : (str){ 0 });
    else if (w->state == WORD_AMBIGUOUS)
        plan_warning(p, "import.ambiguous", column->header, w->line, w->text, column->to.f->target->name);
}

err refs_find_all(ctx *c, plan *p)
{
    for (size_t i = 0; i < p->order_count; i++) {
        io_column *column = p->order[i];
        if (!column_is_reference(column))
            continue;
        for (word *w = column->first; w; w = w->next) {
            arena_mark mark = arena_here(c->a);
            TRY(refs_find(c, p, column, w));
            if (w->state == WORD_MISSING && in_this_file(p, column, w, c->a))
                w->state = WORD_LATER;
            arena_reset(c->a, mark);
            if (!p->create_missing || !refs_makeable(column))
                tell_missing(p, column, w);
        }
    }
    return ERR_OK;
}

err refs_make(ctx *c, const plan *p, const io_column *column, word *w)
{
    const entity *e = column->to.f->target;
    const field  *title = &e->fields[e->title], *by = column->to.via ? column->to.via : title;
    TRY(refs_find(c, p, column, w));
    if (w->state != WORD_MISSING)
        return w->state == WORD_AMBIGUOUS ? ctx_problem_with(c, column->to.f->name, STR("several_records"), w->text)
                                          : ERR_OK;
    rec *r = store_new(c, e);
    err  x = store_set_text(c, r, by, w->text);
    if (x == ERR_OK && by != title)
        x = store_set_text(c, r, title, w->text);
    const field *state = str_eq(e->name, STR("user")) ? entity_field(e, STR("state")) : NULL;
    if (x == ERR_OK && state)
        x = store_set_text(c, r, state, STR("invited"));
    if (x == ERR_OK)
        x = store_save(c, r, 0);
    if (x == ERR_OK)
        settle(w, r->id, false);
    return x;
}
