/* file.h — files: bytes that lie in the database, in pieces of FILE_PIECE.
 *
 * A file is put in several transactions (begin, piece …, end): nobody sees it before file_end(); what was never ended is
 * swept away after a day. All functions run inside c->conn.
 * Rights: a file about a record is read by who may read the record, and put on it and taken off by who may change it
 * (PERMIT-23); any other is its creator's and the administrators'. */
#ifndef ZK_STORE_FILE_H
#define ZK_STORE_FILE_H
#include "store/store.h"

enum { FILE_PIECE = 256 << 10 };

typedef struct {
    int64_t id, size, created_at, created_by;
    str     name, type, sha256; /* hex */
    str     about_entity;       /* empty: about nothing */
    int64_t about;
} file_info;

/* ERR_INVALID: there is no such record; ERR_FORBIDDEN: it may be read, not changed. */
err file_begin(ctx *c, str name, str about_entity, int64_t about, int64_t *id) MUST_USE;
err file_piece(ctx *c, int64_t id, int64_t n, str bytes) MUST_USE; /* n: 0, 1, 2 … */
err file_end(ctx *c, int64_t id, int64_t size, str type, str sha256) MUST_USE;
/* ERR_NOT_FOUND: none, not ended, or not for the actor. */
err file_find(ctx *c, int64_t id, file_info *out) MUST_USE;
/* Into `into` (FILE_PIECE bytes); *got 0: behind the end. */
err file_read(ctx *c, int64_t id, int64_t n, char *into, size_t *got) MUST_USE;
/* Newest first; rights to the record are the caller's business. */
err file_list(ctx *c, str about_entity, int64_t about, int limit, file_info **out, size_t *count) MUST_USE;
/* The same, about any of `n` records (at most FILE_ABOUT), of those put before a moment; ties by id. */
enum { FILE_ABOUT = 64 };
err file_list_before(ctx *c, const int64_t *about, size_t n, int64_t before_at, int64_t before_id, int limit,
                     file_info **out, size_t *count) MUST_USE;
/* All files of one record go to another; undoing the open operation brings them back. Rights are the caller's business. */
err file_move(ctx *c, str from_entity, int64_t from, str to_entity, int64_t to) MUST_USE;
/* What undoing does with them; for store/operation.c. */
err file_move_back(ctx *c, int64_t operation) MUST_USE;
/* Who put it there, as long as they may change the record, or an administrator. f: that the actor may read. */
err file_may_remove(ctx *c, const file_info *f, bool *out) MUST_USE;
/* ERR_FORBIDDEN for who may not remove it. */
err file_delete(ctx *c, int64_t id) MUST_USE;
/* Removes uploads that never ended and are older than a day. */
err file_sweep(ctx *c) MUST_USE;
#endif
