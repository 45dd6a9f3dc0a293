/* History: one row a save with the fields' old and new values, as JSON that needs no table to be read later. */
#include "base/date.h"
#include "base/limits.h"
#include "store/internal.h"
#include "json/json.h"

/* References bear the name of their day. */
static err with_names(ctx *c, const field *f, value *v)
{
    if (!v->set || (f->type != FT_REF && f->type != FT_ANYREF && f->type != FT_KEYREF))
        return ERR_OK;
    if (f->type == FT_KEYREF) {
        rec *is;
        err  e = v->s.n ? ERR_NOT_FOUND : store_load_any(c, f->target, v->i, &is);
        if (e == ERR_OK)
            v->s = rec_text(is, (size_t)f->target->key);
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    }
    const entity *is;
    bool          deleted;
    str           name;
    TRY(registry_find(c, v->i, &is, &name, &deleted));
    if (f->type == FT_ANYREF)
        v->label = name;
    else
        v->s = name;
    return ERR_OK;
}

static err put_side(ctx *c, const rec *r, const field *f, const char *side, json_writer *w)
{
    json_key(w, str_from(side));
    value v = r ? r->v[f->index] : (value){ 0 };
    TRY(with_names(c, f, &v));
    if (!r) {
        json_null(w);
        return ERR_OK;
    }
    type_env t = record_env(c, r);
    t.currency_decimals = record_decimals(c, r, f);
    if (v.set && c->erasing.n)
        json_string(w, c->erasing);
    else if (v.set)
        value_to_json(&t, f, &v, w);
    else
        json_null(w);
    return ERR_OK;
}

static err put_changes(ctx *c, const rec *old, const rec *next, json_writer *w)
{
    json_object(w);
    for (size_t i = 0; i < next->e->field_count; i++) {
        const field *f = &next->e->fields[i];
        if (f->flags & (FF_ALIAS | FF_NO_HISTORY) || f->type == FT_ID || !rec_changed(old, next, i))
            continue;
        json_key(w, f->name);
        json_object(w);
        TRY(put_side(c, old, f, "old", w));
        TRY(put_side(c, next, f, "new", w));
        json_object_end(w);
    }
    json_object_end(w);
    return ERR_OK;
}

err history_put(ctx *c, const rec *old, const rec *next, what w)
{
    buf         b;
    json_writer j;
    statement   s;
    buf_init(&b, 4 << 20);
    json_begin(&j, &b);
    err e = put_changes(c, old, next, &j);
    str fields = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    TRY(e);
    TRY(sql_open(
        c,
        STR("INSERT INTO \"zk_history\"(\"record\",\"entity\",\"at\",\"by_user\",\"operation\",\"what\",\"fields\")"
            "VALUES($1,$2,$3,$4,$5,$6,$7)"),
        &s));
    sql_int(&s, next->id);
    sql_text(&s, next->e->name);
    sql_time(&s, next->v[next->e->common[CF_UPDATED_AT]].i); /* never before the change it follows */
    sql_id(&s, c->actor.user);
    sql_id(&s, c->operation);
    sql_text(&s, c->erasing.n ? STR("erase") : str_from(what_name(w)));
    sql_text(&s, fields);
    return sql_insert(&s);
}

/* ---- reading ---- */

