/* sqlite.h — inside src/db/ only: what the two files of the SQLite engine share.
 * sqlite_open.c opens files and connections; sqlite.c runs statements, transactions and batches. */
#ifndef ZK_DB_SQLITE_H
#define ZK_DB_SQLITE_H
#include <sqlite3.h>

#include "db/engine.h"

typedef struct {
    db_conn       base;
    sqlite3      *handle;
    sqlite3_stmt *begin, *commit, *rollback;
    arena        *scratch; /* of zk_lower() */
    int           wal_pages;
} sqlite_conn;

typedef struct {
    db_stmt       base;
    sqlite3_stmt *handle;
    bool          started; /* by db_send(): the first step is done, its answer is `row` */
    bool          row;
} sqlite_statement;

typedef struct {
    int             lock_file; /* -1: not exclusive */
    pthread_mutex_t watch_lock;
    sqlite3        *watch; /* db_data_version() asks this one, so that answers of all connections compare */
} sqlite_own;

extern const engine sqlite_engine;

err  sqlite_connect(db *d, db_class class, bool writer, db_conn **out) MUST_USE;
void sqlite_disconnect(db_conn *c);
err  sqlite_raw_open(const char *path, int flags, sqlite3 **out) MUST_USE; /* SQLITE_OK … as err; no settings */
void sqlite_close_own(db *d);
err  sqlite_data_version(db_conn *c, int64_t *out) MUST_USE;

/* Maps a result code; keeps and logs it. */
err sqlite_fail(sqlite_conn *c, int code, const char *sql) MUST_USE;
#endif
