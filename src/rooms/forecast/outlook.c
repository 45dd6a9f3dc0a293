/* What a person and everybody below is to reach in a period, has reached and expects: FCST-10 to FCST-13. */
#include "rooms/forecast/forecast.h"

#include "base/date.h"
#include "base/num.h"
#include "rooms/opportunity/figures.h"
#include "rooms/people/tree.h"

enum { PIPELINE, BEST_CASE, COMMIT, CATEGORIES, AT_ONCE = 50 };

/* Which open deals a category counts. As the owner says it (FCST-11), and as stage and deal say it. */
static const char *const said[CATEGORIES] = {
    [PIPELINE] = "(forecast_override = 'pipeline' OR (forecast_override = null AND forecast_category NOT IN "
                 "('best_case','commit','closed','omitted')))",
    [BEST_CASE] = "(forecast_override = 'best_case' OR (forecast_override = null AND forecast_category = 'best_case'))",
    [COMMIT] = "(forecast_override IN ('commit','closed') OR (forecast_override = null AND forecast_category IN "
               "('commit','closed')))",
};

typedef struct {
    int64_t quota, target, closed, adjusted;
    int64_t open[CATEGORIES], unsaid[CATEGORIES]; /* with and without what the owner says */
    bool    has_quota, has_target, has_adjusted, active;
} sums;

typedef struct {
    ctx         *c;
    fiscal_range period;
    people_tree  tree;
    bool        *shown; /* by place in the tree */
    sums        *own;
    bool         adjusted_amount; /* the rows at hand bear an amount of the owner's */
    bool         yearly;          /* they are quarters of a year: only for those without a quota of the year */
    bool        *has_yearly;
} outlook;

static sums *sums_of(outlook *o, int64_t user)
{
    size_t i = people_tree_at(&o->tree, user);
    return i < o->tree.count ? &o->own[i] : NULL;
}

static int64_t sum_at(query_row *row, size_t column)
{
    value v = query_value(row, column);
    return v.set ? v.i : 0;
}

static err take_closed(void *arg, query_row *row)
{
    sums *s = sums_of(arg, query_value(row, 0).i);
    if (s) {
        s->closed += sum_at(row, 1);
        s->active = true;
    }
    return ERR_OK;
}

static int category_of(str key)
{
    if (str_eq(key, STR("omitted")))
        return -1;
    if (str_eq(key, STR("best_case")))
        return BEST_CASE;
    return str_eq(key, STR("commit")) || str_eq(key, STR("closed")) ? COMMIT : PIPELINE;
}

static err take_open(void *arg, query_row *row)
{
    outlook *o = arg;
    sums    *s = sums_of(o, query_value(row, 0).i);
    if (!s)
        return ERR_OK;
    value over = query_value(row, 2);
    int   plain = category_of(query_value(row, 1).s), is = over.set ? category_of(over.s) : plain;
    if (plain >= 0)
        s->unsaid[plain] += sum_at(row, 3);
    if (is >= 0)
        s->open[is] += sum_at(row, o->adjusted_amount ? 4 : 3);
    s->active = true;
    return ERR_OK;
}

static err take_quota(void *arg, query_row *row)
{
    outlook *o = arg;
    size_t   i = people_tree_at(&o->tree, query_value(row, 0).i);
    value    quota = query_value(row, 1), target = query_value(row, 2);
    if (i == o->tree.count || (o->yearly && o->has_yearly[i]))
        return ERR_OK;
    sums *s = &o->own[i];
    if (!o->yearly)
        o->has_yearly[i] = true;
    s->quota = quota.set ? quota.i : 0;
    s->target = target.set ? target.i : 0;
    s->has_quota = s->active = true;
    s->has_target = target.set;
    return ERR_OK;
}

static err take_adjusted(void *arg, query_row *row)
{
    sums *s = sums_of(arg, query_value(row, 0).i);
    if (s) {
        s->adjusted += sum_at(row, 1);
        s->has_adjusted = s->active = true;
    }
    return ERR_OK;
}

/* "'7','8'": those marked, from *at on, at most `most`; moves *at. Empty: none is left. */
static str listed(outlook *o, const bool *mark, size_t *at, size_t most)
{
    ctx *c = o->c;
    buf  b;
    buf_init(&b, 1 << 20);
    for (size_t n = 0; *at < o->tree.count && n < most; (*at)++)
        if (mark[*at])
            buf_printf(&b, "%s'%lld'", n++ ? "," : "", (long long)o->tree.all[*at].id);
    str s = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return s;
}

