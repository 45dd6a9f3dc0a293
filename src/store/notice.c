/* zk_follow, zk_notice. */
#include "store/notice.h"

#include "base/text.h"
#include "store/deputy.h"
#include "store/internal.h"
#include "json/json.h"

enum {
    TOGETHER_MS = 10 * 60 * 1000, /* changes of one person to one record within this time are one notice */
    FOLLOWERS_MOST = 500,
    PEOPLE_MOST = 5000,
    MENTIONS_MOST = 20,
    EXCERPT = 120,
    COUNT_MOST = 1000
};

/* What a notice says beside its kind; kept as JSON. */
typedef struct {
    str     text;
    str     instead; /* who is absent, of what their deputy hears; else empty */
    str     fields[12];
    size_t  field_count;
    int64_t count;
} said;

static str said_write(ctx *c, const said *s)
{
    buf         b;
    json_writer w;
    buf_init(&b, 64 << 10);
    json_begin(&w, &b);
    json_object(&w);
    if (s->text.n)
        json_put_string(&w, "text", s->text);
    if (s->instead.n)
        json_put_string(&w, "for", s->instead);
    if (s->count > 1)
        json_put_int(&w, "count", s->count);
    if (s->field_count) {
        json_key(&w, STR("fields"));
        json_array(&w);
        for (size_t i = 0; i < s->field_count; i++)
            json_string(&w, s->fields[i]);
        json_array_end(&w);
    }
    json_object_end(&w);
    str text = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return text;
}

static void said_add_field(said *s, str name)
{
    for (size_t i = 0; i < s->field_count; i++)
        if (str_eq(s->fields[i], name))
            return;
    if (s->field_count < countof(s->fields))
        s->fields[s->field_count++] = name;
}

static said said_read(ctx *c, str text)
{
    json      *tree;
    json_fault fault;
    said       s = { .count = 1 };
    if (!text.n || json_parse(c->a, text, &tree, &fault) != ERR_OK)
        return s;
    const json *words = json_get(tree, STR("text")), *fields = json_get(tree, STR("fields"));
    if (json_is(words, JSON_STRING))
        s.text = words->text;
    const json *instead = json_get(tree, STR("for"));
    if (json_is(instead, JSON_STRING))
        s.instead = instead->text;
    (void)json_int64(json_get(tree, STR("count")), &s.count);
    for (const json *j = fields ? fields->first : NULL; j; j = j->next)
        said_add_field(&s, j->text);
    return s;
}

/* ---- telling ---- */

/* Takes back what was said a moment ago and not read yet, so that it is said once: its words go into `s`. */
static err take_back(ctx *c, int64_t user, str kind, const entity *e, int64_t record, said *s)
{
    statement q;
    bool      row;
    int64_t   id = 0;
    bool      any_record = str_eq(kind, STR("assign"));
    TRY(sql_open(
        c,
        any_record
            ? STR("SELECT \"id\",\"data\" FROM \"zk_notice\" WHERE \"user_id\"=$1 AND \"by_user\"=$2 AND "
                  "\"kind\"=$3 AND \"at\">$4 AND \"read_at\" IS NULL AND \"entity\"=$5 ORDER BY \"id\" DESC LIMIT 1")
            : STR("SELECT \"id\",\"data\" FROM \"zk_notice\" WHERE \"user_id\"=$1 AND \"by_user\"=$2 AND "
                  "\"kind\"=$3 AND \"at\">$4 AND \"read_at\" IS NULL AND \"record\"=$5 ORDER BY \"id\" DESC LIMIT 1"),
        &q));
    sql_int(&q, user);
    sql_int(&q, c->actor.user);
    sql_text(&q, kind);
    sql_time(&q, c->now_ms - TOGETHER_MS);
    if (any_record)
        sql_text(&q, e->name);
    else
        sql_int(&q, record);
    err x = sql_row(&q, &row);
    if (x == ERR_OK && row) {
        said before = said_read(c, db_null(q.s, 1) ? (str){ 0 } : arena_str(c->a, db_text(q.s, 1)));
        id = db_int(q.s, 0);
        s->count += before.count;
        for (size_t i = 0; i < before.field_count; i++)
            said_add_field(s, before.fields[i]);
    }
    sql_close(&q);
    TRY(x);
    if (!id)
        return ERR_OK;
    TRY(sql_open(c, STR("DELETE FROM \"zk_notice\" WHERE \"id\"=$1"), &q));
    sql_int(&q, id);
    return sql_run(&q);
}

