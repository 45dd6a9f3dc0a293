#include "schema/snapshot.h"

#include "base/limits.h"
#include "schema/types.h"

/* Every record's fields beside the room's; the label is locale "common.NAME". */
typedef struct {
    const char  *name;
    field_type   type;
    uint32_t     flags;
    const char  *target;
    common_field place;
} common_def;

static const common_def commons[] = {
    { "id", FT_ID, FF_READONLY, NULL, CF_ID },
    { "owner", FT_REF, FF_SORT | FF_LIST, "user", CF_OWNER },
    { "external_id", FT_TEXT, FF_UNIQUE, NULL, CF_EXTERNAL_ID },
    { "created_at", FT_TIME, FF_READONLY | FF_SORT | FF_REQUIRED | FF_NO_HISTORY, NULL, CF_CREATED_AT },
    { "created_by", FT_REF, FF_READONLY | FF_NO_HISTORY, "user", CF_CREATED_BY },
    { "updated_at", FT_TIME, FF_READONLY | FF_SORT | FF_REQUIRED | FF_NO_HISTORY, NULL, CF_UPDATED_AT },
    { "updated_by", FT_REF, FF_READONLY | FF_NO_HISTORY, "user", CF_UPDATED_BY },
    { "version", FT_INTEGER, FF_READONLY | FF_REQUIRED | FF_NO_HISTORY, NULL, CF_VERSION },
};

typedef struct {
    const snapshot_input *in;
    snapshot             *s;
    arena                *a;
    size_t                room; /* fields allocated for the entity at hand */
} builder;

static str zstr(builder *b, const char *s)
{
    return s ? arena_str(b->a, str_from(s)) : (str){ 0 };
}

static str label_key(arena *a, str of, str name, str key)
{
    return key.n ? arena_printf(a, "%.*s.%.*s.%.*s", STR_ARG(of), STR_ARG(name), STR_ARG(key))
                 : arena_printf(a, "%.*s.%.*s", STR_ARG(of), STR_ARG(name));
}

/* "account.status.new", else "choice.status.new" (shared lists such as currencies), else the key. */
static str choice_label(arena *a, int lang, str of, str name, str key)
{
    str own = label_key(a, of, name, key), shared = label_key(a, STR("choice"), name, key);
    if (label_has(lang, own))
        return label_get(lang, own);
    if (label_has(lang, shared))
        return label_get(lang, shared);
    return label_has(LANG_EN, own)      ? label_get(LANG_EN, own)
           : label_has(LANG_EN, shared) ? label_get(LANG_EN, shared)
                                        : key;
}

static field *add_field(builder *b, entity *e, str name, field_type type, uint32_t flags)
{
    ASSERT(e->field_count < b->room);
    field *f = &e->fields[e->field_count];
    f->index = (int)e->field_count++;
    f->name = name;
    f->type = type;
    f->flags = flags;
    f->owner = e;
    f->column = name;
    f->currency = f->base = f->base_of = f->alias_of = -1;
    if (type_row_of(type)->has_key)
        f->column_key = arena_printf(b->a, "%.*s_k", STR_ARG(name));
    if (type == FT_ANYREF)
        f->column_entity = arena_printf(b->a, "%.*s_entity", STR_ARG(name));
    f->group = STR("main");
    return f;
}

static void label_field(builder *b, field *f, str prefix)
{
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        f->label[lang] = label_get(lang, label_key(b->a, prefix, f->name, (str){ 0 }));
        str help = arena_printf(b->a, "%.*s.%.*s#help", STR_ARG(prefix), STR_ARG(f->name));
        f->help[lang] = label_has(lang, help) ? label_get(lang, help) : (str){ 0 };
    }
}

/* What the organisation calls a choice whose meaning is fixed. */
static const choice_row *renamed(const builder *b, const field *f, str key)
{
    for (size_t i = 0; i < b->in->choice_count; i++) {
        const choice_row *row = &b->in->choices[i];
        if (str_eq(row->field, f->name) && str_eq(row->entity, f->owner->name) && str_eq(row->key, key))
            return row;
    }
    return NULL;
}

