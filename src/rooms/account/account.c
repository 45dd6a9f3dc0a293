#include "rooms/account/inside.h"

#include "base/date.h"
#include "base/text.h"
#include "rooms/account/life.h"

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

static const choice_def life_reasons[] = {
    [WHY_NO_ORDER] = { "no_order", NEXT_ANY, "blue" }, [WHY_ORDERS] = { "orders", NEXT_ANY, "green" },
    [WHY_SILENT] = { "silent", NEXT_ANY, "amber" },    [WHY_OPEN_DEAL] = { "open_deal", NEXT_ANY, "amber" },
    [WHY_GONE] = { "gone", NEXT_ANY, "red" },          [WHY_CAME_BACK] = { "came_back", NEXT_ANY, "teal" },
    [WHY_GIVEN] = { "given", NEXT_ANY, "grey" },
};
_Static_assert(countof(life_reasons) == WHY_COUNT, "one row per reason");

static const choice_def tags[] = { { "key_account", NEXT_ANY, "red" },
                                   { "reference", NEXT_ANY, "green" },
                                   { "framework", NEXT_ANY, "blue" },
                                   { "late_payer", NEXT_ANY, "orange" } };

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
                       .flags = FF_READONLY | FF_LIST,
                       .choices = life_stages,
                       .choice_count = countof(life_stages),
                       .group = "life" },
    [F_LIFE_REASON] = { .name = "life_stage_reason",
                        .type = FT_CHOICE,
                        .flags = FF_READONLY,
                        .choices = life_reasons,
                        .choice_count = countof(life_reasons),
                        .group = "life" },
    [F_LIFE_SINCE] = { .name = "life_stage_since", .type = FT_DATE, .flags = FF_READONLY | FF_SORT, .group = "life" },
    [F_LAST_CONTACT_AT] = { .name = "last_contact_at",
                            .type = FT_TIME,
                            .flags = FF_READONLY | FF_SORT | FF_NO_HISTORY | FF_NO_COPY,
                            .group = "life" },
    [F_LAST_ORDER] = { .name = "last_order_on",
                       .type = FT_DATE,
                       .flags = FF_READONLY | FF_SORT | FF_NO_HISTORY | FF_NO_COPY,
                       .group = "life" },
    [F_RHYTHM] = { .name = "order_rhythm_days",
                   .type = FT_INTEGER,
                   .flags = FF_READONLY | FF_NO_HISTORY | FF_NO_COPY,
                   .group = "life" },
    [F_LIFE_NEXT] = { .name = "life_next_on",
                      .type = FT_DATE,
                      .flags = FF_READONLY | FF_NO_HISTORY | FF_NO_COPY,
                      .group = "life" },
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
    [F_SHIPPING_ADDRESS] = { .name = "shipping_address", .type = FT_TEXT, .min = 1, .max = 255, .group = "address" },
    [F_INVOICE_TITLE] = { .name = "invoice_title", .type = FT_TEXT, .min = 1, .max = 200, .group = "invoice" },
    [F_INVOICE_ADDRESS] = { .name = "invoice_address", .type = FT_TEXT, .min = 1, .max = 255, .group = "invoice" },
    [F_INVOICE_PHONE] = { .name = "invoice_phone", .type = FT_PHONE, .group = "invoice" },
    [F_BANK] = { .name = "bank_name", .type = FT_TEXT, .min = 1, .max = 120, .group = "invoice" },
    [F_BANK_ACCOUNT] = { .name = "bank_account", .type = FT_TEXT, .min = 1, .max = 40, .group = "invoice" },
    [F_CREDIT] = { .name = "credit_limit",
                   .type = FT_MONEY,
                   .min = 0,
                   .max = INT64_C(900000000000000),
                   .group = "invoice" },
    [F_PAYMENT_DAYS] = { .name = "payment_days", .type = FT_INTEGER, .min = 0, .max = 3650, .group = "invoice" },
    [F_TAGS] = { .name = "tags",
                 .type = FT_MULTI_CHOICE,
                 .flags = FF_OPEN,
                 .choices = tags,
                 .choice_count = countof(tags) },
    [F_DESCRIPTION] = { .name = "description", .type = FT_LONG_TEXT, .group = "description" },
};
_Static_assert(countof(fields) == F_COUNT, "one row per field");

/* ---- ACCT-1.3: the tax number ---- */

/* Written as on paper: without blanks, in capitals. */
static str plain_tax_number(ctx *c, str s)
{
    char     *to = arena_alloc(c->a, (size_t)s.n + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '-')
            to[n++] = s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 'a' + 'A') : s.p[i];
    return (str){ to, n };
}

static void check_tax_number(ctx *c, const rec *old, rec *next)
{
    if (rec_null(next, F_TAX_NUMBER) || !rec_changed(old, next, F_TAX_NUMBER))
        return;
    str plain = plain_tax_number(c, rec_text(next, F_TAX_NUMBER));
    if (!uscc_form(plain))
        return; /* a number of another kind or country */
    if (!uscc_checks(plain) && !c->importing)
        (void)ctx_problem(c, "tax_number", STR("tax_number_check"));
    else
        rec_set_text(c, next, F_TAX_NUMBER, plain);
}

