/* The sample company: its order, its clock, its dice. */
#include "app/demo.h"

#include <stdarg.h>

#include "app/demo_inside.h"
#include "base/date.h"
#include "base/text.h"
#include "store/kept.h"

#define SEED UINT64_C(0x5a68696b65)

/* ---- chance ---- */

/* splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators") */
static uint64_t next_random(demo *d)
{
    uint64_t z = d->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

int demo_pick(demo *d, int n)
{
    ASSERT(n > 0);
    return (int)(next_random(d) % (uint64_t)n);
}

int demo_between(demo *d, int low, int high)
{
    return low + demo_pick(d, high - low + 1);
}

bool demo_chance(demo *d, int percent)
{
    return demo_pick(d, 100) < percent;
}

const char *demo_one(demo *d, const char *const *list, size_t n)
{
    return list[demo_pick(d, (int)n)];
}

/* ---- time ---- */

int64_t demo_at(demo *d, int64_t day)
{
    int     weekday = date_weekday(day);
    int64_t office = weekday > 5 ? day - (weekday - 5) : day;
    int64_t at = zone_day_start_ms(d->snap->zone, office) + (int64_t)demo_between(d, 9 * 60, 18 * 60) * 60000;
    return day <= d->today && at > d->now_ms ? d->now_ms - (int64_t)demo_pick(d, 3600) * 1000 : at;
}

void demo_be(demo *d, int64_t at_ms, int user)
{
    d->c.now_ms = at_ms < d->now_ms ? at_ms : d->now_ms;
    d->c.actor.user = d->user[user].id;
}

/* ---- records ---- */

rec *demo_new(demo *d, const char *entity_name)
{
    return store_new(&d->c, snapshot_entity(d->snap, str_from(entity_name)));
}

err demo_load(demo *d, const char *entity_name, int64_t id, rec **out)
{
    return store_load(&d->c, snapshot_entity(d->snap, str_from(entity_name)), id, out);
}

static const field *field_of(const rec *r, const char *name)
{
    const field *f = entity_field(r->e, str_from(name));
    ASSERT(f);
    return f;
}

static void set_value(demo *d, rec *r, const char *name, str text)
{
    /* What is refused is a problem of the context, and the save says so. */
    if (text.n && store_set_text(&d->c, r, field_of(r, name), text) != ERR_OK)
        ASSERT(d->c.problem_count);
}

void demo_set(demo *d, rec *r, const char *field_name, const char *format, ...)
{
    char    text[2000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    set_value(d, r, field_name, arena_str(d->c.a, str_from(text)));
}

void demo_set_time(demo *d, rec *r, const char *field_name, int64_t at_ms)
{
    (void)d;
    rec_set_int(r, (size_t)field_of(r, field_name)->index, at_ms);
}

void demo_set_day(demo *d, rec *r, const char *field_name, int64_t day)
{
    (void)d;
    rec_set_int(r, (size_t)field_of(r, field_name)->index, day);
}

void demo_ref(demo *d, rec *r, const char *field_name, int64_t id)
{
    (void)d;
    rec_set_ref(r, (size_t)field_of(r, field_name)->index, id);
}

err demo_save(demo *d, rec *r)
{
    return store_save(&d->c, r, 0);
}

void demo_keep(demo_record *into, const rec *r, int64_t day, int owner, const char *name, const char *brief)
{
    into->id = r->id;
    into->day = day;
    into->owner = owner;
    snprintf(into->name, sizeof into->name, "%s", name);
    snprintf(into->brief, sizeof into->brief, "%s", brief);
}

str demo_year_text(demo *d, const char *with_mark, int64_t day)
{
    civil     c = date_to_civil(day);
    str       text = str_from(with_mark);
    ptrdiff_t at = str_find(text, STR("{y}"));
    if (at < 0)
        return text;
    return arena_printf(d->c.a, "%.*s%d%.*s", (int)at, text.p, c.year, (int)(text.n - at - 3), text.p + at + 3);
}

/* ---- pieces: some records a transaction ---- */

typedef struct {
    demo *d;
    err (*one)(demo *d, int i);
    int number, from, to;
} piece;

static err run_piece(db_conn *conn, void *arg)
{
    piece *p = arg;
    demo  *d = p->d;
    arena_clear(d->scratch);
    ctx_reset(&d->c);
    TRY(store_begin(&d->c, conn));
    for (int i = p->from; i < p->to; i++) {
        d->random = SEED ^ ((uint64_t)p->number << 40) ^ ((uint64_t)i << 8);
        demo_be(d, d->now_ms, 0);
        TRY(p->one(d, i));
    }
    return store_finish(&d->c);
}

static err make_name(demo *d, int i)
{
    (void)i;
    if (!d->snap->org_name.n)
        TRY(setting_put(&d->c, STR("org_name"), STR("汀澜工业科技有限公司")));
    return store_snapshot_bump(&d->c);
}

/* Where each customer stands, by its orders and contacts. */
static err judge_account(demo *d, int i)
{
    rec *r;
    TRY(demo_load(d, "account", d->account[i].id, &r));
    d->c.importing = false;
    err e = store_save_derived(&d->c, r);
    d->c.importing = true;
    return e;
}

static const struct {
    err (*one)(demo *d, int i);
    int count, at_once;
} parts[] = {
    { make_name, 1, 1 },
    { demo_team, DEMO_TEAMS, 100 },
    { demo_user, DEMO_USERS, 100 },
    { demo_rate, DEMO_RATES, 100 },
    { demo_product, DEMO_PRODUCTS, 100 },
    { demo_rival, DEMO_RIVALS, 100 },
    { demo_quota, DEMO_QUOTAS, 100 },
    { demo_campaign, DEMO_CAMPAIGNS, 100 },
    { demo_cost, DEMO_COSTS, 100 },
    { demo_care_rule, DEMO_CARE_RULES, 100 },
    { demo_account, DEMO_ACCOUNTS, 150 },
    { demo_contact, DEMO_CONTACTS, 250 },
    { demo_deal, DEMO_DEALS, 50 },
    { demo_lead, DEMO_LEADS, 125 },
    { demo_member, DEMO_MEMBERS, 200 },
    { demo_case, DEMO_CASES, 75 },
    { demo_activity, DEMO_ACTIVITIES, 250 },
    { judge_account, DEMO_ACCOUNTS, 150 },
};

static err run_parts(demo *d)
{
    for (size_t k = 0; k < countof(parts); k++)
        for (int from = 0; from < parts[k].count; from += parts[k].at_once) {
            int   to = from + parts[k].at_once;
            piece p = { d, parts[k].one, (int)k, from, to < parts[k].count ? to : parts[k].count };
            TRY(db_write_alone(d->d, run_piece, &p));
        }
    return ERR_OK;
}

/* Anything of the kind that people enter? */
static err look_empty(demo *d, bool *empty)
{
    const char *const kinds[] = { "account", "contact", "lead", "opportunity", "product", "team", "case", "activity" };
    *empty = true;
    TRY(db_read_begin(d->d, DB_LONG, &d->c.conn));
    err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < countof(kinds); i++) {
        int64_t     *ids;
        size_t       n = 0;
        list_request r = { .limit = 1 };
        e = query_ids(&d->c, snapshot_entity(d->snap, str_from(kinds[i])), &r, 1, &ids, &n);
        *empty = *empty && n == 0;
    }
    db_read_end(d->c.conn);
    d->c.conn = NULL;
    return e;
}

static err fill(demo *d, arena *a, str *why)
{
    bool empty;
    TRY(look_empty(d, &empty));
    if (!empty) {
        *why = STR("the sample company goes into an empty database only; this one has records already");
        return ERR_CONFLICT;
    }
    err e = run_parts(d);
    if (e != ERR_OK && d->c.problem_count)
        *why = arena_printf(a, "the sample company could not be made: %.*s: %.*s", STR_ARG(d->c.problems[0].field),
                            STR_ARG(d->c.problems[0].message));
    return e;
}

err demo_fill(db *database, const entity_def *const *all, arena *a, str *why)
{
    snapshot *snap;
    *why = STR("the sample company could not be made; the log says why");
    TRY(store_snapshot_load(database, all, a, &snap, why));
    demo *d = calloc(1, sizeof *d);
    ASSERT(d);
    d->d = database;
    d->snap = snap;
    d->scratch = arena_new();
    d->now_ms = clock_now_ms();
    d->today = zone_local_date(snap->zone, d->now_ms);
    d->c = (ctx){ .a = d->scratch,
                  .db = database,
                  .snap = snap,
                  .actor = { .role = ROLE_ADMINISTRATOR },
                  .now_ms = d->now_ms,
                  .zone = snap->zone,
                  .lang = snap->organisation_lang,
                  .importing = true, /* the past: closing times, converted leads */
                  .position = -1 };
    err e = fill(d, a, why);
    if (e == ERR_OK)
        *why = (str){ 0 };
    arena_free(d->scratch);
    free(d);
    snapshot_unpin(snap);
    return e;
}
