/* Who stands behind a request: a session's cookie or a bearer token, read in the request's own transaction. */
#include "api/call.h"
#include "api/people.h"
#include "api/seen.h"
#include "base/date.h"
#include "base/random.h"

enum { SECRET_BYTES = 32, RESTLESS = 16 };

void secret_hash(str text, uint8_t hash[SECRET_HASH])
{
    _Static_assert((int)SECRET_HASH == (int)SHA256_BYTES, "a secret is known by its SHA-256");
    sha256 h;
    sha256_begin(&h);
    sha256_add(&h, text.p, (size_t)text.n);
    sha256_end(&h, hash);
}

void secret_make(arena *a, str *text, uint8_t hash[SECRET_HASH])
{
    *text = random_token(a, SECRET_BYTES);
    secret_hash(*text, hash);
}

static bool unsafe_method(http_method m)
{
    return m != HTTP_GET && m != HTTP_HEAD && m != HTTP_OPTIONS;
}

/* "https://host:port" is what Host says. */
static bool origin_is_host(str origin, str host)
{
    ptrdiff_t scheme = str_find(origin, STR("://"));
    return scheme > 0 && host.n > 0 && str_eq_nocase(str_sub(origin, scheme + 3, origin.n), host);
}

/* A request that rides on the cookie must come from our own pages: browsers say so in Sec-Fetch-Site, all of them in
 * Origin. A program that sends neither has a token for this. */
static bool same_origin(const http_request *r)
{
    str site = http_header(r, "Sec-Fetch-Site"), origin = http_header(r, "Origin");
    if (site.n > 0)
        return str_eq(site, STR("same-origin")) || str_eq(site, STR("none"));
    return origin.n > 0 && origin_is_host(origin, http_header(r, "Host"));
}

static err refuse_sign_in(call *k, str code)
{
    return ctx_refuse(&k->c, ERR_SIGN_IN, code, (str){ 0 });
}

static str bearer(const http_request *r)
{
    str header = http_header(r, "Authorization");
    if (header.n < 7 || !str_eq_nocase(str_sub(header, 0, 7), STR("bearer ")))
        return (str){ 0 };
    return str_trim(str_sub(header, 7, header.n));
}

/* The secret that the request bears: false, there is none. */
static bool find_secret(call *k)
{
    str token = bearer(k->r), cookie = token.n ? (str){ 0 } : http_cookie(k->r, "zhike_session");
    if (token.n == 0 && cookie.n == 0)
        return false;
    k->cookie = token.n == 0;
    seen_hash(k->s->seen, k->cookie ? cookie : token, k->secret);
    return true;
}

/* A session and a token are never remembered for each other, whatever they are sent as. */
static bool remembered(call *k, int64_t state, bool *sure)
{
    uint8_t key[SECRET_HASH];
    memcpy(key, k->secret, sizeof key);
    key[0] ^= k->cookie;
    return seen_find(k->s->seen, key, state, k->c.a, &k->who, sure);
}

static void remember(call *k, int64_t state, const access_row *row)
{
    uint8_t key[SECRET_HASH];
    memcpy(key, k->secret, sizeof key);
    key[0] ^= k->cookie;
    seen_keep(k->s->seen, key, state, row);
}

/* From here on the call is this person's. */
static err become(call *k)
{
    actor *a = &k->who.who;
    if (k->cookie && unsafe_method(k->r->method) && !same_origin(k->r))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("other_origin"), (str){ 0 });
    if (k->who.tables != k->c.snap->version) {
        k->reload = true;
        return ERR_UNAVAILABLE; /* seen by the dispatcher, which loads them and begins again */
    }
    if (a->lang < 0) /* nothing chosen: what the request asks for, or else the organisation's */
        a->lang = k->c.lang;
    if (a->zone.n == 0)
        a->zone = k->c.snap->zone;
    permit_roles(a, k->c.snap, k->who.roles);
    if (a->role != ROLE_ADMINISTRATOR && k->c.conn)
        TRY(people_around(k->s->people, &k->c, a));
    k->c.actor = *a;
    k->c.lang = a->lang;
    k->c.zone = a->zone;
    return ERR_OK;
}

/* The database is in a state in which this secret was read already. */
static bool known_for_sure(call *k)
{
    int64_t state = db_snapshot(k->c.conn);
    bool    sure = false;
    return state && remembered(k, state, &sure) && sure && (!k->who.expires_at || k->who.expires_at > k->c.now_ms);
}

err call_authenticate(call *k)
{
    if (!find_secret(k))
        return refuse_sign_in(k, STR("sign_in"));
    if (known_for_sure(k))
        return become(k);
    err e = k->cookie ? access_by_session(&k->c, k->secret, &k->who) : access_by_token(&k->c, k->secret, &k->who);
    if (e == ERR_NOT_FOUND)
        return refuse_sign_in(k, k->cookie ? STR("session_over") : STR("token_unknown"));
    TRY(e);
    if (k->op->flags & OP_WRITE)
        k->who.state = (str){ 0 }; /* a writer sees its own changes too, which the state's name does not tell */
    remember(k, db_snapshot(k->c.conn), &k->who);
    return become(k);
}

bool call_assume(call *k, err *e)
{
    if (!find_secret(k) || !remembered(k, 0, NULL) || k->who.tables != k->c.snap->version)
        return false;
    *e = become(k);
    return true;
}

/* While others write, each question by state would be in vain and cost its reply. */
static bool by_state(call *k)
{
    int restless = atomic_load_explicit(&k->s->restless, memory_order_relaxed);
    if (restless > 0)
        atomic_store_explicit(&k->s->restless, restless - 1, memory_order_relaxed);
    return restless == 0 && k->guess.state.n > 0 && (!k->guess.expires_at || k->guess.expires_at > k->c.now_ms);
}

bool call_guess(call *k)
{
    if (db_snapshot(k->c.conn) || !find_secret(k) || !remembered(k, 0, NULL) || k->who.tables != k->c.snap->version)
        return false; /* where the state is known, call_authenticate() need not ask twice */
    k->guess = k->who;
    k->by_state = by_state(k);
    err e = k->by_state ? access_state_send(&k->c, &k->asked) : access_send(&k->c, k->secret, !k->cookie, &k->asked);
    return e == ERR_OK && become(k) == ERR_OK;
}

static err same_state(call *k, bool *right)
{
    str state;
    TRY(access_state_take(&k->c, k->asked, &state));
    *right = str_eq(state, k->guess.state);
    if (!*right)
        atomic_store_explicit(&k->s->restless, RESTLESS, memory_order_relaxed);
    return ERR_OK;
}

static err same_person(call *k, bool *right)
{
    access_row row;
    err        e = access_take(&k->c, k->asked, &row);
    *right = e == ERR_OK && seen_same(&row, &k->guess);
    if (*right)
        remember(k, 0, &row);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

err call_guessed(call *k, bool *right)
{
    err e = k->by_state ? same_state(k, right) : same_person(k, right);
    k->asked = NULL;
    return e;
}
