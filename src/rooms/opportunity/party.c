/* Who has to do with a deal: the customer's people, our own, and what its end says of the competitors. */
#include "rooms/account/account.h"
#include "rooms/opportunity/inside.h"

err deal_parts(ctx *c, int64_t deal, const char *part, size_t most, int64_t **ids, size_t *count)
{
    const entity *e = snapshot_entity(c->snap, str_from(part));
    return store_referring(c, entity_field(e, STR("opportunity")), deal, most, ids, count);
}

/* ---- the customer's people ---- */

static const choice_def contact_roles[] = {
    { "decision_maker", NEXT_ANY, "red" }, { "approver", NEXT_ANY, "orange" }, { "influencer", NEXT_ANY, "amber" },
    { "technical", NEXT_ANY, "blue" },     { "user", NEXT_ANY, "teal" },       { "purchaser", NEXT_ANY, "purple" },
    { "finance", NEXT_ANY, "green" },      { "gatekeeper", NEXT_ANY, "grey" },
};
static const choice_def influences[] = { { "high", NEXT_ANY, "red" },
                                         { "medium", NEXT_ANY, "amber" },
                                         { "low", NEXT_ANY, "grey" } };
static const choice_def stances[] = { { "supporter", NEXT_ANY, "green" },
                                      { "neutral", NEXT_ANY, "grey" },
                                      { "opponent", NEXT_ANY, "red" } };

