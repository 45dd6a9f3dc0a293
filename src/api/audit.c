/* Security events: everybody their own, an administrator everybody's. */
#include "store/audit.h"

#include "api/settings.h"
#include "base/date.h"
#include "base/limits.h"

err security_events_get(call *k)
{
    audit_request q = { .from_ms = TIME_MS_MIN, .to_ms = TIME_MS_MAX };
    int64_t       limit = LIMIT_LIST_DEFAULT;
    audit_kind    kind;
    str           who = { 0 };
    bool          admin = permit_is_admin(&k->c.actor);
    TRY(param_int(k, "limit", 1, LIMIT_LIST, &limit));
    TRY(param_int(k, "after", 1, INT64_MAX, &q.after));
    TRY(param_time(k, "from", false, &q.from_ms));
    TRY(param_time(k, "to", true, &q.to_ms));
    if (param_text(k, "kind", &q.kind) && q.kind.n && !audit_kind_from(q.kind, &kind))
        return ctx_malformed(&k->c, -1, "kind: no kind of event has this name");
    q.user = admin ? 0 : k->c.actor.user;
    if (param_text(k, "user", &who) && str_eq(who, STR(":me")))
        q.user = k->c.actor.user;
    else
        TRY(param_int(k, "user", 1, INT64_MAX, &q.user));
    if (!admin && q.user != k->c.actor.user)
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    q.limit = (int)limit;
    return audit_json(&k->c, &q, &k->w);
}
