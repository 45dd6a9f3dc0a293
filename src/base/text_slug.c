/* A name that a program can use, from what people write. */
#include "base/han.h"
#include "base/text.h"

static bool plain(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* The next code point of valid UTF-8. */
static uint32_t next_char(str s, ptrdiff_t *at)
{
    unsigned char c = (unsigned char)s.p[(*at)++];
    int           more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    uint32_t      v = more == 0 ? c : c & (0x3fu >> more);
    while (more-- > 0)
        v = v << 6 | ((unsigned char)s.p[(*at)++] & 0x3f);
    return v;
}

str text_slug(arena *a, str s, size_t most)
{
    str    folded = text_fold(a, s);
    char  *out = arena_alloc(a, most + 1);
    size_t n = 0;
    bool   gap = false;
    for (ptrdiff_t i = 0; i < folded.n;) {
        uint32_t    c = next_char(folded, &i);
        const char *readings[HAN_READINGS];
        char        one[2] = { (char)c, 0 };
        const char *word = c < 0x80 && plain((unsigned char)c)             ? one
                           : han_readings(han_simplified(c), readings) > 0 ? readings[0]
                                                                           : NULL;
        if (!word) {
            gap = n > 0;
            continue;
        }
        size_t size = strlen(word);
        if (n + size + gap > most)
            break;
        if (gap)
            out[n++] = '_';
        gap = false;
        memcpy(out + n, word, size);
        n += size;
        if (word != one && size == 3 && strcmp(word + 1, "ve") == 0)
            out[n - 2] = 'u'; /* lüe, nüe: as people spell them, 战略 zhanlue */
    }
    return (str){ n ? out : "", (ptrdiff_t)n };
}
