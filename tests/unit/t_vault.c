/* The vault: what is sealed opens with its key, in its place, and nowhere else. */
#include "base/vault.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/random.h"

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_B "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="

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

static vault *ring(arena *a, str text)
{
    vault *v;
    str    why;
    assert_int_equal(vault_from_text(a, text, &v, &why), ERR_OK);
    return v;
}

static void what_is_sealed_opens_in_its_place_alone(void **s)
{
    vault *v = ring(*s, STR(KEY_A));
    str    plain, sealed = vault_seal(v, *s, "totp", 7, STR("seed"));
    assert_true(str_find(sealed, STR("seed")) < 0);
    assert_int_equal(vault_unseal(v, *s, "totp", 7, sealed, &plain), ERR_OK);
    assert_true(str_eq(plain, STR("seed")));
    assert_int_equal(vault_unseal(v, *s, "totp", 8, sealed, &plain), ERR_INVALID);
    assert_int_equal(vault_unseal(v, *s, "mail", 7, sealed, &plain), ERR_INVALID);
    assert_false(str_eq(sealed, vault_seal(v, *s, "totp", 7, STR("seed")))); /* another nonce */
    str none = vault_seal(v, *s, "totp", 7, (str){ 0 });
    assert_int_equal(vault_unseal(v, *s, "totp", 7, none, &plain), ERR_OK);
    assert_int_equal(plain.n, 0);
}

static void no_byte_of_it_may_differ(void **s)
{
    vault *v = ring(*s, STR(KEY_A));
    str    plain, sealed = vault_seal(v, *s, "totp", 7, STR("seed"));
    for (ptrdiff_t i = 0; i < sealed.n; i++) {
        char *copy = arena_alloc(*s, (size_t)sealed.n);
        memcpy(copy, sealed.p, (size_t)sealed.n);
        copy[i] ^= 1;
        assert_int_not_equal(vault_unseal(v, *s, "totp", 7, (str){ copy, sealed.n }, &plain), ERR_OK);
    }
    for (ptrdiff_t n = 0; n < sealed.n; n++)
        assert_int_not_equal(vault_unseal(v, *s, "totp", 7, str_sub(sealed, 0, n), &plain), ERR_OK);
}

static void a_new_key_in_front_seals_and_the_old_one_still_opens(void **s)
{
    vault  *old = ring(*s, STR(KEY_A)), *other = ring(*s, STR(KEY_B)), *both = ring(*s, STR(KEY_B "\n" KEY_A "\n"));
    int64_t key;
    str     plain, sealed = vault_seal(old, *s, "totp", 7, STR("seed"));
    assert_int_equal(vault_unseal(other, *s, "totp", 7, sealed, &plain), ERR_UNAVAILABLE);
    assert_int_equal(vault_unseal(both, *s, "totp", 7, sealed, &plain), ERR_OK);
    assert_true(vault_key_of(sealed, &key));
    assert_true(key == vault_key(old) && vault_holds(both, key) && !vault_holds(other, key));
    assert_true(vault_key_of(vault_seal(both, *s, "totp", 7, STR("seed")), &key));
    assert_true(key == vault_key(other));
}

static void keys_that_are_none_are_refused(void **s)
{
    static const char *const bad[] = {
        "", " \n", "AAEC", KEY_A "x", KEY_A " nonsense", KEY_A "," KEY_A "," KEY_A "," KEY_A "," KEY_A
    };
    for (size_t i = 0; i < countof(bad); i++) {
        vault *v;
        str    why = { 0 };
        assert_int_equal(vault_from_text(*s, str_from(bad[i]), &v, &why), ERR_INVALID);
        assert_true(why.n > 0 && str_find(why, STR("AAEC")) < 0);
    }
}

static void a_file_is_made_for_its_owner_alone(void **s)
{
    char   folder[] = "/tmp/zk_vault_XXXXXX", path[64];
    vault *v, *again;
    str    why;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/zhike.key", folder);
    assert_int_equal(vault_from_file(*s, path, false, &v, &why), ERR_NOT_FOUND);
    assert_int_equal(vault_from_file(*s, path, true, &v, &why), ERR_OK);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(vault_from_file(*s, path, true, &again, &why), ERR_OK);
    assert_true(vault_key(v) == vault_key(again));
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(vault_from_file(*s, path, true, &v, &why), ERR_FORBIDDEN);
    assert_true(str_find(why, STR("chmod 600")) > 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_not_equal(vault_from_file(*s, path, true, &v, &why), ERR_OK);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left there */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sealed_opens_in_its_place_alone),
        cmocka_unit_test(no_byte_of_it_may_differ),
        cmocka_unit_test(a_new_key_in_front_seals_and_the_old_one_still_opens),
        cmocka_unit_test(keys_that_are_none_are_refused),
        cmocka_unit_test(a_file_is_made_for_its_owner_alone),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
