#include "api/openapi.h"

#include "api/rest.h"
#include "http/static_table.h"

#ifndef ZHIKE_VERSION
#define ZHIKE_VERSION "0"
#endif

enum { PATH = 240, RELATED = 16 };

/* What stands for the braces of a row's path in one place of the document. */
typedef struct {
    const snapshot   *s;
    const entity     *e;     /* OP_ENTITY */
    const entity     *other; /* a related list */
    const action_def *action;
    const view_def   *view;
} place;

/* ---- texts ---- */

/* "%E" in a schema becomes the entity's component. */
static void put_words(json_writer *w, const char *text, const entity *e)
{
    char        name[80] = "";
    char        out[8192];
    size_t      n = 0;
    const char *p = text;
    if (e)
        openapi_name(e->name, name, sizeof name);
    for (; *p && n + sizeof name < sizeof out; p++) {
        if (p[0] == '%' && p[1] == 'E') {
            n += (size_t)snprintf(out + n, sizeof out - n, "%s", name);
            p++;
        } else {
            out[n++] = *p;
        }
    }
    json_raw(w, (str){ out, (ptrdiff_t)n });
}

static void operation_id(const operation *o, const place *p, char *out, size_t room)
{
    char name[80] = "", more[80] = "";
    if (p->e)
        openapi_name(p->e->name, name, sizeof name);
    if (p->other)
        openapi_name(p->other->name, more, sizeof more);
    if (p->action)
        openapi_name(str_from(p->action->name), more, sizeof more);
    if (p->view)
        openapi_name(str_from(p->view->name), more, sizeof more);
    snprintf(out, room, "%s%s%s", o->id, name, more);
}

/* The row's path with the plural and the name written out; {id} stays. */
static void place_path(const operation *o, const place *p, char *out, size_t room)
{
    size_t n = 0;
    for (const char *c = o->path; *c && n + 1 < room;) {
        str word = { 0 };
        if (strncmp(c, "{plural}", 8) == 0) {
            word = p->e->plural;
            c += 8;
        } else if (strncmp(c, "{name}", 6) == 0) {
            word = p->other ? p->other->plural : str_from(p->action ? p->action->name : p->view->name);
            c += 6;
        }
        if (word.n)
            n += (size_t)snprintf(out + n, room - n, "%.*s", STR_ARG(word));
        else
            out[n++] = *c++;
    }
    out[n] = 0;
}

/* ---- parameters ---- */

static void put_parameter(json_writer *w, const char *name, const char *in, bool required, const char *schema,
                          const char *about)
{
    json_object(w);
    json_put_string(w, "name", str_from(name));
    json_put_string(w, "in", str_from(in));
    if (required)
        json_put_bool(w, "required", true);
    json_put_string(w, "description", str_from(about));
    json_key(w, STR("schema"));
    json_raw(w, str_from(schema));
    json_object_end(w);
}

static void put_parameters(const operation *o, const place *p, json_writer *w)
{
    static const char text[] = "{\"type\":\"string\"}";
    json_key(w, STR("parameters"));
    json_array(w);
    if (strstr(o->path, "{id}"))
        put_parameter(w, "id", "path", true, "{\"$ref\":\"#/components/schemas/Id\"}", "The id.");
    if (strstr(o->path, "{key}"))
        put_parameter(w, "key", "path", true, text, "The form's key.");
    if (strstr(o->path, "{part}"))
        put_parameter(w, "part", "path", true, text, "`challenge`.");
    if (strstr(o->path, "{secret}"))
        put_parameter(w, "secret", "path", true, text, "The secret of the address, then `.ics`.");
    for (const op_param *q = o->params; q && q->name && q->schema; q++)
        put_parameter(w, q->name, "query", false, q->schema, q->about);
    for (size_t i = 0; p->view && i < countof(p->view->parameters) && p->view->parameters[i]; i++)
        put_parameter(w, p->view->parameters[i], "query", false, text, "A parameter of the view.");
    if (o->flags & OP_IF_MATCH)
        put_parameter(w, "If-Match", "header", false, text, "The ETag that must still hold; 412 otherwise.");
    if (o->flags & OP_IDEMPOTENT)
        put_parameter(w, "Idempotency-Key", "header", false, "{\"type\":\"string\",\"maxLength\":200}",
                      "The same answer again for 24 hours, without doing it again.");
    if (o->flags & OP_STREAM)
        put_parameter(w, "Last-Event-ID", "header", false, text, "Begin behind this event.");
    json_array_end(w);
}

/* ---- bodies ---- */

static void put_content(json_writer *w, const char *type, const char *schema, const entity *e)
{
    json_key(w, STR("content"));
    json_object(w);
    json_key(w, str_from(type));
    json_object(w);
    json_key(w, STR("schema"));
    put_words(w, schema, e);
    json_object_end(w);
    json_object_end(w);
}

