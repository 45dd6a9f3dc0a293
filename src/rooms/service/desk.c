/* What is done at the desk in one step: answer, plan a return visit; and the links that a customer is given. */
#include "rooms/service/inside.h"

#include "base/date.h"
#include "base/num.h"
#include "base/text.h"
#include "rooms/activity/activity.h"

enum { TEXT_MOST = 5000, SUBJECT_MOST = 60, VISIT_AFTER_DAYS = 7, VISIT_HOUR = 10, RATING_DAYS = 30 };

static size_t at(const entity *e, const char *name)
{
    return (size_t)entity_field(e, str_from(name))->index;
}

/* The first line, cut between characters. */
static str first_line(str text)
{
    ptrdiff_t end = 0, n = 0;
    while (end < text.n && text.p[end] != '\n' && n++ < SUBJECT_MOST)
        (void)utf8_next(text, &end);
    return str_trim(str_sub(text, 0, end));
}

err case_message(ctx *c, const rec *of, str text, bool incoming)
{
    const entity *e = snapshot_entity(c->snap, STR("activity"));
    rec          *r = store_new(c, e);
    rec_set_choice(r, at(e, "kind"), ACTIVITY_MESSAGE);
    rec_set_text(c, r, at(e, "subject"), first_line(text));
    rec_set_text(c, r, at(e, "description"), text);
    rec_set_any(c, r, at(e, "about"), of->e->name, of->id);
    rec_set_int(r, at(e, "done_at"), c->now_ms);
    rec_set_int(r, at(e, "incoming"), incoming);
    if (incoming)
        rec_set_null(r, (size_t)e->common[CF_OWNER]);
    else
        rec_set_ref(r, (size_t)e->common[CF_OWNER], c->actor.user);
    return store_save(c, r, 0);
}

/* Members of the body that nobody knows are problems. */
static void check_members(ctx *c, const json *in, const char *const *names)
{
    for (const json *j = in ? in->first : NULL; j; j = j->next) {
        bool known = false;
        for (size_t i = 0; names[i]; i++)
            known = known || str_eq(j->key, str_from(names[i]));
        if (!known)
            (void)ctx_problem_with(c, utf8_cut(j->key, 80), STR("unknown_field"), utf8_cut(j->key, 80));
    }
}

/* SERV-4.1: seen on the status page, and the first response where there was none. */
err case_answer(ctx *c, rec *on, const json *in, json_writer *out)
{
    static const char *const names[] = { "text", "status", NULL };
    const json              *text = json_get(in, STR("text")), *status = json_get(in, STR("status"));
    rec                     *now;
    int64_t                  version;
    check_members(c, in, names);
    if (!json_is(text, JSON_STRING) || !str_trim(text->text).n)
        (void)ctx_problem(c, "text", text && !json_is(text, JSON_STRING) ? STR("not_a_text") : STR("required"));
    else if (utf8_length(text->text) > TEXT_MOST)
        (void)ctx_problem_with(c, STR("text"), STR("too_long"), STR("5000"));
    if (status && !json_is(status, JSON_STRING))
        (void)ctx_problem(c, "status", STR("not_a_text"));
    if (c->problem_count)
        return ERR_INVALID;
    TRY(case_message(c, on, str_trim(text->text), false));
    TRY(store_load_any(c, on->e, on->id, &now)); /* the answer may have been its first response */
    if (status)
        TRY(store_set_text(c, now, &now->e->fields[F_STATUS], status->text));
    else if (rec_choice(now, F_STATUS) == CASE_NEW)
        rec_set_choice(now, F_STATUS, CASE_IN_PROGRESS);
    TRY(store_save(c, now, 0));
    return query_record(c, now->e, now->id, out, &version);
}

/* ---- return visits (SERV-6) ---- */

static err visit_planned(ctx *c, const rec *on, bool *out)
{
    const entity *e = snapshot_entity(c->snap, STR("activity"));
    list_request  r = { .where = STR("purpose = 'return_visit' AND done_at = null"),
                        .via = entity_field(e, STR("about")),
                        .via_id = on->id,
                        .via_entity = STR("case") };
    int64_t       n;
    TRY(query_count(c, e, &r, false, &n));
    *out = n > 0;
    return ERR_OK;
}

