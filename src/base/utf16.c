#include "base/utf16.h"
#include <unicode/ustring.h>

void utf16_room(utf16 *u, arena *a, int32_t n)
{
    u->p = n <= UTF16_SHORT ? u->few : arena_array(a, (size_t)n, sizeof(UChar));
    u->n = n;
}

void utf16_from(utf16 *u, arena *a, str s)
{
    UErrorCode e = U_ZERO_ERROR;
    ASSERT(s.n <= INT32_MAX);
    utf16_room(u, a, (int32_t)s.n); /* never more units than bytes */
    u_strFromUTF8(u->p, (int32_t)s.n, &u->n, s.p, (int32_t)s.n, &e);
    ASSERT(U_SUCCESS(e)); /* the text was checked at the border */
}

str utf16_to_utf8(arena *a, const UChar *p, int32_t n)
{
    UErrorCode e = U_ZERO_ERROR;
    int32_t    length = 0;
    char      *to = arena_alloc(a, (size_t)n * 3 + 1);
    u_strToUTF8(to, n * 3, &length, p, n, &e);
    ASSERT(U_SUCCESS(e));
    return (str){ to, length };
}
