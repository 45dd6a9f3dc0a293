/* Ways to the rows of a list (src/query/ways.c): whichever is taken, the rows and their order are those of the plain
 * statement, page by page; and the one that is fast is the one that is taken. */
#include "house.h"

#define FIELDS(list) .fields = list, .field_count = countof(list)
#define TEXT(...)    (arena_printf(h->a, __VA_ARGS__).p)

static const field_def user_fields[] = {
    { .name = "name", .type = FT_TEXT },
    { .name = "team", .type = FT_REF, .target = "team" },
};
static const field_def team_fields[] = { { .name = "name", .type = FT_TEXT } };
static const field_def stage_fields[] = {
    { .name = "key", .type = FT_TEXT, .flags = FF_REQUIRED | FF_UNIQUE },
    { .name = "name", .type = FT_TEXT },
    { .name = "kind", .type = FT_TEXT },
};
static const choice_def moods[] = { { "calm", NEXT_ANY, "gray" }, { "cross", NEXT_ANY, "red" } };
static const field_def  sale_fields[] = {
     { .name = "name", .type = FT_TEXT, .flags = FF_SORT },
     { .name = "amount", .type = FT_INTEGER, .flags = FF_SORT },
     { .name = "due", .type = FT_DATE, .flags = FF_SORT },
     { .name = "closed", .type = FT_TIME, .flags = FF_SORT },
     { .name = "stage", .type = FT_KEYREF, .target = "stage" },
     { .name = "mood", .type = FT_CHOICE, .choices = moods, .choice_count = countof(moods) },
     { .name = "late", .type = FT_INTEGER },
};
/* The same, of which each sees only one's own and those of the people below. */
static const field_def secret_fields[] = {
    { .name = "name", .type = FT_TEXT, .flags = FF_SORT },
    { .name = "amount", .type = FT_INTEGER, .flags = FF_SORT },
    { .name = "due", .type = FT_DATE, .flags = FF_SORT },
    { .name = "user", .type = FT_REF, .target = "user", .flags = FF_PERSONAL },
};
/* Parts of those: whose they are stands there. */
static const field_def clue_fields[] = {
    { .name = "name", .type = FT_TEXT, .flags = FF_SORT },
    { .name = "secret", .type = FT_REF, .target = "secret", .flags = FF_REQUIRED | FF_CASCADE },
    { .name = "due", .type = FT_DATE, .flags = FF_SORT },
};
static const index_def  sale_indexes[] = { { "stage,closed", false } };
static const entity_def user_def = { .name = "user", .plural = "users", FIELDS(user_fields), .configuration = true };
static const entity_def team_def = { .name = "team", .plural = "teams", FIELDS(team_fields), .configuration = true };
static const entity_def stage_def = {
    .name = "stage", .plural = "stages", FIELDS(stage_fields), .key = "key", .configuration = true
};
static const entity_def sale_def = { .name = "sale",
                                     .plural = "sales",
                                     FIELDS(sale_fields),
                                     .owned = true,
                                     .few = "mood=cross,late",
                                     .indexes = sale_indexes,
                                     .index_count = countof(sale_indexes) };
static const entity_def secret_def = { .name = "secret", .plural = "secrets", FIELDS(secret_fields), .owned = true };
static const entity_def clue_def = { .name = "clue", .plural = "clues", FIELDS(clue_fields), .part_of = "secret" };
static const entity_def *const rooms[] = { &user_def, &team_def, &stage_def, &sale_def, &secret_def, &clue_def, NULL };

enum { SALES = 1300, SECRETS = 300, PEOPLE = 5 };

static int64_t  people[PEOPLE], north;
static uint64_t seed;

static unsigned roll(unsigned below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % below);
}

static const field *field_of(const rec *r, const char *name)
{
    return entity_field(r->e, str_from(name));
}

static void set(ctx *c, rec *r, const char *name, str text)
{
    assert_int_equal(store_set_text(c, r, field_of(r, name), text), ERR_OK);
}

static str day(ctx *c, int n)
{
    return arena_printf(c->a, "20%02d-%02d-%02d", 20 + n / 336, n / 28 % 12 + 1, n % 28 + 1);
}