err history_rows(ctx *c, int64_t record, int64_t before_at, int64_t before_seq, bool telling, int limit,
                 history_row **out, size_t *count)
{
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    *out = arena_make_n(c->a, history_row, limit);
    *count = 0;
    TRY(sql_open(
        c,
        arena_printf(c->a,
                     "SELECT h.\"seq\",h.\"at\",h.\"by_user\",h.\"operation\",u.\"name\",h.\"what\",h.\"fields\" "
                     "FROM \"zk_history\" h LEFT JOIN \"zk_record\" u ON u.\"id\"=h.\"by_user\" WHERE "
                     "h.\"record\"=$1%s AND (h.\"at\"<$2 OR (h.\"at\"=$3 AND h.\"seq\"<$4)) "
                     "ORDER BY h.\"at\" DESC,h.\"seq\" DESC LIMIT $5",
                     telling ? " AND (h.\"what\"<>'update' OR CAST(h.\"fields\" AS text)<>'{}')" : ""),
        &s));
    sql_int(&s, record);
    sql_time(&s, before_at);
    sql_time(&s, before_at);
    sql_int(&s, before_seq);
    sql_int(&s, limit);
    while (*count < (size_t)limit && (e = sql_row(&s, &row)) == ERR_OK && row) {
        history_row *h = &(*out)[(*count)++];
        h->seq = db_int(s.s, 0);
        h->at = db_time(s.s, 1);
        h->user = db_null(s.s, 2) ? 0 : db_int(s.s, 2);
        h->operation = db_null(s.s, 3) ? 0 : db_int(s.s, 3);
        h->user_name = db_null(s.s, 4) ? (str){ 0 } : arena_str(c->a, db_text(s.s, 4));
        h->what = arena_str(c->a, db_text(s.s, 5));
        h->fields = arena_str(c->a, db_text(s.s, 6));
    }
    sql_close(&s);
    return e;
}

static void put_time(json_writer *w, const char *key, int64_t ms)
{
    char text[TIME_TEXT];
    time_format(ms, text);
    json_put_string(w, key, str_from(text));
}

/* The record that a kept reference names; NULL: it names none. */
static const entity *kept_target(const ctx *c, const field *f, const json *kept, int64_t *id)
{
    const json *number = json_is(kept, JSON_OBJECT) ? json_get(kept, STR("id")) : NULL;
    const json *is = number ? json_get(kept, STR("entity")) : NULL;
    if (!number || !str_to_int64(number->text, id))
        return NULL;
    return f->type == FT_ANYREF ? (is ? snapshot_entity(c->snap, is->text) : NULL) : f->target;
}

static err put_kept(ctx *c, const field *f, const json *kept, json_writer *w)
{
    int64_t       id = 0;
    bool          seen = true;
    const entity *target = f->type == FT_REF || f->type == FT_ANYREF ? kept_target(c, f, kept, &id) : NULL;
    if (target)
        TRY(reference_seen(c, target, id, &seen));
    type_env t = { .a = c->a };
    value    hidden = { .set = true, .hidden = true };
    if (!seen)
        value_to_json(&t, f, &hidden, w);
    else if (json_is(kept, JSON_STRING) && permit_show(&c->actor, f) == SHOW_MASKED)
        json_string(w, value_mask(c->a, f, kept->text));
    else
        json_value(w, kept);
    return ERR_OK;
}

/* What is no field any more may have been hidden while it was one. */
err history_put_field(ctx *c, const entity *e, const json *change, json_writer *w)
{
    const field *f = entity_field(e, change->key);
    if (f ? permit_show(&c->actor, f) == SHOW_NOT : !permit_is_admin(&c->actor))
        return ERR_OK;
    json_key(w, change->key);
    if (!f || !json_is(change, JSON_OBJECT)) {
        json_value(w, change);
        return ERR_OK;
    }
    json_object(w);
    for (const json *side = change->first; side; side = side->next) {
        json_key(w, side->key);
        TRY(put_kept(c, f, side, w));
    }
    json_object_end(w);
    return ERR_OK;
}

static err put_fields(ctx *c, const entity *e, str fields, json_writer *w)
{
    json      *tree;
    json_fault fault;
    json_object(w);
    if (json_parse(c->a, fields, &tree, &fault) == ERR_OK)
        for (const json *j = tree->first; j; j = j->next)
            TRY(history_put_field(c, e, j, w));
    json_object_end(w);
    return ERR_OK;
}

