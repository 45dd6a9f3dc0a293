/* SQLite: statements, transactions, and the writer that commits many closures at once.
 *
 * A batch runs without savepoints, because one savepoint a closure halves the speed (full-text segments are
 * flushed at each, the sub-journal grows). When a closure fails, the whole batch is rolled back and its
 * closures run again one by one, each in its own transaction.
 * The write-ahead log is moved into the database after the answers are given, not inside somebody's commit. */
#include "db/sqlite.h"

#include <unistd.h>

#include "base/date.h"
#include "base/log.h"

enum {
    BATCH_MAX = 64,
    BATCH_NS = 40 * 1000 * 1000,
    CHECKPOINT_PAGES = 8000,
    WAL_TOO_LONG = 40000, /* pages: readers overlap so that the log never starts again; wait for them a moment */
    COPY_PAGES = 256,
    REWRITE_MAX = 16 * 1024
};

/* ---- errors ---- */
static err err_of_code(int code)
{
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        switch (code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID:
        case SQLITE_CONSTRAINT_FOREIGNKEY:
        case SQLITE_CONSTRAINT_CHECK: return ERR_CONFLICT;
        default: return ERR_INTERNAL;
        }
    case SQLITE_INTERRUPT: return ERR_TOO_SLOW;
    case SQLITE_FULL: return ERR_DISK_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL: return ERR_UNAVAILABLE;
    default: return ERR_INTERNAL;
    }
}

err sqlite_fail(sqlite_conn *c, int code, const char *sql)
{
    char        words[DB_ERROR_TEXT], constraint[160] = "";
    const char *text = sqlite3_errmsg(c->handle);
    err         e = err_of_code(code);
    const char *colon = strstr(text, "constraint failed: ");
    if (colon)
        snprintf(constraint, sizeof constraint, "%s", colon + strlen("constraint failed: "));
    snprintf(words, sizeof words, "%s", text);
    if ((code & 0xff) == SQLITE_ERROR && strstr(text, "fts5"))
        db_words_clean(words); /* full-text errors repeat what was searched for */
    char all[DB_ERROR_TEXT];
    snprintf(all, sizeof all, "SQLite %d: %.*s", code, (int)sizeof all - 32, words);
    return db_fail(&c->base, e, sql, all, constraint);
}

/* ---- statements ---- */

/* Where the quoted piece or comment that begins at `i` ends; i when none begins there. */
static ptrdiff_t skip_quoted(str sql, ptrdiff_t i)
{
    char c = sql.p[i];
    if (c == '\'' || c == '"' || c == '`') {
        ptrdiff_t end = i + 1;
        while (end < sql.n && sql.p[end] != c)
            end++;
        return end < sql.n ? end + 1 : sql.n;
    }
    if (c == '-' && i + 1 < sql.n && sql.p[i + 1] == '-') {
        while (i < sql.n && sql.p[i] != '\n')
            i++;
        return i;
    }
    if (c == '/' && i + 1 < sql.n && sql.p[i + 1] == '*') {
        ptrdiff_t end = str_find(str_sub(sql, i + 2, sql.n), STR("*/"));
        return end < 0 ? sql.n : i + 2 + end + 2;
    }
    return i;
}

/* $1 → ?1 outside quotes: SQLite would take $1 for a name and number the names as they come. Same length. */
static void rewrite(str sql, char *out)
{
    ptrdiff_t i = 0;
    memcpy(out, sql.p, (size_t)sql.n);
    out[sql.n] = 0;
    while (i < sql.n) {
        ptrdiff_t end = skip_quoted(sql, i);
        if (end > i) {
            i = end;
            continue;
        }
        if (sql.p[i] == '$' && i + 1 < sql.n && sql.p[i + 1] >= '1' && sql.p[i + 1] <= '9')
            out[i] = '?';
        i++;
    }
}

