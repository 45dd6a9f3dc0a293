/* A row's cells as its fields want them, before any transaction. */
#include "base/date.h"
#include "base/text.h"
#include "io/import.h"

static prepared bad(importer *im, const io_column *c, const char *code, str text)
{
    str why = io_say(im->piece, im->p->lang, code, utf8_cut(text, 80), c->header, c->to.path);
    return (prepared){ .kind = CELL_BAD,
                       .text = arena_printf(im->piece, "%.*s: %.*s", STR_ARG(c->header), STR_ARG(why)) };
}

static prepared good(str text)
{
    return (prepared){ .kind = text.n > 0 ? CELL_TEXT_VALUE : CELL_LEAVE, .text = text };
}

static int64_t instant_of(const importer *im, const date_value *d)
{
    int64_t local = d->days * DAY_MS + d->day_ms;
    if (d->has_offset)
        return local - d->offset_ms;
    str     zone = im->c->zone.n > 0 ? im->c->zone : STR("UTC");
    int64_t guess = local - zone_offset_ms(zone, local);
    return local - zone_offset_ms(zone, guess);
}

static prepared prepare_date(importer *im, const io_column *c, io_text t)
{
    date_value d;
    if (cell_nothing(t.text))
        return (prepared){ 0 };
    if (!date_read(t.text, &c->form, &d))
        return bad(im, c, c->form_fixed ? "import.date_not_in_form" : "import.not_a_date", t.text);
    if (c->to.f->type == FT_TIME) {
        char text[TIME_TEXT];
        time_format(instant_of(im, &d), text);
        return good(arena_str(im->piece, str_from(text)));
    }
    char text[DATE_TEXT];
    str  zone = im->c->zone.n > 0 ? im->c->zone : STR("UTC");
    date_format(d.has_offset ? zone_local_date(zone, instant_of(im, &d)) : d.days, text);
    return good(arena_str(im->piece, str_from(text)));
}

/* "1.2e4" times 10^by. */
static str scaled(arena *a, str number, int by)
{
    if (by == 0)
        return number;
    ptrdiff_t e = str_find_char(number, 'e');
    if (e < 0)
        e = str_find_char(number, 'E');
    int64_t had = 0;
    str     tail = e < 0 ? STR("0") : str_sub(number, e + 1, number.n);
    if (tail.n > 0 && tail.p[0] == '+')
        tail = str_sub(tail, 1, tail.n);
    (void)str_to_int64(tail, &had);
    return arena_printf(a, "%.*se%lld", STR_ARG(e < 0 ? number : str_sub(number, 0, e)), (long long)had + by);
}

static prepared prepare_number(importer *im, const io_column *c, io_text t)
{
    str number;
    if (cell_nothing(t.text))
        return (prepared){ 0 };
    if (!cell_number(im->piece, t.text, c->comma && t.kind == CELL_TEXT, c->to.f->type == FT_PERCENT, &number))
        return bad(im, c, "import.not_a_number", t.text);
    return good(scaled(im->piece, number, c->exponent));
}

static prepared prepare_choice(importer *im, const io_column *c, str text)
{
    const word *w = plan_word(im->p, c, text, im->piece);
    if (!w || w->state != WORD_FOUND)
        return bad(im, c, "import.not_a_choice", text);
    if (w->make && im->dry_run)
        return (prepared){ 0 };
    return good(w->key);
}

static prepared prepare_choices(importer *im, const io_column *c, str text)
{
    buf  out;
    char separator;
    buf_init(&out, 64 << 10);
    for (ptrdiff_t from = 0, i = 0; i <= text.n; i++) {
        bool wide = str_starts(str_sub(text, i, text.n), STR("、")) || str_starts(str_sub(text, i, text.n), STR("；"));
        separator = i < text.n ? text.p[i] : ';';
        if (!wide && separator != ';' && separator != '|')
            continue;
        str part = str_trim(str_sub(text, from, i));
        i += wide ? 2 : 0;
        from = i + 1;
        if (part.n == 0)
            continue;
        prepared one = prepare_choice(im, c, part);
        if (one.kind == CELL_BAD) {
            buf_free(&out);
            return one;
        }
        if (out.n > 0 && one.text.n > 0)
            buf_putc(&out, ';');
        buf_puts(&out, one.text);
    }
    str keys = arena_str(im->piece, buf_str(&out));
    buf_free(&out);
    return good(keys);
}

