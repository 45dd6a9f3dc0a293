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

static void watch_over(house *h, const char *entity_name)
{
    const entity *e = snapshot_entity(h->snap, str_from(entity_name));
    house_do(h, run_job, (void *)(uintptr_t)&e->def->jobs[0]);
}

static void watch(house *h)
{
    watch_over(h, "case");
}

static void expect_notices(house *h, int64_t user, size_t due, size_t breach)
{
    notice *list;
    size_t  n, dues = 0, breaches = 0;
    bool    more;
    house_act(h, user, "member");
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

/* SERV-3.6: a breach is the manager's matter too; what waits in a queue is the team's. */
static void tells_of_a_breach_upwards(house *h)
{
    stand_at(h, THURSDAY);
    int64_t boss = house_create(h, "user", "{\"name\":\"丙\",\"login\":\"bing\"}");
    int64_t who =
        house_create(h, "user", TEXT(h, "{\"name\":\"甲\",\"login\":\"jia\",\"manager\":\"%lld\"}", ID(boss)));
    int64_t team = house_create(h, "team", "{\"name\":\"客服\"}");
    int64_t member =
        house_create(h, "user",
                     TEXT(h, "{\"name\":\"乙\",\"login\":\"yi\",\"state\":\"active\",\"team\":\"%lld\"}", ID(team)));
    int64_t left = house_create(h, "user",
                                TEXT(h, "{\"name\":\"丁\",\"login\":\"ding\",\"state\":\"disabled\",\"team\":\"%lld\"}",
                                     ID(team)));
    house_create(h, "case",
                 TEXT(h, "{\"subject\":\"a\",\"kind\":\"service\",\"priority\":\"urgent\",\"owner\":\"%lld\"}",
                      ID(who)));
    house_create(h, "case",
                 TEXT(h, "{\"subject\":\"b\",\"kind\":\"service\",\"priority\":\"urgent\",\"team\":\"%lld\"}",
                      ID(team)));
    stand_at(h, "2026-09-28T06:00:00Z"); /* warned, and no answer within the hour */
    watch(h);
    watch(h);
    expect_notices(h, who, 1, 1);
    expect_notices(h, boss, 0, 1);
    expect_notices(h, member, 1, 1);
    expect_notices(h, left, 0, 0);
}

/* SERV-3.2 */
static void a_level_may_be_for_one_product(house *h)
{
    stand_at(h, THURSDAY);
    int64_t product = house_create(h, "product", "{\"name\":\"泵\",\"price\":1}");
    int64_t calendar = rooms_number(h, "SELECT MIN(created_at) t, COUNT() n FROM working_calendar");
    assert_int_equal(calendar, 1);
    str     found = house_query(h, "SELECT id FROM working_calendar");
    int64_t office = 0;
    str     digits = str_sub(found, str_find(found, STR("\"id\":\"")) + 6, found.n);
    assert_true(str_to_int64(str_sub(digits, 0, str_find_char(digits, '"')), &office));
    house_create(h, "sla_rule",
                 TEXT(h,
                      "{\"name\":\"泵\",\"position\":1,\"product\":\"%lld\",\"calendar\":\"%lld\","
                      "\"resolution_minutes\":60}",
                      ID(product), ID(office)));
    int64_t id = house_create(h, "case", "{\"subject\":\"a\",\"kind\":\"service\",\"priority\":\"urgent\"}");
    expect_case(h, id, "due_at", "{\"due_at\":\"2026-09-28T07:00:00Z\"}");
    assert_int_equal(change(h, id, TEXT(h, "{\"product\":\"%lld\"}", ID(product))), ERR_OK);
    expect_case(h, id, "due_at", "{\"due_at\":\"2026-09-24T08:00:00Z\"}");
}

static size_t notices_of(house *h, int64_t user, const char *kind)
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
        found += str_eq(list[i].kind, str_from(kind));
    return found;
}

/* SERV-5.2 */
static void reminds_of_a_corrective_action(house *h)
{
    stand_at(h, THURSDAY);
    int64_t who = house_create(h, "user", "{\"name\":\"甲\",\"login\":\"jia\"}");
    int64_t id = house_create(h, "case",
                              TEXT(h,
                                   "{\"subject\":\"a\",\"kind\":\"complaint\",\"corrective_action\":\"培训\","
                                   "\"corrective_owner\":\"%lld\",\"corrective_due\":\"2026-09-28\"}",
                                   ID(who)));
    watch(h);
    assert_int_equal(notices_of(h, who, "corrective"), 1);
    stand_at(h, "2026-09-28T07:00:00Z");
    watch(h);
    watch(h);
    assert_int_equal(notices_of(h, who, "corrective"), 2);
    assert_int_equal(change(h, id, "{\"corrective_due\":\"2026-09-29\"}"), ERR_OK);
    stand_at(h, "2026-09-29T07:00:00Z");
    assert_int_equal(change(h, id, "{\"corrective_done\":\"2026-09-29\"}"), ERR_OK);
    watch(h);
    assert_int_equal(notices_of(h, who, "corrective"), 2);
}