static err prepare_raw(sqlite_conn *c, str sql, unsigned flags, sqlite3_stmt **out)
{
    char  small[4096];
    char *text = (size_t)sql.n < sizeof small ? small : db_alloc((size_t)sql.n + 1);
    rewrite(sql, text);
    const char *tail = NULL;
    int         code = sqlite3_prepare_v3(c->handle, text, (int)sql.n + 1, flags, out, &tail);
    err         e = code == SQLITE_OK ? ERR_OK : sqlite_fail(c, code, text);
    if (e == ERR_OK && !*out)
        e = db_fail(&c->base, ERR_INTERNAL, text, "an empty statement", "");
    while (e == ERR_OK && (*tail == ' ' || *tail == '\n' || *tail == ';'))
        tail++;
    if (e == ERR_OK && *tail) {
        sqlite3_finalize(*out);
        e = db_fail(&c->base, ERR_INTERNAL, text, "more than one statement", "");
    }
    if (text != small)
        free(text);
    return e;
}

static err stmt_new(db_conn *base, str sql, db_stmt **out)
{
    sqlite3_stmt *handle = NULL;
    TRY(prepare_raw((sqlite_conn *)base, sql, SQLITE_PREPARE_PERSISTENT, &handle));
    sqlite_statement *s = db_alloc(sizeof *s);
    s->handle = handle;
    *out = &s->base;
    return ERR_OK;
}

static sqlite3_stmt *handle_of(db_stmt *s)
{
    return ((sqlite_statement *)s)->handle;
}

static void stmt_free(db_stmt *s)
{
    sqlite3_finalize(handle_of(s));
    free(s);
}

static void stmt_reset(db_stmt *s)
{
    ((sqlite_statement *)s)->started = false;
    ((sqlite_statement *)s)->column = -1;
    sqlite3_reset(handle_of(s));
    sqlite3_clear_bindings(handle_of(s));
}

static void bound(db_stmt *s, int code)
{
    if (code != SQLITE_OK)
        s->bad_bind = true;
}

static void bind_null(db_stmt *s, int n)
{
    bound(s, sqlite3_bind_null(handle_of(s), n));
}

static void bind_int(db_stmt *s, int n, int64_t v)
{
    bound(s, sqlite3_bind_int64(handle_of(s), n, v));
}

static void bind_real(db_stmt *s, int n, double v)
{
    bound(s, sqlite3_bind_double(handle_of(s), n, v));
}

static void bind_bool(db_stmt *s, int n, bool v)
{
    bound(s, sqlite3_bind_int(handle_of(s), n, v));
}

static void bind_text(db_stmt *s, int n, str v)
{
    bound(s, sqlite3_bind_text64(handle_of(s), n, v.p ? v.p : "", (sqlite3_uint64)v.n, SQLITE_STATIC, SQLITE_UTF8));
}

static void bind_blob(db_stmt *s, int n, str v)
{
    bound(s, sqlite3_bind_blob64(handle_of(s), n, v.p ? v.p : "", (sqlite3_uint64)v.n, SQLITE_STATIC));
}

static err step_now(db_stmt *s, bool *row)
{
    ((sqlite_statement *)s)->column = -1;
    sqlite_conn *c = (sqlite_conn *)s->conn;
    if (atomic_load_explicit(&c->base.interrupted, memory_order_relaxed))
        return db_fail(&c->base, ERR_TOO_SLOW, s->sql, "interrupted", "");
    c->base.opens = s->secret; /* a changed table has it prepared anew, and the authorizer asked again */
    int code = sqlite3_step(handle_of(s));
    if (code == SQLITE_ROW || code == SQLITE_DONE) {
        *row = code == SQLITE_ROW;
        return ERR_OK;
    }
    return sqlite_fail(c, sqlite3_extended_errcode(c->handle), s->sql);
}

static err step(db_stmt *base, bool *row)
{
    sqlite_statement *s = (sqlite_statement *)base;
    if (!s->started)
        return step_now(base, row);
    s->started = false;
    *row = s->row;
    return ERR_OK;
}

