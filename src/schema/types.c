/* The type table. Each reader gets a non-null value; bounds and choices are checked behind it, once for all types. */
#include "schema/types.h"

#include "base/date.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/text.h"
#include "schema/types_schema.h"

static bool refuse(refusal *why, const char *code)
{
    *why = (refusal){ .code = code };
    return false;
}

static bool give_int(value *out, int64_t v)
{
    *out = (value){ .set = true, .i = v };
    return true;
}

static bool give_text(value *out, str s)
{
    *out = (value){ .set = s.n > 0, .s = s };
    return true;
}

/* ---- texts ---- */

static bool text_text(const type_env *t, const field *f, str s, value *out, refusal *why)
{
    if (!utf8_valid(s))
        return refuse(why, "not_utf8");
    return give_text(out, str_trim(text_clean(t->a, s, f->type == FT_LONG_TEXT)));
}

/* Something before one @, a dotted host behind it, no white space: what a mail server could take (RFC 5321). */
static bool email_form(str s)
{
    ptrdiff_t at = str_find_char(s, '@');
    str       host = at > 0 ? str_sub(s, at + 1, s.n) : (str){ 0 };
    if (at <= 0 || at > 64 || host.n < 3 || str_find_char(host, '@') >= 0 || str_find_char(host, '.') <= 0)
        return false;
    for (ptrdiff_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || strchr(",;<>()[]\\\"", s.p[i]))
            return false;
    return host.p[host.n - 1] != '.' && host.p[0] != '.';
}

/* A host with a dot, or a scheme of the web; never a scheme that a browser would run. */
static bool url_form(str s)
{
    ptrdiff_t scheme = str_find(s, STR("://"));
    str       rest = scheme < 0 ? s : str_sub(s, scheme + 3, s.n);
    if (scheme >= 0 && !str_eq_nocase(str_sub(s, 0, scheme), STR("http")) &&
        !str_eq_nocase(str_sub(s, 0, scheme), STR("https")))
        return false;
    for (ptrdiff_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || strchr("<>\"`", s.p[i]))
            return false;
    ptrdiff_t dot = str_find_char(rest, '.'), colon = str_find_char(rest, ':');
    return rest.n > 2 && dot > 0 && (colon < 0 || colon > dot || scheme >= 0);
}

static bool email_text(const type_env *t, const field *f, str s, value *out, refusal *why)
{
    if (!text_text(t, f, s, out, why))
        return false;
    return !out->set || email_form(out->s) || refuse(why, "not_an_email");
}

static bool url_text(const type_env *t, const field *f, str s, value *out, refusal *why)
{
    if (!text_text(t, f, s, out, why))
        return false;
    return !out->set || url_form(out->s) || refuse(why, "not_a_url");
}

static bool text_json(const type_env *t, const field *f, const json *j, value *out, refusal *why)
{
    if (j->kind != JSON_STRING)
        return refuse(why, "not_a_text");
    return type_of(f)->from_text(t, f, j->text, out, why);
}

static void text_write(const type_env *t, const field *f, const value *v, json_writer *w)
{
    (void)t, (void)f;
    json_string(w, v->s);
}

static str text_show(const type_env *t, const field *f, const value *v)
{
    (void)t, (void)f;
    return v->s;
}

/* ---- numbers ---- */

static int scale_of(const type_env *t, const field *f)
{
    switch (f->type) {
    case FT_MONEY: return t->currency_decimals;
    case FT_PERCENT: return 2;
    case FT_DECIMAL: return f->decimals;
    default: return 0;
    }
}

static bool number_text(const type_env *t, const field *f, str s, value *out, refusal *why)
{
    int64_t n;
    switch (num_parse(str_trim(s), scale_of(t, f), &n)) {
    case NUM_OK: return give_int(out, n);
    case NUM_RANGE: return refuse(why, "out_of_range");
    case NUM_PRECISION: return refuse(why, scale_of(t, f) ? "too_many_decimals" : "not_whole");
    case NUM_SYNTAX: break;
    }
    return refuse(why, "not_a_number");
}

static bool number_json(const type_env *t, const field *f, const json *j, value *out, refusal *why)
{
    if (j->kind != JSON_NUMBER && !(j->kind == JSON_STRING && f->type != FT_INTEGER))
        return refuse(why, "not_a_number");
    return number_text(t, f, j->text, out, why);
}

