/* A literal beside a field → what is bound. */
#include "base/date.h"
#include "base/num.h"
#include "base/text.h"
#include "query/plan.h"

static param int_param(param_kind kind, int64_t v)
{
    return (param){ .kind = kind, .i = v };
}

static bool give(operand *out, param p)
{
    out->kind = ON_VALUE;
    out->low = p;
    return true;
}

static bool give_nothing(operand *out)
{
    out->kind = ON_NOTHING;
    return true;
}

static bool wrong(maker *m, const literal *v, const char *code)
{
    return maker_fault(m, v->at, code, (str){ 0 });
}

/* ---- texts ---- */

static str literal_text(maker *m, const literal *v)
{
    return str_trim(text_clean(m->a, lex_decode(m->a, v->text, false), true));
}

static bool like_operand(maker *m, const literal *v, operand *out)
{
    if (v->kind != LIT_TEXT)
        return wrong(m, v, "wants_text");
    str pattern = lex_decode(m->a, v->text, true);
    if (pattern.n > LIMIT_PATTERN)
        return wrong(m, v, "pattern_too_long");
    return give(out, (param){ .kind = PARAM_TEXT, .s = text_lower(m->a, pattern) });
}

static bool text_operand(maker *m, const term *t, const literal *v, operand *out)
{
    if (v->kind != LIT_TEXT)
        return wrong(m, v, "wants_text");
    str s = literal_text(m, v);
    if (s.n == 0) {
        out->kind = ON_NULL;
        return true;
    }
    if (t->keyed || t->type == FT_KEYREF)
        return give(out, (param){ .kind = PARAM_BLOB, .s = text_sort_key(m->a, s) });
    return give(out, (param){ .kind = PARAM_TEXT, .s = text_lower(m->a, s) });
}

/* An unknown key matches nothing: a choice that was taken away must not break a saved view. */
static bool choice_operand(maker *m, const term *t, const literal *v, operand *out)
{
    if (v->kind != LIT_TEXT)
        return wrong(m, v, "wants_text");
    str      s = literal_text(m, v);
    type_env env = { .a = m->a };
    value    read;
    refusal  why;
    if (s.n == 0) {
        out->kind = ON_NULL;
        return true;
    }
    if (t->p.entity_of)
        return give(out, (param){ .kind = PARAM_TEXT, .s = s });
    if (!type_of(t->p.f)->from_text(&env, t->p.f, s, &read, &why) || !read.set)
        return give_nothing(out);
    return give(out, (param){ .kind = PARAM_TEXT, .s = arena_str(m->a, read.s) });
}

/* ---- numbers, booleans ---- */

bool number_floor(maker *m, str digits, int scale, ptrdiff_t at, int64_t *out, bool *exact)
{
    for (int more = 0; more <= 9 && scale + more <= 18; more++) {
        int64_t    v;
        num_result r = num_parse(digits, scale + more, &v);
        if (r == NUM_OK) {
            *exact = more == 0;
            *out = floor_div(v, num_pow10(more));
            return true;
        }
        if (r != NUM_PRECISION)
            return maker_fault(m, at, r == NUM_RANGE ? "number_range" : "not_a_number", (str){ 0 });
    }
    return maker_fault(m, at, "number_decimals", (str){ 0 });
}

static bool number_operand(maker *m, const literal *v, operand *out)
{
    if (v->kind != LIT_NUMBER)
        return wrong(m, v, "wants_number");
    out->kind = ON_NUMBER;
    out->digits = v->text;
    return true;
}

static bool bool_operand(maker *m, const literal *v, operand *out)
{
    if (v->kind != LIT_TRUE && v->kind != LIT_FALSE)
        return wrong(m, v, "wants_boolean");
    return give(out, int_param(PARAM_BOOL, v->kind == LIT_TRUE));
}

/* ---- dates ---- */

static void day_range(maker *m, const literal *v, int64_t *first, int64_t *last)
{
    if (v->kind == LIT_DATE)
        *first = *last = v->n;
    else
        date_word_range(v->word, v->n, ctx_today(m->c), m->c->snap->fiscal_start_month, &m->c->snap->fiscal, first,
                        last);
}

static bool date_operand(maker *m, const literal *v, operand *out)
{
    int64_t first, last;
    if (v->kind != LIT_DATE && v->kind != LIT_RANGE)
        return wrong(m, v, v->kind == LIT_TEXT ? "date_unquoted" : "wants_date");
    if (v->kind == LIT_DATE)
        return give(out, int_param(PARAM_DATE, v->n));
    day_range(m, v, &first, &last);
    out->kind = ON_RANGE;
    out->low = int_param(PARAM_DATE, first);
    out->high = int_param(PARAM_DATE, last + 1);
    return true;
}

