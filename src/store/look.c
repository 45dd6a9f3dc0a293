/* A masked value is looked at (PERMIT-17): one field of one record at a time, and that is written down with it. */
#include "base/date.h"
#include "base/text.h"
#include "store/audit.h"
#include "store/internal.h"
#include "store/second.h"

enum { HOUR_MS = 3600 * 1000 };

static err write_down(ctx *c, const rec *r, const field *f)
{
    const audit_word words[] = {
        { .name = "record", .text = arena_printf(c->a, "%.*s/%lld", STR_ARG(r->e->name), (long long)r->id) },
        { .name = "field", .text = f->name },
        { NULL, { 0 }, 0 },
    };
    return audit_write(c, AUDIT_UNMASKED, c->actor.user, words);
}

/* Events of a kind by the actor within the last hour, at most `most`, and when the first of those was. */
static err count_events(ctx *c, audit_kind kind, int64_t most, int64_t *n, int64_t *first_ms)
{
    statement s;
    bool      row;
    TRY(sql_open(c,
                 STR("SELECT count(*),min(\"at\") FROM (SELECT \"at\" FROM \"zk_audit\" WHERE \"by_user\"=$1 AND "
                     "\"at\">$2 AND \"kind\"=$3 ORDER BY \"at\" DESC LIMIT $4) x"),
                 &s));
    sql_int(&s, c->actor.user);
    sql_time(&s, c->now_ms - HOUR_MS);
    sql_text(&s, str_from(audit_kind_name(kind)));
    sql_int(&s, most);
    err e = sql_row(&s, &row);
    *n = e == ERR_OK ? db_int(s.s, 0) : 0;
    *first_ms = e == ERR_OK && *n ? db_time(s.s, 1) : 0;
    sql_close(&s);
    return e;
}

/* PERMIT-25: the counter makes those that look at the same time wait for each other, so that none is missed. */
static err may_look_again(ctx *c, int *wait)
{
    sign_in_policy p;
    int64_t        n, first, told, turn;
    TRY(policy_read(c, &p));
    if (permit_is_admin(&c->actor) || !p.looks_an_hour)
        return ERR_OK;
    TRY(store_counter(c, arena_printf(c->a, "looks.%lld", (long long)c->actor.user), &turn));
    TRY(count_events(c, AUDIT_UNMASKED, p.looks_an_hour, &n, &first));
    if (n < p.looks_an_hour)
        return ERR_OK;
    *wait = (int)((first + HOUR_MS - c->now_ms) / 1000) + 1;
    TRY(count_events(c, AUDIT_UNMASK_REFUSED, 1, &told, &first));
    const audit_word words[] = { { .name = "most", .number = p.looks_an_hour }, { 0 } };
    if (!told)
        TRY(audit_write(c, AUDIT_UNMASK_REFUSED, c->actor.user, words));
    (void)ctx_refuse(c, ERR_TOO_MANY, STR("looks_spent"), arena_printf(c->a, "%lld", (long long)p.looks_an_hour));
    return ERR_OK;
}

err store_look(ctx *c, const entity *e, int64_t id, str name, json_writer *w, int *wait)
{
    rec         *r;
    const field *f = entity_field(e, name);
    showing      shown = f ? permit_show(&c->actor, f) : SHOW_NOT;
    TRY(store_load(c, e, id, &r));
    if (shown == SHOW_NOT)
        return ctx_problem_with(c, STR("field"), STR("no_such_field"), utf8_cut(name, 80));
    if (!permit_look(&c->actor, f))
        return ctx_refuse(c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    if (f->alias_of >= 0)
        f = &e->fields[f->alias_of];
    if (!field_maskable(f))
        return ctx_problem_with(c, STR("field"), STR("not_maskable"), (str){ 0 });
    if (shown == SHOW_MASKED)
        TRY(may_look_again(c, wait));
    if (*wait)
        return ERR_OK;
    if (shown == SHOW_MASKED)
        TRY(write_down(c, r, f));
    json_object(w);
    json_put_string(w, "field", f->name);
    json_key(w, STR("value"));
    if (r->v[f->index].set)
        json_string(w, r->v[f->index].s);
    else
        json_null(w);
    json_object_end(w);
    return ERR_OK;
}
