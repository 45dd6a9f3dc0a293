/* The database contract: values, statements, errors, what is there. Every test runs on SQLite and, when ZHIKE_TEST_PG
 * holds the URL of a throw-away server, on PostgreSQL, with equal expectations. */
#include "db_fixture.h"

#include <math.h>

/* ---- values ---- */
static void make_kinds_table(fixture *f)
{
    const dialect *w = dialect_of(f->engine);
    char           sql[512];
    snprintf(sql, sizeof sql, "CREATE TABLE kinds (id %s PRIMARY KEY, i %s, r %s, b %s, d %s, t %s, x %s, y %s, j %s)",
             w->type_id, w->type_int, w->type_real, w->type_bool, w->type_date, w->type_time, w->type_text,
             w->type_blob, w->type_json);
    run_sql(f->d, sql);
}

typedef struct {
    int64_t id, i, d, t;
    double  r;
    bool    b;
    str     x, y;
} kinds;

static err insert_kinds(db_conn *c, void *arg)
{
    kinds   *k = arg;
    db_stmt *s;
    bool     row;
    TRY(db_prepare(c, STR("INSERT INTO kinds (id, i, r, b, d, t, x, y, j) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)"), &s));
    db_bind_int(s, 1, k->id);
    db_bind_int(s, 2, k->i);
    db_bind_real(s, 3, k->r);
    db_bind_bool(s, 4, k->b);
    db_bind_date(s, 5, k->d);
    db_bind_time(s, 6, k->t);
    db_bind_text(s, 7, k->x);
    db_bind_blob(s, 8, k->y);
    db_bind_text(s, 9, STR("{\"a\" :  1}"));
    TRY(db_step(s, &row));
    assert_false(row);
    assert_int_equal(db_changes(s), 1);
    db_done(s);
    return ERR_OK;
}

static void check_kinds(db_stmt *s, const kinds *k)
{
    bool row;
    db_bind_int(s, 1, k->id);
    assert_int_equal(db_step(s, &row), ERR_OK);
    assert_true(row);
    assert_true(db_int(s, 0) == k->i);
    assert_true(db_real(s, 1) == k->r);
    assert_int_equal(db_bool(s, 2), k->b);
    assert_true(db_date(s, 3) == k->d && db_int(s, 3) == k->d);
    assert_true(db_time(s, 4) == k->t && db_int(s, 4) == k->t);
    assert_true(str_eq(db_text(s, 5), k->x) && db_text(s, 5).p);
    assert_true(str_eq(db_blob(s, 6), k->y) && !db_null(s, 6));
    assert_true(str_eq(db_text(s, 7), STR("{\"a\" :  1}")));
    int64_t wholes[4] = { 0 };
    str     words[2] = { { 0 } };
    assert_true(db_whole(s, 0, &wholes[0]) && wholes[0] == k->i);
    assert_true(db_whole(s, 2, &wholes[1]) && wholes[1] == k->b);
    assert_true(db_whole(s, 3, &wholes[2]) && wholes[2] == k->d);
    assert_true(db_whole(s, 4, &wholes[3]) && wholes[3] == k->t);
    assert_true(db_words(s, 5, &words[0]) && str_eq(words[0], k->x) && words[0].p);
    assert_true(db_words(s, 7, &words[1]) && str_eq(words[1], STR("{\"a\" :  1}")));
    assert_int_equal(db_step(s, &row), ERR_OK);
    assert_false(row);
    db_done(s);
}

