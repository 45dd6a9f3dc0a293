/* What may somebody see and do, and why: said by what decides it (permit.h, store_why), as the person who is asked about. */
#include "api/reach.h"

#include "base/limits.h"
#include "permit/grants.h"

typedef struct {
    int64_t       user;
    ctx           as;     /* this request as that person */
    bool          enters; /* false: disabled, invited, deleted: may nothing */
    const rec    *person;
    token_row     token; /* id 0: none */
    const entity *e;
    const rec    *record; /* NULL: kinds of records */
} asked;

/* ---- whom and what is asked about ---- */

static err parameter_id(call *k, const char *name, int64_t *out)
{
    str text;
    if (!param_text(k, name, &text))
        return ERR_OK;
    if (str_eq(text, STR(":me")))
        *out = k->c.actor.user;
    else if (!str_to_int64(text, out) || *out <= 0)
        return ctx_malformed(&k->c, -1, "%s", label_get(k->c.lang, STR("message.not_an_id")).p);
    return ERR_OK;
}

static err find_token(call *k, int64_t id, asked *q)
{
    token_row *list;
    size_t     n;
    TRY(access_tokens(&k->c, q->user, &list, &n));
    for (size_t i = 0; i < n; i++)
        if (list[i].id == id)
            q->token = list[i];
    return q->token.id ? ERR_OK : ERR_NOT_FOUND;
}

static err become(call *k, int64_t token, asked *q)
{
    q->as = k->c;
    if (q->user == k->c.actor.user && !token) { /* with what the own token leaves */
        q->enters = true;
        return ERR_OK;
    }
    err e = access_by_user(&k->c, q->user, &q->as.actor);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    q->enters = e == ERR_OK;
    q->as.zone = q->enters ? q->as.actor.zone : k->c.zone;
    if (!token)
        return ERR_OK;
    TRY(find_token(k, token, q));
    q->as.actor.read_only = q->token.read_only;
    q->as.actor.only = q->token.entities;
    return ERR_OK;
}

/* One asks about oneself, an administrator about anybody. */
static err read_asked(call *k, asked *q)
{
    int64_t token = 0;
    rec    *r;
    *q = (asked){ .user = k->c.actor.user };
    TRY(parameter_id(k, "user", &q->user));
    TRY(parameter_id(k, "token", &token));
    if (q->user != k->c.actor.user && !permit_is_admin(&k->c.actor))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    TRY(store_load(&k->c, snapshot_entity(k->c.snap, STR("user")), q->user, &r));
    q->person = r;
    return become(k, token, q);
}

/* A record that one may not see oneself is none. */
static err read_record(call *k, const entity **e, rec **out)
{
    str     name = { 0 };
    int64_t id = 0;
    *e = NULL;
    *out = NULL;
    if (!param_text(k, "entity", &name))
        return ERR_OK;
    *e = snapshot_entity(k->c.snap, name);
    if (!*e)
        return ERR_NOT_FOUND;
    TRY(parameter_id(k, "record", &id));
    return id ? store_load(&k->c, *e, id, out) : ERR_OK;
}

/* ---- in words that a page can put together ---- */

static const char *reach_name(uint8_t reach)
{
    bool team = reach & REACH_TEAM, below = reach & REACH_BELOW;
    return reach & REACH_ALL ? "all"
           : team && below   ? "team_below"
           : team            ? "team"
           : below           ? "below"
           : reach           ? "own"
                             : "none";
}

/* The roles of the person that say so: `bits` of what is asked; 0: that may everything. */
static void put_roles(call *k, const asked *q, const entity *e, verb v, uint8_t bits)
{
    const snapshot *s = k->c.snap;
    json_key(&k->w, STR("roles"));
    json_array(&k->w);
    for (size_t i = 0; i < countof(q->as.actor.roles) && q->as.actor.roles[i]; i++)
        for (size_t place = 0; place < s->role_count; place++) {
            bool says = bits ? permit_reach_of_role(e, v, place) & bits : s->roles[place].administrator;
            if (s->roles[place].id != q->as.actor.roles[i] || !says)
                continue;
            json_object(&k->w);
            json_put_id(&k->w, "id", s->roles[place].id);
            json_put_string(&k->w, "name", s->roles[place].name);
            json_object_end(&k->w);
        }
    json_array_end(&k->w);
}

