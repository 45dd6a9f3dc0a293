/* buf.h — a growing byte buffer with a ceiling.
 *
 * Writing past the ceiling sets `failed` and drops the bytes; the writer looks once at the end.
 * Ownership: buf_free() by whoever made it, or buf_take() hands the bytes (malloc'ed) over. */
#ifndef ZK_BASE_BUF_H
#define ZK_BASE_BUF_H
#include "base/base.h"

typedef struct {
    char  *p;
    size_t n, room, ceiling;
    bool   failed;
} buf;

void  buf_init(buf *b, size_t ceiling);
void  buf_free(buf *b);
void  buf_clear(buf *b);
char *buf_take(buf *b, size_t *n);
void  buf_putz(buf *b, const char *nul_terminated);
void  buf_put_int(buf *b, int64_t v);
void  buf_printf(buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
str   buf_str(const buf *b);
char *buf_grow(buf *b, size_t n); /* of buf_reserve() */

/* These are here, so that a byte costs no call: replies are made of them. */

/* Room for n more bytes, to be written by the caller, then counted with b->n += ...; NULL at the ceiling. */
static inline char *buf_reserve(buf *b, size_t n)
{
    return !b->failed && b->room - b->n > n && n <= b->ceiling - b->n ? b->p + b->n : buf_grow(b, n);
}

static inline void buf_put(buf *b, const void *p, size_t n)
{
    char *to = n ? buf_reserve(b, n) : NULL;
    if (!to)
        return;
    memcpy(to, p, n);
    b->n += n;
}

static inline void buf_putc(buf *b, char c)
{
    buf_put(b, &c, 1);
}

static inline void buf_puts(buf *b, str s)
{
    buf_put(b, s.p, (size_t)s.n);
}
#endif
