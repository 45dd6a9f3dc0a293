/* Real companies' files, on both engines: what the database says must be what the files say, counted here by other means
 * (lines cut at commas; these files have no quotes). */
#include <unistd.h>

#include "app/registry.h"
#include "house.h"
#include "io/io.h"
#include "rooms/forecast/forecast.h"
#include "rooms/opportunity/opportunity.h"

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

/* ---- the same through the views: FCST-10, FCST-13, COMP-5's dimensions, WINLOSS-1, WINLOSS-3, WINLOSS-5 ---- */

static const json *view_says(house *h, const view_def *views, size_t count, const char *name, const char *first,
                             const char *second, const char *third)
{
    const char *const values[8] = { first, second, third };
    const view_def   *v = NULL;
    buf               b;
    json_writer       w;
    json             *tree;
    json_fault        fault;
    for (size_t i = 0; i < count; i++)
        if (strcmp(views[i].name, name) == 0)
            v = &views[i];
    assert_non_null(v);
    buf_init(&b, 64 << 20);
    json_begin(&w, &b);
    house_read(h);
    assert_int_equal(v->run(&h->c, values, &w), ERR_OK);
    house_read_end(h);
    str text = arena_str(h->a, buf_str(&b));
    buf_free(&b);
    assert_int_equal(json_parse(h->a, text, &tree, &fault), ERR_OK);
    return tree;
}

static void rows_of(const json *answer, const char *key, const char *count, const char *sum, groups *out)
{
    out->count = 0;
    for (const json *r = json_get(answer, STR("rows"))->first; r; r = r->next) {
        int64_t n = whole(at_path(r, str_from(count))), s = whole(at_path(r, str_from(sum)));
        if (n || s)
            group_add(out, at_path(r, str_from(key)), n, s);
    }
}

static str line_product(str theirs)
{
    return str_eq(theirs, STR("GTXPro")) ? STR("GTX Pro") : theirs;
}

/* won: how many; sum: of won and lost, a thousand apart, so that the rate is right only where both are. */
static void win_rates(house *h, const cut_row *accounts, size_t account_count, const cut_row *deals, size_t n)
{
    static const char *const by[] = { "product", "industry", "person" };
    for (size_t d = 0; d < countof(by); d++) {
        groups *file = arena_make(h->a, groups), *base = arena_make(h->a, groups);
        for (size_t i = 0; i < n; i++) {
            const str *c = deals[i].cells;
            bool       won = str_eq(c[P_STAGE], STR("Won")), lost = str_eq(c[P_STAGE], STR("Lost"));
            str        key = d == 0   ? line_product(c[P_PRODUCT])
                             : d == 1 ? sector_of(h->a, accounts, account_count, c[P_ACCOUNT])
                                      : c[P_AGENT];
            if (won || lost)
                group_add(file, key, won, lost);
        }
        const json *is =
            view_says(h, opportunity_entity.views, opportunity_entity.view_count, "win_loss", by[d], NULL, NULL);
        rows_of(is, d == 1 ? "key" : "name", "won.value", "lost.value", base);
        groups_equal(by[d], file, base);
        for (const json *r = json_get(is, STR("rows"))->first; r; r = r->next) {
            int64_t w = whole(at_path(r, STR("won.value"))), l = whole(at_path(r, STR("lost.value")));
            if (w + l == 0)
                continue;
            double rate = strtod(at_path(r, STR("win_rate.value")).p, NULL),
                   should = 100.0 * (double)w / (double)(w + l);
            assert_true(rate - should < 0.0501 && should - rate < 0.0501);
        }
    }
}

static size_t quotas_read(house *h, cut_row quotas[8])
{
    const char *root = getenv("ZHIKE_SOURCE") ? getenv("ZHIKE_SOURCE") : ".";
    return cut_file(h->a, slurp(h->a, arena_printf(h->a, "%s/tests/data/maven/quotas.csv", root).p), quotas, 8);
}

static const char *id_of(house *h, const char *entity_name, const char *name)
{
    str id = house_query(h, arena_printf(h->a, "SELECT id FROM %s WHERE name = '%s'", entity_name, name).p);
    str digits = str_sub(id, str_find(id, STR("\"id\":\"")) + 6, id.n);
    return arena_printf(h->a, "%lld", strtoll(digits.p, NULL, 10)).p;
}

