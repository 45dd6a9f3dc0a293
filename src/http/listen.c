/* The listening socket and the thread that accepts from it. The transport could do both, but to take its listening socket
 * away while its threads run is a race that aborts the process. */
#include "base/limits.h"
#include "base/log.h"
#include "http/inside.h"
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

/* "127.0.0.1:8080", "[::1]:0", "localhost:80", ":8080" and "*:8080" (every address). */
static bool split(str where, str *host, str *port)
{
    ptrdiff_t colon = -1;
    for (ptrdiff_t i = 0; i < where.n; i++)
        if (where.p[i] == ':')
            colon = i;
    if (colon < 0)
        return false;
    *host = str_sub(where, 0, colon);
    *port = str_sub(where, colon + 1, where.n);
    if (host->n >= 2 && host->p[0] == '[' && host->p[host->n - 1] == ']')
        *host = str_sub(*host, 1, host->n - 1);
    else if (str_find_char(*host, ':') >= 0)
        return false;
    int64_t number;
    return str_to_int64(*port, &number) && number >= 0 && number <= 65535;
}

static str sentence(arena *a, str where, str port, int error)
{
    if (error == EADDRINUSE)
        return arena_printf(a, "Cannot listen on %.*s: port %.*s is taken by another program.", STR_ARG(where),
                            STR_ARG(port));
    if (error == EACCES)
        return arena_printf(a, "Cannot listen on %.*s: this user may not use port %.*s; take one above 1023.",
                            STR_ARG(where), STR_ARG(port));
    if (error == EADDRNOTAVAIL)
        return arena_printf(a, "Cannot listen on %.*s: this machine does not have that address.", STR_ARG(where));
    return arena_printf(a, "Cannot listen on %.*s: %s.", STR_ARG(where), strerror(error));
}

/* Every address, IPv6 and IPv4 on one socket, asks for IPV6_V6ONLY off. */
static int socket_bound(const struct addrinfo *to)
{
    int on = 1, off = 0;
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (to->ai_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, to->ai_addr, to->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static int port_of(int fd)
{
    struct sockaddr_storage s = { 0 };
    socklen_t               n = sizeof s;
    if (getsockname(fd, (struct sockaddr *)&s, &n) != 0)
        return 0;
    return ntohs(s.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&s)->sin6_port
                                         : ((struct sockaddr_in *)&s)->sin_port);
}

err listen_open(const char *text, arena *a, int *fd, int *port, str *why)
{
    str              where = str_from(text), host, number;
    struct addrinfo  hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *list = NULL;
    if (!split(where, &host, &number)) {
        *why =
            arena_printf(a, "Cannot listen on \"%.*s\": write ADDRESS:PORT, for example 127.0.0.1:8080 or [::1]:8080.",
                         STR_ARG(where));
        return ERR_INVALID;
    }
    bool every = host.n == 0 || str_eq(host, STR("*"));
    int  unknown = getaddrinfo(every ? "::" : arena_cstr(a, host), arena_cstr(a, number), &hints, &list);
    if (unknown) {
        *why = arena_printf(a, "Cannot listen on %.*s: %s.", STR_ARG(where), gai_strerror(unknown));
        return ERR_INVALID;
    }
    int error = 0;
    *fd = -1;
    for (const struct addrinfo *i = list; i && *fd < 0; i = i->ai_next)
        if ((*fd = socket_bound(i)) < 0)
            error = errno;
    freeaddrinfo(list);
    if (*fd < 0 && every && error == EAFNOSUPPORT) /* a machine without IPv6 */
        return listen_open(arena_printf(a, "0.0.0.0:%.*s", STR_ARG(number)).p, a, fd, port, why);
    if (*fd < 0) {
        *why = sentence(a, where, number, error);
        return ERR_UNAVAILABLE;
    }
    *port = port_of(*fd);
    return ERR_OK;
}

/* ---- accepting ---- */

enum { AT_ONCE = 64, FULL_MS = 20, SHORT_OF_DESCRIPTORS_MS = 200 };

/* false: to stop. Without room nobody is accepted, and some of those who say nothing are let go: who comes waits in the backlog
 * for as long as that takes. */
static bool wait_for_client(http_server *v)
{
    bool          full = atomic_load(&v->connections) >= LIMIT_CONNECTIONS;
    struct pollfd p[] = { { .fd = v->wake_fd, .events = POLLIN }, { .fd = v->listen_fd, .events = POLLIN } };
    if (full)
        conns_make_room(v);
    (void)poll(p, full ? 1 : 2, full ? FULL_MS : -1);
    return !atomic_load(&v->stopping);
}

static bool accept_one(http_server *v)
{
    struct sockaddr_storage from = { 0 };
    socklen_t               n = sizeof from;
    int                     fd = accept4(v->listen_fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        transport_add(v, fd, (struct sockaddr *)&from, n);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        struct pollfd p = { .fd = v->wake_fd, .events = POLLIN };
        log_event(LOG_WARN, "cannot accept a connection", "why", strerror(errno), NULL);
        (void)poll(&p, 1, SHORT_OF_DESCRIPTORS_MS);
    }
    return false;
}

static void *acceptor_main(void *arg)
{
    http_server *v = arg;
    while (wait_for_client(v))
        for (int i = 0; i < AT_ONCE && atomic_load(&v->connections) < LIMIT_CONNECTIONS && accept_one(v); i++)
            ;
    return NULL;
}

bool acceptor_start(http_server *v)
{
    v->wake_fd = eventfd(0, EFD_CLOEXEC);
    if (v->wake_fd < 0)
        return false;
    v->accepting = pthread_create(&v->acceptor, NULL, acceptor_main, v) == 0;
    if (!v->accepting)
        close(v->wake_fd);
    return v->accepting;
}

void acceptor_stop(http_server *v)
{
    uint64_t one = 1;
    if (!v->accepting)
        return;
    v->accepting = false;
    (void)!write(v->wake_fd, &one, sizeof one);
    pthread_join(v->acceptor, NULL);
    close(v->wake_fd);
    close(v->listen_fd);
    v->listen_fd = -1;
}
