/* The query language against real tables, with the same answers on both engines. */
#include "base/date.h"
#include "house.h"

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

static void on_both(void (*test)(house *h))
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

enum { ANN, BOB, NORTH, ACME, BETA, GONE, NAMES };
static int64_t ids[NAMES];

/* "$0" … "$5" in the text become the ids of the above. */
static int64_t make(house *h, const char *entity_name, const char *text)
{
    char   out[1000];
    size_t n = 0;
    for (; *text; text++) {
        if (*text != '$')
            out[n++] = *text;
        else
            n += (size_t)snprintf(out + n, sizeof out - n, "%lld", (long long)ids[*++text - '0']);
    }
    out[n] = 0;
    return house_create(h, entity_name, out);
}

static err remove_firm(ctx *c, void *arg)
{
    return store_delete(c, snapshot_entity(c->snap, STR("firm")), *(int64_t *)arg, 0);
}

static void fill(house *h)
{
    ids[NORTH] = make(h, "team", "{\"name\":\"North\"}");
    ids[ANN] = make(h, "user", "{\"name\":\"Ann\",\"email\":\"ann@x.org\",\"team\":\"$2\"}");
    ids[BOB] = make(h, "user", "{\"name\":\"Bob\"}");
    make(h, "stage", "{\"key\":\"won\",\"name\":\"Won deals\",\"kind\":\"won\"}");
    make(h, "stage", "{\"key\":\"open\",\"name\":\"Open\",\"kind\":\"open\"}");
    ids[ACME] = make(h, "firm", "{\"name\":\"Acme\",\"industry\":\"energy\",\"owner\":\"$0\"}");
    ids[BETA] = make(h, "firm", "{\"name\":\"beta\",\"industry\":\"Retail\",\"parent\":\"$3\",\"owner\":\"$1\"}");
    ids[GONE] = make(h, "firm", "{\"name\":\"Gone\",\"industry\":\"energy\",\"owner\":\"$1\"}");
    make(h, "deal",
         "{\"name\":\"a\",\"note\":\"First LINE\",\"mail\":\"A@x.org\",\"phone\":\"+86 138\",\"site\":\"http://a.org\","
         "\"staff\":10,\"weight\":1.5,\"amount\":100.50,\"chance\":25.5,\"close\":\"2026-09-21\","
         "\"met\":\"2026-09-21T15:30:00Z\",\"hot\":true,\"color\":\"red\",\"tints\":[\"red\",\"blue\"],\"firm\":\"$3\","
         "\"stage\":\"won\",\"about\":\"firm/$3\",\"owner\":\"$0\",\"extra\":{\"k\":[1]}}");
    make(h, "deal",
         "{\"name\":\"B\",\"staff\":20,\"weight\":0.125,\"amount\":200,\"currency\":\"USD\",\"chance\":50,"
         "\"close\":\"2026-08-31\",\"met\":\"2026-09-21T16:30:00Z\",\"hot\":false,\"color\":\"green\",\"tints\":["
         "\"green\"],"
         "\"firm\":\"$4\",\"stage\":\"open\",\"about\":\"user/$0\",\"owner\":\"$1\"}");
    make(h, "deal", "{\"name\":\"c\",\"amount\":1000,\"currency\":\"JPY\",\"close\":\"2025-12-31\",\"firm\":\"$5\"}");
    make(h, "deal", "{\"name\":\"50% d\",\"staff\":10,\"tints\":[\"red\",\"green\",\"blue\"],\"owner\":\"$0\"}");
    make(h, "deal", "{\"note\":\"nameless\",\"close\":\"1969-12-31\",\"met\":\"1969-12-31T15:59:59.999Z\"}");
    make(h, "quota", "{\"name\":\"Ann's\",\"user\":\"$0\"}");
    make(h, "quota", "{\"name\":\"Bob's\",\"user\":\"$1\"}");
    house_do(h, remove_firm, &ids[GONE]);
}

/* ---- reading ---- */

/* The records of the answer without the cursor. */
static str records_of(house *h, const char *text)
{
    str       all = house_query(h, text);
    ptrdiff_t cut = str_find(all, STR(",\"next\""));
    return cut < 0 ? all : str_sub(all, 11, cut);
}

typedef struct {
    const char *text, *expected;
} answer;

static void check_answers(house *h, const answer *rows, size_t n)
{
    int wrong = 0;
    for (size_t i = 0; i < n; i++) {
        char   text[1000], expected[2000];
        size_t at = 0, out = 0;
        for (const char *p = rows[i].text; *p; p++)
            at += *p == '$' ? (size_t)snprintf(text + at, sizeof text - at, "%lld", (long long)ids[*++p - '0'])
                            : (text[at] = *p, 1u);
        text[at] = 0;
        for (const char *p = rows[i].expected; *p; p++)
            out += *p == '$'
                       ? (size_t)snprintf(expected + out, sizeof expected - out, "%lld", (long long)ids[*++p - '0'])
                       : (expected[out] = *p, 1u);
        expected[out] = 0;
        str got = records_of(h, text);
        if (str_eq(got, str_from(expected)))
            continue;
        wrong++;
        print_message("%s\n  expected %s\n  got      %.*s\n", text, expected, STR_ARG(got));
    }
    assert_int_equal(wrong, 0);
}

