#include "permit/permit.h"

#include "schema/types.h"

_Static_assert((int)VERB_COUNT == (int)RIGHT_VERBS, "one reach per verb");

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

const char *ground_name(ground g)
{
    static const char *const names[] = {
        [GROUND_ADMINISTRATOR] = "administrator",
        [GROUND_ALL] = "all",
        [GROUND_OWN] = "own",
        [GROUND_BELOW] = "below",
        [GROUND_TEAM] = "team",
        [GROUND_DEPUTY] = "deputy",
        [GROUND_SHARED] = "shared",
        [GROUND_MEMBER] = "member",
        [GROUND_ABOUT] = "about",
        [GROUND_TOKEN] = "token",
        [GROUND_JOURNAL] = "journal",
        [GROUND_RESERVED] = "reserved",
        [GROUND_NO_ROLE] = "no_role",
        [GROUND_NOT_REACHED] = "not_reached",
        [GROUND_NOT_SEEN] = "not_seen",
    };
    _Static_assert(countof(names) == GROUND_COUNT, "one name per reason");
    return names[g];
}

static size_t role_place(const snapshot *s, int64_t id)
{
    size_t i = 0;
    while (i < s->role_count && s->roles[i].id != id)
        i++;
    return i;
}

void permit_roles(actor *who, const snapshot *s, str ids)
{
    size_t n = 0;
    who->role = ROLE_MEMBER;
    memset(who->roles, 0, sizeof who->roles);
    while (ids.n > 0 && n < countof(who->roles)) {
        int64_t id = 0;
        if (!str_to_int64(str_cut(&ids, ','), &id) || id <= 0)
            continue;
        size_t place = role_place(s, id);
        if (place < s->role_count && s->roles[place].administrator)
            who->role = ROLE_ADMINISTRATOR;
        who->roles[n++] = id;
    }
}

static const int64_t *copy_people(const int64_t *from, size_t count, arena *a)
{
    int64_t *to = arena_make_n(a, int64_t, count + 1);
    if (count)
        memcpy(to, from, count * sizeof *to);
    return to;
}

actor permit_copy(const actor *who, arena *a)
{
    actor out = *who;
    out.name = arena_str(a, who->name);
    out.zone = arena_str(a, who->zone);
    out.only = arena_str(a, who->only);
    out.below = copy_people(who->below, who->below_count, a);
    out.peers = copy_people(who->peers, who->peer_count, a);
    out.away = copy_people(who->away, who->away_count, a);
    return out;
}

str permit_role_key(const actor *who, const snapshot *s)
{
    size_t place = role_place(s, who->roles[0]);
    return place < s->role_count ? s->roles[place].key : (str){ 0 };
}

/* Tables without roles (tests of other things): everything but configuration, deleting one's own and below. */
static uint8_t reach_without_roles(const entity *e, verb v)
{
    const field *user = entity_field(e, STR("user"));
    bool         personal = user && user->flags & FF_PERSONAL;
    if (v == VERB_EXPORT || (e->def->configuration && v != VERB_READ))
        return 0;
    return v == VERB_DELETE || personal ? REACH_OWN | REACH_BELOW : REACH_ALL;
}

uint8_t permit_reach_of_role(const entity *e, verb v, size_t place)
{
    return e->rights && place < e->tables->role_count ? e->rights[place * RIGHT_VERBS + (size_t)v] : 0;
}

/* What the roles say by name, of a part, or at all. */
static uint8_t reach_of(const actor *who, const entity *e, verb v)
{
    uint8_t reach = 0;
    if (!e->rights)
        return reach_without_roles(e, v);
    for (size_t i = 0; i < countof(who->roles) && who->roles[i]; i++)
        reach |= permit_reach_of_role(e, v, role_place(e->tables, who->roles[i]));
    return reach;
}

/* PERMIT-11 */
static verb whole_verb(verb v)
{
    return v == VERB_READ || v == VERB_EXPORT || v == VERB_IMPORT ? v : VERB_UPDATE;
}

const entity *permit_of_whole(const actor *who, const entity *e, verb *v)
{
    if (!e->part_of)
        return e;
    *v = reach_of(who, e, *v) ? VERB_READ : whole_verb(*v);
    return e->part_of->target;
}

/* PERMIT-13: who may what is said by administrators alone. */
static bool of_rights(const entity *e)
{
    return str_starts(e->name, STR("role")) || str_eq(e->name, STR("user_role"));
}

/* So does the address to which a link for a new password goes, and the name that one signs in with. */
static bool gives_rights(const field *f)
{
    return str_eq(f->owner->name, STR("user")) &&
           (str_eq(f->name, STR("role")) || str_eq(f->name, STR("email")) || str_eq(f->name, STR("login")));
}

/* PERMIT-16 */
bool permit_token(const actor *who, const entity *e, verb v)
{
    if (who->read_only && v != VERB_READ && v != VERB_EXPORT)
        return false;
    for (str rest = who->only; rest.n > 0;) {
        ptrdiff_t comma = str_find_char(rest, ',');
        if (str_eq(e->name, comma < 0 ? rest : str_sub(rest, 0, comma)))
            return true;
        rest = comma < 0 ? (str){ 0 } : str_sub(rest, comma + 1, rest.n);
    }
    return who->only.n == 0;
}

