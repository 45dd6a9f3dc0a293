#include "io/plan.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "io/csv_write.h"

enum { NOTES = 200 };

static void note(plan_notes *n, arena *a, plan_note one)
{
    if (n->count >= NOTES)
        return;
    arena_more(a, n->list, n->count, n->room);
    n->list[n->count++] = one;
}

void plan_problem(plan *p, const char *code, str column, int64_t line, str w0, str w1)
{
    p->fatal = true;
    note(&p->problems, p->a,
         (plan_note){ code, arena_str(p->a, column), io_say(p->a, p->lang, code, w0, w1, column), line });
}

void plan_warning(plan *p, const char *code, str column, int64_t line, str w0, str w1)
{
    note(&p->warnings, p->a,
         (plan_note){ code, arena_str(p->a, column), io_say(p->a, p->lang, code, w0, w1, column), line });
}

bool column_is_reference(const io_column *c)
{
    field_type t = c->to.f->type;
    return t == FT_REF || t == FT_KEYREF || t == FT_ANYREF;
}

bool column_is_choice(const io_column *c)
{
    return c->to.f->type == FT_CHOICE || c->to.f->type == FT_MULTI_CHOICE;
}

static bool same_target(const target *a, const target *b)
{
    return a->f == b->f && a->line == b->line;
}

/* ---- from the header and the mapping ---- */

static io_column *column_by_header(plan *p, str header)
{
    for (int strict = 1; strict >= 0; strict--)
        for (size_t i = 0; i < p->file_columns; i++)
            if (strict ? str_eq(p->columns[i].header, header) : str_eq_nocase(p->columns[i].header, header))
                return &p->columns[i];
    return NULL;
}

static void take_mapped(plan *p, mapping_column *m)
{
    io_column *c = column_by_header(p, m->column);
    str        at;
    if (!c) {
        plan_problem(p, "import.map_no_column", m->column, 0, m->column, (str){ 0 });
        return;
    }
    c->how = "mapping";
    if (m->target.n == 0) {
        c->drops = true;
        return;
    }
    if (target_find(p->snap, p->e, m->target, &c->to, &at))
        c->taken = true;
    else
        plan_problem(p, "import.map_no_target", m->column, 0, m->target, at);
}

static bool is_taken(const plan *p, const target *t, const io_column *but)
{
    for (size_t i = 0; i < p->column_count; i++)
        if (&p->columns[i] != but && p->columns[i].taken && same_target(&p->columns[i].to, t))
            return true;
    return false;
}

/* What the mapping does not name is found by its header; the surer the way, the earlier its turn. */
static void take_by_header(plan *p, const plan_options *o)
{
    static const header_how turns[] = { HEADER_NAME, HEADER_LABEL, HEADER_SALESFORCE, HEADER_COMMON };
    header_meaning         *m = arena_make_n(p->a, header_meaning, p->file_columns + 1);
    for (size_t i = 0; i < p->file_columns; i++) {
        io_column *c = &p->columns[i];
        if (str_eq(o->match, STR("id")) && str_eq(c->header, STR("id")))
            m[i] =
                (header_meaning){ .how = HEADER_NAME, .to = { .path = c->header, .f = entity_field(p->e, STR("id")) } };
        else if (c->header.n > 0)
            m[i] = header_find(p->snap, p->e, c->header, p->a);
        if (!c->how)
            c->how = header_how_name(m[i].how);
    }
    for (size_t t = 0; t < countof(turns); t++)
        for (size_t i = 0; i < p->file_columns; i++) {
            io_column *c = &p->columns[i];
            if (c->taken || c->drops || strcmp(c->how, "mapping") == 0 || m[i].how != turns[t])
                continue;
            if (!p->admin && m[i].to.f->flags & FF_READONLY) {
                c->how = "ignored"; /* what only an administrator's import may set */
                continue;
            }
            if (is_taken(p, &m[i].to, c)) {
                plan_warning(p, "import.second_column", c->header, 0, c->header, m[i].to.path);
                c->how = "ignored";
                continue;
            }
            c->to = m[i].to;
            c->to.path = arena_str(p->a, m[i].to.path); /* newer tables may take the place of these */
            c->weak = m[i].weak;
            c->exponent = m[i].exponent;
            c->taken = true;
        }
}

static void take_set(plan *p, const mapping_set *s)
{
    str        at;
    io_column *c = &p->columns[p->column_count];
    *c = (io_column){ .index = SIZE_MAX, .how = "set", .set = s, .header = s->target };
    if (!target_find(p->snap, p->e, s->target, &c->to, &at)) {
        plan_problem(p, "import.map_no_target", (str){ 0 }, 0, s->target, at);
        return;
    }
    c->taken = true;
    p->column_count++;
}

/* A set beats a column that was only found by its header; two columns of the mapping for one target are a mistake. */
static void look_for_doubles(plan *p)
{
    for (size_t i = 0; i < p->column_count; i++)
        for (size_t j = 0; j < i; j++) {
            io_column *a = &p->columns[j], *b = &p->columns[i];
            if (!a->taken || !b->taken || !same_target(&a->to, &b->to))
                continue;
            plan_problem(p, "import.map_double", b->header, 0, a->header, b->header);
        }
}

