#include "base/limits.h"
#include "base/text.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int open_text(void **s)
{
    *s = arena_new();
    return text_open() == ERR_OK ? 0 : -1;
}

static int close_text(void **s)
{
    arena_free(*s);
    text_close();
    return 0;
}

/* ---- what the stores do: all tokens of one of the sets of each group ------------------------------------------- */

static int compare_tokens(const void *x, const void *y)
{
    return str_compare(((const token *)x)->text, ((const token *)y)->text);
}

static bool has_token(token_list l, token t)
{
    size_t low = 0, high = l.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (str_compare(l.list[middle].text, t.text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < l.count && (t.prefix ? str_starts(l.list[low].text, t.text) : str_eq(l.list[low].text, t.text));
}

static bool has_set(token_list l, token_set s)
{
    for (size_t i = 0; i < s.count; i++)
        if (!has_token(l, s.all[i]))
            return false;
    return true;
}

static bool matches(token_list l, token_query q)
{
    for (size_t g = 0; g < q.count; g++) {
        bool any = false;
        for (size_t i = 0; i < q.every[g].count && !any; i++)
            any = has_set(l, q.every[g].any[i]);
        if (!any)
            return false;
    }
    return q.count > 0;
}

static token_list index_of(arena *a, str text)
{
    token_list l = text_tokens(a, text, LIMIT_SEARCH_TOKENS);
    qsort(l.list, l.count, sizeof *l.list, compare_tokens);
    return l;
}

static bool finds(arena *a, const char *text, const char *typed)
{
    return matches(index_of(a, str_from(text)), text_query(a, str_from(typed)));
}

typedef struct {
    const char *text, *typed;
} pairing;

static void expect(arena *a, const pairing *rows, size_t count, bool found)
{
    for (size_t i = 0; i < count; i++)
        if (finds(a, rows[i].text, rows[i].typed) != found)
            fail_msg("\"%s\" is %sfound by \"%s\"", rows[i].text, found ? "not " : "", rows[i].typed);
}

/* ---- requirements ---------------------------------------------------------------------------------------------- */

#define ACME "ACME Trading (Shanghai) Co., Ltd. 艾克米贸易(上海)有限公司"

static void a_company_is_found_by_all_its_parts(void **s)
{
    static const char *const typed[] = {
        "acme",         "ACME",     "ac",          "trad",       "艾克", "上海",          "贸易(上海",
        "贸易上海",     "易上",     "shanghai",    "sh",         "akm",  "aikemi",        "aikem",
        "aike",         "艾",       "艾克米 acme", "艾克米acme", "mysh", "maoyishanghai", "艾克米贸易（上海）有限公司",
        "公司 trading", "ＡＣＭＥ", "ltd",         "shyxgs"
    };
    for (size_t i = 0; i < countof(typed); i++)
        if (!finds(*s, ACME, typed[i]))
            fail_msg("not found by \"%s\"", typed[i]);
    static const char *const strange[] = { "acmf",    "克艾", "海上", "aikemm", "xyz", "艾克米 北京",
                                           "beijing", "bj",   "cme",  "易有",   "kma", "" };
    for (size_t i = 0; i < countof(strange); i++)
        if (finds(*s, ACME, strange[i]))
            fail_msg("found by \"%s\"", strange[i]);
}

static void pinyin_finds_by_every_common_reading(void **s)
{
    static const pairing rows[] = {
        { "中国银行", "yinhang" },
        { "中国银行", "yh" },
        { "中国银行", "zgyh" },
        { "中国银行", "zhongguoyinhang" },
        { "重庆长安", "chongqing" },
        { "重庆长安", "cq" },
        { "重庆长安", "cqca" },
        { "重庆长安", "chongqingchangan" },
        { "重庆", "zhongqing" },
        { "长沙", "changsha" },
        { "校长", "xiaozhang" },
        { "单雄信", "shanxiongxin" },
        { "单雄信", "sxx" },
        { "曾国藩", "zengguofan" },
        { "曾国藩", "zgf" },
        { "解缙", "xiejin" },
        { "朴树", "piaoshu" },
        { "朴树", "pushu" },
        { "仇英", "qiuying" },
        { "仇英", "qy" },
        { "乐毅", "yueyi" },
        { "音乐", "yinyue" },
        { "快乐", "kuaile" },
        { "厦门", "xiamen" },
        { "大厦", "dasha" },
        { "成都", "chengdu" },
        { "大夫", "daifu" },
        { "会计", "kuaiji" },
        { "会议", "huiyi" },
        { "朝阳", "chaoyang" },
        { "朝霞", "zhaoxia" },
        { "西藏", "xizang" },
        { "藏书", "cangshu" },
        { "自传", "zizhuan" },
        { "传媒", "chuanmei" },
        { "空调", "kongtiao" },
        { "调查", "diaocha" },
        { "和平", "heping" },
        { "降落", "jiangluo" },
        { "投降", "touxiang" },
        { "角色", "juese" },
        { "三角", "sanjiao" },
        { "关卡", "guanqia" },
        { "卡车", "kache" },
        { "山脉", "shanmai" },
        { "模具", "muju" },
        { "模型", "moxing" },
        { "强制", "qiangzhi" },
        { "石头", "shitou" },
        { "省长", "shengzhang" },
        { "知识", "zhishi" },
        { "数据", "shuju" },
        { "宿迁", "suqian" },
        { "星宿", "xingxiu" },
        { "子弹", "zidan" },
        { "弹簧", "tanhuang" },
        { "提防", "difang" },
        { "系统", "xitong" },
        { "学校", "xuexiao" },
        { "校对", "jiaodui" },
        { "血液", "xueye" },
        { "牛仔", "niuzai" },
        { "扎实", "zhashi" },
        { "着手", "zhuoshou" },
        { "种子", "zhongzi" },
        { "种植", "zhongzhi" },
        { "吕布", "lvbu" },
        { "吕布", "lubu" },
        { "吕布", "lyubu" },
        { "绿地", "lvdi" },
        { "女王", "nvwang" },
        { "东莞", "dongguan" },
        { "尉迟", "yuchi" },
        { "万俟", "moqi" },
        { "六安", "luan" },
        { "台州", "taizhou" },
        { "番禺", "panyu" },
        { "龟兹", "qiuci" },
        { "洪洞", "hongtong" },
        { "盖州", "gaizhou" },
        { "乾隆", "qianlong" },
        { "华为技术", "huawei" },
        { "华为技术", "huaw" },
        { "华为技术", "weiji" },
        { "华为技术", "huaweijishu" },
        { "华为技术", "huaweijis" },
        { "华为技术", "hwjs" },
        { "华为技术", "js" },
        { "西安", "xian" },
        { "西安", "xi'an" },
        { "西安市", "xianshi" },
        { "平安", "pingan" },
        { "方案", "fangan" },
        { "艾", "ai" },
        { "新干县", "xinganxian" },
        { "兴安县", "xinganxian" },
        { "先生", "xiansheng" },
        { "李娜", "lina" },
        { "华为", "hua" },
        { "新余", "xinyu" },
    };
    expect(*s, rows, countof(rows), true);
    static const pairing strange[] = { { "华为技术", "weihua" }, { "华为技术", "jishuhua" }, { "华为技术", "wh" },
                                       { "华为技术", "hj" },     { "华为技术", "huaji" },    { "西安", "xiang" } };
    expect(*s, strange, countof(strange), false);
}

static void long_initials_are_found(void **s)
{
    static const pairing rows[] = { { "中国工商银行股份有限公司深圳分行", "zggsyhgfyxgs" },
                                    { "中国工商银行股份有限公司深圳分行", "zggsyhgfyxgsszfh" },
                                    { "中国工商银行股份有限公司深圳分行", "yhgfyxgss" } };
    expect(*s, rows, countof(rows), true);
    assert_false(finds(*s, rows[0].text, "zggsyhgfyxgx"));
}

static void numbers_are_found_by_four_digits(void **s)
{
    static const pairing rows[] = {
        { "+86 138-0013-8000", "13800138000" },
        { "+86 138-0013-8000", "8613800138000" },
        { "+86 138-0013-8000", "+86 138 0013 8000" },
        { "+86 138-0013-8000", "0138" },
        { "+86 138-0013-8000", "138-0013" },
        { "+86 138-0013-8000", "8000" },
        { "+86 138-0013-8000", "3-8000" },
        { "13800138000", "138 0013 8000" },
        { "13800138000", "0013-80" },
        { "(021) 6888.1234", "02168881234" },
        { "tel:02168881234", "6888 1234" },
        { "1380", "138" },
        { "GTX500", "gtx" },
        { "GTX500", "gtx500" },
        { "GTX500", "500" },
        { "AB12345", "2345" },
        { "AB12345", "ab123" },
        { "１３８００１３８０００", "1380" },
        { "No. 42", "42" },
        { "3M中国", "3m" },
        { "2026 预算 1234", "2026 1234" },
        { "合同 2026-0042", "2026 0042" },
        { "合同 20260042", "合同 0042" },
        { "5 个", "5" },
    };
    expect(*s, rows, countof(rows), true);
    static const pairing strange[] = { { "13800138000", "13900" },
                                       { "13800138000", "0014" },
                                       { "1234, 5678", "3456" },
                                       { "12 34", "1234" },
                                       { "1380", "80" } };
    expect(*s, strange, countof(strange), false);
}

static void words_are_found_by_their_beginning(void **s)
{
    static const pairing rows[] = {
        { "li.wei@example.com", "li.wei@ex" },
        { "li.wei@example.com", "wei" },
        { "li.wei@example.com", "example" },
        { "li.wei@example.com", "li.wei@example.com" },
        { "https://www.example.com/path?x=1", "example.com" },
        { "https://www.example.com/path?x=1", "path" },
        { "Müller & Söhne", "söhne" },
        { "Müller & Söhne", "muller" },
        { "Müller", "MÜLL" },
        { "Straße 5", "strasse" },
        { "O'Brien", "obrien" },
        { "O'Brien", "o'brien" },
        { "O’Brien", "obr" },
        { "AT&T", "att" },
        { "Coca-Cola", "cocacola" },
        { "Coca-Cola", "coca cola" },
        { "Москва", "моск" },
        { "Москва", "МОСКВА" },
        { "삼성전자", "삼성" },
        { "トヨタ自動車", "トヨタ" },
        { "トヨタ自動車", "自動車" },
        { "ﾄﾖﾀ", "トヨタ" },
        { "café", "CAFE" },
        { "華為", "华为" },
        { "华为", "華為" },
        { "臺灣積體電路", "台湾积体电路" },
        { "Vitamin C", "c" },
        { "Ελλάδα", "ελλα" },
    };
    expect(*s, rows, countof(rows), true);
    static const pairing strange[] = {
        { "example", "xample" }, { "example", "e" }, { "acme", "acmee" }, { "wei", "weil" }, { "华为", "华微" }
    };
    expect(*s, strange, countof(strange), false);
}

static void a_query_of_nothing_has_no_groups(void **s)
{
    static const char *const empty[] = { "", " ", "!?", "。，", "()", "+" };
    for (size_t i = 0; i < countof(empty); i++)
        assert_int_equal(text_query(*s, str_from(empty[i])).count, 0);
}

static bool is_plain(str t)
{
    for (ptrdiff_t i = 0; i < t.n; i++)
        if (!((t.p[i] >= 'a' && t.p[i] <= 'z') || (t.p[i] >= '0' && t.p[i] <= '9')))
            return false;
    return t.n >= 2 && t.n <= 63;
}

static void check_list(const char *text, token_list l)
{
    for (size_t i = 0; i < l.count; i++) {
        if (!is_plain(l.list[i].text))
            fail_msg("\"%s\": token \"%.*s\"", text, STR_ARG(l.list[i].text));
        for (size_t k = 0; k < i; k++)
            if (str_eq(l.list[i].text, l.list[k].text))
                fail_msg("\"%s\": twice \"%.*s\"", text, STR_ARG(l.list[k].text));
    }
}

static void tokens_are_short_plain_and_distinct(void **s)
{
    static const char *const texts[] = {
        ACME,
        "Москва и Київ 삼성전자 ประเทศไทย हिन्दी العربية 𠀀𠀁 トヨタ",
        "supercalifragilisticexpialidociousandmuchlongerthananyonewouldevertypeintoafieldofaform2",
        "надлежащемнорммировалиобстоятельствовывавшегося",
        "00000000000000000000000000000000000 1 22 333",
        "重重重重重重重重重重重重重重重重",
    };
    for (size_t i = 0; i < countof(texts); i++)
        check_list(texts[i], text_tokens(*s, str_from(texts[i]), LIMIT_SEARCH_TOKENS));
    assert_true(finds(*s, texts[2], texts[2]) && finds(*s, texts[3], texts[3]));
}

static void a_record_does_not_fill_the_index(void **s)
{
    assert_in_range(text_tokens(*s, STR("深圳市华为技术有限责任公"), 4000).count, 40, 119);
    assert_in_range(text_tokens(*s, STR("中国工商银行重庆长寿支行"), 4000).count, 40, 119);
    assert_in_range(text_tokens(*s, STR("重行长乐单朝藏都会调降角"), 4000).count, 60, 250);
    assert_int_equal(text_tokens(*s, STR(ACME), 7).count, 7);
    assert_int_equal(text_tokens(*s, STR(ACME), 0).count, 0);
    assert_true(str_eq(text_tokens(*s, STR(ACME), 1).list[0].text, STR("wacme")));
}

static void a_query_stays_small(void **s)
{
    static const char *const hard[] = { "xianxianxianxianxianxianxianxianxianxianxianxianxianxian",
                                        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
                                        "anganganganganganganganganganganganganganganganganganganganga",
                                        "nananananananananananananananananananananananananananananana" };
    for (size_t i = 0; i < countof(hard); i++) {
        token_query q = text_query(*s, str_from(hard[i]));
        assert_int_equal(q.count, 1);
        assert_in_range(q.every[0].count, 1, 10);
        for (size_t k = 0; k < q.every[0].count; k++)
            for (size_t t = 0; t < q.every[0].any[k].count; t++)
                assert_true(is_plain(q.every[0].any[k].all[t].text));
    }
    char *endless = arena_alloc(*s, 100001);
    memset(endless, 'x', 100000);
    for (int i = 0; i < 100000; i += 2)
        endless[i] = ' ';
    assert_in_range(text_query(*s, (str){ endless, 100000 }).count, 1, LIMIT_SEARCH_QUERY);
}

/* ---- properties, over names made from a seed ------------------------------------------------------------------- */

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13, *seed ^= *seed >> 7, *seed ^= *seed << 17;
    return *seed >> 11;
}

static const char *const places[] = {
    "北京", "上海", "重庆", "厦门", "深圳市", "成都", "長沙", "西安", "东莞", "臺灣"
};
static const char *const words[] = { "华为", "长城", "银行", "数据", "乐视", "中兴",
                                     "朝阳", "行知", "曾记", "和平", "國際", "单氏" };
static const char *const forms[] = {
    "技术有限公司", "科技(集团)股份有限公司", "贸易有限责任公司", "会计师事务所", "传媒", "大厦"
};

static void put(char *to, size_t *n, const char *z)
{
    memcpy(to + *n, z, strlen(z));
    *n += strlen(z);
}

static str random_name(arena *a, uint64_t *seed, int i)
{
    char  *p = arena_alloc(a, 200);
    size_t n = 0;
    if (i % 2) {
        put(p, &n, places[next(seed) % countof(places)]);
        put(p, &n, words[next(seed) % countof(words)]);
        put(p, &n, forms[next(seed) % countof(forms)]);
        return (str){ p, (ptrdiff_t)n };
    }
    for (uint64_t k = 2 + next(seed) % 12; k > 0; k--) {
        uint32_t c = 0x4e00 + (uint32_t)(next(seed) % (0x9fa0 - 0x4e00));
        char     one[4] = { (char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f)), 0 };
        put(p, &n, one);
    }
    return (str){ p, (ptrdiff_t)n };
}

