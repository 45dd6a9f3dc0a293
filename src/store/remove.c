/* The recycle bin: a record goes with what hangs on it, as one operation, and comes back with it. */
#include "base/limits.h"
#include "store/file.h"
#include "store/internal.h"

enum { CASCADE_MAX = 10000, HELD_LOOKED_AT = 20 };

/* PERMIT-4: what holds it is told by its kind where the actor may see one of those, else not at all. */
static err refuse_held(ctx *c, const entity *by, const int64_t *ids, size_t n)
{
    bool seen = false;
    for (size_t i = 0; i < n && !seen; i++)
        TRY(reference_readable(c, by, ids[i], &seen));
    return ctx_refuse(c, ERR_CONFLICT, STR("in_use"),
                      seen ? by->plural_label[c->lang] : label_get(c->lang, STR("message.in_use_unseen")));
}

/* A required reference that does not go along, or anything that points at configuration, holds the record. */
static err held_by(ctx *c, const entity *e, int64_t id)
{
    for (size_t i = 0; i < e->pointing_count; i++) {
        const field *f = e->pointing[i];
        bool holds = (f->flags & FF_REQUIRED || e->def->configuration) && f->target && !(f->flags & FF_CASCADE) &&
                     !(f->flags & FF_COMMON && f->flags & FF_READONLY);
        if (!holds || f->owner->def->journal) /* what was, holds nothing */
            continue;
        int64_t *ids;
        size_t   n;
        TRY(store_referring(c, f, id, HELD_LOOKED_AT, &ids, &n));
        if (n)
            return refuse_held(c, f->owner, ids, n);
    }
    return ERR_OK;
}

static err delete_one(ctx *c, rec *r, int depth);

static bool takes_or_holds(const field *f)
{
    return f->flags & (FF_CASCADE | FF_REQUIRED);
}

/* What `now` sees hanging on it and this transaction does not. */
static err unseen(ctx *c, ctx *now, const entity *e, int64_t id, bool *any)
{
    for (size_t i = 0; i < e->pointing_count && !*any; i++) {
        int64_t *mine, *others;
        size_t   n, m;
        if (!takes_or_holds(e->pointing[i]))
            continue;
        TRY(store_referring(now, e->pointing[i], id, CASCADE_MAX, &others, &m));
        if (m == 0)
            continue;
        TRY(store_referring(c, e->pointing[i], id, CASCADE_MAX, &mine, &n));
        for (size_t k = 0, j = 0; k < m; k++) { /* both in their order */
            while (j < n && mine[j] < others[k])
                j++;
            bool there = j < n && mine[j] == others[k];
            *any = *any || (!there && !record_written(c, others[k])); /* a merge has moved it from here */
        }
    }
    return ERR_OK;
}

/* A transaction of PostgreSQL sees what there was when it began. From here on nothing more is hung on the record; what was
 * hung on it meanwhile is seen by another connection, and then it all begins again. */
static err close_record(ctx *c, const entity *e, int64_t id)
{
    bool any = false, hangs = false;
    for (size_t i = 0; i < e->pointing_count; i++)
        hangs = hangs || takes_or_holds(e->pointing[i]);
    if (!hangs || db_kind(c->db) == DB_SQLITE)
        return ERR_OK;
    TRY(record_close(c, id));
    ctx now = *c;
    now.store = NULL;
    TRY(db_read_begin(c->db, DB_SLOW, &now.conn));
    err x = unseen(c, &now, e, id, &any);
    db_read_end(now.conn);
    TRY(x);
    return any ? db_exec(c->conn, STR("DO $$BEGIN RAISE serialization_failure; END$$")) : ERR_OK;
}

static err delete_hanging(ctx *c, const entity *e, int64_t id, int depth)
{
    for (size_t i = 0; i < e->pointing_count; i++) {
        const field *f = e->pointing[i];
        int64_t     *ids;
        size_t       n;
        if (!(f->flags & FF_CASCADE))
            continue;
        TRY(store_referring(c, f, id, CASCADE_MAX, &ids, &n));
        for (size_t k = 0; k < n; k++) {
            rec *child;
            TRY(store_load_any(c, f->owner, ids[k], &child));
            TRY(delete_one(c, child, depth + 1));
        }
    }
    return ERR_OK;
}

static err delete_one(ctx *c, rec *r, int depth)
{
    if (r->deleted_at)
        return ERR_OK;
    if (depth > LIMIT_TREE_DEPTH)
        return ctx_refuse(c, ERR_CONFLICT, STR("too_deep"), (str){ 0 });
    TRY(close_record(c, r->e, r->id));
    if (r->e->def->before_delete)
        TRY(r->e->def->before_delete(c, r));
    TRY(held_by(c, r->e, r->id));
    rec *next = rec_copy(c, r);
    next->deleted_at = c->now_ms;
    TRY(record_write(c, r->old, next, WHAT_DELETE)); /* first, so that a part's hook sees that the whole is gone */
    TRY(delete_hanging(c, r->e, r->id, depth));
    return r->e->def->after_delete ? r->e->def->after_delete(c, next) : ERR_OK;
}

err store_delete(ctx *c, const entity *e, int64_t id, int64_t expected_version)
{
    rec    *r;
    int64_t operation;
    bool    own = c->operation == 0;
    TRY(store_load(c, e, id, &r));
    TRY(record_scope(c, VERB_DELETE, r));
    if (expected_version)
        TRY(record_expect(c, r, expected_version));
    if (own)
        TRY(store_operation_begin(c, STR("delete"), record_name(r), &operation));
    TRY(delete_one(c, r, 0));
    if (own)
        store_operation_end(c);
    return ERR_OK;
}

