#include "api/jobs_run.h"

#include <unistd.h>

#include "base/date.h"
#include "base/log.h"
#include "base/text.h"
#include "io/io.h"
#include "store/access.h"
#include "store/audit.h"
#include "store/own.h"
#include "store/store.h"

enum { BEAT_MS = 700, RESULT_MAX = 8 << 20 };

/* One job on its way. `c` is the program itself, for the row; the work is the person's. */
typedef struct {
    server            *s;
    ctx               *c;
    const job_row     *job;
    const atomic_bool *stopping;
    arena             *beat; /* of one report on the way */
    int64_t            beat_ms;
    atomic_bool        cancel;
    bool               asked; /* to stop, by a person */
    bool               lost;  /* somebody else goes on: it was thought dead */
    io_job             io;
    json              *request;
    buf                result;
    json_writer        w;
    io_many_result     many; /* of a job over many records; operation 0: nothing was done */
    str                of;   /* their entity */
} run;

bool job_format_known(str format)
{
    io_format f;
    return io_format_from(format, &f);
}

/* ---- the row, and what its person hears ---- */

static ctx beat_ctx(run *r)
{
    arena_clear(r->beat);
    ctx c = *r->c;
    c.a = r->beat;
    c.now_ms = clock_now_ms();
    return c;
}

static err tell(ctx *c, const job_row *job, str state, int64_t done, int64_t total)
{
    buf         b;
    json_writer w;
    buf_init(&b, 4096);
    json_begin(&w, &b);
    json_object(&w);
    json_put_id(&w, "id", job->id);
    json_put_string(&w, "kind", job->kind);
    json_put_string(&w, "state", state);
    json_put_int(&w, "done", done);
    json_put_int(&w, "total", total);
    json_object_end(&w);
    err e = store_outbox_put(c, STR("job"), job->user, arena_str(c->a, buf_str(&b)));
    buf_free(&b);
    return e;
}

typedef struct {
    run               *r;
    const io_progress *p;
    bool               cancel, ours;
} beat;

static err write_beat(ctx *c, void *arg)
{
    beat *b = arg;
    TRY(job_progress(c, b->r->job, str_from(b->p->phase), b->p->done, b->p->total, &b->cancel, &b->ours));
    return !b->ours ? ERR_OK : tell(c, b->r->job, STR("running"), b->p->done, b->p->total);
}

static void on_progress(void *arg, const io_progress *p)
{
    run    *r = arg;
    int64_t now = clock_now_ms();
    if (atomic_load(r->stopping))
        atomic_store(&r->cancel, true);
    if (now - r->beat_ms < BEAT_MS)
        return;
    r->beat_ms = now;
    ctx  c = beat_ctx(r);
    beat b = { .r = r, .p = p };
    err  e = store_write(&c, write_beat, &b);
    if (e != ERR_OK)
        return;
    r->asked = b.ours && b.cancel;
    r->lost = !b.ours;
    if (r->asked || r->lost)
        atomic_store(&r->cancel, true);
}

typedef struct {
    run *r;
    str  state, result, error;
} ending;

/* HIST-3: how an operation on many records ended, once, with the end of its job. */
static err tell_many(ctx *c, const ending *e)
{
    const run       *r = e->r;
    const audit_word words[] = { { .name = "what", .text = e->state },
                                 { .name = "operation", .number = r->many.operation },
                                 { .name = "of", .text = r->of },
                                 { .name = "changed", .number = r->many.changed },
                                 { .name = "refused", .number = r->many.refused },
                                 { 0 } };
    ctx              whose = *c;
    whose.actor = r->io.who;
    return r->many.operation ? audit_write(&whose, AUDIT_BULK, 0, words) : ERR_OK;
}

static err write_ending(ctx *c, void *arg)
{
    ending *e = arg;
    bool    ours;
    TRY(job_finish(c, e->r->job, e->state, e->result, e->error, &ours));
    if (!ours)
        return ERR_OK;
    TRY(tell_many(c, e));
    return tell(c, e->r->job, e->state, e->r->job->done, e->r->job->total);
}

