/* Lines: a request target, then headers' values. What is taken is UTF-8 without NULs and within its bounds, and decoding
 * never makes anything longer. */
#include "http/inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static str next_line(str *rest)
{
    ptrdiff_t at = str_find_char(*rest, '\n');
    str       line = at < 0 ? *rest : str_sub(*rest, 0, at);
    *rest = at < 0 ? (str){ NULL, 0 } : str_sub(*rest, at + 1, rest->n);
    return line;
}

static http_outcome nothing(http_request *r, void *arg)
{
    (void)r, (void)arg;
    return HTTP_DONE;
}

static void look_target(arena *a, str line)
{
    static const http_route routes[] = {
        { .pattern = "/a/*", .methods = 1, .handle = nothing },
        { .pattern = "/*/*/b", .methods = 1, .handle = nothing },
        { .pattern = "/**", .methods = 2, .handle = nothing },
    };
    target   t;
    pair    *params = NULL;
    size_t   n = 0;
    str      parts[8];
    unsigned allowed;
    if (target_parse(a, line, &t) != ERR_OK)
        return;
    ASSERT(utf8_valid(t.path) && t.path.n <= line.n + 1 && t.segment_count <= TARGET_SEGMENTS);
    const router *r = router_new(a, routes, countof(routes));
    if (router_find(r, &t, HTTP_HEAD, parts, &n, &allowed))
        for (size_t i = 0; i < n; i++)
            ASSERT(utf8_valid(parts[i]) && parts[i].n <= t.path.n);
    if (params_parse(a, t.query, &params, &n) != ERR_OK)
        return;
    ASSERT(n <= TARGET_PARAMS);
    for (size_t i = 0; i < n; i++)
        ASSERT(utf8_valid(params[i].name) && utf8_valid(params[i].value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    arena *a = arena_new();
    str    rest = { (const char *)data, (ptrdiff_t)size };
    look_target(a, next_line(&rest));
    ASSERT(utf8_valid(cookie_find(next_line(&rest), STR("zhike_session"))));
    ASSERT(utf8_valid(forwarded_address(next_line(&rest))));
    str coding = next_line(&rest), tag = next_line(&rest), id = next_line(&rest);
    (void)encoding_accepted(coding, STR("gzip"));
    (void)media_accepted(coding, STR("text/html"));
    (void)etag_matches(tag, STR("\"abc-br\""));
    ASSERT(!request_id_accept(id) || utf8_valid(id));
    arena_free(a);
    return 0;
}
