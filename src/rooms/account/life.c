#include "rooms/account/life.h"

#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* ACCT-4.1: the median, rounded down, so that one long pause or two orders in a week do not move it. */
int64_t life_rhythm(const int64_t *orders, size_t count)
{
    int64_t gaps[LIFE_ORDERS_MOST], r;
    size_t  n = 0;
    for (size_t i = 1; i < count && n < LIFE_ORDERS_MOST; i++)
        if (orders[i - 1] != orders[i])
            gaps[n++] = orders[i - 1] - orders[i];
    if (n < 2)
        return LIFE_RHYTHM_DEFAULT;
    qsort(gaps, n, sizeof *gaps, by_size);
    r = n % 2 ? gaps[n / 2] : (gaps[n / 2 - 1] + gaps[n / 2]) / 2;
    return r < LIFE_RHYTHM_LEAST ? LIFE_RHYTHM_LEAST : r;
}

static int64_t risk_days(int64_t rhythm)
{
    return rhythm + rhythm / 2;
}

/* Had it been lost when the last order came, by the rhythm it had until then? */
static bool came_back(const life_facts *f)
{
    size_t before = 0;
    while (before < f->order_count && f->orders[before] == f->orders[0])
        before++;
    if (before == f->order_count)
        return false;
    int64_t rhythm = life_rhythm(f->orders + before, f->order_count - before);
    return f->orders[0] - f->orders[before] > 3 * rhythm;
}

/* ACCT-4.2 to ACCT-4.5. When it came back, the pause is no part of its rhythm. */
life_verdict life_judge(const life_facts *f)
{
    life_verdict v = {
        .stage = LIFE_PROSPECT, .reason = WHY_NO_ORDER, .since = NO_DAY, .next_on = NO_DAY, .last_order = NO_DAY
    };
    if (f->order_count == 0)
        return v;
    bool   back = came_back(f);
    size_t skip = 0;
    while (back && skip < f->order_count && f->orders[skip] == f->orders[0])
        skip++;
    v.rhythm_days = life_rhythm(f->orders + skip, f->order_count - skip);
    v.last_order = f->orders[0];
    int64_t risk = v.last_order + risk_days(v.rhythm_days) + 1, gone = v.last_order + 3 * v.rhythm_days + 1;
    if (f->last_contact != NO_DAY && f->last_contact + v.rhythm_days + 1 > gone)
        gone = f->last_contact + v.rhythm_days + 1;
    if (f->today < risk) {
        v.stage = back ? LIFE_WON_BACK : LIFE_ACTIVE;
        v.reason = back ? WHY_CAME_BACK : WHY_ORDERS;
        v.since = v.last_order;
        v.next_on = risk;
    } else if (f->today < gone || f->open_deal) {
        v.stage = LIFE_AT_RISK;
        v.reason = f->today >= gone ? WHY_OPEN_DEAL : WHY_SILENT;
        v.since = risk;
        v.next_on = f->today < gone ? gone : NO_DAY;
    } else {
        v.stage = LIFE_LOST;
        v.reason = WHY_GONE;
        v.since = gone;
    }
    return v;
}

/* ---- GB 32100-2015 ---- */

static int uscc_value(char ch)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    const char       *at = ch ? strchr(alphabet, ch) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

bool uscc_form(str s)
{
    if (s.n != 18)
        return false;
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (uscc_value(s.p[i]) < 0)
            return false;
    return true;
}

bool uscc_checks(str s)
{
    int sum = 0, weight = 1; /* 3^i mod 31 */
    for (ptrdiff_t i = 0; i < 17; i++) {
        sum += uscc_value(s.p[i]) * weight;
        weight = weight * 3 % 31;
    }
    return (31 - sum % 31) % 31 == uscc_value(s.p[17]);
}
