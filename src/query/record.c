/* One record by its id: the most frequent read of all. Its plan is made once per snapshot and kept with the entity;
 * what depends on the actor (fields, scope) is compared with it, not put into it. */
#include "query/plan.h"

typedef struct {
    kept_plan head;
    arena    *a;
    query    *q;
    db_engine engine;
    size_t    version_column;
    uint8_t  *readable; /* by field */
} record_plan;

static void plan_free(kept_plan *p)
{
    arena_free(((record_plan *)p)->a);
}

static void readable_fields(const ctx *c, const entity *e, uint8_t *out)
{
    for (size_t i = 0; i < e->field_count; i++)
        out[i] = permit_field(&c->actor, &e->fields[i], VERB_READ);
}

static size_t column_of(const query *q, const field *f)
{
    size_t i = 0;
    while (i < q->count && q->columns[i].field != f)
        i++;
    return i;
}

static record_plan *plan_make(ctx *c, const entity *e, const uint8_t *readable, arena *a)
{
    record_plan *p = arena_make(a, record_plan);
    ctx          own = *c;
    own.a = a;
    p->head.free = plan_free;
    p->a = a;
    p->engine = db_conn_kind(c->conn);
    p->readable = arena_alloc(a, e->field_count);
    memcpy(p->readable, readable, e->field_count);
    p->q = query_make_record(&own, e, p->readable);
    p->version_column = column_of(p->q, entity_common(e, CF_VERSION));
    return p;
}

/* The kept plan where it suits this actor; else one for this request. */
static record_plan *plan_find(ctx *c, const entity *e)
{
    uint8_t    *readable = arena_alloc(c->a, e->field_count);
    kept_plan **slot = &((entity *)(uintptr_t)e)->plan; /* the one thing in a snapshot that comes later */
    kept_plan  *kept = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    readable_fields(c, e, readable);
    if (kept) {
        record_plan *p = (record_plan *)kept;
        bool         suits = p->engine == db_conn_kind(c->conn) && memcmp(p->readable, readable, e->field_count) == 0;
        return suits ? p : plan_make(c, e, readable, c->a);
    }
    record_plan *made = plan_make(c, e, readable, arena_new());
    if (__atomic_compare_exchange_n(slot, &kept, &made->head, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return made;
    arena_free(made->a); /* another thread was first */
    return plan_make(c, e, readable, c->a);
}

typedef struct {
    scope        seen; /* SCOPE_USERS: asked of the row */
    size_t       scope_column, version_column;
    int64_t      version;
    json_writer *w;
    bool         found;
} one_record;

static bool visible(const one_record *one, query_row *row)
{
    if (one->seen.kind == SCOPE_ALL)
        return true;
    value v = query_value(row, one->scope_column);
    for (size_t i = 0; v.set && i < one->seen.user_count; i++)
        if (one->seen.users[i] == v.i)
            return true;
    return false;
}

static err write_one(void *arg, query_row *row)
{
    one_record *one = arg;
    one->found = visible(one, row);
    if (!one->found)
        return ERR_OK;
    one->version = query_value(row, one->version_column).i;
    query_row_json(row, one->w);
    return ERR_OK;
}

/* Where the scope hangs on another record or on a field that the actor may not read, the planner puts it into the condition. */
static err run_planned(ctx *c, const entity *e, int64_t id, one_record *one)
{
    list_request r = { .id = id };
    query       *q;
    TRY(query_list(c, e, &r, &q));
    one->seen.kind = SCOPE_ALL;
    return query_run(c, q, write_one, one);
}

static err run_kept(ctx *c, const record_plan *p, int64_t id, one_record *one)
{
    query q = *p->q; /* the kept one is never written to */
    param only = { .kind = PARAM_INT, .i = id };
    ASSERT(q.st[0].count == 1);
    q.st[0].params = &only;
    q.single = true;
    return query_run(c, &q, write_one, one);
}

bool query_record_once(ctx *c, const entity *e)
{
    return !permit_scope(&c->actor, e, VERB_READ, c->a).granted;
}

err query_record(ctx *c, const entity *e, int64_t id, json_writer *w, int64_t *version)
{
    if (!permit_entity(&c->actor, e, VERB_READ))
        return ctx_refuse(c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    const record_plan *p = plan_find(c, e);
    one_record         one = { .w = w, .version_column = p->version_column };
    one.seen = permit_scope(&c->actor, e, VERB_READ, c->a);
    if (one.seen.kind == SCOPE_NONE)
        return ERR_NOT_FOUND;
    if (one.seen.kind == SCOPE_USERS && !one.seen.part)
        one.scope_column = column_of(p->q, one.seen.field);
    bool planned = one.seen.kind == SCOPE_USERS && (one.seen.part || one.scope_column == p->q->count);
    TRY(planned ? run_planned(c, e, id, &one) : run_kept(c, p, id, &one));
    if (!one.found && !planned && one.seen.granted) /* whether it is there or not, so that both take as long */
        TRY(run_planned(c, e, id, &one));
    if (!one.found)
        return ERR_NOT_FOUND;
    *version = one.version;
    return ERR_OK;
}
