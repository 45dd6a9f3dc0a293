#include "rooms_house.h"

#include "app/registry.h"

/* One database for all tests of an engine: making one takes seconds on PostgreSQL. */
static house   houses[2];
static bool    there[2];
static int64_t first_free[2]; /* ids from here on are the tests' */

int rooms_open(void **state)
{
    (void)state;
    for (int engine = DB_SQLITE; engine <= DB_POSTGRES; engine++) {
        house *h = &houses[engine];
        there[engine] = house_open(h, (db_engine)engine, rooms);
        if (there[engine])
            first_free[engine] = house_create(h, "team", "{\"name\":\"-\"}");
    }
    return 0;
}

int rooms_close(void **state)
{
    (void)state;
    for (int engine = DB_SQLITE; engine <= DB_POSTGRES; engine++)
        if (there[engine])
            house_close(&houses[engine]);
    return 0;
}

static err wipe(db_conn *conn, void *arg)
{
    const house *h = arg;
    TRY(db_exec(conn, STR("DELETE FROM \"zk_counter\"")));
    for (size_t i = 0; i < h->snap->entity_count; i++)
        TRY(db_exec(conn,
                    arena_printf(h->a, "DELETE FROM \"%.*s\" WHERE \"id\">=%lld", STR_ARG(h->snap->entities[i]->table),
                                 (long long)first_free[db_conn_kind(conn)])));
    return ERR_OK;
}

void rooms_each(void (*test)(house *h))
{
    for (int engine = DB_SQLITE; engine <= DB_POSTGRES; engine++) {
        house *h = &houses[engine];
        if (!there[engine])
            continue;
        assert_int_equal(db_write(h->d, wipe, h), ERR_OK);
        house_reload(h);
        test(h);
    }
}

bool rooms_problem(const house *h, const char *name, const char *code)
{
    for (size_t i = 0; i < h->c.problem_count; i++)
        if (str_eq(h->c.problems[i].field, str_from(name)) && str_eq(h->c.problems[i].code, str_from(code)))
            return true;
    for (size_t i = 0; i < h->c.problem_count; i++)
        print_message("          has %.*s: %.*s\n", STR_ARG(h->c.problems[i].field), STR_ARG(h->c.problems[i].code));
    return false;
}

void rooms_say(house *h, const char *query_text, const char *json_text)
{
    str out = house_query(h, query_text);
    if (!str_eq(out, str_from(json_text)))
        print_message("          %s\n          says %.*s\n", query_text, STR_ARG(out));
    assert_true(str_eq(out, str_from(json_text)));
}

int64_t rooms_number(house *h, const char *query_text)
{
    str       out = house_query(h, query_text);
    ptrdiff_t at = str_find(out, STR("\"n\":"));
    assert_true(at >= 0);
    return strtoll(out.p + at + 4, NULL, 10);
}

typedef struct {
    const char *entity_name;
    int64_t     id;
    bool        restore;
} removal;

static err remove_or_restore(ctx *c, void *arg)
{
    removal      *r = arg;
    const entity *e = snapshot_entity(c->snap, str_from(r->entity_name));
    return r->restore ? store_restore(c, e, r->id) : store_delete(c, e, r->id, 0);
}

err rooms_delete(house *h, const char *entity_name, int64_t id)
{
    return store_write(&h->c, remove_or_restore, &(removal){ entity_name, id, false });
}

err rooms_restore(house *h, const char *entity_name, int64_t id)
{
    return store_write(&h->c, remove_or_restore, &(removal){ entity_name, id, true });
}
