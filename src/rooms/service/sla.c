/* SERV-3: when people work, and how much of that a case may take. */
#include "rooms/service/inside.h"

#include "base/date.h"
#include "base/text.h"
#include "rooms/calendar/calendar.h"

enum { RULES_MOST = 200, HOLIDAYS_MOST = 800, MINUTES_MOST = 1000000 };

/* ---- working calendars ---- */

#define HOURS_OF(day)                                                                          \
    {                                                                                          \
        .name = day, .type = FT_TEXT, .flags = FF_LIST, .min = 1, .max = 120, .group = "hours" \
    }
static const field_def calendar_fields[] = {
    [CAL_NAME] = { .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED | FF_SORT | FF_LIST, .min = 1, .max = 100 },
    [CAL_ZONE] = { .name = "zone", .type = FT_TEXT, .flags = FF_LIST, .min = 1, .max = 63 },
    [CAL_MONDAY] = HOURS_OF("monday"),
    [CAL_MONDAY + 1] = HOURS_OF("tuesday"),
    [CAL_MONDAY + 2] = HOURS_OF("wednesday"),
    [CAL_MONDAY + 3] = HOURS_OF("thursday"),
    [CAL_MONDAY + 4] = HOURS_OF("friday"),
    [CAL_MONDAY + 5] = HOURS_OF("saturday"),
    [CAL_SUNDAY] = HOURS_OF("sunday"),
    [CAL_HOLIDAYS] = { .name = "holidays", .type = FT_BOOL, .initial = "true", .group = "hours" },
};
_Static_assert(countof(calendar_fields) == CAL_COUNT, "one row per field");

/* SERV-3.1 */
static err calendar_before_save(ctx *c, const rec *old, rec *next)
{
    work_calendar w = { 0 };
    bool          faulty = false;
    (void)old;
    if (!rec_null(next, CAL_ZONE) && !zone_known(rec_text(next, CAL_ZONE)))
        (void)ctx_problem(c, "zone", STR("unknown_zone"));
    for (int i = 0; i < 7; i++)
        if (!worktime_parse_spans(rec_text(next, (size_t)(CAL_MONDAY + i)), w.spans[i], &w.span_count[i])) {
            (void)ctx_problem(c, calendar_fields[CAL_MONDAY + i].name, STR("working_calendar.spans"));
            faulty = true;
        }
    if (!faulty && !worktime_has_hours(&w))
        (void)ctx_problem(c, "monday", STR("working_calendar.no_hours"));
    return ERR_OK;
}

static err seed_calendar(ctx *c)
{
    rec *r = store_new(c, snapshot_entity(c->snap, STR("working_calendar")));
    rec_set_text(c, r, CAL_NAME, label_get(c->snap->organisation_lang, STR("seed.working_calendar.office")));
    for (size_t i = 0; i < 5; i++)
        rec_set_text(c, r, CAL_MONDAY + i, STR("09:00-12:00 13:30-18:00"));
    return store_save(c, r, 0);
}

static const list_view_def calendar_lists[] = { { "all", "", "name", NULL } };

const entity_def working_calendar_entity = {
    .name = "working_calendar",
    .plural = "working_calendars",
    .fields = calendar_fields,
    .field_count = countof(calendar_fields),
    .lists = calendar_lists,
    .list_count = countof(calendar_lists),
    .configuration = true,
    .seed = seed_calendar,
    .before_save = calendar_before_save,
};

/* ---- rules ---- */

