#include "api/saved.h"

#include "base/limits.h"
#include "store/view.h"

enum { COLUMNS_MOST = 60, NAME_MOST = 100 };

/* What a view says of its list: members of the request, of zk_view's body and of the answer. */
typedef enum { PART_TEXT, PART_COLUMNS, PART_WIDTHS, PART_AS } part_kind;
static const struct {
    const char *name;
    part_kind   kind;
} parts[] = {
    { "where", PART_TEXT }, { "order", PART_TEXT },    { "columns", PART_COLUMNS },
    { "group", PART_TEXT }, { "widths", PART_WIDTHS }, { "as", PART_AS },
};
static const char *const ways[] = { "table", "board", "calendar", "split" };

static const char *const create_names[] = { "entity",  "name",  "shared", "where", "order",
                                            "columns", "group", "widths", "as",    NULL };

/* ---- reading ---- */

static void check_columns(call *k, const char *name, const json *j)
{
    size_t n = 0;
    if (j->kind != JSON_ARRAY) {
        (void)ctx_problem(&k->c, name, STR("type"));
        return;
    }
    for (const json *one = j->first; one; one = one->next, n++)
        if (one->kind != JSON_STRING || one->text.n == 0 || one->text.n > 200) {
            (void)ctx_problem(&k->c, name, STR("type"));
            return;
        }
    if (n > COLUMNS_MOST)
        (void)ctx_problem(&k->c, name, STR("too_many"));
}

static void check_widths(call *k, const char *name, const json *j)
{
    size_t n = 0;
    if (j->kind != JSON_OBJECT) {
        (void)ctx_problem(&k->c, name, STR("type"));
        return;
    }
    for (const json *one = j->first; one; one = one->next, n++) {
        int64_t width;
        if (one->kind != JSON_NUMBER || !json_int64(one, &width) || width < 20 || width > 2000 || one->key.n > 200) {
            (void)ctx_problem(&k->c, name, STR("out_of_range"));
            return;
        }
    }
    if (n > COLUMNS_MOST)
        (void)ctx_problem(&k->c, name, STR("too_many"));
}

static void check_way(call *k, const char *name, const json *j)
{
    for (size_t i = 0; j->kind == JSON_STRING && i < countof(ways); i++)
        if (str_eq(j->text, str_from(ways[i])))
            return;
    (void)ctx_problem_with(&k->c, str_from(name), STR("not_a_choice"),
                           j->kind == JSON_STRING ? utf8_cut(j->text, 60) : STR(""));
}

static void check_part(call *k, size_t i, const json *j)
{
    switch (parts[i].kind) {
    case PART_TEXT: (void)body_text(k, parts[i].name, false, LIMIT_QUERY_TEXT); break;
    case PART_COLUMNS: check_columns(k, parts[i].name, j); break;
    case PART_WIDTHS: check_widths(k, parts[i].name, j); break;
    case PART_AS: check_way(k, parts[i].name, j); break;
    }
}

/* The body as it will be: what the request says, else what was there. */
static str merged_body(call *k, const json *old)
{
    buf         b;
    json_writer w;
    buf_init(&b, LIMIT_BODY);
    json_begin(&w, &b);
    json_object(&w);
    for (size_t i = 0; i < countof(parts); i++) {
        const json *j = body_member(k, parts[i].name);
        if (j && j->kind != JSON_NULL)
            check_part(k, i, j);
        else if (!j && old)
            j = json_get(old, str_from(parts[i].name));
        if (!j || j->kind == JSON_NULL)
            continue;
        json_key(&w, str_from(parts[i].name));
        json_value(&w, j);
    }
    json_object_end(&w);
    str text = arena_str(k->c.a, buf_str(&b));
    buf_free(&b);
    return text;
}

static str text_in(const json *body, const char *name)
{
    const json *j = json_get(body, str_from(name));
    return json_is(j, JSON_STRING) ? j->text : (str){ 0 };
}

/* A view that cannot be shown is none: filter, order and columns are those of the query language. */
static err check_list(call *k, const entity *e, str body)
{
    json      *tree;
    json_fault fault;
    query     *q;
    buf        select;
    if (json_parse(k->c.a, body, &tree, &fault) != ERR_OK)
        return ERR_INTERNAL;
    buf_init(&select, LIMIT_QUERY_TEXT);
    const json *columns = json_get(tree, STR("columns"));
    for (const json *one = columns ? columns->first : NULL; one; one = one->next) {
        buf_putz(&select, select.n ? "," : "");
        buf_puts(&select, one->text);
    }
    list_request r = { .where = text_in(tree, "where"),
                       .order = text_in(tree, "order"),
                       .select = arena_str(k->c.a, buf_str(&select)),
                       .limit = 1 };
    buf_free(&select);
    return query_list(&k->c, e, &r, &q);
}

static const entity *readable_entity(call *k, str name)
{
    const entity *e = name.n ? snapshot_entity(k->c.snap, name) : NULL;
    if (e && !permit_entity(&k->c.actor, e, VERB_READ))
        e = NULL;
    return e;
}

