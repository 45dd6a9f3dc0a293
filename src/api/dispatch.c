/* The way of every request: find the operation, know the person, check, run in the right lane and transaction, answer. */
#include "api/call.h"
#include "api/outside.h"
#include "api/session.h"
#include "base/date.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/random.h"
#include "store/kept.h"

enum { TRIES = 8, KEY_MAX = 200 };
enum { RELOADS = 100 }; /* each says that somebody else has changed the tables: nobody waits in vain for long */

/* ---- what a call begins with ---- */

static void adopt_tables(call *k)
{
    snapshot_unpin((snapshot *)(uintptr_t)k->c.snap);
    k->c.snap = server_tables(k->s);
    k->reload = false;
}

static call *call_open(http_request *r, server *s)
{
    call *k = arena_make(r->a, call);
    r->user = k;
    k->r = r;
    k->s = s;
    k->op = paths_find(s->paths, r->method, r->path, k->parts, &k->part_count);
    ASSERT(k->op); /* the HTTP server has matched the same table */
    k->c = (ctx){ .a = r->a, .db = s->d, .now_ms = clock_now_ms(), .position = -1 };
    k->c.snap = server_tables(s);
    k->c.zone = k->c.snap->zone;
    k->c.address = r->client;
    k->c.agent = http_header(r, "User-Agent");
    str accept = http_header(r, "Accept-Language");
    k->c.lang = accept.n ? lang_from(accept) : k->c.snap->organisation_lang;
    json_begin(&k->w, &r->reply.body);
    return k;
}

/* ---- checks that need no database ---- */

typedef struct {
    call *k;
    str   unknown;
} param_check;

static void check_param(void *arg, str name, str text)
{
    param_check    *c = arg;
    const op_param *p = c->k->op->params;
    (void)text;
    for (; p && p->name; p++)
        if (p->name[0] == '*' || str_eq(name, str_from(p->name)))
            return; /* '*': a view's parameters are checked against the room's list */
    c->unknown = name;
}

static err check_params(call *k)
{
    param_check c = { k, { 0 } };
    if (k->op->flags & OP_PUBLIC && !k->op->params)
        return ERR_OK;
    http_each_param(k->r, check_param, &c);
    if (c.unknown.p)
        return ctx_refuse(&k->c, ERR_MALFORMED, STR("unknown_parameter"), utf8_cut(c.unknown, 60));
    return ERR_OK;
}

static bool json_media(const call *k)
{
    str       type = http_header(k->r, "Content-Type");
    ptrdiff_t semicolon = str_find_char(type, ';');
    str       name = str_trim(semicolon < 0 ? type : str_sub(type, 0, semicolon));
    str       rest = semicolon < 0 ? (str){ 0 } : str_trim(str_sub(type, semicolon + 1, type.n));
    if (rest.n > 8 && str_eq_nocase(str_sub(rest, 0, 8), STR("charset="))) {
        str charset = str_sub(rest, 8, rest.n);
        if (!str_eq_nocase(charset, STR("utf-8")) && !str_eq_nocase(charset, STR("\"utf-8\"")))
            return false;
    }
    return str_eq_nocase(name, STR("application/json")) ||
           (k->op->flags & OP_PATCH && str_eq_nocase(name, STR("application/merge-patch+json")));
}

typedef struct {
    call *k;
    json *object, *last;
    bool  twice;
} form_body;

static void take_pair(void *arg, str name, str text)
{
    form_body *f = arg;
    json      *j = arena_make(f->k->r->a, json);
    f->twice = f->twice || json_get(f->object, name);
    *j = (json){ .kind = JSON_STRING, .text = text, .key = name };
    if (f->last)
        f->last->next = j;
    else
        f->object->first = j;
    f->last = j;
    f->object->count++;
}

static bool form_media(const call *k)
{
    str       type = http_header(k->r, "Content-Type");
    ptrdiff_t semicolon = str_find_char(type, ';');
    return k->op->flags & OP_FORM && str_eq_nocase(str_trim(semicolon < 0 ? type : str_sub(type, 0, semicolon)),
                                                   STR("application/x-www-form-urlencoded"));
}

