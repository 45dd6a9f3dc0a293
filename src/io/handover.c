/* What names a leaver, given to others: record by record through the store, in pieces that are one operation. */
#include "io/many.h"
#include "store/store.h"

enum { PIECE = 200 };

/* ---- where somebody is named ---- */

static bool names_person(const entity *e, const field *f)
{
    bool owner = f == entity_common(e, CF_OWNER);
    bool person = f->type == FT_REF && f->target && str_eq(f->target->name, STR("user"));
    return person && !(f->flags & (FF_READONLY | FF_ALIAS)) && (owner || !(f->flags & FF_COMMON)) && !e->def->journal;
}

static named_kind kind_of(const entity *e, const field *f)
{
    if (f == entity_common(e, CF_OWNER))
        return NAMED_OWNER;
    return f->flags & FF_PERSONAL ? NAMED_FIGURES : NAMED_ELSEWHERE;
}

size_t io_named_places(ctx *c, named_place **out)
{
    enum { MOST = 400 };
    size_t n = 0;
    *out = arena_make_n(c->a, named_place, MOST);
    for (size_t i = 0; i < c->snap->entity_count; i++) {
        const entity *e = c->snap->entities[i];
        if (str_eq(e->name, STR("user_role"))) /* what one may is no property that is handed on */
            continue;
        for (size_t k = 0; k < e->field_count && n < MOST; k++)
            if (names_person(e, &e->fields[k]))
                (*out)[n++] = (named_place){ .e = e, .f = &e->fields[k], .kind = kind_of(e, &e->fields[k]) };
    }
    return n;
}

bool io_may_hand_over(const actor *who, const named_place *p)
{
    verb v = p->kind == NAMED_OWNER ? VERB_ASSIGN : VERB_UPDATE;
    return p->kind != NAMED_FIGURES && permit_entity(who, p->e, VERB_BULK) && permit_entity(who, p->e, v) &&
           permit_field(who, p->f, VERB_UPDATE);
}

str io_named_where(arena *a, const named_place *p, int64_t user, bool open)
{
    str named = arena_printf(a, "%.*s = '%lld'", STR_ARG(p->f->name), (long long)user);
    return open && p->e->def->open ? arena_printf(a, "%.*s AND (%s)", STR_ARG(named), p->e->def->open) : named;
}

/* ---- what is asked ---- */

static err fault(ctx *c, str path, const char *name, const char *code)
{
    return ctx_problem_with(c, arena_printf(c->a, "%.*s.%s", STR_ARG(path), name), str_from(code), (str){ 0 });
}

static bool member_known(const json *j, const char *const *names)
{
    while (*names && !str_eq(j->key, str_from(*names)))
        names++;
    return *names != NULL;
}

static void refuse_unknown(ctx *c, const json *object, str path, const char *const *names)
{
    for (const json *j = object->first; j; j = j->next)
        if (!member_known(j, names))
            (void)ctx_problem_with(c, arena_printf(c->a, "%.*s.%.*s", STR_ARG(path), STR_ARG(utf8_cut(j->key, 60))),
                                   STR("unknown_field"), (str){ 0 });
}

