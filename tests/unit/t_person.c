/* HIST-2: one person's data handed out and erased, on both engines. After an erasure every column of every table of the database
 * is looked through: what the person was called and how they were reached stands nowhere any more. */
#include "app/registry.h"
#include "rooms_house.h"
#include "store/audit.h"
#include "store/file.h"
#include "store/job.h"
#include "store/kept.h"
#include "store/person.h"
#include "json/json.h"

static const char *const words[] = { "Wang Xiaoming", "Xiaoming",      "13911112222", "xiaoming@secret.example",
                                     "wx_xiaoming",   "Hidden Lane 7", "old-4711",    "passport-scan" };

typedef struct {
    const char *entity, *action, *in;
    int64_t     id;
    buf        *out;
} acting;

static err act(ctx *c, void *arg)
{
    acting       *t = arg;
    const entity *e = snapshot_entity(c->snap, str_from(t->entity));
    rec          *r;
    json         *in = NULL;
    json_fault    fault;
    json_writer   w;
    TRY(store_load(c, e, t->id, &r));
    if (t->in)
        TRY(json_parse(c->a, str_from(t->in), &in, &fault));
    buf_clear(t->out);
    json_begin(&w, t->out);
    for (size_t i = 0; i < e->def->action_count; i++)
        if (strcmp(e->def->actions[i].name, t->action) == 0)
            return e->def->actions[i].run(c, r, in, &w);
    return ERR_NOT_FOUND;
}

static err try_act(house *h, acting *t)
{
    ctx_reset(&h->c);
    return store_write(&h->c, act, t);
}

/* ---- the whole database as text ---- */

typedef struct {
    house *h;
    str    names[1400];
    size_t count;
} columns;

static void note_column(void *arg, str name, str type)
{
    columns *l = arg;
    (void)type;
    l->names[l->count++] = arena_str(l->h->a, name);
}

typedef struct {
    house      *h;
    const char *word, *but; /* a table that may hold it */
    str         where;      /* found: the table and its column */
} search;

static err look_in_column(db_conn *c, search *s, const char *table, str column)
{
    bool     postgres = db_conn_kind(c) == DB_POSTGRES, row = false;
    db_stmt *q;
    str      text = arena_printf(s->h->a,
                            postgres ? "encode(convert_to(\"%.*s\"::text,'UTF8'),'escape')" : "CAST(\"%.*s\" AS TEXT)",
                                 STR_ARG(column));
    str      sql = arena_printf(s->h->a, "SELECT 1 FROM \"%s\" WHERE %.*s LIKE $1 LIMIT 1", table, STR_ARG(text));
    TRY(db_prepare_secret(c, sql, &q));
    db_bind_text(q, 1, arena_printf(s->h->a, "%%%s%%", s->word));
    err e = db_step(q, &row);
    db_done(q);
    if (row && !s->where.n)
        s->where = arena_printf(s->h->a, "%s.%.*s", table, STR_ARG(column));
    return e;
}

static err look_in_table(db_conn *c, search *s, const char *table)
{
    columns l = { .h = s->h };
    bool    there;
    TRY(db_table_exists(c, str_from(table), &there));
    if (!there || (s->but && strcmp(table, s->but) == 0))
        return ERR_OK;
    TRY(db_columns(c, str_from(table), note_column, &l));
    for (size_t i = 0; i < l.count; i++)
        TRY(look_in_column(c, s, table, l.names[i]));
    return ERR_OK;
}

static err look_everywhere(db_conn *c, void *arg)
{
    search     *s = arg;
    str         key;
    const char *name;
    for (size_t i = 0; (name = store_system_table(i, s->h->a, &key)) != NULL; i++)
        TRY(look_in_table(c, s, name));
    for (size_t i = 0; i < s->h->snap->entity_count; i++)
        TRY(look_in_table(c, s, arena_cstr(s->h->a, s->h->snap->entities[i]->table)));
    return ERR_OK;
}