static err tell_one(ctx *c, int64_t user, str kind, const entity *e, int64_t record, said s)
{
    statement q;
    int64_t   id;
    if (user == c->actor.user || user == 0)
        return ERR_OK;
    if (str_eq(kind, STR("change")) || str_eq(kind, STR("assign")))
        TRY(take_back(c, user, kind, e, record, &s));
    TRY(db_next_id(c->conn, &id));
    TRY(sql_open(
        c,
        STR("INSERT INTO \"zk_notice\"(\"id\",\"user_id\",\"at\",\"kind\",\"by_user\",\"entity\",\"record\",\"data\")"
            "VALUES($1,$2,$3,$4,$5,$6,$7,$8)"),
        &q));
    sql_int(&q, id);
    sql_int(&q, user);
    sql_time(&q, c->now_ms);
    sql_text(&q, kind);
    sql_id(&q, c->actor.user);
    sql_text(&q, e->name);
    sql_int(&q, record);
    sql_text(&q, said_write(c, &s));
    TRY(sql_run(&q));
    return store_outbox_put(c, STR("notice"), user,
                            arena_printf(c->a, "{\"kind\":\"%.*s\",\"about\":{\"entity\":\"%.*s\",\"id\":\"%lld\"}}",
                                         STR_ARG(kind), STR_ARG(e->name), (long long)record));
}

/* PEOPLE-14: of an absent person the deputy hears it too. */
static err tell(ctx *c, int64_t user, str kind, const entity *e, int64_t record, said s)
{
    int64_t       deputy = 0;
    const entity *is;
    bool          deleted;
    TRY(tell_one(c, user, kind, e, record, s));
    if (user && user != c->actor.user)
        TRY(deputy_of(c, user, &deputy));
    if (!deputy || deputy == user)
        return ERR_OK;
    TRY(registry_find(c, user, &is, &s.instead, &deleted));
    return tell_one(c, deputy, kind, e, record, s);
}

static err followers_of(ctx *c, int64_t record, int64_t **out, size_t *count)
{
    statement q;
    bool      row = true;
    err       x = ERR_OK;
    *count = 0;
    TRY(sql_open(c, STR("SELECT \"user_id\" FROM \"zk_follow\" WHERE \"record\"=$1 LIMIT $2"), &q));
    sql_int(&q, record);
    sql_int(&q, FOLLOWERS_MOST);
    while ((x = sql_row(&q, &row)) == ERR_OK && row) {
        if (*count == 0)
            *out = arena_make_n(c->a, int64_t, FOLLOWERS_MOST);
        (*out)[(*count)++] = db_int(q.s, 0);
    }
    sql_close(&q);
    return x;
}

static err tell_followers(ctx *c, str kind, const entity *e, int64_t record, const said *s)
{
    int64_t *users = NULL;
    size_t   n;
    TRY(followers_of(c, record, &users, &n));
    for (size_t i = 0; i < n; i++)
        TRY(tell(c, users[i], kind, e, record, *s));
    return ERR_OK;
}

static bool worth_telling(const field *f)
{
    return !(f->flags & (FF_ALIAS | FF_COMMON | FF_NO_HISTORY | FF_BASE)) || str_eq(f->name, STR("owner"));
}

/* What an activity is about, and so what a notice of it is about. */
static const field *about_field(const entity *e)
{
    for (size_t i = 0; i < e->field_count; i++)
        if (e->fields[i].type == FT_ANYREF && e->fields[i].flags & FF_CASCADE)
            return &e->fields[i];
    return NULL;
}

static const entity *about_of(ctx *c, const rec *r, int64_t *id)
{
    const field  *f = about_field(r->e);
    const entity *e = f && r->v[f->index].set ? snapshot_entity(c->snap, r->v[f->index].s) : NULL;
    if (e)
        *id = r->v[f->index].i;
    return e;
}

/* ---- "@name" ---- */

typedef struct {
    int64_t id;
    str     names[2]; /* folded: name, login */
} person;

