/* plan.h — what an import will do with a file: which column goes where and how its texts are read.
 *
 * Made in three steps: plan_build() from the header, the mapping and the tables; plan_survey() reads the whole file once for
 * the forms of dates and numbers and the distinct values of references and choices; plan_decide() settles them.
 * Problems are collected, none is the last word: the dry run tells all of them, a real run stops when plan->fatal. */
#ifndef ZK_IO_PLAN_H
#define ZK_IO_PLAN_H
#include "base/map.h"
#include "io/cells.h"
#include "io/dates.h"
#include "io/headers.h"
#include "io/mapping.h"
#include "io/table.h"

/* ---- distinct values of a column ---- */
typedef enum {
    WORD_NEW,
    WORD_FOUND,     /* reference: id (and entity_name); choice and keyed reference: text */
    WORD_MISSING,   /* no such record / choice */
    WORD_AMBIGUOUS, /* several records */
    WORD_LATER      /* not there yet, but a row of this file will be it */
} word_state;

typedef struct word word;
struct word {
    str        text; /* as in the file, translated */
    word_state state;
    int64_t    id;
    str        entity_name; /* references to any record */
    str        key;         /* choice, keyed reference */
    int64_t    count, line; /* how often, where first */
    bool       make;        /* choice: to be added */
    word      *next;
};

/* ---- a column of the file, or a "set" of the mapping ---- */
typedef struct {
    size_t                index; /* in the row; SIZE_MAX: a "set" */
    str                   header;
    bool                  taken; /* goes into a field */
    bool                  drops; /* the mapping says null */
    const char           *how;   /* "mapping", "set", "name", "label", "salesforce", "common", "ignored", "unknown" */
    target                to;
    bool                  weak;
    int                   exponent;
    const mapping_values *values;
    const mapping_set    *set;
    date_form             form;
    bool                  form_fixed;
    date_verdict          verdict;
    date_column           dates;
    number_column         numbers;
    bool                  comma;
    map                  *words; /* references and choices: folded text → word */
    word                 *first, *last;
    size_t                word_count;
    int64_t               filled;
    str                   sample;
} io_column;

typedef struct {
    const char *code;
    str         column, text; /* text: the sentence */
    int64_t     line;
} plan_note;

typedef struct {
    plan_note *list;
    size_t     count, room;
} plan_notes;

/* A row whose record is there already. */
typedef struct {
    int64_t line, id;
    str     value; /* of the match */
} plan_existing;

enum { PLAN_PREVIEW = 8, PLAN_EXISTING = 50 };

typedef struct {
    arena          *a;
    const snapshot *snap;
    const entity   *e, *lines;
    const field    *back; /* of lines to e */
    mapping         map;
    int             lang;
    bool            admin, create_missing;
    io_column      *columns; /* those of the file in its order, then the sets */
    size_t          file_columns, column_count;
    io_column     **order; /* the taken ones as they are applied */
    size_t          order_count;
    const field    *match;
    io_column      *match_column;
    const field    *own_key; /* references to the entity itself name rows of the file by this field … */
    io_column      *own_column;
    map            *own;  /* … whose values are these */
    map            *seen; /* match values of the file */
    int64_t         doubles, first_double;
    int64_t         rows;
    row             preview[PLAN_PREVIEW]; /* the first rows as they stand in the file */
    size_t          preview_count;
    plan_existing   existing[PLAN_EXISTING];
    int64_t         existing_count; /* of all; the first ones are told */
    plan_notes      problems, warnings;
    bool            fatal;
} plan;

/* A row's text for a column, translated and put together. */
typedef enum { TEXT_ABSENT, TEXT_CLEAR, TEXT_GIVEN } text_state;
typedef struct {
    text_state state;
    str        text;
    cell_kind  kind;
} io_text;
io_text plan_text(const plan *p, const io_column *c, const row *r, int64_t ordinal, arena *a);

typedef struct {
    str  map_text, match;
    bool create_missing;
} plan_options;

/* ERR_INVALID, ERR_MALFORMED with the fault only for a mapping that cannot be read; the rest becomes problems. */
err plan_build(plan *p, const snapshot *s, const entity *e, const row *header, const plan_options *o,
               io_fault *f) MUST_USE;
/* A row in the survey. */
void plan_survey(plan *p, const row *r, int64_t ordinal, arena *scratch);
void plan_found(plan *p, int64_t line, int64_t id, str value);
void plan_decide(plan *p);
/* The same plan on newer tables. */
bool plan_rebind(plan *p, const snapshot *s);

void  plan_problem(plan *p, const char *code, str column, int64_t line, str w0, str w1);
void  plan_warning(plan *p, const char *code, str column, int64_t line, str w0, str w1);
word *plan_word(const plan *p, const io_column *c, str text, arena *scratch); /* NULL: none */
bool  column_is_reference(const io_column *c);
bool  column_is_choice(const io_column *c);
/* "Food & Beverage" → "food_beverage" */
str plan_choice_key(arena *a, str text);
#endif
