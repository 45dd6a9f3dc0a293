#include "http/inside.h"
#include <unistd.h>
#include <zlib.h>

enum { GZIP_FROM = 4096 };

void http_reply_header(http_request *r, const char *name, str value)
{
    http_reply *p = &r->reply;
    ASSERT(p->header_count < countof(p->headers));
    str copy = arena_str(r->a, value);
    for (ptrdiff_t i = 0; i < copy.n; i++) /* no value may end its line */
        if ((unsigned char)copy.p[i] < ' ' || copy.p[i] == 0x7f)
            ((char *)(uintptr_t)copy.p)[i] = ' ';
    p->headers[p->header_count].name = str_from(name);
    p->headers[p->header_count++].value = copy;
}

void reply_clear(http_reply *p)
{
    if (p->file >= 0)
        close(p->file);
    if (p->pull_done)
        p->pull_done(p->pull_arg);
    buf body = p->body;
    buf_clear(&body);
    *p = (http_reply){ .body = body, .file = -1 };
}

static void retry_after(http_request *r, int status)
{
    if (status == 503)
        http_reply_header(r, "Retry-After", STR("2"));
}

void reply_refuse_status(http_request *r, int status, const char *code, const char *detail)
{
    reply_clear(&r->reply);
    r->reply.status = status;
    r->reply.type = "application/problem+json";
    buf_printf(&r->reply.body, "{\"type\":\"about:blank\",\"status\":%d,\"code\":\"%s\",\"detail\":\"%s\"}", status,
               code, detail);
    retry_after(r, status);
}

/* `detail` is one of our own sentences: nothing in it needs escaping. */
void reply_refuse(http_request *r, err e, const char *detail)
{
    if (!r->server->o.problem) {
        reply_refuse_status(r, err_http(e), err_name(e), detail);
        return;
    }
    reply_clear(&r->reply);
    r->server->o.problem(r, e, str_from(detail));
    if (r->reply.status == 0)
        r->reply.status = err_http(e);
    bool told = false;
    for (size_t i = 0; i < r->reply.header_count; i++)
        told |= str_eq_nocase(r->reply.headers[i].name, STR("Retry-After"));
    if (!told)
        retry_after(r, r->reply.status);
}

static bool deflate_body(const buf *from, int level, buf *into)
{
    z_stream z = { .next_in = (Bytef *)(uintptr_t)from->p, .avail_in = (uInt)from->n };
    if (deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    char *to = buf_reserve(into, from->n);
    z.next_out = (Bytef *)to;
    z.avail_out = to ? (uInt)from->n : 0;
    bool whole = to && deflate(&z, Z_FINISH) == Z_STREAM_END; /* not smaller: not worth it */
    into->n = whole ? from->n - z.avail_out : 0;
    deflateEnd(&z);
    return whole;
}

void reply_gzip(call *k)
{
    http_reply *p = &k->r.reply;
    buf         packed;
    if (!k->r.server->o.gzip_json || k->near || p->type || p->body.n < GZIP_FROM || p->body.n > UINT32_MAX / 2 ||
        p->header_count + 2 > countof(p->headers) || p->file >= 0 || p->pull || p->plain)
        return;
    http_reply_header(&k->r, "Vary", STR("Accept-Encoding"));
    if (!encoding_accepted(http_header(&k->r, "Accept-Encoding"), STR("gzip")))
        return;
    buf_init(&packed, p->body.ceiling);
    if (!deflate_body(&p->body, p->dense ? 6 : 1, &packed)) {
        buf_free(&packed);
        return;
    }
    buf_free(&p->body);
    p->body = packed;
    http_reply_header(&k->r, "Content-Encoding", STR("gzip"));
}