/* Due dates rise with the records, roughly; many ties, and a third of everything else is null. */
static err make_sales(ctx *c, void *arg)
{
    (void)arg;
    for (int i = 0; i < SALES; i++) {
        rec *r = store_new(c, snapshot_entity(c->snap, STR("sale")));
        c->now_ms += 1000;
        if (roll(3))
            set(c, r, "name", arena_printf(c->a, "n%u", roll(300)));
        if (roll(3))
            set(c, r, "amount", arena_printf(c->a, "%u", roll(200)));
        if (roll(8))
            set(c, r, "due", day(c, i + (int)roll(100)));
        unsigned stage = roll(4);
        if (stage < 3)
            set(c, r, "stage", arena_printf(c->a, "s%u", stage));
        if (stage == 1 || stage == 2)
            set(c, r, "closed", arena_printf(c->a, "%.*sT08:00:00Z", STR_ARG(day(c, (int)roll(900)))));
        if (roll(10) == 0)
            set(c, r, "external_id", arena_printf(c->a, "x%d", i * 7 % 1301));
        if (roll(3))
            set(c, r, "mood", roll(30) ? STR("calm") : STR("cross"));
        if (roll(20) == 0)
            set(c, r, "late", arena_printf(c->a, "%u", roll(9)));
        rec_set_ref(r, (size_t)entity_common(r->e, CF_OWNER)->index, people[roll(PEOPLE)]);
        TRY(store_save(c, r, 0));
    }
    for (int i = 0; i < SECRETS; i++) {
        rec *r = store_new(c, snapshot_entity(c->snap, STR("secret")));
        set(c, r, "name", arena_printf(c->a, "n%u", roll(60)));
        if (roll(3))
            set(c, r, "amount", arena_printf(c->a, "%u", roll(20)));
        set(c, r, "due", day(c, (int)roll(400)));
        rec_set_ref(r, (size_t)entity_common(r->e, CF_OWNER)->index, people[roll(PEOPLE)]);
        TRY(store_save(c, r, 0));
        for (unsigned clues = roll(3); clues > 0; clues--) {
            rec *clue = store_new(c, snapshot_entity(c->snap, STR("clue")));
            set(c, clue, "name", arena_printf(c->a, "n%u", roll(60)));
            if (roll(3))
                set(c, clue, "due", day(c, (int)roll(400)));
            rec_set_ref(clue, (size_t)field_of(clue, "secret")->index, r->id);
            TRY(store_save(c, clue, 0));
        }
    }
    return ERR_OK;
}

/* So many that the order's index meets enough of them soon. */
static err copy_clues(ctx *c, void *arg)
{
    enum { TIMES = 45 };
    (void)arg;
    for (int i = 1; i <= TIMES; i++)
        TRY(db_exec(c->conn, arena_printf(c->a,
                                          "INSERT INTO \"clues\"(\"id\",\"name\",\"name_k\",\"secret\",\"due\","
                                          "\"created_at\",\"updated_at\",\"version\")SELECT \"id\"+%d000000,"
                                          "\"name\",\"name_k\",\"secret\",\"due\",\"created_at\",\"updated_at\","
                                          "1 FROM \"clues\" WHERE \"id\"<1000000",
                                          i)));
    return ERR_OK;
}

static void fill(house *h)
{
    seed = 88172645463325252u;
    north = house_create(h, "team", "{\"name\":\"North\"}");
    for (int i = 0; i < PEOPLE; i++) {
        char text[100];
        if (i < 2)
            snprintf(text, sizeof text, "{\"name\":\"p%d\",\"team\":\"%lld\"}", i, (long long)north);
        else
            snprintf(text, sizeof text, "{\"name\":\"p%d\"}", i);
        people[i] = house_create(h, "user", text);
    }
    house_create(h, "stage", "{\"key\":\"s0\",\"name\":\"Open\",\"kind\":\"open\"}");
    house_create(h, "stage", "{\"key\":\"s1\",\"name\":\"Won\",\"kind\":\"won\"}");
    house_create(h, "stage", "{\"key\":\"s2\",\"name\":\"Lost\",\"kind\":\"lost\"}");
    house_do(h, make_sales, NULL);
}

/* ---- the same rows ---- */

typedef struct {
    int64_t list[2000];
    size_t  n;
} id_list;

