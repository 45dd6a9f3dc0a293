#include "rooms/forecast/forecast.h"

#include "base/date.h"
#include "rooms/people/people.h"
#include "schema/currency.h"
#include "store/store.h"

static const choice_def kinds[PERIOD_KIND_COUNT] = {
    [PERIOD_YEAR] = { .key = "year", .next_mask = NEXT_ANY },
    [PERIOD_QUARTER] = { .key = "quarter", .next_mask = NEXT_ANY },
    [PERIOD_MONTH] = { .key = "month", .next_mask = NEXT_ANY },
};

enum { P_KEY, P_START, P_END, P_KIND, P_COUNT };
static const field_def period_fields[] = {
    [P_KEY] = { .name = "key",
                .type = FT_TEXT,
                .flags = FF_REQUIRED | FF_LIST | FF_UNIQUE | FF_SORT,
                .min = 1,
                .max = 40 },
    [P_START] = { .name = "start", .type = FT_DATE, .flags = FF_REQUIRED | FF_LIST | FF_SORT },
    [P_END] = { .name = "end", .type = FT_DATE, .flags = FF_REQUIRED | FF_LIST },
    [P_KIND] = { .name = "kind",
                 .type = FT_CHOICE,
                 .flags = FF_REQUIRED | FF_LIST,
                 .choices = kinds,
                 .choice_count = countof(kinds),
                 .initial = "quarter" },
};
_Static_assert(countof(period_fields) == P_COUNT, "one row per field");

enum { Q_USER, Q_PERIOD, Q_AMOUNT, Q_TEAM_AMOUNT, Q_CURRENCY, Q_NOTE, Q_SET_ABOVE, Q_COUNT };
static const field_def quota_fields[] = {
    [Q_USER] = { .name = "user",
                 .type = FT_REF,
                 .target = "user",
                 .flags = FF_REQUIRED | FF_LIST | FF_PERSONAL,
                 .initial = ":me" },
    [Q_PERIOD] = { .name = "period", .type = FT_KEYREF, .target = "fiscal_period", .flags = FF_REQUIRED | FF_LIST },
    [Q_AMOUNT] = { .name = "amount",
                   .type = FT_MONEY,
                   .flags = FF_REQUIRED | FF_LIST | FF_SORT,
                   .min = 0,
                   .max = INT64_C(900000000000000) },
    [Q_TEAM_AMOUNT] = { .name = "team_amount",
                        .type = FT_MONEY,
                        .flags = FF_LIST,
                        .min = 0,
                        .max = INT64_C(900000000000000) },
    [Q_CURRENCY] = { .name = "currency", .type = FT_CHOICE, CURRENCY_CHOICES, .initial = ":currency" },
    [Q_NOTE] = { .name = "note", .type = FT_LONG_TEXT, .group = "description" },
    [Q_SET_ABOVE] = { .name = "set_above", .type = FT_BOOL, .flags = FF_READONLY | FF_NO_HISTORY },
};
_Static_assert(countof(quota_fields) == Q_COUNT, "one row per field");

enum { A_USER, A_PERIOD, A_AMOUNT, A_CURRENCY, A_NOTE, A_COUNT };
static const field_def adjustment_fields[] = {
    [A_USER] = { .name = "user", .type = FT_REF, .target = "user", .flags = FF_REQUIRED | FF_LIST | FF_PERSONAL },
    [A_PERIOD] = { .name = "period", .type = FT_KEYREF, .target = "fiscal_period", .flags = FF_REQUIRED | FF_LIST },
    [A_AMOUNT] = { .name = "amount",
                   .type = FT_MONEY,
                   .flags = FF_REQUIRED | FF_LIST,
                   .min = -INT64_C(900000000000000),
                   .max = INT64_C(900000000000000) },
    [A_CURRENCY] = { .name = "currency", .type = FT_CHOICE, CURRENCY_CHOICES, .initial = ":currency" },
    [A_NOTE] = { .name = "note", .type = FT_LONG_TEXT, .flags = FF_REQUIRED, .group = "description" },
};
_Static_assert(countof(adjustment_fields) == A_COUNT, "one row per field");

