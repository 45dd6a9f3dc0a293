#include "base/log.h"
#include "base/date.h"
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

/* The one setting of the process: set at start, read by all threads. */
static atomic_int log_least = LOG_INFO;

static const char *const level_names[] = { "debug", "info", "warn", "error" };

enum { LINE_BYTES = 4096 };

typedef struct {
    char   text[LINE_BYTES];
    size_t n;
} line;

void log_set_level(log_level least)
{
    atomic_store_explicit(&log_least, (int)least, memory_order_relaxed);
}

bool log_enabled(log_level level)
{
    return (int)level >= atomic_load_explicit(&log_least, memory_order_relaxed);
}

static void put(line *l, const char *p, size_t n)
{
    size_t room = LINE_BYTES - 2 - l->n; /* a closing quote and the line's end always fit */
    if (n > room)
        n = room;
    memcpy(l->text + l->n, p, n);
    l->n += n;
}

static bool is_plain(const char *value)
{
    if (!*value)
        return false;
    for (const unsigned char *p = (const unsigned char *)value; *p; p++)
        if (*p <= ' ' || *p == '"' || *p == '=' || *p == '\\' || *p == 0x7f)
            return false;
    return true;
}

static void put_escaped(line *l, unsigned char c)
{
    char hex[5];
    if (c == '"' || c == '\\')
        put(l, (char[]){ '\\', (char)c }, 2);
    else if (c == '\n')
        put(l, "\\n", 2);
    else if (c == '\t')
        put(l, "\\t", 2);
    else if (c < ' ' || c == 0x7f)
        put(l, hex, (size_t)snprintf(hex, sizeof hex, "\\x%02x", c));
    else
        put(l, (const char *)&c, 1);
}

static void put_pair(line *l, const char *key, const char *value)
{
    if (l->n)
        put(l, " ", 1);
    put(l, key, strlen(key));
    put(l, "=", 1);
    if (!value)
        return;
    if (is_plain(value)) {
        put(l, value, strlen(value));
        return;
    }
    put(l, "\"", 1);
    for (const char *p = value; *p; p++)
        put_escaped(l, (unsigned char)*p);
    if (l->n == LINE_BYTES - 2)
        l->text[l->n++] = '"';
    else
        put(l, "\"", 1);
}

void log_event(log_level level, const char *message, ...)
{
    if (!log_enabled(level))
        return;
    line l;
    char at[TIME_TEXT];
    l.n = 0;
    time_format(clock_now_ms(), at);
    put_pair(&l, "at", at);
    put_pair(&l, "level", level_names[level]);
    put_pair(&l, "msg", message);
    va_list args;
    va_start(args, message);
    for (const char *key; (key = va_arg(args, const char *)) && l.n < LINE_BYTES - 2;)
        put_pair(&l, key, va_arg(args, const char *));
    va_end(args);
    l.text[l.n++] = '\n';
    /* One write a line, so that the lines of several threads do not mix. Nothing can be done about a failure. */
    ssize_t written = write(STDERR_FILENO, l.text, l.n);
    (void)written;
}