static str message(const run *r, const char *code)
{
    return label_get(r->io.lang, arena_printf(r->c->a, "message.%s", code));
}

typedef struct {
    run *r;
    bool died, again;
} requeue;

static err write_again(ctx *c, void *arg)
{
    requeue *q = arg;
    TRY(job_again(c, q->r->job, q->died, &q->again));
    return q->again ? tell(c, q->r->job, STR("queued"), q->r->job->done, q->r->job->total) : ERR_OK;
}

/* Where the server stops, or the database was away: it goes on later. Where not even that can be written, its silence
 * will say so. */
static bool goes_on_later(run *r, err e)
{
    bool    interrupted = atomic_load(&r->cancel) && !r->asked, away = e == ERR_UNAVAILABLE;
    ctx     c = beat_ctx(r);
    requeue q = { .r = r, .died = !interrupted };
    if (r->lost)
        return true;
    if (!interrupted && !away)
        return false;
    return store_write(&c, write_again, &q) != ERR_OK || q.again;
}

static void finish(run *r, err e)
{
    ending end = { .r = r, .result = buf_str(&r->result) };
    if (goes_on_later(r, e))
        return;
    bool cancelled = atomic_load(&r->cancel);
    if (cancelled && !r->asked) {
        end.state = STR("failed");
        end.error = message(r, "job_interrupted");
    } else if (cancelled) {
        end.state = STR("cancelled");
    } else if (e != ERR_OK) {
        end.state = STR("failed");
        end.error = r->io.why.n ? r->io.why : message(r, err_name(e));
    } else {
        end.state = STR("done");
    }
    ctx c = beat_ctx(r);
    if (store_write(&c, write_ending, &end) != ERR_OK)
        log_event(LOG_ERROR, "the end of a job could not be written", NULL);
}

/* ---- what the work needs ---- */

static err tables_now(void *arg, snapshot **out)
{
    run      *r = arg;
    db_conn  *conn;
    int64_t   version;
    snapshot *now = server_tables(r->s);
    err       e = db_read_begin(r->s->d, DB_SLOW, &conn);
    if (e == ERR_OK) {
        e = store_snapshot_version(conn, &version);
        db_read_end(conn);
    }
    if (e == ERR_OK && version != now->version) {
        e = server_tables_refresh(r->s, now->version);
        snapshot_unpin(now);
        now = server_tables(r->s);
    }
    if (e != ERR_OK) {
        snapshot_unpin(now);
        return e;
    }
    *out = now;
    return ERR_OK;
}

/* Rights are those of now, not of when it was asked for. */
static err load_person(run *r)
{
    err e = db_read_begin(r->s->d, DB_SLOW, &r->c->conn);
    if (e != ERR_OK)
        return e;
    e = access_by_user(r->c, r->job->user, &r->io.who);
    db_read_end(r->c->conn);
    r->c->conn = NULL;
    r->io.lang = e == ERR_OK ? r->io.who.lang : r->c->snap->organisation_lang;
    return e == ERR_NOT_FOUND ? ERR_FORBIDDEN : e;
}

static str text_of(const run *r, const char *name)
{
    const json *j = json_get(r->request, str_from(name));
    return json_is(j, JSON_STRING) ? j->text : (str){ 0 };
}

static bool flag_of(const run *r, const char *name)
{
    return json_is(json_get(r->request, str_from(name)), JSON_TRUE);
}

static str json_text(const run *r, const json *j)
{
    buf         b;
    json_writer w;
    if (!j)
        return (str){ 0 };
    buf_init(&b, RESULT_MAX);
    json_begin(&w, &b);
    json_value(&w, j);
    str text = arena_str(r->c->a, buf_str(&b));
    buf_free(&b);
    return text;
}

/* An object of the request as JSON text. */
static str json_of(const run *r, const char *name)
{
    const json *j = json_get(r->request, str_from(name));
    return json_is(j, JSON_OBJECT) ? json_text(r, j) : (str){ 0 };
}

