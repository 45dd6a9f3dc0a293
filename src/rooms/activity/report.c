/* ACT-13: who did how much of what in a period. */
#include "rooms/account/standing.h"
#include "rooms/activity/inside.h"

static const struct {
    const char *by, *field;
} groupings[] = { { "person", "owner" }, { "kind", "kind" }, { "purpose", "purpose" }, { "period", NULL } };

/* What was done, kind by kind; by kind: how much of it is done. */
static void measure(ctx *c, standing_request *r)
{
    static const struct {
        const char *kind, *name;
    } kinds[] = { { "call", "calls" },       { "visit", "visits" }, { "meeting", "meetings" }, { "email", "emails" },
                  { "message", "messages" }, { "note", "notes" },   { "task", "tasks" } };
    r->metrics[r->metric_count++] = (standing_metric){ "activities", { 0 } };
    if (strcmp(r->by, "kind") == 0) {
        r->metrics[r->metric_count++] = (standing_metric){ "done", STR("done_at != null") };
        r->metrics[r->metric_count++] = (standing_metric){ "open", STR("done_at = null") };
        r->metrics[r->metric_count++] = (standing_metric){ "overdue", STR("done_at = null AND due_at < TODAY") };
        return;
    }
    for (size_t i = 0; i < countof(kinds); i++)
        r->metrics[r->metric_count++] =
            (standing_metric){ kinds[i].name, arena_printf(c->a, "done_at != null AND kind = '%s'", kinds[i].kind) };
    r->metrics[r->metric_count++] = (standing_metric){ "open", STR("done_at = null") };
}

/* values: by, period, user. */
err activity_report(ctx *c, const char *const *values, json_writer *w)
{
    const char      *by = values[0] && *values[0] ? values[0] : groupings[0].by;
    int64_t          user = figures_id(c, "user", values[2]);
    fiscal_range     p;
    size_t           at = 0;
    standing_request r = { .entity = "activity", .plural = "activities", .by = by, .time = "at" };
    while (at < countof(groupings) && strcmp(groupings[at].by, by) != 0)
        at++;
    if (at == countof(groupings))
        return ctx_problem(c, "by", STR("not_a_choice"));
    r.field = groupings[at].field;
    if (values[1] && *values[1] && figures_period(c, str_from(values[1]), &p) == ERR_OK)
        r.where = figures_within_time(c, "at", &p);
    if (c->problem_count)
        return ERR_INVALID;
    if (user)
        r.where =
            arena_printf(c->a, "%.*s%sowner = '%lld'", STR_ARG(r.where), r.where.n ? " AND " : "", (long long)user);
    measure(c, &r);
    json_object(w);
    TRY(standing_write(c, &r, w));
    json_object_end(w);
    return ERR_OK;
}
