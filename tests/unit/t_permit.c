/* Who may do what, and that store and query hold to it: PERMIT-1 … PERMIT-5, PERMIT-17. */
#include <cmocka.h>

#include "house.h"
#include "rooms/account/account.h"
#include "rooms/contact/contact.h"
#include "rooms/people/people.h"
#include "rooms/product/product.h"

/* A figure of one person, as a quota is. */
static const field_def score_fields[] = {
    { .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED | FF_SEARCH },
    { .name = "user", .type = FT_REF, .target = "user", .flags = FF_REQUIRED | FF_PERSONAL },
    { .name = "points", .type = FT_INTEGER },
};
static const entity_def score_entity = {
    .name = "score", .plural = "scores", .fields = score_fields, .field_count = 3
};

static const entity_def *const rooms[] = {
    &role_entity,    &role_right_entity, &role_field_entity, &user_role_entity, &user_entity, &team_entity,
    &account_entity, &contact_entity,    &product_entity,    &score_entity,     NULL
};

static void on_both(void (*test)(house *h))
{
    for (int engine = DB_SQLITE; engine <= DB_POSTGRES; engine++) {
        house h;
        if (!house_open(&h, (db_engine)engine, rooms))
            continue;
        test(&h);
        house_close(&h);
    }
}

static int64_t person(house *h, const char *name)
{
    char text[200];
    snprintf(text, sizeof text, "{\"name\":\"%s\",\"login\":\"%s\",\"state\":\"active\"}", name, name);
    return house_create(h, "user", text);
}

static void act_as(house *h, int64_t user, role_kind r)
{
    house_act(h, user, r == ROLE_ADMINISTRATOR ? "administrator" : "member");
}

typedef struct {
    const char *entity_name;
    int64_t     id;
} target;

static err remove_it(ctx *c, void *arg)
{
    target *t = arg;
    return store_delete(c, snapshot_entity(c->snap, str_from(t->entity_name)), t->id, 0);
}

static void member_keeps_out_of_configuration(house *h) /* PERMIT-2 */
{
    int64_t me = person(h, "li");
    act_as(h, me, ROLE_MEMBER);
    assert_int_equal(house_try(h, "team", 0, "{\"name\":\"T\"}", NULL), ERR_FORBIDDEN);
    assert_int_equal(house_try(h, "user", me, "{\"role\":\"administrator\"}", NULL), ERR_FORBIDDEN);
    house_create(h, "account", "{\"name\":\"Acme\"}");
    act_as(h, me, ROLE_ADMINISTRATOR);
    house_create(h, "team", "{\"name\":\"T\"}");
}

static void read_only_fields_stay(house *h) /* PERMIT-3 */
{
    act_as(h, person(h, "li"), ROLE_ADMINISTRATOR);
    assert_int_equal(house_try(h, "account", 0, "{\"name\":\"A\",\"created_at\":\"2020-01-01T00:00:00Z\"}", NULL),
                     ERR_INVALID);
    h->c.importing = true;
    int64_t id = house_create(h, "account", "{\"name\":\"A\",\"created_at\":\"2020-01-01T00:00:00Z\"}");
    h->c.importing = false;
    str rows = house_query(h, "SELECT created_at FROM account");
    assert_true(str_find(rows, STR("2020-01-01T00:00:00Z")) > 0);
    act_as(h, person(h, "wu"), ROLE_MEMBER);
    h->c.importing = true; /* a member's import does not lift it */
    assert_int_equal(house_try(h, "account", id, "{\"created_at\":\"2021-01-01T00:00:00Z\"}", NULL), ERR_INVALID);
}

