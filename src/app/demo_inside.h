/* demo_inside.h — what the files of the sample company share; nobody else includes it. */
#ifndef ZK_APP_DEMO_INSIDE_H
#define ZK_APP_DEMO_INSIDE_H
#include "store/store.h"

enum {
    DEMO_TEAMS = 7,
    DEMO_USERS = 13,
    DEMO_SELLERS = 10, /* the first users */
    DEMO_PRODUCTS = 12,
    DEMO_RIVALS = 6,
    DEMO_CAMPAIGNS = 9,
    DEMO_COSTS = DEMO_CAMPAIGNS * 2,
    DEMO_CARE = 4, /* the campaign that looks after customers */
    DEMO_CARE_RULES = 2,
    DEMO_MEMBERS = 360,
    DEMO_ACCOUNTS = 300,
    DEMO_CONTACTS = 700,
    DEMO_LEADS = 250,
    DEMO_DEALS = 500,
    DEMO_CASES = 150,
    DEMO_ACTIVITIES = 2500,
    DEMO_RATES = 25,
    DEMO_QUOTAS = DEMO_SELLERS * 4
};

/* What later records need to know of earlier ones. */
typedef struct {
    int64_t id, day; /* made on that day */
    int     owner;   /* user */
    int     of;      /* contact, deal, case: account */
    int     price;   /* product: yuan */
    bool    english;
    char    name[100], brief[60];
} demo_record;

typedef struct {
    db             *d;
    const snapshot *snap;
    ctx             c; /* in `scratch`, emptied after each piece */
    arena          *scratch;
    uint64_t        random;
    int64_t         now_ms, today;
    demo_record     team[DEMO_TEAMS], user[DEMO_USERS], product[DEMO_PRODUCTS], rival[DEMO_RIVALS];
    demo_record campaign[DEMO_CAMPAIGNS], care_rule[DEMO_CARE_RULES], account[DEMO_ACCOUNTS], contact[DEMO_CONTACTS],
        lead[DEMO_LEADS];
    demo_record deal[DEMO_DEALS], service[DEMO_CASES];
} demo;

/* ---- chance: the same for the same record, however often a piece runs ---- */
int         demo_pick(demo *d, int n);                /* 0 .. n-1 */
int         demo_between(demo *d, int low, int high); /* both included */
bool        demo_chance(demo *d, int percent);
const char *demo_one(demo *d, const char *const *list, size_t n);
#define DEMO_ONE(d, list) demo_one((d), (list), countof(list))

/* ---- time ---- */
/* An instant in office hours of that day, a Friday's for a weekend; never later than now for days up to today. */
int64_t demo_at(demo *d, int64_t day);
/* From here on it is that instant, and this user acts. */
void demo_be(demo *d, int64_t at_ms, int user);

/* ---- records ---- */
rec *demo_new(demo *d, const char *entity_name);
err  demo_load(demo *d, const char *entity_name, int64_t id, rec **out) MUST_USE;
/* One field from its canonical text; an empty text is left out. */
void demo_set(demo *d, rec *r, const char *field_name, const char *format, ...) PRINTF_LIKE(4, 5);
void demo_set_time(demo *d, rec *r, const char *field_name, int64_t at_ms);
void demo_set_day(demo *d, rec *r, const char *field_name, int64_t day);
void demo_ref(demo *d, rec *r, const char *field_name, int64_t id);
err  demo_save(demo *d, rec *r) MUST_USE;
void demo_keep(demo_record *into, const rec *r, int64_t day, int owner, const char *name, const char *brief);
/* {y} is replaced by the day's year. */
str demo_year_text(demo *d, const char *text, int64_t day);

/* ---- the parts, in order; each makes record i ---- */
err demo_team(demo *d, int i) MUST_USE;
err demo_user(demo *d, int i) MUST_USE;
err demo_rate(demo *d, int i) MUST_USE;
err demo_product(demo *d, int i) MUST_USE;
err demo_rival(demo *d, int i) MUST_USE;
err demo_quota(demo *d, int i) MUST_USE;
err demo_campaign(demo *d, int i) MUST_USE;
err demo_cost(demo *d, int i) MUST_USE;
err demo_care_rule(demo *d, int i) MUST_USE;
err demo_account(demo *d, int i) MUST_USE;
err demo_contact(demo *d, int i) MUST_USE;
err demo_deal(demo *d, int i) MUST_USE;
err demo_lead(demo *d, int i) MUST_USE;
err demo_member(demo *d, int i) MUST_USE;
err demo_case(demo *d, int i) MUST_USE;
err demo_activity(demo *d, int i) MUST_USE;

/* ---- names (demo_names.c) ---- */
typedef struct {
    char name[60], latin[60]; /* "李思远", "lisiyuan" */
    bool woman;
} demo_person;
void        demo_person_name(demo *d, bool english, demo_person *out);
const char *demo_mobile(demo *d, bool english); /* in the scratch arena */
const char *demo_landline(demo *d, const char *area);
typedef struct {
    const char *city, *region, *area, *latin;
} demo_city;
const demo_city *demo_city_of(int i);
/* A firm's full and short name, domain and industry, distinct for each i. */
void demo_firm(demo *d, int i, bool english, char name[100], char brief[60], char domain[60], const char **industry);
/* A unified social credit code of no region, with its check character. */
const char *demo_tax_number(demo *d);
#endif
