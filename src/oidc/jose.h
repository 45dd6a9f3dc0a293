/* jose.h — signed tokens: a JWS in compact form [RFC 7515] is checked with a key of a JWKS [RFC 7517, 7518, 8037]. None is made.
 *
 * The algorithm is one of jose_alg and belongs to the key (OIDC-1). What the header says of keys elsewhere (jku, x5u, jwk) is not
 * looked at; a header with `crit` is refused. The bytes are read by our own JSON reader; GnuTLS does the arithmetic.
 * Memory: a; keys point into the tree they were read from. Threads: any. */
#ifndef ZK_OIDC_JOSE_H
#define ZK_OIDC_JOSE_H
#include "json/json.h"

typedef enum { JOSE_RS256, JOSE_PS256, JOSE_ES256, JOSE_EDDSA, JOSE_ALGS } jose_alg;
const char *jose_alg_name(jose_alg a); /* "RS256" */

enum { JOSE_TOKEN_BYTES = 64 << 10, JOSE_KEYS = 64, JOSE_RSA_BITS_LEAST = 2048, JOSE_RSA_BITS_MOST = 8192 };

typedef struct jose_keys jose_keys;
/* Of a JWKS; what is no signing key of ours is left out. ERR_INVALID: it is no JWKS. */
err    jose_keys_read(arena *a, const json *jwks, jose_keys **out) MUST_USE;
size_t jose_keys_count(const jose_keys *k);

typedef enum {
    JOSE_GOOD,
    JOSE_MALFORMED, /* no token at all                                            */
    JOSE_ALG,       /* an algorithm that is none of ours, or not the key's         */
    JOSE_NO_KEY,    /* the key it names is not among these: they may be outdated   */
    JOSE_FORGED     /* the signature does not hold                                 */
} jose_result;

typedef struct {
    const json *claims; /* an object */
    str         type;   /* header `typ`, may be empty */
} jose_token;
jose_result jose_check(arena *a, str token, const jose_keys *keys, jose_token *out);
#endif
