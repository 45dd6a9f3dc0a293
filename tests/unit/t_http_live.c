/* A live server on loopback, spoken to over raw sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/date.h"
#include "http/http.h"
#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENERS = 200, WAIT_MS = 8000 };

/* What the handlers share with the tests: handed in as the routes' argument. */
typedef struct {
    atomic_int      handled, slow_running, opened, closed, pulls_done;
    atomic_bool     slow_may_end;
    pthread_mutex_t lock;
    http_stream    *streams[LISTENERS];
    http_request   *held;
    char            spool_dir[64];
} world;

static void reply_text(http_request *r, int status, const char *text)
{
    r->reply.status = status;
    r->reply.type = "text/plain";
    buf_putz(&r->reply.body, text);
}

static http_outcome on_echo(http_request *r, void *arg)
{
    world *w = arg;
    atomic_fetch_add(&w->handled, 1);
    r->reply.status = 200;
    r->reply.type = "text/plain";
    buf_printf(&r->reply.body, "%d %.*s", (int)r->method, STR_ARG(r->path));
    for (size_t i = 0; i < r->part_count; i++)
        buf_printf(&r->reply.body, " [%.*s]", STR_ARG(r->parts[i]));
    buf_printf(&r->reply.body, " {%.*s}", STR_ARG(r->body));
    return HTTP_DONE;
}

static http_outcome on_slow(http_request *r, void *arg)
{
    world *w = arg;
    if (r->lane == LANE_INLINE)
        return HTTP_SLOW;
    atomic_fetch_add(&w->slow_running, 1);
    while (!atomic_load(&w->slow_may_end))
        usleep(500);
    atomic_fetch_sub(&w->slow_running, 1);
    reply_text(r, 200, "slow");
    return HTTP_DONE;
}

static void *finish_main(void *arg)
{
    http_request *r = arg;
    str           after;
    int64_t       ms = 0;
    if (http_param(r, "ms", &after) && str_to_int64(after, &ms))
        usleep((useconds_t)ms * 1000);
    reply_text(r, 200, "later");
    http_finish(r);
    return NULL;
}

/* ?ms=0: the other thread is likely done before the handler returns (it is waited for with join=1). */
static http_outcome on_later(http_request *r, void *arg)
{
    pthread_t t;
    str       join;
    bool      wait = http_param(r, "join", &join);
    (void)arg;
    assert_int_equal(pthread_create(&t, NULL, finish_main, r), 0);
    if (wait)
        pthread_join(t, NULL);
    else
        pthread_detach(t);
    return HTTP_LATER;
}

static http_outcome on_hold(http_request *r, void *arg)
{
    world *w = arg;
    pthread_mutex_lock(&w->lock);
    w->held = r;
    pthread_mutex_unlock(&w->lock);
    return HTTP_LATER;
}

static void on_closed(void *arg)
{
    atomic_fetch_add(&((world *)arg)->closed, 1);
}

static http_outcome on_events(http_request *r, void *arg)
{
    world *w = arg;
    str    slow;
    if (http_param(r, "slow", &slow) && r->lane == LANE_INLINE)
        return HTTP_SLOW;
    http_stream *s = http_stream_open(r, w, on_closed);
    pthread_mutex_lock(&w->lock);
    w->streams[atomic_load(&w->opened)] = s;
    atomic_fetch_add(&w->opened, 1);
    pthread_mutex_unlock(&w->lock);
    return HTTP_LATER;
}

static http_outcome on_upload(http_request *r, void *arg)
{
    http_part parts[20];
    size_t    n = 0;
    (void)arg;
    if (http_multipart(r, parts, countof(parts), &n) != ERR_OK) {
        reply_text(r, 400, "not multipart");
        return HTTP_DONE;
    }
    reply_text(r, 200, "");
    for (size_t i = 0; i < n; i++)
        buf_printf(&r->reply.body, "%.*s=%.*s:%lld;", STR_ARG(parts[i].name), STR_ARG(parts[i].filename),
                   (long long)parts[i].size);
    return HTTP_DONE;
}

static bool admit(http_request *r, void *arg)
{
    (void)arg;
    if (http_header(r, "Authorization").n)
        return true;
    reply_text(r, 401, "who?");
    return false;
}

static int64_t pull(void *arg, int64_t offset, char *into, size_t room)
{
    (void)arg;
    size_t n = offset < 100000 ? (size_t)(100000 - offset) : 0;
    n = n < room ? n : room;
    memset(into, 'p', n);
    return (int64_t)n;
}

static void pull_done(void *arg)
{
    atomic_fetch_add(&((world *)arg)->pulls_done, 1);
}

static http_outcome on_pull(http_request *r, void *arg)
{
    str known;
    r->reply.status = 200;
    r->reply.pull = pull;
    r->reply.pull_done = pull_done;
    r->reply.pull_arg = arg;
    r->reply.pull_size = http_param(r, "size", &known) ? 100000 : -1;
    return HTTP_DONE;
}

static http_outcome on_file(http_request *r, void *arg)
{
    FILE *f = tmpfile();
    (void)arg;
    assert_non_null(f);
    fputs("file bytes", f);
    fflush(f);
    r->reply.status = 200;
    r->reply.type = "text/plain";
    r->reply.file = dup(fileno(f));
    r->reply.file_size = 10;
    fclose(f);
    return HTTP_DONE;
}

#define GET    (1u << HTTP_GET)
#define POST   (1u << HTTP_POST)
#define DELETE (1u << HTTP_DELETE)