static void values_of_every_kind_come_back(void **state)
{
    fixture *f = fix(state);
    kinds    k[] = {
           { 1, INT64_MIN, DATE_MIN, TIME_MS_MIN, -0.1, true, STR("华为 \xf0\x9f\x98\x80 'x' $1"), STR("\0\1\xff\\") },
           { 2, INT64_MAX, DATE_MAX, TIME_MS_MAX, 1e300, false, STR(""), STR("") },
           { 3, 0, 0, 0, 0.0, true, STR("a"), STR("b") },
           { 4, -1, -1, -1, 1.0 / 3, false, STR("ÄÖ"), STR("\xc3\x28") },
           { 5, 4294967296, 20727, 1790812800123, 2.5, true, STR("\n\t"), STR("x") },
    };
    make_kinds_table(f);
    for (size_t i = 0; i < countof(k); i++)
        assert_int_equal(db_write(f->d, insert_kinds, &k[i]), ERR_OK);
    db_conn *c;
    db_stmt *s;
    assert_int_equal(db_read_begin(f->d, DB_QUICK, &c), ERR_OK);
    for (size_t i = 0; i < countof(k); i++) {
        assert_int_equal(db_prepare(c, STR("SELECT i, r, b, d, t, x, y, j FROM kinds WHERE id = $1"), &s), ERR_OK);
        check_kinds(s, &k[i]);
    }
    db_read_end(c);
}

static err insert_nulls(db_conn *c, void *arg)
{
    (void)arg;
    db_stmt *s;
    bool     row;
    TRY(db_prepare(c, STR("INSERT INTO kinds (id, i, r, b, d, t, x, y, j) VALUES (9,$1,$2,$3,$4,$5,$6,$7,$8)"), &s));
    for (int n = 1; n <= 8; n++)
        db_bind_null(s, n);
    TRY(db_step(s, &row));
    db_done(s);
    return ERR_OK;
}

static void nulls_come_back_as_nulls(void **state)
{
    fixture *f = fix(state);
    db_conn *c;
    db_stmt *s;
    bool     row;
    make_kinds_table(f);
    assert_int_equal(db_write(f->d, insert_nulls, NULL), ERR_OK);
    assert_int_equal(db_read_begin(f->d, DB_QUICK, &c), ERR_OK);
    assert_int_equal(db_prepare(c, STR("SELECT i, r, b, d, t, x, y, j FROM kinds"), &s), ERR_OK);
    assert_int_equal(db_step(s, &row), ERR_OK);
    assert_true(row);
    for (int i = 0; i < 8; i++) {
        int64_t whole = 7;
        str     words = STR("stays");
        assert_true(db_null(s, i));
        assert_false(db_whole(s, i, &whole));
        assert_false(db_words(s, i, &words));
        assert_true(whole == 7 && str_eq(words, STR("stays")));
    }
    assert_int_equal(db_int(s, 0), 0);
    assert_int_equal(db_text(s, 5).n, 0);
    assert_int_equal(db_blob(s, 6).n, 0);
    db_read_end(c);
}

/* The same parameter twice, out of order, and dollars that are none. */
static void parameters_go_by_their_number(void **state)
{
    fixture *f = fix(state);
    db_conn *c;
    db_stmt *s;
    bool     row;
    make_rows_table(f->d);
    for (int i = 1; i <= 5; i++)
        assert_int_equal(db_write(f->d, insert_row, &(row_work){ .id = i }), ERR_OK);
    assert_int_equal(db_read_begin(f->d, DB_QUICK, &c), ERR_OK);
    str sql =
        STR("SELECT id, '$1 ''$2', \"n\" /* $9 */ FROM r -- $7\n WHERE n > $2 AND id < $1 AND id <> $3 AND id < $1"
            " ORDER BY id LIMIT $4");
    assert_int_equal(db_prepare(c, sql, &s), ERR_OK);
    db_bind_int(s, 1, 5);
    db_bind_int(s, 2, 2);
    db_bind_int(s, 3, 3);
    db_bind_int(s, 4, 10);
    assert_int_equal(db_step(s, &row), ERR_OK);
    assert_true(row);
    assert_int_equal(db_int(s, 0), 2);
    assert_true(str_eq(db_text(s, 1), STR("$1 '$2")));
    assert_int_equal(db_step(s, &row), ERR_OK);
    assert_true(row);
    assert_int_equal(db_int(s, 0), 4);
    assert_int_equal(db_step(s, &row), ERR_OK);
    assert_false(row);
    db_done(s);
    db_read_end(c);
}

