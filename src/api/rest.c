#include "api/rest.h"

#include "base/limits.h"
#include "base/log.h"

enum { RELATED = 16 };

err record_answer(call *k, const entity *e, int64_t id)
{
    return query_record(&k->c, e, id, &k->w, &k->version);
}

/* ---- lists ---- */

static err put_row(void *arg, query_row *row)
{
    query_row_json(row, arg);
    return ERR_OK;
}

static err read_list_params(call *k, list_request *r)
{
    int64_t limit = LIMIT_LIST_DEFAULT;
    (void)param_text(k, "where", &r->where);
    (void)param_text(k, "order", &r->order);
    (void)param_text(k, "select", &r->select);
    (void)param_text(k, "after", &r->after);
    TRY(param_int(k, "limit", 1, LIMIT_LIST, &limit));
    r->limit = (int)limit;
    return param_bool(k, "deleted", &r->deleted);
}

static err read_count_param(call *k, bool *exact, bool *estimate)
{
    str text;
    if (!param_text(k, "count", &text))
        return ERR_OK;
    *exact = str_eq(text, STR("exact"));
    *estimate = str_eq(text, STR("estimate"));
    return *exact || *estimate ? ERR_OK : ctx_unreadable(&k->c, -1, "one_of", STR("count"), STR("exact, estimate"));
}

err list_answer(call *k, const entity *e, list_request *r)
{
    query  *q;
    bool    exact = false, estimate = false;
    int64_t count = 0;
    TRY(read_list_params(k, r));
    TRY(read_count_param(k, &exact, &estimate));
    TRY(query_list(&k->c, e, r, &q));
    if (exact && k->r->lane == LANE_INLINE)
        return ERR_TOO_SLOW; /* counting goes to the slow lane at once */
    json_object(&k->w);
    json_key(&k->w, STR("records"));
    json_array(&k->w);
    TRY(query_run(&k->c, q, put_row, &k->w));
    json_array_end(&k->w);
    put_text(&k->w, "next", query_next(q));
    if (exact || estimate) {
        list_request all = *r;
        all.after = (str){ 0 };
        TRY(query_count(&k->c, e, &all, estimate, &count));
        json_put_int(&k->w, "count", count);
    }
    json_object_end(&k->w);
    return ERR_OK;
}

err record_list(call *k)
{
    list_request r = { 0 };
    return list_answer(k, k->e, &r);
}

/* ---- one record ---- */

/* From the recycle bin: the list of one. */
static err deleted_record(call *k)
{
    query       *q;
    size_t       before = k->r->reply.body.n;
    list_request r = { .deleted = true, .id = k->id, .limit = 1 };
    TRY(query_list(&k->c, k->e, &r, &q));
    TRY(query_run(&k->c, q, put_row, &k->w));
    return k->r->reply.body.n > before ? ERR_OK : ERR_NOT_FOUND;
}

err record_get(call *k)
{
    bool deleted = false;
    TRY(param_bool(k, "deleted", &deleted));
    if (deleted)
        return deleted_record(k);
    if (k->asked && query_record_once(&k->c, k->e))
        db_read_last(k->c.conn); /* nothing comes behind it: the transaction's end travels along */
    return record_answer(k, k->e, k->id);
}

/* Everything that is wrong at once: what the words are worth and what the rules say of them. */
static err patch_and_save(call *k, rec *r, int64_t expected)
{
    err e = store_patch(&k->c, r, k->in);
    if (e != ERR_OK && e != ERR_INVALID)
        return e;
    size_t bad = k->c.problem_count;
    TRY(store_save(&k->c, r, expected));
    return bad ? ERR_INVALID : ERR_OK;
}

err record_create(call *k)
{
    rec *r = store_new(&k->c, k->e);
    TRY(patch_and_save(k, r, 0));
    k->location = arena_printf(k->r->a, "/api/v1/%.*s/%lld", STR_ARG(k->e->plural), (long long)r->id);
    return record_answer(k, k->e, r->id);
}

