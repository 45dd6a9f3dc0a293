/* The contract's front: opening, lending connections, the state of a transaction, and the way to the engine. */
#include "db/db.h"

#include <errno.h>
#include <time.h>

#include "base/date.h"
#include "base/limits.h"
#include "base/log.h"
#include "db/engine.h"

void *db_alloc(size_t size)
{
    void *p = calloc(1, size ? size : 1);
    if (!p) {
        log_event(LOG_ERROR, "out of memory", "where", "db", NULL);
        abort();
    }
    return p;
}

char *db_copy_text(str s)
{
    char *p = db_alloc((size_t)s.n + 1);
    if (s.n)
        memcpy(p, s.p, (size_t)s.n);
    return p;
}

/* ---- errors ---- */
void db_words_clean(char *words)
{
    words[strcspn(words, "\"'[(\n")] = 0;
}

err db_fail(db_conn *c, err e, const char *sql, const char *words, const char *constraint)
{
    ASSERT(e != ERR_OK);
    if (c->sticky != ERR_OK)
        return c->sticky;
    c->sticky = e;
    snprintf(c->error, sizeof c->error, "%s", words ? words : "");
    snprintf(c->constraint, sizeof c->constraint, "%s", constraint ? constraint : "");
    if (sql && (e == ERR_INTERNAL || e == ERR_UNAVAILABLE || e == ERR_DISK_FULL))
        log_event(LOG_ERROR, "database error", "error", err_name(e), "engine", c->error, "sql", sql, NULL);
    return e;
}

bool db_made_failure(db_conn *c)
{
    db *d = c->db;
    if (atomic_load_explicit(&d->fail_left, memory_order_relaxed) <= 0)
        return false;
    if (atomic_fetch_sub(&d->fail_left, 1) != 1)
        return false;
    if (c->sticky == ERR_OK) {
        c->sticky = ERR_UNAVAILABLE;
        snprintf(c->error, sizeof c->error, "failure made for a test");
        c->constraint[0] = 0;
    }
    return true;
}

void db_fail_at(db *d, int64_t nth_call)
{
    atomic_store(&d->fail_left, nth_call);
}

str db_error_text(const db_conn *c)
{
    return str_from(c->error);
}

str db_error_constraint(const db_conn *c)
{
    return str_from(c->constraint);
}

/* ---- the state of a transaction ---- */
void db_tx_start(db_conn *c, int64_t ms)
{
    c->sticky = ERR_OK;
    c->error[0] = c->constraint[0] = 0;
    c->savepoints = 0;
    c->ids_next = c->ids_count = 0;
    c->ids_dense = false;
    c->began_ns = clock_monotonic_ns();
    c->deadline_ns = ms > 0 ? c->began_ns + ms * 1000000 : 0;
    atomic_store(&c->interrupted, false);
}

void db_tx_over(db_conn *c)
{
    while (c->busy)
        db_cache_give(c->busy);
    c->savepoints = 0;
    c->deadline_ns = 0;
}

bool db_past_deadline(const db_conn *c)
{
    return atomic_load_explicit(&c->interrupted, memory_order_relaxed) ||
           (c->deadline_ns && clock_monotonic_ns() > c->deadline_ns);
}

/* Many small statements spend a budget too. But on a busy machine a thread may wait long without working, and sending
 * its request to the slow lane would make that worse: so several budgets must have gone by. */
static bool far_past_deadline(const db_conn *c)
{
    return c->deadline_ns && clock_monotonic_ns() > c->deadline_ns + 3 * (c->deadline_ns - c->began_ns);
}

void db_budget_ms(db_conn *c, int ms)
{
    static const int64_t own[DB_CLASS_COUNT] = { LIMIT_QUICK_MS, LIMIT_SLOW_MS, 0 };
    int64_t              most = c->alone ? 0 : c->writer ? DB_WRITE_BUDGET_MS : own[c->class];
    if (ms > 0 && (most == 0 || ms < most))
        most = ms;
    c->deadline_ns = most ? c->began_ns + most * 1000000 : 0;
    c->db->engine->budget(c);
}

void db_interrupt(db_conn *c)
{
    atomic_store(&c->interrupted, true);
    c->db->engine->interrupt(c);
}

/* ---- opening and closing ---- */
static void pool_init(db_pool *p)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->freed, &attr);
    pthread_condattr_destroy(&attr);
}

void db_patience(db *d, const char *sql)
{
    d->patience = sql;
}

void db_vault_set(db *d, const vault *v)
{
    d->vault = v;
}

const vault *db_vault(const db *d)
{
    return d->vault;
}

