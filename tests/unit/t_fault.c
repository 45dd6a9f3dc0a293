/* The fault driver: database call 1, 2, 3 … of a save, a deletion, a restore and an undo fails in turn; each time the
 * caller hears of it and nothing is half done. */
#include <cmocka.h>

#include "base/log.h"
#include "house.h"
#include "rooms/account/account.h"
#include "rooms/contact/contact.h"
#include "rooms/people/people.h"
#include "rooms/product/product.h"

static const entity_def *const rooms[] = {
    &role_entity, &role_right_entity, &role_field_entity, &user_role_entity, &user_entity,
    &team_entity, &account_entity,    &contact_entity,    &product_entity,   NULL
};

typedef struct {
    int64_t account, contact, operation;
} scene;

static err create(ctx *c, void *arg)
{
    (void)arg;
    const entity *e = snapshot_entity(c->snap, STR("account"));
    rec          *r = store_new(c, e);
    TRY(store_set_text(c, r, entity_field(e, STR("name")), STR("新客户")));
    return store_save(c, r, 0);
}

static err change(ctx *c, void *arg)
{
    scene *s = arg;
    rec   *r;
    TRY(store_load(c, snapshot_entity(c->snap, STR("account")), s->account, &r));
    rec_set_text(c, r, 0, str_eq(rec_text(r, 0), STR("甲")) ? STR("乙") : STR("甲"));
    return store_save(c, r, 0);
}

static err delete_it(ctx *c, void *arg)
{
    return store_delete(c, snapshot_entity(c->snap, STR("account")), ((scene *)arg)->account, 0);
}

static err restore_it(ctx *c, void *arg)
{
    return store_restore(c, snapshot_entity(c->snap, STR("account")), ((scene *)arg)->account);
}

static err begin_operation(ctx *c, void *arg)
{
    scene  *s = arg;
    int64_t id;
    TRY(store_operation_begin(c, STR("test"), (str){ 0 }, &id));
    TRY(change(c, arg));
    TRY(create(c, NULL));
    s->operation = id;
    return ERR_OK;
}

static err undo_it(ctx *c, void *arg)
{
    undo_report sum = { 0 };
    bool        more;
    return store_undo(c, ((scene *)arg)->operation, 100, &sum, &more);
}

/* Everything that a save touches, as one text. */
static str picture(house *h)
{
    static const char *const counts[] = {
        "SELECT count(*)+coalesce(sum(\"version\"),0) FROM \"accounts\" WHERE \"id\">$1",
        "SELECT count(*) FROM \"accounts\" WHERE \"deleted_at\" IS NULL AND \"id\">$1",
        "SELECT count(*) FROM \"contacts\" WHERE \"deleted_at\" IS NULL AND \"id\">$1",
        "SELECT count(*) FROM \"zk_record\" WHERE \"id\">$1",
        "SELECT count(*) FROM \"zk_record\" WHERE \"deleted_at\" IS NULL AND \"id\">$1",
        "SELECT count(*) FROM \"zk_history\" WHERE \"seq\">$1",
        "SELECT count(*) FROM \"zk_outbox\" WHERE \"seq\">$1",
        "SELECT count(*) FROM \"zk_operation\" WHERE \"id\">$1",
        "SELECT count(*) FROM \"zk_picture\" WHERE \"undone\" IS NULL AND \"operation\">$1",
    };
    str out = { 0 };
    house_read(h);
    for (size_t i = 0; i < countof(counts); i++) {
        db_stmt *s;
        bool     row;
        assert_int_equal(db_prepare(h->c.conn, str_from(counts[i]), &s), ERR_OK);
        db_bind_int(s, 1, 0);
        assert_int_equal(db_step(s, &row), ERR_OK);
        out = arena_printf(h->a, "%.*s %lld", STR_ARG(out), (long long)db_int(s, 0));
        db_done(s);
    }
    search_hit *hits;
    size_t      n;
    bool        more;
    assert_int_equal(store_search(&h->c, STR("新客户"), NULL, 0, 200, &hits, &n, &more), ERR_OK);
    house_read_end(h);
    return arena_printf(h->a, "%.*s / %zu", STR_ARG(out), n);
}

static void note_fault(void *arg, str sentence)
{
    print_message("          %.*s\n", STR_ARG(sentence));
    ++*(int *)arg;
}

/* Fails call after call until the work gets through. */
static void drive(house *h, store_work work, void *arg, const char *what)
{
    int calls = 0;
    for (;; calls++) {
        str before = picture(h);
        db_fail_at(h->d, calls + 1);
        err e = store_write(&h->c, work, arg);
        db_fail_at(h->d, 0);
        if (e == ERR_OK)
            break;
        assert_int_equal(e, ERR_UNAVAILABLE);
        str after = picture(h);
        if (!str_eq(before, after))
            print_message("          %s, call %d: %.*s became %.*s\n", what, calls + 1, STR_ARG(before),
                          STR_ARG(after));
        assert_true(str_eq(before, after));
        assert_true(calls < 500);
    }
    assert_true(calls >= 4); /* the driver drove */
}

static void test_nothing_is_half_done(void **state)
{
    (void)state;
    for (int engine = DB_SQLITE; engine <= DB_POSTGRES; engine++) {
        house h;
        char  text[100];
        int   faults = 0;
        if (!house_open(&h, (db_engine)engine, rooms))
            continue;
        log_set_level(LOG_ERROR + 1);
        scene s = { .account = house_create(&h, "account", "{\"name\":\"甲\",\"phone\":\"13800138000\"}") };
        snprintf(text, sizeof text, "{\"name\":\"张伟\",\"account\":\"%lld\"}", (long long)s.account);
        s.contact = house_create(&h, "contact", text);
        drive(&h, create, &s, "create");
        drive(&h, change, &s, "change");
        drive(&h, delete_it, &s, "delete");
        drive(&h, restore_it, &s, "restore");
        drive(&h, begin_operation, &s, "operation");
        drive(&h, undo_it, &s, "undo");
        int64_t checked;
        house_read(&h);
        assert_int_equal(store_check(&h.c, note_fault, &faults, &checked), ERR_OK);
        house_read_end(&h);
        assert_int_equal(faults, 0);
        log_set_level(LOG_INFO);
        house_close(&h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_nothing_is_half_done) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
