#include "api/people.h"

#include <pthread.h>

#include "store/access.h"

enum { SLOTS = 1024 }; /* by the user's id; a clash is only a miss */

typedef struct {
    int64_t  user, version; /* user 0: empty */
    int64_t *ids;
    size_t   count;
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
    size_t   n = who->below_count;
    int64_t *ids = malloc((n + 1) * sizeof *ids);
    if (!ids)
        return;
    if (n)
        memcpy(ids, who->below, n * sizeof *ids);
    pthread_mutex_lock(&p->lock);
    slot *s = &p->slots[(uint64_t)who->user % SLOTS];
    free(s->ids);
    *s = (slot){ .user = who->user, .version = version, .ids = ids, .count = n };
    pthread_mutex_unlock(&p->lock);
}

err people_below(people *p, ctx *c, actor *who)
{
    pthread_mutex_lock(&p->lock);
    const slot *s = &p->slots[(uint64_t)who->user % SLOTS];
    bool        known = s->user == who->user && s->version == c->snap->version;
    if (known) {
        int64_t *copy = arena_make_n(c->a, int64_t, s->count + 1);
        if (s->count)
            memcpy(copy, s->ids, s->count * sizeof *copy);
        who->below = copy;
        who->below_count = s->count;
    }
    pthread_mutex_unlock(&p->lock);
    if (known)
        return ERR_OK;
    TRY(access_people(c, who));
    remember(p, c->snap->version, who);
    return ERR_OK;
}
