/* How the rows of a list are come by, where the engine is likely to be wrong about it.
 *
 * A list is fifty rows of perhaps a million in some order. The order's index, walked from its beginning, ends soon where
 * the condition is common and never where what it asks for stands at the far end; the condition's index, gathered and
 * sorted, ends soon where the condition is rare. Neither engine's statistics tell (SQLite takes every range for a
 * sixteenth, and no engine knows that last month's records are not the ones updated longest ago), so that it is looked
 * up here, in the transaction that answers, with counts that end early:
 *
 *   branches  a reference is one of few (the people whose records are seen, the stages that are won): one walk through
 *             (reference, order, id) for each, merged
 *   walk      the order's index, with the ids between which the condition's range lies: asked of the index's entry,
 *             before the row is fetched
 *   gather    the range's index, sorted; where it bears the order (entity_rides()) without fetching a row; of parts those of
 *             one's records (the changes of one's deals), off the index by which parts are found
 *
 * Ways differ in time only: each finds the same rows in the same order. */
#include "permit/grants.h"
#include "query/plan.h"

enum {
    FEW = 64,             /* branches                                                            */
    GATHER_AT_ONCE = 500, /* rows of a range that are fetched sooner than asked about           */
    GATHER_MOST = 30000,
    WALK_ENTRIES = 4000, /* of the order's index that may be gone through                       */
    SAMPLE = 200,        /* rows looked at for how common a range is                            */
    SAMPLE_WALK = 2000,
    SCOPED_GATHER = 5000,
    PART_GATHER = 6000, /* parts                                                               */
    PART_SAMPLE = 200   /* records of which the parts are counted                              */
};

typedef struct {
    const field *f;
    param        low, high; /* low ≤ x < high */
    bool         has_low, has_high;
} range;

typedef struct {
    const field  *by; /* of the order; NULL: the id */
    bool          descending;
    range         range;
    const few_of *few;    /* the condition is met by few records, which have an index */
    bool          pinned; /* the engine has an equality to go by */
    const field  *one_of; /* NULL: none */
    int64_t      *values;
    size_t        count;
} hints;

/* ---- asking the database ---- */

typedef struct {
    maker    *m;
    buf       sql;
    param     params[8];
    statement st;
} probe;

static void probe_begin(probe *p, maker *m)
{
    *p = (probe){ .m = m };
    buf_init(&p->sql, 1 << 20);
}

static void probe_bind(probe *p, param v)
{
    ASSERT(p->st.count < countof(p->params));
    p->params[p->st.count++] = v;
    buf_printf(&p->sql, "$%zu", p->st.count);
}

static void probe_int(probe *p, int64_t v)
{
    probe_bind(p, (param){ .kind = PARAM_INT, .i = v });
}

/* One row of `n` whole numbers; a failure leaves the choice to the engine, and is met again by the list itself. */
static bool probe_row(probe *p, int64_t *out, int n)
{
    db_stmt *s;
    bool     row = false;
    p->st.sql = arena_str(p->m->a, buf_str(&p->sql));
    p->st.params = p->params;
    buf_free(&p->sql);
    if (statement_open(p->m->c, &p->st, &s) != ERR_OK)
        return false;
    err e = db_step(s, &row);
    for (int i = 0; e == ERR_OK && row && i < n; i++)
        out[i] = db_null(s, i) ? 0 : db_int(s, i);
    db_done(s);
    return e == ERR_OK && row;
}

static str own_column(const field *f)
{
    return f->column_key.n ? f->column_key : f->column;
}

static void put_bounds(probe *p, const range *r, const char *column)
{
    if (r->has_low) {
        buf_printf(&p->sql, "%s >= ", column);
        probe_bind(p, r->low);
    }
    if (r->has_high) {
        buf_printf(&p->sql, "%s%s < ", r->has_low ? " AND " : "", column);
        probe_bind(p, r->high);
    }
}

/* How many rows (at most GATHER_MOST + 1), between which ids. */
static bool range_extent(maker *m, const range *r, int64_t out[3])
{
    probe p;
    probe_begin(&p, m);
    buf_puts(&p.sql, STR("SELECT COUNT(*), MIN(i), MAX(i) FROM (SELECT \"id\" AS i FROM "));
    bind_identifier(&p.sql, m->top.root->e->table);
    buf_puts(&p.sql, STR(" WHERE "));
    put_bounds(&p, r, arena_cstr(m->a, arena_printf(m->a, "\"%.*s\"", STR_ARG(r->f->column))));
    buf_puts(&p.sql, STR(" LIMIT "));
    probe_int(&p, GATHER_MOST + 1);
    buf_putc(&p.sql, ')');
    return probe_row(&p, out, 3);
}

