/* The tables checked as data, and the type table's readers and writers at their boundaries. */
#include <cmocka.h>

#include "base/text.h"
#include "schema/types.h"

static const choice_def colours[] = { { .key = "red", .next_mask = 2 }, { .key = "blue", .next_mask = 0 } };
static const field_def  good_fields[] = {
     { .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED },
     { .name = "colour", .type = FT_CHOICE, .choices = colours, .choice_count = 2 },
     { .name = "other", .type = FT_REF, .target = "thing" },
};
static const entity_def user = { .name = "user", .plural = "users", .fields = good_fields, .field_count = 1 };

static const char *fault_of(entity_def e)
{
    const entity_def *all[] = { &user, &e, NULL };
    return entity_fault(all);
}

static const entity_def thing = { .name = "thing", .plural = "things", .fields = good_fields, .field_count = 3 };

static void test_sound_tables_have_no_fault(void **state)
{
    (void)state;
    const char *fault = fault_of(thing);
    if (fault)
        print_message("%s\n", fault);
    assert_null(fault);
}

static void expect_fault(field_def f, const char *words)
{
    field_def   fields[] = { good_fields[0], f };
    const char *fault =
        fault_of((entity_def){ .name = "thing", .plural = "things", .fields = fields, .field_count = 2 });
    assert_non_null(fault);
    if (!strstr(fault, words))
        print_message("%s\n", fault);
    assert_non_null(strstr(fault, words));
}

static void test_each_fault_is_named(void **state)
{
    (void)state;
    expect_fault((field_def){ 0 }, "row of the table is missing");
    expect_fault((field_def){ .name = "Big", .type = FT_TEXT }, "lower-case");
    expect_fault((field_def){ .name = "version", .type = FT_INTEGER }, "common fields");
    expect_fault((field_def){ .name = "name", .type = FT_TEXT }, "twice");
    expect_fault((field_def){ .name = "x", .type = FT_REF }, "needs a target");
    expect_fault((field_def){ .name = "x", .type = FT_REF, .target = "nothing" }, "no entity nothing");
    expect_fault((field_def){ .name = "x", .type = FT_KEYREF, .target = "user" }, "no key");
    expect_fault((field_def){ .name = "x", .type = FT_TEXT, .min = 3, .max = 2 }, "min is above max");
    expect_fault((field_def){ .name = "x", .type = FT_CHOICE }, "no choices");
    expect_fault((field_def){ .name = "x", .type = FT_DECIMAL, .decimals = 12 }, "decimals");
    expect_fault((field_def){ .name = "x", .type = FT_INTEGER, .flags = FF_UNIQUE }, "unique");
    static const choice_def twice[] = { { .key = "a" }, { .key = "a" } },
                            astray[] = { { .key = "a", .next_mask = 4 }, { .key = "b" } };
    expect_fault((field_def){ .name = "x", .type = FT_CHOICE, .choices = twice, .choice_count = 2 }, "stands twice");
    expect_fault((field_def){ .name = "x", .type = FT_CHOICE, .choices = astray, .choice_count = 2 }, "not there");
    entity_def nameless = { .name = "thing", .plural = "things", .fields = good_fields + 1, .field_count = 1 };
    assert_non_null(strstr(fault_of(nameless), "no name"));
    entity_def lost_title = nameless;
    lost_title.title = "subject";
    assert_non_null(strstr(fault_of(lost_title), "no field"));
    entity_def twin = thing;
    twin.plural = "users";
    assert_non_null(strstr(fault_of(twin), "share a name"));
}

static void expect_story_fault(story_def s, const char *words)
{
    entity_def e = thing;
    e.story = &s;
    e.story_count = 1;
    const char *fault = fault_of(e);
    if (!words)
        assert_null(fault);
    else
        assert_true(fault && strstr(fault, words));
}

static void test_a_story_leads_to_its_record(void **state)
{
    (void)state;
    story_def sound = { .entity = "thing",
                        .field = "other",
                        .kind = "thing",
                        .moments = { { "made", "created_at", { { 0 } }, "colour" } } };
    story_def bad = sound;
    expect_story_fault(sound, NULL);
    bad.field = "colour";
    expect_story_fault(bad, "does not lead to thing");
    bad = sound;
    bad.of = "user";
    expect_story_fault(bad, "no row before");
    bad = sound;
    bad.moments[0].at = "name";
    expect_story_fault(bad, "is no time");
    bad = sound;
    bad.moments[0].shows = "colour,shade";
    expect_story_fault(bad, "shade, which is no field");
    bad = sound;
    bad.entity = "absent";
    expect_story_fault(bad, NULL);
}

