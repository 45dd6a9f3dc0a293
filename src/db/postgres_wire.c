/* PostgreSQL: what goes over a pipelined connection: errors, messages sent whose answers are to come, rows that
 * stream, links that die. */
#include "db/postgres.h"

/* ---- errors ---- */
static bool state_is(const char *state, const char *prefix)
{
    return strncmp(state, prefix, strlen(prefix)) == 0;
}

static err err_of_state(const char *state)
{
    if (!strcmp(state, "23505") || !strcmp(state, "23503") || !strcmp(state, "23514") || !strcmp(state, "23P01"))
        return ERR_CONFLICT;
    if (!strcmp(state, "57014"))
        return ERR_TOO_SLOW;
    if (!strcmp(state, "08P01"))
        return ERR_INTERNAL; /* wrong number of parameters */
    if (!strcmp(state, "53100"))
        return ERR_DISK_FULL;
    static const char *const away[] = { "08", "53", "57P", "58", "25006", "55P03", "40" };
    for (size_t i = 0; i < countof(away); i++)
        if (state_is(state, away[i]))
            return ERR_UNAVAILABLE;
    return ERR_INTERNAL;
}

/* Notes a dead link; NULL when something is done about it, so that the log needs no line. */
static const char *lost(pg_conn *c, const char *sql)
{
    c->broken = true;
    c->streaming = NULL;
    if (!c->committing) /* whether a commit whose answer was lost came through, nobody knows */
        c->again = true;
    return !c->answered || (c->again && c->base.writer) ? NULL : sql;
}

err pg_fail(pg_conn *c, const PGresult *r, const char *sql)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    const char *words = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    const char *constraint = PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME);
    char        text[DB_ERROR_TEXT], clean[DB_ERROR_TEXT];
    state = state ? state : "08006";
    snprintf(clean, sizeof clean, "%s", words ? words : PQresultErrorMessage(r));
    if (!state_is(state, "42") && !state_is(state, "26"))
        db_words_clean(clean); /* the names in those come from the SQL; elsewhere a quote may hold a value */
    snprintf(text, sizeof text, "PostgreSQL %s: %.*s", state, (int)sizeof text - 32, clean);
    if (state_is(state, "40") || (!strcmp(state, "55P03") && c->base.alone)) {
        c->again = true;
        sql = NULL; /* expected: no line in the log */
    }
    if (state_is(state, "57P0")) /* the server ends this connection */
        sql = lost(c, sql);
    return db_fail(&c->base, err_of_state(state), sql, text, constraint);
}

err pg_lost(pg_conn *c, const char *sql)
{
    sql = lost(c, sql);
    return db_fail(&c->base, ERR_UNAVAILABLE, sql, "the connection is lost", "");
}

/* ---- what is on the way ---- */

/* Reads up to the answers of every Sync sent; false: the link is dead. */
bool pg_sync_all(pg_conn *c)
{
    int empty = 0;
    while (c->syncs_due > 0) {
        PGresult *r = PQgetResult(c->link);
        if (!r) {
            if (PQstatus(c->link) != CONNECTION_OK || ++empty > 1000)
                return false;
            continue;
        }
        empty = 0;
        ExecStatusType status = PQresultStatus(r);
        PQclear(r);
        if (status == PGRES_PIPELINE_SYNC)
            c->syncs_due--;
        else if (PQstatus(c->link) != CONNECTION_OK)
            return false;
    }
    return true;
}

bool pg_sync_send(pg_conn *c)
{
    if (PQpipelineSync(c->link) != 1)
        return false;
    c->syncs_due++;
    return true;
}

/* The NULL that ends the results of a command. */
void pg_end_command(pg_conn *c)
{
    PGresult *r;
    while ((r = PQgetResult(c->link)) != NULL) {
        ExecStatusType status = PQresultStatus(r);
        PQclear(r);
        if (status == PGRES_FATAL_ERROR || status == PGRES_PIPELINE_SYNC)
            break;
    }
}

err pg_bad_result(pg_conn *c, PGresult *r, const char *sql)
{
    err e;
    c->skipping = true;
    c->streaming = NULL;
    if (!r || PQstatus(c->link) != CONNECTION_OK)
        e = pg_lost(c, sql);
    else
        e = pg_fail(c, r, sql);
    PQclear(r);
    return e;
}

/* One simple command's result. */
err pg_take_command(pg_conn *c, const char *sql)
{
    PGresult      *r = PQgetResult(c->link);
    ExecStatusType status = r ? PQresultStatus(r) : PGRES_FATAL_ERROR;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        return pg_bad_result(c, r, sql);
    PQclear(r);
    pg_end_command(c);
    return ERR_OK;
}

