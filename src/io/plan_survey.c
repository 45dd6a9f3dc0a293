/* The first reading of the file: forms of dates and numbers, distinct references and choices, keys. */
#include "base/limits.h"
#include "io/plan.h"

enum { WORDS = 2000000, SAMPLE = 60 };

word *plan_word(const plan *p, const io_column *c, str text, arena *scratch)
{
    (void)p;
    return map_get(c->words, mapping_fold(scratch, text));
}

static void add_word(plan *p, io_column *c, str text, int64_t line, arena *scratch)
{
    word *w = plan_word(p, c, text, scratch);
    if (w) {
        w->count++;
        return;
    }
    if (c->word_count >= WORDS)
        return;
    w = arena_make(p->a, word);
    *w = (word){ .text = arena_str(p->a, str_trim(text)), .count = 1, .line = line };
    map_put(c->words, arena_str(p->a, mapping_fold(scratch, text)), w);
    if (c->last)
        c->last->next = w;
    else
        c->first = w;
    c->last = w;
    c->word_count++;
}

/* The next of "a; b、c". */
static str next_part(str *rest)
{
    ptrdiff_t i = 0;
    for (; i < rest->n; i++) {
        bool wide =
            str_starts(str_sub(*rest, i, rest->n), STR("、")) || str_starts(str_sub(*rest, i, rest->n), STR("；"));
        if (wide || rest->p[i] == ';' || rest->p[i] == '|') {
            str part = str_sub(*rest, 0, i);
            *rest = str_sub(*rest, i + (wide ? 3 : 1), rest->n);
            return str_trim(part);
        }
    }
    str part = *rest;
    *rest = (str){ 0 };
    return str_trim(part);
}

static void survey_words(plan *p, io_column *c, str text, int64_t line, arena *scratch)
{
    if (c->to.f->type != FT_MULTI_CHOICE) {
        add_word(p, c, text, line, scratch);
        return;
    }
    while (text.n > 0) {
        str part = next_part(&text);
        if (part.n > 0)
            add_word(p, c, part, line, scratch);
    }
}

static void survey_value(plan *p, io_column *c, io_text t, int64_t line, arena *scratch)
{
    if (c->filled++ == 0)
        c->sample = arena_str(p->a, utf8_cut(t.text, SAMPLE));
    if (t.kind == CELL_ERROR)
        return;
    switch (c->to.f->type) {
    case FT_DATE:
    case FT_TIME:
        if (!cell_nothing(t.text))
            date_column_add(&c->dates, t.text, line);
        return;
    case FT_INTEGER:
    case FT_DECIMAL:
    case FT_MONEY:
    case FT_PERCENT:
        if (t.kind == CELL_TEXT)
            number_column_add(&c->numbers, cell_narrow(scratch, t.text), line);
        return;
    default: break;
    }
    if (c->words)
        survey_words(p, c, t.text, line, scratch);
}

static void survey_keys(plan *p, const io_column *c, io_text t, int64_t line, arena *scratch)
{
    str key = mapping_fold(scratch, t.text);
    if (c == p->own_column && !map_get(p->own, key))
        map_put(p->own, arena_str(p->a, key), p);
    if (c != p->match_column)
        return;
    if (!map_get(p->seen, key))
        map_put(p->seen, arena_str(p->a, key), p);
    else if (p->doubles++ == 0)
        p->first_double = line;
}

static void keep_preview(plan *p, const row *r)
{
    if (p->preview_count == PLAN_PREVIEW)
        return;
    row *to = &p->preview[p->preview_count++];
    *to = (row){ .cells = arena_make_n(p->a, cell, r->count + 1), .count = r->count, .line = r->line };
    for (size_t i = 0; i < r->count; i++)
        to->cells[i] = (cell){ .text = arena_str(p->a, utf8_cut(r->cells[i].text, 120)), .kind = r->cells[i].kind };
}

void plan_found(plan *p, int64_t line, int64_t id, str value)
{
    if (p->existing_count < PLAN_EXISTING)
        p->existing[p->existing_count] = (plan_existing){ line, id, arena_str(p->a, value) };
    p->existing_count++;
}

