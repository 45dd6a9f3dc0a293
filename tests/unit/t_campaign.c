/* Campaigns, rule by rule (src/rooms/campaign/campaign.md), on both engines. */
#include "base/date.h"
#include "base/qr.h"
#include "rooms/campaign/campaign.h"
#include "rooms_house.h"

static void stand_at(house *h, const char *text)
{
    assert_true(time_parse_rfc3339(str_from(text), &h->c.now_ms));
}

static err change(house *h, const char *entity_name, int64_t id, const char *text)
{
    return house_try(h, entity_name, id, text, NULL);
}

typedef struct {
    const char *entity_name, *action, *in;
    int64_t     id;
    str         out;
} act;

static err run_action(ctx *c, void *arg)
{
    act          *t = arg;
    const entity *e = snapshot_entity(c->snap, str_from(t->entity_name));
    rec          *r;
    json         *in = NULL;
    json_fault    fault;
    buf           b;
    json_writer   w;
    TRY(store_load(c, e, t->id, &r));
    if (t->in)
        TRY(json_parse(c->a, str_from(t->in), &in, &fault));
    buf_init(&b, 1 << 20);
    json_begin(&w, &b);
    err x = ERR_NOT_FOUND;
    for (size_t i = 0; i < e->def->action_count; i++)
        if (strcmp(e->def->actions[i].name, t->action) == 0)
            x = e->def->actions[i].run(c, r, in, &w);
    t->out = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return x;
}

/* What the action answers, in the house's arena. */
static err do_action(house *h, const char *entity_name, int64_t id, const char *action, const char *in, str *out)
{
    act t = { entity_name, action, in, id, { 0 } };
    err e = store_write(&h->c, run_action, &t);
    if (e == ERR_MALFORMED)
        print_message("          %.*s\n", STR_ARG(h->c.detail));
    if (out)
        *out = arena_str(h->a, t.out);
    return e;
}

static void answer_is(str out, const char *wanted)
{
    ptrdiff_t operation = str_find(out, STR(",\"operation\""));
    str       head = operation < 0 ? out : str_sub(out, 0, operation);
    if (!str_eq(head, str_from(wanted)))
        print_message("          says %.*s\n", STR_ARG(out));
    assert_true(str_eq(head, str_from(wanted)));
}

static int64_t campaign(house *h, const char *more)
{
    return house_create(h, "campaign", TEXT(h, "{\"name\":\"第四季度\"%s}", more));
}

static int64_t member(house *h, int64_t of, const char *who, int64_t id)
{
    return house_create(h, "campaign_member", TEXT(h, "{\"campaign\":\"%lld\",\"%s\":\"%lld\"}", ID(of), who, ID(id)));
}

/* CAMP-1.5 */
static void costs_what_its_lines_sum_up_to(house *h)
{
    int64_t of = campaign(h, ",\"actual_cost\":5,\"currency\":\"CNY\"");
    int64_t one = house_create(h, "campaign_cost",
                               TEXT(h, "{\"campaign\":\"%lld\",\"name\":\"展位\",\"amount\":1200.5}", ID(of)));
    int64_t two =
        house_create(h, "campaign_cost", TEXT(h, "{\"campaign\":\"%lld\",\"name\":\"礼品\",\"amount\":99.5}", ID(of)));
    rooms_say(h, "SELECT actual_cost, actual_cost_base FROM campaign",
              "{\"records\":[{\"actual_cost\":1300,\"actual_cost_base\":1300}],\"next\":null}");
    assert_int_equal(change(h, "campaign", of, "{\"actual_cost\":7}"), ERR_INVALID);
    assert_true(rooms_problem(h, "actual_cost", "campaign.cost_from_lines"));
    assert_int_equal(change(h, "campaign", of, "{\"currency\":\"USD\"}"), ERR_INVALID);
    assert_true(rooms_problem(h, "currency", "campaign.cost_currency"));
    assert_int_equal(change(h, "campaign", of, "{\"actual_cost\":1300,\"name\":\"x\"}"), ERR_OK);
    assert_int_equal(change(h, "campaign_cost", one, "{\"amount\":0.5}"), ERR_OK);
    rooms_say(h, "SELECT actual_cost FROM campaign", "{\"records\":[{\"actual_cost\":100}],\"next\":null}");
    assert_int_equal(rooms_delete(h, "campaign_cost", two), ERR_OK);
    rooms_say(h, "SELECT actual_cost FROM campaign", "{\"records\":[{\"actual_cost\":0.5}],\"next\":null}");
    assert_int_equal(rooms_delete(h, "campaign_cost", one), ERR_OK);
    rooms_say(h, "SELECT actual_cost FROM campaign", "{\"records\":[{\"actual_cost\":null}],\"next\":null}");
    assert_int_equal(rooms_restore(h, "campaign_cost", two), ERR_OK);
    rooms_say(h, "SELECT actual_cost FROM campaign", "{\"records\":[{\"actual_cost\":99.5}],\"next\":null}");
    assert_int_equal(house_try(h, "campaign_cost", 0,
                               TEXT(h, "{\"campaign\":\"%lld\",\"name\":\"a\",\"amount\":-1}", ID(of)), NULL),
                     ERR_INVALID);
    assert_int_equal(rooms_delete(h, "campaign", of), ERR_OK); /* it takes its lines along */
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM campaign_cost"), 0);
    assert_int_equal(rooms_restore(h, "campaign", of), ERR_OK);
    rooms_say(h, "SELECT actual_cost FROM campaign", "{\"records\":[{\"actual_cost\":99.5}],\"next\":null}");
}

