/* The course of a deal: conditions of its stages, its journal, its people and team, what its end says of competitors; on both
 * engines. */
#include "base/date.h"
#include "rooms/opportunity/opportunity.h"
#include "rooms_house.h"
#include "store/notice.h"

static int64_t deal(house *h, const char *more)
{
    return house_create(h, "opportunity", TEXT(h, "{\"name\":\"单\"%s}", more));
}

static err patch(house *h, int64_t id, const char *text)
{
    return house_try(h, "opportunity", id, text, NULL);
}

static void expect(house *h, const char *select, const char *rows)
{
    rooms_say(h, select, TEXT(h, "{\"records\":[%s],\"next\":null}", rows));
}

static int64_t stage_id(house *h, const char *key)
{
    str       out = house_query(h, TEXT(h, "SELECT id FROM pipeline_stage WHERE key = '%s'", key));
    ptrdiff_t at = str_find(out, STR("\"id\":\""));
    assert_true(at > 0);
    return strtoll(out.p + at + 6, NULL, 10);
}

/* STAGE-1: all that is missing at once; things that hang on it too. */
static void a_stage_asks_for_what_must_be_filled(house *h)
{
    int64_t proposal = stage_id(h, "proposal"), id = deal(h, ""),
            product = house_create(h, "product", "{\"name\":\"泵\"}");
    assert_int_equal(house_try(h, "pipeline_stage", proposal, "{\"required_fields\":\"amount,nothing\"}", NULL),
                     ERR_INVALID);
    assert_true(rooms_problem(h, "required_fields", "unknown_field"));
    assert_int_equal(house_try(h, "pipeline_stage", proposal, "{\"required_fields\":\"amount, close_date,lines\"}",
                               NULL),
                     ERR_OK);
    assert_int_equal(patch(h, id, "{\"stage\":\"proposal\"}"), ERR_INVALID);
    assert_int_equal(h->c.problem_count, 3);
    assert_true(rooms_problem(h, "amount", "stage_needs") && rooms_problem(h, "close_date", "stage_needs") &&
                rooms_problem(h, "lines", "stage_needs"));
    house_create(h, "opportunity_line",
                 TEXT(h, "{\"opportunity\":\"%lld\",\"product\":\"%lld\",\"price\":9}", ID(id), ID(product)));
    assert_int_equal(patch(h, id, "{\"stage\":\"proposal\",\"close_date\":\"2026-12-01\"}"), ERR_OK);
    h->c.importing = true; /* history stays as it was */
    deal(h, ",\"stage\":\"proposal\"");
    h->c.importing = false;
    assert_int_equal(house_try(h, "pipeline_stage", proposal, "{\"required_fields\":null}", NULL), ERR_OK);
}

/* STAGE-2 */
static void a_stage_says_where_one_goes_on(house *h)
{
    int64_t first = stage_id(h, "prospecting"), id = deal(h, "");
    assert_int_equal(house_try(h, "pipeline_stage", first, "{\"next_stages\":\"qualification, lost\"}", NULL), ERR_OK);
    assert_int_equal(patch(h, id, "{\"stage\":\"won\"}"), ERR_INVALID);
    assert_true(rooms_problem(h, "stage", "not_allowed_from_here"));
    assert_int_equal(patch(h, id, "{\"stage\":\"qualification\"}"), ERR_OK);
    assert_int_equal(patch(h, id, "{\"stage\":\"won\"}"), ERR_OK);
    assert_int_equal(house_try(h, "pipeline_stage", first, "{\"next_stages\":null}", NULL), ERR_OK);
}

/* STAGE-3: a stage that is used stays, its pipeline too. */
static void a_used_stage_is_not_deleted(house *h)
{
    int64_t line = house_create(h, "pipeline", "{\"key\":\"p2\",\"label\":\"二\"}");
    int64_t a = house_create(h, "pipeline_stage", "{\"pipeline\":\"p2\",\"key\":\"a\",\"label\":\"甲\"}");
    int64_t b = house_create(h, "pipeline_stage", "{\"pipeline\":\"p2\",\"key\":\"b\",\"label\":\"乙\"}");
    int64_t id = deal(h, ",\"pipeline\":\"p2\",\"stage\":\"a\"");
    assert_int_equal(rooms_delete(h, "pipeline_stage", a), ERR_CONFLICT);
    assert_int_equal(rooms_delete(h, "pipeline", line), ERR_CONFLICT);
    assert_int_equal(patch(h, id, "{\"stage\":\"b\"}"), ERR_OK);
    assert_int_equal(rooms_delete(h, "pipeline_stage", a), ERR_OK); /* JOUR-5: what was, holds nothing */
    expect(h, "SELECT from_stage.key, stage.key FROM opportunity_change WHERE from_stage != null",
           "{\"from_stage\":{\"key\":\"a\"},\"stage\":{\"key\":\"b\"}}");
    assert_int_equal(rooms_delete(h, "opportunity", id), ERR_OK);
    (void)b;
}

