/* SERV-3, SERV-4: the clock of a case: when it is due, when it stands still, what it says at the end. */
#include "rooms/service/inside.h"

#include "base/date.h"
#include "store/notice.h"

enum { MINUTE_MS = 60000, WATCHED_MOST = 500, TEAM_MOST = 100 };

int64_t case_began(const ctx *c, const rec *of)
{
    size_t at = (size_t)of->e->common[CF_CREATED_AT];
    return rec_null(of, at) ? c->now_ms : rec_int(of, at);
}

static err load_rule(ctx *c, const rec *of, rec **rule)
{
    *rule = NULL;
    if (!rec_ref(of, F_SLA_RULE))
        return ERR_OK;
    return store_load_any(c, snapshot_entity(c->snap, STR("sla_rule")), rec_ref(of, F_SLA_RULE), rule);
}

static bool stands(int status)
{
    return status == CASE_WAITING || case_done(status);
}

static int64_t paused_ms(const rec *of)
{
    return rec_null(of, F_PAUSED_MINUTES) ? 0 : rec_int(of, F_PAUSED_MINUTES) * MINUTE_MS;
}

/* SERV-3.4: what went by while it stood still is paused time; it stands still anew or runs. */
static void stop_or_run(ctx *c, const rec *old, rec *next, const work_calendar *w)
{
    bool still = stands(rec_choice(next, F_STATUS));
    if (old && !rec_changed(old, next, F_STATUS))
        return;
    if (!rec_null(next, F_STOPPED_AT)) {
        int64_t ms = w ? worktime_between(w, rec_int(next, F_STOPPED_AT), c->now_ms) : 0;
        rec_set_int(next, F_PAUSED_MINUTES, (paused_ms(next) + ms + MINUTE_MS / 2) / MINUTE_MS);
    }
    if (still)
        rec_set_int(next, F_STOPPED_AT, rec_null(next, F_RESOLVED_AT) ? c->now_ms : rec_int(next, F_RESOLVED_AT));
    else
        rec_set_null(next, F_STOPPED_AT);
}

static void set_time(rec *next, size_t which, const work_calendar *w, int64_t from, int64_t ms)
{
    int64_t at;
    if (worktime_add(w, from, ms > 0 ? ms : 0, &at, NULL, 0, NULL) && at <= TIME_MS_MAX)
        rec_set_int(next, which, at);
    else
        rec_set_null(next, which);
}

/* SERV-3.3 */
static void set_due(const ctx *c, rec *next, const rec *rule, const work_calendar *w)
{
    int64_t began = case_began(c, next), total = rec_int(rule, SLA_RESOLUTION) * MINUTE_MS + paused_ms(next);
    int64_t warning = rec_null(rule, SLA_WARNING) ? 0 : rec_int(rule, SLA_WARNING) * MINUTE_MS;
    if (rec_null(rule, SLA_RESPONSE))
        rec_set_null(next, F_FIRST_DUE_AT);
    else
        set_time(next, F_FIRST_DUE_AT, w, began, rec_int(rule, SLA_RESPONSE) * MINUTE_MS);
    if (rec_choice(next, F_STATUS) == CASE_WAITING) {
        rec_set_null(next, F_DUE_AT);
        rec_set_null(next, F_WARN_AT);
        return;
    }
    set_time(next, F_DUE_AT, w, began, total);
    set_time(next, F_WARN_AT, w, began, total - warning);
}

static bool by_hand(const rec *old, const rec *next)
{
    if (rec_given(next, F_DUE_AT) && rec_changed(old, next, F_DUE_AT))
        return !rec_null(next, F_DUE_AT);
    return old && !rec_ref(old, F_SLA_RULE) && !rec_null(old, F_DUE_AT);
}

static bool seeks_rule(const rec *old, const rec *next)
{
    bool moved = rec_changed(old, next, F_KIND) || rec_changed(old, next, F_PRIORITY) ||
                 rec_changed(old, next, F_ACCOUNT) || rec_changed(old, next, F_PRODUCT);
    bool done = old && case_done(rec_choice(old, F_STATUS)) && case_done(rec_choice(next, F_STATUS));
    return !done && (moved || !rec_ref(next, F_SLA_RULE));
}

