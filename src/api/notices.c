#include "api/notices.h"

#include "api/rest.h"
#include "base/limits.h"
#include "store/duplicate.h"
#include "store/notice.h"

enum { READ_MOST = 200, DUPLICATES_MOST = 20, POINTERS = 64 };

static void put_record(json_writer *w, const char *name, const entity *e, int64_t id, str title)
{
    json_key(w, str_from(name));
    json_object(w);
    json_put_string(w, "entity", e->name);
    json_put_id(w, "id", id);
    json_put_string(w, "name", title);
    json_object_end(w);
}

/* ---- notices ---- */

static void put_notice(call *k, const notice *n)
{
    json_writer *w = &k->w;
    json_object(w);
    json_put_id(w, "id", n->id);
    json_put_string(w, "kind", n->kind);
    json_put_string(w, "text", n->text);
    put_time(w, "at", n->at);
    json_put_bool(w, "read", n->read_at != 0);
    put_ref(w, "by", n->by, n->by_name);
    if (n->e)
        put_record(w, "about", n->e, n->record, n->record_name);
    else
        json_put_null(w, "about");
    json_object_end(w);
}

err notices_get(call *k)
{
    notice *list;
    size_t  n;
    bool    more;
    int64_t limit = LIMIT_LIST_DEFAULT, before = 0, unread;
    str     after = { 0 };
    TRY(param_int(k, "limit", 1, LIMIT_LIST, &limit));
    if (param_text(k, "after", &after) && (!str_to_int64(after, &before) || before <= 0))
        return ctx_malformed(&k->c, 0, "%s", label_get(k->c.lang, STR("message.cursor")).p);
    TRY(notice_list(&k->c, before, (int)limit, &list, &n, &more));
    TRY(notice_unread(&k->c, &unread));
    json_object(&k->w);
    json_key(&k->w, STR("notices"));
    json_array(&k->w);
    for (size_t i = 0; i < n; i++)
        put_notice(k, &list[i]);
    json_array_end(&k->w);
    json_put_int(&k->w, "unread", unread);
    put_text(&k->w, "next", more ? arena_printf(k->c.a, "%lld", (long long)list[n - 1].id) : (str){ 0 });
    json_object_end(&k->w);
    return ERR_OK;
}

static size_t read_ids(call *k, const json *list, int64_t out[READ_MOST])
{
    size_t n = 0;
    if (!json_is(list, JSON_ARRAY) || list->count > READ_MOST) {
        (void)ctx_problem(&k->c, "ids", json_is(list, JSON_ARRAY) ? STR("too_many") : STR("type"));
        return 0;
    }
    for (const json *j = list->first; j; j = j->next) {
        if (json_is(j, JSON_STRING) && str_to_int64(j->text, &out[n]) && out[n] > 0)
            n++;
        else
            (void)ctx_problem(&k->c, "ids", STR("type"));
    }
    return n;
}

/* account/7 */
static const entity *read_about(call *k, str text, int64_t *id)
{
    ptrdiff_t     slash = str_find_char(text, '/');
    const entity *e = slash > 0 ? snapshot_entity(k->c.snap, str_sub(text, 0, slash)) : NULL;
    if (e && str_to_int64(str_sub(text, slash + 1, text.n), id) && *id > 0)
        return e;
    (void)ctx_problem_with(&k->c, STR("about"), STR("no_such_record"), utf8_cut(text, 60));
    return NULL;
}

err notices_read(call *k)
{
    static const char *const names[] = { "ids", "all", "about", NULL };
    int64_t                  ids[READ_MOST], record = 0;
    size_t                   n = 0;
    const json              *list = body_member(k, "ids");
    bool                     all = body_bool(k, "all");
    str                      about = body_text(k, "about", false, 100);
    const entity            *e = about.n ? read_about(k, about, &record) : NULL;
    if (list)
        n = read_ids(k, list, ids);
    if (!list && !all && !about.n)
        (void)ctx_problem(&k->c, "ids", STR("required"));
    TRY(body_check(k, names));
    return notice_read(&k->c, list ? ids : NULL, n, all ? NULL : e, record);
}

/* ---- following ---- */

static err answer_followers(call *k)
{
    follower *list;
    size_t    n;
    bool      mine;
    TRY(follow_list(&k->c, k->e, k->id, &list, &n, &mine));
    json_object(&k->w);
    json_put_bool(&k->w, "following", mine);
    json_key(&k->w, STR("followers"));
    json_array(&k->w);
    for (size_t i = 0; i < n; i++) {
        json_object(&k->w);
        json_put_id(&k->w, "id", list[i].id);
        json_put_string(&k->w, "name", list[i].name);
        json_object_end(&k->w);
    }
    json_array_end(&k->w);
    json_object_end(&k->w);
    return ERR_OK;
}

