/* One full-text index over every searchable field of every entity.
 * SQLite: FTS5 without content (rows are removed by saying their old tokens again, which come from the old record);
 * PostgreSQL: a tsvector made by us, with GIN. The tokens are base/text.h's, so both find the same. Each record also
 * bears its entity as a token "0account". */
#include "base/limits.h"
#include "base/map.h"
#include "base/text.h"
#include "store/internal.h"

err search_create(ctx *c)
{
    if (db_conn_kind(c->conn) == DB_SQLITE) {
        TRY(db_exec(
            c->conn,
            STR("CREATE VIRTUAL TABLE IF NOT EXISTS \"zk_search\" USING fts5(t,content='',columnsize=0,detail=none,"
                "prefix='2 3',tokenize='ascii')")));
        /* Each commit makes a piece of its own; putting them together again and again took most of a save's time. */
        return db_exec(c->conn, STR("INSERT INTO \"zk_search\"(\"zk_search\",rank)VALUES('automerge',0)"));
    }
    TRY(db_exec(
        c->conn,
        STR("CREATE TABLE IF NOT EXISTS \"zk_search\"(\"id\" bigint PRIMARY KEY,\"tokens\" tsvector NOT NULL)")));
    return db_exec(c->conn,
                   STR("CREATE INDEX IF NOT EXISTS \"zk_search_tokens\" ON \"zk_search\" USING gin(\"tokens\")"));
}

err store_search_tidy(ctx *c, int pages, bool *more)
{
    int64_t   before, after;
    statement s;
    *more = false;
    if (db_conn_kind(c->conn) != DB_SQLITE)
        return ERR_OK;
    TRY(sql_number(c, STR("SELECT total_changes()+0*$1"), 0, &before, NULL));
    TRY(sql_open(c, STR("INSERT INTO \"zk_search\"(\"zk_search\",rank)VALUES('merge',$1)"), &s));
    sql_int(&s, pages);
    TRY(sql_run(&s));
    TRY(sql_number(c, STR("SELECT total_changes()+0*$1"), 0, &after, NULL));
    *more = after - before >= 2; /* one is the INSERT itself */
    return ERR_OK;
}

static void put_token(ctx *c, buf *b, map *seen, str word)
{
    if (map_get(seen, word))
        return;
    word = arena_str(c->a, word);
    map_put(seen, word, (void *)word.p);
    if (b->n)
        buf_putc(b, ' ');
    buf_puts(b, word);
}

static str entity_token(ctx *c, const entity *e)
{
    char  *p = arena_alloc(c->a, (size_t)e->name.n + 2);
    size_t n = 0;
    p[n++] = '0';
    for (ptrdiff_t i = 0; i < e->name.n; i++)
        if (e->name.p[i] != '_')
            p[n++] = e->name.p[i];
    return (str){ p, (ptrdiff_t)n };
}

static void put_words(ctx *c, buf *b, map *seen, str text, size_t *left)
{
    token_list t = text_tokens(c->a, text, *left);
    for (size_t k = 0; k < t.count; k++)
        put_token(c, b, seen, t.list[k].text);
    *left -= t.count < *left ? t.count : *left;
}

/* Is its text among the tokens? */
static bool indexed(const rec *r, const field *f)
{
    bool title = f->index == r->e->title && type_of(f)->store == STORE_TEXT;
    return (f->flags & FF_SEARCH || title) && !(f->flags & FF_ALIAS) && r->v[f->index].set &&
           type_of(f)->store == STORE_TEXT;
}

str search_tokens_with(ctx *c, const rec *r, int without, str more)
{
    buf    b;
    map   *seen = map_new(c->a, 128);
    size_t left = LIMIT_SEARCH_TOKENS;
    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < r->e->field_count; i++) {
        const field *f = &r->e->fields[i];
        if (indexed(r, f) && (int)i != without)
            put_words(c, &b, seen, r->v[i].s, &left);
    }
    if (more.n)
        put_words(c, &b, seen, more, &left);
    if (b.n)
        put_token(c, &b, seen, entity_token(c, r->e));
    str tokens = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return tokens;
}