/* JOUR-1, JOUR-2, JOUR-4, OPP-10 */
static void the_journal_keeps_stage_amount_and_date(house *h)
{
    h->c.now_ms = INT64_C(1790000000000);
    int64_t id = deal(h, ",\"amount\":100,\"close_date\":\"2026-10-31\"");
    h->c.now_ms += 2 * DAY_MS + DAY_MS / 2;
    assert_int_equal(patch(h, id, "{\"stage\":\"proposal\",\"amount\":120}"), ERR_OK);
    assert_int_equal(patch(h, id, "{\"close_date\":\"2026-11-30\"}"), ERR_OK);
    assert_int_equal(patch(h, id, "{\"next_step\":\"报价\"}"), ERR_OK);
    assert_int_equal(patch(h, id, "{\"close_date\":\"2026-11-20\"}"), ERR_OK);
    h->c.now_ms += DAY_MS;
    assert_int_equal(patch(h, id, "{\"stage\":\"lost\",\"lost_reason\":\"price\"}"), ERR_OK);
    assert_int_equal(patch(h, id, "{\"stage\":\"proposal\",\"reopen_reason\":\"预算恢复\"}"), ERR_OK);
    expect(
        h,
        "SELECT what, from_stage.key, stage.key, days, from_amount, amount, days_moved, reason FROM opportunity_change "
        "ORDER BY id",
        "{\"what\":[\"made\"],\"from_stage\":null,\"stage\":{\"key\":\"prospecting\"},\"days\":null,"
        "\"from_amount\":null,\"amount\":100,\"days_moved\":null,\"reason\":null},"
        "{\"what\":[\"stage\",\"amount\"],\"from_stage\":{\"key\":\"prospecting\"},\"stage\":{\"key\":\"proposal\"},"
        "\"days\":2.5,\"from_amount\":100,\"amount\":120,\"days_moved\":null,\"reason\":null},"
        "{\"what\":[\"close_date\"],\"from_stage\":null,\"stage\":null,\"days\":null,"
        "\"from_amount\":null,\"amount\":null,\"days_moved\":30,\"reason\":null},"
        "{\"what\":[\"close_date\"],\"from_stage\":null,\"stage\":null,\"days\":null,"
        "\"from_amount\":null,\"amount\":null,\"days_moved\":-10,\"reason\":null},"
        "{\"what\":[\"stage\"],\"from_stage\":{\"key\":\"proposal\"},\"stage\":{\"key\":\"lost\"},\"days\":1,"
        "\"from_amount\":null,\"amount\":null,\"days_moved\":null,\"reason\":null},"
        "{\"what\":[\"stage\"],\"from_stage\":{\"key\":\"lost\"},\"stage\":{\"key\":\"proposal\"},\"days\":0,"
        "\"from_amount\":null,\"amount\":null,\"days_moved\":null,\"reason\":\"预算恢复\"}");
    expect(h, TEXT(h, "SELECT pushed_count FROM opportunity WHERE id = '%lld'", ID(id)), "{\"pushed_count\":1}");
}

/* JOUR-3 */
static void an_import_makes_no_journal_but_may_bring_one(house *h)
{
    int64_t stage = stage_id(h, "proposal");
    h->c.importing = true;
    int64_t id = deal(h, ",\"stage\":\"won\",\"close_date\":\"2026-03-01\",\"created_at\":\"2026-01-01T00:00:00Z\"");
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM opportunity_change"), 0);
    house_create(
        h, "opportunity_change",
        TEXT(h, "{\"opportunity\":\"%lld\",\"at\":\"2026-02-01T00:00:00Z\",\"stage\":\"%lld\",\"what\":[\"stage\"]}",
             ID(id), ID(stage)));
    h->c.importing = false;
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM opportunity_change"), 1);
    h->c.actor = (actor){ .user = 1, .role = ROLE_ADMINISTRATOR };
    assert_int_equal(house_try(h, "opportunity_change", 0,
                               TEXT(h, "{\"opportunity\":\"%lld\",\"at\":\"2026-02-01T00:00:00Z\"}", ID(id)), NULL),
                     ERR_FORBIDDEN); /* PERMIT-6 */
    h->c.actor = (actor){ 0 };
}

