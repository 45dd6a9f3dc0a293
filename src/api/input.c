/* Parameters and members of the body: read, checked, complained about by name. */
#include "api/call.h"

#include "base/date.h"
#include "base/text.h"

bool param_text(const call *k, const char *name, str *out)
{
    return http_param(k->r, name, out);
}

err param_int(call *k, const char *name, int64_t lo, int64_t hi, int64_t *out)
{
    str     text;
    int64_t v;
    char    range[60];
    if (!http_param(k->r, name, &text))
        return ERR_OK;
    if (!str_to_int64(text, &v) || v < lo || v > hi) {
        snprintf(range, sizeof range, "%lld – %lld", (long long)lo, (long long)hi);
        return ctx_unreadable(&k->c, -1, "number", str_from(name), str_from(range));
    }
    *out = v;
    return ERR_OK;
}

err param_time(call *k, const char *name, bool behind, int64_t *out)
{
    str     text;
    int64_t days;
    if (!param_text(k, name, &text) || text.n == 0)
        return ERR_OK;
    if (time_parse_rfc3339(text, out))
        return ERR_OK;
    if (!date_parse(text, &days))
        return ctx_unreadable(&k->c, -1, "when", str_from(name), (str){ 0 });
    *out = zone_day_start_ms(k->c.zone, days + behind); /* to a day: that day too */
    return ERR_OK;
}

err param_bool(call *k, const char *name, bool *out)
{
    str text;
    if (!http_param(k->r, name, &text))
        return ERR_OK;
    if (str_eq(text, STR("true")))
        *out = true;
    else if (str_eq(text, STR("false")))
        *out = false;
    else
        return ctx_unreadable(&k->c, -1, "boolean", str_from(name), (str){ 0 });
    return ERR_OK;
}

const json *body_member(const call *k, const char *name)
{
    return k->in ? json_get(k->in, str_from(name)) : NULL;
}

str body_text(call *k, const char *name, bool required, ptrdiff_t max_chars)
{
    const json *j = body_member(k, name);
    if (!j || j->kind == JSON_NULL) {
        if (required)
            (void)ctx_problem(&k->c, name, STR("required"));
        return (str){ 0 };
    }
    if (j->kind != JSON_STRING) {
        (void)ctx_problem(&k->c, name, STR("type"));
        return (str){ 0 };
    }
    if (utf8_length(j->text) > max_chars) {
        char most[24];
        snprintf(most, sizeof most, "%td", max_chars);
        (void)ctx_problem_with(&k->c, str_from(name), STR("too_long"), str_from(most));
        return (str){ 0 };
    }
    if (required && j->text.n == 0)
        (void)ctx_problem(&k->c, name, STR("required"));
    return j->text;
}

bool body_bool(call *k, const char *name)
{
    const json *j = body_member(k, name);
    if (!j || j->kind == JSON_NULL || j->kind == JSON_FALSE)
        return false;
    if (j->kind != JSON_TRUE)
        (void)ctx_problem(&k->c, name, STR("type"));
    return j->kind == JSON_TRUE;
}

int64_t body_id(call *k, const char *name, bool required)
{
    const json *j = body_member(k, name);
    int64_t     id = 0;
    if (!j || j->kind == JSON_NULL) {
        if (required)
            (void)ctx_problem(&k->c, name, STR("required"));
        return 0;
    }
    if (j->kind != JSON_STRING || !str_to_int64(j->text, &id) || id <= 0)
        (void)ctx_problem(&k->c, name, STR("not_an_id"));
    return id > 0 ? id : 0;
}

err body_check(call *k, const char *const *names)
{
    for (const json *j = k->in ? k->in->first : NULL; j; j = j->next) {
        bool known = false;
        for (size_t i = 0; names[i] && !known; i++)
            known = str_eq(j->key, str_from(names[i]));
        if (!known)
            (void)ctx_problem_with(&k->c, utf8_cut(j->key, 80), STR("unknown_field"), utf8_cut(j->key, 80));
    }
    return k->c.problem_count ? ERR_INVALID : ERR_OK;
}

void put_ref(json_writer *w, const char *key, int64_t id, str name)
{
    json_key(w, str_from(key));
    if (!id) {
        json_null(w);
        return;
    }
    json_object(w);
    json_put_id(w, "id", id);
    json_put_string(w, "name", name);
    json_object_end(w);
}

void put_time(json_writer *w, const char *key, int64_t ms)
{
    char text[TIME_TEXT];
    if (!ms) {
        json_put_null(w, key);
        return;
    }
    time_format(ms, text);
    json_put_string(w, key, str_from(text));
}

void put_text(json_writer *w, const char *key, str s)
{
    if (s.n)
        json_put_string(w, key, s);
    else
        json_put_null(w, key);
}