str search_tokens(ctx *c, const rec *r)
{
    return search_tokens_with(c, r, -1, (str){ 0 });
}

void search_pending(ctx *c, int64_t id, str before, str after)
{
    store_state *s = c->store;
    ASSERT(s);
    index_change *change = map_get(s->by_id, (str){ (const char *)&id, sizeof id });
    if (change) {
        change->after = after;
        return;
    }
    change = arena_make(c->a, index_change);
    *change = (index_change){ .id = id, .before = before, .after = after };
    map_put(s->by_id, (str){ (const char *)&change->id, sizeof id }, change);
    arena_more(c->a, s->changes, s->count, s->room);
    s->changes[s->count++] = change;
}

static int by_id(const void *a, const void *b)
{
    const index_change *x = *(index_change *const *)a, *y = *(index_change *const *)b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static err flush_sqlite(ctx *c, const index_change *i)
{
    statement s;
    if (i->before.n) {
        TRY(sql_open(c, STR("INSERT INTO \"zk_search\"(\"zk_search\",rowid,t)VALUES('delete',$1,$2)"), &s));
        sql_int(&s, i->id);
        sql_text(&s, i->before);
        TRY(sql_run(&s));
    }
    if (!i->after.n)
        return ERR_OK;
    TRY(sql_open(c, STR("INSERT INTO \"zk_search\"(rowid,t)VALUES($1,$2)"), &s));
    sql_int(&s, i->id);
    sql_text(&s, i->after);
    return sql_run(&s);
}

static err flush_postgres(ctx *c, const index_change *i)
{
    statement s;
    if (!i->after.n) {
        TRY(sql_open(c, STR("DELETE FROM \"zk_search\" WHERE \"id\"=$1"), &s));
        sql_int(&s, i->id);
        return sql_run(&s);
    }
    TRY(sql_open(
        c,
        STR("INSERT INTO \"zk_search\"(\"id\",\"tokens\")VALUES($1,array_to_tsvector(string_to_array($2,' '))) "
            "ON CONFLICT(\"id\") DO UPDATE SET \"tokens\"=excluded.\"tokens\""),
        &s));
    sql_int(&s, i->id);
    sql_text(&s, i->after);
    return sql_insert(&s);
}

/* In the index's own order, in which it is written fastest. */
err search_flush(ctx *c)
{
    store_state *state = c->store;
    if (state->count)
        qsort(state->changes, state->count, sizeof(index_change *), by_id);
    for (size_t n = 0; n < state->count; n++) {
        const index_change *i = state->changes[n];
        if (!str_eq(i->before, i->after))
            TRY(db_conn_kind(c->conn) == DB_SQLITE ? flush_sqlite(c, i) : flush_postgres(c, i));
    }
    search_begin(c);
    return ERR_OK;
}

void search_begin(ctx *c)
{
    store_state *state = c->store;
    *state = (store_state){ .by_id = map_new(c->a, 8) };
}

/* ---- finding ---- */

/* FTS5 gathers and sorts everything that begins with a word unless the beginning has an index of its own, and only then
 * gives the newest; words that are named it walks from their newest. So the few words that there are are looked up. */
enum { INDEXED_BEGINNING = 3, FEW_WORDS = 4, MOST_BEGINNINGS = 12 };

typedef struct {
    str beginning, words[FEW_WORDS];
    int count;
} spelled;

typedef struct {
    spelled list[MOST_BEGINNINGS];
    size_t  count;
    bool    more; /* something is found by a beginning that is no word as typed */
} spelled_list;

typedef struct {
    bool                fts;
    bool                whole; /* words as they stand, not what begins with them */
    token_set           forms; /* of companies: 有限公司 and the like say nothing beside other characters */
    const spelled_list *spelled;
} match_style;

/* The words after `from` that begin so. Tokens are of 0–9 and a–z: "ab0" follows "ab" at once. */
static err next_word(ctx *c, str beginning, str from, str *out)
{
    statement s;
    bool      row = false;
    char     *end = arena_cstr(c->a, beginning);
    end[beginning.n - 1]++;
    *out = (str){ 0 };
    TRY(sql_open(c, STR("SELECT \"term\" FROM \"zk_search_words\" WHERE \"term\">=$1 AND \"term\"<$2 LIMIT 1"), &s));
    sql_text(&s, from);
    sql_text(&s, (str){ end, beginning.n });
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row)
        *out = arena_str(c->a, db_text(s.s, 0));
    sql_close(&s);
    return e;
}

