#include "rooms/campaign/campaign.h"

#include "rooms/account/account.h"
#include "schema/currency.h"
#include "store/store.h"

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

enum {
    F_NAME,
    F_TYPE,
    F_INDUSTRY,
    F_STATUS,
    F_START,
    F_END,
    F_PARENT,
    F_PLACE,
    F_TARGET,
    F_BUDGET,
    F_ACTUAL_COST,
    F_CURRENCY,
    F_EXPECTED_RESPONSE,
    F_EXPECTED_REVENUE,
    F_DESCRIPTION,
    F_COUNT
};
static const field_def fields[] = {
    [F_NAME] = { .name = "name",
                 .type = FT_TEXT,
                 .flags = FF_REQUIRED | FF_SEARCH | FF_SORT | FF_LIST,
                 .min = 1,
                 .max = 200 },
    [F_TYPE] = { .name = "type",
                 .type = FT_CHOICE,
                 .flags = FF_OPEN | FF_LIST,
                 .choices = types,
                 .choice_count = countof(types) },
    [F_INDUSTRY] = { .name = "industry",
                     .type = FT_CHOICE,
                     .flags = FF_OPEN | FF_LIST,
                     .choices = industry_choices,
                     .choice_count = INDUSTRY_COUNT },
    [F_STATUS] = { .name = "status",
                   .type = FT_CHOICE,
                   .flags = FF_REQUIRED | FF_LIST,
                   .choices = statuses,
                   .choice_count = countof(statuses),
                   .initial = "planned" },
    [F_START] = { .name = "start_date", .type = FT_DATE, .flags = FF_SORT | FF_LIST },
    [F_END] = { .name = "end_date", .type = FT_DATE, .flags = FF_LIST },
    [F_PARENT] = { .name = "parent", .type = FT_REF, .target = "campaign" },
    [F_PLACE] = { .name = "place", .type = FT_TEXT, .flags = FF_SEARCH, .min = 1, .max = 200 },
    [F_TARGET] = { .name = "target", .type = FT_LONG_TEXT },
    [F_BUDGET] = { .name = "budget",
                   .type = FT_MONEY,
                   .flags = FF_LIST,
                   .min = 0,
                   .max = CAMPAIGN_BUDGET_MINOR_MAX,
                   .group = "figures" },
    [F_ACTUAL_COST] = { .name = "actual_cost",
                        .type = FT_MONEY,
                        .min = 0,
                        .max = CAMPAIGN_BUDGET_MINOR_MAX,
                        .group = "figures" },
    [F_CURRENCY] = { .name = "currency",
                     .type = FT_CHOICE,
                     CURRENCY_CHOICES,
                     .initial = ":currency",
                     .group = "figures" },
    [F_EXPECTED_RESPONSE] = { .name = "expected_response",
                              .type = FT_PERCENT,
                              .min = 0,
                              .max = 10000,
                              .group = "figures" },
    [F_EXPECTED_REVENUE] = { .name = "expected_revenue",
                             .type = FT_MONEY,
                             .min = 0,
                             .max = CAMPAIGN_BUDGET_MINOR_MAX,
                             .group = "figures" },
    [F_DESCRIPTION] = { .name = "description", .type = FT_LONG_TEXT, .flags = FF_SEARCH, .group = "description" },
};
_Static_assert(countof(fields) == F_COUNT, "one row per field");

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

static err before_save(ctx *c, const rec *old, rec *next)
{
    (void)old;
    bool dated = !rec_null(next, F_START) && !rec_null(next, F_END);
    if (dated && rec_int(next, F_END) < rec_int(next, F_START)) /* CAMP-1.1 */
        (void)ctx_problem(c, "end_date", STR("ends_before_start"));
    int  status = rec_choice(next, F_STATUS);
    bool begun = status == CAMPAIGN_ACTIVE || status == CAMPAIGN_COMPLETED;
    if (begun && rec_null(next, F_START) && !c->importing) /* CAMP-1.2 */
        (void)ctx_problem(c, "start_date", STR("campaign.needs_start"));
    return ERR_OK;
}

/* CAMP-1.4: becomes active; without a start date it starts today. */
static err launch(ctx *c, rec *on, const json *in, json_writer *out)
{
    (void)in;
    rec_set_choice(on, F_STATUS, CAMPAIGN_ACTIVE);
    if (rec_null(on, F_START))
        rec_set_int(on, F_START, ctx_today(c));
    TRY(store_save(c, on, 0));
    json_object(out);
    json_key(out, STR("id"));
    json_id(out, on->id);
    json_put_string(out, "status", STR("active"));
    json_put_int(out, "version", on->version);
    json_object_end(out);
    return ERR_OK;
}

static const action_def actions[] = { {
    .name = "launch",
    .verb = VERB_UPDATE,
    .run = launch,
    .output_schema = "{\"type\":\"object\",\"required\":[\"id\",\"status\",\"version\"],\"additionalProperties\":false,"
                     "\"properties\":{\"id\":{\"type\":\"string\"},\"status\":{\"type\":\"string\"},"
                     "\"version\":{\"type\":\"integer\"}}}",
} };

static const list_view_def lists[] = {
    { "active", "status = 'active'", "start_date DESC", NULL },
    { "planned", "status = 'planned'", "start_date", NULL },
    { "all", "", "start_date DESC", NULL },
};

const entity_def campaign_entity = {
    .name = "campaign",
    .plural = "campaigns",
    .fields = fields,
    .field_count = countof(fields),
    .actions = actions,
    .action_count = countof(actions),
    .lists = lists,
    .list_count = countof(lists),
    .currency = "currency",
    .board = "status",
    .owned = true,
    .before_save = before_save,
};
