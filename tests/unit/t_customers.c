/* Accounts and contacts: where a customer stands, its tax number, whose contact it is; on both engines. */
#include "base/date.h"
#include "rooms/account/life.h"
#include "rooms_house.h"

static void expect(house *h, const char *select, const char *rows)
{
    rooms_say(h, select, TEXT(h, "{\"records\":[%s],\"next\":null}", rows));
}

/* ---- ACCT-4: the pure rule ---- */

static life_verdict judge(const char *days, int64_t today, int64_t contact, bool open)
{
    static int64_t orders[50];
    size_t         n = 0;
    for (char *end, *at = (char *)(uintptr_t)days; *at; at = end + (*end == ' '))
        orders[n++] = strtoll(at, &end, 10);
    life_facts f = { .orders = orders, .order_count = n, .today = today, .last_contact = contact, .open_deal = open };
    return life_judge(&f);
}

static void rhythm_is_the_median_of_its_pauses(void **state)
{
    (void)state;
    const struct {
        int64_t orders[8];
        size_t  n;
        int64_t days;
    } rows[] = {
        { { 0 }, 0, 180 },
        { { 500 }, 1, 180 },
        { { 500, 400 }, 2, 180 },
        { { 500, 460, 400 }, 3, 50 },
        { { 500, 500, 460, 400 }, 4, 50 },
        { { 500, 470, 100 }, 3, 200 },
        { { 12, 11, 10 }, 3, 14 },
        { { 900, 870, 840, 810, 0 }, 5, 30 },
    };
    for (size_t i = 0; i < countof(rows); i++)
        assert_int_equal(life_rhythm(rows[i].orders, rows[i].n), rows[i].days); /* ACCT-4.1 */
}

static void stage_follows_orders_and_contacts(void **state)
{
    (void)state;
    const struct {
        const char  *orders;
        int64_t      today, contact;
        bool         open;
        account_life stage;
        life_reason  why;
        int64_t      since, next;
    } rows[] = {
        { "", 1000, NO_DAY, true, LIFE_PROSPECT, WHY_NO_ORDER, NO_DAY, NO_DAY },      /* ACCT-4.2 */
        { "1000 960 920", 1000, NO_DAY, false, LIFE_ACTIVE, WHY_ORDERS, 1000, 1061 }, /* ACCT-4.3: rhythm 40 */
        { "1000 960 920", 1060, NO_DAY, false, LIFE_ACTIVE, WHY_ORDERS, 1000, 1061 },
        { "1000 960 920", 1061, NO_DAY, false, LIFE_AT_RISK, WHY_SILENT, 1061, 1121 },
        { "1000 960 920", 1120, NO_DAY, false, LIFE_AT_RISK, WHY_SILENT, 1061, 1121 },
        { "1000 960 920", 1121, NO_DAY, false, LIFE_LOST, WHY_GONE, 1121, NO_DAY },  /* ACCT-4.4 */
        { "1000 960 920", 1121, 1100, false, LIFE_AT_RISK, WHY_SILENT, 1061, 1141 }, /* somebody is in touch */
        { "1000 960 920", 1141, 1100, false, LIFE_LOST, WHY_GONE, 1141, NO_DAY },
        { "1000 960 920", 1300, NO_DAY, true, LIFE_AT_RISK, WHY_OPEN_DEAL, 1061, NO_DAY },
        { "1000 600 560 520", 1010, NO_DAY, false, LIFE_WON_BACK, WHY_CAME_BACK, 1000, 1061 }, /* ACCT-4.5 */
        { "1000 700 660 620", 1010, NO_DAY, false, LIFE_WON_BACK, WHY_CAME_BACK, 1000, 1061 },
        { "1000 880 840 800", 1010, NO_DAY, false, LIFE_ACTIVE, WHY_ORDERS, 1000,
          1061 }, /* three times is not beyond it */
        { "1040 1000 600 560 520", 1050, NO_DAY, false, LIFE_ACTIVE, WHY_ORDERS, 1040, 1101 },
        { "1000", 1270, NO_DAY, false, LIFE_ACTIVE, WHY_ORDERS, 1000, 1271 },
        { "1000", 1271, NO_DAY, false, LIFE_AT_RISK, WHY_SILENT, 1271, 1541 },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        life_verdict v = judge(rows[i].orders, rows[i].today, rows[i].contact, rows[i].open);
        if (v.stage != rows[i].stage || v.reason != rows[i].why || v.since != rows[i].since ||
            v.next_on != rows[i].next)
            print_message("          row %zu: stage %d, why %d, since %lld, next %lld\n", i, (int)v.stage,
                          (int)v.reason, (long long)v.since, (long long)v.next_on);
        assert_true(v.stage == rows[i].stage && v.reason == rows[i].why);
        assert_true(v.since == rows[i].since && v.next_on == rows[i].next);
    }
}

