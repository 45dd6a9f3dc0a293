/* Rows to records. */
#include "base/limits.h"
#include "base/text.h"
#include "permit/grants.h"
#include "store/internal.h"

bool field_stored(const field *f)
{
    return !(f->flags & FF_ALIAS);
}

int columns_count(const field *f)
{
    return f->column_entity.n ? 2 : 1;
}

void columns_put(buf *b, const field *f)
{
    if (f->column_entity.n) {
        bind_identifier(b, f->column_entity);
        buf_putc(b, ',');
    }
    bind_identifier(b, f->column);
}

void record_columns(buf *b, const entity *e)
{
    buf_putz(b, "\"deleted_at\"");
    for (size_t i = 0; i < e->field_count; i++)
        if (field_stored(&e->fields[i])) {
            buf_putc(b, ',');
            columns_put(b, &e->fields[i]);
        }
}

void record_read(ctx *c, db_stmt *s, int first, rec *r)
{
    const entity *e = r->e;
    int           column = first;
    r->deleted_at = db_null(s, column) ? 0 : db_time(s, column);
    column++;
    for (size_t i = 0; i < e->field_count; i++)
        if (field_stored(&e->fields[i])) {
            r->v[i] = bind_read(s, column + columns_count(&e->fields[i]) - 1, &e->fields[i], c->a);
            if (e->fields[i].column_entity.n && r->v[i].set)
                r->v[i].s = arena_str(c->a, db_text(s, column));
            column += columns_count(&e->fields[i]);
        }
    for (size_t i = 0; i < e->field_count; i++)
        if (e->fields[i].alias_of >= 0)
            r->v[i] = r->v[e->fields[i].alias_of];
    r->id = r->v[e->common[CF_ID]].i;
    r->version = r->v[e->common[CF_VERSION]].i;
}

static rec *blank(ctx *c, const entity *e)
{
    rec *r = arena_make(c->a, rec);
    r->e = e;
    r->v = arena_make_n(c->a, value, e->field_count);
    r->given = arena_make_n(c->a, uint8_t, e->field_count);
    return r;
}

static void initial_value(ctx *c, rec *r, const field *f)
{
    value    v;
    refusal  why;
    type_env t = record_env(c, r);
    if (str_eq(f->initial, STR(":me"))) {
        if (c->actor.user)
            r->v[f->index] = (value){ .set = true, .i = c->actor.user };
    } else if (str_eq(f->initial, STR(":today"))) {
        r->v[f->index] = (value){ .set = true, .i = ctx_today(c) };
    } else if (str_eq(f->initial, STR(":currency"))) {
        r->v[f->index] = (value){ .set = true, .s = c->snap->currency };
    } else if (value_from_text(&t, f, f->initial, &v, &why)) {
        r->v[f->index] = v;
    }
}

rec *store_new(ctx *c, const entity *e)
{
    rec *r = blank(c, e);
    for (size_t i = 0; i < e->field_count; i++)
        if (e->fields[i].initial.n)
            initial_value(c, r, &e->fields[i]);
    return r;
}

type_env record_env(ctx *c, const rec *r)
{
    currency_info money;
    int           decimals = c->snap->currency_decimals;
    if (r->e->currency >= 0 && r->v[r->e->currency].set && currency_find(r->v[r->e->currency].s, &money))
        decimals = money.decimals;
    return (type_env){ .a = c->a, .currency_decimals = decimals, .zone = c->zone };
}

int record_decimals(const ctx *c, const rec *r, const field *f)
{
    currency_info money;
    if (f->flags & FF_BASE || f->currency < 0 || !r->v[f->currency].set || !currency_find(r->v[f->currency].s, &money))
        return c->snap->currency_decimals;
    return money.decimals;
}

static str id_bytes(ctx *c, int64_t id)
{
    return arena_str(c->a, (str){ (const char *)&id, sizeof id });
}

/* The same owners, accounts and products are named in row after row of an import, and by the parts of a record: they are
 * asked for once in a transaction. */
typedef struct {
    const entity *e;
    str           name;
    bool          deleted;
    bool          written; /* by this transaction */
} known_record;

static known_record *registry_known(const ctx *c, int64_t id)
{
    const store_state *state = c->store;
    return state && state->known ? map_get(state->known, (str){ (const char *)&id, sizeof id }) : NULL;
}

