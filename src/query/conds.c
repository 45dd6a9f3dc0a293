/* Conditions → SQL. NOT is carried down to the comparisons, where it turns the operator around and takes nulls along,
 * so that `NOT (a > 5)` is every record for which `a > 5` does not hold. */
#include "base/date.h"
#include "query/plan.h"

/* A comparison as it is written in the end. */
typedef struct {
    compare_op op;
    bool       like_not;
    bool       nulls; /* records without a value are meant too */
} test;

static test test_of(compare_op op, bool negative)
{
    test x = { .op = op, .nulls = (op == CMP_NE) != negative };
    if (op == CMP_LIKE)
        x.like_not = negative;
    else if (negative)
        x.op = op ^ 1;
    return x;
}

static const char *op_sql(compare_op op)
{
    static const char *const words[] = {
        [CMP_EQ] = " = ", [CMP_NE] = " <> ", [CMP_LT] = " < ", [CMP_GE] = " >= ", [CMP_GT] = " > ", [CMP_LE] = " <= "
    };
    ASSERT((size_t)op < countof(words));
    return words[op];
}

static void put_claim(buf *out, bool claim)
{
    buf_puts(out, claim ? STR("1=1") : STR("1=0"));
}

static void put_null(buf *out, str x, bool is)
{
    buf_puts(out, x);
    buf_puts(out, is ? STR(" IS NULL") : STR(" IS NOT NULL"));
}

/* "(" … " OR x IS NULL)" around a test that nulls meet too. */
static void open_nulls(buf *out, const term *t, const test *x)
{
    if (x->nulls && t->nullable)
        buf_putc(out, '(');
}

static void close_nulls(buf *out, const term *t, const test *x)
{
    if (!x->nulls || !t->nullable)
        return;
    buf_puts(out, STR(" OR "));
    put_null(out, t->sql, true);
    buf_putc(out, ')');
}

/* What stands left of the operator: the sort key of a text, the lower case of a long one and for LIKE. */
static void put_left(maker *m, buf *out, const term *t, bool like)
{
    bool lower = like || t->type == FT_LONG_TEXT;
    if (lower)
        buf_putz(out, m->words->lower_open);
    buf_puts(out, lower ? t->sql : t->key);
    if (lower)
        buf_putz(out, m->words->lower_close);
}

/* ---- kinds of comparison ---- */

bool few_is(const few_of *w, const field *f, compare_op op, const operand *o)
{
    return w->f == f && op == CMP_EQ && o->kind == ON_VALUE && o->low.kind == PARAM_TEXT && str_eq(o->low.s, w->key);
}

/* The engine goes by the index of these records only where it sees the value in the statement. */
static bool put_few(buf *out, const term *t, const operand *o)
{
    for (size_t i = 0; t->p.f && i < t->p.src->e->few_count; i++)
        if (few_is(&t->p.src->e->few[i], t->p.f, CMP_EQ, o)) {
            buf_printf(out, "%.*s = '%.*s'", STR_ARG(t->sql), STR_ARG(o->low.s));
            return true;
        }
    return false;
}

static void put_value(maker *m, buf *out, const term *t, const test *x, param p)
{
    bool like = x->op == CMP_LIKE;
    open_nulls(out, t, x);
    put_left(m, out, t, like);
    buf_putz(out, like ? (x->like_not ? " NOT LIKE " : " LIKE ") : op_sql(x->op));
    put_param(m, out, p);
    if (like)
        buf_puts(out, STR(" ESCAPE '\\'"));
    close_nulls(out, t, x);
}

static void put_bound(maker *m, buf *out, const term *t, compare_op op, param p)
{
    buf_puts(out, t->key);
    buf_putz(out, op_sql(op));
    put_param(m, out, p);
}

