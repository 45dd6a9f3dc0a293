/* LEAD-3: web forms as records, and the log of what came through them. */
#include "base/random.h"
#include "rooms/account/account.h"
#include "rooms/lead/inside.h"

static const choice_def languages[] = { { .key = "zh-CN" }, { .key = "en" } };

/* What a form makes, in the order of the choices. */
static const char *const made[] = { "lead", "case" };
static const choice_def  makes[] = { { .key = "lead" }, { .key = "case" } };
_Static_assert(countof(made) == countof(makes), "one row for each");

static const field_def form_fields[] = {
    [FORM_NAME] = { .name = "name",
                    .type = FT_TEXT,
                    .flags = FF_REQUIRED | FF_SEARCH | FF_SORT | FF_LIST,
                    .min = 1,
                    .max = 120 },
    [FORM_KEY] = { .name = "key", .type = FT_TEXT, .flags = FF_UNIQUE | FF_LIST, .min = 1, .max = 60 },
    [FORM_ACTIVE] = { .name = "active", .type = FT_BOOL, .flags = FF_LIST, .initial = "true" },
    [FORM_LANGUAGE] = { .name = "language",
                        .type = FT_CHOICE,
                        .flags = FF_REQUIRED | FF_LIST,
                        .choices = languages,
                        .choice_count = countof(languages),
                        .initial = "zh-CN" },
    [FORM_TITLE] = { .name = "title", .type = FT_TEXT, .min = 1, .max = 120, .group = "texts" },
    [FORM_INTRO] = { .name = "intro", .type = FT_LONG_TEXT, .group = "texts" },
    [FORM_BUTTON] = { .name = "button", .type = FT_TEXT, .min = 1, .max = 40, .group = "texts" },
    [FORM_THANKS] = { .name = "thanks", .type = FT_LONG_TEXT, .group = "texts" },
    [FORM_FIELDS] = { .name = "fields", .type = FT_JSON },
    [FORM_ORIGINS] = { .name = "origins", .type = FT_LONG_TEXT, .group = "protection" },
    [FORM_CAMPAIGN] = { .name = "campaign", .type = FT_REF, .target = "campaign", .flags = FF_LIST },
    [FORM_SOURCE] = { .name = "source",
                      .type = FT_CHOICE,
                      .flags = FF_OPEN,
                      .choices = source_choices,
                      .choice_count = SOURCE_COUNT,
                      .initial = "web" },
    [FORM_PER_HOUR] = { .name = "per_hour",
                        .type = FT_INTEGER,
                        .min = 1,
                        .max = 1000,
                        .initial = "20",
                        .group = "protection" },
    [FORM_DIFFICULTY] = { .name = "difficulty",
                          .type = FT_INTEGER,
                          .min = 8,
                          .max = 24,
                          .initial = "16",
                          .group = "protection" },
    [FORM_MAKES] = { .name = "makes",
                     .type = FT_CHOICE,
                     .flags = FF_REQUIRED | FF_LIST,
                     .choices = makes,
                     .choice_count = countof(makes),
                     .initial = "lead" },
    [FORM_TEAM] = { .name = "team", .type = FT_REF, .target = "team" },
};
_Static_assert(countof(form_fields) == FORM_FIELD_COUNT, "one row per field");

const entity *form_makes(const ctx *c, const rec *form)
{
    int which = rec_choice(form, FORM_MAKES);
    return snapshot_entity(c->snap, str_from(made[which > 0 && (size_t)which < countof(made) ? which : 0]));
}

bool form_may_ask(const field *f, const entity *e)
{
    bool plain = f->type <= FT_MULTI_CHOICE && !(f->flags & (FF_READONLY | FF_ALIAS | FF_BASE | FF_COMMON));
    for (const char *const *name = e->def->intake->closed; *name; name++)
        plain = plain && !str_eq(f->name, str_from(*name));
    return plain;
}

/* LEAD-3.2 */
static err check_fields(ctx *c, const rec *next)
{
    json         *list;
    json_fault    fault;
    const entity *e = form_makes(c, next);
    if (json_parse(c->a, rec_text(next, FORM_FIELDS), &list, &fault) != ERR_OK || list->kind != JSON_ARRAY)
        return ctx_problem(c, "fields", STR("lead.form_fields"));
    for (const json *j = list->first; j; j = j->next) {
        const json  *name = json_get(j, STR("field"));
        const field *f = json_is(name, JSON_STRING) ? entity_field(e, name->text) : NULL;
        if (!f || !form_may_ask(f, e))
            return ctx_problem_with(c, STR("fields"), STR("lead.form_field"),
                                    json_is(name, JSON_STRING) ? utf8_cut(name->text, 60) : (str){ 0 });
    }
    return list->count ? ERR_OK : ctx_problem(c, "fields", STR("lead.form_fields"));
}

