/* person.h — everything that is kept about one person (a record of an entity_def.person), handed out and erased.
 *
 * Who was a lead and became a contact is one person (entity_def.same_person): both are handed out, and erased, together.
 *
 * Handing out   The records, their history, the names of their files, all records that point at them, and what is about their cases.
 * Erasing       (HIST-2) replaces by a mark, or empties: their fields that are personal (FF_PERSONAL, own fields that hold text or a
 *               day, the key in an older system), in the record and in every row of its history, which keeps who, when and
 *               which field; personal fields of what points at them (what a visitor sent, who reported a case); their
 *               name wherever another record's history or name bears it; their words in the search index; and removes their
 *               files, the pictures that an undo would bring back, notices about them, kept answers, what others typed about them
 *               as a condition, and files of jobs that hold them (erase_kept.c). The record stays, so that
 *               sums do. Free text of other records (the notes of a call) stays as it was written.
 *               It is not undone. zk_erasure and the security events say who did it, and when.
 *
 * Both run in a writing transaction and ask: administrators alone. A backup is not changed. */
#ifndef ZK_STORE_PERSON_H
#define ZK_STORE_PERSON_H
#include "store/store.h"

err store_action_person_data(ctx *c, rec *on, const json *in, json_writer *out) MUST_USE;
err store_action_person_erase(ctx *c, rec *on, const json *in, json_writer *out) MUST_USE;

#define PERSON_REF                                                                                         \
    "{\"type\":\"object\",\"required\":[\"entity\",\"id\",\"name\"],\"properties\":{\"entity\":{\"type\":" \
    "\"string\"},\"id\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"}}}"
#define ACTION_PERSON_DATA                                                                                             \
    {                                                                                                                  \
        .name = "personal_data", .verb = VERB_READ, .run = store_action_person_data, .administrators = true,           \
        .output_schema =                                                                                               \
            "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"at\",\"by\",\"records\",\"related\"]" \
            ","                                                                                                        \
            "\"properties\":{\"at\":{\"type\":\"string\",\"format\":\"date-time\"},\"by\":{\"type\":\"string\"},"      \
            "\"records\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"           \
            "\"required\":[\"entity\",\"record\",\"history\",\"files\"],\"properties\":{\"entity\":{\"type\":"         \
            "\"string\"},\"record\":{\"type\":\"object\"},\"history\":{\"type\":\"array\",\"items\":{\"type\":"        \
            "\"object\"}},\"files\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}},\"related\":{\"type\":"    \
            "\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"entity\","        \
            "\"field\",\"records\"],\"properties\":{\"entity\":{\"type\":\"string\"},\"field\":{\"type\":\"string\"}," \
            "\"records\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}}}}"                                    \
    }
#define ACTION_PERSON_ERASE                                                                                            \
    {                                                                                                                  \
        .name = "erase", .verb = VERB_READ, .run = store_action_person_erase, .administrators = true,                  \
        .input_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"preview\":{\"type\":"   \
                        "\"boolean\",\"description\":\"Only tells what would be erased.\"},\"confirm\":{\"type\":"     \
                        "\"string\",\"description\":\"The record's name, word for word.\"}}}",                         \
        .output_schema =                                                                                               \
            "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"preview\",\"records\",\"fields\","    \
            "\"touched\",\"history\",\"files\",\"notices\",\"answers\",\"conditions\",\"job_files\"],\"properties\":{" \
            "\"preview\":{\"type\":"                                                                                   \
            "\"boolean\"},\"records\":{\"type\":\"array\",\"items\":" PERSON_REF "},\"fields\":{\"type\":\"array\","   \
            "\"items\":{\"type\":\"string\"}},\"touched\":{\"type\":\"integer\"},\"history\":{\"type\":\"integer\"},"  \
            "\"files\":{\"type\":\"integer\"},\"notices\":{\"type\":\"integer\"},\"answers\":{\"type\":\"integer\"},"  \
            "\"conditions\":{\"type\":\"integer\"},"                                                                   \
            "\"job_files\":{\"type\":\"array\",\"description\":\"Of imports and exports that are "                     \
            "over.\",\"items\":{\"type\":\"object\","                                                                  \
            "\"additionalProperties\":false,\"required\":[\"job\",\"file\",\"name\"],\"properties\":{\"job\":{"        \
            "\"type\":\"string\"},"                                                                                    \
            "\"file\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"}}}}}}"                                       \
    }
#endif
