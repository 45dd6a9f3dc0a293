/* The database's shape from the tables: what is missing, as statements. Nothing is ever dropped here but an index
 * whose place a wider one takes. */
#include "base/map.h"
#include "base/text.h"
#include "store/internal.h"

void sql_list_add(ctx *c, sql_list *l, str sql)
{
    if (l->count == l->room) {
        size_t room = l->room ? l->room * 2 : 64;
        str   *grown = arena_make_n(c->a, str, room);
        if (l->count)
            memcpy(grown, l->list, l->count * sizeof *grown);
        l->list = grown;
        l->room = room;
    }
    l->list[l->count++] = sql;
}

/* Column types by letter: i bigint, t text, j JSON, m time, b boolean, x bytes, s the table's own rising number. */
typedef struct {
    const char *table, *columns; /* "name:type name:type!" — '!' not null, '*' part of the primary key */
    const char *indexes[4];
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
    { "zk_session", "token:x* user_id:i! created_at:m! seen_at:m! expires_at:m! agent:t address:t", { "user_id" } },
    { "zk_token", "id:i* token:x! user_id:i! name:t! created_at:m! seen_at:m expires_at:m", { "token", "user_id" } },
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
    { "zk_invite", "token:x* user_id:i! created_at:m! created_by:i expires_at:m!", { "user_id" } },
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

/* Where records have owners, each order also within an owner's, so that "mine" by any order reads fifty rows. */
static err want_order_of_mine(ctx *c, const entity *e, str column, sql_list *todo)
{
    const field *owner = entity_common(e, CF_OWNER);
    if (!owner || str_eq(column, STR("updated_at"))) /* the owner's own index has that order */
        return ERR_OK;
    str list = arena_printf(c->a, "%.*s,%.*s,id", STR_ARG(owner->column), STR_ARG(column));
    return want_index(c, e->table, shape_index_name(c->a, e, list), list, "", "", todo);
}

/* (order, id); of a time field with what its ranges may be ordered by, on SQLite, which reads indexes alone where it
 * can. */
static err want_order(ctx *c, const entity *e, const field *f, str column, sql_list *todo)
{
    str  list = arena_printf(c->a, "%.*s,id", STR_ARG(column)), narrow = shape_index_name(c->a, e, list);
    bool there;
    if (db_conn_kind(c->conn) != DB_SQLITE || !entity_rides(f, NULL))
        return want_index(c, e->table, narrow, list, "", "", todo);
    for (size_t i = 0; i < e->field_count; i++) {
        const field *by = &e->fields[i];
        if (entity_rides(f, by))
            list =
                arena_printf(c->a, "%.*s,%.*s", STR_ARG(list), STR_ARG(by->column_key.n ? by->column_key : by->column));
    }
    list = arena_printf(c->a, "%.*s,deleted_at", STR_ARG(list));
    TRY(want_index(c, e->table, shape_index_name(c->a, e, list), list, "", "", todo));
    TRY(db_index_exists(c->conn, narrow, &there));
    if (there)
        sql_list_add(c, todo, arena_printf(c->a, "DROP INDEX \"%.*s\"", STR_ARG(narrow)));
    return ERR_OK;
}

static err entity_indexes(ctx *c, const entity *e, sql_list *todo)
{
    for (size_t i = 0; i < e->field_count; i++) {
        const field *f = &e->fields[i];
        if (!field_stored(f))
            continue;
        str  own = f->column_key.n ? f->column_key : f->column;
        bool ordered = f->flags & FF_SORT || (int)i == e->title;
        if (ordered && f != entity_common(e, CF_OWNER))
            TRY(want_order(c, e, f, own, todo));
        if ((ordered || f->flags & FF_UNIQUE) && f != entity_common(e, CF_OWNER))
            TRY(want_order_of_mine(c, e, own, todo));
        if (type_of(f)->reference && !(f->flags & FF_COMMON && f->flags & FF_READONLY)) {
            bool time_order = f->flags & FF_COMMON; /* the owner: their newest first */
            str  list = arena_printf(c->a, time_order ? "%.*s,updated_at,id" : "%.*s,id", STR_ARG(f->column));
            str where = time_order ? (str){ 0 } : arena_printf(c->a, " WHERE \"%.*s\" IS NOT NULL", STR_ARG(f->column));
            TRY(want_index(c, e->table, shape_index_name(c->a, e, list), list, "", where.n ? where.p : "", todo));
        }
        if (f->flags & FF_UNIQUE) {
            str name = arena_printf(c->a, "ux_%.*s_%.*s", STR_ARG(e->table), STR_ARG(own));
            TRY(want_index(c, e->table, name, own, "UNIQUE ", " WHERE \"deleted_at\" IS NULL", todo));
        }
    }
    for (size_t i = 0; i < e->def->index_count; i++) {
        buf b;
        buf_init(&b, 1024);
        for (str rest = str_from(e->def->indexes[i].fields); rest.n > 0;) {
            ptrdiff_t    cut = str_find_char(rest, ',');
            const field *f = entity_field(e, cut < 0 ? rest : str_sub(rest, 0, cut));
            rest = cut < 0 ? (str){ 0 } : str_sub(rest, cut + 1, rest.n);
            if (b.n)
                buf_putc(&b, ',');
            buf_puts(&b, f->column_key.n ? f->column_key : f->column);
        }
        bool unique = e->def->indexes[i].unique;
        str  list = arena_str(c->a, buf_str(&b));
        buf_free(&b);
        str name = shape_index_name(c->a, e, unique ? arena_printf(c->a, "u,%.*s", STR_ARG(list)) : list);
        TRY(want_index(c, e->table, name, list, unique ? "UNIQUE " : "", unique ? " WHERE \"deleted_at\" IS NULL" : "",
                       todo));
    }
    return want_index(c, e->table, arena_printf(c->a, "ix_%.*s_bin", STR_ARG(e->table)), STR("deleted_op"), "",
                      " WHERE \"deleted_op\" IS NOT NULL", todo);
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
