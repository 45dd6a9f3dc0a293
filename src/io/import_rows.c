/* Rows into records: one transaction a piece; a row that is refused leaves it, the others are written. */
#include "base/date.h"
#include "base/limits.h"
#include "io/import.h"

/* ---- words that a closure found or made ---- */

static void word_touched(importer *im, word *w)
{
    if (im->made_count == im->made_room) {
        im->made_room = im->made_room * 2 + 64;
        im->made = realloc(im->made, im->made_room * sizeof(word *));
        ASSERT(im->made);
    }
    im->made[im->made_count++] = w;
}

static void words_forget(importer *im)
{
    for (size_t i = 0; i < im->made_count; i++) {
        im->made[i]->id = 0;
        im->made[i]->state = im->made[i]->make ? WORD_MISSING : WORD_LATER;
    }
    im->made_count = 0;
}

err import_operation(importer *im)
{
    if (im->dry_run)
        return ERR_OK;
    if (im->operation) {
        store_operation_join(im->c, im->operation);
        return ERR_OK;
    }
    if (im->begun)
        return ERR_OK;
    int64_t id;
    im->begun = true;
    return store_operation_begin(im->c, STR("import"), im->p->e->name, &id);
}

static err set_word(importer *im, rec *r, const io_column *c, import_row *in, size_t column, word *w)
{
    if (w->state == WORD_MISSING) {
        TRY(import_operation(im));
        TRY(refs_make(im->c, im->p, c, w));
        w->make = true;
        word_touched(im, w);
    } else if (w->state == WORD_LATER) {
        TRY(refs_find(im->c, im->p, c, w));
        w->make = false;
        if (w->state != WORD_FOUND) {
            w->state = WORD_LATER;
            in->later[column] = w;
            return ERR_OK;
        }
        word_touched(im, w);
    }
    switch (c->to.f->type) {
    case FT_KEYREF:
        TRY(store_set_text(im->c, r, c->to.f, w->key));
        r->v[c->to.f->index].i = w->id; /* 0 where the key is known several times: the store finds out */
        return ERR_OK;
    case FT_ANYREF:
        return store_set_text(im->c, r, c->to.f,
                              arena_printf(im->c->a, "%.*s/%lld", STR_ARG(w->entity_name), (long long)w->id));
    default: return store_set_text(im->c, r, c->to.f, arena_printf(im->c->a, "%lld", (long long)w->id));
    }
}

err import_set(importer *im, rec *r, import_row *in, size_t column)
{
    const io_column *c = im->p->order[column];
    const prepared  *v = &in->values[column];
    switch (v->kind) {
    case CELL_LEAVE:
    case CELL_BAD: return ERR_OK;
    case CELL_CLEARS: return store_set_text(im->c, r, c->to.f, (str){ 0 });
    case CELL_TEXT_VALUE: return store_set_text(im->c, r, c->to.f, v->text);
    case CELL_WORD: break;
    }
    return set_word(im, r, c, in, column, v->w);
}

/* ---- one row ---- */

static err set_all(importer *im, rec *r, import_row *in)
{
    for (size_t i = 0; i < im->p->order_count; i++) {
        const io_column *c = im->p->order[i];
        bool             by_id = c == im->p->match_column && str_eq(c->to.f->name, STR("id"));
        if (c->to.line || by_id)
            continue;
        err e = import_set(im, r, in, i);
        if (e != ERR_OK && e != ERR_INVALID)
            return e;
    }
    return im->c->problem_count > 0 ? ERR_INVALID : ERR_OK;
}

static bool differs(const rec *r)
{
    for (size_t i = 0; r->old && i < r->e->field_count; i++)
        if (!(r->e->fields[i].flags & FF_ALIAS) && rec_changed(r->old, r, i))
            return true;
    return r->old == NULL;
}

static bool dry_double(const importer *im, const import_row *in)
{
    return im->dry_run && in->match.n > 0 &&
           map_get(im->p->seen, mapping_fold(im->c->a, in->match)) == (void *)(uintptr_t)im;
}

