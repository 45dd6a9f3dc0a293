/* The rooms: their tables as data, and every numbered rule of their pages, on both engines. */
#include "app/registry.h"
#include "base/date.h"
#include "rooms/campaign/campaign.h"
#include "rooms/forecast/forecast.h"
#include "rooms_house.h"

/* ---- the tables as data ---- */

static void tables_have_no_fault(void **state)
{
    (void)state;
    const char *fault = entity_fault(rooms);
    if (fault)
        print_message("          %s\n", fault);
    assert_null(fault);
}

/* ---- labels ---- */

static void label_there(const char *what, bool at_all)
{
    if (!at_all)
        print_message("          no label: %s\n", what);
    assert_true(at_all);
}

static bool in_both(const char *key)
{
    return label_has(LANG_EN, str_from(key)) && label_has(LANG_ZH, str_from(key));
}

static void everything_has_a_label(house *h)
{
    for (const entity_def *const *e = rooms; *e; e++) {
        const char *key = (*e)->name;
        label_there(key, in_both(key) && in_both(TEXT(h, "%s#plural", key)));
        for (size_t i = 0; i < (*e)->field_count; i++) {
            const field_def *f = &(*e)->fields[i];
            label_there(f->name, in_both(TEXT(h, "%s.%s", key, f->name)));
            if (f->group)
                label_there(f->group, in_both(TEXT(h, "group.%s", f->group)));
            for (size_t k = 0; k < f->choice_count; k++) {
                const char *of = f->choices[k].key;
                label_there(of, in_both(TEXT(h, "%s.%s.%s", key, f->name, of)) ||
                                    in_both(TEXT(h, "choice.%s.%s", f->name, of)));
            }
        }
        for (size_t i = 0; i < (*e)->list_count; i++)
            label_there((*e)->lists[i].name, in_both(TEXT(h, "%s@%s", key, (*e)->lists[i].name)));
        for (size_t i = 0; i < (*e)->action_count; i++)
            label_there((*e)->actions[i].name, in_both(TEXT(h, "%s!%s", key, (*e)->actions[i].name)));
    }
}

static void common_fields_have_a_label(house *h)
{
    for (size_t i = 0; i < h->snap->entity_count; i++)
        for (size_t k = 0; k < h->snap->entities[i]->field_count; k++) {
            const field *f = &h->snap->entities[i]->fields[k];
            for (int lang = 0; lang < LANG_COUNT; lang++)
                label_there(f->name.p, f->label[lang].n && str_find(f->label[lang], STR("common.")) < 0);
        }
}

static void every_view_runs(house *h)
{
    house_read(h);
    for (size_t i = 0; i < h->snap->entity_count; i++) {
        const entity *e = h->snap->entities[i];
        for (size_t k = 0; k < e->def->list_count; k++) {
            list_request r = { .where = str_from(e->def->lists[k].where),
                               .order = str_from(e->def->lists[k].order),
                               .limit = 5 };
            int64_t     *ids;
            size_t       n;
            err          x = query_ids(&h->c, e, &r, 5, &ids, &n);
            if (x != ERR_OK)
                print_message("          %s@%s: %.*s\n", e->def->name, e->def->lists[k].name, STR_ARG(h->c.detail));
            assert_int_equal(x, ERR_OK);
        }
    }
    house_read_end(h);
}

/* ---- first records ---- */

/* FCST-3 */
static void seeds_fiscal_periods(house *h)
{
    int now = fiscal_year_of(floor_div(clock_now_ms() + 8 * 3600000, DAY_MS), 1);
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM fiscal_period WHERE kind = 'year'"), 5);
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM fiscal_period WHERE kind = 'quarter'"), 20);
    rooms_say(h, TEXT(h, "SELECT start, end FROM fiscal_period WHERE key = 'FY%d-Q4'", now + 2),
              TEXT(h, "{\"records\":[{\"start\":\"%d-10-01\",\"end\":\"%d-12-31\"}],\"next\":null}", now + 2, now + 2));
}

/* FCST-2 */
static void labels_a_year_by_its_start(void **state)
{
    (void)state;
    int64_t march = date_from_civil((civil){ 2027, 3, 31 });
    assert_int_equal(fiscal_year_of(march, 4), 2026);
    assert_int_equal(fiscal_year_of(march + 1, 4), 2027);
    assert_int_equal(fiscal_year_of(march, 1), 2027);
    assert_int_equal(fiscal_start(2026, 4, 9), date_from_civil((civil){ 2027, 1, 1 }));
    assert_int_equal(fiscal_start(2026, 1, 12), date_from_civil((civil){ 2027, 1, 1 }));
}