/* CAMP-1.5: a yen has no hundredths. */
static void counts_costs_in_its_currency(house *h)
{
    int64_t of = campaign(h, ",\"currency\":\"JPY\"");
    assert_int_equal(house_try(h, "campaign_cost", 0,
                               TEXT(h, "{\"campaign\":\"%lld\",\"name\":\"a\",\"amount\":10.5}", ID(of)), NULL),
                     ERR_INVALID);
    assert_true(rooms_problem(h, "amount", "too_many_decimals"));
    house_create(h, "campaign_cost", TEXT(h, "{\"campaign\":\"%lld\",\"name\":\"a\",\"amount\":1050}", ID(of)));
    rooms_say(h, "SELECT amount, currency FROM campaign_cost",
              "{\"records\":[{\"amount\":1050,\"currency\":\"JPY\"}],\"next\":null}");
    rooms_say(h, "SELECT actual_cost FROM campaign", "{\"records\":[{\"actual_cost\":1050}],\"next\":null}");
}

/* CAMP-1.6 */
static void stands_below_no_circle(house *h)
{
    int64_t year = campaign(h, ""), quarter = campaign(h, TEXT(h, ",\"parent\":\"%lld\"", ID(year)));
    int64_t fair = campaign(h, TEXT(h, ",\"parent\":\"%lld\"", ID(quarter)));
    assert_int_equal(change(h, "campaign", year, TEXT(h, "{\"parent\":\"%lld\"}", ID(fair))), ERR_INVALID);
    assert_true(rooms_problem(h, "parent", "circle"));
    assert_int_equal(change(h, "campaign", fair, TEXT(h, "{\"parent\":\"%lld\"}", ID(fair))), ERR_INVALID);
    assert_int_equal(change(h, "campaign", fair, TEXT(h, "{\"parent\":\"%lld\"}", ID(year))), ERR_OK);
}

static int64_t state(house *h, int64_t of, const char *status)
{
    str out = house_query(h, TEXT(h, "SELECT id FROM campaign_state WHERE campaign = '%lld' AND status = '%s'", ID(of),
                                  status));
    ptrdiff_t at = str_find(out, STR("\"id\":\""));
    assert_true(at >= 0);
    return strtoll(out.p + at + 6, NULL, 10);
}

/* CAMP-2.5, CAMP-2.6 */
static void has_member_states_of_its_own(house *h)
{
    int64_t of = campaign(h, ""), lead = house_create(h, "lead", "{\"name\":\"王\"}");
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM campaign_state"), 7);
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM campaign_state WHERE initial = true"), 1);
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM campaign_state WHERE response = true"), 2);
    /* one default: who becomes it takes it over, and nobody gives it up */
    int64_t sent = state(h, of, "sent"), planned = state(h, of, "planned"), opened = state(h, of, "opened");
    assert_int_equal(change(h, "campaign_state", planned, "{\"initial\":false}"), ERR_INVALID);
    assert_true(rooms_problem(h, "initial", "campaign_state.one_initial"));
    assert_int_equal(change(h, "campaign_state", sent, "{\"initial\":true,\"name\":\"已寄样\"}"), ERR_OK);
    rooms_say(h, "SELECT status FROM campaign_state WHERE initial = true",
              "{\"records\":[{\"status\":\"sent\"}],\"next\":null}");
    int64_t who = member(h, of, "lead", lead);
    rooms_say(h, "SELECT status, responded_at FROM campaign_member",
              "{\"records\":[{\"status\":\"sent\",\"responded_at\":null}],\"next\":null}");
    /* the default and what members stand in stay */
    assert_int_equal(rooms_delete(h, "campaign_state", sent), ERR_CONFLICT);
    assert_true(str_eq(h->c.code, STR("campaign_default_state")));
    assert_int_equal(change(h, "campaign_member", who, "{\"status\":\"opened\"}"), ERR_OK);
    assert_int_equal(rooms_delete(h, "campaign_state", opened), ERR_CONFLICT);
    assert_int_equal(rooms_delete(h, "campaign_state", planned), ERR_OK);
    assert_int_equal(change(h, "campaign_member", who, "{\"status\":\"planned\"}"), ERR_INVALID);
    assert_true(rooms_problem(h, "status", "campaign_member.no_state"));
    /* a word of one's own: whether it counts is asked when somebody comes to it */
    house_create(h, "campaign_state",
                 TEXT(h, "{\"campaign\":\"%lld\",\"name\":\"到过展台\",\"response\":true,\"position\":80}", ID(of)));
    house_reload(h);
    assert_int_equal(change(h, "campaign_member", who, "{\"status\":\"state_1\"}"), ERR_OK);
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM campaign_member WHERE responded_at != null"), 1);
    /* the same word in another campaign is the same one */
    int64_t other = campaign(h, "");
    house_create(h, "campaign_state", TEXT(h, "{\"campaign\":\"%lld\",\"name\":\"到过展台\"}", ID(other)));
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM campaign_state WHERE status = 'state_1'"), 2);
    assert_int_equal(house_try(h, "campaign_state", 0,
                               TEXT(h, "{\"campaign\":\"%lld\",\"name\":\"Sent\",\"status\":\"sent\"}", ID(of)), NULL),
                     ERR_CONFLICT);
    assert_int_equal(house_try(h, "campaign_state", 0,
                               TEXT(h, "{\"campaign\":\"%lld\",\"name\":\"a\",\"status\":\"nothing\"}", ID(of)), NULL),
                     ERR_INVALID);
    assert_int_equal(change(h, "campaign_state", sent, "{\"status\":\"opened\"}"), ERR_INVALID);
    assert_int_equal(rooms_delete(h, "campaign", of), ERR_OK); /* all its states go along, the default too */
    assert_int_equal(rooms_number(h, TEXT(h, "SELECT COUNT() n FROM campaign_state WHERE campaign = '%lld'", ID(of))),
                     0);
}

