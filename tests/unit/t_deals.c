/* Deals, their lines, competitors and pipelines: every numbered rule of opportunity.md, on both engines. */
#include "base/date.h"
#include "rooms/opportunity/opportunity.h"
#include "rooms_house.h"

/* PIPE-3 */
static void seeds_the_first_pipeline(house *h)
{
    rooms_say(h, "SELECT key, label FROM pipeline",
              "{\"records\":[{\"key\":\"sales\",\"label\":\"标准销售流程\"}],\"next\":null}");
    rooms_say(
        h, "SELECT key, kind, probability, forecast_category FROM pipeline_stage ORDER BY position",
        "{\"records\":[{\"key\":\"prospecting\",\"kind\":\"open\",\"probability\":10,\"forecast_category\":"
        "\"pipeline\"},"
        "{\"key\":\"qualification\",\"kind\":\"open\",\"probability\":25,\"forecast_category\":\"pipeline\"},"
        "{\"key\":\"proposal\",\"kind\":\"open\",\"probability\":50,\"forecast_category\":\"best_case\"},"
        "{\"key\":\"negotiation\",\"kind\":\"open\",\"probability\":75,\"forecast_category\":\"commit\"},"
        "{\"key\":\"won\",\"kind\":\"won\",\"probability\":100,\"forecast_category\":\"closed\"},"
        "{\"key\":\"lost\",\"kind\":\"lost\",\"probability\":0,\"forecast_category\":\"omitted\"}],\"next\":null}");
}

/* PIPE-5 */
static void its_ends_ask_for_a_reason(house *h)
{
    rooms_say(h, "SELECT key FROM pipeline_stage WHERE asks_reason = true ORDER BY position",
              "{\"records\":[{\"key\":\"won\"},{\"key\":\"lost\"}],\"next\":null}");
}

/* ---- deals ---- */

static int64_t deal(house *h, const char *more)
{
    return house_create(h, "opportunity", TEXT(h, "{\"name\":\"单\"%s}", more));
}

static str deal_says(house *h, int64_t id, const char *what)
{
    str all = house_query(h, TEXT(h, "SELECT %s FROM opportunity WHERE id = '%lld'", what, ID(id)));
    assert_true(str_starts(all, STR("{\"records\":[")) && str_ends(all, STR("],\"next\":null}")));
    return str_sub(all, 12, all.n - 14);
}

static void expect_deal(house *h, int64_t id, const char *what, const char *json_text)
{
    str is = deal_says(h, id, what);
    if (!str_eq(is, str_from(json_text)))
        print_message("          %s: %.*s\n", what, STR_ARG(is));
    assert_true(str_eq(is, str_from(json_text)));
}

/* OPP-4 */
static void stage_brings_probability_and_category(house *h)
{
    const char *what = "stage, pipeline, probability, forecast_category";
    int64_t     id = deal(h, "");
    str         fresh = deal_says(h, id, "probability, forecast_category");
    assert_true(str_eq(fresh, STR("{\"probability\":10,\"forecast_category\":\"pipeline\"}")));
    assert_int_equal(house_try(h, "opportunity", id, "{\"stage\":\"proposal\"}", NULL), ERR_OK);
    expect_deal(
        h, id, what,
        "{\"stage\":\"proposal\",\"pipeline\":\"sales\",\"probability\":50,\"forecast_category\":\"best_case\"}");
    assert_int_equal(house_try(h, "opportunity", id, "{\"stage\":\"negotiation\",\"probability\":60}", NULL), ERR_OK);
    expect_deal(h, id, "probability, forecast_category", "{\"probability\":60,\"forecast_category\":\"commit\"}");
    assert_int_equal(house_try(h, "opportunity", id, "{\"next_step\":\"报价\"}", NULL), ERR_OK);
    expect_deal(h, id, "probability", "{\"probability\":60}");
    assert_int_equal(house_try(h, "opportunity", id, "{\"stage\":\"nowhere\"}", NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "stage", "no_such_record"));
    assert_int_equal(house_try(h, "opportunity", id, "{\"stage\":null}", NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "stage", "required"));
}

