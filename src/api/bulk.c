/* POST /PLURAL/bulk: many records, one operation. Not atomic: in pieces of PIECE rows, each a commit of its own.
 *
 * A savepoint for each row halves the speed, so a piece is first tried without; where a row is refused after something may
 * have been written, the piece is rolled back and run again with them. */
#include "api/rest.h"
#include "base/limits.h"
#include "store/audit.h"

enum { PIECE = 200 };
enum { CHANGED, REFUSED }; /* of call.next.counts */

typedef enum { DO_CREATE, DO_UPDATE, DO_DELETE, DO_RESTORE, DO_COUNT } row_do;
static const char *const do_names[DO_COUNT] = { "create", "update", "delete", "restore" };

typedef struct {
    row_do      what;
    int64_t     id, version;
    const json *record;
} row;

typedef struct {
    row     *rows;
    size_t   count;
    bool     atomic, savepoints;
    bool     careful;  /* each row's statements are over before the next begins */
    problem *problems; /* atomic: of all rows */
    size_t   problem_count;
    err      worst;
} bulk;

/* ---- what the body says ---- */

static void bad_row(call *k, size_t i, const char *member, str code)
{
    (void)ctx_problem_with(&k->c, arena_printf(k->c.a, "rows[%zu]%s%s", i, *member ? "." : "", member), code,
                           (str){ 0 });
}

static bool read_do(const json *j, row_do *out)
{
    for (int i = 0; j && j->kind == JSON_STRING && i < DO_COUNT; i++)
        if (str_eq(j->text, str_from(do_names[i]))) {
            *out = (row_do)i;
            return true;
        }
    return false;
}

static void read_row(call *k, size_t i, const json *j, row *out)
{
    static const char *const known[] = { "do", "id", "version", "record" };
    const json              *id = json_get(j, STR("id")), *version = json_get(j, STR("version"));
    if (j->kind != JSON_OBJECT) {
        bad_row(k, i, "", STR("type"));
        return;
    }
    for (const json *m = j->first; m; m = m->next) {
        bool found = false;
        for (size_t n = 0; n < countof(known); n++)
            found |= str_eq(m->key, str_from(known[n]));
        if (!found)
            bad_row(k, i, arena_cstr(k->c.a, utf8_cut(m->key, 80)), STR("unknown_field"));
    }
    if (!read_do(json_get(j, STR("do")), &out->what)) {
        bad_row(k, i, "do", STR("not_a_choice"));
        return;
    }
    bool wants_id = out->what != DO_CREATE, wants_record = out->what == DO_CREATE || out->what == DO_UPDATE;
    if (wants_id && (!json_is(id, JSON_STRING) || !str_to_int64(id->text, &out->id) || out->id <= 0))
        bad_row(k, i, "id", STR("not_an_id"));
    if (version && !json_int64(version, &out->version))
        bad_row(k, i, "version", STR("type"));
    out->record = json_get(j, STR("record"));
    if (wants_record && !json_is(out->record, JSON_OBJECT))
        bad_row(k, i, "record", STR("not_an_object"));
}

err bulk_prepare(call *k)
{
    static const char *const names[] = { "rows", "atomic", NULL };
    bulk                    *b = arena_make(k->r->a, bulk);
    const json              *rows = body_member(k, "rows");
    k->state = b;
    b->atomic = body_bool(k, "atomic");
    TRY(body_check(k, names));
    if (!json_is(rows, JSON_ARRAY))
        return ctx_problem(&k->c, "rows", STR("required"));
    if (rows->count > LIMIT_BULK_ROWS)
        return ctx_problem_with(&k->c, STR("rows"), STR("too_many_rows"), STR("10000"));
    b->rows = arena_make_n(k->r->a, row, rows->count + 1);
    for (const json *j = rows->first; j; j = j->next) {
        read_row(k, b->count, j, &b->rows[b->count]);
        b->count++;
    }
    if (b->atomic)
        b->problems = arena_make_n(k->r->a, problem, LIMIT_LIST);
    return k->c.problem_count ? ERR_INVALID : ERR_OK;
}