/* PostgreSQL answers SUM of bigint as numeric, COUNT as bigint. */
static void sums_and_counts_are_integers(void **state)
{
    fixture *f = fix(state);
    db_conn *c;
    db_stmt *s;
    bool     row;
    make_rows_table(f->d);
    int64_t ids[] = { 4000000000000000000, 7, -5, 123456789012345678 };
    for (size_t i = 0; i < countof(ids); i++)
        assert_int_equal(db_write(f->d, insert_row, &(row_work){ .id = ids[i] }), ERR_OK);
    assert_int_equal(db_read_begin(f->d, DB_QUICK, &c), ERR_OK);
    assert_int_equal(
        db_prepare(c,
                   STR("SELECT SUM(id), COUNT(*), SUM(id) FILTER (WHERE id < 0), AVG(n) FILTER (WHERE id < 8)"
                       ", SUM(id) FILTER (WHERE id > 1000), SUM(n) FILTER (WHERE id = 1) FROM r"),
                   &s),
        ERR_OK);
    assert_int_equal(db_step(s, &row), ERR_OK);
    assert_true(row);
    assert_true(db_int(s, 0) == 4123456789012345680);
    assert_int_equal(db_int(s, 1), 4);
    assert_int_equal(db_int(s, 2), -5);
    assert_true(fabs(db_real(s, 3) - 2.0) < 1e-9);
    assert_true(db_int(s, 4) == 4123456789012345678);
    assert_true(db_null(s, 5));
    assert_int_equal(db_int(s, 5), 0);
    db_read_end(c);
}

static void letters_are_lowered_alike(void **state)
{
    fixture       *f = fix(state);
    const dialect *w = dialect_of(f->engine);
    char           sql[256];
    db_conn       *c;
    db_stmt       *s;
    bool           row;
    make_rows_table(f->d);
    run_sql(f->d, "INSERT INTO r (id, n, t) VALUES (1, 0, 'ÄBC Ünï 华为 ΑΣ')");
    snprintf(sql, sizeof sql, "SELECT %st%s FROM r WHERE %st%s LIKE $1", w->lower_open, w->lower_close, w->lower_open,
             w->lower_close);
    assert_int_equal(db_read_begin(f->d, DB_QUICK, &c), ERR_OK);
    assert_int_equal(db_prepare(c, str_from(sql), &s), ERR_OK);
    db_bind_text(s, 1, STR("äbc%"));
    assert_int_equal(db_step(s, &row), ERR_OK);
    assert_true(row);
    assert_true(str_eq(db_text(s, 0), STR("äbc ünï 华为 ας")));
    db_read_end(c);
}

/* ---- misuse ---- */
static void wrong_parameters_are_errors(void **state)
{
    fixture *f = fix(state);
    db_conn *c;
    db_stmt *s;
    bool     row;
    make_rows_table(f->d);
    assert_int_equal(db_read_begin(f->d, DB_QUICK, &c), ERR_OK);
    assert_int_equal(db_prepare(c, STR("SELECT id FROM r WHERE id = $1"), &s), ERR_OK);
    db_bind_int(s, 1, 1);
    db_bind_int(s, 2, 1);
    assert_int_equal(db_step(s, &row), ERR_INTERNAL);
    db_read_end(c);
    assert_int_equal(db_read_begin(f->d, DB_QUICK, &c), ERR_OK);
    assert_int_equal(db_prepare(c, STR("SELECT id FROM r WHERE t = $1"), &s), ERR_OK);
    db_bind_text(s, 1, STR("a\0b"));
    assert_int_equal(db_step(s, &row), ERR_INTERNAL);
    db_read_end(c);
    /* and the statement works again in the next transaction */
    assert_int_equal(db_read_begin(f->d, DB_QUICK, &c), ERR_OK);
    assert_int_equal(db_prepare(c, STR("SELECT id FROM r WHERE t = $1"), &s), ERR_OK);
    db_bind_text(s, 1, STR("ab"));
    assert_int_equal(db_step(s, &row), ERR_OK);
    assert_false(row);
    db_read_end(c);
}