/* OPP-3, PIPE-1 */
static void pipeline_is_the_stages(house *h)
{
    int64_t second = house_create(h, "pipeline", "{\"key\":\"partner\",\"label\":\"合作流程\"}");
    int64_t first = house_create(
        h, "pipeline_stage",
        "{\"pipeline\":\"partner\",\"key\":\"talk\",\"label\":\"洽谈\",\"position\":1,\"probability\":20}");
    house_create(h, "pipeline_stage",
                 "{\"pipeline\":\"partner\",\"key\":\"won\",\"label\":\"签约\",\"position\":2,\"kind\":\"won\"}");
    assert_int_equal(house_try(h, "pipeline_stage", 0,
                               "{\"pipeline\":\"partner\",\"key\":\"WON\",\"label\":\"又签\",\"kind\":\"won\"}", NULL),
                     ERR_CONFLICT);
    assert_true(rooms_problem(h, "key", "taken"));

    int64_t a = deal(h, ",\"pipeline\":\"partner\"");
    expect_deal(h, a, "stage, pipeline, probability",
                "{\"stage\":\"talk\",\"pipeline\":\"partner\",\"probability\":20}");
    int64_t b = deal(h, ",\"pipeline\":\"partner\",\"stage\":\"won\"");
    expect_deal(h, b, "stage.label, pipeline", "{\"stage\":{\"label\":\"签约\"},\"pipeline\":\"partner\"}");
    int64_t c = deal(h, ",\"stage\":\"won\"");
    expect_deal(h, c, "stage.label, pipeline", "{\"stage\":{\"label\":\"赢单\"},\"pipeline\":\"sales\"}");
    assert_int_equal(house_try(h, "opportunity", c, "{\"pipeline\":\"partner\"}", NULL), ERR_OK);
    expect_deal(h, c, "stage.label", "{\"stage\":{\"label\":\"签约\"}}"); /* the same key there */
    assert_int_equal(house_try(h, "opportunity", c, "{\"stage\":\"talk\",\"reopen_reason\":\"补签\"}", NULL), ERR_OK);
    assert_int_equal(house_try(h, "opportunity", c, "{\"pipeline\":\"sales\"}", NULL), ERR_OK);
    expect_deal(h, c, "stage", "{\"stage\":\"prospecting\"}"); /* else the first */
    assert_true(second && first);
}

/* OPP-5, OPP-6, PIPE-2 */
static void closing_and_reopening(house *h)
{
    int64_t id = deal(h, "");
    h->c.now_ms = INT64_C(1790000000000); /* 2026-09-21T14:13:20Z, in Shanghai the same day */
    expect_deal(h, id, "close_date, closed_at", "{\"close_date\":null,\"closed_at\":null}");
    assert_int_equal(house_try(h, "opportunity", id, "{\"stage\":\"won\"}", NULL), ERR_OK);
    expect_deal(h, id, "close_date, closed_at, stage.kind",
                "{\"close_date\":\"2026-09-21\",\"closed_at\":\"2026-09-21T14:13:20Z\",\"stage\":{\"kind\":\"won\"}}");
    h->c.now_ms += DAY_MS;
    assert_int_equal(house_try(h, "opportunity", id, "{\"stage\":\"lost\",\"lost_reason\":\"price\"}", NULL), ERR_OK);
    expect_deal(h, id, "close_date, closed_at",
                "{\"close_date\":\"2026-09-21\",\"closed_at\":\"2026-09-21T14:13:20Z\"}");
    assert_int_equal(house_try(h, "opportunity", id, "{\"stage\":\"proposal\"}", NULL), ERR_INVALID); /* OPP-10 */
    assert_true(rooms_problem(h, "reopen_reason", "reopen_needs_reason"));
    assert_int_equal(house_try(h, "opportunity", id, "{\"stage\":\"proposal\",\"reopen_reason\":\"预算恢复\"}", NULL),
                     ERR_OK);
    expect_deal(h, id, "close_date, closed_at, lost_reason",
                "{\"close_date\":\"2026-09-21\",\"closed_at\":null,\"lost_reason\":null}");
    int64_t dated = deal(h, ",\"close_date\":\"2026-08-01\",\"stage\":\"lost\"");
    expect_deal(h, dated, "close_date", "{\"close_date\":\"2026-08-01\"}");

    h->c.importing = true;
    int64_t loaded = deal(h, ",\"stage\":\"won\",\"close_date\":\"2026-03-01\"");
    int64_t undated = deal(h, ",\"stage\":\"won\"");
    h->c.importing = false;
    expect_deal(h, loaded, "close_date, closed_at",
                "{\"close_date\":\"2026-03-01\",\"closed_at\":\"2026-02-28T16:00:00Z\"}");
    expect_deal(h, undated, "close_date, closed_at", "{\"close_date\":null,\"closed_at\":null}");
    assert_int_equal(house_try(h, "opportunity", id, "{\"closed_at\":\"2026-01-01\"}", NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "closed_at", "read_only"));
}