/* FCST-8: nobody is to reach anything who is no longer here. */
static err person_is_here(ctx *c, int64_t id)
{
    rec *person;
    err  e = id ? store_load_any(c, snapshot_entity(c->snap, STR("user")), id, &person) : ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND)
        return ERR_OK; /* the generic check says so */
    TRY(e);
    const field *state = entity_field(person->e, STR("state"));
    if (person->deleted_at || rec_choice(person, (size_t)state->index) == USER_DISABLED)
        return ctx_problem(c, "user", STR("person_left"));
    return ERR_OK;
}

static bool set_above(const rec *quota)
{
    return !rec_null(quota, Q_SET_ABOVE) && rec_int(quota, Q_SET_ABOVE);
}

/* FCST-8, FCST-9 */
static err quota_before_save(ctx *c, const rec *old, rec *next)
{
    bool moved = rec_changed(old, next, Q_USER) || rec_changed(old, next, Q_PERIOD);
    bool other = rec_changed(old, next, Q_AMOUNT) || rec_changed(old, next, Q_TEAM_AMOUNT);
    if (!moved && !other && !rec_changed(old, next, Q_CURRENCY))
        return ERR_OK;
    (void)person_is_here(c, rec_ref(next, Q_USER));
    bool own = old && rec_ref(old, Q_USER) == c->actor.user && !permit_is_admin(&c->actor);
    if (own && set_above(old))
        return ctx_refuse(c, ERR_CONFLICT, STR("quota_set_above"), (str){ 0 });
    rec_set_int(next, Q_SET_ABOVE, rec_ref(next, Q_USER) != c->actor.user);
    return ERR_OK;
}

static err quota_before_delete(ctx *c, const rec *r)
{
    bool own = rec_ref(r, Q_USER) == c->actor.user && !permit_is_admin(&c->actor);
    if (own && set_above(r))
        return ctx_refuse(c, ERR_CONFLICT, STR("quota_set_above"), (str){ 0 });
    return ERR_OK;
}

/* FCST-12: it is those above who adjust. */
static err not_oneself(ctx *c, const rec *r)
{
    if (rec_ref(r, A_USER) == c->actor.user && !permit_is_admin(&c->actor))
        return ctx_refuse(c, ERR_CONFLICT, STR("own_adjustment"), (str){ 0 });
    return ERR_OK;
}

static err adjustment_before_save(ctx *c, const rec *old, rec *next)
{
    if (old)
        TRY(not_oneself(c, old));
    return not_oneself(c, next);
}

/* FCST-1 */
static err period_before_save(ctx *c, const rec *old, rec *next)
{
    (void)old;
    bool dated = !rec_null(next, P_START) && !rec_null(next, P_END);
    if (dated && rec_int(next, P_END) < rec_int(next, P_START))
        return ctx_problem(c, "end", STR("ends_before_start"));
    return ERR_OK;
}

int fiscal_year_of(int64_t day, int start_month)
{
    civil d = date_to_civil(day);
    return d.month >= start_month ? d.year : d.year - 1;
}

int64_t fiscal_start(int year, int start_month, int months_in)
{
    return date_add_months(date_from_civil((civil){ year, start_month, 1 }), months_in);
}

static err seed_period(ctx *c, str key, period_kind kind, int64_t start, int64_t end)
{
    rec *r = store_new(c, snapshot_entity(c->snap, STR("fiscal_period")));
    rec_set_text(c, r, P_KEY, key);
    rec_set_choice(r, P_KIND, (int)kind);
    rec_set_int(r, P_START, start);
    rec_set_int(r, P_END, end);
    return store_save(c, r, 0);
}

/* FCST-3: from two years before the current one to two after it. */
static err seed(ctx *c)
{
    int month = c->snap->fiscal_start_month, now = fiscal_year_of(ctx_today(c), month);
    for (int year = now - 2; year <= now + 2; year++) {
        TRY(seed_period(c, arena_printf(c->a, "FY%d", year), PERIOD_YEAR, fiscal_start(year, month, 0),
                        fiscal_start(year, month, 12) - 1));
        for (int q = 0; q < 4; q++)
            TRY(seed_period(c, arena_printf(c->a, "FY%d-Q%d", year, q + 1), PERIOD_QUARTER,
                            fiscal_start(year, month, 3 * q), fiscal_start(year, month, 3 * q + 3) - 1));
    }
    return ERR_OK;
}

/* FCST-6 */
static err period_after_save(ctx *c, const rec *old, rec *saved)
{
    (void)old, (void)saved;
    return store_snapshot_bump(c);
}

