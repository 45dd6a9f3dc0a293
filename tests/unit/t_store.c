/* The store's promises, on both engines. */
#include "base/date.h"
#include "house.h"
#include "rooms/account/account.h"
#include "rooms/contact/contact.h"
#include "rooms/people/people.h"
#include "rooms/product/product.h"
#include "store/act.h"
#include "store/clock.h"

static const entity_def *const rooms[] = {
    &role_entity, &role_right_entity, &role_field_entity, &user_role_entity, &user_entity,
    &team_entity, &account_entity,    &contact_entity,    &product_entity,   NULL
};

static void on_both(void (*test)(house *h))
{
    for (int engine = DB_SQLITE; engine <= DB_POSTGRES; engine++) {
        house h;
        if (!house_open(&h, (db_engine)engine, rooms))
            continue;
        test(&h);
        house_close(&h);
    }
}

static bool has_problem(const house *h, const char *name, const char *code)
{
    for (size_t i = 0; i < h->c.problem_count; i++)
        if (str_eq(h->c.problems[i].field, str_from(name)) && str_eq(h->c.problems[i].code, str_from(code)))
            return true;
    return false;
}

/* ---- a second start changes nothing ---- */

static void starts_again(house *h)
{
    str why;
    assert_int_equal(store_migrate(h->d, rooms, h->a, &why), ERR_OK);
    int64_t id = house_create(h, "account", "{\"name\":\"Acme\"}");
    assert_int_equal(store_migrate(h->d, rooms, h->a, &why), ERR_OK);
    rec *r;
    house_read(h);
    assert_int_equal(store_load(&h->c, snapshot_entity(h->snap, STR("account")), id, &r), ERR_OK);
    assert_true(str_eq(rec_text(r, (size_t)r->e->title), STR("Acme")));
    house_read_end(h);
}

static err make_old_roles(ctx *c, void *arg)
{
    (void)arg;
    TRY(db_exec(c->conn, STR("ALTER TABLE \"users\" RENAME COLUMN \"role\" TO \"later\"")));
    TRY(db_exec(c->conn, STR("ALTER TABLE \"users\" ADD COLUMN \"role\" text")));
    TRY(db_exec(c->conn, STR("UPDATE \"users\" SET \"role\"='administrator'")));
    return db_exec(c->conn, STR("UPDATE \"zk_setting\" SET \"value\"='1' WHERE \"name\"='format'"));
}

/* Step 2: the word that stood for a role becomes the record. */
static void old_roles_become_records(house *h)
{
    str     why;
    int64_t id = house_create(h, "user", "{\"name\":\"Old hand\",\"state\":\"active\"}");
    house_do(h, make_old_roles, NULL);
    assert_int_equal(store_migrate(h->d, rooms, h->a, &why), ERR_OK);
    house_reload(h);
    str text = arena_printf(h->a, "SELECT role FROM user WHERE id = '%lld'", (long long)id);
    assert_true(str_find(house_query(h, arena_cstr(h->a, text)), STR("\"role\":\"administrator\"")) > 0);
}

static err make_old_index(ctx *c, void *arg)
{
    (void)arg;
    TRY(db_exec(c->conn, STR("CREATE INDEX \"ix_accounts_old\" ON \"accounts\"(\"name\")")));
    return db_exec(c->conn, STR("CREATE INDEX \"somebody_s\" ON \"accounts\"(\"name\")"));
}

/* What an older program's tables wanted goes; what somebody else made stays. */
static void an_old_index_goes(house *h)
{
    str  why;
    bool old, other;
    house_do(h, make_old_index, NULL);
    assert_int_equal(store_migrate(h->d, rooms, h->a, &why), ERR_OK);
    house_read(h);
    assert_int_equal(db_index_exists(h->c.conn, STR("ix_accounts_old"), &old), ERR_OK);
    assert_int_equal(db_index_exists(h->c.conn, STR("somebody_s"), &other), ERR_OK);
    house_read_end(h);
    assert_false(old);
    assert_true(other);
}

/* ---- jobs at their hours ---- */

static err takes_hour(ctx *c, void *ours)
{
    return clock_take(c, STR("lead.untouched"), 60000, ours);
}

