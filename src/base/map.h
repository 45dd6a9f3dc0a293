/* map.h — slice → pointer, in an arena. Keys are not copied. No removal: lifetimes are the arena's. */
#ifndef ZK_BASE_MAP_H
#define ZK_BASE_MAP_H
#include "base/arena.h"

typedef struct map map;

map   *map_new(arena *a, size_t expected);
void   map_put(map *m, str key, void *value); /* replaces */
void  *map_get(const map *m, str key);        /* NULL: absent */
size_t map_count(const map *m);
#endif
