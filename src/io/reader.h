/* reader.h — a file of text, decoded to UTF-8 as it is read.
 *
 * The encoding is decided over the whole file when it is opened, because a GB18030 file may begin with a megabyte of
 * ASCII: a byte order mark, else UTF-16 by its zeros, else UTF-8 where every byte fits, else GB18030 where every byte does.
 * Errors   ERR_MALFORMED: a picture, a PDF, an old .xls, bytes that fit no encoding (the fault names the line).
 *          ERR_NOT_FOUND: no such file. ERR_TOO_LARGE: beyond LIMIT_IMPORT_BYTES. */
#ifndef ZK_IO_READER_H
#define ZK_IO_READER_H
#include "base/text.h"
#include "io/fault.h"

typedef struct reader reader;

typedef enum { FILE_TEXT, FILE_ZIP } file_kind;

/* What the file is by its first bytes; refuses what can be neither CSV nor XLSX. */
err reader_file_kind(const char *path, file_kind *out, io_fault *f) MUST_USE;

err      reader_open(const char *path, reader **out, io_fault *f) MUST_USE;
encoding reader_encoding(const reader *r);
int64_t  reader_bytes(const reader *r); /* of the file */
/* As csv_read_fn. */
err  reader_read(void *reader, char *p, size_t room, size_t *n, io_fault *f);
err  reader_rewind(reader *r, io_fault *f) MUST_USE;
void reader_close(reader *r);
#endif