static bool start(db_stmt *base)
{
    sqlite_statement *s = (sqlite_statement *)base;
    if (!s->started)
        s->started = step_now(base, &s->row) == ERR_OK; /* an error sticks to the transaction */
    return s->started && !s->row;
}

static int64_t changes(db_stmt *s)
{
    if (sqlite3_stmt_readonly(handle_of(s)))
        return 0;
    return sqlite3_changes64(((sqlite_conn *)s->conn)->handle);
}

static sqlite3_value *value_of(db_stmt *base, int column)
{
    sqlite_statement *s = (sqlite_statement *)base;
    if (s->column != column) {
        s->value = sqlite3_column_value(s->handle, column);
        s->column = column;
    }
    return s->value;
}

static bool is_null(db_stmt *s, int column)
{
    return sqlite3_value_type(value_of(s, column)) == SQLITE_NULL;
}

static int64_t get_int(db_stmt *s, int column)
{
    return sqlite3_value_int64(value_of(s, column));
}

static double get_real(db_stmt *s, int column)
{
    return sqlite3_value_double(value_of(s, column));
}

static bool get_bool(db_stmt *s, int column)
{
    return sqlite3_value_int64(value_of(s, column)) != 0;
}

/* Texts too as bytes, which spares the copy that a NUL behind them would need; the file's encoding is UTF-8. */
static str get_blob(db_stmt *s, int column)
{
    sqlite3_value *v = value_of(s, column);
    const char    *p = sqlite3_value_blob(v);
    int            n = sqlite3_value_bytes(v);
    if (!p && sqlite3_value_type(v) != SQLITE_NULL)
        p = ""; /* an empty one is no NULL */
    return (str){ p, n };
}

static bool whole(db_stmt *base, int column, int64_t *out)
{
    sqlite3_value *v = sqlite3_column_value(handle_of(base), column);
    if (sqlite3_value_type(v) == SQLITE_NULL)
        return false;
    *out = sqlite3_value_int64(v);
    return true;
}

static bool words(db_stmt *base, int column, str *out)
{
    sqlite3_value *v = sqlite3_column_value(handle_of(base), column);
    const char    *p = sqlite3_value_blob(v);
    if (!p && sqlite3_value_type(v) == SQLITE_NULL)
        return false;
    *out = (str){ p ? p : "", sqlite3_value_bytes(v) };
    return true;
}

/* ---- transactions ---- */
static err run_now(sqlite_conn *c, sqlite3_stmt *s)
{
    int code = sqlite3_step(s);
    sqlite3_reset(s);
    if (code == SQLITE_DONE)
        return ERR_OK;
    return sqlite_fail(c, sqlite3_extended_errcode(c->handle), sqlite3_sql(s));
}

static void tx_rollback(db_conn *base);

static err tx_begin(db_conn *base)
{
    sqlite_conn *c = (sqlite_conn *)base;
    if (base->writer)
        return run_now(c, c->begin);
    if (sqlite_hold_goes_on(c))
        return ERR_OK;
    tx_rollback(base);
    sqlite_hold_begin(base->db, c);
    return run_now(c, c->begin);
}

static void tx_rollback(db_conn *base)
{
    sqlite_conn *c = (sqlite_conn *)base;
    if (sqlite3_get_autocommit(c->handle))
        return; /* SQLite has rolled back by itself (disk full, I/O) */
    sqlite3_step(c->rollback);
    sqlite3_reset(c->rollback);
}

static void read_end(db_conn *base)
{
    if (!sqlite_hold_keep((sqlite_conn *)base))
        tx_rollback(base);
}

static void rest(db_conn *base)
{
    sqlite_conn *c = (sqlite_conn *)base;
    if (c->held)
        tx_rollback(base);
    c->held = false;
}

static int64_t snapshot(const db_conn *base)
{
    return ((const sqlite_conn *)base)->snapshot;
}

