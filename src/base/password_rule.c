/* Which passwords are refused (NIST SP 800-63B: long enough, not among those that are guessed first; nothing about kinds of
 * characters). Instead of a long list, the shapes that fill such lists: a row of the keyboard, a sequence, a piece again and
 * again, digits alone, and a common word with something before or behind it, however it is spelt. */
#include "base/password.h"
#include "base/text.h"

enum { SHAPED_MOST = 24, TAIL_MOST = 7, DIGITS_MOST = 11, NAME_LEAST = 4, BESIDE_NAME_LEAST = 8 };

static const char *const rows[] = {
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertzuiop",
    "azertyuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "qazwsxedcrfvtgbyhnujmikolp",
    "zaq12wsxcde34rfv",
    "!@#$%^&*()",
    "147258369",
    "159357",
    "741852963",
    "qweasdzxc",
    "asdzxc",
};

/* After lowering, with digits and signs that stand for letters read as letters. */
static const char *const words[] = {
    "password",   "passwort",   "passwd",   "passw",         "passphrase",     "welcome",   "willkommen", "letmein",
    "login",      "logon",      "admin",    "administrator", "administrateur", "root",      "toor",       "user",
    "guest",      "test",       "testing",  "tester",        "demo",           "sample",    "temp",       "temporary",
    "default",    "changeme",   "changeit", "secret",        "geheim",         "private",   "access",     "system",
    "server",     "manager",    "master",   "superuser",     "sysadmin",       "webmaster", "office",     "company",
    "internet",   "computer",   "windows",  "microsoft",     "google",         "facebook",  "iloveyou",   "loveyou",
    "lovely",     "love",       "sunshine", "princess",      "monkey",         "dragon",    "shadow",     "football",
    "baseball",   "basketball", "soccer",   "hockey",        "superman",       "batman",    "spiderman",  "starwars",
    "pokemon",    "trustno",    "whatever", "freedom",       "qwerty",         "asdf",      "zxcv",       "abc",
    "abcd",       "michael",    "jennifer", "jordan",        "charlie",        "thomas",    "daniel",     "robert",
    "jessica",    "ashley",     "summer",   "winter",        "spring",         "autumn",    "january",    "february",
    "march",      "april",      "june",     "july",          "august",         "september", "october",    "november",
    "december",   "monday",     "friday",   "sunday",        "hello",          "hallo",     "bonjour",    "nihao",
    "killer",     "hunter",     "ranger",   "harley",        "mustang",        "ferrari",   "porsche",    "mercedes",
    "toyota",     "samsung",    "apple",    "orange",        "banana",         "chocolate", "cookie",     "coffee",
    "cheese",     "flower",     "purple",   "silver",        "golden",         "diamond",   "angel",      "heaven",
    "jesus",      "christ",     "money",    "lucky",         "success",        "business",  "customer",   "sales",
    "salesforce", "zhike",      "crm",      "zhongguo",      "china",          "beijing",   "shanghai",   "shenzhen",
    "guangzhou",  "hangzhou",   "woaini",   "woaiwo",        "aini",           "iloveu",    "mima",       "wodemima",
    "guanliyuan", "yonghu",     "gongsi",   "kehu",          "xiaoshou",       "wangwei",   "zhangwei",   "liwei",
    "wangfang",   "lina",       "taobao",   "alibaba",       "tencent",        "weixin",    "wechat",     "baidu",
    "huawei",     "xiaomi",     "qq",       "caonima",       "asdasd",         "qweqwe",    "aaa",        "qaz",
    "wsx",        "密码",       "管理员",   "我爱你",        "公司",           "客户",
};

static char letter_for(char c)
{
    switch (c) {
    case '0': return 'o';
    case '1': return 'i';
    case '!': return 'i';
    case '3': return 'e';
    case '4': return 'a';
    case '@': return 'a';
    case '5': return 's';
    case '$': return 's';
    case '7': return 't';
    case '8': return 'b';
    case '9': return 'g';
    default: return c;
    }
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Does the rest, from `at`, go along a row in either direction? How far. */
static ptrdiff_t along(str s, ptrdiff_t at, const char *row)
{
    ptrdiff_t n = (ptrdiff_t)strlen(row), best = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t step = -1; step <= 1; step += 2) {
            ptrdiff_t k = 0;
            while (at + k < s.n && i + k * step >= 0 && i + k * step < n && s.p[at + k] == row[i + k * step])
                k++;
            best = k > best ? k : best;
        }
    return best;
}

