/* One request from its headers to its reply, without the transport. */
#include "base/date.h"
#include "base/limits.h"
#include "base/log.h"
#include "http/inside.h"

#include "base/address.h"
#include <fcntl.h>
#include <unistd.h>

enum {
    REPLY_CEILING = 256 << 20,
    KEEP_ROOM = 64 << 10, /* a bigger buffer is given back */
    KEEP_ARENA = 64 << 10,
    KEEP_CALLS = 256,
    SLACK = 1 << 20, /* what a refused chunked upload may still send */
    BYTES_A_MS = 16, /* an upload slower than 16 KB/s in all is cut */
};

/* ---- the free list ---- */

static call *call_new(http_server *v)
{
    call *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->r.a = arena_new();
    k->r.server = v;
    buf_init(&k->r.reply.body, REPLY_CEILING);
    return k;
}

call *call_take(http_server *v, str raw, conn *c)
{
    pthread_mutex_lock(&v->lock);
    call *k = v->free_calls;
    if (k) {
        v->free_calls = k->next;
        v->free_count--;
    }
    pthread_mutex_unlock(&v->lock);
    if (!k)
        k = call_new(v);
    if (!k)
        return NULL;
    k->conn = c;
    k->raw = arena_str(k->r.a, raw);
    k->spool_fd = -1;
    k->r.reply.file = -1;
    k->started_ns = clock_monotonic_ns();
    return k;
}

static void call_free(call *k)
{
    arena_free(k->r.a);
    buf_free(&k->r.reply.body);
    buf_free(&k->body);
    free(k);
}

/* Everything of a call but its arena, its buffers and its server starts over. */
static void call_blank(call *k)
{
    arena       *a = k->r.a;
    buf          body = k->body, reply = k->r.reply.body;
    http_server *v = k->r.server;
    arena_clear(a);
    if (body.room > KEEP_ROOM)
        buf_free(&body);
    if (reply.room > KEEP_ROOM)
        buf_free(&reply);
    buf_clear(&body);
    buf_clear(&reply);
    *k = (call){ .r = { .a = a, .server = v, .reply = { .body = reply } }, .body = body };
}

static void spool_drop(call *k)
{
    if (k->spool_fd >= 0)
        close(k->spool_fd);
    if (k->r.spool_path)
        unlink(k->r.spool_path);
}

void call_release(http_server *v, call *k)
{
    reply_clear(&k->r.reply);
    spool_drop(k);
    call_blank(k);
    pthread_mutex_lock(&v->lock);
    bool keep = v->free_count < KEEP_CALLS;
    if (keep) {
        k->next = v->free_calls;
        v->free_calls = k;
        v->free_count++;
    }
    pthread_mutex_unlock(&v->lock);
    if (!keep)
        call_free(k);
}

void calls_free(http_server *v)
{
    for (call *k; (k = v->free_calls);) {
        v->free_calls = k->next;
        call_free(k);
    }
}

/* ---- the headers ---- */

typedef struct {
    str  length, coding, request_id, forwarded_for, forwarded_proto;
    int  lengths;
    bool expects;
} noted;

static void note(void *arg, str name, str value)
{
    noted *n = arg;
    if (str_eq_nocase(name, STR("Content-Length"))) {
        n->length = value;
        n->lengths++;
    } else if (str_eq_nocase(name, STR("Transfer-Encoding"))) {
        n->coding = n->coding.n ? STR("several") : value;
    } else if (str_eq_nocase(name, STR("X-Request-Id"))) {
        n->request_id = value;
    } else if (str_eq_nocase(name, STR("X-Forwarded-For"))) {
        n->forwarded_for = value; /* the last line is the nearest proxy's */
    } else if (str_eq_nocase(name, STR("X-Forwarded-Proto"))) {
        n->forwarded_proto = value;
    } else if (str_eq_nocase(name, STR("Expect"))) {
        n->expects = true;
    }
}

static void name_call(call *k, str given)
{
    static const char digits[] = "0123456789abcdef";
    if (request_id_accept(given)) {
        memcpy(k->id, given.p, (size_t)given.n);
        k->r.request_id = (str){ k->id, given.n };
        return;
    }
    uint64_t number = (uint64_t)atomic_fetch_add_explicit(&k->r.server->ids, 1, memory_order_relaxed);
    memcpy(k->id, k->r.server->id_prefix, 8);
    k->id[8] = '-';
    for (int i = 0; i < 10; i++)
        k->id[18 - i] = digits[number >> 4 * i & 15];
    k->r.request_id = (str){ k->id, 19 };
}