/* ---- streaming ---- */
void pg_keep_row(pg_statement *s, PGresult *r)
{
    if (s->kept_count == s->kept_room) {
        s->kept_room = s->kept_room ? s->kept_room * 2 : 64;
        s->kept = realloc(s->kept, (size_t)s->kept_room * sizeof *s->kept);
        if (!s->kept)
            abort();
    }
    s->kept[s->kept_count++] = r;
}

int64_t pg_changed_rows(PGresult *r)
{
    return strncmp(PQcmdStatus(r), "SELECT", 6) == 0 ? 0 : strtoll(PQcmdTuples(r), NULL, 10);
}

/* The next single row of a stream, or NULL at its end. */
err pg_stream_next(pg_conn *c, pg_statement *s, PGresult **out)
{
    PGresult *r = PQgetResult(c->link);
    *out = NULL;
    if (r && PQresultStatus(r) == PGRES_SINGLE_TUPLE) {
        *out = r;
        return ERR_OK;
    }
    if (!r || (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK))
        return pg_bad_result(c, r, s->base.sql);
    s->changes = pg_changed_rows(r);
    PQclear(r);
    pg_end_command(c);
    c->streaming = NULL;
    return ERR_OK;
}

/* Another statement needs the connection: the rest of the stream is kept in memory. */
err pg_stream_keep(pg_conn *c)
{
    pg_statement *s = c->streaming;
    while (c->streaming) {
        PGresult *r;
        TRY(pg_stream_next(c, s, &r));
        if (r)
            pg_keep_row(s, r);
    }
    return ERR_OK;
}

/* ---- sending ---- */
bool pg_send_word(pg_conn *c, const char *prepared)
{
    return PQsendQueryPrepared(c->link, prepared, 0, NULL, NULL, NULL, 0) == 1;
}

bool pg_send_text(pg_conn *c, const char *sql, int result_format)
{
    return PQsendQueryParams(c->link, sql, 0, NULL, NULL, NULL, NULL, result_format) == 1;
}

static bool send_timeout(pg_conn *c)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "SELECT set_config('statement_timeout', '%d', true), set_config('lock_timeout', '%d', true)",
             c->timeout_ms, c->base.alone ? PG_ALONE_LOCK_MS : 10000);
    c->timeout_sent_ms = c->timeout_ms;
    return pg_send_text(c, sql, 0);
}

/* What must go in front of a statement: BEGIN, dropped statements, a changed budget. */
bool pg_send_front(pg_conn *c, pg_sent *x)
{
    bool good = true;
    c->touched = true;
    if (!c->begun && (c->base.writer || c->base.class == DB_LONG)) {
        c->begun = true;
        x->before++;
        good = pg_send_word(c, "zk_BEGIN");
        if (good && c->patient && c->base.db->patience) {
            x->before++;
            good = pg_send_text(c, c->base.db->patience, 0);
        }
    }
    while (good && c->drop_count > 0) {
        char     sql[48];
        unsigned number = c->drop[--c->drop_count];
        snprintf(sql, sizeof sql, "DEALLOCATE %c%u", number & 1 ? 'd' : 's', number >> 1);
        x->before++;
        good = pg_send_text(c, sql, 0);
    }
    if (good && c->timeout_ms != c->timeout_sent_ms) {
        x->before++;
        good = send_timeout(c);
    }
    return good && pg_fence_pass(c, x);
}

bool pg_send_flush(pg_conn *c)
{
    bool implicit = !c->begun;
    c->unflushed = false;
    if (!c->last || !implicit)
        return PQsendFlushRequest(c->link) == 1 && PQflush(c->link) >= 0;
    c->closed = true; /* the Sync is counted at the end of the transaction */
    return PQpipelineSync(c->link) == 1 && PQflush(c->link) >= 0;
}

err pg_take_front(pg_conn *c, const pg_sent *x, const char *sql)
{
    if (!pg_sync_all(c))
        return pg_lost(c, sql);
    for (int i = 0; i < x->before; i++)
        TRY(pg_take_command(c, sql));
    return ERR_OK;
}

/* ---- statements on the way ---- */
static const char *text_of(const pg_sent *x)
{
    return x->s ? x->s->base.sql : "a statement that is over, or a command";
}

void pg_sent_add(pg_conn *c, pg_sent x)
{
    if (c->sent_count == c->sent_room) {
        c->sent_room = c->sent_room ? c->sent_room * 2 : 16;
        c->sent = realloc(c->sent, (size_t)c->sent_room * sizeof *c->sent);
        if (!c->sent)
            abort();
    }
    c->sent[c->sent_count++] = x;
}

