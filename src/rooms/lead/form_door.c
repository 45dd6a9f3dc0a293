/* LEAD-3: what a visitor without a name may do: see a form, get a challenge, send it. Every attempt at sending is kept. */
#include "base/date.h"
#include "base/html.h"
#include "base/random.h"
#include "rooms/lead/inside.h"

#include "store/kept.h"

enum { CHALLENGE_MINUTES = 20, HOUR_MS = 3600 * 1000, ALL_ADDRESSES = 50, LOGGED_BEYOND = 5, VALUES_MOST = 20000 };

static err load_form(ctx *c, str key, rec **out)
{
    const entity *e = snapshot_entity(c->snap, STR("web_form"));
    int64_t       id;
    TRY(store_find(c, e, &e->fields[FORM_KEY], key, &id));
    if (!id)
        return ERR_NOT_FOUND;
    TRY(store_load_any(c, e, id, out));
    c->lang = lang_from(rec_text(*out, FORM_LANGUAGE));
    return ERR_OK;
}

static bool is_on(const rec *form)
{
    return !rec_null(form, FORM_ACTIVE) && rec_int(form, FORM_ACTIVE);
}

/* LEAD-3.5: none named: our own page alone; "*": any; else one a line. */
static bool origin_allowed(const rec *form, str origin)
{
    for (str rest = rec_text(form, FORM_ORIGINS); rest.n > 0;) {
        ptrdiff_t cut = str_find_char(rest, '\n');
        str       one = str_trim(cut < 0 ? rest : str_sub(rest, 0, cut));
        rest = cut < 0 ? (str){ 0 } : str_sub(rest, cut + 1, rest.n);
        if (one.n && one.p[one.n - 1] == '/')
            one.n--;
        if (str_eq(one, STR("*")) || (one.n && str_eq_nocase(one, origin)))
            return true;
    }
    return origin.n == 0;
}

static json *asked_fields(ctx *c, const rec *form)
{
    json      *list = NULL;
    json_fault fault;
    if (json_parse(c->a, rec_text(form, FORM_FIELDS), &list, &fault) != ERR_OK)
        list = arena_make(c->a, json);
    return list;
}

/* The field that one row asks for; NULL: it is no more. */
static const field *asked(const entity *e, const json *row)
{
    const json  *name = json_get(row, STR("field"));
    const field *f = json_is(name, JSON_STRING) ? entity_field(e, name->text) : NULL;
    return f && form_may_ask(f, e) ? f : NULL;
}

static str text_or(const rec *form, size_t which, const ctx *c, const char *label)
{
    return rec_null(form, which) ? label_get(c->lang, str_from(label)) : rec_text(form, which);
}

/* ---- seeing it ---- */

