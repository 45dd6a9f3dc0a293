#include "oidc/jose.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "base/random.h"

typedef enum { KEY_RSA, KEY_P256, KEY_ED25519 } key_kind;

typedef struct {
    key_kind kind;
    str      id;   /* empty: it has none */
    str      alg;  /* the only one it is for; empty: whichever its kind allows */
    str      x, y; /* RSA: modulus, exponent; P-256: the point; Ed25519: x */
} jose_key;

struct jose_keys {
    size_t   count;
    jose_key keys[JOSE_KEYS];
};

/* OIDC-1, in one table. */
static const struct {
    const char             *name;
    key_kind                kind;
    gnutls_sign_algorithm_t sign;
} algs[] = {
    [JOSE_RS256] = { "RS256", KEY_RSA, GNUTLS_SIGN_RSA_SHA256 },
    [JOSE_PS256] = { "PS256", KEY_RSA, GNUTLS_SIGN_RSA_PSS_SHA256 },
    [JOSE_ES256] = { "ES256", KEY_P256, GNUTLS_SIGN_ECDSA_SHA256 },
    [JOSE_EDDSA] = { "EdDSA", KEY_ED25519, GNUTLS_SIGN_EDDSA_ED25519 },
};
_Static_assert(countof(algs) == JOSE_ALGS, "one row per algorithm");

const char *jose_alg_name(jose_alg a)
{
    return algs[a].name;
}

/* ---- keys ---- */

static str text_of(const json *o, str name)
{
    const json *j = json_get(o, name);
    return json_is(j, JSON_STRING) ? j->text : (str){ 0 };
}

static bool bytes_of(arena *a, const json *o, str name, str *out)
{
    return base64url_decode(a, text_of(o, name), out) && out->n > 0;
}

static str without_zeros(str s)
{
    while (s.n > 0 && s.p[0] == 0)
        s = str_sub(s, 1, s.n);
    return s;
}

/* An exponent of 1 would let everything pass. */
static bool good_rsa(jose_key *k)
{
    k->x = without_zeros(k->x);
    k->y = without_zeros(k->y);
    ptrdiff_t bits = k->x.n * 8;
    bool      odd = k->y.n > 0 && (k->y.p[k->y.n - 1] & 1);
    bool      one = k->y.n == 1 && k->y.p[0] == 1;
    return bits >= JOSE_RSA_BITS_LEAST && bits <= JOSE_RSA_BITS_MOST && k->y.n <= 4 && odd && !one;
}

static bool read_numbers(arena *a, const json *o, jose_key *k)
{
    str kind = text_of(o, STR("kty")), curve = text_of(o, STR("crv"));
    if (str_eq(kind, STR("RSA"))) {
        k->kind = KEY_RSA;
        return bytes_of(a, o, STR("n"), &k->x) && bytes_of(a, o, STR("e"), &k->y) && good_rsa(k);
    }
    if (str_eq(kind, STR("EC")) && str_eq(curve, STR("P-256"))) {
        k->kind = KEY_P256;
        return bytes_of(a, o, STR("x"), &k->x) && bytes_of(a, o, STR("y"), &k->y) && k->x.n == 32 && k->y.n == 32;
    }
    k->kind = KEY_ED25519;
    return str_eq(kind, STR("OKP")) && str_eq(curve, STR("Ed25519")) && bytes_of(a, o, STR("x"), &k->x) && k->x.n == 32;
}

static bool is_for_signatures(const json *o)
{
    const json *use = json_get(o, STR("use")), *may = json_get(o, STR("key_ops"));
    if (use && !str_eq(text_of(o, STR("use")), STR("sig")))
        return false;
    if (!may)
        return true;
    for (const json *j = json_is(may, JSON_ARRAY) ? may->first : NULL; j; j = j->next)
        if (json_is(j, JSON_STRING) && str_eq(j->text, STR("verify")))
            return true;
    return false;
}

static bool alg_for(str name, jose_alg *out)
{
    for (size_t i = 0; i < countof(algs); i++)
        if (str_eq(name, str_from(algs[i].name))) {
            *out = (jose_alg)i;
            return true;
        }
    return false;
}

static bool read_key(arena *a, const json *o, jose_key *k)
{
    jose_alg own;
    *k = (jose_key){ .id = text_of(o, STR("kid")), .alg = text_of(o, STR("alg")) };
    return json_is(o, JSON_OBJECT) && is_for_signatures(o) && read_numbers(a, o, k) &&
           (!json_get(o, STR("alg")) || (alg_for(k->alg, &own) && algs[own].kind == k->kind));
}

err jose_keys_read(arena *a, const json *jwks, jose_keys **out)
{
    const json *list = json_get(jwks, STR("keys"));
    jose_keys  *k = arena_make(a, jose_keys);
    if (!json_is(list, JSON_ARRAY))
        return ERR_INVALID;
    for (const json *j = list->first; j && k->count < JOSE_KEYS; j = j->next)
        if (read_key(a, j, &k->keys[k->count]))
            k->count++;
    *out = k;
    return ERR_OK;
}

