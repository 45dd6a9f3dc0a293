/* One letter over SMTP, by libcurl. */
#include <curl/curl.h>

#include "post/inside.h"

enum { CONNECT_SECONDS = 15, ALL_SECONDS = 90 };

typedef struct {
    const smtp_call *c;
    ptrdiff_t        at;
    bool             handed, refused_to_hand;
} going;

static size_t give(char *to, size_t size, size_t count, void *arg)
{
    going *g = arg;
    size_t room = size * count, left = (size_t)(g->c->text.n - g->at);
    if (!g->handed) { /* asked for the first time: the other side waits for the text */
        if (!g->c->handing(g->c->arg)) {
            g->refused_to_hand = true;
            return CURL_READFUNC_ABORT;
        }
        g->handed = true;
    }
    size_t n = left < room ? left : room;
    memcpy(to, g->c->text.p + g->at, n);
    g->at += (ptrdiff_t)n;
    return n;
}

/* Stopping breaks off only what is surely not sent yet. */
static int shall_stop(void *arg, curl_off_t a, curl_off_t b, curl_off_t d, curl_off_t e)
{
    const going *g = arg;
    (void)a, (void)b, (void)d, (void)e;
    return !g->handed && g->c->stop(g->c->arg);
}

err smtp_open(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? ERR_OK : ERR_INTERNAL;
}

static void set_server(CURL *h, arena *a, const smtp_call *c)
{
    const mail_settings *m = c->m;
    ptrdiff_t            at = str_find_char(m->from, '@');
    str                  domain = str_sub(m->from, at + 1, m->from.n);
    bool                 v6 = str_find_char(m->host, ':') >= 0;
    str url = arena_printf(a, "%s://%s%.*s%s:%lld/%.*s", m->security == MAIL_TLS ? "smtps" : "smtp", v6 ? "[" : "",
                           STR_ARG(m->host), v6 ? "]" : "", (long long)m->port, STR_ARG(domain));
    curl_easy_setopt(h, CURLOPT_URL, url.p);
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(h, CURLOPT_USE_SSL, m->security == MAIL_PLAIN ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
    const char *ca = getenv("ZHIKE_MAIL_CA"); /* a house's own authority, beside those of the machine */
    if (ca && *ca)
        curl_easy_setopt(h, CURLOPT_CAINFO, ca);
    if (m->user.n) {
        curl_easy_setopt(h, CURLOPT_USERNAME, arena_cstr(a, m->user));
        curl_easy_setopt(h, CURLOPT_PASSWORD, arena_cstr(a, c->password));
    }
}

static smtp_result judge(CURL *h, arena *a, CURLcode code, const going *g, const char *words, str *why)
{
    long said = 0;
    curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &said);
    if (code == CURLE_OK)
        return SMTP_SENT;
    *why = said >= 400 ? arena_printf(a, "%s (%ld)", words, said) : arena_str(a, str_from(words));
    if (g->handed && said < 400)
        return SMTP_UNCERTAIN;
    return said >= 500 && said < 600 && code != CURLE_LOGIN_DENIED ? SMTP_REFUSED : SMTP_LATER;
}

smtp_result smtp_send(arena *a, const smtp_call *c, str *why)
{
    char               words[CURL_ERROR_SIZE] = { 0 };
    going              g = { .c = c };
    struct curl_slist *to = curl_slist_append(NULL, arena_printf(a, "<%.*s>", STR_ARG(c->to)).p);
    CURL              *h = curl_easy_init();
    if (!h || !to) {
        curl_slist_free_all(to);
        curl_easy_cleanup(h);
        *why = STR("no memory");
        return SMTP_LATER;
    }
    set_server(h, a, c);
    curl_easy_setopt(h, CURLOPT_MAIL_FROM, arena_printf(a, "<%.*s>", STR_ARG(c->m->from)).p);
    curl_easy_setopt(h, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(h, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(h, CURLOPT_READDATA, &g);
    curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, shall_stop);
    curl_easy_setopt(h, CURLOPT_XFERINFODATA, &g);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(h, CURLOPT_TIMEOUT, (long)ALL_SECONDS);
    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, words);
    CURLcode    code = curl_easy_perform(h);
    smtp_result r = judge(h, a, code, &g, words[0] ? words : curl_easy_strerror(code), why);
    curl_slist_free_all(to);
    curl_easy_cleanup(h);
    return r;
}
