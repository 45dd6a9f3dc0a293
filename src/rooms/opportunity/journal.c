/* What became of a deal over time: its stages, what it was worth, when it was to close; and what can be read from that. */
#include "base/date.h"
#include "base/num.h"
#include "rooms/opportunity/inside.h"
#include "schema/currency.h"

enum { MADE, STAGE, AMOUNT, CLOSE_DATE, WHAT_KINDS };
static const choice_def whats[WHAT_KINDS] = {
    [MADE] = { "made", NEXT_ANY, "blue" },
    [STAGE] = { "stage", NEXT_ANY, "teal" },
    [AMOUNT] = { "amount", NEXT_ANY, "green" },
    [CLOSE_DATE] = { "close_date", NEXT_ANY, "amber" },
};

enum {
    J_OPPORTUNITY,
    J_AT,
    J_BY,
    J_WHAT,
    J_FROM_STAGE,
    J_STAGE,
    J_DAYS,
    J_FROM_AMOUNT,
    J_AMOUNT,
    J_CURRENCY,
    J_FROM_DATE,
    J_DATE,
    J_DAYS_MOVED,
    J_REASON,
    J_COUNT
};
static const field_def fields[] = {
    [J_OPPORTUNITY] = { .name = "opportunity",
                        .type = FT_REF,
                        .target = "opportunity",
                        .flags = FF_REQUIRED | FF_READONLY | FF_LIST | FF_CASCADE },
    [J_AT] = { .name = "at", .type = FT_TIME, .flags = FF_REQUIRED | FF_READONLY | FF_LIST | FF_SORT },
    [J_BY] = { .name = "by", .type = FT_REF, .target = "user", .flags = FF_READONLY | FF_LIST },
    [J_WHAT] = { .name = "what",
                 .type = FT_MULTI_CHOICE,
                 .flags = FF_READONLY | FF_LIST,
                 .choices = whats,
                 .choice_count = WHAT_KINDS },
    [J_FROM_STAGE] = { .name = "from_stage",
                       .type = FT_REF,
                       .target = "pipeline_stage",
                       .flags = FF_READONLY | FF_LIST },
    [J_STAGE] = { .name = "stage", .type = FT_REF, .target = "pipeline_stage", .flags = FF_READONLY | FF_LIST },
    [J_DAYS] = { .name = "days", .type = FT_DECIMAL, .decimals = 2, .flags = FF_READONLY | FF_LIST },
    [J_FROM_AMOUNT] = { .name = "from_amount", .type = FT_MONEY, .flags = FF_READONLY },
    [J_AMOUNT] = { .name = "amount", .type = FT_MONEY, .flags = FF_READONLY | FF_LIST },
    [J_CURRENCY] = { .name = "currency", .type = FT_CHOICE, CURRENCY_CHOICES, .flags = FF_READONLY },
    [J_FROM_DATE] = { .name = "from_close_date", .type = FT_DATE, .flags = FF_READONLY },
    [J_DATE] = { .name = "close_date", .type = FT_DATE, .flags = FF_READONLY | FF_LIST },
    [J_DAYS_MOVED] = { .name = "days_moved", .type = FT_INTEGER, .flags = FF_READONLY | FF_LIST },
    [J_REASON] = { .name = "reason", .type = FT_TEXT, .min = 1, .max = 255, .flags = FF_READONLY },
};
_Static_assert(countof(fields) == J_COUNT, "one row per field");

/* ---- writing ---- */

const carry_def journal_carries[JOURNAL_CARRIES] = {
    { "opportunity_change", "stage", "stage" },
    { "opportunity_change", "from_stage", "stage" },
    { "opportunity_change", "amount", "amount" },
    { "opportunity_change", "from_amount", "amount" },
    { "opportunity_change", "currency", "currency" },
    { "opportunity_change", "close_date", "close_date" },
    { "opportunity_change", "from_close_date", "close_date" },
    { "opportunity_change", "days_moved", "close_date" },
    { "opportunity_change", "reason", "reopen_reason" },
};

