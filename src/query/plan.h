/* plan.h — a query between its tree and its SQL. Internal to query/.
 *
 * names.c   paths → sources (tables joined) and fields, with the actor's rights
 * terms.c   a path or function call → SQL of its value and of its sort key
 * literals.c, conds.c   conditions → SQL with bound values
 * select.c  columns, grouping, order; order.c: keyset paging; query.c: the statement as a whole
 * ways.c    which index the rows are come by, where that is better not left to the engine
 * count.c   conditions alone; run.c rows out of it; record.c one record by its id, with a plan that is kept
 *
 * SQL text holds names from the tables, numbers of ours and $n; whatever a person wrote is bound. A fault stops the
 * making at once: false is handed up, m->fault says what, m->refused which err. */
#ifndef ZK_QUERY_PLAN_H
#define ZK_QUERY_PLAN_H
#include "db/dialect.h"
#include "query/ast.h"
#include "query/bind.h"
#include "query/query.h"

typedef enum { PARAM_INT, PARAM_REAL, PARAM_BOOL, PARAM_DATE, PARAM_TIME, PARAM_TEXT, PARAM_BLOB } param_kind;

typedef struct {
    param_kind kind;
    bool       null; /* only in a cursor */
    int64_t    i;
    double     r;
    str        s;
} param;

typedef struct {
    param *list;
    size_t count, room;
} param_list;

/* A table in FROM: the root, or what a reference of its parent leads to. */
typedef struct source source;
struct source {
    const entity *e;
    int           number; /* alias tN */
    source       *parent;
    const field  *via;
    source       *next;
    int           id_at, currency_at; /* hidden columns already selected; −1 */
};

typedef struct {
    source *root, *last;
    bool    having; /* conditions at hand stand behind HAVING */
    int     tables;
} level;

/* Where a path leads. */
typedef struct {
    source      *src;
    const field *f;                 /* the field read                                         */
    str          column;            /* its column in src; of "owner.id" the reference's own   */
    bool         entity_of;         /* "about.entity"                                         */
    bool         reference;         /* column is not f's own, may be null                     */
    source      *chain[PATH_PARTS]; /* chain[i]: where part i stands                  */
} place;

typedef struct {
    ptrdiff_t  at;
    query_fn   fn;
    place      p; /* p.f NULL: COUNT() */
    field_type type;
    bool       real, nullable;
    str        sql;      /* the value                                                    */
    str        key;      /* what is compared and sorted by: the twin of texts, else sql  */
    bool       keyed;    /* key is a sort key                                            */
    str        currency; /* money: SQL of its currency; empty: the organisation's        */
} term;

/* How a column of the result is read. */
typedef enum {
    READ_FIELD,
    READ_REF,
    READ_KEYREF,
    READ_KEY,
    READ_ANY,
    READ_TEXT,
    READ_INT,
    READ_DATE,
    READ_AVG
} read_kind;

typedef struct {
    read_kind    read;
    const field *f;           /* for its form; NULL: READ_INT, READ_DATE, READ_TEXT */
    int          at;          /* first SQL column                                  */
    int          currency_at; /* −1: the organisation's                            */
    /* READ_REF */
    const source *src;
    str           column;
    bool          masked;  /* READ_FIELD: shown with its middle masked */
    bool          limited; /* a reference without a name is to a record that the actor may not see */
    int like; /* the reference before it to the same entity, by its number from 1; 0: none. Where both hold the
                           same id, the name is read there only: an owner has mostly made the record and changed it last */
} out_column;

/* The JSON object: members in order; a path's parts nested. */
typedef struct shape shape;
struct shape {
    str    key;
    str    quoted;   /* as json_quote() writes it */
    int    column;   /* in out; −1 */
    int    presence; /* SQL column that is null where there is nothing to go into; −1 */
    shape *first, *last, *next;
};

typedef struct {
    str        key; /* SQL */
    param_kind kind;
    bool       descending, nulls_first, nullable;
} order_key;

