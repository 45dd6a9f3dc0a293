/* SERV-2.5, SERV-7: what a customer sees and does who has been given a link, without a name and a password. */
#include "rooms/service/inside.h"

#include "base/date.h"
#include "base/html.h"
#include "base/text.h"
#include "store/kept.h"

enum {
    MESSAGES_SHOWN = 100,
    MESSAGE_MOST = 5000,
    COMMENT_MOST = 2000,
    MESSAGES_AN_HOUR = 20,
    TWICE_MS = 10 * 60 * 1000,
    HOUR_MS = 3600 * 1000,
    OVER_DAYS = 30,
    UNHAPPY = 2
};

/* ---- links ---- */

err case_status_path(ctx *c, const rec *of, str *out)
{
    str signature;
    TRY(sign_text(c, arena_printf(c->a, "case status %lld", (long long)of->id), &signature));
    *out = arena_printf(c->a, "/status/%lld/%.*s", (long long)of->id, STR_ARG(signature));
    return ERR_OK;
}

/* SERV-7.2: of this resolution: a case that was taken up again has another link. */
static str rating_text(ctx *c, const rec *of, int64_t expires_s)
{
    int64_t resolved = rec_null(of, F_RESOLVED_AT) ? 0 : rec_int(of, F_RESOLVED_AT);
    return arena_printf(c->a, "case rating %lld %lld %lld", (long long)of->id, (long long)resolved,
                        (long long)expires_s);
}

err case_rating_path(ctx *c, const rec *of, int64_t expires_ms, str *out)
{
    str     signature;
    int64_t expires_s = expires_ms / 1000;
    TRY(sign_text(c, rating_text(c, of, expires_s), &signature));
    *out = arena_printf(c->a, "/rate/%lld/%lld-%.*s", (long long)of->id, (long long)expires_s, STR_ARG(signature));
    return ERR_OK;
}

/* ERR_NOT_FOUND: no such case; what is wrong with a link is not said. */
static err find_case(ctx *c, str id_text, rec **out)
{
    int64_t id;
    if (id_text.n > 18 || !str_to_int64(id_text, &id) || id <= 0)
        return ERR_NOT_FOUND;
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("case")), id, out));
    return (*out)->deleted_at ? ERR_NOT_FOUND : ERR_OK;
}

static err status_case(ctx *c, const door_call *d, rec **out)
{
    bool good;
    TRY(find_case(c, d->parts[0], out));
    TRY(sign_check(c, arena_printf(c->a, "case status %lld", (long long)(*out)->id), d->parts[1], &good));
    return good ? ERR_OK : ERR_NOT_FOUND;
}

static err rating_case(ctx *c, const door_call *d, rec **out, int64_t *expires_ms)
{
    bool      good;
    ptrdiff_t cut = str_find_char(d->parts[1], '-');
    int64_t   expires_s = 0;
    TRY(find_case(c, d->parts[0], out));
    if (cut < 1 || cut > 12 || !str_to_int64(str_sub(d->parts[1], 0, cut), &expires_s) || expires_s <= 0 ||
        rec_null(*out, F_RESOLVED_AT))
        return ERR_NOT_FOUND;
    TRY(sign_check(c, rating_text(c, *out, expires_s), str_sub(d->parts[1], cut + 1, d->parts[1].n), &good));
    *expires_ms = expires_s * 1000;
    return good ? ERR_OK : ERR_NOT_FOUND;
}

/* ---- pages ---- */

