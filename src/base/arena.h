/* arena.h — memory that lives as long as a request (or a snapshot, or a scratch mark).
 *
 * Inputs are bounded before they reach an arena (base/limits.h), so allocation never returns
 * NULL: running out of memory ends the process with a message.
 * Built with ZK_ARENA_DEBUG every allocation is its own malloc, so that AddressSanitizer sees
 * each overrun and each use after arena_reset().
 * Threads: an arena belongs to one thread at a time. */
#ifndef ZK_BASE_ARENA_H
#define ZK_BASE_ARENA_H
#include "base/base.h"

typedef struct arena arena;

typedef struct {
    void  *block;
    size_t used;
} arena_mark;

arena *arena_new(void);
void   arena_free(arena *a); /* NULL is allowed */

/* Zeroed, aligned for any type. */
void *arena_alloc(arena *a, size_t size);
void *arena_array(arena *a, size_t count, size_t size); /* asserts on overflow */
#define arena_make(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define arena_make_n(a, type, n) ((type *)arena_array((a), (size_t)(n), sizeof(type)))

/* Room for one more in a list that grows: `list` moves to twice the room (16 at first, from NULL) when `count` has reached it. */
void *arena_grown(arena *a, const void *list, size_t size, size_t count, size_t *room);
#define arena_more(a, list, count, room) \
    ((count) < (room) ? (void)0 : (void)((list) = arena_grown((a), (list), sizeof *(list), (count), &(room))))

/* Everything allocated after the mark is gone after the reset. */
arena_mark arena_here(arena *a);
void       arena_reset(arena *a, arena_mark m);
void       arena_clear(arena *a); /* all of it; keeps one block for reuse */
size_t     arena_bytes(const arena *a);

/* Copies; the result is NUL-terminated behind n. */
str   arena_str(arena *a, str s);
str   arena_printf(arena *a, const char *format, ...) PRINTF_LIKE(2, 3);
char *arena_cstr(arena *a, str s);
#endif
