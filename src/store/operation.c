/* Operations: whatever touches several records at once, with the picture before of each, and the one undo. */
#include "store/audit.h"
#include "store/file.h"
#include "store/internal.h"
#include "store/job.h"
#include "json/json.h"

/* The history of one record and of what hangs on it tells of these. */
static bool is_of_one(str kind)
{
    return str_eq(kind, STR("delete")) || str_eq(kind, STR("convert"));
}

enum { WORDS_MOST = 12 };

static err tell_begun(ctx *c, str kind, str note, const audit_word *more)
{
    audit_word words[WORDS_MOST] = { { .name = "what", .text = kind },
                                     { .name = "operation", .number = c->operation },
                                     { .name = "of", .text = note } };
    size_t n = note.n && !str_eq(kind, STR("merge")) ? 3 : 2; /* a person's name is not kept where nothing is erased */
    bool   import = str_eq(kind, STR("import"));
    if (import)
        words[0].text = STR("begun");
    for (; more && more->name; more++) {
        ASSERT(n + 1 < WORDS_MOST);
        words[n++] = *more;
    }
    words[n] = (audit_word){ 0 };
    return audit_write(c, import ? AUDIT_IMPORT : AUDIT_BULK, 0, words);
}

err store_operation_begin(ctx *c, str kind, str note, int64_t *id)
{
    return store_operation_begin_with(c, kind, note, NULL, id);
}

err store_operation_begin_with(ctx *c, str kind, str note, const audit_word *more, int64_t *id)
{
    statement s;
    TRY(db_next_id(c->conn, id));
    TRY(sql_open(c,
                 STR("INSERT INTO \"zk_operation\"(\"id\",\"kind\",\"note\",\"at\",\"by_user\")VALUES($1,$2,$3,$4,$5)"),
                 &s));
    sql_int(&s, *id);
    sql_text(&s, kind);
    sql_text(&s, note);
    sql_time(&s, c->now_ms);
    sql_id(&s, c->actor.user);
    TRY(sql_run(&s));
    c->operation = *id;
    return !more && is_of_one(kind) ? ERR_OK : tell_begun(c, kind, note, more);
}

void store_operation_join(ctx *c, int64_t id)
{
    c->operation = id;
}

void store_operation_end(ctx *c)
{
    c->operation = 0;
}

/* Raw values: integers as numbers, the rest as texts, references to any record as "entity/id". */
static void picture_json(const rec *r, json_writer *w)
{
    json_object(w);
    for (size_t i = 0; i < r->e->field_count; i++) {
        const field *f = &r->e->fields[i];
        const value *v = &r->v[i];
        if (!field_stored(f) || !v->set)
            continue;
        json_key(w, f->name);
        storage s = type_of(f)->store;
        if (f->type == FT_ANYREF) {
            json_array(w);
            json_string(w, v->s);
            json_int(w, v->i);
            json_array_end(w);
        } else if (s == STORE_TEXT || s == STORE_JSON) {
            json_string(w, v->s);
        } else {
            json_int(w, v->i);
        }
    }
    json_put_int(w, " deleted_at", r->deleted_at);
    json_object_end(w);
}

#define INTO_PICTURE                                                                                               \
    "INSERT INTO \"zk_picture\"(\"operation\",\"record\",\"entity\",\"what\",\"version\",\"before\")VALUES($1,$2," \
    "$3,$4,$5,$6)"

/* What follows from other records is no step of the operation; a picture that it has of the record still holds. */
static err picture_follow(ctx *c, const rec *next)
{
    int64_t   operation = c->operation ? c->operation : c->undoing;
    statement s;
    if (!operation)
        return ERR_OK;
    TRY(sql_open(c,
                 STR("UPDATE \"zk_picture\" SET \"version\"=$1 WHERE \"operation\"=$2 AND \"record\"=$3 AND "
                     "\"version\"=$4"),
                 &s));
    sql_int(&s, next->version);
    sql_int(&s, operation);
    sql_int(&s, next->id);
    sql_int(&s, next->version - 1);
    return sql_run(&s);
}

err picture_put(ctx *c, const rec *old, const rec *next, what w)
{
    if (c->erasing.n)
        return ERR_OK; /* not undone */
    if (c->derived && w == WHAT_UPDATE)
        return picture_follow(c, next);
    if (!c->operation)
        return ERR_OK;
    buf         b;
    json_writer j;
    statement   s;
    buf_init(&b, 4 << 20);
    json_begin(&j, &b);
    if (old)
        picture_json(old, &j);
    str before = old ? arena_str(c->a, buf_str(&b)) : (str){ 0 };
    buf_free(&b);
    TRY(sql_open(c,
                 w == WHAT_CREATE ? STR(INTO_PICTURE)
                                  : STR(INTO_PICTURE " ON CONFLICT(\"operation\",\"record\") DO UPDATE SET "
                                                     "\"version\"=excluded.\"version\""),
                 &s));
    sql_int(&s, c->operation);
    sql_int(&s, next->id);
    sql_text(&s, next->e->name);
    sql_text(&s, str_from(what_name(w)));
    sql_int(&s, next->version);
    sql_text(&s, before);
    return w == WHAT_CREATE ? sql_insert(&s) : sql_run(&s);
}

