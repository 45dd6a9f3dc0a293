/* A CSV is read the same whole and byte by byte, and never past its limits; what it holds is scanned for dates and numbers. */
#include "base/arena.h"
#include "base/limits.h"
#include "io/cells.h"
#include "io/csv.h"
#include "io/csv_write.h"
#include "io/dates.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    str    left;
    size_t most;
} source;

static err read_source(void *arg, char *p, size_t room, size_t *n, io_fault *f)
{
    (void)f;
    source *s = arg;
    *n = (size_t)s->left.n < room ? (size_t)s->left.n : room;
    *n = *n < s->most ? *n : s->most;
    if (*n > 0)
        memcpy(p, s->left.p, *n);
    s->left = str_sub(s->left, (ptrdiff_t)*n, s->left.n);
    return ERR_OK;
}

static void scan_cell(arena *a, str text, buf *out)
{
    date_reading r;
    date_form    form;
    str          number;
    if (!utf8_valid(text))
        return;
    (void)date_scan(text, &r);
    (void)date_form_parse(text, &form);
    (void)cell_number(a, text, false, false, &number);
    (void)cell_number(a, text, true, true, &number);
    csv_put_cell(out, text, true);
}

static void read_all(str text, char separator, size_t most, buf *out, io_fault *f)
{
    source s = { text, most };
    csv   *c = csv_open(separator, read_source, &s);
    arena *a = arena_new();
    row    r;
    bool   more = true;
    *f = (io_fault){ 0 };
    while (csv_next(c, &r, &more, f) == ERR_OK && more) {
        ASSERT(r.count > 0 && r.count <= LIMIT_IMPORT_COLUMNS && r.line > 0);
        for (size_t i = 0; i < r.count; i++) {
            buf_puts(out, r.cells[i].text);
            buf_putc(out, '\x1f');
            if (most > 1)
                scan_cell(a, r.cells[i].text, out);
        }
        buf_putc(out, '\x1e');
        arena_clear(a);
    }
    arena_free(a);
    csv_close(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str      text = { (const char *)data, (ptrdiff_t)size };
    size_t   skip;
    char     separator = csv_separator(text, size & 1, &skip);
    buf      whole, pieces;
    io_fault f, g;
    buf_init(&whole, 1 << 26);
    buf_init(&pieces, 1 << 26);
    read_all(text, separator, SIZE_MAX, &whole, &f);
    read_all(text, separator, 7, &pieces, &g);
    ASSERT((f.code == NULL) == (g.code == NULL));
    ASSERT(f.code != NULL || str_eq(buf_str(&whole), buf_str(&pieces)));
    buf_free(&whole);
    buf_free(&pieces);
    return 0;
}
