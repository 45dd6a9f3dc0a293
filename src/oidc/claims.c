#include "oidc/claims.h"

#include "base/random.h"

#define LOGOUT_EVENT "http://schemas.openid.net/event/backchannel-logout"

str claims_text(const json *claims, str name)
{
    const json *j = json_get(claims, name);
    return json_is(j, JSON_STRING) && j->text.n <= CLAIMS_TEXT ? j->text : (str){ 0 };
}

bool claims_true(const json *claims, str name)
{
    const json *j = json_get(claims, name);
    return json_is(j, JSON_TRUE) || (json_is(j, JSON_STRING) && str_eq(j->text, STR("true")));
}

static bool is_text(const json *j, str wanted)
{
    return json_is(j, JSON_STRING) && str_eq(j->text, wanted);
}

bool claims_hold(const json *claims, str name, str wanted)
{
    const json *j = json_get(claims, name);
    if (!json_is(j, JSON_ARRAY))
        return is_text(j, wanted);
    for (const json *m = j->first; m; m = m->next)
        if (is_text(m, wanted))
            return true;
    return false;
}

/* Seconds; a fraction is allowed and dropped. */
static bool seconds_of(const json *claims, str name, int64_t *out)
{
    const json *j = json_get(claims, name);
    if (!json_is(j, JSON_NUMBER))
        return false;
    ptrdiff_t dot = str_find_char(j->text, '.');
    return str_to_int64(dot < 0 ? j->text : str_sub(j->text, 0, dot), out) && *out >= 0 && *out < INT64_C(1) << 40;
}

static const char *time_fault(const json *claims, int64_t now)
{
    int64_t exp, iat, nbf;
    if (!seconds_of(claims, STR("exp"), &exp) || exp + CLAIMS_SKEW_S <= now)
        return "exp";
    if (!seconds_of(claims, STR("iat"), &iat) || iat - CLAIMS_SKEW_S > now)
        return "iat";
    if (json_get(claims, STR("nbf")) && (!seconds_of(claims, STR("nbf"), &nbf) || nbf - CLAIMS_SKEW_S > now))
        return "nbf";
    return NULL;
}

/* For us; where it is for others too, it must say that it was made for us. */
static const char *audience_fault(const json *claims, str client)
{
    const json *aud = json_get(claims, STR("aud")), *azp = json_get(claims, STR("azp"));
    if (!claims_hold(claims, STR("aud"), client))
        return "aud";
    bool several = json_is(aud, JSON_ARRAY) && aud->count > 1;
    return (several || azp) && !is_text(azp, client) ? "azp" : NULL;
}

const char *claims_id_fault(const jose_token *t, const claims_wanted *w)
{
    const json *c = t->claims;
    const char *fault;
    if (!is_text(json_get(c, STR("iss")), w->issuer))
        return "iss";
    if ((fault = audience_fault(c, w->client)) || (fault = time_fault(c, w->now_ms / 1000)))
        return fault;
    const json *nonce = json_get(c, STR("nonce"));
    if (!json_is(nonce, JSON_STRING) || w->nonce.n == 0 || !equal_secret(nonce->text, w->nonce))
        return "nonce";
    if (str_eq_nocase(t->type, STR("logout+jwt")) || json_get(c, STR("events")))
        return "typ"; /* made for something else */
    return claims_text(c, STR("sub")).n ? NULL : "sub";
}

static bool absent_or_text(const json *c, str name)
{
    return !json_get(c, name) || claims_text(c, name).n > 0;
}

const char *claims_logout_fault(const jose_token *t, const claims_wanted *w)
{
    const json *c = t->claims;
    int64_t     iat, now = w->now_ms / 1000;
    const char *fault;
    if (t->type.n && !str_eq_nocase(t->type, STR("logout+jwt")) && !str_eq_nocase(t->type, STR("JWT")))
        return "typ";
    if (!is_text(json_get(c, STR("iss")), w->issuer))
        return "iss";
    if ((fault = audience_fault(c, w->client)) || (fault = time_fault(c, now)))
        return fault;
    if (seconds_of(c, STR("iat"), &iat) && iat + CLAIMS_LOGOUT_AGE_S + CLAIMS_SKEW_S < now)
        return "iat";
    if (!json_is(json_get(json_get(c, STR("events")), STR(LOGOUT_EVENT)), JSON_OBJECT))
        return "events";
    if (json_get(c, STR("nonce")))
        return "nonce";
    if (claims_text(c, STR("jti")).n == 0)
        return "jti";
    bool any = claims_text(c, STR("sub")).n || claims_text(c, STR("sid")).n;
    return any && absent_or_text(c, STR("sub")) && absent_or_text(c, STR("sid")) ? NULL : "sub";
}

int64_t claims_forget_ms(int64_t now_ms)
{
    return now_ms + (CLAIMS_LOGOUT_AGE_S + 3 * CLAIMS_SKEW_S) * INT64_C(1000);
}
