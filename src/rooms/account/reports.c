/* Standing figures over many accounts: who brings how much, what is new, whom nobody has talked to. */
#include "base/date.h"
#include "rooms/account/inside.h"
#include "rooms/account/standing.h"

enum { GROUPS_MOST = 2000, ROWS_MOST = 500, ROWS_SHOWN = 50, TIER_A = 80, TIER_B = 95, IDS_MOST = 200 };

/* ---- ACCT-7: how many, by what ---- */

static const struct {
    const char *by, *field;
} groupings[] = {
    { "industry", "industry" }, { "region", "region" }, { "source", "source" },         { "level", "level" },
    { "type", "type" },         { "person", "owner" },  { "life_stage", "life_stage" }, { "city", "city" },
};

static const char *grouping(const char *by)
{
    for (size_t i = 0; i < countof(groupings); i++)
        if (strcmp(groupings[i].by, by) == 0)
            return groupings[i].field;
    return NULL;
}

static err period_pair(ctx *c, const char *key, fiscal_range *is, fiscal_range *was)
{
    TRY(figures_period(c, str_from(key ? key : ""), is));
    return figures_period_before(c, is, was);
}

static void put_period(json_writer *w, const char *name, const fiscal_range *p)
{
    char from[DATE_TEXT], to[DATE_TEXT];
    date_format(p->start, from);
    date_format(p->end, to);
    json_key(w, str_from(name));
    json_object(w);
    json_put_string(w, "key", p->key);
    json_put_string(w, "start", str_from(from));
    json_put_string(w, "end", str_from(to));
    json_object_end(w);
}

/* The answer itself says what was before; a page that asks twice does without. */
static bool compares(ctx *c, const char *with)
{
    if (with && *with && strcmp(with, "previous") != 0)
        (void)ctx_problem(c, "compare", STR("not_a_choice"));
    return with && *with;
}

err account_report(ctx *c, const char *const *values, json_writer *w)
{
    const char  *by = values[0] && *values[0] ? values[0] : "industry";
    bool         quarters = strcmp(by, "period") == 0;
    const char  *f = grouping(by);
    fiscal_range is = { 0 }, was = { 0 };
    int64_t      days = figures_number(c, "days", values[2], 1, 36500, 90);
    bool         compare = compares(c, values[3]) && !quarters;
    if (!f && !quarters)
        return ctx_problem(c, "by", STR("not_a_choice"));
    TRY(period_pair(c, values[1], &is, &was));
    if (c->problem_count)
        return ERR_INVALID;
    str untouched = arena_printf(c->a, "last_contact_at = null OR last_contact_at < N_DAYS_AGO:%lld", (long long)days);
    standing_request r = {
        .entity = "account",
        .plural = "accounts",
        .by = by,
        .field = f,
        .time = "created_at",
        .metrics = { { quarters ? "new" : "accounts", { 0 } },
                     { "with_deals", STR("id IN (SELECT account FROM opportunity WHERE account != null)") },
                     { "without_deals", STR("id NOT IN (SELECT account FROM opportunity WHERE account != null)") },
                     { "customers", STR("last_order_on != null") },
                     { "untouched", untouched },
                     { "new", figures_within_time(c, "created_at", &is) },
                     { "new_before", figures_within_time(c, "created_at", &was) } },
        .metric_count = quarters  ? 5
                        : compare ? 7
                                  : 6,
        .before = compare ? "new_before" : NULL,
        .of = compare ? "new" : NULL,
    };
    json_object(w);
    if (!quarters) {
        put_period(w, "period", &is);
        if (compare)
            put_period(w, "before", &was);
    }
    json_put_int(w, "days", days);
    TRY(standing_write(c, &r, w));
    json_object_end(w);
    return ERR_OK;
}

/* ---- ACCT-6: whom one is about to lose, and who is gone ---- */

