/* Whole imports, exports and backups, on both engines. */
#include <sys/stat.h>
#include <unistd.h>

#include "app/registry.h"
#include "house.h"
#include "io/io.h"
#include "store/audit.h"

typedef struct {
    house           *h;
    io_job           job;
    io_import_result is;
    char             path[100], rejected[140];
    atomic_bool      cancel;
    int              cancel_at;
} desk;

static err tables_now(void *arg, snapshot **out)
{
    desk *d = arg;
    str   why;
    return store_snapshot_load(d->h->d, rooms, d->h->a, out, &why);
}

static void on_progress(void *arg, const io_progress *p)
{
    desk *d = arg;
    if (d->cancel_at && strcmp(p->phase, "write") == 0 && p->done >= d->cancel_at)
        atomic_store(&d->cancel, true);
}

static void desk_open(desk *d, house *h)
{
    static int count;
    memset(d, 0, sizeof *d);
    d->h = h;
    d->job = (io_job){ .a = h->a,
                       .d = h->d,
                       .who = { .role = ROLE_ADMINISTRATOR },
                       .tables = tables_now,
                       .progress = on_progress,
                       .arg = d,
                       .cancel = &d->cancel };
    snprintf(d->path, sizeof d->path, "/tmp/zk_t_import_%d_%d", (int)getpid(), ++count);
    snprintf(d->rejected, sizeof d->rejected, "%s.rejected.csv", d->path);
}

static void desk_close(desk *d)
{
    unlink(d->path);
    unlink(d->rejected);
}

static void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static str get_file(arena *a, const char *path)
{
    FILE  *f = fopen(path, "rb");
    char  *p = arena_alloc(a, 1 << 20);
    size_t n = f ? fread(p, 1, 1 << 20, f) : 0;
    if (f)
        fclose(f);
    return (str){ p, (ptrdiff_t)n };
}

/* Imports a text; `counts`: "created/updated/skipped/rejected". */
static err import_as(desk *d, const char *entity_name, const char *text, io_import_request r, const char *counts)
{
    char is[100];
    put_file(d->path, text);
    r.entity = str_from(entity_name);
    r.path = d->path;
    d->job.why = (str){ 0 };
    atomic_store(&d->cancel, false);
    err e = io_import(&d->job, &r, &d->is);
    snprintf(is, sizeof is, "%lld/%lld/%lld/%lld", (long long)d->is.created, (long long)d->is.updated,
             (long long)d->is.skipped, (long long)d->is.rejected);
    if (counts && strcmp(is, counts) != 0)
        print_message("%s: %.*s\n%.*s\n%.*s\n", is, STR_ARG(d->job.why), STR_ARG(d->is.plan),
                      STR_ARG(get_file(d->h->a, d->rejected)));
    if (counts)
        assert_string_equal(is, counts);
    house_reload(d->h);
    return e;
}

#define IMPORT(d, entity_name, text, counts, ...) \
    assert_int_equal(import_as(d, entity_name, text, (io_import_request){ __VA_ARGS__ }, counts), ERR_OK)

static str asked(desk *d, const char *select)
{
    return house_query(d->h, select);
}

static void assert_says(desk *d, const char *select, const char *part)
{
    str is = asked(d, select);
    if (str_find(is, str_from(part)) < 0)
        fail_msg("%s: %.*s", select, STR_ARG(is));
}

static bool text_has(str text, const char *part)
{
    return str_find(text, str_from(part)) >= 0;
}

static void on_both(void (*test)(desk *d))
{
    for (int engine = DB_SQLITE; engine <= DB_POSTGRES; engine++) {
        house h;
        desk  d;
        if (!house_open(&h, (db_engine)engine, rooms))
            continue;
        desk_open(&d, &h);
        test(&d);
        desk_close(&d);
        house_close(&h);
    }
}

/* ---- again with match: nothing doubles, nothing is cleared ---- */