err db_open(const db_options *o, arena *a, db **out, str *why)
{
    str  target = str_from(o->target);
    bool server = str_starts(target, STR("postgresql://")) || str_starts(target, STR("postgres://"));
    db  *d = db_alloc(sizeof *d);
    d->target = db_copy_text(target);
    atomic_store(&d->fail_left, 0);
    for (int i = 0; i < DB_CLASS_COUNT; i++)
        pool_init(&d->pools[i]);
    err e = server ? db_postgres_open(d, o, a, why) : db_sqlite_open(d, o, a, why);
    if (e == ERR_OK) {
        e = db_queue_start(d);
        if (e != ERR_OK)
            *why = STR("The system refuses another thread.");
    }
    if (e != ERR_OK) {
        db_close(d);
        return e;
    }
    db_fail_at(d, o->fail_at);
    *out = d;
    return ERR_OK;
}

static void pool_close(db *d, db_pool *p)
{
    ASSERT(p->lent == 0); /* a reader is still out */
    while (p->idle) {
        db_conn *c = p->idle;
        p->idle = c->next_idle;
        d->engine->disconnect(c);
    }
    pthread_cond_destroy(&p->freed);
    pthread_mutex_destroy(&p->lock);
}

void db_close(db *d)
{
    if (!d)
        return;
    db_queue_stop(d);
    for (int i = 0; i < DB_CLASS_COUNT; i++)
        pool_close(d, &d->pools[i]);
    if (d->engine)
        d->engine->close(d);
    free(d->target);
    free(d);
}

db_engine db_kind(const db *d)
{
    return d->engine->kind;
}

const char *db_target(const db *d)
{
    return d->target;
}

db_engine db_conn_kind(const db_conn *c)
{
    return c->db->engine->kind;
}

/* ---- the second fence ---- */

/* Readers that were opened before are opened anew when they are lent the next time. */
err db_fence(db *d, const char *const *secret)
{
    d->secret = secret;
    TRY(d->engine->fence ? d->engine->fence(d) : ERR_OK);
    atomic_fetch_add(&d->fence, 1);
    if (d->unfenced[0])
        log_event(LOG_WARN, "readers of the database have no role of their own", "why", d->unfenced, NULL);
    return ERR_OK;
}

str db_fence_missing(const db *d)
{
    return str_from(d->unfenced);
}

/* ---- lending ---- */

/* An idle connection, or NULL with the right to open one, or ERR_UNAVAILABLE after the wait. */
static err pool_take(db_pool *p, db_conn **out)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += DB_LEND_WAIT_MS / 1000;
    err e = ERR_OK;
    pthread_mutex_lock(&p->lock);
    while (!p->idle && p->open >= p->most && e == ERR_OK)
        if (pthread_cond_timedwait(&p->freed, &p->lock, &until) == ETIMEDOUT)
            e = !p->idle && p->open >= p->most ? ERR_UNAVAILABLE : ERR_OK;
    if (e == ERR_OK) {
        *out = p->idle;
        if (p->idle)
            p->idle = p->idle->next_idle;
        else
            p->open++;
        p->lent++;
    }
    pthread_mutex_unlock(&p->lock);
    return e;
}

static void pool_give(db_pool *p, db_conn *c_or_null)
{
    pthread_mutex_lock(&p->lock);
    p->lent--;
    if (c_or_null) {
        c_or_null->next_idle = p->idle;
        p->idle = c_or_null;
    } else {
        p->open--;
    }
    pthread_cond_signal(&p->freed);
    pthread_mutex_unlock(&p->lock);
}

err db_read_begin(db *d, db_class class, db_conn **out)
{
    static const int64_t budget[DB_CLASS_COUNT] = { LIMIT_QUICK_MS, LIMIT_SLOW_MS, 0 };
    db_pool             *p = &d->pools[class];
    db_conn             *c = NULL;
    TRY(pool_take(p, &c));
    if (c && (c->fence != atomic_load(&d->fence) || !d->engine->alive(c))) {
        d->engine->disconnect(c);
        c = NULL;
    }
    err e = c ? ERR_OK : d->engine->connect(d, class, false, &c);
    if (e == ERR_OK) {
        db_tx_start(c, budget[class]);
        e = d->engine->begin(c);
        if (e != ERR_OK) {
            d->engine->disconnect(c);
            c = NULL;
        }
    }
    if (e != ERR_OK) {
        pool_give(p, NULL);
        return e;
    }
    *out = c;
    return ERR_OK;
}

void db_rest(db *d)
{
    if (!d->engine->rest)
        return;
    for (int i = 0; i < DB_CLASS_COUNT; i++) {
        db_pool *p = &d->pools[i];
        pthread_mutex_lock(&p->lock);
        for (db_conn *c = p->idle; c; c = c->next_idle)
            d->engine->rest(c);
        pthread_mutex_unlock(&p->lock);
    }
}

