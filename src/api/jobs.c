/* Rows of zk_job are claimed one at a time and run by a thread of our own; another says every few seconds that it lives. */
#include "api/jobs.h"

#include <errno.h>
#include <time.h>

#include "api/jobs_run.h"
#include "base/date.h"
#include "base/limits.h"
#include "base/log.h"
#include "io/io.h"
#include "store/file.h"
#include "store/job.h"
#include "store/kept.h"
#include "store/notice.h"

enum {
    POLL_SECONDS = 2,
    PULSE_SECONDS = 4,
    SILENT_MS = 20000,
    LOOK_MS = 10000,
    SWEEP_MS = 3600000,
    EVENT_DAYS = 7,
    NOTICE_DAYS = 90
};

/* The search index is put together in steps of a few milliseconds with pauses ten times as long between them. */
enum { TIDY_PAGES = 48, TIDY_PAUSES = 10 };

struct jobs {
    server         *s;
    pthread_t       thread, pulse;
    pthread_mutex_t lock;
    pthread_cond_t  wake, over;
    bool            woken, running, beating;
    atomic_bool     stopping;
    int64_t         swept_ms;
    int64_t         job, turn; /* what runs; 0: nothing */
};

/* ---- the thread ---- */

static ctx jobs_ctx(jobs *j, arena *a, snapshot *tables)
{
    return (
        ctx){ .a = a, .db = j->s->d, .snap = tables, .now_ms = clock_now_ms(), .position = -1, .zone = tables->zone };
}

static err claim(ctx *c, void *arg)
{
    return job_claim(c, arg);
}

/* ---- the pulse: a job may be long without a step, reading a large file or asking for many references ---- */

static err beat(ctx *c, void *arg)
{
    jobs *j = arg;
    pthread_mutex_lock(&j->lock);
    int64_t job = j->job, turn = j->turn;
    pthread_mutex_unlock(&j->lock);
    return job ? job_alive(c, job, turn) : ERR_OK;
}

static void runs(jobs *j, const job_row *row)
{
    pthread_mutex_lock(&j->lock);
    j->job = row ? row->id : 0;
    j->turn = row ? row->turn : 0;
    pthread_mutex_unlock(&j->lock);
}

static bool any_runs(jobs *j)
{
    pthread_mutex_lock(&j->lock);
    bool any = j->job != 0;
    pthread_mutex_unlock(&j->lock);
    return any;
}

static void rest(jobs *j)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PULSE_SECONDS;
    pthread_mutex_lock(&j->lock);
    while (!atomic_load(&j->stopping) && pthread_cond_timedwait(&j->over, &j->lock, &until) != ETIMEDOUT) {
    }
    pthread_mutex_unlock(&j->lock);
}

static void *pulse_main(void *arg)
{
    jobs *j = arg;
    for (rest(j); !atomic_load(&j->stopping); rest(j)) {
        if (!any_runs(j))
            continue;
        arena    *a = arena_new();
        snapshot *tables = server_tables(j->s);
        ctx       c = jobs_ctx(j, a, tables);
        if (store_write(&c, beat, j) != ERR_OK)
            log_event(LOG_WARN, "the pulse of a job could not be written", NULL);
        snapshot_unpin(tables);
        arena_free(a);
    }
    return NULL;
}

/* ---- looking after ---- */

/* A job whose server died is known by its silence. On SQLite nobody else runs jobs, so at the start all are silent. */
static err bury(ctx *c, void *arg)
{
    int64_t since = *(int64_t *)arg;
    return job_bury(c, since, label_get(c->snap->organisation_lang, STR("message.job_interrupted")));
}

static err sweep(ctx *c, void *arg)
{
    (void)arg;
    TRY(access_sweep(c));
    TRY(answer_sweep(c));
    TRY(store_outbox_sweep(c, c->now_ms - EVENT_DAYS * DAY_MS));
    TRY(notice_sweep(c, c->now_ms - NOTICE_DAYS * DAY_MS));
    return file_sweep(c);
}

/* Asked by a read, so that an idle server writes nothing. */
static bool any(ctx *c, err (*ask)(ctx *c, const void *arg, bool *out), const void *arg)
{
    bool is = false;
    if (db_read_begin(c->db, DB_SLOW, &c->conn) != ERR_OK)
        return false;
    err e = ask(c, arg, &is);
    db_read_end(c->conn);
    c->conn = NULL;
    return e == ERR_OK && is;
}

