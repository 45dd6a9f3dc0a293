#include "rooms/service/inside.h"

#include "store/act.h"
#include "store/store.h"

#define TO(status) (1u << CASE_##status)
#define OPEN       (TO(NEW) | TO(IN_PROGRESS) | TO(WAITING))

const choice_def case_kinds[CASE_KIND_COUNT] = {
    [CASE_FEEDBACK] = { "feedback", NEXT_ANY, "teal" },
    [CASE_COMPLAINT] = { "complaint", NEXT_ANY, "red" },
    [CASE_SERVICE] = { "service", NEXT_ANY, "blue" },
};

static const choice_def topics[] = {
    { "product", NEXT_ANY, NULL },
    { "operation", NEXT_ANY, NULL },
    { "service", NEXT_ANY, NULL },
};

/* SERV-2.1: what was begun is not new again; a resolved or closed case is taken up anew as in progress. */
static const choice_def statuses[] = {
    [CASE_NEW] = { "new", OPEN | TO(RESOLVED) | TO(CLOSED), "blue" },
    [CASE_IN_PROGRESS] = { "in_progress", TO(WAITING) | TO(RESOLVED) | TO(CLOSED), "teal" },
    [CASE_WAITING] = { "waiting", TO(IN_PROGRESS) | TO(RESOLVED) | TO(CLOSED), "amber" },
    [CASE_RESOLVED] = { "resolved", TO(IN_PROGRESS) | TO(CLOSED), "green" },
    [CASE_CLOSED] = { "closed", TO(IN_PROGRESS), "grey" },
};
_Static_assert(countof(statuses) == CASE_STATUS_COUNT, "one row per status");

const choice_def case_priorities[CASE_PRIORITY_COUNT] = {
    { "low", NEXT_ANY, "grey" },
    { "normal", NEXT_ANY, "blue" },
    { "high", NEXT_ANY, "amber" },
    { "urgent", NEXT_ANY, "red" },
};

static const choice_def severities[] = {
    { "minor", NEXT_ANY, "grey" },
    { "major", NEXT_ANY, "amber" },
    { "critical", NEXT_ANY, "red" },
};

static const choice_def channels[] = {
    { .key = "web" },   { .key = "email" }, { .key = "phone" }, { .key = "wechat" },
    { .key = "visit" }, { .key = "api" },   { .key = "other" },
};

static const field_def fields[] = {
    [F_NUMBER] = { .name = "number",
                   .type = FT_TEXT,
                   .flags = FF_READONLY | FF_UNIQUE | FF_SEARCH | FF_LIST | FF_SORT,
                   .min = 1,
                   .max = 40 },
    [F_SUBJECT] = { .name = "subject",
                    .type = FT_TEXT,
                    .flags = FF_REQUIRED | FF_SEARCH | FF_SORT | FF_LIST,
                    .min = 1,
                    .max = 200 },
    [F_KIND] = { .name = "kind",
                 .type = FT_CHOICE,
                 .flags = FF_REQUIRED | FF_LIST,
                 .choices = case_kinds,
                 .choice_count = CASE_KIND_COUNT },
    [F_TOPIC] = { .name = "topic", .type = FT_CHOICE, .choices = topics, .choice_count = countof(topics) },
    [F_STATUS] = { .name = "status",
                   .type = FT_CHOICE,
                   .flags = FF_REQUIRED | FF_LIST,
                   .choices = statuses,
                   .choice_count = countof(statuses),
                   .initial = "new" },
    [F_PRIORITY] = { .name = "priority",
                     .type = FT_CHOICE,
                     .flags = FF_REQUIRED | FF_LIST,
                     .choices = case_priorities,
                     .choice_count = CASE_PRIORITY_COUNT,
                     .initial = "normal" },
    [F_SEVERITY] = { .name = "severity",
                     .type = FT_CHOICE,
                     .flags = FF_OPEN,
                     .choices = severities,
                     .choice_count = countof(severities) },
    [F_ACCOUNT] = { .name = "account", .type = FT_REF, .target = "account", .flags = FF_LIST | FF_CASCADE },
    [F_CONTACT] = { .name = "contact", .type = FT_REF, .target = "contact" },
    [F_PRODUCT] = { .name = "product", .type = FT_REF, .target = "product" },
    [F_CHANNEL] = { .name = "channel",
                    .type = FT_CHOICE,
                    .flags = FF_OPEN,
                    .choices = channels,
                    .choice_count = countof(channels) },
    [F_TEAM] = { .name = "team", .type = FT_REF, .target = "team" },
    [F_DUE_AT] = { .name = "due_at", .type = FT_TIME, .flags = FF_SORT | FF_LIST, .group = "service" },
    [F_FIRST_DUE_AT] = { .name = "first_due_at", .type = FT_TIME, .flags = FF_READONLY, .group = "service" },
    [F_WARN_AT] = { .name = "warn_at", .type = FT_TIME, .flags = FF_READONLY | FF_NO_HISTORY, .group = "service" },
    [F_WARNED_AT] = { .name = "warned_at", .type = FT_TIME, .flags = FF_READONLY | FF_NO_HISTORY, .group = "service" },
    [F_BREACHED_AT] = { .name = "breached_at", .type = FT_TIME, .flags = FF_READONLY, .group = "service" },
    [F_RESPONSE_BREACHED_AT] = { .name = "response_breached_at",
                                 .type = FT_TIME,
                                 .flags = FF_READONLY,
                                 .group = "service" },
    [F_STOPPED_AT] = { .name = "stopped_at",
                       .type = FT_TIME,
                       .flags = FF_READONLY | FF_NO_HISTORY,
                       .group = "service" },
    [F_PAUSED_MINUTES] = { .name = "paused_minutes",
                           .type = FT_INTEGER,
                           .flags = FF_READONLY | FF_NO_HISTORY,
                           .group = "service" },
    [F_SLA_RULE] = { .name = "sla_rule",
                     .type = FT_REF,
                     .target = "sla_rule",
                     .flags = FF_READONLY,
                     .group = "service" },
    [F_FIRST_RESPONSE_AT] = { .name = "first_response_at", .type = FT_TIME, .flags = FF_READONLY, .group = "service" },
    [F_RESOLVED_AT] = { .name = "resolved_at", .type = FT_TIME, .flags = FF_READONLY | FF_SORT, .group = "service" },
    [F_RESPONSE_TIMELY] = { .name = "response_timely", .type = FT_BOOL, .flags = FF_READONLY, .group = "service" },
    [F_TIMELY] = { .name = "timely", .type = FT_BOOL, .flags = FF_READONLY, .group = "service" },
    [F_FIRST_CONTACT] = { .name = "first_contact", .type = FT_BOOL, .flags = FF_READONLY, .group = "service" },
    [F_CAUSE] = { .name = "cause", .type = FT_LONG_TEXT, .flags = FF_SEARCH, .group = "result" },
    [F_REMEDY] = { .name = "remedy", .type = FT_LONG_TEXT, .flags = FF_SEARCH, .group = "result" },
    [F_RATING] = { .name = "rating", .type = FT_INTEGER, .min = 1, .max = 5, .group = "result" },
    [F_DESCRIPTION] = { .name = "description", .type = FT_LONG_TEXT, .flags = FF_SEARCH, .group = "description" },
};
_Static_assert(countof(fields) == F_COUNT, "one row per field");

