/* Create and update: hooks, generic rules, then the rows. */
#include "base/num.h"
#include "base/text.h"
#include "store/internal.h"

/* A changed currency has other minor units: the digits stay, so the stored integer is scaled. */
static void rescale_money(ctx *c, const rec *old, rec *next)
{
    if (!old || next->e->currency < 0 || !rec_changed(old, next, (size_t)next->e->currency))
        return;
    for (size_t i = 0; i < next->e->field_count; i++) {
        const field *f = &next->e->fields[i];
        int64_t      v;
        if (f->base < 0 || !next->v[i].set || next->given[i])
            continue;
        if (num_rescale(next->v[i].i, record_decimals(c, old, f), record_decimals(c, next, f), &v))
            next->v[i].i = v;
    }
}

/* `name` from other fields: "张伟 FY2026-Q4". */
err record_compose_name(ctx *c, rec *r)
{
    if (!r->e->def->title_from)
        return ERR_OK;
    str name = { 0 };
    for (str rest = str_from(r->e->def->title_from); rest.n > 0;) {
        ptrdiff_t    cut = str_find_char(rest, ',');
        const field *f = entity_field(r->e, cut < 0 ? rest : str_sub(rest, 0, cut));
        const value *v = &r->v[f->index];
        rest = cut < 0 ? (str){ 0 } : str_sub(rest, cut + 1, rest.n);
        type_env t = record_env(c, r);
        str      part = { 0 };
        if (v->set && (f->type == FT_REF || f->type == FT_ANYREF || f->type == FT_KEYREF)) {
            const entity *is;
            bool          deleted;
            TRY(registry_find(c, v->i, &is, &part, &deleted));
        } else if (f->type == FT_CHOICE && v->set) {
            const choice *ch = field_choice(f, v->s);
            part = ch ? ch->label[c->snap->organisation_lang] : v->s;
        } else {
            part = value_to_text(&t, f, v);
        }
        if (part.n)
            name = name.n ? arena_printf(c->a, "%.*s · %.*s", STR_ARG(name), STR_ARG(part)) : part;
    }
    r->v[r->e->common[CF_NAME]] = (value){ .set = name.n > 0, .s = utf8_cut(name, 400) };
    return ERR_OK;
}

static void stamp(ctx *c, const rec *old, rec *next)
{
    const int *at = next->e->common;
    value      me = { .set = c->actor.user != 0, .i = c->actor.user }, now = { .set = true, .i = c->now_ms };
    if (old && old->v[at[CF_UPDATED_AT]].i > now.i) /* that request began later and was written first */
        now.i = old->v[at[CF_UPDATED_AT]].i;
    if (!old) {
        bool imported = c->importing && next->given[at[CF_CREATED_AT]] && next->v[at[CF_CREATED_AT]].set;
        if (!imported)
            next->v[at[CF_CREATED_AT]] = now;
        if (!(c->importing && next->given[at[CF_CREATED_BY]] && next->v[at[CF_CREATED_BY]].set))
            next->v[at[CF_CREATED_BY]] = me;
    }
    next->v[at[CF_UPDATED_AT]] = now;
    next->v[at[CF_UPDATED_BY]] = me;
    next->version = (old ? old->version : 0) + 1;
    next->v[at[CF_VERSION]] = (value){ .set = true, .i = next->version };
}

static bool anything_changed(const rec *old, const rec *next)
{
    if (!old)
        return true;
    for (size_t i = 0; i < next->e->field_count; i++)
        if (!(next->e->fields[i].flags & FF_ALIAS) && rec_changed(old, next, i))
            return true;
    return false;
}

/* ---- the rows ---- */

static void bind_columns(ctx *c, statement *s, const field *f, const value *v)
{
    if (f->column_entity.n)
        sql_text(s, v->set ? v->s : (str){ 0 });
    s->n++;
    if (v->set)
        bind_value(s->s, s->n, f, v);
    else
        db_bind_null(s->s, s->n);
    if (!f->column_key.n)
        return;
    s->n++;
    if (v->set)
        db_bind_blob(s->s, s->n, text_sort_key(c->a, v->s));
    else
        db_bind_null(s->s, s->n);
}

/* The text is the same for every new record of an entity: kept beside it in the snapshot. */
typedef struct {
    kept_plan head;
    arena    *a;
    str       sql;
} insert_text;

static void insert_free(kept_plan *p)
{
    arena_free(((insert_text *)p)->a);
}