static const char style[] =
    "h1{font-size:1.4em;line-height:1.3;margin:0 0 .3em}h2{font-size:1.05em;margin:1.6em 0 .4em}"
    ".quiet{color:GrayText;margin:.2em 0}.said{white-space:pre-line;margin:.2em 0}"
    "ol{list-style:none;padding:0;margin:0}li{border-left:3px solid #8a94a6;padding:.1em 0 .1em .8em;margin:0 0 1em}"
    "li.ours{border-color:#0b7a75}textarea{font:inherit;box-sizing:border-box;width:100%;min-height:6em;padding:9px "
    "11px;"
    "border:1px solid #8a94a6;border-radius:6px;background:Field;color:FieldText}"
    "button{font:inherit;font-weight:600;padding:10px 22px;border:1px solid "
    "#0b7a75;border-radius:6px;background:#0b7a75;"
    "color:#fff;cursor:pointer;margin:.5em .4em 0 0}.rate button{min-width:3.2em;padding:12px 0}"
    "label{display:block;margin:.8em 0 .3em}.note{border:1px solid #8a94a6;border-radius:6px;padding:.6em "
    ".8em;margin:0 0 1em}"
    ":focus-visible{outline:2px solid #1f6feb;outline-offset:1px}";

static str say(const ctx *c, const char *key)
{
    return label_get(c->lang, str_from(key));
}

/* A page that says one sentence. */
static err say_page(ctx *c, door_call *d, json_writer *out, err as, str title, str text)
{
    d->status = as == ERR_OK ? 200 : err_http(as);
    d->type = "text/html; charset=utf-8";
    html_begin(out->out, lang_name(c->lang), title, style);
    html_element(out->out, "h1", title);
    html_element(out->out, "p", text);
    html_end(out->out);
    return ERR_OK;
}

/* The same for what is not there, what is deleted and what is forged. */
static err nothing(ctx *c, door_call *d, json_writer *out)
{
    if (!d->page)
        return ctx_refuse(c, ERR_NOT_FOUND, STR("not_found"), (str){ 0 });
    return say_page(c, d, out, ERR_NOT_FOUND, say(c, "message.service.no_page"),
                    say(c, "message.service.no_page_text"));
}

/* "2026-11-28 16:40" where the organisation is. */
static str moment(ctx *c, int64_t ms)
{
    char    day[DATE_TEXT];
    int64_t local = ms + zone_offset_ms(c->snap->zone, ms), date = floor_div(local, DAY_MS);
    int     minute = (int)((local - date * DAY_MS) / 60000);
    date_format(date, day);
    return arena_printf(c->a, "%s %02d:%02d", day, minute / 60, minute % 60);
}

static str label_of(const ctx *c, const rec *of, size_t which)
{
    const choice *is = field_choice(&of->e->fields[which], rec_text(of, which));
    return is ? is->label[c->lang] : rec_text(of, which);
}

/* ---- what was said ---- */

typedef struct {
    int64_t at;
    bool    incoming;
    str     text;
} message;

typedef struct {
    ctx    *c;
    message list[MESSAGES_SHOWN]; /* newest first */
    size_t  count;
} messages;

static err take_message(void *arg, query_row *row)
{
    messages *m = arg;
    value     at = query_value(row, 1), incoming = query_value(row, 2), text = query_value(row, 3);
    if (m->count < MESSAGES_SHOWN)
        m->list[m->count++] = (message){ at.i, incoming.set && incoming.i, arena_str(m->c->a, text.s) };
    return ERR_OK;
}

static err read_messages(ctx *c, const rec *of, messages *out)
{
    const entity *e = snapshot_entity(c->snap, STR("activity"));
    query        *q;
    list_request  r = { .where = STR("kind = 'message'"),
                        .order = STR("at DESC, id DESC"),
                        .select = STR("id,at,incoming,description"),
                        .limit = MESSAGES_SHOWN,
                        .via = entity_field(e, STR("about")),
                        .via_id = of->id,
                        .via_entity = STR("case") };
    *out = (messages){ .c = c };
    TRY(query_list(c, e, &r, &q));
    return query_run(c, q, take_message, out);
}

static bool is_over(const ctx *c, const rec *of)
{
    return case_done(rec_choice(of, F_STATUS)) && !rec_null(of, F_RESOLVED_AT) &&
           rec_int(of, F_RESOLVED_AT) < c->now_ms - OVER_DAYS * DAY_MS;
}

/* ---- the status page (SERV-2.5) ---- */

