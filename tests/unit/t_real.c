/* Real companies' files, on both engines: what the database says must be what the files say, counted here by other means
 * (lines cut at commas; these files have no quotes). */
#include <unistd.h>

#include "app/registry.h"
#include "house.h"
#include "io/io.h"

static const char *data_folder(void)
{
    const char *folder = getenv("ZHIKE_TEST_DATA");
    return folder && *folder ? folder : "../shared/data";
}

static bool data_there(const char *file)
{
    char path[500];
    snprintf(path, sizeof path, "%s/%s", data_folder(), file);
    if (access(path, R_OK) == 0)
        return true;
    print_message("          no ZHIKE_TEST_DATA: skipped\n");
    return false;
}

static str slurp(arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s is not there", path);
    char  *p = arena_alloc(a, 4 << 20);
    size_t n = fread(p, 1, (4 << 20) - 1, f);
    fclose(f);
    return (str){ p, (ptrdiff_t)n };
}

static err tables_now(void *arg, snapshot **out)
{
    house *h = arg;
    str    why;
    return store_snapshot_load(h->d, rooms, h->a, out, &why);
}

static io_job job_of(house *h)
{
    return (io_job){ .a = h->a, .d = h->d, .who = { .role = ROLE_ADMINISTRATOR }, .tables = tables_now, .arg = h };
}

static void import_counts(house *h, io_import_request r, const char *wanted, io_import_result *is)
{
    io_job j = job_of(h);
    char   counts[100];
    r.rejected_path = arena_printf(h->a, "/tmp/zk_t_real_%d.rejected.csv", (int)getpid()).p;
    err e = io_import(&j, &r, is);
    snprintf(counts, sizeof counts, "%lld/%lld/%lld/%lld", (long long)is->created, (long long)is->updated,
             (long long)is->skipped, (long long)is->rejected);
    if (e != ERR_OK || strcmp(counts, wanted) != 0)
        fail_msg("%s: %s, wanted %s: %.*s\n%.*s", r.path, counts, wanted, STR_ARG(j.why), STR_ARG(is->plan));
    house_reload(h);
}

static void maven_import(house *h, const char *entity_name, const char *file, const char *map, const char *wanted,
                         io_import_result *is)
{
    const char *root = getenv("ZHIKE_SOURCE") ? getenv("ZHIKE_SOURCE") : ".";
    str         text = slurp(h->a, arena_printf(h->a, "%s/tests/data/maven/%s.json", root, map).p);
    import_counts(h,
                  (io_import_request){
                      .entity = str_from(entity_name), .path = file, .map = text, .create_missing = true },
                  wanted, is);
}

/* ---- sums by a key ---- */

typedef struct {
    str     key;
    int64_t count, sum;
} group;

typedef struct {
    group  list[400];
    size_t count;
} groups;

static void group_add(groups *g, str key, int64_t count, int64_t sum)
{
    size_t i = 0;
    while (i < g->count && !str_eq(g->list[i].key, key))
        i++;
    assert_true(i < countof(g->list));
    if (i == g->count)
        g->list[g->count++] = (group){ .key = key };
    g->list[i].count += count;
    g->list[i].sum += sum;
}

static void groups_equal(const char *what, const groups *file, const groups *base)
{
    assert_int_equal(file->count, base->count);
    for (size_t i = 0; i < file->count; i++) {
        size_t k = 0;
        while (k < base->count && !str_eq(base->list[k].key, file->list[i].key))
            k++;
        if (k == base->count)
            fail_msg("%s: no %.*s", what, STR_ARG(file->list[i].key));
        if (base->list[k].count != file->list[i].count || base->list[k].sum != file->list[i].sum)
            fail_msg("%s %.*s: %lld worth %lld, the file says %lld worth %lld", what, STR_ARG(file->list[i].key),
                     (long long)base->list[k].count, (long long)base->list[k].sum, (long long)file->list[i].count,
                     (long long)file->list[i].sum);
    }
}