/* ---- one row ---- */

typedef struct {
    int     status;
    int64_t id, version;
} row_result;

static err save_row(call *k, rec *r, const row *w, bool *untouched)
{
    err e = store_patch(&k->c, r, w->record);
    if (e != ERR_OK) {
        *untouched = true; /* only words were looked at; the other rules would be asked by the save */
        return e;
    }
    return store_save(&k->c, r, w->version);
}

static err run_row(call *k, const row *w, row_result *out, bool *untouched)
{
    rec *r;
    out->id = w->id;
    switch (w->what) {
    case DO_CREATE:
        r = store_new(&k->c, k->e);
        TRY(save_row(k, r, w, untouched));
        *out = (row_result){ 201, r->id, r->version };
        return ERR_OK;
    case DO_UPDATE: {
        err e = store_load(&k->c, k->e, w->id, &r);
        if (e != ERR_OK) {
            *untouched = e == ERR_NOT_FOUND;
            return e;
        }
        TRY(save_row(k, r, w, untouched));
        *out = (row_result){ 200, r->id, r->version };
        return ERR_OK;
    }
    case DO_DELETE:
        TRY(store_delete(&k->c, k->e, w->id, w->version));
        *out = (row_result){ 204, w->id, 0 };
        return ERR_OK;
    default:
        TRY(store_restore(&k->c, k->e, w->id));
        *out = (row_result){ 200, w->id, 0 };
        return ERR_OK;
    }
}

/* A refusal of this row, not a failure of the whole. */
static bool belongs_to_row(err e)
{
    return e == ERR_INVALID || e == ERR_NOT_FOUND || e == ERR_FORBIDDEN || e == ERR_CONFLICT || e == ERR_STALE;
}

/* Another transaction wrote the same: PostgreSQL may tell it at a later row's statement. Asked again, row by row, the rules
 * say which it is. */
static bool told_late(call *k, bulk *b, err e)
{
    if (e != ERR_CONFLICT || k->c.detail.n || k->c.problem_count || b->careful)
        return false;
    b->careful = b->savepoints = k->rerun = true;
    return true;
}

static err run_whole_row(call *k, const bulk *b, const row *w, row_result *out, bool *untouched)
{
    TRY(run_row(k, w, out, untouched));
    return b->careful ? db_settle(k->c.conn) : ERR_OK;
}

static void put_result(call *k, const row_result *r, err e)
{
    k->next.counts[e == ERR_OK ? CHANGED : REFUSED]++;
    json_object(&k->w);
    json_put_int(&k->w, "status", e == ERR_OK ? r->status : err_http(e));
    if (r->id)
        json_put_id(&k->w, "id", r->id);
    if (e == ERR_OK && r->version)
        json_put_int(&k->w, "version", r->version);
    if (e != ERR_OK) {
        json_put_string(&k->w, "code", problem_code_of(&k->c, e));
        str detail =
            k->c.detail.n ? k->c.detail : label_get(k->c.lang, arena_printf(k->c.a, "message.%s", err_name(e)));
        json_put_string(&k->w, "detail", detail);
        problem_errors(&k->c, (str){ 0 }, &k->w);
    }
    json_object_end(&k->w);
}

static void forget_refusal(call *k)
{
    k->c.problem_count = 0;
    k->c.code = k->c.detail = (str){ 0 };
}

/* ---- pieces ---- */

static err run_one_by_one(call *k, bulk *b, const row *w)
{
    row_result r = { 0 };
    bool       untouched = false;
    store_mark mark;
    forget_refusal(k);
    if (b->savepoints)
        TRY(store_savepoint(&k->c, &mark));
    err e = run_whole_row(k, b, w, &r, &untouched);
    if (e == ERR_OK && b->savepoints)
        e = store_savepoint_release(&k->c);
    if (told_late(k, b, e))
        return e;
    if (e == ERR_OK) {
        /* kept */
    } else if (!belongs_to_row(e)) {
        return e;
    } else if (b->savepoints) {
        TRY(store_savepoint_rollback(&k->c, &mark));
    } else if (!untouched) {
        b->savepoints = k->rerun = true;
        return e;
    }
    put_result(k, &r, e);
    return ERR_OK;
}

