/* story.h — rows of a story (schema/entity.h) that a firm's and a person's timeline have in common: ACCT-3.1, CONT-3.1. */
#ifndef ZK_ROOMS_ACCOUNT_STORY_H
#define ZK_ROOMS_ACCOUNT_STORY_H
#include "schema/entity.h"

#define ALWAYS \
    {          \
        {      \
            0  \
        }      \
    }
#define WHERE(path, value) \
    {                      \
        {                  \
            path, value    \
        }                  \
    }

/* clang-format off */
#define STORY_LEADS(by)                                                                                               \
    { .entity = "lead", .field = by, .kind = "lead", .deeds = true,                                                   \
      .moments = { { "made", "created_at", ALWAYS, "company,source,campaign,created_by" },                            \
                   { "converted", "converted_at", ALWAYS, NULL } } }

#define STORY_DEALS(by)                                                                                               \
    { .entity = "opportunity", .field = by, .kind = "opportunity", .deeds = true,                                     \
      .moments = { { "made", "created_at", ALWAYS, "source,campaign,created_by" },                                    \
                   { "won", "closed_at", WHERE("stage.kind", "won"), "amount,currency,won_reason,competitor,owner" },  \
                   { "lost", "closed_at", WHERE("stage.kind", "lost"),                                                \
                     "amount,currency,lost_reason,competitor,owner" } } }

/* Of the deals of a row before; how a deal ends is told by the deal itself, and how it began. */
#define STORY_DEAL_CHANGES                                                                                            \
    { .entity = "opportunity_change", .field = "opportunity", .of = "opportunity", .kind = "opportunity",             \
      .about = "opportunity",                                                                                         \
      .moments = { { "stage", "at", { { "what", "stage" }, { "stage.kind", "open" } }, "from_stage,stage,reason,by" } } }

#define STORY_CASES(by)                                                                                               \
    { .entity = "case", .field = by, .kind = "case", .deeds = true,                                                   \
      .moments = { { "made", "created_at", ALWAYS, "number,kind,created_by" },                                        \
                   { "answered", "first_response_at", ALWAYS, "number" },                                             \
                   { "resolved", "resolved_at", ALWAYS, "number,cause,remedy,owner" },                                \
                   { "rated", "rated_at", ALWAYS, "number,rating,rating_comment" } } }

#define STORY_MEMBERS(by, row)                                                                                        \
    { .entity = "campaign_member", .field = by, .of = row, .kind = "campaign", .about = "campaign",                   \
      .moments = { { "joined", "created_at", ALWAYS, "lead,contact,created_by" },                                     \
                   { "responded", "responded_at", ALWAYS, "lead,contact,status,responded_via" } } }
/* clang-format on */
#endif
