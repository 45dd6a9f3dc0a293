/* tree.h — who stands below whom: the people one manages, however far down, and those in the teams under one's own. */
#ifndef ZK_ROOMS_TREE_H
#define ZK_ROOMS_TREE_H
#include "query/query.h"

typedef struct {
    int64_t id, manager, team;
    str     name;
    bool    left; /* disabled */
} person;

typedef struct {
    person *all;
    size_t  count;
    struct {
        int64_t id, parent;
    } * teams;
    size_t team_count;
} people_tree;

err people_tree_load(ctx *c, people_tree *out) MUST_USE;
/* The place in `all`; count where there is none. */
size_t people_tree_at(const people_tree *t, int64_t user);
/* mark[i]: all[i] stands below all[who]; not oneself, cycles or not. */
void people_tree_below(const people_tree *t, size_t who, bool *mark);
/* Is the team this one or somewhere under it? */
bool people_tree_in_team(const people_tree *t, int64_t team, int64_t top);
#endif
