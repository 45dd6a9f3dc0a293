/* engine.h — inside src/db/ only: what db.c, the write queue and the statement cache share with the engines.
 *
 * An engine embeds db_conn and db_stmt as the first member of its own structs and fills one `engine` row.
 * Threads: a connection belongs to one thread at a time; only `interrupted` and the engine's interrupt()
 *          are touched from others. `struct db` is guarded by its own mutexes. */
#ifndef ZK_DB_ENGINE_H
#define ZK_DB_ENGINE_H
#include <pthread.h>
#include <stdatomic.h>

#include "db/db.h"

enum {
    DB_WRITERS_MAX = 32,
    DB_WAITING_MAX = 10000,     /* writes that wait                        */
    DB_LEND_WAIT_MS = 10000,    /* a reader's wait for a connection        */
    DB_WRITE_BUDGET_MS = 60000, /* one closure; none for db_write_alone()  */
    DB_CACHE_SLOTS = 256,       /* power of two                            */
    DB_CACHE_MAX = 128,         /* statements kept by a connection         */
    DB_REST_NS = 1000 * 1000 * 1000,
    DB_ERROR_TEXT = 512,
    DB_SAVEPOINTS_MAX = 64,
    DB_IDS_AHEAD = 64 /* ids fetched at once by a transaction that makes many records */
};

struct db_stmt {
    db_conn *conn;
    char    *sql; /* the caller's text, the key of the cache */
    size_t   sql_size;
    uint64_t hash;
    db_stmt *next_in_slot;
    db_stmt *newer, *older; /* idle ones by age, or the list of those in use */
    bool     in_use;
    bool     bad_bind;
    bool     secret; /* db_prepare_secret() */
};

struct db_conn {
    db      *db;
    db_conn *next_idle;
    db_class class;
    bool        writer, alone;
    bool        opens; /* what is prepared now may read secret tables */
    unsigned    fence; /* db.fence when it was opened                 */
    err         sticky;
    int64_t     began_ns, deadline_ns; /* 0: no deadline */
    atomic_bool interrupted;
    int         savepoints;
    char        error[DB_ERROR_TEXT];
    char        constraint[160];
    db_stmt    *slots[DB_CACHE_SLOTS];
    db_stmt    *newest, *oldest; /* idle statements */
    db_stmt    *busy;            /* lent statements  */
    int         idle_count;
    int64_t     ids[DB_IDS_AHEAD]; /* of this transaction, not given out yet (dialect.c) */
    int         ids_next, ids_count;
    bool        ids_dense;
};

typedef struct db_job {
    struct db_job *next;
    db_work        work;
    void          *arg;
    db_done_fn     done;
    bool           alone;
    err            result;
} db_job;

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t  freed;
    db_conn        *idle;
    int             open, most, lent;
} db_pool;

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t  more;
    db_job         *first, **last;
    int             waiting;
    bool            closing;
} db_queue;

