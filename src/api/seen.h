/* seen.h — who stood behind a secret the last time, and in which states of the database that was read.
 *
 * In one of those states (db_snapshot) it still holds: nobody has committed since, so to ask again would read the same rows.
 * In any other it is a guess, never an answer: a request that reads one record begins with it, so that the question who it is
 * and the record travel in one packet; what the database then says of the secret decides, and where it says another thing
 * the reply is thrown away and made again. Where the state has a name (access_row.state), it is enough to ask for that: as
 * long as it is the one in which the row was read, the question who it is would be answered by the same rows. Memory: bounded, of its own. Threads: any. */
#ifndef ZK_API_SEEN_H
#define ZK_API_SEEN_H
#include "api/server.h"
#include "store/access.h"

/* secret_hash(), remembered: to hash the secret anew would cost each request a twentieth of its work. */
void seen_hash(seen *s, str secret, uint8_t hash[SECRET_HASH]);

seen *seen_new(void);
void  seen_free(seen *s); /* NULL is allowed */
/* *sure (may be NULL): it holds in this snapshot but for the time of its end, which the caller compares. */
bool seen_find(seen *s, const uint8_t hash[SECRET_HASH], int64_t state, arena *a, access_row *out, bool *sure);
void seen_keep(seen *s, const uint8_t hash[SECRET_HASH], int64_t state, const access_row *row);
/* All that an answer can depend on. */
bool seen_same(const access_row *a, const access_row *b);
#endif
