/* What a room can do beyond the generic verbs: POST /PLURAL/ID/NAME and GET /views/NAME. */
#include "api/actions.h"

#include "api/rest.h"

const action_def *action_find(const entity *e, str name)
{
    for (size_t i = 0; i < e->def->action_count; i++)
        if (str_eq(name, str_from(e->def->actions[i].name)))
            return &e->def->actions[i];
    return NULL;
}

err record_action(call *k)
{
    const action_def *a = action_find(k->e, k->parts[2]);
    rec              *r;
    if (!a)
        return ERR_NOT_FOUND;
    TRY(store_load(&k->c, k->e, k->id, &r));
    TRY(store_may(&k->c, r, (verb)a->verb));
    if (!a->input_schema && k->in) {
        static const char *const none[] = { NULL };
        TRY(body_check(k, none));
    }
    size_t before = k->r->reply.body.n;
    err    e = a->run(&k->c, r, k->in, &k->w);
    if (e == ERR_OK && k->c.problem_count)
        return ERR_INVALID;
    if (e == ERR_OK && k->r->reply.body.n == before)
        k->status = 204;
    return e;
}

const view_def *view_find(const server *s, str name)
{
    for (size_t i = 0; s->rooms[i]; i++)
        for (size_t n = 0; n < s->rooms[i]->view_count; n++)
            if (str_eq(name, str_from(s->rooms[i]->views[n].name)))
                return &s->rooms[i]->views[n];
    return NULL;
}

typedef struct {
    const view_def *v;
    const char     *values[countof(((view_def *)0)->parameters)];
    arena          *a;
    str             unknown;
} view_values;

static void take_value(void *arg, str name, str text)
{
    view_values *w = arg;
    for (size_t i = 0; i < countof(w->values) && w->v->parameters[i]; i++)
        if (str_eq(name, str_from(w->v->parameters[i]))) {
            w->values[i] = arena_cstr(w->a, text);
            return;
        }
    w->unknown = name;
}

err view_get(call *k)
{
    view_values w = { .v = view_find(k->s, k->parts[0]), .a = k->c.a };
    if (!w.v)
        return ERR_NOT_FOUND;
    http_each_param(k->r, take_value, &w);
    if (w.unknown.p)
        return ctx_refuse(&k->c, ERR_MALFORMED, STR("unknown_parameter"), utf8_cut(w.unknown, 60));
    TRY(w.v->run(&k->c, w.values, &k->w));
    return k->c.problem_count ? ERR_INVALID : ERR_OK;
}
