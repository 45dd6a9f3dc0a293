/* http.h — the HTTP server: requests in, responses out; knows nothing of records.
 *
 * Lanes     A handler is first called on an epoll thread when the body is complete (HTTP_INLINE work must end
 *           within some 100 ms). It returns
 *             HTTP_DONE   the response is in r->reply
 *             HTTP_SLOW   "this takes longer": the connection is suspended and the handler is called once more on a
 *                         thread of the slow lane (bounded queue; full: 503 with Retry-After) with r->lane set
 *             HTTP_LATER  the handler has handed r on (db_submit …); the connection is suspended; whoever holds r calls
 *                         http_finish(r) exactly once, from any thread
 *           so that a slow report never holds up a quick request.
 * Limits    header memory, body (per route), time, connections, of base/limits.h; refused in the first callback, before
 *           the upload is read.
 * Memory    r and everything in it live in r->a until the reply is sent. A request that the client left still runs to
 *           its end.
 * Headers   Of invalid UTF-8 a header reads as absent. The path and the parameters are decoded and checked (400). A HEAD
 *           reaches the GET route as HTTP_GET unless the route names HEAD itself; its body is not sent.
 * Stopping  http_stop() refuses new connections, waits for what runs (bounded), ends event streams, then stops. */
#ifndef ZK_HTTP_HTTP_H
#define ZK_HTTP_HTTP_H
#include "base/arena.h"
#include "base/buf.h"

typedef struct http_server  http_server;
typedef struct http_request http_request;
typedef struct http_stream  http_stream;

typedef enum { HTTP_DONE, HTTP_SLOW, HTTP_LATER } http_outcome;
typedef enum { LANE_INLINE, LANE_SLOW } http_lane;
typedef enum {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_METHOD_COUNT
} http_method;

typedef struct {
    int         status;
    buf         body; /* written by the handler; sent without a copy */
    const char *type; /* Content-Type; NULL: application/json        */
    struct {
        str name, value;
    } headers[16]; /* in the request's arena        */
    size_t  header_count;
    int     file; /* >= 0: this descriptor is sent and closed; file_size bytes */
    int64_t file_size;
    /* A body made piece by piece (export, download from the database): called on the connection's thread;
     * returns bytes written, 0 at the end, −1 on failure (the connection is cut). */
    int64_t (*pull)(void *arg, int64_t offset, char *into, size_t room);
    void (*pull_done)(void *arg);
    void       *pull_arg;
    int64_t     pull_size; /* −1: unknown (chunked) */
    const void *plain;     /* static bytes, not copied (embedded files); plain_n */
    size_t      plain_n;
    bool        dense; /* worth packing well where it is packed: every page begins with it */
} http_reply;

struct http_request {
    arena       *a;
    http_server *server;
    http_method  method;
    bool         head;     /* HEAD, answered as GET without its body */
    str          path;     /* decoded, "/api/v1/leads/7" */
    str          parts[8]; /* what the route's '*' matched, in order */
    size_t       part_count;
    str          body;       /* complete; empty for spooled routes */
    const char  *spool_path; /* route->spool: the body as a temporary file, removed with the request */
    int64_t      spool_size;
    str          request_id; /* sent back as X-Request-Id, logged */
    str          client;     /* address; X-Forwarded-For only where the configuration trusts the proxy */
    bool         secure;     /* TLS, or X-Forwarded-Proto from a trusted proxy */
    http_lane    lane;
    http_reply   reply;
    void        *user;       /* the handler's */
    void        *connection; /* mhd.c's */
};

str  http_header(const http_request *r, const char *name);          /* empty: absent */
bool http_param(const http_request *r, const char *name, str *out); /* query string, decoded; false: absent */
/* Every parameter name, for refusing unknown ones. */
void http_each_param(const http_request *r, void (*each)(void *arg, str name, str value), void *arg);
/* The pairs of a body that is application/x-www-form-urlencoded; ERR_MALFORMED for what is none, or has too many. */
err http_form(const http_request *r, void (*each)(void *arg, str name, str value), void *arg) MUST_USE;
str http_cookie(const http_request *r, const char *name);

