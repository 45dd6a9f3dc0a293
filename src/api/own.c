/* Own fields: what a definition must be, and its shape on the wire. The rows and columns are store/own.c's. */
#include "store/own.h"

#include "api/settings.h"
#include "base/limits.h"
#include "base/text.h"
#include "schema/types.h"
#include "store/choices.h"
#include "store/job.h"

enum { LABEL_MAX = 60, HELP_MAX = 300, NAME_MAX_ = 40, SLUG_MAX = 30, INITIAL_MAX = 255 };

/* What an own field may be. References by key and to any record belong to rooms. */
static bool offered(field_type t)
{
    return t != FT_KEYREF && t != FT_ANYREF && t != FT_JSON && t != FT_ID;
}

static bool is_text(field_type t)
{
    return type_row_of(t)->store == STORE_TEXT && t != FT_CHOICE && t != FT_MULTI_CHOICE;
}

static bool is_number(field_type t)
{
    return t == FT_INTEGER || t == FT_DECIMAL || t == FT_MONEY || t == FT_PERCENT;
}

static bool has_choices(field_type t)
{
    return t == FT_CHOICE || t == FT_MULTI_CHOICE;
}

/* A field of this row that no table has yet, to read and write values by. */
static field sample_of(const call *k, const field_row *f)
{
    return (field){ .name = f->name,
                    .type = f->type,
                    .decimals = f->decimals,
                    .currency = -1,
                    .base = -1,
                    .base_of = -1,
                    .alias_of = -1,
                    .target = snapshot_entity(k->c.snap, f->target) };
}

static type_env env_of(const call *k)
{
    return (type_env){ .a = k->c.a, .currency_decimals = k->c.snap->currency_decimals, .zone = k->c.zone };
}

/* ---- on the wire ---- */

static const struct {
    const char *name;
    uint32_t    flag;
} switches[] = { { "required", FF_REQUIRED },
                 { "unique", FF_UNIQUE },
                 { "search", FF_SEARCH },
                 { "indexed", FF_SORT },
                 { "list", FF_LIST } };

static void put_bound(const call *k, json_writer *w, const char *key, const field_row *f, int64_t bound)
{
    field    like = sample_of(k, f);
    type_env env = env_of(k);
    value    v = { .set = f->min != 0 || f->max != 0, .i = bound };
    json_key(w, str_from(key));
    if (!v.set || !(is_text(f->type) || is_number(f->type)))
        json_null(w);
    else if (is_text(f->type))
        json_int(w, bound);
    else
        value_to_json(&env, &like, &v, w);
}

