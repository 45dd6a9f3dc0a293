#include "base/date.h"
#include "base/text.h"
#include <pthread.h>
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

typedef str change(arena *a, str s);

static void check(arena *a, change *f, const char *in, const char *want)
{
    str got = f(a, str_from(in));
    if (!str_eq(got, str_from(want)))
        fail_msg("\"%s\" became \"%.*s\", not \"%s\"", in, STR_ARG(got), want);
}

static void folding_makes_the_ways_to_write_a_thing_meet(void **s)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        { "", "" },
        { "ACME Ltd.", "acme ltd." },
        { "ＡＣＭＥ　１２３", "acme 123" },
        { "華為技術", "华为技术" },
        { "臺灣銀行", "台湾银行" },
        { "é", "e" },
        { "ÉCOLE Müller", "ecole muller" },
        { "Straße", "strasse" },
        { "ŁÓDŹ Øre Æther œuvre ıi İ", "lodz ore aether oeuvre ii i" },
        { "e\xcc\x81", "e" },
        { "ﬁn ①", "fin 1" },
        { "Ελλάς", "ελλασ" },
        { "ΕΛΛΆΣ", "ελλασ" },
        { "Москва Й", "москва и" },
        { "ｶﾞ が", "ガ が" },
        { "한국", "한국" },
        { "zero\xe2\x80\x8bwidth", "zerowidth" },
        { "（上海）", "(上海)" },
        { "𠀀", "𠀀" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        check(*s, text_fold, rows[i].in, rows[i].out);
        check(*s, text_fold, rows[i].out, rows[i].out);
    }
}

static void the_quick_way_to_fold_gives_what_icu_gives(void **s)
{
    /* A Greek letter behind sends the whole text through ICU. */
    for (uint32_t c = 1; c < 0xffff; c++) {
        if (c >= 0xd800 && c < 0xe000)
            continue;
        char      one[4], text[8];
        ptrdiff_t n = 0;
        if (c < 0x80)
            one[n++] = (char)c;
        else if (c < 0x800) {
            one[n++] = (char)(0xc0 | c >> 6);
            one[n++] = (char)(0x80 | (c & 0x3f));
        } else {
            one[n++] = (char)(0xe0 | c >> 12);
            one[n++] = (char)(0x80 | (c >> 6 & 0x3f));
            one[n++] = (char)(0x80 | (c & 0x3f));
        }
        arena_mark m = arena_here(*s);
        str        alone = text_fold(*s, (str){ one, n });
        memcpy(text, one, (size_t)n);
        memcpy(text + n, "λ", 2);
        str both = text_fold(*s, (str){ text, n + 2 });
        if (!str_eq(alone, str_sub(both, 0, both.n - 2)))
            fail_msg("U+%04X", c);
        arena_reset(*s, m);
    }
}

static void lower_case_follows_the_root_locale(void **s)
{
    check(*s, text_lower, "ABC xyz", "abc xyz");
    check(*s, text_lower, "ÀÉÎ ΑΣ ΑΣΑ", "àéî ας ασα");
    check(*s, text_lower, "İ", "i\xcc\x87");
    check(*s, text_lower, "ＡＢ華", "ａｂ華");
    check(*s, text_lower, "ȺȺȺ", "ⱥⱥⱥ");
}

static str clean_line(arena *a, str s)
{
    return text_clean(a, s, false);
}

static str clean_lines(arena *a, str s)
{
    return text_clean(a, s, true);
}

static void cleaning_takes_away_what_nobody_typed_on_purpose(void **s)
{
    check(*s, clean_line, "  a b\t", "a b");
    check(*s, clean_line, "\xe3\x80\x80华为\xe3\x80\x80", "华为");
    check(*s, clean_line, "\xef\xbb\xbf华\x01为\x7f", "华为");
    check(*s, clean_line, "a\r\nb\nc\rd", "a b c d");
    check(*s, clean_lines, "a\r\nb\nc\rd\n", "a\nb\nc\nd");
    check(*s, clean_lines, "a\tb", "a\tb");
    check(*s, clean_line, "e\xcc\x81", "é");
    check(*s, clean_line, " \n\t ", "");
    check(*s, clean_line, "", "");
    check(*s, clean_line, "ＡＣＭＥ ﬁ", "ＡＣＭＥ ﬁ");
}

static int order(arena *a, const char *x, const char *y)
{
    return str_compare(text_sort_key(a, str_from(x)), text_sort_key(a, str_from(y)));
}

