/* claims.h — what must hold of a token whose signature holds: OIDC-3 and OIDC-5. Pure. */
#ifndef ZK_OIDC_CLAIMS_H
#define ZK_OIDC_CLAIMS_H
#include "oidc/jose.h"

enum { CLAIMS_SKEW_S = 60, CLAIMS_LOGOUT_AGE_S = 300, CLAIMS_TEXT = 255 };

typedef struct {
    str     issuer, client, nonce; /* nonce: of an ID token */
    int64_t now_ms;
} claims_wanted;

/* NULL: it is good. Otherwise the claim that is not. */
const char *claims_id_fault(const jose_token *t, const claims_wanted *w);
const char *claims_logout_fault(const jose_token *t, const claims_wanted *w);

str  claims_text(const json *claims, str name); /* empty: absent, or no text of 1 … CLAIMS_TEXT bytes */
bool claims_true(const json *claims, str name); /* true, or "true" as some write it */
/* Does the claim (a text, or a list of them) hold this value? */
bool claims_hold(const json *claims, str name, str wanted);
/* Until when a logout token must be remembered. */
int64_t claims_forget_ms(int64_t now_ms);
#endif
