/* db_fixture.h — an open database for each test, on SQLite in a folder of its own or on PostgreSQL in a database of its
 * own, and the few words the tests of db/ share. */
#ifndef ZK_TEST_DB_FIXTURE_H
#define ZK_TEST_DB_FIXTURE_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/limits.h"
#include "db/db.h"
#include "db/dialect.h"

typedef struct {
    db_engine engine;
    char      folder[64];
    char      target[512];
    arena    *a;
    db       *d;
} fixture;

int sqlite_before(void **state);
int sqlite_after(void **state);
int postgres_before(void **state);
int postgres_after(void **state);
#define ON_SQLITE(name)   cmocka_unit_test_setup_teardown(name, sqlite_before, sqlite_after)
#define ON_POSTGRES(name) cmocka_unit_test_setup_teardown(name, postgres_before, postgres_after)
/* main() of a program whose tests, a list macro, run on both. */
#define SQLITE_ROW_(name)   ON_SQLITE(name),
#define POSTGRES_ROW_(name) ON_POSTGRES(name),
#define RUN_ON_BOTH(TESTS)                                                                \
    int main(void)                                                                        \
    {                                                                                     \
        static const struct CMUnitTest on_sqlite[] = { TESTS(SQLITE_ROW_) };              \
        static const struct CMUnitTest on_postgres[] = { TESTS(POSTGRES_ROW_) };          \
        return fixture_run(on_sqlite, on_postgres, sizeof on_sqlite / sizeof *on_sqlite); \
    }
int fixture_run(const struct CMUnitTest *on_sqlite, const struct CMUnitTest *on_postgres, size_t count);

/* The errors of these tests are made on purpose: no lines unless ZHIKE_TEST_DB_LOG is set. */
void fixture_quiet(void);

fixture    *fix(void **state);
const char *fixture_database(void); /* its name on PostgreSQL */
db         *open_target(fixture *f, const char *target, bool exclusive);
str         refused(fixture *f, const db_options *o); /* why */
bool        says(str why, const char *words);
void        run_sql(db *d, const char *sql);
err         exec_work(db_conn *c, void *sql);
int64_t     number(db *d, const char *sql); /* one number of one row */
void        make_rows_table(db *d);         /* r (id, n, t) */

typedef struct {
    int64_t id;
    err     answer; /* what the closure returns when its insert went well */
    int     sleep_ms;
} row_work;

err insert_row(db_conn *c, void *row_work_arg);
#endif
