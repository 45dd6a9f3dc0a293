/* A path or a function call → SQL of its value. */
#include "query/plan.h"

static str text_of(maker *m, buf *b)
{
    str s = arena_str(m->a, buf_str(b));
    buf_free(b);
    return s;
}

/* ---- money ---- */

static int decimals_of(const maker *m, str code)
{
    currency_info info;
    return currency_find(code, &info) ? info.decimals : m->c->snap->currency_decimals;
}

static void add_code(maker *m, money_scale *s, str code)
{
    s->codes = s->codes.n ? arena_printf(m->a, "%.*s,'%.*s'", STR_ARG(s->codes), STR_ARG(code))
                          : arena_printf(m->a, "'%.*s'", STR_ARG(code));
}

/* The first is the organisation's; the others name their currencies. */
size_t money_scales(maker *m, const field *f, money_scale out[MONEY_SCALES])
{
    size_t count = 1;
    out[0] = (money_scale){ .decimals = m->c->snap->currency_decimals };
    if (f->currency < 0)
        return count;
    const field *currency = &f->owner->fields[f->currency];
    for (size_t i = 0; i < currency->choice_count; i++) {
        str    code = currency->choices[i].key;
        int    decimals = decimals_of(m, code);
        size_t at = 0;
        while (at < count && out[at].decimals != decimals)
            at++;
        if (at == MONEY_SCALES)
            continue;
        if (at == count)
            out[count++] = (money_scale){ .decimals = decimals };
        if (at > 0)
            add_code(m, &out[at], code);
    }
    return count;
}

static str currency_sql(maker *m, const place *p)
{
    if (p->f->type != FT_MONEY || p->f->currency < 0)
        return (str){ 0 };
    return column_sql(m, p->src, p->src->e->fields[p->f->currency].column);
}

/* ---- plain fields ---- */

void term_of_place(maker *m, const place *p, term *out)
{
    out->p = *p;
    out->type = p->entity_of ? FT_CHOICE : p->f->type;
    out->nullable =
        p->src->parent || p->reference ||
        !(p->f->type == FT_ID || str_eq(p->column, STR("created_at")) || str_eq(p->column, STR("updated_at")));
    bool composed = p->f->index == p->src->e->title && !p->entity_of && composed_of_limited(m, p->src->e);
    str (*sql)(maker *, const source *, str) = composed ? composed_sql : column_sql;
    out->sql = out->key = sql(m, p->src, p->column);
    out->keyed = !p->entity_of && p->f->column_key.n > 0;
    if (out->keyed)
        out->key = sql(m, p->src, p->f->column_key);
    out->currency = currency_sql(m, p);
}

/* Choices come in the order in which the organisation has them; currencies by their code, as they are. */
static bool has_order(const term *t)
{
    if (t->type != FT_CHOICE || t->fn != FN_NONE || t->p.entity_of || t->p.f->choice_count == 0)
        return false;
    const entity *e = t->p.f->owner;
    for (size_t i = 0; i < e->field_count; i++)
        if (e->fields[i].type == FT_MONEY && e->fields[i].currency == t->p.f->index)
            return false;
    return !str_eq(t->p.f->name, STR("currency"));
}

/* The keys are the tables' own: letters, digits, '_', '-', '.', or what lies beyond ASCII. */
static void order_of_choices(maker *m, term *t)
{
    buf b;
    buf_init(&b, 256 << 10);
    buf_printf(&b, "(CASE %.*s", STR_ARG(t->sql));
    for (size_t i = 0; i < t->p.f->choice_count; i++)
        if (str_find_char(t->p.f->choices[i].key, '\'') < 0)
            buf_printf(&b, " WHEN '%.*s' THEN %zu", STR_ARG(t->p.f->choices[i].key), i);
    buf_putz(&b, " END)");
    t->key = text_of(m, &b);
    t->type = FT_INTEGER;
    t->nullable = true;
}

bool term_order_key(maker *m, level *l, term *t)
{
    if (t->type == FT_KEYREF && t->fn == FN_NONE) {
        const entity *target = t->p.f->target;
        place         key = { .src = source_join(m, l, t->p.src, t->p.f), .f = &target->fields[target->key] };
        key.column = key.f->column;
        term at_target = { .at = t->at };
        term_of_place(m, &key, &at_target);
        t->sql = at_target.sql;
        t->key = at_target.key;
        t->keyed = at_target.keyed;
        return true;
    }
    if (has_order(t)) {
        order_of_choices(m, t);
        return true;
    }
    return t->fn != FN_NONE || t->p.entity_of || type_of(t->p.f)->sortable;
}

