/* A token and a JWKS from outside, the token first, a line's end between them. */
#include "base/arena.h"
#include "base/random.h"
#include "oidc/claims.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    arena     *a = arena_new();
    str        all = { (const char *)data, (ptrdiff_t)size };
    ptrdiff_t  end = str_find_char(all, '\n');
    json      *o;
    json_fault fault;
    jose_keys *keys;
    jose_token t;
    if (end >= 0 && random_open() == ERR_OK && json_parse(a, str_sub(all, end + 1, all.n), &o, &fault) == ERR_OK &&
        jose_keys_read(a, o, &keys) == ERR_OK && jose_check(a, str_sub(all, 0, end), keys, &t) == JOSE_GOOD) {
        claims_wanted w = { .issuer = STR("joe"), .client = STR("us"), .nonce = STR("n") };
        (void)claims_id_fault(&t, &w);
        (void)claims_logout_fault(&t, &w);
    }
    arena_free(a);
    return 0;
}
