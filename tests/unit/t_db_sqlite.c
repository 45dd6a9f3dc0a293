/* What only SQLite has: files, locks between processes, copies, a full disk. */
#include "db_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *beside(fixture *f, const char *name)
{
    return arena_printf(f->a, "%s/%s", f->folder, name).p;
}

static void put_file(const char *path, const void *p, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, p, n) == (ssize_t)n);
    close(fd);
}

static void sqlite_says_why_a_file_does_not_open(void **state)
{
    fixture    *f = fix(state);
    const char *path = beside(f, "other.db");
    assert_true(says(refused(f, &(db_options){ .target = beside(f, "no/such.db") }), "folder"));
    assert_true(says(refused(f, &(db_options){ .target = path, .must_exist = true }), "does not exist"));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_true(says(refused(f, &(db_options){ .target = f->folder }), "not a file"));
    put_file(path, "This is a letter and no database at all.", 40);
    assert_true(says(refused(f, &(db_options){ .target = path }), "not a SQLite database"));
    char head[100] = "SQLite format 3";
    head[16] = 0x10;
    head[18] = head[19] = 3;
    put_file(path, head, sizeof head);
    assert_true(says(refused(f, &(db_options){ .target = path }), "newer SQLite"));
    unlink(path);
    db_close(open_target(f, path, false));
    put_file(beside(f, "other.db-wal"), "\x37\x7f\x06\x82\x00\x2d\xe2\x19rest", 12);
    assert_true(says(refused(f, &(db_options){ .target = path }), "write-ahead log"));
    if (geteuid() != 0) {
        chmod(path, 0);
        assert_true(says(refused(f, &(db_options){ .target = path }), "read"));
        chmod(path, 0600);
        chmod(f->folder, 0500);
        assert_true(says(refused(f, &(db_options){ .target = beside(f, "new.db") }), "cannot be written"));
        chmod(f->folder, 0700);
    }
}

static void sqlite_a_second_server_is_refused(void **state)
{
    fixture *f = fix(state);
    char     pid[32];
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    db *first = open_target(f, beside(f, "one.db"), true);
    str why = refused(f, &(db_options){ .target = beside(f, "one.db"), .exclusive = true });
    assert_true(says(why, pid));
    db_close(open_target(f, beside(f, "one.db"), false)); /* the command line beside the server */
    db_close(first);
    db_close(open_target(f, beside(f, "one.db"), true));
}

static void sqlite_two_processes_write(void **state)
{
    fixture *f = fix(state);
    make_rows_table(f->d);
    db *other = open_target(f, f->target, false); /* locks of a second handle behave as another process's */
    for (int i = 0; i < 50; i++) {
        assert_int_equal(db_write(f->d, insert_row, &(row_work){ .id = i }), ERR_OK);
        assert_int_equal(db_write(other, insert_row, &(row_work){ .id = 100 + i }), ERR_OK);
    }
    db_close(other);
    assert_int_equal(number(f->d, "SELECT COUNT(*) FROM r"), 100);
}

typedef struct {
    db         *d;
    atomic_bool stop;
    int64_t     id;
} scribe;

static void *scribe_main(void *arg)
{
    scribe *w = arg;
    while (!atomic_load(&w->stop))
        assert_int_equal(db_write(w->d, insert_row, &(row_work){ .id = ++w->id }), ERR_OK);
    return NULL;
}

