/* choices.h — the choices of choice fields as an organisation keeps them: rows of zk_choice.
 *
 * Open lists (FF_OPEN, own fields) live there wholly; of a list whose meaning is fixed in the tables only names and colours
 * do. All functions run in c->conn, those that write between store_begin and store_finish. Who may is the caller's business. */
#ifndef ZK_STORE_CHOICES_H
#define ZK_STORE_CHOICES_H
#include "permit/ctx.h"

/* How many records use each choice of the field, in the recycle bin too; `used` has field->choice_count places. What is no
 * choice any more is not counted. */
err choices_used(ctx *c, const field *f, int64_t *used) MUST_USE;
err choice_used(ctx *c, const field *f, str key, int64_t *used) MUST_USE;
/* At most `piece` records that have `from` get `to` (empty: none), with history; no hooks of rooms. *more: call again. */
err choice_replace(ctx *c, const field *f, str from, str to, size_t piece, int64_t *done, bool *more) MUST_USE;
/* The list as it shall be, in its order. Whoever is not in it is gone: make sure first that nobody uses it. */
err choices_put(ctx *c, const field *f, const choice_row *list, size_t count) MUST_USE;
#endif
