/* PostgreSQL: transactions, and the writers with their second tries. */
#include "db/postgres.h"

#include <time.h>

#include "base/date.h"

enum { TRIES = 8 };

/* ---- transactions ---- */
static err tx_begin(db_conn *base)
{
    pg_conn *c = (pg_conn *)base;
    c->touched = c->begun = c->answered = c->last = c->closed = c->again = c->committing = c->unlocked = false;
    c->cursors = 0;
    return ERR_OK; /* sent with the first statement */
}

static void tx_over(pg_conn *c)
{
    c->timeout_ms = c->timeout_sent_ms = pg_class_timeout(c); /* what was set was set for the transaction */
    pg_sent_forget(c);                                        /* their results are read with those of the Sync */
    for (db_stmt *s = c->cursors ? c->base.newest : NULL; s; s = s->older)
        pg_of(s)->cursor_open = false;
    c->touched = c->begun = c->unlocked = false;
    c->cursors = 0;
}

/* What was sent and not looked at: whether its Parse messages were done must be known before they are sent again. */
static void learn_prepared(pg_conn *c)
{
    bool any = false;
    for (int i = c->sent_next; i < c->sent_count; i++)
        any |= c->sent[i].prepare;
    if (any && !c->skipping && !c->streaming && pg_collect(c, NULL) != ERR_OK)
        c->skipping = true;
}

/* Nobody waits for the answer; the next use of the connection reads it first. Where something may have failed, a Sync
 * goes first: up to it the server skips everything, and would skip the ROLLBACK too. */
static void tx_rollback(db_conn *base)
{
    pg_conn *c = (pg_conn *)base;
    pg_insert_forget(c);
    learn_prepared(c);
    bool good = !c->broken;
    if (good && c->touched) {
        if ((c->skipping || c->sent_count > 0) && c->begun)
            good = pg_sync_send(c);
        if (good && c->begun)
            good = pg_send_word(c, "zk_ROLLBACK");
        if (c->closed)
            c->syncs_due++;
        else
            good = good && pg_sync_send(c) && PQflush(c->link) >= 0;
        c->skipping = false;
    }
    if (good && atomic_load(&base->interrupted)) {
        pthread_mutex_lock(&c->cancel_lock); /* a cancel under way must not hit the next transaction */
        pthread_mutex_unlock(&c->cancel_lock);
        good = (c->syncs_due || pg_sync_send(c)) && pg_sync_all(c);
    }
    if (!good)
        c->broken = true;
    tx_over(c);
}

static err commit_now(pg_conn *c)
{
    c->committing = true; /* from here on a lost link leaves it open whether it was done */
    c->unflushed = false;
    if (!pg_send_word(c, "zk_COMMIT") || PQpipelineSync(c->link) != 1 || PQflush(c->link) < 0)
        return pg_lost(c, "COMMIT");
    err e = pg_collect(c, NULL); /* those nobody has asked for */
    c->syncs_due++;
    if (e != ERR_OK)
        return e;
    PGresult *r = PQgetResult(c->link);
    bool      good = r && PQresultStatus(r) == PGRES_COMMAND_OK;
    if (!good)
        return pg_bad_result(c, r, "COMMIT");
    good = strcmp(PQcmdStatus(r), "COMMIT") == 0;
    PQclear(r);
    if (!good)
        return db_fail(&c->base, ERR_INTERNAL, "COMMIT", "the server has rolled back", "");
    pg_end_command(c);
    if (!pg_sync_all(c)) /* committed, though the link went afterwards */
        c->broken = true;
    return ERR_OK;
}

static err tx_commit(db_conn *base)
{
    pg_conn *c = (pg_conn *)base;
    err      e = base->sticky;
    if (e == ERR_OK && db_made_failure(base))
        e = base->sticky;
    if (e == ERR_OK)
        pg_insert_now(c);
    if (e == ERR_OK && c->broken)
        e = pg_lost(c, "COMMIT");
    if (e == ERR_OK && c->touched)
        e = pg_sync_all(c) ? commit_now(c) : pg_lost(c, "COMMIT");
    if (e != ERR_OK)
        tx_rollback(base);
    else
        tx_over(c);
    return e;
}

static err exec(db_conn *base, str sql)
{
    char *text = db_copy_text(sql);
    err   e = pg_command((pg_conn *)base, text);
    free(text);
    return e;
}

static void forget_cursors(pg_conn *c)
{
    for (db_stmt *s = c->base.newest; s; s = s->older)
        if (pg_of(s)->cursor_open && pg_of(s)->cursor_depth >= c->base.savepoints)
            pg_of(s)->cursor_open = false;
    for (db_stmt *s = c->base.busy; s; s = s->older)
        if (pg_of(s)->cursor_open && pg_of(s)->cursor_depth >= c->base.savepoints)
            pg_of(s)->cursor_open = false;
}

static err savepoint(db_conn *base, const char *verb)
{
    pg_conn *c = (pg_conn *)base;
    char     text[40];
    bool     back = verb[0] == 'R' && verb[1] == 'O';
    if (back) {
        pg_insert_forget(c); /* what was before the savepoint is on its way already */
        /* An error among what was sent is taken back too. */
        if (pg_settle(c) != ERR_OK && c->broken)
            return base->sticky != ERR_OK ? base->sticky : pg_lost(c, "ROLLBACK TO");
        if (c->skipping && (!pg_sync_send(c) || PQflush(c->link) < 0 || !pg_sync_all(c))) {
            c->broken = true;
            return base->sticky;
        }
        c->skipping = c->again = false;
        base->sticky = ERR_OK;
        forget_cursors(c);
    }
    snprintf(text, sizeof text, "%s s%d", verb, base->savepoints);
    if (verb[0] != 'S')
        return pg_command(c, text);
    pg_insert_now(c);
    TRY(pg_stream_keep(c));
    pg_command_send(c, text);
    return ERR_OK;
}

