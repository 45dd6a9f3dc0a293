/* call.h — one request on its way through the API, and the table of operations.
 *
 * The table says which method and path do what, which parameters and body they take, what they answer: requests are
 * matched by it and OpenAPI is written from it. A new operation is one row and one function.
 *
 * How `run` is called, by the row's flags:
 *   (none)     reading: a transaction is open on c.conn, first inline with the quick budget, and where that does not do, once
 *              more in the slow lane
 *   OP_SLOW    reading, at once in the slow lane
 *   OP_WRITE   in a writing transaction between store_begin and store_finish; must be repeatable. With `again` set after
 *              ERR_OK, that transaction is committed and run is called in another one (bulk, undo), so that others' writes pass
 *   OP_ALONE   in the slow lane without a transaction: it makes its own
 * In all of them `who` is known (but OP_PUBLIC), parameters, media type and body are checked, the entity and the id of the
 * path are found. run writes its answer with k->w and returns an err; the refusal is then written by problem.c.
 * Memory: the request's arena. In a writing run everything allocated in it is gone before the next piece: what must stay
 * hangs on k->state, allocated in prepare. */
#ifndef ZK_API_CALL_H
#define ZK_API_CALL_H
#include "api/server.h"
#include "store/access.h"
#include "store/store.h"
#include "json/json.h"

typedef struct call call;

enum {
    OP_PUBLIC = 1 << 0,
    OP_WRITE = 1 << 1,
    OP_SLOW = 1 << 2,
    OP_ALONE = 1 << 3,
    OP_BODY = 1 << 4,        /* a JSON object is required                           */
    OP_BODY_MAYBE = 1 << 5,  /* … is allowed                                        */
    OP_PATCH = 1 << 6,       /* application/merge-patch+json is taken too           */
    OP_ENTITY = 1 << 7,      /* the first part is an entity's plural                */
    OP_RECORD = 1 << 8,      /* and the second a record's id                        */
    OP_ID = 1 << 9,          /* the first part is an id                             */
    OP_SPOOL = 1 << 10,      /* the body is a file                                  */
    OP_ADMIN = 1 << 11,      /* for administrators                                  */
    OP_IF_MATCH = 1 << 12,   /* honours If-Match                                    */
    OP_IDEMPOTENT = 1 << 13, /* honours Idempotency-Key                             */
    OP_ETAG = 1 << 14,       /* the answer bears the record's ETag                  */
    OP_TEXT = 1 << 15,       /* the answer is no JSON: `out` is its media type      */
    OP_SPENDS = 1 << 16,     /* may be refused with 429                             */
    OP_CONFLICTS = 1 << 17,  /* may be refused with 409                             */
    OP_STREAM = 1 << 18,     /* as OP_ALONE but inline; run hands the request over  */
    OP_AHEAD = 1 << 19,      /* one statement: sent along with the question who asks */
    OP_FORM = 1 << 20,   /* what a browser sends without a script (urlencoded) is taken too, as an object of texts */
    OP_ENROL = 1 << 21,  /* also for who must first set up a second step        */
    OP_NARROW = 1 << 22, /* also for a token that is for some entities alone: what it may is decided by permit */
    OP_OUTSIDE = 1 << 23 /* waits for another server: as OP_ALONE, but on threads of its own (outside.h) */
};

typedef struct {
    const char *name, *schema /* JSON Schema */, *about;
} op_param;

typedef struct {
    const char     *id; /* operationId; with OP_ENTITY the entity's name is added */
    http_method     method;
    const char     *path; /* "/api/v1/{plural}/{id}" */
    const char     *tag, *summary;
    uint32_t        flags;
    int             status; /* of success */
    size_t          max_body;
    const op_param *params;   /* ended by a NULL name */
    const char     *in, *out; /* JSON Schemas; "%E" stands for the entity's component; NULL: none */
    err (*run)(call *k);
    err (*prepare)(call *k); /* OP_WRITE: once, before the transaction; may be NULL */
} operation;

extern const operation operations[];
extern const size_t    operation_count;

