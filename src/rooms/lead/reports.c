/* LEAD-10: what became of leads, by where they came from or by whatever else they can be told apart by. */
#include "rooms/account/standing.h"
#include "rooms/lead/inside.h"

static const struct {
    const char *by, *field;
} groupings[] = {
    { "source", "source" },   { "campaign", "campaign" }, { "industry", "industry" },
    { "person", "owner" },    { "rating", "rating" },     { "region", "region" },
    { "came_by", "came_by" }, { "form", "form" },         { "reason", "unqualified_reason" },
};

/* A dimension of the table, or an own field by its name. */
static const char *grouping(ctx *c, const char *by)
{
    const field *own = entity_field(snapshot_entity(c->snap, STR("lead")), str_from(by));
    for (size_t i = 0; i < countof(groupings); i++)
        if (strcmp(groupings[i].by, by) == 0)
            return groupings[i].field;
    return own && own->flags & FF_CUSTOM && (own->type == FT_CHOICE || own->type == FT_TEXT)
               ? arena_cstr(c->a, own->name)
               : NULL;
}

static err lead_conversion(ctx *c, const char *const *values, json_writer *w)
{
    const char  *by = values[0] && *values[0] ? values[0] : "source";
    bool         quarters = strcmp(by, "period") == 0;
    const char  *f = quarters ? NULL : grouping(c, by);
    fiscal_range period;
    str          in = { 0 };
    if (!f && !quarters)
        return ctx_problem(c, "by", STR("not_a_choice"));
    if (values[1] && *values[1]) {
        TRY(figures_period(c, str_from(values[1]), &period));
        in = figures_within_time(c, "created_at", &period);
    }
    standing_request r = {
        .entity = "lead",
        .plural = "leads",
        .by = by,
        .field = f,
        .time = "created_at",
        .where = in,
        .metrics = { { "leads", { 0 } },
                     { "open", STR("status IN ('new','contacted','nurturing','qualified')") },
                     { "qualified", STR("status = 'qualified'") },
                     { "converted", STR("status = 'converted'") },
                     { "unqualified", STR("status = 'unqualified'") } },
        .metric_count = 5,
        .rate = "conversion",
        .part = "converted",
        .whole = "leads",
    };
    json_object(w);
    TRY(standing_write(c, &r, w));
    json_object_end(w);
    return ERR_OK;
}

static const report_def conversion_report = {
    .chart = "bar",
    .series = "converted,open,unqualified",
    .compare = "period",
    .parameters = { { "by", "choice", "source,campaign,industry,person,rating,region,came_by,form,reason,period",
                      "source" },
                    { "period", "period", NULL, NULL } },
};

const view_def lead_views[LEAD_VIEW_COUNT] = {
    { "lead_conversion", { "by", "period", NULL, NULL }, lead_conversion, &conversion_report },
};