enum { C_OPPORTUNITY, C_CONTACT, C_ROLE, C_PRIMARY, C_INFLUENCE, C_STANCE, C_NOTE, C_COUNT };
static const field_def contact_fields[] = {
    [C_OPPORTUNITY] = { .name = "opportunity",
                        .type = FT_REF,
                        .target = "opportunity",
                        .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [C_CONTACT] = { .name = "contact",
                    .type = FT_REF,
                    .target = "contact",
                    .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [C_ROLE] = { .name = "role",
                 .type = FT_CHOICE,
                 .flags = FF_OPEN | FF_LIST,
                 .choices = contact_roles,
                 .choice_count = countof(contact_roles) },
    [C_PRIMARY] = { .name = "primary", .type = FT_BOOL, .flags = FF_LIST, .initial = "false" },
    [C_INFLUENCE] = { .name = "influence",
                      .type = FT_CHOICE,
                      .flags = FF_LIST,
                      .choices = influences,
                      .choice_count = countof(influences) },
    [C_STANCE] = { .name = "stance",
                   .type = FT_CHOICE,
                   .flags = FF_LIST,
                   .choices = stances,
                   .choice_count = countof(stances) },
    [C_NOTE] = { .name = "note", .type = FT_TEXT, .min = 1, .max = 255 },
};
_Static_assert(countof(contact_fields) == C_COUNT, "one row per field");

static bool is_primary(const rec *r)
{
    return !rec_null(r, C_PRIMARY) && rec_int(r, C_PRIMARY);
}

/* Exactly the link with this contact bears the mark; 0: none does. *found: there is such a link. */
static err mark_primary(ctx *c, int64_t deal, int64_t contact, bool *found)
{
    const entity *e = snapshot_entity(c->snap, STR("opportunity_contact"));
    int64_t      *ids;
    size_t        n;
    *found = false;
    TRY(deal_parts(c, deal, "opportunity_contact", PARTS_MOST, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        rec *r;
        TRY(store_load_any(c, e, ids[i], &r));
        bool is = contact && rec_ref(r, C_CONTACT) == contact;
        *found = *found || is;
        if (is == is_primary(r))
            continue;
        rec_set_int(r, C_PRIMARY, is);
        TRY(store_save(c, r, 0));
    }
    return ERR_OK;
}

err deal_follow_contact(ctx *c, const rec *old, const rec *saved)
{
    int64_t contact = rec_ref(saved, F_CONTACT);
    bool    found;
    if (!rec_changed(old, saved, F_CONTACT) || (!old && c->importing))
        return ERR_OK;
    if (old)
        TRY(mark_primary(c, saved->id, contact, &found));
    else
        found = false;
    if (found || !contact)
        return ERR_OK;
    rec *r = store_new(c, snapshot_entity(c->snap, STR("opportunity_contact")));
    rec_set_ref(r, C_OPPORTUNITY, saved->id);
    rec_set_ref(r, C_CONTACT, contact);
    rec_set_int(r, C_PRIMARY, true);
    return store_save(c, r, 0);
}

/* PARTY-2 */
static err contact_after_save(ctx *c, const rec *old, rec *saved)
{
    const entity *e = snapshot_entity(c->snap, STR("opportunity"));
    rec          *deal;
    if (!rec_changed(old, saved, C_PRIMARY) && !rec_changed(old, saved, C_CONTACT))
        return ERR_OK;
    TRY(store_load_any(c, e, rec_ref(saved, C_OPPORTUNITY), &deal));
    bool was = old && is_primary(old) && rec_ref(deal, F_CONTACT) == rec_ref(old, C_CONTACT);
    if (deal->deleted_at || (!is_primary(saved) && !was))
        return ERR_OK;
    rec_set_ref(deal, F_CONTACT, is_primary(saved) ? rec_ref(saved, C_CONTACT) : 0);
    return store_save(c, deal, 0);
}

static err contact_after_delete(ctx *c, const rec *r)
{
    const entity *e = snapshot_entity(c->snap, STR("opportunity"));
    rec          *deal;
    if (!is_primary(r))
        return ERR_OK;
    TRY(store_load_any(c, e, rec_ref(r, C_OPPORTUNITY), &deal));
    bool here = rec_ref(deal, F_CONTACT) == rec_ref(r, C_CONTACT), found;
    if (!deal->deleted_at && r->deleted_at && !here && rec_ref(deal, F_CONTACT)) /* it has another one by now */
        return mark_primary(c, deal->id, rec_ref(deal, F_CONTACT), &found);
    if (deal->deleted_at || here != (r->deleted_at != 0) || (!here && rec_ref(deal, F_CONTACT)))
        return ERR_OK;
    rec_set_ref(deal, F_CONTACT, r->deleted_at ? 0 : rec_ref(r, C_CONTACT));
    return store_save(c, deal, 0);
}

static const list_view_def lists[] = { { "all", "", "created_at DESC", NULL } };
static const index_def     contact_indexes[] = { { "opportunity,contact", true } };

const entity_def opportunity_contact_entity = {
    .name = "opportunity_contact",
    .part_of = "opportunity",
    .plural = "opportunity_contacts",
    .fields = contact_fields,
    .field_count = countof(contact_fields),
    .lists = lists,
    .list_count = countof(lists),
    .indexes = contact_indexes,
    .index_count = countof(contact_indexes),
    .title_from = "contact,opportunity",
    .hidden = true,
    .after_save = contact_after_save,
    .after_delete = contact_after_delete,
};

/* ---- our own ---- */

enum { M_OPPORTUNITY, M_PERSON, M_ROLE, M_SPLIT, M_NOTE, M_COUNT };
static const field_def member_fields[] = {
    [M_OPPORTUNITY] = { .name = "opportunity",
                        .type = FT_REF,
                        .target = "opportunity",
                        .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [M_PERSON] = { .name = "user", .type = FT_REF, .target = "user", .flags = FF_REQUIRED | FF_LIST },
    [M_ROLE] = { .name = "role",
                 .type = FT_CHOICE,
                 .flags = FF_OPEN | FF_LIST,
                 .choices = team_role_choices,
                 .choice_count = TEAM_ROLE_COUNT },
    [M_SPLIT] = { .name = "split", .type = FT_PERCENT, .flags = FF_LIST, .min = 0, .max = WHOLE_BP },
    [M_NOTE] = { .name = "note", .type = FT_TEXT, .min = 1, .max = 255 },
};
_Static_assert(countof(member_fields) == M_COUNT, "one row per field");

/* PARTY-3: what is given to the team is at most the whole. */
static err member_before_save(ctx *c, const rec *old, rec *next)
{
    int64_t sum = rec_null(next, M_SPLIT) ? 0 : rec_int(next, M_SPLIT), *ids;
    size_t  n;
    if (sum == 0 || !rec_ref(next, M_OPPORTUNITY) ||
        !(rec_changed(old, next, M_SPLIT) || rec_changed(old, next, M_OPPORTUNITY)))
        return ERR_OK;
    TRY(store_one_at_a_time(c, next->e));
    TRY(deal_parts(c, rec_ref(next, M_OPPORTUNITY), "opportunity_member", PARTS_MOST, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        rec *r;
        TRY(store_load_any(c, next->e, ids[i], &r));
        if (r->id != next->id && !rec_null(r, M_SPLIT))
            sum += rec_int(r, M_SPLIT);
    }
    return sum > WHOLE_BP ? ctx_problem(c, "split", STR("split_beyond_whole")) : ERR_OK;
}

static const index_def member_indexes[] = { { "opportunity,user", true } };

const entity_def opportunity_member_entity = {
    .name = "opportunity_member",
    .part_of = "opportunity",
    .grants = true,
    .plural = "opportunity_members",
    .fields = member_fields,
    .field_count = countof(member_fields),
    .lists = lists,
    .list_count = countof(lists),
    .indexes = member_indexes,
    .index_count = countof(member_indexes),
    .title_from = "user,opportunity",
    .hidden = true,
    .before_save = member_before_save,
};

/* ---- what the end says of the competitors ---- */

static err set_rival(ctx *c, const entity *e, int64_t id, const char *state)
{
    const field *f = entity_field(e, STR("state"));
    rec         *r;
    TRY(store_load_any(c, e, id, &r));
    TRY(store_set_text(c, r, f, str_from(state)));
    return store_save(c, r, 0);
}

/* RIVAL-1: who is named stands on the deal; *id its link. */
static err named_rival(ctx *c, const entity *e, const rec *deal, const int64_t *ids, size_t n, int64_t *id)
{
    const field *of = entity_field(e, STR("competitor"));
    *id = 0;
    for (size_t i = 0; i < n && rec_ref(deal, F_COMPETITOR); i++) {
        rec *r;
        TRY(store_load_any(c, e, ids[i], &r));
        if (rec_ref(r, (size_t)of->index) == rec_ref(deal, F_COMPETITOR))
            *id = r->id;
    }
    if (*id || !rec_ref(deal, F_COMPETITOR))
        return ERR_OK;
    rec *made = store_new(c, e);
    rec_set_ref(made, (size_t)entity_field(e, STR("opportunity"))->index, deal->id);
    rec_set_ref(made, (size_t)of->index, rec_ref(deal, F_COMPETITOR));
    TRY(store_save(c, made, 0));
    *id = made->id;
    return ERR_OK;
}

err deal_settle_rivals(ctx *c, const rec *old, const rec *saved, stage_kind kind)
{
    const entity *e = snapshot_entity(c->snap, STR("opportunity_competitor"));
    int64_t      *ids, named;
    size_t        n;
    if (!rec_changed(old, saved, F_STAGE) && !rec_changed(old, saved, F_COMPETITOR))
        return ERR_OK;
    if (!old && !rec_ref(saved, F_COMPETITOR))
        return ERR_OK;
    TRY(deal_parts(c, saved->id, "opportunity_competitor", PARTS_MOST, &ids, &n));
    TRY(named_rival(c, e, saved, ids, n, &named));
    if (kind == STAGE_OPEN || (kind == STAGE_LOST && !named))
        return ERR_OK;
    for (size_t i = 0; i < n; i++) /* RIVAL-2 */
        if (ids[i] != named)
            TRY(set_rival(c, e, ids[i], "out"));
    return named ? set_rival(c, e, named, kind == STAGE_LOST ? "won" : "out") : ERR_OK;
}
