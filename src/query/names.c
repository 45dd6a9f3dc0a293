/* Paths → tables and fields. What one may not read is not there: the same fault as for a misspelt name. */
#include "permit/grants.h"
#include "query/plan.h"

static source *source_new(maker *m, level *l, const entity *e)
{
    source *s = arena_make(m->a, source);
    *s = (source){ .e = e, .number = m->sources++, .id_at = -1, .currency_at = -1 };
    if (l->last)
        l->last->next = s;
    else
        l->root = s;
    l->last = s;
    return s;
}

source *source_root(maker *m, level *l, const entity *e)
{
    ASSERT(!l->root);
    return source_new(m, l, e);
}

source *source_join(maker *m, level *l, source *parent, const field *via)
{
    for (source *s = l->root; s; s = s->next)
        if (s->parent == parent && s->via == via)
            return s;
    source *s = source_new(m, l, via->target);
    s->parent = parent;
    s->via = via;
    l->tables++;
    return s;
}

/* last: nothing follows it, so a masked one may be shown. */
static const field *readable(maker *m, const entity *e, const expr *x, int part, bool last)
{
    const field *f = entity_field(e, x->part[part]);
    showing      s = !f ? SHOW_NOT : m->unguarded ? SHOW_OPEN : permit_show(&m->c->actor, f);
    if (s == SHOW_OPEN || (s == SHOW_MASKED && last && m->showing))
        return f;
    (void)maker_fault(m, x->part_at[part], s == SHOW_MASKED ? "masked_field" : "unknown_field", x->part[part]);
    return NULL;
}

static bool enterable(maker *m, const field *f)
{
    bool reference = f && (f->type == FT_REF || f->type == FT_KEYREF) && f->target;
    return reference && (m->unguarded || permit_entity(&m->c->actor, f->target, VERB_READ));
}

bool place_find(maker *m, level *l, const expr *x, place *out)
{
    source *s = l->root;
    *out = (place){ 0 };
    for (int i = 0; i < x->parts; i++) {
        bool         last = i == x->parts - 1, before_last = i == x->parts - 2;
        const field *f = readable(m, s->e, x, i, last);
        out->src = out->chain[i] = s;
        if (!f)
            return false;
        if (last) {
            out->f = f;
            out->column = f->column;
            return true;
        }
        if (f->type == FT_ANYREF && before_last && str_eq(x->part[i + 1], STR("entity"))) {
            out->f = f;
            out->column = f->column_entity;
            return out->entity_of = true;
        }
        if (!enterable(m, f))
            return maker_fault(m, x->part_at[i], "no_reference", x->part[i]);
        if (f->type == FT_REF && before_last && str_eq(x->part[i + 1], STR("id")) && !limited_entity(m, f->target)) {
            out->f = entity_common(f->target, CF_ID);
            out->column = f->column;
            return out->reference = true;
        }
        if (l->tables >= LIMIT_TABLES)
            return maker_fault(m, x->part_at[i], "too_many_paths", (str){ 0 });
        s = source_join(m, l, s, f);
    }
    return maker_fault(m, x->at, "expected_field", (str){ 0 });
}

void put_alias(buf *out, const source *s)
{
    buf_putc(out, 't');
    buf_put_int(out, s->number);
}

void put_column(buf *out, const source *s, str column)
{
    put_alias(out, s);
    buf_puts(out, STR(".\""));
    buf_puts(out, column);
    buf_putc(out, '"');
}

str column_sql(maker *m, const source *s, str column)
{
    char text[160]; /* a list asks for some dozens of these, and printf() is slow */
    buf  b = { .p = text, .room = sizeof text, .ceiling = sizeof text - 1 };
    put_column(&b, s, column);
    ASSERT(!b.failed); /* names of columns are ours */
    return arena_str(m->a, buf_str(&b));
}

void put_granted(maker *m, buf *out, const entity *e, verb v)
{
    int me = (int)m->params.count + 1;
    buf numbers;
    buf_init(&numbers, 64);
    put_int_param(m, &numbers, m->c->actor.user);
    put_int_param(m, &numbers, m->c->actor.team);
    put_param(m, &numbers, (param){ .kind = PARAM_DATE, .i = ctx_today(m->c) });
    buf_free(&numbers);
    buf_puts(out, STR(" IN ("));
    grants_put(out, e, v == VERB_UPDATE, me, me + 1, me + 2);
    buf_putc(out, ')');
}

static bool people_known(const maker *m, const scope *sc)
{
    return m->people.count && m->people.count == sc->user_count &&
           memcmp(m->people.users, sc->users, sc->user_count * sizeof *sc->users) == 0;
}

