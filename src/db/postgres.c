/* PostgreSQL: statements and transactions on a pipelined connection, and the writers with their second tries. */
#include "db/postgres.h"

#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/log.h"

enum { TRIES = 8, ALONE_LOCK_MS = 500, SMALL_RUNS = 4 };

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
static bool sync_all(pg_conn *c)
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

static bool sync_send(pg_conn *c)
{
    if (PQpipelineSync(c->link) != 1)
        return false;
    c->syncs_due++;
    return true;
}

/* The NULL that ends the results of a command. */
static void end_command(pg_conn *c)
{
    PGresult *r;
    while ((r = PQgetResult(c->link)) != NULL) {
        ExecStatusType status = PQresultStatus(r);
        PQclear(r);
        if (status == PGRES_FATAL_ERROR || status == PGRES_PIPELINE_SYNC)
            break;
    }
}

static err bad_result(pg_conn *c, PGresult *r, const char *sql)
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
static err take_command(pg_conn *c, const char *sql)
{
    PGresult      *r = PQgetResult(c->link);
    ExecStatusType status = r ? PQresultStatus(r) : PGRES_FATAL_ERROR;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        return bad_result(c, r, sql);
    PQclear(r);
    end_command(c);
    return ERR_OK;
}

/* ---- streaming ---- */
static void keep_row(pg_statement *s, PGresult *r)
{
    if (s->kept_count == s->kept_room) {
        s->kept_room = s->kept_room ? s->kept_room * 2 : 64;
        s->kept = realloc(s->kept, (size_t)s->kept_room * sizeof *s->kept);
        if (!s->kept)
            abort();
    }
    s->kept[s->kept_count++] = r;
}

static int64_t changed_rows(PGresult *r)
{
    return strncmp(PQcmdStatus(r), "SELECT", 6) == 0 ? 0 : strtoll(PQcmdTuples(r), NULL, 10);
}

/* The next single row of a stream, or NULL at its end. */
static err stream_next(pg_conn *c, pg_statement *s, PGresult **out)
{
    PGresult *r = PQgetResult(c->link);
    *out = NULL;
    if (r && PQresultStatus(r) == PGRES_SINGLE_TUPLE) {
        *out = r;
        return ERR_OK;
    }
    if (!r || (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK))
        return bad_result(c, r, s->base.sql);
    s->changes = changed_rows(r);
    PQclear(r);
    end_command(c);
    c->streaming = NULL;
    return ERR_OK;
}

/* Another statement needs the connection: the rest of the stream is kept in memory. */
static err stream_keep(pg_conn *c)
{
    pg_statement *s = c->streaming;
    while (c->streaming) {
        PGresult *r;
        TRY(stream_next(c, s, &r));
        if (r)
            keep_row(s, r);
    }
    return ERR_OK;
}

/* ---- sending ---- */
static bool send_word(pg_conn *c, const char *prepared)
{
    return PQsendQueryPrepared(c->link, prepared, 0, NULL, NULL, NULL, 0) == 1;
}

static bool send_text(pg_conn *c, const char *sql, int result_format)
{
    return PQsendQueryParams(c->link, sql, 0, NULL, NULL, NULL, NULL, result_format) == 1;
}

static bool send_timeout(pg_conn *c)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "SELECT set_config('statement_timeout', '%d', true), set_config('lock_timeout', '%d', true)",
             c->timeout_ms, c->base.alone ? ALONE_LOCK_MS : 10000);
    c->timeout_sent_ms = c->timeout_ms;
    return send_text(c, sql, 0);
}

