/* Requests → statements. */
#include "base/text.h"
#include "query/plan.h"

enum { SQL_MAX = 900000, PARAMS_MAX = 30000 }; /* what SQLite takes: a million bytes, 32766 parameters */

/* ---- the maker ---- */

void maker_begin(maker *m, ctx *c)
{
    *m = (maker){ .c = c, .a = c->a };
    m->engine = c->conn ? db_conn_kind(c->conn) : c->db ? db_kind(c->db) : DB_SQLITE;
    m->words = dialect_of(m->engine);
    buf *all[] = { &m->columns, &m->where, &m->group, &m->having };
    for (size_t i = 0; i < countof(all); i++)
        buf_init(all[i], SQL_MAX);
    m->q = arena_make(c->a, query);
    m->q->key_at = -1;
    m->q->shape = arena_make(c->a, shape);
    *m->q->shape = (shape){ .column = -1, .presence = -1 };
}

void maker_end(maker *m)
{
    buf *all[] = { &m->columns, &m->where, &m->group, &m->having };
    for (size_t i = 0; i < countof(all); i++)
        buf_free(all[i]);
}

bool maker_fault(maker *m, ptrdiff_t at, const char *code, str argument)
{
    m->fault = (query_fault){ at, code, argument };
    m->refused = ERR_MALFORMED;
    return false;
}

/* Locale "message.query.CODE" with {0} replaced. */
static err refuse_fault(ctx *c, const query_fault *f)
{
    str       text = label_get(c->lang, arena_printf(c->a, "message.query.%s", f->code));
    ptrdiff_t at = str_find(text, STR("{0}"));
    str       word = utf8_cut(f->argument, 80);
    if (at < 0)
        return ctx_malformed(c, f->at, "%.*s", STR_ARG(text));
    return ctx_malformed(c, f->at, "%.*s%.*s%.*s", (int)at, text.p, STR_ARG(word), (int)(text.n - at - 3),
                         text.p + at + 3);
}

err maker_refusal(maker *m)
{
    if (m->refused == ERR_MALFORMED) {
        err e = refuse_fault(m->c, &m->fault);
        if (m->reading)
            m->c->detail = arena_printf(m->a, "%s: %.*s", m->reading, STR_ARG(m->c->detail));
        return e;
    }
    return ctx_refuse(m->c, m->refused, STR("forbidden"), (str){ 0 });
}

void put_param(maker *m, buf *out, param p)
{
    param_list *l = &m->params;
    arena_more(m->a, l->list, l->count, l->room);
    l->list[l->count++] = p;
    buf_putc(out, '$');
    buf_put_int(out, (int64_t)l->count);
}

void put_int_param(maker *m, buf *out, int64_t v)
{
    put_param(m, out, (param){ .kind = PARAM_INT, .i = v });
}

size_t maker_padded(size_t n)
{
    size_t p = 1;
    while (p < n)
        p *= 2;
    return p;
}

/* ---- statements ---- */

/* What the columns and conditions end in; the parameters of the parts come first. */
static void put_mixed(maker *m)
{
    m->q->mixed_at = m->column_count;
    m->q->mixed_count = m->mixed_count;
    for (size_t i = 0; i < m->mixed_count; i++) {
        const term *t = &m->mixed[i];
        str         x = column_sql(m, t->p.src, t->p.column);
        str         currency = column_sql(m, t->p.src, t->p.src->e->fields[t->p.f->currency].column);
        for (int greatest = 0; greatest <= 1; greatest++) {
            buf_puts(&m->columns, STR(", "));
            m->column_count++;
            buf_printf(&m->columns, "%s(CASE WHEN %.*s IS NOT NULL THEN COALESCE(%.*s, ", greatest ? "MAX" : "MIN",
                       STR_ARG(x), STR_ARG(currency));
            put_param(m, &m->columns, (param){ .kind = PARAM_TEXT, .s = m->c->snap->currency });
            buf_puts(&m->columns, STR(") END)"));
        }
    }
}

static void put_key_columns(maker *m)
{
    m->q->key_at = m->column_count;
    for (size_t i = 0; i < m->q->key_count; i++) {
        buf_puts(&m->columns, STR(", "));
        buf_puts(&m->columns, m->q->keys[i].key);
        m->column_count++;
    }
}

