/* han.h — Chinese characters: the simplified form and the readings of each; private to base/.
 * The table is made when the program is built (tools/han_table.c), from ICU's transliterators and polyphones.h:
 * opening those takes 0.2 s, which a starting program does not have. Covers U+3400–U+9FFF. */
#ifndef ZK_BASE_HAN_H
#define ZK_BASE_HAN_H
#include "base/base.h"

enum {
    HAN_FIRST = 0x3400,
    HAN_END = 0xa000,
    HAN_READINGS = 4,       /* kept of one character, the commonest first */
    HAN_SYLLABLE_BITS = 10, /* of one reading: 1 + place in han_syllables; 0: none */
    HAN_SYLLABLE_TEXT = 8
};

/* Low 16 bits: the simplified form (itself where it is one); then HAN_READINGS readings. */
extern const uint64_t han_table[HAN_END - HAN_FIRST];

/* Sorted by their bytes. */
extern const char   han_syllables[][HAN_SYLLABLE_TEXT];
extern const size_t han_syllable_count;

static inline uint32_t han_simplified(uint32_t c)
{
    return c >= HAN_FIRST && c < HAN_END ? (uint32_t)(han_table[c - HAN_FIRST] & 0xffff) : c;
}

/* The readings of a simplified character, NUL-terminated; returns how many. */
static inline int han_readings(uint32_t c, const char *out[HAN_READINGS])
{
    if (c < HAN_FIRST || c >= HAN_END)
        return 0;
    int n = 0;
    for (uint64_t rest = han_table[c - HAN_FIRST] >> 16; rest && n < HAN_READINGS; rest >>= HAN_SYLLABLE_BITS)
        out[n++] = han_syllables[(rest & ((1u << HAN_SYLLABLE_BITS) - 1)) - 1];
    return n;
}

/* True when it is a syllable; *begins: when some syllable begins with it. */
bool han_is_syllable(str s, bool *begins);
#endif
