/* rooms_house.h — one database for all tests of an engine, with all rooms; each test finds it empty but for the first
 * records. */
#ifndef ZK_TESTS_ROOMS_HOUSE_H
#define ZK_TESTS_ROOMS_HOUSE_H
#include "house.h"

int rooms_open(void **state); /* group set-up and tear-down */
int rooms_close(void **state);
/* Runs the test on each engine that is there. */
void rooms_each(void (*test)(house *h));

bool rooms_problem(const house *h, const char *name, const char *code);
/* Asserts that the query's answer is this JSON. */
void rooms_say(house *h, const char *query_text, const char *json_text);
/* The number that the query calls n. */
int64_t rooms_number(house *h, const char *query_text);
err     rooms_delete(house *h, const char *entity_name, int64_t id);
err     rooms_restore(house *h, const char *entity_name, int64_t id);

/* printf into the house's arena. */
#define TEXT(h, ...) (arena_printf((h)->a, __VA_ARGS__).p)
#define ID(n)        ((long long)(n))

/* test_NAME for cmocka. */
#define ON_EACH(name)                     \
    static void test_##name(void **state) \
    {                                     \
        (void)state;                      \
        rooms_each(name);                 \
    }
#endif