static void name_client(call *k, const noted *n)
{
    const http_options *o = &k->r.server->o;
    bool                proxy = address_nets_hold(o->proxies, str_from(k->conn->client));
    str                 address = proxy ? forwarded_address(n->forwarded_for) : (str){ NULL, 0 };
    k->near = address.n == 0 && k->conn->loopback;
    if (address.n == 0)
        address = str_from(k->conn->client);
    memcpy(k->client, address.p, (size_t)address.n);
    k->r.client = (str){ k->client, address.n };
    k->r.secure = o->tls_cert || (proxy && str_eq_nocase(n->forwarded_proto, STR("https")));
}

static bool refuse(call *k, err e, const char *detail)
{
    reply_refuse(&k->r, e, detail);
    k->answered = true;
    return false;
}

static bool refuse_status(call *k, int status, const char *code, const char *detail)
{
    reply_refuse_status(&k->r, status, code, detail);
    k->answered = true;
    return false;
}

/* Two readings of where the body ends are how requests are smuggled past a proxy: only one is taken. */
static bool read_length(call *k, const noted *n)
{
    int64_t length = 0;
    k->expected = -1; /* where the body of a bad one ends is not known: it is refused without reading on */
    k->expects_continue = n->expects;
    if (n->coding.n && (n->lengths || !str_eq_nocase(n->coding, STR("chunked")))) {
        return refuse(k, ERR_MALFORMED, "Only one Content-Length or Transfer-Encoding: chunked is understood.");
    }
    if (n->lengths > 1 || (n->lengths && (!str_to_int64(n->length, &length) || length < 0))) {
        return refuse(k, ERR_MALFORMED, "The Content-Length is not a length.");
    }
    k->expected = n->coding.n ? -1 : length;
    return true;
}

static unsigned method_number(const char *name)
{
    static const char *const names[HTTP_METHOD_COUNT] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };
    unsigned                 i = 0;
    while (i < HTTP_METHOD_COUNT && strcmp(names[i], name) != 0)
        i++;
    return i;
}

static bool no_route(call *k, unsigned method, unsigned allowed)
{
    http_request *r = &k->r;
    if (allowed == 0) {
        bool reads = method == HTTP_GET || method == HTTP_HEAD;
        if (!r->server->o.serve_static || !reads || !static_answer(r, static_files, static_file_count))
            return refuse(k, ERR_NOT_FOUND, "There is nothing at this address.");
        k->answered = true;
        return false;
    }
    if (method == HTTP_OPTIONS) {
        reply_clear(&r->reply);
        r->reply.status = 204;
        k->answered = true;
    } else {
        (void)refuse(k, ERR_METHOD, "This address does not take this method; see Allow.");
    }
    http_reply_header(r, "Allow", methods_text(r->a, allowed));
    return false;
}

static bool find_route(call *k, unsigned method)
{
    http_request *r = &k->r;
    unsigned      allowed;
    r->path = k->at.path;
    k->route = router_find(r->server->router, &k->at, method, r->parts, &r->part_count, &allowed);
    if (!k->route)
        return no_route(k, method, allowed);
    bool as_get = method == HTTP_HEAD && !(k->route->methods & 1u << HTTP_HEAD);
    r->method = as_get ? HTTP_GET : (http_method)method;
    r->head = method == HTTP_HEAD;
    return true;
}

static bool open_spool(call *k)
{
    http_request *r = &k->r;
    char         *path = arena_cstr(r->a, arena_printf(r->a, "%s/body-XXXXXX", r->server->o.spool_dir));
    k->spool_fd = mkostemp(path, O_CLOEXEC);
    if (k->spool_fd < 0) {
        log_event(LOG_ERROR, "cannot write an upload", "dir", r->server->o.spool_dir, NULL);
        return refuse(k, ERR_UNAVAILABLE, "Uploads cannot be taken at the moment.");
    }
    r->spool_path = path;
    return true;
}

static bool prepare_body(call *k)
{
    const http_route *route = k->route;
    if (k->expected > (int64_t)route->max_body || (k->expected != 0 && route->max_body == 0))
        return refuse(k, ERR_TOO_LARGE,
                      route->max_body ? "The body is larger than this address takes." : "This address takes no body.");
    if (route->spool && k->expected == 0 && k->r.method != HTTP_GET)
        return refuse_status(k, 411, "length_required",
                             "An upload needs a Content-Length or Transfer-Encoding: chunked.");
    if (route->admit && !route->admit(&k->r, k->r.server->o.arg)) {
        k->answered = true;
        return false;
    }
    k->body.ceiling = route->max_body;
    return !route->spool || k->expected == 0 || open_spool(k);
}

