/* The generic rules of every record, all problems at once. */
#include "base/limits.h"
#include "base/text.h"
#include "store/internal.h"

/* A field that was added later does not stand in the way of records that were there before: only of who empties it. */
static bool older_than(const rec *old, const rec *next, const field *f)
{
    return f->flags & FF_CUSTOM && old && !old->v[f->index].set && !rec_given(next, (size_t)f->index);
}

static void check_required(ctx *c, const rec *old, const rec *next)
{
    for (size_t i = 0; i < next->e->field_count; i++) {
        const field *f = &next->e->fields[i];
        if (older_than(old, next, f))
            continue;
        if ((f->flags & FF_REQUIRED) && !(f->flags & (FF_COMMON | FF_ALIAS)) && !next->v[i].set)
            (void)ctx_problem_with(c, f->name, STR("required"), (str){ 0 });
    }
}

/* A fixed list may say which choice follows which. */
static void check_moves(ctx *c, const rec *old, const rec *next)
{
    if (!old || c->importing)
        return;
    for (size_t i = 0; i < next->e->field_count; i++) {
        const field *f = &next->e->fields[i];
        if (f->type != FT_CHOICE || f->flags & FF_OPEN || !rec_changed(old, next, i))
            continue;
        int from = rec_choice(old, i), to = rec_choice(next, i);
        if (from >= 0 && to >= 0 && f->choices[from].next_mask != NEXT_ANY && !(f->choices[from].next_mask >> to & 1))
            (void)ctx_problem_with(c, f->name, STR("not_allowed_from_here"), f->choices[to].label[c->lang]);
    }
}

static bool has_part(str list, str key)
{
    while (list.n > 0) {
        ptrdiff_t cut = str_find_char(list, ';');
        if (str_eq(cut < 0 ? list : str_sub(list, 0, cut), key))
            return true;
        list = cut < 0 ? (str){ 0 } : str_sub(list, cut + 1, list.n);
    }
    return false;
}

/* A retired choice stays where it is and is not taken anew. History keeps its own: imports, merges, conversions. */
static void check_retired(ctx *c, const rec *old, const rec *next)
{
    if (c->importing || c->operation)
        return;
    for (size_t i = 0; i < next->e->field_count; i++) {
        const field *f = &next->e->fields[i];
        if (f->choice_count == 0 || !rec_given(next, i) || !next->v[i].set || !rec_changed(old, next, i))
            continue;
        for (size_t k = 0; k < f->choice_count; k++)
            if (f->choices[k].retired && has_part(next->v[i].s, f->choices[k].key) &&
                !(old && old->v[i].set && has_part(old->v[i].s, f->choices[k].key)))
                (void)ctx_problem_with(c, f->name, STR("choice_retired"), f->choices[k].label[c->lang]);
    }
}

static err check_reference(ctx *c, const rec *next, const field *f)
{
    value        *v = &next->v[f->index];
    const entity *target = f->type == FT_ANYREF ? snapshot_entity(c->snap, v->s) : f->target;
    bool          ok = false;
    if (target)
        TRY(reference_readable(c, target, v->i, &ok));
    /* Whoever deletes it takes with it what hangs on it: not while this one is being hung on it. Configuration is named by
     * every record and hardly ever deleted: that lock would be held all the time. */
    if (ok && (f->flags & FF_CASCADE || (f->flags & FF_REQUIRED && !target->def->configuration)))
        TRY(record_hold(c, v->i, &ok));
    if (!ok)
        (void)ctx_problem_with(c, f->name, STR("no_such_record"), arena_printf(c->a, "%lld", (long long)v->i));
    return ERR_OK;
}

static err check_references(ctx *c, const rec *old, const rec *next)
{
    for (size_t i = 0; i < next->e->field_count; i++) {
        const field *f = &next->e->fields[i];
        if (type_of(f)->reference && next->v[i].set && rec_changed(old, next, i) &&
            !(f->flags & (FF_COMMON | FF_ALIAS) && f->flags & FF_READONLY))
            TRY(check_reference(c, next, f));
    }
    return ERR_OK;
}

/* Changes of one tree go one after the other. PostgreSQL shows each transaction the state of its first statement, so having
 * waited for a lock is not enough: whoever began before the last change fails at this row and begins again. */
static err tree_lock(ctx *c, const entity *e)
{
    statement s;
    TRY(db_lock(c->conn, e->number + 1));
    if (db_kind(c->db) == DB_SQLITE)
        return ERR_OK;
    TRY(sql_open(c,
                 STR("INSERT INTO \"zk_counter\"(\"name\",\"value\")VALUES($1,1) ON CONFLICT(\"name\") "
                     "DO UPDATE SET \"value\"=\"zk_counter\".\"value\"+1"),
                 &s));
    sql_text(&s, arena_printf(c->a, "tree.%.*s", STR_ARG(e->name)));
    return sql_run(&s);
}

err store_one_at_a_time(ctx *c, const entity *e)
{
    return tree_lock(c, e);
}

