/* duplicate.h — which records may be the same thing as this one, and why.
 *
 * Compared are, in normal form (base/norm.h): telephone numbers, e-mail addresses, hosts of web addresses, tax numbers, and
 * the names of firms (entity_def.company, .tax_number). Candidates come from the search index, so every entity with a
 * searchable number, address or firm takes part, whichever the record is of. What the actor may not read is not among them.
 * Reading; inside c->conn. Memory: c->a. */
#ifndef ZK_STORE_DUPLICATE_H
#define ZK_STORE_DUPLICATE_H
#include "store/store.h"

enum { DUPLICATE_REASONS = 6 };
typedef struct {
    const entity *e;
    int64_t       id;
    str           name, owner_name; /* owner_name: empty without one */
    int           score;            /* 0…100 */
    struct {
        const char  *kind;  /* "phone", "email", "website", "tax_number", "company" */
        const field *field; /* of the record that was found */
        str          value; /* as it stands there */
    } reasons[DUPLICATE_REASONS];
    size_t reason_count;
} duplicate;

/* r: saved or not; only its values are looked at. The likeliest first, at most limit. */
err store_duplicates(ctx *c, const rec *r, size_t limit, duplicate **out, size_t *count) MUST_USE;
#endif