/* low ≤ x < high */
static void put_range(maker *m, buf *out, const term *t, const test *x, const operand *o)
{
    open_nulls(out, t, x);
    switch (x->op) {
    case CMP_LT: put_bound(m, out, t, CMP_LT, o->low); break;
    case CMP_GE: put_bound(m, out, t, CMP_GE, o->low); break;
    case CMP_GT: put_bound(m, out, t, CMP_GE, o->high); break;
    case CMP_LE: put_bound(m, out, t, CMP_LT, o->high); break;
    default:
        buf_putc(out, '(');
        put_bound(m, out, t, x->op == CMP_EQ ? CMP_GE : CMP_LT, o->low);
        buf_puts(out, x->op == CMP_EQ ? STR(" AND ") : STR(" OR "));
        put_bound(m, out, t, x->op == CMP_EQ ? CMP_LT : CMP_GE, o->high);
        buf_putc(out, ')');
    }
    close_nulls(out, t, x);
}

/* A number that the scale cannot hold lies between two that it can. */
static bool put_scaled(maker *m, buf *out, const term *t, const test *x, const operand *o, int scale)
{
    int64_t v;
    bool    exact;
    param   p = { .kind = PARAM_INT };
    if (!number_floor(m, o->digits, scale, o->at, &v, &exact))
        return false;
    if (t->real) {
        p.kind = PARAM_REAL;
        p.r = strtod(arena_cstr(m->a, o->digits), NULL);
        while (scale-- > 0)
            p.r *= 10;
        put_bound(m, out, t, x->op, p);
        return true;
    }
    p.i = v;
    if (!exact && (x->op == CMP_EQ || x->op == CMP_NE))
        put_claim(out, x->op == CMP_NE);
    else
        put_bound(m, out, t, exact ? x->op : x->op == CMP_GE ? CMP_GT : x->op == CMP_LT ? CMP_LE : x->op, p);
    return true;
}

static int scale_of(const term *t)
{
    return t->type == FT_PERCENT ? 2 : t->type == FT_DECIMAL ? t->p.f->decimals : 0;
}

/* The same amount has other minor units in another currency. */
static bool put_money(maker *m, buf *out, const term *t, const test *x, const operand *o)
{
    money_scale scales[MONEY_SCALES];
    size_t      n = money_scales(m, t->p.f, scales);
    if (n == 1 || !t->currency.n)
        return put_scaled(m, out, t, x, o, scales[0].decimals);
    str others = { 0 };
    buf_putc(out, '(');
    for (size_t i = 1; i < n; i++) {
        buf_printf(out, "(%.*s IN (%.*s) AND ", STR_ARG(t->currency), STR_ARG(scales[i].codes));
        if (!put_scaled(m, out, t, x, o, scales[i].decimals))
            return false;
        buf_puts(out, STR(") OR "));
        others =
            others.n ? arena_printf(m->a, "%.*s,%.*s", STR_ARG(others), STR_ARG(scales[i].codes)) : scales[i].codes;
    }
    buf_printf(out, "((%.*s IS NULL OR %.*s NOT IN (%.*s)) AND ", STR_ARG(t->currency), STR_ARG(t->currency),
               STR_ARG(others));
    if (!put_scaled(m, out, t, x, o, scales[0].decimals))
        return false;
    buf_puts(out, STR("))"));
    return true;
}

static bool put_number(maker *m, buf *out, const term *t, const test *x, const operand *o)
{
    open_nulls(out, t, x);
    if (!(t->type == FT_MONEY ? put_money(m, out, t, x, o) : put_scaled(m, out, t, x, o, scale_of(t))))
        return false;
    close_nulls(out, t, x);
    return true;
}

/* Keyed references: ids of the targets with one of these keys. */
static void put_keys(maker *m, buf *out, const term *t, const test *x, const param *keys, size_t n)
{
    const entity *target = t->p.f->target;
    open_nulls(out, t, x);
    buf_puts(out, t->sql);
    buf_puts(out, x->op == CMP_NE ? STR(" NOT IN (SELECT k.\"id\" FROM ") : STR(" IN (SELECT k.\"id\" FROM "));
    bind_identifier(out, target->table);
    buf_puts(out, STR(" k WHERE k."));
    bind_identifier(out, target->fields[target->key].column_key);
    buf_puts(out, STR(" IN ("));
    for (size_t i = 0; i < maker_padded(n); i++) {
        if (i > 0)
            buf_putc(out, ',');
        put_param(m, out, keys[i < n ? i : n - 1]);
    }
    buf_puts(out, STR("))"));
    close_nulls(out, t, x);
}