static void number_write(const type_env *t, const field *f, const value *v, json_writer *w)
{
    char text[NUM_TEXT];
    int  n = num_format(v->i, scale_of(t, f), 0, text);
    json_number(w, (str){ text, n });
}

static str number_show(const type_env *t, const field *f, const value *v)
{
    char text[NUM_TEXT];
    int  n = num_format(v->i, scale_of(t, f), f->type == FT_MONEY ? t->currency_decimals : 0, text);
    return arena_str(t->a, (str){ text, n });
}

/* ---- dates, times, booleans ---- */

static bool date_text(const type_env *t, const field *f, str s, value *out, refusal *why)
{
    (void)t, (void)f;
    int64_t days;
    return date_parse(str_trim(s), &days) ? give_int(out, days) : refuse(why, "not_a_date");
}

static void date_write(const type_env *t, const field *f, const value *v, json_writer *w)
{
    (void)t, (void)f;
    char text[DATE_TEXT];
    date_format(v->i, text);
    json_string(w, str_from(text));
}

static void time_write(const type_env *t, const field *f, const value *v, json_writer *w)
{
    (void)t, (void)f;
    char text[TIME_TEXT];
    time_format(v->i, text);
    json_string(w, str_from(text));
}

static str date_show(const type_env *t, const field *f, const value *v)
{
    (void)f;
    char text[DATE_TEXT];
    date_format(v->i, text);
    return arena_str(t->a, str_from(text));
}

/* RFC 3339; also "YYYY-MM-DD HH:MM[:SS]" and a bare date in the zone of the env. */
static bool time_text(const type_env *t, const field *f, str s, value *out, refusal *why)
{
    (void)f;
    int64_t ms, days;
    s = str_trim(s);
    if (time_parse_rfc3339(s, &ms))
        return give_int(out, ms);
    if (s.n < 10 || !date_parse(str_sub(s, 0, 10), &days))
        return refuse(why, "not_a_time");
    str clock = s.n > 11 ? str_sub(s, 11, s.n) : (str){ 0 };
    if (s.n > 10) {
        if ((s.p[10] != ' ' && s.p[10] != 'T') || (clock.n != 5 && clock.n != 8))
            return refuse(why, "not_a_time");
        str whole = arena_printf(t->a, "%.*sT%.*s%sZ", 10, s.p, STR_ARG(clock), clock.n == 5 ? ":00" : "");
        if (!time_parse_rfc3339(whole, &ms))
            return refuse(why, "not_a_time");
    } else {
        ms = days * DAY_MS;
    }
    str     zone = t->zone.n ? t->zone : STR("UTC");
    int64_t guess = ms - zone_offset_ms(zone, ms);
    return give_int(out, ms - zone_offset_ms(zone, guess));
}

static bool time_json(const type_env *t, const field *f, const json *j, value *out, refusal *why)
{
    (void)t, (void)f;
    int64_t ms;
    if (j->kind != JSON_STRING || !time_parse_rfc3339(j->text, &ms))
        return refuse(why, "not_a_time");
    return give_int(out, ms);
}

static str time_show(const type_env *t, const field *f, const value *v)
{
    (void)f;
    char text[TIME_TEXT];
    time_format(v->i, text);
    return arena_str(t->a, str_from(text));
}

static bool bool_json(const type_env *t, const field *f, const json *j, value *out, refusal *why)
{
    (void)t, (void)f;
    if (j->kind != JSON_TRUE && j->kind != JSON_FALSE)
        return refuse(why, "not_a_boolean");
    return give_int(out, j->kind == JSON_TRUE);
}

static bool bool_text(const type_env *t, const field *f, str s, value *out, refusal *why)
{
    (void)t, (void)f;
    static const char *const words[2][9] = {
        { "false", "0", "no", "n", "f", "off", "否", "不是", "×" },
        { "true", "1", "yes", "y", "t", "on", "是", "√", "✓" },
    };
    s = str_trim(s);
    for (int v = 0; v < 2; v++)
        for (size_t i = 0; i < countof(words[v]); i++)
            if (str_eq_nocase(s, str_from(words[v][i])))
                return give_int(out, v);
    return refuse(why, "not_a_boolean");
}

