#include "base/random.h"
#include "base/log.h"
#include <sodium.h>

err random_open(void)
{
    if (sodium_init() >= 0)
        return ERR_OK;
    log_event(LOG_ERROR, "libsodium cannot be used", NULL);
    return ERR_INTERNAL;
}

void random_bytes(void *to, size_t n)
{
    randombytes_buf(to, n);
}

uint64_t random_below(uint32_t bound)
{
    ASSERT(bound > 0);
    return randombytes_uniform(bound);
}

str random_token(arena *a, size_t n)
{
    char *p = arena_alloc(a, n);
    random_bytes(p, n);
    return base64url_encode(a, (str){ p, (ptrdiff_t)n });
}

bool equal_secret(str x, str y)
{
    return x.n == y.n && (x.n == 0 || sodium_memcmp(x.p, y.p, (size_t)x.n) == 0);
}

void wipe(void *p, size_t n)
{
    sodium_memzero(p, n);
}

str hex_encode(arena *a, str bytes)
{
    size_t room = (size_t)bytes.n * 2 + 1;
    char  *to = arena_alloc(a, room);
    sodium_bin2hex(to, room, (const unsigned char *)bytes.p, (size_t)bytes.n);
    return (str){ to, bytes.n * 2 };
}

bool hex_decode(arena *a, str text, str *out)
{
    size_t         room = (size_t)text.n / 2, n;
    unsigned char *to = arena_alloc(a, room + 1);
    const char    *end = text.p;
    if (text.n && sodium_hex2bin(to, room, text.p, (size_t)text.n, NULL, &n, &end) != 0)
        return false;
    if (text.n % 2 || end != text.p + text.n)
        return false;
    *out = (str){ (const char *)to, text.n / 2 };
    return true;
}

static str encode64(arena *a, str bytes, int variant)
{
    size_t room = sodium_base64_encoded_len((size_t)bytes.n, variant);
    char  *to = arena_alloc(a, room);
    sodium_bin2base64(to, room, (const unsigned char *)bytes.p, (size_t)bytes.n, variant);
    return str_from(to);
}

static bool decode64(arena *a, str text, int variant, str *out)
{
    size_t         room = (size_t)text.n / 4 * 3 + 3, n = 0;
    unsigned char *to = arena_alloc(a, room);
    const char    *end = text.p;
    if (text.n && sodium_base642bin(to, room, text.p, (size_t)text.n, NULL, &n, &end, variant) != 0)
        return false;
    if (text.n && end != text.p + text.n)
        return false;
    *out = (str){ (const char *)to, (ptrdiff_t)n };
    return true;
}

str base64url_encode(arena *a, str bytes)
{
    return encode64(a, bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool base64url_decode(arena *a, str text, str *out)
{
    return decode64(a, text, sodium_base64_VARIANT_URLSAFE_NO_PADDING, out);
}

str base64_encode(arena *a, str bytes)
{
    return encode64(a, bytes, sodium_base64_VARIANT_ORIGINAL);
}

bool base64_decode(arena *a, str text, str *out)
{
    return decode64(a, text, sodium_base64_VARIANT_ORIGINAL, out);
}

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(sha256), "the state fits");
_Static_assert(_Alignof(crypto_hash_sha256_state) <= _Alignof(sha256), "the state is aligned");

void sha256_begin(sha256 *h)
{
    crypto_hash_sha256_init((crypto_hash_sha256_state *)(void *)h->state);
}

void sha256_add(sha256 *h, const void *bytes, size_t n)
{
    crypto_hash_sha256_update((crypto_hash_sha256_state *)(void *)h->state, bytes, n);
}

void sha256_end(sha256 *h, unsigned char out[SHA256_BYTES])
{
    crypto_hash_sha256_final((crypto_hash_sha256_state *)(void *)h->state, out);
}

void mark_text(const unsigned char key[MARK_KEY], str text, unsigned char out[MARK_BYTES])
{
    _Static_assert(MARK_KEY == crypto_shorthash_siphashx24_KEYBYTES, "the key's size");
    _Static_assert(MARK_BYTES == crypto_shorthash_siphashx24_BYTES, "the mark's size");
    crypto_shorthash_siphashx24(out, (const unsigned char *)text.p, (unsigned long long)text.n, key);
}

void hmac_sha256(str key, str message, unsigned char out[SHA256_BYTES])
{
    crypto_auth_hmacsha256_state h;
    crypto_auth_hmacsha256_init(&h, (const unsigned char *)key.p, (size_t)key.n);
    crypto_auth_hmacsha256_update(&h, (const unsigned char *)message.p, (size_t)message.n);
    crypto_auth_hmacsha256_final(&h, out);
    wipe(&h, sizeof h);
}

str token_hash(arena *a, str token)
{
    unsigned char digest[32];
    crypto_generichash(digest, sizeof digest, (const unsigned char *)token.p, (size_t)token.n, NULL, 0);
    return hex_encode(a, (str){ (const char *)digest, sizeof digest });
}
