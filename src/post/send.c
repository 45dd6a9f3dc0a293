/* What is due goes out. waiting → handing → sent | waiting (another time) | failed | uncertain. */
#include "base/date.h"
#include "base/log.h"
#include "base/random.h"
#include "post/inside.h"
#include "store/secret.h"
#include "store/store.h"

enum { LEASE_MS = 180000, FIRST_WAIT_MS = 5000, TRIES_MOST = 8 };

typedef struct {
    int64_t       id, tries;
    str           to, text, password, state;
    bool          late, locked;
    mail_settings m;
} claimed;

typedef struct {
    db             *d;
    const snapshot *snap;
    arena          *a;
    claimed         letter;
    bool            any;
    smtp_result     result;
    str             why;
    bool (*stop)(void *arg);
    void *arg;
} sending;

static ctx fresh(const sending *s)
{
    return (
        ctx){ .a = s->a, .db = s->d, .snap = s->snap, .now_ms = clock_now_ms(), .zone = s->snap->zone, .position = -1 };
}

static err set_state(ctx *c, const claimed *l, const char *state, int64_t next_at, str error)
{
    db_stmt *s;
    TRY(db_prepare(
        c->conn,
        STR("UPDATE \"zk_mail\" SET \"state\"=$1,\"next_at\"=$2,\"error\"=$3,\"sent_at\"=$4 WHERE \"id\"=$5 AND "
            "\"tries\"=$6"),
        &s));
    db_bind_text(s, 1, str_from(state));
    db_bind_time(s, 2, next_at);
    if (error.n)
        db_bind_text(s, 3, utf8_cut(error, 300));
    else
        db_bind_null(s, 3);
    if (strcmp(state, "sent") == 0)
        db_bind_time(s, 4, c->now_ms);
    else
        db_bind_null(s, 4);
    db_bind_int(s, 5, l->id);
    db_bind_int(s, 6, l->tries);
    return db_run(s);
}

/* ---- taking one ---- */

static err find_due(ctx *c, claimed *l, bool *any)
{
    db_stmt *s;
    TRY(db_prepare(
        c->conn,
        STR("SELECT \"id\",\"tries\",\"recipient\",\"state\",\"until_at\" FROM \"zk_mail\" WHERE \"state\" IN "
            "('waiting','handing') AND \"next_at\"<=$1 ORDER BY \"next_at\",\"id\" LIMIT 1"),
        &s));
    db_bind_time(s, 1, c->now_ms);
    err e = db_step(s, any);
    if (e == ERR_OK && *any)
        *l = (claimed){ .id = db_int(s, 0),
                        .tries = db_int(s, 1),
                        .to = arena_str(c->a, db_text(s, 2)),
                        .state = arena_str(c->a, db_text(s, 3)),
                        .late = !db_null(s, 4) && db_time(s, 4) <= c->now_ms };
    db_done(s);
    return e;
}

/* The lease: until next_at nobody else looks at it, and a later one finds another number of tries. */
static err take(ctx *c, claimed *l, bool *ours)
{
    db_stmt *s;
    TRY(db_prepare(
        c->conn,
        STR("UPDATE \"zk_mail\" SET \"next_at\"=$1,\"tries\"=\"tries\"+1 WHERE \"id\"=$2 AND \"tries\"=$3 AND "
            "\"next_at\"<=$4 RETURNING \"tries\""),
        &s));
    db_bind_time(s, 1, c->now_ms + LEASE_MS);
    db_bind_int(s, 2, l->id);
    db_bind_int(s, 3, l->tries);
    db_bind_time(s, 4, c->now_ms);
    err e = db_step(s, ours);
    if (e == ERR_OK && *ours)
        l->tries = db_int(s, 0);
    db_done(s);
    return e;
}

static err claim(ctx *c, void *arg)
{
    sending *s = arg;
    claimed *l = &s->letter;
    s->any = false;
    TRY(find_due(c, l, &s->any));
    if (!s->any)
        return ERR_OK;
    TRY(take(c, l, &s->any));
    if (!s->any)
        return ERR_OK;
    TRY(mail_settings_read(c, &l->m));
    err e = secret_get(c, MAIL_TEXT, l->id, &l->text);
    if (e == ERR_OK && l->m.password)
        e = secret_get(c, MAIL_PASSWORD, 0, &l->password);
    l->locked = e == ERR_CONFLICT || e == ERR_NOT_FOUND;
    return l->locked ? ERR_OK : e;
}

