/* Start-up brings the database to the tables. */
#include "base/date.h"
#include "base/log.h"
#include "base/text.h"
#include "store/internal.h"
#include "store/own.h"
#include "store/secret.h"

typedef struct {
    db                      *d;
    const entity_def *const *rooms;
    arena                   *a;
    ctx                      c;
    sql_list                 todo;
    snapshot                *snap;
    int64_t                  format; /* 0: a new database */
    str                      collation;
} migration;

static err setting_read(ctx *c, const char *name, str *out)
{
    statement s;
    bool      row;
    *out = (str){ 0 };
    TRY(sql_open(c, STR("SELECT \"value\" FROM \"zk_setting\" WHERE \"name\"=$1"), &s));
    sql_text(&s, str_from(name));
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row && !db_null(s.s, 0))
        *out = arena_str(c->a, db_text(s.s, 0));
    sql_close(&s);
    return e;
}

static err setting_write(ctx *c, const char *name, str v)
{
    statement s;
    TRY(sql_open(c,
                 STR("INSERT INTO \"zk_setting\"(\"name\",\"value\")VALUES($1,$2) ON CONFLICT(\"name\") DO UPDATE SET "
                     "\"value\"=excluded.\"value\""),
                 &s));
    sql_text(&s, str_from(name));
    sql_text(&s, v);
    return sql_run(&s);
}

/* Step 2: a person's role was a word and is a record now; seed_rooms() makes the records. */
static void roles_become_records(migration *m)
{
    ctx        *c = &m->c;
    const char *type = dialect_of(db_conn_kind(c->conn))->type_int;
    sql_list_add(c, &m->todo, STR("ALTER TABLE \"users\" RENAME COLUMN \"role\" TO \"role_word\""));
    sql_list_add(c, &m->todo, arena_printf(c->a, "ALTER TABLE \"users\" ADD COLUMN \"role\" %s", type));
}

static void note_role_word(void *arg, str name, str type)
{
    (void)type;
    *(bool *)arg |= str_eq(name, STR("role_word"));
}

static err give_roles(ctx *c)
{
    statement s;
    TRY(sql_open(
        c,
        STR("UPDATE \"users\" SET \"role\"=(SELECT r.\"id\" FROM \"roles\" r WHERE r.\"key\"=\"role_word\") WHERE "
            "\"role\" IS NULL"),
        &s));
    return sql_run(&s);
}

static err look(db_conn *conn, void *arg)
{
    migration *m = arg;
    ctx       *c = &m->c;
    bool       there;
    c->conn = conn;
    m->todo = (sql_list){ 0 };
    m->format = 0;
    TRY(db_table_exists(conn, STR("zk_setting"), &there));
    if (there) {
        str text;
        TRY(setting_read(c, "format", &text));
        if (text.n && !str_to_int64(text, &m->format))
            m->format = 0;
        TRY(setting_read(c, "collation", &m->collation));
        if (m->format > STORE_FORMAT)
            return ERR_CONFLICT;
    }
    if (m->format == 1)
        roles_become_records(m);
    TRY(shape_system(c, &m->todo));
    for (size_t i = 0; i < m->snap->entity_count; i++)
        TRY(shape_entity(c, m->snap->entities[i], &m->todo));
    return guard_shape(c, &m->todo); /* last: by then what it guards is there */
}

/* Open lists that the database has nothing of get the table's choices. */
static err seed_choices(ctx *c, const field *f)
{
    statement s;
    bool      row;
    TRY(sql_open(c, STR("SELECT 1 FROM \"zk_choice\" WHERE \"entity\"=$1 AND \"field\"=$2 LIMIT 1"), &s));
    sql_text(&s, f->owner->name);
    sql_text(&s, f->name);
    err e = sql_row(&s, &row);
    sql_close(&s);
    TRY(e);
    const field_def *d = &f->owner->def->fields[f->index];
    for (size_t i = 0; !row && i < d->choice_count; i++) {
        TRY(sql_open(c,
                     STR("INSERT INTO "
                         "\"zk_choice\"(\"entity\",\"field\",\"name\",\"color\",\"position\",\"retired\")VALUES($1,$2,$"
                         "3,$4,$5,$6)"),
                     &s));
        sql_text(&s, f->owner->name);
        sql_text(&s, f->name);
        sql_text(&s, str_from(d->choices[i].key));
        sql_text(&s, str_from(d->choices[i].color));
        sql_int(&s, (int64_t)i);
        db_bind_bool(s.s, ++s.n, false);
        TRY(sql_run(&s));
    }
    return ERR_OK;
}

