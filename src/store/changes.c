/* History over everything. */
#include "store/changes.h"

#include "base/date.h"
#include "base/limits.h"
#include "schema/types.h"
#include "store/internal.h"
#include "json/json.h"

enum { LOOK = 20000 }; /* rows of one call where a filter leaves most out */

#define ABOUT "@about"

/* ---- what is no record ---- */

static err put_row(ctx *c, const char *kind, int64_t id, const char *deed, str fields)
{
    statement s;
    TRY(sql_open(
        c,
        STR("INSERT INTO \"zk_history\"(\"record\",\"entity\",\"at\",\"by_user\",\"operation\",\"what\",\"fields\")"
            "VALUES($1,$2,$3,$4,$5,$6,$7)"),
        &s));
    sql_int(&s, id);
    sql_text(&s, arena_printf(c->a, "@%s", kind));
    sql_time(&s, c->now_ms);
    sql_id(&s, c->actor.user);
    sql_id(&s, c->operation);
    sql_text(&s, str_from(deed));
    sql_text(&s, fields);
    return sql_run(&s);
}

static void put_side(json_writer *w, const char *side, str raw)
{
    json_key(w, str_from(side));
    if (raw.n)
        json_raw(w, raw);
    else
        json_null(w);
}

static void put_pair(json_writer *w, const char *name, str before, str after)
{
    if (str_eq(before, after))
        return;
    json_key(w, str_from(name));
    json_object(w);
    put_side(w, "old", before);
    put_side(w, "new", after);
    json_object_end(w);
}

err changes_note(ctx *c, const char *kind, int64_t id, str about, const char *deed, str before, str after)
{
    buf         b;
    json_writer w;
    buf_init(&b, 4 << 20);
    json_begin(&w, &b);
    json_object(&w);
    json_put_string(&w, ABOUT, about);
    put_pair(&w, "value", before, after);
    json_object_end(&w);
    str fields = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return put_row(c, kind, id, deed, fields);
}

static str json_of(ctx *c, str s)
{
    buf         b;
    json_writer w;
    if (s.n == 0)
        return (str){ 0 };
    buf_init(&b, 64 << 10);
    json_begin(&w, &b);
    json_string(&w, s);
    str text = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return text;
}

static str json_number_of(ctx *c, int64_t n)
{
    return n ? arena_printf(c->a, "%lld", (long long)n) : (str){ 0 };
}

err changes_field(ctx *c, const field_row *was, const field_row *now)
{
    static const struct {
        const char *name;
        uint32_t    flag;
    } flags[] = { { "required", FF_REQUIRED },
                  { "unique", FF_UNIQUE },
                  { "search", FF_SEARCH },
                  { "indexed", FF_SORT },
                  { "list", FF_LIST } };
    static const field_row none = { 0 };
    const field_row       *a = was ? was : &none, *b = now ? now : &none, *any = now ? now : was;
    buf                    text;
    json_writer            w;
    buf_init(&text, 1 << 20);
    json_begin(&w, &text);
    json_object(&w);
    json_put_string(&w, ABOUT, arena_printf(c->a, "%.*s.%.*s", STR_ARG(any->entity), STR_ARG(any->name)));
    put_pair(&w, "type", was ? json_of(c, str_from(type_row_of(was->type)->name)) : (str){ 0 },
             now ? json_of(c, str_from(type_row_of(now->type)->name)) : (str){ 0 });
    put_pair(&w, "label_en", json_of(c, a->label[LANG_EN]), json_of(c, b->label[LANG_EN]));
    put_pair(&w, "label_zh", json_of(c, a->label[LANG_ZH]), json_of(c, b->label[LANG_ZH]));
    put_pair(&w, "help_en", json_of(c, a->help[LANG_EN]), json_of(c, b->help[LANG_EN]));
    put_pair(&w, "help_zh", json_of(c, a->help[LANG_ZH]), json_of(c, b->help[LANG_ZH]));
    put_pair(&w, "group", json_of(c, a->group), json_of(c, b->group));
    put_pair(&w, "initial", json_of(c, a->initial), json_of(c, b->initial));
    put_pair(&w, "position", json_number_of(c, a->position), json_number_of(c, b->position));
    put_pair(&w, "min", json_number_of(c, a->min), json_number_of(c, b->min));
    put_pair(&w, "max", json_number_of(c, a->max), json_number_of(c, b->max));
    for (size_t i = 0; i < countof(flags); i++)
        put_pair(&w, flags[i].name, a->flags & flags[i].flag ? STR("true") : (str){ 0 },
                 b->flags & flags[i].flag ? STR("true") : (str){ 0 });
    put_pair(&w, "retired", a->retired ? STR("true") : (str){ 0 }, b->retired ? STR("true") : (str){ 0 });
    json_object_end(&w);
    str fields = arena_str(c->a, buf_str(&text));
    buf_free(&text);
    return put_row(c, "field", any->id, !was ? "create" : !now ? "delete" : "update", fields);
}

