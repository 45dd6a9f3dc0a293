#include "base/date.h"
#include "query/ast.h"

static bool fail(query_fault *fault, ptrdiff_t at, const char *code)
{
    *fault = (query_fault){ at, code, { 0 } };
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static char char_at(str s, ptrdiff_t at)
{
    return at < s.n ? s.p[at] : 0;
}

static ptrdiff_t skip_digits(str s, ptrdiff_t at)
{
    while (is_digit(char_at(s, at)))
        at++;
    return at;
}

static bool lex_text(str s, lexeme *out, query_fault *fault)
{
    ptrdiff_t at = out->at + 1;
    for (; at < s.n && s.p[at] != '\''; at++) {
        if (s.p[at] != '\\')
            continue;
        char c = char_at(s, at + 1);
        if (c == 0 || !strchr("nNrRtTbBfF\"'\\_%", c))
            return fail(fault, at, "escape");
        at++;
    }
    if (at >= s.n)
        return fail(fault, out->at, "open_text");
    out->kind = LEX_TEXT;
    out->text = str_sub(s, out->at + 1, at);
    out->end = at + 1;
    return true;
}

str lex_decode(arena *a, str raw, bool pattern)
{
    static const char names[] = "nrtbf", means[] = "\n\r\t\b\f";
    char             *text = arena_alloc(a, (size_t)raw.n + 1);
    ptrdiff_t         n = 0;
    for (ptrdiff_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c != '\\') {
            text[n++] = c;
            continue;
        }
        c = raw.p[++i];
        const char *name = strchr(names, c | 0x20);
        bool        wild = c == '%' || c == '_' || c == '\\';
        if (pattern && wild)
            text[n++] = '\\';
        text[n++] = is_letter(c) && c != '_' && name ? means[name - names] : c;
    }
    return (str){ text, n };
}

/* "2026-10-01" or "2026-10-01T08:00:00Z"; the shape alone decides that it is one. */
static bool shaped_like_date(str s, ptrdiff_t at)
{
    return skip_digits(s, at) == at + 4 && char_at(s, at + 4) == '-' && is_digit(char_at(s, at + 5));
}

static bool lex_date(str s, lexeme *out, query_fault *fault)
{
    ptrdiff_t end = out->at;
    while (end < s.n && (is_digit(s.p[end]) || strchr("-:.+TtZz", s.p[end])))
        end++;
    str text = str_sub(s, out->at, end);
    out->end = end;
    out->kind = text.n > 10 ? LEX_TIME : LEX_DATE;
    if (!(text.n > 10 ? time_parse_rfc3339(text, &out->value) : date_parse(text, &out->value)))
        return fail(fault, out->at, text.n > 10 ? "not_a_time" : "not_a_date");
    return true;
}

static bool lex_number(str s, lexeme *out, query_fault *fault)
{
    ptrdiff_t at = out->at + (char_at(s, out->at) == '-' || char_at(s, out->at) == '+');
    ptrdiff_t whole = at;
    at = skip_digits(s, at);
    if (at == whole)
        return fail(fault, out->at, "not_a_number");
    if (char_at(s, at) == '.' && is_digit(char_at(s, at + 1)))
        at = skip_digits(s, at + 1);
    if ((char_at(s, at) | 0x20) == 'e') {
        ptrdiff_t digits = at + 1 + (char_at(s, at + 1) == '-' || char_at(s, at + 1) == '+');
        at = skip_digits(s, digits) > digits ? skip_digits(s, digits) : at;
    }
    if (is_letter(char_at(s, at)))
        return fail(fault, out->at, "not_a_number");
    out->kind = LEX_NUMBER;
    out->text = str_sub(s, out->at + (s.p[out->at] == '+'), at);
    out->end = at;
    return true;
}

static bool lex_symbol(str s, lexeme *out, query_fault *fault)
{
    char c = s.p[out->at], next = char_at(s, out->at + 1);
    out->kind = LEX_SYMBOL;
    out->end = out->at + 1;
    out->symbol = c;
    if ((c == '!' && next == '=') || (c == '<' && next == '>'))
        out->symbol = SYM_NE;
    else if (c == '<' && next == '=')
        out->symbol = SYM_LE;
    else if (c == '>' && next == '=')
        out->symbol = SYM_GE;
    else if (c == 0 || !strchr("(),.:=<>*", c))
        return fail(fault, out->at, c == '"' ? "double_quotes" : "character");
    out->end += out->symbol != c;
    return true;
}

bool lex_next(str s, ptrdiff_t at, lexeme *out, query_fault *fault)
{
    while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t' || s.p[at] == '\n' || s.p[at] == '\r'))
        at++;
    *out = (lexeme){ .at = at, .end = at };
    if (at >= s.n)
        return true;
    char c = s.p[at];
    if (is_letter(c)) {
        while (is_letter(char_at(s, at)) || is_digit(char_at(s, at)))
            at++;
        out->kind = LEX_NAME;
        out->text = str_sub(s, out->at, at);
        out->end = at;
        return true;
    }
    if (c == '\'')
        return lex_text(s, out, fault);
    if (is_digit(c) && shaped_like_date(s, at))
        return lex_date(s, out, fault);
    if (is_digit(c) || c == '-' || c == '+')
        return lex_number(s, out, fault);
    return lex_symbol(s, out, fault);
}