static void forget_marks(const rec *old, rec *next)
{
    if (!old || !rec_changed(old, next, F_DUE_AT) || rec_null(next, F_DUE_AT))
        return;
    rec_set_null(next, F_WARNED_AT);
    rec_set_null(next, F_BREACHED_AT);
}

/* SERV-3.7: what came in after its time is late, and nobody is told any more. */
static void mark_history(const ctx *c, rec *next)
{
    if (!c->importing)
        return;
    if (!rec_null(next, F_DUE_AT) && rec_int(next, F_DUE_AT) <= c->now_ms && rec_null(next, F_BREACHED_AT) &&
        !case_done(rec_choice(next, F_STATUS)))
        rec_set_int(next, F_BREACHED_AT, rec_int(next, F_DUE_AT));
    if (!rec_null(next, F_FIRST_DUE_AT) && rec_int(next, F_FIRST_DUE_AT) <= c->now_ms &&
        rec_null(next, F_FIRST_RESPONSE_AT) && rec_null(next, F_RESPONSE_BREACHED_AT))
        rec_set_int(next, F_RESPONSE_BREACHED_AT, rec_int(next, F_FIRST_DUE_AT));
}

/* SERV-3.7: what an import says of it stays, until one of the times moves. */
static void set_timely(const ctx *c, const rec *old, rec *next, size_t which, size_t done, size_t due, size_t breached)
{
    bool moved = rec_changed(old, next, done) || rec_changed(old, next, due) || rec_changed(old, next, breached);
    if ((c->importing && rec_given(next, which)) || (old && !moved))
        return;
    if (!rec_null(next, done) && !rec_null(next, due))
        rec_set_int(next, which, rec_int(next, done) <= rec_int(next, due));
    else if (rec_null(next, done) && !rec_null(next, breached))
        rec_set_int(next, which, false);
    else
        rec_set_null(next, which);
}

/* SERV-4.2: done with at most one call, meeting, visit or mail, and never taken up again. */
static err measure_first_contact(ctx *c, const rec *old, rec *next)
{
    bool is = case_done(rec_choice(next, F_STATUS)), was = old && case_done(rec_choice(old, F_STATUS));
    if (was && !is)
        rec_set_int(next, F_FIRST_CONTACT, false);
    if (was || !is || !rec_null(next, F_FIRST_CONTACT) || c->importing)
        return ERR_OK;
    int64_t n = 0;
    if (old) {
        const entity *e = snapshot_entity(c->snap, STR("activity"));
        list_request  r = { .where = STR("kind IN ('call','meeting','visit','email','message') AND "
                                          "done_at != null AND incoming != true"),
                            .via = entity_field(e, STR("about")),
                            .via_id = next->id,
                            .via_entity = STR("case") };
        TRY(query_count(c, e, &r, false, &n));
    }
    rec_set_int(next, F_FIRST_CONTACT, n <= 1);
    return ERR_OK;
}

static err settle_due(ctx *c, const rec *old, rec *next)
{
    rec          *rule;
    work_calendar w;
    bool          hand = by_hand(old, next);
    int64_t       before = rec_ref(next, F_SLA_RULE);
    if (hand)
        rec_set_ref(next, F_SLA_RULE, 0);
    TRY(load_rule(c, next, &rule));
    bool sought = !hand && seeks_rule(old, next);
    if (sought) {
        TRY(sla_rule_for(c, next, &rule));
        rec_set_ref(next, F_SLA_RULE, rule ? rule->id : 0);
    }
    bool moved = !old || rec_changed(old, next, F_STATUS), given = rec_given(next, F_DUE_AT);
    if (!rule) {
        stop_or_run(c, old, next, NULL);
        if (before && !hand) {
            rec_set_null(next, F_DUE_AT);
            rec_set_null(next, F_FIRST_DUE_AT);
        }
        if (hand || before)
            rec_set_null(next, F_WARN_AT);
        return ERR_OK;
    }
    if (!sought && !moved && !given)
        return ERR_OK;
    TRY(sla_calendar(c, rule, case_began(c, next), &w));
    stop_or_run(c, old, next, &w);
    set_due(c, next, rule, &w);
    return ERR_OK;
}

