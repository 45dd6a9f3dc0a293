/* zhike serve */
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/server.h"
#include "app/command.h"
#include "app/demo.h"
#include "app/fence.h"
#include "app/notify.h"
#include "app/person.h"
#include "app/place.h"
#include "app/registry.h"
#include "base/address.h"
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

typedef struct {
    person          who;
    person_password secret;
} first_person;

/* Both or neither. */
static err make_first_person(ctx *c, void *arg)
{
    first_person *f = arg;
    TRY(person_add(c, &f->who));
    f->secret.user = f->who.id;
    return person_set_password(c, &f->secret);
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
    first_person first = {
        .who = { .name = STR("admin"), .login = STR("admin"), .role = STR("administrator"), .state = STR("active") }
    };
    bool chosen = given && *given;
    str  password = chosen ? str_from(given) : random_token(p->a, 12);
    first.secret.must_change = !chosen; /* what stood on a screen is to be changed */
    if (e == ERR_OK)
        e = password_hash(p->a, password, &first.secret.argon2);
    if (e == ERR_OK)
        e = store_write(&p->c, make_first_person, &first);
    if (e != ERR_OK)
        return place_fail(p, e, "the first administrator cannot be made"), false;
    *shown = password;
    return true;
}

/* An empty database gets the sample company; one that is not keeps what it has. */
static bool fill_demo(const options *o, place *p)
{
    str why = STR("the log says why");
    if (!o->value[OPT_DEMO])
        return true;
    err e = demo_fill(p->d, rooms, p->a, &why);
    if (e == ERR_OK || e == ERR_CONFLICT)
        return true;
    return command_fail("the sample company cannot be made: %.*s", STR_ARG(why)), false;
}

/* Uploads on their way; what a crash left there goes. */
static const char *spool_folder(const place *p)
{
    const char *path = arena_printf(p->a, "%s/spool", p->folder).p;
    (void)mkdir(p->folder, 0700);
    (void)mkdir(path, 0700); /* the HTTP server says so when it is not there */
    DIR *d = opendir(path);
    for (struct dirent *f = d ? readdir(d) : NULL; f; f = readdir(d))
        if (str_starts(str_from(f->d_name), STR("body-")))
            (void)unlinkat(dirfd(d), f->d_name, 0);
    if (d)
        closedir(d);
    return path;
}

/* Two thousand connections want more descriptors than a shell gives. */
static void raise_descriptors(void)
{
    struct rlimit l;
    if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < 4096) {
        l.rlim_cur = l.rlim_max < 4096 ? l.rlim_max : 4096;
        (void)setrlimit(RLIMIT_NOFILE, &l);
    }
}

/* --trust-proxy alone means one on this machine or in the house's own net. */
static bool read_proxies(const options *o, const place *p, server_config *c)
{
    static const char near[] = "127.0.0.0/8 ::1 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7";
    const char       *list = o->value[OPT_TRUSTED_PROXIES] ? o->value[OPT_TRUSTED_PROXIES] : near;
    address_nets     *nets;
    str               bad;
    if (!o->value[OPT_TRUSTED_PROXIES] && !o->value[OPT_TRUST_PROXY])
        return true;
    if (!address_nets_read(p->a, str_from(list), &nets, &bad))
        return command_fail("--trusted-proxies: %.*s is no address and no net (10.0.0.0/8)", STR_ARG(bad)), false;
    c->proxies = nets;
    return true;
}