/* Stages, pipelines and people are asked for with every deal: once in a transaction. */
static rec *setting_known(ctx *c, const entity *e, int64_t id)
{
    store_state *state = c->store;
    const rec *kept = state && state->settings ? map_get(state->settings, (str){ (const char *)&id, sizeof id }) : NULL;
    if (!kept || kept->e != e)
        return NULL;
    rec *r = rec_copy(c, kept);
    r->old = kept;
    return r;
}

static void setting_know(ctx *c, const rec *r)
{
    store_state *state = c->store;
    if (!state || !r->e->def->configuration)
        return;
    if (!state->settings)
        state->settings = map_new(c->a, 64);
    map_put(state->settings, id_bytes(c, r->id), (void *)(uintptr_t)r);
}

/* The row of this id; or before: where there is none, of the one before it. */
static err load_row(ctx *c, const entity *e, int64_t id, bool before, rec **out)
{
    buf b;
    buf_init(&b, 64 << 10);
    buf_putz(&b, "SELECT ");
    record_columns(&b, e);
    buf_putz(&b, " FROM ");
    bind_identifier(&b, e->table);
    buf_putz(&b, before ? " WHERE \"id\"<=$1 ORDER BY \"id\" DESC LIMIT 1" : " WHERE \"id\"=$1");
    statement           s;
    bool                row = false;
    const known_record *is = registry_known(c, id);
    err                 x = sql_open(c, buf_str(&b), &s);
    buf_free(&b);
    TRY(x);
    sql_int(&s, id);
    if (!is || !is->written)
        db_aside(s.s);
    x = sql_row(&s, &row);
    if (x == ERR_OK && row) {
        rec *r = blank(c, e);
        record_read(c, s.s, 0, r);
        r->old = rec_copy(c, r);
        setting_know(c, r->old);
        *out = r;
    }
    sql_close(&s);
    return x == ERR_OK && !row ? ERR_NOT_FOUND : x;
}

err store_load_any(ctx *c, const entity *e, int64_t id, rec **out)
{
    rec *known = setting_known(c, e, id);
    if (known) {
        *out = known;
        return ERR_OK;
    }
    return load_row(c, e, id, false, out);
}

static int64_t scope_user(const rec *r)
{
    const field *f = permit_scope_field(r->e);
    return f && r->v[f->index].set ? r->v[f->index].i : 0;
}

/* Of a part: the record that it is a part of, and what is asked of that. A part of nothing is for administrators. */
static err whole_of(ctx *c, const rec *r, verb *v, const rec **out)
{
    const entity *whole = permit_of_whole(&c->actor, r->e, v);
    rec          *loaded;
    *out = r;
    if (whole == r->e || permit_is_admin(&c->actor))
        return ERR_OK;
    int64_t id = rec_ref(r, (size_t)r->e->part_of->index);
    if (!id)
        return ERR_NOT_FOUND;
    TRY(store_load_any(c, whole, id, &loaded));
    *out = loaded;
    return ERR_OK;
}

/* PERMIT-15 */
static err shared_with(ctx *c, const rec *r, verb v, bool *may)
{
    statement s;
    buf       sql;
    scope     sc = permit_scope(&c->actor, r->e, v, c->a);
    if (sc.kind != SCOPE_USERS || !sc.granted)
        return ERR_OK;
    buf_init(&sql, 4096);
    buf_puts(&sql, STR("SELECT 1 WHERE $1 IN ("));
    grants_put(&sql, r->e, v == VERB_UPDATE, 2, 3, 4);
    buf_putc(&sql, ')');
    str text = arena_str(c->a, buf_str(&sql));
    buf_free(&sql);
    TRY(sql_open(c, text, &s));
    sql_int(&s, r->id);
    sql_int(&s, c->actor.user);
    sql_int(&s, c->actor.team);
    db_bind_date(s.s, ++s.n, ctx_today(c));
    err e = sql_row(&s, may);
    sql_close(&s);
    return e;
}

