#include "api/outside.h"

struct outside {
    pthread_mutex_t lock;
    pthread_cond_t  wake;
    call           *queue[OUTSIDE_WAITING];
    size_t          first, waiting;
    int             threads;
    pthread_t       thread[OUTSIDE_AT_ONCE];
    atomic_bool     stopping;
};

static call *next_call(outside *o)
{
    call *k = NULL;
    pthread_mutex_lock(&o->lock);
    while (o->waiting == 0 && !atomic_load(&o->stopping))
        pthread_cond_wait(&o->wake, &o->lock);
    if (o->waiting > 0) {
        k = o->queue[o->first];
        o->first = (o->first + 1) % OUTSIDE_WAITING;
        o->waiting--;
    }
    pthread_mutex_unlock(&o->lock);
    return k;
}

/* When it stops, what waits still runs, but finds at once that nothing is fetched any more. */
static void *outside_main(void *arg)
{
    outside *o = arg;
    for (call *k; (k = next_call(o));)
        call_outside(k);
    return NULL;
}

outside *outside_start(void)
{
    outside *o = calloc(1, sizeof *o);
    ASSERT(o);
    pthread_mutex_init(&o->lock, NULL);
    pthread_cond_init(&o->wake, NULL);
    while (o->threads < OUTSIDE_AT_ONCE && pthread_create(&o->thread[o->threads], NULL, outside_main, o) == 0)
        o->threads++;
    return o;
}

bool outside_push(outside *o, call *k)
{
    pthread_mutex_lock(&o->lock);
    bool place = o->threads > 0 && !atomic_load(&o->stopping) && o->waiting < OUTSIDE_WAITING;
    if (place) {
        o->queue[(o->first + o->waiting++) % OUTSIDE_WAITING] = k;
        pthread_cond_signal(&o->wake);
    }
    pthread_mutex_unlock(&o->lock);
    return place;
}

void outside_stop(outside *o)
{
    if (!o)
        return;
    pthread_mutex_lock(&o->lock);
    atomic_store(&o->stopping, true);
    pthread_cond_broadcast(&o->wake);
    pthread_mutex_unlock(&o->lock);
    for (int i = 0; i < o->threads; i++)
        pthread_join(o->thread[i], NULL);
    o->threads = 0;
}

void outside_free(outside *o)
{
    if (!o)
        return;
    pthread_cond_destroy(&o->wake);
    pthread_mutex_destroy(&o->lock);
    free(o);
}

bool outside_stops(void *arg)
{
    outside *o = arg;
    return atomic_load(&o->stopping);
}
