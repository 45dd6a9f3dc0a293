#include "rooms/account/account.h"
#include "rooms/campaign/inside.h"
#include "schema/currency.h"

#define TO(status) (1u << CAMPAIGN_##status)

/* CAMP-1.3: a cancelled campaign may be planned anew; a completed one stays, since its return is reported. */
static const choice_def statuses[] = {
    [CAMPAIGN_PLANNED] = { "planned", TO(ACTIVE) | TO(CANCELLED), "blue" },
    [CAMPAIGN_ACTIVE] = { "active", TO(COMPLETED) | TO(CANCELLED), "green" },
    [CAMPAIGN_COMPLETED] = { "completed", 0, "grey" },
    [CAMPAIGN_CANCELLED] = { "cancelled", TO(PLANNED), "red" },
};
_Static_assert(countof(statuses) == CAMPAIGN_STATUS_COUNT, "one row per status");

static const choice_def types[] = {
    { .key = "email" },       { .key = "event" },     { .key = "exhibition" }, { .key = "webinar" },
    { .key = "advertising" }, { .key = "telephone" }, { .key = "social" },     { .key = "customer_care" },
    { .key = "referral" },    { .key = "other" },
};

static const choice_def languages[] = { { .key = "zh-CN" }, { .key = "en" } };

static const field_def fields[] = {
    [CAMPAIGN_F_NAME] = { .name = "name",
                          .type = FT_TEXT,
                          .flags = FF_REQUIRED | FF_SEARCH | FF_SORT | FF_LIST,
                          .min = 1,
                          .max = 200 },
    [CAMPAIGN_F_TYPE] = { .name = "type",
                          .type = FT_CHOICE,
                          .flags = FF_OPEN | FF_LIST,
                          .choices = types,
                          .choice_count = countof(types) },
    [CAMPAIGN_F_INDUSTRY] = { .name = "industry",
                              .type = FT_CHOICE,
                              .flags = FF_OPEN | FF_LIST,
                              .choices = industry_choices,
                              .choice_count = INDUSTRY_COUNT },
    [CAMPAIGN_F_STATUS] = { .name = "status",
                            .type = FT_CHOICE,
                            .flags = FF_REQUIRED | FF_LIST,
                            .choices = statuses,
                            .choice_count = countof(statuses),
                            .initial = "planned" },
    [CAMPAIGN_F_START] = { .name = "start_date", .type = FT_DATE, .flags = FF_SORT | FF_LIST },
    [CAMPAIGN_F_END] = { .name = "end_date", .type = FT_DATE, .flags = FF_LIST },
    [CAMPAIGN_F_PARENT] = { .name = "parent", .type = FT_REF, .target = "campaign" },
    [CAMPAIGN_F_PLACE] = { .name = "place", .type = FT_TEXT, .flags = FF_SEARCH, .min = 1, .max = 200 },
    [CAMPAIGN_F_TARGET] = { .name = "target", .type = FT_LONG_TEXT },
    [CAMPAIGN_F_BUDGET] = { .name = "budget",
                            .type = FT_MONEY,
                            .flags = FF_LIST,
                            .min = 0,
                            .max = CAMPAIGN_BUDGET_MINOR_MAX,
                            .group = "figures" },
    [CAMPAIGN_F_ACTUAL_COST] = { .name = "actual_cost",
                                 .type = FT_MONEY,
                                 .min = 0,
                                 .max = CAMPAIGN_BUDGET_MINOR_MAX,
                                 .group = "figures" },
    [CAMPAIGN_F_CURRENCY] = { .name = "currency",
                              .type = FT_CHOICE,
                              CURRENCY_CHOICES,
                              .initial = ":currency",
                              .group = "figures" },
    [CAMPAIGN_F_EXPECTED_RESPONSE] = { .name = "expected_response",
                                       .type = FT_PERCENT,
                                       .min = 0,
                                       .max = 10000,
                                       .group = "figures" },
    [CAMPAIGN_F_EXPECTED_REVENUE] = { .name = "expected_revenue",
                                      .type = FT_MONEY,
                                      .min = 0,
                                      .max = CAMPAIGN_BUDGET_MINOR_MAX,
                                      .group = "figures" },
    [CAMPAIGN_F_LANGUAGE] = { .name = "language",
                              .type = FT_CHOICE,
                              .choices = languages,
                              .choice_count = countof(languages),
                              .group = "answer" },
    [CAMPAIGN_F_ANSWER_TITLE] = { .name = "answer_title", .type = FT_TEXT, .min = 1, .max = 120, .group = "answer" },
    [CAMPAIGN_F_ANSWER_TEXT] = { .name = "answer_text", .type = FT_LONG_TEXT, .group = "answer" },
    [CAMPAIGN_F_ANSWER_BUTTON] = { .name = "answer_button", .type = FT_TEXT, .min = 1, .max = 40, .group = "answer" },
    [CAMPAIGN_F_ANSWER_THANKS] = { .name = "answer_thanks", .type = FT_LONG_TEXT, .group = "answer" },
    [CAMPAIGN_F_DESCRIPTION] = { .name = "description",
                                 .type = FT_LONG_TEXT,
                                 .flags = FF_SEARCH,
                                 .group = "description" },
};
_Static_assert(countof(fields) == CAMPAIGN_FIELD_COUNT, "one row per field");