static err takes_and_fails(ctx *c, void *ours)
{
    TRY(takes_hour(c, ours));
    return ERR_CONFLICT;
}

static bool is_due(house *h)
{
    bool due = false;
    house_read(h);
    assert_int_equal(clock_due(&h->c, STR("lead.untouched"), &due), ERR_OK);
    house_read_end(h);
    return due;
}

static void jobs_have_their_hours(house *h)
{
    bool ours = false;
    h->c.now_ms = INT64_C(1795000050000); /* half a minute behind the full one */
    assert_true(is_due(h));
    assert_int_equal(store_write(&h->c, takes_and_fails, &ours), ERR_CONFLICT);
    assert_true(is_due(h)); /* what failed is tried again */
    house_do(h, takes_hour, &ours);
    assert_true(ours);
    assert_false(is_due(h));
    house_do(h, takes_hour, &ours);
    assert_false(ours); /* another server was first */
    h->c.now_ms += 29999;
    assert_false(is_due(h));
    h->c.now_ms += 1;
    assert_true(is_due(h));
    h->c.now_ms += 600000; /* ten were missed: one makes up for them */
    house_do(h, takes_hour, &ours);
    assert_true(ours);
    assert_false(is_due(h));
}

/* ---- all problems at once ---- */

static void collects_problems(house *h)
{
    err e = house_try(
        h, "account", 0,
        "{\"name\":\"\",\"email\":\"nobody\",\"employees\":-1,\"industry\":\"nonsense\",\"colour\":1,\"version\":3,"
        "\"annual_revenue\":1.234,\"parent\":\"99999\"}",
        NULL);
    assert_int_equal(e, ERR_INVALID);
    assert_true(has_problem(h, "email", "not_an_email"));
    assert_true(has_problem(h, "employees", "too_small"));
    assert_true(has_problem(h, "industry", "not_a_choice"));
    assert_true(has_problem(h, "colour", "unknown_field"));
    assert_true(has_problem(h, "version", "read_only"));
    assert_true(has_problem(h, "annual_revenue", "too_many_decimals"));
}

static void checks_references(house *h)
{
    assert_int_equal(house_try(h, "account", 0, "{\"name\":\"A\",\"parent\":\"99999\"}", NULL), ERR_INVALID);
    assert_true(has_problem(h, "parent", "no_such_record"));
    int64_t person = house_create(h, "contact", "{\"name\":\"张伟\"}");
    char    text[100];
    snprintf(text, sizeof text, "{\"name\":\"A\",\"parent\":\"%lld\"}", (long long)person); /* another entity's id */
    assert_int_equal(house_try(h, "account", 0, text, NULL), ERR_INVALID);
}

static void refuses_circles(house *h)
{
    int64_t a = house_create(h, "account", "{\"name\":\"A\"}");
    char    text[100];
    snprintf(text, sizeof text, "{\"name\":\"B\",\"parent\":\"%lld\"}", (long long)a);
    int64_t b = house_create(h, "account", text);
    snprintf(text, sizeof text, "{\"parent\":\"%lld\"}", (long long)b);
    assert_int_equal(house_try(h, "account", a, text, NULL), ERR_INVALID);
    assert_true(has_problem(h, "parent", "circle"));
    snprintf(text, sizeof text, "{\"parent\":\"%lld\"}", (long long)a);
    assert_int_equal(house_try(h, "account", a, text, NULL), ERR_INVALID);
}

static void keeps_unique(house *h)
{
    int64_t id = house_create(h, "product", "{\"name\":\"P\",\"code\":\"GTX-1\"}");
    assert_int_equal(house_try(h, "product", 0, "{\"name\":\"Q\",\"code\":\"gtx-1\"}", NULL), ERR_CONFLICT);
    assert_true(has_problem(h, "code", "taken"));
    assert_int_equal(house_try(h, "product", id, "{\"name\":\"P2\",\"code\":\"GTX-1\"}", NULL), ERR_OK); /* itself */
}

/* ---- versions, history ---- */

typedef struct {
    const char *entity_name;
    int64_t     id, version;
    bool        restore;
} deletion;

