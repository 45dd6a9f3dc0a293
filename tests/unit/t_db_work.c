/* The database contract: transactions, batches, budgets, many threads, a kill. Every test runs on SQLite and, when
 * ZHIKE_TEST_PG holds the URL of a throw-away server, on PostgreSQL, with equal expectations. */
#include "db_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- savepoints ---- */
static err savepoint_work(db_conn *c, void *arg)
{
    (void)arg;
    TRY(insert_row(c, &(row_work){ .id = 1 }));
    TRY(db_savepoint(c));
    TRY(insert_row(c, &(row_work){ .id = 2 }));
    TRY(db_savepoint(c));
    TRY(insert_row(c, &(row_work){ .id = 3 }));
    assert_int_equal(insert_row(c, &(row_work){ .id = 1 }), ERR_CONFLICT);
    assert_int_equal(insert_row(c, &(row_work){ .id = 4 }), ERR_CONFLICT);
    TRY(db_savepoint_rollback(c));
    TRY(insert_row(c, &(row_work){ .id = 5 }));
    TRY(db_savepoint_release(c));
    TRY(db_savepoint(c));
    db_stmt *s;
    TRY(db_savepoint_rollback(c));
    TRY(db_savepoint(c));
    err  e = db_prepare(c, STR("SELECT broken syntax FROM"), &s);
    bool row;
    if (e == ERR_OK)
        e = db_step(s, &row);
    assert_int_equal(e, ERR_INTERNAL);
    TRY(db_savepoint_rollback(c));
    return insert_row(c, &(row_work){ .id = 6 });
}

static void savepoints_take_back_a_part(void **state)
{
    fixture *f = fix(state);
    make_rows_table(f->d);
    assert_int_equal(db_write(f->d, savepoint_work, NULL), ERR_OK);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 4);
    assert_int_equal(number(f->d, "SELECT SUM(id) FROM r"), 1 + 2 + 5 + 6);
}

/* ---- batches ---- */
typedef struct {
    fixture   *f;
    atomic_int ended;
    row_work   rows[200];
    err        results[200];
} batch;

typedef struct {
    batch *b;
    int    at;
} batch_item;

static err batch_work(db_conn *c, void *arg)
{
    batch_item *i = arg;
    return insert_row(c, &i->b->rows[i->at]);
}

static void batch_done(void *arg, err result)
{
    batch_item *i = arg;
    i->b->results[i->at] = result;
    atomic_fetch_add(&i->b->ended, 1);
}

static void one_failing_closure_leaves_the_others(void **state)
{
    fixture          *f = fix(state);
    static batch      b;
    static batch_item items[200];
    b = (batch){ .f = f };
    make_rows_table(f->d);
    for (int i = 0; i < 200; i++) {
        b.rows[i] = (row_work){ .id = i, .sleep_ms = i == 0 ? 30 : 0 }; /* the rest waits and makes a batch */
        items[i] = (batch_item){ &b, i };
    }
    b.rows[50].id = 49;             /* breaks the key */
    b.rows[120].answer = ERR_STALE; /* says no by itself */
    for (int i = 0; i < 200; i++)
        assert_int_equal(db_submit(f->d, batch_work, &items[i], batch_done), ERR_OK);
    while (atomic_load(&b.ended) < 200)
        usleep(1000);
    for (int i = 0; i < 200; i++) {
        if (f->engine == DB_POSTGRES && (i == 49 || i == 50))
            continue; /* several at a time: either may be first */
        assert_int_equal(b.results[i], i == 50 ? ERR_CONFLICT : i == 120 ? ERR_STALE : ERR_OK);
    }
    assert_int_equal(b.results[49] + b.results[50], ERR_CONFLICT);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 198);
}

typedef struct {
    fixture        *f;
    atomic_int      left;
    _Atomic int64_t id;
} chain;

static err chain_work(db_conn *c, void *arg)
{
    chain *h = arg;
    return insert_row(c, &(row_work){ .id = atomic_fetch_add(&h->id, 1) });
}

static void chain_done(void *arg, err result)
{
    chain *h = arg;
    assert_int_equal(result, ERR_OK);
    if (atomic_fetch_sub(&h->left, 1) > 1)
        assert_int_equal(db_submit(h->f->d, chain_work, h, chain_done), ERR_OK);
}

static void done_may_submit_more(void **state)
{
    fixture *f = fix(state);
    chain    h = { .f = f };
    atomic_store(&h.left, 50);
    make_rows_table(f->d);
    assert_int_equal(db_submit(f->d, chain_work, &h, chain_done), ERR_OK);
    while (atomic_load(&h.left) > 0)
        usleep(1000);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 50);
}

static err hold_work(db_conn *c, void *arg)
{
    (void)c;
    while (!atomic_load((atomic_bool *)arg))
        usleep(1000);
    return ERR_OK;
}

static err nothing_work(db_conn *c, void *arg)
{
    (void)c;
    (void)arg;
    return ERR_OK;
}