static str found_in(house *h, const char *word, const char *but)
{
    search s = { .h = h, .word = word, .but = but };
    assert_int_equal(db_write(h->d, look_everywhere, &s), ERR_OK);
    return s.where;
}

static size_t hits(house *h, const char *q)
{
    search_hit *list;
    size_t      n;
    bool        more;
    house_read(h);
    assert_int_equal(store_search(&h->c, str_from(q), NULL, 0, 20, &list, &n, &more), ERR_OK);
    house_read_end(h);
    return n;
}

/* ---- a person with traces everywhere ---- */

typedef struct {
    int64_t lead, contact, account, campaign, member, attempt, visit, file;
    int64_t kept_job, other_job; /* exports: of contacts with the person in it, of firms without */
} traces;

static err add_file(ctx *c, void *arg)
{
    traces *t = arg;
    TRY(file_begin(c, STR("passport-scan.png"), STR("contact"), t->contact, &t->file));
    TRY(file_piece(c, t->file, 0, STR("bytes")));
    TRY(file_end(c, t->file, 5, STR("image/png"), STR("00")));
    str body = arena_printf(c->a, "{\"id\":\"%lld\",\"name\":\"Wang Xiaoming\"}", (long long)t->contact);
    return answer_keep(c, STR("key-1"), &(kept_answer){ .print = STR("x"), .status = 201, .body = body });
}

static err put_file(ctx *c, const char *name, str bytes, int64_t *id)
{
    TRY(file_begin(c, str_from(name), (str){ 0 }, 0, id));
    TRY(file_piece(c, *id, 0, bytes));
    return file_end(c, *id, bytes.n, STR("text/csv"), STR("00"));
}

static err end_job(ctx *c, str kind, const char *request, const char *result, int64_t *id)
{
    job_row row;
    bool    ours;
    TRY(job_add(c, kind, str_from(request), id));
    TRY(job_claim(c, &row));
    return job_finish(c, &row, STR("done"), str_from(result), (str){ 0 }, &ours);
}

/* What others took out, brought in and typed: some of it names the person, some does not. */
static err take_out(ctx *c, void *arg)
{
    traces *t = arg;
    int64_t csv, book, sent, other, job;
    char    long_one[300 << 10];
    memset(long_one, 'x', sizeof long_one);
    memcpy(long_one + (256 << 10) - 6, "Wang Xiaoming", 13); /* over the end of a piece */
    TRY(file_begin(c, STR("all.csv"), (str){ 0 }, 0, &csv));
    TRY(file_piece(c, csv, 0, (str){ long_one, 256 << 10 }));
    TRY(file_piece(c, csv, 1, (str){ long_one + (256 << 10), sizeof long_one - (256 << 10) }));
    TRY(file_end(c, csv, sizeof long_one, STR("text/csv"), STR("00")));
    TRY(put_file(c, "book.xlsx", STR("PK\x03\x04\xff\xfe"), &book));
    TRY(put_file(c, "sent.csv", STR("name,mobile\nWang Xiaoming,13911112222\n"), &sent));
    TRY(put_file(c, "firms.csv", STR("id,name\n999999999,Acme\n"), &other));
    TRY(end_job(
        c, STR("export"),
        "{\"entity\":\"contacts\",\"where\":\"mobile = '139 1111 2222' OR name LIKE '%Xiaoming%' OR city = 'Suzhou'\"}",
        arena_cstr(c->a, arena_printf(c->a, "{\"rows\":1,\"file\":\"%lld\"}", (long long)csv)), &t->kept_job));
    TRY(end_job(c, STR("export"), "{\"entity\":\"contact\"}",
                arena_cstr(c->a, arena_printf(c->a, "{\"rows\":1,\"file\":\"%lld\"}", (long long)book)), &job));
    TRY(end_job(c, STR("import"),
                arena_cstr(c->a, arena_printf(c->a, "{\"entity\":\"contact\",\"file\":\"%lld\"}", (long long)sent)),
                "{\"created\":1,\"rejected_file\":null}", &job));
    TRY(end_job(c, STR("export"), "{\"entity\":\"account\",\"where\":\"city = 'Suzhou'\"}",
                arena_cstr(c->a, arena_printf(c->a, "{\"rows\":1,\"file\":\"%lld\"}", (long long)other)),
                &t->other_job));
    const audit_word typed[] = {
        { .name = "of", .text = STR("contact") },
        { .name = "where", .text = STR("name = 'Wang Xiaoming' AND email LIKE 'xiaoming@%' AND city = 'Suzhou'") },
        { 0 }
    };
    TRY(audit_write(c, AUDIT_EXPORT, 0, typed));
    const audit_word file[] = { { .name = "of", .text = STR("contact") },
                                { .name = "file", .text = STR("wang xiaoming.csv") },
                                { 0 } };
    return audit_write(c, AUDIT_IMPORT, 0, file);
}

