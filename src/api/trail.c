/* What happened, as a file: security events and history over everything, of the same filters as their lists, as CSV. The bytes
 * are made page by page from the lists themselves, so that what a list leaves out the file leaves out too. That it was taken
 * out is a security event like any other export. */
#include "api/settings.h"
#include "base/date.h"
#include "io/csv_write.h"
#include "store/audit.h"
#include "store/changes.h"

enum { ROWS_MOST = 100000, PAGE_ROWS = 500, PAGE_BYTES = 64 << 20 };

typedef struct trail trail;
struct trail {
    call       *k;
    const char *name, *list; /* "security_events"; the member with the rows */
    void       *request;     /* audit_request or changes_request */
    err (*page)(ctx *c, trail *t, json_writer *w);
    void (*go_on)(trail *t, str next);
    void (*row)(trail *t, const json *row);
    int64_t rows;
    buf     asked; /* the filter, for whoever reads of it later */
    char    after[64];
};

/* ---- cells ---- */

static void cell(trail *t, str text, bool last)
{
    buf *b = &t->k->r->reply.body;
    csv_put_cell(b, text, true);
    buf_putz(b, last ? "\r\n" : ",");
}

static str member(const json *row, const char *name)
{
    const json *j = json_get(row, str_from(name));
    return j && (j->kind == JSON_STRING || j->kind == JSON_NUMBER) ? j->text : (str){ 0 };
}

/* A name where there is one; else the value as it reads. */
static str shown(trail *t, const json *j)
{
    buf         b;
    json_writer w;
    if (!j || j->kind == JSON_NULL)
        return (str){ 0 };
    if (j->kind == JSON_OBJECT && json_is(json_get(j, STR("name")), JSON_STRING))
        return json_get(j, STR("name"))->text;
    if (j->kind == JSON_STRING || j->kind == JSON_NUMBER)
        return j->text;
    buf_init(&b, 4 << 20);
    json_begin(&w, &b);
    json_value(&w, j);
    str out = arena_str(t->k->c.a, buf_str(&b));
    buf_free(&b);
    return out;
}

static void header(trail *t, const char *names)
{
    buf_printf(&t->k->r->reply.body, "%s\r\n", names);
}

/* ---- security events ---- */

static err events_page(ctx *c, trail *t, json_writer *w)
{
    return audit_json(c, t->request, w);
}

static void events_go_on(trail *t, str next)
{
    (void)str_to_int64(next, &((audit_request *)t->request)->after);
}

static str detail_of(trail *t, const json *detail)
{
    buf b;
    buf_init(&b, 64 << 10);
    for (const json *m = detail ? detail->first : NULL; m; m = m->next)
        buf_printf(&b, "%s%.*s: %.*s", b.n ? "; " : "", STR_ARG(m->key), STR_ARG(m->text));
    str out = arena_str(t->k->c.a, buf_str(&b));
    buf_free(&b);
    return out;
}

static void events_row(trail *t, const json *e)
{
    t->rows++;
    cell(t, member(e, "at"), false);
    cell(t, member(e, "kind"), false);
    cell(t, shown(t, json_get(e, STR("user"))), false);
    cell(t, shown(t, json_get(e, STR("by"))), false);
    cell(t, member(e, "entity"), false);
    cell(t, member(json_get(e, STR("record")), "id"), false);
    cell(t, shown(t, json_get(e, STR("record"))), false);
    cell(t, member(e, "address"), false);
    cell(t, member(e, "agent"), false);
    cell(t, detail_of(t, json_get(e, STR("detail"))), true);
}

/* ---- history over everything: a line for each field ---- */

static err changes_page(ctx *c, trail *t, json_writer *w)
{
    return changes_json(c, t->request, w);
}

static void changes_go_on(trail *t, str next)
{
    snprintf(t->after, sizeof t->after, "%.*s", STR_ARG(next)); /* the page's memory goes */
    ((changes_request *)t->request)->after = str_from(t->after);
}

static void changes_line(trail *t, const json *e, str name, const json *pair)
{
    t->rows++;
    cell(t, member(e, "at"), false);
    cell(t, shown(t, json_get(e, STR("by"))), false);
    cell(t, member(e, "what"), false);
    cell(t, member(e, "entity"), false);
    cell(t, member(json_get(e, STR("record")), "id"), false);
    cell(t, shown(t, json_get(e, STR("record"))), false);
    cell(t, member(e, "about"), false);
    cell(t, member(e, "operation"), false);
    cell(t, name, false);
    cell(t, shown(t, json_get(pair, STR("old"))), false);
    cell(t, shown(t, json_get(pair, STR("new"))), true);
}

