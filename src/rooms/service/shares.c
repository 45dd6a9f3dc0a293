/* SERV-8.2 to SERV-8.4: shares of cases by what they are about, by who had them, by when. */
#include "rooms/service/inside.h"

#include "base/date.h"
#include "base/num.h"
#include "base/text.h"
#include "rooms/opportunity/figures.h"

enum { GROUPS_MOST = 500, PERIODS_MOST = 12, STARS = 5 };

/* What is measured: a field of the case; a value from `enough` on counts. */
typedef struct {
    const char *field, *when; /* when: the time that a period is asked of */
    const char *count;        /* how the number that counts is called     */
    int64_t     enough;
    bool        average;
} measure;

static const measure timely = { "timely", "resolved_at", "timely", 1, false };
static const measure first_contact = { "first_contact", "resolved_at", "first_contact", 1, false };
static const measure satisfaction = { "rating", "rated_at", "satisfied", 4, true };

typedef struct {
    value   key;
    str     id, name, where; /* where: what the group's cases have in common */
    int64_t enough, total, sum, stars[STARS];
} group;

typedef struct {
    ctx           *c;
    const measure *m;
    const field   *by; /* NULL: by time */
    str            base;
    group         *all;
    size_t         count;
    group          total;
} shares;

static void add(const measure *m, group *g, int64_t value_of, int64_t n)
{
    g->total += n;
    g->sum += value_of * n;
    g->enough += value_of >= m->enough ? n : 0;
    if (value_of >= 1 && value_of <= STARS)
        g->stars[value_of - 1] += n;
}

static group *group_for(shares *s, value key)
{
    ctx *c = s->c;
    for (size_t i = 0; i < s->count; i++)
        if (s->all[i].key.set == key.set && s->all[i].key.i == key.i && str_eq(s->all[i].key.s, key.s))
            return &s->all[i];
    if (s->count == GROUPS_MOST)
        return NULL;
    group        *g = &s->all[s->count++];
    const choice *of = key.set && s->by->type == FT_CHOICE ? field_choice(s->by, key.s) : NULL;
    *g = (group){ .key = key };
    g->key.s = arena_str(c->a, key.s);
    if (!key.set) {
        g->where = arena_printf(c->a, "%.*s = null", STR_ARG(s->by->name));
        return g;
    }
    g->id = s->by->type == FT_REF ? arena_printf(c->a, "%lld", (long long)key.i) : g->key.s;
    g->name = of ? of->label[c->lang] : g->key.s;
    g->where = arena_printf(c->a, "%.*s = %.*s", STR_ARG(s->by->name), STR_ARG(figures_quote(c, g->id)));
    return g;
}

static err take_group(void *arg, query_row *row)
{
    shares *s = arg;
    group  *g = group_for(s, query_value(row, 0));
    if (!g)
        return ctx_problem(s->c, "by", STR("too_many_groups"));
    add(s->m, g, query_value(row, 1).i, query_value(row, 2).i);
    return ERR_OK;
}

typedef struct {
    const measure *m;
    group         *g;
} one;

static err take_one(void *arg, query_row *row)
{
    one *o = arg;
    add(o->m, o->g, query_value(row, 0).i, query_value(row, 1).i);
    return ERR_OK;
}

static err tally(shares *s, str where, group *g)
{
    one o = { s->m, g };
    return figures_each(s->c,
                        arena_printf(s->c->a, "SELECT %s, COUNT() n FROM case WHERE %.*s GROUP BY %s", s->m->field,
                                     STR_ARG(where), s->m->field),
                        take_one, &o);
}

/* ---- by time: the last twelve months or quarters that have begun ---- */

static err add_period(shares *s, str key, int64_t first_day, int64_t last_day)
{
    group       *g = &s->all[s->count];
    fiscal_range p = { .start = first_day, .end = last_day };
    *g = (group){ .key = { .set = true }, .id = key, .name = key, .where = figures_within(s->c, s->m->when, &p) };
    TRY(tally(s, arena_printf(s->c->a, "%.*s AND %.*s", STR_ARG(s->base), STR_ARG(g->where)), g));
    s->count += g->total > 0;
    return ERR_OK;
}

static err by_month(shares *s)
{
    int64_t today = ctx_today(s->c), first = today - date_to_civil(today).day + 1;
    for (int back = PERIODS_MOST - 1; back >= 0; back--) {
        int64_t begin = date_add_months(first, -back), end = date_add_months(begin, 1) - 1;
        civil   is = date_to_civil(begin);
        TRY(add_period(s, arena_printf(s->c->a, "%04d-%02d", is.year, is.month), begin, end));
    }
    return ERR_OK;
}

static err by_quarter(shares *s)
{
    fiscal_range *list;
    size_t        n;
    TRY(figures_quarters(s->c, true, PERIODS_MOST, &list, &n));
    for (size_t i = n; i-- > 0;)
        TRY(add_period(s, list[i].key, list[i].start, list[i].end));
    return ERR_OK;
}

/* ---- the answer ---- */

static int by_total(const void *x, const void *y)
{
    const group *a = x, *b = y;
    if (a->total != b->total)
        return a->total < b->total ? 1 : -1;
    if (a->key.set != b->key.set)
        return a->key.set ? -1 : 1;
    return str_compare(a->name, b->name);
}

