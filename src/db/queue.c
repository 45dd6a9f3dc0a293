/* Writes wait here in the order they came; one thread (SQLite) or a few (PostgreSQL) take them. */
#include <errno.h>
#include <time.h>

#include "base/log.h"
#include "db/engine.h"

static void queue_put(db_queue *q, db_job *job)
{
    job->next = NULL;
    *q->last = job;
    q->last = &job->next;
    q->waiting++;
    pthread_cond_signal(&q->more);
}

db_job *db_queue_take(db *d, bool wait)
{
    db_queue *q = &d->queue;
    pthread_mutex_lock(&q->lock);
    while (wait && !q->first && !q->closing)
        pthread_cond_wait(&q->more, &q->lock);
    db_job *job = q->first;
    if (job && job->alone && !wait)
        job = NULL;
    if (job) {
        q->first = job->next;
        if (!q->first)
            q->last = &q->first;
        q->waiting--;
        job->next = NULL;
    }
    pthread_mutex_unlock(&q->lock);
    return job;
}

static bool on_writer_thread(const db *d)
{
    for (int i = 0; i < d->writer_count; i++)
        if (pthread_equal(d->writers[i], pthread_self()))
            return true;
    return false;
}

static err queue_add(db *d, db_job *job)
{
    db_queue *q = &d->queue;
    err       e = ERR_OK;
    pthread_mutex_lock(&q->lock);
    if (q->closing && !on_writer_thread(d))
        e = ERR_UNAVAILABLE;
    else if (q->waiting >= DB_WAITING_MAX)
        e = ERR_TOO_MANY;
    else
        queue_put(q, job);
    pthread_mutex_unlock(&q->lock);
    return e;
}

err db_job_run(db_conn *c, db_job *job)
{
    err e = job->work(c, job->arg);
    if (e == ERR_OK)
        e = c->sticky; /* an error the closure did not pass on */
    while (c->busy)
        db_cache_give(c->busy);
    c->savepoints = 0;
    return e;
}

void db_job_end(db_job *job, err result)
{
    db_done_fn done = job->done;
    void      *arg = job->arg;
    free(job);
    if (done)
        done(arg, result);
}

static db_job *job_new(db_work work, void *arg, db_done_fn done, bool alone)
{
    db_job *job = db_alloc(sizeof *job);
    *job = (db_job){ .work = work, .arg = arg, .done = done, .alone = alone };
    return job;
}

err db_submit(db *d, db_work work, void *arg, db_done_fn done)
{
    db_job *job = job_new(work, arg, done, false);
    err     e = queue_add(d, job);
    if (e != ERR_OK)
        free(job);
    return e;
}

/* ---- waiting for one's own write ---- */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t  over;
    db_work         work;
    void           *arg;
    bool            is_over;
    err             result;
} waiter;

static err waiter_work(db_conn *c, void *arg)
{
    waiter *w = arg;
    return w->work(c, w->arg);
}

static void waiter_done(void *arg, err result)
{
    waiter *w = arg;
    pthread_mutex_lock(&w->lock);
    w->result = result;
    w->is_over = true;
    pthread_cond_signal(&w->over);
    pthread_mutex_unlock(&w->lock);
}

static err write_and_wait(db *d, db_work work, void *arg, bool alone)
{
    ASSERT(!on_writer_thread(d)); /* it would wait for itself */
    waiter w = { .work = work, .arg = arg };
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.over, NULL);
    db_job *job = job_new(waiter_work, &w, waiter_done, alone);
    err     e = queue_add(d, job);
    if (e == ERR_OK) {
        pthread_mutex_lock(&w.lock);
        while (!w.is_over)
            pthread_cond_wait(&w.over, &w.lock);
        pthread_mutex_unlock(&w.lock);
        e = w.result;
    } else {
        free(job);
    }
    pthread_cond_destroy(&w.over);
    pthread_mutex_destroy(&w.lock);
    return e;
}

err db_write(db *d, db_work work, void *arg)
{
    return write_and_wait(d, work, arg, false);
}

err db_write_alone(db *d, db_work work, void *arg)
{
    return write_and_wait(d, work, arg, true);
}

/* ---- the threads ---- */
static db_conn *writer_connect(db *d)
{
    db_conn *c = NULL;
    for (int tries = 0; tries < 5; tries++) { /* a server that restarts is back within a second or so */
        if (d->engine->connect(d, DB_SLOW, true, &c) == ERR_OK)
            return c;
        nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
    }
    return NULL;
}

static void *writer_main(void *arg)
{
    db      *d = arg;
    db_conn *c = NULL;
    db_job  *job;
    while ((job = db_queue_take(d, true)) != NULL) {
        if (c && !d->engine->alive(c)) {
            d->engine->disconnect(c);
            c = NULL;
        }
        if (!c)
            c = writer_connect(d);
        if (c)
            d->engine->run(d, c, job);
        else
            db_job_end(job, ERR_UNAVAILABLE);
    }
    if (c)
        d->engine->disconnect(c);
    return NULL;
}

err db_queue_start(db *d)
{
    db_queue *q = &d->queue;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->more, NULL);
    q->last = &q->first;
    int wanted = d->writer_count;
    d->writer_count = 0;
    pthread_mutex_lock(&q->lock); /* on_writer_thread() reads the list under it or after this */
    for (int i = 0; i < wanted; i++) {
        if (pthread_create(&d->writers[i], NULL, writer_main, d) != 0)
            break;
        d->writer_count++;
    }
    pthread_mutex_unlock(&q->lock);
    if (d->writer_count == 0)
        return ERR_UNAVAILABLE;
    return ERR_OK;
}

void db_queue_stop(db *d)
{
    db_queue *q = &d->queue;
    if (!q->last)
        return;
    pthread_mutex_lock(&q->lock);
    q->closing = true;
    pthread_cond_broadcast(&q->more);
    pthread_mutex_unlock(&q->lock);
    for (int i = 0; i < d->writer_count; i++)
        pthread_join(d->writers[i], NULL);
    pthread_cond_destroy(&q->more);
    pthread_mutex_destroy(&q->lock);
}
