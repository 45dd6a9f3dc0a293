/* The tables checked as data: a fault is a sentence that names the entity and the field. */
#include <stdarg.h>

#include "base/limits.h"
#include "schema/snapshot.h"
#include "schema/types.h"

static const char *const common_names[] = { "id",         "external_id", "created_at", "created_by", "updated_at",
                                            "updated_by", "version",     "deleted_at", "deleted_op", "owner" };

PRINTF_LIKE(1, 2) static const char *say(const char *format, ...)
{
    static _Thread_local char sentence[300];
    va_list                   args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    return sentence;
}

static bool identifier(const char *s)
{
    if (!s || *s < 'a' || *s > 'z' || strlen(s) > 40)
        return false;
    for (; *s; s++)
        if (!(*s >= 'a' && *s <= 'z') && !(*s >= '0' && *s <= '9') && *s != '_')
            return false;
    return true;
}

static const field_def *find_field(const entity_def *e, str name)
{
    for (size_t i = 0; i < e->field_count; i++)
        if (str_eq(str_from(e->fields[i].name), name))
            return &e->fields[i];
    return NULL;
}

static const entity_def *find_entity(const entity_def *const *all, const char *name)
{
    for (; *all; all++)
        if (strcmp((*all)->name, name) == 0)
            return *all;
    return NULL;
}

static bool common(str name, const entity_def *e)
{
    for (size_t i = 0; i < countof(common_names); i++)
        if (str_eq(name, str_from(common_names[i])))
            return strcmp(common_names[i], "owner") != 0 || e->owned;
    return str_eq(name, STR("name")) && (e->title || e->title_from);
}

static const char *choices_fault(const entity_def *e, const field_def *f)
{
    bool wants = f->type == FT_CHOICE || f->type == FT_MULTI_CHOICE;
    if (!wants)
        return f->choices ? say("%s.%s has choices but is no choice", e->name, f->name) : NULL;
    if (!f->choice_count && !(f->flags & FF_OPEN))
        return say("%s.%s has no choices", e->name, f->name);
    for (size_t i = 0; i < f->choice_count; i++) {
        if (!f->choices[i].key)
            return say("%s.%s: choice %zu has no key (a row of the table is missing)", e->name, f->name, i);
        for (size_t k = 0; k < i; k++)
            if (strcmp(f->choices[i].key, f->choices[k].key) == 0)
                return say("%s.%s: the choice %s stands twice", e->name, f->name, f->choices[i].key);
        if (f->choice_count < 32 && f->choices[i].next_mask != NEXT_ANY && f->choices[i].next_mask >> f->choice_count)
            return say("%s.%s: %s leads to a choice that is not there", e->name, f->name, f->choices[i].key);
    }
    return NULL;
}

static const char *field_fault(const entity_def *const *all, const entity_def *e, size_t i)
{
    const field_def *f = &e->fields[i];
    if (!f->name)
        return say("%s: field %zu has no name (a row of the table is missing)", e->name, i);
    if (!identifier(f->name))
        return say("%s.%s: a name is a lower-case letter, then letters, digits, _", e->name, f->name);
    if ((size_t)f->type >= FT_COUNT || f->type == FT_ID)
        return say("%s.%s has no type of the type table", e->name, f->name);
    if (common(str_from(f->name), e))
        return say("%s.%s: the name is one of the common fields", e->name, f->name);
    for (size_t k = 0; k < i; k++)
        if (strcmp(e->fields[k].name, f->name) == 0)
            return say("%s.%s stands twice", e->name, f->name);
    if (f->min > f->max)
        return say("%s.%s: min is above max", e->name, f->name);
    bool reference = f->type == FT_REF || f->type == FT_KEYREF;
    if (reference != (f->target != NULL))
        return say("%s.%s: %s", e->name, f->name,
                   reference ? "a reference needs a target" : "only references have a target");
    if (reference && !find_entity(all, f->target))
        return say("%s.%s: there is no entity %s", e->name, f->name, f->target);
    if (f->type == FT_KEYREF && !find_entity(all, f->target)->key)
        return say("%s.%s: %s has no key to be spoken by", e->name, f->name, f->target);
    if (f->type == FT_DECIMAL && (f->decimals < 0 || f->decimals > 9))
        return say("%s.%s: a decimal has 0 to 9 decimals", e->name, f->name);
    if ((f->flags & FF_UNIQUE) && !type_row_of(f->type)->has_key && !reference)
        return say("%s.%s: only short texts and references can be unique", e->name, f->name);
    return choices_fault(e, f);
}

