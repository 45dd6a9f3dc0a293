/* secret.h — secrets at rest: what the program must be able to read again, so that a hash does not do (a mail server's
 * password, a second factor's seed, a key that signs), sealed by the vault (base/vault.h) in zk_secret.
 *
 * A secret stands under a purpose ("mail.password") and a record's id (0: there is one of it), and opens nowhere else. The key
 * comes with the database's handle (db_vault()) and is in no backup: a copy of the database alone opens nothing.
 * All functions run inside c->conn. Memory: c->a.
 * Errors  ERR_CONFLICT with the code "secret_locked": the program has no key, or another one than it was sealed under. */
#ifndef ZK_STORE_SECRET_H
#define ZK_STORE_SECRET_H
#include "permit/ctx.h"

err secret_put(ctx *c, const char *purpose, int64_t record, str plain) MUST_USE; /* empty: none any more */
/* ERR_NOT_FOUND: there is none. */
err secret_get(ctx *c, const char *purpose, int64_t record, str *plain) MUST_USE;
err secret_delete(ctx *c, const char *purpose, int64_t record) MUST_USE;
/* Is there one, and can it be opened? Needs no key. Each may be NULL. */
err secret_look(ctx *c, const char *purpose, int64_t record, bool *there, bool *opens) MUST_USE;

/* At every start that has a key: a key that signs under the vault's own (what an older program kept in the open moves
 * there), and what older keys of the ring have sealed is sealed anew. Without a key it does nothing. */
err secrets_ready(ctx *c) MUST_USE;
/* How many there are, and how many cannot be opened. */
err secrets_count(ctx *c, int64_t *all, int64_t *locked) MUST_USE;

/* The key under which the program signs links (kept.h, sign_text). */
err secret_signing_key(ctx *c, str *key) MUST_USE;
#endif
