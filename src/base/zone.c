#include "base/zone.h"
#include "base/date.h"
#include "base/text.h"
#include <stdatomic.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

/* A zone as we keep it: the instants at which its offset changes, from the first one to KEPT_UNTIL_MS. Asked of ICU
 * once a zone (some 2 ms); after that an offset is a search in an array. What lies behind it is asked of ICU anew. */
#define KEPT_FROM_MS  (-INT64_C(10000000000000)) /* 1653 */
#define KEPT_UNTIL_MS INT64_C(4102444800000)     /* 2100 */

enum { NAME_MAX_BYTES = 63, SLOTS = 1024, HOUR_MS = 3600000 };

typedef struct {
    int64_t from_ms;
    int64_t offset_ms; /* from then on */
} change;

typedef struct {
    char   name[NAME_MAX_BYTES + 1];
    size_t count;
    bool   ends; /* no change comes after the last one kept */
    change changes[];
} zone;

/* Names that were asked for, by their hash; written once a slot, never taken away before the end. */
static _Atomic(zone *) slots[SLOTS];

static const char *const short_names[] = { "UTC", "GMT", "UCT", "PRC", "ROC", "ROK", "CET",  "EET",   "MET",
                                           "WET", "EST", "MST", "HST", "GB",  "NZ",  "Zulu", "Japan", "Singapore" };

static bool name_to_utf16(str name, UChar out[NAME_MAX_BYTES + 1])
{
    if (name.n == 0 || name.n > NAME_MAX_BYTES)
        return false;
    for (ptrdiff_t i = 0; i < name.n; i++) {
        if ((unsigned char)name.p[i] >= 0x80 || name.p[i] <= ' ')
            return false;
        out[i] = (UChar)name.p[i];
    }
    out[name.n] = 0;
    return true;
}

/* ICU also knows names of its own ("CST" for Chicago), which no other program would understand. */
bool zone_known(str name)
{
    UChar      id[NAME_MAX_BYTES + 1], canonical[128];
    UBool      of_system = false;
    UErrorCode e = U_ZERO_ERROR;
    bool       plausible = str_find_char(name, '/') > 0 && !str_eq(name, STR("Etc/Unknown"));
    for (size_t i = 0; i < countof(short_names); i++)
        plausible = plausible || str_eq(name, str_from(short_names[i]));
    if (!plausible || !name_to_utf16(name, id))
        return false;
    ucal_getCanonicalTimeZoneID(id, (int32_t)name.n, canonical, countof(canonical), &of_system, &e);
    return U_SUCCESS(e) && of_system;
}

static UCalendar *open_calendar(str name)
{
    UChar      id[NAME_MAX_BYTES + 1];
    UErrorCode e = U_ZERO_ERROR;
    if (!name_to_utf16(name, id))
        return NULL;
    UCalendar *c = ucal_open(id, (int32_t)name.n, "en", UCAL_GREGORIAN, &e);
    return U_SUCCESS(e) ? c : NULL;
}

static int64_t offset_by_icu(UCalendar *c, int64_t at_ms)
{
    UErrorCode e = U_ZERO_ERROR;
    ucal_setMillis(c, (double)at_ms, &e);
    int32_t ms = ucal_get(c, UCAL_ZONE_OFFSET, &e) + ucal_get(c, UCAL_DST_OFFSET, &e);
    return U_SUCCESS(e) ? ms : 0;
}

/* The first change after an instant; false: none any more. */
static bool next_change_by_icu(UCalendar *c, int64_t after_ms, int64_t *at_ms)
{
    UErrorCode e = U_ZERO_ERROR;
    UDate      at;
    ucal_setMillis(c, (double)after_ms, &e);
    if (!ucal_getTimeZoneTransitionDate(c, UCAL_TZ_TRANSITION_NEXT, &at, &e) || U_FAILURE(e))
        return false;
    *at_ms = (int64_t)at;
    return *at_ms > after_ms;
}