/* ---- date functions ---- */

static void zone_ready(maker *m)
{
    if (m->span_count == 0)
        m->span_count = zone_spans(m->a, m->c->zone.n ? m->c->zone : m->c->snap->zone, &m->spans);
}

static str day_sql(maker *m, const term *t)
{
    buf b;
    buf_init(&b, 1 << 18);
    if (t->p.f->type == FT_TIME) {
        zone_ready(m);
        date_sql_day_of_time(&b, m->engine, t->sql, m->spans, m->span_count);
    } else {
        date_sql_day_of_date(&b, m->engine, t->sql);
    }
    return text_of(m, &b);
}

/* Year, month, day of the month or of the year of a day. */
static str part_sql(maker *m, str day, const char *sqlite, const char *postgres)
{
    if (m->engine == DB_SQLITE)
        return arena_printf(m->a, "CAST(strftime('%s', %.*s * 86400, 'unixepoch') AS INTEGER)", sqlite, STR_ARG(day));
    return arena_printf(m->a, "CAST(EXTRACT(%s FROM DATE '1970-01-01' + CAST(%.*s AS integer)) AS bigint)", postgres,
                        STR_ARG(day));
}

static str month_sql(maker *m, str day)
{
    return part_sql(m, day, "%m", "MONTH");
}

static str fiscal_year_sql(maker *m, str day)
{
    str year = part_sql(m, day, "%Y", "YEAR");
    int start = m->c->snap->fiscal_start_month;
    if (start == 1)
        return year;
    return arena_printf(m->a, "((%.*s * 12 + %.*s - %d) / 12)", STR_ARG(year), STR_ARG(month_sql(m, day)), start);
}

static str day_only_sql(maker *m, str day)
{
    if (m->engine == DB_SQLITE)
        return day;
    return arena_printf(m->a, "(DATE '1970-01-01' + CAST(%.*s AS integer))", STR_ARG(day));
}

static str hour_sql(maker *m, const term *t)
{
    buf b;
    buf_init(&b, 1 << 18);
    zone_ready(m);
    date_sql_local_ms(&b, m->engine, t->sql, m->spans, m->span_count);
    buf_puts(&b, STR(" % 86400000 / 3600000"));
    str inner = text_of(m, &b);
    return arena_printf(m->a, "(%.*s)", STR_ARG(inner));
}

static str date_function_sql(maker *m, const term *t)
{
    str day = t->fn == FN_HOUR_IN_DAY ? (str){ 0 } : day_sql(m, t);
    int start = m->c->snap->fiscal_start_month;
    switch (t->fn) {
    case FN_CALENDAR_YEAR: return part_sql(m, day, "%Y", "YEAR");
    case FN_CALENDAR_QUARTER: return arena_printf(m->a, "((%.*s + 2) / 3)", STR_ARG(month_sql(m, day)));
    case FN_CALENDAR_MONTH: return month_sql(m, day);
    case FN_DAY_IN_MONTH: return part_sql(m, day, "%d", "DAY");
    case FN_DAY_IN_WEEK: return arena_printf(m->a, "((%.*s + 719170) %% 7 + 1)", STR_ARG(day));
    case FN_DAY_IN_YEAR: return part_sql(m, day, "%j", "DOY");
    case FN_WEEK_IN_MONTH: return arena_printf(m->a, "((%.*s + 6) / 7)", STR_ARG(part_sql(m, day, "%d", "DAY")));
    case FN_WEEK_IN_YEAR: return arena_printf(m->a, "((%.*s + 6) / 7)", STR_ARG(part_sql(m, day, "%j", "DOY")));
    case FN_HOUR_IN_DAY: return hour_sql(m, t);
    case FN_DAY_ONLY: return day_only_sql(m, day);
    case FN_FISCAL_YEAR: return fiscal_year_sql(m, day);
    case FN_FISCAL_QUARTER:
        return arena_printf(m->a, "((%.*s + %d) %% 12 / 3 + 1)", STR_ARG(month_sql(m, day)), 12 - start);
    case FN_FISCAL_MONTH: return arena_printf(m->a, "((%.*s + %d) %% 12 + 1)", STR_ARG(month_sql(m, day)), 12 - start);
    default: ASSERT(false); return day;
    }
}