/* What must go in front of a statement: BEGIN, dropped statements, a changed budget. */
static bool send_front(pg_conn *c, pg_sent *x)
{
    bool good = true;
    c->touched = true;
    if (!c->begun && (c->base.writer || c->base.class == DB_LONG)) {
        c->begun = true;
        x->before++;
        good = send_word(c, "zk_BEGIN");
    }
    while (good && c->drop_count > 0) {
        char     sql[48];
        unsigned number = c->drop[--c->drop_count];
        snprintf(sql, sizeof sql, "DEALLOCATE %c%u", number & 1 ? 'd' : 's', number >> 1);
        x->before++;
        good = send_text(c, sql, 0);
    }
    if (good && c->timeout_ms != c->timeout_sent_ms) {
        x->before++;
        good = send_timeout(c);
    }
    return good;
}

static bool send_flush(pg_conn *c)
{
    bool implicit = !c->begun;
    c->unflushed = false;
    if (!c->last || !implicit)
        return PQsendFlushRequest(c->link) == 1 && PQflush(c->link) >= 0;
    c->closed = true; /* the Sync is counted at the end of the transaction */
    return PQpipelineSync(c->link) == 1 && PQflush(c->link) >= 0;
}

static err take_front(pg_conn *c, const pg_sent *x, const char *sql)
{
    if (!sync_all(c))
        return pg_lost(c, sql);
    for (int i = 0; i < x->before; i++)
        TRY(take_command(c, sql));
    return ERR_OK;
}

/* ---- statements on the way ---- */
static const char *text_of(const pg_sent *x)
{
    return x->s ? x->s->base.sql : "a statement that is over";
}

static void sent_add(pg_conn *c, pg_sent x)
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
static void sent_forget(pg_conn *c)
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
    TRY(take_front(c, x, text_of(x)));
    x->before = 0;
    if (x->prepare)
        TRY(take_command(c, text_of(x)));
    x->prepare = false;
    PGresult *r = PQgetResult(c->link);
    if (!r || (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK))
        return bad_result(c, r, text_of(x));
    if (x->wanted) {
        x->s->changes = changed_rows(r);
        x->s->result = r;
        x->s->sent = false;
        x->s->ran = true;
    } else {
        PQclear(r);
    }
    end_command(c);
    c->answered = true;
    return ERR_OK;
}

/* Reads results in the order they were sent, up to that of `until`, or all of them. */
static err collect(pg_conn *c, const pg_statement *until)
{
    if (c->broken || (c->unflushed && !send_flush(c)))
        return pg_lost(c, until ? until->base.sql : "");
    while (c->sent_next < c->sent_count && (!until || until->sent)) {
        TRY(take_result(c, &c->sent[c->sent_next]));
        c->sent_next++;
    }
    if (c->sent_next == c->sent_count)
        c->sent_next = c->sent_count = 0;
    return ERR_OK;
}

/* A transaction that meets a dead link before its first answer goes on on a new one: nothing has happened yet. */
static bool renewed(pg_conn *c)
{
    if (c->answered || !c->broken || pg_reconnect(c) != ERR_OK)
        return false;
    c->base.sticky = ERR_OK;
    c->base.error[0] = 0;
    c->again = c->begun = c->touched = c->closed = c->unflushed = false;
    return true;
}

static bool may_send_again(const pg_conn *c)
{
    for (int i = 0; i < c->sent_count; i++)
        if (!c->sent[i].s || !c->sent[i].wanted) /* its values are gone */
            return false;
    return true;
}

static void send_whole(pg_conn *c, pg_statement *s);

static err gather(pg_conn *c, const pg_statement *until)
{
    err e = collect(c, until);
    if (e != ERR_OK && may_send_again(c) && renewed(c)) {
        int count = c->sent_count;
        c->sent_count = c->sent_next = 0;
        for (int i = 0; i < count; i++) /* each writes its own place anew */
            send_whole(c, c->sent[i].s);
        e = collect(c, until);
    }
    if (e != ERR_OK)
        sent_forget(c);
    return e;
}

static err command_once(pg_conn *c, const char *sql)
{
    pg_sent x = { 0 };
    ASSERT(!c->closed); /* after db_read_last() */
    if (!send_front(c, &x) || !send_text(c, sql, 0) || !send_flush(c))
        return pg_lost(c, sql);
    TRY(take_front(c, &x, sql));
    TRY(take_command(c, sql));
    c->answered = true;
    return ERR_OK;
}

