/* The sample company: it is there, it is lively, it is the same each time, and it goes into an empty database only. */
#include "app/demo.h"
#include "app/registry.h"
#include "base/date.h"
#include "house.h"

/* Ten times slower with every allocation its own: there one filling must do. */
#ifdef ZK_ARENA_DEBUG
enum { ONCE = true };
#else
enum { ONCE = false };
#endif

static int64_t number(house *h, const char *text)
{
    str       out = house_query(h, text);
    ptrdiff_t at = str_find(out, STR("\"n\":"));
    assert_true(at >= 0);
    return strtoll(out.p + at + 4, NULL, 10);
}

static void at_least(house *h, int64_t least, const char *text)
{
    int64_t n = number(h, text);
    if (n < least)
        print_message("          %lld, not %lld: %s\n", (long long)n, (long long)least, text);
    assert_true(n >= least);
}

static void none(house *h, const char *text)
{
    int64_t n = number(h, text);
    if (n)
        print_message("          %lld: %s\n", (long long)n, text);
    assert_int_equal(n, 0);
}

static void every_module_is_alive(house *h)
{
    at_least(h, 12, "SELECT COUNT() n FROM user WHERE team.name != null");
    at_least(h, 300, "SELECT COUNT() n FROM account");
    at_least(h, 700, "SELECT COUNT() n FROM contact WHERE account != null");
    at_least(h, 250, "SELECT COUNT() n FROM lead");
    at_least(h, 500, "SELECT COUNT() n FROM opportunity WHERE amount > 0");
    at_least(h, 150, "SELECT COUNT() n FROM opportunity WHERE stage.kind = 'won' AND closed_at = LAST_N_DAYS:366");
    at_least(h, 100, "SELECT COUNT() n FROM opportunity WHERE stage.kind = 'lost' AND lost_reason != null");
    at_least(h, 30, "SELECT COUNT() n FROM opportunity WHERE stage.kind = 'open' AND close_date = THIS_FISCAL_QUARTER");
    at_least(h, 30, "SELECT COUNT() n FROM opportunity WHERE stage.kind = 'open' AND close_date = NEXT_FISCAL_QUARTER");
    at_least(h, 5, "SELECT COUNT() n FROM opportunity WHERE currency = 'EUR'");
    at_least(h, 12, "SELECT COUNT() n FROM product");
    at_least(h, 6, "SELECT COUNT() n FROM competitor WHERE strategy != null");
    at_least(h, 100, "SELECT COUNT() n FROM opportunity_competitor WHERE state = 'won' OR state = 'out'");
    at_least(h, 40, "SELECT COUNT() n FROM quota");
    at_least(h, 50, "SELECT COUNT() n FROM activity WHERE kind = 'message' AND incoming = false");
    at_least(h, 30, "SELECT COUNT() n FROM activity WHERE kind = 'message' AND incoming = true");
    at_least(h, 50, "SELECT COUNT() n FROM case WHERE rated_at != null");
    at_least(h, 5, "SELECT COUNT() n FROM case WHERE rating <= 3 AND rating_comment != null");
    at_least(h, 5, "SELECT COUNT() n FROM case WHERE corrective_action != null AND compensation > 0");
    at_least(h, 10, "SELECT COUNT() n FROM activity WHERE purpose = 'return_visit' AND done_at != null");
    at_least(h, 1, "SELECT COUNT() n FROM activity WHERE purpose = 'return_visit' AND done_at = null");
    at_least(h, 1, "SELECT COUNT() n FROM web_form WHERE makes = 'case'");
    at_least(h, 8, "SELECT COUNT() n FROM campaign");
    at_least(h, 300, "SELECT COUNT() n FROM campaign_member");
    at_least(h, 60, "SELECT COUNT() n FROM campaign_member WHERE responded_at != null");
    at_least(h, 12, "SELECT COUNT() n FROM campaign_cost");
    at_least(h, 6, "SELECT COUNT() n FROM campaign WHERE actual_cost > 0");
    at_least(h, 3, "SELECT COUNT() n FROM campaign WHERE parent.type = 'other'");
    at_least(h, 2, "SELECT COUNT() n FROM campaign_rule WHERE campaign.type = 'customer_care' AND ran_on = TODAY");
    at_least(h, 20, "SELECT COUNT() n FROM campaign_member WHERE rule != null AND occasion != null");
    at_least(h, 150, "SELECT COUNT() n FROM case");
    at_least(h, 2500, "SELECT COUNT() n FROM activity");
    at_least(h, 200, "SELECT COUNT() n FROM activity WHERE done_at = null AND due_at > TODAY");
    at_least(h, 50, "SELECT COUNT() n FROM activity WHERE done_at = null AND due_at < TODAY");
    const char *const stages[] = { "prospecting", "qualification", "proposal", "negotiation" };
    for (size_t i = 0; i < countof(stages); i++)
        at_least(h, 30, arena_printf(h->a, "SELECT COUNT() n FROM opportunity WHERE stage = '%s'", stages[i]).p);
    const char *const kinds[] = { "feedback", "complaint", "service" };
    for (size_t i = 0; i < countof(kinds); i++)
        at_least(h, 15, arena_printf(h->a, "SELECT COUNT() n FROM case WHERE kind = '%s'", kinds[i]).p);
    const char *const statuses[] = { "new", "contacted", "nurturing", "qualified", "converted", "unqualified" };
    for (size_t i = 0; i < countof(statuses); i++)
        at_least(h, 10, arena_printf(h->a, "SELECT COUNT() n FROM lead WHERE status = '%s'", statuses[i]).p);
}

