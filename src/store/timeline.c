/* The timeline: changes of the record, activities, files, and the moments of what belongs to it (entity_def.story), in one
 * order. Every stream is asked for what lies behind the cursor, by the same order: the time, then an id, then the rank. */
#include "base/date.h"
#include "base/limits.h"
#include "store/file.h"
#include "store/internal.h"
#include "json/json.h"

enum { RANK_CHANGE, RANK_DEED, RANK_FILE, RANK_MOMENT };
enum { KINDS_MOST = 8, STORY_ROWS = 16, MOMENTS = countof(((story_def *)0)->moments), CONDITIONS = 2 };
/* Of each row of a story the records made last; those before are no longer told of. */
enum { STORY_MOST = 2000 };

typedef struct {
    int64_t            at, id; /* id: of the activity, file or telling record, or the change's number */
    int                rank;   /* RANK_MOMENT + which one */
    int64_t            about;
    str                kind;
    const history_row *change;
    const file_info   *file;
    const story_def   *told;
} happening;

typedef struct {
    int64_t *list;
    size_t   count, room;
} id_list;

typedef struct {
    const entity *e;
    int64_t       id;
    happening    *list;
    size_t        count, room;
    int64_t       at, before; /* the cursor: what comes behind this */
    int           rank;
    int           limit; /* of each stream */
    bool          all, changes, files;
    str           kinds; /* separated by commas */
    id_list       deeds; /* records whose activities and files are told */
    id_list       rows[STORY_ROWS];
} timeline;

static void keep_id(ctx *c, id_list *l, int64_t id)
{
    arena_more(c->a, l->list, l->count, l->room);
    l->list[l->count++] = id;
}

/* Is it behind the cursor? */
static bool behind(const timeline *t, int64_t at, int64_t id, int rank)
{
    if (at != t->at)
        return at < t->at;
    return id != t->before ? id < t->before : rank < t->rank;
}

/* What a stream of one rank is asked for: ids below this at the cursor's very moment. */
static int64_t before_id(const timeline *t, int rank)
{
    return rank < t->rank && t->before < INT64_MAX ? t->before + 1 : t->before;
}

static void happened(ctx *c, timeline *t, happening h)
{
    arena_more(c->a, t->list, t->count, t->room);
    t->list[t->count++] = h;
}

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

static bool wants(const timeline *t, const char *kind)
{
    return t->all || names_kind(t->kinds, str_from(kind));
}

/* ---- the record's own ---- */

static err take_changes(ctx *c, timeline *t)
{
    history_row *rows;
    size_t       n;
    TRY(history_rows(c, t->id, t->at, before_id(t, RANK_CHANGE), true, t->limit, &rows, &n));
    for (size_t i = 0; i < n; i++)
        happened(c, t,
                 (happening){ .at = rows[i].at,
                              .id = rows[i].seq,
                              .rank = RANK_CHANGE,
                              .kind = STR("change"),
                              .about = t->id,
                              .change = &rows[i] });
    return ERR_OK;
}

/* ---- activities and files, about the record and what belongs to it ---- */

/* The kinds that are activities', by their keys; 0: none of those asked for. */
static size_t deed_kinds(const timeline *t, const entity *e, str out[KINDS_MOST])
{
    const field *f = entity_field(e, STR("kind"));
    size_t       n = 0;
    for (size_t i = 0; f && i < f->choice_count && n < KINDS_MOST; i++)
        if (names_kind(t->kinds, f->choices[i].key))
            out[n++] = f->choices[i].key;
    return n;
}

