/* One-time codes, addresses, and which passwords are refused. */
#include "base/address.h"
#include "base/password.h"
#include "base/random.h"
#include "base/text.h"
#include "base/totp.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int open_all(void **s)
{
    *s = arena_new();
    return random_open() == ERR_OK && text_open() == ERR_OK ? 0 : -1;
}

static int close_all(void **s)
{
    arena_free(*s);
    return 0;
}

#define SEED "12345678901234567890" /* of the RFCs */

static void the_codes_of_the_rfc(void **s)
{
    static const struct {
        int64_t  seconds;
        uint32_t code;
    } rows[] = { { 59, 94287082 },         { 1111111109, 7081804 },  { 1111111111, 14050471 },
                 { 1234567890, 89005924 }, { 2000000000, 69279037 }, { INT64_C(20000000000), 65353130 } };
    static const uint32_t hotp[] = { 755224, 287082, 359152, 969429, 338314, 254676, 287922, 162583, 399871, 520489 };
    (void)s;
    for (size_t i = 0; i < countof(rows); i++)
        assert_int_equal(totp_code(STR(SEED), totp_step(rows[i].seconds), 8), rows[i].code);
    for (size_t i = 0; i < countof(hotp); i++)
        assert_int_equal(totp_code(STR(SEED), (int64_t)i, 6), hotp[i]);
}

static void a_code_is_good_for_its_step_and_its_neighbours_once(void **s)
{
    char    code[8];
    int64_t at = 1111111111, step = 0;
    (void)s;
    for (int64_t skew = -3; skew <= 3; skew++) {
        snprintf(code, sizeof code, "%06u", totp_code(STR(SEED), totp_step(at) + skew, 6));
        assert_int_equal(totp_check(STR(SEED), str_from(code), at, 0, &step), skew >= -1 && skew <= 1);
    }
    snprintf(code, sizeof code, "%06u", totp_code(STR(SEED), totp_step(at), 6));
    assert_true(totp_check(STR(SEED), str_from(code), at, 0, &step));
    assert_int_equal(step, totp_step(at));
    assert_false(totp_check(STR(SEED), str_from(code), at, step, &step)); /* used */
    assert_true(totp_check(STR(SEED), str_from(code), at, step - 1, &step));
    static const char *const bad[] = { "", "0", "abcdef", "1234567", "12345", "-12345", "１２３４５６" };
    for (size_t i = 0; i < countof(bad); i++)
        assert_false(totp_check(STR(SEED), str_from(bad[i]), at, 0, &step));
}

static void base32_as_the_rfc_has_it(void **s)
{
    static const char *const rows[][2] = { { "", "" },
                                           { "f", "MY" },
                                           { "fo", "MZXQ" },
                                           { "foo", "MZXW6" },
                                           { "foob", "MZXW6YQ" },
                                           { "fooba", "MZXW6YTB" },
                                           { "foobar", "MZXW6YTBOI" } };
    str                      back;
    for (size_t i = 0; i < countof(rows); i++) {
        assert_true(str_eq(base32_encode(*s, str_from(rows[i][0])), str_from(rows[i][1])));
        assert_true(base32_decode(*s, str_from(rows[i][1]), &back));
        assert_true(str_eq(back, str_from(rows[i][0])));
    }
    assert_false(base32_decode(*s, STR("MZ1W"), &back));
    str address = totp_address(*s, STR("A & B"), STR("me@example.com"), STR("foobar"));
    assert_string_equal(arena_cstr(*s, address),
                        "otpauth://totp/A%20%26%20B:me%40example.com?secret=MZXW6YTBOI&issuer=A%20%26%20B");
}

