/* Import: the file is read twice. First everything is learned (forms of dates, distinct values), then rows are written. */
#include "io/import.h"
#include "base/date.h"
#include "base/limits.h"
#include "io/job.h"
#include "io/report.h"

/* A durable commit may take longer than the rows: pieces that grow small would wait for the disk alone. */
enum { PIECE_ROWS = 500, PIECE_LEAST = 100, PIECE_MS = 50, NOTES_MAX = 256 << 20 };

typedef struct {
    io_job                  *job;
    const io_import_request *ask;
    io_import_result        *out;
    io_fault                 f;
    table                   *file;
    snapshot                *tables;
    arena                   *scratch, *link_arena;
    plan                     p;
    ctx                      c;
    rejected                *bad;
    importer                 im;
    int64_t                  shown_ns;
} run;

static void show(run *r, const char *phase, int64_t done, int64_t total)
{
    int64_t now = clock_monotonic_ns();
    if (now - r->shown_ns < 100000000 && done != total)
        return;
    r->shown_ns = now;
    io_job_progress(r->job, phase, done, total);
}

/* ---- first reading ---- */

static err check_rights(run *r, const entity **e)
{
    *e = snapshot_entity(r->tables, r->ask->entity);
    if (!*e)
        *e = snapshot_plural(r->tables, r->ask->entity);
    if (!*e)
        return io_job_refuse(r->job, ERR_NOT_FOUND, "import.no_entity", r->ask->entity, (str){ 0 });
    if (!permit_entity(&r->job->who, *e, VERB_IMPORT))
        return io_job_refuse(r->job, ERR_FORBIDDEN, "import.forbidden", (*e)->name, (str){ 0 });
    return ERR_OK;
}

static err survey(run *r)
{
    row     line;
    bool    more = true;
    int64_t n = 0;
    for (;;) {
        err e = table_next(r->file, &line, &more, &r->f);
        if (e != ERR_OK)
            return io_job_fault(r->job, &r->f);
        if (!more)
            break;
        if (++n > LIMIT_IMPORT_ROWS)
            return io_job_refuse(r->job, ERR_TOO_LARGE, "import.too_many_rows", STR("2000000"), (str){ 0 });
        plan_survey(&r->p, &line, n, r->scratch);
        arena_clear(r->scratch);
        if (n % 1000 == 0) {
            show(r, "read", n, 0);
            if (io_job_cancelled(r->job))
                break;
        }
    }
    return ERR_OK;
}

static err find_references(run *r)
{
    err e = db_read_begin(r->job->d, DB_LONG, &r->c.conn);
    if (e != ERR_OK)
        return e;
    r->c.importing = r->p.admin;
    e = refs_find_all(&r->c, &r->p);
    db_read_end(r->c.conn);
    r->c.conn = NULL;
    if (e != ERR_OK)
        return job_from_ctx(r->job, &r->c, e);
    arena_clear(r->c.a);
    return ERR_OK;
}

static err make_plan(run *r)
{
    const entity *e;
    TRY(check_rights(r, &e));
    if (table_open(r->ask->path, r->ask->sheet, &r->file, &r->f) != ERR_OK)
        return io_job_fault(r->job, &r->f);
    plan_options o = { r->ask->map, r->ask->match, r->ask->create_missing };
    r->p.admin = permit_is_admin(&r->job->who);
    if (plan_build(&r->p, r->tables, e, table_header(r->file), &o, &r->f) != ERR_OK)
        return io_job_fault(r->job, &r->f);
    TRY(survey(r));
    plan_decide(&r->p);
    return find_references(r);
}

/* ---- choices that are to be added ---- */

static err add_choices(ctx *c, void *arg)
{
    const plan *p = arg;
    for (size_t i = 0; i < p->order_count; i++) {
        const io_column *column = p->order[i];
        if (column_is_choice(column))
            for (const word *w = column->first; w; w = w->next)
                if (w->make)
                    TRY(store_choice_add(c, column->to.f, w->key, w->text));
    }
    return ERR_OK;
}

static bool choices_to_add(const plan *p)
{
    for (size_t i = 0; i < p->order_count; i++)
        for (const word *w = column_is_choice(p->order[i]) ? p->order[i]->first : NULL; w; w = w->next)
            if (w->make)
                return true;
    return false;
}

static err extend_choices(run *r)
{
    snapshot *newer;
    if (r->ask->dry_run || !choices_to_add(&r->p))
        return ERR_OK;
    err e = io_job_write(&r->c, add_choices, &r->p);
    if (e != ERR_OK)
        return job_from_ctx(r->job, &r->c, e);
    TRY(r->job->tables(r->job->arg, &newer));
    if (!plan_rebind(&r->p, newer)) {
        snapshot_unpin(newer);
        return io_job_refuse(r->job, ERR_CONFLICT, "import.tables_changed", (str){ 0 }, (str){ 0 });
    }
    snapshot_unpin(r->tables);
    r->tables = newer;
    r->c = io_job_ctx(r->job, r->c.a, newer);
    return ERR_OK;
}