static const http_route routes[] = {
    { .pattern = "/api/echo/*", .methods = GET, .handle = on_echo },
    { .pattern = "/api/echo", .methods = GET | POST | DELETE, .max_body = 1 << 20, .handle = on_echo },
    { .pattern = "/api/small", .methods = POST, .max_body = 100, .handle = on_echo },
    { .pattern = "/api/slow", .methods = GET, .handle = on_slow },
    { .pattern = "/api/later", .methods = GET, .handle = on_later },
    { .pattern = "/api/hold", .methods = GET, .handle = on_hold },
    { .pattern = "/api/events", .methods = GET, .handle = on_events },
    { .pattern = "/api/upload", .methods = POST, .max_body = 8 << 20, .spool = true, .handle = on_upload },
    { .pattern = "/api/secret", .methods = POST, .max_body = 64 << 20, .admit = admit, .handle = on_echo },
    { .pattern = "/api/pull", .methods = GET, .handle = on_pull },
    { .pattern = "/api/file", .methods = GET, .handle = on_file },
};

/* ---- a server for a test ---- */

typedef struct {
    world        w;
    http_server *server;
    arena       *a;
} site;

static http_options options(site *s)
{
    return (http_options){ .listen = "127.0.0.1:0",
                           .spool_dir = s->w.spool_dir,
                           .routes = routes,
                           .route_count = countof(routes),
                           .serve_static = true,
                           .arg = &s->w };
}

static site *site_new(void)
{
    site *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->a = arena_new();
    pthread_mutex_init(&s->w.lock, NULL);
    snprintf(s->w.spool_dir, sizeof s->w.spool_dir, "/tmp/zhike-t-http-XXXXXX");
    assert_non_null(mkdtemp(s->w.spool_dir));
    return s;
}

static void site_start(site *s, const http_options *o)
{
    str why = { NULL, 0 };
    err e = http_start(o, s->a, &s->server, &why);
    if (e != ERR_OK)
        print_error("%.*s\n", STR_ARG(why));
    assert_int_equal(e, ERR_OK);
}

static void site_free(site *s)
{
    assert_int_equal(rmdir(s->w.spool_dir), 0); /* no upload is left behind */
    pthread_mutex_destroy(&s->w.lock);
    arena_free(s->a);
    free(s);
}

static int set_up(void **state)
{
    site        *s = site_new();
    http_options o = options(s);
    site_start(s, &o);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    site *s = *state;
    assert_true(http_stop(s->server, 5000));
    site_free(s);
    return 0;
}

/* ---- a client ---- */

typedef struct {
    int    fd;
    char  *text; /* what was read and not yet taken */
    size_t n, room;
} client;

static client client_open(const site *s)
{
    client             c = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(s->server)) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(c.fd, (struct sockaddr *)&to, sizeof to), 0);
    (void)setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    return c;
}

static void client_close(client *c)
{
    close(c->fd);
    free(c->text);
    *c = (client){ .fd = -1 };
}

static void client_send(client *c, const char *text)
{
    for (size_t n = strlen(text); n > 0;) {
        ssize_t sent = send(c->fd, text, n, MSG_NOSIGNAL);
        assert_true(sent > 0);
        text += sent;
        n -= (size_t)sent;
    }
}

/* false: the end, or nothing for a long time (which fails the test). */
static bool client_more(client *c)
{
    struct pollfd p = { .fd = c->fd, .events = POLLIN };
    if (c->room - c->n < 4097) {
        c->room = c->room * 2 + 8192;
        c->text = realloc(c->text, c->room);
        assert_non_null(c->text);
    }
    assert_true(poll(&p, 1, WAIT_MS) > 0);
    ssize_t got = recv(c->fd, c->text + c->n, 4096, 0);
    if (got <= 0)
        return false;
    c->n += (size_t)got;
    c->text[c->n] = '\0';
    return true;
}

static bool client_at_end(client *c)
{
    return c->n == 0 && !client_more(c);
}

/* Until `mark` has come. */
static bool client_until(client *c, const char *mark)
{
    while (!c->n || !strstr(c->text, mark))
        if (!client_more(c))
            return false;
    return true;
}

typedef struct {
    int    status;
    char   head[4096];
    char  *body; /* free() */
    size_t n;
} message;

static bool head_has(const message *m, const char *line)
{
    return strstr(m->head, line) != NULL;
}

static long head_length(const message *m)
{
    const char *at = strcasestr(m->head, "\r\nContent-Length:");
    return at ? strtol(at + 17, NULL, 10) : -1;
}

static void take(client *c, size_t n)
{
    c->n -= n;
    memmove(c->text, c->text + n, c->n + 1);
}

static message client_read(client *c, bool has_body)
{
    message m = { .status = 0 };
    assert_true(client_until(c, "\r\n\r\n"));
    size_t head = (size_t)(strstr(c->text, "\r\n\r\n") - c->text) + 4;
    assert_true(head < sizeof m.head);
    memcpy(m.head, c->text, head);
    take(c, head);
    assert_int_equal(sscanf(m.head, "HTTP/1.1 %d", &m.status), 1);
    long length = head_length(&m);
    m.n = has_body && length > 0 ? (size_t)length : 0;
    while (c->n < m.n)
        assert_true(client_more(c));
    m.body = calloc(1, m.n + 1);
    assert_non_null(m.body);
    if (m.n) {
        memcpy(m.body, c->text, m.n);
        take(c, m.n);
    }
    return m;
}

static message ask(client *c, const char *request)
{
    client_send(c, request);
    return client_read(c, strncmp(request, "HEAD", 4) != 0);
}

/* One request on its own connection. */
static message ask_once(const site *s, const char *request)
{
    client  c = client_open(s);
    message m = ask(&c, request);
    client_close(&c);
    return m;
}

static void expect(const site *s, const char *request, int status, const char *body)
{
    message m = ask_once(s, request);
    assert_int_equal(m.status, status);
    if (body)
        assert_string_equal(m.body, body);
    free(m.body);
}

static bool wait_for(atomic_int *n, int least)
{
    for (int i = 0; i < WAIT_MS && atomic_load(n) < least; i++)
        usleep(1000);
    return atomic_load(n) >= least;
}

#define HOST "Host: x\r\n"
#define END  HOST "\r\n"