static void addresses_belong_to_nets(void **s)
{
    static const char *const nets[][2] = { { "10.1.2.3", "10.1.2.3" },
                                           { "::ffff:10.1.2.3", "10.1.2.3" },
                                           { "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
                                           { "2001:db8:1:2::9", "2001:db8:1:2::/64" },
                                           { "nonsense", "nonsense" },
                                           { "", "" } };
    for (size_t i = 0; i < countof(nets); i++)
        assert_string_equal(arena_cstr(*s, address_net(*s, str_from(nets[i][0]))), nets[i][1]);
    address_nets *list;
    str           bad;
    assert_true(address_nets_read(*s, STR("127.0.0.0/8, ::1 10.1.2.3,fd00::/8,192.168.1.128/25"), &list, &bad));
    static const struct {
        const char *address;
        bool        in;
    } rows[] = { { "127.9.9.9", true },      { "128.0.0.1", false },       { "::1", true },
                 { "::2", false },           { "10.1.2.3", true },         { "10.1.2.4", false },
                 { "fdff::1", true },        { "fe00::1", false },         { "192.168.1.129", true },
                 { "192.168.1.127", false }, { "::ffff:127.0.0.1", true }, { "x", false } };
    for (size_t i = 0; i < countof(rows); i++)
        assert_int_equal(address_nets_hold(list, str_from(rows[i].address)), rows[i].in);
    static const char *const wrong[] = { "10.0.0.0/33", "10.0.0", "::/129", "10.0.0.1/x", "host.example" };
    for (size_t i = 0; i < countof(wrong); i++)
        assert_false(address_nets_read(*s, str_from(wrong[i]), &list, &bad));
    assert_false(address_nets_hold(NULL, STR("::1")));
}

static const str names[] = { STR_INIT("li.ming"), STR_INIT("李明"), STR_INIT("li.ming@acme-tools.com"),
                             STR_INIT("Acme Tools") };

static void what_is_guessed_first_is_refused(void **s)
{
    static const char *const common[] = {
        "12345678",     "87654321",         "1234567890", "11111111",  "aaaaaaaa",   "abcdefgh",   "password1",
        "Password123!", "P@ssw0rd",         "p4ssw0rd!!", "qwertyui",  "QWERTYUIOP", "1qaz2wsx",   "1q2w3e4r",
        "qwer1234",     "asdfghjkl",        "zxcvbnm,",   "admin123",  "Admin@2024", "welcome1",   "Welcome2024!",
        "letmein!",     "abc12345",         "abcabcabc",  "12341234",  "19871224",   "2024-01-31", "13800138000",
        "iloveyou",     "woaini1314",       "5201314520", "monkey12",  "changeme",   "adminadmin", "!@#$%^&*",
        "qazwsxedc",    "密码密码密码密码", "zhike2026",  "sunshine1", "test1234",   "1234qwer",   "aaaa1111",
        "147258369",
    };
    static const char *const good[] = {
        "correct horse battery", "first password", "Amber-window-77",      "long enough",     "another one",
        "page-test-1",           "x7Kd9-qLmz",     "tulpen aus amsterdam", "own password 77", "山高月小水落石出",
        "plain member",          "not it at all",  "frostpumpkin",
    };
    for (size_t i = 0; i < countof(common); i++) {
        const char *f = password_fault(*s, str_from(common[i]), NULL, 0);
        if (!f || strcmp(f, "too_common") != 0)
            print_message("%s: %s\n", common[i], f ? f : "taken");
        assert_string_equal(f ? f : "", "too_common");
    }
    for (size_t i = 0; i < countof(good); i++) {
        const char *f = password_fault(*s, str_from(good[i]), names, countof(names));
        if (f)
            print_message("%s: %s\n", good[i], f);
        assert_null(f);
    }
    assert_string_equal(password_fault(*s, STR("short 7"), NULL, 0), "too_short");
    assert_string_equal(password_fault(*s, STR("\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff"), NULL, 0), "too_short");
}

static void who_one_is_makes_no_password(void **s)
{
    static const char *const held[] = { "li.ming#19x", "Li.Ming 2026", "acme tools",
                                        "AcmeTools!9", "acmet00ls99",  "李明的密码呀真的" };
    for (size_t i = 0; i < countof(held); i++) {
        const char *f = password_fault(*s, str_from(held[i]), names, countof(names));
        if (!f)
            print_message("%s is taken\n", held[i]);
        assert_string_equal(f ? f : "", "holds_name");
    }
    assert_null(password_fault(*s, STR("li.ming walks by the river"), names, countof(names)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_codes_of_the_rfc),
        cmocka_unit_test(a_code_is_good_for_its_step_and_its_neighbours_once),
        cmocka_unit_test(base32_as_the_rfc_has_it),
        cmocka_unit_test(addresses_belong_to_nets),
        cmocka_unit_test(what_is_guessed_first_is_refused),
        cmocka_unit_test(who_one_is_makes_no_password),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