/* Names of the deals that a condition finds, as "a,B,-": '-' has none. */
static str found(house *h, const char *where)
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

static void check_found(house *h, const answer *rows, size_t n)
{
    int wrong = 0;
    for (size_t i = 0; i < n; i++) {
        char   text[1000];
        size_t at = 0;
        for (const char *p = rows[i].text; *p; p++)
            at += *p == '$' ? (size_t)snprintf(text + at, sizeof text - at, "%lld", (long long)ids[*++p - '0'])
                            : (text[at] = *p, 1u);
        text[at] = 0;
        str got = found(h, text);
        if (str_eq(got, str_from(rows[i].expected)))
            continue;
        wrong++;
        print_message("%s\n  expected %s\n  got      %.*s\n", text, rows[i].expected, STR_ARG(got));
    }
    assert_int_equal(wrong, 0);
}

/* ---- conditions ---- */

/* The deals, in the order of their ids: a, B, c, 50% d, - (no name). It is 2026-09-21 22:13 in Shanghai. */
static void finds(house *h)
{
    static const answer rows[] = {
        { "", "a,B,c,50% d,-" },
        { "name = 'A'", "a" },
        { "name = 'ａ'", "a" },
        { "name != 'A'", "B,c,50% d,-" },
        { "NOT name = 'A'", "B,c,50% d,-" },
        { "NOT name != 'A'", "a" },
        { "name = null", "-" },
        { "name = ''", "-" },
        { "name != null", "a,B,c,50% d" },
        { "NOT name = null", "a,B,c,50% d" },
        { "name IN ('A','b','x')", "a,B" },
        { "name IN ('A','b', null)", "a,B,-" },
        { "name NOT IN ('A','b')", "c,50% d,-" },
        { "NOT name IN ('A','b')", "c,50% d,-" },
        { "name NOT IN ('A', null)", "B,c,50% d" },
        { "name IN (null)", "-" },
        { "name NOT IN (null)", "a,B,c,50% d" },
        { "name > 'a'", "B,c" },
        { "name >= 'A'", "a,B,c" },
        { "name < 'b'", "a,50% d" },
        { "name <= 'b'", "a,B,50% d" },
        { "NOT name > 'a'", "a,50% d,-" },
        { "name LIKE '%'", "a,B,c,50% d" },
        { "name LIKE '_'", "a,B,c" },
        { "name LIKE '50\\% %'", "50% d" },
        { "name LIKE '50\\_%'", "" },
        { "name LIKE 'b%'", "B" },
        { "NOT name LIKE 'b%'", "a,c,50% d,-" },
        { "name NOT LIKE 'b%'", "a,c,50% d,-" },
        { "note = 'first line'", "a" },
        { "note LIKE '%LINE'", "a" },
        { "note = null", "B,c,50% d" },
        { "mail = 'a@X.ORG'", "a" },
        { "staff = 10", "a,50% d" },
        { "staff = 10.5", "" },
        { "staff != 10.5", "a,B,c,50% d,-" },
        { "staff > 9.5", "a,B,50% d" },
        { "staff >= 10.5", "B" },
        { "staff < 10.5", "a,50% d" },
        { "staff <= 19.5", "a,50% d" },
        { "staff < 20", "a,50% d" },
        { "NOT staff < 20", "B,c,-" },
        { "staff IN (10, 20.5, 20)", "a,B,50% d" },
        { "staff NOT IN (10)", "B,c,-" },
        { "staff = 1e1", "a,50% d" },
        { "staff > -1", "a,B,50% d" },
        { "weight = 1.5", "a" },
        { "weight = 0.1250", "B" },
        { "weight > 0.1249999", "a,B" },
        { "amount = 100.5", "a" },
        { "amount = 200", "B" },
        { "amount = 1000", "c" },
        { "amount > 150", "B,c" },
        { "amount < 150", "a" },
        { "NOT amount < 150", "B,c,50% d,-" },
        { "amount >= 1000", "c" },
        { "amount > 999.5", "c" },
        { "amount < 1000.5", "a,B,c" },
        { "amount = 1000.5", "" },
        { "amount IN (100.5, 1000)", "a,c" },
        { "amount NOT IN (100.5, 1000)", "B,50% d,-" },
        { "amount = null", "50% d,-" },
        { "currency = 'usd'", "B" },
        { "currency = 'xxx'", "" },
        { "currency != 'xxx'", "a,B,c,50% d,-" },
        { "chance = 25.5", "a" },
        { "chance >= 25.505", "B" },
        { "close = 2026-09-21", "a" },
        { "close != 2026-09-21", "B,c,50% d,-" },
        { "close = TODAY", "a" },
        { "close = THIS_MONTH", "a" },
        { "close = LAST_MONTH", "B" },
        { "close = THIS_YEAR", "a,B" },
        { "close = LAST_YEAR", "c" },
        { "close < THIS_YEAR", "c,-" },
        { "close <= LAST_MONTH", "B,c,-" },
        { "close > LAST_MONTH", "a" },
        { "close >= LAST_MONTH", "a,B" },
        { "close != THIS_YEAR", "c,50% d,-" },
        { "NOT close = THIS_YEAR", "c,50% d,-" },
        { "close IN (TODAY, LAST_MONTH, 2025-12-31)", "a,B,c" },
        { "close NOT IN (TODAY, LAST_MONTH)", "c,50% d,-" },
        { "close = LAST_N_DAYS:21", "a,B" },
        { "close < 1970-01-01", "-" },
        { "met = 2026-09-21T15:30:00Z", "a" },
        { "met = 2026-09-21T23:30:00+08:00", "a" },
        { "met = TODAY", "a" },
        { "met = 2026-09-22", "B" },
        { "met = TOMORROW", "B" },
        { "met != TODAY", "B,c,50% d,-" },
        { "met < TODAY", "-" },
        { "met > 2026-09-21", "B" },
        { "met <= 2026-09-21", "a,-" },
        { "hot = true", "a" },
        { "hot = false", "B" },
        { "hot != true", "B,c,50% d,-" },
        { "color = 'RED'", "a" },
        { "color IN ('red','green','mauve')", "a,B" },
        { "color NOT IN ('red','mauve')", "B,c,50% d,-" },
        { "color LIKE 'gr%'", "B" },
        { "tints = 'blue;red'", "a" },
        { "tints != 'blue;red'", "B,c,50% d,-" },
        { "tints INCLUDES ('red')", "a,50% d" },
        { "tints INCLUDES ('red;green','mauve')", "50% d" },
        { "tints INCLUDES ('green','blue')", "a,B,50% d" },
        { "tints EXCLUDES ('green')", "a,c,-" },
        { "NOT tints EXCLUDES ('green')", "B,50% d" },
        { "firm = '$3'", "a" },
        { "firm != '$3'", "B,c,50% d,-" },
        { "firm IN ('$3','$4')", "a,B" },
        { "firm = null", "50% d,-" },
        { "firm.name = 'BETA'", "B" },
        { "firm.name != 'BETA'", "a,c,50% d,-" },
        { "firm.name = null", "50% d,-" },
        { "firm.id = '$4'", "B" },
        { "firm.name = 'gone'", "c" },
        { "firm.parent.name = 'acme'", "B" },
        { "firm.parent.owner.team.name = 'north'", "B" },
        { "firm.industry IN ('energy','retail') AND firm.parent = null", "a,c" },
        { "stage = 'WON'", "a" },
        { "stage != 'won'", "B,c,50% d,-" },
        { "stage IN ('won','open')", "a,B" },
        { "stage NOT IN ('won')", "B,c,50% d,-" },
        { "stage = null", "c,50% d,-" },
        { "stage.kind = 'open'", "B" },
        { "stage.name LIKE '%deals'", "a" },
        { "about = 'firm/$3'", "a" },
        { "about = 'user/$3'", "" },
        { "about != 'firm/$3'", "B,c,50% d,-" },
        { "about IN ('firm/$3','user/$0')", "a,B" },
        { "about NOT IN ('firm/$3')", "B,c,50% d,-" },
        { "about.entity = 'user'", "B" },
        { "about.entity != 'user'", "a,c,50% d,-" },
        { "about = null", "c,50% d,-" },
        { "extra != null", "a" },
        { "owner = '$0'", "a,50% d" },
        { "owner.email = 'ann@x.org'", "a,50% d" },
        { "owner = :my_team", "" },
        { "CALENDAR_YEAR(close) = 2026", "a,B" },
        { "CALENDAR_MONTH(close) IN (8, 12)", "B,c,-" },
        { "CALENDAR_YEAR(met) = 1969", "-" },
        { "DAY_ONLY(met) = 2026-09-22", "B" },
        { "DAY_ONLY(met) = TODAY", "a" },
        { "HOUR_IN_DAY(met) >= 23", "a,-" },
        { "HOUR_IN_DAY(met) = 0", "B" },
        { "id IN (SELECT deal FROM quota)", "" },
        { "firm IN (SELECT id FROM firm WHERE industry = 'energy')", "a" },
        { "firm NOT IN (SELECT id FROM firm WHERE industry = 'energy')", "B,c,50% d,-" },
        { "NOT firm IN (SELECT id FROM firm)", "c,50% d,-" },
        { "firm IN (SELECT parent FROM firm WHERE owner.name = 'Bob')", "a" },
        { "firm NOT IN (SELECT parent FROM firm)", "B,c,50% d,-" },
        { "owner IN (SELECT user FROM quota WHERE name LIKE 'Ann%')", "a,50% d" },
        { "about IN (SELECT id FROM firm)", "a" },
        { "about NOT IN (SELECT id FROM firm)", "B,c,50% d,-" },
        { "firm IN (SELECT id FROM firm WHERE owner IN (SELECT id FROM user WHERE team.name = 'North'))", "a" },
        { "stage IN (SELECT id FROM stage WHERE kind = 'won')", "a" },
        { "name = 'a' OR name = 'b' AND staff = 99", "a" },
        { "(name = 'a' OR name = 'b') AND staff = 20", "B" },
        { "NOT (name = 'a' OR staff = 20)", "c,50% d,-" },
        { "NOT (name = 'a' AND staff = 20)", "a,B,c,50% d,-" },
        { "NOT NOT name = 'a'", "a" },
    };
    fill(h);
    check_found(h, rows, countof(rows));
}

