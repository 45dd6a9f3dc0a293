/* What the roles say, by entity and field, so that permit looks up a byte (permit.md). */
#include "schema/types.h"

static size_t role_place(const snapshot *s, int64_t id)
{
    size_t i = 0;
    while (i < s->role_count && s->roles[i].id != id)
        i++;
    return i;
}

static void copy_roles(snapshot *s, const snapshot_input *in)
{
    role_row *list = arena_make_n(s->a, role_row, in->role_count + 1);
    ASSERT(in->role_count <= ROLES_MOST);
    for (size_t i = 0; i < in->role_count; i++) {
        list[i] = in->roles[i];
        list[i].key = arena_str(s->a, in->roles[i].key);
        list[i].name = arena_str(s->a, in->roles[i].name);
    }
    s->roles = list;
    s->role_count = in->role_count;
}

/* PERMIT-5: figures of one person are not everybody's because everything else is. */
static uint8_t at_most_below(uint8_t reach)
{
    return reach & REACH_ALL ? REACH_OWN | REACH_BELOW : reach;
}

/* PERMIT-10: configuration is there for everybody to read and for nobody to change, where no role says otherwise. */
static void begin_entity(const snapshot *s, const snapshot_input *in, entity *e)
{
    enum { READ = 0 };
    bool         spoken[ROLES_MOST] = { false };
    const field *user = entity_field(e, STR("user"));
    bool         personal = user && user->flags & FF_PERSONAL;
    uint8_t     *rights = arena_make_n(s->a, uint8_t, (s->role_count + 1) * RIGHT_VERBS);
    for (size_t i = 0; e->def->configuration && i < s->role_count; i++)
        rights[i * RIGHT_VERBS + READ] = REACH_ALL;
    for (size_t i = 0; i < in->right_count; i++) {
        const right_row *r = &in->rights[i];
        size_t           place = role_place(s, r->role);
        bool             named = str_eq(r->entity, e->name);
        bool             other = str_eq(r->entity, STR("*")) && !e->def->configuration && !e->part_of;
        if (place == s->role_count || !(named || (other && !spoken[place])))
            continue;
        for (int v = 0; v < RIGHT_VERBS; v++)
            rights[place * RIGHT_VERBS + (size_t)v] = named || !personal ? r->reach[v] : at_most_below(r->reach[v]);
        spoken[place] |= named;
    }
    e->rights = rights;
}

static void set_access(const snapshot *s, field *f, size_t place, uint8_t to)
{
    uint8_t *access = (uint8_t *)(uintptr_t)f->access;
    if (!access) {
        access = arena_alloc(s->a, s->role_count);
        memset(access, FIELD_OPEN, s->role_count);
        f->access = access;
    }
    bool masks = to == FIELD_SEALED || to == FIELD_MASKED;
    access[place] = masks && !field_maskable(f) ? FIELD_HIDDEN : to;
}

/* With what reads the same column, and its twin in the other currency. */
static void set_all(const snapshot *s, const field *f, size_t place, uint8_t to)
{
    const entity *e = f->owner;
    for (size_t i = 0; i < e->field_count; i++) {
        field *g = &e->fields[i];
        if (g == f || g->alias_of == f->index || g->base_of == f->index || f->alias_of == g->index)
            set_access(s, g, place, to);
    }
}

static void take_field(const snapshot *s, const field_right_row *r)
{
    const entity *e = snapshot_entity(s, r->entity);
    const field  *f = e ? entity_field(e, r->field) : NULL;
    size_t        place = role_place(s, r->role);
    if (f && place < s->role_count)
        set_all(s, f, place, r->access);
}

/* PERMIT-24: what it is called by stays: nothing that is closed is written there (LEAD-8.9). True: something closed. */
static bool close_like(const snapshot *s, const field *from, const field *to)
{
    bool any = false;
    if (!from || !to || !from->access || to->index == to->owner->title)
        return false;
    for (size_t place = 0; place < s->role_count; place++) {
        uint8_t wants = from->access[place], is = to->access ? to->access[place] : FIELD_OPEN;
        if (wants > FIELD_MASKED || is <= wants)
            continue;
        set_all(s, to, place, wants);
        any = true;
    }
    return any;
}

static bool close_own_like(const snapshot *s, const entity *from, const entity *to)
{
    bool any = false;
    for (size_t i = 0; i < from->field_count; i++) {
        const field *f = &from->fields[i], *g = f->flags & FF_CUSTOM ? entity_field(to, f->name) : NULL;
        if (g && g->flags & FF_CUSTOM)
            any = close_like(s, f, g) || any;
    }
    return any;
}

static bool close_carried(const snapshot *s, const entity *e)
{
    bool any = false;
    for (size_t i = 0; i < e->def->carry_count; i++) {
        const carry_def *c = &e->def->carries[i];
        const entity    *to = snapshot_entity(s, str_from(c->entity));
        if (!to)
            continue;
        const field *into = entity_field(to, str_from(c->field));
        for (size_t k = 0; k < e->field_count; k++) {
            const field *f = &e->fields[k];
            if (c->from ? str_eq(f->name, str_from(c->from)) : !(f->flags & (FF_COMMON | FF_READONLY)))
                any = close_like(s, f, into) || any;
        }
        if (e->def->carries_own)
            any = close_own_like(s, e, to) || any;
    }
    return any;
}

void rights_build(snapshot *s, const snapshot_input *in)
{
    copy_roles(s, in);
    for (size_t i = 0; i < s->entity_count; i++) {
        entity *e = s->entities[i];
        e->tables = s;
        e->seen_with = e->def->seen_with ? entity_field(e, str_from(e->def->seen_with)) : NULL;
        e->part_of = e->def->part_of ? entity_field(e, str_from(e->def->part_of)) : NULL;
        if (e->def->grants)
            e->part_of->target->team_of = e->part_of;
        if (snapshot_entity(s, STR("role")))
            begin_entity(s, in, e);
    }
    for (size_t i = 0; i < in->field_right_count; i++)
        take_field(s, &in->field_rights[i]);
    for (bool again = true; again;) { /* what was carried is carried on; each round closes something more */
        again = false;
        for (size_t i = 0; i < s->entity_count; i++)
            again = close_carried(s, s->entities[i]) || again;
    }
}
