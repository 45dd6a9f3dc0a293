/* types_schema.h — the JSON Schema column of the type table; types.c alone includes it. */
#ifndef ZK_SCHEMA_TYPES_SCHEMA_H
#define ZK_SCHEMA_TYPES_SCHEMA_H
#include "schema/types.h"

void schema_text(const field *f, bool writing, json_writer *w);
void schema_number(const field *f, bool writing, json_writer *w);
void schema_date(const field *f, bool writing, json_writer *w);
void schema_bool(const field *f, bool writing, json_writer *w);
void schema_choice(const field *f, bool writing, json_writer *w);
void schema_multi(const field *f, bool writing, json_writer *w);
void schema_key(const field *f, bool writing, json_writer *w);
void schema_id(const field *f, bool writing, json_writer *w);
void schema_ref(const field *f, bool writing, json_writer *w);
void schema_anyref(const field *f, bool writing, json_writer *w);
void schema_any(const field *f, bool writing, json_writer *w);
#endif