static void propose_visit(ctx *c, const rec *on, rec *visit)
{
    const entity *e = visit->e;
    int64_t       owner = rec_ref(on, (size_t)on->e->common[CF_OWNER]);
    int64_t       day = zone_day_start_ms(c->zone, ctx_today(c) + VISIT_AFTER_DAYS);
    str           subject = label_get(c->snap->organisation_lang, STR("message.service.return_visit"));
    rec_set_choice(visit, at(e, "kind"), ACTIVITY_VISIT);
    rec_set_text(c, visit, at(e, "purpose"), STR("return_visit"));
    rec_set_any(c, visit, at(e, "about"), on->e->name, on->id);
    rec_set_int(visit, at(e, "due_at"), day + VISIT_HOUR * INT64_C(3600000));
    rec_set_text(c, visit, at(e, "subject"),
                 utf8_cut(arena_printf(c->a, "%.*s %.*s", STR_ARG(subject), STR_ARG(rec_text(on, F_SUBJECT))), 200));
    rec_set_ref(visit, (size_t)e->common[CF_OWNER], owner ? owner : c->actor.user);
}

/* SERV-6.1 */
err case_plan_return_visit(ctx *c, rec *on, const json *in, json_writer *out)
{
    static const char *const names[] = { "due_at", "kind", "owner", "subject", NULL };
    const entity            *e = snapshot_entity(c->snap, STR("activity"));
    bool                     planned;
    int64_t                  version;
    check_members(c, in, names);
    if (c->problem_count)
        return ERR_INVALID;
    if (!case_done(rec_choice(on, F_STATUS)))
        return ctx_refuse(c, ERR_CONFLICT, STR("case_not_done"), (str){ 0 });
    TRY(visit_planned(c, on, &planned));
    if (planned)
        return ctx_refuse(c, ERR_CONFLICT, STR("return_visit_planned"), (str){ 0 });
    rec *visit = store_new(c, e);
    propose_visit(c, on, visit);
    if (in && in->count && !c->problem_count)
        TRY(store_patch(c, visit, in));
    if (rec_choice(visit, at(e, "kind")) != ACTIVITY_VISIT && rec_choice(visit, at(e, "kind")) != ACTIVITY_CALL)
        (void)ctx_problem(c, "kind", STR("not_a_choice"));
    if (rec_null(visit, at(e, "due_at")))
        (void)ctx_problem(c, "due_at", STR("required"));
    if (c->problem_count)
        return ERR_INVALID;
    TRY(store_save(c, visit, 0));
    return query_record(c, e, visit->id, out, &version);
}

/* ---- links ---- */

bool case_awaits_rating(const rec *of)
{
    if (!case_done(rec_choice(of, F_STATUS)) || rec_null(of, F_RESOLVED_AT))
        return false;
    return rec_null(of, F_RATED_AT) || rec_int(of, F_RATED_AT) < rec_int(of, F_RESOLVED_AT);
}

static void put_link(json_writer *w, const char *what, str address, int64_t expires_ms)
{
    char text[TIME_TEXT];
    json_object(w);
    json_put_string(w, "what", str_from(what));
    json_put_string(w, "address", address);
    if (expires_ms) {
        time_format(expires_ms, text);
        json_put_string(w, "expires_at", str_from(text));
    } else {
        json_put_null(w, "expires_at");
    }
    json_object_end(w);
}

/* SERV-2.5, SERV-7.2: for whoever may read the case, to be handed to the customer. */
err case_view_links(ctx *c, const char *const *values, json_writer *out)
{
    int64_t id = 0, expires = c->now_ms + RATING_DAYS * DAY_MS;
    rec    *of;
    str     status, rating;
    if (!values[0] || num_parse(str_from(values[0]), 0, &id) != NUM_OK || id <= 0)
        return ERR_NOT_FOUND;
    TRY(store_load(c, snapshot_entity(c->snap, STR("case")), id, &of));
    TRY(case_status_path(c, of, &status));
    TRY(case_rating_path(c, of, expires, &rating));
    json_object(out);
    json_key(out, STR("columns"));
    json_array(out);
    json_string(out, STR("what"));
    json_string(out, STR("address"));
    json_string(out, STR("expires_at"));
    json_array_end(out);
    json_key(out, STR("rows"));
    json_array(out);
    put_link(out, "status", status, 0);
    if (case_awaits_rating(of))
        put_link(out, "rating", rating, expires / 1000 * 1000);
    json_array_end(out);
    json_object_end(out);
    return ERR_OK;
}
