/* Whatever is taken is written as text that is taken again and written the same. */
#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static str write_tree(buf *b, const json *tree)
{
    json_writer w;
    json_begin(&w, b);
    json_value(&w, tree);
    return buf_str(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    arena     *a = arena_new();
    json      *tree = NULL, *again = NULL;
    json_fault fault = { -1, NULL };
    str        text = { (const char *)data, (ptrdiff_t)size };
    if (json_parse(a, text, &tree, &fault) == ERR_OK) {
        buf one, two;
        buf_init(&one, 1 << 24);
        buf_init(&two, 1 << 24);
        str first = write_tree(&one, tree);
        ASSERT(utf8_valid(first));
        ASSERT(json_parse(a, first, &again, &fault) == ERR_OK);
        ASSERT(str_eq(first, write_tree(&two, again)));
        buf_free(&one);
        buf_free(&two);
    } else {
        ASSERT(fault.what != NULL && fault.position >= 0 && fault.position <= text.n);
    }
    arena_free(a);
    return 0;
}
