/* Statements that nobody waits for: rows that go together, errors that show later, and what is left afterwards. */
#include "db_fixture.h"

#define ROW    "INSERT INTO r(id,n,t)VALUES($1,$2,$3)"
#define REMARK "INSERT INTO q(r,words)VALUES($1,$2)"

static void make_tables(fixture *f)
{
    char sql[256];
    make_rows_table(f->d);
    snprintf(sql, sizeof sql, "CREATE TABLE q (r %s PRIMARY KEY, words %s)", dialect_of(f->engine)->type_int,
             dialect_of(f->engine)->type_blob);
    run_sql(f->d, sql);
}

static err add(db_conn *c, int64_t id, bool may_wait)
{
    db_stmt *s;
    char     words[40];
    TRY(db_prepare(c, STR(ROW), &s));
    db_bind_int(s, 1, id);
    db_bind_int(s, 2, id * 10);
    snprintf(words, sizeof words, "row %d", (int)id);
    if (id % 3)
        db_bind_text(s, 3, str_from(words));
    else
        db_bind_null(s, 3);
    return may_wait ? db_insert(s) : db_run(s);
}

static err remark(db_conn *c, int64_t id)
{
    db_stmt *s;
    TRY(db_prepare(c, STR(REMARK), &s));
    db_bind_int(s, 1, id);
    db_bind_blob(s, 2, (str){ "\0\xff$1", 4 });
    return db_insert(s);
}

static err ask(db_conn *c, const char *sql, int64_t *out)
{
    db_stmt *s;
    bool     row;
    TRY(db_prepare(c, str_from(sql), &s));
    err e = db_step(s, &row);
    if (e == ERR_OK)
        *out = db_int(s, 0);
    db_done(s);
    return e;
}

/* ---- rows that go together ---- */
static err add_hundred(db_conn *c, void *arg)
{
    int64_t *seen = arg;
    for (int64_t id = 1; id <= 100; id++) {
        TRY(add(c, id, true));
        TRY(remark(c, id));
    }
    TRY(ask(c, "SELECT COUNT(*) FROM r", seen));
    TRY(add(c, 101, true));
    return add(c, 102, false);
}

static void rows_that_wait_are_there_when_they_are_asked_for(void **state)
{
    fixture *f = fix(state);
    int64_t  seen = 0;
    make_tables(f);
    assert_int_equal(db_write(f->d, add_hundred, &seen), ERR_OK);
    assert_int_equal(seen, 100);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 102);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r WHERE n=id*10"), 102);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r WHERE t IS NULL"), 34);
    assert_int_equal(number(f->d, "SELECT id FROM r WHERE t='row 98'"), 98);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM q"), 100);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM q WHERE length(words)=4"), 100);
}

/* ---- errors that show later ---- */
typedef struct {
    int64_t ids[4];
    bool    may_wait, settles, asks;
    err     says; /* what the closure itself comes to */
    char    constraint[40];
} late;

static err add_four(db_conn *c, void *arg)
{
    late   *w = arg;
    int64_t n;
    err     e = ERR_OK;
    for (int i = 0; i < 4 && e == ERR_OK; i++)
        e = add(c, w->ids[i], w->may_wait);
    if (e == ERR_OK && w->settles)
        e = db_settle(c);
    if (e == ERR_OK && w->asks)
        e = ask(c, "SELECT COUNT(*) FROM q", &n);
    if (e != ERR_OK) {
        str name = db_error_constraint(c);
        snprintf(w->constraint, sizeof w->constraint, "%.*s", STR_ARG(name));
        return e;
    }
    return w->says;
}

