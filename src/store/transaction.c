/* Around a writing closure. */
#include "store/internal.h"

err store_begin(ctx *c, db_conn *conn)
{
    c->conn = conn;
    store_state *state = arena_make(c->a, store_state);
    state->by_id = map_new(c->a, 8);
    c->store = state;
    return ERR_OK;
}

err store_finish(ctx *c)
{
    return search_flush(c);
}

/* What waits to be written at the end belongs to what is rolled back. */
err store_savepoint(ctx *c, store_mark *out)
{
    const store_state *s = c->store;
    *out =
        (store_mark){ .pending = s->count, .afters = arena_make_n(c->a, str, s->count + 1), .operation = c->operation };
    for (size_t i = 0; i < s->count; i++)
        out->afters[i] = s->changes[i]->after;
    return db_savepoint(c->conn);
}

err store_savepoint_release(ctx *c)
{
    return db_savepoint_release(c->conn);
}

err store_savepoint_rollback(ctx *c, const store_mark *to)
{
    store_state *s = c->store;
    for (size_t i = to->pending; i < s->count; i++)
        map_put(s->by_id, (str){ (const char *)&s->changes[i]->id, sizeof s->changes[i]->id }, NULL);
    s->count = to->pending;
    for (size_t i = 0; i < s->count; i++)
        s->changes[i]->after = to->afters[i];
    c->operation = to->operation;
    known_forget(s);
    return db_savepoint_rollback(c->conn);
}

typedef struct {
    ctx       *c;
    store_work work;
    void      *arg;
    arena_mark start;
    int64_t    operation;
} closure;

static err run(db_conn *conn, void *arg)
{
    closure *w = arg;
    arena_reset(w->c->a, w->start); /* a second try begins where the first did */
    ctx_reset(w->c);
    w->c->operation = w->operation;
    TRY(store_begin(w->c, conn));
    TRY(w->work(w->c, w->arg));
    return store_finish(w->c);
}

err store_write(ctx *c, store_work work, void *arg)
{
    closure w = { .c = c, .work = work, .arg = arg, .start = arena_here(c->a), .operation = c->operation };
    err     e = db_write(c->db, run, &w);
    c->conn = NULL;
    c->store = NULL;
    return e;
}