static err quotas_of(outlook *o, str users)
{
    ctx *c = o->c;
    o->yearly = false;
    TRY(figures_each(c,
                     arena_printf(c->a,
                                  "SELECT user, SUM(amount_base) a, SUM(team_amount_base) t FROM quota WHERE period = "
                                  "%.*s AND user IN (%.*s) GROUP BY user",
                                  STR_ARG(figures_quote(c, o->period.key)), STR_ARG(users)),
                     take_quota, o));
    o->yearly = str_eq(o->period.kind, STR("year"));
    if (!o->yearly) /* FCST-10 */
        return ERR_OK;
    return figures_each(
        c,
        arena_printf(
            c->a,
            "SELECT user, SUM(amount_base) a, SUM(team_amount_base) t FROM quota WHERE period.kind = 'quarter' "
            "AND %.*s AND user IN (%.*s) GROUP BY user",
            STR_ARG(figures_within(c, "period.start", &o->period)), STR_ARG(users)),
        take_quota, o);
}

static err open_of(outlook *o, str users, str within, bool adjusted)
{
    ctx *c = o->c;
    o->adjusted_amount = adjusted;
    return figures_each(
        c,
        arena_printf(
            c->a,
            "SELECT owner, forecast_category, forecast_override, SUM(amount_base) a, SUM(forecast_amount_base) "
            "f FROM opportunity WHERE owner IN (%.*s) AND stage.kind = 'open' AND %.*s AND forecast_amount %s "
            "null GROUP BY owner, forecast_category, forecast_override LIMIT 2000",
            STR_ARG(users), STR_ARG(within), adjusted ? "!=" : "="),
        take_open, o);
}

/* Everybody's own figures, those of some fifty people with each question. */
static err sum_own(outlook *o)
{
    ctx   *c = o->c;
    size_t at = 0;
    str    within = figures_within(c, "close_date", &o->period);
    for (str users; (users = listed(o, o->shown, &at, AT_ONCE)).n > 0;) {
        TRY(quotas_of(o, users));
        TRY(figures_each(c,
                         arena_printf(c->a,
                                      "SELECT owner, SUM(amount_base) a FROM opportunity WHERE owner IN (%.*s) AND "
                                      "stage.kind = 'won' AND %.*s GROUP BY owner",
                                      STR_ARG(users), STR_ARG(within)),
                         take_closed, o));
        TRY(open_of(o, users, within, false));
        TRY(open_of(o, users, within, true));
        TRY(figures_each(
            c,
            arena_printf(c->a,
                         "SELECT user, SUM(amount_base) a FROM forecast_adjustment WHERE period = %.*s AND "
                         "user IN (%.*s) GROUP BY user",
                         STR_ARG(figures_quote(c, o->period.key)), STR_ARG(users)),
            take_adjusted, o));
    }
    return ERR_OK;
}

static void sums_add(sums *to, const sums *s)
{
    to->quota += s->quota;
    to->closed += s->closed;
    to->adjusted += s->adjusted;
    for (int i = 0; i < CATEGORIES; i++) {
        to->open[i] += s->open[i];
        to->unsaid[i] += s->unsaid[i];
    }
    to->has_quota |= s->has_quota;
    to->has_adjusted |= s->has_adjusted;
}

/* ---- writing ---- */

static void put_records(outlook *o, json_writer *w, const char *plural, str where)
{
    json_key(w, STR("records"));
    figures_address(o->c, w, plural, where);
}

static void put_figure(outlook *o, json_writer *w, const char *key, int64_t is, int64_t unadjusted, str where)
{
    json_key(w, str_from(key));
    json_object(w);
    json_key(w, STR("value"));
    figures_money(o->c, w, is);
    json_key(w, STR("unadjusted"));
    figures_money(o->c, w, unadjusted);
    put_records(o, w, "opportunities", where);
    json_object_end(w);
}

static str quotas_where(outlook *o, str whose)
{
    ctx *c = o->c;
    str  period = arena_printf(c->a, "period = %.*s", STR_ARG(figures_quote(c, o->period.key)));
    if (str_eq(o->period.kind, STR("year")))
        period = arena_printf(c->a, "(%.*s OR (period.kind = 'quarter' AND %.*s))", STR_ARG(period),
                              STR_ARG(figures_within(c, "period.start", &o->period)));
    return arena_printf(c->a, "user IN (%.*s) AND %.*s", STR_ARG(whose), STR_ARG(period));
}

