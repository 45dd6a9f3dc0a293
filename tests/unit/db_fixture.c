#include "db_fixture.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "own_database.h"

fixture *fix(void **s)
{
    return *s;
}

const char *fixture_database(void)
{
    static char name[40];
    snprintf(name, sizeof name, "zk_t_db_%ld", (long)getpid());
    return name;
}

void fixture_quiet(void)
{
    if (!getenv("ZHIKE_TEST_DB_LOG"))
        log_set_level((log_level)(LOG_ERROR + 1));
}

db *open_target(fixture *f, const char *target, bool exclusive)
{
    db *d = NULL;
    str why = STR("");
    err e = db_open(&(db_options){ .target = target, .exclusive = exclusive }, f->a, &d, &why);
    if (e != ERR_OK)
        print_message("does not open: %.*s\n", STR_ARG(why));
    assert_int_equal(e, ERR_OK);
    return d;
}

str refused(fixture *f, const db_options *o)
{
    db *d = NULL;
    str why = STR("");
    assert_int_not_equal(db_open(o, f->a, &d, &why), ERR_OK);
    assert_null(d);
    assert_true(why.n > 20 && why.p[why.n - 1] == '.');
    return why;
}

bool says(str why, const char *words)
{
    bool found = str_find(why, str_from(words)) >= 0;
    if (!found)
        print_message("says: %.*s\n", STR_ARG(why));
    return found;
}

err exec_work(db_conn *c, void *arg)
{
    return db_exec(c, str_from(arg));
}

void run_sql(db *d, const char *sql)
{
    char *copy = strdup(sql);
    assert_int_equal(db_write(d, exec_work, copy), ERR_OK);
    free(copy);
}

/* One number of one row; the transaction of its own. */
int64_t number(db *d, const char *sql)
{
    db_conn *c;
    db_stmt *s;
    bool     row;
    assert_int_equal(db_read_begin(d, DB_SLOW, &c), ERR_OK);
    assert_int_equal(db_prepare(c, str_from(sql), &s), ERR_OK);
    assert_int_equal(db_step(s, &row), ERR_OK);
    assert_true(row);
    int64_t n = db_int(s, 0);
    db_done(s);
    db_read_end(c);
    return n;
}

void make_rows_table(db *d)
{
    const dialect *w = dialect_of(db_kind(d));
    char           sql[256];
    snprintf(sql, sizeof sql, "CREATE TABLE r (id %s PRIMARY KEY, n %s NOT NULL, t %s)", w->type_id, w->type_int,
             w->type_text);
    run_sql(d, sql);
}

err insert_row(db_conn *c, void *arg)
{
    row_work *w = arg;
    db_stmt  *s;
    bool      row;
    TRY(db_prepare(c, STR("INSERT INTO r (id, n, t) VALUES ($1, $2, $3)"), &s));
    db_bind_int(s, 1, w->id);
    db_bind_int(s, 2, w->id * 2);
    db_bind_text(s, 3, STR("text of a row"));
    TRY(db_step(s, &row));
    if (w->sleep_ms)
        usleep((useconds_t)w->sleep_ms * 1000);
    return w->answer;
}

int sqlite_before(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->a = arena_new();
    f->engine = DB_SQLITE;
    const char *tmp = getenv("TMPDIR");
    snprintf(f->folder, sizeof f->folder, "%.40s/zk-db-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(f->folder))
        return -1;
    snprintf(f->target, sizeof f->target, "%s/test.db", f->folder);
    f->d = open_target(f, f->target, false);
    *state = f;
    return 0;
}

int sqlite_after(void **state)
{
    fixture *f = *state;
    char     remove[128];
    db_close(f->d);
    snprintf(remove, sizeof remove, "rm -rf '%s'", f->folder);
    int code = system(remove);
    arena_free(f->a);
    free(f);
    return code;
}

int postgres_before(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->a = arena_new();
    f->engine = DB_POSTGRES;
    if (!own_database_make(fixture_database(), f->target))
        return -1;
    f->d = open_target(f, f->target, false);
    *state = f;
    return 0;
}

int postgres_after(void **state)
{
    fixture *f = *state;
    db_close(f->d);
    own_database_drop(fixture_database());
    arena_free(f->a);
    free(f);
    return 0;
}

int fixture_run(const struct CMUnitTest *on_sqlite, const struct CMUnitTest *on_postgres, size_t count)
{
    signal(SIGPIPE, SIG_IGN);
    fixture_quiet();
    if (text_open() != ERR_OK)
        return 1;
    int failed = _cmocka_run_group_tests("sqlite", on_sqlite, count, NULL, NULL);
    if (getenv("ZHIKE_TEST_PG"))
        failed += _cmocka_run_group_tests("postgres", on_postgres, count, NULL, NULL);
    else
        print_message("skipped: PostgreSQL, because ZHIKE_TEST_PG is not set\n");
    text_close();
    return failed;
}