/* The text at "a.b" of an answer's record. */
static str at_path(const json *j, str path)
{
    while (j && path.n > 0) {
        ptrdiff_t cut = str_find_char(path, '.');
        j = json_get(j, cut < 0 ? path : str_sub(path, 0, cut));
        path = cut < 0 ? (str){ 0 } : str_sub(path, cut + 1, path.n);
    }
    return j && j->kind != JSON_NULL ? j->text : (str){ 0 };
}

static int64_t whole(str digits)
{
    int64_t   v = 0;
    ptrdiff_t dot = str_find_char(digits, '.');
    if (digits.n > 0)
        assert_true(str_to_int64(dot < 0 ? digits : str_sub(digits, 0, dot), &v));
    return v;
}

/* keys: paths whose texts, joined by '/', are the key. */
static void ask(house *h, const char *select, const char *const *keys, size_t key_count, groups *out)
{
    json      *tree;
    json_fault fault;
    str        answer = house_query(h, select);
    out->count = 0;
    assert_int_equal(json_parse(h->a, answer, &tree, &fault), ERR_OK);
    const json *records = json_get(tree, STR("records"));
    for (const json *r = records->first; r; r = r->next) {
        str key = at_path(r, str_from(keys[0]));
        for (size_t i = 1; i < key_count; i++)
            key = arena_printf(h->a, "%.*s/%.*s", STR_ARG(key), STR_ARG(at_path(r, str_from(keys[i]))));
        group_add(out, key, whole(at_path(r, STR("n"))), whole(at_path(r, STR("s"))));
    }
}

/* ---- the seller's files, cut at commas ---- */

typedef struct {
    str cells[10];
} cut_row;

static size_t cut_file(arena *a, str text, cut_row *rows, size_t room)
{
    size_t n = 0;
    bool   header = true;
    assert_true(str_find_char(text, '"') < 0);
    while (text.n > 0) {
        ptrdiff_t end = str_find_char(text, '\n');
        str       line = end < 0 ? text : str_sub(text, 0, end);
        text = end < 0 ? (str){ 0 } : str_sub(text, end + 1, text.n);
        if (str_ends(line, STR("\r")))
            line = str_sub(line, 0, line.n - 1);
        if (line.n == 0 || header) {
            header = false;
            continue;
        }
        assert_true(n < room);
        cut_row *r = &rows[n++];
        for (size_t i = 0; i < countof(r->cells) && line.n > 0; i++) {
            ptrdiff_t comma = str_find_char(line, ',');
            r->cells[i] = arena_str(a, comma < 0 ? line : str_sub(line, 0, comma));
            line = comma < 0 ? (str){ 0 } : str_sub(line, comma + 1, line.n);
        }
    }
    return n;
}

enum { P_ID, P_AGENT, P_PRODUCT, P_ACCOUNT, P_STAGE, P_ENGAGED, P_CLOSED, P_VALUE };

static str stage_of(str theirs)
{
    if (str_eq(theirs, STR("Won")))
        return STR("won");
    if (str_eq(theirs, STR("Lost")))
        return STR("lost");
    return str_eq(theirs, STR("Engaging")) ? STR("qualification") : STR("prospecting");
}

/* "3/1/2017" → "2017/1" */
static str quarter_of(arena *a, str date)
{
    return arena_printf(a, "%.*s/%lld", 4, date.p + date.n - 4,
                        (long long)((whole(str_sub(date, 0, str_find_char(date, '/'))) + 2) / 3));
}

static str sector_of(arena *a, const cut_row *accounts, size_t n, str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(accounts[i].cells[0], name)) {
            str is = accounts[i].cells[1];
            return str_eq(is, STR("technolgy")) ? STR("technology") : arena_str(a, is);
        }
    return (str){ 0 };
}

