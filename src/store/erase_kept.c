/* HIST-2: what others typed about an erased person as a condition, and the files of imports and exports that hold them.
 *
 * Security events and jobs keep the condition of an export or of a change of many: a text in it that is a name, a telephone
 * number or an address of the person becomes the mark. A file of a finished job goes where it holds one of these; what is not
 * readable as UTF-8 (a workbook, another encoding) is not looked into and goes where it is about the person's kind of record. */
#include "base/norm.h"
#include "base/text.h"
#include "store/file.h"
#include "store/person_inside.h"
#include "json/json.h"

enum { WORD_BYTES_LEAST = 4, BEGINNING_LEAST = 6 };

/* ---- the words ---- */

static bool names_somebody(const field *f)
{
    return f->type == FT_EMAIL || f->type == FT_PHONE || str_eq(f->name, STR("external_id")) ||
           (f->type == FT_TEXT && f->flags & FF_SEARCH);
}

void person_word_add(ctx *c, person_words *w, const field *f, str text)
{
    phone       number;
    person_word word = { .text = text, .folded = text_fold(c->a, text) };
    if (!names_somebody(f) || word.folded.n < WORD_BYTES_LEAST || w->count == countof(w->list))
        return;
    if (f->type == FT_PHONE && phone_normalise(c->a, text, &number))
        word.number = number.number;
    for (size_t i = 0; i < w->count; i++)
        if (str_eq(w->list[i].text, text))
            return;
    w->list[w->count++] = word;
}

/* ---- conditions ---- */

typedef struct {
    const person_words *words;
    str                 mark;
    bool                files; /* "file" is the name of one */
} putting_out;

static str without_wildcards(str s)
{
    while (s.n && strchr("% ", s.p[0]))
        s = str_sub(s, 1, s.n);
    while (s.n && strchr("% ", s.p[s.n - 1]))
        s.n--;
    return s;
}

/* Is it, or holds it, a word of the person, or is it the beginning of one? open: it may be cut off, or goes on with %. */
static bool names_person(ctx *c, const person_words *w, str literal, bool open)
{
    phone number;
    str   folded = text_fold(c->a, without_wildcards(literal));
    bool  dials = phone_normalise(c->a, without_wildcards(literal), &number);
    for (size_t i = 0; i < w->count; i++) {
        const person_word *word = &w->list[i];
        if (str_find(folded, word->folded) >= 0 || (dials && word->number.n && str_eq(number.number, word->number)))
            return true;
        if (open && folded.n >= BEGINNING_LEAST && str_starts(word->folded, folded))
            return true;
    }
    return false;
}

/* 'text' in the query language, from behind its quote; *end: behind the closing one. */
static str literal_at(ctx *c, str s, ptrdiff_t from, ptrdiff_t *end, bool *cut)
{
    char     *plain = arena_alloc(c->a, (size_t)(s.n - from) + 1);
    ptrdiff_t n = 0, i = from;
    while (i < s.n && s.p[i] != '\'') {
        if (s.p[i] == '\\' && i + 1 < s.n)
            i++;
        plain[n++] = s.p[i++];
    }
    *cut = i == s.n;
    *end = *cut ? i : i + 1;
    return (str){ plain, n };
}

static str condition_without(const putting_out *x, ctx *c, str s, bool *done)
{
    buf b;
    buf_init(&b, 1 << 20);
    for (ptrdiff_t i = 0; i < s.n;) {
        ptrdiff_t end;
        bool      cut;
        if (s.p[i] != '\'') {
            buf_putc(&b, s.p[i++]);
            continue;
        }
        str literal = literal_at(c, s, i + 1, &end, &cut);
        if (names_person(c, x->words, literal, cut || (literal.n && literal.p[literal.n - 1] == '%'))) {
            buf_printf(&b, "'%.*s'", STR_ARG(x->mark));
            *done = true;
        } else {
            buf_puts(&b, str_sub(s, i, end));
        }
        i = end;
    }
    str out = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return out;
}

static void put_without(const putting_out *x, ctx *c, const json *m, json_writer *w, bool *done)
{
    bool typed = str_eq(m->key, STR("where")) || str_eq(m->key, STR("query")),
         file = x->files && str_eq(m->key, STR("file"));
    json_key(w, m->key);
    if (m->kind == JSON_STRING && typed) {
        json_string(w, condition_without(x, c, m->text, done));
    } else if (m->kind == JSON_STRING && file && names_person(c, x->words, m->text, false)) {
        json_string(w, x->mark);
        *done = true;
    } else {
        json_value(w, m);
    }
}