static err spell(ctx *c, str beginning, spelled_list *l)
{
    spelled *x = &l->list[l->count];
    str      at = beginning;
    *x = (spelled){ .beginning = beginning };
    for (;;) {
        str word;
        TRY(next_word(c, beginning, at, &word));
        if (word.n == 0)
            break;
        l->more |= !str_eq(word, beginning);
        if (x->count == FEW_WORDS) /* more than a few: by the beginning */
            return ERR_OK;
        x->words[x->count++] = word;
        at = arena_printf(c->a, "%.*s0", STR_ARG(word));
    }
    l->count++;
    return ERR_OK;
}

static err spell_all(ctx *c, const token_query *q, spelled_list *l)
{
    for (size_t g = 0; g < q->count; g++)
        for (size_t i = 0; i < q->every[g].count; i++)
            for (size_t k = 0; k < q->every[g].any[i].count; k++) {
                const token *t = &q->every[g].any[i].all[k];
                if (!t->prefix)
                    continue;
                if (t->text.n <= INDEXED_BEGINNING || l->count == MOST_BEGINNINGS)
                    l->more = true;
                else
                    TRY(spell(c, t->text, l));
            }
    return ERR_OK;
}

static bool is_form(const match_style *m, str token_text)
{
    if (!str_starts(token_text, STR("p"))) /* pairs of characters only, not their readings */
        return false;
    for (size_t i = 0; i < m->forms.count; i++)
        if (str_eq(m->forms.all[i].text, token_text))
            return true;
    return false;
}

static bool only_forms(const match_style *m, const token_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (!is_form(m, set->all[i].text))
            return false;
    return true;
}

/* FTS5: "a" AND ("b"* OR "c"); tsquery: 'a' & ('b':* | 'c'). Tokens are letters and digits, so quoting is safe. */
static const spelled *spelled_find(const match_style *m, const token *t)
{
    for (size_t i = 0; t->prefix && m->spelled && i < m->spelled->count; i++)
        if (str_eq(m->spelled->list[i].beginning, t->text))
            return &m->spelled->list[i];
    return NULL;
}

static void put_word(buf *b, const token *t, const match_style *m)
{
    const spelled *few = spelled_find(m, t);
    if (few && few->count > 0) {
        for (int i = 0; i < few->count; i++)
            buf_printf(b, "%s\"%.*s\"", i ? " OR " : "(", STR_ARG(few->words[i]));
        buf_putc(b, ')');
    } else if (few) {
        buf_printf(b, "\"%.*s\"", STR_ARG(t->text)); /* which there is not */
    } else if (m->fts)
        buf_printf(b, "\"%.*s\"%s", STR_ARG(t->text), t->prefix ? "*" : "");
    else
        buf_printf(b, "'%.*s'%s", STR_ARG(t->text), t->prefix ? ":*" : "");
}

static void put_set(buf *b, const token_set *set, const match_style *m)
{
    bool all = only_forms(m, set), first = true;
    buf_putc(b, '(');
    for (size_t i = 0; i < set->count; i++) {
        if (!all && is_form(m, set->all[i].text))
            continue;
        if (!first)
            buf_putz(b, m->fts ? " AND " : " & ");
        first = false;
        token t = set->all[i];
        t.prefix &= !m->whole;
        put_word(b, &t, m);
    }
    buf_putc(b, ')');
}

