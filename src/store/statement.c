#include "store/internal.h"

err sql_open(ctx *c, str sql, statement *out)
{
    db_stmt *s;
    TRY(db_prepare(c->conn, sql, &s));
    *out = (statement){ .s = s };
    return ERR_OK;
}

err sql_open_secret(ctx *c, str sql, statement *out)
{
    db_stmt *s;
    TRY(db_prepare_secret(c->conn, sql, &s));
    *out = (statement){ .s = s };
    return ERR_OK;
}

void sql_int(statement *s, int64_t v)
{
    db_bind_int(s->s, ++s->n, v);
}

void sql_id(statement *s, int64_t v)
{
    s->n++;
    if (v)
        db_bind_int(s->s, s->n, v);
    else
        db_bind_null(s->s, s->n);
}

void sql_text(statement *s, str v)
{
    s->n++;
    if (v.n > 0)
        db_bind_text(s->s, s->n, v);
    else
        db_bind_null(s->s, s->n);
}

void sql_time(statement *s, int64_t v)
{
    db_bind_time(s->s, ++s->n, v);
}

static size_t among_room(size_t n)
{
    return n <= 1 ? 1 : n <= 8 ? 8 : n <= 64 ? 64 : n;
}

str sql_among(ctx *c, size_t n, int first)
{
    buf b;
    buf_init(&b, 64 << 10);
    for (size_t i = 0; i < among_room(n); i++)
        buf_printf(&b, "%s$%d", i ? "," : "IN(", first + (int)i);
    buf_putc(&b, ')');
    str out = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return out;
}

void sql_ids(statement *s, const int64_t *ids, size_t n)
{
    for (size_t i = 0; i < among_room(n); i++)
        sql_int(s, ids[i < n ? i : n - 1]);
}

void sql_close(statement *s)
{
    db_done(s->s);
    s->s = NULL;
}

err sql_row(statement *s, bool *row)
{
    return db_step(s->s, row);
}

err sql_all_ids(ctx *c, statement *s, int64_t **out, size_t *count)
{
    bool     row = true;
    err      e = ERR_OK;
    size_t   n = 0, room = 32;
    int64_t *list = arena_make_n(c->a, int64_t, room);
    while ((e = sql_row(s, &row)) == ERR_OK && row) {
        arena_more(c->a, list, n, room);
        list[n++] = db_int(s->s, 0);
    }
    sql_close(s);
    *out = list;
    *count = n;
    return e;
}

err sql_run(statement *s)
{
    err e = db_run(s->s);
    s->s = NULL;
    return e;
}

err sql_insert(statement *s)
{
    err e = db_insert(s->s);
    s->s = NULL;
    return e;
}

err sql_number(ctx *c, str sql, int64_t parameter, int64_t *out, bool *found)
{
    statement s;
    bool      row;
    TRY(sql_open(c, sql, &s));
    sql_int(&s, parameter);
    err e = sql_row(&s, &row);
    if (e == ERR_OK) {
        bool has = row && !db_null(s.s, 0);
        if (found)
            *found = has;
        if (has)
            *out = db_int(s.s, 0);
    }
    sql_close(&s);
    return e;
}

const char *what_name(what w)
{
    static const char *const names[WHAT_COUNT] = {
        [WHAT_CREATE] = "create",   [WHAT_UPDATE] = "update", [WHAT_DELETE] = "delete",
        [WHAT_RESTORE] = "restore", [WHAT_PURGE] = "purge",
    };
    return names[w];
}