static err tx_commit(db_conn *base)
{
    sqlite_conn *c = (sqlite_conn *)base;
    c->base.deadline_ns = 0; /* what was done in time is kept */
    err e = c->base.sticky;
    if (e == ERR_OK && db_made_failure(base))
        e = base->sticky;
    if (e == ERR_OK)
        e = run_now(c, c->commit);
    if (e != ERR_OK)
        tx_rollback(base);
    return e;
}

static err exec(db_conn *base, str sql)
{
    sqlite_conn  *c = (sqlite_conn *)base;
    sqlite3_stmt *s = NULL;
    TRY(prepare_raw(c, sql, 0, &s));
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW)
        ;
    err e = code == SQLITE_DONE ? ERR_OK : sqlite_fail(c, sqlite3_extended_errcode(c->handle), sqlite3_sql(s));
    sqlite3_finalize(s);
    return e;
}

static err savepoint(db_conn *base, const char *verb)
{
    sqlite_conn *c = (sqlite_conn *)base;
    char         text[40];
    bool         back = verb[0] == 'R' && verb[1] == 'O';
    if (back && sqlite3_get_autocommit(c->handle))
        return base->sticky != ERR_OK ? base->sticky : ERR_INTERNAL; /* the whole transaction is gone already */
    if (back)
        base->sticky = ERR_OK;
    snprintf(text, sizeof text, "%s s%d", verb, base->savepoints);
    return exec(base, str_from(text));
}

static err lock_key(db_conn *base, int64_t key)
{
    (void)base;
    (void)key;
    return ERR_OK;
}

static void interrupt(db_conn *base)
{
    sqlite3_interrupt(((sqlite_conn *)base)->handle);
}

static void budget(db_conn *base)
{
    (void)base; /* the progress handler reads deadline_ns */
}

static bool alive(db_conn *base)
{
    (void)base;
    return true;
}

/* ---- the writer ---- */
static err run_single(sqlite_conn *c, db_job *job)
{
    db_tx_start(&c->base, job->alone ? 0 : DB_WRITE_BUDGET_MS);
    c->base.alone = job->alone;
    err e = tx_begin(&c->base);
    if (e == ERR_OK) {
        e = db_job_run(&c->base, job);
        if (e == ERR_OK)
            e = tx_commit(&c->base);
        else
            tx_rollback(&c->base);
    }
    db_tx_over(&c->base);
    c->base.alone = false;
    return e;
}

/* A long write may sort and index more than belongs into memory. */
static void run_alone(sqlite_conn *c, db_job *job)
{
    sqlite3_exec(c->handle, "PRAGMA temp_store=file", NULL, NULL, NULL);
    err e = run_single(c, job);
    sqlite3_exec(c->handle, "PRAGMA temp_store=memory", NULL, NULL, NULL);
    db_job_end(job, e);
}

/* Runs what waits, up to the caps, in the open transaction; ends at the first that fails. */
static err run_batch(db *d, sqlite_conn *c, db_job **jobs, int *count)
{
    int64_t until = clock_monotonic_ns() + BATCH_NS;
    for (;;) {
        c->base.deadline_ns = clock_monotonic_ns() + (int64_t)DB_WRITE_BUDGET_MS * 1000000;
        TRY(db_job_run(&c->base, jobs[*count - 1]));
        if (*count == BATCH_MAX || clock_monotonic_ns() > until)
            return ERR_OK;
        db_job *next = db_queue_take(d, false);
        if (!next)
            return ERR_OK;
        jobs[(*count)++] = next;
    }
}

static void checkpoint(sqlite_conn *c)
{
    if (c->wal_pages < CHECKPOINT_PAGES)
        return;
    bool restart = c->wal_pages >= WAL_TOO_LONG;
    db_rest(c->base.db);
    if (restart)
        sqlite3_busy_timeout(c->handle, 100);
    sqlite3_wal_checkpoint_v2(c->handle, "main", restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL,
                              NULL);
    if (restart)
        sqlite3_busy_timeout(c->handle, 10000);
    c->wal_pages = 0;
}