static match_style style_of(ctx *c, bool whole, const spelled_list *words)
{
    token_list forms = text_tokens(c->a, STR("股份有限责任公司 有限公司"), LIMIT_SEARCH_TOKENS);
    return (match_style){ db_conn_kind(c->conn) == DB_SQLITE, whole, { forms.list, forms.count }, words };
}

static str match_text(ctx *c, const token_query *q, const entity *const *entities, size_t entity_count, bool whole,
                      const spelled_list *words)
{
    match_style m = style_of(c, whole, words);
    bool        fts = m.fts;
    buf         b;
    buf_init(&b, 256 << 10);
    for (size_t g = 0; g < q->count; g++) {
        if (g)
            buf_putz(&b, fts ? " AND " : " & ");
        buf_putc(&b, '(');
        for (size_t i = 0; i < q->every[g].count; i++) {
            if (i)
                buf_putz(&b, fts ? " OR " : " | ");
            put_set(&b, &q->every[g].any[i], &m);
        }
        buf_putc(&b, ')');
    }
    for (size_t i = 0; entities && i < entity_count; i++) {
        token t = { .text = entity_token(c, entities[i]) };
        buf_putz(&b, i ? (fts ? " OR " : " | ") : (fts ? " AND (" : " & ("));
        put_word(&b, &t, &m);
    }
    if (entities && entity_count)
        buf_putc(&b, ')');
    str text = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return text;
}

typedef struct {
    search_hit hit;
    int        rank; /* 0 exact, 1 prefix, 2 the rest */
} ranked;

typedef struct {
    ranked *list;
    size_t  count, room, exact; /* the first `exact` came by their whole name */
    str     folded;
} hits;

static const entity *wanted(ctx *c, str name, const entity *const *entities, size_t entity_count)
{
    const entity *e = snapshot_entity(c->snap, name);
    if (!e || !permit_entity(&c->actor, e, VERB_READ))
        return NULL;
    if (!entities)
        return e;
    for (size_t i = 0; i < entity_count; i++)
        if (entities[i] == e)
            return e;
    return NULL;
}

static void add_hit(ctx *c, hits *h, const entity *e, int64_t id, str name)
{
    for (size_t i = 0; i < h->exact; i++) /* the index has each record once */
        if (h->list[i].hit.id == id)
            return;
    if (h->count == h->room)
        return;
    str folded = text_fold(c->a, name);
    int rank = str_eq(folded, h->folded) ? 0 : str_starts(folded, h->folded) ? 1 : 2;
    h->list[h->count++] = (ranked){ { e, id, arena_str(c->a, name), { 0 } }, rank };
}

/* Exact names, however old. */
static err exact_hits(ctx *c, str q, const entity *const *entities, size_t entity_count, int limit, hits *h)
{
    str key = text_sort_key(c->a, str_trim(q));
    for (size_t i = 0; i < c->snap->entity_count; i++) {
        const entity *e = wanted(c, c->snap->entities[i]->name, entities, entity_count);
        const field  *title = e ? &e->fields[e->title] : NULL;
        statement     s;
        bool          row = true;
        err           x = ERR_OK;
        if (!title || !title->column_key.n || (e->def->hidden && !entities))
            continue;
        str sql = arena_printf(c->a,
                               "SELECT \"id\",\"%.*s\" FROM \"%.*s\" WHERE \"%.*s\"=$1 AND \"deleted_at\" IS NULL "
                               "ORDER BY \"id\" DESC LIMIT $2",
                               STR_ARG(title->column), STR_ARG(e->table), STR_ARG(title->column_key));
        TRY(sql_open(c, sql, &s));
        db_bind_blob(s.s, ++s.n, key);
        sql_int(&s, limit);
        while ((x = sql_row(&s, &row)) == ERR_OK && row)
            add_hit(c, h, e, db_int(s.s, 0), db_text(s.s, 1));
        sql_close(&s);
        TRY(x);
    }
    return ERR_OK;
}