/* Cut into few rows, sequences and repetitions: "qwertyui", "12345678", "qwer1234", "aaaa1111". */
static bool is_walk(str s)
{
    ptrdiff_t at = 0, pieces = 0;
    while (at < s.n) {
        ptrdiff_t best = 1;
        for (size_t i = 0; i < countof(rows); i++) {
            ptrdiff_t n = along(s, at, rows[i]);
            best = n > best ? n : best;
        }
        ptrdiff_t same = 1;
        while (at + same < s.n && s.p[at + same] == s.p[at])
            same++;
        at += same > best ? same : best;
        pieces++;
    }
    return pieces * 4 <= s.n + 3 && s.n <= SHAPED_MOST;
}

static bool repeats(str s)
{
    ptrdiff_t most = utf8_length(s) < s.n ? 12 : 4; /* four letters, in bytes */
    for (ptrdiff_t period = 1; period <= most && period * 2 <= s.n; period++) {
        ptrdiff_t i = period;
        while (i < s.n && s.p[i] == s.p[i - period])
            i++;
        if (i == s.n)
            return true;
    }
    return false;
}

static bool only_digits(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]) && s.p[i] != '-' && s.p[i] != '.' && s.p[i] != '/' && s.p[i] != ' ')
            return false;
    return s.n <= DIGITS_MOST; /* dates, telephone numbers */
}

static bool among_words(str core)
{
    for (size_t i = 0; i < countof(words); i++)
        if (str_eq(core, str_from(words[i])))
            return true;
    return false;
}

static str as_letters(arena *a, str s)
{
    char *p = arena_alloc(a, (size_t)s.n + 1);
    for (ptrdiff_t i = 0; i < s.n; i++)
        p[i] = letter_for(s.p[i]);
    return (str){ p, s.n };
}

static str letters_alone(arena *a, str s)
{
    char     *p = arena_alloc(a, (size_t)s.n + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (is_letter(s.p[i]))
            p[n++] = s.p[i];
    return (str){ p, n };
}

/* A common word, once or twice, with a few digits or signs around: "P@ssw0rd!", "admin2024", "abc12345", "test_test". */
static bool is_common_word(arena *a, str s)
{
    ptrdiff_t from = 0, to = s.n;
    while (from < to && !is_letter(s.p[from]))
        from++;
    while (to > from && !is_letter(s.p[to - 1]))
        to--;
    str whole = as_letters(a, s), inner = as_letters(a, str_sub(s, from, to)), bare = letters_alone(a, s);
    str tries[] = { letters_alone(a, whole), letters_alone(a, inner), bare };
    for (size_t i = 0; i < countof(tries); i++) {
        str t = tries[i];
        if (t.n == 0 || s.n - t.n > TAIL_MOST)
            continue;
        if (among_words(t))
            return true;
        if (t.n % 2 == 0 && str_eq(str_sub(t, 0, t.n / 2), str_sub(t, t.n / 2, t.n)) &&
            among_words(str_sub(t, 0, t.n / 2)))
            return true;
    }
    return false;
}

/* A name of the person or the firm, with too little beside it. */
static bool leans_on(arena *a, str s, str name)
{
    name = text_lower(a, str_trim(name));
    ptrdiff_t at = str_find_char(name, '@');
    if (at > 0)
        name = str_sub(name, 0, at);
    bool      wide = utf8_length(name) < name.n;
    ptrdiff_t found = utf8_length(name) >= (wide ? 2 : NAME_LEAST) ? str_find(s, name) : -1;
    if (found < 0 && !wide && name.n >= NAME_LEAST) {
        str plain = letters_alone(a, name);
        if (plain.n >= NAME_LEAST && str_find(as_letters(a, s), plain) >= 0)
            found = 0;
    }
    return found >= 0 && utf8_length(s) - utf8_length(name) < BESIDE_NAME_LEAST;
}

const char *password_fault(arena *a, str password, const str *names, size_t count)
{
    if (!utf8_valid(password) || utf8_length(password) < PASSWORD_CHARS_MIN)
        return "too_short";
    str s = text_lower(a, password);
    if (is_walk(s) || repeats(s) || only_digits(s) || is_common_word(a, s))
        return "too_common";
    for (size_t i = 0; i < count; i++)
        if (names[i].n && leans_on(a, s, names[i]))
            return "holds_name";
    return NULL;
}