/* A day is a range of instants in the actor's zone. */
static bool time_operand(maker *m, const literal *v, operand *out)
{
    int64_t first, last;
    str     zone = m->c->zone.n ? m->c->zone : m->c->snap->zone;
    if (v->kind == LIT_TIME)
        return give(out, int_param(PARAM_TIME, v->n));
    if (v->kind != LIT_DATE && v->kind != LIT_RANGE)
        return wrong(m, v, v->kind == LIT_TEXT ? "date_unquoted" : "wants_time");
    day_range(m, v, &first, &last);
    out->kind = ON_RANGE;
    out->low = int_param(PARAM_TIME, zone_day_start_ms(zone, first));
    out->high = int_param(PARAM_TIME, zone_day_start_ms(zone, last + 1));
    return true;
}

/* ---- references ---- */

static const entity *entity_meant(const term *t)
{
    return t->type == FT_ID ? t->p.f->owner : t->p.f->target;
}

static bool variable_operand(maker *m, const term *t, const literal *v, operand *out)
{
    const entity *e = entity_meant(t);
    bool          user = str_eq(e->name, STR("user")), team = str_eq(e->name, STR("team"));
    if (v->kind == LIT_ME && user)
        return give(out, int_param(PARAM_INT, m->c->actor.user));
    if (v->kind == LIT_TEAM && team)
        return m->c->actor.team ? give(out, int_param(PARAM_INT, m->c->actor.team)) : give_nothing(out);
    if (v->kind == LIT_TEAM && user) {
        out->kind = ON_TEAM; /* whoever is in it */
        out->low = int_param(PARAM_INT, m->c->actor.team);
        return true;
    }
    return wrong(m, v, v->kind == LIT_ME ? "me_is_a_user" : "my_team_is_a_team");
}

static bool id_operand(maker *m, const term *t, const literal *v, operand *out)
{
    int64_t id;
    if (v->kind == LIT_ME || v->kind == LIT_TEAM)
        return variable_operand(m, t, v, out);
    str s = v->kind == LIT_TEXT ? lex_decode(m->a, v->text, false) : (str){ 0 };
    if (v->kind != LIT_TEXT || s.n == 0 || s.p[0] < '1' || s.p[0] > '9' || !str_to_int64(s, &id))
        return wrong(m, v, "wants_id");
    return give(out, int_param(PARAM_INT, id));
}

static bool record_operand(maker *m, const term *t, const literal *v, operand *out)
{
    type_env env = { .a = m->a };
    value    read;
    refusal  why;
    str      s = v->kind == LIT_TEXT ? lex_decode(m->a, v->text, false) : (str){ 0 };
    if (v->kind != LIT_TEXT || !type_of(t->p.f)->from_text(&env, t->p.f, s, &read, &why))
        return wrong(m, v, "wants_record");
    out->kind = ON_RECORD;
    out->low = (param){ .kind = PARAM_TEXT, .s = arena_str(m->a, read.s) };
    out->high = int_param(PARAM_INT, read.i);
    return true;
}

bool operand_find(maker *m, const term *t, const literal *v, bool pattern, operand *out)
{
    *out = (operand){ .at = v->at };
    if (v->kind == LIT_NULL) {
        out->kind = ON_NULL;
        return !pattern || wrong(m, v, "wants_text");
    }
    if (pattern)
        return like_operand(m, v, out);
    switch (t->type) {
    case FT_TEXT:
    case FT_LONG_TEXT:
    case FT_EMAIL:
    case FT_PHONE:
    case FT_URL:
    case FT_KEYREF: return text_operand(m, t, v, out);
    case FT_INTEGER:
    case FT_DECIMAL:
    case FT_MONEY:
    case FT_PERCENT: return number_operand(m, v, out);
    case FT_DATE: return date_operand(m, v, out);
    case FT_TIME: return time_operand(m, v, out);
    case FT_BOOL: return bool_operand(m, v, out);
    case FT_CHOICE:
    case FT_MULTI_CHOICE: return choice_operand(m, t, v, out);
    case FT_REF:
    case FT_ID: return id_operand(m, t, v, out);
    case FT_ANYREF: return record_operand(m, t, v, out);
    case FT_JSON: return wrong(m, v, "wants_null");
    case FT_COUNT: break;
    }
    return wrong(m, v, "wants_null");
}
