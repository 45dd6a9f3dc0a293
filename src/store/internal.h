/* internal.h — what the files of store/ share; nobody else includes it. */
#ifndef ZK_STORE_INTERNAL_H
#define ZK_STORE_INTERNAL_H
#include "base/buf.h"
#include "base/map.h"
#include "db/dialect.h"
#include "query/bind.h"
#include "store/store.h"

/* What changed in one transaction and is written at its end, in order of the record's id. */
typedef struct {
    int64_t id;
    str     before, after; /* tokens joined by spaces; empty: not in the index */
} index_change;

typedef struct {
    index_change **changes;
    size_t         count, room;
    map           *by_id; /* the bytes of the id → its change */
    /* What this transaction has read or written already and need not ask for again (load.c); NULL: nothing. */
    map *known;    /* registry_find(): the bytes of the id → known_record */
    map *settings; /* records of configuration, as they were read: the bytes of the id → rec */
    map *keys;     /* theirs by key: entity, peer and key → the id */
} store_state;

/* What is known of a record that has just been written; `purged`: nothing any more. */
void registry_wrote(ctx *c, const rec *r, bool purged);
void known_forget(store_state *s); /* a part of the transaction is taken back */

typedef enum { WHAT_CREATE, WHAT_UPDATE, WHAT_DELETE, WHAT_RESTORE, WHAT_PURGE, WHAT_COUNT } what;
const char *what_name(what w);

/* ---- statements ---- */
typedef struct {
    db_stmt *s;
    int      n; /* parameters bound so far */
} statement;

err  sql_open(ctx *c, str sql, statement *out) MUST_USE;
err  sql_open_secret(ctx *c, str sql, statement *out) MUST_USE; /* may read the secret tables of shape.c */
void sql_int(statement *s, int64_t v);
void sql_id(statement *s, int64_t v); /* 0: null */
void sql_text(statement *s, str v);   /* empty: null */
void sql_time(statement *s, int64_t v);
/* "IN($5,$6,…)" for n numbers from parameter `first` on, and binding them there; few different texts for all n. */
str  sql_among(ctx *c, size_t n, int first);
void sql_ids(statement *s, const int64_t *ids, size_t n);
err  sql_run(statement *s) MUST_USE;    /* db_run(): to its end, closed; on PostgreSQL a later call tells its error */
err  sql_insert(statement *s) MUST_USE; /* db_insert(), closed */
err  sql_row(statement *s, bool *row) MUST_USE;
void sql_close(statement *s);
/* The first column of all rows, in the arena; closes the statement. */
err sql_all_ids(ctx *c, statement *s, int64_t **out, size_t *count) MUST_USE;
/* One number of one row; `found` may be NULL. */
err sql_number(ctx *c, str sql, int64_t parameter, int64_t *out, bool *found) MUST_USE;

/* ---- one record's rows ---- */
type_env record_env(ctx *c, const rec *r); /* for the money of this record */
int      record_decimals(const ctx *c, const rec *r, const field *f);
bool     field_stored(const field *f);        /* has columns of its own */
void     columns_put(buf *b, const field *f); /* "a" or "a_entity","a" (without the key twin) */
int      columns_count(const field *f);
/* Reads the fields of a row that was selected with record_columns(). */
void record_columns(buf *b, const entity *e);
void record_read(ctx *c, db_stmt *s, int first, rec *into);
/* Inserts or updates the row, the registry, history, picture, search index, outbox. `next` is valid. */
err record_write(ctx *c, const rec *old, rec *next, what w) MUST_USE;
str record_name(const rec *r);
/* Are rights asked? Not of what follows from other records, nor of a journal that an administrator brings along. */
bool record_asks(const ctx *c, const entity *e);
err  record_scope(ctx *c, verb v, const rec *r) MUST_USE; /* ERR_FORBIDDEN / ERR_NOT_FOUND */
/* Living or in the recycle bin, as far as the actor may read it; ERR_NOT_FOUND otherwise, as late as for what is not there. */
err record_seen(ctx *c, const entity *e, int64_t id, rec **out) MUST_USE;
/* Takes as long as record_seen() takes to refuse a record that is there and may not be seen; ERR_NOT_FOUND. */
err record_refuse(ctx *c, const entity *e, int64_t like) MUST_USE;
err reference_readable(ctx *c, const entity *e, int64_t id, bool *out) MUST_USE;
/* May the actor see it, living or deleted? Then its name is shown where something refers to it (PERMIT-18). */
err reference_seen(ctx *c, const entity *e, int64_t id, bool *out) MUST_USE;
/* PostgreSQL: until the end of the transaction nobody deletes the record / hangs anything on it. Both run again where it was
 * changed since the transaction began. On SQLite there is one writer. */
