#include "app/person.h"

#include "store/access.h"
#include "store/audit.h"
#include "store/store.h"

static err set_field(ctx *c, rec *r, const char *name, str text)
{
    return text.n ? store_set_text(c, r, entity_field(r->e, str_from(name)), text) : ERR_OK;
}

err person_add(ctx *c, void *arg)
{
    person *p = arg;
    rec    *r = store_new(c, snapshot_entity(c->snap, STR("user")));
    (void)set_field(c, r, "name", p->name);
    (void)set_field(c, r, "login", p->login);
    (void)set_field(c, r, "email", p->email);
    (void)set_field(c, r, "role", p->role);
    (void)set_field(c, r, "team", p->team);
    (void)set_field(c, r, "state", p->state);
    if (c->problem_count)
        return ERR_INVALID;
    TRY(store_save(c, r, 0));
    p->id = r->id;
    return ERR_OK;
}

err person_set_password(ctx *c, void *arg)
{
    const person_password *p = arg;
    TRY(access_password_set(c, p->user, p->argon2, p->must_change));
    TRY(access_sessions_end(c, p->user, NULL));
    TRY(audit_write(c, AUDIT_PASSWORD_SET, p->user, NULL));
    if (!p->activate)
        return ERR_OK;
    rec *r;
    TRY(store_load(c, snapshot_entity(c->snap, STR("user")), p->user, &r));
    TRY(set_field(c, r, "state", STR("active")));
    return store_save(c, r, 0);
}

bool read_secret(arena *a, str *out)
{
    char line[1026];
    if (!fgets(line, sizeof line, stdin))
        return false;
    str s = str_from(line);
    while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
        s.n--;
    *out = arena_str(a, s);
    return s.n > 0;
}