/* LEAD-3.1 */
static err before_form(ctx *c, const rec *old, rec *next)
{
    str key = rec_text(next, FORM_KEY);
    if (!key.n)
        rec_set_text(c, next, FORM_KEY, random_token(c->a, 9));
    for (ptrdiff_t i = 0; i < key.n; i++) {
        char x = key.p[i];
        bool fine = (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') || (x >= '0' && x <= '9') || x == '-' || x == '_';
        if (!fine)
            return ctx_problem(c, "key", STR("lead.form_key"));
    }
    if (rec_null(next, FORM_FIELDS))
        rec_set_text(c, next, FORM_FIELDS, str_from(form_makes(c, next)->def->intake->asks));
    return rec_changed(old, next, FORM_FIELDS) || rec_changed(old, next, FORM_MAKES) ? check_fields(c, next) : ERR_OK;
}

static const list_view_def form_lists[] = { { "all", "", "name", NULL } };

const entity_def form_entity = {
    .name = "web_form",
    .plural = "web_forms",
    .fields = form_fields,
    .field_count = countof(form_fields),
    .lists = form_lists,
    .list_count = countof(form_lists),
    .doors = lead_doors,
    .door_count = LEAD_DOOR_COUNT,
    .owned = true,
    .before_save = before_form,
};

static const choice_def outcomes[] = {
    [ATTEMPT_LEAD] = { "lead", NEXT_ANY, "green" },         [ATTEMPT_INQUIRY] = { "inquiry", NEXT_ANY, "teal" },
    [ATTEMPT_INVALID] = { "invalid", NEXT_ANY, "amber" },   [ATTEMPT_TRAP] = { "trap", NEXT_ANY, "red" },
    [ATTEMPT_CHALLENGE] = { "challenge", NEXT_ANY, "red" }, [ATTEMPT_ORIGIN] = { "origin", NEXT_ANY, "red" },
    [ATTEMPT_RATE] = { "rate", NEXT_ANY, "red" },           [ATTEMPT_OFF] = { "off", NEXT_ANY, "grey" },
    [ATTEMPT_CASE] = { "case", NEXT_ANY, "green" },
};
_Static_assert(countof(outcomes) == ATTEMPT_OUTCOME_COUNT, "one row per outcome");

static const field_def attempt_fields[] = {
    [ATTEMPT_FORM] = { .name = "form", .type = FT_REF, .target = "web_form", .flags = FF_LIST | FF_CASCADE },
    [ATTEMPT_OUTCOME] = { .name = "outcome",
                          .type = FT_CHOICE,
                          .flags = FF_REQUIRED | FF_LIST,
                          .choices = outcomes,
                          .choice_count = countof(outcomes) },
    [ATTEMPT_WHY] = { .name = "why", .type = FT_LONG_TEXT, .flags = FF_LIST },
    [ATTEMPT_ADDRESS] = { .name = "address", .type = FT_TEXT, .flags = FF_LIST | FF_PERSONAL, .min = 1, .max = 80 },
    [ATTEMPT_FROM] = { .name = "origin", .type = FT_TEXT, .flags = FF_LIST, .min = 1, .max = 255 },
    [ATTEMPT_SALT] = { .name = "salt", .type = FT_TEXT, .flags = FF_UNIQUE, .min = 1, .max = 80 },
    [ATTEMPT_MADE_LEAD] = { .name = "lead", .type = FT_REF, .target = "lead", .flags = FF_LIST },
    [ATTEMPT_OF_CONTACT] = { .name = "contact", .type = FT_REF, .target = "contact", .flags = FF_LIST },
    [ATTEMPT_VALUES] = { .name = "values", .type = FT_JSON, .flags = FF_PERSONAL },
    [ATTEMPT_MADE_CASE] = { .name = "case", .type = FT_REF, .target = "case", .flags = FF_LIST },
};
_Static_assert(countof(attempt_fields) == ATTEMPT_FIELD_COUNT, "one row per field");

static const list_view_def attempt_lists[] = { { "all", "", "created_at DESC", NULL },
                                               { "refused", "outcome NOT IN ('lead','inquiry','case')",
                                                 "created_at DESC", NULL } };
static const index_def     attempt_indexes[] = { { "form,address,created_at", false } };

const entity_def form_attempt_entity = {
    .name = "form_attempt",
    .plural = "form_attempts",
    .fields = attempt_fields,
    .field_count = countof(attempt_fields),
    .lists = attempt_lists,
    .list_count = countof(attempt_lists),
    .indexes = attempt_indexes,
    .index_count = countof(attempt_indexes),
    .title_from = "form,outcome",
    .journal = true,
    .hidden = true,
};
