/* xlsx_part.h — the parts of a workbook: a zip's entries through expat, within limits. Internal to xlsx. */
#ifndef ZK_IO_XLSX_PART_H
#define ZK_IO_XLSX_PART_H
#include "io/xlsx.h"
#include <expat.h>
#include <zip.h>

typedef struct {
    zip_t   *zip;
    uint64_t inflated; /* bytes of all parts so far */
} package;

typedef struct {
    package    *pack;
    zip_file_t *file;
    XML_Parser  parser;
    uint64_t    inflated, compressed;
    bool        last, suspended;
    io_fault   *fault; /* where a handler has put one: parsing stops */
    bool        faulty;
} part;

typedef struct {
    XML_StartElementHandler  start;
    XML_EndElementHandler    end;
    XML_CharacterDataHandler text;
} part_handlers;

/* ERR_NOT_FOUND without a fault when there is no such entry. user: what the handlers get. */
err part_open(part *p, package *pack, const char *name, const part_handlers *h, void *user, io_fault *f) MUST_USE;
/* Goes on to the end, or until a handler suspends (*ended false). */
err  part_run(part *p, bool *ended, io_fault *f) MUST_USE;
void part_close(part *p);
/* All of it. */
err part_read(package *pack, const char *name, const part_handlers *h, void *user, part *p, io_fault *f) MUST_USE;
/* For handlers: refuses and stops. */
void part_fail(part *p, err e, const char *code, int64_t line);

const char *xml_local(const char *name);                        /* "uri|local" → "local" */
const char *xml_attribute(const char **list, const char *name); /* by local name; NULL */
#endif