/* CAMP-2.3 */
static void keeps_the_first_response(house *h)
{
    stand_at(h, "2026-10-01T08:00:00Z");
    int64_t of = campaign(h, ""), lead = house_create(h, "lead", "{\"name\":\"王\"}");
    int64_t who = member(h, of, "lead", lead);
    assert_int_equal(change(h, "campaign_member", who, "{\"status\":\"responded\"}"), ERR_OK);
    stand_at(h, "2026-10-03T08:00:00Z");
    static const char *const then[] = { "attended", "declined", "planned", "responded" };
    for (size_t i = 0; i < countof(then); i++)
        assert_int_equal(change(h, "campaign_member", who, TEXT(h, "{\"status\":\"%s\"}", then[i])), ERR_OK);
    rooms_say(h, "SELECT responded_at, responded_via FROM campaign_member",
              "{\"records\":[{\"responded_at\":\"2026-10-01T08:00:00Z\",\"responded_via\":\"hand\"}],\"next\":null}");
    assert_int_equal(change(h, "campaign_member", who, "{\"responded_at\":\"2026-10-02T08:00:00Z\"}"), ERR_INVALID);
    assert_true(rooms_problem(h, "responded_at", "campaign_member.first_response"));
    assert_int_equal(change(h, "campaign_member", who, "{\"responded_at\":\"2026-09-30T08:00:00Z\"}"), ERR_OK);
    assert_int_equal(change(h, "campaign_member", who, "{\"responded_at\":null}"), ERR_OK);
    rooms_say(h, "SELECT responded_at, responded_via FROM campaign_member",
              "{\"records\":[{\"responded_at\":null,\"responded_via\":null}],\"next\":null}");
}

/* CAMP-5.1, CAMP-5.2 */
static void brings_who_answered_it_first(house *h)
{
    stand_at(h, "2026-10-01T08:00:00Z");
    int64_t first = campaign(h, ""), second = campaign(h, ""), lead = house_create(h, "lead", "{\"name\":\"王\"}");
    int64_t person = house_create(h, "contact", "{\"name\":\"赵\"}");
    int64_t in_first = member(h, first, "lead", lead), in_second = member(h, second, "lead", lead);
    int64_t his_first = member(h, first, "contact", person), his_second = member(h, second, "contact", person);
    rooms_say(h, "SELECT campaign FROM lead",
              "{\"records\":[{\"campaign\":null}],\"next\":null}"); /* asked, not come */
    assert_int_equal(change(h, "campaign_member", in_second, "{\"status\":\"responded\"}"), ERR_OK);
    assert_int_equal(change(h, "campaign_member", his_second, "{\"status\":\"responded\"}"), ERR_OK);
    stand_at(h, "2026-10-02T08:00:00Z");
    assert_int_equal(change(h, "campaign_member", in_first, "{\"status\":\"responded\"}"), ERR_OK);
    assert_int_equal(change(h, "campaign_member", his_first, "{\"status\":\"responded\"}"), ERR_OK);
    assert_int_equal(rooms_number(h, TEXT(h, "SELECT COUNT() n FROM lead WHERE campaign = '%lld'", ID(second))), 1);
    house_create(h, "opportunity", TEXT(h, "{\"name\":\"单\",\"contact\":\"%lld\"}", ID(person)));
    house_create(h, "opportunity",
                 TEXT(h, "{\"name\":\"b\",\"contact\":\"%lld\",\"campaign\":\"%lld\"}", ID(person), ID(first)));
    house_create(h, "opportunity", TEXT(h, "{\"name\":\"c\",\"contact\":\"%lld\",\"campaign\":null}", ID(person)));
    rooms_say(h, TEXT(h, "SELECT name FROM opportunity WHERE campaign = '%lld'", ID(second)),
              "{\"records\":[{\"name\":\"单\"}],\"next\":null}");
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM opportunity WHERE campaign = null"), 1);
}