static void bool_write(const type_env *t, const field *f, const value *v, json_writer *w)
{
    (void)t, (void)f;
    json_bool(w, v->i != 0);
}

static str bool_show(const type_env *t, const field *f, const value *v)
{
    (void)t, (void)f;
    return v->i ? STR("true") : STR("false");
}

/* ---- choices ---- */

static bool choice_text(const type_env *t, const field *f, str s, value *out, refusal *why)
{
    s = str_trim(s);
    if (s.n == 0)
        return give_text(out, s);
    const choice *c = utf8_valid(s) ? field_choice(f, s) : NULL;
    if (!c) {
        *why = (refusal){ .code = "not_a_choice", .detail = utf8_valid(s) ? utf8_cut(s, 60) : (str){ 0 } };
        return false;
    }
    (void)t;
    return give_text(out, c->key);
}

/* Keys in the order of the choices, each once. */
static bool multi_join(const type_env *t, const field *f, const str *keys, size_t n, value *out, refusal *why)
{
    buf b;
    buf_init(&b, LIMIT_LONG_TEXT);
    bool *has = arena_make_n(t->a, bool, f->choice_count + 1);
    for (size_t i = 0; i < n; i++) {
        const choice *c = field_choice(f, str_trim(keys[i]));
        if (!c) {
            buf_free(&b);
            *why = (refusal){ .code = "not_a_choice", .detail = utf8_cut(keys[i], 60) };
            return false;
        }
        has[c - f->choices] = true;
    }
    for (size_t i = 0; i < f->choice_count; i++)
        if (has[i]) {
            if (b.n)
                buf_putc(&b, ';');
            buf_puts(&b, f->choices[i].key);
        }
    give_text(out, arena_str(t->a, buf_str(&b)));
    buf_free(&b);
    return true;
}

static bool multi_text(const type_env *t, const field *f, str s, value *out, refusal *why)
{
    if (!utf8_valid(s))
        return refuse(why, "not_utf8");
    str    keys[64];
    size_t n = 0;
    while (s.n > 0) {
        ptrdiff_t cut = str_find_char(s, ';');
        str       one = str_trim(cut < 0 ? s : str_sub(s, 0, cut));
        s = cut < 0 ? (str){ 0 } : str_sub(s, cut + 1, s.n);
        if (one.n == 0)
            continue;
        if (n == countof(keys))
            return refuse(why, "too_many");
        keys[n++] = one;
    }
    return multi_join(t, f, keys, n, out, why);
}

static bool multi_json(const type_env *t, const field *f, const json *j, value *out, refusal *why)
{
    if (j->kind != JSON_ARRAY)
        return refuse(why, "not_a_list");
    str    keys[64];
    size_t n = 0;
    for (const json *one = j->first; one; one = one->next) {
        if (one->kind != JSON_STRING)
            return refuse(why, "not_a_text");
        if (n == countof(keys))
            return refuse(why, "too_many");
        keys[n++] = one->text;
    }
    return multi_join(t, f, keys, n, out, why);
}

static void multi_write(const type_env *t, const field *f, const value *v, json_writer *w)
{
    (void)t, (void)f;
    json_array(w);
    for (str s = v->s; s.n > 0;) {
        ptrdiff_t cut = str_find_char(s, ';');
        json_string(w, cut < 0 ? s : str_sub(s, 0, cut));
        s = cut < 0 ? (str){ 0 } : str_sub(s, cut + 1, s.n);
    }
    json_array_end(w);
}

/* ---- references ---- */

static bool id_parse(str s, int64_t *id)
{
    return s.n > 0 && s.p[0] >= '1' && s.p[0] <= '9' && str_to_int64(s, id);
}

static bool ref_text(const type_env *t, const field *f, str s, value *out, refusal *why)
{
    (void)t, (void)f;
    int64_t id;
    return id_parse(str_trim(s), &id) ? give_int(out, id) : refuse(why, "not_an_id");
}

/* No id can be read from it, so that it is never taken back for one. */
#define HIDDEN_TEXT STR("***")

static void hidden_write(json_writer *w)
{
    json_raw(w, STR("{\"hidden\":true}"));
}

