#include "rooms/calendar/calendar.h"

#include "base/date.h"
#include "store/store.h"

static const choice_def kinds[] = {
    [HOLIDAY_OFF] = { "off", NEXT_ANY, "red" },
    [HOLIDAY_WORK] = { "work", NEXT_ANY, "grey" },
};
_Static_assert(countof(kinds) == HOLIDAY_KIND_COUNT, "one row per kind");

enum { F_NAME, F_DATE, F_KIND, F_COUNT };
static const field_def fields[] = {
    [F_NAME] = { .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED | FF_SORT | FF_LIST, .min = 1, .max = 60 },
    [F_DATE] = { .name = "date", .type = FT_DATE, .flags = FF_REQUIRED | FF_SORT | FF_LIST },
    [F_KIND] = { .name = "kind",
                 .type = FT_CHOICE,
                 .flags = FF_REQUIRED | FF_LIST,
                 .choices = kinds,
                 .choice_count = countof(kinds),
                 .initial = "off" },
};
_Static_assert(countof(fields) == F_COUNT, "one row per field");

static const list_view_def lists[] = {
    { "coming", "date >= TODAY", "date", NULL },
    { "all", "", "date DESC", NULL },
};
static const index_def indexes[] = { { "date", true } };

/* HOL-3: 2026 as the State Council's General Office announced it on 4 November 2025. */
static const struct {
    const char  *name;
    holiday_kind kind;
    civil        first;
    int          days;
} seeded[] = {
    { "元旦", HOLIDAY_OFF, { 2026, 1, 1 }, 3 },      { "元旦", HOLIDAY_WORK, { 2026, 1, 4 }, 1 },
    { "春节", HOLIDAY_WORK, { 2026, 2, 14 }, 1 },    { "春节", HOLIDAY_OFF, { 2026, 2, 15 }, 9 },
    { "春节", HOLIDAY_WORK, { 2026, 2, 28 }, 1 },    { "清明节", HOLIDAY_OFF, { 2026, 4, 4 }, 3 },
    { "劳动节", HOLIDAY_OFF, { 2026, 5, 1 }, 5 },    { "劳动节", HOLIDAY_WORK, { 2026, 5, 9 }, 1 },
    { "端午节", HOLIDAY_OFF, { 2026, 6, 19 }, 3 },   { "国庆节", HOLIDAY_WORK, { 2026, 9, 20 }, 1 },
    { "中秋节", HOLIDAY_OFF, { 2026, 9, 25 }, 3 },   { "国庆节", HOLIDAY_OFF, { 2026, 10, 1 }, 7 },
    { "国庆节", HOLIDAY_WORK, { 2026, 10, 10 }, 1 },
};

static err seed(ctx *c)
{
    const entity *e = snapshot_entity(c->snap, STR("holiday"));
    for (size_t i = 0; i < countof(seeded); i++)
        for (int d = 0; d < seeded[i].days; d++) {
            rec *r = store_new(c, e);
            rec_set_text(c, r, F_NAME, str_from(seeded[i].name));
            rec_set_int(r, F_DATE, date_from_civil(seeded[i].first) + d);
            rec_set_choice(r, F_KIND, (int)seeded[i].kind);
            TRY(store_save(c, r, 0));
        }
    return ERR_OK;
}

const entity_def holiday_entity = {
    .name = "holiday",
    .plural = "holidays",
    .fields = fields,
    .field_count = countof(fields),
    .lists = lists,
    .list_count = countof(lists),
    .indexes = indexes,
    .index_count = countof(indexes),
    .configuration = true,
    .seed = seed,
};
