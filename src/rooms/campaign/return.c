/* CAMP-5: what came of campaigns: every number with the list that opens exactly its records. All is counted by the database in
 * a few grouped questions, however many campaigns stand below each other. */
#include "rooms/campaign/inside.h"

#include "rooms/opportunity/figures.h"

enum { CAMPAIGNS_MOST = 200, COMPARED_MOST = 100, LEVELS_MOST = 20 };
enum { DEALS_OPEN, DEALS_WON, DEALS_LOST, DEAL_KINDS };
static const char *const deal_kinds[DEAL_KINDS] = { "open", "won", "lost" };

typedef struct {
    int64_t members, responses, leads, converted, deals[DEAL_KINDS], amount[DEAL_KINDS], cost, budget;
} figures;

typedef struct {
    int64_t id, parent;
    str     name, status;
    int     level;
    figures f;
} one;

typedef struct {
    ctx   *c;
    one   *list;
    size_t count, most;
    bool   over;
    one   *lately; /* where the last group went */
    int    level;
} table;

/* ---- which campaigns ---- */

static err take_campaign(void *arg, query_row *row)
{
    table *t = arg;
    value  id = query_value(row, 0), parent = query_value(row, 2), cost = query_value(row, 3),
          budget = query_value(row, 4);
    t->over = t->count == t->most;
    if (t->over)
        return ERR_OK;
    t->list[t->count++] = (one){ .id = id.i,
                                 .name = arena_str(t->c->a, query_value(row, 1).s),
                                 .parent = parent.set ? parent.i : 0,
                                 .status = arena_str(t->c->a, query_value(row, 5).s),
                                 .level = t->level,
                                 .f = { .cost = cost.set ? cost.i : 0, .budget = budget.set ? budget.i : 0 } };
    return ERR_OK;
}

static str id_list(const table *t, size_t from)
{
    buf b;
    buf_init(&b, 16 << 10);
    for (size_t i = from; i < t->count; i++)
        buf_printf(&b, "%s'%lld'", i > from ? "," : "", (long long)t->list[i].id);
    str s = arena_str(t->c->a, buf_str(&b));
    buf_free(&b);
    return s;
}

static err ask_campaigns(table *t, str where)
{
    return figures_each(t->c,
                        arena_printf(t->c->a,
                                     "SELECT id, name, parent, actual_cost_base, budget_base, status FROM campaign "
                                     "WHERE %.*s ORDER BY start_date DESC NULLS LAST LIMIT %d",
                                     STR_ARG(where), CAMPAIGNS_MOST + 1),
                        take_campaign, t);
}

/* Level by level, then put under each other. */
static err find_tree(table *t, int64_t top)
{
    size_t from = 0;
    TRY(ask_campaigns(t, arena_printf(t->c->a, "id = '%lld'", (long long)top)));
    if (t->count == 0)
        return ERR_NOT_FOUND;
    while (from < t->count && !t->over && t->level < LEVELS_MOST) {
        str above = id_list(t, from);
        from = t->count;
        t->level++;
        TRY(ask_campaigns(t, arena_printf(t->c->a, "parent IN (%.*s)", STR_ARG(above))));
    }
    return t->over ? ctx_problem(t->c, "campaign", STR("too_many_groups")) : ERR_OK;
}

static void hang(const table *t, int64_t parent, one *out, size_t *n)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->list[i].parent == parent && t->list[i].level > 0) {
            out[(*n)++] = t->list[i];
            hang(t, t->list[i].id, out, n);
        }
}

static void order_tree(table *t)
{
    one   *sorted = arena_make_n(t->c->a, one, t->count);
    size_t n = 1;
    sorted[0] = t->list[0];
    hang(t, t->list[0].id, sorted, &n);
    ASSERT(n == t->count);
    t->list = sorted;
}

/* ---- counting ---- */

static figures *figures_of(table *t, query_row *row)
{
    int64_t id = query_value(row, 0).i;
    if (t->lately && t->lately->id == id)
        return &t->lately->f;
    for (size_t i = 0; i < t->count; i++)
        if (t->list[i].id == id) {
            t->lately = &t->list[i];
            return &t->list[i].f;
        }
    return NULL;
}

static err take_members(void *arg, query_row *row)
{
    figures *f = figures_of(arg, row);
    if (f) {
        f->members = query_value(row, 1).i;
        f->responses = query_value(row, 2).i;
    }
    return ERR_OK;
}

