#include "api/mappings.h"

#include "store/mapping.h"

enum { NAME_MOST = 120, MAP_MOST = 60000 };

static void put_mapping(json_writer *w, const mapping_row *m)
{
    json_object(w);
    json_put_id(w, "id", m->id);
    json_put_string(w, "entity", m->entity);
    json_put_string(w, "name", m->name);
    json_key(w, STR("map"));
    json_raw(w, m->map);
    put_time(w, "updated_at", m->updated_at);
    json_object_end(w);
}

err mappings_get(call *k)
{
    mapping_row *list;
    size_t       n;
    str          which = { 0 };
    (void)param_text(k, "entity", &which);
    TRY(mapping_list(&k->c, which, &list, &n));
    json_object(&k->w);
    json_key(&k->w, STR("mappings"));
    json_array(&k->w);
    for (size_t i = 0; i < n; i++)
        put_mapping(&k->w, &list[i]);
    json_array_end(&k->w);
    json_object_end(&k->w);
    return ERR_OK;
}

static str map_text(call *k)
{
    const json *map = body_member(k, "map");
    buf         b;
    json_writer w;
    if (!json_is(map, JSON_OBJECT)) {
        (void)ctx_problem(&k->c, "map", STR("not_an_object"));
        return (str){ 0 };
    }
    buf_init(&b, MAP_MOST);
    json_begin(&w, &b);
    json_value(&w, map);
    str text = b.failed ? (str){ 0 } : arena_str(k->c.a, buf_str(&b));
    if (b.failed)
        (void)ctx_problem_with(&k->c, STR("map"), STR("too_long"), STR("60000"));
    buf_free(&b);
    return text;
}

err mappings_put(call *k)
{
    static const char *const names[] = { "entity", "name", "map", NULL };
    str                      which = body_text(k, "entity", true, 100), name = body_text(k, "name", true, NAME_MOST);
    str                      map = map_text(k);
    const entity            *e = which.n ? snapshot_entity(k->c.snap, which) : NULL;
    mapping_row              m = { .name = name, .map = map, .updated_at = k->c.now_ms };
    if (!e && which.n)
        (void)ctx_problem(&k->c, "entity", STR("not_a_choice"));
    TRY(body_check(k, names));
    m.entity = e->name;
    TRY(mapping_put(&k->c, e->name, name, map, &m.id));
    put_mapping(&k->w, &m);
    return ERR_OK;
}

err mappings_delete(call *k)
{
    return mapping_end(&k->c, k->id);
}
