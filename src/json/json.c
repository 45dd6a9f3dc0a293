#include "json/json.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/num.h"
#include <math.h>

/* ---- reading ---- */

typedef struct {
    arena      *a;
    const char *p;
    ptrdiff_t   n, at;
    json_fault *fault;
} reader;

/* An object of more members than this looks for duplicates in a map. */
enum { LINEAR_MEMBERS = 12 };

static bool parse_value(reader *r, int depth, json *out);

static bool refuse(reader *r, ptrdiff_t at, const char *what)
{
    *r->fault = (json_fault){ at, what };
    return false;
}

static int peek(const reader *r)
{
    return r->at < r->n ? (unsigned char)r->p[r->at] : -1;
}

static void skip_space(reader *r)
{
    while (r->at < r->n && (r->p[r->at] == ' ' || r->p[r->at] == '\n' || r->p[r->at] == '\r' || r->p[r->at] == '\t'))
        r->at++;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* Length of the shortest-form UTF-8 sequence that begins here; 0: none does. */
static ptrdiff_t utf8_sequence(const char *text, ptrdiff_t left)
{
    const unsigned char *p = (const unsigned char *)text;
    ptrdiff_t n = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
    if (n == 0 || n > left)
        return 0;
    for (ptrdiff_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xF0 && p[1] < 0x90);
    bool surrogate = p[0] == 0xED && p[1] > 0x9F;
    bool beyond = p[0] == 0xF4 && p[1] > 0x8F;
    return overlong || surrogate || beyond ? 0 : n;
}

/* Moves behind the closing quote; *escapes: something has to be decoded. */
static bool scan_string(reader *r, str *raw, bool *escapes)
{
    ptrdiff_t from = ++r->at;
    *escapes = false;
    for (;;) {
        int c = peek(r);
        if (c < 0)
            return refuse(r, r->at, "the text ends inside a string");
        if (c == '"')
            break;
        if (c < 0x20)
            return refuse(r, r->at, "a control character must be escaped");
        ptrdiff_t step = 1;
        if (c == '\\') {
            *escapes = true;
            step = r->at + 1 < r->n && (unsigned char)r->p[r->at + 1] >= 0x20 && r->p[r->at + 1] > 0 ? 2 : 1;
        } else if (c >= 0x80 && (step = utf8_sequence(r->p + r->at, r->n - r->at)) == 0) {
            return refuse(r, r->at, "this is not valid UTF-8");
        }
        r->at += step;
    }
    *raw = (str){ r->p + from, r->at - from };
    r->at++;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Four hexadecimal digits at p, or -1. */
static int32_t read_hex4(const char *p, const char *end)
{
    int32_t v = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int d = hex_digit(p[i]);
        if (d < 0)
            return -1;
        v = v * 16 + d;
    }
    return v;
}

static ptrdiff_t put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | (c >> 6));
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xE0 | (c >> 12));
        to[1] = (char)(0x80 | ((c >> 6) & 0x3F));
        to[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | (c >> 18));
    to[1] = (char)(0x80 | ((c >> 12) & 0x3F));
    to[2] = (char)(0x80 | ((c >> 6) & 0x3F));
    to[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* *p stands behind "\u"; moves it behind what was read. */
static bool decode_unicode(reader *r, const char **p, const char *end, uint32_t *out)
{
    ptrdiff_t at = *p - 2 - r->p;
    int32_t   high = read_hex4(*p, end);
    if (high < 0)
        return refuse(r, at, "\\u wants four hexadecimal digits");
    if (high == 0)
        return refuse(r, at, "the character NUL is not taken");
    *p += 4;
    *out = (uint32_t)high;
    if (high < 0xD800 || high > 0xDFFF)
        return true;
    int32_t low = high < 0xDC00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u' ? read_hex4(*p + 2, end) : -1;
    if (low < 0xDC00 || low > 0xDFFF)
        return refuse(r, at, "half of a surrogate pair is missing");
    *p += 6;
    *out = 0x10000 + (((uint32_t)high - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
    return true;
}

/* Decoded text is never longer than its escapes. */
static bool decode_escapes(reader *r, str raw, str *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char             *text = arena_alloc(r->a, (size_t)raw.n + 1);
    ptrdiff_t         n = 0;
    for (const char *p = raw.p, *end = raw.p + raw.n; p < end;) {
        if (*p != '\\') {
            text[n++] = *p++;
            continue;
        }
        const char *known = strchr(from, p[1]);
        if (p[1] == 'u') {
            uint32_t c = 0;
            p += 2;
            if (!decode_unicode(r, &p, end, &c))
                return false;
            n += put_utf8(text + n, c);
        } else if (known != NULL && *known != 0) {
            text[n++] = to[known - from];
            p += 2;
        } else {
            return refuse(r, p - r->p, "this escape is not known");
        }
    }
    *out = (str){ text, n };
    return true;
}

static bool parse_string(reader *r, str *out)
{
    str  raw;
    bool escapes;
    if (!scan_string(r, &raw, &escapes))
        return false;
    if (escapes)
        return decode_escapes(r, raw, out);
    *out = arena_str(r->a, raw);
    return true;
}

static bool skip_digits(reader *r)
{
    if (!is_digit(peek(r)))
        return refuse(r, r->at, "a digit was expected");
    while (is_digit(peek(r)))
        r->at++;
    return true;
}

static bool parse_number(reader *r, json *out)
{
    ptrdiff_t from = r->at;
    if (peek(r) == '-')
        r->at++;
    ptrdiff_t digits = r->at;
    if (!skip_digits(r))
        return false;
    if (r->p[digits] == '0' && r->at - digits > 1)
        return refuse(r, from, "a number must not begin with 0");
    if (peek(r) == '.') {
        r->at++;
        if (!skip_digits(r))
            return false;
    }
    if (peek(r) == 'e' || peek(r) == 'E') {
        r->at++;
        if (peek(r) == '+' || peek(r) == '-')
            r->at++;
        if (!skip_digits(r))
            return false;
    }
    out->kind = JSON_NUMBER;
    out->text = arena_str(r->a, (str){ r->p + from, r->at - from });
    return true;
}

static bool parse_word(reader *r, json *out)
{
    static const struct {
        str       word;
        json_kind kind;
    } words[] = { { STR_INIT("null"), JSON_NULL }, { STR_INIT("true"), JSON_TRUE }, { STR_INIT("false"), JSON_FALSE } };
    for (size_t i = 0; i < countof(words); i++) {
        if (str_starts((str){ r->p + r->at, r->n - r->at }, words[i].word)) {
            r->at += words[i].word.n;
            out->kind = words[i].kind;
            return true;
        }
    }
    return refuse(r, r->at, "a value was expected");
}

static bool parse_array(reader *r, int depth, json *out)
{
    json **tail = &out->first;
    out->kind = JSON_ARRAY;
    r->at++;
    skip_space(r);
    if (peek(r) == ']') {
        r->at++;
        return true;
    }
    for (;;) {
        json *item = arena_make(r->a, json);
        if (!parse_value(r, depth + 1, item))
            return false;
        *tail = item;
        tail = &item->next;
        out->count++;
        int c = peek(r);
        if (c != ',' && c != ']')
            return refuse(r, r->at, "',' or ']' was expected");
        r->at++;
        if (c == ']')
            return true;
    }
}

/* True: the key is new in the object. */
static bool remember_key(reader *r, const json *object, json *member, map **seen)
{
    if (object->count < LINEAR_MEMBERS) {
        for (const json *m = object->first; m != NULL; m = m->next)
            if (str_eq(m->key, member->key))
                return false;
        return true;
    }
    if (*seen == NULL) {
        *seen = map_new(r->a, 4 * LINEAR_MEMBERS);
        for (json *m = object->first; m != NULL; m = m->next)
            map_put(*seen, m->key, m);
    }
    if (map_get(*seen, member->key) != NULL)
        return false;
    map_put(*seen, member->key, member);
    return true;
}

static bool parse_object(reader *r, int depth, json *out)
{
    json **tail = &out->first;
    map   *seen = NULL;
    out->kind = JSON_OBJECT;
    r->at++;
    skip_space(r);
    if (peek(r) == '}') {
        r->at++;
        return true;
    }
    for (;;) {
        json *member = arena_make(r->a, json);
        skip_space(r);
        ptrdiff_t at = r->at;
        if (peek(r) != '"')
            return refuse(r, at, "a key in double quotes was expected");
        if (!parse_string(r, &member->key))
            return false;
        if (!remember_key(r, out, member, &seen))
            return refuse(r, at, "this key stands twice");
        skip_space(r);
        if (peek(r) != ':')
            return refuse(r, r->at, "':' was expected");
        r->at++;
        if (!parse_value(r, depth + 1, member))
            return false;
        *tail = member;
        tail = &member->next;
        out->count++;
        int c = peek(r);
        if (c != ',' && c != '}')
            return refuse(r, r->at, "',' or '}' was expected");
        r->at++;
        if (c == '}')
            return true;
    }
}

/* White space around it too. */
static bool parse_value(reader *r, int depth, json *out)
{
    skip_space(r);
    int  c = peek(r);
    bool ok;
    if ((c == '{' || c == '[') && depth >= LIMIT_JSON_DEPTH)
        return refuse(r, r->at, "it is nested too deeply");
    if (c == '{') {
        ok = parse_object(r, depth, out);
    } else if (c == '[') {
        ok = parse_array(r, depth, out);
    } else if (c == '"') {
        out->kind = JSON_STRING;
        ok = parse_string(r, &out->text);
    } else if (c == '-' || is_digit(c)) {
        ok = parse_number(r, out);
    } else {
        ok = parse_word(r, out);
    }
    if (ok)
        skip_space(r);
    return ok;
}

err json_parse(arena *a, str text, json **out, json_fault *fault)
{
    json_fault unwanted;
    reader     r = { a, text.p, text.n, 0, fault != NULL ? fault : &unwanted };
    json      *tree = arena_make(a, json);
    if (!parse_value(&r, 0, tree))
        return ERR_MALFORMED;
    if (r.at < r.n) {
        refuse(&r, r.at, "something stands behind the value");
        return ERR_MALFORMED;
    }
    *out = tree;
    return ERR_OK;
}

const json *json_get(const json *object, str key)
{
    if (!json_is(object, JSON_OBJECT))
        return NULL;
    for (const json *m = object->first; m != NULL; m = m->next)
        if (str_eq(m->key, key))
            return m;
    return NULL;
}

bool json_is(const json *j, json_kind kind)
{
    return j != NULL && j->kind == kind;
}

bool json_int64(const json *j, int64_t *out)
{
    return json_is(j, JSON_NUMBER) && num_parse(j->text, 0, out) == NUM_OK;
}

/* ---- writing ---- */

static uint64_t bit(int depth)
{
    return UINT64_C(1) << depth;
}

/* Before each value: the comma, and the check that an object's value has its key. */
static void begin_value(json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    ASSERT(w->depth == 0 || !(w->objects & bit(w->depth)));
    ASSERT(w->depth > 0 || !(w->comma & 1));
    if (w->comma & bit(w->depth))
        buf_putc(w->out, ',');
    w->comma |= bit(w->depth);
}

void json_begin(json_writer *w, buf *out)
{
    *w = (json_writer){ .out = out };
}

static void open_level(json_writer *w, char c, bool object)
{
    begin_value(w);
    ASSERT(w->depth < 63);
    buf_putc(w->out, c);
    w->depth++;
    w->comma &= ~bit(w->depth);
    w->objects = object ? w->objects | bit(w->depth) : w->objects & ~bit(w->depth);
}

static void close_level(json_writer *w, char c, bool object)
{
    ASSERT(w->depth > 0 && !w->after_key && !!(w->objects & bit(w->depth)) == object);
    buf_putc(w->out, c);
    w->depth--;
}

void json_object(json_writer *w)
{
    open_level(w, '{', true);
}

void json_object_end(json_writer *w)
{
    close_level(w, '}', true);
}

void json_array(json_writer *w)
{
    open_level(w, '[', false);
}

void json_array_end(json_writer *w)
{
    close_level(w, ']', false);
}

/* U+2028 and U+2029 are valid JSON but end a line in old JavaScript; they go through as they are. */
static void put_escaped(buf *out, str s)
{
    static const char hex[] = "0123456789abcdef";
    ptrdiff_t         from = 0;
    for (ptrdiff_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_put(out, s.p + from, (size_t)(i - from));
        from = i + 1;
        char escape[6] = { '\\', (char)c };
        int  n = 2;
        if (c == '\n') {
            escape[1] = 'n';
        } else if (c == '\r') {
            escape[1] = 'r';
        } else if (c == '\t') {
            escape[1] = 't';
        } else if (c < 0x20) {
            memcpy(escape + 1, "u00", 3);
            escape[4] = hex[c >> 4];
            escape[5] = hex[c & 15];
            n = 6;
        }
        buf_put(out, escape, (size_t)n);
    }
    buf_put(out, s.p + from, (size_t)(s.n - from));
}

/* Of the eight bytes in `w`, is one below 0x20, a quote or a backslash? A byte is zero, or below n, where subtracting
 * borrows into its high bit and that was not set before; a false alarm beside a true one does not matter. */
static uint64_t eight_unplain(uint64_t w)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint64_t       quote = w ^ ones * '"', slash = w ^ ones * '\\';
    return (((w - ones * 0x20) & ~w) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & high;
}

static bool is_plain(str s)
{
    uint64_t  unplain = 0, word;
    ptrdiff_t i = 0;
    for (; s.n - i >= 8; i += 8) {
        memcpy(&word, s.p + i, 8);
        unplain |= eight_unplain(word);
    }
    word = UINT64_C(0x2020202020202020);
    if (i < s.n)
        memcpy(&word, s.p + i, (size_t)(s.n - i));
    return !(unplain | eight_unplain(word));
}

/* after: written behind the closing quote; 0: nothing. */
static void put_quoted(buf *out, str s, char after)
{
    if (is_plain(s)) {
        size_t n = (size_t)s.n + 2 + (after != 0);
        char  *to = buf_reserve(out, n);
        if (!to)
            return;
        to[0] = '"';
        if (s.n > 0)
            memcpy(to + 1, s.p, (size_t)s.n);
        to[s.n + 1] = '"';
        if (after)
            to[s.n + 2] = after;
        out->n += n;
        return;
    }
    buf_putc(out, '"');
    put_escaped(out, s);
    buf_putc(out, '"');
    if (after)
        buf_putc(out, after);
}

/* True: a comma is due. */
static bool begin_key(json_writer *w)
{
    ASSERT(w->depth > 0 && (w->objects & bit(w->depth)) && !w->after_key);
    bool comma = w->comma & bit(w->depth);
    w->comma |= bit(w->depth);
    w->after_key = true;
    w->key_at = w->out->n;
    w->key_comma = comma;
    return comma;
}

void json_key(json_writer *w, str key)
{
    if (begin_key(w))
        buf_putc(w->out, ',');
    put_quoted(w->out, key, ':');
}

void json_key_quoted(json_writer *w, str quoted)
{
    size_t comma = begin_key(w);
    char  *to = buf_reserve(w->out, (size_t)quoted.n + comma);
    if (!to)
        return;
    *to = ',';
    memcpy(to + comma, quoted.p, (size_t)quoted.n);
    w->out->n += (size_t)quoted.n + comma;
}

str json_quote(arena *a, str key)
{
    buf b;
    buf_init(&b, SIZE_MAX / 2);
    put_quoted(&b, key, ':');
    str s = arena_str(a, buf_str(&b));
    buf_free(&b);
    return s;
}

void json_string(json_writer *w, str s)
{
    begin_value(w);
    put_quoted(w->out, s, 0);
}

void json_int(json_writer *w, int64_t v)
{
    begin_value(w);
    buf_put_int(w->out, v);
}

void json_id(json_writer *w, int64_t id)
{
    begin_value(w);
    buf_putc(w->out, '"');
    buf_put_int(w->out, id);
    buf_putc(w->out, '"');
}

void json_number(json_writer *w, str digits)
{
    ASSERT(digits.n > 0);
    json_raw(w, digits);
}

void json_real(json_writer *w, double v)
{
    if (!isfinite(v)) {
        json_null(w);
        return;
    }
    char text[40];
    int  n = 0;
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    json_raw(w, (str){ text, n });
}

/* Takes the key back whose value is not worth writing. */
static bool left_out(json_writer *w)
{
    if (!w->sparse || !w->after_key)
        return false;
    w->out->n = w->key_at;
    w->after_key = false;
    if (!w->key_comma)
        w->comma &= ~bit(w->depth);
    return true;
}

void json_bool(json_writer *w, bool v)
{
    if (v || !left_out(w))
        json_raw(w, v ? STR("true") : STR("false"));
}

void json_null(json_writer *w)
{
    if (!left_out(w))
        json_raw(w, STR("null"));
}

void json_raw(json_writer *w, str valid_json)
{
    begin_value(w);
    buf_puts(w->out, valid_json);
}

static void write_members(json_writer *w, const json *tree)
{
    for (const json *m = tree->first; m != NULL; m = m->next) {
        if (tree->kind == JSON_OBJECT)
            json_key(w, m->key);
        json_value(w, m);
    }
}

void json_value(json_writer *w, const json *tree)
{
    switch (tree->kind) {
    case JSON_NULL: json_null(w); break;
    case JSON_FALSE:
    case JSON_TRUE: json_bool(w, tree->kind == JSON_TRUE); break;
    case JSON_NUMBER: json_number(w, tree->text); break;
    case JSON_STRING: json_string(w, tree->text); break;
    case JSON_ARRAY:
        json_array(w);
        write_members(w, tree);
        json_array_end(w);
        break;
    case JSON_OBJECT:
        json_object(w);
        write_members(w, tree);
        json_object_end(w);
        break;
    }
}

void json_put_string(json_writer *w, const char *key, str s)
{
    json_key(w, str_from(key));
    json_string(w, s);
}

void json_put_int(json_writer *w, const char *key, int64_t v)
{
    json_key(w, str_from(key));
    json_int(w, v);
}

void json_put_id(json_writer *w, const char *key, int64_t id)
{
    json_key(w, str_from(key));
    json_id(w, id);
}

void json_put_bool(json_writer *w, const char *key, bool v)
{
    json_key(w, str_from(key));
    json_bool(w, v);
}

void json_put_null(json_writer *w, const char *key)
{
    json_key(w, str_from(key));
    json_null(w);
}
