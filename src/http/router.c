#include "http/inside.h"

enum { PARTS = 8 };

typedef struct {
    const http_route *route;
    str               segments[TARGET_SEGMENTS];
    size_t            count; /* without the "**" */
    bool              open;  /* ends in "**" */
} row;

struct router {
    row   *rows;
    size_t count;
};

static void row_compile(row *w, const http_route *route)
{
    str pattern = str_from(route->pattern);
    ASSERT(pattern.n > 0 && pattern.p[0] == '/');
    w->route = route;
    for (ptrdiff_t from = 1; from <= pattern.n;) {
        ptrdiff_t length = str_find_char(str_sub(pattern, from, pattern.n), '/');
        ptrdiff_t to = length < 0 ? pattern.n : from + length;
        str       segment = str_sub(pattern, from, to);
        ASSERT(w->count < TARGET_SEGMENTS && !w->open);
        if (str_eq(segment, STR("**")))
            w->open = true;
        else
            w->segments[w->count++] = segment;
        from = to + 1;
    }
}

router *router_new(arena *a, const http_route *routes, size_t count)
{
    router *r = arena_make(a, router);
    r->rows = arena_make_n(a, row, count);
    r->count = count;
    for (size_t i = 0; i < count; i++)
        row_compile(&r->rows[i], &routes[i]);
    return r;
}

static bool is_star(str segment)
{
    return segment.n == 1 && segment.p[0] == '*';
}

/* What "**" stands for, decoded, with its slashes: the tail of the decoded path. */
static str rest_of(const target *t, size_t taken)
{
    ptrdiff_t at = 1;
    for (size_t i = 0; i < taken; i++)
        at += t->segments[i].n + 1;
    return str_sub(t->path, at, t->path.n);
}

/* Never empty, and never with an encoded slash in it: whoever splits the decoded path finds the same segments. */
static bool star_takes(str segment)
{
    return segment.n > 0 && str_find_char(segment, '/') < 0;
}

static bool row_matches(const row *w, const target *t, str *parts, size_t *part_count)
{
    size_t n = 0;
    if (w->open ? t->segment_count < w->count : t->segment_count != w->count)
        return false;
    for (size_t i = w->count; i-- > 0;) /* the ends differ more than the beginnings */
        if (is_star(w->segments[i]) ? !star_takes(t->segments[i]) : !str_eq(w->segments[i], t->segments[i]))
            return false;
    for (size_t i = 0; i < w->count; i++) {
        if (!is_star(w->segments[i]))
            continue;
        if (n == PARTS)
            return false;
        parts[n++] = t->segments[i];
    }
    if (w->open && n < PARTS)
        parts[n++] = rest_of(t, w->count);
    *part_count = n;
    return true;
}

const http_route *router_find(const router *r, const target *t, unsigned method, str *parts, size_t *part_count,
                              unsigned *allowed)
{
    unsigned bit = method < HTTP_METHOD_COUNT ? 1u << method : 0;
    if (method == HTTP_HEAD)
        bit |= 1u << HTTP_GET;
    *allowed = 0;
    for (size_t i = 0; i < r->count; i++) {
        const row *w = &r->rows[i];
        if (!row_matches(w, t, parts, part_count))
            continue;
        if (w->route->methods & bit)
            return w->route;
        *allowed |= w->route->methods;
    }
    *part_count = 0;
    return NULL;
}

str methods_text(arena *a, unsigned methods)
{
    static const char *const names[HTTP_METHOD_COUNT] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };
    char                    *text = arena_alloc(a, 64);
    size_t                   n = 0;
    if (methods & 1u << HTTP_GET)
        methods |= 1u << HTTP_HEAD;
    methods |= 1u << HTTP_OPTIONS;
    for (size_t i = 0; i < HTTP_METHOD_COUNT; i++)
        if (methods & 1u << i)
            n += (size_t)snprintf(text + n, 64 - n, "%s%s", n ? ", " : "", names[i]);
    return (str){ text, (ptrdiff_t)n };
}
