/* snapshot.h — the tables as they are in force: constant tables + fields and choices from the database.
 *
 * Immutable and counted: each request pins one (snapshot_pin/unpin), a change makes a new one. Everybody looks
 * fields up here; nobody else holds a list of fields.
 * Memory: everything in the snapshot's own arena. */
#ifndef ZK_SCHEMA_SNAPSHOT_H
#define ZK_SCHEMA_SNAPSHOT_H
#include "base/arena.h"
#include "schema/entity.h"

typedef struct entity   entity;
typedef struct field    field;
typedef struct snapshot snapshot;

enum { LANG_EN, LANG_ZH, LANG_COUNT };
const char *lang_name(int lang); /* "en", "zh-CN" */
int         lang_from(str tag);  /* best match; LANG_EN otherwise */

/* What an organisation arranges for an entity. */
typedef enum { LAYOUT_LIST, LAYOUT_FORM, LAYOUT_RECORD, LAYOUT_COUNT } layout_kind;
const char *layout_name(layout_kind k); /* "list", "form", "record" */
bool        layout_from(str name, layout_kind *out);

typedef struct {
    str      key;
    str      label[LANG_COUNT];
    str      color;
    uint32_t next_mask;
    bool     retired;
    int      position;
} choice;

struct field {
    str           name;
    field_type    type;
    uint32_t      flags;
    int64_t       min, max;
    int           decimals;
    int           index;  /* in entity->fields                                          */
    entity       *owner;  /* whose field it is                                          */
    entity       *target; /* FT_REF, FT_KEYREF                                          */
    const choice *choices;
    size_t        choice_count;
    str           column;     /* unquoted SQL name; FT_ANYREF: the id, entity in `column_entity` */
    str           column_key; /* sort-key twin of short texts ("name_k"), else empty        */
    str           column_entity;
    int           currency; /* money: index of the currency field; −1: organisation's     */
    int           base;     /* money: index of its _base twin; −1                         */
    int           base_of;  /* the twin: index of its money field; −1                     */
    int           alias_of; /* FF_ALIAS: index of the field whose column it reads; −1     */
    str           initial;
    str           group;
    str           label[LANG_COUNT];
    str           help[LANG_COUNT];
    /* What the roles say of it, by their place in the snapshot: FIELD_…; NULL: it is open to all of them. */
    const uint8_t *access;
};

/* Common fields, found without a search. −1 where an entity has none. */
typedef enum {
    CF_ID,
    CF_NAME,
    CF_OWNER,
    CF_EXTERNAL_ID,
    CF_CREATED_AT,
    CF_CREATED_BY,
    CF_UPDATED_AT,
    CF_UPDATED_BY,
    CF_VERSION,
    CF_DELETED_AT,
    CF_COUNT
} common_field;

/* ---- roles ---- */

enum { ROLES_MOST = 200, RIGHT_VERBS = 11 }; /* permit's verbs, in their order */
/* Whose records: each is a bit, so that what several roles say adds up. */
enum { REACH_OWN = 1, REACH_BELOW = 2, REACH_TEAM = 4, REACH_ALL = 8 };
/* Of a field, the least open first, so that the more open one of two roles is the greater. SEALED: its middle is masked;
 * MASKED: likewise, and it may be looked at, one record at a time. */
enum { FIELD_HIDDEN, FIELD_SEALED, FIELD_MASKED, FIELD_READ, FIELD_OPEN };

typedef struct {
    int64_t id;
    str     key, name;
    bool    administrator; /* may everything */
} role_row;

typedef struct {
    int64_t role;
    str     entity; /* "*": each that stands alone, is no configuration and has no row of its own */
    uint8_t reach[RIGHT_VERBS];
} right_row;

typedef struct {
    int64_t role;
    str     entity, field;
    uint8_t access;
} field_right_row;

struct entity {
    const entity_def *def;
    str               name, plural, table; /* table: SQL name, equal to plural */
    str               label[LANG_COUNT], plural_label[LANG_COUNT];
    int               number; /* index in the snapshot */
    field            *fields; /* the room's fields first, in its order (so F_… indexes hold); then the
                                         twins, the common fields, own fields */
    size_t            field_count;
    int               common[CF_COUNT];
    int               key;                  /* index of the key field; −1 */
    int               title;                /* index of the field that holds the name's text (CF_NAME or aliased) */
    int               currency, rate_date;  /* −1 */
    str               layout[LAYOUT_COUNT]; /* JSON objects as the organisation keeps them; empty: none */
    const field     **pointing;             /* fields of other entities whose target is this one */
    size_t            pointing_count;
    struct few_of    *few;
    size_t            few_count;
    /* What the roles say: RIGHT_VERBS bytes of REACH_… for each, by its place in the snapshot. NULL: there are no roles
     * in these tables. */
    const uint8_t    *rights;
    const snapshot   *tables;    /* where it stands */
    const field      *team_of;   /* of the entity whose records say who is on the team of one of these; NULL */
    const field      *seen_with; /* the reference by whose record one may read it (entity_def.seen_with); NULL */
    const field      *part_of;   /* the reference to the record that this one is a part of; NULL: it stands alone */
    struct kept_plan *plan;      /* query's, of reading one record; made when first wanted; atomic */
    struct kept_plan *insert;    /* store's, the text that writes a new one; likewise */
};