/* ---- people ---- */

/* PEOPLE-1 */
static void keeps_the_last_administrator(house *h)
{
    int64_t one = house_create(h, "user", "{\"name\":\"李管理\",\"role\":\"administrator\",\"state\":\"active\"}");
    assert_int_equal(house_try(h, "user", one, "{\"role\":\"member\"}", NULL), ERR_CONFLICT);
    assert_int_equal(house_try(h, "user", one, "{\"state\":\"disabled\"}", NULL), ERR_CONFLICT);
    house_create(h, "user", "{\"name\":\"王管理\",\"role\":\"administrator\",\"state\":\"active\"}");
    assert_int_equal(house_try(h, "user", one, "{\"role\":\"member\"}", NULL), ERR_OK);
}

/* PEOPLE-2, PEOPLE-3 */
static void people_are_a_tree_with_own_logins(house *h)
{
    int64_t a = house_create(h, "user", "{\"name\":\"甲\",\"login\":\"jia\",\"email\":\"jia@example.com\"}");
    int64_t b = house_create(h, "user", TEXT(h, "{\"name\":\"乙\",\"manager\":\"%lld\"}", ID(a)));
    assert_int_equal(house_try(h, "user", a, TEXT(h, "{\"manager\":\"%lld\"}", ID(b)), NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "manager", "circle"));
    assert_int_equal(house_try(h, "user", 0, "{\"name\":\"丙\",\"login\":\"JIA\"}", NULL), ERR_CONFLICT);
    assert_true(rooms_problem(h, "login", "taken"));
    assert_int_equal(house_try(h, "user", 0, "{\"name\":\"丙\",\"zone\":\"Mars/North\"}", NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "zone", "unknown_zone"));
}

/* CONT-1 */
static void makes_a_name_of_its_parts(house *h)
{
    int64_t a = house_create(h, "contact", "{\"last_name\":\"张\",\"first_name\":\"伟\"}");
    int64_t b = house_create(h, "contact", "{\"last_name\":\"Gonzalez\",\"first_name\":\"Rose\"}");
    rooms_say(h, TEXT(h, "SELECT name FROM contact WHERE id IN ('%lld','%lld') ORDER BY id", ID(a), ID(b)),
              "{\"records\":[{\"name\":\"张伟\"},{\"name\":\"Rose Gonzalez\"}],\"next\":null}");
    assert_int_equal(house_try(h, "contact", b, "{\"first_name\":\"Rosa\"}", NULL), ERR_OK);
    rooms_say(h, TEXT(h, "SELECT name FROM contact WHERE id = '%lld'", ID(b)),
              "{\"records\":[{\"name\":\"Rosa Gonzalez\"}],\"next\":null}");
}

/* ---- leads ---- */

/* LEAD-1 */
static void nobody_converts_by_hand(house *h)
{
    const char *const by_hand[] = { "contacted", "nurturing", "qualified", "unqualified", "new", "qualified" };
    int64_t           id = house_create(h, "lead", "{\"name\":\"刘洋\"}");
    rooms_say(h, "SELECT status FROM lead", "{\"records\":[{\"status\":\"new\"}],\"next\":null}");
    for (size_t i = 0; i < countof(by_hand); i++)
        assert_int_equal(house_try(h, "lead", id, TEXT(h, "{\"status\":\"%s\"}", by_hand[i]), NULL), ERR_OK);
    assert_int_equal(house_try(h, "lead", id, "{\"status\":\"converted\"}", NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "status", "not_allowed_from_here"));
    assert_int_equal(house_try(h, "lead", 0, "{\"name\":\"刘\",\"status\":\"converted\"}", NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "status", "lead.convert_it"));
    assert_int_equal(house_try(h, "lead", id, "{\"converted_at\":\"2026-01-01\"}", NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "converted_at", "read_only"));
    h->c.importing = true;
    int64_t done = house_create(h, "lead", "{\"name\":\"刘\",\"status\":\"converted\"}");
    h->c.importing = false;
    assert_int_equal(house_try(h, "lead", done, "{\"status\":\"new\"}", NULL), ERR_INVALID);
}