static err take_id(void *arg, query_row *row)
{
    id_list *l = arg;
    assert_true(l->n < countof(l->list));
    l->list[l->n++] = query_value(row, 0).i;
    return ERR_OK;
}

static void read_pages(house *h, const char *entity_name, list_request r, id_list *all)
{
    all->n = 0;
    do {
        query *q;
        assert_int_equal(query_list(&h->c, snapshot_entity(h->snap, str_from(entity_name)), &r, &q), ERR_OK);
        assert_int_equal(query_run(&h->c, q, take_id, all), ERR_OK);
        r.after = query_next(q);
    } while (r.after.n > 0 && r.limit > 0);
}

/* Without a limit no way is chosen. */
static void same_rows(house *h, const char *entity_name, const char *where, const char *order)
{
    static id_list   whole, paged;
    static const int sizes[] = { 63, 500 };
    list_request     r = { .where = str_from(where), .order = str_from(order) };
    house_read(h);
    read_pages(h, entity_name, r, &whole);
    for (size_t i = 0; i < countof(sizes); i++) {
        r.limit = sizes[i];
        read_pages(h, entity_name, r, &paged);
        if (paged.n != whole.n || memcmp(paged.list, whole.list, whole.n * sizeof whole.list[0]) != 0)
            fail_msg("%s WHERE %s ORDER BY %s in pages of %d: %zu rows instead of %zu, or another order", entity_name,
                     where, order, r.limit, paged.n, whole.n);
    }
    house_read_end(h);
}

static const char *const orders[] = { "",
                                      "id DESC",
                                      "name",
                                      "name DESC",
                                      "amount",
                                      "amount DESC",
                                      "due",
                                      "due DESC",
                                      "closed",
                                      "closed DESC",
                                      "created_at",
                                      "updated_at DESC",
                                      "external_id",
                                      "external_id DESC",
                                      "owner.name, id",
                                      "amount NULLS LAST",
                                      "amount, name DESC" };

static void rows_are_the_same(house *h)
{
    fill(h);
    const char *const wheres[] = { "due >= 2021-01-01 AND due < 2021-02-01",
                                   "due > 2020-06-01",
                                   "due = 2022-05-05",
                                   "due <= 2020-03-05 AND amount > 50",
                                   "due >= 2020-02-01 AND due <= 2023-06-01",
                                   "closed < 2021-01-01",
                                   "closed >= 2021-01-01T00:00:00Z AND due < 2022-01-01",
                                   "stage.kind = 'won'",
                                   "stage.kind IN ('won', 'lost')",
                                   "stage.kind = 'lost' AND due > 2021-01-01",
                                   "stage.kind = 'nothing'",
                                   "NOT due > 2020-06-01",
                                   "(due > 2021-01-01 OR amount = 3)",
                                   "due > 2030-01-01",
                                   "created_at = TODAY",
                                   "created_at < 1999-01-01",
                                   TEXT("owner IN ('%lld', '%lld')", (long long)people[0], (long long)people[3]),
                                   TEXT("owner = '%lld' AND due > 2021-01-01", (long long)people[1]),
                                   "mood = 'cross'",
                                   "mood = 'calm'",
                                   "NOT mood = 'cross' AND due > 2021-01-01",
                                   "mood != 'cross'",
                                   "mood = 'cross' OR late = 3",
                                   "mood = 'cross' AND owner = :my_team",
                                   "late > 2",
                                   "late != 2",
                                   "late = null AND mood = 'cross'",
                                   "owner = :my_team",
                                   "owner = :my_team AND due >= 2021-01-01 AND due < 2021-03-01" };
    h->c.actor = (actor){ .user = people[0], .role = ROLE_ADMINISTRATOR, .team = north };
    for (size_t w = 0; w < countof(wheres); w++)
        for (size_t o = 0; o < countof(orders); o++)
            same_rows(h, "sale", wheres[w], orders[o]);
}