static void put_moment(json_writer *w, const char *key, const rec *of, size_t which)
{
    char text[TIME_TEXT];
    if (rec_null(of, which)) {
        json_put_null(w, key);
        return;
    }
    time_format(rec_int(of, which), text);
    json_put_string(w, key, str_from(text));
}

static void put_choice(const ctx *c, json_writer *w, const char *key, const rec *of, size_t which)
{
    json_key(w, str_from(key));
    json_object(w);
    json_put_string(w, "key", rec_text(of, which));
    json_put_string(w, "label", label_of(c, of, which));
    json_object_end(w);
}

static void put_status(ctx *c, const rec *of, const messages *m, str rating, json_writer *w)
{
    char text[TIME_TEXT];
    json_object(w);
    json_put_string(w, "number", rec_text(of, F_NUMBER));
    json_put_string(w, "subject", rec_text(of, F_SUBJECT));
    put_choice(c, w, "kind", of, F_KIND);
    put_choice(c, w, "status", of, F_STATUS);
    put_moment(w, "made_at", of, (size_t)of->e->common[CF_CREATED_AT]);
    put_moment(w, "resolved_at", of, F_RESOLVED_AT);
    json_put_string(w, "description", rec_text(of, F_DESCRIPTION));
    json_key(w, STR("messages"));
    json_array(w);
    for (size_t i = m->count; i-- > 0;) {
        json_object(w);
        time_format(m->list[i].at, text);
        json_put_string(w, "at", str_from(text));
        json_put_bool(w, "incoming", m->list[i].incoming);
        json_put_string(w, "text", m->list[i].text);
        json_object_end(w);
    }
    json_array_end(w);
    json_put_bool(w, "may_write", !is_over(c, of));
    if (rating.n)
        json_put_string(w, "rating", rating);
    else
        json_put_null(w, "rating");
    json_object_end(w);
}

static void page_messages(ctx *c, const messages *m, buf *b)
{
    html_element(b, "h2", say(c, "message.service.answers"));
    if (!m->count) {
        html_element(b, "p class=\"quiet\"", say(c, "message.service.no_answers"));
        return;
    }
    buf_putz(b, "<ol>\n");
    for (size_t i = m->count; i-- > 0;) {
        str who = say(c, m->list[i].incoming ? "message.service.you" : "message.service.we");
        buf_printf(b, "<li%s>\n", m->list[i].incoming ? "" : " class=\"ours\"");
        html_element(b, "p class=\"quiet\"",
                     arena_printf(c->a, "%.*s · %.*s", STR_ARG(who), STR_ARG(moment(c, m->list[i].at))));
        html_element(b, "p class=\"said\"", m->list[i].text);
        buf_putz(b, "</li>\n");
    }
    buf_putz(b, "</ol>\n");
}

static void page_form(ctx *c, str draft, buf *b)
{
    buf_putz(b, "<form method=\"post\">\n<label for=\"text\">");
    html_text(b, say(c, "message.service.write"));
    buf_printf(b, "</label>\n<textarea id=\"text\" name=\"text\" required maxlength=\"%d\">", MESSAGE_MOST);
    html_text(b, draft);
    buf_putz(b, "</textarea>\n");
    html_element(b, "button type=\"submit\"", say(c, "message.service.send"));
    buf_putz(b, "</form>\n");
}

