/* load FILE ROWS — makes the database that is measured: ROWS accounts, three contacts and three opportunities for each
 * ten of them, two hundred people in a hundred teams (so that a team owns a hundredth), all through the store as the
 * program itself writes them (history, registry, outbox and search index included), 4,000 records a transaction.
 *
 * The secondary indexes of the tables that grow are taken off before and made again after the load, as anybody would who
 * fills an empty database; what they are is read from the database, so they are the program's own.
 * The last line on standard output: the first and last id of the accounts. */
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

#include "app/person.h"
#include "app/place.h"
#include "base/date.h"
#include "base/password.h"
#include "db/dialect.h"
#include "store/store.h"

enum { PIECE = 4000, TEAMS = 100, PEOPLE = 200 };
#define PASSWORD "bench-bench"

typedef struct {
    place   *p;
    int64_t  rows, from, to; /* of this piece */
    int64_t  users[PEOPLE], teams[TEAMS];
    int64_t  first_account, first_contact;
    int64_t  start_ms, span_ms;
    uint64_t seed;
} load;

static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* The same for the same record and purpose in every load. */
static size_t pick(const load *l, int64_t i, int what, size_t n)
{
    return (size_t)(mix(l->seed ^ mix((uint64_t)i * 64 + (uint64_t)what)) % n);
}

static const char *const places[] = { "上海", "北京", "深圳", "广州", "杭州", "重庆", "成都", "武汉", "南京", "苏州",
                                      "天津", "西安", "长沙", "青岛", "宁波", "厦门", "大连", "济南", "合肥", "福州" };
static const char *const signs[] = { "华", "信", "达", "通", "恒", "瑞", "盛", "隆", "泰", "安", "康", "博",
                                     "创", "新", "科", "源", "宏", "远", "天", "明", "金", "海", "云", "龙",
                                     "凯", "鑫", "丰", "汇", "众", "联", "佳", "诚", "嘉", "晟", "铭", "锐" };
static const char *const trades[] = { "科技", "贸易", "电子", "机械", "医药", "食品", "物流", "软件",
                                      "建材", "服饰", "能源", "教育", "传媒", "化工", "汽车", "银行" };
static const char *const latin[] = { "North", "Blue",     "Silver",  "Green",   "Harbor",  "Summit",
                                     "River", "Stone",    "Bright",  "Oak",     "Iron",    "Delta",
                                     "Prime", "Nova",     "Vertex",  "Pioneer", "Atlas",   "Cobalt",
                                     "Ember", "Falcon",   "Granite", "Horizon", "Juniper", "Keystone",
                                     "Lumen", "Meridian", "Nimbus",  "Orchard", "Quartz",  "Sierra" };
static const char *const latin_trades[] = { "Systems", "Foods",    "Logistics", "Labs",   "Motors",
                                            "Energy",  "Textiles", "Media",     "Pharma", "Bank" };
static const char *const surnames[] = { "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周",
                                        "徐", "孙", "马", "朱", "胡", "郭", "何", "林", "罗", "高" };
static const char *const given[] = {
    "Anna", "Ben", "Clara", "David", "Eva", "Frank", "Grace", "Hugo", "Iris", "Jonas"
};
static const char *const family[] = { "Smith",  "Weber", "Rossi", "Dubois", "Novak",
                                      "Larsen", "Silva", "Costa", "Meyer",  "Brown" };
static const char *const industries[] = { "energy",     "manufacturing",      "retail",   "finance",
                                          "technology", "telecommunications", "software", "services",
                                          "medical",    "education" };
static const char *const types[] = { "customer", "prospect", "prospect", "prospect", "partner", "supplier", "other" };
static const char *const levels[] = { "A", "B", "B", "C", "C", "C", "D" };
static const char *const stages[] = { "prospecting", "qualification", "proposal", "negotiation", "won", "lost" };

/* ---- names ---- */

