#include "api/meta.h"

#include "api/reports.h"
#include "api/rest.h"
#include "api/settings.h"
#include "schema/types.h"

enum { LEAN_LISTS = 256, LEAN_GROUPS = 64 };

#ifndef ZHIKE_VERSION
#define ZHIKE_VERSION "0"
#endif

/* What was said already and is not said again: GET /meta/lean. */
typedef struct {
    const field *chosen[LEAN_LISTS]; /* the first field with each list of choices */
    size_t       chosen_count;
    str          groups[LEAN_GROUPS];
    size_t       group_count;
} lean;

/* The locale's text of a key in every language. */
static void put_text_of(json_writer *w, const char *key, const char *format, str a, const char *b)
{
    char name[200];
    str  label[LANG_COUNT];
    snprintf(name, sizeof name, format, STR_ARG(a), b);
    for (int i = 0; i < LANG_COUNT; i++)
        label[i] = label_get(i, str_from(name));
    put_label(w, key, label);
}

static void put_choice(const choice *c, size_t count, const choice *all, json_writer *w)
{
    json_object(w);
    json_put_string(w, "key", c->key);
    put_label(w, "label", c->label);
    put_text(w, "color", c->color);
    json_key(w, STR("next"));
    if (c->next_mask == NEXT_ANY) {
        json_null(w);
    } else {
        json_array(w);
        for (size_t i = 0; i < count && i < 32; i++)
            if (c->next_mask >> i & 1)
                json_string(w, all[i].key);
        json_array_end(w);
    }
    json_put_bool(w, "retired", c->retired);
    json_object_end(w);
}

static void put_choices(const field *f, json_writer *w)
{
    json_key(w, STR("choices"));
    if (f->type != FT_CHOICE && f->type != FT_MULTI_CHOICE) {
        json_null(w);
        return;
    }
    json_array(w);
    for (size_t i = 0; i < f->choice_count; i++)
        put_choice(&f->choices[i], f->choice_count, f->choices, w);
    json_array_end(w);
}

static bool choices_alike(const field *a, const field *b)
{
    if (a->choice_count != b->choice_count)
        return false;
    for (size_t i = 0; i < a->choice_count; i++) {
        const choice *x = &a->choices[i], *y = &b->choices[i];
        if (!str_eq(x->key, y->key) || !str_eq(x->color, y->color) || x->next_mask != y->next_mask ||
            x->retired != y->retired)
            return false;
        for (int lang = 0; lang < LANG_COUNT; lang++)
            if (!str_eq(x->label[lang], y->label[lang]))
                return false;
    }
    return true;
}

/* Currencies and industries stand in many entities: their list comes once, and then by the name of where it stood. */
static void put_choices_once(lean *l, const field *f, json_writer *w)
{
    if (f->choice_count == 0) {
        put_choices(f, w);
        return;
    }
    for (size_t i = 0; i < l->chosen_count; i++)
        if (choices_alike(l->chosen[i], f)) {
            char         name[200];
            const field *first = l->chosen[i];
            int n = snprintf(name, sizeof name, "%.*s.%.*s", STR_ARG(first->owner->name), STR_ARG(first->name));
            json_put_string(w, "choices_of", (str){ name, n });
            return;
        }
    if (l->chosen_count < LEAN_LISTS)
        l->chosen[l->chosen_count++] = f;
    put_choices(f, w);
}

static void put_operators(uint32_t operators, json_writer *w)
{
    static const struct {
        uint32_t    bit;
        const char *words[4];
    } rows[] = { { OP_EQ, { "=", "!=" } },
                 { OP_ORDER, { "<", "<=", ">", ">=" } },
                 { OP_LIKE, { "LIKE" } },
                 { OP_IN, { "IN", "NOT IN" } },
                 { OP_INCLUDES, { "INCLUDES" } } };
    json_key(w, STR("operators"));
    json_array(w);
    for (size_t i = 0; i < countof(rows); i++)
        for (size_t n = 0; operators & rows[i].bit && n < 4 && rows[i].words[n]; n++)
            json_string(w, str_from(rows[i].words[n]));
    json_array_end(w);
}

