#include "deals.h"

/* ---- a small house with every type ---- */

static const choice_def colors[] = { { .key = "red" }, { .key = "green" }, { .key = "blue" } };
static const choice_def codes[] = { { .key = "CNY" }, { .key = "USD" }, { .key = "JPY" } };
#define FIELDS(list) .fields = list, .field_count = countof(list)

static const field_def user_fields[] = {
    { .name = "name", .type = FT_TEXT },
    { .name = "email", .type = FT_EMAIL },
    { .name = "team", .type = FT_REF, .target = "team" },
};
static const field_def team_fields[] = { { .name = "name", .type = FT_TEXT } };
static const field_def stage_fields[] = {
    { .name = "key", .type = FT_TEXT, .flags = FF_REQUIRED | FF_UNIQUE },
    { .name = "name", .type = FT_TEXT },
    { .name = "kind", .type = FT_TEXT },
};
static const field_def firm_fields[] = {
    { .name = "name", .type = FT_TEXT, .flags = FF_SORT },
    { .name = "industry", .type = FT_TEXT },
    { .name = "parent", .type = FT_REF, .target = "firm" },
};
static const field_def quota_fields[] = {
    { .name = "name", .type = FT_TEXT },
    { .name = "user", .type = FT_REF, .target = "user", .flags = FF_PERSONAL },
    { .name = "deal", .type = FT_REF, .target = "deal" },
};
static const field_def deal_fields[] = {
    { .name = "name", .type = FT_TEXT, .flags = FF_SORT },
    { .name = "note", .type = FT_LONG_TEXT },
    { .name = "mail", .type = FT_EMAIL },
    { .name = "phone", .type = FT_PHONE },
    { .name = "site", .type = FT_URL },
    { .name = "staff", .type = FT_INTEGER, .flags = FF_SORT },
    { .name = "weight", .type = FT_DECIMAL, .decimals = 3 },
    { .name = "amount", .type = FT_MONEY, .flags = FF_SORT },
    { .name = "currency", .type = FT_CHOICE, .choices = codes, .choice_count = countof(codes) },
    { .name = "chance", .type = FT_PERCENT },
    { .name = "close", .type = FT_DATE, .flags = FF_SORT },
    { .name = "met", .type = FT_TIME },
    { .name = "hot", .type = FT_BOOL },
    { .name = "color", .type = FT_CHOICE, .choices = colors, .choice_count = countof(colors) },
    { .name = "tints", .type = FT_MULTI_CHOICE, .choices = colors, .choice_count = countof(colors) },
    { .name = "firm", .type = FT_REF, .target = "firm" },
    { .name = "stage", .type = FT_KEYREF, .target = "stage" },
    { .name = "about", .type = FT_ANYREF },
    { .name = "extra", .type = FT_JSON },
};
static const entity_def user_def = { .name = "user", .plural = "users", FIELDS(user_fields) };
static const entity_def team_def = { .name = "team", .plural = "teams", FIELDS(team_fields) };
static const entity_def stage_def = { .name = "stage", .plural = "stages", FIELDS(stage_fields), .key = "key" };
static const entity_def firm_def = { .name = "firm", .plural = "firms", FIELDS(firm_fields), .owned = true };
static const entity_def quota_def = { .name = "quota", .plural = "quotas", FIELDS(quota_fields) };
static const entity_def deal_def = {
    .name = "deal", .plural = "deals", FIELDS(deal_fields), .currency = "currency", .owned = true
};
static const entity_def *const rooms[] = { &user_def, &team_def, &stage_def, &firm_def, &quota_def, &deal_def, NULL };

static void load_messages(void)
{
    char        path[200];
    static char text[1 << 16];
    const char *root = getenv("ZHIKE_SOURCE");
    snprintf(path, sizeof path, "%s/locale/query.en.json", root ? root : ".");
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    assert_int_equal(label_load(LANG_EN, (str){ text, (ptrdiff_t)n }), ERR_OK);
}

