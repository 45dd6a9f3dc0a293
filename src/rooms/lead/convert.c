/* LEAD-8: a lead becomes an account, a contact and a deal; once, in one transaction and one operation, so that the one undo
 * takes it back. A preview does the same inside a part of the transaction that is then given up, so that what it shows and what
 * it refuses is what would happen. */
#include "rooms/lead/inside.h"

#include "store/duplicate.h"
#include "store/file.h"

typedef enum { SIDE_ACCOUNT, SIDE_CONTACT, SIDE_OPPORTUNITY, SIDE_COUNT } side;
static const char *const side_names[] = { "account", "contact", "opportunity" };
_Static_assert(countof(side_names) == SIDE_COUNT, "one name per side");

/* LEAD-8.2: what goes where; the first that is not empty is taken. */
const carry_def lead_carries[LEAD_CARRIES] = {
    { "account", "name", "company" },
    { "account", "name", "name" },
    { "account", "industry", "industry" },
    { "account", "source", "source" },
    { "account", "phone", "phone" },
    { "account", "website", "website" },
    { "account", "region", "region" },
    { "account", "city", "city" },
    { "account", "address", "address" },
    { "contact", "name", "name" },
    { "contact", "title", "title" },
    { "contact", "phone", "phone" },
    { "contact", "mobile", "mobile" },
    { "contact", "email", "email" },
    { "contact", "wechat", "wechat" },
    { "contact", "source", "source" },
    { "contact", "do_not_contact", "do_not_contact" },
    { "contact", "address", "address" },
    { "contact", "description", "description" },
    { "opportunity", "name", "company" },
    { "opportunity", "name", "name" },
    { "opportunity", "currency", "currency" },
    { "opportunity", "amount", "budget" },
    { "opportunity", "source", "source" },
    { "opportunity", "campaign", "campaign" },
    { "opportunity", "description", "need" },
    { "form_attempt", "values", NULL }, /* LEAD-2.1 */
};

enum { TAKEN_MOST = 80, HANGING_MOST = 2000, DUPLICATES = 10 };

typedef struct {
    const field *to, *from;
    value        was;
    bool         taken; /* false: there was something, and it stays */
} carried;

typedef struct {
    const json *in;   /* as the caller gave it; NULL: nothing was said */
    rec        *r;    /* NULL: none */
    bool        made; /* … else one that was there */
    carried     list[TAKEN_MOST];
    size_t      count;
} part;

typedef struct {
    rec    *lead;
    part    parts[SIDE_COUNT];
    bool    overwrite, preview;
    int64_t operation;
} conversion;

/* ---- what was asked ---- */

/* The member as an object without "id", and that id; *id 0: none. ERR_INVALID with a problem. */
static err part_target(ctx *c, const json *in, const char *name, int64_t *id, json **rest)
{
    const json *named = json_is(in, JSON_OBJECT) ? json_get(in, STR("id")) : in;
    *id = 0;
    *rest = arena_make(c->a, json);
    (*rest)->kind = JSON_OBJECT;
    if (named && !(json_is(named, JSON_STRING) && str_to_int64(named->text, id) && *id > 0))
        return ctx_problem_with(c, str_from(name), STR("no_such_record"),
                                json_is(named, JSON_STRING) ? utf8_cut(named->text, 60) : (str){ 0 });
    json **end = &(*rest)->first;
    for (const json *j = json_is(in, JSON_OBJECT) ? in->first : NULL; j; j = j->next) {
        if (j == named)
            continue;
        json *copy = arena_make(c->a, json);
        *copy = *j;
        copy->next = NULL;
        *end = copy;
        end = &copy->next;
        (*rest)->count++;
    }
    return ERR_OK;
}

/* Problems of a part are told with its name before the field's. */
static void name_problems(ctx *c, size_t from, const char *name)
{
    for (size_t i = from; i < c->problem_count; i++)
        c->problems[i].field = arena_printf(c->a, "%s.%.*s", name, STR_ARG(c->problems[i].field));
}

/* ---- the field map ---- */

static bool fits(const field *to, const field *from, const value *v)
{
    bool texts =
        (to->type == FT_TEXT || to->type == FT_LONG_TEXT) && (from->type == FT_TEXT || from->type == FT_LONG_TEXT);
    if (to->type != from->type && !texts)
        return false;
    if (to->target != from->target)
        return false;
    if (to->type == FT_TEXT && to->max && utf8_length(v->s) > to->max)
        return false;
    return to->type != FT_CHOICE || field_choice(to, v->s); /* LEAD-8.3 */
}

