/* qr.h — an address as a QR code that any phone reads.
 *
 * Byte mode, error correction M, the smallest version that holds it, a quiet zone of four modules. Black on white, whatever
 * the page's colours are: scanners want it so. */
#ifndef ZK_BASE_QR_H
#define ZK_BASE_QR_H
#include "base/arena.h"
#include "base/buf.h"

enum { QR_BYTES_MOST = 1000 };

/* The code as one SVG element, one unit a module. False where the text is empty or longer than QR_BYTES_MOST. */
bool qr_svg(arena *a, str text, str *out);
#endif