/* ---- the kinds ---- */

static err keep_rejected(run *r, const io_import_result *result, str name)
{
    int64_t id = 0;
    if (result->rejected_path) {
        str kept = arena_printf(r->c->a, "%.*s.rejected.csv", STR_ARG(name));
        TRY(io_file_keep(&r->io, result->rejected_path, kept, STR("text/csv"), &id));
    }
    if (id)
        json_put_id(&r->w, "rejected_file", id);
    else
        json_put_null(&r->w, "rejected_file");
    return ERR_OK;
}

static err keep_step(void *arg, ctx *c, const io_import_result *so_far, str notes)
{
    run        *r = arg;
    buf         b;
    json_writer w;
    buf_init(&b, 4096);
    json_begin(&w, &b);
    json_object(&w);
    io_import_result_json(so_far, &w);
    json_put_null(&w, "rejected_file");
    json_object_end(&w);
    bool ours = true;
    err  e = job_keep(c, r->job, so_far->operation, buf_str(&b), notes, &ours);
    r->lost = !ours;
    buf_free(&b);
    return ours ? e : ERR_UNAVAILABLE;
}

static err read_notes(void *arg, err (*each)(void *to, str notes), void *to)
{
    enum { AT_ONCE = 8 };
    run    *r = arg;
    int64_t seq = 0;
    size_t  n = AT_ONCE;
    err     e = ERR_OK;
    while (e == ERR_OK && n == AT_ONCE) {
        ctx  c = beat_ctx(r);
        str *notes;
        TRY(db_read_begin(r->s->d, DB_LONG, &c.conn));
        e = job_notes(&c, r->job->id, &seq, AT_ONCE, &notes, &n);
        db_read_end(c.conn);
        for (size_t i = 0; e == ERR_OK && i < n; i++)
            e = each(to, notes[i]);
    }
    return e;
}

static int64_t kept_number(const json *kept, const char *name)
{
    const json *j = json_get(kept, str_from(name));
    int64_t     n = 0;
    if (json_is(j, JSON_STRING))
        (void)str_to_int64(j->text, &n);
    else if (j)
        (void)json_int64(j, &n);
    return n;
}

/* Where an earlier turn got to. */
static void take_up(run *r, io_keeper *out)
{
    json      *kept;
    json_fault fault;
    *out = (io_keeper){ .keep = keep_step, .read = read_notes, .arg = r };
    if (r->job->result.n == 0 || json_parse(r->c->a, r->job->result, &kept, &fault) != ERR_OK)
        return;
    out->from = (io_import_result){ .created = kept_number(kept, "created"),
                                    .updated = kept_number(kept, "updated"),
                                    .skipped = kept_number(kept, "skipped"),
                                    .rejected = kept_number(kept, "rejected"),
                                    .rows = kept_number(kept, "rows"),
                                    .operation = kept_number(kept, "operation") };
}

static err run_import(run *r)
{
    io_keeper        keeper;
    const char      *path;
    str              name;
    int64_t          file = 0;
    io_import_result result = { 0 };
    (void)str_to_int64(text_of(r, "file"), &file);
    take_up(r, &keeper);
    TRY(io_file_spool(&r->io, file, r->s->config.spool_dir, &path, &name));
    io_import_request q = { .entity = text_of(r, "entity"),
                            .path = path,
                            .name = arena_cstr(r->c->a, name),
                            .sheet = text_of(r, "sheet"),
                            .map = json_of(r, "map"),
                            .match = text_of(r, "match"),
                            .create_missing = flag_of(r, "create_missing"),
                            .skip_existing = flag_of(r, "skip_existing"),
                            .dry_run = flag_of(r, "dry_run"),
                            .keeper = &keeper,
                            .rejected_path = arena_printf(r->c->a, "%s.rejected", path).p };
    err               e = io_import(&r->io, &q, &result);
    json_object(&r->w);
    io_import_result_json(&result, &r->w);
    err kept = keep_rejected(r, &result, name);
    json_object_end(&r->w);
    unlink(path);
    if (result.rejected_path)
        unlink(result.rejected_path);
    return e != ERR_OK ? e : kept;
}

