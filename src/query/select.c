/* What is read: columns and their places in the reply, groups, order. */
#include "query/plan.h"

/* ---- SQL columns ---- */

static int next_column(maker *m)
{
    if (m->column_count > 0)
        buf_puts(&m->columns, STR(", "));
    return m->column_count++;
}

static int add_column(maker *m, str sql)
{
    int at = next_column(m);
    buf_puts(&m->columns, sql);
    return at;
}

static int add_source_column(maker *m, const source *s, str column)
{
    int at = next_column(m);
    put_column(&m->columns, s, column);
    return at;
}

/* A subquery and no join: it is asked for the rows that are shown, not for those that are sorted. Of what the actor may
 * not see there is none (PERMIT-18). */
static void put_record_name(maker *m, const source *s, str column, const entity *e)
{
    buf_printf(&m->columns, "(SELECT COALESCE(%s, '') FROM zk_record n WHERE n.\"id\" = ",
               composed_of_limited(m, e) ? "'***'" : "n.\"name\"");
    put_column(&m->columns, s, column);
    put_seen(m, &m->columns, e, column_sql(m, s, column));
    buf_putc(&m->columns, ')');
}

/* Whose record it is decides who may see it. True: some may not. */
static bool add_any_name(maker *m, const source *s, const field *f)
{
    bool limited = false;
    for (size_t i = 0; i < m->c->snap->entity_count; i++)
        limited |= limited_entity(m, m->c->snap->entities[i]);
    next_column(m);
    buf_puts(&m->columns, STR("(SELECT COALESCE(n.\"name\", '') FROM zk_record n WHERE n.\"id\" = "));
    put_column(&m->columns, s, f->column);
    if (limited) {
        buf_puts(&m->columns, STR(" AND "));
        put_any_seen(m, &m->columns, s, f);
    }
    buf_putc(&m->columns, ')');
    return limited;
}

static int reference_before(const maker *m, const source *s, const field *f)
{
    int i = m->q->grouped ? 0 : (int)m->q->count;
    for (const out_column *o = m->q->out; i > 0; i--)
        if (o[i - 1].read == READ_REF && o[i - 1].src == s && o[i - 1].f->target == f->target)
            break;
    return i;
}

/* NULL where an earlier reference holds the same id. */
static void add_reference_name(maker *m, const place *p, out_column *o)
{
    o->src = p->src;
    o->column = p->column;
    o->like = reference_before(m, p->src, p->f);
    next_column(m);
    const char *word = "CASE WHEN ";
    for (int i = o->like; i > 0; i = m->q->out[i - 1].like) {
        buf_putz(&m->columns, word);
        put_column(&m->columns, p->src, p->column);
        buf_puts(&m->columns, STR(" = "));
        put_column(&m->columns, p->src, m->q->out[i - 1].column);
        word = " OR ";
    }
    if (o->like)
        buf_puts(&m->columns, STR(" THEN NULL ELSE "));
    put_record_name(m, p->src, p->column, p->f->target);
    o->limited = limited_entity(m, p->f->target);
    if (o->like)
        buf_puts(&m->columns, STR(" END"));
}

static void add_record_key(maker *m, const source *s, const field *f)
{
    next_column(m);
    buf_puts(&m->columns, STR("(SELECT k."));
    bind_identifier(&m->columns, f->target->fields[f->target->key].column);
    buf_puts(&m->columns, STR(" FROM "));
    bind_identifier(&m->columns, f->target->table);
    buf_puts(&m->columns, STR(" k WHERE k.\"id\" = "));
    put_column(&m->columns, s, f->column);
    buf_putc(&m->columns, ')');
}

static int currency_column(maker *m, source *s, const field *f)
{
    if (f->type != FT_MONEY || f->currency < 0)
        return -1;
    if (s->currency_at < 0 || m->q->grouped)
        s->currency_at = add_source_column(m, s, s->e->fields[f->currency].column);
    return s->currency_at;
}

static bool shown_masked(const maker *m, const field *f)
{
    if (m->readable)
        return m->readable[f->index] == SHOW_MASKED;
    return !m->unguarded && permit_show(&m->c->actor, f) == SHOW_MASKED;
}

