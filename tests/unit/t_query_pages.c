/* Pages by cursor, rights, single records, counts. */
#include "deals.h"

/* ---- pages ---- */

static uint64_t seed = 88172645463325252u;

static unsigned roll(unsigned below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % below);
}

typedef struct {
    int n;
} many;

/* Few different values, many ties, a third of them null. */
static err make_many(ctx *c, void *arg)
{
    const entity *e = snapshot_entity(c->snap, STR("deal"));
    for (int i = 0; i < ((many *)arg)->n; i++) {
        char                     t[400];
        size_t                   n = (size_t)snprintf(t, sizeof t, "{\"note\":\"%d\"", i);
        json                    *tree;
        json_fault               fault;
        static const char *const names[] = { "a", "B", "张伟", "李娜", "b", "Å" };
        if (roll(3))
            n += (size_t)snprintf(t + n, sizeof t - n, ",\"name\":\"%s\"", names[roll(6)]);
        if (roll(3))
            n += (size_t)snprintf(t + n, sizeof t - n, ",\"staff\":%d", (int)roll(4) - 2);
        if (roll(3))
            n += (size_t)snprintf(t + n, sizeof t - n, ",\"amount\":%u.5", roll(3));
        if (roll(3))
            n += (size_t)snprintf(t + n, sizeof t - n, ",\"close\":\"19%02u-01-01\"", 69 + roll(3));
        if (roll(3))
            n += (size_t)snprintf(t + n, sizeof t - n, ",\"met\":\"2026-01-01T00:00:0%uZ\"", roll(3));
        if (roll(3))
            n += (size_t)snprintf(t + n, sizeof t - n, ",\"hot\":%s", roll(2) ? "true" : "false");
        if (roll(3))
            n += (size_t)snprintf(t + n, sizeof t - n, ",\"stage\":\"%s\"", roll(2) ? "won" : "open");
        if (roll(3))
            n += (size_t)snprintf(t + n, sizeof t - n, ",\"firm\":\"%lld\"",
                                  (long long)deals_ids[roll(2) ? ACME : BETA]);
        snprintf(t + n, sizeof t - n, ",\"color\":\"%s\"}", roll(2) ? "red" : "green");
        rec *r = store_new(c, e);
        assert_int_equal(json_parse(c->a, str_from(t), &tree, &fault), ERR_OK);
        TRY(store_patch(c, r, tree));
        TRY(store_save(c, r, 0));
    }
    return ERR_OK;
}

typedef struct {
    int64_t list[1000];
    size_t  n;
} id_list;

static err take_id(void *arg, query_row *row)
{
    id_list *l = arg;
    l->list[l->n++] = query_value(row, 0).i;
    return ERR_OK;
}

static str random_order(house *h)
{
    static const char *const keys[] = { "name",
                                        "staff",
                                        "amount",
                                        "close",
                                        "met",
                                        "hot",
                                        "stage",
                                        "color",
                                        "id",
                                        "version",
                                        "firm.name",
                                        "created_at",
                                        "CALENDAR_YEAR(close)" };
    static const char *const ways[] = {
        "", " ASC", " DESC", " DESC", " NULLS LAST", " DESC NULLS FIRST", " NULLS FIRST"
    };
    str s = { 0 };
    for (unsigned i = 0, n = 1 + roll(3); i < n; i++)
        s = arena_printf(h->a, "%.*s%s%s%s", STR_ARG(s), i ? ", " : "", keys[roll(countof(keys))],
                         ways[roll(countof(ways))]);
    return s;
}

static void read_pages(house *h, list_request r, id_list *all)
{
    all->n = 0;
    for (int pages = 0;; pages++) {
        query *q;
        size_t before = all->n;
        assert_true(pages < 1000);
        assert_int_equal(query_list(&h->c, snapshot_entity(h->snap, STR("deal")), &r, &q), ERR_OK);
        assert_int_equal(query_run(&h->c, q, take_id, all), ERR_OK);
        r.after = query_next(q);
        if (r.after.n == 0 || r.limit == 0)
            return;
        assert_int_equal(all->n - before, r.limit);
    }
}

static void pages_are_the_whole_list(house *h)
{
    many m = { 90 };
    deals_fill(h);
    house_do(h, make_many, &m);
    static id_list whole, paged;
    for (int round = 0; round < 60; round++) {
        str          order = random_order(h);
        list_request r = { .order = order, .where = STR("note != null") };
        house_read(h);
        read_pages(h, r, &whole);
        for (r.limit = 1; r.limit <= 7; r.limit += 1 + (int)roll(3)) {
            read_pages(h, r, &paged);
            if (paged.n != whole.n || memcmp(paged.list, whole.list, whole.n * sizeof whole.list[0]) != 0)
                fail_msg("ORDER BY %.*s in pages of %d: %zu instead of %zu", STR_ARG(order), r.limit, paged.n, whole.n);
        }
        house_read_end(h);
    }
    assert_int_equal(whole.n, 92);
}

/* Both engines give the same order; what PostgreSQL says must be what SQLite said. */
static id_list first_engine[40];

