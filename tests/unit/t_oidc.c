/* What of a provider's tokens needs no provider: the examples of the standards, every claim that may be wrong, addresses. */
#include <cmocka.h>

#include "base/random.h"
#include "oidc/claims.h"
#include "oidc/fetch.h"
#include "oidc/provider.h"

#define NOW   INT64_C(1800000000)
#define EVENT "\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{}}"

static int open_all(void **s)
{
    *s = arena_new();
    return random_open() == ERR_OK ? 0 : -1;
}

static int close_all(void **s)
{
    arena_free(*s);
    return 0;
}

static const json *tree(arena *a, const char *text)
{
    json      *j;
    json_fault f;
    assert_int_equal(json_parse(a, str_from(text), &j, &f), ERR_OK);
    return j;
}

/* ---- RFC 7515 A.3, RFC 7636 B ---- */

#define EC_NUMBERS                                                                                             \
    "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m" \
    "36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define EC_SIGNED                                                                                             \
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb2" \
    "90Ijp0cnVlfQ"
#define EC_SIGNATURE "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"

static jose_result check(arena *a, const char *token, const char *key)
{
    jose_keys *k;
    jose_token out;
    assert_int_equal(jose_keys_read(a, tree(a, arena_printf(a, "{\"keys\":[{%s}]}", key).p), &k), ERR_OK);
    return jose_check(a, str_from(token), k, &out);
}

static void the_example_of_the_standard_holds_and_nothing_near_it(void **s)
{
    static const char good[] = EC_SIGNED "." EC_SIGNATURE;
    char              bent[sizeof good];
    assert_int_equal(check(*s, good, EC_NUMBERS), JOSE_GOOD);
    assert_int_equal(check(*s, good, EC_NUMBERS ",\"alg\":\"ES256\",\"use\":\"sig\",\"key_ops\":[\"verify\"]"),
                     JOSE_GOOD);
    assert_int_equal(check(*s, good, EC_NUMBERS ",\"alg\":\"RS256\""), JOSE_NO_KEY); /* OIDC-1 */
    assert_int_equal(check(*s, good, EC_NUMBERS ",\"use\":\"enc\""), JOSE_NO_KEY);
    assert_int_equal(check(*s, good, EC_NUMBERS ",\"key_ops\":[\"sign\"]"), JOSE_NO_KEY);
    for (size_t i = 0; i + 2 < sizeof good; i++) { /* the last letter has bits that are not looked at */
        memcpy(bent, good, sizeof good);
        bent[i] = bent[i] == 'A' ? 'B' : 'A';
        assert_int_not_equal(check(*s, bent, EC_NUMBERS), JOSE_GOOD);
        memcpy(bent, good, sizeof good);
        bent[i] = 0;
        assert_int_not_equal(check(*s, bent, EC_NUMBERS), JOSE_GOOD);
    }
}