static str account_name(const load *l, arena *a, int64_t i)
{
    if (pick(l, i, 1, 3) == 0)
        return arena_printf(a, "%s %s %s %lld", latin[pick(l, i, 2, countof(latin))],
                            latin[pick(l, i, 3, countof(latin))], latin_trades[pick(l, i, 4, countof(latin_trades))],
                            (long long)(i % 1000));
    return arena_printf(a, "%s%s%s%s%s有限公司", places[pick(l, i, 2, countof(places))],
                        signs[pick(l, i, 3, countof(signs))], signs[pick(l, i, 4, countof(signs))],
                        signs[pick(l, i, 5, countof(signs))], trades[pick(l, i, 6, countof(trades))]);
}

static str contact_name(const load *l, arena *a, int64_t i)
{
    if (pick(l, i, 21, 3) == 0)
        return arena_printf(a, "%s %s", given[pick(l, i, 22, countof(given))], family[pick(l, i, 23, countof(family))]);
    return arena_printf(a, "%s%s%s", surnames[pick(l, i, 22, countof(surnames))], signs[pick(l, i, 23, countof(signs))],
                        signs[pick(l, i, 24, countof(signs))]);
}

/* ---- records ---- */

static void set(ctx *c, rec *r, const char *name, str text)
{
    const field *f = entity_field(r->e, str_from(name));
    if (!f || store_set_text(c, r, f, text) != ERR_OK) {
        fprintf(stderr, "load: %s.%s = %.*s is refused\n", r->e->name.p, name, STR_ARG(text));
        exit(1);
    }
}

static str number(ctx *c, int64_t n)
{
    return arena_printf(c->a, "%lld", (long long)n);
}

static rec *begin(ctx *c, const load *l, const char *entity_name, int64_t i, int64_t count)
{
    c->now_ms = l->start_ms + l->span_ms / count * i;
    int64_t owner = l->users[pick(l, i, 40, PEOPLE)];
    c->actor.role = ROLE_ADMINISTRATOR;
    c->actor.user = owner; /* everybody makes their own: nobody is told that they were given something */
    rec *r = store_new(c, snapshot_entity(c->snap, str_from(entity_name)));
    set(c, r, "owner", number(c, owner));
    return r;
}

static err make_account(ctx *c, const load *l, int64_t i, int64_t *id)
{
    rec *r = begin(c, l, "account", i, l->rows);
    set(c, r, "name", account_name(l, c->a, i));
    set(c, r, "type", str_from(types[pick(l, i, 7, countof(types))]));
    set(c, r, "industry", str_from(industries[pick(l, i, 8, countof(industries))]));
    set(c, r, "level", str_from(levels[pick(l, i, 9, countof(levels))]));
    set(c, r, "source", STR("web"));
    set(c, r, "employees", number(c, 1 + (int64_t)pick(l, i, 10, 5000)));
    set(c, r, "annual_revenue", arena_printf(c->a, "%zu.50", 10000 + pick(l, i, 11, 90000000)));
    set(c, r, "phone", arena_printf(c->a, "021%08zu", pick(l, i, 12, 100000000)));
    set(c, r, "website", arena_printf(c->a, "https://www.c%lld.example", (long long)i));
    set(c, r, "city", str_from(places[pick(l, i, 2, countof(places))]));
    set(c, r, "address", arena_printf(c->a, "人民路 %zu 号", 1 + pick(l, i, 13, 999)));
    TRY(store_save(c, r, 0));
    *id = r->id;
    return ERR_OK;
}

static err make_contact(ctx *c, const load *l, int64_t i, int64_t *id)
{
    rec *r = begin(c, l, "contact", i, l->rows * 3 / 10);
    set(c, r, "name", contact_name(l, c->a, i));
    set(c, r, "account", number(c, l->first_account + (int64_t)pick(l, i, 25, (size_t)l->rows)));
    set(c, r, "title", STR("经理"));
    set(c, r, "mobile", arena_printf(c->a, "138%08zu", pick(l, i, 26, 100000000)));
    set(c, r, "email", arena_printf(c->a, "p%lld@c.example", (long long)i));
    TRY(store_save(c, r, 0));
    *id = r->id;
    return ERR_OK;
}