typedef struct {
    str          sql;
    const param *params;
    size_t       count;
} statement;

enum { ORDER_KEYS = LIMIT_ORDER_BY + 1 };

struct query {
    const entity *e;
    bool          counts, grouped;
    bool          limit_given;
    bool          single; /* one row: what it needs on the way goes into the request's arena */
    int           limit;  /* 0: none */
    query_column *columns;
    out_column   *out;
    size_t        count;
    shape        *shape;
    statement     st[2]; /* after a cursor among nulls or before them: two, one after the other */
    int           statements;
    order_key    *keys;
    size_t        key_count;
    int           key_at;   /* first hidden column of the keys; −1: no paging */
    int           mixed_at; /* first of pairs (least, greatest currency)      */
    size_t        mixed_count;
    uint64_t      hash;
    str           next;
};

/* ways.c */
typedef enum {
    WAY_ENGINE,  /* as the engine thinks best */
    WAY_ORDER,   /* through the order's index */
    WAY_WALK,    /* the same, between two ids */
    WAY_GATHER,  /* through the range's       */
    WAY_BRANCHES /* a walk for each value     */
} way_kind;

typedef struct {
    way_kind       kind;
    const field   *of;
    int64_t        low, high; /* WAY_WALK */
    const int64_t *values;    /* WAY_BRANCHES */
    size_t         count;
    bool           scope;   /* the values are those of permit_scope() */
    bool           granted; /* and what is shared is one more branch */
} way;

/* The people of a scope that stand among the parameters already. */
typedef struct {
    const int64_t *users;
    size_t         count;
    int            first;
} bound_people;

/* seen_id_sql() of a place, composed_sql() of a column: always the same text, as GROUP BY wants it. */
typedef struct seen_id seen_id;
struct seen_id {
    const source *src;
    str           column, sql;
    seen_id      *next;
};

typedef struct {
    ctx              *c;
    arena            *a;
    db_engine         engine;
    const dialect    *words;
    bool              unguarded; /* rights are not asked */
    bool              showing;   /* what is found is shown and no more: masked fields are there too */
    const uint8_t    *readable;  /* how each field is shown; NULL: ask */
    bound_people      people;
    bool              by_record; /* the rows are asked for by their id or by the record they are about (PERMIT-20) */
    seen_id          *seen_ids;
    bool              forked;  /* further parameters are of one of two statements */
    const char       *reading; /* which text of a list request; NULL: the only one */
    query_fault       fault;
    err               refused;
    param_list        params;
    int               sources;
    zone_span        *spans;
    size_t            span_count;
    query            *q;
    level             top;
    tree             *t;
    const order_item *by; /* what the rows will be ordered by, where that is known before the conditions are written */
    way               way;
    buf               columns, where, group, having; /* SQL of the parts; freed by maker_end() */
    int               column_count;
    term             *groups;
    size_t            group_count;
    term             *mixed; /* money aggregates whose currencies must be one */
    size_t            mixed_count, mixed_room;
} maker;

/* query.c */
void maker_begin(maker *m, ctx *c);
void maker_end(maker *m);
bool maker_fault(maker *m, ptrdiff_t at, const char *code, str argument);
err  maker_refusal(maker *m);
void put_param(maker *m, buf *out, param p);
void put_int_param(maker *m, buf *out, int64_t v);
/* How many places an IN list of n has: the next power of two, so that texts of statements are few. */
size_t maker_padded(size_t n);

/* SELECT … FROM e WHERE t0.id = $1 and it lives, with the fields whose bit is set; no scope is asked. */
query *query_make_record(ctx *c, const entity *e, const uint8_t *readable);

/* open FROM … WHERE … close, without order; out NULL: only checked. */
err query_make_bare(ctx *c, const entity *e, const list_request *r, bool unguarded, const char *open, const char *close,
                    statement *out) MUST_USE;

