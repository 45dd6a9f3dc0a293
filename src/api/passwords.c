/* Passwords: one's own, and by an administrator. */
#include "base/password.h"

#include "api/gate.h"
#include "api/session.h"
#include "api/throttle.h"
#include "store/audit.h"
#include "store/changes.h"

typedef struct {
    int64_t       user;
    str           stored;
    bool          must_change;
    bool          stays; /* who does it stays signed in, under another secret */
    fresh_session session;
    const server *s;
    str           names[PASSWORD_NAMES];
} new_password;

static err read_stored(call *k, void *arg)
{
    new_password *p = arg;
    TRY(password_names(k, p->user, p->names));
    err e = access_password(&k->c, p->user, &p->stored);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static err write_password(ctx *c, void *arg)
{
    new_password *p = arg;
    TRY(access_password_set(c, p->user, p->stored, p->must_change));
    TRY(changes_note(c, "access", p->user, STR("password"), "update", (str){ 0 }, (str){ 0 }));
    TRY(audit_write(c, p->user == c->actor.user ? AUDIT_PASSWORD_CHANGED : AUDIT_PASSWORD_SET, p->user, NULL));
    if (p->stays)
        TRY(session_renew(c, p->s, &p->session));
    return access_sessions_end(c, p->user, p->stays ? p->session.hash : NULL);
}

err password_names(call *k, int64_t user, str names[PASSWORD_NAMES])
{
    static const char *const fields[] = { "name", "login", "email" };
    _Static_assert(countof(fields) + 1 == PASSWORD_NAMES, "and the organisation's");
    const entity *e = snapshot_entity(k->c.snap, STR("user"));
    rec          *r;
    TRY(store_load_any(&k->c, e, user, &r));
    for (size_t i = 0; i < countof(fields); i++)
        names[i] = arena_str(k->r->a, rec_text(r, (size_t)entity_field(e, str_from(fields[i]))->index));
    names[countof(fields)] = k->c.snap->org_name;
    return ERR_OK;
}

str wanted_password(call *k, const char *name, const str *names, size_t count)
{
    str         password = body_text(k, name, true, PASSWORD_BYTES_MAX / 4);
    const char *fault = password.n ? password_fault(k->r->a, password, names, count) : NULL;
    if (fault)
        (void)ctx_problem_with(&k->c, str_from(name),
                               arena_printf(k->c.a, "%s%s",
                                            str_eq(str_from(fault), STR("too_short")) ? "" : "password_", fault),
                               STR("8"));
    return password;
}

static err read_own(call *k, void *arg)
{
    str *stored = arg;
    err  e = access_password(&k->c, k->c.actor.user, stored);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

err password_of_mine(call *k, const char *name)
{
    str     stored = { 0 }, given = body_text(k, name, true, PASSWORD_BYTES_MAX);
    attempt by = { .account = arena_printf(k->r->a, "#%lld", (long long)k->c.actor.user), .known = STR("session") };
    bool    right;
    if (k->c.problem_count)
        return ERR_INVALID;
    int wait = throttle_enter(k->s->throttle, &by, k->c.now_ms);
    if (wait > 0) {
        k->retry_after = wait;
        return ctx_refuse(&k->c, ERR_TOO_MANY, STR("sign_in_wait"), arena_printf(k->c.a, "%d", wait));
    }
    TRY(read_transaction(k, read_own, &stored));
    TRY(gate_verify(k->s->gate, stored, given, &right));
    if (!right)
        return ctx_problem(&k->c, name, STR("wrong_current_password"));
    throttle_passed(k->s->throttle, &by);
    return ERR_OK;
}

err me_password(call *k)
{
    static const char *const names[] = { "current", "new", NULL };
    new_password             p = { .user = k->c.actor.user, .s = k->s, .stays = k->cookie };
    TRY(read_transaction(k, read_stored, &p));
    str current = body_text(k, "current", true, PASSWORD_BYTES_MAX),
        wanted = wanted_password(k, "new", p.names, PASSWORD_NAMES);
    TRY(body_check(k, names));
    TRY(password_of_mine(k, "current"));
    if (str_eq(current, wanted))
        return ctx_problem(&k->c, "new", STR("same_password"));
    TRY(gate_hash(k->s->gate, k->r->a, wanted, &p.stored));
    session_make(k, p.user, &p.session);
    TRY(store_write(&k->c, write_password, &p));
    if (p.stays)
        session_cookie(k, &p.session);
    return ERR_OK;
}

static err person_of_path(call *k, void *arg)
{
    rec *r;
    TRY(store_load(&k->c, snapshot_entity(k->c.snap, STR("user")), k->id, &r));
    return password_names(k, k->id, ((new_password *)arg)->names);
}

/* By an administrator: to be changed at the next sign-in unless told otherwise. */
err user_password(call *k)
{
    static const char *const names[] = { "password", "keep", NULL };
    new_password             p = { .user = k->id, .s = k->s };
    TRY(read_transaction(k, person_of_path, &p));
    str wanted = wanted_password(k, "password", p.names, PASSWORD_NAMES);
    p.must_change = !body_bool(k, "keep");
    TRY(body_check(k, names));
    TRY(gate_hash(k->s->gate, k->r->a, wanted, &p.stored));
    return store_write(&k->c, write_password, &p);
}