static void put_bound(json_writer *w, const char *key, int64_t v, bool set)
{
    if (set)
        json_put_int(w, key, v);
    else
        json_put_null(w, key);
}

/* The group's label comes with its name; in the lean form once, at the end, for all. */
static void put_group(lean *l, const field *f, json_writer *w)
{
    str group = f->group.n ? f->group : STR("main");
    json_put_string(w, "group", group);
    for (size_t i = 0; l && i < l->group_count; i++)
        if (str_eq(l->groups[i], group))
            return;
    if (l && l->group_count < LEAN_GROUPS)
        l->groups[l->group_count++] = group;
    else
        put_text_of(w, "group_label", "group.%.*s%s", group, "");
}

static void put_type(const type_row *t, bool masked, json_writer *w)
{
    json_put_bool(w, "sortable", t->sortable && !masked);
    put_operators(masked ? 0 : t->operators, w);
    json_put_string(w, "widget", str_from(t->widget));
}

/* l: NULL where everything is said in full. */
static void put_field(const actor *who, const field *f, lean *l, json_writer *w)
{
    const type_row *t = type_of(f);
    bool            bounded = f->min != 0 || f->max != 0;
    bool            masked = permit_show(who, f) == SHOW_MASKED;
    bool            writable = permit_field(who, f, VERB_UPDATE) || permit_field(who, f, VERB_CREATE);
    json_object(w);
    json_put_string(w, "name", f->name);
    json_put_string(w, "type", str_from(t->name));
    put_label(w, "label", f->label);
    if (f->help[LANG_EN].n || f->help[LANG_ZH].n)
        put_label(w, "help", f->help);
    else
        json_put_null(w, "help");
    json_put_bool(w, "required", (f->flags & FF_REQUIRED) != 0);
    json_put_bool(w, "readonly", !writable || f->flags & (FF_READONLY | FF_BASE) || f->type == FT_ID);
    put_group(l, f, w);
    json_put_bool(w, "list", (f->flags & FF_LIST) != 0);
    json_put_bool(w, "indexed", (f->flags & (FF_SORT | FF_UNIQUE)) != 0 && !masked);
    json_put_bool(w, "search", (f->flags & FF_SEARCH) != 0 && !masked);
    json_put_bool(w, "masked", masked);
    json_put_bool(w, "revealable", masked && permit_look(who, f));
    json_put_bool(w, "personal", (f->flags & FF_PERSONAL) != 0);
    json_put_bool(w, "custom", (f->flags & FF_CUSTOM) != 0);
    json_put_bool(w, "unique", (f->flags & FF_UNIQUE) != 0);
    put_text(w, "target", f->target ? f->target->name : (str){ 0 });
    put_bound(w, "max", f->max, bounded);
    put_bound(w, "min", f->min, bounded);
    put_bound(w, "decimals", f->decimals, f->type == FT_DECIMAL);
    put_text(w, "currency_field",
             f->type == FT_MONEY && f->currency >= 0 && !(f->flags & FF_BASE) ? f->owner->fields[f->currency].name
                                                                              : (str){ 0 });
    put_text(w, "initial", f->initial);
    if (l) {
        put_choices_once(l, f, w);
    } else {
        put_choices(f, w);
        put_type(t, masked, w);
    }
    json_object_end(w);
}

static void put_related(const snapshot *s, const entity *e, json_writer *w)
{
    json_key(w, STR("related"));
    json_array(w);
    for (size_t i = 0; i < s->entity_count; i++) {
        const field *fields[16];
        size_t       n = related_fields(e, s->entities[i], fields, countof(fields));
        for (size_t k = 0; k < n; k++) {
            json_object(w);
            json_put_string(w, "entity", s->entities[i]->name);
            json_put_string(w, "plural", s->entities[i]->plural);
            json_put_string(w, "field", fields[k]->name);
            json_object_end(w);
        }
    }
    json_array_end(w);
}