/* ACT-12 */
static void tells_of_what_is_due_once(house *h)
{
    stand_at(h, THURSDAY);
    const entity *e = snapshot_entity(h->snap, STR("activity"));
    int64_t       who = house_create(h, "user", "{\"name\":\"甲\",\"login\":\"jia\"}");
    const char   *form = "{\"subject\":\"%s\",\"kind\":\"task\",\"owner\":\"%lld\",\"due_at\":\"%s\"}";
    int64_t       id = house_create(h, "activity", TEXT(h, form, "a", ID(who), "2026-09-24T08:00:00Z"));
    house_create(h, "activity", TEXT(h, form, "old", ID(who), "2026-09-20T08:00:00Z"));
    house_do(h, run_job, (void *)(uintptr_t)&e->def->jobs[0]);
    assert_int_equal(notices_of(h, who, "due"), 0);
    stand_at(h, "2026-09-24T08:00:00Z");
    for (int i = 0; i < 2; i++)
        house_do(h, run_job, (void *)(uintptr_t)&e->def->jobs[0]);
    assert_int_equal(notices_of(h, who, "due"), 1);
    assert_int_equal(house_try(h, "activity", id, "{\"due_at\":\"2026-09-24T09:00:00Z\"}", NULL), ERR_OK);
    stand_at(h, "2026-09-24T09:30:00Z");
    house_do(h, run_job, (void *)(uintptr_t)&e->def->jobs[0]);
    assert_int_equal(notices_of(h, who, "due"), 2);
}

/* ---- the rating's link ---- */

typedef struct {
    bool  post;
    str   id, key;
    json *in;
    err   is;
    ctx  *c;
    str   code;
} visitor;

static err visit(ctx *c, void *arg)
{
    visitor      *v = arg;
    const entity *e = snapshot_entity(c->snap, STR("case"));
    door_call     d = { .parts = { v->id, v->key }, .in = v->in };
    json_writer   w;
    buf           b;
    buf_init(&b, 1 << 20);
    json_begin(&w, &b);
    for (size_t i = 0; i < e->def->door_count; i++)
        if (strcmp(e->def->doors[i].path, "/rate/{id}/{key}") == 0 && e->def->doors[i].post == v->post)
            v->is = e->def->doors[i].run(c, &d, &w);
    v->code = c->code;
    buf_free(&b);
    return ERR_OK;
}

/* The address as the view gives it, in its two parts. */
static err ask_links(ctx *c, void *arg)
{
    visitor      *v = arg;
    const entity *e = snapshot_entity(c->snap, STR("case"));
    const char   *values[] = { v->id.p };
    json_writer   w;
    buf           b;
    buf_init(&b, 1 << 20);
    json_begin(&w, &b);
    for (size_t i = 0; i < e->def->view_count; i++)
        if (strcmp(e->def->views[i].name, "case_links") == 0)
            TRY(e->def->views[i].run(c, values, &w));
    str       text = arena_str(c->a, buf_str(&b));
    ptrdiff_t at = str_find(text, STR("/rate/"));
    assert_true(at > 0);
    str rest = str_sub(text, at + 6, text.n);
    rest = str_sub(rest, str_find_char(rest, '/') + 1, rest.n);
    v->key = str_sub(rest, 0, str_find_char(rest, '"'));
    buf_free(&b);
    return ERR_OK;
}

/* SERV-7.2: good for thirty days. */
static void a_rating_link_expires(house *h)
{
    json      *in;
    json_fault fault;
    stand_at(h, THURSDAY);
    int64_t id = house_create(h, "case", "{\"subject\":\"a\",\"kind\":\"service\",\"status\":\"resolved\"}");
    assert_int_equal(json_parse(h->a, STR("{\"rating\":5}"), &in, &fault), ERR_OK);
    visitor v = { .post = true, .id = str_from(TEXT(h, "%lld", ID(id))), .in = in };
    house_do(h, ask_links, &v);
    v.key = arena_str(h->a, v.key);
    stand_at(h, "2026-10-24T07:00:01Z");
    house_do(h, visit, &v);
    assert_int_equal(v.is, ERR_CONFLICT);
    assert_true(str_eq(v.code, STR("rating_over")));
    expect_case(h, id, "rating", "{\"rating\":null}");
    stand_at(h, "2026-10-24T06:59:59Z");
    house_do(h, visit, &v);
    assert_int_equal(v.is, ERR_OK);
    expect_case(h, id, "rating, rated_at", "{\"rating\":5,\"rated_at\":\"2026-10-24T06:59:59Z\"}");
}

