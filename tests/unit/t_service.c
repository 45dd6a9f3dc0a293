/* The service desk's clock, rule by rule, on both engines. */
#include "base/date.h"
#include "rooms_house.h"
#include "store/notice.h"

/* Thursday 24 September 2026, 15:00 in Shanghai; Friday to Sunday are the Mid-Autumn holiday. */
#define THURSDAY "2026-09-24T07:00:00Z"

static void stand_at(house *h, const char *text)
{
    assert_true(time_parse_rfc3339(str_from(text), &h->c.now_ms));
}

static void expect_case(house *h, int64_t id, const char *fields, const char *json_text)
{
    rooms_say(h, TEXT(h, "SELECT %s FROM case WHERE id = '%lld'", fields, ID(id)),
              TEXT(h, "{\"records\":[%s],\"next\":null}", json_text));
}

static err change(house *h, int64_t id, const char *text)
{
    return house_try(h, "case", id, text, NULL);
}

/* SERV-3.1 */
static void refuses_hours_that_are_none(house *h)
{
    assert_int_equal(house_try(h, "working_calendar", 0, "{\"name\":\"空\"}", NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "monday", "working_calendar.no_hours"));
    assert_int_equal(house_try(h, "working_calendar", 0, "{\"name\":\"a\",\"friday\":\"09:00-12:00 11:00-13:00\"}",
                               NULL),
                     ERR_INVALID);
    assert_true(rooms_problem(h, "friday", "working_calendar.spans"));
    assert_int_equal(house_try(h, "working_calendar", 0,
                               "{\"name\":\"a\",\"zone\":\"Mars/North\",\"friday\":\"09:00-12:00\"}", NULL),
                     ERR_INVALID);
    assert_true(rooms_problem(h, "zone", "unknown_zone"));
}

/* SERV-3.2, SERV-3.3: urgent: 1 h to answer, 7.5 h to resolve: 3 h Thursday, Friday is off, 4.5 h Monday. */
static void is_due_in_working_time(house *h)
{
    stand_at(h, THURSDAY);
    int64_t id = house_create(h, "case", "{\"subject\":\"漏油\",\"kind\":\"service\",\"priority\":\"urgent\"}");
    expect_case(h, id, "first_due_at, due_at, warn_at",
                "{\"first_due_at\":\"2026-09-24T08:00:00Z\",\"due_at\":\"2026-09-28T07:00:00Z\","
                "\"warn_at\":\"2026-09-28T06:00:00Z\"}");
    assert_int_equal(change(h, id, "{\"priority\":\"normal\"}"), ERR_OK); /* 5 days of 7.5 h, over the National Day */
    expect_case(h, id, "due_at", "{\"due_at\":\"2026-10-09T07:00:00Z\"}");
    int64_t firm = house_create(h, "account", "{\"name\":\"宏远\",\"level\":\"A\"}");
    assert_int_equal(change(h, id, TEXT(h, "{\"kind\":\"complaint\",\"account\":\"%lld\"}", ID(firm))), ERR_OK);
    expect_case(h, id, "due_at", "{\"due_at\":\"2026-09-28T07:00:00Z\"}");
}

/* SERV-3.4 */
static void stands_while_it_waits(house *h)
{
    stand_at(h, THURSDAY);
    int64_t id = house_create(h, "case", "{\"subject\":\"漏油\",\"kind\":\"service\",\"priority\":\"urgent\"}");
    stand_at(h, "2026-09-24T08:00:00Z");
    assert_int_equal(change(h, id, "{\"status\":\"waiting\"}"), ERR_OK);
    expect_case(h, id, "due_at, stopped_at", "{\"due_at\":null,\"stopped_at\":\"2026-09-24T08:00:00Z\"}");
    stand_at(h, "2026-09-28T02:00:00Z"); /* 2 h on Thursday and 1 on Monday went by */
    assert_int_equal(change(h, id, "{\"status\":\"in_progress\"}"), ERR_OK);
    expect_case(h, id, "due_at, paused_minutes, stopped_at",
                "{\"due_at\":\"2026-09-28T10:00:00Z\",\"paused_minutes\":180,\"stopped_at\":null}");
}

/* SERV-3.8, SERV-3.9 */
static void a_person_may_set_when(house *h)
{
    stand_at(h, THURSDAY);
    int64_t id =
        house_create(h, "case", "{\"subject\":\"a\",\"kind\":\"service\",\"due_at\":\"2026-09-24T09:00:00Z\"}");
    assert_int_equal(change(h, id, "{\"priority\":\"urgent\"}"), ERR_OK);
    expect_case(h, id, "due_at, sla_rule", "{\"due_at\":\"2026-09-24T09:00:00Z\",\"sla_rule\":null}");
    assert_int_equal(change(h, id, "{\"due_at\":null}"), ERR_OK);
    expect_case(h, id, "due_at", "{\"due_at\":\"2026-09-28T07:00:00Z\"}");
    stand_at(h, "2026-09-28T07:00:00Z");
    assert_int_equal(change(h, id, "{\"status\":\"resolved\"}"), ERR_OK);
    expect_case(h, id, "timely", "{\"timely\":true}");
    assert_int_equal(change(h, id, "{\"status\":\"in_progress\"}"), ERR_OK);
    expect_case(h, id, "timely", "{\"timely\":null}");
    stand_at(h, "2026-09-28T07:01:00Z");
    assert_int_equal(change(h, id, "{\"status\":\"resolved\"}"), ERR_OK);
    expect_case(h, id, "timely", "{\"timely\":false}");
}

static err run_job(ctx *c, void *arg)
{
    const job_def *j = arg;
    return j->run(c);
}