static void keys_sort_as_people_expect(void **s)
{
    static const char *const sorted[] = { "-dash",    "12",   "2",    "Acme", "acme 2", "élan", "elan b", "Zebra",
                                          "阿里巴巴", "北京", "重庆", "广州", "华为",   "上海", "张三",   "中国" };
    for (size_t i = 0; i + 1 < countof(sorted); i++)
        if (order(*s, sorted[i], sorted[i + 1]) >= 0)
            fail_msg("%s is not before %s", sorted[i], sorted[i + 1]);
    assert_int_equal(order(*s, "ACME", "acme"), 0);
    assert_int_equal(order(*s, "ＡＣＭＥ", "acme"), 0);
    assert_true(order(*s, "elan", "élan") != 0);
    assert_int_equal(text_sort_key(*s, STR("")).n, 0);
    str key = text_sort_key(*s, STR("华为 Huawei"));
    assert_int_equal(str_find_char(key, '\0'), -1);
    assert_true(str_find(str_from(text_collation_version()), STR("/zh-pinyin/")) > 0);
}

static void long_texts_have_keys_too(void **s)
{
    char *text = arena_alloc(*s, 90000);
    for (int i = 0; i < 30000; i++)
        memcpy(text + (ptrdiff_t)i * 3, i % 2 ? "华" : "é1", 3);
    str key = text_sort_key(*s, (str){ text, 90000 });
    assert_true(key.n > 30000);
    assert_int_equal(str_find_char(key, '\0'), -1);
    assert_int_equal(text_fold(*s, (str){ text, 90000 }).n, 15000 * 5);
}

static void *make_keys(void *wrong)
{
    arena *a = arena_new();
    for (int i = 0; i < 3000; i++) {
        arena_mark m = arena_here(a);
        if (order(a, "华为", "上海") >= 0 || !str_eq(text_fold(a, STR("Éa 華")), STR("ea 华")) ||
            zone_offset_ms(STR("America/New_York"), INT64_C(1750000000000)) != -4 * 3600000)
            *(int *)wrong = 1;
        arena_reset(a, m);
    }
    arena_free(a);
    return NULL;
}

static void threads_may_use_it_at_once(void **s)
{
    pthread_t threads[4];
    int       wrong[4] = { 0 };
    (void)s;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_keys, &wrong[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(wrong[i], 0);
    }
}

static void zones_are_the_known_ones(void **s)
{
    (void)s;
    static const char *const known[] = { "Asia/Shanghai", "America/New_York", "UTC",
                                         "Etc/GMT+8",     "Europe/Berlin",    "America/Argentina/Buenos_Aires" };
    static const char *const unknown[] = { "",
                                           "CST",
                                           "GMT+8",
                                           "Asia/Nowhere",
                                           "asia/shanghai",
                                           "Asia/Shanghai ",
                                           "/",
                                           "Etc/Unknown",
                                           "Asia/Shang\xc3\xa9",
                                           "PST8PDT/x" };
    for (size_t i = 0; i < countof(known); i++)
        assert_true(zone_known(str_from(known[i])));
    for (size_t i = 0; i < countof(unknown); i++)
        if (zone_known(str_from(unknown[i])))
            fail_msg("\"%s\"", unknown[i]);
    assert_false(zone_known((str){ "Asia/Shanghai\0", 14 }));
}

static int64_t at(const char *text)
{
    int64_t ms = 0;
    assert_true(time_parse_rfc3339(str_from(text), &ms));
    return ms;
}

static void offsets_change_with_the_season(void **s)
{
    (void)s;
    static const struct {
        const char *zone, *at;
        int         minutes;
    } rows[] = {
        { "UTC", "2026-01-01T00:00:00Z", 0 },
        { "Asia/Shanghai", "2026-01-01T00:00:00Z", 480 },
        { "Asia/Shanghai", "1988-07-01T00:00:00Z", 540 },
        { "Asia/Kolkata", "2026-01-01T00:00:00Z", 330 },
        { "America/New_York", "2026-03-08T06:59:59Z", -300 },
        { "America/New_York", "2026-03-08T07:00:00Z", -240 },
        { "America/New_York", "2026-11-01T05:59:59Z", -240 },
        { "America/New_York", "2026-11-01T06:00:00Z", -300 },
        { "America/New_York", "2150-07-01T00:00:00Z", -240 },
        { "America/New_York", "2150-01-01T00:00:00Z", -300 },
        { "Asia/Shanghai", "2150-07-01T00:00:00Z", 480 },
        { "No/Such", "2026-01-01T00:00:00Z", 0 },
    };
    for (size_t i = 0; i < countof(rows); i++)
        if (zone_offset_ms(str_from(rows[i].zone), at(rows[i].at)) != rows[i].minutes * INT64_C(60000))
            fail_msg("%s %s", rows[i].zone, rows[i].at);
}