static void put_quota(outlook *o, json_writer *w, const char *key, bool has, int64_t minor, str whose)
{
    json_key(w, str_from(key));
    json_object(w);
    json_key(w, STR("value"));
    if (has)
        figures_money(o->c, w, minor);
    else
        json_null(w);
    put_records(o, w, "quotas", quotas_where(o, whose));
    json_object_end(w);
}

static str open_where(outlook *o, str whose, const char *cond)
{
    return arena_printf(o->c->a, "owner IN (%.*s) AND %.*s AND %s", STR_ARG(whose),
                        STR_ARG(figures_within(o->c, "close_date", &o->period)), cond);
}

static str category_where(outlook *o, str whose, int category)
{
    return open_where(o, whose, arena_printf(o->c->a, "stage.kind = 'open' AND %s", said[category]).p);
}

/* FCST-13: per cent of the quota, what is missing, and how many times the open deals cover that. */
static void put_reach(outlook *o, json_writer *w, const sums *s, str whose)
{
    ctx    *c = o->c;
    int64_t open = s->open[PIPELINE] + s->open[BEST_CASE] + s->open[COMMIT], gap = s->quota - s->closed, ratio;
    char    text[NUM_TEXT];
    str     won = open_where(o, whose, "stage.kind = 'won'");
    str     all = open_where(o, whose,
                             arena_printf(c->a, "stage.kind = 'open' AND (%s OR %s OR %s)", said[PIPELINE], said[BEST_CASE],
                                          said[COMMIT])
                                 .p);
    json_key(w, STR("reached"));
    json_object(w);
    json_key(w, STR("value"));
    figures_percent(w, s->closed, s->quota);
    put_records(o, w, "opportunities", won);
    json_object_end(w);
    json_key(w, STR("gap"));
    json_object(w);
    json_key(w, STR("value"));
    if (s->has_quota)
        figures_money(c, w, gap > 0 ? gap : 0);
    else
        json_null(w);
    put_records(o, w, "opportunities", won);
    json_object_end(w);
    json_key(w, STR("coverage"));
    json_object(w);
    json_key(w, STR("value"));
    if (s->has_quota && gap > 0 && num_mul_div(open, 100, gap, &ratio)) {
        num_format(ratio, 2, 0, text);
        json_number(w, str_from(text));
    } else
        json_null(w);
    put_records(o, w, "opportunities", all);
    json_object_end(w);
}

static void put_sums(outlook *o, json_writer *w, const char *key, const sums *s, str whose)
{
    ctx        *c = o->c;
    const char *commit = arena_printf(c->a, "(stage.kind = 'won' OR (stage.kind = 'open' AND %s))", said[COMMIT]).p;
    const char *best = arena_printf(c->a, "(stage.kind = 'won' OR (stage.kind = 'open' AND (%s OR %s)))", said[COMMIT],
                                    said[BEST_CASE])
                           .p;
    int64_t expected = s->closed + s->open[COMMIT], plain = s->closed + s->unsaid[COMMIT];
    json_key(w, str_from(key));
    json_object(w);
    put_quota(o, w, "quota", s->has_quota, s->quota, whose);
    put_figure(o, w, "closed", s->closed, s->closed, open_where(o, whose, "stage.kind = 'won'"));
    put_figure(o, w, "commit", s->open[COMMIT], s->unsaid[COMMIT], category_where(o, whose, COMMIT));
    put_figure(o, w, "expected", expected + s->adjusted, plain, open_where(o, whose, commit));
    put_figure(o, w, "best_case", s->open[BEST_CASE], s->unsaid[BEST_CASE], category_where(o, whose, BEST_CASE));
    put_figure(o, w, "best", expected + s->open[BEST_CASE] + s->adjusted, plain + s->unsaid[BEST_CASE],
               open_where(o, whose, best));
    put_figure(o, w, "pipeline", s->open[PIPELINE], s->unsaid[PIPELINE], category_where(o, whose, PIPELINE));
    json_key(w, STR("adjustment"));
    json_object(w);
    json_key(w, STR("value"));
    if (s->has_adjusted)
        figures_money(c, w, s->adjusted);
    else
        json_null(w);
    put_records(o, w, "forecast_adjustments",
                arena_printf(c->a, "user IN (%.*s) AND period = %.*s", STR_ARG(whose),
                             STR_ARG(figures_quote(c, o->period.key))));
    json_object_end(w);
    put_reach(o, w, s, whose);
    json_object_end(w);
}