static err apply(db_conn *conn, void *arg)
{
    migration *m = arg;
    ctx       *c = &m->c;
    c->conn = conn;
    TRY(db_ids_create(conn));
    for (size_t i = 0; i < m->todo.count; i++)
        TRY(db_exec(conn, m->todo.list[i]));
    TRY(search_create(c));
    for (size_t i = 0; i < m->snap->entity_count; i++)
        for (size_t k = 0; k < m->snap->entities[i]->def->field_count; k++)
            if (m->snap->entities[i]->fields[k].flags & FF_OPEN)
                TRY(seed_choices(c, &m->snap->entities[i]->fields[k]));
    if (m->format == 0) {
        TRY(setting_write(c, "version", STR("1")));
        TRY(setting_write(c, "collation", str_from(text_collation_version())));
    }
    return setting_write(c, "format", arena_printf(c->a, "%d", STORE_FORMAT));
}

static err seed_rooms(ctx *c, void *arg)
{
    (void)arg;
    TRY(secrets_ready(c));
    for (size_t i = 0; i < c->snap->entity_count; i++) {
        const entity *e = c->snap->entities[i];
        str           done;
        if (!e->def->seed)
            continue;
        str name = arena_printf(c->a, "seeded.%.*s", STR_ARG(e->name));
        TRY(setting_read(c, name.p, &done));
        if (done.n)
            continue;
        TRY(e->def->seed(c));
        TRY(setting_write(c, name.p, STR("1")));
    }
    bool words = false;
    TRY(db_columns(c->conn, STR("users"), note_role_word, &words));
    return words ? give_roles(c) : ERR_OK;
}

static void keep_copy(migration *m)
{
    str path = arena_printf(m->a, "%s.before-%lld", db_target(m->d), (long long)clock_now_ms());
    if (db_kind(m->d) == DB_SQLITE && db_copy_file(m->d, path.p) != ERR_OK)
        log_event(LOG_WARN, "no copy of the database could be made before it changes", NULL);
}

/* The tables alone, without what the database adds: enough to know the shape. */
static err bare_snapshot(migration *m, str *why)
{
    snapshot_input in = { .rooms = m->rooms };
    return snapshot_build(&in, m->a, &m->snap, why);
}

static err run(migration *m, str *why)
{
    db_conn *conn;
    TRY(db_read_begin(m->d, DB_LONG, &conn));
    err e = look(conn, m);
    db_read_end(conn);
    if (e == ERR_CONFLICT) {
        *why = arena_printf(m->a,
                            "this database was written by a newer Zhike (format %lld, this program knows %d): "
                            "start the newer program, or restore the backup made before the upgrade",
                            (long long)m->format, STORE_FORMAT);
        return e;
    }
    TRY(e);
    if (m->todo.count || m->format < STORE_FORMAT) {
        if (m->format)
            keep_copy(m);
        TRY(db_write_alone(m->d, apply, m));
    }
    return ERR_OK;
}

static bool has_room(const snapshot_input *in, const char *name)
{
    for (size_t i = 0; in->rooms[i]; i++)
        if (strcmp(in->rooms[i]->name, name) == 0)
            return true;
    return false;
}

