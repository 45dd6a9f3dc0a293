/* copy.h — one Zhike database into another, whatever the engines: ids, versions, history and the sequence are kept.
 *
 * The source is read in one snapshot, page by page along the primary keys; the target is emptied and written in one
 * transaction, so that after an error it is as it was. Its search index and sort keys are then made anew. Left behind:
 * the outbox (events already sent, numbered by PostgreSQL's transactions). */
#ifndef ZK_IO_COPY_H
#define ZK_IO_COPY_H
#include "io/job.h"

/* source: the tables of `from` as loaded from it. */
err copy_database(io_job *j, db *from, db *to, const entity_def *const *rooms, const snapshot *source,
                  const char *phase, io_copy_result *out) MUST_USE;
/* Rows of all tables. */
err copy_count(db *from, const snapshot *source, io_copy_result *out) MUST_USE;
#endif
