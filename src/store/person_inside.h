/* person_inside.h — what person.c and erase.c share. */
#ifndef ZK_STORE_PERSON_INSIDE_H
#define ZK_STORE_PERSON_INSIDE_H
#include "store/internal.h"

enum { PERSON_RECORDS = 50 };

typedef struct {
    const entity *e;
    int64_t       id;
} person_record;

/* The records that are one and the same person. */
typedef struct {
    person_record list[PERSON_RECORDS];
    size_t        count;
} person;

err  person_allowed(ctx *c) MUST_USE;
err  person_find(ctx *c, const rec *on, person *out) MUST_USE;
bool person_points(const field *f); /* does a record that points by it belong to what is kept about a person? */
/* Living and deleted ones. */
err person_referring(ctx *c, const field *f, int64_t id, int64_t **ids, size_t *count) MUST_USE;
#endif