/* ---- answers ---- */

static void answers(house *h)
{
    static const answer rows[] = {
        { "SELECT name FROM deal ORDER BY name",
          "[{\"name\":null},{\"name\":\"50% d\"},{\"name\":\"a\"},{\"name\":\"B\"},"
          "{\"name\":\"c\"}]" },
        { "SELECT name n FROM deal ORDER BY name DESC LIMIT 2", "[{\"n\":\"c\"},{\"n\":\"B\"}]" },
        { "SELECT staff FROM deal ORDER BY staff DESC NULLS FIRST LIMIT 3", "[{\"staff\":null},{\"staff\":null},"
                                                                            "{\"staff\":20}]" },
        { "SELECT staff FROM deal ORDER BY staff NULLS LAST LIMIT 3",
          "[{\"staff\":10},{\"staff\":10},{\"staff\":20}]" },
        { "SELECT name FROM deal ORDER BY stage DESC, name LIMIT 3",
          "[{\"name\":\"a\"},{\"name\":\"B\"},{\"name\":null}]" },
        { "SELECT amount, currency FROM deal WHERE amount != null ORDER BY id",
          "[{\"amount\":100.5,\"currency\":null},{\"amount\":200,\"currency\":\"USD\"},"
          "{\"amount\":1000,\"currency\":\"JPY\"}]" },
        { "SELECT weight, chance, close, met, hot, tints, extra FROM deal WHERE name = 'a'",
          "[{\"weight\":1.5,\"chance\":25.5,\"close\":\"2026-09-21\",\"met\":\"2026-09-21T15:30:00Z\",\"hot\":true,"
          "\"tints\":[\"red\",\"blue\"],\"extra\":{\"k\":[1]}}]" },
        { "SELECT firm, firm.industry, firm.parent.name, stage, about, about.entity FROM deal WHERE name = 'b'",
          "[{\"firm\":{\"id\":\"$4\",\"name\":\"beta\",\"industry\":\"Retail\",\"parent\":{\"name\":\"Acme\"}},"
          "\"stage\":\"open\",\"about\":{\"entity\":\"user\",\"id\":\"$0\",\"name\":\"Ann\"}}]" },
        { "SELECT firm.name, firm.parent.name, stage.kind FROM deal WHERE name = 'c'",
          "[{\"firm\":{\"name\":\"Gone\",\"parent\":null},\"stage\":null}]" },
        { "SELECT stage, stage.kind, firm.id FROM deal WHERE name IN ('a', 'c')",
          "[{\"stage\":{\"key\":\"won\",\"kind\":\"won\"},\"firm\":{\"id\":\"$3\"}},"
          "{\"stage\":null,\"firm\":{\"id\":\"$5\"}}]" },
        { "SELECT COUNT() FROM deal WHERE staff = 10", "{\"count\":2,\"records\":[]}" },
        { "SELECT COUNT() n FROM deal", "[{\"n\":5}]" },
        { "SELECT COUNT(id), COUNT(staff) s, COUNT_DISTINCT(staff) d, SUM(staff), MIN(close), MAX(met) FROM deal",
          "[{\"expr0\":5,\"s\":3,\"d\":2,\"expr1\":40,\"expr2\":\"1969-12-31\",\"expr3\":\"2026-09-21T16:30:00Z\"}]" },
        { "SELECT SUM(staff), AVG(staff), MAX(close), COUNT(id) FROM deal WHERE name = 'nobody'",
          "[{\"expr0\":null,\"expr1\":null,\"expr2\":null,\"expr3\":0}]" },
        { "SELECT AVG(staff) a, AVG(weight) w, AVG(chance) c FROM deal",
          "[{\"a\":13.333333333333334,\"w\":0.8125,\"c\":37.75}]" },
        { "SELECT SUM(amount) s, AVG(amount) a, MIN(amount) m FROM deal WHERE currency = 'JPY'",
          "[{\"s\":1000,\"a\":1000,\"m\":1000}]" },
        { "SELECT currency, SUM(amount) s FROM deal WHERE amount != null GROUP BY currency",
          "[{\"currency\":null,\"s\":100.5},{\"currency\":\"JPY\",\"s\":1000},{\"currency\":\"USD\",\"s\":200}]" },
        { "SELECT amount, COUNT(id) FROM deal GROUP BY amount",
          "[{\"amount\":null,\"expr0\":2},{\"amount\":1000,\"expr0\":1},{\"amount\":100.5,\"expr0\":1},"
          "{\"amount\":200,\"expr0\":1}]" },
        { "SELECT owner.name, COUNT(id) n FROM deal GROUP BY owner.name ORDER BY n DESC, owner.name LIMIT 2",
          "[{\"owner\":{\"name\":null},\"n\":2},{\"owner\":{\"name\":\"Ann\"},\"n\":2}]" },
        { "SELECT owner, COUNT(id) FROM deal WHERE owner != null GROUP BY owner",
          "[{\"owner\":{\"id\":\"$0\",\"name\":\"Ann\"},\"expr0\":2},{\"owner\":{\"id\":\"$1\",\"name\":\"Bob\"},"
          "\"expr0\":1}]" },
        { "SELECT stage, COUNT(id) FROM deal GROUP BY stage",
          "[{\"stage\":null,\"expr0\":3},{\"stage\":\"open\",\"expr0\":1},{\"stage\":\"won\",\"expr0\":1}]" },
        { "SELECT firm.industry, COUNT(id) FROM deal GROUP BY firm.industry",
          "[{\"firm\":{\"industry\":null},\"expr0\":2},{\"firm\":{\"industry\":\"energy\"},\"expr0\":2},"
          "{\"firm\":{\"industry\":\"Retail\"},\"expr0\":1}]" },
        { "SELECT staff, COUNT(id) n FROM deal GROUP BY staff HAVING COUNT(id) > 1 ORDER BY staff DESC",
          "[{\"staff\":10,\"n\":2},{\"staff\":null,\"n\":2}]" },
        { "SELECT staff FROM deal GROUP BY staff HAVING SUM(weight) > 1 OR AVG(chance) = 50 ORDER BY staff",
          "[{\"staff\":10},{\"staff\":20}]" },
        { "SELECT currency FROM deal GROUP BY currency HAVING SUM(amount) >= 200 AND NOT MAX(amount) > 999.5",
          "[{\"currency\":\"USD\"}]" },
        { "SELECT CALENDAR_YEAR(close) y, CALENDAR_QUARTER(close) q, COUNT(id) n FROM deal WHERE close != null "
          "GROUP BY CALENDAR_YEAR(close), CALENDAR_QUARTER(close) ORDER BY CALENDAR_YEAR(close) DESC",
          "[{\"y\":2026,\"q\":3,\"n\":2},{\"y\":2025,\"q\":4,\"n\":1},{\"y\":1969,\"q\":4,\"n\":1}]" },
        { "SELECT DAY_ONLY(met), COUNT(id) FROM deal GROUP BY DAY_ONLY(met) ORDER BY DAY_ONLY(met) DESC",
          "[{\"expr0\":\"2026-09-22\",\"expr1\":1},{\"expr0\":\"2026-09-21\",\"expr1\":1},"
          "{\"expr0\":\"1969-12-31\",\"expr1\":1},{\"expr0\":null,\"expr1\":2}]" },
        { "SELECT CALENDAR_YEAR(close) a, CALENDAR_QUARTER(close) b, CALENDAR_MONTH(close) c, DAY_IN_MONTH(close) d, "
          "DAY_IN_WEEK(close) e, DAY_IN_YEAR(close) f, WEEK_IN_MONTH(close) g, WEEK_IN_YEAR(close) h, "
          "FISCAL_YEAR(close) i, "
          "FISCAL_QUARTER(close) j, FISCAL_MONTH(close) k FROM deal WHERE name IN ('a', 'c', null) ORDER BY id",
          "[{\"a\":2026,\"b\":3,\"c\":9,\"d\":21,\"e\":2,\"f\":264,\"g\":3,\"h\":38,\"i\":2026,\"j\":3,\"k\":9},"
          "{\"a\":2025,\"b\":4,\"c\":12,\"d\":31,\"e\":4,\"f\":365,\"g\":5,\"h\":53,\"i\":2025,\"j\":4,\"k\":12},"
          "{\"a\":1969,\"b\":4,\"c\":12,\"d\":31,\"e\":4,\"f\":365,\"g\":5,\"h\":53,\"i\":1969,\"j\":4,\"k\":12}]" },
        { "SELECT HOUR_IN_DAY(met) h FROM deal WHERE met != null ORDER BY id", "[{\"h\":23},{\"h\":0},{\"h\":23}]" },
    };
    fill(h);
    check_answers(h, rows, countof(rows));
}

