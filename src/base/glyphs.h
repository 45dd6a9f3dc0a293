/* glyphs.h — a folded text as characters with their kinds, and how characters are spelt in tokens; private to base/.
 * Used alike for the index and for what a person types, so that both cut a text at the same places. */
#ifndef ZK_BASE_GLYPHS_H
#define ZK_BASE_GLYPHS_H
#include "base/arena.h"

typedef enum { GLYPH_GAP, GLYPH_LETTER, GLYPH_DIGIT, GLYPH_HAN } glyph_kind; /* HAN: Chinese characters and kana */

typedef struct {
    uint32_t   c;
    glyph_kind kind;
} glyph;

typedef struct {
    glyph    *p;
    ptrdiff_t n;
} glyphs;

enum {
    TOKEN_BYTES = 63,
    DIGIT_GRAM = 4,       /* digits of a d token               */
    PHONE_DIGITS = 7,     /* fewer are not a telephone number  */
    PHONE_GAP = 3,        /* separators in a row within one    */
    INITIALS_LETTERS = 8, /* of an i token                     */
    SYLLABLE_BYTES = 6
};

glyphs glyphs_of(arena *a, str folded);

/* End of the run of letters and digits, of digits, of Chinese characters that begins at `from`. */
ptrdiff_t glyphs_word_end(glyphs g, ptrdiff_t from);
ptrdiff_t glyphs_digits_end(glyphs g, ptrdiff_t from);
ptrdiff_t glyphs_han_end(glyphs g, ptrdiff_t from);

/* Where the next digit stands behind separators of telephone numbers, `from` being the first behind digits; -1: none. */
ptrdiff_t glyphs_phone_next(glyphs g, ptrdiff_t from);

/* A token being written. */
typedef struct {
    char   p[TOKEN_BYTES + 1];
    size_t n;
} spelling;

void spell_begin(spelling *s, char kind);
void spell_ascii(spelling *s, const char *nul_terminated);
/* One character in base 36: three digits to U+B63F, four behind; alone a c token, two of them a p token. */
void spell_character(spelling *s, uint32_t c);
/* A word or its beginning: w and its letters where they are a to z and 0 to 9, u and four digits a letter otherwise.
 * What does not fit is cut, so that index and query cut alike. */
void spell_word(spelling *s, glyphs g, ptrdiff_t from, ptrdiff_t to);
/* p of two characters. */
void spell_pair(spelling *s, uint32_t first, uint32_t second);
str  spelling_str(const spelling *s);
#endif