static err rename_in_an_operation(ctx *c, void *arg)
{
    traces       *t = arg;
    const entity *e = snapshot_entity(c->snap, STR("contact"));
    rec          *r;
    int64_t       op;
    TRY(store_operation_begin(c, STR("bulk"), STR("contact"), &op));
    TRY(store_load(c, e, t->contact, &r));
    rec_set_text(c, r, (size_t)entity_field(e, STR("phone"))->index, STR("+86 21 5555"));
    TRY(store_save(c, r, 0));
    store_operation_end(c);
    return ERR_OK;
}

static traces make_traces(house *h)
{
    traces t = { 0 };
    t.account = house_create(h, "account", "{\"name\":\"Acme\"}");
    t.contact = house_create(
        h, "contact",
        TEXT(h,
             "{\"name\":\"Wang Xiaoming\",\"mobile\":\"13911112222\",\"email\":\"xiaoming@secret.example\","
             "\"wechat\":\"wx_xiaoming\",\"address\":\"Hidden Lane 7\",\"external_id\":\"old-4711\","
             "\"birthday\":\"1980-02-03\",\"account\":\"%lld\"}",
             ID(t.account)));
    t.campaign = house_create(h, "campaign", "{\"name\":\"Spring\"}");
    t.member = house_create(h, "campaign_member",
                            TEXT(h, "{\"campaign\":\"%lld\",\"contact\":\"%lld\"}", ID(t.campaign), ID(t.contact)));
    t.visit =
        house_create(h, "activity",
                     TEXT(h, "{\"kind\":\"visit\",\"subject\":\"Coffee\",\"about\":\"contact/%lld\"}", ID(t.contact)));
    int64_t id = house_create(
        h, "case",
        TEXT(h,
             "{\"kind\":\"complaint\",\"subject\":\"Late\",\"contact\":\"%lld\",\"reporter\":\"Wang Xiaoming\","
             "\"reporter_email\":\"xiaoming@secret.example\"}",
             ID(t.contact)));
    (void)house_create(h, "activity",
                       TEXT(h, "{\"kind\":\"call\",\"subject\":\"Calmed down\",\"about\":\"case/%lld\"}", ID(id)));
    assert_int_equal(house_try(h, "contact", t.contact, "{\"title\":\"Head of Xiaoming matters\"}", &id), ERR_OK);
    house_do(h, rename_in_an_operation, &t);
    house_do(h, add_file, &t);
    house_do(h, take_out, &t);
    return t;
}

static void act_as_administrator(house *h)
{
    int64_t who =
        house_create(h, "user",
                     "{\"name\":\"Chief\",\"login\":\"chief\",\"role\":\"administrator\",\"state\":\"active\"}");
    house_act(h, who, "administrator");
}