void call_begin(call *k, const char *method)
{
    http_request *r = &k->r;
    http_server  *v = r->server;
    noted         n = { .lengths = 0 };
    k->seen = true;
    atomic_fetch_add(&v->running, 1);
    transport_each_header(r, note, &n);
    name_call(k, n.request_id);
    name_client(k, &n);
    unsigned number = method_number(method);
    r->method = number < HTTP_METHOD_COUNT ? (http_method)number : HTTP_GET;
    if (!read_length(k, &n))
        return;
    if (target_parse(r->a, k->raw, &k->at) != ERR_OK ||
        params_parse(r->a, k->at.query, &k->params, &k->param_count) != ERR_OK)
        (void)refuse(k, ERR_MALFORMED,
                     "The address is not well-formed: bad percent-encoding, not UTF-8, or too many parts.");
    else if (atomic_load(&v->stopping)) {
        k->close = true;
        (void)refuse(k, ERR_UNAVAILABLE, "The server is stopping.");
    } else if (find_route(k, number))
        (void)prepare_body(k);
    int64_t most = k->expected >= 0 ? k->expected : k->route ? (int64_t)k->route->max_body : 0;
    conn_deadline(k->conn, k->expected ? v->idle_ms + most / BYTES_A_MS : 0);
}

/* ---- the body ---- */

static bool spool_write(call *k, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t wrote = write(k->spool_fd, p, n);
        if (wrote <= 0)
            return refuse(k, ERR_UNAVAILABLE, "There is no room for the upload.");
        p += wrote;
        n -= (size_t)wrote;
    }
    return true;
}

bool call_body(call *k, const char *bytes, size_t n)
{
    int64_t most = k->route ? (int64_t)k->route->max_body : 0;
    k->received += (int64_t)n;
    if (k->answered)
        return k->expected >= 0 || k->received <= most + SLACK;
    if (k->received > most) {
        k->close = true;
        (void)refuse(k, ERR_TOO_LARGE, "The body is larger than this address takes.");
    } else if (k->route->spool) {
        (void)spool_write(k, bytes, n);
    } else {
        buf_put(&k->body, bytes, n);
        if (k->body.failed)
            (void)refuse(k, ERR_UNAVAILABLE, "There is no memory for the body.");
    }
    return true;
}

/* ---- the handler ---- */

static bool run_slow(call *k)
{
    lanes *l = k->r.server->lanes;
    if (!lanes_reserve(l)) {
        reply_refuse(&k->r, ERR_UNAVAILABLE, "The server is busy with long requests; try again in a moment.");
        return true;
    }
    transport_suspend(&k->r);
    atomic_store(&k->state, CALL_SUSPENDED);
    lanes_push(l, k);
    return false;
}

/* The call may be finished by another thread before the handler has returned, or any time later. */
static bool run_later(call *k)
{
    int running = CALL_RUNNING;
    if (atomic_load(&k->state) == CALL_FINISHED)
        return true;
    transport_suspend(&k->r);
    if (!atomic_compare_exchange_strong(&k->state, &running, CALL_SUSPENDED))
        transport_resume(&k->r);
    return false;
}

bool call_run(call *k)
{
    http_request *r = &k->r;
    k->dispatched = true;
    conn_deadline(k->conn, 0);
    if (k->answered)
        return true;
    r->body = buf_str(&k->body);
    r->spool_size = k->route->spool ? k->received : 0;
    http_outcome outcome = k->route->handle(r, r->server->o.arg);
    return outcome == HTTP_DONE || (outcome == HTTP_SLOW ? run_slow(k) : run_later(k));
}

void http_finish(http_request *r)
{
    http_server *v = r->server;
    call        *k = (call *)r;
    atomic_fetch_add(&v->finishing, 1);
    int before = atomic_exchange(&k->state, CALL_FINISHED);
    ASSERT(before != CALL_FINISHED);
    if (before == CALL_SUSPENDED)
        transport_resume(r);
    atomic_fetch_sub(&v->finishing, 1); /* the last look at the server */
}

/* ---- what handlers ask ---- */

str http_header(const http_request *r, const char *name)
{
    str value = transport_header(r, name);
    return utf8_valid(value) ? value : (str){ NULL, 0 };
}

bool http_param(const http_request *r, const char *name, str *out)
{
    const call *k = (const call *)r;
    str         wanted = str_from(name);
    for (size_t i = 0; i < k->param_count; i++)
        if (str_eq(k->params[i].name, wanted)) {
            *out = k->params[i].value;
            return true;
        }
    return false;
}

void http_each_param(const http_request *r, void (*each)(void *arg, str name, str value), void *arg)
{
    const call *k = (const call *)r;
    for (size_t i = 0; i < k->param_count; i++)
        each(arg, k->params[i].name, k->params[i].value);
}

err http_form(const http_request *r, void (*each)(void *arg, str name, str value), void *arg)
{
    pair  *list;
    size_t n;
    TRY(params_parse(r->a, r->body, &list, &n));
    for (size_t i = 0; i < n; i++)
        each(arg, list[i].name, list[i].value);
    return ERR_OK;
}

str http_cookie(const http_request *r, const char *name)
{
    return cookie_find(transport_header(r, "Cookie"), str_from(name));
}
