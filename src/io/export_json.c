#include "io/export.h"

static err put_row(void *arg, query_row *row)
{
    exporting  *x = arg;
    json_writer w;
    arena_mark  mark = arena_here(x->c->a);
    buf_putz(&x->out->out, x->rows ? ",\n" : "\n");
    json_begin(&w, &x->out->out);
    query_row_json(row, &w);
    arena_reset(x->c->a, mark);
    TRY(sink_flush_if_full(x->out));
    return export_count(x);
}

err export_json(exporting *x)
{
    buf_putc(&x->out->out, '[');
    TRY(query_run(x->c, x->q, put_row, x));
    buf_putz(&x->out->out, "\n]\n");
    return ERR_OK;
}
