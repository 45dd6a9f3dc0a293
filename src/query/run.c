/* Rows: values out of columns, JSON written straight from them. */
#include "base/date.h"
#include "base/num.h"
#include "query/plan.h"

struct query_row {
    query   *q;
    db_stmt *s;
    ctx     *c;
    arena   *scratch;      /* of this row */
    char     last_code[8]; /* the currency looked up last */
    int      last_decimals;
};

/* ---- statements ---- */

static void bind_param(db_stmt *s, int n, const param *p)
{
    switch (p->kind) {
    case PARAM_INT: db_bind_int(s, n, p->i); return;
    case PARAM_REAL: db_bind_real(s, n, p->r); return;
    case PARAM_BOOL: db_bind_bool(s, n, p->i != 0); return;
    case PARAM_DATE: db_bind_date(s, n, p->i); return;
    case PARAM_TIME: db_bind_time(s, n, p->i); return;
    case PARAM_TEXT: db_bind_text(s, n, p->s); return;
    case PARAM_BLOB: db_bind_blob(s, n, p->s); return;
    }
}

err statement_open(ctx *c, const statement *st, db_stmt **out)
{
    db_stmt *s;
    TRY(db_prepare(c->conn, st->sql, &s));
    for (size_t i = 0; i < st->count; i++)
        bind_param(s, (int)i + 1, &st->params[i]);
    *out = s;
    return ERR_OK;
}

/* ---- running ---- */

static void keep_keys(const query *q, db_stmt *s, arena *a, param *keys)
{
    for (size_t i = 0; i < q->key_count; i++) {
        int    at = q->key_at + (int)i;
        param *k = &keys[i];
        *k = (param){ .kind = q->keys[i].kind, .null = db_null(s, at) };
        if (k->null)
            continue;
        switch (k->kind) {
        case PARAM_INT: k->i = db_int(s, at); break;
        case PARAM_REAL: k->r = db_real(s, at); break;
        case PARAM_BOOL: k->i = db_bool(s, at); break;
        case PARAM_DATE: k->i = db_date(s, at); break;
        case PARAM_TIME: k->i = db_time(s, at); break;
        case PARAM_TEXT: k->s = arena_str(a, db_text(s, at)); break;
        case PARAM_BLOB: k->s = arena_str(a, db_blob(s, at)); break;
        }
    }
}

/* A sum over several currencies is none. */
static err check_currencies(ctx *c, const query *q, db_stmt *s)
{
    for (size_t i = 0; i < q->mixed_count; i++) {
        int at = q->mixed_at + 2 * (int)i;
        if (db_null(s, at) || str_eq(db_text(s, at), db_text(s, at + 1)))
            continue;
        (void)ctx_problem(c, "", STR("mixed_currencies"));
        return ctx_refuse(c, ERR_INVALID, STR("mixed_currencies"), (str){ 0 });
    }
    return ERR_OK;
}

/* *done counts over the statements; ends when one row more than the limit is there. */
static err run_statement(ctx *c, query *q, query_row *row, int *done, query_each each, void *arg, param *keys)
{
    bool there = false;
    err  e;
    while ((e = db_step(row->s, &there)) == ERR_OK && there) {
        if (q->limit > 0 && *done == q->limit) {
            if (q->grouped && !q->limit_given)
                return ctx_refuse(c, ERR_INVALID, STR("too_many_groups"), (str){ 0 });
            if (!q->grouped)
                q->next = cursor_write(c->a, q, keys);
            ++*done;
            return ERR_OK;
        }
        e = check_currencies(c, q, row->s);
        if (e == ERR_OK)
            e = each(arg, row);
        if (e != ERR_OK)
            return e;
        if (++*done == q->limit && q->key_at >= 0)
            keep_keys(q, row->s, c->a, keys);
        if (!q->single)
            arena_clear(row->scratch);
    }
    return e;
}

err query_run(ctx *c, query *q, query_each each, void *arg)
{
    query_row row = { .q = q, .c = c, .scratch = q->single ? c->a : arena_new() };
    param     keys[ORDER_KEYS];
    err       e = ERR_OK;
    int       done = 0;
    q->next = (str){ 0 };
    for (int i = 0; e == ERR_OK && i < q->statements && (q->limit == 0 || done <= q->limit); i++) {
        e = statement_open(c, &q->st[i], &row.s);
        if (e != ERR_OK)
            break;
        if (q->limit > 0)
            db_bind_int(row.s, (int)q->st[i].count, q->limit + 1 - done);
        e = run_statement(c, q, &row, &done, each, arg, keys);
        db_done(row.s);
    }
    if (!q->single)
        arena_free(row.scratch);
    return e;
}

/* ---- values ---- */

