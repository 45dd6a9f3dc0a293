#include "api/scheduler.h"

#include <errno.h>
#include <time.h>

#include "base/date.h"
#include "base/log.h"
#include "permit/ctx.h"
#include "store/clock.h"
#include "store/store.h"

struct scheduler {
    server         *s;
    pthread_t       thread;
    pthread_mutex_t lock;
    pthread_cond_t  wake;
    bool            running, stopping;
};

typedef struct {
    const job_def *job;
    str            name; /* "lead.untouched" */
    bool           ours;
} due_job;

static err run_job(ctx *c, void *arg)
{
    due_job *d = arg;
    TRY(clock_take(c, d->name, (int64_t)d->job->every_seconds * 1000, &d->ours));
    return d->ours ? d->job->run(c) : ERR_OK;
}

static bool is_due(ctx *c, str name)
{
    bool due = false;
    if (db_read_begin(c->db, DB_SLOW, &c->conn) != ERR_OK)
        return false;
    err e = clock_due(c, name, &due);
    db_read_end(c->conn);
    c->conn = NULL;
    return e == ERR_OK && due;
}

/* In an arena and with tables of its own: the last one may have taken long and the tables may have changed. */
static void look_at(server *s, const entity_def *room, const job_def *job, int64_t now_ms)
{
    arena    *a = arena_new();
    snapshot *tables = server_tables(s);
    ctx       c = { .a = a,
                    .db = s->d,
                    .snap = tables,
                    .now_ms = now_ms,
                    .position = -1,
                    .zone = tables->zone,
                    .lang = tables->organisation_lang };
    due_job   d = { .job = job, .name = arena_printf(a, "%s.%s", room->name, job->name) };
    if (is_due(&c, d.name)) {
        err e = store_write(&c, run_job, &d);
        if (e == ERR_OK && d.ours)
            server_woken(s);
        else if (e != ERR_OK)
            log_event(LOG_WARN, "a job has failed and will be tried again", "job", arena_cstr(a, d.name), "error",
                      err_name(e), "detail", arena_cstr(a, c.detail), NULL);
    }
    snapshot_unpin(tables);
    arena_free(a);
}

void scheduler_run_due(server *s, int64_t now_ms)
{
    for (const entity_def *const *room = s->rooms; *room; room++)
        for (size_t i = 0; i < (*room)->job_count && !atomic_load(&s->stopping); i++)
            look_at(s, *room, &(*room)->jobs[i], now_ms);
}

static bool wait_a_second(scheduler *j)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    pthread_mutex_lock(&j->lock);
    while (!j->stopping && pthread_cond_timedwait(&j->wake, &j->lock, &until) != ETIMEDOUT) {
    }
    bool on = !j->stopping;
    pthread_mutex_unlock(&j->lock);
    return on;
}

static void *scheduler_main(void *arg)
{
    scheduler *j = arg;
    while (wait_a_second(j))
        scheduler_run_due(j->s, clock_now_ms());
    return NULL;
}

scheduler *scheduler_start(server *s)
{
    scheduler *j = calloc(1, sizeof *j);
    ASSERT(j);
    j->s = s;
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->wake, NULL);
    j->running = pthread_create(&j->thread, NULL, scheduler_main, j) == 0;
    if (!j->running)
        log_event(LOG_ERROR, "no thread for the rooms' jobs could be made", NULL);
    return j;
}

void scheduler_stop(scheduler *j)
{
    if (!j)
        return;
    pthread_mutex_lock(&j->lock);
    j->stopping = true;
    pthread_cond_signal(&j->wake);
    pthread_mutex_unlock(&j->lock);
    if (j->running)
        pthread_join(j->thread, NULL);
    pthread_cond_destroy(&j->wake);
    pthread_mutex_destroy(&j->lock);
    free(j);
}