err store_migrate(db *d, const entity_def *const *rooms, arena *a, str *why)
{
    migration m = { .d = d, .rooms = rooms, .a = a };
    m.c = (ctx){ .a = a, .db = d, .now_ms = clock_now_ms(), .position = -1 };
    *why = STR("the database could not be brought up to date; the log says why");
    TRY(bare_snapshot(&m, why));
    m.c.snap = m.snap;
    err  e = run(&m, why);
    bool fresh_keys = m.format && !str_eq(m.collation, str_from(text_collation_version()));
    snapshot_unpin(m.snap);
    TRY(e);
    if (fresh_keys)
        TRY(store_rebuild_index(d, rooms));
    /* Deleting looks for what was hung on the record since its transaction began; where things are hung on it all the time, it
     * would never come to an end. Whoever writes a record enters it here. So with ending what runs in somebody's name, whose
     * pieces hold the person, write records and note in the job how far they got, in this order. */
    const snapshot_input in = { .rooms = rooms };
    db_patience(d, has_room(&in, "user") ? "LOCK TABLE \"users\",\"zk_record\",\"zk_job\" IN EXCLUSIVE MODE"
                                         : "LOCK TABLE \"zk_record\",\"zk_job\" IN EXCLUSIVE MODE");
    TRY(db_fence(d, store_secret_tables()));
    snapshot *full;
    TRY(store_snapshot_load(d, rooms, a, &full, why));
    ctx c = {
        .a = a, .db = d, .snap = full, .now_ms = clock_now_ms(), .position = -1, .zone = full->zone, .importing = true
    };
    e = store_write(&c, seed_rooms, NULL);
    if (e != ERR_OK)
        *why = c.problem_count ? arena_printf(a, "the first records could not be made: %.*s: %.*s",
                                              STR_ARG(c.problems[0].field), STR_ARG(c.problems[0].message))
                               : STR("the first records could not be made; the log says why");
    snapshot_unpin(full);
    return e;
}

/* ---- snapshot ---- */

static str copy_text(arena *a, db_stmt *s, int column)
{
    return db_null(s, column) ? (str){ 0 } : arena_str(a, db_text(s, column));
}

static err load_choices(ctx *c, snapshot_input *in)
{
    statement   s;
    bool        row = true;
    err         e = ERR_OK;
    size_t      room = 256;
    choice_row *list = arena_make_n(c->a, choice_row, room);
    TRY(sql_open(
        c,
        STR("SELECT \"entity\",\"field\",\"name\",\"label_en\",\"label_zh\",\"color\",\"position\",\"retired\" FROM "
            "\"zk_choice\" "
            "ORDER BY \"entity\",\"field\",\"position\",\"name\""),
        &s));
    while ((e = sql_row(&s, &row)) == ERR_OK && row) {
        arena_more(c->a, list, in->choice_count, room);
        choice_row *r = &list[in->choice_count++];
        r->entity = copy_text(c->a, s.s, 0);
        r->field = copy_text(c->a, s.s, 1);
        r->key = copy_text(c->a, s.s, 2);
        r->label[LANG_EN] = copy_text(c->a, s.s, 3);
        r->label[LANG_ZH] = copy_text(c->a, s.s, 4);
        r->color = copy_text(c->a, s.s, 5);
        r->position = (int)db_int(s.s, 6);
        r->retired = db_bool(s.s, 7);
    }
    sql_close(&s);
    in->choices = list;
    return e;
}

static void note_retired(void *arg, str name, str type)
{
    (void)type;
    *(bool *)arg |= str_eq(name, STR("retired"));
}