typedef struct engine {
    db_engine kind;
    /* A connection ready for work. Logs why not. */
    err (*connect)(db *d, db_class class, bool writer, db_conn **out);
    void (*disconnect)(db_conn *c);
    err (*begin)(db_conn *c);
    err (*commit)(db_conn *c); /* on failure the transaction is gone */
    void (*rollback)(db_conn *c);
    void (*read_end)(db_conn *c);          /* NULL: rollback */
    void (*rest)(db_conn *c);              /* an idle reader lets go of what it holds; may be NULL */
    int64_t (*snapshot)(const db_conn *c); /* may be NULL: not known */
    /* Runs the jobs that wait, at least the one given; sets results, calls done. */
    void (*run)(db *d, db_conn *c, db_job *first);
    bool (*alive)(db_conn *c);

    err (*savepoint)(db_conn *c, const char *verb); /* "SAVEPOINT", "RELEASE", "ROLLBACK TO" */
    err (*lock)(db_conn *c, int64_t key);
    err (*exec)(db_conn *c, str sql);
    void (*interrupt)(db_conn *c);
    void (*budget)(db_conn *c); /* deadline_ns has changed */

    err (*stmt_new)(db_conn *c, str sql, db_stmt **out);
    void (*stmt_free)(db_stmt *s);
    void (*stmt_reset)(db_stmt *s); /* forgets rows and bound values */
    void (*bind_null)(db_stmt *s, int n);
    void (*bind_int)(db_stmt *s, int n, int64_t v);
    void (*bind_real)(db_stmt *s, int n, double v);
    void (*bind_bool)(db_stmt *s, int n, bool v);
    void (*bind_date)(db_stmt *s, int n, int64_t days);
    void (*bind_time)(db_stmt *s, int n, int64_t ms);
    void (*bind_text)(db_stmt *s, int n, str v);
    void (*bind_blob)(db_stmt *s, int n, str v);
    bool (*start)(db_stmt *s); /* true: done or on its way; giving it back now loses nothing */
    /* May be NULL: */
    err (*settle)(db_conn *c);
    bool (*insert)(db_stmt *s); /* true: kept, to go with its like */
    void (*aside)(db_stmt *s);
    void (*read_last)(db_conn *c); /* may be NULL */
    err (*step)(db_stmt *s, bool *row);
    int64_t (*changes)(db_stmt *s);
    bool (*is_null)(db_stmt *s, int column);
    int64_t (*get_int)(db_stmt *s, int column);
    double (*get_real)(db_stmt *s, int column);
    bool (*get_bool)(db_stmt *s, int column);
    int64_t (*get_date)(db_stmt *s, int column);
    int64_t (*get_time)(db_stmt *s, int column);
    str (*get_text)(db_stmt *s, int column);
    str (*get_blob)(db_stmt *s, int column);
    bool (*whole)(db_stmt *s, int column, int64_t *out);
    bool (*words)(db_stmt *s, int column, str *out);

    const char *table_exists, *index_exists, *columns, *indexes; /* one $1: the name */
    err (*copy_file)(db *d, const char *to_path);
    err (*data_version)(db_conn *c, int64_t *out);
    err (*fence)(db *d);  /* may be NULL; sets d->unfenced where there can be none */
    void (*close)(db *d); /* after every connection is gone */
} engine;

struct db {
    const engine      *engine;
    void              *own; /* the engine's */
    char              *target;
    const char        *patience; /* db_patience(), or NULL */
    const vault       *vault;    /* db_vault_set(), or NULL */
    const char *const *secret;   /* db_fence(), or NULL */
    atomic_uint        fence;    /* counts calls of it */
    char               unfenced[DB_ERROR_TEXT];
    db_pool            pools[DB_CLASS_COUNT];
    db_queue           queue;
    pthread_t          writers[DB_WRITERS_MAX];
    int                writer_count;
    _Atomic int64_t    rested_ns; /* when idle readers were last told to let go */
    _Atomic int64_t    fail_left; /* calls until the made failure; 0: off */
};

/* Each opens the engine's own part: d->engine, d->own, pools[].most, writer_count. */
err db_sqlite_open(db *d, const db_options *o, arena *a, str *why) MUST_USE;
err db_postgres_open(db *d, const db_options *o, arena *a, str *why) MUST_USE;

/* ---- for the engines ---- */
void *db_alloc(size_t size); /* zeroed; running out of memory ends the process */
char *db_copy_text(str s);
/* Keeps the first error of the transaction; the words are without bound values. Logs INTERNAL and UNAVAILABLE;
 * sql NULL: an expected one, no line. */
err  db_fail(db_conn *c, err e, const char *sql, const char *words, const char *constraint);
bool db_made_failure(db_conn *c);         /* counts a call; true: this one shall fail (already noted) */
void db_tx_start(db_conn *c, int64_t ms); /* fresh error state, deadline; 0: none */
void db_rest(db *d);                      /* every idle reader lets go of its transaction */
void db_tx_over(db_conn *c);              /* gives back every statement still lent */
bool db_past_deadline(const db_conn *c);
void db_words_clean(char *words); /* cuts at the first quote: what follows may be a value */

/* Write queue (queue.c). */
err     db_queue_start(db *d) MUST_USE;
void    db_queue_stop(db *d);
db_job *db_queue_take(db *d, bool wait);     /* next one, or NULL; never one that is alone unless `wait` */
err     db_job_run(db_conn *c, db_job *job); /* the closure inside the open transaction; counts sticky errors */
void    db_job_end(db_job *job, err result);

/* Statement cache (cache.c). */
err  db_cache_take(db_conn *c, str sql, bool secret, db_stmt **out) MUST_USE;
void db_cache_give(db_stmt *s);
void db_cache_clear(db_conn *c);
#endif
