#include "http/inside.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MOST_PARTS = 20, BOUNDARY_MAX = 70, HEADERS_MAX = 16 << 10 };

static bool boundary_char(char c)
{
    return c > ' ' && c < 0x7f && c != '"' && c != ';' && c != '\\';
}

/* A parameter of a header's value: name="x" or name=x; `end` is where it stops. Backslash and quote may be escaped. */
static bool param_next(str *rest, str *name, str *value)
{
    ptrdiff_t semicolon = str_find_char(*rest, ';');
    if (semicolon < 0)
        return false;
    str       tail = str_trim(str_sub(*rest, semicolon + 1, rest->n));
    ptrdiff_t equals = str_find_char(tail, '=');
    if (equals < 0)
        return false;
    *name = str_trim(str_sub(tail, 0, equals));
    tail = str_trim(str_sub(tail, equals + 1, tail.n));
    if (tail.n > 0 && tail.p[0] == '"') {
        ptrdiff_t end = 1;
        while (end < tail.n && tail.p[end] != '"')
            end +=
                tail.p[end] == '\\' && end + 1 < tail.n && (tail.p[end + 1] == '"' || tail.p[end + 1] == '\\') ? 2 : 1;
        if (end >= tail.n)
            return false;
        *value = str_sub(tail, 1, end);
        *rest = str_sub(tail, end + 1, tail.n);
    } else {
        ptrdiff_t end = str_find_char(tail, ';');
        *value = str_trim(end < 0 ? tail : str_sub(tail, 0, end));
        *rest = end < 0 ? (str){ NULL, 0 } : str_sub(tail, end, tail.n);
    }
    return true;
}

str multipart_boundary(str content_type)
{
    str       name, value, type = content_type;
    ptrdiff_t semicolon = str_find_char(content_type, ';');
    if (semicolon < 0 || !str_eq_nocase(str_trim(str_sub(type, 0, semicolon)), STR("multipart/form-data")))
        return (str){ NULL, 0 };
    while (param_next(&content_type, &name, &value)) {
        if (!str_eq_nocase(name, STR("boundary")))
            continue;
        bool good = value.n >= 1 && value.n <= BOUNDARY_MAX;
        for (ptrdiff_t i = 0; good && i < value.n; i++)
            good = boundary_char(value.p[i]);
        return good ? value : (str){ NULL, 0 };
    }
    return (str){ NULL, 0 };
}

/* Browsers write a quote as %22, others as \". */
static str unquote(arena *a, str s)
{
    char     *to = arena_alloc(a, (size_t)s.n + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n && (s.p[i + 1] == '"' || s.p[i + 1] == '\\'))
            i++;
        else if (str_starts(str_sub(s, i, s.n), STR("%22"))) {
            to[n++] = '"';
            i += 2;
            continue;
        }
        to[n++] = s.p[i];
    }
    return (str){ to, n };
}

/* Some clients send the whole path of the file. */
static str last_name(str s)
{
    for (ptrdiff_t i = s.n; i > 0; i--)
        if (s.p[i - 1] == '/' || s.p[i - 1] == '\\')
            return str_sub(s, i, s.n);
    return s;
}

static err read_disposition(arena *a, str value, http_part *part)
{
    str name, text, extended = { NULL, 0 };
    for (str rest = value; param_next(&rest, &name, &text);) {
        if (str_eq_nocase(name, STR("name")))
            part->name = unquote(a, text);
        else if (str_eq_nocase(name, STR("filename")))
            part->filename = last_name(unquote(a, text));
        else if (str_eq_nocase(name, STR("filename*")) && str_starts(text, STR("UTF-8''")))
            TRY(target_decode(a, str_sub(text, 7, text.n), false, &extended));
    }
    if (extended.n)
        part->filename = arena_str(a, last_name(extended)); /* the body may be unmapped before the name is read */
    return utf8_valid(part->name) && utf8_valid(part->filename) && part->name.n ? ERR_OK : ERR_MALFORMED;
}