err case_settle_clock(ctx *c, const rec *old, rec *next)
{
    TRY(settle_due(c, old, next));
    forget_marks(old, next);
    mark_history(c, next);
    set_timely(c, old, next, F_TIMELY, F_RESOLVED_AT, F_DUE_AT, F_BREACHED_AT);
    set_timely(c, old, next, F_RESPONSE_TIMELY, F_FIRST_RESPONSE_AT, F_FIRST_DUE_AT, F_RESPONSE_BREACHED_AT);
    return measure_first_contact(c, old, next);
}

/* ---- warning and breach ---- */

typedef struct {
    const char *due;   /* the field whose time has come   */
    const char *where; /* and what must hold beside       */
    size_t      mark;
    const char *notice;
} watch;

static const watch watched[] = {
    { "warn_at", "status IN ('new','in_progress') AND warned_at = null AND breached_at = null", F_WARNED_AT, "due" },
    { "due_at", "status IN ('new','in_progress') AND breached_at = null", F_BREACHED_AT, "breach" },
    { "first_due_at",
      "status IN ('new','in_progress','waiting') AND first_response_at = null AND response_breached_at = null",
      F_RESPONSE_BREACHED_AT, "breach" },
};

err case_tell(ctx *c, const rec *of, str kind, str text)
{
    int64_t owner = rec_ref(of, (size_t)of->e->common[CF_OWNER]), *people;
    size_t  n;
    if (owner || !rec_ref(of, F_TEAM))
        return notice_tell(c, owner, kind, of->e, of->id, text);
    str where = arena_printf(c->a, "team = '%lld' AND state = 'active'", (long long)rec_ref(of, F_TEAM));
    TRY(query_ids(c, snapshot_entity(c->snap, STR("user")), &(list_request){ .where = where }, TEAM_MOST, &people, &n));
    for (size_t i = 0; i < n; i++)
        TRY(notice_tell(c, people[i], kind, of->e, of->id, text));
    return ERR_OK;
}

err case_tell_manager(ctx *c, const rec *of, str kind, str text)
{
    const entity *e = snapshot_entity(c->snap, STR("user"));
    int64_t       owner = rec_ref(of, (size_t)of->e->common[CF_OWNER]);
    rec          *who;
    if (!owner)
        return ERR_OK;
    TRY(store_load_any(c, e, owner, &who));
    return notice_tell(c, rec_ref(who, (size_t)entity_field(e, STR("manager"))->index), kind, of->e, of->id, text);
}

static err watch_one(ctx *c, const watch *w, int64_t id)
{
    rec *r;
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("case")), id, &r));
    rec_set_int(r, w->mark, c->now_ms);
    TRY(store_save(c, r, 0));
    TRY(case_tell(c, r, str_from(w->notice), rec_text(r, F_NUMBER)));
    return strcmp(w->notice, "breach") == 0 ? case_tell_manager(c, r, STR("breach"), rec_text(r, F_NUMBER)) : ERR_OK;
}

/* SERV-5.2 */
static err watch_corrective(ctx *c)
{
    const entity *e = snapshot_entity(c->snap, STR("case"));
    int64_t      *ids;
    size_t        n;
    list_request  r = { .where = STR("corrective_due <= TODAY AND corrective_done = null AND corrective_owner != null "
                                      "AND corrective_told_at = null") };
    TRY(query_ids(c, e, &r, WATCHED_MOST, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        rec *of;
        TRY(store_load_any(c, e, ids[i], &of));
        rec_set_int(of, F_CORRECTIVE_TOLD_AT, c->now_ms);
        TRY(store_save(c, of, 0));
        TRY(notice_tell(c, rec_ref(of, F_CORRECTIVE_OWNER), STR("corrective"), e, ids[i],
                        rec_text(of, F_CORRECTIVE_ACTION)));
    }
    return ERR_OK;
}

err case_watch_clock(ctx *c)
{
    char now[TIME_TEXT];
    time_format(c->now_ms, now);
    for (size_t i = 0; i < countof(watched); i++) {
        int64_t     *ids;
        size_t       n;
        list_request r = { .where = arena_printf(c->a, "%s <= %s AND %s", watched[i].due, now, watched[i].where) };
        TRY(query_ids(c, snapshot_entity(c->snap, STR("case")), &r, WATCHED_MOST, &ids, &n));
        for (size_t k = 0; k < n; k++)
            TRY(watch_one(c, &watched[i], ids[k]));
    }
    return watch_corrective(c);
}
