/* All records that a condition names, changed or deleted in pieces that are one operation. */
#include "io/many.h"
#include "store/store.h"

enum { CHANGE_PIECE = 200 };

typedef struct {
    const io_change_request *ask;
    const entity            *e, *made;
    const field             *via;
    int64_t                 *ids;
    size_t                   count, at;
    many                     m;
} change;

/* A task about it, a member of a campaign: whatever points at it. */
static err make_one(ctx *c, const change *x, const rec *from)
{
    rec         *r = store_new(c, x->made);
    const field *mine = entity_common(x->made, CF_OWNER), *theirs = entity_common(x->e, CF_OWNER);
    if (mine && theirs && rec_ref(from, (size_t)theirs->index))
        rec_set_ref(r, (size_t)mine->index, rec_ref(from, (size_t)theirs->index));
    err e = x->ask->record ? store_patch(c, r, x->ask->record) : ERR_OK;
    if (e != ERR_OK && e != ERR_INVALID)
        return e;
    if (x->via->type == FT_ANYREF)
        rec_set_any(c, r, (size_t)x->via->index, x->e->name, from->id);
    else
        rec_set_ref(r, (size_t)x->via->index, from->id);
    return c->problem_count ? ERR_INVALID : store_save(c, r, 0);
}

static err change_one(ctx *c, const change *x, int64_t id, str *name)
{
    rec *r;
    TRY(store_load(c, x->e, id, &r));
    const value *v = &r->v[x->e->title];
    *name = v->set ? v->s : (str){ 0 };
    if (x->ask->remove)
        return store_delete(c, x->e, id, 0);
    if (x->made)
        return make_one(c, x, r);
    err e = store_patch(c, r, x->ask->record);
    if (e != ERR_OK && e != ERR_INVALID)
        return e;
    return c->problem_count ? ERR_INVALID : store_save(c, r, 0);
}

static err begin_operation(ctx *c, change *x)
{
    const audit_word words[] = { { .name = "rows", .number = x->m.done.at.total },
                                 { .name = "entity", .text = x->e->name },
                                 { .name = x->ask->where.n ? "where" : NULL, .text = x->ask->where },
                                 { 0 } };
    return store_operation_begin_with(c,
                                      x->ask->remove ? STR("delete")
                                      : x->made      ? STR("make")
                                                     : STR("change"),
                                      x->made ? x->made->name : x->e->name, words, &x->m.next.at.operation);
}

static size_t piece_end(const change *x)
{
    return x->at + CHANGE_PIECE < x->count ? x->at + CHANGE_PIECE : x->count;
}

static err change_piece(ctx *c, void *arg)
{
    change *x = arg;
    many   *m = &x->m;
    many_piece(c, m);
    if (!m->next.at.operation)
        TRY(begin_operation(c, x));
    for (size_t i = x->at; i < piece_end(x); i++) {
        store_mark mark;
        str        name = { 0 };
        TRY(store_savepoint(c, &mark));
        err e = change_one(c, x, x->ids[i], &name);
        m->next.at.last = x->ids[i];
        if (e == ERR_OK) {
            TRY(store_savepoint_release(c));
            m->next.at.changed++;
            continue;
        }
        if (!many_belongs_to_record(e))
            return e;
        TRY(store_savepoint_rollback(c, &mark));
        many_refused(c, m, x->e, x->ids[i], name, x->made ? x->made : x->e, e);
    }
    return many_piece_end(c, m, x->ask->keep, x->ask->arg);
}

static err find_records(io_job *j, ctx *c, change *x)
{
    list_request l = { .where = x->ask->where };
    TRY(db_read_begin(j->d, DB_LONG, &c->conn));
    err e = query_ids(c, x->e, &l, 0, &x->ids, &x->count);
    if (e == ERR_OK) {
        int64_t *kept = arena_make_n(j->a, int64_t, x->count + 1);
        if (x->count)
            memcpy(kept, x->ids, x->count * sizeof *kept);
        x->ids = kept;
    }
    db_read_end(c->conn);
    c->conn = NULL;
    return e;
}

/* By id: an earlier turn was there up to the last one. */
static void skip_done(change *x)
{
    const io_many_result *done = &x->m.done.at;
    while (x->at < x->count && x->ids[x->at] <= done->last)
        x->at++;
    x->m.done.at.total = done->changed + done->refused + (int64_t)(x->count - x->at);
}

static err change_all(io_job *j, ctx *c, change *x)
{
    io_many_result *done = &x->m.done.at;
    err             e = find_records(j, c, x);
    skip_done(x);
    while (e == ERR_OK && x->at < x->count) {
        if (io_job_cancelled(j)) {
            done->cancelled = true;
            break;
        }
        arena_clear(c->a);
        e = io_job_write(c, change_piece, x);
        if (e == ERR_OK) {
            x->at = piece_end(x);
            many_committed(&x->m);
        }
        io_job_progress(j, "write", done->changed + done->refused, done->total);
    }
    return e;
}

bool io_change_via(const field *via, const entity *of)
{
    return via && ((via->type == FT_REF && via->target == of) || via->type == FT_ANYREF) && !(via->flags & FF_COMMON);
}

static err begin(io_job *j, const snapshot *tables, change *x)
{
    x->e = snapshot_entity(tables, x->ask->entity);
    if (!x->e)
        x->e = snapshot_plural(tables, x->ask->entity);
    if (!x->e)
        return io_job_refuse(j, ERR_NOT_FOUND, "import.no_entity", x->ask->entity, (str){ 0 });
    if (x->ask->make.n) {
        x->made = snapshot_entity(tables, x->ask->make);
        x->via = x->made ? entity_field(x->made, x->ask->via) : NULL;
        if (!x->made || !io_change_via(x->via, x->e))
            return io_job_refuse(j, ERR_NOT_FOUND, "import.no_entity", x->ask->make, (str){ 0 });
    }
    bool may = permit_entity(&j->who, x->e, VERB_BULK) && permit_entity(&j->who, x->made ? x->made : x->e,
                                                                        x->made          ? VERB_CREATE
                                                                        : x->ask->remove ? VERB_DELETE
                                                                                         : VERB_UPDATE);
    return may ? ERR_OK : ERR_FORBIDDEN;
}

err io_change(io_job *j, const io_change_request *r, io_many_result *result)
{
    snapshot *tables;
    change    x = { .ask = r };
    TRY(j->tables(j->arg, &tables));
    ctx c = io_job_ctx(j, arena_new(), tables);
    many_begin(&x.m, j->a, result);
    err e = begin(j, tables, &x);
    if (e == ERR_OK)
        e = change_all(j, &c, &x);
    many_result(&x.m, j->a, result);
    if (e != ERR_OK && j->why.n == 0)
        (void)job_from_ctx(j, &c, e);
    many_free(&x.m);
    arena_free(c.a);
    snapshot_unpin(tables);
    return e;
}
