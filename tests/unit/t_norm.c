#include "base/norm.h"
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

static void one_telephone_has_one_form(void **s)
{
    static const struct {
        const char *typed, *number, *extension;
    } rows[] = {
        { "13800138000", "+8613800138000", "" },
        { "138-0013-8000", "+8613800138000", "" },
        { "138 0013 8000", "+8613800138000", "" },
        { "+86 138 0013 8000", "+8613800138000", "" },
        { "+86-13800138000", "+8613800138000", "" },
        { "0086 13800138000", "+8613800138000", "" },
        { "8613800138000", "+8613800138000", "" },
        { "(86)13800138000", "+8613800138000", "" },
        { "013800138000", "+8613800138000", "" },
        { "１３８００１３８０００", "+8613800138000", "" },
        { "tel:+86-138-0013-8000", "+8613800138000", "" },
        { "021-68881234", "+862168881234", "" },
        { "(021) 6888 1234", "+862168881234", "" },
        { "+86 21 6888 1234", "+862168881234", "" },
        { "+86 (0)21 6888 1234", "+862168881234", "" },
        { "+86 021 6888 1234", "+862168881234", "" },
        { "010-88881234", "+861088881234", "" },
        { "0755-26770000", "+8675526770000", "" },
        { "0316-1234567", "+863161234567", "" },
        { "021-68881234-801", "+862168881234", "801" },
        { "021-68881234转801", "+862168881234", "801" },
        { "021-68881234轉801", "+862168881234", "801" },
        { "021-68881234 分机 801", "+862168881234", "801" },
        { "021-68881234 ext. 801", "+862168881234", "801" },
        { "+1 212 555 0100 x12", "+12125550100", "12" },
        { "+49 (0)30 1234567", "+49301234567", "" },
        { "0049 30 1234567", "+49301234567", "" },
        { "+1-380-013-8000", "+13800138000", "" },
        { "400-800-1234", "+864008001234", "" },
        { "68881234", "68881234", "" },
        { "110", "110", "" },
        { "+852 2345 6789", "+85223456789", "" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        phone p = { { NULL, 0 }, { NULL, 0 } };
        if (!phone_normalise(*s, str_from(rows[i].typed), &p) || !str_eq(p.number, str_from(rows[i].number)) ||
            !str_eq(p.extension, str_from(rows[i].extension)))
            fail_msg("%s: %.*s, %.*s", rows[i].typed, STR_ARG(p.number), STR_ARG(p.extension));
    }
    static const char *const none[] = { "",
                                        "12",
                                        "abc",
                                        "13800138000/13900139000",
                                        "1380013800a",
                                        "+",
                                        "1234567890123456",
                                        "021-68881234转",
                                        "021-68881234转12345678",
                                        "138+00138000",
                                        "电话" };
    for (size_t i = 0; i < countof(none); i++) {
        phone p = { STR("kept"), STR("") };
        if (phone_normalise(*s, str_from(none[i]), &p))
            fail_msg("%s: %.*s", none[i], STR_ARG(p.number));
        assert_true(str_eq(p.number, STR("kept")));
    }
}

static void mail_addresses_are_looked_at(void **s)
{
    static const char *const good[] = {
        "li.wei@example.com",   "a@b.cn", "o'brien+tag@sub.example.co.uk", "李伟@例子.中国",
        "x_y-z@xn--fiqs8s.com", "1@1.com"
    };
    static const char *const bad[] = { "",
                                       "a",
                                       "a@",
                                       "@b.cn",
                                       "a@b",
                                       "a@@b.cn",
                                       "a b@c.cn",
                                       ".a@b.cn",
                                       "a.@b.cn",
                                       "a..b@c.cn",
                                       "a@-b.cn",
                                       "a@b-.cn",
                                       "a@b..cn",
                                       "a@b.cn.",
                                       "a@1.2.3.4",
                                       "<a@b.cn>",
                                       "a@b.cn,c@d.cn",
                                       "\"a\"@b.cn",
                                       "a@b\xe3\x80\x80.cn",
                                       "a\xe2\x80\x8b@b.cn",
                                       "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggggg@b.cn" };
    for (size_t i = 0; i < countof(good); i++)
        if (!email_valid(str_from(good[i])))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < countof(bad); i++)
        if (email_valid(str_from(bad[i])))
            fail_msg("%s", bad[i]);
    assert_true(str_eq(email_normalise(*s, STR(" Li.Wei@Example.COM ")), STR("li.wei@example.com")));
    assert_true(str_eq(email_normalise(*s, STR("ｌｉ＠ｅｘａｍｐｌｅ．ｃｏｍ　")), STR("li@example.com")));
    assert_int_equal(email_normalise(*s, STR("li@")).n, 0);
    assert_true(str_eq(email_domain(STR("li@example.com")), STR("example.com")));
    assert_int_equal(email_domain(STR("li")).n, 0);
}