static err settle(pg_conn *c)
{
    TRY(stream_keep(c));
    return c->sent_count > 0 ? gather(c, NULL) : ERR_OK;
}

static err command(pg_conn *c, const char *sql)
{
    TRY(settle(c));
    err e = c->broken ? pg_lost(c, sql) : command_once(c, sql);
    if (e != ERR_OK && renewed(c))
        e = command_once(c, sql);
    return e;
}

/* ---- statements ---- */
static pg_statement *own(db_stmt *s)
{
    return (pg_statement *)s;
}

static err stmt_new(db_conn *base, str sql, db_stmt **out)
{
    (void)sql;
    pg_conn      *c = (pg_conn *)base;
    pg_statement *s = db_alloc(sizeof *s);
    s->number = ++c->last_number;
    s->row = -1;
    *out = &s->base;
    return ERR_OK;
}

static void forget_on_server(pg_conn *c, unsigned epoch, unsigned name)
{
    if (epoch != c->epoch || c->broken)
        return;
    if (c->drop_count < PG_DROP_MAX)
        c->drop[c->drop_count++] = name; /* else it stays with the session: harmless */
}

static void stmt_free(db_stmt *base)
{
    pg_statement *s = own(base);
    pg_conn      *c = (pg_conn *)base->conn;
    for (int i = c->sent_next; i < c->sent_count; i++)
        if (c->sent[i].s == s)
            c->sent[i].s = NULL;
    forget_on_server(c, s->plain_epoch, s->number << 1);
    forget_on_server(c, s->cursor_epoch, s->number << 1 | 1);
    free(s->params);
    free(s->kept);
    free(s->shown);
    free(s);
}

static void rows_clear(pg_statement *s)
{
    PQclear(s->result);
    s->result = NULL;
    s->row = -1;
    while (s->kept_next < s->kept_count)
        PQclear(s->kept[s->kept_next++]);
    s->kept_next = s->kept_count = 0;
    if (s->kept_room > 1024) {
        free(s->kept);
        s->kept = NULL;
        s->kept_room = 0;
    }
}

static void stmt_reset(db_stmt *base)
{
    pg_statement *s = own(base);
    pg_conn      *c = (pg_conn *)base->conn;
    for (int i = c->sent_next; i < c->sent_count && s->sent; i++)
        if (c->sent[i].s == s && c->sent[i].wanted)
            c->sent[i].wanted = s->sent = false; /* its result will only be looked at for an error */
    while (c->streaming == s) {
        PGresult *r;
        if (stream_next(c, s, &r) != ERR_OK)
            break;
        PQclear(r);
    }
    rows_clear(s);
    s->param_count = 0;
    s->ran = s->ended = false;
    s->changes = 0;
}

static bool begins(const char *sql, const char *word)
{
    while (*sql == ' ' || *sql == '\n')
        sql++;
    return strncmp(sql, word, strlen(word)) == 0;
}

/* Quick reads and ordinary writes are bounded: the whole result at once. Slow ones come row by row. Long ones use
 * a cursor, so that other statements run between their rows; small statements repeated there do not. */
static pg_mode mode_of(const pg_conn *c, const pg_statement *s)
{
    bool reads = begins(s->base.sql, "SELECT") || (!c->base.writer && begins(s->base.sql, "WITH"));
    bool is_long = c->base.writer ? c->base.alone : c->base.class == DB_LONG;
    if (is_long)
        return reads && s->small_runs < SMALL_RUNS ? PG_CURSOR : PG_WHOLE;
    return !c->base.writer && c->base.class == DB_SLOW ? PG_STREAM : PG_WHOLE;
}