/* The first entries or rows of the order, as x; of those that fit at most so many are counted. */
static void open_walk(probe *p, const hints *h, str column, int64_t entries)
{
    const char *down = h->descending ? " DESC" : "";
    buf_puts(&p->sql, STR("SELECT COUNT(*) FROM (SELECT 1 FROM (SELECT "));
    bind_identifier(&p->sql, column);
    buf_puts(&p->sql, STR(" AS x FROM "));
    bind_identifier(&p->sql, p->m->top.root->e->table);
    if (h->by && h->by->flags & FF_UNIQUE) /* as its index is */
        buf_puts(&p->sql, STR(" WHERE \"deleted_at\" IS NULL"));
    buf_puts(&p->sql, STR(" ORDER BY "));
    if (h->by) {
        bind_identifier(&p->sql, own_column(h->by));
        buf_printf(&p->sql, "%s, ", down);
    }
    buf_printf(&p->sql, "\"id\"%s LIMIT ", down);
    probe_int(p, entries);
    buf_puts(&p->sql, STR(") WHERE "));
}

static bool close_walk(probe *p, int64_t most, int64_t *met)
{
    buf_puts(&p->sql, STR(" LIMIT "));
    probe_int(p, most);
    buf_putc(&p->sql, ')');
    return probe_row(p, met, 1);
}

/* How many of the order's first entries lie between the ids. */
static bool walk_meets(maker *m, const hints *h, const int64_t extent[3], int64_t *met)
{
    probe p;
    probe_begin(&p, m);
    open_walk(&p, h, STR("id"), WALK_ENTRIES);
    buf_puts(&p.sql, STR("x BETWEEN "));
    probe_int(&p, extent[1]);
    buf_puts(&p.sql, STR(" AND "));
    probe_int(&p, extent[2]);
    return close_walk(&p, WALK_ENTRIES, met);
}

/* How many of the order's first rows lie in the range. */
static bool sample_meets(maker *m, const hints *h, int64_t rows, int64_t most, int64_t *met)
{
    probe p;
    probe_begin(&p, m);
    open_walk(&p, h, h->range.f->column, rows);
    put_bounds(&p, &h->range, "x");
    return close_walk(&p, most, met);
}

/* ---- what the condition offers ---- */

static void meet_low(range *r, param v)
{
    if (!r->has_low || r->low.i < v.i)
        r->low = v;
    r->has_low = true;
}

static void meet_high(range *r, param v)
{
    if (!r->has_high || r->high.i > v.i)
        r->high = v;
    r->has_high = true;
}

/* The first time field by which the condition bounds its records, as one range. */
static void find_range(hints *h, const field *f, compare_op op, const operand *o)
{
    range *r = &h->range;
    param  low = o->low, high = o->high;
    bool   bounds = o->kind == ON_RANGE || o->kind == ON_VALUE;
    if (!bounds || op == CMP_NE || op == CMP_LIKE || (r->f && r->f != f) || f == h->by || !entity_rides(f, NULL))
        return;
    if (o->kind == ON_VALUE) {
        high = low;
        high.i++;
    }
    r->f = f;
    if (op == CMP_EQ || op == CMP_GE)
        meet_low(r, low);
    if (op == CMP_GT)
        meet_low(r, high);
    if (op == CMP_EQ || op == CMP_LE)
        meet_high(r, high);
    if (op == CMP_LT)
        meet_high(r, low);
}

static void take_values(hints *h, const field *f, int64_t *values, size_t count)
{
    if (count == 0 || count > FEW || (h->one_of && h->count <= count))
        return;
    h->one_of = f;
    h->values = values;
    h->count = count;
}

