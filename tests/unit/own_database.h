/* own_database.h — a PostgreSQL database of one's own on the server of ZHIKE_TEST_PG, so that test programs that run at
 * the same time do not meet. */
#ifndef ZK_TEST_OWN_DATABASE_H
#define ZK_TEST_OWN_DATABASE_H
#include "base/base.h"

/* Makes (or empties) the database `name`; url: 512 bytes. False when ZHIKE_TEST_PG is not set or the server refuses. */
bool own_database_make(const char *name, char url[512]);
void own_database_drop(const char *name);
/* One statement without rows on any server, outside a transaction. */
bool own_database_say(const char *url, const char *sql);
#endif