/* ---- reading ---- */

typedef struct {
    int64_t at, seq;
} place;

typedef struct {
    ctx                   *c;
    const changes_request *q;
    place                  before, stop; /* stop ≤ row < before; stop.seq 0: to the oldest */
} reading;

static err read_cursor(ctx *c, const changes_request *q, place *out)
{
    *out = (place){ q->to_ms < TIME_MS_MAX ? q->to_ms - 1 : TIME_MS_MAX, INT64_MAX };
    if (q->after.n == 0)
        return ERR_OK;
    ptrdiff_t dot = str_find_char(q->after, '.');
    if (dot < 0 || !str_to_int64(str_sub(q->after, 0, dot), &out->at) ||
        !str_to_int64(str_sub(q->after, dot + 1, q->after.n), &out->seq) || out->at < TIME_MS_MIN ||
        out->at > TIME_MS_MAX)
        return ctx_malformed(c, 0, "%s", label_get(c->lang, STR("message.cursor")).p);
    return ERR_OK;
}

static bool picky(const changes_request *q)
{
    return q->user || q->entity.n || q->field.n || q->what.n;
}

/* How far back one call looks: a filter that fits rarely must not read the whole history. */
static err find_stop(reading *r)
{
    statement s;
    bool      row;
    r->stop = (place){ TIME_MS_MIN, 0 };
    if (!picky(r->q) || r->q->record)
        return ERR_OK;
    TRY(sql_open(r->c,
                 STR("SELECT \"at\",\"seq\" FROM \"zk_history\" WHERE \"at\"<$1 OR (\"at\"=$2 AND \"seq\"<$3) "
                     "ORDER BY \"at\" DESC,\"seq\" DESC LIMIT 1 OFFSET $4"),
                 &s));
    sql_time(&s, r->before.at);
    sql_time(&s, r->before.at);
    sql_int(&s, r->before.seq);
    sql_int(&s, LOOK);
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row)
        r->stop = (place){ db_time(s.s, 0), db_int(s.s, 1) };
    sql_close(&s);
    return e;
}

/* "…"x_level":{"old":…": as history writes it, so it is found without reading the JSON. */
static str field_pattern(ctx *c, str name)
{
    buf b;
    buf_init(&b, 4096);
    buf_putz(&b, "%\"");
    for (ptrdiff_t i = 0; i < name.n; i++) {
        if (name.p[i] == '_' || name.p[i] == '%' || name.p[i] == '!')
            buf_putc(&b, '!');
        buf_putc(&b, name.p[i]);
    }
    buf_putz(&b, "\":{\"old\":%");
    str s = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return s;
}

static err open_rows(reading *r, statement *s)
{
    const changes_request *q = r->q;
    ctx                   *c = r->c;
    int                    n = 4;
    buf                    b;
    buf_init(&b, 8192);
    buf_putz(&b,
             "SELECT h.\"seq\",h.\"at\",h.\"by_user\",u.\"name\",h.\"operation\",h.\"what\",h.\"entity\",h.\"record\","
             "r.\"name\",h.\"fields\" FROM \"zk_history\" h LEFT JOIN \"zk_record\" u ON u.\"id\"=h.\"by_user\" "
             "LEFT JOIN \"zk_record\" r ON r.\"id\"=h.\"record\" "
             "WHERE (h.\"at\"<$1 OR (h.\"at\"=$2 AND h.\"seq\"<$3)) AND h.\"at\">=$4");
    if (r->stop.seq) {
        buf_printf(&b, " AND (h.\"at\">$%d OR (h.\"at\"=$%d AND h.\"seq\">=$%d))", n + 1, n + 2, n + 3);
        n += 3;
    }
    if (q->user)
        buf_printf(&b, " AND h.\"by_user\"=$%d", ++n);
    if (q->record)
        buf_printf(&b, " AND h.\"record\"=$%d", ++n);
    if (q->entity.n)
        buf_printf(&b, " AND h.\"entity\"=$%d", ++n);
    if (q->what.n)
        buf_printf(&b, " AND h.\"what\"=$%d", ++n);
    if (q->field.n)
        buf_printf(&b, " AND CAST(h.\"fields\" AS TEXT) LIKE $%d ESCAPE '!'", ++n);
    buf_printf(&b, " ORDER BY h.\"at\" DESC,h.\"seq\" DESC LIMIT $%d", n + 1);
    err e = sql_open(c, arena_str(c->a, buf_str(&b)), s);
    buf_free(&b);
    TRY(e);
    sql_time(s, r->before.at);
    sql_time(s, r->before.at);
    sql_int(s, r->before.seq);
    sql_time(s, q->from_ms);
    if (r->stop.seq) {
        sql_time(s, r->stop.at);
        sql_time(s, r->stop.at);
        sql_int(s, r->stop.seq);
    }
    if (q->user)
        sql_int(s, q->user);
    if (q->record)
        sql_int(s, q->record);
    if (q->entity.n)
        sql_text(s, q->entity);
    if (q->what.n)
        sql_text(s, q->what);
    if (q->field.n)
        sql_text(s, field_pattern(c, q->field));
    sql_int(s, q->limit + 1);
    return ERR_OK;
}