static err take_sum(void *arg, query_row *row)
{
    value v = query_value(row, 0);
    *(int64_t *)arg = v.set ? v.i : 0;
    return ERR_OK;
}

static err put_retention(ctx *c, json_writer *w, const char *what, str where)
{
    const entity *e = snapshot_entity(c->snap, STR("account"));
    list_request  l = { .where = where };
    int64_t       n, sum = 0;
    str           won =
        arena_printf(c->a, "stage.kind = 'won' AND account IN (SELECT id FROM account WHERE %.*s)", STR_ARG(where));
    TRY(query_count(c, e, &l, false, &n));
    TRY(figures_each(c, arena_printf(c->a, "SELECT SUM(amount_base) s FROM opportunity WHERE %.*s", STR_ARG(won)),
                     take_sum, &sum));
    json_object(w);
    json_put_string(w, "key", str_from(what));
    json_put_string(w, "name", label_get(c->lang, arena_printf(c->a, "retention.%s", what)));
    figures_put_count(c, w, "accounts", n, "accounts", where);
    figures_put_money(c, w, "won", sum, "opportunities", won);
    json_put_string(w, "where", where);
    json_object_end(w);
    return ERR_OK;
}

err account_retention(ctx *c, const char *const *values, json_writer *w)
{
    static const char *const columns[] = { "name", "text", "accounts", "integer", "won", "money", NULL };
    int64_t days = figures_number(c, "days", values[0], 1, 36500, 90), user = figures_id(c, "user", values[1]);
    if (c->problem_count)
        return ERR_INVALID;
    str whose = user ? arena_printf(c->a, " AND owner = '%lld'", (long long)user) : (str){ 0 };
    str old = arena_printf(c->a, "(last_contact_at = null OR last_contact_at < N_DAYS_AGO:%lld)", (long long)days);
    const struct {
        const char *what;
        str         where;
    } rows[] = {
        { "silent", arena_printf(c->a, "last_order_on != null AND life_stage != 'lost' AND %.*s", STR_ARG(old)) },
        { "at_risk", STR("life_stage = 'at_risk'") },
        { "lost", STR("life_stage = 'lost'") },
        { "won_back", STR("life_stage = 'won_back'") },
        { "untouched", old },
    };
    json_object(w);
    json_put_int(w, "days", days);
    json_put_string(w, "currency", c->snap->currency);
    figures_columns(w, columns);
    json_key(w, STR("rows"));
    json_array(w);
    for (size_t i = 0; i < countof(rows); i++)
        TRY(put_retention(c, w, rows[i].what, arena_printf(c->a, "%.*s%.*s", STR_ARG(rows[i].where), STR_ARG(whose))));
    json_array_end(w);
    json_object_end(w);
    return ERR_OK;
}

/* ---- ACCT-5: who brings how much ---- */

static const struct {
    const char *by, *path, *none;
} sources[] = {
    { "account", "account", "account = null" },
    { "industry", "account.industry", "account.industry = null" },
    { "region", "account.region", "account.region = null" },
    { "level", "account.level", "account.level = null" },
    { "type", "account.type", "account.type = null" },
    { "source", "account.source", "account.source = null" },
    { "person", "owner", "owner = null" },
};

typedef struct {
    bool    set;
    str     key, label, where;
    int64_t deals, won, before, up_to; /* up_to: what this and all larger ones won */
    int     tier;
} earner;

typedef struct {
    ctx         *c;
    size_t       source;
    const field *f;
    earner      *list;
    size_t       count;
    int64_t      total, total_before, groups;
    fiscal_range is, was;
    bool         dated, compare;
} revenue;

static str won_within(const revenue *v, const fiscal_range *p)
{
    ctx *c = v->c;
    return v->dated ? arena_printf(c->a, "stage.kind = 'won' AND %.*s", STR_ARG(figures_within(c, "close_date", p)))
                    : STR("stage.kind = 'won'");
}