void http_reply_header(http_request *r, const char *name, str value); /* value is copied into r->a */
void http_finish(http_request *r);

/* Multipart/form-data of a spooled body: calls back per part with its headers' name, filename, type, and the offset and
 * length of its bytes in the spool file. Bounded: 20 parts. ERR_MALFORMED otherwise. Fuzzed: multipart_scan() works on memory. */
typedef struct {
    str     name, filename, type;
    int64_t offset, size;
} http_part;
err http_multipart(http_request *r, http_part *parts, size_t room, size_t *count) MUST_USE;

/* ---- event streams (server-sent events) ---- */
/* Turns r into a stream: replies 200 text/event-stream and keeps the connection suspended between events. `closed` is
 * called once, when the client left or the server stops. The handler then returns HTTP_LATER without calling http_finish, and
 * looks at r no more unless it runs inline. */
http_stream *http_stream_open(http_request *r, void *arg, void (*closed)(void *arg));
/* From any thread; false when it is gone or its backlog (256 KB) is full (it is closed then). */
bool http_stream_send(http_stream *s, str bytes);
/* No further event: what waits is sent, then the connection ends and `closed` is called. */
void http_stream_end(http_stream *s);
void http_stream_release(http_stream *s); /* the caller's hold, given at open */

/* ---- the server ---- */
typedef struct {
    const char *
        pattern; /* '*' stands for one segment without a slash, a trailing "**" for the rest: "/api/v1/leads/" then '*' */
    uint32_t methods;  /* bits 1 << HTTP_… */
    size_t   max_body; /* 0: no body allowed */
    bool     spool;    /* body goes to a temporary file */
    http_outcome (*handle)(http_request *r, void *arg);
    /* Optional, in the first callback (before the body is read): false refuses with r->reply. */
    bool (*admit)(http_request *r, void *arg);
} http_route;

/* What may want rights that the program gives up before it serves: a bound socket, the certificate and its key.
 * Memory: http_start() takes it over, also when it fails. */
typedef struct {
    int   fd, port;
    char *tls_cert, *tls_key; /* PEM; NULL: plain */
} http_door;
err http_door_open(const char *listen, const char *tls_cert, const char *tls_key, arena *a, http_door *out,
                   str *why) MUST_USE;

typedef struct {
    const char                *listen;             /* "127.0.0.1:8080", "[::1]:0" (0: any free port) */
    const char                *tls_cert, *tls_key; /* PEM files; NULL: plain */
    const http_door           *door;               /* instead of these: opened already */
    const char                *spool_dir;
    const struct address_nets *proxies; /* whose X-Forwarded-For and -Proto are believed; NULL: nobody's */
    int                        threads, slow_threads; /* 0: 2, 2 */
    const http_route          *routes;
    size_t                     route_count; /* first match wins; longest patterns first is the caller's order */
    void                      *arg;
    /* Writes a problem+json body for the server's own refusals (404 of no route, 405, 413, 503 …). NULL: a plain one. */
    void (*problem)(http_request *r, err e, str detail);
    bool serve_static; /* GETs of no route: the embedded files, the front page for the web app's pages */
    bool gzip_json;    /* JSON of 4 KB and more is compressed for clients that ask and are not on this machine */
    int  idle_seconds; /* 0: LIMIT_IDLE_SECONDS; also the time a request's headers may take */
} http_options;

err http_start(const http_options *o, arena *a, http_server **out, str *why) MUST_USE;
int http_port(const http_server *s);
/* false: something still runs after the grace; nothing it may touch was freed, and the caller should end the process
 * without taking anything down. */
bool http_stop(http_server *s, int grace_ms);

typedef struct {
    int64_t requests, by_status[6] /* 1xx…5xx */, bytes_out, open_connections, slow_waiting, slow_running, streams;
    int64_t latency_bucket[16]; /* requests by duration: ≤ 0.25 ms · 2^i */
    double  latency_sum_seconds;
} http_stats;
void http_stats_read(const http_server *s, http_stats *out);
#endif
