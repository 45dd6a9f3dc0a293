/* table.h — a file with a header and rows below, whatever its format: CSV in any dialect and encoding, or XLSX.
 *
 * The header is the first row that is filled like a table's, so that lines of credits or a title above it do not matter;
 * empty rows are passed over. table_rewind() starts again at the first row below the header. */
#ifndef ZK_IO_TABLE_H
#define ZK_IO_TABLE_H
#include "io/row.h"

typedef struct table table;

typedef struct {
    const char *format;    /* "csv", "xlsx" */
    const char *encoding;  /* of a CSV */
    char        separator; /* of a CSV; 0 */
    str         sheet;     /* of a workbook */
    str         sheets;    /* all their names, one a line, hidden ones in parentheses */
    int64_t     header_line;
    int64_t     bytes;
} table_info;

err               table_open(const char *path, str sheet, table **out, io_fault *f) MUST_USE;
const table_info *table_about(const table *t);
const row        *table_header(const table *t); /* trimmed; trailing empty cells cut; alive until table_close() */
err               table_next(table *t, row *out, bool *more, io_fault *f) MUST_USE;
err               table_rewind(table *t, io_fault *f) MUST_USE;
void              table_close(table *t);
#endif