static bool is_han(str s, ptrdiff_t from, ptrdiff_t to)
{
    while (from < to)
        if (utf8_next(s, &from) < 0x3400)
            return false;
    return true;
}

/* The tokens of single characters and of single pairs say how each is read, apart from the names under test. */
static char first_initial(arena *a, str c)
{
    token_list l = text_tokens(a, c, 100);
    for (size_t i = 0; i < l.count; i++)
        if (l.list[i].text.p[0] == 's')
            return l.list[i].text.p[1];
    return 0;
}

static str initials_of(arena *a, str s, ptrdiff_t from, ptrdiff_t to)
{
    char     *p = arena_alloc(a, 64);
    ptrdiff_t n = 0;
    while (from < to) {
        ptrdiff_t begin = from;
        utf8_next(s, &from);
        char c = first_initial(a, str_sub(s, begin, from));
        if (!c)
            return (str){ NULL, 0 };
        p[n++] = c;
    }
    return (str){ p, n };
}

static void check_pieces(arena *a, str name)
{
    token_list l = index_of(a, name);
    for (ptrdiff_t from = 0; from < name.n;) {
        ptrdiff_t begin = from, to = from;
        utf8_next(name, &from);
        for (int count = 0; to < name.n;) {
            utf8_next(name, &to);
            if (++count < 2 || to - begin > 60)
                continue;
            if (!matches(l, text_query(a, str_sub(name, begin, to))))
                fail_msg("%.*s by %.*s", STR_ARG(name), STR_ARG(str_sub(name, begin, to)));
            str letters = is_han(name, begin, to) ? initials_of(a, name, begin, to) : (str){ NULL, 0 };
            if (letters.n && !matches(l, text_query(a, letters)))
                fail_msg("%.*s by %.*s", STR_ARG(name), STR_ARG(letters));
        }
    }
}

