/* oidc.h — signing in with a provider of OpenID Connect: the rules are numbered in src/oidc/README.md.
 *
 * What talks to the provider is OP_OUTSIDE: no transaction is open then. Between the way out and the way back the browser keeps
 * state, nonce and verifier, sealed by the vault, in a cookie of ten minutes, so nobody fills the database by beginning. */
#ifndef ZK_API_OIDC_H
#define ZK_API_OIDC_H
#include "api/call.h"
#include "oidc/provider.h"
#include "store/oidc.h"

/* ---- oidc.c ---- */
err oidc_get(call *k) MUST_USE;      /* what the sign-in page shows */
err oidc_start(call *k) MUST_USE;    /* the browser goes to the provider … */
err oidc_callback(call *k) MUST_USE; /* … and comes back */

/* ---- oidc_end.c ---- */
err oidc_logout(call *k) MUST_USE;     /* back-channel */
err session_end_all(call *k) MUST_USE; /* ours, and where the provider's is ended */

/* ---- oidc_settings.c ---- */
err oidc_settings_get(call *k) MUST_USE;
err oidc_settings_update(call *k) MUST_USE;
err oidc_settings_test(call *k) MUST_USE;
err oidc_user_unlink(call *k) MUST_USE;

/* ---- shared ---- */
typedef struct {
    oidc_settings s;
    str           secret;
} oidc_config;
/* In a transaction of its own. Not on: ERR_NOT_FOUND. */
err           oidc_config_read(call *k, oidc_config *out) MUST_USE;
provider_call oidc_ask(call *k, const oidc_settings *s);
/* "https://host/path": as the browser reached us, which is where its cookies are. */
str oidc_here(const call *k, const char *path);
#endif
