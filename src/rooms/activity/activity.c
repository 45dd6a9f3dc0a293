#include "rooms/activity/inside.h"

#include "base/date.h"
#include "store/act.h"
#include "store/notice.h"
#include "store/store.h"

static const choice_def kinds[] = {
    [ACTIVITY_TASK] = { "task", NEXT_ANY, "blue" },         [ACTIVITY_CALL] = { "call", NEXT_ANY, "teal" },
    [ACTIVITY_MEETING] = { "meeting", NEXT_ANY, "purple" }, [ACTIVITY_VISIT] = { "visit", NEXT_ANY, "orange" },
    [ACTIVITY_NOTE] = { "note", NEXT_ANY, "grey" },         [ACTIVITY_EMAIL] = { "email", NEXT_ANY, "green" },
    [ACTIVITY_MESSAGE] = { "message", NEXT_ANY, "teal" },
};
_Static_assert(countof(kinds) == ACTIVITY_KIND_COUNT, "one row per kind");

/* ACT-11 */
static const choice_def purposes[] = {
    { "return_visit", NEXT_ANY, "purple" }, { "installation", NEXT_ANY, "blue" }, { "inspection", NEXT_ANY, "teal" },
    { "repair", NEXT_ANY, "orange" },       { "training", NEXT_ANY, "green" },
};

enum {
    F_SUBJECT,
    F_KIND,
    F_PURPOSE,
    F_ABOUT,
    F_DUE_AT,
    F_END_AT,
    F_DONE_AT,
    F_AT,
    F_PLACE,
    F_RESULT,
    F_DESCRIPTION,
    F_INCOMING,
    F_TOLD_AT,
    F_COUNT
};
static const field_def fields[] = {
    [F_SUBJECT] = { .name = "subject",
                    .type = FT_TEXT,
                    .flags = FF_REQUIRED | FF_SEARCH | FF_SORT | FF_LIST,
                    .min = 1,
                    .max = 200 },
    [F_KIND] = { .name = "kind",
                 .type = FT_CHOICE,
                 .flags = FF_REQUIRED | FF_LIST,
                 .choices = kinds,
                 .choice_count = countof(kinds),
                 .initial = "task" },
    [F_PURPOSE] = { .name = "purpose",
                    .type = FT_CHOICE,
                    .flags = FF_OPEN,
                    .choices = purposes,
                    .choice_count = countof(purposes) },
    [F_ABOUT] = { .name = "about", .type = FT_ANYREF, .flags = FF_LIST | FF_CASCADE },
    [F_DUE_AT] = { .name = "due_at", .type = FT_TIME, .flags = FF_SORT | FF_LIST },
    [F_END_AT] = { .name = "end_at", .type = FT_TIME },
    [F_DONE_AT] = { .name = "done_at", .type = FT_TIME, .flags = FF_SORT | FF_LIST },
    [F_AT] = { .name = "at", .type = FT_TIME, .flags = FF_READONLY | FF_SORT | FF_NO_HISTORY },
    [F_PLACE] = { .name = "place", .type = FT_TEXT, .min = 1, .max = 200 },
    [F_RESULT] = { .name = "result", .type = FT_LONG_TEXT, .flags = FF_SEARCH, .group = "description" },
    [F_DESCRIPTION] = { .name = "description", .type = FT_LONG_TEXT, .flags = FF_SEARCH, .group = "description" },
    [F_INCOMING] = { .name = "incoming", .type = FT_BOOL, .flags = FF_READONLY },
    [F_TOLD_AT] = { .name = "told_at", .type = FT_TIME, .flags = FF_READONLY | FF_NO_HISTORY },
};
_Static_assert(countof(fields) == F_COUNT, "one row per field");

static int64_t made_at(const ctx *c, const rec *r)
{
    int at = r->e->common[CF_CREATED_AT];
    return rec_null(r, (size_t)at) ? c->now_ms : rec_int(r, (size_t)at);
}

