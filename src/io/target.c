#include "io/target.h"

const entity *target_lines(const snapshot *s, const entity *e, const field **back)
{
    char name[100];
    snprintf(name, sizeof name, "%.*s_line", STR_ARG(e->name));
    const entity *lines = snapshot_entity(s, str_from(name));
    *back = lines ? entity_field(lines, e->name) : NULL;
    return *back && (*back)->type == FT_REF && (*back)->target == e ? lines : NULL;
}

bool target_find(const snapshot *s, const entity *e, str path, target *out, str *at)
{
    const field  *back;
    const entity *of = e;
    target        t = { .path = path };
    if (str_starts(path, STR("lines."))) {
        of = target_lines(s, e, &back);
        *at = STR("lines");
        if (!of)
            return false;
        t.line = true;
        path = str_sub(path, 6, path.n);
    }
    ptrdiff_t dot = str_find_char(path, '.');
    str name = dot < 0 ? path : str_sub(path, 0, dot), rest = dot < 0 ? (str){ 0 } : str_sub(path, dot + 1, path.n);
    *at = name;
    t.f = entity_field(of, name);
    if (!t.f || t.f->type == FT_JSON)
        return false;
    if (t.f->alias_of >= 0)
        t.f = &of->fields[t.f->alias_of];
    if (dot >= 0) {
        *at = rest;
        if (!t.f->target)
            return false;
        t.via = entity_field(t.f->target, rest);
        if (!t.via || t.via->target || t.via->type == FT_ANYREF || t.via->type == FT_LONG_TEXT ||
            t.via->type == FT_JSON)
            return false;
        if (t.via->alias_of >= 0)
            t.via = &t.f->target->fields[t.via->alias_of];
    }
    *out = t;
    return true;
}
