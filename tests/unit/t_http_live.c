/* Requests, bodies and replies of a live server on loopback, over raw sockets; its options; TLS. */
#include "http_site.h"

#include "base/address.h"
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

/* ---- requests ---- */

static void a_get_is_answered_with_the_headers_of_every_reply(void **state)
{
    message m = site_ask(*state, "GET /api/echo/a%20b HTTP/1.1\r\nX-Request-Id: abc-1\r\n" END);
    assert_int_equal(m.status, 200);
    assert_string_equal(m.body, "0 /api/echo/a b [a b] {}");
    assert_true(head_has(&m, "\r\nX-Content-Type-Options: nosniff\r\n"));
    assert_true(head_has(&m, "\r\nContent-Security-Policy: default-src 'self'; script-src 'self'; style-src 'self' "
                             "'unsafe-inline'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'; "
                             "form-action 'self'\r\n"));
    assert_true(head_has(&m, "\r\nReferrer-Policy: same-origin\r\n"));
    assert_true(head_has(&m, "\r\nCross-Origin-Opener-Policy: same-origin\r\n"));
    assert_true(head_has(&m, "\r\nX-Request-Id: abc-1\r\n"));
    assert_true(head_has(&m, "\r\nCache-Control: no-store\r\n"));
    assert_true(head_has(&m, "\r\nDate: "));
    assert_true(head_has(&m, "\r\nContent-Type: text/plain\r\n"));
    free(m.body);
}

static void a_bad_request_id_is_replaced(void **state)
{
    message m = site_ask(*state, "GET /api/echo HTTP/1.1\r\nX-Request-Id: <script>\r\n" END);
    assert_int_equal(m.status, 200);
    assert_true(head_has(&m, "\r\nX-Request-Id: "));
    assert_false(head_has(&m, "script>"));
    free(m.body);
}

static void a_connection_is_kept_and_requests_may_queue_on_it(void **state)
{
    client c = client_open(*state);
    for (int i = 0; i < 3; i++) {
        message m = client_ask(&c, "GET /api/echo HTTP/1.1\r\n" END);
        assert_string_equal(m.body, "0 /api/echo {}");
        free(m.body);
    }
    client_send(&c, "GET /api/echo/1 HTTP/1.1\r\n" END "POST /api/echo HTTP/1.1\r\nContent-Length: 3\r\n" END
                    "xyzGET /api/later?ms=20 HTTP/1.1\r\n" END "GET /api/echo/2 HTTP/1.1\r\n" END);
    const char *const bodies[] = { "0 /api/echo/1 [1] {}", "2 /api/echo {xyz}", "later", "0 /api/echo/2 [2] {}" };
    for (size_t i = 0; i < countof(bodies); i++) {
        message m = client_read(&c, true);
        assert_string_equal(m.body, bodies[i]);
        free(m.body);
    }
    client_close(&c);
}

static void head_is_a_get_without_the_body(void **state)
{
    client  c = client_open(*state);
    message m = client_ask(&c, "HEAD /api/echo HTTP/1.1\r\n" END);
    assert_int_equal(m.status, 200);
    assert_int_equal(head_length(&m), 14);
    free(m.body);
    m = client_ask(&c, "GET /api/echo HTTP/1.1\r\n" END); /* nothing of a body stood in between */
    assert_string_equal(m.body, "0 /api/echo {}");
    free(m.body);
    client_close(&c);
}