static bool send_prepare(pg_conn *c, pg_statement *s, const char *name, pg_sent *x)
{
    unsigned *epoch = s->mode == PG_CURSOR ? &s->cursor_epoch : &s->plain_epoch;
    if (*epoch == c->epoch)
        return true;
    x->prepare = true;
    if (s->mode != PG_CURSOR) {
        *epoch = c->epoch; /* sent_forget() takes it back */
        return PQsendPrepare(c->link, name, s->base.sql, 0, NULL) == 1;
    }
    size_t size = s->base.sql_size + 64;
    char  *sql = db_alloc(size);
    snprintf(sql, size, "DECLARE k%u NO SCROLL CURSOR FOR %s", s->number, s->base.sql);
    bool good = PQsendPrepare(c->link, name, sql, 0, NULL) == 1;
    free(sql);
    return good;
}

static bool send_fetch(pg_conn *c, const pg_statement *s)
{
    char sql[48];
    snprintf(sql, sizeof sql, "FETCH %d FROM k%u", PG_FETCH, s->number);
    return send_text(c, sql, 1);
}

static bool send_statement(pg_conn *c, pg_statement *s, pg_sent *x)
{
    char name[16], sql[24];
    snprintf(name, sizeof name, "%c%u", s->mode == PG_CURSOR ? 'd' : 's', s->number);
    ASSERT(!c->closed); /* after db_read_last() */
    if (!send_front(c, x))
        return false;
    if (s->mode == PG_CURSOR && s->cursor_open) {
        snprintf(sql, sizeof sql, "CLOSE k%u", s->number);
        x->before++;
        if (!send_text(c, sql, 0))
            return false;
    }
    pg_params_write(c, s);
    return send_prepare(c, s, name, x) &&
           PQsendQueryPrepared(c->link, name, s->param_count, c->values, c->lengths, c->formats, 1) == 1 &&
           (s->mode != PG_CURSOR || send_fetch(c, s));
}

/* Into libpq's buffer; a dead link shows when its result is looked for. */
static void send_whole(pg_conn *c, pg_statement *s)
{
    pg_sent x = { .s = s, .wanted = true };
    if (!c->broken && !send_statement(c, s, &x))
        c->broken = true;
    s->sent = c->unflushed = true;
    sent_add(c, x);
}

static err take_streamed(pg_conn *c, pg_statement *s, const pg_sent *x)
{
    TRY(take_front(c, x, s->base.sql));
    if (x->prepare) {
        err e = take_command(c, s->base.sql);
        if (e != ERR_OK) {
            s->plain_epoch = 0;
            return e;
        }
    }
    c->streaming = s;
    if (PQsetSingleRowMode(c->link) != 1)
        return pg_lost(c, s->base.sql);
    PGresult *r;
    TRY(stream_next(c, s, &r));
    c->answered = true;
    if (r)
        keep_row(s, r); /* step() takes it from there */
    return ERR_OK;
}

static err take_rows(pg_conn *c, pg_statement *s)
{
    PGresult *r = PQgetResult(c->link);
    if (!r || PQresultStatus(r) != PGRES_TUPLES_OK)
        return bad_result(c, r, s->base.sql);
    s->result = r;
    end_command(c);
    return ERR_OK;
}

static err take_cursor(pg_conn *c, pg_statement *s, const pg_sent *x)
{
    TRY(take_front(c, x, s->base.sql));
    if (x->prepare) {
        TRY(take_command(c, s->base.sql));
        s->cursor_epoch = c->epoch;
    }
    TRY(take_command(c, s->base.sql));
    c->answered = s->cursor_open = true;
    s->cursor_depth = c->base.savepoints;
    c->cursors++;
    return take_rows(c, s);
}

static err execute_once(pg_conn *c, pg_statement *s)
{
    pg_sent x = { .s = s };
    if (!send_statement(c, s, &x) || !send_flush(c)) {
        s->plain_epoch = 0;
        return pg_lost(c, s->base.sql);
    }
    return s->mode == PG_STREAM ? take_streamed(c, s, &x) : take_cursor(c, s, &x);
}