static err make_opportunity(ctx *c, const load *l, int64_t i, int64_t *id)
{
    int64_t account = (int64_t)pick(l, i, 30, (size_t)l->rows);
    rec    *r = begin(c, l, "opportunity", i, l->rows * 3 / 10);
    set(c, r, "name", arena_printf(c->a, "%.*s %lld", STR_ARG(account_name(l, c->a, account)), (long long)i));
    set(c, r, "account", number(c, l->first_account + account));
    set(c, r, "stage", str_from(stages[pick(l, i, 31, countof(stages))]));
    set(c, r, "amount", arena_printf(c->a, "%zu", 100 + pick(l, i, 32, 1000000)));
    char day[DATE_TEXT];
    date_format(c->now_ms / DAY_MS + (int64_t)pick(l, i, 33, 120), day);
    set(c, r, "close_date", arena_str(c->a, str_from(day)));
    TRY(store_save(c, r, 0));
    *id = r->id;
    return ERR_OK;
}

static err make_people(ctx *c, void *arg)
{
    load *l = arg;
    for (int i = 0; i < TEAMS; i++) {
        rec *t = store_new(c, snapshot_entity(c->snap, STR("team")));
        set(c, t, "name", arena_printf(c->a, "Team %d", i + 1));
        TRY(store_save(c, t, 0));
        l->teams[i] = t->id;
    }
    str argon2;
    TRY(password_hash(c->a, STR(PASSWORD), &argon2));
    for (int i = 0; i < PEOPLE; i++) {
        str    name = arena_printf(c->a, "user%d", i + 1);
        person who = { .name = name, .login = name, .state = STR("active"), .team = number(c, l->teams[i % TEAMS]) };
        TRY(person_add(c, &who));
        person_password secret = { .user = who.id, .argon2 = argon2 };
        TRY(person_set_password(c, &secret));
        l->users[i] = who.id;
    }
    person admin = {
        .name = STR("admin"), .login = STR("admin"), .role = STR("administrator"), .state = STR("active")
    };
    person_password secret = { .argon2 = argon2 };
    TRY(person_add(c, &admin));
    secret.user = admin.id;
    return person_set_password(c, &secret);
}

/* ---- pieces ---- */

typedef struct {
    load *l;
    err (*make)(ctx *c, const load *l, int64_t i, int64_t *id);
    int64_t first;
} piece;

static err make_piece(ctx *c, void *arg)
{
    piece *p = arg;
    db_ids_dense(c->conn); /* accounts are asked for by random numbers between the first and the last */
    for (int64_t i = p->l->from; i < p->l->to; i++) {
        int64_t id;
        TRY(p->make(c, p->l, i, &id));
        if (i == 0)
            p->first = id;
    }
    return ERR_OK;
}

