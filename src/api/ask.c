/* Questions that are not about one entity's records: search, and the whole query language. */
#include "api/misc.h"
#include "base/limits.h"

enum { SEARCH_LIMIT = 20, SEARCH_MOST = 100, SEARCH_ENTITIES = 64 };

/* in=account,lead */
static err search_entities(call *k, const entity **list, size_t *count)
{
    str rest = { 0 };
    if (!param_text(k, "in", &rest))
        return ERR_OK;
    while (rest.n > 0) {
        ptrdiff_t     cut = str_find_char(rest, ',');
        str           name = str_trim(cut < 0 ? rest : str_sub(rest, 0, cut));
        const entity *e = snapshot_entity(k->c.snap, name);
        rest = cut < 0 ? (str){ 0 } : str_sub(rest, cut + 1, rest.n);
        if (!e)
            e = snapshot_plural(k->c.snap, name);
        if (!e || *count == SEARCH_ENTITIES)
            return ctx_unreadable(&k->c, -1, "no_entity", STR("in"), utf8_cut(name, 40));
        list[(*count)++] = e;
    }
    return ERR_OK;
}

err search_get(call *k)
{
    const entity *entities[SEARCH_ENTITIES];
    size_t        entity_count = 0, n = 0;
    search_hit   *hits = NULL;
    int64_t       limit = SEARCH_LIMIT;
    bool          more = false;
    str           q = { 0 };
    json_writer  *w = &k->w;
    if (!param_text(k, "q", &q))
        return ctx_unreadable(&k->c, -1, "no_search", STR("q"), (str){ 0 });
    if (q.n > LIMIT_SEARCH_QUERY * 4 || utf8_length(q) > LIMIT_SEARCH_QUERY)
        return ctx_unreadable(&k->c, -1, "too_long", STR("q"), arena_printf(k->c.a, "%d", LIMIT_SEARCH_QUERY));
    TRY(param_int(k, "limit", 1, SEARCH_MOST, &limit));
    TRY(search_entities(k, entities, &entity_count));
    TRY(store_search(&k->c, q, entity_count ? entities : NULL, entity_count, (int)limit, &hits, &n, &more));
    json_object(w);
    json_key(w, STR("hits"));
    json_array(w);
    for (size_t i = 0; i < n; i++) {
        json_object(w);
        json_put_string(w, "entity", hits[i].e->name);
        json_put_id(w, "id", hits[i].id);
        json_put_string(w, "name", hits[i].name);
        put_text(w, "snippet", hits[i].snippet);
        json_object_end(w);
    }
    json_array_end(w);
    json_put_bool(w, "more", more);
    json_object_end(w);
    return ERR_OK;
}

/* Sums and groups read many rows: they go to the slow lane at once. */
static bool reads_much(const query *q)
{
    const query_column *columns = query_columns(q);
    if (query_counts(q))
        return true;
    for (size_t i = 0; i < query_column_count(q); i++)
        if (!columns[i].field)
            return true;
    return false;
}

static err answer_query(call *k, str text, str after)
{
    query *q;
    TRY(after.n ? query_select_after(&k->c, text, after, &q) : query_select(&k->c, text, &q));
    if (k->r->lane == LANE_INLINE && reads_much(q))
        return ERR_TOO_SLOW;
    return query_write(&k->c, q, &k->w);
}

err query_post(call *k)
{
    static const char *const names[] = { "query", "after", NULL };
    str text = body_text(k, "query", true, LIMIT_QUERY_TEXT), after = body_text(k, "after", false, 4000);
    TRY(body_check(k, names));
    return answer_query(k, text, after);
}

err query_get(call *k)
{
    str text = { 0 }, after = { 0 };
    if (!param_text(k, "q", &text))
        return ctx_unreadable(&k->c, -1, "no_select", STR("q"), (str){ 0 });
    (void)param_text(k, "after", &after);
    return answer_query(k, text, after);
}
