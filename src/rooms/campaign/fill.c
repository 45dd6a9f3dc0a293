/* CAMP-2.7: members in numbers: everybody who meets a condition, or a selection; piece by piece, so that others' writes pass
 * between, and all pieces are one operation, so that one undo takes them back. */
#include "rooms/campaign/inside.h"

#include "base/limits.h"
#include "store/kept.h"

err campaign_check_condition(ctx *c, const entity *people, const char *name, str where)
{
    size_t before = c->problem_count;
    if (!str_trim(where).n)
        return ERR_OK;
    err e = query_check_where(c, people, where);
    if (e != ERR_MALFORMED && e != ERR_INVALID)
        return e;
    c->problem_count = before;
    str why = c->detail;
    c->detail = (str){ 0 };
    c->position = -1;
    return ctx_problem_with(c, str_from(name), STR("campaign_rule.condition"), why);
}

/* CAMP-2.9: whoever asked not to be contacted at all, or refused the way that this campaign takes; and leads that became
 * contacts. */
str campaign_suppressed_where(const ctx *c, const entity *people, const rec *campaign)
{
    static const struct {
        const char *type, *consent;
    } ways[] = { { "email", "consent_email" }, { "telephone", "consent_phone" }, { "social", "consent_message" } };
    str w = STR("do_not_contact = true");
    if (str_eq(people->name, STR("lead")))
        w = arena_printf(c->a, "%.*s OR status = 'converted'", STR_ARG(w));
    for (size_t i = 0; i < countof(ways); i++)
        if (str_eq(rec_text(campaign, CAMPAIGN_F_TYPE), str_from(ways[i].type)) &&
            entity_field(people, str_from(ways[i].consent)))
            w = arena_printf(c->a, "%.*s OR %s = 'refused'", STR_ARG(w), ways[i].consent);
    return arena_printf(c->a, "(%.*s)", STR_ARG(w));
}

/* ---- one piece ---- */

str campaign_id_list(ctx *c, const int64_t *ids, size_t n)
{
    char  *to = arena_alloc(c->a, n * 24 + 1);
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(to + at, 24, "%s'%lld'", i ? "," : "", (long long)ids[i]);
    return (str){ to, (ptrdiff_t)at };
}

typedef struct {
    const int64_t *ids; /* ascending */
    bool          *hit;
    size_t         count, hits;
} marks;

static err take_mark(void *arg, query_row *row)
{
    marks *m = arg;
    value  v = query_value(row, 0);
    size_t low = 0, high = m->count;
    while (v.set && low < high) {
        size_t middle = (low + high) / 2;
        if (m->ids[middle] < v.i)
            low = middle + 1;
        else
            high = middle;
    }
    if (v.set && low < m->count && m->ids[low] == v.i && !m->hit[low]) {
        m->hit[low] = true;
        m->hits++;
    }
    return ERR_OK;
}

static err mark(ctx *c, marks *m, str select)
{
    m->hits = 0;
    return m->count ? campaign_each(c, select, take_mark, m) : ERR_OK;
}

static err add_one(ctx *c, const filling *f, int64_t person)
{
    rec *r = store_new(c, snapshot_entity(c->snap, STR("campaign_member")));
    rec_set_ref(r, MEMBER_CAMPAIGN, f->campaign->id);
    rec_set_ref(r, str_eq(f->people->name, STR("lead")) ? MEMBER_LEAD : MEMBER_CONTACT, person);
    if (f->status.n) {
        rec_set_text(c, r, MEMBER_STATUS, f->status);
        r->given[MEMBER_STATUS] = 1;
    }
    if (f->rule)
        rec_set_ref(r, MEMBER_RULE, f->rule);
    return store_save(c, r, 0);
}

