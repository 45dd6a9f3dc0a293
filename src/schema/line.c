#include "schema/line.h"

#include "base/date.h"
#include "base/norm.h"
#include "base/text.h"

enum { WORDS = 64, PARTS = 24, JOINED = 4 /* words of one label at most */ };

/* The line on its way: what was taken out is blank in `text`, which keeps its length. */
typedef struct {
    arena        *a;
    const entity *e;
    char         *text;
    ptrdiff_t     n;
    line_parts   *out;
    str           words[WORDS];
    uint8_t       gap[WORDS]; /* a comma or the like stands before it: another thing begins */
    size_t        word_count;
} line;

/* ---- fields and parts ---- */

static bool offered(const field *f)
{
    return !(f->flags & (FF_READONLY | FF_BASE | FF_COMMON)) && f->alias_of < 0 && f->type != FT_ID;
}

/* Where the name goes; NULL where it is made of other fields. */
static const field *title_of(const line *l)
{
    const field *f = &l->e->fields[l->e->title];
    return f->flags & FF_READONLY ? NULL : f;
}

static const field *field_named(const line *l, const char *name)
{
    const field *f = entity_field(l->e, str_from(name));
    return f && (offered(f) || f == title_of(l)) ? f : NULL;
}

static bool has_part(const line *l, const field *f)
{
    for (size_t i = 0; i < l->out->count; i++)
        if (l->out->parts[i].field == f)
            return true;
    return false;
}

static bool add(line *l, const field *f, str value, str text)
{
    if (!f || value.n == 0 || has_part(l, f) || l->out->count == PARTS)
        return false;
    if (f->type == FT_TEXT && f->max > 0 && utf8_length(value) > f->max)
        return false; /* it would be refused: it stays in the rest */
    l->out->parts[l->out->count++] = (line_part){ f, arena_str(l->a, value), arena_str(l->a, text) };
    return true;
}

static const field *free_of_type(const line *l, field_type type)
{
    for (size_t i = 0; i < l->e->field_count; i++) {
        const field *f = &l->e->fields[i];
        if (f->type == type && offered(f) && !has_part(l, f))
            return f;
    }
    return NULL;
}

/* A person's name stands in the title: then a firm stands beside it, not in it. */
static bool is_person(const line *l)
{
    return (l->e->fields[l->e->title].flags & FF_PERSONAL) != 0;
}

static str slice(const line *l, ptrdiff_t from, ptrdiff_t to)
{
    return (str){ l->text + from, to - from };
}

/* What is taken parts what stands before and behind it. */
static void blank(line *l, ptrdiff_t from, ptrdiff_t to)
{
    memset(l->text + from, ',', (size_t)(to - from));
}

/* ---- one form of what separates ---- */

/* Full-width forms of ASCII and the blanks of Chinese become plain ones. */
static void plain_forms(line *l, str given)
{
    ptrdiff_t at = 0, n = 0;
    l->text = arena_alloc(l->a, (size_t)given.n + 1);
    while (at < given.n) {
        ptrdiff_t from = at;
        uint32_t  c = utf8_next(given, &at);
        if (c >= 0xFF01 && c <= 0xFF5E)
            l->text[n++] = (char)(c - 0xFF01 + 0x21);
        else if (c == 0x3001 || c == 0x3002) /* 、。 */
            l->text[n++] = ',';
        else if (c == 0x3000 || c == 0xA0 || c < 0x20)
            l->text[n++] = c == '\n' ? ',' : ' ';
        else
            for (ptrdiff_t i = from; i < at; i++)
                l->text[n++] = given.p[i];
    }
    l->n = n;
}

static bool separates(char c)
{
    return c != 0 && strchr(" ,;|", c) != NULL;
}

