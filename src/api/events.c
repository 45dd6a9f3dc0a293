/* The hub: one thread polls the outbox, wakes at local commits, and hands what is new to every stream whose person may
 * know it. Rights and sessions are looked at again at least every RECHECK_MS while there is something to tell. */
#include "api/events.h"

#include <errno.h>
#include <time.h>

#include "api/people.h"
#include "base/date.h"
#include "base/log.h"

enum { POLL_MS = 1000, BATCH = 500, RECHECK_MS = 2000, EVENT_MAX = 64 << 10, STREAMS_A_PERSON = 12 };

typedef struct listener listener;
struct listener {
    listener    *next;
    http_stream *stream;
    actor        who; /* texts and lists in `a` */
    arena       *a;
    bool         cookie;
    uint8_t      secret[SECRET_HASH];
    int64_t      seen_ms; /* when the rights were last looked at */
    int64_t      since;   /* told up to here */
    bool         muted;   /* its rights are gone or it does not keep up: it ends */
    atomic_bool  gone;    /* the connection is over */
};

struct hub {
    server         *s;
    pthread_t       thread;
    pthread_mutex_t lock; /* listeners */
    pthread_cond_t  wake;
    listener       *listeners;
    bool            woken, stopping, running;
    int64_t         told; /* the outbox was read up to here; −1: not known yet */
    arena          *a;    /* of one round */
};

static void listener_free(listener *l)
{
    http_stream_release(l->stream);
    arena_free(l->a);
    free(l);
}

/* ---- what goes over the wire ---- */

/* Rows of one transaction have one number, so only the last of them bears it: who is cut off among them begins again with the
 * first, and hears some twice rather than not at all. */
static str event_text(arena *a, const outbox_row *rows, size_t i, size_t n)
{
    const outbox_row *o = &rows[i];
    bool              last = i + 1 == n || rows[i + 1].seq != o->seq;
    buf               b;
    json_writer       w;
    buf_init(&b, EVENT_MAX);
    buf_printf(&b, "id: %lld\nevent: %.*s\ndata: ", (long long)(last ? o->seq : o->seq - 1), STR_ARG(o->kind));
    if (str_eq(o->kind, STR("change"))) {
        json_begin(&w, &b);
        json_object(&w);
        json_put_string(&w, "entity", o->entity);
        json_put_id(&w, "id", o->record);
        json_put_int(&w, "version", o->version);
        json_put_string(&w, "what", o->what);
        json_object_end(&w);
    } else {
        buf_puts(&b, o->data.n ? o->data : STR("{}")); /* JSON of ours, without line ends */
    }
    buf_putz(&b, "\n\n");
    str text = b.failed ? (str){ 0 } : arena_str(a, buf_str(&b));
    buf_free(&b);
    return text;
}

/* ---- rights ---- */

static ctx round_ctx(hub *h, snapshot *tables, db_conn *conn)
{
    return (ctx){ .a = h->a,
                  .db = h->s->d,
                  .conn = conn,
                  .snap = tables,
                  .now_ms = clock_now_ms(),
                  .position = -1,
                  .zone = tables->zone };
}

/* False: the session or token is over. */
static bool recheck(hub *h, listener *l, ctx *c)
{
    access_row row;
    if (c->now_ms - l->seen_ms < RECHECK_MS)
        return true;
    err e = l->cookie ? access_by_session(c, l->secret, &row) : access_by_token(c, l->secret, &row);
    if (e == ERR_NOT_FOUND)
        return false;
    if (e != ERR_OK || row.tables != c->snap->version)
        return true; /* again with the next round */
    permit_roles(&row.who, c->snap, row.roles);
    if (row.who.role != ROLE_ADMINISTRATOR && people_around(h->s->people, c, &row.who) != ERR_OK)
        return true;
    arena_clear(l->a);
    l->who = permit_copy(&row.who, l->a);
    l->seen_ms = c->now_ms;
    return true;
}

/* What a notice is about; false: nothing. */
static bool notice_about(ctx *c, const outbox_row *o, str *of, int64_t *record)
{
    json      *tree;
    json_fault fault;
    if (!o->data.n || json_parse(c->a, o->data, &tree, &fault) != ERR_OK)
        return false;
    const json *about = json_get(tree, STR("about")),
               *id = json_is(about, JSON_OBJECT) ? json_get(about, STR("id")) : NULL;
    if (!json_is(id, JSON_STRING) || !str_to_int64(id->text, record))
        return false;
    *of = json_get(about, STR("entity"))->text;
    return true;
}

