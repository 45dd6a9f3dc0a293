/* One record by its id: the most frequent read of all. Its plan is made once per snapshot and kept with the entity;
 * what depends on the actor (fields, scope) is compared with it, not put into it. */
#include "permit/grants.h"
#include "query/plan.h"

typedef struct {
    kept_plan head;
    arena    *a;
    query    *q;
    db_engine engine;
    size_t    version_column;
    uint8_t  *readable; /* how each field is shown */
} record_plan;

static void plan_free(kept_plan *p)
{
    arena_free(((record_plan *)p)->a);
}

static void readable_fields(const ctx *c, const entity *e, uint8_t *out)
{
    for (size_t i = 0; i < e->field_count; i++)
        out[i] = (uint8_t)permit_show(&c->actor, &e->fields[i]);
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
    size_t       version_column;
    int64_t      version;
    json_writer *w; /* NULL: only whether it is there */
    bool         found;
} one_record;

static err write_one(void *arg, query_row *row)
{
    one_record *one = arg;
    one->found = true;
    one->version = query_value(row, one->version_column).i;
    if (one->w)
        query_row_json(row, one->w);
    return ERR_OK;
}

/* Where the record is shared, or refers to what the actor may not see, the planner puts their rights into it. */
static err run_planned(ctx *c, const entity *e, int64_t id, one_record *one)
{
    list_request r = { .id = id };
    query       *q;
    TRY(query_list(c, e, &r, &q));
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

/* Asked by the id alone: an engine that has no row asks a row's condition nothing, and is done sooner. */
static err is_granted(ctx *c, const entity *e, int64_t id, bool *out)
{
    buf      sql;
    db_stmt *s;
    param    params[1 + GRANTS_PARAMS] = { { .kind = PARAM_INT, .i = id },
                                           { .kind = PARAM_INT, .i = c->actor.user },
                                           { .kind = PARAM_INT, .i = c->actor.team },
                                           { .kind = PARAM_DATE, .i = ctx_today(c) } };
    buf_init(&sql, 4096);
    buf_puts(&sql, STR("SELECT 1 WHERE $1 IN ("));
    grants_put(&sql, e, false, 2, 3, 4);
    buf_putc(&sql, ')');
    statement st = { .sql = arena_str(c->a, buf_str(&sql)), .params = params, .count = countof(params) };
    buf_free(&sql);
    TRY(statement_open(c, &st, &s));
    err x = db_step(s, out);
    db_done(s);
    return x;
}

/* A reference that the row of this id has in a column; 0: none, or no such row. */
static err reference_in(ctx *c, const entity *e, const field *f, int64_t id, int64_t *out)
{
    db_stmt  *s;
    bool      row = false;
    param     only = { .kind = PARAM_INT, .i = id };
    statement st = { .sql = arena_printf(c->a, "SELECT \"%.*s\" FROM \"%.*s\" WHERE \"id\"=$1", STR_ARG(f->column),
                                         STR_ARG(e->table)),
                     .params = &only,
                     .count = 1 };
    TRY(statement_open(c, &st, &s));
    err x = db_step(s, &row);
    *out = x == ERR_OK && row && !db_null(s, 0) ? db_int(s, 0) : 0;
    db_done(s);
    return x;
}

/* PERMIT-11: of a part, whether one sees what it is a part of; asked step by step, of a part that is not there too. */
static err sees_whole(ctx *c, const entity *e, int64_t id, const scope *sc, bool *out)
{
    int64_t whole, user;
    TRY(reference_in(c, e, sc->part, id, &whole));
    TRY(reference_in(c, sc->part->target, sc->field, whole, &user));
    *out = false;
    for (size_t i = 0; i < sc->user_count; i++)
        *out = *out || sc->users[i] == user;
    return !*out && sc->granted ? is_granted(c, sc->part->target, whole, out) : ERR_OK;
}

/* What the row of this id is about; *about stays e where it is about nothing, or is not there. */
static err about_in(ctx *c, const entity *e, int64_t id, const entity **about, int64_t *about_id)
{
    db_stmt     *s;
    bool         row = false;
    const field *f = e->seen_with;
    param        only = { .kind = PARAM_INT, .i = id };
    statement    st = { .sql = arena_printf(c->a, "SELECT \"%.*s\",\"%.*s\" FROM \"%.*s\" WHERE \"id\"=$1",
                                            STR_ARG(f->column), STR_ARG(f->column_entity), STR_ARG(e->table)),
                        .params = &only,
                        .count = 1 };
    TRY(statement_open(c, &st, &s));
    err           x = db_step(s, &row);
    const entity *is = x == ERR_OK && row && !db_null(s, 1) ? snapshot_entity(c->snap, db_text(s, 1)) : NULL;
    *about_id = is && !db_null(s, 0) ? db_int(s, 0) : 0;
    *about = is ? is : e;
    db_done(s);
    return x;
}

/* PERMIT-20: whether one sees the record that it is about; asked step by step, of one that is not there too. */
static err sees_with(ctx *c, const entity *e, int64_t id, bool *out)
{
    const entity *about;
    int64_t       about_id, user;
    TRY(about_in(c, e, id, &about, &about_id));
    scope sc = permit_scope(&c->actor, about, VERB_READ, c->a);
    if (sc.kind != SCOPE_USERS) {
        *out = sc.kind == SCOPE_ALL && about_id;
        return ERR_OK;
    }
    if (sc.part)
        return sees_whole(c, about, about_id, &sc, out);
    const entity *people = snapshot_entity(c->snap, STR("user"));
    bool          in_vain = !about_id && people; /* a row that is there takes longer to read */
    TRY(reference_in(c, in_vain ? people : about, in_vain ? entity_common(people, CF_UPDATED_BY) : sc.field,
                     in_vain ? c->actor.user : about_id, &user));
    for (size_t i = 0; i < sc.user_count && about_id; i++)
        *out = *out || sc.users[i] == user;
    return !*out && sc.granted ? is_granted(c, about, about_id, out) : ERR_OK;
}

/* Whether one sees the record of this id: asked by the one column that decides, before anything else is read of it, so that what is
 * there and hidden takes as long as what is not there. *granted: it is not one's own. */
static err sees_one(ctx *c, const entity *e, int64_t id, const scope *sc, bool *out, bool *granted)
{
    int64_t user;
    if (sc->part)
        return sees_whole(c, e, id, sc, out);
    TRY(reference_in(c, e, sc->field, id, &user));
    *out = false;
    for (size_t i = 0; i < sc->user_count; i++)
        *out = *out || sc->users[i] == user;
    if (*out)
        return ERR_OK;
    if (sc->granted)
        TRY(is_granted(c, e, id, granted));
    if (!*granted && sc->with)
        TRY(sees_with(c, e, id, granted));
    *out = *granted;
    return ERR_OK;
}

static bool limited(ctx *c, const entity *e)
{
    return permit_scope(&c->actor, e, VERB_READ, c->a).kind != SCOPE_ALL;
}

/* Does it refer to what the actor may not see (PERMIT-18)? Then what is shown of it is the actor's own. */
static bool refers_to_limited(ctx *c, const entity *e)
{
    if (permit_is_admin(&c->actor))
        return false;
    for (size_t i = 0; i < e->field_count; i++) {
        const field *f = &e->fields[i];
        if (f->type == FT_REF && limited(c, f->target))
            return true;
        for (size_t k = 0; f->type == FT_ANYREF && k < c->snap->entity_count; k++)
            if (limited(c, c->snap->entities[k]))
                return true;
    }
    return false;
}

bool query_record_once(ctx *c, const entity *e)
{
    scope sc = permit_scope(&c->actor, e, VERB_READ, c->a);
    return sc.kind != SCOPE_USERS && !refers_to_limited(c, e);
}

err query_record(ctx *c, const entity *e, int64_t id, json_writer *w, int64_t *version)
{
    if (!permit_entity(&c->actor, e, VERB_READ))
        return ctx_refuse(c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    const record_plan *p = plan_find(c, e);
    scope              sc = permit_scope(&c->actor, e, VERB_READ, c->a);
    one_record         one = { .w = w, .version_column = p->version_column };
    bool               sees = sc.kind == SCOPE_ALL, granted = false;
    if (sc.kind == SCOPE_USERS)
        TRY(sees_one(c, e, id, &sc, &sees, &granted));
    if (!sees)
        return ERR_NOT_FOUND;
    TRY(granted || refers_to_limited(c, e) ? run_planned(c, e, id, &one) : run_kept(c, p, id, &one));
    if (!one.found)
        return ERR_NOT_FOUND;
    *version = one.version;
    return ERR_OK;
}