/* ---- snapshot ---- */

static snapshot *build(arena *a)
{
    static const field_row         own[] = { { .entity = STR_INIT("thing"),
                                               .name = STR_INIT("grade"),
                                               .column = STR_INIT("x_7"),
                                               .type = FT_TEXT,
                                               .label = { STR_INIT("Grade"), STR_INIT("等级") } } };
    static const entity_def *const rooms[] = { &user, &thing, NULL };
    snapshot_input                 in = { .rooms = rooms, .fields = own, .field_count = 1, .currency = STR("JPY") };
    snapshot                      *s = NULL;
    str                            why = { 0 };
    assert_int_equal(snapshot_build(&in, a, &s, &why), ERR_OK);
    return s;
}

static void test_snapshot_puts_both_together(void **state)
{
    (void)state;
    arena        *a = arena_new();
    snapshot     *s = build(a);
    const entity *e = snapshot_entity(s, STR("thing"));
    assert_int_equal(s->currency_decimals, 0);
    for (size_t i = 0; i < countof(good_fields); i++) /* the room's indexes hold */
        assert_true(str_eq(e->fields[i].name, str_from(good_fields[i].name)));
    const field *grade = entity_field(e, STR("grade"));
    assert_non_null(grade);
    assert_true(grade->flags & FF_CUSTOM);
    assert_true(str_eq(grade->column_key, STR("x_7_k")));
    assert_true(str_eq(grade->label[LANG_ZH], STR("等级")));
    assert_ptr_equal(entity_field(e, STR("other"))->target, e);
    assert_ptr_equal(snapshot_plural(s, STR("things")), e);
    assert_non_null(field_choice(&e->fields[1], STR("RED")));
    assert_null(field_choice(&e->fields[1], STR("green")));
    snapshot_unpin(s);
    arena_free(a);
}

/* ---- the type table ---- */

typedef struct {
    field_type  type;
    const char *json_text;
    const char *code; /* refusal, or NULL: taken … */
    const char *back; /* … and written back as this JSON (NULL: the same) */
} reading;

#define LONG_NAME                                                                                          \
    "\""                                                                                                   \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"                                         \
    "\""

