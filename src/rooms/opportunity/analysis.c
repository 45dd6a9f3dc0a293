#include "rooms/opportunity/analysis.h"

#include <stdlib.h>

#include "base/text.h"

enum { WON, LOST, OPEN, KINDS, ROWS_MOST = 600, PERIODS_MOST = 60 };
static const char *const kinds[KINDS] = { "won", "lost", "open" };

/* By what: which entity is counted, what it is grouped by, how the deal is reached from there. */
typedef struct {
    const char *name, *entity, *path, *deal; /* deal: "" or "opportunity." before the deal's own fields */
    const char *self;                        /* the deal itself */
    const char *amount;
    const char *same; /* the condition on deals that a group stands for; %s is its key as a literal */
    const char *none; /* and of those without */
} dimension;

static const dimension dimensions[] = {
    { "competitor", "opportunity_competitor", "competitor", "opportunity.", "opportunity", "opportunity.amount_base",
      "id IN (SELECT opportunity FROM opportunity_competitor WHERE competitor = %s)", "" },
    { "product", "opportunity_line", "product", "opportunity.", "opportunity", "amount_base",
      "id IN (SELECT opportunity FROM opportunity_line WHERE product = %s)", "" },
    { "industry", "opportunity", "account.industry", "", "id", "amount_base", "account.industry = %s",
      "account.industry = null" },
    { "region", "opportunity", "account.region", "", "id", "amount_base", "account.region = %s",
      "account.region = null" },
    { "person", "opportunity", "owner", "", "id", "amount_base", "owner = %s", "owner = null" },
    { "reason", "opportunity", "lost_reason", "", "id", "amount_base", "lost_reason = %s", "lost_reason = null" },
    { "won_reason", "opportunity", "won_reason", "", "id", "amount_base", "won_reason = %s", "won_reason = null" },
    { "source", "opportunity", "source", "", "id", "amount_base", "source = %s", "source = null" },
    { "period", "opportunity", "", "", "id", "amount_base", "", "" }, /* quarter by quarter */
};

typedef struct {
    int64_t count[KINDS], amount[KINDS];
} tally;

typedef struct {
    value key;
    str   id, label; /* the key as a value of the answer, and what it is called */
    str   where;     /* of its deals; empty: no list says it */
    tally t;
} group;

typedef struct {
    ctx                    *c;
    const analysis_request *r;
    const dimension        *d;
    fiscal_range            period;
    group                  *list;
    size_t                  count;
    tally                   total;
    const field            *key; /* what the groups' keys are values of */
} analysis;

static void tally_add(tally *t, str kind, int64_t n, int64_t sum)
{
    for (int k = 0; k < KINDS; k++)
        if (str_eq(kind, str_from(kinds[k]))) {
            t->count[k] += n;
            t->amount[k] += sum;
        }
}

/* The condition that holds for every number of the answer, on deals reached by `deal`. */
static str base_where(analysis *a, const char *deal, const char *self)
{
    ctx *c = a->c;
    str  w = arena_printf(c->a, "%sstage.kind IN ('won','lost','open')", deal);
    if (a->period.key.n)
        w = arena_printf(c->a, "%.*s AND %.*s", STR_ARG(w),
                         STR_ARG(figures_within(c, arena_printf(c->a, "%sclose_date", deal).p, &a->period)));
    if (a->r->user)
        w = arena_printf(c->a, "%.*s AND %sowner = '%lld'", STR_ARG(w), deal, (long long)a->r->user);
    if (a->r->competitor)
        w = arena_printf(c->a,
                         "%.*s AND %s IN (SELECT opportunity FROM opportunity_competitor WHERE competitor = '%lld')",
                         STR_ARG(w), self, (long long)a->r->competitor);
    else if (a->r->with_competitor)
        w = arena_printf(c->a, "%.*s AND %s IN (SELECT opportunity FROM opportunity_competitor)", STR_ARG(w), self);
    return w;
}

static str label_of(ctx *c, const value *v, const field *f)
{
    const choice *ch = f && (f->type == FT_CHOICE) && v->set ? field_choice(f, v->s) : NULL;
    return ch ? ch->label[c->lang] : arena_str(c->a, v->s);
}

