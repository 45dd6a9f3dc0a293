/* What only PostgreSQL has: a server that ends connections or goes away, and results too big for the memory. */
#include "db_fixture.h"

#include <signal.h>
#include <unistd.h>

#include "own_database.h"

static bool cut_all(void)
{
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE datname = '%s'",
             fixture_database());
    return own_database_say(getenv("ZHIKE_TEST_PG"), sql);
}

static err read_one(db *d, db_class class)
{
    db_conn *c;
    db_stmt *s;
    bool     row;
    TRY(db_read_begin(d, class, &c));
    err e = db_prepare(c, STR("SELECT COUNT(*) FROM r"), &s);
    if (e == ERR_OK)
        e = db_step(s, &row);
    db_read_end(c);
    return e;
}

/* Idle connections that died are replaced and nobody notices. */
static void postgres_dead_connections_are_replaced(void **state)
{
    fixture *f = fix(state);
    make_rows_table(f->d);
    for (int round = 0; round < 3; round++) {
        for (int class = 0; class < DB_CLASS_COUNT; class ++)
            assert_int_equal(read_one(f->d, (db_class) class), ERR_OK);
        assert_int_equal(db_write(f->d, insert_row, &(row_work){ .id = 10 * round }), ERR_OK);
        assert_true(cut_all());
        for (int class = 0; class < DB_CLASS_COUNT; class ++)
            assert_int_equal(read_one(f->d, (db_class) class), ERR_OK);
        assert_true(cut_all());
        for (int i = 1; i < 6; i++) /* by several writers */
            assert_int_equal(db_write(f->d, insert_row, &(row_work){ .id = 10 * round + i }), ERR_OK);
        assert_int_equal(db_write_alone(f->d, insert_row, &(row_work){ .id = 10 * round + 6 }), ERR_OK);
    }
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 21);
}

static err cut_once(db_conn *c, void *arg)
{
    int *runs = arg;
    TRY(insert_row(c, &(row_work){ .id = 1 }));
    if (++*runs == 1)
        assert_true(cut_all());
    return insert_row(c, &(row_work){ .id = 2 });
}

/* In the middle: a read says so and the next one works; a write is run again from its beginning. */
static void postgres_a_cut_in_the_middle(void **state)
{
    fixture *f = fix(state);
    db_conn *c;
    int      runs = 0;
    make_rows_table(f->d);
    for (int class = 0; class < DB_CLASS_COUNT; class ++) {
        assert_int_equal(db_read_begin(f->d, (db_class) class, &c), ERR_OK);
        assert_int_equal(db_exec(c, STR("SELECT 1")), ERR_OK);
        assert_true(cut_all());
        err e = db_exec(c, STR("SELECT 1"));
        assert_true(e == ERR_UNAVAILABLE || e == ERR_TOO_SLOW);
        db_read_end(c);
        assert_int_equal(read_one(f->d, (db_class) class), ERR_OK);
    }
    assert_int_equal(db_write(f->d, cut_once, &runs), ERR_OK);
    assert_int_equal(runs, 2);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 2);
}

#if defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* Anonymous memory of this process in KiB. */
static int64_t anonymous_kib(void)
{
    char  line[256];
    long  kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        sscanf(line, "RssAnon: %ld", &kib);
    fclose(file);
    return kib;
}