static void put_record(maker *m, buf *out, const term *t, const test *x, const operand *o)
{
    open_nulls(out, t, x);
    buf_puts(out, x->op == CMP_NE ? STR("NOT (") : STR("("));
    put_column(out, t->p.src, t->p.f->column_entity);
    buf_puts(out, STR(" = "));
    put_param(m, out, o->low);
    buf_puts(out, STR(" AND "));
    put_bound(m, out, t, CMP_EQ, o->high);
    buf_putc(out, ')');
    close_nulls(out, t, x);
}

/* owner = :my_team */
static bool put_team(maker *m, buf *out, const term *t, const test *x, const operand *o)
{
    const entity *user = snapshot_entity(m->c->snap, STR("user"));
    const field  *team = user ? entity_field(user, STR("team")) : NULL;
    if (!team)
        return maker_fault(m, o->at, "my_team_is_a_team", (str){ 0 });
    open_nulls(out, t, x);
    buf_puts(out, t->sql);
    buf_puts(out, x->op == CMP_NE ? STR(" NOT IN (SELECT k.\"id\" FROM ") : STR(" IN (SELECT k.\"id\" FROM "));
    bind_identifier(out, user->table);
    buf_puts(out, STR(" k WHERE k."));
    bind_identifier(out, team->column);
    buf_puts(out, STR(" = "));
    put_param(m, out, o->low);
    buf_putc(out, ')');
    close_nulls(out, t, x);
    return true;
}

/* The rows are come by through the order, and not through this field's index. */
static bool ways_off(const maker *m, const term *t)
{
    bool order = m->way.kind == WAY_ORDER || m->way.kind == WAY_WALK;
    return order && t->p.f == m->way.of && t->p.src == m->top.root;
}

/* SQLite without samples takes IS NULL for rare and every range for a quarter, gathers what is so, and sorts all of it for
 * fifty rows. Where the order has an index of its own and the condition is likely to be a common one, a + before the
 * column keeps the condition from being what is gone by. */
static bool order_leads(const maker *m, const term *t, const operand *o, compare_op op)
{
    enum { COMMON_DAYS = 14 };
    const order_item *by = m->engine == DB_SQLITE ? m->by : NULL;
    if (m->way.kind == WAY_GATHER) /* the order leads nowhere */
        return false;
    if (ways_off(m, t))
        return true;
    if (!by || by->e.parts != 1 || by->e.fn != FN_NONE || !m->top.root || !t->p.f)
        return false;
    const field *f = entity_field(m->top.root->e, by->e.part[0]);
    if (!f || f == t->p.f || !(f->flags & (FF_SORT | FF_UNIQUE)))
        return false;
    bool aged = !by->descending && (f->type == FT_TIME || f->type == FT_DATE || f->flags & FF_UNIQUE);
    if (aged && o->kind == ON_RANGE) /* oldest first by another time: what is of this month may stand last of all */
        return false;
    if (o->kind == ON_NULL || op == CMP_LE || op == CMP_LT)
        return true;
    int64_t day = t->type == FT_DATE ? 1 : DAY_MS;
    return op == CMP_EQ && o->high.i - o->low.i >= COMMON_DAYS * day;
}

/* ---- references to what may not be seen (PERMIT-18): such a one is equal to nothing ---- */

/* Whose records the term refers to, where the actor may not see all of them; NULL: there is nothing to ask. */
static const entity *limited_target(maker *m, const term *t, const operand *o)
{
    const entity *e = NULL;
    if (t->fn != FN_NONE || t->p.entity_of)
        return NULL;
    if (t->type == FT_REF)
        e = t->p.f->target;
    else if (t->type == FT_ANYREF && o && o->kind == ON_RECORD)
        e = snapshot_entity(m->c->snap, o->low.s);
    return e && limited_entity(m, e) ? e : NULL;
}

static void open_limited(buf *out, const entity *limited)
{
    if (limited)
        buf_putc(out, '(');
}

