/* Roles and what they may: the ready ones, and the rules for further ones. */
#include "base/text.h"
#include "rooms/people/people.h"
#include "schema/types.h"
#include "store/access.h"
#include "store/audit.h"
#include "store/second.h"
#include "store/store.h"

static const choice_def reaches[] = {
    { "none", NEXT_ANY, NULL }, { "own", NEXT_ANY, NULL },        { "below", NEXT_ANY, NULL },
    { "team", NEXT_ANY, NULL }, { "team_below", NEXT_ANY, NULL }, { "all", NEXT_ANY, NULL },
};
static const choice_def accesses[] = {
    { "readonly", NEXT_ANY, NULL },
    { "masked", NEXT_ANY, NULL },
    { "sealed", NEXT_ANY, NULL },
    { "hidden", NEXT_ANY, NULL },
};

enum { R_NAME, R_KEY, R_DESCRIPTION, R_ADMINISTRATOR, R_SECOND_STEP, R_COUNT };
static const field_def role_fields[] = {
    [R_NAME] = { .name = "name",
                 .type = FT_TEXT,
                 .flags = FF_REQUIRED | FF_SEARCH | FF_SORT | FF_LIST,
                 .min = 1,
                 .max = 60 },
    [R_KEY] = { .name = "key", .type = FT_TEXT, .flags = FF_REQUIRED | FF_UNIQUE | FF_LIST, .min = 1, .max = 40 },
    [R_DESCRIPTION] = { .name = "description", .type = FT_LONG_TEXT, .flags = FF_LIST, .max = 500 },
    [R_ADMINISTRATOR] = { .name = "administrator", .type = FT_BOOL, .flags = FF_READONLY | FF_LIST },
    [R_SECOND_STEP] = { .name = "second_step", .type = FT_BOOL, .flags = FF_LIST },
};
_Static_assert(countof(role_fields) == R_COUNT, "one row per field");

#define REACH(verb)                                                                                             \
    {                                                                                                           \
        .name = verb, .type = FT_CHOICE, .flags = FF_LIST, .choices = reaches, .choice_count = countof(reaches) \
    }
