/* What an import leaves behind with each piece, so that another run goes on where this one was cut off. A note is one
 * line of JSON: ["r", the line of the rejected rows] or ["l", id, target, word, line], a reference that has to wait. */
#include "io/import.h"
#include "io/rejected.h"

void import_count(io_import_result *out, const import_row *in)
{
    out->rows++;
    switch (in->outcome) {
    case ROW_CREATED: out->created++; break;
    case ROW_UPDATED: out->updated++; break;
    case ROW_SKIPPED:
    case ROW_WAITING: out->skipped++; break;
    case ROW_REJECTED: out->rejected++; break;
    }
}

static void note_links(const importer *im, const import_row *in, json_writer *w)
{
    for (size_t k = 0; in->later && k < im->p->order_count; k++) {
        if (!in->later[k])
            continue;
        json_array(w);
        json_string(w, STR("l"));
        json_id(w, in->id);
        json_string(w, im->p->order[k]->to.path);
        json_string(w, in->later[k]->text);
        json_int(w, in->line);
        json_array_end(w);
        buf_putc(w->out, '\n');
    }
}

static void note_rejected(importer *im, const import_row *in, json_writer *w)
{
    json_array(w);
    json_string(w, STR("r"));
    json_string(w, rejected_line(im->bad, &in->cells, in->reason));
    json_array_end(w);
    buf_putc(w->out, '\n');
}

err import_keep(importer *im)
{
    io_import_result so_far = *im->out;
    if (!im->keeper || im->dry_run)
        return ERR_OK;
    for (size_t i = 0; i < im->to; i++)
        import_count(&so_far, &im->rows[i]);
    so_far.operation = im->operation ? im->operation : im->begun ? im->c->operation : 0;
    buf_clear(&im->notes);
    for (size_t i = im->kept; i < im->to; i++) {
        json_writer w;
        json_begin(&w, &im->notes);
        if (im->rows[i].outcome == ROW_REJECTED)
            note_rejected(im, &im->rows[i], &w);
        else
            note_links(im, &im->rows[i], &w);
    }
    if (im->notes.failed)
        return ERR_TOO_LARGE;
    return im->keeper->keep(im->keeper->arg, im->c, &so_far, buf_str(&im->notes));
}

/* ---- going on ---- */

static void take_link(importer *im, const json *id, arena *scratch)
{
    const json *path = id->next, *text = path ? path->next : NULL, *line = text ? text->next : NULL;
    deferred    d = { 0 };
    if (!line || !str_to_int64(id->text, &d.id) || !json_int64(line, &d.line))
        return;
    for (d.column = 0; d.column < im->p->order_count; d.column++)
        if (str_eq(im->p->order[d.column]->to.path, path->text) &&
            (d.w = plan_word(im->p, im->p->order[d.column], text->text, scratch)))
            break;
    if (d.w)
        import_link(im, d);
}

static err take_note(void *arg, str notes)
{
    importer *im = arg;
    arena    *scratch = arena_new();
    err       e = ERR_OK;
    while (e == ERR_OK && notes.n > 0) {
        ptrdiff_t  end = str_find_char(notes, '\n');
        str        line = end < 0 ? notes : str_sub(notes, 0, end);
        json      *j;
        json_fault fault;
        io_fault   f;
        notes = end < 0 ? (str){ 0 } : str_sub(notes, end + 1, notes.n);
        e = json_parse(scratch, line, &j, &fault);
        if (e == ERR_OK && (!json_is(j, JSON_ARRAY) || j->count < 2))
            e = ERR_INTERNAL;
        if (e == ERR_OK && str_eq(j->first->text, STR("r")))
            e = rejected_again(im->bad, j->first->next->text, &f) == ERR_OK ? ERR_OK : io_job_fault(im->job, &f);
        else if (e == ERR_OK)
            take_link(im, j->first->next, scratch);
        arena_clear(scratch);
    }
    arena_free(scratch);
    return e;
}

err import_take_up(importer *im)
{
    if (!im->keeper || im->keeper->from.rows == 0)
        return ERR_OK;
    *im->out = im->keeper->from;
    im->operation = im->keeper->from.operation;
    return im->keeper->read(im->keeper->arg, take_note, im);
}