static void twice_is_once(desk *d)
{
    static const char first[] =
        "external_id,name,phone,industry\n1,Acme,010-1,Widget Making\n2,Béta,,\n3,华为,0755-2,制造\n";
    IMPORT(d, "account", first, "3/0/0/0");
    IMPORT(d, "account", first, "0/0/3/0", .match = STR("external_id"));
    assert_int_equal(d->is.operation, 0);
    IMPORT(d, "account", "external_id,name,phone\n1,ACME Ltd,\n4,New,5\n", "1/1/0/0", .match = STR("external_id"));
    assert_says(d, "SELECT name, phone, industry FROM account WHERE external_id = '1'",
                "{\"name\":\"ACME Ltd\",\"phone\":\"010-1\",\"industry\":\"widget_making\"}");
    /* A choice that an administrator's import added is there, and undo leaves it. */
    IMPORT(d, "account", "name,industry\nOther,widget making\n", "1/0/0/0");
    /* An empty match value is nobody's. */
    IMPORT(d, "account", "external_id,name\n,Nobody\n", "0/0/0/1", .match = STR("external_id"));
    assert_true(text_has(get_file(d->h->a, d->rejected), "import_error"));
    /* Told so, the mapping clears. */
    IMPORT(d, "account", "external_id,phone\n1,none\n", "0/1/0/0",
           .map = STR("{\"match\":\"external_id\",\"values\":{\"phone\":{\"none\":null}}}"));
    assert_says(d, "SELECT phone FROM account WHERE external_id = '1'", "{\"phone\":null}");
}

static void twice_is_once_on_both(void **state)
{
    (void)state;
    on_both(twice_is_once);
}

/* ---- what is undone is as it was ---- */

static void undo_brings_back(desk *d)
{
    IMPORT(d, "account", "external_id,name,phone\n1,Acme,1\n2,Beta,2\n", "2/0/0/0");
    str before = arena_str(d->h->a, asked(d, "SELECT id, name, phone, owner FROM account ORDER BY id"));
    IMPORT(d, "account", "external_id,name,phone,owner\n1,Acme Two,9,Zoe\n3,Gamma,3,Zoe\n", "1/1/0/0",
           .match = STR("external_id"), .create_missing = true);
    assert_says(d, "SELECT state FROM user WHERE name = 'Zoe'", "\"invited\"");
    int64_t        operation = d->is.operation;
    io_undo_result u;
    assert_true(operation > 0);
    assert_int_equal(io_undo(&d->job, operation, &u), ERR_OK);
    if (u.purged != 2)
        print_message("%lld purged, %lld skipped %.*s\n", (long long)u.purged, (long long)u.skipped, STR_ARG(u.kept));
    assert_int_equal(u.restored, 1);
    assert_int_equal(u.purged, 2);
    assert_true(str_eq(asked(d, "SELECT id, name, phone, owner FROM account ORDER BY id"), before));
    assert_says(d, "SELECT COUNT() FROM user WHERE name = 'Zoe'", "\"count\":0");
    assert_int_equal(io_undo(&d->job, operation, &u), ERR_CONFLICT);
}

static void undo_brings_back_on_both(void **state)
{
    (void)state;
    on_both(undo_brings_back);
}

/* ---- dates are asked about, never guessed ---- */

static void dates_are_asked(desk *d)
{
    static const char text[] = "name,close_date,amount\nA,3/4/2026,\"$1,200.50\"\nB,5/6/2026,(7)\n";
    assert_int_equal(import_as(d, "opportunity", text, (io_import_request){ 0 }, "0/0/0/0"), ERR_INVALID);
    assert_true(text_has(d->job.why, "3/4/2026") || text_has(d->job.why, "import.dates_ask"));
    IMPORT(d, "opportunity", text, "0/0/0/0", .dry_run = true);
    assert_true(text_has(d->is.plan, "\"ask\":true"));
    assert_true(text_has(d->is.plan, "\"forms\":[\"M/D/Y\",\"D/M/Y\"]"));
    IMPORT(d, "opportunity", text, "2/0/0/0", .map = STR("{\"dates\":{\"close_date\":\"D/M/YYYY\"}}"));
    assert_says(d, "SELECT close_date, amount FROM opportunity ORDER BY name",
                "[{\"close_date\":\"2026-04-03\",\"amount\":1200.5},{\"close_date\":\"2026-06-05\",\"amount\":-7}]");
    IMPORT(d, "opportunity", "name,close_date\nC,12/31/2026\nD,1/2/2026\nE,soon\n", "2/0/0/1");
    assert_says(d, "SELECT close_date FROM opportunity WHERE name = 'D'", "2026-01-02");
}

static void dates_are_asked_on_both(void **state)
{
    (void)state;
    on_both(dates_are_asked);
}

/* ---- references ---- */

