#include "io/xlsx_part.h"
#include "base/limits.h"

enum { CHUNK = 32 << 10, HONEST = 16 << 20, HONEST_RATIO = 250 };

const char *xml_local(const char *name)
{
    const char *bar = strrchr(name, '|');
    return bar ? bar + 1 : name;
}

const char *xml_attribute(const char **list, const char *name)
{
    for (; *list; list += 2)
        if (strcmp(xml_local(*list), name) == 0)
            return list[1];
    return NULL;
}

void part_fail(part *p, err e, const char *code, int64_t line)
{
    if (!p->faulty)
        (void)io_fail_at(p->fault, e, code, line, STR(""));
    p->faulty = true;
    XML_StopParser(p->parser, XML_FALSE);
}

/* Entities are what a DTD declares; a workbook has none, so that one cannot grow by them. */
static void on_doctype(void *user, const XML_Char *name, const XML_Char *system, const XML_Char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    part *p = *(part **)user; /* what handlers get begins with the part they belong to */
    XML_StopParser(p->parser, XML_FALSE);
}

err part_open(part *p, package *pack, const char *name, const part_handlers *h, void *user, io_fault *f)
{
    *p = (part){ .pack = pack, .fault = f };
    zip_stat_t  st;
    zip_int64_t index = zip_name_locate(pack->zip, name, ZIP_FL_NOCASE);
    if (index < 0 || zip_stat_index(pack->zip, (zip_uint64_t)index, 0, &st) != 0)
        return ERR_NOT_FOUND;
    p->file = zip_fopen_index(pack->zip, (zip_uint64_t)index, 0);
    if (!p->file)
        return io_fail(f, ERR_MALFORMED, "import.xlsx_broken", str_from(name), str_from(zip_strerror(pack->zip)));
    p->compressed = (st.valid & ZIP_STAT_COMP_SIZE) ? st.comp_size : 0;
    p->parser = XML_ParserCreateNS(NULL, '|');
    ASSERT(p->parser);
    XML_SetUserData(p->parser, user);
    XML_SetElementHandler(p->parser, h->start, h->end);
    XML_SetCharacterDataHandler(p->parser, h->text);
    XML_SetStartDoctypeDeclHandler(p->parser, on_doctype);
    return ERR_OK;
}

void part_close(part *p)
{
    if (p->parser)
        XML_ParserFree(p->parser);
    if (p->file)
        zip_fclose(p->file);
    p->parser = NULL;
    p->file = NULL;
}

static err part_count(part *p, uint64_t n, io_fault *f)
{
    p->inflated += n;
    p->pack->inflated += n;
    bool bomb = p->inflated > HONEST && p->inflated / HONEST_RATIO > p->compressed;
    if (p->pack->inflated > LIMIT_XLSX_INFLATED || bomb)
        return io_fail(f, ERR_TOO_LARGE, "import.xlsx_inflates", STR(""), STR(""));
    return ERR_OK;
}

static err part_broken(part *p, io_fault *f)
{
    if (p->faulty)
        return f->e;
    enum XML_Error code = XML_GetErrorCode(p->parser);
    const char    *what = code == XML_ERROR_ABORTED ? "DTD" : XML_ErrorString(code);
    return io_fail(f, ERR_MALFORMED, "import.xlsx_broken", str_from(what), STR(""));
}

static err part_feed(part *p, enum XML_Status *status, io_fault *f)
{
    void *room = XML_GetBuffer(p->parser, CHUNK);
    ASSERT(room);
    zip_int64_t n = zip_fread(p->file, room, CHUNK);
    if (n < 0)
        return io_fail(f, ERR_MALFORMED, "import.xlsx_broken", str_from(zip_file_strerror(p->file)), STR(""));
    TRY(part_count(p, (uint64_t)n, f));
    p->last = n == 0;
    *status = XML_ParseBuffer(p->parser, (int)n, p->last);
    return ERR_OK;
}

err part_run(part *p, bool *ended, io_fault *f)
{
    p->fault = f;
    enum XML_Status status = XML_STATUS_OK;
    if (p->suspended) {
        p->suspended = false;
        status = XML_ResumeParser(p->parser);
    }
    while (status == XML_STATUS_OK && !p->last)
        TRY(part_feed(p, &status, f));
    if (status == XML_STATUS_ERROR)
        return part_broken(p, f);
    p->suspended = status == XML_STATUS_SUSPENDED;
    *ended = !p->suspended;
    return ERR_OK;
}

err part_read(package *pack, const char *name, const part_handlers *h, void *user, part *p, io_fault *f)
{
    bool ended;
    TRY(part_open(p, pack, name, h, user, f));
    err e = part_run(p, &ended, f);
    part_close(p);
    return e;
}