static io_column *column_of_target(plan *p, str path)
{
    for (size_t i = 0; i < p->column_count; i++)
        if (p->columns[i].taken && str_eq(p->columns[i].to.path, path))
            return &p->columns[i];
    target t;
    str    at;
    if (!target_find(p->snap, p->e, path, &t, &at))
        return NULL;
    for (size_t i = 0; i < p->column_count; i++)
        if (p->columns[i].taken && same_target(&p->columns[i].to, &t))
            return &p->columns[i];
    return NULL;
}

static void take_values_and_dates(plan *p)
{
    for (size_t i = 0; i < p->map.value_count; i++) {
        io_column *c = column_of_target(p, p->map.values[i].target);
        if (!c)
            plan_problem(p, "import.map_no_use", (str){ 0 }, 0, STR("values"), p->map.values[i].target);
        else
            c->values = &p->map.values[i];
    }
    for (size_t i = 0; i < p->map.date_count; i++) {
        io_column *c = column_of_target(p, p->map.dates[i].target);
        if (!c)
            c = column_by_header(p, p->map.dates[i].target);
        if (!c || !c->taken)
            plan_problem(p, "import.map_no_use", (str){ 0 }, 0, STR("dates"), p->map.dates[i].target);
        else
            c->form_fixed = date_form_parse(p->map.dates[i].form, &c->form);
    }
}

static void check_template(plan *p, const mapping_set *s)
{
    for (ptrdiff_t i = 0; i < s->text.n; i++) {
        if (s->text.p[i] != '{')
            continue;
        str       rest = str_sub(s->text, i + 1, s->text.n);
        ptrdiff_t close = str_find_char(rest, '}');
        if (close < 0)
            return;
        str name = str_sub(rest, 0, close);
        if (!str_eq(name, STR("row")) && !column_by_header(p, name))
            plan_problem(p, "import.map_no_column", (str){ 0 }, 0, name, s->target);
        i += close;
    }
}

/* ---- the order of application ---- */

/* The currency counts the money, the pipeline names the stages. */
static int rank(const plan *p, const io_column *c)
{
    if (c->to.line)
        return 3;
    if (c->to.f->index == p->e->currency)
        return 0;
    return c->to.f->type == FT_KEYREF || c->to.f->type == FT_REF ? 1 : 2;
}

static void make_order(plan *p)
{
    p->order = arena_make_n(p->a, io_column *, p->column_count + 1);
    p->order_count = 0;
    for (int turn = 0; turn <= 3; turn++)
        for (size_t i = 0; i < p->column_count; i++)
            if (p->columns[i].taken && rank(p, &p->columns[i]) == turn)
                p->order[p->order_count++] = &p->columns[i];
}

static void find_match(plan *p, const plan_options *o)
{
    str name = o->match.n > 0 ? o->match : p->map.match, at;
    if (name.n == 0)
        return;
    target t;
    if (!target_find(p->snap, p->e, name, &t, &at) || t.via || t.line || t.f->type == FT_ANYREF ||
        t.f->type == FT_LONG_TEXT) {
        plan_problem(p, "import.no_match_field", (str){ 0 }, 0, name, (str){ 0 });
        return;
    }
    p->match = t.f;
    for (size_t i = 0; i < p->column_count; i++)
        if (p->columns[i].taken && same_target(&p->columns[i].to, &t))
            p->match_column = &p->columns[i];
    if (!p->match_column)
        plan_problem(p, "import.no_match_column", (str){ 0 }, 0, name, (str){ 0 });
}

/* References of the entity to itself may name rows that come later in the file. */
static void find_own_key(plan *p)
{
    p->own_key = NULL;
    p->own_column = NULL;
    for (size_t i = 0; i < p->order_count && !p->own_key; i++) {
        const target *t = &p->order[i]->to;
        if (!t->line && t->f->type == FT_REF && t->f->target == p->e)
            p->own_key = t->via ? t->via : &p->e->fields[p->e->title];
    }
    for (size_t i = 0; i < p->order_count; i++)
        if (p->own_key && !p->order[i]->to.line && p->order[i]->to.f == p->own_key)
            p->own_column = p->order[i];
}

static bool match_by_id(const plan *p)
{
    return p->match && str_eq(p->match->name, STR("id"));
}

