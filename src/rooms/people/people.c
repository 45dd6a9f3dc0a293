#include "rooms/people/people.h"

#include "base/text.h"
#include "store/access.h"
#include "store/audit.h"
#include "store/second.h"
#include "store/store.h"

static const choice_def languages[] = {
    { "zh-CN", NEXT_ANY, NULL },
    { "en", NEXT_ANY, NULL },
};

static const choice_def states[] = {
    [USER_INVITED] = { "invited", NEXT_ANY, "amber" },
    [USER_ACTIVE] = { "active", NEXT_ANY, "green" },
    [USER_ABSENT] = { "absent", NEXT_ANY, "grey" },
    [USER_DISABLED] = { "disabled", NEXT_ANY, "red" },
};
_Static_assert(countof(states) == USER_STATE_COUNT, "one row per state");

enum { U_NAME, U_LOGIN, U_EMAIL, U_TEAM, U_MANAGER, U_ROLE, U_LANGUAGE, U_ZONE, U_STATE, U_DEPUTY, U_COUNT };
static const field_def user_fields[] = {
    [U_NAME] = { .name = "name",
                 .type = FT_TEXT,
                 .flags = FF_REQUIRED | FF_SEARCH | FF_SORT | FF_LIST,
                 .min = 1,
                 .max = 100 },
    [U_LOGIN] = { .name = "login", .type = FT_TEXT, .flags = FF_UNIQUE | FF_LIST, .min = 1, .max = 100 },
    [U_EMAIL] = { .name = "email", .type = FT_EMAIL, .flags = FF_UNIQUE | FF_SEARCH | FF_LIST },
    [U_TEAM] = { .name = "team", .type = FT_REF, .target = "team", .flags = FF_LIST },
    [U_MANAGER] = { .name = "manager", .type = FT_REF, .target = "user", .flags = FF_LIST },
    [U_ROLE] = { .name = "role",
                 .type = FT_KEYREF,
                 .target = "role",
                 .flags = FF_REQUIRED | FF_LIST,
                 .initial = "member" },
    [U_LANGUAGE] = { .name = "language", .type = FT_CHOICE, .choices = languages, .choice_count = countof(languages) },
    [U_ZONE] = { .name = "zone", .type = FT_TEXT, .min = 1, .max = 60 },
    [U_STATE] = { .name = "state",
                  .type = FT_CHOICE,
                  .flags = FF_REQUIRED | FF_LIST,
                  .choices = states,
                  .choice_count = countof(states),
                  .initial = "invited" },
    [U_DEPUTY] = { .name = "deputy", .type = FT_REF, .target = "user" },
};
_Static_assert(countof(user_fields) == U_COUNT, "one row per field");

enum { T_NAME, T_PARENT, T_COUNT };
static const field_def team_fields[] = {
    [T_NAME] = { .name = "name",
                 .type = FT_TEXT,
                 .flags = FF_REQUIRED | FF_SEARCH | FF_SORT | FF_LIST | FF_UNIQUE,
                 .min = 1,
                 .max = 100 },
    [T_PARENT] = { .name = "parent", .type = FT_REF, .target = "team", .flags = FF_LIST },
};
_Static_assert(countof(team_fields) == T_COUNT, "one row per field");

/* By the main role: further ones do not count, so that nobody has to look for them. */
static bool has_administrators_role(const ctx *c, const rec *r)
{
    int64_t role = rec_ref(r, U_ROLE);
    for (size_t i = 0; i < c->snap->role_count; i++)
        if (c->snap->roles[i].id == role)
            return c->snap->roles[i].administrator;
    return false;
}

static bool is_administrator(const ctx *c, const rec *r)
{
    return has_administrators_role(c, r) && rec_choice(r, U_STATE) == USER_ACTIVE;
}