static void put_choices(json_writer *w, const field *f)
{
    json_key(w, STR("choices"));
    if (!f || !has_choices(f->type)) {
        json_null(w);
        return;
    }
    json_array(w);
    for (size_t i = 0; i < f->choice_count; i++) {
        const choice *c = &f->choices[i];
        json_object(w);
        json_put_string(w, "key", c->key);
        put_label(w, "label", c->label);
        put_text(w, "color", c->color);
        json_put_bool(w, "retired", c->retired);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_own(const call *k, json_writer *w, const own_field *o, const snapshot *s, bool counted)
{
    const field_row *f = &o->row;
    json_object(w);
    json_put_id(w, "id", f->id);
    json_put_string(w, "entity", f->entity);
    json_put_string(w, "name", f->name);
    json_put_string(w, "type", str_from(type_row_of(f->type)->name));
    put_label(w, "label", f->label);
    if (f->help[LANG_EN].n || f->help[LANG_ZH].n)
        put_label(w, "help", f->help);
    else
        json_put_null(w, "help");
    for (size_t i = 0; i < countof(switches); i++)
        json_put_bool(w, switches[i].name, (f->flags & switches[i].flag) != 0);
    json_put_string(w, "group", f->group.n ? f->group : STR("main"));
    json_put_int(w, "position", f->position);
    put_bound(k, w, "min", f, f->min);
    put_bound(k, w, "max", f, f->max);
    json_key(w, STR("decimals"));
    if (f->type == FT_DECIMAL)
        json_int(w, f->decimals);
    else
        json_null(w);
    put_text(w, "target", f->target);
    put_text(w, "initial", f->initial);
    const entity *e = snapshot_entity(s, f->entity);
    put_choices(w, e ? entity_field(e, f->name) : NULL);
    json_put_bool(w, "retired", f->retired);
    if (counted) {
        json_put_int(w, "values", o->values);
        json_put_int(w, "living", o->living);
    }
    json_object_end(w);
}

/* ---- reading ---- */

err fields_get(call *k)
{
    own_field *list;
    size_t     n;
    str        which = { 0 };
    (void)param_text(k, "entity", &which);
    TRY(own_list(&k->c, which, &list, &n));
    json_object(&k->w);
    json_key(&k->w, STR("fields"));
    json_array(&k->w);
    for (size_t i = 0; i < n; i++)
        put_own(k, &k->w, &list[i], k->c.snap, false);
    json_array_end(&k->w);
    json_put_int(&k->w, "most", LIMIT_OWN_FIELDS);
    json_object_end(&k->w);
    return ERR_OK;
}

err field_get(call *k)
{
    own_field f;
    TRY(own_find(&k->c, k->id, &f));
    if (!snapshot_entity(k->c.snap, f.row.entity))
        return ERR_NOT_FOUND;
    TRY(own_count(&k->c, &f));
    put_own(k, &k->w, &f, k->c.snap, true);
    return ERR_OK;
}

/* ---- what was sent ---- */

void put_label(json_writer *w, const char *key, const str label[LANG_COUNT])
{
    json_key(w, str_from(key));
    json_object(w);
    for (int i = 0; i < LANG_COUNT; i++)
        json_put_string(w, lang_name(i), label[i]);
    json_object_end(w);
}

static bool label_part(call *k, const char *name, const json *j, ptrdiff_t max_chars, str *out)
{
    if (j->kind != JSON_STRING) {
        (void)ctx_problem(&k->c, name, STR("not_a_text"));
        return false;
    }
    *out = str_trim(text_clean(k->c.a, j->text, false));
    if (utf8_length(*out) <= max_chars)
        return true;
    (void)ctx_problem_with(&k->c, str_from(name), STR("too_long"), arena_printf(k->c.a, "%td", max_chars));
    return false;
}

bool body_label(call *k, const char *name, const json *j, ptrdiff_t max_chars, str out[LANG_COUNT])
{
    for (int i = 0; i < LANG_COUNT; i++)
        out[i] = (str){ 0 };
    if (!j || j->kind == JSON_NULL)
        return false;
    if (j->kind != JSON_OBJECT) {
        if (!label_part(k, name, j, max_chars, &out[0]))
            return false;
        for (int i = 1; i < LANG_COUNT; i++)
            out[i] = out[0];
        return out[0].n > 0;
    }
    str some = { 0 };
    for (const json *m = j->first; m; m = m->next) {
        int lang = lang_from(m->key);
        if (!str_eq(m->key, str_from(lang_name(lang)))) {
            (void)ctx_problem_with(&k->c, str_from(name), STR("unknown_field"), utf8_cut(m->key, 80));
            return false;
        }
        if (m->kind != JSON_NULL && !label_part(k, name, m, max_chars, &out[lang]))
            return false;
        if (out[lang].n)
            some = out[lang];
    }
    for (int i = 0; i < LANG_COUNT; i++)
        if (out[i].n == 0)
            out[i] = some;
    return some.n > 0;
}

static void read_bound(call *k, const char *name, const field_row *f, int64_t *out, bool *given)
{
    const json *j = body_member(k, name);
    field       like = sample_of(k, f);
    type_env    env = env_of(k);
    value       v;
    refusal     why = { 0 };
    if (!j || j->kind == JSON_NULL)
        return;
    *given = true;
    if (is_text(f->type)) {
        if (!json_int64(j, out) || *out < 0 || *out > type_row_of(f->type)->max)
            (void)ctx_problem(&k->c, name, STR("out_of_range"));
    } else if (!is_number(f->type)) {
        (void)ctx_problem(&k->c, name, STR("not_for_this_type"));
    } else if (value_from_json(&env, &like, j, &v, &why) && v.set) {
        *out = v.i;
    } else {
        (void)ctx_problem_with(&k->c, str_from(name), str_from(why.code ? why.code : "not_a_number"), why.detail);
    }
}

/* Both 0 means the type's own bounds, so what is not said becomes those. */
static void read_bounds(call *k, field_row *f)
{
    const type_row *t = type_row_of(f->type);
    bool            low = false, high = false, cleared = body_member(k, "min") || body_member(k, "max");
    bool            bounded = f->min != 0 || f->max != 0;
    int64_t         min = bounded ? f->min : t->min, max = bounded ? f->max : t->max;
    if (!cleared)
        return;
    if (json_is(body_member(k, "min"), JSON_NULL))
        min = t->min;
    if (json_is(body_member(k, "max"), JSON_NULL))
        max = t->max;
    read_bound(k, "min", f, &min, &low);
    read_bound(k, "max", f, &max, &high);
    if (min > max)
        (void)ctx_problem(&k->c, high ? "max" : "min", STR("min_above_max"));
    bool own = min != t->min || max != t->max;
    f->min = own ? min : 0;
    f->max = own ? max : 0;
}

static void read_switches(call *k, field_row *f)
{
    for (size_t i = 0; i < countof(switches); i++) {
        if (!body_member(k, switches[i].name))
            continue;
        f->flags &= ~switches[i].flag;
        if (body_bool(k, switches[i].name))
            f->flags |= switches[i].flag;
    }
    const type_row *t = type_row_of(f->type);
    if (f->flags & FF_UNIQUE && !t->has_key && !t->reference)
        (void)ctx_problem(&k->c, "unique", STR("not_for_this_type"));
    if (f->flags & FF_SEARCH && !is_text(f->type))
        (void)ctx_problem(&k->c, "search", STR("not_for_this_type"));
    if (f->flags & FF_SORT && !t->sortable)
        (void)ctx_problem(&k->c, "indexed", STR("not_for_this_type"));
    if (f->flags & FF_REQUIRED && f->type == FT_BOOL && body_member(k, "required")) /* no is an answer too */
        f->flags |= FF_REQUIRED;
}

static bool group_known(const entity *e, str group)
{
    if (str_eq(group, STR("own")) || str_eq(group, STR("main")))
        return true;
    for (size_t i = 0; i < e->field_count; i++)
        if (str_eq(e->fields[i].group, group))
            return true;
    return false;
}

static const field *same_label(const entity *e, const field_row *f, str label, int lang)
{
    for (size_t i = 0; i < e->field_count; i++) {
        const field *other = &e->fields[i];
        if (!str_eq(other->name, f->name) && !(other->flags & FF_BASE) && str_eq_nocase(other->label[lang], label))
            return other;
    }
    return NULL;
}

static void read_texts(call *k, const entity *e, field_row *f)
{
    if (body_member(k, "label") && !body_label(k, "label", body_member(k, "label"), LABEL_MAX, f->label) &&
        k->c.problem_count == 0)
        (void)ctx_problem(&k->c, "label", STR("required"));
    for (int i = 0; i < LANG_COUNT; i++)
        if (body_member(k, "label") && f->label[i].n && same_label(e, f, f->label[i], i)) {
            (void)ctx_problem(&k->c, "label", STR("label_taken"));
            break;
        }
    if (body_member(k, "help"))
        (void)body_label(k, "help", body_member(k, "help"), HELP_MAX, f->help);
    if (body_member(k, "group")) {
        f->group = body_text(k, "group", true, NAME_MAX_);
        if (f->group.n && !group_known(e, f->group))
            (void)ctx_problem_with(&k->c, STR("group"), STR("not_a_choice"), f->group);
    }
}

/* The value that a new record has, as import text. */
static void read_initial(call *k, field_row *f, const choice_row *choices, size_t count)
{
    field    like = sample_of(k, f);
    type_env env = env_of(k);
    value    v;
    refusal  why = { 0 };
    if (!body_member(k, "initial"))
        return;
    f->initial = str_trim(body_text(k, "initial", false, INITIAL_MAX));
    if (f->initial.n == 0)
        return;
    bool me = str_eq(f->initial, STR(":me")) && f->type == FT_REF && str_eq(f->target, STR("user"));
    bool today = str_eq(f->initial, STR(":today")) && (f->type == FT_DATE || f->type == FT_TIME);
    if (me || today)
        return;
    choice *list = arena_make_n(k->c.a, choice, count + 1);
    for (size_t i = 0; i < count; i++)
        list[i].key = choices[i].key;
    like.choices = list;
    like.choice_count = count;
    like.min = f->min;
    like.max = f->max;
    if (!value_from_text(&env, &like, f->initial, &v, &why))
        (void)ctx_problem_with(&k->c, STR("initial"), str_from(why.code), why.detail);
}

/* ---- names ---- */

static bool name_used(const own_field *list, size_t n, str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(list[i].row.name, name))
            return true;
    return false;
}

/* "x_" so that no field of a later program can meet it. */
static str name_from_label(call *k, const str label[LANG_COUNT], const own_field *list, size_t n)
{
    str slug = text_slug(k->c.a, label[LANG_ZH], SLUG_MAX);
    str name = arena_printf(k->c.a, "x_%.*s", STR_ARG(slug.n ? slug : STR("field")));
    if (str_ends(name, STR("_base")))
        name = arena_printf(k->c.a, "%.*s_1", STR_ARG(name));
    str first = name;
    for (int i = 2; name_used(list, n, name); i++)
        name = arena_printf(k->c.a, "%.*s_%d", STR_ARG(first), i);
    return name;
}

static bool name_formed(str s)
{
    if (!str_starts(s, STR("x_")) || s.n < 3 || s.n > NAME_MAX_ || str_ends(s, STR("_base")) || str_ends(s, STR("_")))
        return false;
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '_')
            return false;
    return true;
}