/* FCST-9: what is given out to the team against what the team is to reach. */
static void put_target(outlook *o, json_writer *w, const sums *own, const sums *team)
{
    json_key(w, STR("team_target"));
    if (own && own->has_target)
        figures_money(o->c, w, own->target);
    else
        json_null(w);
    json_key(w, STR("over_assigned"));
    if (own && own->has_target)
        figures_money(o->c, w, team->quota - own->target);
    else
        json_null(w);
}

/* The nearest of those shown who stands above: whose people are fewest; count: nobody. */
static size_t above_of(const outlook *o, size_t who, const size_t *sizes, bool *const *below)
{
    size_t best = o->tree.count;
    for (size_t i = 0; i < o->tree.count; i++)
        if (o->shown[i] && i != who && below[i] && below[i][who] && sizes[i] > sizes[who] &&
            (best == o->tree.count || sizes[i] < sizes[best] ||
             (sizes[i] == sizes[best] && o->tree.all[who].manager == o->tree.all[i].id)))
            best = i;
    return best;
}

typedef struct {
    size_t *sizes, *above;
    bool  **below;
} hierarchy;

static void hierarchy_make(outlook *o, hierarchy *h)
{
    size_t n = o->tree.count;
    h->sizes = arena_make_n(o->c->a, size_t, n + 1);
    h->above = arena_make_n(o->c->a, size_t, n + 1);
    h->below = arena_make_n(o->c->a, bool *, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (!o->shown[i])
            continue;
        h->below[i] = arena_make_n(o->c->a, bool, n + 1);
        people_tree_below(&o->tree, i, h->below[i]);
        for (size_t k = 0; k < n; k++)
            h->sizes[i] += h->below[i][k] &= o->shown[k];
    }
    for (size_t i = 0; i < n; i++)
        h->above[i] = o->shown[i] ? above_of(o, i, h->sizes, h->below) : n;
}

static void put_person(outlook *o, json_writer *w, const hierarchy *h, size_t i, int level)
{
    const person *p = &o->tree.all[i];
    sums          team = o->own[i];
    size_t        at = 0;
    bool         *with = arena_make_n(o->c->a, bool, o->tree.count + 1);
    memcpy(with, h->below[i], o->tree.count * sizeof *with);
    with[i] = true;
    for (size_t k = 0; k < o->tree.count; k++)
        if (k != i && with[k])
            sums_add(&team, &o->own[k]);
    json_object(w);
    json_key(w, STR("user"));
    json_object(w);
    json_put_id(w, "id", p->id);
    json_put_string(w, "name", p->name);
    json_object_end(w);
    json_put_int(w, "level", level);
    if (h->above[i] < o->tree.count)
        json_put_id(w, "above", o->tree.all[h->above[i]].id);
    else
        json_put_null(w, "above");
    json_put_int(w, "below", (int64_t)h->sizes[i]);
    json_put_bool(w, "left", p->left);
    put_target(o, w, &o->own[i], &team);
    put_sums(o, w, "own", &o->own[i], arena_printf(o->c->a, "'%lld'", (long long)p->id));
    put_sums(o, w, "team", &team, listed(o, with, &at, o->tree.count));
    json_object_end(w);
}

/* Depth first, by name, so that a team stands under its head. */
static void put_under(outlook *o, json_writer *w, const hierarchy *h, size_t above, int level)
{
    for (size_t i = 0; i < o->tree.count && level < 50; i++) {
        if (!o->shown[i] || h->above[i] != above)
            continue;
        if (!o->tree.all[i].left || o->own[i].active || h->sizes[i] > 0)
            put_person(o, w, h, i, level);
        put_under(o, w, h, i, level + 1);
    }
}

/* ---- who may be shown ---- */

static bool may_see(const ctx *c, int64_t user)
{
    if (permit_is_admin(&c->actor) || user == c->actor.user)
        return true;
    for (size_t i = 0; i < c->actor.below_count; i++)
        if (c->actor.below[i] == user)
            return true;
    return false;
}