static void readers_cannot_write(void **state)
{
    fixture *f = fix(state);
    db_conn *c;
    make_rows_table(f->d);
    assert_int_equal(db_read_begin(f->d, DB_QUICK, &c), ERR_OK);
    assert_int_equal(db_exec(c, STR("INSERT INTO r (id, n) VALUES (1, 1)")), ERR_UNAVAILABLE);
    db_read_end(c);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 0);
}

/* ---- errors ---- */
static void an_error_sticks_to_the_transaction(void **state)
{
    fixture *f = fix(state);
    db_conn *c;
    db_stmt *s;
    bool     row;
    make_rows_table(f->d);
    assert_int_equal(db_read_begin(f->d, DB_QUICK, &c), ERR_OK);
    err e = db_prepare(c, STR("SELECT nonsense FROM r"), &s);
    if (e == ERR_OK)
        e = db_step(s, &row); /* PostgreSQL learns it with the first step */
    assert_int_equal(e, ERR_INTERNAL);
    assert_true(str_find(db_error_text(c), STR("nonsense")) >= 0);
    assert_int_equal(db_prepare(c, STR("SELECT 1"), &s), ERR_INTERNAL);
    assert_int_equal(db_exec(c, STR("SELECT 1")), ERR_INTERNAL);
    db_read_end(c);
    assert_int_equal(db_read_begin(f->d, DB_QUICK, &c), ERR_OK);
    assert_int_equal(db_exec(c, STR("SELECT 1")), ERR_OK);
    db_read_end(c);
}

static err conflict_work(db_conn *c, void *arg)
{
    char *constraint = arg;
    err   e = insert_row(c, &(row_work){ .id = 1 });
    str   name = db_error_constraint(c);
    snprintf(constraint, 64, "%.*s", STR_ARG(name));
    assert_int_equal(db_exec(c, STR("SELECT 1")), e);
    return ERR_OK; /* swallowed: must fail all the same */
}

static void a_broken_rule_is_a_conflict_with_its_name(void **state)
{
    fixture *f = fix(state);
    char     constraint[64] = "";
    make_rows_table(f->d);
    assert_int_equal(db_write(f->d, insert_row, &(row_work){ .id = 1 }), ERR_OK);
    assert_int_equal(db_write(f->d, conflict_work, constraint), ERR_CONFLICT);
    assert_string_equal(constraint, f->engine == DB_SQLITE ? "r.id" : "r_pkey");
    assert_int_equal(db_write(f->d, exec_work, "INSERT INTO r (id, n) VALUES (2, NULL)"), ERR_INTERNAL);
    run_sql(f->d, "CREATE TABLE q (id INTEGER, CONSTRAINT positive CHECK (id > 0))");
    assert_int_equal(db_write(f->d, exec_work, "INSERT INTO q VALUES (-1)"), ERR_CONFLICT);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 1);
}

static void made_failures_hit_the_nth_call(void **state)
{
    fixture *f = fix(state);
    make_rows_table(f->d);
    int64_t n = 0;
    err     e;
    do { /* prepare, step, commit */
        db_fail_at(f->d, ++n);
        e = db_write(f->d, insert_row, &(row_work){ .id = 77 });
        assert_true(e == ERR_OK || e == ERR_UNAVAILABLE);
        db_fail_at(f->d, 0);
        assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), e == ERR_OK);
    } while (e != ERR_OK && n < 20);
    assert_int_equal(n, 4);
}

/* ---- several statements in one packet ---- */
static db_stmt *sent_count_of(db_conn *c, int64_t id)
{
    db_stmt *s;
    assert_int_equal(db_prepare(c, STR("SELECT COUNT(*), $1 + 0 FROM r WHERE id <= $1"), &s), ERR_OK);
    db_bind_int(s, 1, id);
    db_send(s);
    return s;
}