/* LEAD-2, ACT-3 */
static void contact_moves_forward(house *h)
{
    int64_t     id = house_create(h, "lead", "{\"name\":\"刘洋\"}");
    const char *about = TEXT(h, "\"about\":\"lead/%lld\"", ID(id)), *ask = "SELECT last_contact_at FROM lead";
    const char *at = "{\"records\":[{\"last_contact_at\":%s}],\"next\":null}";
    house_create(h, "activity",
                 TEXT(h, "{\"kind\":\"task\",\"subject\":\"查\",\"done_at\":\"2026-09-01T01:00:00Z\",%s}", about));
    house_create(h, "activity",
                 TEXT(h, "{\"kind\":\"call\",\"subject\":\"约\",\"due_at\":\"2026-09-30T01:00:00Z\",%s}", about));
    rooms_say(h, ask, TEXT(h, at, "null"));
    house_create(h, "activity",
                 TEXT(h, "{\"kind\":\"call\",\"subject\":\"打\",\"done_at\":\"2026-09-02T01:00:00Z\",%s}", about));
    rooms_say(h, ask, TEXT(h, at, "\"2026-09-02T01:00:00Z\""));
    int64_t old =
        house_create(h, "activity",
                     TEXT(h, "{\"kind\":\"visit\",\"subject\":\"访\",\"done_at\":\"2026-08-02T01:00:00Z\",%s}", about));
    rooms_say(h, ask, TEXT(h, at, "\"2026-09-02T01:00:00Z\""));
    assert_int_equal(house_try(h, "activity", old, "{\"done_at\":\"2026-09-03T01:00:00Z\"}", NULL), ERR_OK);
    rooms_say(h, ask, TEXT(h, at, "\"2026-09-03T01:00:00Z\""));
}

/* ---- campaigns ---- */

/* CAMP-1.1, CAMP-1.2 */
static void campaign_has_its_dates(house *h)
{
    assert_int_equal(house_try(h, "campaign", 0,
                               "{\"name\":\"春\",\"start_date\":\"2026-03-02\",\"end_date\":\"2026-03-01\"}", NULL),
                     ERR_INVALID);
    assert_true(rooms_problem(h, "end_date", "ends_before_start"));
    assert_int_equal(house_try(h, "campaign", 0, "{\"name\":\"春\",\"status\":\"active\"}", NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "start_date", "campaign.needs_start"));
    house_create(h, "campaign", "{\"name\":\"春\",\"start_date\":\"2026-03-02\",\"end_date\":\"2026-03-02\"}");
}

/* CAMP-1.3 */
static void campaign_moves(void **state)
{
    (void)state;
    const char *const allowed[] = { "planned>active", "planned>cancelled", "active>completed", "active>cancelled",
                                    "cancelled>planned" };
    const field_def  *f = NULL;
    for (size_t i = 0; i < campaign_entity.field_count; i++)
        if (strcmp(campaign_entity.fields[i].name, "status") == 0)
            f = &campaign_entity.fields[i];
    assert_non_null(f);
    for (size_t from = 0; from < f->choice_count; from++)
        for (size_t to = 0; to < f->choice_count; to++) {
            char move[60];
            bool may = false;
            snprintf(move, sizeof move, "%s>%s", f->choices[from].key, f->choices[to].key);
            for (size_t i = 0; i < countof(allowed); i++)
                may |= strcmp(move, allowed[i]) == 0;
            assert_int_equal(f->choices[from].next_mask >> to & 1, may);
        }
}

typedef struct {
    const char *entity_name, *action;
    int64_t     id;
    str         reply;
} act;

static err run_action(ctx *c, void *arg)
{
    act          *t = arg;
    const entity *e = snapshot_entity(c->snap, str_from(t->entity_name));
    rec          *r;
    buf           b;
    json_writer   w;
    buf_init(&b, 4096);
    json_begin(&w, &b);
    TRY(store_load(c, e, t->id, &r));
    for (size_t i = 0; i < e->def->action_count; i++)
        if (strcmp(e->def->actions[i].name, t->action) == 0)
            TRY(e->def->actions[i].run(c, r, NULL, &w));
    t->reply = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return ERR_OK;
}