/* ACT-6, ACT-7 */
static err settle_end(ctx *c, const rec *old, rec *next)
{
    bool moved = old && rec_changed(old, next, F_DUE_AT) && !rec_given(next, F_END_AT);
    if (moved && !rec_null(next, F_END_AT) && rec_null(next, F_DUE_AT))
        rec_set_null(next, F_END_AT);
    else if (moved && !rec_null(old, F_END_AT) && !rec_null(old, F_DUE_AT))
        rec_set_int(next, F_END_AT, rec_int(next, F_DUE_AT) + rec_int(old, F_END_AT) - rec_int(old, F_DUE_AT));
    if (rec_null(next, F_END_AT))
        return ERR_OK;
    if (rec_null(next, F_DUE_AT) || rec_int(next, F_END_AT) < rec_int(next, F_DUE_AT))
        return ctx_problem(c, "end_at", STR("activity.ends_before_it_begins"));
    return ERR_OK;
}

/* ACT-10 */
static err check_message(ctx *c, const rec *next)
{
    if (rec_null(next, F_ABOUT) || !str_eq(next->v[F_ABOUT].s, STR("case")))
        (void)ctx_problem(c, "about", STR("activity.message_about_case"));
    if (rec_null(next, F_DESCRIPTION))
        (void)ctx_problem(c, "description", STR("required"));
    return ERR_OK;
}

static err before_save(ctx *c, const rec *old, rec *next)
{
    int  kind = rec_choice(next, F_KIND);
    bool at_once = kind == ACTIVITY_NOTE || kind == ACTIVITY_EMAIL || kind == ACTIVITY_MESSAGE;
    if (kind == ACTIVITY_MESSAGE)
        TRY(check_message(c, next));
    if (rec_changed(old, next, F_DUE_AT)) /* ACT-12 */
        rec_set_null(next, F_TOLD_AT);
    if (at_once && rec_null(next, F_DONE_AT) && (!old || rec_changed(old, next, F_KIND))) /* ACT-1 */
        rec_set_int(next, F_DONE_AT, made_at(c, next));
    size_t first = !rec_null(next, F_DONE_AT) ? F_DONE_AT : F_DUE_AT; /* ACT-2 */
    rec_set_int(next, F_AT, rec_null(next, first) ? made_at(c, next) : rec_int(next, first));
    return settle_end(c, old, next);
}

/* Sets a time of another record where `moves` says so; rules of its own apply. */
static err move_time(ctx *c, const rec *about, const char *name, int64_t at, bool forward)
{
    const entity *e = snapshot_entity(c->snap, about->v[F_ABOUT].s);
    const field  *f = e ? entity_field(e, str_from(name)) : NULL;
    rec          *on;
    if (!f)
        return ERR_OK;
    TRY(store_load_any(c, e, rec_ref(about, F_ABOUT), &on));
    bool set = !rec_null(on, (size_t)f->index);
    if (on->deleted_at || (set && (!forward || rec_int(on, (size_t)f->index) >= at)))
        return ERR_OK;
    rec_set_int(on, (size_t)f->index, at);
    return store_save(c, on, 0);
}

/* ACT-8: forward, as what follows from the activity. */
static err last_contact(ctx *c, const entity *e, int64_t id, int64_t at, bool further)
{
    static const char *const along[] = { "contact", "account" };
    rec                     *on;
    TRY(store_load_any(c, e, id, &on));
    if (on->deleted_at)
        return ERR_OK;
    const field *f = entity_field(e, STR("last_contact_at"));
    if (f && (rec_null(on, (size_t)f->index) || rec_int(on, (size_t)f->index) < at)) {
        rec_set_int(on, (size_t)f->index, at);
        TRY(store_save_derived(c, on));
    }
    for (size_t i = 0; further && i < countof(along); i++) {
        const field *to = entity_field(e, str_from(along[i]));
        if (to && to->type == FT_REF && rec_ref(on, (size_t)to->index))
            TRY(last_contact(c, to->target, rec_ref(on, (size_t)to->index), at, false));
    }
    return ERR_OK;
}

