/* target.h — where a column goes: "phone", "account.name", "lines.product".
 *
 * A dotted target finds the reference by that field; "lines." stands for the one line that a row gives its record (an
 * opportunity's product line). */
#ifndef ZK_IO_TARGET_H
#define ZK_IO_TARGET_H
#include "io/fault.h"
#include "schema/snapshot.h"

typedef struct {
    str          path; /* as it was asked for */
    const field *f;    /* of the entity, or of its line */
    const field *via;  /* of f->target; NULL: by id, key or name */
    bool         line;
} target;

/* The entity of the lines ("opportunity" → "opportunity_line") and its reference back; NULL where there is none. */
const entity *target_lines(const snapshot *s, const entity *e, const field **back);
/* False: no such path; *at then is the part that is not known. */
bool target_find(const snapshot *s, const entity *e, str path, target *out, str *at);
#endif
