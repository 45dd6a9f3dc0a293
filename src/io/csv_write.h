/* csv_write.h — a cell of a CSV that we write (RFC 4180). */
#ifndef ZK_IO_CSV_WRITE_H
#define ZK_IO_CSV_WRITE_H
#include "base/buf.h"

/* Begins with ' marks and then as a formula does: what such a mark was put before, or looks so. One more is written before it
 * and one is taken off where it is read, so that it comes back as it was. */
bool csv_looks_guarded(str text);

/* Quoted where it must be. guard: a text that a spreadsheet would run as a formula (it begins with = + - @, a tab or a CR)
 * gets a ' before it, unless it is a number or a telephone number. */
void csv_put_cell(buf *out, str text, bool guard);
#endif
