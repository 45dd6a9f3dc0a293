/* Any bytes have an encoding or none; what a decoder lets through is UTF-8, however the bytes arrive. */
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static err decode(encoding e, const uint8_t *data, size_t size, size_t step, buf *out, int64_t *bad)
{
    decoder *d = decoder_open(e);
    err      r = ERR_OK;
    for (size_t i = 0; r == ERR_OK && i < size; i += step)
        r = decoder_put(d, data + i, size - i < step ? size - i : step, size - i <= step, out, bad);
    decoder_close(d);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t bom;
    if (text_open() != ERR_OK)
        return 0;
    encoding found = encoding_detect(data, size, true, &bom);
    ASSERT(bom <= size);
    for (int e = ENC_UTF8; e < ENC_UNKNOWN; e++) {
        buf     whole, pieces;
        int64_t bad = -1, bad_piece = -1;
        buf_init(&whole, 1 << 20);
        buf_init(&pieces, 1 << 20);
        err r = decode((encoding)e, data, size, size + 1, &whole, &bad);
        ASSERT(decode((encoding)e, data, size, 1 + size % 5, &pieces, &bad_piece) == r);
        ASSERT(bad == bad_piece && bad <= (int64_t)size);
        ASSERT(str_eq(buf_str(&whole), buf_str(&pieces)) && utf8_valid(buf_str(&whole)));
        ASSERT(found != ENC_UTF8 || e != ENC_UTF8 || bom || r == ERR_OK);
        buf_free(&whole);
        buf_free(&pieces);
    }
    return 0;
}