static void its_facts_agree(house *h)
{
    none(h, "SELECT COUNT() n FROM opportunity WHERE stage.kind = 'open' AND closed_at != null");
    none(h, "SELECT COUNT() n FROM opportunity WHERE stage.kind != 'open' AND closed_at = null");
    none(h, "SELECT COUNT() n FROM opportunity WHERE amount = null");
    none(h, "SELECT COUNT() n FROM lead WHERE status = 'converted' AND converted_opportunity = null");
    none(h, "SELECT COUNT() n FROM case WHERE status IN ('resolved','closed') AND resolved_at = null");
    none(h, "SELECT COUNT() n FROM activity WHERE done_at > TOMORROW");
    none(h, "SELECT COUNT() n FROM account WHERE created_at > TODAY OR updated_at > TODAY");
}

static void say_fault(void *arg, str sentence)
{
    int *n = arg;
    if ((*n)++ < 10)
        print_message("          %.*s\n", STR_ARG(sentence));
}

static void fill(house *h)
{
    str     why;
    int64_t began = clock_monotonic_ns(), checked;
    int     faults = 0;
    err     e = demo_fill(h->d, rooms, h->a, &why);
    print_message("          %s: %lld ms\n", db_kind(h->d) == DB_SQLITE ? "SQLite" : "PostgreSQL",
                  (long long)((clock_monotonic_ns() - began) / 1000000));
    if (e != ERR_OK)
        print_message("          %.*s\n", STR_ARG(why));
    assert_int_equal(e, ERR_OK);
    house_reload(h);
    h->c.now_ms = clock_now_ms();
    every_module_is_alive(h);
    its_facts_agree(h);
    house_read(h);
    if (!ONCE && db_kind(h->d) == DB_SQLITE) /* thousands of round trips otherwise */
        assert_int_equal(store_check(&h->c, say_fault, &faults, &checked), ERR_OK);
    house_read_end(h);
    assert_int_equal(faults, 0);
    assert_int_equal(demo_fill(h->d, rooms, h->a, &why), ERR_CONFLICT);
}

/* The sum of what chance decided. */
static str print(house *h)
{
    str deals = house_query(h, "SELECT stage, COUNT() n, SUM(amount_base) s FROM opportunity GROUP BY stage");
    str names = house_query(h, "SELECT name, phone FROM account ORDER BY id LIMIT 50");
    return arena_printf(h->a, "%.*s%.*s", STR_ARG(deals), STR_ARG(names));
}

static void test_sample_company(void **state)
{
    house h;
    (void)state;
    assert_true(house_open(&h, DB_SQLITE, rooms));
    fill(&h);
    house_close(&h);
}

static void test_is_the_same_each_time(void **state)
{
    house h[2];
    str   why, printed[2];
    (void)state;
    if (ONCE)
        skip();
    for (int i = 0; i < 2; i++) {
        assert_true(house_open(&h[i], DB_SQLITE, rooms));
        assert_int_equal(demo_fill(h[i].d, rooms, h[i].a, &why), ERR_OK);
        house_reload(&h[i]);
        printed[i] = print(&h[i]);
    }
    assert_true(str_eq(printed[0], printed[1]));
    for (int i = 0; i < 2; i++)
        house_close(&h[i]);
}

static void test_sample_company_on_postgres(void **state)
{
    house h;
    (void)state;
    if (ONCE || !house_open(&h, DB_POSTGRES, rooms))
        skip();
    fill(&h);
    house_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample_company),
        cmocka_unit_test(test_is_the_same_each_time),
        cmocka_unit_test(test_sample_company_on_postgres),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
