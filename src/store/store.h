/* store.h — the one way in: validate, save, delete, restore, undo; history, search index and outbox go along.
 *
 * All functions run inside the caller's transaction c->conn (a writing closure) unless said. Rights are asked here.
 * Errors  ERR_INVALID with all problems in c->problems; ERR_STALE, ERR_CONFLICT, ERR_FORBIDDEN, ERR_NOT_FOUND (also for
 *         what may not be seen) with c->detail. After an error the transaction must be rolled back. */
#ifndef ZK_STORE_STORE_H
#define ZK_STORE_STORE_H
#include "query/query.h"
#include "store/record.h"

/* ---- one transaction ---- */
/* Around a writing closure: loads nothing, flushes pending index rows at the end. Every closure that calls the
 * store does store_begin first and store_finish last. */
err store_begin(ctx *c, db_conn *conn) MUST_USE;
err store_finish(ctx *c) MUST_USE;
/* A part that may be refused without the rest: what it wrote, and what it left to be written at the end, is forgotten. */
typedef struct {
    size_t  pending;
    str    *afters;
    int64_t operation;
} store_mark;
err store_savepoint(ctx *c, store_mark *out) MUST_USE;
err store_savepoint_release(ctx *c) MUST_USE;
err store_savepoint_rollback(ctx *c, const store_mark *to) MUST_USE;
/* The usual case in one call: runs work(c,arg) as a closure of db_write with a fresh ctx state each try. */
typedef err (*store_work)(ctx *c, void *arg);
err store_write(ctx *c, store_work work, void *arg) MUST_USE;

/* ---- records ---- */
rec *store_new(ctx *c, const entity *e);                                  /* with initial values */
err  store_load(ctx *c, const entity *e, int64_t id, rec **out) MUST_USE; /* living and readable by the actor */
/* May the actor do this with it? ERR_NOT_FOUND: not even see it (but VERB_CREATE, of a new one); ERR_FORBIDDEN. */
err store_may(ctx *c, const rec *r, verb v) MUST_USE;
/* What store_may() goes by. */
typedef struct {
    ground     why;   /* GROUND_SHARED stands for GROUND_MEMBER too */
    bool       seen;  /* false: why says why it may not even be read */
    const rec *whole; /* the record that was asked about: of a part, that to which it belongs */
    verb       on;    /* and what was asked of it */
} store_reason;
err store_why(ctx *c, const rec *r, verb v, store_reason *out) MUST_USE;
err store_load_any(ctx *c, const entity *e, int64_t id, rec **out) MUST_USE; /* deleted ones too; rights not asked */
/* Creates (id 0) or updates. expected_version: 0 any; else ERR_STALE unless it holds: since then nothing has changed that
 * people edit. What follows from other records alone (a life stage, the last contact) is no conflict. */
err store_save(ctx *c, rec *r, int64_t expected_version) MUST_USE;
/* A save of what follows from other records: it asks no rights, and an operation takes no picture of it, since undoing
 * works it out anew (entity_def.after_undo). */
err store_save_derived(ctx *c, rec *r) MUST_USE;
/* A save of what goes along with another record (the activities of a lead that is converted): the actor was asked about
 * that one, and may not even see this one. */
err store_save_along(ctx *c, rec *r) MUST_USE;
/* Until the end of the transaction nobody else who asks for the same entity goes on: for rules over several records. */
err store_one_at_a_time(ctx *c, const entity *e) MUST_USE;
err store_delete(ctx *c, const entity *e, int64_t id, int64_t expected_version) MUST_USE;
err store_restore(ctx *c, const entity *e, int64_t id) MUST_USE;
/* Sets fields from a JSON object (merge patch: null clears). Problems are collected in c, the first pass over all
 * members; unknown and read-only fields are problems. Does not save. */
err store_patch(ctx *c, rec *r, const json *object) MUST_USE;
/* One field from its canonical text (import, defaults). References: id, key, or "entity/id". */
err store_set_text(ctx *c, rec *r, const field *f, str text) MUST_USE;
/* The record that a unique value names: by any field, ignoring case; 0: none; ERR_CONFLICT: several. */
err store_find(ctx *c, const entity *e, const field *f, str text, int64_t *id) MUST_USE;
/* The same among what the actor may see, for what a person names: PERMIT-4. */
err store_find_seen(ctx *c, const entity *e, const field *f, str text, int64_t *id) MUST_USE;
/* Every pointer at `from` points at `to`: references, activities, files, history stays. For merge. */
err store_repoint(ctx *c, const entity *e, int64_t from, int64_t to) MUST_USE;
/* Records of `e` whose reference field f is id; at most limit. */
err store_referring(ctx *c, const field *f, int64_t id, size_t limit, int64_t **ids, size_t *count) MUST_USE;
/* A number of its own per name: 1, 2, 3 … without gaps in one database (case numbers). */
err store_counter(ctx *c, str name, int64_t *next) MUST_USE;

/* ---- operations and undo ---- */
/* Sets c->operation. What is about many records is a security event as well, with `more` to say (store/audit.h; ended by a NULL
 * name, or NULL); what is about one and what hangs on it, its history tells. */
