#include "http/inside.h"

static int hex_digit(char c)
{
    unsigned u = (unsigned char)c;
    if (u - '0' < 10)
        return (int)(u - '0');
    u |= 0x20;
    return u - 'a' < 6 ? (int)(u - 'a' + 10) : -1;
}

static bool needs_decoding(str in, bool plus_is_space)
{
    return str_find_char(in, '%') >= 0 || (plus_is_space && str_find_char(in, '+') >= 0);
}

err target_decode(arena *a, str in, bool plus_is_space, str *out)
{
    if (!needs_decoding(in, plus_is_space)) {
        if (!utf8_valid(in))
            return ERR_MALFORMED;
        *out = in;
        return ERR_OK;
    }
    char     *to = arena_alloc(a, (size_t)in.n + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < in.n; i++) {
        char c = in.p[i];
        if (c == '%') {
            int high = in.n - i > 2 ? hex_digit(in.p[i + 1]) : -1;
            int low = in.n - i > 2 ? hex_digit(in.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return ERR_MALFORMED;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        to[n++] = c;
    }
    str decoded = { to, n };
    if (!utf8_valid(decoded))
        return ERR_MALFORMED;
    *out = decoded;
    return ERR_OK;
}

/* A client that talks to a proxy names scheme and host too: what follows them is the path. */
static str without_origin(str raw)
{
    ptrdiff_t skip = str_starts(raw, STR("http://")) ? 7 : str_starts(raw, STR("https://")) ? 8 : 0;
    if (!skip)
        return raw;
    str       rest = str_sub(raw, skip, raw.n);
    ptrdiff_t slash = str_find_char(rest, '/');
    return slash < 0 ? STR("/") : str_sub(rest, slash, rest.n);
}

err target_parse(arena *a, str raw, target *out)
{
    target t = { .segment_count = 0 };
    raw = without_origin(raw);
    ptrdiff_t mark = str_find_char(raw, '?');
    str       path = mark < 0 ? raw : str_sub(raw, 0, mark);
    t.query = mark < 0 ? (str){ NULL, 0 } : str_sub(raw, mark + 1, raw.n);
    if (path.n == 0 || path.p[0] != '/')
        return ERR_MALFORMED;
    TRY(target_decode(a, path, false, &t.path));
    for (ptrdiff_t from = 1; from <= path.n;) {
        ptrdiff_t length = str_find_char(str_sub(path, from, path.n), '/');
        ptrdiff_t to = length < 0 ? path.n : from + length;
        if (t.segment_count == TARGET_SEGMENTS)
            return ERR_MALFORMED;
        TRY(target_decode(a, str_sub(path, from, to), false, &t.segments[t.segment_count++]));
        from = to + 1;
    }
    *out = t;
    return ERR_OK;
}

err params_parse(arena *a, str query, pair **out, size_t *count)
{
    size_t most = query.n > 0;
    for (ptrdiff_t i = 0; i < query.n; i++)
        most += query.p[i] == '&';
    if (most > TARGET_PARAMS)
        return ERR_MALFORMED;
    pair  *list = most ? arena_make_n(a, pair, most) : NULL;
    size_t n = 0;
    for (ptrdiff_t from = 0; from < query.n;) {
        ptrdiff_t length = str_find_char(str_sub(query, from, query.n), '&');
        ptrdiff_t to = length < 0 ? query.n : from + length;
        str       item = str_sub(query, from, to);
        ptrdiff_t equals = str_find_char(item, '=');
        from = to + 1;
        if (item.n == 0)
            continue;
        str name = equals < 0 ? item : str_sub(item, 0, equals);
        str value = equals < 0 ? (str){ NULL, 0 } : str_sub(item, equals + 1, item.n);
        TRY(target_decode(a, name, true, &list[n].name));
        TRY(target_decode(a, value, true, &list[n].value));
        n++;
    }
    *out = list;
    *count = n;
    return ERR_OK;
}

/* The next piece of a list, trimmed; false at the end. */
static bool next_item(str *rest, char separator, str *item)
{
    if (rest->n == 0)
        return false;
    ptrdiff_t at = str_find_char(*rest, separator);
    *item = str_trim(at < 0 ? *rest : str_sub(*rest, 0, at));
    *rest = at < 0 ? (str){ NULL, 0 } : str_sub(*rest, at + 1, rest->n);
    return true;
}

str cookie_find(str header, str name)
{
    for (str item; next_item(&header, ';', &item);) {
        ptrdiff_t equals = str_find_char(item, '=');
        if (equals <= 0 || !str_eq(str_sub(item, 0, equals), name))
            continue;
        str value = str_sub(item, equals + 1, item.n);
        if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
            value = str_sub(value, 1, value.n - 1);
        return utf8_valid(value) ? value : (str){ NULL, 0 };
    }
    return (str){ NULL, 0 };
}

str forwarded_address(str header)
{
    str last = { NULL, 0 };
    for (str item; next_item(&header, ',', &item);)
        last = item;
    if (last.n == 0 || last.n >= INET6_ADDRSTRLEN)
        return (str){ NULL, 0 };
    for (ptrdiff_t i = 0; i < last.n; i++)
        if (hex_digit(last.p[i]) < 0 && last.p[i] != '.' && last.p[i] != ':')
            return (str){ NULL, 0 };
    return last;
}

bool request_id_accept(str given)
{
    if (given.n < 1 || given.n > REQUEST_ID_MAX)
        return false;
    for (ptrdiff_t i = 0; i < given.n; i++) {
        unsigned char c = (unsigned char)given.p[i];
        bool          word = (c | 0x20u) - 'a' < 26u || (unsigned)c - '0' < 10u;
        if (!word && c != '-' && c != '_' && c != '.')
            return false;
    }
    return true;
}

/* "gzip;q=0.5": the weight is above 0 unless it is written as zeros. */
static bool weight_is_zero(str parameters)
{
    for (str item; next_item(&parameters, ';', &item);) {
        if (!str_starts(item, STR("q=")) && !str_starts(item, STR("Q=")))
            continue;
        str q = str_sub(item, 2, item.n);
        for (ptrdiff_t i = 0; i < q.n; i++)
            if (q.p[i] != '0' && q.p[i] != '.')
                return false;
        return true;
    }
    return false;
}

/* 1 named with a weight, 0 named with weight 0, −1 not named. */
static int list_weight(str header, str wanted)
{
    for (str item; next_item(&header, ',', &item);) {
        ptrdiff_t semicolon = str_find_char(item, ';');
        str       word = semicolon < 0 ? item : str_trim(str_sub(item, 0, semicolon));
        if (str_eq_nocase(word, wanted))
            return semicolon < 0 || !weight_is_zero(str_sub(item, semicolon + 1, item.n));
    }
    return -1;
}

bool encoding_accepted(str header, str coding)
{
    int named = list_weight(header, coding);
    return named >= 0 ? named > 0 : list_weight(header, STR("*")) > 0;
}

bool media_accepted(str header, str type)
{
    return list_weight(header, type) > 0;
}

static str without_weak_mark(str tag)
{
    return str_starts(tag, STR("W/")) ? str_sub(tag, 2, tag.n) : tag;
}

bool etag_matches(str if_none_match, str etag)
{
    etag = without_weak_mark(etag);
    for (str item; next_item(&if_none_match, ',', &item);)
        if (str_eq(item, STR("*")) || str_eq(without_weak_mark(item), etag))
            return true;
    return false;
}
