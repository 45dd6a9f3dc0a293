#include "base/date.h"
#include "base/limits.h"
#include "base/log.h"
#include "http/inside.h"
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LATENCY_BUCKETS = 16, PEM_LARGEST = 1 << 20, STREAMS_MS = 3000 };

static int64_t now_ms(void)
{
    return clock_monotonic_ns() / 1000000;
}

/* ---- connections ---- */

static void name_peer(conn *c, const struct sockaddr *peer)
{
    if (peer && peer->sa_family == AF_INET) {
        const struct in_addr *v4 = &((const struct sockaddr_in *)(const void *)peer)->sin_addr;
        inet_ntop(AF_INET, v4, c->client, sizeof c->client);
        c->loopback = (ntohl(v4->s_addr) >> 24) == 127;
    } else if (peer && peer->sa_family == AF_INET6) {
        const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
        bool                   mapped = IN6_IS_ADDR_V4MAPPED(v6); /* of a socket for both families */
        if (mapped)
            inet_ntop(AF_INET, &v6->s6_addr[12], c->client, sizeof c->client);
        else
            inet_ntop(AF_INET6, v6, c->client, sizeof c->client);
        c->loopback = mapped ? v6->s6_addr[12] == 127 : IN6_IS_ADDR_LOOPBACK(v6);
    }
}

conn *conn_open(http_server *v, int fd, const struct sockaddr *peer)
{
    conn *c = calloc(1, sizeof *c);
    if (!c) {
        atomic_fetch_sub(&v->connections, 1);
        return NULL;
    }
    c->fd = fd;
    name_peer(c, peer);
    conn_headers_due(v, c);
    pthread_mutex_lock(&v->lock);
    c->next = v->conns;
    if (c->next)
        c->next->before = c;
    v->conns = c;
    pthread_mutex_unlock(&v->lock);
    return c;
}

void conn_close(http_server *v, conn *c)
{
    pthread_mutex_lock(&v->lock);
    if (c->next)
        c->next->before = c->before;
    if (c->before)
        c->before->next = c->next;
    else
        v->conns = c->next;
    pthread_mutex_unlock(&v->lock);
    atomic_fetch_sub(&v->connections, 1);
    free(c);
}

void conn_deadline(conn *c, int64_t in_ms)
{
    atomic_store_explicit(&c->deadline_ms, in_ms ? now_ms() + in_ms : 0, memory_order_relaxed);
}

void conn_quiet(conn *c)
{
    atomic_store_explicit(&c->quiet_ms, now_ms(), memory_order_relaxed);
}

/* A request has begun, or a connection, which has no reason to wait with its first. */
void conn_headers_due(const http_server *v, conn *c)
{
    int64_t most = LIMIT_HEADER_SECONDS * INT64_C(1000);
    conn_deadline(c, v->idle_ms < most ? v->idle_ms : most);
    conn_quiet(c);
}

/* The transport's own time-out starts again with every byte, so that one byte now and then keeps a connection for
 * ever; these deadlines do not. A connection in the list still owns its descriptor. */
static void conns_cut_late(http_server *v, int64_t now)
{
    pthread_mutex_lock(&v->lock);
    for (conn *c = v->conns; c; c = c->next) {
        int64_t deadline = atomic_load_explicit(&c->deadline_ms, memory_order_relaxed);
        if (deadline && deadline < now)
            (void)shutdown(c->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&v->lock);
}

/* Since when it has said nothing that could be answered; false: it is being answered, or on its way out. */
static bool is_quiet(const conn *c, int64_t *since)
{
    *since = atomic_load_explicit(&c->quiet_ms, memory_order_relaxed);
    return !c->cut && !atomic_load(&c->answered);
}

/* All places are taken: those go that have been quiet longest, so that a crowd that says nothing keeps nobody out. Who has just
 * come, or is being answered, stays. */
void conns_make_room(http_server *v)
{
    enum { AT_ONCE = 64, PART = 8, JUST_COME_MS = 250 };
    int64_t last = now_ms() - JUST_COME_MS, first = last, since;
    int     n = 0;
    pthread_mutex_lock(&v->lock);
    for (const conn *c = v->conns; c; c = c->next)
        if (is_quiet(c, &since) && since < first)
            first = since;
    for (conn *c = v->conns; c && n < AT_ONCE; c = c->next)
        if (is_quiet(c, &since) && since < last && since <= first + (last - first) / PART) {
            (void)shutdown(c->fd, SHUT_RDWR);
            c->cut = true;
            n++;
        }
    pthread_mutex_unlock(&v->lock);
}

/* ---- the keeper: once a second ---- */

static bool keeper_wait(http_server *v)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    pthread_mutex_lock(&v->lock);
    int waited = 0;
    while (!v->keeper_stop && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&v->keeper_wake, &v->lock, &until);
    bool go_on = !v->keeper_stop;
    pthread_mutex_unlock(&v->lock);
    return go_on;
}