static err waiting(ctx *c, const void *arg, bool *out)
{
    (void)arg;
    return job_waiting(c, out);
}

static err job_silent_since(ctx *c, const void *arg, bool *out)
{
    return job_silent(c, *(const int64_t *)arg, out);
}

static void look_after(jobs *j, bool first)
{
    arena    *a = arena_new();
    snapshot *tables = server_tables(j->s);
    ctx       c = jobs_ctx(j, a, tables);
    int64_t   since = first && db_kind(j->s->d) == DB_SQLITE ? c.now_ms + 1 : c.now_ms - SILENT_MS;
    if (any(&c, job_silent_since, &since) && store_write(&c, bury, &since) != ERR_OK)
        log_event(LOG_WARN, "interrupted jobs could not be marked", NULL);
    if (c.now_ms - j->swept_ms > SWEEP_MS) {
        j->swept_ms = c.now_ms;
        if (store_write(&c, sweep, NULL) != ERR_OK)
            log_event(LOG_WARN, "what has expired could not be removed", NULL);
    }
    snapshot_unpin(tables);
    arena_free(a);
}

/* Runs one; false: none waits. */
static bool run_next(jobs *j)
{
    arena    *a = arena_new();
    snapshot *tables = server_tables(j->s);
    ctx       c = jobs_ctx(j, a, tables);
    job_row   row;
    err       e = store_write(&c, claim, &row);
    if (e == ERR_OK) {
        runs(j, &row);
        job_run(j->s, &c, &row, &j->stopping);
        runs(j, NULL);
    }
    snapshot_unpin(tables);
    arena_free(a);
    return e == ERR_OK;
}

static err tidy(ctx *c, void *arg)
{
    return store_search_tidy(c, TIDY_PAGES, arg);
}

static bool is_wanted(jobs *j)
{
    pthread_mutex_lock(&j->lock);
    bool wanted = j->woken || atomic_load(&j->stopping);
    pthread_mutex_unlock(&j->lock);
    return wanted;
}

/* For as long as one poll takes; true: there is more to do. */
static bool tidy_search(jobs *j)
{
    arena    *a = arena_new();
    snapshot *tables = server_tables(j->s);
    ctx       c = jobs_ctx(j, a, tables);
    bool      more = db_kind(j->s->d) == DB_SQLITE;
    int64_t   until = c.now_ms + POLL_SECONDS * 1000;
    while (more && !is_wanted(j) && clock_now_ms() < until) {
        int64_t start = clock_monotonic_ns();
        if (store_write(&c, tidy, &more) != ERR_OK)
            more = false;
        int64_t pause = (clock_monotonic_ns() - start) * TIDY_PAUSES;
        pause = pause < 900000000 ? pause : 900000000;
        if (more)
            nanosleep(&(struct timespec){ .tv_nsec = pause }, NULL);
    }
    snapshot_unpin(tables);
    arena_free(a);
    return more && !is_wanted(j);
}

static void wait_for_more(jobs *j)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += POLL_SECONDS;
    pthread_mutex_lock(&j->lock);
    while (!j->woken && !atomic_load(&j->stopping))
        if (pthread_cond_timedwait(&j->wake, &j->lock, &until) == ETIMEDOUT)
            break;
    j->woken = false;
    pthread_mutex_unlock(&j->lock);
}

static bool any_waits(jobs *j)
{
    arena    *a = arena_new();
    snapshot *tables = server_tables(j->s);
    ctx       c = jobs_ctx(j, a, tables);
    bool      waits = any(&c, waiting, NULL);
    snapshot_unpin(tables);
    arena_free(a);
    return waits;
}

static void *jobs_main(void *arg)
{
    jobs   *j = arg;
    int64_t looked_ms = 0;
    while (!atomic_load(&j->stopping)) {
        int64_t now = clock_now_ms();
        if (now - looked_ms > LOOK_MS) {
            look_after(j, looked_ms == 0);
            looked_ms = now;
        }
        while (!atomic_load(&j->stopping) && any_waits(j) && run_next(j)) {
        }
        if (!tidy_search(j))
            wait_for_more(j);
    }
    return NULL;
}

