/* PostgreSQL: statements: prepared when first needed, run whole, as a stream or through a cursor. */
#include "db/postgres.h"

enum { SMALL_RUNS = 4 };

err pg_stmt_new(db_conn *base, str sql, db_stmt **out)
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

void pg_stmt_free(db_stmt *base)
{
    pg_statement *s = pg_of(base);
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

void pg_stmt_reset(db_stmt *base)
{
    pg_statement *s = pg_of(base);
    pg_conn      *c = (pg_conn *)base->conn;
    for (int i = c->sent_next; i < c->sent_count && s->sent; i++)
        if (c->sent[i].s == s && c->sent[i].wanted)
            c->sent[i].wanted = s->sent = false; /* its result will only be looked at for an error */
    while (c->streaming == s) {
        PGresult *r;
        if (pg_stream_next(c, s, &r) != ERR_OK)
            break;
        PQclear(r);
    }
    rows_clear(s);
    s->param_count = 0;
    s->ran = s->ended = s->aside = false;
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
        *epoch = c->epoch; /* pg_sent_forget() takes it back */
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
    return pg_send_text(c, sql, 1);
}

static bool send_statement(pg_conn *c, pg_statement *s, pg_sent *x)
{
    char name[16], sql[24];
    snprintf(name, sizeof name, "%c%u", s->mode == PG_CURSOR ? 'd' : 's', s->number);
    ASSERT(!c->closed); /* after db_read_last() */
    if (!pg_send_front(c, x))
        return false;
    if (s->mode == PG_CURSOR && s->cursor_open) {
        snprintf(sql, sizeof sql, "CLOSE k%u", s->number);
        x->before++;
        if (!pg_send_text(c, sql, 0))
            return false;
    }
    pg_params_write(c, s);
    return send_prepare(c, s, name, x) &&
           PQsendQueryPrepared(c->link, name, s->param_count, c->values, c->lengths, c->formats, 1) == 1 &&
           (s->mode != PG_CURSOR || send_fetch(c, s));
}

/* Into libpq's buffer; a dead link shows when its result is looked for. */
void pg_send_whole(pg_conn *c, pg_statement *s)
{
    pg_sent x = { .s = s, .wanted = true };
    if (!c->broken && !send_statement(c, s, &x))
        c->broken = true;
    s->sent = c->unflushed = true;
    pg_sent_add(c, x);
}

static err take_streamed(pg_conn *c, pg_statement *s, const pg_sent *x)
{
    TRY(pg_take_front(c, x, s->base.sql));
    if (x->prepare) {
        err e = pg_take_command(c, s->base.sql);
        if (e != ERR_OK) {
            s->plain_epoch = 0;
            return e;
        }
    }
    c->streaming = s;
    if (PQsetSingleRowMode(c->link) != 1)
        return pg_lost(c, s->base.sql);
    PGresult *r;
    TRY(pg_stream_next(c, s, &r));
    c->answered = true;
    if (r)
        pg_keep_row(s, r); /* pg_step() takes it from there */
    return ERR_OK;
}

static err take_rows(pg_conn *c, pg_statement *s)
{
    PGresult *r = PQgetResult(c->link);
    if (!r || PQresultStatus(r) != PGRES_TUPLES_OK)
        return pg_bad_result(c, r, s->base.sql);
    s->result = r;
    pg_end_command(c);
    return ERR_OK;
}

static err take_cursor(pg_conn *c, pg_statement *s, const pg_sent *x)
{
    TRY(pg_take_front(c, x, s->base.sql));
    if (x->prepare) {
        TRY(pg_take_command(c, s->base.sql));
        s->cursor_epoch = c->epoch;
    }
    TRY(pg_take_command(c, s->base.sql));
    c->answered = s->cursor_open = true;
    s->cursor_depth = c->base.savepoints;
    c->cursors++;
    TRY(take_rows(c, s));
    if (PQntuples(s->result) < PG_FETCH && s->small_runs >= 0)
        s->small_runs++;
    return ERR_OK;
}

static err execute_once(pg_conn *c, pg_statement *s)
{
    pg_sent x = { .s = s };
    if (!send_statement(c, s, &x) || !pg_send_flush(c)) {
        s->plain_epoch = 0;
        return pg_lost(c, s->base.sql);
    }
    return s->mode == PG_STREAM ? take_streamed(c, s, &x) : take_cursor(c, s, &x);
}

/* Its plan no longer fits the table (a changed type): it is prepared anew next time. */
void pg_forget_stale(pg_conn *c, pg_statement *s)
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
    TRY(pg_settle(c));
    err e = c->broken ? pg_lost(c, s->base.sql) : execute_once(c, s);
    if (e != ERR_OK && pg_renewed(c)) {
        s->cursor_open = false;
        e = execute_once(c, s);
    }
    s->ran = e == ERR_OK;
    return e;
}