static void fixed_choices(builder *b, field *f, const field_def *d)
{
    choice *list = arena_make_n(b->a, choice, d->choice_count + 1);
    for (size_t i = 0; i < d->choice_count; i++) {
        list[i] = (choice){ .key = zstr(b, d->choices[i].key),
                            .color = zstr(b, d->choices[i].color),
                            .next_mask = d->choices[i].next_mask,
                            .position = (int)i };
        const choice_row *ours = renamed(b, f, list[i].key);
        if (ours && ours->color.n)
            list[i].color = arena_str(b->a, ours->color);
        for (int lang = 0; lang < LANG_COUNT; lang++)
            list[i].label[lang] = ours && ours->label[lang].n
                                      ? arena_str(b->a, ours->label[lang])
                                      : choice_label(b->a, lang, f->owner->name, f->name, list[i].key);
    }
    f->choices = list;
    f->choice_count = d->choice_count;
}

/* Open lists: as the database has them, by position. */
static void open_choices(builder *b, field *f)
{
    size_t n = 0;
    for (size_t i = 0; i < b->in->choice_count; i++)
        n += str_eq(b->in->choices[i].entity, f->owner->name) && str_eq(b->in->choices[i].field, f->name);
    choice *list = arena_make_n(b->a, choice, n + 1);
    f->choices = list;
    for (size_t i = 0; i < b->in->choice_count; i++) {
        const choice_row *row = &b->in->choices[i];
        if (!str_eq(row->entity, f->owner->name) || !str_eq(row->field, f->name))
            continue;
        choice *c = &list[f->choice_count++];
        *c = (choice){ .key = arena_str(b->a, row->key),
                       .color = arena_str(b->a, row->color),
                       .next_mask = NEXT_ANY,
                       .retired = row->retired,
                       .position = row->position };
        for (int lang = 0; lang < LANG_COUNT; lang++)
            c->label[lang] = row->label[lang].n ? arena_str(b->a, row->label[lang])
                                                : choice_label(b->a, lang, f->owner->name, f->name, c->key);
    }
}

static void room_field(builder *b, entity *e, const field_def *d)
{
    field *f = add_field(b, e, zstr(b, d->name), d->type, d->flags);
    f->min = d->min;
    f->max = d->max;
    f->decimals = d->decimals;
    f->initial = zstr(b, d->initial);
    if (d->group)
        f->group = zstr(b, d->group);
    label_field(b, f, e->name);
    if (d->flags & FF_OPEN)
        open_choices(b, f);
    else if (d->choices)
        fixed_choices(b, f, d);
}

static void base_twin(builder *b, entity *e, int of)
{
    field *m = &e->fields[of];
    str    name = arena_printf(b->a, "%.*s_base", STR_ARG(m->name));
    field *f = add_field(b, e, name, FT_MONEY, FF_READONLY | FF_BASE | FF_NO_HISTORY | (m->flags & FF_SORT));
    f->base_of = of;
    f->group = m->group;
    f->flags |= m->flags & FF_CUSTOM;
    f->column = arena_printf(b->a, "%.*s_base", STR_ARG(m->column));
    e->fields[of].base = f->index;
    for (int lang = 0; lang < LANG_COUNT; lang++)
        f->label[lang] = arena_printf(b->a, "%.*s (%.*s)", STR_ARG(m->label[lang]), STR_ARG(b->s->currency));
}

static void common_fields(builder *b, entity *e)
{
    for (size_t i = 0; i < countof(commons); i++) {
        const common_def *d = &commons[i];
        if (d->place == CF_OWNER && !e->def->owned)
            continue;
        field *f = add_field(b, e, str_from(d->name), d->type, d->flags | FF_COMMON);
        f->group = STR("system");
        if (d->place == CF_OWNER) {
            f->initial = STR(":me");
            f->group = STR("main");
        }
        e->common[d->place] = f->index;
        label_field(b, f, STR("common"));
    }
}