/* CAMP-2.7, CAMP-2.9 */
static void takes_members_by_condition_and_by_list(house *h)
{
    int64_t                  of = campaign(h, ""), ids[4];
    static const char *const leads[] = { "{\"name\":\"a\",\"industry\":\"energy\"}",
                                         "{\"name\":\"b\",\"industry\":\"energy\"}",
                                         "{\"name\":\"c\",\"industry\":\"retail\"}",
                                         /* LEAD-1.1 */
                                         "{\"name\":\"d\",\"industry\":\"energy\",\"do_not_contact\":true}" };
    str                      out;
    for (size_t i = 0; i < countof(ids); i++)
        ids[i] = house_create(h, "lead", leads[i]);
    member(h, of, "lead", ids[1]);
    const char *energy = "{\"entity\":\"lead\",\"where\":\"industry = 'energy'\"}";
    assert_int_equal(do_action(h, "campaign", of, "add_members", energy, &out), ERR_OK);
    answer_is(out, "{\"added\":1,\"already\":1,\"suppressed\":1,\"after\":null");
    assert_int_equal(do_action(h, "campaign", of, "add_members", energy, &out), ERR_OK);
    answer_is(out, "{\"added\":0,\"already\":2,\"suppressed\":1,\"after\":null");
    const char *list = TEXT(h, "{\"entity\":\"lead\",\"ids\":[\"%lld\",\"%lld\",\"999999999\"],\"status\":\"sent\"}",
                            ID(ids[2]), ID(ids[0]));
    assert_int_equal(do_action(h, "campaign", of, "add_members", list, &out), ERR_OK);
    answer_is(out, "{\"added\":1,\"already\":1,\"suppressed\":0,\"after\":null");
    rooms_say(h, "SELECT lead.name, status FROM campaign_member ORDER BY lead.name",
              "{\"records\":[{\"lead\":{\"name\":\"a\"},\"status\":\"planned\"},{\"lead\":{\"name\":\"b\"},\"status\":"
              "\"planned\"},{\"lead\":{\"name\":\"c\"},\"status\":\"sent\"}],\"next\":null}");
    static const char *const bad[] = {
        "{\"entity\":\"account\",\"where\":\"\"}",
        "{\"entity\":\"lead\"}",
        "{\"entity\":\"lead\",\"ids\":[]}",
        "{\"entity\":\"lead\",\"ids\":[7]}",
        "{\"entity\":\"lead\",\"where\":\"colour = 'red'\"}",
        "{\"entity\":\"lead\",\"where\":\"name = 'a') OR (name = 'b'\"}",
        "{\"entity\":\"lead\",\"where\":7}",
        "{\"entity\":\"lead\",\"where\":\"\",\"ids\":[\"1\"]}",
        "{\"entity\":\"lead\",\"where\":\"\",\"status\":\"x\"}",
        "{\"entity\":\"lead\",\"where\":\"\",\"after\":\"x\"}",
        "{\"entity\":\"lead\",\"where\":\"\",\"sideways\":1}",
        "{\"entity\":\"lead\",\"where\":\"\",\"operation\":\"1\"}",
    };
    for (size_t i = 0; i < countof(bad); i++)
        assert_int_equal(do_action(h, "campaign", of, "add_members", bad[i], NULL), ERR_INVALID);
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM campaign_member"), 3);
    assert_int_equal(change(h, "campaign", of, "{\"status\":\"cancelled\"}"), ERR_OK);
    assert_int_equal(do_action(h, "campaign", of, "add_members", energy, NULL), ERR_CONFLICT);
    assert_true(str_eq(h->c.code, STR("campaign_over")));
}

static err many_leads(ctx *c, void *arg)
{
    (void)arg;
    for (int i = 0; i < 1100; i++) {
        rec *r = store_new(c, snapshot_entity(c->snap, STR("lead")));
        TRY(store_set_text(c, r, entity_field(r->e, STR("name")), arena_printf(c->a, "L%d", i)));
        TRY(store_save(c, r, 0));
    }
    return ERR_OK;
}

static str text_after(house *h, str out, const char *key)
{
    ptrdiff_t at = str_find(out, str_from(key));
    assert_true(at >= 0);
    str rest = str_sub(out, at + (ptrdiff_t)strlen(key), out.n);
    return arena_str(h->a, str_sub(rest, 0, str_find_char(rest, '"')));
}