enum { G_ROLE, G_ENTITY, G_READ };
static const field_def right_fields[] = {
    [G_ROLE] = { .name = "role", .type = FT_REF, .target = "role", .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [G_ENTITY] = { .name = "entity", .type = FT_TEXT, .flags = FF_REQUIRED | FF_LIST, .min = 1, .max = 60 },
    [G_READ] = REACH("read"),
    REACH("create"),
    REACH("update"),
    REACH("delete"),
    REACH("export"),
    REACH("import"),
    REACH("bulk"),
    REACH("assign"),
    REACH("share"),
    REACH("merge"),
    REACH("convert"),
};
enum { VERBS = countof(right_fields) - G_READ };

enum { F_ROLE, F_ENTITY, F_FIELD, F_ACCESS, F_COUNT };
static const field_def field_fields[] = {
    [F_ROLE] = { .name = "role", .type = FT_REF, .target = "role", .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [F_ENTITY] = { .name = "entity", .type = FT_TEXT, .flags = FF_REQUIRED | FF_LIST, .min = 1, .max = 60 },
    [F_FIELD] = { .name = "field", .type = FT_TEXT, .flags = FF_REQUIRED | FF_LIST, .min = 1, .max = 60 },
    [F_ACCESS] = { .name = "access",
                   .type = FT_CHOICE,
                   .flags = FF_REQUIRED | FF_LIST,
                   .choices = accesses,
                   .choice_count = countof(accesses) },
};
_Static_assert(countof(field_fields) == F_COUNT, "one row per field");

enum { U_USER, U_ROLE, U_COUNT };
static const field_def further_fields[] = {
    [U_USER] = { .name = "user", .type = FT_REF, .target = "user", .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [U_ROLE] = { .name = "role", .type = FT_REF, .target = "role", .flags = FF_REQUIRED | FF_LIST },
};
_Static_assert(countof(further_fields) == U_COUNT, "one row per field");

/* ---- the ready roles (PEOPLE-4) ---- */

typedef struct {
    const char *role, *entity;
    /* read create update delete export import bulk assign share merge convert:
     * - none, o own, b own and below, t team, w team and below, a all */
    const char *reach;
} ready_right;

static const char *const ready[] = { "administrator", "member",   "sales_director", "sales_manager",
                                     "salesperson",   "marketer", "service_agent",  "read_only" };

static const ready_right ready_rights[] = {
    { "member", "*", "aaab-aaabaa" },
    { "member", "quota", "bbbb-bbbbbb" },
    { "member", "forecast_adjustment", "bbbb-bbbbbb" },

    { "sales_director", "*", "aaaaaaaaaaa" },

    { "sales_manager", "*", "wwwww-wwwww" },
    { "sales_manager", "competitor", "aaaw--wwwww" },
    { "sales_manager", "campaign", "aoooo-oo---" },
    { "sales_manager", "product", "a----------" },
    { "sales_manager", "web_form", "a----------" },
    { "sales_manager", "quota", "bbbb-------" },
    { "sales_manager", "forecast_adjustment", "bbbb-------" },

    { "salesperson", "*", "oooo--ooooo" },
    { "salesperson", "competitor", "aaoo-------" },
    { "salesperson", "campaign", "a----------" },
    { "salesperson", "product", "a----------" },
    { "salesperson", "web_form", "a----------" },
    { "salesperson", "quota", "ooo--------" },
    { "salesperson", "forecast_adjustment", "o----------" },

    { "marketer", "*", "a----------" },
    { "marketer", "campaign", "aaaaaaaaaaa" },
    { "marketer", "lead", "aaaaaaaaaaa" },
    { "marketer", "web_form", "aaaa-------" },
    { "marketer", "account", "aaao-aa--o-" },
    { "marketer", "contact", "aaaoaaa--o-" },
    { "marketer", "activity", "oooo--oo---" },
    { "marketer", "case", "o----------" },
    { "marketer", "quota", "o----------" },
    { "marketer", "forecast_adjustment", "-----------" },

    { "service_agent", "*", "a----------" },
    { "service_agent", "case", "aaao--aaaa-" },
    { "service_agent", "account", "aaao-------" },
    { "service_agent", "contact", "aaao-------" },
    { "service_agent", "lead", "ooo----o---" },
    { "service_agent", "opportunity", "o----------" },
    { "service_agent", "activity", "aaoo--oo---" },
    { "service_agent", "quota", "o----------" },
    { "service_agent", "forecast_adjustment", "-----------" },

    { "read_only", "*", "a----------" },
    { "read_only", "quota", "o----------" },
    { "read_only", "forecast_adjustment", "o----------" },
};

static err seed_right(ctx *c, int64_t role, const ready_right *g)
{
    static const char letters[] = "-obtwa";
    rec              *r = store_new(c, snapshot_entity(c->snap, STR("role_right")));
    ASSERT(strlen(g->reach) == VERBS);
    rec_set_ref(r, G_ROLE, role);
    rec_set_text(c, r, G_ENTITY, str_from(g->entity));
    for (int v = 0; v < VERBS; v++)
        rec_set_choice(r, (size_t)(G_READ + v), (int)(strchr(letters, g->reach[v]) - letters));
    return store_save(c, r, 0);
}

static bool is_there(const ctx *c, const char *entity_or_all)
{
    return strcmp(entity_or_all, "*") == 0 || snapshot_entity(c->snap, str_from(entity_or_all));
}

static err seed(ctx *c)
{
    int lang = c->snap->organisation_lang;
    for (size_t i = 0; i < countof(ready); i++) {
        rec *r = store_new(c, snapshot_entity(c->snap, STR("role")));
        rec_set_text(c, r, R_KEY, str_from(ready[i]));
        rec_set_text(c, r, R_NAME, label_get(lang, arena_printf(c->a, "seed.role.%s", ready[i])));
        rec_set_text(c, r, R_DESCRIPTION, label_get(lang, arena_printf(c->a, "seed.role.%s.help", ready[i])));
        rec_set_int(r, R_ADMINISTRATOR, i == 0);
        TRY(store_save(c, r, 0));
        for (size_t k = 0; k < countof(ready_rights); k++)
            if (strcmp(ready_rights[k].role, ready[i]) == 0 && is_there(c, ready_rights[k].entity))
                TRY(seed_right(c, r->id, &ready_rights[k]));
    }
    return ERR_OK;
}

/* ---- rules ---- */

static bool of_administrators(const rec *r)
{
    return !rec_null(r, R_ADMINISTRATOR) && rec_int(r, R_ADMINISTRATOR);
}

/* PEOPLE-5 */
static err role_before_save(ctx *c, const rec *old, rec *next)
{
    if (old && rec_changed(old, next, R_KEY))
        (void)ctx_problem(c, "key", STR("fixed"));
    return ERR_OK;
}

static bool asks_second_step(const rec *r)
{
    return r && !rec_null(r, R_SECOND_STEP) && rec_int(r, R_SECOND_STEP);
}

/* PEOPLE-13 */
static err role_after_save(ctx *c, const rec *old, rec *saved)
{
    return old && asks_second_step(old) != asks_second_step(saved) ? second_review(c) : ERR_OK;
}

static err role_before_delete(ctx *c, const rec *r)
{
    return of_administrators(r) ? ctx_refuse(c, ERR_CONFLICT, STR("last_administrator"), (str){ 0 }) : ERR_OK;
}

/* PEOPLE-6 */
static err right_before_save(ctx *c, const rec *old, rec *next)
{
    str name = rec_text(next, G_ENTITY);
    (void)old;
    if (name.n && !is_there(c, arena_cstr(c->a, name)))
        (void)ctx_problem(c, "entity", STR("no_such_entity"));
    return ERR_OK;
}

static err field_before_save(ctx *c, const rec *old, rec *next)
{
    const entity *e = snapshot_entity(c->snap, rec_text(next, F_ENTITY));
    const field  *f = e ? entity_field(e, rec_text(next, F_FIELD)) : NULL;
    str           access = rec_text(next, F_ACCESS);
    (void)old;
    if (!e)
        (void)ctx_problem(c, "entity", STR("no_such_entity"));
    else if (!f)
        (void)ctx_problem(c, "field", STR("no_such_field"));
    else if ((str_eq(access, STR("masked")) || str_eq(access, STR("sealed"))) && !field_maskable(f))
        (void)ctx_problem(c, "access", STR("not_maskable"));
    return ERR_OK;
}

/* PEOPLE-7 */
static err further_before_save(ctx *c, const rec *old, rec *next)
{
    int64_t     *ids;
    size_t       n;
    list_request r = { .where = arena_printf(c->a, "user = '%lld'", (long long)rec_ref(next, U_USER)) };
    if (old || rec_null(next, U_USER))
        return ERR_OK;
    TRY(query_ids(c, next->e, &r, ROLES_A_PERSON, &ids, &n));
    if (n + 1 >= ROLES_A_PERSON)
        (void)ctx_problem(c, "role", STR("too_many_roles"));
    return ERR_OK;
}

/* PEOPLE-9, PEOPLE-13: of a further role too. */
static err rights_moved(ctx *c, const rec *r, bool given)
{
    rec             *role;
    int64_t          user = rec_ref(r, U_USER);
    const audit_word words[] = { { .name = given ? "to" : "from", .number = rec_ref(r, U_ROLE) }, { 0 } };
    if (!user)
        return ERR_OK;
    TRY(audit_write(c, AUDIT_RIGHTS, user, words));
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("role")), rec_ref(r, U_ROLE), &role));
    if (given && of_administrators(role))
        TRY(access_sessions_end(c, user, NULL));
    return asks_second_step(role) || of_administrators(role) ? second_review_of(c, user) : ERR_OK;
}

