/* Actions that many rooms list: hand a record on, and make one record of several. */
#include "store/act.h"
#include "store/audit.h"

#include "base/limits.h"
#include "store/internal.h"

static err write_record(ctx *c, const rec *r, json_writer *w)
{
    int64_t version;
    return query_record(c, r->e, r->id, w, &version);
}

/* The member that must be a text; a problem otherwise. */
static bool text_member(ctx *c, const json *j, const char *name)
{
    if (json_is(j, JSON_STRING))
        return true;
    (void)ctx_problem(c, name, STR("not_a_text"));
    return false;
}

/* The team in whose queue a record may wait, where its table has one. */
static const field *queue_field(const entity *e)
{
    const field *f = entity_field(e, STR("team"));
    return f && f->type == FT_REF && f->target && str_eq(f->target->name, STR("team")) ? f : NULL;
}

/* To a person: theirs, and the team stays, so that one sees through whom it came. To a team: nobody's until somebody of
 * it takes it. To both: a person of that team. */
err store_action_assign(ctx *c, rec *on, const json *in, json_writer *out)
{
    const field *owner = entity_common(on->e, CF_OWNER), *team = queue_field(on->e);
    const json  *to = json_get(in, STR("owner")), *queue = team ? json_get(in, STR("team")) : NULL;
    for (const json *j = in ? in->first : NULL; j; j = j->next)
        if (j != to && j != queue)
            (void)ctx_problem_with(c, utf8_cut(j->key, 80), STR("unknown_field"), utf8_cut(j->key, 80));
    if (!to && !queue)
        return ctx_problem(c, "owner", STR("required"));
    if ((to && !text_member(c, to, "owner")) || (queue && !text_member(c, queue, "team")) || c->problem_count)
        return ERR_INVALID;
    if (queue)
        TRY(store_set_text(c, on, team, queue->text));
    TRY(store_set_text(c, on, owner, to ? to->text : (str){ 0 }));
    TRY(store_save(c, on, 0));
    return write_record(c, on, out);
}

/* ---- merge ---- */

enum { MERGE_MOST = 10 };

typedef struct {
    rec   *into;
    rec   *others[MERGE_MOST];
    size_t count;
} merging;

static err load_others(ctx *c, const json *with, merging *m)
{
    if (!json_is(with, JSON_ARRAY) || with->count == 0 || with->count > MERGE_MOST)
        return ctx_problem(c, "with", STR("merge_with"));
    for (const json *j = with->first; j; j = j->next) {
        int64_t id = 0;
        rec    *r;
        bool    number = json_is(j, JSON_STRING) && str_to_int64(j->text, &id) && id > 0;
        err     e = number && id != m->into->id ? store_load(c, m->into->e, id, &r) : ERR_NOT_FOUND;
        for (size_t i = 0; e == ERR_OK && i < m->count; i++)
            if (m->others[i]->id == id)
                e = ERR_NOT_FOUND;
        if (e == ERR_NOT_FOUND)
            return ctx_problem_with(c, STR("with"), STR("no_such_record"),
                                    json_is(j, JSON_STRING) ? utf8_cut(j->text, 60) : (str){ 0 });
        TRY(e);
        TRY(record_scope(c, VERB_DELETE, r));
        m->others[m->count++] = r;
    }
    return ERR_OK;
}

static bool mergeable(const field *f)
{
    return !(f->flags & (FF_ALIAS | FF_BASE | FF_NO_COPY | FF_READONLY)) && f->type != FT_ID;
}

static void take_value(merging *m, const field *f, const rec *from)
{
    m->into->v[f->index] = from->v[f->index];
    m->into->given[f->index] = 1;
}

static const rec *chosen(const merging *m, const json *id)
{
    int64_t n = 0;
    if (!json_is(id, JSON_STRING) || !str_to_int64(id->text, &n))
        return NULL;
    if (n == m->into->id)
        return m->into;
    for (size_t i = 0; i < m->count; i++)
        if (m->others[i]->id == n)
            return m->others[i];
    return NULL;
}

/* What was chosen; else the record's own value; else, where it is empty, the first of the others that has one. Money goes
 * with the currency it is counted in. */
static err choose_values(ctx *c, merging *m, const json *choose)
{
    for (const json *j = json_is(choose, JSON_OBJECT) ? choose->first : NULL; j; j = j->next) {
        const field *f = entity_field(m->into->e, j->key);
        const rec   *from = chosen(m, j);
        bool         known = f && permit_field(&c->actor, f, VERB_READ); /* PERMIT-12 */
        if (!known || !mergeable(f) || !from)
            (void)ctx_problem_with(c, utf8_cut(j->key, 80), known ? STR("no_such_record") : STR("unknown_field"),
                                   utf8_cut(j->key, 80));
        else if (from != m->into && !permit_field(&c->actor, f, VERB_UPDATE))
            (void)ctx_problem_with(c, f->name, STR("read_only"), (str){ 0 });
        else
            take_value(m, f, from);
    }
    for (size_t i = 0; i < m->into->e->field_count; i++) {
        const field *f = &m->into->e->fields[i];
        for (size_t k = 0; k < m->count && mergeable(f) && !m->into->v[i].set && !m->into->given[i]; k++) {
            bool other_money = f->currency >= 0 && rec_changed(m->others[k], m->into, (size_t)f->currency);
            if (m->others[k]->v[i].set && !other_money)
                take_value(m, f, m->others[k]);
        }
    }
    return c->problem_count ? ERR_INVALID : ERR_OK;
}

/* What hangs on the others goes over first, then they go, then the record takes their values: so that a unique value is
 * free when it comes. */
static err merge_all(ctx *c, merging *m)
{
    for (size_t i = 0; i < m->count; i++) {
        TRY(store_repoint(c, m->into->e, m->others[i]->id, m->into->id));
        TRY(store_delete(c, m->into->e, m->others[i]->id, 0));
    }
    rec *now; /* moving what hangs may have changed it: a parent that was one of the others */
    TRY(store_load_any(c, m->into->e, m->into->id, &now));
    for (size_t i = 0; i < now->e->field_count; i++)
        if (m->into->given[i]) {
            now->v[i] = m->into->v[i];
            now->given[i] = 1;
        }
    for (size_t i = 0; i < now->e->field_count; i++)
        if (now->e->fields[i].target == now->e && now->v[i].set && now->v[i].i == now->id)
            now->v[i] = (value){ 0 };
    m->into = now;
    return store_save(c, now, 0);
}

err store_action_merge(ctx *c, rec *on, const json *in, json_writer *out)
{
    merging m = { .into = on };
    int64_t operation;
    for (const json *j = in ? in->first : NULL; j; j = j->next)
        if (!str_eq(j->key, STR("with")) && !str_eq(j->key, STR("choose")))
            (void)ctx_problem_with(c, utf8_cut(j->key, 80), STR("unknown_field"), utf8_cut(j->key, 80));
    TRY(load_others(c, json_get(in, STR("with")), &m));
    TRY(choose_values(c, &m, json_get(in, STR("choose"))));
    const audit_word words[] = { { .name = "of", .text = on->e->name }, { 0 } };
    TRY(store_operation_begin_with(c, STR("merge"), record_name(on), words, &operation));
    TRY(merge_all(c, &m));
    store_operation_end(c);
    json_object(out);
    json_key(out, STR("record"));
    TRY(write_record(c, m.into, out));
    json_put_id(out, "operation", operation);
    json_object_end(out);
    return ERR_OK;
}