static err read_form(call *k)
{
    form_body f = { .k = k, .object = arena_make(k->r->a, json) };
    *f.object = (json){ .kind = JSON_OBJECT };
    if (http_form(k->r, take_pair, &f) != ERR_OK || f.twice)
        return ctx_unreadable(&k->c, -1, "form", (str){ 0 }, (str){ 0 });
    for (const json *j = f.object->first; j; j = j->next)
        if (str_find_char(j->text, 0) >= 0 || str_find_char(j->key, 0) >= 0)
            return ctx_unreadable(&k->c, -1, "form", (str){ 0 }, (str){ 0 });
    k->in = f.object;
    return ERR_OK;
}

static err check_body(call *k)
{
    json      *tree;
    json_fault fault;
    uint32_t   f = k->op->flags;
    if (!(f & (OP_BODY | OP_BODY_MAYBE)))
        return ERR_OK;
    if (k->r->body.n == 0 && !(f & OP_BODY))
        return ERR_OK;
    if (form_media(k))
        return read_form(k);
    if (!json_media(k))
        return ERR_MEDIA_TYPE;
    if (json_parse(k->r->a, k->r->body, &tree, &fault) != ERR_OK)
        return ctx_malformed(&k->c, fault.position, "%s",
                             label_get(k->c.lang, arena_printf(k->c.a, "json.%s", fault.what)).p);
    if (tree->kind != JSON_OBJECT)
        return ctx_unreadable(&k->c, 0, "object", (str){ 0 }, (str){ 0 });
    k->in = tree;
    return ERR_OK;
}

/* If-Match: "7" or * ; several tags are a list of which one must hold, which with versions means the newest. */
static err check_if_match(call *k)
{
    str header = http_header(k->r, "If-Match");
    if (!(k->op->flags & OP_IF_MATCH) || header.n == 0 || str_eq(header, STR("*")))
        return ERR_OK;
    if (header.n > 2 && header.p[0] == '"' && header.p[header.n - 1] == '"' &&
        str_to_int64(str_sub(header, 1, header.n - 1), &k->if_match) && k->if_match > 0)
        return ERR_OK;
    k->if_match = INT64_MAX; /* no version of ours: it cannot hold */
    return ERR_OK;
}

static err check_key(call *k)
{
    str key = http_header(k->r, "Idempotency-Key");
    if (!(k->op->flags & OP_IDEMPOTENT) || key.n == 0)
        return ERR_OK;
    if (key.n > KEY_MAX || !utf8_valid(key))
        return ctx_unreadable(&k->c, -1, "too_long", STR("Idempotency-Key"), arena_printf(k->c.a, "%d", KEY_MAX));
    k->key = key;
    return ERR_OK;
}

static err find_target(call *k)
{
    uint32_t f = k->op->flags;
    size_t   id_part = f & OP_ENTITY ? 1 : 0;
    k->e = NULL;
    if (f & OP_ENTITY) {
        k->e = snapshot_plural(k->c.snap, k->parts[0]);
        if (!k->e)
            return ERR_NOT_FOUND;
        if (call_writes_journal(k->op, k->e)) {
            http_reply_header(k->r, "Allow", STR("GET"));
            return ERR_METHOD;
        }
    }
    if (f & (OP_RECORD | OP_ID) && (!str_to_int64(k->parts[id_part], &k->id) || k->id <= 0))
        return ERR_NOT_FOUND;
    return ERR_OK;
}

static bool changes_something(const operation *o)
{
    return (o->flags & (OP_WRITE | OP_ALONE | OP_SPOOL | OP_OUTSIDE)) != 0;
}

/* What one's session or token leaves of the calls there are. */
static err check_reach(call *k)
{
    uint32_t     f = k->op->flags;
    const actor *a = &k->c.actor;
    if (k->who.enrol && !(f & OP_ENROL))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("second_step_required"), (str){ 0 });
    if ((a->read_only && changes_something(k->op)) || (a->only.n && !(f & (OP_ENTITY | OP_NARROW))))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("token_scope"), (str){ 0 });
    return ERR_OK;
}

