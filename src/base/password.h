/* password.h — passwords as they are stored: Argon2id by libsodium, at the cost OWASP names (19 MiB, two passes, one
 * lane: some 20 ms). Thread-safe; each call takes 19 MiB for its time, so the caller bounds how many run at once.
 * Needs random_open(). */
#ifndef ZK_BASE_PASSWORD_H
#define ZK_BASE_PASSWORD_H
#include "base/arena.h"

enum { PASSWORD_BYTES_MAX = 1024 /* longer ones are refused, not cut */, PASSWORD_CHARS_MIN = 8 };

/* "$argon2id$v=19$m=19456,t=2,p=1$…", with its own salt. ERR_INVALID: too long. ERR_UNAVAILABLE: no memory. */
err password_hash(arena *a, str password, str *stored) MUST_USE;

/* False for a wrong password and for a text that is no such hash; the latter takes as long as a wrong password does,
 * so that an account that does not exist (empty `stored`) cannot be told by the time. */
bool password_verify(str stored, str password);

/* True when it was made at another cost: hash again at the next sign-in. */
bool password_is_outdated(str stored);
/* Why this is none to choose: "too_short", "too_common", "holds_name" (of the person or the firm, with little beside it); NULL:
 * it is good. names: login, name, e-mail, the organisation's; empty ones are passed by. Needs text_open(). */
const char *password_fault(arena *a, str password, const str *names, size_t count);
#endif
