/* permit.h — may they?
 *
 * Asked by store and query for every record, field and query, never by api. What the roles say stands in the snapshot
 * (schema/rights.c), so that these are pure functions over the actor and the tables. Rules: permit.md. */
#ifndef ZK_PERMIT_PERMIT_H
#define ZK_PERMIT_PERMIT_H
#include "schema/snapshot.h"

typedef enum {
    VERB_READ,
    VERB_CREATE,
    VERB_UPDATE,
    VERB_DELETE,
    VERB_EXPORT,
    VERB_IMPORT,
    VERB_BULK,
    VERB_ASSIGN,
    VERB_SHARE,
    VERB_MERGE,
    VERB_CONVERT,
    VERB_COUNT
} verb;
const char *verb_name(verb v);

enum { ROLES_A_PERSON = 8 };
typedef enum { ROLE_MEMBER, ROLE_ADMINISTRATOR } role_kind; /* everybody else; those of a role that may everything */

typedef struct {
    int64_t        user; /* 0: the program itself (first start, jobs): may everything */
    role_kind      role;
    int64_t        roles[ROLES_A_PERSON]; /* ids; 0: no more */
    int64_t        team;                  /* 0: none */
    str            name, zone;
    int            lang;
    bool           read_only; /* a token that changes nothing */
    str            only;      /* a token for these entities alone, "account,contact"; empty: all */
    const int64_t *below;     /* users in the teams below and those they manage, not oneself */
    size_t         below_count;
    const int64_t *peers; /* users of one's own team, not oneself */
    size_t         peer_count;
    const int64_t *away; /* absent users for whom one stands in (PERMIT-21) */
    size_t         away_count;
} actor;

/* Sets `role` and `roles` from ids ("3,17", the first is the main one). Those that the snapshot does not know say nothing. */
void permit_roles(actor *who, const snapshot *s, str ids);
/* With everything it points to. */
actor permit_copy(const actor *who, arena *a);
str   permit_role_key(const actor *who, const snapshot *s); /* of the main one; empty: none */

/* Which records: every, none, or those whose `field` names one of `users`; of a part (PERMIT-11), those whose `part`
 * names a record of which that holds. */
typedef enum { SCOPE_ALL, SCOPE_NONE, SCOPE_USERS } scope_kind;
typedef struct {
    scope_kind     kind;
    const field   *part;  /* SCOPE_USERS: NULL: the record itself */
    const field   *field; /* SCOPE_USERS: a reference to user */
    const int64_t *users;
    size_t         user_count;
    const field
        *with;    /* SCOPE_USERS: and, where that is asked, those by which a record is named that the actor may see */
    bool granted; /* SCOPE_USERS: and those that are shared with the actor: permit/grants.h */
} scope;

/* What a token leaves of its user's rights; asked before everything else. */
bool permit_token(const actor *who, const entity *e, verb v);
/* The entity at all (any record, any field). */
bool permit_entity(const actor *who, const entity *e, verb v);
/* The field, where the entity is allowed: VERB_READ, VERB_CREATE, VERB_UPDATE. */
bool permit_field(const actor *who, const field *f, verb v);
/* How its value is shown: a masked one is in answers, with its middle masked, and nowhere else (PERMIT-17), so
 * permit_field() says of it what it says of a hidden one. */
typedef enum { SHOW_NOT, SHOW_MASKED, SHOW_OPEN } showing;
showing permit_show(const actor *who, const field *f);
/* May a masked one be looked at? Of an open one: yes. */
bool permit_look(const actor *who, const field *f);
/* The predicate that a query adds for this verb. users points into `a`. */
scope permit_scope(const actor *who, const entity *e, verb v, arena *a);
/* Whose record it is: the field that decides for VERB_DELETE and for a person's own figures. */
const field *permit_scope_field(const entity *e);
/* One record that stands alone: the same rule as permit_scope. Of a part: ask of what permit_of_whole() names. */
bool permit_record(const actor *who, const entity *e, verb v, int64_t scope_user);

/* Why: those up to GROUND_ABOUT say yes. The first that holds, the widest first. */
typedef enum {
    GROUND_ADMINISTRATOR, /* a role that may everything, or the program itself */
    GROUND_ALL,           /* a role reaches all */
    GROUND_OWN,
    GROUND_BELOW,
    GROUND_TEAM,
    GROUND_DEPUTY, /* stands in for the absent person whose it is */
    GROUND_SHARED, /* with the person or their team; said by store, of what permit cannot see */
    GROUND_MEMBER, /* on the team of this record; likewise */
    GROUND_ABOUT,  /* sees the record that it is about (PERMIT-20); likewise */
    GROUND_TOKEN,  /* the token is not for it */
    GROUND_JOURNAL,
    GROUND_RESERVED, /* for administrators, whatever a role says */
    GROUND_NO_ROLE,  /* no role reaches any record of this kind */
    GROUND_NOT_REACHED,
    GROUND_NOT_SEEN, /* the verb would reach it, but it may not be read: said by store */
    GROUND_COUNT
} ground;
const char        *ground_name(ground g);
static inline bool ground_yes(ground g)
{
    return g <= GROUND_ABOUT;
}
/* permit_entity() and permit_record() answer by these two. GROUND_ALL of permit_ground_entity: some records at least. */
ground permit_ground_entity(const actor *who, const entity *e, verb v);
ground permit_ground_record(const actor *who, const entity *e, verb v, int64_t scope_user);
/* REACH_… of all roles together, and of one of them (its place in the snapshot); of a part: what is asked of its whole. */
uint8_t permit_reach(const actor *who, const entity *e, verb v);
uint8_t permit_reach_of_role(const entity *e, verb v, size_t place);
/* A part is asked about by the record that it is a part of: that entity, and the verb that counts there. */
const entity      *permit_of_whole(const actor *who, const entity *e, verb *v);
static inline bool permit_is_admin(const actor *who)
{
    return who->user == 0 || who->role == ROLE_ADMINISTRATOR;
}
#endif
