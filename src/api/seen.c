#include "api/seen.h"

#include <pthread.h>

enum { SLOTS = 512, ZONE = 48 };

/* Names, login and e-mail are left out: what begins with a guess does not show them. */
typedef struct {
    uint8_t    hash[SECRET_HASH];
    access_row row;
    char       zone[ZONE];
    bool       taken;
} slot;

struct seen {
    pthread_mutex_t lock;
    slot            slots[SLOTS];
};

seen *seen_new(void)
{
    seen *s = calloc(1, sizeof *s);
    ASSERT(s);
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

void seen_free(seen *s)
{
    if (!s)
        return;
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static slot *slot_of(seen *s, const uint8_t hash[SECRET_HASH])
{
    return &s->slots[(hash[0] | hash[1] << 8) % SLOTS];
}

bool seen_find(seen *s, const uint8_t hash[SECRET_HASH], arena *a, access_row *out)
{
    pthread_mutex_lock(&s->lock);
    const slot *at = slot_of(s, hash);
    bool        found = at->taken && memcmp(at->hash, hash, SECRET_HASH) == 0;
    if (found) {
        *out = at->row;
        out->who.zone = arena_str(a, str_from(at->zone));
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}

void seen_keep(seen *s, const uint8_t hash[SECRET_HASH], const access_row *row)
{
    if (row->who.zone.n >= ZONE)
        return;
    pthread_mutex_lock(&s->lock);
    slot *at = slot_of(s, hash);
    memcpy(at->hash, hash, SECRET_HASH);
    at->row = *row;
    at->row.who.name = at->row.who.zone = at->row.login = at->row.email = (str){ 0 };
    at->row.who.below = NULL;
    at->row.who.below_count = 0;
    memset(at->zone, 0, sizeof at->zone);
    if (row->who.zone.n)
        memcpy(at->zone, row->who.zone.p, (size_t)row->who.zone.n);
    at->taken = true;
    pthread_mutex_unlock(&s->lock);
}

bool seen_same(const access_row *a, const access_row *b)
{
    return a->who.user == b->who.user && a->who.role == b->who.role && a->who.team == b->who.team &&
           a->who.lang == b->who.lang && str_eq(a->who.zone, b->who.zone) && a->tables == b->tables;
}