void deals_on_both(void (*test)(house *h))
{
    for (int engine = DB_SQLITE; engine <= DB_POSTGRES; engine++) {
        house h;
        if (!house_open(&h, (db_engine)engine, rooms))
            continue;
        load_messages();
        test(&h);
        house_close(&h);
    }
}

/* ---- records ---- */

int64_t deals_ids[NAMES];

/* "$0" … "$5" in the text become the ids of the above. */
int64_t deals_make(house *h, const char *entity_name, const char *text)
{
    char   out[1000];
    size_t n = 0;
    for (; *text; text++) {
        if (*text != '$')
            out[n++] = *text;
        else
            n += (size_t)snprintf(out + n, sizeof out - n, "%lld", (long long)deals_ids[*++text - '0']);
    }
    out[n] = 0;
    return house_create(h, entity_name, out);
}

static err remove_firm(ctx *c, void *arg)
{
    return store_delete(c, snapshot_entity(c->snap, STR("firm")), *(int64_t *)arg, 0);
}

void deals_fill(house *h)
{
    deals_ids[NORTH] = deals_make(h, "team", "{\"name\":\"North\"}");
    deals_ids[ANN] = deals_make(h, "user", "{\"name\":\"Ann\",\"email\":\"ann@x.org\",\"team\":\"$2\"}");
    deals_ids[BOB] = deals_make(h, "user", "{\"name\":\"Bob\"}");
    deals_make(h, "stage", "{\"key\":\"won\",\"name\":\"Won deals\",\"kind\":\"won\"}");
    deals_make(h, "stage", "{\"key\":\"open\",\"name\":\"Open\",\"kind\":\"open\"}");
    deals_ids[ACME] = deals_make(h, "firm", "{\"name\":\"Acme\",\"industry\":\"energy\",\"owner\":\"$0\"}");
    deals_ids[BETA] =
        deals_make(h, "firm", "{\"name\":\"beta\",\"industry\":\"Retail\",\"parent\":\"$3\",\"owner\":\"$1\"}");
    deals_ids[GONE] = deals_make(h, "firm", "{\"name\":\"Gone\",\"industry\":\"energy\",\"owner\":\"$1\"}");
    deals_make(
        h, "deal",
        "{\"name\":\"a\",\"note\":\"First LINE\",\"mail\":\"A@x.org\",\"phone\":\"+86 138\",\"site\":\"http://a.org\","
        "\"staff\":10,\"weight\":1.5,\"amount\":100.50,\"chance\":25.5,\"close\":\"2026-09-21\","
        "\"met\":\"2026-09-21T15:30:00Z\",\"hot\":true,\"color\":\"red\",\"tints\":[\"red\",\"blue\"],\"firm\":\"$3\","
        "\"stage\":\"won\",\"about\":\"firm/$3\",\"owner\":\"$0\",\"extra\":{\"k\":[1]}}");
    deals_make(h, "deal",
               "{\"name\":\"B\",\"staff\":20,\"weight\":0.125,\"amount\":200,\"currency\":\"USD\",\"chance\":50,"
               "\"close\":\"2026-08-31\",\"met\":\"2026-09-21T16:30:00Z\",\"hot\":false,\"color\":\"green\",\"tints\":["
               "\"green\"],"
               "\"firm\":\"$4\",\"stage\":\"open\",\"about\":\"user/$0\",\"owner\":\"$1\"}");
    deals_make(h, "deal",
               "{\"name\":\"c\",\"amount\":1000,\"currency\":\"JPY\",\"close\":\"2025-12-31\",\"firm\":\"$5\"}");
    deals_make(h, "deal", "{\"name\":\"50% d\",\"staff\":10,\"tints\":[\"red\",\"green\",\"blue\"],\"owner\":\"$0\"}");
    deals_make(h, "deal", "{\"note\":\"nameless\",\"close\":\"1969-12-31\",\"met\":\"1969-12-31T15:59:59.999Z\"}");
    deals_make(h, "quota", "{\"name\":\"Ann's\",\"user\":\"$0\"}");
    deals_make(h, "quota", "{\"name\":\"Bob's\",\"user\":\"$1\"}");
    house_do(h, remove_firm, &deals_ids[GONE]);
}