/* note: what became of what was just sent; draft: what is not kept yet. */
static void page_status(ctx *c, const rec *of, const messages *m, str rating, str note, str draft, buf *b)
{
    int64_t made = rec_int(of, (size_t)of->e->common[CF_CREATED_AT]);
    str title = arena_printf(c->a, "%.*s · %.*s", STR_ARG(rec_text(of, F_NUMBER)), STR_ARG(rec_text(of, F_SUBJECT)));
    str state = label_of(c, of, F_STATUS), kind = label_of(c, of, F_KIND);
    html_begin(b, lang_name(c->lang), title, style);
    if (note.n)
        html_element(b, "p class=\"note\" role=\"status\"", note);
    html_element(b, "h1", rec_text(of, F_SUBJECT));
    html_element(b, "p class=\"quiet\"",
                 arena_printf(c->a, "%.*s · %.*s · %.*s", STR_ARG(rec_text(of, F_NUMBER)), STR_ARG(kind),
                              STR_ARG(moment(c, made))));
    html_element(b, "p", arena_printf(c->a, "%.*s: %.*s", STR_ARG(say(c, "case.status")), STR_ARG(state)));
    html_element(b, "p class=\"said\"", rec_text(of, F_DESCRIPTION));
    page_messages(c, m, b);
    if (rating.n) {
        buf_putz(b, "<p><a href=\"");
        html_text(b, rating);
        buf_putz(b, "\">");
        html_text(b, say(c, "message.service.rate"));
        buf_putz(b, "</a></p>\n");
    }
    if (is_over(c, of))
        html_element(b, "p class=\"quiet\"", say(c, "message.case_over"));
    else
        page_form(c, draft, b);
    html_end(b);
}

static err show_status(ctx *c, door_call *d, const rec *of, str note, str draft, json_writer *out)
{
    messages m;
    str      rating = { 0 };
    TRY(read_messages(c, of, &m));
    if (case_awaits_rating(of))
        TRY(case_rating_path(c, of, c->now_ms + OVER_DAYS * DAY_MS, &rating));
    if (!d->page) {
        put_status(c, of, &m, rating, out);
        return ERR_OK;
    }
    d->type = "text/html; charset=utf-8";
    page_status(c, of, &m, rating, note, draft, out->out);
    return ERR_OK;
}

static err get_status(ctx *c, door_call *d, json_writer *out)
{
    rec *of;
    err  e = status_case(c, d, &of);
    if (e == ERR_NOT_FOUND)
        return nothing(c, d, out);
    TRY(e);
    return show_status(c, d, of, (str){ 0 }, (str){ 0 }, out);
}

/* What the customer wrote, or a problem. */
static str text_of(ctx *c, const door_call *d, const char *name, bool required, ptrdiff_t most)
{
    const json *j = json_get(d->in, str_from(name));
    str         text = json_is(j, JSON_STRING) ? str_trim(j->text) : (str){ 0 };
    if (j && !json_is(j, JSON_STRING) && !json_is(j, JSON_NULL))
        (void)ctx_problem(c, name, STR("not_a_text"));
    else if (required && !text.n)
        (void)ctx_problem(c, name, STR("required"));
    else if (utf8_length(text) > most)
        (void)ctx_problem_with(c, str_from(name), STR("too_long"), arena_printf(c->a, "%td", most));
    return text;
}

static void refuse_others(ctx *c, const door_call *d, const char *first, const char *second)
{
    for (const json *j = d->in ? d->in->first : NULL; j; j = j->next)
        if (!str_eq(j->key, str_from(first)) && !str_eq(j->key, str_from(second)))
            (void)ctx_problem_with(c, utf8_cut(j->key, 80), STR("unknown_field"), utf8_cut(j->key, 80));
}

/* SERV-2.8: so many of the last hour; and is it what was sent a moment ago? */
static void look_at_last(const ctx *c, const messages *m, str text, size_t *within_hour, bool *twice)
{
    *within_hour = 0;
    *twice = false;
    for (size_t i = 0; i < m->count; i++) {
        if (!m->list[i].incoming)
            continue;
        *within_hour += m->list[i].at > c->now_ms - HOUR_MS;
        *twice = *twice || (m->list[i].at > c->now_ms - TWICE_MS && str_eq(m->list[i].text, text));
    }
}

static err take_up(ctx *c, const rec *of, str text)
{
    rec *now;
    TRY(case_message(c, of, text, true));
    TRY(store_load_any(c, of->e, of->id, &now));
    int status = rec_choice(now, F_STATUS);
    if (status == CASE_WAITING || case_done(status)) { /* SERV-2.9 */
        rec_set_choice(now, F_STATUS, CASE_IN_PROGRESS);
        TRY(store_save(c, now, 0));
    }
    return case_tell(c, now, STR("reply"), text);
}