/* Of one record the index has them in order; of several the engine sorts, and is kept from walking all there are. */
static err open_deeds(ctx *c, const timeline *t, const int64_t *about, size_t n, const str *kinds, size_t kind_count,
                      statement *s)
{
    enum { KINDS_AT = 4, ABOUT_AT = KINDS_AT + KINDS_MOST };
    const char *sorted = n > 1 && db_conn_kind(c->conn) == DB_SQLITE ? "+" : "";
    str         among = { 0 };
    for (size_t i = 0; kind_count && i < KINDS_MOST; i++)
        among = arena_printf(c->a, "%.*s%s$%zu", STR_ARG(among), i ? "," : "", i + KINDS_AT);
    TRY(sql_open(
        c,
        arena_printf(c->a,
                     "SELECT \"id\",\"at\",\"kind\",\"about\" FROM \"activities\" WHERE \"deleted_at\" IS NULL "
                     "AND (\"at\"<$1 OR (\"at\"=$1 AND \"id\"<$2))%s%.*s%s AND \"about\" %.*s "
                     "ORDER BY %s\"at\" DESC,\"id\" DESC LIMIT $3",
                     kind_count ? " AND \"kind\" IN(" : "", STR_ARG(among), kind_count ? ")" : "",
                     STR_ARG(sql_among(c, n, kind_count ? ABOUT_AT : KINDS_AT)), sorted),
        s));
    sql_time(s, t->at);
    sql_int(s, before_id(t, RANK_DEED));
    sql_int(s, t->limit);
    for (size_t i = 0; kind_count && i < KINDS_MOST; i++)
        sql_text(s, kinds[i < kind_count ? i : kind_count - 1]);
    sql_ids(s, about, n);
    return ERR_OK;
}

static err take_deeds_about(ctx *c, timeline *t, const int64_t *about, size_t n, const str *kinds, size_t kind_count)
{
    statement s;
    bool      row = true;
    err       x = ERR_OK;
    TRY(open_deeds(c, t, about, n, kinds, kind_count, &s));
    while ((x = sql_row(&s, &row)) == ERR_OK && row)
        happened(c, t,
                 (happening){ .at = db_time(s.s, 1),
                              .id = db_int(s.s, 0),
                              .rank = RANK_DEED,
                              .kind = arena_str(c->a, db_text(s.s, 2)),
                              .about = db_int(s.s, 3) });
    sql_close(&s);
    return x;
}

static err take_files_about(ctx *c, timeline *t, const int64_t *about, size_t n)
{
    file_info *files;
    size_t     found;
    TRY(file_list_before(c, about, n, t->at, before_id(t, RANK_FILE), t->limit, &files, &found));
    for (size_t i = 0; i < found; i++)
        happened(c, t,
                 (happening){ .at = files[i].created_at,
                              .id = files[i].id,
                              .rank = RANK_FILE,
                              .kind = STR("file"),
                              .about = files[i].about,
                              .file = &files[i] });
    return ERR_OK;
}

static bool wants_deeds(const ctx *c, const timeline *t)
{
    str           kinds[KINDS_MOST];
    const entity *activity = snapshot_entity(c->snap, STR("activity"));
    return activity && (t->all || deed_kinds(t, activity, kinds)) && permit_entity(&c->actor, activity, VERB_READ);
}

static err take_deeds(ctx *c, timeline *t)
{
    str           kinds[KINDS_MOST];
    const entity *activity = snapshot_entity(c->snap, STR("activity"));
    size_t        kind_count = activity && !t->all ? deed_kinds(t, activity, kinds) : 0;
    bool          deeds = wants_deeds(c, t);
    for (size_t i = 0; i < t->deeds.count; i += FILE_ABOUT) {
        size_t n = t->deeds.count - i < FILE_ABOUT ? t->deeds.count - i : FILE_ABOUT;
        if (deeds)
            TRY(take_deeds_about(c, t, t->deeds.list + i, n, kinds, kind_count));
        if (t->files)
            TRY(take_files_about(c, t, t->deeds.list + i, n));
    }
    return ERR_OK;
}

/* ---- what belongs to it ---- */

typedef struct {
    ctx             *c;
    timeline        *t;
    const story_def *told;
    const entity    *e;
    id_list         *into;
    int              about_at; /* columns; −1 */
    int              at[MOMENTS], path[MOMENTS][CONDITIONS];
    int              columns;
} teller;

/* A name of the program's own tables that the actor may read: the first of a path. */
static bool readable(const ctx *c, const entity *e, const char *path)
{
    str          name = str_from(path);
    ptrdiff_t    dot = str_find_char(name, '.');
    const field *f = entity_field(e, dot < 0 ? name : str_sub(name, 0, dot));
    return f && permit_field(&c->actor, f, VERB_READ);
}

static int select_path(teller *o, buf *b, const char *path)
{
    buf_printf(b, ", %s c%d", path, o->columns);
    return o->columns++;
}

