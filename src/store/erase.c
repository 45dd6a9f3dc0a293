/* HIST-2: one person's data are erased, with the traces they left everywhere (person.h says what and what not). */
#include "store/audit.h"
#include "store/person.h"
#include "store/person_inside.h"

typedef struct {
    ctx          *c;
    person        who;
    str           mark;
    map          *fields; /* names of those that were erased, over all records */
    str           names[64];
    size_t        field_count;
    int64_t       touched, history, files, notices, answers;
    person_words *words;
    erased_kept   kept;
} erasing;

static void note_field(erasing *x, const field *f)
{
    if (map_get(x->fields, f->name) || x->field_count == countof(x->names))
        return;
    map_put(x->fields, f->name, x);
    x->names[x->field_count++] = f->name;
}

/* ---- which fields ---- */

static bool may_hold_a_person(const field *f)
{
    switch (f->type) {
    case FT_TEXT:
    case FT_LONG_TEXT:
    case FT_EMAIL:
    case FT_PHONE:
    case FT_URL:
    case FT_DATE:
    case FT_JSON: return true;
    default: return false;
    }
}

/* Of the person's own record more than of what only points at it. */
static bool is_personal(const field *f)
{
    bool own = f->owner->def->person;
    if (!field_stored(f) || !may_hold_a_person(f))
        return false;
    return f->flags & FF_PERSONAL || (own && (f->flags & FF_CUSTOM || str_eq(f->name, STR("external_id"))));
}

static bool empty_fields(erasing *x, rec *next)
{
    bool any = false;
    for (size_t i = 0; i < next->e->field_count; i++) {
        const field *f = &next->e->fields[i];
        if (!is_personal(f) || !next->v[i].set)
            continue;
        bool needed = f->flags & FF_REQUIRED || (int)i == next->e->title;
        if (next->e->def->person && f->type != FT_DATE)
            person_word_add(x->c, x->words, f, next->v[i].s);
        next->v[i] = (value){ .set = needed, .s = needed ? x->mark : (str){ 0 } };
        note_field(x, f);
        any = true;
    }
    return any;
}

/* ---- what was written down: JSON with old and new values, and names of records in it ---- */

typedef struct {
    const erasing *x;
    const entity  *e;    /* whose fields they are; NULL: of others, where only names are looked for */
    bool           done; /* something was replaced */
} rewriting;

static bool names_one(const rewriting *r, const json *object)
{
    const json *id = json_get(object, STR("id"));
    int64_t     n = 0;
    if (!json_is(id, JSON_STRING) || !str_to_int64(id->text, &n))
        return false;
    for (size_t i = 0; i < r->x->who.count; i++)
        if (r->x->who.list[i].id == n)
            return true;
    return false;
}

static void put_rewritten(rewriting *r, const json *j, json_writer *w)
{
    if (j->kind != JSON_OBJECT && j->kind != JSON_ARRAY) {
        json_value(w, j);
        return;
    }
    bool ours = j->kind == JSON_OBJECT && names_one(r, j);
    if (j->kind == JSON_OBJECT)
        json_object(w);
    else
        json_array(w);
    for (const json *m = j->first; m; m = m->next) {
        if (j->kind == JSON_OBJECT)
            json_key(w, m->key);
        if (ours && str_eq(m->key, STR("name")) && m->kind == JSON_STRING && !str_eq(m->text, r->x->mark)) {
            json_string(w, r->x->mark);
            r->done = true;
        } else {
            put_rewritten(r, m, w);
        }
    }
    if (j->kind == JSON_OBJECT)
        json_object_end(w);
    else
        json_array_end(w);
}

/* {"old":…,"new":…} of a personal field: the mark where there was something. */
static void put_pair(rewriting *r, const field *f, const json *pair, json_writer *w)
{
    json_object(w);
    for (const json *m = pair->first; m; m = m->next) {
        if (f && r->e->def->person && m->kind == JSON_STRING && !str_eq(m->text, r->x->mark))
            person_word_add(r->x->c, r->x->words, f, m->text);
        json_key(w, m->key);
        if (m->kind == JSON_NULL) {
            json_null(w);
        } else {
            r->done = r->done || m->kind != JSON_STRING || !str_eq(m->text, r->x->mark);
            json_string(w, r->x->mark);
        }
    }
    json_object_end(w);
}

