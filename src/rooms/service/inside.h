/* inside.h — what the files of this room share. */
#ifndef ZK_ROOMS_SERVICE_INSIDE_H
#define ZK_ROOMS_SERVICE_INSIDE_H
#include "base/worktime.h"
#include "rooms/service/service.h"
#include "store/store.h"

enum { CASE_FEEDBACK, CASE_COMPLAINT, CASE_SERVICE, CASE_KIND_COUNT };
enum { CASE_PRIORITY_COUNT = 4 };
extern const choice_def case_kinds[CASE_KIND_COUNT];
extern const choice_def case_priorities[CASE_PRIORITY_COUNT];

/* The fields of a case. */
enum {
    F_NUMBER,
    F_SUBJECT,
    F_KIND,
    F_TOPIC,
    F_CATEGORY,
    F_STATUS,
    F_PRIORITY,
    F_SEVERITY,
    F_ACCOUNT,
    F_CONTACT,
    F_PRODUCT,
    F_OPPORTUNITY,
    F_CHANNEL,
    F_TEAM,
    F_REPORTER,
    F_REPORTER_COMPANY,
    F_REPORTER_EMAIL,
    F_REPORTER_PHONE,
    F_DUE_AT,
    F_FIRST_DUE_AT,
    F_WARN_AT,
    F_WARNED_AT,
    F_BREACHED_AT,
    F_RESPONSE_BREACHED_AT,
    F_STOPPED_AT,
    F_PAUSED_MINUTES,
    F_SLA_RULE,
    F_FIRST_RESPONSE_AT,
    F_RESOLVED_AT,
    F_RESPONSE_TIMELY,
    F_TIMELY,
    F_FIRST_CONTACT,
    F_CAUSE_CODE,
    F_CAUSE,
    F_REMEDY,
    F_CORRECTIVE_ACTION,
    F_CORRECTIVE_OWNER,
    F_CORRECTIVE_DUE,
    F_CORRECTIVE_DONE,
    F_CORRECTIVE_TOLD_AT,
    F_COST,
    F_COMPENSATION,
    F_COMPENSATION_FORM,
    F_RATING,
    F_RATING_COMMENT,
    F_RATED_AT,
    F_DESCRIPTION,
    F_COUNT
};

/* Of an SLA rule. */
enum {
    SLA_NAME,
    SLA_POSITION,
    SLA_ACTIVE,
    SLA_KIND,
    SLA_PRIORITY,
    SLA_LEVEL,
    SLA_PRODUCT,
    SLA_CALENDAR,
    SLA_RESPONSE,
    SLA_RESOLUTION,
    SLA_WARNING,
    SLA_COUNT
};
/* Of a working calendar: name, zone, then Monday to Sunday. */
enum { CAL_NAME, CAL_ZONE, CAL_MONDAY, CAL_SUNDAY = CAL_MONDAY + 6, CAL_HOLIDAYS, CAL_COUNT };

static inline bool case_done(int status)
{
    return status == CASE_RESOLVED || status == CASE_CLOSED;
}

/* SERV-3.2: the first active rule that fits the case; *out NULL: none. */
err sla_rule_for(ctx *c, const rec *of, rec **out) MUST_USE;
/* The rule's calendar with the public holidays from `from_ms` on. Memory: c->a. */
err sla_calendar(ctx *c, const rec *rule, int64_t from_ms, work_calendar *out) MUST_USE;

err     case_settle_clock(ctx *c, const rec *old, rec *next) MUST_USE; /* SERV-3, SERV-4 */
err     case_watch_clock(ctx *c) MUST_USE;                             /* SERV-3.6 */
int64_t case_began(const ctx *c, const rec *of);

/* SERV-3.6: whoever it is up to: the owner, else everybody of the team in whose queue it waits. */
err case_tell(ctx *c, const rec *of, str kind, str text) MUST_USE;
/* And whom they report to. */
err case_tell_manager(ctx *c, const rec *of, str kind, str text) MUST_USE;

/* ---- the desk (desk.c) ---- */
err case_answer(ctx *c, rec *on, const json *in, json_writer *out) MUST_USE;            /* SERV-4.1 */
err case_plan_return_visit(ctx *c, rec *on, const json *in, json_writer *out) MUST_USE; /* SERV-6.1 */
err case_view_links(ctx *c, const char *const *values, json_writer *out) MUST_USE;
/* A message that is done now; `incoming`: from the customer. */
err case_message(ctx *c, const rec *of, str text, bool incoming) MUST_USE;
/* Is a rating still to be given? SERV-7.2 */
bool case_awaits_rating(const rec *of);

/* ---- links that nobody guesses (door.c) ---- */
err case_status_path(ctx *c, const rec *of, str *out) MUST_USE;
err case_rating_path(ctx *c, const rec *of, int64_t expires_ms, str *out) MUST_USE;
enum { CASE_DOOR_COUNT = 4 };
extern const door_def   case_doors[CASE_DOOR_COUNT];
extern const intake_def case_intake;

err case_view_clock(ctx *c, const char *const *values, json_writer *out) MUST_USE;
err case_view_ages(ctx *c, const char *const *values, json_writer *out) MUST_USE;
/* ---- shares (shares.c) ---- */
err case_view_timely(ctx *c, const char *const *values, json_writer *out) MUST_USE;
err case_view_first_contact(ctx *c, const char *const *values, json_writer *out) MUST_USE;
err case_view_satisfaction(ctx *c, const char *const *values, json_writer *out) MUST_USE;
#endif