static void note_problems(call *k, bulk *b, size_t i, err e)
{
    if (k->c.problem_count == 0 && b->problem_count < LIMIT_LIST) {
        str detail =
            k->c.detail.n ? k->c.detail : label_get(k->c.lang, arena_printf(k->c.a, "message.%s", err_name(e)));
        b->problems[b->problem_count++] = (problem){ .field = arena_printf(k->c.a, "rows[%zu]", i),
                                                     .code = problem_code_of(&k->c, e),
                                                     .message = detail };
    }
    for (size_t n = 0; n < k->c.problem_count && b->problem_count < LIMIT_LIST; n++) {
        problem p = k->c.problems[n];
        p.field = arena_printf(k->c.a, "rows[%zu].%.*s", i, STR_ARG(p.field));
        b->problems[b->problem_count++] = p;
    }
    k->c.problems = NULL;
    k->c.problem_count = k->c.problem_room = 0;
    k->c.code = k->c.detail = (str){ 0 };
}

/* All or nothing: the first that is more than bad words ends it; nothing is kept anyhow. */
static err run_atomic(call *k, bulk *b)
{
    b->problem_count = 0;
    b->worst = ERR_OK;
    for (size_t i = 0; i < b->count; i++) {
        row_result r = { 0 };
        bool       untouched = false;
        err        e = run_whole_row(k, b, &b->rows[i], &r, &untouched);
        if (e == ERR_OK) {
            put_result(k, &r, e);
            continue;
        }
        if (!belongs_to_row(e) || told_late(k, b, e))
            return e;
        note_problems(k, b, i, e);
        b->worst = b->worst == ERR_OK ? e : b->worst;
        if (!untouched && e != ERR_INVALID)
            break;
    }
    if (b->worst == ERR_OK)
        return ERR_OK;
    k->c.problems = b->problems;
    k->c.problem_count = k->c.problem_room = b->problem_count;
    return ERR_INVALID;
}

/* HIST-3: with the last piece. */
static err tell_end(call *k)
{
    const audit_word words[] = { { .name = "what", .text = STR("done") },
                                 { .name = "operation", .number = k->next.operation },
                                 { .name = "of", .text = k->e->name },
                                 { .name = "changed", .number = k->next.counts[CHANGED] },
                                 { .name = "refused", .number = k->next.counts[REFUSED] },
                                 { 0 } };
    return audit_write(&k->c, AUDIT_BULK, 0, words);
}

err record_bulk(call *k)
{
    bulk *b = k->state;
    if (!permit_entity(&k->c.actor, k->e, VERB_BULK))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    if (k->next.operation)
        store_operation_join(&k->c, k->next.operation);
    else
        TRY(store_operation_begin_with(&k->c, STR("bulk"), k->e->name,
                                       (audit_word[]){ { .name = "rows", .number = (int64_t)b->count }, { 0 } },
                                       &k->next.operation));
    if (k->next.at == 0) {
        json_object(&k->w);
        json_key(&k->w, STR("results"));
        json_array(&k->w);
    }
    size_t end = b->atomic ? b->count : (size_t)k->next.at + PIECE;
    if (end > b->count)
        end = b->count;
    if (b->atomic)
        TRY(run_atomic(k, b));
    for (size_t i = (size_t)k->next.at; i < end && !b->atomic; i++)
        TRY(run_one_by_one(k, b, &b->rows[i]));
    forget_refusal(k);
    err e = db_settle(k->c.conn);
    if (e != ERR_OK)
        return told_late(k, b, e) ? ERR_CONFLICT : e;
    k->next.at = (int64_t)end;
    k->again = end < b->count;
    if (k->again)
        return ERR_OK;
    TRY(tell_end(k));
    json_array_end(&k->w);
    json_put_id(&k->w, "operation", k->next.operation);
    json_object_end(&k->w);
    store_operation_end(&k->c);
    return ERR_OK;
}