/* ---- many tokens at once ---- */

/* FTS5 goes through the whole list of every token of a conjunction, however few records the rarest leaves. Where one
 * stands in much fewer records than another, the rare ones are asked alone first: they may leave nothing to look for. */
enum { SAMPLE_HITS = 32, RARE_GAP = 64 };

static err newest_gap(ctx *c, str word, int64_t newest, bool *rare)
{
    statement s;
    bool      row = false;
    TRY(sql_open(c,
                 STR("SELECT COUNT(*),MIN(i) FROM (SELECT rowid AS i FROM \"zk_search\" WHERE \"zk_search\" MATCH $1 "
                     "ORDER BY rowid DESC LIMIT $2)"),
                 &s));
    sql_text(&s, arena_printf(c->a, "\"%.*s\"", STR_ARG(word)));
    sql_int(&s, SAMPLE_HITS);
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row)
        *rare = db_int(s.s, 0) < SAMPLE_HITS || (newest - db_int(s.s, 1)) / SAMPLE_HITS >= RARE_GAP;
    sql_close(&s);
    return e;
}

static err any_match(ctx *c, str match, bool *any)
{
    statement s;
    TRY(sql_open(c, STR("SELECT 1 FROM \"zk_search\" WHERE \"zk_search\" MATCH $1 LIMIT 1"), &s));
    sql_text(&s, match);
    err e = sql_row(&s, any);
    sql_close(&s);
    return e;
}

static err newest_record(ctx *c, int64_t *id)
{
    statement s;
    bool      row = false;
    TRY(sql_open(c, STR("SELECT MAX(\"id\") FROM \"zk_record\""), &s));
    err e = sql_row(&s, &row);
    *id = e == ERR_OK && row && !db_null(s.s, 0) ? db_int(s.s, 0) : 0;
    sql_close(&s);
    return e;
}

/* Is it certain, by its rare tokens alone, that nothing is found? */
static err nothing_has_all(ctx *c, const token_query *q, const match_style *m, bool *nothing)
{
    const token_set *set = q->count == 1 && q->every[0].count == 1 ? &q->every[0].any[0] : NULL;
    int64_t          newest;
    size_t           rare = 0, common = 0;
    buf              b;
    *nothing = false;
    if (!m->fts || !set || set->count < 4 || only_forms(m, set))
        return ERR_OK;
    TRY(newest_record(c, &newest));
    buf_init(&b, 64 << 10);
    err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < set->count; i++) {
        bool is_rare = false;
        if (set->all[i].prefix || is_form(m, set->all[i].text))
            continue;
        e = newest_gap(c, set->all[i].text, newest, &is_rare);
        if (is_rare)
            buf_printf(&b, "%s\"%.*s\"", rare ? " AND " : "", STR_ARG(set->all[i].text));
        *(is_rare ? &rare : &common) += 1;
    }
    bool any = true;
    if (e == ERR_OK && rare > 0 && common > 0)
        e = any_match(c, arena_str(c->a, buf_str(&b)), &any);
    buf_free(&b);
    *nothing = !any;
    return e;
}