static out_column place_column(maker *m, const place *p)
{
    const field *f = p->f;
    out_column   o = { .read = READ_FIELD, .f = f, .currency_at = -1, .masked = shown_masked(m, f) };
    if (p->entity_of) {
        o.read = READ_TEXT;
        o.f = NULL;
        o.at = add_source_column(m, p->src, p->column);
        return o;
    }
    if (f->type == FT_ANYREF)
        o.at = add_source_column(m, p->src, f->column_entity);
    bool composed = f->index == p->src->e->title && composed_of_limited(m, p->src->e);
    int  at = composed ? add_column(m, composed_sql(m, p->src, p->column)) : add_source_column(m, p->src, p->column);
    switch (f->type) {
    case FT_ANYREF:
        o.read = READ_ANY;
        o.limited = add_any_name(m, p->src, f);
        return o;
    case FT_REF:
        o.read = READ_REF;
        add_reference_name(m, p, &o);
        break;
    case FT_KEYREF:
        o.read = READ_KEYREF;
        add_record_key(m, p->src, f);
        break;
    default: break;
    }
    o.at = at;
    o.currency_at = currency_column(m, p->src, f);
    return o;
}

/* ---- functions and groups ---- */

static out_column average_column(maker *m, const term *t)
{
    str        x = column_sql(m, t->p.src, t->p.column);
    out_column o = { .read = READ_AVG, .f = t->p.f, .currency_at = -1 };
    o.at = add_column(m, arena_printf(m->a, "CAST(SUM(%.*s) AS %s)", STR_ARG(x), m->words->type_int));
    add_column(m, arena_printf(m->a, "COUNT(%.*s)", STR_ARG(x)));
    return o;
}

static out_column function_column(maker *m, const term *t)
{
    out_column o = { .currency_at = -1 };
    if (t->fn == FN_AVG) {
        o = average_column(m, t);
    } else {
        o.at = add_column(m, t->sql);
        o.read = t->type == FT_DATE && !fn_aggregates(t->fn) ? READ_DATE : READ_INT;
        if (t->fn == FN_SUM || t->fn == FN_MIN || t->fn == FN_MAX)
            o = (out_column){ .read = READ_FIELD, .f = t->p.f, .at = o.at, .currency_at = -1 };
    }
    if (t->currency.n)
        o.currency_at = add_column(m, t->currency);
    return o;
}

/* Records of what the actor may not see are one group. */
static bool grouped_limited(maker *m, const term *g)
{
    return g->fn == FN_NONE && !g->p.entity_of && g->type == FT_REF && limited_entity(m, g->p.f->target);
}

static out_column limited_group(maker *m, const term *g)
{
    out_column o = { .read = READ_REF, .f = g->p.f, .src = g->p.src, .column = g->p.column, .currency_at = -1 };
    o.limited = true;
    o.at = add_column(m, g->sql);
    next_column(m);
    buf_puts(&m->columns, STR("MIN("));
    put_record_name(m, g->p.src, g->p.column, g->p.f->target);
    buf_putc(&m->columns, ')');
    return o;
}

/* Texts that differ only in case are one group, shown as the least of them. */
static out_column group_column(maker *m, const term *g)
{
    const field *f = g->p.f;
    if (g->fn != FN_NONE)
        return function_column(m, g);
    if (grouped_limited(m, g))
        return limited_group(m, g);
    if (!g->keyed)
        return place_column(m, &g->p);
    out_column o = { .read = f->type == FT_KEYREF ? READ_KEY : READ_FIELD, .f = f, .currency_at = -1 };
    o.at = add_column(m, arena_printf(m->a, "MIN(%.*s)", STR_ARG(g->sql)));
    return o;
}

static bool same_term(const term *a, const term *b)
{
    return a->fn == b->fn && a->p.src == b->p.src && a->p.f == b->p.f && str_eq(a->p.column, b->p.column);
}

static const term *group_find(const maker *m, const term *t)
{
    for (size_t i = 0; i < m->group_count; i++)
        if (same_term(&m->groups[i], t))
            return &m->groups[i];
    return NULL;
}

static bool groupable(const term *t)
{
    if (fn_aggregates(t->fn))
        return false;
    return t->fn != FN_NONE || t->p.entity_of || type_of(t->p.f)->groupable;
}

bool select_groups(maker *m)
{
    size_t n = 0;
    for (const expr *x = m->t->group; x; x = x->next)
        n++;
    m->groups = arena_make_n(m->a, term, n + 1);
    for (const expr *x = m->t->group; x; x = x->next) {
        term *t = &m->groups[m->group_count];
        if (!term_find(m, &m->top, x, t))
            return false;
        if (!groupable(t))
            return maker_fault(m, x->at, "not_groupable", t->p.f ? t->p.f->name : (str){ 0 });
        if (t->type == FT_KEYREF)
            (void)term_order_key(m, &m->top, t);
        if (grouped_limited(m, t))
            t->sql = t->key = seen_id_sql(m, &t->p);
        if (m->group_count++ > 0)
            buf_puts(&m->group, STR(", "));
        buf_puts(&m->group, t->key);
        if (t->currency.n && t->fn == FN_NONE)
            buf_printf(&m->group, ", %.*s", STR_ARG(t->currency));
    }
    return true;
}

