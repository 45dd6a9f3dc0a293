/* csv_write.h — a cell of a CSV that we write (RFC 4180). */
#ifndef ZK_IO_CSV_WRITE_H
#define ZK_IO_CSV_WRITE_H
#include "base/buf.h"

/* Quoted where it must be. guard: a text that a spreadsheet would run as a formula (it begins with = + - @, a tab or a CR)
 * gets a ' before it, unless it is a number or a telephone number. */
void csv_put_cell(buf *out, str text, bool guard);
#endif