static void member_deletes_what_is_theirs(house *h) /* PERMIT-4 */
{
    int64_t li = person(h, "li"), wu = person(h, "wu");
    act_as(h, li, ROLE_MEMBER);
    target t = { "account", house_create(h, "account", "{\"name\":\"Acme\"}") };
    act_as(h, wu, ROLE_MEMBER);
    assert_int_equal(house_try(h, "account", t.id, "{\"city\":\"上海\"}", NULL), ERR_OK); /* may change */
    assert_int_equal(store_write(&h->c, remove_it, &t), ERR_FORBIDDEN);
    act_as(h, wu, ROLE_MEMBER);
    h->c.actor.below = &li; /* wu manages li */
    h->c.actor.below_count = 1;
    assert_int_equal(store_write(&h->c, remove_it, &t), ERR_OK);
}

static size_t rows(house *h, const char *text)
{
    str    out = house_query(h, text);
    size_t n = 0;
    for (ptrdiff_t at = 0; at + 5 < out.n; at++)
        n += memcmp(out.p + at, "\"name", 5) == 0;
    return n;
}

static void own_figures_only(house *h) /* PERMIT-5 */
{
    char    text[120];
    int64_t li = person(h, "li"), wu = person(h, "wu"), ids[2];
    for (int i = 0; i < 2; i++) {
        snprintf(text, sizeof text, "{\"name\":\"score of %d\",\"user\":\"%lld\",\"points\":%d}", i,
                 (long long)(i ? wu : li), i + 1);
        ids[i] = house_create(h, "score", text);
    }
    assert_int_equal(rows(h, "SELECT name FROM score"), 2);
    act_as(h, li, ROLE_MEMBER);
    assert_int_equal(rows(h, "SELECT name FROM score"), 1);
    assert_true(str_find(house_query(h, "SELECT SUM(points) n FROM score"), STR("\"n\":1}")) > 0);
    assert_int_equal(rows(h, "SELECT name FROM user WHERE id IN (SELECT user FROM score)"), 1);
    assert_int_equal(house_try(h, "score", ids[1], "{\"points\":9}", NULL), ERR_NOT_FOUND);
    snprintf(text, sizeof text, "{\"name\":\"x\",\"user\":\"%lld\"}", (long long)wu);
    assert_int_equal(house_try(h, "score", 0, text, NULL), ERR_FORBIDDEN);
    search_hit *hits;
    size_t      n;
    bool        more;
    act_as(h, li, ROLE_MEMBER);
    house_read(h);
    assert_int_equal(store_search(&h->c, STR("score"), NULL, 0, 10, &hits, &n, &more), ERR_OK);
    assert_int_equal(n, 1);
    buf         b;
    json_writer w;
    buf_init(&b, 1 << 20);
    json_begin(&w, &b);
    assert_int_equal(store_history_json(&h->c, snapshot_entity(h->snap, STR("score")), ids[1], 10, (str){ 0 }, &w),
                     ERR_NOT_FOUND);
    buf_free(&b);
    outbox_row *events;
    assert_int_equal(store_outbox_read(&h->c, 0, 100, &events, &n), ERR_OK);
    for (size_t i = 0; i < n; i++)
        assert_true(events[i].record != ids[1]);
    house_read_end(h);
    h->c.actor.below = &wu;
    h->c.actor.below_count = 1;
    assert_int_equal(rows(h, "SELECT name FROM score"), 2);
}

/* ---- masks: PERMIT-17 ---- */

static void masks_show_the_ends(void **state)
{
    static const struct {
        field_type  type;
        const char *text, *shown;
    } cases[] = {
        { FT_PHONE, "13812348000", "138****8000" },
        { FT_PHONE, "+86 138 1234 8000", "+86****8000" },
        { FT_PHONE, "010-66668888", "010****8888" },
        { FT_PHONE, "6666 8888", "66****88" },
        { FT_PHONE, "95588", "****" },
        { FT_PHONE, "一二三", "****" },
        { FT_EMAIL, "zhang.wei@example.com", "z***@example.com" },
        { FT_EMAIL, "张伟@例子.公司", "张***@例子.公司" },
        { FT_EMAIL, "z@example.com", "***@example.com" },
        { FT_EMAIL, "broken", "b***n" },
        { FT_TEXT, "wechat_name", "w***e" },
        { FT_TEXT, "上海浦东", "上***东" },
        { FT_TEXT, "abc", "a***" },
        { FT_TEXT, "ab", "***" },
        { FT_TEXT, "", "***" },
    };
    (void)state;
    arena *a = arena_new();
    for (size_t i = 0; i < countof(cases); i++) {
        field f = { .type = cases[i].type };
        str   shown = value_mask(a, &f, str_from(cases[i].text));
        assert_true(utf8_valid(shown));
        assert_string_equal(arena_cstr(a, shown), cases[i].shown);
    }
    arena_free(a);
}

