/* sink.h — where exported bytes go: a file that appears when it is complete, or a function. Internal to io. */
#ifndef ZK_IO_SINK_H
#define ZK_IO_SINK_H
#include "io/job.h"

typedef struct {
    io_write_fn write;
    void       *arg;
    const char *path, *part; /* part: PATH.part */
    FILE       *file;
    buf         out;
    err         failed;
} sink;

err sink_open(sink *s, arena *a, const char *path, io_write_fn write, void *arg) MUST_USE;
err sink_flush_if_full(sink *s) MUST_USE;
/* done: the last bytes go out and the file gets its name; else what was written is removed. */
err sink_close(sink *s, bool done) MUST_USE;
#endif