/* Once a second is often enough: whoever ends a reading does it for all. */
static void rest_sometimes(db *d, int64_t now_ns)
{
    int64_t last = atomic_load_explicit(&d->rested_ns, memory_order_relaxed);
    if (now_ns - last > DB_REST_NS && atomic_compare_exchange_strong(&d->rested_ns, &last, now_ns))
        db_rest(d);
}

void db_read_end(db_conn *c)
{
    db           *d = c->db;
    const engine *eng = d->engine;
    int64_t       began_ns = c->began_ns;
    db_tx_over(c);
    (eng->read_end ? eng->read_end : eng->rollback)(c); /* nothing was written */
    pool_give(&d->pools[c->class], c);
    rest_sometimes(d, began_ns);
}

int64_t db_snapshot(const db_conn *c)
{
    return c->db->engine->snapshot ? c->db->engine->snapshot(c) : 0;
}

/* ---- statements ---- */
static err prepare(db_conn *c, str sql, bool secret, db_stmt **out)
{
    if (c->sticky != ERR_OK || db_made_failure(c))
        return c->sticky;
    if (far_past_deadline(c))
        return db_fail(c, ERR_TOO_SLOW, NULL, "the budget is spent", "");
    return db_cache_take(c, sql, secret, out);
}

err db_prepare(db_conn *c, str sql, db_stmt **out)
{
    return prepare(c, sql, false, out);
}

err db_prepare_secret(db_conn *c, str sql, db_stmt **out)
{
    return prepare(c, sql, true, out);
}

static err bad_bind(db_stmt *s)
{
    return db_fail(s->conn, ERR_INTERNAL, s->sql, "a parameter that the statement does not have, or a text with a NUL",
                   "");
}

void db_send(db_stmt *s)
{
    if (s->conn->sticky != ERR_OK || db_made_failure(s->conn))
        return;
    if (s->bad_bind)
        (void)bad_bind(s); /* a statement that is given back unstepped must not be lost silently */
    else
        (void)s->conn->db->engine->start(s); /* else db_step() does it */
}

void db_read_last(db_conn *c)
{
    if (c->db->engine->read_last)
        c->db->engine->read_last(c);
}

err db_step(db_stmt *s, bool *row)
{
    db_conn *c = s->conn;
    if (c->sticky != ERR_OK || db_made_failure(c))
        return c->sticky;
    if (s->bad_bind)
        return bad_bind(s);
    return c->db->engine->step(s, row);
}

void db_done(db_stmt *s)
{
    if (s)
        db_cache_give(s);
}

static err run(db_stmt *s, bool insert)
{
    db_conn      *c = s->conn;
    const engine *eng = c->db->engine;
    bool          row = true;
    err           e = c->sticky;
    if (e == ERR_OK && db_made_failure(c))
        e = c->sticky;
    if (e == ERR_OK && s->bad_bind)
        e = bad_bind(s);
    if (e == ERR_OK && ((insert && eng->insert && eng->insert(s)) || eng->start(s)))
        row = false;
    while (e == ERR_OK && row && (e = c->sticky) == ERR_OK)
        e = eng->step(s, &row);
    db_done(s);
    return e == ERR_OK ? c->sticky : e;
}

err db_run(db_stmt *s)
{
    return run(s, false);
}

err db_insert(db_stmt *s)
{
    return run(s, true);
}

void db_aside(db_stmt *s)
{
    if (s->conn->db->engine->aside)
        s->conn->db->engine->aside(s);
}

err db_settle(db_conn *c)
{
    if (c->sticky != ERR_OK || db_made_failure(c))
        return c->sticky;
    return c->db->engine->settle ? c->db->engine->settle(c) : ERR_OK;
}

err db_exec(db_conn *c, str sql)
{
    if (c->sticky != ERR_OK || db_made_failure(c))
        return c->sticky;
    return c->db->engine->exec(c, sql);
}

void db_bind_null(db_stmt *s, int n)
{
    s->conn->db->engine->bind_null(s, n);
}

void db_bind_int(db_stmt *s, int n, int64_t v)
{
    s->conn->db->engine->bind_int(s, n, v);
}

void db_bind_real(db_stmt *s, int n, double v)
{
    s->conn->db->engine->bind_real(s, n, v);
}

void db_bind_bool(db_stmt *s, int n, bool v)
{
    s->conn->db->engine->bind_bool(s, n, v);
}

void db_bind_date(db_stmt *s, int n, int64_t days)
{
    s->conn->db->engine->bind_date(s, n, days);
}

