#include "rooms/service/inside.h"

#include "store/act.h"
#include "store/notice.h"
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

static const choice_def categories[] = {
    { .key = "quality" }, { .key = "delivery" }, { .key = "invoice" },  { .key = "price" },
    { .key = "usage" },   { .key = "staff" },    { .key = "contract" }, { .key = "other" },
};

static const choice_def causes[] = { { .key = "design" },       { .key = "manufacturing" }, { .key = "transport" },
                                     { .key = "installation" }, { .key = "misuse" },        { .key = "process" },
                                     { .key = "staff" },        { .key = "supplier" },      { .key = "unfounded" } };

static const choice_def compensations[] = {
    { .key = "refund" }, { .key = "discount" }, { .key = "replacement" }, { .key = "free_service" }, { .key = "gift" },
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
    [F_CATEGORY] = { .name = "category",
                     .type = FT_CHOICE,
                     .flags = FF_OPEN,
                     .choices = categories,
                     .choice_count = countof(categories) },
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
    [F_OPPORTUNITY] = { .name = "opportunity", .type = FT_REF, .target = "opportunity" },
    [F_CHANNEL] = { .name = "channel",
                    .type = FT_CHOICE,
                    .flags = FF_OPEN,
                    .choices = channels,
                    .choice_count = countof(channels) },
    [F_TEAM] = { .name = "team", .type = FT_REF, .target = "team" },
    [F_REPORTER] = { .name = "reporter",
                     .type = FT_TEXT,
                     .flags = FF_PERSONAL | FF_SEARCH,
                     .min = 1,
                     .max = 100,
                     .group = "reporter" },
    [F_REPORTER_COMPANY] = { .name = "reporter_company",
                             .type = FT_TEXT,
                             .flags = FF_SEARCH,
                             .min = 1,
                             .max = 160,
                             .group = "reporter" },
    [F_REPORTER_EMAIL] = { .name = "reporter_email", .type = FT_EMAIL, .flags = FF_PERSONAL, .group = "reporter" },
    [F_REPORTER_PHONE] = { .name = "reporter_phone", .type = FT_PHONE, .flags = FF_PERSONAL, .group = "reporter" },
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
    [F_CAUSE_CODE] = { .name = "cause_code",
                       .type = FT_CHOICE,
                       .flags = FF_OPEN,
                       .choices = causes,
                       .choice_count = countof(causes),
                       .group = "result" },
    [F_CAUSE] = { .name = "cause", .type = FT_LONG_TEXT, .flags = FF_SEARCH, .group = "result" },
    [F_REMEDY] = { .name = "remedy", .type = FT_LONG_TEXT, .flags = FF_SEARCH, .group = "result" },
    [F_CORRECTIVE_ACTION] = { .name = "corrective_action",
                              .type = FT_LONG_TEXT,
                              .flags = FF_SEARCH,
                              .group = "corrective" },
    [F_CORRECTIVE_OWNER] = { .name = "corrective_owner", .type = FT_REF, .target = "user", .group = "corrective" },
    [F_CORRECTIVE_DUE] = { .name = "corrective_due", .type = FT_DATE, .flags = FF_SORT, .group = "corrective" },
    [F_CORRECTIVE_DONE] = { .name = "corrective_done", .type = FT_DATE, .group = "corrective" },
    [F_CORRECTIVE_TOLD_AT] = { .name = "corrective_told_at",
                               .type = FT_TIME,
                               .flags = FF_READONLY | FF_NO_HISTORY,
                               .group = "corrective" },
    [F_COST] = { .name = "cost", .type = FT_MONEY, .min = 0, .max = INT64_MAX / 4, .group = "money" },
    [F_COMPENSATION] = { .name = "compensation", .type = FT_MONEY, .min = 0, .max = INT64_MAX / 4, .group = "money" },
    [F_COMPENSATION_FORM] = { .name = "compensation_form",
                              .type = FT_CHOICE,
                              .flags = FF_OPEN,
                              .choices = compensations,
                              .choice_count = countof(compensations),
                              .group = "money" },
    [F_RATING] = { .name = "rating", .type = FT_INTEGER, .min = 1, .max = 5, .group = "satisfaction" },
    [F_RATING_COMMENT] = { .name = "rating_comment",
                           .type = FT_LONG_TEXT,
                           .flags = FF_SEARCH,
                           .group = "satisfaction" },
    [F_RATED_AT] = { .name = "rated_at", .type = FT_TIME, .flags = FF_READONLY, .group = "satisfaction" },
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

static err copy_reference(ctx *c, rec *next, size_t from, const char *entity_name, const char *name, size_t to)
{
    rec          *r;
    const entity *e = snapshot_entity(c->snap, str_from(entity_name));
    if (!rec_ref(next, from) || !rec_null(next, to) || rec_given(next, to))
        return ERR_OK;
    err x = store_load_any(c, e, rec_ref(next, from), &r);
    if (x == ERR_NOT_FOUND) /* said where references are checked */
        return ERR_OK;
    TRY(x);
    rec_set_ref(next, to, rec_ref(r, (size_t)entity_field(e, str_from(name))->index));
    return ERR_OK;
}

/* SERV-1.3 */
static err complete_customer(ctx *c, const rec *old, rec *next)
{
    if (old || c->importing)
        return ERR_OK;
    TRY(copy_reference(c, next, F_OPPORTUNITY, "opportunity", "contact", F_CONTACT));
    TRY(copy_reference(c, next, F_OPPORTUNITY, "opportunity", "account", F_ACCOUNT));
    return copy_reference(c, next, F_CONTACT, "contact", "account", F_ACCOUNT);
}

/* SERV-7.1 */
static void settle_rating(const ctx *c, const rec *old, rec *next)
{
    bool given = c->importing && rec_given(next, F_RATED_AT);
    if (given || !rec_changed(old, next, F_RATING) || rec_changed(old, next, F_RATED_AT))
        return;
    if (rec_null(next, F_RATING))
        rec_set_null(next, F_RATED_AT);
    else
        rec_set_int(next, F_RATED_AT,
                    c->importing && !rec_null(next, F_RESOLVED_AT) ? rec_int(next, F_RESOLVED_AT) : c->now_ms);
}

/* SERV-5.2: whoever is asked for a corrective action is told. */
static err after_save(ctx *c, const rec *old, rec *saved)
{
    bool asked = rec_ref(saved, F_CORRECTIVE_OWNER) && !rec_null(saved, F_CORRECTIVE_ACTION) &&
                 rec_null(saved, F_CORRECTIVE_DONE);
    bool news = rec_changed(old, saved, F_CORRECTIVE_OWNER) || (old && rec_null(old, F_CORRECTIVE_ACTION));
    if (c->importing || !asked || !news)
        return ERR_OK;
    return notice_tell(c, rec_ref(saved, F_CORRECTIVE_OWNER), STR("corrective"), saved->e, saved->id,
                       rec_text(saved, F_CORRECTIVE_ACTION));
}

static err before_save(ctx *c, const rec *old, rec *next)
{
    TRY(complete_customer(c, old, next));
    if (rec_null(next, F_NUMBER))
        TRY(give_number(c, next));
    TRY(keep_complaint_open(c, old, next));
    settle_resolution(c, old, next);
    settle_rating(c, old, next);
    if (rec_changed(old, next, F_CORRECTIVE_DUE))
        rec_set_null(next, F_CORRECTIVE_TOLD_AT);
    return case_settle_clock(c, old, next);
}

#define OPEN_CASES "status IN ('new','in_progress','waiting')"
static const list_view_def lists[] = {
    { "open", OPEN_CASES, "due_at NULLS LAST", NULL },
    { "mine", "owner = :me AND " OPEN_CASES, "due_at NULLS LAST", NULL },
    { "my_team", "team = :my_team AND owner = null AND " OPEN_CASES, "due_at NULLS LAST", NULL },
    { "overdue", OPEN_CASES " AND due_at < TODAY", "due_at", NULL },
    { "breached", OPEN_CASES " AND breached_at != null", "due_at NULLS LAST", NULL },
    { "unassigned", "owner = null AND " OPEN_CASES, "created_at", NULL },
    { "corrective", "corrective_owner = :me AND corrective_done = null", "corrective_due NULLS LAST", NULL },
    { "unhappy", "rating <= 2", "rated_at DESC", NULL },
    { "complaints", "kind = 'complaint'", "created_at DESC", NULL },
    { "all", "", "created_at DESC", NULL },
};
static const index_def indexes[] = { { "status,due_at", false },
                                     { "status,warn_at", false },
                                     { "kind,created_at", false } };

static const action_def actions[] = {
    ACTION_ASSIGN_TEAM,
    { .name = "answer",
      .verb = VERB_UPDATE,
      .run = case_answer,
      .input_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"text\"],\"properties\":{"
                      "\"text\":{\"type\":\"string\",\"maxLength\":5000},\"status\":{\"type\":\"string\"}}}",
      .output_schema = "{\"type\":\"object\"}" },
    { .name = "plan_return_visit",
      .verb = VERB_UPDATE,
      .run = case_plan_return_visit,
      .input_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"due_at\":{\"type\":"
                      "\"string\",\"format\":\"date-time\"},\"kind\":{\"enum\":[\"visit\",\"call\"]},\"owner\":{"
                      "\"type\":\"string\"},\"subject\":{\"type\":\"string\"}}}",
      .output_schema = "{\"type\":\"object\"}" },
};
static const job_def     jobs[] = { { "clock", 60, case_watch_clock } };
static const char *const refusals[] = {
    "complaint_unsettled", "case_not_done", "return_visit_planned", "case_over", "rating_given", "rating_over", NULL
};
#define SHARES(of)                                                                                             \
    {                                                                                                          \
        .chart = "bar", .series = of, .compare = "period", .parameters = {                                     \
            { "by", "choice", "kind,product,priority,topic,category,channel,person,team,account,period,month", \
              "kind" },                                                                                        \
            { "period", "period", NULL, NULL },                                                                \
            { "person", "record", "user", NULL },                                                              \
            { "account", "record", "account", NULL }                                                           \
        }                                                                                                      \
    }
static const report_def timely_report = SHARES("share"), first_contact_report = SHARES("share"),
                        satisfaction_report = SHARES("average");
static const report_def ages_report = {
    .chart = "bar",
    .series = "under_1,from_1_to_3,from_3_to_7,from_7_to_30,over_30",
    .parameters = { { "by", "choice", "team,person,kind,priority,channel", "team" },
                    { "user", "record", "user", NULL } },
};

static const view_def views[] = {
    { "case_clock", { "case" }, case_view_clock, NULL },
    { "case_links", { "case" }, case_view_links, NULL },
    { "case_ages", { "by", "user" }, case_view_ages, &ages_report },
    { "case_timely", { "by", "period", "account", "person" }, case_view_timely, &timely_report },
    { "case_first_contact", { "by", "period", "account", "person" }, case_view_first_contact, &first_contact_report },
    { "case_satisfaction", { "by", "period", "account", "person" }, case_view_satisfaction, &satisfaction_report },
};

static const carry_def carries[] = { { "form_attempt", "values", NULL } }; /* LEAD-2.1 */

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
    .line = "account,contact,product",
    .intake = &case_intake,
    .carries = carries,
    .carry_count = countof(carries),
    .doors = case_doors,
    .door_count = CASE_DOOR_COUNT,
    .board = "status",
    .open = OPEN_CASES,
    .owned = true,
    .before_save = before_save,
    .after_save = after_save,
};