/* CAMP-2.9: nobody is called who does not want to be called; by mail they may be asked. */
static void asks_nobody_who_refused(house *h)
{
    str out;
    house_create(h, "contact", "{\"name\":\"a\",\"consent_phone\":\"refused\"}");
    house_create(h, "contact", "{\"name\":\"b\",\"consent_phone\":\"given\",\"consent_email\":\"refused\"}");
    house_create(h, "contact", "{\"name\":\"c\"}");
    static const char *const all = "{\"entity\":\"contact\",\"where\":\"\"}";
    assert_int_equal(do_action(h, "campaign", campaign(h, ",\"type\":\"telephone\""), "add_members", all, &out),
                     ERR_OK);
    answer_is(out, "{\"added\":2,\"already\":0,\"suppressed\":1,\"after\":null");
    assert_int_equal(do_action(h, "campaign", campaign(h, ",\"type\":\"email\""), "add_members", all, &out), ERR_OK);
    answer_is(out, "{\"added\":2,\"already\":0,\"suppressed\":1,\"after\":null");
    assert_int_equal(do_action(h, "campaign", campaign(h, ",\"type\":\"event\""), "add_members", all, &out), ERR_OK);
    answer_is(out, "{\"added\":3,\"already\":0,\"suppressed\":0,\"after\":null");
}

/* CAMP-2.7: piece by piece, one operation, one undo. */
static void takes_many_piece_by_piece(house *h)
{
    int64_t of = campaign(h, ""), pieces = 0;
    str     out, after = { 0 }, operation = { 0 };
    house_do(h, many_leads, NULL);
    do {
        const char *in = after.n ? TEXT(h,
                                        "{\"entity\":\"lead\",\"where\":\"name LIKE 'L%%'\",\"after\":\"%.*s\","
                                        "\"operation\":\"%.*s\"}",
                                        STR_ARG(after), STR_ARG(operation))
                                 : "{\"entity\":\"lead\",\"where\":\"name LIKE 'L%'\"}";
        assert_int_equal(do_action(h, "campaign", of, "add_members", in, &out), ERR_OK);
        after = str_find(out, STR("\"after\":null")) >= 0 ? (str){ 0 } : text_after(h, out, "\"after\":\"");
        operation = text_after(h, out, "\"operation\":\"");
        pieces++;
    } while (after.n);
    assert_int_equal(pieces, 3);
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM campaign_member"), 1100);
}

/* CAMP-2.8 */
static void is_frozen_when_it_begins(house *h)
{
    int64_t of = campaign(h, "");
    str     out;
    house_create(h, "lead", "{\"name\":\"a\",\"industry\":\"energy\"}");
    int64_t rule = house_create(h, "campaign_rule",
                                TEXT(h,
                                     "{\"campaign\":\"%lld\",\"name\":\"能源\",\"people\":\"lead\",\"condition\":"
                                     "\"industry = 'energy'\"}",
                                     ID(of)));
    assert_int_equal(do_action(h, "campaign", of, "launch", NULL, NULL), ERR_CONFLICT);
    assert_true(str_eq(h->c.code, STR("campaign_unfilled")));
    assert_int_equal(do_action(h, "campaign_rule", rule, "run", NULL, &out), ERR_OK);
    answer_is(out, "{\"added\":1,\"already\":0,\"suppressed\":0,\"after\":null");
    rooms_say(h, "SELECT rule.name FROM campaign_member",
              "{\"records\":[{\"rule\":{\"name\":\"能源\"}}],\"next\":null}");
    assert_int_equal(change(h, "campaign_rule", rule, "{\"condition\":\"industry = 'energy' AND rating = null\"}"),
                     ERR_OK);
    assert_int_equal(do_action(h, "campaign", of, "launch", NULL, NULL), ERR_CONFLICT); /* another rule now */
    assert_int_equal(do_action(h, "campaign_rule", rule, "run", "{}", &out), ERR_OK);
    answer_is(out, "{\"added\":0,\"already\":1,\"suppressed\":0,\"after\":null");
    assert_int_equal(do_action(h, "campaign", of, "launch", NULL, NULL), ERR_OK);
    house_create(h, "lead", "{\"name\":\"b\",\"industry\":\"energy\"}");
    assert_int_equal(do_action(h, "campaign_rule", rule, "run", NULL, NULL), ERR_CONFLICT);
    assert_true(str_eq(h->c.code, STR("campaign_frozen")));
    assert_int_equal(change(h, "campaign_rule", rule, "{\"condition\":\"\"}"), ERR_INVALID);
    assert_true(rooms_problem(h, "condition", "campaign_rule.frozen"));
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM campaign_member"), 1);
    static const char *const bad[] = { "\"condition\":\"colour = 1\"", "\"play\":\"birthday\"",
                                       "\"play\":\"birthday\",\"days\":61", "\"play\":\"silent\",\"days\":0",
                                       "\"play\":\"birthday\",\"days\":1,\"people\":\"lead\"" };
    for (size_t i = 0; i < countof(bad); i++)
        assert_int_equal(house_try(h, "campaign_rule", 0,
                                   TEXT(h, "{\"campaign\":\"%lld\",\"name\":\"x\",%s}", ID(of), bad[i]), NULL),
                         ERR_INVALID);
}

