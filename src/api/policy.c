/* What the organisation asks of sign-ins. */
#include "api/session.h"
#include "store/audit.h"
#include "store/changes.h"
#include "store/second.h"

enum { IDLE_HOURS_MOST = 24 * 365, DAYS_MOST = 365, LOOKS_MOST = 10000 };

static void put_number(json_writer *w, const char *name, int64_t n)
{
    if (n)
        json_put_int(w, name, n);
    else
        json_put_null(w, name);
}

static void put_policy(json_writer *w, const sign_in_policy *p)
{
    json_object(w);
    json_put_string(w, "second_step", str_from(second_rule_name(p->second)));
    put_number(w, "session_idle_hours", p->idle_hours);
    put_number(w, "session_most_days", p->most_days);
    put_number(w, "looks_an_hour", p->looks_an_hour);
    json_object_end(w);
}

err policy_get(call *k)
{
    sign_in_policy p;
    TRY(policy_read(&k->c, &p));
    put_policy(&k->w, &p);
    return ERR_OK;
}

static void take_number(call *k, const char *name, int64_t most, int64_t *out)
{
    const json *j = body_member(k, name);
    int64_t     n;
    if (!j)
        return;
    if (j->kind == JSON_NULL)
        *out = 0;
    else if (json_int64(j, &n) && n >= 1 && n <= most)
        *out = n;
    else
        (void)ctx_problem(&k->c, name, STR("out_of_range"));
}

err policy_update(call *k)
{
    static const char *const names[] = { "second_step", "session_idle_hours", "session_most_days", "looks_an_hour",
                                         NULL };
    sign_in_policy           p, was;
    TRY(policy_read(&k->c, &p));
    was = p;
    if (body_member(k, "second_step") && !second_rule_from(body_text(k, "second_step", true, 20), &p.second))
        (void)ctx_problem(&k->c, "second_step", STR("not_a_choice"));
    take_number(k, "session_idle_hours", IDLE_HOURS_MOST, &p.idle_hours);
    take_number(k, "session_most_days", DAYS_MOST, &p.most_days);
    take_number(k, "looks_an_hour", LOOKS_MOST, &p.looks_an_hour);
    TRY(body_check(k, names));
    TRY(policy_write(&k->c, &p));
    if (p.second != was.second)
        TRY(second_review(&k->c));
    const audit_word words[] = { { .name = "what", .text = STR("sign_in") },
                                 { .name = "second_step", .text = str_from(second_rule_name(p.second)) },
                                 { .name = "session_idle_hours", .number = p.idle_hours },
                                 { .name = "session_most_days", .number = p.most_days },
                                 { .name = "looks_an_hour", .number = p.looks_an_hour },
                                 { 0 } };
    TRY(audit_write(&k->c, AUDIT_SETTINGS, 0, words));
    put_policy(&k->w, &p);
    return ERR_OK;
}
