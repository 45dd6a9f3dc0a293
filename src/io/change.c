/* All records that a condition names, changed or deleted in pieces that are one operation. */
#include "base/buf.h"
#include "io/job.h"
#include "store/store.h"

enum { CHANGE_PIECE = 200, PROBLEMS_MOST = 100, PROBLEMS_ROOM = 1 << 20 };

/* What a piece counts; kept aside until it is committed, since its closure may be run again. */
typedef struct {
    int64_t     at, changed, refused, operation;
    size_t      told, written; /* problems listed; bytes of them */
    json_writer w;
} tally;

typedef struct {
    const io_change_request *ask;
    const entity            *e, *made;
    const field             *via;
    int64_t                 *ids;
    size_t                   count;
    tally                    done, next;
    buf                      problems;
} change;

static bool belongs_to_record(err e)
{
    return e == ERR_INVALID || e == ERR_NOT_FOUND || e == ERR_FORBIDDEN || e == ERR_CONFLICT || e == ERR_STALE;
}

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

static void tell_problem(ctx *c, change *x, int64_t id, str name, err e)
{
    if (x->next.told++ >= PROBLEMS_MOST)
        return;
    str          why = c->problem_count ? c->problems[0].message
                       : c->detail.n    ? c->detail
                                        : label_get(c->lang, arena_printf(c->a, "message.%s", err_name(e)));
    const field *f = c->problem_count ? entity_field(x->made ? x->made : x->e, c->problems[0].field) : NULL;
    if (f)
        why = arena_printf(c->a, "%.*s: %.*s", STR_ARG(f->label[c->lang]), STR_ARG(why));
    json_object(&x->next.w);
    json_put_id(&x->next.w, "id", id);
    json_put_string(&x->next.w, "name", name);
    json_put_string(&x->next.w, "message", why);
    json_object_end(&x->next.w);
}

static err begin_operation(ctx *c, change *x)
{
    const audit_word words[] = { { .name = "rows", .number = (int64_t)x->count },
                                 { .name = "entity", .text = x->e->name },
                                 { .name = x->ask->where.n ? "where" : NULL, .text = x->ask->where },
                                 { 0 } };
    return store_operation_begin_with(c,
                                      x->ask->remove ? STR("delete")
                                      : x->made      ? STR("make")
                                                     : STR("change"),
                                      x->made ? x->made->name : x->e->name, words, &x->next.operation);
}

static err change_piece(ctx *c, void *arg)
{
    change *x = arg;
    size_t  end = (size_t)x->done.at + CHANGE_PIECE;
    x->next = x->done;
    x->problems.n = x->done.written;
    if (end > x->count)
        end = x->count;
    if (x->next.operation)
        store_operation_join(c, x->next.operation);
    else
        TRY(begin_operation(c, x));
    for (size_t i = (size_t)x->next.at; i < end; i++) {
        store_mark mark;
        str        name = { 0 };
        TRY(store_savepoint(c, &mark));
        err e = change_one(c, x, x->ids[i], &name);
        if (e == ERR_OK) {
            TRY(store_savepoint_release(c));
            x->next.changed++;
            continue;
        }
        if (!belongs_to_record(e))
            return e;
        TRY(store_savepoint_rollback(c, &mark));
        x->next.refused++;
        tell_problem(c, x, x->ids[i], name, e);
        c->problem_count = 0;
        c->detail = (str){ 0 };
    }
    x->next.at = (int64_t)end;
    x->next.written = x->problems.n;
    store_operation_end(c);
    return ERR_OK;
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

static err change_all(io_job *j, ctx *c, change *x, io_change_result *result)
{
    err e = find_records(j, c, x);
    while (e == ERR_OK && (size_t)x->done.at < x->count) {
        if (io_job_cancelled(j)) {
            result->cancelled = true;
            break;
        }
        arena_clear(c->a);
        e = io_job_write(c, change_piece, x);
        if (e == ERR_OK)
            x->done = x->next;
        io_job_progress(j, "write", x->done.at, (int64_t)x->count);
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

err io_change(io_job *j, const io_change_request *r, io_change_result *result)
{
    snapshot *tables;
    change    x = { .ask = r };
    *result = (io_change_result){ 0 };
    TRY(j->tables(j->arg, &tables));
    ctx c = io_job_ctx(j, arena_new(), tables);
    buf_init(&x.problems, PROBLEMS_ROOM);
    json_begin(&x.done.w, &x.problems);
    json_array(&x.done.w);
    x.done.written = x.problems.n;
    err e = begin(j, tables, &x);
    if (e == ERR_OK)
        e = change_all(j, &c, &x, result);
    json_array_end(&x.done.w);
    result->total = (int64_t)x.count;
    result->changed = x.done.changed;
    result->refused = x.done.refused;
    result->operation = x.done.operation;
    result->problems = arena_str(j->a, buf_str(&x.problems));
    if (e != ERR_OK && j->why.n == 0)
        (void)job_from_ctx(j, &c, e);
    buf_free(&x.problems);
    arena_free(c.a);
    snapshot_unpin(tables);
    return e;
}

void io_change_result_json(const io_change_result *r, json_writer *w)
{
    json_put_int(w, "total", r->total);
    json_put_int(w, "changed", r->changed);
    json_put_int(w, "refused", r->refused);
    if (r->operation)
        json_put_id(w, "operation", r->operation);
    else
        json_put_null(w, "operation");
    json_key(w, STR("problems"));
    json_raw(w, r->problems.n ? r->problems : STR("[]"));
}
