/* Recursive descent. The depth is bounded by counting, the size by LIMIT_QUERY_TEXT and LIMIT_QUERY_NODES. */
#include "query/ast.h"

typedef struct {
    arena       *a;
    str          text;
    lexeme       now;
    query_fault *fault;
    int          depth, nodes, selects, values;
} parser;

static bool parse_or(parser *p, cond **out);
static bool parse_body(parser *p, tree **out);

static bool fail_with(parser *p, ptrdiff_t at, const char *code, str argument)
{
    *p->fault = (query_fault){ at, code, argument };
    return false;
}

static bool fail(parser *p, const char *code)
{
    return fail_with(p, p->now.at, code, (str){ 0 });
}

static bool advance(parser *p)
{
    return lex_next(p->text, p->now.end, &p->now, p->fault);
}

static bool is_word(const parser *p, const char *word)
{
    return p->now.kind == LEX_NAME && str_eq_nocase(p->now.text, str_from(word));
}

static bool is_symbol(const parser *p, char symbol)
{
    return p->now.kind == LEX_SYMBOL && p->now.symbol == symbol;
}

/* *taken: it was there, and the parser stands behind it. */
static bool take_word(parser *p, const char *word, bool *taken)
{
    *taken = is_word(p, word);
    return !*taken || advance(p);
}

static bool expect_word(parser *p, const char *word)
{
    if (!is_word(p, word))
        return fail_with(p, p->now.at, "expected", str_from(word));
    return advance(p);
}

static bool expect_symbol(parser *p, char symbol)
{
    if (!is_symbol(p, symbol))
        return fail_with(p, p->now.at, "expected", arena_str(p->a, (str){ &symbol, 1 }));
    return advance(p);
}

static bool count_node(parser *p)
{
    return ++p->nodes <= LIMIT_QUERY_NODES || fail(p, "too_long");
}

/* ---- paths and functions ---- */

static const char *const fn_names[FN_LAST] = {
    [FN_COUNT] = "COUNT",
    [FN_COUNT_DISTINCT] = "COUNT_DISTINCT",
    [FN_SUM] = "SUM",
    [FN_AVG] = "AVG",
    [FN_MIN] = "MIN",
    [FN_MAX] = "MAX",
    [FN_CALENDAR_YEAR] = "CALENDAR_YEAR",
    [FN_CALENDAR_QUARTER] = "CALENDAR_QUARTER",
    [FN_CALENDAR_MONTH] = "CALENDAR_MONTH",
    [FN_DAY_IN_MONTH] = "DAY_IN_MONTH",
    [FN_DAY_IN_WEEK] = "DAY_IN_WEEK",
    [FN_DAY_IN_YEAR] = "DAY_IN_YEAR",
    [FN_WEEK_IN_MONTH] = "WEEK_IN_MONTH",
    [FN_WEEK_IN_YEAR] = "WEEK_IN_YEAR",
    [FN_HOUR_IN_DAY] = "HOUR_IN_DAY",
    [FN_DAY_ONLY] = "DAY_ONLY",
    [FN_FISCAL_YEAR] = "FISCAL_YEAR",
    [FN_FISCAL_QUARTER] = "FISCAL_QUARTER",
    [FN_FISCAL_MONTH] = "FISCAL_MONTH",
};

static query_fn find_fn(str name)
{
    for (int fn = FN_COUNT; fn < FN_LAST; fn++)
        if (str_eq_nocase(name, str_from(fn_names[fn])))
            return (query_fn)fn;
    return FN_NONE;
}

/* Names are lower case in the tables; here their case is ignored. */
static str lower_name(parser *p, str name)
{
    char *text = arena_alloc(p->a, (size_t)name.n + 1);
    for (ptrdiff_t i = 0; i < name.n; i++)
        text[i] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] + 32 : name.p[i]);
    return (str){ text, name.n };
}

static bool parse_path(parser *p, expr *out)
{
    for (;;) {
        if (p->now.kind != LEX_NAME)
            return fail(p, "expected_field");
        if (out->parts == PATH_PARTS)
            return fail(p, "path_too_long");
        out->part[out->parts] = lower_name(p, p->now.text);
        out->part_at[out->parts++] = p->now.at;
        if (!advance(p))
            return false;
        if (!is_symbol(p, '.'))
            return true;
        if (!advance(p))
            return false;
    }
}

