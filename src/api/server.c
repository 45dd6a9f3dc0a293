#include "api/server.h"

#include "api/call.h"
#include "api/events.h"
#include "api/gate.h"
#include "api/jobs.h"
#include "api/mailer.h"
#include "api/outside.h"
#include "api/people.h"
#include "api/scheduler.h"
#include "api/seen.h"
#include "api/throttle.h"
#include "base/date.h"
#include "http/static_table.h"
#include "oidc/fetch.h"
#include "oidc/provider.h"
#include "store/store.h"

snapshot *server_tables(server *s)
{
    pthread_mutex_lock(&s->tables_lock);
    snapshot *now = snapshot_pin(s->tables);
    pthread_mutex_unlock(&s->tables_lock);
    return now;
}

err server_tables_refresh(server *s, int64_t known)
{
    snapshot *fresh = NULL, *old = NULL;
    str       why;
    arena    *a = arena_new();
    err       e = ERR_OK;
    pthread_mutex_lock(&s->load_lock); /* one loads, the others find it done */
    snapshot *now = server_tables(s);
    bool      done = now->version != known;
    snapshot_unpin(now);
    if (!done)
        e = store_snapshot_load(s->d, s->rooms, a, &fresh, &why);
    if (fresh && e == ERR_OK) {
        pthread_mutex_lock(&s->tables_lock);
        old = s->tables;
        s->tables = fresh;
        pthread_mutex_unlock(&s->tables_lock);
    }
    pthread_mutex_unlock(&s->load_lock);
    snapshot_unpin(old);
    arena_free(a);
    return e;
}

void server_woken(server *s)
{
    hub_wake(s->hub);
    jobs_wake(s->jobs);
}

int server_port(const server *s)
{
    return http_port(s->http);
}

/* The API's paths first, then the web app, which takes whatever else there is. */
static err start_http(server *s, str *why)
{
    size_t            count;
    const http_route *routes = paths_routes(s->a, &count);
    http_options      o = { .listen = s->config.listen,
                            .tls_cert = s->config.tls_cert,
                            .tls_key = s->config.tls_key,
                            .door = s->config.door,
                            .spool_dir = s->config.spool_dir,
                            .proxies = s->config.proxies,
                            .threads = s->config.threads,
                            .slow_threads = s->config.slow_threads,
                            .routes = routes,
                            .route_count = count,
                            .arg = s,
                            .serve_static = true,
                            .gzip_json = true,
                            .problem = problem_plain };
    return http_start(&o, s->a, &s->http, why);
}

err server_start(arena *a, db *d, const entity_def *const *rooms, const server_config *config, server **out, str *why)
{
    server *s = arena_make(a, server);
    s->a = a;
    s->d = d;
    s->rooms = rooms;
    s->config = *config;
    s->started_ms = clock_now_ms();
    pthread_mutex_init(&s->tables_lock, NULL);
    pthread_mutex_init(&s->load_lock, NULL);
    s->gate = gate_new();
    TRY(store_snapshot_load(d, rooms, a, &s->tables, why));
    s->paths = paths_new(a);
    s->throttle = throttle_new();
    s->people = people_new();
    s->seen = seen_new();
    s->provider = provider_cache_new();
    TRY(fetch_open());
    s->outside = outside_start();
    s->hub = hub_start(s);
    s->jobs = jobs_start(s);
    s->scheduler = scheduler_start(s);
    s->mailer = mailer_start(s);
    err e = start_http(s, why);
    if (e != ERR_OK) {
        (void)server_stop(s, 0);
        return e;
    }
    *out = s;
    return ERR_OK;
}

bool server_stop(server *s, int grace_ms)
{
    atomic_store(&s->stopping, true);
    mailer_stop(s->mailer);
    scheduler_stop(s->scheduler);
    jobs_stop(s->jobs); /* asks what runs to stop between two pieces */
    hub_stop(s->hub);
    outside_stop(s->outside);
    if (s->http && !http_stop(s->http, grace_ms))
        return false;   /* something still runs: nothing it may touch is taken down */
    jobs_free(s->jobs); /* not before: what was being written wakes it when it is done */
    hub_free(s->hub);
    outside_free(s->outside);
    provider_cache_free(s->provider);
    throttle_free(s->throttle);
    gate_free(s->gate);
    people_free(s->people);
    seen_free(s->seen);
    snapshot_unpin(s->tables);
    return true;
}
