/* Who is in a campaign: leads and contacts, and what came of it. */
#include "rooms/campaign/campaign.h"
#include "store/store.h"

enum { PLANNED, SENT, OPENED, RESPONDED, ATTENDED, DECLINED, BOUNCED };
static const choice_def statuses[] = {
    [PLANNED] = { "planned", NEXT_ANY, "grey" },     [SENT] = { "sent", NEXT_ANY, "blue" },
    [OPENED] = { "opened", NEXT_ANY, "teal" },       [RESPONDED] = { "responded", NEXT_ANY, "green" },
    [ATTENDED] = { "attended", NEXT_ANY, "purple" }, [DECLINED] = { "declined", NEXT_ANY, "amber" },
    [BOUNCED] = { "bounced", NEXT_ANY, "red" },
};

enum { F_CAMPAIGN, F_LEAD, F_CONTACT, F_STATUS, F_RESPONDED_AT, F_NOTE, F_COUNT };
static const field_def fields[] = {
    [F_CAMPAIGN] = { .name = "campaign",
                     .type = FT_REF,
                     .target = "campaign",
                     .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [F_LEAD] = { .name = "lead", .type = FT_REF, .target = "lead", .flags = FF_LIST | FF_CASCADE },
    [F_CONTACT] = { .name = "contact", .type = FT_REF, .target = "contact", .flags = FF_LIST | FF_CASCADE },
    [F_STATUS] = { .name = "status",
                   .type = FT_CHOICE,
                   .flags = FF_OPEN | FF_REQUIRED | FF_LIST,
                   .choices = statuses,
                   .choice_count = countof(statuses),
                   .initial = "planned" },
    [F_RESPONDED_AT] = { .name = "responded_at", .type = FT_TIME, .flags = FF_LIST | FF_SORT },
    [F_NOTE] = { .name = "note", .type = FT_TEXT, .min = 1, .max = 255 },
};
_Static_assert(countof(fields) == F_COUNT, "one row per field");

static err before_save(ctx *c, const rec *old, rec *next)
{
    if ((rec_ref(next, F_LEAD) != 0) == (rec_ref(next, F_CONTACT) != 0)) /* CAMP-2.1 */
        (void)ctx_problem(c, "lead", STR("campaign_member.one_of_two"));
    str  status = rec_text(next, F_STATUS);
    bool responded = str_eq(status, STR("responded")) || str_eq(status, STR("attended"));
    if (responded && rec_changed(old, next, F_STATUS) && rec_null(next, F_RESPONDED_AT) && !c->importing) /* CAMP-2.3 */
        rec_set_int(next, F_RESPONDED_AT, c->now_ms);
    return ERR_OK;
}

static const list_view_def lists[] = {
    { "all", "", "created_at DESC", NULL },
    { "responded", "responded_at != null", "responded_at DESC", NULL },
};
static const index_def indexes[] = { { "campaign,lead", true }, { "campaign,contact", true } };

const entity_def campaign_member_entity = {
    .name = "campaign_member",
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
};