static const char *body_schema(const operation *o, const place *p)
{
    return p->action ? p->action->input_schema : o->in;
}

static void put_body(const operation *o, const place *p, json_writer *w)
{
    const char *schema = body_schema(o, p);
    if (!schema)
        return;
    json_key(w, STR("requestBody"));
    json_object(w);
    json_put_bool(w, "required", !(o->flags & OP_BODY_MAYBE));
    if (!(o->flags & (OP_PATCH | OP_FORM))) {
        put_content(w, o->flags & OP_SPOOL ? "multipart/form-data" : "application/json", schema, p->e);
    } else {
        json_key(w, STR("content"));
        json_object(w);
        const char *const types[] = { o->flags & OP_FORM ? "application/x-www-form-urlencoded"
                                                         : "application/merge-patch+json",
                                      "application/json" };
        for (size_t i = 0; i < countof(types); i++) {
            json_key(w, str_from(types[i]));
            json_object(w);
            json_key(w, STR("schema"));
            put_words(w, schema, p->e);
            json_object_end(w);
        }
        json_object_end(w);
    }
    json_object_end(w);
}

/* ---- answers ---- */

static void begin_answer(json_writer *w, const char *status, const char *about)
{
    json_key(w, str_from(status));
    json_object(w);
    json_put_string(w, "description", str_from(about));
}

static void put_header(json_writer *w, const char *name, const char *about)
{
    json_key(w, str_from(name));
    json_object(w);
    json_put_string(w, "description", str_from(about));
    json_key(w, STR("schema"));
    json_raw(w, STR("{\"type\":\"string\"}"));
    json_object_end(w);
}

static const char *answer_schema(const operation *o, const place *p)
{
    if (p->action)
        return p->action->output_schema;
    if (p->view)
        return "{\"type\":\"object\",\"required\":[\"columns\",\"rows\"],\"properties\":{\"columns\":{\"type\":"
               "\"array\",\"items\":{}},"
               "\"rows\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}";
    return p->other ? "{\"$ref\":\"#/components/schemas/%EList\"}" : o->out;
}

static void put_success(const operation *o, const place *p, json_writer *w)
{
    char        status[8];
    const char *schema = answer_schema(o, p);
    int         number = p->action && !schema ? 204 : o->status;
    snprintf(status, sizeof status, "%d", number);
    begin_answer(w, status,
                 number == 201   ? "Made."
                 : number == 202 ? "Begun."
                 : number == 204 ? "Done."
                 : number == 302 ? "Go there."
                                 : "Here it is.");
    if (o->flags & OP_ETAG || number == 201 || number == 202 || number == 302) {
        json_key(w, STR("headers"));
        json_object(w);
        if (o->flags & OP_ETAG)
            put_header(w, "ETag", "The record's version, for If-Match.");
        if (number == 201 || number == 202 || number == 302)
            put_header(w, "Location", "Where it is.");
        json_object_end(w);
    }
    if (o->flags & OP_TEXT)
        put_content(w, strcmp(o->id, "downloadFile") == 0 ? "*/*" : o->out, "{\"type\":\"string\"}", NULL);
    else if (schema && number != 204)
        put_content(w, "application/json", schema, p->other ? p->other : p->e);
    json_object_end(w);
}

static void put_problem(json_writer *w, const char *status, const char *about)
{
    begin_answer(w, status, about);
    put_content(w, "application/problem+json", "{\"$ref\":\"#/components/schemas/Problem\"}", NULL);
    json_object_end(w);
}

static bool unsafe(const operation *o)
{
    return o->method != HTTP_GET && o->method != HTTP_OPTIONS;
}

/* The refusals that this call knows; `default` is any other: 429, 500, 503, too_slow. */
static void put_refusals(const operation *o, const place *p, json_writer *w)
{
    uint32_t f = o->flags;
    bool     body = (f & (OP_BODY | OP_SPOOL)) != 0 || (f & OP_BODY_MAYBE && body_schema(o, p));
    bool     open = (f & OP_PUBLIC) != 0;
    if (!open || body || o->params)
        put_problem(w, "400", "It cannot be read: a parameter, a condition, JSON.");
    if (!open || f & OP_SPENDS)
        put_problem(w, "401", "Nobody is signed in.");
    if (!open && unsafe(o))
        put_problem(w, "403", "You may not, or it came from another origin.");
    if (f & (OP_RECORD | OP_ID) || strcmp(o->id, "signOut") == 0)
        put_problem(w, "404", "There is none, or you may not see it.");
    if (f & OP_CONFLICTS && !p->action)
        put_problem(w, "409", "Its state forbids it, or a value is taken.");
    if (f & OP_IF_MATCH)
        put_problem(w, "412", "It has another version.");
    if (body) {
        put_problem(w, "413", "The body is too large.");
        put_problem(w, "415", "The body is of another media type.");
        put_problem(w, "422", "Values are refused.");
    }
    put_problem(w, "default", "Any other refusal: too much (429), a mistake of ours (500), not now (503).");
}