/* True: it is well formed and another has it. */
static bool read_name(call *k, field_row *f, const own_field *list, size_t n)
{
    if (!body_member(k, "name")) {
        f->name = name_from_label(k, f->label, list, n);
        return false;
    }
    f->name = body_text(k, "name", true, NAME_MAX_);
    if (f->name.n && !name_formed(f->name))
        (void)ctx_problem(&k->c, "name", STR("own_name"));
    else if (name_used(list, n, f->name))
        return (void)ctx_problem(&k->c, "name", STR("taken")), true;
    return false;
}

/* ---- choices of a new field ---- */

static const choice_row *read_choices(call *k, const field_row *f, size_t *count)
{
    const json *j = body_member(k, "choices");
    *count = 0;
    if (!has_choices(f->type)) {
        if (j && j->kind != JSON_NULL)
            (void)ctx_problem(&k->c, "choices", STR("not_for_this_type"));
        return NULL;
    }
    if (!json_is(j, JSON_ARRAY) || j->count == 0) {
        (void)ctx_problem(&k->c, "choices", STR("required"));
        return NULL;
    }
    if (j->count > LIMIT_CHOICES) {
        (void)ctx_problem(&k->c, "choices", STR("too_many"));
        return NULL;
    }
    choice_row *list = arena_make_n(k->c.a, choice_row, j->count);
    for (const json *one = j->first; one; one = one->next) {
        choice_row *c = &list[*count];
        if (!choice_from_json(k, "choices", one, c))
            continue;
        for (size_t i = 0; i < *count; i++)
            if (str_eq_nocase(list[i].key, c->key)) {
                (void)ctx_problem_with(&k->c, STR("choices"), STR("choice_twice"), c->key);
                break;
            }
        ++*count;
    }
    return list;
}

