/* entity.h — what an entity is: the constant tables that rooms write.
 *
 * Every consumer (database tables, REST, OpenAPI, forms, import, export, rights, history, search) is a loop over
 * these tables. Labels are not here: locale/ has them under "account", "account.industry", "account.industry.energy".
 * Ownership: all tables are constant and live for the process. */
#ifndef ZK_SCHEMA_ENTITY_H
#define ZK_SCHEMA_ENTITY_H
#include "base/base.h"

typedef struct ctx         ctx; /* one request: arena, actor, clock, transaction, problems (permit/ctx.h) */
typedef struct rec         rec; /* one record, in the request's arena (store/record.h)                    */
typedef struct json        json;
typedef struct json_writer json_writer;

/* The type table (types.h) has a row for each. */
typedef enum {
    FT_TEXT,      /* one line                                                                  */
    FT_LONG_TEXT, /* many lines                                                                */
    FT_EMAIL,
    FT_PHONE,
    FT_URL,
    FT_INTEGER,
    FT_DECIMAL, /* int64 scaled by 10^decimals                                               */
    FT_MONEY,   /* int64 minor units of the record's currency; has a twin NAME_base           */
    FT_PERCENT, /* int64 basis points; in JSON 25.5 is 25.5 %                                */
    FT_DATE,    /* days since 1970-01-01                                                     */
    FT_TIME,    /* an instant, ms UTC                                                        */
    FT_BOOL,
    FT_CHOICE,       /* a key                                                                     */
    FT_MULTI_CHOICE, /* keys in the order of the choices                                          */
    FT_REF,          /* id of a record of `target`                                                */
    FT_KEYREF,       /* the same, spoken by the target's key field                                */
    FT_ANYREF,       /* entity and id                                                             */
    FT_JSON,
    FT_ID, /* the record's own id, spoken as a string ("7")                              */
    FT_COUNT
} field_type;

enum {
    FF_REQUIRED = 1 << 0,
    FF_SEARCH = 1 << 1,     /* its words go into the search index                                  */
    FF_READONLY = 1 << 2,   /* set by rules and by an administrator's import, not by a person      */
    FF_PERSONAL = 1 << 3,   /* personal data: erased with the person                               */
    FF_SORT = 1 << 4,       /* has an index (order, then id)                                       */
    FF_LIST = 1 << 5,       /* stands in the list by default                                       */
    FF_UNIQUE = 1 << 6,     /* among the living records of the entity, ignoring case               */
    FF_OPEN = 1 << 7,       /* choices live in the database, seeded from `choices`                 */
    FF_NO_HISTORY = 1 << 8, /* kept by the program; its changes are not worth a history row        */
    FF_NO_COPY = 1 << 9,    /* left out of a merge's field choice                                  */
    FF_COMMON = 1 << 10,    /* one of the fields every record has (set by the snapshot)            */
    FF_CUSTOM = 1 << 11,    /* added at run time (set by the snapshot)                             */
    FF_ALIAS = 1 << 12,     /* reads another field's column (set by the snapshot)                  */
    FF_BASE = 1 << 13,      /* the twin of a money field in the organisation's currency            */
    FF_CASCADE = 1 << 14    /* reference: the record goes to the recycle bin with its target       */
};

typedef struct {
    const char *key;
    uint32_t    next_mask; /* fixed choices: bit i set: a record may move on to choice i; 0 with FC_FREE: any */
    const char *color;     /* one of the app's eight hues, or NULL */
} choice_def;

#define NEXT_ANY UINT32_MAX

typedef struct {
    const char       *name;
    field_type        type;
    uint32_t          flags;
    int64_t           min, max; /* inclusive; text: characters; money: minor units; percent: basis points;
                                      both 0: the type's own bounds                                            */
    int               decimals; /* FT_DECIMAL                                                               */
    const char       *target;   /* FT_REF, FT_KEYREF: entity name                                           */
    const choice_def *choices;  /* FT_CHOICE, FT_MULTI_CHOICE                                               */
    size_t            choice_count;
    const char       *initial; /* value of a new record, as import text; NULL: none. ":me" for a user      */
    const char       *group;   /* of the form: locale "group.NAME"; NULL: "main"                           */
} field_def;

/* POST /PLURAL/ID/NAME. `in`: the request's JSON object or NULL; writes the reply's JSON value. Runs inside a
 * writing transaction; repeatable. */
typedef struct {
    const char *name;
    uint32_t    verb; /* of permit.h; asked before run */
    err (*run)(ctx *c, rec *on, const json *in, json_writer *out);
    const char *input_schema; /* JSON Schema text for OpenAPI, NULL: no body   */
    const char *output_schema;
    bool        administrators; /* nobody else is offered it; `run` refuses them */
} action_def;