/* Closed per person and quarter, and per manager and region as the people below and the people of a team. */
static void quarter_by_quarter(house *h, const cut_row *teams, size_t team_count, const cut_row *deals, size_t n)
{
    cut_row quotas[8];
    size_t  quarters = quotas_read(h, quotas);
    for (size_t q = 0; q < quarters; q++) {
        str     key = quotas[q].cells[0], in = arena_printf(h->a, "2017/%.*s", 1, key.p + 8);
        int64_t each = whole(quotas[q].cells[3]);
        groups *regions = arena_make(h->a, groups);
        groups *persons = arena_make(h->a, groups), *managers = arena_make(h->a, groups),
               *is = arena_make(h->a, groups);
        for (size_t i = 0; i < team_count; i++) {
            int64_t closed = 0;
            for (size_t k = 0; k < n; k++)
                if (str_eq(deals[k].cells[P_STAGE], STR("Won")) && str_eq(deals[k].cells[P_AGENT], teams[i].cells[0]) &&
                    str_eq(quarter_of(h->a, deals[k].cells[P_CLOSED]), in))
                    closed += whole(deals[k].cells[P_VALUE]);
            group_add(persons, teams[i].cells[0], each, closed);
            group_add(managers, teams[i].cells[1], each, closed);
            group_add(regions, teams[i].cells[2], each, closed);
        }
        groups *of_managers = arena_make(h->a, groups);
        for (size_t m = 0; m < managers->count; m++) {
            const char *name = arena_cstr(h->a, managers->list[m].key);
            const json *f = view_says(h, quota_entity.views, quota_entity.view_count, "forecast", arena_cstr(h->a, key),
                                      id_of(h, "user", name), NULL);
            const json *head = json_get(f, STR("rows"))->first;
            group_add(of_managers, str_from(name), whole(at_path(head, STR("team.quota.value"))),
                      whole(at_path(head, STR("team.closed.value"))));
            for (const json *r = head->next; r; r = r->next)
                group_add(is, at_path(r, STR("user.name")), whole(at_path(r, STR("own.quota.value"))),
                          whole(at_path(r, STR("own.closed.value"))));
        }
        groups_equal("person and quarter", persons, is);
        groups_equal("manager and quarter", managers, of_managers);
        groups *of_regions = arena_make(h->a, groups);
        for (size_t m = 0; m < regions->count; m++) {
            const char *name = arena_cstr(h->a, regions->list[m].key);
            const json *f = view_says(h, quota_entity.views, quota_entity.view_count, "forecast", arena_cstr(h->a, key),
                                      NULL, id_of(h, "team", name));
            group_add(of_regions, str_from(name), whole(at_path(f, STR("total.quota.value"))),
                      whole(at_path(f, STR("total.closed.value"))));
        }
        groups_equal("region and quarter", regions, of_regions);
    }
}

static void give_quotas(house *h, const cut_row *teams, size_t team_count)
{
    cut_row quotas[8];
    size_t  quarters = quotas_read(h, quotas);
    for (size_t q = 0; q < quarters; q++) {
        const str *c = quotas[q].cells; /* period, from, to, amount */
        house_create(h, "fiscal_period",
                     arena_printf(h->a, "{\"key\":\"%.*s\",\"start\":\"%.*s\",\"end\":\"%.*s\"}", STR_ARG(c[0]),
                                  STR_ARG(c[1]), STR_ARG(c[2]))
                         .p);
        for (size_t i = 0; i < team_count; i++)
            house_create(h, "quota",
                         arena_printf(h->a,
                                      "{\"user\":\"%s\",\"period\":\"%.*s\",\"amount\":%.*s,\"currency\":\"USD\"}",
                                      id_of(h, "user", arena_cstr(h->a, teams[i].cells[0])), STR_ARG(c[0]),
                                      STR_ARG(c[3]))
                             .p);
    }
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
    house_create(h, "currency_rate", "{\"currency\":\"USD\",\"rate\":1,\"valid_from\":\"2010-01-01\"}");
    maven_import(h, "account", maven_file(h, "accounts"), "accounts", "85/0/0/0", &is);
    maven_import(h, "product", maven_file(h, "products"), "products", "7/0/0/0", &is);
    maven_import(h, "user", maven_file(h, "sales_teams"), "teams", "35/0/0/0", &is);
    snprintf(counts, sizeof counts, "%zu/0/0/0", n);
    maven_import(h, "opportunity", deals_file, "pipeline", counts, &is);
    compare(h, accounts, account_count, deals, n);
    cut_row *teams = arena_make_n(h->a, cut_row, 60);
    size_t   team_count = cut_file(h->a, slurp(h->a, maven_file(h, "sales_teams")), teams, 60);
    give_quotas(h, teams, team_count);
    win_rates(h, accounts, account_count, deals, n);
    quarter_by_quarter(h, teams, team_count, deals, n);
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
