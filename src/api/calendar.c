/* The feed holds what entities with a calendar of their own (entity_def.calendar_start) have for their owner: the last
 * ninety days and everything to come. Its secret is kept as a hash; who has the address reads what the owner may read. */
#include "api/calendar.h"

#include "io/ics.h"

enum { MOST = 5000 };

static void put_state(call *k, bool active, int64_t since)
{
    json_object(&k->w);
    json_put_bool(&k->w, "active", active);
    put_time(&k->w, "created_at", since);
    json_object_end(&k->w);
}

err calendar_get(call *k)
{
    int64_t since = 0;
    err     e = access_feed_since(&k->c, k->c.actor.user, &since);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    put_state(k, e == ERR_OK, since);
    return ERR_OK;
}

err calendar_renew(call *k)
{
    uint8_t hash[SECRET_HASH];
    str     secret;
    secret_make(k->c.a, &secret, hash);
    TRY(access_feed_set(&k->c, k->c.actor.user, hash));
    json_object(&k->w);
    json_put_string(&k->w, "path", arena_printf(k->c.a, "/calendar/%.*s.ics", STR_ARG(secret)));
    put_time(&k->w, "created_at", k->c.now_ms);
    json_object_end(&k->w);
    return ERR_OK;
}

err calendar_end(call *k)
{
    return access_feed_end(&k->c, k->c.actor.user);
}

/* ---- the feed ---- */

static err become_owner(call *k)
{
    uint8_t hash[SECRET_HASH];
    int64_t user;
    str     part = k->parts[0];
    if (!str_ends(part, STR(".ics")))
        return ERR_NOT_FOUND;
    secret_hash(str_sub(part, 0, part.n - 4), hash);
    TRY(access_by_feed(&k->c, hash, &user));
    TRY(access_by_user(&k->c, user, &k->c.actor));
    k->c.lang = k->c.actor.lang;
    k->c.zone = k->c.actor.zone;
    return ERR_OK;
}

/* Columns of the feed's query; −1: the entity has no such field. */
enum { C_NAME, C_START, C_END, C_DONE, C_VERSION, C_UPDATED, C_PLACE, C_DESCRIPTION, C_ABOUT, C_KIND, C_COUNT };

typedef struct {
    call         *k;
    const entity *e;
    const field  *fields[C_COUNT];
    int           columns[C_COUNT], id;
    size_t        count;
} feed;

static void choose_columns(feed *f, buf *select)
{
    const entity_def *d = f->e->def;
    const char *const names[C_COUNT] = { "name",       d->calendar_start, d->calendar_end, d->calendar_done, "version",
                                         "updated_at", "place",           "description",   "about",          "kind" };
    for (size_t i = 0; i < C_COUNT; i++) {
        const field *x = names[i] ? entity_field(f->e, str_from(names[i])) : NULL;
        f->columns[i] = -1;
        if (!x || !permit_field(&f->k->c.actor, x, VERB_READ))
            continue;
        f->fields[i] = x;
        buf_printf(select, "%s%s", select->n ? "," : "", names[i]);
    }
}

static void find_columns(feed *f, const query *q)
{
    for (size_t i = 0; i < query_column_count(q); i++) {
        const query_column *c = &query_columns(q)[i];
        if (str_eq(c->name, STR("id")))
            f->id = (int)i;
        for (size_t n = 0; n < C_COUNT; n++)
            if (f->fields[n] && str_eq(c->name, f->fields[n]->name))
                f->columns[n] = (int)i;
    }
}

static value cell(const feed *f, query_row *row, int which)
{
    return f->columns[which] < 0 ? (value){ 0 } : query_value(row, (size_t)f->columns[which]);
}

static str choice_text(const feed *f, value v)
{
    const choice *c = v.set && f->fields[C_KIND]->type == FT_CHOICE ? field_choice(f->fields[C_KIND], v.s) : NULL;
    return c ? c->label[f->k->c.lang] : (str){ 0 };
}

static err put_entry(void *arg, query_row *row)
{
    feed   *f = arg;
    call   *k = f->k;
    value   start = cell(f, row, C_START), end = cell(f, row, C_END), about = cell(f, row, C_ABOUT);
    bool    days = f->fields[C_START]->type == FT_DATE;
    int64_t id = query_value(row, (size_t)f->id).i;
    if (!start.set)
        return ERR_OK;
    if (f->count++ == MOST)
        return ERR_TOO_LARGE;
    str       note = cell(f, row, C_DESCRIPTION).s, name = cell(f, row, C_NAME).s;
    bool      done = cell(f, row, C_DONE).set;
    ics_event e = { .uid = arena_printf(k->c.a, "%.*s-%lld@zhike", STR_ARG(f->e->name), (long long)id),
                    .whole_days = days,
                    .start = start.i,
                    .end = end.set ? end.i : start.i - 1,
                    .changed_ms = cell(f, row, C_UPDATED).i,
                    .revision = cell(f, row, C_VERSION).i,
                    .summary = done ? arena_printf(k->c.a, "✓ %.*s", STR_ARG(name)) : name,
                    .place = cell(f, row, C_PLACE).s,
                    .category = choice_text(f, cell(f, row, C_KIND)),
                    .done = done };
    e.description = about.set && about.label.n
                        ? arena_printf(k->c.a, "%.*s%s%.*s", STR_ARG(about.label), note.n ? "\n" : "", STR_ARG(note))
                        : note;
    ics_put(&k->r->reply.body, &e);
    return ERR_OK;
}

static err put_entity(call *k, const entity *e)
{
    feed         f = { .k = k, .e = e, .id = -1 };
    buf          select;
    query       *q;
    const field *owner = entity_common(e, CF_OWNER);
    buf_init(&select, 1000);
    choose_columns(&f, &select);
    str          start = str_from(e->def->calendar_start);
    list_request r = { .select = arena_str(k->c.a, buf_str(&select)),
                       .where = arena_printf(k->c.a, "%s%.*s >= LAST_N_DAYS:90", owner ? "owner = :me AND " : "",
                                             STR_ARG(start)),
                       .order = start };
    buf_free(&select);
    TRY(query_list(&k->c, e, &r, &q));
    find_columns(&f, q);
    ASSERT(f.id >= 0);
    err done = query_run(&k->c, q, put_entry, &f);
    return done == ERR_TOO_LARGE ? ERR_OK : done;
}

err calendar_feed(call *k)
{
    const snapshot *s = k->c.snap;
    buf            *b = &k->r->reply.body;
    TRY(become_owner(k));
    k->r->reply.type = "text/calendar; charset=utf-8";
    str       name = label_get(k->c.lang, STR("calendar.feed"));
    ptrdiff_t at = str_find(name, STR("{0}"));
    if (at >= 0)
        name = arena_printf(k->c.a, "%.*s%.*s%.*s", (int)at, name.p, STR_ARG(k->c.actor.name), (int)(name.n - at - 3),
                            name.p + at + 3);
    ics_begin(b, name, k->c.zone);
    for (size_t i = 0; i < s->entity_count; i++)
        if (s->entities[i]->def->calendar_start && permit_entity(&k->c.actor, s->entities[i], VERB_READ))
            TRY(put_entity(k, s->entities[i]));
    ics_end(b);
    http_reply_header(k->r, "Cache-Control", STR("no-store"));
    return ERR_OK;
}