/* entity_def.few: the records whose `f` is `key`, or has a value where that is empty. */
typedef struct few_of {
    const field *f;
    str          key;
} few_of;

/* What a reader of the snapshot makes once and keeps beside it; freed with the snapshot. */
typedef struct kept_plan {
    void (*free)(struct kept_plan *p);
} kept_plan;

typedef struct {
    str code;
    str symbol;
    int decimals;
} currency_info;

/* The organisation's fiscal years and quarters that are records, in their order; days, both inclusive. */
typedef struct {
    int64_t first, last;
} fiscal_span;
typedef struct {
    const fiscal_span *years, *quarters;
    size_t             year_count, quarter_count;
} fiscal_calendar;

struct snapshot {
    arena          *a;
    int64_t         version; /* counter in the database; another value there: load again */
    entity        **entities;
    size_t          entity_count;
    str             org_name, currency, zone;
    int             currency_decimals;
    int             fiscal_start_month; /* 1..12: the rule, where no period is a record */
    fiscal_calendar fiscal;
    int             organisation_lang;
    const role_row *roles;
    size_t          role_count;
    int             references; /* atomic */
};

entity       *snapshot_entity(const snapshot *s, str name);   /* NULL */
entity       *snapshot_plural(const snapshot *s, str plural); /* NULL */
const field  *entity_field(const entity *e, str name);        /* NULL */
const choice *field_choice(const field *f, str key);          /* ASCII case ignored; NULL */
/* Also by label in either language, for import. */
const choice              *field_choice_like(const field *f, str text);
static inline const field *entity_common(const entity *e, common_field c)
{
    return e->common[c] < 0 ? NULL : &e->fields[e->common[c]];
}
/* The index of a time field also bears the record's other times and its external id, so that "of this month, by when
 * they were changed" is read off it: does the index of `on` bear `by`? by NULL: any. */
bool entity_rides(const field *on, const field *by);

/* ISO 4217 minor units; false for an unknown code. */
bool   currency_find(str code, currency_info *out);
size_t currency_list(const currency_info **out);

/* What the database adds. Rows as read by store/; texts are copied. */
typedef struct {
    str  entity, field, key, label[LANG_COUNT], color;
    int  position;
    bool retired;
} choice_row;

typedef struct {
    str        entity, name, column; /* column "x_17" */
    field_type type;
    uint32_t   flags;
    int64_t    min, max;
    int        decimals;
    str        target, group, initial, label[LANG_COUNT], help[LANG_COUNT];
    int64_t    id;       /* 0: not kept yet                                              */
    int        position; /* among the entity's own fields                                */
    bool       retired;  /* hidden: not in the snapshot, its values stay in their column */
} field_row;

typedef struct {
    str         entity, text;
    layout_kind kind;
} layout_row;

typedef struct {
    const entity_def *const *rooms; /* NULL-ended */
    const choice_row        *choices;
    size_t                   choice_count;
    const field_row         *fields;
    size_t                   field_count;
    const layout_row        *layouts;
    size_t                   layout_count;
    const role_row          *roles; /* in the order of their ids; at most ROLES_MOST */
    size_t                   role_count;
    const right_row         *rights;
    size_t                   right_count;
    const field_right_row   *field_rights;
    size_t                   field_right_count;
    str                      org_name, currency, zone;
    int                      fiscal_start_month;
    fiscal_calendar          fiscal;
    int                      language; /* LANG_… */
    int64_t                  version;
} snapshot_input;

/* ERR_INVALID with *why (in `why_arena`) when a table is faulty; the snapshot has one reference. */
err       snapshot_build(const snapshot_input *in, arena *why_arena, snapshot **out, str *why) MUST_USE;
void      rights_build(snapshot *s, const snapshot_input *in); /* rights.c: the last step of it */
snapshot *snapshot_pin(snapshot *s);
void      snapshot_unpin(snapshot *s); /* NULL is allowed */

/* ---- labels and messages of locale/, loaded once at start ---- */
/* Flat JSON object "key": "text". Further files add to the language. */
err label_load(int lang, str json_text) MUST_USE;
/* The text, English where the language lacks it, the key where both do. */
str  label_get(int lang, str key);
bool label_has(int lang, str key);
void label_close(void);
#endif
