#include "io/ics.h"

#include "base/date.h"

enum { LINE = 75, HALF_HOUR_MS = 1800000 };

/* ---- one content line, folded ---- */

typedef struct {
    buf   *b;
    size_t n; /* bytes of the physical line */
} content;

static void put_char(content *c, str character)
{
    if (c->n + (size_t)character.n > LINE) {
        buf_putz(c->b, "\r\n ");
        c->n = 1;
    }
    buf_puts(c->b, character);
    c->n += (size_t)character.n;
}

static void put_plain(content *c, str s)
{
    for (ptrdiff_t at = 0, from = 0; at < s.n; from = at) {
        (void)utf8_next(s, &at);
        put_char(c, str_sub(s, from, at));
    }
}

/* TEXT: backslash, semicolon, comma and newline are escaped; an escape is not parted by a fold. */
static void put_text(content *c, str s)
{
    for (ptrdiff_t at = 0, from = 0; at < s.n; from = at) {
        uint32_t u = utf8_next(s, &at);
        if (u == '\\')
            put_char(c, STR("\\\\"));
        else if (u == ';')
            put_char(c, STR("\\;"));
        else if (u == ',')
            put_char(c, STR("\\,"));
        else if (u == '\n')
            put_char(c, STR("\\n"));
        else if (u == '\t' || (u >= 0x20 && u != 0x7F))
            put_char(c, str_sub(s, from, at));
    }
}

static void line_text(buf *b, const char *name, str value)
{
    content c = { b, 0 };
    if (value.n == 0)
        return;
    put_plain(&c, str_from(name));
    put_char(&c, STR(":"));
    put_text(&c, value);
    buf_putz(b, "\r\n");
}

/* ---- times ---- */

static void line_time(buf *b, const char *name, int64_t ms)
{
    int64_t days = floor_div(ms, DAY_MS), rest = (ms - days * DAY_MS) / 1000;
    civil   d = date_to_civil(days);
    buf_printf(b, "%s:%04d%02d%02dT%02d%02d%02dZ\r\n", name, d.year, d.month, d.day, (int)(rest / 3600),
               (int)(rest / 60 % 60), (int)(rest % 60));
}

static void line_date(buf *b, const char *name, int64_t days)
{
    civil d = date_to_civil(days);
    buf_printf(b, "%s;VALUE=DATE:%04d%02d%02d\r\n", name, d.year, d.month, d.day);
}

static void put_when(buf *b, const ics_event *e)
{
    if (e->whole_days) {
        int64_t last = e->end < e->start ? e->start : e->end;
        line_date(b, "DTSTART", e->start);
        line_date(b, "DTEND", last + 1); /* the first day after */
        return;
    }
    line_time(b, "DTSTART", e->start);
    line_time(b, "DTEND", e->end < e->start ? e->start + HALF_HOUR_MS : e->end);
}

/* ---- the calendar ---- */

void ics_begin(buf *b, str name, str zone)
{
    buf_putz(b,
             "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Zhike//Zhike//EN\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n"
             "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n");
    line_text(b, "NAME", name);
    line_text(b, "X-WR-CALNAME", name);
    line_text(b, "X-WR-TIMEZONE", zone);
}

void ics_put(buf *b, const ics_event *e)
{
    buf_putz(b, "BEGIN:VEVENT\r\n");
    line_text(b, "UID", e->uid);
    line_time(b, "DTSTAMP", e->changed_ms);
    line_time(b, "LAST-MODIFIED", e->changed_ms);
    buf_printf(b, "SEQUENCE:%lld\r\n", (long long)e->revision);
    put_when(b, e);
    line_text(b, "SUMMARY", e->summary);
    line_text(b, "LOCATION", e->place);
    line_text(b, "DESCRIPTION", e->description);
    line_text(b, "CATEGORIES", e->category);
    buf_printf(b, "TRANSP:%s\r\nSTATUS:CONFIRMED\r\nEND:VEVENT\r\n", e->done ? "TRANSPARENT" : "OPAQUE");
}

void ics_end(buf *b)
{
    buf_putz(b, "END:VCALENDAR\r\n");
}