static void postgres_many_rows_do_not_fill_the_memory(void **state)
{
    fixture *f = fix(state);
    db_conn *c;
    db_stmt *s, *inner;
    bool     row;
    for (int class = DB_SLOW; class < DB_CLASS_COUNT; class ++) {
        int64_t before = anonymous_kib(), rows = 0;
        assert_int_equal(db_read_begin(f->d, (db_class) class, &c), ERR_OK);
        str sql = STR("SELECT i, repeat('x', 500) FROM generate_series(1, 100000) i");
        assert_int_equal(db_prepare(c, sql, &s), ERR_OK);
        while (db_step(s, &row) == ERR_OK && row) {
            rows++;
            if (class == DB_LONG && rows % 1000 == 0) {
                assert_int_equal(db_prepare(c, STR("SELECT $1::bigint"), &inner), ERR_OK);
                db_bind_int(inner, 1, rows);
                assert_int_equal(db_step(inner, &row), ERR_OK);
                assert_int_equal(db_int(inner, 0), db_int(s, 0));
                db_done(inner);
            }
        }
        assert_int_equal(rows, 100000);
        int64_t grown = anonymous_kib() - before;
        db_read_end(c);
        if (!SANITIZED) /* which keeps what was freed */
            assert_in_range(grown < 0 ? 0 : grown, 0, 8000);
    }
}

static bool support(const char *verb, const char *url)
{
    char command[700];
    snprintf(command, sizeof command, "'%s/tests/support/postgres' %s '%s' >/dev/null 2>&1", getenv("ZHIKE_SOURCE"),
             verb, url);
    return system(command) == 0;
}

/* Takes a server of its own away and brings it back. */
static void postgres_away_and_back(void **state)
{
    fixture *f = fix(state);
    char     url[512] = "", command[700], file[] = "/tmp/zk-t-db-XXXXXX";
    int      fd = getenv("ZHIKE_SOURCE") ? mkstemp(file) : -1;
    if (fd >= 0) {
        snprintf(command, sizeof command, "'%s/tests/support/postgres' start --url-file %s >/dev/null",
                 getenv("ZHIKE_SOURCE"), file);
        if (system(command) == 0 && read(fd, url, sizeof url - 1) > 0)
            url[strcspn(url, "\n")] = 0;
        close(fd);
        unlink(file);
    }
    if (!url[0]) {
        print_message("skipped: no PostgreSQL server of its own can be started\n");
        skip();
    }
    db *d = open_target(f, url, false);
    make_rows_table(d);
    assert_int_equal(read_one(d, DB_QUICK), ERR_OK);
    assert_true(support("halt", url));
    int64_t from = clock_monotonic_ns();
    for (int i = 0; i < 10; i++)
        assert_int_equal(read_one(d, DB_QUICK), ERR_UNAVAILABLE);
    assert_in_range((clock_monotonic_ns() - from) / 1000000, 0, 1500);
    assert_int_equal(db_write(d, insert_row, &(row_work){ .id = 1 }), ERR_UNAVAILABLE);
    assert_true(support("resume", url));
    err e = ERR_UNAVAILABLE;
    for (int i = 0; i < 100 && e != ERR_OK; i++, usleep(50000))
        e = read_one(d, DB_QUICK);
    assert_int_equal(e, ERR_OK);
    for (int class = 0; class < DB_CLASS_COUNT; class ++)
        assert_int_equal(read_one(d, (db_class) class), ERR_OK);
    for (int i = 2; i < 10; i++)
        assert_int_equal(db_write(d, insert_row, &(row_work){ .id = i }), ERR_OK);
    assert_int_equal(number(d, "SELECT COUNT(*) FROM r"), 8);
    db_close(d);
    assert_true(support("stop", url));
}

static void postgres_says_why_it_does_not_open(void **state)
{
    fixture *f = fix(state);
    assert_true(says(refused(f, &(db_options){ .target = "postgresql://x@127.0.0.1:1/x" }), "does not let us in"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        ON_POSTGRES(postgres_dead_connections_are_replaced),    ON_POSTGRES(postgres_a_cut_in_the_middle),
        ON_POSTGRES(postgres_many_rows_do_not_fill_the_memory), ON_POSTGRES(postgres_away_and_back),
        ON_POSTGRES(postgres_says_why_it_does_not_open),
    };
    signal(SIGPIPE, SIG_IGN);
    fixture_quiet();
    if (!getenv("ZHIKE_TEST_PG")) {
        print_message("skipped: ZHIKE_TEST_PG is not set\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