/* ---- requests ---- */

static void a_get_is_answered_with_the_headers_of_every_reply(void **state)
{
    message m = ask_once(*state, "GET /api/echo/a%20b HTTP/1.1\r\nX-Request-Id: abc-1\r\n" END);
    assert_int_equal(m.status, 200);
    assert_string_equal(m.body, "0 /api/echo/a b [a b] {}");
    assert_true(head_has(&m, "\r\nX-Content-Type-Options: nosniff\r\n"));
    assert_true(head_has(&m, "\r\nContent-Security-Policy: default-src 'self'; script-src 'self'; style-src 'self' "
                             "'unsafe-inline'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'; "
                             "form-action 'self'\r\n"));
    assert_true(head_has(&m, "\r\nReferrer-Policy: same-origin\r\n"));
    assert_true(head_has(&m, "\r\nCross-Origin-Opener-Policy: same-origin\r\n"));
    assert_true(head_has(&m, "\r\nX-Request-Id: abc-1\r\n"));
    assert_true(head_has(&m, "\r\nCache-Control: no-store\r\n"));
    assert_true(head_has(&m, "\r\nDate: "));
    assert_true(head_has(&m, "\r\nContent-Type: text/plain\r\n"));
    free(m.body);
}

static void a_bad_request_id_is_replaced(void **state)
{
    message m = ask_once(*state, "GET /api/echo HTTP/1.1\r\nX-Request-Id: <script>\r\n" END);
    assert_int_equal(m.status, 200);
    assert_true(head_has(&m, "\r\nX-Request-Id: "));
    assert_false(head_has(&m, "script>"));
    free(m.body);
}

static void a_connection_is_kept_and_requests_may_queue_on_it(void **state)
{
    client c = client_open(*state);
    for (int i = 0; i < 3; i++) {
        message m = ask(&c, "GET /api/echo HTTP/1.1\r\n" END);
        assert_string_equal(m.body, "0 /api/echo {}");
        free(m.body);
    }
    client_send(&c, "GET /api/echo/1 HTTP/1.1\r\n" END "POST /api/echo HTTP/1.1\r\nContent-Length: 3\r\n" END
                    "xyzGET /api/later?ms=20 HTTP/1.1\r\n" END "GET /api/echo/2 HTTP/1.1\r\n" END);
    const char *const bodies[] = { "0 /api/echo/1 [1] {}", "2 /api/echo {xyz}", "later", "0 /api/echo/2 [2] {}" };
    for (size_t i = 0; i < countof(bodies); i++) {
        message m = client_read(&c, true);
        assert_string_equal(m.body, bodies[i]);
        free(m.body);
    }
    client_close(&c);
}

static void head_is_a_get_without_the_body(void **state)
{
    client  c = client_open(*state);
    message m = ask(&c, "HEAD /api/echo HTTP/1.1\r\n" END);
    assert_int_equal(m.status, 200);
    assert_int_equal(head_length(&m), 14);
    free(m.body);
    m = ask(&c, "GET /api/echo HTTP/1.1\r\n" END); /* nothing of a body stood in between */
    assert_string_equal(m.body, "0 /api/echo {}");
    free(m.body);
    client_close(&c);
}

static void wrong_methods_and_addresses(void **state)
{
    message m = ask_once(*state, "DELETE /api/slow HTTP/1.1\r\n" END);
    assert_int_equal(m.status, 405);
    assert_true(head_has(&m, "\r\nAllow: GET, HEAD, OPTIONS\r\n"));
    assert_non_null(strstr(m.body, "method_not_allowed"));
    free(m.body);
    m = ask_once(*state, "OPTIONS /api/echo HTTP/1.1\r\n" END);
    assert_int_equal(m.status, 204);
    assert_true(head_has(&m, "\r\nAllow: GET, HEAD, POST, DELETE, OPTIONS\r\n"));
    free(m.body);
    m = ask_once(*state, "BREW /api/echo HTTP/1.1\r\n" END);
    assert_int_equal(m.status, 405);
    free(m.body);
    expect(*state, "GET /api/nothing HTTP/1.1\r\nAccept: text/html\r\n" END, 404, NULL);
    expect(*state, "POST /nothing HTTP/1.1\r\nContent-Length: 2\r\n" END "{}", 404, NULL);
    expect(*state, "GET /api/echo/%zz HTTP/1.1\r\n" END, 400, NULL);
    expect(*state, "GET /api/echo/%00 HTTP/1.1\r\n" END, 400, NULL);
    expect(*state, "GET /api/echo?a=%ff HTTP/1.1\r\n" END, 400, NULL);
}

static void a_refused_small_body_leaves_the_connection_usable(void **state)
{
    client  c = client_open(*state);
    message m = ask(&c, "POST /api/nothing HTTP/1.1\r\nContent-Length: 5\r\n" END "GET /x");
    assert_int_equal(m.status, 404);
    free(m.body);
    client_close(&c);
    c = client_open(*state);
    m = ask(&c, "POST /api/nothing HTTP/1.1\r\nContent-Length: 5\r\n" END "GET /");
    assert_int_equal(m.status, 404);
    free(m.body);
    m = ask(&c, "GET /api/echo HTTP/1.1\r\n" END);
    assert_int_equal(m.status, 200);
    free(m.body);
    client_close(&c);
}

/* ---- bodies ---- */