static err take_leads(void *arg, query_row *row)
{
    figures *f = figures_of(arg, row);
    int64_t  n = query_value(row, 2).i;
    if (f) {
        f->leads += n;
        f->converted += str_eq(query_value(row, 1).s, STR("converted")) ? n : 0;
    }
    return ERR_OK;
}

static err take_deals(void *arg, query_row *row)
{
    figures *f = figures_of(arg, row);
    value    kind = query_value(row, 1), sum = query_value(row, 3);
    for (int i = 0; f && i < DEAL_KINDS; i++)
        if (str_eq(kind.s, str_from(deal_kinds[i]))) {
            f->deals[i] += query_value(row, 2).i;
            f->amount[i] += sum.set ? sum.i : 0;
        }
    return ERR_OK;
}

static err count_all(table *t)
{
    static const struct {
        const char *select, *group;
        query_each  take;
    } asks[] = {
        { "SELECT campaign, COUNT(id) n, COUNT(responded_at) r FROM campaign_member", "campaign", take_members },
        { "SELECT campaign, status, COUNT(id) n FROM lead", "campaign, status", take_leads },
        { "SELECT campaign, stage.kind, COUNT(id) n, SUM(amount_base) s FROM opportunity", "campaign, stage.kind",
          take_deals },
    };
    str ids = id_list(t, 0);
    for (size_t i = 0; i < countof(asks) && t->count; i++)
        TRY(figures_each(t->c,
                         arena_printf(t->c->a, "%s WHERE campaign IN (%.*s) GROUP BY %s LIMIT 2000", asks[i].select,
                                      STR_ARG(ids), asks[i].group),
                         asks[i].take, t));
    return ERR_OK;
}

static void add(figures *to, const figures *f)
{
    to->members += f->members;
    to->responses += f->responses;
    to->leads += f->leads;
    to->converted += f->converted;
    to->cost += f->cost;
    to->budget += f->budget;
    for (int i = 0; i < DEAL_KINDS; i++) {
        to->deals[i] += f->deals[i];
        to->amount[i] += f->amount[i];
    }
}

/* ---- the answer ---- */

static const char *const columns[] = {
    "name",        "text",    "members",           "integer", "responses",     "integer", "response_rate", "percent",
    "leads",       "integer", "converted",         "integer", "deals",         "integer", "deals_open",    "integer",
    "amount_open", "money",   "deals_won",         "integer", "amount_won",    "money",   "budget",        "money",
    "cost",        "money",   "cost_per_response", "money",   "cost_per_lead", "money",   "return",        "percent",
    NULL
};

/* {"value":…,"records":…} whose value the caller writes between. */
static void begin_value(json_writer *w, const char *key)
{
    json_key(w, str_from(key));
    json_object(w);
    json_key(w, STR("value"));
}

static void end_value(ctx *c, json_writer *w, const char *plural, str where)
{
    json_key(w, STR("records"));
    figures_address(c, w, plural, where);
    json_object_end(w);
}

static void put_share(ctx *c, json_writer *w, const char *key, int64_t part, int64_t whole, const char *plural,
                      str where)
{
    begin_value(w, key);
    figures_percent(w, part, whole);
    end_value(c, w, plural, where);
}

/* CAMP-5.4 */
static void put_each(ctx *c, json_writer *w, const char *key, int64_t cost, int64_t n, const char *plural, str where)
{
    int64_t each = campaign_cost_per_response_minor(cost < 0 ? 0 : cost, n);
    begin_value(w, key);
    if (each < 0)
        json_null(w);
    else
        figures_money(c, w, each);
    end_value(c, w, plural, where);
}