/* In the open transaction: who, whether at all, and what the words of the request mean. */
static err enter_known(call *k)
{
    if (!(k->op->flags & OP_PUBLIC))
        TRY(check_reach(k));
    TRY(find_target(k));
    if (k->op->flags & OP_ADMIN && !permit_is_admin(&k->c.actor))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    if (k->in)
        return ERR_OK; /* a second time: the words have not changed */
    TRY(check_params(k));
    TRY(check_if_match(k));
    TRY(check_key(k));
    return check_body(k);
}

static err enter(call *k)
{
    if (!(k->op->flags & OP_PUBLIC))
        TRY(call_authenticate(k));
    return enter_known(k);
}

/* ---- the end ---- */

static void put_etag(call *k)
{
    char text[NUM_TEXT + 2] = "\"";
    if (!k->version || !(k->op->flags & OP_ETAG))
        return;
    int n = num_format(k->version, 0, 0, text + 1) + 1;
    text[n++] = '"';
    http_reply_header(k->r, "ETag", (str){ text, n });
}

static void finish(call *k, err e)
{
    http_request *r = k->r;
    if (e == ERR_OK && r->reply.body.failed)
        e = ERR_TOO_LARGE;
    if (e != ERR_OK) {
        problem_write(k, e);
        if (k->refused_cookie.n)
            http_reply_header(r, "Set-Cookie", k->refused_cookie);
    } else if (!k->replayed) {
        r->reply.status = k->status ? k->status : k->op->status;
        put_etag(k);
        if (k->location.n)
            http_reply_header(r, "Location", k->location);
        if (r->reply.status == 204)
            buf_clear(&r->reply.body);
    }
    if (e == ERR_OK && !(k->op->flags & OP_TEXT))
        http_reply_header(r, "Cache-Control", STR("no-store"));
    snapshot_unpin((snapshot *)(uintptr_t)k->c.snap);
    k->c.snap = NULL;
}

/* ---- reading ---- */

static void begin_answer(call *k)
{
    k->r->reply.header_count = 0;
    buf_clear(&k->r->reply.body);
    json_begin(&k->w, &k->r->reply.body);
    ctx_reset(&k->c);
    k->status = k->retry_after = 0;
    k->version = 0;
}

static err read_known(call *k, bool run)
{
    err e = enter(k);
    return e == ERR_OK && run ? k->op->run(k) : e;
}

/* With the person of the last time. *used: the guess was right, or the database is away: that is the answer. */
static err run_ahead(call *k, bool *used)
{
    bool right = false, begun = call_guess(k);
    err  e = begun ? enter_known(k) : ERR_OK;
    if (begun && e == ERR_OK)
        e = k->op->run(k);
    if (!k->asked) {
        *used = true;
        return read_known(k, true);
    }
    err said = call_guessed(k, &right);
    *used = said != ERR_OK || (begun && right);
    return said != ERR_OK ? said : e;
}

static err read_in(call *k, bool run, bool ahead, bool *used)
{
    db_conn *conn;
    begin_answer(k);
    TRY(db_read_begin(k->s->d, k->r->lane == LANE_SLOW ? DB_SLOW : DB_QUICK, &conn));
    k->c.conn = conn;
    err e = ahead ? run_ahead(k, used) : read_known(k, run);
    k->c.conn = NULL;
    db_read_end(conn);
    return e;
}

static err read_once(call *k, bool run)
{
    bool used = false;
    if (run && k->op->flags & OP_AHEAD && k->r->lane == LANE_INLINE) { /* slow readers send nothing ahead */
        err e = read_in(k, run, true, &used);
        if (used)
            return e;
    }
    return read_in(k, run, false, &used);
}

static err read_run(call *k, bool run)
{
    err e = read_once(k, run);
    for (int i = 0; i < RELOADS && k->reload; i++) {
        TRY(server_tables_refresh(k->s, k->c.snap->version));
        adopt_tables(k);
        e = read_once(k, run);
    }
    return e;
}

/* ---- writing ---- */

static void write_done(void *arg, err result);

