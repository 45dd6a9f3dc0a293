/* server.h — what is handed down to everything that answers requests. No mutable globals: one `server` holds them.
 *
 * Made by app/ from the configuration; api/ knows no room, only the list of them.
 * Memory   the server's own arena, until server_stop(). Threads: everything here may be called from any thread. */
#ifndef ZK_API_SERVER_H
#define ZK_API_SERVER_H
#include <pthread.h>
#include <stdatomic.h>

#include "db/db.h"
#include "http/http.h"
#include "schema/snapshot.h"

typedef struct hub       hub;       /* events.c   */
typedef struct jobs      jobs;      /* jobs.c     */
typedef struct throttle  throttle;  /* throttle.c */
typedef struct people    people;    /* people.c   */
typedef struct seen      seen;      /* seen.c     */
typedef struct scheduler scheduler; /* scheduler.c */
typedef struct gate      gate;      /* gate.c */
typedef struct mailer    mailer;    /* mailer.c */
typedef struct paths     paths;     /* router.c   */
typedef struct outside   outside;   /* outside.c  */

typedef struct {
    const char                *listen; /* "127.0.0.1:8080" */
    const char                *tls_cert, *tls_key;
    const http_door           *door;       /* opened already; NULL: by the two lines above */
    const char                *spool_dir;  /* uploads on their way into the database */
    const char                *public_url; /* where people reach it; empty: as the request says */
    const struct address_nets *proxies;    /* whose X-Forwarded-For and -Proto are believed; NULL: nobody's */
    int                        threads, slow_threads;
    int                        session_days;
} server_config;

typedef struct server server;
struct server {
    arena                   *a;
    db                      *d;
    const entity_def *const *rooms;
    server_config            config;
    http_server             *http;
    paths                   *paths;
    pthread_mutex_t          tables_lock;
    snapshot                *tables; /* under tables_lock */
    pthread_mutex_t          load_lock;
    throttle                *throttle;
    people                  *people;
    seen                    *seen;
    outside                 *outside;
    struct provider_cache   *provider;
    atomic_int               restless; /* so many questions who it is, before one by state is tried again */
    hub                     *hub;
    jobs                    *jobs;
    scheduler               *scheduler;
    gate                    *gate;
    mailer                  *mailer;
    int64_t                  started_ms;
    atomic_bool              stopping;
};

/* ERR_… with *why for the person at the shell. The database has been migrated. */
err server_start(arena *a, db *d, const entity_def *const *rooms, const server_config *config, server **out,
                 str *why) MUST_USE;
/* False: a request did not end within the grace; the caller ends the process without taking anything down. */
bool server_stop(server *s, int grace_ms);
int  server_port(const server *s);

/* The tables in force, pinned; the caller unpins. */
snapshot *server_tables(server *s);
/* Loads them again when the database has another version than `known`. */
err server_tables_refresh(server *s, int64_t known) MUST_USE;
/* A local commit may have put events: the hub looks at once. */
void server_woken(server *s);
#endif
