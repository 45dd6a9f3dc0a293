/* zk_oidc_link: who is whom (OIDC-7 … OIDC-9). */
#include "store/audit.h"
#include "store/internal.h"
#include "store/oidc.h"

enum { NAME_CHARS = 100 };

/* ---- links ---- */

static err link_find(ctx *c, const oidc_person *p, int64_t *user)
{
    statement s;
    bool      row;
    *user = 0;
    TRY(sql_open_secret(c, STR("SELECT \"user_id\" FROM \"zk_oidc_link\" WHERE \"issuer\"=$1 AND \"subject\"=$2"), &s));
    sql_text(&s, p->issuer);
    sql_text(&s, p->subject);
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row)
        *user = db_int(s.s, 0);
    sql_close(&s);
    return e;
}

/* Is the user somebody else at this issuer already? */
static err linked_otherwise(ctx *c, const oidc_person *p, int64_t user, bool *yes)
{
    statement s;
    TRY(sql_open_secret(
        c, STR("SELECT 1 FROM \"zk_oidc_link\" WHERE \"user_id\"=$1 AND \"issuer\"=$2 AND \"subject\"<>$3"), &s));
    sql_int(&s, user);
    sql_text(&s, p->issuer);
    sql_text(&s, p->subject);
    err e = sql_row(&s, yes);
    sql_close(&s);
    return e;
}

static err link_write(ctx *c, const oidc_person *p, int64_t user)
{
    statement s;
    TRY(sql_open_secret(
        c,
        STR("INSERT INTO \"zk_oidc_link\"(\"issuer\",\"subject\",\"user_id\",\"created_at\",\"seen_at\")"
            "VALUES($1,$2,$3,$4,$5) ON CONFLICT(\"issuer\",\"subject\") DO UPDATE SET "
            "\"user_id\"=excluded.\"user_id\",\"seen_at\"=excluded.\"seen_at\""),
        &s));
    sql_text(&s, p->issuer);
    sql_text(&s, p->subject);
    sql_int(&s, user);
    sql_time(&s, c->now_ms);
    sql_time(&s, c->now_ms);
    return sql_run(&s);
}

err oidc_unlink(ctx *c, int64_t user)
{
    statement s;
    TRY(sql_open_secret(c, STR("DELETE FROM \"zk_oidc_link\" WHERE \"user_id\"=$1"), &s));
    sql_int(&s, user);
    return sql_run(&s);
}

/* ---- finding and making ---- */

static const entity *users(const ctx *c)
{
    return snapshot_entity(c->snap, STR("user"));
}

static const field *user_field(const ctx *c, const char *name)
{
    const field *f = entity_field(users(c), str_from(name));
    ASSERT(f);
    return f;
}

static err find_by(ctx *c, const char *name, str text, int64_t *user)
{
    *user = 0;
    return text.n ? store_find(c, users(c), user_field(c, name), text, user) : ERR_OK;
}

static err find_to_join(ctx *c, const oidc_settings *s, const oidc_person *p, oidc_found *out)
{
    bool other = false;
    if (s->join == OIDC_JOIN_EMAIL)
        TRY(find_by(c, "email", p->email, &out->user));
    else if (s->join == OIDC_JOIN_LOGIN)
        TRY(find_by(c, "login", p->login, &out->user));
    if (!out->user)
        return ERR_OK;
    TRY(linked_otherwise(c, p, out->user, &other));
    out->joined = !other;
    if (other)
        out->refused = "oidc_other_person";
    return ERR_OK;
}

static str first_of(str a, str b, str c)
{
    return a.n ? a : b.n ? b : c;
}

/* What does not fit is a problem in c. */
static void set_text(ctx *c, rec *r, const char *name, str text)
{
    if (text.n && store_set_text(c, r, user_field(c, name), text) != ERR_OK && c->problem_count == 0)
        (void)ctx_problem(c, name, STR("invalid"));
}

static err make_user(ctx *c, const oidc_person *p, oidc_found *out)
{
    int64_t taken;
    TRY(find_by(c, "email", p->email, &taken));
    if (!taken)
        TRY(find_by(c, "login", p->login, &taken));
    if (taken) { /* it is not for the provider to say that they are one */
        out->refused = "oidc_taken";
        return ERR_OK;
    }
    rec *r = store_new(c, users(c));
    str  name = utf8_cut(str_trim(first_of(p->name, p->login, first_of(p->email, p->subject, p->subject))), NAME_CHARS);
    set_text(c, r, "name", name);
    set_text(c, r, "login", p->login);
    set_text(c, r, "email", p->email);
    set_text(c, r, "state", STR("active"));
    err e = c->problem_count ? ERR_INVALID : store_save(c, r, 0);
    if (e == ERR_INVALID || e == ERR_CONFLICT)
        out->refused = "oidc_unfit"; /* a name that is too long, an e-mail that is none */
    TRY(e);
    out->user = r->id;
    out->made = true;
    return ERR_OK;
}

/* ---- team and role ---- */