static void put_special(const operation *o, json_writer *w)
{
    bool file = strcmp(o->id, "downloadFile") == 0;
    if (file) {
        begin_answer(w, "206", "A range of it.");
        put_content(w, "*/*", "{\"type\":\"string\"}", NULL);
        json_object_end(w);
    }
    if (file || strncmp(o->id, "getMeta", 7) == 0) {
        begin_answer(w, "304", "You have it: If-None-Match holds.");
        json_object_end(w);
    }
}

/* ---- operations ---- */

static const char *method_name(http_method m)
{
    switch (m) {
    case HTTP_POST: return "post";
    case HTTP_PUT: return "put";
    case HTTP_PATCH: return "patch";
    case HTTP_DELETE: return "delete";
    case HTTP_OPTIONS: return "options";
    default: return "get";
    }
}

static void put_operation(const operation *o, const place *p, json_writer *w)
{
    char id[200], summary[300];
    operation_id(o, p, id, sizeof id);
    json_key(w, str_from(method_name(o->method)));
    json_object(w);
    json_put_string(w, "operationId", str_from(id));
    snprintf(summary, sizeof summary, "%s%s%.*s", p->action ? p->action->name : o->summary, p->e ? ": " : "",
             p->e ? (int)p->e->label[LANG_EN].n : 0, p->e ? p->e->label[LANG_EN].p : "");
    json_put_string(w, "summary", str_from(summary));
    json_key(w, STR("tags"));
    json_array(w);
    json_string(w, p->e ? p->e->plural : str_from(o->tag));
    json_array_end(w);
    if (o->flags & OP_PUBLIC) {
        json_key(w, STR("security"));
        json_raw(w, STR("[]"));
    }
    put_parameters(o, p, w);
    put_body(o, p, w);
    json_key(w, STR("responses"));
    json_object(w);
    put_success(o, p, w);
    put_special(o, w);
    put_refusals(o, p, w);
    json_object_end(w);
    json_object_end(w);
}

/* Every row that has this path is one method of it; only the first of them writes the path. */
static bool first_of_path(size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(operations[k].path, operations[i].path) == 0)
            return false;
    return true;
}

/* A journal has fewer. */
static bool any_of_path(size_t first, const entity *e)
{
    for (size_t i = first; i < operation_count; i++)
        if (strcmp(operations[i].path, operations[first].path) == 0 && !call_writes_journal(&operations[i], e))
            return true;
    return false;
}

static void put_path(size_t first, const place *p, json_writer *w)
{
    char path[PATH];
    place_path(&operations[first], p, path, sizeof path);
    json_key(w, str_from(path));
    json_object(w);
    for (size_t i = first; i < operation_count; i++)
        if (strcmp(operations[i].path, operations[first].path) == 0 &&
            (!p->other || operations[i].method == HTTP_GET) && (!p->action || operations[i].method == HTTP_POST) &&
            !call_writes_journal(&operations[i], p->e))
            put_operation(&operations[i], p, w);
    json_object_end(w);
}

/* The names that stand in the table itself: /X/ID/files is never a related list. */
static bool name_taken(str plural)
{
    static const char *const names[] = { "history", "timeline", "files", "restore" };
    for (size_t i = 0; i < countof(names); i++)
        if (str_eq(plural, str_from(names[i])))
            return true;
    return false;
}

static void put_named(size_t i, const snapshot *s, const entity *e, json_writer *w)
{
    const field *fields[RELATED];
    for (size_t n = 0; n < s->entity_count; n++)
        if (!name_taken(s->entities[n]->plural) && related_fields(e, s->entities[n], fields, RELATED))
            put_path(i, &(place){ .s = s, .e = e, .other = s->entities[n] }, w);
    for (size_t n = 0; n < e->def->action_count; n++)
        put_path(i, &(place){ .s = s, .e = e, .action = &e->def->actions[n] }, w);
}

static void put_entity_paths(const snapshot *s, const entity *e, json_writer *w)
{
    for (size_t i = 0; i < operation_count; i++) {
        if (!(operations[i].flags & OP_ENTITY) || !first_of_path(i) || !any_of_path(i, e))
            continue;
        if (strstr(operations[i].path, "{name}"))
            put_named(i, s, e, w);
        else
            put_path(i, &(place){ .s = s, .e = e }, w);
    }
}