static zone *zone_load(str name)
{
    UCalendar *c = open_calendar(name);
    size_t     room = 64;
    zone      *z = calloc(1, sizeof *z + room * sizeof(change));
    ASSERT(z);
    memcpy(z->name, name.p, (size_t)name.n);
    z->changes[z->count++] = (change){ INT64_MIN, c ? offset_by_icu(c, KEPT_FROM_MS) : 0 };
    int64_t at = KEPT_FROM_MS;
    while (c && next_change_by_icu(c, at, &at) && at < KEPT_UNTIL_MS) {
        if (z->count == room) {
            room *= 2;
            z = realloc(z, sizeof *z + room * sizeof(change));
            ASSERT(z);
        }
        z->changes[z->count++] = (change){ at, offset_by_icu(c, at) };
    }
    z->ends = at < KEPT_UNTIL_MS;
    if (c)
        ucal_close(c);
    return z;
}

/* NULL for a name that is too long or when all slots are taken. */
static const zone *zone_find(str name)
{
    if (name.n == 0 || name.n > NAME_MAX_BYTES)
        return NULL;
    size_t at = hash_bytes(name) % SLOTS;
    zone  *loaded = NULL;
    for (size_t tries = 0; tries < SLOTS; tries++, at = (at + 1) % SLOTS) {
        zone *z = atomic_load_explicit(&slots[at], memory_order_acquire);
        if (!z) {
            if (!loaded)
                loaded = zone_load(name);
            if (atomic_compare_exchange_strong(&slots[at], &z, loaded))
                return loaded;
        }
        if (str_eq(str_from(z->name), name)) {
            free(loaded);
            return z;
        }
    }
    free(loaded);
    return NULL;
}

void zone_forget(void)
{
    for (size_t i = 0; i < SLOTS; i++)
        free(atomic_exchange(&slots[i], NULL));
}

/* A stretch of time with one offset. */
typedef struct {
    int64_t from_ms, to_ms, offset_ms;
} stretch;

static stretch stretch_by_icu(str name, int64_t at_ms)
{
    UCalendar *c = open_calendar(name);
    stretch    s = { KEPT_FROM_MS, INT64_MAX, 0 };
    if (!c)
        return s;
    UErrorCode e = U_ZERO_ERROR;
    UDate      from;
    s.offset_ms = offset_by_icu(c, at_ms);
    if (ucal_getTimeZoneTransitionDate(c, UCAL_TZ_TRANSITION_PREVIOUS_INCLUSIVE, &from, &e) && U_SUCCESS(e))
        s.from_ms = (int64_t)from;
    int64_t to;
    if (next_change_by_icu(c, at_ms, &to))
        s.to_ms = to;
    ucal_close(c);
    return s;
}

static stretch stretch_at(str name, int64_t at_ms)
{
    const zone *z = zone_find(name);
    if (!z || (at_ms >= KEPT_UNTIL_MS && !z->ends))
        return stretch_by_icu(name, at_ms);
    size_t low = 0, high = z->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (z->changes[middle].from_ms <= at_ms)
            low = middle;
        else
            high = middle;
    }
    int64_t end = z->ends ? INT64_MAX : KEPT_UNTIL_MS;
    return (stretch){ z->changes[low].from_ms, high < z->count ? z->changes[high].from_ms : end,
                      z->changes[low].offset_ms };
}

int64_t zone_offset_ms(str name, int64_t at_ms)
{
    return stretch_at(name, at_ms).offset_ms;
}

int64_t zone_change_ms(str name, int64_t at_ms)
{
    return stretch_at(name, at_ms).to_ms;
}

int64_t zone_local_date(str name, int64_t at_ms)
{
    return floor_div(at_ms + zone_offset_ms(name, at_ms), DAY_MS);
}

/* The first instant whose civil day there is `days`. Where a zone left a day out (Samoa, 30 December 2011) it is the
 * first instant after it. */
int64_t zone_day_start_ms(str name, int64_t days)
{
    int64_t midnight = days * DAY_MS, at = midnight - 30 * (int64_t)HOUR_MS;
    for (;;) {
        stretch s = stretch_at(name, at);
        int64_t start = midnight - s.offset_ms;
        if (start < s.from_ms)
            start = s.from_ms;
        if (start < s.to_ms)
            return start;
        at = s.to_ms;
    }
}