/* Time alone changes nothing before next_on, and something on it. */
static void next_on_is_when_time_changes_it(void **state)
{
    (void)state;
    const char *const orders[] = { "1000", "1000 990", "1000 960 920", "1000 600 560 520", "1000 999 998 700" };
    const int64_t     contacts[] = { NO_DAY, 900, 1000, 1100, 1500 };
    for (size_t o = 0; o < countof(orders); o++)
        for (size_t k = 0; k < countof(contacts); k++)
            for (int64_t day = 1500 < contacts[k] ? contacts[k] : 1000; day < 1800; day++) {
                life_verdict a = judge(orders[o], day, contacts[k], false),
                             b = judge(orders[o], day + 1, contacts[k], false);
                bool moved = a.stage != b.stage || a.reason != b.reason;
                assert_true(moved == (a.next_on == day + 1));
                assert_true(a.next_on == NO_DAY || a.next_on > day);
            }
}

/* ACCT-1.3, GB 32100-2015; the check characters worked out by hand from the standard's table of weights */
static void tax_numbers_check_themselves(void **state)
{
    (void)state;
    assert_true(uscc_form(STR("91440300708461136T")) && uscc_checks(STR("91440300708461136T")));
    assert_true(uscc_form(STR("91110000802100433B")) && uscc_checks(STR("91110000802100433B")));
    assert_false(uscc_checks(STR("91440300708461136U")));
    assert_false(uscc_checks(STR("91440300708461163T"))); /* two characters changed places */
    assert_false(uscc_form(STR("9144030070846113OT")) || uscc_form(STR("9144030070846113T")) || uscc_form(STR("")));
}

/* ---- in the database ---- */

static int64_t won(house *h, int64_t firm, const char *day)
{
    return house_create(h, "opportunity",
                        TEXT(h, "{\"name\":\"单\",\"account\":\"%lld\",\"stage\":\"won\",\"close_date\":\"%s\"}",
                             ID(firm), day));
}

static err life_job(ctx *c, void *arg)
{
    return ((const job_def *)arg)->run(c);
}

static void round_of(house *h)
{
    const job_def *found = NULL;
    for (const entity_def *const *e = h->rooms; *e; e++)
        for (size_t i = 0; i < (*e)->job_count; i++)
            if (strcmp((*e)->jobs[i].name, "account_life") == 0)
                found = &(*e)->jobs[i];
    assert_non_null(found);
    house_do(h, life_job, (void *)(uintptr_t)found);
}

#define LIFE "SELECT life_stage, life_stage_reason, life_stage_since, last_order_on, order_rhythm_days FROM account"

