/* The choices of one field as a list that is put whole: add, rename, order, colour, retire, take away. Layouts. */
#include "store/choices.h"

#include "api/settings.h"
#include "base/limits.h"
#include "base/text.h"
#include "schema/currency.h"
#include "store/own.h"

enum { KEY_MAX_ = 60, LABEL_MAX = 80, PIECE = 300, NAMES = 80 };

/* ---- one choice ---- */

static bool color_known(str s)
{
    static const char *const hues[] = { "grey", "blue", "teal", "green", "amber", "orange", "red", "purple", "violet" };
    for (size_t i = 0; i < countof(hues); i++)
        if (str_eq(s, str_from(hues[i])))
            return true;
    return false;
}

/* Letters of any alphabet, digits, '_', '-', '.': what stands in a query and in a file without quoting trouble. */
static bool key_formed(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool          word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;
        if (!word && c != '_' && c != '-' && c != '.')
            return false;
    }
    return s.n > 0 && utf8_length(s) <= KEY_MAX_;
}

static bool text_member(call *k, const char *name, const json *j, const char *member, str *out)
{
    const json *m = json_get(j, str_from(member));
    if (!m || m->kind == JSON_NULL)
        return true;
    if (m->kind != JSON_STRING) {
        (void)ctx_problem(&k->c, name, STR("not_a_text"));
        return false;
    }
    *out = str_trim(m->text);
    return true;
}

bool choice_from_json(call *k, const char *name, const json *j, choice_row *out)
{
    *out = (choice_row){ 0 };
    if (!json_is(j, JSON_OBJECT)) {
        (void)ctx_problem(&k->c, name, STR("type"));
        return false;
    }
    for (const json *m = j->first; m; m = m->next)
        if (!str_eq(m->key, STR("key")) && !str_eq(m->key, STR("label")) && !str_eq(m->key, STR("color")) &&
            !str_eq(m->key, STR("retired")))
            return (void)ctx_problem_with(&k->c, str_from(name), STR("unknown_field"), utf8_cut(m->key, 80)), false;
    if (!text_member(k, name, j, "key", &out->key) || !text_member(k, name, j, "color", &out->color))
        return false;
    bool labelled = body_label(k, name, json_get(j, STR("label")), LABEL_MAX, out->label);
    if (out->key.n == 0 && labelled) {
        out->key = text_slug(k->c.a, out->label[LANG_ZH], KEY_MAX_ / 2);
        if (out->key.n == 0)
            out->key = STR("choice");
    }
    out->retired = json_is(json_get(j, STR("retired")), JSON_TRUE);
    if (out->key.n == 0)
        return (void)ctx_problem(&k->c, name, STR("choice_without_name")), false;
    if (!key_formed(out->key))
        return (void)ctx_problem_with(&k->c, str_from(name), STR("choice_key"), utf8_cut(out->key, KEY_MAX_)), false;
    if (out->color.n && !color_known(out->color))
        return (void)ctx_problem_with(&k->c, str_from(name), STR("not_a_choice"), utf8_cut(out->color, 40)), false;
    return true;
}

/* ---- which field ---- */

static bool listed(const field *f)
{
    if (!f || (f->type != FT_CHOICE && f->type != FT_MULTI_CHOICE))
        return false;
    const entity_def *d = f->owner->def; /* currencies are not the organisation's to name */
    return (size_t)f->index >= d->field_count || d->fields[f->index].choices != currency_choices;
}

static const field *find_list(call *k, str entity_name, str name)
{
    const entity *e = snapshot_entity(k->c.snap, entity_name);
    if (!e)
        e = snapshot_plural(k->c.snap, entity_name);
    const field *f = e ? entity_field(e, name) : NULL;
    return listed(f) ? f : NULL;
}

/* ---- answers ---- */

static void put_choice(json_writer *w, const choice *c, int64_t used)
{
    json_object(w);
    json_put_string(w, "key", c->key);
    put_label(w, "label", c->label);
    put_text(w, "color", c->color);
    json_put_bool(w, "retired", c->retired);
    json_put_int(w, "used", used);
    json_object_end(w);
}