static bool is_ascii(char c)
{
    return (unsigned char)c < 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* ---- by form ---- */

static void take_emails(line *l)
{
    for (ptrdiff_t at = 0; at < l->n; at++) {
        ptrdiff_t from = at, to = at;
        if (l->text[at] != '@')
            continue;
        while (from > 0 && is_ascii(l->text[from - 1]) && !separates(l->text[from - 1]) &&
               !strchr(":<(", l->text[from - 1]))
            from--;
        while (to < l->n && is_ascii(l->text[to]) && !separates(l->text[to]) && !strchr(">)", l->text[to]))
            to++;
        while (to > at && l->text[to - 1] == '.')
            to--;
        str word = slice(l, from, to);
        if (email_valid(word) && add(l, free_of_type(l, FT_EMAIL), word, word))
            blank(l, from, to);
    }
}

static bool known_domain(str word)
{
    static const char *const ends[] = { ".com", ".cn", ".net", ".org", ".io", ".co", ".de",   ".eu",   ".uk",
                                        ".jp",  ".hk", ".tw",  ".sg",  ".us", ".ai", ".tech", ".info", ".biz" };
    ptrdiff_t                slash = str_find_char(word, '/');
    str                      host = slash < 0 ? word : str_sub(word, 0, slash);
    for (size_t i = 0; i < countof(ends); i++)
        if (str_ends(host, str_from(ends[i])) && host.n > str_from(ends[i]).n)
            return true;
    return false;
}

static void take_urls(line *l)
{
    for (ptrdiff_t from = 0, to; from < l->n; from = to + 1) {
        for (to = from; to < l->n && is_ascii(l->text[to]) && !separates(l->text[to]);)
            to++;
        str word = slice(l, from, to);
        if (word.n < 4 || str_find_char(word, '@') >= 0)
            continue;
        bool schemed = str_starts(word, STR("http://")) || str_starts(word, STR("https://"));
        str  whole = schemed ? word : arena_printf(l->a, "https://%.*s", STR_ARG(word));
        if (!schemed && !str_starts(word, STR("www.")) && !known_domain(word))
            continue;
        if (url_valid(whole) && add(l, free_of_type(l, FT_URL), whole, word))
            blank(l, from, to);
    }
}

static bool in_phone(char c)
{
    return is_digit(c) || (c != 0 && strchr(" -()", c) != NULL);
}

static size_t digits_of(str s)
{
    size_t n = 0;
    for (ptrdiff_t i = 0; i < s.n; i++)
        n += is_digit(s.p[i]);
    return n;
}

static bool is_mobile(str number)
{
    return number.n == 14 && str_starts(number, STR("+861")) && number.p[4] >= '3';
}

static const field *phone_field(const line *l, str number)
{
    const field *wanted = field_named(l, is_mobile(number) ? "mobile" : "phone");
    return wanted && wanted->type == FT_PHONE && !has_part(l, wanted) ? wanted : free_of_type(l, FT_PHONE);
}

static bool take_phone(line *l, ptrdiff_t from, ptrdiff_t to, bool country)
{
    phone number;
    str   word = str_trim(slice(l, from, to));
    if (digits_of(word) < 7 || !phone_normalise(l->a, word, &number))
        return false;
    int64_t day;
    if (date_parse(word, &day) || (country ? !str_starts(number.number, STR("+")) : digits_of(word) > 8))
        return false;
    if (!add(l, phone_field(l, number.number), word, word))
        return false;
    blank(l, from, to);
    return true;
}

/* The longest piece of a run that is a number: 138 0013 8000 010-88881234 are two. */
static bool take_from_run(line *l, ptrdiff_t from, ptrdiff_t end)
{
    for (int country = 1; country >= 0; country--)
        for (ptrdiff_t to = end; to > from; to--) {
            bool edge = to == end || l->text[to] == ' ' || l->text[to - 1] == ' ';
            if (edge && is_digit(l->text[to - 1]) && take_phone(l, from, to, country))
                return true;
        }
    return false;
}

static void take_phones(line *l)
{
    for (ptrdiff_t from = 0; from < l->n; from++) {
        char      before = from > 0 ? l->text[from - 1] : ' ';
        ptrdiff_t to = from + 1;
        bool      begins = is_digit(l->text[from]) || l->text[from] == '+' || l->text[from] == '(';
        if (!begins || (is_ascii(before) && !separates(before) && !strchr(":(", before)))
            continue;
        while (to < l->n && in_phone(l->text[to]))
            to++;
        if (to < l->n && is_letter(l->text[to]) && is_digit(l->text[to - 1]))
            continue; /* a part of a word: 3M, wx12345678a */
        if (!take_from_run(l, from, to))
            while (from + 1 < l->n && is_digit(l->text[from]))
                from++;
    }
}

/* ---- words ---- */

/* Something to read: a letter of any script. */
static bool has_letter(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (!is_ascii(s.p[i]) || is_letter(s.p[i]))
            return true;
    return false;
}

static bool is_mark(str s)
{
    return !has_letter(s) && digits_of(s) == 0;
}

static void split(line *l)
{
    bool gap = true;
    l->word_count = 0;
    for (ptrdiff_t from = 0, to; from < l->n; from = to) {
        to = from + 1;
        if (separates(l->text[from])) {
            gap |= l->text[from] != ' ';
            continue;
        }
        while (to < l->n && !separates(l->text[to]))
            to++;
        if (is_mark(slice(l, from, to)))
            continue;
        if (l->word_count == WORDS)
            return;
        l->gap[l->word_count] = gap;
        l->words[l->word_count++] = slice(l, from, to);
        gap = false;
    }
}

static void drop(line *l, size_t at, size_t count)
{
    memmove(&l->words[at], &l->words[at + count], (l->word_count - at - count) * sizeof *l->words);
    memmove(&l->gap[at], &l->gap[at + count], (l->word_count - at - count) * sizeof *l->gap);
    l->word_count -= count;
    if (at < l->word_count)
        l->gap[at] = true;
}

/* Words at..at+count with one blank between. */
static str joined(const line *l, size_t at, size_t count)
{
    char     *to = arena_alloc(l->a, (size_t)l->n + 1);
    ptrdiff_t n = 0;
    if (count == 1)
        return l->words[at];
    for (size_t i = at; i < at + count; i++) {
        if (n)
            to[n++] = ' ';
        memcpy(to + n, l->words[i].p, (size_t)l->words[i].n);
        n += l->words[i].n;
    }
    return (str){ to, n };
}

/* ---- by label: "公司:华为", "City: Berlin" ---- */

static bool same_folded(const line *l, str a, str b)
{
    return a.n > 0 && str_eq(text_fold(l->a, a), text_fold(l->a, b));
}

static const field *field_labelled(const line *l, str label)
{
    static const char *const also[][2] = { { "tel", "phone" },    { "电话", "phone" }, { "手机", "mobile" },
                                           { "邮箱", "email" },   { "vx", "wechat" },  { "wx", "wechat" },
                                           { "微信", "wechat" },  { "职位", "title" }, { "备注", "description" },
                                           { "单位", "company" }, { "姓名", "name" },  { "地址", "address" } };
    for (size_t i = 0; i < countof(also); i++)
        if (str_eq_nocase(label, str_from(also[i][0])) && field_named(l, also[i][1]))
            return field_named(l, also[i][1]);
    for (size_t i = 0; i < l->e->field_count; i++) {
        const field *f = &l->e->fields[i];
        if ((offered(f) || f == title_of(l)) &&
            (same_folded(l, f->label[LANG_EN], label) || same_folded(l, f->label[LANG_ZH], label) ||
             str_eq_nocase(f->name, label)))
            return f;
    }
    return NULL;
}

static str value_for(const line *l, const field *f, str text)
{
    if (f->type != FT_CHOICE)
        return f->type == FT_TEXT || f->type == FT_LONG_TEXT || f->type == FT_PHONE || f->type == FT_EMAIL ? text
                                                                                                           : (str){ 0 };
    const choice *c = field_choice_like(f, text);
    (void)l;
    return c && !c->retired ? c->key : (str){ 0 };
}

/* How many words the value of a label has: to the next comma or label. */
static size_t value_words(const line *l, size_t at)
{
    size_t n = 0;
    while (at + n < l->word_count && !(n && l->gap[at + n]) && str_find_char(l->words[at + n], ':') < 0)
        n++;
    return n;
}

static void take_labelled(line *l)
{
    for (size_t i = 0; i < l->word_count;) {
        str          word = l->words[i];
        ptrdiff_t    colon = str_find_char(word, ':');
        const field *f = colon > 0 ? field_labelled(l, str_sub(word, 0, colon)) : NULL;
        if (!f) {
            i++;
            continue;
        }
        str    inside = str_sub(word, colon + 1, word.n);
        bool   chinese = inside.n && !is_ascii(inside.p[0]);
        size_t more = inside.n == 0 || !chinese ? value_words(l, i + 1) : 0;
        if (more && l->gap[i + 1])
            more = 0;
        str text = more ? joined(l, i, more + 1) : word;
        text = str_trim(str_sub(text, colon + 1, text.n));
        if (text.n == 0 || add(l, f, value_for(l, f, text), text))
            drop(l, i, more + 1); /* a label whose value was known by its form says nothing more */
        else
            i++;
    }
}

/* ---- by choices, dictionaries, sums ---- */

/* Other words for a choice: locale "case.kind.complaint#also": "投诉,客诉". */
static const choice *choice_also(const line *l, const field *f, str text)
{
    for (size_t i = 0; i < f->choice_count; i++)
        for (int lang = 0; lang < LANG_COUNT; lang++) {
            str key = arena_printf(l->a, "%.*s.%.*s.%.*s#also", STR_ARG(l->e->name), STR_ARG(f->name),
                                   STR_ARG(f->choices[i].key));
            str rest = label_has(lang, key) ? label_get(lang, key) : (str){ 0 };
            while (rest.n > 0) {
                ptrdiff_t cut = str_find_char(rest, ',');
                if (same_folded(l, cut < 0 ? rest : str_sub(rest, 0, cut), text))
                    return &f->choices[i];
                rest = cut < 0 ? (str){ 0 } : str_sub(rest, cut + 1, rest.n);
            }
        }
    return NULL;
}

static bool take_choice(line *l, const field *f, size_t at, size_t count)
{
    str           text = joined(l, at, count);
    const choice *c = field_choice_like(f, text);
    if (!c)
        c = choice_also(l, f, text);
    if (!c || c->retired || !add(l, f, c->key, text))
        return false;
    drop(l, at, count);
    return true;
}

static bool gap_inside(const line *l, size_t at, size_t count)
{
    for (size_t i = at + 1; i < at + count; i++)
        if (l->gap[i])
            return true;
    return false;
}

static void take_choices(line *l)
{
    for (size_t i = 0; i < l->e->field_count; i++) {
        const field *f = &l->e->fields[i];
        /* A field with a beginning of its own (status, currency) is not guessed. */
        if (f->type != FT_CHOICE || !offered(f) || f->initial.n || has_part(l, f))
            continue;
        for (size_t at = 0; at < l->word_count && !has_part(l, f); at++)
            for (size_t count = JOINED; count > 0; count--)
                if (at + count <= l->word_count && !gap_inside(l, at, count) && take_choice(l, f, at, count))
                    break;
    }
}

static bool take_place(line *l, size_t at, size_t count)
{
    str       name, text = joined(l, at, count);
    ptrdiff_t n = line_province(text, &name);
    bool      city = line_city(text, &name);
    if (city && add(l, field_named(l, "city"), name, text)) {
        drop(l, at, count);
        return true;
    }
    str province, rest = str_sub(text, n, text.n);
    if (n == 0 || line_province(text, &province) == 0 || (rest.n && !line_city(rest, &name)))
        return false;
    bool taken = add(l, field_named(l, "region"), province, str_sub(text, 0, n));
    taken = (rest.n && add(l, field_named(l, "city"), name, rest)) || taken;
    if (taken)
        drop(l, at, count);
    return taken;
}

static void take_places(line *l)
{
    for (size_t count = 2; count > 0; count--)
        for (size_t at = 0; at + count <= l->word_count;)
            if (gap_inside(l, at, count) || !take_place(l, at, count))
                at++;
}

/* "预算50万", "1.2亿", "300k": a sum, where the entity has one. */
static bool sum_digits(line *l, str word, str *digits)
{
    static const struct {
        const char *unit;
        int         zeros;
    } units[] = { { "亿元", 8 }, { "万元", 4 }, { "亿", 8 }, { "万", 4 },
                  { "元", 0 },   { "k", 3 },    { "K", 3 },  { "M", 6 } };
    if (str_starts(word, STR("预算")))
        word = str_sub(word, 6, word.n);
    for (size_t i = 0; i < countof(units); i++) {
        str       u = str_from(units[i].unit);
        str       number = str_ends(word, u) ? str_sub(word, 0, word.n - u.n) : (str){ 0 };
        ptrdiff_t dot = str_find_char(number, '.');
        ptrdiff_t places = dot < 0 ? 0 : number.n - dot - 1;
        int64_t   whole;
        str       bare =
            dot < 0 ? number : arena_printf(l->a, "%.*s%.*s", (int)dot, number.p, (int)places, number.p + dot + 1);
        if (number.n == 0 || number.p[0] == '-' || bare.n > 9 || places > units[i].zeros || (dot >= 0 && places == 0) ||
            !str_to_int64(bare, &whole) || whole == 0)
            continue;
        for (int z = units[i].zeros - (int)places; z > 0; z--)
            whole *= 10;
        *digits = arena_printf(l->a, "%lld", (long long)whole);
        return true;
    }
    return false;
}

static void take_sum(line *l)
{
    str digits;
    for (size_t i = 0; i < l->word_count; i++)
        if (sum_digits(l, l->words[i], &digits) && add(l, free_of_type(l, FT_MONEY), digits, l->words[i])) {
            drop(l, i, 1);
            return;
        }
}

/* A word that is a title alone: "采购经理", "CTO". */
static void take_title(line *l)
{
    const field *f = field_named(l, "title");
    for (size_t i = 0; f && i < l->word_count; i++) {
        str       w = l->words[i];
        ptrdiff_t n = line_title(w);
        /* 张总 is a person with a title, 采购总监 a title with its kind. */
        bool person = n < w.n && line_surname(w) >= 6 && utf8_length(w) - utf8_length(str_sub(w, w.n - n, w.n)) <= 3;
        if (n && !person && utf8_length(w) >= 2 && utf8_length(w) <= 12 && add(l, f, w, w)) {
            drop(l, i, 1);
            return;
        }
    }
}

/* ---- who, and where they work ---- */

static bool all_chinese(str s)
{
    for (ptrdiff_t at = 0; at < s.n;) {
        uint32_t c = utf8_next(s, &at);
        if (c < 0x3400 || c > 0x9FFF)
            return false;
    }
    return s.n > 0;
}

/* "张伟", "欧阳娜娜", "张总", "李伟经理": how sure; *bare: without the title behind a whole name. */
static int chinese_person(str word, str *bare)
{
    ptrdiff_t title = line_title(word);
    str       name = title < word.n ? str_sub(word, 0, word.n - title) : word;
    ptrdiff_t n = utf8_length(name);
    int       rank = line_surname(name);
    *bare = word;
    if (!all_chinese(word) || rank == 0 || (title == 0 && line_firm(word)))
        return 0;
    if (title && title < word.n && n <= 4) {
        if (n > 1)
            *bare = name;
        return rank + 2;
    }
    return title == 0 && (n == 2 || n == 3 || (n == 4 && rank == 9)) ? rank : 0;
}

static bool is_capitalised(str w)
{
    return w.n > 1 && w.p[0] >= 'A' && w.p[0] <= 'Z' && is_letter(w.p[1]) && str_find_char(w, '@') < 0;
}

/* Two Latin words that begin large, neither a firm's, at the begin of their piece. */
static bool latin_person(const line *l, size_t at)
{
    if (at + 2 > l->word_count || l->gap[at + 1] || (at > 0 && !l->gap[at] && is_capitalised(l->words[at - 1])))
        return false;
    bool followed = at + 2 < l->word_count && !l->gap[at + 2] && line_firm(l->words[at + 2]);
    return is_capitalised(l->words[at]) && is_capitalised(l->words[at + 1]) && !line_firm(l->words[at]) &&
           !line_firm(l->words[at + 1]) && !followed;
}

static void take_person(line *l)
{
    const field *f = title_of(l);
    size_t       best = 0, count = 0;
    int          score = 0;
    for (size_t i = 0; i < l->word_count; i++) {
        str bare;
        int s = chinese_person(l->words[i], &bare);
        if (s == 0 && latin_person(l, i))
            s = 7;
        if (s > score) {
            score = s;
            best = i;
            count = all_chinese(l->words[i]) ? 1 : 2;
        }
    }
    if (!f || !score || has_part(l, f))
        return;
    str text = joined(l, best, count), name = text;
    if (count == 1)
        (void)chinese_person(text, &name);
    str title = str_sub(text, name.n, text.n);
    if (!add(l, f, name, name))
        return;
    if (title.n)
        (void)add(l, field_named(l, "title"), title, title);
    drop(l, best, count);
}

/* The piece (up to a comma) with a firm's word in it, else the first. */
static void take_company(line *l)
{
    const field *f = field_named(l, "company");
    size_t       best = SIZE_MAX, count = 0;
    if (!f || f->type != FT_TEXT || has_part(l, f))
        return;
    for (size_t i = 0; i < l->word_count;) {
        size_t n = 1;
        bool   firm = line_firm(l->words[i]), latin = is_ascii(l->words[i].p[0]), says = has_letter(l->words[i]);
        while (latin && i + n < l->word_count && !l->gap[i + n] && is_ascii(l->words[i + n].p[0])) {
            firm |= line_firm(l->words[i + n]);
            says |= has_letter(l->words[i + n]);
            n++;
        }
        if (says && (best == SIZE_MAX || firm)) {
            best = i;
            count = n;
        }
        if (firm)
            break;
        i += n;
    }
    if (best != SIZE_MAX && add(l, f, joined(l, best, count), joined(l, best, count)))
        drop(l, best, count);
}

/* A lone word with no firm is somebody's name rather than nobody's firm. */
static void name_what_is_left(line *l)
{
    const field *f = title_of(l);
    size_t       n = is_person(l) ? 1 : l->word_count;
    if (!f || l->word_count == 0 || has_part(l, f) ||
        (is_person(l) && (l->word_count > 1 || line_firm(l->words[0]) || !has_letter(l->words[0]))))
        return;
    if (add(l, f, joined(l, 0, n), joined(l, 0, n)))
        drop(l, 0, n);
}

void line_parse(arena *a, const entity *e, str text, line_parts *out)
{
    line l = { .a = a, .e = e, .out = out };
    ASSERT(text.n <= LINE_MAX_BYTES);
    *out = (line_parts){ .parts = arena_make_n(a, line_part, PARTS) };
    plain_forms(&l, text_clean(a, text, true));
    take_emails(&l);
    take_urls(&l);
    take_phones(&l);
    split(&l);
    take_labelled(&l);
    take_choices(&l);
    take_places(&l);
    take_sum(&l);
    take_title(&l);
    if (is_person(&l)) {
        take_person(&l);
        if (l.word_count == 1)
            name_what_is_left(&l);
        take_company(&l);
    } else {
        name_what_is_left(&l);
    }
    out->rest = l.word_count ? joined(&l, 0, l.word_count) : (str){ 0 };
}
