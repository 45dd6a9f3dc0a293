#include "api/throttle.h"

#include "base/random.h"

enum { SLOTS = 4096, WAYS = 4, FREE_ACCOUNT = 5, FREE_NET = 30, MOST_SECONDS = 900 };

typedef struct {
    uint64_t key; /* 0: empty */
    int      failures;
    int64_t  last_ms, until_ms;
} slot;

struct throttle {
    pthread_mutex_t lock;
    unsigned char   key[MARK_KEY]; /* so that nobody can choose names that push others out */
    slot            slots[SLOTS];
};

throttle *throttle_new(void)
{
    throttle *t = calloc(1, sizeof *t);
    ASSERT(t);
    pthread_mutex_init(&t->lock, NULL);
    random_bytes(t->key, sizeof t->key);
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

/* The counts of one attempt: at most two. */
typedef struct {
    uint64_t key;
    int      allowed;
} counted;

static uint64_t mark_of(const throttle *t, char kind, str text, str more)
{
    unsigned char mark[MARK_BYTES];
    uint64_t      key;
    char          room[600];
    int           n = snprintf(room, sizeof room, "%c%td:%.*s%.*s", kind, text.n, (int)(text.n < 250 ? text.n : 250),
                     text.p ? text.p : "", (int)(more.n < 250 ? more.n : 250), more.p ? more.p : "");
    mark_text(t->key, (str){ room, n }, mark);
    memcpy(&key, mark, sizeof key);
    return key | 1;
}

static size_t counts_of(const throttle *t, const attempt *by, counted out[2])
{
    size_t n = 0;
    if (by->known.n) {
        out[n++] = (counted){ mark_of(t, 'k', by->account, by->known), FREE_ACCOUNT };
        return n;
    }
    out[n++] = (counted){ mark_of(t, 'a', by->account, (str){ 0 }), FREE_ACCOUNT };
    if (by->net.n)
        out[n++] = (counted){ mark_of(t, 'n', by->net, (str){ 0 }), FREE_NET };
    return n;
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

int throttle_enter(throttle *t, const attempt *by, int64_t now_ms)
{
    counted counts[2];
    size_t  n = counts_of(t, by, counts);
    int64_t until = 0;
    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < n; i++) {
        int64_t u = find(t, counts[i].key)->until_ms;
        until = u > until ? u : until;
    }
    for (size_t i = 0; i < n && until <= now_ms; i++)
        count_failure(find(t, counts[i].key), counts[i].allowed, now_ms);
    pthread_mutex_unlock(&t->lock);
    return until > now_ms ? (int)((until - now_ms + 999) / 1000) : 0;
}

/* The account's count begins anew; of the net's only this attempt is taken back, or one account of one's own would buy any
 * number of guesses at others. */
void throttle_passed(throttle *t, const attempt *by)
{
    counted counts[2];
    size_t  n = counts_of(t, by, counts);
    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < n; i++) {
        slot *s = find(t, counts[i].key);
        s->failures = i == 0 || s->failures == 0 ? 0 : s->failures - 1;
        if (s->failures < counts[i].allowed)
            s->until_ms = 0;
    }
    pthread_mutex_unlock(&t->lock);
}
