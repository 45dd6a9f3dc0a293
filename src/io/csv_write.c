#include "io/csv_write.h"

/* "-12.5", "+86 138-0013-8000 (2)": nothing that could be a function or a reference. */
static bool harmless(str s)
{
    for (ptrdiff_t i = 1; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || strchr(" .,()-/%", s.p[i])))
            return false;
    return s.n > 1 && (s.p[0] == '+' || s.p[0] == '-');
}

bool csv_looks_guarded(str text)
{
    ptrdiff_t i = 0;
    while (i < text.n && text.p[i] == '\'')
        i++;
    return i > 0 && i < text.n && strchr("=+-@", text.p[i]);
}

void csv_put_cell(buf *out, str text, bool guard)
{
    bool begins = text.n > 0 && strchr("=+-@\t\r", text.p[0]) && !harmless(text);
    bool formula = guard && (begins || csv_looks_guarded(text));
    bool quotes = formula || (text.n > 0 && (text.p[0] == ' ' || text.p[text.n - 1] == ' '));
    for (ptrdiff_t i = 0; i < text.n && !quotes; i++)
        quotes = text.p[i] == '"' || text.p[i] == ',' || text.p[i] == '\n' || text.p[i] == '\r';
    if (!quotes) {
        buf_puts(out, text);
        return;
    }
    buf_putc(out, '"');
    if (formula)
        buf_putc(out, '\'');
    for (ptrdiff_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            buf_putc(out, '"');
        buf_putc(out, text.p[i]);
    }
    buf_putc(out, '"');
}