static void bodies_whole_and_in_pieces(void **state)
{
    client c = client_open(*state);
    client_send(&c, "POST /api/echo HTTP/1.1\r\nContent-Length: 6\r\n" END "ab");
    usleep(20000);
    client_send(&c, "cdef");
    message m = client_read(&c, true);
    assert_string_equal(m.body, "2 /api/echo {abcdef}");
    free(m.body);
    m = ask(&c, "POST /api/echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" END "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    assert_string_equal(m.body, "2 /api/echo {abcde}");
    free(m.body);
    client_close(&c);
}

static void a_body_cut_in_the_middle_runs_nothing(void **state)
{
    site  *s = *state;
    client c = client_open(s);
    client_send(&c, "POST /api/echo HTTP/1.1\r\nContent-Length: 6\r\n" END "abc");
    usleep(50000);
    client_close(&c);
    expect(s, "GET /api/echo HTTP/1.1\r\n" END, 200, NULL);
    usleep(50000);
    assert_int_equal(atomic_load(&s->w.handled), 1); /* the GET alone */
    http_stats stats;
    http_stats_read(s->server, &stats);
    assert_int_equal(stats.requests, 1);
}

static void a_body_that_is_too_large_is_refused_before_it_is_sent(void **state)
{
    client  c = client_open(*state);
    message m = ask(&c, "POST /api/echo HTTP/1.1\r\nContent-Length: 900000000\r\n" END); /* not one byte of it */
    assert_int_equal(m.status, 413);
    free(m.body);
    assert_true(client_at_end(&c));
    client_close(&c);
    expect(*state, "POST /api/small HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 101\r\n" END, 413, NULL);
    expect(*state, "DELETE /api/slow HTTP/1.1\r\nContent-Length: 900000000\r\n" END, 405, NULL);
    expect(*state, "GET /api/slow HTTP/1.1\r\nContent-Length: 2\r\n" END "{}", 413, NULL);
    assert_int_equal(atomic_load(&((site *)*state)->w.handled), 0);
}

static void a_chunked_body_that_grows_too_large_is_refused(void **state)
{
    char text[400];
    snprintf(text, sizeof text,
             "POST /api/small HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" END "96\r\n%0150d\r\n0\r\n\r\n", 7);
    expect(*state, text, 413, NULL);
    assert_int_equal(atomic_load(&((site *)*state)->w.handled), 0);
}

static void admission_is_asked_before_the_body(void **state)
{
    expect(*state, "POST /api/secret HTTP/1.1\r\nContent-Length: 60000000\r\n" END, 401, "who?");
    expect(*state, "POST /api/secret HTTP/1.1\r\nAuthorization: x\r\nContent-Length: 2\r\n" END "ab", 200,
           "2 /api/secret {ab}");
}

static void lengths_that_can_be_read_in_two_ways_are_refused(void **state)
{
    expect(*state, "POST /api/echo HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n" END "0\r\n\r\n",
           400, NULL);
    expect(*state, "POST /api/echo HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n" END "abc", 400, NULL);
    expect(*state, "POST /api/echo HTTP/1.1\r\nTransfer-Encoding: gzip\r\n" END, 400, NULL);
    expect(*state, "POST /api/echo HTTP/1.1\r\nContent-Length: -3\r\n" END, 400, NULL);
    expect(*state, "POST /api/echo HTTP/1.1\r\nContent-Length: 3x\r\n" END, 400, NULL);
    expect(*state, "POST /api/upload HTTP/1.1\r\n" END, 411, NULL);
    assert_int_equal(atomic_load(&((site *)*state)->w.handled), 0);
}

static void too_long_headers_are_refused(void **state)
{
    char *text = malloc(60000);
    assert_non_null(text);
    int n = snprintf(text, 60000, "GET /api/echo HTTP/1.1\r\nX-Long: ");
    memset(text + n, 'x', 50000);
    strcpy(text + n + 50000, "\r\n" END);
    client c = client_open(*state);
    (void)send(c.fd, text, strlen(text), MSG_NOSIGNAL);
    message m = client_read(&c, true);
    assert_int_equal(m.status, 431);
    free(m.body);
    client_close(&c);
    n = snprintf(text, 60000, "GET /api/echo?q=");
    memset(text + n, 'x', 12000);
    strcpy(text + n + 12000, " HTTP/1.1\r\n" END);
    expect(*state, text, 200, NULL);
    free(text);
}

static void an_upload_is_spooled_and_its_parts_are_found(void **state)
{
    static const char parts[] = "--B\r\nContent-Disposition: form-data; name=\"about\"\r\n\r\n7\r\n"
                                "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n"
                                "Content-Type: text/plain\r\n\r\n";
    site             *s = *state;
    size_t            filler = 3000000, n = 0;
    char             *text = malloc(filler + 2000);
    assert_non_null(text);
    n = (size_t)sprintf(text,
                        "POST /api/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=B\r\n"
                        "Content-Length: %zu\r\n" END "%s",
                        sizeof parts - 1 + filler + 9, parts);
    memset(text + n, 'z', filler);
    strcpy(text + n + filler, "\r\n--B--\r\n");
    expect(s, text, 200, "about=:1;file=a.txt:3000000;");
    free(text);
    expect(s,
           "POST /api/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 2\r\n" END
           "{}",
           400, "not multipart");
}

/* ---- replies ---- */

static void replies_made_in_pieces(void **state)
{
    site   *s = *state;
    client  c = client_open(s);
    message m = ask(&c, "GET /api/pull?size=1 HTTP/1.1\r\n" END);
    assert_int_equal(m.n, 100000);
    free(m.body);
    client_send(&c, "GET /api/pull HTTP/1.1\r\n" END);
    m = client_read(&c, false);
    assert_true(head_has(&m, "Transfer-Encoding: chunked"));
    free(m.body);
    assert_true(client_until(&c, "\r\n0\r\n\r\n"));
    client_close(&c);
    assert_true(wait_for(&s->w.pulls_done, 2));
    expect(s, "GET /api/file HTTP/1.1\r\n" END, 200, "file bytes");
}

static void the_web_app_is_served(void **state)
{
    message m = ask_once(*state, "GET / HTTP/1.1\r\n" END);
    assert_int_equal(m.status, 200);
    assert_true(head_has(&m, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
    assert_true(head_has(&m, "\r\nCache-Control: no-cache\r\n"));
    char        request[300];
    const char *tag = strstr(m.head, "\r\nETag: ");
    assert_non_null(tag);
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\nIf-None-Match: %.*s\r\n" END, (int)strcspn(tag + 8, "\r"),
             tag + 8);
    free(m.body);
    m = ask_once(*state, request);
    assert_int_equal(m.status, 304);
    assert_false(head_has(&m, "Content-Type:"));
    free(m.body);
    expect(*state, "GET /leads/7 HTTP/1.1\r\nAccept: text/html,*/*;q=0.8\r\n" END, 200, NULL);
    expect(*state, "GET /leads/7 HTTP/1.1\r\nAccept: */*\r\n" END, 404, NULL);
    expect(*state, "GET /assets/gone.js HTTP/1.1\r\nAccept: text/html\r\n" END, 404, NULL);
    expect(*state, "HEAD /index.html HTTP/1.1\r\n" END, 200, NULL);
}

/* ---- lanes ---- */

static void slow_requests_hold_up_no_quick_one(void **state)
{
    site  *s = *state;
    client slow[6];
    for (size_t i = 0; i < countof(slow); i++) {
        slow[i] = client_open(s);
        client_send(&slow[i], "GET /api/slow HTTP/1.1\r\n" END);
    }
    assert_true(wait_for(&s->w.slow_running, 2));
    for (int i = 0; i < 50; i++)
        expect(s, "GET /api/echo HTTP/1.1\r\n" END, 200, "0 /api/echo {}");
    http_stats stats;
    http_stats_read(s->server, &stats);
    assert_int_equal(stats.slow_running, 2);
    assert_int_equal(stats.slow_waiting, 4);
    atomic_store(&s->w.slow_may_end, true);
    for (size_t i = 0; i < countof(slow); i++) {
        message m = client_read(&slow[i], true);
        assert_string_equal(m.body, "slow");
        free(m.body);
        client_close(&slow[i]);
    }
}

static void a_full_slow_lane_says_when_to_come_back(void **state)
{
    site  *s = *state;
    client c[80];
    int    busy = 0, done = 0;
    for (size_t i = 0; i < countof(c); i++) {
        c[i] = client_open(s);
        client_send(&c[i], "GET /api/slow HTTP/1.1\r\n" END);
        if (i == 1) /* both threads are at work: now the queue fills */
            assert_true(wait_for(&s->w.slow_running, 2));
    }
    http_stats stats = { .slow_waiting = 0 };
    for (int i = 0; i < WAIT_MS && stats.requests < 80 - 64 - 2; i++) {
        usleep(1000);
        http_stats_read(s->server, &stats);
    }
    atomic_store(&s->w.slow_may_end, true);
    for (size_t i = 0; i < countof(c); i++) {
        message m = client_read(&c[i], true);
        if (m.status == 503) {
            assert_true(head_has(&m, "\r\nRetry-After: "));
            busy++;
        } else {
            assert_int_equal(m.status, 200);
            done++;
        }
        free(m.body);
        client_close(&c[i]);
    }
    assert_int_equal(busy, 80 - 64 - 2);
    assert_int_equal(done, 64 + 2);
}

static void a_call_may_be_finished_at_any_time(void **state)
{
    client c = client_open(*state);
    for (int i = 0; i < 100; i++) {
        message m = ask(&c, i % 3 == 0   ? "GET /api/later?join=1 HTTP/1.1\r\n" END
                            : i % 3 == 1 ? "GET /api/later HTTP/1.1\r\n" END
                                         : "GET /api/later?ms=3 HTTP/1.1\r\n" END);
        assert_int_equal(m.status, 200);
        assert_string_equal(m.body, "later");
        free(m.body);
    }
    client_close(&c);
}

static http_request *held(site *s)
{
    for (int i = 0; i < WAIT_MS; i++) {
        pthread_mutex_lock(&s->w.lock);
        http_request *r = s->w.held;
        pthread_mutex_unlock(&s->w.lock);
        if (r)
            return r;
        usleep(1000);
    }
    return NULL;
}

static void a_client_may_leave_while_its_call_runs(void **state)
{
    site  *s = *state;
    client c = client_open(s);
    client_send(&c, "GET /api/hold HTTP/1.1\r\nX-Note: still here\r\n" END);
    http_request *r = held(s);
    assert_non_null(r);
    client_close(&c);
    usleep(100000);
    assert_true(str_eq(http_header(r, "X-Note"), STR("still here"))); /* it runs to its end */
    reply_text(r, 200, "too late");
    http_finish(r);
    expect(s, "GET /api/echo HTTP/1.1\r\n" END, 200, NULL);
}

/* ---- streams ---- */

static int stats_streams(const site *s)
{
    http_stats stats;
    http_stats_read(s->server, &stats);
    return (int)stats.streams;
}

static void listen_all(site *s, client *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        c[i] = client_open(s);
        client_send(&c[i], i % 10 ? "GET /api/events HTTP/1.1\r\n" END : "GET /api/events?slow=1 HTTP/1.1\r\n" END);
    }
    for (size_t i = 0; i < n; i++) {
        message m = client_read(&c[i], false);
        assert_int_equal(m.status, 200);
        assert_true(head_has(&m, "\r\nContent-Type: text/event-stream\r\n"));
        free(m.body);
    }
    assert_true(wait_for(&s->w.opened, (int)n));
}

static void many_listeners_hear_every_event(void **state)
{
    static client c[LISTENERS];
    site         *s = *state;
    listen_all(s, c, LISTENERS);
    assert_int_equal(stats_streams(s), LISTENERS);
    for (int event = 0; event < 5; event++)
        for (size_t i = 0; i < LISTENERS; i++) {
            char text[40];
            snprintf(text, sizeof text, "data: event %d\n\n", event);
            assert_true(http_stream_send(s->w.streams[i], str_from(text)));
        }
    for (size_t i = 0; i < LISTENERS; i++)
        assert_true(client_until(&c[i], "data: event 4\n\n"));
    /* The first half leaves: noticed without an event. */
    for (size_t i = 0; i < LISTENERS / 2; i++)
        client_close(&c[i]);
    assert_true(wait_for(&s->w.closed, LISTENERS / 2));
    assert_int_equal(stats_streams(s), LISTENERS / 2);
    /* The rest is ended by the stop, cleanly. */
    assert_true(http_stop(s->server, 1000));
    assert_int_equal(atomic_load(&s->w.closed), LISTENERS);
    for (size_t i = 0; i < LISTENERS; i++)
        assert_false(http_stream_send(s->w.streams[i], STR("x")));
    for (size_t i = LISTENERS / 2; i < LISTENERS; i++) {
        assert_true(client_until(&c[i], "\r\n0\r\n\r\n"));
        client_close(&c[i]);
    }
    for (size_t i = 0; i < LISTENERS; i++)
        http_stream_release(s->w.streams[i]);
    http_options o = options(s);
    site_start(s, &o);
}

static void a_listener_that_does_not_read_is_dropped(void **state)
{
    site  *s = *state;
    client c;
    char   block[4096];
    int    sent = 0;
    listen_all(s, &c, 1);
    memset(block, 'e', sizeof block);
    while (sent < 100000 && http_stream_send(s->w.streams[0], (str){ block, sizeof block }))
        sent++;
    assert_true(sent >= 60 && sent < 100000);
    assert_true(wait_for(&s->w.closed, 1));
    http_stream_release(s->w.streams[0]);
    client_close(&c);
}

static void *send_main(void *arg)
{
    http_stream *s = arg;
    for (int i = 0; i < 2000; i++)
        if (!http_stream_send(s, STR("data: x\n\n")))
            break;
    return NULL;
}

static void senders_and_a_leaving_client_do_not_collide(void **state)
{
    site *s = *state;
    for (int round = 0; round < 10; round++) {
        client    c;
        pthread_t t[3];
        atomic_store(&s->w.opened, 0);
        listen_all(s, &c, 1);
        for (int i = 0; i < 3; i++)
            assert_int_equal(pthread_create(&t[i], NULL, send_main, s->w.streams[0]), 0);
        assert_true(client_until(&c, "data: x\n\n"));
        client_close(&c);
        for (int i = 0; i < 3; i++)
            pthread_join(t[i], NULL);
        http_stream_release(s->w.streams[0]);
    }
    assert_true(wait_for(&s->w.closed, 10));
}

/* ---- starting and stopping ---- */

typedef struct {
    http_server *server;
    int          grace_ms;
    atomic_bool  stopped, whole;
} stopping;

static void *stop_main(void *arg)
{
    stopping *s = arg;
    atomic_store(&s->whole, http_stop(s->server, s->grace_ms));
    atomic_store(&s->stopped, true);
    return NULL;
}

static void a_stop_waits_for_what_runs(void **state)
{
    site *s = site_new();
    (void)state;
    http_options o = options(s);
    site_start(s, &o);
    client slow = client_open(s), later = client_open(s);
    client_send(&slow, "GET /api/slow HTTP/1.1\r\n" END);
    client_send(&later, "GET /api/hold HTTP/1.1\r\n" END);
    http_request *r = held(s);
    assert_non_null(r);
    assert_true(wait_for(&s->w.slow_running, 1));
    stopping  stop = { .server = s->server, .grace_ms = WAIT_MS };
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, stop_main, &stop), 0);
    usleep(100000);
    assert_false(atomic_load(&stop.stopped));
    int                fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(s->server)) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_not_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0); /* nobody new */
    close(fd);
    reply_text(r, 200, "held");
    http_finish(r);
    atomic_store(&s->w.slow_may_end, true);
    message a = client_read(&slow, true), b = client_read(&later, true);
    assert_string_equal(a.body, "slow");
    assert_string_equal(b.body, "held");
    assert_true(head_has(&b, "\r\nConnection: close\r\n"));
    free(a.body);
    free(b.body);
    pthread_join(t, NULL);
    assert_true(atomic_load(&stop.whole));
    client_close(&slow);
    client_close(&later);
    site_free(s);
}