static str request_print(const call *k)
{
    sha256         h;
    unsigned char *out = arena_alloc(k->c.a, SHA256_BYTES);
    sha256_begin(&h);
    sha256_add(&h, k->r->path.p, (size_t)k->r->path.n);
    sha256_add(&h, "\n", 1);
    sha256_add(&h, k->r->body.p, (size_t)k->r->body.n);
    sha256_end(&h, out);
    return (str){ (char *)out, SHA256_BYTES };
}

/* The answer that was given under this key; ERR_NOT_FOUND: none yet. */
static err replay(call *k)
{
    kept_answer kept;
    TRY(answer_find(&k->c, k->key, &kept));
    if (!str_eq(kept.print, request_print(k)))
        return ctx_refuse(&k->c, ERR_INVALID, STR("idempotency_key_reused"), (str){ 0 });
    k->r->reply.status = (int)kept.status;
    buf_clear(&k->r->reply.body);
    buf_puts(&k->r->reply.body, kept.body);
    for (str rest = kept.headers; rest.n > 0;) {
        ptrdiff_t end = str_find_char(rest, '\n');
        str       line = end < 0 ? rest : str_sub(rest, 0, end);
        ptrdiff_t colon = str_find_char(line, ':');
        if (colon > 0)
            http_reply_header(k->r, arena_cstr(k->r->a, str_sub(line, 0, colon)),
                              str_trim(str_sub(line, colon + 1, line.n)));
        rest = end < 0 ? (str){ 0 } : str_sub(rest, end + 1, rest.n);
    }
    http_reply_header(k->r, "Idempotency-Replayed", STR("true"));
    k->replayed = true;
    return ERR_OK;
}

static err keep_answer(call *k)
{
    str headers = { 0 };
    if (k->location.n)
        headers = arena_printf(k->c.a, "Location: %.*s\n", STR_ARG(k->location));
    if (k->version && k->op->flags & OP_ETAG)
        headers = arena_printf(k->c.a, "%.*sETag: \"%lld\"\n", STR_ARG(headers), (long long)k->version);
    kept_answer a = { .print = request_print(k),
                      .status = k->status ? k->status : k->op->status,
                      .headers = headers,
                      .body = buf_str(&k->r->reply.body) };
    return answer_keep(&k->c, k->key, &a);
}

/* A second try begins where the first did. */
static void rewind_call(call *k)
{
    http_reply *p = &k->r->reply;
    arena_reset(k->c.a, k->mark);
    ctx_reset(&k->c);
    p->header_count = 0;
    p->body.n = k->body_mark;
    p->body.failed = false;
    k->w = k->w_mark;
    k->who = (access_row){ 0 };
    k->location = (str){ 0 };
    k->status = k->retry_after = 0;
    k->version = 0;
    k->again = k->rerun = k->replayed = false;
    k->next = k->done;
}

static err write_work(db_conn *conn, void *arg)
{
    call *k = arg;
    rewind_call(k);
    TRY(store_begin(&k->c, conn));
    TRY(enter(k));
    if (k->key.n) {
        err e = replay(k);
        if (e != ERR_NOT_FOUND)
            return e;
    }
    TRY(k->op->run(k));
    if (k->key.n && !k->again && k->status < 400)
        TRY(keep_answer(k));
    return store_finish(&k->c);
}

static void submit(call *k)
{
    err e = db_submit(k->s->d, write_work, k, write_done);
    if (e == ERR_OK)
        return;
    rewind_call(k);
    finish(k, e);
    http_finish(k->r);
}

static void write_done(void *arg, err result)
{
    call *k = arg;
    if (k->reload && k->reloads++ < RELOADS && server_tables_refresh(k->s, k->c.snap->version) == ERR_OK) {
        adopt_tables(k);
        submit(k);
        return;
    }
    /* two with the same new key at once: the second finds the first one's answer */
    if (result == ERR_CONFLICT && k->key.n && k->c.detail.n == 0 && k->c.problem_count == 0 && k->tries++ < TRIES) {
        submit(k);
        return;
    }
    if (result != ERR_OK && k->rerun && k->tries++ < TRIES) {
        submit(k);
        return;
    }
    if (result == ERR_OK && k->again) {
        k->tries = k->reloads = 0;
        k->done = k->next;
        k->body_mark = k->r->reply.body.n;
        k->w_mark = k->w;
        submit(k);
        return;
    }
    if (result == ERR_OK)
        server_woken(k->s);
    http_request *r = k->r;
    finish(k, result);
    http_finish(r);
}