void plan_survey(plan *p, const row *r, int64_t ordinal, arena *scratch)
{
    keep_preview(p, r);
    p->rows++;
    for (size_t i = 0; i < p->order_count; i++) {
        io_column *c = p->order[i];
        io_text    t = plan_text(p, c, r, ordinal, scratch);
        if (t.state != TEXT_GIVEN)
            continue;
        survey_value(p, c, t, r->line, scratch);
        survey_keys(p, c, t, r->line, scratch);
    }
    for (size_t i = 0; i < p->file_columns && i < r->count; i++)
        if (!p->columns[i].taken && r->cells[i].text.n > 0 && p->columns[i].filled++ == 0)
            p->columns[i].sample = arena_str(p->a, utf8_cut(str_trim(r->cells[i].text), SAMPLE));
}

/* ---- decisions ---- */

static void decide_dates(plan *p, io_column *c)
{
    date_form form;
    c->verdict = date_column_decide(&c->dates, &form);
    if (c->form_fixed)
        return;
    if (c->verdict == DATES_ASK) {
        plan_problem(p, "import.dates_ask", c->header, 0, str_from(c->dates.unsure_sample), c->to.path);
        return;
    }
    if (c->verdict == DATES_MIXED) {
        date_order o = c->dates.line[ORDER_MDY] ? ORDER_MDY : ORDER_DMY;
        plan_problem(p, "import.dates_mixed", c->header, c->dates.line[o], str_from(c->dates.sample[ORDER_MDY]),
                     str_from(c->dates.sample[ORDER_DMY]));
        return;
    }
    c->form = form;
}

static void decide_numbers(plan *p, io_column *c)
{
    bool mixed;
    c->comma = number_column_comma(&c->numbers, &mixed);
    if (mixed)
        plan_warning(p, "import.numbers_mixed", c->header, c->numbers.line_comma, (str){ 0 }, (str){ 0 });
}

str plan_choice_key(arena *a, str text)
{
    char     *out = arena_alloc(a, (size_t)text.n + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < text.n && n < 60; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out[n++] = (char)c;
        else if (c >= 'A' && c <= 'Z')
            out[n++] = (char)(c + 32);
        else if (n > 0 && out[n - 1] != '_')
            out[n++] = '_';
    }
    while (n > 0 && out[n - 1] == '_')
        n--;
    str cut = utf8_cut((str){ text.n > 0 ? out : "", n }, n);
    while (cut.n > 0 && !utf8_valid(cut))
        cut.n--;
    return cut;
}

static void decide_choices(plan *p, io_column *c)
{
    for (word *w = c->first; w; w = w->next) {
        const choice *known = field_choice_like(c->to.f, w->text);
        str           theirs = known ? (str){ 0 } : header_value(p->e, c->to.f, w->text);
        if (!known && theirs.n > 0)
            known = field_choice(c->to.f, theirs);
        if (!known && c->to.f->flags & FF_OPEN) {
            str key = plan_choice_key(p->a, w->text);
            known = key.n > 0 ? field_choice(c->to.f, key) : NULL;
            w->key = key;
            w->make = !known && p->admin && key.n > 0;
        }
        w->state = known || w->make ? WORD_FOUND : WORD_MISSING;
        if (known)
            w->key = arena_str(p->a, known->key); /* newer tables may take the place of these */
        if (w->state == WORD_MISSING)
            plan_warning(p, "import.unknown_choice", c->header, w->line, w->text, c->to.path);
    }
}

static void decide_column(plan *p, io_column *c)
{
    switch (c->to.f->type) {
    case FT_DATE:
    case FT_TIME: decide_dates(p, c); return;
    case FT_INTEGER:
    case FT_DECIMAL:
    case FT_MONEY:
    case FT_PERCENT: decide_numbers(p, c); return;
    case FT_CHOICE:
    case FT_MULTI_CHOICE: decide_choices(p, c); return;
    default: return;
    }
}

void plan_decide(plan *p)
{
    for (size_t i = 0; i < p->order_count; i++)
        decide_column(p, p->order[i]);
    for (size_t i = 0; i < p->file_columns; i++) {
        const io_column *c = &p->columns[i];
        if (!c->taken && !c->drops && c->filled > 0 && strcmp(c->how, "unknown") == 0)
            plan_warning(p, "import.column_left_out", c->header.n > 0 ? c->header : STR("?"), 0, c->header, (str){ 0 });
    }
    if (p->doubles > 0) {
        char n[32];
        snprintf(n, sizeof n, "%lld", (long long)p->doubles);
        plan_warning(p, "import.doubles", p->match_column->header, p->first_double, str_from(n), (str){ 0 });
    }
}
