/* Any text can be folded, cleaned, sorted, tokenised and normalised; a text is found by its own words. */
#include "base/limits.h"
#include "base/norm.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_tokens(token_list l)
{
    for (size_t i = 0; i < l.count; i++)
        ASSERT(l.list[i].text.n >= 2 && l.list[i].text.n <= 63);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str s = { (const char *)data, (ptrdiff_t)size };
    if (text_open() != ERR_OK || size > 4096 || !utf8_valid(s))
        return 0;
    arena *a = arena_new();
    phone  p;
    ASSERT(utf8_valid(text_fold(a, s)) && utf8_valid(text_lower(a, s)));
    str clean = text_clean(a, s, size % 2);
    ASSERT(utf8_valid(clean) && str_eq(text_clean(a, clean, size % 2), clean));
    (void)text_sort_key(a, s);
    check_tokens(text_tokens(a, s, LIMIT_SEARCH_TOKENS));
    token_query q = text_query(a, s);
    for (size_t i = 0; i < q.count; i++)
        ASSERT(q.every[i].count > 0);
    (void)phone_normalise(a, s, &p);
    (void)email_normalise(a, s);
    (void)url_domain(a, s);
    (void)url_valid(s);
    (void)company_name_normalise(a, s);
    arena_free(a);
    return 0;
}