static err put_list(call *k, const field *f)
{
    int64_t *used = arena_make_n(k->c.a, int64_t, f->choice_count + 1);
    TRY(choices_used(&k->c, f, used));
    json_put_string(&k->w, "entity", f->owner->name);
    json_put_string(&k->w, "field", f->name);
    json_put_bool(&k->w, "open", (f->flags & FF_OPEN) != 0);
    json_key(&k->w, STR("choices"));
    json_array(&k->w);
    for (size_t i = 0; i < f->choice_count; i++)
        put_choice(&k->w, &f->choices[i], used[i]);
    json_array_end(&k->w);
    return ERR_OK;
}

err choices_get(call *k)
{
    str entity_name, name;
    if (!param_text(k, "entity", &entity_name) || !param_text(k, "field", &name))
        return ctx_unreadable(&k->c, -1, "needed", STR("entity, field"), (str){ 0 });
    const field *f = find_list(k, entity_name, name);
    if (!f)
        return ERR_NOT_FOUND;
    json_object(&k->w);
    TRY(put_list(k, f));
    json_object_end(&k->w);
    return ERR_OK;
}

/* ---- the list that shall be ---- */

typedef struct {
    const field *f;
    choice_row  *list;
    size_t       count;
    const json  *replace;
    bool         preview;
} wanted;

static const choice_row *row_of(const wanted *x, str key)
{
    for (size_t i = 0; i < x->count; i++)
        if (str_eq_nocase(x->list[i].key, key))
            return &x->list[i];
    return NULL;
}

static void read_list(call *k, wanted *x)
{
    const json *j = body_member(k, "choices");
    if (!json_is(j, JSON_ARRAY) || j->count == 0 || j->count > LIMIT_CHOICES) {
        (void)ctx_problem(&k->c, "choices", json_is(j, JSON_ARRAY) && j->count ? STR("too_many") : STR("required"));
        return;
    }
    x->list = arena_make_n(k->c.a, choice_row, j->count);
    for (const json *one = j->first; one; one = one->next) {
        choice_row c;
        if (!choice_from_json(k, "choices", one, &c))
            continue;
        const choice *is = field_choice(x->f, c.key);
        for (int i = 0; is && i < LANG_COUNT; i++)
            if (c.label[i].n == 0)
                c.label[i] = is->label[i];
        if (!is && !(x->f->flags & FF_OPEN))
            (void)ctx_problem_with(&k->c, STR("choices"), STR("fixed_choices"), c.key);
        else if (row_of(x, c.key))
            (void)ctx_problem_with(&k->c, STR("choices"), STR("choice_twice"), c.key);
        if (is)
            c.key = is->key;
        x->list[x->count++] = c;
    }
}

/* What is said to take a choice's place; *given: something was said, null included. */
static str replacement(call *k, const wanted *x, str key, bool *given)
{
    const json *j = json_get(x->replace, key);
    *given = j != NULL;
    if (!j || j->kind == JSON_NULL)
        return (str){ 0 };
    const choice     *to = j->kind == JSON_STRING ? field_choice(x->f, j->text) : NULL;
    const choice_row *row = to ? row_of(x, to->key) : NULL;
    if (!row || row->retired) {
        (void)ctx_problem_with(&k->c, STR("replace"), STR("not_a_choice"),
                               j->kind == JSON_STRING ? utf8_cut(j->text, KEY_MAX_) : key);
        return (str){ 0 };
    }
    return to->key;
}

static bool vanishes(const wanted *x, const choice *c)
{
    return !row_of(x, c->key);
}

