#include "rooms/opportunity/figures.h"

#include "base/date.h"
#include "base/num.h"

err figures_each(ctx *c, str select, query_each each, void *arg)
{
    query *q;
    TRY(query_select(c, select, &q));
    return query_run(c, q, each, arg);
}

void figures_address(ctx *c, json_writer *w, const char *plural, str where)
{
    static const char hex[] = "0123456789ABCDEF";
    char             *to = arena_alloc(c->a, (size_t)where.n * 3 + 1);
    ptrdiff_t         n = 0;
    for (ptrdiff_t i = 0; i < where.n; i++) {
        unsigned char ch = (unsigned char)where.p[i];
        bool plain = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_' ||
                     ch == '-' || ch == '.';
        if (plain) {
            to[n++] = (char)ch;
            continue;
        }
        to[n++] = '%';
        to[n++] = hex[ch >> 4];
        to[n++] = hex[ch & 15];
    }
    json_string(w, arena_printf(c->a, "/%s?where=%.*s", plural, (int)n, to));
}

void figures_money(ctx *c, json_writer *w, int64_t minor)
{
    char text[NUM_TEXT];
    num_format(minor, c->snap->currency_decimals, 0, text);
    json_number(w, str_from(text));
}

void figures_percent(json_writer *w, int64_t part, int64_t whole)
{
    char    text[NUM_TEXT];
    int64_t tenths;
    if (whole == 0 || !num_mul_div(part, 1000, whole, &tenths)) {
        json_null(w);
        return;
    }
    num_format(tenths, 1, 0, text);
    json_number(w, str_from(text));
}

void figures_put_money(ctx *c, json_writer *w, const char *key, int64_t minor, const char *plural, str where)
{
    json_key(w, str_from(key));
    json_object(w);
    json_key(w, STR("value"));
    figures_money(c, w, minor);
    json_key(w, STR("records"));
    figures_address(c, w, plural, where);
    json_object_end(w);
}

void figures_put_count(ctx *c, json_writer *w, const char *key, int64_t n, const char *plural, str where)
{
    json_key(w, str_from(key));
    json_object(w);
    json_put_int(w, "value", n);
    json_key(w, STR("records"));
    figures_address(c, w, plural, where);
    json_object_end(w);
}

static void put_column_label(json_writer *w, const char *name)
{
    char key[80];
    snprintf(key, sizeof key, "column.%s", name);
    json_key(w, STR("label"));
    json_object(w);
    for (int i = 0; i < LANG_COUNT; i++)
        if (label_has(i, str_from(key)))
            json_put_string(w, lang_name(i), label_get(i, str_from(key)));
    json_object_end(w);
}

void figures_columns(json_writer *w, const char *const *pairs)
{
    json_key(w, STR("columns"));
    json_array(w);
    for (; pairs[0]; pairs += 2) {
        json_object(w);
        json_put_string(w, "name", str_from(pairs[0]));
        json_put_string(w, "type", str_from(pairs[1]));
        put_column_label(w, pairs[0]);
        json_object_end(w);
    }
    json_array_end(w);
}

str figures_quote(ctx *c, str text)
{
    char     *to = arena_alloc(c->a, (size_t)text.n * 2 + 3);
    ptrdiff_t n = 0;
    to[n++] = '\'';
    for (ptrdiff_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\'' || text.p[i] == '\\')
            to[n++] = '\\';
        to[n++] = text.p[i];
    }
    to[n++] = '\'';
    return (str){ to, n };
}

typedef struct {
    ctx          *c;
    fiscal_range *out;
    bool          found;
} period_search;

static err take_period(void *arg, query_row *row)
{
    period_search *s = arg;
    *s->out = (fiscal_range){ .key = arena_str(s->c->a, query_value(row, 0).s),
                              .start = query_value(row, 1).i,
                              .end = query_value(row, 2).i,
                              .kind = arena_str(s->c->a, query_value(row, 3).s) };
    s->found = true;
    return ERR_OK;
}

err figures_period(ctx *c, str key, fiscal_range *out)
{
    period_search s = { .c = c, .out = out };
    str           where = key.n ? arena_printf(c->a, "key = %.*s", STR_ARG(figures_quote(c, key)))
                                : STR("kind = 'quarter' AND start <= TODAY AND end >= TODAY");
    TRY(figures_each(c,
                     arena_printf(c->a, "SELECT key, start, end, kind FROM fiscal_period WHERE %.*s LIMIT 1",
                                  STR_ARG(where)),
                     take_period, &s));
    return s.found ? ERR_OK : ctx_problem(c, "period", STR("no_such_record"));
}

typedef struct {
    ctx          *c;
    fiscal_range *list;
    size_t        count;
} quarters;

static err take_quarter(void *arg, query_row *row)
{
    quarters *q = arg;
    q->list[q->count++] = (fiscal_range){ .key = arena_str(q->c->a, query_value(row, 0).s),
                                          .start = query_value(row, 1).i,
                                          .end = query_value(row, 2).i };
    return ERR_OK;
}

err figures_quarters(ctx *c, bool begun, int most, fiscal_range **out, size_t *count)
{
    quarters q = { .c = c, .list = arena_make_n(c->a, fiscal_range, most) };
    TRY(figures_each(c,
                     arena_printf(c->a,
                                  "SELECT key, start, end FROM fiscal_period WHERE kind = 'quarter'%s ORDER BY start "
                                  "DESC LIMIT %d",
                                  begun ? " AND start <= TODAY" : "", most),
                     take_quarter, &q));
    *out = q.list;
    *count = q.count;
    return ERR_OK;
}

str figures_within(ctx *c, const char *date_field, const fiscal_range *p)
{
    char from[DATE_TEXT], to[DATE_TEXT];
    date_format(p->start, from);
    date_format(p->end, to);
    return arena_printf(c->a, "%s >= %s AND %s <= %s", date_field, from, date_field, to);
}

int64_t figures_id(ctx *c, const char *name, const char *text)
{
    int64_t id = 0;
    if (text && *text && (!str_to_int64(str_from(text), &id) || id <= 0)) {
        (void)ctx_problem(c, name, STR("not_an_id"));
        return 0;
    }
    return id;
}

str figures_within_time(ctx *c, const char *time_field, const fiscal_range *p)
{
    char from[DATE_TEXT], to[DATE_TEXT];
    date_format(p->start, from);
    date_format(p->end + 1, to);
    return arena_printf(c->a, "%s >= %s AND %s < %s", time_field, from, time_field, to);
}

err figures_period_before(ctx *c, const fiscal_range *p, fiscal_range *out)
{
    period_search s = { .c = c, .out = out };
    char          day[DATE_TEXT];
    date_format(p->start - 1, day);
    TRY(figures_each(c,
                     arena_printf(c->a,
                                  "SELECT key, start, end, kind FROM fiscal_period WHERE kind = '%.*s' AND end = %s "
                                  "LIMIT 1",
                                  STR_ARG(p->kind), day),
                     take_period, &s));
    if (!s.found)
        *out =
            (fiscal_range){ .key = STR("-"), .kind = p->kind, .start = 2 * p->start - p->end - 1, .end = p->start - 1 };
    return ERR_OK;
}

int64_t figures_number(ctx *c, const char *name, const char *text, int64_t lo, int64_t hi, int64_t otherwise)
{
    int64_t n = otherwise;
    if (text && *text && (!str_to_int64(str_from(text), &n) || n < lo || n > hi)) {
        (void)ctx_problem(c, name, STR("out_of_range"));
        return otherwise;
    }
    return n;
}