static err load_fields(ctx *c, snapshot_input *in)
{
    enum { MAX = 2000 };
    statement  s;
    bool       row = true;
    err        e = ERR_OK;
    field_row *list = arena_make_n(c->a, field_row, MAX);
    bool       grown = false; /* an older program knew neither order nor retiring */
    TRY(db_columns(c->conn, STR("zk_field"), note_retired, &grown));
    str sql = arena_printf(c->a,
                           "SELECT \"entity\",\"name\",\"column_name\",\"type\",\"flags\",\"min\",\"max\","
                           "\"decimals\",\"target\",\"group_name\",\"initial\",\"label_en\",\"label_zh\",\"help_en\","
                           "\"help_zh\",%s FROM \"zk_field\" ORDER BY %s\"id\"",
                           grown ? "\"retired\"" : "NULL", grown ? "COALESCE(\"position\",0)," : "");
    TRY(sql_open(c, sql, &s));
    while (in->field_count < MAX && (e = sql_row(&s, &row)) == ERR_OK && row) {
        field_row *r = &list[in->field_count];
        if (!type_from_name(db_text(s.s, 3), &r->type))
            continue;
        in->field_count++;
        r->entity = copy_text(c->a, s.s, 0);
        r->name = copy_text(c->a, s.s, 1);
        r->column = copy_text(c->a, s.s, 2);
        r->flags = (uint32_t)db_int(s.s, 4);
        r->min = db_int(s.s, 5);
        r->max = db_int(s.s, 6);
        r->decimals = (int)db_int(s.s, 7);
        r->target = copy_text(c->a, s.s, 8);
        r->group = copy_text(c->a, s.s, 9);
        r->initial = copy_text(c->a, s.s, 10);
        r->label[LANG_EN] = copy_text(c->a, s.s, 11);
        r->label[LANG_ZH] = copy_text(c->a, s.s, 12);
        r->help[LANG_EN] = copy_text(c->a, s.s, 13);
        r->help[LANG_ZH] = copy_text(c->a, s.s, 14);
        r->retired = !db_null(s.s, 15) && db_bool(s.s, 15);
    }
    sql_close(&s);
    in->fields = list;
    return e;
}

static err load_layouts(ctx *c, snapshot_input *in)
{
    statement   s;
    bool        row = true;
    err         e = ERR_OK;
    size_t      room = 64;
    layout_row *list = arena_make_n(c->a, layout_row, room);
    bool        there;
    TRY(db_table_exists(c->conn, STR("zk_layout"), &there)); /* not in what an older program left */
    if (!there)
        return ERR_OK;
    TRY(sql_open(c, STR("SELECT \"entity\",\"kind\",\"layout\" FROM \"zk_layout\""), &s));
    while ((e = sql_row(&s, &row)) == ERR_OK && row) {
        arena_more(c->a, list, in->layout_count, room);
        layout_row *r = &list[in->layout_count];
        if (!layout_from(db_text(s.s, 1), &r->kind))
            continue;
        r->entity = copy_text(c->a, s.s, 0);
        r->text = copy_text(c->a, s.s, 2);
        in->layout_count++;
    }
    sql_close(&s);
    in->layouts = list;
    return e;
}

/* Fiscal periods are records, so that any calendar is data; the query language's literals read them. */
static err load_spans(ctx *c, const char *kind, const fiscal_span **out, size_t *count)
{
    enum { MOST = 1000 };
    statement    s;
    bool         row = true;
    err          e = ERR_OK;
    fiscal_span *list = arena_make_n(c->a, fiscal_span, MOST);
    TRY(sql_open(c,
                 STR("SELECT \"start\",\"end\" FROM \"fiscal_periods\" WHERE \"kind\"=$1 AND \"deleted_at\" IS NULL "
                     "ORDER BY \"start\",\"id\""),
                 &s));
    sql_text(&s, str_from(kind));
    while (*count < MOST && (e = sql_row(&s, &row)) == ERR_OK && row)
        list[(*count)++] = (fiscal_span){ db_date(s.s, 0), db_date(s.s, 1) };
    sql_close(&s);
    *out = list;
    return e;
}

static err load_fiscal(ctx *c, snapshot_input *in)
{
    if (!has_room(in, "fiscal_period"))
        return ERR_OK;
    TRY(load_spans(c, "year", &in->fiscal.years, &in->fiscal.year_count));
    return load_spans(c, "quarter", &in->fiscal.quarters, &in->fiscal.quarter_count);
}

/* ---- roles ---- */

