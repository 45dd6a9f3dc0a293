#include "store/clock.h"

#include "store/internal.h"

static err next_of(ctx *c, str name, int64_t *at, bool *known)
{
    statement s;
    TRY(sql_open(c, STR("SELECT \"next_at\" FROM \"zk_clock\" WHERE \"name\"=$1"), &s));
    sql_text(&s, name);
    err e = sql_row(&s, known);
    if (e == ERR_OK && *known)
        *at = db_time(s.s, 0);
    sql_close(&s);
    return e;
}

err clock_due(ctx *c, str name, bool *due)
{
    int64_t at = 0;
    bool    known;
    TRY(next_of(c, name, &at, &known));
    *due = !known || at <= c->now_ms;
    return ERR_OK;
}

static int64_t key_of(str name)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a: any number that is the same on every server */
    for (ptrdiff_t i = 0; i < name.n; i++)
        h = (h ^ (unsigned char)name.p[i]) * 1099511628211u;
    return (int64_t)(h >> 1);
}

err clock_take(ctx *c, str name, int64_t every_ms, bool *ours)
{
    statement s;
    ASSERT(every_ms > 0);
    TRY(db_lock(c->conn, key_of(name)));
    TRY(clock_due(c, name, ours));
    if (!*ours)
        return ERR_OK;
    TRY(sql_open(c, STR("DELETE FROM \"zk_clock\" WHERE \"name\"=$1"), &s));
    sql_text(&s, name);
    TRY(sql_run(&s));
    TRY(sql_open(c, STR("INSERT INTO \"zk_clock\"(\"name\",\"next_at\")VALUES($1,$2)"), &s));
    sql_text(&s, name);
    sql_time(&s, (c->now_ms / every_ms + 1) * every_ms);
    return sql_run(&s);
}