static err period_after_delete(ctx *c, const rec *r)
{
    (void)r;
    return store_snapshot_bump(c);
}

/* Where a period of this key lies by the rule; false: the key says nothing. */
static bool by_rule(str key, int start_month, int64_t *start, int64_t *end)
{
    int64_t year, quarter = 0;
    bool    whole = key.n == 6, part = key.n == 9 && str_eq(str_sub(key, 6, 8), STR("-Q"));
    if (!str_starts(key, STR("FY")) || (!whole && !part) || !str_to_int64(str_sub(key, 2, 6), &year) || year < 1)
        return false;
    if (part && (!str_to_int64(str_sub(key, 8, 9), &quarter) || quarter < 1 || quarter > 4))
        return false;
    *start = fiscal_start((int)year, start_month, part ? 3 * (int)(quarter - 1) : 0);
    *end = fiscal_start((int)year, start_month, part ? 3 * (int)quarter : 12) - 1;
    return true;
}

/* FCST-7 */
static err move_year(ctx *c, int to_month)
{
    enum { MOST = 400 };
    const entity *e = snapshot_entity(c->snap, STR("fiscal_period"));
    int64_t      *ids, is[2], becomes[2];
    size_t        n;
    list_request  all = { .where = (str){ 0 }, .limit = MOST };
    TRY(query_ids(c, e, &all, MOST, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        rec *r;
        TRY(store_load(c, e, ids[i], &r));
        if (!by_rule(rec_text(r, P_KEY), c->snap->fiscal_start_month, &is[0], &is[1]) || rec_int(r, P_START) != is[0] ||
            rec_int(r, P_END) != is[1] || !by_rule(rec_text(r, P_KEY), to_month, &becomes[0], &becomes[1]))
            continue;
        rec_set_int(r, P_START, becomes[0]);
        rec_set_int(r, P_END, becomes[1]);
        TRY(store_save(c, r, 0));
    }
    return ERR_OK;
}

static const list_view_def period_lists[] = {
    { "all", "", "start DESC", NULL },
    { "quarters", "kind = 'quarter'", "start DESC", NULL },
};
static const list_view_def quota_lists[] = {
    { "mine", "user = :me", "period.start DESC", NULL },
    { "this_quarter", "period.start <= TODAY AND period.end >= TODAY", "amount DESC", NULL },
    { "all", "", "created_at DESC", NULL },
};
static const list_view_def adjustment_lists[] = { { "all", "", "created_at DESC", NULL } };
static const index_def     quota_indexes[] = { { "user,period", true } };
static const char *const   quota_refusals[] = { "quota_set_above", NULL };
static const char *const   adjustment_refusals[] = { "own_adjustment", NULL };

const entity_def fiscal_period_entity = {
    .name = "fiscal_period",
    .plural = "fiscal_periods",
    .fields = period_fields,
    .field_count = countof(period_fields),
    .lists = period_lists,
    .list_count = countof(period_lists),
    .key = "key",
    .title = "key",
    .configuration = true,
    .seed = seed,
    .fiscal_year_moved = move_year,
    .before_save = period_before_save,
    .after_save = period_after_save,
    .after_delete = period_after_delete,
};

const entity_def quota_entity = {
    .name = "quota",
    .plural = "quotas",
    .fields = quota_fields,
    .field_count = countof(quota_fields),
    .lists = quota_lists,
    .list_count = countof(quota_lists),
    .indexes = quota_indexes,
    .index_count = countof(quota_indexes),
    .views = forecast_views,
    .view_count = countof(forecast_views),
    .title_from = "user,period",
    .currency = "currency",
    .refusals = quota_refusals,
    .before_save = quota_before_save,
    .before_delete = quota_before_delete,
};

const entity_def forecast_adjustment_entity = {
    .name = "forecast_adjustment",
    .plural = "forecast_adjustments",
    .fields = adjustment_fields,
    .field_count = countof(adjustment_fields),
    .lists = adjustment_lists,
    .list_count = countof(adjustment_lists),
    .indexes = quota_indexes,
    .index_count = countof(quota_indexes),
    .title_from = "user,period",
    .currency = "currency",
    .refusals = adjustment_refusals,
    .hidden = true,
    .before_save = adjustment_before_save,
    .before_delete = not_oneself,
};