int query_decimals(query_row *row, size_t column)
{
    const out_column *o = &row->q->out[column];
    int               org = row->c->snap->currency_decimals;
    if (o->currency_at < 0 || db_null(row->s, o->currency_at))
        return org;
    str code = db_text(row->s, o->currency_at);
    if (code.n >= (ptrdiff_t)sizeof row->last_code)
        return org;
    if (!str_eq(code, str_from(row->last_code))) {
        currency_info info;
        memcpy(row->last_code, code.p, (size_t)code.n);
        row->last_code[code.n] = 0;
        row->last_decimals = currency_find(code, &info) ? info.decimals : org;
    }
    return row->last_decimals;
}

static int scale_of(query_row *row, size_t column)
{
    const field *f = row->q->out[column].f;
    switch (f->type) {
    case FT_MONEY: return query_decimals(row, column);
    case FT_PERCENT: return 2;
    case FT_DECIMAL: return f->decimals;
    default: return 0;
    }
}

/* The quotient of two whole numbers, the same on both engines. */
static double average(query_row *row, size_t column)
{
    int at = row->q->out[column].at;
    return (double)db_int(row->s, at) / (double)db_int(row->s, at + 1) / (double)num_pow10(scale_of(row, column));
}

static value average_value(query_row *row, size_t column)
{
    int     at = row->q->out[column].at;
    int64_t v = 0;
    (void)num_mul_div(db_int(row->s, at), 1, db_int(row->s, at + 1), &v);
    return (value){ .set = true, .i = v };
}

/* It stands where the id was met first in this row; see out_column. */
static str name_of_reference(query_row *row, const out_column *o, int64_t id)
{
    str name = { 0 };
    for (;;) {
        int64_t other = 0;
        if (db_whole(row->s, o->at, &other) && other == id && db_words(row->s, o->at + 1, &name))
            return name;
        if (!o->like)
            return name;
        o = &row->q->out[o->like - 1];
    }
}

static value hidden_reference(void)
{
    return (value){ .set = true, .hidden = true, .s = STR("***"), .label = STR("***") }; /* no id */
}

value query_value(query_row *row, size_t column)
{
    const out_column *o = &row->q->out[column];
    db_stmt          *s = row->s;
    value             v = { 0 };
    switch (o->read) {
    case READ_FIELD:
        v = bind_peek(s, o->at, o->f);
        if (o->masked && v.set)
            v.s = value_mask(row->scratch, o->f, v.s);
        return v;
    case READ_REF:
        v.set = db_whole(s, o->at, &v.i);
        if (v.set)
            v.s = name_of_reference(row, o, v.i);
        return v.set && o->limited && !v.s.p ? hidden_reference() : v;
    case READ_KEYREF:
        v.set = db_whole(s, o->at, &v.i);
        if (v.set)
            (void)db_words(s, o->at + 1, &v.s);
        return v;
    case READ_ANY:
        v.set = db_words(s, o->at, &v.s);
        if (v.set) {
            v.i = db_int(s, o->at + 1);
            if (!db_words(s, o->at + 2, &v.label) && o->limited)
                return hidden_reference();
        }
        return v;
    case READ_KEY:
    case READ_TEXT: v.set = db_words(s, o->at, &v.s); return v;
    case READ_INT:
    case READ_DATE: v.set = db_whole(s, o->at, &v.i); return v;
    case READ_AVG: return db_null(s, o->at) ? v : average_value(row, column);
    }
    return v;
}

static type_env env_of(query_row *row, size_t column)
{
    const out_column *o = &row->q->out[column];
    bool              money = o->f && o->f->type == FT_MONEY;
    return (type_env){ .a = row->scratch, .currency_decimals = money ? query_decimals(row, column) : 0 };
}

static str date_text(query_row *row, int64_t days)
{
    char text[DATE_TEXT];
    date_format(days, text);
    return arena_str(row->scratch, str_from(text));
}

str query_row_text(query_row *row, size_t column)
{
    const out_column *o = &row->q->out[column];
    value             v = query_value(row, column);
    type_env          env = env_of(row, column);
    if (!v.set)
        return (str){ 0 };
    switch (o->read) {
    case READ_KEY:
    case READ_TEXT: return v.s;
    case READ_INT: return arena_printf(row->scratch, "%lld", (long long)v.i);
    case READ_DATE: return date_text(row, v.i);
    case READ_AVG: {
        buf         b;
        json_writer w;
        buf_init(&b, 64);
        json_begin(&w, &b);
        json_real(&w, average(row, column));
        str s = arena_str(row->scratch, buf_str(&b));
        buf_free(&b);
        return s;
    }
    default: return value_to_text(&env, o->f, &v);
    }
}

/* ---- JSON ---- */

static void write_column(query_row *row, size_t column, json_writer *w)
{
    const out_column *o = &row->q->out[column];
    value             v = query_value(row, column);
    if (!v.set) {
        json_null(w);
        return;
    }
    switch (o->read) {
    case READ_KEY:
    case READ_TEXT: json_string(w, v.s); return;
    case READ_INT: json_int(w, v.i); return;
    case READ_DATE: json_string(w, date_text(row, v.i)); return;
    case READ_AVG: json_real(w, average(row, column)); return;
    default: {
        type_env env = env_of(row, column);
        value_to_json(&env, o->f, &v, w);
    }
    }
}

