#include "rooms/lead/inside.h"

#include "rooms/account/account.h"
#include "schema/currency.h"
#include "store/act.h"
#include "store/person.h"
#include "store/store.h"

#define BY_HAND (((1u << LEAD_STATUS_COUNT) - 1) & ~(1u << LEAD_CONVERTED))

/* LEAD-1: everywhere but to and from converted. */
static const choice_def statuses[] = {
    [LEAD_NEW] = { "new", BY_HAND, "blue" },
    [LEAD_CONTACTED] = { "contacted", BY_HAND, "teal" },
    [LEAD_NURTURING] = { "nurturing", BY_HAND, "amber" },
    [LEAD_QUALIFIED] = { "qualified", BY_HAND, "purple" },
    [LEAD_CONVERTED] = { "converted", 0, "green" },
    [LEAD_UNQUALIFIED] = { "unqualified", BY_HAND, "grey" },
};
_Static_assert(countof(statuses) == LEAD_STATUS_COUNT, "one row per status");

static const choice_def ratings[] = {
    { "hot", NEXT_ANY, "red" },
    { "warm", NEXT_ANY, "amber" },
    { "cold", NEXT_ANY, "blue" },
};

static const choice_def unqualified_reasons[] = {
    { .key = "no_need" },   { .key = "no_budget" },  { .key = "not_reachable" }, { .key = "competitor" },
    { .key = "duplicate" }, { .key = "wrong_data" }, { .key = "other" },
};

enum { CAME_ENTERED, CAME_FORM, CAME_IMPORT, CAME_COUNT };
static const choice_def came_by[] = {
    [CAME_ENTERED] = { "entered", NEXT_ANY, "grey" },
    [CAME_FORM] = { "form", NEXT_ANY, "teal" },
    [CAME_IMPORT] = { "import", NEXT_ANY, "purple" },
};
_Static_assert(countof(came_by) == CAME_COUNT, "one row per way");