static void scopes_are_kept(house *h)
{
    static const char *const wheres[] = { "",           "due > 2020-06-01", "due = 2020-05-05",
                                          "amount > 3", "owner = :me",      "owner = :my_team AND due < 2021-01-01" };
    static const char *const orders_here[] = { "", "name", "name DESC", "amount", "due DESC", "updated_at DESC" };
    const int64_t            below[] = { people[1], people[2], people[1], people[0] };
    fill(h);
    for (size_t n = 0; n <= countof(below); n++) {
        h->c.actor = (actor){ .user = people[0], .team = north, .below = below, .below_count = n };
        for (size_t w = 0; w < countof(wheres); w++)
            for (size_t o = 0; o < countof(orders_here); o++)
                same_rows(h, "secret", wheres[w], orders_here[o]);
    }
}

/* Few and many, of few people and of many. */
static void parts_are_those_of_ones_records(house *h)
{
    static const char *const wheres[] = { "name = 'n7'", "due = 2020-05-05", "name IN ('n3','n4') AND due != null" };
    static const char *const orders_here[] = { "", "name DESC", "due", "due DESC", "updated_at DESC", "external_id" };
    const int64_t            below[] = { people[1], people[2], people[1], people[3], people[4] };
    fill(h);
    for (int many = 0; many < 2; many++) {
        for (size_t n = 0; n <= countof(below); n += many ? 5 : 2) {
            h->c.actor = (actor){ .user = people[0], .team = north, .below = below, .below_count = n };
            for (size_t w = 0; w < countof(wheres); w++)
                for (size_t o = 0; o < countof(orders_here); o++)
                    same_rows(h, "clue", wheres[w], orders_here[o]);
        }
        h->c.actor = (actor){ 0 };
        if (!many)
            house_do(h, copy_clues, NULL);
    }
}

/* ---- the way that is taken ---- */

typedef struct {
    const char *where, *order;
    const char *sql;  /* a piece of the statement on SQLite; NULL: none of the marks of a way */
    const char *plan; /* and of what SQLite makes of it; NULL: not asked */
} expectation;

static str plan_of(house *h, query *q)
{
    str      sql = query_sql(q, h->a), plan = { 0 };
    db_stmt *s;
    bool     row;
    sql = arena_printf(h->a, "EXPLAIN QUERY PLAN %.*s", (int)str_find_char(sql, '\n'), sql.p);
    assert_int_equal(db_prepare(h->c.conn, sql, &s), ERR_OK);
    while (db_step(s, &row) == ERR_OK && row)
        plan = arena_printf(h->a, "%.*s%.*s\n", STR_ARG(plan), STR_ARG(db_text(s, 3)));
    db_done(s);
    return plan;
}

static void way_is(house *h, const char *entity_name, const expectation *x)
{
    static const char *const marks[] = { "CROSS JOIN", "BETWEEN" };
    query                   *q;
    list_request             r = { .where = str_from(x->where), .order = str_from(x->order), .limit = 50 };
    house_read(h);
    assert_int_equal(query_list(&h->c, snapshot_entity(h->snap, str_from(entity_name)), &r, &q), ERR_OK);
    str sql = query_sql(q, h->a);
    if (x->sql && str_find(sql, str_from(x->sql)) < 0)
        fail_msg("%s by %s: no %s in %.*s", x->where, x->order, x->sql, STR_ARG(sql));
    for (size_t i = 0; !x->sql && i < countof(marks); i++)
        if (str_find(sql, str_from(marks[i])) >= 0)
            fail_msg("%s by %s: %s in %.*s", x->where, x->order, marks[i], STR_ARG(sql));
    if (x->plan) {
        str plan = plan_of(h, q);
        if (str_find(plan, str_from(x->plan)) < 0)
            fail_msg("%s by %s: no %s in %.*s%.*s", x->where, x->order, x->plan, STR_ARG(plan), STR_ARG(sql));
    }
    house_read_end(h);
}

