#include "base/password.h"
#include "base/random.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int open_random(void **s)
{
    *s = arena_new();
    return random_open() == ERR_OK ? 0 : -1;
}

static int close_random(void **s)
{
    arena_free(*s);
    return 0;
}

static void random_bytes_differ(void **s)
{
    unsigned char x[32] = { 0 }, y[32] = { 0 };
    random_bytes(x, sizeof x);
    random_bytes(y, sizeof y);
    assert_memory_not_equal(x, y, sizeof x);
    str token = random_token(*s, 32);
    assert_int_equal(token.n, 43);
    assert_false(str_eq(token, random_token(*s, 32)));
    bool seen[6] = { false };
    for (int i = 0; i < 1000; i++)
        seen[random_below(6)] = true;
    for (int i = 0; i < 6; i++)
        assert_true(seen[i]);
}

static void secrets_are_compared_whole(void **s)
{
    (void)s;
    assert_true(equal_secret(STR("abc"), STR("abc")));
    assert_false(equal_secret(STR("abc"), STR("abd")));
    assert_false(equal_secret(STR("abc"), STR("ab")));
    assert_true(equal_secret(STR(""), (str){ NULL, 0 }));
    char secret[] = "secret";
    wipe(secret, sizeof secret);
    assert_int_equal(secret[0] | secret[5], 0);
}

static void bytes_are_spelt_and_read_back(void **s)
{
    assert_true(str_eq(hex_encode(*s, STR("\x00\xff\x10")), STR("00ff10")));
    assert_true(str_eq(base64url_encode(*s, STR("\xfb\xff\xfe")), STR("-__-")));
    assert_true(str_eq(base64_encode(*s, STR("\xfb\xff\xfe!")), STR("+//+IQ==")));
    str                      out = STR("kept");
    static const char *const no_hex[] = { "0", "0g", "00f", " 00", "00 " };
    for (size_t i = 0; i < countof(no_hex); i++)
        assert_false(hex_decode(*s, str_from(no_hex[i]), &out));
    static const char *const no_64[] = { "A", "AA==", "A+/A", "AAA A", "AB" };
    for (size_t i = 0; i < countof(no_64); i++)
        assert_false(base64url_decode(*s, str_from(no_64[i]), &out));
    assert_false(base64_decode(*s, STR("IQ"), &out));
    assert_true(str_eq(out, STR("kept")));
    unsigned char bytes[40];
    for (ptrdiff_t n = 0; n <= 40; n++) {
        random_bytes(bytes, sizeof bytes);
        str in = { (const char *)bytes, n };
        assert_true(hex_decode(*s, hex_encode(*s, in), &out) && str_eq(in, out));
        assert_true(base64url_decode(*s, base64url_encode(*s, in), &out) && str_eq(in, out));
        assert_true(base64_decode(*s, base64_encode(*s, in), &out) && str_eq(in, out));
    }
    assert_true(hex_decode(*s, STR("AbCd"), &out) && str_eq(out, STR("\xab\xcd")));
}

static void digests_are_those_of_the_standards(void **s)
{
    unsigned char out[SHA256_BYTES];
    sha256        h;
    sha256_begin(&h);
    sha256_add(&h, "a", 1);
    sha256_add(&h, "bc", 2);
    sha256_end(&h, out);
    assert_true(str_eq(hex_encode(*s, (str){ (char *)out, SHA256_BYTES }),
                       STR("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")));
    hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), out);
    assert_true(str_eq(hex_encode(*s, (str){ (char *)out, SHA256_BYTES }),
                       STR("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")));
    str one = token_hash(*s, STR("one"));
    assert_int_equal(one.n, 64);
    assert_true(str_eq(one, token_hash(*s, STR("one"))) && !str_eq(one, token_hash(*s, STR("two"))));
}

static void passwords_are_verified_against_what_is_stored(void **s)
{
    str one = { NULL, 0 }, two = { NULL, 0 };
    assert_int_equal(password_hash(*s, STR("correct horse"), &one), ERR_OK);
    assert_int_equal(password_hash(*s, STR("correct horse"), &two), ERR_OK);
    assert_true(str_starts(one, STR("$argon2id$v=19$m=19456,t=2,p=1$")));
    assert_false(str_eq(one, two));
    assert_true(password_verify(one, STR("correct horse")) && password_verify(two, STR("correct horse")));
    assert_false(password_verify(one, STR("correct horsf")));
    assert_false(password_verify(one, STR("")));
    assert_false(password_verify(STR(""), STR("correct horse")));
    assert_false(password_verify(STR("$argon2id$rubbish"), STR("correct horse")));
    assert_false(password_is_outdated(one));
    assert_true(password_is_outdated(STR("")));
    str weak = arena_printf(*s, "$argon2id$v=19$m=8192,t=2,p=1$%.*s", STR_ARG(str_sub(one, 31, one.n)));
    assert_true(password_is_outdated(weak));
    char long_one[PASSWORD_BYTES_MAX + 1];
    memset(long_one, 'x', sizeof long_one);
    assert_int_equal(password_hash(*s, (str){ long_one, sizeof long_one }, &one), ERR_INVALID);
    assert_true(str_starts(one, STR("$argon2id$")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_bytes_differ),
        cmocka_unit_test(secrets_are_compared_whole),
        cmocka_unit_test(bytes_are_spelt_and_read_back),
        cmocka_unit_test(digests_are_those_of_the_standards),
        cmocka_unit_test(passwords_are_verified_against_what_is_stored),
    };
    return cmocka_run_group_tests(tests, open_random, close_random);
}