/* One statement may ask for the same people of many tables: they are bound once. */
static void put_people(maker *m, buf *out, const scope *sc)
{
    bool known = people_known(m, sc);
    if (!known && !m->forked) {
        m->people.users = sc->users;
        m->people.count = sc->user_count;
        m->people.first = (int)m->params.count + 1;
    }
    buf_puts(out, STR(" IN ("));
    for (size_t i = 0, n = maker_padded(sc->user_count); i < n; i++) {
        if (i > 0)
            buf_putc(out, ',');
        if (known)
            buf_printf(out, "$%d", m->people.first + (int)i);
        else
            put_int_param(m, out, sc->users[i < sc->user_count ? i : sc->user_count - 1]);
    }
    buf_putc(out, ')');
}

/* "(column IN people OR id IN what is shared)" */
static void put_reached(maker *m, buf *out, const source *s, str prefix, const entity *e, const scope *sc, verb v)
{
    buf_printf(out, "(%.*s\"%.*s\"", STR_ARG(prefix), STR_ARG(sc->field->column));
    put_people(m, out, sc);
    if (sc->granted) {
        buf_printf(out, " OR %.*s\"id\"", STR_ARG(prefix));
        put_granted(m, out, e, v);
    }
    if (sc->with && m->by_record && s == m->top.root) {
        buf_puts(out, STR(" OR "));
        put_any_seen(m, out, s, sc->with);
    }
    buf_putc(out, ')');
}

/* Of a part: of which record it is a part is asked of that one's row. */
static void put_whole(maker *m, buf *out, const source *s, const scope *sc, verb v)
{
    bool one_by_one = m->way.kind == WAY_ORDER && m->way.of == sc->part && s == m->top.root;
    if (one_by_one) {
        buf_puts(out, STR("EXISTS (SELECT 1 FROM "));
    } else {
        put_column(out, s, sc->part->column);
        buf_puts(out, STR(" IN (SELECT w.\"id\" FROM "));
    }
    bind_identifier(out, sc->part->target->table);
    buf_puts(out, STR(" w WHERE "));
    if (one_by_one) {
        buf_puts(out, STR("w.\"id\" = "));
        put_column(out, s, sc->part->column);
        buf_puts(out, STR(" AND "));
    }
    put_reached(m, out, NULL, STR("w."), sc->part->target, sc, v);
    buf_putc(out, ')');
}

static void put_scope_of(maker *m, buf *out, const source *s, verb v)
{
    scope sc = permit_scope(&m->c->actor, s->e, v, m->a);
    if (sc.kind == SCOPE_ALL)
        return;
    if (sc.kind == SCOPE_NONE || sc.user_count == 0) {
        buf_puts(out, STR(" AND 1=0"));
        return;
    }
    if (m->way.scope && s == m->top.root && v == VERB_READ) /* each branch asks for one of them */
        return;
    buf_puts(out, STR(" AND "));
    if (sc.part) {
        put_whole(m, out, s, &sc, v);
        return;
    }
    buf alias;
    buf_init(&alias, 64);
    put_alias(&alias, s);
    buf_putc(&alias, '.');
    put_reached(m, out, s, buf_str(&alias), s->e, &sc, v);
    buf_free(&alias);
}

/* " AND …" of the records that the actor may see; nothing where those are all. */
static void put_scope(maker *m, buf *out, const source *s)
{
    if (m->unguarded)
        return;
    put_scope_of(m, out, s, VERB_READ);
    if (m->c->also != VERB_READ && s == m->top.root)
        put_scope_of(m, out, s, m->c->also);
}

bool limited_entity(maker *m, const entity *e)
{
    return !m->unguarded && permit_scope(&m->c->actor, e, VERB_READ, m->a).kind != SCOPE_ALL;
}

void put_seen(maker *m, buf *out, const entity *e, str id)
{
    source s = { .e = e, .number = m->sources++ };
    if (!limited_entity(m, e))
        return;
    buf_puts(out, STR(" AND EXISTS (SELECT 1 FROM "));
    bind_identifier(out, e->table);
    buf_putc(out, ' ');
    put_alias(out, &s);
    buf_puts(out, STR(" WHERE "));
    put_column(out, &s, STR("id"));
    buf_puts(out, STR(" = "));
    buf_puts(out, id);
    put_scope_of(m, out, &s, VERB_READ);
    buf_putc(out, ')');
}

void put_any_seen(maker *m, buf *out, const source *s, const field *f)
{
    const snapshot *tables = m->c->snap;
    str             id = column_sql(m, s, f->column);
    buf_puts(out, STR("CASE "));
    put_column(out, s, f->column_entity);
    for (size_t i = 0; i < tables->entity_count; i++) {
        const entity *e = tables->entities[i];
        if (e->def->hidden &&
            limited_entity(m, e)) /* nothing is about a part; each one asked for costs PostgreSQL time */
            continue;
        buf_printf(out, " WHEN '%.*s' THEN 1=1", STR_ARG(e->name));
        put_seen(m, out, e, id);
    }
    buf_puts(out, STR(" ELSE 1=0 END"));
}

