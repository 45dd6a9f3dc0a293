/* Any text is parsed as a condition, an order, a list of paths and a SELECT: a tree, or a fault inside the text. */
#include "query/ast.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool taken, const query_fault *f, str text)
{
    if (!taken)
        ASSERT(f->code && f->at >= 0 && f->at <= text.n);
}

/* What stands in quotes decodes to no more than it is. */
static void decode_all(arena *a, str text)
{
    lexeme      x = { .kind = LEX_NAME };
    query_fault f;
    for (ptrdiff_t at = 0; x.kind != LEX_END && lex_next(text, at, &x, &f); at = x.end)
        if (x.kind == LEX_TEXT) {
            ASSERT(lex_decode(a, x.text, false).n <= x.text.n);
            ASSERT(lex_decode(a, x.text, true).n <= x.text.n);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    arena      *a = arena_new();
    str         text = { (const char *)data, (ptrdiff_t)size };
    query_fault f;
    cond       *where;
    order_item *order;
    item       *paths;
    tree       *select;
    check(parse_where(a, text, &where, &f), &f, text);
    check(parse_order(a, text, &order, &f), &f, text);
    check(parse_paths(a, text, &paths, &f), &f, text);
    check(parse_select(a, text, &select, &f), &f, text);
    decode_all(a, text);
    arena_free(a);
    return 0;
}