static void *keeper_main(void *arg)
{
    http_server *v = arg;
    while (keeper_wait(v)) {
        conns_cut_late(v, now_ms());
        streams_tend(v, now_ms());
    }
    return NULL;
}

static bool keeper_start(http_server *v)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&v->keeper_wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return pthread_create(&v->keeper, NULL, keeper_main, v) == 0;
}

static void keeper_end(http_server *v)
{
    pthread_mutex_lock(&v->lock);
    v->keeper_stop = true;
    pthread_cond_signal(&v->keeper_wake);
    pthread_mutex_unlock(&v->lock);
    pthread_join(v->keeper, NULL);
    pthread_cond_destroy(&v->keeper_wake);
}

/* ---- start ---- */

static err pem_read(arena *a, const char *path, char **out, str *why)
{
    FILE *f = fopen(path, "re");
    if (!f) {
        *why = arena_printf(a, "The server cannot start: cannot read %s: %s.", path, strerror(errno));
        return ERR_INVALID;
    }
    char  *text = calloc(1, PEM_LARGEST + 1);
    size_t n = text ? fread(text, 1, PEM_LARGEST, f) : 0;
    fclose(f);
    if (n == 0 || memchr(text, 0, n)) {
        *why = arena_printf(a, "The server cannot start: %s is not a PEM file.", path);
        free(text);
        return ERR_INVALID;
    }
    *out = text;
    return ERR_OK;
}

err http_door_open(const char *listen, const char *tls_cert, const char *tls_key, arena *a, http_door *out, str *why)
{
    *out = (http_door){ .fd = -1 };
    if (tls_cert) {
        TRY(pem_read(a, tls_cert, &out->tls_cert, why));
        TRY(pem_read(a, tls_key ? tls_key : "", &out->tls_key, why));
    }
    return listen_open(listen, a, &out->fd, &out->port, why);
}