static str earner_key(ctx *c, const field *f, const value *v)
{
    return f->type == FT_REF ? arena_printf(c->a, "%lld", (long long)v->i) : arena_str(c->a, v->s);
}

static err take_earner(void *arg, query_row *row)
{
    revenue      *v = arg;
    ctx          *c = v->c;
    value         key = query_value(row, 0), sum = query_value(row, 2);
    earner       *e = &v->list[v->count++];
    const choice *ch = key.set && v->f->type == FT_CHOICE ? field_choice(v->f, key.s) : NULL;
    *e = (earner){ .set = key.set,
                   .key = key.set ? earner_key(c, v->f, &key) : (str){ 0 },
                   .label = ch ? ch->label[c->lang] : arena_str(c->a, key.s),
                   .deals = query_value(row, 1).i,
                   .won = sum.set ? sum.i : 0 };
    e->where = key.set ? arena_printf(c->a, "%s = %.*s", sources[v->source].path, STR_ARG(figures_quote(c, e->key)))
                       : str_from(sources[v->source].none);
    return ERR_OK;
}

static err take_before(void *arg, query_row *row)
{
    revenue *v = arg;
    value    key = query_value(row, 0), sum = query_value(row, 2);
    str      text = key.set ? earner_key(v->c, v->f, &key) : (str){ 0 };
    for (size_t i = 0; i < v->count; i++)
        if (v->list[i].set == key.set && str_eq(v->list[i].key, text))
            v->list[i].before = sum.set ? sum.i : 0;
    return ERR_OK;
}

static err ask_earners(revenue *v, str where, query_each each)
{
    ctx        *c = v->c;
    const char *path = sources[v->source].path;
    query      *q;
    TRY(query_select(c,
                     arena_printf(c->a,
                                  "SELECT %s, COUNT(id) n, SUM(amount_base) s FROM opportunity WHERE %.*s GROUP BY %s "
                                  "ORDER BY SUM(amount_base) DESC NULLS LAST LIMIT %d",
                                  path, STR_ARG(where), path, GROUPS_MOST),
                     &q));
    v->f = query_columns(q)[0].field;
    return query_run(c, q, each, v);
}

static err take_groups(void *arg, query_row *row)
{
    *(int64_t *)arg = query_value(row, 0).i;
    return ERR_OK;
}

/* ACCT-5.1: A is who brings the first 80 %, the one that reaches it included; B up to 95 %; C the rest. */
static void set_tiers(revenue *v)
{
    int64_t so_far = 0;
    for (size_t i = 0; i < v->count; i++) {
        earner *e = &v->list[i];
        bool    a = v->total > 0 && so_far < v->total / 100 * TIER_A + v->total % 100 * TIER_A / 100;
        bool    b = v->total > 0 && so_far < v->total / 100 * TIER_B + v->total % 100 * TIER_B / 100;
        e->tier = a && e->won > 0 ? 0 : b && e->won > 0 ? 1 : 2;
        e->up_to = so_far += e->won;
    }
}

static err read_revenue(revenue *v)
{
    ctx *c = v->c;
    str  now = won_within(v, &v->is), then = won_within(v, &v->was);
    TRY(ask_earners(v, now, take_earner));
    TRY(figures_each(c, arena_printf(c->a, "SELECT SUM(amount_base) s FROM opportunity WHERE %.*s", STR_ARG(now)),
                     take_sum, &v->total));
    v->groups = (int64_t)v->count;
    if (v->count == GROUPS_MOST && v->source == 0)
        TRY(figures_each(c,
                         arena_printf(c->a, "SELECT COUNT_DISTINCT(account) n FROM opportunity WHERE %.*s",
                                      STR_ARG(now)),
                         take_groups, &v->groups));
    set_tiers(v);
    if (!v->compare)
        return ERR_OK;
    TRY(ask_earners(v, then, take_before));
    return figures_each(c, arena_printf(c->a, "SELECT SUM(amount_base) s FROM opportunity WHERE %.*s", STR_ARG(then)),
                        take_sum, &v->total_before);
}

