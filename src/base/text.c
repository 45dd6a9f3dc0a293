#include "base/text.h"
#include "base/han.h"
#include "base/log.h"
#include "base/utf16.h"
#include "base/zone.h"
#include <unicode/ucasemap.h>
#include <unicode/uchar.h>
#include <unicode/ucol.h>
#include <unicode/unorm2.h>
#include <unicode/uvernum.h>

/* Written by text_open() before there are threads, read only afterwards. ICU's C functions that take these objects
 * as const call const methods, which are safe to call at once. */
static struct {
    UCollator          *collator;
    UCaseMap           *lower;
    const UNormalizer2 *nfc, *nfd, *folding;
    char                version[64];
} icu;

enum { SETTINGS_VERSION = 2 }; /* of our own settings of the collator: another one means other keys */

static bool failed(const char *what, UErrorCode e)
{
    if (U_SUCCESS(e))
        return false;
    log_event(LOG_ERROR, "icu cannot be used", "part", what, "error", u_errorName(e), NULL);
    text_close();
    return true;
}

/* Chinese by pinyin behind the Latin letters: the root's order of scripts in place of the locale's, which puts
 * Chinese first. */
static void open_collator(UErrorCode *e)
{
    static const int32_t root_order[] = { UCOL_REORDER_CODE_NONE };
    UVersionInfo         version;
    char                 icu_version[U_MAX_VERSION_STRING_LENGTH];
    icu.collator = ucol_open("zh-u-co-pinyin", e);
    if (U_FAILURE(*e))
        return;
    ucol_setReorderCodes(icu.collator, root_order, 1, e);
    ucol_setStrength(icu.collator, UCOL_SECONDARY);
    ucol_getVersion(icu.collator, version);
    UVersionInfo library;
    u_getVersion(library);
    u_versionToString(library, icu_version);
    snprintf(icu.version, sizeof icu.version, "%s/%u.%u/zh-pinyin/%d", icu_version, version[0], version[1],
             SETTINGS_VERSION);
}

err text_open(void)
{
    UErrorCode e = U_ZERO_ERROR;
    if (icu.collator)
        return ERR_OK;
    open_collator(&e);
    if (failed("collator", e))
        return ERR_INTERNAL;
    icu.lower = ucasemap_open("", 0, &e);
    if (failed("case", e))
        return ERR_INTERNAL;
    icu.nfc = unorm2_getNFCInstance(&e);
    icu.nfd = unorm2_getNFDInstance(&e);
    icu.folding = unorm2_getNFKCCasefoldInstance(&e);
    return failed("normalizer", e) ? ERR_INTERNAL : ERR_OK;
}

void text_close(void)
{
    ucol_close(icu.collator);
    ucasemap_close(icu.lower);
    icu.collator = NULL;
    icu.lower = NULL;
    zone_forget();
}

const char *text_collation_version(void)
{
    return icu.version;
}

str text_sort_key(arena *a, str s)
{
    utf16   u;
    uint8_t few[UTF16_SHORT];
    if (s.n == 0)
        return (str){ NULL, 0 };
    arena_mark scratch = arena_here(a);
    utf16_from(&u, a, s);
    int32_t n = ucol_getSortKey(icu.collator, u.p, u.n, few, sizeof few);
    if (n <= (int32_t)sizeof few) {
        arena_reset(a, scratch);
        return arena_str(a, (str){ (const char *)few, n - 1 });
    }
    uint8_t *key = arena_alloc(a, (size_t)n);
    ucol_getSortKey(icu.collator, u.p, u.n, key, n);
    return (str){ (const char *)key, n - 1 };
}

