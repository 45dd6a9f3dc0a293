/* deals.h — a small house with every field type, for the tests of the query language. */
#ifndef ZK_TESTS_DEALS_H
#define ZK_TESTS_DEALS_H
#include "house.h"

enum { ANN, BOB, NORTH, ACME, BETA, GONE, NAMES };
extern int64_t deals_ids[NAMES];

/* Runs the test on each engine that is there, each time in a new house. */
void deals_on_both(void (*test)(house *h));
/* Five deals: a, B, c, "50% d" and one without a name; firms, users, a team, stages, quotas. */
void deals_fill(house *h);
/* In texts "$0" … "$5" stand for the ids of the enum above. */
int64_t deals_make(house *h, const char *entity_name, const char *text);

typedef struct {
    const char *text, *expected;
} answer;

str  deals_records(house *h, const char *text);            /* what a SELECT answers, without the cursor */
void deals_answer(house *h, const answer *rows, size_t n); /* SELECT → records                          */
str  deals_found(house *h, const char *where);             /* the names of the deals: "a,B,-"           */
void deals_find(house *h, const answer *rows, size_t n);   /* condition → names                         */
err  deals_try(house *h, str where);                       /* is it taken, does it run?                 */

#define ON_BOTH(name)                 \
    static void test_##name(void **s) \
    {                                 \
        (void)s;                      \
        deals_on_both(name);          \
    }
#endif