static err remove_it(ctx *c, void *arg)
{
    deletion     *d = arg;
    const entity *e = snapshot_entity(c->snap, str_from(d->entity_name));
    return d->restore ? store_restore(c, e, d->id) : store_delete(c, e, d->id, d->version);
}

static str history(house *h, const char *entity_name, int64_t id)
{
    buf         b;
    json_writer w;
    buf_init(&b, 1 << 20);
    json_begin(&w, &b);
    house_read(h);
    assert_int_equal(store_history_json(&h->c, snapshot_entity(h->snap, str_from(entity_name)), id, 50, (str){ 0 }, &w),
                     ERR_OK);
    house_read_end(h);
    str out = arena_str(h->a, buf_str(&b));
    buf_free(&b);
    return out;
}

static void writes_history(house *h)
{
    int64_t id = house_create(h, "account", "{\"name\":\"Acme\",\"annual_revenue\":12.5,\"industry\":\"Energy\"}");
    assert_int_equal(house_try(h, "account", id, "{\"name\":\"Acme 2\",\"annual_revenue\":null}", NULL), ERR_OK);
    str text = history(h, "account", id);
    assert_true(str_find(text, STR("\"name\":{\"old\":\"Acme\",\"new\":\"Acme 2\"}")) > 0);
    assert_true(str_find(text, STR("\"annual_revenue\":{\"old\":12.5,\"new\":null}")) > 0);
    assert_true(str_find(text, STR("\"industry\":{\"old\":null,\"new\":\"energy\"}")) > 0);
    assert_true(str_find(text, STR("\"what\":\"create\"")) > 0);
    rec *r;
    house_read(h);
    assert_int_equal(store_load(&h->c, snapshot_entity(h->snap, STR("account")), id, &r), ERR_OK);
    assert_int_equal(r->version, 2);
    house_read_end(h);
    assert_int_equal(house_try(h, "account", id, "{\"name\":\"Acme 2\"}", NULL),
                     ERR_OK); /* nothing changes: no version */
    house_read(h);
    assert_int_equal(store_load(&h->c, snapshot_entity(h->snap, STR("account")), id, &r), ERR_OK);
    assert_int_equal(r->version, 2);
    house_read_end(h);
}

static void refuses_stale(house *h)
{
    int64_t  id = house_create(h, "account", "{\"name\":\"Acme\"}");
    deletion d = { "account", id, 7, false };
    assert_int_equal(store_write(&h->c, remove_it, &d), ERR_STALE);
    d.version = 1;
    assert_int_equal(store_write(&h->c, remove_it, &d), ERR_OK);
    assert_int_equal(store_write(&h->c, remove_it, &d), ERR_NOT_FOUND);
}

/* ---- search ---- */

static size_t found(house *h, const char *q)
{
    search_hit *hits;
    size_t      n;
    bool        more;
    house_read(h);
    assert_int_equal(store_search(&h->c, str_from(q), NULL, 0, 20, &hits, &n, &more), ERR_OK);
    house_read_end(h);
    return n;
}

static void finds(house *h)
{
    int64_t id = house_create(h, "account", "{\"name\":\"北京华为科技有限公司\",\"phone\":\"+86 138-0013 8000\"}");
    house_create(h, "account", "{\"name\":\"Acme Trading 银行\"}");
    const char *const one[] = { "华为", "華為",        "hw",   "huawei", "北京华为科技", "bj",
                                "0013", "13800138000", "acme", "trad",   "yh",           "ＡＣＭＥ" };
    for (size_t i = 0; i < countof(one); i++) {
        if (found(h, one[i]) != 1)
            print_message("          %s\n", one[i]);
        assert_int_equal(found(h, one[i]), 1);
    }
    assert_int_equal(found(h, "小米"), 0);
    assert_int_equal(house_try(h, "account", id, "{\"name\":\"上海小米\"}", NULL), ERR_OK);
    assert_int_equal(found(h, "华为"), 0);
    assert_int_equal(found(h, "小米"), 1);
    deletion d = { "account", id, 0, false };
    house_do(h, remove_it, &d);
    assert_int_equal(found(h, "小米"), 0);
    d.restore = true;
    house_do(h, remove_it, &d);
    assert_int_equal(found(h, "小米"), 1);
}

