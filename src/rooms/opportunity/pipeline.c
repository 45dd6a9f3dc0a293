/* Pipelines and their stages: configuration, so that code asks for a stage's kind and never for a stage. */
#include "rooms/opportunity/inside.h"

const choice_def forecast_choices[FORECAST_COUNT] = {
    [FORECAST_PIPELINE] = { "pipeline", NEXT_ANY, "grey" }, [FORECAST_BEST_CASE] = { "best_case", NEXT_ANY, "blue" },
    [FORECAST_COMMIT] = { "commit", NEXT_ANY, "teal" },     [FORECAST_CLOSED] = { "closed", NEXT_ANY, "green" },
    [FORECAST_OMITTED] = { "omitted", NEXT_ANY, "red" },
};

static const choice_def kinds[STAGE_KIND_COUNT] = {
    [STAGE_OPEN] = { "open", NEXT_ANY, "blue" },
    [STAGE_WON] = { "won", NEXT_ANY, "green" },
    [STAGE_LOST] = { "lost", NEXT_ANY, "red" },
};

enum { P_LABEL, P_KEY, P_POSITION, P_RETIRED, P_COUNT };
static const field_def pipeline_fields[] = {
    [P_LABEL] = { .name = "label", .type = FT_TEXT, .flags = FF_REQUIRED | FF_LIST | FF_SORT, .min = 1, .max = 100 },
    [P_KEY] = { .name = "key", .type = FT_TEXT, .flags = FF_REQUIRED | FF_LIST | FF_UNIQUE, .min = 1, .max = 40 },
    [P_POSITION] = { .name = "position", .type = FT_INTEGER, .flags = FF_LIST, .min = 0, .max = 1000 },
    [P_RETIRED] = { .name = "retired", .type = FT_BOOL, .initial = "false" },
};
_Static_assert(countof(pipeline_fields) == P_COUNT, "one row per field");

