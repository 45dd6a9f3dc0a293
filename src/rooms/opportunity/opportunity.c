#include "base/text.h"
#include "rooms/account/account.h"
#include "rooms/campaign/campaign.h"
#include "rooms/opportunity/analysis.h"
#include "rooms/opportunity/inside.h"
#include "schema/currency.h"
#include "store/act.h"
#include "store/store.h"

static const choice_def types[] = {
    { "transaction", NEXT_ANY, "blue" },
    { "sale", NEXT_ANY, "teal" },
    { "cooperation", NEXT_ANY, "purple" },
};

static const choice_def lost_reasons[] = {
    { .key = "price" },       { .key = "competitor" },  { .key = "no_budget" }, { .key = "timing" },
    { .key = "no_decision" }, { .key = "product_fit" }, { .key = "service" },   { .key = "relationship" },
    { .key = "no_contact" },  { .key = "other" },
};

static const choice_def won_reasons[] = {
    { .key = "product_fit" }, { .key = "price" },    { .key = "service" }, { .key = "relationship" },
    { .key = "reference" },   { .key = "delivery" }, { .key = "brand" },   { .key = "other" },
};

static const field_def fields[] = {
    [F_NAME] = { .name = "name",
                 .type = FT_TEXT,
                 .flags = FF_REQUIRED | FF_SEARCH | FF_SORT | FF_LIST,
                 .min = 1,
                 .max = 200 },
    [F_ACCOUNT] = { .name = "account", .type = FT_REF, .target = "account", .flags = FF_LIST | FF_CASCADE },
    [F_CONTACT] = { .name = "contact", .type = FT_REF, .target = "contact" },
    [F_TYPE] = { .name = "type",
                 .type = FT_CHOICE,
                 .flags = FF_OPEN,
                 .choices = types,
                 .choice_count = countof(types) },
    [F_PIPELINE] = { .name = "pipeline", .type = FT_KEYREF, .target = "pipeline" },
    [F_STAGE] = { .name = "stage",
                  .type = FT_KEYREF,
                  .target = "pipeline_stage",
                  .flags = FF_REQUIRED | FF_LIST,
                  .initial = "prospecting" },
    [F_STAGE_SINCE] = { .name = "stage_since", .type = FT_TIME, .flags = FF_READONLY | FF_NO_HISTORY },
    [F_AMOUNT] = { .name = "amount", .type = FT_MONEY, .flags = FF_SORT | FF_LIST, .group = "figures" },
    [F_CURRENCY] = { .name = "currency",
                     .type = FT_CHOICE,
                     CURRENCY_CHOICES,
                     .initial = ":currency",
                     .group = "figures" },
    [F_PROBABILITY] = { .name = "probability",
                        .type = FT_PERCENT,
                        .flags = FF_LIST,
                        .min = 0,
                        .max = 10000,
                        .group = "figures" },
    [F_FORECAST] = { .name = "forecast_category",
                     .type = FT_CHOICE,
                     .choices = forecast_choices,
                     .choice_count = FORECAST_COUNT,
                     .group = "figures" },
    [F_FORECAST_OVERRIDE] = { .name = "forecast_override", /* FCST-11: what the owner says, whatever the stage */
                              .type = FT_CHOICE,
                              .choices = forecast_choices,
                              .choice_count = FORECAST_COUNT,
                              .group = "figures" },
    [F_FORECAST_AMOUNT] = { .name = "forecast_amount", .type = FT_MONEY, .group = "figures" },
    [F_CLOSE_DATE] = { .name = "close_date", .type = FT_DATE, .flags = FF_SORT | FF_LIST },
    [F_CLOSED_AT] = { .name = "closed_at", .type = FT_TIME, .flags = FF_READONLY | FF_SORT },
    [F_LOST_REASON] = { .name = "lost_reason",
                        .type = FT_CHOICE,
                        .flags = FF_OPEN,
                        .choices = lost_reasons,
                        .choice_count = countof(lost_reasons) },
    [F_WON_REASON] = { .name = "won_reason",
                       .type = FT_CHOICE,
                       .flags = FF_OPEN,
                       .choices = won_reasons,
                       .choice_count = countof(won_reasons) },
    [F_COMPETITOR] = { .name = "competitor", .type = FT_REF, .target = "competitor" }, /* RIVAL-1 */
    [F_REOPEN_REASON] = { .name = "reopen_reason", .type = FT_TEXT, .min = 1, .max = 255 },
    [F_PUSHED] = { .name = "pushed_count",
                   .type = FT_INTEGER,
                   .flags = FF_READONLY | FF_NO_HISTORY,
                   .min = 0,
                   .max = 10000 },
    [F_NEXT_STEP] = { .name = "next_step", .type = FT_TEXT, .flags = FF_SEARCH, .min = 1, .max = 255 },
    [F_SOURCE] = { .name = "source",
                   .type = FT_CHOICE,
                   .flags = FF_OPEN,
                   .choices = source_choices,
                   .choice_count = SOURCE_COUNT },
    [F_CAMPAIGN] = { .name = "campaign", .type = FT_REF, .target = "campaign" },
    [F_DESCRIPTION] = { .name = "description", .type = FT_LONG_TEXT, .flags = FF_SEARCH, .group = "description" },
};
_Static_assert(countof(fields) == F_COUNT, "one row per field");

