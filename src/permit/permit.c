#include "permit/permit.h"

#include "schema/types.h"

const char *verb_name(verb v)
{
    static const char *const names[] = {
        [VERB_READ] = "read",     [VERB_CREATE] = "create", [VERB_UPDATE] = "update",   [VERB_DELETE] = "delete",
        [VERB_EXPORT] = "export", [VERB_IMPORT] = "import", [VERB_BULK] = "bulk",       [VERB_ASSIGN] = "assign",
        [VERB_SHARE] = "share",   [VERB_MERGE] = "merge",   [VERB_CONVERT] = "convert",
    };
    _Static_assert(countof(names) == VERB_COUNT, "one name per verb");
    return names[v];
}

const char *role_key(role r)
{
    static const char *const keys[ROLE_COUNT] = { [ROLE_MEMBER] = "member", [ROLE_ADMINISTRATOR] = "administrator" };
    return keys[r];
}

/* PERMIT-2 */
bool permit_entity(const actor *who, const entity *e, verb v)
{
    if (e->def->journal && v != VERB_READ && v != VERB_EXPORT && v != VERB_IMPORT) /* PERMIT-6 */
        return who->user == 0;
    if (permit_is_admin(who))
        return true;
    switch (v) {
    case VERB_READ: return true;
    case VERB_EXPORT: return false;
    default: return !e->def->configuration;
    }
}

/* PERMIT-3 */
bool permit_field(const actor *who, const field *f, verb v)
{
    (void)who;
    return v == VERB_READ || !(f->flags & (FF_READONLY | FF_ALIAS));
}

/* Whose record it is: the owner, else the person it is about (a quota), else who created it. */
const field *permit_scope_field(const entity *e)
{
    const field *own = entity_common(e, CF_OWNER);
    if (own)
        return own;
    const field *user = entity_field(e, STR("user"));
    return user && user->type == FT_REF && user->flags & FF_PERSONAL ? user : entity_common(e, CF_CREATED_BY);
}

/* PERMIT-4, PERMIT-5 */
static bool limited(const entity *e, verb v)
{
    if (v == VERB_DELETE)
        return true;
    const field *user = entity_field(e, STR("user"));
    return user && (user->flags & FF_PERSONAL); /* figures of one person, such as a quota */
}

scope permit_scope(const actor *who, const entity *e, verb v, arena *a)
{
    if (permit_is_admin(who))
        return (scope){ .kind = SCOPE_ALL };
    if (!permit_entity(who, e, v))
        return (scope){ .kind = SCOPE_NONE };
    if (!limited(e, v))
        return (scope){ .kind = SCOPE_ALL };
    int64_t *users = arena_make_n(a, int64_t, who->below_count + 1);
    users[0] = who->user;
    if (who->below_count)
        memcpy(users + 1, who->below, who->below_count * sizeof *users);
    return (scope){
        .kind = SCOPE_USERS, .field = permit_scope_field(e), .users = users, .user_count = who->below_count + 1
    };
}

bool permit_record(const actor *who, const entity *e, verb v, int64_t id, int64_t scope_user)
{
    (void)id;
    if (!permit_entity(who, e, v))
        return false;
    if (permit_is_admin(who))
        return true;
    if (!limited(e, v) || scope_user == who->user)
        return true;
    for (size_t i = 0; i < who->below_count; i++)
        if (who->below[i] == scope_user)
            return true;
    return false;
}