void db_bind_time(db_stmt *s, int n, int64_t ms)
{
    s->conn->db->engine->bind_time(s, n, ms);
}

void db_bind_text(db_stmt *s, int n, str v)
{
    if (v.n && memchr(v.p, 0, (size_t)v.n))
        s->bad_bind = true; /* PostgreSQL cannot hold it */
    else
        s->conn->db->engine->bind_text(s, n, v);
}

void db_bind_blob(db_stmt *s, int n, str v)
{
    s->conn->db->engine->bind_blob(s, n, v);
}

int64_t db_changes(db_stmt *s)
{
    return s->conn->db->engine->changes(s);
}

bool db_null(db_stmt *s, int column)
{
    return s->conn->db->engine->is_null(s, column);
}

int64_t db_int(db_stmt *s, int column)
{
    return s->conn->db->engine->get_int(s, column);
}

double db_real(db_stmt *s, int column)
{
    return s->conn->db->engine->get_real(s, column);
}

bool db_bool(db_stmt *s, int column)
{
    return s->conn->db->engine->get_bool(s, column);
}

int64_t db_date(db_stmt *s, int column)
{
    return s->conn->db->engine->get_date(s, column);
}

int64_t db_time(db_stmt *s, int column)
{
    return s->conn->db->engine->get_time(s, column);
}

str db_text(db_stmt *s, int column)
{
    return s->conn->db->engine->get_text(s, column);
}

str db_blob(db_stmt *s, int column)
{
    return s->conn->db->engine->get_blob(s, column);
}

bool db_whole(db_stmt *s, int column, int64_t *out)
{
    return s->conn->db->engine->whole(s, column, out);
}

bool db_words(db_stmt *s, int column, str *out)
{
    return s->conn->db->engine->words(s, column, out);
}

/* ---- savepoints and locks ---- */
err db_savepoint(db_conn *c)
{
    ASSERT(c->writer && c->savepoints < DB_SAVEPOINTS_MAX);
    if (c->sticky != ERR_OK || db_made_failure(c))
        return c->sticky;
    c->savepoints++;
    err e = c->db->engine->savepoint(c, "SAVEPOINT");
    if (e != ERR_OK)
        c->savepoints--;
    return e;
}

err db_savepoint_release(db_conn *c)
{
    ASSERT(c->savepoints > 0);
    if (c->sticky != ERR_OK || db_made_failure(c))
        return c->sticky;
    TRY(c->db->engine->savepoint(c, "RELEASE"));
    c->savepoints--;
    return ERR_OK;
}

err db_savepoint_rollback(db_conn *c)
{
    ASSERT(c->savepoints > 0);
    TRY(c->db->engine->savepoint(c, "ROLLBACK TO"));
    TRY(c->db->engine->savepoint(c, "RELEASE"));
    c->savepoints--;
    return ERR_OK;
}

err db_lock(db_conn *c, int64_t key)
{
    if (c->sticky != ERR_OK)
        return c->sticky;
    return c->db->engine->lock(c, key);
}

/* ---- what is there ---- */
static err exists(db_conn *c, const char *sql, str name, bool *out)
{
    db_stmt *s;
    bool     row;
    TRY(db_prepare(c, str_from(sql), &s));
    db_bind_text(s, 1, name);
    err e = db_step(s, &row);
    db_done(s);
    if (e == ERR_OK)
        *out = row;
    return e;
}

err db_table_exists(db_conn *c, str table, bool *out)
{
    return exists(c, c->db->engine->table_exists, table, out);
}

err db_index_exists(db_conn *c, str index, bool *out)
{
    return exists(c, c->db->engine->index_exists, index, out);
}

static err each_of(db_conn *c, const char *sql, str table, db_name_fn *each, void *arg)
{
    db_stmt *s;
    bool     row = false;
    TRY(db_prepare(c, str_from(sql), &s));
    db_bind_text(s, 1, table);
    err e;
    while ((e = db_step(s, &row)) == ERR_OK && row)
        each(arg, db_text(s, 0), db_text(s, 1));
    db_done(s);
    return e;
}

err db_columns(db_conn *c, str table, db_name_fn *each, void *arg)
{
    return each_of(c, c->db->engine->columns, table, each, arg);
}

err db_indexes(db_conn *c, str table, db_name_fn *each, void *arg)
{
    return each_of(c, c->db->engine->indexes, table, each, arg);
}

err db_copy_file(db *d, const char *to_path)
{
    return d->engine->copy_file(d, to_path);
}

err db_data_version(db_conn *c, int64_t *out)
{
    if (c->sticky != ERR_OK)
        return c->sticky;
    return c->db->engine->data_version(c, out);
}
