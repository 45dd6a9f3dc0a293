/* text_tokens.c — the tokens under which a text is found. text_query.c makes the other half; this is the grammar of both.
 *
 * Every token is 2 to 63 bytes of a–z and 0–9, so that no tokenizer of an engine can cut it or fold it further. The
 * stores keep the set of tokens of a record, without places: everything that must stand side by side is therefore
 * joined into one token. The first letter says the kind:
 *
 *   wWORD    a word of a–z and 0–9, folded ("gtx500"); also its parts where letters and digits meet ("wgtx", "w500") and
 *            two words joined where only one of ' - & _ stands between them ("o'brien": wo, wbrien, wobrien).
 *   uXXXX…   a word with letters of other scripts, four digits of base 36 a letter, the first fifteen letters.
 *   cX       one Chinese character (or kana), X its code point in base 36: three digits to U+B63F, four behind.
 *   pXX      two neighbours of them.
 *   sSYL     the last syllable of a run in pinyin ("swei");
 *   sSYLSYL  two neighbouring syllables joined ("shuawei"), for each reading of each of the two.
 *   iLETTERS the initials of a run from some character on, two to eight of them ("ihwjs"): one token for each character
 *            but the last. Characters of several readings give a token for each combination, up to eight; the
 *            characters behind count with their first reading only.
 *   dDDDD    four neighbouring digits of a number. Numbers with separators between them ("+86 138-0013 8000") count
 *            as one where that has at least seven digits, as telephone numbers have.
 *
 * A run of Chinese characters goes on over brackets, quotation marks, dots and single spaces (贸易(上海)有限), so that it is
 * found with them and without. Commas, full stops and new lines end it.
 *
 * Query, for each word typed (text_query.c): Chinese: all its p tokens, or c for a single one. A word: w or u by prefix
 * (from two letters on); or, when it can be read as pinyin, all its s tokens, the last by prefix; or its i token by
 * prefix. Digits: all its d tokens; fewer than four: w by prefix. */
#include "base/glyphs.h"
#include "base/han.h"
#include "base/text.h"

enum { VARIANTS = 8, CHUNK = 1024, FIRST_TABLE = 256 };

/* A set of tokens that keeps the order in which they came. */
typedef struct {
    arena    *a;
    size_t    limit;
    token    *list;
    uint32_t *hashes;
    size_t    count, room;
    uint32_t *table; /* 1 + place in list; 0: free */
    size_t    mask;
    char     *chunk; /* where the next token's bytes go */
    size_t    left;
} bag;

static void bag_grow(bag *b)
{
    b->room *= 2;
    token    *list = arena_make_n(b->a, token, b->room);
    uint32_t *hashes = arena_make_n(b->a, uint32_t, b->room);
    memcpy(list, b->list, b->count * sizeof *list);
    memcpy(hashes, b->hashes, b->count * sizeof *hashes);
    b->list = list;
    b->hashes = hashes;
    b->mask = b->room * 2 - 1;
    b->table = arena_make_n(b->a, uint32_t, b->mask + 1);
    for (size_t i = 0; i < b->count; i++) {
        size_t at = b->hashes[i] & b->mask;
        while (b->table[at])
            at = (at + 1) & b->mask;
        b->table[at] = (uint32_t)i + 1;
    }
}

static void bag_init(bag *b, arena *a, size_t limit)
{
    *b = (bag){ .a = a, .limit = limit, .room = FIRST_TABLE / 2, .mask = FIRST_TABLE - 1 };
    b->list = arena_make_n(a, token, b->room);
    b->hashes = arena_make_n(a, uint32_t, b->room);
    b->table = arena_make_n(a, uint32_t, FIRST_TABLE);
}

static str bag_keep(bag *b, const spelling *s)
{
    if (b->left < s->n) {
        b->left = CHUNK;
        b->chunk = arena_alloc(b->a, CHUNK);
    }
    char *p = b->chunk;
    memcpy(p, s->p, s->n);
    b->chunk += s->n;
    b->left -= s->n;
    return (str){ p, (ptrdiff_t)s->n };
}

