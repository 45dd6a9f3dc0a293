/* import.h — the second reading of the file: pieces of rows that are written together. Internal to import. */
#ifndef ZK_IO_IMPORT_H
#define ZK_IO_IMPORT_H
#include "io/io.h"
#include "io/job.h"
#include "io/refs.h"
#include "io/rejected.h"

typedef enum { ROW_WAITING, ROW_CREATED, ROW_UPDATED, ROW_SKIPPED, ROW_REJECTED } row_outcome;

typedef enum { CELL_LEAVE, CELL_CLEARS, CELL_TEXT_VALUE, CELL_WORD, CELL_BAD } prepared_kind;
typedef struct {
    prepared_kind kind;
    str           text; /* canonical; CELL_BAD: the sentence */
    word         *w;
} prepared;

typedef struct {
    int64_t     line, ordinal;
    row         cells;  /* copied, for the rejected rows */
    prepared   *values; /* plan->order_count */
    str         match;  /* canonical text; empty: none */
    row_outcome outcome;
    str         reason;
    int64_t     id;    /* of the record written */
    bool        fresh; /* it is a new one */
    word      **later; /* per column: reference that is still to come; NULL entries: none */
} import_row;

/* A reference to set when its record is there. */
typedef struct deferred deferred;
struct deferred {
    int64_t   id, line;
    size_t    column; /* in plan->order */
    word     *w;
    deferred *next;
};

typedef struct {
    io_job     *job;
    plan       *p;
    ctx        *c; /* its arena is cleared after each piece */
    bool        dry_run, skip_existing;
    int64_t     operation;
    arena      *piece; /* rows of the piece */
    import_row *rows;
    size_t      count, room;
    size_t      from, to; /* what the closure writes */
    size_t      failed;   /* row at which it was refused; SIZE_MAX */
    bool        careful;  /* each row's statements are over before the next begins */
    word      **made;     /* words that the closure found or made: undone when it is run again */
    size_t      made_count, made_room;
    bool        begun;   /* the operation, in this closure */
    int64_t     held_ns; /* how long the last closure worked, without the commit */
    deferred   *links, *last_link;
    arena      *link_arena;
    rejected   *bad;
    /* to be taken up again */
    const io_keeper  *keeper;
    io_import_result *out;   /* up to the piece */
    size_t            kept;  /* rows of the piece whose notes are committed */
    buf               notes; /* of the transaction */
} importer;

/* Reads the cells of a row as its columns want them; a bad one makes the row ROW_REJECTED. */
void import_prepare(importer *im, import_row *r, const row *cells);
/* Writes the rows of the piece, in one transaction where none is refused. */
err import_write_piece(importer *im) MUST_USE;
/* At the end of a piece's transaction (import_keep.c). */
err  import_keep(importer *im) MUST_USE;
void import_count(io_import_result *out, const import_row *in);
/* Before the first row: what an earlier run has left. */
err  import_take_up(importer *im) MUST_USE;
void import_link(importer *im, deferred d);
/* Sets the references that had to wait. */
err import_links(importer *im) MUST_USE;
/* Inside a closure: opens the operation at the first record that is written. */
err import_operation(importer *im) MUST_USE;
/* A product line of the record (rows.c). *changed: something was written. */
err import_line(importer *im, const rec *of, const import_row *r, bool *changed) MUST_USE;
/* All problems of the context as one sentence. */
str import_reason(const ctx *c, const plan *p, arena *a, err e);
err import_set(importer *im, rec *r, import_row *row, size_t column) MUST_USE;
#endif