size_t jose_keys_count(const jose_keys *k)
{
    return k->count;
}

/* ---- signatures ---- */

static gnutls_datum_t datum(str s)
{
    return (gnutls_datum_t){ (unsigned char *)(uintptr_t)s.p, (unsigned)s.n };
}

static bool import_key(gnutls_pubkey_t key, const jose_key *k)
{
    gnutls_datum_t x = datum(k->x), y = datum(k->y);
    switch (k->kind) {
    case KEY_RSA: return gnutls_pubkey_import_rsa_raw(key, &x, &y) == 0;
    case KEY_P256: return gnutls_pubkey_import_ecc_raw(key, GNUTLS_ECC_CURVE_SECP256R1, &x, &y) == 0;
    default: return gnutls_pubkey_import_ecc_raw(key, GNUTLS_ECC_CURVE_ED25519, &x, NULL) == 0;
    }
}

/* JWS has the two numbers of ECDSA one behind the other, GnuTLS takes them as DER. */
static bool holds_ecdsa(gnutls_pubkey_t key, const gnutls_datum_t *data, str signature)
{
    gnutls_datum_t r = datum(str_sub(signature, 0, 32)), s = datum(str_sub(signature, 32, 64)), der;
    if (signature.n != 64 || gnutls_encode_rs_value(&der, &r, &s) != 0)
        return false;
    bool good = gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_ECDSA_SHA256, 0, data, &der) >= 0;
    gnutls_free(der.data);
    return good;
}

static bool holds(const jose_key *k, jose_alg alg, str signed_text, str signature)
{
    gnutls_pubkey_t key;
    gnutls_datum_t  data = datum(signed_text), sig = datum(signature);
    if (gnutls_pubkey_init(&key) != 0)
        return false;
    bool good = import_key(key, k);
    if (good && alg == JOSE_ES256)
        good = holds_ecdsa(key, &data, signature);
    else if (good)
        good = gnutls_pubkey_verify_data2(key, algs[alg].sign, 0, &data, &sig) >= 0;
    gnutls_pubkey_deinit(key);
    return good;
}

/* ---- tokens ---- */

typedef struct {
    str header, claims, signature, signed_text; /* signed_text: as it came; the others decoded */
} parts;

static bool split(arena *a, str token, parts *p)
{
    ptrdiff_t first = str_find_char(token, '.');
    if (first <= 0 || token.n > JOSE_TOKEN_BYTES)
        return false;
    str       rest = str_sub(token, first + 1, token.n);
    ptrdiff_t second = str_find_char(rest, '.');
    if (second <= 0)
        return false;
    p->signed_text = str_sub(token, 0, first + 1 + second);
    return base64url_decode(a, str_sub(token, 0, first), &p->header) &&
           base64url_decode(a, str_sub(rest, 0, second), &p->claims) &&
           base64url_decode(a, str_sub(rest, second + 1, rest.n), &p->signature);
}

static const json *object_of(arena *a, str text)
{
    json      *j;
    json_fault fault;
    return json_parse(a, text, &j, &fault) == ERR_OK && j->kind == JSON_OBJECT ? j : NULL;
}

static bool may_check(const jose_key *k, jose_alg alg)
{
    return k->kind == algs[alg].kind && (k->alg.n == 0 || str_eq(k->alg, str_from(algs[alg].name)));
}

/* By its name; without one it must be plain which is meant. */
static jose_result find_key(const jose_keys *keys, str id, jose_alg alg, const jose_key **out)
{
    size_t fit = 0, named = 0;
    for (size_t i = 0; i < keys->count; i++) {
        const jose_key *k = &keys->keys[i];
        if (id.n && !str_eq(k->id, id))
            continue;
        named++;
        if (may_check(k, alg)) {
            *out = k;
            fit++;
        }
    }
    return fit == 1 ? JOSE_GOOD : id.n && named ? JOSE_ALG : JOSE_NO_KEY;
}

jose_result jose_check(arena *a, str token, const jose_keys *keys, jose_token *out)
{
    parts           p;
    jose_alg        alg;
    const jose_key *key = NULL;
    const json     *header = split(a, token, &p) ? object_of(a, p.header) : NULL;
    if (!header || json_get(header, STR("crit")))
        return JOSE_MALFORMED;
    if (!alg_for(text_of(header, STR("alg")), &alg))
        return JOSE_ALG;
    jose_result r = find_key(keys, text_of(header, STR("kid")), alg, &key);
    if (r != JOSE_GOOD)
        return r;
    if (!holds(key, alg, p.signed_text, p.signature))
        return JOSE_FORGED;
    const json *claims = object_of(a, p.claims); /* not before it is known whose it is */
    if (!claims)
        return JOSE_MALFORMED;
    *out = (jose_token){ .claims = claims, .type = text_of(header, STR("typ")) };
    return JOSE_GOOD;
}