static void changes_row(trail *t, const json *e)
{
    const json *fields = json_get(e, STR("fields"));
    if (!fields || !fields->first)
        changes_line(t, e, (str){ 0 }, NULL);
    for (const json *m = fields ? fields->first : NULL; m; m = m->next)
        changes_line(t, e, m->key, m);
}

/* ---- the file ---- */

static err take_page(trail *t, str text, bool *more)
{
    json      *tree;
    json_fault fault;
    TRY(json_parse(t->k->c.a, text, &tree, &fault));
    for (const json *row = json_get(tree, str_from(t->list))->first; row; row = row->next)
        t->row(t, row);
    const json *next = json_get(tree, STR("next"));
    *more = json_is(next, JSON_STRING) && t->rows < ROWS_MOST;
    if (*more)
        t->go_on(t, next->text);
    return t->k->r->reply.body.failed ? ERR_TOO_LARGE : ERR_OK;
}

static err one_page(trail *t, bool *more)
{
    ctx        *c = &t->k->c;
    buf         b;
    json_writer w;
    buf_init(&b, PAGE_BYTES);
    json_begin(&w, &b);
    err e = db_read_begin(t->k->s->d, DB_LONG, &c->conn);
    if (e == ERR_OK) {
        e = t->page(c, t, &w);
        db_read_end(c->conn);
        c->conn = NULL;
    }
    if (e == ERR_OK)
        e = b.failed ? ERR_TOO_LARGE : take_page(t, buf_str(&b), more);
    buf_free(&b);
    return e;
}

static err tell(ctx *c, void *arg)
{
    const trail     *t = arg;
    const audit_word words[] = { { .name = "of", .text = str_from(t->name) },
                                 { .name = "rows", .number = t->rows },
                                 { .name = "format", .text = STR("csv") },
                                 { .name = t->asked.n ? "where" : NULL, .text = buf_str(&t->asked) },
                                 { 0 } };
    return audit_write(c, AUDIT_EXPORT, 0, words);
}

static void note_asked(void *arg, str name, str text)
{
    buf *b = arg;
    buf_printf(b, "%s%.*s=%.*s", b->n ? " " : "", STR_ARG(name), STR_ARG(text));
}

static err write_trail(trail *t, const char *names)
{
    call *k = t->k;
    char  at[TIME_TEXT];
    bool  more = true;
    header(t, names);
    while (more) {
        arena_mark here = arena_here(k->c.a);
        TRY(one_page(t, &more));
        arena_reset(k->c.a, here);
    }
    buf_init(&t->asked, 4096);
    http_each_param(k->r, note_asked, &t->asked);
    err e = store_write(&k->c, tell, t);
    buf_free(&t->asked);
    TRY(e);
    time_format(k->c.now_ms, at);
    for (char *p = at; *p; p++)
        if (*p == ':')
            *p = '.';
    k->r->reply.type = "text/csv; charset=utf-8";
    http_reply_header(k->r, "Content-Disposition",
                      arena_printf(k->r->a, "attachment; filename=\"%s %s %lld.csv\"", t->name, at,
                                   (long long)k->c.actor.user));
    return ERR_OK;
}

err security_events_export(call *k)
{
    audit_request q;
    TRY(security_events_asked(k, &q));
    q.limit = PAGE_ROWS;
    trail t = { .k = k,
                .name = "security_events",
                .list = "events",
                .request = &q,
                .page = events_page,
                .go_on = events_go_on,
                .row = events_row };
    return write_trail(&t, "at,kind,person,by,entity,record,record_name,address,agent,detail");
}

err changes_export(call *k)
{
    changes_request q;
    TRY(changes_asked(k, &q));
    q.limit = PAGE_ROWS;
    trail t = { .k = k,
                .name = "changes",
                .list = "changes",
                .request = &q,
                .page = changes_page,
                .go_on = changes_go_on,
                .row = changes_row };
    return write_trail(&t, "at,by,what,entity,record,record_name,about,operation,field,old,new");
}
