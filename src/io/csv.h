/* csv.h — rows of a CSV text, one at a time (RFC 4180 and what real files make of it).
 *
 * Input is UTF-8 that somebody else has decoded. A row ends with LF, CRLF or CR; a cell in double quotes may hold
 * separators, line ends and doubled quotes; what follows a closing quote is taken as it stands; a quote inside a cell
 * that does not begin with one is a character like any other.
 * Errors   ERR_MALFORMED: a quote that never closes, a NUL (a picture, not a text). ERR_TOO_LARGE: a cell, a row or the
 *          number of cells beyond base/limits.h. The fault names the line.
 * Memory   One row at a time; valid until the next call. */
#ifndef ZK_IO_CSV_H
#define ZK_IO_CSV_H
#include "io/row.h"

/* *n = 0: the end. */
typedef err (*csv_read_fn)(void *arg, char *p, size_t room, size_t *n, io_fault *f);

typedef struct csv csv;

csv *csv_open(char separator, csv_read_fn read, void *arg);
err  csv_next(csv *c, row *out, bool *more, io_fault *f) MUST_USE;
void csv_close(csv *c);

/* The separator that cuts the beginning of a text into the most even rows: one of , ; tab |. A first line "sep=;"
 * (Excel's own) says so itself; *skip is then its length, else 0. whole: the sample is all there is. */
char csv_separator(str sample, bool whole, size_t *skip);
#endif