static str words_without(void *arg, ctx *c, str text, bool *done)
{
    json       *tree;
    json_fault  fault;
    buf         b;
    json_writer w;
    if (json_parse(c->a, text, &tree, &fault) != ERR_OK || tree->kind != JSON_OBJECT)
        return text;
    buf_init(&b, 8 << 20);
    json_begin(&w, &b);
    json_object(&w);
    for (const json *m = tree->first; m; m = m->next)
        put_without(arg, c, m, &w, done);
    json_object_end(&w);
    str out = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return out;
}

static err erase_conditions(ctx *c, putting_out *x, int64_t *count)
{
    x->files = true;
    TRY(rewrite_rows(c,
                     STR("SELECT \"seq\",\"detail\" FROM \"zk_audit\" WHERE \"seq\">$1 AND \"kind\" IN "
                         "('export','import','bulk') AND \"detail\" IS NOT NULL ORDER BY \"seq\" LIMIT $2"),
                     STR("UPDATE \"zk_audit\" SET \"detail\"=$1 WHERE \"seq\"=$2"), 0, (str){ 0 }, words_without, x,
                     count));
    x->files = false; /* there, it is a number */
    return rewrite_rows(c,
                        STR("SELECT \"id\",\"params\" FROM \"zk_job\" WHERE \"id\">$1 AND \"params\" IS NOT NULL ORDER "
                            "BY \"id\" LIMIT $2"),
                        STR("UPDATE \"zk_job\" SET \"params\"=$1 WHERE \"id\"=$2"), 0, (str){ 0 }, words_without, x,
                        count);
}

/* ---- files of jobs ---- */

typedef struct {
    int64_t     id;
    str         request, result;
    const json *asked, *told; /* NULL: none */
} over_job;

typedef struct {
    ctx                *c;
    const person       *who;
    const person_words *words;
    erased_kept        *out;
    char               *piece; /* the end of the one before, and the next */
} looking;

enum { JOBS_PAGE = 100, FILES_MOST = 1000, CARRY = 1024 };

static const json *parsed(ctx *c, str text)
{
    json      *tree;
    json_fault fault;
    return text.n && json_parse(c->a, text, &tree, &fault) == ERR_OK && tree->kind == JSON_OBJECT ? tree : NULL;
}

static err jobs_page(ctx *c, int64_t after, over_job *out, size_t *n)
{
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    *n = 0;
    TRY(sql_open(c,
                 STR("SELECT \"id\",\"params\",\"result\" FROM \"zk_job\" WHERE \"id\">$1 AND \"kind\" IN "
                     "('import','export') AND \"state\" IN ('done','failed','cancelled') ORDER BY \"id\" LIMIT $2"),
                 &s));
    sql_int(&s, after);
    sql_int(&s, JOBS_PAGE);
    while (*n < JOBS_PAGE && (e = sql_row(&s, &row)) == ERR_OK && row)
        out[(*n)++] = (over_job){ .id = db_int(s.s, 0),
                                  .request = db_null(s.s, 1) ? (str){ 0 } : arena_str(c->a, db_text(s.s, 1)),
                                  .result = db_null(s.s, 2) ? (str){ 0 } : arena_str(c->a, db_text(s.s, 2)) };
    sql_close(&s);
    return e;
}

/* The entity of the person, or a whole SELECT, which may show anybody. */
static bool may_hold(const looking *x, const over_job *j)
{
    const json *of = j->asked ? json_get(j->asked, STR("entity")) : NULL;
    if (!json_is(of, JSON_STRING) || of->text.n == 0)
        return true;
    for (size_t i = 0; i < x->who->count; i++)
        if (str_eq(of->text, x->who->list[i].e->name) || str_eq(of->text, x->who->list[i].e->plural))
            return true;
    return false;
}

static bool holds_number(str s, str digits)
{
    for (ptrdiff_t from = 0;;) {
        ptrdiff_t at = str_find(str_sub(s, from, s.n), digits);
        if (at < 0)
            return false;
        at += from;
        bool before = at > 0 && s.p[at - 1] >= '0' && s.p[at - 1] <= '9';
        bool behind = at + digits.n < s.n && s.p[at + digits.n] >= '0' && s.p[at + digits.n] <= '9';
        if (!before && !behind)
            return true;
        from = at + 1;
    }
}

static bool piece_holds(const looking *x, str s)
{
    for (size_t i = 0; i < x->words->count; i++)
        if (str_find(s, x->words->list[i].text) >= 0)
            return true;
    for (size_t i = 0; i < x->who->count; i++)
        if (holds_number(s, arena_printf(x->c->a, "%lld", (long long)x->who->list[i].id)))
            return true;
    return false;
}