static bool may_read(const listener *l, ctx *c, str entity_name, int64_t record)
{
    const entity *e = snapshot_entity(c->snap, entity_name);
    rec          *r;
    if (!e || !permit_entity(&l->who, e, VERB_READ))
        return false;
    if (permit_scope(&l->who, e, VERB_READ, c->a).kind == SCOPE_ALL)
        return true;
    actor program = c->actor;
    c->actor = l->who;
    bool may = store_load_any(c, e, record, &r) == ERR_OK && store_may(c, r, VERB_READ) == ERR_OK;
    c->actor = program;
    return may;
}

/* A record's events are for those who may read it; what is said to a person for that person, and a notice for who may
 * still read what it is about (PERMIT-4). */
static bool may_hear(const listener *l, ctx *c, const outbox_row *o)
{
    str     of = o->entity;
    int64_t record = o->record;
    if (o->user && o->user != l->who.user)
        return false;
    if (o->user && !(str_eq(o->kind, STR("notice")) && notice_about(c, o, &of, &record)))
        return true;
    return of.n == 0 || may_read(l, c, of, record);
}

/* ---- a round ---- */

static bool send_rows(listener *l, ctx *c, const outbox_row *rows, const str *texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].seq > l->since && texts[i].n && may_hear(l, c, &rows[i]) && !http_stream_send(l->stream, texts[i]))
            return false;
    if (n && rows[n - 1].seq > l->since)
        l->since = rows[n - 1].seq;
    return true;
}

/* A stream that begins behind the others hears first what they have heard. */
static bool level(hub *h, ctx *c, listener *l)
{
    while (l->since < h->told) {
        outbox_row *rows;
        size_t      n;
        if (store_outbox_read(c, l->since, BATCH, &rows, &n) != ERR_OK || n == 0)
            break;
        str *texts = arena_make_n(h->a, str, n);
        for (size_t i = 0; i < n; i++)
            texts[i] = event_text(h->a, rows, i, n);
        if (!send_rows(l, c, rows, texts, n))
            return false;
    }
    if (l->since < h->told)
        l->since = h->told;
    return true;
}

static void tell(hub *h, ctx *c, const outbox_row *rows, size_t n)
{
    str *texts = arena_make_n(h->a, str, n);
    for (size_t i = 0; i < n; i++)
        texts[i] = event_text(h->a, rows, i, n);
    pthread_mutex_lock(&h->lock);
    for (listener *l = h->listeners; l; l = l->next) {
        if (l->muted || atomic_load(&l->gone))
            continue;
        bool behind = l->since < h->told;
        if ((n || behind) && (!recheck(h, l, c) || !level(h, c, l) || !send_rows(l, c, rows, texts, n))) {
            l->muted = true;
            http_stream_end(l->stream);
        }
    }
    pthread_mutex_unlock(&h->lock);
}

static void drop_gone(hub *h)
{
    listener *dead = NULL;
    pthread_mutex_lock(&h->lock);
    for (listener **at = &h->listeners; *at;) {
        listener *l = *at;
        if (!atomic_load(&l->gone)) {
            at = &l->next;
            continue;
        }
        *at = l->next;
        l->next = dead;
        dead = l;
    }
    pthread_mutex_unlock(&h->lock);
    while (dead) {
        listener *next = dead->next;
        listener_free(dead);
        dead = next;
    }
}

static err read_round(hub *h, ctx *c, bool *more)
{
    outbox_row *rows;
    size_t      n;
    if (h->told < 0)
        return store_outbox_last(c, &h->told);
    TRY(store_outbox_read(c, h->told, BATCH, &rows, &n));
    *more = n >= BATCH;
    tell(h, c, rows, n);
    if (n)
        h->told = rows[n - 1].seq;
    return ERR_OK;
}

static bool hub_round(hub *h)
{
    db_conn *conn;
    bool     more = false;
    arena_clear(h->a);
    if (db_read_begin(h->s->d, DB_SLOW, &conn) != ERR_OK)
        return false;
    snapshot *tables = server_tables(h->s);
    ctx       c = round_ctx(h, tables, conn);
    int64_t   version = tables->version;
    err       e = store_snapshot_version(conn, &version);
    if (e == ERR_OK && version == tables->version)
        e = read_round(h, &c, &more);
    db_read_end(conn);
    if (e == ERR_OK && version != tables->version && server_tables_refresh(h->s, tables->version) == ERR_OK)
        more = true;
    snapshot_unpin(tables);
    drop_gone(h);
    return more && e == ERR_OK;
}

