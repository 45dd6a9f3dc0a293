#include "permit/ctx.h"

#include <stdarg.h>

#include "base/date.h"
#include "base/text.h"

void ctx_reset(ctx *c)
{
    c->problems = NULL;
    c->problem_count = c->problem_room = 0;
    c->code = c->detail = (str){ 0 };
    c->position = -1;
    c->operation = 0;
    c->undoing = 0;
    c->derived = c->along = false;
    c->store = NULL;
    c->conn = NULL;
}

static str replaced(ctx *c, str text, str mark, str argument)
{
    ptrdiff_t at = str_find(text, mark);
    if (at < 0)
        return text;
    return arena_printf(c->a, "%.*s%.*s%.*s", (int)at, text.p, STR_ARG(argument), (int)(text.n - at - mark.n),
                        text.p + at + mark.n);
}

str ctx_sentence(ctx *c, const char *key, str first, str second)
{
    str text = replaced(c, label_get(c->lang, str_from(key)), STR("{1}"), second);
    return replaced(c, text, STR("{0}"), first); /* last: what was given may hold a mark itself */
}

/* The locale's "message.CODE" with {0} replaced. */
static str message(ctx *c, str code, str argument)
{
    str text = label_get(c->lang, arena_printf(c->a, "message.%.*s", STR_ARG(code)));
    return replaced(c, text, STR("{0}"), argument);
}

err ctx_problem_with(ctx *c, str name, str code, str argument)
{
    for (size_t i = 0; i < c->problem_count; i++)
        if (str_eq(c->problems[i].field, name) && str_eq(c->problems[i].code, code))
            return ERR_INVALID;
    arena_more(c->a, c->problems, c->problem_count, c->problem_room);
    c->problems[c->problem_count++] = (problem){ .field = arena_str(c->a, name),
                                                 .code = arena_str(c->a, code),
                                                 .message = message(c, code, argument) };
    return ERR_INVALID;
}

err ctx_problem(ctx *c, const char *name, str code)
{
    return ctx_problem_with(c, str_from(name), code, (str){ 0 });
}

err ctx_refuse(ctx *c, err e, str code, str argument)
{
    c->code = code;
    c->detail = message(c, code, argument);
    return e;
}

err ctx_malformed(ctx *c, ptrdiff_t position, const char *format, ...)
{
    char    text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    c->code = (str){ 0 };
    c->detail = arena_str(c->a, str_from(text));
    c->position = position;
    return ERR_MALFORMED;
}

err ctx_unreadable(ctx *c, ptrdiff_t position, const char *key, str first, str second)
{
    c->code = (str){ 0 };
    c->detail = ctx_sentence(c, arena_printf(c->a, "malformed.%s", key).p, first, second);
    c->position = position;
    return ERR_MALFORMED;
}

int64_t ctx_today(const ctx *c)
{
    return zone_local_date(c->zone.n ? c->zone : c->snap->zone, c->now_ms);
}
