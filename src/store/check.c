/* zhike check: what must hold over the whole database, and the index made anew. */
#include <stdarg.h>

#include "base/date.h"
#include "base/log.h"
#include "base/text.h"
#include "store/internal.h"
#include "store/secret.h"

enum { PIECE = 500 };

typedef struct {
    ctx *c;
    void (*fault)(void *arg, str sentence);
    void    *arg;
    int64_t *checked;
} checker;

PRINTF_LIKE(2, 3) static void say(checker *k, const char *format, ...)
{
    char    text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    k->fault(k->arg, str_from(text));
}

/* Living references name a record of their entity. */
static err check_field(checker *k, const field *f)
{
    ctx *c = k->c;
    str  target = f->target ? arena_printf(c->a, "r.\"entity\"<>'%.*s'", STR_ARG(f->target->name))
                            : arena_printf(c->a, "r.\"entity\"<>t.\"%.*s\"", STR_ARG(f->column_entity));
    str  sql =
        arena_printf(c->a,
                     "SELECT t.\"id\",t.\"%.*s\" FROM \"%.*s\" t LEFT JOIN \"zk_record\" r ON r.\"id\"=t.\"%.*s\" "
                     "WHERE t.\"%.*s\" IS NOT NULL AND (r.\"id\" IS NULL OR %.*s) LIMIT $1",
                     STR_ARG(f->column), STR_ARG(f->owner->table), STR_ARG(f->column), STR_ARG(f->column),
                     STR_ARG(target));
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    TRY(sql_open(c, sql, &s));
    sql_int(&s, 20);
    while ((e = sql_row(&s, &row)) == ERR_OK && row)
        say(k, "%.*s %lld: %.*s names %lld, which is no such record", STR_ARG(f->owner->name),
            (long long)db_int(s.s, 0), STR_ARG(f->name), (long long)db_int(s.s, 1));
    sql_close(&s);
    return e;
}

static err index_has(ctx *c, int64_t id, str tokens, bool *all)
{
    if (db_conn_kind(c->conn) == DB_POSTGRES) {
        statement s;
        bool      row;
        TRY(sql_open(c,
                     STR("SELECT 1 FROM \"zk_search\" WHERE \"id\"=$1 AND "
                         "\"tokens\"=array_to_tsvector(string_to_array($2,' '))"),
                     &s));
        sql_int(&s, id);
        sql_text(&s, tokens);
        err e = sql_row(&s, &row);
        *all = row;
        sql_close(&s);
        return e;
    }
    buf b;
    buf_init(&b, 1 << 20);
    for (str rest = tokens; rest.n > 0;) {
        ptrdiff_t cut = str_find_char(rest, ' ');
        str       one = cut < 0 ? rest : str_sub(rest, 0, cut);
        buf_printf(&b, "%s\"%.*s\"", b.n ? " AND " : "", STR_ARG(one));
        rest = cut < 0 ? (str){ 0 } : str_sub(rest, cut + 1, rest.n);
    }
    statement s;
    bool      row;
    err       e = sql_open(c, STR("SELECT 1 FROM \"zk_search\" WHERE \"zk_search\" MATCH $1 AND rowid=$2"), &s);
    if (e == ERR_OK) {
        db_bind_text(s.s, ++s.n, buf_str(&b));
        sql_int(&s, id);
        e = sql_row(&s, &row);
        *all = e == ERR_OK && row;
        sql_close(&s);
    }
    buf_free(&b);
    return e;
}

