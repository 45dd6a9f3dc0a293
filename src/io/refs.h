/* refs.h — the records that a column's texts name: found by id, key, unique name or the dotted field; made where missing. */
#ifndef ZK_IO_REFS_H
#define ZK_IO_REFS_H
#include "io/plan.h"
#include "store/store.h"

/* Looks one up inside the transaction of c: sets state, id, entity_name, key. Only database trouble is an error. */
err refs_find(ctx *c, const plan *p, const io_column *column, word *w) MUST_USE;
/* All words of all reference columns; what is missing but a row of the file will be it becomes WORD_LATER. */
err refs_find_all(ctx *c, plan *p) MUST_USE;
/* Makes the record that w names (after looking once more). ERR_INVALID and the like: why is in c. */
err refs_make(ctx *c, const plan *p, const io_column *column, word *w) MUST_USE;
/* May it be made? Not keyed references, references to anything. */
bool refs_makeable(const io_column *column);
/* Something that belongs to the data, not to the database? Then the row is refused, not the import. */
bool refusal_of_row(err e);
#endif
