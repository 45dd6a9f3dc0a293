/* Which number formats mean a date, a time, a share: ECMA-376 part 1, 18.8.30 and 18.8.31. */
#include "io/xlsx_style.h"

/* Leaves the letters that act: no quoted text, no [colour], no escaped character. Elapsed time ([h]) stays as a clock. */
static size_t acting_letters(str code, char *out, size_t room, bool *elapsed)
{
    size_t n = 0;
    *elapsed = false;
    for (ptrdiff_t i = 0; i < code.n && n < room; i++) {
        char ch = code.p[i];
        if (ch == ';')
            break; /* the first section is that of positive numbers */
        if (ch == '"') {
            for (i++; i < code.n && code.p[i] != '"';)
                i++;
        } else if (ch == '[') {
            ptrdiff_t from = i + 1;
            while (i < code.n && code.p[i] != ']')
                i++;
            str  in = str_sub(code, from, i);
            bool clock = in.n > 0;
            for (ptrdiff_t k = 0; k < in.n; k++)
                clock = clock && strchr("hHmMsS", in.p[k]);
            *elapsed = *elapsed || clock;
        } else if (ch == '\\' || ch == '_' || ch == '*')
            i++;
        else
            out[n++] = ch >= 'A' && ch <= 'Z' ? (char)(ch + 32) : ch;
    }
    return n;
}

xlsx_format xlsx_format_of(str code)
{
    char   letters[256];
    bool   elapsed;
    size_t n = acting_letters(code, letters, sizeof letters, &elapsed);
    str    acts = { letters, (ptrdiff_t)n };
    if (str_eq(acts, STR("general")))
        return FORMAT_NUMBER;
    bool year = false, day = false, month = false, clock = false, percent = false;
    for (size_t i = 0; i < n; i++) {
        year = year || letters[i] == 'y';
        day = day || letters[i] == 'd';
        month = month || letters[i] == 'm';
        clock = clock || letters[i] == 'h' || letters[i] == 's';
        percent = percent || letters[i] == '%';
    }
    if (elapsed)
        return FORMAT_CLOCK;
    if (year || day || (month && !clock))
        return clock ? FORMAT_TIME : FORMAT_DATE;
    if (clock)
        return FORMAT_CLOCK;
    return percent ? FORMAT_PERCENT : FORMAT_NUMBER;
}

/* The formats that a workbook does not spell out. 27–36 and 50–58 are the Chinese and Japanese dates. */
static xlsx_format builtin_format(long id)
{
    if (id == 9 || id == 10)
        return FORMAT_PERCENT;
    if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) || id == 57 || id == 58)
        return FORMAT_DATE;
    if (id == 22)
        return FORMAT_TIME;
    if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47) || id == 55 || id == 56)
        return FORMAT_CLOCK;
    return FORMAT_NUMBER;
}

enum { OWN_FORMATS = 1000, STYLES = 70000 };

typedef struct {
    part       *p; /* first: see part_open() */
    xlsx_style *s;
    bool        in_cells;
    struct {
        long        id;
        xlsx_format format;
    } own[OWN_FORMATS];
    size_t own_count;
} style_reading;

static void style_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    style_reading *r = user;
    const char    *tag = xml_local(name);
    const char    *id = xml_attribute(attributes, "numFmtId");
    if (strcmp(tag, "cellXfs") == 0)
        r->in_cells = true;
    else if (strcmp(tag, "numFmt") == 0 && id && r->own_count < OWN_FORMATS) {
        r->own[r->own_count].id = strtol(id, NULL, 10);
        r->own[r->own_count++].format = xlsx_format_of(str_from(xml_attribute(attributes, "formatCode")));
    } else if (r->in_cells && strcmp(tag, "xf") == 0 && r->s->count < STYLES) {
        long        number = id ? strtol(id, NULL, 10) : 0;
        xlsx_format format = builtin_format(number);
        for (size_t i = 0; i < r->own_count; i++)
            if (r->own[i].id == number)
                format = r->own[i].format;
        if ((r->s->count & (r->s->count - 1)) == 0) {
            r->s->formats = realloc(r->s->formats, (r->s->count ? 2 * r->s->count : 1) * sizeof *r->s->formats);
            ASSERT(r->s->formats);
        }
        r->s->formats[r->s->count++] = (uint8_t)format;
    }
}

static void style_end(void *user, const XML_Char *name)
{
    style_reading *r = user;
    if (strcmp(xml_local(name), "cellXfs") == 0)
        r->in_cells = false;
}

err xlsx_style_read(package *pack, const char *name, xlsx_style *out, io_fault *f)
{
    static const part_handlers handlers = { style_start, style_end, NULL };
    style_reading             *r = calloc(1, sizeof *r);
    part                       p = { 0 };
    ASSERT(r);
    r->p = &p;
    r->s = out;
    err e = part_read(pack, name, &handlers, r, &p, f);
    free(r);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

xlsx_format xlsx_style_of(const xlsx_style *s, const char *index)
{
    if (!index)
        return s->count > 0 ? (xlsx_format)s->formats[0] : FORMAT_NUMBER;
    char *end;
    long  i = strtol(index, &end, 10);
    return i >= 0 && (size_t)i < s->count ? (xlsx_format)s->formats[i] : FORMAT_NUMBER;
}
