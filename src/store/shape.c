/* The database's shape from the tables: what is missing, as statements. Nothing is ever dropped here but an index
 * that the tables no longer want. */
#include "base/map.h"
#include "base/text.h"
#include "store/internal.h"

void sql_list_add(ctx *c, sql_list *l, str sql)
{
    arena_more(c->a, l->list, l->count, l->room);
    l->list[l->count++] = sql;
}

/* Column types by letter: i bigint, t text, j JSON, m time, b boolean, x bytes, s the table's own rising number. */
typedef struct {
    const char *table, *columns; /* "name:type name:type!" — '!' not null, '*' part of the primary key */
    const char *indexes[5];
} system_table;

static const system_table system_tables[] = {
    { "zk_setting", "name:t* value:t", { 0 } },
    { "zk_record", "id:i* entity:t! name:t deleted_at:m", { 0 } },
    { "zk_history",
      "seq:s* record:i! entity:t! at:m! by_user:i operation:i what:t! fields:j!",
      { "record,at,seq", "at,seq" } },
    { "zk_operation", "id:i* kind:t! note:t at:m! by_user:i undone_at:m undone_by:i", { "by_user,id" } },
    { "zk_picture", "operation:i* record:i* entity:t! what:t! version:i! before:t undone:m", { 0 } },
    { "zk_outbox",
      "seq:s* tx:o at:m! kind:t! entity:t record:i version:i what:t user_id:i data:j",
      { "at", "tx,seq" } },
    { "zk_idempotency", "name:t* user_id:i* at:m! request:x! status:i! headers:t body:x", { "at" } },
    { "zk_password", "user_id:i* hash:t! changed_at:m! must_change:b!", { 0 } },
    { "zk_session",
      "token:x* user_id:i! created_at:m! seen_at:m! expires_at:m! agent:t address:t ends_at:m enrol:b "
      "issuer:t subject:t sid:t goodbye:t",
      { "user_id", "subject", "sid" } },
    { "zk_oidc_link", "issuer:t* subject:t* user_id:i! created_at:m! seen_at:m!", { "user_id" } },
    { "zk_once", "what:x* until_at:m!", { "until_at" } },
    { "zk_half", "token:x* user_id:i! expires_at:m! failures:i! issuer:t subject:t sid:t goodbye:t", { "user_id" } },
    { "zk_totp", "user_id:i* since:m! last_step:i!", { 0 } },
    { "zk_recovery", "hash:x* user_id:i! created_at:m!", { "user_id" } },
    { "zk_token",
      "id:i* token:x! user_id:i! name:t! created_at:m! seen_at:m expires_at:m read_only:b entities:t address:t",
      { "token", "user_id" } },
    { "zk_calendar", "token:x* user_id:i! created_at:m!", { "user_id" } },
    { "zk_file",
      "id:i* name:t! size:i! type:t! sha256:t! about_entity:t about:i created_at:m! created_by:i complete:b! purpose:t "
      "deleted_at:m",
      { "about,about_entity,id" } },
    { "zk_file_move", "operation:i* file:i* entity:t! record:i! into:i!", { 0 } },
    { "zk_file_chunk", "file:i* seq:i* data:x!", { 0 } },
    { "zk_job",
      "id:i* kind:t! state:t! phase:t done:i! total:i params:j! result:j error:t created_at:m! created_by:i "
      "started_at:m "
      "updated_at:m! finished_at:m cancel:b! operation:i turn:i deaths:i",
      { "state,id", "created_by,id" } },
    { "zk_job_note", "job:i* seq:i* text:t!", { 0 } },
    { "zk_choice", "entity:t* field:t* name:t* label_en:t label_zh:t color:t position:i! retired:b!", { 0 } },
    { "zk_field",
      "id:i* entity:t! name:t! column_name:t! type:t! flags:i! min:i! max:i! decimals:i! target:t group_name:t "
      "initial:t "
      "label_en:t label_zh:t help_en:t help_zh:t position:i retired:b",
      { 0 } },
    { "zk_clock", "name:t* next_at:m!", { 0 } },
    { "zk_layout", "entity:t* kind:t* layout:j!", { 0 } },
    { "zk_invite", "token:x* user_id:i! created_at:m! created_by:i expires_at:m! kind:t", { "user_id" } },
    { "zk_mail",
      "id:i* state:t! template:t! recipient:t! subject:t! user_id:i created_at:m! tries:i! next_at:m! until_at:m "
      "sent_at:m "
      "error:t",
      { "state,next_at" } },
    { "zk_audit",
      "seq:s* at:m! kind:t! user_id:i by_user:i address:t agent:t detail:j entity:t record:i",
      { "user_id,seq", "kind,seq", "by_user,seq", "record,seq", "by_user,at" } },
    { "zk_erasure", "id:i* entity:t! record:i! at:m! by_user:i fields:j done_at:m", { "record" } },
    { "zk_secret", "purpose:t* record:i* sealed:x! updated_at:m!", { 0 } },
    { "zk_counter", "name:t* value:i!", { 0 } },
    { "zk_mapping", "id:i* entity:t! name:t! user_id:i map:j! updated_at:m!", { "entity,id" } },
    { "zk_view",
      "id:i* entity:t! name:t! owner:i! shared:b! body:j! version:i! created_at:m! updated_at:m!",
      { "entity,owner" } },
    { "zk_view_default", "entity:t* user_id:i* view:t!", { 0 } },
    { "zk_follow", "record:i* user_id:i* at:m!", { "user_id" } },
    { "zk_notice",
      "id:i* user_id:i! at:m! kind:t! by_user:i entity:t record:i data:j read_at:m",
      { "user_id,id", "at" } },
};

