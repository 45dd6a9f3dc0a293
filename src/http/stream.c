/* Event streams. A stream's connection sleeps (is suspended) while there is nothing to send; whoever sends wakes it.
 * `pending` and `suspended` are looked at under one lock: a wake-up may come before the sleep. */
#include "base/date.h"
#include "http/inside.h"
#include <poll.h>
#include <sys/socket.h>

enum { BACKLOG = 256 << 10, HEARTBEAT_MS = 15000 };

static void unhold(http_stream *s)
{
    if (atomic_fetch_sub(&s->holds, 1) > 1)
        return;
    pthread_mutex_destroy(&s->lock);
    buf_free(&s->pending);
    free(s);
}

static void list_add(http_server *v, http_stream *s)
{
    pthread_mutex_lock(&v->lock);
    s->next = v->streams;
    if (s->next)
        s->next->before = s;
    v->streams = s;
    pthread_mutex_unlock(&v->lock);
    atomic_fetch_add(&v->stream_count, 1);
}

static void list_remove(http_server *v, http_stream *s)
{
    pthread_mutex_lock(&v->lock);
    if (s->next)
        s->next->before = s->before;
    if (s->before)
        s->before->next = s->next;
    else
        v->streams = s->next;
    pthread_mutex_unlock(&v->lock);
    atomic_fetch_sub(&v->stream_count, 1);
}

http_stream *http_stream_open(http_request *r, void *arg, void (*closed)(void *arg))
{
    call        *k = (call *)r;
    http_stream *s = calloc(1, sizeof *s);
    ASSERT(s && !k->stream);
    pthread_mutex_init(&s->lock, NULL);
    atomic_init(&s->holds, 2);
    s->server = r->server;
    s->k = k;
    buf_init(&s->pending, BACKLOG);
    s->quiet_since_ms = clock_monotonic_ns() / 1000000;
    s->arg = arg;
    s->closed = closed;
    k->stream = s;
    r->reply.status = 200;
    r->reply.type = "text/event-stream";
    http_reply_header(r, "Cache-Control", STR("no-store"));
    http_reply_header(r, "X-Accel-Buffering", STR("no"));
    list_add(r->server, s);
    /* The call is finished in the sense of HTTP_LATER: its reply, an endless one, may begin. */
    http_finish(r);
    return s;
}

/* Under the lock. */
static void wake(http_stream *s)
{
    if (!s->suspended)
        return;
    s->suspended = false;
    transport_resume(&s->k->r);
}

static bool put(http_stream *s, str bytes)
{
    if (s->sent == s->pending.n) {
        buf_clear(&s->pending);
        s->sent = 0;
    }
    buf_puts(&s->pending, bytes);
    bool fits = !s->pending.failed;
    if (!fits) {
        s->gone = true;
        (void)shutdown(s->k->conn->fd, SHUT_RDWR); /* it does not read: no use in waiting for it */
    }
    wake(s);
    return fits;
}

bool http_stream_send(http_stream *s, str bytes)
{
    pthread_mutex_lock(&s->lock);
    bool sent = s->k && !s->closing && !s->gone && put(s, bytes);
    pthread_mutex_unlock(&s->lock);
    return sent;
}

void http_stream_end(http_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->closing = true;
    if (s->k)
        wake(s);
    pthread_mutex_unlock(&s->lock);
}

void http_stream_release(http_stream *s)
{
    unhold(s);
}

int64_t stream_pull(http_stream *s, char *into, size_t room)
{
    int64_t got = 0;
    pthread_mutex_lock(&s->lock);
    size_t waiting = s->pending.n - s->sent;
    if (s->gone) {
        got = -2;
    } else if (waiting > 0) {
        size_t n = waiting < room ? waiting : room;
        memcpy(into, s->pending.p + s->sent, n);
        s->sent += n;
        got = (int64_t)n;
        s->quiet_since_ms = clock_monotonic_ns() / 1000000;
        if (s->sent == s->pending.n)
            buf_free(&s->pending); /* thousands of listeners are quiet most of the time */
        if (!s->pending.p)
            s->sent = 0;
    } else if (s->closing) {
        got = -1;
    } else {
        s->suspended = true;
        transport_suspend(&s->k->r);
    }
    pthread_mutex_unlock(&s->lock);
    return got;
}

void stream_over(http_stream *s)
{
    list_remove(s->server, s);
    pthread_mutex_lock(&s->lock);
    s->k = NULL;
    s->suspended = false;
    pthread_mutex_unlock(&s->lock);
    if (s->closed)
        s->closed(s->arg);
    unhold(s);
}

static bool has_left(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLRDHUP };
    return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

/* A client that leaves while its connection sleeps is not noticed by the transport: look at the socket, which stays
 * open while the connection is suspended and the stream locked. */
static void tend(http_stream *s, int64_t now_ms)
{
    pthread_mutex_lock(&s->lock);
    if (s->k && s->suspended) {
        if (has_left(s->k->conn->fd)) {
            s->gone = true;
            wake(s);
        } else if (now_ms - s->quiet_since_ms >= HEARTBEAT_MS) {
            (void)put(s, STR(":\n\n"));
        }
    }
    pthread_mutex_unlock(&s->lock);
}

/* Lock order: the server's, then a stream's. */
void streams_tend(http_server *v, int64_t now_ms)
{
    pthread_mutex_lock(&v->lock);
    for (http_stream *s = v->streams; s; s = s->next)
        tend(s, now_ms);
    pthread_mutex_unlock(&v->lock);
}

void streams_end(http_server *v)
{
    pthread_mutex_lock(&v->lock);
    for (http_stream *s = v->streams; s; s = s->next) {
        pthread_mutex_lock(&s->lock);
        s->closing = true;
        if (s->k)
            wake(s);
        pthread_mutex_unlock(&s->lock);
    }
    pthread_mutex_unlock(&v->lock);
}