err  record_hold(ctx *c, int64_t id, bool *living) MUST_USE;
err  record_close(ctx *c, int64_t id) MUST_USE;
bool record_written(const ctx *c, int64_t id);                                               /* by this transaction */
err  registry_find(ctx *c, int64_t id, const entity **e, str *name, bool *deleted) MUST_USE; /* *e NULL: none */

/* ---- parts of a save ---- */
err validate_record(ctx *c, const rec *old, rec *next) MUST_USE;
/* The living record that has the same values as `next` in a unique set of fields with f; 0: none. */
err record_twin(ctx *c, const rec *next, const field *f, int64_t *id) MUST_USE;
err resolve_keys(ctx *c, rec *r) MUST_USE;
err money_base(ctx *c, const rec *old, rec *next) MUST_USE;
err record_compose_name(ctx *c, rec *r) MUST_USE; /* title_from */
err history_put(ctx *c, const rec *old, const rec *next, what w) MUST_USE;

/* ---- history, for the timeline ---- */
typedef struct {
    int64_t seq, at, user, operation;
    str     user_name, what, fields;
} history_row;
/* Newest first, of those before a moment; ties by number. `telling`: without updates in which nothing changed that history
 * keeps (FF_NO_HISTORY). */
err history_rows(ctx *c, int64_t record, int64_t before_at, int64_t before_seq, bool telling, int limit,
                 history_row **out, size_t *count) MUST_USE;
/* A change as JSON; fields that the actor may not read are left out, masked ones masked, references to what they may not
 * see without id and name. */
err history_put_change(ctx *c, const entity *e, const history_row *h, json_writer *w) MUST_USE;
/* One field of it: the key and {"old","new"}, or nothing. */
err history_put_field(ctx *c, const entity *e, const json *change, json_writer *w) MUST_USE;
/* ERR_NOT_FOUND where the record may not be seen; it may be deleted. */
err history_visible(ctx *c, const entity *e, int64_t id) MUST_USE;

/* Does it hold what somebody read as version `expected`? What only follows from other records (FF_READONLY) may have changed
 * since: a person's edit does not meet it. */
err record_version_holds(ctx *c, const rec *now, int64_t expected, bool *out) MUST_USE;
err record_expect(ctx *c, const rec *now, int64_t version) MUST_USE; /* ERR_STALE where it does not */

/* ---- more parts of a save ---- */
/* entity_def.rights: a change of who may what is a security event. */
err rights_tell(ctx *c, const rec *old, const rec *next, what w) MUST_USE;
err picture_put(ctx *c, const rec *old, const rec *next, what w) MUST_USE;
err outbox_change(ctx *c, const rec *r, what w) MUST_USE;
err notice_change(ctx *c, const rec *old, const rec *next, what w) MUST_USE;
str search_tokens(ctx *c, const rec *r);
/* The same without a field (−1: with all), and with the words of one more text. */
str  search_tokens_with(ctx *c, const rec *r, int without, str more);
void search_pending(ctx *c, int64_t id, str before, str after);
err  search_flush(ctx *c) MUST_USE;
void search_begin(ctx *c); /* nothing pending, nothing known: after the arena of before is gone */
err  search_create(ctx *c) MUST_USE;
/* store_search() that asks no rights: for saying that there is something, not what. */
err search_unseen(ctx *c, str q, const entity *const *entities, size_t entity_count, int limit, search_hit **out,
                  size_t *count) MUST_USE;

/* ---- the shape of the database (shape.c) ---- */
typedef struct {
    str   *list;
    size_t count, room;
} sql_list;
void sql_list_add(ctx *c, sql_list *l, str sql);
err  shape_system(ctx *c, sql_list *todo) MUST_USE;
err  shape_entity(ctx *c, const entity *e, sql_list *todo) MUST_USE;
/* guard.c */
err guard_shape(ctx *c, sql_list *todo) MUST_USE;
err guard_missing(ctx *c, const char **name) MUST_USE; /* the first that does not stand; NULL: all do */
str shape_index_name(arena *a, const entity *e, str fields);

enum { STORE_FORMAT = 2 }; /* raised with each numbered step */
#endif