static void close_limited(maker *m, buf *out, const term *t, const entity *limited, bool negative)
{
    if (!limited)
        return;
    if (negative) {
        buf_puts(out, STR(" OR ("));
        put_null(out, t->sql, false);
        buf_puts(out, STR(" AND NOT (1=1"));
    }
    put_seen(m, out, limited, t->sql);
    buf_puts(out, negative ? STR(")))") : STR(")"));
}

static bool put_operand_of(maker *m, buf *out, const term *t, const test *x, const operand *o)
{
    term led = *t;
    if (t->type == FT_DATE || t->type == FT_TIME)
        led.key = arena_printf(m->a, "+%.*s", STR_ARG(t->key));
    switch (o->kind) {
    case ON_NULL:
        if (order_leads(m, t, o, x->op))
            buf_putc(out, '+');
        put_null(out, t->sql, x->op == CMP_EQ);
        return true;
    case ON_VALUE:
        if (t->type == FT_KEYREF)
            put_keys(m, out, t, x, &o->low, 1);
        else if (ways_off(m, t))
            put_value(m, out, &led, x, o->low);
        else if (x->op == CMP_EQ && put_few(out, t, o))
            return true;
        else
            put_value(m, out, t, x, o->low);
        return true;
    case ON_RANGE: put_range(m, out, order_leads(m, t, o, x->op) ? &led : t, x, o); return true;
    case ON_NUMBER: return put_number(m, out, t, x, o);
    case ON_RECORD: put_record(m, out, t, x, o); return true;
    case ON_TEAM: return put_team(m, out, t, x, o);
    case ON_NOTHING: put_claim(out, x->op == CMP_NE || x->like_not); return true;
    }
    return true;
}

static bool put_operand(maker *m, buf *out, const term *t, const test *x, const operand *o)
{
    const entity *limited = o->kind == ON_NULL ? NULL : limited_target(m, t, o);
    open_limited(out, limited);
    if (!put_operand_of(m, out, t, x, o))
        return false;
    close_limited(m, out, t, limited, x->op == CMP_NE);
    return true;
}

/* ---- comparisons ---- */

static bool allowed(maker *m, const term *t, uint32_t op, ptrdiff_t at)
{
    uint32_t operators = t->p.entity_of ? OP_EQ | OP_IN : type_row_of(t->type)->operators;
    return (operators & op) || maker_fault(m, at, "operator", t->p.f ? t->p.f->name : (str){ 0 });
}

static bool left_term(maker *m, level *l, const cond *c, term *out)
{
    if (l->having != fn_aggregates(c->left.fn))
        return maker_fault(m, c->left.at, l->having ? "having_aggregates" : "aggregate_in_where", (str){ 0 });
    return term_find(m, l, &c->left, out);
}

static bool put_compare(maker *m, level *l, buf *out, const cond *c, bool negative)
{
    static const uint32_t needs[] = {
        [CMP_EQ] = OP_EQ,    [CMP_NE] = OP_EQ,    [CMP_LT] = OP_ORDER, [CMP_GE] = OP_ORDER,
        [CMP_GT] = OP_ORDER, [CMP_LE] = OP_ORDER, [CMP_LIKE] = OP_LIKE
    };
    term    t;
    operand o;
    if (!left_term(m, l, c, &t))
        return false;
    bool null = c->values[0].kind == LIT_NULL, equal = c->op == CMP_EQ || c->op == CMP_NE;
    if (!(null && equal) && !allowed(m, &t, needs[c->op], c->left.at))
        return false;
    if (!operand_find(m, &t, &c->values[0], c->op == CMP_LIKE, &o))
        return false;
    if (o.kind == ON_NULL && !equal)
        return maker_fault(m, c->values[0].at, "null_compared", (str){ 0 });
    test x = test_of(c->op, negative != c->negative);
    return put_operand(m, out, &t, &x, &o);
}

/* ---- lists ---- */