static void every_piece_of_a_name_and_its_initials_find_it(void **s)
{
    uint64_t seed = 20260914;
    for (int i = 0; i < 2000; i++) {
        arena_mark m = arena_here(*s);
        check_pieces(*s, random_name(*s, &seed, i));
        arena_reset(*s, m);
    }
}

static void every_four_digits_of_a_number_find_it(void **s)
{
    uint64_t seed = 4711;
    for (int i = 0; i < 500; i++) {
        arena_mark m = arena_here(*s);
        char       digits[24], text[64];
        int        n = 7 + (int)(next(&seed) % 8), length = 0;
        for (int k = 0; k < n; k++) {
            digits[k] = (char)('0' + next(&seed) % 10);
            text[length++] = digits[k];
            if (k + 1 < n && next(&seed) % 4 == 0)
                text[length++] = " -()./"[next(&seed) % 6];
        }
        token_list l = index_of(*s, (str){ text, length });
        for (int from = 0; from < n; from++)
            for (int to = from + 4; to <= n; to++)
                if (!matches(l, text_query(*s, (str){ digits + from, to - from })))
                    fail_msg("%.*s by %.*s", length, text, to - from, digits + from);
        arena_reset(*s, m);
    }
}

static void every_beginning_of_a_word_finds_it(void **s)
{
    uint64_t seed = 99;
    for (int i = 0; i < 500; i++) {
        arena_mark m = arena_here(*s);
        char       word[80];
        int        n = 2 + (int)(next(&seed) % 70);
        for (int k = 0; k < n; k++)
            word[k] = "abcdefghijklmnopqrstuvwxyz0123456789"[next(&seed) % 36];
        word[0] = 'q';
        str        text = arena_printf(*s, "Some %.*s 华为", n, word);
        token_list l = index_of(*s, text);
        for (int to = 2; to <= n; to++)
            if (!matches(l, text_query(*s, (str){ word, to })))
                fail_msg("%.*s by %.*s", STR_ARG(text), to, word);
        arena_reset(*s, m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_company_is_found_by_all_its_parts),
        cmocka_unit_test(pinyin_finds_by_every_common_reading),
        cmocka_unit_test(long_initials_are_found),
        cmocka_unit_test(numbers_are_found_by_four_digits),
        cmocka_unit_test(words_are_found_by_their_beginning),
        cmocka_unit_test(a_query_of_nothing_has_no_groups),
        cmocka_unit_test(tokens_are_short_plain_and_distinct),
        cmocka_unit_test(a_record_does_not_fill_the_index),
        cmocka_unit_test(a_query_stays_small),
        cmocka_unit_test(every_piece_of_a_name_and_its_initials_find_it),
        cmocka_unit_test(every_four_digits_of_a_number_find_it),
        cmocka_unit_test(every_beginning_of_a_word_finds_it),
    };
    return cmocka_run_group_tests(tests, open_text, close_text);
}