/* What an action asks for, from its JSON Schema: a member that is named like a field of the entity is drawn as that field. */
static void put_parameter(const entity *e, const json *schema, const json *required, json_writer *w)
{
    const field *f = entity_field(e, schema->key);
    bool         must = false;
    for (const json *j = required ? required->first : NULL; j; j = j->next)
        must = must || str_eq(j->text, schema->key);
    json_object(w);
    json_put_string(w, "name", schema->key);
    if (f)
        put_label(w, "label", f->label);
    else
        put_text_of(w, "label", "parameter.%.*s%s", schema->key, "");
    json_put_bool(w, "required", must);
    put_text(w, "field", f ? f->name : (str){ 0 });
    bool sparse = w->sparse;
    json_key(w, STR("schema"));
    w->sparse = false; /* another's words */
    json_value(w, schema);
    w->sparse = sparse;
    json_object_end(w);
}

static void put_parameters(const entity *e, const action_def *a, json_writer *w)
{
    json      *schema = NULL;
    json_fault fault;
    arena     *scratch = arena_new();
    json_key(w, STR("parameters"));
    json_array(w);
    if (a->input_schema && json_parse(scratch, str_from(a->input_schema), &schema, &fault) == ERR_OK) {
        const json *members = json_get(schema, STR("properties"));
        for (const json *j = members ? members->first : NULL; j; j = j->next)
            put_parameter(e, j, json_get(schema, STR("required")), w);
    }
    json_array_end(w);
    arena_free(scratch);
}

static void put_actions(const actor *who, const entity *e, json_writer *w)
{
    json_key(w, STR("actions"));
    json_array(w);
    for (size_t i = 0; i < e->def->action_count; i++) {
        const action_def *a = &e->def->actions[i];
        if (!permit_entity(who, e, (verb)a->verb) || (a->administrators && !permit_is_admin(who)))
            continue;
        json_object(w);
        json_put_string(w, "name", str_from(a->name));
        put_text_of(w, "label", "%.*s!%s", e->name, a->name);
        put_parameters(e, a, w);
        json_object_end(w);
    }
    json_array_end(w);
}

/* As the organisation has laid the list out; false: it has not. */
static bool put_layout_columns(const entity *e, json_writer *w)
{
    json      *tree;
    json_fault fault;
    if (e->layout[LAYOUT_LIST].n == 0)
        return false;
    arena *a = arena_new();
    bool   any = false;
    if (json_parse(a, e->layout[LAYOUT_LIST], &tree, &fault) == ERR_OK) {
        const json *columns = json_get(tree, STR("columns"));
        for (const json *j = columns ? columns->first : NULL; j; j = j->next) {
            const json *name = json_get(j, STR("field"));
            if (!json_is(name, JSON_STRING) || !entity_field(e, name->text)) /* retired meanwhile */
                continue;
            json_string(w, name->text);
            any = true;
        }
    }
    arena_free(a);
    return any;
}

static void put_columns(const entity *e, const char *columns, json_writer *w)
{
    json_key(w, STR("columns"));
    json_array(w);
    if (!columns && put_layout_columns(e, w)) {
        json_array_end(w);
        return;
    }
    for (str rest = str_from(columns); rest.n > 0;) {
        ptrdiff_t cut = str_find_char(rest, ',');
        json_string(w, cut < 0 ? rest : str_sub(rest, 0, cut));
        rest = cut < 0 ? (str){ 0 } : str_sub(rest, cut + 1, rest.n);
    }
    for (size_t i = 0; !columns && i < e->field_count; i++)
        if (e->fields[i].flags & FF_LIST)
            json_string(w, e->fields[i].name);
    json_array_end(w);
}