static void ref_write(const type_env *t, const field *f, const value *v, json_writer *w)
{
    (void)t, (void)f;
    if (v->hidden) {
        hidden_write(w);
        return;
    }
    json_object(w);
    json_key_quoted(w, STR("\"id\":"));
    json_id(w, v->i);
    json_key_quoted(w, STR("\"name\":"));
    json_string(w, v->s);
    json_object_end(w);
}

static str ref_show(const type_env *t, const field *f, const value *v)
{
    (void)f;
    if (v->hidden)
        return HIDDEN_TEXT;
    return v->s.n ? v->s : arena_printf(t->a, "%lld", (long long)v->i);
}

static bool keyref_text(const type_env *t, const field *f, str s, value *out, refusal *why)
{
    (void)t, (void)f;
    s = str_trim(s);
    if (!utf8_valid(s) || utf8_length(s) > LIMIT_TEXT)
        return refuse(why, "not_a_key");
    return give_text(out, s);
}

static bool anyref_text(const type_env *t, const field *f, str s, value *out, refusal *why)
{
    (void)t, (void)f;
    s = str_trim(s);
    int64_t   id;
    ptrdiff_t cut = str_find_char(s, '/');
    if (cut <= 0 || !id_parse(str_sub(s, cut + 1, s.n), &id) || !utf8_valid(s))
        return refuse(why, "not_a_record");
    *out = (value){ .set = true, .i = id, .s = str_sub(s, 0, cut) };
    return true;
}

static void anyref_write(const type_env *t, const field *f, const value *v, json_writer *w)
{
    (void)t, (void)f;
    if (v->hidden) {
        hidden_write(w);
        return;
    }
    json_object(w);
    json_put_string(w, "entity", v->s);
    json_put_id(w, "id", v->i);
    json_put_string(w, "name", v->label);
    json_object_end(w);
}

static str anyref_show(const type_env *t, const field *f, const value *v)
{
    (void)f;
    if (v->hidden)
        return HIDDEN_TEXT;
    return arena_printf(t->a, "%.*s/%lld", STR_ARG(v->s), (long long)v->i);
}

static void id_write(const type_env *t, const field *f, const value *v, json_writer *w)
{
    (void)t, (void)f;
    json_id(w, v->i);
}

static str id_show(const type_env *t, const field *f, const value *v)
{
    (void)f;
    return arena_printf(t->a, "%lld", (long long)v->i);
}

/* ---- JSON ---- */

static bool json_json(const type_env *t, const field *f, const json *j, value *out, refusal *why)
{
    (void)f;
    buf b;
    buf_init(&b, LIMIT_LONG_TEXT);
    json_writer w;
    json_begin(&w, &b);
    json_value(&w, j);
    bool fits = !b.failed;
    if (fits)
        give_text(out, arena_str(t->a, buf_str(&b)));
    buf_free(&b);
    return fits || refuse(why, "too_long");
}

static bool json_text(const type_env *t, const field *f, str s, value *out, refusal *why)
{
    json      *tree;
    json_fault fault;
    if (json_parse(t->a, s, &tree, &fault) != ERR_OK)
        return refuse(why, "not_json");
    return json_json(t, f, tree, out, why);
}

static void json_write(const type_env *t, const field *f, const value *v, json_writer *w)
{
    (void)t, (void)f;
    json_raw(w, v->s);
}

#define TEXT_OPS   (OP_EQ | OP_ORDER | OP_LIKE | OP_IN)
#define NUMBER_OPS (OP_EQ | OP_ORDER | OP_IN)
#define SHORT_TEXT(wire, maximum, reader, form)                                                                       \
    {                                                                                                                 \
        .name = wire, .store = STORE_TEXT, .has_key = true, .sortable = true, .groupable = true,                      \
        .operators = TEXT_OPS, .widget = form, .min = 0, .max = maximum, .from_json = text_json, .from_text = reader, \
        .to_json = text_write, .to_text = text_show, .schema = schema_text                                            \
    }
#define NUMBER(wire, low, high)                                                                            \
    {                                                                                                      \
        .name = wire, .store = STORE_INT, .sortable = true, .groupable = true, .summable = true,           \
        .operators = NUMBER_OPS, .widget = wire, .min = low, .max = high, .from_json = number_json,        \
        .from_text = number_text, .to_json = number_write, .to_text = number_show, .schema = schema_number \
    }

