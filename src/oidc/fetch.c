#include "oidc/fetch.h"

#include <curl/curl.h>

#include "base/buf.h"

enum { CONNECT_SECONDS = 5 };

err fetch_open(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? ERR_OK : ERR_INTERNAL;
}

/* ---- addresses ---- */

typedef struct {
    str  scheme, host;
    bool plain; /* no user, no fragment */
} address;

static str part_of(CURLU *u, arena *a, CURLUPart what, unsigned flags)
{
    char *text = NULL;
    str   out = { 0 };
    if (curl_url_get(u, what, &text, flags) == CURLUE_OK && text)
        out = arena_str(a, str_from(text));
    curl_free(text);
    return out;
}

static bool has_part(CURLU *u, CURLUPart what)
{
    char *text = NULL;
    bool  there = curl_url_get(u, what, &text, 0) == CURLUE_OK && text;
    curl_free(text);
    return there;
}

static bool printable(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '\\')
            return false;
    return s.n > 0 && s.n <= FETCH_URL;
}

/* curl forgives one slash, or three. */
static bool two_slashes(str url)
{
    ptrdiff_t at = str_find(url, STR("://"));
    return at > 0 && at + 3 < url.n && url.p[at + 3] != '/';
}

static bool read_address(arena *a, str url, address *out)
{
    CURLU *u = printable(url) && two_slashes(url) ? curl_url() : NULL;
    bool   good = u && curl_url_set(u, CURLUPART_URL, arena_cstr(a, url), 0) == CURLUE_OK;
    if (good)
        *out = (address){ .scheme = part_of(u, a, CURLUPART_SCHEME, 0),
                          .host = part_of(u, a, CURLUPART_HOST, 0),
                          .plain = !has_part(u, CURLUPART_USER) && !has_part(u, CURLUPART_PASSWORD) &&
                                   !has_part(u, CURLUPART_FRAGMENT) };
    curl_url_cleanup(u);
    return good && out->host.n > 0;
}

/* A name that only begins like the address of this machine ("127.0.0.1.example.com") is none. */
static bool near_host(str host)
{
    int dots = 0;
    if (str_eq_nocase(host, STR("localhost")) || str_eq(host, STR("[::1]")))
        return true;
    for (ptrdiff_t i = 0; i < host.n; i++) {
        if (host.p[i] != '.' && (host.p[i] < '0' || host.p[i] > '9'))
            return false;
        dots += host.p[i] == '.';
    }
    return dots == 3 && str_starts(host, STR("127."));
}

static bool near_url(arena *a, str url, address *d)
{
    return read_address(a, url, d) && near_host(d->host);
}

bool fetch_address_near(str url)
{
    address d;
    arena  *a = arena_new();
    bool    is = near_url(a, url, &d);
    arena_free(a);
    return is;
}

bool fetch_address_good(str url)
{
    address d;
    arena  *a = arena_new();
    bool    good = read_address(a, url, &d) && d.plain &&
                (str_eq(d.scheme, STR("https")) || (str_eq(d.scheme, STR("http")) && near_host(d.host)));
    arena_free(a);
    return good;
}

str fetch_escape(arena *a, str s)
{
    static const char digits[] = "0123456789ABCDEF";
    char             *to = arena_alloc(a, (size_t)s.n * 3 + 1);
    ptrdiff_t         n = 0;
    for (ptrdiff_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool          word =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~", c));
        if (word) {
            to[n++] = (char)c;
        } else {
            to[n++] = '%';
            to[n++] = digits[c >> 4];
            to[n++] = digits[c & 15];
        }
    }
    return (str){ to, n };
}

/* ---- one request ---- */

typedef struct {
    const fetch_call *c;
    buf               body;
} going;

static size_t take(char *from, size_t size, size_t count, void *arg)
{
    going *g = arg;
    buf_put(&g->body, from, size * count);
    return g->body.failed ? 0 : size * count; /* 0 ends it: whoever sends more than fits is not read to the end */
}