static str insert_write(arena *a, const entity *e)
{
    buf text, marks, *b = &text;
    int n = 0;
    buf_init(b, 64 << 10);
    buf_init(&marks, 16 << 10);
    buf_printf(b, "INSERT INTO \"%.*s\"(", STR_ARG(e->table));
    for (size_t i = 0; i < e->field_count; i++) {
        const field *f = &e->fields[i];
        if (!field_stored(f))
            continue;
        if (n)
            buf_putc(b, ',');
        columns_put(b, f);
        int own = columns_count(f);
        if (f->column_key.n) {
            buf_putc(b, ',');
            bind_identifier(b, f->column_key);
            own++;
        }
        for (int k = 0; k < own; k++) {
            buf_putz(&marks, n ? ",$" : "$");
            buf_put_int(&marks, ++n);
        }
    }
    buf_putz(b, ")VALUES(");
    buf_puts(b, buf_str(&marks));
    buf_putc(b, ')');
    str sql = arena_str(a, buf_str(b));
    buf_free(&marks);
    buf_free(b);
    return sql;
}

static str insert_sql(const entity *e)
{
    kept_plan **slot = &((entity *)(uintptr_t)e)->insert; /* comes later than the snapshot, as the plan of reading */
    kept_plan  *kept = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    if (!kept) {
        arena       *a = arena_new();
        insert_text *made = arena_make(a, insert_text);
        *made = (insert_text){ .head.free = insert_free, .a = a, .sql = insert_write(a, e) };
        if (__atomic_compare_exchange_n(slot, &kept, &made->head, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            kept = &made->head;
        else
            insert_free(&made->head); /* another thread was first */
    }
    return ((insert_text *)kept)->sql;
}

static err insert_row(ctx *c, const rec *r)
{
    statement s;
    TRY(sql_open(c, insert_sql(r->e), &s));
    for (size_t i = 0; i < r->e->field_count; i++)
        if (field_stored(&r->e->fields[i]))
            bind_columns(c, &s, &r->e->fields[i], &r->v[i]);
    return sql_insert(&s);
}

static void assign(buf *b, str column, int *n)
{
    buf_putz(b, *n ? "," : "");
    bind_identifier(b, column);
    buf_putz(b, "=$");
    buf_put_int(b, ++*n);
}

static err update_row(ctx *c, const rec *old, const rec *next)
{
    buf b;
    int n = 0;
    buf_init(&b, 64 << 10);
    buf_printf(&b, "UPDATE \"%.*s\" SET ", STR_ARG(next->e->table));
    for (size_t i = 0; i < next->e->field_count; i++) {
        const field *f = &next->e->fields[i];
        if (!field_stored(f) || !rec_changed(old, next, i))
            continue;
        if (f->column_entity.n)
            assign(&b, f->column_entity, &n);
        assign(&b, f->column, &n);
        if (f->column_key.n)
            assign(&b, f->column_key, &n);
    }
    buf_printf(&b, " WHERE \"id\"=$%d", n + 1);
    statement s;
    err       e = sql_open(c, buf_str(&b), &s);
    buf_free(&b);
    TRY(e);
    for (size_t i = 0; i < next->e->field_count; i++)
        if (field_stored(&next->e->fields[i]) && rec_changed(old, next, i))
            bind_columns(c, &s, &next->e->fields[i], &next->v[i]);
    sql_int(&s, next->id);
    return sql_run(&s);
}

static err mark_deleted(ctx *c, const rec *r, str table, bool with_operation)
{
    str       sql = arena_printf(c->a, "UPDATE \"%.*s\" SET \"deleted_at\"=$1%s WHERE \"id\"=$2", STR_ARG(table),
                           with_operation ? ",\"deleted_op\"=$3" : "");
    statement s;
    TRY(sql_open(c, sql, &s));
    s.n++;
    if (r->deleted_at)
        db_bind_time(s.s, 1, r->deleted_at);
    else
        db_bind_null(s.s, 1);
    sql_int(&s, r->id);
    if (with_operation)
        sql_id(&s, r->deleted_at ? c->operation : 0);
    return sql_run(&s);
}

static err registry_put(ctx *c, const rec *old, const rec *next)
{
    statement s;
    if (!old) {
        TRY(sql_open(c, STR("INSERT INTO \"zk_record\"(\"id\",\"entity\",\"name\")VALUES($1,$2,$3)"), &s));
        sql_int(&s, next->id);
        sql_text(&s, next->e->name);
        sql_text(&s, record_name(next));
        return sql_insert(&s);
    }
    if (str_eq(record_name(old), record_name(next)))
        return ERR_OK;
    TRY(sql_open(c, STR("UPDATE \"zk_record\" SET \"name\"=$1 WHERE \"id\"=$2"), &s));
    sql_text(&s, record_name(next));
    sql_int(&s, next->id);
    return sql_run(&s);
}

static err purge_rows(ctx *c, const rec *r)
{
    statement s;
    TRY(sql_open(c, arena_printf(c->a, "DELETE FROM \"%.*s\" WHERE \"id\"=$1", STR_ARG(r->e->table)), &s));
    sql_int(&s, r->id);
    TRY(sql_run(&s));
    TRY(sql_open(c, STR("DELETE FROM \"zk_record\" WHERE \"id\"=$1"), &s));
    sql_int(&s, r->id);
    return sql_run(&s);
}

static void mirror_aliases(rec *r)
{
    for (size_t i = 0; i < r->e->field_count; i++)
        if (r->e->fields[i].alias_of >= 0)
            r->v[i] = r->v[r->e->fields[i].alias_of];
}

err record_write(ctx *c, const rec *old, rec *next, what w)
{
    str before = old && !old->deleted_at ? search_tokens(c, old) : (str){ 0 };
    stamp(c, w == WHAT_CREATE ? NULL : old, next);
    if (w == WHAT_CREATE) {
        TRY(db_next_id(c->conn, &next->id));
        next->v[next->e->common[CF_ID]] = (value){ .set = true, .i = next->id };
        TRY(insert_row(c, next));
    } else if (w == WHAT_PURGE) {
        TRY(purge_rows(c, next));
    } else {
        TRY(update_row(c, old, next));
    }
    mirror_aliases(next);
    registry_wrote(c, next, w == WHAT_PURGE);
    if (w == WHAT_DELETE || w == WHAT_RESTORE || (old && old->deleted_at != next->deleted_at)) {
        TRY(mark_deleted(c, next, next->e->table, true));
        TRY(mark_deleted(c, next, STR("zk_record"), false));
    }
    if (w != WHAT_PURGE)
        TRY(registry_put(c, old, next));
    TRY(history_put(c, old, next, w));
    if (next->e->def->rights)
        TRY(rights_tell(c, old, next, w));
    TRY(picture_put(c, old, next, w));
    TRY(outbox_change(c, next, w));
    TRY(notice_change(c, old, next, w));
    search_pending(c, next->id, before, next->deleted_at || w == WHAT_PURGE ? (str){ 0 } : search_tokens(c, next));
    if (next->e->def->configuration)
        TRY(store_snapshot_bump(c));
    return ERR_OK;
}

bool record_asks(const ctx *c, const entity *e)
{
    return !c->derived && !c->along && !(e->def->journal && c->importing && permit_is_admin(&c->actor));
}

err record_expect(ctx *c, const rec *now, int64_t version)
{
    bool holds;
    TRY(record_version_holds(c, now, version, &holds));
    return holds ? ERR_OK : ctx_refuse(c, ERR_STALE, STR("stale"), (str){ 0 });
}

/* PERMIT-11: a part that goes to another record changes that one too. */
static bool moves_part(const rec *old, const rec *next)
{
    const field *of = next->e->part_of;
    return of && rec_changed(old, next, (size_t)of->index);
}

err store_save(ctx *c, rec *r, int64_t expected_version)
{
    const rec *old = r->old;
    verb       v = r->id ? VERB_UPDATE : VERB_CREATE;
    ASSERT((r->id != 0) == (old != NULL));
    bool asks = record_asks(c, r->e);
    if (asks && !permit_entity(&c->actor, r->e, v))
        return ctx_refuse(c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    if (old && asks)
        TRY(record_scope(c, v, old));
    if (expected_version && old)
        TRY(record_expect(c, old, expected_version));
    TRY(resolve_keys(c, r));
    rescale_money(c, old, r);
    if (r->e->def->before_save) {
        err e = r->e->def->before_save(c, old, r);
        if (e != ERR_OK && e != ERR_INVALID)
            return e;
    }
    TRY(resolve_keys(c, r));
    TRY(money_base(c, old, r));
    TRY(record_compose_name(c, r));
    TRY(validate_record(c, old, r));
    if (!old && asks)
        TRY(record_scope(c, v, r));
    if (old && asks && moves_part(old, r))
        TRY(record_scope(c, v, r));
    const field *owner = entity_common(r->e, CF_OWNER);
    if (old && asks && owner && rec_ref(old, (size_t)owner->index) != rec_ref(r, (size_t)owner->index))
        TRY(record_scope(c, VERB_ASSIGN, old));
    if (!anything_changed(old, r))
        return ERR_OK;
    TRY(record_write(c, old, r, old ? WHAT_UPDATE : WHAT_CREATE));
    if (r->e->def->after_save)
        TRY(r->e->def->after_save(c, old, r));
    r->old = rec_copy(c, r);
    memset(r->given, 0, r->e->field_count);
    return ERR_OK;
}

err store_save_along(ctx *c, rec *r)
{
    bool was = c->along;
    c->along = true;
    err e = store_save(c, r, 0);
    c->along = was;
    return e;
}

err store_save_derived(ctx *c, rec *r)
{
    bool was = c->derived;
    c->derived = true;
    err e = store_save(c, r, 0);
    c->derived = was;
    return e;
}