static err people(ctx *c, person **out, size_t *count)
{
    statement q;
    bool      row = true;
    err       x = ERR_OK;
    *out = arena_make_n(c->a, person, PEOPLE_MOST);
    *count = 0;
    TRY(sql_open(c,
                 STR("SELECT \"id\",\"name\",\"login\" FROM \"users\" WHERE \"deleted_at\" IS NULL AND "
                     "\"state\"<>'disabled' ORDER BY \"id\" LIMIT $1"),
                 &q));
    sql_int(&q, PEOPLE_MOST);
    while (*count < PEOPLE_MOST && (x = sql_row(&q, &row)) == ERR_OK && row) {
        person *p = &(*out)[(*count)++];
        p->id = db_int(q.s, 0);
        for (int i = 0; i < 2; i++)
            if (!db_null(q.s, i + 1))
                p->names[i] = text_fold(c->a, db_text(q.s, i + 1));
    }
    sql_close(&q);
    return x;
}

static bool is_word(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '_';
}

/* "@ann" is not said by "@annabel". */
static bool begins_with_name(str text, str name)
{
    if (!name.n || !str_starts(text, name))
        return false;
    return text.n == name.n || !is_word(name.p[name.n - 1]) || !is_word(text.p[name.n]);
}

/* Behind each "@" the longest name that stands there; who bears the same is meant too. */
static size_t mentioned(str folded, const person *all, size_t count, int64_t out[MENTIONS_MOST])
{
    size_t n = 0;
    for (ptrdiff_t i = 0; i < folded.n; i++) {
        str       rest = str_sub(folded, i + 1, folded.n);
        ptrdiff_t longest = 0;
        if (folded.p[i] != '@' || (i > 0 && is_word(folded.p[i - 1]))) /* not in an e-mail address */
            continue;
        for (size_t k = 0; k < count * 2; k++) {
            str name = all[k / 2].names[k % 2];
            if (name.n > longest && begins_with_name(rest, name))
                longest = name.n;
        }
        for (size_t k = 0; longest && k < count * 2 && n < MENTIONS_MOST; k++) {
            str  name = all[k / 2].names[k % 2];
            bool known = name.n != longest || !begins_with_name(rest, name);
            for (size_t m = 0; m < n; m++)
                known = known || out[m] == all[k / 2].id;
            if (!known)
                out[n++] = all[k / 2].id;
        }
    }
    return n;
}

static bool may_mention(const rec *r, const field *f)
{
    return f->type == FT_LONG_TEXT || ((int)f->index == r->e->title && about_field(r->e));
}

static err tell_mentioned(ctx *c, const rec *old, const rec *next)
{
    person *all = NULL;
    size_t  count = 0;
    for (size_t i = 0; i < next->e->field_count; i++) {
        const field *f = &next->e->fields[i];
        int64_t      now[MENTIONS_MOST], before[MENTIONS_MOST], record = next->id;
        if (f->flags & FF_ALIAS || !next->v[i].set || !may_mention(next, f) || !rec_changed(old, next, i) ||
            str_find_char(next->v[i].s, '@') < 0)
            continue;
        if (!all)
            TRY(people(c, &all, &count));
        size_t        n = mentioned(text_fold(c->a, next->v[i].s), all, count, now);
        size_t        m = old && old->v[i].set ? mentioned(text_fold(c->a, old->v[i].s), all, count, before) : 0;
        said          s = { .text = utf8_cut(next->v[i].s, EXCERPT), .count = 1 };
        const entity *about = about_of(c, next, &record);
        for (size_t k = 0; k < n; k++) {
            bool known = false;
            for (size_t b = 0; b < m; b++)
                known = known || before[b] == now[k];
            if (!known)
                TRY(tell(c, now[k], STR("mention"), about ? about : next->e, record, s));
        }
    }
    return ERR_OK;
}

/* ---- after a record was written ---- */

static err tell_owner(ctx *c, const rec *old, const rec *next)
{
    const field *f = next->e->def->owned ? entity_common(next->e, CF_OWNER) : NULL;
    if (!f || !next->v[f->index].set || !rec_changed(old, next, (size_t)f->index))
        return ERR_OK;
    return tell(c, next->v[f->index].i, STR("assign"), next->e, next->id, (said){ .count = 1 });
}