static void bag_add(bag *b, const spelling *s)
{
    uint32_t hash = (uint32_t)hash_bytes(spelling_str(s));
    size_t   at = hash & b->mask;
    for (; b->table[at]; at = (at + 1) & b->mask) {
        size_t i = b->table[at] - 1;
        if (b->hashes[i] == hash && str_eq(b->list[i].text, spelling_str(s)))
            return;
    }
    if (b->count == b->limit)
        return;
    b->list[b->count] = (token){ bag_keep(b, s), false };
    b->hashes[b->count] = hash;
    b->table[at] = (uint32_t)++b->count;
    if (b->count == b->room)
        bag_grow(b);
}

/* ---- Chinese ------------------------------------------------------------------------------------------------- */

typedef struct {
    uint32_t    c;
    int         readings;
    const char *reading[HAN_READINGS];
    char        initials[HAN_READINGS]; /* distinct */
    int         initial_count;
} character;

static void read_character(character *x, uint32_t c)
{
    x->c = c;
    x->readings = han_readings(c, x->reading);
    x->initial_count = 0;
    for (int i = 0; i < x->readings; i++) {
        char letter = x->reading[i][0];
        if (!x->initial_count || !memchr(x->initials, letter, (size_t)x->initial_count))
            x->initials[x->initial_count++] = letter;
    }
}

static void add_syllables(bag *b, const character *x, const character *next)
{
    spelling s;
    for (int i = 0; i < x->readings; i++)
        for (int k = 0; k < (next ? next->readings : 1); k++) {
            spell_begin(&s, 's');
            spell_ascii(&s, x->reading[i]);
            if (next)
                spell_ascii(&s, next->reading[k]);
            bag_add(b, &s);
        }
}

/* Which of its initials each character of a window gives: counted like the digits of a number whose base changes. */
static void add_initials(bag *b, const character *x, ptrdiff_t n)
{
    int choices[INITIALS_LETTERS], chosen[INITIALS_LETTERS] = { 0 }, variants = 1;
    if (n > INITIALS_LETTERS)
        n = INITIALS_LETTERS;
    for (ptrdiff_t i = 0; i < n; i++) {
        choices[i] = variants * x[i].initial_count <= VARIANTS ? x[i].initial_count : 1;
        variants *= choices[i];
    }
    for (; variants > 0; variants--) {
        spelling s;
        spell_begin(&s, 'i');
        for (ptrdiff_t i = 0; i < n; i++)
            s.p[s.n++] = x[i].initials[chosen[i]];
        bag_add(b, &s);
        for (ptrdiff_t i = 0; i < n && ++chosen[i] == choices[i]; i++)
            chosen[i] = 0;
    }
}

static void add_han_run(bag *b, const character *x, ptrdiff_t n)
{
    spelling s;
    for (ptrdiff_t i = 0; i < n; i++) {
        ptrdiff_t read = 0; /* how many from here on have readings, as far as a token reaches */
        while (read < INITIALS_LETTERS && i + read < n && x[i + read].readings)
            read++;
        spell_begin(&s, 'c');
        spell_character(&s, x[i].c);
        bag_add(b, &s);
        if (i + 1 < n) {
            spell_pair(&s, x[i].c, x[i + 1].c);
            bag_add(b, &s);
        }
        if (read > 0)
            add_syllables(b, &x[i], read > 1 ? &x[i + 1] : NULL);
        if (read > 1)
            add_initials(b, &x[i], read);
    }
}

/* What a run of Chinese characters goes on over. */
static bool is_soft(uint32_t c)
{
    switch (c) {
    case ' ':
    case '(':
    case ')':
    case '[':
    case ']':
    case '<':
    case '>':
    case '\'':
    case '"':
    case '-':
    case '&':
    case 0xb7:   /* · */
    case 0x2014: /* — */
    case 0x2018:
    case 0x2019:
    case 0x201c:
    case 0x201d:
    case 0x2022:
    case 0x30fb: return true;
    default: return c >= 0x3008 && c <= 0x3011; /* 〈〉《》「」『』【】 */
    }
}

/* Behind a run: where it goes on, -1 where it ends. */
static ptrdiff_t han_next(glyphs g, ptrdiff_t from)
{
    enum { SOFT_GAP = 3 };
    ptrdiff_t i = from;
    while (i < g.n && i - from < SOFT_GAP && is_soft(g.p[i].c))
        i++;
    return i < g.n && g.p[i].kind == GLYPH_HAN ? i : -1;
}