static bool date_term(maker *m, term *t)
{
    if (t->type != FT_TIME && (t->type != FT_DATE || t->fn == FN_HOUR_IN_DAY))
        return maker_fault(m, t->at, t->fn == FN_HOUR_IN_DAY ? "function_time" : "function_date", t->p.f->name);
    t->sql = t->key = date_function_sql(m, t);
    t->type = t->fn == FN_DAY_ONLY ? FT_DATE : FT_INTEGER;
    t->keyed = false;
    t->currency = (str){ 0 };
    return true;
}

/* ---- aggregates ---- */

static bool aggregable(const term *t)
{
    if (t->p.entity_of)
        return t->fn == FN_COUNT || t->fn == FN_COUNT_DISTINCT;
    const type_row *row = type_of(t->p.f);
    switch (t->fn) {
    case FN_SUM:
    case FN_AVG: return row->summable;
    case FN_MIN:
    case FN_MAX: return row->summable || t->type == FT_DATE || t->type == FT_TIME;
    case FN_COUNT_DISTINCT: return row->sortable || row->reference || row->groupable;
    default: return true;
    }
}

/* In several currencies there is no sum; which those are is asked along with it. */
static void remember_money(maker *m, const term *t)
{
    if (!t->currency.n)
        return;
    for (size_t i = 0; i < m->mixed_count; i++)
        if (m->mixed[i].p.src == t->p.src && m->mixed[i].p.f == t->p.f)
            return;
    arena_more(m->a, m->mixed, m->mixed_count, m->mixed_room);
    m->mixed[m->mixed_count++] = *t;
}

static void count_term(maker *m, term *t)
{
    str inner = t->keyed ? t->key : t->sql;
    t->sql = t->fn == FN_COUNT ? arena_printf(m->a, "COUNT(%.*s)", STR_ARG(inner))
                               : arena_printf(m->a, "COUNT(DISTINCT %.*s)", STR_ARG(inner));
    t->type = FT_INTEGER;
    t->nullable = false;
    t->currency = (str){ 0 };
}

static void money_aggregate(maker *m, term *t)
{
    str column = t->sql, currency = t->currency;
    remember_money(m, t);
    t->currency =
        arena_printf(m->a, "MIN(CASE WHEN %.*s IS NOT NULL THEN %.*s END)", STR_ARG(column), STR_ARG(currency));
}

/* SUM and COUNT are whole numbers on both engines and so is their quotient the same; AVG of an engine is not. */
static void sum_term(maker *m, term *t)
{
    static const char *const names[] = { [FN_MIN] = "MIN", [FN_MAX] = "MAX" };
    str                      x = t->sql;
    if (t->currency.n)
        money_aggregate(m, t);
    if (t->fn == FN_SUM)
        t->sql = arena_printf(m->a, "CAST(SUM(%.*s) AS %s)", STR_ARG(x), m->words->type_int);
    else if (t->fn == FN_AVG)
        t->sql =
            arena_printf(m->a, "(CAST(SUM(%.*s) AS %s) / COUNT(%.*s))", STR_ARG(x), m->words->type_real, STR_ARG(x));
    else
        t->sql = arena_printf(m->a, "%s(%.*s)", names[t->fn], STR_ARG(x));
    t->real = t->fn == FN_AVG;
    t->nullable = true;
}

static bool aggregate_term(maker *m, term *t)
{
    if (!aggregable(t))
        return maker_fault(m, t->at, "not_aggregable", t->p.f->name);
    if (t->fn == FN_COUNT_DISTINCT && t->type == FT_REF && limited_entity(m, t->p.f->target))
        t->sql = arena_printf(m->a, "NULLIF(%.*s, 0)", STR_ARG(seen_id_sql(m, &t->p)));
    if (t->fn == FN_COUNT || t->fn == FN_COUNT_DISTINCT)
        count_term(m, t);
    else
        sum_term(m, t);
    t->key = t->sql;
    t->keyed = false;
    return true;
}

bool term_find(maker *m, level *l, const expr *x, term *out)
{
    *out = (term){ .at = x->at, .fn = x->fn };
    if (x->parts == 0) {
        out->sql = out->key = STR("COUNT(*)");
        out->type = FT_INTEGER;
        return true;
    }
    place p;
    if (!place_find(m, l, x, &p))
        return false;
    term_of_place(m, &p, out);
    if (x->fn == FN_NONE)
        return true;
    return fn_aggregates(x->fn) ? aggregate_term(m, out) : date_term(m, out);
}