static void put_change(revenue *v, json_writer *w, int64_t is, int64_t was, str where)
{
    if (!v->compare)
        return;
    figures_put_money(v->c, w, "won_before", was, "opportunities", where);
    json_key(w, STR("change"));
    figures_percent(w, is - was, was);
}

static void put_earner(revenue *v, json_writer *w, const earner *e)
{
    static const char *const tiers[] = { "A", "B", "C" };
    ctx                     *c = v->c;
    str where = arena_printf(c->a, "%.*s AND %.*s", STR_ARG(won_within(v, &v->is)), STR_ARG(e->where));
    json_object(w);
    if (e->set) {
        json_put_string(w, "key", e->key);
        json_put_string(w, "name", e->label);
    } else {
        json_put_null(w, "key");
        json_put_null(w, "name");
    }
    figures_put_count(c, w, "deals", e->deals, "opportunities", where);
    figures_put_money(c, w, "won", e->won, "opportunities", where);
    json_key(w, STR("share"));
    figures_percent(w, e->won, v->total);
    json_key(w, STR("cumulated"));
    figures_percent(w, e->up_to, v->total);
    json_put_string(w, "tier", str_from(tiers[e->tier]));
    put_change(v, w, e->won, e->before,
               arena_printf(c->a, "%.*s AND %.*s", STR_ARG(won_within(v, &v->was)), STR_ARG(e->where)));
    json_object_end(w);
}

/* The condition on accounts that holds exactly the tier's; empty: they are too many for one. */
static str tier_where(revenue *v, int tier)
{
    ctx   *c = v->c;
    str    in = { 0 };
    size_t n = 0;
    for (size_t i = 0; i < v->count; i++)
        if (v->list[i].tier == tier && v->list[i].set) {
            if (n++ == IDS_MOST)
                return (str){ 0 };
            in = arena_printf(c->a, "%.*s%s'%.*s'", STR_ARG(in), in.n ? "," : "", STR_ARG(v->list[i].key));
        }
    bool all = (int64_t)v->count == v->groups || tier == 0;
    return in.n && all ? arena_printf(c->a, "id IN (%.*s)", STR_ARG(in)) : (str){ 0 };
}

static void put_tiers(revenue *v, json_writer *w)
{
    static const char *const names[] = { "A", "B", "C" };
    json_key(w, STR("tiers"));
    json_array(w);
    for (int t = 0; t < 3; t++) {
        int64_t n = t == 2 ? v->groups - (int64_t)v->count : 0, won = 0;
        for (size_t i = 0; i < v->count; i++)
            if (v->list[i].tier == t) {
                n++;
                won += v->list[i].won;
            }
        str where = tier_where(v, t);
        json_object(w);
        json_put_string(w, "tier", str_from(names[t]));
        json_key(w, STR("accounts"));
        json_object(w);
        json_put_int(w, "value", n);
        json_key(w, STR("records"));
        if (where.n)
            figures_address(v->c, w, "accounts", where);
        else
            json_null(w);
        json_object_end(w);
        json_key(w, STR("won"));
        figures_money(v->c, w, won);
        json_key(w, STR("share"));
        figures_percent(w, won, v->total);
        json_object_end(w);
    }
    json_array_end(w);
}

/* ACCT-5.2 */
static void put_concentration(const revenue *v, json_writer *w)
{
    static const size_t heads[] = { 1, 5, 10, 20 };
    json_key(w, STR("concentration"));
    json_array(w);
    for (size_t i = 0; i < countof(heads); i++) {
        size_t last = heads[i] < v->count ? heads[i] : v->count;
        json_object(w);
        json_put_int(w, "largest", (int64_t)heads[i]);
        json_key(w, STR("share"));
        figures_percent(w, last ? v->list[last - 1].up_to : 0, v->total);
        json_object_end(w);
    }
    json_array_end(w);
}

