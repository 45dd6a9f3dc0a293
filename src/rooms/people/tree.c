#include "rooms/people/tree.h"

#include "base/limits.h"
#include "base/text.h"

typedef struct {
    ctx         *c;
    people_tree *t;
    size_t       room;
} loading;

static err take_person(void *arg, query_row *row)
{
    loading *l = arg;
    arena_more(l->c->a, l->t->all, l->t->count, l->room);
    l->t->all[l->t->count++] = (person){ .id = query_value(row, 0).i,
                                         .name = arena_str(l->c->a, query_value(row, 1).s),
                                         .manager = query_value(row, 2).i,
                                         .team = query_value(row, 3).i,
                                         .left = str_eq(query_value(row, 4).s, STR("disabled")) };
    return ERR_OK;
}

static err take_team(void *arg, query_row *row)
{
    people_tree *t = arg;
    t->teams[t->team_count].id = query_value(row, 0).i;
    t->teams[t->team_count++].parent = query_value(row, 1).i;
    return ERR_OK;
}

/* Every page of it. */
static err pages(ctx *c, str text, query_each each, void *arg)
{
    for (str after = { 0 };;) {
        query *q;
        TRY(query_select_after(c, text, after, &q));
        TRY(query_run(c, q, each, arg));
        after = query_next(q);
        if (!after.n)
            return ERR_OK;
    }
}

err people_tree_load(ctx *c, people_tree *out)
{
    int64_t teams = 0;
    loading l = { .c = c, .t = out, .room = 64 };
    *out = (people_tree){ .all = arena_make_n(c->a, person, l.room) };
    TRY(pages(c, STR("SELECT id, name, manager, team, state FROM user ORDER BY name LIMIT 2000"), take_person, &l));
    list_request every = { .where = (str){ 0 } };
    TRY(query_count(c, snapshot_entity(c->snap, STR("team")), &every, false, &teams));
    out->teams = arena_alloc(c->a, ((size_t)teams + 1) * sizeof *out->teams);
    return pages(c, STR("SELECT id, parent FROM team ORDER BY id LIMIT 2000"), take_team, out);
}

size_t people_tree_at(const people_tree *t, int64_t user)
{
    size_t i = 0;
    while (i < t->count && t->all[i].id != user)
        i++;
    return i;
}

bool people_tree_in_team(const people_tree *t, int64_t team, int64_t top)
{
    for (int depth = 0; team && depth < LIMIT_TREE_DEPTH; depth++) {
        if (team == top)
            return true;
        size_t i = 0;
        while (i < t->team_count && t->teams[i].id != team)
            i++;
        team = i < t->team_count ? t->teams[i].parent : 0;
    }
    return false;
}

void people_tree_below(const people_tree *t, size_t who, bool *mark)
{
    int64_t own = t->all[who].team;
    for (size_t i = 0; i < t->count; i++)
        mark[i] = false;
    mark[who] = true;
    for (bool grown = true; grown;) { /* as often as the line of managers is long */
        grown = false;
        for (size_t i = 0; i < t->count; i++) {
            size_t above = mark[i] || !t->all[i].manager ? t->count : people_tree_at(t, t->all[i].manager);
            if (above < t->count && mark[above])
                grown = mark[i] = true;
        }
    }
    for (size_t i = 0; own && i < t->count; i++)
        if (t->all[i].team != own && people_tree_in_team(t, t->all[i].team, own))
            mark[i] = true;
    mark[who] = false;
}
