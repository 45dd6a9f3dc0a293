/* What still names a person, and giving it to others: looked at, tried out, and begun as a job (people.md, PEOPLE-11, -12). */
#include "api/jobs.h"
#include "io/io.h"

static const char *const kinds[] = {
    [NAMED_OWNER] = "owner", [NAMED_ELSEWHERE] = "named", [NAMED_FIGURES] = "figures"
};

static err leaver(call *k, rec **out)
{
    return store_load(&k->c, snapshot_entity(k->c.snap, STR("user")), k->id, out);
}

static err count_named(call *k, const named_place *p, bool open, bool estimate, int64_t *n)
{
    list_request l = { .where = io_named_where(k->c.a, p, k->id, open) };
    return query_count(&k->c, p->e, &l, estimate, n);
}

static err put_place(call *k, const named_place *p)
{
    int64_t n = 0, open = 0;
    TRY(count_named(k, p, false, true, &n));
    if (n == 0)
        return ERR_OK;
    if (p->e->def->open && p->kind == NAMED_OWNER)
        TRY(count_named(k, p, true, true, &open));
    json_object(&k->w);
    json_put_string(&k->w, "entity", p->e->name);
    json_put_string(&k->w, "label", p->e->plural_label[k->c.lang]);
    json_put_string(&k->w, "field", p->f->name);
    json_put_string(&k->w, "field_label", p->f->label[k->c.lang]);
    json_put_string(&k->w, "kind", str_from(kinds[p->kind]));
    json_put_int(&k->w, "count", n);
    if (p->e->def->open && p->kind == NAMED_OWNER)
        json_put_int(&k->w, "open", open);
    else
        json_put_null(&k->w, "open");
    json_put_bool(&k->w, "may", io_may_hand_over(&k->c.actor, p));
    json_object_end(&k->w);
    return ERR_OK;
}

err handover_look(call *k)
{
    named_place *all;
    rec         *r;
    TRY(leaver(k, &r));
    size_t n = io_named_places(&k->c, &all);
    json_object(&k->w);
    put_ref(&k->w, "user", r->id, rec_text(r, (size_t)r->e->title));
    json_put_string(&k->w, "state", rec_text(r, (size_t)entity_field(r->e, STR("state"))->index));
    json_key(&k->w, STR("parts"));
    json_array(&k->w);
    for (size_t i = 0; i < n; i++)
        if (permit_entity(&k->c.actor, all[i].e, VERB_READ) && permit_field(&k->c.actor, all[i].f, VERB_READ))
            TRY(put_place(k, &all[i]));
    json_array_end(&k->w);
    json_object_end(&k->w);
    return ERR_OK;
}

static err read_asked(call *k, handover *h)
{
    static const char *const names[] = { "parts", NULL };
    rec                     *r;
    TRY(leaver(k, &r));
    err e = io_handover_read(&k->c, k->id, k->in, h);
    if (e != ERR_OK && e != ERR_INVALID)
        return e;
    return body_check(k, names);
}

static err put_share(call *k, const handover_part *p, size_t i, int64_t count)
{
    rec *r;
    TRY(store_load(&k->c, snapshot_entity(k->c.snap, STR("user")), p->to[i], &r));
    json_object(&k->w);
    put_ref(&k->w, "user", r->id, rec_text(r, (size_t)r->e->title));
    json_put_int(&k->w, "count", io_handover_gets(p, i, count));
    json_object_end(&k->w);
    return ERR_OK;
}

err handover_preview(call *k)
{
    handover h;
    TRY(read_asked(k, &h));
    json_object(&k->w);
    json_key(&k->w, STR("parts"));
    json_array(&k->w);
    for (size_t i = 0; i < h.count; i++) {
        const handover_part *p = &h.parts[i];
        int64_t              n;
        TRY(count_named(k, &p->at, p->open, false, &n));
        json_object(&k->w);
        json_put_string(&k->w, "entity", p->at.e->name);
        json_put_string(&k->w, "field", p->at.f->name);
        json_put_int(&k->w, "count", n);
        json_key(&k->w, STR("to"));
        json_array(&k->w);
        for (size_t m = 0; m < p->count; m++)
            TRY(put_share(k, p, m, n));
        json_array_end(&k->w);
        json_object_end(&k->w);
    }
    json_array_end(&k->w);
    json_object_end(&k->w);
    return ERR_OK;
}

err handover_start(call *k)
{
    handover h;
    TRY(read_asked(k, &h));
    return job_answer(k, STR("hand_over"), k->id);
}
