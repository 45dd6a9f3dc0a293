/* Own fields and layouts. */
#include "store/own.h"

#include "base/text.h"
#include "schema/types.h"
#include "store/changes.h"
#include "store/internal.h"

#define COLUMNS                                                                                              \
    "\"id\",\"entity\",\"name\",\"column_name\",\"type\",\"flags\",\"min\",\"max\",\"decimals\",\"target\"," \
    "\"group_name\",\"initial\",\"label_en\",\"label_zh\",\"help_en\",\"help_zh\",\"position\",\"retired\""

static str text_of(ctx *c, db_stmt *s, int column)
{
    return db_null(s, column) ? (str){ 0 } : arena_str(c->a, db_text(s, column));
}

/* False: of a type that a newer program knows. */
static bool read_row(ctx *c, db_stmt *s, field_row *out)
{
    *out = (field_row){ .id = db_int(s, 0),
                        .entity = text_of(c, s, 1),
                        .name = text_of(c, s, 2),
                        .column = text_of(c, s, 3),
                        .flags = (uint32_t)db_int(s, 5),
                        .min = db_int(s, 6),
                        .max = db_int(s, 7),
                        .decimals = (int)db_int(s, 8),
                        .target = text_of(c, s, 9),
                        .group = text_of(c, s, 10),
                        .initial = text_of(c, s, 11),
                        .label = { [LANG_EN] = text_of(c, s, 12), [LANG_ZH] = text_of(c, s, 13) },
                        .help = { [LANG_EN] = text_of(c, s, 14), [LANG_ZH] = text_of(c, s, 15) },
                        .position = db_null(s, 16) ? 0 : (int)db_int(s, 16),
                        .retired = !db_null(s, 17) && db_bool(s, 17) };
    return type_from_name(db_text(s, 4), &out->type);
}

static err read_rows(ctx *c, statement *s, own_field **out, size_t *count)
{
    bool       row = true;
    err        e = ERR_OK;
    size_t     n = 0, room = 32;
    own_field *list = arena_make_n(c->a, own_field, room);
    while ((e = sql_row(s, &row)) == ERR_OK && row) {
        arena_more(c->a, list, n, room);
        n += read_row(c, s->s, &list[n].row);
    }
    sql_close(s);
    *out = list;
    *count = n;
    return e;
}

err own_list(ctx *c, str of_entity, own_field **out, size_t *count)
{
    statement s;
    TRY(sql_open(c,
                 of_entity.n ? STR("SELECT " COLUMNS " FROM \"zk_field\" WHERE \"entity\"=$1 ORDER BY "
                                   "COALESCE(\"position\",0),\"id\"")
                             : STR("SELECT " COLUMNS " FROM \"zk_field\" ORDER BY \"entity\","
                                   "COALESCE(\"position\",0),\"id\""),
                 &s));
    if (of_entity.n)
        sql_text(&s, of_entity);
    return read_rows(c, &s, out, count);
}

static void note_retired(void *arg, str name, str type)
{
    (void)type;
    *(bool *)arg |= str_eq(name, STR("retired"));
}

err own_retired(ctx *c, own_field **out, size_t *count)
{
    bool grown = false;
    *out = NULL;
    *count = 0;
    TRY(db_columns(c->conn, STR("zk_field"), note_retired, &grown));
    if (!grown)
        return ERR_OK;
    own_field *list;
    size_t     n;
    TRY(own_list(c, (str){ 0 }, &list, &n));
    for (size_t i = 0; i < n; i++)
        if (list[i].row.retired)
            list[(*count)++] = list[i];
    *out = list;
    return ERR_OK;
}

err own_find(ctx *c, int64_t id, own_field *out)
{
    statement  s;
    own_field *list;
    size_t     n;
    TRY(sql_open(c, STR("SELECT " COLUMNS " FROM \"zk_field\" WHERE \"id\"=$1"), &s));
    sql_int(&s, id);
    TRY(read_rows(c, &s, &list, &n));
    if (n == 0)
        return ERR_NOT_FOUND;
    *out = list[0];
    return ERR_OK;
}

/* ---- writing ---- */

