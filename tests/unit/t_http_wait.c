/* What takes time in a live server: the slow lane, calls finished later, event streams, starting and stopping. */
#include "base/date.h"
#include "http_site.h"
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- lanes ---- */

static void slow_requests_hold_up_no_quick_one(void **state)
{
    site  *s = *state;
    client slow[6];
    for (size_t i = 0; i < countof(slow); i++) {
        slow[i] = client_open(s);
        client_send(&slow[i], "GET /api/slow HTTP/1.1\r\n" END);
    }
    assert_true(wait_for(&s->w.slow_running, 2));
    for (int i = 0; i < 50; i++)
        site_expect(s, "GET /api/echo HTTP/1.1\r\n" END, 200, "0 /api/echo {}");
    http_stats stats;
    http_stats_read(s->server, &stats);
    assert_int_equal(stats.slow_running, 2);
    assert_int_equal(stats.slow_waiting, 4);
    atomic_store(&s->w.slow_may_end, true);
    for (size_t i = 0; i < countof(slow); i++) {
        message m = client_read(&slow[i], true);
        assert_string_equal(m.body, "slow");
        free(m.body);
        client_close(&slow[i]);
    }
}

static void a_full_slow_lane_says_when_to_come_back(void **state)
{
    site  *s = *state;
    client c[80];
    int    busy = 0, done = 0;
    for (size_t i = 0; i < countof(c); i++) {
        c[i] = client_open(s);
        client_send(&c[i], "GET /api/slow HTTP/1.1\r\n" END);
        if (i == 1) /* both threads are at work: now the queue fills */
            assert_true(wait_for(&s->w.slow_running, 2));
    }
    http_stats stats = { .slow_waiting = 0 };
    for (int i = 0; i < WAIT_MS && stats.requests < 80 - 64 - 2; i++) {
        usleep(1000);
        http_stats_read(s->server, &stats);
    }
    atomic_store(&s->w.slow_may_end, true);
    for (size_t i = 0; i < countof(c); i++) {
        message m = client_read(&c[i], true);
        if (m.status == 503) {
            assert_true(head_has(&m, "\r\nRetry-After: "));
            busy++;
        } else {
            assert_int_equal(m.status, 200);
            done++;
        }
        free(m.body);
        client_close(&c[i]);
    }
    assert_int_equal(busy, 80 - 64 - 2);
    assert_int_equal(done, 64 + 2);
}

static void a_call_may_be_finished_at_any_time(void **state)
{
    client c = client_open(*state);
    for (int i = 0; i < 100; i++) {
        message m = client_ask(&c, i % 3 == 0   ? "GET /api/later?join=1 HTTP/1.1\r\n" END
                                   : i % 3 == 1 ? "GET /api/later HTTP/1.1\r\n" END
                                                : "GET /api/later?ms=3 HTTP/1.1\r\n" END);
        assert_int_equal(m.status, 200);
        assert_string_equal(m.body, "later");
        free(m.body);
    }
    client_close(&c);
}

static http_request *held(site *s)
{
    for (int i = 0; i < WAIT_MS; i++) {
        pthread_mutex_lock(&s->w.lock);
        http_request *r = s->w.held;
        pthread_mutex_unlock(&s->w.lock);
        if (r)
            return r;
        usleep(1000);
    }
    return NULL;
}

static void a_client_may_leave_while_its_call_runs(void **state)
{
    site  *s = *state;
    client c = client_open(s);
    client_send(&c, "GET /api/hold HTTP/1.1\r\nX-Note: still here\r\n" END);
    http_request *r = held(s);
    assert_non_null(r);
    client_close(&c);
    usleep(100000);
    assert_true(str_eq(http_header(r, "X-Note"), STR("still here"))); /* it runs to its end */
    site_reply(r, 200, "too late");
    http_finish(r);
    site_expect(s, "GET /api/echo HTTP/1.1\r\n" END, 200, NULL);
}

/* ---- streams ---- */

static int stats_streams(const site *s)
{
    http_stats stats;
    http_stats_read(s->server, &stats);
    return (int)stats.streams;
}

static void listen_all(site *s, client *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        c[i] = client_open(s);
        client_send(&c[i], i % 10 ? "GET /api/events HTTP/1.1\r\n" END : "GET /api/events?slow=1 HTTP/1.1\r\n" END);
    }
    for (size_t i = 0; i < n; i++) {
        message m = client_read(&c[i], false);
        assert_int_equal(m.status, 200);
        assert_true(head_has(&m, "\r\nContent-Type: text/event-stream\r\n"));
        free(m.body);
    }
    assert_true(wait_for(&s->w.opened, (int)n));
}

