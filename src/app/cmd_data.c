/* zhike import, export, backup, restore: thin doors to io/. */
#include <unistd.h>

#include "app/command.h"
#include "app/place.h"
#include "app/registry.h"
#include "base/date.h"
#include "base/limits.h"
#include "io/io.h"
#include "store/store.h"

typedef struct {
    place   p;
    io_job  j;
    int64_t began_ms;
    bool    terminal;
} errand;

/* The tables as they are now: read again when the version row has moved. */
static err current_tables(void *arg, snapshot **out)
{
    errand  *w = arg;
    db_conn *conn;
    int64_t  version;
    str      why;
    TRY(db_read_begin(w->p.d, DB_LONG, &conn));
    err e = store_snapshot_version(conn, &version);
    db_read_end(conn);
    TRY(e);
    if (version != w->p.tables->version) {
        snapshot *fresh;
        TRY(store_snapshot_load(w->p.d, rooms, w->p.a, &fresh, &why));
        snapshot_unpin(w->p.tables);
        w->p.tables = fresh;
    }
    *out = snapshot_pin(w->p.tables);
    return ERR_OK;
}

/* "write 12400 of 100000, 8100/s, 11 s left", on a terminal only. */
static void show_progress(void *arg, const io_progress *g)
{
    errand *w = arg;
    int64_t ms = clock_now_ms() - w->began_ms;
    if (!w->terminal || ms < 300)
        return;
    int64_t rate = g->done * 1000 / ms;
    fprintf(stderr, "\r\033[K%s %lld", g->phase, (long long)g->done);
    if (g->total)
        fprintf(stderr, " of %lld", (long long)g->total);
    fprintf(stderr, ", %lld/s", (long long)rate);
    if (g->total > g->done && rate > 0)
        fprintf(stderr, ", %lld s left", (long long)((g->total - g->done) / rate));
    fflush(stderr);
}

static bool errand_begin(const options *o, unsigned how, errand *w)
{
    *w = (errand){ .terminal = isatty(STDERR_FILENO) == 1, .began_ms = clock_now_ms() };
    if (!place_open(o, how, &w->p))
        return false;
    w->j = (io_job){ .a = w->p.a,
                     .d = w->p.d,
                     .who = w->p.c.actor,
                     .lang = w->p.c.lang,
                     .tables = current_tables,
                     .progress = show_progress,
                     .arg = w };
    return true;
}

/* Closes the place; the exit status, after one line on standard error where it failed. */
static int errand_end(errand *w, err e)
{
    int status = 0;
    if (w->terminal)
        fprintf(stderr, "\r\033[K");
    if (e != ERR_OK) {
        str why = w->j.why.n ? w->j.why : label_get(w->j.lang, arena_printf(w->p.a, "message.%s", err_name(e)));
        status = command_fail("%.*s", STR_ARG(why));
    }
    place_close(&w->p);
    return status;
}

static int undo_import(const options *o)
{
    errand         w;
    io_undo_result r = { 0 };
    int64_t        operation;
    if (!str_to_int64(str_from(o->value[OPT_UNDO]), &operation))
        return command_fail("--undo takes the number that the import printed"), 2;
    if (!errand_begin(o, 0, &w))
        return 1;
    err e = io_undo(&w.j, operation, &r);
    if (e == ERR_OK) {
        printf("restored %lld, removed %lld, left alone %lld\n", (long long)r.restored, (long long)r.purged,
               (long long)r.skipped);
        if (r.skipped)
            printf("edited since: %.*s\n", STR_ARG(r.kept));
    }
    return errand_end(&w, e);
}

/* The mapping file whole, in the arena; empty where none is named. */
static err load_map(errand *w, const char *path, str *out)
{
    *out = (str){ 0 };
    if (!path)
        return ERR_OK;
    FILE *f = fopen(path, "rb");
    if (!f) {
        w->j.why = arena_printf(w->p.a, "%s cannot be read", path);
        return ERR_NOT_FOUND;
    }
    char  *bytes = arena_alloc(w->p.a, LIMIT_BODY + 1);
    size_t n = fread(bytes, 1, LIMIT_BODY + 1, f);
    fclose(f);
    if (n > LIMIT_BODY) {
        w->j.why = arena_printf(w->p.a, "%s is too large for a mapping file", path);
        return ERR_TOO_LARGE;
    }
    *out = (str){ bytes, (ptrdiff_t)n };
    return ERR_OK;
}

