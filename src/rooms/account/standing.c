#include "rooms/account/standing.h"

enum { QUARTERS = 12 };

typedef struct {
    bool    set;
    str     key, label, where;
    int64_t n[STANDING_METRICS];
} group;

typedef struct {
    ctx                    *c;
    const standing_request *r;
    const field            *f;
    group                   list[STANDING_ROWS + 1];
    size_t                  count, metric;
    int64_t                 total[STANDING_METRICS];
    fiscal_range            span; /* from the first quarter to the last */
} standing;

static str both(ctx *c, str a, str b)
{
    if (!a.n || !b.n)
        return a.n ? a : b;
    return arena_printf(c->a, "(%.*s) AND (%.*s)", STR_ARG(a), STR_ARG(b));
}

/* The condition of a metric, with what holds for all. */
static str metric_where(const standing *s, size_t metric)
{
    return both(s->c, s->r->where, s->r->metrics[metric].where);
}

static str key_text(ctx *c, const field *f, const value *v)
{
    return f->type == FT_REF ? arena_printf(c->a, "%lld", (long long)v->i) : arena_str(c->a, v->s);
}

static void name_group(standing *s, group *g, const value *key)
{
    ctx          *c = s->c;
    const choice *ch = key->set && s->f->type == FT_CHOICE ? field_choice(s->f, key->s) : NULL;
    g->set = key->set;
    g->key = key->set ? key_text(c, s->f, key) : (str){ 0 };
    g->label = ch ? ch->label[c->lang] : arena_str(c->a, key->s);
    g->where = key->set ? arena_printf(c->a, "%s = %.*s", s->r->field, STR_ARG(figures_quote(c, g->key)))
                        : arena_printf(c->a, "%s = null", s->r->field);
}

static err take_group(void *arg, query_row *row)
{
    standing *s = arg;
    value     key = query_value(row, 0);
    group    *g = NULL;
    str       text = key.set ? key_text(s->c, s->f, &key) : (str){ 0 };
    for (size_t i = 0; i < s->count && !g; i++)
        if (s->list[i].set == key.set && str_eq(s->list[i].key, text))
            g = &s->list[i];
    if (!g && s->count <= STANDING_ROWS && s->metric == 0)
        name_group(s, g = &s->list[s->count++], &key);
    if (g)
        g->n[s->metric] = query_value(row, 1).i;
    return ERR_OK;
}

/* The groups of the first metric, for the others. */
static str shown(const standing *s)
{
    ctx *c = s->c;
    str  in = { 0 };
    bool none = false;
    for (size_t i = 0; i < s->count; i++) {
        none = none || !s->list[i].set;
        if (s->list[i].set)
            in = arena_printf(c->a, "%.*s%s%.*s", STR_ARG(in), in.n ? "," : "",
                              STR_ARG(figures_quote(c, s->list[i].key)));
    }
    str list = in.n ? arena_printf(c->a, "%s IN (%.*s)", s->r->field, STR_ARG(in)) : (str){ 0 };
    str null = none ? arena_printf(c->a, "%s = null", s->r->field) : (str){ 0 };
    return list.n && null.n ? arena_printf(c->a, "(%.*s OR %.*s)", STR_ARG(list), STR_ARG(null)) : list.n ? list : null;
}

static err group_by_field(standing *s)
{
    ctx *c = s->c;
    for (s->metric = 0; s->metric < s->r->metric_count; s->metric++) {
        str    where = metric_where(s, s->metric);
        query *q;
        if (s->metric && s->count == 0)
            return ERR_OK;
        if (s->metric)
            where = both(c, where, shown(s));
        TRY(query_select(
            c,
            arena_printf(c->a, "SELECT %s, COUNT(id) n FROM %s%s%.*s GROUP BY %s ORDER BY COUNT(id) DESC LIMIT %d",
                         s->r->field, s->r->entity, where.n ? " WHERE " : "", STR_ARG(where), s->r->field,
                         STANDING_ROWS + 1),
            &q));
        s->f = query_columns(q)[0].field;
        TRY(query_run(c, q, take_group, s));
    }
    return ERR_OK;
}

static err count_where(ctx *c, const standing *s, str where, int64_t *n)
{
    list_request r = { .where = where };
    return query_count(c, snapshot_entity(c->snap, str_from(s->r->entity)), &r, false, n);
}

