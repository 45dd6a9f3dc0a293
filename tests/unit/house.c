#include "house.h"

#include <libpq-fe.h>
#include <unistd.h>

#include "base/date.h"
#include "base/text.h"

static bool postgres_create(house *h)
{
    const char *url = getenv("ZHIKE_TEST_PG");
    static int  count;
    char        sql[100];
    if (!url || !*url) {
        print_message("          no ZHIKE_TEST_PG: skipped on PostgreSQL\n");
        return false;
    }
    PGconn *conn = PQconnectdb(url);
    assert_int_equal(PQstatus(conn), CONNECTION_OK);
    char name[60];
    snprintf(name, sizeof name, "zk_unit_%d_%d", (int)getpid(), ++count);
    snprintf(sql, sizeof sql, "CREATE DATABASE %s", name);
    PGresult *r = PQexec(conn, sql);
    assert_int_equal(PQresultStatus(r), PGRES_COMMAND_OK);
    PQclear(r);
    const char *slash = strrchr(url, '/'), *mark = strchr(url, '?');
    int         base = (int)(slash - url);
    snprintf(h->path, sizeof h->path, "%.*s/%s%s", base, url, name, mark ? mark : "");
    PQfinish(conn);
    return true;
}

static void load_locale(void)
{
    if (label_has(LANG_EN, STR("message.required")))
        return;
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        char path[100], *text = NULL;
        snprintf(path, sizeof path, "%s/locale/%s.json", getenv("ZHIKE_SOURCE") ? getenv("ZHIKE_SOURCE") : ".",
                 lang_name(lang));
        FILE *f = fopen(path, "rb");
        if (!f)
            continue;
        text = malloc(4 << 20);
        size_t n = fread(text, 1, 4 << 20, f);
        fclose(f);
        assert_int_equal(label_load(lang, (str){ text, (ptrdiff_t)n }), ERR_OK);
        free(text); /* the labels have their own */
    }
}

bool house_open(house *h, db_engine engine, const entity_def *const *rooms)
{
    static int count;
    memset(h, 0, sizeof *h);
    assert_int_equal(text_open(), ERR_OK);
    load_locale();
    if (engine == DB_POSTGRES && !postgres_create(h))
        return false;
    if (engine == DB_SQLITE) {
        const char *tmp = getenv("TMPDIR");
        snprintf(h->path, sizeof h->path, "%s/zk_unit_%d_%d.db", tmp ? tmp : "/tmp", (int)getpid(), ++count);
    }
    h->a = arena_new();
    h->rooms = rooms;
    db_options o = { .target = h->path };
    str        why = { 0 };
    err        e = db_open(&o, h->a, &h->d, &why);
    if (e == ERR_OK)
        e = vault_from_text(h->a, STR("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="), &h->keys, &why);
    if (e == ERR_OK) {
        db_vault_set(h->d, h->keys);
        e = store_migrate(h->d, rooms, h->a, &why);
    }
    if (e != ERR_OK)
        print_message("%.*s\n", STR_ARG(why));
    assert_int_equal(e, ERR_OK);
    house_reload(h);
    return true;
}

void house_reload(house *h)
{
    str why;
    snapshot_unpin(h->snap);
    assert_int_equal(store_snapshot_load(h->d, h->rooms, h->a, &h->snap, &why), ERR_OK);
    h->c = (ctx){ .a = h->a,
                  .db = h->d,
                  .snap = h->snap,
                  .now_ms = INT64_C(1790000000000),
                  .zone = STR("Asia/Shanghai"),
                  .lang = LANG_EN,
                  .position = -1 };
}

void house_act(house *h, int64_t user, const char *role_key)
{
    h->c.actor = (actor){ .user = user };
    for (size_t i = 0; i < h->snap->role_count; i++)
        if (str_eq(h->snap->roles[i].key, str_from(role_key)))
            permit_roles(&h->c.actor, h->snap, arena_printf(h->a, "%lld", (long long)h->snap->roles[i].id));
    assert_int_not_equal(h->c.actor.roles[0], 0);
}

void house_close(house *h)
{
    char side[320];
    bool file = db_kind(h->d) == DB_SQLITE;
    snapshot_unpin(h->snap);
    db_close(h->d);
    arena_free(h->a);
    if (!file)
        return;
    const char *const endings[] = { "", "-wal", "-shm", ".lock" };
    for (size_t i = 0; i < countof(endings); i++) {
        snprintf(side, sizeof side, "%s%s", h->path, endings[i]);
        unlink(side);
    }
}

void house_read(house *h)
{
    ctx_reset(&h->c);
    assert_int_equal(db_read_begin(h->d, DB_LONG, &h->c.conn), ERR_OK);
}

void house_read_end(house *h)
{
    db_read_end(h->c.conn);
    h->c.conn = NULL;
}

static void show_problems(const ctx *c)
{
    if (c->detail.n)
        print_message("          %.*s\n", STR_ARG(c->detail));
    for (size_t i = 0; i < c->problem_count; i++)
        print_message("          %.*s: %.*s\n", STR_ARG(c->problems[i].field), STR_ARG(c->problems[i].code));
}

void house_do(house *h, store_work work, void *arg)
{
    err e = store_write(&h->c, work, arg);
    if (e != ERR_OK)
        show_problems(&h->c);
    assert_int_equal(e, ERR_OK);
}

str house_query(house *h, const char *text)
{
    query      *q;
    buf         b;
    json_writer w;
    house_read(h);
    err e = query_select(&h->c, str_from(text), &q);
    if (e != ERR_OK)
        show_problems(&h->c);
    assert_int_equal(e, ERR_OK);
    buf_init(&b, 64 << 20);
    json_begin(&w, &b);
    assert_int_equal(query_write(&h->c, q, &w), ERR_OK);
    str out = arena_str(h->a, buf_str(&b));
    buf_free(&b);
    house_read_end(h);
    return out;
}

typedef struct {
    const char *entity_name, *text;
    int64_t     id;
} attempt;

static err save_json(ctx *c, void *arg)
{
    attempt      *t = arg;
    const entity *e = snapshot_entity(c->snap, str_from(t->entity_name));
    json         *tree;
    json_fault    fault;
    rec          *r;
    assert_non_null(e);
    assert_int_equal(json_parse(c->a, str_from(t->text), &tree, &fault), ERR_OK);
    if (t->id)
        TRY(store_load(c, e, t->id, &r));
    else
        r = store_new(c, e);
    TRY(store_patch(c, r, tree));
    TRY(store_save(c, r, 0));
    t->id = r->id;
    return ERR_OK;
}

err house_try(house *h, const char *entity_name, int64_t id, const char *json_text, int64_t *out_id)
{
    attempt t = { entity_name, json_text, id };
    err     e = store_write(&h->c, save_json, &t);
    if (e == ERR_OK && out_id)
        *out_id = t.id;
    return e;
}

int64_t house_create(house *h, const char *entity_name, const char *json_text)
{
    int64_t id = 0;
    err     e = house_try(h, entity_name, 0, json_text, &id);
    if (e != ERR_OK)
        show_problems(&h->c);
    assert_int_equal(e, ERR_OK);
    return id;
}