/* The ids of a table's records that meet a condition of their own; at most FEW of interest. */
static void resolve(maker *m, hints *h, const field *via, const cond *c)
{
    maker    sub;
    cond     own = *c;
    db_stmt *s;
    int64_t *ids = arena_make_n(m->a, int64_t, FEW + 1);
    size_t   n = 0;
    bool     row = false;
    own.next = NULL;
    own.left.parts--;
    for (int i = 0; i < own.left.parts; i++)
        own.left.part[i] = c->left.part[i + 1];
    maker_begin(&sub, m->c);
    source_root(&sub, &sub.top, via->target);
    sub.unguarded = m->unguarded;
    bool ok = put_cond(&sub, &sub.top, &sub.where, &own, false);
    if (ok) {
        str       where = buf_str(&sub.where);
        str       table = via->target->table;
        statement st = { .params = sub.params.list, .count = sub.params.count };
        st.sql = arena_printf(m->a, "SELECT t0.\"id\" FROM \"%.*s\" t0 WHERE %.*s LIMIT %d", STR_ARG(table),
                              STR_ARG(where), FEW + 1);
        ok = statement_open(m->c, &st, &s) == ERR_OK;
        while (ok && n <= FEW && db_step(s, &row) == ERR_OK && row)
            ids[n++] = db_int(s, 0);
        if (ok)
            db_done(s);
    }
    maker_end(&sub);
    if (ok)
        take_values(h, via, ids, n);
}

static void team_members(maker *m, hints *h, const field *f, int64_t team_id)
{
    const entity *user = snapshot_entity(m->c->snap, STR("user"));
    const field  *team = user ? entity_field(user, STR("team")) : NULL;
    db_stmt      *s;
    int64_t      *ids = arena_make_n(m->a, int64_t, FEW + 1);
    size_t        n = 0;
    bool          row = false;
    param         id = { .kind = PARAM_INT, .i = team_id };
    statement     st = { .params = &id, .count = 1 };
    if (!team || f->target != user)
        return;
    st.sql = arena_printf(m->a, "SELECT \"id\" FROM \"%.*s\" WHERE \"%.*s\" = $1 LIMIT %d", STR_ARG(user->table),
                          STR_ARG(team->column), FEW + 1);
    if (statement_open(m->c, &st, &s) != ERR_OK)
        return;
    while (n <= FEW && db_step(s, &row) == ERR_OK && row)
        ids[n++] = db_int(s, 0);
    db_done(s);
    take_values(h, f, ids, n);
}

static void hint_of_list(maker *m, hints *h, const cond *c, const field *f)
{
    int64_t *ids = arena_make_n(m->a, int64_t, c->count + 1);
    term     t = { .type = f->type, .p = { .src = m->top.root, .f = f, .column = f->column } };
    operand  o;
    if (f->type != FT_REF || c->count > FEW)
        return;
    for (size_t i = 0; i < c->count; i++) {
        if (c->values[i].kind == LIT_NULL || !operand_find(m, &t, &c->values[i], false, &o) || o.kind != ON_VALUE)
            return;
        for (size_t k = 0; k < i; k++)
            if (ids[k] == o.low.i) /* a record must not come twice */
                return;
        ids[i] = o.low.i;
    }
    take_values(h, f, ids, c->count);
}

/* Does the condition let only such records through as few are? */
static void find_few(const maker *m, hints *h, const field *f, compare_op op, const operand *o)
{
    const entity *e = m->top.root->e;
    for (size_t i = 0; i < e->few_count; i++) {
        const few_of *w = &e->few[i];
        if (w->f == f && (w->key.n ? few_is(w, f, op, o) : op != CMP_NE && o->kind != ON_NULL))
            h->few = w;
    }
}

static void hint_of_field(maker *m, hints *h, const cond *c, const field *f)
{
    term    t = { .type = f->type, .p = { .src = m->top.root, .f = f, .column = f->column } };
    operand o;
    if (c->kind == COND_IN) {
        hint_of_list(m, h, c, f);
        return;
    }
    if (c->op == CMP_LIKE || !operand_find(m, &t, &c->values[0], false, &o))
        return;
    find_few(m, h, f, c->op, &o);
    if (f->type == FT_DATE || f->type == FT_TIME)
        find_range(h, f, c->op, &o);
    else if (o.kind == ON_TEAM && c->op == CMP_EQ && m->engine == DB_SQLITE)
        team_members(m, h, f, o.low.i);
    else if (c->op == CMP_EQ && o.kind != ON_NULL)
        h->pinned |= type_of(f)->reference || f->type == FT_ID || (f->flags & (FF_SORT | FF_UNIQUE)) != 0;
}

