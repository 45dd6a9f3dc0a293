/* random.h — random bytes, digests, and how they are spelt. Wraps libsodium; base/ alone includes its header.
 *
 * random_open() once at start, before threads; all else is thread-safe.
 * Memory: texts are in the caller's arena. Errors: the decoders return false and leave *out alone. */
#ifndef ZK_BASE_RANDOM_H
#define ZK_BASE_RANDOM_H
#include "base/arena.h"

err random_open(void) MUST_USE;

void     random_bytes(void *to, size_t n);
uint64_t random_below(uint32_t bound); /* 0 … bound − 1, evenly; bound > 0 */

/* n random bytes in base64url: 32 make a token of 43 letters that nobody guesses. */
str random_token(arena *a, size_t n);

/* In a time that depends on the lengths alone. */
bool equal_secret(str x, str y);
/* Overwrites what must not stay in memory; is never optimised away. */
void wipe(void *p, size_t n);

str  hex_encode(arena *a, str bytes); /* lower case */
bool hex_decode(arena *a, str text, str *out);
str  base64url_encode(arena *a, str bytes); /* without padding */
bool base64url_decode(arena *a, str text, str *out);
str  base64_encode(arena *a, str bytes); /* the usual alphabet, padded: for mail and HTTP */
bool base64_decode(arena *a, str text, str *out);

enum { SHA256_BYTES = 32 };

typedef struct {
    _Alignas(8) unsigned char state[128];
} sha256;

void sha256_begin(sha256 *h);
void sha256_add(sha256 *h, const void *bytes, size_t n);
void sha256_end(sha256 *h, unsigned char out[SHA256_BYTES]);
void hmac_sha256(str key, str message, unsigned char out[SHA256_BYTES]);

/* SipHash-2-4 with 128 bits: what stands for a text within this process, under a key that nobody knows. A tenth of a digest. */
enum { MARK_KEY = 16, MARK_BYTES = 16 };
void mark_text(const unsigned char key[MARK_KEY], str text, unsigned char out[MARK_BYTES]);

/* How a secret of high entropy (session token, API key) is stored: BLAKE2b, 32 bytes, in hex. Not for passwords. */
str token_hash(arena *a, str token);
#endif