/* names.c */
source *source_root(maker *m, level *l, const entity *e);
source *source_join(maker *m, level *l, source *parent, const field *via);
bool    place_find(maker *m, level *l, const expr *x, place *out);
void    put_alias(buf *out, const source *s);
void    put_column(buf *out, const source *s, str column);
str     column_sql(maker *m, const source *s, str column);
void    put_from(maker *m, buf *out, const level *l);
/* " IN (SELECT …)": the ids of what is shared with the actor. GRANTS_PARAMS parameters. */
void put_granted(maker *m, buf *out, const entity *e, verb v);
/* Are there records of e that the actor may not see? */
bool limited_entity(maker *m, const entity *e);
/* " AND EXISTS (…)": the record of e whose id this is may be seen. Nothing where all may. */
void put_seen(maker *m, buf *out, const entity *e, str id);
/* A condition: what s's reference to any record names may be seen. */
void put_any_seen(maker *m, buf *out, const source *s, const field *f);
/* A reference's id; 0 where its record may not be seen. */
str seen_id_sql(maker *m, const place *p);
/* Is its name written from names of records of which the actor may not see all? Then a column of it reads '***' where one of
 * those is hidden. */
bool composed_of_limited(maker *m, const entity *e);
str  composed_sql(maker *m, const source *s, str column);
/* Living (or deleted) and visible ones of the root; no leading AND. deleted < 0: either. */
void put_living(maker *m, buf *out, const source *s, int deleted);

/* terms.c */
bool term_find(maker *m, level *l, const expr *x, term *out);
void term_of_place(maker *m, const place *p, term *out);
/* The key that a text, a keyed reference … is ordered and grouped by; false: it has none. */
bool term_order_key(maker *m, level *l, term *t);
/* What can hold currencies, and with how many decimals. */
typedef struct {
    int decimals;
    str codes; /* 'JPY','KRW' */
} money_scale;
enum { MONEY_SCALES = 5 };
size_t money_scales(maker *m, const field *f, money_scale out[MONEY_SCALES]);

/* literals.c */
typedef enum { ON_NULL, ON_VALUE, ON_RANGE, ON_NUMBER, ON_RECORD, ON_TEAM, ON_NOTHING } operand_kind;
typedef struct {
    operand_kind kind;
    param        low, high; /* ON_RANGE: low ≤ x < high; ON_RECORD: entity's name, id */
    str          digits;    /* ON_NUMBER */
    ptrdiff_t    at;
} operand;
bool operand_find(maker *m, const term *t, const literal *v, bool pattern, operand *out);
/* The greatest value ≤ digits · 10^scale, and whether it is equal. */
bool number_floor(maker *m, str digits, int scale, ptrdiff_t at, int64_t *out, bool *exact);

/* conds.c */
bool few_is(const few_of *w, const field *f, compare_op op, const operand *o); /* f = its choice */
bool put_cond(maker *m, level *l, buf *out, const cond *c, bool negative);

/* ways.c: m->by, m->q->limit are known; where may be NULL. Sets m->way. */
void way_find(maker *m, const cond *where);
/* The whole statement. conditions: FROM … WHERE …; after: AND … or empty. */
void way_write(maker *m, buf *out, str conditions, str after, size_t from);

/* select.c */
bool select_items(maker *m);
bool select_fields(maker *m, bool deleted); /* m->readable: only those */
bool select_groups(maker *m);
bool select_order(maker *m, const order_item *order);

/* run.c */
err statement_open(ctx *c, const statement *s, db_stmt **out) MUST_USE; /* prepared and bound */

/* order.c */
typedef enum { ORDER_KEY, ORDER_UNINDEXED, ORDER_ALIAS } order_form; /* x; +x; k0 */
void put_order(maker *m, buf *out, size_t from, order_form form);    /* key `from` and those behind it */
bool cursor_read(maker *m, str text, param *values);
str  cursor_write(arena *a, const query *q, const param *values);
/* The condition "behind these values" for the first or second of after_count() statements. */
int  after_count(const maker *m, const param *values);
void put_after(maker *m, buf *out, const param *values, int n);
#endif