static void everything_about_one_person_is_handed_out(house *h)
{
    traces t = make_traces(h);
    buf    b;
    buf_init(&b, 8 << 20);
    act_as_administrator(h);
    acting a = { "contact", "personal_data", NULL, t.contact, &b };
    assert_int_equal(try_act(h, &a), ERR_OK);
    static const char *const expected[] = { "Wang Xiaoming", "13911112222",      "passport-scan.png",
                                            "Coffee",        "campaign_member",  "\"case\"",
                                            "Hidden Lane 7", "Head of Xiaoming", "Calmed down" };
    for (size_t i = 0; i < countof(expected); i++) {
        if (str_find(buf_str(&b), str_from(expected[i])) < 0)
            print_message("          not handed out: %s\n", expected[i]);
        assert_true(str_find(buf_str(&b), str_from(expected[i])) >= 0);
    }
    h->c.actor = (actor){ 0 };
    buf_free(&b);
}

static void expect_job(house *h, int64_t id, const char *result, const char *condition)
{
    job_row j;
    house_read(h);
    assert_int_equal(job_find(&h->c, id, &j), ERR_OK);
    house_read_end(h);
    if (result && !str_eq(j.result, str_from(result)))
        fail_msg("%.*s", STR_ARG(j.result));
    assert_true(str_find(j.request, str_from(condition)) >= 0);
    assert_int_equal(result != NULL, str_find(j.request, str_from("'Suzhou'")) > 40);
}

static void nothing_of_an_erased_person_remains(house *h)
{
    traces t = make_traces(h);
    buf    b;
    buf_init(&b, 8 << 20);
    for (size_t i = 0; i < countof(words); i++)
        assert_true(found_in(h, words[i], NULL).n > 0); /* the look-out works */
    assert_int_equal(hits(h, "xiaoming"), 1 + 1);       /* the contact, and the case by its reporter */
    act_as_administrator(h);

    acting a = { "contact", "erase", "{\"preview\":true}", t.contact, &b };
    assert_int_equal(try_act(h, &a), ERR_OK);
    assert_true(str_find(buf_str(&b), STR("\"files\":1")) >= 0);
    assert_true(str_find(buf_str(&b), STR("\"conditions\":3,")) >= 0);
    for (const char *const *f = (const char *const[]){ "all.csv", "book.xlsx", "sent.csv", NULL }; *f; f++)
        assert_true(str_find(buf_str(&b), str_from(TEXT(h, "\"name\":\"%s\"", *f))) >= 0);
    assert_true(str_find(buf_str(&b), STR("firms.csv")) < 0);
    assert_true(found_in(h, "Wang Xiaoming", NULL).n > 0); /* only told */
    a.in = "{\"confirm\":\"wang\"}";
    assert_int_equal(try_act(h, &a), ERR_INVALID);
    a.in = "{\"confirm\":\"Wang Xiaoming\"}";
    assert_int_equal(try_act(h, &a), ERR_OK);

    for (size_t i = 0; i < countof(words); i++) {
        str where = found_in(h, words[i], NULL);
        if (where.n)
            print_message("          %s still stands in %.*s\n", words[i], STR_ARG(where));
        assert_int_equal(where.n, 0);
    }
    assert_int_equal(hits(h, "xiaoming"), 0);
    rooms_say(h, TEXT(h, "SELECT COUNT() FROM contact WHERE id = '%lld' AND account.name = 'Acme'", ID(t.contact)),
              "{\"count\":1,\"records\":[]}");
    assert_int_equal(rooms_number(h, TEXT(h, "SELECT COUNT(id) n FROM campaign_member WHERE contact = '%lld'",
                                          ID(t.contact))),
                     1);

    /* What names somebody else, or nobody, stays; and that there was a file. */
    assert_true(found_in(h, "firms.csv", NULL).n > 0);
    assert_int_equal(found_in(h, "all.csv", NULL).n + found_in(h, "book.xlsx", NULL).n +
                         found_in(h, "sent.csv", NULL).n,
                     0);
    expect_job(h, t.kept_job, "{\"rows\":1,\"file\":null,\"erased\":true}", "city = 'Suzhou'");
    expect_job(h, t.other_job, NULL, "city = 'Suzhou'");

    /* Who, when and which field stay. */
    house_read(h);
    json_writer w;
    buf_clear(&b);
    json_begin(&w, &b);
    assert_int_equal(store_history_json(&h->c, snapshot_entity(h->c.snap, STR("contact")), t.contact, 50, (str){ 0 },
                                        &w),
                     ERR_OK);
    house_read_end(h);
    assert_true(str_find(buf_str(&b), STR("\"erase\"")) >= 0);
    assert_true(str_find(buf_str(&b), STR("\"mobile\":{\"old\":")) >= 0);
    h->c.actor = (actor){ 0 };
    buf_free(&b);
}

