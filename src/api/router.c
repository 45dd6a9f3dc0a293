/* Path and method to a row of the table of operations. */
#include "api/call.h"

enum { SEGMENTS = 8 };

typedef struct {
    str    segments[SEGMENTS]; /* "{…}" is kept as an empty one: it stands for anything */
    size_t count;
} path_row;

struct paths {
    path_row *rows; /* as operations[] */
};

static size_t path_split(str path, str segments[SEGMENTS])
{
    size_t n = 0;
    for (ptrdiff_t from = 1; from <= path.n;) {
        ptrdiff_t length = str_find_char(str_sub(path, from, path.n), '/');
        ptrdiff_t to = length < 0 ? path.n : from + length;
        if (n == SEGMENTS)
            return SEGMENTS + 1;
        segments[n++] = str_sub(path, from, to);
        from = to + 1;
    }
    return n;
}

paths *paths_new(arena *a)
{
    paths *p = arena_make(a, paths);
    p->rows = arena_make_n(a, path_row, operation_count);
    for (size_t i = 0; i < operation_count; i++) {
        path_row *row = &p->rows[i];
        row->count = path_split(str_from(operations[i].path), row->segments);
        ASSERT(row->count <= SEGMENTS);
        for (size_t k = 0; k < row->count; k++)
            if (row->segments[k].n && row->segments[k].p[0] == '{')
                row->segments[k] = (str){ 0 };
    }
    return p;
}

static bool row_fits(const path_row *row, const str *segments, str parts[4], size_t *part_count)
{
    size_t n = 0;
    for (size_t i = row->count; i-- > 0;) /* the ends differ more than the beginnings */
        if (row->segments[i].n && !str_eq(row->segments[i], segments[i]))
            return false;
    for (size_t i = 0; i < row->count; i++)
        if (row->segments[i].n == 0 && n < 4)
            parts[n++] = segments[i];
    *part_count = n;
    return true;
}

const operation *paths_find(const paths *p, http_method m, str path, str parts[4], size_t *part_count)
{
    str    segments[SEGMENTS];
    size_t n = path_split(path, segments);
    if (m == HTTP_HEAD)
        m = HTTP_GET;
    for (size_t i = 0; i < operation_count; i++)
        if (operations[i].method == m && p->rows[i].count == n && row_fits(&p->rows[i], segments, parts, part_count))
            return &operations[i];
    return NULL;
}

/* "/api/v1/{plural}/{id}" → the HTTP server's star for each brace. */
static const char *star_pattern(arena *a, const char *path)
{
    char  *out = arena_alloc(a, strlen(path) + 1);
    size_t n = 0;
    for (const char *p = path; *p; p++) {
        if (*p == '{') {
            out[n++] = '*';
            p = strchr(p, '}');
        } else {
            out[n++] = *p;
        }
    }
    return out;
}

const http_route *paths_routes(arena *a, size_t *count)
{
    http_route *list = arena_make_n(a, http_route, operation_count);
    for (size_t i = 0; i < operation_count; i++) {
        const operation *o = &operations[i];
        list[i] = (http_route){ .pattern = star_pattern(a, o->path),
                                .methods = 1u << o->method,
                                .max_body = o->max_body,
                                .spool = (o->flags & OP_SPOOL) != 0,
                                .handle = call_handle,
                                .admit = o->flags & OP_SPOOL ? call_admit : NULL };
    }
    *count = operation_count;
    return list;
}
