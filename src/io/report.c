#include "io/report.h"
#include "io/io.h"

enum { WORDS_SHOWN = 50 };

static void file_json(const table_info *t, int64_t rows, json_writer *w)
{
    json_key(w, STR("file"));
    json_object(w);
    json_put_string(w, "format", str_from(t->format));
    json_put_string(w, "encoding", str_from(t->encoding));
    if (t->separator)
        json_put_string(w, "separator", (str){ &t->separator, 1 });
    if (t->sheet.n > 0)
        json_put_string(w, "sheet", t->sheet);
    if (t->sheets.n > 0)
        json_put_string(w, "sheets", t->sheets);
    json_put_int(w, "header_line", t->header_line);
    json_put_int(w, "rows", rows);
    json_object_end(w);
}

static void dates_json(const io_column *c, json_writer *w)
{
    if (c->to.f->type != FT_DATE && c->to.f->type != FT_TIME)
        return;
    bool ask = !c->form_fixed && (c->verdict == DATES_ASK || c->verdict == DATES_MIXED);
    if (!ask && (c->dates.unsure > 0 || c->form_fixed))
        json_put_string(w, "form", str_from(date_form_name(c->form.order)));
    json_put_bool(w, "ask", ask);
    json_put_int(w, "unreadable", c->dates.unreadable);
    if (!ask)
        return;
    json_put_string(w, "example", str_from(c->dates.unsure_sample));
    json_key(w, STR("forms"));
    json_array(w);
    for (date_order o = ORDER_YMD; o < ORDER_COUNT; o++)
        if (c->verdict == DATES_MIXED ? o != ORDER_YMD : (c->dates.orders >> o & 1))
            json_string(w, str_from(date_form_name(o)));
    json_array_end(w);
}

static void column_json(const io_column *c, json_writer *w)
{
    json_object(w);
    json_put_string(w, "header", c->header);
    if (c->taken)
        json_put_string(w, "target", c->to.path);
    else
        json_put_null(w, "target");
    json_put_string(w, "how", str_from(c->how));
    json_put_int(w, "filled", c->filled);
    json_put_string(w, "sample", c->sample);
    if (c->taken)
        dates_json(c, w);
    json_object_end(w);
}

typedef bool (*word_pick)(const plan *p, const io_column *c, const word *x);

static bool is_unknown_choice(const plan *p, const io_column *c, const word *x)
{
    (void)p;
    return column_is_choice(c) && x->state == WORD_MISSING;
}

static bool is_added_choice(const plan *p, const io_column *c, const word *x)
{
    (void)p;
    return column_is_choice(c) && x->make;
}

static bool is_missing_record(const plan *p, const io_column *c, const word *x)
{
    (void)p;
    return column_is_reference(c) && (x->state == WORD_MISSING || x->state == WORD_AMBIGUOUS);
}

static void words_json(const plan *p, const char *key, word_pick pick, json_writer *w)
{
    int shown = 0;
    json_key(w, str_from(key));
    json_array(w);
    for (size_t i = 0; i < p->order_count; i++) {
        const io_column *c = p->order[i];
        for (const word *x = c->words ? c->first : NULL; x && shown < WORDS_SHOWN; x = x->next) {
            if (!pick(p, c, x))
                continue;
            shown++;
            json_object(w);
            json_put_string(w, "column", c->header);
            json_put_string(w, "target", c->to.path);
            json_put_string(w, "value", x->text);
            json_put_int(w, "count", x->count);
            json_put_int(w, "row", x->line);
            json_object_end(w);
        }
    }
    json_array_end(w);
}

static void notes_json(const char *key, const plan_notes *n, json_writer *w)
{
    json_key(w, str_from(key));
    json_array(w);
    for (size_t i = 0; i < n->count; i++) {
        json_object(w);
        json_put_int(w, "row", n->list[i].line);
        json_put_string(w, "column", n->list[i].column);
        json_put_string(w, "code", str_from(n->list[i].code));
        json_put_string(w, "message", n->list[i].text);
        json_object_end(w);
    }
    json_array_end(w);
}

static void preview_json(const plan *p, json_writer *w)
{
    json_key(w, STR("preview"));
    json_array(w);
    for (size_t i = 0; i < p->preview_count; i++) {
        json_array(w);
        for (size_t c = 0; c < p->preview[i].count; c++)
            json_string(w, p->preview[i].cells[c].text);
        json_array_end(w);
    }
    json_array_end(w);
}