static void references(desk *d)
{
    /* To rows that come later, to rows that do not come. */
    IMPORT(d, "account", "name,parent.name\nChild,Parent\nGrand,Child\nParent,\nLost,Nobody\n", "3/0/0/1");
    assert_says(d, "SELECT name, parent.name FROM account WHERE name = 'Child'", "\"parent\":{\"name\":\"Parent\"}");
    assert_true(text_has(get_file(d->h->a, d->rejected), "Lost,Nobody"));
    /* By id, by name; several of one name are refused. */
    IMPORT(d, "account", "name\nTwin\nTwin\n", "2/0/0/0");
    IMPORT(d, "contact", "name,account\nAnn,Parent\nBob,Twin\nCid,Nowhere\n", "1/0/0/2");
    IMPORT(d, "contact", "name,account\nDan,Nowhere\nEve,nowhere\n", "2/0/0/0", .create_missing = true);
    assert_says(d, "SELECT COUNT() FROM account WHERE name = 'Nowhere'", "\"count\":1");
    /* Keyed ones by their key, Salesforce's names, label. */
    IMPORT(d, "opportunity", "Name,StageName\nA,Closed Won\nB,negotiation\nC,Nonsense\n", "2/0/0/1");
    assert_says(d, "SELECT COUNT() FROM opportunity WHERE stage = 'won'", "\"count\":1");
    /* Deleted records are not matched. */
    IMPORT(d, "product", "name,code\nBolt,b\n", "1/0/0/0");
}

static void references_on_both(void **state)
{
    (void)state;
    on_both(references);
}

/* ---- a row that is refused does not hold up the others ---- */

static void bad_rows(desk *d)
{
    buf b;
    buf_init(&b, 1 << 20);
    buf_putz(&b, "external_id,name,email,employees\n");
    for (int i = 0; i < 450; i++)
        buf_printf(&b, "%d,%s,%s,%s\n", i % 100 == 7 ? 1 : i, i % 50 == 3 ? "" : "Name",
                   i % 60 == 5 ? "not-an-address" : "a@b.cn", i % 70 == 9 ? "many" : "5");
    buf_putz(&b, "900,Wide,a@b.cn,5,surplus\n");
    buf_putc(&b, 0);
    /* 5 doubled external ids but the first has its own, 9 empty names, 8 addresses, 7 numbers, 1 too wide */
    IMPORT(d, "account", b.p, NULL);
    int64_t wanted = 0;
    for (int i = 0; i < 450; i++)
        wanted += i % 100 == 7 || i % 50 == 3 || i % 60 == 5 || i % 70 == 9;
    assert_int_equal(d->is.rejected, wanted + 1);
    assert_int_equal(d->is.created, 450 - wanted);
    assert_says(d, "SELECT COUNT() FROM account", arena_printf(d->h->a, "\"count\":%lld", (long long)(450 - wanted)).p);
    str bad = get_file(d->h->a, d->rejected);
    assert_true(text_has(bad, "\"900\"") || text_has(bad, "900,Wide,a@b.cn,5,surplus,"));
    buf_free(&b);
}

static void bad_rows_on_both(void **state)
{
    (void)state;
    on_both(bad_rows);
}

/* ---- a dry run tells and writes nothing ---- */

static void dry_run(desk *d)
{
    str before = arena_str(d->h->a, asked(d, "SELECT COUNT() FROM account"));
    IMPORT(d, "account", "external_id,name,industry,owner\n1,A,New Trade,Zoe\n1,B,,\n2,,,\n", "1/1/0/1",
           .dry_run = true, .match = STR("external_id"), .create_missing = true);
    assert_true(text_has(d->is.plan, "New Trade"));
    assert_int_equal(d->is.operation, 0);
    assert_true(str_eq(asked(d, "SELECT COUNT() FROM account"), before));
    assert_says(d, "SELECT COUNT() FROM user WHERE name = 'Zoe'", "\"count\":0");
    assert_int_not_equal(access(d->rejected, F_OK), 0);
}

static void dry_run_on_both(void **state)
{
    (void)state;
    on_both(dry_run);
}

/* ---- cancelled: what is there stays, as one operation ---- */

static void cancelled(desk *d)
{
    buf b;
    buf_init(&b, 1 << 20);
    buf_putz(&b, "name\n");
    for (int i = 0; i < 3000; i++)
        buf_printf(&b, "Name %d\n", i);
    buf_putc(&b, 0);
    d->cancel_at = 1;
    IMPORT(d, "account", b.p, NULL, .piece_rows = 10);
    d->cancel_at = 0;
    buf_free(&b);
    assert_true(d->is.cancelled);
    assert_true(d->is.created > 0 && d->is.created < 3000);
    io_undo_result u;
    assert_int_equal(io_undo(&d->job, d->is.operation, &u), ERR_OK);
    assert_int_equal(u.purged, d->is.created);
}