/* JOUR-5 */
static void the_journal_goes_with_its_deal_only(house *h)
{
    int64_t id = deal(h, "");
    str     out = house_query(h, "SELECT id FROM opportunity_change");
    int64_t row = strtoll(out.p + str_find(out, STR("\"id\":\"")) + 6, NULL, 10);
    h->c.actor = (actor){ .user = 1, .role = ROLE_ADMINISTRATOR }; /* PERMIT-6 */
    assert_int_equal(rooms_delete(h, "opportunity_change", row), ERR_FORBIDDEN);
    h->c.actor = (actor){ 0 };
    assert_int_equal(rooms_delete(h, "opportunity", id), ERR_OK);
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM opportunity_change"), 0);
    assert_int_equal(rooms_restore(h, "opportunity", id), ERR_OK);
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM opportunity_change"), 1);
}

typedef struct {
    int64_t     id, operation;
    undo_report sum;
} step;

static err move_in_operation(ctx *c, void *arg)
{
    step         *s = arg;
    const entity *e = snapshot_entity(c->snap, STR("opportunity"));
    rec          *r;
    TRY(store_operation_begin(c, STR("bulk"), STR("x"), &s->operation));
    TRY(store_load(c, e, s->id, &r));
    TRY(store_set_text(c, r, entity_field(e, STR("stage")), STR("won")));
    TRY(store_save(c, r, 0));
    store_operation_end(c);
    return ERR_OK;
}

static err take_back(ctx *c, void *arg)
{
    step *s = arg;
    bool  more;
    s->sum = (undo_report){ 0 };
    return store_undo(c, s->operation, 100, &s->sum, &more);
}

/* JOUR-7, ACCT-4.6: what was taken back leaves no lie in the journal, nor in the account's stage. */
static void undoing_leaves_no_lie(house *h)
{
    int64_t firm = house_create(h, "account", "{\"name\":\"宏远\"}");
    step    s = { .id = deal(h, TEXT(h, ",\"account\":\"%lld\"", ID(firm))) };
    house_do(h, move_in_operation, &s);
    expect(h, "SELECT life_stage FROM account", "{\"life_stage\":\"active\"}");
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM opportunity_change"), 2);
    house_do(h, take_back, &s);
    assert_int_equal(s.sum.skipped, 0);
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM opportunity_change"), 1);
    expect(h, "SELECT stage, closed_at FROM opportunity", "{\"stage\":\"prospecting\",\"closed_at\":null}");
    expect(h, "SELECT life_stage, last_order_on FROM account", "{\"life_stage\":\"prospect\",\"last_order_on\":null}");
}

/* PARTY-1, PARTY-2 */
static void one_contact_is_the_main_one(house *h)
{
    int64_t a = house_create(h, "contact", "{\"name\":\"张伟\"}"),
            b = house_create(h, "contact", "{\"name\":\"李娜\"}");
    int64_t id = deal(h, TEXT(h, ",\"contact\":\"%lld\"", ID(a)));
    expect(h, "SELECT contact.name, primary FROM opportunity_contact",
           "{\"contact\":{\"name\":\"张伟\"},\"primary\":true}");
    const char *more = TEXT(h,
                            "{\"opportunity\":\"%lld\",\"contact\":\"%lld\",\"role\":\"decision_maker\","
                            "\"influence\":\"high\",\"stance\":\"supporter\",\"primary\":true}",
                            ID(id), ID(b));
    int64_t     link = house_create(h, "opportunity_contact", more);
    assert_int_equal(house_try(h, "opportunity_contact", 0, more, NULL), ERR_CONFLICT);
    expect(h, "SELECT contact.name FROM opportunity", "{\"contact\":{\"name\":\"李娜\"}}");
    expect(h, "SELECT contact.name, primary FROM opportunity_contact ORDER BY id",
           "{\"contact\":{\"name\":\"张伟\"},\"primary\":false},{\"contact\":{\"name\":\"李娜\"},\"primary\":true}");
    assert_int_equal(patch(h, id, TEXT(h, "{\"contact\":\"%lld\"}", ID(a))), ERR_OK);
    expect(h, "SELECT primary FROM opportunity_contact ORDER BY id", "{\"primary\":true},{\"primary\":false}");
    assert_int_equal(house_try(h, "opportunity_contact", link, "{\"primary\":true}", NULL), ERR_OK);
    assert_int_equal(rooms_delete(h, "opportunity_contact", link), ERR_OK);
    expect(h, "SELECT contact FROM opportunity", "{\"contact\":null}");
    assert_int_equal(rooms_restore(h, "opportunity_contact", link), ERR_OK);
    expect(h, "SELECT contact.name FROM opportunity", "{\"contact\":{\"name\":\"李娜\"}}");
}

