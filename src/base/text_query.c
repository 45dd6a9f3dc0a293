/* text_query.c — what a person typed, as groups of alternatives of tokens. The grammar stands in text_tokens.c. */
#include "base/glyphs.h"
#include "base/han.h"
#include "base/limits.h"
#include "base/text.h"

enum {
    ALTERNATIVES = 8,    /* ways to read a word as pinyin */
    EXTRA_SYLLABLES = 2, /* above the fewest it can be read in */
    STEPS = 20000,       /* of the search for them */
    WORD_LETTERS = 62,
    INITIALS_MAX = 24
};

typedef struct {
    arena    *a;
    token_set sets[ALTERNATIVES + 3];
    size_t    count;
} alternatives;

static token make_token(arena *a, const spelling *s, bool prefix)
{
    return (token){ arena_str(a, spelling_str(s)), prefix };
}

static bool same_set(token_set x, token_set y)
{
    if (x.count != y.count)
        return false;
    for (size_t i = 0; i < x.count; i++)
        if (x.all[i].prefix != y.all[i].prefix || !str_eq(x.all[i].text, y.all[i].text))
            return false;
    return true;
}

static void add_set(alternatives *w, token_set s)
{
    for (size_t i = 0; i < w->count; i++)
        if (same_set(w->sets[i], s))
            return;
    if (s.count && w->count < countof(w->sets))
        w->sets[w->count++] = s;
}

static void add_single(alternatives *w, const spelling *s, bool prefix)
{
    token *t = arena_make(w->a, token);
    *t = make_token(w->a, s, prefix);
    add_set(w, (token_set){ t, 1 });
}

/* ---- pinyin -------------------------------------------------------------------------------------------------- */

typedef struct {
    alternatives *into;
    str           word;
    unsigned char fewest[WORD_LETTERS + 1];  /* syllables from here to the end; 0 at the end; NEVER: none */
    unsigned char lengths[WORD_LETTERS + 1]; /* bit n: a syllable of n letters from here leads to the end */
    size_t        found;
    int           steps;
    ptrdiff_t     cuts[WORD_LETTERS + 1];
} pinyin;

enum { NEVER = 255 };

/* Passports spell lü and nü so. */
static str without_y(str syllable, char out[SYLLABLE_BYTES + 2])
{
    if (syllable.n < 3 || syllable.n > SYLLABLE_BYTES || (syllable.p[0] != 'l' && syllable.p[0] != 'n') ||
        syllable.p[1] != 'y' || syllable.p[2] != 'u')
        return syllable;
    out[0] = syllable.p[0];
    out[1] = 'v';
    memcpy(out + 2, syllable.p + 3, (size_t)syllable.n - 3);
    return (str){ out, syllable.n - 1 };
}

static bool is_syllable(str s, bool *begins)
{
    char out[SYLLABLE_BYTES + 2];
    bool passport_begins;
    bool is = han_is_syllable(s, begins);
    str  other = without_y(s, out);
    if (other.p != s.p && han_is_syllable(other, &passport_begins))
        is = *begins = true;
    return is;
}

static void count_fewest(pinyin *y)
{
    ptrdiff_t n = y->word.n;
    y->fewest[n] = 0;
    for (ptrdiff_t from = n; from-- > 0;) {
        y->fewest[from] = NEVER;
        for (ptrdiff_t to = from + 1; to <= n && to - from <= SYLLABLE_BYTES; to++) {
            bool begins, is = is_syllable(str_sub(y->word, from, to), &begins);
            if (to == n ? !begins : !is || y->fewest[to] == NEVER)
                continue;
            y->lengths[from] = (unsigned char)(y->lengths[from] | 1u << (to - from));
            if (y->fewest[to] + 1 < y->fewest[from])
                y->fewest[from] = (unsigned char)(y->fewest[to] + 1);
        }
    }
}

static str syllable_at(const pinyin *y, int i, char out[SYLLABLE_BYTES + 2])
{
    return without_y(str_sub(y->word, y->cuts[i], y->cuts[i + 1]), out);
}

