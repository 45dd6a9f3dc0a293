/* API tokens: for programs, with no more than they need. */
#include "api/session.h"
#include "base/date.h"
#include "store/audit.h"
#include "store/changes.h"

static void put_entities(json_writer *w, str names)
{
    json_key(w, STR("entities"));
    if (names.n == 0) {
        json_null(w);
        return;
    }
    json_array(w);
    while (names.n > 0) {
        ptrdiff_t comma = str_find_char(names, ',');
        json_string(w, comma < 0 ? names : str_sub(names, 0, comma));
        names = comma < 0 ? (str){ 0 } : str_sub(names, comma + 1, names.n);
    }
    json_array_end(w);
}

static void put_token(json_writer *w, const token_row *t, str secret)
{
    json_object(w);
    json_put_id(w, "id", t->id);
    json_put_string(w, "name", t->name);
    put_ref(w, "user", t->user, t->user_name);
    put_time(w, "created_at", t->created_at);
    put_time(w, "seen_at", t->seen_at);
    put_text(w, "address", t->address);
    put_time(w, "expires_at", t->expires_at);
    json_put_bool(w, "read_only", t->read_only);
    put_entities(w, t->entities);
    if (secret.n)
        json_put_string(w, "token", secret);
    json_object_end(w);
}

err tokens_get(call *k)
{
    token_row *list;
    size_t     n;
    bool       all = false;
    TRY(param_bool(k, "all", &all));
    if (all && !permit_is_admin(&k->c.actor))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    TRY(access_tokens(&k->c, all ? 0 : k->c.actor.user, &list, &n));
    json_object(&k->w);
    json_key(&k->w, STR("tokens"));
    json_array(&k->w);
    for (size_t i = 0; i < n; i++)
        put_token(&k->w, &list[i], (str){ 0 });
    json_array_end(&k->w);
    json_object_end(&k->w);
    return ERR_OK;
}

/* "account,contact" of ["account","contact"]; null and absent: all that the user may. */
static str wanted_entities(call *k)
{
    enum { MOST = 50 };
    const json *list = body_member(k, "entities");
    str         names = { 0 };
    int         n = 0;
    if (!list || list->kind == JSON_NULL)
        return names;
    if (list->kind != JSON_ARRAY || !list->first)
        return (void)ctx_problem(&k->c, "entities", STR("not_a_list")), names;
    for (const json *j = list->first; j; j = j->next) {
        if (j->kind != JSON_STRING || !snapshot_entity(k->c.snap, j->text) || ++n > MOST)
            return (void)ctx_problem(&k->c, "entities", STR("not_a_choice")), (str){ 0 };
        names = names.n ? arena_printf(k->c.a, "%.*s,%.*s", STR_ARG(names), STR_ARG(j->text)) : j->text;
    }
    return names;
}

static str scope_text(call *k, const token_row *t)
{
    return arena_printf(k->c.a, "%s%s%.*s", t->read_only ? "read" : "all", t->entities.n ? ": " : "",
                        STR_ARG(t->entities));
}

err token_create(call *k)
{
    static const char *const names[] = { "name", "expires_at", "read_only", "entities", NULL };
    token_row                t = { .user = k->c.actor.user, .created_at = k->c.now_ms, .user_name = k->c.actor.name };
    uint8_t                  hash[SECRET_HASH];
    str                      secret;
    t.name = body_text(k, "name", true, 100);
    t.read_only = body_bool(k, "read_only");
    t.entities = wanted_entities(k);
    str expires = body_text(k, "expires_at", false, 40);
    if (expires.n && (!time_parse_rfc3339(expires, &t.expires_at) || t.expires_at <= k->c.now_ms))
        (void)ctx_problem(&k->c, "expires_at", STR("not_in_the_future"));
    TRY(body_check(k, names));
    if (k->who.who.read_only || k->who.who.only.n) /* a narrow one makes no wider one */
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("token_scope"), (str){ 0 });
    secret_make(k->c.a, &secret, hash);
    TRY(access_token_add(&k->c, &t, hash));
    TRY(changes_note(&k->c, "access", t.user, STR("token"), "create", (str){ 0 }, (str){ 0 }));
    const audit_word words[] = { { .name = "name", .text = t.name },
                                 { .name = "scope", .text = scope_text(k, &t) },
                                 { 0 } };
    TRY(audit_write(&k->c, AUDIT_TOKEN_MADE, t.user, words));
    put_token(&k->w, &t, secret);
    k->location = arena_printf(k->c.a, "/api/v1/tokens/%lld", (long long)t.id);
    return ERR_OK;
}

static err find_token(call *k, token_row *out)
{
    token_row *list;
    size_t     n;
    TRY(access_tokens(&k->c, permit_is_admin(&k->c.actor) ? 0 : k->c.actor.user, &list, &n));
    for (size_t i = 0; i < n; i++)
        if (list[i].id == k->id) {
            *out = list[i];
            return ERR_OK;
        }
    return ERR_NOT_FOUND;
}

err token_delete(call *k)
{
    token_row t;
    TRY(find_token(k, &t));
    TRY(access_token_end(&k->c, t.user, k->id));
    TRY(changes_note(&k->c, "access", t.user, STR("token"), "delete", (str){ 0 }, (str){ 0 }));
    const audit_word words[] = { { .name = "name", .text = t.name }, { 0 } };
    return audit_write(&k->c, AUDIT_TOKEN_ENDED, t.user, words);
}
