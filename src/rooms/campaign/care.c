/* CAMP-6: standing plays. Day by day whoever has an occasion comes into the campaign, once for each, and its owner gets a
 * task. Each run does a bounded piece; a rule is done for the day when nobody is left. What has been done stands in the
 * members themselves, so a run that fails or is missed is simply made up for. */
#include "rooms/campaign/inside.h"

#include "base/date.h"
#include "base/text.h"
#include "store/access.h"

enum { RULES_MOST = 100, CARE_PIECE = 200, YEARS_BACK = 115, DUE_HOUR = 9 };

typedef struct {
    rec          *rule, *campaign;
    const entity *people;
    actor         whose;  /* the campaign's owner: sees whom they see */
    actor         set_by; /* who said whom the rule takes; user 0: only the owner is asked */
    int64_t       today, budget;
} care;

/* ---- one person ---- */

static str fill_in(ctx *c, str text, str with)
{
    ptrdiff_t at = str_find(text, STR("{0}"));
    return at < 0 ? text
                  : arena_printf(c->a, "%.*s%.*s%.*s", STR_ARG(str_sub(text, 0, at)), STR_ARG(with),
                                 STR_ARG(str_sub(text, at + 3, text.n)));
}

/* CAMP-6.3: for the person's owner, else the campaign's; due on the day. */
static err make_task(ctx *c, const care *k, int64_t person, int64_t occasion)
{
    const entity *e = snapshot_entity(c->snap, STR("activity"));
    rec          *r = store_new(c, e), *who;
    TRY(store_load_any(c, k->people, person, &who));
    const field *owner = entity_common(who->e, CF_OWNER), *ours = entity_common(k->campaign->e, CF_OWNER);
    str          key = arena_printf(c->a, "message.care.%s",
                           rec_choice(k->rule, RULE_PLAY) == PLAY_BIRTHDAY ? "birthday"
                                    : rec_choice(k->rule, RULE_PLAY) == PLAY_SILENT ? "silent"
                                                                                    : "daily");
    str          subject =
        rec_null(k->rule, RULE_TASK) ? label_get(c->snap->organisation_lang, key) : rec_text(k->rule, RULE_TASK);
    str name = rec_text(who, (size_t)who->e->title);
    rec_set_text(c, r, (size_t)entity_field(e, STR("subject"))->index, utf8_cut(fill_in(c, subject, name), 200));
    rec_set_any(c, r, (size_t)entity_field(e, STR("about"))->index, k->people->name, person);
    rec_set_int(r, (size_t)entity_field(e, STR("due_at"))->index,
                zone_day_start_ms(c->zone, occasion) + DUE_HOUR * INT64_C(3600000));
    r->v[entity_common(e, CF_OWNER)->index] =
        who->v[owner->index].set ? who->v[owner->index] : k->campaign->v[ours->index];
    return store_save(c, r, 0);
}

static err take_id(void *arg, query_row *row)
{
    *(int64_t *)arg = query_value(row, 0).i;
    return ERR_OK;
}

static err member_of(ctx *c, const care *k, int64_t person, rec **out)
{
    const entity *e = snapshot_entity(c->snap, STR("campaign_member"));
    int64_t       id = 0;
    TRY(campaign_each(c,
                      arena_printf(c->a, "SELECT id FROM campaign_member WHERE campaign = '%lld' AND %.*s = '%lld'",
                                   (long long)k->campaign->id, STR_ARG(k->people->name), (long long)person),
                      take_id, &id));
    if (id)
        return store_load_any(c, e, id, out);
    *out = store_new(c, e);
    rec_set_ref(*out, MEMBER_CAMPAIGN, k->campaign->id);
    rec_set_ref(*out, str_eq(k->people->name, STR("lead")) ? MEMBER_LEAD : MEMBER_CONTACT, person);
    rec_set_ref(*out, MEMBER_RULE, k->rule->id);
    return ERR_OK;
}

/* CAMP-6.2 */
static err take_in(ctx *c, care *k, int64_t person, int64_t occasion)
{
    rec *member;
    TRY(member_of(c, k, person, &member));
    rec_set_int(member, MEMBER_OCCASION, occasion);
    TRY(store_save(c, member, 0));
    return make_task(c, k, person, occasion);
}

static err ask_as(ctx *c, const actor *who, const care *k, str where, size_t most, int64_t **ids, size_t *n)
{
    actor        program = c->actor;
    list_request ask = { .where = where, .order = STR("id") };
    c->actor = *who;
    err e = query_ids(c, k->people, &ask, most, ids, n);
    c->actor = program;
    return e;
}

