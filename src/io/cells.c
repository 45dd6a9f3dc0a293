#include "io/cells.h"
#include "base/buf.h"

str cell_narrow(arena *a, str s)
{
    bool wide = false;
    for (ptrdiff_t i = 0; i + 2 < s.n && !wide; i++)
        wide = (unsigned char)s.p[i] == 0xEF || (unsigned char)s.p[i] == 0xE3 || (unsigned char)s.p[i] == 0xE2;
    for (ptrdiff_t i = 0; i + 1 < s.n && !wide; i++)
        wide = (unsigned char)s.p[i] == 0xC2;
    if (!wide)
        return s;
    char     *out = arena_alloc(a, (size_t)s.n + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t at = 0; at < s.n;) {
        ptrdiff_t from = at;
        uint32_t  c = utf8_next(s, &at);
        if (c >= 0xFF01 && c <= 0xFF5E)
            out[n++] = (char)(c - 0xFF01 + '!');
        else if (c == 0x3000 || c == 0xA0 || c == 0x202F || c == 0x2009)
            out[n++] = ' ';
        else if (c == 0x2212 || c == 0x2013)
            out[n++] = '-';
        else {
            memcpy(out + n, s.p + from, (size_t)(at - from));
            n += at - from;
        }
    }
    return (str){ out, n };
}

bool cell_nothing(str text)
{
    static const char *const words[] = { "-",   "--",  "—",    "n/a",     "na", "null", "none",
                                         "nil", "nan", "#n/a", "(blank)", "无", "暂无", "/" };
    str                      s = str_trim(text);
    for (size_t i = 0; i < countof(words); i++)
        if (str_eq_nocase(s, str_from(words[i])))
            return true;
    return s.n == 0;
}

/* ---- what surrounds the digits ---- */

typedef struct {
    str  digits; /* digits, points, commas, apostrophes, spaces */
    bool negative, percent;
    int  exponent; /* of K, M, 万 … */
} number_parts;

static bool cut_prefix(str *s, str word)
{
    if (s->n < word.n || !str_eq_nocase(str_sub(*s, 0, word.n), word))
        return false;
    *s = str_trim(str_sub(*s, word.n, s->n));
    return true;
}

static bool cut_suffix(str *s, str word)
{
    if (s->n < word.n || !str_eq_nocase(str_sub(*s, s->n - word.n, s->n), word))
        return false;
    *s = str_trim(str_sub(*s, 0, s->n - word.n));
    return true;
}

static bool cut_currency(str *s)
{
    static const char *const words[] = { "US$", "HK$", "NT$",  "A$",     "C$",   "S$",  "$",   "¥",   "￥",
                                         "€",   "£",   "₹",    "₩",      "RMB",  "CNY", "USD", "EUR", "GBP",
                                         "HKD", "JPY", "AUD",  "CAD",    "CHF",  "INR", "KRW", "SGD", "TWD",
                                         "元",  "圆",  "美元", "人民币", "港币", "欧元" };
    bool                     cut = false;
    for (size_t i = 0; i < countof(words); i++)
        cut = cut_prefix(s, str_from(words[i])) || cut_suffix(s, str_from(words[i])) || cut;
    return cut;
}

static void cut_scale(str *s, int *exponent)
{
    static const struct {
        const char *word;
        int         exponent;
    } words[] = { { "万亿", 12 }, { "百万", 6 },    { "千万", 7 },    { "亿", 8 },  { "万", 4 },
                  { "千", 3 },    { "million", 6 }, { "billion", 9 }, { "mio", 6 }, { "mn", 6 },
                  { "bn", 9 },    { "mm", 6 },      { "k", 3 },       { "m", 6 },   { "b", 9 } };
    for (size_t i = 0; i < countof(words); i++)
        if (cut_suffix(s, str_from(words[i].word))) {
            *exponent = words[i].exponent;
            return;
        }
}

static bool cut_sign(str *s, bool *negative)
{
    if (s->n > 2 && s->p[0] == '(' && s->p[s->n - 1] == ')') {
        *negative = true;
        *s = str_trim(str_sub(*s, 1, s->n - 1));
        return true;
    }
    if (s->n > 1 && (s->p[0] == '-' || s->p[0] == '+')) {
        *negative = s->p[0] == '-';
        *s = str_trim(str_sub(*s, 1, s->n));
        return true;
    }
    if (s->n > 1 && s->p[s->n - 1] == '-') { /* SAP's 300- */
        *negative = true;
        *s = str_trim(str_sub(*s, 0, s->n - 1));
        return true;
    }
    return false;
}

static bool take_apart(str s, number_parts *out)
{
    *out = (number_parts){ 0 };
    s = str_trim(s);
    bool signed_once = cut_sign(&s, &out->negative);
    (void)cut_currency(&s);
    if (!signed_once && cut_sign(&s, &out->negative))
        (void)cut_currency(&s);
    out->percent = cut_suffix(&s, STR("%"));
    cut_scale(&s, &out->exponent);
    (void)cut_currency(&s);
    if (s.n == 0 || s.n > 60)
        return false;
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || strchr(".,' ", s.p[i])))
            return false;
    out->digits = s;
    return true;
}

