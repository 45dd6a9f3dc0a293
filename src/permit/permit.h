/* permit.h — may they?
 *
 * Asked by store and query for every record, field and query, never by api. For now two roles: administrator and
 * member; the signature is the full one, so that roles, scopes and shares come in here and nowhere else.
 * Rules: permit.md. Pure functions over the actor and the snapshot. */
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

typedef enum { ROLE_MEMBER, ROLE_ADMINISTRATOR, ROLE_COUNT } role;
const char *role_key(role r); /* "member", "administrator" */

typedef struct {
    int64_t        user; /* 0: the program itself (first start, jobs): may everything */
    role           role;
    int64_t        team; /* 0: none */
    str            name, zone;
    int            lang;
    const int64_t *below; /* users in the teams below and those they manage, not oneself */
    size_t         below_count;
} actor;

/* Which records: every, none, or those whose `field` names one of `users`. */
typedef enum { SCOPE_ALL, SCOPE_NONE, SCOPE_USERS } scope_kind;
typedef struct {
    scope_kind     kind;
    const field   *field; /* SCOPE_USERS: a reference to user of the entity (or id itself for entity user) */
    const int64_t *users;
    size_t         user_count;
} scope;

/* The entity at all (any record, any field). */
bool permit_entity(const actor *who, const entity *e, verb v);
/* The field, where the entity is allowed: VERB_READ, VERB_CREATE, VERB_UPDATE. */
bool permit_field(const actor *who, const field *f, verb v);
/* The predicate that a query adds for this verb. users points into `a`. */
scope permit_scope(const actor *who, const entity *e, verb v, arena *a);
/* Whose record it is: the field that decides for VERB_DELETE and for a person's own figures. */
const field *permit_scope_field(const entity *e);
/* One record: the same rule as permit_scope. */
bool               permit_record(const actor *who, const entity *e, verb v, int64_t id, int64_t scope_user);
static inline bool permit_is_admin(const actor *who)
{
    return who->user == 0 || who->role == ROLE_ADMINISTRATOR;
}
#endif