/* ---- reading ---- */

/* The records of the answer without the cursor. */
str deals_records(house *h, const char *text)
{
    str       all = house_query(h, text);
    ptrdiff_t cut = str_find(all, STR(",\"next\""));
    return cut < 0 ? all : str_sub(all, 11, cut);
}

void deals_answer(house *h, const answer *rows, size_t n)
{
    int wrong = 0;
    for (size_t i = 0; i < n; i++) {
        char   text[1000], expected[2000];
        size_t at = 0, out = 0;
        for (const char *p = rows[i].text; *p; p++)
            at += *p == '$' ? (size_t)snprintf(text + at, sizeof text - at, "%lld", (long long)deals_ids[*++p - '0'])
                            : (text[at] = *p, 1u);
        text[at] = 0;
        for (const char *p = rows[i].expected; *p; p++)
            out += *p == '$' ? (size_t)snprintf(expected + out, sizeof expected - out, "%lld",
                                                (long long)deals_ids[*++p - '0'])
                             : (expected[out] = *p, 1u);
        expected[out] = 0;
        str got = deals_records(h, text);
        if (str_eq(got, str_from(expected)))
            continue;
        wrong++;
        print_message("%s\n  expected %s\n  got      %.*s\n", text, expected, STR_ARG(got));
    }
    assert_int_equal(wrong, 0);
}

/* Names of the deals that a condition finds, as "a,B,-": '-' has none. */
str deals_found(house *h, const char *where)
{
    const entity *e = snapshot_entity(h->snap, STR("deal"));
    list_request  r = { .where = str_from(where), .order = STR("id"), .select = STR("name"), .limit = 200 };
    query        *q;
    buf           b;
    json_writer   w;
    house_read(h);
    err result = query_list(&h->c, e, &r, &q);
    if (result != ERR_OK)
        fail_msg("%s: %.*s at %d", where, STR_ARG(h->c.detail), (int)h->c.position);
    buf_init(&b, 1 << 16);
    json_begin(&w, &b);
    assert_int_equal(query_write(&h->c, q, &w), ERR_OK);
    house_read_end(h);
    json      *tree;
    json_fault fault;
    assert_int_equal(json_parse(h->a, buf_str(&b), &tree, &fault), ERR_OK);
    buf_clear(&b);
    for (const json *j = json_get(tree, STR("records"))->first; j; j = j->next) {
        const json *name = json_get(j, STR("name"));
        if (b.n)
            buf_putc(&b, ',');
        buf_puts(&b, json_is(name, JSON_STRING) ? name->text : STR("-"));
    }
    str out = arena_str(h->a, buf_str(&b));
    buf_free(&b);
    return out;
}

void deals_find(house *h, const answer *rows, size_t n)
{
    int wrong = 0;
    for (size_t i = 0; i < n; i++) {
        char   text[1000];
        size_t at = 0;
        for (const char *p = rows[i].text; *p; p++)
            at += *p == '$' ? (size_t)snprintf(text + at, sizeof text - at, "%lld", (long long)deals_ids[*++p - '0'])
                            : (text[at] = *p, 1u);
        text[at] = 0;
        str got = deals_found(h, text);
        if (str_eq(got, str_from(rows[i].expected)))
            continue;
        wrong++;
        print_message("%s\n  expected %s\n  got      %.*s\n", text, rows[i].expected, STR_ARG(got));
    }
    assert_int_equal(wrong, 0);
}

err deals_try(house *h, str where)
{
    list_request r = { .where = where, .select = STR("id"), .limit = 5 };
    query       *q;
    buf          b;
    json_writer  w;
    house_read(h);
    err e = query_list(&h->c, snapshot_entity(h->snap, STR("deal")), &r, &q);
    if (e == ERR_OK) {
        buf_init(&b, 1 << 16);
        json_begin(&w, &b);
        e = query_write(&h->c, q, &w);
        buf_free(&b);
    }
    house_read_end(h);
    return e;
}