/* CAMP-6.7: of those that the owner sees, the ones whom who set the rule sees too, and sees to meet it. */
static err seen_by_both(ctx *c, care *k, int64_t **ids, size_t *n)
{
    str own = rec_text(k->rule, RULE_CONDITION), list = campaign_id_list(c, *ids, *n);
    if (*n == 0 || !k->set_by.user || k->set_by.user == k->whose.user)
        return ERR_OK;
    str where = arena_printf(c->a, "id IN (%.*s)", STR_ARG(list));
    if (str_trim(own).n)
        where = arena_printf(c->a, "%.*s AND (%.*s)", STR_ARG(where), STR_ARG(own));
    return ask_as(c, &k->set_by, k, where, *n, ids, n);
}

/* Everybody of the condition, up to what is left of the piece. */
static err take_all(ctx *c, care *k, str where, int64_t occasion)
{
    str own = rec_text(k->rule, RULE_CONDITION), no = campaign_suppressed_where(c, k->people, k->campaign);
    str all = arena_printf(c->a, "%.*s AND NOT %.*s", STR_ARG(where), STR_ARG(no));
    if (str_trim(own).n)
        all = arena_printf(c->a, "%.*s AND (%.*s)", STR_ARG(all), STR_ARG(own));
    int64_t after = 0;
    for (size_t asked = CARE_PIECE, met = asked; k->budget > 0 && met == asked;) {
        int64_t *ids;
        size_t   n;
        asked = (size_t)k->budget;
        str behind = after ? arena_printf(c->a, " AND id > '%lld'", (long long)after) : (str){ 0 };
        str rest = arena_printf(c->a, "%.*s%.*s", STR_ARG(all), STR_ARG(behind));
        TRY(ask_as(c, &k->whose, k, rest, asked, &ids, &n));
        met = n;
        after = n ? ids[n - 1] : after;
        TRY(seen_by_both(c, k, &ids, &n));
        for (size_t i = 0; i < n; i++)
            TRY(take_in(c, k, ids[i], occasion));
        k->budget -= (int64_t)n;
    }
    return ERR_OK;
}

/* "id NOT IN (SELECT contact FROM campaign_member WHERE campaign = '7' AND …)" */
static str members(ctx *c, const care *k, const char *in, const char *and_what)
{
    return arena_printf(c->a, "id %s (SELECT %.*s FROM campaign_member WHERE campaign = '%lld' AND %.*s != null%s)", in,
                        STR_ARG(k->people->name), (long long)k->campaign->id, STR_ARG(k->people->name), and_what);
}

/* ---- the plays ---- */

/* CAMP-6.4: the birthdays of one day, by their dates of each year, so that an index finds them. Who was born on 29 February has
 * it on the 28th where there is no other. */
static err birthdays_of(ctx *c, care *k, int64_t day)
{
    civil  now = date_to_civil(day);
    char  *list = arena_alloc(c->a, (size_t)(YEARS_BACK + 1) * 2 * 12), text[DATE_TEXT];
    size_t n = 0;
    for (int year = now.year - YEARS_BACK; year <= now.year; year++)
        for (int late = 0; late < 2; late++) {
            civil d = { year, now.month, now.day + late };
            bool  leap_day = d.month == 2 && d.day == 29;
            if (!civil_valid(d) || (late && !(leap_day && month_length(now.year, 2) == 28)))
                continue;
            date_format(date_from_civil(d), text);
            n += (size_t)snprintf(list + n, 12, "%s%s", n ? "," : "", text);
        }
    date_format(day, text);
    str done = members(c, k, "NOT IN", arena_printf(c->a, " AND occasion = %s", text).p);
    return take_all(c, k, arena_printf(c->a, "birthday IN (%.*s) AND %.*s", (int)n, list, STR_ARG(done)), day);
}

static err birthdays(ctx *c, care *k)
{
    int64_t days = rec_int(k->rule, RULE_DAYS);
    for (int64_t i = 0; i <= days && k->budget > 0; i++)
        TRY(birthdays_of(c, k, k->today + i));
    return ERR_OK;
}

/* CAMP-6.5: whose last contact, and that of their firm, lies before that day. */
static str silent_since(ctx *c, const care *k, str since)
{
    str w = arena_printf(c->a, "created_at < %.*s AND (last_contact_at = null OR last_contact_at < %.*s)",
                         STR_ARG(since), STR_ARG(since));
    if (!entity_field(k->people, STR("account")))
        return w;
    return arena_printf(c->a, "%.*s AND (account.last_contact_at = null OR account.last_contact_at < %.*s)", STR_ARG(w),
                        STR_ARG(since));
}

