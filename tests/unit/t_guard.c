/* The second fence: what a reader of the database may not, whatever statement reaches it; and that what has happened is not
 * changed by any statement but an erasure's (HIST-1). On both engines, by statements written here by hand. */
#include "app/registry.h"
#include "base/log.h"
#include "db/db.h"
#include "house.h"

static err try_on(db_conn *c, const char *sql, bool secret)
{
    db_stmt *s;
    bool     row;
    err      e = secret ? db_prepare_secret(c, str_from(sql), &s) : db_prepare(c, str_from(sql), &s);
    if (e != ERR_OK)
        return e;
    e = db_step(s, &row);
    db_done(s);
    return e;
}

static err read_one(house *h, db_class class, const char *sql, bool secret)
{
    db_conn *c;
    assert_int_equal(db_read_begin(h->d, class, &c), ERR_OK);
    err e = try_on(c, sql, secret);
    db_read_end(c);
    return e;
}

static const db_class classes[] = { DB_QUICK, DB_SLOW, DB_LONG };

static void secrets_are_read_by_their_own_statements_alone(house *h)
{
    for (size_t k = 0; k < countof(classes); k++)
        for (const char *const *t = store_secret_tables(); *t; t++) {
            char sql[200];
            snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"", *t);
            assert_int_equal(read_one(h, classes[k], sql, false), ERR_INTERNAL);
            assert_int_equal(read_one(h, classes[k], sql, true), ERR_OK);
            assert_int_equal(read_one(h, classes[k], sql, false), ERR_INTERNAL); /* the same text, from the cache */
            snprintf(sql, sizeof sql, "SELECT \"id\" FROM \"users\" WHERE EXISTS(SELECT 1 FROM \"%s\")", *t);
            assert_int_equal(read_one(h, classes[k], sql, false), ERR_INTERNAL);
            snprintf(sql, sizeof sql, "SELECT count(*) FROM \"%s\"", *t);
            assert_int_equal(read_one(h, classes[k], sql, false), ERR_INTERNAL);
        }
}

static void a_secret_statement_opens_nothing_for_the_next(house *h)
{
    for (size_t k = 0; k < countof(classes); k++) {
        db_conn *c;
        assert_int_equal(db_read_begin(h->d, classes[k], &c), ERR_OK);
        assert_int_equal(try_on(c, "SELECT \"hash\" FROM \"zk_password\"", true), ERR_OK);
        assert_int_equal(try_on(c, "SELECT \"name\" FROM \"users\"", false), ERR_OK);
        assert_int_equal(try_on(c, "SELECT \"token\" FROM \"zk_session\"", true), ERR_OK);
        assert_int_equal(try_on(c, "SELECT \"token\",1 FROM \"zk_session\"", false), ERR_INTERNAL);
        db_read_end(c);
    }
}

/* Secrets, plain ones and secrets again in one packet: the order is kept. */
static void what_is_sent_ahead_is_fenced_too(house *h)
{
    db_conn *c;
    db_stmt *open, *plain, *shut;
    bool     row;
    assert_int_equal(db_read_begin(h->d, DB_QUICK, &c), ERR_OK);
    assert_int_equal(db_prepare_secret(c, STR("SELECT count(*) FROM \"zk_token\""), &open), ERR_OK);
    db_send(open);
    assert_int_equal(db_prepare(c, STR("SELECT count(*) FROM \"users\""), &plain), ERR_OK);
    db_send(plain);
    assert_int_equal(db_step(open, &row), ERR_OK);
    assert_int_equal(db_step(plain, &row), ERR_OK);
    err e = db_prepare(c, STR("SELECT count(*) FROM \"zk_token\""), &shut);
    if (e == ERR_OK)
        e = db_step(shut, &row);
    assert_int_equal(e, ERR_INTERNAL);
    db_read_end(c);
}

