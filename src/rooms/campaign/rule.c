/* CAMP-2.8, CAMP-6: who comes into a campaign by a rule: once before it begins, or day by day while it runs. */
#include "rooms/campaign/inside.h"

static const choice_def people[] = { { "lead", NEXT_ANY, "blue" }, { "contact", NEXT_ANY, "teal" } };

static const choice_def plays[] = {
    [PLAY_SEGMENT] = { "segment", NEXT_ANY, "blue" },
    [PLAY_BIRTHDAY] = { "birthday", NEXT_ANY, "orange" },
    [PLAY_SILENT] = { "silent", NEXT_ANY, "amber" },
    [PLAY_DAILY] = { "daily", NEXT_ANY, "green" },
};
_Static_assert(countof(plays) == PLAY_COUNT, "one row per play");

static const field_def fields[] = {
    [RULE_CAMPAIGN] = { .name = "campaign",
                        .type = FT_REF,
                        .target = "campaign",
                        .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [RULE_NAME] = { .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED | FF_LIST, .min = 1, .max = 120 },
    [RULE_PEOPLE] = { .name = "people",
                      .type = FT_CHOICE,
                      .flags = FF_REQUIRED | FF_LIST,
                      .choices = people,
                      .choice_count = countof(people),
                      .initial = "contact" },
    [RULE_PLAY] = { .name = "play",
                    .type = FT_CHOICE,
                    .flags = FF_REQUIRED | FF_LIST,
                    .choices = plays,
                    .choice_count = countof(plays),
                    .initial = "segment" },
    [RULE_DAYS] = { .name = "days", .type = FT_INTEGER, .flags = FF_LIST, .min = 0, .max = 730 },
    [RULE_CONDITION] = { .name = "condition", .type = FT_LONG_TEXT, .flags = FF_LIST },
    [RULE_ACTIVE] = { .name = "active", .type = FT_BOOL, .flags = FF_LIST, .initial = "true" },
    [RULE_TASK] = { .name = "task_subject", .type = FT_TEXT, .min = 1, .max = 160 },
    [RULE_RAN_AT] = { .name = "ran_at", .type = FT_TIME, .flags = FF_READONLY | FF_NO_HISTORY },
    [RULE_RAN_ON] = { .name = "ran_on", .type = FT_DATE, .flags = FF_READONLY | FF_NO_HISTORY },
    [RULE_FAULT] = { .name = "fault", .type = FT_TEXT, .flags = FF_READONLY, .min = 1, .max = 255 },
    [RULE_SET_BY] = { .name = "set_by", .type = FT_REF, .target = "user", .flags = FF_READONLY },
};
_Static_assert(countof(fields) == RULE_FIELD_COUNT, "one row per field");

const entity *campaign_rule_people(const ctx *c, const rec *rule)
{
    return snapshot_entity(c->snap, rec_text(rule, RULE_PEOPLE));
}

static bool chooses(const rec *old, const rec *next)
{
    return rec_changed(old, next, RULE_PEOPLE) || rec_changed(old, next, RULE_PLAY) ||
           rec_changed(old, next, RULE_CONDITION) || rec_changed(old, next, RULE_DAYS);
}

/* CAMP-2.8: what chose the members of a campaign that has begun stays as it was. */
static err check_frozen(ctx *c, const rec *old, const rec *next)
{
    rec *campaign;
    if (rec_choice(old ? old : next, RULE_PLAY) != PLAY_SEGMENT || c->importing)
        return ERR_OK;
    err e = store_load_any(c, snapshot_entity(c->snap, STR("campaign")), rec_ref(next, RULE_CAMPAIGN), &campaign);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    return rec_choice(campaign, CAMPAIGN_F_STATUS) == CAMPAIGN_PLANNED
               ? ERR_OK
               : ctx_problem(c, "condition", STR("campaign_rule.frozen"));
}

static void check_days(ctx *c, const rec *next)
{
    int  play = rec_choice(next, RULE_PLAY);
    bool counts = play == PLAY_BIRTHDAY || play == PLAY_SILENT;
    if (counts && rec_null(next, RULE_DAYS))
        (void)ctx_problem(c, "days", STR("required"));
    else if (play == PLAY_BIRTHDAY && rec_int(next, RULE_DAYS) > 60) /* each day is a question of its own */
        (void)ctx_problem_with(c, STR("days"), STR("too_big"), STR("60"));
    else if (play == PLAY_SILENT && rec_int(next, RULE_DAYS) < 1)
        (void)ctx_problem_with(c, STR("days"), STR("too_small"), STR("1"));
    if (play == PLAY_BIRTHDAY && str_eq(rec_text(next, RULE_PEOPLE), STR("lead")))
        (void)ctx_problem(c, "people", STR("campaign_rule.no_birthday"));
}

static err before_save(ctx *c, const rec *old, rec *next)
{
    const entity *of = campaign_rule_people(c, next);
    if (!of || !chooses(old, next))
        return ERR_OK;
    check_days(c, next);
    if (rec_ref(next, RULE_CAMPAIGN))
        TRY(check_frozen(c, old, next));
    rec_set_null(next, RULE_RAN_AT);
    rec_set_null(next, RULE_RAN_ON);
    rec_set_null(next, RULE_FAULT);
    rec_set_ref(next, RULE_SET_BY, c->actor.user); /* CAMP-6.7 */
    err e = campaign_check_condition(c, of, "condition", rec_text(next, RULE_CONDITION));
    return e == ERR_INVALID ? ERR_OK : e;
}

static const action_def    actions[] = { { .name = "run",
                                           .verb = VERB_UPDATE,
                                           .run = campaign_rule_run,
                                           .input_schema = CAMPAIGN_RUN_INPUT,
                                           .output_schema = CAMPAIGN_FILL_OUTPUT } };
static const job_def       jobs[] = { { "care", 60, campaign_care } };
static const list_view_def lists[] = { { "all", "", "created_at", NULL } };
static const char *const   refusals[] = { "campaign_frozen", "campaign_rule_daily", NULL };

const entity_def campaign_rule_entity = {
    .name = "campaign_rule",
    .part_of = "campaign",
    .plural = "campaign_rules",
    .fields = fields,
    .field_count = countof(fields),
    .actions = actions,
    .action_count = countof(actions),
    .jobs = jobs,
    .job_count = countof(jobs),
    .lists = lists,
    .list_count = countof(lists),
    .refusals = refusals,
    .hidden = true,
    .before_save = before_save,
};