jobs *jobs_start(server *s)
{
    jobs *j = calloc(1, sizeof *j);
    ASSERT(j);
    j->s = s;
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->wake, NULL);
    pthread_cond_init(&j->over, NULL);
    j->running = pthread_create(&j->thread, NULL, jobs_main, j) == 0;
    j->beating = j->running && pthread_create(&j->pulse, NULL, pulse_main, j) == 0;
    if (!j->beating)
        log_event(LOG_ERROR, "no thread for background jobs could be made", NULL);
    return j;
}

void jobs_wake(jobs *j)
{
    if (!j)
        return;
    pthread_mutex_lock(&j->lock);
    j->woken = true;
    pthread_cond_signal(&j->wake);
    pthread_mutex_unlock(&j->lock);
}

void jobs_stop(jobs *j)
{
    if (!j)
        return;
    pthread_mutex_lock(&j->lock);
    atomic_store(&j->stopping, true);
    pthread_cond_signal(&j->over);
    pthread_mutex_unlock(&j->lock);
    jobs_wake(j);
    if (j->running)
        pthread_join(j->thread, NULL);
    if (j->beating)
        pthread_join(j->pulse, NULL);
    j->running = j->beating = false;
}

void jobs_free(jobs *j)
{
    if (!j)
        return;
    pthread_mutex_destroy(&j->lock);
    pthread_cond_destroy(&j->wake);
    pthread_cond_destroy(&j->over);
    free(j);
}

/* ---- the calls ---- */

/* Kept with what was asked: the job speaks the language of who asked, also where they have set none of their own. */
err job_answer(call *k, str kind, int64_t about)
{
    buf         b;
    json_writer w;
    int64_t     id;
    buf_init(&b, LIMIT_BODY);
    json_begin(&w, &b);
    json_object(&w);
    for (const json *j = k->in->first; j; j = j->next) {
        json_key(&w, j->key);
        json_value(&w, j);
    }
    if (about)
        json_put_id(&w, "user", about);
    if (!body_member(k, "language"))
        json_put_string(&w, "language", str_from(lang_name(k->c.lang)));
    json_object_end(&w);
    str request = arena_str(k->c.a, buf_str(&b));
    buf_free(&b);
    TRY(job_add(&k->c, kind, request, &id));
    json_object(&k->w);
    json_put_id(&k->w, "job", id);
    json_object_end(&k->w);
    k->location = arena_printf(k->c.a, "/api/v1/jobs/%lld", (long long)id);
    return ERR_OK;
}

static const entity *wanted_entity(call *k)
{
    str           name = body_text(k, "entity", true, 100);
    const entity *e = name.n ? snapshot_entity(k->c.snap, name) : NULL;
    if (!e && name.n)
        e = snapshot_plural(k->c.snap, name);
    if (!e && name.n)
        (void)ctx_problem(&k->c, "entity", STR("not_a_choice"));
    return e;
}

err job_start_import(call *k)
{
    static const char *const names[] = { "entity",         "file",          "map",     "match", "sheet",
                                         "create_missing", "skip_existing", "dry_run", NULL };
    const entity            *e = wanted_entity(k);
    const json              *map = body_member(k, "map");
    file_info                f;
    int64_t                  file = body_id(k, "file", true);
    (void)body_text(k, "match", false, 100);
    (void)body_text(k, "sheet", false, 200);
    (void)body_bool(k, "create_missing");
    (void)body_bool(k, "skip_existing");
    (void)body_bool(k, "dry_run");
    if (map && map->kind != JSON_OBJECT && map->kind != JSON_NULL)
        (void)ctx_problem(&k->c, "map", STR("not_an_object"));
    TRY(body_check(k, names));
    if (!permit_entity(&k->c.actor, e, VERB_IMPORT))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    err found = file_find(&k->c, file, &f);
    if (found == ERR_NOT_FOUND)
        return ctx_problem(&k->c, "file", STR("no_such_record"));
    TRY(found);
    return job_answer(k, STR("import"), 0);
}