/* How a view's parameter is asked for; labels: locale "parameter.NAME". */
typedef struct {
    const char *name;    /* one of the view's parameters */
    const char *kind;    /* "choice", "period", "record", "number", "date", "text" */
    const char *of;      /* choice: "reason,source", each with a label "parameter.NAME.KEY"; record: the entity */
    const char *initial; /* what the page begins with; NULL: nothing */
} report_parameter;

/* A view that the app draws by itself: parameters, chart, table. Label: locale "view.NAME"; columns: "column.NAME". */
typedef struct {
    const char      *chart;   /* "bar", "line", "share", "funnel"; NULL: the table alone */
    const char      *series;  /* "won,lost": the columns that are drawn, piled up where there are several; the first
                                 text column (or `name`) names the points */
    const char      *compare; /* the parameter whose second value stands beside the first; NULL: nothing to compare */
    report_parameter parameters[8];
} report_def;

/* GET /views/NAME */
typedef struct {
    const char *name;
    const char *parameters[8];
    err (*run)(ctx *c, const char *const *values, json_writer *out); /* values: as parameters; NULL: absent */
    const report_def *report; /* NULL: not in the catalogue, the app has a page that asks for it */
} view_def;

/* Run by the scheduler, once over all servers. */
typedef struct {
    const char *name;
    int         every_seconds;
    err (*run)(ctx *c);
} job_def;

/* A public door, at the root: for people who are not signed in (forms, links in mails). run is called by the program itself, which
 * may everything: what a stranger gets to see or do is decided there alone. A door that is not GET runs in a writing
 * transaction and must be repeatable; with `refused` set and ERR_OK it answers the problem that c holds, and what it wrote
 * (the attempt) stays. */
typedef struct {
    str         parts[2]; /* what the path's {…} matched */
    str         address;  /* whose request it is */
    str         origin;   /* the page it comes from where that is another site's; empty: ours, or no browser */
    bool        page;     /* a browser asks: HTML is wanted */
    const json *in;       /* the JSON object of a POST */
    /* The answer: JSON by the writer, or with `type` set bytes into out->out. */
    int         status; /* 0: 200 */
    const char *type;
    str         allow;   /* this origin's pages may read the answer; empty: none but ours */
    err         refused; /* ERR_OK, or what it is refused with */
    int         retry_after;
} door_call;

typedef struct {
    bool        post;
    const char *path; /* "/forms/{key}"; a row of the API's table has the same */
    err (*run)(ctx *c, door_call *d, json_writer *out);
} door_def;

/* What a public form (web_form.makes) makes of what a visitor sent. */
typedef struct {
    const rec *form;
    rec       *record; /* filled from what was sent, not saved */
    str        said;   /* what was sent, a line for each answer */
    /* What `take` leaves: what it became, known already or new; the case's number and its status page, at the root. */
    rec *became;
    bool known;
    str  number, status;
} intake;

typedef struct {
    const char *const *closed; /* plain fields that no visitor is asked for; NULL-ended */
    const char        *asks;   /* what a new form asks for, as JSON */
    err (*take)(ctx *c, intake *i);
} intake_def;

typedef struct {
    const char *name;  /* locale "account@open"            */
    const char *where; /* query language                   */
    const char *order;
    const char *columns; /* "name,owner,…"; NULL: FF_LIST    */
} list_view_def;

/* A line in somebody else's timeline: what it says stands in the locale, "told.ENTITY.WHAT". */
typedef struct {
    const char *what; /* "won" */
    const char *at;   /* time field: when it happened; empty: it did not */
    struct {
        const char *path, *value; /* only where this reads that (of several choices: has it among them) */
    } where[2];
    const char *shows; /* fields that the line shows beside the name: "amount,currency"; NULL: none */
} moment_def;

/* Whose moments stand in the timeline of a record of this entity: those of the records of `entity` whose `field` points
 * at it, or at the records of a row before. */
typedef struct {
    const char *entity, *field;
    const char *of;    /* the entity of a row before; NULL: the record itself */
    const char *kind;  /* what the reader filters by: an entity */
    const char *about; /* the field that names what the line is about; NULL: the record that tells it */
    bool        deeds; /* activities about it, and its files, are told as well */
    moment_def  moments[5];
} story_def;

/* What an action, or the program, writes from a field of this entity into one of another: where a role closes the one, it closes
 * the other (PERMIT-24). */