/* By which one comes in, and what was answered to whom: read by sql_open_secret() alone (db_fence()). */
static const char *const secret_tables[] = { "zk_password", "zk_session",   "zk_half",   "zk_totp",
                                             "zk_recovery", "zk_token",     "zk_invite", "zk_calendar",
                                             "zk_secret",   "zk_oidc_link", "zk_once",   "zk_idempotency",
                                             NULL };

const char *const *store_secret_tables(void)
{
    return secret_tables;
}

const char *store_system_table(size_t i, arena *a, str *key)
{
    if (i >= countof(system_tables))
        return NULL;
    *key = (str){ 0 };
    for (str rest = str_from(system_tables[i].columns); rest.n > 0;) {
        ptrdiff_t cut = str_find_char(rest, ' ');
        str       one = cut < 0 ? rest : str_sub(rest, 0, cut);
        rest = cut < 0 ? (str){ 0 } : str_trim(str_sub(rest, cut, rest.n));
        str name = str_sub(one, 0, str_find_char(one, ':'));
        if (one.p[one.n - 1] == '*')
            *key = key->n ? arena_printf(a, "%.*s,%.*s", STR_ARG(*key), STR_ARG(name)) : name;
    }
    return system_tables[i].table;
}

static const char *type_word(const dialect *d, char letter)
{
    switch (letter) {
    case 'i': return d->type_int;
    case 't': return d->type_text;
    case 'j': return d->type_json;
    case 'm': return d->type_time;
    case 'b': return d->type_bool;
    case 'x': return d->type_blob;
    default: return d->type_int;
    }
}

static void put_system_column(buf *b, const dialect *d, db_engine kind, str name, char letter, bool required)
{
    bind_identifier(b, name);
    if (letter == 's') {
        buf_putz(b, kind == DB_SQLITE ? " INTEGER PRIMARY KEY AUTOINCREMENT"
                                      : " bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY");
        return;
    }
    buf_putc(b, ' ');
    buf_putz(b, type_word(d, letter));
    if (letter == 'o' && kind == DB_POSTGRES)
        buf_putz(b, " DEFAULT (pg_current_xact_id()::text::bigint)");
    if (required)
        buf_putz(b, " NOT NULL");
}

