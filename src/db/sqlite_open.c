/* SQLite: opening files and connections, and the sentences for the person whose file does not open. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "db/sqlite.h"

enum {
    READERS_QUICK = 8,
    READERS_SLOW = 4,
    READERS_LONG = 4,
    BUSY_MS = 10000,
    PROGRESS_OPS = 2000, /* about 20–50 µs of work between two looks at the clock */
    WAL_FORMAT = 3007000,
    FILE_FORMAT_MAX = 2
};

/* ---- settings of a connection ---- */
static int progress(void *arg)
{
    return db_past_deadline(arg);
}

static int wal_grown(void *arg, sqlite3 *handle, const char *name, int pages)
{
    (void)handle;
    (void)name;
    ((sqlite_conn *)arg)->wal_pages = pages;
    return SQLITE_OK;
}

static void lower_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    arena      *a = sqlite3_user_data(context);
    const char *p = (const char *)sqlite3_value_text(values[0]);
    if (!p)
        return; /* NULL */
    int  n = sqlite3_value_bytes(values[0]);
    bool plain = true;
    for (int i = 0; i < n && plain; i++)
        plain = (unsigned char)p[i] < 0x80 && !(p[i] >= 'A' && p[i] <= 'Z');
    if (plain) {
        sqlite3_result_value(context, values[0]);
        return;
    }
    str lower = text_lower(a, (str){ p, n });
    sqlite3_result_text(context, lower.p, (int)lower.n, SQLITE_TRANSIENT);
    arena_clear(a);
}

/* Readers that may sort much spill to files; cache sizes keep the whole server small: the system's page cache
 * holds the file anyway. The writer's holds what a full batch changes, so that no page of it goes to the log twice. */