static uint8_t bits_of(ground why)
{
    switch (why) {
    case GROUND_ADMINISTRATOR: return 0;
    case GROUND_ALL: return REACH_ALL;
    case GROUND_BELOW: return REACH_BELOW;
    case GROUND_TEAM: return REACH_TEAM;
    default: return REACH_OWN | REACH_BELOW | REACH_TEAM | REACH_ALL;
    }
}

static int64_t points_at(const rec *r, const char *name)
{
    const field *f = entity_field(r->e, str_from(name));
    return f ? rec_ref(r, (size_t)f->index) : 0;
}

/* Names from `id` on along `next` up to where `until` stands; nothing where that is never met. */
static err put_chain(call *k, const char *entity_name, int64_t id, const char *next, int64_t until, bool *met)
{
    const entity *e = snapshot_entity(k->c.snap, str_from(entity_name));
    str           names[LIMIT_TREE_DEPTH];
    size_t        n = 0;
    while (id && id != until && n < countof(names)) {
        rec *r;
        TRY(store_load_any(&k->c, e, id, &r));
        names[n++] = rec_text(r, (size_t)e->title);
        id = points_at(r, next);
    }
    *met = id && id == until;
    for (size_t i = 0; *met && i < n; i++)
        json_string(&k->w, names[i]);
    return ERR_OK;
}

/* From the owner to the person: the managers, the deputies, or the teams between them. */
static err put_way(call *k, const asked *q, const rec *whole, ground why)
{
    int64_t       owner = points_at(whole, permit_scope_field(whole->e)->name.p);
    const entity *users = snapshot_entity(k->c.snap, STR("user"));
    bool          met = false;
    rec          *r = NULL;
    if (owner)
        TRY(store_load_any(&k->c, users, owner, &r));
    put_ref(&k->w, "owner", owner, r ? rec_text(r, (size_t)users->title) : (str){ 0 });
    json_key(&k->w, STR("people"));
    json_array(&k->w);
    if (why == GROUND_BELOW && owner)
        TRY(put_chain(k, "user", owner, "manager", q->user, &met));
    if (why == GROUND_DEPUTY && owner)
        TRY(put_chain(k, "user", owner, "deputy", q->user, &met));
    json_array_end(&k->w);
    json_key(&k->w, STR("teams"));
    json_array(&k->w);
    if (r && !met && (why == GROUND_BELOW || why == GROUND_TEAM)) {
        int64_t own = q->as.actor.team;
        TRY(put_chain(k, "team", points_at(r, "team"), "parent", own, &met));
        rec *team;
        if (own && (met || why == GROUND_TEAM)) {
            const entity *teams = snapshot_entity(k->c.snap, STR("team"));
            TRY(store_load_any(&k->c, teams, own, &team));
            json_string(&k->w, rec_text(team, (size_t)teams->title));
        }
    }
    json_array_end(&k->w);
    return ERR_OK;
}

static err take_share(void *arg, query_row *row)
{
    json_writer *w = arg;
    value        until = query_value(row, 0), team = query_value(row, 2);
    str          day = query_row_text(row, 0);
    json_object(w);
    if (until.set)
        json_put_string(w, "until", day);
    else
        json_put_null(w, "until");
    put_ref(w, "by", query_value(row, 1).i, query_value(row, 1).set ? query_value(row, 1).s : (str){ 0 });
    put_ref(w, "team", team.set ? team.i : 0, team.set ? team.s : (str){ 0 });
    json_object_end(w);
    return ERR_OK;
}

/* By which share: read as the program, since that a record is shared says who may see it, not who may see the share. */
static err put_share(call *k, const asked *q, const rec *whole, verb on, bool *found)
{
    ctx c = k->c;
    str to = arena_printf(c.a, "user = '%lld'", (long long)q->user);
    c.actor = (actor){ .zone = q->as.actor.zone };
    c.zone = q->as.zone;
    if (q->as.actor.team)
        to = arena_printf(c.a, "(%.*s OR team = '%lld')", STR_ARG(to), (long long)q->as.actor.team);
    str text = arena_printf(
        c.a,
        "SELECT until, created_by, team FROM share WHERE about = '%.*s/%lld' AND %.*s AND (until = null OR "
        "until >= TODAY)%s ORDER BY until DESC NULLS FIRST LIMIT 1",
        STR_ARG(whole->e->name), (long long)whole->id, STR_ARG(to), on == VERB_UPDATE ? " AND access = 'change'" : "");
    query *sel;
    buf   *out = k->w.out;
    size_t before = out->n;
    TRY(query_select(&c, text, &sel));
    TRY(query_run(&c, sel, take_share, &k->w));
    *found = out->n > before;
    return ERR_OK;
}