/* ---- ACCT-4: the life stage ---- */

typedef struct {
    int64_t *days;
    size_t   count;
} order_days;

static err take_order(void *arg, query_row *row)
{
    order_days *o = arg;
    value       day = query_value(row, 0);
    if (day.set)
        o->days[o->count++] = day.i;
    return ERR_OK;
}

static err take_one(void *arg, query_row *row)
{
    (void)row;
    *(bool *)arg = true;
    return ERR_OK;
}

/* Everybody's deals count, whoever saves. */
static err read_facts(ctx *c, const rec *r, order_days *o, bool *open)
{
    actor mine = c->actor;
    o->days = arena_make_n(c->a, int64_t, LIFE_ORDERS_MOST);
    c->actor = (actor){ .zone = mine.zone, .lang = mine.lang };
    err e =
        figures_each(c,
                     arena_printf(c->a,
                                  "SELECT close_date FROM opportunity WHERE account = '%lld' AND stage.kind = 'won' "
                                  "AND close_date != null ORDER BY close_date DESC LIMIT %d",
                                  (long long)r->id, LIFE_ORDERS_MOST),
                     take_order, o);
    if (e == ERR_OK && o->count)
        e = figures_each(
            c,
            arena_printf(c->a, "SELECT id FROM opportunity WHERE account = '%lld' AND stage.kind = 'open' LIMIT 1",
                         (long long)r->id),
            take_one, open);
    c->actor = mine;
    return e;
}

static void put_day(rec *r, size_t field_index, int64_t day)
{
    if (day == NO_DAY)
        rec_set_null(r, field_index);
    else
        rec_set_int(r, field_index, day);
}

static int64_t made_on(ctx *c, const rec *r)
{
    size_t at = (size_t)r->e->common[CF_CREATED_AT];
    return rec_null(r, at) ? ctx_today(c) : zone_local_date(c->snap->zone, rec_int(r, at));
}

static void put_verdict(ctx *c, const rec *old, rec *next, const life_verdict *v)
{
    bool moved = rec_choice(next, F_LIFE_STAGE) != (int)v->stage || rec_null(next, F_LIFE_SINCE);
    bool again = old && v->stage != LIFE_ACTIVE; /* an active one stays so since it became so, order after order */
    if (moved || again)
        put_day(next, F_LIFE_SINCE, v->since == NO_DAY ? made_on(c, next) : v->since);
    rec_set_choice(next, F_LIFE_STAGE, (int)v->stage);
    rec_set_choice(next, F_LIFE_REASON, (int)v->reason);
    put_day(next, F_LAST_ORDER, v->last_order);
    put_day(next, F_LIFE_NEXT, v->next_on);
    if (v->last_order == NO_DAY)
        rec_set_null(next, F_RHYTHM);
    else
        rec_set_int(next, F_RHYTHM, v->rhythm_days);
}

/* ACCT-4.7: what is loaded is judged afterwards by the daily round, each account once, however many rows it has. */
static void put_off(ctx *c, rec *next)
{
    int64_t today = zone_local_date(c->snap->zone, c->now_ms);
    if (c->derived && (rec_null(next, F_LIFE_NEXT) || rec_int(next, F_LIFE_NEXT) > today))
        rec_set_int(next, F_LIFE_NEXT, today);
    if (!rec_given(next, F_LIFE_STAGE) || rec_null(next, F_LIFE_STAGE))
        return;
    rec_set_choice(next, F_LIFE_REASON, WHY_GIVEN);
    if (rec_null(next, F_LIFE_SINCE))
        rec_set_int(next, F_LIFE_SINCE, made_on(c, next));
}

static err judge(ctx *c, const rec *old, rec *next)
{
    order_days o = { 0 };
    life_facts f = { .last_contact = NO_DAY, .today = zone_local_date(c->snap->zone, c->now_ms) };
    if (old && snapshot_entity(c->snap, STR("opportunity")))
        TRY(read_facts(c, next, &o, &f.open_deal));
    f.orders = o.days;
    f.order_count = o.count;
    if (!rec_null(next, F_LAST_CONTACT_AT))
        f.last_contact = zone_local_date(c->snap->zone, rec_int(next, F_LAST_CONTACT_AT));
    bool given = old && rec_choice(old, F_LIFE_REASON) == WHY_GIVEN && o.count == 0;
    if (given)
        return ERR_OK;
    life_verdict v = life_judge(&f);
    put_verdict(c, old, next, &v);
    return ERR_OK;
}

static err before_save(ctx *c, const rec *old, rec *next)
{
    check_tax_number(c, old, next);
    bool given = rec_given(next, F_LIFE_STAGE) && !rec_null(next, F_LIFE_STAGE);
    if (c->importing && (old || given)) {
        put_off(c, next);
        return ERR_OK;
    }
    return judge(c, old, next);
}

