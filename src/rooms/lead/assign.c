/* LEAD-4: whom a new lead is for, by ordered rules. */
#include "rooms/lead/inside.h"
#include "rooms/people/people.h"
#include "store/deputy.h"

enum { BY_PERSON, BY_ROUND_ROBIN, BY_LEAST_BUSY, BY_TEAM, WAY_COUNT };
static const choice_def ways[] = {
    [BY_PERSON] = { "person", NEXT_ANY, "blue" },
    [BY_ROUND_ROBIN] = { "round_robin", NEXT_ANY, "teal" },
    [BY_LEAST_BUSY] = { "least_busy", NEXT_ANY, "purple" },
    [BY_TEAM] = { "team", NEXT_ANY, "amber" },
};
_Static_assert(countof(ways) == WAY_COUNT, "one row per way");

enum { F_NAME, F_POSITION, F_ACTIVE, F_CONDITION, F_WAY, F_PERSON, F_TEAM, F_LAST, F_COUNT };
static const field_def fields[] = {
    [F_NAME] = { .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED | FF_LIST | FF_SORT, .min = 1, .max = 120 },
    [F_POSITION] = { .name = "position", .type = FT_INTEGER, .flags = FF_LIST | FF_SORT, .min = 0, .max = 9999 },
    [F_ACTIVE] = { .name = "active", .type = FT_BOOL, .flags = FF_LIST, .initial = "true" },
    [F_CONDITION] = { .name = "condition", .type = FT_LONG_TEXT, .flags = FF_LIST },
    [F_WAY] = { .name = "way",
                .type = FT_CHOICE,
                .flags = FF_REQUIRED | FF_LIST,
                .choices = ways,
                .choice_count = countof(ways),
                .initial = "person" },
    [F_PERSON] = { .name = "person", .type = FT_REF, .target = "user", .flags = FF_LIST },
    [F_TEAM] = { .name = "team", .type = FT_REF, .target = "team", .flags = FF_LIST },
    [F_LAST] = { .name = "last_person", .type = FT_INTEGER, .flags = FF_READONLY | FF_NO_HISTORY }, /* an id */
};
_Static_assert(countof(fields) == F_COUNT, "one row per field");

/* LEAD-4.1 */
static err before_save(ctx *c, const rec *old, rec *next)
{
    bool person = rec_choice(next, F_WAY) == BY_PERSON;
    if (rec_null(next, person ? F_PERSON : F_TEAM))
        (void)ctx_problem(c, person ? "person" : "team", STR("required"));
    if (rec_null(next, F_CONDITION) || !rec_changed(old, next, F_CONDITION))
        return ERR_OK;
    size_t before = c->problem_count;
    err    e = query_check_where(c, snapshot_entity(c->snap, STR("lead")), rec_text(next, F_CONDITION));
    if (e != ERR_MALFORMED && e != ERR_INVALID)
        return e;
    c->problem_count = before;
    str why = c->detail;
    c->detail = (str){ 0 };
    c->position = -1;
    return ctx_problem_with(c, STR("condition"), STR("lead.condition"), why);
}

enum { RULES_MOST = 200, MEMBERS_MOST = 500 };

static bool present(const rec *user)
{
    return !user->deleted_at && rec_choice(user, (size_t)entity_field(user->e, STR("state"))->index) == USER_ACTIVE;
}

static err open_leads(ctx *c, int64_t user, int64_t *n)
{
    list_request r = { .where = arena_printf(c->a,
                                             "owner = '%lld' AND status IN ('new','contacted','nurturing','qualified')",
                                             (long long)user) };
    return query_count(c, snapshot_entity(c->snap, STR("lead")), &r, false, n);
}