/* Groups: "1,234,567": one to three digits, then threes (Indian twos too), cut by the same sign throughout. */
static bool grouped(str s, char sign)
{
    ptrdiff_t run = 0, groups = 0;
    for (ptrdiff_t i = 0; i < s.n; i++) {
        if (s.p[i] == sign) {
            if (groups == 0 ? (run < 1 || run > 3) : (run != 3 && run != 2))
                return false;
            groups++;
            run = 0;
        } else if (s.p[i] >= '0' && s.p[i] <= '9')
            run++;
        else
            return false;
    }
    return groups == 0 || run == 3;
}

static ptrdiff_t count_of(str s, char c, ptrdiff_t *last)
{
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (s.p[i] == c) {
            n++;
            *last = i;
        }
    return n;
}

/* Is the text a number when `decimal` is the decimal sign? Digits without groups go to out (room for s.n). */
static bool fits(str s, char decimal, char *out, ptrdiff_t *n)
{
    char      group = 0;
    ptrdiff_t last = -1;
    ptrdiff_t points = count_of(s, decimal, &last);
    if (points > 1)
        return false;
    str whole = points ? str_sub(s, 0, last) : s, fraction = points ? str_sub(s, last + 1, s.n) : STR("");
    for (ptrdiff_t i = 0; i < whole.n; i++)
        if (whole.p[i] < '0' || whole.p[i] > '9')
            group = whole.p[i];
    if ((group && !grouped(whole, group)) || (whole.n == 0 && fraction.n == 0))
        return false;
    *n = 0;
    for (ptrdiff_t i = 0; i < whole.n; i++)
        if (whole.p[i] != group)
            out[(*n)++] = whole.p[i];
    if (whole.n == 0)
        out[(*n)++] = '0';
    if (fraction.n > 0)
        out[(*n)++] = '.';
    for (ptrdiff_t i = 0; i < fraction.n; i++) {
        if (fraction.p[i] < '0' || fraction.p[i] > '9')
            return false;
        out[(*n)++] = fraction.p[i];
    }
    return true;
}

/* Digits without leading zeros, for comparing: "00001" and the like are numbers too. */
static ptrdiff_t drop_zeros(const char *digits, ptrdiff_t n)
{
    ptrdiff_t zeros = 0;
    while (zeros + 1 < n && digits[zeros] == '0' && digits[zeros + 1] != '.')
        zeros++;
    return zeros;
}

void number_column_add(number_column *c, str text, int64_t line)
{
    char         plain[64], comma[64];
    ptrdiff_t    n_plain, n_comma;
    number_parts p;
    if (!take_apart(text, &p))
        return;
    bool point = fits(p.digits, '.', plain, &n_plain), as_comma = fits(p.digits, ',', comma, &n_comma);
    if (point == as_comma)
        return;
    if (point && c->point_decimal++ == 0)
        c->line_point = line;
    if (as_comma && c->comma_decimal++ == 0)
        c->line_comma = line;
}

bool number_column_comma(const number_column *c, bool *mixed)
{
    *mixed = c->comma_decimal > 0 && c->point_decimal > 0;
    return c->comma_decimal > 0 && c->point_decimal == 0;
}

/* 1e5, -2.50E+03: what programs write. */
static bool scientific(str s)
{
    ptrdiff_t digits = 0, i = 0, e = -1;
    if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
        i++;
    for (; i < s.n; i++) {
        if (s.p[i] >= '0' && s.p[i] <= '9')
            digits++;
        else if ((s.p[i] == 'e' || s.p[i] == 'E') && e < 0 && digits > 0) {
            e = i;
            digits = 0;
            if (i + 1 < s.n && (s.p[i + 1] == '-' || s.p[i + 1] == '+'))
                i++;
        } else if (s.p[i] != '.' || e >= 0)
            return false;
    }
    return e > 0 && digits > 0 && digits < 4;
}

bool cell_number(arena *a, str text, bool comma_decimal, bool percent_field, str *out)
{
    number_parts p;
    char         digits[64];
    ptrdiff_t    n;
    str          s = str_trim(cell_narrow(a, text));
    if (scientific(s)) {
        *out = s.p[0] == '+' ? str_sub(s, 1, s.n) : s;
        return true;
    }
    if (!take_apart(s, &p) || !fits(p.digits, comma_decimal ? ',' : '.', digits, &n))
        return false;
    if (p.percent && !percent_field)
        p.exponent -= 2;
    ptrdiff_t zeros = drop_zeros(digits, n);
    *out = p.exponent
               ? arena_printf(a, "%s%.*se%d", p.negative ? "-" : "", (int)(n - zeros), digits + zeros, p.exponent)
               : arena_printf(a, "%s%.*s", p.negative ? "-" : "", (int)(n - zeros), digits + zeros);
    return true;
}