static void put_views(const entity *e, json_writer *w)
{
    json_key(w, STR("views"));
    json_array(w);
    for (size_t i = 0; i < e->def->list_count; i++) {
        const list_view_def *v = &e->def->lists[i];
        json_object(w);
        json_put_string(w, "name", str_from(v->name));
        put_text_of(w, "label", "%.*s@%s", e->name, v->name);
        json_put_string(w, "where", str_from(v->where));
        json_put_string(w, "order", str_from(v->order));
        put_columns(e, v->columns, w);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_board(const entity *e, json_writer *w)
{
    json_key(w, STR("board"));
    if (!e->def->board) {
        json_null(w);
        return;
    }
    json_object(w);
    json_put_string(w, "field", str_from(e->def->board));
    put_text(w, "sum", str_from(e->def->board_sum));
    json_object_end(w);
}

static void put_calendar(const entity *e, json_writer *w)
{
    json_key(w, STR("calendar"));
    if (!e->def->calendar_start) {
        json_null(w);
        return;
    }
    json_object(w);
    json_put_string(w, "start", str_from(e->def->calendar_start));
    put_text(w, "end", str_from(e->def->calendar_end));
    put_text(w, "done", str_from(e->def->calendar_done));
    json_object_end(w);
}

/* What the timeline can be filtered by beside its own kinds: each once. */
static void put_story(const entity *e, json_writer *w)
{
    const story_def *s = e->def->story;
    json_key(w, STR("story"));
    json_array(w);
    for (size_t i = 0; i < e->def->story_count; i++) {
        size_t k = 0;
        while (strcmp(s[k].kind, s[i].kind) != 0)
            k++;
        if (k == i)
            json_string(w, str_from(s[i].kind));
    }
    json_array_end(w);
}

/* As the organisation keeps them: what they name may be retired meanwhile, what they do not name may be new. */
static void put_layouts(const entity *e, json_writer *w)
{
    json_key(w, STR("layouts"));
    json_object(w);
    for (int i = 0; i < LAYOUT_COUNT; i++) {
        json_key(w, str_from(layout_name((layout_kind)i)));
        if (e->layout[i].n)
            json_raw(w, e->layout[i]);
        else
            json_null(w);
    }
    json_object_end(w);
}

static void put_may(const actor *who, const entity *e, json_writer *w)
{
    bool sparse = w->sparse;
    w->sparse = false; /* what one may not is an answer too */
    json_key(w, STR("may"));
    json_object(w);
    for (int v = 0; v < VERB_COUNT; v++)
        json_put_bool(w, verb_name((verb)v), permit_entity(who, e, (verb)v));
    json_object_end(w);
    w->sparse = sparse;
}

static void put_entity(const snapshot *s, const actor *who, const entity *e, lean *l, json_writer *w)
{
    json_object(w);
    json_put_string(w, "name", e->name);
    json_put_string(w, "plural", e->plural);
    put_label(w, "label", e->label);
    put_label(w, "plural_label", e->plural_label);
    json_put_bool(w, "module", !e->def->hidden);
    json_put_bool(w, "configuration", e->def->configuration);
    put_text(w, "part_of", e->part_of ? e->part_of->name : (str){ 0 });
    json_put_int(w, "order", e->number);
    json_put_bool(w, "keyed", e->key >= 0);
    put_text(w, "key", e->key >= 0 ? e->fields[e->key].name : (str){ 0 });
    json_put_string(w, "title", e->fields[e->title].name);
    json_key(w, STR("fields"));
    json_array(w);
    for (size_t i = 0; i < e->field_count; i++)
        if (permit_show(who, &e->fields[i]) != SHOW_NOT)
            put_field(who, &e->fields[i], l, w);
    json_array_end(w);
    put_related(s, e, w);
    put_actions(who, e, w);
    put_views(e, w);
    put_board(e, w);
    put_calendar(e, w);
    put_story(e, w);
    put_layouts(e, w);
    put_may(who, e, w);
    json_object_end(w);
}

void meta_entity(const snapshot *s, const actor *who, const entity *e, json_writer *w)
{
    put_entity(s, who, e, NULL, w);
}

static void put_entities(const call *k, lean *l, json_writer *w)
{
    const snapshot *s = k->c.snap;
    json_key(w, STR("entities"));
    json_array(w);
    for (size_t i = 0; i < s->entity_count; i++)
        if (permit_entity(&k->c.actor, s->entities[i], VERB_READ))
            put_entity(s, &k->c.actor, s->entities[i], l, w);
    json_array_end(w);
}

/* What the fields left unsaid: what their types say, and the labels of their groups. */
static void put_once(const lean *l, json_writer *w)
{
    json_key(w, STR("types"));
    json_object(w);
    for (int t = 0; t < FT_COUNT; t++) {
        const type_row *row = type_row_of((field_type)t);
        json_key(w, str_from(row->name));
        json_object(w);
        put_type(row, false, w);
        json_object_end(w);
    }
    json_object_end(w);
    json_key(w, STR("groups"));
    json_object(w);
    for (size_t i = 0; i < l->group_count; i++) {
        char name[200];
        snprintf(name, sizeof name, "%.*s", STR_ARG(l->groups[i]));
        put_text_of(w, name, "group.%.*s%s", l->groups[i], "");
    }
    json_object_end(w);
}

static void put_currencies(json_writer *w)
{
    const currency_info *list;
    size_t               n = currency_list(&list);
    json_key(w, STR("currencies"));
    json_array(w);
    for (size_t i = 0; i < n; i++) {
        json_object(w);
        json_put_string(w, "code", list[i].code);
        json_put_int(w, "decimals", list[i].decimals);
        json_put_string(w, "symbol", list[i].symbol);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_organisation(const call *k, json_writer *w)
{
    const snapshot *s = k->c.snap;
    put_text(w, "organisation", s->org_name);
    json_put_string(w, "currency", s->currency);
    put_currencies(w);
    json_key(w, STR("fiscal"));
    json_object(w);
    json_put_int(w, "start_month", s->fiscal_start_month);
    json_object_end(w);
    json_put_string(w, "zone", s->zone);
    json_key(w, STR("languages"));
    json_array(w);
    for (int i = 0; i < LANG_COUNT; i++)
        json_string(w, str_from(lang_name(i)));
    json_array_end(w);
    json_put_string(w, "version", arena_printf(k->c.a, "%lld", (long long)s->version));
    json_put_string(w, "program", STR(ZHIKE_VERSION));
    json_key(w, STR("user"));
    json_object(w);
    json_put_id(w, "id", k->c.actor.user);
    json_put_string(w, "name", k->c.actor.name);
    json_put_string(w, "role", permit_role_key(&k->c.actor, k->c.snap));
    json_put_string(w, "language", str_from(lang_name(k->c.lang)));
    json_put_string(w, "zone", k->c.zone);
    json_object_end(w);
}

/* Depends on the tables, the person and the program alone. */
static str meta_tag(const call *k)
{
    const actor *a = &k->c.actor;
    return arena_printf(k->c.a, "\"%s-%lld-%lld-%d-%d\"", ZHIKE_VERSION, (long long)k->c.snap->version,
                        (long long)a->user, (int)a->role, k->c.lang);
}

/* True: the client has it already. */
static bool is_known(call *k)
{
    str tag = meta_tag(k);
    http_reply_header(k->r, "ETag", tag);
    if (!str_eq(http_header(k->r, "If-None-Match"), tag))
        return false;
    k->status = 304;
    return true;
}

static void put_meta(call *k, lean *l)
{
    json_writer *w = &k->w;
    json_object(w);
    put_entities(k, l, w);
    if (l)
        put_once(l, w);
    put_reports(k, w);
    put_organisation(k, w);
    json_object_end(w);
}

err meta_get(call *k)
{
    if (!is_known(k))
        put_meta(k, NULL);
    return ERR_OK;
}

err meta_lean_get(call *k)
{
    if (is_known(k))
        return ERR_OK;
    lean *l = arena_make(k->c.a, lean);
    k->w.sparse = true;
    k->r->reply.dense = true;
    put_meta(k, l);
    k->w.sparse = false;
    return ERR_OK;
}
