#include "http_site.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

void site_reply(http_request *r, int status, const char *text)
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
    site_reply(r, 200, "slow");
    return HTTP_DONE;
}

static void *finish_main(void *arg)
{
    http_request *r = arg;
    str           after;
    int64_t       ms = 0;
    if (http_param(r, "ms", &after) && str_to_int64(after, &ms))
        usleep((useconds_t)ms * 1000);
    site_reply(r, 200, "later");
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
        site_reply(r, 400, "not multipart");
        return HTTP_DONE;
    }
    site_reply(r, 200, "");
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
    site_reply(r, 401, "who?");
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

static const http_route routes[] = {
    { .pattern = "/api/echo/*", .methods = SITE_GET, .handle = on_echo },
    { .pattern = "/api/echo", .methods = SITE_GET | SITE_POST | SITE_DELETE, .max_body = 1 << 20, .handle = on_echo },
    { .pattern = "/api/small", .methods = SITE_POST, .max_body = 100, .handle = on_echo },
    { .pattern = "/api/slow", .methods = SITE_GET, .handle = on_slow },
    { .pattern = "/api/later", .methods = SITE_GET, .handle = on_later },
    { .pattern = "/api/hold", .methods = SITE_GET, .handle = on_hold },
    { .pattern = "/api/events", .methods = SITE_GET, .handle = on_events },
    { .pattern = "/api/upload", .methods = SITE_POST, .max_body = 8 << 20, .spool = true, .handle = on_upload },
    { .pattern = "/api/secret", .methods = SITE_POST, .max_body = 64 << 20, .admit = admit, .handle = on_echo },
    { .pattern = "/api/pull", .methods = SITE_GET, .handle = on_pull },
    { .pattern = "/api/file", .methods = SITE_GET, .handle = on_file },
};

/* ---- a server for a test ---- */

http_options site_options(site *s)
{
    return (http_options){ .listen = "127.0.0.1:0",
                           .spool_dir = s->w.spool_dir,
                           .routes = routes,
                           .route_count = countof(routes),
                           .serve_static = true,
                           .arg = &s->w };
}

site *site_new(void)
{
    site *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->a = arena_new();
    pthread_mutex_init(&s->w.lock, NULL);
    snprintf(s->w.spool_dir, sizeof s->w.spool_dir, "/tmp/zhike-t-http-XXXXXX");
    assert_non_null(mkdtemp(s->w.spool_dir));
    return s;
}

void site_start(site *s, const http_options *o)
{
    str why = { NULL, 0 };
    err e = http_start(o, s->a, &s->server, &why);
    if (e != ERR_OK)
        print_error("%.*s\n", STR_ARG(why));
    assert_int_equal(e, ERR_OK);
}

void site_free(site *s)
{
    assert_int_equal(rmdir(s->w.spool_dir), 0); /* no upload is left behind */
    pthread_mutex_destroy(&s->w.lock);
    arena_free(s->a);
    free(s);
}

int site_set_up(void **state)
{
    site        *s = site_new();
    http_options o = site_options(s);
    site_start(s, &o);
    *state = s;
    return 0;
}

int site_tear_down(void **state)
{
    site *s = *state;
    assert_true(http_stop(s->server, 5000));
    site_free(s);
    return 0;
}

/* ---- a client ---- */

client client_open(const site *s)
{
    client             c = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(s->server)) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(c.fd, (struct sockaddr *)&to, sizeof to), 0);
    (void)setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    return c;
}

void client_close(client *c)
{
    close(c->fd);
    free(c->text);
    *c = (client){ .fd = -1 };
}

void client_send(client *c, const char *text)
{
    for (size_t n = strlen(text); n > 0;) {
        ssize_t sent = send(c->fd, text, n, MSG_NOSIGNAL);
        assert_true(sent > 0);
        text += sent;
        n -= (size_t)sent;
    }
}

/* false: the end, or nothing for a long time (which fails the test). */
bool client_more(client *c)
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

bool client_at_end(client *c)
{
    return c->n == 0 && !client_more(c);
}

/* Until `mark` has come. */
bool client_until(client *c, const char *mark)
{
    while (!c->n || !strstr(c->text, mark))
        if (!client_more(c))
            return false;
    return true;
}

bool head_has(const message *m, const char *line)
{
    return strstr(m->head, line) != NULL;
}

long head_length(const message *m)
{
    const char *at = strcasestr(m->head, "\r\nContent-Length:");
    return at ? strtol(at + 17, NULL, 10) : -1;
}

static void take(client *c, size_t n)
{
    c->n -= n;
    memmove(c->text, c->text + n, c->n + 1);
}

message client_read(client *c, bool has_body)
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

message client_ask(client *c, const char *request)
{
    client_send(c, request);
    return client_read(c, strncmp(request, "HEAD", 4) != 0);
}

/* One request on its own connection. */
message site_ask(const site *s, const char *request)
{
    client  c = client_open(s);
    message m = client_ask(&c, request);
    client_close(&c);
    return m;
}

void site_expect(const site *s, const char *request, int status, const char *body)
{
    message m = site_ask(s, request);
    assert_int_equal(m.status, status);
    if (body)
        assert_string_equal(m.body, body);
    free(m.body);
}

bool wait_for(atomic_int *n, int least)
{
    for (int i = 0; i < WAIT_MS && atomic_load(n) < least; i++)
        usleep(1000);
    return atomic_load(n) >= least;
}
