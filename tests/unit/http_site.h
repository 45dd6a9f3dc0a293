/* A live server on loopback for tests, its routes, and a client over raw sockets. */
#ifndef ZK_TEST_HTTP_SITE_H
#define ZK_TEST_HTTP_SITE_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/http.h"
#include <pthread.h>
#include <stdatomic.h>

enum { LISTENERS = 200, WAIT_MS = 8000 };

/* What the handlers share with the tests: handed in as the routes' argument. */
typedef struct {
    atomic_int      handled, slow_running, opened, closed, pulls_done;
    atomic_bool     slow_may_end;
    pthread_mutex_t lock;
    http_stream    *streams[LISTENERS];
    http_request   *held;
    char            spool_dir[64];
} world;

typedef struct {
    world        w;
    http_server *server;
    arena       *a;
} site;

typedef struct {
    int    fd;
    char  *text; /* what was read and not yet taken */
    size_t n, room;
} client;

typedef struct {
    int    status;
    char   head[4096];
    char  *body; /* free() */
    size_t n;
} message;

#define HOST "Host: x\r\n"
#define END  HOST "\r\n"

#define SITE_GET    (1u << HTTP_GET)
#define SITE_POST   (1u << HTTP_POST)
#define SITE_DELETE (1u << HTTP_DELETE)

/* The test runs with a server that is started before it and stopped, cleanly, after it. */
#define LIVE(name) cmocka_unit_test_setup_teardown(name, site_set_up, site_tear_down)

void         site_reply(http_request *r, int status, const char *text);
http_options site_options(site *s);
site        *site_new(void);
void         site_start(site *s, const http_options *o);
void         site_free(site *s);
int          site_set_up(void **state);
int          site_tear_down(void **state);
client       client_open(const site *s);
void         client_close(client *c);
void         client_send(client *c, const char *text);
bool         client_until(client *c, const char *mark);
bool         client_at_end(client *c);
bool         head_has(const message *m, const char *line);
long         head_length(const message *m);
message      client_read(client *c, bool has_body);
message      client_ask(client *c, const char *request);
message      site_ask(const site *s, const char *request);
void         site_expect(const site *s, const char *request, int status, const char *body);
bool         wait_for(atomic_int *n, int least);
bool         client_more(client *c);
#endif