/* Its plan no longer fits the table (a changed type): it is prepared anew next time. */
static void forget_stale(pg_conn *c, pg_statement *s)
{
    if (strstr(c->base.error, "PostgreSQL 0A000") || strstr(c->base.error, "PostgreSQL 26000")) {
        forget_on_server(c, s->plain_epoch, s->number << 1);
        s->plain_epoch = s->cursor_epoch = 0;
        s->number = ++c->last_number;
        c->again = true;
    }
}

static err execute_in_parts(pg_conn *c, pg_statement *s)
{
    TRY(settle(c));
    err e = c->broken ? pg_lost(c, s->base.sql) : execute_once(c, s);
    if (e != ERR_OK && renewed(c)) {
        s->cursor_open = false;
        e = execute_once(c, s);
    }
    s->ran = e == ERR_OK;
    return e;
}

static err execute(pg_conn *c, pg_statement *s)
{
    err e;
    if (!s->sent)
        s->mode = mode_of(c, s);
    if (s->mode != PG_WHOLE) {
        e = execute_in_parts(c, s);
    } else {
        TRY(stream_keep(c));
        if (!s->sent)
            send_whole(c, s);
        e = gather(c, s);
    }
    if (e != ERR_OK)
        forget_stale(c, s);
    return e;
}

static void start(db_stmt *base)
{
    pg_statement *s = own(base);
    pg_conn      *c = (pg_conn *)base->conn;
    if (s->sent || s->ran || c->streaming)
        return;
    s->mode = mode_of(c, s);
    if (s->mode == PG_WHOLE)
        send_whole(c, s);
}

static void read_last(db_conn *base)
{
    pg_conn *c = (pg_conn *)base;
    c->last = base->class != DB_LONG && !base->writer;
}

static err fetch_more(pg_conn *c, pg_statement *s)
{
    pg_sent x = { .s = s };
    TRY(settle(c));
    rows_clear(s);
    s->small_runs = INT32_MIN; /* a big one: always by cursor */
    if (!send_front(c, &x) || !send_fetch(c, s) || !send_flush(c))
        return pg_lost(c, s->base.sql);
    TRY(take_front(c, &x, s->base.sql));
    return take_rows(c, s);
}

static err next_streamed(pg_conn *c, pg_statement *s)
{
    PGresult *r = NULL;
    PQclear(s->result);
    s->result = NULL;
    if (s->kept_next < s->kept_count)
        r = s->kept[s->kept_next++];
    else if (c->streaming == s)
        TRY(stream_next(c, s, &r));
    s->result = r;
    s->row = 0;
    s->ended = !r;
    return ERR_OK;
}

static err next_whole(pg_conn *c, pg_statement *s)
{
    if (s->row + 1 >= PQntuples(s->result) && s->mode == PG_CURSOR) {
        if (PQntuples(s->result) == PG_FETCH)
            TRY(fetch_more(c, s));
        else if (s->small_runs >= 0)
            s->small_runs++;
    }
    s->row++;
    s->ended = s->row >= PQntuples(s->result);
    return ERR_OK;
}

static err step(db_stmt *base, bool *row)
{
    pg_statement *s = own(base);
    pg_conn      *c = (pg_conn *)base->conn;
    if (atomic_load_explicit(&c->base.interrupted, memory_order_relaxed))
        return db_fail(&c->base, ERR_TOO_SLOW, base->sql, "interrupted", "");
    if (!s->ran)
        TRY(execute(c, s));
    if (!s->ended)
        TRY(s->mode == PG_STREAM ? next_streamed(c, s) : next_whole(c, s));
    *row = !s->ended;
    return ERR_OK;
}

static int64_t changes(db_stmt *s)
{
    return own(s)->changes;
}