/* "account" and "account.industry" both asked for: one object with the members of both. */
static void write_own_members(query_row *row, const shape *s, json_writer *w)
{
    const out_column *o = &row->q->out[s->column];
    value             v = query_value(row, (size_t)s->column);
    if (!v.set)
        return;
    if (o->read == READ_KEYREF || o->read == READ_KEY) {
        json_key(w, o->f->target->fields[o->f->target->key].name);
        json_string(w, v.s);
        return;
    }
    if (o->read == READ_ANY)
        json_put_string(w, "entity", v.s);
    json_put_id(w, "id", v.i);
    json_put_string(w, "name", o->read == READ_ANY ? v.label : v.s);
}

static bool own_member(const query *q, const shape *s, str key)
{
    if (s->column < 0)
        return false;
    const out_column *o = &q->out[s->column];
    if (o->read == READ_KEYREF || o->read == READ_KEY)
        return str_eq(key, o->f->target->fields[o->f->target->key].name);
    return str_eq(key, STR("id")) || str_eq(key, STR("name")) || (o->read == READ_ANY && str_eq(key, STR("entity")));
}

static void write_shape(query_row *row, const shape *s, json_writer *w)
{
    if (!s->first || (s->column >= 0 && query_value(row, (size_t)s->column).hidden)) {
        write_column(row, (size_t)s->column, w);
        return;
    }
    bool own_null = s->column >= 0 && db_null(row->s, row->q->out[s->column].at);
    if (own_null || (s->presence >= 0 && db_null(row->s, s->presence))) {
        json_null(w);
        return;
    }
    json_object(w);
    if (s->column >= 0)
        write_own_members(row, s, w);
    for (const shape *child = s->first; child; child = child->next) {
        if (own_member(row->q, s, child->key))
            continue;
        json_key_quoted(w, child->quoted);
        write_shape(row, child, w);
    }
    json_object_end(w);
}

void query_row_json(query_row *row, json_writer *w)
{
    write_shape(row, row->q->shape, w);
}

static err write_row(void *arg, query_row *row)
{
    query_row_json(row, arg);
    return ERR_OK;
}

static err take_count(void *arg, query_row *row)
{
    *(int64_t *)arg = query_value(row, 0).i;
    return ERR_OK;
}

static err write_counted(ctx *c, query *q, json_writer *w)
{
    int64_t n = 0;
    TRY(query_run(c, q, take_count, &n));
    json_object(w);
    json_put_int(w, "count", n);
    json_key(w, STR("records"));
    json_array(w);
    json_array_end(w);
    json_object_end(w);
    return ERR_OK;
}

err query_write(ctx *c, query *q, json_writer *w)
{
    if (q->counts)
        return write_counted(c, q, w);
    json_object(w);
    json_key(w, STR("records"));
    json_array(w);
    TRY(query_run(c, q, write_row, w));
    json_array_end(w);
    if (q->next.n)
        json_put_string(w, "next", q->next);
    else
        json_put_null(w, "next");
    json_object_end(w);
    return ERR_OK;
}

/* ---- what a plan says of itself ---- */

size_t query_column_count(const query *q)
{
    return q->count;
}

const query_column *query_columns(const query *q)
{
    return q->columns;
}

bool query_counts(const query *q)
{
    return q->counts;
}

const entity *query_entity(const query *q)
{
    return q->e;
}

str query_next(const query *q)
{
    return q->next;
}

static void put_param_text(buf *b, const param *p)
{
    char text[TIME_TEXT];
    switch (p->kind) {
    case PARAM_INT: buf_put_int(b, p->i); return;
    case PARAM_REAL: buf_printf(b, "%g", p->r); return;
    case PARAM_BOOL: buf_putz(b, p->i ? "true" : "false"); return;
    case PARAM_DATE:
        date_format(p->i, text);
        buf_putz(b, text);
        return;
    case PARAM_TIME:
        time_format(p->i, text);
        buf_putz(b, text);
        return;
    case PARAM_TEXT: buf_printf(b, "'%.*s'", STR_ARG(p->s)); return;
    case PARAM_BLOB:
        buf_puts(b, STR("x'"));
        for (ptrdiff_t i = 0; i < p->s.n; i++)
            buf_printf(b, "%02x", (unsigned char)p->s.p[i]);
        buf_putc(b, '\'');
        return;
    }
}

str query_sql(const query *q, arena *a)
{
    buf b;
    buf_init(&b, 8 << 20);
    for (int i = 0; i < q->statements; i++) {
        buf_puts(&b, q->st[i].sql);
        for (size_t k = 0; k < q->st[i].count; k++) {
            buf_printf(&b, "\n$%zu ", k + 1);
            put_param_text(&b, &q->st[i].params[k]);
        }
        buf_putc(&b, '\n');
    }
    str s = arena_str(a, buf_str(&b));
    buf_free(&b);
    return s;
}
