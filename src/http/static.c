#include "http/inside.h"

const static_file *static_find(const static_file *table, size_t count, str path)
{
    size_t from = 0, to = count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int    order = str_compare(str_from(table[middle].path), path);
        if (order == 0)
            return &table[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

/* Each coding is another representation with its own tag: "abc" becomes "abc-br". */
static str tag_of(http_request *r, const static_file *f, const char *suffix)
{
    str tag = str_from(f->etag);
    return arena_printf(r->a, "%.*s%s\"", (int)tag.n - 1, tag.p, suffix);
}

void static_serve(http_request *r, const static_file *f)
{
    str         accepted = f->brotli || f->gzip ? http_header(r, "Accept-Encoding") : (str){ NULL, 0 };
    bool        brotli = f->brotli && encoding_accepted(accepted, STR("br"));
    bool        gzip = !brotli && f->gzip && encoding_accepted(accepted, STR("gzip"));
    str         tag = tag_of(r, f, brotli ? "-br" : gzip ? "-gz" : "");
    http_reply *p = &r->reply;
    reply_clear(p);
    http_reply_header(r, "ETag", tag);
    http_reply_header(r, "Cache-Control", f->immutable ? STR("public, max-age=31536000, immutable") : STR("no-cache"));
    if (f->brotli || f->gzip)
        http_reply_header(r, "Vary", STR("Accept-Encoding"));
    p->type = f->type;
    if (etag_matches(http_header(r, "If-None-Match"), tag)) {
        p->status = 304;
        return;
    }
    if (brotli || gzip)
        http_reply_header(r, "Content-Encoding", brotli ? STR("br") : STR("gzip"));
    p->status = 200;
    p->plain = brotli ? f->brotli : gzip ? f->gzip : f->plain;
    p->plain_n = brotli ? f->brotli_n : gzip ? f->gzip_n : f->plain_n;
}

/* A page of the web app has an address of its own; the front page knows how to show it. Only a browser that goes there
 * gets it: a missing script or an unknown address of the API stays a 404. */
static bool is_page(const http_request *r)
{
    bool api =
        str_eq(r->path, STR("/api")) || str_starts(r->path, STR("/api/")) || str_starts(r->path, STR("/assets/"));
    return !api && media_accepted(http_header(r, "Accept"), STR("text/html"));
}

bool static_answer(http_request *r, const static_file *table, size_t count)
{
    const static_file *f = static_find(table, count, str_eq(r->path, STR("/")) ? STR("/index.html") : r->path);
    if (!f && is_page(r))
        f = static_find(table, count, STR("/index.html"));
    if (f)
        static_serve(r, f);
    return f != NULL;
}