static err check_record(checker *k, const entity *e, int64_t id)
{
    ctx          *c = k->c;
    rec          *r;
    const entity *is;
    str           name;
    bool          deleted, found = true;
    TRY(store_load_any(c, e, id, &r));
    TRY(registry_find(c, id, &is, &name, &deleted));
    if (is != e)
        say(k, "%.*s %lld is not in the registry of records", STR_ARG(e->name), (long long)id);
    else if (!str_eq(name, record_name(r)) || deleted != (r->deleted_at != 0))
        say(k, "%.*s %lld: the registry knows it by another name or state", STR_ARG(e->name), (long long)id);
    str tokens = r->deleted_at ? (str){ 0 } : search_tokens(c, r);
    if (tokens.n)
        TRY(index_has(c, id, tokens, &found));
    if (!found)
        say(k, "%.*s %lld is not in the search index as it reads", STR_ARG(e->name), (long long)id);
    ++*k->checked;
    return ERR_OK;
}

/* Calls back for every record's id, in pieces that end their statement before work begins. */
static err each_record(ctx *c, const entity *e, err (*each)(void *arg, const entity *e, int64_t id), void *arg)
{
    str sql =
        arena_printf(c->a, "SELECT \"id\" FROM \"%.*s\" WHERE \"id\">$1 ORDER BY \"id\" LIMIT $2", STR_ARG(e->table));
    int64_t last = 0, ids[PIECE];
    for (size_t n = PIECE; n == PIECE;) {
        statement  s;
        bool       row = true;
        err        x = ERR_OK;
        arena_mark here = arena_here(c->a);
        TRY(sql_open(c, sql, &s));
        sql_int(&s, last);
        sql_int(&s, PIECE);
        for (n = 0; n < PIECE && (x = sql_row(&s, &row)) == ERR_OK && row; n++)
            ids[n] = db_int(s.s, 0);
        sql_close(&s);
        TRY(x);
        for (size_t i = 0; i < n; i++) {
            TRY(each(arg, e, ids[i]));
            last = ids[i];
        }
        if (c->store) /* pending index rows lie in the arena */
            TRY(search_flush(c));
        arena_reset(c->a, here);
        if (c->store)
            search_begin(c);
    }
    return ERR_OK;
}

static err check_each(void *arg, const entity *e, int64_t id)
{
    return check_record(arg, e, id);
}

static err check_files(checker *k)
{
    ctx      *c = k->c;
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    TRY(sql_open(c,
                 STR("SELECT f.\"id\",f.\"size\",coalesce(sum(length(x.\"data\")),0) FROM \"zk_file\" f LEFT JOIN "
                     "\"zk_file_chunk\" x ON x.\"file\"=f.\"id\" "
                     "WHERE f.\"complete\"=$1 GROUP BY f.\"id\",f.\"size\" HAVING "
                     "f.\"size\"<>coalesce(sum(length(x.\"data\")),0)"),
                 &s));
    db_bind_bool(s.s, ++s.n, true);
    while ((e = sql_row(&s, &row)) == ERR_OK && row)
        say(k, "file %lld should have %lld bytes and has %lld", (long long)db_int(s.s, 0), (long long)db_int(s.s, 1),
            (long long)db_int(s.s, 2));
    sql_close(&s);
    return e;
}

/* Without their key they are lost; what hangs on them must be set anew. */
static err check_secrets(checker *k)
{
    int64_t all, locked;
    TRY(secrets_count(k->c, &all, &locked));
    *k->checked += all;
    if (locked)
        say(k,
            "%lld of %lld secrets cannot be opened: they were sealed under another key than this zhike.key or "
            "ZHIKE_KEY; bring "
            "that key back, or set anew what they belong to",
            (long long)locked, (long long)all);
    return ERR_OK;
}

static err check_guard(checker *k)
{
    const char *missing;
    TRY(guard_missing(k->c, &missing));
    if (missing)
        say(k, "history is not guarded any more: the trigger %s is gone; start the program once to set it up", missing);
    return ERR_OK;
}

err store_check(ctx *c, void (*fault)(void *arg, str sentence), void *arg, int64_t *checked)
{
    checker k = { c, fault, arg, checked };
    *checked = 0;
    for (size_t i = 0; i < c->snap->entity_count; i++) {
        const entity *e = c->snap->entities[i];
        for (size_t f = 0; f < e->field_count; f++)
            if (type_of(&e->fields[f])->reference && field_stored(&e->fields[f]))
                TRY(check_field(&k, &e->fields[f]));
        TRY(each_record(c, e, check_each, &k));
    }
    TRY(check_files(&k));
    TRY(check_guard(&k));
    return check_secrets(&k);
}