static void a_reader_changes_nothing(house *h)
{
    static const char *const sql[] = {
        "INSERT INTO \"zk_setting\"(\"name\",\"value\")VALUES('x','y')",
        "UPDATE \"users\" SET \"name\"='x'",
        "DELETE FROM \"zk_history\"",
        "CREATE TABLE stolen(x integer)",
        "DROP TABLE \"users\"",
        "UPDATE sqlite_master SET type=1",
    };
    for (size_t k = 0; k < countof(classes); k++)
        for (size_t i = 0; i < countof(sql); i++) {
            assert_int_not_equal(read_one(h, classes[k], sql[i], false), ERR_OK);
            assert_int_not_equal(read_one(h, classes[k], sql[i], true), ERR_OK);
        }
    if (db_kind(h->d) == DB_SQLITE) {
        assert_int_not_equal(read_one(h, DB_QUICK, "PRAGMA query_only=OFF", false), ERR_OK);
        assert_int_not_equal(read_one(h, DB_QUICK, "ATTACH 'x.db' AS x", false), ERR_OK);
        assert_int_not_equal(read_one(h, DB_QUICK, "SELECT data FROM sqlite_dbpage", false), ERR_OK);
    }
}

/* A table that is made anew while a statement of the cache waits: it is asked about again. */
static err change_the_shape(db_conn *c, void *arg)
{
    (void)arg;
    TRY(db_exec(c, STR("ALTER TABLE \"zk_session\" ADD COLUMN \"later\" integer")));
    return db_exec(c, STR("ALTER TABLE \"users\" ADD COLUMN \"later\" integer"));
}

static void a_changed_shape_changes_no_right(house *h)
{
    assert_int_equal(read_one(h, DB_QUICK, "SELECT \"user_id\" FROM \"zk_session\"", true), ERR_OK);
    assert_int_equal(read_one(h, DB_QUICK, "SELECT \"name\" FROM \"users\"", false), ERR_OK);
    assert_int_equal(db_write(h->d, change_the_shape, NULL), ERR_OK);
    assert_int_equal(read_one(h, DB_QUICK, "SELECT \"user_id\" FROM \"zk_session\"", true), ERR_OK);
    assert_int_equal(read_one(h, DB_QUICK, "SELECT \"name\" FROM \"users\"", false), ERR_OK);
    assert_int_equal(read_one(h, DB_QUICK, "SELECT \"user_id\" FROM \"zk_session\"", false), ERR_INTERNAL);
}

/* ---- HIST-1 ---- */

static err exec_text(db_conn *c, void *arg)
{
    return db_exec(c, str_from(arg));
}

static err write_one(house *h, const char *sql)
{
    char *copy = strdup(sql);
    err   e = db_write(h->d, exec_text, copy);
    free(copy);
    return e;
}

static void what_has_happened_is_only_appended_to(house *h)
{
    static const char *const refused[] = {
        "UPDATE \"zk_history\" SET \"fields\"='{}'",
        "UPDATE \"zk_history\" SET \"by_user\"=NULL",
        "DELETE FROM \"zk_history\"",
        "UPDATE \"zk_audit\" SET \"detail\"='{}'",
        "DELETE FROM \"zk_audit\"",
        "DELETE FROM \"zk_erasure\"",
    };
    int64_t id = house_create(h, "account", "{\"name\":\"Acme\"}");
    (void)id;
    assert_int_equal(write_one(h,
                               "INSERT INTO \"zk_audit\"(\"at\",\"kind\")SELECT \"at\",'sign_in' FROM \"zk_history\""),
                     ERR_OK);
    assert_int_equal(write_one(h, "INSERT INTO \"zk_erasure\"(\"id\",\"entity\",\"record\",\"at\",\"done_at\")SELECT "
                                  "1,'contact',1,max(\"at\"),max(\"at\") FROM \"zk_history\""),
                     ERR_OK);
    for (size_t i = 0; i < countof(refused); i++)
        assert_int_not_equal(write_one(h, refused[i]), ERR_OK);
    assert_int_not_equal(write_one(h, "UPDATE \"zk_erasure\" SET \"done_at\"=NULL"), ERR_OK);
    if (db_kind(h->d) == DB_POSTGRES) {
        assert_int_not_equal(write_one(h, "TRUNCATE \"zk_history\""), ERR_OK);
        assert_int_not_equal(write_one(h, "TRUNCATE \"zk_audit\""), ERR_OK);
    }
}