static void put_time_text(json_writer *w, const char *key, int64_t ms)
{
    char text[TIME_TEXT];
    time_format(ms, text);
    json_put_string(w, key, str_from(text));
}

static void put_name(json_writer *w, const char *key, int64_t id, str name)
{
    json_key(w, str_from(key));
    if (!id) {
        json_null(w);
        return;
    }
    json_object(w);
    json_put_id(w, "id", id);
    json_put_string(w, "name", name);
    json_object_end(w);
}

/* Fields that the reader may not see are left out. */
static err put_fields(ctx *c, const entity *e, str text, json_writer *w)
{
    json       *tree;
    json_fault  fault;
    bool        whole = json_parse(c->a, text, &tree, &fault) == ERR_OK;
    const json *about = whole ? json_get(tree, STR(ABOUT)) : NULL;
    json_key(w, STR("about"));
    if (about)
        json_string(w, about->text);
    else
        json_null(w);
    json_key(w, STR("fields"));
    json_object(w);
    for (const json *j = whole ? tree->first : NULL; j; j = j->next) {
        if (j == about)
            continue;
        if (e) {
            TRY(history_put_field(c, e, j, w));
            continue;
        }
        json_key(w, j->key);
        json_value(w, j);
    }
    json_object_end(w);
    return ERR_OK;
}

static str text_of(db_stmt *s, int column)
{
    return db_null(s, column) ? (str){ 0 } : db_text(s, column);
}

static err put_change(ctx *c, db_stmt *s, json_writer *w)
{
    str           name = text_of(s, 6);
    const entity *e = snapshot_entity(c->snap, name);
    bool          record = name.n && (name.p[0] != '@' || !db_null(s, 8)); /* of configuration only whom it is about */
    json_object(w);
    json_put_id(w, "id", db_int(s, 0));
    put_time_text(w, "at", db_time(s, 1));
    put_name(w, "by", db_null(s, 2) ? 0 : db_int(s, 2), text_of(s, 3));
    json_key(w, STR("operation"));
    if (db_null(s, 4))
        json_null(w);
    else
        json_id(w, db_int(s, 4));
    json_put_string(w, "what", text_of(s, 5));
    json_put_string(w, "entity", name);
    put_name(w, "record", record ? db_int(s, 7) : 0, text_of(s, 8));
    TRY(put_fields(c, e, text_of(s, 9), w));
    json_object_end(w);
    return ERR_OK;
}

static void put_end(reading *r, const place *last, bool more, json_writer *w)
{
    const place *go = more ? last : r->stop.seq ? &r->stop : NULL;
    if (go)
        json_put_string(w, "next", arena_printf(r->c->a, "%lld.%lld", (long long)go->at, (long long)go->seq));
    else
        json_put_null(w, "next");
    if (!more && r->stop.seq)
        put_time_text(w, "until", r->stop.at);
    else
        json_put_null(w, "until");
}

err changes_json(ctx *c, const changes_request *q, json_writer *w)
{
    reading   r = { .c = c, .q = q };
    statement s;
    place     last = { 0 };
    bool      row = true, more = false;
    err       e = ERR_OK;
    TRY(read_cursor(c, q, &r.before));
    TRY(find_stop(&r));
    TRY(open_rows(&r, &s));
    json_object(w);
    json_key(w, STR("changes"));
    json_array(w);
    for (int n = 0; (e = sql_row(&s, &row)) == ERR_OK && row; n++) {
        more = n == q->limit;
        if (more)
            break;
        last = (place){ db_time(s.s, 1), db_int(s.s, 0) };
        e = put_change(c, s.s, w);
        if (e != ERR_OK)
            break;
    }
    sql_close(&s);
    TRY(e);
    json_array_end(w);
    put_end(&r, &last, more, w);
    json_object_end(w);
    return ERR_OK;
}
