/* One person: who that is over several records, and all about them handed out. */
#include "store/person.h"

#include "base/date.h"
#include "store/audit.h"
#include "store/file.h"
#include "store/person_inside.h"

/* ---- who ---- */

static const field *same_field(const entity *e)
{
    return e->def->same_person ? entity_field(e, str_from(e->def->same_person)) : NULL;
}

static void add(person *p, const entity *e, int64_t id)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->list[i].id == id)
            return;
    if (p->count < PERSON_RECORDS)
        p->list[p->count++] = (person_record){ e, id };
}

err person_referring(ctx *c, const field *f, int64_t id, int64_t **ids, size_t *count)
{
    statement s;
    TRY(sql_open(c,
                 arena_printf(c->a, "SELECT \"id\" FROM \"%.*s\" WHERE \"%.*s\"=$1 ORDER BY \"id\"",
                              STR_ARG(f->owner->table), STR_ARG(f->column)),
                 &s));
    sql_int(&s, id);
    return sql_all_ids(c, &s, ids, count);
}

static err add_same(ctx *c, person *p, const entity *e, int64_t id)
{
    const field *f = same_field(e);
    if (f) {
        rec *r;
        TRY(store_load_any(c, e, id, &r));
        if (rec_ref(r, (size_t)f->index))
            add(p, f->target, rec_ref(r, (size_t)f->index));
    }
    for (size_t i = 0; i < e->pointing_count; i++) {
        int64_t *ids;
        size_t   n;
        if (e->pointing[i] != same_field(e->pointing[i]->owner))
            continue;
        TRY(person_referring(c, e->pointing[i], id, &ids, &n));
        for (size_t k = 0; k < n; k++)
            add(p, e->pointing[i]->owner, ids[k]);
    }
    return ERR_OK;
}

err person_find(ctx *c, const rec *on, person *out)
{
    *out = (person){ 0 };
    add(out, on->e, on->id);
    for (size_t i = 0; i < out->count; i++)
        TRY(add_same(c, out, out->list[i].e, out->list[i].id));
    return ERR_OK;
}

bool person_points(const field *f)
{
    return !(f->flags & (FF_COMMON | FF_ALIAS)) && f != same_field(f->owner);
}

/* ---- handed out ---- */

typedef struct {
    json_writer *w;
    int64_t      count;
} listing;

static err put_row(void *arg, query_row *row)
{
    listing *l = arg;
    l->count++;
    query_row_json(row, l->w);
    return ERR_OK;
}

/* The living and those in the recycle bin. */
static err put_all(ctx *c, const entity *e, list_request r, listing *l)
{
    for (int deleted = 0; deleted < 2; deleted++) {
        query *q;
        r.deleted = deleted;
        TRY(query_list(c, e, &r, &q));
        TRY(query_run(c, q, put_row, l));
    }
    return ERR_OK;
}

static err put_history(ctx *c, const person_record *p, json_writer *w)
{
    enum { PAGE = 500 };
    int64_t at = TIME_MS_MAX, seq = INT64_MAX;
    size_t  n = PAGE;
    while (n == PAGE) {
        history_row *rows;
        TRY(history_rows(c, p->id, at, seq, false, PAGE, &rows, &n));
        for (size_t i = 0; i < n; i++)
            TRY(history_put_change(c, p->e, &rows[i], w));
        if (n) {
            at = rows[n - 1].at;
            seq = rows[n - 1].seq;
        }
    }
    return ERR_OK;
}

static err put_files(ctx *c, const person_record *p, json_writer *w)
{
    enum { MOST = 1000 };
    file_info *files;
    size_t     n;
    TRY(file_list(c, p->e->name, p->id, MOST, &files, &n));
    for (size_t i = 0; i < n; i++) {
        char at[TIME_TEXT];
        time_format(files[i].created_at, at);
        json_object(w);
        json_put_id(w, "id", files[i].id);
        json_put_string(w, "name", files[i].name);
        json_put_int(w, "size", files[i].size);
        json_put_string(w, "type", files[i].type);
        json_put_string(w, "created_at", str_from(at));
        json_object_end(w);
    }
    return ERR_OK;
}

static err put_one(ctx *c, const person_record *p, json_writer *w)
{
    listing l = { .w = w };
    json_object(w);
    json_put_string(w, "entity", p->e->name);
    json_key(w, STR("record"));
    TRY(put_all(c, p->e, (list_request){ .id = p->id }, &l));
    json_key(w, STR("history"));
    json_array(w);
    TRY(put_history(c, p, w));
    json_array_end(w);
    json_key(w, STR("files"));
    json_array(w);
    TRY(put_files(c, p, w));
    json_array_end(w);
    json_object_end(w);
    return ERR_OK;
}

static void begin_group(json_writer *w, const field *f)
{
    json_object(w);
    json_put_string(w, "entity", f->owner->name);
    json_put_string(w, "field", f->name);
    json_key(w, STR("records"));
    json_array(w);
}

/* What was said and done about their cases. */
static err put_about(ctx *c, const entity *e, const int64_t *ids, size_t n, json_writer *w)
{
    for (size_t i = 0; i < e->pointing_count && n > 0; i++) {
        const field *f = e->pointing[i];
        listing      l = { .w = w };
        if (f->type != FT_ANYREF || !person_points(f))
            continue;
        begin_group(w, f);
        for (size_t k = 0; k < n; k++)
            TRY(put_all(c, f->owner, (list_request){ .via = f, .via_id = ids[k], .via_entity = e->name }, &l));
        json_array_end(w);
        json_object_end(w);
    }
    return ERR_OK;
}

static err put_pointing(ctx *c, const person_record *p, json_writer *w)
{
    for (size_t i = 0; i < p->e->pointing_count; i++) {
        const field *f = p->e->pointing[i];
        int64_t     *ids;
        size_t       n;
        listing      l = { .w = w };
        if (!person_points(f))
            continue;
        TRY(person_referring(c, f, p->id, &ids, &n));
        if (n == 0)
            continue;
        begin_group(w, f);
        list_request r = { .via = f, .via_id = p->id };
        if (f->type == FT_ANYREF)
            r.via_entity = p->e->name;
        TRY(put_all(c, f->owner, r, &l));
        json_array_end(w);
        json_object_end(w);
        if (person_is_told_of(f->owner))
            TRY(put_about(c, f->owner, ids, n, w));
    }
    return ERR_OK;
}

err person_allowed(ctx *c)
{
    return permit_is_admin(&c->actor) ? ERR_OK : ctx_refuse(c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
}

err store_action_person_data(ctx *c, rec *on, const json *in, json_writer *w)
{
    person p;
    char   at[TIME_TEXT];
    (void)in;
    TRY(person_allowed(c));
    TRY(person_find(c, on, &p));
    time_format(c->now_ms, at);
    json_object(w);
    json_put_string(w, "at", str_from(at));
    json_put_string(w, "by", c->actor.name);
    json_key(w, STR("records"));
    json_array(w);
    for (size_t i = 0; i < p.count; i++)
        TRY(put_one(c, &p.list[i], w));
    json_array_end(w);
    json_key(w, STR("related"));
    json_array(w);
    for (size_t i = 0; i < p.count; i++)
        TRY(put_pointing(c, &p.list[i], w));
    json_array_end(w);
    json_object_end(w);
    const audit_word words[] = { { .name = "what", .text = STR("personal_data") },
                                 { .name = "rows", .number = (int64_t)p.count },
                                 { 0 } };
    return audit_write_of(c, AUDIT_EXPORT, 0, on->e->name, on->id, words);
}