static bool about_lead(const rec *r)
{
    return r && !rec_null(r, F_ABOUT) && str_eq(r->v[F_ABOUT].s, STR("lead"));
}

/* When the earliest open activity about the lead is due; 0: none is planned. Asked by the program: what is planned is. */
static err earliest_due(ctx *c, const entity *e, int64_t lead, int64_t *due)
{
    int64_t     *ids;
    size_t       n;
    rec         *first;
    actor        asked = c->actor;
    list_request ask = { .where = arena_printf(c->a, "about = 'lead/%lld' AND done_at = null AND due_at != null",
                                               (long long)lead),
                         .order = STR("due_at") };
    *due = 0;
    c->actor = (actor){ 0 };
    err x = query_ids(c, e, &ask, 1, &ids, &n);
    c->actor = asked;
    TRY(x);
    if (n == 0)
        return ERR_OK;
    TRY(store_load_any(c, e, ids[0], &first));
    *due = rec_int(first, F_DUE_AT);
    return ERR_OK;
}

/* ACT-9: the lead's next contact is the earliest that is planned. With nothing planned a date of somebody's own stays until a
 * contact has taken place by then; one that `was` planned goes with it. */
static err plan_next(ctx *c, const rec *was, const rec *now)
{
    const rec    *of = about_lead(now) ? now : was;
    const entity *leads = snapshot_entity(c->snap, STR("lead"));
    const field  *f = leads ? entity_field(leads, STR("next_contact_at")) : NULL;
    int64_t       due;
    rec          *lead;
    if (!f || !about_lead(of))
        return ERR_OK;
    TRY(store_load_any(c, leads, rec_ref(of, F_ABOUT), &lead));
    if (lead->deleted_at)
        return ERR_OK;
    TRY(earliest_due(c, of->e, lead->id, &due));
    size_t at = (size_t)f->index;
    bool   done = now && rec_choice(now, F_KIND) != ACTIVITY_TASK && !rec_null(now, F_DONE_AT) && !rec_null(lead, at) &&
                rec_int(now, F_DONE_AT) >= rec_int(lead, at);
    bool gone = was && !rec_null(was, F_DUE_AT) && !rec_null(lead, at) && rec_int(was, F_DUE_AT) == rec_int(lead, at);
    if (due)
        rec_set_int(lead, at, due);
    else if (done || gone)
        rec_set_null(lead, at);
    return store_save(c, lead, 0);
}

static err follow_plan(ctx *c, const rec *old, const rec *saved)
{
    bool moved = rec_changed(old, saved, F_DONE_AT) || rec_changed(old, saved, F_DUE_AT) ||
                 rec_changed(old, saved, F_ABOUT) || rec_changed(old, saved, F_KIND);
    bool elsewhere = about_lead(old) && (!about_lead(saved) || rec_ref(old, F_ABOUT) != rec_ref(saved, F_ABOUT));
    if (!moved)
        return ERR_OK;
    if (elsewhere)
        TRY(plan_next(c, old, NULL));
    return plan_next(c, elsewhere ? NULL : old, saved);
}

static err after_delete(ctx *c, const rec *r)
{
    return plan_next(c, r, r->deleted_at ? NULL : r);
}