static bool same_key(const value *a, const value *b, const field *f)
{
    if (a->set != b->set)
        return false;
    return !a->set || (f->type == FT_REF ? a->i == b->i : str_eq(a->s, b->s));
}

static group *group_for(analysis *a, const value *key)
{
    const field *f = a->key;
    for (size_t i = 0; i < a->count; i++)
        if (same_key(&a->list[i].key, key, f))
            return &a->list[i];
    if (a->count == ROWS_MOST)
        return NULL;
    ctx   *c = a->c;
    group *g = &a->list[a->count++];
    *g = (group){ .key = *key, .label = label_of(c, key, f) };
    g->key.s = arena_str(c->a, key->s);
    g->id = f->type == FT_REF ? arena_printf(c->a, "%lld", (long long)key->i) : g->key.s;
    str       literal = figures_quote(c, g->id);
    str       cut = str_from(a->d->same), none = str_from(a->d->none);
    ptrdiff_t at = str_find(cut, STR("%s"));
    g->where = !key->set ? none
                         : arena_printf(c->a, "%.*s%.*s%.*s", STR_ARG(str_sub(cut, 0, at)), STR_ARG(literal),
                                        STR_ARG(str_sub(cut, at + 2, cut.n)));
    return g;
}

static err take_group(void *arg, query_row *row)
{
    analysis *a = arg;
    value     key = query_value(row, 0), kind = query_value(row, 1), n = query_value(row, 2), s = query_value(row, 3);
    group    *g = group_for(a, &key);
    if (!g)
        return ctx_problem(a->c, "by", STR("too_many_groups"));
    tally_add(&g->t, kind.s, n.i, s.set ? s.i : 0);
    return ERR_OK;
}

static err group_all(analysis *a)
{
    const dimension *d = a->d;
    query           *q;
    str              where = base_where(a, d->deal, d->self);
    TRY(query_select(a->c,
                     arena_printf(a->c->a,
                                  "SELECT %s, %sstage.kind, COUNT_DISTINCT(%s) n, SUM(%s) s FROM %s WHERE %.*s "
                                  "GROUP BY %s, %sstage.kind LIMIT 2000",
                                  d->path, d->deal, d->self, d->amount, d->entity, STR_ARG(where), d->path, d->deal),
                     &q));
    a->key = query_columns(q)[0].field;
    return query_run(a->c, q, take_group, a);
}

static err take_tally(void *arg, query_row *row)
{
    value sum = query_value(row, 2);
    tally_add(arg, query_value(row, 0).s, query_value(row, 1).i, sum.set ? sum.i : 0);
    return ERR_OK;
}

static err tally_where(ctx *c, str where, tally *t)
{
    return figures_each(c,
                        arena_printf(c->a,
                                     "SELECT stage.kind, COUNT(id) n, SUM(amount_base) s FROM opportunity WHERE %.*s "
                                     "GROUP BY stage.kind",
                                     STR_ARG(where)),
                        take_tally, t);
}

/* WINLOSS-4: quarter by quarter, as the organisation's periods have them. */
static err group_quarters(analysis *a)
{
    ctx          *c = a->c;
    str           base = base_where(a, "", "id");
    fiscal_range *list;
    size_t        n;
    TRY(figures_quarters(c, false, PERIODS_MOST, &list, &n));
    for (size_t i = n; i-- > 0;) {
        group *g = &a->list[a->count];
        *g = (group){ .key = { .set = true },
                      .id = list[i].key,
                      .label = list[i].key,
                      .where = figures_within(c, "close_date", &list[i]) };
        TRY(tally_where(c, arena_printf(c->a, "%.*s AND %.*s", STR_ARG(base), STR_ARG(g->where)), &g->t));
        a->count += g->t.count[WON] + g->t.count[LOST] + g->t.count[OPEN] > 0;
    }
    return ERR_OK;
}

static int by_count(const void *x, const void *y)
{
    const group *a = x, *b = y;
    int64_t      m = a->t.count[WON] + a->t.count[LOST] + a->t.count[OPEN];
    int64_t      n = b->t.count[WON] + b->t.count[LOST] + b->t.count[OPEN];
    if (m != n)
        return m < n ? 1 : -1;
    if (a->key.set != b->key.set)
        return a->key.set ? -1 : 1;
    return str_compare(a->label, b->label);
}