static void rule(house *h, int64_t role, const char *name, const char *access)
{
    char text[200];
    snprintf(text, sizeof text, "{\"role\":\"%lld\",\"entity\":\"account\",\"field\":\"%s\",\"access\":\"%s\"}",
             (long long)role, name, access);
    house_create(h, "role_field", text);
}

/* Of two roles the more open holds, whichever two it is. */
static void the_more_open_access_holds(house *h)
{
    static const char *const access[] = { "hidden", "sealed", "masked", "readonly" };
    static const showing     shown[] = { SHOW_NOT, SHOW_MASKED, SHOW_MASKED, SHOW_OPEN };
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 4; k++) {
            char    text[120];
            int64_t roles[2];
            for (int n = 0; n < 2; n++) {
                h->c.actor = (actor){ 0 };
                snprintf(text, sizeof text, "{\"name\":\"R\",\"key\":\"r_%d_%d_%d\"}", i, k, n);
                roles[n] = house_create(h, "role", text);
                rule(h, roles[n], "phone", access[n ? k : i]);
            }
            house_reload(h);
            const field *f = entity_field(snapshot_entity(h->snap, STR("account")), STR("phone"));
            actor        who = { .user = 1 };
            snprintf(text, sizeof text, "%lld,%lld", (long long)roles[0], (long long)roles[1]);
            permit_roles(&who, h->snap, str_from(text));
            int more = i > k ? i : k;
            assert_int_equal(permit_show(&who, f), shown[more]);
            assert_int_equal(permit_look(&who, f), more >= 2);
            assert_int_equal(permit_field(&who, f, VERB_READ), more == 3);
            assert_false(permit_field(&who, f, VERB_UPDATE));
            assert_false(permit_field(&who, f, VERB_CREATE));
        }
}

static void only_what_has_a_middle_is_masked(house *h)
{
    static const struct {
        const char *name;
        bool        may;
    } cases[] = { { "phone", true },  { "email", true },      { "city", true },  { "name", false },
                  { "owner", false }, { "employees", false }, { "type", false }, { "description", false } };
    const entity *e = snapshot_entity(h->snap, STR("account"));
    for (size_t i = 0; i < countof(cases); i++)
        assert_int_equal(field_maskable(entity_field(e, str_from(cases[i].name))), cases[i].may);
    int64_t role = house_create(h, "role", "{\"name\":\"R\",\"key\":\"r\"}");
    char    text[200];
    snprintf(text, sizeof text, "{\"role\":\"%lld\",\"entity\":\"account\",\"field\":\"owner\",\"access\":\"masked\"}",
             (long long)role);
    assert_int_equal(house_try(h, "role_field", 0, text, NULL), ERR_INVALID);
}

#define BOTH(name)                        \
    static void test_##name(void **state) \
    {                                     \
        (void)state;                      \
        on_both(name);                    \
    }
BOTH(member_keeps_out_of_configuration)
BOTH(read_only_fields_stay)
BOTH(member_deletes_what_is_theirs)
BOTH(own_figures_only)
BOTH(the_more_open_access_holds)
BOTH(only_what_has_a_middle_is_masked)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_member_keeps_out_of_configuration),
        cmocka_unit_test(test_read_only_fields_stay),
        cmocka_unit_test(test_member_deletes_what_is_theirs),
        cmocka_unit_test(test_own_figures_only),
        cmocka_unit_test(masks_show_the_ends),
        cmocka_unit_test(test_the_more_open_access_holds),
        cmocka_unit_test(test_only_what_has_a_middle_is_masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