static void count_done(void *arg, err result)
{
    assert_int_equal(result, ERR_OK);
    atomic_fetch_add((atomic_int *)arg, 1);
}

static void too_many_waiting_are_refused(void **state)
{
    fixture    *f = fix(state);
    atomic_bool go = false;
    atomic_int  ended = 0, holding = 0;
    for (int i = 0; i < 4; i++)
        assert_int_equal(db_submit(f->d, hold_work, &go, NULL), ERR_OK);
    usleep(50000);
    int accepted = 0;
    err e;
    while ((e = db_submit(f->d, nothing_work, &ended, count_done)) == ERR_OK && accepted < 11000)
        accepted++;
    assert_int_equal(e, ERR_TOO_MANY);
    assert_in_range(accepted, 9990, 10000);
    atomic_store(&go, true);
    db_close(f->d); /* waits for all of them */
    assert_int_equal(atomic_load(&ended), accepted);
    (void)holding;
    f->d = open_target(f, f->target, false);
}

/* ---- budgets ---- */
static const char *busy_sql(fixture *f)
{
    return f->engine == DB_SQLITE
               ? "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g) SELECT COUNT(*) FROM g"
               : "SELECT COUNT(*) FROM generate_series(1, 1000000000) i";
}

static int64_t too_slow_after(fixture *f, db_class class, int budget)
{
    db_conn *c;
    db_stmt *s;
    bool     row;
    assert_int_equal(db_read_begin(f->d, class, &c), ERR_OK);
    if (budget)
        db_budget_ms(c, budget);
    int64_t from = clock_monotonic_ns();
    assert_int_equal(db_prepare(c, str_from(busy_sql(f)), &s), ERR_OK);
    assert_int_equal(db_step(s, &row), ERR_TOO_SLOW);
    int64_t ms = (clock_monotonic_ns() - from) / 1000000;
    assert_int_equal(db_step(s, &row), ERR_TOO_SLOW);
    db_read_end(c);
    assert_int_equal(db_read_begin(f->d, class, &c), ERR_OK);
    assert_int_equal(db_exec(c, STR("SELECT 1")), ERR_OK);
    db_read_end(c);
    return ms;
}

static void budgets_end_what_takes_too_long(void **state)
{
    fixture *f = fix(state);
    assert_in_range(too_slow_after(f, DB_QUICK, 0), LIMIT_QUICK_MS - 20, LIMIT_QUICK_MS + 2000);
    assert_in_range(too_slow_after(f, DB_SLOW, 50), 30, 2000);
    assert_in_range(too_slow_after(f, DB_LONG, 50), 30, 2000);
    assert_in_range(too_slow_after(f, DB_QUICK, 100000), LIMIT_QUICK_MS - 20, LIMIT_QUICK_MS + 2000);
}

static void *interrupt_soon(void *arg)
{
    usleep(100000);
    db_interrupt(arg);
    return NULL;
}

static void an_interrupt_ends_a_long_read(void **state)
{
    fixture  *f = fix(state);
    db_conn  *c;
    db_stmt  *s;
    bool      row;
    pthread_t t;
    assert_int_equal(db_read_begin(f->d, DB_LONG, &c), ERR_OK);
    assert_int_equal(db_prepare(c, str_from(busy_sql(f)), &s), ERR_OK);
    pthread_create(&t, NULL, interrupt_soon, c);
    assert_int_equal(db_step(s, &row), ERR_TOO_SLOW);
    pthread_join(t, NULL);
    db_read_end(c);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(db_read_begin(f->d, DB_LONG, &c), ERR_OK);
        assert_int_equal(db_exec(c, STR("SELECT 1")), ERR_OK);
        db_read_end(c);
    }
}

/* ---- many threads ---- */
typedef struct {
    fixture *f;
    int      number;
} member;

enum { MEMBERS = 32, MEMBER_ROWS = 25 };

static void *member_main(void *arg)
{
    member *m = arg;
    for (int i = 0; i < MEMBER_ROWS; i++) {
        int64_t  id = m->number * 1000 + i;
        db_conn *c;
        db_stmt *s;
        bool     row;
        assert_int_equal(db_write(m->f->d, insert_row, &(row_work){ .id = id }), ERR_OK);
        assert_int_equal(db_read_begin(m->f->d, i % 3 == 2 ? DB_SLOW : DB_QUICK, &c), ERR_OK);
        db_budget_ms(c, 0);
        assert_int_equal(db_prepare(c, STR("SELECT n FROM r WHERE id = $1"), &s), ERR_OK);
        db_bind_int(s, 1, id);
        err e = db_step(s, &row);
        if (e == ERR_OK) {    /* a busy machine may spend the budget of a quick read */
            assert_true(row); /* one's own write is seen */
            assert_int_equal(db_int(s, 0), id * 2);
        } else {
            assert_int_equal(e, ERR_TOO_SLOW);
        }
        db_done(s);
        db_read_end(c);
    }
    return NULL;
}