/* Each name of a comma-separated list. */
static const char *names_fault(const entity_def *e, const char *list, const char *what)
{
    if (!list)
        return NULL;
    str rest = str_from(list);
    while (rest.n > 0) {
        ptrdiff_t cut = str_find_char(rest, ',');
        str       one = cut < 0 ? rest : str_sub(rest, 0, cut);
        rest = cut < 0 ? (str){ 0 } : str_sub(rest, cut + 1, rest.n);
        bool twin = str_ends(one, STR("_base"));
        if (!find_field(e, one) && !common(one, e) && !str_eq(one, STR("name")) && !twin && str_find_char(one, '.') < 0)
            return say("%s: the %s names %.*s, which is no field", e->name, what, STR_ARG(one));
    }
    return NULL;
}

static const char *few_fault(const entity_def *e, str one)
{
    str              name = str_cut(&one, '=');
    const field_def *f = find_field(e, name);
    bool             known = f && one.n == 0;
    for (size_t i = 0; f && i < f->choice_count; i++)
        known = known || str_eq(str_from(f->choices[i].key), one);
    return known ? NULL : say("%s: of few records %.*s is no field or choice", e->name, STR_ARG(name));
}

static const char *parameter_fault(const entity_def *const *all, const view_def *v, const report_parameter *p)
{
    static const char *const kinds[] = { "choice", "period", "record", "number", "date", "text" };
    bool                     known = false, of_view = false;
    for (size_t i = 0; p->kind && i < countof(kinds); i++)
        known = known || strcmp(kinds[i], p->kind) == 0;
    for (size_t i = 0; i < countof(v->parameters) && v->parameters[i]; i++)
        of_view = of_view || strcmp(v->parameters[i], p->name) == 0;
    if (!known || !of_view)
        return say("view %s: %s is %s", v->name, p->name, known ? "no parameter of it" : "of no known kind");
    if (strcmp(p->kind, "choice") == 0 && !p->of)
        return say("view %s: %s has no choices", v->name, p->name);
    if (strcmp(p->kind, "record") == 0 && !(p->of && find_entity(all, p->of)))
        return say("view %s: there is no entity that %s names", v->name, p->name);
    return NULL;
}

static const char *view_fault(const entity_def *const *all, const view_def *v)
{
    const report_def *r = v->report;
    bool              compared = !r || !r->compare;
    if (!identifier(v->name) || !v->run)
        return say("view %s has no name or no function", v->name ? v->name : "-");
    for (size_t i = 0; r && i < countof(r->parameters) && r->parameters[i].name; i++) {
        const char *fault = parameter_fault(all, v, &r->parameters[i]);
        if (fault)
            return fault;
        compared = compared || strcmp(r->parameters[i].name, r->compare) == 0;
    }
    return compared ? NULL : say("view %s: what it compares by is no parameter of its report", v->name);
}

static bool names_time(const entity_def *e, const char *name)
{
    const field_def *f = find_field(e, str_from(name));
    return f ? f->type == FT_TIME : common(str_from(name), e) && str_ends(str_from(name), STR("_at"));
}

static const char *story_fault(const entity_def *const *all, const entity_def *of, size_t row)
{
    const story_def  *s = &of->story[row];
    const entity_def *e = find_entity(all, s->entity);
    const field_def  *by = e ? find_field(e, str_from(s->field)) : NULL;
    bool              before = !s->of;
    const char       *target = s->of ? s->of : of->name;
    for (size_t i = 0; i < row && s->of; i++)
        before = before || strcmp(of->story[i].entity, s->of) == 0;
    if (!before)
        return say("%s: row %zu of the story goes on from %s, which is no row before", of->name, row, s->of);
    if (!e) /* a program without that room tells nothing of it */
        return NULL;
    if (!by || by->type != FT_REF || strcmp(by->target, target) != 0)
        return say("%s: %s.%s of the story does not lead to %s", of->name, e->name, s->field, target);
    for (size_t i = 0; i < countof(s->moments) && s->moments[i].what; i++) {
        const char *fault = names_fault(e, s->moments[i].shows, "story");
        if (!names_time(e, s->moments[i].at))
            return say("%s: %s.%s of the story is no time", of->name, e->name, s->moments[i].at);
        if (fault)
            return fault;
    }
    return names_fault(e, s->about, "story");
}