static void put_fields(rewriting *r, const json *tree, json_writer *w)
{
    json_object(w);
    for (const json *m = tree->first; m; m = m->next) {
        const field *f = r->e ? entity_field(r->e, m->key) : NULL;
        json_key(w, m->key);
        /* of the person's own record what is no field any more may have been one of theirs */
        if (m->kind == JSON_OBJECT && r->e && (f ? is_personal(f) : r->e->def->person))
            put_pair(r, f, m, w);
        else
            put_rewritten(r, m, w);
    }
    json_object_end(w);
}

static str rewritten(void *arg, ctx *c, str text, bool *done)
{
    rewriting  *r = arg;
    json       *tree;
    json_fault  fault;
    buf         b;
    json_writer w;
    r->done = false;
    if (json_parse(c->a, text, &tree, &fault) != ERR_OK || tree->kind != JSON_OBJECT)
        return text;
    buf_init(&b, 8 << 20);
    json_begin(&w, &b);
    put_fields(r, tree, &w);
    str out = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    *done = r->done;
    return out;
}

/* ---- rows in pages: read, then written ---- */

typedef struct {
    int64_t key;
    str     text;
} kept_text;

enum { PAGE = 200 };

static err page_of(ctx *c, str sql, int64_t after, int64_t record, str pattern, kept_text *rows, size_t *n)
{
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    *n = 0;
    TRY(sql_open(c, sql, &s));
    sql_int(&s, after);
    if (record)
        sql_int(&s, record);
    if (pattern.n)
        sql_text(&s, pattern);
    sql_int(&s, PAGE);
    while (*n < PAGE && (e = sql_row(&s, &row)) == ERR_OK && row)
        rows[(*n)++] = (kept_text){ db_int(s.s, 0), db_null(s.s, 1) ? (str){ 0 } : arena_str(c->a, db_text(s.s, 1)) };
    sql_close(&s);
    return e;
}

err rewrite_rows(ctx *c, str read, str write, int64_t record, str pattern, row_rewrite rewrite, void *arg,
                 int64_t *count)
{
    int64_t last = 0;
    for (size_t n = PAGE; n == PAGE;) {
        kept_text *rows = arena_make_n(c->a, kept_text, PAGE);
        TRY(page_of(c, read, last, record, pattern, rows, &n));
        for (size_t i = 0; i < n; i++) {
            bool      done = false;
            str       text = rewrite(arg, c, rows[i].text, &done);
            statement s;
            last = rows[i].key;
            if (!done)
                continue;
            TRY(sql_open(c, write, &s));
            sql_text(&s, text);
            sql_int(&s, rows[i].key);
            TRY(sql_run(&s));
            ++*count;
        }
    }
    return ERR_OK;
}

#define WRITE_HISTORY STR("UPDATE \"zk_history\" SET \"fields\"=$1 WHERE \"seq\"=$2")

static err erase_history_of(erasing *x, const entity *e, int64_t id)
{
    rewriting r = { .x = x, .e = e };
    return rewrite_rows(x->c,
                        STR("SELECT \"seq\",\"fields\" FROM \"zk_history\" WHERE \"seq\">$1 AND \"record\"=$2 ORDER BY "
                            "\"seq\" LIMIT $3"),
                        WRITE_HISTORY, id, (str){ 0 }, rewritten, &r, &x->history);
}

