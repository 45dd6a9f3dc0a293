#include "base/totp.h"

#include "base/buf.h"
#include "base/random.h"

/* ---- SHA-1, which libsodium leaves out; only here, where the apps know nothing else ---- */

enum { BLOCK = 64, SHA1_BYTES = 20 };

typedef struct {
    uint32_t h[5];
    uint64_t bytes;
    uint8_t  block[BLOCK];
} sha1;

static uint32_t roll(uint32_t x, int n)
{
    return x << n | x >> (32 - n);
}

static uint32_t mix(int t, uint32_t b, uint32_t c, uint32_t d)
{
    switch (t / 20) {
    case 0: return ((b & c) | (~b & d)) + 0x5a827999u;
    case 1: return (b ^ c ^ d) + 0x6ed9eba1u;
    case 2: return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdcu;
    default: return (b ^ c ^ d) + 0xca62c1d6u;
    }
}

static void take_block(sha1 *s)
{
    uint32_t w[80], v[5];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)s->block[4 * i] << 24 | (uint32_t)s->block[4 * i + 1] << 16 |
               (uint32_t)s->block[4 * i + 2] << 8 | s->block[4 * i + 3];
    for (int i = 16; i < 80; i++)
        w[i] = roll(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    memcpy(v, s->h, sizeof v);
    for (int t = 0; t < 80; t++) {
        uint32_t next = roll(v[0], 5) + mix(t, v[1], v[2], v[3]) + v[4] + w[t];
        v[4] = v[3];
        v[3] = v[2];
        v[2] = roll(v[1], 30);
        v[1] = v[0];
        v[0] = next;
    }
    for (int i = 0; i < 5; i++)
        s->h[i] += v[i];
    wipe(w, sizeof w);
}

static void sha1_add(sha1 *s, const uint8_t *p, size_t n)
{
    while (n-- > 0) {
        s->block[s->bytes++ % BLOCK] = *p++;
        if (s->bytes % BLOCK == 0)
            take_block(s);
    }
}

static void sha1_end(sha1 *s, uint8_t out[SHA1_BYTES])
{
    static const uint8_t one = 0x80, none = 0;
    uint64_t             bits = s->bytes * 8;
    uint8_t              length[8];
    sha1_add(s, &one, 1);
    while (s->bytes % BLOCK != BLOCK - 8)
        sha1_add(s, &none, 1);
    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    sha1_add(s, length, sizeof length);
    for (int i = 0; i < SHA1_BYTES; i++)
        out[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

static void keyed(str key, uint8_t with, const uint8_t *p, size_t n, uint8_t out[SHA1_BYTES])
{
    sha1    s = { .h = { 0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u, 0xc3d2e1f0u } };
    uint8_t pad[BLOCK];
    ASSERT(key.n <= BLOCK);
    memset(pad, with, sizeof pad);
    for (ptrdiff_t i = 0; i < key.n; i++)
        pad[i] ^= (uint8_t)key.p[i];
    sha1_add(&s, pad, sizeof pad);
    sha1_add(&s, p, n);
    sha1_end(&s, out);
    wipe(pad, sizeof pad);
    wipe(&s, sizeof s);
}

/* ---- codes ---- */

uint32_t totp_code(str key, int64_t step, int digits)
{
    static const uint32_t powers[] = { 1000000, 10000000, 100000000 };
    uint8_t               counter[8], inner[SHA1_BYTES], mac[SHA1_BYTES];
    ASSERT(digits >= 6 && digits <= 8);
    for (int i = 0; i < 8; i++)
        counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    keyed(key, 0x36, counter, sizeof counter, inner);
    keyed(key, 0x5c, inner, sizeof inner, mac);
    int      at = mac[SHA1_BYTES - 1] & 15;
    uint32_t n =
        (uint32_t)(mac[at] & 127) << 24 | (uint32_t)mac[at + 1] << 16 | (uint32_t)mac[at + 2] << 8 | mac[at + 3];
    return n % powers[digits - 6];
}

int64_t totp_step(int64_t seconds)
{
    return seconds / TOTP_STEP_SECONDS;
}

/* Exactly six digits, or a number that no code is. */
static uint32_t read_code(str text)
{
    uint32_t n = 0;
    int      digits = 0;
    for (ptrdiff_t i = 0; i < text.n; i++) {
        if (text.p[i] == ' ')
            continue;
        if (text.p[i] < '0' || text.p[i] > '9' || ++digits > TOTP_DIGITS)
            return UINT32_MAX;
        n = n * 10 + (uint32_t)(text.p[i] - '0');
    }
    return digits == TOTP_DIGITS ? n : UINT32_MAX;
}

bool totp_check(str key, str code, int64_t seconds, int64_t last, int64_t *step)
{
    uint32_t given = read_code(code);
    int64_t  now = totp_step(seconds), found = 0;
    for (int64_t s = now - TOTP_SKEW; s <= now + TOTP_SKEW; s++)
        if (totp_code(key, s, TOTP_DIGITS) == given && s > last)
            found = s;
    if (found)
        *step = found;
    return found != 0;
}

/* ---- spelling ---- */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

str base32_encode(arena *a, str bytes)
{
    char     *to = arena_alloc(a, (size_t)bytes.n * 8 / 5 + 2);
    ptrdiff_t n = 0;
    uint32_t  held = 0;
    int       bits = 0;
    for (ptrdiff_t i = 0; i < bytes.n; i++) {
        held = held << 8 | (uint8_t)bytes.p[i];
        for (bits += 8; bits >= 5; bits -= 5)
            to[n++] = letters[held >> (bits - 5) & 31];
    }
    if (bits > 0)
        to[n++] = letters[held << (5 - bits) & 31];
    to[n] = 0;
    return (str){ to, n };
}

bool base32_decode(arena *a, str text, str *out)
{
    char     *to = arena_alloc(a, (size_t)text.n * 5 / 8 + 1);
    ptrdiff_t n = 0;
    uint32_t  held = 0;
    int       bits = 0;
    for (ptrdiff_t i = 0; i < text.n; i++) {
        char        c = text.p[i] >= 'a' && text.p[i] <= 'z' ? (char)(text.p[i] - 32) : text.p[i];
        const char *at = c ? strchr(letters, c) : NULL;
        if (c == ' ')
            continue;
        if (!at)
            return false;
        held = held << 5 | (uint32_t)(at - letters);
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            to[n++] = (char)(held >> bits);
        }
    }
    *out = (str){ to, n };
    return true;
}

static void put_escaped(buf *b, str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
        if (plain)
            buf_putc(b, (char)c);
        else
            buf_printf(b, "%%%02X", c);
    }
}

str totp_address(arena *a, str issuer, str account, str key)
{
    buf b;
    buf_init(&b, 4096);
    buf_putz(&b, "otpauth://totp/");
    put_escaped(&b, issuer);
    buf_putc(&b, ':');
    put_escaped(&b, account);
    buf_putz(&b, "?secret=");
    buf_puts(&b, base32_encode(a, key));
    buf_putz(&b, "&issuer=");
    put_escaped(&b, issuer);
    str text = arena_str(a, buf_str(&b));
    buf_free(&b);
    return text;
}