/* A reference to the own entity makes a tree; a record does not stand above itself. */
static err check_tree(ctx *c, const rec *next, const field *f)
{
    str     sql = arena_printf(c->a, "SELECT \"%.*s\" FROM \"%.*s\" WHERE \"id\"=$1", STR_ARG(f->column),
                               STR_ARG(next->e->table));
    int64_t at = next->v[f->index].i;
    TRY(tree_lock(c, next->e));
    for (int depth = 0; depth <= LIMIT_TREE_DEPTH; depth++) {
        if (at == next->id)
            return ctx_problem_with(c, f->name, STR("circle"), (str){ 0 });
        bool found;
        TRY(sql_number(c, sql, at, &at, &found));
        if (!found)
            return ERR_OK;
    }
    return ctx_problem_with(c, f->name, STR("too_deep"), (str){ 0 });
}

static err check_trees(ctx *c, const rec *old, const rec *next)
{
    for (size_t i = 0; old && i < next->e->field_count; i++) {
        const field *f = &next->e->fields[i];
        if (f->target != next->e || f->flags & FF_COMMON || !next->v[i].set || !rec_changed(old, next, i))
            continue;
        err e = check_tree(c, next, f);
        if (e != ERR_OK && e != ERR_INVALID)
            return e;
    }
    return ERR_OK;
}

/* Another living record with the same values in these fields; 0: none. */
static err find_twin(ctx *c, const rec *next, const field *const *fields, size_t n, int64_t *id)
{
    buf  b;
    bool found;
    buf_init(&b, 4096);
    buf_printf(&b, "SELECT \"id\" FROM \"%.*s\" WHERE \"deleted_at\" IS NULL AND \"id\"<>$1", STR_ARG(next->e->table));
    for (size_t i = 0; i < n; i++)
        buf_printf(&b, " AND \"%.*s\"=$%zu",
                   STR_ARG(fields[i]->column_key.n ? fields[i]->column_key : fields[i]->column), i + 2);
    buf_putz(&b, " LIMIT 1");
    statement s;
    err       e = sql_open(c, buf_str(&b), &s);
    buf_free(&b);
    TRY(e);
    sql_int(&s, next->id);
    for (size_t i = 0; i < n; i++) {
        const value *v = &next->v[fields[i]->index];
        s.n++;
        if (fields[i]->column_key.n)
            db_bind_blob(s.s, s.n, text_sort_key(c->a, v->s));
        else
            bind_value(s.s, s.n, fields[i], v);
    }
    e = sql_row(&s, &found);
    *id = e == ERR_OK && found ? db_int(s.s, 0) : 0;
    sql_close(&s);
    return e;
}

static err check_set(ctx *c, const rec *old, const rec *next, const field *const *fields, size_t n, bool *clash)
{
    bool changed = old && old->deleted_at; /* coming back */
    for (size_t i = 0; i < n; i++) {
        if (!next->v[fields[i]->index].set)
            return ERR_OK;
        changed |= rec_changed(old, next, (size_t)fields[i]->index);
    }
    int64_t twin = 0;
    if (changed)
        TRY(find_twin(c, next, fields, n, &twin));
    if (twin) {
        (void)ctx_problem_with(c, fields[n - 1]->name, STR("taken"), (str){ 0 });
        *clash = true;
    }
    return ERR_OK;
}

static size_t index_fields(const entity *e, const char *list, const field **out, size_t room)
{
    size_t n = 0;
    for (str rest = str_from(list); rest.n > 0 && n < room;) {
        ptrdiff_t cut = str_find_char(rest, ',');
        out[n++] = entity_field(e, cut < 0 ? rest : str_sub(rest, 0, cut));
        rest = cut < 0 ? (str){ 0 } : str_sub(rest, cut + 1, rest.n);
    }
    return n;
}

err record_twin(ctx *c, const rec *next, const field *f, int64_t *id)
{
    const entity *e = next->e;
    *id = 0;
    for (size_t i = 0; i < e->def->index_count && !*id; i++) {
        const field *set[8];
        size_t       n = index_fields(e, e->def->indexes[i].fields, set, countof(set));
        bool         of = false, whole = e->def->indexes[i].unique;
        for (size_t k = 0; k < n; k++) {
            of = of || set[k] == f;
            whole = whole && next->v[set[k]->index].set;
        }
        if (of && whole)
            TRY(find_twin(c, next, set, n, id));
    }
    return ERR_OK;
}

static err check_unique(ctx *c, const rec *old, const rec *next, bool *clash)
{
    const entity *e = next->e;
    for (size_t i = 0; i < e->field_count; i++) {
        const field *one[1] = { &e->fields[i] };
        if (e->fields[i].flags & FF_UNIQUE && !(e->fields[i].flags & FF_ALIAS))
            TRY(check_set(c, old, next, one, 1, clash));
    }
    for (size_t i = 0; i < e->def->index_count; i++) {
        const field *set[8];
        size_t       n = index_fields(e, e->def->indexes[i].fields, set, countof(set));
        if (e->def->indexes[i].unique)
            TRY(check_set(c, old, next, set, n, clash));
    }
    return ERR_OK;
}

err validate_record(ctx *c, const rec *old, rec *next)
{
    bool clash = false;
    check_required(c, old, next);
    check_moves(c, old, next);
    check_retired(c, old, next);
    TRY(check_references(c, old, next));
    TRY(check_trees(c, old, next));
    size_t others = c->problem_count;
    TRY(check_unique(c, old, next, &clash));
    if (c->problem_count == 0)
        return ERR_OK;
    return clash && others == 0 ? ERR_CONFLICT : ERR_INVALID;
}
