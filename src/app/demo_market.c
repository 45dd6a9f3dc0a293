/* Whom the sample company deals with: accounts, contacts, leads, members of campaigns. */
#include "app/demo_inside.h"
#include "base/date.h"

/* ---- accounts ---- */

static const char *const streets[] = { "云栖路", "创业大道", "滨河东路",   "科苑路",
                                       "兴业街", "望江路",   "工业园三路", "迎宾大道" };
static const char *const about_firm[] = {
    "两条产线在用，今年计划再上一条。",     "设备以进口为主，备件成本压力大。",   "集团统一采购，招标周期较长。",
    "老板亲自抓降本，对投资回收期很敏感。", "信息化基础薄弱，先从数据采集做起。", "质量部推动，关注缺陷率和追溯。",
    "新厂明年投产，规划阶段就可介入。",     "同行推荐而来，信任度高。",
};

/* Who sells where: east to 2–4, south to 5–7, the rest of the country to all of them, abroad to 8 and 9. */
static int seller_of(demo *d, bool english, const char *region)
{
    if (english)
        return demo_between(d, 8, 9);
    if (demo_chance(d, 8)) /* the head of the house looks after some */
        return 0;
    if (strcmp(region, "华东") == 0)
        return demo_chance(d, 20) ? 2 : demo_between(d, 3, 4);
    if (strcmp(region, "华南") == 0)
        return demo_chance(d, 20) ? 5 : demo_between(d, 6, 7);
    return demo_between(d, 1, 7);
}

static void account_details(demo *d, rec *r, int i, const char *domain, const demo_city *city, bool english)
{
    static const char *const levels[] = { "A", "B", "B", "C", "C", "C", "D" };
    static const char *const sources[] = { "exhibition", "referral", "web", "phone", "partner", "visit", "campaign" };
    int                      people = demo_between(d, 3, 80) * demo_between(d, 8, 40);
    demo_set(d, r, "level", "%s", DEMO_ONE(d, levels));
    demo_set(d, r, "source", "%s", DEMO_ONE(d, sources));
    demo_set(d, r, "employees", "%d", people);
    demo_set(d, r, "currency", "%s", english ? "USD" : "CNY");
    demo_set(d, r, "annual_revenue", "%d0000", people * demo_between(d, 20, english ? 40 : 120));
    demo_set(d, r, "website", "https://www.%s", domain);
    demo_set(d, r, "email", "info@%s", domain);
    demo_set(d, r, "region", "%s", city->region);
    demo_set(d, r, "city", "%s", city->city);
    if (english) {
        demo_set(d, r, "phone", "%s", demo_mobile(d, true));
        demo_set(d, r, "address", "%d Harbour Road, %s", demo_between(d, 2, 190), city->city);
        return;
    }
    demo_set(d, r, "phone", "%s", demo_landline(d, city->area));
    demo_set(d, r, "tax_number", "%s", demo_tax_number(d));
    demo_set(d, r, "address", "%s市%s %d 号", city->city, DEMO_ONE(d, streets), demo_between(d, 1, 980));
    if (i % 3 == 0)
        demo_set(d, r, "description", "%s", DEMO_ONE(d, about_firm));
}

err demo_account(demo *d, int i)
{
    bool             english = i % 12 == 11;
    const demo_city *city = demo_city_of(english ? -(i / 12) - 1 : i);
    char             name[100], brief[60], domain[60];
    const char      *industry,
        *types[] = { "customer", "customer", "customer", "prospect", "prospect", "buyer", "partner", "agent" };
    demo_firm(d, i, english, name, brief, domain, &industry);
    int     owner = seller_of(d, english, city->region);
    int64_t day = d->today - 3 - (int64_t)(600 * (DEMO_ACCOUNTS - i) / DEMO_ACCOUNTS) - demo_pick(d, 30);
    if (i % 25 == 24)
        day = d->today - demo_pick(d, 20); /* some are new this month */
    demo_be(d, demo_at(d, day), owner);
    rec *r = demo_new(d, "account");
    demo_ref(d, r, "owner", d->user[owner].id);
    demo_set(d, r, "name", "%s", name);
    demo_set(d, r, "industry", "%s", industry);
    demo_set(d, r, "type", "%s", DEMO_ONE(d, types));
    account_details(d, r, i, domain, city, english);
    if (i > 60 && i % 15 == 7)
        demo_ref(d, r, "parent", d->account[i - 60].id);
    TRY(demo_save(d, r));
    demo_keep(&d->account[i], r, day, owner, name, brief);
    d->account[i].english = english;
    return ERR_OK;
}

/* ---- contacts ---- */

static const char *const titles[] = { "采购经理", "设备部部长", "生产副总", "信息化主任", "总经理",
                                      "质量经理", "工艺工程师", "财务总监", "厂长",       "能源主管" };
