#include "io/xlsx_book.h"
#include "base/limits.h"
#include "base/map.h"

enum { STRINGS_BYTES = 256 << 20, STRINGS_COUNT = 8 << 20 };

/* ---- relations ---- */

typedef struct {
    const char *id, *kind, *target; /* kind: the last word of the type's URI */
} relation;

typedef struct {
    part    *p; /* first: see part_open() */
    arena   *a;
    str      base; /* directory that targets are relative to: "xl/" */
    relation list[XLSX_SHEETS + 100];
    size_t   count;
} relations;

static const char *resolve(relations *r, const char *target)
{
    if (target[0] == '/')
        return arena_cstr(r->a, str_from(target + 1));
    str base = r->base;
    while (strncmp(target, "../", 3) == 0) {
        target += 3;
        for (base.n -= base.n > 0; base.n > 0 && base.p[base.n - 1] != '/';)
            base.n--;
    }
    if (strncmp(target, "./", 2) == 0)
        target += 2;
    return arena_printf(r->a, "%.*s%s", STR_ARG(base), target).p;
}

static void relation_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    relations  *r = user;
    const char *id = xml_attribute(attributes, "Id"), *type = xml_attribute(attributes, "Type");
    const char *target = xml_attribute(attributes, "Target");
    if (strcmp(xml_local(name), "Relationship") != 0 || !id || !type || !target || r->count == countof(r->list))
        return;
    const char *slash = strrchr(type, '/');
    r->list[r->count++] = (relation){ arena_cstr(r->a, str_from(id)),
                                      arena_cstr(r->a, str_from(slash ? slash + 1 : type)), resolve(r, target) };
}

static err relations_read(book *b, const char *name, str base, relations *r, io_fault *f)
{
    static const part_handlers handlers = { relation_start, NULL, NULL };
    part                       p = { 0 };
    r->p = &p;
    r->a = b->a;
    r->base = base;
    r->count = 0;
    return part_read(&b->pack, name, &handlers, r, &p, f);
}

static const char *relation_by_kind(const relations *r, const char *kind)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->list[i].kind, kind) == 0)
            return r->list[i].target;
    return NULL;
}

/* ---- the list of sheets ---- */

typedef struct {
    part            *p; /* first */
    book            *b;
    const relations *r;
} book_reading;

static void book_sheet(book_reading *r, const XML_Char **attributes)
{
    book       *b = r->b;
    const char *name = xml_attribute(attributes, "name"), *state = xml_attribute(attributes, "state");
    const char *id = xml_attribute(attributes, "id");
    for (size_t i = 0; id && name && i < r->r->count; i++) {
        const relation *rel = &r->r->list[i];
        if (strcmp(rel->id, id) != 0 || strcmp(rel->kind, "worksheet") != 0 || b->sheet_count == XLSX_SHEETS)
            continue;
        b->sheets[b->sheet_count] =
            (xlsx_sheet){ arena_str(b->a, str_from(name)), state && strcmp(state, "visible") != 0 };
        b->sheet_parts[b->sheet_count++] = rel->target;
        return;
    }
}

static void book_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    book_reading *r = user;
    const char   *tag = xml_local(name);
    if (strcmp(tag, "workbookPr") == 0) {
        const char *epoch = xml_attribute(attributes, "date1904");
        r->b->epoch_1904 = epoch && (strcmp(epoch, "1") == 0 || strcmp(epoch, "true") == 0);
    } else if (strcmp(tag, "sheet") == 0)
        book_sheet(r, attributes);
}

/* ---- shared strings ---- */

typedef struct {
    part         *p; /* first */
    string_table *t;
    size_t        room;
    text_run      run;
    size_t        begin; /* of the string at hand */
} strings_reading;

void text_run_start(text_run *t, const char *tag)
{
    if (strcmp(tag, "rPh") == 0)
        t->phonetic++;
    else if (strcmp(tag, "t") == 0)
        t->in_t = true;
}

void text_run_end(text_run *t, const char *tag)
{
    if (strcmp(tag, "rPh") == 0)
        t->phonetic--;
    else if (strcmp(tag, "t") == 0)
        t->in_t = false;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t xlsx_unescape(char *p, size_t n)
{
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        bool escape = i + 7 <= n && p[i] == '_' && p[i + 1] == 'x' && p[i + 6] == '_';
        int  code = 0;
        for (size_t k = 2; escape && k < 6; k++) {
            escape = hex(p[i + k]) >= 0;
            code = code * 16 + hex(p[i + k]);
        }
        /* Only what XML cannot say and the underscore itself are written so; other escapes stand for themselves. */
        if (escape && (code == '_' || (code > 0 && code < 32))) {
            p[out++] = (char)code;
            i += 6;
        } else
            p[out++] = p[i];
    }
    return out;
}

