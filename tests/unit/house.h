/* house.h — a database with the tables of some rooms, for unit tests: on SQLite, and on PostgreSQL where
 * ZHIKE_TEST_PG names a server. */
#ifndef ZK_TESTS_HOUSE_H
#define ZK_TESTS_HOUSE_H
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/vault.h"
#include "store/store.h"

typedef struct {
    db                      *d;
    arena                   *a;
    snapshot                *snap;
    vault                   *keys;
    ctx                      c; /* the program itself; set c.actor for somebody else */
    char                     path[300];
    const entity_def *const *rooms;
} house;

/* Opens a new database and brings it to the tables. False: this engine is not there (PostgreSQL without a server). */
bool house_open(house *h, db_engine engine, const entity_def *const *rooms);
void house_reload(house *h); /* a new snapshot after choices or fields changed */
void house_close(house *h);
/* Reading: begins a read transaction on h->c and ends it. */
void house_read(house *h);
void house_read_end(house *h);
/* From here on that user acts, with a ready role ("member"); the program itself again: h->c.actor = (actor){ 0 }. */
void house_act(house *h, int64_t user, const char *role_key);
/* Runs the work as store_write does and asserts that it went well. */
void house_do(house *h, store_work work, void *arg);
/* The rows of a query as JSON, in the arena. */
str house_query(house *h, const char *text);
/* Creates a record from a JSON text; returns its id. Asserts success. */
int64_t house_create(house *h, const char *entity_name, const char *json_text);
err     house_try(house *h, const char *entity_name, int64_t id, const char *json_text, int64_t *out_id);
#endif