/* What begins so, whether that is no word, few or many; and the word itself among them. */
static void finds_beginnings(house *h)
{
    static const char *const words[] = { "quartz", "quartzite", "quarry", "quark", "quarter", "quarantine", "quarto" };
    for (size_t i = 0; i < countof(words); i++) {
        char text[100];
        snprintf(text, sizeof text, "{\"name\":\"%s Works\"}", words[i]);
        house_create(h, "account", text);
        snprintf(text, sizeof text, "{\"name\":\"%s Bank\"}", words[i]);
        house_create(h, "account", text);
    }
    static const struct {
        const char *q;
        size_t      n;
    } all[] = {
        { "qu", 14 },       { "quar", 14 },       { "quart", 8 },          { "quartz", 4 },       { "quartzi", 2 },
        { "quartzx", 0 },   { "quar work", 7 },   { "quart bank", 4 },     { "quartz works", 2 }, { "quark works", 1 },
        { "quark wor", 1 }, { "quark zebra", 0 }, { "quarantine ban", 1 }, { "quarto", 2 },       { "zzqu", 0 },
    };
    for (size_t i = 0; i < countof(all); i++)
        if (found(h, all[i].q) != all[i].n)
            fail_msg("%s: %zu instead of %zu", all[i].q, found(h, all[i].q), all[i].n);
}

/* Many tokens, of which some stand in many records: the rare ones decide, and only they. */
static void finds_many_tokens(house *h)
{
    for (int i = 0; i < 40; i++)
        house_create(h, "account", "{\"name\":\"上海银行分部\"}");
    house_create(h, "account", "{\"name\":\"上海华信通\",\"phone\":\"021 8765 4321\"}");
    house_create(h, "account", "{\"name\":\"北京华信通\"}");
    assert_int_equal(found(h, "上海华信通"), 1);
    assert_int_equal(found(h, "上海银行分部"), 20);
    assert_int_equal(found(h, "上海银华信通"), 0);
    assert_int_equal(found(h, "京华信通"), 1);
    assert_int_equal(found(h, "02187654321"), 1);
    assert_int_equal(found(h, "02187654329"), 0);
}

/* ---- recycle bin ---- */

static bool living(house *h, const char *entity_name, int64_t id)
{
    rec *r;
    house_read(h);
    err e = store_load(&h->c, snapshot_entity(h->snap, str_from(entity_name)), id, &r);
    house_read_end(h);
    return e == ERR_OK;
}

static void takes_along(house *h)
{
    char    text[120];
    int64_t a = house_create(h, "account", "{\"name\":\"Acme\",\"external_id\":\"X1\"}");
    snprintf(text, sizeof text, "{\"name\":\"张伟\",\"account\":\"%lld\"}", (long long)a);
    int64_t  one = house_create(h, "contact", text), two = house_create(h, "contact", text);
    deletion first = { "contact", two, 0, false }, d = { "account", a, 0, false };
    house_do(h, remove_it, &first); /* deleted before: stays deleted */
    house_do(h, remove_it, &d);
    assert_false(living(h, "account", a));
    assert_false(living(h, "contact", one));
    d.restore = true;
    house_do(h, remove_it, &d);
    assert_true(living(h, "account", a));
    assert_true(living(h, "contact", one));
    assert_false(living(h, "contact", two));
    d.restore = false;
    house_do(h, remove_it, &d);
    house_create(h, "account", "{\"name\":\"Acme\",\"external_id\":\"X1\"}");
    d.restore = true;
    assert_int_equal(store_write(&h->c, remove_it, &d), ERR_CONFLICT); /* a clash of external ids */
}

/* ---- operations ---- */

typedef struct {
    int64_t     changed, deleted, created, operation;
    undo_report sum;
} story;