/* What is asked of a small table that a reference leads to (stage.kind = 'won') is as good as its ids. */
static void hint_of_path(maker *m, hints *h, const cond *c, const field *via)
{
    bool equal = c->kind == COND_IN || c->op == CMP_EQ;
    bool small = (via->type == FT_REF || via->type == FT_KEYREF) && via->target && via->target->def->configuration;
    if (equal && small && c->left.parts == 2 && m->engine == DB_SQLITE && c->values[0].kind != LIT_NULL &&
        !entity_common(via->target, CF_OWNER))
        resolve(m, h, via, c);
}

static void find_hints(maker *m, hints *h, const cond *c)
{
    if (c->kind == COND_AND) {
        for (const cond *one = c->first; one; one = one->next)
            find_hints(m, h, one);
        return;
    }
    if ((c->kind != COND_COMPARE && c->kind != COND_IN) || c->negative || c->left.fn != FN_NONE || c->count == 0)
        return;
    const field *f = entity_field(m->top.root->e, c->left.part[0]);
    if (!f || f->flags & FF_ALIAS || (!m->unguarded && !permit_field(&m->c->actor, f, VERB_READ)))
        return;
    if (c->left.parts == 1)
        hint_of_field(m, h, c, f);
    else
        hint_of_path(m, h, c, f);
}

/* ---- what the order offers ---- */

/* One key of the root's own, with an index, in the index's own order of nulls. */
static bool find_order(maker *m, hints *h)
{
    const order_item *o = m->by;
    const entity     *e = m->top.root->e;
    if (!o)
        return true; /* by id */
    const field *f = o->e.parts == 1 && o->e.fn == FN_NONE ? entity_field(e, o->e.part[0]) : NULL;
    if (f && f->flags & FF_ALIAS)
        f = &e->fields[e->title];
    h->descending = o->descending;
    if (!f || o->next || (o->nulls != NULLS_DEFAULT && (o->nulls == NULLS_FIRST) == o->descending))
        return false;
    if (f->type == FT_ID)
        return true;
    if (f->index == e->title && composed_of_limited(m, e))
        return false;
    h->by = f;
    return (f->flags & (FF_SORT | FF_UNIQUE) || f->index == e->title) && !type_of(f)->reference;
}

static bool list_has(str list, str want)
{
    return str_eq(list, want) || (str_starts(list, want) && list.p[want.n] == ',');
}

/* Is there an index (of, by)? As store/shape.c makes them. */
static bool has_index(const maker *m, const field *of, const field *by)
{
    const entity *e = m->top.root->e;
    if (!type_of(of)->reference)
        return false;
    if (!by)
        return of != entity_common(e, CF_OWNER) && !(of->flags & FF_COMMON);
    if (of == entity_common(e, CF_OWNER))
        return true;
    str want = arena_printf(m->a, "%.*s,%.*s", STR_ARG(of->name), STR_ARG(by->name));
    for (size_t i = 0; i < e->def->index_count; i++)
        if (!e->def->indexes[i].unique && list_has(str_from(e->def->indexes[i].fields), want))
            return true;
    return false;
}

/* ---- choosing ---- */

static void branch(maker *m, const field *of, const int64_t *values, size_t count, bool scoped)
{
    m->way = (way){ .kind = WAY_BRANCHES, .of = of, .values = values, .count = count, .scope = scoped };
}

/* A record must not come twice because somebody is both led and in a team below. */
static const int64_t *once_each(maker *m, const int64_t *values, size_t count, size_t *kept)
{
    int64_t *out = arena_make_n(m->a, int64_t, count);
    *kept = 0;
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < *kept && out[k] != values[i])
            k++;
        if (k == *kept)
            out[(*kept)++] = values[i];
    }
    return out;
}

/* How many there are (at most GATHER_MOST + 1): read off their index. */
static bool few_extent(maker *m, const few_of *w, int64_t *n)
{
    probe p;
    probe_begin(&p, m);
    buf_puts(&p.sql, STR("SELECT COUNT(*) FROM (SELECT 1 FROM "));
    bind_identifier(&p.sql, m->top.root->e->table);
    buf_printf(&p.sql, " WHERE \"%.*s\"", STR_ARG(w->f->column));
    if (w->key.n)
        buf_printf(&p.sql, " = '%.*s'", STR_ARG(w->key));
    else
        buf_puts(&p.sql, STR(" IS NOT NULL"));
    buf_puts(&p.sql, STR(" LIMIT "));
    probe_int(&p, GATHER_MOST + 1);
    buf_putc(&p.sql, ')');
    return probe_row(&p, n, 1);
}