/* Whoever is in already, and whoever must not be, is found by one question each, not one by one. */
err campaign_fill(ctx *c, filling *f)
{
    int64_t     *ids;
    size_t       n;
    str          name = f->people->name, no = campaign_suppressed_where(c, f->people, f->campaign);
    list_request ask = { .where = f->where, .order = STR("id") };
    if (f->after && f->where.n)
        ask.where = arena_printf(c->a, "(%.*s) AND id > '%lld'", STR_ARG(f->where), (long long)f->after);
    else if (f->after)
        ask.where = arena_printf(c->a, "id > '%lld'", (long long)f->after);
    TRY(query_ids(c, f->people, &ask, FILL_PIECE, &ids, &n));
    marks m = { .ids = ids, .hit = arena_make_n(c->a, bool, n + 1), .count = n };
    str   list = campaign_id_list(c, ids, n);
    TRY(mark(c, &m,
             arena_printf(c->a,
                          "SELECT %.*s FROM campaign_member WHERE campaign = '%lld' AND %.*s IN (%.*s) LIMIT 2000",
                          STR_ARG(name), (long long)f->campaign->id, STR_ARG(name), STR_ARG(list))));
    f->already += (int64_t)m.hits;
    TRY(mark(c, &m,
             arena_printf(c->a, "SELECT id FROM %.*s WHERE id IN (%.*s) AND %.*s LIMIT 2000", STR_ARG(name),
                          STR_ARG(list), STR_ARG(no))));
    f->suppressed += (int64_t)m.hits;
    for (size_t i = 0; i < n; i++)
        if (!m.hit[i]) {
            TRY(add_one(c, f, ids[i]));
            f->added++;
        }
    f->last = n ? ids[n - 1] : f->after;
    f->more = n == FILL_PIECE;
    return ERR_OK;
}

/* ---- what is asked ---- */

static int64_t id_member(ctx *c, const json *in, const char *name)
{
    const json *j = json_get(in, str_from(name));
    int64_t     id = 0;
    if (!j || j->kind == JSON_NULL)
        return 0;
    if (j->kind != JSON_STRING || !str_to_int64(j->text, &id) || id <= 0)
        (void)ctx_problem(c, name, STR("not_an_id"));
    return id;
}

static err check_names(ctx *c, const json *in, const char *const *names)
{
    for (const json *j = in ? in->first : NULL; j; j = j->next) {
        bool known = false;
        for (size_t i = 0; names[i] && !known; i++)
            known = str_eq(j->key, str_from(names[i]));
        if (!known)
            (void)ctx_problem_with(c, utf8_cut(j->key, 80), STR("unknown_field"), utf8_cut(j->key, 80));
    }
    return ERR_OK;
}

/* A further piece belongs to the operation of the first, which must be one's own and of this kind. */
static err join_operation(ctx *c, const rec *campaign, int64_t id, int64_t *operation)
{
    operation_row *of;
    size_t         n;
    if (!id)
        return store_operation_begin(c, STR("campaign_members"), rec_text(campaign, CAMPAIGN_F_NAME), operation);
    TRY(operation_list(c, id, 0, 1, &of, &n));
    if (n == 0 || of->undone_at || of->user != c->actor.user || !str_eq(of->kind, STR("campaign_members")))
        return ctx_problem_with(c, STR("operation"), STR("no_such_record"), arena_printf(c->a, "%lld", (long long)id));
    store_operation_join(c, id);
    *operation = id;
    return ERR_OK;
}

static err fill_and_tell(ctx *c, filling *f, int64_t operation, json_writer *out)
{
    TRY(join_operation(c, f->campaign, operation, &operation));
    TRY(campaign_fill(c, f));
    store_operation_end(c);
    json_object(out);
    json_put_int(out, "added", f->added);
    json_put_int(out, "already", f->already);
    json_put_int(out, "suppressed", f->suppressed);
    if (f->more)
        json_put_id(out, "after", f->last);
    else
        json_put_null(out, "after");
    json_put_id(out, "operation", operation);
    json_object_end(out);
    return ERR_OK;
}

static err refuse_over(ctx *c, const rec *campaign)
{
    int status = rec_choice(campaign, CAMPAIGN_F_STATUS);
    return status == CAMPAIGN_COMPLETED || status == CAMPAIGN_CANCELLED
               ? ctx_refuse(c, ERR_CONFLICT, STR("campaign_over"), (str){ 0 })
               : ERR_OK;
}