/* The first problem as a sentence on the page, with what was typed; programs get them all. */
static err invalid_page(ctx *c, door_call *d, const rec *of, str draft, json_writer *out)
{
    str why = c->problem_count ? c->problems[0].message : (str){ 0 };
    c->problems = NULL;
    c->problem_count = c->problem_room = 0;
    d->status = 422;
    return show_status(c, d, of, why, draft, out);
}

static err post_status(ctx *c, door_call *d, json_writer *out)
{
    rec     *of;
    messages m;
    size_t   n;
    bool     twice;
    err      e = status_case(c, d, &of);
    if (e == ERR_NOT_FOUND)
        return nothing(c, d, out);
    TRY(e);
    refuse_others(c, d, "text", "text");
    str text = text_of(c, d, "text", true, MESSAGE_MOST);
    if (c->problem_count)
        return d->page ? invalid_page(c, d, of, text, out) : ERR_INVALID;
    if (is_over(c, of) && d->page)
        return say_page(c, d, out, ERR_CONFLICT, rec_text(of, F_NUMBER), say(c, "message.case_over"));
    if (is_over(c, of))
        return ctx_refuse(c, ERR_CONFLICT, STR("case_over"), (str){ 0 });
    TRY(read_messages(c, of, &m));
    look_at_last(c, &m, text, &n, &twice);
    if (n >= MESSAGES_AN_HOUR && !twice) {
        d->retry_after = 600;
        if (d->page)
            return say_page(c, d, out, ERR_TOO_MANY, rec_text(of, F_NUMBER), say(c, "message.lead.form_rate"));
        c->detail = say(c, "message.lead.form_rate");
        d->refused = ERR_TOO_MANY;
        return ERR_OK;
    }
    if (!twice)
        TRY(take_up(c, of, text));
    TRY(store_load_any(c, of->e, of->id, &of));
    d->status = 201;
    return show_status(c, d, of, say(c, "message.service.sent"), (str){ 0 }, out);
}

/* ---- the rating (SERV-7) ---- */

static void page_rating(ctx *c, const rec *of, str note, buf *b)
{
    html_begin(b, lang_name(c->lang), say(c, "message.service.rate_title"), style);
    if (note.n)
        html_element(b, "p class=\"note\" role=\"alert\"", note);
    html_element(b, "h1", say(c, "message.service.rate_title"));
    html_element(b, "p class=\"quiet\"",
                 arena_printf(c->a, "%.*s · %.*s", STR_ARG(rec_text(of, F_NUMBER)), STR_ARG(rec_text(of, F_SUBJECT))));
    buf_putz(b, "<form method=\"post\" class=\"rate\">\n<label for=\"comment\">");
    html_text(b, say(c, "message.service.rate_comment"));
    buf_printf(b, "</label>\n<textarea id=\"comment\" name=\"comment\" maxlength=\"%d\"></textarea>\n", COMMENT_MOST);
    html_element(b, "p class=\"quiet\"", say(c, "message.service.rate_scale"));
    buf_putz(b, "<div>\n");
    for (int i = 1; i <= 5; i++)
        buf_printf(b, "<button type=\"submit\" name=\"rating\" value=\"%d\">%d</button>\n", i, i);
    buf_putz(b, "</div>\n</form>\n");
    html_end(b);
}

typedef enum { RATING_OPEN, RATING_GIVEN, RATING_OVER } rating_state;

static rating_state state_of(const ctx *c, const rec *of, int64_t expires_ms)
{
    if (!case_awaits_rating(of))
        return RATING_GIVEN;
    return expires_ms < c->now_ms ? RATING_OVER : RATING_OPEN;
}