/* PARTY-3 */
static void the_team_shares_at_most_the_whole(house *h)
{
    int64_t id = deal(h, ""), p[3];
    for (int i = 0; i < 3; i++)
        p[i] = house_create(h, "user", TEXT(h, "{\"name\":\"人%d\",\"login\":\"team%d\"}", i, i));
    const char *form = "{\"opportunity\":\"%lld\",\"user\":\"%lld\",\"split\":%s}";
    int64_t     first = house_create(h, "opportunity_member", TEXT(h, form, ID(id), ID(p[0]), "60"));
    house_create(h, "opportunity_member", TEXT(h, form, ID(id), ID(p[1]), "40"));
    assert_int_equal(house_try(h, "opportunity_member", 0, TEXT(h, form, ID(id), ID(p[2]), "0.01"), NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "split", "split_beyond_whole"));
    assert_int_equal(house_try(h, "opportunity_member", first, "{\"split\":60.01}", NULL), ERR_INVALID);
    assert_int_equal(house_try(h, "opportunity_member", first, "{\"split\":50}", NULL), ERR_OK);
    house_create(h, "opportunity_member", TEXT(h, form, ID(id), ID(p[2]), "10"));
    assert_int_equal(house_try(h, "opportunity_member", 0, TEXT(h, form, ID(id), ID(p[2]), "0"), NULL), ERR_CONFLICT);
}

/* RIVAL-1, RIVAL-2 */
/* COMP-8 */
static void the_end_says_what_became_of_competitors(house *h)
{
    int64_t a = house_create(h, "competitor", "{\"name\":\"甲\"}"),
            b = house_create(h, "competitor", "{\"name\":\"乙\"}");
    int64_t id = deal(h, "");
    house_create(h, "opportunity_competitor",
                 TEXT(h, "{\"opportunity\":\"%lld\",\"competitor\":\"%lld\"}", ID(id), ID(a)));
    assert_int_equal(patch(h, id, TEXT(h, "{\"stage\":\"lost\",\"competitor\":\"%lld\"}", ID(b))), ERR_OK);
    expect(h, "SELECT competitor.name, state FROM opportunity_competitor ORDER BY id",
           "{\"competitor\":{\"name\":\"甲\"},\"state\":\"out\"},{\"competitor\":{\"name\":\"乙\"},\"state\":\"won\"}");
    assert_int_equal(patch(h, id, "{\"stage\":\"won\",\"won_reason\":\"service\"}"), ERR_OK);
    expect(h, "SELECT state FROM opportunity_competitor ORDER BY id", "{\"state\":\"out\"},{\"state\":\"out\"}");
    int64_t plain = deal(h, "");
    assert_int_equal(patch(h, plain, "{\"stage\":\"lost\"}"), ERR_OK); /* COMP-2: never has to */
    assert_int_equal(rooms_delete(h, "competitor", a), ERR_CONFLICT);  /* COMP-3 */
}