static int shall_stop(void *arg, curl_off_t a, curl_off_t b, curl_off_t d, curl_off_t e)
{
    const going *g = arg;
    (void)a, (void)b, (void)d, (void)e;
    return g->c->stop && g->c->stop(g->c->arg);
}

static struct curl_slist *headers_of(arena *a, const fetch_call *c)
{
    struct curl_slist *list = curl_slist_append(NULL, "Accept: application/json");
    list = curl_slist_append(list, "Expect:");
    if (c->bearer.n)
        list = curl_slist_append(list, arena_printf(a, "Authorization: Bearer %.*s", STR_ARG(c->bearer)).p);
    return list;
}

static void set_limits(CURL *h, const fetch_call *c)
{
    int seconds = c->seconds > 0 ? c->seconds : FETCH_SECONDS;
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, fetch_address_near(c->url) ? "http,https" : "https");
    curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(h, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(h, CURLOPT_MAXFILESIZE, (long)FETCH_BYTES); /* what says beforehand that it is too large */
    curl_easy_setopt(h, CURLOPT_TIMEOUT, (long)seconds);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, (long)(seconds < CONNECT_SECONDS ? seconds : CONNECT_SECONDS));
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
}

static void set_request(CURL *h, arena *a, const fetch_call *c)
{
    curl_easy_setopt(h, CURLOPT_URL, arena_cstr(a, c->url));
    curl_easy_setopt(h, CURLOPT_USERAGENT, "Zhike/" ZHIKE_VERSION);
    if (c->form.p) {
        curl_easy_setopt(h, CURLOPT_POST, 1L);
        curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE, (long)c->form.n);
        curl_easy_setopt(h, CURLOPT_POSTFIELDS, c->form.p);
    }
    if (c->basic_user.n) {
        curl_easy_setopt(h, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(h, CURLOPT_USERNAME, arena_cstr(a, fetch_escape(a, c->basic_user)));
        curl_easy_setopt(h, CURLOPT_PASSWORD, arena_cstr(a, fetch_escape(a, c->basic_password)));
    }
}

static void read_answer(CURL *h, arena *a, const going *g, fetch_answer *out)
{
    long        status = 0;
    const char *type = NULL;
    curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(h, CURLINFO_CONTENT_TYPE, &type);
    str       whole = str_from(type);
    ptrdiff_t semicolon = str_find_char(whole, ';');
    *out = (fetch_answer){ .status = (int)status,
                           .type = arena_str(a, str_trim(semicolon < 0 ? whole : str_sub(whole, 0, semicolon))),
                           .body = arena_str(a, buf_str(&g->body)) };
}

static str why_not(arena *a, CURLcode code, const going *g, const char *words)
{
    if (g->body.failed || code == CURLE_FILESIZE_EXCEEDED)
        return arena_printf(a, "the answer is larger than %d KB", FETCH_BYTES >> 10);
    return arena_str(a, str_from(words[0] ? words : curl_easy_strerror(code)));
}

err fetch(arena *a, const fetch_call *c, fetch_answer *out)
{
    char  words[CURL_ERROR_SIZE] = { 0 };
    going g = { .c = c };
    if (!fetch_address_good(c->url)) {
        *out = (fetch_answer){ .why = STR("the address is not https") };
        return ERR_UNAVAILABLE;
    }
    CURL              *h = curl_easy_init();
    struct curl_slist *headers = headers_of(a, c);
    ASSERT(h && headers);
    buf_init(&g.body, FETCH_BYTES);
    set_limits(h, c);
    set_request(h, a, c);
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, &g);
    curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, shall_stop);
    curl_easy_setopt(h, CURLOPT_XFERINFODATA, &g);
    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, words);
    CURLcode code = curl_easy_perform(h);
    if (code == CURLE_OK)
        read_answer(h, a, &g, out);
    else
        *out = (fetch_answer){ .why = why_not(a, code, &g, words) };
    buf_free(&g.body);
    curl_slist_free_all(headers);
    curl_easy_cleanup(h);
    return code == CURLE_OK ? ERR_OK : ERR_UNAVAILABLE;
}