static void compare(house *h, const cut_row *accounts, size_t account_count, const cut_row *deals, size_t n)
{
    static const char *const stage[] = { "stage" }, *const agent[] = { "owner.name" }, *const quarter[] = { "y", "q" },
                             *const sector[] = { "account.industry" };
    groups                         *file = arena_make_n(h->a, groups, 4), base;
    for (size_t i = 0; i < n; i++) {
        const str *c = deals[i].cells;
        int64_t    worth = whole(c[P_VALUE]);
        bool       won = str_eq(c[P_STAGE], STR("Won"));
        group_add(&file[0], stage_of(c[P_STAGE]), 1, worth);
        if (!won)
            continue;
        group_add(&file[1], c[P_AGENT], 1, worth);
        group_add(&file[2], quarter_of(h->a, c[P_CLOSED]), 1, worth);
        group_add(&file[3], sector_of(h->a, accounts, account_count, c[P_ACCOUNT]), 1, worth);
    }
    ask(h, "SELECT stage, COUNT() n, SUM(amount) s FROM opportunity GROUP BY stage", stage, 1, &base);
    groups_equal("stage", &file[0], &base);
    ask(h, "SELECT owner.name, COUNT() n, SUM(amount) s FROM opportunity WHERE stage = 'won' GROUP BY owner.name",
        agent, 1, &base);
    groups_equal("agent", &file[1], &base);
    ask(h,
        "SELECT CALENDAR_YEAR(close_date) y, CALENDAR_QUARTER(close_date) q, COUNT() n, SUM(amount) s FROM opportunity "
        "WHERE "
        "stage = 'won' GROUP BY CALENDAR_YEAR(close_date), CALENDAR_QUARTER(close_date)",
        quarter, 2, &base);
    groups_equal("quarter", &file[2], &base);
    ask(h,
        "SELECT account.industry, COUNT() n, SUM(amount) s FROM opportunity WHERE stage = 'won' GROUP BY "
        "account.industry",
        sector, 1, &base);
    groups_equal("sector", &file[3], &base);
}

static const char *maven_file(house *h, const char *name)
{
    return arena_printf(h->a, "%s/maven-sales/%s.csv", data_folder(), name).p;
}

/* Every row is a way to the server and back many times: PostgreSQL gets the first thousand deals. */
static const char *first_rows(house *h, const char *file, int rows)
{
    str         text = slurp(h->a, file);
    ptrdiff_t   at = 0;
    const char *path = arena_printf(h->a, "/tmp/zk_t_real_%d.csv", (int)getpid()).p;
    for (int i = 0; i <= rows && at < text.n; i++)
        at += str_find_char(str_sub(text, at, text.n), '\n') + 1;
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fwrite(text.p, 1, (size_t)at, f);
    fclose(f);
    return path;
}

static void the_seller(house *h)
{
    bool        all = db_kind(h->d) == DB_SQLITE;
    const char *pipeline = maven_file(h, "sales_pipeline"),
               *deals_file = all ? pipeline : first_rows(h, pipeline, 1000);
    cut_row         *accounts = arena_make_n(h->a, cut_row, 100), *deals = arena_make_n(h->a, cut_row, 9000);
    size_t           account_count = cut_file(h->a, slurp(h->a, maven_file(h, "accounts")), accounts, 100);
    size_t           n = cut_file(h->a, slurp(h->a, deals_file), deals, 9000);
    io_import_result is;
    io_undo_result   undone;
    io_job           j = job_of(h);
    char             counts[100];
    maven_import(h, "account", maven_file(h, "accounts"), "accounts", "85/0/0/0", &is);
    maven_import(h, "product", maven_file(h, "products"), "products", "7/0/0/0", &is);
    maven_import(h, "user", maven_file(h, "sales_teams"), "teams", "35/0/0/0", &is);
    snprintf(counts, sizeof counts, "%zu/0/0/0", n);
    maven_import(h, "opportunity", deals_file, "pipeline", counts, &is);
    compare(h, accounts, account_count, deals, n);
    if (all) {
        groups                   g;
        static const char *const stage[] = { "stage" };
        ask(h, "SELECT stage, COUNT() n, SUM(amount) s FROM opportunity WHERE stage = 'won' GROUP BY stage", stage, 1,
            &g);
        assert_int_equal(g.list[0].count, 4238);
        assert_int_equal(g.list[0].sum, 10005534);
    }
    /* Again: nothing doubles, nothing changes. */
    int64_t operation = is.operation;
    snprintf(counts, sizeof counts, "0/0/%zu/0", n);
    maven_import(h, "opportunity", deals_file, "pipeline", counts, &is);
    maven_import(h, "account", maven_file(h, "accounts"), "accounts", "0/0/85/0", &is);
    maven_import(h, "user", maven_file(h, "sales_teams"), "teams", "0/0/35/0", &is);
    compare(h, accounts, account_count, deals, n);
    /* And undone: no deal, no line, the rest as it was. */
    assert_int_equal(io_undo(&j, operation, &undone), ERR_OK);
    assert_int_equal(undone.skipped, 0);
    assert_int_equal(undone.purged, 2 * (int64_t)n);
    assert_true(str_find(house_query(h, "SELECT COUNT() FROM opportunity"), STR("\"count\":0")) >= 0);
    assert_true(str_find(house_query(h, "SELECT COUNT() FROM opportunity_line"), STR("\"count\":0")) >= 0);
    assert_true(str_find(house_query(h, "SELECT COUNT() FROM account"), STR("\"count\":85")) >= 0);
}

