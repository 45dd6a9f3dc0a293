/* SERV-2.4: what becomes of a form that makes cases. */
#include "rooms/service/inside.h"

#include "store/deputy.h"
#include "store/duplicate.h"

enum { SUBJECT_MOST = 60 };

/* SERV-2.6: a contact with this telephone number or e-mail; 0: nobody is known, or several are. */
static err known_contact(ctx *c, const rec *of, int64_t *out)
{
    const entity *e = snapshot_entity(c->snap, STR("contact"));
    rec          *like = store_new(c, e);
    duplicate    *list;
    size_t        n;
    *out = 0;
    if (!rec_null(of, F_REPORTER_EMAIL))
        rec_set_text(c, like, (size_t)entity_field(e, STR("email"))->index, rec_text(of, F_REPORTER_EMAIL));
    if (!rec_null(of, F_REPORTER_PHONE))
        rec_set_text(c, like, (size_t)entity_field(e, STR("mobile"))->index, rec_text(of, F_REPORTER_PHONE));
    TRY(store_duplicates(c, like, false, 10, &list, &n));
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        if (str_eq(list[i].e->name, STR("contact"))) {
            *out = list[i].id;
            found++;
        }
    if (found > 1)
        *out = 0;
    return ERR_OK;
}

/* SERV-2.7: to the form's queue; without one to whoever has the customer. */
static err find_owner(ctx *c, rec *of)
{
    const entity *e = snapshot_entity(c->snap, STR("account"));
    rec          *contact, *account;
    if (rec_ref(of, F_TEAM) || !rec_ref(of, F_CONTACT))
        return ERR_OK;
    const entity *people = snapshot_entity(c->snap, STR("contact"));
    TRY(store_load_any(c, people, rec_ref(of, F_CONTACT), &contact));
    int64_t id = rec_ref(contact, (size_t)entity_field(people, STR("account"))->index);
    if (!id)
        return ERR_OK;
    TRY(store_load_any(c, e, id, &account));
    int64_t owner = rec_ref(account, (size_t)e->common[CF_OWNER]), deputy;
    TRY(deputy_of(c, owner, &deputy)); /* PEOPLE-14 */
    rec_set_ref(of, (size_t)of->e->common[CF_OWNER], deputy ? deputy : owner);
    return ERR_OK;
}

static void complete(ctx *c, rec *of, str form_name)
{
    str       text = rec_text(of, F_DESCRIPTION);
    ptrdiff_t end = 0, n = 0;
    while (end < text.n && text.p[end] != '\n' && n++ < SUBJECT_MOST)
        (void)utf8_next(text, &end);
    str title = str_trim(str_sub(text, 0, end));
    if (rec_null(of, F_SUBJECT))
        rec_set_text(c, of, F_SUBJECT, title.n ? title : form_name);
    if (rec_null(of, F_KIND))
        rec_set_choice(of, F_KIND, CASE_FEEDBACK);
    rec_set_text(c, of, F_CHANNEL, STR("web"));
}

static err take(ctx *c, intake *i)
{
    int64_t contact;
    complete(c, i->record, rec_text(i->form, (size_t)i->form->e->title));
    TRY(known_contact(c, i->record, &contact));
    if (contact)
        rec_set_ref(i->record, F_CONTACT, contact);
    TRY(find_owner(c, i->record));
    TRY(store_save(c, i->record, 0));
    i->became = i->record;
    i->number = rec_text(i->record, F_NUMBER);
    return case_status_path(c, i->record, &i->status);
}

static const char *const closed[] = { "status",
                                      "priority",
                                      "severity",
                                      "due_at",
                                      "channel",
                                      "cause_code",
                                      "cause",
                                      "remedy",
                                      "corrective_action",
                                      "corrective_due",
                                      "corrective_done",
                                      "cost",
                                      "compensation",
                                      "compensation_form",
                                      "rating",
                                      "rating_comment",
                                      "external_id",
                                      NULL };

const intake_def case_intake = {
    .closed = closed,
    .asks =
        "[{\"field\":\"reporter\",\"required\":true},{\"field\":\"reporter_company\"},{\"field\":\"reporter_email\"},"
        "{\"field\":\"reporter_phone\"},{\"field\":\"kind\"},{\"field\":\"subject\",\"required\":true},"
        "{\"field\":\"description\",\"required\":true}]",
    .take = take,
};
