/* Events on PostgreSQL: whose transactions hold them up, and whose do not. */
#include <libpq-fe.h>
#include <unistd.h>

#include "app/registry.h"
#include "house.h"

/* A transaction with a number of its own, left open. */
static PGconn *begin_on(const char *url)
{
    PGconn   *link = PQconnectdb(url);
    PGresult *r = PQexec(link, "BEGIN; SELECT pg_current_xact_id()");
    assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
    PQclear(r);
    return link;
}

static size_t events_of(house *h, int64_t id)
{
    outbox_row *rows;
    size_t      n, found = 0;
    house_read(h);
    assert_int_equal(store_outbox_read(&h->c, 0, 1000, &rows, &n), ERR_OK);
    for (size_t i = 0; i < n; i++)
        found += rows[i].record == id;
    house_read_end(h);
    return found;
}

/* What ends elsewhere at the very moment of the look counts as running until the next one. */
static bool heard(house *h, int64_t id)
{
    for (int i = 0; i < 500; i++, usleep(10000))
        if (events_of(h, id) == 1)
            return true;
    return false;
}

static void one_that_runs_in_another_database_holds_nothing_up(void **state)
{
    (void)state;
    house h;
    if (!house_open(&h, DB_POSTGRES, rooms))
        return;
    PGconn *elsewhere = begin_on(getenv("ZHIKE_TEST_PG"));
    int64_t id = house_create(&h, "account", "{\"name\":\"华为\"}");
    assert_true(heard(&h, id));
    int64_t last;
    house_read(&h);
    assert_int_equal(store_outbox_last(&h.c, &last), ERR_OK);
    house_read_end(&h);
    assert_true(last > 0);
    PQfinish(elsewhere);
    house_close(&h);
}

/* It may still write an event with its lower number: who read past it would never hear of it. */
static void one_that_runs_here_is_waited_for(void **state)
{
    (void)state;
    house h;
    if (!house_open(&h, DB_POSTGRES, rooms))
        return;
    PGconn *here = begin_on(h.path);
    int64_t id = house_create(&h, "account", "{\"name\":\"华为\"}");
    assert_int_equal(events_of(&h, id), 0);
    PQclear(PQexec(here, "COMMIT"));
    assert_true(heard(&h, id));
    PQfinish(here);
    house_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_runs_in_another_database_holds_nothing_up),
        cmocka_unit_test(one_that_runs_here_is_waited_for),
    };
    return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