static void take(rec *into, size_t field_index, const rec *from, size_t of)
{
    if (from)
        into->v[field_index] = from->v[of];
}

static void note_stage(ctx *c, const rec *old, const rec *saved, rec *j)
{
    take(j, J_FROM_STAGE, old, F_STAGE);
    take(j, J_STAGE, saved, F_STAGE);
    if (old && !rec_null(old, F_STAGE_SINCE)) /* JOUR-2: in hundredths */
        rec_set_int(j, J_DAYS, (c->now_ms - rec_int(old, F_STAGE_SINCE)) * 100 / DAY_MS);
    if (old && rec_given(saved, F_REOPEN_REASON))
        take(j, J_REASON, saved, F_REOPEN_REASON);
}

static void note_date(const rec *old, const rec *saved, rec *j)
{
    take(j, J_FROM_DATE, old, F_CLOSE_DATE);
    take(j, J_DATE, saved, F_CLOSE_DATE);
    if (old && !rec_null(old, F_CLOSE_DATE) && !rec_null(saved, F_CLOSE_DATE))
        rec_set_int(j, J_DAYS_MOVED, rec_int(saved, F_CLOSE_DATE) - rec_int(old, F_CLOSE_DATE));
}

err deal_journal(ctx *c, const rec *old, const rec *saved)
{
    bool stage = rec_changed(old, saved, F_STAGE), amount = rec_changed(old, saved, F_AMOUNT);
    bool date = rec_changed(old, saved, F_CLOSE_DATE);
    if (c->importing || (old && !stage && !amount && !date)) /* JOUR-3 */
        return ERR_OK;
    rec *j = store_new(c, snapshot_entity(c->snap, STR("opportunity_change")));
    rec_set_ref(j, J_OPPORTUNITY, saved->id);
    rec_set_int(j, J_AT, c->now_ms);
    rec_set_ref(j, J_BY, c->actor.user);
    const char *what = !old ? "made" : "";
    const char *sep = "";
    str         list = str_from(what);
    const struct {
        bool        is;
        const char *name;
    } parts[] = { { old && stage, "stage" }, { old && amount, "amount" }, { old && date, "close_date" } };
    for (size_t i = 0; i < countof(parts); i++)
        if (parts[i].is) {
            list = arena_printf(c->a, "%.*s%s%s", STR_ARG(list), sep, parts[i].name);
            sep = ";";
        }
    rec_set_text(c, j, J_WHAT, list);
    take(j, J_CURRENCY, saved, F_CURRENCY);
    if (stage)
        note_stage(c, old, saved, j);
    if (amount) {
        take(j, J_FROM_AMOUNT, old, F_AMOUNT);
        take(j, J_AMOUNT, saved, F_AMOUNT);
    }
    if (date)
        note_date(old, saved, j);
    return store_save_derived(c, j);
}

void deal_count_push(const rec *old, rec *next, bool open)
{
    bool later = old && open && !rec_null(old, F_CLOSE_DATE) && !rec_null(next, F_CLOSE_DATE) &&
                 rec_int(next, F_CLOSE_DATE) > rec_int(old, F_CLOSE_DATE);
    if (later)
        rec_set_int(next, F_PUSHED, (rec_null(next, F_PUSHED) ? 0 : rec_int(next, F_PUSHED)) + 1);
}

/* ---- what can be read from it: JOUR-6 ---- */

enum { STAGES_MOST = 60 };

typedef struct {
    int64_t id, kind, expected, standing, late, entered, left, on, won, lost, days_sum;
    str     key, label;
} stage_row;

typedef struct {
    ctx      *c;
    stage_row list[STAGES_MOST];
    size_t    count;
    int64_t   user;
    str       pipeline;
    str       within; /* " AND at >= …", of the period; empty: whenever */
} stages;

static stage_row *row_of(stages *s, int64_t id)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].id == id)
            return &s->list[i];
    return NULL;
}

