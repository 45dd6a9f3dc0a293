/* many.h — what every job over many records shares: how far it got, which records refused, how its end is told. Internal to io.
 *
 * A piece is a transaction whose closure may be run again: what it counts stands in `next`, and in `done` once it is committed.
 * The lines of an earlier turn, whose server died, go before those of this one. */
#ifndef ZK_IO_MANY_H
#define ZK_IO_MANY_H
#include "io/job.h"

typedef struct {
    io_many_result at;            /* all but `problems` */
    size_t         told, written; /* problems; bytes of them */
    json_writer    w;
} many_standing;

typedef struct {
    many_standing done, next;
    buf           problems;
} many;

void many_begin(many *m, arena *a, const io_many_result *from);
void many_free(many *m);
/* Begins the piece, joining its operation if there is one; else the caller begins one into next.at.operation. */
void many_piece(ctx *c, many *m);
/* The piece is over, within its transaction. */
err many_piece_end(ctx *c, many *m, io_many_keep keep, void *arg) MUST_USE;
/* It is committed. */
void many_committed(many *m);
/* Does the refusal leave the others alone? */
bool many_belongs_to_record(err e);
/* Counts a refused record and forgets why; fields: whose labels say which field it was; NULL: none. */
void many_refused(ctx *c, many *m, const entity *e, int64_t id, str name, const entity *fields, err why);
/* What is handed back. */
void many_result(const many *m, arena *a, io_many_result *out);
#endif
