/* PostgreSQL: rows that wait to be inserted together. A statement for each row opens the table and each of its indexes
 * again; one for many does it once. What waits is kept by the statement's text, and goes before anything else that is
 * sent (but for what was marked with db_aside()) as statements of 32, 16, 8 … rows, so that their texts stay few. */
#include "db/postgres.h"

enum { ROWS_MAX = 64, ROWS_AT_ONCE = 32, BYTES_MAX = 512 << 10 };

/* "INSERT … VALUES" | "($1,…,$n)" | the rest. */
static bool split(str sql, str *head, str *row, str *rest)
{
    ptrdiff_t at = str_find(sql, STR("VALUES("));
    int       depth = 0;
    if (at < 0)
        return false;
    *head = str_sub(sql, 0, at + 6);
    for (ptrdiff_t i = at + 6; i < sql.n; i++) {
        depth += (sql.p[i] == '(') - (sql.p[i] == ')');
        if (depth == 0) {
            *row = str_sub(sql, at + 6, i + 1);
            *rest = str_sub(sql, i + 1, sql.n);
            return true;
        }
    }
    return false;
}

/* The row once more, its parameters counted on from `first`. */
static void put_row(buf *b, str row, int first)
{
    for (ptrdiff_t i = 0; i < row.n; i++) {
        buf_putc(b, row.p[i]);
        if (row.p[i] != '$')
            continue;
        int n = 0;
        while (i + 1 < row.n && row.p[i + 1] >= '0' && row.p[i + 1] <= '9')
            n = n * 10 + (row.p[++i] - '0');
        buf_put_int(b, first + n);
    }
}

static void put_statement(buf *b, str sql, int columns, int rows)
{
    str head, row, rest;
    ASSERT(split(sql, &head, &row, &rest)); /* so was it when the first row came */
    buf_puts(b, head);
    for (int i = 0; i < rows; i++) {
        if (i > 0)
            buf_putc(b, ',');
        put_row(b, row, i * columns);
    }
    buf_puts(b, rest);
}

static pg_waiting *group_of(pg_conn *c, const pg_statement *s)
{
    pg_waiting *g = c->waiting;
    str         head, row, rest, sql = { s->base.sql, (ptrdiff_t)s->base.sql_size };
    for (; g < c->waiting + c->waiting_count; g++)
        if (g->hash == s->base.hash && g->columns == s->param_count && str_eq(str_from(g->sql), sql))
            return g;
    if (c->waiting_count == PG_WAITING_MAX || s->param_count == 0 || !split(sql, &head, &row, &rest))
        return NULL;
    *g = (pg_waiting){ .sql = db_copy_text(sql), .hash = s->base.hash, .columns = s->param_count };
    g->params = db_alloc((size_t)(ROWS_MAX * g->columns) * sizeof *g->params);
    buf_init(&g->bytes, (size_t)1 << 30);
    c->waiting_count++;
    return g;
}

/* The texts are copied; until they are sent, a parameter's pointer is where in `bytes` its own begin. */
static void add_row(pg_conn *c, pg_waiting *g, const pg_statement *s)
{
    pg_param *to = &g->params[g->rows++ * g->columns];
    for (int i = 0; i < g->columns; i++) {
        to[i] = s->params[i];
        if (to[i].kind != PG_STR && to[i].kind != PG_BYTES)
            continue;
        to[i].v.s.p = (const char *)g->bytes.n;
        buf_puts(&g->bytes, s->params[i].v.s);
    }
    c->rows_waiting++;
}

static void bind_rows(pg_waiting *g, int from, int rows, db_stmt *into)
{
    for (int i = 0; i < rows * g->columns; i++) {
        const pg_param *p = &g->params[from * g->columns + i];
        if (p->kind == PG_STR)
            pg_bind_text(into, i + 1, (str){ g->bytes.p + (size_t)p->v.s.p, p->v.s.n });
        else if (p->kind == PG_BYTES)
            pg_bind_blob(into, i + 1, (str){ g->bytes.p + (size_t)p->v.s.p, p->v.s.n });
        else
            pg_bind(into, i + 1, *p);
    }
}

static err send_rows(pg_conn *c, pg_waiting *g, int from, int rows)
{
    db_stmt *s;
    buf      sql;
    buf_init(&sql, (size_t)1 << 24);
    put_statement(&sql, str_from(g->sql), g->columns, rows);
    err e = db_cache_take(&c->base, buf_str(&sql), false, &s);
    buf_free(&sql);
    TRY(e);
    bind_rows(g, from, rows, s);
    pg_send_whole(c, pg_of(s));
    db_cache_give(s);
    return ERR_OK;
}

/* After an error nothing more is sent; the error sticks to the transaction. */
void pg_insert_now(pg_conn *c)
{
    if (c->rows_waiting == 0)
        return;
    c->rows_waiting = 0;
    for (pg_waiting *g = c->waiting; g < c->waiting + c->waiting_count; g++) {
        int rows = g->rows, at = 0;
        g->rows = 0;
        for (int n = ROWS_AT_ONCE; n > 0; n /= 2)
            for (; rows - at >= n; at += n)
                if (send_rows(c, g, at, n) != ERR_OK)
                    return;
        buf_clear(&g->bytes);
    }
}

void pg_insert_forget(pg_conn *c)
{
    c->rows_waiting = 0;
    for (pg_waiting *g = c->waiting; g < c->waiting + c->waiting_count; g++) {
        g->rows = 0;
        buf_clear(&g->bytes);
    }
}

void pg_insert_free(pg_conn *c)
{
    for (pg_waiting *g = c->waiting; g < c->waiting + c->waiting_count; g++) {
        free(g->sql);
        free(g->params);
        buf_free(&g->bytes);
    }
    c->waiting_count = 0;
}

bool pg_insert_later(db_stmt *base)
{
    pg_statement *s = pg_of(base);
    pg_conn      *c = (pg_conn *)base->conn;
    pg_waiting   *g = c->streaming || s->sent || s->ran ? NULL : group_of(c, s);
    if (!g)
        return false;
    add_row(c, g, s);
    if (g->rows == ROWS_MAX || g->bytes.n > BYTES_MAX)
        pg_insert_now(c);
    return true;
}