/* PEOPLE-12: somebody else, who is living and not disabled. */
static err read_person(ctx *c, int64_t from, const json *j, str path, handover_part *p)
{
    static const char *const names[] = { "user", "share", NULL };
    const json              *user = json_get(j, STR("user")), *share = json_get(j, STR("share"));
    const entity            *users = snapshot_entity(c->snap, STR("user"));
    int64_t                  id = 0, part = 1;
    rec                     *r;
    if (!json_is(j, JSON_OBJECT))
        return ctx_problem_with(c, path, STR("not_an_object"), (str){ 0 });
    refuse_unknown(c, j, path, names);
    if (share && (!json_int64(share, &part) || part < 1 || part > HANDOVER_SHARE))
        (void)fault(c, path, "share", "out_of_range");
    if (!json_is(user, JSON_STRING) || !str_to_int64(user->text, &id) || id <= 0)
        return fault(c, path, "user", user ? "not_an_id" : "required");
    err e = store_load(c, users, id, &r);
    if (e == ERR_NOT_FOUND || id == from)
        return fault(c, path, "user", "no_such_record");
    TRY(e);
    if (str_eq(rec_text(r, (size_t)entity_field(users, STR("state"))->index), STR("disabled")))
        return fault(c, path, "user", "person_disabled");
    for (size_t i = 0; i < p->count; i++)
        if (p->to[i] == id)
            return fault(c, path, "user", "taken");
    p->share[p->count] = (int)part;
    p->to[p->count++] = id;
    return ERR_OK;
}

static err read_people(ctx *c, int64_t from, const json *to, str path, handover_part *p)
{
    size_t i = 0;
    if (!json_is(to, JSON_ARRAY) || to->count == 0 || to->count > HANDOVER_PEOPLE)
        return fault(c, path, "to", !to ? "required" : !json_is(to, JSON_ARRAY) ? "not_a_list" : "out_of_range");
    for (const json *j = to->first; j; j = j->next) {
        err e = read_person(c, from, j, arena_printf(c->a, "%.*s.to[%zu]", STR_ARG(path), i++), p);
        if (e != ERR_OK && e != ERR_INVALID)
            return e;
    }
    return ERR_OK;
}

static str text_of(const json *object, const char *name, str otherwise)
{
    const json *j = json_get(object, str_from(name));
    return json_is(j, JSON_STRING) ? j->text : otherwise;
}