/* Spoken to within these days, so that it is they who have fallen silent since the last run. */
static str fell_silent(ctx *c, const care *k, str from, str to)
{
    str w = arena_printf(c->a, "last_contact_at >= %.*s AND last_contact_at < %.*s", STR_ARG(from), STR_ARG(to));
    if (!entity_field(k->people, STR("account")))
        return w;
    return arena_printf(c->a, "(%.*s OR (account.%.*s AND account.last_contact_at < %.*s))", STR_ARG(w),
                        STR_ARG(arena_printf(c->a, "last_contact_at >= %.*s", STR_ARG(from))), STR_ARG(to));
}

static str day_begins(ctx *c, int64_t day)
{
    char text[TIME_TEXT];
    time_format(zone_day_start_ms(c->zone, day), text);
    return arena_printf(c->a, "%s", text);
}

static err silent(ctx *c, care *k)
{
    int64_t days = rec_int(k->rule, RULE_DAYS), line = k->today - days;
    str     since = day_begins(c, line), quiet = silent_since(c, k, since);
    TRY(take_all(c, k, arena_printf(c->a, "%.*s AND %.*s", STR_ARG(quiet), STR_ARG(members(c, k, "NOT IN", ""))),
                 k->today));
    if (rec_null(k->rule, RULE_RAN_ON))
        return ERR_OK;
    str from = day_begins(c, rec_int(k->rule, RULE_RAN_ON) - days);
    return take_all(c, k,
                    arena_printf(c->a, "%.*s AND %.*s AND %.*s", STR_ARG(members(c, k, "IN", " AND occasion < TODAY")),
                                 STR_ARG(fell_silent(c, k, from, since)), STR_ARG(quiet)),
                    k->today);
}

static err daily(ctx *c, care *k)
{
    return take_all(c, k, members(c, k, "NOT IN", ""), k->today);
}

/* ---- all of them ---- */

/* CAMP-6.6: a condition that cannot be read any more stops its rule, which says so; the others go on. */
static err keep_result(ctx *c, care *k, err e)
{
    rec *r;
    if (e != ERR_OK && e != ERR_MALFORMED && e != ERR_INVALID)
        return e;
    if (e == ERR_OK && k->budget <= 0)
        return ERR_OK; /* somebody may be left: the next run goes on */
    TRY(store_load_any(c, k->rule->e, k->rule->id, &r));
    rec_set_int(r, RULE_RAN_ON, k->today);
    rec_set_int(r, RULE_RAN_AT, c->now_ms);
    if (e != ERR_OK) {
        rec_set_text(c, r, RULE_FAULT, utf8_cut(c->detail.n ? c->detail : str_from(err_name(e)), 255));
        rec_set_int(r, RULE_ACTIVE, false);
        c->problem_count = 0;
        c->detail = (str){ 0 };
        c->position = -1;
    }
    return store_save(c, r, 0);
}

static err run_rule(ctx *c, int64_t id, int64_t *budget)
{
    static err (*const run[PLAY_COUNT])(ctx * c, care * k) = {
        [PLAY_BIRTHDAY] = birthdays, [PLAY_SILENT] = silent, [PLAY_DAILY] = daily
    };
    care k = { .today = ctx_today(c), .budget = *budget };
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("campaign_rule")), id, &k.rule));
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("campaign")), rec_ref(k.rule, RULE_CAMPAIGN), &k.campaign));
    k.people = campaign_rule_people(c, k.rule);
    int64_t owner = rec_ref(k.campaign, (size_t)entity_common(k.campaign->e, CF_OWNER)->index);
    err     e = owner ? access_by_user(c, owner, &k.whose) : ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND)
        return ERR_OK; /* CAMP-6.6: it waits until the campaign has an owner again */
    TRY(e);
    e = rec_ref(k.rule, RULE_SET_BY) ? access_by_user(c, rec_ref(k.rule, RULE_SET_BY), &k.set_by) : ERR_OK;
    if (e != ERR_NOT_FOUND) /* who is gone learns nothing by it */
        TRY(e);
    e = run[rec_choice(k.rule, RULE_PLAY)](c, &k);
    *budget = k.budget;
    return keep_result(c, &k, e);
}

err campaign_care(ctx *c)
{
    int64_t     *ids, budget = CARE_PIECE;
    size_t       n;
    list_request ask = { .where = STR("active = true AND play != 'segment' AND campaign.status = 'active' AND "
                                      "(ran_on = null OR ran_on < TODAY)"),
                         .order = STR("id") };
    TRY(query_ids(c, snapshot_entity(c->snap, STR("campaign_rule")), &ask, RULES_MOST, &ids, &n));
    for (size_t i = 0; i < n && budget > 0; i++)
        TRY(run_rule(c, ids[i], &budget));
    return ERR_OK;
}