static str create_system(ctx *c, const system_table *t)
{
    db_engine      kind = db_conn_kind(c->conn);
    const dialect *d = dialect_of(kind);
    buf            b, keys;
    buf_init(&b, 16384);
    buf_init(&keys, 1024);
    buf_printf(&b, "CREATE TABLE \"%s\"(", t->table);
    for (str rest = str_from(t->columns); rest.n > 0;) {
        ptrdiff_t cut = str_find_char(rest, ' ');
        str       one = cut < 0 ? rest : str_sub(rest, 0, cut);
        rest = cut < 0 ? (str){ 0 } : str_trim(str_sub(rest, cut, rest.n));
        ptrdiff_t colon = str_find_char(one, ':');
        char      letter = one.p[colon + 1], mark = one.n > colon + 2 ? one.p[colon + 2] : 0;
        if (one.p != t->columns)
            buf_putc(&b, ',');
        put_system_column(&b, d, kind, str_sub(one, 0, colon), letter, mark != 0);
        if (mark == '*' && letter != 's') {
            buf_putz(&keys, keys.n ? "," : "");
            bind_identifier(&keys, str_sub(one, 0, colon));
        }
    }
    if (keys.n)
        buf_printf(&b, ",PRIMARY KEY(%.*s)", (int)keys.n, keys.p);
    buf_putc(&b, ')');
    str sql = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    buf_free(&keys);
    return sql;
}

/* ---- what an older program made ---- */

typedef struct {
    ctx *c;
    map *names;
} column_set;

static void note_column(void *arg, str name, str type)
{
    column_set *s = arg;
    (void)type;
    map_put(s->names, arena_str(s->c->a, name), s);
}

/* Columns that came later hold nothing in the rows that were there. */
static err grow_system(ctx *c, const system_table *t, sql_list *todo)
{
    const dialect *d = dialect_of(db_conn_kind(c->conn));
    column_set     set = { c, map_new(c->a, 64) };
    TRY(db_columns(c->conn, str_from(t->table), note_column, &set));
    for (str rest = str_from(t->columns); rest.n > 0;) {
        ptrdiff_t cut = str_find_char(rest, ' ');
        str       one = cut < 0 ? rest : str_sub(rest, 0, cut);
        rest = cut < 0 ? (str){ 0 } : str_trim(str_sub(rest, cut, rest.n));
        ptrdiff_t colon = str_find_char(one, ':');
        str       name = str_sub(one, 0, colon);
        if (!map_get(set.names, name))
            sql_list_add(c, todo,
                         arena_printf(c->a, "ALTER TABLE \"%s\" ADD COLUMN \"%.*s\" %s", t->table, STR_ARG(name),
                                      type_word(d, one.p[colon + 1])));
    }
    return ERR_OK;
}

static str index_sql(ctx *c, str name, str table, str fields, const char *unique, const char *where)
{
    buf b;
    buf_init(&b, 8192);
    buf_printf(&b, "CREATE %sINDEX \"%.*s\" ON \"%.*s\"(", unique, STR_ARG(name), STR_ARG(table));
    for (bool first = true; fields.n > 0; first = false) {
        ptrdiff_t cut = str_find_char(fields, ',');
        str       one = cut < 0 ? fields : str_sub(fields, 0, cut);
        fields = cut < 0 ? (str){ 0 } : str_sub(fields, cut + 1, fields.n);
        if (!first)
            buf_putc(&b, ',');
        bind_identifier(&b, one);
        if (db_conn_kind(c->conn) == DB_POSTGRES && !*unique)
            buf_putz(&b, " NULLS FIRST");
    }
    buf_printf(&b, ")%s", where);
    str sql = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return sql;
}

