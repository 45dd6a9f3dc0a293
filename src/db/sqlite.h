/* sqlite.h — inside src/db/ only: what the two files of the SQLite engine share.
 * sqlite_open.c opens files and connections; sqlite.c runs statements, transactions and batches. */
#ifndef ZK_DB_SQLITE_H
#define ZK_DB_SQLITE_H
#include <sqlite3.h>

#include "db/engine.h"

enum { SQLITE_HEAD_WORDS = 24 }; /* both copies of the header */

typedef struct {
    db_conn       base;
    sqlite3      *handle;
    sqlite3_stmt *begin, *commit, *rollback;
    arena        *scratch; /* of zk_lower() */
    int           wal_pages;

    /* A quick reader keeps its transaction open between two lendings, for as long as nobody commits: see sqlite_hold.c. */
    const volatile uint32_t *wal_head; /* the header of the WAL index in shared memory; NULL: not known yet */
    uint32_t                 head[SQLITE_HEAD_WORDS]; /* what it was before the open transaction began */
    int64_t                  snapshot;
    bool                     held;
} sqlite_conn;

typedef struct {
    db_stmt       base;
    sqlite3_stmt *handle;
    bool          started; /* by db_send(): the first step is done, its answer is `row` */
    bool          row;

    /* The column looked at last, of the row at hand: each of SQLite's own column functions finds it anew. */
    int            column; /* −1: none */
    sqlite3_value *value;
} sqlite_statement;

typedef struct {
    int             lock_file; /* -1: not exclusive */
    pthread_mutex_t watch_lock;
    _Atomic int64_t snapshots; /* numbers given to transactions */
    sqlite3        *watch;     /* db_data_version() asks this one, so that answers of all connections compare */
} sqlite_own;

extern const engine sqlite_engine;

err  sqlite_connect(db *d, db_class class, bool writer, db_conn **out) MUST_USE;
void sqlite_disconnect(db_conn *c);
err  sqlite_raw_open(const char *path, int flags, sqlite3 **out) MUST_USE; /* SQLITE_OK … as err; no settings */
void sqlite_close_own(db *d);
err  sqlite_data_version(db_conn *c, int64_t *out) MUST_USE;

/* ---- sqlite_map.c ---- */
void sqlite_map_register(
    void); /* once, before the first file is opened; PRAGMA mmap_size then only says yes (1) or no (0) */

void sqlite_fence_in(sqlite_conn *c); /* sqlite_fence.c: a reader's authorizer, where db_fence() was called */

/* ---- sqlite_hold.c ---- */
bool sqlite_hold_goes_on(sqlite_conn *c);      /* the transaction kept open still sees the newest state */
void sqlite_hold_begin(db *d, sqlite_conn *c); /* before a reader's BEGIN                                 */
bool sqlite_hold_keep(sqlite_conn *c);         /* at the end of a reading: true, it stays open            */

/* Maps a result code; keeps and logs it. */
err sqlite_fail(sqlite_conn *c, int code, const char *sql) MUST_USE;
#endif