/* ---- Salesforce's files, without a mapping ---- */

static void count_is(house *h, const char *select, int64_t wanted)
{
    str is = house_query(h, select);
    if (str_find(is, arena_printf(h->a, "\"count\":%lld,", (long long)wanted)) < 0)
        fail_msg("%s: %.*s", select, STR_ARG(is));
}

static void an_org(house *h)
{
    static const struct {
        const char *entity_name, *file, *counts;
    } files[] = { { "account", "Account", "18/0/0/0" },
                  { "contact", "Contact", "25/0/0/0" },
                  { "opportunity", "Opportunity", "36/0/0/0" },
                  { "lead", "Lead", "22/0/0/0" } };
    io_import_result is;
    for (size_t i = 0; i < countof(files); i++)
        import_counts(h,
                      (io_import_request){
                          .entity = str_from(files[i].entity_name),
                          .path =
                              arena_printf(h->a, "%s/salesforce-dev-edition/%s.csv", data_folder(), files[i].file).p },
                      files[i].counts, &is);
    count_is(h, "SELECT COUNT() FROM contact WHERE account.name = 'Edge Communications'", 2);
    count_is(h, "SELECT COUNT() FROM lead WHERE status = 'converted' AND converted_account != null", 5);
    count_is(h, "SELECT COUNT() FROM account WHERE industry = 'electronics' AND city = 'Austin'", 1);
    count_is(h, "SELECT COUNT() FROM opportunity WHERE account = null", 0);
    count_is(h,
             "SELECT COUNT() FROM opportunity WHERE name = 'Dickenson Mobile Generators' AND close_date = 2024-02-03",
             1);
}

static void an_exchange(house *h)
{
    io_import_result is;
    import_counts(h,
                  (io_import_request){ .entity = STR("account"),
                                       .path = arena_printf(h->a, "%s/chinese-listed-companies/%s", data_folder(),
                                                            "a_share_stock_industry_GBK_4347.csv")
                                                   .p },
                  "4347/0/0/0", &is);
    count_is(h, "SELECT COUNT() FROM account WHERE name = '平安银行' AND external_id = '000001.SZ'", 1);
    count_is(h, "SELECT COUNT() FROM account WHERE industry = null", 1); /* the file has one without */
    ;
}

static void on(const char *probe, void (*test)(house *h), int engines)
{
    if (!data_there(probe))
        skip();
    for (int engine = DB_SQLITE; engine <= engines; engine++) {
        house h;
        if (!house_open(&h, (db_engine)engine, rooms))
            continue;
        test(&h);
        house_close(&h);
    }
}

static void test_the_seller(void **state)
{
    (void)state;
    on("maven-sales/accounts.csv", the_seller, DB_POSTGRES);
}

static void test_an_org(void **state)
{
    (void)state;
    on("salesforce-dev-edition/Account.csv", an_org, DB_POSTGRES);
}

static void test_an_exchange(void **state)
{
    (void)state;
    on("chinese-listed-companies/a_share_stock_industry_GBK_4347.csv", an_exchange, DB_SQLITE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_seller),
        cmocka_unit_test(test_an_org),
        cmocka_unit_test(test_an_exchange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