/* "id IN (…)" of the request's ids; a problem where they are none. */
static err selection(ctx *c, const json *ids, str *where)
{
    int64_t *list;
    size_t   n = 0;
    if (!json_is(ids, JSON_ARRAY) || ids->count == 0)
        return ctx_problem(c, "ids", STR("not_a_list"));
    if (ids->count > FILL_PIECE * 2)
        return ctx_problem_with(c, STR("ids"), STR("too_many_rows"), arena_printf(c->a, "%d", FILL_PIECE * 2));
    list = arena_make_n(c->a, int64_t, ids->count);
    for (const json *j = ids->first; j; j = j->next)
        if (!json_is(j, JSON_STRING) || !str_to_int64(j->text, &list[n++]))
            return ctx_problem(c, "ids", STR("not_an_id"));
    *where = arena_printf(c->a, "id IN (%.*s)", STR_ARG(campaign_id_list(c, list, n)));
    return ERR_OK;
}

static err read_people(ctx *c, const json *in, filling *f)
{
    const json *of = json_get(in, STR("entity")), *where = json_get(in, STR("where")), *ids = json_get(in, STR("ids"));
    bool        lead = json_is(of, JSON_STRING) && str_eq(of->text, STR("lead"));
    if (!lead && !(json_is(of, JSON_STRING) && str_eq(of->text, STR("contact"))))
        return ctx_problem(c, "entity", of ? STR("not_a_choice") : STR("required"));
    f->people = snapshot_entity(c->snap, of->text);
    if ((where != NULL) == (ids != NULL))
        return ctx_problem(c, "where", STR("campaign.where_or_ids"));
    if (ids)
        return selection(c, ids, &f->where);
    if (!json_is(where, JSON_STRING))
        return ctx_problem(c, "where", STR("not_a_text"));
    f->where = where->text;
    return campaign_check_condition(c, f->people, "where", f->where);
}

static err read_status(ctx *c, const json *in, filling *f)
{
    const json   *status = json_get(in, STR("status"));
    member_state *list, is;
    size_t        n;
    if (!status || status->kind == JSON_NULL)
        return ERR_OK;
    TRY(campaign_states(c, f->campaign->id, &list, &n));
    if (!json_is(status, JSON_STRING) || !campaign_state_find(list, n, status->text, &is))
        return ctx_problem(c, "status", STR("not_a_choice"));
    f->status = status->text;
    return ERR_OK;
}

static err collected(err e)
{
    return e == ERR_INVALID ? ERR_OK : e; /* the problem is kept, and the next ones are looked for */
}

err campaign_add_members(ctx *c, rec *on, const json *in, json_writer *out)
{
    static const char *const names[] = { "entity", "where", "ids", "status", "after", "operation", NULL };
    filling                  f = { .campaign = on };
    TRY(refuse_over(c, on));
    TRY(check_names(c, in, names));
    f.after = id_member(c, in, "after");
    int64_t operation = id_member(c, in, "operation");
    TRY(collected(read_people(c, in, &f)));
    TRY(collected(read_status(c, in, &f)));
    return c->problem_count ? ERR_INVALID : fill_and_tell(c, &f, operation, out);
}

/* CAMP-2.8: until the campaign begins. */
err campaign_rule_run(ctx *c, rec *on, const json *in, json_writer *out)
{
    static const char *const names[] = { "after", "operation", NULL };
    filling f = { .rule = on->id, .people = campaign_rule_people(c, on), .where = rec_text(on, RULE_CONDITION) };
    int64_t operation = id_member(c, in, "operation");
    TRY(check_names(c, in, names));
    f.after = id_member(c, in, "after");
    if (c->problem_count)
        return ERR_INVALID;
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("campaign")), rec_ref(on, RULE_CAMPAIGN), &f.campaign));
    if (rec_choice(on, RULE_PLAY) != PLAY_SEGMENT)
        return ctx_refuse(c, ERR_CONFLICT, STR("campaign_rule_daily"), (str){ 0 });
    if (rec_choice(f.campaign, CAMPAIGN_F_STATUS) != CAMPAIGN_PLANNED)
        return ctx_refuse(c, ERR_CONFLICT, STR("campaign_frozen"), (str){ 0 });
    TRY(collected(campaign_check_condition(c, f.people, "condition", f.where)));
    if (c->problem_count)
        return ERR_INVALID;
    TRY(fill_and_tell(c, &f, operation, out));
    if (f.more)
        return ERR_OK;
    rec_set_int(on, RULE_RAN_AT, c->now_ms);
    return store_save(c, on, 0);
}
