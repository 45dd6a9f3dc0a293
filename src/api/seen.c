#include "api/seen.h"

#include <pthread.h>

#include "api/call.h"
#include "base/random.h"

enum { SLOTS = 512, WORDS = 600, STATES = 4 };

typedef struct {
    uint8_t    hash[SECRET_HASH];
    access_row row;
    char       words[WORDS]; /* what the row's texts point to */
    int64_t    states[STATES];
    unsigned   next;
    bool       taken;
} slot;

typedef struct {
    uint8_t mark[MARK_BYTES], hash[SECRET_HASH];
    bool    taken;
} hashed;

struct seen {
    pthread_mutex_t lock;
    slot            slots[SLOTS];
    hashed          hashes[SLOTS];
    uint8_t         key[MARK_KEY];
};

seen *seen_new(void)
{
    seen *s = calloc(1, sizeof *s);
    ASSERT(s);
    pthread_mutex_init(&s->lock, NULL);
    random_bytes(s->key, sizeof s->key);
    return s;
}

void seen_free(seen *s)
{
    if (!s)
        return;
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void seen_hash(seen *s, str secret, uint8_t hash[SECRET_HASH])
{
    uint8_t mark[MARK_BYTES];
    mark_text(s->key, secret, mark);
    hashed *at = &s->hashes[(mark[0] | mark[1] << 8) % SLOTS];
    pthread_mutex_lock(&s->lock);
    bool known = at->taken && memcmp(at->mark, mark, MARK_BYTES) == 0;
    if (known)
        memcpy(hash, at->hash, SECRET_HASH);
    pthread_mutex_unlock(&s->lock);
    if (known)
        return;
    secret_hash(secret, hash);
    pthread_mutex_lock(&s->lock);
    memcpy(at->mark, mark, MARK_BYTES);
    memcpy(at->hash, hash, SECRET_HASH);
    at->taken = true;
    pthread_mutex_unlock(&s->lock);
}

static slot *slot_of(seen *s, const uint8_t hash[SECRET_HASH])
{
    return &s->slots[(hash[0] | hash[1] << 8) % SLOTS];
}

static bool holds_in(const slot *at, int64_t state)
{
    bool holds = false;
    for (int i = 0; i < STATES; i++)
        holds |= at->states[i] == state;
    return holds && state != 0;
}

bool seen_find(seen *s, const uint8_t hash[SECRET_HASH], int64_t state, arena *a, access_row *out, bool *sure)
{
    pthread_mutex_lock(&s->lock);
    const slot *at = slot_of(s, hash);
    bool        found = at->taken && memcmp(at->hash, hash, SECRET_HASH) == 0;
    if (found) {
        *out = at->row;
        out->who.name = arena_str(a, at->row.who.name);
        out->who.zone = arena_str(a, at->row.who.zone);
        out->roles = arena_str(a, at->row.roles);
        out->login = arena_str(a, at->row.login);
        out->email = arena_str(a, at->row.email);
        out->who.only = arena_str(a, at->row.who.only);
        out->state = arena_str(a, at->row.state);
        if (sure)
            *sure = holds_in(at, state);
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}

static str copy_word(slot *at, size_t *used, str from)
{
    str out = { at->words + *used, from.n };
    if (from.n)
        memcpy(at->words + *used, from.p, (size_t)from.n);
    *used += (size_t)from.n;
    return from.n ? out : (str){ 0 };
}

void seen_keep(seen *s, const uint8_t hash[SECRET_HASH], int64_t state, const access_row *row)
{
    size_t    used = 0;
    ptrdiff_t words = row->who.name.n + row->who.zone.n + row->roles.n + row->login.n + row->email.n + row->who.only.n;
    if (words > WORDS)
        return;
    pthread_mutex_lock(&s->lock);
    slot *at = slot_of(s, hash);
    bool  same = at->taken && memcmp(at->hash, hash, SECRET_HASH) == 0;
    if (!same)
        memset(at->states, 0, sizeof at->states);
    memcpy(at->hash, hash, SECRET_HASH);
    at->row = *row;
    at->row.who.name = copy_word(at, &used, row->who.name);
    at->row.who.zone = copy_word(at, &used, row->who.zone);
    at->row.roles = copy_word(at, &used, row->roles);
    at->row.login = copy_word(at, &used, row->login);
    at->row.email = copy_word(at, &used, row->email);
    at->row.who.only = copy_word(at, &used, row->who.only);
    at->row.state = words + row->state.n <= WORDS ? copy_word(at, &used, row->state) : (str){ 0 };
    at->row.who.below = at->row.who.peers = at->row.who.away = NULL;
    at->row.who.below_count = at->row.who.peer_count = at->row.who.away_count = 0;
    at->states[at->next++ % STATES] = state;
    at->taken = true;
    pthread_mutex_unlock(&s->lock);
}

bool seen_same(const access_row *a, const access_row *b)
{
    return a->who.user == b->who.user && str_eq(a->roles, b->roles) && a->who.team == b->who.team &&
           a->who.lang == b->who.lang && str_eq(a->who.zone, b->who.zone) && a->tables == b->tables &&
           a->enrol == b->enrol && a->who.read_only == b->who.read_only && str_eq(a->who.only, b->who.only);
}