static err tell_about(ctx *c, const rec *old, const rec *next)
{
    int64_t       id = 0;
    const field  *f = about_field(next->e);
    const entity *e = about_of(c, next, &id);
    if (!e || !rec_changed(old, next, (size_t)f->index))
        return ERR_OK;
    said s = { .text = utf8_cut(record_name(next), EXCERPT), .count = 1 };
    return tell_followers(c, STR("about"), e, id, &s);
}

err notice_change(ctx *c, const rec *old, const rec *next, what w)
{
    said s = { .count = 1 };
    if (c->importing || w == WHAT_PURGE || c->erasing.n)
        return ERR_OK;
    if (!c->actor.user) /* a form, a rule: whoever it is given to is told */
        return w == WHAT_CREATE || w == WHAT_UPDATE ? tell_owner(c, old, next) : ERR_OK;
    if (w == WHAT_CREATE || w == WHAT_UPDATE)
        TRY(tell_owner(c, old, next));
    if (c->operation && w != WHAT_DELETE)
        return ERR_OK;
    if (w == WHAT_CREATE || w == WHAT_UPDATE) {
        TRY(tell_mentioned(c, old, next));
        TRY(tell_about(c, old, next));
    }
    if (w == WHAT_CREATE)
        return ERR_OK;
    for (size_t i = 0; w == WHAT_UPDATE && i < next->e->field_count; i++)
        if (worth_telling(&next->e->fields[i]) && rec_changed(old, next, i))
            said_add_field(&s, next->e->fields[i].name);
    if (w == WHAT_UPDATE && !s.field_count)
        return ERR_OK;
    return tell_followers(c, w == WHAT_UPDATE ? STR("change") : str_from(what_name(w)), next->e, next->id, &s);
}

err notice_tell(ctx *c, int64_t user, str kind, const entity *e, int64_t record, str text)
{
    return tell(c, user, kind, e, record, (said){ .text = utf8_cut(text, EXCERPT), .count = 1 });
}

/* ---- reading ---- */

static str filled(ctx *c, str pattern, const str values[3])
{
    buf b;
    buf_init(&b, 64 << 10);
    for (ptrdiff_t i = 0; i < pattern.n; i++) {
        bool slot = pattern.p[i] == '{' && i + 2 < pattern.n && pattern.p[i + 2] == '}' && pattern.p[i + 1] >= '0' &&
                    pattern.p[i + 1] <= '2';
        if (slot)
            buf_puts(&b, values[pattern.p[i + 1] - '0']), i += 2;
        else
            buf_putc(&b, pattern.p[i]);
    }
    str text = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return text;
}

static str field_names(ctx *c, const entity *e, const said *s)
{
    str text = { 0 }, comma = label_get(c->lang, STR("notice.comma"));
    for (size_t i = 0; i < s->field_count; i++) {
        const field *f = e ? entity_field(e, s->fields[i]) : NULL;
        if (!f || permit_show(&c->actor, f) == SHOW_NOT)
            continue;
        text = text.n ? arena_printf(c->a, "%.*s%.*s%.*s", STR_ARG(text), STR_ARG(comma), STR_ARG(f->label[c->lang]))
                      : f->label[c->lang];
    }
    return text;
}

static void put_words(ctx *c, notice *n, const said *s)
{
    bool many = str_eq(n->kind, STR("assign")) && s->count > 1;
    str  third = s->field_count ? field_names(c, n->e, s) : s->text;
    if (many)
        third = arena_printf(c->a, "%lld", (long long)s->count);
    bool bare = str_eq(n->kind, STR("due")) && !third.n;
    str  key = arena_printf(c->a, "notice.%.*s%s", STR_ARG(n->kind), many ? ".many" : bare ? ".now" : "");
    str  who = n->by_name.n ? n->by_name : label_get(c->lang, STR("notice.somebody"));
    n->text = filled(c, label_get(c->lang, key), (const str[3]){ who, n->record_name, third });
    if (s->instead.n)
        n->text = filled(c, label_get(c->lang, STR("notice.for")), (const str[3]){ s->instead, n->text, { 0 } });
}

