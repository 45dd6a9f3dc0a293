/* fetch.h — one request to another server over HTTP(S), by libcurl: blocking, bounded in time and size, no redirects.
 *
 * Never on an epoll thread nor inside a transaction. Threads: any, after fetch_open() (once, before threads).
 * Memory: a. Errors: ERR_UNAVAILABLE with answer->why, in English, fit for an administrator and a log; it bears no secret. */
#ifndef ZK_OIDC_FETCH_H
#define ZK_OIDC_FETCH_H
#include "base/arena.h"

enum { FETCH_BYTES = 256 << 10, FETCH_SECONDS = 10, FETCH_URL = 2000 };

typedef struct {
    str url;
    str form;                       /* p not NULL: POST of this, urlencoded */
    str basic_user, basic_password; /* user.n: Basic, as RFC 6749 encodes it */
    str bearer;                     /* n: Bearer */
    int seconds;                    /* 0: FETCH_SECONDS */
    bool (*stop)(void *arg);        /* asked now and then; may be NULL */
    void *arg;
} fetch_call;

typedef struct {
    int status;
    str type; /* "application/json", without parameters */
    str body;
    str why;
} fetch_answer;

err fetch_open(void) MUST_USE;
/* ERR_OK: it answered, with whatever status. */
err fetch(arena *a, const fetch_call *c, fetch_answer *out) MUST_USE;

/* OIDC-6: https://…, or http:// of this very machine; no user, no fragment, nothing odd. */
bool fetch_address_good(str url);
bool fetch_address_near(str url);   /* … of this machine */
str  fetch_escape(arena *a, str s); /* percent-encoded, all but letters, digits, -._~ */
#endif