/* ---- CAMP-6 ---- */

static err run_job(ctx *c, void *arg)
{
    const job_def *j = arg;
    return j->run(c);
}

static void care_at(house *h, const char *when)
{
    stand_at(h, when);
    const entity *e = snapshot_entity(h->snap, STR("campaign_rule"));
    house_do(h, run_job, (void *)(uintptr_t)&e->def->jobs[0]);
    rooms_say(h, "SELECT fault FROM campaign_rule WHERE fault != null", "{\"records\":[],\"next\":null}");
}

static int64_t care_campaign(house *h, int64_t owner, const char *rule)
{
    int64_t of = campaign(h, TEXT(h,
                                  ",\"type\":\"customer_care\",\"status\":\"active\",\"start_date\":\"2026-01-01\","
                                  "\"owner\":\"%lld\"",
                                  ID(owner)));
    house_create(h, "campaign_rule", TEXT(h, "{\"campaign\":\"%lld\",\"name\":\"r\",%s}", ID(of), rule));
    return of;
}

/* CAMP-6.2, CAMP-6.3, CAMP-6.4 */
static void remembers_birthdays_once_a_year(house *h)
{
    stand_at(h, "2026-02-20T03:00:00Z");
    int64_t boss = house_create(h, "user", "{\"name\":\"甲\",\"login\":\"jia\",\"state\":\"active\"}");
    int64_t seller = house_create(h, "user", "{\"name\":\"乙\",\"login\":\"yi\",\"state\":\"active\"}");
    house_create(h, "contact", TEXT(h, "{\"name\":\"闰\",\"birthday\":\"1988-02-29\",\"owner\":\"%lld\"}", ID(seller)));
    house_create(h, "contact", TEXT(h, "{\"name\":\"早\",\"birthday\":\"1990-02-24\"}"));
    house_create(h, "contact", TEXT(h, "{\"name\":\"勿\",\"birthday\":\"1990-02-24\",\"do_not_contact\":true}"));
    house_create(h, "contact", TEXT(h, "{\"name\":\"远\",\"birthday\":\"1990-07-01\"}"));
    care_campaign(h, boss, "\"play\":\"birthday\",\"days\":5,\"task_subject\":\"祝 {0} 生日快乐\"");
    care_at(h, "2026-02-20T03:00:00Z");
    rooms_say(h, "SELECT contact.name, occasion FROM campaign_member ORDER BY occasion",
              "{\"records\":[{\"contact\":{\"name\":\"早\"},\"occasion\":\"2026-02-24\"}],\"next\":null}");
    rooms_say(h, "SELECT subject, owner.name, due_at FROM activity",
              "{\"records\":[{\"subject\":\"祝 早 生日快乐\",\"owner\":{\"name\":\"甲\"},\"due_at\":"
              "\"2026-02-24T01:00:00Z\"}],\"next\":null}");
    care_at(h, "2026-02-20T09:00:00Z"); /* once a day */
    care_at(h, "2026-02-21T03:00:00Z"); /* and once for each */
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM activity"), 1);
    care_at(h, "2026-02-23T03:00:00Z"); /* no 29 February in 2026: it is the 28th */
    rooms_say(h, "SELECT owner.name, due_at FROM activity ORDER BY due_at",
              "{\"records\":[{\"owner\":{\"name\":\"甲\"},\"due_at\":\"2026-02-24T01:00:00Z\"},{\"owner\":{\"name\":"
              "\"乙\"},\"due_at\":\"2026-02-28T01:00:00Z\"}],\"next\":null}");
    care_at(h, "2027-02-20T03:00:00Z");
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM activity"), 3);
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM campaign_member"), 2); /* nobody twice */
}

static void call_done(house *h, const char *entity_name, int64_t id, const char *when)
{
    house_create(h, "activity",
                 TEXT(h, "{\"kind\":\"call\",\"subject\":\"c\",\"about\":\"%s/%lld\",\"done_at\":\"%s\"}", entity_name,
                      ID(id), when));
}

