/* people.h — the people below and beside each, remembered as long as the tables' version stands: every change of a user or a team
 * raises it (configuration), so that the next request already sees another version.
 * Memory: one list a person, bounded; from malloc, freed with it. Threads: any. */
#ifndef ZK_API_PEOPLE_H
#define ZK_API_PEOPLE_H
#include "api/server.h"
#include "permit/ctx.h"

people *people_new(void);
void    people_free(people *p); /* NULL is allowed */
/* Fills who->below, who->peers and who->away from memory or from c->conn; copied into c->a. */
err people_around(people *p, ctx *c, actor *who) MUST_USE;
#endif