static void cancelled_on_both(void **state)
{
    (void)state;
    on_both(cancelled);
}

/* ---- mistakes in a mapping stop before anything is written ---- */

static void wrong_mappings(desk *d)
{
    static const char *const maps[] = {
        "{\"columns\":{\"nme\":\"name\"}}",
        "{\"columns\":{\"name\":\"nome\"}}",
        "{\"set\":{\"colour\":\"red\"}}",
        "{\"columns\":{\"name\":\"phone\",\"phone\":\"phone\"}}",
        "{\"values\":{\"stage\":{}}}",
        "{\"match\":\"website\"}",
        "{\"set\":{\"city\":\"{town}\"}}",
        "{\"dates\":{\"name2\":\"M/D/YYYY\"}}",
        "{\"surprise\":1}",
        "{",
        "{\"columns\":{\"name\":\"lines.product\"}}",
    };
    for (size_t i = 0; i < countof(maps); i++) {
        err e =
            import_as(d, "account", "name,phone\nA,1\n", (io_import_request){ .map = str_from(maps[i]) }, "0/0/0/0");
        if (e != ERR_INVALID && e != ERR_MALFORMED)
            fail_msg("%s is taken", maps[i]);
        assert_true(d->job.why.n > 0);
    }
    assert_says(d, "SELECT COUNT() FROM account", "\"count\":0");
    assert_int_equal(import_as(d, "accounts", "x,y\n1,2\n", (io_import_request){ 0 }, "0/0/0/0"), ERR_INVALID);
    assert_int_equal(import_as(d, "nonsense", "x,y\n1,2\n", (io_import_request){ 0 }, "0/0/0/0"), ERR_NOT_FOUND);
}

static void wrong_mappings_on_both(void **state)
{
    (void)state;
    on_both(wrong_mappings);
}

/* ---- deals with their line ---- */

static void product_lines(desk *d)
{
    static const char map[] =
        "{\"match\":\"external_id\",\"columns\":{\"id\":\"external_id\",\"customer\":null,\"what\":\"lines."
        "product\",\"value\":\"amount\"},"
        "\"values\":{\"lines.product\":{\"GTXPro\":\"GTX Pro\"}},"
        "\"set\":{\"currency\":\"USD\",\"name\":\"{customer} {what} {row}\"}}";
    static const char text[] = "id,customer,what,value\na,Acme,GTXPro,100.50\nb,,Basic,\n";
    IMPORT(d, "product", "name,price,currency\nGTX Pro,500,USD\nBasic,7,USD\n", "2/0/0/0");
    IMPORT(d, "opportunity", text, "2/0/0/0", .map = str_from(map));
    assert_says(d, "SELECT name, amount, currency FROM opportunity WHERE external_id = 'a'",
                "{\"name\":\"Acme GTX Pro 1\",\"amount\":100.5,\"currency\":\"USD\"}");
    assert_says(d, "SELECT name, amount FROM opportunity WHERE external_id = 'b'",
                "{\"name\":\"Basic 2\",\"amount\":null}");
    assert_says(d, "SELECT product.name, amount FROM opportunity_line WHERE opportunity.external_id = 'a'",
                "\"name\":\"GTX Pro\"},\"amount\":100.5}");
    IMPORT(d, "opportunity", text, "0/0/2/0", .map = str_from(map));
    IMPORT(d, "opportunity", "id,customer,what,value\na,Acme,GTXPro,120\n", "0/1/0/0", .map = str_from(map));
    assert_says(d, "SELECT COUNT() FROM opportunity_line", "\"count\":2");
    assert_says(d, "SELECT amount FROM opportunity WHERE external_id = 'a'", "120");
}

static void product_lines_on_both(void **state)
{
    (void)state;
    on_both(product_lines);
}

/* ---- out and in again ---- */

static err to_buf(void *arg, str bytes)
{
    buf_puts(arg, bytes);
    return ERR_OK;
}