/* "account 2026-11-28 22.50 Zhang Wei.csv": who took it out, and when. A line in the file itself would come back as a record. */
static str export_name(const run *r, str which, io_format f)
{
    char    at[TIME_TEXT];
    int64_t now = clock_now_ms(), local = now + zone_offset_ms(r->io.who.zone.n ? r->io.who.zone : STR("UTC"), now);
    str     who = utf8_cut(r->io.who.name, 60);
    char   *clean = arena_cstr(r->c->a, who);
    for (char *p = clean; *p; p++)
        if (strchr("/\\:*?\"<>|", *p) || (unsigned char)*p < ' ')
            *p = '_';
    time_format(local, at);
    at[10] = ' ';
    at[13] = '.';
    return arena_printf(r->c->a, "%.*s %.16s %s.%s", STR_ARG(which), at, clean, io_format_suffix(f));
}

static err run_export(run *r)
{
    io_format f = IO_CSV;
    int64_t   rows = 0, id = 0;
    str       which = text_of(r, "entity");
    (void)io_format_from(text_of(r, "format"), &f);
    const char       *path = arena_printf(r->c->a, "%s/export-%lld", r->s->config.spool_dir, (long long)r->job->id).p;
    io_export_request q = { .entity = which,
                            .where = text_of(r, "where"),
                            .order = text_of(r, "order"),
                            .select = text_of(r, "select"),
                            .query = text_of(r, "query"),
                            .format = f,
                            .labels = flag_of(r, "labels"),
                            .bom = flag_of(r, "bom"),
                            .raw = flag_of(r, "raw"),
                            .path = path };
    err               e = io_export(&r->io, &q, &rows);
    if (e == ERR_OK) {
        str name = export_name(r, which.n ? which : STR("export"), f);
        e = io_file_keep(&r->io, path, name, str_from(io_format_type(f)), &id);
    }
    unlink(path);
    TRY(e);
    json_object(&r->w);
    json_put_int(&r->w, "rows", rows);
    json_put_id(&r->w, "file", id);
    json_object_end(&r->w);
    return ERR_OK;
}

static err keep_many(void *arg, ctx *c, const io_many_result *so_far)
{
    run        *r = arg;
    buf         b;
    json_writer w;
    bool        ours = true;
    buf_init(&b, RESULT_MAX);
    json_begin(&w, &b);
    json_object(&w);
    io_many_result_json(so_far, true, &w);
    json_object_end(&w);
    err e = job_keep(c, r->job, so_far->operation, buf_str(&b), (str){ 0 }, &ours);
    r->lost = !ours;
    buf_free(&b);
    return ours ? e : ERR_UNAVAILABLE;
}

/* Where an earlier turn got to, and who refused in it. */
static io_many_result many_so_far(run *r)
{
    json          *kept;
    json_fault     fault;
    io_many_result at = { 0 };
    if (r->job->result.n == 0 || json_parse(r->c->a, r->job->result, &kept, &fault) != ERR_OK)
        return at;
    at = (io_many_result){ .part = kept_number(kept, "part"),
                           .last = kept_number(kept, "last"),
                           .given = kept_number(kept, "given"),
                           .changed = kept_number(kept, "changed"),
                           .refused = kept_number(kept, "refused"),
                           .operation = kept_number(kept, "operation"),
                           .problems = json_text(r, json_get(kept, STR("problems"))) };
    return at;
}

static void put_many(run *r, str plural_or_entity, const io_many_result *result)
{
    const entity *e = snapshot_plural(r->c->snap, plural_or_entity);
    r->of = e ? e->name : plural_or_entity;
    r->many = *result;
    json_object(&r->w);
    io_many_result_json(result, false, &r->w);
    json_object_end(&r->w);
}

