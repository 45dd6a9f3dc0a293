/* bind.h — values of the type table to and from a statement's columns: the one place that knows both.
 * Columns of a field, in this order: FT_ANYREF: column_entity, column; others: column; then column_key where the type has one. */
#ifndef ZK_QUERY_BIND_H
#define ZK_QUERY_BIND_H
#include "db/db.h"
#include "schema/types.h"

/* Binds the field's own column (FT_ANYREF: the id). */
void bind_value(db_stmt *s, int n, const field *f, const value *v);
/* Reads it back; text is copied into a. */
value bind_read(db_stmt *s, int column, const field *f, arena *a);
/* The same, but text stays where the row has it: valid until the next db_step(). */
value bind_peek(db_stmt *s, int column, const field *f);
/* "col" quoted into out. */
void        bind_identifier(buf *out, str name);
const char *bind_sql_type(db_engine e, const field *f);
#endif
