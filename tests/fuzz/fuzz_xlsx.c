/* Workbooks from strangers. Zip's own checksums would stop most inputs at the door, so what is no zip becomes a sheet of a
 * workbook made here. */
#include <zip.h>

#include "base/buf.h"
#include "base/limits.h"
#include "io/xlsx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(xlsx *x)
{
    io_fault f;
    row      r;
    bool     more = true;
    if (xlsx_begin(x, (str){ 0 }, &f) != ERR_OK)
        return;
    while (xlsx_next(x, &r, &more, &f) == ERR_OK && more) {
        ASSERT(r.count <= LIMIT_IMPORT_COLUMNS);
        for (size_t i = 0; i < r.count; i++)
            ASSERT(r.cells[i].text.n >= 0 && r.cells[i].kind <= CELL_ERROR);
    }
}

static void add(zip_t *z, const char *name, const void *p, size_t n)
{
    zip_source_t *s = zip_source_buffer(z, p, n, 0);
    zip_int64_t   at = zip_file_add(z, name, s, ZIP_FL_OVERWRITE);
    if (at >= 0)
        (void)zip_set_file_compression(z, (zip_uint64_t)at, ZIP_CM_STORE, 0);
}

/* The input, cut at its first NULs: sheet, shared strings, styles. */
static zip_source_t *workbook_of(str text)
{
    static const char rels[] =
        "<R><Relationship Id=\"a\" Type=\"x/worksheet\" Target=\"s.xml\"/><Relationship Id=\"b\" "
        "Type=\"x/sharedStrings\" Target=\"t.xml\"/><Relationship Id=\"c\" Type=\"x/styles\" "
        "Target=\"y.xml\"/></R>";
    static const char book[] = "<workbook xmlns:r=\"r\"><sheets><sheet name=\"S\" r:id=\"a\"/></sheets></workbook>";
    static const char *const names[] = { "xl/s.xml", "xl/t.xml", "xl/y.xml" };
    zip_source_t            *bytes = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_source_keep(bytes);
    zip_t *z = zip_open_from_source(bytes, ZIP_TRUNCATE, NULL);
    add(z, "xl/workbook.xml", book, sizeof book - 1);
    add(z, "xl/_rels/workbook.xml.rels", rels, sizeof rels - 1);
    for (size_t i = 0; i < 3; i++) {
        ptrdiff_t cut = str_find_char(text, 0);
        str       part = cut < 0 || i == 2 ? text : str_sub(text, 0, cut);
        text = cut < 0 ? (str){ 0 } : str_sub(text, cut + 1, text.n);
        add(z, names[i], part.n > 0 ? part.p : "", (size_t)part.n);
    }
    (void)zip_close(z);
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    xlsx    *x;
    io_fault f;
    if (size > 4 && memcmp(data, "PK\x03\x04", 4) == 0) {
        if (xlsx_open_memory(data, size, &x, &f) == ERR_OK) {
            read_all(x);
            xlsx_close(x);
        }
        return 0;
    }
    zip_source_t *bytes = workbook_of((str){ (const char *)data, (ptrdiff_t)size });
    zip_stat_t    st;
    char         *copy = NULL;
    if (zip_source_stat(bytes, &st) == 0 && zip_source_open(bytes) == 0) {
        copy = malloc(st.size + 1);
        zip_int64_t n = copy ? zip_source_read(bytes, copy, st.size) : -1;
        zip_source_close(bytes);
        if (n > 0 && xlsx_open_memory(copy, (size_t)n, &x, &f) == ERR_OK) {
            read_all(x);
            xlsx_close(x);
        }
    }
    zip_source_free(bytes);
    free(copy);
    return 0;
}