/* STAGE-4 */
static void the_end_asks_for_a_reason(house *h)
{
    house_create(h, "pipeline", "{\"key\":\"own\",\"label\":\"Own\"}");
    const char *const stages[] = { "\"key\":\"a\",\"label\":\"A\",\"kind\":\"open\"",
                                   "\"key\":\"b\",\"label\":\"B\",\"kind\":\"won\"",
                                   "\"key\":\"c\",\"label\":\"C\",\"kind\":\"lost\",\"asks_reason\":false" };
    for (size_t i = 0; i < countof(stages); i++)
        house_create(h, "pipeline_stage", TEXT(h, "{\"pipeline\":\"own\",%s}", stages[i]));
    expect(h, "SELECT asks_reason FROM pipeline_stage WHERE pipeline = 'own' ORDER BY id",
           "{\"asks_reason\":false},{\"asks_reason\":true},{\"asks_reason\":false}");
    int64_t won = stage_id(h, "won"), told = deal(h, ""), plain = deal(h, "");
    assert_int_equal(patch(h, plain, "{\"stage\":\"won\"}"), ERR_OK); /* other programs may not know why */
    assert_int_equal(house_try(h, "pipeline_stage", won, "{\"required_fields\":\"won_reason\"}", NULL), ERR_OK);
    assert_int_equal(patch(h, told, "{\"stage\":\"won\"}"), ERR_INVALID);
    assert_true(rooms_problem(h, "won_reason", "stage_needs"));
    assert_int_equal(patch(h, told, "{\"stage\":\"won\",\"won_reason\":\"service\"}"), ERR_OK);
    h->c.importing = true;
    deal(h, ",\"stage\":\"won\"");
    h->c.importing = false;
    assert_int_equal(house_try(h, "pipeline_stage", won, "{\"required_fields\":null}", NULL), ERR_OK);
}

static err run_job(ctx *c, void *arg)
{
    return ((const job_def *)arg)->run(c);
}

static void review_round(house *h)
{
    const entity_def *d = snapshot_entity(h->snap, STR("competitor"))->def;
    assert_string_equal(d->jobs[0].name, "card_review");
    house_do(h, run_job, (void *)(uintptr_t)&d->jobs[0]);
}

static size_t told_of_reviews(house *h, int64_t user)
{
    notice *list;
    size_t  n, found = 0;
    bool    more;
    house_act(h, user, "member");
    house_read(h);
    assert_int_equal(notice_list(&h->c, 0, 50, &list, &n, &more), ERR_OK);
    house_read_end(h);
    h->c.actor = (actor){ 0 };
    for (size_t i = 0; i < n; i++)
        found += str_eq(list[i].kind, STR("review"));
    return found;
}

/* COMP-6: once for each day, to whoever keeps the card, else to the owner. */
static void a_card_is_reviewed_on_its_day(house *h)
{
    assert_true(time_parse_rfc3339(STR("2026-09-24T02:00:00Z"), &h->c.now_ms));
    int64_t keeper = house_create(h, "user", "{\"name\":\"甲\",\"login\":\"jia\"}"),
            owner = house_create(h, "user", "{\"name\":\"乙\",\"login\":\"yi\"}");
    int64_t id = house_create(h, "competitor",
                              TEXT(h,
                                   "{\"name\":\"对手\",\"owner\":\"%lld\",\"card_owner\":\"%lld\",\"review_date\":"
                                   "\"2026-09-25\"}",
                                   ID(owner), ID(keeper)));
    review_round(h);
    assert_int_equal(told_of_reviews(h, keeper), 0);
    assert_true(time_parse_rfc3339(STR("2026-09-25T02:00:00Z"), &h->c.now_ms));
    review_round(h);
    review_round(h);
    assert_int_equal(told_of_reviews(h, keeper), 1);
    assert_int_equal(told_of_reviews(h, owner), 0);
    assert_int_equal(house_try(h, "competitor", id, "{\"card_owner\":null,\"review_date\":\"2026-09-20\"}", NULL),
                     ERR_OK);
    review_round(h);
    review_round(h);
    assert_int_equal(told_of_reviews(h, keeper), 1);
    assert_int_equal(told_of_reviews(h, owner), 1);
}

#define RULES(X)                                    \
    X(a_stage_asks_for_what_must_be_filled)         \
    X(a_stage_says_where_one_goes_on)               \
    X(a_used_stage_is_not_deleted)                  \
    X(the_journal_keeps_stage_amount_and_date)      \
    X(an_import_makes_no_journal_but_may_bring_one) \
    X(the_journal_goes_with_its_deal_only)          \
    X(undoing_leaves_no_lie)                        \
    X(one_contact_is_the_main_one)                  \
    X(the_team_shares_at_most_the_whole)            \
    X(the_end_asks_for_a_reason)                    \
    X(a_card_is_reviewed_on_its_day)                \
    X(the_end_says_what_became_of_competitors)

RULES(ON_EACH)

int main(void)
{
    const struct CMUnitTest tests[] = {
#define X(name) cmocka_unit_test(test_##name),
        RULES(X)
#undef X
    };
    return cmocka_run_group_tests(tests, rooms_open, rooms_close);
}
