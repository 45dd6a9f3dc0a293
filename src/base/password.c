#include "base/password.h"
#include <sodium.h>

#define COST_BYTES ((size_t)19456 * 1024)

enum { COST_PASSES = 2 };

err password_hash(arena *a, str password, str *stored)
{
    char text[crypto_pwhash_STRBYTES];
    if (password.n > PASSWORD_BYTES_MAX)
        return ERR_INVALID;
    if (crypto_pwhash_str_alg(text, password.p ? password.p : "", (unsigned long long)password.n, COST_PASSES,
                              COST_BYTES, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return ERR_UNAVAILABLE;
    *stored = arena_str(a, str_from(text));
    return ERR_OK;
}

/* libsodium wants the text NUL-terminated in a full-sized array. */
static bool take_stored(str stored, char out[crypto_pwhash_STRBYTES])
{
    memset(out, 0, crypto_pwhash_STRBYTES);
    if (!str_starts(stored, STR("$argon2id$")) || stored.n >= (ptrdiff_t)crypto_pwhash_STRBYTES)
        return false;
    memcpy(out, stored.p, (size_t)stored.n);
    return true;
}

static void spend_as_much(str password)
{
    static const unsigned char salt[crypto_pwhash_SALTBYTES] = { 0 };
    unsigned char              key[32];
    int ignored = crypto_pwhash(key, sizeof key, password.p ? password.p : "", (unsigned long long)password.n, salt,
                                COST_PASSES, COST_BYTES, crypto_pwhash_ALG_ARGON2ID13);
    (void)ignored;
    sodium_memzero(key, sizeof key);
}

bool password_verify(str stored, str password)
{
    char text[crypto_pwhash_STRBYTES];
    if (password.n > PASSWORD_BYTES_MAX)
        return false;
    if (!take_stored(stored, text) || crypto_pwhash_str_needs_rehash(text, COST_PASSES, COST_BYTES) < 0) {
        spend_as_much(password);
        return false;
    }
    return crypto_pwhash_str_verify(text, password.p ? password.p : "", (unsigned long long)password.n) == 0;
}

bool password_is_outdated(str stored)
{
    char text[crypto_pwhash_STRBYTES];
    return !take_stored(stored, text) || crypto_pwhash_str_needs_rehash(text, COST_PASSES, COST_BYTES) != 0;
}
