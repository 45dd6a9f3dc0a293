/* CONT-8: contacts by account, person, source or role; who has not been talked to. */
#include "rooms/account/standing.h"
#include "rooms/contact/inside.h"

static const struct {
    const char *by, *entity, *plural, *field;
} groupings[] = {
    { "account", "contact", "contacts", "account" },
    { "person", "contact", "contacts", "owner" },
    { "source", "contact", "contacts", "source" },
    { "period", "contact", "contacts", NULL },
    { "role", "contact_account", "contact_accounts", "role" },
    { "deal_role", "opportunity_contact", "opportunity_contacts", "role" },
};

static void of_contacts(ctx *c, standing_request *r, int64_t days, bool compare, const fiscal_range *is,
                        const fiscal_range *was)
{
    bool            quarters = !r->field;
    standing_metric all[] = {
        { "contacts", { 0 } },
        { "untouched",
          arena_printf(c->a, "last_contact_at = null OR last_contact_at < N_DAYS_AGO:%lld", (long long)days) },
        { "on_deals", STR("id IN (SELECT contact FROM opportunity_contact)") },
        { "new", figures_within_time(c, "created_at", is) },
        { "new_before", figures_within_time(c, "created_at", was) },
    };
    compare = compare && !quarters;
    r->metric_count = quarters ? 3 : compare ? 5 : 4;
    for (size_t i = 0; i < r->metric_count; i++)
        r->metrics[i] = all[i];
    r->before = compare ? "new_before" : NULL;
    r->of = compare ? "new" : NULL;
}

static err contact_report(ctx *c, const char *const *values, json_writer *w)
{
    const char  *by = values[0] && *values[0] ? values[0] : "account";
    fiscal_range is = { 0 }, was = { 0 };
    int64_t      days = figures_number(c, "days", values[2], 1, 36500, 90);
    size_t       at = 0;
    while (at < countof(groupings) && strcmp(groupings[at].by, by) != 0)
        at++;
    if (at == countof(groupings))
        return ctx_problem(c, "by", STR("not_a_choice"));
    TRY(figures_period(c, str_from(values[1] ? values[1] : ""), &is));
    TRY(figures_period_before(c, &is, &was));
    if (values[3] && *values[3] && strcmp(values[3], "previous") != 0)
        (void)ctx_problem(c, "compare", STR("not_a_choice"));
    if (c->problem_count)
        return ERR_INVALID;
    standing_request r = { .entity = groupings[at].entity,
                           .plural = groupings[at].plural,
                           .by = by,
                           .field = groupings[at].field,
                           .time = "created_at" };
    if (strcmp(r.entity, "contact") == 0)
        of_contacts(c, &r, days, values[3] && *values[3], &is, &was);
    else if (strcmp(by, "role") == 0) {
        r.metrics[r.metric_count++] = (standing_metric){ "contacts", STR("until = null OR until > TODAY") };
        r.metrics[r.metric_count++] = (standing_metric){ "former", STR("until <= TODAY") };
    } else
        r.metrics[r.metric_count++] = (standing_metric){ "contacts", { 0 } };
    json_object(w);
    json_put_int(w, "days", days);
    TRY(standing_write(c, &r, w));
    json_object_end(w);
    return ERR_OK;
}

static const report_def contacts_report = {
    .chart = "bar",
    .series = "contacts",
    .compare = "period",
    .parameters = { { "by", "choice", "account,person,source,period,role,deal_role", "account" },
                    { "period", "period", NULL, NULL },
                    { "days", "number", NULL, "90" } },
};

const view_def contact_views[CONTACT_VIEWS] = {
    { "contact_report", { "by", "period", "days", "compare" }, contact_report, &contacts_report },
};