/* ---- the fiscal year, zones with summer time ---- */

static void fiscal_and_zones(house *h)
{
    static const answer april[] = {
        { "SELECT FISCAL_YEAR(close) y, FISCAL_QUARTER(close) q, FISCAL_MONTH(close) m FROM deal ORDER BY close",
          "[{\"y\":2025,\"q\":4,\"m\":12},{\"y\":2026,\"q\":1,\"m\":1}]" },
    };
    static const answer berlin[] = {
        { "SELECT HOUR_IN_DAY(met) h, DAY_ONLY(met) d FROM deal ORDER BY met",
          "[{\"h\":1,\"d\":\"2026-03-29\"},{\"h\":3,\"d\":\"2026-03-29\"}]" },
    };
    make(h, "deal", "{\"name\":\"x\",\"close\":\"2026-03-31\",\"met\":\"2026-03-29T00:59:59Z\"}");
    make(h, "deal", "{\"name\":\"y\",\"close\":\"2026-04-01\",\"met\":\"2026-03-29T01:00:00Z\"}");
    snapshot changed = *h->snap;
    changed.fiscal_start_month = 4;
    h->c.snap = &changed;
    check_answers(h, april, countof(april));
    h->c.snap = h->snap;
    h->c.zone = STR("Europe/Berlin");
    check_answers(h, berlin, countof(berlin));
}