/* ---- anew ---- */

static err rekey_record(ctx *c, const entity *e, const rec *r)
{
    buf b;
    int n = 0;
    buf_init(&b, 64 << 10);
    buf_printf(&b, "UPDATE \"%.*s\" SET ", STR_ARG(e->table));
    for (size_t i = 0; i < e->field_count; i++)
        if (field_stored(&e->fields[i]) && e->fields[i].column_key.n)
            buf_printf(&b, "%s\"%.*s\"=$%d", n ? "," : "", STR_ARG(e->fields[i].column_key), n + 1), n++;
    buf_printf(&b, " WHERE \"id\"=$%d", n + 1);
    statement s;
    err       x = n ? sql_open(c, buf_str(&b), &s) : ERR_OK;
    buf_free(&b);
    if (x != ERR_OK || n == 0)
        return x;
    for (size_t i = 0; i < e->field_count; i++) {
        if (!field_stored(&e->fields[i]) || !e->fields[i].column_key.n)
            continue;
        s.n++;
        if (r->v[i].set)
            db_bind_blob(s.s, s.n, text_sort_key(c->a, r->v[i].s));
        else
            db_bind_null(s.s, s.n);
    }
    sql_int(&s, r->id);
    return sql_run(&s);
}

typedef struct {
    ctx *c;
    bool keys; /* made under another collation: they too */
} rebuild;

static err rebuild_each(void *arg, const entity *e, int64_t id)
{
    const rebuild *b = arg;
    rec           *r;
    TRY(store_load_any(b->c, e, id, &r));
    if (b->keys)
        TRY(rekey_record(b->c, e, r));
    search_pending(b->c, id, (str){ 0 }, r->deleted_at ? (str){ 0 } : search_tokens(b->c, r));
    return ERR_OK;
}

static err keys_are_of_now(ctx *c, bool *out)
{
    statement s;
    bool      row;
    TRY(sql_open(c, STR("SELECT \"value\" FROM \"zk_setting\" WHERE \"name\"='collation'"), &s));
    err e = sql_row(&s, &row);
    *out = e == ERR_OK && row && str_eq(db_text(s.s, 0), str_from(text_collation_version()));
    sql_close(&s);
    return e;
}

static err rebuild_all(db_conn *conn, void *arg)
{
    rebuild *b = arg;
    ctx     *c = b->c;
    bool     valid;
    TRY(store_begin(c, conn));
    TRY(keys_are_of_now(c, &valid));
    b->keys = !valid;
    TRY(db_exec(conn, STR("DROP TABLE IF EXISTS \"zk_search\"")));
    TRY(search_create(c));
    for (size_t i = 0; i < c->snap->entity_count; i++) {
        TRY(each_record(c, c->snap->entities[i], rebuild_each, b));
    }
    statement s;
    TRY(sql_open(c, STR("UPDATE \"zk_setting\" SET \"value\"=$1 WHERE \"name\"='collation'"), &s));
    sql_text(&s, str_from(text_collation_version()));
    TRY(sql_run(&s));
    return store_finish(c);
}

err store_rebuild_index(db *d, const entity_def *const *rooms)
{
    arena    *a = arena_new();
    snapshot *snap;
    str       why;
    err       e = store_snapshot_load(d, rooms, a, &snap, &why);
    if (e == ERR_OK) {
        ctx     c = { .a = a, .db = d, .snap = snap, .now_ms = clock_now_ms(), .position = -1 };
        rebuild r = { &c, true };
        log_event(LOG_INFO, "the search index is made anew", NULL);
        e = db_write_alone(d, rebuild_all, &r);
        snapshot_unpin(snap);
    }
    arena_free(a);
    return e;
}