enum {
    F_NAME,
    F_COMPANY,
    F_TITLE,
    F_STATUS,
    F_RATING,
    F_SCORE,
    F_SOURCE,
    F_CAMPAIGN,
    F_TEAM,
    F_INDUSTRY,
    F_UNQUALIFIED_REASON,
    F_PHONE,
    F_MOBILE,
    F_EMAIL,
    F_WECHAT,
    F_WEBSITE,
    F_REGION,
    F_CITY,
    F_ADDRESS,
    F_NEED,
    F_BUDGET,
    F_CURRENCY,
    F_LAST_CONTACT_AT,
    F_NEXT_CONTACT_AT,
    F_CONVERTED_AT,
    F_CONVERTED_ACCOUNT,
    F_CONVERTED_CONTACT,
    F_CONVERTED_OPPORTUNITY,
    F_DESCRIPTION,
    F_DO_NOT_CONTACT,
    F_CAME_BY,
    F_ASSIGNED_BY,
    F_FORM,
    F_COUNT
};
static const field_def fields[] = {
    [F_NAME] = { .name = "name",
                 .type = FT_TEXT,
                 .flags = FF_REQUIRED | FF_SEARCH | FF_SORT | FF_LIST | FF_PERSONAL,
                 .min = 1,
                 .max = 160 },
    [F_COMPANY] = { .name = "company", .type = FT_TEXT, .flags = FF_SEARCH | FF_LIST, .min = 1, .max = 200 },
    [F_TITLE] = { .name = "title", .type = FT_TEXT, .flags = FF_PERSONAL, .min = 1, .max = 120 },
    [F_STATUS] = { .name = "status",
                   .type = FT_CHOICE,
                   .flags = FF_REQUIRED | FF_LIST,
                   .choices = statuses,
                   .choice_count = countof(statuses),
                   .initial = "new" },
    [F_RATING] = { .name = "rating",
                   .type = FT_CHOICE,
                   .flags = FF_OPEN | FF_LIST,
                   .choices = ratings,
                   .choice_count = countof(ratings) },
    [F_SCORE] = { .name = "score", .type = FT_INTEGER, .flags = FF_SORT, .min = -1000, .max = 1000 },
    [F_SOURCE] = { .name = "source",
                   .type = FT_CHOICE,
                   .flags = FF_OPEN | FF_LIST,
                   .choices = source_choices,
                   .choice_count = SOURCE_COUNT },
    [F_CAMPAIGN] = { .name = "campaign", .type = FT_REF, .target = "campaign" },
    [F_TEAM] = { .name = "team", .type = FT_REF, .target = "team" },
    [F_INDUSTRY] = { .name = "industry",
                     .type = FT_CHOICE,
                     .flags = FF_OPEN,
                     .choices = industry_choices,
                     .choice_count = INDUSTRY_COUNT },
    [F_UNQUALIFIED_REASON] = { .name = "unqualified_reason",
                               .type = FT_CHOICE,
                               .flags = FF_OPEN,
                               .choices = unqualified_reasons,
                               .choice_count = countof(unqualified_reasons) },
    [F_PHONE] = { .name = "phone", .type = FT_PHONE, .flags = FF_SEARCH | FF_PERSONAL, .group = "contact" },
    [F_MOBILE] = { .name = "mobile", .type = FT_PHONE, .flags = FF_SEARCH | FF_LIST | FF_PERSONAL, .group = "contact" },
    [F_EMAIL] = { .name = "email", .type = FT_EMAIL, .flags = FF_SEARCH | FF_SORT | FF_PERSONAL, .group = "contact" },
    [F_WECHAT] = { .name = "wechat",
                   .type = FT_TEXT,
                   .flags = FF_SEARCH | FF_PERSONAL,
                   .min = 1,
                   .max = 80,
                   .group = "contact" },
    [F_WEBSITE] = { .name = "website", .type = FT_URL, .flags = FF_SEARCH, .group = "contact" },
    [F_REGION] = { .name = "region", .type = FT_TEXT, .min = 1, .max = 60, .group = "address" },
    [F_CITY] = { .name = "city", .type = FT_TEXT, .flags = FF_SEARCH, .min = 1, .max = 60, .group = "address" },
    [F_ADDRESS] = { .name = "address",
                    .type = FT_TEXT,
                    .flags = FF_PERSONAL,
                    .min = 1,
                    .max = 255,
                    .group = "address" },
    [F_NEED] = { .name = "need", .type = FT_LONG_TEXT, .flags = FF_SEARCH | FF_PERSONAL, .group = "description" },
    [F_BUDGET] = { .name = "budget", .type = FT_MONEY, .min = 0, .max = INT64_C(900000000000000), .group = "figures" },
    [F_CURRENCY] = { .name = "currency",
                     .type = FT_CHOICE,
                     CURRENCY_CHOICES,
                     .initial = ":currency",
                     .group = "figures" },
    [F_LAST_CONTACT_AT] = { .name = "last_contact_at", .type = FT_TIME, .flags = FF_SORT, .group = "follow_up" },
    [F_NEXT_CONTACT_AT] = { .name = "next_contact_at",
                            .type = FT_TIME,
                            .flags = FF_SORT | FF_LIST,
                            .group = "follow_up" },
    [F_CONVERTED_AT] = { .name = "converted_at", .type = FT_TIME, .flags = FF_READONLY, .group = "conversion" },
    [F_CONVERTED_ACCOUNT] = { .name = "converted_account",
                              .type = FT_REF,
                              .target = "account",
                              .flags = FF_READONLY,
                              .group = "conversion" },
    [F_CONVERTED_CONTACT] = { .name = "converted_contact",
                              .type = FT_REF,
                              .target = "contact",
                              .flags = FF_READONLY,
                              .group = "conversion" },
    [F_CONVERTED_OPPORTUNITY] = { .name = "converted_opportunity",
                                  .type = FT_REF,
                                  .target = "opportunity",
                                  .flags = FF_READONLY,
                                  .group = "conversion" },
    [F_DO_NOT_CONTACT] = { .name = "do_not_contact", .type = FT_BOOL, .initial = "false", .group = "contact" },
    [F_CAME_BY] = { .name = "came_by",
                    .type = FT_CHOICE,
                    .flags = FF_READONLY | FF_NO_COPY,
                    .choices = came_by,
                    .choice_count = countof(came_by) },
    [F_ASSIGNED_BY] = { .name = "assigned_by",
                        .type = FT_REF,
                        .target = "assignment_rule",
                        .flags = FF_READONLY | FF_NO_COPY },
    [F_FORM] = { .name = "form", .type = FT_REF, .target = "web_form", .flags = FF_READONLY | FF_NO_COPY },
    [F_DESCRIPTION] = { .name = "description",
                        .type = FT_LONG_TEXT,
                        .flags = FF_SEARCH | FF_PERSONAL,
                        .group = "description" },
};
_Static_assert(countof(fields) == F_COUNT, "one row per field");