/* Whoever points or pointed at them wrote their name of that day. */
static err erase_name_elsewhere(erasing *x, int64_t id)
{
    rewriting r = { .x = x };
    int64_t   jobs = 0;
    str       pattern = arena_printf(x->c->a, "%%\"id\":\"%lld\",\"name\":%%", (long long)id);
    TRY(rewrite_rows(x->c,
                     STR("SELECT \"seq\",\"fields\" FROM \"zk_history\" WHERE \"seq\">$1 AND CAST(\"fields\" AS TEXT) "
                         "LIKE $2 ORDER BY \"seq\" LIMIT $3"),
                     WRITE_HISTORY, 0, pattern, rewritten, &r, &x->history));
    return rewrite_rows(
        x->c,
        STR("SELECT \"id\",\"result\" FROM \"zk_job\" WHERE \"id\">$1 AND CAST(\"result\" AS TEXT) LIKE "
            "$2 ORDER BY \"id\" LIMIT $3"),
        STR("UPDATE \"zk_job\" SET \"result\"=$1 WHERE \"id\"=$2"), 0, pattern, rewritten, &r, &jobs);
}

/* ---- what hangs on a record without being one ---- */

static err say(erasing *x, str sql, int64_t id, str text, int64_t *count)
{
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    TRY(sql_open_secret(x->c, sql, &s));
    if (text.n)
        sql_text(&s, text);
    if (id)
        sql_int(&s, id);
    while (e == ERR_OK && row) {
        e = sql_row(&s, &row);
        if (e == ERR_OK && row && count)
            ++*count;
    }
    sql_close(&s);
    return e;
}

/* An undo would bring back what is erased; and an operation's note is the name of its record. */
static err erase_pictures(erasing *x, int64_t id)
{
    TRY(say(x,
            STR("UPDATE \"zk_operation\" SET \"note\"=$1 WHERE \"kind\" IN ('merge','delete','convert') AND \"id\" IN "
                "(SELECT \"operation\" FROM \"zk_picture\" WHERE \"record\"=$2)"),
            id, x->mark, NULL));
    return say(x, STR("DELETE FROM \"zk_picture\" WHERE \"record\"=$1"), id, (str){ 0 }, NULL);
}

static err erase_files(erasing *x, int64_t id)
{
    TRY(say(x,
            STR("DELETE FROM \"zk_file_chunk\" WHERE \"file\" IN (SELECT \"id\" FROM \"zk_file\" WHERE \"about\"=$1)"),
            id, (str){ 0 }, NULL));
    return say(x, STR("DELETE FROM \"zk_file\" WHERE \"about\"=$1 RETURNING \"id\""), id, (str){ 0 }, &x->files);
}

static err erase_answers(erasing *x, int64_t id)
{
    return say(x,
               db_conn_kind(x->c->conn) == DB_SQLITE
                   ? STR("DELETE FROM \"zk_idempotency\" WHERE instr(\"body\",CAST($1 AS BLOB))>0 RETURNING \"name\"")
                   : STR("DELETE FROM \"zk_idempotency\" WHERE position(convert_to($1,'UTF8') in \"body\")>0 RETURNING "
                         "\"name\""),
               0, arena_printf(x->c->a, "\"%lld\"", (long long)id), &x->answers);
}

static err erase_beside(erasing *x, int64_t id)
{
    TRY(erase_pictures(x, id));
    TRY(erase_files(x, id));
    TRY(say(x, STR("DELETE FROM \"zk_notice\" WHERE \"record\"=$1 RETURNING \"id\""), id, (str){ 0 }, &x->notices));
    TRY(say(x, STR("UPDATE \"zk_outbox\" SET \"data\"=NULL WHERE \"record\"=$1"), id, (str){ 0 }, NULL));
    return erase_answers(x, id);
}

/* ---- records ---- */

static err save_erased(erasing *x, const rec *r, rec *next)
{
    x->c->erasing = x->mark;
    err e = record_write(x->c, r, next, WHAT_UPDATE);
    x->c->erasing = (str){ 0 };
    return e;
}

static err erase_record(erasing *x, const person_record *p)
{
    rec *r;
    TRY(store_load_any(x->c, p->e, p->id, &r));
    rec *next = rec_copy(x->c, r);
    (void)empty_fields(x, next);
    TRY(save_erased(x, r->old, next));
    return erase_history_of(x, p->e, p->id);
}

