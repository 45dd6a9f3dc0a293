#include "io/dates.h"
#include "base/date.h"

/* ---- pieces ---- */

typedef enum { PIECE_NUMBER, PIECE_MONTH } piece_kind;

typedef struct {
    piece_kind kind;
    int        value, digits;
    char       mark; /* what follows: 'y' 'm' 'd' for 年月日, else the separator, 0 at the end */
} piece;

typedef struct {
    str       s;
    ptrdiff_t at;
} scan;

static char peek(const scan *s)
{
    return s->at < s->s.n ? s->s.p[s->at] : 0;
}

static bool eat(scan *s, const char *word)
{
    str w = str_from(word);
    if (!str_starts(str_sub(s->s, s->at, s->s.n), w))
        return false;
    s->at += w.n;
    return true;
}

static void eat_spaces(scan *s)
{
    while (peek(s) == ' ' || peek(s) == '\t')
        s->at++;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool scan_number(scan *s, int *value, int *digits)
{
    int v = 0, n = 0;
    for (; is_digit(peek(s)) && n < 9; n++)
        v = v * 10 + (s->s.p[s->at++] - '0');
    *value = v;
    *digits = n;
    return n > 0 && !is_digit(peek(s));
}

static str scan_word(scan *s)
{
    ptrdiff_t from = s->at;
    while (is_letter(peek(s)))
        s->at++;
    return str_sub(s->s, from, s->at);
}

/* English names, whole or cut to three letters (Sept too). */
static int month_number(str word)
{
    static const char *const names[] = { "january", "february", "march",     "april",   "may",      "june",
                                         "july",    "august",   "september", "october", "november", "december" };
    for (int i = 0; i < 12; i++) {
        str name = str_from(names[i]);
        if (word.n >= 3 && word.n <= name.n && str_eq_nocase(word, str_sub(name, 0, word.n)) &&
            (word.n == 3 || word.n == 4 || word.n == name.n))
            return i + 1;
    }
    return 0;
}

static bool is_weekday(str word)
{
    static const char *const names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
    for (size_t i = 0; i < countof(names); i++)
        if (word.n >= 3 && str_eq_nocase(str_sub(word, 0, 3), str_from(names[i])))
            return true;
    return false;
}

static bool scan_piece(scan *s, piece *out)
{
    *out = (piece){ 0 };
    if (is_letter(peek(s))) {
        out->kind = PIECE_MONTH;
        out->value = month_number(scan_word(s));
        if (peek(s) == '.')
            s->at++;
        return out->value > 0;
    }
    if (!scan_number(s, &out->value, &out->digits))
        return false;
    ptrdiff_t here = s->at;
    str       ordinal = scan_word(s); /* 1st 2nd 3rd 4th */
    bool      known = str_eq_nocase(ordinal, STR("st")) || str_eq_nocase(ordinal, STR("nd")) ||
                 str_eq_nocase(ordinal, STR("rd")) || str_eq_nocase(ordinal, STR("th"));
    if (!known)
        s->at = here;
    return true;
}

/* What stands between two pieces; false where there is nothing or too much. */
static bool scan_separator(scan *s, piece *before)
{
    eat_spaces(s);
    if (eat(s, "年"))
        before->mark = 'y';
    else if (eat(s, "月"))
        before->mark = 'm';
    else if (peek(s) == '-' || peek(s) == '/' || peek(s) == '.' || peek(s) == ',')
        before->mark = s->s.p[s->at++];
    else if (s->at > 0 && s->s.p[s->at - 1] == ' ')
        before->mark = ' ';
    else if (before->kind == PIECE_MONTH || is_letter(peek(s)))
        before->mark = ' '; /* 31May2011 */
    else
        return false;
    eat_spaces(s);
    return true;
}

/* ---- time of day ---- */

enum { HALF_NONE, HALF_AM, HALF_PM };

static int scan_half(scan *s)
{
    static const struct {
        const char *word;
        int         half;
    } words[] = { { "上午", HALF_AM }, { "下午", HALF_PM }, { "凌晨", HALF_AM }, { "晚上", HALF_PM },
                  { "AM", HALF_AM },   { "am", HALF_AM },   { "PM", HALF_PM },   { "pm", HALF_PM },
                  { "a.m.", HALF_AM }, { "p.m.", HALF_PM } };
    eat_spaces(s);
    for (size_t i = 0; i < countof(words); i++)
        if (eat(s, words[i].word))
            return words[i].half;
    return HALF_NONE;
}

static bool scan_colon(scan *s, const char *chinese)
{
    return eat(s, ":") || eat(s, "：") || eat(s, chinese);
}

static bool scan_offset(scan *s, date_value *out)
{
    eat_spaces(s);
    if (peek(s) == 'Z' || peek(s) == 'z' || eat(s, "UTC") || eat(s, "GMT")) {
        s->at += peek(s) == 'Z' || peek(s) == 'z';
        out->has_offset = true;
        return true;
    }
    char sign = peek(s);
    int  hours, digits, minutes = 0;
    if (sign != '+' && sign != '-')
        return true;
    s->at++;
    if (!scan_number(s, &hours, &digits))
        return false;
    if (digits == 4) {
        minutes = hours % 100;
        hours /= 100;
    } else if (eat(s, ":") && !scan_number(s, &minutes, &digits))
        return false;
    out->has_offset = true;
    out->offset_ms = (sign == '-' ? -1 : 1) * (int64_t)(hours * 60 + minutes) * 60000;
    return hours <= 18 && minutes < 60;
}

static bool scan_seconds(scan *s, int *second, int *ms)
{
    int digits;
    *second = *ms = 0;
    if (!scan_colon(s, "分"))
        return true;
    if (!is_digit(peek(s))) /* 15时30分 */
        return true;
    if (!scan_number(s, second, &digits))
        return false;
    (void)eat(s, "秒");
    if ((peek(s) == '.' || peek(s) == ',') && s->at + 1 < s->s.n && is_digit(s->s.p[s->at + 1])) {
        s->at++;
        for (int weight = 100; is_digit(peek(s)); weight /= 10)
            *ms += (s->s.p[s->at++] - '0') * weight;
    }
    return true;
}

/* The rest of the text must be a time of day, or nothing. */
static bool scan_time(scan *s, date_value *out)
{
    int hour, minute, second, ms, digits;
    if (peek(s) == ',')
        s->at++;
    eat_spaces(s);
    if (peek(s) == 'T' || peek(s) == 't')
        s->at++;
    if (s->at == s->s.n)
        return true;
    int half = scan_half(s);
    eat_spaces(s);
    if (!scan_number(s, &hour, &digits) || digits > 2)
        return false;
    minute = second = ms = 0;
    if (scan_colon(s, "时") || eat(s, "点")) {
        if (is_digit(peek(s)) && !(scan_number(s, &minute, &digits) && digits <= 2 && scan_seconds(s, &second, &ms)))
            return false;
    } else
        return false;
    if (half == HALF_NONE)
        half = scan_half(s);
    if (half != HALF_NONE && (hour < 1 || hour > 12) && !(hour < 24 && half == HALF_PM))
        return false;
    if (half == HALF_AM && hour == 12)
        hour = 0;
    if (half == HALF_PM && hour < 12)
        hour += 12;
    if (!scan_offset(s, out))
        return false;
    eat_spaces(s);
    out->has_time = true;
    out->day_ms = (((int64_t)hour * 60 + minute) * 60 + second) * 1000 + ms;
    return s->at == s->s.n && hour < 24 && minute < 60 && second < 61;
}

/* ---- putting pieces together ---- */

static int whole_year(const piece *p)
{
    return p->digits > 2 ? p->value : p->value + (p->value < 69 ? 2000 : 1900);
}

static bool set_day(date_value *v, const piece *y, const piece *m, const piece *d)
{
    civil c = { whole_year(y), m->value, d->value };
    if (m->digits > 2 || d->digits > 2 || y->digits == 3 || y->digits > 4 || !civil_valid(c) || c.year < 1000)
        return false;
    v->days = date_from_civil(c);
    return true;
}

static bool day_by_order(date_order o, const piece p[3], date_value *v)
{
    switch (o) {
    case ORDER_YMD: return set_day(v, &p[0], &p[1], &p[2]);
    case ORDER_MDY: return set_day(v, &p[2], &p[0], &p[1]);
    case ORDER_DMY: return set_day(v, &p[2], &p[1], &p[0]);
    case ORDER_COUNT: break;
    }
    return false;
}

/* With a month's name only the year is to be told from the day. */
static bool day_by_name(const piece p[3], date_value *v)
{
    if (p[0].kind == PIECE_MONTH)
        return p[1].kind == PIECE_NUMBER && p[2].kind == PIECE_NUMBER && set_day(v, &p[2], &p[0], &p[1]);
    if (p[1].kind != PIECE_MONTH || p[2].kind == PIECE_MONTH)
        return false;
    return p[0].digits == 4 ? set_day(v, &p[0], &p[1], &p[2]) : set_day(v, &p[2], &p[1], &p[0]);
}

static bool put_together(const piece p[3], date_reading *out)
{
    date_value base = out->value[0];
    if (p[0].kind == PIECE_MONTH || p[1].kind == PIECE_MONTH || p[2].kind == PIECE_MONTH) {
        out->sure = true;
        return day_by_name(p, &out->value[0]);
    }
    if (p[0].digits == 4 || p[0].mark == 'y') {
        out->sure = true;
        return day_by_order(ORDER_YMD, p, &out->value[0]);
    }
    out->short_year = p[2].digits <= 2;
    for (date_order o = ORDER_YMD; o < ORDER_COUNT; o++) {
        if (o == ORDER_YMD && !(out->short_year && p[0].digits == 2))
            continue;
        if (o != ORDER_YMD && p[2].digits != 4 && p[2].digits != 2)
            continue;
        out->value[o] = base;
        if (day_by_order(o, p, &out->value[o]))
            out->orders |= 1u << o;
    }
    /* 01/02/26 could be a year first, but nobody writes one with slashes and means it, unless nothing else fits. */
    if (p[0].mark == '/' && (out->orders & ~(1u << ORDER_YMD)))
        out->orders &= ~(1u << ORDER_YMD);
    return out->orders != 0;
}

static bool compact(str s, date_reading *out)
{
    piece p[3] = { 0 };
    int   v = 0;
    if (s.n != 8)
        return false;
    for (ptrdiff_t i = 0; i < 8; i++) {
        if (!is_digit(s.p[i]))
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    p[0] = (piece){ .value = v / 10000, .digits = 4 };
    p[1] = (piece){ .value = v / 100 % 100, .digits = 2 };
    p[2] = (piece){ .value = v % 100, .digits = 2 };
    out->sure = true;
    return p[0].value >= 1900 && p[0].value < 2200 && day_by_order(ORDER_YMD, p, &out->value[0]);
}

bool date_scan(str text, date_reading *out)
{
    scan  s = { str_trim(text), 0 };
    piece p[3];
    *out = (date_reading){ 0 };
    if (s.s.n < 6 || s.s.n > 64)
        return false;
    if (compact(s.s, out))
        return true;
    *out = (date_reading){ 0 };
    if (is_letter(peek(&s))) {
        ptrdiff_t here = s.at;
        if (is_weekday(scan_word(&s))) {
            while (peek(&s) == ',' || peek(&s) == '.' || peek(&s) == ' ')
                s.at++;
        } else
            s.at = here;
    }
    for (int i = 0; i < 3; i++)
        if (!scan_piece(&s, &p[i]) || (i < 2 && !scan_separator(&s, &p[i])))
            return false;
    (void)(eat(&s, "日") || eat(&s, "号"));
    return scan_time(&s, &out->value[0]) && put_together(p, out);
}

/* ---- forms ---- */

const char *date_form_name(date_order o)
{
    static const char *const names[ORDER_COUNT] = { "Y/M/D", "M/D/Y", "D/M/Y" };
    ASSERT(o < ORDER_COUNT);
    return names[o];
}

bool date_form_parse(str text, date_form *out)
{
    char order[4] = { 0 };
    int  n = 0, years = 0;
    for (ptrdiff_t i = 0; i < text.n; i++) {
        char c = (char)(text.p[i] & ~32);
        if (text.p[i] == ' ' || text.p[i] == 'T')
            if (n == 3)
                break; /* a time may follow */
        years += c == 'Y';
        if ((c == 'Y' || c == 'M' || c == 'D') && !memchr(order, c, 3)) {
            if (n == 3)
                return false;
            order[n++] = c;
        } else if (is_letter(text.p[i]) && c != 'Y' && c != 'M' && c != 'D')
            return false;
    }
    static const char *const orders[ORDER_COUNT] = { "YMD", "MDY", "DMY" };
    for (date_order o = ORDER_YMD; o < ORDER_COUNT; o++)
        if (strcmp(order, orders[o]) == 0) {
            *out = (date_form){ .order = o, .year_digits = years == 2 || years == 4 ? years : 0, .fixed = true };
            return true;
        }
    return false;
}

bool date_read(str text, const date_form *form, date_value *out)
{
    date_reading r;
    if (!date_scan(text, &r))
        return false;
    if (r.sure) {
        *out = r.value[0];
        return true;
    }
    if (!(r.orders & (1u << form->order)) || (form->year_digits == 4 && r.short_year) ||
        (form->year_digits == 2 && !r.short_year))
        return false;
    *out = r.value[form->order];
    return true;
}

/* ---- a whole column ---- */

void date_column_init(date_column *c)
{
    *c = (date_column){ .orders = (1u << ORDER_COUNT) - 1 };
}

static void sample_set(char out[40], str text)
{
    str cut = utf8_cut(str_trim(text), 39);
    memcpy(out, cut.p, (size_t)cut.n);
    out[cut.n] = 0;
}

void date_column_add(date_column *c, str text, int64_t line)
{
    date_reading r;
    c->count++;
    if (!date_scan(text, &r)) {
        c->unreadable++;
        return;
    }
    if (r.sure)
        return;
    c->unsure++;
    c->orders &= r.orders;
    for (date_order o = ORDER_YMD; o < ORDER_COUNT; o++) {
        if (!(r.orders & (1u << o)) && c->line[o] == 0) {
            c->line[o] = line;
            sample_set(c->sample[o], text);
        }
        for (date_order p = ORDER_YMD; p < o; p++)
            if ((r.orders & (1u << o)) && (r.orders & (1u << p)) && r.value[o].days != r.value[p].days) {
                c->differ[p][o] = true;
                if (p == ORDER_MDY || !c->unsure_sample[0])
                    sample_set(c->unsure_sample, text);
            }
    }
}

date_verdict date_column_decide(const date_column *c, date_form *out)
{
    *out = (date_form){ .order = ORDER_YMD };
    if (c->count == c->unreadable)
        return c->count == 0 ? DATES_NONE : DATES_SURE;
    if (c->unsure == 0)
        return DATES_SURE;
    if (c->orders == 0)
        return DATES_MIXED;
    date_order first = ORDER_COUNT;
    for (date_order o = ORDER_YMD; o < ORDER_COUNT; o++) {
        if (!(c->orders & (1u << o)))
            continue;
        if (first != ORDER_COUNT && c->differ[first][o])
            return DATES_ASK;
        if (first == ORDER_COUNT)
            first = o;
    }
    out->order = first;
    return DATES_SURE;
}