static void spell_str(spelling *s, str part)
{
    char z[SYLLABLE_BYTES + 2];
    snprintf(z, sizeof z, "%.*s", STR_ARG(part));
    spell_ascii(s, z);
}

static void add_reading(pinyin *y, int syllables)
{
    alternatives *w = y->into;
    int           tokens = syllables > 1 ? syllables - 1 : 1;
    token_set     set = { arena_make_n(w->a, token, tokens), (size_t)tokens };
    size_t        before = w->count;
    for (int i = 0; i < tokens; i++) {
        spelling s;
        char     out[SYLLABLE_BYTES + 2];
        spell_begin(&s, 's');
        spell_str(&s, syllable_at(y, i, out));
        if (syllables > 1)
            spell_str(&s, syllable_at(y, i + 1, out));
        set.all[i] = make_token(w->a, &s, i == tokens - 1);
    }
    add_set(w, set);
    y->found += w->count > before;
}

/* All ways to read the word from cuts[done] on in exactly `left` syllables, long syllables first. */
static void cut(pinyin *y, int done, int left)
{
    ptrdiff_t from = y->cuts[done];
    if (y->found >= ALTERNATIVES || ++y->steps > STEPS || y->fewest[from] > left)
        return;
    if (left == 0) {
        if (from == y->word.n)
            add_reading(y, done);
        return;
    }
    for (int length = SYLLABLE_BYTES; length > 0; length--) {
        if (!(y->lengths[from] >> length & 1))
            continue;
        y->cuts[done + 1] = from + length;
        cut(y, done + 1, left - 1);
    }
}

static void add_pinyin(alternatives *w, str word)
{
    pinyin y = { .into = w, .word = word };
    if (word.n < 2 || word.n > WORD_LETTERS)
        return;
    count_fewest(&y);
    if (y.fewest[0] == NEVER)
        return;
    for (int extra = 0; extra <= EXTRA_SYLLABLES; extra++)
        if (y.fewest[0] + extra <= word.n)
            cut(&y, 0, y.fewest[0] + extra);
}

/* No syllable begins with i, u or v. More initials than a token has are asked for by overlapping ones. */
static void add_initials(alternatives *w, str word)
{
    if (word.n < 2 || word.n > INITIALS_MAX)
        return;
    for (ptrdiff_t i = 0; i < word.n; i++)
        if (strchr("iuv", word.p[i]))
            return;
    ptrdiff_t tokens = word.n > INITIALS_LETTERS ? word.n - INITIALS_LETTERS + 1 : 1;
    token_set set = { arena_make_n(w->a, token, tokens), (size_t)tokens };
    for (ptrdiff_t i = 0; i < tokens; i++) {
        spelling s;
        spell_begin(&s, 'i');
        for (ptrdiff_t k = i; k < word.n && k < i + INITIALS_LETTERS; k++)
            s.p[s.n++] = word.p[k];
        set.all[i] = make_token(w->a, &s, i == tokens - 1);
    }
    add_set(w, set);
}

/* ---- words and numbers --------------------------------------------------------------------------------------- */

static str ascii_letters(arena *a, glyphs g, ptrdiff_t from, ptrdiff_t to)
{
    char *p = arena_alloc(a, (size_t)(to - from) + 1);
    for (ptrdiff_t i = from; i < to; i++) {
        if (g.p[i].c < 'a' || g.p[i].c > 'z')
            return (str){ NULL, 0 };
        p[i - from] = (char)g.p[i].c;
    }
    return (str){ p, to - from };
}

static void read_word(alternatives *w, glyphs g, ptrdiff_t from, ptrdiff_t to)
{
    spelling s;
    spell_word(&s, g, from, to);
    /* A single letter of an alphabet would match too much; a syllable of Korean would not. */
    add_single(w, &s, to - from > 1 || s.p[0] == 'u');
    str letters = ascii_letters(w->a, g, from, to);
    add_pinyin(w, letters);
    add_initials(w, letters);
}

