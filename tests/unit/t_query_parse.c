/* The query language as text: what is taken, and for everything else where it is wrong and what was expected. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/date.h"
#include "query/ast.h"

static arena *a;

static int open_arena(void **s)
{
    (void)s;
    a = arena_new();
    return 0;
}

static int close_arena(void **s)
{
    (void)s;
    arena_free(a);
    return 0;
}

typedef struct {
    const char *text;
    int         at;
    const char *code, *argument;
} wrong;

static void check_fault(const wrong *w, bool taken, const query_fault *f)
{
    if (taken)
        fail_msg("taken: %s", w->text);
    bool argument = !w->argument || str_eq(f->argument, str_from(w->argument));
    if (f->at != w->at || strcmp(f->code, w->code) != 0 || !argument)
        fail_msg("%s: %s “%.*s” at %d", w->text, f->code, STR_ARG(f->argument), (int)f->at);
}

static void conditions_that_are_wrong(void **s)
{
    (void)s;
    static const wrong rows[] = {
        { "", 0, "expected_field", NULL },
        { "   ", 3, "expected_field", NULL },
        { "name", 4, "expected_operator", NULL },
        { "name name", 5, "expected_operator", NULL },
        { "name =", 6, "expected_value", NULL },
        { "name = ,", 7, "expected_value", NULL },
        { "name = bob", 7, "unknown_value", "bob" },
        { "name = \"bob\"", 7, "double_quotes", NULL },
        { "name = 'bob", 7, "open_text", NULL },
        { "name = 'bob\\'", 7, "open_text", NULL },
        { "name = 'b\\x'", 9, "escape", NULL },
        { "name = 'b\\", 9, "escape", NULL },
        { "name = 'a' 'b'", 11, "expected_end", NULL },
        { "name = 'a' AND", 14, "expected_field", NULL },
        { "name = 'a' AND OR b = 1", 18, "expected_operator", NULL },
        { "name = 'a' XOR b = 1", 11, "expected_end", NULL },
        { "name = 'a')", 10, "expected_end", NULL },
        { "(name = 'a'", 11, "expected", ")" },
        { "(name = 'a' b", 12, "expected", ")" },
        { "()", 1, "expected_field", NULL },
        { "NOT", 3, "expected_field", NULL },
        { "name NOT", 8, "expected_in_like", NULL },
        { "name NOT = 'a'", 9, "expected_in_like", NULL },
        { "name NOT INCLUDES ('a')", 9, "expected_in_like", NULL },
        { "name IN", 7, "expected", "(" },
        { "name IN 'a'", 8, "expected", "(" },
        { "name IN ()", 9, "expected_value", NULL },
        { "name IN ('a'", 12, "expected_comma", NULL },
        { "name IN ('a' 'b')", 13, "expected_comma", NULL },
        { "name IN ('a',)", 13, "expected_value", NULL },
        { "name INCLUDES 'a'", 14, "expected", "(" },
        { "a..b = 1", 2, "expected_field", NULL },
        { "a. = 1", 3, "expected_field", NULL },
        { ".a = 1", 0, "expected_field", NULL },
        { "a.b.c.d.e.f.g = 1", 12, "path_too_long", NULL },
        { "a = 2026-13-01", 4, "not_a_date", NULL },
        { "a = 2026-02-29", 4, "not_a_date", NULL },
        { "a = 2026-10-01T25:00:00Z", 4, "not_a_time", NULL },
        { "a = 2026-10-01T08:00", 4, "not_a_time", NULL },
        { "a = 5x", 4, "not_a_number", NULL },
        { "a = -", 4, "not_a_number", NULL },
        { "a = 5.", 5, "expected_end", NULL },
        { "a = .5", 4, "expected_value", NULL },
        { "a = LAST_N_DAYS", 15, "expected", ":" },
        { "a = LAST_N_DAYS:", 16, "expected_count", NULL },
        { "a = LAST_N_DAYS:x", 16, "expected_count", NULL },
        { "a = LAST_N_DAYS:-1", 16, "expected_count", NULL },
        { "a = LAST_N_DAYS:1.5", 16, "expected_count", NULL },
        { "a = LAST_N_DAYS:100001", 16, "expected_count", NULL },
        { "a = TODAY:3", 9, "expected_end", NULL },
        { "a = :you", 5, "unknown_variable", NULL },
        { "a = :", 5, "unknown_variable", NULL },
        { "a ! 3", 2, "character", NULL },
        { "a = 3; b", 5, "character", NULL },
        { "a = 3 -- b", 6, "not_a_number", NULL },
        { "a = $1", 4, "character", NULL },
        { "FOO(a) = 1", 0, "unknown_function", "foo" },
        { "SUM() = 1", 4, "expected_field", NULL },
        { "SUM(a = 1", 6, "expected", ")" },
        { "SUM(SUM(a)) = 1", 7, "expected", ")" },
        { "* = 1", 0, "star", NULL },
        { "id IN (SELECT a FROM b WHERE c IN (SELECT d FROM e WHERE f IN (SELECT g FROM h)))", 63, "nested_select",
          NULL },
        { "id IN (SELECT a FROM b", 22, "expected", ")" },
        { "id IN (SELECT a)", 15, "expected", "FROM" },
        { "a = 'b' ORDER BY c", 8, "expected_end", NULL },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        cond       *c = NULL;
        query_fault f = { 0 };
        bool        taken = parse_where(a, str_from(rows[i].text), &c, &f);
        check_fault(&rows[i], taken, &f);
    }
}

static void selects_that_are_wrong(void **s)
{
    (void)s;
    static const wrong rows[] = {
        { "", 0, "expected", "SELECT" },
        { "DELETE FROM a", 0, "expected", "SELECT" },
        { "SELECT", 6, "expected_field", NULL },
        { "SELECT * FROM a", 7, "star", NULL },
        { "SELECT a", 8, "expected", "FROM" },
        { "SELECT a, FROM b", 10, "expected_field", NULL },
        { "SELECT FROM b", 7, "expected_field", NULL },
        { "SELECT a FROM", 13, "expected_entity", NULL },
        { "SELECT a FROM 'b'", 14, "expected_entity", NULL },
        { "SELECT a FROM b, c", 15, "expected_end", NULL },
        { "SELECT a FROM b WHERE", 21, "expected_field", NULL },
        { "SELECT a FROM b GROUP a", 22, "expected", "by" },
        { "SELECT a FROM b ORDER a", 22, "expected", "by" },
        { "SELECT a FROM b ORDER BY a DESC NULLS", 37, "expected", "FIRST" },
        { "SELECT a FROM b ORDER BY a SIDEWAYS", 27, "expected_end", NULL },
        { "SELECT a FROM b ORDER BY a,", 27, "expected_field", NULL },
        { "SELECT a FROM b LIMIT", 21, "limit", NULL },
        { "SELECT a FROM b LIMIT 0", 22, "limit", NULL },
        { "SELECT a FROM b LIMIT 2001", 22, "limit", NULL },
        { "SELECT a FROM b LIMIT 2.5", 22, "limit", NULL },
        { "SELECT a FROM b LIMIT -1", 22, "limit", NULL },
        { "SELECT a FROM b LIMIT 5 OFFSET 5", 24, "offset", NULL },
        { "SELECT a FROM b OFFSET 5", 16, "offset", NULL },
        { "SELECT a FROM b LIMIT 5 WHERE a = 1", 24, "expected_end", NULL },
        { "SELECT a FROM b ORDER BY a WHERE a = 1", 27, "expected_end", NULL },
        { "SELECT a FROM b ORDER BY a,a,a,a,a,a,a,a,a", 41, "too_many_orders", NULL },
        { "SELECT a FROM b GROUP BY a,a,a,a,a,a,a,a,a", 41, "too_many_groups", NULL },
        { "SELECT a b c FROM d", 11, "expected", "FROM" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        tree       *t = NULL;
        query_fault f = { 0 };
        bool        taken = parse_select(a, str_from(rows[i].text), &t, &f);
        check_fault(&rows[i], taken, &f);
    }
}

static tree *read_select(const char *text)
{
    tree       *t = NULL;
    query_fault f = { 0 };
    if (!parse_select(a, str_from(text), &t, &f))
        fail_msg("%s: %s at %d", text, f.code, (int)f.at);
    return t;
}

static cond *read_where(const char *text)
{
    cond       *c = NULL;
    query_fault f = { 0 };
    if (!parse_where(a, str_from(text), &c, &f))
        fail_msg("%s: %s at %d", text, f.code, (int)f.at);
    return c;
}

static void a_whole_select(void **s)
{
    (void)s;
    tree *t =
        read_select("select Name n, Account.Owner.NAME, SUM(amount) total, COUNT(), calendar_month(close_date)\n"
                    "\tfrom Opportunity where a = 1 group by name, FISCAL_QUARTER(close_date) having COUNT(id) > 2\n"
                    "order by total desc nulls last, name asc, b limit 20");
    assert_true(str_eq(t->items->e.part[0], STR("name")) && str_eq(t->items->alias, STR("n")));
    const item *path = t->items->next;
    assert_int_equal(path->e.parts, 3);
    assert_true(str_eq(path->e.part[2], STR("name")) && path->e.part_at[2] == 29);
    assert_true(path->next->e.fn == FN_SUM && str_eq(path->next->alias, STR("total")));
    assert_true(path->next->next->e.fn == FN_COUNT && path->next->next->e.parts == 0);
    assert_int_equal(path->next->next->next->e.fn, FN_CALENDAR_MONTH);
    assert_true(str_eq(t->entity, STR("opportunity")));
    assert_non_null(t->where);
    assert_true(t->group->next->fn == FN_FISCAL_QUARTER && !t->group->next->next);
    assert_int_equal(t->having->left.fn, FN_COUNT);
    assert_true(t->order->descending && t->order->nulls == NULLS_LAST);
    assert_true(!t->order->next->descending && !t->order->next->next->descending && !t->order->next->next->next);
    assert_int_equal(t->limit, 20);
}

static void words_of_the_language_may_be_names(void **s)
{
    (void)s;
    tree *t =
        read_select("SELECT type, end, start, group, order, limit, count FROM case WHERE group = 1 ORDER BY limit");
    assert_true(str_eq(t->entity, STR("case")));
    assert_true(str_eq(t->order->e.part[0], STR("limit")));
}

static void and_binds_closer_than_or(void **s)
{
    (void)s;
    cond *c = read_where("a = 1 OR b = 2 AND NOT c = 3 OR (d = 4 OR e = 5) AND f = 6");
    assert_int_equal(c->kind, COND_OR);
    assert_int_equal(c->first->kind, COND_COMPARE);
    const cond *both = c->first->next;
    assert_int_equal(both->kind, COND_AND);
    assert_int_equal(both->first->next->kind, COND_NOT);
    const cond *last = both->next;
    assert_true(last->kind == COND_AND && last->first->kind == COND_OR && !last->next);
    assert_true(str_eq(last->first->next->left.part[0], STR("f")));
}

static void operators_and_values(void **s)
{
    (void)s;
    static const struct {
        const char  *text;
        compare_op   op;
        literal_kind kind;
    } rows[] = {
        { "a = 'x'", CMP_EQ, LIT_TEXT },         { "a != null", CMP_NE, LIT_NULL },
        { "a <> NULL", CMP_NE, LIT_NULL },       { "a < 5", CMP_LT, LIT_NUMBER },
        { "a <= -5.25e3", CMP_LE, LIT_NUMBER },  { "a > +5", CMP_GT, LIT_NUMBER },
        { "a >= 2026-10-01", CMP_GE, LIT_DATE }, { "a>=2026-10-01T08:00:00+08:00", CMP_GE, LIT_TIME },
        { "a = TRUE", CMP_EQ, LIT_TRUE },        { "a = false", CMP_EQ, LIT_FALSE },
        { "a = :me", CMP_EQ, LIT_ME },           { "a = :my_team", CMP_EQ, LIT_TEAM },
        { "a = today", CMP_EQ, LIT_RANGE },      { "a = LAST_N_DAYS:30", CMP_EQ, LIT_RANGE },
        { "a LIKE 'x%'", CMP_LIKE, LIT_TEXT },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        cond *c = read_where(rows[i].text);
        assert_int_equal(c->op, rows[i].op);
        assert_int_equal(c->values[0].kind, rows[i].kind);
    }
    cond *c = read_where("a NOT IN (1, 2,3)");
    assert_true(c->kind == COND_IN && c->negative && c->count == 3);
    c = read_where("a EXCLUDES ('x;y', 'z')");
    assert_true(c->kind == COND_INCLUDES && c->negative && c->count == 2);
    c = read_where("a NOT IN (SELECT b FROM c WHERE d IN (SELECT e FROM f))");
    assert_true(c->kind == COND_SEMI && c->negative && c->sub->where->kind == COND_SEMI);
}

static void texts_are_decoded(void **s)
{
    (void)s;
    assert_string_equal(lex_decode(a, STR("a\\n\\t\\'\\\"\\\\b\\_\\%_%"), false).p, "a\n\t'\"\\b_%_%");
    assert_string_equal(lex_decode(a, STR("50\\% \\_ \\\\ \\n%"), true).p, "50\\% \\_ \\\\ \n%");
}

static void the_size_is_bounded(void **s)
{
    (void)s;
    buf b;
    buf_init(&b, 1 << 20);
    for (int depth = LIMIT_QUERY_DEPTH - 2; depth <= LIMIT_QUERY_DEPTH + 2; depth++) {
        cond       *c;
        query_fault f;
        buf_clear(&b);
        for (int i = 0; i < depth; i++)
            buf_putz(&b, i % 2 ? "(" : "NOT ");
        buf_putz(&b, "a = 1");
        for (int i = 1; i < depth; i += 2)
            buf_putc(&b, ')');
        assert_int_equal(parse_where(a, buf_str(&b), &c, &f), depth < LIMIT_QUERY_DEPTH);
        if (depth >= LIMIT_QUERY_DEPTH)
            assert_string_equal(f.code, "too_deep");
    }
    for (int n = LIMIT_QUERY_IN; n <= LIMIT_QUERY_IN + 1; n++) {
        cond       *c;
        query_fault f;
        buf_clear(&b);
        buf_putz(&b, "a IN (1");
        for (int i = 1; i < n; i++)
            buf_putz(&b, ",1");
        buf_putc(&b, ')');
        assert_int_equal(parse_where(a, buf_str(&b), &c, &f), n == LIMIT_QUERY_IN);
    }
    cond       *c;
    query_fault f;
    buf_clear(&b);
    buf_putz(&b, "a = 1");
    for (int i = 0; i < LIMIT_QUERY_NODES; i++)
        buf_putz(&b, " OR a = 1");
    assert_false(parse_where(a, buf_str(&b), &c, &f));
    assert_string_equal(f.code, "too_long");
    buf_clear(&b);
    for (int i = 0; i <= LIMIT_QUERY_TEXT; i++)
        buf_putc(&b, ' ');
    assert_false(parse_where(a, buf_str(&b), &c, &f));
    assert_string_equal(f.code, "too_long");
    buf_free(&b);
}

static int64_t day(const char *text)
{
    int64_t d = 0;
    assert_true(date_parse(str_from(text), &d));
    return d;
}

/* 2026-09-21 is a Monday; with fiscal_start 4 the fiscal year 2026 began on 2026-04-01. */
static void date_literals_are_ranges(void **s)
{
    (void)s;
    static const struct {
        const char *word, *first, *last;
        int         n, fiscal;
    } rows[] = {
        { "TODAY", "2026-09-21", "2026-09-21", 0, 1 },
        { "yesterday", "2026-09-20", "2026-09-20", 0, 1 },
        { "TOMORROW", "2026-09-22", "2026-09-22", 0, 1 },
        { "THIS_WEEK", "2026-09-21", "2026-09-27", 0, 1 },
        { "LAST_WEEK", "2026-09-14", "2026-09-20", 0, 1 },
        { "NEXT_WEEK", "2026-09-28", "2026-10-04", 0, 1 },
        { "THIS_MONTH", "2026-09-01", "2026-09-30", 0, 1 },
        { "LAST_MONTH", "2026-08-01", "2026-08-31", 0, 1 },
        { "NEXT_MONTH", "2026-10-01", "2026-10-31", 0, 1 },
        { "LAST_90_DAYS", "2026-06-23", "2026-09-21", 0, 1 },
        { "NEXT_90_DAYS", "2026-09-22", "2026-12-20", 0, 1 },
        { "LAST_N_DAYS", "2026-09-20", "2026-09-21", 1, 1 },
        { "NEXT_N_DAYS", "2026-09-22", "2026-09-24", 3, 1 },
        { "N_DAYS_AGO", "2026-09-18", "2026-09-18", 3, 1 },
        { "LAST_N_WEEKS", "2026-09-07", "2026-09-20", 2, 1 },
        { "NEXT_N_WEEKS", "2026-09-28", "2026-10-11", 2, 1 },
        { "N_WEEKS_AGO", "2026-09-07", "2026-09-13", 2, 1 },
        { "LAST_N_MONTHS", "2025-12-01", "2026-08-31", 9, 1 },
        { "NEXT_N_MONTHS", "2026-10-01", "2027-01-31", 4, 1 },
        { "N_MONTHS_AGO", "2025-12-01", "2025-12-31", 9, 1 },
        { "THIS_QUARTER", "2026-07-01", "2026-09-30", 0, 1 },
        { "LAST_QUARTER", "2026-04-01", "2026-06-30", 0, 1 },
        { "NEXT_QUARTER", "2026-10-01", "2026-12-31", 0, 1 },
        { "LAST_N_QUARTERS", "2025-10-01", "2026-06-30", 3, 1 },
        { "NEXT_N_QUARTERS", "2026-10-01", "2027-03-31", 2, 1 },
        { "N_QUARTERS_AGO", "2025-10-01", "2025-12-31", 3, 1 },
        { "THIS_YEAR", "2026-01-01", "2026-12-31", 0, 1 },
        { "LAST_YEAR", "2025-01-01", "2025-12-31", 0, 1 },
        { "NEXT_YEAR", "2027-01-01", "2027-12-31", 0, 1 },
        { "LAST_N_YEARS", "2024-01-01", "2025-12-31", 2, 1 },
        { "NEXT_N_YEARS", "2027-01-01", "2028-12-31", 2, 1 },
        { "N_YEARS_AGO", "2024-01-01", "2024-12-31", 2, 1 },
        { "THIS_FISCAL_QUARTER", "2026-07-01", "2026-09-30", 0, 4 },
        { "THIS_FISCAL_QUARTER", "2026-08-01", "2026-10-31", 0, 2 },
        { "NEXT_FISCAL_QUARTER", "2026-11-01", "2027-01-31", 0, 2 },
        { "LAST_FISCAL_QUARTER", "2026-05-01", "2026-07-31", 0, 2 },
        { "THIS_FISCAL_YEAR", "2026-04-01", "2027-03-31", 0, 4 },
        { "THIS_FISCAL_YEAR", "2025-10-01", "2026-09-30", 0, 10 },
        { "LAST_FISCAL_YEAR", "2025-04-01", "2026-03-31", 0, 4 },
        { "NEXT_FISCAL_YEAR", "2027-04-01", "2028-03-31", 0, 4 },
        { "LAST_N_FISCAL_QUARTERS", "2026-02-01", "2026-07-31", 2, 2 },
        { "NEXT_N_FISCAL_QUARTERS", "2026-11-01", "2027-04-30", 2, 2 },
        { "N_FISCAL_QUARTERS_AGO", "2026-02-01", "2026-04-30", 2, 2 },
        { "LAST_N_FISCAL_YEARS", "2024-04-01", "2026-03-31", 2, 4 },
        { "NEXT_N_FISCAL_YEARS", "2027-04-01", "2029-03-31", 2, 4 },
        { "N_FISCAL_YEARS_AGO", "2024-04-01", "2025-03-31", 2, 4 },
        { "LAST_N_YEARS", "0001-01-01", "2025-12-31", 100000, 1 },
        { "NEXT_N_YEARS", "2027-01-01", "9999-12-31", 100000, 1 },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        const date_word *w = date_word_find(str_from(rows[i].word));
        int64_t          first = 0, last = 0;
        assert_non_null(w);
        assert_int_equal(date_word_counts(w), rows[i].n > 0);
        date_word_range(w, rows[i].n, day("2026-09-21"), rows[i].fiscal, NULL, &first, &last);
        if (first != day(rows[i].first) || last != day(rows[i].last)) {
            char x[DATE_TEXT], y[DATE_TEXT];
            date_format(first, x);
            date_format(last, y);
            fail_msg("%s: %s to %s", rows[i].word, x, y);
        }
    }
    assert_null(date_word_find(STR("LAST_FORTNIGHT")));
}