static void an_error_that_shows_later_is_its_own(void **state)
{
    fixture *f = fix(state);
    make_tables(f);
    assert_int_equal(db_write(f->d, add_four, &(late){ .ids = { 1, 2, 3, 4 } }), ERR_OK);
    for (int i = 0; i < 16; i++) {
        late w = { .ids = { 5, 6, 2, 7 }, .may_wait = i & 1, .settles = i & 2, .asks = i & 4 };
        w.says = i & 8 ? ERR_INVALID : ERR_OK;
        err e = db_write(f->d, add_four, &w);
        if (w.says == ERR_INVALID && w.may_wait && !w.settles && !w.asks)
            assert_true(e == ERR_INVALID || e == ERR_CONFLICT); /* rows that waited and were refused anyhow */
        else
            assert_int_equal(e, ERR_CONFLICT);
        if (w.settles || w.asks || f->engine == DB_SQLITE)
            assert_string_equal(w.constraint, f->engine == DB_SQLITE ? "r.id" : "r_pkey");
        assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 4);
    }
    assert_int_equal(db_write(f->d, add_four, &(late){ .ids = { 5, 6, 7, 8 }, .may_wait = true }), ERR_OK);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 8);
}

/* ---- what is left afterwards ---- */
static err send_and_refuse(db_conn *c, void *arg)
{
    TRY(add(c, *(int64_t *)arg, false));
    TRY(remark(c, *(int64_t *)arg));
    return ERR_INVALID;
}

static void a_statement_first_sent_in_vain_can_be_sent_again(void **state)
{
    fixture *f = fix(state);
    make_tables(f);
    for (int64_t id = 1; id <= 12; id++) /* on each of the writers */
        assert_int_equal(db_write(f->d, send_and_refuse, &id), ERR_INVALID);
    for (int64_t i = 0; i < 12; i++)
        assert_int_equal(db_write(f->d, add_four, &(late){ .ids = { 4 * i + 1, 4 * i + 2, 4 * i + 3, 4 * i + 4 } }),
                         ERR_OK);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 48);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM q"), 0);
}

static err back_and_on(db_conn *c, void *arg)
{
    bool may_wait = *(bool *)arg;
    TRY(add(c, 1, may_wait));
    TRY(db_savepoint(c));
    TRY(add(c, 2, may_wait));
    if (add(c, 1, may_wait) == ERR_OK && !may_wait)
        (void)!db_settle(c);
    TRY(db_savepoint_rollback(c));
    TRY(add(c, 3, may_wait));
    TRY(db_savepoint(c));
    TRY(add(c, 4, may_wait));
    TRY(db_savepoint_release(c));
    TRY(db_savepoint(c));
    err e = add(c, 4, may_wait);
    if (e == ERR_OK)
        e = db_savepoint_release(c); /* the last moment to hear of it and stay */
    assert_int_equal(e, ERR_CONFLICT);
    return db_savepoint_rollback(c);
}

static void a_savepoint_takes_back_what_was_not_waited_for(void **state)
{
    fixture *f = fix(state);
    make_tables(f);
    for (int may_wait = 0; may_wait < 2; may_wait++) {
        run_sql(f->d, "DELETE FROM r");
        assert_int_equal(db_write(f->d, back_and_on, &(bool){ may_wait }), ERR_OK);
        assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 3);
        assert_int_equal(number(f->d, "SELECT SUM(id) FROM r"), 8);
    }
}

/* Many more than are kept back or sent ahead, with an error in the middle of them. */
static err add_many(db_conn *c, void *arg)
{
    for (int64_t id = 1; id <= 3000; id++) {
        TRY(add(c, id, id % 5 > 0));
        if (id == 1700 && *(bool *)arg)
            TRY(add(c, 900, true));
    }
    return ERR_OK;
}

static void thousands_go_ahead(void **state)
{
    fixture *f = fix(state);
    make_tables(f);
    assert_int_equal(db_write(f->d, add_many, &(bool){ true }), ERR_CONFLICT);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 0);
    assert_int_equal(db_write(f->d, add_many, &(bool){ false }), ERR_OK);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 3000);
    assert_int_equal(number(f->d, "SELECT SUM(n) FROM r"), 3000 * 3001 / 2 * 10);
}

/* clang-format off */
#define TESTS(X) \
    X(rows_that_wait_are_there_when_they_are_asked_for) \
    X(an_error_that_shows_later_is_its_own) \
    X(a_statement_first_sent_in_vain_can_be_sent_again) \
    X(a_savepoint_takes_back_what_was_not_waited_for) \
    X(thousands_go_ahead)
/* clang-format on */

RUN_ON_BOTH(TESTS)
