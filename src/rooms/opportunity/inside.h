/* inside.h — what the files of this room share: a deal's fields, and what happens around its save. */
#ifndef ZK_ROOMS_OPPORTUNITY_INSIDE_H
#define ZK_ROOMS_OPPORTUNITY_INSIDE_H
#include "rooms/opportunity/figures.h"
#include "rooms/opportunity/pipeline.h"
#include "store/store.h"

enum {
    F_NAME,
    F_ACCOUNT,
    F_CONTACT,
    F_TYPE,
    F_PIPELINE,
    F_STAGE,
    F_STAGE_SINCE,
    F_AMOUNT,
    F_CURRENCY,
    F_PROBABILITY,
    F_FORECAST,
    F_FORECAST_OVERRIDE,
    F_FORECAST_AMOUNT,
    F_CLOSE_DATE,
    F_CLOSED_AT,
    F_LOST_REASON,
    F_WON_REASON,
    F_COMPETITOR,
    F_REOPEN_REASON,
    F_PUSHED,
    F_NEXT_STEP,
    F_SOURCE,
    F_CAMPAIGN,
    F_DESCRIPTION,
    F_COUNT
};

enum { WHOLE_BP = 10000, PARTS_MOST = 10000 };

/* The living records of `part` (a plural's entity) that hang on the deal by the field "opportunity". */
err deal_parts(ctx *c, int64_t deal, const char *part, size_t most, int64_t **ids, size_t *count) MUST_USE;

/* ---- gate.c: may it stand on this stage? `was`: the stage it comes from, NULL: none ---- */
err deal_enter_stage(ctx *c, const rec *old, const rec *next, const rec *was, const rec *stage) MUST_USE;
/* STAGE-1, STAGE-2: what a stage's own rules may name. */
void stage_check_rules(ctx *c, const rec *stage);

/* ---- journal.c ---- */
/* JOUR-1: what changed in stage, amount, close date. */
enum { JOURNAL_CARRIES = 9 };
extern const carry_def journal_carries[JOURNAL_CARRIES]; /* JOUR-2 */
err                    deal_journal(ctx *c, const rec *old, const rec *saved) MUST_USE;
/* JOUR-4: how often the close date of an open deal was put off. */
void deal_count_push(const rec *old, rec *next, bool open);
/* The key of a pipeline named by its key or its id; a problem "pipeline" where it is a number and neither. */
err pipeline_named(ctx *c, str name, str *key) MUST_USE;
err pipeline_report(ctx *c, const char *const *values, json_writer *w) MUST_USE; /* OPP-14 */
err stage_conversion(ctx *c, const char *const *values, json_writer *w) MUST_USE;

/* ---- party.c ---- */
/* PARTY-2: the deal's contact is the primary one among its people. */
err deal_follow_contact(ctx *c, const rec *old, const rec *saved) MUST_USE;
/* RIVAL-1, RIVAL-2: what winning or losing says of the competitors on the deal. */
err deal_settle_rivals(ctx *c, const rec *old, const rec *saved, stage_kind kind) MUST_USE;
#endif