static err read_part(ctx *c, int64_t from, const json *j, str path, handover *h)
{
    static const char *const names[] = { "entity", "field", "open", "to", NULL };
    handover_part           *p = &h->parts[h->count];
    const json              *open = json_get(j, STR("open"));
    named_place             *all;
    size_t                   n = io_named_places(c, &all), i = 0;
    if (!json_is(j, JSON_OBJECT))
        return ctx_problem_with(c, path, STR("not_an_object"), (str){ 0 });
    refuse_unknown(c, j, path, names);
    str name = text_of(j, "entity", (str){ 0 }), by = text_of(j, "field", STR("owner"));
    while (i < n && !(str_eq(all[i].e->name, name) && str_eq(all[i].f->name, by)))
        i++;
    if (i == n || all[i].kind == NAMED_FIGURES)
        return fault(c, path, "entity", name.n ? "not_a_choice" : "required");
    if (open && !json_is(open, JSON_TRUE) && !json_is(open, JSON_FALSE))
        (void)fault(c, path, "open", "not_a_boolean");
    *p = (handover_part){ .at = all[i], .open = json_is(open, JSON_TRUE) };
    for (i = 0; i < h->count; i++)
        if (h->parts[i].at.f == p->at.f)
            return fault(c, path, "entity", "taken");
    h->count++;
    if (!io_may_hand_over(&c->actor, &p->at))
        return ctx_refuse(c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    return read_people(c, from, json_get(j, STR("to")), path, p);
}

err io_handover_read(ctx *c, int64_t from, const json *in, handover *out)
{
    const json *parts = json_get(in, STR("parts"));
    size_t      i = 0;
    *out = (handover){ .from = from, .parts = arena_make_n(c->a, handover_part, HANDOVER_PARTS) };
    if (!json_is(parts, JSON_ARRAY) || parts->count == 0 || parts->count > HANDOVER_PARTS)
        return ctx_problem(c, "parts",
                           !parts                        ? STR("required")
                           : !json_is(parts, JSON_ARRAY) ? STR("not_a_list")
                                                         : STR("out_of_range"));
    for (const json *j = parts->first; j; j = j->next) {
        err e = read_part(c, from, j, arena_printf(c->a, "parts[%zu]", i++), out);
        if (e != ERR_OK && e != ERR_INVALID)
            return e;
    }
    return c->problem_count ? ERR_INVALID : ERR_OK;
}

/* ---- whose turn it is ---- */

static int shares(const handover_part *p)
{
    int sum = 0;
    for (size_t i = 0; i < p->count; i++)
        sum += p->share[i];
    return sum;
}

/* One round of as many turns as there are shares, spread evenly: whoever is owed most comes next. Calls back until told to stop. */
static size_t walk_round(const handover_part *p, int64_t turns, int64_t got[HANDOVER_PEOPLE])
{
    int    owed[HANDOVER_PEOPLE] = { 0 }, sum = shares(p);
    size_t next = 0;
    for (int64_t t = 0; t <= turns; t++) {
        next = 0;
        for (size_t i = 0; i < p->count; i++) {
            owed[i] += p->share[i];
            if (owed[i] > owed[next])
                next = i;
        }
        owed[next] -= sum;
        if (got && t < turns)
            got[next]++;
    }
    return next;
}

size_t io_handover_turn(const handover_part *p, int64_t nth)
{
    return walk_round(p, nth % shares(p), NULL);
}

int64_t io_handover_gets(const handover_part *p, size_t i, int64_t n)
{
    int64_t got[HANDOVER_PEOPLE] = { 0 };
    (void)walk_round(p, n % shares(p), got);
    return n / shares(p) * p->share[i] + got[i];
}

/* ---- the work ---- */

typedef struct {
    const handover *h;
    io_many_keep    keep;
    void           *arg;
    int64_t        *ids; /* of the part at hand */
    size_t          count, at;
    many            m;
} handing;

/* It may have been given away, deleted or ended since it was looked for: then it is left as it is. */
static err hand_one(ctx *c, const handing *x, const handover_part *p, int64_t id, str *name, bool *did)
{
    rec   *r;
    size_t at = (size_t)p->at.f->index;
    *did = false;
    TRY(store_load(c, p->at.e, id, &r));
    *name = r->v[p->at.e->title].set ? r->v[p->at.e->title].s : (str){ 0 };
    if (rec_ref(r, at) != x->h->from)
        return ERR_OK;
    rec_set_ref(r, at, p->to[io_handover_turn(p, x->m.next.at.given)]);
    *did = true;
    return store_save(c, r, 0);
}

static size_t piece_end(const handing *x)
{
    return x->at + PIECE < x->count ? x->at + PIECE : x->count;
}

static err begin_operation(ctx *c, handing *x)
{
    const audit_word words[] = { { .name = "rows", .number = x->m.done.at.total }, { 0 } };
    return store_operation_begin_with(c, STR("hand_over"), STR("user"), words, &x->m.next.at.operation);
}

static err hand_piece(ctx *c, void *arg)
{
    handing             *x = arg;
    many                *m = &x->m;
    const handover_part *p = &x->h->parts[m->done.at.part];
    many_piece(c, m);
    if (!m->next.at.operation)
        TRY(begin_operation(c, x));
    for (size_t i = x->at; i < piece_end(x); i++) {
        store_mark mark;
        str        name = { 0 };
        bool       did;
        TRY(store_savepoint(c, &mark));
        err e = hand_one(c, x, p, x->ids[i], &name, &did);
        m->next.at.last = x->ids[i];
        if (e == ERR_OK) {
            TRY(store_savepoint_release(c));
            m->next.at.changed += did;
            m->next.at.given += did;
            continue;
        }
        if (!many_belongs_to_record(e))
            return e;
        TRY(store_savepoint_rollback(c, &mark));
        many_refused(c, m, p->at.e, x->ids[i], name, NULL, e);
    }
    return many_piece_end(c, m, x->keep, x->arg);
}

static err find_records(io_job *j, ctx *c, handing *x)
{
    const handover_part *p = &x->h->parts[x->m.done.at.part];
    list_request         l = { .where = io_named_where(c->a, &p->at, x->h->from, p->open) }; /* by id */
    TRY(db_read_begin(j->d, DB_LONG, &c->conn));
    err e = query_ids(c, p->at.e, &l, 0, &x->ids, &x->count);
    if (e == ERR_OK) {
        int64_t *kept = arena_make_n(j->a, int64_t, x->count + 1);
        if (x->count)
            memcpy(kept, x->ids, x->count * sizeof *kept);
        x->ids = kept;
    }
    for (x->at = 0;
         e == ERR_OK && x->at < x->count && x->ids[x->at] <= x->m.done.at.last;) /* an earlier turn was there */
        x->at++;
    db_read_end(c->conn);
    c->conn = NULL;
    return e;
}

/* How much there is to do: for the bar, and for who reads of it. */
static err count_all(io_job *j, ctx *c, handing *x)
{
    err             e = ERR_OK;
    io_many_result *done = &x->m.done.at;
    done->total = done->changed + done->refused;
    TRY(db_read_begin(j->d, DB_LONG, &c->conn));
    for (size_t i = (size_t)done->part; e == ERR_OK && i < x->h->count; i++) {
        const handover_part *p = &x->h->parts[i];
        int64_t              n = 0;
        list_request         l = { .where = io_named_where(c->a, &p->at, x->h->from, p->open) };
        e = query_count(c, p->at.e, &l, false, &n);
        done->total += n;
    }
    db_read_end(c->conn);
    c->conn = NULL;
    return e;
}

static err hand_part(io_job *j, ctx *c, handing *x)
{
    io_many_result *done = &x->m.done.at;
    err             e = find_records(j, c, x);
    while (e == ERR_OK && x->at < x->count && !done->cancelled) {
        if (io_job_cancelled(j)) {
            done->cancelled = true;
            break;
        }
        arena_clear(c->a);
        e = io_job_write(c, hand_piece, x);
        if (e == ERR_OK) {
            x->at = piece_end(x);
            many_committed(&x->m);
        }
        io_job_progress(j, "write", done->changed + done->refused, done->total);
    }
    return e;
}

static err hand_all(io_job *j, ctx *c, handing *x)
{
    io_many_result *done = &x->m.done.at;
    err             e = count_all(j, c, x);
    while (e == ERR_OK && (size_t)done->part < x->h->count && !done->cancelled) {
        arena_clear(c->a);
        e = hand_part(j, c, x);
        if (e == ERR_OK && !done->cancelled) {
            done->part++;
            done->last = done->given = 0;
        }
    }
    return e;
}

/* Read anew from what was asked: who is to get it may have left meanwhile. */
static err read_asked(io_job *j, ctx *c, int64_t from, const json *in, handover *h)
{
    ctx own = *c;
    own.a = j->a;
    TRY(db_read_begin(j->d, DB_LONG, &own.conn));
    err e = io_handover_read(&own, from, in, h);
    db_read_end(own.conn);
    own.conn = NULL;
    return e == ERR_OK ? e : job_from_ctx(j, &own, e);
}

err io_hand_over(io_job *j, int64_t from, const json *in, io_many_keep keep, void *arg, io_many_result *result)
{
    snapshot *tables;
    handover  h;
    handing   x = { .h = &h, .keep = keep, .arg = arg };
    TRY(j->tables(j->arg, &tables));
    ctx c = io_job_ctx(j, arena_new(), tables);
    many_begin(&x.m, j->a, result);
    err e = read_asked(j, &c, from, in, &h);
    if (e == ERR_OK)
        e = hand_all(j, &c, &x);
    many_result(&x.m, j->a, result);
    if (e != ERR_OK && j->why.n == 0)
        (void)job_from_ctx(j, &c, e);
    many_free(&x.m);
    arena_free(c.a);
    snapshot_unpin(tables);
    return e;
}