static void many_listeners_hear_every_event(void **state)
{
    static client c[LISTENERS];
    site         *s = *state;
    listen_all(s, c, LISTENERS);
    assert_int_equal(stats_streams(s), LISTENERS);
    for (int event = 0; event < 5; event++)
        for (size_t i = 0; i < LISTENERS; i++) {
            char text[40];
            snprintf(text, sizeof text, "data: event %d\n\n", event);
            assert_true(http_stream_send(s->w.streams[i], str_from(text)));
        }
    for (size_t i = 0; i < LISTENERS; i++)
        assert_true(client_until(&c[i], "data: event 4\n\n"));
    /* The first half leaves: noticed without an event. */
    for (size_t i = 0; i < LISTENERS / 2; i++)
        client_close(&c[i]);
    assert_true(wait_for(&s->w.closed, LISTENERS / 2));
    assert_int_equal(stats_streams(s), LISTENERS / 2);
    /* The rest is ended by the stop, cleanly. */
    assert_true(http_stop(s->server, 1000));
    assert_int_equal(atomic_load(&s->w.closed), LISTENERS);
    for (size_t i = 0; i < LISTENERS; i++)
        assert_false(http_stream_send(s->w.streams[i], STR("x")));
    for (size_t i = LISTENERS / 2; i < LISTENERS; i++) {
        assert_true(client_until(&c[i], "\r\n0\r\n\r\n"));
        client_close(&c[i]);
    }
    for (size_t i = 0; i < LISTENERS; i++)
        http_stream_release(s->w.streams[i]);
    http_options o = site_options(s);
    site_start(s, &o);
}

static void a_listener_that_does_not_read_is_dropped(void **state)
{
    site  *s = *state;
    client c;
    char   block[4096];
    int    sent = 0;
    listen_all(s, &c, 1);
    memset(block, 'e', sizeof block);
    while (sent < 100000 && http_stream_send(s->w.streams[0], (str){ block, sizeof block }))
        sent++;
    assert_true(sent >= 60 && sent < 100000);
    assert_true(wait_for(&s->w.closed, 1));
    http_stream_release(s->w.streams[0]);
    client_close(&c);
}

static void *send_main(void *arg)
{
    http_stream *s = arg;
    for (int i = 0; i < 2000; i++)
        if (!http_stream_send(s, STR("data: x\n\n")))
            break;
    return NULL;
}

static void senders_and_a_leaving_client_do_not_collide(void **state)
{
    site *s = *state;
    for (int round = 0; round < 10; round++) {
        client    c;
        pthread_t t[3];
        atomic_store(&s->w.opened, 0);
        listen_all(s, &c, 1);
        for (int i = 0; i < 3; i++)
            assert_int_equal(pthread_create(&t[i], NULL, send_main, s->w.streams[0]), 0);
        assert_true(client_until(&c, "data: x\n\n"));
        client_close(&c);
        for (int i = 0; i < 3; i++)
            pthread_join(t[i], NULL);
        http_stream_release(s->w.streams[0]);
    }
    assert_true(wait_for(&s->w.closed, 10));
}

/* ---- starting and stopping ---- */

typedef struct {
    http_server *server;
    int          grace_ms;
    atomic_bool  stopped, whole;
} stopping;

static void *stop_main(void *arg)
{
    stopping *s = arg;
    atomic_store(&s->whole, http_stop(s->server, s->grace_ms));
    atomic_store(&s->stopped, true);
    return NULL;
}

/* From some moment on; how soon depends on what else the machine does. */
static bool nobody_is_let_in(site *s)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(s->server)) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool let_in = true;
    for (int i = 0; i < 50 && let_in; i++) {
        usleep(100000);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        let_in = connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
        close(fd);
    }
    return !let_in;
}

static void a_stop_waits_for_what_runs(void **state)
{
    site *s = site_new();
    (void)state;
    http_options o = site_options(s);
    site_start(s, &o);
    client slow = client_open(s), later = client_open(s);
    client_send(&slow, "GET /api/slow HTTP/1.1\r\n" END);
    client_send(&later, "GET /api/hold HTTP/1.1\r\n" END);
    http_request *r = held(s);
    assert_non_null(r);
    assert_true(wait_for(&s->w.slow_running, 1));
    stopping  stop = { .server = s->server, .grace_ms = WAIT_MS };
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, stop_main, &stop), 0);
    assert_true(nobody_is_let_in(s));
    assert_false(atomic_load(&stop.stopped));
    site_reply(r, 200, "held");
    http_finish(r);
    atomic_store(&s->w.slow_may_end, true);
    message a = client_read(&slow, true), b = client_read(&later, true);
    assert_string_equal(a.body, "slow");
    assert_string_equal(b.body, "held");
    assert_true(head_has(&b, "\r\nConnection: close\r\n"));
    free(a.body);
    free(b.body);
    pthread_join(t, NULL);
    assert_true(atomic_load(&stop.whole));
    client_close(&slow);
    client_close(&later);
    site_free(s);
}

static void a_stop_does_not_wait_for_ever(void **state)
{
    site *s = site_new();
    (void)state;
    http_options o = site_options(s);
    site_start(s, &o);
    client c = client_open(s);
    client_send(&c, "GET /api/hold HTTP/1.1\r\n" END);
    http_request *r = held(s);
    assert_non_null(r);
    assert_false(http_stop(s->server, 50)); /* and no abort */
    site_reply(r, 200, "at last");          /* what still ran touches nothing that is gone */
    http_finish(r);
    message m = client_read(&c, true);
    assert_string_equal(m.body, "at last");
    free(m.body);
    client_close(&c);
    assert_true(http_stop(s->server, 1000));
    site_free(s);
}