static int settings(sqlite_conn *c, db_class class, bool writer)
{
    const char *sql =
        writer ? "PRAGMA synchronous=FULL; PRAGMA temp_store=memory; PRAGMA cache_size=-12288;"
                 "PRAGMA foreign_keys=OFF; PRAGMA journal_size_limit=67108864"
        : class == DB_QUICK
            ? "PRAGMA temp_store=memory; PRAGMA cache_size=-1024; PRAGMA mmap_size=1; PRAGMA query_only=ON"
            : "PRAGMA temp_store=file; PRAGMA cache_size=-2048; PRAGMA mmap_size=1; PRAGMA query_only=ON";
    int code = sqlite3_exec(c->handle, sql, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code =
            sqlite3_create_function_v2(c->handle, "zk_lower", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                       c->scratch, lower_function, NULL, NULL, NULL);
    if (writer) { /* checkpoint() of sqlite.c takes this over */
        sqlite3_wal_autocheckpoint(c->handle, 0);
        sqlite3_wal_hook(c->handle, wal_grown, c);
    }
    sqlite3_progress_handler(c->handle, PROGRESS_OPS, progress, &c->base);
    return code;
}

static int prepare_fixed(sqlite_conn *c, bool writer)
{
    int code = sqlite3_prepare_v3(c->handle, writer ? "BEGIN IMMEDIATE" : "BEGIN", -1, SQLITE_PREPARE_PERSISTENT,
                                  &c->begin, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v3(c->handle, "COMMIT", -1, SQLITE_PREPARE_PERSISTENT, &c->commit, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v3(c->handle, "ROLLBACK", -1, SQLITE_PREPARE_PERSISTENT, &c->rollback, NULL);
    return code;
}

err sqlite_raw_open(const char *path, int flags, sqlite3 **out)
{
    int code = sqlite3_open_v2(path, out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | flags, NULL);
    if (code == SQLITE_OK) {
        sqlite3_extended_result_codes(*out, 1);
        sqlite3_busy_timeout(*out, BUSY_MS);
        return ERR_OK;
    }
    return ERR_UNAVAILABLE;
}

err sqlite_connect(db *d, db_class class, bool writer, db_conn **out)
{
    sqlite_conn *c = db_alloc(sizeof *c);
    c->base.db = d;
    c->base.class = class;
    c->base.writer = writer;
    c->scratch = arena_new();
    err e = sqlite_raw_open(d->target, 0, &c->handle);
    int code = e == ERR_OK ? settings(c, class, writer) : sqlite3_extended_errcode(c->handle);
    if (e == ERR_OK && code == SQLITE_OK)
        code = prepare_fixed(c, writer);
    if (code != SQLITE_OK) {
        e = sqlite_fail(c, code, "open");
        sqlite_disconnect(&c->base);
        return e;
    }
    c->base.fence = atomic_load(&d->fence);
    if (!writer)
        sqlite_fence_in(c);
    *out = &c->base;
    return ERR_OK;
}

void sqlite_disconnect(db_conn *base)
{
    sqlite_conn *c = (sqlite_conn *)base;
    db_cache_clear(base);
    sqlite3_finalize(c->begin);
    sqlite3_finalize(c->commit);
    sqlite3_finalize(c->rollback);
    if (sqlite3_close(c->handle) != SQLITE_OK)
        log_event(LOG_ERROR, "a statement outlives its connection", "engine", sqlite3_errmsg(c->handle), NULL);
    arena_free(c->scratch);
    free(c);
}

/* ---- db_data_version ---- */

/* PRAGMA data_version compares only with earlier answers of the same connection: one connection is kept for it. */
err sqlite_data_version(db_conn *base, int64_t *out)
{
    sqlite_own   *own = base->db->own;
    sqlite3_stmt *s = NULL;
    err           e = ERR_OK;
    pthread_mutex_lock(&own->watch_lock);
    if (!own->watch)
        e = sqlite_raw_open(base->db->target, 0, &own->watch);
    if (e == ERR_OK && sqlite3_prepare_v2(own->watch, "PRAGMA data_version", -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        *out = sqlite3_column_int64(s, 0);
    else
        e = db_fail(base, ERR_UNAVAILABLE, "PRAGMA data_version", sqlite3_errmsg(own->watch), "");
    sqlite3_finalize(s);
    pthread_mutex_unlock(&own->watch_lock);
    return e;
}

void sqlite_close_own(db *d)
{
    sqlite_own *own = d->own;
    if (!own)
        return;
    sqlite3_close(own->watch);
    pthread_mutex_destroy(&own->watch_lock);
    if (own->lock_file >= 0)
        close(own->lock_file);
    free(own);
}

/* ---- opening a file ---- */
static err refuse(arena *a, str *why, const char *path, const char *sentence)
{
    *why = arena_printf(a, "The database file %s %s", path, sentence);
    return ERR_UNAVAILABLE;
}

static uint32_t big_endian(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Looks at the bytes first: SQLite's own answers do not tell these cases apart. */
static err look_at_file(const char *path, arena *a, str *why)
{
    unsigned char head[32];
    int           fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return ERR_OK;
    if (fd < 0) {
        *why = arena_printf(a, "The database file %s cannot be read: %s.", path, strerror(errno));
        return ERR_UNAVAILABLE;
    }
    ssize_t n = read(fd, head, sizeof head);
    int     problem = errno;
    close(fd);
    if (n < 0) {
        *why = arena_printf(a, "The database file %s cannot be read: %s.", path, strerror(problem));
        return ERR_UNAVAILABLE;
    }
    if (n == 0)
        return ERR_OK;
    if (n < (ssize_t)sizeof head || memcmp(head, "SQLite format 3", 16) != 0)
        return refuse(a, why, path, "is not a SQLite database.");
    if (head[18] > FILE_FORMAT_MAX || head[19] > FILE_FORMAT_MAX)
        return refuse(a, why, path, "was written by a newer SQLite than this program has.");
    return ERR_OK;
}

static err look_at_wal(const char *path, arena *a, str *why)
{
    unsigned char head[8];
    str           wal = arena_printf(a, "%s-wal", path);
    int           fd = open(wal.p, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ERR_OK;
    ssize_t n = read(fd, head, sizeof head);
    close(fd);
    if (n == (ssize_t)sizeof head && (big_endian(head) & ~1u) == 0x377f0682 && big_endian(head + 4) != WAL_FORMAT)
        return refuse(a, why, path, "has a write-ahead log of another SQLite version; open it once with that version.");
    return ERR_OK;
}

static err look_at_folder(const char *path, bool must_exist, arena *a, str *why)
{
    struct stat st;
    str         whole = str_from(path);
    ptrdiff_t   slash = whole.n;
    while (slash > 0 && path[slash - 1] != '/')
        slash--;
    char *folder = slash == 0 ? arena_cstr(a, STR(".")) : arena_cstr(a, (str){ path, slash });
    if (stat(path, &st) == 0) {
        if (!S_ISREG(st.st_mode))
            return refuse(a, why, path, "is not a file.");
    } else if (must_exist) {
        return refuse(a, why, path, "does not exist.");
    }
    if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
        *why = arena_printf(a, "The folder %s for the database file does not exist.", folder);
        return ERR_UNAVAILABLE;
    }
    if (access(folder, W_OK | X_OK) != 0) {
        *why = arena_printf(a, "The folder %s cannot be written (%s); SQLite keeps its log beside the database file.",
                            folder, strerror(errno));
        return ERR_UNAVAILABLE;
    }
    if (access(path, F_OK) == 0 && access(path, R_OK | W_OK) != 0)
        return refuse(a, why, path, "cannot be read and written by this user.");
    return ERR_OK;
}

static err take_lock(sqlite_own *own, const char *path, arena *a, str *why)
{
    char holder[24] = "";
    str  lock = arena_printf(a, "%s.lock", path);
    int  fd = open(lock.p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        *why = arena_printf(a, "The lock file %s cannot be opened: %s.", lock.p, strerror(errno));
        return ERR_UNAVAILABLE;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        ssize_t n = pread(fd, holder, sizeof holder - 1, 0);
        holder[n > 0 ? (size_t)n : 0] = 0;
        holder[strspn(holder, "0123456789")] = 0;
        close(fd);
        *why =
            arena_printf(a, "The database file %s is in use by another Zhike server (process %s). Stop that one first.",
                         path, holder[0] ? holder : "unknown");
        return ERR_UNAVAILABLE;
    }
    int n = snprintf(holder, sizeof holder, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, holder, (size_t)n, 0) != n)
        log_event(LOG_WARN, "the lock file does not take the process number", "file", lock.p, NULL);
    own->lock_file = fd;
    return ERR_OK;
}

/* The first connection: makes the file, recovers it, switches to the write-ahead log. */
static err first_open(const char *path, arena *a, str *why)
{
    sqlite3      *handle = NULL;
    sqlite3_stmt *s = NULL;
    str           mode = STR("");
    int           code = sqlite_raw_open(path, SQLITE_OPEN_CREATE, &handle) == ERR_OK
                             ? sqlite3_prepare_v2(handle, "PRAGMA journal_mode=WAL", -1, &s, NULL)
                             : sqlite3_extended_errcode(handle);
    if (code == SQLITE_OK)
        code = sqlite3_step(s);
    if (code == SQLITE_ROW)
        mode = arena_str(a, str_from((const char *)sqlite3_column_text(s, 0)));
    err e = ERR_OK;
    if (code == SQLITE_ROW && !str_eq(mode, STR("wal")))
        e = refuse(a, why, path, "cannot use a write-ahead log; the file system may be a network share.");
    else if ((code & 0xff) == SQLITE_NOTADB)
        e = refuse(a, why, path, "is not a SQLite database, or is encrypted or damaged.");
    else if ((code & 0xff) == SQLITE_READONLY)
        e = refuse(a, why, path, "or its folder is read-only.");
    else if ((code & 0xff) == SQLITE_BUSY)
        e = refuse(a, why, path, "is locked by another program.");
    else if (code != SQLITE_ROW) {
        *why = arena_printf(a, "The database file %s does not open: %s.", path, sqlite3_errmsg(handle));
        e = ERR_UNAVAILABLE;
    }
    sqlite3_finalize(s);
    sqlite3_close(handle);
    return e;
}

static void configure_once(void)
{
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* its lock is taken at each allocation */
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 512, 128);
    sqlite3_initialize();
    sqlite_map_register();
}

err db_sqlite_open(db *d, const db_options *o, arena *a, str *why)
{
    static pthread_once_t configured = PTHREAD_ONCE_INIT;
    pthread_once(&configured, configure_once);
    const char *path = d->target;
    sqlite_own *own = db_alloc(sizeof *own);
    own->lock_file = -1;
    pthread_mutex_init(&own->watch_lock, NULL);
    d->engine = &sqlite_engine;
    d->own = own;
    if (!path[0] || path[0] == ':') {
        *why = STR("The database must be a file or a postgresql:// address.");
        return ERR_UNAVAILABLE;
    }
    TRY(look_at_folder(path, o->must_exist, a, why));
    TRY(look_at_file(path, a, why));
    TRY(look_at_wal(path, a, why));
    if (o->exclusive)
        TRY(take_lock(own, path, a, why));
    TRY(first_open(path, a, why));
    d->pools[DB_QUICK].most = READERS_QUICK;
    d->pools[DB_SLOW].most = READERS_SLOW;
    d->pools[DB_LONG].most = READERS_LONG;
    d->writer_count = 1;
    return ERR_OK;
}
