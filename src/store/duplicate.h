/* duplicate.h — which records may be the same thing as this one, and why.
 *
 * Compared are, in normal form (base/norm.h): telephone numbers, e-mail addresses, hosts of web addresses, tax numbers, and
 * the names of firms (entity_def.company, .tax_number). Candidates come from the search index, so every entity with a
 * searchable number, address or firm takes part, whichever the record is of. What the actor may not read is not among them,
 * or, where that is asked for, without id, name and values: that it is there, and whose it is (PERMIT-19). Fields that the
 * actor may not read, or only masked, are compared on neither side.
 * Reading; inside c->conn. Memory: c->a. */
#ifndef ZK_STORE_DUPLICATE_H
#define ZK_STORE_DUPLICATE_H
#include "store/store.h"

enum { DUPLICATE_REASONS = 6 };
typedef struct {
    const entity *e;
    int64_t       id;
    bool          hidden; /* the actor may not see it: `id`, `name` and the reasons' values are not for them */
    str name, owner_name; /* owner_name: of the team in whose queue it waits where it has no owner; or empty */
    int score;            /* 0…100 */
    struct {
        const char  *kind;  /* "phone", "email", "website", "tax_number", "company" */
        const field *field; /* of the record that was found */
        str          value; /* as it stands there */
    } reasons[DUPLICATE_REASONS];
    size_t reason_count;
} duplicate;

/* r: saved or not; only its values are looked at. The likeliest first, at most limit. unseen: hidden ones too. */
err store_duplicates(ctx *c, const rec *r, bool unseen, size_t limit, duplicate **out, size_t *count) MUST_USE;
#endif
