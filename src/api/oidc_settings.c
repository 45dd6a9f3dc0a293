/* The administrator's side: settings, a look at the provider, who is joined to whom. */
#include "api/oidc.h"

#include "api/outside.h"
#include "api/session.h"
#include "api/settings.h"
#include "base/text.h"
#include "oidc/fetch.h"
#include "store/audit.h"
#include "store/changes.h"

enum { ID_MAX = 200, SECRET_MAX = 500, SCOPES_MAX = 300, BUTTON_MAX = 60, CLAIM_MAX = 60, VALUE_MAX = 200 };

static void put_settings(call *k, const oidc_settings *s)
{
    json_writer *w = &k->w;
    json_object(w);
    oidc_settings_put(w, s);
    json_put_bool(w, "secret", s->secret);
    json_put_string(w, "redirect_uri", oidc_here(k, "/api/v1/oidc/callback"));
    json_put_string(w, "logout_uri", oidc_here(k, "/api/v1/oidc/logout"));
    json_put_string(w, "signed_out_uri", oidc_here(k, "/sign-in"));
    json_object_end(w);
}

err oidc_settings_get(call *k)
{
    oidc_settings s;
    TRY(oidc_settings_read(&k->c, &s));
    put_settings(k, &s);
    return ERR_OK;
}

/* ---- taking ---- */

static void take_text(call *k, const char *name, ptrdiff_t most, str *out)
{
    if (body_member(k, name)) {
        str text = str_trim(body_text(k, name, false, most));
        *out = text.p ? text : STR("");
    }
}

static void take_flag(call *k, const char *name, bool *out)
{
    const json *j = body_member(k, name);
    if (j && j->kind != JSON_TRUE && j->kind != JSON_FALSE)
        (void)ctx_problem(&k->c, name, STR("not_a_boolean"));
    else if (j)
        *out = j->kind == JSON_TRUE;
}

static void take_issuer(call *k, oidc_settings *s)
{
    take_text(k, "issuer", FETCH_URL, &s->issuer);
    if (s->issuer.n && (!fetch_address_good(s->issuer) || str_find_char(s->issuer, '?') >= 0))
        (void)ctx_problem(&k->c, "issuer", STR("oidc_not_https"));
}

static void take_scopes(call *k, oidc_settings *s)
{
    bool open = false;
    take_text(k, "scopes", SCOPES_MAX, &s->scopes);
    for (str rest = s->scopes; rest.n > 0;) {
        ptrdiff_t blank = str_find_char(rest, ' ');
        open = open || str_eq(blank < 0 ? rest : str_sub(rest, 0, blank), STR("openid"));
        rest = blank < 0 ? (str){ 0 } : str_sub(rest, blank + 1, rest.n);
    }
    if (!open)
        (void)ctx_problem(&k->c, "scopes", STR("oidc_no_openid"));
}

static bool take_row(call *k, const char *name, const char *to, const json *j, oidc_mapped *out)
{
    bool        known = false;
    const json *v = json_get(j, STR("value")), *t = json_get(j, str_from(to));
    if (!json_is(v, JSON_STRING) || !json_is(t, JSON_STRING) || v->text.n == 0 || utf8_length(v->text) > VALUE_MAX ||
        j->count != 2) {
        (void)ctx_problem(&k->c, name, STR("oidc_bad_row"));
        return false;
    }
    *out = (oidc_mapped){ .value = v->text, .to = t->text };
    if (oidc_known(&k->c, to, t->text, &known) != ERR_OK || !known) {
        (void)ctx_problem_with(&k->c, str_from(name), STR("not_a_choice"), utf8_cut(t->text, 60));
        return false;
    }
    return true;
}

static void take_map(call *k, const char *name, const char *to, oidc_map *m)
{
    const json *list = body_member(k, name);
    if (!list)
        return;
    m->count = 0;
    if (list->kind != JSON_ARRAY || list->count > OIDC_MAPPED) {
        (void)ctx_problem(&k->c, name, STR("oidc_bad_row"));
        return;
    }
    for (const json *j = list->first; j; j = j->next) {
        if (!take_row(k, name, to, j, &m->row[m->count]))
            return;
        m->count++;
    }
}

static void take_button(call *k, oidc_settings *s)
{
    str label[LANG_COUNT];
    if (!body_member(k, "button"))
        return;
    (void)body_label(k, "button", body_member(k, "button"), BUTTON_MAX, label);
    memcpy(s->button, label, sizeof label);
}

static void take_seconds(call *k, oidc_settings *s)
{
    const json *j = body_member(k, "seconds");
    if (j && (!json_int64(j, &s->seconds) || s->seconds < 1 || s->seconds > OIDC_SECONDS_MOST))
        (void)ctx_problem(&k->c, "seconds", STR("out_of_range"));
}

