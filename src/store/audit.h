/* audit.h — security events: who signed in from where, what was refused, what was changed about access, what was taken out, and
 * what was changed many at a time. zk_audit is only ever appended to; no function here or elsewhere changes or removes a row
 * of it, and the database itself refuses it (store/guard.c).
 *
 * audit_write() runs inside the transaction of what it tells of, so that neither stands without the other; of a refusal, whose
 * transaction is gone, it writes in one of its own. From where, it takes from c->address and c->agent.
 * A new kind is one row of the table in audit.c and its words in locale (audit.KIND). */
#ifndef ZK_STORE_AUDIT_H
#define ZK_STORE_AUDIT_H
#include "permit/ctx.h"
#include "json/json.h"

typedef enum {
    AUDIT_SIGN_IN,
    AUDIT_SIGN_IN_REFUSED, /* detail: login, why */
    AUDIT_SIGN_OUT,
    AUDIT_SESSION_ENDED, /* detail: count, why */
    AUDIT_PASSWORD_CHANGED,
    AUDIT_PASSWORD_SET, /* by an administrator, or at the shell */
    AUDIT_RESET_ASKED,
    AUDIT_RESET_LINK, /* an administrator made one */
    AUDIT_PASSWORD_RESET,
    AUDIT_INVITED,
    AUDIT_JOINED,
    AUDIT_TOTP_ON,
    AUDIT_TOTP_OFF,
    AUDIT_TOTP_RESET,
    AUDIT_TOTP_REFUSED,
    AUDIT_RECOVERY_USED, /* detail: left */
    AUDIT_RECOVERY_MADE,
    AUDIT_TOKEN_MADE, /* detail: name, scope */
    AUDIT_TOKEN_ENDED,
    AUDIT_USER_STATE, /* detail: from, to */
    AUDIT_SETTINGS,   /* detail: what */
    AUDIT_MAIL_SENT,  /* what carries a link into the program; detail: to, template */
    AUDIT_RIGHTS,     /* detail: what (create, update …), fields ("read: own → all") */
    AUDIT_EXPORT,     /* detail: entity, where, rows, format, or query; personal: one person's data */
    AUDIT_IMPORT,     /* detail: what (begun, done, cancelled, failed), entity, file, counts, operation */
    AUDIT_BULK,       /* detail: what, of, rows, where, operation */
    AUDIT_BACKUP,     /* detail: what (backup, restore), file */
    AUDIT_UNMASKED,
    AUDIT_UNMASK_REFUSED, /* detail: most; once an hour */
    AUDIT_ERASED,
    AUDIT_KINDS
} audit_kind;

const char *audit_kind_name(audit_kind k); /* "sign_in" */
bool        audit_kind_from(str name, audit_kind *out);

/* One word of the detail; ended by a NULL name. `text` empty: `number`. */
typedef struct audit_word {
    const char *name;
    str         text;
    int64_t     number;
} audit_word;

/* user: whom it is about (0: nobody who exists); by whom, is c->actor. words: may be NULL; never a secret. Texts are cut. */
err audit_write(ctx *c, audit_kind kind, int64_t user, const audit_word *words) MUST_USE;

/* The same, about a record too. */
err audit_write_of(ctx *c, audit_kind kind, int64_t user, str of, int64_t record, const audit_word *words) MUST_USE;

typedef struct audit_request {
    int64_t user;           /* about this person or by them; 0: any */
    str     kind;           /* empty: any */
    str     entity;         /* about records of it; empty: any */
    int64_t record;         /* about this one; 0: any */
    int64_t from_ms, to_ms; /* from ≤ at < to */
    int     limit;
    int64_t after; /* the number of the last one of the page before; 0: from the newest */
} audit_request;

/* {"events":[{id,at,kind,user,by,entity,record,address,agent,detail}],"next"}, newest first. The caller has asked for the
 * right. */
err audit_json(ctx *c, const audit_request *q, json_writer *w) MUST_USE;
#endif