static err load_role_rows(ctx *c, snapshot_input *in)
{
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    role_row *list = arena_make_n(c->a, role_row, ROLES_MOST);
    TRY(sql_open(c,
                 STR("SELECT \"id\",\"key\",\"name\",\"administrator\" FROM \"roles\" WHERE \"deleted_at\" IS NULL "
                     "ORDER BY \"id\""),
                 &s));
    while (in->role_count < ROLES_MOST && (e = sql_row(&s, &row)) == ERR_OK && row) {
        role_row *r = &list[in->role_count++];
        r->id = db_int(s.s, 0);
        r->key = copy_text(c->a, s.s, 1);
        r->name = copy_text(c->a, s.s, 2);
        r->administrator = !db_null(s.s, 3) && db_bool(s.s, 3);
    }
    sql_close(&s);
    in->roles = list;
    return e;
}

/* The columns that say how far a verb reaches are named as the verbs are. */
static err load_right_rows(ctx *c, snapshot_input *in)
{
    enum { MOST = ROLES_MOST * 60 };
    static const struct {
        const char *key;
        uint8_t     reach;
    } reaches[] = { { "own", REACH_OWN },
                    { "below", REACH_OWN | REACH_BELOW },
                    { "team", REACH_OWN | REACH_TEAM },
                    { "team_below", REACH_OWN | REACH_TEAM | REACH_BELOW },
                    { "all", REACH_ALL } };
    statement  s;
    bool       row = true;
    err        e = ERR_OK;
    buf        sql;
    right_row *list = arena_make_n(c->a, right_row, MOST);
    buf_init(&sql, 4096);
    buf_puts(&sql, STR("SELECT \"role\",\"entity\""));
    for (int v = 0; v < VERB_COUNT; v++)
        buf_printf(&sql, ",\"%s\"", verb_name((verb)v));
    buf_puts(&sql, STR(" FROM \"role_rights\" WHERE \"deleted_at\" IS NULL ORDER BY \"id\""));
    str text = arena_str(c->a, buf_str(&sql));
    buf_free(&sql);
    TRY(sql_open(c, text, &s));
    while (in->right_count < MOST && (e = sql_row(&s, &row)) == ERR_OK && row) {
        right_row *r = &list[in->right_count++];
        r->role = db_int(s.s, 0);
        r->entity = copy_text(c->a, s.s, 1);
        for (int v = 0; v < VERB_COUNT; v++)
            for (size_t i = 0; i < countof(reaches) && !db_null(s.s, 2 + v); i++)
                if (str_eq(db_text(s.s, 2 + v), str_from(reaches[i].key)))
                    r->reach[v] = reaches[i].reach;
    }
    sql_close(&s);
    in->rights = list;
    return e;
}

static uint8_t access_from(str key)
{
    static const struct {
        const char *key;
        uint8_t     access;
    } known[] = { { "readonly", FIELD_READ }, { "masked", FIELD_MASKED }, { "sealed", FIELD_SEALED } };
    for (size_t i = 0; i < countof(known); i++)
        if (str_eq(key, str_from(known[i].key)))
            return known[i].access;
    return FIELD_HIDDEN;
}

static err load_field_right_rows(ctx *c, snapshot_input *in)
{
    statement        s;
    bool             row = true;
    err              e = ERR_OK;
    size_t           room = 64;
    field_right_row *list = arena_make_n(c->a, field_right_row, room);
    TRY(sql_open(c,
                 STR("SELECT \"role\",\"entity\",\"field\",\"access\" FROM \"role_fields\" WHERE \"deleted_at\" IS "
                     "NULL ORDER BY \"id\""),
                 &s));
    while ((e = sql_row(&s, &row)) == ERR_OK && row) { /* all of them: a row left out would open a field */
        arena_more(c->a, list, in->field_right_count, room);
        field_right_row *r = &list[in->field_right_count++];
        r->role = db_int(s.s, 0);
        r->entity = copy_text(c->a, s.s, 1);
        r->field = copy_text(c->a, s.s, 2);
        r->access = access_from(copy_text(c->a, s.s, 3));
    }
    sql_close(&s);
    in->field_rights = list;
    return e;
}