/* FCST-5: one person and all below, or a team's people; oneself unless said otherwise. */
static err choose(outlook *o, int64_t user, int64_t team)
{
    ctx   *c = o->c;
    bool   any = false;
    size_t n = o->tree.count;
    o->shown = arena_make_n(c->a, bool, n + 1);
    o->own = arena_make_n(c->a, sums, n + 1);
    o->has_yearly = arena_make_n(c->a, bool, n + 1);
    if (!team) {
        size_t i = people_tree_at(&o->tree, user ? user : c->actor.user);
        if (i == n)
            return ctx_problem(c, "user", STR("no_such_record"));
        people_tree_below(&o->tree, i, o->shown);
        o->shown[i] = true;
    }
    for (size_t i = 0; i < n; i++) {
        if (team)
            o->shown[i] = people_tree_in_team(&o->tree, o->tree.all[i].team, team);
        o->shown[i] = o->shown[i] && may_see(c, o->tree.all[i].id);
        any |= o->shown[i];
    }
    bool refused = !team && !may_see(c, user ? user : c->actor.user);
    return refused || !any ? ctx_refuse(c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 }) : ERR_OK;
}

static err outlook_open(ctx *c, const char *const *values, outlook *o)
{
    int64_t user = figures_id(c, "user", values[1]), team = figures_id(c, "team", values[2]);
    *o = (outlook){ .c = c };
    TRY(figures_period(c, str_from(values[0] ? values[0] : ""), &o->period));
    if (c->problem_count)
        return ERR_INVALID;
    TRY(people_tree_load(c, &o->tree));
    return choose(o, user, team);
}

static void put_period(json_writer *w, const fiscal_range *p)
{
    char from[DATE_TEXT], to[DATE_TEXT];
    date_format(p->start, from);
    date_format(p->end, to);
    json_key(w, STR("period"));
    json_object(w);
    json_put_string(w, "key", p->key);
    json_put_string(w, "kind", p->kind);
    json_put_string(w, "start", str_from(from));
    json_put_string(w, "end", str_from(to));
    json_object_end(w);
}

static err forecast(ctx *c, const char *const *values, json_writer *w)
{
    static const char *const columns[] = { "quota",    "money",   "closed",   "money", "reached",   "percent",
                                           "commit",   "money",   "expected", "money", "best_case", "money",
                                           "best",     "money",   "pipeline", "money", "gap",       "money",
                                           "coverage", "decimal", NULL };
    outlook                  o;
    hierarchy                h;
    sums                     total = { 0 };
    size_t                   at = 0;
    TRY(outlook_open(c, values, &o));
    TRY(sum_own(&o));
    hierarchy_make(&o, &h);
    for (size_t i = 0; i < o.tree.count; i++)
        if (o.shown[i])
            sums_add(&total, &o.own[i]);
    json_object(w);
    put_period(w, &o.period);
    json_put_string(w, "currency", c->snap->currency);
    figures_columns(w, columns);
    json_key(w, STR("rows"));
    json_array(w);
    put_under(&o, w, &h, o.tree.count, 0);
    json_array_end(w);
    put_sums(&o, w, "total", &total, listed(&o, o.shown, &at, o.tree.count));
    json_object_end(w);
    return ERR_OK;
}

/* ---- the grid of quotas ---- */

typedef struct {
    int64_t id, version, user, amount, team_amount;
    str     period, currency;
    int     decimals;
    bool    has_team, set_above;
} cell;

typedef struct {
    ctx          *c;
    fiscal_range *periods;
    size_t        period_count;
    cell         *cells;
    size_t        count;
} grid;

static err take_column(void *arg, query_row *row)
{
    grid *g = arg;
    g->periods[g->period_count++] = (fiscal_range){ .key = arena_str(g->c->a, query_value(row, 0).s),
                                                    .start = query_value(row, 1).i,
                                                    .end = query_value(row, 2).i,
                                                    .kind = arena_str(g->c->a, query_value(row, 3).s) };
    return ERR_OK;
}

static err take_cell(void *arg, query_row *row)
{
    grid *g = arg;
    value team = query_value(row, 5);
    g->cells[g->count++] = (cell){ .id = query_value(row, 0).i,
                                   .version = query_value(row, 1).i,
                                   .user = query_value(row, 2).i,
                                   .period = arena_str(g->c->a, query_value(row, 3).s),
                                   .amount = query_value(row, 4).i,
                                   .team_amount = team.i,
                                   .has_team = team.set,
                                   .currency = arena_str(g->c->a, query_value(row, 6).s),
                                   .set_above = query_value(row, 7).i != 0,
                                   .decimals = query_decimals(row, 4) };
    return ERR_OK;
}