/* Groups in several currencies must come out, to be refused, whatever HAVING says of their sums. */
static void put_having(maker *m, buf *out)
{
    if (!m->having.n)
        return;
    buf_puts(out, STR(" HAVING ("));
    buf_puts(out, buf_str(&m->having));
    for (size_t i = 0; i < m->mixed_count; i++) {
        const term *t = &m->mixed[i];
        str         x = column_sql(m, t->p.src, t->p.column);
        str         currency = column_sql(m, t->p.src, t->p.src->e->fields[t->p.f->currency].column);
        buf_printf(out, " OR COUNT(DISTINCT CASE WHEN %.*s IS NOT NULL THEN COALESCE(%.*s, ", STR_ARG(x),
                   STR_ARG(currency));
        put_param(m, out, (param){ .kind = PARAM_TEXT, .s = m->c->snap->currency });
        buf_puts(out, STR(") END) > 1"));
    }
    buf_putc(out, ')');
}

/* Takes the text; false: it has become too long. */
static bool finish(maker *m, buf *sql)
{
    bool failed = sql->failed || m->where.failed || m->columns.failed || m->group.failed || m->having.failed;
    if (failed || m->params.count > PARAMS_MAX) {
        buf_free(sql);
        m->reading = NULL;
        return maker_fault(m, 0, "too_long", (str){ 0 });
    }
    statement *s = &m->q->st[m->q->statements++];
    s->sql = arena_str(m->a, buf_str(sql));
    s->params = m->params.list;
    s->count = m->params.count;
    buf_free(sql);
    return true;
}

/* Each statement has its own copy of the parameters behind the common ones. */
static void fork_params(maker *m, size_t common)
{
    param *own = arena_make_n(m->a, param, m->params.room + 1);
    if (common)
        memcpy(own, m->params.list, common * sizeof *own);
    m->params = (param_list){ own, common, m->params.room };
    m->forked = true;
}

static void put_plainly(maker *m, buf *out, str conditions, str after, size_t from)
{
    buf_puts(out, STR("SELECT "));
    buf_puts(out, buf_str(&m->columns));
    buf_puts(out, conditions);
    buf_puts(out, after);
    if (m->group.n) {
        buf_puts(out, STR(" GROUP BY "));
        buf_puts(out, buf_str(&m->group));
    }
    put_having(m, out);
    put_order(m, out, from, ORDER_KEY);
    if (m->q->limit > 0)
        buf_puts(out, STR(" LIMIT "));
}

/* conditions: FROM … WHERE …; n: of the statements behind a cursor. */
static bool one_statement(maker *m, const buf *conditions, size_t common, const param *after, int n)
{
    buf  sql, behind;
    bool first_is_null = false;
    buf_init(&sql, SQL_MAX);
    buf_init(&behind, SQL_MAX);
    fork_params(m, common);
    if (after) {
        buf_puts(&behind, STR(" AND ("));
        put_after(m, &behind, after, n);
        buf_putc(&behind, ')');
        first_is_null = after[0].null == (n == 0);
    }
    if (m->way.kind == WAY_GATHER || m->way.kind == WAY_BRANCHES) {
        way_write(m, &sql, buf_str(conditions), buf_str(&behind), first_is_null ? 1 : 0);
    } else {
        put_plainly(m, &sql, buf_str(conditions), buf_str(&behind), first_is_null ? 1 : 0);
        if (m->q->limit > 0)
            put_int_param(m, &sql, m->q->limit + 1);
    }
    sql.failed |= conditions->failed || behind.failed;
    buf_free(&behind);
    return finish(m, &sql);
}

/* What a request adds to the condition. */
typedef struct {
    int                 deleted; /* −1 either */
    const list_request *list;    /* or NULL   */
} frame;

static void put_frame(maker *m, buf *out, const frame *f)
{
    const list_request *r = f->list;
    buf_puts(out, STR(" FROM "));
    put_from(m, out, &m->top);
    buf_puts(out, STR(" WHERE "));
    put_living(m, out, m->top.root, f->deleted);
    if (r && r->id) {
        buf_puts(out, STR(" AND t0.\"id\" = "));
        put_int_param(m, out, r->id);
    }
    if (r && r->via) {
        if (r->via->type == FT_ANYREF) {
            buf_puts(out, STR(" AND "));
            put_column(out, m->top.root, r->via->column_entity);
            buf_puts(out, STR(" = "));
            put_param(m, out, (param){ .kind = PARAM_TEXT, .s = r->via_entity });
        }
        buf_puts(out, STR(" AND "));
        put_column(out, m->top.root, r->via->column);
        buf_puts(out, STR(" = "));
        put_int_param(m, out, r->via_id);
    }
    if (m->way.kind == WAY_WALK) { /* read off the order's index; + keeps it from being gone by */
        buf_puts(out, STR(" AND +t0.\"id\" BETWEEN "));
        put_int_param(m, out, m->way.low);
        buf_puts(out, STR(" AND "));
        put_int_param(m, out, m->way.high);
    }
    if (m->where.n) {
        buf_puts(out, STR(" AND ("));
        buf_puts(out, buf_str(&m->where));
        buf_putc(out, ')');
    }
}