static err write_row(importer *im, import_row *in)
{
    const plan *p = im->p;
    int64_t     id = 0, version;
    bool        line_changed = false;
    rec        *r;
    in->later = arena_make_n(im->c->a, word *, p->order_count + 1);
    if (dry_double(im, in)) {
        in->outcome = im->skip_existing ? ROW_SKIPPED : ROW_UPDATED;
        return ERR_OK;
    }
    if (p->match)
        TRY(store_find_seen(im->c, p->e, p->match, in->match, &id));
    if (id && im->skip_existing) {
        in->id = id;
        in->outcome = ROW_SKIPPED;
        return ERR_OK;
    }
    if (id)
        TRY(store_load(im->c, p->e, id, &r));
    else
        r = store_new(im->c, p->e);
    TRY(set_all(im, r, in));
    version = r->version;
    if (differs(r)) {
        TRY(import_operation(im));
        TRY(store_save(im->c, r, 0));
    }
    in->id = r->id;
    in->fresh = id == 0;
    TRY(import_line(im, r, in, &line_changed));
    in->outcome = !id ? ROW_CREATED : r->version != version || line_changed ? ROW_UPDATED : ROW_SKIPPED;
    return ERR_OK;
}

/* ---- product lines ---- */

static bool line_given(const importer *im, const import_row *in, const char *name)
{
    for (size_t i = 0; i < im->p->order_count; i++)
        if (im->p->order[i]->to.line && str_eq(im->p->order[i]->to.f->name, str_from(name)) &&
            in->values[i].kind > CELL_CLEARS)
            return true;
    return false;
}

static str row_amount(const importer *im, const import_row *in)
{
    for (size_t i = 0; i < im->p->order_count; i++)
        if (!im->p->order[i]->to.line && str_eq(im->p->order[i]->to.f->name, STR("amount")) &&
            in->values[i].kind == CELL_TEXT_VALUE)
            return in->values[i].text;
    return (str){ 0 };
}

