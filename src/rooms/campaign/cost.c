/* CAMP-1.5: what a campaign cost, line by line. */
#include "base/num.h"
#include "rooms/campaign/inside.h"
#include "schema/currency.h"

static const choice_def kinds[] = {
    { .key = "venue" },    { .key = "advertising" }, { .key = "printing" }, { .key = "travel" },
    { .key = "catering" }, { .key = "gifts" },       { .key = "agency" },   { .key = "other" },
};

enum { F_CAMPAIGN, F_NAME, F_KIND, F_DATE, F_AMOUNT, F_CURRENCY, F_NOTE, F_COUNT };
static const field_def fields[] = {
    [F_CAMPAIGN] = { .name = "campaign",
                     .type = FT_REF,
                     .target = "campaign",
                     .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [F_NAME] = { .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED | FF_LIST, .min = 1, .max = 200 },
    [F_KIND] = { .name = "kind",
                 .type = FT_CHOICE,
                 .flags = FF_OPEN | FF_LIST,
                 .choices = kinds,
                 .choice_count = countof(kinds) },
    [F_DATE] = { .name = "date", .type = FT_DATE, .flags = FF_LIST | FF_SORT },
    [F_AMOUNT] = { .name = "amount",
                   .type = FT_MONEY,
                   .flags = FF_REQUIRED | FF_LIST,
                   .min = 0,
                   .max = CAMPAIGN_BUDGET_MINOR_MAX },
    [F_CURRENCY] = { .name = "currency", .type = FT_CHOICE, CURRENCY_CHOICES, .flags = FF_READONLY },
    [F_NOTE] = { .name = "note", .type = FT_TEXT, .min = 1, .max = 255 },
};
_Static_assert(countof(fields) == F_COUNT, "one row per field");

/* The campaign's currency; what came before it was known counted in the organisation's minor units. */
static err adopt_currency(ctx *c, const rec *campaign, rec *next)
{
    str           is = rec_text(campaign, CAMPAIGN_F_CURRENCY);
    currency_info from, to;
    if (!is.n)
        is = c->snap->currency;
    str own = rec_text(next, F_CURRENCY);
    if (str_eq(own, is))
        return ERR_OK;
    int64_t scaled, back;
    int     before = own.n && currency_find(own, &from) ? from.decimals : c->snap->currency_decimals;
    int     after = currency_find(is, &to) ? to.decimals : before;
    if (!rec_null(next, F_AMOUNT)) {
        if (!num_rescale(rec_int(next, F_AMOUNT), before, after, &scaled) || !num_rescale(scaled, after, before, &back))
            return ctx_problem(c, "amount", STR("out_of_range"));
        if (back != rec_int(next, F_AMOUNT))
            return ctx_problem_with(c, STR("amount"), STR("too_many_decimals"), arena_printf(c->a, "%d", after));
        next->v[F_AMOUNT].i = scaled;
    }
    next->v[F_CURRENCY] = (value){ .set = true, .s = is };
    return ERR_OK;
}

static err before_save(ctx *c, const rec *old, rec *next)
{
    rec *campaign;
    if (rec_null(next, F_DATE) && !old)
        rec_set_int(next, F_DATE, ctx_today(c));
    if (!rec_ref(next, F_CAMPAIGN))
        return ERR_OK; /* the generic check says so */
    err e = store_load_any(c, snapshot_entity(c->snap, STR("campaign")), rec_ref(next, F_CAMPAIGN), &campaign);
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    TRY(e);
    return adopt_currency(c, campaign, next);
}

typedef struct {
    int64_t sum, count;
} total;

static err take_total(void *arg, query_row *row)
{
    total *t = arg;
    value  sum = query_value(row, 0);
    t->sum = sum.set ? sum.i : 0;
    t->count = query_value(row, 1).i;
    return ERR_OK;
}

err campaign_cost_sum(ctx *c, int64_t campaign, int64_t *minor, bool *any)
{
    total t = { 0 };
    TRY(campaign_each(c,
                      arena_printf(c->a, "SELECT SUM(amount) s, COUNT(id) n FROM campaign_cost WHERE campaign = '%lld'",
                                   (long long)campaign),
                      take_total, &t));
    *minor = t.sum;
    *any = t.count > 0;
    return ERR_OK;
}

/* The campaign's actual cost follows; the last line that goes takes it along. The sum is the program's. */
static err settle(ctx *c, int64_t id)
{
    rec    *campaign;
    int64_t sum;
    bool    any;
    if (!id)
        return ERR_OK;
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("campaign")), id, &campaign));
    if (campaign->deleted_at)
        return ERR_OK;
    TRY(campaign_cost_sum(c, id, &sum, &any));
    if (sum > CAMPAIGN_BUDGET_MINOR_MAX)
        return ctx_problem(c, "amount", STR("out_of_range"));
    if (any)
        rec_set_int(campaign, CAMPAIGN_F_ACTUAL_COST, sum);
    else
        rec_set_null(campaign, CAMPAIGN_F_ACTUAL_COST);
    actor asked = c->actor;
    c->actor = (actor){ 0 };
    err e = store_save(c, campaign, 0);
    c->actor = asked;
    return e;
}

static err after_save(ctx *c, const rec *old, rec *saved)
{
    if (old && rec_changed(old, saved, F_CAMPAIGN))
        TRY(settle(c, rec_ref(old, F_CAMPAIGN)));
    return settle(c, rec_ref(saved, F_CAMPAIGN));
}

static err after_delete(ctx *c, const rec *r)
{
    return settle(c, rec_ref(r, F_CAMPAIGN));
}

static const list_view_def lists[] = { { "all", "", "date DESC", NULL } };

const entity_def campaign_cost_entity = {
    .name = "campaign_cost",
    .part_of = "campaign",
    .plural = "campaign_costs",
    .fields = fields,
    .field_count = countof(fields),
    .lists = lists,
    .list_count = countof(lists),
    .currency = "currency",
    .rate_date = "date",
    .hidden = true,
    .before_save = before_save,
    .after_save = after_save,
    .after_delete = after_delete,
};
