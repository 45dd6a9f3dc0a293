/* inside.h — what the files of src/http share among themselves. Nobody else includes it.
 *
 * A `call` is one request with what the server itself needs of it; http_request is its first member. Calls are kept
 * in a free list and never freed before the server, so a late look at one is never a look at freed memory.
 * A `conn` is one connection. */
#ifndef ZK_HTTP_INSIDE_H
#define ZK_HTTP_INSIDE_H
#include "http/http.h"
#include "http/static_table.h"
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

/* ---- request.c: the request line and the headers, pure functions ---- */
enum { TARGET_SEGMENTS = 32, TARGET_PARAMS = 256, REQUEST_ID_MAX = 64 };

typedef struct {
    str name, value;
} pair;

typedef struct {
    str    path; /* decoded */
    str    segments[TARGET_SEGMENTS];
    size_t segment_count;
    str    query; /* as it came */
} target;

/* Percent-decoding of `in`; plus_is_space for query strings. ERR_MALFORMED: a bad escape, bad UTF-8, a NUL. */
err target_decode(arena *a, str in, bool plus_is_space, str *out) MUST_USE;
/* "/a/b%20c?x=1" or the absolute form; ERR_MALFORMED as above, without a leading '/', or too many segments. */
err target_parse(arena *a, str raw, target *out) MUST_USE;
err params_parse(arena *a, str query, pair **out, size_t *count) MUST_USE;
str cookie_find(str header, str name);
/* The last address of X-Forwarded-For, empty when it does not look like one. */
str  forwarded_address(str header);
bool request_id_accept(str given);
/* Weight of a content coding in Accept-Encoding above 0. */
bool encoding_accepted(str header, str coding);
bool media_accepted(str header, str type); /* the exact type is named with a weight above 0; no wildcards */
bool etag_matches(str if_none_match, str etag);

/* ---- router.c ---- */
typedef struct router router;
router               *router_new(arena *a, const http_route *routes, size_t count);
/* The first route of the path that takes the method (HEAD falls back to GET). NULL: `allowed` holds the methods of all
 * routes of that path, 0: no route has it. `parts` (8) gets what the stars matched. */
const http_route *router_find(const router *r, const target *t, unsigned method, str *parts, size_t *part_count,
                              unsigned *allowed);
/* "GET, HEAD, OPTIONS" */
str methods_text(arena *a, unsigned methods);

/* ---- multipart.c ---- */
/* Parts of a body in memory; boundary as in the Content-Type. Names are in the arena, offsets from body.p. */
err multipart_scan(arena *a, str body, str boundary, http_part *parts, size_t room, size_t *count) MUST_USE;
str multipart_boundary(str content_type); /* empty: none or a bad one */

/* ---- static.c ---- */
const static_file *static_find(const static_file *table, size_t count, str path);
void               static_serve(http_request *r, const static_file *f);
/* The file of the path, or the front page for a page of the web app; false: 404. */
bool static_answer(http_request *r, const static_file *table, size_t count);

/* ---- connections ---- */
typedef struct conn {
    struct conn     *next, *before;
    int              fd;
    bool             loopback;
    char             client[INET6_ADDRSTRLEN];
    _Atomic(int64_t) deadline_ms; /* monotonic; 0: none. The keeper cuts the connection behind it */
    _Atomic(int64_t) quiet_ms;    /* monotonic: when it began to wait for a whole request */
    atomic_bool      answered;    /* a whole request is being answered: it is not cut for others */
    bool             cut;
} conn;

/* ---- calls ---- */
enum { CALL_RUNNING, CALL_SUSPENDED, CALL_FINISHED };

typedef struct call {
    http_request      r; /* first */
    struct call      *next;
    conn             *conn;
    const http_route *route;
    str               raw; /* request target as it came */
    target            at;
    pair             *params;
    size_t            param_count;
    buf               body;
    int               spool_fd;
    int64_t           expected; /* Content-Length, −1: chunked */
    int64_t           received;
    int64_t           started_ns;
    bool              seen;     /* the first callback was */
    bool              answered; /* r.reply is made without a handler; a body that comes is dropped */
    bool              expects_continue;
    bool              dispatched; /* the handler was called */
    bool              counted;    /* in server->suspended */
    bool              queued;     /* the reply went to the transport */
    bool              near;       /* the client is on this machine */
    bool              close;      /* no further request on this connection */
    atomic_int        state;
    http_stream      *stream;
    char              id[REQUEST_ID_MAX + 1];
    char              client[INET6_ADDRSTRLEN];
} call;

