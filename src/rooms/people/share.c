/* One record, shown to a person or a team beside those whose it is. */
#include "base/text.h"
#include "rooms/people/people.h"
#include "store/store.h"

static const choice_def accesses[] = { { "read", NEXT_ANY, NULL }, { "change", NEXT_ANY, NULL } };

enum { S_ABOUT, S_USER, S_TEAM, S_ACCESS, S_UNTIL, S_NOTE, S_COUNT };
static const field_def fields[] = {
    [S_ABOUT] = { .name = "about", .type = FT_ANYREF, .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [S_USER] = { .name = "user", .type = FT_REF, .target = "user", .flags = FF_LIST | FF_CASCADE },
    [S_TEAM] = { .name = "team", .type = FT_REF, .target = "team", .flags = FF_LIST | FF_CASCADE },
    [S_ACCESS] = { .name = "access",
                   .type = FT_CHOICE,
                   .flags = FF_REQUIRED | FF_LIST,
                   .choices = accesses,
                   .choice_count = countof(accesses),
                   .initial = "read" },
    [S_UNTIL] = { .name = "until", .type = FT_DATE, .flags = FF_LIST },
    [S_NOTE] = { .name = "note", .type = FT_TEXT, .min = 1, .max = 255 },
};
_Static_assert(countof(fields) == S_COUNT, "one row per field");

/* SHARE-1, SHARE-2: by whom may share it; with one person or one team. */
static err before_save(ctx *c, const rec *old, rec *next)
{
    if (rec_null(next, S_USER) == rec_null(next, S_TEAM))
        (void)ctx_problem(c, rec_null(next, S_USER) ? "user" : "team", STR("person_or_team"));
    if (old && rec_changed(old, next, S_ABOUT))
        (void)ctx_problem(c, "about", STR("fixed"));
    if (rec_null(next, S_ABOUT))
        return ERR_OK;
    const entity *e = snapshot_entity(c->snap, next->v[S_ABOUT].s);
    rec          *about;
    if (!e || !e->def->owned)
        return ctx_problem(c, "about", STR("not_shared"));
    err x = store_load_any(c, e, rec_ref(next, S_ABOUT), &about);
    if (x == ERR_OK)
        x = store_may(c, about, VERB_SHARE);
    return x == ERR_NOT_FOUND && !old ? ERR_OK
                                      : x; /* "no such record" is said later, of what is hidden as of what never was */
}

static err before_delete(ctx *c, const rec *r)
{
    rec          *about;
    const entity *e = snapshot_entity(c->snap, r->v[S_ABOUT].s);
    err           x = e ? store_load_any(c, e, rec_ref(r, S_ABOUT), &about) : ERR_NOT_FOUND;
    return x == ERR_OK && !about->deleted_at ? store_may(c, about, VERB_SHARE) : x == ERR_NOT_FOUND ? ERR_OK : x;
}

static const list_view_def lists[] = {
    { "all", "", "created_at DESC", NULL },
    { "now", "until = null OR until >= TODAY", "created_at DESC", NULL },
};
static const index_def indexes[] = { { "user,about", false }, { "team,about", false } };

const entity_def share_entity = {
    .name = "share",
    .rights = "*",
    .plural = "shares",
    .fields = fields,
    .field_count = countof(fields),
    .lists = lists,
    .list_count = countof(lists),
    .indexes = indexes,
    .index_count = countof(indexes),
    .title_from = "user,team,about",
    .hidden = true,
    .before_save = before_save,
    .before_delete = before_delete,
};