/* The line of the same product that the record already has, else a new one. */
static err find_line(importer *im, const rec *of, bool fresh, rec *wanted, rec **out)
{
    const entity *e = im->p->lines;
    const field  *product = entity_field(e, STR("product"));
    int64_t      *ids;
    size_t        n = 0;
    *out = wanted;
    if (!product || rec_null(wanted, (size_t)product->index) || fresh)
        return ERR_OK;
    TRY(store_referring(im->c, im->p->back, of->id, LIMIT_LIST, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        rec *line;
        TRY(store_load_any(im->c, e, ids[i], &line));
        if (rec_ref(line, (size_t)product->index) == rec_ref(wanted, (size_t)product->index)) {
            *out = line;
            return ERR_OK;
        }
    }
    return ERR_OK;
}

static err set_line(importer *im, rec *line, import_row *in)
{
    const entity *e = im->p->lines;
    const field  *price = entity_field(e, STR("price")), *quantity = entity_field(e, STR("quantity"));
    for (size_t i = 0; i < im->p->order_count; i++)
        if (im->p->order[i]->to.line) {
            err x = import_set(im, line, in, i);
            if (x != ERR_OK && x != ERR_INVALID)
                return x;
        }
    str amount = row_amount(im, in);
    if (price && amount.n > 0 && !line_given(im, in, "price") && !line_given(im, in, "amount")) {
        err x = store_set_text(im->c, line, price, amount);
        if (x == ERR_OK && quantity && !line_given(im, in, "quantity"))
            x = store_set_text(im->c, line, quantity, STR("1"));
        if (x != ERR_OK && x != ERR_INVALID)
            return x;
    }
    return im->c->problem_count > 0 ? ERR_INVALID : ERR_OK;
}

err import_line(importer *im, const rec *of, const import_row *row_in, bool *changed)
{
    import_row *in = (import_row *)(uintptr_t)row_in;
    *changed = false;
    if (!im->p->lines || !line_given(im, in, "product"))
        return ERR_OK;
    rec *line = store_new(im->c, im->p->lines), *is;
    rec_set_ref(line, (size_t)im->p->back->index, of->id);
    TRY(set_line(im, line, in));
    TRY(find_line(im, of, in->fresh, line, &is));
    if (is != line)
        TRY(set_line(im, is, in));
    if (!differs(is))
        return ERR_OK;
    int64_t version = is->version;
    TRY(import_operation(im));
    TRY(store_save(im->c, is, 0));
    *changed = is->version != version;
    return ERR_OK;
}

/* ---- a piece ---- */

str import_reason(const ctx *c, const plan *p, arena *a, err e)
{
    buf out;
    buf_init(&out, 64 << 10);
    for (size_t i = 0; i < c->problem_count; i++) {
        const problem *one = &c->problems[i];
        buf_printf(&out, "%s%.*s%s%.*s", i > 0 ? "; " : "", STR_ARG(one->field), one->field.n > 0 ? ": " : "",
                   STR_ARG(one->message));
    }
    if (out.n == 0)
        buf_puts(&out, c->detail);
    if (out.n == 0)
        buf_puts(&out, io_say(a, p->lang, err_name(e), (str){ 0 }, (str){ 0 }, (str){ 0 }));
    str text = arena_str(a, buf_str(&out));
    buf_free(&out);
    return text;
}

/* The closure: may run several times, so it begins by forgetting what an earlier run made. */
static err write_rows(ctx *c, void *arg)
{
    importer *im = arg;
    int64_t   start = clock_monotonic_ns();
    words_forget(im);
    im->begun = false;
    im->failed = SIZE_MAX;
    if (im->operation)
        store_operation_join(c, im->operation);
    for (size_t i = im->from; i < im->to; i++) {
        if (im->rows[i].outcome == ROW_REJECTED)
            continue;
        err e = write_row(im, &im->rows[i]);
        if (e == ERR_OK && im->careful)
            e = db_settle(c->conn);
        if (e != ERR_OK) {
            im->failed = i;
            return e;
        }
    }
    err e = db_settle(c->conn);
    if (e != ERR_OK) {
        im->failed = im->to - 1;
        return e;
    }
    im->held_ns = clock_monotonic_ns() - start;
    TRY(import_keep(im));
    /* A dry run takes everything back. */
    return im->dry_run ? ERR_CONFLICT : ERR_OK;
}

void import_link(importer *im, deferred d)
{
    deferred *kept = arena_make(im->link_arena, deferred);
    *kept = d;
    if (im->last_link)
        im->last_link->next = kept;
    else
        im->links = kept;
    im->last_link = kept;
}

static void keep_links(importer *im)
{
    for (size_t i = im->from; i < im->to; i++) {
        import_row *r = &im->rows[i];
        for (size_t k = 0; r->outcome != ROW_REJECTED && r->later && k < im->p->order_count; k++)
            if (r->later[k])
                import_link(im, (deferred){ .id = r->id, .line = r->line, .column = k, .w = r->later[k] });
        r->later = NULL;
    }
}

static void committed(importer *im)
{
    if (im->begun && !im->operation)
        im->operation = im->c->operation;
    if (im->dry_run) {
        words_forget(im);
        for (size_t i = im->from; i < im->to; i++)
            if (im->rows[i].outcome == ROW_CREATED && im->rows[i].match.n > 0)
                map_put(im->p->seen, arena_str(im->p->a, mapping_fold(im->piece, im->rows[i].match)), im);
    } else
        keep_links(im);
    im->kept = im->to;
    for (size_t i = 0; i < im->made_count; i++)
        im->made[i]->make = false;
    im->made_count = 0;
}

/* Another transaction wrote the same: PostgreSQL may tell it at a later row's statement. */
static bool told_late(const ctx *c, err e)
{
    return e == ERR_CONFLICT && c->detail.n == 0 && c->problem_count == 0;
}

/* One try; a refusal marks the row. *done: rows from..to are written. */
static err try_rows(importer *im, bool *done)
{
    im->c->operation = 0;
    im->failed = SIZE_MAX;
    err e = io_job_write(im->c, write_rows, im);
    if (im->failed != SIZE_MAX && told_late(im->c, e)) { /* whose it is, or the rule that it now breaks */
        im->careful = true;
        im->c->operation = 0;
        e = io_job_write(im->c, write_rows, im);
        im->careful = false;
    }
    *done = e == ERR_OK || (im->dry_run && e == ERR_CONFLICT && im->failed == SIZE_MAX);
    if (*done)
        committed(im);
    else if (im->failed == SIZE_MAX || !refusal_of_row(e)) {
        if (im->c->detail.n > 0)
            im->job->why = arena_str(im->job->a, im->c->detail);
        return e == ERR_OK ? ERR_INTERNAL : e;
    } else {
        import_row *r = &im->rows[im->failed];
        r->outcome = ROW_REJECTED;
        r->reason = import_reason(im->c, im->p, im->piece, e);
    }
    arena_clear(im->c->a);
    return ERR_OK;
}

err import_write_piece(importer *im)
{
    im->from = im->kept = 0;
    im->to = im->count;
    while (im->from < im->count) {
        bool done;
        TRY(try_rows(im, &done));
        if (done) {
            im->from = im->to;
            im->to = im->count;
        } else if (im->failed == im->from)
            im->from++;
        else
            im->to = im->failed;
    }
    words_forget(im);
    return ERR_OK;
}

/* ---- references that had to wait ---- */

enum { LINKS_A_PIECE = 200 };

typedef struct {
    importer *im;
    deferred *from, *end;
    deferred *failed;
} linking;

static err set_link(importer *im, const deferred *d)
{
    const io_column *c = im->p->order[d->column];
    rec             *r;
    TRY(refs_find(im->c, im->p, c, d->w));
    if (d->w->state == WORD_MISSING && im->p->create_missing && refs_makeable(c)) {
        TRY(import_operation(im));
        TRY(refs_make(im->c, im->p, c, d->w));
    }
    if (d->w->state != WORD_FOUND)
        return ctx_problem_with(im->c, c->to.f->name, STR("no_such_record"), d->w->text);
    TRY(store_load(im->c, im->p->e, d->id, &r));
    TRY(store_set_text(im->c, r, c->to.f, arena_printf(im->c->a, "%lld", (long long)d->w->id)));
    if (!differs(r))
        return ERR_OK;
    TRY(import_operation(im));
    return store_save(im->c, r, 0);
}

static err write_links(ctx *c, void *arg)
{
    linking *l = arg;
    l->failed = NULL;
    l->im->begun = false;
    if (l->im->operation)
        store_operation_join(c, l->im->operation);
    if (l->im->keeper)
        TRY(l->im->keeper->keep(l->im->keeper->arg, c, l->im->out, (str){ 0 }));
    for (deferred *d = l->from; d != l->end; d = d->next) {
        err e = set_link(l->im, d);
        if (e == ERR_OK && (l->im->careful || d->next == l->end))
            e = db_settle(c->conn);
        if (e != ERR_OK) {
            l->failed = d;
            return e;
        }
    }
    return ERR_OK;
}

static deferred *links_end(deferred *from)
{
    deferred *d = from;
    for (int i = 0; d && i < LINKS_A_PIECE; i++)
        d = d->next;
    return d;
}

err import_links(importer *im)
{
    linking l = { .im = im, .from = im->links };
    l.end = links_end(l.from);
    while (l.from) {
        im->c->operation = 0;
        err e = io_job_write(im->c, write_links, &l);
        if (l.failed && told_late(im->c, e)) {
            im->careful = true;
            im->c->operation = 0;
            e = io_job_write(im->c, write_links, &l);
            im->careful = false;
        }
        if (e != ERR_OK && (!l.failed || !refusal_of_row(e)))
            return e;
        if (e == ERR_OK) {
            if (im->begun && !im->operation)
                im->operation = im->c->operation;
            l.from = l.end;
            l.end = links_end(l.from);
        } else {
            const io_column *c = im->p->order[l.failed->column];
            str              why = import_reason(im->c, im->p, im->c->a, e);
            plan_warning(im->p, "import.link_not_set", c->header, l.failed->line, l.failed->w->text, why);
            if (l.failed == l.from) {
                l.from = l.from->next;
                l.end = links_end(l.from);
            } else
                l.end = l.failed;
        }
        arena_clear(im->c->a);
    }
    return ERR_OK;
}
