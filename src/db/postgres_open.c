/* PostgreSQL: connecting, the settings of a session, and what happens while the server is away: one connection
 * tries again after a growing pause, everybody else is told at once. */
#include "base/date.h"
#include "base/limits.h"
#include "base/log.h"
#include "db/postgres.h"

enum { SERVER_LEAST = 150000, PAUSE_LEAST_MS = 100, PAUSE_MOST_MS = 2000, LONG_READERS = 2 };

static void no_notice(void *arg, const PGresult *r)
{
    (void)arg;
    (void)r;
}

int pg_class_timeout(const pg_conn *c)
{
    static const int timeouts[DB_CLASS_COUNT] = { LIMIT_QUICK_MS, LIMIT_SLOW_MS, 0 };
    return c->base.writer ? DB_WRITE_BUDGET_MS : timeouts[c->base.class];
}

PGconn *pg_link_open(const char *url)
{
    const char *keys[] = { "fallback_application_name",
                           "connect_timeout",
                           "keepalives_idle",
                           "tcp_user_timeout",
                           "dbname",
                           "client_encoding",
                           NULL };
    const char *values[] = { "zhike", "3", "30", "15000", url, "UTF8", NULL }; /* later ones win: the URL over ours */
    PGconn     *link = PQconnectdbParams(keys, values, 1);
    if (link)
        PQsetNoticeReceiver(link, no_notice, NULL);
    return link;
}

static bool link_settings(PGconn *link, pg_conn *c)
{
    char sql[640];
    snprintf(sql, sizeof sql,
             "SET timezone = 'UTC'; SET client_min_messages = error; SET standard_conforming_strings = on;"
             "SET jit = off; SET cursor_tuple_fraction = 1; SET default_transaction_isolation = 'repeatable read';"
             "SET default_transaction_read_only = %s; SET statement_timeout = %d; SET lock_timeout = 10000",
             c->base.writer ? "off" : "on", pg_class_timeout(c));
    PGresult *r = PQexec(link, sql);
    bool      good = PQresultStatus(r) == PGRES_COMMAND_OK;
    PQclear(r);
    static const char *const words[] = { "BEGIN", "COMMIT", "ROLLBACK" };
    for (size_t i = 0; i < countof(words) && good; i++) {
        char name[16];
        snprintf(name, sizeof name, "zk_%s", words[i]);
        r = PQprepare(link, name, words[i], 0, NULL);
        good = PQresultStatus(r) == PGRES_COMMAND_OK;
        PQclear(r);
    }
    return good && pg_fence_in(c, link) && PQenterPipelineMode(link) == 1;
}

/* ---- a server that is away ---- */
static bool may_try(pg_own *own)
{
    bool    may = true;
    int64_t now = clock_monotonic_ns();
    pthread_mutex_lock(&own->lock);
    if (own->failures > 0) {
        int64_t pause = PAUSE_LEAST_MS;
        for (int i = 1; i < own->failures && pause < PAUSE_MOST_MS; i++)
            pause *= 2;
        may = now >= own->next_try_ns;
        if (may) /* only one tries */
            own->next_try_ns = now + (pause < PAUSE_MOST_MS ? pause : PAUSE_MOST_MS) * 1000000;
    }
    pthread_mutex_unlock(&own->lock);
    return may;
}

static void note_outcome(pg_own *own, bool good, PGconn *link)
{
    pthread_mutex_lock(&own->lock);
    int before = own->failures;
    own->failures = good ? 0 : before + 1;
    if (!good && before == 0)
        own->next_try_ns = clock_monotonic_ns() + (int64_t)PAUSE_LEAST_MS * 1000000;
    pthread_mutex_unlock(&own->lock);
    if (!good && before == 0)
        log_event(LOG_ERROR, "the database server is away", "engine", PQerrorMessage(link), NULL);
    if (good && before > 0)
        log_event(LOG_INFO, "the database server is back", NULL);
}

static err link_make(pg_conn *c)
{
    pg_own *own = c->base.db->own;
    if (!may_try(own))
        return ERR_UNAVAILABLE;
    PGconn *link = pg_link_open(c->base.db->target);
    bool    good = PQstatus(link) == CONNECTION_OK && link_settings(link, c);
    note_outcome(own, good, link);
    if (!good) {
        PQfinish(link);
        return ERR_UNAVAILABLE;
    }
    pthread_mutex_lock(&c->cancel_lock);
    c->link = link;
    c->cancel = PQgetCancel(link);
    pthread_mutex_unlock(&c->cancel_lock);
    c->epoch++;
    c->broken = c->skipping = false;
    c->syncs_due = 0;
    c->drop_count = 0;
    c->timeout_sent_ms = pg_class_timeout(c);
    c->streaming = NULL;
    c->unflushed = c->unlocked = false;
    return ERR_OK;
}

