/* act.h — actions that many rooms list in their tables.
 *
 * ACTION_ASSIGN  {"owner":"7"} → the record, now theirs. For entities with an owner.
 * ACTION_ASSIGN_TEAM  The same, or {"team":"3"}: it waits there, without an owner, until somebody takes it. For entities
 *                with an owner and a field `team`.
 * ACTION_MERGE   {"with":["8","9"],"choose":{"phone":"8"}} → {"record","operation"}. What pointed at the others points here,
 *                they go to the recycle bin; field by field what was chosen, else one's own value, else the first of the
 *                others that has one. One operation, so the one undo brings all back. At most ten at once. */
#ifndef ZK_STORE_ACT_H
#define ZK_STORE_ACT_H
#include "store/store.h"

err store_action_assign(ctx *c, rec *on, const json *in, json_writer *out) MUST_USE;
err store_action_merge(ctx *c, rec *on, const json *in, json_writer *out) MUST_USE;

#define ACTION_ASSIGN                                                                                   \
    {                                                                                                   \
        .name = "assign", .verb = VERB_ASSIGN, .run = store_action_assign,                              \
        .input_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"owner\"]," \
                        "\"properties\":{\"owner\":{\"type\":\"string\"}}}",                            \
        .output_schema = "{\"type\":\"object\"}"                                                        \
    }
#define ACTION_ASSIGN_TEAM                                                                                  \
    {                                                                                                       \
        .name = "assign", .verb = VERB_ASSIGN, .run = store_action_assign,                                  \
        .input_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"minProperties\":1,"          \
                        "\"properties\":{\"owner\":{\"type\":\"string\"},\"team\":{\"type\":\"string\"}}}", \
        .output_schema = "{\"type\":\"object\"}"                                                            \
    }
#define ACTION_MERGE                                                                                        \
    {                                                                                                       \
        .name = "merge", .verb = VERB_MERGE, .run = store_action_merge,                                     \
        .input_schema =                                                                                     \
            "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"with\"],\"properties\":{"  \
            "\"with\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"minItems\":1,\"maxItems\":10}," \
            "\"choose\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}}}",            \
        .output_schema =                                                                                    \
            "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"record\",\"operation\"],"  \
            "\"properties\":{\"record\":{\"type\":\"object\"},\"operation\":{\"type\":\"string\"}}}"        \
    }
#endif
