/* utf16.h — the form ICU wants; private to base/. */
#ifndef ZK_BASE_UTF16_H
#define ZK_BASE_UTF16_H
#include "base/arena.h"
#include <unicode/utypes.h>

enum { UTF16_SHORT = 512 };

/* Short texts stay on the caller's stack. Declare, fill by utf16_from(), use p and n. */
typedef struct {
    UChar  *p;
    int32_t n;
    UChar   few[UTF16_SHORT];
} utf16;

/* From valid UTF-8; what does not fit goes to the arena. */
void utf16_from(utf16 *u, arena *a, str s);
/* Room for n units, contents not kept. */
void utf16_room(utf16 *u, arena *a, int32_t n);
str  utf16_to_utf8(arena *a, const UChar *p, int32_t n);
#endif