ground permit_ground_entity(const actor *who, const entity *e, verb v)
{
    if (!permit_token(who, e, v))
        return GROUND_TOKEN;
    if (e->def->journal && v != VERB_READ && v != VERB_EXPORT && v != VERB_IMPORT) /* PERMIT-6 */
        return who->user == 0 ? GROUND_ADMINISTRATOR : GROUND_JOURNAL;
    if (permit_is_admin(who))
        return GROUND_ADMINISTRATOR;
    if (of_rights(e) && v != VERB_READ)
        return GROUND_RESERVED;
    verb on = v;
    return reach_of(who, e, v) || (e->part_of && reach_of(who, permit_of_whole(who, e, &on), on)) ? GROUND_ALL
                                                                                                  : GROUND_NO_ROLE;
}

bool permit_entity(const actor *who, const entity *e, verb v)
{
    return ground_yes(permit_ground_entity(who, e, v));
}

uint8_t permit_reach(const actor *who, const entity *e, verb v)
{
    verb          on = v;
    const entity *whole = permit_of_whole(who, e, &on);
    return permit_entity(who, e, v) ? reach_of(who, whole, on) : 0;
}

/* The most open that a role says. */
static uint8_t access_of(const actor *who, const field *f)
{
    uint8_t most = FIELD_HIDDEN;
    if (!f->access || permit_is_admin(who))
        return FIELD_OPEN;
    for (size_t i = 0; i < countof(who->roles) && who->roles[i]; i++) {
        size_t place = role_place(f->owner->tables, who->roles[i]);
        if (place < f->owner->tables->role_count && f->access[place] > most)
            most = f->access[place];
    }
    return most;
}

/* PERMIT-3, PERMIT-12 */
bool permit_field(const actor *who, const field *f, verb v)
{
    uint8_t access = access_of(who, f);
    if (v == VERB_READ)
        return access > FIELD_MASKED;
    if (f->owner->rights && gives_rights(f) && !permit_is_admin(who))
        return false;
    return access == FIELD_OPEN && !(f->flags & (FF_READONLY | FF_ALIAS));
}

showing permit_show(const actor *who, const field *f)
{
    uint8_t access = access_of(who, f);
    return access > FIELD_MASKED ? SHOW_OPEN : access > FIELD_HIDDEN ? SHOW_MASKED : SHOW_NOT;
}

bool permit_look(const actor *who, const field *f)
{
    return access_of(who, f) >= FIELD_MASKED;
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

/* PERMIT-15: what has an owner can be shared, to be read or to be changed. */
static bool can_be_granted(const entity *e, verb v)
{
    return (v == VERB_READ || v == VERB_UPDATE) && e->def->owned && e->rights &&
           snapshot_entity(e->tables, STR("share"));
}

/* PERMIT-21: a deputy reads and changes what the absent person owns. */
static bool stands_in(const entity *e, verb v)
{
    return (v == VERB_READ || v == VERB_UPDATE) && e->def->owned;
}

static void add_people(int64_t *users, size_t *n, const int64_t *more, size_t count)
{
    if (count)
        memcpy(users + *n, more, count * sizeof *more);
    *n += count;
}

scope permit_scope(const actor *who, const entity *e, verb v, arena *a)
{
    if (!permit_token(who, e, v))
        return (scope){ .kind = SCOPE_NONE };
    verb          on = v;
    const entity *whole = permit_of_whole(who, e, &on);
    if (permit_is_admin(who))
        return (scope){ .kind = SCOPE_ALL };
    uint8_t reach = permit_reach(who, e, v);
    if (!reach)
        return (scope){ .kind = SCOPE_NONE };
    if (reach & REACH_ALL)
        return (scope){ .kind = SCOPE_ALL };
    int64_t *users = arena_make_n(a, int64_t, who->below_count + who->peer_count + who->away_count + 1);
    size_t   n = 0;
    users[n++] = who->user;
    if (reach & REACH_BELOW)
        add_people(users, &n, who->below, who->below_count);
    if (reach & REACH_TEAM)
        add_people(users, &n, who->peers, who->peer_count);
    if (stands_in(whole, on))
        add_people(users, &n, who->away, who->away_count);
    return (scope){ .kind = SCOPE_USERS,
                    .part = whole == e ? NULL : e->part_of,
                    .field = permit_scope_field(whole),
                    .users = users,
                    .user_count = n,
                    .with = whole == e && v == VERB_READ ? e->seen_with : NULL,
                    .granted = can_be_granted(whole, on) };
}

static bool among(const int64_t *users, size_t count, int64_t user)
{
    size_t i = 0;
    while (i < count && users[i] != user)
        i++;
    return i < count;
}

ground permit_ground_record(const actor *who, const entity *e, verb v, int64_t scope_user)
{
    ground at_all = permit_ground_entity(who, e, v);
    if (at_all != GROUND_ALL)
        return at_all;
    uint8_t reach = reach_of(who, e, v);
    if (reach & REACH_ALL)
        return GROUND_ALL;
    if (reach && scope_user == who->user)
        return GROUND_OWN;
    if (reach & REACH_BELOW && among(who->below, who->below_count, scope_user))
        return GROUND_BELOW;
    if (reach & REACH_TEAM && among(who->peers, who->peer_count, scope_user))
        return GROUND_TEAM;
    if (reach && stands_in(e, v) && among(who->away, who->away_count, scope_user))
        return GROUND_DEPUTY;
    return GROUND_NOT_REACHED;
}

bool permit_record(const actor *who, const entity *e, verb v, int64_t scope_user)
{
    return ground_yes(permit_ground_record(who, e, v, scope_user));
}
