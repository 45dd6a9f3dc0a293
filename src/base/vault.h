/* vault.h — seals small secrets that must stand in the database: XChaCha20-Poly1305 by libsodium, under a master key that
 * is never there.
 *
 * A ring of at most VAULT_KEYS keys: the first seals, all of them open what they have sealed, so a key is changed by
 * putting a new one before it. What is sealed names its key by a number that tells nothing of it, and is bound to a purpose
 * and a record: moved elsewhere in the database it does not open.
 * Memory: the vault and texts in the given arena. Threads: any, once made. Needs random_open(). */
#ifndef ZK_BASE_VAULT_H
#define ZK_BASE_VAULT_H
#include "base/arena.h"

enum { VAULT_KEY_BYTES = 32, VAULT_KEYS = 4, VAULT_PLAIN_MAX = 64 << 10 };

typedef struct vault vault;

/* From keys in base64, separated by commas or white space. ERR_INVALID: *why says what was expected, and never quotes it. */
err vault_from_text(arena *a, str text, vault **out, str *why) MUST_USE;
/* From a file of such keys that nobody but its owner may read; `make`: a new key where there is no file, with mode 0600, which
 * of several that start at once is made by one. ERR_NOT_FOUND: none there. ERR_FORBIDDEN: others may read it. ERR_INVALID,
 * ERR_UNAVAILABLE: *why. */
err vault_from_file(arena *a, const char *path, bool make, vault **out, str *why) MUST_USE;
/* Overwrites the keys. NULL is allowed. */
void vault_close(vault *v);

int64_t vault_key(const vault *v);                /* number of the key that seals, above 0 */
bool    vault_holds(const vault *v, int64_t key); /* is it in the ring? */
bool    vault_key_of(str sealed, int64_t *key);   /* under which it was sealed; false: this is nothing sealed */

str vault_seal(const vault *v, arena *a, const char *purpose, int64_t record, str plain);
/* ERR_UNAVAILABLE: sealed under a key that is not in the ring. ERR_INVALID: damaged, or sealed for something else. */
err vault_unseal(const vault *v, arena *a, const char *purpose, int64_t record, str sealed, str *plain) MUST_USE;
#endif