/* A moment of which the actor may not read the time, or what decides about it, is not told. */
static void select_moments(teller *o, buf *b)
{
    for (size_t i = 0; i < MOMENTS; i++) {
        const moment_def *m = &o->told->moments[i];
        bool              may = m->what && readable(o->c, o->e, m->at);
        for (size_t k = 0; may && k < CONDITIONS && m->where[k].path; k++)
            may = readable(o->c, o->e, m->where[k].path);
        o->at[i] = may ? select_path(o, b, m->at) : -1;
        for (size_t k = 0; may && k < CONDITIONS && m->where[k].path; k++)
            o->path[i][k] = select_path(o, b, m->where[k].path);
    }
}

static bool reads(const value *v, const char *wanted)
{
    str rest = v->set ? v->s : (str){ 0 };
    while (rest.n > 0) {
        ptrdiff_t cut = str_find_char(rest, ';');
        if (str_eq(cut < 0 ? rest : str_sub(rest, 0, cut), str_from(wanted)))
            return true;
        rest = cut < 0 ? (str){ 0 } : str_sub(rest, cut + 1, rest.n);
    }
    return false;
}

static bool holds(const teller *o, query_row *row, size_t i)
{
    const moment_def *m = &o->told->moments[i];
    for (size_t k = 0; k < CONDITIONS && m->where[k].path; k++) {
        value v = query_value(row, (size_t)o->path[i][k]);
        if (!reads(&v, m->where[k].value))
            return false;
    }
    return true;
}

static err take_moments(void *arg, query_row *row)
{
    teller *o = arg;
    int64_t id = query_value(row, 0).i;
    keep_id(o->c, o->into, id);
    if (!wants(o->t, o->told->kind))
        return ERR_OK;
    value about = o->about_at < 0 ? (value){ .set = true, .i = id } : query_value(row, (size_t)o->about_at);
    for (size_t i = 0; about.set && i < MOMENTS; i++) {
        value at = o->at[i] < 0 ? (value){ 0 } : query_value(row, (size_t)o->at[i]);
        int   rank = RANK_MOMENT + (int)i;
        if (at.set && behind(o->t, at.i, id, rank) && holds(o, row, i))
            happened(o->c, o->t,
                     (happening){ .at = at.i,
                                  .id = id,
                                  .rank = rank,
                                  .kind = str_from(o->told->kind),
                                  .about = about.i,
                                  .told = o->told });
    }
    return ERR_OK;
}

static err tell(teller *o, str points_at)
{
    ctx   *c = o->c;
    query *q;
    buf    b;
    buf_init(&b, 64 << 10);
    o->columns = 1;
    buf_putz(&b, "SELECT id");
    o->about_at = o->told->about ? select_path(o, &b, o->told->about) : -1;
    select_moments(o, &b);
    buf_printf(&b, " FROM %s WHERE %s %.*s ORDER BY id DESC LIMIT %d", o->told->entity, o->told->field,
               STR_ARG(points_at), STORY_MOST);
    str text = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    TRY(query_select(c, text, &q));
    return query_run(c, q, take_moments, o);
}

static str among_ids(ctx *c, const int64_t *ids, size_t n)
{
    buf b;
    buf_init(&b, 64 << 10);
    for (size_t i = 0; i < n; i++)
        buf_printf(&b, "%s'%lld'", i ? "," : "IN (", (long long)ids[i]);
    buf_putc(&b, ')');
    str out = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return out;
}

static const id_list *row_before(const timeline *t, size_t row)
{
    const story_def *story = t->e->def->story;
    for (size_t i = 0; i < row; i++)
        if (strcmp(story[i].entity, story[row].of) == 0)
            return &t->rows[i];
    return NULL;
}

static err tell_row(ctx *c, timeline *t, size_t row)
{
    const story_def *told = &t->e->def->story[row];
    teller           o = { .c = c, .t = t, .told = told, .into = &t->rows[row] };
    o.e = snapshot_entity(c->snap, str_from(told->entity));
    if (!o.e || !permit_entity(&c->actor, o.e, VERB_READ) || !readable(c, o.e, told->field) ||
        (told->about && !readable(c, o.e, told->about)))
        return ERR_OK;
    if (!told->of) {
        TRY(tell(&o, arena_printf(c->a, "= '%lld'", (long long)t->id)));
    } else {
        enum { AT_ONCE = 64 };
        const id_list *of = row_before(t, row);
        for (size_t i = 0; of && i < of->count && o.into->count < STORY_MOST; i += AT_ONCE)
            TRY(tell(&o, among_ids(c, of->list + i, of->count - i < AT_ONCE ? of->count - i : AT_ONCE)));
    }
    for (size_t i = 0; told->deeds && i < o.into->count; i++)
        keep_id(c, &t->deeds, o.into->list[i]);
    return ERR_OK;
}

