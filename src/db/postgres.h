/* postgres.h — inside src/db/ only: what the files of the PostgreSQL engine share.
 * postgres_open.c connects; postgres_wire.c sends and receives; postgres_stmt.c runs statements, postgres_value.c
 * writes their parameters and reads their columns; postgres.c has transactions and writers.
 *
 * A connection is always in libpq's pipeline mode.
 * Quick and slow readers never say BEGIN: without a Sync message the server keeps one implicit transaction
 * (repeatable read, read only) open over all statements, and the Sync at the end closes it. Its answer is
 * awaited only when the connection is used again, so a transaction of one statement costs one round trip.
 * db_send() leaves statements in libpq's buffer, so that several travel in one packet; with db_read_last() the
 * Sync is in it too.
 * Writers and long readers send BEGIN in front of their first statement, in the same packet. */
#ifndef ZK_DB_POSTGRES_H
#define ZK_DB_POSTGRES_H
#include <libpq-fe.h>

#include "base/buf.h"
#include "db/engine.h"

typedef struct pg_statement pg_statement;

enum {
    PG_ALONE_LOCK_MS = 500,
    PG_DROP_MAX = 32,
    PG_FETCH = 500,
    PG_TEXT = 64,
    PG_AHEAD_MAX = 256,
    PG_WAITING_MAX = 24
};

/* What a statement that was sent makes the server answer, in this order. */
typedef struct {
    pg_statement *s;       /* NULL: evicted since, or a command          */
    int           before;  /* simple commands whose results come first   */
    bool          prepare; /* then that of a Parse                      */
    bool          wanted;  /* the rows; else only whether it went well   */
} pg_sent;

typedef struct {
    enum { PG_NULL, PG_INT, PG_REAL, PG_BOOL, PG_DATE, PG_TIME, PG_STR, PG_BYTES } kind;
    union {
        int64_t i;
        double  r;
        str     s;
    } v;
} pg_param;

/* Rows of one INSERT that go together. */
typedef struct {
    char     *sql; /* that of one row */
    uint64_t  hash;
    int       columns, rows;
    pg_param *params;
    buf       bytes;
} pg_waiting;

typedef struct {
    db_conn         base;
    PGconn         *link;
    pthread_mutex_t cancel_lock; /* guards `cancel`, and holds the end of a transaction while a cancel is under way */
    PGcancel       *cancel;
    unsigned        epoch; /* of the link: statements prepared under another one are gone */
    unsigned        last_number;
    bool            broken;    /* the link is dead                                      */
    bool            touched;   /* something of this transaction was sent                */
    bool            begun;     /* BEGIN was sent                                        */
    bool            skipping;  /* after an error the server skips everything up to Sync */
    bool            answered;  /* a result of this transaction has come                 */
    bool            unflushed; /* messages stand in libpq's buffer                      */
    bool            last;      /* db_read_last()                                        */
    bool            closed;    /* so the Sync went with the statements                  */
    bool            again;     /* the transaction may be run again                      */
    bool            committing;
    bool            patient;   /* db_patience() goes in front                           */
    bool            fenced;    /* works in the readers' role                            */
    bool            unlocked;  /* … but out of it for a statement that may read secrets */
    int             syncs_due; /* Sync messages sent whose answers are not read yet     */
    int             timeout_ms, timeout_sent_ms;
    pg_sent        *sent; /* whose results are not read yet                        */
    int             sent_next, sent_count, sent_room;
    pg_statement   *streaming; /* its rows are still on the way                         */
    int             cursors;
    unsigned        drop[PG_DROP_MAX]; /* numbers of evicted statements, dropped with the next packet */
    int             drop_count;
    pg_waiting      waiting[PG_WAITING_MAX];
    int             waiting_count, rows_waiting;
    buf             texts; /* of the parameters, while they are sent */
    const char    **values;
    int            *lengths, *formats;
    int             room;
} pg_conn;

typedef enum { PG_WHOLE, PG_STREAM, PG_CURSOR } pg_mode;

struct pg_statement {
    db_stmt    base;
    unsigned   number;                    /* s12, and d12, k12 for its cursor   */
    unsigned   plain_epoch, cursor_epoch; /* prepared on the link of that epoch */
    pg_param  *params;
    int        param_count, param_room;
    pg_mode    mode;
    bool       aside; /* waiting rows need not go first             */
    bool       sent;  /* its result is among those to come          */
    bool       ran, ended;
    bool       cursor_open;
    int        cursor_depth; /* savepoints when it was opened      */
    int        small_runs;   /* cursor runs that one fetch satisfied; far below 0: a big one */
    PGresult  *result;
    int        row;
    PGresult **kept; /* rows that came early because another statement had to run */
    int        kept_count, kept_next, kept_room;
    int64_t    changes;
    char (*shown)[PG_TEXT]; /* db_text() of what is no text       */
    int shown_columns;
};

extern const engine postgres_engine;

err     pg_connect(db *d, db_class class, bool writer, db_conn **out) MUST_USE;
void    pg_disconnect(db_conn *c);
err     pg_reconnect(pg_conn *c) MUST_USE; /* the same connection on a new link */
void    pg_close_own(db *d);
PGconn *pg_link_open(const char *url);

