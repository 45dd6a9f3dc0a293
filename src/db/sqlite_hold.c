/* A reading transaction that stays open while nothing changes.
 *
 * To begin and end a reading costs SQLite two file locks, two statements and a comparison of headers: more than a record by
 * its id. A quick reader therefore ends its transaction only when somebody has committed since. That is seen in the header of
 * the WAL index, which every commit of every process rewrites (https://sqlite.org/walformat.html, section 2.1: two copies of
 * 48 bytes, the second written first). It is read before BEGIN, so a commit in between makes the next reading begin anew.
 *
 * An open transaction keeps the log from starting over: db.c lets idle ones rest every second and before a checkpoint. */
#include "db/sqlite.h"

static bool head_is(const sqlite_conn *c)
{
    uint32_t differ = 0;
    for (int i = 0; i < SQLITE_HEAD_WORDS; i++)
        differ |= c->wal_head[i] ^ c->head[i];
    return differ == 0;
}

/* Both copies are the same and somebody has written them. */
static bool head_is_whole(const sqlite_conn *c)
{
    size_t half = sizeof c->head / 2;
    return c->head[0] != 0 && memcmp(c->head, c->head + SQLITE_HEAD_WORDS / 2, half) == 0;
}

static void find_head(sqlite_conn *c)
{
    enum { PAGE = 32768 };
    sqlite3_file  *file = NULL;
    void volatile *page = NULL;
    if (sqlite3_file_control(c->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file ||
        !file->pMethods || file->pMethods->iVersion < 2 ||
        file->pMethods->xShmMap(file, 0, PAGE, 0, &page) != SQLITE_OK)
        return;
    c->wal_head = page;
}

bool sqlite_hold_goes_on(sqlite_conn *c)
{
    bool same = c->held && head_is(c);
    c->held = false;
    return same;
}

void sqlite_hold_begin(db *d, sqlite_conn *c)
{
    sqlite_own *own = d->own;
    if (c->wal_head)
        for (int i = 0; i < SQLITE_HEAD_WORDS; i++)
            c->head[i] = c->wal_head[i];
    c->snapshot = atomic_fetch_add_explicit(&own->snapshots, 1, memory_order_relaxed) + 1;
}

bool sqlite_hold_keep(sqlite_conn *c)
{
    if (c->base.class != DB_QUICK || c->base.writer || c->base.sticky != ERR_OK || sqlite3_get_autocommit(c->handle))
        return false;
    if (!c->wal_head) {
        find_head(c); /* the log is open now; the next transaction may stay */
        return false;
    }
    c->held = head_is_whole(c);
    return c->held;
}