static bool named_after(const field *f)
{
    str list = f->owner->def->title_from ? str_from(f->owner->def->title_from) : (str){ 0 };
    while (list.n > 0) {
        ptrdiff_t cut = str_find_char(list, ',');
        if (str_eq(cut < 0 ? list : str_sub(list, 0, cut), f->name))
            return true;
        list = cut < 0 ? (str){ 0 } : str_sub(list, cut + 1, list.n);
    }
    return false;
}

bool person_is_told_of(const entity *e)
{
    for (size_t i = 0; i < e->field_count && !e->def->person; i++)
        if (is_personal(&e->fields[i]))
            return true;
    return false;
}

/* What points at them: their name in its name, what a visitor sent, who reported it. Its pictures would bring that back. */
static err erase_pointing(erasing *x, const field *f, int64_t id)
{
    bool named = named_after(f), holds = person_is_told_of(f->owner);
    rec *r;
    if (!named && !holds)
        return ERR_OK;
    TRY(store_load_any(x->c, f->owner, id, &r));
    rec *next = rec_copy(x->c, r);
    bool changed = holds && empty_fields(x, next);
    if (named)
        TRY(record_compose_name(x->c, next));
    if (holds)
        TRY(erase_history_of(x, f->owner, id));
    if (!changed && !named)
        return ERR_OK;
    x->touched++;
    TRY(erase_pictures(x, id));
    return save_erased(x, r->old, next);
}

static err erase_around(erasing *x, const person_record *p)
{
    for (size_t i = 0; i < p->e->pointing_count; i++) {
        const field *f = p->e->pointing[i];
        int64_t     *ids;
        size_t       n;
        if (!person_points(f))
            continue;
        TRY(person_referring(x->c, f, p->id, &ids, &n));
        for (size_t k = 0; k < n; k++)
            TRY(erase_pointing(x, f, ids[k]));
    }
    return ERR_OK;
}

/* ---- the whole ---- */

static str fields_json(const erasing *x)
{
    buf         b;
    json_writer w;
    buf_init(&b, 64 << 10);
    json_begin(&w, &b);
    json_array(&w);
    for (size_t i = 0; i < x->field_count; i++)
        json_string(&w, x->names[i]);
    json_array_end(&w);
    str out = arena_str(x->c->a, buf_str(&b));
    buf_free(&b);
    return out;
}

/* From here to the end the guard of history lets values be put out (guard.c). */
static err begin(erasing *x, const person_record *p, int64_t *id)
{
    statement s;
    TRY(db_next_id(x->c->conn, id));
    TRY(sql_open(
        x->c, STR("INSERT INTO \"zk_erasure\"(\"id\",\"entity\",\"record\",\"at\",\"by_user\")VALUES($1,$2,$3,$4,$5)"),
        &s));
    sql_int(&s, *id);
    sql_text(&s, p->e->name);
    sql_int(&s, p->id);
    sql_time(&s, x->c->now_ms);
    sql_id(&s, x->c->actor.user);
    return sql_run(&s);
}

static err end(erasing *x, int64_t id)
{
    statement s;
    TRY(sql_open(x->c, STR("UPDATE \"zk_erasure\" SET \"fields\"=$1,\"done_at\"=$2 WHERE \"id\"=$3"), &s));
    sql_text(&s, fields_json(x));
    sql_time(&s, x->c->now_ms);
    sql_int(&s, id);
    return sql_run(&s);
}

static err tell(erasing *x, const person_record *p)
{
    buf b;
    buf_init(&b, 4096);
    for (size_t i = 0; i < x->field_count; i++)
        buf_printf(&b, "%s%.*s", i ? ", " : "", STR_ARG(x->names[i]));
    const audit_word words[] = { { .name = "fields", .text = arena_str(x->c->a, buf_str(&b)) },
                                 { .name = "history", .number = x->history },
                                 { .name = "files", .number = x->files + (int64_t)x->kept.count },
                                 { .name = "conditions", .number = x->kept.conditions },
                                 { 0 } };
    buf_free(&b);
    return audit_write_of(x->c, AUDIT_ERASED, 0, p->e->name, p->id, words);
}