static bool make_statements(maker *m, const frame *f, str after)
{
    buf    head;
    param *values = NULL;
    bool   ok = true;
    if (after.n) {
        values = arena_make_n(m->a, param, m->q->key_count + 1);
        if (m->q->grouped)
            return maker_fault(m, 0, "cursor", (str){ 0 });
        if (!cursor_read(m, after, values))
            return false;
    }
    put_mixed(m);
    if (!m->q->grouped && m->q->limit > 0)
        put_key_columns(m);
    buf_init(&head, SQL_MAX);
    put_frame(m, &head, f);
    size_t common = m->params.count;
    ok = one_statement(m, &head, common, values, 0);
    if (ok && values && after_count(m, values) == 2)
        ok = one_statement(m, &head, common, values, 1);
    buf_free(&head);
    return ok;
}

/* ---- requests ---- */

static bool main_entity(maker *m, const entity *e)
{
    m->q->e = e;
    source_root(m, &m->top, e);
    if (m->unguarded || permit_entity(&m->c->actor, e, VERB_READ))
        return true;
    m->refused = ERR_FORBIDDEN;
    return false;
}

static bool syntax(maker *m, bool parsed)
{
    if (!parsed)
        m->refused = ERR_MALFORMED;
    return parsed;
}

/* Must every row have one of some ids, or be about one of some records? */
static bool names_record(const maker *m, const cond *c)
{
    const entity *e = m->top.root->e;
    if (!c || !e->seen_with)
        return false;
    if (c->kind == COND_AND) {
        for (const cond *one = c->first; one; one = one->next)
            if (names_record(m, one))
                return true;
        return false;
    }
    bool one_of = (c->kind == COND_COMPARE && c->op == CMP_EQ) || c->kind == COND_IN;
    bool by = c->left.parts == 1 && c->left.fn == FN_NONE &&
              (str_eq(c->left.part[0], STR("id")) || str_eq(c->left.part[0], e->seen_with->name));
    return one_of && by && !c->negative;
}

static bool where_text(maker *m, str where, bool ways)
{
    cond *c = NULL;
    if (str_trim(where).n > 0 && !syntax(m, parse_where(m->a, where, &c, &m->fault)))
        return false;
    m->by_record |= names_record(m, c);
    if (ways)
        way_find(m, c);
    return !c || put_cond(m, &m->top, &m->where, c, false);
}

static bool order_text(maker *m, str order)
{
    order_item *o = NULL;
    if (str_trim(order).n > 0 && !syntax(m, parse_order(m->a, order, &o, &m->fault)))
        return false;
    return select_order(m, o);
}

/* The id comes along, asked for or not. */
static bool select_text(maker *m, str select, bool deleted)
{
    item *items;
    if (str_trim(select).n == 0)
        return select_fields(m, deleted);
    if (!syntax(m, parse_paths(m->a, select, &items, &m->fault)))
        return false;
    bool id = false;
    for (const item *it = items; it; it = it->next) {
        id |= it->e.parts == 1 && it->e.fn == FN_NONE && str_eq(it->e.part[0], STR("id"));
        if (fn_aggregates(it->e.fn))
            return maker_fault(m, it->e.at, "aggregate_in_list", (str){ 0 });
    }
    tree *t = arena_make(m->a, tree);
    item *first = arena_make(m->a, item);
    first->e = (expr){ .part = { STR("id") }, .parts = 1 };
    first->next = items;
    t->items = id ? items : first;
    m->t = t;
    return select_items(m);
}

static void hash_list(maker *m, const entity *e, const list_request *r)
{
    str s = arena_printf(m->a, "%s|%.*s|%.*s|%.*s|%d|%.*s|%lld|%.*s|%lld", text_collation_version(), STR_ARG(e->name),
                         STR_ARG(r->where), STR_ARG(r->order), r->deleted, STR_ARG(r->via ? r->via->name : (str){ 0 }),
                         (long long)r->via_id, STR_ARG(r->via_entity), (long long)r->id);
    m->q->hash = hash_bytes(s);
}