static const field_def rule_fields[] = {
    [SLA_NAME] = { .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED | FF_SORT | FF_LIST, .min = 1, .max = 100 },
    [SLA_POSITION] = { .name = "position",
                       .type = FT_INTEGER,
                       .flags = FF_LIST | FF_SORT,
                       .min = 0,
                       .max = 9999,
                       .initial = "100" },
    [SLA_ACTIVE] = { .name = "active", .type = FT_BOOL, .flags = FF_LIST, .initial = "true" },
    [SLA_KIND] = { .name = "kind",
                   .type = FT_CHOICE,
                   .flags = FF_LIST,
                   .choices = case_kinds,
                   .choice_count = CASE_KIND_COUNT },
    [SLA_PRIORITY] = { .name = "priority",
                       .type = FT_CHOICE,
                       .flags = FF_LIST,
                       .choices = case_priorities,
                       .choice_count = CASE_PRIORITY_COUNT },
    [SLA_LEVEL] = { .name = "level", .type = FT_TEXT, .flags = FF_LIST, .min = 1, .max = 40 },
    [SLA_PRODUCT] = { .name = "product", .type = FT_REF, .target = "product", .flags = FF_LIST },
    [SLA_CALENDAR] = { .name = "calendar",
                       .type = FT_REF,
                       .target = "working_calendar",
                       .flags = FF_REQUIRED | FF_LIST },
    [SLA_RESPONSE] = { .name = "response_minutes",
                       .type = FT_INTEGER,
                       .flags = FF_LIST,
                       .min = 1,
                       .max = MINUTES_MOST },
    [SLA_RESOLUTION] = { .name = "resolution_minutes",
                         .type = FT_INTEGER,
                         .flags = FF_REQUIRED | FF_LIST,
                         .min = 1,
                         .max = MINUTES_MOST },
    [SLA_WARNING] = { .name = "warning_minutes",
                      .type = FT_INTEGER,
                      .flags = FF_LIST,
                      .min = 0,
                      .max = MINUTES_MOST,
                      .initial = "60" },
};
_Static_assert(countof(rule_fields) == SLA_COUNT, "one row per field");

static const struct {
    const char *key;
    int         kind, priority; /* -1: any */
    const char *level;
    int64_t     response, resolution, warning;
} seeded[] = {
    { "urgent", -1, 3, NULL, 60, 450, 60 },
    { "complaint_a", CASE_COMPLAINT, -1, "A", 60, 450, 60 },
    { "complaint", CASE_COMPLAINT, -1, NULL, 120, 900, 120 },
    { "high", -1, 2, NULL, 240, 900, 120 },
    { "other", -1, -1, NULL, 450, 2250, 240 },
};

static err seed_rules(ctx *c)
{
    int64_t     *ids;
    size_t       n;
    list_request first = { .order = STR("id"), .limit = 1 };
    TRY(query_ids(c, snapshot_entity(c->snap, STR("working_calendar")), &first, 1, &ids, &n));
    for (size_t i = 0; n && i < countof(seeded); i++) {
        rec *r = store_new(c, snapshot_entity(c->snap, STR("sla_rule")));
        str  label = arena_printf(c->a, "seed.sla_rule.%s", seeded[i].key);
        rec_set_text(c, r, SLA_NAME, label_get(c->snap->organisation_lang, label));
        rec_set_int(r, SLA_POSITION, (int64_t)(i + 1) * 10);
        if (seeded[i].kind >= 0)
            rec_set_choice(r, SLA_KIND, seeded[i].kind);
        if (seeded[i].priority >= 0)
            rec_set_choice(r, SLA_PRIORITY, seeded[i].priority);
        if (seeded[i].level)
            rec_set_text(c, r, SLA_LEVEL, str_from(seeded[i].level));
        rec_set_ref(r, SLA_CALENDAR, ids[0]);
        rec_set_int(r, SLA_RESPONSE, seeded[i].response);
        rec_set_int(r, SLA_RESOLUTION, seeded[i].resolution);
        rec_set_int(r, SLA_WARNING, seeded[i].warning);
        TRY(store_save(c, r, 0));
    }
    return ERR_OK;
}

static const list_view_def rule_lists[] = { { "all", "", "position", NULL } };

const entity_def sla_rule_entity = {
    .name = "sla_rule",
    .plural = "sla_rules",
    .fields = rule_fields,
    .field_count = countof(rule_fields),
    .lists = rule_lists,
    .list_count = countof(rule_lists),
    .configuration = true,
    .seed = seed_rules,
};

/* ---- which rule, which days ---- */