static void put_amount(json_writer *w, const char *key, int64_t v, int decimals)
{
    char text[NUM_TEXT];
    num_format(v, decimals, 0, text);
    json_key(w, str_from(key));
    json_number(w, str_from(text));
}

static void put_cell(json_writer *w, const cell *q)
{
    json_object(w);
    json_put_id(w, "id", q->id);
    json_put_int(w, "version", q->version);
    put_amount(w, "amount", q->amount, q->decimals);
    if (q->has_team)
        put_amount(w, "team_amount", q->team_amount, q->decimals);
    else
        json_put_null(w, "team_amount");
    json_put_string(w, "currency", q->currency);
    json_object_end(w);
}

/* FCST-9 */
static bool may_set(const ctx *c, int64_t user, const cell *q)
{
    return permit_is_admin(&c->actor) || user != c->actor.user || !q || !q->set_above;
}

static void put_quota_row(outlook *o, json_writer *w, const grid *g, size_t i, size_t above)
{
    const person *p = &o->tree.all[i];
    json_object(w);
    json_key(w, STR("user"));
    json_object(w);
    json_put_id(w, "id", p->id);
    json_put_string(w, "name", p->name);
    json_object_end(w);
    if (above < o->tree.count)
        json_put_id(w, "above", o->tree.all[above].id);
    else
        json_put_null(w, "above");
    json_put_bool(w, "left", p->left);
    json_key(w, STR("cells"));
    json_object(w);
    for (size_t n = 0; n < g->period_count; n++) {
        const cell *q = NULL;
        for (size_t k = 0; k < g->count && !q; k++)
            if (g->cells[k].user == p->id && str_eq(g->cells[k].period, g->periods[n].key))
                q = &g->cells[k];
        json_key(w, g->periods[n].key);
        json_object(w);
        json_put_bool(w, "may_set", !p->left && may_set(o->c, p->id, q));
        json_key(w, STR("quota"));
        if (q)
            put_cell(w, q);
        else
            json_null(w);
        json_object_end(w);
    }
    json_object_end(w);
    json_object_end(w);
}

/* FCST-14 */
static err quota_grid(ctx *c, const char *const *values, json_writer *w)
{
    enum { PERIODS = 40, CELLS = 2000 };
    static const char *const columns[] = { "name", "text", "cells", "json", NULL };
    outlook                  o;
    hierarchy                h;
    size_t                   at = 0;
    TRY(outlook_open(c, values, &o));
    size_t room = (o.tree.count + 1) * (PERIODS + 1);
    grid g = { .c = c, .periods = arena_make_n(c->a, fiscal_range, PERIODS), .cells = arena_make_n(c->a, cell, room) };
    str  within = figures_within(c, "start", &o.period);
    TRY(figures_each(
        c,
        arena_printf(c->a,
                     "SELECT key, start, end, kind FROM fiscal_period WHERE key = %.*s OR (kind = 'quarter' "
                     "AND %.*s) ORDER BY start, end DESC LIMIT %d",
                     STR_ARG(figures_quote(c, o.period.key)), STR_ARG(within), PERIODS),
        take_column, &g));
    for (str users; (users = listed(&o, o.shown, &at, AT_ONCE)).n > 0;)
        TRY(figures_each(
            c,
            arena_printf(c->a,
                         "SELECT id, version, user, period, amount, team_amount, currency, set_above FROM quota WHERE "
                         "user IN (%.*s) AND (period = %.*s OR (period.kind = 'quarter' AND %.*s)) LIMIT %d",
                         STR_ARG(users), STR_ARG(figures_quote(c, o.period.key)),
                         STR_ARG(figures_within(c, "period.start", &o.period)), CELLS),
            take_cell, &g));
    hierarchy_make(&o, &h);
    json_object(w);
    put_period(w, &o.period);
    figures_columns(w, columns);
    json_key(w, STR("periods"));
    json_array(w);
    for (size_t i = 0; i < g.period_count; i++)
        json_string(w, g.periods[i].key);
    json_array_end(w);
    json_key(w, STR("rows"));
    json_array(w);
    for (size_t i = 0; i < o.tree.count; i++)
        if (o.shown[i])
            put_quota_row(&o, w, &g, i, h.above[i]);
    json_array_end(w);
    json_object_end(w);
    return ERR_OK;
}

const view_def forecast_views[2] = {
    { "forecast", { "period", "user", "team" }, forecast, NULL },
    { "quotas", { "period", "user", "team" }, quota_grid, NULL },
};