static err get_rating(ctx *c, door_call *d, json_writer *out)
{
    static const char *const names[] = { "open", "given", "over" };
    rec                     *of;
    int64_t                  expires = 0;
    err                      e = rating_case(c, d, &of, &expires);
    if (e == ERR_NOT_FOUND)
        return nothing(c, d, out);
    TRY(e);
    rating_state is = state_of(c, of, expires);
    if (!d->page) {
        json_object(out);
        json_put_string(out, "number", rec_text(of, F_NUMBER));
        json_put_string(out, "subject", rec_text(of, F_SUBJECT));
        json_put_string(out, "state", str_from(names[is]));
        json_object_end(out);
        return ERR_OK;
    }
    if (is != RATING_OPEN)
        return say_page(c, d, out, ERR_OK, rec_text(of, F_NUMBER),
                        say(c, is == RATING_GIVEN ? "message.rating_given" : "message.rating_over"));
    d->type = "text/html; charset=utf-8";
    page_rating(c, of, (str){ 0 }, out->out);
    return ERR_OK;
}

/* SERV-7.4: its owner is told; of an unhappy customer also the manager. */
static err keep_rating(ctx *c, rec *of, int64_t stars, str comment)
{
    str text = arena_printf(c->a, "%lld", (long long)stars);
    rec_set_int(of, F_RATING, stars);
    rec_set_int(of, F_RATED_AT, c->now_ms);
    if (comment.n)
        rec_set_text(c, of, F_RATING_COMMENT, comment);
    else
        rec_set_null(of, F_RATING_COMMENT);
    TRY(store_save(c, of, 0));
    TRY(case_tell(c, of, STR("rating"), text));
    return stars <= UNHAPPY ? case_tell_manager(c, of, STR("rating"), text) : ERR_OK;
}

static int64_t stars_of(ctx *c, const door_call *d)
{
    const json *j = json_get(d->in, STR("rating"));
    int64_t     n = 0;
    bool        number = json_int64(j, &n) || (json_is(j, JSON_STRING) && j->text.n == 1 && str_to_int64(j->text, &n));
    if (!number || n < 1 || n > 5)
        (void)ctx_problem(c, "rating", STR("service.rating"));
    return n;
}

static err post_rating(ctx *c, door_call *d, json_writer *out)
{
    rec    *of;
    int64_t expires = 0;
    err     e = rating_case(c, d, &of, &expires);
    if (e == ERR_NOT_FOUND)
        return nothing(c, d, out);
    TRY(e);
    refuse_others(c, d, "rating", "comment");
    int64_t      stars = stars_of(c, d);
    str          comment = text_of(c, d, "comment", false, COMMENT_MOST);
    rating_state is = state_of(c, of, expires);
    str          code = is == RATING_GIVEN ? STR("rating_given") : STR("rating_over");
    if (is != RATING_OPEN && d->page)
        return say_page(c, d, out, ERR_CONFLICT, rec_text(of, F_NUMBER),
                        label_get(c->lang, arena_printf(c->a, "message.%.*s", STR_ARG(code))));
    if (is != RATING_OPEN) {
        c->problems = NULL;
        c->problem_count = c->problem_room = 0;
        return ctx_refuse(c, ERR_CONFLICT, code, (str){ 0 });
    }
    if (c->problem_count && !d->page)
        return ERR_INVALID;
    if (c->problem_count) {
        d->status = 422;
        d->type = "text/html; charset=utf-8";
        page_rating(c, of, c->problems[0].message, out->out);
        c->problems = NULL;
        c->problem_count = c->problem_room = 0;
        return ERR_OK;
    }
    TRY(keep_rating(c, of, stars, comment));
    d->status = 201;
    if (d->page) {
        TRY(say_page(c, d, out, ERR_OK, rec_text(of, F_NUMBER), say(c, "message.service.rated")));
        d->status = 201;
        return ERR_OK;
    }
    json_object(out);
    json_put_int(out, "rating", stars);
    json_put_string(out, "thanks", say(c, "message.service.rated"));
    json_object_end(out);
    return ERR_OK;
}

const door_def case_doors[CASE_DOOR_COUNT] = {
    { false, "/status/{id}/{key}", get_status },
    { true, "/status/{id}/{key}", post_status },
    { false, "/rate/{id}/{key}", get_rating },
    { true, "/rate/{id}/{key}", post_rating },
};
