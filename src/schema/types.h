/* types.h — the type table: how a value of each field type is kept, read, written and shown.
 *
 * A new type is one row. Nobody else switches over field_type. */
#ifndef ZK_SCHEMA_TYPES_H
#define ZK_SCHEMA_TYPES_H
#include "schema/snapshot.h"
#include "json/json.h"

/* A field's value. Not set: null. Kinds use: i for numbers, dates, times, booleans and ids; s for texts, choice keys,
 * multi-choice (keys joined by ';'), JSON text. References: i is the id; s the name (FT_KEYREF: the key; FT_ANYREF: the
 * entity's name) where it was read along, else empty. */
typedef struct {
    bool    set;
    int64_t i;
    str     s;
    str     label;  /* FT_ANYREF: the target's name where it was read along */
    bool    hidden; /* a reference to a record that the reader may not see: nothing else of it is said */
} value;

typedef enum { STORE_TEXT, STORE_INT, STORE_BOOL, STORE_DATE, STORE_TIME, STORE_JSON } storage; /* one column's kind */

enum { /* operators of the query language that a type allows */
       OP_EQ = 1,
       OP_ORDER = 2 /* < <= > >= */,
       OP_LIKE = 4,
       OP_IN = 8,
       OP_INCLUDES = 16
};

/* Why a text or JSON value is refused: locale "message.CODE". */
typedef struct {
    const char *code;   /* "type", "too_long", "not_a_choice", … */
    str         detail; /* a number or a word for the message, may be empty */
} refusal;

/* What reading needs beside the field. */
typedef struct {
    arena *a;
    int    currency_decimals; /* of the record's currency, for FT_MONEY */
    str    zone;              /* for times without an offset            */
} type_env;

typedef struct {
    const char *name; /* in /meta and in zhike schema */
    storage     store;
    bool        has_key; /* a sort-key twin column       */
    bool        sortable, groupable, summable;
    bool        reference;
    uint32_t    operators;
    const char *widget;
    int64_t     min, max; /* where the field says nothing */

    /* From JSON of the API. A null is handled before. References: sets i (FT_REF), s (FT_KEYREF) or both (FT_ANYREF);
     * that the target exists is the store's business. */
    bool (*from_json)(const type_env *t, const field *f, const json *j, value *out, refusal *why);
    /* From the text of a query literal, an initial value, or the canonical text of import and CSV export. */
    bool (*from_text)(const type_env *t, const field *f, str text, value *out, refusal *why);
    void (*to_json)(const type_env *t, const field *f, const value *v, json_writer *w);
    str (*to_text)(const type_env *t, const field *f, const value *v);
    /* JSON Schema of a read value and of a written one, for OpenAPI. */
    void (*schema)(const field *f, bool writing, json_writer *w);
} type_row;

const type_row *type_of(const field *f);
const type_row *type_row_of(field_type t);
bool            type_from_name(str name, field_type *out);

/* The two readers above with bounds (min, max, choices) checked; null JSON gives an unset value. */
bool value_from_json(const type_env *t, const field *f, const json *j, value *out, refusal *why);
bool value_from_text(const type_env *t, const field *f, str text, value *out, refusal *why);
void value_to_json(const type_env *t, const field *f, const value *v, json_writer *w); /* null when unset */
str  value_to_text(const type_env *t, const field *f, const value *v);                 /* empty when unset */
bool value_equal(const field *f, const value *a, const value *b);

/* What of a value is shown to whom it is masked from: 138****8000, z***@example.com, A***e. Only of short texts, telephone
 * numbers and e-mail addresses, and not of what a record is called by. */
bool field_maskable(const field *f);
str  value_mask(arena *a, const field *f, str text);
#endif