/* ---- writing ---- */

static const char *const names_new[] = { "entity", "name",     "type",    "label",   "help",    "required",
                                         "unique", "search",   "indexed", "list",    "group",   "min",
                                         "max",    "decimals", "target",  "initial", "choices", NULL };

static const entity *read_entity(call *k, field_row *f)
{
    f->entity = body_text(k, "entity", true, NAME_MAX_);
    const entity *e = snapshot_entity(k->c.snap, f->entity);
    if (!e)
        e = snapshot_plural(k->c.snap, f->entity);
    if (!e && f->entity.n)
        (void)ctx_problem_with(&k->c, STR("entity"), STR("not_a_choice"), f->entity);
    if (e)
        f->entity = e->name;
    return e;
}

static bool read_type(call *k, field_row *f)
{
    str name = body_text(k, "type", true, NAME_MAX_);
    if (name.n == 0)
        return false;
    if (!type_from_name(name, &f->type) || !offered(f->type)) {
        (void)ctx_problem_with(&k->c, STR("type"), STR("not_a_choice"), name);
        return false;
    }
    f->flags = is_text(f->type) ? FF_SEARCH : 0;
    if (f->type != FT_LONG_TEXT && f->type != FT_MULTI_CHOICE)
        f->flags |= FF_LIST;
    if (has_choices(f->type))
        f->flags |= FF_OPEN;
    f->group = STR("own");
    return true;
}

