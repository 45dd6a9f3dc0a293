/* What the desk looks at: the clock of one case explained, how old the queues are, how much was timely. */
#include "rooms/service/inside.h"

#include "base/date.h"
#include "base/num.h"
#include "rooms/account/standing.h"

enum { MINUTE_MS = 60000, PIECES_MOST = 400 };

static void put_columns(json_writer *w, const char *const *names)
{
    json_object(w);
    json_key(w, STR("columns"));
    json_array(w);
    for (; *names; names++)
        json_string(w, str_from(*names));
    json_array_end(w);
    json_key(w, STR("rows"));
    json_array(w);
}

static void end_rows(json_writer *w)
{
    json_array_end(w);
    json_object_end(w);
}

static void put_time(json_writer *w, const char *key, const rec *r, size_t which)
{
    char text[TIME_TEXT];
    if (rec_null(r, which)) {
        json_put_null(w, key);
        return;
    }
    time_format(rec_int(r, which), text);
    json_put_string(w, key, str_from(text));
}

static void put_bool(json_writer *w, const char *key, const rec *r, size_t which)
{
    if (rec_null(r, which))
        json_put_null(w, key);
    else
        json_put_bool(w, key, rec_int(r, which) != 0);
}

/* SERV-3.5 */
static void put_pieces(ctx *c, json_writer *w, const work_calendar *cal, int64_t from, int64_t ms)
{
    work_piece *p = arena_make_n(c->a, work_piece, PIECES_MOST);
    size_t      n = 0;
    int64_t     due;
    json_key(w, STR("pieces"));
    json_array(w);
    if (cal && worktime_add(cal, from, ms, &due, p, PIECES_MOST, &n))
        for (size_t i = 0; i < n && i < PIECES_MOST; i++) {
            char day[DATE_TEXT];
            date_format(p[i].date, day);
            json_object(w);
            json_put_string(w, "date", str_from(day));
            json_put_int(w, "minutes", (p[i].ms + MINUTE_MS / 2) / MINUTE_MS);
            json_object_end(w);
        }
    json_array_end(w);
}

typedef struct {
    const char *what;
    size_t      minutes, due, done, timely;
} clock_side;

static const clock_side sides[] = {
    { "first_response", SLA_RESPONSE, F_FIRST_DUE_AT, F_FIRST_RESPONSE_AT, F_RESPONSE_TIMELY },
    { "resolution", SLA_RESOLUTION, F_DUE_AT, F_RESOLVED_AT, F_TIMELY },
};

static void put_side(ctx *c, json_writer *w, const clock_side *s, const rec *of, const rec *rule,
                     const work_calendar *cal)
{
    bool    resolution = s->minutes == SLA_RESOLUTION;
    int64_t paused = resolution && !rec_null(of, F_PAUSED_MINUTES) ? rec_int(of, F_PAUSED_MINUTES) : 0;
    bool    known = rule && !rec_null(rule, s->minutes);
    json_object(w);
    json_put_string(w, "what", str_from(s->what));
    json_put_string(w, "rule", rule ? rec_text(rule, SLA_NAME) : (str){ 0 });
    json_put_string(w, "zone", cal ? cal->zone : (str){ 0 });
    put_time(w, "due_at", of, s->due);
    put_time(w, "done_at", of, s->done);
    put_bool(w, "timely", of, s->timely);
    if (known)
        json_put_int(w, "minutes", rec_int(rule, s->minutes));
    else
        json_put_null(w, "minutes");
    json_put_int(w, "paused_minutes", paused);
    json_put_bool(w, "standing", resolution && !rec_null(of, F_STOPPED_AT));
    put_pieces(c, w, known ? cal : NULL, case_began(c, of),
               known ? (rec_int(rule, s->minutes) + paused) * MINUTE_MS : 0);
    json_object_end(w);
}

err case_view_clock(ctx *c, const char *const *values, json_writer *out)
{
    static const char *const columns[] = { "what",    "rule",           "zone",     "due_at", "done_at", "timely",
                                           "minutes", "paused_minutes", "standing", "pieces", NULL };
    int64_t                  id = 0;
    rec                     *of, *rule = NULL;
    work_calendar            cal;
    if (!values[0] || num_parse(str_from(values[0]), 0, &id) != NUM_OK || id <= 0)
        return ERR_NOT_FOUND;
    TRY(store_load(c, snapshot_entity(c->snap, STR("case")), id, &of));
    if (rec_ref(of, F_SLA_RULE)) {
        TRY(store_load_any(c, snapshot_entity(c->snap, STR("sla_rule")), rec_ref(of, F_SLA_RULE), &rule));
        TRY(sla_calendar(c, rule, case_began(c, of), &cal));
    }
    put_columns(out, columns);
    for (size_t i = 0; i < countof(sides); i++)
        put_side(c, out, &sides[i], of, rule, rule ? &cal : NULL);
    end_rows(out);
    return ERR_OK;
}

/* ---- SERV-8.1: how old the queues are ---- */

#define OPEN_CASES "status IN ('new','in_progress','waiting')"
static const struct {
    const char *name;
    int         from_days, to_days; /* to 0: without end */
} ages[] = {
    { "under_1", 0, 1 },       { "from_1_to_3", 1, 3 }, { "from_3_to_7", 3, 7 },
    { "from_7_to_30", 7, 30 }, { "over_30", 30, 0 },
};

static const struct {
    const char *by, *field;
} queues[] = {
    { "team", "team" }, { "person", "owner" }, { "kind", "kind" }, { "priority", "priority" }, { "channel", "channel" },
};

static str age_where(ctx *c, size_t i)
{
    char younger[TIME_TEXT], older[TIME_TEXT];
    time_format(c->now_ms - ages[i].from_days * DAY_MS, younger);
    time_format(c->now_ms - ages[i].to_days * DAY_MS, older);
    str since = arena_printf(c->a, "created_at > %s", older);
    if (ages[i].from_days == 0)
        return since;
    if (!ages[i].to_days)
        return arena_printf(c->a, "created_at <= %s", younger);
    return arena_printf(c->a, "created_at <= %s AND %.*s", younger, STR_ARG(since));
}

err case_view_ages(ctx *c, const char *const *values, json_writer *out)
{
    const char      *by = values[0] && *values[0] ? values[0] : "team";
    int64_t          user = figures_id(c, "user", values[1]);
    standing_request r = { .entity = "case", .plural = "cases", .by = by, .where = STR(OPEN_CASES) };
    for (size_t i = 0; i < countof(queues); i++)
        if (strcmp(queues[i].by, by) == 0)
            r.field = queues[i].field;
    if (!r.field)
        (void)ctx_problem(c, "by", STR("not_a_choice"));
    if (c->problem_count)
        return ERR_INVALID;
    if (user)
        r.where = arena_printf(c->a, OPEN_CASES " AND owner = '%lld'", (long long)user);
    r.metrics[r.metric_count++] = (standing_metric){ "waiting", { 0 } };
    for (size_t i = 0; i < countof(ages); i++)
        r.metrics[r.metric_count++] = (standing_metric){ ages[i].name, age_where(c, i) };
    json_object(out);
    TRY(standing_write(c, &r, out));
    json_object_end(out);
    return ERR_OK;
}