static const reading readings[] = {
    { FT_TEXT, "\" Acme \"", NULL, "\"Acme\"" },
    { FT_TEXT, "\"\"", NULL, "null" },
    { FT_TEXT, "7", "not_a_text", NULL },
    { FT_TEXT, "{}", "not_a_text", NULL },
    { FT_TEXT, LONG_NAME, "too_long", NULL },
    { FT_INTEGER, "7", NULL, NULL },
    { FT_INTEGER, "7.0", NULL, "7" },
    { FT_INTEGER, "7.5", "not_whole", NULL },
    { FT_INTEGER, "\"7\"", "not_a_number", NULL },
    { FT_INTEGER, "9007199254740991", NULL, NULL },
    { FT_INTEGER, "9007199254740992", "too_big", NULL },
    { FT_INTEGER, "1e400", "out_of_range", NULL },
    { FT_MONEY, "12.34", NULL, NULL },
    { FT_MONEY, "\"12.34\"", NULL, "12.34" },
    { FT_MONEY, "0.1", NULL, NULL },
    { FT_MONEY, "1.234", "too_many_decimals", NULL },
    { FT_MONEY, "-5", NULL, NULL },
    { FT_MONEY, "9000000000000", NULL, NULL },
    { FT_MONEY, "9000000000000.01", "too_big", NULL },
    { FT_MONEY, "true", "not_a_number", NULL },
    { FT_PERCENT, "25.5", NULL, NULL },
    { FT_PERCENT, "25.555", "too_many_decimals", NULL },
    { FT_DATE, "\"2024-02-29\"", NULL, NULL },
    { FT_DATE, "\"2023-02-29\"", "not_a_date", NULL },
    { FT_DATE, "\"2023-2-9\"", "not_a_date", NULL },
    { FT_TIME, "\"2026-10-01T08:00:00Z\"", NULL, NULL },
    { FT_TIME, "\"2026-10-01T08:00:00+08:00\"", NULL, "\"2026-10-01T00:00:00Z\"" },
    { FT_TIME, "\"2026-10-01\"", "not_a_time", NULL },
    { FT_TIME, "\"2026-10-01T25:00:00Z\"", "not_a_time", NULL },
    { FT_BOOL, "true", NULL, NULL },
    { FT_BOOL, "1", "not_a_boolean", NULL },
    { FT_EMAIL, "\"li.wei@example.com\"", NULL, NULL },
    { FT_EMAIL, "\"nobody\"", "not_an_email", NULL },
    { FT_EMAIL, "\"a@b\"", "not_an_email", NULL },
    { FT_URL, "\"https://example.com/x\"", NULL, NULL },
    { FT_URL, "\"www.example.com\"", NULL, NULL },
    { FT_URL, "\"javascript:alert(1)\"", "not_a_url", NULL },
    { FT_URL, "\"data:text/html.x,1\"", "not_a_url", NULL },
    { FT_REF, "\"7\"", NULL, "{\"id\":\"7\",\"name\":\"\"}" },
    { FT_REF, "7", "not_a_text", NULL },
    { FT_REF, "\"0\"", "not_an_id", NULL },
    { FT_REF, "\"-1\"", "not_an_id", NULL },
    { FT_REF, "\"99999999999999999999\"", "not_an_id", NULL },
    { FT_ANYREF, "\"account/7\"", NULL, "{\"entity\":\"account\",\"id\":\"7\",\"name\":\"\"}" },
    { FT_ANYREF, "\"account\"", "not_a_record", NULL },
    { FT_ANYREF, "\"/7\"", "not_a_record", NULL },
    { FT_JSON, "{\"a\":[1,2.50]}", NULL, NULL },
};

static void test_each_type_reads_and_writes(void **state)
{
    (void)state;
    assert_int_equal(text_open(), ERR_OK);
    arena *a = arena_new();
    for (size_t i = 0; i < countof(readings); i++) {
        const reading *r = &readings[i];
        field          f = { .name = STR("f"), .type = r->type, .column = STR("f") };
        json          *j;
        json_fault     fault;
        value          v = { .set = true, .i = 77 };
        refusal        why = { 0 };
        type_env       t = { .a = a, .currency_decimals = 2, .zone = STR("UTC") };
        assert_int_equal(json_parse(a, str_from(r->json_text), &j, &fault), ERR_OK);
        bool ok = value_from_json(&t, &f, j, &v, &why);
        if (ok != (r->code == NULL) || (!ok && strcmp(why.code, r->code) != 0))
            print_message("          %s as %s: %s\n", r->json_text, type_of(&f)->name, ok ? "taken" : why.code);
        assert_int_equal(ok, r->code == NULL);
        if (!ok) {
            assert_string_equal(why.code, r->code);
            assert_int_equal(v.i, 77); /* a refusal leaves the output alone */
            continue;
        }
        buf         b;
        json_writer w;
        buf_init(&b, 4096);
        json_begin(&w, &b);
        value_to_json(&t, &f, &v, &w);
        buf_putc(&b, 0);
        assert_string_equal(b.p, r->back ? r->back : r->json_text);
        buf_free(&b);
    }
    arena_free(a);
}

static void test_every_type_has_a_whole_row(void **state)
{
    (void)state;
    for (int t = 0; t < FT_COUNT; t++) {
        const type_row *row = type_row_of((field_type)t);
        field_type      back;
        assert_true(row->name && row->widget && row->from_json && row->from_text && row->to_json && row->to_text &&
                    row->schema);
        assert_true(type_from_name(str_from(row->name), &back) && (int)back == t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound_tables_have_no_fault),  cmocka_unit_test(test_each_fault_is_named),
        cmocka_unit_test(test_a_story_leads_to_its_record), cmocka_unit_test(test_snapshot_puts_both_together),
        cmocka_unit_test(test_each_type_reads_and_writes),  cmocka_unit_test(test_every_type_has_a_whole_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