/* Decides, and so explains: nothing else says who may do what with a record. */
static err one_verb(ctx *c, verb v, const rec *r, store_reason *out)
{
    bool shared = false;
    *out = (store_reason){ .why = permit_ground_entity(&c->actor, r->e, v), .whole = r, .on = v, .seen = true };
    if (out->why != GROUND_ALL)
        return ERR_OK;
    err e = whole_of(c, r, &out->on, &out->whole);
    out->why = e == ERR_OK ? permit_ground_record(&c->actor, out->whole->e, out->on, scope_user(out->whole))
                           : GROUND_NOT_REACHED;
    if (e == ERR_OK && !ground_yes(out->why)) {
        e = shared_with(c, out->whole, out->on, &shared);
        if (shared)
            out->why = GROUND_SHARED;
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* What is asked of a record that is there is asked of one that is not: by its time nobody knows that something is hidden. */
static err ask_in_vain(ctx *c, const entity *e, int64_t id)
{
    verb          on = VERB_READ;
    bool          may = false;
    rec          *r;
    const entity *whole = permit_of_whole(&c->actor, e, &on);
    if (permit_scope(&c->actor, e, VERB_READ, c->a).kind != SCOPE_USERS)
        return ERR_OK;
    if (whole != e) {
        err x = store_load_any(c, whole, 0, &r);
        if (x != ERR_NOT_FOUND)
            return x;
    }
    rec nobody = { .e = whole, .id = whole == e ? id : 0 };
    return shared_with(c, &nobody, on, &may);
}

/* PERMIT-20: one level, so that what is about it is not asked in its turn. Of what is about nothing, or is not there (id 0),
 * as much is asked. */
static err seen_with(ctx *c, const entity *at, int64_t id, store_reason *out)
{
    rec          *about;
    store_reason  read;
    const entity *people = snapshot_entity(c->snap, STR("user"));
    err           x = store_load_any(c, id || !people ? at : people, id || !people ? id : c->actor.user, &about);
    if (x == ERR_NOT_FOUND || (x == ERR_OK && !id))
        return ask_in_vain(c, at, id);
    TRY(x);
    TRY(one_verb(c, VERB_READ, about, &read));
    if (ground_yes(read.why))
        *out = (store_reason){ .why = GROUND_ABOUT, .whole = about, .on = VERB_READ, .seen = true };
    return ERR_OK;
}

static err why_read(ctx *c, const rec *r, store_reason *out)
{
    const field *f = r->e->seen_with;
    TRY(one_verb(c, VERB_READ, r, out));
    if (ground_yes(out->why) || !f || !permit_entity(&c->actor, r->e, VERB_READ))
        return ERR_OK;
    const value  *v = &r->v[f->index];
    const entity *about = v->set ? snapshot_entity(c->snap, v->s) : NULL;
    bool          one = about && permit_entity(&c->actor, about, VERB_READ);
    return seen_with(c, one ? about : r->e, one ? v->i : 0, out);
}

err store_why(ctx *c, const rec *r, verb v, store_reason *out)
{
    store_reason read = { .why = GROUND_ADMINISTRATOR, .seen = true };
    if (v != VERB_CREATE)
        TRY(why_read(c, r, &read));
    if (v == VERB_READ || !ground_yes(read.why)) {
        *out = read;
        out->seen = ground_yes(read.why);
        return ERR_OK;
    }
    return one_verb(c, v, r, out);
}

err record_scope(ctx *c, verb v, const rec *r)
{
    store_reason why;
    TRY(store_why(c, r, v, &why));
    if (!why.seen)
        return ERR_NOT_FOUND;
    return ground_yes(why.why) ? ERR_OK : ctx_refuse(c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
}

err store_may(ctx *c, const rec *r, verb v)
{
    return record_scope(c, v, r);
}

static err refuse_absent(ctx *c, const entity *e, int64_t id)
{
    store_reason none;
    TRY(ask_in_vain(c, e, id));
    if (e->seen_with && permit_scope(&c->actor, e, VERB_READ, c->a).kind == SCOPE_USERS)
        TRY(seen_with(c, e, 0, &none));
    return ERR_NOT_FOUND;
}

err record_refuse(ctx *c, const entity *e, int64_t like)
{
    rec *r;
    if (!permit_entity(&c->actor, e, VERB_READ))
        return ERR_NOT_FOUND;
    err x = store_load_any(c, e, like, &r);
    return x == ERR_OK || x == ERR_NOT_FOUND ? refuse_absent(c, e, like) : x;
}

err record_seen(ctx *c, const entity *e, int64_t id, rec **out)
{
    rec *r;
    if (!permit_entity(&c->actor, e, VERB_READ))
        return ERR_NOT_FOUND;
    /* of what is seen with others more is asked, and a row that is there takes longer to read: so one is read in any case */
    err x = e->seen_with ? load_row(c, e, id, true, &r) : store_load_any(c, e, id, &r);
    if (x == ERR_NOT_FOUND || (x == ERR_OK && r->id != id))
        return refuse_absent(c, e, id);
    TRY(x);
    TRY(record_scope(c, VERB_READ, r));
    *out = r;
    return ERR_OK;
}

err store_load(ctx *c, const entity *e, int64_t id, rec **out)
{
    rec *r;
    TRY(record_seen(c, e, id, &r));
    if (r->deleted_at)
        return ERR_NOT_FOUND;
    *out = r;
    return ERR_OK;
}

str record_name(const rec *r)
{
    return rec_text(r, (size_t)r->e->title);
}

static void registry_know(ctx *c, int64_t id, known_record is)
{
    store_state  *state = c->store;
    known_record *kept = registry_known(c, id);
    if (!state)
        return;
    if (!state->known)
        state->known = map_new(c->a, 64);
    if (!kept) {
        kept = arena_make(c->a, known_record);
        map_put(state->known, id_bytes(c, id), kept);
    }
    *kept = is;
}

void registry_wrote(ctx *c, const rec *r, bool purged)
{
    store_state *state = c->store;
    registry_know(c, r->id,
                  (known_record){ .e = purged ? NULL : r->e,
                                  .name = purged ? (str){ 0 } : arena_str(c->a, record_name(r)),
                                  .deleted = !purged && r->deleted_at,
                                  .written = true });
    if (state && r->e->def->configuration)
        state->settings = state->keys = NULL;
}

void known_forget(store_state *s)
{
    s->known = s->settings = s->keys = NULL;
}

err registry_find(ctx *c, int64_t id, const entity **e, str *name, bool *deleted)
{
    statement           s;
    bool                row;
    const known_record *known = registry_known(c, id);
    if (known) {
        *e = known->e;
        *name = known->name;
        *deleted = known->deleted;
        return ERR_OK;
    }
    TRY(sql_open(c, STR("SELECT \"entity\",\"name\",\"deleted_at\" FROM \"zk_record\" WHERE \"id\"=$1"), &s));
    sql_int(&s, id);
    db_aside(s.s); /* what this transaction has inserted is known */
    err x = sql_row(&s, &row);
    if (x == ERR_OK) {
        *e = row ? snapshot_entity(c->snap, db_text(s.s, 0)) : NULL;
        *name = row && !db_null(s.s, 1) ? arena_str(c->a, db_text(s.s, 1)) : (str){ 0 };
        *deleted = row && !db_null(s.s, 2);
        if (row)
            registry_know(c, id, (known_record){ .e = *e, .name = *name, .deleted = *deleted });
    }
    sql_close(&s);
    return x;
}

/* Waited for: what comes next may be asked elsewhere. *living: as it is at the time of the lock, which may be later than
 * what this transaction has been told. */
static err record_lock(ctx *c, int64_t id, str sql, bool *living)
{
    statement s;
    bool      row;
    *living = true;
    if (db_kind(c->db) == DB_SQLITE)
        return ERR_OK;
    TRY(sql_open(c, sql, &s));
    sql_int(&s, id);
    err e = sql_row(&s, &row);
    if (e == ERR_OK)
        *living = row && db_null(s.s, 0);
    sql_close(&s);
    return e;
}

bool record_written(const ctx *c, int64_t id)
{
    const known_record *known = registry_known(c, id);
    return known && known->written;
}

err record_hold(ctx *c, int64_t id, bool *living)
{
    *living = true;
    if (record_written(c, id))
        return ERR_OK;
    return record_lock(c, id, STR("SELECT \"deleted_at\" FROM \"zk_record\" WHERE \"id\"=$1 FOR SHARE"), living);
}

err record_close(ctx *c, int64_t id)
{
    bool living;
    return record_lock(c, id, STR("SELECT \"deleted_at\" FROM \"zk_record\" WHERE \"id\"=$1 FOR UPDATE"), &living);
}

/* Living, of this entity, and the actor may see it. */
err reference_readable(ctx *c, const entity *e, int64_t id, bool *out)
{
    const entity *is;
    str           name;
    bool          deleted;
    TRY(registry_find(c, id, &is, &name, &deleted));
    *out = is == e && !deleted && permit_entity(&c->actor, e, VERB_READ);
    if (*out && permit_scope(&c->actor, e, VERB_READ, c->a).kind != SCOPE_ALL) {
        rec *r;
        TRY(store_load_any(c, e, id, &r));
        *out = record_scope(c, VERB_READ, r) == ERR_OK;
    }
    return ERR_OK;
}

err reference_seen(ctx *c, const entity *e, int64_t id, bool *out)
{
    rec *r;
    *out = permit_entity(&c->actor, e, VERB_READ);
    if (!*out || permit_scope(&c->actor, e, VERB_READ, c->a).kind == SCOPE_ALL)
        return ERR_OK;
    err x = store_load_any(c, e, id, &r);
    if (x == ERR_OK)
        x = record_scope(c, VERB_READ, r);
    *out = x == ERR_OK;
    return x == ERR_NOT_FOUND ? ERR_OK : x;
}

/* The key's record; where several share the key, the one that agrees with the record's field of the same name as a
 * reference of the target (a stage's pipeline), else the first. */
static err find_by_key(ctx *c, const rec *r, const field *f, str key, int64_t *id)
{
    const entity *t = f->target;
    const field  *k = &t->fields[t->key], *peer = NULL;
    for (size_t i = 0; r && i < t->field_count; i++) {
        const field *mine = t->fields[i].target ? entity_field(r->e, t->fields[i].name) : NULL;
        if (mine && mine->target == t->fields[i].target && !(mine->flags & FF_COMMON) &&
            rec_ref(r, (size_t)mine->index))
            peer = &t->fields[i];
    }
    int64_t      peer_id = peer ? rec_ref(r, (size_t)entity_field(r->e, peer->name)->index) : 0;
    store_state *state = t->def->configuration ? c->store : NULL;
    str          asked =
        state ? arena_printf(c->a, "%.*s %lld %.*s", STR_ARG(t->name), (long long)peer_id, STR_ARG(key)) : (str){ 0 };
    const int64_t *known = state && state->keys ? map_get(state->keys, asked) : NULL;
    if (known) {
        *id = *known;
        return ERR_OK;
    }
    str sql = arena_printf(
        c->a,
        "SELECT \"id\" FROM \"%.*s\" WHERE \"%.*s\"=$1 AND \"deleted_at\" IS NULL%s%.*s%s ORDER BY \"id\" LIMIT 1",
        STR_ARG(t->table), STR_ARG(k->column_key), peer ? " AND \"" : "", STR_ARG(peer ? peer->column : (str){ 0 }),
        peer ? "\"=$2" : "");
    statement s;
    bool      row;
    TRY(sql_open(c, sql, &s));
    db_bind_blob(s.s, ++s.n, text_sort_key(c->a, key));
    if (peer)
        sql_int(&s, peer_id);
    err x = sql_row(&s, &row);
    *id = x == ERR_OK && row ? db_int(s.s, 0) : 0;
    sql_close(&s);
    if (x == ERR_OK && state) {
        int64_t *kept = arena_make(c->a, int64_t);
        *kept = *id;
        if (!state->keys)
            state->keys = map_new(c->a, 64);
        map_put(state->keys, asked, kept);
    }
    return x;
}

err resolve_keys(ctx *c, rec *r)
{
    for (int pass = 0; pass < 2; pass++) /* what others depend on (pipeline) before them (stage) */
        for (size_t i = 0; i < r->e->field_count; i++) {
            const field *f = &r->e->fields[i];
            value       *v = &r->v[i];
            if (f->type != FT_KEYREF || !v->set || v->i != 0)
                continue;
            bool depends = false;
            for (size_t k = 0; k < f->target->field_count; k++)
                depends |= f->target->fields[k].type == FT_KEYREF && entity_field(r->e, f->target->fields[k].name);
            if (depends != (pass == 1))
                continue;
            TRY(find_by_key(c, r, f, v->s, &v->i));
            if (v->i == 0) {
                if (r->given
                        [i]) /* an initial value that is not there is nobody's fault: a hook or "required" decides */
                    (void)ctx_problem_with(c, f->name, STR("no_such_record"), utf8_cut(v->s, 60));
                *v = (value){ 0 };
            }
        }
    return ERR_OK;
}

static void value_bind_equal(ctx *c, statement *s, const field *f, const value *v)
{
    s->n++;
    if (f->column_key.n)
        db_bind_blob(s->s, s->n, text_sort_key(c->a, v->s));
    else
        bind_value(s->s, s->n, f, v);
}

/* Up to `room` ids behind `after`, of living records whose field has this value. */
static err find_living(ctx *c, const entity *e, const field *f, const value *v, int64_t after, size_t room,
                       int64_t *ids, size_t *count)
{
    str       sql = arena_printf(c->a,
                                 "SELECT \"id\" FROM \"%.*s\" WHERE \"%.*s\"=$1 AND \"deleted_at\" IS NULL AND \"id\">$2 "
                                       "ORDER BY \"id\" LIMIT $3",
                                 STR_ARG(e->table), STR_ARG(f->column_key.n ? f->column_key : f->column));
    statement s;
    bool      row = true;
    err       x = ERR_OK;
    *count = 0;
    TRY(sql_open(c, sql, &s));
    value_bind_equal(c, &s, f, v);
    sql_int(&s, after);
    sql_int(&s, (int64_t)room);
    while (*count < room && (x = sql_row(&s, &row)) == ERR_OK && row)
        ids[(*count)++] = db_int(s.s, 0);
    sql_close(&s);
    return x;
}

/* PERMIT-4: what the actor may not see is passed over, as if it were not there. */
static err find_some(ctx *c, const entity *e, const field *f, const value *v, bool all, int64_t out[2], size_t *count)
{
    enum { AT_ONCE = 50 };
    int64_t ids[AT_ONCE], after = 0;
    size_t  n;
    *count = 0;
    do {
        TRY(find_living(c, e, f, v, after, all ? 2 : AT_ONCE, ids, &n));
        for (size_t i = 0; i < n && *count < 2; i++) {
            bool seen = all;
            if (!all)
                TRY(reference_readable(c, e, ids[i], &seen));
            if (seen)
                out[(*count)++] = ids[i];
            after = ids[i];
        }
    } while (!all && *count < 2 && n == AT_ONCE);
    return ERR_OK;
}

static err find_by(ctx *c, const entity *e, const field *f, str text, bool all, int64_t *id)
{
    value    v;
    refusal  why;
    int64_t  found[2];
    size_t   n;
    type_env t = { .a = c->a, .currency_decimals = c->snap->currency_decimals, .zone = c->zone };
    *id = 0;
    if (f->type == FT_KEYREF || f->type == FT_ANYREF || !value_from_text(&t, f, text, &v, &why) || !v.set)
        return ERR_OK;
    TRY(find_some(c, e, f, &v, all, found, &n));
    *id = n ? found[0] : 0;
    return n > 1 ? ctx_refuse(c, ERR_CONFLICT, STR("several_records"), utf8_cut(text, 60)) : ERR_OK;
}

err store_find(ctx *c, const entity *e, const field *f, str text, int64_t *id)
{
    return find_by(c, e, f, text, true, id);
}

err store_find_seen(ctx *c, const entity *e, const field *f, str text, int64_t *id)
{
    *id = 0;
    if (!permit_entity(&c->actor, e, VERB_READ) || !permit_field(&c->actor, f, VERB_READ))
        return ERR_OK;
    return find_by(c, e, f, text, permit_scope(&c->actor, e, VERB_READ, c->a).kind == SCOPE_ALL, id);
}

err store_referring(ctx *c, const field *f, int64_t id, size_t limit, int64_t **ids, size_t *count)
{
    str sql = arena_printf(
        c->a, "SELECT \"id\" FROM \"%.*s\" WHERE \"%.*s\"=$1 AND \"deleted_at\" IS NULL ORDER BY \"id\" LIMIT $2",
        STR_ARG(f->owner->table), STR_ARG(f->column));
    int64_t  *list = arena_make_n(c->a, int64_t, limit);
    size_t    n = 0;
    statement s;
    bool      row = true;
    TRY(sql_open(c, sql, &s));
    sql_int(&s, id);
    sql_int(&s, (int64_t)limit);
    err x = ERR_OK;
    while (n < limit && (x = sql_row(&s, &row)) == ERR_OK && row)
        list[n++] = db_int(s.s, 0);
    sql_close(&s);
    *ids = list;
    *count = n;
    return x;
}