/* CAMP-1.4 */
static void launching(house *h)
{
    act t = { "campaign", "launch", house_create(h, "campaign", "{\"name\":\"春\"}"), { 0 } };
    assert_int_equal(store_write(&h->c, run_action, &t), ERR_OK);
    assert_true(str_eq(t.reply, str_from(TEXT(h, "{\"id\":\"%lld\",\"status\":\"active\",\"version\":2}", ID(t.id)))));
    rooms_say(h, "SELECT status, start_date FROM campaign",
              "{\"records\":[{\"status\":\"active\",\"start_date\":\"2026-09-21\"}],\"next\":null}");
    assert_int_equal(house_try(h, "campaign", t.id, "{\"status\":\"completed\"}", NULL), ERR_OK);
    assert_int_equal(store_write(&h->c, run_action, &t), ERR_INVALID);
}

static void campaign_figures(void **state)
{
    (void)state;
    assert_int_equal(campaign_cost_per_response_minor(100, 0), -1);
    for (int64_t cost = 0; cost <= 60; cost++)
        for (int64_t n = 1; n <= 20; n++)
            assert_int_equal(campaign_cost_per_response_minor(cost, n), (2 * cost + n) / (2 * n));
    assert_int_equal(campaign_cost_per_response_minor(INT64_MAX, INT64_MAX), 1);
    assert_int_equal(campaign_response_bp(0, 0), 0);
    assert_int_equal(campaign_response_bp(1, 3), 3333);
    assert_int_equal(campaign_response_bp(7, 7), 10000);
}

/* CAMP-2.1, CAMP-2.2, CAMP-2.3 */
static void members(house *h)
{
    int64_t     of = house_create(h, "campaign", "{\"name\":\"春\"}");
    int64_t     lead = house_create(h, "lead", "{\"name\":\"刘洋\"}");
    int64_t     person = house_create(h, "contact", "{\"name\":\"张伟\"}");
    const char *none = TEXT(h, "{\"campaign\":\"%lld\"}", ID(of));
    const char *both =
        TEXT(h, "{\"campaign\":\"%lld\",\"lead\":\"%lld\",\"contact\":\"%lld\"}", ID(of), ID(lead), ID(person));
    const char *one = TEXT(h, "{\"campaign\":\"%lld\",\"lead\":\"%lld\"}", ID(of), ID(lead));
    const char *other = TEXT(h, "{\"campaign\":\"%lld\",\"contact\":\"%lld\"}", ID(of), ID(person));
    assert_int_equal(house_try(h, "campaign_member", 0, none, NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "lead", "campaign_member.one_of_two"));
    assert_int_equal(house_try(h, "campaign_member", 0, both, NULL), ERR_INVALID);
    int64_t id = house_create(h, "campaign_member", one);
    house_create(h, "campaign_member", other);
    assert_int_equal(house_try(h, "campaign_member", 0, one, NULL), ERR_CONFLICT);
    assert_int_equal(house_try(h, "campaign_member", 0, other, NULL), ERR_CONFLICT);

    assert_int_equal(house_try(h, "campaign_member", id, "{\"status\":\"responded\"}", NULL), ERR_OK);
    h->c.now_ms += DAY_MS;
    assert_int_equal(house_try(h, "campaign_member", id, "{\"status\":\"attended\"}", NULL), ERR_OK);
    rooms_say(h, "SELECT name, responded_at FROM campaign_member ORDER BY name",
              "{\"records\":[{\"name\":\"刘洋\",\"responded_at\":\"2026-09-21T14:13:20Z\"},"
              "{\"name\":\"张伟\",\"responded_at\":null}],\"next\":null}");
    assert_int_equal(rooms_delete(h, "campaign", of), ERR_OK); /* CAMP-2.4 */
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM campaign_member"), 0);
}

/* ---- service ---- */

/* SERV-1 */
static void case_numbers(house *h)
{
    const char *text = "{\"subject\":\"漏油\",\"kind\":\"complaint\"}";
    house_create(h, "case", text);
    h->c.importing = true;
    house_create(h, "case", "{\"subject\":\"旧\",\"kind\":\"service\",\"number\":\"C-000002\"}");
    h->c.importing = false;
    house_create(h, "case", text);
    rooms_say(
        h, "SELECT number FROM case ORDER BY id",
        "{\"records\":[{\"number\":\"C-000001\"},{\"number\":\"C-000002\"},{\"number\":\"C-000003\"}],\"next\":null}");
    assert_int_equal(house_try(h, "case", 0, "{\"subject\":\"a\",\"kind\":\"service\",\"number\":\"X\"}", NULL),
                     ERR_INVALID);
    assert_true(rooms_problem(h, "number", "read_only"));
}

