/* application/problem+json [RFC 9457]: one shape for every refusal, one list of codes. */
#include "api/call.h"

#include "base/log.h"

const problem_code problem_codes[] = {
    { "malformed", 400,
      "The request cannot be read: JSON, a condition, a cursor, a parameter. `position` counts bytes." },
    { "unknown_parameter", 400, "The query string has a parameter that this call does not know." },
    { "oidc_logout_token", 400, "The logout token is not the provider's, not for us, too old, or was seen before." },
    { "sign_in", 401, "Nobody is signed in: no session cookie and no bearer token." },
    { "session_over", 401, "The session has ended or its user is disabled: sign in again." },
    { "token_unknown", 401, "The bearer token is unknown, expired, or its user is disabled." },
    { "wrong_password", 401, "Login and password do not belong together." },
    { "second_factor", 401,
      "The password is right; a code of the second step is missing: send it to `/session/code`." },
    { "wrong_code", 401, "The code is wrong, too old, or was used." },
    { "half_over", 401, "The first step is too long ago: begin anew." },
    { "forbidden", 403, "You may see it, but not do this." },
    { "other_origin", 403, "A change that rides on the session's cookie must come from the same origin." },
    { "second_step_required", 403, "Your second step must be set up before anything else." },
    { "session_needed", 403, "This is for a person who is signed in, not for a token." },
    { "token_scope", 403, "The token is not for this." },
    { "link_over", 404, "The link was used, is too old, or another one took its place." },
    { "not_found", 404, "There is no such thing, or you may not see it." },
    { "method_not_allowed", 405, "The path has other methods; the header Allow names them." },
    { "conflict", 409, "The state of the record forbids it, or a value that must be unique is taken." },
    { "in_use", 409, "Other records still need it." },
    { "too_deep", 409, "More levels hang below each other than can be deleted at once." },
    { "not_deleted", 409, "It is not in the recycle bin." },
    { "already_undone", 409, "The operation has been undone." },
    { "several_records", 409, "A name stands for several records." },
    { "job_over", 409, "The job is over." },
    { "too_many_fields", 409, "The entity has as many own fields as it may have." },
    { "field_in_use", 409, "An own field is deleted for good only when it is retired." },
    { "field_has_values", 409, "Records have values in the own field: say how many with `values`." },
    { "field_busy", 409, "The search index is still being brought up to date with the own field." },
    { "person_disabled", 409, "The person is disabled: enable them first." },
    { "second_not_begun", 409, "No second step has been begun." },
    { "second_step_kept", 409, "A second step is asked of you: it stays." },
    { "second_not_active", 409, "There is no second step." },
    { "mail_off", 409, "No server for mail is set." },
    { "mail_nowhere", 409, "There is no e-mail address to send to." },
    { "stale", 412, "The record has another version than If-Match says: read it again." },
    { "too_large", 413, "The body is larger than this call takes." },
    { "unsupported_media_type", 415, "The body must be application/json (a file: multipart/form-data)." },
    { "invalid", 422, "Values are refused; `errors` names every field at once." },
    { "mixed_currencies", 422, "A sum over several currencies: take the _base field, or group by currency." },
    { "not_an_object", 422, "A JSON object was expected." },
    { "too_many_groups", 422, "There are too many groups: narrow it, or say LIMIT." },
    { "too_slow", 422, "The question takes too long: narrow it." },
    { "idempotency_key_reused", 422, "The Idempotency-Key was used for another request." },
    { "too_many", 429, "Too many attempts or too much waiting work: try again after Retry-After seconds." },
    { "sign_in_wait", 429, "Too many wrong passwords: try again after Retry-After seconds." },
    { "looks_spent", 429,
      "So many masked values one may look at within an hour: try again after Retry-After seconds." },
    { "too_many_streams", 429, "Too many open event streams." },
    { "internal", 500, "The program made a mistake; the log has it under the request's id." },
    { "unavailable", 503, "The database is away, or the server is stopping: try again after Retry-After seconds." },
    { "secret_locked", 409,
      "A secret in the database was sealed under a key that this server does not have (docs: the key file)." },
    { "disk_full", 503, "The disk of the database is full: nothing was saved, reading goes on." },
};
const size_t problem_code_count = countof(problem_codes);

