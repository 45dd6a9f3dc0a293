/* Who is in a campaign: leads and contacts, and what came of it. */
#include "rooms/campaign/inside.h"

/* The organisation's words for what becomes of members; a campaign takes its own from them (state.c). */
static const choice_def statuses[] = {
    { "planned", NEXT_ANY, "grey" },    { "sent", NEXT_ANY, "blue" },       { "opened", NEXT_ANY, "teal" },
    { "responded", NEXT_ANY, "green" }, { "attended", NEXT_ANY, "purple" }, { "declined", NEXT_ANY, "amber" },
    { "bounced", NEXT_ANY, "red" },
};

static const choice_def ways[] = {
    [VIA_HAND] = { "hand", NEXT_ANY, "grey" },
    [VIA_FORM] = { "form", NEXT_ANY, "teal" },
    [VIA_LINK] = { "link", NEXT_ANY, "blue" },
    [VIA_IMPORT] = { "import", NEXT_ANY, "purple" },
};
_Static_assert(countof(ways) == VIA_COUNT, "one row per way");

static const field_def fields[] = {
    [MEMBER_CAMPAIGN] = { .name = "campaign",
                          .type = FT_REF,
                          .target = "campaign",
                          .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [MEMBER_LEAD] = { .name = "lead", .type = FT_REF, .target = "lead", .flags = FF_LIST | FF_CASCADE },
    [MEMBER_CONTACT] = { .name = "contact", .type = FT_REF, .target = "contact", .flags = FF_LIST | FF_CASCADE },
    [MEMBER_STATUS] = { .name = "status",
                        .type = FT_CHOICE,
                        .flags = FF_OPEN | FF_REQUIRED | FF_LIST,
                        .choices = statuses,
                        .choice_count = countof(statuses),
                        .initial = "planned" },
    [MEMBER_RESPONDED_AT] = { .name = "responded_at", .type = FT_TIME, .flags = FF_LIST | FF_SORT },
    [MEMBER_VIA] = { .name = "responded_via",
                     .type = FT_CHOICE,
                     .flags = FF_LIST | FF_READONLY,
                     .choices = ways,
                     .choice_count = countof(ways) },
    [MEMBER_RULE] = { .name = "rule", .type = FT_REF, .target = "campaign_rule", .flags = FF_READONLY | FF_NO_COPY },
    [MEMBER_OCCASION] = { .name = "occasion", .type = FT_DATE, .flags = FF_READONLY | FF_NO_COPY },
    [MEMBER_NOTE] = { .name = "note", .type = FT_TEXT, .min = 1, .max = 255 },
};
_Static_assert(countof(fields) == MEMBER_FIELD_COUNT, "one row per field");

/* CAMP-2.5, CAMP-2.6: a state of this campaign; whether it counts. */
static err settle_state(ctx *c, const rec *old, rec *next, bool *counts)
{
    member_state *list, is;
    size_t        n;
    bool          named = rec_given(next, MEMBER_STATUS) && !rec_null(next, MEMBER_STATUS);
    *counts = false;
    if (!rec_changed(old, next, MEMBER_STATUS) && !rec_changed(old, next, MEMBER_CAMPAIGN))
        return ERR_OK;
    TRY(campaign_states(c, rec_ref(next, MEMBER_CAMPAIGN), &list, &n));
    for (size_t i = 0; !old && !named && i < n; i++)
        if (list[i].initial)
            rec_set_text(c, next, MEMBER_STATUS, list[i].status);
    if (rec_null(next, MEMBER_STATUS))
        return ERR_OK; /* required: the generic check says so */
    if (!campaign_state_find(list, n, rec_text(next, MEMBER_STATUS), &is)) {
        const choice *of = field_choice(&next->e->fields[MEMBER_STATUS], rec_text(next, MEMBER_STATUS));
        return ctx_problem_with(c, STR("status"), STR("campaign_member.no_state"),
                                of ? of->label[c->lang] : rec_text(next, MEMBER_STATUS));
    }
    *counts = is.response;
    return ERR_OK;
}

/* CAMP-2.6: a time of response brings whoever stands in the default to the first state that counts. */
static err follow_response(ctx *c, const rec *old, rec *next)
{
    member_state *list, is;
    size_t        n;
    bool          named = rec_given(next, MEMBER_STATUS) || rec_changed(old, next, MEMBER_STATUS);
    if (!old || named || c->importing || rec_null(next, MEMBER_RESPONDED_AT) ||
        !rec_changed(old, next, MEMBER_RESPONDED_AT))
        return ERR_OK;
    TRY(campaign_states(c, rec_ref(next, MEMBER_CAMPAIGN), &list, &n));
    bool waits = campaign_state_find(list, n, rec_text(next, MEMBER_STATUS), &is) && is.initial;
    if (waits && campaign_state_answered(list, n, &is))
        rec_set_text(c, next, MEMBER_STATUS, is.status);
    return ERR_OK;
}

/* CAMP-2.3: set once; by hand it is taken back or goes further back, never forward. */
static void keep_first_response(ctx *c, const rec *old, rec *next, bool counts)
{
    bool   answered = old && !rec_null(old, MEMBER_RESPONDED_AT);
    size_t made = (size_t)next->e->common[CF_CREATED_AT];
    bool   then = c->importing && rec_given(next, made) && !rec_null(next, made);
    if (counts && rec_null(next, MEMBER_RESPONDED_AT) && !rec_given(next, MEMBER_RESPONDED_AT))
        rec_set_int(next, MEMBER_RESPONDED_AT, then ? rec_int(next, made) : c->now_ms);
    if (answered && !c->importing && !rec_null(next, MEMBER_RESPONDED_AT) &&
        rec_int(next, MEMBER_RESPONDED_AT) > rec_int(old, MEMBER_RESPONDED_AT))
        (void)ctx_problem(c, "responded_at", STR("campaign_member.first_response"));
    if (rec_null(next, MEMBER_RESPONDED_AT))
        rec_set_null(next, MEMBER_VIA);
    else if (rec_null(next, MEMBER_VIA))
        rec_set_choice(next, MEMBER_VIA, c->importing ? VIA_IMPORT : VIA_HAND);
}

static err before_save(ctx *c, const rec *old, rec *next)
{
    bool counts = false;
    if ((rec_ref(next, MEMBER_LEAD) != 0) == (rec_ref(next, MEMBER_CONTACT) != 0)) /* CAMP-2.1 */
        (void)ctx_problem(c, "lead", STR("campaign_member.one_of_two"));
    if (rec_ref(next, MEMBER_CAMPAIGN)) {
        TRY(follow_response(c, old, next));
        TRY(settle_state(c, old, next, &counts));
    }
    keep_first_response(c, old, next, counts);
    return ERR_OK;
}

/* CAMP-5.1: whoever is a lead without a campaign came by the first one that they answered. It is the program that keeps this,
 * whoever wrote the answer down. */
static err after_save(ctx *c, const rec *old, rec *saved)
{
    rec *lead;
    if (!rec_changed(old, saved, MEMBER_RESPONDED_AT) || rec_null(saved, MEMBER_RESPONDED_AT) ||
        !rec_ref(saved, MEMBER_LEAD))
        return ERR_OK;
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("lead")), rec_ref(saved, MEMBER_LEAD), &lead));
    size_t of = (size_t)entity_field(lead->e, STR("campaign"))->index;
    if (lead->deleted_at || !rec_null(lead, of))
        return ERR_OK;
    rec_set_ref(lead, of, rec_ref(saved, MEMBER_CAMPAIGN));
    actor asked = c->actor;
    c->actor = (actor){ 0 };
    err e = store_save(c, lead, 0);
    c->actor = asked;
    return e;
}