static void bind_row(statement *s, const field_row *f)
{
    sql_text(s, str_from(type_row_of(f->type)->name));
    sql_int(s, (int64_t)f->flags);
    sql_int(s, f->min);
    sql_int(s, f->max);
    sql_int(s, f->decimals);
    sql_text(s, f->target);
    sql_text(s, f->group);
    sql_text(s, f->initial);
    sql_text(s, f->label[LANG_EN]);
    sql_text(s, f->label[LANG_ZH]);
    sql_text(s, f->help[LANG_EN]);
    sql_text(s, f->help[LANG_ZH]);
    sql_int(s, f->position);
    db_bind_bool(s->s, ++s->n, f->retired);
}

static err insert_row(ctx *c, const field_row *f)
{
    statement s;
    TRY(sql_open(
        c,
        STR("INSERT INTO \"zk_field\"(\"type\",\"flags\",\"min\",\"max\",\"decimals\",\"target\",\"group_name\","
            "\"initial\",\"label_en\",\"label_zh\",\"help_en\",\"help_zh\",\"position\",\"retired\",\"id\","
            "\"entity\",\"name\",\"column_name\")"
            "VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)"),
        &s));
    bind_row(&s, f);
    sql_int(&s, f->id);
    sql_text(&s, f->entity);
    sql_text(&s, f->name);
    sql_text(&s, f->column);
    return sql_run(&s);
}

static err update_row(ctx *c, const field_row *f)
{
    statement s;
    TRY(sql_open(c,
                 STR("UPDATE \"zk_field\" SET \"type\"=$1,\"flags\"=$2,\"min\"=$3,\"max\"=$4,\"decimals\"=$5,"
                     "\"target\"=$6,\"group_name\"=$7,\"initial\"=$8,\"label_en\"=$9,\"label_zh\"=$10,\"help_en\"=$11,"
                     "\"help_zh\"=$12,\"position\"=$13,\"retired\"=$14 WHERE \"id\"=$15"),
                 &s));
    bind_row(&s, f);
    sql_int(&s, f->id);
    return sql_run(&s);
}

/* A table in the middle of something long must not make everybody behind us wait: give up soon, come again. */
static err be_brief(ctx *c)
{
    return db_conn_kind(c->conn) == DB_POSTGRES ? db_exec(c->conn, STR("SET LOCAL lock_timeout = '500ms'")) : ERR_OK;
}

/* Columns and indexes that the entity lacks. */
static err reshape(ctx *c, const snapshot *fresh, str of_entity)
{
    sql_list todo = { 0 };
    TRY(shape_entity(c, snapshot_entity(fresh, of_entity), &todo));
    for (size_t i = 0; i < todo.count; i++)
        TRY(db_exec(c->conn, todo.list[i]));
    return ERR_OK;
}

static err next_place(ctx *c, str of_entity, int *out)
{
    own_field *list;
    size_t     n;
    TRY(own_list(c, of_entity, &list, &n));
    *out = 1;
    for (size_t i = 0; i < n; i++)
        if (list[i].row.position >= *out)
            *out = list[i].row.position + 1;
    return ERR_OK;
}

/* Either the fresh tables, or nothing to unpin. */
static err load_reshaped(ctx *c, const field_row *f, snapshot **fresh)
{
    TRY(tables_fresh(c, fresh));
    err e = reshape(c, *fresh, f->entity);
    if (e == ERR_OK)
        e = tables_changed(c);
    if (e != ERR_OK)
        snapshot_unpin(*fresh);
    return e;
}

err own_add(ctx *c, field_row *f, snapshot **fresh)
{
    TRY(be_brief(c));
    TRY(db_next_id(c->conn, &f->id));
    f->column = arena_printf(c->a, "x_%lld", (long long)f->id);
    TRY(next_place(c, f->entity, &f->position));
    TRY(insert_row(c, f));
    TRY(load_reshaped(c, f, fresh));
    err e = changes_field(c, NULL, f);
    if (e != ERR_OK)
        snapshot_unpin(*fresh);
    return e;
}

static err drop_index(ctx *c, str name)
{
    return db_exec(c->conn, arena_printf(c->a, "DROP INDEX IF EXISTS \"%.*s\"", STR_ARG(name)));
}

