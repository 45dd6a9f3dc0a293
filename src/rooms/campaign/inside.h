/* inside.h — what the files of this room share. */
#ifndef ZK_ROOMS_CAMPAIGN_INSIDE_H
#define ZK_ROOMS_CAMPAIGN_INSIDE_H
#include "rooms/campaign/campaign.h"
#include "store/store.h"

/* ---- the fields that several files need ---- */
typedef enum {
    MEMBER_CAMPAIGN,
    MEMBER_LEAD,
    MEMBER_CONTACT,
    MEMBER_STATUS,
    MEMBER_RESPONDED_AT,
    MEMBER_VIA,
    MEMBER_RULE,
    MEMBER_OCCASION,
    MEMBER_NOTE,
    MEMBER_FIELD_COUNT
} member_field;

typedef enum {
    CAMPAIGN_F_NAME,
    CAMPAIGN_F_TYPE,
    CAMPAIGN_F_INDUSTRY,
    CAMPAIGN_F_STATUS,
    CAMPAIGN_F_START,
    CAMPAIGN_F_END,
    CAMPAIGN_F_PARENT,
    CAMPAIGN_F_PLACE,
    CAMPAIGN_F_TARGET,
    CAMPAIGN_F_BUDGET,
    CAMPAIGN_F_ACTUAL_COST,
    CAMPAIGN_F_CURRENCY,
    CAMPAIGN_F_EXPECTED_RESPONSE,
    CAMPAIGN_F_EXPECTED_REVENUE,
    CAMPAIGN_F_LANGUAGE,
    CAMPAIGN_F_ANSWER_TITLE,
    CAMPAIGN_F_ANSWER_TEXT,
    CAMPAIGN_F_ANSWER_BUTTON,
    CAMPAIGN_F_ANSWER_THANKS,
    CAMPAIGN_F_DESCRIPTION,
    CAMPAIGN_FIELD_COUNT
} campaign_field;

/* ---- states (CAMP-2.5): state.c ---- */
enum { STATES_MOST = 50 };
typedef struct {
    str  status, name; /* the key in campaign_member.status, and what it is called in this campaign */
    bool initial, response;
} member_state;
/* In their order. A campaign of before has the set that a new one gets. */
err  campaign_states(ctx *c, int64_t campaign, member_state **out, size_t *count) MUST_USE;
err  campaign_states_make(ctx *c, const rec *campaign) MUST_USE;
bool campaign_state_find(const member_state *list, size_t count, str status, member_state *out);
/* What somebody who answers comes to: the first that counts as a response; false: there is none. */
bool campaign_state_answered(const member_state *list, size_t count, member_state *out);

/* ---- costs (CAMP-1.5): cost.c ---- */
/* Sum of the campaign's cost lines; *any: there are some. */
err campaign_cost_sum(ctx *c, int64_t campaign, int64_t *minor, bool *any) MUST_USE;

/* ---- members in numbers (CAMP-2.7): fill.c, care.c ---- */
enum { FILL_PIECE = 500 };
typedef struct {
    rec          *campaign;
    const entity *people; /* lead or contact */
    str           where;  /* checked */
    str           status; /* empty: the campaign's default */
    int64_t       rule;   /* 0: none */
    int64_t       after;  /* only ids behind this one */
    int64_t       added, already, suppressed, last;
    bool          more;
} filling;
/* One piece: at most FILL_PIECE people with the actor's rights. */
err campaign_fill(ctx *c, filling *f) MUST_USE;
/* Whoever must not be put into it (CAMP-2.9), in parentheses. */
str campaign_suppressed_where(const ctx *c, const entity *people, const rec *campaign);
/* "'7','8'", for IN (…). */
str campaign_id_list(ctx *c, const int64_t *ids, size_t n);
#define CAMPAIGN_ID_OR "{\"type\":[\"string\",\"null\"]}"
#define CAMPAIGN_ADD_INPUT                                                                                      \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"entity\"],\"properties\":{\"entity\":" \
    "{\"enum\":[\"lead\",\"contact\"]},\"where\":{\"type\":\"string\"},\"ids\":{\"type\":\"array\",\"items\":{" \
    "\"type\":\"string\"},\"minItems\":1,\"maxItems\":1000},\"status\":{\"type\":\"string\"},"                  \
    "\"after\":" CAMPAIGN_ID_OR ",\"operation\":" CAMPAIGN_ID_OR "}}"
#define CAMPAIGN_RUN_INPUT                                                                          \
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"after\":" CAMPAIGN_ID_OR \
    ",\"operation\":" CAMPAIGN_ID_OR "}}"
#define CAMPAIGN_FILL_OUTPUT                                                                                        \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"added\",\"already\",\"suppressed\","       \
    "\"after\",\"operation\"],\"properties\":{\"added\":{\"type\":\"integer\"},\"already\":{\"type\":\"integer\"}," \
    "\"suppressed\":{\"type\":\"integer\"},\"after\":" CAMPAIGN_ID_OR ",\"operation\":" CAMPAIGN_ID_OR "}}"
err campaign_add_members(ctx *c, rec *on, const json *in, json_writer *out) MUST_USE;
/* A condition of people as a problem of the field where it cannot be read. */
err campaign_check_condition(ctx *c, const entity *people, const char *name, str where) MUST_USE;
/* Runs a question as the program itself: what is asked is the program's, whoever began it. */
err campaign_each(ctx *c, str select, query_each each, void *arg) MUST_USE;
err campaign_care(ctx *c) MUST_USE; /* CAMP-6: the job */

err campaign_rule_run(ctx *c, rec *on, const json *in, json_writer *out) MUST_USE;

/* ---- fields of a rule ---- */
typedef enum { PLAY_SEGMENT, PLAY_BIRTHDAY, PLAY_SILENT, PLAY_DAILY, PLAY_COUNT } rule_play;
typedef enum {
    RULE_CAMPAIGN,
    RULE_NAME,
    RULE_PEOPLE,
    RULE_PLAY,
    RULE_DAYS,
    RULE_CONDITION,
    RULE_ACTIVE,
    RULE_TASK,
    RULE_RAN_AT,
    RULE_RAN_ON,
    RULE_FAULT,
    RULE_SET_BY,
    RULE_FIELD_COUNT
} rule_field;
const entity *campaign_rule_people(const ctx *c, const rec *rule);

/* ---- answering by a link (CAMP-4): answer.c ---- */
enum { CAMPAIGN_DOOR_COUNT = 2 };
extern const door_def campaign_doors[CAMPAIGN_DOOR_COUNT];
err                   campaign_view_link(ctx *c, const char *const *values, json_writer *out) MUST_USE;
err                   campaign_view_links(ctx *c, const char *const *values, json_writer *out) MUST_USE;

/* ---- figures (CAMP-5): return.c ---- */
err campaign_view_figures(ctx *c, const char *const *values, json_writer *out) MUST_USE;
err campaign_view_comparison(ctx *c, const char *const *values, json_writer *out) MUST_USE;
#endif