/* OPP-8 */
static void a_deal_knows_since_when_it_stands_on_its_stage(house *h)
{
    h->c.now_ms = INT64_C(1790000000000);
    int64_t id = deal(h, "");
    expect_deal(h, id, "stage_since", "{\"stage_since\":\"2026-09-21T14:13:20Z\"}");
    h->c.now_ms += DAY_MS;
    assert_int_equal(house_try(h, "opportunity", id, "{\"next_step\":\"call\"}", NULL), ERR_OK);
    expect_deal(h, id, "stage_since", "{\"stage_since\":\"2026-09-21T14:13:20Z\"}");
    assert_int_equal(house_try(h, "opportunity", id, "{\"stage\":\"proposal\"}", NULL), ERR_OK);
    expect_deal(h, id, "stage_since", "{\"stage_since\":\"2026-09-22T14:13:20Z\"}");
    assert_int_equal(house_try(h, "opportunity", id, "{\"stage_since\":\"2026-01-01T00:00:00Z\"}", NULL), ERR_INVALID);
    h->c.importing = true;
    int64_t loaded = deal(h, ",\"created_at\":\"2026-03-01T08:00:00Z\"");
    h->c.importing = false;
    expect_deal(h, loaded, "stage_since", "{\"stage_since\":\"2026-03-01T08:00:00Z\"}");
}

/* ---- lines ---- */

static int64_t line(house *h, int64_t of, int64_t product, const char *more)
{
    return house_create(h, "opportunity_line",
                        TEXT(h, "{\"opportunity\":\"%lld\",\"product\":\"%lld\"%s}", ID(of), ID(product), more));
}

static void expect_line(house *h, int64_t id, const char *what, const char *json_text)
{
    rooms_say(h, TEXT(h, "SELECT %s FROM opportunity_line WHERE id = '%lld'", what, ID(id)),
              TEXT(h, "{\"records\":[%s],\"next\":null}", json_text));
}

/* OPP-1 */
static void amount_is_the_sum_of_the_lines(house *h)
{
    int64_t product = house_create(h, "product", "{\"name\":\"泵\",\"price\":100}");
    int64_t id = deal(h, ",\"amount\":7");
    int64_t a = line(h, id, product, ",\"quantity\":2");
    int64_t b = line(h, id, product, ",\"price\":50.5");
    expect_deal(h, id, "amount", "{\"amount\":250.5}");
    assert_int_equal(house_try(h, "opportunity_line", a, "{\"quantity\":3}", NULL), ERR_OK);
    expect_deal(h, id, "amount", "{\"amount\":350.5}");
    assert_int_equal(rooms_delete(h, "opportunity_line", b), ERR_OK);
    expect_deal(h, id, "amount", "{\"amount\":300}");
    assert_int_equal(rooms_restore(h, "opportunity_line", b), ERR_OK);
    expect_deal(h, id, "amount", "{\"amount\":350.5}");
    assert_int_equal(rooms_delete(h, "opportunity_line", b), ERR_OK);
    assert_int_equal(rooms_delete(h, "opportunity_line", a), ERR_OK);
    expect_deal(h, id, "amount", "{\"amount\":300}"); /* the last one leaves it */
    int64_t other = deal(h, "");
    assert_int_equal(rooms_restore(h, "opportunity_line", a), ERR_OK);
    assert_int_equal(house_try(h, "opportunity_line", a, TEXT(h, "{\"opportunity\":\"%lld\"}", ID(other)), NULL),
                     ERR_OK);
    expect_deal(h, other, "amount", "{\"amount\":300}");
}