/* What the tables would index of this column, whatever its flags. */
static err drop_indexes(ctx *c, const entity *e, str column, bool ordered, bool unique, bool reference)
{
    const field *owner = entity_common(e, CF_OWNER);
    if (ordered || reference)
        TRY(drop_index(c, shape_index_name(c->a, e, arena_printf(c->a, "%.*s,id", STR_ARG(column)))));
    if (ordered && owner)
        TRY(drop_index(c,
                       shape_index_name(c->a, e,
                                        arena_printf(c->a, "%.*s,%.*s,id", STR_ARG(owner->column), STR_ARG(column)))));
    if (unique)
        TRY(drop_index(c, arena_printf(c->a, "ux_%.*s_%.*s", STR_ARG(e->table), STR_ARG(column))));
    return ERR_OK;
}

static str key_column(ctx *c, const field_row *f)
{
    return type_row_of(f->type)->has_key ? arena_printf(c->a, "%.*s_k", STR_ARG(f->column)) : f->column;
}

static str base_column(ctx *c, const field_row *f)
{
    return f->type == FT_MONEY ? arena_printf(c->a, "%.*s_base", STR_ARG(f->column)) : (str){ 0 };
}

err own_change(ctx *c, const field_row *was, const field_row *now, snapshot **fresh)
{
    const entity *e = snapshot_entity(c->snap, was->entity);
    uint32_t      gone = was->flags & ~now->flags;
    TRY(be_brief(c));
    if (gone & (FF_SORT | FF_UNIQUE)) {
        bool any = now->flags & (FF_SORT | FF_UNIQUE); /* either wants the order of mine */
        TRY(drop_indexes(c, e, key_column(c, was), !any, (gone & FF_UNIQUE) != 0, false));
        if (was->type == FT_MONEY && gone & FF_SORT)
            TRY(drop_indexes(c, e, base_column(c, was), true, false, false));
    }
    TRY(update_row(c, now));
    TRY(load_reshaped(c, now, fresh));
    err x = changes_field(c, was, now);
    if (x != ERR_OK)
        snapshot_unpin(*fresh);
    return x;
}

static err drop_column(ctx *c, const entity *e, str column)
{
    if (column.n == 0)
        return ERR_OK;
    TRY(drop_indexes(c, e, column, true, true, true));
    return db_exec(c->conn,
                   arena_printf(c->a, "ALTER TABLE \"%.*s\" DROP COLUMN \"%.*s\"", STR_ARG(e->table), STR_ARG(column)));
}

static err delete_rows(ctx *c, const field_row *f)
{
    statement s;
    TRY(sql_open(c, STR("DELETE FROM \"zk_choice\" WHERE \"entity\"=$1 AND \"field\"=$2"), &s));
    sql_text(&s, f->entity);
    sql_text(&s, f->name);
    TRY(sql_run(&s));
    TRY(sql_open(c, STR("DELETE FROM \"zk_field\" WHERE \"id\"=$1"), &s));
    sql_int(&s, f->id);
    return sql_run(&s);
}

err own_remove(ctx *c, const field_row *f)
{
    const entity *e = snapshot_entity(c->snap, f->entity);
    TRY(be_brief(c));
    TRY(drop_column(c, e, base_column(c, f)));
    if (type_row_of(f->type)->has_key)
        TRY(drop_column(c, e, key_column(c, f)));
    TRY(drop_column(c, e, f->column));
    TRY(delete_rows(c, f));
    TRY(tables_changed(c));
    return changes_field(c, f, NULL);
}

/* ---- counting ---- */

err own_count(ctx *c, own_field *f)
{
    const entity *e = snapshot_entity(c->snap, f->row.entity);
    bool          found;
    str       sql = arena_printf(c->a, "SELECT count(*) FROM \"%.*s\" WHERE \"%.*s\" IS NOT NULL", STR_ARG(e->table),
                                 STR_ARG(f->row.column));
    str       living = arena_printf(c->a, "%.*s AND \"deleted_at\" IS NULL", STR_ARG(sql));
    statement s;
    const struct {
        str      sql;
        int64_t *into;
    } both[] = { { sql, &f->values }, { living, &f->living } };
    for (size_t i = 0; i < countof(both); i++) {
        TRY(sql_open(c, both[i].sql, &s));
        err x = sql_row(&s, &found);
        if (x == ERR_OK && found)
            *both[i].into = db_int(s.s, 0);
        sql_close(&s);
        TRY(x);
    }
    return ERR_OK;
}