static void a_stop_does_not_wait_for_ever(void **state)
{
    site *s = site_new();
    (void)state;
    http_options o = options(s);
    site_start(s, &o);
    client c = client_open(s);
    client_send(&c, "GET /api/hold HTTP/1.1\r\n" END);
    http_request *r = held(s);
    assert_non_null(r);
    assert_false(http_stop(s->server, 50)); /* and no abort */
    reply_text(r, 200, "at last");          /* what still ran touches nothing that is gone */
    http_finish(r);
    message m = client_read(&c, true);
    assert_string_equal(m.body, "at last");
    free(m.body);
    client_close(&c);
    assert_true(http_stop(s->server, 1000));
    site_free(s);
}

static void a_slow_lane_that_waits_at_a_stop_is_told(void **state)
{
    site *s = site_new();
    (void)state;
    http_options o = options(s);
    o.slow_threads = 1;
    site_start(s, &o);
    client a = client_open(s), b = client_open(s);
    client_send(&a, "GET /api/slow HTTP/1.1\r\n" END);
    assert_true(wait_for(&s->w.slow_running, 1));
    client_send(&b, "GET /api/slow HTTP/1.1\r\n" END);
    usleep(50000);
    stopping  stop = { .server = s->server, .grace_ms = 100 };
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, stop_main, &stop), 0);
    message m = client_read(&b, true);
    assert_int_equal(m.status, 503);
    free(m.body);
    atomic_store(&s->w.slow_may_end, true);
    m = client_read(&a, true);
    assert_int_equal(m.status, 200);
    free(m.body);
    pthread_join(t, NULL);
    assert_true(atomic_load(&stop.whole));
    client_close(&a);
    client_close(&b);
    site_free(s);
}