static void web_addresses_are_looked_at(void **s)
{
    static const char *const good[] = { "http://example.com",        "https://www.example.com/a/b?c=d#e",
                                        "HTTPS://EXAMPLE.COM:8443/", "http://192.168.1.1/x",
                                        "https://例子.中国/路径",    "http://a.b?x" };
    static const char *const bad[] = { "",
                                       "example.com",
                                       "javascript:alert(1)",
                                       "ftp://example.com",
                                       "http://",
                                       "http://a",
                                       "http://user@example.com",
                                       "http://user:1@example.com",
                                       "http://example.com:0",
                                       "http://example.com:99999",
                                       "http://example.com:",
                                       "http://exa mple.com",
                                       "http://example.com/<x>",
                                       "http://example.com/a\nb",
                                       "http://1.2.3.256/",
                                       "http://example..com",
                                       "http:///x",
                                       "https://e\xe2\x80\x8bxample.com" };
    for (size_t i = 0; i < countof(good); i++)
        if (!url_valid(str_from(good[i])))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < countof(bad); i++)
        if (url_valid(str_from(bad[i])))
            fail_msg("%s", bad[i]);
    assert_true(str_eq(url_domain(*s, STR("https://WWW.Example.com:80/x")), STR("example.com")));
    assert_true(str_eq(url_domain(*s, STR(" example.com/about ")), STR("example.com")));
    assert_int_equal(url_domain(*s, STR("no domain")).n, 0);
}

static void the_legal_form_does_not_make_another_company(void **s)
{
    static const struct {
        const char *name, *normal;
    } rows[] = {
        { "华为技术有限公司", "华为技术" },
        { "華為技術有限公司", "华为技术" },
        { "华为技术 有限责任公司", "华为技术" },
        { "华为技术股份有限公司", "华为技术" },
        { "腾讯科技（集团）股份有限公司", "腾讯科技" },
        { "阿里巴巴(中国)有限公司", "阿里巴巴中国" },
        { "海尔集团公司", "海尔" },
        { "北京分公司", "北京分" },
        { "上海某某合伙企业（有限合伙）", "上海某某" },
        { "ACME Trading Co., Ltd.", "acmetrading" },
        { "Acme Trading Company Limited", "acmetrading" },
        { "ACME TRADING CO.LTD", "acmetrading" },
        { "ＡＣＭＥ Trading Inc", "acmetrading" },
        { "Müller GmbH & Co. KG", "muller" },
        { "Société Générale S.A.", "societegenerale" },
        { "L'Oréal", "loreal" },
        { "The Coffee Company", "coffee" },
        { "SA Coffee", "sacoffee" },
        { "トヨタ自動車株式会社", "トヨタ自动车" },
        { "株式会社 日立製作所", "日立制作所" },
        { "삼성전자 주식회사", "삼성전자" },
        { "有限公司", "有限公司" },
        { "Co., Ltd.", "co" },
        { "Group", "group" },
        { "", "" },
        { " - ", "" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        str got = company_name_normalise(*s, str_from(rows[i].name));
        if (!str_eq(got, str_from(rows[i].normal)))
            fail_msg("%s: %.*s", rows[i].name, STR_ARG(got));
    }
}

static void credit_codes_carry_a_check_character(void **s)
{
    assert_true(uscc_valid(STR("91440300708461136T")));
    assert_true(uscc_valid(STR("914403001922038216")));
    static const char *const bad[] = { "",
                                       "91440300708461136t",
                                       "91440300708461136X",
                                       "91440300708461163T",
                                       "9144030070846113T",
                                       "91440300708461136TT",
                                       "9144030O708461136T",
                                       "91440300708461136 " };
    for (size_t i = 0; i < countof(bad); i++)
        assert_false(uscc_valid(str_from(bad[i])));
    char code[] = "91440300708461136T";
    for (int i = 0; i < 18; i++) { /* every single wrong digit is seen */
        char right = code[i];
        for (char c = '0'; c <= '9'; c++) {
            code[i] = c;
            assert_true(uscc_valid((str){ code, 18 }) == (c == right));
        }
        code[i] = right;
    }
    assert_true(str_eq(tax_number_normalise(*s, STR(" 91440300-7084 61136ｔ")), STR("91440300708461136T")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_telephone_has_one_form),
        cmocka_unit_test(mail_addresses_are_looked_at),
        cmocka_unit_test(web_addresses_are_looked_at),
        cmocka_unit_test(the_legal_form_does_not_make_another_company),
        cmocka_unit_test(credit_codes_carry_a_check_character),
    };
    return cmocka_run_group_tests(tests, open_text, close_text);
}