static void take_all(call *k, oidc_settings *s)
{
    take_flag(k, "on", &s->on);
    take_issuer(k, s);
    take_text(k, "client_id", ID_MAX, &s->client);
    take_scopes(k, s);
    take_button(k, s);
    take_text(k, "claim_login", CLAIM_MAX, &s->claim_login);
    take_text(k, "claim_email", CLAIM_MAX, &s->claim_email);
    take_text(k, "claim_name", CLAIM_MAX, &s->claim_name);
    take_text(k, "claim_team", CLAIM_MAX, &s->claim_team);
    take_text(k, "claim_role", CLAIM_MAX, &s->claim_role);
    str join = body_member(k, "join_by") ? body_text(k, "join_by", true, 20) : (str){ 0 };
    if (join.n && !oidc_join_from(join, &s->join))
        (void)ctx_problem_with(&k->c, STR("join_by"), STR("not_a_choice"), join);
    take_flag(k, "make_users", &s->make);
    take_flag(k, "trust_second_step", &s->trust_second);
    take_seconds(k, s);
    take_map(k, "roles", "role", &s->roles);
    take_map(k, "teams", "team", &s->teams);
    if (s->on && s->issuer.n == 0)
        (void)ctx_problem(&k->c, "issuer", STR("required"));
    if (s->on && s->client.n == 0)
        (void)ctx_problem(&k->c, "client_id", STR("required"));
}

/* p NULL: it stays. The secret goes to no other provider than the one it was typed for. */
static str take_secret(call *k, bool same_provider)
{
    str secret = { 0 };
    if (body_member(k, "client_secret")) {
        secret = body_text(k, "client_secret", false, SECRET_MAX);
        return secret.p ? secret : STR("");
    }
    return same_provider ? secret : STR("");
}

err oidc_settings_update(call *k)
{
    static const char *const names[] = { "on",         "issuer",      "client_id",   "client_secret",     "scopes",
                                         "button",     "claim_login", "claim_email", "claim_name",        "claim_team",
                                         "claim_role", "join_by",     "make_users",  "trust_second_step", "seconds",
                                         "roles",      "teams",       NULL };
    oidc_settings            s;
    TRY(oidc_settings_read(&k->c, &s));
    str was = s.issuer;
    take_all(k, &s);
    str secret = take_secret(k, str_eq(was, s.issuer));
    TRY(body_check(k, names));
    TRY(oidc_settings_write(&k->c, &s, secret));
    const audit_word words[] = { { .name = "what", .text = STR("oidc") },
                                 { .name = "on", .number = s.on },
                                 { .name = "issuer", .text = s.issuer.p ? s.issuer : STR("") },
                                 { 0 } };
    TRY(audit_write(&k->c, AUDIT_SETTINGS, 0, words));
    TRY(oidc_settings_read(&k->c, &s));
    put_settings(k, &s);
    return ERR_OK;
}

/* ---- a look at the provider ---- */

static void put_outcome(call *k, const provider_call *c, const provider_about *about, const jose_keys *keys)
{
    json_writer *w = &k->w;
    bool         good = about && keys && jose_keys_count(keys) > 0;
    json_object(w);
    json_put_bool(w, "good", good);
    put_text(w, "why", good ? (str){ 0 } : keys ? STR("none of its keys is for RS256, PS256, ES256 or EdDSA") : c->why);
    put_text(w, "authorization_endpoint", about ? about->authorization : (str){ 0 });
    put_text(w, "token_endpoint", about ? about->token : (str){ 0 });
    put_text(w, "userinfo_endpoint", about ? about->userinfo : (str){ 0 });
    put_text(w, "end_session_endpoint", about ? about->end_session : (str){ 0 });
    json_put_int(w, "keys", keys ? (int64_t)jose_keys_count(keys) : 0);
    json_put_bool(w, "back_channel_logout", about && about->logs_out);
    json_object_end(w);
}

static err read_settings(call *k, void *arg)
{
    return oidc_settings_read(&k->c, arg);
}

/* Nothing that was kept is used, and nothing is kept. */
err oidc_settings_test(call *k)
{
    static const char *const names[] = { "issuer", NULL };
    oidc_settings            s;
    provider_about           about;
    jose_keys               *keys = NULL;
    TRY(read_transaction(k, read_settings, &s));
    if (k->in)
        take_issuer(k, &s);
    TRY(body_check(k, names));
    if (s.issuer.n == 0)
        return ctx_problem(&k->c, "issuer", STR("required"));
    provider_call c = oidc_ask(k, &s);
    c.cache = provider_cache_new();
    bool found = provider_discover(&c, &about) == ERR_OK;
    if (found && provider_keys(&c, &about, false, &keys) != ERR_OK)
        keys = NULL;
    put_outcome(k, &c, found ? &about : NULL, keys);
    provider_cache_free(c.cache);
    return ERR_OK;
}

err oidc_user_unlink(call *k)
{
    rec *r;
    TRY(store_load(&k->c, snapshot_entity(k->c.snap, STR("user")), k->id, &r));
    TRY(oidc_unlink(&k->c, k->id));
    return changes_note(&k->c, "access", k->id, STR("oidc"), "delete", (str){ 0 }, (str){ 0 });
}