static const char *status_phrase(int status)
{
    switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 503: return "Service Unavailable";
    default: return status >= 500 ? "Internal Server Error" : "Refused";
    }
}

str problem_code_of(const ctx *c, err e)
{
    return c->code.n ? c->code : str_from(err_name(e));
}

void problem_errors(const ctx *c, str prefix, json_writer *w)
{
    if (c->problem_count == 0)
        return;
    json_key(w, STR("errors"));
    json_array(w);
    for (size_t i = 0; i < c->problem_count; i++) {
        const problem *p = &c->problems[i];
        json_object(w);
        json_put_string(w, "field",
                        prefix.n ? arena_printf(c->a, "%.*s%.*s", STR_ARG(prefix), STR_ARG(p->field)) : p->field);
        json_put_string(w, "code", p->code);
        json_put_string(w, "message", p->message);
        json_object_end(w);
    }
    json_array_end(w);
}

static void clear_reply(http_request *r)
{
    buf_clear(&r->reply.body);
    r->reply.header_count = 0;
    r->reply.type = "application/problem+json";
}

static void write_head(json_writer *w, int status, str code, str detail, str request_id)
{
    json_object(w);
    json_put_string(w, "type", STR("about:blank"));
    json_put_string(w, "title", str_from(status_phrase(status)));
    json_put_int(w, "status", status);
    json_put_string(w, "code", code);
    json_put_string(w, "detail", detail);
    if (request_id.n)
        json_put_string(w, "request_id", request_id);
}

static void put_headers(http_request *r, err e, int retry_after)
{
    char seconds[24];
    if (e == ERR_SIGN_IN)
        http_reply_header(r, "WWW-Authenticate", STR("Bearer realm=\"zhike\""));
    if (e == ERR_UNAVAILABLE || e == ERR_DISK_FULL || e == ERR_TOO_MANY) {
        snprintf(seconds, sizeof seconds, "%d", retry_after ? retry_after : 2);
        http_reply_header(r, "Retry-After", str_from(seconds));
    }
    http_reply_header(r, "Cache-Control", STR("no-store"));
}

static str plain_detail(arena *a, int lang, err e)
{
    return label_get(lang, arena_printf(a, "message.%s", err_name(e)));
}

void problem_write(call *k, err e)
{
    http_request *r = k->r;
    int           status = err_http(e);
    json_writer   w;
    clear_reply(r);
    r->reply.status = status;
    /* a database error that was not ours to explain must not show half a story */
    bool ours = e != ERR_UNAVAILABLE && e != ERR_DISK_FULL && e != ERR_INTERNAL && e != ERR_TOO_SLOW;
    str  code = ours ? problem_code_of(&k->c, e) : str_from(err_name(e));
    str  detail = ours ? k->c.detail : (str){ 0 };
    if (detail.n == 0)
        detail = k->c.problem_count && ours ? label_get(k->c.lang, STR("message.invalid"))
                                            : plain_detail(r->a, k->c.lang, e);
    json_begin(&w, &r->reply.body);
    write_head(&w, status, code, detail, r->request_id);
    if (ours && e == ERR_MALFORMED && k->c.position >= 0)
        json_put_int(&w, "position", k->c.position);
    if (ours && (e == ERR_INVALID || e == ERR_CONFLICT))
        problem_errors(&k->c, (str){ 0 }, &w);
    json_object_end(&w);
    put_headers(r, e, k->retry_after);
    if (e == ERR_INTERNAL)
        log_event(LOG_ERROR, "a request failed", "request", arena_cstr(r->a, r->request_id), "path",
                  arena_cstr(r->a, r->path), NULL);
}

void problem_plain(http_request *r, err e, str detail)
{
    json_writer w;
    int         status = r->reply.status ? r->reply.status : err_http(e);
    int         lang = lang_from(http_header(r, "Accept-Language"));
    buf_clear(&r->reply.body);
    r->reply.type = "application/problem+json";
    r->reply.status = status;
    json_begin(&w, &r->reply.body);
    if (detail.n) /* its own words stand among the texts, as those of the reader of JSON do */
        detail = label_get(lang, arena_printf(r->a, "http.%.*s", STR_ARG(detail)));
    write_head(&w, status, str_from(err_name(e)), detail.n ? detail : plain_detail(r->a, lang, e), r->request_id);
    json_object_end(&w);
}
