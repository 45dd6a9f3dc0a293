#include "io/mapping.h"
#include "io/dates.h"

static err wrong(io_fault *f, const char *key, const char *wanted)
{
    return io_fail(f, ERR_INVALID, "import.map_form", str_from(key), str_from(wanted));
}

static bool text_of(const json *j, str *out)
{
    switch (j->kind) {
    case JSON_STRING:
    case JSON_NUMBER: *out = j->text; return true;
    case JSON_TRUE: *out = STR("true"); return true;
    case JSON_FALSE: *out = STR("false"); return true;
    case JSON_NULL: *out = (str){ 0 }; return true;
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
    return false;
}

static err read_match(arena *a, const json *j, mapping *out, io_fault *f)
{
    (void)a;
    if (j->kind != JSON_STRING && j->kind != JSON_NULL)
        return wrong(f, "match", "\"field\"");
    out->match = j->kind == JSON_NULL ? (str){ 0 } : str_trim(j->text);
    return ERR_OK;
}

static err read_columns(arena *a, const json *j, mapping *out, io_fault *f)
{
    if (j->kind != JSON_OBJECT)
        return wrong(f, "columns", "{\"column\": \"target\"}");
    out->columns = arena_make_n(a, mapping_column, j->count + 1);
    for (const json *m = j->first; m; m = m->next) {
        if (m->kind != JSON_STRING && m->kind != JSON_NULL)
            return wrong(f, "columns", "{\"column\": \"target\"}");
        out->columns[out->column_count++] =
            (mapping_column){ .column = str_trim(m->key),
                              .target = m->kind == JSON_NULL ? (str){ 0 } : str_trim(m->text) };
    }
    return ERR_OK;
}

str mapping_fold(arena *a, str text)
{
    str   s = str_trim(text);
    char *out = arena_alloc(a, (size_t)s.n + 1);
    for (ptrdiff_t i = 0; i < s.n; i++)
        out[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
    return (str){ out, s.n };
}

static err read_values(arena *a, const json *j, mapping *out, io_fault *f)
{
    static const char form[] = "{\"target\": {\"theirs\": \"ours\"}}";
    if (j->kind != JSON_OBJECT)
        return wrong(f, "values", form);
    out->values = arena_make_n(a, mapping_values, j->count + 1);
    for (const json *t = j->first; t; t = t->next) {
        if (t->kind != JSON_OBJECT)
            return wrong(f, "values", form);
        mapping_values *v = &out->values[out->value_count++];
        *v = (mapping_values){ .target = str_trim(t->key),
                               .exact = map_new(a, t->count + 1),
                               .folded = map_new(a, t->count + 1) };
        for (const json *one = t->first; one; one = one->next) {
            mapping_value *to = arena_make(a, mapping_value);
            to->clears = one->kind == JSON_NULL;
            if (!text_of(one, &to->text))
                return wrong(f, "values", form);
            map_put(v->exact, str_trim(one->key), to);
            map_put(v->folded, mapping_fold(a, one->key), to);
        }
    }
    return ERR_OK;
}

static err read_set(arena *a, const json *j, mapping *out, io_fault *f)
{
    if (j->kind != JSON_OBJECT)
        return wrong(f, "set", "{\"target\": \"text\"}");
    out->sets = arena_make_n(a, mapping_set, j->count + 1);
    for (const json *m = j->first; m; m = m->next) {
        mapping_set *s = &out->sets[out->set_count++];
        *s = (mapping_set){ .target = str_trim(m->key), .clears = m->kind == JSON_NULL };
        if (!text_of(m, &s->text))
            return wrong(f, "set", "{\"target\": \"text\"}");
    }
    return ERR_OK;
}

static err read_dates(arena *a, const json *j, mapping *out, io_fault *f)
{
    if (j->kind != JSON_OBJECT)
        return wrong(f, "dates", "{\"target\": \"M/D/YYYY\"}");
    out->dates = arena_make_n(a, mapping_date, j->count + 1);
    for (const json *m = j->first; m; m = m->next) {
        date_form form;
        if (m->kind != JSON_STRING || !date_form_parse(m->text, &form))
            return io_fail(f, ERR_INVALID, "import.map_date", m->key, m->kind == JSON_STRING ? m->text : STR("?"));
        out->dates[out->date_count++] = (mapping_date){ str_trim(m->key), m->text };
    }
    return ERR_OK;
}

err mapping_parse(arena *a, str text, mapping *out, io_fault *f)
{
    static const struct {
        const char *key;
        err (*read)(arena *a, const json *j, mapping *out, io_fault *f);
    } keys[] = { { "match", read_match },
                 { "columns", read_columns },
                 { "values", read_values },
                 { "set", read_set },
                 { "dates", read_dates } };
    json      *root;
    json_fault fault = { 0 };
    mapping    m = { 0 };
    *out = m;
    if (str_starts(text, STR("\xEF\xBB\xBF")))
        text = str_sub(text, 3, text.n);
    if (str_trim(text).n == 0)
        return ERR_OK;
    if (json_parse(a, text, &root, &fault) != ERR_OK) {
        int64_t line = 1;
        for (ptrdiff_t i = 0; i < fault.position && i < text.n; i++)
            line += text.p[i] == '\n';
        return io_fail_at(f, ERR_MALFORMED, "import.map_json", line, str_from(fault.what));
    }
    if (root->kind != JSON_OBJECT)
        return wrong(f, "", "{\"columns\": {…}}");
    for (const json *j = root->first; j; j = j->next) {
        size_t i = 0;
        while (i < countof(keys) && !str_eq(j->key, str_from(keys[i].key)))
            i++;
        if (i == countof(keys))
            return io_fail(f, ERR_INVALID, "import.map_key", j->key, STR("match, columns, values, set, dates"));
        TRY(keys[i].read(a, j, &m, f));
    }
    *out = m;
    return ERR_OK;
}

const mapping_value *mapping_translate(const mapping_values *v, str text, arena *a)
{
    str                  s = str_trim(text);
    const mapping_value *to = map_get(v->exact, s);
    return to ? to : map_get(v->folded, mapping_fold(a, s));
}