static void carry(const ctx *c, conversion *k, part *p, const field *to, const field *from)
{
    const value *v = &k->lead->v[from->index];
    if (!to || !v->set || to->flags & (FF_READONLY | FF_ALIAS | FF_BASE) || p->count == TAKEN_MOST ||
        !fits(to, from, v))
        return;
    if (permit_show(&c->actor, from) < permit_show(&c->actor, to)) /* LEAD-8.9 */
        return;
    for (size_t i = 0; i < p->count; i++)
        if (p->list[i].to == to)
            return;
    value *now = &p->r->v[to->index];
    bool   preset = p->made && !p->r->given[to->index];               /* a new record's initial values give way */
    bool   may = p->made || permit_field(&c->actor, to, VERB_UPDATE); /* PERMIT-12 */
    bool   takes = may && (!now->set || preset || (k->overwrite && !p->r->given[to->index]));
    p->list[p->count++] = (carried){ to, from, p->made ? (value){ 0 } : *now, takes };
    if (!takes)
        return;
    *now = (value){ .set = true, .i = v->i, .s = v->s };
    p->r->given[to->index] = 1;
}

/* LEAD-8.2: the map, then own fields by their name. */
static void carry_all(const ctx *c, conversion *k, side which)
{
    part         *p = &k->parts[which];
    const entity *from = k->lead->e, *to = p->r->e;
    for (size_t i = 0; i < LEAD_CARRIES; i++)
        if (str_eq(to->name, str_from(lead_carries[i].entity)))
            carry(c, k, p, entity_field(to, str_from(lead_carries[i].field)),
                  entity_field(from, str_from(lead_carries[i].from)));
    for (size_t i = 0; i < from->field_count; i++) {
        const field *f = &from->fields[i], *same = f->flags & FF_CUSTOM ? entity_field(to, f->name) : NULL;
        if (same && same->flags & FF_CUSTOM)
            carry(c, k, p, same, f);
    }
    const field *owner = entity_common(to, CF_OWNER), *its = entity_common(from, CF_OWNER);
    if (p->made && owner && its && k->lead->v[its->index].set && !p->r->given[owner->index])
        p->r->v[owner->index] = k->lead->v[its->index];
}

/* ---- the three records ---- */

static void set_ref(part *p, const char *name, const part *to, bool overwrite)
{
    const field *f = entity_field(p->r->e, str_from(name));
    if (!to->r || p->r->given[f->index] || (!p->made && !overwrite && p->r->v[f->index].set))
        return;
    rec_set_ref(p->r, (size_t)f->index, to->r->id);
}

static err make_part(ctx *c, conversion *k, side which)
{
    part         *p = &k->parts[which];
    const entity *e = snapshot_entity(c->snap, str_from(side_names[which]));
    int64_t       id;
    json         *object;
    TRY(part_target(c, p->in, side_names[which], &id, &object));
    if (id) {
        err x = store_load(c, e, id, &p->r);
        if (x == ERR_NOT_FOUND)
            return ctx_problem_with(c, str_from(side_names[which]), STR("no_such_record"),
                                    arena_printf(c->a, "%lld", (long long)id));
        TRY(x);
    } else {
        p->r = store_new(c, e);
    }
    p->made = id == 0;
    size_t before = c->problem_count;
    err    x = store_patch(c, p->r, object);
    carry_all(c, k, which);
    if (which != SIDE_ACCOUNT)
        set_ref(p, "account", &k->parts[SIDE_ACCOUNT], k->overwrite);
    if (which == SIDE_OPPORTUNITY)
        set_ref(p, "contact", &k->parts[SIDE_CONTACT], k->overwrite);
    if (x == ERR_OK)
        x = store_save(c, p->r, 0);
    name_problems(c, before, side_names[which]);
    return x;
}

/* LEAD-8.1: what is not named: an account where the lead has a company, a contact, no deal. */
static bool wanted(const conversion *k, side which)
{
    const json *in = k->parts[which].in;
    if (in)
        return in->kind != JSON_NULL;
    if (which == SIDE_ACCOUNT)
        return k->lead->v[entity_field(k->lead->e, STR("company"))->index].set;
    return which == SIDE_CONTACT;
}

/* ---- what hangs on the lead goes along ---- */