#define MONEY_MAX INT64_C(900000000000000) /* 9 trillion with two decimals */

static const type_row rows[] = {
    [FT_TEXT] = SHORT_TEXT("text", LIMIT_TEXT, text_text, "text"),
    [FT_LONG_TEXT] = { .name = "long_text",
                       .store = STORE_TEXT,
                       .operators = OP_EQ | OP_LIKE,
                       .widget = "long_text",
                       .max = LIMIT_LONG_TEXT / 4,
                       .from_json = text_json,
                       .from_text = text_text,
                       .to_json = text_write,
                       .to_text = text_show,
                       .schema = schema_text },
    [FT_EMAIL] = SHORT_TEXT("email", 254, email_text, "email"),
    [FT_PHONE] = SHORT_TEXT("phone", 60, text_text, "phone"),
    [FT_URL] = SHORT_TEXT("url", 500, url_text, "url"),
    [FT_INTEGER] = NUMBER("integer", -INT64_C(9007199254740991), INT64_C(9007199254740991)),
    [FT_DECIMAL] = NUMBER("decimal", -INT64_C(900000000000000000), INT64_C(900000000000000000)),
    [FT_MONEY] = NUMBER("money", -MONEY_MAX, MONEY_MAX),
    [FT_PERCENT] = NUMBER("percent", -INT64_C(10000000), INT64_C(10000000)),
    [FT_DATE] = { .name = "date",
                  .store = STORE_DATE,
                  .sortable = true,
                  .groupable = true,
                  .operators = NUMBER_OPS,
                  .widget = "date",
                  .min = DATE_MIN,
                  .max = DATE_MAX,
                  .from_json = text_json,
                  .from_text = date_text,
                  .to_json = date_write,
                  .to_text = date_show,
                  .schema = schema_date },
    [FT_TIME] = { .name = "time",
                  .store = STORE_TIME,
                  .sortable = true,
                  .groupable = false,
                  .operators = NUMBER_OPS,
                  .widget = "time",
                  .min = TIME_MS_MIN,
                  .max = TIME_MS_MAX,
                  .from_json = time_json,
                  .from_text = time_text,
                  .to_json = time_write,
                  .to_text = time_show,
                  .schema = schema_date },
    [FT_BOOL] = { .name = "boolean",
                  .store = STORE_BOOL,
                  .sortable = true,
                  .groupable = true,
                  .operators = OP_EQ,
                  .widget = "boolean",
                  .max = 1,
                  .from_json = bool_json,
                  .from_text = bool_text,
                  .to_json = bool_write,
                  .to_text = bool_show,
                  .schema = schema_bool },
    [FT_CHOICE] = { .name = "choice",
                    .store = STORE_TEXT,
                    .sortable = true,
                    .groupable = true,
                    .operators = OP_EQ | OP_IN | OP_LIKE,
                    .widget = "choice",
                    .max = LIMIT_TEXT,
                    .from_json = text_json,
                    .from_text = choice_text,
                    .to_json = text_write,
                    .to_text = text_show,
                    .schema = schema_choice },
    [FT_MULTI_CHOICE] = { .name = "multi_choice",
                          .store = STORE_TEXT,
                          .operators = OP_EQ | OP_INCLUDES,
                          .widget = "multi_choice",
                          .max = LIMIT_LONG_TEXT,
                          .from_json = multi_json,
                          .from_text = multi_text,
                          .to_json = multi_write,
                          .to_text = text_show,
                          .schema = schema_multi },
    [FT_REF] = { .name = "reference",
                 .store = STORE_INT,
                 .reference = true,
                 .groupable = true,
                 .operators = OP_EQ | OP_IN,
                 .widget = "reference",
                 .max = INT64_MAX,
                 .from_json = text_json,
                 .from_text = ref_text,
                 .to_json = ref_write,
                 .to_text = ref_show,
                 .schema = schema_ref },
    [FT_KEYREF] = { .name = "keyed_reference",
                    .store = STORE_INT,
                    .reference = true,
                    .groupable = true,
                    .sortable = true,
                    .operators = OP_EQ | OP_IN,
                    .widget = "keyed_reference",
                    .max = INT64_MAX,
                    .from_json = text_json,
                    .from_text = keyref_text,
                    .to_json = text_write,
                    .to_text = text_show,
                    .schema = schema_key },
    [FT_ANYREF] = { .name = "reference_any",
                    .store = STORE_INT,
                    .reference = true,
                    .operators = OP_EQ | OP_IN,
                    .widget = "reference_any",
                    .max = INT64_MAX,
                    .from_json = text_json,
                    .from_text = anyref_text,
                    .to_json = anyref_write,
                    .to_text = anyref_show,
                    .schema = schema_anyref },
    [FT_JSON] = { .name = "json",
                  .store = STORE_JSON,
                  .operators = OP_EQ,
                  .widget = "json",
                  .max = LIMIT_LONG_TEXT,
                  .from_json = json_json,
                  .from_text = json_text,
                  .to_json = json_write,
                  .to_text = text_show,
                  .schema = schema_any },
    [FT_ID] = { .name = "id",
                .store = STORE_INT,
                .sortable = true,
                .groupable = true,
                .operators = OP_EQ | OP_IN | OP_ORDER,
                .widget = "id",
                .max = INT64_MAX,
                .from_json = text_json,
                .from_text = ref_text,
                .to_json = id_write,
                .to_text = id_show,
                .schema = schema_id },
};
_Static_assert(countof(rows) == FT_COUNT, "one row per type");