static err take_stage(void *arg, query_row *row)
{
    stages *s = arg;
    value   days = query_value(row, 4);
    str     kind = query_value(row, 3).s;
    if (s->count < STAGES_MOST)
        s->list[s->count++] = (stage_row){ .id = query_value(row, 0).i,
                                           .key = arena_str(s->c->a, query_value(row, 1).s),
                                           .label = arena_str(s->c->a, query_value(row, 2).s),
                                           .kind = str_eq(kind, STR("won"))    ? STAGE_WON
                                                   : str_eq(kind, STR("lost")) ? STAGE_LOST
                                                                               : STAGE_OPEN,
                                           .expected = days.set ? days.i : -1 };
    return ERR_OK;
}

static err take_entered(void *arg, query_row *row)
{
    stage_row *r = row_of(arg, query_value(row, 0).i);
    if (r)
        r->entered = query_value(row, 1).i;
    return ERR_OK;
}

static err take_left(void *arg, query_row *row)
{
    stages    *s = arg;
    stage_row *from = row_of(s, query_value(row, 0).i), *to = row_of(s, query_value(row, 1).i);
    int64_t    n = query_value(row, 2).i;
    value      days = query_value(row, 3);
    if (!from)
        return ERR_OK;
    from->left += n;
    from->days_sum += days.set ? days.i : 0;
    if (to && to->kind == STAGE_WON)
        from->won += n;
    else if (to && to->kind == STAGE_LOST)
        from->lost += n;
    else if (to && to > from)
        from->on += n;
    return ERR_OK;
}

static err take_standing(void *arg, query_row *row)
{
    stage_row *r = row_of(arg, query_value(row, 0).i);
    if (r)
        r->standing = query_value(row, 1).i;
    return ERR_OK;
}

static str owned(const stages *s, const char *path)
{
    return s->user ? arena_printf(s->c->a, " AND %sowner = '%lld'", path, (long long)s->user) : (str){ 0 };
}

static str entered_where(const stages *s, int64_t stage)
{
    return arena_printf(s->c->a, "stage = '%lld'%.*s%.*s", (long long)stage, STR_ARG(s->within),
                        STR_ARG(owned(s, "opportunity.")));
}

static str left_where(const stages *s, int64_t stage)
{
    return arena_printf(s->c->a, "from_stage = '%lld'%.*s%.*s", (long long)stage, STR_ARG(s->within),
                        STR_ARG(owned(s, "opportunity.")));
}

static str standing_where(const stages *s, int64_t stage)
{
    return arena_printf(s->c->a, "stage.id = '%lld'%.*s", (long long)stage, STR_ARG(owned(s, "")));
}

static str late_where(const stages *s, const stage_row *r)
{
    return arena_printf(s->c->a, "%.*s AND stage_since < N_DAYS_AGO:%lld", STR_ARG(standing_where(s, r->id)),
                        (long long)r->expected);
}

static err read_stages(stages *s)
{
    ctx *c = s->c;
    str  of = arena_printf(c->a, "pipeline = %.*s", STR_ARG(figures_quote(c, s->pipeline)));
    str  deals = owned(s, "opportunity."), own = owned(s, "");
    TRY(figures_each(c,
                     arena_printf(c->a,
                                  "SELECT id, key, label, kind, expected_days FROM pipeline_stage WHERE %.*s ORDER BY "
                                  "position LIMIT %d",
                                  STR_ARG(of), STAGES_MOST),
                     take_stage, s));
    if (s->count == 0)
        return ctx_problem(c, "pipeline", STR("no_such_record"));
    str in = STR("");
    for (size_t i = 0; i < s->count; i++)
        in = arena_printf(c->a, "%.*s%s'%lld'", STR_ARG(in), i ? "," : "", (long long)s->list[i].id);
    TRY(figures_each(c,
                     arena_printf(c->a,
                                  "SELECT stage, COUNT_DISTINCT(opportunity) n FROM opportunity_change WHERE stage IN "
                                  "(%.*s)%.*s%.*s GROUP BY stage",
                                  STR_ARG(in), STR_ARG(s->within), STR_ARG(deals)),
                     take_entered, s));
    TRY(figures_each(c,
                     arena_printf(c->a,
                                  "SELECT from_stage, stage, COUNT(id) n, SUM(days) d FROM opportunity_change WHERE "
                                  "from_stage IN (%.*s)%.*s%.*s GROUP BY from_stage, stage",
                                  STR_ARG(in), STR_ARG(s->within), STR_ARG(deals)),
                     take_left, s));
    TRY(figures_each(c,
                     arena_printf(c->a,
                                  "SELECT stage.id, COUNT(id) n FROM opportunity WHERE stage.id IN (%.*s)%.*s GROUP BY "
                                  "stage.id",
                                  STR_ARG(in), STR_ARG(own)),
                     take_standing, s));
    for (size_t i = 0; i < s->count; i++) {
        list_request late = { .where = late_where(s, &s->list[i]) };
        if (s->list[i].kind == STAGE_OPEN && s->list[i].expected >= 0)
            TRY(query_count(c, snapshot_entity(c->snap, STR("opportunity")), &late, false, &s->list[i].late));
    }
    return ERR_OK;
}

