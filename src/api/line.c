/* One line of text to a proposal of a record; nothing is written. */
#include "schema/line.h"
#include "api/rest.h"

static void put_value(json_writer *w, const line_part *p)
{
    if (p->field->type == FT_MONEY)
        json_number(w, p->value);
    else
        json_string(w, p->value);
}

/* What the line names, by the names of records. */
typedef struct {
    const field *field;
    int64_t      id;
    str          text, name;
} named;

enum { NAMED_MOST = 6, WORDS_MOST = 16 };

typedef struct {
    call  *k;
    named  list[NAMED_MOST];
    size_t count;
    str    words[WORDS_MOST];
    size_t word_count;
} naming;

typedef struct {
    naming *n;
    int64_t id;
    str     name;
    size_t  count;
} lookup;

static err take_record(void *arg, query_row *row)
{
    lookup *l = arg;
    l->id = query_value(row, 0).i;
    l->name = arena_str(l->n->k->c.a, query_value(row, 1).s);
    l->count++;
    return ERR_OK;
}

static str quoted(arena *a, str word, bool begins)
{
    char     *to = arena_alloc(a, (size_t)word.n * 2 + 4);
    ptrdiff_t n = 0;
    to[n++] = '\'';
    for (ptrdiff_t i = 0; i < word.n; i++) {
        if (strchr(begins ? "'\\%_" : "'\\", word.p[i]) && word.p[i])
            to[n++] = '\\';
        to[n++] = word.p[i];
    }
    if (begins)
        to[n++] = '%';
    to[n++] = '\'';
    return (str){ to, n };
}

/* The one living record of this name that the person may see; several are none. */
static err find_named(naming *n, const entity *e, str condition, lookup *out)
{
    query       *q;
    list_request r = { .where = condition, .select = STR("id,name"), .limit = 2 };
    *out = (lookup){ .n = n };
    TRY(query_list(&n->k->c, e, &r, &q));
    return query_run(&n->k->c, q, take_record, out);
}

/* By the whole name; where that is several, the one of a firm that the line names too; else by how the name begins. */
static err look_up(naming *n, const field *f, str word, lookup *out)
{
    arena *a = n->k->c.a;
    str    same = arena_printf(a, "name = %.*s", STR_ARG(quoted(a, word, false)));
    TRY(find_named(n, f->target, same, out));
    for (size_t i = 0; out->count > 1 && i < n->count; i++) {
        const field *of = entity_field(f->target, n->list[i].field->name);
        if (of && of->type == FT_REF && of->target == n->list[i].field->target)
            return find_named(n, f->target,
                              arena_printf(a, "%.*s AND %.*s = '%lld'", STR_ARG(same), STR_ARG(of->name),
                                           (long long)n->list[i].id),
                              out);
    }
    if (out->count || utf8_length(word) < 2)
        return ERR_OK;
    return find_named(n, f->target, arena_printf(a, "name LIKE %.*s", STR_ARG(quoted(a, word, true))), out);
}

static err name_field(naming *n, const field *f)
{
    for (size_t i = 0; i < n->word_count && n->count < NAMED_MOST; i++) {
        lookup l;
        TRY(look_up(n, f, n->words[i], &l));
        if (l.count != 1)
            continue;
        n->list[n->count++] = (named){ .field = f, .id = l.id, .text = n->words[i], .name = l.name };
        memmove(&n->words[i], &n->words[i + 1], (n->word_count - i - 1) * sizeof *n->words);
        n->word_count--;
        return ERR_OK;
    }
    return ERR_OK;
}

static line_part *title_part(const call *k, line_parts *p)
{
    for (size_t i = 0; i < p->count; i++)
        if ((int)p->parts[i].field->index == k->e->title)
            return &p->parts[i];
    return NULL;
}

/* Takes the names of records out of what would be the title: "华为 张伟 发票不对". A title that is names alone stays. */
static err name_records(naming *n, line_parts *p)
{
    arena     *a = n->k->c.a;
    line_part *title = title_part(n->k, p);
    str        fields = str_from(n->k->e->def->line);
    for (str rest = title ? title->value : (str){ 0 }; rest.n > 0 && n->word_count < WORDS_MOST;) {
        bool      last = n->word_count == WORDS_MOST - 1;
        ptrdiff_t cut = last ? -1 : str_find_char(rest, ' ');
        str       word = cut < 0 ? rest : str_sub(rest, 0, cut);
        rest = cut < 0 ? (str){ 0 } : str_sub(rest, cut + 1, rest.n);
        if (word.n)
            n->words[n->word_count++] = word;
    }
    while (fields.n > 0) {
        ptrdiff_t    cut = str_find_char(fields, ',');
        const field *f = entity_field(n->k->e, cut < 0 ? fields : str_sub(fields, 0, cut));
        fields = cut < 0 ? (str){ 0 } : str_sub(fields, cut + 1, fields.n);
        if (f && permit_entity(&n->k->c.actor, f->target, VERB_READ))
            TRY(name_field(n, f));
    }
    str left = { 0 };
    for (size_t i = 0; i < n->word_count; i++)
        left = left.n ? arena_printf(a, "%.*s %.*s", STR_ARG(left), STR_ARG(n->words[i])) : n->words[i];
    if (title && left.n)
        title->value = title->text = left;
    return ERR_OK;
}

static void put_named(json_writer *w, const named *n)
{
    json_object(w);
    json_put_string(w, "field", n->field->name);
    json_put_string(w, "text", n->text);
    json_put_id(w, "value", n->id);
    json_put_string(w, "name", n->name);
    json_object_end(w);
}

static void put_part(json_writer *w, const line_part *p)
{
    json_object(w);
    json_put_string(w, "field", p->field->name);
    json_put_string(w, "text", p->text);
    json_key(w, STR("value"));
    put_value(w, p);
    json_object_end(w);
}

err record_parse(call *k)
{
    static const char *const names[] = { "text", NULL };
    naming                   n = { .k = k };
    line_parts               p;
    str                      text = body_text(k, "text", true, LINE_MAX_BYTES / 4);
    TRY(body_check(k, names));
    if (!permit_entity(&k->c.actor, k->e, VERB_CREATE))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    line_parse(k->c.a, k->e, text, &p);
    if (k->e->def->line)
        TRY(name_records(&n, &p));
    json_object(&k->w);
    json_key(&k->w, STR("record"));
    json_object(&k->w);
    for (size_t i = 0; i < p.count; i++) {
        json_key(&k->w, p.parts[i].field->name);
        put_value(&k->w, &p.parts[i]);
    }
    for (size_t i = 0; i < n.count; i++)
        json_put_id(&k->w, arena_cstr(k->c.a, n.list[i].field->name), n.list[i].id);
    json_object_end(&k->w);
    json_key(&k->w, STR("parts"));
    json_array(&k->w);
    for (size_t i = 0; i < p.count; i++)
        put_part(&k->w, &p.parts[i]);
    for (size_t i = 0; i < n.count; i++)
        put_named(&k->w, &n.list[i]);
    json_array_end(&k->w);
    put_text(&k->w, "rest", p.rest);
    json_object_end(&k->w);
    return ERR_OK;
}
