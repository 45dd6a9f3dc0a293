/* xlsx.h — rows of an Excel workbook (ECMA-376), one at a time, read with libzip and expat.
 *
 * Numbers whose format is a date's come as CELL_DATE or CELL_TIME (both epochs), per-cent ones as "25%", all others with
 * the 15 digits that Excel shows. Shared, inline and formula strings; errors as CELL_ERROR. Merged cells: the text stands
 * in the first one, as in the file.
 * Errors   ERR_MALFORMED: no zip, no workbook, broken XML, a DTD (OOXML has none). ERR_NOT_FOUND: no such sheet (the fault
 *          lists those there are). ERR_TOO_LARGE: inflates beyond LIMIT_XLSX_INFLATED, or to more than any honest workbook.
 * Memory   The shared strings (bounded) and one row. */
#ifndef ZK_IO_XLSX_H
#define ZK_IO_XLSX_H
#include "io/row.h"

typedef struct xlsx xlsx;

typedef struct {
    str  name;
    bool hidden;
} xlsx_sheet;

err               xlsx_open(const char *path, xlsx **out, io_fault *f) MUST_USE;
err               xlsx_open_memory(const void *bytes, size_t n, xlsx **out, io_fault *f) MUST_USE; /* not copied */
const xlsx_sheet *xlsx_sheets(const xlsx *x, size_t *count);
/* By name (case ignored) or number from 1; empty: the first visible sheet with a row. Begins at its first row; again
 * for a new start. */
err    xlsx_begin(xlsx *x, str sheet, io_fault *f) MUST_USE;
size_t xlsx_sheet_chosen(const xlsx *x);
err    xlsx_next(xlsx *x, row *out, bool *more, io_fault *f) MUST_USE;
void   xlsx_close(xlsx *x);

/* What a number format makes of a number. */
typedef enum {
    FORMAT_NUMBER,
    FORMAT_DATE,
    FORMAT_TIME,
    FORMAT_CLOCK /* time without a date */,
    FORMAT_PERCENT
} xlsx_format;
xlsx_format xlsx_format_of(str code);
#endif
