/* seen.h — who stood behind a secret the last time.
 *
 * A guess, never an answer: a request that reads one record begins with it, so that the question who it is and the record
 * travel in one packet; what the database then says of the secret decides, and where it says another thing the reply is
 * thrown away and made again. Memory: bounded, of its own. Threads: any. */
#ifndef ZK_API_SEEN_H
#define ZK_API_SEEN_H
#include "api/server.h"
#include "store/access.h"

seen *seen_new(void);
void  seen_free(seen *s); /* NULL is allowed */
bool  seen_find(seen *s, const uint8_t hash[SECRET_HASH], arena *a, access_row *out);
void  seen_keep(seen *s, const uint8_t hash[SECRET_HASH], const access_row *row);
/* All that an answer can depend on. */
bool seen_same(const access_row *a, const access_row *b);
#endif
