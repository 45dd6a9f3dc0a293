/* What a page needs to draw a view that it does not know: what is asked for, how it is drawn, what stands beside what. */
#include "api/reports.h"

#include "api/settings.h"

static void put_text_of(json_writer *w, const char *key, str name)
{
    str label[LANG_COUNT];
    for (int i = 0; i < LANG_COUNT; i++)
        label[i] = label_get(i, name);
    put_label(w, key, label);
}

static void put_word(json_writer *w, const char *key, const char *word)
{
    if (word)
        json_put_string(w, key, str_from(word));
    else
        json_put_null(w, key);
}

/* The next name of a comma-separated list; false: no more. */
static bool next_name(str *rest, str *out)
{
    if (!rest->n)
        return false;
    ptrdiff_t cut = str_find_char(*rest, ',');
    *out = cut < 0 ? *rest : str_sub(*rest, 0, cut);
    *rest = cut < 0 ? (str){ 0 } : str_sub(*rest, cut + 1, rest->n);
    return true;
}

static void put_parameter(const call *k, const report_parameter *p, json_writer *w)
{
    bool closed = strcmp(p->kind, "choice") == 0;
    str  rest = closed ? str_from(p->of) : (str){ 0 }, one;
    json_object(w);
    json_put_string(w, "name", str_from(p->name));
    put_text_of(w, "label", arena_printf(k->c.a, "parameter.%s", p->name));
    json_put_string(w, "kind", str_from(p->kind));
    put_word(w, "entity", closed ? NULL : p->of);
    put_word(w, "initial", p->initial);
    json_key(w, STR("choices"));
    json_array(w);
    while (next_name(&rest, &one)) {
        json_object(w);
        json_put_string(w, "key", one);
        put_text_of(w, "label", arena_printf(k->c.a, "parameter.%s.%.*s", p->name, STR_ARG(one)));
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
}

static void put_report(const call *k, const entity *e, const view_def *v, json_writer *w)
{
    const report_def *r = v->report;
    str               rest = str_from(r->series ? r->series : ""), one;
    json_object(w);
    json_put_string(w, "name", str_from(v->name));
    json_put_string(w, "entity", e->name);
    put_text_of(w, "label", arena_printf(k->c.a, "view.%s", v->name));
    put_word(w, "chart", r->chart);
    json_key(w, STR("series"));
    json_array(w);
    while (next_name(&rest, &one))
        json_string(w, one);
    json_array_end(w);
    put_word(w, "compare", r->compare);
    json_key(w, STR("parameters"));
    json_array(w);
    for (size_t i = 0; i < countof(r->parameters) && r->parameters[i].name; i++)
        put_parameter(k, &r->parameters[i], w);
    json_array_end(w);
    json_object_end(w);
}

void put_reports(const call *k, json_writer *w)
{
    json_key(w, STR("reports"));
    json_array(w);
    for (size_t i = 0; i < k->c.snap->entity_count; i++) {
        const entity *e = k->c.snap->entities[i];
        for (size_t n = 0; n < e->def->view_count && permit_entity(&k->c.actor, e, VERB_READ); n++)
            if (e->def->views[n].report)
                put_report(k, e, &e->def->views[n], w);
    }
    json_array_end(w);
}