err record_update(call *k)
{
    rec *r;
    TRY(store_load(&k->c, k->e, k->id, &r));
    TRY(patch_and_save(k, r, k->if_match));
    return record_answer(k, k->e, k->id);
}

err record_delete(call *k)
{
    return store_delete(&k->c, k->e, k->id, k->if_match);
}

err record_restore(call *k)
{
    TRY(store_restore(&k->c, k->e, k->id));
    return record_answer(k, k->e, k->id);
}

/* ---- what hangs on it ---- */

static err page_params(call *k, int64_t *limit, str *after)
{
    *limit = LIMIT_LIST_DEFAULT;
    (void)param_text(k, "after", after);
    return param_int(k, "limit", 1, LIMIT_LIST, limit);
}

err record_reveal(call *k)
{
    static const char *const names[] = { "field", NULL };
    str                      name = body_text(k, "field", true, 60);
    rec                     *r;
    TRY(store_load(&k->c, k->e, k->id, &r)); /* it is not there before anything is said of the body */
    TRY(body_check(k, names));
    TRY(store_look(&k->c, k->e, k->id, name, &k->w, &k->retry_after));
    if (k->retry_after) { /* refused, and what is written down of it stays */
        problem_write(k, ERR_TOO_MANY);
        k->status = k->r->reply.status;
    }
    return ERR_OK;
}

err record_history(call *k)
{
    int64_t limit;
    str     after = { 0 };
    TRY(page_params(k, &limit, &after));
    return store_history_json(&k->c, k->e, k->id, (int)limit, after, &k->w);
}

err record_timeline(call *k)
{
    int64_t limit;
    str     after = { 0 }, kinds = { 0 };
    TRY(page_params(k, &limit, &after));
    (void)param_text(k, "kinds", &kinds);
    return store_timeline_json(&k->c, k->e, k->id, (int)limit, after, kinds, &k->w);
}

static bool points_at(const field *f, const entity *e)
{
    return !(f->flags & FF_ALIAS) && (f->target == e || f->type == FT_ANYREF);
}

size_t related_fields(const entity *e, const entity *other, const field **out, size_t room)
{
    const field *owner = NULL;
    size_t       n = 0;
    for (size_t i = 0; i < other->field_count && n < room; i++) {
        const field *f = &other->fields[i];
        if (!points_at(f, e))
            continue;
        if (f->flags & FF_COMMON) {
            if (entity_common(other, CF_OWNER) == f)
                owner = f;
            continue;
        }
        out[n++] = f;
    }
    if (n == 0 && owner && room)
        out[n++] = owner;
    return n;
}

/* Which field the list goes by: the one named, or the only one. */
static err choose_via(call *k, const entity *other, const field **out)
{
    const field *fields[RELATED];
    size_t       n = related_fields(k->e, other, fields, RELATED);
    str          name;
    if (param_text(k, "via", &name)) {
        const field *f = entity_field(other, name);
        if (!f || !points_at(f, k->e))
            return ctx_unreadable(&k->c, -1, "no_via", STR("via"), other->name);
        *out = f;
        return ERR_OK;
    }
    if (n == 0)
        return ERR_NOT_FOUND;
    if (n > 1)
        return ctx_unreadable(&k->c, -1, "which_via", STR("via"), fields[0]->name);
    *out = fields[0];
    return ERR_OK;
}

err record_related(call *k)
{
    const entity *other = snapshot_plural(k->c.snap, k->parts[2]);
    const field  *via = NULL;
    rec          *parent;
    if (!other)
        return ERR_NOT_FOUND;
    TRY(store_load(&k->c, k->e, k->id, &parent));
    TRY(choose_via(k, other, &via));
    list_request r = { .via = via, .via_id = k->id };
    if (via->type == FT_ANYREF)
        r.via_entity = k->e->name;
    return list_answer(k, other, &r);
}