static err index_hits(ctx *c, str match, const entity *const *entities, size_t entity_count, hits *h)
{
    bool fts = db_conn_kind(c->conn) == DB_SQLITE;
    str  sql = fts ? STR("SELECT r.\"id\",r.\"entity\",r.\"name\" FROM (SELECT rowid AS i FROM \"zk_search\" WHERE "
                          "\"zk_search\" MATCH $1 "
                          "ORDER BY rowid DESC LIMIT $2) x JOIN \"zk_record\" r ON r.\"id\"=x.i WHERE r.\"deleted_at\" "
                          "IS NULL")
                   : STR("SELECT r.\"id\",r.\"entity\",r.\"name\" FROM (SELECT \"id\" AS i FROM \"zk_search\" WHERE "
                          "\"tokens\" @@ $1::tsquery "
                          "ORDER BY \"id\" DESC LIMIT $2) x JOIN \"zk_record\" r ON r.\"id\"=x.i WHERE r.\"deleted_at\" "
                          "IS NULL");
    statement s;
    bool      row = true;
    err       x = ERR_OK;
    TRY(sql_open(c, sql, &s));
    sql_text(&s, match);
    sql_int(&s, LIMIT_SEARCH_HITS);
    while ((x = sql_row(&s, &row)) == ERR_OK && row) {
        const entity *e = wanted(c, db_text(s.s, 1), entities, entity_count);
        if (e && !db_null(s.s, 2) && (entities || !e->def->hidden))
            add_hit(c, h, e, db_int(s.s, 0), db_text(s.s, 2));
    }
    sql_close(&s);
    return x;
}

static err beginning_hits(ctx *c, const token_query *q, const entity *const *entities, size_t entity_count, hits *h)
{
    spelled_list words = { .count = 0 };
    bool         fts = db_conn_kind(c->conn) == DB_SQLITE;
    if (fts) {
        TRY(spell_all(c, q, &words));
        if (!words.more)
            return ERR_OK; /* the words as typed are all that begins so */
    }
    h->count = h->exact;
    return index_hits(c, match_text(c, q, entities, entity_count, false, fts ? &words : NULL), entities, entity_count,
                      h);
}

static int by_rank(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank - y->rank;
    return x->hit.id < y->hit.id ? 1 : x->hit.id > y->hit.id ? -1 : 0;
}

/* ---- fields that one may not read (PERMIT-12, PERMIT-17): what is found by them alone is not found ---- */

static bool has_unreadable(const ctx *c, const rec *r)
{
    for (size_t i = 0; i < r->e->field_count; i++)
        if (indexed(r, &r->e->fields[i]) && !permit_field(&c->actor, &r->e->fields[i], VERB_READ))
            return true;
    return false;
}

static bool has_token(const token_list *all, const token *t)
{
    for (size_t i = 0; i < all->count; i++)
        if (t->prefix ? str_starts(all->list[i].text, t->text) : str_eq(all->list[i].text, t->text))
            return true;
    return false;
}

static bool has_set(const token_list *all, const token_set *set, const match_style *m)
{
    bool only = only_forms(m, set);
    for (size_t i = 0; i < set->count; i++)
        if ((only || !is_form(m, set->all[i].text)) && !has_token(all, &set->all[i]))
            return false;
    return true;
}

static bool has_group(const token_list *all, const token_group *g, const match_style *m)
{
    for (size_t i = 0; i < g->count; i++)
        if (has_set(all, &g->any[i], m))
            return true;
    return false;
}

static bool found_by_readable(ctx *c, const rec *r, const token_query *q)
{
    str         text = { 0 };
    match_style m = style_of(c, false, NULL);
    if (!has_unreadable(c, r))
        return true;
    for (size_t i = 0; i < r->e->field_count; i++)
        if (indexed(r, &r->e->fields[i]) && permit_field(&c->actor, &r->e->fields[i], VERB_READ))
            text = arena_printf(c->a, "%.*s\n%.*s", STR_ARG(text), STR_ARG(r->v[i].s));
    token_list all = text_tokens(c->a, text, LIMIT_SEARCH_TOKENS);
    for (size_t g = 0; g < q->count; g++)
        if (!has_group(&all, &q->every[g], &m))
            return false;
    return true;
}