/* The name: the room's own field, an alias of the title, or written by the store from other fields. */
static void name_field(builder *b, entity *e)
{
    const field *own = entity_field(e, STR("name"));
    if (own) {
        e->common[CF_NAME] = e->title = own->index;
        return;
    }
    field *f = add_field(b, e, STR("name"), FT_TEXT, FF_READONLY | FF_COMMON | FF_NO_HISTORY);
    e->common[CF_NAME] = e->title = f->index;
    label_field(b, f, STR("common"));
    if (!e->def->title) {
        f->flags |= FF_LIST;
        return;
    }
    const field *of = entity_field(e, str_from(e->def->title));
    f->flags |= FF_ALIAS | (of->flags & FF_SORT);
    f->alias_of = e->title = of->index;
    f->type = of->type;
    f->column = of->column;
    f->column_key = of->column_key;
}

static void custom_fields(builder *b, entity *e)
{
    for (size_t i = 0; i < b->in->field_count; i++) {
        const field_row *row = &b->in->fields[i];
        if (row->retired || !str_eq(row->entity, e->name))
            continue;
        field *f = add_field(b, e, arena_str(b->a, row->name), row->type, row->flags | FF_CUSTOM);
        f->column = arena_str(b->a, row->column);
        if (f->column_key.n)
            f->column_key = arena_printf(b->a, "%.*s_k", STR_ARG(f->column));
        if (f->column_entity.n)
            f->column_entity = arena_printf(b->a, "%.*s_entity", STR_ARG(f->column));
        f->min = row->min;
        f->max = row->max;
        f->decimals = row->decimals;
        f->initial = arena_str(b->a, row->initial);
        if (row->group.n)
            f->group = arena_str(b->a, row->group);
        for (int lang = 0; lang < LANG_COUNT; lang++) {
            f->label[lang] = row->label[lang].n ? arena_str(b->a, row->label[lang]) : f->name;
            f->help[lang] = arena_str(b->a, row->help[lang]);
        }
        if (row->type == FT_CHOICE || row->type == FT_MULTI_CHOICE)
            open_choices(b, f);
    }
}

static size_t count_money(const entity_def *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->field_count; i++)
        n += d->fields[i].type == FT_MONEY;
    return n;
}

static void few_records(builder *b, entity *e)
{
    str rest = e->def->few ? str_from(e->def->few) : (str){ 0 };
    e->few = arena_make_n(b->a, few_of, (size_t)rest.n / 2 + 1);
    while (rest.n > 0) {
        str one = str_cut(&rest, ',');
        str name = str_cut(&one, '=');
        e->few[e->few_count++] = (few_of){ .f = entity_field(e, name), .key = one };
    }
}

static void entity_begin(builder *b, const entity_def *d, int number)
{
    entity *e = arena_make(b->a, entity);
    b->s->entities[number] = e;
    e->def = d;
    e->number = number;
    e->name = zstr(b, d->name);
    e->plural = e->table = zstr(b, d->plural);
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        e->label[lang] = label_get(lang, e->name);
        e->plural_label[lang] = label_get(lang, arena_printf(b->a, "%.*s#plural", STR_ARG(e->name)));
    }
    for (int i = 0; i < CF_COUNT; i++)
        e->common[i] = -1;
    e->key = e->currency = e->rate_date = -1;
    b->room = d->field_count + count_money(d) + countof(commons) + 2 + b->in->field_count * 2;
    e->fields = arena_make_n(b->a, field, b->room);
    for (size_t i = 0; i < d->field_count; i++)
        room_field(b, e, &d->fields[i]);
    for (size_t i = 0; i < d->field_count; i++)
        if (d->fields[i].type == FT_MONEY)
            base_twin(b, e, (int)i);
    name_field(b, e);
    common_fields(b, e);
    custom_fields(b, e);
    for (size_t i = 0; i < b->in->layout_count; i++)
        if (str_eq(b->in->layouts[i].entity, e->name))
            e->layout[b->in->layouts[i].kind] = arena_str(b->a, b->in->layouts[i].text);
    if (d->key)
        e->key = entity_field(e, str_from(d->key))->index;
    if (d->currency)
        e->currency = entity_field(e, str_from(d->currency))->index;
    if (d->rate_date)
        e->rate_date = entity_field(e, str_from(d->rate_date))->index;
    few_records(b, e);
    for (size_t i = 0; i < e->field_count; i++) {
        field *f = &e->fields[i];
        if (f->type == FT_MONEY && !(f->flags & FF_BASE))
            f->currency = e->currency;
        if (f->flags & FF_CUSTOM && f->type == FT_MONEY && !(f->flags & FF_BASE))
            base_twin(b, e, f->index); /* reached again by this loop as a twin, which has none */
    }
}