static void picture_read(ctx *c, str text, rec *into)
{
    json      *tree;
    json_fault fault;
    ASSERT(json_parse(c->a, text, &tree, &fault) == ERR_OK);
    for (size_t i = 0; i < into->e->field_count; i++) {
        const field *f = &into->e->fields[i];
        if (!field_stored(f) || f->type == FT_ID || (f->flags & FF_COMMON && f->flags & FF_NO_HISTORY))
            continue;
        const json *j = json_get(tree, f->name);
        value       v = { .set = j != NULL };
        if (j && f->type == FT_ANYREF) {
            v.s = j->first->text;
            (void)json_int64(j->first->next, &v.i);
        } else if (j && j->kind == JSON_STRING) {
            v.s = j->text;
        } else if (j) {
            (void)json_int64(j, &v.i);
        }
        into->v[i] = v;
    }
    int64_t deleted = 0;
    (void)json_int64(json_get(tree, STR(" deleted_at")), &deleted);
    into->deleted_at = deleted;
}

typedef struct {
    int64_t record, version;
    str     entity, what, before;
} picture;

static err pictures(ctx *c, int64_t operation, size_t piece, picture **out, size_t *count)
{
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    *out = arena_make_n(c->a, picture, piece);
    *count = 0;
    TRY(sql_open(
        c,
        STR("SELECT \"record\",\"version\",\"entity\",\"what\",\"before\" FROM \"zk_picture\" WHERE \"operation\"=$1 "
            /* what was changed goes back first, so that it no longer holds what was made */
            "AND \"undone\" IS NULL ORDER BY (\"before\" IS NULL),(\"what\"='delete'),\"record\" DESC LIMIT $2"),
        &s));
    sql_int(&s, operation);
    sql_int(&s, (int64_t)piece);
    while (*count < piece && (e = sql_row(&s, &row)) == ERR_OK && row) {
        picture *p = &(*out)[(*count)++];
        p->record = db_int(s.s, 0);
        p->version = db_int(s.s, 1);
        p->entity = arena_str(c->a, db_text(s.s, 2));
        p->what = arena_str(c->a, db_text(s.s, 3));
        p->before = db_null(s.s, 4) ? (str){ 0 } : arena_str(c->a, db_text(s.s, 4));
    }
    sql_close(&s);
    return e;
}

/* Does a living record hang on it that this operation did not make, or that somebody edited since? */
static err hung_on(ctx *c, const entity *e, int64_t id, int64_t operation, bool *yes)
{
    *yes = false;
    for (size_t i = 0; i < e->pointing_count && !*yes; i++) {
        const field *f = e->pointing[i];
        statement    s;
        if (f->flags & FF_COMMON && f->flags & FF_READONLY)
            continue;
        TRY(sql_open(
            c,
            arena_printf(c->a,
                         "SELECT 1 FROM \"%.*s\" t WHERE t.\"%.*s\"=$1 AND t.\"deleted_at\" IS NULL AND "
                         "t.\"id\"<>$1 AND NOT EXISTS(SELECT 1 FROM \"zk_picture\" p WHERE p.\"operation\"=$2 AND "
                         "p.\"record\"=t.\"id\" AND p.\"before\" IS NULL AND p.\"version\"=t.\"version\") LIMIT 1",
                         STR_ARG(f->owner->table), STR_ARG(f->column)),
            &s));
        sql_int(&s, id);
        sql_int(&s, operation);
        err x = sql_row(&s, yes);
        sql_close(&s);
        TRY(x);
    }
    return ERR_OK;
}

/* Its name is told to who may still see it. */
static void keep(ctx *c, undo_report *sum, const entity *e, const rec *r, int64_t id)
{
    bool seen = r && record_scope(c, VERB_READ, r) == ERR_OK;
    sum->skipped++;
    if (sum->kept_count >= 100)
        return;
    if (!sum->kept)
        sum->kept = arena_array(c->a, 100, sizeof *sum->kept);
    sum->kept[sum->kept_count].entity = e->name;
    sum->kept[sum->kept_count].id = id;
    sum->kept[sum->kept_count++].name = seen ? arena_str(c->a, record_name(r)) : (str){ 0 };
}