const type_row *type_row_of(field_type t)
{
    ASSERT((size_t)t < FT_COUNT);
    return &rows[t];
}

const type_row *type_of(const field *f)
{
    return type_row_of(f->type);
}

bool type_from_name(str name, field_type *out)
{
    for (size_t i = 0; i < countof(rows); i++)
        if (str_eq(str_from(rows[i].name), name)) {
            *out = (field_type)i;
            return true;
        }
    return false;
}

/* A bound as the person would write it. */
static str bound_text(const type_env *t, const field *f, int64_t bound)
{
    value v = { .set = true, .i = bound };
    return type_of(f)->store == STORE_TEXT ? arena_printf(t->a, "%lld", (long long)bound)
                                           : type_of(f)->to_text(t, f, &v);
}

static bool within(const type_env *t, const field *f, const value *v, refusal *why)
{
    const type_row *row = type_of(f);
    if (!v->set || row->reference || f->type == FT_CHOICE)
        return true;
    int64_t low = f->min || f->max ? f->min : row->min, high = f->min || f->max ? f->max : row->max;
    bool    text = row->store == STORE_TEXT || row->store == STORE_JSON;
    int64_t size = text ? utf8_length(v->s) : v->i;
    if (size >= low && size <= high)
        return true;
    const char *code = text ? (size < low ? "too_short" : "too_long") : (size < low ? "too_small" : "too_big");
    *why = (refusal){ .code = code, .detail = bound_text(t, f, size < low ? low : high) };
    return false;
}

bool value_from_json(const type_env *t, const field *f, const json *j, value *out, refusal *why)
{
    value v = { 0 };
    if (j->kind != JSON_NULL && (!type_of(f)->from_json(t, f, j, &v, why) || !within(t, f, &v, why)))
        return false;
    *out = v;
    return true;
}

bool value_from_text(const type_env *t, const field *f, str text, value *out, refusal *why)
{
    value v = { 0 };
    if (str_trim(text).n > 0 && (!type_of(f)->from_text(t, f, text, &v, why) || !within(t, f, &v, why)))
        return false;
    *out = v;
    return true;
}

void value_to_json(const type_env *t, const field *f, const value *v, json_writer *w)
{
    if (v->set)
        type_of(f)->to_json(t, f, v, w);
    else if (f->type == FT_MULTI_CHOICE && (f->flags & FF_REQUIRED))
        json_raw(w, STR("[]"));
    else
        json_null(w);
}

str value_to_text(const type_env *t, const field *f, const value *v)
{
    return v->set ? type_of(f)->to_text(t, f, v) : (str){ 0 };
}

bool value_equal(const field *f, const value *a, const value *b)
{
    if (a->set != b->set)
        return false;
    if (!a->set)
        return true;
    if (f->type == FT_ANYREF)
        return a->i == b->i && str_eq(a->s, b->s);
    storage s = type_of(f)->store;
    return s == STORE_TEXT || s == STORE_JSON ? str_eq(a->s, b->s) : a->i == b->i;
}