/* LEAD-1 for a new lead: no move that the table could forbid. */
static err before_save(ctx *c, const rec *old, rec *next)
{
    if (!old && !c->importing && rec_choice(next, F_STATUS) == LEAD_CONVERTED)
        return ctx_problem(c, "status", STR("lead.convert_it"));
    if (!old) /* LEAD-2.2 */
        rec_set_choice(next, F_CAME_BY, c->importing ? CAME_IMPORT : rec_null(next, F_FORM) ? CAME_ENTERED : CAME_FORM);
    return ERR_OK;
}

/* LEAD-4 */
static err after_save(ctx *c, const rec *old, rec *saved)
{
    const field *owner = entity_common(saved->e, CF_OWNER);
    if (old || !rec_null(saved, (size_t)owner->index) || !rec_null(saved, F_TEAM) ||
        rec_choice(saved, F_STATUS) == LEAD_CONVERTED)
        return ERR_OK;
    return lead_assign_new(c, saved);
}

#define OPEN_LEADS "status IN ('new','contacted','nurturing','qualified')"
static const list_view_def lists[] = {
    { "mine", "owner = :me AND " OPEN_LEADS, "updated_at DESC", NULL },
    { "open", OPEN_LEADS, "updated_at DESC", NULL },
    { "new_this_week", "created_at = THIS_WEEK", "created_at DESC", NULL },
    { "untouched", "status = 'new' AND last_contact_at = null", "created_at", NULL },
    { "silent",
      OPEN_LEADS " AND created_at < N_DAYS_AGO:14 AND (last_contact_at = null OR last_contact_at < N_DAYS_AGO:14)",
      "last_contact_at NULLS FIRST", NULL },
    { "my_team", "team = :my_team AND owner = null AND " OPEN_LEADS, "created_at", NULL },
    { "to_contact", OPEN_LEADS " AND next_contact_at <= TODAY", "next_contact_at", NULL },
    { "all", "", "updated_at DESC", NULL },
};
static const index_def indexes[] = { { "status,created_at", false } };

static const action_def  actions[] = { ACTION_ASSIGN_TEAM, ACTION_MERGE,       ACTION_CONVERT,
                                       ACTION_BY_RULES,    ACTION_PERSON_DATA, ACTION_PERSON_ERASE };
static const char *const refusals[] = { "lead_converted", NULL };

const entity_def lead_entity = {
    .name = "lead",
    .person = true,
    .same_person = "converted_contact",
    .plural = "leads",
    .fields = fields,
    .field_count = countof(fields),
    .actions = actions,
    .action_count = countof(actions),
    .views = lead_views,
    .view_count = LEAD_VIEW_COUNT,
    .lists = lists,
    .list_count = countof(lists),
    .indexes = indexes,
    .index_count = countof(indexes),
    .carries = lead_carries,
    .carry_count = LEAD_CARRIES,
    .carries_own = true,
    .currency = "currency",
    .company = "company",
    .board = "status",
    .refusals = refusals,
    .intake = &lead_intake,
    .open = OPEN_LEADS,
    .owned = true,
    .before_save = before_save,
    .after_save = after_save,
};
