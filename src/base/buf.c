#include "base/buf.h"
#include <stdarg.h>

enum { FIRST_ROOM = 256 };

void buf_init(buf *b, size_t ceiling)
{
    *b = (buf){ .ceiling = ceiling };
}

void buf_free(buf *b)
{
    free(b->p);
    *b = (buf){ .ceiling = b->ceiling };
}

void buf_clear(buf *b)
{
    b->n = 0;
    b->failed = false;
}

/* The bytes with a NUL behind them; NULL when the ceiling was hit. */
char *buf_take(buf *b, size_t *n)
{
    *n = 0;
    if (!b->failed && !b->p)
        (void)buf_reserve(b, 0);
    if (b->failed) {
        buf_free(b);
        return NULL;
    }
    char *p = b->p;
    p[b->n] = '\0';
    *n = b->n;
    *b = (buf){ .ceiling = b->ceiling };
    return p;
}

char *buf_grow(buf *b, size_t n)
{
    if (b->failed || n > b->ceiling - b->n) {
        b->failed = true;
        return NULL;
    }
    if (!b->p || b->room - b->n <= n) { /* one byte more than n: the NUL of buf_take */
        size_t room = b->room ? b->room : FIRST_ROOM;
        while (room - b->n <= n)
            room += room < ((size_t)64 << 20) ? room : room / 2;
        char *p = realloc(b->p, room);
        if (!p) {
            b->failed = true;
            return NULL;
        }
        b->p = p;
        b->room = room;
    }
    return b->p + b->n;
}

void buf_putz(buf *b, const char *z)
{
    buf_put(b, z, strlen(z));
}

void buf_put_int(buf *b, int64_t v)
{
    char     text[20], *p = text + sizeof text;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do
        *--p = (char)('0' + u % 10);
    while (u /= 10);
    if (v < 0)
        *--p = '-';
    buf_put(b, p, (size_t)(text + sizeof text - p));
}

void buf_printf(buf *b, const char *format, ...)
{
    va_list args;
    ASSERT(format);
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ASSERT(n >= 0);
    char *to = buf_reserve(b, (size_t)n);
    if (!to)
        return;
    va_start(args, format);
    vsnprintf(to, (size_t)n + 1, format, args); /* the NUL falls into the spare byte */
    va_end(args);
    b->n += (size_t)n;
}

str buf_str(const buf *b)
{
    return (str){ b->p, (ptrdiff_t)b->n };
}