static const entity *body_entity(call *k)
{
    str           name = body_text(k, "entity", true, 100);
    const entity *e = readable_entity(k, name);
    if (!e && name.n)
        (void)ctx_problem_with(&k->c, STR("entity"), STR("not_a_choice"), name);
    return e;
}

/* ---- answering ---- */

static err put_view(call *k, const kept_view *v)
{
    json      *tree;
    json_fault fault;
    if (json_parse(k->c.a, v->body, &tree, &fault) != ERR_OK)
        return ERR_INTERNAL;
    json_object(&k->w);
    json_put_id(&k->w, "id", v->id);
    json_put_string(&k->w, "entity", v->entity);
    json_put_string(&k->w, "name", v->name);
    put_ref(&k->w, "owner", v->owner, v->owner_name);
    json_put_bool(&k->w, "shared", v->shared);
    json_put_bool(&k->w, "may_change", kept_view_may_change(&k->c, v));
    json_put_int(&k->w, "version", v->version);
    put_time(&k->w, "updated_at", v->updated_at);
    for (size_t i = 0; i < countof(parts); i++) {
        const json *j = json_get(tree, str_from(parts[i].name));
        json_key(&k->w, str_from(parts[i].name));
        if (j)
            json_value(&k->w, j);
        else
            json_null(&k->w);
    }
    json_object_end(&k->w);
    return ERR_OK;
}

err saved_list(call *k)
{
    kept_view *list;
    size_t     n;
    str        name = { 0 }, own, everybody;
    (void)param_text(k, "entity", &name);
    const entity *e = readable_entity(k, name);
    if (!e)
        return ctx_unreadable(&k->c, -1, "needed", STR("entity"), (str){ 0 });
    TRY(kept_view_list(&k->c, e->name, &list, &n));
    TRY(kept_view_defaults(&k->c, e->name, &own, &everybody));
    json_object(&k->w);
    json_key(&k->w, STR("views"));
    json_array(&k->w);
    for (size_t i = 0; i < n; i++)
        TRY(put_view(k, &list[i]));
    json_array_end(&k->w);
    put_text(&k->w, "default", own);
    put_text(&k->w, "default_of_all", everybody);
    json_object_end(&k->w);
    return ERR_OK;
}

static err answer_view(call *k, const kept_view *v)
{
    k->version = v->version;
    return put_view(k, v);
}

err saved_get(call *k)
{
    kept_view v;
    TRY(kept_view_find(&k->c, k->id, &v));
    return answer_view(k, &v);
}

err saved_create(call *k)
{
    const entity *e = body_entity(k);
    kept_view     v = { .name = body_text(k, "name", true, NAME_MOST), .shared = body_bool(k, "shared") };
    v.body = merged_body(k, NULL);
    TRY(body_check(k, create_names));
    v.entity = e->name;
    TRY(check_list(k, e, v.body));
    TRY(kept_view_save(&k->c, &v, 0));
    k->location = arena_printf(k->c.a, "/api/v1/saved_views/%lld", (long long)v.id);
    return answer_view(k, &v);
}

err saved_update(call *k)
{
    kept_view  v;
    json      *old;
    json_fault fault;
    TRY(kept_view_find(&k->c, k->id, &v));
    if (!kept_view_may_change(&k->c, &v))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    if (json_parse(k->c.a, v.body, &old, &fault) != ERR_OK)
        return ERR_INTERNAL;
    if (body_member(k, "name"))
        v.name = body_text(k, "name", true, NAME_MOST);
    if (body_member(k, "shared"))
        v.shared = body_bool(k, "shared");
    v.body = merged_body(k, old);
    TRY(body_check(k, create_names + 1));
    const entity *e = readable_entity(k, v.entity);
    if (!e)
        return ERR_NOT_FOUND;
    TRY(check_list(k, e, v.body));
    TRY(kept_view_save(&k->c, &v, k->if_match));
    return answer_view(k, &v);
}

err saved_delete(call *k)
{
    return kept_view_remove(&k->c, k->id, k->if_match);
}

/* A shipped view by its name, a kept one by its id. */
static bool view_there(call *k, const entity *e, str view, bool everybody, err *failed)
{
    int64_t   id;
    kept_view v;
    for (size_t i = 0; i < e->def->list_count; i++)
        if (str_eq(view, str_from(e->def->lists[i].name)))
            return true;
    if (!str_to_int64(view, &id) || id <= 0)
        return false;
    *failed = kept_view_find(&k->c, id, &v);
    return *failed == ERR_OK && str_eq(v.entity, e->name) && (v.shared || !everybody);
}

err saved_default(call *k)
{
    static const char *const names[] = { "entity", "view", "everybody", NULL };
    const entity            *e = body_entity(k);
    str                      view = body_text(k, "view", false, 100);
    bool                     everybody = body_bool(k, "everybody");
    err                      failed = ERR_OK;
    TRY(body_check(k, names));
    if (everybody && !permit_is_admin(&k->c.actor))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    if (view.n && !view_there(k, e, view, everybody, &failed)) {
        if (failed != ERR_OK && failed != ERR_NOT_FOUND)
            return failed;
        return ctx_problem_with(&k->c, STR("view"), STR("not_a_choice"), utf8_cut(view, 60));
    }
    return kept_view_default_set(&k->c, e->name, view, everybody);
}
