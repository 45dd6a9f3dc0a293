/* Every field type with every operator and literal; queries as large as they may be. */
#include "deals.h"

/* ---- every type with every operator ---- */

/* A literal that each type takes. */
static const char *literal_for(field_type t)
{
    switch (t) {
    case FT_TEXT:
    case FT_LONG_TEXT:
    case FT_EMAIL:
    case FT_PHONE:
    case FT_URL:
    case FT_CHOICE:
    case FT_MULTI_CHOICE:
    case FT_KEYREF: return "'red'";
    case FT_INTEGER:
    case FT_DECIMAL:
    case FT_MONEY:
    case FT_PERCENT: return "5";
    case FT_DATE: return "2026-10-01";
    case FT_TIME: return "2026-10-01T00:00:00Z";
    case FT_BOOL: return "true";
    case FT_REF:
    case FT_ID: return "'7'";
    case FT_ANYREF: return "'firm/7'";
    default: return NULL;
    }
}

static void each_type_with_each_operator(house *h)
{
    static const struct {
        const char *before, *after;
        uint32_t    needs;
    } operators[] = {
        { " = ", "", OP_EQ },
        { " != ", "", OP_EQ },
        { " < ", "", OP_ORDER },
        { " <= ", "", OP_ORDER },
        { " > ", "", OP_ORDER },
        { " >= ", "", OP_ORDER },
        { " IN (", ")", OP_IN },
        { " NOT IN (", ")", OP_IN },
        { " LIKE ", "", OP_LIKE },
        { " NOT LIKE ", "", OP_LIKE },
        { " INCLUDES (", ")", OP_INCLUDES },
        { " EXCLUDES (", ")", OP_INCLUDES },
    };
    const entity *e = snapshot_entity(h->snap, STR("deal"));
    int           wrong = 0;
    deals_fill(h);
    for (size_t i = 0; i < e->field_count; i++)
        for (size_t k = 0; k < countof(operators); k++) {
            const field *f = &e->fields[i];
            const char  *literal = literal_for(f->type);
            bool         taken = literal && (type_of(f)->operators & operators[k].needs) != 0;
            str          where = arena_printf(h->a, "%.*s%s%s%s", STR_ARG(f->name), operators[k].before,
                                     literal ? literal : "'x'", operators[k].after);
            err          got = deals_try(h, where);
            err          not_it = deals_try(h, arena_printf(h->a, "NOT %.*s", STR_ARG(where)));
            if (got != (taken ? ERR_OK : ERR_MALFORMED) || not_it != got) {
                wrong++;
                print_message("%.*s: %s, NOT: %s\n", STR_ARG(where), err_name(got), err_name(not_it));
            }
        }
    for (size_t i = 0; i < e->field_count; i++) {
        assert_int_equal(deals_try(h, arena_printf(h->a, "%.*s = null", STR_ARG(e->fields[i].name))), ERR_OK);
        assert_int_equal(deals_try(h, arena_printf(h->a, "NOT %.*s = null", STR_ARG(e->fields[i].name))), ERR_OK);
    }
    assert_int_equal(wrong, 0);
}

/* A literal of another type is refused where it stands. */
static void each_type_refuses_other_literals(house *h)
{
    static const char *const others[] = { "'x'", "5", "true", "2026-10-01", "2026-10-01T00:00:00Z", ":me" };
    const entity            *e = snapshot_entity(h->snap, STR("deal"));
    for (size_t i = 0; i < e->field_count; i++) {
        const field *f = &e->fields[i];
        const char  *own = literal_for(f->type);
        for (size_t k = 0; own && k < countof(others); k++) {
            bool text = own[0] == '\'' && others[k][0] == '\'' && !type_of(f)->reference && f->type != FT_ID;
            bool key = f->type == FT_KEYREF && others[k][0] == '\'';
            bool day = f->type == FT_TIME && strcmp(others[k], "2026-10-01") == 0;
            bool me = others[k][0] == ':' && f->type == FT_REF && str_eq(f->target->name, STR("user"));
            bool taken = strcmp(own, others[k]) == 0 || text || key || day || me;
            str  where = arena_printf(h->a, "%.*s = %s", STR_ARG(f->name), others[k]);
            err  got = deals_try(h, where);
            if (got != (taken ? ERR_OK : ERR_MALFORMED))
                fail_msg("%.*s: %s", STR_ARG(where), err_name(got));
            if (!taken)
                assert_int_equal(h->c.position, f->name.n + 3);
        }
    }
}

