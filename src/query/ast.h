/* ast.h — the query language as text means it, before any name is looked up. Internal to query/.
 *
 * Pure: text in, tree out, nothing else is asked. Memory: the arena's; slices of undecoded text point into the query.
 * A fault has a code (locale "message.query.CODE"), an argument for it, and the byte offset in the text. */
#ifndef ZK_QUERY_AST_H
#define ZK_QUERY_AST_H
#include "base/arena.h"
#include "base/limits.h"
#include "query/dates.h"

typedef struct {
    ptrdiff_t   at;
    const char *code;
    str         argument;
} query_fault;

typedef enum {
    LEX_END,
    LEX_NAME,
    LEX_NUMBER, /* text: its digits                        */
    LEX_TEXT,   /* text: between the quotes, not decoded   */
    LEX_DATE,   /* value: days                             */
    LEX_TIME,   /* value: ms                               */
    LEX_SYMBOL  /* symbol                                  */
} lex_kind;

/* Symbols of two characters have names of their own. */
enum { SYM_NE = 'n', SYM_LE = 'l', SYM_GE = 'g' };

typedef struct {
    lex_kind  kind;
    ptrdiff_t at, end;
    str       text;
    int64_t   value;
    char      symbol;
} lexeme;

/* The next lexeme at or after `at`. */
bool lex_next(str text, ptrdiff_t at, lexeme *out, query_fault *fault);
/* The text of a LEX_TEXT; pattern: for LIKE, so that an escaped % or _ stays escaped. */
str lex_decode(arena *a, str raw, bool pattern);

typedef enum {
    FN_NONE,
    FN_COUNT,
    FN_COUNT_DISTINCT,
    FN_SUM,
    FN_AVG,
    FN_MIN,
    FN_MAX,
    FN_DATES, /* those below are date functions: of dates.h */
    FN_CALENDAR_YEAR = FN_DATES,
    FN_CALENDAR_QUARTER,
    FN_CALENDAR_MONTH,
    FN_DAY_IN_MONTH,
    FN_DAY_IN_WEEK,
    FN_DAY_IN_YEAR,
    FN_WEEK_IN_MONTH,
    FN_WEEK_IN_YEAR,
    FN_HOUR_IN_DAY,
    FN_DAY_ONLY,
    FN_FISCAL_YEAR,
    FN_FISCAL_QUARTER,
    FN_FISCAL_MONTH,
    FN_LAST
} query_fn;

static inline bool fn_aggregates(query_fn fn)
{
    return fn >= FN_COUNT && fn < FN_DATES;
}

enum { PATH_PARTS = LIMIT_PATH_DEPTH + 1 };

/* A dotted path, perhaps inside a function. COUNT() has no parts. */
typedef struct expr {
    ptrdiff_t    at;
    query_fn     fn;
    str          part[PATH_PARTS];
    ptrdiff_t    part_at[PATH_PARTS];
    int          parts;
    struct expr *next; /* in GROUP BY */
} expr;

typedef enum {
    LIT_NULL,
    LIT_TRUE,
    LIT_FALSE,
    LIT_NUMBER,
    LIT_TEXT,
    LIT_DATE,
    LIT_TIME,
    LIT_RANGE, /* TODAY, LAST_N_DAYS:30 … */
    LIT_ME,
    LIT_TEAM
} literal_kind;

typedef struct {
    literal_kind     kind;
    ptrdiff_t        at;
    str              text; /* LIT_NUMBER: digits; LIT_TEXT: not decoded */
    int64_t          n;    /* LIT_DATE: days; LIT_TIME: ms; LIT_RANGE: the number behind the colon */
    const date_word *word; /* LIT_RANGE */
} literal;

typedef enum { CMP_EQ, CMP_NE, CMP_LT, CMP_GE, CMP_GT, CMP_LE, CMP_LIKE } compare_op; /* op ^ 1 is its opposite */

typedef enum { COND_AND, COND_OR, COND_NOT, COND_COMPARE, COND_IN, COND_INCLUDES, COND_SEMI } cond_kind;

typedef struct cond cond;
typedef struct tree tree;
struct cond {
    cond_kind  kind;
    ptrdiff_t  at;
    compare_op op;       /* COND_COMPARE                          */
    bool       negative; /* NOT IN, NOT LIKE, EXCLUDES            */
    expr       left;
    literal   *values;
    size_t     count;
    tree      *sub;   /* COND_SEMI                             */
    cond      *first; /* COND_AND, COND_OR, COND_NOT: operands */
    cond      *next;
};

typedef struct item {
    expr         e;
    str          alias;
    ptrdiff_t    alias_at;
    struct item *next;
} item;

typedef enum { NULLS_DEFAULT, NULLS_FIRST, NULLS_LAST } nulls_order;

typedef struct order_item {
    expr               e;
    bool               descending;
    nulls_order        nulls;
    struct order_item *next;
} order_item;

struct tree {
    item       *items;
    str         entity;
    ptrdiff_t   entity_at;
    cond       *where;
    expr       *group;
    ptrdiff_t   group_at;
    cond       *having;
    order_item *order;
    int         limit; /* 0: none */
};

bool parse_select(arena *a, str text, tree **out, query_fault *fault);
bool parse_where(arena *a, str text, cond **out, query_fault *fault);
bool parse_order(arena *a, str text, order_item **out, query_fault *fault);
bool parse_paths(arena *a, str text, item **out, query_fault *fault); /* "name, account.name" */

enum {
    LIMIT_SELECT = 2000,
    LIMIT_SELECT_DEFAULT = 200,
    LIMIT_ITEMS = 200,
    LIMIT_PATTERN = 512,
    LIMIT_VALUES = 4 * LIMIT_QUERY_IN, /* of all lists together                       */
    LIMIT_INCLUDES = 64,               /* values, and keys in one value               */
    LIMIT_TABLES = 40                  /* joined by paths; SQLite joins 64            */
};
#endif