static void put_in(maker *m, buf *out, const term *t, bool negative, const param *values, size_t n, bool has_null)
{
    bool nulls = has_null != negative;
    if (n == 0) {
        if (has_null)
            put_null(out, t->sql, !negative);
        else
            put_claim(out, negative);
        return;
    }
    test x = { .op = negative ? CMP_NE : CMP_EQ, .nulls = nulls };
    if (t->type == FT_KEYREF) {
        put_keys(m, out, t, &x, values, n);
        return;
    }
    const entity *limited = limited_target(m, t, NULL);
    open_limited(out, limited);
    open_nulls(out, t, &x);
    put_left(m, out, t, false);
    buf_puts(out, negative ? STR(" NOT IN (") : STR(" IN ("));
    for (size_t i = 0; i < maker_padded(n); i++) {
        if (i > 0)
            buf_putc(out, ',');
        put_param(m, out, values[i < n ? i : n - 1]);
    }
    buf_putc(out, ')');
    close_nulls(out, t, &x);
    close_limited(m, out, t, limited, negative);
}

/* Values that one IN cannot hold: each its own comparison, in halves, so that the expression stays shallow. */
static bool put_each(maker *m, buf *out, const term *t, bool negative, const operand *values, size_t n)
{
    test   x = test_of(CMP_EQ, negative);
    size_t half = n / 2;
    if (n == 1)
        return put_operand(m, out, t, &x, values);
    buf_putc(out, '(');
    if (!put_each(m, out, t, negative, values, half))
        return false;
    buf_puts(out, negative ? STR(" AND ") : STR(" OR "));
    if (!put_each(m, out, t, negative, values + half, n - half))
        return false;
    buf_putc(out, ')');
    return true;
}

/* Whole numbers of one scale go into IN like any value. */
static bool simplify(maker *m, const term *t, operand *o)
{
    int64_t v;
    bool    exact;
    if (o->kind != ON_NUMBER || t->real || (t->type == FT_MONEY && t->currency.n))
        return true;
    int scale = t->type == FT_MONEY ? m->c->snap->currency_decimals : scale_of(t);
    if (!number_floor(m, o->digits, scale, o->at, &v, &exact))
        return false;
    o->kind = exact ? ON_VALUE : ON_NOTHING;
    o->low = (param){ .kind = PARAM_INT, .i = v };
    return true;
}

static bool put_list(maker *m, level *l, buf *out, const cond *c, bool negative)
{
    term t;
    if (!left_term(m, l, c, &t) || !allowed(m, &t, OP_IN, c->left.at))
        return false;
    operand *list = arena_make_n(m->a, operand, c->count);
    param   *values = arena_make_n(m->a, param, c->count);
    size_t   n = 0;
    bool     has_null = false, plain = true;
    for (size_t i = 0; i < c->count; i++) {
        if (!operand_find(m, &t, &c->values[i], false, &list[i]) || !simplify(m, &t, &list[i]))
            return false;
        has_null |= list[i].kind == ON_NULL;
        plain &= list[i].kind == ON_NULL || list[i].kind == ON_VALUE || list[i].kind == ON_NOTHING;
        if (list[i].kind == ON_VALUE)
            values[n++] = list[i].low;
    }
    negative = negative != c->negative;
    if (!plain)
        return put_each(m, out, &t, negative, list, c->count);
    put_in(m, out, &t, negative, values, n, has_null);
    return true;
}

/* Keys stand joined by ';' in their column. */
static void put_has_key(maker *m, buf *out, const term *t, str key)
{
    buf_puts(out, STR("';' || "));
    buf_puts(out, t->sql);
    buf_puts(out, STR(" || ';' LIKE "));
    buf b;
    buf_init(&b, 4096);
    buf_puts(&b, STR("%;"));
    for (ptrdiff_t i = 0; i < key.n; i++) {
        if (strchr("\\%_", key.p[i]))
            buf_putc(&b, '\\');
        buf_putc(&b, key.p[i]);
    }
    buf_puts(&b, STR(";%"));
    put_param(m, out, (param){ .kind = PARAM_TEXT, .s = arena_str(m->a, buf_str(&b)) });
    buf_free(&b);
    buf_puts(out, STR(" ESCAPE '\\'"));
}