static void step_to(db_stmt *s, int64_t first, int64_t second)
{
    bool row;
    assert_int_equal(db_step(s, &row), ERR_OK);
    assert_true(row);
    assert_int_equal(db_int(s, 0), first);
    assert_int_equal(db_int(s, 1), second);
    assert_int_equal(db_step(s, &row), ERR_OK);
    assert_false(row);
}

static void sent_statements_answer_in_any_order(void **state)
{
    fixture *f = fix(state);
    db_conn *c;
    db_stmt *s[4];
    make_rows_table(f->d);
    for (int i = 1; i <= 5; i++)
        assert_int_equal(db_write(f->d, insert_row, &(row_work){ .id = i }), ERR_OK);
    for (int class = 0; class < DB_CLASS_COUNT; class ++)
        for (int last = 0; last < 2; last++) {
            assert_int_equal(db_read_begin(f->d, (db_class) class, &c), ERR_OK);
            for (int i = 0; i < 4; i++)
                s[i] = sent_count_of(c, i + 1);
            if (last && class != DB_QUICK) { /* slow ones run when they are stepped */
                db_read_end(c);
                continue;
            }
            if (last)
                db_read_last(c);
            db_done(s[1]); /* nobody wants it any more */
            step_to(s[3], 4, 4);
            step_to(s[0], 1, 1);
            step_to(s[2], 3, 3);
            if (!last)
                step_to(sent_count_of(c, 5), 5, 5);
            db_read_end(c);
        }
}

static void the_last_statement_may_be_stepped_at_once(void **state)
{
    fixture *f = fix(state);
    db_conn *c;
    db_stmt *s;
    bool     row;
    make_rows_table(f->d);
    for (int i = 0; i < 30; i++) {
        int64_t id = i;
        assert_int_equal(db_write(f->d, insert_row, &(row_work){ .id = id }), ERR_OK);
        assert_int_equal(db_read_begin(f->d, i % 3 ? DB_QUICK : DB_SLOW, &c), ERR_OK);
        assert_int_equal(db_prepare(c, i % 7 ? STR("SELECT COUNT(*) FROM r") : STR("SELECT 1/0 FROM broken"), &s),
                         f->engine == DB_SQLITE && i % 7 == 0 ? ERR_INTERNAL : ERR_OK);
        db_read_last(c);
        if (i % 7 == 0 && f->engine == DB_POSTGRES)
            assert_int_equal(db_step(s, &row), ERR_INTERNAL);
        if (i % 7) {
            assert_int_equal(db_step(s, &row), ERR_OK);
            assert_int_equal(db_int(s, 0), i + 1);
        }
        db_read_end(c);
    }
}

typedef struct {
    int64_t ids[6];
    bool    asks; /* a stepped statement after the sent ones */
} sends;

static err send_rows(db_conn *c, void *arg)
{
    sends   *w = arg;
    db_stmt *s;
    bool     row;
    for (int i = 0; i < 6; i++) {
        TRY(db_prepare(c, STR("INSERT INTO r (id, n, t) VALUES ($1, $2, $3)"), &s));
        db_bind_int(s, 1, w->ids[i]);
        db_bind_int(s, 2, 0);
        db_bind_text(s, 3, STR("sent"));
        db_send(s);
        db_done(s);
    }
    if (!w->asks)
        return ERR_OK;
    TRY(db_prepare(c, STR("SELECT COUNT(*) FROM r"), &s));
    TRY(db_step(s, &row));
    assert_int_equal(db_int(s, 0), 6);
    return ERR_OK;
}