static void days_begin_at_their_first_instant(void **s)
{
    (void)s;
    static const struct {
        const char *zone, *day, *start;
    } rows[] = {
        { "UTC", "2026-10-01", "2026-10-01T00:00:00Z" },
        { "Asia/Shanghai", "2026-10-01", "2026-09-30T16:00:00Z" },
        { "America/New_York", "2026-03-08", "2026-03-08T05:00:00Z" },
        { "America/New_York", "2026-03-09", "2026-03-09T04:00:00Z" },
        { "America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z" }, /* no midnight: 00:00 became 01:00 */
        { "America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z" }, /* 23:00 came twice on the day before */
        { "America/Havana", "2025-11-02", "2025-11-02T04:00:00Z" },    /* midnight came twice */
        { "Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z" },      /* left out */
        { "Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z" },
        { "Europe/Berlin", "2150-07-01", "2150-06-30T22:00:00Z" },
        { "Europe/Berlin", "2100-01-01", "2099-12-31T23:00:00Z" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        int64_t days = 0;
        assert_true(date_parse(str_from(rows[i].day), &days));
        int64_t start = zone_day_start_ms(str_from(rows[i].zone), days);
        if (start != at(rows[i].start)) {
            char text[TIME_TEXT];
            time_format(start, text);
            fail_msg("%s %s: %s", rows[i].zone, rows[i].day, text);
        }
    }
}

static void a_day_s_start_is_on_that_day_and_nothing_before_is(void **s)
{
    (void)s;
    static const char *const zones[] = { "America/New_York", "Asia/Shanghai",  "Australia/Lord_Howe",
                                         "Africa/Cairo",     "Asia/Kathmandu", "Pacific/Kiritimati",
                                         "America/St_Johns", "Asia/Beirut" };
    for (size_t z = 0; z < countof(zones); z++)
        for (int64_t day = -20000; day < 55000; day += 7 + day % 5) {
            int64_t start = zone_day_start_ms(str_from(zones[z]), day);
            if (day > 47000 && day % 3)
                continue; /* behind 2100 every question goes to ICU */
            int64_t on = zone_local_date(str_from(zones[z]), start);
            if (on < day || zone_local_date(str_from(zones[z]), start - 1) >= day)
                fail_msg("%s day %lld", zones[z], (long long)day);
        }
}

static void a_slug_is_a_name_that_programs_can_use(void **s)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        { "客户等级2", "kehudengji2" },
        { "客户等级 2", "kehudengji_2" },
        { "Customer tier (2)", "customer_tier_2" },
        { "  ÉCOLE — Größe ", "ecole_grosse" },
        { "戰略", "zhanlue" },
        { "!!!", "" },
        { "", "" },
        { "a__b", "a_b" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        str got = text_slug(*s, str_from(rows[i].in), 30);
        assert_int_equal(got.n, strlen(rows[i].out));
        assert_memory_equal(got.p, rows[i].out, (size_t)got.n);
    }
    assert_int_equal(text_slug(*s, STR("客户等级"), 7).n, 4); /* no half of a syllable */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folding_makes_the_ways_to_write_a_thing_meet),
        cmocka_unit_test(the_quick_way_to_fold_gives_what_icu_gives),
        cmocka_unit_test(a_slug_is_a_name_that_programs_can_use),
        cmocka_unit_test(lower_case_follows_the_root_locale),
        cmocka_unit_test(cleaning_takes_away_what_nobody_typed_on_purpose),
        cmocka_unit_test(keys_sort_as_people_expect),
        cmocka_unit_test(long_texts_have_keys_too),
        cmocka_unit_test(threads_may_use_it_at_once),
        cmocka_unit_test(zones_are_the_known_ones),
        cmocka_unit_test(offsets_change_with_the_season),
        cmocka_unit_test(days_begin_at_their_first_instant),
        cmocka_unit_test(a_day_s_start_is_on_that_day_and_nothing_before_is),
    };
    return cmocka_run_group_tests(tests, open_text, close_text);
}