/* ---- lanes.c ---- */
typedef struct lanes lanes;
lanes               *lanes_start(int threads); /* NULL: no thread could be made */
bool                 lanes_reserve(lanes *l);  /* a place in the queue; false: full or stopping */
void                 lanes_push(lanes *l, call *k);
void                 lanes_count(lanes *l, int64_t *waiting, int64_t *running);
/* Takes no more work and hands back what has not begun, one at a time; NULL: nothing. */
call *lanes_drain(lanes *l);
void  lanes_stop(lanes *l); /* waits for what runs */

/* ---- stream.c ---- */
struct http_stream {
    pthread_mutex_t lock;
    atomic_int      holds; /* the server's and the caller's */
    http_stream    *next, *before;
    http_server    *server;
    call           *k;       /* NULL: over. Under the lock, like all that follows */
    buf             pending; /* bytes [sent, n) are still to go */
    size_t          sent;
    bool            suspended, closing, gone;
    int64_t         quiet_since_ms;
    void           *arg;
    void (*closed)(void *arg);
};
/* The connection's thread asks for bytes: > 0 written, 0 suspended, −1 the end, −2 cut. */
int64_t stream_pull(http_stream *s, char *into, size_t room);
void    stream_over(http_stream *s);                  /* the connection is done with it */
void    streams_tend(http_server *v, int64_t now_ms); /* keeper: heartbeats, clients that left */
void    streams_end(http_server *v);

/* ---- server.c ---- */
struct http_server {
    http_options     o;
    arena           *memory;
    router          *router;
    lanes           *lanes;
    void            *transport;
    int              listen_fd, wake_fd, port;
    bool             accepting;
    pthread_t        acceptor;
    int64_t          idle_ms;
    char             id_prefix[9];
    char            *tls_cert, *tls_key;
    pthread_mutex_t  lock; /* free calls, connections, streams */
    call            *free_calls;
    size_t           free_count;
    conn            *conns;
    http_stream     *streams;
    pthread_t        keeper;
    pthread_cond_t   keeper_wake;
    bool             keeper_stop;
    atomic_bool      stopping;
    _Atomic(int64_t) ids;
    _Atomic(int64_t) running;   /* calls between their headers and the end of their reply */
    _Atomic(int64_t) suspended; /* connections the transport may not be stopped with */
    _Atomic(int64_t) finishing; /* threads inside http_finish */
    _Atomic(int64_t) stream_count, connections, requests, bytes_out;
    _Atomic(int64_t) by_status[6], latency_bucket[16], latency_ns;
};

conn *conn_open(http_server *v, int fd, const struct sockaddr *peer);
void  conn_close(http_server *v, conn *c);
void  conn_deadline(conn *c, int64_t in_ms); /* 0: none */
void  conn_headers_due(const http_server *v, conn *c);
void  conn_quiet(conn *c);
void  conns_make_room(http_server *v);
void  server_count(http_server *v, const call *k);

/* ---- reply.c ---- */
/* What a refusal says, in r->reply, in place of whatever was there. */
void reply_refuse(http_request *r, err e, const char *detail);
void reply_refuse_status(http_request *r, int status, const char *code, const char *detail);
void reply_clear(http_reply *p);
void reply_gzip(call *k); /* when both sides want it and it pays */

/* ---- call.c ---- */
call *call_take(http_server *v, str raw, conn *c);
void  call_release(http_server *v, call *k);
void  calls_free(http_server *v); /* the free list, at the end */
/* The headers are here: route, limits, admit. Afterwards k->answered says that r.reply is made already. */
void call_begin(call *k, const char *method);
bool call_body(call *k, const char *bytes, size_t n); /* false: cut the connection */
/* The body is complete. true: r.reply is ready; false: the connection is suspended until http_finish. */
bool call_run(call *k);

/* listen.c */
err  listen_open(const char *where, arena *a, int *fd, int *port, str *why) MUST_USE;
bool acceptor_start(http_server *v);
void acceptor_stop(http_server *v); /* after v->stopping; closes the listening socket */

/* ---- mhd.c: the transport, the only file that knows libmicrohttpd ---- */
err transport_start(http_server *v, arena *a, str *why) MUST_USE;
/* Takes over the descriptor. */
void transport_add(http_server *v, int fd, const struct sockaddr *peer, socklen_t n);
void transport_stop(http_server *v);
void transport_suspend(http_request *r);
void transport_resume(http_request *r);
str  transport_header(const http_request *r, const char *name);
void transport_each_header(const http_request *r, void (*each)(void *arg, str name, str value), void *arg);
#endif
