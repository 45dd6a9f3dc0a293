/* What OpenAPI says of each type. */
#include "schema/types_schema.h"

#include "base/limits.h"

/* A field that was added later may be empty in what was there before, required or not. */
static bool nullable(const field *f)
{
    return (!(f->flags & FF_REQUIRED) || f->flags & FF_CUSTOM) && f->type != FT_ID;
}

static void schema_type(const field *f, json_writer *w, const char *type)
{
    json_key(w, STR("type"));
    if (!nullable(f)) {
        json_string(w, str_from(type));
        return;
    }
    json_array(w);
    json_string(w, str_from(type));
    json_string(w, STR("null"));
    json_array_end(w);
}

void schema_text(const field *f, bool writing, json_writer *w)
{
    json_object(w);
    schema_type(f, w, "string");
    if (writing && f->max > 0 && f->type != FT_LONG_TEXT)
        json_put_int(w, "maxLength", f->max);
    if (writing && f->type == FT_EMAIL)
        json_put_string(w, "format", STR("email"));
    json_object_end(w);
}

void schema_number(const field *f, bool writing, json_writer *w)
{
    json_object(w);
    if (writing && f->type == FT_MONEY) { /* a string of digits is taken too */
        json_key(w, STR("type"));
        json_array(w);
        json_string(w, STR("number"));
        json_string(w, STR("string"));
        if (nullable(f))
            json_string(w, STR("null"));
        json_array_end(w);
    } else {
        schema_type(f, w, f->type == FT_INTEGER ? "integer" : "number");
    }
    json_object_end(w);
}

void schema_date(const field *f, bool writing, json_writer *w)
{
    (void)writing;
    json_object(w);
    schema_type(f, w, "string");
    json_put_string(w, "format", f->type == FT_DATE ? STR("date") : STR("date-time"));
    json_object_end(w);
}

void schema_bool(const field *f, bool writing, json_writer *w)
{
    (void)writing;
    json_object(w);
    schema_type(f, w, "boolean");
    json_object_end(w);
}

static void schema_enum(const field *f, json_writer *w)
{
    json_key(w, STR("enum"));
    json_array(w);
    for (size_t i = 0; i < f->choice_count; i++)
        json_string(w, f->choices[i].key);
    if (nullable(f) && f->type == FT_CHOICE)
        json_null(w);
    json_array_end(w);
}

void schema_choice(const field *f, bool writing, json_writer *w)
{
    (void)writing;
    json_object(w);
    schema_type(f, w, "string");
    if (f->choice_count && !(f->flags & FF_OPEN)) /* open lists may grow between two replies */
        schema_enum(f, w);
    json_object_end(w);
}

void schema_multi(const field *f, bool writing, json_writer *w)
{
    (void)writing;
    json_object(w);
    schema_type(f, w, "array");
    json_key(w, STR("items"));
    json_object(w);
    json_put_string(w, "type", STR("string"));
    if (f->choice_count && !(f->flags & FF_OPEN))
        schema_enum(f, w);
    json_object_end(w);
    json_object_end(w);
}

void schema_key(const field *f, bool writing, json_writer *w)
{
    (void)writing;
    json_object(w);
    schema_type(f, w, "string");
    json_object_end(w);
}

void schema_id(const field *f, bool writing, json_writer *w)
{
    (void)writing;
    json_object(w);
    schema_type(f, w, "string");
    json_put_string(w, "pattern", STR("^[1-9][0-9]{0,18}$"));
    json_object_end(w);
}

/* hideable: or {"hidden":true} alone. */
static void schema_members(json_writer *w, const char *const *names, size_t n, bool hideable)
{
    json_key(w, STR("properties"));
    json_object(w);
    for (size_t i = 0; i < n; i++) {
        json_key(w, str_from(names[i]));
        json_raw(w, STR("{\"type\":\"string\"}"));
    }
    if (hideable) {
        json_key(w, STR("hidden"));
        json_raw(w, STR("{\"const\":true,\"description\":\"You may not see that record.\"}"));
    }
    json_object_end(w);
    if (hideable) {
        json_key(w, STR("anyOf"));
        json_array(w);
        json_raw(w, STR("{\"required\":[\"hidden\"],\"maxProperties\":1}"));
        json_object(w);
    }
    json_key(w, STR("required"));
    json_array(w);
    for (size_t i = 0; i < n; i++)
        json_string(w, str_from(names[i]));
    json_array_end(w);
    if (hideable) {
        json_object_end(w);
        json_array_end(w);
    }
    json_put_bool(w, "additionalProperties", false);
}

void schema_ref(const field *f, bool writing, json_writer *w)
{
    if (writing) {
        schema_id(f, true, w);
        return;
    }
    static const char *const names[] = { "id", "name" };
    json_object(w);
    schema_type(f, w, "object");
    schema_members(w, names, countof(names), true);
    json_object_end(w);
}

void schema_anyref(const field *f, bool writing, json_writer *w)
{
    static const char *const names[] = { "entity", "id", "name" };
    json_object(w);
    schema_type(f, w, writing ? "string" : "object");
    if (writing)
        json_put_string(w, "pattern", STR("^[a-z_0-9]+/[1-9][0-9]{0,18}$"));
    else
        schema_members(w, names, countof(names), true);
    json_object_end(w);
}

void schema_any(const field *f, bool writing, json_writer *w)
{
    (void)f, (void)writing;
    json_raw(w, STR("{}"));
}