/* 'a;b': both of them. */
static bool put_all_of(maker *m, buf *out, const term *t, const literal *v)
{
    if (v->kind != LIT_TEXT)
        return maker_fault(m, v->at, "wants_text", (str){ 0 });
    str rest = lex_decode(m->a, v->text, false);
    int parts = 0;
    buf_putc(out, '(');
    for (bool first = true; first || rest.n > 0; first = false) {
        if (++parts > LIMIT_INCLUDES)
            return maker_fault(m, v->at, "too_many_values", (str){ 0 });
        ptrdiff_t     cut = str_find_char(rest, ';');
        str           one = str_trim(cut < 0 ? rest : str_sub(rest, 0, cut));
        const choice *key = field_choice(t->p.f, one);
        rest = cut < 0 ? (str){ 0 } : str_sub(rest, cut + 1, rest.n);
        if (!first)
            buf_puts(out, STR(" AND "));
        if (key)
            put_has_key(m, out, t, key->key);
        else
            put_claim(out, false);
    }
    buf_putc(out, ')');
    return true;
}

static bool put_includes(maker *m, level *l, buf *out, const cond *c, bool negative)
{
    term t;
    if (!left_term(m, l, c, &t) || !allowed(m, &t, OP_INCLUDES, c->left.at))
        return false;
    if (c->count > LIMIT_INCLUDES)
        return maker_fault(m, c->values[LIMIT_INCLUDES].at, "too_many_values", (str){ 0 });
    negative = negative != c->negative;
    buf_puts(out, negative ? STR("(NOT (") : STR("("));
    for (size_t i = 0; i < c->count; i++) {
        if (i > 0)
            buf_puts(out, STR(" OR "));
        if (!put_all_of(m, out, &t, &c->values[i]))
            return false;
    }
    buf_putc(out, ')');
    if (negative) {
        buf_puts(out, STR(" OR "));
        put_null(out, t.sql, true);
        buf_putc(out, ')');
    }
    return true;
}

/* ---- semi-joins ---- */

typedef struct {
    const cond   *c;
    term          left;
    level         inner;
    place         column; /* what the inner SELECT gives */
    const entity *is;     /* whose ids are compared      */
    buf           where;
} semi;

static const entity *entity_of_ids(const term *t)
{
    return t->type == FT_ID ? t->p.f->owner : t->type == FT_REF || t->type == FT_KEYREF ? t->p.f->target : NULL;
}

static bool inner_shape(maker *m, const tree *s)
{
    const item *one = s->items;
    if (one->next || one->alias.n || one->e.fn != FN_NONE)
        return maker_fault(m, one->next ? one->next->e.at : one->e.at, "semi_one_field", (str){ 0 });
    if (s->group || s->having || s->order || s->limit)
        return maker_fault(m, s->group_at, "semi_plain", (str){ 0 });
    return true;
}

static bool semi_find(maker *m, level *l, semi *s)
{
    const tree   *sub = s->c->sub;
    const entity *e = snapshot_entity(m->c->snap, sub->entity);
    if (!left_term(m, l, s->c, &s->left) || !inner_shape(m, sub))
        return false;
    if (!type_row_of(s->left.type)->reference && s->left.type != FT_ID)
        return maker_fault(m, s->left.at, "semi_ids", (str){ 0 });
    if (!e || (!m->unguarded && !permit_entity(&m->c->actor, e, VERB_READ)))
        return maker_fault(m, sub->entity_at, "unknown_entity", sub->entity);
    source_root(m, &s->inner, e);
    if (!place_find(m, &s->inner, &sub->items->e, &s->column))
        return false;
    term inner;
    term_of_place(m, &s->column, &inner);
    const entity *here = entity_of_ids(&s->left), *there = entity_of_ids(&inner);
    bool          any_here = s->left.type == FT_ANYREF, any_there = inner.type == FT_ANYREF && !s->column.entity_of;
    s->is = here ? here : there;
    if ((!here && !any_here) || (!there && !any_there) || !s->is || (here && there && here != there))
        return maker_fault(m, sub->items->e.at, "semi_same_entity", s->is ? s->is->name : (str){ 0 });
    return !sub->where || put_cond(m, &s->inner, &s->where, sub->where, false);
}