static err execute(pg_conn *c, pg_statement *s)
{
    if (!s->sent)
        s->mode = mode_of(c, s);
    if (!s->sent && !s->aside)
        pg_insert_now(c);
    if (s->mode != PG_WHOLE) {
        err e = execute_in_parts(c, s);
        if (e != ERR_OK)
            pg_forget_stale(c, s);
        return e;
    }
    TRY(pg_stream_keep(c));
    if (!s->sent)
        pg_send_whole(c, s);
    return pg_gather(c, s);
}

bool pg_start(db_stmt *base)
{
    pg_statement *s = pg_of(base);
    pg_conn      *c = (pg_conn *)base->conn;
    if (s->sent || s->ran)
        return true;
    if (c->streaming)
        return false;
    if (c->sent_count - c->sent_next >= PG_AHEAD_MAX && pg_gather(c, NULL) != ERR_OK)
        return false; /* the answers must not fill the memory; the error sticks */
    s->mode = mode_of(c, s);
    if (s->mode != PG_WHOLE)
        return false;
    if (!s->aside)
        pg_insert_now(c);
    pg_send_whole(c, s);
    return true;
}

void pg_aside(db_stmt *base)
{
    pg_of(base)->aside = true;
}

void pg_read_last(db_conn *base)
{
    pg_conn *c = (pg_conn *)base;
    c->last = base->class != DB_LONG && !base->writer;
}

static err fetch_more(pg_conn *c, pg_statement *s)
{
    pg_sent x = { .s = s };
    TRY(pg_settle(c));
    rows_clear(s);
    s->small_runs = INT32_MIN; /* a big one: always by cursor */
    if (!pg_send_front(c, &x) || !send_fetch(c, s) || !pg_send_flush(c))
        return pg_lost(c, s->base.sql);
    TRY(pg_take_front(c, &x, s->base.sql));
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
        TRY(pg_stream_next(c, s, &r));
    s->result = r;
    s->row = 0;
    s->ended = !r;
    return ERR_OK;
}

static err next_whole(pg_conn *c, pg_statement *s)
{
    if (s->row + 1 >= PQntuples(s->result) && s->mode == PG_CURSOR && PQntuples(s->result) == PG_FETCH)
        TRY(fetch_more(c, s));
    s->row++;
    s->ended = s->row >= PQntuples(s->result);
    return ERR_OK;
}

err pg_step(db_stmt *base, bool *row)
{
    pg_statement *s = pg_of(base);
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

int64_t pg_changes(db_stmt *s)
{
    return pg_of(s)->changes;
}

/* ---- parameters ---- */
static pg_param *param(db_stmt *base, int n)
{
    pg_statement *s = pg_of(base);
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

void pg_bind(db_stmt *s, int n, pg_param p)
{
    *param(s, n) = p;
}

void pg_bind_null(db_stmt *s, int n)
{
    *param(s, n) = (pg_param){ .kind = PG_NULL };
}

void pg_bind_int(db_stmt *s, int n, int64_t v)
{
    *param(s, n) = (pg_param){ .kind = PG_INT, .v.i = v };
}

void pg_bind_real(db_stmt *s, int n, double v)
{
    *param(s, n) = (pg_param){ .kind = PG_REAL, .v.r = v };
}

void pg_bind_bool(db_stmt *s, int n, bool v)
{
    *param(s, n) = (pg_param){ .kind = PG_BOOL, .v.i = v };
}

void pg_bind_date(db_stmt *s, int n, int64_t days)
{
    *param(s, n) = (pg_param){ .kind = PG_DATE, .v.i = days };
}

void pg_bind_time(db_stmt *s, int n, int64_t ms)
{
    *param(s, n) = (pg_param){ .kind = PG_TIME, .v.i = ms };
}

void pg_bind_text(db_stmt *s, int n, str v)
{
    *param(s, n) = (pg_param){ .kind = PG_STR, .v.s = v };
}

void pg_bind_blob(db_stmt *s, int n, str v)
{
    *param(s, n) = (pg_param){ .kind = PG_BYTES, .v.s = v };
}