/* Few are gathered off their index and sorted; where they have become many, the order's index meets them soon enough. */
static bool choose_few(maker *m, const hints *h, bool scoped)
{
    int64_t n = 0;
    if (!few_extent(m, h->few, &n) || (scoped && n > GATHER_MOST))
        return false;
    m->way = (way){ .kind = n > GATHER_MOST ? WAY_ORDER : WAY_GATHER, .of = h->few->f };
    return true;
}

static bool choose_scope(maker *m, const hints *h, bool only_ask)
{
    size_t n;
    if (m->unguarded || m->by_record)
        return false;
    scope sc = permit_scope(&m->c->actor, m->top.root->e, VERB_READ, m->a);
    if (sc.kind != SCOPE_USERS || sc.part || sc.user_count == 0 || sc.user_count > FEW ||
        !has_index(m, sc.field, h->by))
        return false;
    if (!only_ask) {
        const int64_t *users = once_each(m, sc.users, sc.user_count, &n);
        branch(m, sc.field, users, n, true);
        m->way.granted = sc.granted;
    }
    return true;
}

/* "… WHERE column IN ($1,$2,…)" of the people of a scope, bound as the first params. */
static str of_people_sql(maker *m, str select, const entity *e, const scope *sc, param *params)
{
    buf b;
    buf_init(&b, 64 << 10);
    buf_puts(&b, select);
    bind_identifier(&b, e->table);
    buf_printf(&b, " WHERE \"%.*s\" IN (", STR_ARG(sc->field->column));
    for (size_t i = 0, n = maker_padded(sc->user_count); i < n; i++) {
        params[i] = (param){ .kind = PARAM_INT, .i = sc->users[i < sc->user_count ? i : sc->user_count - 1] };
        buf_printf(&b, "%s$%zu", i ? "," : "", i + 1);
    }
    buf_putc(&b, ')');
    str sql = arena_str(m->a, buf_str(&b));
    buf_free(&b);
    return sql;
}

static bool count_of(maker *m, str sql, param *params, size_t count, int64_t *n)
{
    db_stmt  *s;
    bool      row = false;
    statement st = { .sql = sql, .params = params, .count = count };
    if (statement_open(m->c, &st, &s) != ERR_OK)
        return false;
    err e = db_step(s, &row);
    *n = e == ERR_OK && row ? db_int(s, 0) : 0;
    db_done(s);
    return e == ERR_OK && row;
}

/* How many (at most SCOPED_GATHER + 1) of a range are one's own: read off the owner's index. */
static bool own_extent(maker *m, const range *r, int64_t *n)
{
    scope  sc = permit_scope(&m->c->actor, m->top.root->e, VERB_READ, m->a);
    size_t count = maker_padded(sc.user_count);
    param *params = arena_make_n(m->a, param, count + 3);
    buf    b;
    buf_init(&b, 64 << 10);
    buf_puts(&b, of_people_sql(m, STR("SELECT COUNT(*) FROM (SELECT 1 FROM "), m->top.root->e, &sc, params));
    if (r->has_low) {
        params[count++] = r->low;
        buf_printf(&b, " AND \"%.*s\" >= $%zu", STR_ARG(r->f->column), count);
    }
    if (r->has_high) {
        params[count++] = r->high;
        buf_printf(&b, " AND \"%.*s\" < $%zu", STR_ARG(r->f->column), count);
    }
    params[count++] = (param){ .kind = PARAM_INT, .i = SCOPED_GATHER + 1 };
    str sql = arena_printf(m->a, "%.*s LIMIT $%zu)", STR_ARG(buf_str(&b)), count);
    buf_free(&b);
    return count_of(m, sql, params, count, n);
}

