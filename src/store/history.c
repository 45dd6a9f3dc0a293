/* History: one row a save with the fields' old and new values, as JSON that needs no table to be read later. */
#include "base/date.h"
#include "base/limits.h"
#include "store/file.h"
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
    if (v.set)
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
    sql_text(&s, str_from(what_name(w)));
    sql_text(&s, fields);
    return sql_insert(&s);
}

/* ---- reading ---- */

typedef struct {
    int64_t seq, at, user, operation;
    str     user_name, what, fields;
} history_row;

static err history_rows(ctx *c, int64_t record, int64_t before_at, int64_t before_seq, int limit, history_row **out,
                        size_t *count)
{
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    *out = arena_make_n(c->a, history_row, limit);
    *count = 0;
    TRY(sql_open(c,
                 STR("SELECT h.\"seq\",h.\"at\",h.\"by_user\",h.\"operation\",u.\"name\",h.\"what\",h.\"fields\" FROM "
                     "\"zk_history\" h "
                     "LEFT JOIN \"zk_record\" u ON u.\"id\"=h.\"by_user\" WHERE h.\"record\"=$1 AND "
                     "(h.\"at\"<$2 OR (h.\"at\"=$3 AND h.\"seq\"<$4)) ORDER BY h.\"at\" DESC,h.\"seq\" DESC LIMIT $5"),
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

/* Fields that the actor may not read are left out. */
static void put_fields(ctx *c, const entity *e, str fields, json_writer *w)
{
    json      *tree;
    json_fault fault;
    json_object(w);
    if (json_parse(c->a, fields, &tree, &fault) == ERR_OK)
        for (json *j = tree->first; j; j = j->next) {
            const field *f = entity_field(e, j->key);
            if (f && !permit_field(&c->actor, f, VERB_READ))
                continue;
            json_key(w, j->key);
            json_value(w, j);
        }
    json_object_end(w);
}

static void put_change(ctx *c, const entity *e, const history_row *h, json_writer *w)
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
    put_fields(c, e, h->fields, w);
    json_object_end(w);
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

static err visible(ctx *c, const entity *e, int64_t id)
{
    rec *r;
    if (!permit_entity(&c->actor, e, VERB_READ))
        return ERR_NOT_FOUND;
    TRY(store_load_any(c, e, id, &r));
    return record_scope(c, VERB_READ, r);
}

err store_history_json(ctx *c, const entity *e, int64_t id, int limit, str cursor, json_writer *w)
{
    int64_t      at, seq;
    history_row *rows;
    size_t       n;
    TRY(read_cursor(c, cursor, &at, &seq));
    TRY(visible(c, e, id));
    TRY(history_rows(c, id, at, seq, limit + 1, &rows, &n));
    bool more = n > (size_t)limit;
    if (more)
        n--;
    json_object(w);
    json_key(w, STR("changes"));
    json_array(w);
    for (size_t i = 0; i < n; i++)
        put_change(c, e, &rows[i], w);
    json_array_end(w);
    write_cursor(c, w, more, more ? rows[n - 1].at : 0, more ? rows[n - 1].seq : 0);
    json_object_end(w);
    return ERR_OK;
}

/* ---- the timeline: changes, activities and files, in one order ---- */

typedef enum { HAPPENED_CHANGE, HAPPENED_DEED, HAPPENED_FILE } happened;
typedef struct {
    int64_t            at, id; /* id: of the activity or file, or the change's number */
    happened           what;
    str                kind;
    const history_row *change;
    file_info          file;
} happening;

typedef struct {
    happening *list;
    size_t     count;
    int64_t    at, id; /* what comes before this */
    int        limit;  /* of each sort */
    bool       all, changes, files;
    str        deeds; /* kinds, separated by commas */
} timeline;

static bool names_kind(str kinds, str one)
{
    for (str rest = kinds; rest.n > 0;) {
        ptrdiff_t cut = str_find_char(rest, ',');
        if (str_eq(str_trim(cut < 0 ? rest : str_sub(rest, 0, cut)), one))
            return true;
        rest = cut < 0 ? (str){ 0 } : str_sub(rest, cut + 1, rest.n);
    }
    return false;
}

static err take_changes(ctx *c, int64_t record, timeline *t)
{
    history_row *rows;
    size_t       n;
    TRY(history_rows(c, record, t->at, t->id, t->limit, &rows, &n));
    for (size_t i = 0; i < n; i++)
        t->list[t->count++] =
            (happening){ .at = rows[i].at, .id = rows[i].seq, .what = HAPPENED_CHANGE, .change = &rows[i] };
    return ERR_OK;
}

enum { KINDS_MOST = 8 };

/* The kinds that are activities', by their keys; 0: none of those asked for. */
static size_t deed_kinds(const timeline *t, const entity *e, str out[KINDS_MOST])
{
    const field *f = entity_field(e, STR("kind"));
    size_t       n = 0;
    for (size_t i = 0; f && i < f->choice_count && n < KINDS_MOST; i++)
        if (names_kind(t->deeds, f->choices[i].key))
            out[n++] = f->choices[i].key;
    return n;
}

/* Activities about the record, by when they happened. */
static err take_deeds(ctx *c, const entity *e, int64_t record, timeline *t)
{
    statement     s;
    bool          row = true;
    err           x = ERR_OK;
    str           kinds[KINDS_MOST], among = { 0 };
    const entity *activity = snapshot_entity(c->snap, STR("activity"));
    size_t        n = activity && !t->all ? deed_kinds(t, activity, kinds) : 0;
    if (!activity || (!t->all && n == 0))
        return ERR_OK;
    for (size_t i = 0; i < n; i++)
        among = arena_printf(c->a, "%.*s%s$%zu", STR_ARG(among), i ? "," : "", i + 7);
    TRY(sql_open(c,
                 arena_printf(c->a,
                              "SELECT \"id\",\"at\",\"kind\" FROM \"activities\" WHERE \"about\"=$1 AND "
                              "\"about_entity\"=$2 AND \"deleted_at\" IS NULL AND (\"at\"<$3 OR (\"at\"=$4 AND "
                              "\"id\"<$5))%s%.*s%s ORDER BY \"at\" DESC,\"id\" DESC LIMIT $6",
                              n ? " AND \"kind\" IN(" : "", STR_ARG(among), n ? ")" : ""),
                 &s));
    sql_int(&s, record);
    sql_text(&s, e->name);
    sql_time(&s, t->at);
    sql_time(&s, t->at);
    sql_int(&s, t->id);
    sql_int(&s, t->limit);
    for (size_t i = 0; i < n; i++)
        sql_text(&s, kinds[i]);
    while ((x = sql_row(&s, &row)) == ERR_OK && row)
        t->list[t->count++] = (happening){
            .at = db_time(s.s, 1), .id = db_int(s.s, 0), .what = HAPPENED_DEED, .kind = arena_str(c->a, db_text(s.s, 2))
        };
    sql_close(&s);
    return x;
}

static err take_files(ctx *c, const entity *e, int64_t record, timeline *t)
{
    file_info *files;
    size_t     n;
    TRY(file_list_before(c, e->name, record, t->at, t->id, t->limit, &files, &n));
    for (size_t i = 0; i < n; i++)
        t->list[t->count++] = (happening){
            .at = files[i].created_at, .id = files[i].id, .what = HAPPENED_FILE, .kind = STR("file"), .file = files[i]
        };
    return ERR_OK;
}

static err put_deed(ctx *c, const happening *h, json_writer *w)
{
    int64_t version;
    json_key(w, STR("record"));
    return query_record(c, snapshot_entity(c->snap, STR("activity")), h->id, w, &version);
}

static err put_file(ctx *c, const happening *h, json_writer *w)
{
    const entity *is;
    bool          deleted;
    str           name = { 0 };
    if (h->file.created_by)
        TRY(registry_find(c, h->file.created_by, &is, &name, &deleted));
    json_key(w, STR("by"));
    if (h->file.created_by) {
        json_object(w);
        json_put_id(w, "id", h->file.created_by);
        json_put_string(w, "name", name);
        json_object_end(w);
    } else {
        json_null(w);
    }
    json_key(w, STR("record"));
    json_object(w);
    json_put_id(w, "id", h->file.id);
    json_put_string(w, "name", h->file.name);
    json_put_int(w, "size", h->file.size);
    json_put_string(w, "type", h->file.type);
    json_object_end(w);
    return ERR_OK;
}

static err put_happening(ctx *c, const entity *e, const happening *h, json_writer *w)
{
    json_object(w);
    put_time(w, "at", h->at);
    json_put_string(w, "kind", h->what == HAPPENED_CHANGE ? STR("change") : h->kind);
    if (h->what == HAPPENED_CHANGE) {
        json_key(w, STR("record"));
        put_change(c, e, h->change, w);
    } else {
        TRY(h->what == HAPPENED_DEED ? put_deed(c, h, w) : put_file(c, h, w));
    }
    json_object_end(w);
    return ERR_OK;
}

static int newest_first(const void *a, const void *b)
{
    const happening *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? 1 : -1;
    return x->id < y->id ? 1 : x->id > y->id ? -1 : 0;
}

err store_timeline_json(ctx *c, const entity *e, int64_t id, int limit, str cursor, str kinds, json_writer *w)
{
    timeline t = { .limit = limit + 1, .deeds = kinds, .all = kinds.n == 0 };
    t.changes = t.all || names_kind(kinds, STR("change"));
    t.files = t.all || names_kind(kinds, STR("file"));
    t.list = arena_make_n(c->a, happening, 3 * (limit + 1));
    TRY(read_cursor(c, cursor, &t.at, &t.id));
    TRY(visible(c, e, id));
    if (t.changes)
        TRY(take_changes(c, id, &t));
    TRY(take_deeds(c, e, id, &t));
    if (t.files)
        TRY(take_files(c, e, id, &t));
    if (t.count)
        qsort(t.list, t.count, sizeof *t.list, newest_first);
    size_t n = t.count < (size_t)limit ? t.count : (size_t)limit;
    json_object(w);
    json_key(w, STR("changes"));
    json_array(w);
    for (size_t i = 0; i < n; i++)
        TRY(put_happening(c, e, &t.list[i], w));
    json_array_end(w);
    write_cursor(c, w, t.count > n, n ? t.list[n - 1].at : 0, n ? t.list[n - 1].id : 0);
    json_object_end(w);
    return ERR_OK;
}
