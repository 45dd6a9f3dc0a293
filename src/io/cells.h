/* cells.h — what people write in cells, as the canonical text that the type table reads.
 *
 * Numbers: $22,700.00  ¥1.2万  1.5M  (300)  −5  12 345,60  25%  ３００; whether the comma or the point is the decimal one is
 * decided per column over the whole file, like the order of day and month: a value such as 12,34 or 1.234,56 shows it. */
#ifndef ZK_IO_CELLS_H
#define ZK_IO_CELLS_H
#include "base/arena.h"

/* How a column writes numbers. */
typedef struct {
    int64_t comma_decimal, point_decimal; /* values that only make sense so */
    int64_t line_comma, line_point;       /* where the first one stood */
} number_column;
void number_column_add(number_column *c, str text, int64_t line);
/* True: the comma is the decimal sign. *mixed: the column shows both. */
bool number_column_comma(const number_column *c, bool *mixed);

/* "¥1.2万" → "1.2e4", as num_parse() reads it. percent_field: "25%" is 25, else 0.25. False: not a number. */
bool cell_number(arena *a, str text, bool comma_decimal, bool percent_field, str *out);
/* Words for nothing in a column that is no text: "-", "N/A", "null", "无" … */
bool cell_nothing(str text);
/* Full-width letters, digits and signs and the wide space as plain ones; the text itself where there are none. */
str cell_narrow(arena *a, str text);
#endif