static err account_level(ctx *c, const rec *of, str *out)
{
    rec *account;
    *out = (str){ 0 };
    if (!rec_ref(of, F_ACCOUNT))
        return ERR_OK;
    const entity *e = snapshot_entity(c->snap, STR("account"));
    err           x = store_load_any(c, e, rec_ref(of, F_ACCOUNT), &account);
    if (x == ERR_NOT_FOUND) /* said where references are checked */
        return ERR_OK;
    TRY(x);
    *out = rec_text(account, (size_t)entity_field(e, STR("level"))->index);
    return ERR_OK;
}

err sla_rule_for(ctx *c, const rec *of, rec **out)
{
    const entity *e = snapshot_entity(c->snap, STR("sla_rule"));
    list_request  r = { .where = STR("active = true"), .order = STR("position, id") };
    int64_t      *ids;
    size_t        n;
    str           level;
    *out = NULL;
    TRY(query_ids(c, e, &r, RULES_MOST, &ids, &n));
    TRY(account_level(c, of, &level));
    for (size_t i = 0; i < n; i++) {
        rec *rule;
        TRY(store_load_any(c, e, ids[i], &rule));
        bool kind = rec_null(rule, SLA_KIND) || rec_choice(rule, SLA_KIND) == rec_choice(of, F_KIND);
        bool urgency = rec_null(rule, SLA_PRIORITY) || rec_choice(rule, SLA_PRIORITY) == rec_choice(of, F_PRIORITY);
        bool customer = rec_null(rule, SLA_LEVEL) || str_eq_nocase(rec_text(rule, SLA_LEVEL), level);
        bool product = !rec_ref(rule, SLA_PRODUCT) || rec_ref(rule, SLA_PRODUCT) == rec_ref(of, F_PRODUCT);
        if (kind && urgency && customer && product) {
            *out = rule;
            return ERR_OK;
        }
    }
    return ERR_OK;
}

typedef struct {
    work_day *days;
    size_t    count;
    int       worked; /* like which weekday a worked weekend is */
} holidays;

static err take_holiday(void *arg, query_row *row)
{
    holidays *h = arg;
    value     date = query_value(row, 1), kind = query_value(row, 2);
    if (h->count < HOLIDAYS_MOST && date.set)
        h->days[h->count++] = (work_day){ date.i, str_eq(kind.s, STR("work")) ? h->worked : WORKED_OFF };
    return ERR_OK;
}

/* Public holidays and worked weekends of the two years after, the day before included for the zone's sake. */
static err load_holidays(ctx *c, int64_t from_ms, work_calendar *w)
{
    char         first[DATE_TEXT], last[DATE_TEXT];
    holidays     h = { .days = arena_make_n(c->a, work_day, HOLIDAYS_MOST), .worked = worktime_first_weekday(w) };
    query       *q;
    int64_t      day = floor_div(from_ms, DAY_MS);
    list_request r = { .order = STR("date"), .select = STR("id,date,kind"), .limit = 0 };
    date_format(day - 2, first);
    date_format(day + 740, last);
    r.where = arena_printf(c->a, "date >= %s AND date <= %s", first, last);
    TRY(query_list(c, snapshot_entity(c->snap, STR("holiday")), &r, &q));
    TRY(query_run(c, q, take_holiday, &h));
    w->days = h.days;
    w->day_count = h.count;
    return ERR_OK;
}

err sla_calendar(ctx *c, const rec *rule, int64_t from_ms, work_calendar *out)
{
    rec *of;
    *out = (work_calendar){ 0 };
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("working_calendar")), rec_ref(rule, SLA_CALENDAR), &of));
    out->zone = rec_null(of, CAL_ZONE) ? c->snap->zone : rec_text(of, CAL_ZONE);
    for (int i = 0; i < 7; i++)
        if (!worktime_parse_spans(rec_text(of, (size_t)(CAL_MONDAY + i)), out->spans[i], &out->span_count[i]))
            out->span_count[i] = 0;
    if (rec_null(of, CAL_HOLIDAYS) || !rec_int(of, CAL_HOLIDAYS))
        return ERR_OK;
    return load_holidays(c, from_ms, out);
}