static err act(ctx *c, void *arg)
{
    story        *s = arg;
    const entity *e = snapshot_entity(c->snap, STR("account"));
    rec          *r;
    TRY(store_operation_begin(c, STR("test"), STR("a story"), &s->operation));
    TRY(store_load(c, e, s->changed, &r));
    TRY(store_set_text(c, r, entity_field(e, STR("name")), STR("Changed")));
    TRY(store_save(c, r, 0));
    TRY(store_delete(c, e, s->deleted, 0));
    r = store_new(c, e);
    TRY(store_set_text(c, r, entity_field(e, STR("name")), STR("Created")));
    TRY(store_save(c, r, 0));
    s->created = r->id;
    store_operation_end(c);
    return ERR_OK;
}

static err undo(ctx *c, void *arg)
{
    story *s = arg;
    bool   more;
    s->sum = (undo_report){ 0 };
    TRY(store_undo(c, s->operation, 100, &s->sum, &more));
    assert_false(more);
    return ERR_OK;
}

static void undoes(house *h)
{
    story s = { .changed = house_create(h, "account", "{\"name\":\"One\",\"industry\":\"energy\"}"),
                .deleted = house_create(h, "account", "{\"name\":\"Two\"}") };
    house_do(h, act, &s);
    assert_false(living(h, "account", s.deleted));
    house_do(h, undo, &s);
    assert_int_equal(s.sum.restored, 2);
    assert_int_equal(s.sum.purged, 1);
    assert_true(living(h, "account", s.deleted));
    assert_false(living(h, "account", s.created));
    rec *r;
    house_read(h);
    assert_int_equal(store_load(&h->c, snapshot_entity(h->snap, STR("account")), s.changed, &r), ERR_OK);
    assert_true(str_eq(rec_text(r, (size_t)r->e->title), STR("One")));
    house_read_end(h);
    assert_int_equal(store_write(&h->c, undo, &s), ERR_CONFLICT); /* once only */
    assert_int_equal(found(h, "Created"), 0);
}

static void undo_keeps_later_edits(house *h)
{
    story s = { .changed = house_create(h, "account", "{\"name\":\"One\"}"),
                .deleted = house_create(h, "account", "{\"name\":\"Two\"}") };
    house_do(h, act, &s);
    assert_int_equal(house_try(h, "account", s.changed, "{\"city\":\"上海\"}", NULL), ERR_OK);
    char text[100];
    snprintf(text, sizeof text, "{\"name\":\"张伟\",\"account\":\"%lld\"}", (long long)s.created);
    house_create(h, "contact", text); /* hangs on what the operation made */
    house_do(h, undo, &s);
    assert_int_equal(s.sum.restored, 1);
    assert_int_equal(s.sum.skipped, 2);
    assert_true(living(h, "account", s.created));
}

/* ---- merge ---- */

typedef struct {
    int64_t into, other, operation;
} merger;

static err merge_them(ctx *c, void *arg)
{
    merger       *u = arg;
    const entity *e = snapshot_entity(c->snap, STR("account"));
    rec          *r;
    json         *in, *reply;
    json_fault    fault;
    buf           b;
    json_writer   w;
    str text = arena_printf(c->a, "{\"with\":[\"%lld\"],\"choose\":{\"external_id\":\"%lld\",\"city\":\"%lld\"}}",
                            (long long)u->other, (long long)u->other, (long long)u->other);
    assert_int_equal(json_parse(c->a, text, &in, &fault), ERR_OK);
    TRY(store_load(c, e, u->into, &r));
    buf_init(&b, 1 << 20);
    json_begin(&w, &b);
    err x = store_action_merge(c, r, in, &w);
    if (x == ERR_OK) {
        assert_int_equal(json_parse(c->a, buf_str(&b), &reply, &fault), ERR_OK);
        assert_true(str_to_int64(json_get(reply, STR("operation"))->text, &u->operation));
    }
    buf_free(&b);
    return x;
}

static err undo_merge(ctx *c, void *arg)
{
    undo_report sum = { 0 };
    bool        more;
    TRY(store_undo(c, ((merger *)arg)->operation, 100, &sum, &more));
    assert_int_equal(sum.skipped, 0);
    return ERR_OK;
}