static const char *const departments[] = { "采购部", "设备部", "生产部", "信息部", "总经办",
                                           "质量部", "工艺部", "财务部", "厂部",   "能源部" };
static const char *const english_titles[] = { "Maintenance Manager", "Plant Manager", "Head of Procurement",
                                              "Operations Director", "Quality Lead" };

err demo_contact(demo *d, int i)
{
    int                of = i < DEMO_ACCOUNTS ? i : demo_pick(d, DEMO_ACCOUNTS);
    const demo_record *firm = &d->account[of];
    demo_person        who;
    int                job = demo_pick(d, countof(titles));
    int64_t            day = firm->day + demo_pick(d, 20) < d->today ? firm->day + demo_pick(d, 20) : d->today;
    demo_person_name(d, firm->english, &who);
    demo_be(d, demo_at(d, day), firm->owner);
    rec *r = demo_new(d, "contact");
    demo_ref(d, r, "owner", d->user[firm->owner].id);
    demo_set(d, r, "name", "%s", who.name);
    demo_ref(d, r, "account", firm->id);
    demo_set(d, r, "title", "%s", firm->english ? DEMO_ONE(d, english_titles) : titles[job]);
    if (!firm->english) {
        demo_set(d, r, "department", "%s", departments[job]);
        demo_set(d, r, "wechat", "%s%02d", who.latin, i % 100);
    }
    demo_set(d, r, "mobile", "%s", demo_mobile(d, firm->english));
    demo_set(d, r, "email", "%s.%d@mail.example", who.latin, i + 1);
    if (i % 4 == 0)
        demo_set_day(d, r, "birthday", d->today - 365 * demo_between(d, 26, 58) - demo_pick(d, 365));
    if (i >= DEMO_ACCOUNTS && demo_chance(d, 40) && d->contact[of].of == of)
        demo_ref(d, r, "reports_to", d->contact[of].id); /* the firm's first */
    TRY(demo_save(d, r));
    demo_keep(&d->contact[i], r, day, firm->owner, who.name, who.name);
    d->contact[i].of = of;
    d->contact[i].english = firm->english;
    if (i % 25 != 24)
        return ERR_OK;
    rec *further = demo_new(d, "contact_account"); /* and advises another firm */
    demo_ref(d, further, "contact", d->contact[i].id);
    demo_ref(d, further, "account", d->account[(d->contact[i].of + 1) % 40].id);
    demo_set(d, further, "role", "consultant");
    return demo_save(d, further);
}

/* ---- leads ---- */

static const char *const needs[] = {
    "想先接 20 台注塑机的数据，看开机率和能耗。",
    "风机经常突发停机，希望提前知道轴承状态。",
    "外观检测还靠人工，夜班漏检多。",
    "申报节能项目，需要分项计量和报表。",
    "仓库到产线的转运占用六个人，想用机器人替代。",
    "总部要求三个月内上线数据看板。",
    "现有系统厂家不再维护，寻找替换方案。",
    "在展会上看过演示，请发一份报价。",
};
static const char *const english_needs[] = {
    "Pumps fail without warning; wants early signs.",
    "Group asks for energy figures per line by year end.",
    "Looking for a pilot in one plant before rolling out.",
    "Replacing a system that is no longer maintained.",
};
static const char *const reasons[] = {
    "no_need", "no_budget", "not_reachable", "competitor", "duplicate", "wrong_data"
};

static void lead_person(demo *d, rec *r, int i, bool english, demo_person *who)
{
    char             name[100], brief[60], domain[60];
    const char      *industry;
    const demo_city *city = demo_city_of(english ? -i - 1 : i + 11);
    demo_person_name(d, english, who);
    demo_firm(d, i + 1024, english, name, brief, domain, &industry);
    demo_set(d, r, "name", "%s", who->name);
    demo_set(d, r, "company", "%s", name);
    demo_set(d, r, "industry", "%s", industry);
    demo_set(d, r, "title", "%s", english ? DEMO_ONE(d, english_titles) : DEMO_ONE(d, titles));
    demo_set(d, r, "mobile", "%s", demo_mobile(d, english));
    demo_set(d, r, "email", "%s@%s", who->latin, domain);
    demo_set(d, r, "region", "%s", city->region);
    demo_set(d, r, "city", "%s", city->city);
    demo_set(d, r, "need", "%s", english ? DEMO_ONE(d, english_needs) : DEMO_ONE(d, needs));
    demo_set(d, r, "currency", "%s", english ? "USD" : "CNY");
    if (demo_chance(d, 60))
        demo_set(d, r, "budget", "%d0000", demo_between(d, 3, 90));
}