static void put_paths(const snapshot *s, json_writer *w)
{
    json_key(w, STR("paths"));
    json_object(w);
    for (size_t i = 0; i < operation_count; i++) {
        if (operations[i].flags & OP_ENTITY || !first_of_path(i))
            continue;
        if (!strstr(operations[i].path, "{name}")) {
            put_path(i, &(place){ .s = s }, w);
            continue;
        }
        for (size_t e = 0; e < s->entity_count; e++)
            for (size_t v = 0; v < s->entities[e]->def->view_count; v++)
                put_path(i, &(place){ .s = s, .view = &s->entities[e]->def->views[v] }, w);
    }
    for (size_t e = 0; e < s->entity_count; e++)
        put_entity_paths(s, s->entities[e], w);
    json_object_end(w);
}

/* ---- the document ---- */

static void put_code(json_writer *w, const char *code, int status, str about)
{
    json_object(w);
    json_put_string(w, "code", str_from(code));
    json_put_int(w, "status", status);
    json_put_string(w, "description", about);
    json_object_end(w);
}

static void put_codes(const snapshot *s, json_writer *w)
{
    char key[100];
    json_key(w, STR("x-problem-codes"));
    json_array(w);
    for (size_t i = 0; i < problem_code_count; i++)
        put_code(w, problem_codes[i].code, problem_codes[i].status, str_from(problem_codes[i].about));
    for (size_t i = 0; i < s->entity_count; i++)
        for (const char *const *code = s->entities[i]->def->refusals; code && *code; code++) {
            snprintf(key, sizeof key, "message.%s", *code);
            put_code(w, *code, 409, label_get(LANG_EN, str_from(key)));
        }
    json_array_end(w);
}

static void put_head(json_writer *w)
{
    json_put_string(w, "openapi", STR("3.1.0"));
    json_key(w, STR("info"));
    json_object(w);
    json_put_string(w, "title", STR("Zhike"));
    json_put_string(w, "version", STR(ZHIKE_VERSION));
    json_put_string(w, "description",
                    STR("Customer relationship management. JSON in and out, UTF-8. Ids are strings. Times are RFC 3339 "
                        "in UTC. Refusals are "
                        "application/problem+json with a stable `code`; `errors` names every bad field at once."));
    json_key(w, STR("license"));
    json_raw(w, STR("{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}"));
    json_object_end(w);
    json_key(w, STR("servers"));
    json_raw(w, STR("[{\"url\":\"/\"}]"));
    json_key(w, STR("security"));
    json_raw(w, STR("[{\"cookie\":[]},{\"token\":[]}]"));
}

static void put_tag(json_writer *w, str name, str about)
{
    json_object(w);
    json_put_string(w, "name", name);
    json_put_string(w, "description", about);
    json_object_end(w);
}

static void put_tags(const snapshot *s, json_writer *w)
{
    static const char *const tags[][2] = {
        { "session", "Who you are: sessions, passwords, tokens." },
        { "meta", "What there is." },
        { "query", "Questions over several entities." },
        { "lists", "Views that people keep." },
        { "files", "Files, alone or about a record." },
        { "jobs", "Work in the background; what touched several records, and its undo." },
        { "events", "What changes, as it changes." },
        { "server", "How the server is." },
    };
    json_key(w, STR("tags"));
    json_array(w);
    for (size_t i = 0; i < countof(tags); i++)
        put_tag(w, str_from(tags[i][0]), str_from(tags[i][1]));
    for (size_t i = 0; i < s->entity_count; i++)
        put_tag(w, s->entities[i]->plural, s->entities[i]->plural_label[LANG_EN]);
    json_array_end(w);
}

/* The components that belong to no entity: the members of the files of shapes/. */
static void put_shapes(json_writer *w)
{
    arena *a = arena_new();
    for (size_t i = 0; i < shape_file_count; i++) {
        json      *tree;
        json_fault fault;
        str        text = { (const char *)shape_files[i].bytes, (ptrdiff_t)shape_files[i].n };
        ASSERT(json_parse(a, text, &tree, &fault) == ERR_OK); /* a unit test reads them all */
        for (const json *j = tree->first; j; j = j->next) {
            json_key(w, j->key);
            json_value(w, j);
        }
        arena_clear(a);
    }
    arena_free(a);
}

void openapi_write(const snapshot *s, json_writer *w)
{
    json_object(w);
    put_head(w);
    put_tags(s, w);
    put_codes(s, w);
    put_paths(s, w);
    json_key(w, STR("components"));
    json_object(w);
    json_key(w, STR("securitySchemes"));
    json_raw(w, STR("{\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"zhike_session\"},"
                    "\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}}"));
    json_key(w, STR("schemas"));
    json_object(w);
    for (size_t i = 0; i < s->entity_count; i++)
        openapi_entity(s->entities[i], w);
    put_shapes(w);
    json_object_end(w);
    json_object_end(w);
    json_object_end(w);
}

err openapi_get(call *k)
{
    openapi_write(k->c.snap, &k->w);
    return ERR_OK;
}
