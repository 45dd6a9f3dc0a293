/* own.h — fields that an organisation adds to an entity at run time: rows of zk_field and real columns of the entity's table.
 *
 * All functions run in the transaction c->conn; those that write inside store_begin … store_finish. A change counts the
 * tables' version up, so that every server loads them anew with its next request. Who may is the caller's business; that a
 * definition makes sense too, but for what the database alone knows.
 * Errors  ERR_CONFLICT where values stand twice and the field is to be unique; ERR_UNAVAILABLE where the table was busy: try
 *         the transaction again. */
#ifndef ZK_STORE_OWN_H
#define ZK_STORE_OWN_H
#include "permit/ctx.h"

typedef struct {
    field_row row;
    int64_t   values, living; /* records that have a value; of them in no recycle bin. own_count() */
} own_field;

/* Of one entity (empty: of all), retired ones too, in their order. */
err own_list(ctx *c, str of_entity, own_field **out, size_t *count) MUST_USE;
/* The retired ones of all entities; none where an older program kept the fields. */
err own_retired(ctx *c, own_field **out, size_t *count) MUST_USE;
err own_find(ctx *c, int64_t id, own_field *out) MUST_USE; /* ERR_NOT_FOUND */
/* Gives it an id, a column and a place behind the others. `fresh`: the tables as they are with it; unpin it. */
err own_add(ctx *c, field_row *f, snapshot **fresh) MUST_USE;
/* Everything but entity, name, type, target and column may differ. */
err own_change(ctx *c, const field_row *was, const field_row *now, snapshot **fresh) MUST_USE;
/* For good: column, choices, values. The history keeps what it has. */
err own_remove(ctx *c, const field_row *f) MUST_USE;
err own_count(ctx *c, own_field *f) MUST_USE;
/* Values that several living records have. */
err own_twins(ctx *c, const field_row *f, int64_t *out) MUST_USE;

/* The tables as the open transaction sees them; unpin it. */
err tables_fresh(ctx *c, snapshot **out) MUST_USE;
/* Counts the version up and says so to everybody who listens: the event "tables". */
err tables_changed(ctx *c) MUST_USE;

/* Words of the field in the search index: puts in (it is searchable now) or takes out what the records from id `after` on
 * have there, at most `piece` of them. *after: the last one; *more: call again in the next transaction. */
err own_reindex(ctx *c, const field_row *f, size_t piece, int64_t *after, bool *more) MUST_USE;

/* ---- layouts ---- */
/* Empty: the tables' own again. */
err layout_put(ctx *c, str of_entity, layout_kind kind, str text) MUST_USE;
#endif