static ptrdiff_t take_han(bag *b, glyphs g, ptrdiff_t from)
{
    ptrdiff_t end = from, count = 0;
    for (ptrdiff_t i = from; i >= 0; i = han_next(g, end)) {
        end = glyphs_han_end(g, i);
        count += end - i;
    }
    character *run = arena_make_n(b->a, character, count);
    count = 0;
    for (ptrdiff_t i = from; i < end; i++)
        if (g.p[i].kind == GLYPH_HAN)
            read_character(&run[count++], g.p[i].c);
    add_han_run(b, run, count);
    return end;
}

/* ---- words and numbers --------------------------------------------------------------------------------------- */

static void add_word(bag *b, glyphs g, ptrdiff_t from, ptrdiff_t to)
{
    spelling s;
    spell_word(&s, g, from, to);
    bag_add(b, &s);
}

static void add_parts(bag *b, glyphs g, ptrdiff_t from, ptrdiff_t to)
{
    for (ptrdiff_t i = from, begin = from; i < to; i++) {
        bool ends = i + 1 == to || g.p[i + 1].kind != g.p[i].kind;
        if (ends && i > begin)
            add_word(b, g, begin, i + 1);
        if (ends)
            begin = i + 1;
    }
}

static bool joins_words(uint32_t c)
{
    return c == '\'' || c == '-' || c == '&' || c == '_' || c == 0x2019 || c == 0x2010;
}

/* The word at from..to with the one behind it, where one joining mark stands between. */
static void add_joined(bag *b, glyphs g, ptrdiff_t from, ptrdiff_t to)
{
    if (to + 1 >= g.n || !joins_words(g.p[to].c) || g.p[to + 1].kind != GLYPH_LETTER ||
        g.p[to - 1].kind != GLYPH_LETTER)
        return;
    ptrdiff_t end = glyphs_word_end(g, to + 1);
    if (end - from > TOKEN_BYTES)
        return;
    glyph  both[TOKEN_BYTES];
    glyphs joined = { both, to - from };
    memcpy(both, g.p + from, (size_t)(to - from) * sizeof *both);
    memcpy(both + joined.n, g.p + to + 1, (size_t)(end - to - 1) * sizeof *both);
    joined.n += end - to - 1;
    add_word(b, joined, 0, joined.n);
}

static ptrdiff_t take_word(bag *b, glyphs g, ptrdiff_t from)
{
    ptrdiff_t end = glyphs_word_end(g, from);
    add_word(b, g, from, end);
    add_parts(b, g, from, end);
    add_joined(b, g, from, end);
    return end;
}

static void add_grams(bag *b, const char *digits, ptrdiff_t n)
{
    spelling s;
    for (ptrdiff_t i = 0; i + DIGIT_GRAM <= n; i++) {
        spell_begin(&s, 'd');
        for (int k = 0; k < DIGIT_GRAM; k++)
            s.p[s.n++] = digits[i + k];
        bag_add(b, &s);
    }
}

/* All numbers: each by itself, and chains of them that look like a telephone number as one. */
static void take_numbers(bag *b, glyphs g)
{
    char *digits = arena_alloc(b->a, (size_t)g.n);
    for (ptrdiff_t i = 0; i < g.n;) {
        if (g.p[i].kind != GLYPH_DIGIT) {
            i++;
            continue;
        }
        ptrdiff_t n = 0, begin = 0;
        for (ptrdiff_t at = i; at >= 0; at = glyphs_phone_next(g, i)) {
            begin = n;
            for (i = at; i < g.n && g.p[i].kind == GLYPH_DIGIT; i++)
                digits[n++] = (char)g.p[i].c;
            add_grams(b, digits + begin, n - begin);
        }
        if (begin > 0 && n >= PHONE_DIGITS)
            add_grams(b, digits, n);
    }
}

token_list text_tokens(arena *a, str s, size_t limit)
{
    bag    b;
    glyphs g = glyphs_of(a, text_fold(a, s));
    bag_init(&b, a, limit);
    for (ptrdiff_t i = 0; i < g.n;) {
        if (g.p[i].kind == GLYPH_HAN)
            i = take_han(&b, g, i);
        else if (g.p[i].kind == GLYPH_GAP)
            i++;
        else
            i = take_word(&b, g, i);
    }
    take_numbers(&b, g);
    return (token_list){ b.list, b.count };
}