static void watch(house *h)
{
    const entity *e = snapshot_entity(h->snap, STR("case"));
    house_do(h, run_job, (void *)(uintptr_t)&e->def->jobs[0]);
}

static void expect_notices(house *h, int64_t user, size_t due, size_t breach)
{
    notice *list;
    size_t  n, dues = 0, breaches = 0;
    bool    more;
    h->c.actor = (actor){ .user = user, .role = ROLE_MEMBER };
    house_read(h);
    assert_int_equal(notice_list(&h->c, 0, 50, &list, &n, &more), ERR_OK);
    house_read_end(h);
    h->c.actor = (actor){ 0 };
    for (size_t i = 0; i < n; i++) {
        bool is_due = str_eq(list[i].kind, STR("due")), is_breach = str_eq(list[i].kind, STR("breach"));
        dues += is_due;
        breaches += is_breach;
        if ((is_due || is_breach) && str_find(list[i].text, STR("C-00000")) < 0)
            fail_msg("%.*s: %.*s", STR_ARG(list[i].kind), STR_ARG(list[i].text));
    }
    assert_int_equal(dues, due);
    assert_int_equal(breaches, breach);
}

/* SERV-3.6 */
static void tells_the_owner_once(house *h)
{
    stand_at(h, THURSDAY);
    int64_t who = house_create(h, "user", "{\"name\":\"甲\",\"login\":\"jia\"}");
    int64_t id =
        house_create(h, "case",
                     TEXT(h, "{\"subject\":\"漏油\",\"kind\":\"service\",\"priority\":\"urgent\",\"owner\":\"%lld\"}",
                          ID(who)));
    watch(h);
    expect_notices(h, who, 0, 0);
    stand_at(h, "2026-09-24T08:00:00Z"); /* no answer within the hour */
    watch(h);
    watch(h);
    expect_notices(h, who, 0, 1);
    stand_at(h, "2026-09-28T06:00:00Z");
    watch(h);
    watch(h);
    expect_notices(h, who, 1, 1);
    stand_at(h, "2026-09-28T07:00:00Z");
    watch(h);
    watch(h);
    expect_notices(h, who, 1, 2);
    expect_case(h, id, "timely, response_timely", "{\"timely\":false,\"response_timely\":false}");
}

/* SERV-3.7 */
static void tells_nobody_of_history(house *h)
{
    stand_at(h, THURSDAY);
    int64_t who = house_create(h, "user", "{\"name\":\"甲\",\"login\":\"jia\"}");
    h->c.importing = true;
    int64_t id = house_create(h, "case",
                              TEXT(h,
                                   "{\"subject\":\"旧\",\"kind\":\"service\",\"created_at\":\"2025-03-03T02:00:00Z\","
                                   "\"owner\":\"%lld\"}",
                                   ID(who)));
    h->c.importing = false;
    watch(h);
    expect_notices(h, who, 0, 0);
    expect_case(h, id, "timely", "{\"timely\":false}");
}

/* SERV-4.2 */
static void measures_the_first_contact(house *h)
{
    stand_at(h, THURSDAY);
    for (int calls = 0; calls < 3; calls++) {
        int64_t id = house_create(h, "case", "{\"subject\":\"a\",\"kind\":\"service\"}");
        for (int i = 0; i < calls; i++)
            house_create(h, "activity",
                         TEXT(h,
                              "{\"kind\":\"call\",\"subject\":\"回\",\"done_at\":\"2026-09-24T06:00:00Z\","
                              "\"about\":\"case/%lld\"}",
                              ID(id)));
        assert_int_equal(change(h, id, "{\"status\":\"resolved\"}"), ERR_OK);
        expect_case(h, id, "first_contact", calls < 2 ? "{\"first_contact\":true}" : "{\"first_contact\":false}");
        assert_int_equal(change(h, id, "{\"status\":\"in_progress\"}"), ERR_OK);
        assert_int_equal(change(h, id, "{\"status\":\"resolved\"}"), ERR_OK);
        expect_case(h, id, "first_contact", "{\"first_contact\":false}");
    }
}

/* SERV-5 */
static void closes_complaints_with_cause_and_remedy(house *h)
{
    int64_t id = house_create(h, "case", "{\"subject\":\"漏油\",\"kind\":\"complaint\"}");
    assert_int_equal(change(h, id, "{\"status\":\"closed\"}"), ERR_CONFLICT);
    assert_true(str_eq(h->c.code, STR("complaint_unsettled")));
    assert_int_equal(change(h, id, "{\"status\":\"closed\",\"cause\":\"密封\"}"), ERR_CONFLICT);
    assert_int_equal(change(h, id, "{\"status\":\"resolved\"}"), ERR_OK);
    assert_int_equal(change(h, id, "{\"status\":\"closed\",\"cause\":\"密封\",\"remedy\":\"更换\"}"), ERR_OK);
    assert_int_equal(change(h, id, "{\"cause\":null}"), ERR_CONFLICT);
    int64_t other = house_create(h, "case", "{\"subject\":\"问\",\"kind\":\"service\"}");
    assert_int_equal(change(h, other, "{\"status\":\"closed\"}"), ERR_OK);
    assert_int_equal(change(h, other, "{\"kind\":\"complaint\"}"), ERR_CONFLICT);
}

#define RULES(X)                   \
    X(refuses_hours_that_are_none) \
    X(is_due_in_working_time)      \
    X(stands_while_it_waits)       \
    X(a_person_may_set_when)       \
    X(tells_the_owner_once)        \
    X(tells_nobody_of_history)     \
    X(measures_the_first_contact)  \
    X(closes_complaints_with_cause_and_remedy)

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