static str target_name(builder *b, const entity *e, const field *f)
{
    if ((size_t)f->index < e->def->field_count)
        return str_from(e->def->fields[f->index].target);
    for (size_t i = 0; i < countof(commons); i++)
        if ((f->flags & FF_COMMON) && commons[i].target && str_eq(f->name, str_from(commons[i].name)))
            return str_from(commons[i].target);
    for (size_t i = 0; i < b->in->field_count; i++)
        if ((f->flags & FF_CUSTOM) && str_eq(b->in->fields[i].name, f->name) &&
            str_eq(b->in->fields[i].entity, e->name))
            return b->in->fields[i].target;
    return (str){ 0 };
}

static void link_targets(builder *b)
{
    snapshot *s = b->s;
    for (size_t i = 0; i < s->entity_count; i++)
        for (size_t k = 0; k < s->entities[i]->field_count; k++) {
            field *f = &s->entities[i]->fields[k];
            if (f->type != FT_REF && f->type != FT_KEYREF)
                continue;
            f->target = snapshot_entity(s, target_name(b, s->entities[i], f));
            if (f->target)
                f->target->pointing_count++;
        }
    size_t any = 0; /* references to any record point at every entity */
    for (size_t i = 0; i < s->entity_count; i++)
        for (size_t k = 0; k < s->entities[i]->field_count; k++)
            any += s->entities[i]->fields[k].type == FT_ANYREF;
    for (size_t i = 0; i < s->entity_count; i++) {
        entity *e = s->entities[i];
        e->pointing = arena_make_n(b->a, const field *, e->pointing_count + any + 1);
        e->pointing_count = 0;
    }
    for (size_t i = 0; i < s->entity_count; i++)
        for (size_t k = 0; k < s->entities[i]->field_count; k++) {
            const field *f = &s->entities[i]->fields[k];
            if (f->target)
                f->target->pointing[f->target->pointing_count++] = f;
            for (size_t t = 0; f->type == FT_ANYREF && t < s->entity_count; t++)
                s->entities[t]->pointing[s->entities[t]->pointing_count++] = f;
        }
}

static const fiscal_span *copy_spans(arena *a, const fiscal_span *from, size_t count)
{
    fiscal_span *to = arena_make_n(a, fiscal_span, count + 1);
    if (count)
        memcpy(to, from, count * sizeof *to);
    return to;
}

