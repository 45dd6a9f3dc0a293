/* The transport: libmicrohttpd with a pool of epoll threads. The only file that knows it.
 *
 * Traps of 0.9.75, which this file is built around: stopping with a suspended connection aborts the process; a reply in
 * the first callback closes the connection; a client that leaves while suspended is noticed only at the resume; quiescing
 * races with its own threads and then aborts too, so listen.c accepts. */
#include "base/date.h"
#include "base/limits.h"
#include "base/log.h"
#include "http/inside.h"
#include <fcntl.h>
#include <microhttpd.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    DRAIN = 64 << 10, /* a refused body up to this size is read, so that the connection lives on */
    PULL_BLOCK = 32 << 10,
    STREAM_BLOCK = 1024,
    BYTES_A_MS = 4, /* a client that reads a reply slower than 4 KB/s in all is cut */
    STACK = 512 << 10,
    SPARE = 128, /* above what is accepted: libmicrohttpd 0.9.75 locks itself up where its own limit is met */
};

typedef enum MHD_Result answer;

/* ---- the reply ---- */

static ssize_t read_pull(void *arg, uint64_t offset, char *into, size_t room)
{
    call   *k = arg;
    int64_t n = k->r.reply.pull(k->r.reply.pull_arg, (int64_t)offset, into, room);
    if (n > 0)
        atomic_fetch_add_explicit(&k->r.server->bytes_out, n, memory_order_relaxed);
    return n > 0 ? (ssize_t)n : n == 0 ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

/* The connection is awake again, or gone. */
static void awake(call *k)
{
    if (!k->counted)
        return;
    k->counted = false;
    atomic_fetch_sub(&k->r.server->suspended, 1);
}

static ssize_t read_stream(void *arg, uint64_t offset, char *into, size_t room)
{
    call *k = arg;
    (void)offset;
    awake(k);
    int64_t n = stream_pull(k->stream, into, room);
    if (n > 0)
        atomic_fetch_add_explicit(&k->r.server->bytes_out, n, memory_order_relaxed);
    return n >= 0 ? (ssize_t)n : n == -1 ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

static struct MHD_Response *response_of_file(http_reply *p)
{
    struct MHD_Response *made = MHD_create_response_from_fd64((uint64_t)p->file_size, p->file);
    if (made)
        p->file = -1; /* closed by the transport */
    return made;
}

static struct MHD_Response *response_of_bytes(const void *bytes, size_t n)
{
    return MHD_create_response_from_buffer(n, (void *)(uintptr_t)bytes, MHD_RESPMEM_PERSISTENT);
}

/* The bytes stay ours: the call lives until the transport says that the reply is over. */
static struct MHD_Response *response_make(call *k, int64_t *size)
{
    http_reply *p = &k->r.reply;
    *size = -1;
    if (k->stream)
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, k, NULL);
    if (p->pull)
        return MHD_create_response_from_callback(p->pull_size < 0 ? MHD_SIZE_UNKNOWN : (uint64_t)p->pull_size,
                                                 PULL_BLOCK, read_pull, k, NULL);
    if (p->file >= 0) {
        *size = p->file_size;
        return response_of_file(p);
    }
    *size = (int64_t)(p->plain ? p->plain_n : p->body.n);
    return p->plain ? response_of_bytes(p->plain, p->plain_n) : response_of_bytes(p->body.p, p->body.n);
}

static void header(struct MHD_Response *to, const char *name, const char *value)
{
    if (MHD_add_response_header(to, name, value) != MHD_YES)
        log_event(LOG_WARN, "a reply's header was dropped", "header", name, NULL);
}

static bool is_json(const char *type)
{
    return !type || strncmp(type, "application/json", 16) == 0 || strncmp(type, "application/problem+json", 24) == 0;
}

static void headers_add(struct MHD_Response *to, const call *k)
{
    const http_reply *p = &k->r.reply;
    bool              caching = false, policy = false;
    for (size_t i = 0; i < p->header_count; i++) {
        header(to, p->headers[i].name.p, p->headers[i].value.p);
        caching = caching || str_eq_nocase(p->headers[i].name, STR("Cache-Control"));
        policy = policy || str_eq_nocase(p->headers[i].name, STR("Content-Security-Policy"));
    }
    if (!caching)
        header(to, "Cache-Control", "no-store");
    if (p->status != 204 && p->status != 304)
        header(to, "Content-Type", p->type ? p->type : "application/json");
    header(to, "X-Request-Id", k->id);
    header(to, "X-Content-Type-Options", "nosniff");
    if (is_json(p->type)) { /* nothing of it is ever run, framed or followed */
        if (!policy)
            header(to, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    } else {
        if (!policy)
            header(to, "Content-Security-Policy",
                   "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
                   "img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
        header(to, "Referrer-Policy", "same-origin");
        header(to, "Cross-Origin-Opener-Policy", "same-origin");
    }
    if (k->close || atomic_load_explicit(&k->r.server->stopping, memory_order_relaxed))
        header(to, "Connection", "close");
}

static answer reply_queue(struct MHD_Connection *c, call *k)
{
    http_server *v = k->r.server;
    int64_t      size;
    if (k->r.reply.body.failed)
        reply_refuse(&k->r, ERR_INTERNAL, "The answer is too large.");
    ASSERT(k->r.reply.status >= 200 && k->r.reply.status <= 599);
    reply_gzip(k);
    struct MHD_Response *made = response_make(k, &size);
    if (!made)
        return MHD_NO;
    headers_add(made, k);
    conn_deadline(k->conn, size < 0 ? 0 : v->idle_ms + size / BYTES_A_MS);
    if (size > 0)
        atomic_fetch_add_explicit(&v->bytes_out, size, memory_order_relaxed);
    k->queued = true;
    answer result = MHD_queue_response(c, (unsigned)k->r.reply.status, made);
    MHD_destroy_response(made);
    return result;
}

/* ---- the request ---- */

static void *on_request_line(void *arg, const char *uri, struct MHD_Connection *c)
{
    http_server                    *v = arg;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (!info || !info->socket_context)
        return NULL;
    conn_headers_due(v, info->socket_context);
    call *k = call_take(v, str_from(uri), info->socket_context);
    if (k)
        k->r.connection = c;
    return k;
}

static answer first_callback(struct MHD_Connection *c, call *k, const char *method)
{
    call_begin(k, method);
    bool small = k->expected >= 0 && k->expected <= DRAIN && !k->expects_continue;
    return k->answered && !small ? reply_queue(c, k) : MHD_YES;
}

static answer on_request(void *arg, struct MHD_Connection *c, const char *url, const char *method, const char *version,
                         const char *bytes, size_t *n, void **mine)
{
    call *k = *mine;
    (void)arg, (void)url, (void)version;
    if (!k)
        return MHD_NO;
    awake(k);
    if (!k->seen)
        return first_callback(c, k, method);
    if (*n > 0) {
        bool go_on = call_body(k, bytes, *n);
        *n = 0;
        return go_on ? MHD_YES : MHD_NO;
    }
    atomic_store(&k->conn->answered, true);
    bool ready = k->dispatched ? atomic_load(&k->state) == CALL_FINISHED : call_run(k);
    return ready ? reply_queue(c, k) : MHD_YES;
}

static void on_completed(void *arg, struct MHD_Connection *c, void **mine, enum MHD_RequestTerminationCode code)
{
    http_server *v = arg;
    call        *k = *mine;
    (void)c, (void)code;
    *mine = NULL;
    if (!k)
        return;
    awake(k);
    conn_deadline(k->conn, v->idle_ms);
    conn_quiet(k->conn);
    atomic_store(&k->conn->answered, false);
    if (k->stream)
        stream_over(k->stream);
    bool seen = k->seen;
    if (k->queued)
        server_count(v, k);
    call_release(v, k);
    if (seen)
        atomic_fetch_sub(&v->running, 1);
}

static void on_connection(void *arg, struct MHD_Connection *c, void **mine, enum MHD_ConnectionNotificationCode code)
{
    http_server *v = arg;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*mine)
            conn_close(v, *mine);
        *mine = NULL;
        return;
    }
    const union MHD_ConnectionInfo *fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    int                             number = fd ? fd->connect_fd : -1;
    const union MHD_ConnectionInfo *peer = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    *mine = conn_open(v, number, peer ? peer->client_addr : NULL);
}

/* What the path and the parameters mean is decided in request.c, from the line as it came. */
static size_t leave_escaped(void *arg, struct MHD_Connection *c, char *text)
{
    (void)arg, (void)c;
    return strlen(text);
}

/* ---- sleeping and waking ---- */

void transport_suspend(http_request *r)
{
    call *k = (call *)r;
    k->counted = true;
    atomic_fetch_add(&r->server->suspended, 1);
    MHD_suspend_connection(r->connection);
}

void transport_resume(http_request *r)
{
    MHD_resume_connection(r->connection);
}

/* ---- the headers ---- */

str transport_header(const http_request *r, const char *name)
{
    const char *value = NULL;
    size_t      n = 0;
    if (MHD_lookup_connection_value_n(r->connection, MHD_HEADER_KIND, name, strlen(name), &value, &n) != MHD_YES ||
        !value)
        return (str){ NULL, 0 };
    return (str){ value, (ptrdiff_t)n };
}

typedef struct {
    void (*each)(void *arg, str name, str value);
    void *arg;
} visit;

static answer on_header(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_n, const char *value,
                        size_t n)
{
    visit *w = arg;
    (void)kind;
    w->each(w->arg, (str){ name, (ptrdiff_t)name_n }, (str){ value, (ptrdiff_t)n });
    return MHD_YES;
}

void transport_each_header(const http_request *r, void (*each)(void *arg, str name, str value), void *arg)
{
    visit w = { each, arg };
    MHD_get_connection_values_n(r->connection, MHD_HEADER_KIND, on_header, &w);
}

/* ---- start and stop ---- */

static struct MHD_Daemon *daemon_start(http_server *v, unsigned flags)
{
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0, v->tls_cert },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, v->tls_key },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-SSL3.0:-VERS-TLS1.0:-VERS-TLS1.1" },
        { MHD_OPTION_END, 0, NULL },
    };
    struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, v,                                                 //
                            MHD_OPTION_THREAD_POOL_SIZE, (unsigned)v->o.threads,                                 //
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)((LIMIT_CONNECTIONS + SPARE) * v->o.threads), //
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LIMIT_HEADER_MEMORY,                     //
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(v->idle_ms / 1000),                        //
                            MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK,                                         //
                            MHD_OPTION_STRICT_FOR_CLIENT, 1,                                                     //
                            MHD_OPTION_URI_LOG_CALLBACK, on_request_line, (void *)v,                             //
                            MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,                                   //
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, (void *)v,                                //
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, (void *)v,                              //
                            MHD_OPTION_ARRAY, v->tls_cert ? tls : none,                                          //
                            MHD_OPTION_END);
}

err transport_start(http_server *v, arena *a, str *why)
{
    unsigned flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET;
    if (v->tls_cert)
        flags |= MHD_USE_TLS;
    v->transport = daemon_start(v, flags);
    if (v->transport)
        return ERR_OK;
    *why = v->tls_cert
               ? arena_printf(a, "The server cannot start: %s and %s are not a certificate and its key in PEM form.",
                              v->o.tls_cert, v->o.tls_key)
               : arena_printf(a, "The server cannot start: no memory, threads or descriptors left.");
    return v->tls_cert ? ERR_INVALID : ERR_UNAVAILABLE;
}

void transport_add(http_server *v, int fd, const struct sockaddr *peer, socklen_t n)
{
    atomic_fetch_add(&v->connections,
                     1); /* counted here, not when a worker gets to it: a crowd must not run past the limit */
    if (MHD_add_connection(v->transport, fd, peer, n) != MHD_YES) /* it has closed the descriptor */
        atomic_fetch_sub(&v->connections, 1);
}

void transport_stop(http_server *v)
{
    MHD_stop_daemon(v->transport);
    v->transport = NULL;
}