/* in: "campaign = '7'" or "campaign IN (…)"; self: the same of the campaigns themselves. */
static void put_figures(ctx *c, json_writer *w, const figures *f, str in, str self)
{
    str     answered = arena_printf(c->a, "%.*s AND responded_at != null", STR_ARG(in));
    str     converted = arena_printf(c->a, "%.*s AND status = 'converted'", STR_ARG(in));
    str     open = arena_printf(c->a, "%.*s AND stage.kind = 'open'", STR_ARG(in));
    str     won = arena_printf(c->a, "%.*s AND stage.kind = 'won'", STR_ARG(in));
    int64_t deals = f->deals[DEALS_OPEN] + f->deals[DEALS_WON] + f->deals[DEALS_LOST];
    figures_put_count(c, w, "members", f->members, "campaign_members", in);
    figures_put_count(c, w, "responses", f->responses, "campaign_members", answered);
    put_share(c, w, "response_rate", f->responses, f->members, "campaign_members", answered);
    figures_put_count(c, w, "leads", f->leads, "leads", in);
    figures_put_count(c, w, "converted", f->converted, "leads", converted);
    figures_put_count(c, w, "deals", deals, "opportunities", in);
    figures_put_count(c, w, "deals_open", f->deals[DEALS_OPEN], "opportunities", open);
    figures_put_money(c, w, "amount_open", f->amount[DEALS_OPEN], "opportunities", open);
    figures_put_count(c, w, "deals_won", f->deals[DEALS_WON], "opportunities", won);
    figures_put_money(c, w, "amount_won", f->amount[DEALS_WON], "opportunities", won);
    figures_put_money(c, w, "budget", f->budget, "campaigns", self);
    figures_put_money(c, w, "cost", f->cost, "campaigns", self);
    put_each(c, w, "cost_per_response", f->cost, f->responses, "campaign_members", answered);
    put_each(c, w, "cost_per_lead", f->cost, f->leads, "leads", in);
    put_share(c, w, "return", f->amount[DEALS_WON] - f->cost, f->cost, "opportunities", won);
}

static void put_rows(table *t, json_writer *w, figures *total)
{
    ctx *c = t->c;
    json_put_string(w, "currency", c->snap->currency);
    figures_columns(w, columns);
    json_key(w, STR("rows"));
    json_array(w);
    for (size_t i = 0; i < t->count; i++) {
        const one *x = &t->list[i];
        json_object(w);
        json_put_id(w, "id", x->id);
        json_put_id(w, "key", x->id);
        json_put_string(w, "name", x->name);
        json_put_string(w, "status", x->status);
        json_put_int(w, "level", x->level);
        put_figures(c, w, &x->f, arena_printf(c->a, "campaign = '%lld'", (long long)x->id),
                    arena_printf(c->a, "id = '%lld'", (long long)x->id));
        json_object_end(w);
        add(total, &x->f);
    }
    json_array_end(w);
}

static void put_total(table *t, json_writer *w, const figures *total)
{
    ctx *c = t->c;
    str  ids = id_list(t, 0), none = STR("id = null");
    json_key(w, STR("total"));
    json_object(w);
    put_figures(c, w, total, ids.n ? arena_printf(c->a, "campaign IN (%.*s)", STR_ARG(ids)) : none,
                ids.n ? arena_printf(c->a, "id IN (%.*s)", STR_ARG(ids)) : none);
    json_object_end(w);
}

/* CAMP-5.5: from those who were asked to those who bought; the campaign and all below it. */
static void put_funnel(table *t, json_writer *w, const figures *f)
{
    ctx *c = t->c;
    str  in = arena_printf(c->a, "campaign IN (%.*s)", STR_ARG(id_list(t, 0)));
    const struct {
        const char *step, *plural, *and_what;
        int64_t     n;
    } steps[] = {
        { "members", "campaign_members", "", f->members },
        { "responses", "campaign_members", " AND responded_at != null", f->responses },
        { "leads", "leads", "", f->leads },
        { "deals", "opportunities", "", f->deals[DEALS_OPEN] + f->deals[DEALS_WON] + f->deals[DEALS_LOST] },
        { "won", "opportunities", " AND stage.kind = 'won'", f->deals[DEALS_WON] },
    };
    json_key(w, STR("funnel"));
    json_array(w);
    for (size_t i = 0; i < countof(steps); i++) {
        json_object(w);
        json_put_string(w, "step", str_from(steps[i].step));
        json_put_int(w, "value", steps[i].n);
        json_key(w, STR("records"));
        figures_address(c, w, steps[i].plural, arena_printf(c->a, "%.*s%s", STR_ARG(in), steps[i].and_what));
        json_object_end(w);
    }
    json_array_end(w);
}

/* ---- members by state ---- */

typedef struct {
    member_state *list;
    size_t        count;
    int64_t       members[STATES_MOST];
} by_state;

static err take_state(void *arg, query_row *row)
{
    by_state *s = arg;
    value     status = query_value(row, 0);
    for (size_t i = 0; i < s->count; i++)
        if (str_eq(s->list[i].status, status.s))
            s->members[i] = query_value(row, 1).i;
    return ERR_OK;
}

