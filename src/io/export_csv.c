#include "io/csv_write.h"
#include "io/export.h"

static err put_row(void *arg, query_row *row)
{
    exporting *x = arg;
    size_t     n = query_column_count(x->q);
    arena_mark mark = arena_here(x->c->a);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_putc(&x->out->out, ',');
        csv_put_cell(&x->out->out, query_row_text(row, i), !x->ask->raw);
    }
    buf_putz(&x->out->out, "\r\n");
    arena_reset(x->c->a, mark);
    TRY(sink_flush_if_full(x->out));
    return export_count(x);
}

err export_csv(exporting *x)
{
    if (x->ask->bom)
        buf_putz(&x->out->out, "\xEF\xBB\xBF");
    for (size_t i = 0; i < query_column_count(x->q); i++) {
        if (i > 0)
            buf_putc(&x->out->out, ',');
        csv_put_cell(&x->out->out, export_header(x, i), !x->ask->raw);
    }
    buf_putz(&x->out->out, "\r\n");
    return query_run(x->c, x->q, put_row, x);
}
