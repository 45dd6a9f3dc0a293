#include "io/copy.h"
#include "base/map.h"
#include "db/dialect.h"
#include "query/bind.h"
#include "store/own.h"
#include "store/store.h"

enum { COLUMNS = 1300, KEYS = 4, PAGE = 500, PAGE_BYTES_HEAVY = 16, BATCH_ROWS = 50, BATCH_PARAMETERS = 8000 };

typedef enum { KIND_INT, KIND_REAL, KIND_BOOL, KIND_DATE, KIND_TIME, KIND_TEXT, KIND_BLOB } column_kind;

typedef struct {
    str         name;
    column_kind kind;
} column;

typedef struct {
    str    name;
    str    keys[KEYS];
    size_t key_count;
    int    key_at[KEYS]; /* among the columns */
    column columns[COLUMNS];
    size_t count;
} copied_table;

typedef struct {
    io_job         *job;
    db             *from_db;
    db_conn        *from, *to;
    const snapshot *source;
    const char     *phase;
    arena          *a; /* of a table */
    io_copy_result  done;
} copying;

/* ---- which tables and columns ---- */

static column_kind kind_of(str type)
{
    static const struct {
        const char *part;
        column_kind kind;
    } kinds[] = {
        { "timestamp", KIND_TIME }, { "date", KIND_DATE }, { "bool", KIND_BOOL },
        { "bytea", KIND_BLOB },     { "BLOB", KIND_BLOB }, { "double", KIND_REAL },
        { "REAL", KIND_REAL },      { "int", KIND_INT },   { "INT", KIND_INT },
    };
    for (size_t i = 0; i < countof(kinds); i++)
        if (str_find(type, str_from(kinds[i].part)) >= 0)
            return kinds[i].kind;
    return KIND_TEXT;
}

typedef struct {
    arena *a;
    map   *types;
    str    names[COLUMNS];
    size_t count;
} column_list;

static void note_column(void *arg, str name, str type)
{
    column_list *l = arg;
    if (l->count == COLUMNS)
        return;
    str *kept = arena_make(l->a, str);
    *kept = arena_str(l->a, type);
    l->names[l->count] = arena_str(l->a, name);
    map_put(l->types, l->names[l->count++], kept);
}

static err list_columns(db_conn *c, arena *a, str table, column_list **out)
{
    column_list *l = arena_make(a, column_list);
    l->a = a;
    l->types = map_new(a, 128);
    *out = l;
    return db_columns(c, table, note_column, l);
}

/* Columns that both have, by the types of PostgreSQL where one of them is: SQLite keeps dates and booleans as integers. */
static err plan_table(copying *x, str name, str key, copied_table *t)
{
    column_list *from, *to;
    TRY(list_columns(x->from, x->a, name, &from));
    TRY(list_columns(x->to, x->a, name, &to));
    *t = (copied_table){ .name = name };
    for (size_t i = 0; i < from->count; i++) {
        const str *theirs = map_get(from->types, from->names[i]), *ours = map_get(to->types, from->names[i]);
        if (ours)
            t->columns[t->count++] =
                (column){ from->names[i], kind_of(db_conn_kind(x->to) == DB_POSTGRES ? *ours : *theirs) };
    }
    while (key.n > 0 && t->key_count < KEYS) {
        ptrdiff_t cut = str_find_char(key, ',');
        str       one = cut < 0 ? key : str_sub(key, 0, cut);
        key = cut < 0 ? (str){ 0 } : str_sub(key, cut + 1, key.n);
        for (size_t i = 0; i < t->count; i++)
            if (str_eq(t->columns[i].name, one)) {
                t->key_at[t->key_count] = (int)i;
                t->keys[t->key_count++] = one;
            }
    }
    ASSERT(t->count == 0 || t->key_count > 0);
    return ERR_OK;
}

/* ---- SQL ---- */

static void put_names(buf *b, const copied_table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        if (i > 0)
            buf_putc(b, ',');
        bind_identifier(b, t->columns[i].name);
    }
}