/* SERV-2.1, SERV-2.3 */
static void resolving_and_reopening(house *h)
{
    int64_t     id = house_create(h, "case", "{\"subject\":\"漏油\",\"kind\":\"complaint\"}");
    const char *ask = "SELECT status, resolved_at FROM case";
    assert_int_equal(house_try(h, "case", id, "{\"status\":\"in_progress\"}", NULL), ERR_OK);
    assert_int_equal(house_try(h, "case", id, "{\"status\":\"new\"}", NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "status", "not_allowed_from_here"));
    assert_int_equal(house_try(h, "case", id, "{\"status\":\"resolved\"}", NULL), ERR_OK);
    h->c.now_ms += DAY_MS;
    assert_int_equal(house_try(h, "case", id, "{\"status\":\"closed\",\"cause\":\"a\",\"remedy\":\"b\"}", NULL),
                     ERR_OK);
    rooms_say(h, ask, "{\"records\":[{\"status\":\"closed\",\"resolved_at\":\"2026-09-21T14:13:20Z\"}],\"next\":null}");
    assert_int_equal(house_try(h, "case", id, "{\"status\":\"in_progress\"}", NULL), ERR_OK);
    rooms_say(h, ask, "{\"records\":[{\"status\":\"in_progress\",\"resolved_at\":null}],\"next\":null}");
    assert_int_equal(house_try(h, "case", id, "{\"rating\":6}", NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "rating", "too_big"));
}

/* SERV-4, ACT-4 */
static void first_response(house *h)
{
    int64_t     id = house_create(h, "case", "{\"subject\":\"漏油\",\"kind\":\"complaint\"}");
    const char *about = TEXT(h, "\"about\":\"case/%lld\"", ID(id)), *ask = "SELECT first_response_at FROM case";
    house_create(h, "activity", TEXT(h, "{\"kind\":\"note\",\"subject\":\"内部\",%s}", about));
    rooms_say(h, ask, "{\"records\":[{\"first_response_at\":null}],\"next\":null}");
    house_create(h, "activity",
                 TEXT(h, "{\"kind\":\"call\",\"subject\":\"回\",\"done_at\":\"2026-09-20T01:00:00Z\",%s}", about));
    house_create(h, "activity", TEXT(h, "{\"kind\":\"email\",\"subject\":\"再\",%s}", about));
    rooms_say(h, ask, "{\"records\":[{\"first_response_at\":\"2026-09-20T01:00:00Z\"}],\"next\":null}");
}

/* ---- activities ---- */

/* ACT-1, ACT-2 */
static void activities_stand_at_their_time(house *h)
{
    const char *ask = "SELECT done_at, at FROM activity WHERE id = '%lld'";
    int64_t     note = house_create(h, "activity", "{\"kind\":\"note\",\"subject\":\"a\"}");
    int64_t     task = house_create(h, "activity", "{\"subject\":\"b\"}");
    int64_t     call =
        house_create(h, "activity", "{\"kind\":\"call\",\"subject\":\"c\",\"due_at\":\"2026-10-01T01:00:00Z\"}");
    rooms_say(h, TEXT(h, ask, ID(note)),
              "{\"records\":[{\"done_at\":\"2026-09-21T14:13:20Z\",\"at\":\"2026-09-21T14:13:20Z\"}],\"next\":null}");
    rooms_say(h, TEXT(h, ask, ID(task)),
              "{\"records\":[{\"done_at\":null,\"at\":\"2026-09-21T14:13:20Z\"}],\"next\":null}");
    rooms_say(h, TEXT(h, ask, ID(call)),
              "{\"records\":[{\"done_at\":null,\"at\":\"2026-10-01T01:00:00Z\"}],\"next\":null}");
    assert_int_equal(house_try(h, "activity", call, "{\"done_at\":\"2026-09-20T01:00:00Z\"}", NULL), ERR_OK);
    rooms_say(h, TEXT(h, ask, ID(call)),
              "{\"records\":[{\"done_at\":\"2026-09-20T01:00:00Z\",\"at\":\"2026-09-20T01:00:00Z\"}],\"next\":null}");
}