static void read_shape(call *k, field_row *f)
{
    int64_t decimals = 2;
    if (body_member(k, "decimals") && body_member(k, "decimals")->kind != JSON_NULL &&
        (f->type != FT_DECIMAL || !json_int64(body_member(k, "decimals"), &decimals) || decimals < 0 || decimals > 6))
        (void)ctx_problem(&k->c, "decimals", f->type == FT_DECIMAL ? STR("out_of_range") : STR("not_for_this_type"));
    f->decimals = f->type == FT_DECIMAL ? (int)decimals : 0;
    f->target = body_text(k, "target", f->type == FT_REF, NAME_MAX_);
    if (f->target.n && f->type != FT_REF)
        (void)ctx_problem(&k->c, "target", STR("not_for_this_type"));
    else if (f->target.n && !snapshot_entity(k->c.snap, f->target))
        (void)ctx_problem_with(&k->c, STR("target"), STR("not_a_choice"), f->target);
}

static err add_choices(call *k, const snapshot *fresh, const field_row *f, const choice_row *list, size_t n)
{
    const field *of = entity_field(snapshot_entity(fresh, f->entity), f->name);
    return n ? choices_put(&k->c, of, list, n) : ERR_OK;
}

/* The answer shows the field as the tables have it from now on. */
static err answer(call *k, const field_row *f)
{
    snapshot *now;
    own_field o = { .row = *f };
    TRY(tables_fresh(&k->c, &now));
    put_own(k, &k->w, &o, now, false);
    snapshot_unpin(now);
    return ERR_OK;
}

static err try_again(call *k, err e)
{
    k->rerun = e == ERR_UNAVAILABLE; /* somebody is in the table for long */
    return e;
}

err field_create(call *k)
{
    field_row         f = { 0 };
    own_field        *list = NULL;
    size_t            n = 0, choice_count = 0;
    const choice_row *choices = NULL;
    snapshot         *fresh;
    const entity     *e = read_entity(k, &f);
    bool              typed = read_type(k, &f), taken = false;
    if (e)
        TRY(own_list(&k->c, e->name, &list, &n));
    if (n >= LIMIT_OWN_FIELDS)
        return ctx_refuse(&k->c, ERR_CONFLICT, STR("too_many_fields"), arena_printf(k->c.a, "%d", LIMIT_OWN_FIELDS));
    if (!body_member(k, "label"))
        (void)ctx_problem(&k->c, "label", STR("required"));
    if (e && typed) {
        read_texts(k, e, &f);
        taken = read_name(k, &f, list, n);
        read_shape(k, &f);
        read_switches(k, &f);
        read_bounds(k, &f);
        choices = read_choices(k, &f, &choice_count);
        read_initial(k, &f, choices, choice_count);
    }
    err bad = body_check(k, names_new);
    if (bad != ERR_OK)
        return taken && k->c.problem_count == 1 ? ERR_CONFLICT : bad;
    err x = own_add(&k->c, &f, &fresh);
    if (x != ERR_OK)
        return try_again(k, x);
    x = add_choices(k, fresh, &f, choices, choice_count);
    snapshot_unpin(fresh);
    TRY(x);
    k->location = arena_printf(k->c.a, "/api/v1/fields/%lld", (long long)f.id);
    return answer(k, &f);
}

static str reindex_request(call *k, int64_t id)
{
    return arena_printf(k->c.a, "{\"field\":\"%lld\"}", (long long)id);
}