static err run_change(run *r)
{
    io_many_result    result = many_so_far(r);
    io_change_request q = { .entity = text_of(r, "entity"),
                            .where = text_of(r, "where"),
                            .remove = str_eq(text_of(r, "do"), STR("delete")),
                            .record = json_get(r->request, STR("record")),
                            .make = text_of(r, "make"),
                            .via = text_of(r, "via"),
                            .keep = keep_many,
                            .arg = r };
    err               e = io_change(&r->io, &q, &result);
    put_many(r, q.make.n ? q.make : q.entity, &result);
    return e;
}

static err run_hand_over(run *r)
{
    int64_t        from = 0;
    io_many_result result = many_so_far(r);
    (void)str_to_int64(text_of(r, "user"), &from);
    err e = io_hand_over(&r->io, from, r->request, keep_many, r, &result);
    put_many(r, STR("user"), &result);
    return e;
}

/* What an own field's words have to do with the index has changed. */
typedef struct {
    run      *r;
    field_row field;
    int64_t   after, done;
    bool      more;
} reindexing;

static err reindex_piece(ctx *c, void *arg)
{
    enum { PIECE = 200 };
    reindexing *x = arg;
    int64_t     after = x->after;
    own_field   still;
    TRY(own_find(c, x->field.id, &still)); /* it may have been deleted meanwhile */
    TRY(own_reindex(c, &x->field, PIECE, &after, &x->more));
    x->done += after > x->after ? PIECE : 0;
    x->after = after;
    return ERR_OK;
}

static err find_field(ctx *c, void *arg)
{
    reindexing *x = arg;
    own_field   f;
    int64_t     id = 0;
    (void)str_to_int64(text_of(x->r, "field"), &id);
    err e = own_find(c, id, &f);
    if (e == ERR_OK)
        e = own_count(c, &f);
    if (e == ERR_OK) {
        x->field = f.row;
        x->more = f.living > 0;
    }
    return e;
}

static err run_reindex(run *r)
{
    snapshot  *tables;
    reindexing x = { .r = r };
    TRY(tables_now(r, &tables));
    ctx c = {
        .a = r->c->a, .db = r->s->d, .snap = tables, .now_ms = clock_now_ms(), .position = -1, .zone = tables->zone
    };
    err    e = store_write(&c, find_field, &x);
    arena *a = arena_new();
    while (e == ERR_OK && x.more && !atomic_load(&r->cancel)) {
        ctx piece = c;
        arena_clear(a);
        piece.a = a;
        e = store_write(&piece, reindex_piece, &x);
        on_progress(r, &(io_progress){ .phase = "reindex", .done = x.done });
    }
    arena_free(a);
    snapshot_unpin(tables);
    json_object(&r->w);
    json_put_int(&r->w, "records", x.done);
    json_object_end(&r->w);
    return e == ERR_NOT_FOUND ? ERR_OK : e; /* deleted meanwhile */
}

static const struct {
    const char *kind;
    err (*run)(run *r);
} kinds[] = { { "import", run_import },
              { "export", run_export },
              { "change", run_change },
              { "reindex", run_reindex },
              { "hand_over", run_hand_over } };

static err run_kind(run *r)
{
    json_fault fault;
    TRY(load_person(r));
    TRY(json_parse(r->c->a, r->job->request, &r->request, &fault));
    if (text_of(r, "language").n)
        r->io.lang = lang_from(text_of(r, "language"));
    for (size_t i = 0; i < countof(kinds); i++)
        if (str_eq(r->job->kind, str_from(kinds[i].kind)))
            return kinds[i].run(r);
    return ERR_NOT_FOUND; /* of a newer program */
}

void job_run(server *s, ctx *c, const job_row *job, const atomic_bool *stopping)
{
    run r = { .s = s, .c = c, .job = job, .stopping = stopping, .beat = arena_new() };
    r.io =
        (io_job){ .a = c->a, .d = s->d, .tables = tables_now, .progress = on_progress, .arg = &r, .cancel = &r.cancel };
    buf_init(&r.result, RESULT_MAX);
    json_begin(&r.w, &r.result);
    finish(&r, run_kind(&r));
    server_woken(s);
    buf_free(&r.result);
    arena_free(r.beat);
}