static void put_keys(buf *b, const copied_table *t)
{
    for (size_t i = 0; i < t->key_count; i++) {
        if (i > 0)
            buf_putc(b, ',');
        bind_identifier(b, t->keys[i]);
    }
}

static str select_sql(copying *x, const copied_table *t, bool first, int page)
{
    buf b;
    buf_init(&b, 256 << 10);
    buf_putz(&b, "SELECT ");
    put_names(&b, t);
    buf_putz(&b, " FROM ");
    bind_identifier(&b, t->name);
    if (!first) {
        buf_putz(&b, " WHERE (");
        put_keys(&b, t);
        buf_putz(&b, ")>(");
        for (size_t i = 0; i < t->key_count; i++)
            buf_printf(&b, "%s$%zu", i > 0 ? "," : "", i + 1);
        buf_putz(&b, ")");
    }
    buf_putz(&b, " ORDER BY ");
    put_keys(&b, t);
    buf_printf(&b, " LIMIT %d", page);
    str sql = arena_str(x->a, buf_str(&b));
    buf_free(&b);
    return sql;
}

static str insert_sql(copying *x, const copied_table *t, size_t rows)
{
    buf    b;
    size_t n = 0;
    buf_init(&b, 1 << 20);
    buf_putz(&b, "INSERT INTO ");
    bind_identifier(&b, t->name);
    buf_putc(&b, '(');
    put_names(&b, t);
    buf_putz(&b, ")VALUES");
    for (size_t r = 0; r < rows; r++) {
        buf_putz(&b, r > 0 ? ",(" : "(");
        for (size_t i = 0; i < t->count; i++)
            buf_printf(&b, "%s$%zu", i > 0 ? "," : "", ++n);
        buf_putc(&b, ')');
    }
    str sql = arena_str(x->a, buf_str(&b));
    buf_free(&b);
    return sql;
}

/* ---- values ---- */

/* Rows on their way: a statement takes many at once, since each is a way to the server and back. */
typedef struct {
    bool    null;
    int64_t i;
    double  real;
    str     s;
} passed;

typedef struct {
    arena  *a; /* of the texts */
    passed *cells;
    size_t  rows, most;
    str     many, one;
} batch;

static passed take_value(db_stmt *from, int column_index, column_kind kind, arena *a)
{
    if (db_null(from, column_index))
        return (passed){ .null = true };
    switch (kind) {
    case KIND_INT: return (passed){ .i = db_int(from, column_index) };
    case KIND_REAL: return (passed){ .real = db_real(from, column_index) };
    case KIND_BOOL: return (passed){ .i = db_bool(from, column_index) };
    case KIND_DATE: return (passed){ .i = db_date(from, column_index) };
    case KIND_TIME: return (passed){ .i = db_time(from, column_index) };
    case KIND_TEXT: return (passed){ .s = arena_str(a, db_text(from, column_index)) };
    case KIND_BLOB: break;
    }
    return (passed){ .s = arena_str(a, db_blob(from, column_index)) };
}

static void give_value(db_stmt *to, int n, column_kind kind, const passed *v)
{
    if (v->null) {
        db_bind_null(to, n);
        return;
    }
    switch (kind) {
    case KIND_INT: db_bind_int(to, n, v->i); return;
    case KIND_REAL: db_bind_real(to, n, v->real); return;
    case KIND_BOOL: db_bind_bool(to, n, v->i != 0); return;
    case KIND_DATE: db_bind_date(to, n, v->i); return;
    case KIND_TIME: db_bind_time(to, n, v->i); return;
    case KIND_TEXT: db_bind_text(to, n, v->s); return;
    case KIND_BLOB: db_bind_blob(to, n, v->s); return;
    }
}

typedef struct {
    int64_t i;
    str     s;
} key_value;

