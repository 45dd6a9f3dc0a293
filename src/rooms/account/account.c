#include "rooms/account/account.h"

#include "schema/currency.h"
#include "store/act.h"
#include "store/store.h"

const choice_def industry_choices[] = {
    { .key = "energy" },        { .key = "manufacturing" },      { .key = "retail" },       { .key = "finance" },
    { .key = "technology" },    { .key = "telecommunications" }, { .key = "software" },     { .key = "services" },
    { .key = "medical" },       { .key = "education" },          { .key = "construction" }, { .key = "real_estate" },
    { .key = "transport" },     { .key = "agriculture" },        { .key = "food" },         { .key = "media" },
    { .key = "entertainment" }, { .key = "government" },         { .key = "consulting" },   { .key = "other" },
};
_Static_assert(countof(industry_choices) == INDUSTRY_COUNT, "INDUSTRY_COUNT");

const choice_def source_choices[] = {
    { .key = "web" },        { .key = "phone" },       { .key = "referral" },
    { .key = "exhibition" }, { .key = "advertising" }, { .key = "campaign" },
    { .key = "partner" },    { .key = "visit" },       { .key = "purchased_list" },
    { .key = "other" },
};
_Static_assert(countof(source_choices) == SOURCE_COUNT, "SOURCE_COUNT");

static const choice_def types[] = {
    { .key = "customer", .color = "green" }, { .key = "prospect", .color = "blue" },
    { .key = "buyer", .color = "teal" },     { .key = "partner", .color = "purple" },
    { .key = "agent", .color = "orange" },   { .key = "supplier", .color = "amber" },
    { .key = "other", .color = "grey" },
};

static const choice_def levels[] = { { .key = "A", .color = "red" },
                                     { .key = "B", .color = "amber" },
                                     { .key = "C", .color = "blue" },
                                     { .key = "D", .color = "grey" } };

static const choice_def life_stages[] = {
    [LIFE_PROSPECT] = { "prospect", NEXT_ANY, "blue" }, [LIFE_ACTIVE] = { "active", NEXT_ANY, "green" },
    [LIFE_AT_RISK] = { "at_risk", NEXT_ANY, "amber" },  [LIFE_LOST] = { "lost", NEXT_ANY, "red" },
    [LIFE_WON_BACK] = { "won_back", NEXT_ANY, "teal" },
};
_Static_assert(countof(life_stages) == LIFE_COUNT, "one row per life stage");

enum {
    F_NAME,
    F_TYPE,
    F_INDUSTRY,
    F_LEVEL,
    F_LIFE_STAGE,
    F_SOURCE,
    F_PARENT,
    F_EMPLOYEES,
    F_ANNUAL_REVENUE,
    F_CURRENCY,
    F_PHONE,
    F_EMAIL,
    F_WEBSITE,
    F_TAX_NUMBER,
    F_REGION,
    F_CITY,
    F_ADDRESS,
    F_DESCRIPTION,
    F_COUNT
};
static const field_def fields[] = {
    [F_NAME] = { .name = "name",
                 .type = FT_TEXT,
                 .flags = FF_REQUIRED | FF_SEARCH | FF_SORT | FF_LIST,
                 .min = 1,
                 .max = 200 },
    [F_TYPE] = { .name = "type",
                 .type = FT_CHOICE,
                 .flags = FF_OPEN | FF_LIST,
                 .choices = types,
                 .choice_count = countof(types) },
    [F_INDUSTRY] = { .name = "industry",
                     .type = FT_CHOICE,
                     .flags = FF_OPEN | FF_LIST,
                     .choices = industry_choices,
                     .choice_count = INDUSTRY_COUNT },
    [F_LEVEL] = { .name = "level",
                  .type = FT_CHOICE,
                  .flags = FF_OPEN | FF_LIST,
                  .choices = levels,
                  .choice_count = countof(levels) },
    [F_LIFE_STAGE] = { .name = "life_stage",
                       .type = FT_CHOICE,
                       .flags = FF_LIST,
                       .choices = life_stages,
                       .choice_count = countof(life_stages) },
    [F_SOURCE] = { .name = "source",
                   .type = FT_CHOICE,
                   .flags = FF_OPEN,
                   .choices = source_choices,
                   .choice_count = SOURCE_COUNT },
    [F_PARENT] = { .name = "parent", .type = FT_REF, .target = "account" },
    [F_EMPLOYEES] = { .name = "employees",
                      .type = FT_INTEGER,
                      .flags = FF_SORT,
                      .min = 0,
                      .max = 100000000,
                      .group = "figures" },
    [F_ANNUAL_REVENUE] = { .name = "annual_revenue", .type = FT_MONEY, .flags = FF_SORT, .group = "figures" },
    [F_CURRENCY] = { .name = "currency",
                     .type = FT_CHOICE,
                     CURRENCY_CHOICES,
                     .initial = ":currency",
                     .group = "figures" },
    [F_PHONE] = { .name = "phone", .type = FT_PHONE, .flags = FF_SEARCH | FF_LIST, .group = "contact" },
    [F_EMAIL] = { .name = "email", .type = FT_EMAIL, .flags = FF_SEARCH, .group = "contact" },
    [F_WEBSITE] = { .name = "website", .type = FT_URL, .flags = FF_SEARCH, .group = "contact" },
    [F_TAX_NUMBER] = { .name = "tax_number",
                       .type = FT_TEXT,
                       .flags = FF_SEARCH,
                       .min = 1,
                       .max = 30,
                       .group = "figures" },
    [F_REGION] = { .name = "region", .type = FT_TEXT, .min = 1, .max = 60, .group = "address" },
    [F_CITY] = { .name = "city",
                 .type = FT_TEXT,
                 .flags = FF_SEARCH | FF_LIST,
                 .min = 1,
                 .max = 60,
                 .group = "address" },
    [F_ADDRESS] = { .name = "address", .type = FT_TEXT, .min = 1, .max = 255, .group = "address" },
    [F_DESCRIPTION] = { .name = "description", .type = FT_LONG_TEXT, .group = "description" },
};
_Static_assert(countof(fields) == F_COUNT, "one row per field");

static const list_view_def lists[] = {
    { "mine", "owner = :me", "updated_at DESC", NULL },
    { "all", "", "updated_at DESC", NULL },
    { "customers", "type = 'customer'", "name", NULL },
    { "new_this_month", "created_at = THIS_MONTH", "created_at DESC", NULL },
};

static const action_def actions[] = { ACTION_ASSIGN, ACTION_MERGE };

const entity_def account_entity = {
    .name = "account",
    .plural = "accounts",
    .fields = fields,
    .field_count = countof(fields),
    .actions = actions,
    .action_count = countof(actions),
    .lists = lists,
    .list_count = countof(lists),
    .currency = "currency",
    .company = "name",
    .tax_number = "tax_number",
    .owned = true,
};