/* OPP-2, ACCT-1.2, CONT-3, SERV-2.4, ACT-5 */
static void what_hangs_on_an_account_goes_and_comes_with_it(house *h)
{
    int64_t firm = house_create(h, "account", "{\"name\":\"宏远\"}");
    int64_t product = house_create(h, "product", "{\"name\":\"泵\",\"price\":100}");
    int64_t rival = house_create(h, "competitor", "{\"name\":\"对手\"}");
    int64_t id = deal(h, TEXT(h, ",\"account\":\"%lld\"", ID(firm)));
    line(h, id, product, "");
    line(h, id, product, ",\"quantity\":4");
    house_create(h, "opportunity_competitor",
                 TEXT(h, "{\"opportunity\":\"%lld\",\"competitor\":\"%lld\"}", ID(id), ID(rival)));
    house_create(h, "contact", TEXT(h, "{\"name\":\"张伟\",\"account\":\"%lld\"}", ID(firm)));
    house_create(h, "case", TEXT(h, "{\"subject\":\"漏油\",\"kind\":\"complaint\",\"account\":\"%lld\"}", ID(firm)));
    house_create(h, "activity", TEXT(h, "{\"subject\":\"回访\",\"about\":\"opportunity/%lld\"}", ID(id)));
    /* COMP-4: what stands on the deal about a competitor goes with it */
    const char *const parts[] = { "opportunity", "opportunity_line", "opportunity_competitor", "contact",
                                  "case",        "activity" };
    const int64_t     before[] = { 1, 2, 1, 1, 1, 1 };
    assert_int_equal(rooms_delete(h, "competitor", rival), ERR_CONFLICT); /* COMP-3 */
    assert_int_equal(rooms_delete(h, "product", product), ERR_CONFLICT);  /* PROD-2 */
    assert_int_equal(rooms_delete(h, "account", firm), ERR_OK);
    for (size_t i = 0; i < countof(parts); i++)
        assert_int_equal(rooms_number(h, TEXT(h, "SELECT COUNT() n FROM %s", parts[i])), 0);
    assert_int_equal(rooms_restore(h, "account", firm), ERR_OK);
    for (size_t i = 0; i < countof(parts); i++)
        assert_int_equal(rooms_number(h, TEXT(h, "SELECT COUNT() n FROM %s", parts[i])), before[i]);
    expect_deal(h, id, "amount", "{\"amount\":500}");
}

/* PROD-1 */
static void a_code_is_one_product(house *h)
{
    int64_t first = house_create(h, "product", "{\"name\":\"泵\",\"code\":\"P-1\"}");
    assert_int_equal(house_try(h, "product", 0, "{\"name\":\"阀\",\"code\":\"p-1\"}", NULL), ERR_CONFLICT);
    assert_int_equal(rooms_delete(h, "product", first), ERR_OK);
    house_create(h, "product", "{\"name\":\"阀\",\"code\":\"p-1\"}");
}

/* LINE-2 */
static void price_comes_from_the_product(house *h)
{
    int64_t yuan = house_create(h, "product", "{\"name\":\"泵\",\"price\":99.9}");
    int64_t dollar = house_create(h, "product", "{\"name\":\"阀\",\"price\":20,\"currency\":\"USD\"}");
    int64_t id = deal(h, "");
    expect_line(h, line(h, id, yuan, ",\"discount\":10"), "price, amount, currency",
                "{\"price\":99.9,\"amount\":89.91,\"currency\":\"CNY\"}");
    expect_line(h, line(h, id, yuan, ",\"price\":80"), "price", "{\"price\":80}");
    expect_line(h, line(h, id, dollar, ""), "price, amount", "{\"price\":null,\"amount\":null}");
    expect_line(h, line(h, deal(h, ",\"currency\":\"USD\""), dollar, ",\"quantity\":1.5"), "price, amount, currency",
                "{\"price\":20,\"amount\":30,\"currency\":\"USD\"}");
}

/* LINE-1, OPP-7 */
static void line_counts_in_the_deals_currency(house *h)
{
    int64_t product = house_create(h, "product", "{\"name\":\"泵\"}");
    int64_t id = deal(h, ",\"currency\":\"JPY\"");
    int64_t a = line(h, id, product, ",\"price\":1200,\"quantity\":2");
    expect_line(h, a, "price, amount, currency", "{\"price\":1200,\"amount\":2400,\"currency\":\"JPY\"}");
    expect_deal(h, id, "amount, currency", "{\"amount\":2400,\"currency\":\"JPY\"}");
    assert_int_equal(house_try(h, "opportunity_line", 0,
                               TEXT(h, "{\"opportunity\":\"%lld\",\"product\":\"%lld\",\"price\":10.55}", ID(id),
                                    ID(product)),
                               NULL),
                     ERR_INVALID);
    assert_true(rooms_problem(h, "price", "too_many_decimals"));
    assert_int_equal(house_try(h, "opportunity", id, "{\"currency\":\"CNY\"}", NULL), ERR_OK);
    expect_line(h, a, "price, amount, currency", "{\"price\":1200,\"amount\":2400,\"currency\":\"CNY\"}");
    expect_deal(h, id, "amount, currency", "{\"amount\":2400,\"currency\":\"CNY\"}");
}

