/* dialect.h — the words in which the engines differ. A row per engine; everything else is one SQL. */
#ifndef ZK_DB_DIALECT_H
#define ZK_DB_DIALECT_H
#include "db/db.h"

typedef struct {
    const char *type_id; /* bigint that never comes again      */
    const char *type_int;
    const char *type_real;
    const char *type_bool;
    const char *type_date;
    const char *type_time;
    const char *type_text; /* PostgreSQL: text COLLATE "C"       */
    const char *type_blob;
    const char *type_json;                /* PostgreSQL: json (keeps its bytes) */
    const char *lower_open, *lower_close; /* root-locale lower case around an expression */
    const char *ids_materialized;         /* "MATERIALIZED " or ""  */
} dialect;

const dialect *dialect_of(db_engine e);

/* The next id of the one sequence, inside a writing closure. */
err db_next_id(db_conn *c, int64_t *id) MUST_USE;
/* For the rest of this transaction no number is left out while nobody else takes one (PostgreSQL: slower). */
void db_ids_dense(db_conn *c);
/* Moves the sequence beyond an id (restore, import of old ids). */
err db_reserve_ids(db_conn *c, int64_t highest) MUST_USE;
/* Creates the sequence when absent. */
err db_ids_create(db_conn *c) MUST_USE;
#endif