/* ---- what becomes of it ---- */

static int64_t wait_of(int64_t tries)
{
    int64_t ms = FIRST_WAIT_MS;
    for (int64_t i = 1; i < tries; i++)
        ms *= 4;
    return ms;
}

static err write_result(ctx *c, void *arg)
{
    const sending *s = arg;
    const claimed *l = &s->letter;
    bool           again = s->result == SMTP_LATER && l->tries < TRIES_MOST;
    const char    *state = s->result == SMTP_SENT        ? "sent"
                           : again                       ? "waiting"
                           : s->result == SMTP_UNCERTAIN ? "uncertain"
                                                         : "failed";
    if (!again)
        TRY(secret_delete(c, MAIL_TEXT, l->id));
    return set_state(c, l, state, again ? c->now_ms + wait_of(l->tries) : c->now_ms, s->why);
}

static err write_handing(ctx *c, void *arg)
{
    const sending *s = arg;
    return set_state(c, &s->letter, "handing", c->now_ms + LEASE_MS, (str){ 0 });
}

static bool handing(void *arg)
{
    sending *s = arg;
    ctx      c = fresh(s);
    return store_write(&c, write_handing, s) == ERR_OK;
}

static bool shall_stop(void *arg)
{
    const sending *s = arg;
    return s->stop(s->arg);
}

static void deliver(sending *s)
{
    const claimed *l = &s->letter;
    s->why = (str){ 0 };
    if (str_eq(l->state, STR("handing"))) { /* the server that was at it has died in the middle */
        s->result = SMTP_UNCERTAIN;
        s->why = STR("the server stopped while it was being handed over");
    } else if (l->late) {
        s->result = SMTP_REFUSED;
        s->why = STR("its link is over");
    } else if (l->locked) {
        s->result = SMTP_REFUSED;
        s->why = STR("it cannot be unsealed: the key is missing");
    } else if (!l->m.on) {
        s->result = SMTP_LATER;
        s->why = STR("no server for mail is set");
    } else {
        smtp_call call = { .m = &l->m,
                           .password = l->password,
                           .to = l->to,
                           .text = l->text,
                           .handing = handing,
                           .stop = shall_stop,
                           .arg = s };
        s->result = smtp_send(s->a, &call, &s->why);
    }
    wipe((char *)(uintptr_t)l->password.p, (size_t)l->password.n);
}

static err send_one(sending *s)
{
    ctx c = fresh(s);
    TRY(store_write(&c, claim, s));
    if (!s->any)
        return ERR_OK;
    deliver(s);
    if (s->result != SMTP_SENT)
        log_event(LOG_WARN, "a letter was not sent", "why", arena_cstr(s->a, s->why), NULL);
    ctx after = fresh(s);
    return store_write(&after, write_result, s);
}

static err next_due(sending *s, int64_t *next_ms)
{
    ctx      c = fresh(s);
    db_stmt *q;
    bool     row = false;
    *next_ms = 0;
    TRY(db_read_begin(s->d, DB_SLOW, &c.conn));
    err e = db_prepare(c.conn,
                       STR("SELECT \"next_at\" FROM \"zk_mail\" WHERE \"state\" IN ('waiting','handing') ORDER BY "
                           "\"next_at\" LIMIT 1"),
                       &q);
    if (e == ERR_OK) {
        e = db_step(q, &row);
        if (e == ERR_OK && row)
            *next_ms = db_time(q, 0);
        db_done(q);
    }
    db_read_end(c.conn);
    return e;
}

err mail_open(void)
{
    return smtp_open();
}

err mail_send_some(db *d, const snapshot *snap, int most, bool (*stop)(void *arg), void *arg, int64_t *next_ms)
{
    err e = ERR_OK;
    for (int i = 0; i < most && e == ERR_OK && !stop(arg); i++) {
        sending s = { .d = d, .snap = snap, .a = arena_new(), .stop = stop, .arg = arg };
        e = next_due(&s, next_ms);
        bool due = e == ERR_OK && *next_ms && *next_ms <= clock_now_ms();
        if (due)
            e = send_one(&s);
        arena_free(s.a);
        if (!due)
            break;
    }
    return e;
}