/* The record must still be for the reader's eyes; deleted ones are named. */
static err readable(ctx *c, const entity *e, int64_t record, bool *out)
{
    rec *r;
    *out = e && permit_entity(&c->actor, e, VERB_READ);
    if (!*out || permit_scope(&c->actor, e, VERB_READ, c->a).kind == SCOPE_ALL)
        return ERR_OK;
    err x = store_load_any(c, e, record, &r);
    *out = x == ERR_OK && record_scope(c, VERB_READ, r) == ERR_OK;
    return x == ERR_NOT_FOUND ? ERR_OK : x;
}

typedef struct {
    notice *list;
    said   *words;
    size_t  count;
} notices;

static err notices_before(ctx *c, int64_t before, int limit, notices *into)
{
    statement q;
    bool      row = true;
    err       x = ERR_OK;
    into->list = arena_make_n(c->a, notice, limit);
    into->words = arena_make_n(c->a, said, limit);
    into->count = 0;
    TRY(sql_open(
        c,
        STR("SELECT n.\"id\",n.\"at\",n.\"by_user\",n.\"read_at\",n.\"kind\",u.\"name\",n.\"entity\",n.\"record\","
            "r.\"name\",n.\"data\" FROM \"zk_notice\" n LEFT JOIN \"zk_record\" u ON u.\"id\"=n.\"by_user\" "
            "LEFT JOIN \"zk_record\" r ON r.\"id\"=n.\"record\" WHERE n.\"user_id\"=$1 AND n.\"id\"<$2 "
            "ORDER BY n.\"id\" DESC LIMIT $3"),
        &q));
    sql_int(&q, c->actor.user);
    sql_int(&q, before);
    sql_int(&q, limit);
    while ((x = sql_row(&q, &row)) == ERR_OK && row) {
        notice *o = &into->list[into->count];
        o->id = db_int(q.s, 0);
        o->at = db_time(q.s, 1);
        o->by = db_null(q.s, 2) ? 0 : db_int(q.s, 2);
        o->read_at = db_null(q.s, 3) ? 0 : db_time(q.s, 3);
        o->kind = arena_str(c->a, db_text(q.s, 4));
        o->by_name = db_null(q.s, 5) ? (str){ 0 } : arena_str(c->a, db_text(q.s, 5));
        o->e = db_null(q.s, 6) ? NULL : snapshot_entity(c->snap, db_text(q.s, 6));
        o->record = db_null(q.s, 7) ? 0 : db_int(q.s, 7);
        o->record_name = db_null(q.s, 8) ? (str){ 0 } : arena_str(c->a, db_text(q.s, 8));
        into->words[into->count++] = said_read(c, db_null(q.s, 9) ? (str){ 0 } : arena_str(c->a, db_text(q.s, 9)));
    }
    sql_close(&q);
    return x;
}

/* PERMIT-4: what is about a record that is hidden is passed over. */
err notice_list(ctx *c, int64_t before, int limit, notice **out, size_t *count, bool *more)
{
    notices some;
    int64_t at = before ? before : INT64_MAX;
    *out = arena_make_n(c->a, notice, limit);
    *count = 0;
    *more = false;
    do {
        TRY(notices_before(c, at, limit + 1, &some));
        for (size_t i = 0; i < some.count && !*more; i++) {
            bool may;
            at = some.list[i].id;
            TRY(readable(c, some.list[i].e, some.list[i].record, &may));
            if (!may)
                continue;
            *more = *count == (size_t)limit;
            if (*more)
                break;
            put_words(c, &some.list[i], &some.words[i]);
            (*out)[(*count)++] = some.list[i];
        }
    } while (!*more && some.count == (size_t)limit + 1);
    return ERR_OK;
}

/* How many wait, by record: a person who follows much has many about few. */
err notice_unread(ctx *c, int64_t *out)
{
    typedef struct {
        const entity *e;
        int64_t       record, count;
    } waiting;
    statement q;
    bool      row = true;
    err       x = ERR_OK;
    size_t    n = 0;
    waiting  *list = arena_make_n(c->a, waiting, COUNT_MOST);
    *out = 0;
    TRY(sql_open(
        c,
        STR("SELECT \"entity\",\"record\",count(*) FROM (SELECT \"entity\",\"record\" FROM \"zk_notice\" WHERE "
            "\"user_id\"=$1 AND \"read_at\" IS NULL LIMIT $2) x GROUP BY \"entity\",\"record\""),
        &q));
    sql_int(&q, c->actor.user);
    sql_int(&q, COUNT_MOST);
    while (n < COUNT_MOST && (x = sql_row(&q, &row)) == ERR_OK && row)
        list[n++] = (waiting){ .e = db_null(q.s, 0) ? NULL : snapshot_entity(c->snap, db_text(q.s, 0)),
                               .record = db_null(q.s, 1) ? 0 : db_int(q.s, 1),
                               .count = db_int(q.s, 2) };
    sql_close(&q);
    TRY(x);
    for (size_t i = 0; i < n; i++) {
        bool may;
        TRY(readable(c, list[i].e, list[i].record, &may));
        *out += may ? list[i].count : 0;
    }
    return ERR_OK;
}