static err further_after_save(ctx *c, const rec *old, rec *saved)
{
    if (old && rec_ref(old, U_USER) == rec_ref(saved, U_USER) && rec_ref(old, U_ROLE) == rec_ref(saved, U_ROLE))
        return ERR_OK;
    if (old)
        TRY(rights_moved(c, old, false));
    return rights_moved(c, saved, true);
}

static err further_after_delete(ctx *c, const rec *r)
{
    return rights_moved(c, r, !r->deleted_at);
}

static const list_view_def role_lists[] = { { "all", "", "id", NULL } };
static const list_view_def right_lists[] = { { "all", "", "name", NULL } };
static const list_view_def field_lists[] = { { "all", "", "name", NULL } };
static const list_view_def further_lists[] = { { "all", "", "name", NULL } };
static const index_def     right_indexes[] = { { "role,entity", true } };
static const index_def     field_indexes[] = { { "role,entity,field", true } };
static const index_def     further_indexes[] = { { "user,role", true } };
static const char *const   role_refusals[] = { "last_administrator", NULL };

const entity_def role_entity = {
    .name = "role",
    .rights = "*",
    .plural = "roles",
    .fields = role_fields,
    .field_count = countof(role_fields),
    .lists = role_lists,
    .list_count = countof(role_lists),
    .key = "key",
    .refusals = role_refusals,
    .configuration = true,
    .hidden = true,
    .seed = seed,
    .before_save = role_before_save,
    .after_save = role_after_save,
    .before_delete = role_before_delete,
};

const entity_def role_right_entity = {
    .name = "role_right",
    .rights = "*",
    .plural = "role_rights",
    .fields = right_fields,
    .field_count = countof(right_fields),
    .lists = right_lists,
    .list_count = countof(right_lists),
    .indexes = right_indexes,
    .index_count = countof(right_indexes),
    .title_from = "role,entity",
    .configuration = true,
    .hidden = true,
    .before_save = right_before_save,
};

const entity_def role_field_entity = {
    .name = "role_field",
    .rights = "*",
    .plural = "role_fields",
    .fields = field_fields,
    .field_count = countof(field_fields),
    .lists = field_lists,
    .list_count = countof(field_lists),
    .indexes = field_indexes,
    .index_count = countof(field_indexes),
    .title_from = "role,entity,field",
    .configuration = true,
    .hidden = true,
    .before_save = field_before_save,
};

const entity_def user_role_entity = {
    .name = "user_role",
    .rights = "*",
    .plural = "user_roles",
    .fields = further_fields,
    .field_count = countof(further_fields),
    .lists = further_lists,
    .list_count = countof(further_lists),
    .indexes = further_indexes,
    .index_count = countof(further_indexes),
    .title_from = "user,role",
    .configuration = true,
    .hidden = true,
    .before_save = further_before_save,
    .after_save = further_after_save,
    .after_delete = further_after_delete,
};