static err move_activities(ctx *c, conversion *k, const rec *to)
{
    const entity *e = snapshot_entity(c->snap, STR("activity"));
    const field  *about = entity_field(e, STR("about"));
    int64_t      *ids;
    size_t        n;
    TRY(store_referring(c, about, k->lead->id, HANGING_MOST, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        rec *r;
        TRY(store_load_any(c, e, ids[i], &r));
        rec_set_any(c, r, (size_t)about->index, to->e->name, to->id);
        TRY(store_save_along(c, r));
    }
    return ERR_OK;
}

static err is_member(ctx *c, const entity *e, int64_t contact, int64_t campaign, bool *yes)
{
    int64_t *ids;
    size_t   n;
    *yes = false;
    TRY(store_referring(c, entity_field(e, STR("contact")), contact, HANGING_MOST, &ids, &n));
    for (size_t i = 0; i < n && !*yes; i++) {
        rec *r;
        TRY(store_load_any(c, e, ids[i], &r));
        *yes = rec_ref(r, (size_t)entity_field(e, STR("campaign"))->index) == campaign;
    }
    return ERR_OK;
}

/* LEAD-8.5: the contact takes the lead's place in its campaigns, but in those it is in already. */
static err move_memberships(ctx *c, conversion *k, const rec *contact)
{
    const entity *e = snapshot_entity(c->snap, STR("campaign_member"));
    const field  *lead = entity_field(e, STR("lead")), *person = entity_field(e, STR("contact"));
    int64_t      *ids;
    size_t        n;
    TRY(store_referring(c, lead, k->lead->id, HANGING_MOST, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        rec *r;
        bool there;
        TRY(store_load_any(c, e, ids[i], &r));
        TRY(is_member(c, e, contact->id, rec_ref(r, (size_t)entity_field(e, STR("campaign"))->index), &there));
        if (there)
            continue;
        rec_set_null(r, (size_t)lead->index);
        rec_set_ref(r, (size_t)person->index, contact->id);
        TRY(store_save_along(c, r));
    }
    return ERR_OK;
}

static err move_all(ctx *c, conversion *k)
{
    const rec *to = NULL;
    const side first[] = { SIDE_CONTACT, SIDE_ACCOUNT, SIDE_OPPORTUNITY };
    for (size_t i = 0; i < countof(first) && !to; i++)
        to = k->parts[first[i]].r;
    TRY(move_activities(c, k, to));
    TRY(file_move(c, k->lead->e->name, k->lead->id, to->e->name, to->id));
    return k->parts[SIDE_CONTACT].r ? move_memberships(c, k, k->parts[SIDE_CONTACT].r) : ERR_OK;
}

/* ---- all of it ---- */

/* Converted is a state that no move leads to, so it is written as an import writes it. */
static err close_lead(ctx *c, conversion *k)
{
    const char *const into[] = { "converted_account", "converted_contact", "converted_opportunity" };
    rec              *r;
    TRY(store_load_any(c, k->lead->e, k->lead->id, &r)); /* its activities may have moved its own dates */
    rec_set_choice(r, (size_t)entity_field(r->e, STR("status"))->index, LEAD_CONVERTED);
    rec_set_int(r, (size_t)entity_field(r->e, STR("converted_at"))->index, c->now_ms);
    for (size_t i = 0; i < SIDE_COUNT; i++)
        if (k->parts[i].r)
            rec_set_ref(r, (size_t)entity_field(r->e, str_from(into[i]))->index, k->parts[i].r->id);
    bool was = c->importing;
    c->importing = true;
    err e = store_save(c, r, 0);
    c->importing = was;
    return e;
}

static err convert_all(ctx *c, conversion *k)
{
    bool any = false;
    TRY(store_operation_begin(c, STR("convert"), rec_text(k->lead, (size_t)k->lead->e->title), &k->operation));
    for (size_t i = 0; i < SIDE_COUNT; i++)
        if (wanted(k, (side)i)) {
            TRY(make_part(c, k, (side)i));
            any = true;
        }
    if (!any)
        return ctx_problem(c, "contact", STR("lead.into_nothing"));
    TRY(move_all(c, k));
    TRY(close_lead(c, k));
    store_operation_end(c);
    return ERR_OK;
}

/* ---- the answer ---- */

/* PERMIT-17, PERMIT-18: as the record shows it. */
static err put_value(ctx *c, const rec *r, const field *f, const value *v, bool masked, const char *key, json_writer *w)
{
    currency_info money;
    type_env      t = { .a = c->a, .currency_decimals = c->snap->currency_decimals, .zone = c->zone };
    value         named = *v;
    if (f->currency >= 0 && r->v[f->currency].set && currency_find(r->v[f->currency].s, &money))
        t.currency_decimals = money.decimals;
    if (v->set && f->type == FT_REF) {
        rec *target;
        err  e = store_load(c, f->target, v->i, &target);
        if (e != ERR_OK && e != ERR_NOT_FOUND)
            return e;
        named.hidden = e == ERR_NOT_FOUND;
        if (e == ERR_OK)
            named.s = rec_text(target, (size_t)target->e->title);
    }
    if (masked && v->set)
        named.s = value_mask(c->a, f, v->s);
    json_key(w, str_from(key));
    value_to_json(&t, f, &named, w);
    return ERR_OK;
}

static err put_carried(ctx *c, const conversion *k, const part *p, json_writer *w)
{
    json_key(w, STR("fields"));
    json_array(w);
    for (size_t i = 0; i < p->count; i++) {
        const carried *x = &p->list[i];
        showing        from = permit_show(&c->actor, x->from), to = permit_show(&c->actor, x->to);
        bool           masked = from == SHOW_MASKED || to == SHOW_MASKED;
        if (from == SHOW_NOT || to == SHOW_NOT)
            continue;
        json_object(w);
        json_put_string(w, "field", x->to->name);
        json_put_string(w, "from", x->from->name);
        json_put_bool(w, "taken", x->taken);
        TRY(put_value(c, p->r, x->to, &x->was, masked, "old", w));
        TRY(put_value(c, k->lead, x->from, &k->lead->v[x->from->index], masked, "new", w));
        json_object_end(w);
    }
    json_array_end(w);
    return ERR_OK;
}

static err put_part(ctx *c, const conversion *k, side which, json_writer *w)
{
    const part *p = &k->parts[which];
    json_key(w, str_from(side_names[which]));
    if (!p->r) {
        json_null(w);
        return ERR_OK;
    }
    json_object(w);
    if (k->preview && p->made)
        json_put_null(w, "id");
    else
        json_put_id(w, "id", p->r->id);
    json_put_string(w, "name", rec_text(p->r, (size_t)p->r->e->title));
    if (k->preview)
        TRY(put_carried(c, k, p, w));
    json_object_end(w);
    return ERR_OK;
}

static err put_duplicates(ctx *c, const conversion *k, json_writer *w)
{
    duplicate *list;
    size_t     n;
    TRY(store_duplicates(c, k->lead, false, DUPLICATES, &list, &n));
    json_key(w, STR("duplicates"));
    json_array(w);
    for (size_t i = 0; i < n; i++) {
        const duplicate *d = &list[i];
        if (!str_eq(d->e->name, STR("account")) && !str_eq(d->e->name, STR("contact")))
            continue;
        json_object(w);
        json_put_string(w, "entity", d->e->name);
        json_put_id(w, "id", d->id);
        json_put_string(w, "name", d->name);
        json_put_string(w, "owner", d->owner_name);
        json_put_int(w, "score", d->score);
        json_key(w, STR("reasons"));
        json_array(w);
        for (size_t m = 0; m < d->reason_count; m++)
            json_string(w, str_from(d->reasons[m].kind));
        json_array_end(w);
        json_object_end(w);
    }
    json_array_end(w);
    return ERR_OK;
}

static err put_answer(ctx *c, const conversion *k, json_writer *w)
{
    json_object(w);
    for (size_t i = 0; i < SIDE_COUNT; i++)
        TRY(put_part(c, k, (side)i, w));
    if (k->preview) {
        json_put_null(w, "operation");
        TRY(put_duplicates(c, k, w));
    } else {
        json_put_id(w, "operation", k->operation);
    }
    json_object_end(w);
    return ERR_OK;
}

static err read_request(ctx *c, conversion *k, const json *in)
{
    for (const json *j = in ? in->first : NULL; j; j = j->next) {
        bool known = str_eq(j->key, STR("overwrite")) || str_eq(j->key, STR("preview"));
        bool flag = known;
        for (size_t i = 0; i < SIDE_COUNT; i++)
            if (str_eq(j->key, str_from(side_names[i]))) {
                k->parts[i].in = j;
                known = true;
            }
        if (!known)
            (void)ctx_problem_with(c, utf8_cut(j->key, 80), STR("unknown_field"), utf8_cut(j->key, 80));
        else if (flag && j->kind != JSON_TRUE && j->kind != JSON_FALSE)
            (void)ctx_problem(c, str_eq(j->key, STR("preview")) ? "preview" : "overwrite", STR("type"));
    }
    k->overwrite = json_is(json_get(in, STR("overwrite")), JSON_TRUE);
    k->preview = json_is(json_get(in, STR("preview")), JSON_TRUE);
    return c->problem_count ? ERR_INVALID : ERR_OK;
}

err lead_convert(ctx *c, rec *on, const json *in, json_writer *out)
{
    conversion *k = arena_make(c->a, conversion);
    k->lead = on;
    if (rec_choice(on, (size_t)entity_field(on->e, STR("status"))->index) == LEAD_CONVERTED) /* LEAD-8.6 */
        return ctx_refuse(c, ERR_CONFLICT, STR("lead_converted"), (str){ 0 });
    TRY(read_request(c, k, in));
    if (!k->preview) {
        TRY(convert_all(c, k));
        return put_answer(c, k, out);
    }
    store_mark mark;
    TRY(store_savepoint(c, &mark));
    TRY(convert_all(c, k));
    TRY(store_savepoint_rollback(c, &mark));
    return put_answer(c, k, out);
}