static void sent_writes_count_and_fail_with_the_transaction(void **state)
{
    fixture *f = fix(state);
    make_rows_table(f->d);
    assert_int_equal(db_write(f->d, send_rows, &(sends){ { 1, 2, 3, 4, 5, 6 }, true }), ERR_OK);
    assert_int_equal(db_write(f->d, send_rows, &(sends){ { 11, 12, 13, 14, 15, 16 }, false }), ERR_OK);
    assert_int_equal(db_write(f->d, send_rows, &(sends){ { 21, 22, 3, 24, 25, 26 }, false }), ERR_CONFLICT);
    assert_int_equal(db_write(f->d, send_rows, &(sends){ { 21, 22, 3, 24, 25, 26 }, true }), ERR_CONFLICT);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 12);
    assert_int_equal(db_write(f->d, send_rows, &(sends){ { 21, 22, 23, 24, 25, 26 }, false }), ERR_OK);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 18);
}

/* ---- snapshots, nesting, cache ---- */
static void a_reader_sees_one_moment(void **state)
{
    fixture *f = fix(state);
    db_conn *c;
    db_stmt *s;
    bool     row;
    make_rows_table(f->d);
    assert_int_equal(db_write(f->d, insert_row, &(row_work){ .id = 1 }), ERR_OK);
    assert_int_equal(db_read_begin(f->d, DB_QUICK, &c), ERR_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(db_prepare(c, STR("SELECT COUNT(*) FROM r"), &s), ERR_OK);
        assert_int_equal(db_step(s, &row), ERR_OK);
        assert_int_equal(db_int(s, 0), 1);
        db_done(s);
        assert_int_equal(db_write(f->d, insert_row, &(row_work){ .id = 10 + i }), ERR_OK);
    }
    db_read_end(c);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 4);
}

static void statements_nest(void **state)
{
    fixture *f = fix(state);
    make_rows_table(f->d);
    run_sql(f->d, f->engine == DB_SQLITE
                      ? "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 2000)"
                        " INSERT INTO r (id, n) SELECT i, i FROM g"
                      : "INSERT INTO r (id, n) SELECT i, i FROM generate_series(1, 2000) i");
    for (int class = 0; class < DB_CLASS_COUNT; class ++) {
        db_conn *c;
        db_stmt *outer, *inner;
        bool     row;
        int64_t  sum = 0, rows = 0;
        assert_int_equal(db_read_begin(f->d, (db_class) class, &c), ERR_OK);
        db_budget_ms(c, 0);
        assert_int_equal(db_prepare(c, STR("SELECT id FROM r ORDER BY id"), &outer), ERR_OK);
        while (db_step(outer, &row) == ERR_OK && row) {
            rows++;
            if (db_int(outer, 0) % 500 != 1)
                continue;
            /* the same text as the outer one's is another statement */
            assert_int_equal(db_prepare(c, STR("SELECT id FROM r ORDER BY id"), &inner), ERR_OK);
            for (int i = 0; i < 3; i++)
                assert_int_equal(db_step(inner, &row), ERR_OK);
            sum += db_int(inner, 0);
            db_done(inner);
            assert_int_equal(db_int(outer, 0) % 500, 1);
        }
        assert_int_equal(rows, 2000);
        assert_int_equal(sum, 4 * 3);
        db_done(outer);
        db_read_end(c);
    }
}

static void more_statements_than_the_cache_keeps(void **state)
{
    fixture *f = fix(state);
    char     sql[64];
    db_conn *c;
    db_stmt *s;
    bool     row;
    make_rows_table(f->d);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(db_read_begin(f->d, DB_SLOW, &c), ERR_OK);
        for (int i = 0; i < 400; i++) {
            snprintf(sql, sizeof sql, "SELECT %d + COUNT(*) FROM r", i);
            assert_int_equal(db_prepare(c, str_from(sql), &s), ERR_OK);
            assert_int_equal(db_step(s, &row), ERR_OK);
            assert_int_equal(db_int(s, 0), i);
            if (i % 2)
                db_done(s); /* the others are given back with the transaction */
        }
        db_read_end(c);
    }
}

/* ---- ids, what is there ---- */
static err ids_work(db_conn *c, void *arg)
{
    int64_t *ids = arg;
    TRY(db_ids_create(c));
    TRY(db_ids_create(c));
    TRY(db_reserve_ids(c, 1));
    TRY(db_next_id(c, &ids[0]));
    TRY(db_next_id(c, &ids[1]));
    TRY(db_reserve_ids(c, 5000));
    TRY(db_next_id(c, &ids[2]));
    TRY(db_reserve_ids(c, 10));
    return db_next_id(c, &ids[3]);
}