static void a_slow_lane_that_waits_at_a_stop_is_told(void **state)
{
    site *s = site_new();
    (void)state;
    http_options o = site_options(s);
    o.slow_threads = 1;
    site_start(s, &o);
    client a = client_open(s), b = client_open(s);
    client_send(&a, "GET /api/slow HTTP/1.1\r\n" END);
    assert_true(wait_for(&s->w.slow_running, 1));
    client_send(&b, "GET /api/slow HTTP/1.1\r\n" END);
    usleep(50000);
    stopping  stop = { .server = s->server, .grace_ms = 100 };
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, stop_main, &stop), 0);
    message m = client_read(&b, true);
    assert_int_equal(m.status, 503);
    free(m.body);
    atomic_store(&s->w.slow_may_end, true);
    m = client_read(&a, true);
    assert_int_equal(m.status, 200);
    free(m.body);
    pthread_join(t, NULL);
    assert_true(atomic_load(&stop.whole));
    client_close(&a);
    client_close(&b);
    site_free(s);
}

typedef struct {
    struct sockaddr_in to;
    atomic_int         answers;
    atomic_bool        over;
} crowd;

static void *crowd_main(void *arg)
{
    static const char request[] = "GET /api/echo HTTP/1.1\r\n" END "GET /api/later HTTP/1.1\r\n" END;
    crowd            *w = arg;
    char              text[4096];
    while (!atomic_load(&w->over)) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&w->to, sizeof w->to) == 0 &&
            send(fd, request, sizeof request - 1, MSG_NOSIGNAL) > 0 && recv(fd, text, sizeof text, 0) > 0)
            atomic_fetch_add(&w->answers, 1);
        close(fd);
    }
    return NULL;
}

static void a_stop_under_load_is_clean(void **state)
{
    (void)state;
    for (int round = 0; round < 8; round++) {
        site        *s = site_new();
        http_options o = site_options(s);
        site_start(s, &o);
        pthread_t t[4];
        crowd     w = { .to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(s->server)) } };
        w.to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        for (size_t i = 0; i < countof(t); i++)
            assert_int_equal(pthread_create(&t[i], NULL, crowd_main, &w), 0);
        assert_true(wait_for(&w.answers, 50));
        assert_true(http_stop(s->server, WAIT_MS));
        atomic_store(&w.over, true);
        for (size_t i = 0; i < countof(t); i++)
            pthread_join(t[i], NULL);
        site_free(s);
    }
}

static void a_client_that_dawdles_is_cut(void **state)
{
    site *s = site_new();
    (void)state;
    http_options o = site_options(s);
    o.idle_seconds = 1;
    site_start(s, &o);
    client  c = client_open(s);
    int64_t began = clock_monotonic_ns();
    bool    cut = false;
    for (int i = 0; i < 60 && !cut; i++) {
        cut = send(c.fd, i ? "x" : "GET /api/echo HTTP/1.1\r\nX-Y: x", i ? 1 : 31, MSG_NOSIGNAL) <= 0;
        usleep(100000);
    }
    assert_true(cut);
    assert_true(clock_monotonic_ns() - began < INT64_C(5000000000));
    client_close(&c);
    assert_true(http_stop(s->server, 1000));
    site_free(s);
}

static void a_taken_port_is_explained(void **state)
{
    site        *s = *state;
    char         listen[40];
    http_server *second = NULL;
    str          why = { NULL, 0 };
    http_options o = site_options(s);
    snprintf(listen, sizeof listen, "127.0.0.1:%d", http_port(s->server));
    o.listen = listen;
    assert_int_equal(http_start(&o, s->a, &second, &why), ERR_UNAVAILABLE);
    assert_true(str_find(why, STR("is taken by another program")) > 0);
    o.listen = "here";
    assert_int_equal(http_start(&o, s->a, &second, &why), ERR_INVALID);
    assert_true(str_find(why, STR("ADDRESS:PORT")) > 0);
    o.listen = "127.0.0.1:70000";
    assert_int_equal(http_start(&o, s->a, &second, &why), ERR_INVALID);
    assert_null(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(slow_requests_hold_up_no_quick_one),
        LIVE(a_full_slow_lane_says_when_to_come_back),
        LIVE(a_call_may_be_finished_at_any_time),
        LIVE(a_client_may_leave_while_its_call_runs),
        LIVE(many_listeners_hear_every_event),
        LIVE(a_listener_that_does_not_read_is_dropped),
        LIVE(senders_and_a_leaving_client_do_not_collide),
        cmocka_unit_test(a_stop_waits_for_what_runs),
        cmocka_unit_test(a_stop_does_not_wait_for_ever),
        cmocka_unit_test(a_slow_lane_that_waits_at_a_stop_is_told),
        cmocka_unit_test(a_stop_under_load_is_clean),
        cmocka_unit_test(a_client_that_dawdles_is_cut),
        LIVE(a_taken_port_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
