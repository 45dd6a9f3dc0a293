/* line.h — a record from one line as people write it: "张伟 华为 13800138000 展会".
 *
 * Takes out what is known by its form (e-mail, address on the web, telephone numbers, a sum), by a label before a colon
 * ("公司：华为"), by the choices of the entity's fields, by dictionaries (cities, provinces, titles, family names, words of
 * firms); of what is left the likeliest person becomes the name and the rest the company, where the entity has one.
 * A proposal: a person confirms it. Pure; text_open() must have run.
 * Memory   the arena's; the parts' texts too.
 * Units    a sum is a decimal text in major units, as JSON has it. */
#ifndef ZK_SCHEMA_LINE_H
#define ZK_SCHEMA_LINE_H
#include "schema/snapshot.h"

typedef struct {
    const field *field;
    str          value; /* as the API takes it: a choice's key, a sum's digits, else the text */
    str          text;  /* as it was written */
} line_part;

typedef struct {
    line_part *parts; /* at most one for a field */
    size_t     count;
    str        rest; /* what found no field */
} line_parts;

enum { LINE_MAX_BYTES = 1000 };

/* text: valid UTF-8, at most LINE_MAX_BYTES. */
void line_parse(arena *a, const entity *e, str text, line_parts *out);

/* ---- the dictionaries (line_words.c); words are folded ---- */
/* How likely the word begins with a family name: 0 not at all … 9; a compound name counts as certain. */
int  line_surname(str word);
bool line_city(str word, str *name); /* with or without 市, or its English name; name: as it is called */
/* Longest province that the word begins with; 0: none. */
ptrdiff_t line_province(str word, str *name);
/* Bytes of the title that the word ends with; 0: none. */
ptrdiff_t line_title(str word);
bool      line_firm(str word); /* ends like a firm, or is a word that only firms bear */
#endif