static void out_and_in(desk *d)
{
    buf     csv;
    int64_t rows;
    IMPORT(d, "account",
           "external_id,name,annual_revenue,currency,description,phone\n1,\"Acme, "
           "\"\"Inc\"\"\",1000.50,USD,\"two\nlines\",+86 "
           "10\n2,'=1+1,,CNY,,\n3,华为,5,CNY,，,\n",
           "3/0/0/0");
    buf_init(&csv, 1 << 20);
    io_export_request r = { .entity = STR("account"),
                            .write = to_buf,
                            .arg = &csv,
                            .order = STR("external_id"),
                            .select = STR("external_id,name,annual_revenue,currency,description,phone") };
    assert_int_equal(io_export(&d->job, &r, &rows), ERR_OK);
    assert_int_equal(rows, 3);
    buf_putc(&csv, 0);
    IMPORT(d, "account", csv.p, "0/0/3/0", .match = STR("external_id"));
    assert_says(d, "SELECT name FROM account WHERE external_id = '2'", "\"=1+1\"");
    for (io_format f = IO_XLSX; f < IO_FORMAT_COUNT; f++) {
        r.format = f;
        r.path = d->path;
        assert_int_equal(io_export(&d->job, &r, &rows), ERR_OK);
        assert_int_equal(rows, 3);
        if (f == IO_XLSX) {
            io_import_result  is;
            io_import_request again = { .entity = STR("account"), .path = d->path, .match = STR("external_id") };
            assert_int_equal(io_import(&d->job, &again, &is), ERR_OK);
            assert_int_equal(is.skipped, 3);
        } else {
            json      *tree;
            json_fault fault;
            assert_int_equal(json_parse(d->h->a, get_file(d->h->a, d->path), &tree, &fault), ERR_OK);
            assert_int_equal(tree->count, 3);
        }
    }
    r = (io_export_request){ .entity = STR("account"), .where = STR("nome = 1"), .write = to_buf, .arg = &csv };
    assert_int_equal(io_export(&d->job, &r, &rows), ERR_MALFORMED);
    assert_true(d->job.why.n > 0);
    buf_free(&csv);
}

static void out_and_in_on_both(void **state)
{
    (void)state;
    on_both(out_and_in);
}

/* ---- who may ---- */

static void members(desk *d)
{
    d->job.who.user = 1;
    d->job.who.role = ROLE_MEMBER;
    bool may = permit_entity(&d->job.who, snapshot_entity(d->h->snap, STR("account")), VERB_IMPORT);
    assert_int_equal(import_as(d, "account", "name\nA\n", (io_import_request){ 0 }, NULL),
                     may ? ERR_OK : ERR_FORBIDDEN);
    assert_int_equal(import_as(d, "user", "name\nA\n", (io_import_request){ 0 }, "0/0/0/0"), ERR_FORBIDDEN);
}

static void members_on_both(void **state)
{
    (void)state;
    on_both(members);
}

/* ---- backup and restore, from one engine to the other and back ---- */

static err tell(ctx *c, void *arg)
{
    (void)arg;
    return audit_write(c, AUDIT_SIGN_IN, 0, NULL);
}

static void fill(desk *d)
{
    IMPORT(d, "account", "external_id,name,industry,created_at,owner\n1,Acme,Widget Making,2020-05-06,Zoe\n2,华为,,,\n",
           "2/0/0/0", .create_missing = true);
    IMPORT(d, "account", "external_id,name\n1,Acme Two\n", "0/1/0/0", .match = STR("external_id"));
    IMPORT(d, "opportunity", "name,account,amount,currency,close_date,stage\nDeal,华为,12.5,USD,2026-03-04,won\n",
           "1/0/0/0");
    for (int i = 0; i < 5; i++)
        house_do(d->h, tell, NULL);
    int64_t id;
    put_file(d->path, "the bytes of a file");
    assert_int_equal(io_file_keep(&d->job, d->path, STR("a.txt"), STR("text/plain"), &id), ERR_OK);
    const char *spooled;
    str         name;
    assert_int_equal(io_file_spool(&d->job, id, "/tmp", &spooled, &name), ERR_OK);
    assert_true(str_eq(get_file(d->h->a, spooled), STR("the bytes of a file")));
    unlink(spooled);
}

static str everything(desk *d)
{
    static const char *const selects[] = {
        "SELECT id, name, external_id, industry, created_at, updated_at, version, owner, phone FROM account ORDER BY "
        "id",
        "SELECT id, name, amount, amount_base, currency, close_date, closed_at, stage, version FROM opportunity ORDER "
        "BY id",
        "SELECT id, name, state, role, version FROM user ORDER BY id",
        "SELECT id, name, kind, probability FROM pipeline_stage ORDER BY id",
    };
    buf b;
    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < countof(selects); i++)
        buf_puts(&b, asked(d, selects[i]));
    str text = arena_str(d->h->a, buf_str(&b));
    buf_free(&b);
    return text;
}

