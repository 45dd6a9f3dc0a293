/* LEAD-3: what becomes of a form that makes leads. */
#include "rooms/campaign/campaign.h"
#include "rooms/lead/inside.h"

#include "store/duplicate.h"

static void complete(const rec *form, rec *lead)
{
    static const char *const instead[] = { "company", "email", "mobile", "phone", "wechat" };
    const field             *name = entity_field(lead->e, STR("name"));
    for (size_t i = 0; i < countof(instead) && !lead->v[name->index].set; i++) /* LEAD-3.7 */
        lead->v[name->index] = lead->v[entity_field(lead->e, str_from(instead[i]))->index];
    if (lead->v[name->index].set)
        lead->v[name->index].s = utf8_cut(lead->v[name->index].s, 160);
    lead->v[entity_field(lead->e, STR("campaign"))->index] = form->v[FORM_CAMPAIGN];
    lead->v[entity_field(lead->e, STR("source"))->index] = form->v[FORM_SOURCE];
    rec_set_ref(lead, (size_t)entity_field(lead->e, STR("form"))->index, form->id);
}

/* LEAD-3.8: by telephone or e-mail; a contact before an open lead. NULL: nobody knows them. */
static err known_person(ctx *c, const rec *lead, rec **out)
{
    duplicate *list;
    size_t     n;
    *out = NULL;
    TRY(store_duplicates(c, lead, false, 30, &list, &n));
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n && !*out; i++) {
            bool same = false;
            for (size_t k = 0; k < list[i].reason_count; k++)
                same = same || strcmp(list[i].reasons[k].kind, "phone") == 0 ||
                       strcmp(list[i].reasons[k].kind, "email") == 0;
            if (!same || !str_eq(list[i].e->name, pass ? STR("lead") : STR("contact")))
                continue;
            rec *r;
            TRY(store_load_any(c, list[i].e, list[i].id, &r));
            int status = pass ? rec_choice(r, (size_t)entity_field(r->e, STR("status"))->index) : 0;
            if (!pass || (status != LEAD_CONVERTED && status != LEAD_UNQUALIFIED))
                *out = r;
        }
    return ERR_OK;
}

static err make_inquiry(ctx *c, const intake *i, const rec *about)
{
    const entity *e = snapshot_entity(c->snap, STR("activity"));
    rec          *r = store_new(c, e);
    str           subject = label_get(c->snap->organisation_lang, STR("message.form.inquiry"));
    rec_set_text(c, r, (size_t)entity_field(e, STR("subject"))->index,
                 utf8_cut(arena_printf(c->a, "%.*s %.*s", STR_ARG(subject), STR_ARG(rec_text(i->form, FORM_NAME))),
                          200));
    if (i->said.n)
        rec_set_text(c, r, (size_t)entity_field(e, STR("description"))->index, i->said);
    rec_set_any(c, r, (size_t)entity_field(e, STR("about"))->index, about->e->name, about->id);
    rec_set_int(r, (size_t)entity_field(e, STR("due_at"))->index, c->now_ms);
    r->v[entity_common(e, CF_OWNER)->index] = about->v[entity_common(about->e, CF_OWNER)->index];
    return store_save(c, r, 0);
}

static err take(ctx *c, intake *i)
{
    rec *known;
    complete(i->form, i->record);
    TRY(known_person(c, i->record, &known));
    i->known = known != NULL;
    i->became = known ? known : i->record;
    TRY(known ? make_inquiry(c, i, known) : store_save(c, i->record, 0));
    return campaign_respond(c, rec_ref(i->form, FORM_CAMPAIGN), i->became, VIA_FORM); /* LEAD-3.9 */
}

static const char *const closed[] = {
    "status",      "score",           "rating",          "source",   "unqualified_reason",
    "external_id", "last_contact_at", "next_contact_at", "currency", NULL
};

const intake_def lead_intake = {
    .closed = closed,
    .asks = "[{\"field\":\"name\",\"required\":true},{\"field\":\"company\"},{\"field\":\"mobile\"},"
            "{\"field\":\"email\",\"required\":true},{\"field\":\"need\"}]",
    .take = take,
};