/* A fixed list keeps its choices; the one that new records get stays where it is. */
static err check_vanishing(call *k, const wanted *x)
{
    bool given, in_use = false;
    for (size_t i = 0; i < x->f->choice_count; i++) {
        const choice     *c = &x->f->choices[i];
        const choice_row *row = row_of(x, c->key);
        int64_t           used = 0;
        if (!(x->f->flags & FF_OPEN) && (!row || row->retired))
            (void)ctx_problem_with(&k->c, STR("choices"), STR("fixed_choices"), c->key);
        if ((!row || row->retired) && str_eq_nocase(x->f->initial, c->key))
            (void)ctx_problem_with(&k->c, STR("choices"), STR("choice_is_initial"), c->label[k->c.lang]);
        if (row || !(x->f->flags & FF_OPEN))
            continue;
        str to = replacement(k, x, c->key, &given);
        if (given && to.n == 0 && x->f->flags & FF_REQUIRED)
            (void)ctx_problem(&k->c, "replace", STR("required"));
        if (given || x->preview)
            continue;
        TRY(choice_used(&k->c, x->f, c->key, &used));
        if (used) {
            in_use = true;
            (void)ctx_problem_with(&k->c, STR("choices"), STR("choice_in_use"),
                                   arena_printf(k->c.a, "%.*s: %lld", STR_ARG(c->label[k->c.lang]), (long long)used));
        }
    }
    return in_use ? ERR_CONFLICT : ERR_OK;
}

static err read_wanted(call *k, wanted *x)
{
    static const char *const names[] = { "entity", "field", "choices", "replace", "preview", NULL };
    str entity_name = body_text(k, "entity", true, NAMES), name = body_text(k, "field", true, NAMES);
    x->f = find_list(k, entity_name, name);
    x->preview = body_bool(k, "preview");
    x->replace = body_member(k, "replace");
    if (x->replace && !json_is(x->replace, JSON_OBJECT) && !json_is(x->replace, JSON_NULL))
        (void)ctx_problem(&k->c, "replace", STR("type"));
    if (!x->f && entity_name.n && name.n)
        (void)ctx_problem_with(&k->c, STR("field"), STR("unknown_field"),
                               arena_printf(k->c.a, "%.*s.%.*s", STR_ARG(entity_name), STR_ARG(name)));
    if (x->f)
        read_list(k, x);
    TRY(body_check(k, names));
    err e = check_vanishing(k, x);
    if (e != ERR_OK && e != ERR_CONFLICT)
        return e;
    return k->c.problem_count && e == ERR_OK ? ERR_INVALID : e;
}

static err preview(call *k, const wanted *x)
{
    bool given;
    json_object(&k->w);
    TRY(put_list(k, x->f));
    json_key(&k->w, STR("removed"));
    json_array(&k->w);
    for (size_t i = 0; i < x->f->choice_count; i++) {
        const choice *c = &x->f->choices[i];
        int64_t       used;
        if (!vanishes(x, c))
            continue;
        TRY(choice_used(&k->c, x->f, c->key, &used));
        json_object(&k->w);
        json_put_string(&k->w, "key", c->key);
        json_put_int(&k->w, "used", used);
        put_text(&k->w, "replace", replacement(k, x, c->key, &given));
        json_object_end(&k->w);
    }
    json_array_end(&k->w);
    json_put_int(&k->w, "replaced", 0);
    json_put_bool(&k->w, "saved", false);
    json_object_end(&k->w);
    return ERR_OK;
}

/* Some hundred records in one go; *more: there are further ones. */
static err replace_some(call *k, const wanted *x, bool *more)
{
    bool given;
    *more = false;
    for (size_t i = 0; i < x->f->choice_count && !*more; i++) {
        const choice *c = &x->f->choices[i];
        if (!vanishes(x, c))
            continue;
        str to = replacement(k, x, c->key, &given);
        if (given)
            TRY(choice_replace(&k->c, x->f, c->key, to, PIECE, &k->next.counts[0], more));
    }
    return ERR_OK;
}

static err answer(call *k, const field *f)
{
    snapshot *now;
    TRY(tables_fresh(&k->c, &now));
    json_object(&k->w);
    err e = put_list(k, entity_field(snapshot_entity(now, f->owner->name), f->name));
    snapshot_unpin(now);
    TRY(e);
    json_key(&k->w, STR("removed"));
    json_array(&k->w);
    json_array_end(&k->w);
    json_put_int(&k->w, "replaced", k->next.counts[0]);
    json_put_bool(&k->w, "saved", true);
    json_object_end(&k->w);
    return ERR_OK;
}

