/* db.h — one contract, two engines.
 *
 * SQL is written once, with $1, $2 … for bound values; where the engines differ, dialect.h has the words.
 * Statements are cached per connection by their text, so SQL text must come from a bounded set.
 *
 * Reading   db_read_begin() lends a connection of a class with a transaction open on it (one consistent
 *           snapshot); db_read_end() gives it back. A connection belongs to one thread at a time.
 * Writing   A closure runs inside a transaction and is committed when it returns ERR_OK, else rolled back.
 *           It must be repeatable: SQLite runs what waits as one batch with one commit and, where one of
 *           them fails, rolls back and runs them again one by one; PostgreSQL runs each on a pooled connection
 *           and again (at most 8 times, with back-off) after a serialization failure or deadlock.
 *           done() / the return of db_write() comes after the commit is durable.
 * Errors    SQLite's codes and PostgreSQL's SQLSTATEs map alike:
 *             unique or foreign key or check violated   ERR_CONFLICT   (db_error_constraint() names it)
 *             budget of the class spent                 ERR_TOO_SLOW (a writing closure has a minute)
 *             disk full                                 ERR_DISK_FULL
 *             read-only, I/O, server away, out of connections, lock time-out  ERR_UNAVAILABLE
 *             anything else                             ERR_INTERNAL, logged with the SQL
 *           After an error inside a transaction every further call on the connection returns the same error
 *           until the transaction ends. db_error_text() has the engine's words, for the log only.
 * Time      int64 ms UTC; PostgreSQL stores timestamptz. Dates are days since 1970-01-01; PostgreSQL: date.
 *           SQLite stores both as integers. Booleans: boolean / 0, 1. Bytes: bytea / BLOB.
 * Memory    Text and bytes read from a row are valid until the next db_step() or db_done() of that statement. */
#ifndef ZK_DB_DB_H
#define ZK_DB_DB_H
#include "base/arena.h"
#include "base/base.h"

typedef struct db      db;
typedef struct vault   vault; /* base/vault.h */
typedef struct db_conn db_conn;
typedef struct db_stmt db_stmt;

typedef enum { DB_SQLITE, DB_POSTGRES } db_engine;

/* Budgets: LIMIT_QUICK_MS, LIMIT_SLOW_MS, none. */
typedef enum { DB_QUICK, DB_SLOW, DB_LONG, DB_CLASS_COUNT } db_class;

typedef struct {
    const char *target;     /* "postgresql://…" / "postgres://…", else the path of an SQLite file */
    bool        must_exist; /* do not create the SQLite file                                      */
    bool        exclusive;  /* serve: refuse a second holder of the same SQLite file              */
    int         pg_quick, pg_slow, pg_writers; /* connections; 0: 4, 2, 4                          */
    int64_t     fail_at;                       /* tests: the n-th db_prepare/db_step/commit from now fails; 0 never  */
} db_options;

/* *why: a sentence for the person who started the program, in `a`. */
err         db_open(const db_options *o, arena *a, db **out, str *why) MUST_USE;
void        db_close(db *d); /* waits for submitted work */
db_engine   db_kind(const db *d);
const char *db_target(const db *d); /* as given to db_open() */
/* PostgreSQL: what a write says first after it had to give way time and again, so that it waits for the others and they for
 * it (LOCK TABLE: it freezes no view of the data). A literal. */
void db_patience(db *d, const char *sql);
/* The key of the secrets in it, carried along for store/secret.h; must outlive d. NULL: none. */
void         db_vault_set(db *d, const vault *v);
const vault *db_vault(const db *d);
void         db_fail_at(db *d, int64_t nth_call); /* tests; 0: off */

/* ---- reading ---- */
err  db_read_begin(db *d, db_class class, db_conn **out) MUST_USE;
void db_read_end(db_conn *c);

/* ---- writing ---- */
typedef err (*db_work)(db_conn *c, void *arg);
typedef void (*db_done_fn)(void *arg, err result);

err db_write(db *d, db_work work, void *arg) MUST_USE;                   /* blocks until durable             */
err db_submit(db *d, db_work work, void *arg, db_done_fn done) MUST_USE; /* done() runs on a writer thread;
                                        ERR_TOO_MANY when LIMIT of waiting work (10,000) is reached          */
/* Alone: nothing shares its commit, no budget; for migrations and other long writes. */
err db_write_alone(db *d, db_work work, void *arg) MUST_USE;

/* Inside a writing closure. */
err db_savepoint(db_conn *c) MUST_USE;
err db_savepoint_release(db_conn *c) MUST_USE;
err db_savepoint_rollback(db_conn *c) MUST_USE; /* also clears the sticky error that came since */
/* Held to the end of the transaction. SQLite has one writer anyway: nothing to do there. */
err db_lock(db_conn *c, int64_t key) MUST_USE;

/* ---- the second fence ---- */
/* From here on readers read and do nothing else; of the tables named (NULL-ended, alive as long as d) they read only by
 * statements of db_prepare_secret(). Once, before other threads read.
 * SQLite: an authorizer, asked when a statement is prepared. PostgreSQL: readers work in a role of their own that may SELECT
 * from all other tables; it is made where the connected role may make roles. Where it cannot be, that is no error:
 * db_fence_missing() says why. */