int64_t campaign_cost_per_response_minor(int64_t cost_minor, int64_t responses)
{
    ASSERT(cost_minor >= 0);
    ASSERT(responses >= 0);
    if (responses == 0)
        return -1;
    int64_t whole = cost_minor / responses, rest = cost_minor % responses;
    return whole + (rest >= responses - rest); /* rest * 2 could overflow */
}

int32_t campaign_response_bp(int64_t responses, int64_t members)
{
    ASSERT(responses >= 0);
    ASSERT(responses <= members);
    ASSERT(members <= INT64_MAX / 10000);
    return members == 0 ? 0 : (int32_t)(responses * 10000 / members);
}

err campaign_each(ctx *c, str select, query_each each, void *arg)
{
    query *q;
    actor  asked = c->actor;
    c->actor = (actor){ 0 };
    err e = query_select(c, select, &q);
    if (e == ERR_OK)
        e = query_run(c, q, each, arg);
    c->actor = asked;
    return e;
}

/* CAMP-1.5: with cost lines the cost is their sum, and stays in their currency. */
static err check_cost(ctx *c, const rec *old, const rec *next)
{
    bool cost = rec_changed(old, next, CAMPAIGN_F_ACTUAL_COST), currency = rec_changed(old, next, CAMPAIGN_F_CURRENCY);
    int64_t sum;
    bool    any;
    if (!old || (!cost && !currency))
        return ERR_OK;
    TRY(campaign_cost_sum(c, next->id, &sum, &any));
    if (!any)
        return ERR_OK;
    if (currency)
        return ctx_problem(c, "currency", STR("campaign.cost_currency"));
    if (rec_null(next, CAMPAIGN_F_ACTUAL_COST) || rec_int(next, CAMPAIGN_F_ACTUAL_COST) != sum)
        return ctx_problem(c, "actual_cost", STR("campaign.cost_from_lines"));
    return ERR_OK;
}

static err before_save(ctx *c, const rec *old, rec *next)
{
    bool dated = !rec_null(next, CAMPAIGN_F_START) && !rec_null(next, CAMPAIGN_F_END);
    if (dated && rec_int(next, CAMPAIGN_F_END) < rec_int(next, CAMPAIGN_F_START)) /* CAMP-1.1 */
        (void)ctx_problem(c, "end_date", STR("ends_before_start"));
    int  status = rec_choice(next, CAMPAIGN_F_STATUS);
    bool begun = status == CAMPAIGN_ACTIVE || status == CAMPAIGN_COMPLETED;
    if (begun && rec_null(next, CAMPAIGN_F_START) && !c->importing) /* CAMP-1.2 */
        (void)ctx_problem(c, "start_date", STR("campaign.needs_start"));
    if (rec_null(next, CAMPAIGN_F_LANGUAGE) && !old)
        rec_set_text(c, next, CAMPAIGN_F_LANGUAGE, str_from(lang_name(c->snap->organisation_lang)));
    return check_cost(c, old, next);
}