static void need(const place *p, err e, const char *doing)
{
    if (e != ERR_OK)
        exit(place_fail(p, e, doing));
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* On a terminal the line is written over; in a log there are few of them. */
static const char *line_begin(void)
{
    return isatty(2) ? "\r" : "";
}

static const char *line_end(void)
{
    return isatty(2) ? "" : "\n";
}

static int64_t make_all(load *l, const char *plural, int64_t count,
                        err (*make)(ctx *c, const load *l, int64_t i, int64_t *id))
{
    piece      p = { .l = l, .make = make };
    double     start = seconds();
    arena_mark here = arena_here(l->p->c.a);
    for (l->from = 0; l->from < count; l->from = l->to) {
        l->to = l->from + PIECE < count ? l->from + PIECE : count;
        need(l->p, store_write(&l->p->c, make_piece, &p), plural);
        arena_reset(l->p->c.a, here);
        if (isatty(2) || l->to == count || l->to * 10 / count != l->from * 10 / count)
            fprintf(stderr, "%s%-14s %8lld of %lld, %.0f a second   %s", line_begin(), plural, (long long)l->to,
                    (long long)count, (double)l->to / (seconds() - start), l->to == count ? "\n" : line_end());
    }
    return p.first;
}

/* ---- indexes ---- */

static err tidy(ctx *c, void *arg)
{
    return store_search_tidy(c, 1000, arg);
}

typedef struct {
    str names[128], sqls[128];
    int count;
} index_list;

/* All but those by account: rules look for an account's deals while they are saved. */
static err take_off(ctx *c, void *arg)
{
    index_list *l = arg;
    db_stmt    *s;
    bool        row = true;
    l->count = 0;
    TRY(db_prepare(c->conn,
                   STR("SELECT name,sql FROM sqlite_master WHERE type='index' AND sql IS NOT NULL AND tbl_name IN"
                       "('accounts','contacts','opportunities','zk_history','zk_outbox')"
                       " AND name NOT LIKE 'ix\\_%\\_account\\_%' ESCAPE '\\' ORDER BY name"),
                   &s));
    err e;
    while ((e = db_step(s, &row)) == ERR_OK && row && l->count < (int)countof(l->names)) {
        l->names[l->count] = arena_str(c->a, db_text(s, 0));
        l->sqls[l->count++] = arena_str(c->a, db_text(s, 1));
    }
    db_done(s);
    TRY(e);
    for (int i = 0; i < l->count; i++)
        TRY(db_exec(c->conn, arena_printf(c->a, "DROP INDEX \"%.*s\"", STR_ARG(l->names[i]))));
    return ERR_OK;
}

typedef struct {
    str sql;
} one_statement;

static err run_alone(db_conn *conn, void *arg)
{
    return db_exec(conn, ((one_statement *)arg)->sql);
}

static void put_back(load *l, const index_list *list)
{
    for (int i = 0; i < list->count; i++) {
        one_statement s = { list->sqls[i] };
        if (isatty(2) || i % 10 == 0)
            fprintf(stderr, "%sindexes        %2d of %d   %s", line_begin(), i + 1, list->count, line_end());
        need(l->p, db_write_alone(l->p->d, run_alone, &s), "an index");
    }
    bool more = true;
    while (more)
        need(l->p, store_write(&l->p->c, tidy, &more), "the search index");
    one_statement s = { STR("ANALYZE") };
    fputs("and statistics\n", stderr);
    need(l->p, db_write_alone(l->p->d, run_alone, &s), "ANALYZE");
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return fputs("usage: load FILE ROWS\n", stderr), 2;
    place   p;
    options o = { .value = { [OPT_DATA] = ".", [OPT_DB] = argv[1], [OPT_LOG_LEVEL] = "warn" } };
    if (!place_open(&o, PLACE_NEW, &p))
        return 1;
    enum { YEARS = 3 };
    load l = { .p = &p, .rows = strtoll(argv[2], NULL, 10), .seed = 42 };
    l.span_ms = (int64_t)YEARS * 365 * DAY_MS;
    l.start_ms = clock_now_ms() - l.span_ms;
    need(&p, store_write(&p.c, make_people, &l), "people");
    index_list list;
    list.count = 0;
    if (db_kind(p.d) == DB_SQLITE)
        need(&p, store_write(&p.c, take_off, &list), "indexes");
    arena *keep = arena_new(); /* the next transaction's memory is the last one's */
    for (int i = 0; i < list.count; i++)
        list.sqls[i] = arena_str(keep, list.sqls[i]);
    l.first_account = make_all(&l, "accounts", l.rows, make_account);
    l.first_contact = make_all(&l, "contacts", l.rows * 3 / 10, make_contact);
    make_all(&l, "opportunities", l.rows * 3 / 10, make_opportunity);
    put_back(&l, &list);
    printf("%lld %lld %lld %lld\n", (long long)l.first_account, (long long)(l.first_account + l.rows - 1),
           (long long)l.users[0], (long long)l.users[1]);
    arena_free(keep);
    place_close(&p);
    return 0;
}
