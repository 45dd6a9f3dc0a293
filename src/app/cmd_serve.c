/* zhike serve */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/server.h"
#include "app/command.h"
#include "app/person.h"
#include "app/place.h"
#include "app/registry.h"
#include "base/log.h"
#include "base/password.h"
#include "base/random.h"
#include "store/access.h"
#include "store/store.h"

enum { GRACE_MS = 10000 };

/* Before any thread is made, so that all of them inherit it: only the main thread hears of SIGTERM and SIGINT. */
static void take_signals(sigset_t *ends)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigaction(SIGPIPE, &ignore, NULL);
    sigemptyset(ends);
    sigaddset(ends, SIGTERM);
    sigaddset(ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, ends, NULL);
}

/* The first administrator, once: a database in which nobody has a password gets one. */
static bool first_administrator(const options *o, place *p, str *shown)
{
    bool        any = false;
    const char *given = o->value[OPT_ADMIN_PASSWORD];
    *shown = (str){ 0 };
    err e = db_read_begin(p->d, DB_LONG, &p->c.conn);
    if (e == ERR_OK) {
        e = access_any(&p->c, &any);
        db_read_end(p->c.conn);
        p->c.conn = NULL;
    }
    if (e == ERR_OK && any)
        return true;
    person who = { .name = STR("admin"), .login = STR("admin"), .role = STR("administrator"), .state = STR("active") };
    str    password = given && *given ? str_from(given) : random_token(p->a, 12);
    person_password secret = { .must_change = true };
    if (e == ERR_OK)
        e = password_hash(p->a, password, &secret.argon2);
    if (e == ERR_OK)
        e = store_write(&p->c, person_add, &who);
    secret.user = who.id;
    if (e == ERR_OK)
        e = store_write(&p->c, person_set_password, &secret);
    if (e != ERR_OK)
        return place_fail(p, e, "the first administrator cannot be made"), false;
    *shown = password;
    return true;
}

static const char *spool_folder(const place *p)
{
    const char *path = arena_printf(p->a, "%s/spool", p->folder).p;
    (void)mkdir(p->folder, 0750);
    (void)mkdir(path, 0700); /* the HTTP server says so when it is not there */
    return path;
}

static bool read_config(const options *o, const place *p, server_config *c)
{
    *c = (server_config){ .listen = o->value[OPT_LISTEN],
                          .tls_cert = o->value[OPT_TLS_CERT],
                          .tls_key = o->value[OPT_TLS_KEY],
                          .spool_dir = spool_folder(p),
                          .trust_proxy = o->value[OPT_TRUST_PROXY] != NULL };
    if (!option_int(o, OPT_THREADS, 1, 64, &c->threads) || !option_int(o, OPT_SLOW_THREADS, 1, 64, &c->slow_threads))
        return command_fail("--threads and --slow-threads want a number from 1 to 64"), false;
    if (!option_int(o, OPT_SESSION_DAYS, 1, 365, &c->session_days))
        return command_fail("--session-days wants a number from 1 to 365"), false;
    if (!c->tls_cert != !c->tls_key)
        return command_fail("--tls-cert and --tls-key belong together"), false;
    return true;
}

static void print_address(const server *s, const server_config *c, str password)
{
    str       listen = str_from(c->listen);
    ptrdiff_t colon = listen.n;
    while (colon > 0 && listen.p[colon - 1] != ':')
        colon--;
    str host = colon > 0 ? str_sub(listen, 0, colon - 1) : listen;
    printf("address: %s://%.*s:%d\n", c->tls_cert ? "https" : "http", STR_ARG(host), server_port(s));
    if (password.n)
        printf("admin password: %.*s\n", STR_ARG(password));
    fflush(stdout);
}

static int serve(const options *o, place *p, const sigset_t *ends)
{
    server       *s;
    server_config config;
    str           password, why = { 0 };
    int           which;
    if (!read_config(o, p, &config) || !first_administrator(o, p, &password))
        return 1;
    if (server_start(p->a, p->d, rooms, &config, &s, &why) != ERR_OK)
        return command_fail("%.*s", STR_ARG(why.n ? why : STR("the server cannot start; the log says why")));
    print_address(s, &config, password);
    while (sigwait(ends, &which) != 0) {
    }
    log_event(LOG_INFO, "stopping", NULL);
    if (!server_stop(s, GRACE_MS))
        _exit(0);
    return 0;
}

int cmd_serve(const options *o)
{
    place    p;
    sigset_t ends;
    take_signals(&ends);
    if (!place_open(o, PLACE_NEW | PLACE_ALONE, &p))
        return 1;
    int status = serve(o, &p, &ends);
    place_close(&p);
    return status;
}
