#include "api/throttle.h"

enum { SLOTS = 4096, WAYS = 4, FREE_ACCOUNT = 5, FREE_ADDRESS = 30, MOST_SECONDS = 900 };

typedef struct {
    uint64_t key; /* 0: empty */
    int      failures;
    int64_t  last_ms, until_ms;
} slot;

struct throttle {
    pthread_mutex_t lock;
    slot            slots[SLOTS];
};

throttle *throttle_new(void)
{
    throttle *t = calloc(1, sizeof *t);
    ASSERT(t);
    pthread_mutex_init(&t->lock, NULL);
    return t;
}

void throttle_free(throttle *t)
{
    if (!t)
        return;
    pthread_mutex_destroy(&t->lock);
    free(t);
}

/* Its slot, or the one of its group that was quiet longest. */
static slot *find(throttle *t, uint64_t key)
{
    slot *group = &t->slots[key % (SLOTS / WAYS) * WAYS], *oldest = group;
    for (size_t i = 0; i < WAYS; i++) {
        if (group[i].key == key)
            return &group[i];
        if (group[i].last_ms < oldest->last_ms)
            oldest = &group[i];
    }
    *oldest = (slot){ .key = key };
    return oldest;
}

static uint64_t account_key(str account)
{
    return hash_bytes(account) | 1;
}

static uint64_t address_key(str address)
{
    return (hash_bytes(address) ^ UINT64_C(0x9e3779b97f4a7c15)) | 1;
}

static void count_failure(slot *s, int allowed, int64_t now_ms)
{
    if (now_ms - s->last_ms > MOST_SECONDS * INT64_C(1000))
        s->failures = 0;
    s->failures++;
    s->last_ms = now_ms;
    int over = s->failures - allowed;
    if (over >= 0)
        s->until_ms = now_ms + (over >= 10 ? MOST_SECONDS : 1 << over) * INT64_C(1000);
}

int throttle_wait(throttle *t, str account, str address, int64_t now_ms)
{
    pthread_mutex_lock(&t->lock);
    int64_t a = find(t, account_key(account))->until_ms, b = find(t, address_key(address))->until_ms;
    pthread_mutex_unlock(&t->lock);
    int64_t until = a > b ? a : b;
    return until > now_ms ? (int)((until - now_ms + 999) / 1000) : 0;
}

void throttle_failed(throttle *t, str account, str address, int64_t now_ms)
{
    pthread_mutex_lock(&t->lock);
    count_failure(find(t, account_key(account)), FREE_ACCOUNT, now_ms);
    count_failure(find(t, address_key(address)), FREE_ADDRESS, now_ms);
    pthread_mutex_unlock(&t->lock);
}

void throttle_passed(throttle *t, str account)
{
    pthread_mutex_lock(&t->lock);
    slot *s = find(t, account_key(account));
    s->failures = 0;
    s->until_ms = 0;
    pthread_mutex_unlock(&t->lock);
}