static void put_percent(ctx *c, json_writer *w, const char *key, int64_t part, int64_t whole, str where)
{
    json_key(w, str_from(key));
    json_object(w);
    json_key(w, STR("value"));
    figures_percent(w, part, whole);
    json_key(w, STR("records"));
    figures_address(c, w, "opportunity_changes", where);
    json_object_end(w);
}

static void put_stage(stages *s, json_writer *w, const stage_row *r)
{
    ctx *c = s->c;
    str  left = left_where(s, r->id);
    char text[NUM_TEXT];
    json_object(w);
    json_put_id(w, "id", r->id);
    json_put_string(w, "key", r->key);
    json_put_string(w, "name", r->label);
    figures_put_count(c, w, "entered", r->entered, "opportunities",
                      arena_printf(c->a, "id IN (SELECT opportunity FROM opportunity_change WHERE %.*s)",
                                   STR_ARG(entered_where(s, r->id))));
    figures_put_count(c, w, "left", r->left, "opportunity_changes", left);
    put_percent(c, w, "went_on", r->on + r->won, r->left, left);
    put_percent(c, w, "won", r->won, r->left, arena_printf(c->a, "%.*s AND stage.kind = 'won'", STR_ARG(left)));
    put_percent(c, w, "lost", r->lost, r->left, arena_printf(c->a, "%.*s AND stage.kind = 'lost'", STR_ARG(left)));
    json_key(w, STR("days"));
    json_object(w);
    json_key(w, STR("value"));
    if (r->left) {
        num_format((r->days_sum + r->left * 5) / (r->left * 10), 1, 0, text);
        json_number(w, str_from(text));
    } else
        json_null(w);
    json_key(w, STR("records"));
    figures_address(c, w, "opportunity_changes", left);
    json_object_end(w);
    if (r->expected >= 0)
        json_put_int(w, "expected_days", r->expected);
    else
        json_put_null(w, "expected_days");
    figures_put_count(c, w, "standing", r->standing, "opportunities", standing_where(s, r->id));
    if (r->expected >= 0)
        figures_put_count(c, w, "late", r->late, "opportunities", late_where(s, r));
    else
        json_put_null(w, "late");
    json_object_end(w);
}

typedef struct {
    int64_t deals, days;
} cycle;

static err take_cycle(void *arg, query_row *row)
{
    cycle *y = arg;
    y->deals = query_value(row, 0).i;
    y->days = query_value(row, 1).set ? query_value(row, 1).i : 0;
    return ERR_OK;
}

