#include "base/base.h"

static const struct {
    const char *name;
    int         http;
} err_rows[ERR_COUNT] = {
#define X(id, name, http) [ERR_##id] = { name, http },
    ERR_LIST(X)
#undef X
};

const char *err_name(err e)
{
    ASSERT((unsigned)e < ERR_COUNT);
    return err_rows[e].name;
}

int err_http(err e)
{
    ASSERT((unsigned)e < ERR_COUNT);
    return err_rows[e].http;
}

_Noreturn void assert_fail(const char *claim, const char *file, int line)
{
    fprintf(stderr, "level=error msg=\"assertion failed\" claim=\"%s\" at=%s:%d\n", claim, file, line);
    fflush(stderr);
    abort();
}

str str_from(const char *z)
{
    return z ? (str){ z, (ptrdiff_t)strlen(z) } : (str){ NULL, 0 };
}

static unsigned ascii_lower(char c)
{
    unsigned u = (unsigned char)c;
    return u - 'A' < 26 ? u + 32 : u;
}

bool str_eq_nocase(str a, str b)
{
    if (a.n != b.n)
        return false;
    for (ptrdiff_t i = 0; i < a.n; i++)
        if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
            return false;
    return true;
}

bool str_starts(str s, str prefix)
{
    return s.n >= prefix.n && str_eq((str){ s.p, prefix.n }, prefix);
}

bool str_ends(str s, str suffix)
{
    return s.n >= suffix.n && str_eq(str_sub(s, s.n - suffix.n, s.n), suffix);
}

int str_compare(str a, str b)
{
    ptrdiff_t n = a.n < b.n ? a.n : b.n;
    int       c = n ? memcmp(a.p, b.p, (size_t)n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static bool ascii_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

str str_trim(str s)
{
    while (s.n && ascii_space(s.p[0]))
        s.p++, s.n--;
    while (s.n && ascii_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

str str_sub(str s, ptrdiff_t from, ptrdiff_t to)
{
    if (from < 0)
        from = 0;
    if (to > s.n)
        to = s.n;
    return from < to ? (str){ s.p + from, to - from } : (str){ s.p, 0 };
}

ptrdiff_t str_find_char(str s, char c)
{
    const char *at = s.n ? memchr(s.p, c, (size_t)s.n) : NULL;
    return at ? at - s.p : -1;
}

str str_cut(str *rest, char c)
{
    ptrdiff_t at = str_find_char(*rest, c);
    str       one = at < 0 ? *rest : str_sub(*rest, 0, at);
    *rest = at < 0 ? (str){ 0 } : str_sub(*rest, at + 1, rest->n);
    return one;
}

ptrdiff_t str_find(str s, str needle)
{
    if (needle.n == 0)
        return 0;
    const char *at = s.n ? memmem(s.p, (size_t)s.n, needle.p, (size_t)needle.n) : NULL;
    return at ? at - s.p : -1;
}

bool str_to_int64(str s, int64_t *out)
{
    bool      negative = s.n > 0 && s.p[0] == '-';
    ptrdiff_t i = negative;
    int64_t   v = 0; /* counted downwards, so that INT64_MIN is reached */
    if (i == s.n)
        return false;
    for (; i < s.n; i++) {
        unsigned digit = (unsigned)((unsigned char)s.p[i] - '0');
        if (digit > 9 || __builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, (int64_t)digit, &v))
            return false;
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, v, &v))
        return false;
    *out = v;
    return true;
}

/* Length of the shortest-form sequence at p, 0 when there is none. */
static ptrdiff_t utf8_sequence(const unsigned char *p, ptrdiff_t left)
{
    unsigned c = p[0];
    if (c < 0x80)
        return c != 0;
    if (c < 0xc2 || c > 0xf4)
        return 0;
    ptrdiff_t n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (left < n)
        return 0;
    for (ptrdiff_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f) || (c == 0xf0 && p[1] < 0x90) ||
        (c == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

bool utf8_valid(str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    ptrdiff_t            i = 0;
    while (i < s.n) {
        uint64_t eight;
        if (s.n - i >= 8) {
            memcpy(&eight, p + i, 8);
            /* No high bit and no zero byte: eight ASCII characters at once. */
            if (((eight | (eight - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080)) == 0) {
                i += 8;
                continue;
            }
        }
        ptrdiff_t n = utf8_sequence(p + i, s.n - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

ptrdiff_t utf8_length(str s)
{
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

uint32_t utf8_next(str s, ptrdiff_t *at)
{
    ASSERT(*at >= 0 && *at < s.n);
    const unsigned char *p = (const unsigned char *)s.p + *at;
    unsigned             c = p[0];
    ptrdiff_t            n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    ASSERT(n <= s.n - *at);
    *at += n;
    if (n == 1)
        return c;
    if (n == 2)
        return (c & 0x1fu) << 6 | (p[1] & 0x3fu);
    if (n == 3)
        return (c & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    return (c & 0x07u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
}

str utf8_cut(str s, ptrdiff_t max_bytes)
{
    if (s.n <= max_bytes)
        return s;
    ptrdiff_t n = max_bytes > 0 ? max_bytes : 0;
    while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    return (str){ s.p, n };
}

uint64_t hash_bytes(str s)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (ptrdiff_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
    h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ h >> 33;
}
