/* Operations and the one undo. */
#include "api/misc.h"
#include "base/limits.h"
#include "store/kept.h"

enum { UNDO_PIECE = 200, KEPT = 100, KEPT_NAME = 200 };

static void put_operation(json_writer *w, const operation_row *o)
{
    json_object(w);
    json_put_id(w, "id", o->id);
    json_put_string(w, "kind", o->kind);
    put_text(w, "note", o->note);
    put_ref(w, "by", o->user, o->user_name);
    put_time(w, "at", o->at);
    json_put_int(w, "records", o->records);
    put_time(w, "undone_at", o->undone_at);
    json_object_end(w);
}

err operations_get(call *k)
{
    operation_row *list;
    size_t         n;
    int64_t        limit = LIMIT_LIST_DEFAULT, before = 0;
    TRY(param_int(k, "limit", 1, LIMIT_LIST, &limit));
    TRY(param_int(k, "after", 1, INT64_MAX, &before));
    TRY(operation_list(&k->c, 0, before, (int)limit, &list, &n));
    json_object(&k->w);
    json_key(&k->w, STR("operations"));
    json_array(&k->w);
    for (size_t i = 0; i < n; i++)
        put_operation(&k->w, &list[i]);
    json_array_end(&k->w);
    if (n == (size_t)limit)
        json_put_id(&k->w, "next", list[n - 1].id);
    else
        json_put_null(&k->w, "next");
    json_object_end(&k->w);
    return ERR_OK;
}

err operation_get(call *k)
{
    operation_row *list;
    size_t         n;
    TRY(operation_list(&k->c, k->id, 0, 1, &list, &n));
    if (n == 0)
        return ERR_NOT_FOUND;
    put_operation(&k->w, &list[0]);
    return ERR_OK;
}

/* What was left alone must outlive the pieces: the list and the names are made before. */
typedef struct {
    undo_report sum;
    char        names[KEPT][KEPT_NAME];
} undo;

err undo_prepare(call *k)
{
    undo *u = arena_make(k->r->a, undo);
    u->sum.kept = arena_array(k->r->a, KEPT, sizeof *u->sum.kept);
    k->state = u;
    return ERR_OK;
}

static void keep_names(undo *u, size_t from)
{
    for (size_t i = from; i < u->sum.kept_count; i++) {
        str name = utf8_cut(u->sum.kept[i].name, KEPT_NAME);
        if (name.n)
            memcpy(u->names[i], name.p, (size_t)name.n);
        u->sum.kept[i].name = (str){ u->names[i], name.n };
    }
}

err operation_undo(call *k)
{
    undo        *u = k->state;
    json_writer *w = &k->w;
    u->sum.restored = k->next.counts[0];
    u->sum.purged = k->next.counts[1];
    u->sum.skipped = k->next.counts[2];
    u->sum.kept_count = (size_t)k->next.at;
    TRY(store_undo(&k->c, k->id, UNDO_PIECE, &u->sum, &k->again));
    keep_names(u, (size_t)k->next.at);
    k->next.counts[0] = u->sum.restored;
    k->next.counts[1] = u->sum.purged;
    k->next.counts[2] = u->sum.skipped;
    k->next.at = (int64_t)u->sum.kept_count;
    if (k->again)
        return ERR_OK;
    json_object(w);
    json_put_id(w, "operation", k->id);
    json_put_int(w, "restored", u->sum.restored);
    json_put_int(w, "purged", u->sum.purged);
    json_put_int(w, "skipped", u->sum.skipped);
    json_key(w, STR("kept"));
    json_array(w);
    for (size_t i = 0; i < u->sum.kept_count; i++) {
        json_object(w);
        json_put_string(w, "entity", u->sum.kept[i].entity);
        json_put_id(w, "id", u->sum.kept[i].id);
        json_put_string(w, "name", u->sum.kept[i].name);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
    return ERR_OK;
}