/* CAMP-6.5: each silence once, for contacts (with their firm) and for leads. */
static void notices_each_silence_once(house *h)
{
    stand_at(h, "2026-01-05T03:00:00Z");
    int64_t boss = house_create(h, "user", "{\"name\":\"甲\",\"login\":\"jia\",\"state\":\"active\"}");
    int64_t firm = house_create(h, "account", "{\"name\":\"宏远\"}");
    int64_t person = house_create(h, "contact", TEXT(h, "{\"name\":\"赵\",\"account\":\"%lld\"}", ID(firm)));
    int64_t lead = house_create(h, "lead", "{\"name\":\"钱\"}");
    care_campaign(h, boss, "\"play\":\"silent\",\"days\":30,\"people\":\"contact\"");
    care_campaign(h, boss, "\"play\":\"silent\",\"days\":30,\"people\":\"lead\"");
    const char *tasks = "SELECT COUNT() n FROM activity WHERE kind = 'task'";
    care_at(h, "2026-01-20T03:00:00Z"); /* known for 15 days only */
    assert_int_equal(rooms_number(h, tasks), 0);
    stand_at(h, "2026-01-25T03:00:00Z");
    call_done(h, "account", firm, "2026-01-25T03:00:00Z"); /* the firm was spoken to */
    call_done(h, "lead", lead, "2026-01-25T03:00:00Z");
    care_at(h, "2026-02-20T03:00:00Z");
    assert_int_equal(rooms_number(h, tasks), 0);
    care_at(h, "2026-03-01T03:00:00Z");
    assert_int_equal(rooms_number(h, tasks), 2);
    for (int day = 2; day < 28; day++) /* nobody did anything: they are told once */
        care_at(h, TEXT(h, "2026-03-%02dT03:00:00Z", day));
    assert_int_equal(rooms_number(h, tasks), 2);
    call_done(h, "contact", person, "2026-03-27T03:00:00Z");
    call_done(h, "lead", lead, "2026-03-27T03:00:00Z");
    care_at(h, "2026-04-20T03:00:00Z");
    assert_int_equal(rooms_number(h, tasks), 2);
    care_at(h, "2026-05-10T03:00:00Z"); /* days were missed: made up for */
    assert_int_equal(rooms_number(h, tasks), 4);
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM campaign_member"), 2);
}

/* CAMP-6.1, CAMP-6.6 */
static void cares_while_it_runs(house *h)
{
    stand_at(h, "2026-01-05T03:00:00Z");
    int64_t boss = house_create(h, "user", "{\"name\":\"甲\",\"login\":\"jia\",\"state\":\"active\"}");
    house_create(h, "contact", "{\"name\":\"赵\",\"title\":\"厂长\"}");
    int64_t of = care_campaign(h, boss, "\"play\":\"daily\",\"condition\":\"title = '厂长'\"");
    assert_int_equal(change(h, "user", boss, "{\"state\":\"disabled\"}"), ERR_OK);
    care_at(h, "2026-01-06T03:00:00Z");
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM campaign_member"), 0); /* nobody whose rights count */
    assert_int_equal(change(h, "user", boss, "{\"state\":\"active\"}"), ERR_OK);
    care_at(h, "2026-01-06T04:00:00Z");
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM campaign_member"), 1);
    house_create(h, "contact", "{\"name\":\"钱\",\"title\":\"厂长\"}");
    house_create(h, "contact", "{\"name\":\"孙\",\"title\":\"会计\"}");
    care_at(h, "2026-01-07T04:00:00Z");
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM campaign_member"), 2);
    assert_int_equal(change(h, "campaign", of, "{\"status\":\"completed\"}"), ERR_OK);
    house_create(h, "contact", "{\"name\":\"李\",\"title\":\"厂长\"}");
    care_at(h, "2026-01-08T04:00:00Z");
    assert_int_equal(rooms_number(h, "SELECT COUNT() n FROM campaign_member"), 2);
}

static int64_t members_of(house *h, int64_t campaign_id)
{
    return rooms_number(h, TEXT(h, "SELECT COUNT() n FROM campaign_member WHERE campaign = '%lld'", ID(campaign_id)));
}

static int64_t rule_of(house *h, int64_t campaign_id)
{
    str       out = house_query(h, TEXT(h, "SELECT id n FROM campaign_rule WHERE campaign = '%lld'", ID(campaign_id)));
    ptrdiff_t at = str_find(out, STR("\"n\":\""));
    assert_true(at >= 0);
    return strtoll(out.p + at + 5, NULL, 10);
}

