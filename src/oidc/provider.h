/* provider.h — the provider's side: its discovery document and its keys, kept for a while, and the calls of the code flow.
 *
 * A `provider_cache` holds the two documents of one issuer as texts; every call reads them anew into its own arena, so nothing
 * is shared but bytes. Limits of OIDC-2. A document that could not be had is not asked for again for five seconds.
 * All calls may wait for the network. Threads: any. Errors: ERR_UNAVAILABLE, *why in English, fit for an administrator and a log. */
#ifndef ZK_OIDC_PROVIDER_H
#define ZK_OIDC_PROVIDER_H
#include "oidc/jose.h"

enum { PROVIDER_KEEP_MS = 3600000, PROVIDER_FAILED_MS = 5000, PROVIDER_RENEWALS = 5, PROVIDER_WINDOW_MS = 300000 };

typedef struct provider_cache provider_cache;
provider_cache               *provider_cache_new(void);
void                          provider_cache_free(provider_cache *p); /* NULL is allowed */
void                          provider_cache_forget(provider_cache *p);

/* Who asks, with how much patience. */
typedef struct {
    arena          *a;
    provider_cache *cache;
    str             issuer;
    int64_t         now_ms;
    int             seconds;
    bool (*stop)(void *arg);
    void *arg;
    str   why; /* out */
} provider_call;

typedef struct {
    str  issuer, authorization, token, keys, userinfo, end_session; /* the last two may be empty */
    bool says_issuer;                                               /* its answers in the browser bear `iss` */
    bool posts_secret;                                              /* takes the client's secret in the body alone */
    bool logs_out;                                                  /* says that it sends back-channel logout */
} provider_about;
err provider_discover(provider_call *c, provider_about *out) MUST_USE;
/* renew: a token names a key that is not among these. */
err provider_keys(provider_call *c, const provider_about *about, bool renew, jose_keys **out) MUST_USE;
/* With the keys at hand, and where the key is not among them with the ones of now. ERR_OK with *result. */
err provider_check(provider_call *c, const provider_about *about, str token, jose_token *out,
                   jose_result *result) MUST_USE;

typedef struct {
    str client, secret; /* secret: empty for a public client */
    str redirect, scopes, state, nonce, verifier, language;
} provider_attempt;
/* Where the browser goes. */
str provider_address(arena *a, const provider_about *about, const provider_attempt *t);
typedef struct {
    str id_token, access_token;
} provider_tokens;
/* ERR_FORBIDDEN: the provider refuses the code; *why. */
err provider_exchange(provider_call *c, const provider_about *about, const provider_attempt *t, str code,
                      provider_tokens *out) MUST_USE;
/* What it tells of the person beside the ID token; NULL: nothing. Of another `sub`: ERR_FORBIDDEN. */
err provider_userinfo(provider_call *c, const provider_about *about, str access_token, str sub,
                      const json **out) MUST_USE;
/* Where the browser goes to end the session at the provider; empty: it has no such place. */
str provider_goodbye(arena *a, str end_session, str client, str back);
/* S256 of RFC 7636. */
str provider_challenge(arena *a, str verifier);
#endif