static void the_challenge_is_that_of_the_standard(void **s)
{
    str challenge = provider_challenge(*s, STR("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    assert_string_equal(challenge.p, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

static void weak_and_broken_keys_are_left_out(void **s)
{
    static const char *const bad[] = {
        "\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"",
        "\"kty\":\"oct\",\"k\":\"AQAB\"",
        "\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"AQAB\",\"y\":\"AQAB\"",
        "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQAB\",\"y\":\"AQAB\"",
        "\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwUqi-D_2o0\"",
        "\"kty\":7",
        "\"n\":\"AQAB\"",
    };
    for (size_t i = 0; i < countof(bad); i++) {
        jose_keys *k;
        assert_int_equal(jose_keys_read(*s, tree(*s, arena_printf(*s, "{\"keys\":[{%s},7,null]}", bad[i]).p), &k),
                         ERR_OK);
        assert_int_equal(jose_keys_count(k), 0);
    }
    jose_keys *k;
    assert_int_equal(jose_keys_read(*s, tree(*s, "{\"keys\":{}}"), &k), ERR_INVALID);
}

/* ---- claims: OIDC-3, OIDC-5 ---- */

static const char *id_fault(arena *a, const char *claims, const char *type)
{
    jose_token    t = { .claims = tree(a, claims), .type = str_from(type) };
    claims_wanted w = { .issuer = STR("https://id"), .client = STR("us"), .nonce = STR("n1"), .now_ms = NOW * 1000 };
    return claims_id_fault(&t, &w);
}

static void each_claim_of_an_id_token_is_looked_at(void **s)
{
#define ID(aud, exp, iat, more) \
    "{\"iss\":\"https://id\",\"sub\":\"7\",\"nonce\":\"n1\",\"aud\":" aud ",\"exp\":" exp ",\"iat\":" iat more "}"
    static const struct {
        const char *claims, *fault;
    } rows[] = {
        { ID("\"us\"", "1800000001", "1800000000", ""), NULL },
        { ID("\"us\"", "1799999941", "1800000060", ""), NULL },
        { ID("\"us\"", "1799999940", "1800000000", ""), "exp" },
        { ID("\"us\"", "1800000001", "1800000061", ""), "iat" },
        { ID("\"us\"", "1800000001.5", "1800000000.25", ""), NULL },
        { ID("\"us\"", "-1", "1800000000", ""), "exp" },
        { ID("\"us\"", "99999999999999999999", "1800000000", ""), "exp" },
        { ID("\"us\"", "1800000001", "1800000000", ",\"nbf\":1800000060"), NULL },
        { ID("\"us\"", "1800000001", "1800000000", ",\"nbf\":1800000061"), "nbf" },
        { ID("\"us\"", "1800000001", "1800000000", ",\"nbf\":\"x\""), "nbf" },
        { ID("\"US\"", "1800000001", "1800000000", ""), "aud" },
        { ID("[]", "1800000001", "1800000000", ""), "aud" },
        { ID("[[\"us\"]]", "1800000001", "1800000000", ""), "aud" },
        { ID("[\"us\"]", "1800000001", "1800000000", ""), NULL },
        { ID("[\"us\",\"them\"]", "1800000001", "1800000000", ""), "azp" },
        { ID("[\"us\",\"them\"]", "1800000001", "1800000000", ",\"azp\":\"us\""), NULL },
        { ID("\"us\"", "1800000001", "1800000000", ",\"azp\":\"them\""), "azp" },
        { ID("\"us\"", "1800000001", "1800000000", "," EVENT), "typ" },
        { "{\"iss\":\"https://id/\"}", "iss" },
        { "{}", "iss" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        const char *fault = id_fault(*s, rows[i].claims, "JWT");
        assert_string_equal(fault ? fault : "good", rows[i].fault ? rows[i].fault : "good");
    }
    assert_string_equal(id_fault(*s, rows[0].claims, "logout+jwt"), "typ");
}

static void each_claim_of_a_logout_token_is_looked_at(void **s)
{
#define OUT(iat, more) \
    "{\"iss\":\"https://id\",\"aud\":\"us\",\"exp\":1800000120,\"iat\":" iat ",\"jti\":\"j\"," more "}"
    static const struct {
        const char *claims, *fault;
    } rows[] = {
        { OUT("1800000000", EVENT ",\"sub\":\"7\""), NULL },
        { OUT("1800000000", EVENT ",\"sid\":\"7\""), NULL },
        { OUT("1800000000", EVENT), "sub" },
        { OUT("1800000000", EVENT ",\"sub\":7,\"sid\":\"7\""), "sub" },
        { OUT("1800000000", EVENT ",\"sub\":\"7\",\"nonce\":null"), "nonce" },
        { OUT("1800000000", "\"events\":{},\"sub\":\"7\""), "events" },
        { OUT("1799999640", EVENT ",\"sub\":\"7\""), NULL },
        { OUT("1799999639", EVENT ",\"sub\":\"7\""), "iat" },
    };
    claims_wanted w = { .issuer = STR("https://id"), .client = STR("us"), .now_ms = NOW * 1000 };
    for (size_t i = 0; i < countof(rows); i++) {
        jose_token  t = { .claims = tree(*s, rows[i].claims), .type = STR("logout+jwt") };
        const char *fault = claims_logout_fault(&t, &w);
        assert_string_equal(fault ? fault : "good", rows[i].fault ? rows[i].fault : "good");
        t.type = STR("at+jwt");
        assert_string_equal(claims_logout_fault(&t, &w), "typ");
    }
    /* remembered for longer than it would be taken again */
    assert_true(claims_forget_ms(0) > (CLAIMS_LOGOUT_AGE_S + 2 * CLAIMS_SKEW_S) * INT64_C(1000));
}

/* ---- addresses: OIDC-6 ---- */

static void addresses_are_https_or_of_this_machine(void **s)
{
    static const char *const good[] = { "https://id.example.com",      "https://id.example.com:8443/realms/x?a=b",
                                        "http://localhost:9000",       "http://127.0.0.1:9000/x",
                                        "http://[::1]:9000",           "https://[2001:db8::1]/",
                                        "HTTPS://ID.EXAMPLE.COM/realm" };
    static const char *const bad[] = { "",
                                       "id.example.com",
                                       "http://id.example.com",
                                       "http://127.0.0.1.example.com",
                                       "http://localhost.example.com",
                                       "http://128.0.0.1",
                                       "http://[::2]",
                                       "ftp://localhost",
                                       "file:///etc/passwd",
                                       "https://",
                                       "https:///x",
                                       "https:/id.example.com",
                                       "https://me@id.example.com",
                                       "https://me:word@id.example.com",
                                       "https://id.example.com/#a",
                                       "https://id.example.com/a b",
                                       "https://id.example.com\\@evil.example",
                                       "https://id.example.com/\r\nHost: x",
                                       "javascript:alert(1)" };
    (void)s;
    for (size_t i = 0; i < countof(good); i++)
        assert_true(fetch_address_good(str_from(good[i])));
    for (size_t i = 0; i < countof(bad); i++)
        assert_false(fetch_address_good(str_from(bad[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_standard_holds_and_nothing_near_it),
        cmocka_unit_test(the_challenge_is_that_of_the_standard),
        cmocka_unit_test(weak_and_broken_keys_are_left_out),
        cmocka_unit_test(each_claim_of_an_id_token_is_looked_at),
        cmocka_unit_test(each_claim_of_a_logout_token_is_looked_at),
        cmocka_unit_test(addresses_are_https_or_of_this_machine),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
