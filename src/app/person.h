/* person.h — users from the command line and at the first start; inside store_write() of the program itself. */
#ifndef ZK_APP_PERSON_H
#define ZK_APP_PERSON_H
#include "app/options.h"
#include "permit/ctx.h"

typedef struct {
    str     name, login, email, role, team, state; /* empty: as the table says */
    int64_t id;                                    /* out */
} person;

err person_add(ctx *c, void *person_) MUST_USE;

typedef struct {
    int64_t user;
    str     argon2;
    bool    must_change, activate;
} person_password;
err person_set_password(ctx *c, void *password) MUST_USE;
/* A line from standard input, without its end; false: there is none. */
bool read_secret(arena *a, str *out);
#endif