static void keep_key(const copied_table *t, db_stmt *from, arena *a, key_value last[KEYS])
{
    for (size_t i = 0; i < t->key_count; i++) {
        const column *c = &t->columns[t->key_at[i]];
        if (c->kind == KIND_INT)
            last[i].i = db_int(from, t->key_at[i]);
        else
            last[i].s = arena_str(a, c->kind == KIND_BLOB ? db_blob(from, t->key_at[i]) : db_text(from, t->key_at[i]));
    }
}

static void bind_key(const copied_table *t, db_stmt *from, const key_value last[KEYS])
{
    for (size_t i = 0; i < t->key_count; i++) {
        int n = (int)i + 1;
        switch (t->columns[t->key_at[i]].kind) {
        case KIND_INT: db_bind_int(from, n, last[i].i); break;
        case KIND_BLOB: db_bind_blob(from, n, last[i].s); break;
        default: db_bind_text(from, n, last[i].s); break;
        }
    }
}

static err insert_rows(copying *x, const copied_table *t, str sql, const passed *cells, size_t rows)
{
    db_stmt *to;
    bool     row;
    TRY(db_prepare(x->to, sql, &to));
    for (size_t i = 0; i < rows * t->count; i++)
        give_value(to, (int)i + 1, t->columns[i % t->count].kind, &cells[i]);
    err e = db_step(to, &row);
    db_done(to);
    return e;
}

static err batch_flush(copying *x, const copied_table *t, batch *b)
{
    err e = ERR_OK;
    if (b->rows == b->most && b->most > 1)
        e = insert_rows(x, t, b->many, b->cells, b->rows);
    else
        for (size_t i = 0; i < b->rows && e == ERR_OK; i++)
            e = insert_rows(x, t, b->one, b->cells + i * t->count, 1);
    b->rows = 0;
    arena_clear(b->a);
    return e;
}

static err batch_add(copying *x, const copied_table *t, batch *b, db_stmt *from)
{
    for (size_t i = 0; i < t->count; i++)
        b->cells[b->rows * t->count + i] = take_value(from, (int)i, t->columns[i].kind, b->a);
    return ++b->rows == b->most ? batch_flush(x, t, b) : ERR_OK;
}

static batch batch_make(copying *x, const copied_table *t, int page)
{
    size_t most = BATCH_PARAMETERS / t->count;
    most = most > BATCH_ROWS ? BATCH_ROWS : most;
    most = page < PAGE || most < 1 ? 1 : most;
    return (batch){ .a = arena_new(),
                    .cells = arena_make_n(x->a, passed, most * t->count),
                    .most = most,
                    .many = insert_sql(x, t, most),
                    .one = insert_sql(x, t, 1) };
}

/* One page; *n: how many rows it had. */
static err copy_page(copying *x, const copied_table *t, str select, batch *b, const key_value *after,
                     key_value last[KEYS], arena *keys, int *n)
{
    db_stmt *from;
    bool     row = true;
    err      e;
    *n = 0;
    TRY(db_prepare_secret(x->from, select, &from)); /* a copy is of everything */
    if (after)
        bind_key(t, from, after);
    while ((e = db_step(from, &row)) == ERR_OK && row) {
        e = batch_add(x, t, b, from);
        if (e != ERR_OK)
            break;
        ++*n;
        keep_key(t, from, keys, last);
    }
    db_done(from);
    if (e == ERR_OK)
        e = batch_flush(x, t, b);
    x->done.rows += *n;
    return e;
}

static err copy_rows(copying *x, const copied_table *t)
{
    int       page = str_eq(t->name, STR("zk_file_chunk")) ? PAGE_BYTES_HEAVY : PAGE, n = 0;
    str       first = select_sql(x, t, true, page), next = select_sql(x, t, false, page);
    batch     b = batch_make(x, t, page);
    key_value last[KEYS] = { 0 }, after[KEYS];
    arena    *keys[2] = { arena_new(), arena_new() };
    err       e = ERR_OK;
    int       turn = 0;
    do {
        bool begun = turn > 0;
        memcpy(after, last, sizeof after);
        arena_clear(keys[turn % 2]);
        e = copy_page(x, t, begun ? next : first, &b, begun ? after : NULL, last, keys[turn % 2], &n);
        turn++;
        io_job_progress(x->job, x->phase, x->done.rows, 0);
        if (e == ERR_OK && io_job_cancelled(x->job))
            e = ERR_CONFLICT;
    } while (e == ERR_OK && n == page);
    arena_free(keys[0]);
    arena_free(keys[1]);
    arena_free(b.a);
    return e;
}