/* After an error nothing of the rest was done; a Parse among it has to be sent again. */
void pg_sent_forget(pg_conn *c)
{
    for (; c->sent_next < c->sent_count; c->sent_next++) {
        pg_sent *x = &c->sent[c->sent_next];
        if (x->s && x->prepare)
            x->s->plain_epoch = 0;
        if (x->s && x->wanted)
            x->s->sent = false;
    }
    c->sent_next = c->sent_count = 0;
}

static err take_result(pg_conn *c, pg_sent *x)
{
    TRY(pg_take_front(c, x, text_of(x)));
    x->before = 0;
    if (x->prepare)
        TRY(pg_take_command(c, text_of(x)));
    x->prepare = false;
    PGresult *r = PQgetResult(c->link);
    if (!r || (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK))
        return pg_bad_result(c, r, text_of(x));
    if (x->wanted) {
        x->s->changes = pg_changed_rows(r);
        x->s->result = r;
        x->s->sent = false;
        x->s->ran = true;
    } else {
        PQclear(r);
    }
    pg_end_command(c);
    c->answered = true;
    return ERR_OK;
}

/* Reads results in the order they were sent, up to that of `until`, or all of them. */
err pg_collect(pg_conn *c, const pg_statement *until)
{
    if (c->broken || (c->unflushed && !pg_send_flush(c)))
        return pg_lost(c, until ? until->base.sql : "");
    while (c->sent_next < c->sent_count && (!until || until->sent)) {
        err e = take_result(c, &c->sent[c->sent_next]);
        if (e != ERR_OK) { /* not always that of the statement somebody waits for */
            if (c->sent[c->sent_next].s)
                pg_forget_stale(c, c->sent[c->sent_next].s);
            return e;
        }
        c->sent_next++;
    }
    if (c->sent_next == c->sent_count)
        c->sent_next = c->sent_count = 0;
    return ERR_OK;
}

/* A transaction that meets a dead link before its first answer goes on on a new one: nothing has happened yet. */
bool pg_renewed(pg_conn *c)
{
    if (c->answered || !c->broken || pg_reconnect(c) != ERR_OK)
        return false;
    c->base.sticky = ERR_OK;
    c->base.error[0] = 0;
    c->again = c->begun = c->touched = c->closed = c->unflushed = c->unlocked = false;
    return true;
}

static bool may_send_again(const pg_conn *c)
{
    for (int i = 0; i < c->sent_count; i++)
        if (!c->sent[i].s || !c->sent[i].wanted) /* its values are gone */
            return false;
    return true;
}

err pg_gather(pg_conn *c, const pg_statement *until)
{
    err e = pg_collect(c, until);
    if (e != ERR_OK && may_send_again(c) && pg_renewed(c)) {
        int count = c->sent_count;
        c->sent_count = c->sent_next = 0;
        for (int i = 0; i < count; i++) /* each writes its own place anew */
            pg_send_whole(c, c->sent[i].s);
        e = pg_collect(c, until);
    }
    if (e != ERR_OK)
        pg_sent_forget(c);
    return e;
}

static err command_once(pg_conn *c, const char *sql)
{
    pg_sent x = { 0 };
    ASSERT(!c->closed); /* after db_read_last() */
    if (!pg_send_front(c, &x) || !pg_send_text(c, sql, 0) || !pg_send_flush(c))
        return pg_lost(c, sql);
    TRY(pg_take_front(c, &x, sql));
    TRY(pg_take_command(c, sql));
    c->answered = true;
    return ERR_OK;
}

err pg_settle(pg_conn *c)
{
    TRY(pg_stream_keep(c));
    return c->sent_count > 0 ? pg_gather(c, NULL) : ERR_OK;
}

void pg_command_send(pg_conn *c, const char *sql)
{
    pg_sent x = { 0 };
    ASSERT(!c->closed); /* after db_read_last() */
    if (!c->broken && (!pg_send_front(c, &x) || !pg_send_text(c, sql, 0)))
        c->broken = true;
    c->unflushed = true;
    pg_sent_add(c, x);
}

err pg_command(pg_conn *c, const char *sql)
{
    pg_insert_now(c);
    TRY(pg_stream_keep(c));
    if (c->sent_count > 0) { /* in one packet with what is before it */
        pg_command_send(c, sql);
        return pg_gather(c, NULL);
    }
    err e = c->broken ? pg_lost(c, sql) : command_once(c, sql);
    if (e != ERR_OK && pg_renewed(c))
        e = command_once(c, sql);
    return e;
}
