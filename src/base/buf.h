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
void  buf_put(buf *b, const void *p, size_t n);
void  buf_putc(buf *b, char c);
void  buf_puts(buf *b, str s);
void  buf_putz(buf *b, const char *nul_terminated);
void  buf_put_int(buf *b, int64_t v);
void  buf_printf(buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
str   buf_str(const buf *b);
/* Room for n more bytes, to be written by the caller, then counted with b->n += ...; NULL at the ceiling. */
char *buf_reserve(buf *b, size_t n);
#endif
