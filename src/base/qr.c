#include "base/qr.h"

#include <qrencode.h>
#include <stdlib.h>

enum { QUIET = 4, SVG_MOST = 1 << 20 };

/* One path for all dark modules; each run of them in a row is one rectangle. */
static void put_rows(buf *b, const QRcode *code)
{
    for (int y = 0; y < code->width; y++)
        for (int x = 0; x < code->width; x++) {
            int from = x;
            while (x < code->width && code->data[y * code->width + x] & 1)
                x++;
            if (x > from)
                buf_printf(b, "M%d %dh%dv1h-%dz", from + QUIET, y + QUIET, x - from, x - from);
        }
}

bool qr_svg(arena *a, str text, str *out)
{
    buf b;
    if (text.n == 0 || text.n > QR_BYTES_MOST)
        return false;
    QRcode *code = QRcode_encodeData((int)text.n, (const unsigned char *)text.p, 0, QR_ECLEVEL_M);
    if (!code)
        return false;
    int side = code->width + 2 * QUIET;
    buf_init(&b, SVG_MOST);
    buf_printf(&b,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
               "<path fill=\"#fff\" d=\"M0 0h%dv%dh-%dz\"/><path d=\"",
               side, side, side, side, side);
    put_rows(&b, code);
    buf_putz(&b, "\"/></svg>");
    QRcode_free(code);
    bool whole = !b.failed;
    if (whole)
        *out = arena_str(a, buf_str(&b));
    buf_free(&b);
    return whole;
}
