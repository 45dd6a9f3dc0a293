#include "base/text.h"
#include <unicode/ucnv.h>

const char *encoding_name(encoding e)
{
    static const char *const names[] = { "UTF-8", "UTF-16LE", "UTF-16BE", "GB18030", "unknown" };
    ASSERT((unsigned)e < countof(names));
    return names[e];
}

/* ---- looking ------------------------------------------------------------------------------------------------- */

typedef enum { SEQUENCE_GOOD, SEQUENCE_BAD, SEQUENCE_CUT } sequence;

/* The UTF-8 sequence at p (NUL is bad); *n: its bytes when good. */
static sequence utf8_at(const unsigned char *p, size_t left, size_t *n)
{
    unsigned c = p[0], low = 0x80, high = 0xbf;
    *n = 1;
    if (c < 0x80)
        return c ? SEQUENCE_GOOD : SEQUENCE_BAD;
    if (c < 0xc2 || c > 0xf4)
        return SEQUENCE_BAD;
    size_t length = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (c == 0xe0)
        low = 0xa0;
    else if (c == 0xed)
        high = 0x9f;
    else if (c == 0xf0)
        low = 0x90;
    else if (c == 0xf4)
        high = 0x8f;
    for (size_t i = 1; i < length; i++, low = 0x80, high = 0xbf) {
        if (i == left)
            return SEQUENCE_CUT;
        if (p[i] < low || p[i] > high)
            return SEQUENCE_BAD;
    }
    *n = length;
    return SEQUENCE_GOOD;
}

static bool within(unsigned c, unsigned low, unsigned high)
{
    return c >= low && c <= high;
}

static sequence gb18030_at(const unsigned char *p, size_t left, size_t *n)
{
    *n = 1;
    if (p[0] < 0x80)
        return p[0] ? SEQUENCE_GOOD : SEQUENCE_BAD;
    if (!within(p[0], 0x81, 0xfe))
        return SEQUENCE_BAD;
    if (left < 2)
        return SEQUENCE_CUT;
    *n = 2;
    if (within(p[1], 0x40, 0x7e) || within(p[1], 0x80, 0xfe))
        return SEQUENCE_GOOD;
    if (!within(p[1], 0x30, 0x39) || (left > 2 && !within(p[2], 0x81, 0xfe)) || (left > 3 && !within(p[3], 0x30, 0x39)))
        return SEQUENCE_BAD;
    *n = 4;
    return left < 4 ? SEQUENCE_CUT : SEQUENCE_GOOD;
}

typedef sequence sequence_at(const unsigned char *p, size_t left, size_t *n);

static bool reads_as(sequence_at *at, const unsigned char *p, size_t n, bool whole)
{
    for (size_t i = 0, step; i < n; i += step) {
        sequence s = at(p + i, n - i, &step);
        if (s == SEQUENCE_CUT)
            return !whole;
        if (s == SEQUENCE_BAD)
            return false;
    }
    return true;
}

static unsigned unit_at(const unsigned char *p, bool big)
{
    return big ? (unsigned)p[0] << 8 | p[1] : (unsigned)p[1] << 8 | p[0];
}

/* What people's files are made of; not U+0A00 and the like, which is a line end read the wrong way round. */
static bool is_usual_unit(unsigned c)
{
    return c == '\t' || c == '\n' || c == '\r' || within(c, 0x20, 0x7e) || within(c, 0xa0, 0x24f) ||
           within(c, 0x370, 0x52f) || within(c, 0x2010, 0x203a) || within(c, 0x3000, 0x30ff) ||
           within(c, 0x4e00, 0x9fff) || within(c, 0xac00, 0xd7a3) || within(c, 0xff01, 0xff5e);
}

/* Units in a hundred that people's files are made of. */
static size_t usual_percent(const unsigned char *p, size_t n, bool big)
{
    size_t usual = 0, units = n / 2;
    for (size_t i = 0; i + 1 < n; i += 2)
        usual += is_usual_unit(unit_at(p + i, big));
    return units ? usual * 100 / units : 0;
}

/* "a" read the wrong way round is a Chinese character: where its zero stands decides. */
static bool zeros_come_first(const unsigned char *p, size_t n)
{
    size_t zeros[2] = { 0, 0 };
    for (size_t i = 0; i < n; i++)
        zeros[i % 2] += p[i] == 0;
    return zeros[0] > zeros[1];
}