/* ---- quotas and rates ---- */

/* FCST-1, FCST-4, FCST-5 */
static void quotas(house *h)
{
    int64_t     me = house_create(h, "user", "{\"name\":\"甲\",\"state\":\"active\"}");
    int64_t     peer = house_create(h, "user", "{\"name\":\"乙\",\"state\":\"active\"}");
    const char *mine = TEXT(h, "{\"user\":\"%lld\",\"period\":\"X-1\",\"amount\":1000000}", ID(me));
    assert_int_equal(house_try(h, "fiscal_period", 0, "{\"key\":\"X\",\"start\":\"2026-03-02\",\"end\":\"2026-03-01\"}",
                               NULL),
                     ERR_INVALID);
    assert_true(rooms_problem(h, "end", "ends_before_start"));
    house_create(h, "fiscal_period",
                 "{\"key\":\"X-1\",\"start\":\"2026-03-01\",\"end\":\"2026-03-31\",\"kind\":\"month\"}");
    house_create(h, "quota", mine);
    assert_int_equal(house_try(h, "quota", 0, mine, NULL), ERR_CONFLICT);
    rooms_say(h, "SELECT name, period, amount FROM quota",
              "{\"records\":[{\"name\":\"甲 · X-1\",\"period\":\"X-1\",\"amount\":1000000}],\"next\":null}");
    house_act(h, peer, "member");
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM quota"), 0);
    assert_int_equal(house_try(h, "quota", 0, mine, NULL), ERR_CONFLICT); /* refused either way: it is not theirs */
    house_act(h, me, "member");
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM quota"), 1);
    h->c.actor = (actor){ 0 };
}

/* ORG-1, ORG-2 */
static void rates(house *h)
{
    const char *text = "{\"currency\":\"USD\",\"rate\":7.12345678,\"valid_from\":\"2026-01-01\"}";
    house_create(h, "currency_rate", text);
    house_create(h, "currency_rate", "{\"currency\":\"USD\",\"rate\":7,\"valid_from\":\"2026-06-01\"}");
    assert_int_equal(house_try(h, "currency_rate", 0, text, NULL), ERR_CONFLICT);
    assert_int_equal(house_try(h, "currency_rate", 0, "{\"currency\":\"CNY\",\"rate\":1}", NULL), ERR_INVALID);
    assert_true(rooms_problem(h, "currency", "rate_of_own_currency"));
    assert_int_equal(house_try(h, "currency_rate", 0, "{\"currency\":\"EUR\",\"rate\":0}", NULL), ERR_INVALID);
    house_create(h, "opportunity",
                 "{\"name\":\"a\",\"currency\":\"USD\",\"amount\":100,\"close_date\":\"2026-05-31\"}");
    house_create(h, "opportunity",
                 "{\"name\":\"b\",\"currency\":\"USD\",\"amount\":100,\"close_date\":\"2026-06-01\"}");
    rooms_say(h, "SELECT amount_base FROM opportunity ORDER BY name",
              "{\"records\":[{\"amount_base\":712.35},{\"amount_base\":700}],\"next\":null}");
}

#define RULES(X)                         \
    X(everything_has_a_label)            \
    X(common_fields_have_a_label)        \
    X(every_view_runs)                   \
    X(seeds_fiscal_periods)              \
    X(keeps_the_last_administrator)      \
    X(people_are_a_tree_with_own_logins) \
    X(makes_a_name_of_its_parts)         \
    X(nobody_converts_by_hand)           \
    X(contact_moves_forward)             \
    X(campaign_has_its_dates)            \
    X(launching)                         \
    X(members)                           \
    X(case_numbers)                      \
    X(resolving_and_reopening)           \
    X(first_response)                    \
    X(activities_stand_at_their_time)    \
    X(quotas)                            \
    X(rates)

RULES(ON_EACH)

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(tables_have_no_fault),
                                        cmocka_unit_test(labels_a_year_by_its_start), cmocka_unit_test(campaign_moves),
                                        cmocka_unit_test(campaign_figures),
#define X(name) cmocka_unit_test(test_##name),
                                        RULES(X)
#undef X
    };
    return cmocka_run_group_tests(tests, rooms_open, rooms_close);
}
