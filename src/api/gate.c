#include "api/gate.h"

#include <pthread.h>

#include "base/password.h"

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t  free;
    int             inside, waiting;
};

gate *gate_new(void)
{
    gate *g = calloc(1, sizeof *g);
    ASSERT(g);
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->free, NULL);
    return g;
}

void gate_free(gate *g)
{
    if (!g)
        return;
    pthread_cond_destroy(&g->free);
    pthread_mutex_destroy(&g->lock);
    free(g);
}

err gate_enter(gate *g)
{
    pthread_mutex_lock(&g->lock);
    bool room = g->inside < GATE_AT_ONCE || g->waiting < GATE_WAITING;
    if (room) {
        g->waiting++;
        while (g->inside >= GATE_AT_ONCE)
            pthread_cond_wait(&g->free, &g->lock);
        g->waiting--;
        g->inside++;
    }
    pthread_mutex_unlock(&g->lock);
    return room ? ERR_OK : ERR_UNAVAILABLE;
}

void gate_leave(gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->inside--;
    pthread_cond_signal(&g->free);
    pthread_mutex_unlock(&g->lock);
}

int gate_line(gate *g)
{
    pthread_mutex_lock(&g->lock);
    int n = g->waiting;
    pthread_mutex_unlock(&g->lock);
    return n;
}

err gate_verify(gate *g, str stored, str password, bool *right)
{
    TRY(gate_enter(g));
    *right = password_verify(stored, password);
    gate_leave(g);
    return ERR_OK;
}

err gate_hash(gate *g, arena *a, str password, str *stored)
{
    TRY(gate_enter(g));
    err e = password_hash(a, password, stored);
    gate_leave(g);
    return e;
}