/* Only who it is. Nobody can narrow that question: what takes too long is an engine that is busy. ERR_TOO_SLOW on the inline
 * lane alone: ask again on the slow one, with more time. */
static err who_is_it(call *k)
{
    err e = read_run(k, false);
    return e == ERR_TOO_SLOW && k->r->lane == LANE_SLOW ? ERR_UNAVAILABLE : e;
}

/* Who it is, is read in the writing transaction; here it keeps strangers from the writers' queue, so a secret that was good
 * the last time is good enough. */
static err before_write(call *k)
{
    err e = ERR_OK;
    begin_answer(k);
    return call_assume(k, &e) ? (e == ERR_OK ? enter_known(k) : e) : who_is_it(k);
}

/* The slow lane may be full and never call again, so nothing is kept for it: it begins anew. */
static http_outcome to_slow_lane(call *k)
{
    snapshot_unpin((snapshot *)(uintptr_t)k->c.snap);
    k->r->reply.header_count = 0;
    buf_clear(&k->r->reply.body);
    k->r->user = NULL;
    return HTTP_SLOW;
}

static http_outcome write_run(call *k)
{
    err e = before_write(k);
    if (e == ERR_TOO_SLOW && k->r->lane == LANE_INLINE)
        return to_slow_lane(k);
    if (e == ERR_OK && k->op->prepare)
        e = k->op->prepare(k);
    if (e != ERR_OK) {
        finish(k, e);
        return HTTP_DONE;
    }
    k->body_mark = k->r->reply.body.n;
    k->w_mark = k->w;
    k->mark = arena_here(k->c.a);
    submit(k);
    return HTTP_LATER;
}

/* ---- the handler ---- */

static bool wants_slow(const call *k)
{
    return (k->op->flags & (OP_SLOW | OP_ALONE)) != 0 && k->r->lane == LANE_INLINE;
}

void call_outside(call *k)
{
    http_request *r = k->r;
    r->lane = LANE_SLOW; /* as far as the database is concerned */
    err e = who_is_it(k);
    if (e == ERR_OK)
        e = k->op->run(k);
    finish(k, e);
    http_finish(r);
}

http_outcome call_handle(http_request *r, void *arg)
{
    call *k = r->user;
    if (!k)
        k = call_open(r, arg);
    if (k->op->flags & OP_OUTSIDE) {
        if (outside_push(k->s->outside, k))
            return HTTP_LATER;
        finish(k, ERR_UNAVAILABLE);
        return HTTP_DONE;
    }
    if (wants_slow(k))
        return to_slow_lane(k);
    if (k->op->flags & OP_WRITE)
        return write_run(k);
    err e;
    if (k->op->flags & (OP_ALONE | OP_STREAM)) {
        bool stream = (k->op->flags & OP_STREAM) != 0;
        e = who_is_it(k);
        if (e == ERR_OK)
            e = k->op->run(k);
        if (e == ERR_OK && stream)
            return HTTP_LATER; /* the request is the stream's now */
    } else {
        e = read_run(k, true);
    }
    if (e == ERR_TOO_SLOW && r->lane == LANE_INLINE)
        return to_slow_lane(k);
    if (e == ERR_OK)
        session_touch(k);
    finish(k, e);
    return HTTP_DONE;
}

/* Before a large body is read: may this person send one at all? */
bool call_admit(http_request *r, void *arg)
{
    call *k = call_open(r, arg);
    err   e = who_is_it(k);
    if (e != ERR_OK) {
        finish(k, e == ERR_TOO_SLOW ? ERR_UNAVAILABLE : e);
        return false;
    }
    snapshot_unpin((snapshot *)(uintptr_t)k->c.snap);
    r->user = NULL; /* the body may never come: the handler begins anew */
    return true;
}