/* ---- what is refused ---- */

typedef struct {
    const char *text;
    int         at;
    const char *detail;
    err         e;
} refused;

static void refuses(house *h)
{
    static const refused rows[] = {
        { "SELECT nothing FROM deal", 7, "there is no field “nothing”", ERR_MALFORMED },
        { "SELECT name FROM deals", 17, "there is no entity “deals”", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE nam = 'x'", 28, "there is no field “nam”", ERR_MALFORMED },
        { "SELECT firm.nam FROM deal", 12, "there is no field “nam”", ERR_MALFORMED },
        { "SELECT name.x FROM deal", 7, "name is no reference that can be followed", ERR_MALFORMED },
        { "SELECT about.name FROM deal", 7, "about is no reference that can be followed", ERR_MALFORMED },
        { "SELECT name, name FROM deal", 13, "name stands twice", ERR_MALFORMED },
        { "SELECT name, staff name FROM deal", 13, "name stands twice", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm = 'acme'", 35, "an id in quotes", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm = ''", 35, "an id in quotes", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm = 7", 35, "an id in quotes", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm IN ('1','x')", 41, "an id in quotes", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm = '0'", 35, "an id in quotes", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE about = '7'", 36, "a record was", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE about = 'firm/x'", 36, "a record", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm = :me", 35, ":me is a user", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm = :my_team", 35, ":my_team is a team", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm LIKE 'a%'", 28, "firm cannot be compared", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE hot > true", 28, "hot cannot be compared", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE name < null", 35, "null can only", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE name < ''", 35, "null can only", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE staff = 99999999999999999999", 36, "this number is too large", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE close = '2026-01-01'", 36, "dates and times stand without quotes",
          ERR_MALFORMED },
        { "SELECT name FROM deal WHERE SUM(staff) > 5", 28, "aggregates stand behind HAVING", ERR_MALFORMED },
        { "SELECT staff FROM deal GROUP BY staff HAVING staff > 5", 45, "behind HAVING stand aggregates",
          ERR_MALFORMED },
        { "SELECT name, COUNT(id) FROM deal", 7, "name must stand behind GROUP BY", ERR_MALFORMED },
        { "SELECT name FROM deal GROUP BY staff", 7, "name must stand", ERR_MALFORMED },
        { "SELECT COUNT(id) FROM deal GROUP BY staff ORDER BY name", 51, "name must stand", ERR_MALFORMED },
        { "SELECT COUNT(id) FROM deal GROUP BY note", 36, "note cannot be grouped by", ERR_MALFORMED },
        { "SELECT COUNT(id) FROM deal GROUP BY met", 36, "met cannot be grouped by", ERR_MALFORMED },
        { "SELECT COUNT(id) FROM deal GROUP BY SUM(staff)", 36, "staff cannot be grouped by", ERR_MALFORMED },
        { "SELECT SUM(name) FROM deal", 7, "this aggregate cannot be made of name", ERR_MALFORMED },
        { "SELECT MAX(name) FROM deal", 7, "this aggregate cannot be made of name", ERR_MALFORMED },
        { "SELECT AVG(close) FROM deal", 7, "this aggregate cannot be made of close", ERR_MALFORMED },
        { "SELECT CALENDAR_YEAR(name) FROM deal", 7, "this function wants a date", ERR_MALFORMED },
        { "SELECT HOUR_IN_DAY(close) FROM deal", 7, "this function wants a time", ERR_MALFORMED },
        { "SELECT name FROM deal ORDER BY note", 31, "note has no order", ERR_MALFORMED },
        { "SELECT name FROM deal ORDER BY firm", 31, "firm has no order", ERR_MALFORMED },
        { "SELECT name FROM deal ORDER BY COUNT(id)", 31, "there is nothing to aggregate", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE name IN (SELECT id FROM firm)", 28, "only ids and references", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm IN (SELECT name FROM firm)", 44, "this field does not hold",
          ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm IN (SELECT id FROM deal)", 44, "this field does not hold", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm IN (SELECT id, name FROM firm)", 48, "the SELECT in paren", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm IN (SELECT id FROM firm LIMIT 5)", 57, "the SELECT in paren",
          ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm IN (SELECT COUNT(id) FROM firm)", 44, "the SELECT in paren",
          ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm IN (SELECT id FROM zk_password)", 52, "there is no entity", ERR_MALFORMED },
        { "SELECT SUM(amount) FROM deal", -1, "The amounts are in several currencies", ERR_INVALID },
        { "SELECT name FROM deal WHERE staff = 1; DROP TABLE deals", 37, "this character has no meaning",
          ERR_MALFORMED },
    };
    fill(h);
    int wrong = 0;
    for (size_t i = 0; i < countof(rows); i++) {
        query      *q;
        buf         b;
        json_writer w;
        house_read(h);
        buf_init(&b, 1 << 16);
        json_begin(&w, &b);
        err e = query_select(&h->c, str_from(rows[i].text), &q);
        if (e == ERR_OK)
            e = query_write(&h->c, q, &w);
        bool right = e == rows[i].e && h->c.position == rows[i].at && str_starts(h->c.detail, str_from(rows[i].detail));
        if (!right) {
            wrong++;
            print_message("%s\n  %s at %d: %.*s\n", rows[i].text, err_name(e), (int)h->c.position,
                          STR_ARG(h->c.detail));
        }
        if (e == ERR_INVALID)
            assert_true(h->c.problem_count == 1 && str_eq(h->c.problems[0].code, STR("mixed_currencies")));
        buf_free(&b);
        house_read_end(h);
    }
    assert_int_equal(wrong, 0);
}

/* HAVING does not hide a group that has no sum. */
static void mixed_groups_are_refused(house *h)
{
    query      *q;
    buf         b;
    json_writer w;
    fill(h);
    house_read(h);
    buf_init(&b, 1 << 16);
    json_begin(&w, &b);
    assert_int_equal(query_select(&h->c, STR("SELECT hot FROM deal GROUP BY hot HAVING SUM(amount) > 999999"), &q),
                     ERR_OK);
    assert_int_equal(query_write(&h->c, q, &w), ERR_OK);
    house_read_end(h);
    make(h, "deal", "{\"name\":\"y\",\"hot\":true,\"amount\":5,\"currency\":\"USD\"}");
    house_read(h);
    json_begin(&w, &b);
    assert_int_equal(query_select(&h->c, STR("SELECT hot FROM deal GROUP BY hot HAVING SUM(amount) > 999999"), &q),
                     ERR_OK);
    assert_int_equal(query_write(&h->c, q, &w), ERR_INVALID);
    house_read_end(h);
    buf_free(&b);
}

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

static err tries(house *h, str where)
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
    fill(h);
    for (size_t i = 0; i < e->field_count; i++)
        for (size_t k = 0; k < countof(operators); k++) {
            const field *f = &e->fields[i];
            const char  *literal = literal_for(f->type);
            bool         taken = literal && (type_of(f)->operators & operators[k].needs) != 0;
            str          where = arena_printf(h->a, "%.*s%s%s%s", STR_ARG(f->name), operators[k].before,
                                     literal ? literal : "'x'", operators[k].after);
            err          got = tries(h, where);
            err          not_it = tries(h, arena_printf(h->a, "NOT %.*s", STR_ARG(where)));
            if (got != (taken ? ERR_OK : ERR_MALFORMED) || not_it != got) {
                wrong++;
                print_message("%.*s: %s, NOT: %s\n", STR_ARG(where), err_name(got), err_name(not_it));
            }
        }
    for (size_t i = 0; i < e->field_count; i++) {
        assert_int_equal(tries(h, arena_printf(h->a, "%.*s = null", STR_ARG(e->fields[i].name))), ERR_OK);
        assert_int_equal(tries(h, arena_printf(h->a, "NOT %.*s = null", STR_ARG(e->fields[i].name))), ERR_OK);
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
            err  got = tries(h, where);
            if (got != (taken ? ERR_OK : ERR_MALFORMED))
                fail_msg("%.*s: %s", STR_ARG(where), err_name(got));
            if (!taken)
                assert_int_equal(h->c.position, f->name.n + 3);
        }
    }
}

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
            n += (size_t)snprintf(t + n, sizeof t - n, ",\"firm\":\"%lld\"", (long long)ids[roll(2) ? ACME : BETA]);
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
    fill(h);
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