struct audit_word;
err  store_operation_begin(ctx *c, str kind, str note, int64_t *id) MUST_USE;
err  store_operation_begin_with(ctx *c, str kind, str note, const struct audit_word *more, int64_t *id) MUST_USE;
void store_operation_join(ctx *c, int64_t id); /* further pieces of it */
void store_operation_end(ctx *c);
typedef struct {
    int64_t restored, purged, skipped;
    struct {
        str     entity;
        int64_t id;
        str     name;
    } * kept; /* edited since; at most 100 are listed */
    size_t kept_count;
} undo_report;
/* Undoes at most `piece` pictures, after stopping the job that still adds to it; *more: call again in the next transaction. ERR_CONFLICT when already undone. */
err store_undo(ctx *c, int64_t operation, size_t piece, undo_report *sum, bool *more) MUST_USE;

/* ---- what others read (inside a reading transaction) ---- */
/* {"changes":[…],"next":…} / the timeline in the same shape. cursor: empty from the newest. */
err store_history_json(ctx *c, const entity *e, int64_t id, int limit, str cursor, json_writer *w) MUST_USE;
/* What stands behind a masked field: {"field","value"}. Writes down that the actor looked at it. *wait: seconds until they may
 * look again, where they have looked too often (PERMIT-25): nothing is written to w, what was written down stays. */
err store_look(ctx *c, const entity *e, int64_t id, str name, json_writer *w, int *wait) MUST_USE;
/* kinds: "change,file,call": only these; empty: all. */
err store_timeline_json(ctx *c, const entity *e, int64_t id, int limit, str cursor, str kinds, json_writer *w) MUST_USE;

typedef struct {
    const entity *e;
    int64_t       id;
    str           name, snippet;
} search_hit;
/* entities: NULL for all. *more: there are further ones. */
err store_search(ctx *c, str q, const entity *const *entities, size_t entity_count, int limit, search_hit **hits,
                 size_t *count, bool *more) MUST_USE;

/* Puts pieces of the search index together, at most some `pages`; *more: there is more to do. Saves leave that to whoever
 * has time. PostgreSQL does it by itself. */
err store_search_tidy(ctx *c, int pages, bool *more) MUST_USE;

/* Outbox rows after `since` that are safely committed, at most limit, readable by the actor. */
typedef struct {
    int64_t seq;
    str     kind;                  /* "change", "notice", "job" */
    str     entity, what;          /* "create", "update", "delete", "restore" */
    int64_t record, version, user; /* user: for whom (notice, job); 0: everybody who may read the record */
    str     data;                  /* JSON for notice and job */
} outbox_row;
err store_outbox_read(ctx *c, int64_t since, size_t limit, outbox_row **rows, size_t *count) MUST_USE;
err store_outbox_last(ctx *c, int64_t *seq) MUST_USE;
/* Forgets what happened before: nobody resumes from there any more. */
err store_outbox_sweep(ctx *c, int64_t older_than_ms) MUST_USE;
err store_outbox_put(ctx *c, str kind, int64_t user, str data_json) MUST_USE;

/* ---- the database as a whole ---- */
/* Brings the database to the tables: creates, adds, indexes, runs numbered steps; seeds choices, first pipeline, admin.
 * A copy of an SQLite file that changes is made first (FILE.before-N). ERR_CONFLICT with *why for a newer database. */
err store_migrate(db *d, const entity_def *const *rooms, arena *a, str *why) MUST_USE;
/* Reads choices, own fields and settings and builds the snapshot. */
err store_snapshot_load(db *d, const entity_def *const *rooms, arena *why_arena, snapshot **out, str *why) MUST_USE;
/* The version row: differs from c->snap->version → load again. Cheap; inside a transaction. */
err store_snapshot_version(db_conn *c, int64_t *out) MUST_USE;
err store_snapshot_bump(ctx *c) MUST_USE;
/* Adds a choice to an open list. */
err store_choice_add(ctx *c, const field *f, str key, str label) MUST_USE;

/* The system tables one after the other, NULL after the last; key: the columns of the primary key ("file,seq"). For
 * backup and restore. The search index is not among them: it is made anew. */
const char *store_system_table(size_t i, arena *a, str *key);
/* Those that readers read by statements of their own alone, NULL-ended: for db_fence(). */
const char *const *store_secret_tables(void);

/* The database's own guard over what has happened (guard.c): a restore, which replaces everything, takes it down and sets it up
 * in one transaction; nobody else. Of c: a, conn. */
err store_guard_down(ctx *c) MUST_USE;
err store_guard_up(ctx *c) MUST_USE;

/* Verifies everything (zhike check): calls back with a sentence per fault. */
err store_check(ctx *c, void (*fault)(void *arg, str sentence), void *arg, int64_t *checked) MUST_USE;
/* Verifies people, roles, rights and shares: a sentence in the actor's language for each finding, with what to do about it.
 * `wrong`: a rule is broken; otherwise it does no harm but is not what somebody meant. */
err store_check_rights(ctx *c, void (*each)(void *arg, bool wrong, str sentence), void *arg) MUST_USE;
/* Search index and sort keys anew (a new ICU, restore). */
err store_rebuild_index(db *d, const entity_def *const *rooms) MUST_USE;
#endif