static void ids_go_up_and_never_back(void **state)
{
    fixture *f = fix(state);
    int64_t  ids[4];
    assert_int_equal(db_write_alone(f->d, ids_work, ids), ERR_OK);
    assert_int_equal(ids[0], 2);
    assert_int_equal(ids[1], 3);
    assert_int_equal(ids[2], 5001);
    assert_int_equal(ids[3], 5002);
}

static void column_seen(void *arg, str name, str type)
{
    char *all = arg;
    assert_true(type.n > 0);
    strncat(all, name.p, (size_t)name.n);
    strcat(all, " ");
}

static void tables_indexes_and_columns_are_found(void **state)
{
    fixture *f = fix(state);
    db_conn *c;
    bool     there;
    char     all[64] = "";
    make_rows_table(f->d);
    run_sql(f->d, "CREATE INDEX r_n ON r (n)");
    assert_int_equal(db_read_begin(f->d, DB_QUICK, &c), ERR_OK);
    assert_int_equal(db_table_exists(c, STR("r"), &there), ERR_OK);
    assert_true(there);
    assert_int_equal(db_table_exists(c, STR("r_n"), &there), ERR_OK);
    assert_false(there);
    assert_int_equal(db_index_exists(c, STR("r_n"), &there), ERR_OK);
    assert_true(there);
    assert_int_equal(db_index_exists(c, STR("r"), &there), ERR_OK);
    assert_false(there);
    assert_int_equal(db_columns(c, STR("r"), column_seen, all), ERR_OK);
    assert_string_equal(all, "id n t ");
    assert_int_equal(db_columns(c, STR("nothing"), column_seen, all), ERR_OK);
    assert_string_equal(all, "id n t ");
    db_read_end(c);
}

/* A column is added while prepared statements of it live. */
static void statements_survive_an_added_column(void **state)
{
    fixture *f = fix(state);
    make_rows_table(f->d);
    assert_int_equal(db_write(f->d, insert_row, &(row_work){ .id = 1 }), ERR_OK);
    for (int i = 0; i < 6; i++)
        assert_int_equal(number(f->d, "SELECT n FROM r WHERE id = 1"), 2);
    assert_int_equal(db_write_alone(f->d, exec_work, "ALTER TABLE r ADD COLUMN x_1 BIGINT"), ERR_OK);
    assert_int_equal(number(f->d, "SELECT n FROM r WHERE id = 1"), 2);
    assert_int_equal(number(f->d, "SELECT COALESCE(x_1, 9) FROM r WHERE id = 1"), 9);
    assert_int_equal(db_write(f->d, insert_row, &(row_work){ .id = 2 }), ERR_OK);
}

/* clang-format off */
#define TESTS(X) \
    X(values_of_every_kind_come_back) \
    X(nulls_come_back_as_nulls) \
    X(parameters_go_by_their_number) \
    X(sums_and_counts_are_integers) \
    X(letters_are_lowered_alike) \
    X(wrong_parameters_are_errors) \
    X(readers_cannot_write) \
    X(an_error_sticks_to_the_transaction) \
    X(a_broken_rule_is_a_conflict_with_its_name) \
    X(made_failures_hit_the_nth_call) \
    X(sent_statements_answer_in_any_order) \
    X(the_last_statement_may_be_stepped_at_once) \
    X(sent_writes_count_and_fail_with_the_transaction) \
    X(a_reader_sees_one_moment) \
    X(statements_nest) \
    X(more_statements_than_the_cache_keeps) \
    X(ids_go_up_and_never_back) \
    X(tables_indexes_and_columns_are_found) \
    X(statements_survive_an_added_column)
/* clang-format on */

RUN_ON_BOTH(TESTS)
