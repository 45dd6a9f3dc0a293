#include "base/map.h"

typedef struct {
    str      key;
    void    *value;
    uint64_t hash; /* 0: free */
} slot;

struct map {
    arena *a;
    slot  *slots;
    size_t mask, count;
};

static uint64_t key_hash(str key)
{
    uint64_t h = hash_bytes(key);
    return h ? h : 1;
}

map *map_new(arena *a, size_t expected)
{
    size_t size = 8;
    while (size / 4 * 3 < expected)
        size *= 2;
    map *m = arena_make(a, map);
    *m = (map){ a, arena_make_n(a, slot, size), size - 1, 0 };
    return m;
}

static slot *find(const map *m, str key, uint64_t hash)
{
    size_t i = hash & m->mask;
    while (m->slots[i].hash && (m->slots[i].hash != hash || !str_eq(m->slots[i].key, key)))
        i = (i + 1) & m->mask;
    return &m->slots[i];
}

static void grow(map *m)
{
    slot  *old = m->slots;
    size_t old_size = m->mask + 1;
    m->slots = arena_make_n(m->a, slot, old_size * 2);
    m->mask = old_size * 2 - 1;
    for (size_t i = 0; i < old_size; i++)
        if (old[i].hash)
            *find(m, old[i].key, old[i].hash) = old[i];
}

void map_put(map *m, str key, void *value)
{
    uint64_t hash = key_hash(key);
    slot    *s = find(m, key, hash);
    if (s->hash) {
        s->value = value;
        return;
    }
    *s = (slot){ key, value, hash };
    if (++m->count > (m->mask + 1) / 4 * 3)
        grow(m);
}

void *map_get(const map *m, str key)
{
    return find(m, key, key_hash(key))->value;
}

size_t map_count(const map *m)
{
    return m->count;
}
