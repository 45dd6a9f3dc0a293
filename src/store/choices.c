#include "store/choices.h"

#include "base/limits.h"
#include "store/changes.h"
#include "store/internal.h"
#include "store/own.h"
#include "json/json.h"

static str table_of(const field *f)
{
    return f->owner->table;
}

static bool multiple(const field *f)
{
    return f->type == FT_MULTI_CHOICE;
}

/* The keys of one stored value, one after the other. */
static bool next_key(str *rest, str *key)
{
    if (rest->n == 0)
        return false;
    ptrdiff_t cut = str_find_char(*rest, ';');
    *key = cut < 0 ? *rest : str_sub(*rest, 0, cut);
    *rest = cut < 0 ? (str){ 0 } : str_sub(*rest, cut + 1, rest->n);
    return true;
}

err choices_used(ctx *c, const field *f, int64_t *used)
{
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    memset(used, 0, f->choice_count * sizeof *used);
    TRY(sql_open(c,
                 arena_printf(c->a,
                              "SELECT \"%.*s\",count(*) FROM \"%.*s\" WHERE \"%.*s\" IS NOT NULL GROUP BY \"%.*s\"",
                              STR_ARG(f->column), STR_ARG(table_of(f)), STR_ARG(f->column), STR_ARG(f->column)),
                 &s));
    while ((e = sql_row(&s, &row)) == ERR_OK && row) {
        str rest = arena_str(c->a, db_text(s.s, 0)), key;
        while (next_key(&rest, &key)) {
            const choice *is = field_choice(f, key);
            if (is)
                used[is - f->choices] += db_int(s.s, 1);
        }
    }
    sql_close(&s);
    return e;
}

/* Rows whose value has the key: $1 and, of several, $1 as a part. */
static str having(ctx *c, const field *f)
{
    if (!multiple(f))
        return arena_printf(c->a, "\"%.*s\"=$1", STR_ARG(f->column));
    return arena_printf(c->a, "\"%.*s\" IS NOT NULL AND (';'||\"%.*s\"||';') LIKE $1 ESCAPE '!'", STR_ARG(f->column),
                        STR_ARG(f->column));
}

static void bind_key(ctx *c, statement *s, const field *f, str key)
{
    if (!multiple(f)) {
        sql_text(s, key);
        return;
    }
    buf b;
    buf_init(&b, 4096);
    buf_putz(&b, "%;");
    for (ptrdiff_t i = 0; i < key.n; i++) {
        if (key.p[i] == '_' || key.p[i] == '%' || key.p[i] == '!')
            buf_putc(&b, '!');
        buf_putc(&b, key.p[i]);
    }
    buf_putz(&b, ";%");
    sql_text(s, arena_str(c->a, buf_str(&b)));
    buf_free(&b);
}

err choice_used(ctx *c, const field *f, str key, int64_t *used)
{
    statement s;
    bool      row;
    TRY(sql_open(c,
                 arena_printf(c->a, "SELECT count(*) FROM \"%.*s\" WHERE %.*s", STR_ARG(table_of(f)),
                              STR_ARG(having(c, f))),
                 &s));
    bind_key(c, &s, f, key);
    err e = sql_row(&s, &row);
    *used = e == ERR_OK && row ? db_int(s.s, 0) : 0;
    sql_close(&s);
    return e;
}

/* ---- another in its place ---- */

static err find_users(ctx *c, const field *f, str key, size_t piece, int64_t **ids, size_t *count)
{
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    *ids = arena_make_n(c->a, int64_t, piece + 1);
    *count = 0;
    TRY(sql_open(c,
                 arena_printf(c->a, "SELECT \"id\" FROM \"%.*s\" WHERE %.*s ORDER BY \"id\" LIMIT $2",
                              STR_ARG(table_of(f)), STR_ARG(having(c, f))),
                 &s));
    bind_key(c, &s, f, key);
    sql_int(&s, (int64_t)piece + 1);
    while (*count <= piece && (e = sql_row(&s, &row)) == ERR_OK && row)
        (*ids)[(*count)++] = db_int(s.s, 0);
    sql_close(&s);
    return e;
}