static err mark(ctx *c, str more, int64_t a)
{
    statement q;
    TRY(sql_open(
        c,
        arena_printf(c->a, "UPDATE \"zk_notice\" SET \"read_at\"=$1 WHERE \"user_id\"=$2 AND \"read_at\" IS NULL%.*s",
                     STR_ARG(more)),
        &q));
    sql_time(&q, c->now_ms);
    sql_int(&q, c->actor.user);
    if (more.n)
        sql_int(&q, a);
    return sql_run(&q);
}

err notice_read(ctx *c, const int64_t *ids, size_t count, const entity *e, int64_t record)
{
    int64_t left;
    for (size_t i = 0; ids && i < count; i++)
        TRY(mark(c, STR(" AND \"id\"=$3"), ids[i]));
    if (!ids && e)
        TRY(mark(c, STR(" AND \"record\"=$3"), record));
    else if (!ids)
        TRY(mark(c, (str){ 0 }, 0));
    TRY(notice_unread(c, &left));
    return store_outbox_put(c, STR("notice"), c->actor.user,
                            arena_printf(c->a, "{\"kind\":\"read\",\"unread\":%lld}", (long long)left));
}

err notice_sweep(ctx *c, int64_t older_than_ms)
{
    statement q;
    TRY(sql_open(c, STR("DELETE FROM \"zk_notice\" WHERE \"at\"<$1"), &q));
    sql_time(&q, older_than_ms);
    return sql_run(&q);
}

/* ---- following ---- */

err follow_list(ctx *c, const entity *e, int64_t id, follower **out, size_t *count, bool *mine)
{
    rec      *r;
    statement q;
    bool      row = true;
    err       x = ERR_OK;
    TRY(store_load(c, e, id, &r));
    *out = arena_make_n(c->a, follower, FOLLOWERS_SHOWN);
    *count = 0;
    *mine = false;
    TRY(sql_open(
        c,
        STR("SELECT f.\"user_id\",u.\"name\" FROM \"zk_follow\" f JOIN \"zk_record\" u ON u.\"id\"=f.\"user_id\" "
            "WHERE f.\"record\"=$1 AND u.\"deleted_at\" IS NULL ORDER BY f.\"at\",f.\"user_id\" LIMIT $2"),
        &q));
    sql_int(&q, id);
    sql_int(&q, FOLLOWERS_SHOWN);
    while (*count < FOLLOWERS_SHOWN && (x = sql_row(&q, &row)) == ERR_OK && row) {
        follower *f = &(*out)[(*count)++];
        f->id = db_int(q.s, 0);
        f->name = db_null(q.s, 1) ? (str){ 0 } : arena_str(c->a, db_text(q.s, 1));
        *mine = *mine || f->id == c->actor.user;
    }
    sql_close(&q);
    return x;
}

err follow_set(ctx *c, const entity *e, int64_t id, bool follow)
{
    rec      *r;
    statement q;
    TRY(store_load(c, e, id, &r));
    TRY(sql_open(c,
                 follow ? STR("INSERT INTO \"zk_follow\"(\"record\",\"user_id\",\"at\")VALUES($1,$2,$3) "
                              "ON CONFLICT(\"record\",\"user_id\") DO NOTHING")
                        : STR("DELETE FROM \"zk_follow\" WHERE \"record\"=$1 AND \"user_id\"=$2"),
                 &q));
    sql_int(&q, id);
    sql_int(&q, c->actor.user);
    if (follow)
        sql_time(&q, c->now_ms);
    return sql_run(&q);
}