static bool parse_call(parser *p, expr *out)
{
    out->fn = find_fn(out->part[0]);
    if (out->fn == FN_NONE)
        return fail_with(p, out->at, "unknown_function", out->part[0]);
    out->parts = 0;
    if (!advance(p))
        return false;
    if (!(out->fn == FN_COUNT && is_symbol(p, ')')) && !parse_path(p, out))
        return false;
    return expect_symbol(p, ')');
}

static bool parse_expr(parser *p, expr *out)
{
    *out = (expr){ .at = p->now.at };
    if (!count_node(p))
        return false;
    if (is_symbol(p, '*'))
        return fail(p, "star");
    if (!parse_path(p, out))
        return false;
    if (out->parts == 1 && is_symbol(p, '('))
        return parse_call(p, out);
    return true;
}

/* ---- values ---- */

static bool parse_word_value(parser *p, literal *out)
{
    static const struct {
        const char  *word;
        literal_kind kind;
    } words[] = { { "null", LIT_NULL }, { "true", LIT_TRUE }, { "false", LIT_FALSE } };
    for (size_t i = 0; i < countof(words); i++)
        if (is_word(p, words[i].word)) {
            out->kind = words[i].kind;
            return advance(p);
        }
    out->word = date_word_find(p->now.text);
    if (!out->word)
        return fail_with(p, p->now.at, "unknown_value", p->now.text);
    out->kind = LIT_RANGE;
    if (!advance(p))
        return false;
    if (!date_word_counts(out->word))
        return true;
    if (!expect_symbol(p, ':'))
        return false;
    bool number = p->now.kind == LEX_NUMBER && p->now.text.n <= 6 && str_to_int64(p->now.text, &out->n);
    if (!number || out->n < 0 || out->n > DATE_WORD_MAX)
        return fail(p, "expected_count");
    return advance(p);
}

static bool parse_variable(parser *p, literal *out)
{
    if (!advance(p))
        return false;
    if (is_word(p, "me"))
        out->kind = LIT_ME;
    else if (is_word(p, "my_team"))
        out->kind = LIT_TEAM;
    else
        return fail(p, "unknown_variable");
    return advance(p);
}

static bool parse_value(parser *p, literal *out)
{
    *out = (literal){ .at = p->now.at, .text = p->now.text, .n = p->now.value };
    if (!count_node(p))
        return false;
    if (is_symbol(p, ':'))
        return parse_variable(p, out);
    switch (p->now.kind) {
    case LEX_NAME: return parse_word_value(p, out);
    case LEX_NUMBER: out->kind = LIT_NUMBER; break;
    case LEX_TEXT: out->kind = LIT_TEXT; break;
    case LEX_DATE: out->kind = LIT_DATE; break;
    case LEX_TIME: out->kind = LIT_TIME; break;
    case LEX_SYMBOL:
    case LEX_END: return fail(p, "expected_value");
    }
    return advance(p);
}

/* Values up to the closing parenthesis, which is taken. */
static bool parse_values(parser *p, cond *c)
{
    size_t room = 8;
    c->values = arena_make_n(p->a, literal, room);
    for (;;) {
        if (c->count == LIMIT_QUERY_IN || p->values++ == LIMIT_VALUES)
            return fail(p, "too_many_values");
        arena_more(p->a, c->values, c->count, room);
        p->nodes -= c->count > 0; /* a list is bounded by its own limit */
        if (!parse_value(p, &c->values[c->count++]))
            return false;
        if (is_symbol(p, ')'))
            return advance(p);
        if (!is_symbol(p, ','))
            return fail(p, "expected_comma");
        if (!advance(p))
            return false;
    }
}

/* ---- conditions ---- */

static bool parse_in(parser *p, cond *c)
{
    c->kind = COND_IN;
    if (!expect_symbol(p, '('))
        return false;
    if (!is_word(p, "select"))
        return parse_values(p, c);
    c->kind = COND_SEMI;
    if (p->selects++ > 1)
        return fail(p, "nested_select");
    if (!parse_body(p, &c->sub) || !expect_symbol(p, ')'))
        return false;
    p->selects--;
    return true;
}

