#include "store/record.h"

bool rec_null(const rec *r, size_t field_index)
{
    ASSERT(field_index < r->e->field_count);
    return !r->v[field_index].set;
}

int64_t rec_int(const rec *r, size_t field_index)
{
    ASSERT(!rec_null(r, field_index));
    return r->v[field_index].i;
}

str rec_text(const rec *r, size_t field_index)
{
    return rec_null(r, field_index) ? (str){ 0 } : r->v[field_index].s;
}

int64_t rec_ref(const rec *r, size_t field_index)
{
    return rec_null(r, field_index) ? 0 : r->v[field_index].i;
}

int rec_choice(const rec *r, size_t field_index)
{
    const field *f = &r->e->fields[field_index];
    if (rec_null(r, field_index))
        return -1;
    for (size_t i = 0; i < f->choice_count; i++)
        if (str_eq(f->choices[i].key, r->v[field_index].s))
            return (int)i;
    return -1;
}

bool rec_given(const rec *r, size_t field_index)
{
    ASSERT(field_index < r->e->field_count);
    return r->given[field_index];
}

bool rec_changed(const rec *old_or_null, const rec *next, size_t field_index)
{
    const field *f = &next->e->fields[field_index];
    value        none = { 0 };
    return !value_equal(f, old_or_null ? &old_or_null->v[field_index] : &none, &next->v[field_index]);
}

static void put(rec *r, size_t field_index, value v)
{
    ASSERT(field_index < r->e->field_count);
    r->v[field_index] = v;
    r->given[field_index] = 1;
}

void rec_set_null(rec *r, size_t field_index)
{
    put(r, field_index, (value){ 0 });
}

void rec_set_int(rec *r, size_t field_index, int64_t v)
{
    put(r, field_index, (value){ .set = true, .i = v });
}

void rec_set_text(ctx *c, rec *r, size_t field_index, str v)
{
    put(r, field_index, (value){ .set = v.n > 0, .s = arena_str(c->a, v) });
}

void rec_set_ref(rec *r, size_t field_index, int64_t id)
{
    put(r, field_index, (value){ .set = id != 0, .i = id });
}

void rec_set_any(ctx *c, rec *r, size_t field_index, str entity_name, int64_t id)
{
    put(r, field_index, (value){ .set = id != 0, .i = id, .s = arena_str(c->a, entity_name) });
}

void rec_set_choice(rec *r, size_t field_index, int index)
{
    const field *f = &r->e->fields[field_index];
    ASSERT(index >= 0 && (size_t)index < f->choice_count);
    put(r, field_index, (value){ .set = true, .s = f->choices[index].key });
}

rec *rec_copy(ctx *c, const rec *r)
{
    rec *copy = arena_make(c->a, rec);
    *copy = *r;
    copy->v = arena_make_n(c->a, value, r->e->field_count);
    copy->given = arena_make_n(c->a, uint8_t, r->e->field_count);
    memcpy(copy->v, r->v, r->e->field_count * sizeof *copy->v);
    memcpy(copy->given, r->given, r->e->field_count);
    return copy;
}