/* ---- parameters ---- */
static pg_param *param(db_stmt *base, int n)
{
    pg_statement *s = own(base);
    ASSERT(n >= 1 && n <= 65535);
    if (n > s->param_room) {
        int room = n + 8;
        s->params = realloc(s->params, (size_t)room * sizeof *s->params);
        if (!s->params)
            abort();
        s->param_room = room;
    }
    for (; s->param_count < n; s->param_count++)
        s->params[s->param_count] = (pg_param){ .kind = PG_NULL };
    return &s->params[n - 1];
}

static void bind_null(db_stmt *s, int n)
{
    *param(s, n) = (pg_param){ .kind = PG_NULL };
}

static void bind_int(db_stmt *s, int n, int64_t v)
{
    *param(s, n) = (pg_param){ .kind = PG_INT, .v.i = v };
}

static void bind_real(db_stmt *s, int n, double v)
{
    *param(s, n) = (pg_param){ .kind = PG_REAL, .v.r = v };
}

static void bind_bool(db_stmt *s, int n, bool v)
{
    *param(s, n) = (pg_param){ .kind = PG_BOOL, .v.i = v };
}

static void bind_date(db_stmt *s, int n, int64_t days)
{
    *param(s, n) = (pg_param){ .kind = PG_DATE, .v.i = days };
}

static void bind_time(db_stmt *s, int n, int64_t ms)
{
    *param(s, n) = (pg_param){ .kind = PG_TIME, .v.i = ms };
}

static void bind_text(db_stmt *s, int n, str v)
{
    *param(s, n) = (pg_param){ .kind = PG_STR, .v.s = v };
}

static void bind_blob(db_stmt *s, int n, str v)
{
    *param(s, n) = (pg_param){ .kind = PG_BYTES, .v.s = v };
}

/* ---- transactions ---- */
static err tx_begin(db_conn *base)
{
    pg_conn *c = (pg_conn *)base;
    c->touched = c->begun = c->answered = c->last = c->closed = c->again = c->committing = false;
    c->cursors = 0;
    return ERR_OK; /* sent with the first statement */
}

static void tx_over(pg_conn *c)
{
    c->timeout_ms = c->timeout_sent_ms = pg_class_timeout(c); /* what was set was set for the transaction */
    sent_forget(c);                                           /* their results are read with those of the Sync */
    for (db_stmt *s = c->cursors ? c->base.newest : NULL; s; s = s->older)
        own(s)->cursor_open = false;
    c->touched = c->begun = false;
    c->cursors = 0;
}

/* Nobody waits for the answer; the next use of the connection reads it first. */
static void tx_rollback(db_conn *base)
{
    pg_conn *c = (pg_conn *)base;
    bool     good = !c->broken;
    if (good && c->touched) {
        if (c->skipping && c->begun)
            good = sync_send(c);
        if (good && c->begun)
            good = send_word(c, "zk_ROLLBACK");
        if (c->closed)
            c->syncs_due++;
        else
            good = good && sync_send(c) && PQflush(c->link) >= 0;
        c->skipping = false;
    }
    if (good && atomic_load(&base->interrupted)) {
        pthread_mutex_lock(&c->cancel_lock); /* a cancel under way must not hit the next transaction */
        pthread_mutex_unlock(&c->cancel_lock);
        good = (c->syncs_due || sync_send(c)) && sync_all(c);
    }
    if (!good)
        c->broken = true;
    tx_over(c);
}

static err commit_now(pg_conn *c)
{
    c->committing = true; /* from here on a lost link leaves it open whether it was done */
    c->unflushed = false;
    if (!send_word(c, "zk_COMMIT") || PQpipelineSync(c->link) != 1 || PQflush(c->link) < 0)
        return pg_lost(c, "COMMIT");
    err e = collect(c, NULL); /* those nobody has asked for */
    c->syncs_due++;
    if (e != ERR_OK)
        return e;
    PGresult *r = PQgetResult(c->link);
    bool      good = r && PQresultStatus(r) == PGRES_COMMAND_OK;
    if (!good)
        return bad_result(c, r, "COMMIT");
    good = strcmp(PQcmdStatus(r), "COMMIT") == 0;
    PQclear(r);
    if (!good)
        return db_fail(&c->base, ERR_INTERNAL, "COMMIT", "the server has rolled back", "");
    end_command(c);
    if (!sync_all(c)) /* committed, though the link went afterwards */
        c->broken = true;
    return ERR_OK;
}