/* A number with the list behind it: per cent and means are cut to two decimals; null of nothing. */
static void put_share(ctx *c, json_writer *w, const char *key, int64_t part, int64_t whole, str where)
{
    json_key(w, str_from(key));
    json_object(w);
    json_key(w, STR("value"));
    if (whole)
        json_real(w, (double)(part * 100 / whole) / 100);
    else
        json_null(w);
    json_key(w, STR("records"));
    figures_address(c, w, "cases", where);
    json_object_end(w);
}

static void put_group(const shares *s, const group *g, json_writer *w)
{
    ctx *c = s->c;
    str  where = g->where.n ? arena_printf(c->a, "%.*s AND %.*s", STR_ARG(s->base), STR_ARG(g->where)) : s->base;
    str  enough = s->m->enough > 1
                      ? arena_printf(c->a, "%.*s AND %s >= %lld", STR_ARG(where), s->m->field, (long long)s->m->enough)
                      : arena_printf(c->a, "%.*s AND %s = true", STR_ARG(where), s->m->field);
    figures_put_count(c, w, s->m->count, g->enough, "cases", enough);
    figures_put_count(c, w, "total", g->total, "cases", where);
    put_share(c, w, "share", g->enough * 100, g->total, where);
    if (!s->m->average)
        return;
    put_share(c, w, "average", g->sum, g->total, where);
    json_key(w, STR("stars"));
    json_array(w);
    for (int i = 0; i < STARS; i++)
        json_int(w, g->stars[i]);
    json_array_end(w);
}

static void put_all(const shares *s, const char *by, json_writer *w)
{
    const char *const columns[] = { "name",    "text",    s->m->count,
                                    "integer", "total",   "integer",
                                    "share",   "percent", s->m->average ? "average" : NULL,
                                    "decimal", NULL };
    json_object(w);
    json_put_string(w, "by", str_from(by));
    figures_columns(w, columns);
    json_key(w, STR("rows"));
    json_array(w);
    for (size_t i = 0; i < s->count; i++) {
        const group *g = &s->all[i];
        json_object(w);
        if (g->key.set) {
            json_put_string(w, "key", g->id);
            json_put_string(w, "name", g->name);
        } else {
            json_put_null(w, "key");
            json_put_null(w, "name");
        }
        put_group(s, g, w);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, STR("total"));
    json_object(w);
    put_group(s, &s->total, w);
    json_object_end(w);
    json_object_end(w);
}

/* ---- what is asked for ---- */

static const char *const dimensions[] = { "kind",    "product", "priority", "topic",  "category",
                                          "channel", "account", "owner",    "person", "team" };

/* values: by, period, account, person. */
static err narrow(shares *s, const char *const *values)
{
    ctx         *c = s->c;
    fiscal_range p;
    int64_t      account = figures_id(c, "account", values[2]), person = figures_id(c, "person", values[3]);
    s->base = arena_printf(c->a, "%s != null", s->m->field);
    if (values[1] && *values[1] && figures_period(c, str_from(values[1]), &p) == ERR_OK)
        s->base = arena_printf(c->a, "%.*s AND %.*s", STR_ARG(s->base), STR_ARG(figures_within(c, s->m->when, &p)));
    if (c->problem_count)
        return ERR_INVALID;
    if (account)
        s->base = arena_printf(c->a, "%.*s AND account = '%lld'", STR_ARG(s->base), (long long)account);
    if (person)
        s->base = arena_printf(c->a, "%.*s AND owner = '%lld'", STR_ARG(s->base), (long long)person);
    return ERR_OK;
}

static err group_by(shares *s, const char *by)
{
    bool        known = false;
    const char *name = strcmp(by, "person") == 0 ? "owner" : by;
    if (strcmp(by, "period") == 0)
        return by_quarter(s);
    if (strcmp(by, "month") == 0)
        return by_month(s);
    for (size_t i = 0; i < countof(dimensions); i++)
        known = known || strcmp(by, dimensions[i]) == 0;
    if (!known)
        return ctx_problem(s->c, "by", STR("not_a_choice"));
    s->by = entity_field(snapshot_entity(s->c->snap, STR("case")), str_from(name));
    TRY(figures_each(s->c,
                     arena_printf(s->c->a, "SELECT %s, %s, COUNT() n FROM case WHERE %.*s GROUP BY %s, %s LIMIT 2000",
                                  name, s->m->field, STR_ARG(s->base), name, s->m->field),
                     take_group, s));
    if (s->count)
        qsort(s->all, s->count, sizeof *s->all, by_total);
    return ERR_OK;
}

static err write_shares(ctx *c, const measure *m, const char *const *values, json_writer *out)
{
    const char *by = values[0] && *values[0] ? values[0] : "kind";
    shares      s = { .c = c, .m = m, .all = arena_make_n(c->a, group, GROUPS_MOST + 1) };
    TRY(narrow(&s, values));
    TRY(group_by(&s, by));
    TRY(tally(&s, s.base, &s.total));
    put_all(&s, by, out);
    return ERR_OK;
}

err case_view_timely(ctx *c, const char *const *values, json_writer *out)
{
    return write_shares(c, &timely, values, out);
}

err case_view_first_contact(ctx *c, const char *const *values, json_writer *out)
{
    return write_shares(c, &first_contact, values, out);
}

err case_view_satisfaction(ctx *c, const char *const *values, json_writer *out)
{
    return write_shares(c, &satisfaction, values, out);
}