static err take_quarter(void *arg, query_row *row)
{
    standing    *s = arg;
    fiscal_range p = { .start = query_value(row, 1).i, .end = query_value(row, 2).i };
    str          key = arena_str(s->c->a, query_value(row, 0).s);
    if (s->count == 0)
        s->span.end = p.end;
    s->span.start = p.start;
    s->list[s->count++] =
        (group){ .set = true, .key = key, .label = key, .where = figures_within_time(s->c, s->r->time, &p) };
    return ERR_OK;
}

static err group_by_quarter(standing *s)
{
    ctx *c = s->c;
    TRY(figures_each(c,
                     arena_printf(c->a,
                                  "SELECT key, start, end FROM fiscal_period WHERE kind = 'quarter' AND start <= TODAY "
                                  "ORDER BY start DESC LIMIT %d",
                                  QUARTERS),
                     take_quarter, s));
    for (size_t i = 0; i < s->count / 2; i++) {
        group swap = s->list[i];
        s->list[i] = s->list[s->count - 1 - i];
        s->list[s->count - 1 - i] = swap;
    }
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->r->metric_count; k++)
            TRY(count_where(c, s, both(c, metric_where(s, k), s->list[i].where), &s->list[i].n[k]));
    return ERR_OK;
}

static size_t metric_at(const standing_request *r, const char *name)
{
    size_t i = 0;
    while (i < r->metric_count && strcmp(r->metrics[i].name, name) != 0)
        i++;
    return i;
}

static void put_metrics(standing *s, json_writer *w, const int64_t *n, str where)
{
    const standing_request *r = s->r;
    for (size_t k = 0; k < r->metric_count; k++)
        figures_put_count(s->c, w, r->metrics[k].name, n[k], r->plural, both(s->c, metric_where(s, k), where));
    if (r->rate) {
        size_t part = metric_at(r, r->part);
        json_key(w, str_from(r->rate));
        json_object(w);
        json_key(w, STR("value"));
        figures_percent(w, n[part], n[metric_at(r, r->whole)]);
        json_key(w, STR("records"));
        figures_address(s->c, w, r->plural, both(s->c, metric_where(s, part), where));
        json_object_end(w);
    }
    if (!r->before)
        return;
    int64_t was = n[metric_at(r, r->before)], is = n[metric_at(r, r->of)];
    json_key(w, STR("change"));
    figures_percent(w, is - was, was);
}

static void put_columns(const standing_request *r, json_writer *w)
{
    const char *pairs[2 * STANDING_METRICS + 8] = { "name", "text" };
    size_t      n = 2;
    for (size_t k = 0; k < r->metric_count; k++) {
        pairs[n++] = r->metrics[k].name;
        pairs[n++] = "integer";
    }
    if (r->rate) {
        pairs[n++] = r->rate;
        pairs[n++] = "percent";
    }
    if (r->before) {
        pairs[n++] = "change";
        pairs[n++] = "percent";
    }
    figures_columns(w, pairs);
}

err standing_write(ctx *c, const standing_request *r, json_writer *w)
{
    standing *s = arena_make(c->a, standing);
    s->c = c;
    s->r = r;
    TRY(r->field ? group_by_field(s) : group_by_quarter(s));
    str span = !r->field && s->count ? figures_within_time(c, r->time, &s->span) : (str){ 0 };
    for (size_t k = 0; k < r->metric_count; k++)
        TRY(count_where(c, s, both(c, metric_where(s, k), span), &s->total[k]));
    json_put_string(w, "by", str_from(r->by));
    put_columns(r, w);
    json_key(w, STR("rows"));
    json_array(w);
    for (size_t i = 0; i < s->count && i < STANDING_ROWS; i++) {
        const group *g = &s->list[i];
        json_object(w);
        if (g->set) {
            json_put_string(w, "key", g->key);
            json_put_string(w, "name", g->label);
        } else {
            json_put_null(w, "key");
            json_put_null(w, "name");
        }
        put_metrics(s, w, g->n, g->where);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, STR("total"));
    json_object(w);
    put_metrics(s, w, s->total, span);
    json_object_end(w);
    json_put_bool(w, "more", s->count > STANDING_ROWS);
    return ERR_OK;
}