err choices_update(call *k)
{
    wanted x = { 0 };
    TRY(read_wanted(k, &x));
    if (x.preview)
        return preview(k, &x);
    TRY(replace_some(k, &x, &k->again));
    if (k->again)
        return ERR_OK;
    TRY(choices_put(&k->c, x.f, x.list, x.count));
    return answer(k, x.f);
}

/* ---- layouts ---- */

enum { COLUMNS_MAX = 60, GROUPS_MAX = 40, WIDTH_MAX = 2000 };

typedef struct {
    call         *k;
    const entity *e;
    layout_kind   kind;
    bool         *seen; /* per field: it has a place */
} layout_check;

static void bad_layout(layout_check *x, str code, str what)
{
    (void)ctx_problem_with(&x->k->c, STR("layout"), code, utf8_cut(what, NAMES));
}

/* A field, or in lists also a path through a reference. */
static void check_name(layout_check *x, const json *j, bool once)
{
    if (!json_is(j, JSON_STRING)) {
        bad_layout(x, STR("not_a_text"), (str){ 0 });
        return;
    }
    ptrdiff_t    dot = x->kind == LAYOUT_LIST ? str_find_char(j->text, '.') : -1;
    const field *f = entity_field(x->e, dot < 0 ? j->text : str_sub(j->text, 0, dot));
    if (!f || (dot >= 0 && !type_of(f)->reference))
        bad_layout(x, STR("unknown_field"), j->text);
    else if (dot < 0 && once && x->seen[f->index])
        bad_layout(x, STR("layout_twice"), j->text);
    else if (dot < 0)
        x->seen[f->index] |= once;
}

static void check_names(layout_check *x, const json *list, bool once)
{
    if (!list)
        return;
    if (!json_is(list, JSON_ARRAY)) {
        bad_layout(x, STR("type"), (str){ 0 });
        return;
    }
    for (const json *j = list->first; j; j = j->next)
        check_name(x, j, once);
}

static void check_members(layout_check *x, const json *j, const char *const *names)
{
    for (const json *m = j->first; m; m = m->next) {
        bool known = false;
        for (size_t i = 0; names[i] && !known; i++)
            known = str_eq(m->key, str_from(names[i]));
        if (!known)
            bad_layout(x, STR("unknown_field"), m->key);
    }
}

static void check_column(layout_check *x, const json *j)
{
    static const char *const names[] = { "field", "width", NULL };
    int64_t                  width = 0;
    if (!json_is(j, JSON_OBJECT)) {
        bad_layout(x, STR("type"), (str){ 0 });
        return;
    }
    check_members(x, j, names);
    check_name(x, json_get(j, STR("field")), true);
    const json *w = json_get(j, STR("width"));
    if (w && w->kind != JSON_NULL && (!json_int64(w, &width) || width < 40 || width > WIDTH_MAX))
        bad_layout(x, STR("out_of_range"), (str){ 0 });
}

static void check_list(layout_check *x, const json *j)
{
    static const char *const names[] = { "columns", "order", NULL };
    const json              *columns = json_get(j, STR("columns")), *order = json_get(j, STR("order"));
    check_members(x, j, names);
    if (!json_is(columns, JSON_ARRAY) || columns->count == 0 || columns->count > COLUMNS_MAX) {
        bad_layout(x, STR("layout_columns"), (str){ 0 });
        return;
    }
    for (const json *c = columns->first; c; c = c->next)
        check_column(x, c);
    if (order && order->kind != JSON_NULL && order->kind != JSON_STRING)
        bad_layout(x, STR("not_a_text"), (str){ 0 });
}

static void check_group(layout_check *x, const json *j)
{
    static const char *const names[] = { "name", "label", "fields", "collapsed", NULL };
    str                      label[LANG_COUNT];
    if (!json_is(j, JSON_OBJECT) || !json_is(json_get(j, STR("name")), JSON_STRING)) {
        bad_layout(x, STR("type"), (str){ 0 });
        return;
    }
    check_members(x, j, names);
    const json *given = json_get(j, STR("label"));
    if (given && given->kind != JSON_OBJECT && given->kind != JSON_NULL)
        bad_layout(x, STR("type"), (str){ 0 });
    else
        (void)body_label(x->k, "layout", given, LABEL_MAX, label);
    check_names(x, json_get(j, STR("fields")), true);
}