/* 2026 in weeks of 4-4-5, beginning on Monday 2025-12-29; the fourth quarter is followed by a gap. */
static void fiscal_periods_that_are_records(void **state)
{
    (void)state;
    const char *const bounds[][2] = { { "2025-12-29", "2026-03-29" },
                                      { "2026-03-30", "2026-06-28" },
                                      { "2026-06-29", "2026-09-27" },
                                      { "2026-09-28", "2026-12-27" },
                                      { "2027-02-01", "2027-03-28" } };
    fiscal_span       quarters[countof(bounds)], year = { day("2025-12-29"), day("2026-12-27") };
    for (size_t i = 0; i < countof(bounds); i++)
        quarters[i] = (fiscal_span){ day(bounds[i][0]), day(bounds[i][1]) };
    const fiscal_calendar f = { .years = &year, .year_count = 1, .quarters = quarters, .quarter_count = 5 };
    static const struct {
        const char *word, *today, *first, *last;
        int64_t     n;
    } rows[] = {
        { "THIS_FISCAL_QUARTER", "2026-09-28", "2026-09-28", "2026-12-27", 0 },
        { "THIS_FISCAL_QUARTER", "2026-09-27", "2026-06-29", "2026-09-27", 0 },
        { "LAST_FISCAL_QUARTER", "2026-09-28", "2026-06-29", "2026-09-27", 0 },
        { "NEXT_FISCAL_QUARTER", "2026-09-27", "2026-09-28", "2026-12-27", 0 },
        { "NEXT_FISCAL_QUARTER", "2026-12-27", "2027-01-01", "2027-03-31", 0 }, /* behind the gap: the rule */
        { "LAST_N_FISCAL_QUARTERS", "2026-12-01", "2026-03-30", "2026-09-27", 2 },
        { "LAST_N_FISCAL_QUARTERS", "2026-12-01", "2025-10-01", "2026-09-27", 4 },
        { "N_FISCAL_QUARTERS_AGO", "2026-12-01", "2025-12-29", "2026-03-29", 3 },
        { "THIS_FISCAL_YEAR", "2025-12-30", "2025-12-29", "2026-12-27", 0 },
        { "LAST_FISCAL_YEAR", "2025-12-30", "2025-01-01", "2025-12-31", 0 },
        { "THIS_FISCAL_QUARTER", "2027-01-15", "2027-01-01", "2027-03-31", 0 }, /* within the gap */
        { "THIS_QUARTER", "2026-09-28", "2026-07-01", "2026-09-30", 0 },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        int64_t first = 0, last = 0;
        date_word_range(date_word_find(str_from(rows[i].word)), rows[i].n, day(rows[i].today), 1, &f, &first, &last);
        if (first != day(rows[i].first) || last != day(rows[i].last)) {
            char x[DATE_TEXT], y[DATE_TEXT];
            date_format(first, x);
            date_format(last, y);
            fail_msg("%s on %s: %s to %s", rows[i].word, rows[i].today, x, y);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fiscal_periods_that_are_records),
        cmocka_unit_test(conditions_that_are_wrong),
        cmocka_unit_test(selects_that_are_wrong),
        cmocka_unit_test(a_whole_select),
        cmocka_unit_test(words_of_the_language_may_be_names),
        cmocka_unit_test(and_binds_closer_than_or),
        cmocka_unit_test(operators_and_values),
        cmocka_unit_test(texts_are_decoded),
        cmocka_unit_test(the_size_is_bounded),
        cmocka_unit_test(date_literals_are_ranges),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