/* At most 63 bytes (PostgreSQL's limit), different for different lists. */
str shape_index_name(arena *a, const entity *e, str fields)
{
    str name = arena_printf(a, "ix_%.*s_%.*s", STR_ARG(e->table), STR_ARG(fields));
    for (ptrdiff_t i = 0; i < name.n; i++)
        if (name.p[i] == ',')
            ((char *)(uintptr_t)name.p)[i] = '_';
    if (name.n <= 60)
        return name;
    return arena_printf(a, "%.*s_%08x", 50, name.p, (unsigned)hash_bytes(name));
}

static err want_index(ctx *c, str table, str name, str fields, const char *unique, const char *where, sql_list *todo)
{
    bool there;
    TRY(db_index_exists(c->conn, name, &there));
    if (!there)
        sql_list_add(c, todo, index_sql(c, name, table, fields, unique, where));
    return ERR_OK;
}

err shape_system(ctx *c, sql_list *todo)
{
    for (size_t i = 0; i < countof(system_tables); i++) {
        const system_table *t = &system_tables[i];
        bool                there;
        TRY(db_table_exists(c->conn, str_from(t->table), &there));
        if (there)
            TRY(grow_system(c, t, todo));
        else
            sql_list_add(c, todo, create_system(c, t));
        for (size_t k = 0; k < countof(t->indexes) && t->indexes[k]; k++) {
            entity pseudo = { .table = str_from(t->table) };
            TRY(want_index(c, pseudo.table, shape_index_name(c->a, &pseudo, str_from(t->indexes[k])),
                           str_from(t->indexes[k]), "", "", todo));
        }
    }
    /* The index's words in their order (store/search.c). */
    bool words = db_conn_kind(c->conn) != DB_SQLITE;
    if (!words)
        TRY(db_table_exists(c->conn, STR("zk_search_words"), &words));
    if (!words)
        sql_list_add(c, todo, STR("CREATE VIRTUAL TABLE \"zk_search_words\" USING fts5vocab('zk_search','instance')"));
    return ERR_OK;
}

/* ---- entities ---- */

typedef struct {
    const entity *e;
    const map    *have;
    buf          *create; /* a new table's columns; NULL: added one by one */
    sql_list     *todo;
} column_plan;

static void want_column(ctx *c, const column_plan *p, str name, const char *type)
{
    if (map_get(p->have, name))
        return;
    if (p->create)
        buf_printf(p->create, ",\"%.*s\" %s", STR_ARG(name), type);
    else
        sql_list_add(c, p->todo,
                     arena_printf(c->a, "ALTER TABLE \"%.*s\" ADD COLUMN \"%.*s\" %s", STR_ARG(p->e->table),
                                  STR_ARG(name), type));
}

/* The indexes of one entity: those that are there and those that the tables want. */
typedef struct {
    ctx          *c;
    const entity *e;
    map          *there, *wanted;
    sql_list     *todo;
} index_plan;

static void want(index_plan *p, str name, str fields, const char *unique, str where)
{
    map_put(p->wanted, name, p);
    if (!map_get(p->there, name))
        sql_list_add(p->c, p->todo, index_sql(p->c, name, p->e->table, fields, unique, arena_cstr(p->c->a, where)));
}

static void want_list(index_plan *p, str fields)
{
    want(p, shape_index_name(p->c->a, p->e, fields), fields, "", (str){ 0 });
}

/* Where records have owners, each order also within an owner's, so that "mine" by any order reads fifty rows. */
static void want_order_of_mine(index_plan *p, str column)
{
    const field *owner = entity_common(p->e, CF_OWNER);
    if (owner && !str_eq(column, STR("updated_at"))) /* the owner's own index has that order */
        want_list(p, arena_printf(p->c->a, "%.*s,%.*s,id", STR_ARG(owner->column), STR_ARG(column)));
}

static str sorted_column(const field *f)
{
    return f->column_key.n ? f->column_key : f->column;
}

/* (order, id); of a time field with what its ranges may be ordered by, on SQLite, which reads indexes alone where it
 * can. */