err db_fence(db *d, const char *const *secret) MUST_USE;
str db_fence_missing(const db *d); /* empty: the fence stands */

/* ---- statements ---- */
err  db_prepare(db_conn *c, str sql, db_stmt **out) MUST_USE;
err  db_prepare_secret(db_conn *c, str sql, db_stmt **out) MUST_USE; /* may read what db_fence() names */
void db_bind_null(db_stmt *s, int n);                                /* n from 1 */
void db_bind_int(db_stmt *s, int n, int64_t v);
void db_bind_real(db_stmt *s, int n, double v);
void db_bind_bool(db_stmt *s, int n, bool v);
void db_bind_date(db_stmt *s, int n, int64_t days);
void db_bind_time(db_stmt *s, int n, int64_t ms);
void db_bind_text(db_stmt *s, int n, str v); /* not copied: alive until db_done() */
void db_bind_blob(db_stmt *s, int n, str v); /* likewise */
/* Hints that save round trips on PostgreSQL.
 * db_send(): starts a bound statement without waiting, so that it travels with the next one that is stepped or sent
 *            (session, rights and record in one packet). Its first db_step() then gives its result.
 * db_read_last(): no statement of this read transaction will be sent or first stepped after those that were sent and
 *            the one stepped next, so the transaction's end travels with them. */
void db_send(db_stmt *s);
void db_read_last(db_conn *c);
err  db_step(db_stmt *s, bool *row) MUST_USE;
void db_done(db_stmt *s); /* back to the cache; NULL is allowed */
/* A writing closure's statement whose rows and count nobody wants: to its end, and back to the cache. On PostgreSQL
 * nobody waits for it: the statements of a save travel in one packet. What went wrong with it is then the error of a
 * later call on the connection, of db_settle() or of the commit; nothing that was sent after it has been done. */
err db_run(db_stmt *s) MUST_USE;
/* As db_run(), for "INSERT INTO … VALUES(…)…" of a row that nothing but its own transaction can look for by now:
 * PostgreSQL keeps it until something else is sent, and puts rows of the same text into one statement. Rows of one text
 * keep their order; where the text says ON CONFLICT, no two rows may be about the same. */
err db_insert(db_stmt *s) MUST_USE;
/* Before the first db_step() or db_send(): this one does not look at rows that db_insert() may still keep. */
void db_aside(db_stmt *s);
/* Waits for what was run: ERR_OK when all of it went well so far. */
err     db_settle(db_conn *c) MUST_USE;
int64_t db_changes(db_stmt *s); /* rows changed, after the last step */

bool    db_null(db_stmt *s, int column); /* column from 0 */
int64_t db_int(db_stmt *s, int column);
double  db_real(db_stmt *s, int column);
bool    db_bool(db_stmt *s, int column);
int64_t db_date(db_stmt *s, int column);
int64_t db_time(db_stmt *s, int column);
str     db_text(db_stmt *s, int column); /* never NULL p for a non-null value */
str     db_blob(db_stmt *s, int column);
/* Of a column that may be null, in one call; false: it is, *out stays. db_whole(): an integer, or a boolean, date or
 * instant as db_bool(), db_date() and db_time() give it. */
bool db_whole(db_stmt *s, int column, int64_t *out);
bool db_words(db_stmt *s, int column, str *out);

/* One statement without parameters or rows (DDL and the like); not cached. */
err db_exec(db_conn *c, str sql) MUST_USE;

db_engine db_conn_kind(const db_conn *c);
str       db_error_text(const db_conn *c);
str       db_error_constraint(const db_conn *c); /* constraint, index or column list; may be empty */
void      db_interrupt(db_conn *c);              /* from any thread: its statement ends with ERR_TOO_SLOW */
/* A stricter budget than the class's for this transaction; 0: the class's own. */
void db_budget_ms(db_conn *c, int ms);

/* ---- what is there (for migrate) ---- */
err db_table_exists(db_conn *c, str table, bool *out) MUST_USE;
err db_index_exists(db_conn *c, str index, bool *out) MUST_USE;
/* Calls back for each column of a table, in order; none when the table is absent. */
typedef void db_name_fn(void *arg, str name, str type);
err          db_columns(db_conn *c, str table, db_name_fn *each, void *arg) MUST_USE;
/* Likewise for its indexes but that of its primary key; type is empty. */
err db_indexes(db_conn *c, str table, db_name_fn *each, void *arg) MUST_USE;
/* SQLite: a consistent copy of the open database into a new file, also beside a running writer.
 * PostgreSQL: ERR_INTERNAL (its backup goes through io/). */
err db_copy_file(db *d, const char *to_path) MUST_USE;
/* The state of the database that this reading transaction sees: where two transactions have the same number, nobody has
 * committed between them. 0: not known (PostgreSQL). */
int64_t db_snapshot(const db_conn *c);
/* Changes with every commit of anybody, and compares over all connections of one db (PostgreSQL: always 0 = unknown).
 * It is that of the moment of the call: ask before the transaction's first statement, so that what is then read is
 * as new as the version or newer. */
err db_data_version(db_conn *c, int64_t *out) MUST_USE;
#endif