err job_start_export(call *k)
{
    static const char *const names[] = { "entity", "where", "order", "select",   "query", "format",
                                         "labels", "bom",   "raw",   "language", NULL };
    const char *const        texts[] = { "where", "order", "select", "query" };
    bool                     whole = body_member(k, "query") != NULL;
    const entity            *e = whole && !body_member(k, "entity") ? NULL : wanted_entity(k);
    for (size_t i = 0; i < countof(texts); i++)
        (void)body_text(k, texts[i], false, LIMIT_QUERY_TEXT);
    str format = body_text(k, "format", false, 10);
    if (format.n && !job_format_known(format))
        (void)ctx_problem(&k->c, "format", STR("not_a_choice"));
    (void)body_bool(k, "labels");
    (void)body_bool(k, "bom");
    (void)body_bool(k, "raw");
    (void)body_text(k, "language", false, 20);
    TRY(body_check(k, names));
    if (e && !permit_entity(&k->c.actor, e, VERB_EXPORT))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    return job_answer(k, STR("export"), 0);
}

/* What is to be made for each, and by which field it points there. */
static const entity *wanted_made(call *k, const entity *e)
{
    str           name = body_text(k, "make", true, 60), via = body_text(k, "via", true, 60);
    const entity *made = snapshot_entity(k->c.snap, name);
    if (name.n && !made)
        (void)ctx_problem_with(&k->c, STR("make"), STR("not_a_choice"), name);
    else if (made && via.n && e && !io_change_via(entity_field(made, via), e))
        (void)ctx_problem_with(&k->c, STR("via"), STR("not_a_choice"), via);
    return made;
}

/* Nothing is said of a condition that does not hold: it is looked at before anything starts. */
err job_start_change(call *k)
{
    static const char *const names[] = { "entity", "where", "do", "record", "make", "via", NULL };
    const entity            *e = wanted_entity(k), *made = NULL;
    const json              *record = body_member(k, "record");
    str                      where = body_text(k, "where", false, LIMIT_QUERY_TEXT);
    str                      what = body_text(k, "do", true, 10);
    bool                     update = str_eq(what, STR("update")), make = str_eq(what, STR("make"));
    if (make)
        made = wanted_made(k, e);
    else if (body_member(k, "make") || body_member(k, "via"))
        (void)ctx_problem(&k->c, "make", STR("not_a_choice"));
    if (what.n && !update && !make && !str_eq(what, STR("delete")))
        (void)ctx_problem_with(&k->c, STR("do"), STR("not_a_choice"), what);
    if (record && record->kind != JSON_OBJECT && record->kind != JSON_NULL)
        (void)ctx_problem(&k->c, "record", STR("not_an_object"));
    else if (update && (!record || !record->first))
        (void)ctx_problem(&k->c, "record", STR("required"));
    TRY(body_check(k, names));
    verb v = made ? VERB_CREATE : update ? VERB_UPDATE : VERB_DELETE;
    if (!permit_entity(&k->c.actor, e, VERB_BULK) || !permit_entity(&k->c.actor, made ? made : e, v))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    if (where.n)
        TRY(query_check_where(&k->c, e, where));
    return job_answer(k, STR("change"), 0);
}

static void put_job(json_writer *w, const job_row *j)
{
    json_object(w);
    json_put_id(w, "id", j->id);
    json_put_string(w, "kind", j->kind);
    json_put_string(w, "state", j->state);
    put_text(w, "phase", j->phase);
    json_put_int(w, "done", j->done);
    json_put_int(w, "total", j->total);
    json_put_id(w, "user", j->user);
    put_time(w, "created_at", j->created_at);
    put_time(w, "started_at", j->started_at);
    put_time(w, "finished_at", j->finished_at);
    json_key(w, STR("request"));
    json_raw(w, j->request.n ? j->request : STR("{}"));
    json_key(w, STR("result"));
    json_raw(w, j->result.n ? j->result : STR("null"));
    put_text(w, "error", j->error);
    json_object_end(w);
}

err job_list_all(call *k)
{
    job_row *list;
    size_t   n;
    int64_t  limit = LIMIT_LIST_DEFAULT;
    TRY(param_int(k, "limit", 1, LIMIT_LIST, &limit));
    TRY(job_list(&k->c, (int)limit, &list, &n));
    json_object(&k->w);
    json_key(&k->w, STR("jobs"));
    json_array(&k->w);
    for (size_t i = 0; i < n; i++)
        put_job(&k->w, &list[i]);
    json_array_end(&k->w);
    json_object_end(&k->w);
    return ERR_OK;
}

err job_get(call *k)
{
    job_row j;
    TRY(job_find(&k->c, k->id, &j));
    put_job(&k->w, &j);
    return ERR_OK;
}

err job_stop(call *k)
{
    return job_cancel(&k->c, k->id);
}