static void run(db *d, db_conn *base, db_job *first)
{
    sqlite_conn *c = (sqlite_conn *)base;
    db_job      *jobs[BATCH_MAX] = { first };
    int          count = 1;
    if (first->alone) {
        run_alone(c, first);
        checkpoint(c);
        return;
    }
    db_tx_start(base, DB_WRITE_BUDGET_MS);
    err e = tx_begin(base);
    if (e == ERR_OK) {
        e = run_batch(d, c, jobs, &count);
        if (e == ERR_OK)
            e = tx_commit(base);
        else
            tx_rollback(base);
    }
    db_tx_over(base);
    for (int i = 0; i < count; i++)
        db_job_end(jobs[i], e == ERR_OK || count == 1 ? e : run_single(c, jobs[i]));
    checkpoint(c);
}

/* ---- copying ---- */
static err copy_into(sqlite_conn *from, sqlite3 *to)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from->handle, "main");
    if (!b)
        return db_fail(&from->base, ERR_UNAVAILABLE, "copy", sqlite3_errmsg(to), "");
    int code;
    do {
        code = sqlite3_backup_step(b, COPY_PAGES);
    } while (code == SQLITE_OK);
    sqlite3_backup_finish(b);
    if (code == SQLITE_DONE)
        return ERR_OK;
    char words[64];
    snprintf(words, sizeof words, "SQLite %d: %s", code, sqlite3_errstr(code));
    return db_fail(&from->base, err_of_code(code), "copy", words, "");
}

static err copy_file(db *d, const char *to_path)
{
    sqlite3 *to = NULL;
    db_conn *c;
    if (access(to_path, F_OK) == 0)
        return ERR_CONFLICT; /* never over an existing file */
    TRY(db_read_begin(d, DB_LONG, &c));
    /* The open transaction holds one snapshot, so writers beside it do not start the copy again. */
    err e = exec(c, STR("SELECT 1 FROM sqlite_master LIMIT 1"));
    if (e == ERR_OK)
        e = sqlite_raw_open(to_path, SQLITE_OPEN_CREATE, &to);
    if (e == ERR_OK)
        e = copy_into((sqlite_conn *)c, to);
    sqlite3_close(to);
    if (e != ERR_OK)
        unlink(to_path);
    db_read_end(c);
    return e;
}

const engine sqlite_engine = {
    .kind = DB_SQLITE,
    .connect = sqlite_connect,
    .disconnect = sqlite_disconnect,
    .begin = tx_begin,
    .commit = tx_commit,
    .rollback = tx_rollback,
    .read_end = read_end,
    .rest = rest,
    .snapshot = snapshot,
    .run = run,
    .alive = alive,
    .savepoint = savepoint,
    .lock = lock_key,
    .exec = exec,
    .interrupt = interrupt,
    .budget = budget,
    .stmt_new = stmt_new,
    .stmt_free = stmt_free,
    .stmt_reset = stmt_reset,
    .bind_null = bind_null,
    .bind_int = bind_int,
    .bind_real = bind_real,
    .bind_bool = bind_bool,
    .bind_date = bind_int,
    .bind_time = bind_int,
    .bind_text = bind_text,
    .bind_blob = bind_blob,
    .start = start,
    .step = step,
    .changes = changes,
    .is_null = is_null,
    .get_int = get_int,
    .get_real = get_real,
    .get_bool = get_bool,
    .get_date = get_int,
    .get_time = get_int,
    .get_text = get_blob,
    .get_blob = get_blob,
    .whole = whole,
    .words = words,
    .table_exists = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1",
    .index_exists = "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = $1",
    .indexes = "SELECT name, '' FROM sqlite_master WHERE type = 'index' AND tbl_name = $1 AND sql IS NOT NULL",
    .columns = "SELECT name, type FROM pragma_table_info($1) ORDER BY cid",
    .copy_file = copy_file,
    .data_version = sqlite_data_version,
    .close = sqlite_close_own,
};