static void print_import(const io_import_result *r, int lang, bool as_json)
{
    buf b;
    buf_init(&b, 64 << 20);
    if (as_json) {
        json_writer w;
        json_begin(&w, &b);
        json_object(&w);
        io_import_result_json(r, &w);
        if (r->rejected_path)
            json_put_string(&w, "rejected_file", str_from(r->rejected_path));
        json_object_end(&w);
        buf_putc(&b, '\n');
    } else {
        io_import_result_text(r, lang, &b);
    }
    fwrite(b.p, 1, b.n, stdout);
    buf_free(&b);
}

int cmd_import(const options *o)
{
    errand            w;
    io_import_result  r = { 0 };
    io_import_request q = { 0 };
    if (o->value[OPT_UNDO])
        return undo_import(o);
    if (o->word_count != 2)
        return command_fail("import takes ENTITY and FILE; see zhike import --help"), 2;
    if (access(o->words[1], R_OK) != 0)
        return command_fail("%s cannot be read", o->words[1]);
    if (!errand_begin(o, PLACE_NEW, &w))
        return 1;
    q.entity = str_from(o->words[0]);
    q.path = o->words[1];
    q.sheet = str_from(o->value[OPT_SHEET]);
    q.match = str_from(o->value[OPT_MATCH]);
    q.create_missing = o->value[OPT_CREATE_MISSING] != NULL;
    q.dry_run = o->value[OPT_DRY_RUN] != NULL;
    err e = load_map(&w, o->value[OPT_MAP], &q.map);
    if (e == ERR_OK) {
        e = io_import(&w.j, &q, &r);
        if (e == ERR_OK || r.plan.n)
            print_import(&r, w.j.lang, o->value[OPT_JSON] != NULL);
    }
    return errand_end(&w, e);
}

/* ---- out ---- */

static err to_stdout(void *arg, str bytes)
{
    (void)arg;
    return fwrite(bytes.p, 1, (size_t)bytes.n, stdout) == (size_t)bytes.n ? ERR_OK : ERR_UNAVAILABLE;
}

/* As named, else by the file's ending, else CSV. */
static bool choose_format(const options *o, io_format *out)
{
    str         name = str_from(o->value[OPT_FORMAT]);
    const char *dot = o->value[OPT_OUTPUT] ? strrchr(o->value[OPT_OUTPUT], '.') : NULL;
    *out = IO_CSV;
    if (name.n)
        return io_format_from(name, out);
    if (dot)
        (void)io_format_from(str_from(dot + 1), out);
    return true;
}

int cmd_export(const options *o)
{
    errand            w;
    int64_t           rows = 0;
    io_export_request q = { .entity = str_from(o->words[0]),
                            .where = str_from(o->value[OPT_WHERE]),
                            .order = str_from(o->value[OPT_ORDER]),
                            .select = str_from(o->value[OPT_SELECT]),
                            .labels = o->value[OPT_LABELS] != NULL,
                            .path = o->value[OPT_OUTPUT],
                            .write = to_stdout };
    if (!choose_format(o, &q.format))
        return command_fail("--format is csv, xlsx or json"), 2;
    if (!errand_begin(o, 0, &w))
        return 1;
    err e = io_export(&w.j, &q, &rows);
    if (e == ERR_OK && q.path)
        fprintf(stderr, "%lld rows\n", (long long)rows);
    return errand_end(&w, e);
}

static int copy_end(errand *w, err e, const io_copy_result *r)
{
    if (e == ERR_OK)
        printf("%lld tables, %lld rows\n", (long long)r->tables, (long long)r->rows);
    return errand_end(w, e);
}

int cmd_backup(const options *o)
{
    errand         w;
    io_copy_result r = { 0 };
    if (!errand_begin(o, 0, &w))
        return 1;
    return copy_end(&w, io_backup(&w.j, rooms, o->words[0], &r), &r);
}

int cmd_restore(const options *o)
{
    errand         w;
    io_copy_result r = { 0 };
    if (access(o->words[0], R_OK) != 0)
        return command_fail("%s cannot be read", o->words[0]);
    if (!errand_begin(o, PLACE_NEW, &w))
        return 1;
    return copy_end(&w, io_restore(&w.j, rooms, o->words[0], o->value[OPT_OVERWRITE] != NULL, &r), &r);
}