static err tx_commit(db_conn *base)
{
    pg_conn *c = (pg_conn *)base;
    err      e = base->sticky;
    if (e == ERR_OK && db_made_failure(base))
        e = base->sticky;
    if (e == ERR_OK && c->broken)
        e = pg_lost(c, "COMMIT");
    if (e == ERR_OK && c->touched)
        e = sync_all(c) ? commit_now(c) : pg_lost(c, "COMMIT");
    if (e != ERR_OK)
        tx_rollback(base);
    else
        tx_over(c);
    return e;
}

static err exec(db_conn *base, str sql)
{
    char *text = db_copy_text(sql);
    err   e = command((pg_conn *)base, text);
    free(text);
    return e;
}

static void forget_cursors(pg_conn *c)
{
    for (db_stmt *s = c->base.newest; s; s = s->older)
        if (own(s)->cursor_open && own(s)->cursor_depth >= c->base.savepoints)
            own(s)->cursor_open = false;
    for (db_stmt *s = c->base.busy; s; s = s->older)
        if (own(s)->cursor_open && own(s)->cursor_depth >= c->base.savepoints)
            own(s)->cursor_open = false;
}

static err savepoint(db_conn *base, const char *verb)
{
    pg_conn *c = (pg_conn *)base;
    char     text[40];
    bool     back = verb[0] == 'R' && verb[1] == 'O';
    if (back) {
        if (c->broken)
            return base->sticky != ERR_OK ? base->sticky : pg_lost(c, "ROLLBACK TO");
        if (c->skipping && (!sync_send(c) || PQflush(c->link) < 0 || !sync_all(c))) {
            c->broken = true;
            return base->sticky;
        }
        c->skipping = c->again = false;
        base->sticky = ERR_OK;
        forget_cursors(c);
    }
    snprintf(text, sizeof text, "%s s%d", verb, base->savepoints);
    return command(c, text);
}

static err lock_key(db_conn *base, int64_t key)
{
    db_stmt *s;
    bool     row;
    TRY(db_prepare(base, STR("SELECT pg_advisory_xact_lock($1)"), &s));
    db_bind_int(s, 1, key);
    err e = db_step(s, &row);
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
        e = run_once(c, job);
    }
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
    .stmt_new = stmt_new,
    .stmt_free = stmt_free,
    .stmt_reset = stmt_reset,
    .bind_null = bind_null,
    .bind_int = bind_int,
    .bind_real = bind_real,
    .bind_bool = bind_bool,
    .bind_date = bind_date,
    .bind_time = bind_time,
    .bind_text = bind_text,
    .bind_blob = bind_blob,
    .start = start,
    .read_last = read_last,
    .step = step,
    .changes = changes,
    .is_null = pg_is_null,
    .get_int = pg_get_int,
    .get_real = pg_get_real,
    .get_bool = pg_get_bool,
    .get_date = pg_get_int,
    .get_time = pg_get_time,
    .get_text = pg_get_text,
    .get_blob = pg_get_blob,
    .table_exists = "SELECT 1 FROM pg_class WHERE relname = $1 AND relkind IN ('r', 'p') AND pg_table_is_visible(oid)",
    .index_exists = "SELECT 1 FROM pg_class WHERE relname = $1 AND relkind IN ('i', 'I') AND pg_table_is_visible(oid)",
    .columns = "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a JOIN pg_class c"
               " ON c.oid = a.attrelid WHERE c.relname = $1 AND c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)"
               " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
    .copy_file = copy_file,
    .data_version = data_version,
    .close = pg_close_own,
};
