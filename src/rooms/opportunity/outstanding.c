/* OPP-14: what is open, by stage, person, quarter of the close: how many, how much, and how much of it by probability. */
#include <stdlib.h>

#include "base/num.h"
#include "base/text.h"
#include "rooms/opportunity/figures.h"
#include "rooms/opportunity/inside.h"

enum { ROWS_MOST = 200, SUMS_MOST = 2000, BASIS_POINTS = 10000 };

static const struct {
    const char *by, *path, *none;
} groupings[] = {
    { "stage", "stage.id", "stage = null" },
    { "person", "owner", "owner = null" },
    { "period", NULL, NULL },
    { "source", "source", "source = null" },
    { "industry", "account.industry", "account.industry = null" },
    { "region", "account.region", "account.region = null" },
};

typedef struct {
    int64_t deals, amount, weighted;
} sums;

typedef struct {
    bool set;
    str  key, name, where;
    sums s;
} group;

typedef struct {
    ctx         *c;
    size_t       at;
    const field *f;
    str          base;
    group       *list;
    size_t       count, parts;
    bool         more;
    sums         total;
} report;

/* key (of groups), probability, deals, amount */
static void add(sums *s, query_row *row, size_t from)
{
    value   bp = query_value(row, from), n = query_value(row, from + 1), amount = query_value(row, from + 2);
    int64_t part = 0;
    s->deals += n.i;
    if (!amount.set)
        return;
    s->amount += amount.i;
    if (bp.set && num_mul_div(amount.i, bp.i, BASIS_POINTS, &part))
        s->weighted += part;
}

static group *group_for(report *r, const value *key)
{
    ctx *c = r->c;
    bool id = r->f->type == FT_REF || r->f->type == FT_ID;
    str  text = !key->set ? (str){ 0 } : id ? arena_printf(c->a, "%lld", (long long)key->i) : key->s;
    for (size_t i = 0; i < r->count; i++)
        if (r->list[i].set == key->set && str_eq(r->list[i].key, text))
            return &r->list[i];
    if (r->count == ROWS_MOST) {
        r->more = true;
        return NULL;
    }
    const choice *ch = key->set && r->f->type == FT_CHOICE ? field_choice(r->f, key->s) : NULL;
    group        *g = &r->list[r->count++];
    *g = (group){ .set = key->set,
                  .key = arena_str(c->a, text),
                  .name = ch ? ch->label[c->lang] : arena_str(c->a, key->s),
                  .where = str_from(groupings[r->at].none) };
    if (g->set)
        g->where = arena_printf(c->a, "%s = %.*s", groupings[r->at].path, STR_ARG(figures_quote(c, g->key)));
    return g;
}

static err take_part(void *arg, query_row *row)
{
    report *r = arg;
    value   key = query_value(row, 0);
    group  *g = group_for(r, &key);
    if (++r->parts == SUMS_MOST) /* more than one question may answer: a part would be no sum */
        return ctx_problem(r->c, "by", STR("too_many_groups"));
    if (g)
        add(&g->s, row, 1);
    return ERR_OK;
}

static err take_sums(void *arg, query_row *row)
{
    add(arg, row, 0);
    return ERR_OK;
}

static err sums_of(report *r, str where, sums *s)
{
    return figures_each(r->c,
                        arena_printf(r->c->a,
                                     "SELECT probability, COUNT(id) n, SUM(amount_base) a FROM opportunity WHERE %.*s "
                                     "GROUP BY probability",
                                     STR_ARG(where)),
                        take_sums, s);
}

static str also(ctx *c, str a, str b)
{
    return arena_printf(c->a, "%.*s AND %.*s", STR_ARG(a), STR_ARG(b));
}

static int by_amount(const void *x, const void *y)
{
    const group *a = x, *b = y;
    if (a->s.amount != b->s.amount)
        return a->s.amount < b->s.amount ? 1 : -1;
    return a->set != b->set ? (a->set ? -1 : 1) : str_compare(a->key, b->key);
}

typedef struct {
    int64_t id;
    str     label, pipeline;
} stage_name;

typedef struct {
    ctx       *c;
    stage_name list[ROWS_MOST];
    size_t     count;
} stage_names;

static err take_name(void *arg, query_row *row)
{
    stage_names *n = arg;
    n->list[n->count++] = (stage_name){ .id = query_value(row, 0).i,
                                        .label = arena_str(n->c->a, query_value(row, 1).s),
                                        .pipeline = arena_str(n->c->a, query_value(row, 2).s) };
    return ERR_OK;
}

static bool label_taken(const stage_names *n, const group *of, const report *r, str label)
{
    for (size_t i = 0; i < n->count; i++)
        for (size_t k = 0; k < r->count; k++)
            if (&r->list[k] != of && str_eq(r->list[k].key, arena_printf(n->c->a, "%lld", (long long)n->list[i].id)) &&
                str_eq(n->list[i].label, label))
                return true;
    return false;
}