/* "a;b;c" with b → x, in the order of the choices, each once. */
static str exchanged(ctx *c, const field *f, str text, str from, str to)
{
    if (!multiple(f))
        return to;
    bool *has = arena_make_n(c->a, bool, f->choice_count + 1);
    str   key, out = { 0 };
    for (str rest = text; next_key(&rest, &key);) {
        const choice *is = field_choice(f, str_eq_nocase(key, from) ? to : key);
        if (is)
            has[is - f->choices] = true;
    }
    for (size_t i = 0; i < f->choice_count; i++)
        if (has[i])
            out = out.n ? arena_printf(c->a, "%.*s;%.*s", STR_ARG(out), STR_ARG(f->choices[i].key)) : f->choices[i].key;
    return out;
}

err choice_replace(ctx *c, const field *f, str from, str to, size_t piece, int64_t *done, bool *more)
{
    int64_t *ids;
    size_t   n;
    TRY(find_users(c, f, from, piece, &ids, &n));
    *more = n > piece;
    for (size_t i = 0; i < n && i < piece; i++) {
        rec *old;
        TRY(store_load_any(c, f->owner, ids[i], &old));
        rec *next = rec_copy(c, old);
        str  text = exchanged(c, f, rec_text(old, (size_t)f->index), from, to);
        next->v[f->index] = (value){ .set = text.n > 0, .s = text };
        TRY(record_write(c, old, next, WHAT_UPDATE));
        ++*done;
    }
    return ERR_OK;
}

/* ---- the list ---- */

static void put_choice(json_writer *w, str key, const str label[LANG_COUNT], str color, bool retired)
{
    json_object(w);
    json_put_string(w, "key", key);
    for (int i = 0; i < LANG_COUNT; i++)
        json_put_string(w, lang_name(i), label[i]);
    if (color.n)
        json_put_string(w, "color", color);
    if (retired)
        json_put_bool(w, "retired", true);
    json_object_end(w);
}

static err tell(ctx *c, const field *f, const choice_row *list, size_t count)
{
    buf         b;
    json_writer w;
    str         sides[2];
    for (int side = 0; side < 2; side++) {
        buf_init(&b, 1 << 20);
        json_begin(&w, &b);
        json_array(&w);
        for (size_t i = 0; i < (side ? count : f->choice_count); i++)
            if (side)
                put_choice(&w, list[i].key, list[i].label, list[i].color, list[i].retired);
            else
                put_choice(&w, f->choices[i].key, f->choices[i].label, f->choices[i].color, f->choices[i].retired);
        json_array_end(&w);
        sides[side] = arena_str(c->a, buf_str(&b));
        buf_free(&b);
    }
    return changes_note(c, "choice", 0, arena_printf(c->a, "%.*s.%.*s", STR_ARG(f->owner->name), STR_ARG(f->name)),
                        "update", sides[0], sides[1]);
}

static err insert_choice(ctx *c, const field *f, const choice_row *r, int64_t position)
{
    statement s;
    TRY(sql_open(c,
                 STR("INSERT INTO \"zk_choice\"(\"entity\",\"field\",\"name\",\"label_en\",\"label_zh\",\"color\","
                     "\"position\",\"retired\")VALUES($1,$2,$3,$4,$5,$6,$7,$8)"),
                 &s));
    sql_text(&s, f->owner->name);
    sql_text(&s, f->name);
    sql_text(&s, r->key);
    sql_text(&s, r->label[LANG_EN]);
    sql_text(&s, r->label[LANG_ZH]);
    sql_text(&s, r->color);
    sql_int(&s, position);
    db_bind_bool(s.s, ++s.n, r->retired);
    return sql_run(&s);
}

err choices_put(ctx *c, const field *f, const choice_row *list, size_t count)
{
    statement s;
    TRY(sql_open(c, STR("DELETE FROM \"zk_choice\" WHERE \"entity\"=$1 AND \"field\"=$2"), &s));
    sql_text(&s, f->owner->name);
    sql_text(&s, f->name);
    TRY(sql_run(&s));
    for (size_t i = 0; i < count; i++)
        TRY(insert_choice(c, f, &list[i], (int64_t)i));
    TRY(tell(c, f, list, count));
    return tables_changed(c);
}
