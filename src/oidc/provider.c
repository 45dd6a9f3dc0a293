#include "oidc/provider.h"

#include <pthread.h>

#include "base/buf.h"
#include "base/random.h"
#include "oidc/claims.h"
#include "oidc/fetch.h"

typedef struct {
    char   *text;
    size_t  n;
    int64_t at_ms, failed_ms; /* 0: never */
    char    why[256];
} kept;

struct provider_cache {
    pthread_mutex_t lock;
    char            issuer[FETCH_URL + 1];
    kept            about, keys;
    int64_t         renewed_ms[PROVIDER_RENEWALS];
};

provider_cache *provider_cache_new(void)
{
    provider_cache *p = calloc(1, sizeof *p);
    ASSERT(p);
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

static void drop(kept *k)
{
    free(k->text);
    *k = (kept){ 0 };
}

static void drop_all(provider_cache *p)
{
    drop(&p->about);
    drop(&p->keys);
    p->issuer[0] = 0;
    memset(p->renewed_ms, 0, sizeof p->renewed_ms);
}

void provider_cache_forget(provider_cache *p)
{
    pthread_mutex_lock(&p->lock);
    drop_all(p);
    pthread_mutex_unlock(&p->lock);
}

void provider_cache_free(provider_cache *p)
{
    if (!p)
        return;
    drop_all(p);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* ---- what is kept ---- */

/* Under the lock: the cache is this issuer's. */
static void be_of(provider_cache *p, str issuer)
{
    if (str_eq(issuer, str_from(p->issuer)))
        return;
    drop_all(p);
    memcpy(p->issuer, issuer.p, (size_t)issuer.n);
    p->issuer[issuer.n] = 0;
}

typedef enum { KEPT_NONE, KEPT_TEXT, KEPT_FAILED } kept_answer;

static kept_answer look(provider_call *c, kept *k, str *text)
{
    kept_answer r = KEPT_NONE;
    pthread_mutex_lock(&c->cache->lock);
    be_of(c->cache, c->issuer);
    if (k->text && c->now_ms - k->at_ms < PROVIDER_KEEP_MS && c->now_ms >= k->at_ms) {
        *text = arena_str(c->a, (str){ k->text, (ptrdiff_t)k->n });
        r = KEPT_TEXT;
    } else if (k->failed_ms && c->now_ms - k->failed_ms < PROVIDER_FAILED_MS && c->now_ms >= k->failed_ms) {
        c->why = arena_str(c->a, str_from(k->why));
        r = KEPT_FAILED;
    }
    pthread_mutex_unlock(&c->cache->lock);
    return r;
}

static void keep(provider_call *c, kept *k, str text)
{
    char *copy = malloc((size_t)text.n + 1);
    ASSERT(copy);
    memcpy(copy, text.p, (size_t)text.n);
    pthread_mutex_lock(&c->cache->lock);
    be_of(c->cache, c->issuer);
    drop(k);
    *k = (kept){ .text = copy, .n = (size_t)text.n, .at_ms = c->now_ms };
    pthread_mutex_unlock(&c->cache->lock);
}

static err note_failure(provider_call *c, kept *k)
{
    pthread_mutex_lock(&c->cache->lock);
    be_of(c->cache, c->issuer);
    k->failed_ms = c->now_ms;
    str why = utf8_cut(c->why, sizeof k->why - 1);
    memcpy(k->why, why.p, (size_t)why.n);
    k->why[why.n] = 0;
    pthread_mutex_unlock(&c->cache->lock);
    return ERR_UNAVAILABLE;
}

/* OIDC-2: one more for a key that is not there? */
static bool may_renew(provider_call *c)
{
    provider_cache *p = c->cache;
    bool            may = false;
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < PROVIDER_RENEWALS && !may; i++)
        if (!p->renewed_ms[i] || c->now_ms - p->renewed_ms[i] > PROVIDER_WINDOW_MS || p->renewed_ms[i] > c->now_ms) {
            p->renewed_ms[i] = c->now_ms;
            may = true;
        }
    pthread_mutex_unlock(&p->lock);
    return may;
}

/* ---- documents ---- */

static err get_json(provider_call *c, str url, str bearer, str *text, const json **out)
{
    fetch_answer answer;
    json        *j;
    json_fault   fault;
    fetch_call   f = { .url = url, .bearer = bearer, .seconds = c->seconds, .stop = c->stop, .arg = c->arg };
    if (fetch(c->a, &f, &answer) != ERR_OK) {
        c->why = arena_printf(c->a, "%.*s: %.*s", STR_ARG(url), STR_ARG(answer.why));
        return ERR_UNAVAILABLE;
    }
    if (answer.status != 200) {
        c->why = arena_printf(c->a, "%.*s answers with status %d", STR_ARG(url), answer.status);
        return ERR_UNAVAILABLE;
    }
    if (json_parse(c->a, answer.body, &j, &fault) != ERR_OK || j->kind != JSON_OBJECT) {
        c->why = arena_printf(c->a, "%.*s: the answer is no JSON object", STR_ARG(url));
        return ERR_UNAVAILABLE;
    }
    *text = answer.body;
    *out = j;
    return ERR_OK;
}

static err fault_of(provider_call *c, const char *what)
{
    c->why = arena_printf(c->a, "the discovery document: %s", what);
    return ERR_UNAVAILABLE;
}

static bool lists(const json *o, str name, str one)
{
    for (const json *j = json_is(json_get(o, name), JSON_ARRAY) ? json_get(o, name)->first : NULL; j; j = j->next)
        if (json_is(j, JSON_STRING) && str_eq(j->text, one))
            return true;
    return false;
}

static str address_of(const json *o, str name)
{
    const json *j = json_get(o, name);
    return json_is(j, JSON_STRING) && fetch_address_good(j->text) ? j->text : (str){ 0 };
}

static err read_about(provider_call *c, const json *o, provider_about *out)
{
    const json *issuer = json_get(o, STR("issuer"));
    str         ways = STR("token_endpoint_auth_methods_supported");
    if (!json_is(issuer, JSON_STRING) || !str_eq(issuer->text, c->issuer))
        return fault_of(c, "its issuer is not the one it was asked of");
    *out = (provider_about){ .issuer = c->issuer,
                             .authorization = address_of(o, STR("authorization_endpoint")),
                             .token = address_of(o, STR("token_endpoint")),
                             .keys = address_of(o, STR("jwks_uri")),
                             .userinfo = address_of(o, STR("userinfo_endpoint")),
                             .end_session = address_of(o, STR("end_session_endpoint")) };
    if (!out->authorization.n || !out->token.n || !out->keys.n)
        return fault_of(c, "authorization_endpoint, token_endpoint or jwks_uri is missing or not https");
    if (json_get(o, STR("code_challenge_methods_supported")) &&
        !lists(o, STR("code_challenge_methods_supported"), STR("S256")))
        return fault_of(c, "the provider does not know PKCE with S256");
    out->says_issuer = json_is(json_get(o, STR("authorization_response_iss_parameter_supported")), JSON_TRUE);
    out->posts_secret = lists(o, ways, STR("client_secret_post")) && !lists(o, ways, STR("client_secret_basic"));
    out->logs_out = json_is(json_get(o, STR("backchannel_logout_supported")), JSON_TRUE);
    return ERR_OK;
}

static str discovery_address(provider_call *c)
{
    str base = c->issuer;
    if (str_ends(base, STR("/")))
        base = str_sub(base, 0, base.n - 1);
    return arena_printf(c->a, "%.*s/.well-known/openid-configuration", STR_ARG(base));
}

static err fetch_about(provider_call *c, provider_about *out)
{
    str         text;
    const json *o;
    err         e = get_json(c, discovery_address(c), (str){ 0 }, &text, &o);
    if (e == ERR_OK)
        e = read_about(c, o, out);
    if (e != ERR_OK)
        return note_failure(c, &c->cache->about);
    keep(c, &c->cache->about, text);
    return ERR_OK;
}

err provider_discover(provider_call *c, provider_about *out)
{
    str        text;
    json      *o;
    json_fault fault;
    if (c->issuer.n == 0 || c->issuer.n > FETCH_URL || !fetch_address_good(c->issuer)) {
        c->why = STR("the issuer's address is not https");
        return ERR_UNAVAILABLE;
    }
    switch (look(c, &c->cache->about, &text)) {
    case KEPT_TEXT: return json_parse(c->a, text, &o, &fault) == ERR_OK ? read_about(c, o, out) : ERR_INTERNAL;
    case KEPT_FAILED: return ERR_UNAVAILABLE;
    default: return fetch_about(c, out);
    }
}

static err fetch_keys(provider_call *c, const provider_about *about, jose_keys **out)
{
    str         text;
    const json *o;
    err         e = get_json(c, about->keys, (str){ 0 }, &text, &o);
    if (e == ERR_OK && jose_keys_read(c->a, o, out) != ERR_OK) {
        c->why = arena_printf(c->a, "%.*s holds no keys", STR_ARG(about->keys));
        e = ERR_UNAVAILABLE;
    }
    if (e != ERR_OK)
        return note_failure(c, &c->cache->keys);
    keep(c, &c->cache->keys, text);
    return ERR_OK;
}

err provider_keys(provider_call *c, const provider_about *about, bool renew, jose_keys **out)
{
    str         text = { 0 };
    json       *o;
    json_fault  fault;
    kept_answer r = look(c, &c->cache->keys, &text);
    if (r == KEPT_FAILED)
        return ERR_UNAVAILABLE;
    if (r == KEPT_TEXT && !(renew && may_renew(c)))
        return json_parse(c->a, text, &o, &fault) == ERR_OK ? jose_keys_read(c->a, o, out) : ERR_INTERNAL;
    return fetch_keys(c, about, out);
}

err provider_check(provider_call *c, const provider_about *about, str token, jose_token *out, jose_result *result)
{
    jose_keys *keys;
    TRY(provider_keys(c, about, false, &keys));
    *result = jose_check(c->a, token, keys, out);
    if (*result != JOSE_NO_KEY)
        return ERR_OK;
    TRY(provider_keys(c, about, true, &keys));
    *result = jose_check(c->a, token, keys, out);
    return ERR_OK;
}

/* ---- the code flow ---- */

str provider_challenge(arena *a, str verifier)
{
    sha256        h;
    unsigned char out[SHA256_BYTES];
    sha256_begin(&h);
    sha256_add(&h, verifier.p, (size_t)verifier.n);
    sha256_end(&h, out);
    return base64url_encode(a, (str){ (const char *)out, sizeof out });
}

static void put_pair(arena *a, buf *b, const char *name, str v)
{
    if (b->n > 0 && b->p[b->n - 1] != '?')
        buf_putc(b, '&');
    buf_printf(b, "%s=", name);
    buf_puts(b, fetch_escape(a, v));
}

static str taken(arena *a, buf *b)
{
    str text = arena_str(a, buf_str(b));
    buf_free(b);
    return text;
}

static void begin_address(buf *b, str base)
{
    buf_init(b, 16 << 10);
    buf_puts(b, base);
    if (str_find_char(base, '?') < 0)
        buf_putc(b, '?');
}

str provider_address(arena *a, const provider_about *about, const provider_attempt *t)
{
    buf b;
    begin_address(&b, about->authorization);
    put_pair(a, &b, "response_type", STR("code"));
    put_pair(a, &b, "client_id", t->client);
    put_pair(a, &b, "redirect_uri", t->redirect);
    put_pair(a, &b, "scope", t->scopes);
    put_pair(a, &b, "state", t->state);
    put_pair(a, &b, "nonce", t->nonce);
    put_pair(a, &b, "code_challenge", provider_challenge(a, t->verifier));
    put_pair(a, &b, "code_challenge_method", STR("S256"));
    if (t->language.n)
        put_pair(a, &b, "ui_locales", t->language);
    return taken(a, &b);
}

str provider_goodbye(arena *a, str end_session, str client, str back)
{
    buf b;
    if (end_session.n == 0)
        return (str){ 0 };
    begin_address(&b, end_session);
    put_pair(a, &b, "client_id", client);
    put_pair(a, &b, "post_logout_redirect_uri", back);
    return taken(a, &b);
}

static str token_form(provider_call *c, const provider_about *about, const provider_attempt *t, str code)
{
    buf b;
    buf_init(&b, 64 << 10);
    put_pair(c->a, &b, "grant_type", STR("authorization_code"));
    put_pair(c->a, &b, "code", code);
    put_pair(c->a, &b, "redirect_uri", t->redirect);
    put_pair(c->a, &b, "code_verifier", t->verifier);
    if (t->secret.n == 0 || about->posts_secret)
        put_pair(c->a, &b, "client_id", t->client);
    if (t->secret.n && about->posts_secret)
        put_pair(c->a, &b, "client_secret", t->secret);
    return taken(c->a, &b);
}

/* Its own word for it, where that is a plain one. */
static str refusal_of(provider_call *c, const fetch_answer *answer)
{
    json      *j;
    json_fault fault;
    str        word = { 0 };
    if (json_parse(c->a, answer->body, &j, &fault) == ERR_OK)
        word = claims_text(j, STR("error"));
    for (ptrdiff_t i = 0; i < word.n; i++)
        if (word.p[i] < ' ' || word.p[i] > '~')
            word.n = 0;
    return arena_printf(c->a, "the token endpoint answers with status %d %.*s", answer->status,
                        STR_ARG(utf8_cut(word, 60)));
}

err provider_exchange(provider_call *c, const provider_about *about, const provider_attempt *t, str code,
                      provider_tokens *out)
{
    fetch_answer answer;
    json        *j;
    json_fault   fault;
    bool         basic = t->secret.n && !about->posts_secret;
    fetch_call   f = { .url = about->token,
                       .form = token_form(c, about, t, code),
                       .basic_user = basic ? t->client : (str){ 0 },
                       .basic_password = t->secret,
                       .seconds = c->seconds,
                       .stop = c->stop,
                       .arg = c->arg };
    if (fetch(c->a, &f, &answer) != ERR_OK) {
        c->why = arena_printf(c->a, "%.*s: %.*s", STR_ARG(about->token), STR_ARG(answer.why));
        return ERR_UNAVAILABLE;
    }
    if (answer.status != 200) {
        c->why = refusal_of(c, &answer);
        return answer.status >= 500 ? ERR_UNAVAILABLE : ERR_FORBIDDEN;
    }
    const json *id = NULL, *access = NULL;
    if (json_parse(c->a, answer.body, &j, &fault) == ERR_OK) {
        id = json_get(j, STR("id_token"));
        access = json_get(j, STR("access_token"));
    }
    if (!json_is(id, JSON_STRING)) {
        c->why = STR("the token endpoint gives no ID token: is the scope openid missing?");
        return ERR_FORBIDDEN;
    }
    *out = (provider_tokens){ .id_token = id->text,
                              .access_token = json_is(access, JSON_STRING) ? access->text : (str){ 0 } };
    return ERR_OK;
}

/* What would end a header's line, or is no token [RFC 6750], is not sent. */
static bool good_bearer(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~')
            return false;
    return s.n > 0;
}

err provider_userinfo(provider_call *c, const provider_about *about, str access_token, str sub, const json **out)
{
    str         text;
    const json *o;
    *out = NULL;
    if (about->userinfo.n == 0 || !good_bearer(access_token))
        return ERR_OK;
    TRY(get_json(c, about->userinfo, access_token, &text, &o));
    if (!str_eq(claims_text(o, STR("sub")), sub)) {
        c->why = STR("the userinfo endpoint speaks of another person than the ID token");
        return ERR_FORBIDDEN;
    }
    *out = o;
    return ERR_OK;
}