/* ACCT-4.6, ACCT-4.7: deals, contacts and time move it; nobody by hand. */
static void life_stage_keeps_itself(house *h)
{
    h->c.now_ms = INT64_C(1790000000000); /* 2026-09-21 */
    int64_t firm = house_create(h, "account", "{\"name\":\"宏远\"}");
    expect(h, LIFE,
           "{\"life_stage\":\"prospect\",\"life_stage_reason\":\"no_order\",\"life_stage_since\":\"2026-09-21\","
           "\"last_order_on\":null,\"order_rhythm_days\":null}");
    h->c.actor = (actor){ .user = 1, .role = ROLE_ADMINISTRATOR };
    assert_int_equal(house_try(h, "account", firm, "{\"life_stage\":\"active\"}", NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "life_stage", "read_only"));
    h->c.actor = (actor){ 0 };
    won(h, firm, "2026-07-01");
    won(h, firm, "2026-08-01");
    won(h, firm, "2026-09-01");
    expect(h, LIFE,
           "{\"life_stage\":\"active\",\"life_stage_reason\":\"orders\",\"life_stage_since\":\"2026-07-01\","
           "\"last_order_on\":\"2026-09-01\",\"order_rhythm_days\":31}");
    h->c.now_ms += 30 * DAY_MS; /* 2026-10-21: 50 days, more than 46 */
    round_of(h);
    expect(h, LIFE,
           "{\"life_stage\":\"at_risk\",\"life_stage_reason\":\"silent\",\"life_stage_since\":\"2026-10-18\","
           "\"last_order_on\":\"2026-09-01\",\"order_rhythm_days\":31}");
    h->c.now_ms += 60 * DAY_MS; /* 2026-12-20 */
    round_of(h);
    expect(h, "SELECT life_stage, life_stage_reason, life_stage_since FROM account",
           "{\"life_stage\":\"lost\",\"life_stage_reason\":\"gone\",\"life_stage_since\":\"2026-12-04\"}");
    house_create(
        h, "activity",
        TEXT(h,
             "{\"subject\":\"回访\",\"kind\":\"call\",\"about\":\"account/%lld\",\"done_at\":\"2026-12-20T01:00:00Z\"}",
             ID(firm)));
    expect(h, "SELECT life_stage FROM account", "{\"life_stage\":\"at_risk\"}");
    int64_t again = won(h, firm, "2026-12-20");
    expect(h, "SELECT life_stage, life_stage_since FROM account",
           "{\"life_stage\":\"won_back\",\"life_stage_since\":\"2026-12-20\"}");
    assert_int_equal(rooms_delete(h, "opportunity", again), ERR_OK);
    expect(h, "SELECT life_stage FROM account", "{\"life_stage\":\"at_risk\"}");
    assert_int_equal(rooms_restore(h, "opportunity", again), ERR_OK);
    expect(h, "SELECT life_stage FROM account", "{\"life_stage\":\"won_back\"}");
    int64_t other = house_create(h, "account", "{\"name\":\"瑞丰\"}");
    assert_int_equal(house_try(h, "opportunity", again, TEXT(h, "{\"account\":\"%lld\"}", ID(other)), NULL), ERR_OK);
    expect(h, "SELECT life_stage FROM account ORDER BY id", "{\"life_stage\":\"at_risk\"},{\"life_stage\":\"active\"}");
}

/* ACCT-4.7 */
static void what_is_loaded_is_judged_by_the_round(house *h)
{
    h->c.now_ms = INT64_C(1790000000000);
    h->c.importing = true;
    int64_t given = house_create(h, "account", "{\"name\":\"甲\",\"life_stage\":\"lost\"}");
    int64_t firm = house_create(h, "account", "{\"name\":\"乙\"}");
    won(h, firm, "2026-09-01");
    h->c.importing = false;
    expect(h, "SELECT life_stage, life_stage_reason FROM account ORDER BY id",
           "{\"life_stage\":\"lost\",\"life_stage_reason\":\"given\"},{\"life_stage\":\"prospect\",\"life_stage_"
           "reason\":\"no_order\"}");
    round_of(h);
    expect(h, "SELECT life_stage FROM account ORDER BY id", "{\"life_stage\":\"lost\"},{\"life_stage\":\"active\"}");
    assert_int_equal(house_try(h, "account", given, "{\"city\":\"杭州\"}", NULL), ERR_OK);
    expect(h, TEXT(h, "SELECT life_stage FROM account WHERE id = '%lld'", ID(given)), "{\"life_stage\":\"lost\"}");
}

