/* What was changed, over everything. */
#include "store/changes.h"

#include "api/settings.h"
#include "base/date.h"
#include "base/limits.h"
#include "base/text.h"

static err param_word(call *k, const char *name, str *out)
{
    (void)param_text(k, name, out);
    return out->n <= 80 ? ERR_OK : ctx_unreadable(&k->c, -1, "too_long", str_from(name), STR("80"));
}

err changes_asked(call *k, changes_request *q)
{
    str who = { 0 };
    *q = (changes_request){ .from_ms = TIME_MS_MIN, .to_ms = TIME_MS_MAX };
    TRY(param_int(k, "record", 1, INT64_MAX, &q->record));
    TRY(param_word(k, "user", &who));
    if (str_eq(who, STR(":me")))
        q->user = k->c.actor.user;
    else
        TRY(param_int(k, "user", 1, INT64_MAX, &q->user));
    TRY(param_word(k, "entity", &q->entity));
    TRY(param_word(k, "field", &q->field));
    TRY(param_word(k, "what", &q->what));
    TRY(param_time(k, "from", false, &q->from_ms));
    return param_time(k, "to", true, &q->to_ms);
}

err changes_get(call *k)
{
    changes_request q;
    int64_t         limit = LIMIT_LIST_DEFAULT;
    TRY(changes_asked(k, &q));
    TRY(param_int(k, "limit", 1, LIMIT_LIST, &limit));
    (void)param_text(k, "after", &q.after);
    q.limit = (int)limit;
    return changes_json(&k->c, &q, &k->w);
}