static const char *carry_fault(const entity_def *const *all, const entity_def *from, const carry_def *c)
{
    const entity_def *to = find_entity(all, c->entity);
    const char       *fault = names_fault(from, c->from, "carries");
    return fault || !to ? fault
                        : names_fault(to, c->field, "carries"); /* a program without that room carries nothing there */
}

static const char *entity_fault_one(const entity_def *const *all, const entity_def *e)
{
    if (!identifier(e->name) || !identifier(e->plural))
        return say("an entity's name and plural are lower-case letters, digits, _ (%s, %s)", e->name ? e->name : "-",
                   e->plural ? e->plural : "-");
    if (e->field_count > LIMIT_FIELDS / 2)
        return say("%s has too many fields", e->name);
    for (size_t i = 0; i < e->field_count; i++) {
        const char *fault = field_fault(all, e, i);
        if (fault)
            return fault;
    }
    if (!e->title && !e->title_from && !find_field(e, STR("name")))
        return say("%s has no name: a field name, a title, or title_from", e->name);
    const struct {
        const char *list, *what;
    } lists[] = {
        { e->title, "title" },         { e->title_from, "title_from" }, { e->key, "key" },
        { e->currency, "currency" },   { e->rate_date, "rate_date" },   { e->board, "board" },
        { e->board_sum, "board_sum" }, { e->company, "company" },       { e->tax_number, "tax_number" },
        { e->line, "line" },           { e->part_of, "part_of" },       { e->seen_with, "seen_with" },
    };
    for (size_t i = 0; i < countof(lists); i++) {
        const char *fault = names_fault(e, lists[i].list, lists[i].what);
        if (fault)
            return fault;
    }
    for (size_t i = 0; i < e->index_count; i++) {
        const char *fault = names_fault(e, e->indexes[i].fields, "index");
        if (fault)
            return fault;
    }
    for (str rest = e->few ? str_from(e->few) : (str){ 0 }; rest.n > 0;) {
        const char *fault = few_fault(e, str_cut(&rest, ','));
        if (fault)
            return fault;
    }
    for (size_t i = 0; i < e->list_count; i++) {
        const char *fault = names_fault(e, e->lists[i].columns, "list");
        if (fault)
            return fault;
    }
    for (size_t i = 0; i < e->story_count; i++) {
        const char *fault = story_fault(all, e, i);
        if (fault)
            return fault;
    }
    for (size_t i = 0; i < e->carry_count; i++) {
        const char *fault = carry_fault(all, e, &e->carries[i]);
        if (fault)
            return fault;
    }
    const field_def *key = e->key ? find_field(e, str_from(e->key)) : NULL;
    if (key && !(key->type == FT_TEXT && (key->flags & FF_REQUIRED)))
        return say("%s: the key %s is a required text", e->name, e->key);
    for (size_t i = 0; i < e->action_count; i++)
        if (!identifier(e->actions[i].name) || !e->actions[i].run)
            return say("%s: action %zu has no name or no function", e->name, i);
    for (size_t i = 0; i < e->view_count; i++) {
        const char *fault = view_fault(all, &e->views[i]);
        if (fault)
            return fault;
    }
    return NULL;
}

const char *entity_fault(const entity_def *const *all)
{
    for (const entity_def *const *e = all; *e; e++) {
        const char *fault = entity_fault_one(all, *e);
        if (fault)
            return fault;
        for (const entity_def *const *k = all; k < e; k++)
            if (strcmp((*k)->name, (*e)->name) == 0 || strcmp((*k)->plural, (*e)->plural) == 0)
                return say("%s and %s share a name", (*k)->name, (*e)->name);
    }
    return NULL;
}
