#include "api/mailer.h"

#include <errno.h>
#include <time.h>

#include "base/date.h"
#include "post/mail.h"
#include "store/audit.h"
#include "store/changes.h"

enum { AT_ONCE = 20 };

struct mailer {
    server         *s;
    pthread_t       thread;
    pthread_mutex_t lock;
    pthread_cond_t  wake;
    bool            running, stopping;
};

static bool stopping(void *arg)
{
    mailer *m = arg;
    pthread_mutex_lock(&m->lock);
    bool yes = m->stopping;
    pthread_mutex_unlock(&m->lock);
    return yes;
}

static bool wait_a_second(mailer *m)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    pthread_mutex_lock(&m->lock);
    while (!m->stopping && pthread_cond_timedwait(&m->wake, &m->lock, &until) != ETIMEDOUT) {
    }
    bool on = !m->stopping;
    pthread_mutex_unlock(&m->lock);
    return on;
}

static void *mailer_main(void *arg)
{
    mailer *m = arg;
    while (wait_a_second(m)) {
        int64_t   next;
        snapshot *tables = server_tables(m->s);
        err       e = mail_send_some(m->s->d, tables, AT_ONCE, stopping, m, &next);
        (void)e; /* the database is away: the next second looks again */
        snapshot_unpin(tables);
    }
    return NULL;
}

mailer *mailer_start(server *s)
{
    mailer *m = calloc(1, sizeof *m);
    ASSERT(m);
    m->s = s;
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->wake, NULL);
    m->running = mail_open() == ERR_OK && pthread_create(&m->thread, NULL, mailer_main, m) == 0;
    return m;
}

void mailer_stop(mailer *m)
{
    if (!m)
        return;
    pthread_mutex_lock(&m->lock);
    m->stopping = true;
    pthread_cond_signal(&m->wake);
    pthread_mutex_unlock(&m->lock);
    if (m->running)
        pthread_join(m->thread, NULL);
    pthread_cond_destroy(&m->wake);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

/* ---- the settings ---- */

static void put_mail(json_writer *w, const mail_settings *m)
{
    json_object(w);
    json_put_bool(w, "on", m->on);
    put_text(w, "host", m->host);
    json_put_int(w, "port", m->port);
    json_put_string(w, "security", str_from(mail_security_name(m->security)));
    put_text(w, "user", m->user);
    json_put_bool(w, "password", m->password);
    put_text(w, "from", m->from);
    put_text(w, "from_name", m->from_name);
    put_text(w, "url", m->url);
    json_object_end(w);
}

err mail_get(call *k)
{
    mail_settings m;
    TRY(mail_settings_read(&k->c, &m));
    put_mail(&k->w, &m);
    return ERR_OK;
}

static void take_text(call *k, const char *name, str *out)
{
    if (body_member(k, name))
        *out = body_text(k, name, false, 500);
}

err mail_update(call *k)
{
    static const char *const names[] = { "host", "port",      "security", "user", "password",
                                         "from", "from_name", "url",      NULL };
    mail_settings            m;
    str                      password = { 0 };
    TRY(mail_settings_read(&k->c, &m));
    str host = m.host;
    take_text(k, "host", &m.host);
    take_text(k, "user", &m.user);
    take_text(k, "from", &m.from);
    take_text(k, "from_name", &m.from_name);
    take_text(k, "url", &m.url);
    if (body_member(k, "password")) {
        password = body_text(k, "password", false, 500);
        if (!password.p)
            password = STR("");
    }
    if (body_member(k, "port") && !json_int64(body_member(k, "port"), &m.port))
        (void)ctx_problem(&k->c, "port", STR("out_of_range"));
    if (body_member(k, "security") && !mail_security_from(body_text(k, "security", true, 20), &m.security))
        (void)ctx_problem(&k->c, "security", STR("not_a_choice"));
    /* the password goes to no other server than the one it was typed for */
    if (m.password && !password.p && !str_eq(host, m.host))
        password = STR("");
    TRY(body_check(k, names));
    TRY(mail_settings_write(&k->c, &m, password));
    const audit_word words[] = { { .name = "what", .text = STR("mail") }, { .name = "host", .text = m.host }, { 0 } };
    TRY(audit_write(&k->c, AUDIT_SETTINGS, 0, words));
    put_mail(&k->w, &m);
    return ERR_OK;
}

err mail_test(call *k)
{
    static const char *const names[] = { "to", NULL };
    mail_settings            m;
    mail_letter l = { .what = MAIL_TEST, .lang = k->c.lang, .user = k->c.actor.user, .name = k->c.actor.name };
    l.to = body_text(k, "to", false, 254);
    TRY(body_check(k, names));
    if (l.to.n == 0)
        l.to = k->who.email;
    TRY(mail_settings_read(&k->c, &m));
    return mail_put(&k->c, &m, &l);
}

err mails_get(call *k)
{
    mail_row *list;
    size_t    n;
    int64_t   limit = 50;
    TRY(param_int(k, "limit", 1, 200, &limit));
    TRY(mail_list(&k->c, (int)limit, &list, &n));
    json_object(&k->w);
    json_key(&k->w, STR("mails"));
    json_array(&k->w);
    for (size_t i = 0; i < n; i++) {
        json_object(&k->w);
        json_put_id(&k->w, "id", list[i].id);
        put_time(&k->w, "at", list[i].at);
        json_put_string(&k->w, "to", list[i].to);
        json_put_string(&k->w, "subject", list[i].subject);
        json_put_string(&k->w, "state", list[i].state);
        json_put_int(&k->w, "tries", list[i].tries);
        put_time(&k->w, "sent_at", list[i].sent_at);
        put_text(&k->w, "error", list[i].error);
        json_object_end(&k->w);
    }
    json_array_end(&k->w);
    json_object_end(&k->w);
    return ERR_OK;
}
