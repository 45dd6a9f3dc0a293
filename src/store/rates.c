/* Every money field's twin in the organisation's currency, by the rate of the record's day.
 * A rate says how much of the organisation's currency one unit of the other is worth (8 decimals). */
#include "base/date.h"
#include "base/num.h"
#include "store/internal.h"

enum { RATE_SCALE = 8 };

static err rate_at(ctx *c, str currency, int64_t day, int64_t *rate, bool *found)
{
    *found = false;
    if (!snapshot_entity(c->snap, STR("currency_rate")))
        return ERR_OK;
    statement s;
    TRY(sql_open(c,
                 STR("SELECT \"rate\" FROM \"currency_rates\" WHERE \"currency\"=$1 AND \"valid_from\"<=$2 "
                     "AND \"deleted_at\" IS NULL ORDER BY \"valid_from\" DESC,\"id\" DESC LIMIT 1"),
                 &s));
    sql_text(&s, currency);
    db_bind_date(s.s, ++s.n, day);
    err e = sql_row(&s, found);
    if (e == ERR_OK && *found)
        *rate = db_int(s.s, 0);
    sql_close(&s);
    return e;
}

static int64_t rate_day(ctx *c, const rec *r)
{
    int at = r->e->rate_date;
    if (at >= 0 && r->v[at].set)
        return r->v[at].i < ctx_today(c) ? r->v[at].i : ctx_today(c);
    const value *made = &r->v[r->e->common[CF_CREATED_AT]];
    return made->set ? floor_div(made->i, DAY_MS) : ctx_today(c);
}

static err twin(ctx *c, rec *next, const field *f, int64_t day)
{
    value  *v = &next->v[f->index], *base = &next->v[f->base];
    str     code = f->currency >= 0 && next->v[f->currency].set ? next->v[f->currency].s : c->snap->currency;
    int     decimals = record_decimals(c, next, f);
    int64_t rate = num_pow10(RATE_SCALE), in_base, scaled;
    bool    found = true;
    *base = *v;
    if (!v->set || str_eq_nocase(code, c->snap->currency))
        return ERR_OK;
    TRY(rate_at(c, code, day, &rate, &found));
    if (!found)
        rate = num_pow10(RATE_SCALE); /* no rate known: one to one, until an administrator enters one */
    if (!num_mul_div(v->i, rate, num_pow10(RATE_SCALE), &in_base) ||
        !num_rescale(in_base, decimals, c->snap->currency_decimals, &scaled))
        return ctx_problem_with(c, f->name, STR("out_of_range"), (str){ 0 });
    base->i = scaled;
    return ERR_OK;
}

err money_base(ctx *c, const rec *old, rec *next)
{
    for (size_t i = 0; i < next->e->field_count; i++) {
        const field *f = &next->e->fields[i];
        if (f->base < 0)
            continue;
        bool moved = !old || rec_changed(old, next, i) ||
                     (f->currency >= 0 && rec_changed(old, next, (size_t)f->currency)) ||
                     (next->e->rate_date >= 0 && rec_changed(old, next, (size_t)next->e->rate_date));
        if (!moved)
            continue;
        err e = twin(c, next, f, rate_day(c, next));
        if (e != ERR_OK && e != ERR_INVALID)
            return e;
    }
    return ERR_OK;
}