err snapshot_build(const snapshot_input *in, arena *why_arena, snapshot **out, str *why)
{
    const char *fault = entity_fault(in->rooms);
    if (fault) {
        *why = arena_str(why_arena, str_from(fault));
        return ERR_INVALID;
    }
    arena    *a = arena_new();
    snapshot *s = arena_make(a, snapshot);
    builder   b = { .in = in, .s = s, .a = a };
    s->a = a;
    s->references = 1;
    s->version = in->version;
    s->org_name = arena_str(a, in->org_name);
    s->zone = arena_str(a, in->zone.n ? in->zone : STR("Asia/Shanghai"));
    currency_info money = { STR("CNY"), STR("¥"), 2 };
    if (in->currency.n)
        (void)currency_find(in->currency, &money);
    s->currency = money.code;
    s->currency_decimals = money.decimals;
    s->organisation_lang = in->language;
    s->fiscal_start_month = in->fiscal_start_month ? in->fiscal_start_month : 1;
    s->fiscal = in->fiscal;
    s->fiscal.years = copy_spans(a, in->fiscal.years, in->fiscal.year_count);
    s->fiscal.quarters = copy_spans(a, in->fiscal.quarters, in->fiscal.quarter_count);
    while (in->rooms[s->entity_count])
        s->entity_count++;
    s->entities = arena_make_n(a, entity *, s->entity_count + 1);
    for (size_t i = 0; i < s->entity_count; i++)
        entity_begin(&b, in->rooms[i], (int)i);
    link_targets(&b);
    rights_build(s, in);
    *out = s;
    return ERR_OK;
}

static const char *const layout_names[LAYOUT_COUNT] = {
    [LAYOUT_LIST] = "list", [LAYOUT_FORM] = "form", [LAYOUT_RECORD] = "record"
};

const char *layout_name(layout_kind k)
{
    return layout_names[k];
}

bool layout_from(str name, layout_kind *out)
{
    for (int i = 0; i < LAYOUT_COUNT; i++)
        if (str_eq(name, str_from(layout_names[i]))) {
            *out = (layout_kind)i;
            return true;
        }
    return false;
}

snapshot *snapshot_pin(snapshot *s)
{
    __atomic_add_fetch(&s->references, 1, __ATOMIC_RELAXED);
    return s;
}

void snapshot_unpin(snapshot *s)
{
    if (!s || __atomic_sub_fetch(&s->references, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    for (size_t i = 0; i < s->entity_count; i++) {
        if (s->entities[i]->plan)
            s->entities[i]->plan->free(s->entities[i]->plan);
        if (s->entities[i]->insert)
            s->entities[i]->insert->free(s->entities[i]->insert);
    }
    arena_free(s->a);
}

entity *snapshot_entity(const snapshot *s, str name)
{
    for (size_t i = 0; i < s->entity_count; i++)
        if (str_eq(s->entities[i]->name, name))
            return s->entities[i];
    return NULL;
}

entity *snapshot_plural(const snapshot *s, str plural)
{
    for (size_t i = 0; i < s->entity_count; i++)
        if (str_eq(s->entities[i]->plural, plural))
            return s->entities[i];
    return NULL;
}

const field *entity_field(const entity *e, str name)
{
    for (size_t i = 0; i < e->field_count; i++)
        if (str_eq(e->fields[i].name, name))
            return &e->fields[i];
    return NULL;
}

const choice *field_choice(const field *f, str key)
{
    for (size_t i = 0; i < f->choice_count; i++)
        if (str_eq_nocase(f->choices[i].key, key))
            return &f->choices[i];
    return NULL;
}

const choice *field_choice_like(const field *f, str text)
{
    const choice *c = field_choice(f, text);
    for (size_t i = 0; !c && i < f->choice_count; i++)
        for (int lang = 0; lang < LANG_COUNT; lang++)
            if (str_eq_nocase(f->choices[i].label[lang], text))
                c = &f->choices[i];
    return c;
}

static bool sorted_time(const field *f)
{
    return (f->type == FT_DATE || f->type == FT_TIME) && f->flags & FF_SORT && !(f->flags & FF_ALIAS);
}

/* Fields added at run time have such an index; in the others they are not, which would have to be made anew. */
bool entity_rides(const field *on, const field *by)
{
    if (!sorted_time(on) || on->owner->def->configuration)
        return false;
    if (!by)
        return true;
    bool kind =
        by->type == FT_DATE || by->type == FT_TIME ? sorted_time(by) : by == entity_common(on->owner, CF_EXTERNAL_ID);
    return kind && by != on && by->owner == on->owner && !(by->flags & FF_CUSTOM);
}