/* The pictures of an operation bring old figures back: what follows is worked out anew. */
static err after_undo(ctx *c, const rec *was, const rec *now)
{
    rec *r;
    (void)was;
    if (!now)
        return ERR_OK;
    TRY(store_load_any(c, now->e, now->id, &r));
    return r->deleted_at ? ERR_OK : store_save_derived(c, r);
}

/* ACCT-4.7: those whose day has come, and those that were never judged. */
static err life_round(ctx *c)
{
    enum { MOST = 1000 };
    const entity *e = snapshot_entity(c->snap, STR("account"));
    char          today[DATE_TEXT];
    date_format(zone_local_date(c->snap->zone, c->now_ms), today);
    str which[] = { arena_printf(c->a, "life_next_on <= %s", today), STR("life_stage_since = null") };
    for (size_t i = 0; i < countof(which); i++) {
        int64_t     *ids;
        size_t       n;
        list_request r = { .where = which[i] };
        TRY(query_ids(c, e, &r, MOST, &ids, &n));
        for (size_t k = 0; k < n; k++) {
            rec *a;
            TRY(store_load_any(c, e, ids[k], &a));
            TRY(store_save_derived(c, a));
        }
    }
    return ERR_OK;
}

static const job_def jobs[] = { { "account_life", 900, life_round } };

static const list_view_def lists[] = {
    { "mine", "owner = :me", "updated_at DESC", NULL },
    { "all", "", "updated_at DESC", NULL },
    { "customers", "type = 'customer'", "name", NULL },
    { "new_this_month", "created_at = THIS_MONTH", "created_at DESC", NULL },
    { "at_risk", "life_stage = 'at_risk'", "life_stage_since",
      "name,owner,life_stage_since,last_order_on,order_rhythm_days,last_contact_at" },
    { "lost", "life_stage = 'lost'", "life_stage_since DESC",
      "name,owner,life_stage_since,last_order_on,order_rhythm_days,last_contact_at" },
    { "untouched", "last_contact_at = null OR last_contact_at < LAST_90_DAYS", "last_contact_at NULLS FIRST",
      "name,owner,type,last_contact_at,life_stage" },
};

static const index_def indexes[] = { { "life_next_on", false } };

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
    .few = "life_stage=lost,life_stage=at_risk",
    .indexes = indexes,
    .index_count = countof(indexes),
    .story = account_story,
    .story_count = ACCOUNT_STORY,
    .currency = "currency",
    .company = "name",
    .tax_number = "tax_number",
    .owned = true,
    .jobs = jobs,
    .job_count = countof(jobs),
    .views = account_views,
    .view_count = ACCOUNT_VIEWS,
    .before_save = before_save,
    .after_undo = after_undo,
};

/* ---- who looks after it beside the owner ---- */

const choice_def team_role_choices[] = {
    { "sales", NEXT_ANY, "blue" },    { "presales", NEXT_ANY, "teal" },     { "technical", NEXT_ANY, "purple" },
    { "service", NEXT_ANY, "green" }, { "management", NEXT_ANY, "orange" }, { "other", NEXT_ANY, "grey" },
};
_Static_assert(countof(team_role_choices) == TEAM_ROLE_COUNT, "TEAM_ROLE_COUNT");

enum { M_ACCOUNT, M_PERSON, M_ROLE, M_UNTIL, M_NOTE, M_COUNT };
static const field_def member_fields[] = {
    [M_ACCOUNT] = { .name = "account",
                    .type = FT_REF,
                    .target = "account",
                    .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [M_PERSON] = { .name = "user", .type = FT_REF, .target = "user", .flags = FF_REQUIRED | FF_LIST },
    [M_ROLE] = { .name = "role",
                 .type = FT_CHOICE,
                 .flags = FF_OPEN | FF_LIST,
                 .choices = team_role_choices,
                 .choice_count = TEAM_ROLE_COUNT },
    [M_UNTIL] = { .name = "until", .type = FT_DATE, .flags = FF_LIST },
    [M_NOTE] = { .name = "note", .type = FT_TEXT, .min = 1, .max = 255 },
};
_Static_assert(countof(member_fields) == M_COUNT, "one row per field");

static const list_view_def member_lists[] = {
    { "all", "", "created_at DESC", NULL },
    { "now", "until = null OR until >= TODAY", "created_at DESC", NULL },
};
static const index_def member_indexes[] = { { "account,user", true } };

const entity_def account_member_entity = {
    .name = "account_member",
    .part_of = "account",
    .grants = true,
    .plural = "account_members",
    .fields = member_fields,
    .field_count = countof(member_fields),
    .lists = member_lists,
    .list_count = countof(member_lists),
    .indexes = member_indexes,
    .index_count = countof(member_indexes),
    .title_from = "user,account",
    .hidden = true,
};