static void put_choices(const ctx *c, const field *f, json_writer *w)
{
    json_key(w, STR("choices"));
    json_array(w);
    for (size_t i = 0; i < f->choice_count; i++) {
        if (f->choices[i].retired)
            continue;
        json_object(w);
        json_put_string(w, "key", f->choices[i].key);
        json_put_string(w, "label", f->choices[i].label[c->lang]);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_fields(ctx *c, const rec *form, json_writer *w)
{
    const entity *e = form_makes(c, form);
    json_key(w, STR("fields"));
    json_array(w);
    for (const json *j = asked_fields(c, form)->first; j; j = j->next) {
        const field *f = asked(e, j);
        const json  *label = json_get(j, STR("label")), *help = json_get(j, STR("help"));
        if (!f)
            continue;
        json_object(w);
        json_put_string(w, "name", f->name);
        json_put_string(w, "type", str_from(type_of(f)->name));
        json_put_string(w, "label", json_is(label, JSON_STRING) && label->text.n ? label->text : f->label[c->lang]);
        json_put_string(w, "help", json_is(help, JSON_STRING) ? help->text : (str){ 0 });
        json_put_bool(w, "required", json_is(json_get(j, STR("required")), JSON_TRUE));
        put_choices(c, f, w);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_form(ctx *c, const rec *form, json_writer *w)
{
    static const char *const texts[] = { "sending", "failed", "required", "choose" };
    json_object(w);
    json_put_string(w, "key", rec_text(form, FORM_KEY));
    json_put_string(w, "language", str_from(lang_name(c->lang)));
    json_put_string(w, "title", rec_null(form, FORM_TITLE) ? rec_text(form, FORM_NAME) : rec_text(form, FORM_TITLE));
    json_put_string(w, "intro", rec_text(form, FORM_INTRO));
    json_put_string(w, "button", text_or(form, FORM_BUTTON, c, "message.form.button"));
    put_fields(c, form, w);
    json_key(w, STR("texts"));
    json_object(w);
    for (size_t i = 0; i < countof(texts); i++)
        json_put_string(w, texts[i], label_get(c->lang, arena_printf(c->a, "message.form.%s", texts[i])));
    json_object_end(w);
    json_object_end(w);
}

/* The hosted page: the same script that other sites embed, on a page of ours. */
static void put_page(ctx *c, const rec *form, buf *b)
{
    html_begin(b, lang_name(c->lang), rec_text(form, rec_null(form, FORM_TITLE) ? FORM_NAME : FORM_TITLE), NULL);
    buf_putz(b, "<script src=\"/form.js\" data-form=\"");
    html_text(b, rec_text(form, FORM_KEY));
    buf_putz(b, "\"></script>\n");
    html_element(b, "noscript", label_get(c->lang, STR("message.form.script")));
    html_end(b);
}

static err get_form(ctx *c, door_call *d, json_writer *out)
{
    rec *form;
    TRY(load_form(c, d->parts[0], &form));
    if (!is_on(form))
        return ctx_refuse(c, ERR_NOT_FOUND, STR("not_found"), (str){ 0 });
    if (!origin_allowed(form, d->origin))
        return ctx_refuse(c, ERR_FORBIDDEN, STR("other_origin"), (str){ 0 });
    d->allow = d->origin;
    if (!d->page) {
        put_form(c, form, out);
        return ERR_OK;
    }
    d->type = "text/html; charset=utf-8";
    put_page(c, form, out->out);
    return ERR_OK;
}

/* ---- the challenge (LEAD-3.4) ---- */

static str challenge_text(ctx *c, str key, str salt, int64_t difficulty, str expires)
{
    return arena_printf(c->a, "form %.*s %.*s %lld %.*s", STR_ARG(key), STR_ARG(salt), (long long)difficulty,
                        STR_ARG(expires));
}

static err get_part(ctx *c, door_call *d, json_writer *out)
{
    rec *form;
    if (!str_eq(d->parts[1], STR("challenge")))
        return ERR_NOT_FOUND;
    TRY(load_form(c, d->parts[0], &form));
    if (!is_on(form))
        return ctx_refuse(c, ERR_NOT_FOUND, STR("not_found"), (str){ 0 });
    if (!origin_allowed(form, d->origin))
        return ctx_refuse(c, ERR_FORBIDDEN, STR("other_origin"), (str){ 0 });
    d->allow = d->origin;
    char    until[TIME_TEXT];
    int64_t difficulty = rec_null(form, FORM_DIFFICULTY) ? 16 : rec_int(form, FORM_DIFFICULTY);
    time_format(c->now_ms + CHALLENGE_MINUTES * INT64_C(60000), until);
    str salt = random_token(c->a, 18), expires = str_from(until), signature;
    TRY(sign_text(c, challenge_text(c, rec_text(form, FORM_KEY), salt, difficulty, expires), &signature));
    json_object(out);
    json_put_string(out, "salt", salt);
    json_put_int(out, "difficulty", difficulty);
    json_put_string(out, "expires", expires);
    json_put_string(out, "signature", signature);
    json_object_end(out);
    return ERR_OK;
}

static bool solves(ctx *c, str salt, str nonce, int64_t difficulty)
{
    unsigned char digest[SHA256_BYTES];
    sha256        h;
    str           text = arena_printf(c->a, "%.*s:%.*s", STR_ARG(salt), STR_ARG(nonce));
    sha256_begin(&h);
    sha256_add(&h, text.p, (size_t)text.n);
    sha256_end(&h, digest);
    for (int64_t bit = 0; bit < difficulty; bit++)
        if (digest[bit / 8] >> (7 - bit % 8) & 1)
            return false;
    return true;
}

static str text_of(const json *in, const char *name)
{
    const json *j = json_get(in, str_from(name));
    return json_is(j, JSON_STRING) ? utf8_cut(j->text, 200) : (str){ 0 };
}

/* Why it is not good; NULL: it is. Single use: the salt stands in the log of attempts, where it is unique. */
static err check_challenge(ctx *c, const rec *form, const json *in, const char **why)
{
    const entity *log = snapshot_entity(c->snap, STR("form_attempt"));
    const json   *proof = json_get(in, STR("challenge"));
    str           salt = text_of(proof, "salt"), expires = text_of(proof, "expires");
    int64_t       difficulty = 0, until = 0, used = 0;
    bool          good = false;
    *why = "lead.challenge_missing";
    if (!salt.n || !json_int64(json_get(proof, STR("difficulty")), &difficulty) || difficulty < 0 || difficulty > 64)
        return ERR_OK;
    *why = "lead.challenge_forged";
    TRY(sign_check(c, challenge_text(c, rec_text(form, FORM_KEY), salt, difficulty, expires),
                   text_of(proof, "signature"), &good));
    if (!good || !time_parse_rfc3339(expires, &until))
        return ERR_OK;
    *why = "lead.challenge_late";
    if (until < c->now_ms)
        return ERR_OK;
    *why = "lead.challenge_unsolved";
    if (!solves(c, salt, text_of(proof, "nonce"), difficulty))
        return ERR_OK;
    *why = "lead.challenge_used";
    TRY(store_find(c, log, &log->fields[ATTEMPT_SALT], salt, &used));
    if (!used)
        *why = NULL;
    return ERR_OK;
}

/* ---- the log (LEAD-2) ---- */

typedef struct {
    const rec  *form;
    door_call  *d;
    const json *values;
    str         salt; /* of a challenge that was good */
} sending;

static str values_text(ctx *c, const json *values)
{
    buf         b;
    json_writer w;
    if (!json_is(values, JSON_OBJECT))
        return (str){ 0 };
    buf_init(&b, VALUES_MOST);
    json_begin(&w, &b);
    json_value(&w, values);
    str text = b.failed ? (str){ 0 } : arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return text;
}

/* The problems that the visitor is told are not the log's. */
static err keep_attempt(ctx *c, const sending *s, attempt_outcome outcome, str why, const rec *became)
{
    rec     *r = store_new(c, snapshot_entity(c->snap, STR("form_attempt")));
    problem *told = c->problems;
    size_t   count = c->problem_count, room = c->problem_room;
    rec_set_ref(r, ATTEMPT_FORM, s->form->id);
    rec_set_choice(r, ATTEMPT_OUTCOME, (int)outcome);
    if (why.n)
        rec_set_text(c, r, ATTEMPT_WHY, why);
    if (s->d->address.n)
        rec_set_text(c, r, ATTEMPT_ADDRESS, utf8_cut(s->d->address, 80));
    if (s->d->origin.n)
        rec_set_text(c, r, ATTEMPT_FROM, utf8_cut(s->d->origin, 200));
    if (s->salt.n)
        rec_set_text(c, r, ATTEMPT_SALT, s->salt);
    str values = values_text(c, s->values);
    if (values.n)
        rec_set_text(c, r, ATTEMPT_VALUES, values);
    for (size_t i = 0; became && i < r->e->field_count; i++) /* lead, contact or case */
        if (r->e->fields[i].type == FT_REF && str_eq(r->e->fields[i].name, became->e->name))
            rec_set_ref(r, i, became->id);
    c->problems = NULL;
    c->problem_count = c->problem_room = 0;
    err e = store_save(c, r, 0);
    if (e != ERR_OK)
        return e;
    c->problems = told;
    c->problem_count = count;
    c->problem_room = room;
    return ERR_OK;
}

static err refuse(ctx *c, const sending *s, attempt_outcome outcome, err as, const char *why)
{
    str text = label_get(c->lang, arena_printf(c->a, "message.%s", why));
    s->d->refused = as;
    if (as == ERR_INVALID)
        (void)ctx_problem(c, outcome == ATTEMPT_TRAP ? "trap" : "challenge", str_from(why));
    else
        c->detail = text;
    if (as == ERR_FORBIDDEN)
        c->code = STR("other_origin");
    return keep_attempt(c, s, outcome, text, NULL);
}

/* How many attempts of the last hour; address empty: of all. */
static err attempts(ctx *c, const rec *form, str address, int64_t *n)
{
    char since[TIME_TEXT];
    time_format(c->now_ms - HOUR_MS, since);
    str where = arena_printf(c->a, "form = '%lld' AND created_at >= %s", (long long)form->id, since);
    for (ptrdiff_t i = 0; i < address.n; i++)
        if (address.p[i] == '\'' || address.p[i] == '\\')
            return ERR_MALFORMED;
    if (address.n)
        where = arena_printf(c->a, "%.*s AND address = '%.*s'", STR_ARG(where), STR_ARG(address));
    list_request r = { .where = where };
    return query_count(c, snapshot_entity(c->snap, STR("form_attempt")), &r, false, n);
}

/* LEAD-3.6: the first few beyond the limit are kept, so that a flood is seen and does not fill the log. */
static err check_rate(ctx *c, sending *s, bool *over)
{
    int64_t mine, all, limit = rec_null(s->form, FORM_PER_HOUR) ? 20 : rec_int(s->form, FORM_PER_HOUR);
    TRY(attempts(c, s->form, utf8_cut(s->d->address, 80), &mine));
    TRY(attempts(c, s->form, (str){ 0 }, &all));
    *over = mine >= limit || all >= limit * ALL_ADDRESSES;
    if (!*over)
        return ERR_OK;
    s->d->retry_after = 600;
    if (mine < limit + LOGGED_BEYOND && all < limit * ALL_ADDRESSES + LOGGED_BEYOND)
        return refuse(c, s, ATTEMPT_RATE, ERR_TOO_MANY, "lead.form_rate");
    c->detail = label_get(c->lang, STR("message.lead.form_rate"));
    s->d->refused = ERR_TOO_MANY;
    return ERR_OK;
}

/* ---- what was sent ---- */

static const json *row_of(const json *list, str name)
{
    for (const json *j = list->first; j; j = j->next) {
        const json *f = json_get(j, STR("field"));
        if (json_is(f, JSON_STRING) && str_eq(f->text, name))
            return j;
    }
    return NULL;
}

static bool empty(const json *j)
{
    return !j || j->kind == JSON_NULL || (j->kind == JSON_STRING && str_trim(j->text).n == 0);
}

/* What was sent, a line for each answer, for whoever reads it. */
static str said(ctx *c, const sending *s, const rec *of)
{
    buf b;
    buf_init(&b, VALUES_MOST);
    for (const json *j = asked_fields(c, s->form)->first; j; j = j->next) {
        const field *f = asked(of->e, j);
        type_env     t = { .a = c->a, .currency_decimals = c->snap->currency_decimals, .zone = c->zone };
        if (f && of->v[f->index].set) {
            str text = value_to_text(&t, f, &of->v[f->index]);
            buf_printf(&b, "%.*s: %.*s\n", STR_ARG(f->label[c->snap->organisation_lang]), STR_ARG(text));
        }
    }
    str text = b.failed ? (str){ 0 } : arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return text;
}

static err fill(ctx *c, const sending *s, rec *r)
{
    const json *rows = asked_fields(c, s->form);
    for (const json *j = json_is(s->values, JSON_OBJECT) ? s->values->first : NULL; j; j = j->next)
        if (!row_of(rows, j->key))
            (void)ctx_problem_with(c, utf8_cut(j->key, 80), STR("unknown_field"), utf8_cut(j->key, 80));
    for (const json *j = rows->first; j; j = j->next) {
        const field *f = asked(r->e, j);
        if (f && json_is(json_get(j, STR("required")), JSON_TRUE) && empty(json_get(s->values, f->name)))
            (void)ctx_problem_with(c, f->name, STR("required"), (str){ 0 });
    }
    if (c->problem_count)
        return ERR_INVALID;
    json none = { .kind = JSON_OBJECT };
    TRY(store_patch(c, r, json_is(s->values, JSON_OBJECT) ? s->values : &none));
    const field *team = entity_field(r->e, STR("team"));
    r->v[entity_common(r->e, CF_OWNER)->index] = (value){ 0 };
    if (team && !rec_null(s->form, FORM_TEAM))
        r->v[team->index] = s->form->v[FORM_TEAM];
    return ERR_OK;
}

static err take_in(ctx *c, const sending *s, intake *i)
{
    const entity *e = form_makes(c, s->form);
    *i = (intake){ .form = s->form, .record = store_new(c, e) };
    TRY(fill(c, s, i->record));
    i->said = said(c, s, i->record);
    return e->def->intake->take(c, i);
}

static err accept(ctx *c, sending *s, json_writer *out)
{
    store_mark mark;
    intake     i;
    TRY(store_savepoint(c, &mark));
    err e = take_in(c, s, &i);
    if (e == ERR_INVALID) {
        TRY(store_savepoint_rollback(c, &mark));
        s->d->refused = ERR_INVALID;
        str why = c->problem_count
                      ? arena_printf(c->a, "%.*s: %.*s", STR_ARG(c->problems[0].field), STR_ARG(c->problems[0].message))
                      : (str){ 0 };
        return keep_attempt(c, s, ATTEMPT_INVALID, why, NULL);
    }
    TRY(e);
    TRY(store_savepoint_release(c));
    bool is_case = str_eq(i.became->e->name, STR("case"));
    TRY(keep_attempt(c, s, i.known ? ATTEMPT_INQUIRY : is_case ? ATTEMPT_CASE : ATTEMPT_LEAD, (str){ 0 }, i.became));
    json_object(out);
    json_put_string(out, "thanks", text_or(s->form, FORM_THANKS, c, "message.form.thanks"));
    if (i.number.n) { /* SERV-2.5 */
        json_put_string(out, "number", i.number);
        json_put_string(out, "status", i.status);
        json_put_string(out, "follow", label_get(c->lang, STR("message.form.follow")));
    }
    json_object_end(out);
    return ERR_OK;
}

static err post_form(ctx *c, door_call *d, json_writer *out)
{
    rec        *form;
    const char *why;
    bool        over;
    TRY(load_form(c, d->parts[0], &form));
    sending s = { .form = form, .d = d, .values = json_get(d->in, STR("values")) };
    if (origin_allowed(form, d->origin))
        d->allow = d->origin;
    TRY(check_rate(c, &s, &over));
    if (over)
        return ERR_OK;
    if (!is_on(form))
        return refuse(c, &s, ATTEMPT_OFF, ERR_NOT_FOUND, "lead.form_off");
    if (!origin_allowed(form, d->origin))
        return refuse(c, &s, ATTEMPT_ORIGIN, ERR_FORBIDDEN, "lead.form_origin");
    if (!empty(json_get(d->in, STR("trap"))))
        return refuse(c, &s, ATTEMPT_TRAP, ERR_INVALID, "lead.form_trap");
    TRY(check_challenge(c, form, d->in, &why));
    if (why)
        return refuse(c, &s, ATTEMPT_CHALLENGE, ERR_INVALID, why);
    s.salt = text_of(json_get(d->in, STR("challenge")), "salt");
    d->status = 201;
    return accept(c, &s, out);
}

const door_def lead_doors[LEAD_DOOR_COUNT] = {
    { false, "/forms/{key}", get_form },
    { false, "/forms/{key}/{part}", get_part },
    { true, "/forms/{key}", post_form },
};