/* Digits of a run: all its groups of four, the word's beginning where there are fewer. Adds to a set being made. */
static void add_digits(arena *a, token_set *set, str digits)
{
    spelling s;
    if (digits.n < DIGIT_GRAM) {
        spell_begin(&s, 'w');
        for (ptrdiff_t i = 0; i < digits.n; i++)
            s.p[s.n++] = digits.p[i];
        set->all[set->count++] = make_token(a, &s, digits.n > 1);
    }
    for (ptrdiff_t i = 0; i + DIGIT_GRAM <= digits.n; i++) {
        spell_begin(&s, 'd');
        for (int k = 0; k < DIGIT_GRAM; k++)
            s.p[s.n++] = digits.p[i + k];
        set->all[set->count++] = make_token(a, &s, false);
    }
}

static bool is_number(glyphs g, ptrdiff_t from)
{
    return g.p[from].kind == GLYPH_DIGIT && glyphs_digits_end(g, from) == glyphs_word_end(g, from);
}

/* Numbers with separators between: as one number, or each by itself. */
static ptrdiff_t read_numbers(alternatives *w, glyphs g, ptrdiff_t from)
{
    size_t    room = (size_t)(g.n - from);
    char     *digits = arena_alloc(w->a, room);
    ptrdiff_t n = 0, end = from;
    token_set apart = { arena_make_n(w->a, token, room), 0 }, joined = { arena_make_n(w->a, token, room), 0 };
    for (ptrdiff_t at = from; at >= 0 && is_number(g, at); at = glyphs_phone_next(g, end)) {
        ptrdiff_t begin = n;
        end = glyphs_digits_end(g, at);
        for (ptrdiff_t i = at; i < end; i++)
            digits[n++] = (char)g.p[i].c;
        add_digits(w->a, &apart, (str){ digits + begin, n - begin });
    }
    add_set(w, apart);
    if (n >= DIGIT_GRAM) {
        add_digits(w->a, &joined, (str){ digits, n });
        add_set(w, joined);
    }
    return end;
}

static void read_han(alternatives *w, glyphs g, ptrdiff_t from, ptrdiff_t to)
{
    spelling s;
    if (to - from == 1) {
        spell_begin(&s, 'c');
        spell_character(&s, g.p[from].c);
        add_single(w, &s, false);
        return;
    }
    token_set set = { arena_make_n(w->a, token, to - from - 1), 0 };
    for (ptrdiff_t i = from; i + 1 < to; i++) {
        spell_pair(&s, g.p[i].c, g.p[i + 1].c);
        set.all[set.count++] = make_token(w->a, &s, false);
    }
    add_set(w, set);
}

/* One word from g.p[from] on, which is no gap; returns where it ends. */
static ptrdiff_t read_one(alternatives *w, glyphs g, ptrdiff_t from)
{
    ptrdiff_t end;
    if (g.p[from].kind == GLYPH_HAN) {
        end = glyphs_han_end(g, from);
        read_han(w, g, from, end);
    } else if (is_number(g, from)) {
        end = read_numbers(w, g, from);
    } else {
        end = glyphs_word_end(g, from);
        read_word(w, g, from, end);
    }
    return end;
}

token_query text_query(arena *a, str typed)
{
    glyphs      g = glyphs_of(a, text_fold(a, utf8_cut(typed, 4 * LIMIT_SEARCH_QUERY)));
    token_query q = { arena_make_n(a, token_group, g.n), 0 };
    if (g.n > LIMIT_SEARCH_QUERY)
        g.n = LIMIT_SEARCH_QUERY;
    for (ptrdiff_t i = 0; i < g.n;) {
        if (g.p[i].kind == GLYPH_GAP) {
            i++;
            continue;
        }
        alternatives w = { .a = a };
        i = read_one(&w, g, i);
        token_set *sets = arena_make_n(a, token_set, w.count);
        memcpy(sets, w.sets, w.count * sizeof *sets);
        q.every[q.count++] = (token_group){ sets, w.count };
    }
    return q;
}