static prepared prepare_reference(importer *im, const io_column *c, str text)
{
    word *w = plan_word(im->p, c, text, im->piece);
    if (!w)
        return bad(im, c, "import.no_record", text);
    if (w->state == WORD_AMBIGUOUS)
        return c->weak ? (prepared){ 0 } : bad(im, c, "import.several_records", text);
    if (w->state == WORD_MISSING && !(im->p->create_missing && refs_makeable(c)))
        return c->weak ? (prepared){ 0 } : bad(im, c, "import.no_record", text);
    return (prepared){ .kind = CELL_WORD, .w = w };
}

static prepared prepare_cell(importer *im, const io_column *c, io_text t)
{
    if (t.state == TEXT_CLEAR)
        return (prepared){ .kind = CELL_CLEARS };
    if (t.state == TEXT_ABSENT)
        return (prepared){ 0 };
    if (t.kind == CELL_ERROR)
        return bad(im, c, "import.cell_error", t.text);
    switch (c->to.f->type) {
    case FT_DATE:
    case FT_TIME: return prepare_date(im, c, t);
    case FT_INTEGER:
    case FT_DECIMAL:
    case FT_MONEY:
    case FT_PERCENT: return prepare_number(im, c, t);
    case FT_CHOICE: return prepare_choice(im, c, t.text);
    case FT_MULTI_CHOICE: return prepare_choices(im, c, t.text);
    case FT_REF:
    case FT_KEYREF:
    case FT_ANYREF: return prepare_reference(im, c, t.text);
    case FT_BOOL: return good(cell_narrow(im->piece, t.text));
    default: return good(arena_str(im->piece, t.text));
    }
}

static void refuse_row(importer *im, import_row *r, str why)
{
    r->outcome = ROW_REJECTED;
    r->reason = r->reason.n > 0 ? arena_printf(im->piece, "%.*s; %.*s", STR_ARG(r->reason), STR_ARG(why)) : why;
}

/* Cells beyond the header have no meaning: a shifted row is worse than a refused one. */
static void check_width(importer *im, import_row *r)
{
    for (size_t i = im->p->file_columns; i < r->cells.count; i++)
        if (str_trim(r->cells.cells[i].text).n > 0) {
            refuse_row(im, r,
                       io_say(im->piece, im->p->lang, "import.too_many_cells",
                              arena_printf(im->piece, "%zu", r->cells.count),
                              arena_printf(im->piece, "%zu", im->p->file_columns), (str){ 0 }));
            return;
        }
}

static void copy_cells(importer *im, import_row *r, const row *from)
{
    r->cells =
        (row){ .cells = arena_make_n(im->piece, cell, from->count + 1), .count = from->count, .line = from->line };
    for (size_t i = 0; i < from->count; i++)
        r->cells.cells[i] = (cell){ arena_str(im->piece, from->cells[i].text), from->cells[i].kind };
}

void import_prepare(importer *im, import_row *r, const row *cells)
{
    const plan *p = im->p;
    r->line = cells->line;
    copy_cells(im, r, cells);
    r->values = arena_make_n(im->piece, prepared, p->order_count + 1);
    check_width(im, r);
    for (size_t i = 0; i < p->order_count; i++) {
        const io_column *c = p->order[i];
        r->values[i] = prepare_cell(im, c, plan_text(p, c, &r->cells, r->ordinal, im->piece));
        if (r->values[i].kind == CELL_BAD)
            refuse_row(im, r, r->values[i].text);
        if (c == p->match_column)
            r->match = r->values[i].kind == CELL_TEXT_VALUE ? r->values[i].text : (str){ 0 };
    }
    if (p->match && r->match.n == 0 && r->outcome != ROW_REJECTED)
        refuse_row(im, r,
                   io_say(im->piece, p->lang, "import.match_empty", p->match_column->header, (str){ 0 }, (str){ 0 }));
}
