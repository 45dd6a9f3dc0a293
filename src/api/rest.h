/* rest.h — the verbs that every entity has: one function each, rows of operations[]. */
#ifndef ZK_API_REST_H
#define ZK_API_REST_H
#include "api/call.h"

err record_list(call *k) MUST_USE;
err record_create(call *k) MUST_USE;
err record_get(call *k) MUST_USE;
err record_update(call *k) MUST_USE;
err record_delete(call *k) MUST_USE;
err record_restore(call *k) MUST_USE;
err record_history(call *k) MUST_USE;
err record_reveal(call *k) MUST_USE;
err record_timeline(call *k) MUST_USE;
err record_files(call *k) MUST_USE; /* files.c */
err record_related(call *k) MUST_USE;
err record_action(call *k) MUST_USE; /* actions.c */
err record_bulk(call *k) MUST_USE;   /* bulk.c */
err bulk_prepare(call *k) MUST_USE;

/* The record as GET shows it, into k->w; sets k->version. */
err record_answer(call *k, const entity *e, int64_t id) MUST_USE;
/* Writes {"records":[…],"next":…} and, where asked for, "count". */
err list_answer(call *k, const entity *e, list_request *r) MUST_USE;

/* Fields by which records of `other` point at `e`; at most `room`. Where it is the owner alone, that; never who made or changed it. */
size_t related_fields(const entity *e, const entity *other, const field **out, size_t room);
err    record_parse(call *k) MUST_USE;
#endif