/* While an erasure is under way, values of history go, and nothing else of it does; the mark of it stays. */
static void an_erasure_changes_values_alone(house *h)
{
    assert_int_equal(
        write_one(h, "INSERT INTO \"zk_erasure\"(\"id\",\"entity\",\"record\",\"at\")SELECT "
                     "(SELECT max(\"id\")+1 FROM \"zk_erasure\"),'contact',1,max(\"at\") FROM \"zk_history\""),
        ERR_OK);
    assert_int_equal(write_one(h, "UPDATE \"zk_history\" SET \"fields\"='{}' WHERE \"entity\"='account'"), ERR_OK);
    assert_int_not_equal(write_one(h, "UPDATE \"zk_history\" SET \"by_user\"=7"), ERR_OK);
    assert_int_not_equal(write_one(h, "UPDATE \"zk_history\" SET \"record\"=7"), ERR_OK);
    assert_int_not_equal(write_one(h, "DELETE FROM \"zk_history\""), ERR_OK);
    assert_int_equal(write_one(h, "UPDATE \"zk_audit\" SET \"detail\"='{}'"), ERR_OK);
    assert_int_not_equal(write_one(h, "UPDATE \"zk_audit\" SET \"by_user\"=7"), ERR_OK);
    assert_int_not_equal(write_one(h, "UPDATE \"zk_audit\" SET \"kind\"='export'"), ERR_OK);
    assert_int_not_equal(write_one(h, "UPDATE \"zk_audit\" SET \"at\"=(SELECT max(\"at\") FROM \"zk_session\")"),
                         ERR_OK);
    assert_int_not_equal(write_one(h, "DELETE FROM \"zk_audit\""), ERR_OK);
    assert_int_not_equal(write_one(h, "UPDATE \"zk_erasure\" SET \"record\"=7 WHERE \"done_at\" IS NULL"), ERR_OK);
    assert_int_not_equal(write_one(h, "DELETE FROM \"zk_erasure\""), ERR_OK);
    assert_int_equal(write_one(h, "UPDATE \"zk_erasure\" SET \"done_at\"=\"at\" WHERE \"done_at\" IS NULL"), ERR_OK);
    assert_int_not_equal(write_one(h, "UPDATE \"zk_history\" SET \"fields\"='{}'"), ERR_OK);
    assert_int_not_equal(write_one(h, "UPDATE \"zk_audit\" SET \"detail\"='{}'"), ERR_OK);
}

static err set_up(ctx *c, void *arg)
{
    (void)arg;
    return store_guard_up(c);
}

/* An older program's trigger let no erasure reach the words of security events: it goes when the guard is set up. */
static void an_older_guard_makes_room(house *h)
{
    bool sqlite = db_kind(h->d) == DB_SQLITE;
    assert_int_equal(write_one(h, sqlite ? "DROP TRIGGER \"zk_guard_audit_change\""
                                         : "DROP TRIGGER \"zk_guard_audit_change\" ON \"zk_audit\""),
                     ERR_OK);
    assert_int_equal(write_one(h,
                               sqlite
                                   ? "CREATE TRIGGER \"zk_guard_audit_update\" BEFORE UPDATE ON \"zk_audit\" BEGIN "
                                     "SELECT RAISE(ABORT,'no'); END"
                                   : "CREATE TRIGGER \"zk_guard_audit_update\" BEFORE UPDATE ON \"zk_audit\" FOR EACH "
                                     "ROW EXECUTE FUNCTION \"zk_guard_audit_delete\"()"),
                     ERR_OK);
    house_do(h, set_up, NULL);
    an_erasure_changes_values_alone(h);
}

static void fence(db_engine engine)
{
    house h;
    if (!house_open(&h, engine, rooms))
        skip();
    log_set_level((log_level)(LOG_ERROR + 1));
    assert_int_equal(db_fence_missing(h.d).n, 0);
    secrets_are_read_by_their_own_statements_alone(&h);
    a_secret_statement_opens_nothing_for_the_next(&h);
    what_is_sent_ahead_is_fenced_too(&h);
    a_reader_changes_nothing(&h);
    a_changed_shape_changes_no_right(&h);
    what_has_happened_is_only_appended_to(&h);
    an_erasure_changes_values_alone(&h);
    an_older_guard_makes_room(&h);
    house_close(&h);
}

static void readers_of_sqlite_stand_behind_a_fence(void **state)
{
    (void)state;
    fence(DB_SQLITE);
}

static void readers_of_postgresql_stand_behind_a_fence(void **state)
{
    (void)state;
    fence(DB_POSTGRES);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_of_sqlite_stand_behind_a_fence),
        cmocka_unit_test(readers_of_postgresql_stand_behind_a_fence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