static void sqlite_a_copy_is_one_moment(void **state)
{
    fixture    *f = fix(state);
    const char *to = beside(f, "copy.db");
    pthread_t   t;
    scribe      w = { .d = f->d, .id = 100000 };
    make_rows_table(f->d);
    run_sql(f->d, "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 50000)"
                  " INSERT INTO r (id, n, t) SELECT i, i, 'some text that fills the page' FROM g");
    pthread_create(&t, NULL, scribe_main, &w);
    err e = db_copy_file(f->d, to);
    atomic_store(&w.stop, true);
    pthread_join(t, NULL);
    assert_int_equal(e, ERR_OK);
    assert_int_equal(db_copy_file(f->d, to), ERR_CONFLICT);
    db     *copy = open_target(f, to, true);
    int64_t count = number(copy, "SELECT COUNT(*) FROM r");
    assert_in_range(count, 50000, 50000 + w.id - 100000);
    if (count > 50000) /* no gap: it was one moment */
        assert_int_equal(number(copy, "SELECT MAX(id) FROM r"), 100000 + count - 50000);
    assert_int_equal(number(copy, "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
    db_close(copy);
}

static int64_t version(db *d, db_class class)
{
    db_conn *c;
    int64_t  v = -1;
    assert_int_equal(db_read_begin(d, class, &c), ERR_OK);
    assert_int_equal(db_data_version(c, &v), ERR_OK);
    db_read_end(c);
    return v;
}

static void sqlite_the_version_changes_with_each_commit(void **state)
{
    fixture *f = fix(state);
    make_rows_table(f->d);
    db     *other = open_target(f, f->target, false);
    int64_t v = version(f->d, DB_QUICK);
    assert_int_equal(version(f->d, DB_LONG), v); /* the same through every connection */
    assert_int_equal(db_write(f->d, insert_row, &(row_work){ .id = 1 }), ERR_OK);
    int64_t w = version(f->d, DB_SLOW);
    assert_int_not_equal(w, v);
    assert_int_equal(db_write(other, insert_row, &(row_work){ .id = 2 }), ERR_OK);
    assert_int_not_equal(version(f->d, DB_QUICK), w);
    db_close(other);
}

static int64_t state_of(db *d, db_class class, int64_t *rows)
{
    db_conn *c;
    db_stmt *s;
    bool     row;
    assert_int_equal(db_read_begin(d, class, &c), ERR_OK);
    assert_int_equal(db_prepare(c, STR("SELECT COUNT(*) FROM r"), &s), ERR_OK);
    assert_int_equal(db_step(s, &row), ERR_OK);
    *rows = db_int(s, 0);
    db_done(s);
    int64_t state = db_snapshot(c);
    db_read_end(c);
    return state;
}

static int64_t log_is_busy(sqlite3 *handle)
{
    sqlite3_stmt *s;
    assert_int_equal(sqlite3_prepare_v2(handle, "PRAGMA wal_checkpoint(TRUNCATE)", -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int64_t busy = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return busy;
}

/* A quick reader's transaction stays open while nobody commits; whoever commits, the next reading sees it. */
static void sqlite_a_reader_stays_in_its_state_until_a_commit(void **state)
{
    fixture *f = fix(state);
    int64_t  rows, first, second;
    sqlite3 *raw;
    make_rows_table(f->d);
    db *other = open_target(f, f->target, false);
    (void)state_of(f->d, DB_QUICK, &rows);
    first = state_of(f->d, DB_QUICK, &rows);
    second = state_of(f->d, DB_QUICK, &rows);
    assert_int_equal(first, second);
    assert_int_equal(rows, 0);
    assert_int_equal(db_write(f->d, insert_row, &(row_work){ .id = 1 }), ERR_OK);
    second = state_of(f->d, DB_QUICK, &rows);
    assert_int_not_equal(first, second);
    assert_int_equal(rows, 1);
    assert_int_equal(db_write(other, insert_row, &(row_work){ .id = 2 }), ERR_OK); /* as another process would */
    assert_int_not_equal(state_of(f->d, DB_QUICK, &rows), second);
    assert_int_equal(rows, 2);
    assert_int_equal(sqlite3_open(f->target, &raw), SQLITE_OK);
    assert_int_equal(log_is_busy(raw), 1); /* it is really open … */
    usleep(1100 * 1000);
    (void)state_of(f->d, DB_SLOW, &rows);
    assert_int_equal(log_is_busy(raw), 0); /* … and does not keep the log from starting over for long */
    sqlite3_close(raw);
    db_close(other);
}

/* Asked of another process, because one's own locks are not in one's way. SHARED_FIRST and SHARED_SIZE of SQLite. */
static bool somebody_reads(const char *path)
{
    int   status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        struct flock ask = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0x40000002, .l_len = 510 };
        int          fd = open(path, O_RDWR);
        _exit(fd >= 0 && fcntl(fd, F_GETLK, &ask) == 0 && ask.l_type != F_UNLCK);
    }
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    return WEXITSTATUS(status) == 1;
}

static int64_t sum_of(sqlite3 *handle)
{
    sqlite3_stmt *s;
    assert_int_equal(sqlite3_prepare_v2(handle, "SELECT SUM(length(t)) FROM r", -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int64_t sum = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return sum;
}

/* sqlite_map.c: readers follow the file as it grows and shrinks, and its locks outlive whoever closes it first. */
static void sqlite_one_map_serves_all_readers(void **state)
{
    fixture *f = fix(state);
    sqlite3 *one, *two;
    make_rows_table(f->d);
    assert_int_equal(sqlite3_open(f->target, &one), SQLITE_OK);
    assert_int_equal(sqlite3_open(f->target, &two), SQLITE_OK);
    sqlite3_exec(one, "PRAGMA mmap_size=1; PRAGMA cache_size=2", NULL, NULL, NULL);
    sqlite3_exec(two, "PRAGMA mmap_size=1; PRAGMA cache_size=2", NULL, NULL, NULL);
    for (int turn = 1; turn <= 3; turn++) {
        run_sql(f->d, "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 100)"
                      " INSERT INTO r (id, n, t) SELECT (SELECT COALESCE(MAX(id), 0) FROM r) + i, 0,"
                      " hex(zeroblob(5000)) FROM g");
        assert_int_equal(sum_of(one), turn * 1000000);
        assert_int_equal(log_is_busy(two), 0);
        assert_int_equal(sum_of(one), turn * 1000000);
        assert_int_equal(sum_of(two), turn * 1000000);
    }
    run_sql(f->d, "DELETE FROM r WHERE id > 10");
    assert_int_equal(sqlite3_exec(two, "VACUUM", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(log_is_busy(two), 0);
    assert_int_equal(sum_of(one), 100000);
    assert_int_equal(sum_of(two), 100000);
    sqlite3_close(two);
    assert_true(somebody_reads(f->target));
    assert_int_equal(sum_of(one), 100000);
    sqlite3_close(one);
}

static err big_row(db_conn *c, void *arg)
{
    (void)arg;
    return db_exec(c, STR("INSERT INTO r (id, n, t) SELECT COALESCE(MAX(id), 0) + 1, 0, hex(zeroblob(100000)) FROM r"));
}

/* Needs the right to mount; the disk is then really full. */
static void sqlite_a_full_disk_is_survived(void **state)
{
    fixture    *f = fix(state);
    const char *folder = beside(f, "small");
    mkdir(folder, 0700);
    if (mount("tmpfs", folder, "tmpfs", 0, "size=2m") != 0) {
        print_message("skipped: a small file system cannot be mounted here (%s)\n", strerror(errno));
        skip();
    }
    db *d = open_target(f, beside(f, "small/full.db"), true);
    make_rows_table(d);
    int64_t good = 0;
    err     e;
    while ((e = db_write(d, big_row, NULL)) == ERR_OK && good < 100)
        good++;
    assert_int_equal(e, ERR_DISK_FULL);
    assert_true(good >= 1);
    assert_int_equal(db_write(d, big_row, NULL), ERR_DISK_FULL);
    assert_int_equal(number(d, "SELECT COUNT(*) FROM r"), good);
    char size[] = "size=16m"; /* somebody makes room */
    assert_int_equal(mount("tmpfs", folder, "tmpfs", MS_REMOUNT, size), 0);
    assert_int_equal(db_write(d, big_row, NULL), ERR_OK);
    assert_int_equal(number(d, "SELECT COUNT(*) FROM r"), good + 1);
    db_close(d);
    umount(folder);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        ON_SQLITE(sqlite_says_why_a_file_does_not_open),
        ON_SQLITE(sqlite_a_second_server_is_refused),
        ON_SQLITE(sqlite_two_processes_write),
        ON_SQLITE(sqlite_a_copy_is_one_moment),
        ON_SQLITE(sqlite_the_version_changes_with_each_commit),
        ON_SQLITE(sqlite_a_reader_stays_in_its_state_until_a_commit),
        ON_SQLITE(sqlite_one_map_serves_all_readers),
        ON_SQLITE(sqlite_a_full_disk_is_survived),
    };
    fixture_quiet();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