static void want_order(index_plan *p, const field *f)
{
    arena *a = p->c->a;
    str    list = arena_printf(a, "%.*s,id", STR_ARG(sorted_column(f)));
    bool   rides = db_conn_kind(p->c->conn) == DB_SQLITE && entity_rides(f, NULL);
    for (size_t i = 0; rides && i < p->e->field_count; i++)
        if (entity_rides(f, &p->e->fields[i]))
            list = arena_printf(a, "%.*s,%.*s", STR_ARG(list), STR_ARG(sorted_column(&p->e->fields[i])));
    want_list(p, rides ? arena_printf(a, "%.*s,deleted_at", STR_ARG(list)) : list);
}

/* entity_def.few: with every order in it, so that choosing by any of them fetches no row. */
static void want_few(index_plan *p, const few_of *w)
{
    arena       *a = p->c->a;
    const field *owner = entity_common(p->e, CF_OWNER);
    str          list = w->f->column;
    for (size_t i = 0; i < p->e->field_count; i++) {
        const field *f = &p->e->fields[i];
        bool         ordered = f->flags & (FF_SORT | FF_UNIQUE) || (int)i == p->e->title;
        if ((ordered || f == owner) && field_stored(f) && f != w->f && !(f->flags & FF_CUSTOM))
            list = arena_printf(a, "%.*s,%.*s", STR_ARG(list), STR_ARG(sorted_column(f)));
    }
    list = arena_printf(a, "%.*s,id,deleted_at", STR_ARG(list));
    str where = w->key.n ? arena_printf(a, " WHERE \"%.*s\" = '%.*s'", STR_ARG(w->f->column), STR_ARG(w->key))
                         : arena_printf(a, " WHERE \"%.*s\" IS NOT NULL", STR_ARG(w->f->column));
    str named = arena_printf(a, "few,%.*s%s%.*s", STR_ARG(w->key), w->key.n ? "," : "", STR_ARG(list));
    want(p, shape_index_name(a, p->e, named), list, "", where);
}

/* By which the parts of a record are found; on SQLite with what they may be ordered by, so that those of many records are
 * gathered without fetching a row. */
static str parts_list(index_plan *p, const field *of)
{
    arena *a = p->c->a;
    str    list = arena_printf(a, "%.*s,id", STR_ARG(of->column));
    if (db_conn_kind(p->c->conn) != DB_SQLITE)
        return list;
    for (size_t i = 0; i < p->e->field_count; i++) {
        const field *f = &p->e->fields[i];
        if (f->flags & (FF_SORT | FF_UNIQUE) && field_stored(f) && f != of && !(f->flags & FF_CUSTOM))
            list = arena_printf(a, "%.*s,%.*s", STR_ARG(list), STR_ARG(sorted_column(f)));
    }
    return arena_printf(a, "%.*s,deleted_at", STR_ARG(list));
}

static void want_of_field(index_plan *p, const field *f)
{
    ctx         *c = p->c;
    const field *owner = entity_common(p->e, CF_OWNER);
    bool         ordered = f->flags & FF_SORT || f->index == p->e->title;
    if (ordered && f != owner)
        want_order(p, f);
    if ((ordered || f->flags & FF_UNIQUE) && f != owner)
        want_order_of_mine(p, sorted_column(f));
    if (type_of(f)->reference && !(f->flags & FF_COMMON && f->flags & FF_READONLY)) {
        bool time_order = f->flags & FF_COMMON; /* the owner: their newest first */
        str  list = f == p->e->part_of
                        ? parts_list(p, f)
                        : arena_printf(c->a, time_order ? "%.*s,updated_at,id" : "%.*s,id", STR_ARG(f->column));
        str  where = time_order ? (str){ 0 } : arena_printf(c->a, " WHERE \"%.*s\" IS NOT NULL", STR_ARG(f->column));
        want(p, shape_index_name(c->a, p->e, list), list, "", where);
    }
    if (f->flags & FF_UNIQUE) {
        str own = sorted_column(f);
        str name = arena_printf(c->a, "ux_%.*s_%.*s", STR_ARG(p->e->table), STR_ARG(own));
        want(p, name, own, "UNIQUE ", STR(" WHERE \"deleted_at\" IS NULL"));
    }
}