err plan_build(plan *p, const snapshot *s, const entity *e, const row *header, const plan_options *o, io_fault *f)
{
    p->snap = s;
    p->e = e;
    p->create_missing = o->create_missing;
    p->lines = target_lines(s, e, &p->back);
    TRY(mapping_parse(p->a, o->map_text, &p->map, f));
    p->columns = arena_make_n(p->a, io_column, header->count + p->map.set_count + 1);
    p->file_columns = p->column_count = header->count;
    p->own = map_new(p->a, 64);
    p->seen = map_new(p->a, 64);
    for (size_t i = 0; i < header->count; i++)
        p->columns[i] = (io_column){ .index = i, .header = header->cells[i].text };
    for (size_t i = 0; i < p->map.column_count; i++)
        take_mapped(p, &p->map.columns[i]);
    for (size_t i = 0; i < p->map.set_count; i++)
        take_set(p, &p->map.sets[i]);
    take_by_header(p, o);
    look_for_doubles(p);
    take_values_and_dates(p);
    for (size_t i = 0; i < p->map.set_count; i++)
        check_template(p, &p->map.sets[i]);
    make_order(p);
    find_match(p, o);
    find_own_key(p);
    if (p->order_count == 0)
        plan_problem(p, "import.no_columns", (str){ 0 }, header->line, e->name,
                     arena_printf(p->a, "%lld", (long long)header->line));
    for (size_t i = 0; i < p->column_count; i++) {
        io_column *c = &p->columns[i];
        date_column_init(&c->dates);
        if (c->taken && (column_is_reference(c) || column_is_choice(c)))
            c->words = map_new(p->a, 64);
        if (c->taken && str_eq(c->to.f->name, STR("id")) && !match_by_id(p))
            plan_problem(p, "import.id_is_not_written", c->header, 0, c->header, (str){ 0 });
    }
    return ERR_OK;
}

bool plan_rebind(plan *p, const snapshot *s)
{
    const entity *e = snapshot_entity(s, p->e->name);
    str           at, match = p->match ? p->match->name : (str){ 0 }, own = p->own_key ? p->own_key->name : (str){ 0 };
    if (!e)
        return false;
    p->snap = s;
    p->e = e;
    p->lines = target_lines(s, e, &p->back);
    for (size_t i = 0; i < p->column_count; i++)
        if (p->columns[i].taken && !target_find(s, e, p->columns[i].to.path, &p->columns[i].to, &at))
            return false;
    p->match = match.n > 0 ? entity_field(e, match) : NULL;
    p->own_key = own.n > 0 ? entity_field(e, own) : NULL;
    return true;
}

/* ---- a row's texts ---- */

/* The ' before what would be a formula: our own exports put it there, Excel does too. */
static str unguarded(str s)
{
    return csv_looks_guarded(s) ? str_sub(s, 1, s.n) : s;
}

static io_text cell_of(const io_column *c, const row *r)
{
    if (c->index >= r->count)
        return (io_text){ 0 };
    const cell *x = &r->cells[c->index];
    str         text = unguarded(str_trim(x->text));
    return (io_text){ text.n > 0 ? TEXT_GIVEN : TEXT_ABSENT, text, x->kind };
}

static io_text translated(const io_column *c, const row *r, arena *a)
{
    io_text t = cell_of(c, r);
    if (c->values) {
        const mapping_value *v = mapping_translate(c->values, t.text, a);
        if (v && (v->clears || v->text.n == 0))
            return (io_text){ .state = v->clears ? TEXT_CLEAR : TEXT_ABSENT };
        if (v)
            return (io_text){ .state = TEXT_GIVEN, .text = v->text };
    }
    return t;
}

static io_text filled_in(const plan *p, const mapping_set *s, const row *r, int64_t ordinal, arena *a)
{
    buf  out;
    bool any = false, slots = false;
    buf_init(&out, LIMIT_IMPORT_CELL);
    for (ptrdiff_t i = 0; i < s->text.n; i++) {
        str       rest = str_sub(s->text, i + 1, s->text.n);
        ptrdiff_t close = s->text.p[i] == '{' ? str_find_char(rest, '}') : -1;
        if (close < 0) {
            buf_putc(&out, s->text.p[i]);
            continue;
        }
        str name = str_sub(rest, 0, close);
        i += close + 1;
        if (str_eq(name, STR("row"))) {
            buf_put_int(&out, ordinal);
            any = true;
            continue;
        }
        slots = true;
        const io_column *c = column_by_header((plan *)(uintptr_t)p, name);
        io_text          t = c ? translated(c, r, a) : (io_text){ 0 };
        buf_puts(&out, t.text);
        any = any || t.text.n > 0;
    }
    str text = arena_str(a, str_trim(buf_str(&out)));
    buf_free(&out);
    if (text.n == 0 || (slots && !any))
        return (io_text){ 0 };
    return (io_text){ .state = TEXT_GIVEN, .text = text };
}

io_text plan_text(const plan *p, const io_column *c, const row *r, int64_t ordinal, arena *a)
{
    if (!c->set)
        return translated(c, r, a);
    if (c->set->clears)
        return (io_text){ .state = TEXT_CLEAR };
    io_text t = filled_in(p, c->set, r, ordinal, a);
    if (c->values && t.state == TEXT_GIVEN) {
        const mapping_value *v = mapping_translate(c->values, t.text, a);
        if (v)
            t = (io_text){ .state = v->clears ? TEXT_CLEAR : TEXT_GIVEN, .text = v->text };
    }
    return t;
}
