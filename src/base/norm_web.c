#include "base/norm.h"
#include "base/text.h"
#include <unicode/uchar.h>

enum { EMAIL_MAX = 254, LOCAL_MAX = 64, DOMAIN_MAX = 253, LABEL_MAX = 63, URL_MAX = 2000 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool all_digits(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]))
            return false;
    return s.n > 0;
}

/* Bytes behind ASCII are let through here; has_letters_only() looks at them as characters. */
static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_label(str s)
{
    if (s.n == 0 || s.n > LABEL_MAX || s.p[0] == '-' || s.p[s.n - 1] == '-')
        return false;
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (!is_letter(s.p[i]) && !is_digit(s.p[i]) && s.p[i] != '-')
            return false;
    return true;
}

/* At least two labels, the last one not a number. */
static bool is_domain(str s)
{
    ptrdiff_t begin = 0, labels = 0;
    if (s.n == 0 || s.n > DOMAIN_MAX)
        return false;
    for (ptrdiff_t i = 0; i <= s.n; i++) {
        if (i < s.n && s.p[i] != '.')
            continue;
        str label = str_sub(s, begin, i);
        if (!is_label(label) || (i == s.n && all_digits(label)))
            return false;
        begin = i + 1;
        labels++;
    }
    return labels > 1;
}

static bool is_local_part(str s)
{
    if (s.n == 0 || s.n > LOCAL_MAX || s.p[0] == '.' || s.p[s.n - 1] == '.')
        return false;
    for (ptrdiff_t i = 0; i < s.n; i++) {
        if (!is_letter(s.p[i]) && !is_digit(s.p[i]) && !memchr("!#$%&'*+-/=?^_`{|}~.", s.p[i], 20))
            return false;
        if (s.p[i] == '.' && s.p[i + 1] == '.')
            return false;
    }
    return true;
}

/* Behind ASCII only letters, digits and their marks: no blanks, no signs, nothing invisible. */
static bool has_letters_only(str s)
{
    for (ptrdiff_t at = 0; at < s.n;) {
        uint32_t c = utf8_next(s, &at);
        int      type = u_charType((UChar32)c);
        if (c >= 0x80 && !u_isalnum((UChar32)c) && type != U_NON_SPACING_MARK && type != U_COMBINING_SPACING_MARK)
            return false;
    }
    return true;
}

bool email_valid(str s)
{
    ptrdiff_t at = str_find_char(s, '@');
    return at > 0 && s.n <= EMAIL_MAX && is_local_part(str_sub(s, 0, at)) && is_domain(str_sub(s, at + 1, s.n)) &&
           has_letters_only(s);
}

/* Full-width forms of ASCII made plain, white space around it gone. */
static str narrow(arena *a, str s)
{
    char     *to = arena_alloc(a, (size_t)s.n + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t at = 0; at < s.n;) {
        ptrdiff_t begin = at;
        uint32_t  c = utf8_next(s, &at);
        if (c == 0x3000 || (c >= 0xff01 && c <= 0xff5e)) {
            to[n++] = c == 0x3000 ? ' ' : (char)(c - 0xfee0);
            continue;
        }
        memcpy(to + n, s.p + begin, (size_t)(at - begin));
        n += at - begin;
    }
    return text_clean(a, (str){ to, n }, false);
}

str email_normalise(arena *a, str typed)
{
    str s = text_lower(a, narrow(a, typed));
    return email_valid(s) ? s : (str){ NULL, 0 };
}

str email_domain(str s)
{
    ptrdiff_t at = str_find_char(s, '@');
    return at < 0 ? (str){ NULL, 0 } : str_sub(s, at + 1, s.n);
}

/* What stands between the scheme and the path, with its port. */
static str url_authority(str s)
{
    ptrdiff_t scheme = str_find(s, STR("://"));
    if (scheme >= 0)
        s = str_sub(s, scheme + 3, s.n);
    ptrdiff_t end = 0;
    while (end < s.n && !memchr("/?#", s.p[end], 3))
        end++;
    return str_sub(s, 0, end);
}

static bool is_port(str s)
{
    int64_t v;
    return all_digits(s) && s.n <= 5 && str_to_int64(s, &v) && v >= 1 && v <= 65535;
}

static bool is_ipv4(str s)
{
    int     parts = 0;
    int64_t v;
    for (ptrdiff_t begin = 0, i = 0; i <= s.n; i++) {
        if (i < s.n && s.p[i] != '.')
            continue;
        str part = str_sub(s, begin, i);
        if (!all_digits(part) || part.n > 3 || !str_to_int64(part, &v) || v > 255)
            return false;
        begin = i + 1;
        parts++;
    }
    return parts == 4;
}

static bool is_host(str s)
{
    return is_domain(s) || is_ipv4(s);
}

bool url_valid(str s)
{
    bool web = s.n > 8 && s.n <= URL_MAX &&
               (str_eq_nocase(str_sub(s, 0, 7), STR("http://")) || str_eq_nocase(str_sub(s, 0, 8), STR("https://")));
    if (!web)
        return false;
    for (ptrdiff_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f || memchr("\"<>\\^`{|}", s.p[i], 9))
            return false;
    str       host = url_authority(s);
    ptrdiff_t colon = str_find_char(host, ':');
    if (colon >= 0 && !is_port(str_sub(host, colon + 1, host.n)))
        return false;
    if (colon >= 0)
        host = str_sub(host, 0, colon);
    return is_host(host) && has_letters_only(host);
}

str url_domain(arena *a, str typed)
{
    str       host = url_authority(text_lower(a, narrow(a, typed)));
    ptrdiff_t colon = str_find_char(host, ':');
    if (colon >= 0)
        host = str_sub(host, 0, colon);
    if (str_starts(host, STR("www.")))
        host = str_sub(host, 4, host.n);
    return is_host(host) && has_letters_only(host) ? host : (str){ NULL, 0 };
}
