#include "io/export.h"
#include <unistd.h>

static const struct {
    const char *name, *type;
    err (*run)(exporting *x);
} formats[IO_FORMAT_COUNT] = {
    [IO_CSV] = { "csv", "text/csv; charset=utf-8", export_csv },
    [IO_XLSX] = { "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", export_xlsx },
    [IO_JSON] = { "json", "application/json", export_json },
};

bool io_format_from(str name, io_format *out)
{
    for (io_format f = 0; f < IO_FORMAT_COUNT; f++)
        if (str_eq_nocase(name, str_from(formats[f].name))) {
            *out = f;
            return true;
        }
    return false;
}

const char *io_format_type(io_format f)
{
    return formats[f].type;
}

const char *io_format_suffix(io_format f)
{
    return formats[f].name;
}

str export_header(const exporting *x, size_t column)
{
    const query_column *c = &query_columns(x->q)[column];
    if (x->ask->labels && c->field && c->field->label[x->job->lang].n > 0)
        return c->field->label[x->job->lang];
    return c->name;
}

err export_count(exporting *x)
{
    x->rows++;
    if (x->rows % 1000)
        return ERR_OK;
    io_job_progress(x->job, "export", x->rows, 0);
    return io_job_cancelled(x->job) ? ERR_CONFLICT : ERR_OK;
}

static err make_query(exporting *x)
{
    const io_export_request *r = x->ask;
    if (r->query.n > 0)
        return query_select(x->c, r->query, &x->q);
    const entity *e = snapshot_entity(x->c->snap, r->entity);
    if (!e)
        e = snapshot_plural(x->c->snap, r->entity);
    if (!e)
        return io_job_refuse(x->job, ERR_NOT_FOUND, "import.no_entity", r->entity, (str){ 0 });
    list_request l = { .where = r->where, .order = r->order, .select = r->select };
    return query_list(x->c, e, &l, &x->q);
}

static err allowed(exporting *x)
{
    if (query_counts(x->q))
        return io_job_refuse(x->job, ERR_INVALID, "export.count", (str){ 0 }, (str){ 0 });
    if (!permit_entity(&x->job->who, query_entity(x->q), VERB_EXPORT))
        return io_job_refuse(x->job, ERR_FORBIDDEN, "export.forbidden", query_entity(x->q)->name, (str){ 0 });
    return ERR_OK;
}

/* Excel's writer wants a path: without one its bytes take the way over a temporary file. */
static err send_file(exporting *x, FILE *f)
{
    char   chunk[64 << 10];
    size_t n;
    err    e = ERR_OK;
    while (e == ERR_OK && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
        e = x->ask->write(x->ask->arg, (str){ chunk, (ptrdiff_t)n });
    return e == ERR_OK && ferror(f) ? ERR_UNAVAILABLE : e;
}

static err run_xlsx(exporting *x)
{
    char temporary[] = "/tmp/zhike-export-XXXXXX";
    if (x->ask->path) {
        const char *part = arena_printf(x->job->a, "%s.part", x->ask->path).p;
        x->path = part;
        err e = export_xlsx(x);
        if (e == ERR_OK && rename(part, x->ask->path) != 0)
            e = ERR_UNAVAILABLE;
        if (e != ERR_OK)
            unlink(part);
        return e;
    }
    int fd = mkstemp(temporary);
    if (fd < 0)
        return ERR_UNAVAILABLE;
    x->path = temporary;
    err   e = export_xlsx(x);
    FILE *f = e == ERR_OK ? fopen(temporary, "rbe") : NULL;
    if (f) {
        e = send_file(x, f);
        fclose(f);
    }
    close(fd);
    unlink(temporary);
    return e;
}

static err run_stream(exporting *x)
{
    sink s;
    x->out = &s;
    err e = sink_open(&s, x->job->a, x->ask->path, x->ask->write, x->ask->arg);
    if (e == ERR_OK)
        e = formats[x->ask->format].run(x);
    err closed = sink_close(&s, e == ERR_OK);
    return e == ERR_OK ? closed : e;
}

static err export_run(exporting *x)
{
    TRY(make_query(x));
    TRY(allowed(x));
    return x->ask->format == IO_XLSX ? run_xlsx(x) : run_stream(x);
}

/* What has left the program is told of also where it ended badly in the middle; what cannot be told of is no success. */
static err tell_taken(exporting *x, err e)
{
    const io_export_request *r = x->ask;
    const entity            *of = x->q ? query_entity(x->q) : NULL;
    audit_word               words[8] = { { .name = "of", .text = of ? of->name : r->entity },
                                          { .name = "rows", .number = x->rows },
                                          { .name = "format", .text = str_from(io_format_suffix(r->format)) } };
    int                      n = 3;
    if (r->query.n)
        words[n++] = (audit_word){ .name = "query", .text = r->query };
    if (r->where.n)
        words[n++] = (audit_word){ .name = "where", .text = r->where };
    if (r->select.n)
        words[n++] = (audit_word){ .name = "select", .text = r->select };
    if (e != ERR_OK)
        words[n++] = (audit_word){ .name = "ended", .text = STR("failed") };
    err told = io_job_tell(x->job, x->c->snap, AUDIT_EXPORT, words);
    return e == ERR_OK ? told : e;
}

err io_export(io_job *j, const io_export_request *r, int64_t *rows)
{
    snapshot *tables;
    TRY(j->tables(j->arg, &tables));
    ctx c = io_job_ctx(j, arena_new(), tables);
    c.also = VERB_EXPORT;
    exporting x = { .job = j, .ask = r, .c = &c };
    err       e = db_read_begin(j->d, DB_LONG, &c.conn);
    if (e == ERR_OK) {
        e = export_run(&x);
        db_read_end(c.conn);
        c.conn = NULL;
    }
    if (e == ERR_OK || x.rows > 0)
        e = tell_taken(&x, e);
    if (e != ERR_OK && j->why.n == 0)
        (void)job_from_ctx(j, &c, e);
    if (e != ERR_OK && j->why.n == 0 && e == ERR_UNAVAILABLE)
        (void)io_job_refuse(j, e, "export.cannot_write", str_from(r->path), (str){ 0 });
    *rows = x.rows;
    arena_free(c.a);
    snapshot_unpin(tables);
    return e;
}