static encoding detect_utf16(const unsigned char *p, size_t n, bool whole, size_t enough)
{
    if (whole && n % 2)
        return ENC_UNKNOWN;
    size_t little = usual_percent(p, n, false), big = usual_percent(p, n, true);
    if (little < enough && big < enough)
        return ENC_UNKNOWN;
    bool is_big = little < enough || (big >= enough && zeros_come_first(p, n));
    return is_big ? ENC_UTF16BE : ENC_UTF16LE;
}

static size_t high_bytes(const unsigned char *p, size_t n)
{
    size_t high = 0;
    for (size_t i = 0; i < n; i++)
        high += p[i] >= 0x80;
    return high;
}

static bool begins(const unsigned char *p, size_t n, const char *with, size_t length)
{
    return n >= length && memcmp(p, with, length) == 0;
}

encoding encoding_detect(const void *bytes, size_t n, bool whole, size_t *bom_bytes)
{
    const unsigned char *p = bytes;
    *bom_bytes = 0;
    if (begins(p, n, "\xef\xbb\xbf", 3)) {
        *bom_bytes = 3;
        return ENC_UTF8;
    }
    if (begins(p, n, "\xff\xfe\0\0", 4) || begins(p, n, "\0\0\xfe\xff", 4))
        return ENC_UNKNOWN; /* UTF-32 */
    if (begins(p, n, "\xff\xfe", 2) || begins(p, n, "\xfe\xff", 2)) {
        *bom_bytes = 2;
        return p[0] == 0xff ? ENC_UTF16LE : ENC_UTF16BE;
    }
    if (n && memchr(p, 0, n)) /* no other text has zeros */
        return detect_utf16(p, n, whole, 70);
    if (reads_as(utf8_at, p, n, whole))
        return ENC_UTF8;
    if (reads_as(gb18030_at, p, n, whole))
        return ENC_GB18030;
    /* Chinese without a single Latin letter or line end. Letters of 8-bit encodings in pairs look like it, but those
     * texts have few bytes above 0x7f. */
    return n >= 8 && high_bytes(p, n) >= n / 10 ? detect_utf16(p, n, whole, 95) : ENC_UNKNOWN;
}

/* ---- decoding ------------------------------------------------------------------------------------------------ */

enum { CARRY = 4, PIVOT = 4096 };

struct decoder {
    encoding      e;
    UConverter   *converter;    /* GB18030 only */
    unsigned char carry[CARRY]; /* the beginning of a sequence that the next bytes will end */
    size_t        carried;
    int64_t       offset; /* of the first byte of the carry */
    UChar         high;   /* half of a pair, from the converter */
};

decoder *decoder_open(encoding e)
{
    ASSERT(e == ENC_UTF8 || e == ENC_UTF16LE || e == ENC_UTF16BE || e == ENC_GB18030);
    UErrorCode code = U_ZERO_ERROR;
    decoder   *d = calloc(1, sizeof *d);
    ASSERT(d);
    d->e = e;
    if (e != ENC_GB18030)
        return d;
    d->converter = ucnv_open("gb18030", &code);
    ASSERT(U_SUCCESS(code)); /* text_open() has seen that ICU's data is there */
    ucnv_setToUCallBack(d->converter, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &code);
    ASSERT(U_SUCCESS(code));
    return d;
}

void decoder_close(decoder *d)
{
    if (!d)
        return;
    if (d->converter)
        ucnv_close(d->converter);
    free(d);
}

static void put_character(buf *out, uint32_t c)
{
    char                       p[4];
    size_t                     n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = n; i-- > 1; c >>= 6)
        p[i] = (char)(0x80 | (c & 0x3f));
    p[0] = (char)(lead[n] | c);
    buf_put(out, p, n);
}

static bool is_high(unsigned c)
{
    return (c & 0xfc00) == 0xd800;
}

static bool is_low(unsigned c)
{
    return (c & 0xfc00) == 0xdc00;
}

static uint32_t pair(unsigned high, unsigned low)
{
    return 0x10000 + ((high & 0x3ffu) << 10 | (low & 0x3ffu));
}

static sequence utf16_at(const unsigned char *p, size_t left, bool big, size_t *n, uint32_t *c)
{
    *n = 2;
    if (left < 2)
        return SEQUENCE_CUT;
    *c = unit_at(p, big);
    if (*c == 0 || is_low(*c))
        return SEQUENCE_BAD;
    if (!is_high(*c))
        return SEQUENCE_GOOD;
    if (left < 4)
        return SEQUENCE_CUT;
    unsigned low = unit_at(p + 2, big);
    if (!is_low(low))
        return SEQUENCE_BAD;
    *c = pair(*c, low);
    *n = 4;
    return SEQUENCE_GOOD;
}