static err open_revenue(ctx *c, const char *const *values, revenue *v)
{
    const char *by = values[0] && *values[0] ? values[0] : "account";
    bool        compare = compares(c, values[3]);
    size_t      at = 0;
    while (at < countof(sources) && strcmp(sources[at].by, by) != 0)
        at++;
    if (at == countof(sources))
        (void)ctx_problem(c, "by", STR("not_a_choice"));
    *v = (revenue){
        .c = c, .source = at, .dated = values[1] && *values[1], .list = arena_make_n(c->a, earner, GROUPS_MOST + 1)
    };
    v->compare = v->dated && compare;
    if (v->dated)
        TRY(period_pair(c, values[1], &v->is, &v->was));
    return c->problem_count ? ERR_INVALID : ERR_OK;
}

err account_revenue(ctx *c, const char *const *values, json_writer *w)
{
    static const char *const plain[] = { "name",    "text",      "deals",   "integer", "won",  "money", "share",
                                         "percent", "cumulated", "percent", "tier",    "text", NULL };
    static const char *const compared[] = { "name",       "text",    "deals",     "integer", "won",  "money",
                                            "share",      "percent", "cumulated", "percent", "tier", "text",
                                            "won_before", "money",   "change",    "percent", NULL };
    revenue                  v;
    int64_t                  shown = figures_number(c, "limit", values[2], 1, ROWS_MOST, ROWS_SHOWN);
    TRY(open_revenue(c, values, &v));
    TRY(read_revenue(&v));
    json_object(w);
    json_put_string(w, "by", str_from(sources[v.source].by));
    json_put_string(w, "currency", c->snap->currency);
    if (v.dated)
        put_period(w, "period", &v.is);
    if (v.compare)
        put_period(w, "before", &v.was);
    figures_columns(w, v.compare ? compared : plain);
    json_key(w, STR("rows"));
    json_array(w);
    for (size_t i = 0; i < v.count && (int64_t)i < shown; i++)
        put_earner(&v, w, &v.list[i]);
    json_array_end(w);
    json_key(w, STR("total"));
    json_object(w);
    json_put_int(w, "groups", v.groups);
    figures_put_money(c, w, "won", v.total, "opportunities", won_within(&v, &v.is));
    put_change(&v, w, v.total, v.total_before, won_within(&v, &v.was));
    json_object_end(w);
    if (v.source == 0) {
        put_tiers(&v, w);
        put_concentration(&v, w);
    }
    json_object_end(w);
    return ERR_OK;
}

/* ---- the catalogue ---- */

/* The page asks a second time for what is compared, of every dated report: `compare` is for those who ask once. */
static const report_def revenue_report = {
    .chart = "bar",
    .series = "won",
    .compare = "period",
    .parameters = { { "by", "choice", "account,industry,region,level,type,source,person", "account" },
                    { "period", "period", NULL, NULL },
                    { "limit", "number", NULL, "20" } },
};
static const report_def accounts_report = {
    .chart = "bar",
    .series = "with_deals,without_deals",
    .compare = "period",
    .parameters = { { "by", "choice", "industry,region,source,level,type,person,life_stage,city,period", "industry" },
                    { "period", "period", NULL, NULL },
                    { "days", "number", NULL, "90" } },
};
static const report_def retention_report = {
    .chart = "bar",
    .series = "accounts",
    .parameters = { { "days", "number", NULL, "90" }, { "user", "record", "user", NULL } },
};

const view_def account_views[ACCOUNT_VIEWS] = {
    { "account_summary", { "account" }, account_summary, NULL },
    { "account_tree", { "account" }, account_tree, NULL },
    { "account_revenue", { "by", "period", "limit", "compare" }, account_revenue, &revenue_report },
    { "account_report", { "by", "period", "days", "compare" }, account_report, &accounts_report },
    { "account_retention", { "days", "user" }, account_retention, &retention_report },
};
