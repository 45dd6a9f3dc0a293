/* xlsx_style.h — number formats of a workbook's cells. Internal to xlsx. */
#ifndef ZK_IO_XLSX_STYLE_H
#define ZK_IO_XLSX_STYLE_H
#include "io/xlsx_part.h"

typedef struct {
    uint8_t *formats; /* xlsx_format per style index; malloc'ed */
    size_t   count;
} xlsx_style;

err         xlsx_style_read(package *pack, const char *name, xlsx_style *out, io_fault *f) MUST_USE;
xlsx_format xlsx_style_of(const xlsx_style *s, const char *index_or_null);
#endif