static void wait_for_more(hub *h)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += POLL_MS / 1000;
    while (!h->woken && !h->stopping)
        if (pthread_cond_timedwait(&h->wake, &h->lock, &until) == ETIMEDOUT)
            break;
    h->woken = false;
}

static void *hub_main(void *arg)
{
    hub *h = arg;
    pthread_mutex_lock(&h->lock);
    while (!h->stopping) {
        pthread_mutex_unlock(&h->lock);
        bool more = hub_round(h);
        pthread_mutex_lock(&h->lock);
        if (!more)
            wait_for_more(h);
    }
    pthread_mutex_unlock(&h->lock);
    return NULL;
}

hub *hub_start(server *s)
{
    hub *h = calloc(1, sizeof *h);
    ASSERT(h);
    h->s = s;
    h->told = -1;
    h->a = arena_new();
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->wake, NULL);
    h->running = pthread_create(&h->thread, NULL, hub_main, h) == 0;
    if (!h->running)
        log_event(LOG_ERROR, "no thread for events could be made", NULL);
    return h;
}

void hub_wake(hub *h)
{
    if (!h)
        return;
    pthread_mutex_lock(&h->lock);
    h->woken = true;
    pthread_cond_signal(&h->wake);
    pthread_mutex_unlock(&h->lock);
}

void hub_stop(hub *h)
{
    if (!h || !h->running)
        return;
    pthread_mutex_lock(&h->lock);
    h->stopping = true;
    pthread_cond_signal(&h->wake);
    pthread_mutex_unlock(&h->lock);
    pthread_join(h->thread, NULL);
    h->running = false;
}

void hub_free(hub *h)
{
    if (!h)
        return;
    while (h->listeners) {
        listener *next = h->listeners->next;
        listener_free(h->listeners);
        h->listeners = next;
    }
    pthread_mutex_destroy(&h->lock);
    pthread_cond_destroy(&h->wake);
    arena_free(h->a);
    free(h);
}

/* ---- a stream opens ---- */

static void closed(void *arg)
{
    listener *l = arg;
    atomic_store(&l->gone, true); /* the hub's next round frees it */
}

static size_t streams_of(hub *h, int64_t user)
{
    size_t n = 0;
    pthread_mutex_lock(&h->lock);
    for (const listener *l = h->listeners; l; l = l->next)
        n += l->who.user == user && !atomic_load(&l->gone);
    pthread_mutex_unlock(&h->lock);
    return n;
}

/* Where to begin: behind what the client heard last, else now. */
static err begin_since(call *k, int64_t *since)
{
    db_conn *conn;
    str      last = http_header(k->r, "Last-Event-ID");
    if (str_to_int64(last, since) && *since >= 0)
        return ERR_OK;
    *since = -1;
    TRY(param_int(k, "since", 0, INT64_MAX, since));
    if (*since >= 0)
        return ERR_OK;
    TRY(db_read_begin(k->s->d, k->r->lane == LANE_SLOW ? DB_SLOW : DB_QUICK, &conn));
    k->c.conn = conn;
    err e = store_outbox_last(&k->c, since);
    k->c.conn = NULL;
    db_read_end(conn);
    return e;
}

static listener *listener_new(const call *k, int64_t since)
{
    listener *l = calloc(1, sizeof *l);
    ASSERT(l);
    l->a = arena_new();
    l->cookie = k->cookie;
    l->since = since;
    l->seen_ms = k->c.now_ms;
    memcpy(l->secret, k->secret, SECRET_HASH);
    l->who = permit_copy(&k->c.actor, l->a);
    return l;
}

err events_open(call *k)
{
    hub    *h = k->s->hub;
    int64_t since;
    if (k->r->head) { /* an answer without an end has no head alone: its last piece would be taken for the next answer */
        http_reply_header(k->r, "Allow", STR("GET"));
        return ERR_METHOD;
    }
    if (streams_of(h, k->c.actor.user) >= STREAMS_A_PERSON)
        return ctx_refuse(&k->c, ERR_TOO_MANY, STR("too_many_streams"), (str){ 0 });
    TRY(begin_since(k, &since));
    listener *l = listener_new(k, since);
    snapshot_unpin((snapshot *)(uintptr_t)k->c.snap);
    l->stream = http_stream_open(k->r, l, closed); /* from here on the request may be gone */
    (void)http_stream_send(l->stream, STR(": welcome\n\n"));
    pthread_mutex_lock(&h->lock);
    l->next = h->listeners;
    h->listeners = l;
    h->woken = true; /* what it missed is told by the hub's next round */
    pthread_cond_signal(&h->wake);
    pthread_mutex_unlock(&h->lock);
    return ERR_OK;
}