/* ---- the shape of the reply ---- */

static shape *shape_child(maker *m, shape *of, str key)
{
    for (shape *s = of->first; s; s = s->next)
        if (str_eq(s->key, key))
            return s;
    shape *s = arena_make(m->a, shape);
    *s = (shape){ .key = key, .quoted = json_quote(m->a, key), .column = -1, .presence = -1 };
    if (of->last)
        of->last->next = s;
    else
        of->first = s;
    of->last = s;
    return s;
}

/* "account.name": account is null where there is none or it may not be seen. */
static int presence_column(maker *m, const place *p, int part, bool last_step)
{
    if (m->q->grouped || p->entity_of)
        return -1;
    if (last_step && p->reference)
        return add_source_column(m, p->src, p->column);
    source *s = p->chain[part + 1];
    if (s->id_at < 0)
        s->id_at = add_source_column(m, s, STR("id"));
    return s->id_at;
}

static bool shape_add(maker *m, const expr *x, const place *p, str alias, int column)
{
    shape *at = m->q->shape;
    if (alias.n) {
        at = shape_child(m, at, alias);
    } else {
        for (int i = 0; i < x->parts; i++) {
            at = shape_child(m, at, x->part[i]);
            if (i < x->parts - 1 && at->presence < 0)
                at->presence = presence_column(m, p, i, i == x->parts - 2);
        }
    }
    if (at->column >= 0)
        return maker_fault(m, x->at, "twice", at->key);
    at->column = column;
    return true;
}

/* ---- columns of the result ---- */

static str path_text(maker *m, const expr *x)
{
    str s = x->part[0];
    for (int i = 1; i < x->parts; i++)
        s = arena_printf(m->a, "%.*s.%.*s", STR_ARG(s), STR_ARG(x->part[i]));
    return s;
}

static void add_out(maker *m, str name, const term *t, out_column o)
{
    bool plain = t->fn == FN_NONE && !t->p.entity_of;
    m->q->out[m->q->count] = o;
    m->q->columns[m->q->count++] = (query_column){
        .name = name,
        .field = plain ? t->p.f : NULL,
        .money_of = !plain && t->type == FT_MONEY ? t->p.f : NULL,
        .type = t->p.entity_of ? FT_TEXT : t->type,
        .real = t->real,
    };
}

static bool select_item(maker *m, const item *it, int *unnamed)
{
    term t;
    str  alias = it->alias;
    if (it->e.parts == 0 && !it->alias.n && m->t->items == it && !it->next && !m->t->group) {
        m->q->counts = true;
        alias = STR("count");
    }
    m->showing = it->e.fn == FN_NONE && !m->q->grouped;
    bool found = term_find(m, &m->top, &it->e, &t);
    m->showing = false;
    if (!found)
        return false;
    if (t.fn != FN_NONE && !alias.n)
        alias = arena_printf(m->a, "expr%d", (*unnamed)++);
    out_column o;
    if (m->q->grouped && !fn_aggregates(t.fn)) {
        const term *g = group_find(m, &t);
        if (!g)
            return maker_fault(m, it->e.at, "not_grouped", path_text(m, &it->e));
        o = group_column(m, g);
    } else {
        o = t.fn == FN_NONE ? place_column(m, &t.p) : function_column(m, &t);
    }
    if (!shape_add(m, &it->e, &t.p, alias, (int)m->q->count))
        return false;
    add_out(m, alias.n ? alias : path_text(m, &it->e), &t, o);
    return true;
}

static void room_for(maker *m, size_t n)
{
    m->q->columns = arena_make_n(m->a, query_column, n + 2);
    m->q->out = arena_make_n(m->a, out_column, n + 2);
}

bool select_items(maker *m)
{
    size_t n = 0;
    int    unnamed = 0;
    for (const item *it = m->t->items; it; it = it->next)
        n++;
    room_for(m, n);
    for (const item *it = m->t->items; it; it = it->next)
        if (!select_item(m, it, &unnamed))
            return false;
    return true;
}

static void add_field(maker *m, const field *f, str name, str column)
{
    term   t = { .type = f->type, .p = { .src = m->top.root, .f = f, .column = column } };
    shape *s = shape_child(m, m->q->shape, name);
    s->column = (int)m->q->count;
    add_out(m, name, &t, place_column(m, &t.p));
}

