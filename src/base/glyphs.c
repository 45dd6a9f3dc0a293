#include "base/glyphs.h"
#include "base/han.h"
#include <unicode/uchar.h>

static glyph_kind kind_of_other(uint32_t c)
{
    if ((c >= 0x20000 && c < 0x40000) || c == 0x3005 || c == 0x3007 || (c >= 0x3041 && c <= 0x309f) ||
        (c >= 0x30a1 && c <= 0x30ff && c != 0x30fb))
        return GLYPH_HAN;
    int  type = u_charType((UChar32)c);
    bool mark = type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK;
    return mark || u_isalnum((UChar32)c) ? GLYPH_LETTER : GLYPH_GAP;
}

static glyph_kind kind_of(uint32_t c)
{
    if (c < 0x80) {
        if (c >= '0' && c <= '9')
            return GLYPH_DIGIT;
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? GLYPH_LETTER : GLYPH_GAP;
    }
    return c >= HAN_FIRST && c < HAN_END ? GLYPH_HAN : kind_of_other(c);
}

glyphs glyphs_of(arena *a, str folded)
{
    glyphs    g = { arena_make_n(a, glyph, folded.n), 0 };
    ptrdiff_t at = 0;
    while (at < folded.n) {
        uint32_t c = utf8_next(folded, &at);
        g.p[g.n++] = (glyph){ c, kind_of(c) };
    }
    return g;
}

ptrdiff_t glyphs_word_end(glyphs g, ptrdiff_t from)
{
    while (from < g.n && (g.p[from].kind == GLYPH_LETTER || g.p[from].kind == GLYPH_DIGIT))
        from++;
    return from;
}

ptrdiff_t glyphs_digits_end(glyphs g, ptrdiff_t from)
{
    while (from < g.n && g.p[from].kind == GLYPH_DIGIT)
        from++;
    return from;
}

ptrdiff_t glyphs_han_end(glyphs g, ptrdiff_t from)
{
    while (from < g.n && g.p[from].kind == GLYPH_HAN)
        from++;
    return from;
}

static bool separates_digits(uint32_t c)
{
    return c == ' ' || c == '-' || c == '(' || c == ')' || c == '.' || c == '+' || c == '/' || c == 0x2010 ||
           c == 0x2013 || c == 0x2014;
}

ptrdiff_t glyphs_phone_next(glyphs g, ptrdiff_t from)
{
    ptrdiff_t i = from;
    while (i < g.n && i - from < PHONE_GAP && separates_digits(g.p[i].c))
        i++;
    return i > from && i < g.n && g.p[i].kind == GLYPH_DIGIT ? i : -1;
}

void spell_begin(spelling *s, char kind)
{
    s->p[0] = kind;
    s->n = 1;
}

void spell_ascii(spelling *s, const char *z)
{
    while (*z && s->n < TOKEN_BYTES)
        s->p[s->n++] = *z++;
}

static void spell_base36(spelling *s, uint32_t c, size_t width)
{
    if (s->n + width > TOKEN_BYTES)
        return;
    for (size_t i = width; i-- > 0; c /= 36)
        s->p[s->n + i] = "0123456789abcdefghijklmnopqrstuvwxyz"[c % 36];
    s->n += width;
}

void spell_character(spelling *s, uint32_t c)
{
    spell_base36(s, c, c < 36 * 36 * 36 ? 3 : 4);
}

void spell_word(spelling *s, glyphs g, ptrdiff_t from, ptrdiff_t to)
{
    bool plain = true;
    for (ptrdiff_t i = from; i < to; i++)
        plain = plain && g.p[i].c < 0x80;
    spell_begin(s, plain ? 'w' : 'u');
    for (ptrdiff_t i = from; i < to; i++) {
        if (!plain)
            spell_base36(s, g.p[i].c, 4);
        else if (s->n < TOKEN_BYTES)
            s->p[s->n++] = (char)g.p[i].c;
    }
}

void spell_pair(spelling *s, uint32_t first, uint32_t second)
{
    spell_begin(s, 'p');
    spell_character(s, first);
    spell_character(s, second);
}

str spelling_str(const spelling *s)
{
    return (str){ s->p, (ptrdiff_t)s->n };
}