static err undo_all(ctx *c, void *arg)
{
    undo_report sum = { 0 };
    bool        more;
    return store_undo(c, *(int64_t *)arg, 100, &sum, &more);
}

static void no_undo_brings_an_erased_person_back(house *h)
{
    traces  t = make_traces(h);
    buf     b;
    int64_t op = rooms_number(h, TEXT(h, "SELECT COUNT(id) n FROM contact WHERE id = '%lld'", ID(t.contact)));
    buf_init(&b, 8 << 20);
    act_as_administrator(h);
    acting a = { "contact", "erase", "{\"confirm\":\"Wang Xiaoming\"}", t.contact, &b };
    assert_int_equal(try_act(h, &a), ERR_OK);
    operation_row *list;
    size_t         n;
    house_read(h);
    assert_int_equal(operation_list(&h->c, 0, 0, 50, &list, &n), ERR_OK);
    house_read_end(h);
    assert_true(op == 1 && n > 0);
    for (size_t i = 0; i < n; i++)
        if (!list[i].undone_at)
            assert_int_not_equal(store_write(&h->c, undo_all, &list[i].id), ERR_INTERNAL);
    assert_int_equal(found_in(h, "Xiaoming", NULL).n, 0);
    h->c.actor = (actor){ 0 };
    buf_free(&b);
}

static void only_administrators_may(house *h)
{
    traces  t = make_traces(h);
    buf     b;
    int64_t who =
        house_create(h, "user",
                     "{\"name\":\"Sales\",\"login\":\"sales\",\"role\":\"sales_director\",\"state\":\"active\"}");
    buf_init(&b, 8 << 20);
    house_act(h, who, "sales_director");
    acting a = { "contact", "erase", "{\"preview\":true}", t.contact, &b };
    assert_int_equal(try_act(h, &a), ERR_FORBIDDEN);
    a.action = "personal_data";
    a.in = NULL;
    assert_int_equal(try_act(h, &a), ERR_FORBIDDEN);
    h->c.actor = (actor){ 0 };
    buf_free(&b);
}

/* A database of its own for each: what one test leaves in history must not be taken for another's. */
static void on_each(void (*test)(house *h))
{
    for (db_engine engine = DB_SQLITE; engine <= DB_POSTGRES; engine++) {
        house h;
        if (!house_open(&h, engine, rooms))
            continue;
        test(&h);
        house_close(&h);
    }
}

#define ON_EACH_NEW(name)                 \
    static void test_##name(void **state) \
    {                                     \
        (void)state;                      \
        on_each(name);                    \
    }
ON_EACH_NEW(everything_about_one_person_is_handed_out)
ON_EACH_NEW(nothing_of_an_erased_person_remains)
ON_EACH_NEW(no_undo_brings_an_erased_person_back)
ON_EACH_NEW(only_administrators_may)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_about_one_person_is_handed_out),
        cmocka_unit_test(test_nothing_of_an_erased_person_remains),
        cmocka_unit_test(test_no_undo_brings_an_erased_person_back),
        cmocka_unit_test(test_only_administrators_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