/* ACCT-4.6: what the account is by its deals. */
static err tell_account(ctx *c, int64_t account)
{
    const entity *e = snapshot_entity(c->snap, STR("account"));
    rec          *r;
    if (!account)
        return ERR_OK;
    err x = store_load_any(c, e, account, &r);
    if (x == ERR_NOT_FOUND)
        return ERR_OK; /* gone in the same breath */
    TRY(x);
    return r->deleted_at ? ERR_OK : store_save_derived(c, r);
}

static err load_stage(ctx *c, int64_t id, rec **out)
{
    return store_load_any(c, snapshot_entity(c->snap, STR("pipeline_stage")), id, out);
}

/* The stage of this pipeline with that key, else its first by position; *out stays NULL where it has none. */
static err stage_in(ctx *c, int64_t pipeline, str key, rec **out)
{
    const entity *e = snapshot_entity(c->snap, STR("pipeline_stage"));
    int64_t      *ids;
    size_t        n;
    *out = NULL;
    TRY(store_referring(c, &e->fields[STAGE_PIPELINE], pipeline, 200, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        rec *s;
        TRY(load_stage(c, ids[i], &s));
        bool same = str_eq_nocase(rec_text(s, STAGE_KEY), key);
        if (same || !*out ||
            (!rec_null(s, STAGE_POSITION) && !rec_null(*out, STAGE_POSITION) &&
             rec_int(s, STAGE_POSITION) < rec_int(*out, STAGE_POSITION)))
            *out = s;
        if (same)
            break;
    }
    return ERR_OK;
}

/* OPP-3: which stage the deal stands on; sets stage and pipeline so that they agree. */
static err settle_stage(ctx *c, const rec *old, rec *next, rec **stage)
{
    *stage = NULL;
    if (rec_ref(next, F_STAGE))
        TRY(load_stage(c, rec_ref(next, F_STAGE), stage));
    bool other = rec_ref(next, F_PIPELINE) && *stage && rec_ref(*stage, STAGE_PIPELINE) != rec_ref(next, F_PIPELINE);
    bool stage_named = rec_given(next, F_STAGE) && rec_changed(old, next, F_STAGE);
    bool missing = !*stage && !rec_given(next, F_STAGE) && rec_ref(next, F_PIPELINE);
    if (missing || (other && !stage_named)) {
        str key = *stage ? rec_text(*stage, STAGE_KEY) : (str){ 0 };
        TRY(stage_in(c, rec_ref(next, F_PIPELINE), key, stage));
        rec_set_ref(next, F_STAGE, *stage ? (*stage)->id : 0);
    }
    if (*stage)
        rec_set_ref(next, F_PIPELINE, rec_ref(*stage, STAGE_PIPELINE));
    return ERR_OK;
}

/* OPP-4 */
static void follow_stage(const rec *stage, rec *next)
{
    if (!rec_given(next, F_PROBABILITY))
        next->v[F_PROBABILITY] = stage->v[STAGE_PROBABILITY];
    if (!rec_given(next, F_FORECAST))
        next->v[F_FORECAST] = stage->v[STAGE_FORECAST];
}

/* OPP-5, OPP-6: what closing and reopening leave behind. */
static void close_or_reopen(ctx *c, const rec *stage, rec *next)
{
    bool closed = rec_choice(stage, STAGE_KIND) != STAGE_OPEN;
    if (!closed) {
        rec_set_null(next, F_CLOSED_AT);
        for (size_t f = F_LOST_REASON; f <= F_COMPETITOR; f++) /* OPP-6: why it was over no longer holds */
            if (!rec_given(next, f))
                rec_set_null(next, f);
        return;
    }
    if (rec_null(next, F_CLOSE_DATE) && !c->importing)
        rec_set_int(next, F_CLOSE_DATE, ctx_today(c));
    if (c->importing && rec_given(next, F_CLOSED_AT) && !rec_null(next, F_CLOSED_AT))
        return;
    if (!c->importing)
        rec_set_int(next, F_CLOSED_AT, c->now_ms);
    else if (!rec_null(next, F_CLOSE_DATE)) /* history: it closed that day, not when it was loaded */
        rec_set_int(next, F_CLOSED_AT, zone_day_start_ms(c->snap->zone, rec_int(next, F_CLOSE_DATE)));
}

/* OPP-8: what is loaded has stood there since it was made, for all that is known. */
static int64_t since_when(const ctx *c, const rec *next)
{
    size_t at = (size_t)next->e->common[CF_CREATED_AT];
    return c->importing && !rec_null(next, at) ? rec_int(next, at) : c->now_ms;
}

/* CAMP-5.2: a new deal with a contact whom a campaign brought is that campaign's, unless it is said otherwise. */
static err settle_campaign(ctx *c, const rec *old, rec *next)
{
    int64_t campaign;
    if (old || c->importing || rec_given(next, F_CAMPAIGN) || !rec_null(next, F_CAMPAIGN) || rec_null(next, F_CONTACT))
        return ERR_OK;
    TRY(campaign_first_touch(c, rec_ref(next, F_CONTACT), &campaign));
    if (campaign)
        rec_set_ref(next, F_CAMPAIGN, campaign);
    return ERR_OK;
}

static err before_save(ctx *c, const rec *old, rec *next)
{
    rec *stage, *was = NULL;
    TRY(settle_campaign(c, old, next));
    TRY(settle_stage(c, old, next, &stage));
    if (stage && !c->importing)
        deal_count_push(old, next, rec_choice(stage, STAGE_KIND) == STAGE_OPEN);
    if (!stage || !rec_changed(old, next, F_STAGE))
        return ERR_OK;
    if (!c->importing && !c->operation && !rec_null(stage, STAGE_RETIRED) && rec_int(stage, STAGE_RETIRED)) /* PIPE-4 */
        (void)ctx_problem_with(c, STR("stage"), STR("choice_retired"), rec_text(stage, STAGE_LABEL));
    if (old && rec_ref(old, F_STAGE))
        TRY(load_stage(c, rec_ref(old, F_STAGE), &was));
    TRY(deal_enter_stage(c, old, next, was, stage));
    follow_stage(stage, next);
    if (!c->importing || !rec_given(next, F_STAGE_SINCE)) /* OPP-8 */
        rec_set_int(next, F_STAGE_SINCE, since_when(c, next));
    bool was_closed = was && rec_choice(was, STAGE_KIND) != STAGE_OPEN;
    bool is_closed = rec_choice(stage, STAGE_KIND) != STAGE_OPEN;
    if (was_closed != is_closed)
        close_or_reopen(c, stage, next);
    return ERR_OK;
}

/* OPP-7: the lines are counted in the deal's currency. */
static err move_lines(ctx *c, const rec *old, const rec *saved)
{
    if (!old || !rec_changed(old, saved, F_CURRENCY))
        return ERR_OK;
    const entity *lines = snapshot_entity(c->snap, STR("opportunity_line"));
    int64_t      *ids;
    size_t        n;
    TRY(store_referring(c, entity_field(lines, STR("opportunity")), saved->id, 10000, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        rec *line;
        TRY(store_load_any(c, lines, ids[i], &line));
        rec_set_text(c, line, (size_t)lines->currency, rec_text(saved, F_CURRENCY));
        line->given[lines->currency] = 0;
        TRY(store_save(c, line, 0));
    }
    return ERR_OK;
}

static bool account_cares(const rec *old, const rec *now)
{
    static const size_t looked_at[] = { F_STAGE, F_ACCOUNT, F_CLOSE_DATE };
    for (size_t i = 0; i < countof(looked_at); i++)
        if (rec_changed(old, now, looked_at[i]))
            return true;
    return false;
}

static err tell_accounts(ctx *c, const rec *was, const rec *now)
{
    int64_t before = was ? rec_ref(was, F_ACCOUNT) : 0, after = now ? rec_ref(now, F_ACCOUNT) : 0;
    if (before != after)
        TRY(tell_account(c, before));
    return tell_account(c, after);
}

static err after_save(ctx *c, const rec *old, rec *saved)
{
    rec *stage;
    TRY(load_stage(c, rec_ref(saved, F_STAGE), &stage));
    stage_kind kind = (stage_kind)rec_choice(stage, STAGE_KIND);
    TRY(deal_journal(c, old, saved));
    TRY(move_lines(c, old, saved));
    TRY(deal_follow_contact(c, old, saved));
    TRY(deal_settle_rivals(c, old, saved, kind));
    if (account_cares(old, saved) && (old || kind != STAGE_LOST))
        TRY(tell_accounts(c, old, saved));
    return ERR_OK;
}

static err after_delete(ctx *c, const rec *r)
{
    return tell_account(c, rec_ref(r, F_ACCOUNT));
}

static err after_undo(ctx *c, const rec *was, const rec *now)
{
    return !now || account_cares(was, now) ? tell_accounts(c, was, now) : ERR_OK;
}

/* WINLOSS-1 */
static err win_loss(ctx *c, const char *const *values, json_writer *w)
{
    analysis_request r = {
        .by = values[0],
        .allowed = { "reason", "competitor", "industry", "source", "person", "period", "product", "region",
                     "won_reason" },
        .period = values[1],
        .user = figures_id(c, "user", values[2]),
        .competitor = figures_id(c, "competitor", values[3]),
    };
    return analysis_write(c, &r, w);
}

static const report_def win_loss_report = {
    .chart = "bar",
    .series = "won,lost,open",
    .compare = "period",
    .parameters = { { "by", "choice", "reason,won_reason,competitor,industry,source,person,period,product,region",
                      "reason" },
                    { "period", "period", NULL, NULL },
                    { "user", "record", "user", NULL },
                    { "competitor", "record", "competitor", NULL } },
};

/* `pipeline` by its id, as a page picks it, or by its key. */
static const report_def stages_report = {
    .chart = "funnel",
    .series = "entered",
    .compare = "period",
    .parameters = { { "pipeline", "record", "pipeline", NULL },
                    { "period", "period", NULL, NULL },
                    { "user", "record", "user", NULL } },
};

static const report_def outstanding_report = {
    .chart = "bar",
    .series = "amount",
    .parameters = { { "by", "choice", "stage,person,period,source,industry,region", "stage" },
                    { "period", "period", NULL, NULL },
                    { "user", "record", "user", NULL },
                    { "pipeline", "record", "pipeline", NULL } },
};

static const view_def views[] = {
    { "win_loss", { "by", "period", "user", "competitor" }, win_loss, &win_loss_report },
    { "stage_conversion", { "pipeline", "period", "user" }, stage_conversion, &stages_report },
    { "pipeline_report", { "by", "period", "user", "pipeline" }, pipeline_report, &outstanding_report },
};

static const list_view_def lists[] = {
    { "mine", "owner = :me", "updated_at DESC", NULL },
    { "open", "closed_at = null", "close_date", NULL },
    { "my_open", "owner = :me AND closed_at = null", "close_date", NULL },
    { "closing_this_quarter", "close_date = THIS_FISCAL_QUARTER", "close_date", NULL },
    { "won", "stage.kind = 'won'", "closed_at DESC", NULL },
    { "lost", "stage.kind = 'lost'", "closed_at DESC", NULL },
    { "unexplained", /* STAGE-4 */
      "closed_at != null AND (stage.kind = 'won' AND won_reason = null OR stage.kind = 'lost' AND lost_reason = null)",
      "closed_at DESC", "name,account,stage,amount,closed_at,won_reason,lost_reason,competitor,owner" },
    { "all", "", "updated_at DESC", NULL },
};

static const index_def indexes[] = { { "stage,close_date", false },
                                     { "stage,closed_at", false },
                                     { "account,close_date", false } }; /* an account's orders, newest first */

static const action_def actions[] = { ACTION_ASSIGN };

const entity_def opportunity_entity = {
    .name = "opportunity",
    .plural = "opportunities",
    .fields = fields,
    .field_count = countof(fields),
    .actions = actions,
    .action_count = countof(actions),
    .views = views,
    .view_count = countof(views),
    .lists = lists,
    .list_count = countof(lists),
    .indexes = indexes,
    .index_count = countof(indexes),
    .carries = journal_carries,
    .carry_count = JOURNAL_CARRIES,
    .currency = "currency",
    .rate_date = "close_date",
    .board = "stage",
    .board_sum = "amount",
    .open = "closed_at = null",
    .owned = true,
    .before_save = before_save,
    .after_save = after_save,
    .after_delete = after_delete,
    .after_undo = after_undo,
};