/* OIDC-9: the first row whose value the claim holds. */
static str mapped(const oidc_person *p, str claim, const oidc_map *m)
{
    const json *j = claim.n ? json_get(p->claims, claim) : NULL;
    for (size_t i = 0; i < m->count; i++) {
        if (json_is(j, JSON_STRING) && str_eq(j->text, m->row[i].value))
            return m->row[i].to;
        for (const json *k = json_is(j, JSON_ARRAY) ? j->first : NULL; k; k = k->next)
            if (json_is(k, JSON_STRING) && str_eq(k->text, m->row[i].value))
                return m->row[i].to;
    }
    return (str){ 0 };
}

/* What the settings name may be gone since: then the field stays as it is. */
static err set_if_known(ctx *c, rec *r, const char *name, str to, bool *known)
{
    const field *f = user_field(c, name);
    size_t       i = (size_t)f->index, before = c->problem_count;
    value        was = r->v[i];
    uint8_t      given = r->given[i];
    rec         *target;
    *known = to.n > 0 && store_set_text(c, r, f, to) == ERR_OK;
    if (*known)
        TRY(resolve_keys(c, r));
    *known = *known && c->problem_count == before;
    if (*known && f->target) {
        err e = store_load_any(c, f->target, rec_ref(r, i), &target);
        if (e != ERR_NOT_FOUND)
            TRY(e);
        *known = e == ERR_OK && !target->deleted_at;
    }
    c->problem_count = before;
    if (!*known) {
        r->v[i] = was;
        r->given[i] = given;
    }
    return ERR_OK;
}

err oidc_known(ctx *c, const char *name, str to, bool *out)
{
    return set_if_known(c, store_new(c, users(c)), name, to, out);
}

static void forget_refusal(ctx *c)
{
    c->problem_count = 0;
    c->code = c->detail = (str){ 0 };
}

static err note_rights(ctx *c, int64_t user, str as, str team)
{
    const audit_word words[] = { { .name = "what", .text = STR("claim") },
                                 { .name = "role", .text = as.n ? as : STR("") },
                                 { .name = "team", .text = team.n ? team : STR("") },
                                 { 0 } };
    return audit_write(c, AUDIT_RIGHTS, user, words);
}

/* Sets what is given, or leaves everything as it was: the last administrator. */
static err set_both(ctx *c, int64_t user, str as, str team, bool *done)
{
    rec       *r;
    store_mark mark;
    bool       known;
    *done = true;
    TRY(store_load_any(c, users(c), user, &r));
    TRY(set_if_known(c, r, "role", as, &known));
    TRY(set_if_known(c, r, "team", team, &known));
    if (!rec_changed(r->old, r, (size_t)user_field(c, "role")->index) &&
        !rec_changed(r->old, r, (size_t)user_field(c, "team")->index))
        return ERR_OK;
    TRY(store_savepoint(c, &mark));
    err e = store_save(c, r, 0);
    if (e == ERR_OK) {
        TRY(store_savepoint_release(c));
        return note_rights(c, user, as, team);
    }
    *done = false;
    if (e != ERR_CONFLICT && e != ERR_INVALID && e != ERR_NOT_FOUND)
        return e;
    TRY(store_savepoint_rollback(c, &mark));
    forget_refusal(c);
    return ERR_OK;
}

static err set_rights(ctx *c, const oidc_settings *s, const oidc_person *p, int64_t user)
{
    bool done;
    str  as = mapped(p, s->claim_role, &s->roles), team = mapped(p, s->claim_team, &s->teams), none = { 0 };
    if (as.n == 0 && team.n == 0)
        return ERR_OK;
    TRY(set_both(c, user, as, team, &done));
    if (done || as.n == 0 || team.n == 0)
        return ERR_OK;
    TRY(set_both(c, user, as, none, &done));
    return set_both(c, user, none, team, &done);
}

/* ---- all of it ---- */

/* OIDC-8. An invitation is taken by coming in. */
static err let_in(ctx *c, oidc_found *out)
{
    rec *r;
    err  e = store_load_any(c, users(c), out->user, &r);
    if (e != ERR_NOT_FOUND)
        TRY(e);
    str state = e == ERR_OK ? rec_text(r, (size_t)user_field(c, "state")->index) : (str){ 0 };
    if (e != ERR_OK || r->deleted_at || str_eq(state, STR("disabled"))) {
        out->refused = "oidc_disabled";
        return ERR_OK;
    }
    if (!str_eq(state, STR("invited")))
        return ERR_OK;
    TRY(store_set_text(c, r, user_field(c, "state"), STR("active")));
    TRY(store_save(c, r, 0));
    return access_invite_end(c, out->user);
}

err oidc_identify(ctx *c, const oidc_settings *s, const oidc_person *p, oidc_found *out)
{
    *out = (oidc_found){ 0 };
    TRY(link_find(c, p, &out->user));
    if (!out->user)
        TRY(find_to_join(c, s, p, out));
    if (!out->user && s->make)
        TRY(make_user(c, p, out));
    if (!out->user && !out->refused)
        out->refused = "oidc_unknown";
    if (!out->refused)
        TRY(let_in(c, out));
    if (out->refused)
        return ERR_OK;
    TRY(link_write(c, p, out->user));
    return set_rights(c, s, p, out->user);
}