static void wrong_methods_and_addresses(void **state)
{
    message m = site_ask(*state, "DELETE /api/slow HTTP/1.1\r\n" END);
    assert_int_equal(m.status, 405);
    assert_true(head_has(&m, "\r\nAllow: GET, HEAD, OPTIONS\r\n"));
    assert_non_null(strstr(m.body, "method_not_allowed"));
    free(m.body);
    m = site_ask(*state, "OPTIONS /api/echo HTTP/1.1\r\n" END);
    assert_int_equal(m.status, 204);
    assert_true(head_has(&m, "\r\nAllow: GET, HEAD, POST, DELETE, OPTIONS\r\n"));
    free(m.body);
    m = site_ask(*state, "BREW /api/echo HTTP/1.1\r\n" END);
    assert_int_equal(m.status, 405);
    free(m.body);
    site_expect(*state, "GET /api/nothing HTTP/1.1\r\nAccept: text/html\r\n" END, 404, NULL);
    site_expect(*state, "POST /nothing HTTP/1.1\r\nContent-Length: 2\r\n" END "{}", 404, NULL);
    site_expect(*state, "GET /api/echo/%zz HTTP/1.1\r\n" END, 400, NULL);
    site_expect(*state, "GET /api/echo/%00 HTTP/1.1\r\n" END, 400, NULL);
    site_expect(*state, "GET /api/echo?a=%ff HTTP/1.1\r\n" END, 400, NULL);
}

static void a_refused_small_body_leaves_the_connection_usable(void **state)
{
    client  c = client_open(*state);
    message m = client_ask(&c, "POST /api/nothing HTTP/1.1\r\nContent-Length: 5\r\n" END "GET /x");
    assert_int_equal(m.status, 404);
    free(m.body);
    client_close(&c);
    c = client_open(*state);
    m = client_ask(&c, "POST /api/nothing HTTP/1.1\r\nContent-Length: 5\r\n" END "GET /");
    assert_int_equal(m.status, 404);
    free(m.body);
    m = client_ask(&c, "GET /api/echo HTTP/1.1\r\n" END);
    assert_int_equal(m.status, 200);
    free(m.body);
    client_close(&c);
}

/* ---- bodies ---- */