static void ways_are_taken(house *h)
{
    static const expectation all[] = {
        /* few of a range, by another time: off the range's index, no row fetched that is not shown */
        { "due >= 2021-01-01 AND due < 2021-02-01", "created_at", "ORDER BY +t0.\"created_at\"",
          "COVERING INDEX ix_sales_due" },
        { "due >= 2021-01-01 AND due < 2021-02-01", "closed", "ORDER BY +t0.\"closed\"",
          "COVERING INDEX ix_sales_due" },
        { "due >= 2021-01-01 AND due < 2021-02-01", "external_id DESC", "ORDER BY +t0.\"external_id_k\" DESC",
          "COVERING INDEX ix_sales_due" },
        /* many: the order's index */
        { "due >= 2020-03-01", "created_at", "+t0.\"due\" >=", "USING INDEX ix_sales_created_at" },
        /* few, by what the index does not bear */
        { "due >= 2021-01-01 AND due < 2021-02-01", "amount", "ORDER BY +t0.\"amount\"", "INDEX ix_sales_due" },
        /* many: the order's index, between two ids */
        { "due >= 2020-03-01 AND due < 2022-12-01", "amount", "+t0.\"id\" BETWEEN", "USING INDEX ix_sales_amount_id" },
        /* references that are one of few */
        { "stage.kind = 'won'", "closed", "t0.\"stage\" = $2 ORDER BY k0", "INDEX ix_sales_stage_closed (stage=?)" },
        { "stage.kind IN ('won', 'lost')", "closed DESC", "UNION ALL", "MERGE (UNION ALL)" },
        { "owner = :my_team", "amount", "UNION ALL", "INDEX ix_sales_owner_amount_id (owner=?)" },
        /* what holds for few records has an index that bears every order */
        { "mood = 'cross'", "amount", "ORDER BY +t0.\"amount\"", "COVERING INDEX ix_sales_few_cross" },
        { "mood = 'cross'", "name DESC", "\"mood\" = 'cross'", "COVERING INDEX ix_sales_few_cross" },
        { "late > 2", "due DESC", "ORDER BY +t0.\"due\" DESC", "COVERING INDEX ix_sales_few_late" },
        { "mood != 'cross'", "amount", NULL, NULL },
        { "mood = 'calm'", "amount", NULL, NULL },
        /* nothing to be gained */
        { "stage.kind = 'won'", "amount", NULL, NULL },
        { "owner = :me AND due >= 2021-01-01", "created_at", NULL, NULL },
        { "due > 2020-01-01", "due DESC", NULL, NULL },
        { "amount > 3 OR due = 2021-01-01", "name", NULL, NULL },
    };
    if (db_kind(h->d) != DB_SQLITE)
        return;
    fill(h);
    h->c.actor = (actor){ .user = people[0], .role = ROLE_ADMINISTRATOR, .team = north };
    for (size_t i = 0; i < countof(all); i++)
        way_is(h, "sale", &all[i]);
    static const int64_t    *below = people + 1;
    static const expectation mine = { "", "amount DESC", "UNION ALL", "INDEX ix_secrets_owner_amount_id (owner=?)" };
    h->c.actor = (actor){ .user = people[0], .below = below, .below_count = 2 };
    way_is(h, "secret", &mine);
    /* parts: gathered off the index that bears their orders, where the records are few; else asked one by one */
    static const expectation gathered = { "", "due DESC", "ORDER BY +t0.\"due\"", "COVERING INDEX ix_clues_secret_id" };
    static const expectation asked = { "", "due DESC", "EXISTS (SELECT 1 FROM \"secrets\" w", "INDEX ix_clues_due_id" };
    /* a range of one's own: off the owner's index */
    static const expectation range = { "due >= 2020-02-01 AND due < 2021-03-01", "amount", "ORDER BY +t0.\"amount\"",
                                       "ix_secrets_owner_due_id (owner=? AND due>? AND due<?)" };
    way_is(h, "secret", &range);
    way_is(h, "clue", &gathered);
    h->c.actor = (actor){ 0 };
    house_do(h, copy_clues, NULL);
    h->c.actor = (actor){ .user = people[0], .below = below, .below_count = 4 };
    way_is(h, "clue", &asked);
}

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

#define ON_BOTH(name)                 \
    static void test_##name(void **s) \
    {                                 \
        (void)s;                      \
        on_both(name);                \
    }
ON_BOTH(rows_are_the_same)
ON_BOTH(scopes_are_kept)
ON_BOTH(parts_are_those_of_ones_records)
ON_BOTH(ways_are_taken)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_the_same),
        cmocka_unit_test(test_scopes_are_kept),
        cmocka_unit_test(test_parts_are_those_of_ones_records),
        cmocka_unit_test(test_ways_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