static err take_campaign(void *arg, query_row *row)
{
    value of = query_value(row, 0);
    if (of.set)
        *(int64_t *)arg = of.i;
    return ERR_OK;
}

err campaign_first_touch(ctx *c, int64_t contact, int64_t *campaign)
{
    *campaign = 0;
    return campaign_each(c,
                         arena_printf(c->a,
                                      "SELECT campaign FROM campaign_member WHERE contact = '%lld' AND responded_at != "
                                      "null ORDER BY responded_at LIMIT 1",
                                      (long long)contact),
                         take_campaign, campaign);
}

static const list_view_def lists[] = {
    { "all", "", "created_at DESC", NULL },
    { "responded", "responded_at != null", "responded_at DESC", NULL },
};
static const index_def indexes[] = {
    { "campaign,lead", true },          { "campaign,contact", true },   { "campaign,status", false },
    { "campaign,responded_at", false }, { "campaign,occasion", false },
};

const entity_def campaign_member_entity = {
    .name = "campaign_member",
    .part_of = "campaign",
    .plural = "campaign_members",
    .fields = fields,
    .field_count = countof(fields),
    .lists = lists,
    .list_count = countof(lists),
    .indexes = indexes,
    .index_count = countof(indexes),
    .title_from = "lead,contact",
    .hidden = true,
    .before_save = before_save,
    .after_save = after_save,
};