/* ---- second reading ---- */

static err read_piece(run *r, size_t want, int64_t *ordinal, bool *more)
{
    importer *im = &r->im;
    row       line;
    arena_clear(im->piece);
    im->rows = arena_make_n(im->piece, import_row, want);
    im->count = 0;
    while (im->count < want) {
        if (table_next(r->file, &line, more, &r->f) != ERR_OK)
            return io_job_fault(r->job, &r->f);
        if (!*more)
            return ERR_OK;
        import_row *in = &im->rows[im->count++];
        *in = (import_row){ .ordinal = ++*ordinal };
        import_prepare(im, in, &line);
    }
    return ERR_OK;
}

static err count_piece(run *r)
{
    importer *im = &r->im;
    for (size_t i = 0; i < im->count; i++) {
        const import_row *in = &im->rows[i];
        import_count(r->out, in);
        if (r->ask->dry_run && r->p.match && in->id && !in->fresh && in->outcome != ROW_REJECTED)
            plan_found(&r->p, in->line, in->id, in->match);
        if (in->outcome != ROW_REJECTED)
            continue;
        if (r->out->rejected <= 20)
            plan_warning(&r->p, "import.row_rejected", (str){ 0 }, in->line, in->reason, (str){ 0 });
        if (!r->ask->dry_run && rejected_put(r->bad, &in->cells, in->reason, &r->f) != ERR_OK)
            return io_job_fault(r->job, &r->f);
    }
    return ERR_OK;
}

/* The next piece takes some PIECE_MS, so that those who wait to write are not held up. */
static size_t next_size(size_t rows, int64_t took_ms, size_t most)
{
    if (took_ms > PIECE_MS)
        rows = rows * PIECE_MS / (size_t)took_ms;
    else if (took_ms < PIECE_MS / 2)
        rows *= 2;
    if (rows < PIECE_LEAST)
        rows = PIECE_LEAST;
    return rows > most ? most : rows;
}

/* The rows that an earlier run has written. */
static err pass_over(run *r, int64_t *ordinal, bool *more)
{
    row line;
    while (*ordinal < r->out->rows && *more) {
        if (table_next(r->file, &line, more, &r->f) != ERR_OK)
            return io_job_fault(r->job, &r->f);
        *ordinal += *more;
    }
    return ERR_OK;
}

static err write_all(run *r)
{
    size_t  most = r->ask->piece_rows ? r->ask->piece_rows : PIECE_ROWS, want = most < 50 ? most : 50;
    int64_t ordinal = 0;
    bool    more = true;
    if (table_rewind(r->file, &r->f) != ERR_OK)
        return io_job_fault(r->job, &r->f);
    TRY(import_take_up(&r->im));
    TRY(pass_over(r, &ordinal, &more));
    while (more && !(r->out->cancelled = io_job_cancelled(r->job))) {
        TRY(read_piece(r, want, &ordinal, &more));
        TRY(import_write_piece(&r->im));
        TRY(count_piece(r));
        show(r, "write", ordinal, r->p.rows);
        want = next_size(want, r->im.held_ns / 1000000, most);
    }
    return r->ask->dry_run ? ERR_OK : import_links(&r->im);
}

static err write_rows_of_file(run *r)
{
    const char *path = r->ask->rejected_path;
    if (!path)
        path = arena_printf(r->job->a, "%s.rejected.csv", r->ask->path).p;
    r->bad = rejected_new(path, table_header(r->file));
    r->im = (importer){ .job = r->job,
                        .p = &r->p,
                        .c = &r->c,
                        .dry_run = r->ask->dry_run,
                        .skip_existing = r->ask->skip_existing,
                        .piece = arena_new(),
                        .link_arena = r->link_arena,
                        .bad = r->bad,
                        .keeper = r->ask->keeper,
                        .out = r->out };
    buf_init(&r->im.notes, NOTES_MAX);
    r->c.importing = r->p.admin;
    err  e = write_all(r);
    bool any;
    if (e != ERR_OK && r->job->why.n == 0)
        (void)job_from_ctx(r->job, &r->c, e);
    err closed = rejected_close(r->bad, &any, &r->f);
    if (closed != ERR_OK && e == ERR_OK)
        e = io_job_fault(r->job, &r->f);
    r->out->rejected_path = any ? path : NULL;
    bool written = r->out->created + r->out->updated > 0 || r->im.links;
    r->out->operation = written ? r->im.operation : 0;
    arena_free(r->im.piece);
    buf_free(&r->im.notes);
    free(r->im.made);
    return e;
}

