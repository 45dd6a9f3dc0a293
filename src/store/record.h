/* record.h — one record in the request's arena: reading and setting its fields by index.
 *
 * Indexes are those of the room's own enum (the snapshot puts the room's fields first) or entity->common[]. */
#ifndef ZK_STORE_RECORD_H
#define ZK_STORE_RECORD_H
#include "permit/ctx.h"
#include "schema/types.h"

struct rec {
    const entity *e;
    int64_t       id;         /* 0: not saved yet */
    int64_t       version;    /* 0: new */
    int64_t       deleted_at; /* 0: living */
    value        *v;          /* e->field_count */
    uint8_t      *given;      /* per field: set by the writer, in this request */
    const rec    *old;        /* as it stands in the database; NULL: new record */
};

bool    rec_null(const rec *r, size_t field);
int64_t rec_int(const rec *r, size_t field);    /* asserts a number-like value that is not null */
str     rec_text(const rec *r, size_t field);   /* empty where null */
int64_t rec_ref(const rec *r, size_t field);    /* 0 where null */
int     rec_choice(const rec *r, size_t field); /* index in the choices of the table; −1 where null */
bool    rec_given(const rec *r, size_t field);
bool    rec_changed(const rec *old_or_null, const rec *next, size_t field);
void    rec_set_null(rec *r, size_t field);
void    rec_set_int(rec *r, size_t field, int64_t v);
void    rec_set_text(ctx *c, rec *r, size_t field, str v); /* copied */
void    rec_set_ref(rec *r, size_t field, int64_t id);
void    rec_set_any(ctx *c, rec *r, size_t field, str entity_name, int64_t id);
void    rec_set_choice(rec *r, size_t field, int index);
rec    *rec_copy(ctx *c, const rec *r);
#endif