typedef struct {
    struct sockaddr_in to;
    atomic_int         answers;
    atomic_bool        over;
} crowd;

static void *crowd_main(void *arg)
{
    static const char request[] = "GET /api/echo HTTP/1.1\r\n" END "GET /api/later HTTP/1.1\r\n" END;
    crowd            *w = arg;
    char              text[4096];
    while (!atomic_load(&w->over)) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&w->to, sizeof w->to) == 0 &&
            send(fd, request, sizeof request - 1, MSG_NOSIGNAL) > 0 && recv(fd, text, sizeof text, 0) > 0)
            atomic_fetch_add(&w->answers, 1);
        close(fd);
    }
    return NULL;
}

static void a_stop_under_load_is_clean(void **state)
{
    (void)state;
    for (int round = 0; round < 8; round++) {
        site        *s = site_new();
        http_options o = options(s);
        site_start(s, &o);
        pthread_t t[4];
        crowd     w = { .to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(s->server)) } };
        w.to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        for (size_t i = 0; i < countof(t); i++)
            assert_int_equal(pthread_create(&t[i], NULL, crowd_main, &w), 0);
        assert_true(wait_for(&w.answers, 50));
        assert_true(http_stop(s->server, WAIT_MS));
        atomic_store(&w.over, true);
        for (size_t i = 0; i < countof(t); i++)
            pthread_join(t[i], NULL);
        site_free(s);
    }
}