static void want_of_table(index_plan *p, const index_def *d)
{
    ctx *c = p->c;
    buf  b;
    buf_init(&b, 1024);
    for (str rest = str_from(d->fields); rest.n > 0;) {
        if (b.n)
            buf_putc(&b, ',');
        buf_puts(&b, sorted_column(entity_field(p->e, str_cut(&rest, ','))));
    }
    str list = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    if (!d->unique)
        want_list(p, list);
    else
        want(p, shape_index_name(c->a, p->e, arena_printf(c->a, "u,%.*s", STR_ARG(list))), list, "UNIQUE ",
             STR(" WHERE \"deleted_at\" IS NULL"));
}

/* What an older program's tables wanted costs every write. Own columns' indexes are their own affair (store/own.c). */
static void drop_unwanted(void *arg, str name, str type)
{
    index_plan *p = arg;
    (void)type;
    if (str_starts(name, STR("ix_")) && !map_get(p->wanted, name) && str_find(name, STR("_x_")) < 0)
        sql_list_add(p->c, p->todo, arena_printf(p->c->a, "DROP INDEX \"%.*s\"", STR_ARG(name)));
}

static void note_index(void *arg, str name, str type)
{
    index_plan *p = arg;
    (void)type;
    map_put(p->there, arena_str(p->c->a, name), p);
}

static err entity_indexes(ctx *c, const entity *e, sql_list *todo)
{
    index_plan p = { c, e, map_new(c->a, 64), map_new(c->a, 64), todo };
    TRY(db_indexes(c->conn, e->table, note_index, &p));
    for (size_t i = 0; i < e->field_count; i++)
        if (field_stored(&e->fields[i]))
            want_of_field(&p, &e->fields[i]);
    for (size_t i = 0; i < e->def->index_count; i++)
        want_of_table(&p, &e->def->indexes[i]);
    for (size_t i = 0; i < e->few_count; i++)
        want_few(&p, &e->few[i]);
    str bin = arena_printf(c->a, "ix_%.*s_bin", STR_ARG(e->table));
    want(&p, bin, STR("deleted_op"), "", STR(" WHERE \"deleted_op\" IS NOT NULL"));
    return db_indexes(c->conn, e->table, drop_unwanted, &p);
}

static void want_columns(ctx *c, const column_plan *p)
{
    db_engine      kind = db_conn_kind(c->conn);
    const dialect *d = dialect_of(kind);
    for (size_t i = 0; i < p->e->field_count; i++) {
        const field *f = &p->e->fields[i];
        if (!field_stored(f) || f->type == FT_ID)
            continue;
        if (f->column_entity.n)
            want_column(c, p, f->column_entity, d->type_text);
        want_column(c, p, f->column, bind_sql_type(kind, f));
        if (f->column_key.n)
            want_column(c, p, f->column_key, d->type_blob);
    }
}

err shape_entity(ctx *c, const entity *e, sql_list *todo)
{
    db_engine      kind = db_conn_kind(c->conn);
    const dialect *d = dialect_of(kind);
    column_set     set = { c, map_new(c->a, 64) };
    buf            create;
    TRY(db_columns(c->conn, e->table, note_column, &set));
    column_plan plan = { e, set.names, map_count(set.names) ? NULL : &create, todo };
    buf_init(&create, 256 << 10);
    if (plan.create)
        buf_printf(&create, "CREATE TABLE \"%.*s\"(\"id\" %s PRIMARY KEY,\"deleted_at\" %s,\"deleted_op\" %s",
                   STR_ARG(e->table), kind == DB_SQLITE ? "INTEGER" : "bigint", d->type_time, d->type_int);
    want_columns(c, &plan);
    buf_putc(&create, ')');
    if (plan.create)
        sql_list_add(c, todo, arena_str(c->a, buf_str(&create)));
    buf_free(&create);
    return entity_indexes(c, e, todo);
}