static void many_threads_write_and_read(void **state)
{
    fixture  *f = fix(state);
    pthread_t t[MEMBERS];
    member    m[MEMBERS];
    make_rows_table(f->d);
    for (int i = 0; i < MEMBERS; i++) {
        m[i] = (member){ f, i };
        pthread_create(&t[i], NULL, member_main, &m[i]);
    }
    for (int i = 0; i < MEMBERS; i++)
        pthread_join(t[i], NULL);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), MEMBERS * MEMBER_ROWS);
}

/* Reads, waits, writes what it has read plus one: none of these may be lost. */
static err increment_work(db_conn *c, void *arg)
{
    (void)arg;
    db_stmt *s;
    bool     row;
    TRY(db_prepare(c, STR("SELECT n FROM r WHERE id = 1"), &s));
    TRY(db_step(s, &row));
    int64_t n = db_int(s, 0);
    db_done(s);
    usleep(500);
    TRY(db_prepare(c, STR("UPDATE r SET n = $1 WHERE id = 1"), &s));
    db_bind_int(s, 1, n + 1);
    TRY(db_step(s, &row));
    db_done(s);
    return ERR_OK;
}

static void *increment_main(void *arg)
{
    member *m = arg;
    for (int i = 0; i < 20; i++) {
        err e = db_write(m->f->d, increment_work, NULL);
        if (e == ERR_OK)
            m->number++;
        else
            assert_int_equal(e, ERR_UNAVAILABLE); /* lost eight races */
    }
    return NULL;
}

static void no_update_is_lost(void **state)
{
    fixture  *f = fix(state);
    pthread_t t[8];
    member    m[8];
    int       sum = 0;
    make_rows_table(f->d);
    run_sql(f->d, "INSERT INTO r (id, n) VALUES (1, 0)");
    for (int i = 0; i < 8; i++) {
        m[i] = (member){ f, 0 };
        pthread_create(&t[i], NULL, increment_main, &m[i]);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(t[i], NULL);
        sum += m[i].number;
    }
    assert_int_equal(number(f->d, "SELECT n FROM r WHERE id = 1"), sum);
    assert_in_range(sum, 100, 160);
}

static err lock_work(db_conn *c, void *arg)
{
    atomic_int *inside = arg;
    TRY(db_lock(c, 4711));
    assert_int_equal(atomic_fetch_add(inside, 1), 0);
    usleep(2000);
    atomic_fetch_sub(inside, 1);
    return ERR_OK;
}

static void *lock_main(void *arg)
{
    member           *m = arg;
    static atomic_int inside;
    for (int i = 0; i < 5; i++)
        assert_int_equal(db_write(m->f->d, lock_work, &inside), ERR_OK);
    return NULL;
}

static void a_lock_is_held_by_one(void **state)
{
    fixture  *f = fix(state);
    pthread_t t[4];
    member    m = { f, 0 };
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, lock_main, &m);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
}

/* ---- killed ---- */
static void write_forever(fixture *f, int fd)
{
    for (int64_t id = 1;; id++) {
        if (db_write(f->d, insert_row, &(row_work){ .id = id }) != ERR_OK)
            _exit(1);
        if (write(fd, &id, sizeof id) != sizeof id)
            _exit(2);
    }
}

static void what_was_acknowledged_survives_a_kill(void **state)
{
    fixture *f = fix(state);
    int      fds[2];
    int64_t  id = 0, last = 0;
    make_rows_table(f->d);
    db_close(f->d);
    f->d = NULL;
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        f->d = open_target(f, f->target, true);
        write_forever(f, fds[1]);
    }
    close(fds[1]);
    while (last < 50 && read(fds[0], &id, sizeof id) == sizeof id)
        last = id;
    kill(child, SIGKILL);
    while (read(fds[0], &id, sizeof id) == sizeof id)
        last = id;
    waitpid(child, NULL, 0);
    close(fds[0]);
    f->d = open_target(f, f->target, true);
    usleep(f->engine == DB_POSTGRES ? 200000 : 0);
    int64_t there = number(f->d, "SELECT COUNT(*) FROM r");
    assert_true(last >= 50);
    assert_in_range(there, last, last + 1);
    assert_int_equal(number(f->d, "SELECT MAX(id) FROM r"), there);
}

/* clang-format off */
#define TESTS(X) \
    X(savepoints_take_back_a_part) \
    X(one_failing_closure_leaves_the_others) \
    X(done_may_submit_more) \
    X(too_many_waiting_are_refused) \
    X(budgets_end_what_takes_too_long) \
    X(an_interrupt_ends_a_long_read) \
    X(many_threads_write_and_read) \
    X(no_update_is_lost) \
    X(a_lock_is_held_by_one) \
    X(what_was_acknowledged_survives_a_kill)
/* clang-format on */

RUN_ON_BOTH(TESTS)
