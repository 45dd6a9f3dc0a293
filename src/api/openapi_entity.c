/* The shapes of an entity's records: read, read in part, written new, patched, listed, in bulk. */
#include "api/openapi.h"
#include "schema/types.h"

enum { NAME = 80 };

void openapi_name(str name, char *out, size_t room)
{
    size_t n = 0;
    bool   up = true;
    for (ptrdiff_t i = 0; i < name.n && n + 1 < room; i++) {
        char c = name.p[i];
        if (c == '_') {
            up = true;
            continue;
        }
        out[n++] = up && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        up = false;
    }
    out[n] = 0;
}

static void begin_schema(const entity *e, const char *suffix, json_writer *w)
{
    char name[NAME], whole[NAME + 16];
    openapi_name(e->name, name, sizeof name);
    snprintf(whole, sizeof whole, "%s%s", name, suffix);
    json_key(w, str_from(whole));
    json_object(w);
}

static void put_ref_to(json_writer *w, const entity *e, const char *suffix)
{
    char name[NAME], path[NAME + 48];
    openapi_name(e->name, name, sizeof name);
    snprintf(path, sizeof path, "{\"$ref\":\"#/components/schemas/%s%s\"}", name, suffix);
    json_raw(w, str_from(path));
}

static void begin_properties(json_writer *w)
{
    json_put_string(w, "type", STR("object"));
    json_put_bool(w, "additionalProperties", false);
    json_key(w, STR("properties"));
    json_object(w);
}

/* Only what lies in the recycle bin has it. */
static void put_deleted_at(json_writer *w)
{
    json_key(w, STR("deleted_at"));
    json_raw(w, STR("{\"type\":\"string\",\"format\":\"date-time\",\"description\":\"In the recycle bin alone.\"}"));
}

static bool writable(const field *f)
{
    if (f->alias_of >= 0)
        return true; /* `name` writes the title */
    return !(f->flags & (FF_READONLY | FF_BASE)) && f->type != FT_ID;
}

static void put_read(const entity *e, json_writer *w)
{
    begin_schema(e, "", w);
    begin_properties(w);
    for (size_t i = 0; i < e->field_count; i++) {
        json_key(w, e->fields[i].name);
        type_of(&e->fields[i])->schema(&e->fields[i], false, w);
    }
    put_deleted_at(w);
    json_object_end(w);
    json_key(w, STR("required"));
    json_array(w);
    for (size_t i = 0; i < e->field_count; i++)
        if (!e->fields[i].access) /* which a role may hide */
            json_string(w, e->fields[i].name);
    json_array_end(w);
    json_object_end(w);
}

/* With `select`: any of the fields, and what dotted paths lead to nested under the reference. */
static void put_part(const entity *e, json_writer *w)
{
    begin_schema(e, "Part", w);
    begin_properties(w);
    for (size_t i = 0; i < e->field_count; i++) {
        const field *f = &e->fields[i];
        json_key(w, f->name);
        if (!type_of(f)->reference) {
            type_of(f)->schema(f, false, w);
            continue;
        }
        json_object(w);
        json_key(w, STR("anyOf"));
        json_array(w);
        type_of(f)->schema(f, false, w);
        json_raw(w, STR("{\"type\":[\"object\",\"null\"],\"description\":\"What a dotted path leads to.\"}"));
        json_array_end(w);
        json_object_end(w);
    }
    put_deleted_at(w);
    json_object_end(w);
    json_object_end(w);
}

static void put_written(const entity *e, const char *suffix, bool creating, json_writer *w)
{
    size_t required = 0;
    begin_schema(e, suffix, w);
    begin_properties(w);
    for (size_t i = 0; i < e->field_count; i++) {
        const field *f = &e->fields[i];
        if (!writable(f))
            continue;
        json_key(w, f->name);
        type_of(f)->schema(f, true, w);
        required += creating && f->flags & FF_REQUIRED && f->initial.n == 0 && !(f->flags & (FF_COMMON | FF_ALIAS));
    }
    json_object_end(w);
    if (required) {
        json_key(w, STR("required"));
        json_array(w);
        for (size_t i = 0; i < e->field_count; i++) {
            const field *f = &e->fields[i];
            if (writable(f) && f->flags & FF_REQUIRED && f->initial.n == 0 && !(f->flags & (FF_COMMON | FF_ALIAS)))
                json_string(w, f->name);
        }
        json_array_end(w);
    }
    json_object_end(w);
}

static void put_list(const entity *e, json_writer *w)
{
    begin_schema(e, "List", w);
    begin_properties(w);
    json_key(w, STR("records"));
    json_object(w);
    json_put_string(w, "type", STR("array"));
    json_put_int(w, "maxItems", 200);
    json_key(w, STR("items"));
    json_object(w);
    json_key(w, STR("anyOf"));
    json_array(w);
    put_ref_to(w, e, "");
    put_ref_to(w, e, "Part");
    json_array_end(w);
    json_object_end(w);
    json_object_end(w);
    json_key(w, STR("next"));
    json_raw(w, STR("{\"type\":[\"string\",\"null\"]}"));
    json_key(w, STR("count"));
    json_raw(w, STR("{\"type\":\"integer\",\"minimum\":0}"));
    json_object_end(w);
    json_key(w, STR("required"));
    json_raw(w, STR("[\"records\",\"next\"]"));
    json_object_end(w);
}

static void put_bulk(const entity *e, json_writer *w)
{
    begin_schema(e, "Bulk", w);
    begin_properties(w);
    json_key(w, STR("rows"));
    json_object(w);
    json_put_string(w, "type", STR("array"));
    json_put_int(w, "maxItems", 10000);
    json_key(w, STR("items"));
    json_object(w);
    begin_properties(w);
    json_key(w, STR("do"));
    json_raw(w, STR("{\"type\":\"string\",\"enum\":[\"create\",\"update\",\"delete\",\"restore\"]}"));
    json_key(w, STR("id"));
    json_raw(w, STR("{\"$ref\":\"#/components/schemas/Id\"}"));
    json_key(w, STR("version"));
    json_raw(w, STR("{\"type\":\"integer\",\"minimum\":1,\"description\":\"As If-Match: refuse the row when it has "
                    "another.\"}"));
    json_key(w, STR("record"));
    put_ref_to(w, e, "Patch");
    json_object_end(w);
    json_key(w, STR("required"));
    json_raw(w, STR("[\"do\"]"));
    json_object_end(w);
    json_object_end(w);
    json_key(w, STR("atomic"));
    json_raw(w, STR("{\"type\":\"boolean\",\"default\":false,\"description\":\"All or nothing.\"}"));
    json_object_end(w);
    json_key(w, STR("required"));
    json_raw(w, STR("[\"rows\"]"));
    json_object_end(w);
}

void openapi_entity(const entity *e, json_writer *w)
{
    put_read(e, w);
    put_part(e, w);
    put_list(e, w);
    if (e->def->journal)
        return;
    put_written(e, "New", true, w);
    put_written(e, "Patch", false, w);
    put_bulk(e, w);
}
