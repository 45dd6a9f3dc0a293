/* The middle of a text replaced by stars. Their number says nothing about how long it was. */
#include "schema/types.h"

bool field_maskable(const field *f)
{
    const entity *e = f->owner;
    bool          text = f->type == FT_TEXT || f->type == FT_PHONE || f->type == FT_EMAIL;
    return text && f->index != e->title && f->alias_of != e->title && f->index != e->key;
}

/* Where the first n characters end; the length of s where there are fewer. */
static ptrdiff_t after_characters(str s, ptrdiff_t n)
{
    ptrdiff_t at = 0;
    while (n-- > 0 && at < s.n)
        (void)utf8_next(s, &at);
    return at;
}

/* So many characters of the beginning and of the end. */
static str ends_of(arena *a, str s, ptrdiff_t length, ptrdiff_t first, ptrdiff_t last, const char *stars)
{
    str beginning = str_sub(s, 0, after_characters(s, first));
    str end = str_sub(s, after_characters(s, length - last), s.n);
    return arena_printf(a, "%.*s%s%.*s", STR_ARG(beginning), stars, STR_ARG(end));
}

/* Digits and the + alone, so that blanks do not move what is shown. */
static str mask_phone(arena *a, str s)
{
    char     *digits = arena_alloc(a, (size_t)s.n + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < s.n; i++)
        if ((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] == '+' && n == 0))
            digits[n++] = s.p[i];
    str only = { digits, n };
    if (n >= 11)
        return ends_of(a, only, n, 3, 4, "****");
    return n >= 8 ? ends_of(a, only, n, 2, 2, "****") : STR("****");
}

static str mask_text(arena *a, str s)
{
    ptrdiff_t length = utf8_length(s);
    return ends_of(a, s, length, length > 2, length > 3, "***");
}

static str mask_email(arena *a, str s)
{
    ptrdiff_t at = str_find_char(s, '@');
    if (at < 0)
        return mask_text(a, s);
    str name = str_sub(s, 0, at);
    return arena_printf(a, "%.*s***%.*s", STR_ARG(str_sub(name, 0, after_characters(name, utf8_length(name) > 1))),
                        STR_ARG(str_sub(s, at, s.n)));
}

str value_mask(arena *a, const field *f, str text)
{
    switch (f->type) {
    case FT_PHONE: return mask_phone(a, text);
    case FT_EMAIL: return mask_email(a, text);
    default: return mask_text(a, text);
    }
}