/* LINE-3 */
static void line_amounts_are_exact(void **state)
{
    (void)state;
    const struct {
        int64_t quantity, price, discount, amount;
    } rows[] = {
        { 10000, 100, 0, 100 },    { 15000, 333, 0, 500 }, { 5000, 1, 0, 1 },        { 5000, -1, 0, -1 },
        { 10000, 199, 5000, 100 }, { 1, 100000, 0, 10 },   { 10000, 100, 10000, 0 }, { 30000, 33333, 1250, 87499 },
        { 33333, 15, 0, 50 },      { 10000, 1, 4999, 1 },  { 10000, 1, 5001, 0 },    { 4999, 1, 0, 0 },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        int64_t n = -7;
        assert_true(line_amount_minor(rows[i].quantity, rows[i].price, rows[i].discount, &n));
        assert_int_equal(n, rows[i].amount);
    }
    int64_t n;
    assert_false(line_amount_minor(INT64_C(10000000000000), INT64_C(900000000000000), 0, &n));
    assert_true(line_price_minor(40000, 10000, 0, &n) && n == 2500);
    assert_true(line_price_minor(20000, 900, 1000, &n) && n == 500);
    assert_true(line_price_minor(30000, 100, 0, &n) && n == 33);
    assert_false(line_price_minor(0, 100, 0, &n));
    assert_false(line_price_minor(10000, 100, 10000, &n));
}

/* LINE-4 */
static void amount_alone_makes_the_price(house *h)
{
    int64_t product = house_create(h, "product", "{\"name\":\"泵\",\"price\":100}");
    int64_t a = line(h, deal(h, ""), product, ",\"quantity\":3,\"amount\":100");
    expect_line(h, a, "price, amount", "{\"price\":33.33,\"amount\":100}");
    assert_int_equal(house_try(h, "opportunity_line", a, "{\"description\":\"含税\"}", NULL), ERR_OK);
    expect_line(h, a, "price, amount", "{\"price\":33.33,\"amount\":100}");
    assert_int_equal(house_try(h, "opportunity_line", a, "{\"amount\":30}", NULL), ERR_OK);
    expect_line(h, a, "price, amount", "{\"price\":10,\"amount\":30}");
    assert_int_equal(house_try(h, "opportunity_line", a, "{\"price\":11,\"amount\":1}", NULL), ERR_OK);
    expect_line(h, a, "price, amount", "{\"price\":11,\"amount\":33}");
}

/* COMP-2 */
static void competitor_stands_once_on_a_deal(house *h)
{
    int64_t     rival = house_create(h, "competitor", "{\"name\":\"对手\"}");
    const char *text = TEXT(h, "{\"opportunity\":\"%lld\",\"competitor\":\"%lld\"}", ID(deal(h, "")), ID(rival));
    house_create(h, "opportunity_competitor", text);
    assert_int_equal(house_try(h, "opportunity_competitor", 0, text, NULL), ERR_CONFLICT);
    rooms_say(h, "SELECT name, state FROM opportunity_competitor",
              "{\"records\":[{\"name\":\"对手 · 单\",\"state\":\"suspected\"}],\"next\":null}");
}

#define RULES(X)                                       \
    X(seeds_the_first_pipeline)                        \
    X(stage_brings_probability_and_category)           \
    X(pipeline_is_the_stages)                          \
    X(closing_and_reopening)                           \
    X(a_deal_knows_since_when_it_stands_on_its_stage)  \
    X(amount_is_the_sum_of_the_lines)                  \
    X(what_hangs_on_an_account_goes_and_comes_with_it) \
    X(its_ends_ask_for_a_reason)                       \
    X(a_code_is_one_product)                           \
    X(price_comes_from_the_product)                    \
    X(line_counts_in_the_deals_currency) X(amount_alone_makes_the_price) X(competitor_stands_once_on_a_deal)

RULES(ON_EACH)

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(line_amounts_are_exact),
#define X(name) cmocka_unit_test(test_##name),
                                        RULES(X)
#undef X
    };
    return cmocka_run_group_tests(tests, rooms_open, rooms_close);
}