/* Ids have gaps, other ones on each engine: what is the same is how many are below. */
static void ranks_of_ids(id_list *l)
{
    static id_list was;
    was = *l;
    for (size_t i = 0; i < was.n; i++) {
        l->list[i] = 0;
        for (size_t k = 0; k < was.n; k++)
            l->list[i] += was.list[k] < was.list[i];
    }
}

static void orders_are_the_same(house *h)
{
    many m = { 60 };
    seed = 4242;
    deals_fill(h);
    house_do(h, make_many, &m);
    seed = 99;
    for (size_t i = 0; i < countof(first_engine); i++) {
        list_request r = { .order = random_order(h) };
        id_list      here = { .n = 0 };
        if (str_find(r.order, STR("created_at")) >= 0)
            continue;
        house_read(h);
        read_pages(h, r, &here);
        house_read_end(h);
        ranks_of_ids(&here);
        if (db_kind(h->d) == DB_SQLITE)
            first_engine[i] = here;
        else if (memcmp(&first_engine[i], &here, sizeof here) != 0)
            fail_msg("ORDER BY %.*s", STR_ARG(r.order));
    }
}

static void foreign_cursors_are_refused(house *h)
{
    query        *q;
    id_list       some = { .n = 0 };
    const entity *e = snapshot_entity(h->snap, STR("deal"));
    list_request  r = { .order = STR("name"), .limit = 2 };
    deals_fill(h);
    house_read(h);
    assert_int_equal(query_list(&h->c, e, &r, &q), ERR_OK);
    assert_int_equal(query_run(&h->c, q, take_id, &some), ERR_OK);
    str good = query_next(q);
    assert_true(good.n > 0);
    r.after = good;
    assert_int_equal(query_list(&h->c, e, &r, &q), ERR_OK);
    for (ptrdiff_t i = 0; i < good.n; i++) {
        char *bad = arena_cstr(h->a, good);
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        r.after = (str){ bad, good.n };
        assert_int_equal(query_list(&h->c, e, &r, &q), ERR_MALFORMED);
        r.after = (str){ bad, i };
        if (i > 0)
            assert_int_equal(query_list(&h->c, e, &r, &q), ERR_MALFORMED);
    }
    assert_true(str_starts(h->c.detail, STR("after: this cursor does not belong")));
    r.after = good;
    r.order = STR("name DESC");
    assert_int_equal(query_list(&h->c, e, &r, &q), ERR_MALFORMED);
    r.order = STR("name");
    r.where = STR("staff = 10");
    assert_int_equal(query_list(&h->c, e, &r, &q), ERR_MALFORMED);
    assert_int_equal(query_list(&h->c, snapshot_entity(h->snap, STR("firm")),
                                &(list_request){ .order = STR("name"), .limit = 2, .after = good }, &q),
                     ERR_MALFORMED);
    assert_int_equal(query_select_after(&h->c, STR("SELECT COUNT(id) FROM deal GROUP BY staff"), good, &q),
                     ERR_MALFORMED);
    house_read_end(h);
}

/* ---- rights ---- */

static void rights_are_put_in(house *h)
{
    int64_t below[1];
    deals_fill(h);
    deals_make(h, "quota", "{\"name\":\"nobody's\"}");
    static const answer mine[] = {
        { "SELECT name FROM quota", "[{\"name\":\"Ann's\"}]" },
        { "SELECT COUNT() FROM quota", "{\"count\":1,\"records\":[]}" },
        { "SELECT name FROM user WHERE id IN (SELECT user FROM quota)", "[{\"name\":\"Ann\"}]" },
        { "SELECT name FROM user WHERE id NOT IN (SELECT user FROM quota)", "[{\"name\":\"Bob\"}]" },
        { "SELECT name FROM deal WHERE owner = :me ORDER BY id", "[{\"name\":\"a\"},{\"name\":\"50% d\"}]" },
        { "SELECT name FROM deal WHERE owner = :my_team ORDER BY id", "[{\"name\":\"a\"},{\"name\":\"50% d\"}]" },
        { "SELECT name FROM deal WHERE owner != :my_team AND owner != null", "[{\"name\":\"B\"}]" },
        { "SELECT name FROM user WHERE team = :my_team", "[{\"name\":\"Ann\"}]" },
        { "SELECT name FROM user WHERE id = :me", "[{\"name\":\"Ann\"}]" },
    };
    h->c.actor = (actor){ .user = deals_ids[ANN], .role = ROLE_MEMBER, .team = deals_ids[NORTH], .below = below };
    deals_answer(h, mine, countof(mine));
    below[0] = deals_ids[BOB];
    h->c.actor.below_count = 1;
    static const answer ours[] = { { "SELECT COUNT() FROM quota", "{\"count\":2,\"records\":[]}" } };
    deals_answer(h, ours, countof(ours));
}

/* ---- one record, counts, matches ---- */