static void orders_are_the_same(house *h)
{
    many m = { 60 };
    seed = 4242;
    fill(h);
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
        for (size_t k = 0; k < here.n; k++)
            here.list[k] -= ids[ANN];
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
    fill(h);
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
    fill(h);
    assert_int_equal(tries(h, repeated(h, "staff IN (", ",7", 2000, ")")), ERR_OK);
    assert_int_equal(tries(h, repeated(h, "staff IN (", ",7", 2001, ")")), ERR_MALFORMED);
    assert_int_equal(tries(h, repeated(h, "amount IN (", ",7", 2000, ")")), ERR_OK);
    assert_int_equal(tries(h, repeated(h, "met NOT IN (", ",TODAY", 2000, ")")), ERR_OK);
    assert_int_equal(tries(h, repeated(h, "about IN (", ",'firm/7'", 2000, ")")), ERR_OK);
    assert_int_equal(tries(h, repeated(h, "stage IN (", ",'won'", 2000, ")")), ERR_OK);
    assert_int_equal(tries(h, repeated(h, "tints INCLUDES (", ",'red;blue;green'", 64, ")")), ERR_OK);
    assert_int_equal(tries(h, repeated(h, "tints INCLUDES (", ",'red'", 65, ")")), ERR_MALFORMED);
    assert_int_equal(tries(h, repeated(h, "tints INCLUDES ('", ";red", 65, "')")), ERR_MALFORMED);
    assert_int_equal(tries(h, repeated(h, "staff = 1", " OR staff = 1 AND amount > 5", 330, "")), ERR_MALFORMED);
    assert_int_equal(tries(h, repeated(h, "staff = 1 OR ", " staff = 1 OR", 600, " staff = 2")), ERR_OK);
    assert_int_equal(tries(h, repeated(h, "amount = 1 OR ", " amount > 1 OR", 600, " staff = 2")), ERR_OK);
    h->c.zone = STR("Europe/Berlin");
    assert_int_equal(tries(h, repeated(h, "staff = 1 OR ", " HOUR_IN_DAY(met) = 1 OR", 10, " staff = 2")), ERR_OK);
    assert_int_equal(tries(h, repeated(h, "staff = 1 OR ", " HOUR_IN_DAY(met) = 1 OR", 500, " staff = 2")),
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
            e = tries(h, buf_str(&b));
        }
        if (e != ERR_OK) {
            assert_true(str_starts(h->c.detail, STR("where: the query follows too many")));
            buf_free(&b);
            return;
        }
    }
    fail_msg("nothing was refused");
}