/* ---- large ones ---- */

static str repeated(house *h, const char *first, const char *more, int n, const char *last)
{
    buf b;
    buf_init(&b, 1 << 20);
    buf_putz(&b, first);
    for (int i = 0; i < n; i++) {
        buf_putz(&b, i ? more : "");
        buf_putz(&b, i ? "" : more + 1);
    }
    buf_putz(&b, last);
    str s = arena_str(h->a, buf_str(&b));
    buf_free(&b);
    return s;
}

/* As large as the language allows, and one beyond: an answer or a refusal, never a failure of the database. */
static void large_queries(house *h)
{
    deals_fill(h);
    assert_int_equal(deals_try(h, repeated(h, "staff IN (", ",7", 2000, ")")), ERR_OK);
    assert_int_equal(deals_try(h, repeated(h, "staff IN (", ",7", 2001, ")")), ERR_MALFORMED);
    assert_int_equal(deals_try(h, repeated(h, "amount IN (", ",7", 2000, ")")), ERR_OK);
    assert_int_equal(deals_try(h, repeated(h, "met NOT IN (", ",TODAY", 2000, ")")), ERR_OK);
    assert_int_equal(deals_try(h, repeated(h, "about IN (", ",'firm/7'", 2000, ")")), ERR_OK);
    assert_int_equal(deals_try(h, repeated(h, "stage IN (", ",'won'", 2000, ")")), ERR_OK);
    assert_int_equal(deals_try(h, repeated(h, "tints INCLUDES (", ",'red;blue;green'", 64, ")")), ERR_OK);
    assert_int_equal(deals_try(h, repeated(h, "tints INCLUDES (", ",'red'", 65, ")")), ERR_MALFORMED);
    assert_int_equal(deals_try(h, repeated(h, "tints INCLUDES ('", ";red", 65, "')")), ERR_MALFORMED);
    assert_int_equal(deals_try(h, repeated(h, "staff = 1", " OR staff = 1 AND amount > 5", 330, "")), ERR_MALFORMED);
    assert_int_equal(deals_try(h, repeated(h, "staff = 1 OR ", " staff = 1 OR", 600, " staff = 2")), ERR_OK);
    assert_int_equal(deals_try(h, repeated(h, "amount = 1 OR ", " amount > 1 OR", 600, " staff = 2")), ERR_OK);
    h->c.zone = STR("Europe/Berlin");
    assert_int_equal(deals_try(h, repeated(h, "staff = 1 OR ", " HOUR_IN_DAY(met) = 1 OR", 10, " staff = 2")), ERR_OK);
    assert_int_equal(deals_try(h, repeated(h, "staff = 1 OR ", " HOUR_IN_DAY(met) = 1 OR", 500, " staff = 2")),
                     ERR_MALFORMED);
    assert_true(str_eq(h->c.detail, STR("the query is too long")));
}

static void many_tables(house *h)
{
    static const char *const steps[] = { "firm.parent", "firm.owner",      "owner",          "created_by",
                                         "updated_by",  "firm.created_by", "firm.updated_by" };
    static const char *const more[] = { "created_by",      "updated_by",      "team",
                                        "team.created_by", "team.updated_by", "created_by.team" };
    buf                      b;
    buf_init(&b, 1 << 16);
    buf_putz(&b, "staff = 1");
    for (size_t i = 1; i < countof(steps); i++) {
        err e = ERR_OK;
        for (size_t k = 0; k < countof(more) && e == ERR_OK; k++) {
            buf_printf(&b, " OR %s.%s.name = 'x'", steps[i], more[k]);
            e = deals_try(h, buf_str(&b));
        }
        if (e != ERR_OK) {
            assert_true(str_starts(h->c.detail, STR("where: the query follows too many")));
            buf_free(&b);
            return;
        }
    }
    fail_msg("nothing was refused");
}

ON_BOTH(each_type_with_each_operator)
ON_BOTH(each_type_refuses_other_literals)
ON_BOTH(large_queries)
ON_BOTH(many_tables)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_type_with_each_operator),
        cmocka_unit_test(test_each_type_refuses_other_literals),
        cmocka_unit_test(test_large_queries),
        cmocka_unit_test(test_many_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
