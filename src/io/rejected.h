/* rejected.h — the rows that were refused, as a CSV with their own cells and the reason last, ready to be mended and
 * imported again. Made at the first one. */
#ifndef ZK_IO_REJECTED_H
#define ZK_IO_REJECTED_H
#include "io/row.h"

typedef struct rejected rejected;
rejected               *rejected_new(const char *path, const row *header);
err                     rejected_put(rejected *r, const row *cells, str reason, io_fault *f) MUST_USE;
/* The row's line of the file, with its end; until the next call. */
str rejected_line(rejected *r, const row *cells, str reason);
/* A line that an earlier run had made. */
err rejected_again(rejected *r, str line, io_fault *f) MUST_USE;
/* True: there is a file, complete. */
err rejected_close(rejected *r, bool *any, io_fault *f) MUST_USE;
#endif