/* How many rows a table that is only appended to has, and the last one's number. */
typedef struct {
    const char *table;
    int64_t     rows, last;
} appended;

static err count_appended(ctx *c, void *arg)
{
    appended *t = arg;
    db_stmt  *s;
    bool      row;
    TRY(db_prepare(c->conn, arena_printf(c->a, "SELECT COUNT(*),MAX(\"seq\") FROM \"%s\"", t->table), &s));
    err e = db_step(s, &row);
    t->rows = e == ERR_OK ? db_int(s, 0) : 0;
    t->last = e == ERR_OK ? db_int(s, 1) : 0;
    db_done(s);
    return e;
}

/* What is told of next takes a new number behind all of before. */
static void goes_on_telling(house *h, const char *table, void (*do_something)(house *h))
{
    appended before = { .table = table }, after = before;
    house_do(h, count_appended, &before);
    assert_true(before.rows > 3);
    do_something(h);
    house_do(h, count_appended, &after);
    assert_int_equal(after.rows, before.rows + 1);
    assert_true(after.last > before.last);
}

static void sign_in(house *h)
{
    house_do(h, tell, NULL);
}

static void make_account(house *h)
{
    house_create(h, "account", "{\"name\":\"Later\"}");
}

static void backup_into(desk *from, db_engine engine)
{
    house          h;
    desk           to;
    io_copy_result r;
    char           file[120], again[120];
    if (!house_open(&h, engine, rooms))
        return;
    desk_open(&to, &h);
    snprintf(file, sizeof file, "%s.backup", from->path);
    snprintf(again, sizeof again, "%s.again", from->path);
    assert_int_equal(io_backup(&from->job, rooms, file, &r), ERR_OK);
    assert_true(r.rows > 50);
    assert_int_equal(io_backup(&from->job, rooms, file, &r), ERR_CONFLICT);
    err e = io_restore(&to.job, rooms, file, false, &r);
    if (e != ERR_OK)
        print_message("%.*s\n", STR_ARG(to.job.why));
    assert_int_equal(e, ERR_OK);
    house_reload(&h);
    assert_true(str_eq(everything(&to), everything(from)));
    assert_int_equal(io_restore(&to.job, rooms, file, false, &r), ERR_CONFLICT);
    /* A new record takes a new id; the last operation of before can still be undone. */
    io_undo_result u;
    int64_t        id = house_create(&h, "account", "{\"name\":\"After\"}");
    assert_int_equal(io_undo(&to.job, from->is.operation, &u), ERR_OK);
    assert_says(&to, "SELECT COUNT() FROM opportunity", "\"count\":0");
    assert_true(id > from->is.operation);
    goes_on_telling(&h, "zk_audit", sign_in);
    goes_on_telling(&h, "zk_history", make_account);
    /* And back again over what was changed. */
    assert_int_equal(io_restore(&to.job, rooms, file, true, &r), ERR_OK);
    house_reload(&h);
    assert_true(str_eq(everything(&to), everything(from)));
    assert_int_equal(io_backup(&to.job, rooms, again, &r), ERR_OK);
    assert_int_equal(io_restore(&to.job, rooms, to.path, true, &r), ERR_NOT_FOUND);
    put_file(to.path, "no database at all, but long enough to be looked at as one");
    assert_int_not_equal(io_restore(&to.job, rooms, to.path, true, &r), ERR_OK);
    assert_true(str_eq(everything(&to), everything(from)));
    unlink(file);
    unlink(again);
    desk_close(&to);
    house_close(&h);
}

static void backups(desk *d)
{
    fill(d);
    backup_into(d, DB_SQLITE);
    backup_into(d, DB_POSTGRES);
}

static void backups_on_both(void **state)
{
    (void)state;
    on_both(backups);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twice_is_once_on_both),   cmocka_unit_test(undo_brings_back_on_both),
        cmocka_unit_test(dates_are_asked_on_both), cmocka_unit_test(references_on_both),
        cmocka_unit_test(bad_rows_on_both),        cmocka_unit_test(dry_run_on_both),
        cmocka_unit_test(cancelled_on_both),       cmocka_unit_test(wrong_mappings_on_both),
        cmocka_unit_test(product_lines_on_both),   cmocka_unit_test(out_and_in_on_both),
        cmocka_unit_test(members_on_both),         cmocka_unit_test(backups_on_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
