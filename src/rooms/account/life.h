/* life.h — where a customer stands, by its orders and contacts: a pure rule. ACCT-4.
 *
 * Units   days since 1970-01-01; NO_DAY where there is none */
#ifndef ZK_ROOMS_ACCOUNT_LIFE_H
#define ZK_ROOMS_ACCOUNT_LIFE_H
#include "rooms/account/account.h"

#define NO_DAY INT64_MIN

enum {
    LIFE_ORDERS_MOST = 400,    /* the newest that are looked at */
    LIFE_RHYTHM_DEFAULT = 180, /* days, of who has not ordered often enough to have a rhythm */
    LIFE_RHYTHM_LEAST = 14
};

/* Why. */
typedef enum {
    WHY_NO_ORDER,  /* never won                                                       */
    WHY_ORDERS,    /* the last order is within one and a half times the rhythm        */
    WHY_SILENT,    /* it is not, but somebody is in touch, or it is not that long yet */
    WHY_OPEN_DEAL, /* silent for long, but a deal is open                             */
    WHY_GONE,      /* three times the rhythm and nobody in touch                      */
    WHY_CAME_BACK, /* the last order came after it had been lost                      */
    WHY_GIVEN,     /* an import said so                                               */
    WHY_COUNT
} life_reason;

typedef struct {
    const int64_t *orders; /* days of won deals, newest first, repetitions allowed */
    size_t         order_count;
    int64_t        last_contact, today;
    bool           open_deal;
} life_facts;

typedef struct {
    account_life stage;
    life_reason  reason;
    int64_t      since;   /* NO_DAY: it has always been so */
    int64_t      next_on; /* when time alone will change it; NO_DAY: never */
    int64_t      rhythm_days, last_order;
} life_verdict;

life_verdict life_judge(const life_facts *f);
/* The median of the days between orders on different days, newest first; the default where fewer than three days. */
int64_t life_rhythm(const int64_t *orders, size_t count);

/* GB 32100-2015: is it a unified social credit code by its form (18 characters of its alphabet), and does the last character
 * check the others? */
bool uscc_form(str s);
bool uscc_checks(str s);
#endif