/* What was found by a field, and what is to be found by it, changes behind the answer. */
static err reindex_later(call *k, const field_row *was, const field_row *now)
{
    bool    before = was->flags & FF_SEARCH && !was->retired, after = now->flags & FF_SEARCH && !now->retired;
    int64_t job;
    if (before == after)
        return ERR_OK;
    own_field counted = { .row = *now };
    TRY(own_count(&k->c, &counted));
    if (counted.living == 0)
        return ERR_OK;
    return job_add(&k->c, STR("reindex"), reindex_request(k, now->id), &job);
}

static err check_twins(call *k, const field_row *was, const field_row *now)
{
    int64_t twins = 0;
    if (!(now->flags & FF_UNIQUE) || was->flags & FF_UNIQUE)
        return ERR_OK;
    TRY(own_twins(&k->c, now, &twins));
    if (twins == 0)
        return ERR_OK;
    (void)ctx_problem_with(&k->c, STR("unique"), STR("values_twice"), arena_printf(k->c.a, "%lld", (long long)twins));
    return ERR_CONFLICT;
}

static err read_position(call *k, field_row *f)
{
    int64_t position;
    if (!body_member(k, "position"))
        return ERR_OK;
    if (!json_int64(body_member(k, "position"), &position) || position < 0 || position > 100000)
        return ctx_problem(&k->c, "position", STR("out_of_range"));
    f->position = (int)position;
    return ERR_OK;
}

/* The choices of the field, for its initial value. */
static const choice_row *choices_now(call *k, const field_row *f, size_t *count)
{
    const field *of = entity_field(snapshot_entity(k->c.snap, f->entity), f->name);
    *count = of ? of->choice_count : 0;
    choice_row *list = arena_make_n(k->c.a, choice_row, *count + 1);
    for (size_t i = 0; i < *count; i++)
        list[i].key = of->choices[i].key;
    return list;
}

err field_update(call *k)
{
    static const char *const names[] = { "label", "help", "required", "unique",  "search",   "indexed", "list",
                                         "group", "min",  "max",      "initial", "position", "retired", NULL };
    own_field                is;
    size_t                   n;
    snapshot                *fresh;
    TRY(own_find(&k->c, k->id, &is));
    const entity *e = snapshot_entity(k->c.snap, is.row.entity);
    field_row     next = is.row;
    if (!e)
        return ERR_NOT_FOUND;
    read_texts(k, e, &next);
    read_switches(k, &next);
    read_bounds(k, &next);
    const choice_row *choices = choices_now(k, &next, &n);
    read_initial(k, &next, choices, n);
    err bad = read_position(k, &next);
    if (bad != ERR_OK && bad != ERR_INVALID)
        return bad;
    if (body_member(k, "retired"))
        next.retired = body_bool(k, "retired");
    TRY(body_check(k, names));
    TRY(check_twins(k, &is.row, &next));
    err x = own_change(&k->c, &is.row, &next, &fresh);
    if (x != ERR_OK)
        return try_again(k, x);
    snapshot_unpin(fresh);
    TRY(reindex_later(k, &is.row, &next));
    return answer(k, &next);
}

/* Only what nobody sees any more, and only by somebody who was told how much goes. */
err field_delete(call *k)
{
    own_field f;
    int64_t   told = 0;
    bool      busy;
    TRY(own_find(&k->c, k->id, &f));
    if (!snapshot_entity(k->c.snap, f.row.entity))
        return ERR_NOT_FOUND;
    if (!f.row.retired)
        return ctx_refuse(&k->c, ERR_CONFLICT, STR("field_in_use"), (str){ 0 });
    TRY(param_int(k, "values", 0, INT64_MAX, &told));
    TRY(own_count(&k->c, &f));
    if (told != f.values)
        return ctx_refuse(&k->c, ERR_CONFLICT, STR("field_has_values"),
                          arena_printf(k->c.a, "%lld", (long long)f.values));
    TRY(job_open(&k->c, STR("reindex"), reindex_request(k, f.row.id), &busy));
    if (busy)
        return ctx_refuse(&k->c, ERR_CONFLICT, STR("field_busy"), (str){ 0 });
    return try_again(k, own_remove(&k->c, &f.row));
}