/* SERV-1: the next number that nobody has (an import may have brought some). */
static err give_number(ctx *c, rec *next)
{
    int64_t n, other;
    str     number;
    do {
        TRY(store_counter(c, STR("case"), &n));
        number = arena_printf(c->a, "C-%06lld", (long long)n);
        TRY(store_find(c, next->e, &next->e->fields[F_NUMBER], number, &other));
    } while (other);
    rec_set_text(c, next, F_NUMBER, number);
    return ERR_OK;
}

/* SERV-2.3 */
static void settle_resolution(ctx *c, const rec *old, rec *next)
{
    bool is = case_done(rec_choice(next, F_STATUS)), was = old && case_done(rec_choice(old, F_STATUS));
    bool given = c->importing && rec_given(next, F_RESOLVED_AT) && !rec_null(next, F_RESOLVED_AT);
    if (!is)
        rec_set_null(next, F_RESOLVED_AT);
    else if (!was && !given)
        rec_set_int(next, F_RESOLVED_AT, c->now_ms);
}

/* SERV-5 */
static err keep_complaint_open(ctx *c, const rec *old, const rec *next)
{
    bool settled = !rec_null(next, F_CAUSE) && !rec_null(next, F_REMEDY);
    bool complaint = rec_choice(next, F_KIND) == CASE_COMPLAINT && rec_choice(next, F_STATUS) == CASE_CLOSED;
    bool touched = rec_changed(old, next, F_STATUS) || rec_changed(old, next, F_KIND) ||
                   rec_changed(old, next, F_CAUSE) || rec_changed(old, next, F_REMEDY);
    if (c->importing || settled || !complaint || !touched)
        return ERR_OK;
    return ctx_refuse(c, ERR_CONFLICT, STR("complaint_unsettled"), (str){ 0 });
}

static err before_save(ctx *c, const rec *old, rec *next)
{
    if (rec_null(next, F_NUMBER))
        TRY(give_number(c, next));
    TRY(keep_complaint_open(c, old, next));
    settle_resolution(c, old, next);
    return case_settle_clock(c, old, next);
}

#define OPEN_CASES "status IN ('new','in_progress','waiting')"
static const list_view_def lists[] = {
    { "open", OPEN_CASES, "due_at NULLS LAST", NULL },
    { "mine", "owner = :me AND " OPEN_CASES, "due_at NULLS LAST", NULL },
    { "my_team", "team = :my_team AND owner = null AND " OPEN_CASES, "due_at NULLS LAST", NULL },
    { "overdue", OPEN_CASES " AND due_at < TODAY", "due_at", NULL },
    { "breached", OPEN_CASES " AND breached_at != null", "due_at NULLS LAST", NULL },
    { "complaints", "kind = 'complaint'", "created_at DESC", NULL },
    { "all", "", "created_at DESC", NULL },
};
static const index_def indexes[] = { { "status,due_at", false },
                                     { "status,warn_at", false },
                                     { "kind,created_at", false } };

static const action_def  actions[] = { ACTION_ASSIGN_TEAM };
static const job_def     jobs[] = { { "clock", 60, case_watch_clock } };
static const char *const refusals[] = { "complaint_unsettled", NULL };
static const view_def    views[] = {
       { "case_clock", { "case" }, case_view_clock, NULL },
       { "case_ages", { NULL }, case_view_ages, NULL },
       { "case_timely", { "by" }, case_view_timely, NULL },
};

const entity_def case_entity = {
    .name = "case",
    .plural = "cases",
    .fields = fields,
    .field_count = countof(fields),
    .actions = actions,
    .action_count = countof(actions),
    .views = views,
    .view_count = countof(views),
    .jobs = jobs,
    .job_count = countof(jobs),
    .refusals = refusals,
    .lists = lists,
    .list_count = countof(lists),
    .indexes = indexes,
    .index_count = countof(indexes),
    .title = "subject",
    .board = "status",
    .owned = true,
    .before_save = before_save,
};