static void bodies_whole_and_in_pieces(void **state)
{
    client c = client_open(*state);
    client_send(&c, "POST /api/echo HTTP/1.1\r\nContent-Length: 6\r\n" END "ab");
    usleep(20000);
    client_send(&c, "cdef");
    message m = client_read(&c, true);
    assert_string_equal(m.body, "2 /api/echo {abcdef}");
    free(m.body);
    m = client_ask(&c,
                   "POST /api/echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" END "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    assert_string_equal(m.body, "2 /api/echo {abcde}");
    free(m.body);
    client_close(&c);
}

static void a_body_cut_in_the_middle_runs_nothing(void **state)
{
    site  *s = *state;
    client c = client_open(s);
    client_send(&c, "POST /api/echo HTTP/1.1\r\nContent-Length: 6\r\n" END "abc");
    usleep(50000);
    client_close(&c);
    site_expect(s, "GET /api/echo HTTP/1.1\r\n" END, 200, NULL);
    usleep(50000);
    assert_int_equal(atomic_load(&s->w.handled), 1); /* the GET alone */
    http_stats stats;
    http_stats_read(s->server, &stats);
    assert_int_equal(stats.requests, 1);
}

static void a_body_that_is_too_large_is_refused_before_it_is_sent(void **state)
{
    client  c = client_open(*state);
    message m = client_ask(&c, "POST /api/echo HTTP/1.1\r\nContent-Length: 900000000\r\n" END); /* not one byte of it */
    assert_int_equal(m.status, 413);
    free(m.body);
    assert_true(client_at_end(&c));
    client_close(&c);
    site_expect(*state, "POST /api/small HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 101\r\n" END, 413, NULL);
    site_expect(*state, "DELETE /api/slow HTTP/1.1\r\nContent-Length: 900000000\r\n" END, 405, NULL);
    site_expect(*state, "GET /api/slow HTTP/1.1\r\nContent-Length: 2\r\n" END "{}", 413, NULL);
    assert_int_equal(atomic_load(&((site *)*state)->w.handled), 0);
}

static void a_chunked_body_that_grows_too_large_is_refused(void **state)
{
    char text[400];
    snprintf(text, sizeof text,
             "POST /api/small HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" END "96\r\n%0150d\r\n0\r\n\r\n", 7);
    site_expect(*state, text, 413, NULL);
    assert_int_equal(atomic_load(&((site *)*state)->w.handled), 0);
}

static void admission_is_asked_before_the_body(void **state)
{
    site_expect(*state, "POST /api/secret HTTP/1.1\r\nContent-Length: 60000000\r\n" END, 401, "who?");
    site_expect(*state, "POST /api/secret HTTP/1.1\r\nAuthorization: x\r\nContent-Length: 2\r\n" END "ab", 200,
                "2 /api/secret {ab}");
}

static void lengths_that_can_be_read_in_two_ways_are_refused(void **state)
{
    site_expect(*state,
                "POST /api/echo HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n" END "0\r\n\r\n", 400,
                NULL);
    site_expect(*state, "POST /api/echo HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n" END "abc", 400, NULL);
    site_expect(*state, "POST /api/echo HTTP/1.1\r\nTransfer-Encoding: gzip\r\n" END, 400, NULL);
    site_expect(*state, "POST /api/echo HTTP/1.1\r\nContent-Length: -3\r\n" END, 400, NULL);
    site_expect(*state, "POST /api/echo HTTP/1.1\r\nContent-Length: 3x\r\n" END, 400, NULL);
    site_expect(*state, "POST /api/upload HTTP/1.1\r\n" END, 411, NULL);
    assert_int_equal(atomic_load(&((site *)*state)->w.handled), 0);
}

static void too_long_headers_are_refused(void **state)
{
    char *text = malloc(60000);
    assert_non_null(text);
    int n = snprintf(text, 60000, "GET /api/echo HTTP/1.1\r\nX-Long: ");
    memset(text + n, 'x', 50000);
    strcpy(text + n + 50000, "\r\n" END);
    client c = client_open(*state);
    (void)send(c.fd, text, strlen(text), MSG_NOSIGNAL);
    message m = client_read(&c, true);
    assert_int_equal(m.status, 431);
    free(m.body);
    client_close(&c);
    n = snprintf(text, 60000, "GET /api/echo?q=");
    memset(text + n, 'x', 12000);
    strcpy(text + n + 12000, " HTTP/1.1\r\n" END);
    site_expect(*state, text, 200, NULL);
    free(text);
}

static void an_upload_is_spooled_and_its_parts_are_found(void **state)
{
    static const char parts[] = "--B\r\nContent-Disposition: form-data; name=\"about\"\r\n\r\n7\r\n"
                                "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n"
                                "Content-Type: text/plain\r\n\r\n";
    site             *s = *state;
    size_t            filler = 3000000, n = 0;
    char             *text = malloc(filler + 2000);
    assert_non_null(text);
    n = (size_t)sprintf(text,
                        "POST /api/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=B\r\n"
                        "Content-Length: %zu\r\n" END "%s",
                        sizeof parts - 1 + filler + 9, parts);
    memset(text + n, 'z', filler);
    strcpy(text + n + filler, "\r\n--B--\r\n");
    site_expect(s, text, 200, "about=:1;file=a.txt:3000000;");
    free(text);
    site_expect(
        s,
        "POST /api/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 2\r\n" END "{}",
        400, "not multipart");
}

/* ---- replies ---- */

static void replies_made_in_pieces(void **state)
{
    site   *s = *state;
    client  c = client_open(s);
    message m = client_ask(&c, "GET /api/pull?size=1 HTTP/1.1\r\n" END);
    assert_int_equal(m.n, 100000);
    free(m.body);
    client_send(&c, "GET /api/pull HTTP/1.1\r\n" END);
    m = client_read(&c, false);
    assert_true(head_has(&m, "Transfer-Encoding: chunked"));
    free(m.body);
    assert_true(client_until(&c, "\r\n0\r\n\r\n"));
    client_close(&c);
    assert_true(wait_for(&s->w.pulls_done, 2));
    site_expect(s, "GET /api/file HTTP/1.1\r\n" END, 200, "file bytes");
}

static void the_web_app_is_served(void **state)
{
    message m = site_ask(*state, "GET / HTTP/1.1\r\n" END);
    assert_int_equal(m.status, 200);
    assert_true(head_has(&m, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
    assert_true(head_has(&m, "\r\nCache-Control: no-cache\r\n"));
    char        request[300];
    const char *tag = strstr(m.head, "\r\nETag: ");
    assert_non_null(tag);
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\nIf-None-Match: %.*s\r\n" END, (int)strcspn(tag + 8, "\r"),
             tag + 8);
    free(m.body);
    m = site_ask(*state, request);
    assert_int_equal(m.status, 304);
    assert_false(head_has(&m, "Content-Type:"));
    free(m.body);
    site_expect(*state, "GET /leads/7 HTTP/1.1\r\nAccept: text/html,*/*;q=0.8\r\n" END, 200, NULL);
    site_expect(*state, "GET /leads/7 HTTP/1.1\r\nAccept: */*\r\n" END, 404, NULL);
    site_expect(*state, "GET /assets/gone.js HTTP/1.1\r\nAccept: text/html\r\n" END, 404, NULL);
    site_expect(*state, "HEAD /index.html HTTP/1.1\r\n" END, 200, NULL);
}

/* ---- options ---- */

static http_outcome on_who(http_request *r, void *arg)
{
    (void)arg;
    r->reply.status = 200;
    buf_printf(&r->reply.body, "%.*s %s", STR_ARG(r->client), r->secure ? "secure" : "plain");
    return HTTP_DONE;
}

static void a_proxy_is_believed_only_when_trusted(void **state)
{
    static const http_route who[] = { { .pattern = "/who", .methods = SITE_GET, .handle = on_who } };
    static const char       request[] =
        "GET /who HTTP/1.1\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2\r\n"
        "X-Forwarded-Proto: https\r\n" END;
    static const char *const nets[] = { NULL, "10.0.0.0/8, ::1", "127.0.0.0/8" };
    (void)state;
    for (size_t i = 0; i < countof(nets); i++) {
        bool          trusted = i == 2;
        arena        *a = arena_new();
        address_nets *list = NULL;
        str           bad;
        site         *s = site_new();
        http_options  o = site_options(s);
        o.routes = who;
        o.route_count = 1;
        assert_true(!nets[i] || address_nets_read(a, str_from(nets[i]), &list, &bad));
        o.proxies = list;
        site_start(s, &o);
        site_expect(s, request, 200, trusted ? "2.2.2.2 secure" : "127.0.0.1 plain");
        assert_true(http_stop(s->server, 1000));
        site_free(s);
        arena_free(a);
    }
}

static http_outcome on_large(http_request *r, void *arg)
{
    (void)arg;
    r->reply.status = 200;
    for (int i = 0; i < 2000; i++)
        buf_putz(&r->reply.body, "{\"a\":1}");
    return HTTP_DONE;
}

static void json_is_compressed_for_who_asks_from_afar(void **state)
{
    static const http_route large[] = { { .pattern = "/large", .methods = SITE_GET, .handle = on_large } };
    site                   *s = site_new();
    http_options            o = site_options(s);
    char                    plain[20000];
    arena                  *a = arena_new();
    address_nets           *near;
    str                     bad;
    (void)state;
    assert_true(address_nets_read(a, STR("127.0.0.1"), &near, &bad));
    o.routes = large;
    o.route_count = 1;
    o.proxies = near;
    o.gzip_json = true;
    site_start(s, &o);
    message m = site_ask(s, "GET /large HTTP/1.1\r\nAccept-Encoding: gzip\r\nX-Forwarded-For: 2.2.2.2\r\n" END);
    assert_true(head_has(&m, "\r\nContent-Encoding: gzip\r\n"));
    assert_true(head_has(&m, "\r\nVary: Accept-Encoding\r\n"));
    assert_true(m.n < 1000);
    z_stream z = {
        .next_in = (Bytef *)m.body, .avail_in = (uInt)m.n, .next_out = (Bytef *)plain, .avail_out = sizeof plain
    };
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, 14000);
    inflateEnd(&z);
    free(m.body);
    static const char *const as_is[] = { "GET /large HTTP/1.1\r\nAccept-Encoding: gzip\r\n" END,
                                         "GET /large HTTP/1.1\r\nX-Forwarded-For: 2.2.2.2\r\n" END };
    for (size_t i = 0; i < countof(as_is); i++) {
        m = site_ask(s, as_is[i]);
        assert_int_equal(m.n, 14000);
        assert_false(head_has(&m, "Content-Encoding"));
        free(m.body);
    }
    assert_true(http_stop(s->server, 1000));
    site_free(s);
    arena_free(a);
}

/* Makes a key and a certificate for localhost; false where there is no openssl. */
static bool certificate(const site *s, char *cert, char *key, size_t room)
{
    char command[600];
    snprintf(cert, room, "%s/cert.pem", s->w.spool_dir);
    snprintf(key, room, "%s/key.pem", s->w.spool_dir);
    snprintf(command, sizeof command,
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
             "-addext subjectAltName=DNS:localhost -keyout %s -out %s >/dev/null 2>&1",
             key, cert);
    return system(command) == 0;
}

static ssize_t tls_read_all(gnutls_session_t tls, char *into, size_t room, const char *mark)
{
    size_t n = 0;
    into[0] = '\0';
    while (!strstr(into, mark) && n + 1 < room) {
        ssize_t got = gnutls_record_recv(tls, into + n, room - 1 - n);
        if (got == GNUTLS_E_INTERRUPTED || got == GNUTLS_E_AGAIN)
            continue;
        if (got <= 0)
            return -1;
        n += (size_t)got;
        into[n] = '\0';
    }
    return (ssize_t)n;
}

static gnutls_session_t tls_open(const client *c, gnutls_certificate_credentials_t trust)
{
    gnutls_session_t tls;
    assert_int_equal(gnutls_init(&tls, GNUTLS_CLIENT), 0);
    gnutls_set_default_priority(tls);
    gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, trust);
    gnutls_server_name_set(tls, GNUTLS_NAME_DNS, "localhost", 9);
    gnutls_session_set_verify_cert(tls, "localhost", 0);
    gnutls_transport_set_int(tls, c->fd);
    gnutls_handshake_set_timeout(tls, WAIT_MS);
    int done;
    while ((done = gnutls_handshake(tls)) < 0 && !gnutls_error_is_fatal(done))
        ;
    if (done < 0)
        fail_msg("handshake: %s", gnutls_strerror(done));
    return tls;
}

