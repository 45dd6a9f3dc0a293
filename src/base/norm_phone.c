#include "base/norm.h"
#include "base/text.h"

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

enum { PHONE_MIN = 3, PHONE_MAX = 15, EXTENSION_MAX = 6, CHINESE_MOBILE = 11, CHINESE_HOTLINE = 10 };

static bool is_chinese_mobile(str d)
{
    return d.n == CHINESE_MOBILE && d.p[0] == '1' && d.p[1] >= '3';
}

/* Area code without its 0: 10, 2x with eight digits behind, 3xx to 9xx with seven or eight. */
static bool is_chinese_landline(str d)
{
    if (d.n < 10 || d.n > 11 || d.p[0] == '0')
        return false;
    if (d.p[0] == '1')
        return d.n == 10 && d.p[1] == '0' && d.p[2] >= '2';
    return d.p[0] == '2' ? d.n == 10 : true;
}

static bool is_chinese_hotline(str d)
{
    return d.n == CHINESE_HOTLINE && (str_starts(d, STR("400")) || str_starts(d, STR("800")));
}

/* The national number behind +86, its 0 taken off; empty when the digits are no Chinese number. `bare`: without 86
 * before it, where a landline shows itself by its 0. */
static str chinese_number(str d, bool bare)
{
    bool zero = d.n && d.p[0] == '0';
    str  rest = zero ? str_sub(d, 1, d.n) : d;
    if (is_chinese_mobile(rest) || (!zero && is_chinese_hotline(rest)))
        return rest;
    if ((zero || !bare) && is_chinese_landline(rest))
        return rest;
    return (str){ NULL, 0 };
}

/* Cuts the extension behind a marking word off. */
static bool cut_marked_extension(str *s, str *extension)
{
    static const str marks[] = { STR_INIT("转"), STR_INIT("分机"), STR_INIT("extension"), STR_INIT("ext"),
                                 STR_INIT("x"),  STR_INIT("#"),    STR_INIT(";ext=") };
    for (size_t i = 0; i < countof(marks); i++) {
        ptrdiff_t at = str_find(*s, marks[i]);
        if (at < 0)
            continue;
        str rest = str_sub(*s, at + marks[i].n, s->n);
        while (rest.n && (rest.p[0] == '.' || rest.p[0] == ' ' || rest.p[0] == ':' || rest.p[0] == '-'))
            rest = str_sub(rest, 1, rest.n);
        rest = str_trim(rest);
        if (!all_digits(rest) || rest.n > EXTENSION_MAX)
            return false;
        *extension = rest;
        *s = str_sub(*s, 0, at);
        return true;
    }
    return true;
}

typedef struct {
    str  digits;
    bool plus;
} dialled;

/* Digits alone; false where something stands between them that does not belong. "(0)" behind a country code goes. */
static bool take_dialled(arena *a, str s, dialled *out)
{
    char     *to = arena_alloc(a, (size_t)s.n + 1);
    ptrdiff_t n = 0;
    s = str_trim(s);
    out->plus = str_starts(s, STR("+"));
    for (ptrdiff_t i = out->plus; i < s.n; i++) {
        bool trunk = n > 0 && str_starts(str_sub(s, i, s.n), STR("(0)"));
        if (trunk)
            i += 2;
        else if (is_digit(s.p[i]))
            to[n++] = s.p[i];
        else if (!strchr(" -().\t", s.p[i]))
            return false;
    }
    out->digits = (str){ to, n };
    if (!out->plus && str_starts(out->digits, STR("00"))) {
        out->plus = true;
        out->digits = str_sub(out->digits, 2, n);
    }
    return true;
}

/* "021-68881234-801": a third part behind a whole landline. */
static void cut_dashed_extension(arena *a, str *s, str *extension)
{
    ptrdiff_t dash = s->n;
    while (dash > 0 && s->p[dash - 1] != '-')
        dash--;
    str     tail = str_sub(*s, dash, s->n);
    dialled before;
    if (dash == 0 || !all_digits(tail) || tail.n > EXTENSION_MAX || !take_dialled(a, str_sub(*s, 0, dash - 1), &before))
        return;
    bool with_86 = before.plus && str_starts(before.digits, STR("86"));
    str  national = with_86 ? str_sub(before.digits, 2, before.digits.n) : before.digits;
    if (before.plus && !with_86)
        return;
    str number = chinese_number(national, !with_86);
    if (number.n == 0 || is_chinese_mobile(number))
        return;
    *extension = tail;
    *s = str_sub(*s, 0, dash - 1);
}

bool phone_normalise(arena *a, str typed, phone *out)
{
    str     s = str_trim(text_fold(a, typed)), extension = { NULL, 0 };
    dialled d;
    if (str_starts(s, STR("tel:")))
        s = str_sub(s, 4, s.n);
    if (!cut_marked_extension(&s, &extension))
        return false;
    if (extension.n == 0)
        cut_dashed_extension(a, &s, &extension);
    if (!take_dialled(a, s, &d) || d.digits.n < PHONE_MIN || d.digits.n > PHONE_MAX)
        return false;
    str  chinese = { NULL, 0 };
    bool with_86 = str_starts(d.digits, STR("86"));
    if (with_86)
        chinese = chinese_number(str_sub(d.digits, 2, d.digits.n), false);
    if (!chinese.n && !d.plus)
        chinese = chinese_number(d.digits, true);
    if (chinese.n)
        out->number = arena_printf(a, "+86%.*s", STR_ARG(chinese));
    else
        out->number = arena_printf(a, "%s%.*s", d.plus ? "+" : "", STR_ARG(d.digits));
    out->extension = extension;
    return true;
}
