/* io.h — import, export, backup, restore: whole files in and out (docs/import.md).
 *
 * Everything here runs for long and is started from a thread that may wait (a job's worker, the command line). Nothing
 * holds a transaction for long: an import writes in short pieces of its own, so that others' writes pass between them;
 * an export and a backup read from one consistent snapshot.
 * Memory   The caller's arena of the job takes what is handed back; the rest is freed before the call returns. An export
 *          does not grow with its rows; an import keeps the distinct references of its columns and some bits a row.
 * Errors   As everywhere; `why` of the job is then one sentence in the job's language that says what to do. After a
 *          refusal by ERR_INVALID, ERR_MALFORMED … of an import's plan nothing has been written. */
#ifndef ZK_IO_IO_H
#define ZK_IO_IO_H
#include "base/buf.h"
#include "permit/ctx.h"
#include "json/json.h"
#include <stdatomic.h>

/* ---- what every job has ---- */
typedef struct {
    const char *phase;       /* "read", "write", "undo", "export", "backup", "restore" */
    int64_t     done, total; /* rows; total 0: not known yet */
} io_progress;

typedef struct {
    arena *a; /* for results */
    db    *d;
    actor  who;
    int    lang;
    /* The tables as they are now, pinned (the callee unpins). Called at the start and again after the import itself
     * added choices or users: the provider must then read the version row and load again where it differs. */
    err (*tables)(void *arg, snapshot **out);
    /* May be NULL. At most some ten times a second; from the calling thread. */
    void (*progress)(void *arg, const io_progress *p);
    void              *arg;    /* of both */
    const atomic_bool *cancel; /* may be NULL; looked at between pieces */
    int64_t            now_ms; /* 0: the clock */
    str                why;    /* out: the sentence of a refusal */
} io_job;

/* ---- import ---- */
typedef struct {
    int64_t     created, updated, skipped, rejected, rows;
    int64_t     operation;     /* what undoes it; 0: nothing was written */
    bool        cancelled;     /* the rows so far stay, undone through the operation */
    const char *rejected_path; /* NULL: none */
    str plan; /* JSON object: {"file":{…},"columns":[{"header","target","how","form","ask",…}],"unknown":[…],
                                * "missing":[…],"added":[…],"preview":[["cell",…],…],"existing":{"count","rows":[{"row","value","id"}]},"problems":[{"row","column","code","message"}],"warnings":[…]} */
} io_import_result;

/* For an import that is to go on where it was cut off. `keep` is called inside each transaction that writes rows, with the
 * counts that hold once it is committed and with notes to be kept as they are; its error rolls the piece back and ends the
 * import. Another run of the same request on the same file begins behind `from`, and is read all notes in their order. */
typedef struct {
    err (*keep)(void *arg, ctx *c, const io_import_result *so_far, str notes);
    err (*read)(void *arg, err (*each)(void *to, str notes), void *to);
    void            *arg;
    io_import_result from; /* rows 0: from the beginning */
} io_keeper;

typedef struct {
    str         entity;         /* "account" or "accounts" */
    const char *path;           /* a local file; see io_file_spool() for one that lies in the database */
    const char *name;           /* what people call it; NULL: path */
    str         sheet;          /* XLSX: name or number from 1; empty: the first visible one with rows */
    str         map;            /* JSON text of INTERFACE section 5; empty: none */
    str         match;          /* field; beats the mapping's "match" */
    bool        create_missing; /* references that are not found are made */
    bool        skip_existing;  /* rows whose match is there already are left alone instead of updating it */
    bool        dry_run;        /* says what it would do, writes nothing */
    const char *rejected_path;  /* where rejected rows go (made only when there are some); NULL: PATH.rejected.csv */
    size_t      piece_rows;     /* 0: 500 */
    const io_keeper *keeper;    /* NULL: what is cut off stays cut off */
} io_import_request;

/* ERR_INVALID: the mapping, a column's date form, a required target … (why; result->plan tells all).
 * Cancelled: ERR_OK with result->cancelled. */
err io_import(io_job *j, const io_import_request *r, io_import_result *result) MUST_USE;

/* Undoes a whole operation in pieces. */
typedef struct {
    int64_t restored, purged, skipped;
    str     kept; /* JSON array of {"entity","id","name"}: edited since, left alone; at most 100 */
} io_undo_result;
err io_undo(io_job *j, int64_t operation, io_undo_result *result) MUST_USE;

/* {"created":…,"updated":…,"skipped":…,"rejected":…,"operation":"7"|null,…}: the members of GET /jobs/ID "result"; the
 * object is open, the caller adds "rejected_file" and closes it. */
void io_import_result_json(const io_import_result *r, json_writer *w);
/* What the command line prints: some lines of text. */
void io_import_result_text(const io_import_result *r, int lang, buf *out);

/* ---- many records, each by itself ---- */
/* How it stands, or ended. */
typedef struct {
    int64_t total, changed, refused; /* records */
    int64_t operation;               /* what undoes it; 0: nothing was there */
    int64_t part, last, given; /* behind which id; of a hand-over: in which part, how many of it were handed over */
    bool    cancelled;         /* what was changed so far stays, undone through the operation */
    str     problems;          /* JSON array of {"entity","id","name","message"}: refused ones, at most 100 */
} io_many_result;

/* Called inside each transaction that changes records, with how it stands once that is committed; its error rolls the piece
 * back and ends the work. The same work, begun with what was kept last, goes on behind it. */
