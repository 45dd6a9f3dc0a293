#include "io/rejected.h"
#include "base/buf.h"
#include "io/csv_write.h"
#include <errno.h>

struct rejected {
    const char *path;
    const row  *header;
    FILE       *file;
    buf         line;
};

rejected *rejected_new(const char *path, const row *header)
{
    rejected *r = calloc(1, sizeof *r);
    ASSERT(r);
    r->path = path;
    r->header = header;
    buf_init(&r->line, 64 << 20);
    return r;
}

static void put_cells(rejected *r, const row *cells, size_t width, str last)
{
    buf_clear(&r->line);
    for (size_t i = 0; i < cells->count || i < width; i++) {
        csv_put_cell(&r->line, i < cells->count ? cells->cells[i].text : (str){ 0 }, false);
        buf_putc(&r->line, ',');
    }
    csv_put_cell(&r->line, last, false);
    buf_putz(&r->line, "\r\n");
}

static err no_file(rejected *r, io_fault *f)
{
    return io_fail(f, ERR_UNAVAILABLE, "import.cannot_write", str_from(r->path), str_from(strerror(errno)));
}

static err begin_file(rejected *r, io_fault *f)
{
    if (r->file)
        return ERR_OK;
    r->file = fopen(r->path, "wbe");
    if (!r->file)
        return no_file(r, f);
    fputs("\xEF\xBB\xBF", r->file); /* Excel takes a file without it for the local code page */
    put_cells(r, r->header, 0, STR("import_error"));
    fwrite(r->line.p, 1, r->line.n, r->file);
    return ERR_OK;
}

str rejected_line(rejected *r, const row *cells, str reason)
{
    put_cells(r, cells, r->header->count, reason);
    return buf_str(&r->line);
}

err rejected_again(rejected *r, str line, io_fault *f)
{
    TRY(begin_file(r, f));
    return fwrite(line.p, 1, (size_t)line.n, r->file) == (size_t)line.n ? ERR_OK : no_file(r, f);
}

err rejected_put(rejected *r, const row *cells, str reason, io_fault *f)
{
    TRY(begin_file(r, f));
    return rejected_again(r, rejected_line(r, cells, reason), f);
}

err rejected_close(rejected *r, bool *any, io_fault *f)
{
    err e = ERR_OK;
    *any = r->file != NULL;
    if (r->file && fclose(r->file) != 0)
        e = no_file(r, f);
    buf_free(&r->line);
    free(r);
    return e;
}