static bool is_ascii(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

static char lower_ascii(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static str lower_all_ascii(arena *a, str s)
{
    char *to = arena_alloc(a, (size_t)s.n + 1);
    for (ptrdiff_t i = 0; i < s.n; i++)
        to[i] = lower_ascii(s.p[i]);
    return (str){ to, s.n };
}

str text_lower(arena *a, str s)
{
    if (is_ascii(s))
        return lower_all_ascii(a, s);
    size_t     room = (size_t)s.n * 3 + 1; /* ICU: no character grows to more than three times its bytes */
    char      *to = arena_alloc(a, room);
    UErrorCode e = U_ZERO_ERROR;
    int32_t    n = ucasemap_utf8ToLower(icu.lower, to, (int32_t)room, s.p, (int32_t)s.n, &e);
    ASSERT(U_SUCCESS(e));
    return (str){ to, n };
}

/* Writes a code point that is no surrogate; returns the bytes. */
static ptrdiff_t put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Characters whose folding depends on nothing around them and needs no ICU: most of what there is.
 * Returns the folded one, 0 for all others. */
static uint32_t fold_simply(uint32_t c)
{
    if (c < 0x80)
        return (unsigned char)lower_ascii((char)c);
    if (c >= 0x4e00 && c < HAN_END)
        return han_simplified(c);
    if (c >= 0xff01 && c <= 0xff5e)
        return (unsigned char)lower_ascii((char)(c - 0xfee0));
    if (c == 0x3000)
        return ' ';
    if ((c >= 0x3001 && c <= 0x3003) || (c >= 0x3008 && c <= 0x3011) || c == 0xb7 || c == 0x2013 || c == 0x2014 ||
        c == 0x2018 || c == 0x2019 || c == 0x201c || c == 0x201d)
        return c;
    return 0;
}

/* Latin letters that Unicode does not take apart into a plain one and an accent. */
static const char *plain_letters(UChar c)
{
    switch (c) {
    case 0xe6: return "ae";
    case 0xf0:
    case 0x111: return "d";
    case 0xf8: return "o";
    case 0xfe: return "th";
    case 0x127: return "h";
    case 0x131: return "i";
    case 0x142: return "l";
    case 0x153: return "oe";
    case 0x167: return "t";
    default: return NULL;
    }
}

static utf16 *normalize(const UNormalizer2 *how, arena *a, const utf16 *from, utf16 *to)
{
    UErrorCode e = U_ZERO_ERROR;
    utf16_room(to, a, UTF16_SHORT);
    int32_t n = unorm2_normalize(how, from->p, from->n, to->p, UTF16_SHORT, &e);
    if (e == U_BUFFER_OVERFLOW_ERROR) {
        e = U_ZERO_ERROR;
        utf16_room(to, a, n);
        n = unorm2_normalize(how, from->p, from->n, to->p, n, &e);
    }
    ASSERT(U_SUCCESS(e) || e == U_STRING_NOT_TERMINATED_WARNING);
    to->n = n;
    return to;
}

/* In a text taken apart: accents go, letters that are not taken apart become plain. */
static utf16 *without_accents(arena *a, const utf16 *from, utf16 *to)
{
    utf16_room(to, a, from->n * 2);
    to->n = 0;
    for (int32_t i = 0; i < from->n; i++) {
        UChar c = from->p[i];
        if (c >= 0x300 && c < 0x370)
            continue;
        const char *plain = plain_letters(c);
        if (!plain)
            to->p[to->n++] = c;
        for (; plain && *plain; plain++)
            to->p[to->n++] = (UChar)*plain;
    }
    return to;
}

static str simplify(str s, char *to)
{
    ptrdiff_t n = 0, at = 0;
    while (at < s.n)
        n += put_utf8(to + n, han_simplified(utf8_next(s, &at)));
    return (str){ to, n };
}

static str fold_by_icu(arena *a, str s)
{
    utf16 x, y;
    utf16_from(&x, a, s);
    normalize(icu.folding, a, &x, &y);
    normalize(icu.nfd, a, &y, &x);
    without_accents(a, &x, &y);
    normalize(icu.nfc, a, &y, &x);
    str folded = utf16_to_utf8(a, x.p, x.n);
    return simplify(folded, arena_alloc(a, (size_t)folded.n + 1)); /* the table stays within three bytes */
}

str text_fold(arena *a, str s)
{
    if (is_ascii(s))
        return lower_all_ascii(a, s);
    char     *to = arena_alloc(a, (size_t)s.n + 1);
    ptrdiff_t n = 0, at = 0;
    while (at < s.n) {
        uint32_t c = fold_simply(utf8_next(s, &at));
        if (c == 0)
            return fold_by_icu(a, s);
        n += put_utf8(to + n, c);
    }
    return (str){ to, n };
}

/* What a character of a cleaned text becomes; 0: nothing. */
static uint32_t clean_character(uint32_t c, bool lines)
{
    if (c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029 || c == '\v' || c == '\f')
        return lines ? '\n' : ' ';
    if (c == '\t')
        return c;
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xfeff ? 0 : c;
}

static bool is_composed_alone(uint32_t c)
{
    return c < 0x300 || (c >= 0x2010 && c < 0x2070) || (c >= 0x3000 && c < 0x3030) || (c >= 0x4e00 && c < HAN_END) ||
           (c >= 0xff00 && c < 0xfff0);
}

static str trim_white(str s)
{
    ptrdiff_t from = 0, to = 0, at = 0;
    bool      begun = false;
    while (at < s.n) {
        ptrdiff_t before = at;
        if (u_isUWhiteSpace((UChar32)utf8_next(s, &at)))
            continue;
        if (!begun)
            from = before;
        begun = true;
        to = at;
    }
    return str_sub(s, from, to);
}

str text_clean(arena *a, str s, bool lines)
{
    char     *to = arena_alloc(a, (size_t)s.n + 1);
    ptrdiff_t n = 0, at = 0;
    bool      composed = true;
    while (at < s.n) {
        uint32_t c = utf8_next(s, &at);
        if (c == '\r' && at < s.n && s.p[at] == '\n')
            continue;
        composed = composed && is_composed_alone(c);
        c = clean_character(c, lines);
        if (c)
            n += put_utf8(to + n, c);
    }
    str clean = trim_white((str){ to, n });
    if (composed)
        return clean;
    utf16 x, y;
    utf16_from(&x, a, clean);
    normalize(icu.nfc, a, &x, &y);
    return utf16_to_utf8(a, y.p, y.n);
}