static err lock_key(db_conn *base, int64_t key)
{
    db_stmt *s;
    bool     row;
    TRY(db_prepare(base, STR("SELECT pg_advisory_xact_lock($1)"), &s));
    db_bind_int(s, 1, key);
    err e = db_step(s, &row); /* when this returns, it is held */
    db_done(s);
    return e;
}

static void interrupt(db_conn *base)
{
    pg_conn *c = (pg_conn *)base;
    char     words[256];
    pthread_mutex_lock(&c->cancel_lock);
    if (c->cancel)
        PQcancel(c->cancel, words, sizeof words);
    pthread_mutex_unlock(&c->cancel_lock);
}

static void budget(db_conn *base)
{
    pg_conn *c = (pg_conn *)base;
    c->timeout_ms = pg_class_timeout(c);
    if (base->deadline_ns && base->deadline_ns != base->began_ns + (int64_t)c->timeout_ms * 1000000) {
        int64_t ms = (base->deadline_ns - clock_monotonic_ns() + 999999) / 1000000;
        c->timeout_ms = ms > 0 ? (int)ms : 1;
    }
}

static err settle(db_conn *base)
{
    pg_insert_now((pg_conn *)base);
    return pg_settle((pg_conn *)base);
}

static bool alive(db_conn *base)
{
    pg_conn *c = (pg_conn *)base;
    return !c->broken && PQstatus(c->link) == CONNECTION_OK;
}

/* ---- the writers ---- */
static void pause_before(int attempt, const void *salt)
{
    uint64_t noise = hash_bytes((str){ (const char *)&salt, sizeof salt }) ^ (uint64_t)clock_monotonic_ns();
    int64_t  us = ((int64_t)1000 << attempt) + (int64_t)(noise % ((uint64_t)1000 << attempt));
    nanosleep(&(struct timespec){ .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 }, NULL);
}

static err run_once(pg_conn *c, db_job *job)
{
    db_conn *base = &c->base;
    base->alone = job->alone;
    db_tx_start(base, job->alone ? 0 : DB_WRITE_BUDGET_MS);
    if (job->alone)
        c->timeout_ms = 0;
    err e = tx_begin(base);
    if (e == ERR_OK)
        e = db_job_run(base, job);
    if (e != ERR_OK && base->sticky == ERR_OK && pg_settle(c) != ERR_OK)
        e = base->sticky; /* something that was sent before had failed already */
    if (e == ERR_OK)
        e = tx_commit(base);
    else
        tx_rollback(base);
    db_tx_over(base);
    base->alone = false;
    return e;
}

static void run(db *d, db_conn *base, db_job *job)
{
    (void)d;
    pg_conn *c = (pg_conn *)base;
    err      e = run_once(c, job);
    for (int attempt = 1; e != ERR_OK && c->again && attempt < TRIES; attempt++) {
        pause_before(attempt, job);
        if (!alive(base) && pg_reconnect(c) != ERR_OK)
            continue;
        c->patient = attempt >= TRIES / 2 && !job->alone;
        e = run_once(c, job);
    }
    c->patient = false;
    db_job_end(job, e);
}

static err copy_file(db *d, const char *to_path)
{
    (void)d;
    (void)to_path;
    return ERR_INTERNAL;
}

static err data_version(db_conn *c, int64_t *out)
{
    (void)c;
    *out = 0;
    return ERR_OK;
}

const engine postgres_engine = {
    .kind = DB_POSTGRES,
    .connect = pg_connect,
    .disconnect = pg_disconnect,
    .begin = tx_begin,
    .commit = tx_commit,
    .rollback = tx_rollback,
    .run = run,
    .alive = alive,
    .savepoint = savepoint,
    .lock = lock_key,
    .exec = exec,
    .interrupt = interrupt,
    .budget = budget,
    .stmt_new = pg_stmt_new,
    .stmt_free = pg_stmt_free,
    .stmt_reset = pg_stmt_reset,
    .bind_null = pg_bind_null,
    .bind_int = pg_bind_int,
    .bind_real = pg_bind_real,
    .bind_bool = pg_bind_bool,
    .bind_date = pg_bind_date,
    .bind_time = pg_bind_time,
    .bind_text = pg_bind_text,
    .bind_blob = pg_bind_blob,
    .start = pg_start,
    .settle = settle,
    .insert = pg_insert_later,
    .aside = pg_aside,
    .read_last = pg_read_last,
    .step = pg_step,
    .changes = pg_changes,
    .is_null = pg_is_null,
    .get_int = pg_get_int,
    .get_real = pg_get_real,
    .get_bool = pg_get_bool,
    .get_date = pg_get_int,
    .get_time = pg_get_time,
    .get_text = pg_get_text,
    .get_blob = pg_get_blob,
    .whole = pg_whole,
    .words = pg_words,
    .table_exists = "SELECT 1 FROM pg_class WHERE relname = $1 AND relkind IN ('r', 'p') AND pg_table_is_visible(oid)",
    .index_exists = "SELECT 1 FROM pg_class WHERE relname = $1 AND relkind IN ('i', 'I') AND pg_table_is_visible(oid)",
    .indexes = "SELECT i.relname, '' FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c"
               " ON c.oid = x.indrelid WHERE c.relname = $1 AND pg_table_is_visible(c.oid) AND NOT x.indisprimary",
    .columns = "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a JOIN pg_class c"
               " ON c.oid = a.attrelid WHERE c.relname = $1 AND c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)"
               " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
    .fence = pg_fence,
    .copy_file = copy_file,
    .data_version = data_version,
    .close = pg_close_own,
};