/* ---- the whole ---- */

typedef err (*table_work)(copying *x, str name, str key);

static bool left_behind(const char *table)
{
    return strcmp(table, "zk_outbox") == 0;
}

static err each_table(copying *x, table_work work)
{
    str         key;
    const char *name;
    for (size_t i = 0; (name = store_system_table(i, x->a, &key)) != NULL; i++) {
        if (!left_behind(name))
            TRY(work(x, arena_str(x->a, str_from(name)), arena_str(x->a, key)));
    }
    for (size_t i = 0; i < x->source->entity_count; i++)
        TRY(work(x, x->source->entities[i]->table, STR("id")));
    return ERR_OK;
}

static err empty_table(copying *x, str name, str key)
{
    (void)key;
    return db_exec(x->to, arena_printf(x->a, "DELETE FROM \"%.*s\"", STR_ARG(name)));
}

/* A table whose primary key is its own rising number says no key. */
static err copy_table(copying *x, str name, str key)
{
    copied_table *t = arena_make(x->a, copied_table);
    bool          there;
    TRY(db_table_exists(x->from, name, &there));
    if (!there)
        return ERR_OK;
    TRY(plan_table(x, name, key.n > 0 ? key : STR("seq"), t));
    x->done.tables++;
    return t->count > 0 ? copy_rows(x, t) : ERR_OK;
}

/* Own fields of the source that the target has no columns for yet. */
static err add_column(copying *x, const entity *e, const column_list *have, str name, const char *type)
{
    if (name.n == 0 || map_get(have->types, name))
        return ERR_OK;
    return db_exec(x->to, arena_printf(x->a, "ALTER TABLE \"%.*s\" ADD COLUMN \"%.*s\" %s", STR_ARG(e->table),
                                       STR_ARG(name), type));
}

static err add_own_columns(copying *x)
{
    db_engine kind = db_conn_kind(x->to);
    for (size_t i = 0; i < x->source->entity_count; i++) {
        const entity *e = x->source->entities[i];
        column_list  *have = NULL;
        for (size_t k = 0; k < e->field_count; k++) {
            const field *f = &e->fields[k];
            if (!(f->flags & FF_CUSTOM))
                continue;
            if (!have)
                TRY(list_columns(x->to, x->a, e->table, &have));
            TRY(add_column(x, e, have, f->column_entity, dialect_of(kind)->type_text));
            TRY(add_column(x, e, have, f->column, bind_sql_type(kind, f)));
            TRY(add_column(x, e, have, f->column_key, dialect_of(kind)->type_blob));
        }
    }
    return ERR_OK;
}

/* What a retired field holds waits to be brought back. */
static err add_retired_columns(copying *x)
{
    db_engine  kind = db_conn_kind(x->to);
    ctx        c = { .a = x->a, .conn = x->from, .snap = x->source, .position = -1 };
    own_field *list;
    size_t     n;
    TRY(own_retired(&c, &list, &n));
    for (size_t i = 0; i < n; i++) {
        const field_row *f = &list[i].row;
        const entity    *e = snapshot_entity(x->source, f->entity);
        field            like = { .type = f->type };
        column_list     *have;
        if (!e)
            continue;
        TRY(list_columns(x->to, x->a, e->table, &have));
        TRY(add_column(x, e, have, f->column, bind_sql_type(kind, &like)));
        if (type_of(&like)->has_key)
            TRY(add_column(x, e, have, arena_printf(x->a, "%.*s_k", STR_ARG(f->column)), dialect_of(kind)->type_blob));
        if (f->type == FT_MONEY)
            TRY(add_column(x, e, have, arena_printf(x->a, "%.*s_base", STR_ARG(f->column)),
                           bind_sql_type(kind, &like)));
    }
    return ERR_OK;
}