/* How many parts there are about of the records that somebody reaches: of a few of them, counted. */
static bool part_extent(maker *m, const scope *sc, int64_t *out)
{
    size_t  people = maker_padded(sc->user_count);
    param  *params = arena_make_n(m->a, param, people + 2);
    str     owned = of_people_sql(m, STR("SELECT \"id\" FROM "), sc->part->target, sc, params);
    int64_t wholes, parts = 0;
    params[people] = (param){ .kind = PARAM_INT, .i = PART_GATHER + 1 };
    if (!count_of(m, arena_printf(m->a, "SELECT COUNT(*) FROM (%.*s LIMIT $%zu)", STR_ARG(owned), people + 1), params,
                  people + 1, &wholes))
        return false;
    int64_t some = wholes < PART_SAMPLE ? wholes : PART_SAMPLE;
    params[people].i = some;
    params[people + 1] = (param){ .kind = PARAM_INT, .i = PART_GATHER + 1 };
    str sql =
        arena_printf(m->a,
                     "SELECT COUNT(*) FROM (SELECT 1 FROM \"%.*s\" WHERE \"%.*s\" IN (%.*s LIMIT $%zu) LIMIT $%zu)",
                     STR_ARG(m->top.root->e->table), STR_ARG(sc->part->column), STR_ARG(owned), people + 1, people + 2);
    if (some && !count_of(m, sql, params, people + 2, &parts))
        return false;
    *out = some ? parts * wholes / some : 0;
    return true;
}

/* Whose a part is stands in the record that it is a part of. Few are gathered; of many, the order's index meets enough soon,
 * asked record by record. */
static void choose_part(maker *m)
{
    int64_t n;
    if (m->unguarded || m->by_record || m->engine != DB_SQLITE)
        return;
    scope sc = permit_scope(&m->c->actor, m->top.root->e, VERB_READ, m->a);
    if (sc.kind != SCOPE_USERS || !sc.part || sc.user_count == 0 || !part_extent(m, &sc, &n))
        return;
    m->way = (way){ .kind = n > PART_GATHER ? WAY_ORDER : WAY_GATHER, .of = sc.part };
}

/* The range's index bears the order: gathering fetches no row. The order's own bears the range where it is a time too. */
static void choose_covered(maker *m, const hints *h)
{
    bool    both = h->by && entity_rides(h->by, h->range.f);
    int64_t met = 0, wanted = m->q->limit + 1;
    int     rows = both ? WALK_ENTRIES : SAMPLE;
    if (!sample_meets(m, h, rows, both ? wanted : rows, &met))
        return;
    bool order = met * (both ? 1 : SAMPLE_WALK / SAMPLE) >= wanted;
    m->way = (way){ .kind = order ? WAY_ORDER : WAY_GATHER, .of = h->range.f };
}

static void choose_by_range(maker *m, const hints *h)
{
    int64_t extent[3], met = 0, wanted = m->q->limit + 1;
    if (!h->by || entity_rides(h->range.f, h->by)) {
        choose_covered(m, h);
        return;
    }
    if (!range_extent(m, &h->range, extent) || extent[0] == 0)
        return;
    if (extent[0] > GATHER_MOST) {
        if (sample_meets(m, h, SAMPLE, SAMPLE, &met) && met * (SAMPLE_WALK / SAMPLE) >= wanted)
            m->way = (way){ .kind = WAY_ORDER, .of = h->range.f };
        return;
    }
    m->way = (way){ .kind = WAY_GATHER, .of = h->range.f };
    if (extent[0] <= GATHER_AT_ONCE || !walk_meets(m, h, extent, &met))
        return;
    if (met * extent[0] / (extent[2] - extent[1] + 1) >= wanted)
        m->way = (way){ .kind = WAY_WALK, .of = h->range.f, .low = extent[1], .high = extent[2] };
}

void way_find(maker *m, const cond *where)
{
    hints h = { 0 };
    if (!m->c->conn || m->q->grouped || m->q->limit <= 0 || !find_order(m, &h))
        return;
    if (where)
        find_hints(m, &h, where);
    if (h.pinned)
        return;
    bool scoped = choose_scope(m, &h, true);
    if (h.few && m->engine == DB_SQLITE && choose_few(m, &h, scoped))
        return;
    if (h.range.f && m->engine == DB_SQLITE) {
        int64_t n = 0;
        if (!scoped)
            choose_by_range(m, &h);
        else if (own_extent(m, &h.range, &n) && n <= SCOPED_GATHER)
            m->way = (way){ .kind = WAY_GATHER, .of = h.range.f };
        if (m->way.kind != WAY_ENGINE)
            return;
    }
    if (h.one_of && h.count > 0 && has_index(m, h.one_of, h.by))
        branch(m, h.one_of, h.values, h.count, false);
    else if (scoped)
        (void)choose_scope(m, &h, false);
    else
        choose_part(m);
}

/* ---- as SQL ---- */