static void merges(house *h)
{
    char   text[160];
    merger u = { .into = house_create(h, "account", "{\"name\":\"One\",\"city\":\"北京\",\"phone\":\"010-1\"}"),
                 .other = house_create(h, "account",
                                       "{\"name\":\"Two\",\"city\":\"上海\",\"phone\":\"021-2\",\"website\":\"www.two."
                                       "com\",\"external_id\":\"X2\"}") };
    snprintf(text, sizeof text, "{\"name\":\"张伟\",\"account\":\"%lld\"}", (long long)u.other);
    int64_t person = house_create(h, "contact", text);
    house_do(h, merge_them, &u);
    assert_false(living(h, "account", u.other));
    str one = house_query(h, "SELECT name, city, phone, website, external_id FROM account");
    assert_true(str_find(one, STR("\"name\":\"One\"")) > 0);            /* its own */
    assert_true(str_find(one, STR("\"city\":\"上海\"")) > 0);           /* chosen */
    assert_true(str_find(one, STR("\"phone\":\"010-1\"")) > 0);         /* its own */
    assert_true(str_find(one, STR("\"website\":\"www.two.com\"")) > 0); /* was empty */
    assert_true(str_find(house_query(h, "SELECT account.name FROM contact"), STR("One")) > 0);
    assert_true(living(h, "contact", person));
    house_do(h, undo_merge, &u);
    assert_true(living(h, "account", u.other));
    assert_true(str_find(house_query(h, "SELECT account.name FROM contact"), STR("Two")) > 0);
    assert_true(str_find(house_query(h, "SELECT city, external_id FROM account WHERE name = 'one'"),
                         STR("\"external_id\":null")) > 0);
}

/* ---- check ---- */

static void note_fault(void *arg, str sentence)
{
    ++*(int *)arg;
    print_message("          %.*s\n", STR_ARG(sentence));
}

static void checks_itself(house *h)
{
    int     faults = 0;
    int64_t checked;
    char    text[100];
    int64_t a = house_create(h, "account", "{\"name\":\"华为\",\"phone\":\"13800138000\"}");
    snprintf(text, sizeof text, "{\"name\":\"张伟\",\"account\":\"%lld\"}", (long long)a);
    house_create(h, "contact", text);
    house_read(h);
    assert_int_equal(store_check(&h->c, note_fault, &faults, &checked), ERR_OK);
    house_read_end(h);
    assert_int_equal(faults, 0);
    assert_true(checked >= 2);
    assert_int_equal(store_rebuild_index(h->d, rooms), ERR_OK);
    assert_int_equal(found(h, "华为"), 1);
}

#define BOTH(name)                        \
    static void test_##name(void **state) \
    {                                     \
        (void)state;                      \
        on_both(name);                    \
    }
BOTH(starts_again)
BOTH(an_old_index_goes)
BOTH(old_roles_become_records)
BOTH(jobs_have_their_hours)
BOTH(collects_problems)
BOTH(checks_references)
BOTH(refuses_circles)
BOTH(keeps_unique)
BOTH(writes_history)
BOTH(refuses_stale)
BOTH(finds)
BOTH(finds_beginnings)
BOTH(finds_many_tokens)
BOTH(takes_along)
BOTH(undoes)
BOTH(undo_keeps_later_edits)
BOTH(merges)
BOTH(checks_itself)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_again),
        cmocka_unit_test(test_an_old_index_goes),
        cmocka_unit_test(test_old_roles_become_records),
        cmocka_unit_test(test_jobs_have_their_hours),
        cmocka_unit_test(test_collects_problems),
        cmocka_unit_test(test_checks_references),
        cmocka_unit_test(test_refuses_circles),
        cmocka_unit_test(test_keeps_unique),
        cmocka_unit_test(test_writes_history),
        cmocka_unit_test(test_refuses_stale),
        cmocka_unit_test(test_finds),
        cmocka_unit_test(test_finds_beginnings),
        cmocka_unit_test(test_finds_many_tokens),
        cmocka_unit_test(test_takes_along),
        cmocka_unit_test(test_undoes),
        cmocka_unit_test(test_undo_keeps_later_edits),
        cmocka_unit_test(test_merges),
        cmocka_unit_test(test_checks_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