static err one_number(db_conn *c, const char *sql, int64_t *out)
{
    db_stmt *s;
    bool     row;
    TRY(db_prepare_secret(c, str_from(sql), &s));
    err e = db_step(s, &row);
    if (e == ERR_OK)
        *out = row && !db_null(s, 0) ? db_int(s, 0) : 0;
    db_done(s);
    return e;
}

static err carry_numbers(copying *x)
{
    int64_t last = 0, ignored;
    TRY(one_number(x->from,
                   db_conn_kind(x->from) == DB_SQLITE ? "SELECT last FROM zk_sequence" : "SELECT last_value FROM zk_id",
                   &last));
    if (last > 0)
        TRY(db_reserve_ids(x->to, last));
    if (db_conn_kind(x->to) == DB_SQLITE)
        return ERR_OK;
    TRY(one_number(x->to,
                   "SELECT setval(pg_get_serial_sequence('zk_history','seq'),GREATEST(1,(SELECT MAX(\"seq\") FROM "
                   "\"zk_history\")))",
                   &ignored));
    return one_number(x->to,
                      "SELECT setval(pg_get_serial_sequence('zk_audit','seq'),GREATEST(1,(SELECT MAX(\"seq\") FROM "
                      "\"zk_audit\")))",
                      &ignored);
}

/* Everybody who holds the tables of before must see that they are others. */
static err raise_version(copying *x, int64_t before)
{
    int64_t  now = 0;
    db_stmt *s;
    bool     row;
    TRY(store_snapshot_version(x->to, &now));
    TRY(db_prepare(x->to, STR("UPDATE \"zk_setting\" SET \"value\"=$1 WHERE \"name\"='version'"), &s));
    int64_t next = (now > before ? now : before) + 1;
    db_bind_text(s, 1, arena_printf(x->a, "%lld", (long long)next));
    err e = db_step(s, &row);
    db_done(s);
    return e;
}

static err copy_all(db_conn *to, void *arg)
{
    copying *x = arg;
    int64_t  version = 0;
    x->to = to;
    x->done = (io_copy_result){ 0 };
    arena_clear(x->a);
    TRY(store_snapshot_version(to, &version));
    TRY(add_own_columns(x));
    TRY(add_retired_columns(x));
    ctx c = { .a = x->a, .conn = to, .position = -1 };
    TRY(store_guard_down(&c));
    TRY(each_table(x, empty_table));
    TRY(each_table(x, copy_table));
    TRY(store_guard_up(&c));
    TRY(carry_numbers(x));
    return raise_version(x, version);
}

err copy_database(io_job *j, db *from, db *to, const entity_def *const *rooms, const snapshot *source,
                  const char *phase, io_copy_result *out)
{
    copying x = { .job = j, .from_db = from, .source = source, .phase = phase, .a = arena_new() };
    err     e = db_read_begin(from, DB_LONG, &x.from);
    if (e == ERR_OK) {
        e = db_write_alone(to, copy_all, &x);
        db_read_end(x.from);
    }
    arena_free(x.a);
    if (e == ERR_OK)
        e = store_rebuild_index(to, rooms);
    if (e == ERR_OK)
        *out = x.done;
    return e;
}

static err count_table(copying *x, str name, str key)
{
    (void)key;
    int64_t n = 0;
    TRY(one_number(x->from, arena_printf(x->a, "SELECT COUNT(*) FROM \"%.*s\"", STR_ARG(name)).p, &n));
    x->done.tables++;
    x->done.rows += n;
    return ERR_OK;
}

err copy_count(db *from, const snapshot *source, io_copy_result *out)
{
    copying x = { .source = source, .a = arena_new() };
    err     e = db_read_begin(from, DB_LONG, &x.from);
    if (e == ERR_OK) {
        e = each_table(&x, count_table);
        db_read_end(x.from);
    }
    arena_free(x.a);
    *out = x.done;
    return e;
}