/* SERV-7.1: a rating that is entered or imported has its time; what an import says of being in time stays. */
static void keeps_when_it_was_rated(house *h)
{
    stand_at(h, THURSDAY);
    int64_t id =
        house_create(h, "case", "{\"subject\":\"a\",\"kind\":\"service\",\"status\":\"resolved\",\"rating\":3}");
    expect_case(h, id, "rated_at", "{\"rated_at\":\"" THURSDAY "\"}");
    assert_int_equal(change(h, id, "{\"rating\":null}"), ERR_OK);
    expect_case(h, id, "rated_at", "{\"rated_at\":null}");
    h->c.importing = true;
    int64_t old = house_create(h, "case",
                               "{\"subject\":\"b\",\"kind\":\"complaint\",\"status\":\"closed\",\"rating\":2,"
                               "\"created_at\":\"2020-03-02T02:00:00Z\",\"resolved_at\":\"2020-06-01T02:00:00Z\","
                               "\"timely\":true}");
    h->c.importing = false;
    expect_case(h, old, "rated_at, timely", "{\"rated_at\":\"2020-06-01T02:00:00Z\",\"timely\":true}");
    assert_int_equal(change(h, old, "{\"topic\":\"product\"}"), ERR_OK);
    expect_case(h, old, "timely", "{\"timely\":true}");
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

/* How many notices of something due they have; how the newest reads. */
static void expect_due(house *h, int64_t user, size_t count, const char *newest)
{
    notice *list;
    size_t  n, dues = 0;
    bool    more;
    str     text = { 0 };
    house_act(h, user, "administrator");
    house_read(h);
    assert_int_equal(notice_list(&h->c, 0, 50, &list, &n, &more), ERR_OK);
    for (size_t i = 0; i < n; i++)
        if (str_eq(list[i].kind, STR("due")) && dues++ == 0)
            text = list[i].text;
    if (newest && !str_eq(text, str_from(newest)))
        fail_msg("%.*s", STR_ARG(text));
    house_read_end(h);
    h->c.actor = (actor){ 0 };
    assert_int_equal(dues, count);
}

/* ACT-12, PEOPLE-14: what falls due while somebody is away is told to whoever acts for them, once, and to nobody who is gone. */
static void reminds_the_deputy_of_who_is_away(house *h)
{
    enum { OTHER, DEPUTY, AWAY, PEOPLE };
    int64_t who[PEOPLE];
    stand_at(h, THURSDAY);
    who[OTHER] = house_create(h, "user", "{\"name\":\"丙\",\"login\":\"bing\",\"state\":\"active\"}");
    for (int i = DEPUTY; i < PEOPLE; i++)
        who[i] = house_create(h, "user",
                              TEXT(h, "{\"name\":\"%s\",\"login\":\"u%d\",\"state\":\"active\",\"deputy\":\"%lld\"}",
                                   i == AWAY ? "甲" : "乙", i, ID(who[i - 1])));
    static const struct {
        const char *away, *deputy, *other; /* states */
        size_t      told[PEOPLE];          /* by then */
        int         hears;                 /* who hears it instead */
    } days[] = {
        { "active", "active", "active", { 0, 0, 1 }, AWAY },   { "absent", "active", "active", { 0, 1, 2 }, DEPUTY },
        { "absent", "absent", "active", { 1, 1, 3 }, OTHER },  { "absent", "absent", "disabled", { 1, 1, 4 }, AWAY },
        { "absent", "disabled", "active", { 1, 1, 5 }, AWAY }, { "active", "active", "active", { 1, 1, 6 }, AWAY },
    };
    for (size_t day = 0; day < countof(days); day++) {
        const char *const states[] = { days[day].other, days[day].deputy, days[day].away };
        for (int i = 0; i < PEOPLE; i++)
            assert_int_equal(house_try(h, "user", who[i], TEXT(h, "{\"state\":\"%s\"}", states[i]), NULL), ERR_OK);
        house_create(h, "activity",
                     TEXT(h,
                          "{\"kind\":\"task\",\"subject\":\"回访\",\"due_at\":\"2026-09-24T07:%02d:00Z\",\"owner\":"
                          "\"%lld\"}",
                          (int)day + 1, ID(who[AWAY])));
        stand_at(h, TEXT(h, "2026-09-24T07:%02d:30Z", (int)day + 1));
        watch_over(h, "activity");
        watch_over(h, "activity");
        for (int i = 0; i < PEOPLE; i++)
            expect_due(h, who[i], days[day].told[i],
                       i != days[day].hears ? NULL
                       : i == AWAY          ? "回访 is due"
                                            : "For 甲: 回访 is due");
    }
}

#define RULES(X)                         \
    X(refuses_hours_that_are_none)       \
    X(is_due_in_working_time)            \
    X(stands_while_it_waits)             \
    X(a_person_may_set_when)             \
    X(tells_the_owner_once)              \
    X(tells_of_a_breach_upwards)         \
    X(a_level_may_be_for_one_product)    \
    X(reminds_of_a_corrective_action)    \
    X(tells_of_what_is_due_once)         \
    X(a_rating_link_expires)             \
    X(keeps_when_it_was_rated)           \
    X(tells_nobody_of_history)           \
    X(measures_the_first_contact)        \
    X(reminds_the_deputy_of_who_is_away) \
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