/* A full piece may end within a character. */
static bool is_plain(str s)
{
    for (int less = 0; less < (s.n == FILE_PIECE ? 4 : 1); less++)
        if (utf8_valid(str_sub(s, 0, s.n - less)))
            return !memchr(s.p, 0, (size_t)s.n);
    return false;
}

static err file_holds(looking *x, int64_t id, bool *holds)
{
    size_t got = 1, carried = 0;
    *holds = false;
    for (int64_t n = 0; got && !*holds; n++) {
        TRY(file_read(x->c, id, n, x->piece + carried, &got));
        str s = { x->piece, (ptrdiff_t)(carried + got) };
        *holds = got && ((n == 0 && !is_plain(s)) || piece_holds(x, s));
        carried = s.n > CARRY ? CARRY : (size_t)s.n;
        memmove(x->piece, x->piece + s.n - (ptrdiff_t)carried, carried);
    }
    return ERR_OK;
}

static err drop_of(ctx *c, const char *sql, int64_t id)
{
    statement s;
    TRY(sql_open(c, str_from(sql), &s));
    sql_int(&s, id);
    return sql_run(&s);
}

static err look_at_file(looking *x, const over_job *j, const json *member, bool *gone)
{
    int64_t   id = 0;
    bool      holds;
    file_info f;
    *gone = false;
    if (!json_is(member, JSON_STRING) || !str_to_int64(member->text, &id) || x->out->count == FILES_MOST)
        return ERR_OK;
    err e = file_find(x->c, id, &f);
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    TRY(e);
    TRY(file_holds(x, id, &holds));
    if (!holds)
        return ERR_OK;
    *gone = true;
    x->out->list[x->out->count++] = (erased_file){ .job = j->id, .file = id, .name = f.name };
    TRY(drop_of(x->c, "DELETE FROM \"zk_file_chunk\" WHERE \"file\"=$1", id));
    return drop_of(x->c, "DELETE FROM \"zk_file\" WHERE \"id\"=$1", id);
}

/* The job stays and says that its file was erased. */
static err mark_job(ctx *c, const over_job *j, bool file, bool rejected)
{
    buf         b;
    json_writer w;
    statement   s;
    buf_init(&b, 8 << 20);
    json_begin(&w, &b);
    json_object(&w);
    for (const json *m = j->told ? j->told->first : NULL; m; m = m->next) {
        json_key(&w, m->key);
        if ((file && str_eq(m->key, STR("file"))) || (rejected && str_eq(m->key, STR("rejected_file"))))
            json_null(&w);
        else
            json_value(&w, m);
    }
    json_put_bool(&w, "erased", true);
    json_object_end(&w);
    str text = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    TRY(sql_open(c, STR("UPDATE \"zk_job\" SET \"result\"=$1 WHERE \"id\"=$2"), &s));
    sql_text(&s, text);
    sql_int(&s, j->id);
    return sql_run(&s);
}

static err look_at_job(looking *x, over_job *j)
{
    bool brought, taken = false, rejected = false;
    j->asked = parsed(x->c, j->request);
    j->told = parsed(x->c, j->result);
    if (!may_hold(x, j))
        return ERR_OK;
    TRY(look_at_file(x, j, j->asked ? json_get(j->asked, STR("file")) : NULL, &brought));
    if (j->told) {
        TRY(look_at_file(x, j, json_get(j->told, STR("file")), &taken));
        TRY(look_at_file(x, j, json_get(j->told, STR("rejected_file")), &rejected));
    }
    return brought || taken || rejected ? mark_job(x->c, j, taken, rejected) : ERR_OK;
}

static err erase_job_files(looking *x)
{
    over_job *jobs = arena_make_n(x->c->a, over_job, JOBS_PAGE);
    int64_t   last = 0;
    x->out->list = arena_make_n(x->c->a, erased_file, FILES_MOST);
    x->piece = arena_alloc(x->c->a, FILE_PIECE + CARRY);
    for (size_t n = JOBS_PAGE; n == JOBS_PAGE;) {
        TRY(jobs_page(x->c, last, jobs, &n));
        for (size_t i = 0; i < n; i++) {
            TRY(look_at_job(x, &jobs[i]));
            last = jobs[i].id;
        }
    }
    return ERR_OK;
}

err erase_kept(ctx *c, const person *who, const person_words *w, str mark, erased_kept *out)
{
    putting_out x = { .words = w, .mark = mark };
    looking     files = { .c = c, .who = who, .words = w, .out = out };
    *out = (erased_kept){ 0 };
    TRY(erase_job_files(&files)); /* before their conditions: a file's number stands there */
    return erase_conditions(c, &x, &out->conditions);
}
