/* Security events: everybody their own, an administrator everybody's. */
#include "store/audit.h"

#include "api/settings.h"
#include "base/date.h"
#include "base/limits.h"

err security_events_asked(call *k, audit_request *q)
{
    audit_kind kind;
    str        who = { 0 };
    bool       admin = permit_is_admin(&k->c.actor);
    *q = (audit_request){ .from_ms = TIME_MS_MIN, .to_ms = TIME_MS_MAX };
    TRY(param_time(k, "from", false, &q->from_ms));
    TRY(param_time(k, "to", true, &q->to_ms));
    if (param_text(k, "kind", &q->kind) && q->kind.n && !audit_kind_from(q->kind, &kind))
        return ctx_unreadable(&k->c, -1, "no_kind", STR("kind"), (str){ 0 });
    (void)param_text(k, "entity", &q->entity);
    if (q->entity.n > 80)
        return ctx_unreadable(&k->c, -1, "too_long", STR("entity"), STR("80"));
    TRY(param_int(k, "record", 1, INT64_MAX, &q->record));
    q->user = admin ? 0 : k->c.actor.user;
    if (param_text(k, "user", &who) && str_eq(who, STR(":me")))
        q->user = k->c.actor.user;
    else
        TRY(param_int(k, "user", 1, INT64_MAX, &q->user));
    if (!admin && q->user != k->c.actor.user)
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    return ERR_OK;
}

err security_events_get(call *k)
{
    audit_request q;
    int64_t       limit = LIMIT_LIST_DEFAULT;
    TRY(security_events_asked(k, &q));
    TRY(param_int(k, "limit", 1, LIMIT_LIST, &limit));
    TRY(param_int(k, "after", 1, INT64_MAX, &q.after));
    q.limit = (int)limit;
    return audit_json(&k->c, &q, &k->w);
}