struct call {
    http_request    *r;
    server          *s;
    const operation *op;
    str              parts[4]; /* what the path's {…} matched */
    size_t           part_count;
    ctx              c;
    json_writer      w;
    const json      *in;
    access_row       who;
    access_row       guess;    /* OP_AHEAD: who it was the last time */
    db_stmt         *asked;    /* … and the question, on its way     */
    bool             by_state; /* … which is whether the database is still in the state of the guess */
    bool             cookie;   /* signed in by cookie, not by token */
    uint8_t          secret[SECRET_HASH];
    const entity    *e;
    int64_t          id;
    int64_t          if_match;       /* 0: none */
    str              key;            /* Idempotency-Key */
    int64_t          version;        /* for the ETag; 0: none */
    str              refused_cookie; /* Set-Cookie of a refusal; empty: none */
    str              location;
    int              status;      /* 0: the operation's */
    int              retry_after; /* seconds; 0: none */
    bool             again;       /* commit, then run me once more                    */
    bool             rerun;       /* with an error: roll back, then run me once more   */
    bool             replayed;    /* an earlier answer under the same key */
    bool             reload;      /* the tables have changed under it */
    int              tries, reloads;
    struct {
        int64_t at, operation, counts[3];
    } done, next; /* of a run in pieces: what is committed; what this piece makes of it */
    arena_mark  mark;
    size_t      body_mark;
    json_writer w_mark;
    void       *state;
};

/* Does the operation change something, where the entity is written by the program alone? */
static inline bool call_writes_journal(const operation *o, const entity *e)
{
    return e && e->def->journal && o->flags & (OP_WRITE | OP_BODY);
}

/* ---- dispatch.c ---- */
http_outcome call_handle(http_request *r, void *server);
bool         call_admit(http_request *r, void *server);

/* OP_OUTSIDE, on a thread of its own: checks, runs, answers. */
void call_outside(call *k);

/* ---- router.c ---- */
/* The table made ready for matching; in a. */
paths            *paths_new(arena *a);
const operation  *paths_find(const paths *p, http_method m, str path, str parts[4], size_t *part_count);
const http_route *paths_routes(arena *a, size_t *count); /* for the HTTP server */

/* ---- access of the call (auth.c) ---- */
err call_authenticate(call *k) MUST_USE;
/* As the person of the last time, without asking the database: for what is asked again in the writing transaction, which
 * decides. The people below are not known. False: nobody knows this secret; *e: what became of it. */
bool call_assume(call *k, err *e) MUST_USE;
/* OP_AHEAD: begins as the person that the secret stood for the last time, with the question on its way. False: no guess. */
bool call_guess(call *k) MUST_USE;
/* After run: was the guess right? Not so: nothing of the answer may be used. */
err call_guessed(call *k, bool *right) MUST_USE;
/* Makes a secret: its text (base64url, for the client) and its hash (for the database). */
void secret_make(arena *a, str *text, uint8_t hash[SECRET_HASH]);
void secret_hash(str text, uint8_t hash[SECRET_HASH]);

/* ---- parameters ---- */
bool param_text(const call *k, const char *name, str *out);
/* Refuses with ERR_MALFORMED what is no whole number of lo..hi. Absent: *out stays. */
err param_int(call *k, const char *name, int64_t lo, int64_t hi, int64_t *out) MUST_USE;
err param_bool(call *k, const char *name, bool *out) MUST_USE;
/* An instant, or a day in the person's zone; `behind`: the end of that day. */
err param_time(call *k, const char *name, bool behind, int64_t *out) MUST_USE;
/* Members of the JSON body. Problems are collected: look at k->c.problem_count. */
str         body_text(call *k, const char *name, bool required, ptrdiff_t max_chars);
bool        body_bool(call *k, const char *name);
int64_t     body_id(call *k, const char *name, bool required);
const json *body_member(const call *k, const char *name);
/* Every member that is not among the names (ended by NULL) is a problem; then ERR_INVALID when there is any problem. */
err body_check(call *k, const char *const *names) MUST_USE;

/* ---- answers ---- */
void put_ref(json_writer *w, const char *key, int64_t id, str name); /* {"id","name"}, null where id is 0 */
void put_time(json_writer *w, const char *key, int64_t ms);          /* null where 0 */
void put_text(json_writer *w, const char *key, str s);               /* null where empty */

/* ---- problem.c ---- */
void problem_write(call *k, err e);
void problem_plain(http_request *r, err e, str detail); /* the HTTP server's own refusals */
/* What the client reads as `code`: the refusal's own, else the err's name. */
str problem_code_of(const ctx *c, err e);
/* The members "errors" of what c has collected; nothing when there are none. */
void problem_errors(const ctx *c, str prefix, json_writer *w);
/* Every code there is but the rooms' (entity_def.refusals), for the documentation and OpenAPI. */
typedef struct {
    const char *code;
    int         status;
    const char *about;
} problem_code;
extern const problem_code problem_codes[];
extern const size_t       problem_code_count;
#endif