static err load_roles(ctx *c, snapshot_input *in)
{
    if (!has_room(in, "role"))
        return ERR_OK;
    TRY(load_role_rows(c, in));
    TRY(load_right_rows(c, in));
    return load_field_right_rows(c, in);
}

static err load_input(ctx *c, snapshot_input *in)
{
    str month, lang;
    TRY(store_snapshot_version(c->conn, &in->version));
    TRY(setting_read(c, "org_name", &in->org_name));
    TRY(setting_read(c, "currency", &in->currency));
    TRY(setting_read(c, "zone", &in->zone));
    TRY(setting_read(c, "fiscal_start_month", &month));
    TRY(setting_read(c, "language", &lang));
    int64_t n = 1;
    if (month.n)
        (void)str_to_int64(month, &n);
    in->fiscal_start_month = (int)n;
    in->language = lang.n ? lang_from(lang) : LANG_ZH;
    TRY(load_choices(c, in));
    TRY(load_layouts(c, in));
    TRY(load_fiscal(c, in));
    TRY(load_roles(c, in));
    return load_fields(c, in);
}

err store_snapshot_load(db *d, const entity_def *const *rooms, arena *why_arena, snapshot **out, str *why)
{
    arena         *a = arena_new();
    ctx            c = { .a = a, .db = d, .position = -1 };
    snapshot_input in = { .rooms = rooms };
    err            e = db_read_begin(d, DB_LONG, &c.conn);
    if (e == ERR_OK) {
        e = load_input(&c, &in);
        db_read_end(c.conn);
    }
    if (e == ERR_OK)
        e = snapshot_build(&in, why_arena, out, why);
    else
        *why = STR("the tables' additions could not be read from the database; the log says why");
    arena_free(a);
    return e;
}

err tables_fresh(ctx *c, snapshot **out)
{
    const entity_def **rooms = arena_make_n(c->a, const entity_def *, c->snap->entity_count + 1);
    snapshot_input     in = { .rooms = rooms };
    str                why;
    for (size_t i = 0; i < c->snap->entity_count; i++)
        rooms[i] = c->snap->entities[i]->def;
    TRY(load_input(c, &in));
    return snapshot_build(&in, c->a, out, &why);
}

err store_snapshot_version(db_conn *conn, int64_t *out)
{
    db_stmt *s;
    bool     row;
    TRY(db_prepare(conn, STR("SELECT \"value\" FROM \"zk_setting\" WHERE \"name\"='version'"), &s));
    err e = db_step(s, &row);
    if (e == ERR_OK && !(row && str_to_int64(db_text(s, 0), out)))
        e = ERR_INTERNAL;
    db_done(s);
    return e;
}

err store_snapshot_bump(ctx *c)
{
    int64_t now;
    TRY(store_snapshot_version(c->conn, &now));
    return setting_write(c, "version", arena_printf(c->a, "%lld", (long long)now + 1));
}

err tables_changed(ctx *c)
{
    int64_t now;
    TRY(store_snapshot_bump(c));
    TRY(store_snapshot_version(c->conn, &now));
    return store_outbox_put(c, STR("tables"), 0, arena_printf(c->a, "{\"version\":\"%lld\"}", (long long)now));
}

err store_choice_add(ctx *c, const field *f, str key, str label)
{
    statement s;
    TRY(sql_open(c,
                 STR("INSERT INTO "
                     "\"zk_choice\"(\"entity\",\"field\",\"name\",\"label_en\",\"label_zh\",\"position\",\"retired\")"
                     "VALUES($1,$2,$3,$4,$5,$6,$7) ON CONFLICT(\"entity\",\"field\",\"name\") DO NOTHING"),
                 &s));
    sql_text(&s, f->owner->name);
    sql_text(&s, f->name);
    sql_text(&s, key);
    sql_text(&s, label);
    sql_text(&s, label);
    sql_int(&s, (int64_t)f->choice_count + 1000);
    db_bind_bool(s.s, ++s.n, false);
    TRY(sql_run(&s));
    return store_snapshot_bump(c);
}