/* Whole sequences from p; stops before one that is cut or bad. Returns the bytes used. */
static size_t put_utf8(const unsigned char *p, size_t n, buf *out, sequence *why)
{
    size_t i = 0, step;
    *why = SEQUENCE_GOOD;
    while (i < n && (*why = utf8_at(p + i, n - i, &step)) == SEQUENCE_GOOD)
        i += step;
    buf_put(out, p, i);
    return i;
}

static size_t put_utf16(const unsigned char *p, size_t n, bool big, buf *out, sequence *why)
{
    size_t   i = 0, step;
    uint32_t c;
    *why = SEQUENCE_GOOD;
    while (i < n && (*why = utf16_at(p + i, n - i, big, &step, &c)) == SEQUENCE_GOOD) {
        put_character(out, c);
        i += step;
    }
    return i;
}

static void put_units(decoder *d, const UChar *p, const UChar *end, buf *out)
{
    for (; p < end; p++) {
        if (d->high)
            put_character(out, pair(d->high, *p));
        else if (!is_high(*p))
            put_character(out, *p);
        d->high = !d->high && is_high(*p) ? *p : 0;
    }
}

/* Whole sequences of GB18030, structure checked: only a character that Unicode does not have can stop ICU. */
static bool convert_gb18030(decoder *d, const unsigned char *p, size_t n, buf *out, size_t *used)
{
    const char *from = (const char *)p, *end = from + n;
    UErrorCode  code;
    do {
        UChar units[PIVOT], *to = units;
        code = U_ZERO_ERROR;
        ucnv_toUnicode(d->converter, &to, units + PIVOT, &from, end, NULL, false, &code);
        put_units(d, units, to, out);
    } while (code == U_BUFFER_OVERFLOW_ERROR);
    *used = n;
    if (U_SUCCESS(code))
        return true;
    char       bad[8];
    int8_t     bad_bytes = sizeof bad;
    UErrorCode ignored = U_ZERO_ERROR;
    ucnv_getInvalidChars(d->converter, bad, &bad_bytes, &ignored);
    *used = (size_t)(from - (const char *)p) - (size_t)bad_bytes;
    return false;
}

static size_t put_gb18030(decoder *d, const unsigned char *p, size_t n, buf *out, sequence *why)
{
    size_t i = 0, step, used;
    *why = SEQUENCE_GOOD;
    while (i < n && (*why = gb18030_at(p + i, n - i, &step)) == SEQUENCE_GOOD)
        i += step;
    if (!convert_gb18030(d, p, i, out, &used))
        *why = SEQUENCE_BAD;
    return used;
}

static size_t put_sequences(decoder *d, const unsigned char *p, size_t n, buf *out, sequence *why)
{
    if (d->e == ENC_UTF8)
        return put_utf8(p, n, out, why);
    if (d->e == ENC_GB18030)
        return put_gb18030(d, p, n, out, why);
    return put_utf16(p, n, d->e == ENC_UTF16BE, out, why);
}

/* Ends the carried sequence with the first of the new bytes, one at a time. Returns how many were taken. */
static size_t finish_carry(decoder *d, const unsigned char *p, size_t n, buf *out, sequence *why)
{
    size_t taken = 0;
    *why = SEQUENCE_CUT;
    while (*why == SEQUENCE_CUT && taken < n) {
        ASSERT(d->carried < CARRY);
        d->carry[d->carried++] = p[taken++];
        put_sequences(d, d->carry, d->carried, out, why);
    }
    if (*why == SEQUENCE_GOOD) {
        d->offset += (int64_t)d->carried;
        d->carried = 0;
    }
    return taken;
}

err decoder_put(decoder *d, const void *bytes, size_t n, bool last, buf *out, int64_t *bad_offset)
{
    const unsigned char *p = bytes;
    sequence             why = SEQUENCE_GOOD;
    if (d->carried) {
        size_t taken = finish_carry(d, p, n, out, &why);
        p += taken;
        n -= taken;
    }
    if (why == SEQUENCE_GOOD && n) {
        size_t used = put_sequences(d, p, n, out, &why);
        d->offset += (int64_t)used;
        if (why == SEQUENCE_CUT) {
            d->carried = n - used;
            ASSERT(d->carried < CARRY);
            memcpy(d->carry, p + used, d->carried);
        }
    }
    if (why == SEQUENCE_BAD || (last && d->carried)) {
        *bad_offset = d->offset;
        return ERR_MALFORMED;
    }
    return out->failed ? ERR_TOO_LARGE : ERR_OK;
}