/* Stages in the order of their pipelines; with the pipeline's name where two rows would bear the same. */
static err name_stages(report *r)
{
    stage_names *n = arena_make(r->c->a, stage_names);
    group       *in_order = arena_make_n(r->c->a, group, r->count + 1);
    size_t       kept = 0;
    n->c = r->c;
    n->count = 0;
    TRY(figures_each(r->c,
                     arena_printf(r->c->a,
                                  "SELECT id, label, pipeline.label FROM pipeline_stage WHERE kind = 'open' ORDER BY "
                                  "pipeline.position, pipeline.id, position LIMIT %d",
                                  ROWS_MOST),
                     take_name, n));
    for (size_t i = 0; i < n->count; i++) {
        str key = arena_printf(r->c->a, "%lld", (long long)n->list[i].id);
        for (size_t k = 0; k < r->count; k++)
            if (str_eq(r->list[k].key, key)) {
                bool twice = label_taken(n, &r->list[k], r, n->list[i].label);
                in_order[kept] = r->list[k];
                in_order[kept++].name = !twice ? n->list[i].label
                                               : arena_printf(r->c->a, "%.*s · %.*s", STR_ARG(n->list[i].label),
                                                              STR_ARG(n->list[i].pipeline));
            }
    }
    for (size_t k = 0; k < r->count; k++)
        if (!r->list[k].set)
            in_order[kept++] = r->list[k];
    r->list = in_order;
    r->count = kept;
    return ERR_OK;
}

static err by_field(report *r)
{
    ctx        *c = r->c;
    const char *path = groupings[r->at].path;
    query      *q;
    TRY(query_select(c,
                     arena_printf(c->a,
                                  "SELECT %s, probability, COUNT(id) n, SUM(amount_base) a FROM opportunity WHERE %.*s "
                                  "GROUP BY %s, probability ORDER BY %s LIMIT %d",
                                  path, STR_ARG(r->base), path, "SUM(amount_base) DESC NULLS LAST", SUMS_MOST),
                     &q));
    r->f = query_columns(q)[0].field;
    TRY(query_run(c, q, take_part, r));
    if (r->at == 0)
        return name_stages(r);
    if (r->count)
        qsort(r->list, r->count, sizeof *r->list, by_amount);
    return ERR_OK;
}

static err take_quarter(void *arg, query_row *row)
{
    report      *r = arg;
    fiscal_range p = { .start = query_value(row, 1).i, .end = query_value(row, 2).i };
    str          key = arena_str(r->c->a, query_value(row, 0).s);
    r->list[r->count++] =
        (group){ .set = true, .key = key, .name = key, .where = figures_within(r->c, "close_date", &p) };
    return ERR_OK;
}

/* The quarters that still have something open, and what has no day. */
static err by_quarter(report *r)
{
    ctx   *c = r->c;
    size_t kept = 0;
    TRY(figures_each(c,
                     STR("SELECT key, start, end FROM fiscal_period WHERE kind = 'quarter' AND end >= N_DAYS_AGO:730 "
                         "ORDER BY start LIMIT 40"),
                     take_quarter, r));
    r->list[r->count++] = (group){ .where = STR("close_date = null") };
    for (size_t i = 0; i < r->count; i++) {
        group *g = &r->list[i];
        TRY(sums_of(r, also(c, r->base, g->where), &g->s));
        if (g->s.deals)
            r->list[kept++] = *g;
    }
    r->count = kept;
    return ERR_OK;
}

static void put_sums(report *r, json_writer *w, const sums *s, str where)
{
    ctx *c = r->c;
    figures_put_count(c, w, "deals", s->deals, "opportunities", where);
    figures_put_money(c, w, "amount", s->amount, "opportunities", where);
    figures_put_money(c, w, "weighted", s->weighted, "opportunities", where);
}

static void put_report(report *r, json_writer *w)
{
    static const char *const columns[] = { "name",  "text",     "deals", "integer", "amount",
                                           "money", "weighted", "money", NULL };
    json_object(w);
    json_put_string(w, "by", str_from(groupings[r->at].by));
    json_put_string(w, "currency", r->c->snap->currency);
    figures_columns(w, columns);
    json_key(w, STR("rows"));
    json_array(w);
    for (size_t i = 0; i < r->count; i++) {
        const group *g = &r->list[i];
        json_object(w);
        if (g->set) {
            json_put_string(w, "key", g->key);
            json_put_string(w, "name", g->name);
        } else {
            json_put_null(w, "key");
            json_put_null(w, "name");
        }
        put_sums(r, w, &g->s, also(r->c, r->base, g->where));
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, STR("total"));
    json_object(w);
    put_sums(r, w, &r->total, r->base);
    json_object_end(w);
    json_put_bool(w, "more", r->more);
    json_object_end(w);
}

/* values: by, period, user, pipeline. */
static err narrow(report *r, const char *const *values)
{
    ctx         *c = r->c;
    int64_t      user = figures_id(c, "user", values[2]);
    fiscal_range p;
    str          key;
    r->base = STR("stage.kind = 'open'");
    if (values[1] && *values[1] && figures_period(c, str_from(values[1]), &p) == ERR_OK)
        r->base = also(c, r->base, figures_within(c, "close_date", &p));
    if (user)
        r->base = also(c, r->base, arena_printf(c->a, "owner = '%lld'", (long long)user));
    if (values[3] && *values[3]) {
        TRY(pipeline_named(c, str_from(values[3]), &key));
        r->base = also(c, r->base, arena_printf(c->a, "pipeline = %.*s", STR_ARG(figures_quote(c, key))));
    }
    return c->problem_count ? ERR_INVALID : ERR_OK;
}

err pipeline_report(ctx *c, const char *const *values, json_writer *w)
{
    const char *by = values[0] && *values[0] ? values[0] : groupings[0].by;
    report      r = { .c = c, .list = arena_make_n(c->a, group, ROWS_MOST) };
    while (r.at < countof(groupings) && strcmp(groupings[r.at].by, by) != 0)
        r.at++;
    if (r.at == countof(groupings))
        return ctx_problem(c, "by", STR("not_a_choice"));
    TRY(narrow(&r, values));
    TRY(groupings[r.at].path ? by_field(&r) : by_quarter(&r));
    TRY(sums_of(&r, r.base, &r.total));
    put_report(&r, w);
    return ERR_OK;
}