static str seen_before(const maker *m, const source *s, str column)
{
    const seen_id *known = m->seen_ids;
    while (known && !(known->src == s && str_eq(known->column, column)))
        known = known->next;
    return known ? known->sql : (str){ 0 };
}

static str keep_seen(maker *m, const source *s, str column, buf *b)
{
    seen_id *known = arena_make(m->a, seen_id);
    ASSERT(!b->failed);
    *known = (seen_id){ s, column, arena_str(m->a, buf_str(b)), m->seen_ids };
    buf_free(b);
    m->seen_ids = known;
    return known->sql;
}

str seen_id_sql(maker *m, const place *p)
{
    buf b;
    str id = column_sql(m, p->src, p->column);
    str known = seen_before(m, p->src, p->column);
    if (known.n)
        return known;
    buf_init(&b, 1 << 20);
    buf_printf(&b, "(CASE WHEN %.*s IS NULL THEN NULL WHEN 1=1", STR_ARG(id));
    put_seen(m, &b, p->f->target, id);
    buf_printf(&b, " THEN %.*s ELSE 0 END)", STR_ARG(id));
    return keep_seen(m, p->src, p->column, &b);
}

/* ---- names that the store writes from others' names (PERMIT-18): whole, or not at all ---- */

static bool stands_in(str list, str name)
{
    ptrdiff_t comma;
    for (; (comma = str_find_char(list, ',')) >= 0; list = str_sub(list, comma + 1, list.n))
        if (str_eq(str_sub(list, 0, comma), name))
            return true;
    return str_eq(list, name);
}

static bool limited_by(maker *m, const field *f)
{
    if (f->type == FT_REF)
        return limited_entity(m, f->target);
    for (size_t i = 0; f->type == FT_ANYREF && i < m->c->snap->entity_count; i++)
        if (limited_entity(m, m->c->snap->entities[i]))
            return true;
    return false;
}

bool composed_of_limited(maker *m, const entity *e)
{
    for (size_t i = 0; e->def->title_from && !m->unguarded && i < e->field_count; i++)
        if (stands_in(str_from(e->def->title_from), e->fields[i].name) && limited_by(m, &e->fields[i]))
            return true;
    return false;
}

/* Once for a source: PostgreSQL wants each parameter used. */
static str all_seen(maker *m, const source *s)
{
    buf b;
    str words = str_from(s->e->def->title_from), known = seen_before(m, s, STR("*"));
    if (known.n)
        return known;
    buf_init(&b, 1 << 20);
    buf_puts(&b, STR("1=1"));
    for (size_t i = 0; i < s->e->field_count; i++) {
        const field *f = &s->e->fields[i];
        if (!stands_in(words, f->name) || !limited_by(m, f))
            continue;
        str id = column_sql(m, s, f->column);
        buf_printf(&b, " AND (%.*s IS NULL OR (1=1", STR_ARG(id));
        if (f->type == FT_REF) {
            put_seen(m, &b, f->target, id);
        } else {
            buf_puts(&b, STR(" AND "));
            put_any_seen(m, &b, s, f);
        }
        buf_puts(&b, STR("))"));
    }
    return keep_seen(m, s, STR("*"), &b);
}

str composed_sql(maker *m, const source *s, str column)
{
    return arena_printf(m->a, "(CASE WHEN %.*s THEN %.*s ELSE '***' END)", STR_ARG(all_seen(m, s)),
                        STR_ARG(column_sql(m, s, column)));
}

/* A path goes on into deleted records, whose names the references to them show too. */
void put_from(maker *m, buf *out, const level *l)
{
    for (const source *s = l->root; s; s = s->next) {
        if (s->parent)
            buf_puts(out, STR(" LEFT JOIN "));
        bind_identifier(out, s->e->table);
        buf_putc(out, ' ');
        put_alias(out, s);
        if (!s->parent)
            continue;
        buf_puts(out, STR(" ON "));
        put_column(out, s, STR("id"));
        buf_puts(out, STR(" = "));
        put_column(out, s->parent, s->via->column);
        put_scope(m, out, s);
    }
}

void put_living(maker *m, buf *out, const source *s, int deleted)
{
    if (deleted < 0) {
        buf_puts(out, STR("1=1"));
    } else {
        put_column(out, s, STR("deleted_at"));
        buf_puts(out, deleted ? STR(" IS NOT NULL") : STR(" IS NULL"));
    }
    put_scope(m, out, s);
}
