/* num.h — exact decimal numbers as scaled integers: 12.34 at scale 2 is 1234. */
#ifndef ZK_BASE_NUM_H
#define ZK_BASE_NUM_H
#include "base/base.h"

typedef enum { NUM_OK, NUM_SYNTAX, NUM_RANGE, NUM_PRECISION } num_result;

/* Reads a JSON-style number ("-12.340e1" is allowed) from its digits into value * 10^scale.
 * NUM_PRECISION: more decimals than scale that are not zero. Leaves *out alone on failure. */
num_result num_parse(str digits, int scale, int64_t *out);

/* Shortest decimal text of value / 10^scale, at least min_decimals places: (1230, 2, 0) → "12.3".
 * `out` takes NUM_TEXT bytes, NUL-terminated; returns the length. */
enum { NUM_TEXT = 32 };
int num_format(int64_t value, int scale, int min_decimals, char out[NUM_TEXT]);

int64_t num_pow10(int n); /* 0..18 */
/* value * num / den, halves away from zero; false on overflow. */
bool num_mul_div(int64_t value, int64_t num, int64_t den, int64_t *out);
bool num_rescale(int64_t value, int from_scale, int to_scale, int64_t *out); /* halves away from zero */
#endif