static err import_run(run *r)
{
    TRY(r->job->tables(r->job->arg, &r->tables));
    r->c = io_job_ctx(r->job, arena_new(), r->tables);
    r->p = (plan){ .a = arena_new(), .lang = r->job->lang };
    r->scratch = arena_new();
    r->link_arena = arena_new();
    TRY(make_plan(r));
    r->out->rows = r->p.rows;
    if (io_job_cancelled(r->job)) {
        r->out->cancelled = true;
        return ERR_OK;
    }
    if (r->p.fatal) {
        if (!r->ask->dry_run)
            r->job->why = arena_str(r->job->a, r->p.problems.list[0].text);
        return r->ask->dry_run ? ERR_OK : ERR_INVALID;
    }
    TRY(extend_choices(r));
    r->out->rows = 0;
    return write_rows_of_file(r);
}

/* Where the database went away in the middle, another turn takes it up and tells of the end. */
static bool goes_on(const io_import_request *ask, err e)
{
    return ask->keeper && e == ERR_UNAVAILABLE;
}

static err tell_end(run *r, err e)
{
    const io_import_result *o = r->out;
    const audit_word        words[] = { { .name = "what",
                                          .text = e != ERR_OK    ? STR("failed")
                                                  : o->cancelled ? STR("cancelled")
                                                                 : STR("done") },
                                        { .name = "of", .text = r->p.e ? r->p.e->name : r->ask->entity },
                                        { .name = "file", .text = str_from(r->ask->name ? r->ask->name : r->ask->path) },
                                        { .name = "operation", .number = o->operation },
                                        { .name = "created", .number = o->created },
                                        { .name = "updated", .number = o->updated },
                                        { .name = "skipped", .number = o->skipped },
                                        { .name = "rejected", .number = o->rejected },
                                        { 0 } };
    err                     told = io_job_tell(r->job, r->tables, AUDIT_IMPORT, words);
    return e == ERR_OK ? told : e;
}

err io_import(io_job *j, const io_import_request *ask, io_import_result *result)
{
    run r = { .job = j, .ask = ask, .out = result };
    *result = (io_import_result){ 0 };
    err e = import_run(&r);
    if (r.tables && result->rows + result->operation > 0 && !ask->dry_run && !goes_on(ask, e))
        e = tell_end(&r, e);
    if (r.file && r.p.a)
        result->plan = report_plan(&r.p, table_about(r.file), j->a);
    if (e != ERR_OK && j->why.n == 0)
        j->why = io_say(j->a, j->lang, err_name(e), (str){ 0 }, (str){ 0 }, (str){ 0 });
    table_close(r.file);
    snapshot_unpin(r.tables);
    arena_free(r.c.a);
    arena_free(r.p.a);
    arena_free(r.scratch);
    arena_free(r.link_arena);
    return e;
}

/* ---- undo ---- */

enum { UNDO_PIECE = 200 };

typedef struct {
    int64_t     operation;
    undo_report sum, base;
    bool        more;
} undoing;

static err undo_piece(ctx *c, void *arg)
{
    undoing *u = arg;
    u->sum = u->base;
    return store_undo(c, u->operation, UNDO_PIECE, &u->sum, &u->more);
}

static void kept_json(const undo_report *r, json_writer *w)
{
    for (size_t i = 0; i < r->kept_count; i++) {
        json_object(w);
        json_put_string(w, "entity", r->kept[i].entity);
        json_put_id(w, "id", r->kept[i].id);
        json_put_string(w, "name", r->kept[i].name);
        json_object_end(w);
    }
}

err io_undo(io_job *j, int64_t operation, io_undo_result *result)
{
    snapshot   *tables;
    undoing     u = { .operation = operation, .more = true };
    buf         kept;
    json_writer w;
    err         e = ERR_OK;
    TRY(j->tables(j->arg, &tables));
    ctx c = io_job_ctx(j, arena_new(), tables);
    buf_init(&kept, 1 << 20);
    json_begin(&w, &kept);
    json_array(&w);
    *result = (io_undo_result){ 0 };
    while (e == ERR_OK && u.more) {
        u.base = (undo_report){ 0 };
        e = io_job_write(&c, undo_piece, &u);
        if (e != ERR_OK)
            break;
        result->restored += u.sum.restored;
        result->purged += u.sum.purged;
        result->skipped += u.sum.skipped;
        kept_json(&u.sum, &w);
        io_job_progress(j, "undo", result->restored + result->purged + result->skipped, 0);
        arena_clear(c.a);
    }
    json_array_end(&w);
    result->kept = arena_str(j->a, buf_str(&kept));
    buf_free(&kept);
    if (e != ERR_OK)
        (void)job_from_ctx(j, &c, e);
    arena_free(c.a);
    snapshot_unpin(tables);
    return e;
}