static void tls_ask(gnutls_session_t tls, const char *request, const char *expected)
{
    char text[8192];
    assert_int_equal(gnutls_record_send(tls, request, strlen(request)), strlen(request));
    assert_true(tls_read_all(tls, text, sizeof text, expected) > 0);
}

static void tls_is_spoken_with_a_certificate(void **state)
{
    char  cert[120], key[120];
    site *s = site_new();
    (void)state;
    if (!certificate(s, cert, key, sizeof cert)) {
        unlink(cert);
        unlink(key);
        site_free(s);
        print_message("no openssl to make a certificate with\n");
        skip();
    }
    gnutls_certificate_credentials_t trust;
    assert_int_equal(gnutls_certificate_allocate_credentials(&trust), 0);
    assert_int_equal(gnutls_certificate_set_x509_trust_file(trust, cert, GNUTLS_X509_FMT_PEM), 1);
    http_options o = site_options(s);
    o.tls_cert = cert;
    o.tls_key = key;
    site_start(s, &o);
    client           c = client_open(s);
    gnutls_session_t tls = tls_open(&c, trust);
    tls_ask(tls, "GET /api/echo/tls HTTP/1.1\r\n" END, "0 /api/echo/tls [tls] {}");
    tls_ask(tls, "GET /api/later?ms=20 HTTP/1.1\r\n" END, "later"); /* sleeping and waking */
    tls_ask(tls, "GET /api/file HTTP/1.1\r\n" END, "file bytes");
    tls_ask(tls, "GET /api/events HTTP/1.1\r\n" END, "\r\n\r\n");
    assert_true(wait_for(&s->w.opened, 1));
    assert_true(http_stream_send(s->w.streams[0], STR("data: over tls\n\n")));
    char text[1000];
    assert_true(tls_read_all(tls, text, sizeof text, "data: over tls") > 0);
    gnutls_deinit(tls);
    client_close(&c);
    assert_true(wait_for(&s->w.closed, 1)); /* also noticed through TLS */
    http_stream_release(s->w.streams[0]);
    c = client_open(s);
    client_send(&c, "GET /api/echo HTTP/1.1\r\n" END); /* plain words to a TLS port */
    assert_false(client_until(&c, "HTTP/1.1 200"));
    client_close(&c);
    assert_true(http_stop(s->server, 1000));
    /* What is no certificate is explained. */
    str why;
    o.tls_key = cert;
    assert_int_equal(http_start(&o, s->a, &s->server, &why), ERR_INVALID);
    assert_true(str_find(why, STR("PEM")) > 0);
    o.tls_key = "/nowhere/key.pem";
    assert_int_equal(http_start(&o, s->a, &s->server, &why), ERR_INVALID);
    assert_true(str_find(why, STR("cannot read /nowhere/key.pem")) > 0);
    gnutls_certificate_free_credentials(trust);
    unlink(cert);
    unlink(key);
    site_free(s);
}

