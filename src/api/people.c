#include "api/people.h"

#include <pthread.h>

#include "store/access.h"

enum { SLOTS = 1024 }; /* by the user's id; a clash is only a miss */

typedef struct {
    int64_t  user, version; /* user 0: empty */
    int64_t *ids;           /* those below, those of the team, those for whom one stands in */
    size_t   below, peers, away;
} slot;

struct people {
    pthread_mutex_t lock;
    slot            slots[SLOTS];
};

people *people_new(void)
{
    people *p = calloc(1, sizeof *p);
    ASSERT(p);
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void people_free(people *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        free(p->slots[i].ids);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static void remember(people *p, int64_t version, const actor *who)
{
    size_t   n = who->below_count, m = who->peer_count, k = who->away_count;
    int64_t *ids = malloc((n + m + k + 1) * sizeof *ids);
    if (!ids)
        return;
    if (n)
        memcpy(ids, who->below, n * sizeof *ids);
    if (m)
        memcpy(ids + n, who->peers, m * sizeof *ids);
    if (k)
        memcpy(ids + n + m, who->away, k * sizeof *ids);
    pthread_mutex_lock(&p->lock);
    slot *s = &p->slots[(uint64_t)who->user % SLOTS];
    free(s->ids);
    *s = (slot){ .user = who->user, .version = version, .ids = ids, .below = n, .peers = m, .away = k };
    pthread_mutex_unlock(&p->lock);
}

err people_around(people *p, ctx *c, actor *who)
{
    pthread_mutex_lock(&p->lock);
    const slot *s = &p->slots[(uint64_t)who->user % SLOTS];
    bool        known = s->user == who->user && s->version == c->snap->version;
    if (known) {
        size_t   all = s->below + s->peers + s->away;
        int64_t *copy = arena_make_n(c->a, int64_t, all + 1);
        if (all)
            memcpy(copy, s->ids, all * sizeof *copy);
        who->below = copy;
        who->below_count = s->below;
        who->peers = copy + s->below;
        who->peer_count = s->peers;
        who->away = copy + s->below + s->peers;
        who->away_count = s->away;
    }
    pthread_mutex_unlock(&p->lock);
    if (known)
        return ERR_OK;
    TRY(access_people(c, who));
    remember(p, c->snap->version, who);
    return ERR_OK;
}