/* Is anything asked for that needs the row? */
static bool needed(const timeline *t, size_t row, bool deeds)
{
    const entity_def *d = t->e->def;
    if (wants(t, d->story[row].kind) || (deeds && d->story[row].deeds))
        return true;
    for (size_t i = row + 1; i < d->story_count; i++)
        if (d->story[i].of && strcmp(d->story[i].of, d->story[row].entity) == 0 && needed(t, i, deeds))
            return true;
    return false;
}

static err take_story(ctx *c, timeline *t)
{
    bool deeds = t->files || wants_deeds(c, t);
    ASSERT(t->e->def->story_count <= STORY_ROWS);
    for (size_t i = 0; i < t->e->def->story_count; i++)
        if (needed(t, i, deeds))
            TRY(tell_row(c, t, i));
    return ERR_OK;
}

/* ---- as JSON ---- */

static err put_reference(ctx *c, const char *key, int64_t id, bool with_entity, json_writer *w)
{
    const entity *is = NULL;
    bool          deleted;
    str           name = { 0 };
    if (id)
        TRY(registry_find(c, id, &is, &name, &deleted));
    json_key(w, str_from(key));
    if (!is) {
        json_null(w);
        return ERR_OK;
    }
    json_object(w);
    if (with_entity)
        json_put_string(w, "entity", is->name);
    json_put_id(w, "id", id);
    json_put_string(w, "name", name);
    json_object_end(w);
    return ERR_OK;
}

/* What the actor may not see (the campaign of a member) has no name here either. */
static err put_about(ctx *c, int64_t id, json_writer *w)
{
    const entity *is;
    bool          deleted, seen = false;
    str           name;
    TRY(registry_find(c, id, &is, &name, &deleted));
    if (is)
        TRY(reference_readable(c, is, id, &seen));
    return put_reference(c, "about", seen ? id : 0, true, w);
}

static err put_file(ctx *c, const file_info *f, json_writer *w)
{
    TRY(put_reference(c, "by", f->created_by, false, w));
    json_key(w, STR("record"));
    json_object(w);
    json_put_id(w, "id", f->id);
    json_put_string(w, "name", f->name);
    json_put_int(w, "size", f->size);
    json_put_string(w, "type", f->type);
    json_object_end(w);
    return ERR_OK;
}

static err put_row(void *arg, query_row *row)
{
    query_row_json(row, arg);
    return ERR_OK;
}

/* The fields that the line shows, of those the actor may read. */
static str shown(ctx *c, const entity *e, const char *shows)
{
    str out = STR("name");
    for (str rest = shows ? str_from(shows) : (str){ 0 }; rest.n > 0;) {
        ptrdiff_t    cut = str_find_char(rest, ',');
        str          one = cut < 0 ? rest : str_sub(rest, 0, cut);
        const field *f = entity_field(e, one);
        rest = cut < 0 ? (str){ 0 } : str_sub(rest, cut + 1, rest.n);
        if (f && permit_show(&c->actor, f) != SHOW_NOT)
            out = arena_printf(c->a, "%.*s,%.*s", STR_ARG(out), STR_ARG(one));
    }
    return out;
}

static err put_told(ctx *c, const happening *h, json_writer *w)
{
    const moment_def *m = &h->told->moments[h->rank - RANK_MOMENT];
    const entity     *e = snapshot_entity(c->snap, str_from(h->told->entity));
    list_request      r = { .id = h->id, .limit = 1, .select = shown(c, e, m->shows) };
    query            *q;
    json_put_string(w, "what", str_from(m->what));
    json_put_string(w, "of", e->name);
    TRY(query_list(c, e, &r, &q));
    json_key(w, STR("record"));
    return query_run(c, q, put_row, w);
}