/* What must be filled in stays in the form. */
static void check_hidden(layout_check *x, const json *list)
{
    for (const json *j = json_is(list, JSON_ARRAY) ? list->first : NULL; j; j = j->next) {
        const field *f = json_is(j, JSON_STRING) ? entity_field(x->e, j->text) : NULL;
        if (f && f->flags & FF_REQUIRED && !(f->flags & FF_COMMON) && f->initial.n == 0 && x->kind == LAYOUT_FORM)
            bad_layout(x, STR("layout_hides_required"), f->label[x->k->c.lang]);
    }
    check_names(x, list, true);
}

static void check_form(layout_check *x, const json *j)
{
    static const char *const names[] = { "groups", "hidden", "facts", "related", "hidden_related", NULL };
    const json              *groups = json_get(j, STR("groups"));
    check_members(x, j, names);
    if (!json_is(groups, JSON_ARRAY) || groups->count > GROUPS_MAX) {
        bad_layout(x, STR("layout_groups"), (str){ 0 });
        return;
    }
    for (const json *g = groups->first; g; g = g->next)
        check_group(x, g);
    check_hidden(x, json_get(j, STR("hidden")));
    check_names(x, json_get(j, STR("facts")), false);
    static const char *const texts[] = { "related", "hidden_related" };
    for (size_t i = 0; i < countof(texts); i++) {
        const json *list = json_get(j, str_from(texts[i]));
        if (list && !json_is(list, JSON_ARRAY))
            bad_layout(x, STR("type"), (str){ 0 });
        for (const json *t = json_is(list, JSON_ARRAY) ? list->first : NULL; t; t = t->next)
            if (t->kind != JSON_STRING)
                bad_layout(x, STR("not_a_text"), (str){ 0 });
    }
}

static str text_of(call *k, const json *j)
{
    buf         b;
    json_writer w;
    buf_init(&b, LIMIT_LAYOUT);
    json_begin(&w, &b);
    json_value(&w, j);
    str text = b.failed ? (str){ 0 } : arena_str(k->c.a, buf_str(&b));
    buf_free(&b);
    if (text.n == 0)
        (void)ctx_problem_with(&k->c, STR("layout"), STR("too_long"), arena_printf(k->c.a, "%d", LIMIT_LAYOUT));
    return text;
}

err layout_update(call *k)
{
    static const char *const names[] = { "entity", "kind", "layout", NULL };
    str          which = body_text(k, "entity", true, NAMES), kind = body_text(k, "kind", true, NAMES), text = { 0 };
    layout_check x = { .k = k, .e = snapshot_entity(k->c.snap, which) };
    const json  *j = body_member(k, "layout");
    if (!x.e && which.n)
        (void)ctx_problem_with(&k->c, STR("entity"), STR("not_a_choice"), which);
    if (kind.n && !layout_from(kind, &x.kind))
        (void)ctx_problem_with(&k->c, STR("kind"), STR("not_a_choice"), kind);
    if (!j || (j->kind != JSON_NULL && j->kind != JSON_OBJECT))
        (void)ctx_problem(&k->c, "layout", j ? STR("type") : STR("required"));
    if (x.e && k->c.problem_count == 0 && j->kind == JSON_OBJECT) {
        x.seen = arena_make_n(k->c.a, bool, x.e->field_count + 1);
        (x.kind == LAYOUT_LIST ? check_list : check_form)(&x, j);
        text = text_of(k, j);
    }
    TRY(body_check(k, names));
    TRY(layout_put(&k->c, x.e->name, x.kind, text));
    json_object(&k->w);
    json_put_string(&k->w, "entity", x.e->name);
    json_put_string(&k->w, "kind", kind);
    json_key(&k->w, STR("layout"));
    json_raw(&k->w, text.n ? text : STR("null"));
    json_object_end(&k->w);
    return ERR_OK;
}