static void strings_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    (void)attributes;
    strings_reading *r = user;
    const char      *tag = xml_local(name);
    if (strcmp(tag, "si") == 0)
        r->begin = r->t->bytes;
    text_run_start(&r->run, tag);
}

static void strings_text(void *user, const XML_Char *s, int n)
{
    strings_reading *r = user;
    string_table    *t = r->t;
    if (!r->run.in_t || r->run.phonetic > 0)
        return;
    size_t bytes = (size_t)n;
    if (t->bytes + bytes > STRINGS_BYTES) {
        part_fail(r->p, ERR_TOO_LARGE, "import.xlsx_inflates", 0);
        return;
    }
    if (t->bytes + bytes > r->room) {
        r->room = r->room * 2 + bytes + 4096;
        t->text = realloc(t->text, r->room);
        ASSERT(t->text);
    }
    memcpy(t->text + t->bytes, s, bytes);
    t->bytes += bytes;
}

static void strings_end(void *user, const XML_Char *name)
{
    strings_reading *r = user;
    string_table    *t = r->t;
    const char      *tag = xml_local(name);
    text_run_end(&r->run, tag);
    if (strcmp(tag, "si") != 0)
        return;
    if (t->bytes > r->begin)
        t->bytes = r->begin + xlsx_unescape(t->text + r->begin, t->bytes - r->begin);
    if (t->count == t->room) {
        if (t->count >= STRINGS_COUNT) {
            part_fail(r->p, ERR_TOO_LARGE, "import.xlsx_inflates", 0);
            return;
        }
        t->room = t->room * 2 + 256;
        t->ends = realloc(t->ends, t->room * sizeof *t->ends);
        ASSERT(t->ends);
    }
    t->ends[t->count++] = t->bytes;
}

static err strings_read(book *b, const char *name, io_fault *f)
{
    static const part_handlers handlers = { strings_start, strings_end, strings_text };
    part                       p = { 0 };
    strings_reading            r = { .p = &p, .t = &b->strings };
    err                        e = part_read(&b->pack, name, &handlers, &r, &p, f);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

str book_string(const book *b, const char *index, bool *found)
{
    char *end;
    long  i = strtol(index, &end, 10);
    *found = end != index && i >= 0 && (size_t)i < b->strings.count;
    if (!*found)
        return STR("");
    size_t from = i > 0 ? b->strings.ends[i - 1] : 0, to = b->strings.ends[i];
    return to > from ? (str){ b->strings.text + from, (ptrdiff_t)(to - from) } : STR("");
}

/* ---- all of it ---- */

static err book_list(book *b, relations *r, io_fault *f)
{
    static const part_handlers handlers = { book_start, NULL, NULL };
    err                        e = relations_read(b, "_rels/.rels", STR(""), r, f);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    const char *main_part = e == ERR_OK ? relation_by_kind(r, "officeDocument") : NULL;
    if (!main_part)
        main_part = "xl/workbook.xml";
    const char *slash = strrchr(main_part, '/');
    str         base = { main_part, slash ? slash + 1 - main_part : 0 };
    const char *rels = arena_printf(b->a, "%.*s_rels/%s.rels", STR_ARG(base), main_part + base.n).p;
    e = relations_read(b, rels, base, r, f);
    if (e == ERR_OK) {
        part         p = { 0 };
        book_reading reading = { &p, b, r };
        e = part_read(&b->pack, main_part, &handlers, &reading, &p, f);
    }
    if (e == ERR_NOT_FOUND || (e == ERR_OK && b->sheet_count == 0))
        return io_fail(f, ERR_MALFORMED, "import.no_workbook", STR(""), STR(""));
    return e;
}

err book_read(book *b, io_fault *f)
{
    relations *r = calloc(1, sizeof *r);
    ASSERT(r);
    err e = book_list(b, r, f);
    if (e == ERR_OK && relation_by_kind(r, "styles"))
        e = xlsx_style_read(&b->pack, relation_by_kind(r, "styles"), &b->style, f);
    if (e == ERR_OK && relation_by_kind(r, "sharedStrings"))
        e = strings_read(b, relation_by_kind(r, "sharedStrings"), f);
    free(r);
    return e;
}

void book_free(book *b)
{
    free(b->strings.text);
    free(b->strings.ends);
    free(b->style.formats);
    if (b->pack.zip)
        zip_discard(b->pack.zip);
    arena_free(b->a);
}
