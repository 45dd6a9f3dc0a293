/* What a change of many records and a hand-over share (many.h). */
#include "io/many.h"

enum { PROBLEMS_MOST = 100, PROBLEMS_ROOM = 1 << 20 };

static void take_lines(many *m, arena *a, str lines)
{
    json      *list;
    json_fault fault;
    if (lines.n == 0 || json_parse(a, lines, &list, &fault) != ERR_OK || list->kind != JSON_ARRAY)
        return;
    for (const json *j = list->first; j && m->done.told < PROBLEMS_MOST; j = j->next, m->done.told++)
        json_value(&m->done.w, j);
}

void many_begin(many *m, arena *a, const io_many_result *from)
{
    *m = (many){ .done.at = *from };
    buf_init(&m->problems, PROBLEMS_ROOM);
    json_begin(&m->done.w, &m->problems);
    json_array(&m->done.w);
    take_lines(m, a, from->problems);
    m->done.written = m->problems.n;
}

void many_free(many *m)
{
    buf_free(&m->problems);
}

void many_piece(ctx *c, many *m)
{
    m->next = m->done;
    m->problems.n = m->done.written;
    if (m->next.at.operation)
        store_operation_join(c, m->next.at.operation);
}

/* The rest of the buffer is of a piece that was not committed. */
static str lines_of(const many *m, const many_standing *s, arena *a)
{
    return arena_printf(a, "%.*s]", STR_ARG(str_sub(buf_str(&m->problems), 0, (ptrdiff_t)s->written)));
}

err many_piece_end(ctx *c, many *m, io_many_keep keep, void *arg)
{
    m->next.written = m->problems.n;
    if (keep) {
        io_many_result so_far = m->next.at;
        so_far.problems = lines_of(m, &m->next, c->a);
        TRY(keep(arg, c, &so_far));
    }
    store_operation_end(c);
    return ERR_OK;
}

void many_committed(many *m)
{
    m->done = m->next;
}

bool many_belongs_to_record(err e)
{
    return e == ERR_INVALID || e == ERR_NOT_FOUND || e == ERR_FORBIDDEN || e == ERR_CONFLICT || e == ERR_STALE;
}

static str why_of(ctx *c, const entity *fields, err e)
{
    str          why = c->problem_count ? c->problems[0].message
                       : c->detail.n    ? c->detail
                                        : label_get(c->lang, arena_printf(c->a, "message.%s", err_name(e)));
    const field *f = fields && c->problem_count ? entity_field(fields, c->problems[0].field) : NULL;
    return f ? arena_printf(c->a, "%.*s: %.*s", STR_ARG(f->label[c->lang]), STR_ARG(why)) : why;
}

void many_refused(ctx *c, many *m, const entity *e, int64_t id, str name, const entity *fields, err why)
{
    json_writer *w = &m->next.w;
    m->next.at.refused++;
    if (m->next.told++ < PROBLEMS_MOST) {
        json_object(w);
        json_put_string(w, "entity", e->name);
        json_put_id(w, "id", id);
        json_put_string(w, "name", name);
        json_put_string(w, "message", why_of(c, fields, why));
        json_object_end(w);
    }
    c->problem_count = 0;
    c->detail = (str){ 0 };
}

void many_result(const many *m, arena *a, io_many_result *out)
{
    *out = m->done.at;
    out->problems = lines_of(m, &m->done, a);
}

void io_many_result_json(const io_many_result *r, bool standing, json_writer *w)
{
    json_put_int(w, "total", r->total);
    json_put_int(w, "changed", r->changed);
    json_put_int(w, "refused", r->refused);
    if (r->operation)
        json_put_id(w, "operation", r->operation);
    else
        json_put_null(w, "operation");
    if (standing) {
        json_put_int(w, "part", r->part);
        json_put_id(w, "last", r->last);
        json_put_int(w, "given", r->given);
    }
    json_key(w, STR("problems"));
    json_raw(w, r->problems.n ? r->problems : STR("[]"));
}