static const field_def stage_fields[] = {
    [STAGE_PIPELINE] = { .name = "pipeline",
                         .type = FT_KEYREF,
                         .target = "pipeline",
                         .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [STAGE_LABEL] = { .name = "label", .type = FT_TEXT, .flags = FF_REQUIRED | FF_LIST, .min = 1, .max = 100 },
    [STAGE_KEY] = { .name = "key", .type = FT_TEXT, .flags = FF_REQUIRED | FF_LIST, .min = 1, .max = 40 },
    [STAGE_KIND] = { .name = "kind",
                     .type = FT_CHOICE,
                     .flags = FF_REQUIRED | FF_LIST,
                     .choices = kinds,
                     .choice_count = countof(kinds),
                     .initial = "open" },
    [STAGE_PROBABILITY] = { .name = "probability", .type = FT_PERCENT, .flags = FF_LIST, .min = 0, .max = 10000 },
    [STAGE_FORECAST] = { .name = "forecast_category",
                         .type = FT_CHOICE,
                         .flags = FF_LIST,
                         .choices = forecast_choices,
                         .choice_count = FORECAST_COUNT },
    [STAGE_EXPECTED_DAYS] = { .name = "expected_days", .type = FT_INTEGER, .flags = FF_LIST, .min = 0, .max = 3650 },
    [STAGE_POSITION] = { .name = "position", .type = FT_INTEGER, .flags = FF_LIST, .min = 0, .max = 1000 },
    [STAGE_REQUIRED] = { .name = "required_fields", .type = FT_TEXT, .min = 1, .max = 255 },
    [STAGE_NEXT] = { .name = "next_stages", .type = FT_TEXT, .min = 1, .max = 255 },
    [STAGE_ASKS_REASON] = { .name = "asks_reason", .type = FT_BOOL, .initial = "false" },
    [STAGE_RETIRED] = { .name = "retired", .type = FT_BOOL, .initial = "false" },
};
_Static_assert(countof(stage_fields) == STAGE_FIELD_COUNT, "one row per field");

/* ---- the first pipeline ---- */

typedef struct {
    const char       *key;
    stage_kind        kind;
    int64_t           probability_bp, days;
    forecast_category category;
} first_stage;

/* PIPE-3 */
static const first_stage first_stages[] = {
    { "prospecting", STAGE_OPEN, 1000, 14, FORECAST_PIPELINE },
    { "qualification", STAGE_OPEN, 2500, 21, FORECAST_PIPELINE },
    { "proposal", STAGE_OPEN, 5000, 30, FORECAST_BEST_CASE },
    { "negotiation", STAGE_OPEN, 7500, 21, FORECAST_COMMIT },
    { "won", STAGE_WON, 10000, -1, FORECAST_CLOSED },
    { "lost", STAGE_LOST, 0, -1, FORECAST_OMITTED },
};

static err seed_stage(ctx *c, int64_t pipeline, size_t i)
{
    const first_stage *s = &first_stages[i];
    rec               *r = store_new(c, snapshot_entity(c->snap, STR("pipeline_stage")));
    str                label = arena_printf(c->a, "seed.pipeline_stage.%s", s->key);
    rec_set_ref(r, STAGE_PIPELINE, pipeline);
    rec_set_text(c, r, STAGE_KEY, str_from(s->key));
    rec_set_text(c, r, STAGE_LABEL, label_get(c->snap->organisation_lang, label));
    rec_set_choice(r, STAGE_KIND, (int)s->kind);
    rec_set_int(r, STAGE_PROBABILITY, s->probability_bp);
    rec_set_choice(r, STAGE_FORECAST, (int)s->category);
    if (s->days >= 0)
        rec_set_int(r, STAGE_EXPECTED_DAYS, s->days);
    rec_set_int(r, STAGE_POSITION, (int64_t)i + 1);
    rec_set_int(r, STAGE_ASKS_REASON, s->kind != STAGE_OPEN); /* PIPE-5 */
    return store_save(c, r, 0);
}

static err seed(ctx *c)
{
    rec *r = store_new(c, snapshot_entity(c->snap, STR("pipeline")));
    rec_set_text(c, r, P_KEY, STR("sales"));
    rec_set_text(c, r, P_LABEL, label_get(c->snap->organisation_lang, STR("seed.pipeline.sales")));
    rec_set_int(r, P_POSITION, 1);
    TRY(store_save(c, r, 0));
    for (size_t i = 0; i < countof(first_stages); i++)
        TRY(seed_stage(c, r->id, i));
    return ERR_OK;
}

/* STAGE-4: where a deal ends, why is asked, unless somebody said that it is not. */
static void ask_why(const rec *old, rec *next)
{
    bool ends = rec_choice(next, STAGE_KIND) == STAGE_WON || rec_choice(next, STAGE_KIND) == STAGE_LOST;
    if (ends && rec_changed(old, next, STAGE_KIND) && !rec_given(next, STAGE_ASKS_REASON))
        rec_set_int(next, STAGE_ASKS_REASON, true);
}

static err stage_before_save(ctx *c, const rec *old, rec *next)
{
    ask_why(old, next);
    if (rec_changed(old, next, STAGE_REQUIRED) || rec_changed(old, next, STAGE_NEXT))
        stage_check_rules(c, next);
    return ERR_OK;
}

static const list_view_def pipeline_lists[] = { { "all", "", "label", NULL } };
static const list_view_def stage_lists[] = { { "all", "", "pipeline, position", NULL } };
static const index_def     stage_indexes[] = { { "pipeline,key", true }, { "pipeline,position", false } };

const entity_def pipeline_entity = {
    .name = "pipeline",
    .plural = "pipelines",
    .fields = pipeline_fields,
    .field_count = countof(pipeline_fields),
    .lists = pipeline_lists,
    .list_count = countof(pipeline_lists),
    .key = "key",
    .title = "label",
    .configuration = true,
    .seed = seed,
};

const entity_def pipeline_stage_entity = {
    .name = "pipeline_stage",
    .plural = "pipeline_stages",
    .fields = stage_fields,
    .field_count = countof(stage_fields),
    .lists = stage_lists,
    .list_count = countof(stage_lists),
    .indexes = stage_indexes,
    .index_count = countof(stage_indexes),
    .key = "key",
    .title = "label",
    .configuration = true,
    .before_save = stage_before_save,
};