static err put_states(ctx *c, json_writer *w, int64_t campaign)
{
    by_state *s = arena_make(c->a, by_state);
    TRY(campaign_states(c, campaign, &s->list, &s->count));
    TRY(figures_each(c,
                     arena_printf(c->a,
                                  "SELECT status, COUNT(id) n FROM campaign_member WHERE campaign = '%lld' "
                                  "GROUP BY status",
                                  (long long)campaign),
                     take_state, s));
    json_key(w, STR("states"));
    json_array(w);
    for (size_t i = 0; i < s->count; i++) {
        json_object(w);
        json_put_string(w, "key", s->list[i].status);
        json_put_string(w, "name", s->list[i].name);
        json_put_bool(w, "initial", s->list[i].initial);
        json_put_bool(w, "response", s->list[i].response);
        figures_put_count(c, w, "members", s->members[i], "campaign_members",
                          arena_printf(c->a, "campaign = '%lld' AND status = %.*s", (long long)campaign,
                                       STR_ARG(figures_quote(c, s->list[i].status))));
        json_object_end(w);
    }
    json_array_end(w);
    return ERR_OK;
}

/* ---- the views ---- */

err campaign_view_figures(ctx *c, const char *const *values, json_writer *out)
{
    int64_t id = figures_id(c, "campaign", values[0]);
    figures total = { 0 };
    table   t = { .c = c, .list = arena_make_n(c->a, one, CAMPAIGNS_MOST), .most = CAMPAIGNS_MOST };
    if (!id && !c->problem_count)
        (void)ctx_problem(c, "campaign", STR("required"));
    if (c->problem_count)
        return ERR_INVALID;
    TRY(find_tree(&t, id));
    order_tree(&t);
    TRY(count_all(&t));
    json_object(out);
    TRY(put_states(c, out, id));
    put_rows(&t, out, &total);
    put_total(&t, out, &total);
    put_funnel(&t, out, &total);
    json_object_end(out);
    return ERR_OK;
}

static str and_also(ctx *c, str where, str more)
{
    return where.n ? arena_printf(c->a, "%.*s AND %.*s", STR_ARG(where), STR_ARG(more)) : more;
}

/* values: where, status, type, period (in which it begins), user. */
static err comparison_where(ctx *c, const entity *e, const char *const *values, str *out)
{
    static const char *const choices[] = { "status", "type" };
    int64_t                  user = figures_id(c, "user", values[4]);
    fiscal_range             p;
    str                      where = values[0] ? str_trim(str_from(values[0])) : (str){ 0 };
    if (campaign_check_condition(c, e, "where", where) != ERR_OK)
        return ERR_INVALID;
    if (where.n)
        where = arena_printf(c->a, "(%.*s)", STR_ARG(where));
    for (size_t i = 0; i < countof(choices); i++) {
        str key = str_from(values[1 + i] ? values[1 + i] : "");
        if (key.n && !field_choice(entity_field(e, str_from(choices[i])), key))
            (void)ctx_problem(c, choices[i], STR("not_a_choice"));
        else if (key.n)
            where = and_also(c, where, arena_printf(c->a, "%s = %.*s", choices[i], STR_ARG(figures_quote(c, key))));
    }
    if (values[3] && *values[3] && figures_period(c, str_from(values[3]), &p) == ERR_OK)
        where = and_also(c, where, figures_within(c, "start_date", &p));
    if (user)
        where = and_also(c, where, arena_printf(c->a, "owner = '%lld'", (long long)user));
    *out = where.n ? where : STR("id != null");
    return c->problem_count ? ERR_INVALID : ERR_OK;
}

/* CAMP-5.6: the newest campaigns of a condition beside each other. */
err campaign_view_comparison(ctx *c, const char *const *values, json_writer *out)
{
    const entity *e = snapshot_entity(c->snap, STR("campaign"));
    str           where;
    figures       total = { 0 };
    table         t = { .c = c, .list = arena_make_n(c->a, one, COMPARED_MOST), .most = COMPARED_MOST };
    TRY(comparison_where(c, e, values, &where));
    TRY(ask_campaigns(&t, where));
    TRY(count_all(&t));
    json_object(out);
    put_rows(&t, out, &total);
    put_total(&t, out, &total);
    json_put_bool(out, "more", t.over);
    json_object_end(out);
    return ERR_OK;
}