static void one_record(house *h)
{
    deals_fill(h);
    const entity *e = snapshot_entity(h->snap, STR("firm"));
    buf           b;
    json_writer   w;
    int64_t       version = 0;
    buf_init(&b, 1 << 16);
    json_begin(&w, &b);
    house_read(h);
    assert_int_equal(query_record(&h->c, e, deals_ids[BETA], &w, &version), ERR_OK);
    assert_int_equal(version, 1);
    str expected =
        arena_printf(h->a,
                     "{\"id\":\"%lld\",\"name\":\"beta\",\"industry\":\"Retail\",\"parent\":{\"id\":\"%lld\","
                     "\"name\":\"Acme\"},\"owner\":{\"id\":\"%lld\",\"name\":\"Bob\"},\"external_id\":null",
                     (long long)deals_ids[BETA], (long long)deals_ids[ACME], (long long)deals_ids[BOB]);
    if (!str_starts(buf_str(&b), expected))
        fail_msg("%.*s", STR_ARG(buf_str(&b)));
    json_begin(&w, &b);
    assert_int_equal(query_record(&h->c, e, deals_ids[GONE], &w, &version), ERR_NOT_FOUND);
    assert_int_equal(query_record(&h->c, e, deals_ids[ANN], &w, &version), ERR_NOT_FOUND);
    assert_int_equal(query_record(&h->c, e, 987654321, &w, &version), ERR_NOT_FOUND);
    h->c.actor = (actor){ .user = deals_ids[ANN], .role = ROLE_MEMBER };
    const entity *quota = snapshot_entity(h->snap, STR("quota"));
    int64_t      *list;
    size_t        n;
    list_request  r = { .limit = 5 };
    assert_int_equal(query_ids(&h->c, quota, &r, 5, &list, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(query_record(&h->c, quota, list[0] + 1, &w, &version), ERR_NOT_FOUND); /* Bob's */
    assert_int_equal(query_record(&h->c, quota, list[0], &w, &version), ERR_OK);
    house_read_end(h);
    buf_free(&b);
}

static void counts_and_ids(house *h)
{
    const entity *e = snapshot_entity(h->snap, STR("deal")), *firm = snapshot_entity(h->snap, STR("firm"));
    int64_t       n = 0, *list;
    size_t        count;
    bool          match;
    list_request  all = { 0 }, bin = { .deleted = true },
                 ten = { .where = STR("staff = 10"), .order = STR("name DESC") };
    deals_fill(h);
    house_read(h);
    assert_int_equal(query_count(&h->c, e, &all, false, &n), ERR_OK);
    assert_int_equal(n, 5);
    assert_int_equal(query_count(&h->c, e, &ten, true, &n), ERR_OK);
    assert_int_equal(n, 2);
    assert_int_equal(query_count(&h->c, firm, &bin, false, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(query_ids(&h->c, e, &ten, 10, &list, &count), ERR_OK);
    assert_true(count == 2 && list[0] < list[1]); /* "a" before "50% d" */
    assert_int_equal(query_ids(&h->c, e, &ten, 1, &list, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(query_ids(&h->c, e, &all, 0, &list, &count), ERR_OK);
    assert_int_equal(count, 5);
    assert_int_equal(query_matches(&h->c, e, list[0], STR("firm.owner.name = 'ann' AND staff > 5"), &match), ERR_OK);
    assert_true(match);
    assert_int_equal(query_matches(&h->c, e, list[1], STR("staff = 10"), &match), ERR_OK);
    assert_false(match);
    assert_int_equal(query_matches(&h->c, e, list[1], STR(""), &match), ERR_OK);
    assert_true(match);
    assert_int_equal(query_check_where(&h->c, e, STR("staff = 'x'")), ERR_MALFORMED);
    assert_int_equal(h->c.position, 8);
    assert_int_equal(query_check_where(&h->c, e, STR("staff = 1")), ERR_OK);
    list_request related = { .via = entity_field(e, STR("firm")), .via_id = deals_ids[ACME] };
    assert_int_equal(query_count(&h->c, e, &related, false, &n), ERR_OK);
    assert_int_equal(n, 1);
    list_request about = { .via = entity_field(e, STR("about")), .via_id = deals_ids[ACME], .via_entity = STR("firm") };
    assert_int_equal(query_count(&h->c, e, &about, false, &n), ERR_OK);
    assert_int_equal(n, 1);
    about.via_entity = STR("user");
    assert_int_equal(query_count(&h->c, e, &about, false, &n), ERR_OK);
    assert_int_equal(n, 0);
    house_read_end(h);
}

ON_BOTH(pages_are_the_whole_list)
ON_BOTH(orders_are_the_same)
ON_BOTH(foreign_cursors_are_refused)
ON_BOTH(rights_are_put_in)
ON_BOTH(one_record)
ON_BOTH(counts_and_ids)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_are_the_whole_list),
        cmocka_unit_test(test_orders_are_the_same),
        cmocka_unit_test(test_foreign_cursors_are_refused),
        cmocka_unit_test(test_rights_are_put_in),
        cmocka_unit_test(test_one_record),
        cmocka_unit_test(test_counts_and_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