/* ---- rights ---- */

static void rights_are_put_in(house *h)
{
    int64_t below[1];
    fill(h);
    make(h, "quota", "{\"name\":\"nobody's\"}");
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
    h->c.actor = (actor){ .user = ids[ANN], .role = ROLE_MEMBER, .team = ids[NORTH], .below = below };
    check_answers(h, mine, countof(mine));
    below[0] = ids[BOB];
    h->c.actor.below_count = 1;
    static const answer ours[] = { { "SELECT COUNT() FROM quota", "{\"count\":2,\"records\":[]}" } };
    check_answers(h, ours, countof(ours));
}

/* ---- one record, counts, matches ---- */

static void one_record(house *h)
{
    fill(h);
    const entity *e = snapshot_entity(h->snap, STR("firm"));
    buf           b;
    json_writer   w;
    int64_t       version = 0;
    buf_init(&b, 1 << 16);
    json_begin(&w, &b);
    house_read(h);
    assert_int_equal(query_record(&h->c, e, ids[BETA], &w, &version), ERR_OK);
    assert_int_equal(version, 1);
    str expected =
        arena_printf(h->a,
                     "{\"id\":\"%lld\",\"name\":\"beta\",\"industry\":\"Retail\",\"parent\":{\"id\":\"%lld\","
                     "\"name\":\"Acme\"},\"owner\":{\"id\":\"%lld\",\"name\":\"Bob\"},\"external_id\":null",
                     (long long)ids[BETA], (long long)ids[ACME], (long long)ids[BOB]);
    if (!str_starts(buf_str(&b), expected))
        fail_msg("%.*s", STR_ARG(buf_str(&b)));
    json_begin(&w, &b);
    assert_int_equal(query_record(&h->c, e, ids[GONE], &w, &version), ERR_NOT_FOUND);
    assert_int_equal(query_record(&h->c, e, ids[ANN], &w, &version), ERR_NOT_FOUND);
    assert_int_equal(query_record(&h->c, e, 987654321, &w, &version), ERR_NOT_FOUND);
    h->c.actor = (actor){ .user = ids[ANN], .role = ROLE_MEMBER };
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
    fill(h);
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
    list_request related = { .via = entity_field(e, STR("firm")), .via_id = ids[ACME] };
    assert_int_equal(query_count(&h->c, e, &related, false, &n), ERR_OK);
    assert_int_equal(n, 1);
    list_request about = { .via = entity_field(e, STR("about")), .via_id = ids[ACME], .via_entity = STR("firm") };
    assert_int_equal(query_count(&h->c, e, &about, false, &n), ERR_OK);
    assert_int_equal(n, 1);
    about.via_entity = STR("user");
    assert_int_equal(query_count(&h->c, e, &about, false, &n), ERR_OK);
    assert_int_equal(n, 0);
    house_read_end(h);
}