/* PERMIT-14: who may no longer do it undoes it no longer. A journal goes with what it is about. */
static err may_undo(ctx *c, const entity *e, const picture *p)
{
    bool made = p->before.n == 0, deleted = str_eq(p->what, str_from(what_name(WHAT_DELETE)));
    verb v = made ? VERB_CREATE : deleted ? VERB_DELETE : VERB_UPDATE;
    return e->def->journal || permit_entity(&c->actor, e, v)
               ? ERR_OK
               : ctx_refuse(c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
}

static err undo_one(ctx *c, int64_t operation, const picture *p, undo_report *sum)
{
    const entity *e = snapshot_entity(c->snap, p->entity);
    rec          *now;
    if (!e)
        return ERR_OK;
    err x = store_load_any(c, e, p->record, &now);
    if (x == ERR_NOT_FOUND)
        return ERR_OK; /* purged already */
    TRY(x);
    TRY(may_undo(c, e, p));
    bool held = false;
    if (p->before.n == 0 && now->version == p->version)
        TRY(hung_on(c, e, p->record, operation, &held));
    if (now->version != p->version || held) {
        keep(c, sum, e, now, p->record);
        return ERR_OK;
    }
    rec *next = rec_copy(c, now);
    if (p->before.n == 0) {
        sum->purged++;
        TRY(record_write(c, now->old, next, WHAT_PURGE));
        return e->def->after_undo ? e->def->after_undo(c, now->old, NULL) : ERR_OK;
    }
    picture_read(c, p->before, next);
    sum->restored++;
    what w = now->deleted_at && !next->deleted_at   ? WHAT_RESTORE
             : !now->deleted_at && next->deleted_at ? WHAT_DELETE
                                                    : WHAT_UPDATE;
    TRY(record_write(c, now->old, next, w));
    if ((w == WHAT_RESTORE || w == WHAT_DELETE) && e->def->after_delete)
        return e->def->after_delete(c, next);
    return w == WHAT_UPDATE && e->def->after_undo ? e->def->after_undo(c, now->old, next) : ERR_OK;
}

static err mark_picture(ctx *c, int64_t operation, int64_t record)
{
    statement s;
    TRY(sql_open(c, STR("UPDATE \"zk_picture\" SET \"undone\"=$1 WHERE \"operation\"=$2 AND \"record\"=$3"), &s));
    sql_time(&s, c->now_ms);
    sql_int(&s, operation);
    sql_int(&s, record);
    return sql_run(&s);
}

static err operation_check(ctx *c, int64_t operation)
{
    statement s;
    bool      row;
    TRY(sql_open(c, STR("SELECT \"by_user\",\"undone_at\" FROM \"zk_operation\" WHERE \"id\"=$1"), &s));
    sql_int(&s, operation);
    err     e = sql_row(&s, &row);
    int64_t by = e == ERR_OK && row && !db_null(s.s, 0) ? db_int(s.s, 0) : 0;
    bool    undone = e == ERR_OK && row && !db_null(s.s, 1);
    sql_close(&s);
    TRY(e);
    if (!row)
        return ERR_NOT_FOUND;
    if (!permit_is_admin(&c->actor) && by != c->actor.user)
        return ERR_NOT_FOUND;
    return undone ? ctx_refuse(c, ERR_CONFLICT, STR("already_undone"), (str){ 0 }) : ERR_OK;
}

err store_undo(ctx *c, int64_t operation, size_t piece, undo_report *sum, bool *more)
{
    picture *list;
    size_t   n;
    TRY(operation_check(c, operation));
    TRY(job_stop_of(c, operation));
    TRY(pictures(c, operation, piece, &list, &n));
    int64_t mine = c->operation;
    c->operation = 0; /* an undo is not itself undone: its history stands */
    c->undoing = operation;
    for (size_t i = 0; i < n; i++) {
        TRY(undo_one(c, operation, &list[i], sum));
        TRY(mark_picture(c, operation, list[i].record));
    }
    c->operation = mine;
    c->undoing = 0;
    *more = n == piece;
    if (*more)
        return ERR_OK;
    TRY(file_move_back(c, operation));
    const audit_word words[] = {
        { .name = "what", .text = STR("undo") },         { .name = "operation", .number = operation },
        { .name = "restored", .number = sum->restored }, { .name = "purged", .number = sum->purged },
        { .name = "skipped", .number = sum->skipped },   { 0 }
    };
    TRY(audit_write(c, AUDIT_BULK, 0, words));
    statement s;
    TRY(sql_open(c, STR("UPDATE \"zk_operation\" SET \"undone_at\"=$1,\"undone_by\"=$2 WHERE \"id\"=$3"), &s));
    sql_time(&s, c->now_ms);
    sql_id(&s, c->actor.user);
    sql_int(&s, operation);
    return sql_run(&s);
}