/* From being made to being won, of the deals that were won in the period. */
static err put_cycle(stages *s, json_writer *w)
{
    ctx  *c = s->c;
    cycle y = { 0 };
    char  text[NUM_TEXT];
    str   where =
        arena_printf(c->a,
                     "opportunity.stage.kind = 'won' AND opportunity.pipeline = %.*s AND opportunity IN "
                     "(SELECT opportunity FROM opportunity_change WHERE stage.kind = 'won'%.*s)%.*s",
                     STR_ARG(figures_quote(c, s->pipeline)), STR_ARG(s->within), STR_ARG(owned(s, "opportunity.")));
    TRY(figures_each(c,
                     arena_printf(c->a,
                                  "SELECT COUNT_DISTINCT(opportunity) n, SUM(days) d FROM opportunity_change WHERE "
                                  "%.*s AND from_stage.kind = 'open'",
                                  STR_ARG(where)),
                     take_cycle, &y));
    json_key(w, STR("cycle_days"));
    json_object(w);
    json_key(w, STR("value"));
    if (y.deals) {
        num_format((y.days + y.deals * 5) / (y.deals * 10), 1, 0, text);
        json_number(w, str_from(text));
    } else
        json_null(w);
    json_key(w, STR("records"));
    figures_address(c, w, "opportunities",
                    arena_printf(c->a,
                                 "stage.kind = 'won' AND pipeline = %.*s AND id IN (SELECT opportunity FROM "
                                 "opportunity_change WHERE stage.kind = 'won'%.*s)%.*s",
                                 STR_ARG(figures_quote(c, s->pipeline)), STR_ARG(s->within), STR_ARG(owned(s, ""))));
    json_object_end(w);
    return ERR_OK;
}

typedef struct {
    ctx *c;
    str  name, key;
} pipeline_key;

static err take_key(void *arg, query_row *row)
{
    pipeline_key *k = arg;
    str           key = query_value(row, 0).s;
    if (!k->key.n || str_eq(key, k->name)) /* a key of digits goes before an id */
        k->key = arena_str(k->c->a, key);
    return ERR_OK;
}

err pipeline_named(ctx *c, str name, str *key)
{
    int64_t      id;
    pipeline_key found = { .c = c, .name = name };
    *key = name;
    if (!str_to_int64(name, &id))
        return ERR_OK;
    TRY(figures_each(c,
                     arena_printf(c->a, "SELECT key FROM pipeline WHERE id = '%lld' OR key = %.*s", (long long)id,
                                  STR_ARG(figures_quote(c, name))),
                     take_key, &found));
    *key = found.key;
    return key->n ? ERR_OK : ctx_problem(c, "pipeline", STR("no_such_record"));
}

err stage_conversion(ctx *c, const char *const *values, json_writer *w)
{
    static const char *const columns[] = { "name",    "text",     "entered", "integer", "left",
                                           "integer", "went_on",  "percent", "won",     "percent",
                                           "lost",    "percent",  "days",    "decimal", "expected_days",
                                           "integer", "standing", "integer", "late",    "integer",
                                           NULL };
    stages                  *s = arena_make(c->a, stages);
    fiscal_range             period = { 0 };
    s->c = c;
    TRY(pipeline_named(c, str_from(values[0] && *values[0] ? values[0] : "sales"), &s->pipeline));
    s->user = figures_id(c, "user", values[2]);
    if (values[1] && *values[1]) {
        TRY(figures_period(c, str_from(values[1]), &period));
        s->within = arena_printf(c->a, " AND %.*s", STR_ARG(figures_within_time(c, "at", &period)));
    }
    if (c->problem_count)
        return ERR_INVALID;
    TRY(read_stages(s));
    json_object(w);
    figures_columns(w, columns);
    json_key(w, STR("rows"));
    json_array(w);
    for (size_t i = 0; i < s->count; i++)
        put_stage(s, w, &s->list[i]);
    json_array_end(w);
    TRY(put_cycle(s, w));
    json_object_end(w);
    return ERR_OK;
}

static const list_view_def lists[] = {
    { "all", "", "at DESC", NULL },
    { "pushed", "days_moved > 0", "at DESC", NULL },
};
static const index_def indexes[] = { { "opportunity,at", false }, { "stage,at", false }, { "from_stage,at", false } };

const entity_def opportunity_change_entity = {
    .name = "opportunity_change",
    .part_of = "opportunity",
    .plural = "opportunity_changes",
    .fields = fields,
    .field_count = countof(fields),
    .lists = lists,
    .list_count = countof(lists),
    .few = "days_moved",
    .indexes = indexes,
    .index_count = countof(indexes),
    .title_from = "opportunity,stage",
    .currency = "currency",
    .hidden = true,
    .journal = true,
};