static err read_headers(arena *a, str headers, http_part *part)
{
    bool named = false;
    while (headers.n > 0) {
        ptrdiff_t end = str_find(headers, STR("\r\n"));
        str       line = end < 0 ? headers : str_sub(headers, 0, end);
        ptrdiff_t colon = str_find_char(line, ':');
        headers = end < 0 ? (str){ NULL, 0 } : str_sub(headers, end + 2, headers.n);
        if (colon <= 0)
            return ERR_MALFORMED;
        str name = str_sub(line, 0, colon), value = str_trim(str_sub(line, colon + 1, line.n));
        if (str_eq_nocase(name, STR("Content-Disposition"))) {
            TRY(read_disposition(a, value, part));
            named = true;
        } else if (str_eq_nocase(name, STR("Content-Type")) && utf8_valid(value)) {
            part->type = arena_str(a, value);
        }
    }
    return named ? ERR_OK : ERR_MALFORMED;
}

/* After a delimiter: "--" ends the body, else blanks and a new line. */
static err delimiter_end(str body, ptrdiff_t *at, bool *last)
{
    *last = str_starts(str_sub(body, *at, body.n), STR("--"));
    if (*last)
        return ERR_OK;
    while (*at < body.n && (body.p[*at] == ' ' || body.p[*at] == '\t'))
        ++*at;
    if (!str_starts(str_sub(body, *at, body.n), STR("\r\n")))
        return ERR_MALFORMED;
    *at += 2;
    return ERR_OK;
}

/* One part from its headers on; *at ends up behind the delimiter that closes it. */
static err part_scan(arena *a, str body, str delimiter, ptrdiff_t *at, http_part *part)
{
    *part = (http_part){ .size = 0 };
    str       rest = str_sub(body, *at, body.n);
    ptrdiff_t blank = str_find(str_sub(rest, 0, HEADERS_MAX), STR("\r\n\r\n"));
    if (blank < 0)
        return ERR_MALFORMED;
    TRY(read_headers(a, str_sub(rest, 0, blank), part));
    part->offset = *at + blank + 4;
    /* An empty part's delimiter begins with the new line that ends the headers. */
    if (str_starts(str_sub(body, part->offset - 2, body.n), delimiter)) {
        *at = part->offset - 2 + delimiter.n;
        return ERR_OK;
    }
    ptrdiff_t end = str_find(str_sub(body, part->offset, body.n), delimiter);
    if (end < 0)
        return ERR_MALFORMED;
    part->size = end;
    *at = part->offset + end + delimiter.n;
    return ERR_OK;
}

err multipart_scan(arena *a, str body, str boundary, http_part *parts, size_t room, size_t *count)
{
    str       delimiter = arena_printf(a, "\r\n--%.*s", STR_ARG(boundary));
    str       opening = str_sub(delimiter, 2, delimiter.n);
    size_t    n = 0;
    bool      last = false;
    bool      first = str_starts(body, opening); /* else text that no one reads stands before it */
    ptrdiff_t at = first ? 0 : str_find(body, delimiter);
    if (boundary.n == 0 || at < 0)
        return ERR_MALFORMED;
    at += first ? opening.n : delimiter.n;
    for (;;) {
        TRY(delimiter_end(body, &at, &last));
        if (last)
            break;
        if (n == room || n == MOST_PARTS)
            return ERR_MALFORMED;
        TRY(part_scan(a, body, delimiter, &at, &parts[n]));
        n++;
    }
    if (n == 0)
        return ERR_MALFORMED;
    *count = n;
    return ERR_OK;
}

err http_multipart(http_request *r, http_part *parts, size_t room, size_t *count)
{
    str boundary = multipart_boundary(http_header(r, "Content-Type"));
    if (boundary.n == 0)
        return ERR_MALFORMED;
    if (!r->spool_path)
        return multipart_scan(r->a, r->body, boundary, parts, room, count);
    if (r->spool_size <= 0)
        return ERR_MALFORMED;
    int   fd = open(r->spool_path, O_RDONLY | O_CLOEXEC);
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, (size_t)r->spool_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (fd >= 0)
        close(fd);
    if (map == MAP_FAILED)
        return ERR_UNAVAILABLE;
    err e = multipart_scan(r->a, (str){ map, (ptrdiff_t)r->spool_size }, boundary, parts, room, count);
    munmap(map, (size_t)r->spool_size);
    return e;
}
