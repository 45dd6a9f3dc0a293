/* The slow lane: a bounded queue and a few threads of low priority. */
#include "base/log.h"
#include "http/inside.h"
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { QUEUE = 64, THREADS = 16, NICE = 10, SLICE_NS = 200000 };

struct lanes {
    pthread_mutex_t lock;
    pthread_cond_t  wake;
    call           *queue[QUEUE];
    size_t          first, waiting, reserved; /* reserved: places promised, not yet filled */
    int64_t         running;
    bool            stopping;
    int             thread_count;
    pthread_t       threads[THREADS];
};

static call *next_call(lanes *l)
{
    call *k = NULL;
    pthread_mutex_lock(&l->lock);
    while (l->waiting == 0 && !l->stopping)
        pthread_cond_wait(&l->wake, &l->lock);
    if (l->waiting > 0) {
        k = l->queue[l->first];
        l->first = (l->first + 1) % QUEUE;
        l->waiting--;
        l->running++;
    }
    pthread_mutex_unlock(&l->lock);
    return k;
}

/* On Linux a thread has a priority of its own, and since 6.12 a slice: how long it may go on when a thread of the quick lane
 * wakes (sched_setattr(2); an older kernel passes over it). Without either the work is done all the same. */
static void give_way(void)
{
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t  nice;
        uint32_t priority;
        uint64_t slice_ns, deadline_ns, period_ns;
    } wish = { .size = sizeof wish, .policy = SCHED_BATCH, .nice = NICE, .slice_ns = SLICE_NS };
    if (syscall(SYS_sched_setattr, 0, &wish, 0) != 0)
        (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE);
}

static void *lane_main(void *arg)
{
    lanes *l = arg;
    give_way();
    for (call *k; (k = next_call(l));) {
        k->r.lane = LANE_SLOW;
        http_outcome outcome = k->route->handle(&k->r, k->r.server->o.arg);
        ASSERT(outcome != HTTP_SLOW); /* slower than slow there is nothing */
        if (outcome == HTTP_DONE)
            http_finish(&k->r);
        pthread_mutex_lock(&l->lock);
        l->running--;
        pthread_mutex_unlock(&l->lock);
    }
    return NULL;
}

lanes *lanes_start(int threads)
{
    lanes *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->wake, NULL);
    while (l->thread_count < threads && l->thread_count < THREADS &&
           pthread_create(&l->threads[l->thread_count], NULL, lane_main, l) == 0)
        l->thread_count++;
    if (l->thread_count > 0)
        return l;
    free(l);
    return NULL;
}

bool lanes_reserve(lanes *l)
{
    pthread_mutex_lock(&l->lock);
    bool place = !l->stopping && l->waiting + l->reserved < QUEUE;
    l->reserved += place;
    pthread_mutex_unlock(&l->lock);
    return place;
}

void lanes_push(lanes *l, call *k)
{
    pthread_mutex_lock(&l->lock);
    ASSERT(l->reserved > 0);
    l->reserved--;
    l->queue[(l->first + l->waiting++) % QUEUE] = k;
    pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->lock);
}

void lanes_count(lanes *l, int64_t *waiting, int64_t *running)
{
    pthread_mutex_lock(&l->lock);
    *waiting = (int64_t)l->waiting;
    *running = l->running;
    pthread_mutex_unlock(&l->lock);
}

call *lanes_drain(lanes *l)
{
    call *k = NULL;
    pthread_mutex_lock(&l->lock);
    l->stopping = true;
    if (l->waiting > 0) {
        k = l->queue[l->first];
        l->first = (l->first + 1) % QUEUE;
        l->waiting--;
    }
    pthread_cond_broadcast(&l->wake);
    pthread_mutex_unlock(&l->lock);
    return k;
}

void lanes_stop(lanes *l)
{
    ASSERT(!lanes_drain(l));
    for (int i = 0; i < l->thread_count; i++)
        pthread_join(l->threads[i], NULL);
    pthread_cond_destroy(&l->wake);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