static void link_drop(pg_conn *c)
{
    pthread_mutex_lock(&c->cancel_lock);
    PQfreeCancel(c->cancel);
    c->cancel = NULL;
    pthread_mutex_unlock(&c->cancel_lock);
    PQfinish(c->link);
    c->link = NULL;
    c->broken = true;
}

err pg_reconnect(pg_conn *c)
{
    link_drop(c);
    return link_make(c);
}

err pg_connect(db *d, db_class class, bool writer, db_conn **out)
{
    pg_conn *c = db_alloc(sizeof *c);
    c->base.db = d;
    c->base.class = class;
    c->base.writer = writer;
    c->base.fence = atomic_load(&d->fence);
    c->timeout_ms = c->timeout_sent_ms = pg_class_timeout(c);
    pthread_mutex_init(&c->cancel_lock, NULL);
    buf_init(&c->texts, (size_t)1 << 30);
    err e = link_make(c);
    if (e != ERR_OK) {
        c->broken = true;
        pg_disconnect(&c->base);
        return e;
    }
    *out = &c->base;
    return ERR_OK;
}

void pg_disconnect(db_conn *base)
{
    pg_conn *c = (pg_conn *)base;
    db_cache_clear(base);
    link_drop(c);
    pthread_mutex_destroy(&c->cancel_lock);
    pg_insert_free(c);
    buf_free(&c->texts);
    free(c->values);
    free(c->lengths);
    free(c->formats);
    free(c->sent);
    free(c);
}

void pg_close_own(db *d)
{
    pg_own *own = d->own;
    if (!own)
        return;
    pthread_mutex_destroy(&own->lock);
    free(own);
}

/* ---- opening ---- */
static str trimmed(arena *a, const char *words)
{
    str       s = arena_str(a, str_trim(str_from(words)));
    ptrdiff_t line = str_find_char(s, '\n');
    s = line < 0 ? s : str_sub(s, 0, line);
    return str_ends(s, STR(".")) ? str_sub(s, 0, s.n - 1) : s;
}

static bool has_icu(PGconn *link)
{
    PGresult *r = PQexec(link, "SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu'");
    bool      has = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) > 0;
    PQclear(r);
    return has;
}

static err look_at_server(PGconn *link, arena *a, str *why)
{
    const char *encoding = PQparameterStatus(link, "server_encoding");
    if (PQstatus(link) != CONNECTION_OK)
        *why = arena_printf(a, "The PostgreSQL server does not let us in: %.*s.",
                            STR_ARG(trimmed(a, PQerrorMessage(link))));
    else if (PQserverVersion(link) < SERVER_LEAST)
        *why = arena_printf(a, "The PostgreSQL server has version %d; Zhike needs 15 or later.",
                            PQserverVersion(link) / 10000);
    else if (!encoding || strcmp(encoding, "UTF8") != 0)
        *why = arena_printf(a, "The database's encoding is %s; create it anew with ENCODING 'UTF8'.",
                            encoding ? encoding : "unknown");
    else if (!has_icu(link))
        *why = STR("The PostgreSQL server was built without ICU, which Zhike needs for text.");
    else
        return ERR_OK;
    return ERR_UNAVAILABLE;
}

err db_postgres_open(db *d, const db_options *o, arena *a, str *why)
{
    pg_own *own = db_alloc(sizeof *own);
    pthread_mutex_init(&own->lock, NULL);
    d->engine = &postgres_engine;
    d->own = own;
    PGconn *link = pg_link_open(d->target);
    err     e = look_at_server(link, a, why);
    PQfinish(link);
    TRY(e);
    d->pools[DB_QUICK].most = o->pg_quick > 0 ? o->pg_quick : 4;
    d->pools[DB_SLOW].most = o->pg_slow > 0 ? o->pg_slow : 2;
    d->pools[DB_LONG].most = LONG_READERS;
    d->writer_count = o->pg_writers > 0 ? o->pg_writers : 4;
    if (d->writer_count > DB_WRITERS_MAX)
        d->writer_count = DB_WRITERS_MAX;
    return ERR_OK;
}