static void a_client_that_dawdles_is_cut(void **state)
{
    site *s = site_new();
    (void)state;
    http_options o = options(s);
    o.idle_seconds = 1;
    site_start(s, &o);
    client  c = client_open(s);
    int64_t began = clock_monotonic_ns();
    bool    cut = false;
    for (int i = 0; i < 60 && !cut; i++) {
        cut = send(c.fd, i ? "x" : "GET /api/echo HTTP/1.1\r\nX-Y: x", i ? 1 : 31, MSG_NOSIGNAL) <= 0;
        usleep(100000);
    }
    assert_true(cut);
    assert_true(clock_monotonic_ns() - began < INT64_C(5000000000));
    client_close(&c);
    assert_true(http_stop(s->server, 1000));
    site_free(s);
}

static void a_taken_port_is_explained(void **state)
{
    site        *s = *state;
    char         listen[40];
    http_server *second = NULL;
    str          why = { NULL, 0 };
    http_options o = options(s);
    snprintf(listen, sizeof listen, "127.0.0.1:%d", http_port(s->server));
    o.listen = listen;
    assert_int_equal(http_start(&o, s->a, &second, &why), ERR_UNAVAILABLE);
    assert_true(str_find(why, STR("is taken by another program")) > 0);
    o.listen = "here";
    assert_int_equal(http_start(&o, s->a, &second, &why), ERR_INVALID);
    assert_true(str_find(why, STR("ADDRESS:PORT")) > 0);
    o.listen = "127.0.0.1:70000";
    assert_int_equal(http_start(&o, s->a, &second, &why), ERR_INVALID);
    assert_null(second);
}

/* ---- options ---- */

static http_outcome on_who(http_request *r, void *arg)
{
    (void)arg;
    r->reply.status = 200;
    buf_printf(&r->reply.body, "%.*s %s", STR_ARG(r->client), r->secure ? "secure" : "plain");
    return HTTP_DONE;
}

static void a_proxy_is_believed_only_when_trusted(void **state)
{
    static const http_route who[] = { { .pattern = "/who", .methods = GET, .handle = on_who } };
    static const char       request[] =
        "GET /who HTTP/1.1\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2\r\n"
        "X-Forwarded-Proto: https\r\n" END;
    (void)state;
    for (int trusted = 0; trusted < 2; trusted++) {
        site        *s = site_new();
        http_options o = options(s);
        o.routes = who;
        o.route_count = 1;
        o.trust_proxy = trusted;
        site_start(s, &o);
        expect(s, request, 200, trusted ? "2.2.2.2 secure" : "127.0.0.1 plain");
        assert_true(http_stop(s->server, 1000));
        site_free(s);
    }
}

/* Makes a key and a certificate for localhost; false where there is no openssl. */
static bool certificate(const site *s, char *cert, char *key, size_t room)
{
    char command[600];
    snprintf(cert, room, "%s/cert.pem", s->w.spool_dir);
    snprintf(key, room, "%s/key.pem", s->w.spool_dir);
    snprintf(command, sizeof command,
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
             "-addext subjectAltName=DNS:localhost -keyout %s -out %s >/dev/null 2>&1",
             key, cert);
    return system(command) == 0;
}

static ssize_t tls_read_all(gnutls_session_t tls, char *into, size_t room, const char *mark)
{
    size_t n = 0;
    into[0] = '\0';
    while (!strstr(into, mark) && n + 1 < room) {
        ssize_t got = gnutls_record_recv(tls, into + n, room - 1 - n);
        if (got == GNUTLS_E_INTERRUPTED || got == GNUTLS_E_AGAIN)
            continue;
        if (got <= 0)
            return -1;
        n += (size_t)got;
        into[n] = '\0';
    }
    return (ssize_t)n;
}

static gnutls_session_t tls_open(const client *c, gnutls_certificate_credentials_t trust)
{
    gnutls_session_t tls;
    assert_int_equal(gnutls_init(&tls, GNUTLS_CLIENT), 0);
    gnutls_set_default_priority(tls);
    gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, trust);
    gnutls_server_name_set(tls, GNUTLS_NAME_DNS, "localhost", 9);
    gnutls_session_set_verify_cert(tls, "localhost", 0);
    gnutls_transport_set_int(tls, c->fd);
    gnutls_handshake_set_timeout(tls, WAIT_MS);
    int done;
    while ((done = gnutls_handshake(tls)) < 0 && !gnutls_error_is_fatal(done))
        ;
    if (done < 0)
        fail_msg("handshake: %s", gnutls_strerror(done));
    return tls;
}