typedef err (*io_many_keep)(void *arg, ctx *c, const io_many_result *so_far);
/* {"total","changed","refused","operation","problems"}, `standing`: with where to go on: members of the open object. */
void io_many_result_json(const io_many_result *r, bool standing, json_writer *w);

/* ---- changing or deleting all that a condition names ---- */
typedef struct {
    str         entity;
    str         where;  /* empty: all that one may see */
    bool        remove; /* to the recycle bin, instead of: */
    const json *record; /* merge patch of each; lives as long as the call */
    /* Instead of changing them: makes a record of this entity for each, which points at it by the field `via` and has the
     * values of `record`. Its owner is, unless named, whose the record is. Empty: nothing is made. */
    str          make, via;
    io_many_keep keep; /* NULL: what is cut off begins anew */
    void        *arg;
} io_change_request;

/* The records are those that match at the start; each is changed by the rules and rights of a single change, and one that
 * is refused does not keep the others back. Goes on where `result` stands. */
/* May what is made point at records of this entity by the field (NULL is allowed)? */
bool io_change_via(const field *via, const entity *of);
err  io_change(io_job *j, const io_change_request *r, io_many_result *result) MUST_USE;

/* ---- handing over what somebody owns, and where else they are named (people.md, PEOPLE-11) ---- */
enum { HANDOVER_PARTS = 64, HANDOVER_PEOPLE = 50, HANDOVER_SHARE = 100 };

typedef enum { NAMED_OWNER, NAMED_ELSEWHERE, NAMED_FIGURES } named_kind; /* figures of one person stay theirs */
typedef struct {
    const entity *e;
    const field  *f; /* a reference to user */
    named_kind    kind;
} named_place;
/* Every field by which a record names a person, but who made it, what rules set, and who has which role. In c->a. */
size_t io_named_places(ctx *c, named_place **out);
/* May the actor put somebody else there, in some record at least? */
bool io_may_hand_over(const actor *who, const named_place *p);
/* "owner = '7'", and with `open` what is still under way of those. */
str io_named_where(arena *a, const named_place *p, int64_t user, bool open);

typedef struct {
    named_place at;
    bool        open; /* only what is still under way */
    size_t      count;
    int64_t     to[HANDOVER_PEOPLE];
    int         share[HANDOVER_PEOPLE]; /* 1 … HANDOVER_SHARE */
} handover_part;

typedef struct {
    int64_t        from;
    handover_part *parts;
    size_t         count;
} handover;

/* {"parts":[{"entity","field"?,"open"?,"to":[{"user","share"?}]}]}: problems are collected in c. */
err io_handover_read(ctx *c, int64_t from, const json *in, handover *out) MUST_USE;
/* Who gets the nth (from 0) of a part, in the order of their ids: in turn, by share; and how many of n records the ith person gets. */
size_t  io_handover_turn(const handover_part *p, int64_t nth);
int64_t io_handover_gets(const handover_part *p, size_t i, int64_t n);

/* Goes on where `result` stands. The rights are those of handing over each record by itself. */
err io_hand_over(io_job *j, int64_t from, const json *in, io_many_keep keep, void *arg,
                 io_many_result *result) MUST_USE;

/* ---- export ---- */
typedef enum { IO_CSV, IO_XLSX, IO_JSON, IO_FORMAT_COUNT } io_format;
bool        io_format_from(str name, io_format *out); /* "csv", "xlsx", "json" */
const char *io_format_type(io_format f);              /* media type */
const char *io_format_suffix(io_format f);            /* "csv" … */

typedef err (*io_write_fn)(void *arg, str bytes);

typedef struct {
    str entity;
    str where, order, select; /* as in GET /X; select empty: every field one may read that can be imported again */
    str query;                /* a whole SELECT instead of the four above */
    io_format   format;
    bool        labels; /* headers are labels in the job's language instead of names */
    bool        bom;    /* CSV: begin with a byte order mark, for Excel */
    bool        raw;    /* CSV: leave cells that begin with = + - @ as they are (else a ' is put before them unless
                          * they are numbers or telephone numbers) */
    const char *path;   /* write here (through PATH.part, renamed at the end) … */
    io_write_fn write;  /* … or, where path is NULL, hand the bytes here */
    void       *arg;
} io_export_request;

/* ERR_FORBIDDEN without the right to export; ERR_MALFORMED with the position in `why` for a bad condition. */
err io_export(io_job *j, const io_export_request *r, int64_t *rows) MUST_USE;

/* ---- files that lie in the database ---- */
/* Copies zk_file `id` into a new temporary file of `dir`; the caller removes it. name: as it was uploaded. */
err io_file_spool(io_job *j, int64_t id, const char *dir, const char **path, str *name) MUST_USE;
/* The other way: a new zk_file of the actor with the bytes of a local file. */
err io_file_keep(io_job *j, const char *path, str name, str type, int64_t *id) MUST_USE;

/* ---- the whole database ---- */
typedef struct {
    int64_t tables, rows;
} io_copy_result;

/* A consistent Zhike SQLite file of everything, while others write. Refuses (ERR_CONFLICT) an existing file. */
err io_backup(io_job *j, const entity_def *const *rooms, const char *to_path, io_copy_result *result) MUST_USE;
/* Puts a backup (or any Zhike SQLite file, also of an older program) into the database of the job, which has been
 * migrated. Refuses (ERR_CONFLICT) a database that holds records of people unless `overwrite`: then what it held is gone.
 * All in one transaction: after an error everything is as it was. */
err io_restore(io_job *j, const entity_def *const *rooms, const char *from_path, bool overwrite,
               io_copy_result *result) MUST_USE;
#endif