static err put_because(call *k, const asked *q, const store_reason *x)
{
    bool shared = false;
    json_key(&k->w, STR("share"));
    if (x->why == GROUND_SHARED)
        TRY(put_share(k, q, x->whole, x->on, &shared));
    if (!shared)
        json_null(&k->w);
    ground why = x->why == GROUND_SHARED && !shared ? GROUND_MEMBER : x->why;
    json_put_string(&k->w, "why", str_from(ground_name(why)));
    put_roles(k, q, x->whole->e, x->on, bits_of(why));
    TRY(put_way(k, q, x->whole, why));
    json_key(&k->w, STR("part_of"));
    if (x->whole->e == q->e) {
        json_null(&k->w);
        return ERR_OK;
    }
    json_object(&k->w);
    json_put_string(&k->w, "entity", x->whole->e->name);
    json_put_id(&k->w, "id", x->whole->id);
    json_put_string(&k->w, "name", rec_text(x->whole, (size_t)x->whole->e->title));
    json_object_end(&k->w);
    return ERR_OK;
}

/* ---- the answers ---- */

static void put_head(call *k, const asked *q)
{
    put_ref(&k->w, "user", q->person->id, rec_text(q->person, (size_t)q->person->e->title));
    json_put_string(&k->w, "state", rec_text(q->person, (size_t)entity_field(q->person->e, STR("state"))->index));
    json_put_bool(&k->w, "enters", q->enters);
    put_ref(&k->w, "token", q->token.id, q->token.name);
}

/* Fields that a rule of the roles closes for this person, beside those that nobody writes. */
static void put_fields(call *k, const asked *q, const entity *e)
{
    json_key(&k->w, STR("fields"));
    json_array(&k->w);
    for (size_t i = 0; q->enters && i < e->field_count; i++) {
        const field *f = &e->fields[i];
        bool reads = permit_field(&q->as.actor, f, VERB_READ), writes = permit_field(&q->as.actor, f, VERB_UPDATE);
        if (f->flags & (FF_ALIAS | FF_READONLY) ? reads : reads && writes)
            continue;
        json_object(&k->w);
        json_put_string(&k->w, "field", f->name);
        json_put_string(&k->w, "label", f->label[k->c.lang]);
        bool masked = permit_show(&q->as.actor, f) == SHOW_MASKED;
        json_put_string(&k->w, "access", reads ? STR("readonly") : masked ? STR("masked") : STR("hidden"));
        json_object_end(&k->w);
    }
    json_array_end(&k->w);
}

static void put_kind(call *k, const asked *q, const entity *e)
{
    json_object(&k->w);
    json_put_string(&k->w, "entity", e->name);
    json_put_string(&k->w, "label", e->plural_label[k->c.lang]);
    if (e->part_of)
        json_put_string(&k->w, "part_of", e->part_of->target->name);
    else
        json_put_null(&k->w, "part_of");
    json_key(&k->w, STR("verbs"));
    json_array(&k->w);
    for (verb v = 0; v < VERB_COUNT; v++) {
        ground        why = q->enters ? permit_ground_entity(&q->as.actor, e, v) : GROUND_NO_ROLE;
        verb          on = v;
        const entity *whole = permit_of_whole(&q->as.actor, e, &on);
        uint8_t       reach = q->enters ? permit_reach(&q->as.actor, e, v) : 0;
        json_object(&k->w);
        json_put_string(&k->w, "verb", str_from(verb_name(v)));
        json_put_bool(&k->w, "may", ground_yes(why));
        json_put_string(&k->w, "why", str_from(ground_name(why)));
        json_put_string(&k->w, "reach", str_from(why == GROUND_ADMINISTRATOR ? "all" : reach_name(reach)));
        put_roles(k, q, whole, on, why == GROUND_ADMINISTRATOR ? 0 : REACH_OWN | REACH_BELOW | REACH_TEAM | REACH_ALL);
        json_object_end(&k->w);
    }
    json_array_end(&k->w);
    put_fields(k, q, e);
    json_object_end(&k->w);
}