static bool read_config(const options *o, const place *p, const http_door *door, server_config *c)
{
    *c = (server_config){ .door = door,
                          .listen = o->value[OPT_LISTEN],
                          .tls_cert = o->value[OPT_TLS_CERT],
                          .tls_key = o->value[OPT_TLS_KEY],
                          .spool_dir = spool_folder(p) };
    if (!read_proxies(o, p, c))
        return false;
    if (!option_int(o, OPT_THREADS, 1, 64, &c->threads) || !option_int(o, OPT_SLOW_THREADS, 1, 64, &c->slow_threads))
        return command_fail("--threads and --slow-threads want a number from 1 to 64"), false;
    if (!option_int(o, OPT_SESSION_DAYS, 1, 365, &c->session_days))
        return command_fail("--session-days wants a number from 1 to 365"), false;
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

/* Rights are given up before anything is read that came from outside: the address is taken first. */
static bool become_other(const options *o, arena *a, http_door *door)
{
    str why = { 0 };
    if (http_door_open(o->value[OPT_LISTEN], o->value[OPT_TLS_CERT], o->value[OPT_TLS_KEY], a, door, &why) != ERR_OK)
        return command_fail("%.*s", STR_ARG(why)), false;
    return fence_become(o->value[OPT_RUN_AS], o->value[OPT_DATA]);
}

static const char *folder_of(arena *a, const char *file)
{
    const char *slash = strrchr(file, '/');
    if (!slash)
        return ".";
    return slash == file ? "/" : arena_cstr(a, (str){ file, slash - file });
}

/* The data folder and that for uploads, the database's folder by its name and, behind links, the one where it lies. */
static bool fence_in(const options *o, arena *a)
{
    const char *file = place_file(o, a), *data = o->value[OPT_DATA];
    const char *folders[5] = { data, arena_printf(a, "%s/spool", data).p };
    struct stat st;
    (void)mkdir(data, 0700); /* who opens the place says so when it is not there */
    if (file) {
        char *real = realpath(file, NULL);
        if (!real && lstat(file, &st) == 0)
            return false; /* a link to what is to be made: where that is shows only then */
        folders[2] = folder_of(a, file);
        folders[3] = real ? folder_of(a, arena_str(a, str_from(real)).p) : NULL;
        free(real);
    }
    return fence_folders(folders);
}

static void say_what_stays_open(bool fenced)
{
    if (fence_is_root())
        log_event(LOG_WARN, "the server runs as root, which it needs for nothing; --run-as USER gives that up", NULL);
    if (!fenced)
        log_event(LOG_INFO, "this kernel cannot fence the server into its folders", NULL);
}

static int serve(const options *o, place *p, const http_door *door, const sigset_t *ends)
{
    server       *s;
    server_config config;
    str           password, why = { 0 };
    int           which;
    if (!read_config(o, p, door, &config) || !first_administrator(o, p, &password) || !fill_demo(o, p))
        return 1;
    raise_descriptors();
    if (server_start(p->a, p->d, rooms, &config, &s, &why) != ERR_OK)
        return command_fail("%.*s", STR_ARG(why.n ? why : STR("the server cannot start; the log says why")));
    print_address(s, &config, password);
    notify_state("READY=1");
    while (sigwait(ends, &which) != 0) {
    }
    notify_state("STOPPING=1");
    log_event(LOG_INFO, "stopping", NULL);
    if (!server_stop(s, GRACE_MS))
        _exit(0);
    return 0;
}

/* The order counts: the address, another user, the fence; then the database, which starts threads. */
static int serve_alone(const options *o, arena *a, const sigset_t *ends)
{
    place     p;
    http_door door;
    bool      other = o->value[OPT_RUN_AS] != NULL;
    if (!o->value[OPT_TLS_CERT] != !o->value[OPT_TLS_KEY])
        return command_fail("--tls-cert and --tls-key belong together");
    if (other && !become_other(o, a, &door))
        return 1;
    fence_memory();
    bool fenced = fence_in(o, a);
    if (!place_open(o, PLACE_NEW | PLACE_ALONE, &p))
        return 1;
    say_what_stays_open(fenced);
    int status = serve(o, &p, other ? &door : NULL, ends);
    place_close(&p);
    return status;
}

int cmd_serve(const options *o)
{
    sigset_t ends;
    arena   *a = arena_new();
    take_signals(&ends);
    int status = serve_alone(o, a, &ends);
    arena_free(a);
    return status;
}