static void server_free(http_server *v)
{
    if (v->listen_fd >= 0)
        close(v->listen_fd);
    calls_free(v);
    if (v->tls_key)
        explicit_bzero(v->tls_key, strlen(v->tls_key));
    free(v->tls_key);
    free(v->tls_cert);
    arena_free(v->memory);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

static http_server *server_new(const http_options *o)
{
    http_server *v = calloc(1, sizeof *v);
    uint32_t     random = 0;
    if (!v)
        return NULL;
    v->o = *o;
    v->o.threads = o->threads > 0 ? o->threads : 2;
    v->o.slow_threads = o->slow_threads > 0 ? o->slow_threads : 2;
    v->idle_ms = (o->idle_seconds > 0 ? o->idle_seconds : LIMIT_IDLE_SECONDS) * INT64_C(1000);
    v->listen_fd = -1;
    v->memory = arena_new();
    v->router = router_new(v->memory, o->routes, o->route_count);
    pthread_mutex_init(&v->lock, NULL);
    (void)!getrandom(&random, sizeof random, 0);
    snprintf(v->id_prefix, sizeof v->id_prefix, "%08x", random);
    return v;
}

/* In the order in which http_stop undoes it. */
static err server_start(http_server *v, arena *a, str *why)
{
    *why = STR("The server cannot start: no memory or threads left.");
    http_door door = { .fd = -1 };
    err       open = ERR_OK;
    if (v->o.door)
        door = *v->o.door;
    else
        open = http_door_open(v->o.listen, v->o.tls_cert, v->o.tls_key, a, &door, why);
    v->listen_fd = door.fd;
    v->port = door.port;
    v->tls_cert = door.tls_cert;
    v->tls_key = door.tls_key;
    TRY(open);
    if (!(v->lanes = lanes_start(v->o.slow_threads)))
        return ERR_UNAVAILABLE;
    if (!keeper_start(v)) {
        lanes_stop(v->lanes);
        return ERR_UNAVAILABLE;
    }
    err e = transport_start(v, a, why);
    if (e == ERR_OK && !acceptor_start(v)) {
        transport_stop(v);
        e = ERR_UNAVAILABLE;
    }
    if (e != ERR_OK) {
        keeper_end(v);
        lanes_stop(v->lanes);
    }
    return e;
}

err http_start(const http_options *o, arena *a, http_server **out, str *why)
{
    sigset_t     all, before;
    http_server *v = server_new(o);
    if (!v) {
        *why = STR("The server cannot start: no memory.");
        return ERR_UNAVAILABLE;
    }
    /* Signals are for the program's first thread. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    err e = server_start(v, a, why);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (e != ERR_OK) {
        server_free(v);
        return e;
    }
    *why = (str){ NULL, 0 };
    *out = v;
    return ERR_OK;
}

int http_port(const http_server *v)
{
    return v->port;
}

/* ---- stop ---- */

static void pause_ms(void)
{
    (void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

static int64_t busy(http_server *v)
{
    return atomic_load(&v->running) - atomic_load(&v->stream_count);
}

static bool quiet(http_server *v)
{
    return atomic_load(&v->suspended) == 0 && atomic_load(&v->finishing) == 0;
}

/* What waits for the slow lane and has not begun will not begin. */
static void refuse_waiting(http_server *v)
{
    for (call *k; (k = lanes_drain(v->lanes));) {
        reply_refuse(&k->r, ERR_UNAVAILABLE, "The server is stopping.");
        http_finish(&k->r);
    }
}

bool http_stop(http_server *v, int grace_ms)
{
    int64_t until = now_ms() + grace_ms;
    atomic_store(&v->stopping, true);
    acceptor_stop(v);
    while (busy(v) > 0 && now_ms() < until)
        pause_ms();
    refuse_waiting(v);
    streams_end(v);
    for (until = now_ms() + STREAMS_MS; !quiet(v) && now_ms() < until; streams_end(v))
        pause_ms();
    if (!quiet(v)) {
        log_event(LOG_WARN, "requests still run after the grace", NULL);
        return false;
    }
    lanes_stop(v->lanes); /* no connection sleeps, so no slow handler is in the middle of anything */
    keeper_end(v);
    transport_stop(v);
    server_free(v);
    return true;
}

/* ---- counting ---- */

static void log_access(const call *k, int64_t ns)
{
    static const char *const names[HTTP_METHOD_COUNT] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };
    char                     status[12], took[24];
    if (!log_enabled(LOG_DEBUG))
        return;
    snprintf(status, sizeof status, "%d", k->r.reply.status);
    snprintf(took, sizeof took, "%.2f", (double)ns / 1e6);
    /* The path alone: a query string may hold what is nobody's business; and of addresses at the root, where links that
     * nobody may guess lead, what they have in common. */
    str  path = k->r.path;
    bool secret = k->route && !str_starts(path, STR("/api/"));
    log_event(LOG_DEBUG, "request", "method", names[k->r.method], "path",
              secret ? k->route->pattern : arena_cstr(k->r.a, path), "status", status, "ms", took, "client", k->client,
              "id", k->id, NULL);
}

void server_count(http_server *v, const call *k)
{
    int64_t ns = clock_monotonic_ns() - k->started_ns;
    int     bucket = 0, family = k->r.reply.status / 100;
    while (bucket < LATENCY_BUCKETS - 1 && ns > INT64_C(250000) << bucket)
        bucket++;
    atomic_fetch_add_explicit(&v->requests, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&v->by_status[family < 6 ? family : 0], 1, memory_order_relaxed);
    if (!k->stream) {
        atomic_fetch_add_explicit(&v->latency_bucket[bucket], 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&v->latency_ns, ns, memory_order_relaxed);
    }
    log_access(k, ns);
}

void http_stats_read(const http_server *s, http_stats *out)
{
    http_server *v = (http_server *)(uintptr_t)s;
    *out = (http_stats){
        .requests = atomic_load(&v->requests),
        .bytes_out = atomic_load(&v->bytes_out),
        .open_connections = atomic_load(&v->connections),
        .streams = atomic_load(&v->stream_count),
        .latency_sum_seconds = (double)atomic_load(&v->latency_ns) / 1e9,
    };
    for (size_t i = 0; i < countof(out->by_status); i++)
        out->by_status[i] = atomic_load(&v->by_status[i]);
    for (size_t i = 0; i < countof(out->latency_bucket); i++)
        out->latency_bucket[i] = atomic_load(&v->latency_bucket[i]);
    lanes_count(v->lanes, &out->slow_waiting, &out->slow_running);
}
