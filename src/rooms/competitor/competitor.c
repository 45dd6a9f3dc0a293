#include "rooms/competitor/competitor.h"

#include "rooms/account/account.h"
#include "rooms/opportunity/analysis.h"
#include "store/act.h"
#include "store/store.h"

static const choice_def threats[] = {
    { "low", NEXT_ANY, "green" },
    { "medium", NEXT_ANY, "amber" },
    { "high", NEXT_ANY, "red" },
};

static const choice_def price_levels[] = {
    { "lower", NEXT_ANY, "green" },
    { "similar", NEXT_ANY, "amber" },
    { "higher", NEXT_ANY, "red" },
};

enum {
    F_NAME,
    F_WEBSITE,
    F_INDUSTRY,
    F_INDUSTRIES,
    F_THREAT,
    F_PRICE_LEVEL,
    F_SCALE,
    F_REGIONS,
    F_KEY_PEOPLE,
    F_PRODUCTS,
    F_STRENGTHS,
    F_WEAKNESSES,
    F_STRATEGY,
    F_CARD_OWNER,
    F_REVIEW_DATE,
    F_COUNT
};
static const field_def fields[] = {
    [F_NAME] = { .name = "name",
                 .type = FT_TEXT,
                 .flags = FF_REQUIRED | FF_SEARCH | FF_SORT | FF_LIST,
                 .min = 1,
                 .max = 200 },
    [F_WEBSITE] = { .name = "website", .type = FT_URL, .flags = FF_SEARCH },
    [F_INDUSTRY] = { .name = "industry",
                     .type = FT_CHOICE,
                     .flags = FF_OPEN | FF_LIST,
                     .choices = industry_choices,
                     .choice_count = INDUSTRY_COUNT },
    [F_INDUSTRIES] = { .name = "industries",
                       .type = FT_MULTI_CHOICE,
                       .flags = FF_OPEN,
                       .choices = industry_choices,
                       .choice_count = INDUSTRY_COUNT },
    [F_THREAT] = { .name = "threat",
                   .type = FT_CHOICE,
                   .flags = FF_OPEN | FF_LIST,
                   .choices = threats,
                   .choice_count = countof(threats) },
    [F_PRICE_LEVEL] = { .name = "price_level",
                        .type = FT_CHOICE,
                        .flags = FF_OPEN | FF_LIST,
                        .choices = price_levels,
                        .choice_count = countof(price_levels) },
    [F_SCALE] = { .name = "scale", .type = FT_TEXT, .min = 1, .max = 120 },
    [F_REGIONS] = { .name = "regions", .type = FT_TEXT, .flags = FF_LIST, .min = 1, .max = 200 },
    [F_KEY_PEOPLE] = { .name = "key_people", .type = FT_LONG_TEXT },
    [F_PRODUCTS] = { .name = "products", .type = FT_LONG_TEXT, .flags = FF_SEARCH, .group = "battle_card" },
    [F_STRENGTHS] = { .name = "strengths", .type = FT_LONG_TEXT, .flags = FF_SEARCH, .group = "battle_card" },
    [F_WEAKNESSES] = { .name = "weaknesses", .type = FT_LONG_TEXT, .flags = FF_SEARCH, .group = "battle_card" },
    [F_STRATEGY] = { .name = "strategy", .type = FT_LONG_TEXT, .flags = FF_SEARCH, .group = "battle_card" },
    [F_CARD_OWNER] = { .name = "card_owner", .type = FT_REF, .target = "user", .group = "battle_card" },
    [F_REVIEW_DATE] = { .name = "review_date", .type = FT_DATE, .flags = FF_SORT | FF_LIST, .group = "battle_card" },
};
_Static_assert(countof(fields) == F_COUNT, "one row per field");

static const list_view_def lists[] = {
    { "all", "", "name", NULL },
    { "threats", "threat = 'high'", "name", NULL },
    { "to_review", "review_date <= TODAY", "review_date", NULL },
};

/* COMP-5 */
static err competitor_analysis(ctx *c, const char *const *values, json_writer *w)
{
    analysis_request r = {
        .by = values[0],
        .allowed = { "competitor", "product", "industry", "region", "person", "period" },
        .period = values[1],
        .user = figures_id(c, "user", values[2]),
        .competitor = figures_id(c, "competitor", values[3]),
        .with_competitor = true,
    };
    return analysis_write(c, &r, w);
}

static const report_def analysis_report = {
    .chart = "bar",
    .series = "won,lost,open",
    .compare = "period",
    .parameters = { { "by", "choice", "competitor,product,industry,region,person,period", "competitor" },
                    { "period", "period", NULL, NULL },
                    { "user", "record", "user", NULL },
                    { "competitor", "record", "competitor", NULL } },
};

static const view_def views[] = {
    { "competitor_analysis", { "by", "period", "user", "competitor" }, competitor_analysis, &analysis_report },
};

static const action_def actions[] = { ACTION_ASSIGN };

const entity_def competitor_entity = {
    .name = "competitor",
    .plural = "competitors",
    .fields = fields,
    .field_count = countof(fields),
    .actions = actions,
    .action_count = countof(actions),
    .views = views,
    .view_count = countof(views),
    .lists = lists,
    .list_count = countof(lists),
    .owned = true,
};
