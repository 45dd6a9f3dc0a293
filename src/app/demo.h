/* demo.h — a small lively sample company in an empty database (`zhike serve --demo`).
 *
 * Deterministic: the same day gives the same company; everything is dated relative to today, and written through the store,
 * so that history, search and timeline are alive too. Names, numbers and addresses are invented: e-mail and web addresses end
 * in ".example", telephone numbers cannot be dialled.
 * Errors  ERR_CONFLICT with *why (in `a`) when the database is not empty. What was written before another error stays. */
#ifndef ZK_APP_DEMO_H
#define ZK_APP_DEMO_H
#include "db/db.h"
#include "schema/entity.h"

err demo_fill(db *d, const entity_def *const *all, arena *a, str *why) MUST_USE;
#endif