/* ACT-3, ACT-4 */
static err touch(ctx *c, const rec *old, rec *saved)
{
    int  kind = rec_choice(saved, F_KIND);
    bool touches = kind != ACTIVITY_TASK && !rec_null(saved, F_DONE_AT) && rec_int(saved, F_DONE_AT) <= c->now_ms;
    bool moved =
        rec_changed(old, saved, F_DONE_AT) || rec_changed(old, saved, F_ABOUT) || rec_changed(old, saved, F_KIND);
    if (!touches || !moved || rec_null(saved, F_ABOUT))
        return ERR_OK;
    if (str_eq(saved->v[F_ABOUT].s, STR("lead")))
        return move_time(c, saved, "last_contact_at", rec_int(saved, F_DONE_AT), true);
    bool          incoming = !rec_null(saved, F_INCOMING) && rec_int(saved, F_INCOMING);
    const entity *e = snapshot_entity(c->snap, saved->v[F_ABOUT].s);
    if (e && kind != ACTIVITY_NOTE)
        TRY(last_contact(c, e, rec_ref(saved, F_ABOUT), rec_int(saved, F_DONE_AT), true));
    if (str_eq(saved->v[F_ABOUT].s, STR("case")) && kind != ACTIVITY_NOTE && !incoming)
        return move_time(c, saved, "first_response_at", rec_int(saved, F_DONE_AT), false);
    return ERR_OK;
}

static err after_save(ctx *c, const rec *old, rec *saved)
{
    TRY(touch(c, old, saved));
    return follow_plan(c, old, saved);
}

/* ---- what is due (ACT-12) ---- */

enum { TOLD_MOST = 500 };

static err tell_due(ctx *c, int64_t id)
{
    rec *r;
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("activity")), id, &r));
    rec_set_int(r, F_TOLD_AT, c->now_ms);
    TRY(store_save(c, r, 0));
    return notice_tell(c, rec_ref(r, (size_t)r->e->common[CF_OWNER]), STR("due"), r->e, id, (str){ 0 });
}

static err watch_due(ctx *c)
{
    char     now[TIME_TEXT], before[TIME_TEXT];
    int64_t *ids;
    size_t   n;
    time_format(c->now_ms, now);
    time_format(c->now_ms - DAY_MS, before);
    list_request r = { .where = arena_printf(c->a,
                                             "due_at <= %s AND due_at > %s AND done_at = null AND told_at = null AND "
                                             "owner != null",
                                             now, before) };
    TRY(query_ids(c, snapshot_entity(c->snap, STR("activity")), &r, TOLD_MOST, &ids, &n));
    for (size_t i = 0; i < n; i++)
        TRY(tell_due(c, ids[i]));
    return ERR_OK;
}

/* ACT-13 */
static const report_def counts = {
    .chart = "bar",
    .series = "calls,visits,meetings,emails,messages,notes,tasks,done",
    .compare = "period",
    .parameters = { { "by", "choice", "person,kind,purpose,period", "person" },
                    { "period", "period", NULL, NULL },
                    { "user", "record", "user", NULL } },
};
static const view_def views[] = { { "activity_report", { "by", "period", "user" }, activity_report, &counts } };

static const list_view_def lists[] = {
    { "my_open", "owner = :me AND done_at = null", "due_at NULLS LAST", NULL },
    { "today", "owner = :me AND done_at = null AND due_at = TODAY", "due_at", NULL },
    { "overdue", "done_at = null AND due_at < TODAY", "due_at", NULL },
    { "done", "done_at != null", "done_at DESC", NULL },
    { "return_visits", "purpose = 'return_visit' AND done_at = null", "due_at NULLS LAST", NULL },
    { "all", "", "at DESC", NULL },
};
static const index_def indexes[] = { { "about,at", false }, { "owner,done_at,due_at", false } };

static const action_def actions[] = { ACTION_ASSIGN };
static const job_def    jobs[] = { { "due", 60, watch_due } };

const entity_def activity_entity = {
    .seen_with = "about",
    .name = "activity",
    .plural = "activities",
    .fields = fields,
    .field_count = countof(fields),
    .actions = actions,
    .action_count = countof(actions),
    .jobs = jobs,
    .job_count = countof(jobs),
    .views = views,
    .view_count = countof(views),
    .lists = lists,
    .list_count = countof(lists),
    .indexes = indexes,
    .index_count = countof(indexes),
    .title = "subject",
    .calendar_start = "due_at",
    .calendar_end = "end_at",
    .calendar_done = "done_at",
    .open = "done_at = null",
    .owned = true,
    .before_save = before_save,
    .after_save = after_save,
    .after_delete = after_delete,
};