/* The other searchable fields of the record, in short. */
static err snippet(ctx *c, const token_query *q, search_hit *hit, bool *visible)
{
    rec *r;
    err  x = store_load_any(c, hit->e, hit->id, &r);
    if (x == ERR_NOT_FOUND)
        return *visible = false, ERR_OK;
    TRY(x);
    *visible = record_scope(c, VERB_READ, r) == ERR_OK && found_by_readable(c, r, q);
    str text = { 0 };
    int parts = 0;
    for (size_t i = 0; i < hit->e->field_count && parts < 3; i++) {
        const field *f = &hit->e->fields[i];
        if (!(f->flags & FF_SEARCH) || !r->v[i].set || (int)i == hit->e->title || f->flags & FF_ALIAS ||
            !permit_field(&c->actor, f, VERB_READ))
            continue;
        str part = utf8_cut(r->v[i].s, 60);
        text = parts++ ? arena_printf(c->a, "%.*s · %.*s", STR_ARG(text), STR_ARG(part)) : part;
    }
    hit->snippet = text;
    return ERR_OK;
}

static bool has_prefix(const token_query *q)
{
    for (size_t g = 0; g < q->count; g++)
        for (size_t i = 0; i < q->every[g].count; i++)
            for (size_t k = 0; k < q->every[g].any[i].count; k++)
                if (q->every[g].any[i].all[k].prefix)
                    return true;
    return false;
}

typedef struct {
    const token_query *q;
    int                limit;
    bool               unseen; /* also what the actor may not see; without snippets */
    search_hit        *out;
    size_t            *count;
    bool              *more;
} wanted_hits;

static err give_hits(ctx *c, hits *h, const wanted_hits *want)
{
    if (h->count)
        qsort(h->list, h->count, sizeof *h->list, by_rank);
    for (size_t i = 0; i < h->count; i++) {
        bool visible = true;
        if (*want->count == (size_t)want->limit) {
            *want->more = true;
            break;
        }
        if (!want->unseen)
            TRY(snippet(c, want->q, &h->list[i].hit, &visible));
        if (visible)
            want->out[(*want->count)++] = h->list[i].hit;
    }
    return ERR_OK;
}

static err search(ctx *c, str q, const entity *const *entities, size_t entity_count, int limit, bool unseen,
                  search_hit **out, size_t *count, bool *more)
{
    q = utf8_cut(q, LIMIT_SEARCH_QUERY);
    token_query tokens = text_query(c->a, q);
    *out = arena_make_n(c->a, search_hit, limit + 1);
    *count = 0;
    *more = false;
    if (tokens.count == 0)
        return ERR_OK;
    const wanted_hits want = { &tokens, limit, unseen, *out, count, more };
    hits              h = { .room = LIMIT_SEARCH_HITS + 1000, .folded = text_fold(c->a, str_trim(q)) };
    h.list = arena_make_n(c->a, ranked, h.room);
    TRY(exact_hits(c, q, entities, entity_count, limit, &h));
    h.exact = h.count;
    match_style style = style_of(c, true, NULL);
    bool        nothing;
    TRY(nothing_has_all(c, &tokens, &style, &nothing));
    if (nothing)
        return give_hits(c, &h, &want);
    /* What begins with a common word is dear to gather and not wanted where the word itself stands often enough. */
    TRY(index_hits(c, match_text(c, &tokens, entities, entity_count, true, NULL), entities, entity_count, &h));
    if (h.count < LIMIT_SEARCH_HITS && has_prefix(&tokens))
        TRY(beginning_hits(c, &tokens, entities, entity_count, &h));
    return give_hits(c, &h, &want);
}

err store_search(ctx *c, str q, const entity *const *entities, size_t entity_count, int limit, search_hit **out,
                 size_t *count, bool *more)
{
    return search(c, q, entities, entity_count, limit, false, out, count, more);
}

err search_unseen(ctx *c, str q, const entity *const *entities, size_t entity_count, int limit, search_hit **out,
                  size_t *count)
{
    bool more;
    return search(c, q, entities, entity_count, limit, true, out, count, &more);
}
