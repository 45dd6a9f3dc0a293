/* row.h — a row of a file, whatever the file is. */
#ifndef ZK_IO_ROW_H
#define ZK_IO_ROW_H
#include "io/fault.h"

/* What the file itself knows of a cell. CSV knows nothing: all TEXT. */
typedef enum {
    CELL_TEXT,
    CELL_NUMBER, /* "12.5": a point, no thousands              */
    CELL_DATE,   /* "2026-10-01"                              */
    CELL_TIME,   /* "2026-10-01T08:00:00", without a zone     */
    CELL_BOOL,   /* "TRUE", "FALSE"                           */
    CELL_ERROR   /* "#N/A"                                    */
} cell_kind;

typedef struct {
    str       text; /* empty: nothing there */
    cell_kind kind;
} cell;

typedef struct {
    cell   *cells;
    size_t  count;
    int64_t line; /* where it begins: line of a CSV, row of a sheet, from 1 */
} row;

bool row_empty(const row *r); /* nothing but white space */
#endif