/* CAMP-2.5 */
static err after_save(ctx *c, const rec *old, rec *saved)
{
    return old ? ERR_OK : campaign_states_make(c, saved);
}

/* CAMP-2.8: the rules that choose members once have done so. */
static err check_filled(ctx *c, const rec *on)
{
    int64_t      waiting;
    list_request r = { .where = arena_printf(c->a,
                                             "campaign = '%lld' AND play = 'segment' AND active = true AND "
                                             "ran_at = null",
                                             (long long)on->id) };
    TRY(query_count(c, snapshot_entity(c->snap, STR("campaign_rule")), &r, false, &waiting));
    return waiting ? ctx_refuse(c, ERR_CONFLICT, STR("campaign_unfilled"), (str){ 0 }) : ERR_OK;
}

/* CAMP-1.4: becomes active; without a start date it starts today. */
static err launch(ctx *c, rec *on, const json *in, json_writer *out)
{
    (void)in;
    TRY(check_filled(c, on));
    rec_set_choice(on, CAMPAIGN_F_STATUS, CAMPAIGN_ACTIVE);
    if (rec_null(on, CAMPAIGN_F_START))
        rec_set_int(on, CAMPAIGN_F_START, ctx_today(c));
    TRY(store_save(c, on, 0));
    json_object(out);
    json_key(out, STR("id"));
    json_id(out, on->id);
    json_put_string(out, "status", STR("active"));
    json_put_int(out, "version", on->version);
    json_object_end(out);
    return ERR_OK;
}

static const action_def actions[] = {
    { .name = "launch",
      .verb = VERB_UPDATE,
      .run = launch,
      .output_schema = "{\"type\":\"object\",\"required\":[\"id\",\"status\",\"version\"],\"additionalProperties\":"
                       "false,\"properties\":{\"id\":{\"type\":\"string\"},\"status\":{\"type\":\"string\"},"
                       "\"version\":{\"type\":\"integer\"}}}" },
    { .name = "add_members",
      .verb = VERB_UPDATE,
      .run = campaign_add_members,
      .input_schema = CAMPAIGN_ADD_INPUT,
      .output_schema = CAMPAIGN_FILL_OUTPUT },
};

static const report_def comparison_report = {
    .chart = "bar",
    .series = "amount_won",
    .parameters = { { "status", "choice", "planned,active,completed,cancelled", NULL },
                    { "type", "choice",
                      "email,event,exhibition,webinar,advertising,telephone,social,customer_care,referral,other",
                      NULL },
                    { "period", "period", NULL, NULL },
                    { "user", "record", "user", NULL } },
};

static const view_def views[] = {
    { "campaign_figures", { "campaign" }, campaign_view_figures, NULL },
    { "campaigns", { "where", "status", "type", "period", "user" }, campaign_view_comparison, &comparison_report },
    { "campaign_link", { "member", "form", "at" }, campaign_view_link, NULL },
    { "campaign_links", { "campaign", "at", "after" }, campaign_view_links, NULL },
};
static const char *const refusals[] = { "campaign_unfilled", "campaign_over", NULL };

static const list_view_def lists[] = {
    { "mine", "owner = :me AND status IN ('planned','active')", "start_date DESC", NULL },
    { "active", "status = 'active'", "start_date DESC", NULL },
    { "planned", "status = 'planned'", "start_date", NULL },
    { "care", "type = 'customer_care'", "start_date DESC", NULL },
    { "all", "", "start_date DESC", NULL },
};

const entity_def campaign_entity = {
    .name = "campaign",
    .plural = "campaigns",
    .fields = fields,
    .field_count = countof(fields),
    .actions = actions,
    .action_count = countof(actions),
    .views = views,
    .view_count = countof(views),
    .doors = campaign_doors,
    .door_count = CAMPAIGN_DOOR_COUNT,
    .lists = lists,
    .list_count = countof(lists),
    .currency = "currency",
    .board = "status",
    .board_sum = "budget_base",
    .refusals = refusals,
    .open = "status IN ('planned','active')",
    .owned = true,
    .before_save = before_save,
    .after_save = after_save,
};