static err put_record_verb(call *k, asked *q, verb v)
{
    store_reason x = { .why = GROUND_NO_ROLE, .whole = q->record, .on = v };
    if (q->enters)
        TRY(store_why(&q->as, q->record, v, &x));
    json_object(&k->w);
    json_put_string(&k->w, "verb", str_from(verb_name(v)));
    json_put_bool(&k->w, "may", x.seen && ground_yes(x.why));
    json_put_bool(&k->w, "seen", x.seen);
    TRY(put_because(k, q, &x));
    json_object_end(&k->w);
    return ERR_OK;
}

err reach_get(call *k)
{
    asked q;
    rec  *r;
    TRY(read_asked(k, &q));
    TRY(read_record(k, &q.e, &r));
    q.record = r;
    json_object(&k->w);
    put_head(k, &q);
    json_key(&k->w, STR("kinds"));
    json_array(&k->w);
    for (size_t i = 0; i < k->c.snap->entity_count; i++)
        if (!q.e || q.e == k->c.snap->entities[i])
            put_kind(k, &q, k->c.snap->entities[i]);
    json_array_end(&k->w);
    json_key(&k->w, STR("record"));
    if (!r) {
        json_null(&k->w);
    } else {
        json_array(&k->w);
        for (verb v = 0; v < VERB_COUNT; v++)
            if (v != VERB_CREATE && v != VERB_IMPORT) /* those are asked of no record */
                TRY(put_record_verb(k, &q, v));
        json_array_end(&k->w);
    }
    json_object_end(&k->w);
    return ERR_OK;
}

/* ---- who may see this? ---- */

static err put_reader(call *k, asked *q)
{
    store_reason x, change;
    TRY(store_why(&q->as, q->record, VERB_READ, &x));
    if (!x.seen)
        return ERR_OK;
    TRY(store_why(&q->as, q->record, VERB_UPDATE, &change));
    json_object(&k->w);
    put_ref(&k->w, "user", q->person->id, rec_text(q->person, (size_t)q->person->e->title));
    json_put_bool(&k->w, "changes", ground_yes(change.why));
    TRY(put_because(k, q, &x));
    json_object_end(&k->w);
    return ERR_OK;
}

/* For who may share it: they decide who else shall. */
err reach_people(call *k)
{
    enum { PAGE = 100, MOST = 100000 };
    const entity *e, *users = snapshot_entity(k->c.snap, STR("user"));
    rec          *r, *person;
    int64_t       after = 0, *ids;
    size_t        n, at = 0, end;
    TRY(read_record(k, &e, &r));
    TRY(parameter_id(k, "after", &after));
    if (!r)
        return ctx_malformed(&k->c, -1, "%s", label_get(k->c.lang, STR("message.required")).p);
    TRY(store_may(&k->c, r, VERB_SHARE));
    list_request l = { .where = STR("state IN ('active','absent')") }; /* by id */
    TRY(query_ids(&k->c, users, &l, MOST, &ids, &n));
    while (at < n && ids[at] <= after)
        at++;
    end = at + PAGE < n ? at + PAGE : n;
    json_object(&k->w);
    json_key(&k->w, STR("people"));
    json_array(&k->w);
    for (size_t i = at; i < end; i++) {
        asked q = { .user = ids[i], .e = e, .record = r, .as = k->c };
        TRY(store_load_any(&k->c, users, ids[i], &person));
        q.person = person;
        err x = access_by_user(&k->c, ids[i], &q.as.actor);
        q.as.zone = q.as.actor.zone;
        if (x == ERR_OK)
            x = put_reader(k, &q);
        if (x != ERR_OK && x != ERR_NOT_FOUND)
            return x;
    }
    json_array_end(&k->w);
    if (end < n)
        json_put_id(&k->w, "next", ids[end - 1]);
    else
        json_put_null(&k->w, "next");
    json_object_end(&k->w);
    return ERR_OK;
}