/* CAMP-6.6, CAMP-6.7: the owner sees everything, who sets the rule their own alone. */
static void looks_with_both_their_eyes(house *h)
{
    stand_at(h, "2026-01-05T03:00:00Z");
    int64_t wide =
        house_create(h, "user", "{\"name\":\"甲\",\"login\":\"jia\",\"state\":\"active\",\"role\":\"sales_director\"}");
    int64_t narrow =
        house_create(h, "user", "{\"name\":\"乙\",\"login\":\"yi\",\"state\":\"active\",\"role\":\"sales_manager\"}");
    for (int i = 0; i < 3; i++)
        house_create(h, "contact",
                     TEXT(h, "{\"name\":\"hidden %d\",\"title\":\"厂长\",\"owner\":\"%lld\"}", i, ID(wide)));
    house_create(h, "contact", TEXT(h, "{\"name\":\"own\",\"title\":\"厂长\",\"owner\":\"%lld\"}", ID(narrow)));
    int64_t firm =
        house_create(h, "account", TEXT(h, "{\"name\":\"宏远\",\"city\":\"厦门\",\"owner\":\"%lld\"}", ID(wide)));
    house_create(h, "contact",
                 TEXT(h, "{\"name\":\"of a hidden firm\",\"account\":\"%lld\",\"owner\":\"%lld\"}", ID(firm),
                      ID(narrow)));
    int64_t whole = care_campaign(h, wide, "\"play\":\"daily\",\"condition\":\"title = '厂长'\"");
    int64_t by_path = care_campaign(h, wide, "\"play\":\"daily\",\"condition\":\"title = '厂长'\"");
    care_at(h, "2026-01-06T03:00:00Z"); /* set by the program: the owner's eyes alone */
    assert_int_equal(members_of(h, whole), 4);
    for (int i = 0; i < 2; i++) {
        int64_t of = i ? by_path : whole;
        house_create(h, "share",
                     TEXT(h, "{\"about\":\"campaign/%lld\",\"user\":\"%lld\",\"access\":\"change\"}", ID(of),
                          ID(narrow)));
    }
    house_create(h, "contact", TEXT(h, "{\"name\":\"hidden 4\",\"title\":\"会计\",\"owner\":\"%lld\"}", ID(wide)));
    house_create(h, "contact", TEXT(h, "{\"name\":\"own 2\",\"title\":\"会计\",\"owner\":\"%lld\"}", ID(narrow)));
    house_act(h, narrow, "sales_manager");
    assert_int_equal(change(h, "campaign_rule", rule_of(h, whole), "{\"condition\":\"title = '会计'\"}"), ERR_OK);
    assert_int_equal(change(h, "campaign_rule", rule_of(h, by_path), "{\"condition\":\"account.city = '厦门'\"}"),
                     ERR_OK);
    h->c.actor = (actor){ 0 };
    care_at(h, "2026-01-07T03:00:00Z");
    assert_int_equal(members_of(h, whole), 5);   /* "own 2", not "hidden 4" */
    assert_int_equal(members_of(h, by_path), 4); /* what the hidden firm is, nobody learns */
    /* the members that the other may not see are without a name */
    house_act(h, narrow, "sales_manager");
    assert_int_equal(
        rooms_number(h,
                     TEXT(h, "SELECT COUNT() n FROM campaign_member WHERE campaign = '%lld' AND contact.name != null",
                          ID(whole))),
        2);
    assert_true(str_find(house_query(h, TEXT(h, "SELECT name, contact FROM campaign_member WHERE campaign = '%lld'",
                                             ID(whole))),
                         STR("hidden 0")) < 0);
    h->c.actor = (actor){ 0 };
    assert_int_equal(change(h, "user", narrow, "{\"state\":\"disabled\"}"), ERR_OK);
    care_at(h, "2026-01-08T03:00:00Z"); /* who is gone learns nothing by it */
    assert_int_equal(members_of(h, whole), 6);
}

#define RULES(X)                              \
    X(costs_what_its_lines_sum_up_to)         \
    X(counts_costs_in_its_currency)           \
    X(stands_below_no_circle)                 \
    X(has_member_states_of_its_own)           \
    X(keeps_the_first_response)               \
    X(brings_who_answered_it_first)           \
    X(takes_members_by_condition_and_by_list) \
    X(asks_nobody_who_refused)                \
    X(takes_many_piece_by_piece)              \
    X(is_frozen_when_it_begins)               \
    X(remembers_birthdays_once_a_year)        \
    X(notices_each_silence_once)              \
    X(cares_while_it_runs)                    \
    X(looks_with_both_their_eyes)

RULES(ON_EACH)

/* CAMP-4.5 */
static void an_address_is_a_code_that_phones_read(void **state)
{
    (void)state;
    arena *a = arena_new();
    str    svg;
    assert_false(qr_svg(a, (str){ 0 }, &svg));
    assert_false(qr_svg(a, (str){ arena_alloc(a, QR_BYTES_MOST + 1), QR_BYTES_MOST + 1 }, &svg));
    assert_true(qr_svg(a, STR("https://crm.example/answers/7-0123456789"), &svg));
    /* version 3: 29 modules and a quiet zone of four around; the finder pattern's top row is seven wide */
    assert_true(str_find(svg, STR("viewBox=\"0 0 37 37\"")) > 0);
    assert_true(str_find(svg, STR("M4 4h7v1h-7z")) > 0);
    assert_true(str_find(svg, STR("</svg>")) == svg.n - 6);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define X(name) cmocka_unit_test(test_##name),
        RULES(X)
#undef X
            cmocka_unit_test(an_address_is_a_code_that_phones_read),
    };
    return cmocka_run_group_tests(tests, rooms_open, rooms_close);
}