/* What became of it. */
static err lead_result(demo *d, rec *r, int i, const char *status, int64_t day, int owner)
{
    int64_t later = strcmp(status, "converted") ? day + demo_between(d, 2, 20) : d->deal[i].day;
    demo_be(d, demo_at(d, later < d->today ? later : d->today), owner);
    demo_set(d, r, "status", "%s", status);
    demo_set_time(d, r, "last_contact_at", d->c.now_ms);
    if (strcmp(status, "unqualified") == 0) {
        demo_set(d, r, "unqualified_reason", "%s", DEMO_ONE(d, reasons));
    } else if (strcmp(status, "converted") == 0) {
        const demo_record *deal = &d->deal[i];
        demo_set_time(d, r, "converted_at", d->c.now_ms);
        demo_ref(d, r, "converted_account", d->account[deal->of].id);
        demo_ref(d, r, "converted_contact", d->contact[deal->of].id);
        demo_ref(d, r, "converted_opportunity", deal->id);
    } else {
        demo_set_time(d, r, "next_contact_at", demo_at(d, d->today + demo_between(d, -4, 12)));
    }
    return demo_save(d, r);
}

err demo_lead(demo *d, int i)
{
    static const char *const statuses[] = { "new",       "contacted", "contacted",   "nurturing",
                                            "qualified", "converted", "unqualified", "unqualified" };
    static const char *const sources[] = {
        "web", "web", "exhibition", "campaign", "phone", "referral", "purchased_list"
    };
    bool        english = i % 10 == 9;
    int64_t     day = d->today - (int64_t)(300 * (DEMO_LEADS - i) / DEMO_LEADS) - demo_pick(d, 5);
    const char *status = day > d->today - 10 ? "new" : DEMO_ONE(d, statuses);
    bool        converted = strcmp(status, "converted") == 0;
    int         owner = english ? demo_between(d, 8, 9) : demo_between(d, 2, 7);
    const char *source = DEMO_ONE(d, sources);
    demo_person who;
    if (converted) { /* became the deal of the same number */
        owner = d->deal[i].owner;
        english = d->deal[i].english;
        day = d->deal[i].day - demo_between(d, 5, 30);
    }
    demo_be(d, demo_at(d, day), demo_chance(d, 50) ? 10 : owner);
    rec *r = demo_new(d, "lead");
    demo_ref(d, r, "owner", d->user[owner].id);
    lead_person(d, r, i, english, &who);
    if (converted) {
        snprintf(who.name, sizeof who.name, "%s", d->contact[d->deal[i].of].name);
        demo_set(d, r, "name", "%s", who.name);
        demo_set(d, r, "company", "%s", d->account[d->deal[i].of].name);
    }
    demo_set(d, r, "source", "%s", source);
    demo_set(d, r, "rating", "%s", i % 7 == 0 ? "hot" : i % 3 == 0 ? "cold" : "warm");
    demo_set(d, r, "score", "%d", demo_between(d, 5, 95));
    if (strcmp(source, "campaign") == 0 || strcmp(source, "exhibition") == 0)
        demo_ref(d, r, "campaign", d->campaign[demo_pick(d, 6)].id);
    TRY(demo_save(d, r));
    demo_keep(&d->lead[i], r, day, owner, who.name, who.name);
    d->lead[i].english = english;
    return strcmp(status, "new") == 0 ? ERR_OK : lead_result(d, r, i, status, day, owner);
}

/* ---- members ---- */

err demo_member(demo *d, int i)
{
    int                which = i % 6, n = i / 6; /* planned events have nobody yet */
    const demo_record *of = &d->campaign[which];
    bool               planned = strcmp(of->brief, "cancelled") == 0;
    const char        *now = planned       ? "planned"
                             : n % 3 == 0  ? (which < 3 ? "attended" : "responded")
                             : n % 7 == 0  ? "declined"
                             : n % 11 == 0 ? "bounced"
                                           : "sent";
    demo_be(d, demo_at(d, of->day < d->today ? of->day : d->today), 10);
    rec *r = demo_new(d, "campaign_member");
    demo_ref(d, r, "campaign", of->id);
    if (n % 2)
        demo_ref(d, r, "lead", d->lead[(n / 2 * 8 + which) % DEMO_LEADS].id);
    else
        demo_ref(d, r, "contact", d->contact[(n / 2 * 23 + which) % DEMO_CONTACTS].id);
    demo_set(d, r, "status", "%s", now);
    if (which == DEMO_CARE && n % 2 == 0) {
        int64_t day = of->day + n % 20;
        demo_ref(d, r, "rule", d->care_rule[n % 4 ? 0 : 1].id);
        demo_set_day(d, r, "occasion", day < d->today ? day : d->today);
    }
    if (strcmp(now, "attended") == 0 || strcmp(now, "responded") == 0)
        demo_set_time(d, r, "responded_at",
                      demo_at(d, of->day + demo_pick(d, 6) < d->today ? of->day + demo_pick(d, 6) : d->today));
    if (n % 9 == 0 && strcmp(now, "responded") == 0)
        demo_set(d, r, "responded_via", "link");
    return demo_save(d, r);
}