static void six_is_spoken_too(void **state)
{
    site *s = site_new();
    (void)state;
    http_options o = site_options(s);
    o.listen = "[::1]:0";
    str why;
    if (http_start(&o, s->a, &s->server, &why) != ERR_OK) {
        print_message("no IPv6 here: %.*s\n", STR_ARG(why));
        site_free(s);
        skip();
    }
    int                 fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)http_port(s->server)) };
    to.sin6_addr = in6addr_loopback;
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    client  c = { .fd = fd };
    message m = client_ask(&c, "GET /api/echo HTTP/1.1\r\n" END);
    assert_int_equal(m.status, 200);
    free(m.body);
    client_close(&c);
    assert_true(http_stop(s->server, 1000));
    site_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(a_get_is_answered_with_the_headers_of_every_reply),
        LIVE(a_bad_request_id_is_replaced),
        LIVE(a_connection_is_kept_and_requests_may_queue_on_it),
        LIVE(head_is_a_get_without_the_body),
        LIVE(wrong_methods_and_addresses),
        LIVE(a_refused_small_body_leaves_the_connection_usable),
        LIVE(bodies_whole_and_in_pieces),
        LIVE(a_body_cut_in_the_middle_runs_nothing),
        LIVE(a_body_that_is_too_large_is_refused_before_it_is_sent),
        LIVE(a_chunked_body_that_grows_too_large_is_refused),
        LIVE(admission_is_asked_before_the_body),
        LIVE(lengths_that_can_be_read_in_two_ways_are_refused),
        LIVE(too_long_headers_are_refused),
        LIVE(an_upload_is_spooled_and_its_parts_are_found),
        LIVE(replies_made_in_pieces),
        LIVE(the_web_app_is_served),
        cmocka_unit_test(a_proxy_is_believed_only_when_trusted),
        cmocka_unit_test(json_is_compressed_for_who_asks_from_afar),
        cmocka_unit_test(tls_is_spoken_with_a_certificate),
        cmocka_unit_test(six_is_spoken_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