static bool parse_includes(parser *p, cond *c)
{
    c->kind = COND_INCLUDES;
    return expect_symbol(p, '(') && parse_values(p, c);
}

static bool parse_one(parser *p, cond *c, compare_op op)
{
    c->kind = COND_COMPARE;
    c->op = op;
    c->count = 1;
    c->values = arena_make(p->a, literal);
    return parse_value(p, c->values);
}

static bool parse_operator(parser *p, cond *c)
{
    static const struct {
        char       symbol;
        compare_op op;
    } symbols[] = { { '=', CMP_EQ },    { SYM_NE, CMP_NE }, { '<', CMP_LT },
                    { SYM_LE, CMP_LE }, { '>', CMP_GT },    { SYM_GE, CMP_GE } };
    for (size_t i = 0; i < countof(symbols); i++)
        if (is_symbol(p, symbols[i].symbol))
            return advance(p) && parse_one(p, c, symbols[i].op);
    bool like = false, in = false, includes = false;
    if (!take_word(p, "not", &c->negative) || !take_word(p, "like", &like))
        return false;
    if (like)
        return parse_one(p, c, CMP_LIKE);
    if (!take_word(p, "in", &in))
        return false;
    if (in)
        return parse_in(p, c);
    if (c->negative)
        return fail(p, "expected_in_like");
    if (!take_word(p, "includes", &includes) || (!includes && !take_word(p, "excludes", &c->negative)))
        return false;
    return includes || c->negative ? parse_includes(p, c) : fail(p, "expected_operator");
}

static bool parse_not(parser *p, cond **out)
{
    bool negated = false;
    if (p->depth >= LIMIT_QUERY_DEPTH)
        return fail(p, "too_deep");
    cond *c = arena_make(p->a, cond);
    c->at = p->now.at;
    *out = c;
    if (!count_node(p) || !take_word(p, "not", &negated))
        return false;
    p->depth++;
    bool ok;
    if (negated) {
        c->kind = COND_NOT;
        ok = parse_not(p, &c->first);
    } else if (is_symbol(p, '(')) {
        ok = advance(p) && parse_or(p, out) && expect_symbol(p, ')');
    } else {
        ok = parse_expr(p, &c->left) && parse_operator(p, c);
    }
    p->depth--;
    return ok;
}

/* operand (WORD operand)*: one node with all its operands, so that a long chain is no deep tree. */
static bool parse_chain(parser *p, const char *word, cond_kind kind, bool (*operand)(parser *, cond **), cond **out)
{
    cond *first = NULL;
    if (!operand(p, &first))
        return false;
    *out = first;
    if (!is_word(p, word))
        return true;
    cond *chain = arena_make(p->a, cond);
    *chain = (cond){ .kind = kind, .at = first->at, .first = first };
    *out = chain;
    for (cond *last = first; is_word(p, word); last = last->next)
        if (!advance(p) || !operand(p, &last->next))
            return false;
    return true;
}

static bool parse_and(parser *p, cond **out)
{
    return parse_chain(p, "and", COND_AND, parse_not, out);
}

static bool parse_or(parser *p, cond **out)
{
    return parse_chain(p, "or", COND_OR, parse_and, out);
}

/* ---- lists ---- */

static bool take_comma(parser *p, bool *more)
{
    *more = is_symbol(p, ',');
    return !*more || advance(p);
}

static bool parse_items(parser *p, bool aliases, item **out)
{
    int n = 0;
    for (bool more = true; more; out = &(*out)->next) {
        if (n++ == LIMIT_ITEMS)
            return fail(p, "too_long");
        *out = arena_make(p->a, item);
        if (aliases && is_word(p, "from"))
            return fail(p, "expected_field");
        if (!parse_expr(p, &(*out)->e))
            return false;
        if (aliases && p->now.kind == LEX_NAME && !is_word(p, "from")) {
            (*out)->alias = p->now.text;
            (*out)->alias_at = p->now.at;
            if (!advance(p))
                return false;
        }
        if (!take_comma(p, &more))
            return false;
    }
    return true;
}

