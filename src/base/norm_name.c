#include "base/glyphs.h"
#include "base/norm.h"
#include "base/text.h"

/* ---- names of companies ---------------------------------------------------------------------------------------- */

/* Longer ones before those they end with; all folded. */
static const str chinese_forms[] = {
    STR_INIT("股份有限公司"), STR_INIT("有限责任公司"), STR_INIT("集团有限公司"), STR_INIT("有限公司"),
    STR_INIT("股份公司"),     STR_INIT("总公司"),       STR_INIT("公司"),         STR_INIT("集团"),
    STR_INIT("控股"),         STR_INIT("股份"),         STR_INIT("有限合伙"),     STR_INIT("普通合伙"),
    STR_INIT("合伙企业"),     STR_INIT("株式会社"),     STR_INIT("有限会社"),     STR_INIT("주식회사"),
};

static const str latin_forms[] = {
    STR_INIT("co"),   STR_INIT("coltd"),       STR_INIT("company"), STR_INIT("inc"),      STR_INIT("incorporated"),
    STR_INIT("corp"), STR_INIT("corporation"), STR_INIT("ltd"),     STR_INIT("limited"),  STR_INIT("llc"),
    STR_INIT("llp"),  STR_INIT("lp"),          STR_INIT("plc"),     STR_INIT("gmbh"),     STR_INIT("ag"),
    STR_INIT("kg"),   STR_INIT("kgaa"),        STR_INIT("ohg"),     STR_INIT("ug"),       STR_INIT("mbh"),
    STR_INIT("se"),   STR_INIT("sa"),          STR_INIT("sas"),     STR_INIT("sarl"),     STR_INIT("srl"),
    STR_INIT("spa"),  STR_INIT("sl"),          STR_INIT("bv"),      STR_INIT("nv"),       STR_INIT("ab"),
    STR_INIT("oy"),   STR_INIT("oyj"),         STR_INIT("as"),      STR_INIT("aps"),      STR_INIT("pte"),
    STR_INIT("pty"),  STR_INIT("pvt"),         STR_INIT("sdn"),     STR_INIT("bhd"),      STR_INIT("kk"),
    STR_INIT("ooo"),  STR_INIT("group"),       STR_INIT("holding"), STR_INIT("holdings"), STR_INIT("und"),
    STR_INIT("and"),  STR_INIT("the"),
};

typedef struct {
    str *p;
    int  n;
} words;

/* Runs of Chinese characters and other words; dots and apostrophes inside words go ("S.A.", "L'Oréal"). */
static words split_words(arena *a, str folded)
{
    words     w = { arena_make_n(a, str, folded.n + 1), 0 };
    glyphs    g = glyphs_of(a, folded);
    char     *to = arena_alloc(a, (size_t)folded.n + 1);
    ptrdiff_t n = 0, at = 0;
    for (ptrdiff_t i = 0, before = -1; i < g.n; i++) {
        ptrdiff_t begin = at;
        utf8_next(folded, &at);
        if (g.p[i].kind == GLYPH_GAP) {
            before = g.p[i].c == '.' || g.p[i].c == '\'' || g.p[i].c == 0x2019 ? before : -1;
            continue;
        }
        ptrdiff_t script = g.p[i].kind == GLYPH_HAN;
        if (script != before)
            w.p[w.n++] = (str){ to + n, 0 };
        before = script;
        memcpy(to + n, folded.p + begin, (size_t)(at - begin));
        n += at - begin;
        w.p[w.n - 1].n += at - begin;
    }
    return w;
}

static bool is_latin_form(str word)
{
    for (size_t i = 0; i < countof(latin_forms); i++)
        if (str_eq(word, latin_forms[i]))
            return true;
    return false;
}

/* Takes one form off the last word; false: there is none, or nothing else would be left. */
static bool drop_form(words *w)
{
    str *last = &w->p[w->n - 1];
    bool whole = is_latin_form(*last);
    for (size_t i = 0; i < countof(chinese_forms) && !whole; i++)
        if (str_ends(*last, chinese_forms[i])) {
            whole = last->n == chinese_forms[i].n;
            if (whole)
                break;
            last->n -= chinese_forms[i].n;
            return true;
        }
    if (!whole || w->n == 1)
        return false;
    w->n--;
    return true;
}

static bool is_form_before(str word)
{
    return str_eq(word, STR("株式会社")) || str_eq(word, STR("有限会社")) || str_eq(word, STR("the"));
}

str company_name_normalise(arena *a, str name)
{
    str   folded = text_fold(a, name);
    words w = split_words(a, folded);
    char *to = arena_alloc(a, (size_t)folded.n + 1);
    if (w.n == 0)
        return (str){ NULL, 0 };
    while (drop_form(&w))
        continue;
    ptrdiff_t n = 0;
    for (int i = w.n > 1 && is_form_before(w.p[0]); i < w.n; i++) {
        memcpy(to + n, w.p[i].p, (size_t)w.p[i].n);
        n += w.p[i].n;
    }
    return (str){ to, n };
}

/* ---- tax numbers ------------------------------------------------------------------------------------------------ */

bool uscc_valid(str s)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY"; /* no I, O, S, V, Z */
    enum { LENGTH = 18, BASE = 31 };
    int weight = 1, sum = 0;
    if (s.n != LENGTH)
        return false;
    for (int i = 0; i < LENGTH; i++) {
        const char *place = s.p[i] ? strchr(alphabet, s.p[i]) : NULL;
        if (!place)
            return false;
        int value = (int)(place - alphabet);
        if (i == LENGTH - 1)
            return value == (BASE - sum % BASE) % BASE;
        sum += value * weight;
        weight = weight * 3 % BASE;
    }
    return false;
}

str tax_number_normalise(arena *a, str typed)
{
    str       folded = text_fold(a, typed);
    char     *to = arena_alloc(a, (size_t)folded.n + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < folded.n; i++) {
        char c = folded.p[i];
        if (c >= 'a' && c <= 'z')
            to[n++] = (char)(c - 32);
        else if (c >= '0' && c <= '9')
            to[n++] = c;
    }
    return (str){ to, n };
}