/* PEOPLE-1: the last active administrator neither loses the role nor is disabled. */
static err keep_administrator(ctx *c, const rec *old, const rec *next)
{
    bool was = old && is_administrator(c, old);
    bool is = next && is_administrator(c, next);
    bool others;
    if (!was || is)
        return ERR_OK;
    int64_t     *ids;
    size_t       n;
    list_request r = { .where = STR("role.administrator = true AND state = 'active'"), .limit = 2 };
    TRY(query_ids(c, old->e, &r, 2, &ids, &n));
    others = n > 1;
    return others ? ERR_OK : ctx_refuse(c, ERR_CONFLICT, STR("last_administrator"), (str){ 0 });
}

static err user_before_save(ctx *c, const rec *old, rec *next)
{
    if (!rec_null(next, U_ZONE) && rec_changed(old, next, U_ZONE) && !zone_known(rec_text(next, U_ZONE)))
        (void)ctx_problem(c, "zone", STR("unknown_zone"));
    return keep_administrator(c, old, next);
}

static str state_of(const rec *r)
{
    return rec_null(r, U_STATE) ? (str){ 0 } : str_from(states[rec_choice(r, U_STATE)].key);
}

static bool ticked(const rec *r, const char *name)
{
    size_t at = (size_t)entity_field(r->e, str_from(name))->index;
    return !rec_null(r, at) && rec_int(r, at);
}

/* PEOPLE-13: might this role ask for a second step? */
static err role_asks(ctx *c, int64_t id, bool *out)
{
    rec *role;
    *out = false;
    if (!id)
        return ERR_OK;
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("role")), id, &role));
    *out = ticked(role, "second_step") || ticked(role, "administrator");
    return ERR_OK;
}

/* PEOPLE-8, PEOPLE-9 */
static err user_after_save(ctx *c, const rec *old, rec *saved)
{
    bool disabled = rec_choice(saved, U_STATE) == USER_DISABLED;
    if (!old)
        return ERR_OK;
    if (rec_choice(old, U_STATE) != rec_choice(saved, U_STATE)) {
        const audit_word words[] = { { .name = "from", .text = state_of(old) },
                                     { .name = "to", .text = state_of(saved) },
                                     { 0 } };
        TRY(audit_write(c, AUDIT_USER_STATE, saved->id, words));
        if (disabled)
            TRY(access_end(c, saved->id));
    }
    if (rec_ref(old, U_ROLE) == rec_ref(saved, U_ROLE))
        return ERR_OK;
    if (!has_administrators_role(c, old) && has_administrators_role(c, saved))
        TRY(access_sessions_end(c, saved->id, NULL));
    bool asked, asks;
    TRY(role_asks(c, rec_ref(old, U_ROLE), &asked));
    TRY(role_asks(c, rec_ref(saved, U_ROLE), &asks));
    return asked || asks ? second_review_of(c, saved->id) : ERR_OK;
}

static err user_before_delete(ctx *c, const rec *r)
{
    TRY(keep_administrator(c, r, NULL));
    return access_end(c, r->id);
}

static const list_view_def user_lists[] = {
    { "active", "state = 'active'", "name", NULL },
    { "all", "", "name", NULL },
};

static const list_view_def team_lists[] = { { "all", "", "name", NULL } };

static const char *const user_refusals[] = { "last_administrator", NULL };

const entity_def user_entity = {
    .name = "user",
    .rights = "role,team,manager,login,email",
    .plural = "users",
    .fields = user_fields,
    .field_count = countof(user_fields),
    .lists = user_lists,
    .list_count = countof(user_lists),
    .refusals = user_refusals,
    .configuration = true,
    .before_save = user_before_save,
    .after_save = user_after_save,
    .before_delete = user_before_delete,
};

const entity_def team_entity = {
    .name = "team",
    .rights = "parent",
    .plural = "teams",
    .fields = team_fields,
    .field_count = countof(team_fields),
    .lists = team_lists,
    .list_count = countof(team_lists),
    .configuration = true,
};