static err put_happening(ctx *c, const timeline *t, const happening *h, json_writer *w)
{
    char    text[TIME_TEXT];
    int64_t version;
    json_object(w);
    time_format(h->at, text);
    json_put_string(w, "at", str_from(text));
    json_put_string(w, "kind", h->kind);
    if (h->about != t->id)
        TRY(put_about(c, h->about, w));
    if (h->told) {
        TRY(put_told(c, h, w));
    } else if (h->file) {
        TRY(put_file(c, h->file, w));
    } else {
        json_key(w, STR("record"));
        if (h->change)
            TRY(history_put_change(c, t->e, h->change, w));
        else
            TRY(query_record(c, snapshot_entity(c->snap, STR("activity")), h->id, w, &version));
    }
    json_object_end(w);
    return ERR_OK;
}

static int newest_first(const void *a, const void *b)
{
    const happening *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? 1 : -1;
    if (x->id != y->id)
        return x->id < y->id ? 1 : -1;
    return y->rank - x->rank;
}

/* Activities of the page that the actor may not see are left out of it: a page may be short. */
static err seen_deeds(ctx *c, const timeline *t, size_t n, int64_t **ids, size_t *count)
{
    int64_t *asked = arena_make_n(c->a, int64_t, n + 1);
    size_t   k = 0;
    *count = 0;
    for (size_t i = 0; i < n; i++)
        if (t->list[i].rank == RANK_DEED)
            asked[k++] = t->list[i].id;
    if (k == 0)
        return ERR_OK;
    list_request r = { .where = arena_printf(c->a, "id %.*s", STR_ARG(among_ids(c, asked, k))) };
    return query_ids(c, snapshot_entity(c->snap, STR("activity")), &r, k, ids, count);
}

static bool among(const int64_t *ids, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return true;
    return false;
}

static err put_page(ctx *c, const timeline *t, size_t n, json_writer *w)
{
    int64_t *seen = NULL;
    size_t   count;
    TRY(seen_deeds(c, t, n, &seen, &count));
    json_key(w, STR("changes"));
    json_array(w);
    for (size_t i = 0; i < n; i++)
        if (t->list[i].rank != RANK_DEED || among(seen, count, t->list[i].id))
            TRY(put_happening(c, t, &t->list[i], w));
    json_array_end(w);
    return ERR_OK;
}

/* "AT.ID.RANK" of the last line; empty: from the newest. */
static err read_cursor(ctx *c, str cursor, timeline *t)
{
    int64_t   rank;
    ptrdiff_t first = str_find_char(cursor, '.');
    str       rest = first < 0 ? (str){ 0 } : str_sub(cursor, first + 1, cursor.n);
    ptrdiff_t second = str_find_char(rest, '.');
    t->at = TIME_MS_MAX;
    t->before = INT64_MAX;
    if (cursor.n == 0)
        return ERR_OK;
    if (second < 0 || !str_to_int64(str_sub(cursor, 0, first), &t->at) ||
        !str_to_int64(str_sub(rest, 0, second), &t->before) ||
        !str_to_int64(str_sub(rest, second + 1, rest.n), &rank) || rank < 0 || rank > 100 || t->at < TIME_MS_MIN ||
        t->at > TIME_MS_MAX)
        return ctx_malformed(c, 0, "%s", label_get(c->lang, STR("message.cursor")).p);
    t->rank = (int)rank;
    return ERR_OK;
}

err store_timeline_json(ctx *c, const entity *e, int64_t id, int limit, str cursor, str kinds, json_writer *w)
{
    timeline t = { .e = e, .id = id, .limit = limit + 1, .kinds = kinds, .all = kinds.n == 0 };
    t.changes = wants(&t, "change");
    t.files = wants(&t, "file");
    TRY(read_cursor(c, cursor, &t));
    TRY(history_visible(c, e, id));
    keep_id(c, &t.deeds, id);
    TRY(take_story(c, &t));
    if (t.changes)
        TRY(take_changes(c, &t));
    TRY(take_deeds(c, &t));
    if (t.count)
        qsort(t.list, t.count, sizeof *t.list, newest_first);
    size_t n = t.count < (size_t)limit ? t.count : (size_t)limit;
    json_object(w);
    TRY(put_page(c, &t, n, w));
    if (t.count > n) {
        const happening *last = &t.list[n - 1];
        json_put_string(w, "next",
                        arena_printf(c->a, "%lld.%lld.%d", (long long)last->at, (long long)last->id, last->rank));
    } else {
        json_put_null(w, "next");
    }
    json_object_end(w);
    return ERR_OK;
}
