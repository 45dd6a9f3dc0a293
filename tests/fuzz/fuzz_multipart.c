/* The first line is a Content-Type, the rest a body: whatever parts are found lie in the body, in order, and apart. */
#include "http/inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(str body, const http_part *parts, size_t n)
{
    int64_t at = 0;
    ASSERT(n >= 1 && n <= 20);
    for (size_t i = 0; i < n; i++) {
        ASSERT(parts[i].offset >= at && parts[i].size >= 0);
        at = parts[i].offset + parts[i].size;
        ASSERT(at <= body.n);
        ASSERT(parts[i].name.n > 0 && utf8_valid(parts[i].name));
        ASSERT(utf8_valid(parts[i].filename) && utf8_valid(parts[i].type));
        ASSERT(str_find_char(parts[i].filename, '/') < 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    arena    *a = arena_new();
    http_part parts[20];
    size_t    n = 0;
    str       whole = { (const char *)data, (ptrdiff_t)size };
    ptrdiff_t line = str_find_char(whole, '\n');
    str       type = line < 0 ? whole : str_sub(whole, 0, line);
    str       body = line < 0 ? (str){ NULL, 0 } : str_sub(whole, line + 1, whole.n);
    str       boundary = multipart_boundary(type);
    if (boundary.n > 0 && multipart_scan(a, body, boundary, parts, countof(parts), &n) == ERR_OK)
        look(body, parts, n);
    arena_free(a);
    return 0;
}
