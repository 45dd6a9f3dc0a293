#include "base/arena.h"
#include <stdarg.h>

/* Blocks hang newest first; the oldest is never freed before the arena. In the debug twin every
 * allocation is a block of its own and the oldest block is an empty anchor. */
typedef struct block {
    struct block *older;
    size_t        used, size;
    max_align_t   bytes[];
} block;

struct arena {
    block *newest;
    size_t bytes;
};

enum { FIRST_BLOCK = 16 << 10, LARGEST_STEP = 1 << 20, ALIGN = _Alignof(max_align_t) };

static _Noreturn void out_of_memory(void)
{
    fputs("level=error msg=\"out of memory\"\n", stderr);
    abort();
}

static block *block_new(block *older, size_t size)
{
    block *b = malloc(sizeof *b + size);
    if (!b)
        out_of_memory();
    b->older = older;
    b->used = 0;
    b->size = size;
    return b;
}

arena *arena_new(void)
{
    arena *a = malloc(sizeof *a);
    if (!a)
        out_of_memory();
#ifdef ZK_ARENA_DEBUG
    a->newest = block_new(NULL, 0);
#else
    a->newest = block_new(NULL, FIRST_BLOCK);
#endif
    a->bytes = 0;
    return a;
}

static void free_newer_than(arena *a, const block *keep)
{
    while (a->newest != keep) {
        block *b = a->newest;
        ASSERT(b->older); /* the mark is of this arena and no older reset has passed it */
        a->newest = b->older;
        a->bytes -= b->used;
        free(b);
    }
}

void arena_free(arena *a)
{
    if (!a)
        return;
    arena_clear(a);
    free(a->newest);
    free(a);
}

void arena_clear(arena *a)
{
    while (a->newest->older) {
        block *b = a->newest;
        a->newest = b->older;
        free(b);
    }
    a->newest->used = 0;
    a->bytes = 0;
}

#ifdef ZK_ARENA_DEBUG
void *arena_alloc(arena *a, size_t size)
{
    ASSERT(size <= PTRDIFF_MAX / 2);
    a->newest = block_new(a->newest, size);
    a->newest->used = size;
    a->bytes += size;
    return memset(a->newest->bytes, 0, size);
}
#else
void *arena_alloc(arena *a, size_t size)
{
    ASSERT(size <= PTRDIFF_MAX / 2);
    size_t need = (size + ALIGN - 1) / ALIGN * ALIGN;
    block *b = a->newest;
    if (b->size - b->used < need) {
        size_t step = b->size < LARGEST_STEP ? b->size * 2 : LARGEST_STEP;
        b = a->newest = block_new(b, need > step ? need : step);
    }
    void *p = (char *)b->bytes + b->used;
    b->used += need;
    a->bytes += need;
    return memset(p, 0, size);
}
#endif

void *arena_array(arena *a, size_t count, size_t size)
{
    size_t bytes;
    ASSERT(!__builtin_mul_overflow(count, size, &bytes));
    return arena_alloc(a, bytes);
}

void *arena_grown(arena *a, const void *list, size_t size, size_t count, size_t *room)
{
    *room = *room ? *room * 2 : 16;
    void *grown = arena_array(a, *room, size);
    return count ? memcpy(grown, list, count * size) : grown;
}

arena_mark arena_here(arena *a)
{
    return (arena_mark){ a->newest, a->newest->used };
}

void arena_reset(arena *a, arena_mark m)
{
    free_newer_than(a, m.block);
    ASSERT(m.used <= a->newest->used);
    a->bytes -= a->newest->used - m.used;
    a->newest->used = m.used;
}

size_t arena_bytes(const arena *a)
{
    return a->bytes;
}

str arena_str(arena *a, str s)
{
    return (str){ arena_cstr(a, s), s.n };
}

char *arena_cstr(arena *a, str s)
{
    char *p = arena_alloc(a, (size_t)s.n + 1);
    if (s.n)
        memcpy(p, s.p, (size_t)s.n);
    return p;
}

str arena_printf(arena *a, const char *format, ...)
{
    va_list args;
    ASSERT(format);
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ASSERT(n >= 0);
    char *p = arena_alloc(a, (size_t)n + 1);
    va_start(args, format);
    vsnprintf(p, (size_t)n + 1, format, args);
    va_end(args);
    return (str){ p, n };
}