static bool parse_nulls(parser *p, order_item *o)
{
    bool nulls, first, last;
    if (!take_word(p, "nulls", &nulls) || !nulls)
        return !nulls;
    if (!take_word(p, "first", &first) || (!first && !take_word(p, "last", &last)))
        return false;
    o->nulls = first ? NULLS_FIRST : NULLS_LAST;
    return first || last || fail_with(p, p->now.at, "expected", STR("FIRST"));
}

static bool parse_orders(parser *p, order_item **out)
{
    int n = 0;
    for (bool more = true; more; out = &(*out)->next) {
        bool ascending;
        if (n++ == LIMIT_ORDER_BY)
            return fail(p, "too_many_orders");
        *out = arena_make(p->a, order_item);
        if (!parse_expr(p, &(*out)->e) || !take_word(p, "asc", &ascending))
            return false;
        if (!ascending && !take_word(p, "desc", &(*out)->descending))
            return false;
        if (!parse_nulls(p, *out) || !take_comma(p, &more))
            return false;
    }
    return true;
}

static bool parse_groups(parser *p, expr **out)
{
    int n = 0;
    for (bool more = true; more; out = &(*out)->next) {
        if (n++ == LIMIT_ORDER_BY)
            return fail(p, "too_many_groups");
        *out = arena_make(p->a, expr);
        if (!parse_expr(p, *out) || !take_comma(p, &more))
            return false;
    }
    return true;
}

/* ---- SELECT ---- */

static bool parse_limit(parser *p, tree *t)
{
    int64_t n = 0;
    if (p->now.kind != LEX_NUMBER || !str_to_int64(p->now.text, &n) || n < 1 || n > LIMIT_SELECT)
        return fail(p, "limit");
    t->limit = (int)n;
    return advance(p);
}

static bool parse_tail(parser *p, tree *t)
{
    bool there;
    if (!take_word(p, "where", &there) || (there && !parse_or(p, &t->where)))
        return false;
    t->group_at = p->now.at;
    if (!take_word(p, "group", &there) || (there && (!expect_word(p, "by") || !parse_groups(p, &t->group))))
        return false;
    if (!take_word(p, "having", &there) || (there && !parse_or(p, &t->having)))
        return false;
    if (!take_word(p, "order", &there) || (there && (!expect_word(p, "by") || !parse_orders(p, &t->order))))
        return false;
    if (!take_word(p, "limit", &there) || (there && !parse_limit(p, t)))
        return false;
    return !is_word(p, "offset") || fail(p, "offset");
}

static bool parse_body(parser *p, tree **out)
{
    tree *t = arena_make(p->a, tree);
    *out = t;
    if (!expect_word(p, "SELECT") || !parse_items(p, true, &t->items) || !expect_word(p, "FROM"))
        return false;
    if (p->now.kind != LEX_NAME)
        return fail(p, "expected_entity");
    t->entity = lower_name(p, p->now.text);
    t->entity_at = p->now.at;
    return advance(p) && parse_tail(p, t);
}

static bool begin(parser *p, arena *a, str text, query_fault *fault)
{
    *fault = (query_fault){ 0 };
    *p = (parser){ .a = a, .text = text, .fault = fault };
    if (text.n > LIMIT_QUERY_TEXT)
        return fail_with(p, LIMIT_QUERY_TEXT, "too_long", (str){ 0 });
    if (!utf8_valid(text))
        return fail_with(p, 0, "not_utf8", (str){ 0 });
    return advance(p);
}

static bool at_end(parser *p)
{
    return p->now.kind == LEX_END || fail(p, "expected_end");
}

bool parse_select(arena *a, str text, tree **out, query_fault *fault)
{
    parser p;
    return begin(&p, a, text, fault) && parse_body(&p, out) && at_end(&p);
}

bool parse_where(arena *a, str text, cond **out, query_fault *fault)
{
    parser p;
    return begin(&p, a, text, fault) && parse_or(&p, out) && at_end(&p);
}

bool parse_order(arena *a, str text, order_item **out, query_fault *fault)
{
    parser p;
    return begin(&p, a, text, fault) && parse_orders(&p, out) && at_end(&p);
}

bool parse_paths(arena *a, str text, item **out, query_fault *fault)
{
    parser p;
    return begin(&p, a, text, fault) && parse_items(&p, false, out) && at_end(&p);
}
