/* base.h — slices, errors, assertions, checked arithmetic. Depends on libc only.
 * Ownership: a str never owns its bytes. Units: n counts bytes, not characters. */
#ifndef ZK_BASE_BASE_H
#define ZK_BASE_BASE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *p;
    ptrdiff_t   n;
} str;

#define STR(lit) ((str){ "" lit, (ptrdiff_t)sizeof(lit) - 1 })
/* clang-format off */
#define STR_INIT(lit) {"" lit, (ptrdiff_t)sizeof(lit) - 1}
/* clang-format on */
#define STR_ARG(s) (int)(s).n, (s).p /* for "%.*s" */
#define countof(a) (sizeof(a) / sizeof((a)[0]))

/* One list makes the enum, the wire name (RFC 9457 `code`) and the HTTP status. */
#define ERR_LIST(X)                              \
    X(OK, "ok", 200)                             \
    X(MALFORMED, "malformed", 400)               \
    X(SIGN_IN, "sign_in", 401)                   \
    X(FORBIDDEN, "forbidden", 403)               \
    X(NOT_FOUND, "not_found", 404)               \
    X(METHOD, "method_not_allowed", 405)         \
    X(CONFLICT, "conflict", 409)                 \
    X(STALE, "stale", 412)                       \
    X(TOO_LARGE, "too_large", 413)               \
    X(MEDIA_TYPE, "unsupported_media_type", 415) \
    X(INVALID, "invalid", 422)                   \
    X(TOO_SLOW, "too_slow", 422)                 \
    X(TOO_MANY, "too_many", 429)                 \
    X(INTERNAL, "internal", 500)                 \
    X(UNAVAILABLE, "unavailable", 503)           \
    X(DISK_FULL, "disk_full", 503)

typedef enum {
/* clang-format off */
#define X(id, name, http) ERR_##id,
    ERR_LIST(X)
#undef X
    ERR_COUNT
} err;
/* clang-format on */

const char *err_name(err e);
int         err_http(err e);

#define MUST_USE               __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Always on, in release too: a false condition is a bug, not an input. */
#define ASSERT(c) ((c) ? (void)0 : assert_fail(#c, __FILE__, __LINE__))
_Noreturn void assert_fail(const char *claim, const char *file, int line);

#define TRY(call)           \
    do {                    \
        err try_ = (call);  \
        if (try_ != ERR_OK) \
            return try_;    \
    } while (0)

/* Slices. A null p is the empty slice. */
str       str_from(const char *nul_terminated_or_null);
bool      str_eq_nocase(str a, str b); /* ASCII only */
bool      str_starts(str s, str prefix);
bool      str_ends(str s, str suffix);
int       str_compare(str a, str b); /* bytes, like memcmp, shorter first */
str       str_trim(str s);           /* ASCII white space */
str       str_sub(str s, ptrdiff_t from, ptrdiff_t to);
ptrdiff_t str_find_char(str s, char c); /* -1: none */
str       str_cut(str *rest, char c);   /* what stands before c, which goes with it; all where there is no c */
ptrdiff_t str_find(str s, str needle);  /* -1: none */

/* Here, because names are compared all the time. */
static inline bool str_eq(str a, str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, (size_t)a.n) == 0);
}

/* Whole-slice decimal integer: optional '-', digits; false on anything else or overflow. */
bool str_to_int64(str s, int64_t *out);

/* True when every byte sequence is shortest-form UTF-8 and no NUL occurs. */
bool utf8_valid(str s);
/* Number of code points of a valid UTF-8 slice. */
ptrdiff_t utf8_length(str s);
/* Reads one code point at *at of a valid slice and moves on. */
uint32_t utf8_next(str s, ptrdiff_t *at);
/* Cuts a valid slice to at most max_bytes without splitting a character. */
str utf8_cut(str s, ptrdiff_t max_bytes);

uint64_t hash_bytes(str s); /* FNV-1a with a final mix; not for secrets */
#endif