/* Every field that may be read; the id first. */
bool select_fields(maker *m, bool deleted)
{
    const entity *e = m->q->e;
    const field  *id = entity_common(e, CF_ID), *time = entity_common(e, CF_UPDATED_AT);
    room_for(m, e->field_count);
    add_field(m, id, id->name, id->column);
    for (size_t i = 0; i < e->field_count; i++) {
        const field *f = &e->fields[i];
        bool may = m->readable ? m->readable[i] != SHOW_NOT : m->unguarded || permit_show(&m->c->actor, f) != SHOW_NOT;
        if (f != id && may)
            add_field(m, f, f->name, f->column);
    }
    if (deleted)
        add_field(m, time, STR("deleted_at"), STR("deleted_at"));
    return true;
}

/* ---- order ---- */

static param_kind kind_of(const term *t)
{
    if (t->keyed)
        return PARAM_BLOB;
    if (t->p.entity_of && t->fn == FN_NONE)
        return PARAM_TEXT;
    switch (type_row_of(t->type)->store) {
    case STORE_TEXT:
    case STORE_JSON: return PARAM_TEXT;
    case STORE_INT: return t->real ? PARAM_REAL : PARAM_INT;
    case STORE_BOOL: return PARAM_BOOL;
    case STORE_DATE: return PARAM_DATE;
    case STORE_TIME: return PARAM_TIME;
    }
    return PARAM_INT;
}

static void add_key(maker *m, const term *t, bool descending, nulls_order nulls)
{
    m->q->keys[m->q->key_count++] = (order_key){
        .key = t->key,
        .kind = kind_of(t),
        .descending = descending,
        .nulls_first = nulls == NULLS_DEFAULT || !t->nullable ? !descending : nulls == NULLS_FIRST,
        .nullable = t->nullable,
    };
}

static const item *item_named(const maker *m, const expr *x)
{
    for (const item *it = m->t ? m->t->items : NULL; it; it = it->next)
        if (x->parts == 1 && x->fn == FN_NONE && it->alias.n && str_eq_nocase(it->alias, x->part[0]))
            return it;
    return NULL;
}

static bool order_term(maker *m, const expr *x, term *t)
{
    const item *named = item_named(m, x);
    if (!term_find(m, &m->top, named ? &named->e : x, t))
        return false;
    if (m->q->grouped && !fn_aggregates(t->fn)) {
        const term *g = group_find(m, t);
        if (!g)
            return maker_fault(m, x->at, "not_grouped", path_text(m, x));
        *t = *g;
        return t->type != FT_CHOICE || t->p.entity_of || term_order_key(m, &m->top, t);
    }
    if (!m->q->grouped && fn_aggregates(t->fn))
        return maker_fault(m, x->at, "aggregate_in_order", (str){ 0 });
    if (!term_order_key(m, &m->top, t))
        return maker_fault(m, x->at, "not_sortable", t->p.f->name);
    return true;
}

static bool has_key(const maker *m, str key)
{
    for (size_t i = 0; i < m->q->key_count; i++)
        if (str_eq(m->q->keys[i].key, key))
            return true;
    return false;
}

/* Groups: what the order leaves open is decided by the groups themselves, so that both engines agree. */
static void order_groups(maker *m)
{
    for (size_t i = 0; i < m->group_count; i++) {
        if (!has_key(m, m->groups[i].key))
            add_key(m, &m->groups[i], false, NULLS_DEFAULT);
        if (m->groups[i].currency.n && m->groups[i].fn == FN_NONE) {
            term currency = m->groups[i];
            currency.key = currency.currency;
            currency.type = FT_CHOICE;
            add_key(m, &currency, false, NULLS_DEFAULT);
        }
    }
}

bool select_order(maker *m, const order_item *order)
{
    bool descending = false;
    m->q->keys = arena_make_n(m->a, order_key, ORDER_KEYS + 2 * m->group_count);
    for (const order_item *o = order; o; o = o->next) {
        term t;
        if (!order_term(m, &o->e, &t))
            return false;
        if (has_key(m, t.key))
            continue;
        add_key(m, &t, o->descending, o->nulls);
        descending = o->descending;
        if (!m->q->grouped && t.type == FT_ID && t.fn == FN_NONE && !t.nullable)
            return true; /* nothing behind a unique key matters */
    }
    if (m->q->grouped) {
        order_groups(m);
        return true;
    }
    term  id;
    place p = { .src = m->top.root, .f = entity_common(m->q->e, CF_ID), .column = STR("id") };
    id = (term){ 0 };
    term_of_place(m, &p, &id);
    add_key(m, &id, descending, NULLS_DEFAULT);
    return true;
}