static bool make_list(maker *m, const entity *e, const list_request *r)
{
    frame f = { .deleted = r->deleted, .list = r };
    m->by_record = r->id || r->via;
    m->q->limit = r->limit;
    hash_list(m, e, r);
    order_item *by;
    query_fault later; /* what is wrong with the order is said when it is its turn */
    if (str_trim(r->order).n > 0 && parse_order(m->a, r->order, &by, &later))
        m->by = by;
    m->reading = "where";
    if (!main_entity(m, e) || !where_text(m, r->where, !r->id && !r->via && !r->deleted))
        return false;
    m->reading = "select";
    if (!select_text(m, r->select, r->deleted))
        return false;
    m->reading = "order";
    if (!order_text(m, r->order))
        return false;
    m->reading = "after";
    return make_statements(m, &f, r->after);
}

err query_list(ctx *c, const entity *e, const list_request *r, query **out)
{
    maker m;
    maker_begin(&m, c);
    bool ok = make_list(&m, e, r);
    maker_end(&m);
    if (!ok)
        return maker_refusal(&m);
    *out = m.q;
    return ERR_OK;
}

query *query_make_record(ctx *c, const entity *e, const uint8_t *readable)
{
    maker        m;
    list_request r = { .id = 1 };
    frame        f = { .list = &r };
    maker_begin(&m, c);
    m.unguarded = true;
    m.readable = readable;
    bool ok = main_entity(&m, e) && select_fields(&m, false) && make_statements(&m, &f, (str){ 0 });
    maker_end(&m);
    ASSERT(ok); /* nothing in it is anybody's text */
    return m.q;
}

static bool aggregates(const tree *t)
{
    if (t->group || t->having)
        return true;
    for (const item *it = t->items; it; it = it->next)
        if (fn_aggregates(it->e.fn))
            return true;
    return false;
}

static bool make_select(maker *m, str text, str after)
{
    frame f = { .deleted = 0 };
    if (!syntax(m, parse_select(m->a, text, &m->t, &m->fault)))
        return false;
    tree         *t = m->t;
    const entity *e = snapshot_entity(m->c->snap, t->entity);
    if (!e)
        return maker_fault(m, t->entity_at, "unknown_entity", t->entity);
    m->q->grouped = aggregates(t);
    m->q->limit_given = t->limit > 0;
    m->q->limit = t->limit ? t->limit : m->q->grouped ? LIMIT_SELECT : LIMIT_SELECT_DEFAULT;
    m->q->hash = hash_bytes(arena_printf(m->a, "%s|%.*s", text_collation_version(), STR_ARG(text)));
    if (!main_entity(m, e))
        return false;
    m->by = t->order;
    m->by_record = names_record(m, t->where);
    way_find(m, t->where);
    if (t->where && !put_cond(m, &m->top, &m->where, t->where, false))
        return false;
    if (!select_groups(m) || !select_items(m))
        return false;
    m->top.having = true;
    if (t->having && !put_cond(m, &m->top, &m->having, t->having, false))
        return false;
    m->top.having = false;
    return select_order(m, t->order) && make_statements(m, &f, after);
}

err query_select_after(ctx *c, str text, str after, query **out)
{
    maker m;
    maker_begin(&m, c);
    bool ok = make_select(&m, text, after);
    maker_end(&m);
    if (!ok)
        return maker_refusal(&m);
    *out = m.q;
    return ERR_OK;
}

err query_select(ctx *c, str text, query **out)
{
    return query_select_after(c, text, (str){ 0 }, out);
}

/* ---- conditions alone ---- */

err query_make_bare(ctx *c, const entity *e, const list_request *r, bool unguarded, const char *open, const char *close,
                    statement *out)
{
    maker m;
    frame f = { .deleted = unguarded ? -1 : r->deleted, .list = r };
    maker_begin(&m, c);
    m.unguarded = unguarded;
    m.by_record = r->id || r->via;
    bool ok = main_entity(&m, e) && where_text(&m, r->where, false);
    if (ok && out) {
        buf sql;
        buf_init(&sql, SQL_MAX);
        buf_putz(&sql, open);
        put_frame(&m, &sql, &f);
        buf_putz(&sql, close);
        ok = finish(&m, &sql);
        *out = m.q->st[0];
    }
    maker_end(&m);
    return ok ? ERR_OK : maker_refusal(&m);
}