#define BOTH(name)                    \
    static void test_##name(void **s) \
    {                                 \
        (void)s;                      \
        on_both(name);                \
    }
BOTH(finds)
BOTH(answers)
BOTH(fiscal_and_zones)
BOTH(refuses)
BOTH(mixed_groups_are_refused)
BOTH(each_type_with_each_operator)
BOTH(each_type_refuses_other_literals)
BOTH(pages_are_the_whole_list)
BOTH(orders_are_the_same)
BOTH(foreign_cursors_are_refused)
BOTH(large_queries)
BOTH(many_tables)
BOTH(rights_are_put_in)
BOTH(one_record)
BOTH(counts_and_ids)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_fiscal_and_zones),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_mixed_groups_are_refused),
        cmocka_unit_test(test_each_type_with_each_operator),
        cmocka_unit_test(test_each_type_refuses_other_literals),
        cmocka_unit_test(test_pages_are_the_whole_list),
        cmocka_unit_test(test_orders_are_the_same),
        cmocka_unit_test(test_foreign_cursors_are_refused),
        cmocka_unit_test(test_large_queries),
        cmocka_unit_test(test_many_tables),
        cmocka_unit_test(test_rights_are_put_in),
        cmocka_unit_test(test_one_record),
        cmocka_unit_test(test_counts_and_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