err followers_get(call *k)
{
    return answer_followers(k);
}

err follow_post(call *k)
{
    static const char *const names[] = { "follow", NULL };
    const json              *j = body_member(k, "follow");
    bool                     follow = body_bool(k, "follow");
    rec                     *r;
    TRY(store_load(&k->c, k->e, k->id, &r));
    if (!j)
        (void)ctx_problem(&k->c, "follow", STR("required"));
    TRY(body_check(k, names));
    TRY(follow_set(&k->c, k->e, k->id, follow));
    return answer_followers(k);
}

/* ---- what may be there twice ---- */

static const entity *wanted_entity(call *k)
{
    str           name = body_text(k, "entity", true, 100);
    const entity *e = name.n ? snapshot_entity(k->c.snap, name) : NULL;
    if (e && permit_entity(&k->c.actor, e, VERB_READ))
        return e;
    if (name.n)
        (void)ctx_problem_with(&k->c, STR("entity"), STR("not_a_choice"), name);
    return NULL;
}

static void put_duplicate(call *k, const duplicate *d)
{
    json_writer *w = &k->w;
    json_object(w);
    json_put_string(w, "entity", d->e->name);
    if (d->hidden)
        json_put_bool(w, "hidden", true);
    else
        json_put_id(w, "id", d->id);
    if (!d->hidden)
        json_put_string(w, "name", d->name);
    put_text(w, "owner", d->owner_name);
    json_put_int(w, "score", d->score);
    json_key(w, STR("reasons"));
    json_array(w);
    for (size_t i = 0; i < d->reason_count; i++) {
        json_object(w);
        json_put_string(w, "kind", str_from(d->reasons[i].kind));
        if (d->hidden) {
            json_object_end(w);
            continue;
        }
        json_put_string(w, "field", d->reasons[i].field->name);
        json_put_string(w, "value", d->reasons[i].value);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
}

/* While one types, so what is not right yet is passed over. */
err duplicates_post(call *k)
{
    static const char *const names[] = { "entity", "id", "record", NULL };
    const entity            *e = wanted_entity(k);
    int64_t                  id = body_id(k, "id", false);
    const json              *values = body_member(k, "record");
    rec                     *r;
    duplicate               *list;
    size_t                   n;
    if (values && !json_is(values, JSON_OBJECT) && !json_is(values, JSON_NULL))
        (void)ctx_problem(&k->c, "record", STR("type"));
    TRY(body_check(k, names));
    if (id)
        TRY(store_load(&k->c, e, id, &r));
    else
        r = store_new(&k->c, e);
    if (json_is(values, JSON_OBJECT)) {
        err x = store_patch(&k->c, r, values);
        if (x != ERR_OK && x != ERR_INVALID)
            return x;
        k->c.problem_count = 0;
    }
    TRY(store_duplicates(&k->c, r, true, DUPLICATES_MOST, &list, &n));
    json_object(&k->w);
    json_key(&k->w, STR("duplicates"));
    json_array(&k->w);
    for (size_t i = 0; i < n; i++)
        put_duplicate(k, &list[i]);
    json_array_end(&k->w);
    json_object_end(&k->w);
    return ERR_OK;
}

/* ---- what hangs on a record ---- */

static err put_count(call *k, const entity *other, const field *via)
{
    int64_t      count;
    list_request r = { .via = via, .via_id = k->id };
    if (via->type == FT_ANYREF)
        r.via_entity = k->e->name;
    TRY(query_count(&k->c, other, &r, true, &count));
    json_object(&k->w);
    json_put_string(&k->w, "entity", other->name);
    json_put_string(&k->w, "plural", other->plural);
    json_put_string(&k->w, "field", via->name);
    json_put_int(&k->w, "count", count);
    json_object_end(&k->w);
    return ERR_OK;
}

err related_counts(call *k)
{
    rec *r;
    TRY(store_load(&k->c, k->e, k->id, &r));
    json_object(&k->w);
    json_key(&k->w, STR("related"));
    json_array(&k->w);
    for (size_t i = 0; i < k->c.snap->entity_count; i++) {
        const entity *other = k->c.snap->entities[i];
        const field  *fields[16];
        size_t        n = related_fields(k->e, other, fields, countof(fields));
        for (size_t f = 0; f < n && permit_entity(&k->c.actor, other, VERB_READ); f++)
            if (permit_field(&k->c.actor, fields[f], VERB_READ))
                TRY(put_count(k, other, fields[f]));
    }
    json_array_end(&k->w);
    json_object_end(&k->w);
    return ERR_OK;
}