static void put_one(analysis *a, json_writer *w, const char *key, bool money, int64_t n, str where)
{
    if (!where.n) {
        json_key(w, str_from(key));
        json_object(w);
        json_key(w, STR("value"));
        if (money)
            figures_money(a->c, w, n);
        else
            json_int(w, n);
        json_put_null(w, "records");
        json_object_end(w);
    } else if (money)
        figures_put_money(a->c, w, key, n, "opportunities", where);
    else
        figures_put_count(a->c, w, key, n, "opportunities", where);
}

/* where empty: no list says it. */
static void put_tally(analysis *a, json_writer *w, const tally *t, str where)
{
    static const char *const amounts[KINDS] = { "amount_won", "amount_lost", "amount_open" };
    ctx                     *c = a->c;
    put_one(a, w, "met", false, t->count[WON] + t->count[LOST] + t->count[OPEN], where);
    for (int k = 0; k < KINDS; k++) {
        str of = where.n ? arena_printf(c->a, "%.*s AND stage.kind = '%s'", STR_ARG(where), kinds[k]) : where;
        put_one(a, w, kinds[k], false, t->count[k], of);
        put_one(a, w, amounts[k], true, t->amount[k], of);
    }
    json_key(w, STR("win_rate"));
    json_object(w);
    json_key(w, STR("value"));
    figures_percent(w, t->count[WON], t->count[WON] + t->count[LOST]);
    json_key(w, STR("records"));
    if (where.n)
        figures_address(c, w, "opportunities",
                        arena_printf(c->a, "%.*s AND stage.kind IN ('won','lost')", STR_ARG(where)));
    else
        json_null(w);
    json_object_end(w);
}

static void put_group(analysis *a, json_writer *w, const group *g)
{
    str base = base_where(a, "", "id");
    json_object(w);
    if (g->key.set) {
        json_put_string(w, "key", g->id);
        json_put_string(w, "name", g->label);
    } else {
        json_put_null(w, "key");
        json_put_null(w, "name");
    }
    put_tally(a, w, &g->t,
              g->where.n ? arena_printf(a->c->a, "%.*s AND %.*s", STR_ARG(base), STR_ARG(g->where)) : (str){ 0 });
    json_object_end(w);
}

static err find_dimension(analysis *a)
{
    const char *by = a->r->by && *a->r->by ? a->r->by : a->r->allowed[0];
    bool        may = false;
    for (size_t i = 0; i < countof(a->r->allowed) && a->r->allowed[i]; i++)
        may |= strcmp(a->r->allowed[i], by) == 0;
    for (size_t i = 0; i < countof(dimensions) && may; i++)
        if (strcmp(dimensions[i].name, by) == 0)
            a->d = &dimensions[i];
    return a->d ? ERR_OK : ctx_problem(a->c, "by", STR("not_a_choice"));
}

err analysis_write(ctx *c, const analysis_request *r, json_writer *w)
{
    static const char *const columns[] = { "name",        "text",       "met",     "integer", "won",
                                           "integer",     "amount_won", "money",   "lost",    "integer",
                                           "amount_lost", "money",      "open",    "integer", "amount_open",
                                           "money",       "win_rate",   "percent", NULL };
    analysis                 a = { .c = c, .r = r, .list = arena_make_n(c->a, group, ROWS_MOST) };
    TRY(find_dimension(&a));
    if (r->period && *r->period)
        TRY(figures_period(c, str_from(r->period), &a.period));
    if (c->problem_count)
        return ERR_INVALID;
    TRY(*a.d->path ? group_all(&a) : group_quarters(&a));
    TRY(tally_where(c, base_where(&a, "", "id"), &a.total));
    if (*a.d->path && a.count)
        qsort(a.list, a.count, sizeof *a.list, by_count);
    json_object(w);
    json_put_string(w, "by", str_from(a.d->name));
    json_put_string(w, "currency", c->snap->currency);
    figures_columns(w, columns);
    json_key(w, STR("rows"));
    json_array(w);
    for (size_t i = 0; i < a.count; i++)
        put_group(&a, w, &a.list[i]);
    json_array_end(w);
    json_key(w, STR("total"));
    json_object(w);
    put_tally(&a, w, &a.total, base_where(&a, "", "id"));
    json_object_end(w);
    json_object_end(w);
    return ERR_OK;
}
