/* inside.h — what the files of this room share. */
#ifndef ZK_ROOMS_LEAD_INSIDE_H
#define ZK_ROOMS_LEAD_INSIDE_H
#include "rooms/lead/lead.h"
#include "store/store.h"

err lead_convert(ctx *c, rec *on, const json *in, json_writer *out) MUST_USE;         /* LEAD-8 */
err lead_assign_by_rules(ctx *c, rec *on, const json *in, json_writer *out) MUST_USE; /* LEAD-4 */
enum { LEAD_CARRIES = 27 };
extern const carry_def lead_carries[LEAD_CARRIES]; /* LEAD-8.2 */
/* LEAD-4: a new lead without an owner finds one; nothing where no rule fits. */
err lead_assign_new(ctx *c, rec *lead) MUST_USE;

/* LEAD-3: the public side of forms. */
enum { LEAD_DOOR_COUNT = 3 };
extern const door_def lead_doors[LEAD_DOOR_COUNT];
/* What the form makes: an entity that takes forms in. */
const entity *form_makes(const ctx *c, const rec *form);
enum { LEAD_VIEW_COUNT = 1 };
extern const view_def lead_views[LEAD_VIEW_COUNT]; /* LEAD-10 */
/* What a visitor may be asked for. */
bool form_may_ask(const field *f, const entity *e);
/* LEAD-3.7 to LEAD-3.9: a lead, or a task on the record of whoever is known. */
extern const intake_def lead_intake;

#define LEAD_TEXT_OR "{\"type\":[\"string\",\"null\"]}"
#define LEAD_SIDE                                                                                                    \
    "{\"type\":[\"object\",\"null\"],\"required\":[\"id\",\"name\"],\"additionalProperties\":false,\"properties\":{" \
    "\"id\":" LEAD_TEXT_OR ",\"name\":{\"type\":\"string\"},\"fields\":{\"type\":\"array\",\"items\":{\"type\":"     \
    "\"object\",\"required\":[\"field\",\"from\",\"taken\",\"old\",\"new\"],\"additionalProperties\":false,"         \
    "\"properties\":{\"field\":{\"type\":\"string\"},\"from\":{\"type\":\"string\"},\"taken\":{\"type\":"            \
    "\"boolean\"},\"old\":{},\"new\":{}}}}}}"
#define ACTION_CONVERT                                                                                              \
    {                                                                                                               \
        .name = "convert", .verb = VERB_CONVERT, .run = lead_convert,                                               \
        .input_schema =                                                                                             \
            "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"                                  \
            "\"account\":{\"type\":[\"string\",\"object\",\"null\"]},\"contact\":{\"type\":[\"string\",\"object\"," \
            "\"null\"]},\"opportunity\":{\"type\":[\"string\",\"object\",\"null\"]},\"overwrite\":{\"type\":"       \
            "\"boolean\",\"default\":false},\"preview\":{\"type\":\"boolean\",\"default\":false}}}",                \
        .output_schema =                                                                                            \
            "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"account\",\"contact\","            \
            "\"opportunity\",\"operation\"],\"properties\":{\"account\":" LEAD_SIDE ",\"contact\":" LEAD_SIDE       \
            ",\"opportunity\":" LEAD_SIDE ",\"operation\":" LEAD_TEXT_OR ",\"duplicates\":{\"type\":\"array\","     \
            "\"items\":{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"entity\",\"id\","        \
            "\"name\",\"owner\",\"score\",\"reasons\"],\"properties\":{\"entity\":{\"type\":\"string\"},\"id\":{"   \
            "\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"owner\":{\"type\":\"string\"},\"score\":{"       \
            "\"type\":\"integer\"},\"reasons\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}}}}"           \
    }
#define ACTION_BY_RULES                                                                                          \
    {                                                                                                            \
        .name = "assign_by_rules", .verb = VERB_ASSIGN, .run = lead_assign_by_rules,                             \
        .output_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"rule\",\"owner\"," \
                         "\"team\"],\"properties\":{\"rule\":" LEAD_TEXT_OR ",\"owner\":" LEAD_TEXT_OR           \
                         ",\"team\":" LEAD_TEXT_OR "}}"                                                          \
    }
#endif