/* ACT-8 */
static void a_contact_reaches_the_firm(house *h)
{
    int64_t firm = house_create(h, "account", "{\"name\":\"宏远\"}");
    int64_t person = house_create(h, "contact", TEXT(h, "{\"name\":\"张伟\",\"account\":\"%lld\"}", ID(firm)));
    int64_t deal =
        house_create(h, "opportunity",
                     TEXT(h, "{\"name\":\"单\",\"account\":\"%lld\",\"contact\":\"%lld\"}", ID(firm), ID(person)));
    h->c.now_ms = INT64_C(1790000000000);
    const char *form = "{\"subject\":\"x\",\"kind\":\"%s\",\"about\":\"%s/%lld\",\"done_at\":\"%s\"}";
    house_create(h, "activity", TEXT(h, form, "visit", "opportunity", ID(deal), "2026-09-10T08:00:00Z"));
    expect(h, "SELECT last_contact_at FROM account", "{\"last_contact_at\":\"2026-09-10T08:00:00Z\"}");
    expect(h, "SELECT last_contact_at FROM contact", "{\"last_contact_at\":\"2026-09-10T08:00:00Z\"}");
    house_create(h, "activity",
                 TEXT(h, form, "call", "contact", ID(person), "2026-09-01T08:00:00Z")); /* only forward */
    house_create(h, "activity", TEXT(h, form, "note", "account", ID(firm), "2026-09-12T08:00:00Z"));
    house_create(h, "activity", TEXT(h, form, "task", "account", ID(firm), "2026-09-12T08:00:00Z"));
    expect(h, "SELECT last_contact_at FROM account", "{\"last_contact_at\":\"2026-09-10T08:00:00Z\"}");
}

/* ACCT-1.3 */
static void a_mistyped_tax_number_is_refused(house *h)
{
    assert_int_equal(house_try(h, "account", 0, "{\"name\":\"a\",\"tax_number\":\"91440300708461136U\"}", NULL),
                     ERR_INVALID);
    assert_true(rooms_problem(h, "tax_number", "tax_number_check"));
    house_create(h, "account", "{\"name\":\"b\",\"tax_number\":\"9144 0300-7084 61136t\"}");
    house_create(h, "account", "{\"name\":\"c\",\"tax_number\":\"DE 811 907 980\"}"); /* of another country */
    h->c.importing = true;
    house_create(h, "account", "{\"name\":\"d\",\"tax_number\":\"91440300708461136U\"}"); /* history stays as it was */
    h->c.importing = false;
    expect(h, "SELECT tax_number FROM account ORDER BY name",
           "{\"tax_number\":\"91440300708461136T\"},{\"tax_number\":\"DE 811 907 "
           "980\"},{\"tax_number\":\"91440300708461136U\"}");
}

/* ACCT-1.1, CONT-2 */
static void hierarchies_have_no_circle(house *h)
{
    int64_t a = house_create(h, "account", "{\"name\":\"a\"}");
    int64_t b = house_create(h, "account", TEXT(h, "{\"name\":\"b\",\"parent\":\"%lld\"}", ID(a)));
    assert_int_equal(house_try(h, "account", a, TEXT(h, "{\"parent\":\"%lld\"}", ID(b)), NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "parent", "circle"));
    int64_t x = house_create(h, "contact", "{\"name\":\"x\"}");
    int64_t y = house_create(h, "contact", TEXT(h, "{\"name\":\"y\",\"reports_to\":\"%lld\"}", ID(x)));
    assert_int_equal(house_try(h, "contact", x, TEXT(h, "{\"reports_to\":\"%lld\"}", ID(y)), NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "reports_to", "circle"));
}

/* CONT-4, CONT-5, CONT-6 */
static void a_contact_has_several_firms_and_leaves_none_without_trace(house *h)
{
    h->c.now_ms = INT64_C(1790000000000); /* 2026-09-21 */
    int64_t     a = house_create(h, "account", "{\"name\":\"a\"}"), b = house_create(h, "account", "{\"name\":\"b\"}");
    int64_t     x = house_create(h, "contact", TEXT(h, "{\"name\":\"张伟\",\"account\":\"%lld\"}", ID(a)));
    const char *form = "{\"contact\":\"%lld\",\"account\":\"%lld\",\"role\":\"consultant\"}";
    assert_int_equal(house_try(h, "contact_account", 0, TEXT(h, form, ID(x), ID(a)), NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "account", "contact_account.main"));
    house_create(h, "contact_account", TEXT(h, form, ID(x), ID(b)));
    assert_int_equal(house_try(h, "contact_account", 0, TEXT(h, form, ID(x), ID(b)), NULL), ERR_CONFLICT);
    assert_int_equal(house_try(h, "contact", x, TEXT(h, "{\"account\":\"%lld\"}", ID(b)), NULL), ERR_OK);
    expect(h, "SELECT account.name, role, until FROM contact_account ORDER BY account.name",
           "{\"account\":{\"name\":\"a\"},\"role\":\"former\",\"until\":\"2026-09-21\"},"
           "{\"account\":{\"name\":\"b\"},\"role\":\"consultant\",\"until\":\"2026-09-21\"}");
    assert_int_equal(house_try(h, "contact", x, TEXT(h, "{\"account\":\"%lld\"}", ID(a)), NULL), ERR_OK); /* and back */
    expect(h, "SELECT account.name, role FROM contact_account ORDER BY account.name",
           "{\"account\":{\"name\":\"a\"},\"role\":\"former\"},{\"account\":{\"name\":\"b\"},\"role\":\"former\"}");
    assert_int_equal(rooms_delete(h, "account", b), ERR_OK);
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM contact"), 1);
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM contact_account"), 1);
}