/* FROM … WHERE of the inner SELECT. */
static void put_inner(maker *m, buf *out, semi *s)
{
    buf_puts(out, STR(" FROM "));
    put_from(m, out, &s->inner);
    buf_puts(out, STR(" WHERE "));
    put_living(m, out, s->inner.root, m->unguarded ? -1 : 0);
    if (s->column.f->type == FT_ANYREF) {
        buf_puts(out, STR(" AND "));
        put_column(out, s->column.src, s->column.f->column_entity);
        buf_puts(out, STR(" = "));
        put_param(m, out, (param){ .kind = PARAM_TEXT, .s = s->is->name });
    }
    if (s->column.f->type != FT_ID && limited_entity(m, s->is))
        put_seen(m, out, s->is, column_sql(m, s->column.src, s->column.column));
    if (s->c->sub->where) {
        buf_puts(out, STR(" AND ("));
        buf_puts(out, buf_str(&s->where));
        buf_putc(out, ')');
    }
}

/* x IN (SELECT y …). Where x names any record its entity is asked too. */
static void put_semi_in(maker *m, buf *out, semi *s)
{
    if (s->left.type == FT_ANYREF) {
        put_column(out, s->left.p.src, s->left.p.f->column_entity);
        buf_puts(out, STR(" = "));
        put_param(m, out, (param){ .kind = PARAM_TEXT, .s = s->is->name });
        buf_puts(out, STR(" AND "));
    }
    buf_puts(out, s->left.sql);
    buf_puts(out, STR(" IN (SELECT "));
    put_column(out, s->column.src, s->column.column);
    put_inner(m, out, s);
    buf_puts(out, STR(" AND "));
    put_column(out, s->column.src, s->column.column);
    buf_puts(out, STR(" IS NOT NULL)"));
}

/* PostgreSQL makes an anti-join of NOT EXISTS only; SQLite looks NOT IN up in a list made once. */
static void put_anti(maker *m, buf *out, semi *s)
{
    if (m->engine == DB_POSTGRES && s->left.type != FT_ANYREF) {
        buf_puts(out, STR("NOT EXISTS (SELECT 1"));
        put_inner(m, out, s);
        buf_puts(out, STR(" AND "));
        put_column(out, s->column.src, s->column.column);
        buf_printf(out, " = %.*s)", STR_ARG(s->left.sql));
        return;
    }
    buf_puts(out, STR("(NOT ("));
    put_semi_in(m, out, s);
    buf_puts(out, STR(") OR "));
    put_null(out, s->left.sql, true);
    buf_putc(out, ')');
}

static bool put_semi(maker *m, level *l, buf *out, const cond *c, bool negative)
{
    semi s = { .c = c };
    buf_init(&s.where, 1 << 20);
    bool ok = semi_find(m, l, &s);
    if (ok && negative != c->negative)
        put_anti(m, out, &s);
    else if (ok) {
        buf_putc(out, '(');
        put_semi_in(m, out, &s);
        buf_putc(out, ')');
    }
    buf_free(&s.where);
    return ok;
}

/* ---- trees ---- */

static bool put_chain(maker *m, level *l, buf *out, const cond *c, bool negative)
{
    bool all = (c->kind == COND_AND) != negative;
    buf_putc(out, '(');
    for (const cond *one = c->first; one; one = one->next) {
        if (one != c->first)
            buf_puts(out, all ? STR(" AND ") : STR(" OR "));
        if (!put_cond(m, l, out, one, negative))
            return false;
    }
    buf_putc(out, ')');
    return true;
}

bool put_cond(maker *m, level *l, buf *out, const cond *c, bool negative)
{
    switch (c->kind) {
    case COND_AND:
    case COND_OR: return put_chain(m, l, out, c, negative);
    case COND_NOT: return put_cond(m, l, out, c->first, !negative);
    case COND_COMPARE: return put_compare(m, l, out, c, negative);
    case COND_IN: return put_list(m, l, out, c, negative);
    case COND_INCLUDES: return put_includes(m, l, out, c, negative);
    case COND_SEMI: return put_semi(m, l, out, c, negative);
    }
    return true;
}
