#include "base/buf.h"
#include "base/date.h"
#include "base/random.h"
#include "post/inside.h"

enum { WORD_BYTES = 42 /* of UTF-8 in one encoded word: 56 in base64, with its frame below 75 */, LINE = 76 };

static bool is_plain(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool          letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ';
        if (!letter)
            return false;
    }
    return s.n <= 60;
}

/* Line ends and the like say nothing in a header. */
static str without_controls(arena *a, str s)
{
    char *p = arena_alloc(a, (size_t)s.n + 1);
    for (ptrdiff_t i = 0; i < s.n; i++)
        p[i] = (unsigned char)s.p[i] < 32 || s.p[i] == 127 ? ' ' : s.p[i];
    return (str){ p, s.n };
}

str letter_header(arena *a, str text)
{
    buf b;
    str rest = without_controls(a, text);
    if (is_plain(rest))
        return rest;
    buf_init(&b, 16 << 10);
    while (rest.n > 0) {
        str one = utf8_cut(rest, WORD_BYTES);
        if (one.n == 0)
            one = str_sub(rest, 0, 1);
        rest = str_sub(rest, one.n, rest.n);
        str word = base64_encode(a, one);
        buf_printf(&b, "%s=?UTF-8?B?%.*s?=", b.n ? "\r\n " : "", STR_ARG(word));
    }
    str out = arena_str(a, buf_str(&b));
    buf_free(&b);
    return out;
}

static void put_date(buf *b, int64_t ms)
{
    static const char days[7][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
    static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    char              text[TIME_TEXT];
    int64_t           month = 1;
    time_format(ms, text); /* 2026-10-01T12:34:56… */
    (void)str_to_int64((str){ text + 5, 2 }, &month);
    buf_printf(b, "Date: %s, %.2s %s %.4s %.8s +0000\r\n", days[ms / DAY_MS % 7], text + 8, months[month - 1], text,
               text + 11);
}

static void put_body(buf *b, arena *a, str body)
{
    str coded = base64_encode(a, body);
    for (ptrdiff_t i = 0; i < coded.n; i += LINE)
        buf_printf(b, "%.*s\r\n", STR_ARG(str_sub(coded, i, i + LINE < coded.n ? i + LINE : coded.n)));
}

str letter_text(arena *a, const letter_parts *p)
{
    buf b;
    buf_init(&b, 64 << 10);
    put_date(&b, p->at_ms);
    if (p->from_name.n)
        buf_printf(&b, "From: %.*s <%.*s>\r\n", STR_ARG(letter_header(a, p->from_name)), STR_ARG(p->from));
    else
        buf_printf(&b, "From: <%.*s>\r\n", STR_ARG(p->from));
    buf_printf(&b, "To: <%.*s>\r\n", STR_ARG(p->to));
    buf_printf(&b, "Subject: %.*s\r\n", STR_ARG(letter_header(a, p->subject)));
    buf_printf(&b, "Message-ID: <%.*s>\r\n", STR_ARG(p->id));
    buf_putz(&b, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                 "Content-Transfer-Encoding: base64\r\n\r\n");
    put_body(&b, a, p->body);
    str out = arena_str(a, buf_str(&b));
    buf_free(&b);
    return out;
}
