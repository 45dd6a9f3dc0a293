/* totp.h — one-time codes by the clock [RFC 6238]: HMAC-SHA-1, six digits, steps of thirty seconds, as every app knows them.
 * Units: seconds since 1970. Memory: the arena's. */
#ifndef ZK_BASE_TOTP_H
#define ZK_BASE_TOTP_H
#include "base/arena.h"

enum { TOTP_KEY_BYTES = 20, TOTP_DIGITS = 6, TOTP_STEP_SECONDS = 30, TOTP_SKEW = 1 /* steps to either side */ };

/* HOTP [RFC 4226] of a counter; digits 6 to 8. */
uint32_t totp_code(str key, int64_t step, int digits);
int64_t  totp_step(int64_t seconds);
/* Is it the code of this moment, or of one step before or behind, and of a step after `last` (each is good once)? *step: whose
 * it is. Spaces in the code are passed by. */
bool totp_check(str key, str code, int64_t seconds, int64_t last, int64_t *step);
/* RFC 4648, without padding. */
str  base32_encode(arena *a, str bytes);
bool base32_decode(arena *a, str text, str *out); /* small letters and spaces too */
/* What the QR code says: otpauth://totp/ISSUER:ACCOUNT?secret=…&issuer=… */
str totp_address(arena *a, str issuer, str account, str key);
#endif