static err erase_all(erasing *x)
{
    int64_t ids[PERSON_RECORDS];
    for (size_t i = 0; i < x->who.count; i++)
        TRY(begin(x, &x->who.list[i], &ids[i]));
    for (size_t i = 0; i < x->who.count; i++) {
        const person_record *p = &x->who.list[i];
        TRY(erase_record(x, p));
        TRY(erase_around(x, p));
        TRY(erase_name_elsewhere(x, p->id));
        TRY(erase_beside(x, p->id));
    }
    TRY(erase_kept(x->c, &x->who, x->words, x->mark, &x->kept));
    for (size_t i = 0; i < x->who.count; i++) {
        TRY(end(x, ids[i]));
        TRY(tell(x, &x->who.list[i]));
    }
    return ERR_OK;
}

static err put_report(erasing *x, bool preview, json_writer *w)
{
    json_object(w);
    json_put_bool(w, "preview", preview);
    json_key(w, STR("records"));
    json_array(w);
    for (size_t i = 0; i < x->who.count; i++) {
        rec *r;
        TRY(store_load_any(x->c, x->who.list[i].e, x->who.list[i].id, &r));
        json_object(w);
        json_put_string(w, "entity", r->e->name);
        json_put_id(w, "id", r->id);
        json_put_string(w, "name", record_name(r));
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, STR("fields"));
    json_raw(w, fields_json(x));
    json_put_int(w, "touched", x->touched);
    json_put_int(w, "history", x->history);
    json_put_int(w, "files", x->files);
    json_put_int(w, "notices", x->notices);
    json_put_int(w, "answers", x->answers);
    json_put_int(w, "conditions", x->kept.conditions);
    json_key(w, STR("job_files"));
    json_array(w);
    for (size_t i = 0; i < x->kept.count; i++) {
        json_object(w);
        json_put_id(w, "job", x->kept.list[i].job);
        json_put_id(w, "file", x->kept.list[i].file);
        json_put_string(w, "name", x->kept.list[i].name);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
    return ERR_OK;
}

/* A preview does it all and takes it back: so it tells exactly what would happen. */
static err previewed(erasing *x)
{
    store_mark mark;
    TRY(store_savepoint(x->c, &mark));
    TRY(erase_all(x));
    return store_savepoint_rollback(x->c, &mark);
}

static err read_request(ctx *c, const rec *on, const json *in, bool *preview)
{
    str confirm = { 0 };
    for (const json *m = in ? in->first : NULL; m; m = m->next) {
        if (str_eq(m->key, STR("preview")) && (m->kind == JSON_TRUE || m->kind == JSON_FALSE))
            *preview = m->kind == JSON_TRUE;
        else if (str_eq(m->key, STR("confirm")) && m->kind == JSON_STRING)
            confirm = m->text;
        else
            (void)ctx_problem_with(c, utf8_cut(m->key, 80), STR("unknown_field"), utf8_cut(m->key, 80));
    }
    if (!*preview && !str_eq(confirm, record_name(on)))
        (void)ctx_problem(c, "confirm", STR("erase_confirm"));
    return c->problem_count ? ERR_INVALID : ERR_OK;
}

err store_action_person_erase(ctx *c, rec *on, const json *in, json_writer *w)
{
    bool    preview = false;
    erasing x = { .c = c, .fields = map_new(c->a, 64), .words = arena_make(c->a, person_words) };
    x.mark = label_get(c->snap->organisation_lang, STR("message.erased_mark"));
    TRY(person_allowed(c));
    TRY(read_request(c, on, in, &preview));
    TRY(person_find(c, on, &x.who));
    TRY(preview ? previewed(&x) : erase_all(&x));
    return put_report(&x, preview, w);
}