err history_put_change(ctx *c, const entity *e, const history_row *h, json_writer *w)
{
    json_object(w);
    put_time(w, "at", h->at);
    json_key(w, STR("by"));
    if (h->user) {
        json_object(w);
        json_put_id(w, "id", h->user);
        json_put_string(w, "name", h->user_name);
        json_object_end(w);
    } else {
        json_null(w);
    }
    json_key(w, STR("operation"));
    if (h->operation)
        json_id(w, h->operation);
    else
        json_null(w);
    json_put_string(w, "what", h->what);
    json_key(w, STR("fields"));
    TRY(put_fields(c, e, h->fields, w));
    json_object_end(w);
    return ERR_OK;
}

/* "AT.SEQ" of the last row; empty: from the newest. */
static err read_cursor(ctx *c, str cursor, int64_t *at, int64_t *seq)
{
    *at = TIME_MS_MAX;
    *seq = INT64_MAX;
    if (cursor.n == 0)
        return ERR_OK;
    ptrdiff_t dot = str_find_char(cursor, '.');
    if (dot < 0 || !str_to_int64(str_sub(cursor, 0, dot), at) ||
        !str_to_int64(str_sub(cursor, dot + 1, cursor.n), seq) || *at < TIME_MS_MIN || *at > TIME_MS_MAX)
        return ctx_malformed(c, 0, "%s", label_get(c->lang, STR("message.cursor")).p);
    return ERR_OK;
}

static void write_cursor(ctx *c, json_writer *w, bool more, int64_t at, int64_t seq)
{
    if (more)
        json_put_string(w, "next", arena_printf(c->a, "%lld.%lld", (long long)at, (long long)seq));
    else
        json_put_null(w, "next");
}

err history_visible(ctx *c, const entity *e, int64_t id)
{
    rec *r;
    return record_seen(c, e, id, &r);
}

err store_history_json(ctx *c, const entity *e, int64_t id, int limit, str cursor, json_writer *w)
{
    int64_t      at, seq;
    history_row *rows;
    size_t       n;
    TRY(read_cursor(c, cursor, &at, &seq));
    TRY(history_visible(c, e, id));
    TRY(history_rows(c, id, at, seq, false, limit + 1, &rows, &n));
    bool more = n > (size_t)limit;
    if (more)
        n--;
    json_object(w);
    json_key(w, STR("changes"));
    json_array(w);
    for (size_t i = 0; i < n; i++)
        TRY(history_put_change(c, e, &rows[i], w));
    json_array_end(w);
    write_cursor(c, w, more, more ? rows[n - 1].at : 0, more ? rows[n - 1].seq : 0);
    json_object_end(w);
    return ERR_OK;
}

/* ---- does a version that somebody read still hold? ---- */

enum { VERSIONS_MOST = 50 };

/* Whether people edit what a change changed: of fields that follow from others, and of what is no field any more, not. */
static bool edited(ctx *c, const entity *e, const history_row *h)
{
    json      *tree;
    json_fault fault;
    if (!str_eq(h->what, str_from(what_name(WHAT_UPDATE))) || json_parse(c->a, h->fields, &tree, &fault) != ERR_OK)
        return true;
    for (const json *j = tree->first; j; j = j->next) {
        const field *f = entity_field(e, j->key);
        if (f && !(f->flags & (FF_READONLY | FF_BASE)))
            return true;
    }
    return false;
}

/* Every version has left one row of history: those since the one that was read are the newest. */
err record_version_holds(ctx *c, const rec *now, int64_t expected, bool *out)
{
    int64_t      since = now->version - expected;
    history_row *rows;
    size_t       n;
    *out = since == 0;
    if (expected < 1 || since < 1 || since > VERSIONS_MOST)
        return ERR_OK;
    TRY(history_rows(c, now->id, TIME_MS_MAX, INT64_MAX, false, (int)since, &rows, &n));
    *out = n == (size_t)since;
    for (size_t i = 0; i < n && *out; i++)
        *out = !edited(c, now->e, &rows[i]);
    return ERR_OK;
}
