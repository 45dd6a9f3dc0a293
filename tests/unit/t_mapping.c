/* The mapping file: its form, and that what is wrong in it is named. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "io/mapping.h"

static void all_of_it(void **state)
{
    (void)state;
    static const char text[] =
        "{\"match\": \"external_id\","
        " \"columns\": {\"opportunity_id\": \"external_id\", \"agent\": \"owner.name\", \"comment\": null},"
        " \"values\": {\"stage\": {\"Won\": \"won\", \"n/a\": null, \"1\": 2, \"yes\": true, \"\": \"open\"}},"
        " \"set\": {\"currency\": \"USD\", \"name\": \"{account} {product}\", \"probability\": 12.50, \"lost_reason\": "
        "null},"
        " \"dates\": {\"close_date\": \"M/D/YYYY\"}}";
    arena   *a = arena_new();
    mapping  m;
    io_fault f = { 0 };
    assert_int_equal(mapping_parse(a, str_from(text), &m, &f), ERR_OK);
    assert_true(str_eq(m.match, STR("external_id")));
    assert_int_equal(m.column_count, 3);
    assert_true(str_eq(m.columns[1].target, STR("owner.name")));
    assert_int_equal(m.columns[2].target.n, 0);
    assert_int_equal(m.set_count, 4);
    assert_true(str_eq(m.sets[2].text, STR("12.50")));
    assert_true(m.sets[3].clears);
    assert_true(str_eq(m.dates[0].form, STR("M/D/YYYY")));
    const mapping_values *v = &m.values[0];
    assert_true(str_eq(mapping_translate(v, STR(" WON "), a)->text, STR("won")));
    assert_true(mapping_translate(v, STR("N/A"), a)->clears);
    assert_true(str_eq(mapping_translate(v, STR("1"), a)->text, STR("2")));
    assert_true(str_eq(mapping_translate(v, STR("yes"), a)->text, STR("true")));
    assert_true(str_eq(mapping_translate(v, STR(""), a)->text, STR("open")));
    assert_null(mapping_translate(v, STR("Lost"), a));
    assert_int_equal(mapping_parse(a, STR("\xEF\xBB\xBF {} "), &m, &f), ERR_OK);
    assert_int_equal(mapping_parse(a, STR(" "), &m, &f), ERR_OK);
    arena_free(a);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code, *word;
    } cases[] = {
        { "{\"columns\": {},\n \"colums\": {}}", "import.map_key", "colums" },
        { "{\n\"match\": \"x\",\n}", "import.map_json", "3" },
        { "[]", "import.map_form", "" },
        { "{\"match\": 5}", "import.map_form", "match" },
        { "{\"columns\": []}", "import.map_form", "columns" },
        { "{\"columns\": {\"a\": 5}}", "import.map_form", "columns" },
        { "{\"values\": {\"stage\": \"won\"}}", "import.map_form", "values" },
        { "{\"values\": {\"stage\": {\"a\": []}}}", "import.map_form", "values" },
        { "{\"set\": {\"name\": {}}}", "import.map_form", "set" },
        { "{\"dates\": {\"d\": \"tomorrow\"}}", "import.map_date", "d" },
        { "{\"dates\": {\"d\": 1}}", "import.map_date", "d" },
        { "{\"match\": \"a\", \"match\": \"b\"}", "import.map_json", "1" },
    };
    arena *a = arena_new();
    for (size_t i = 0; i < countof(cases); i++) {
        mapping  m;
        io_fault f = { 0 };
        assert_int_not_equal(mapping_parse(a, str_from(cases[i].text), &m, &f), ERR_OK);
        assert_string_equal(f.code, cases[i].code);
        if (strcmp(f.word[0], cases[i].word) != 0)
            fail_msg("%s names %s", cases[i].text, f.word[0]);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it),
        cmocka_unit_test(what_is_wrong_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
