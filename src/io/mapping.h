/* mapping.h — the mapping file of an import (docs/import.md), read strictly: an unknown key is an error that names it.
 *
 * Only the form is checked here; whether columns and targets exist is the plan's business. */
#ifndef ZK_IO_MAPPING_H
#define ZK_IO_MAPPING_H
#include "base/map.h"
#include "io/fault.h"
#include "json/json.h"

typedef struct {
    str  column;
    str  target; /* empty: leave the column out */
    bool used;   /* the file has it; set by the plan */
} mapping_column;

typedef struct {
    str  target;
    map *exact, *folded; /* text → mapping_value; folded: ASCII letters lower */
} mapping_values;

typedef struct {
    bool clears; /* null: empties the field */
    str  text;
} mapping_value;

typedef struct {
    str  target;
    bool clears;
    str  text; /* with {column} and {row} in it */
} mapping_set;

typedef struct {
    str target, form;
} mapping_date;

typedef struct {
    str             match;
    mapping_column *columns;
    size_t          column_count;
    mapping_values *values;
    size_t          value_count;
    mapping_set    *sets;
    size_t          set_count;
    mapping_date   *dates;
    size_t          date_count;
} mapping;

/* Empty text: an empty mapping. ERR_MALFORMED (not JSON, with its line), ERR_INVALID (not a mapping). */
err mapping_parse(arena *a, str text, mapping *out, io_fault *f) MUST_USE;
/* NULL: no such row. */
const mapping_value *mapping_translate(const mapping_values *v, str text, arena *a);
str                  mapping_fold(arena *a, str text); /* trimmed, ASCII letters lower */
#endif