typedef struct {
    pthread_mutex_t lock;
    int64_t         next_try_ns;
    int             failures;
    char            reader[64];  /* the readers' role; empty: none */
    char            self[64];    /* ours                           */
    char            schema[160]; /* quoted; where our tables stand */
} pg_own;
/* ---- postgres_fence.c ---- */
err  pg_fence(db *d) MUST_USE;
bool pg_fence_in(pg_conn *c, PGconn *link) MUST_USE; /* a new link of a reader; false: it is refused */
bool pg_fence_pass(pg_conn *c,
                   pg_sent *front) MUST_USE; /* in or out, as what goes next needs it; false: the link is dead */

int pg_class_timeout(const pg_conn *c); /* the session's own statement_timeout; 0: none */

/* The server's error, kept with the connection. */
err pg_fail(pg_conn *c, const PGresult *r, const char *sql) MUST_USE;
err pg_lost(pg_conn *c, const char *sql) MUST_USE;

/* ---- postgres_wire.c: functions that say bool are false when the link is dead ---- */
bool    pg_send_word(pg_conn *c, const char *prepared) MUST_USE;
bool    pg_send_text(pg_conn *c, const char *sql, int result_format) MUST_USE;
bool    pg_send_front(pg_conn *c, pg_sent *x) MUST_USE; /* BEGIN, dropped statements, a changed budget */
bool    pg_send_flush(pg_conn *c) MUST_USE;             /* and, after db_read_last(), the Sync          */
bool    pg_sync_send(pg_conn *c) MUST_USE;
bool    pg_sync_all(pg_conn *c) MUST_USE; /* reads up to the answers of every Sync sent */
err     pg_take_front(pg_conn *c, const pg_sent *x, const char *sql) MUST_USE;
err     pg_take_command(pg_conn *c, const char *sql) MUST_USE;            /* one command's result, no rows  */
err     pg_bad_result(pg_conn *c, PGresult *r, const char *sql) MUST_USE; /* notes the error, clears r      */
void    pg_end_command(pg_conn *c);                                       /* the NULL behind its results    */
err     pg_command(pg_conn *c, const char *sql) MUST_USE;                 /* sends one and waits            */
void    pg_command_send(pg_conn *c, const char *sql);                     /* sends one                      */
void    pg_sent_add(pg_conn *c, pg_sent x);
void    pg_sent_forget(pg_conn *c);
err     pg_collect(pg_conn *c, const pg_statement *until) MUST_USE; /* results in their order; NULL: all of them */
err     pg_gather(pg_conn *c, const pg_statement *until) MUST_USE;  /* likewise, on a new link if need be        */
err     pg_settle(pg_conn *c) MUST_USE;                             /* nothing is on the way any more            */
bool    pg_renewed(pg_conn *c) MUST_USE;                            /* dead before its first answer: a new link  */
err     pg_stream_next(pg_conn *c, pg_statement *s, PGresult **out) MUST_USE;
err     pg_stream_keep(pg_conn *c) MUST_USE; /* the rest of the stream into memory */
void    pg_keep_row(pg_statement *s, PGresult *r);
int64_t pg_changed_rows(PGresult *r);

/* ---- postgres_insert.c ---- */
bool pg_insert_later(db_stmt *s); /* false: it cannot wait */
void pg_insert_now(pg_conn *c);
void pg_insert_forget(pg_conn *c);
void pg_insert_free(pg_conn *c);

/* ---- postgres_stmt.c ---- */
static inline pg_statement *pg_of(db_stmt *s)
{
    return (pg_statement *)s;
}

void    pg_send_whole(pg_conn *c, pg_statement *s);
bool    pg_start(db_stmt *base);
void    pg_forget_stale(pg_conn *c, pg_statement *s);
err     pg_stmt_new(db_conn *base, str sql, db_stmt **out) MUST_USE;
void    pg_stmt_free(db_stmt *base);
void    pg_stmt_reset(db_stmt *base);
err     pg_step(db_stmt *base, bool *row) MUST_USE;
int64_t pg_changes(db_stmt *s);
void    pg_bind(db_stmt *s, int n, pg_param p);
void    pg_aside(db_stmt *s);
void    pg_bind_null(db_stmt *s, int n);
void    pg_bind_int(db_stmt *s, int n, int64_t v);
void    pg_bind_real(db_stmt *s, int n, double v);
void    pg_bind_bool(db_stmt *s, int n, bool v);
void    pg_bind_date(db_stmt *s, int n, int64_t days);
void    pg_bind_time(db_stmt *s, int n, int64_t ms);
void    pg_bind_text(db_stmt *s, int n, str v);
void    pg_bind_blob(db_stmt *s, int n, str v);
void    pg_read_last(db_conn *base);

/* Columns of the current row (postgres_value.c). */
bool    pg_is_null(db_stmt *s, int column);
int64_t pg_get_int(db_stmt *s, int column);
double  pg_get_real(db_stmt *s, int column);
bool    pg_get_bool(db_stmt *s, int column);
int64_t pg_get_time(db_stmt *s, int column);
str     pg_get_text(db_stmt *s, int column);
str     pg_get_blob(db_stmt *s, int column);
bool    pg_whole(db_stmt *s, int column, int64_t *out);
bool    pg_words(db_stmt *s, int column, str *out);
/* Writes all parameters in text form (bytes: binary) into c->values, lengths, formats. */
void pg_params_write(pg_conn *c, const pg_statement *s);
#endif