static void tls_ask(gnutls_session_t tls, const char *request, const char *expected)
{
    char text[8192];
    assert_int_equal(gnutls_record_send(tls, request, strlen(request)), strlen(request));
    assert_true(tls_read_all(tls, text, sizeof text, expected) > 0);
}

static void tls_is_spoken_with_a_certificate(void **state)
{
    char  cert[120], key[120];
    site *s = site_new();
    (void)state;
    if (!certificate(s, cert, key, sizeof cert)) {
        unlink(cert);
        unlink(key);
        site_free(s);
        print_message("no openssl to make a certificate with\n");
        skip();
    }
    gnutls_certificate_credentials_t trust;
    assert_int_equal(gnutls_certificate_allocate_credentials(&trust), 0);
    assert_int_equal(gnutls_certificate_set_x509_trust_file(trust, cert, GNUTLS_X509_FMT_PEM), 1);
    http_options o = options(s);
    o.tls_cert = cert;
    o.tls_key = key;
    site_start(s, &o);
    client           c = client_open(s);
    gnutls_session_t tls = tls_open(&c, trust);
    tls_ask(tls, "GET /api/echo/tls HTTP/1.1\r\n" END, "0 /api/echo/tls [tls] {}");
    tls_ask(tls, "GET /api/later?ms=20 HTTP/1.1\r\n" END, "later"); /* sleeping and waking */
    tls_ask(tls, "GET /api/file HTTP/1.1\r\n" END, "file bytes");
    tls_ask(tls, "GET /api/events HTTP/1.1\r\n" END, "\r\n\r\n");
    assert_true(wait_for(&s->w.opened, 1));
    assert_true(http_stream_send(s->w.streams[0], STR("data: over tls\n\n")));
    char text[1000];
    assert_true(tls_read_all(tls, text, sizeof text, "data: over tls") > 0);
    gnutls_deinit(tls);
    client_close(&c);
    assert_true(wait_for(&s->w.closed, 1)); /* also noticed through TLS */
    http_stream_release(s->w.streams[0]);
    c = client_open(s);
    client_send(&c, "GET /api/echo HTTP/1.1\r\n" END); /* plain words to a TLS port */
    assert_false(client_until(&c, "HTTP/1.1 200"));
    client_close(&c);
    assert_true(http_stop(s->server, 1000));
    /* What is no certificate is explained. */
    str why;
    o.tls_key = cert;
    assert_int_equal(http_start(&o, s->a, &s->server, &why), ERR_INVALID);
    assert_true(str_find(why, STR("PEM")) > 0);
    o.tls_key = "/nowhere/key.pem";
    assert_int_equal(http_start(&o, s->a, &s->server, &why), ERR_INVALID);
    assert_true(str_find(why, STR("cannot read /nowhere/key.pem")) > 0);
    gnutls_certificate_free_credentials(trust);
    unlink(cert);
    unlink(key);
    site_free(s);
}

static void six_is_spoken_too(void **state)
{
    site *s = site_new();
    (void)state;
    http_options o = options(s);
    o.listen = "[::1]:0";
    str why;
    if (http_start(&o, s->a, &s->server, &why) != ERR_OK) {
        print_message("no IPv6 here: %.*s\n", STR_ARG(why));
        site_free(s);
        skip();
    }
    int                 fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)http_port(s->server)) };
    to.sin6_addr = in6addr_loopback;
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    client  c = { .fd = fd };
    message m = ask(&c, "GET /api/echo HTTP/1.1\r\n" END);
    assert_int_equal(m.status, 200);
    free(m.body);
    client_close(&c);
    assert_true(http_stop(s->server, 1000));
    site_free(s);
}

#define LIVE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(a_get_is_answered_with_the_headers_of_every_reply),
        LIVE(a_bad_request_id_is_replaced),
        LIVE(a_connection_is_kept_and_requests_may_queue_on_it),
        LIVE(head_is_a_get_without_the_body),
        LIVE(wrong_methods_and_addresses),
        LIVE(a_refused_small_body_leaves_the_connection_usable),
        LIVE(bodies_whole_and_in_pieces),
        LIVE(a_body_cut_in_the_middle_runs_nothing),
        LIVE(a_body_that_is_too_large_is_refused_before_it_is_sent),
        LIVE(a_chunked_body_that_grows_too_large_is_refused),
        LIVE(admission_is_asked_before_the_body),
        LIVE(lengths_that_can_be_read_in_two_ways_are_refused),
        LIVE(too_long_headers_are_refused),
        LIVE(an_upload_is_spooled_and_its_parts_are_found),
        LIVE(replies_made_in_pieces),
        LIVE(the_web_app_is_served),
        LIVE(slow_requests_hold_up_no_quick_one),
        LIVE(a_full_slow_lane_says_when_to_come_back),
        LIVE(a_call_may_be_finished_at_any_time),
        LIVE(a_client_may_leave_while_its_call_runs),
        LIVE(many_listeners_hear_every_event),
        LIVE(a_listener_that_does_not_read_is_dropped),
        LIVE(senders_and_a_leaving_client_do_not_collide),
        cmocka_unit_test(a_stop_waits_for_what_runs),
        cmocka_unit_test(a_stop_does_not_wait_for_ever),
        cmocka_unit_test(a_slow_lane_that_waits_at_a_stop_is_told),
        cmocka_unit_test(a_stop_under_load_is_clean),
        cmocka_unit_test(a_client_that_dawdles_is_cut),
        LIVE(a_taken_port_is_explained),
        cmocka_unit_test(a_proxy_is_believed_only_when_trusted),
        cmocka_unit_test(tls_is_spoken_with_a_certificate),
        cmocka_unit_test(six_is_spoken_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