typedef struct {
    const char *entity, *field; /* where it goes */
    const char *from;           /* NULL: any of its fields that people write */
} carry_def;

typedef struct {
    const char *fields; /* "user,period": space-free list of field names; text fields by their key column */
    bool        unique; /* among living records */
} index_def;

typedef struct {
    const char          *name, *plural;
    const field_def     *fields;
    size_t               field_count;
    const action_def    *actions;
    size_t               action_count;
    const view_def      *views;
    size_t               view_count;
    const job_def       *jobs;
    size_t               job_count;
    const door_def      *doors;
    size_t               door_count;
    const list_view_def *lists;
    size_t               list_count;
    const index_def     *indexes;
    size_t               index_count;
    const story_def     *story; /* what its timeline tells beside what is about itself */
    size_t               story_count;
    const carry_def     *carries;
    size_t               carry_count;
    bool                 carries_own; /* own fields too, into those of the same name */
    const char          *key;         /* keyed: the field by which references are spoken; unique, text            */
    const char          *title;       /* the field that `name` reads (subject …); NULL: there is a field `name`    */
    const char          *title_from;  /* or `name` is written from these fields: "user,period"                    */
    const char          *currency;    /* field with the currency of this entity's money; NULL: the organisation's  */
    const char          *rate_date;   /* date field whose day's rate makes the _base twins; NULL: created_at       */
    const char          *company;     /* field that names a firm, for finding the same one twice; NULL                */
    const char          *tax_number;  /* and the one with its tax number                                             */
    /* Entries of the calendar: when they begin, end and were done (both may be NULL). One's own go into the feed. */
    const char *calendar_start, *calendar_end, *calendar_done;
    const char *line; /* references that a line of quick entry may name, by records' names: "account,contact"; NULL */
    const intake_def *intake; /* public forms may make it; NULL: none does */
    /* What holds for few records and has a list of its own: "life_stage=lost,life_stage=at_risk,days_moved" (a choice,
     * or any value). Each has an index of those records alone, with every order in it. NULL: none. */
    const char        *few;
    const char        *open;  /* what is still under way, as a condition of the query language; NULL: nothing ends  */
    const char        *board; /* field whose values are a board's columns, NULL                           */
    const char        *board_sum;
    const char *const *refusals; /* codes with which hooks and actions refuse as a whole (409), NULL-ended; or NULL */
    /* The reference to the record that this one is a part of: who may see and change that one may see and change this.
     * NULL: rights of its own. */
    const char *part_of;
    /* The reference to any record whose readers read this one too, where it is asked for by that record (PERMIT-20). */
    const char *seen_with;
    /* Fields that say who may what, "role,team", or "*": each change of them is a security event too. NULL: none. */
    const char *rights;
    bool grants; /* and its `user` is on the team of that record: sees and changes it (PERMIT-15), `until` a day */
    bool owned;  /* has `owner`                                                              */
    bool configuration;      /* belongs to the administrator (pipelines, periods, users …)            */
    bool hidden;             /* no module of its own in the frame (lines, members)                       */
    bool journal;            /* written by the program alone and by an administrator's import; others read */
    const char *same_person; /* of a person: the reference to another record that is the same one, or NULL */
    bool        person;      /* one person: their data can be handed out and erased (store/person.h)       */

    /* Fills a new database's table (first pipeline, periods); the program itself is the actor. */
    err (*seed)(ctx *c);
    /* The organisation's fiscal year begins with another month now; c->snap is still the one of before. NULL: whatever. */
    err (*fiscal_year_moved)(ctx *c, int to_month);
    /* All optional; run inside the writing transaction, after values are parsed and defaults set, before the
     * generic validation. `old` is NULL for a new record. Report through ctx_problem() (collects) and return
     * ERR_OK, or refuse as a whole with another err. */
    err (*before_save)(ctx *c, const rec *old, rec *next);
    err (*after_save)(ctx *c, const rec *old, rec *saved); /* may save other records through the store */
    err (*before_delete)(ctx *c, const rec *r);
    err (*after_delete)(ctx *c, const rec *r); /* also after restore, with r->deleted_at unset */
    /* What an operation had done to it was taken back: it was `was`, it is `now` (NULL: it is gone). For what follows from
     * it in other records; deleting and bringing back call after_delete instead. */
    err (*after_undo)(ctx *c, const rec *was, const rec *now);
} entity_def;

/* The tables checked as data, at start, in a unit test, and before a change at run time is accepted:
 * NULL, or the first fault as a sentence (in static or arena memory of the process). `all`: NULL-ended. */
const char *entity_fault(const entity_def *const *all);
#endif