static err restore_one(ctx *c, rec *r)
{
    rec *next = rec_copy(c, r);
    next->deleted_at = 0;
    TRY(validate_record(c, r, next));
    TRY(record_write(c, r->old, next, WHAT_RESTORE));
    return r->e->def->after_delete ? r->e->def->after_delete(c, next) : ERR_OK;
}

/* Everything of the same deletion that points here. */
static err restore_hanging(ctx *c, const entity *e, int64_t id, int64_t operation, int depth)
{
    for (size_t i = 0; depth < LIMIT_TREE_DEPTH && i < e->pointing_count; i++) {
        const field *f = e->pointing[i];
        if (!(f->flags & FF_CASCADE))
            continue;
        str sql =
            arena_printf(c->a, "SELECT \"id\" FROM \"%.*s\" WHERE \"%.*s\"=$1 AND \"deleted_op\"=$2 ORDER BY \"id\"",
                         STR_ARG(f->owner->table), STR_ARG(f->column));
        statement s;
        bool      row = true;
        int64_t  *ids = arena_make_n(c->a, int64_t, CASCADE_MAX);
        size_t    n = 0;
        err       x = ERR_OK;
        TRY(sql_open(c, sql, &s));
        sql_int(&s, id);
        sql_int(&s, operation);
        while (n < CASCADE_MAX && (x = sql_row(&s, &row)) == ERR_OK && row)
            ids[n++] = db_int(s.s, 0);
        sql_close(&s);
        TRY(x);
        for (size_t k = 0; k < n; k++) {
            rec *child;
            TRY(store_load_any(c, f->owner, ids[k], &child));
            TRY(restore_one(c, child));
            TRY(restore_hanging(c, f->owner, ids[k], operation, depth + 1));
        }
    }
    return ERR_OK;
}

err store_restore(ctx *c, const entity *e, int64_t id)
{
    rec    *r;
    int64_t operation = 0;
    TRY(record_seen(c, e, id, &r));
    TRY(record_scope(c, VERB_DELETE, r));
    if (!r->deleted_at)
        return ctx_refuse(c, ERR_CONFLICT, STR("not_deleted"), (str){ 0 });
    str sql = arena_printf(c->a, "SELECT \"deleted_op\" FROM \"%.*s\" WHERE \"id\"=$1", STR_ARG(e->table));
    TRY(sql_number(c, sql, id, &operation, NULL));
    TRY(restore_one(c, r));
    return operation ? restore_hanging(c, e, id, operation, 0) : ERR_OK;
}

/* What may be there once only is there already (both were in the same campaign): that one takes what it lacks, by its own
 * rules, and the other goes. */
static err give_to_twin(ctx *c, rec *going, int64_t twin)
{
    rec *stays;
    TRY(store_load_any(c, going->e, twin, &stays));
    for (size_t i = 0; i < stays->e->field_count; i++) {
        uint32_t flags = stays->e->fields[i].flags;
        if (flags & (FF_COMMON | FF_ALIAS | FF_BASE) || stays->v[i].set || !going->v[i].set)
            continue;
        stays->v[i] = going->v[i];
        stays->given[i] = 1;
    }
    TRY(delete_one(c, going, 0));
    return store_save(c, stays, 0);
}

static err repoint_field(ctx *c, const field *f, int64_t from, int64_t to)
{
    int64_t *ids;
    size_t   n;
    TRY(store_referring(c, f, from, CASCADE_MAX, &ids, &n));
    for (size_t k = 0; k < n; k++) {
        rec *r;
        TRY(store_load_any(c, f->owner, ids[k], &r));
        bool  itself = r->id == to && r->e == f->target;
        value was = r->v[f->index];
        r->v[f->index] = (value){ .set = !itself, .i = to, .s = f->type == FT_ANYREF ? r->v[f->index].s : (str){ 0 } };
        int64_t twin = 0;
        if (!itself)
            TRY(record_twin(c, r, f, &twin));
        if (twin) {
            r->v[f->index] = was;
            TRY(give_to_twin(c, r, twin));
            continue;
        }
        TRY(record_write(c, r->old, r, WHAT_UPDATE));
    }
    return ERR_OK;
}

err store_repoint(ctx *c, const entity *e, int64_t from, int64_t to)
{
    for (size_t i = 0; i < e->pointing_count; i++)
        if (!(e->pointing[i]->flags & FF_COMMON && e->pointing[i]->flags & FF_READONLY))
            TRY(repoint_field(c, e->pointing[i], from, to));
    TRY(file_move(c, e->name, from, e->name, to));
    statement s;
    TRY(sql_open(c,
                 STR("INSERT INTO \"zk_follow\"(\"record\",\"user_id\",\"at\") SELECT $1,\"user_id\",\"at\" FROM "
                     "\"zk_follow\" WHERE \"record\"=$2 ON CONFLICT(\"record\",\"user_id\") DO NOTHING"),
                 &s));
    sql_int(&s, to);
    sql_int(&s, from);
    return sql_run(&s);
}

err store_counter(ctx *c, str name, int64_t *next)
{
    statement s;
    bool      row;
    TRY(sql_open(c,
                 STR("INSERT INTO \"zk_counter\"(\"name\",\"value\")VALUES($1,1) ON CONFLICT(\"name\") "
                     "DO UPDATE SET \"value\"=\"zk_counter\".\"value\"+1 RETURNING \"value\""),
                 &s));
    sql_text(&s, name);
    err e = sql_row(&s, &row);
    if (e == ERR_OK)
        *next = db_int(s.s, 0);
    sql_close(&s);
    return e;
}
