/* The further accounts of a contact, with a role in each, and those it has left. */
#include "rooms/contact/inside.h"

static const choice_def roles[] = {
    { "decision_maker", NEXT_ANY, "red" }, { "influencer", NEXT_ANY, "amber" },  { "technical", NEXT_ANY, "blue" },
    { "purchaser", NEXT_ANY, "purple" },   { "finance", NEXT_ANY, "green" },     { "user", NEXT_ANY, "teal" },
    { "shareholder", NEXT_ANY, "orange" }, { "consultant", NEXT_ANY, "orange" }, { "former", NEXT_ANY, "grey" },
    { "other", NEXT_ANY, "grey" },
};

enum { A_CONTACT, A_ACCOUNT, A_ROLE, A_TITLE, A_SINCE, A_UNTIL, A_NOTE, A_COUNT };
static const field_def fields[] = {
    [A_CONTACT] = { .name = "contact",
                    .type = FT_REF,
                    .target = "contact",
                    .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [A_ACCOUNT] = { .name = "account",
                    .type = FT_REF,
                    .target = "account",
                    .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [A_ROLE] = { .name = "role",
                 .type = FT_CHOICE,
                 .flags = FF_OPEN | FF_LIST,
                 .choices = roles,
                 .choice_count = countof(roles) },
    [A_TITLE] = { .name = "title", .type = FT_TEXT, .flags = FF_LIST, .min = 1, .max = 120 },
    [A_SINCE] = { .name = "since", .type = FT_DATE },
    [A_UNTIL] = { .name = "until", .type = FT_DATE, .flags = FF_LIST },
    [A_NOTE] = { .name = "note", .type = FT_TEXT, .min = 1, .max = 255 },
};
_Static_assert(countof(fields) == A_COUNT, "one row per field");

static bool over(const ctx *c, const rec *r)
{
    return !rec_null(r, A_UNTIL) && rec_int(r, A_UNTIL) <= ctx_today(c);
}

/* CONT-4 */
static err before_save(ctx *c, const rec *old, rec *next)
{
    const entity *e = snapshot_entity(c->snap, STR("contact"));
    rec          *of;
    (void)old;
    if (!rec_null(next, A_SINCE) && !rec_null(next, A_UNTIL) && rec_int(next, A_UNTIL) < rec_int(next, A_SINCE))
        (void)ctx_problem(c, "until", STR("ends_before_start"));
    if (!rec_ref(next, A_CONTACT) || !rec_ref(next, A_ACCOUNT) || over(c, next) || c->importing)
        return ERR_OK;
    err x = store_load_any(c, e, rec_ref(next, A_CONTACT), &of);
    if (x == ERR_NOT_FOUND)
        return ERR_OK; /* the generic check says so */
    TRY(x);
    if (rec_ref(of, (size_t)entity_field(e, STR("account"))->index) == rec_ref(next, A_ACCOUNT))
        return ctx_problem(c, "account", STR("contact_account.main"));
    return ERR_OK;
}

/* The link with this account, living; NULL: none. */
static err find_link(ctx *c, const entity *e, int64_t contact, int64_t account, rec **out)
{
    enum { MOST = 1000 };
    int64_t *ids;
    size_t   n;
    *out = NULL;
    TRY(store_referring(c, &e->fields[A_CONTACT], contact, MOST, &ids, &n));
    for (size_t i = 0; i < n && !*out; i++) {
        rec *r;
        TRY(store_load_any(c, e, ids[i], &r));
        if (rec_ref(r, A_ACCOUNT) == account)
            *out = r;
    }
    return ERR_OK;
}

err contact_moved(ctx *c, int64_t contact, int64_t from, int64_t to)
{
    const entity *e = snapshot_entity(c->snap, STR("contact_account"));
    rec          *r;
    if (!e)
        return ERR_OK;
    if (to) { /* CONT-6: what is the main one now is no further one */
        TRY(find_link(c, e, contact, to, &r));
        if (r && !over(c, r)) {
            rec_set_int(r, A_UNTIL, ctx_today(c));
            if (!rec_null(r, A_SINCE) && rec_int(r, A_SINCE) > ctx_today(c))
                rec_set_int(r, A_SINCE, ctx_today(c));
            TRY(store_save(c, r, 0));
        }
    }
    if (!from)
        return ERR_OK;
    rec *firm;
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("account")), from, &firm));
    if (firm->deleted_at)
        return ERR_OK;
    TRY(find_link(c, e, contact, from, &r)); /* CONT-5 */
    if (!r) {
        r = store_new(c, e);
        rec_set_ref(r, A_CONTACT, contact);
        rec_set_ref(r, A_ACCOUNT, from);
    }
    rec_set_text(c, r, A_ROLE, STR("former"));
    rec_set_int(r, A_UNTIL, ctx_today(c));
    return store_save(c, r, 0);
}

static const list_view_def lists[] = {
    { "all", "", "created_at DESC", NULL },
    { "now", "until = null OR until > TODAY", "created_at DESC", NULL },
};
static const index_def indexes[] = { { "contact,account", true } };

const entity_def contact_account_entity = {
    .name = "contact_account",
    .part_of = "contact",
    .plural = "contact_accounts",
    .fields = fields,
    .field_count = countof(fields),
    .lists = lists,
    .list_count = countof(lists),
    .indexes = indexes,
    .index_count = countof(indexes),
    .title_from = "contact,account",
    .hidden = true,
    .before_save = before_save,
};