/* LEAD-4.3: members of the team who are there, by id. *out 0: nobody. */
static err member_of(ctx *c, const rec *rule, int64_t *out)
{
    const entity *users = snapshot_entity(c->snap, STR("user"));
    bool          busy = rec_choice(rule, F_WAY) == BY_LEAST_BUSY;
    int64_t      *ids, last = rec_null(rule, F_LAST) ? 0 : rec_int(rule, F_LAST), first = 0, after = 0, least = 0,
                  least_leads = INT64_MAX;
    size_t n;
    TRY(store_referring(c, entity_field(users, STR("team")), rec_ref(rule, F_TEAM), MEMBERS_MOST, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        rec *u;
        TRY(store_load_any(c, users, ids[i], &u));
        if (!present(u))
            continue;
        if (!first)
            first = u->id;
        if (!after && u->id > last)
            after = u->id;
        int64_t has = 0;
        if (busy)
            TRY(open_leads(c, u->id, &has));
        if (has < least_leads) {
            least_leads = has;
            least = u->id;
        }
    }
    *out = busy ? least : after ? after : first;
    return ERR_OK;
}

/* *user and *team 0: the rule has nobody to give it to. */
static err who(ctx *c, const rec *rule, int64_t *user, int64_t *team)
{
    *user = *team = 0;
    switch (rec_choice(rule, F_WAY)) {
    case BY_PERSON:
        return rec_null(rule, F_PERSON) ? ERR_OK : deputy_of(c, rec_ref(rule, F_PERSON), user); /* LEAD-4.7 */
    case BY_TEAM: *team = rec_ref(rule, F_TEAM); return ERR_OK;
    default: *team = rec_ref(rule, F_TEAM); return member_of(c, rule, user);
    }
}

static err give(ctx *c, rec *rule, rec *lead, int64_t user, int64_t team)
{
    const entity *e = lead->e;
    rec_set_ref(lead, (size_t)entity_common(e, CF_OWNER)->index, user);
    if (team)
        rec_set_ref(lead, (size_t)entity_field(e, STR("team"))->index, team);
    rec_set_ref(lead, (size_t)entity_field(e, STR("assigned_by"))->index, rule->id);
    TRY(store_save(c, lead, 0));
    if (rec_choice(rule, F_WAY) != BY_ROUND_ROBIN)
        return ERR_OK;
    rec_set_int(rule, F_LAST, user);
    actor asked = c->actor; /* where the round stands is the program's, whoever brought the lead */
    c->actor = (actor){ 0 };
    err x = store_save(c, rule, 0);
    c->actor = asked;
    return x;
}

/* The first rule that fits and has somebody; *rule NULL: none. */
static err by_rules(ctx *c, rec *lead, rec **rule)
{
    const entity *e = snapshot_entity(c->snap, STR("assignment_rule"));
    list_request  r = { .where = STR("active = true"), .order = STR("position, id") };
    int64_t      *ids, user, team;
    size_t        n;
    *rule = NULL;
    TRY(query_ids(c, e, &r, RULES_MOST, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        rec *one;
        bool fits = true;
        TRY(store_load_any(c, e, ids[i], &one));
        if (!rec_null(one, F_CONDITION))
            TRY(query_matches(c, lead->e, lead->id, rec_text(one, F_CONDITION), &fits));
        if (!fits)
            continue;
        TRY(who(c, one, &user, &team));
        if (!user && rec_choice(one, F_WAY) != BY_TEAM) /* LEAD-4.2 */
            continue;
        *rule = one;
        return give(c, one, lead, user, team);
    }
    return ERR_OK;
}

err lead_assign_new(ctx *c, rec *lead)
{
    rec *now, *rule;
    TRY(store_load_any(c, lead->e, lead->id, &now));
    TRY(by_rules(c, now, &rule));
    if (!rule)
        return ERR_OK;
    memcpy(lead->v, now->v, lead->e->field_count * sizeof *lead->v);
    lead->version = now->version;
    return ERR_OK;
}

static void put_name(json_writer *w, const char *key, const rec *r)
{
    if (r)
        json_put_string(w, key, rec_text(r, (size_t)r->e->title));
    else
        json_put_null(w, key);
}

err lead_assign_by_rules(ctx *c, rec *on, const json *in, json_writer *out)
{
    rec          *rule, *user = NULL, *team = NULL;
    const entity *e = on->e;
    (void)in;
    TRY(by_rules(c, on, &rule));
    int64_t owner = rec_ref(on, (size_t)entity_common(e, CF_OWNER)->index);
    int64_t queue = rec_ref(on, (size_t)entity_field(e, STR("team"))->index);
    if (owner)
        TRY(store_load_any(c, snapshot_entity(c->snap, STR("user")), owner, &user));
    if (queue)
        TRY(store_load_any(c, snapshot_entity(c->snap, STR("team")), queue, &team));
    json_object(out);
    put_name(out, "rule", rule);
    put_name(out, "owner", user);
    put_name(out, "team", team);
    json_object_end(out);
    return ERR_OK;
}

static const list_view_def lists[] = { { "all", "", "position", NULL } };

const entity_def assignment_rule_entity = {
    .name = "assignment_rule",
    .plural = "assignment_rules",
    .fields = fields,
    .field_count = countof(fields),
    .lists = lists,
    .list_count = countof(lists),
    .configuration = true,
    .before_save = before_save,
};