err own_twins(ctx *c, const field_row *f, int64_t *out)
{
    const entity *e = snapshot_entity(c->snap, f->entity);
    str           key = key_column(c, f);
    statement     s;
    bool          row;
    TRY(sql_open(c,
                 arena_printf(c->a,
                              "SELECT count(*) FROM (SELECT 1 FROM \"%.*s\" WHERE \"%.*s\" IS NOT NULL AND "
                              "\"deleted_at\" IS NULL GROUP BY \"%.*s\" HAVING count(*)>1) t",
                              STR_ARG(e->table), STR_ARG(key), STR_ARG(key)),
                 &s));
    err x = sql_row(&s, &row);
    *out = x == ERR_OK && row ? db_int(s.s, 0) : 0;
    sql_close(&s);
    return x;
}

/* ---- search ---- */

typedef struct {
    int64_t id;
    str     text;
} worded;

static err read_worded(ctx *c, const field_row *f, int64_t after, size_t piece, worded **out, size_t *count)
{
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    str       table = snapshot_entity(c->snap, f->entity)->table;
    *out = arena_make_n(c->a, worded, piece + 1);
    *count = 0;
    TRY(sql_open(c,
                 arena_printf(c->a,
                              "SELECT \"id\",\"%.*s\" FROM \"%.*s\" WHERE \"id\">$1 AND \"%.*s\" IS NOT NULL AND "
                              "\"deleted_at\" IS NULL ORDER BY \"id\" LIMIT $2",
                              STR_ARG(f->column), STR_ARG(table), STR_ARG(f->column)),
                 &s));
    sql_int(&s, after);
    sql_int(&s, (int64_t)piece + 1);
    while (*count <= piece && (e = sql_row(&s, &row)) == ERR_OK && row)
        (*out)[(*count)++] = (worded){ db_int(s.s, 0), arena_str(c->a, db_text(s.s, 1)) };
    sql_close(&s);
    return e;
}

err own_reindex(ctx *c, const field_row *f, size_t piece, int64_t *after, bool *more)
{
    const entity *e = snapshot_entity(c->snap, f->entity);
    const field  *is = e ? entity_field(e, f->name) : NULL;
    worded       *list;
    size_t        n;
    *more = false;
    if (!e || type_row_of(f->type)->store != STORE_TEXT)
        return ERR_OK;
    TRY(read_worded(c, f, *after, piece, &list, &n));
    *more = n > piece;
    for (size_t i = 0; i < n && i < piece; i++) {
        rec *r;
        TRY(store_load_any(c, e, list[i].id, &r));
        str now = search_tokens(c, r);
        if (is && is->flags & FF_SEARCH)
            search_pending(c, r->id, search_tokens_with(c, r, is->index, (str){ 0 }), now);
        else
            search_pending(c, r->id, search_tokens_with(c, r, -1, list[i].text), now);
        *after = list[i].id;
    }
    return ERR_OK;
}

/* ---- layouts ---- */

err layout_put(ctx *c, str of_entity, layout_kind kind, str text)
{
    statement s;
    if (text.n == 0) {
        TRY(sql_open(c, STR("DELETE FROM \"zk_layout\" WHERE \"entity\"=$1 AND \"kind\"=$2"), &s));
        sql_text(&s, of_entity);
        sql_text(&s, str_from(layout_name(kind)));
    } else {
        TRY(sql_open(c,
                     STR("INSERT INTO \"zk_layout\"(\"entity\",\"kind\",\"layout\")VALUES($1,$2,$3) "
                         "ON CONFLICT(\"entity\",\"kind\") DO UPDATE SET \"layout\"=excluded.\"layout\""),
                     &s));
        sql_text(&s, of_entity);
        sql_text(&s, str_from(layout_name(kind)));
        sql_text(&s, text);
    }
    TRY(sql_run(&s));
    const entity *e = snapshot_entity(c->snap, of_entity);
    TRY(changes_note(c, "layout", 0, arena_printf(c->a, "%.*s.%s", STR_ARG(of_entity), layout_name(kind)), "update",
                     e->layout[kind], text));
    return tables_changed(c);
}