/* CONT-7 */
static void consent_bears_its_day(house *h)
{
    h->c.now_ms = INT64_C(1790000000000);
    int64_t x =
        house_create(h, "contact", "{\"name\":\"张伟\",\"consent_email\":\"given\",\"consent_source\":\"展会\"}");
    expect(h, "SELECT consent_on FROM contact", "{\"consent_on\":\"2026-09-21\"}");
    h->c.now_ms += DAY_MS;
    assert_int_equal(house_try(h, "contact", x, "{\"title\":\"总监\"}", NULL), ERR_OK);
    expect(h, "SELECT consent_on FROM contact", "{\"consent_on\":\"2026-09-21\"}");
    assert_int_equal(house_try(h, "contact", x, "{\"consent_phone\":\"refused\"}", NULL), ERR_OK);
    expect(h, "SELECT consent_on FROM contact", "{\"consent_on\":\"2026-09-22\"}");
}

/* Two contacts that stand on the same deal become one: nothing stands twice. */
typedef struct {
    int64_t into, from, operation;
} joining;

static err join_two(ctx *c, void *arg)
{
    joining      *j = arg;
    const entity *e = snapshot_entity(c->snap, STR("contact"));
    TRY(store_operation_begin(c, STR("merge"), STR("x"), &j->operation));
    TRY(store_repoint(c, e, j->from, j->into));
    TRY(store_delete(c, e, j->from, 0));
    store_operation_end(c);
    return ERR_OK;
}

static void merging_makes_no_twins(house *h)
{
    int64_t x = house_create(h, "contact", "{\"name\":\"x\"}"), y = house_create(h, "contact", "{\"name\":\"y\"}");
    int64_t deal = house_create(h, "opportunity", TEXT(h, "{\"name\":\"单\",\"contact\":\"%lld\"}", ID(x)));
    house_create(h, "opportunity_contact", TEXT(h, "{\"opportunity\":\"%lld\",\"contact\":\"%lld\"}", ID(deal), ID(y)));
    joining j = { x, y, 0 };
    house_do(h, join_two, &j);
    expect(h, "SELECT contact.name, primary FROM opportunity_contact",
           "{\"contact\":{\"name\":\"x\"},\"primary\":true}");
}

#define RULES(X)                                                 \
    X(life_stage_keeps_itself)                                   \
    X(what_is_loaded_is_judged_by_the_round)                     \
    X(a_contact_reaches_the_firm)                                \
    X(a_mistyped_tax_number_is_refused)                          \
    X(hierarchies_have_no_circle)                                \
    X(a_contact_has_several_firms_and_leaves_none_without_trace) \
    X(consent_bears_its_day)                                     \
    X(merging_makes_no_twins)

RULES(ON_EACH)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rhythm_is_the_median_of_its_pauses), cmocka_unit_test(stage_follows_orders_and_contacts),
        cmocka_unit_test(next_on_is_when_time_changes_it), cmocka_unit_test(tax_numbers_check_themselves),
#define X(name) cmocka_unit_test(test_##name),
        RULES(X)
#undef X
    };
    return cmocka_run_group_tests(tests, rooms_open, rooms_close);
}
