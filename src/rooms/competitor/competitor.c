#include "rooms/competitor/competitor.h"

#include "rooms/account/account.h"
#include "rooms/opportunity/analysis.h"
#include "store/act.h"
#include "store/notice.h"
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
    F_REVIEW_TOLD_AT,
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
    [F_REVIEW_TOLD_AT] = { .name = "review_told_at",
                           .type = FT_TIME,
                           .flags = FF_READONLY | FF_NO_HISTORY | FF_NO_COPY,
                           .group = "battle_card" },
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

static err before_save(ctx *c, const rec *old, rec *next)
{
    (void)c;
    if (rec_changed(old, next, F_REVIEW_DATE))
        rec_set_null(next, F_REVIEW_TOLD_AT);
    return ERR_OK;
}

/* COMP-6: whoever keeps the card, else whose competitor it is. */
static err tell_review(ctx *c, const entity *e, int64_t id)
{
    rec *r;
    TRY(store_load_any(c, e, id, &r));
    int64_t keeper = rec_ref(r, F_CARD_OWNER);
    rec_set_int(r, F_REVIEW_TOLD_AT, c->now_ms);
    TRY(store_save_derived(c, r));
    return notice_tell(c, keeper ? keeper : rec_ref(r, (size_t)e->common[CF_OWNER]), STR("review"), e, id, (str){ 0 });
}

static err watch_reviews(ctx *c)
{
    enum { MOST = 500 };
    const entity *e = snapshot_entity(c->snap, STR("competitor"));
    int64_t      *ids;
    size_t        n;
    list_request  r = { .where = STR("review_date <= TODAY AND review_told_at = null") };
    TRY(query_ids(c, e, &r, MOST, &ids, &n));
    for (size_t i = 0; i < n; i++)
        TRY(tell_review(c, e, ids[i]));
    return ERR_OK;
}

static const action_def actions[] = { ACTION_ASSIGN };
static const job_def    jobs[] = { { "card_review", 900, watch_reviews } };

const entity_def competitor_entity = {
    .name = "competitor",
    .plural = "competitors",
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
    .owned = true,
    .before_save = before_save,
};
