#include "io/sink.h"
#include <unistd.h>

enum { FULL = 64 << 10, CEILING = 64 << 20 };

err sink_open(sink *s, arena *a, const char *path, io_write_fn write, void *arg)
{
    *s = (sink){ .write = write, .arg = arg, .path = path };
    buf_init(&s->out, CEILING);
    if (!path)
        return ERR_OK;
    s->part = arena_printf(a, "%s.part", path).p;
    s->file = fopen(s->part, "wbe");
    return s->file ? ERR_OK : ERR_UNAVAILABLE;
}

static err sink_flush(sink *s)
{
    if (s->out.failed)
        return ERR_TOO_LARGE;
    if (s->out.n == 0)
        return ERR_OK;
    str bytes = buf_str(&s->out);
    if (s->file) {
        if (fwrite(bytes.p, 1, (size_t)bytes.n, s->file) != (size_t)bytes.n)
            return ERR_UNAVAILABLE;
    } else
        TRY(s->write(s->arg, bytes));
    buf_clear(&s->out);
    return ERR_OK;
}

err sink_flush_if_full(sink *s)
{
    return s->out.n >= FULL || s->out.failed ? sink_flush(s) : ERR_OK;
}

err sink_close(sink *s, bool done)
{
    err e = done ? sink_flush(s) : ERR_OK;
    if (s->file) {
        if (fclose(s->file) != 0 && e == ERR_OK)
            e = ERR_UNAVAILABLE;
        if (done && e == ERR_OK && rename(s->part, s->path) != 0)
            e = ERR_UNAVAILABLE;
        if (!done || e != ERR_OK)
            unlink(s->part);
    }
    buf_free(&s->out);
    return e;
}