static void existing_json(const plan *p, json_writer *w)
{
    json_key(w, STR("existing"));
    json_object(w);
    json_put_int(w, "count", p->existing_count);
    json_key(w, STR("rows"));
    json_array(w);
    for (int64_t i = 0; i < p->existing_count && i < PLAN_EXISTING; i++) {
        json_object(w);
        json_put_int(w, "row", p->existing[i].line);
        json_put_string(w, "value", p->existing[i].value);
        json_put_id(w, "id", p->existing[i].id);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
}

str report_plan(const plan *p, const table_info *about, arena *a)
{
    buf         b;
    json_writer w;
    buf_init(&b, 16 << 20);
    json_begin(&w, &b);
    json_object(&w);
    file_json(about, p->rows, &w);
    json_key(&w, STR("columns"));
    json_array(&w);
    for (size_t i = 0; i < p->column_count; i++)
        column_json(&p->columns[i], &w);
    json_array_end(&w);
    words_json(p, "unknown", is_unknown_choice, &w);
    words_json(p, "added", is_added_choice, &w);
    words_json(p, "missing", is_missing_record, &w);
    json_put_int(&w, "doubles", p->doubles);
    preview_json(p, &w);
    existing_json(p, &w);
    notes_json("problems", &p->problems, &w);
    notes_json("warnings", &p->warnings, &w);
    json_object_end(&w);
    str text = arena_str(a, buf_str(&b));
    buf_free(&b);
    return text;
}

void io_import_result_json(const io_import_result *r, json_writer *w)
{
    json_put_int(w, "created", r->created);
    json_put_int(w, "updated", r->updated);
    json_put_int(w, "skipped", r->skipped);
    json_put_int(w, "rejected", r->rejected);
    json_put_int(w, "rows", r->rows);
    json_put_bool(w, "cancelled", r->cancelled);
    if (r->operation)
        json_put_id(w, "operation", r->operation);
    else
        json_put_null(w, "operation");
    if (r->plan.n > 0) {
        json_key(w, STR("plan"));
        json_raw(w, r->plan);
    }
}

static str member(const json *j, const char *key)
{
    const json *m = json_get(j, str_from(key));
    return m ? m->text : (str){ 0 };
}

static void notes_text(const json *plan_tree, const char *key, const char *mark, int most, buf *out)
{
    const json *list = json_get(plan_tree, str_from(key));
    int         shown = 0;
    for (const json *n = list ? list->first : NULL; n; n = n->next, shown++) {
        if (shown == most) {
            buf_printf(out, "  … %zu\n", list->count - (size_t)most);
            return;
        }
        buf_printf(out, "%s ", mark);
        if (!str_eq(member(n, "row"), STR("0")))
            buf_printf(out, "[%.*s] ", STR_ARG(member(n, "row")));
        buf_printf(out, "%.*s\n", STR_ARG(member(n, "message")));
    }
}

static void columns_text(const json *plan_tree, buf *out)
{
    const json *list = json_get(plan_tree, STR("columns"));
    for (const json *n = list ? list->first : NULL; n; n = n->next) {
        const json *target_name = json_get(n, STR("target"));
        bool        goes = json_is(target_name, JSON_STRING);
        if (!goes && member(n, "header").n == 0)
            continue;
        buf_printf(out, "  %.*s -> %.*s (%.*s%s%.*s)\n", STR_ARG(member(n, "header")),
                   goes ? (int)target_name->text.n : 1, goes ? target_name->text.p : "-", STR_ARG(member(n, "how")),
                   member(n, "form").n > 0 ? ", " : "", STR_ARG(member(n, "form")));
    }
}

void io_import_result_text(const io_import_result *r, int lang, buf *out)
{
    arena     *a = arena_new();
    json      *plan_tree = NULL;
    json_fault fault;
    if (r->plan.n > 0 && json_parse(a, r->plan, &plan_tree, &fault) == ERR_OK) {
        columns_text(plan_tree, out);
        notes_text(plan_tree, "problems", "!", 20, out);
        notes_text(plan_tree, "warnings", "·", 20, out);
    }
    static const char *const names[] = { "created", "updated", "skipped", "rejected" };
    const int64_t            counts[] = { r->created, r->updated, r->skipped, r->rejected };
    for (size_t i = 0; i < countof(names); i++) {
        str key = arena_printf(a, "import.%s", names[i]);
        str label = label_has(lang, key) ? label_get(lang, key) : str_from(names[i]);
        buf_printf(out, "%.*s: %lld\n", STR_ARG(label), (long long)counts[i]);
    }
    if (r->rejected_path)
        buf_printf(out, "%s\n", r->rejected_path);
    if (r->operation)
        buf_printf(out, "run: %lld\n", (long long)r->operation);
    arena_free(a);
}