/* The keys, as k0, k1 …; the last is the id. */
static void put_keys(maker *m, buf *out)
{
    for (size_t i = 0; i < m->q->key_count; i++)
        buf_printf(out, "%s%.*s AS k%zu", i ? ", " : "", STR_ARG(m->q->keys[i].key), i);
}

static void put_rows(maker *m, buf *out, str conditions, str after)
{
    buf_puts(out, STR("SELECT "));
    put_keys(m, out);
    buf_puts(out, conditions);
    buf_puts(out, after);
}

typedef struct {
    size_t from;
    str    limit;       /* empty: none of its own */
    size_t first, arms; /* parameters of the other branches */
} piece;

/* What is shared, but for what the other branches have. */
static void put_granted_branch(maker *m, buf *out, str conditions, str after, piece p)
{
    buf_puts(out, p.limit.n ? STR(" UNION ALL (") : STR(" UNION ALL "));
    put_rows(m, out, conditions, after);
    buf_puts(out, STR(" AND t0.\"id\""));
    put_granted(m, out, m->top.root->e, VERB_READ);
    buf_puts(out, STR(" AND COALESCE("));
    put_column(out, m->top.root, m->way.of->column);
    buf_puts(out, STR(",0) NOT IN ("));
    for (size_t i = 0; i < p.arms; i++)
        buf_printf(out, "%s$%zu", i ? "," : "", p.first + i);
    buf_putc(out, ')');
    if (!p.limit.n)
        return;
    put_order(m, out, p.from, ORDER_KEY);
    buf_puts(out, p.limit);
    buf_putc(out, ')');
}

/* SQLite merges branches that an index has in order and reads no more of them than is wanted; PostgreSQL does so where
 * each says how many. */
static void put_branches(maker *m, buf *out, str conditions, str after, size_t from, str limit)
{
    size_t arms = maker_padded(m->way.count), first = m->params.count + 1;
    bool   limited = m->engine == DB_POSTGRES && (arms > 1 || m->way.granted);
    for (size_t i = 0; i < arms; i++) {
        if (i > 0)
            buf_puts(out, STR(" UNION ALL "));
        if (limited)
            buf_putc(out, '(');
        put_rows(m, out, conditions, after);
        buf_puts(out, STR(" AND "));
        put_column(out, m->top.root, m->way.of->column);
        buf_puts(out, STR(" = "));
        put_int_param(m, out, i < m->way.count ? m->way.values[i] : 0);
        if (limited) {
            put_order(m, out, from, ORDER_KEY);
            buf_puts(out, limit);
            buf_putc(out, ')');
        }
    }
    if (m->way.granted)
        put_granted_branch(m, out, conditions, after, (piece){ from, limited ? limit : (str){ 0 }, first, arms });
    put_order(m, out, from, ORDER_ALIAS);
}

/* The ids first, with nothing but the keys; then what is shown of them. */
void way_write(maker *m, buf *out, str conditions, str after, size_t from)
{
    size_t ids = m->q->key_count - 1;
    buf    limit, shown;
    size_t arms = m->way.kind == WAY_BRANCHES ? maker_padded(m->way.count) : 0;
    if (arms && m->way.granted)
        arms += GRANTS_PARAMS;
    buf_init(&shown, 1 << 20);
    put_from(m, &shown, &m->top); /* now: the people that its paths ask about come before the limit */
    buf_init(&limit, 64);
    buf_printf(&limit, " LIMIT $%zu", m->params.count + arms + 1); /* the last parameter is the limit */
    buf_puts(out, STR("SELECT "));
    buf_puts(out, buf_str(&m->columns));
    buf_puts(out, STR(" FROM ("));
    if (m->way.kind == WAY_BRANCHES) {
        put_branches(m, out, conditions, after, from, buf_str(&limit));
    } else {
        put_rows(m, out, conditions, after);
        put_order(m, out, from, ORDER_UNINDEXED);
    }
    buf_puts(out, buf_str(&limit));
    buf_puts(out, STR(") x CROSS JOIN "));
    buf_puts(out, buf_str(&shown));
    out->failed |= shown.failed;
    buf_free(&shown);
    buf_puts(out, STR(" WHERE "));
    put_column(out, m->top.root, STR("id"));
    buf_printf(out, " = x.k%zu", ids);
    put_order(m, out, from, ORDER_KEY);
    buf_clear(&limit);
    put_int_param(m, &limit, m->q->limit + 1);
    buf_free(&limit);
}
