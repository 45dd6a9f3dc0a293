/* The sample company itself: teams, people, products, rivals, quotas, campaigns, rates. */
#include "app/demo_inside.h"
#include "base/date.h"
#include "rooms/forecast/forecast.h"

enum { FOUNDED = 720 }; /* days before today */

static const struct {
    const char *name;
    int         parent; /* -1: none */
} teams[DEMO_TEAMS] = {
    { "汀澜工业科技", -1 }, { "销售中心", 0 }, { "华东大区", 1 },   { "华南大区", 1 },
    { "海外业务部", 1 },    { "市场部", 0 },   { "客户服务部", 0 },
};

static const struct {
    const char *name, *login;
    int         team, manager;
    const char *role, *language, *state;
} users[DEMO_USERS] = {
    { "陈立群", "chenliqun", 0, -1, "administrator", "zh-CN", "active" },
    { "林若曦", "linruoxi", 1, 0, "member", "zh-CN", "active" },
    { "周启航", "zhouqihang", 2, 1, "member", "zh-CN", "active" },
    { "沈亦凡", "shenyifan", 2, 2, "member", "zh-CN", "active" },
    { "唐雨桐", "tangyutong", 2, 2, "member", "zh-CN", "active" },
    { "郭景行", "guojingxing", 3, 1, "member", "zh-CN", "active" },
    { "罗思远", "luosiyuan", 3, 5, "member", "zh-CN", "active" },
    { "许嘉宁", "xujianing", 3, 5, "member", "zh-CN", "absent" },
    { "Emma Clarke", "emma", 4, 1, "member", "en", "active" },
    { "Daniel Reyes", "daniel", 4, 8, "member", "en", "active" },
    { "方静", "fangjing", 5, 0, "member", "zh-CN", "active" },
    { "何家乐", "hejiale", 6, 0, "member", "zh-CN", "active" },
    { "苏曼", "suman", 6, 11, "member", "zh-CN", "active" },
};

err demo_team(demo *d, int i)
{
    d->c.now_ms = demo_at(d, d->today - FOUNDED);
    rec *r = demo_new(d, "team");
    demo_set(d, r, "name", "%s", teams[i].name);
    if (teams[i].parent >= 0)
        demo_ref(d, r, "parent", d->team[teams[i].parent].id);
    TRY(demo_save(d, r));
    demo_keep(&d->team[i], r, d->today - FOUNDED, 0, teams[i].name, teams[i].name);
    return ERR_OK;
}

static err find_user(demo *d, const char *login, int64_t *id)
{
    const entity *e = snapshot_entity(d->snap, STR("user"));
    return store_find(&d->c, e, entity_field(e, STR("login")), str_from(login), id);
}

err demo_user(demo *d, int i)
{
    rec    *r = NULL;
    int64_t admin = 0;
    d->c.now_ms = demo_at(d, d->today - FOUNDED + i * 7);
    if (i == 0) /* who signs in first has work of their own to see */
        TRY(find_user(d, "admin", &admin));
    if (admin) {
        d->c.now_ms = d->now_ms;
        TRY(demo_load(d, "user", admin, &r));
    } else {
        r = demo_new(d, "user");
        demo_set(d, r, "login", "%s", users[i].login);
    }
    demo_set(d, r, "name", "%s", users[i].name);
    demo_set(d, r, "email", "%s@tinglan.example", users[i].login);
    demo_ref(d, r, "team", d->team[users[i].team].id);
    if (users[i].manager >= 0)
        demo_ref(d, r, "manager", d->user[users[i].manager].id);
    demo_set(d, r, "role", "%s", users[i].role);
    if (!admin) /* the browser says it */
        demo_set(d, r, "language", "%s", users[i].language);
    demo_set(d, r, "state", "%s", users[i].state);
    TRY(demo_save(d, r));
    demo_keep(&d->user[i], r, d->today - FOUNDED, i, users[i].name, users[i].login);
    return ERR_OK;
}

/* Five currencies, each quarter anew, moving a little. */
err demo_rate(demo *d, int i)
{
    static const struct {
        const char *code;
        int         rate; /* ten-thousandths of a yuan */
    } rates[] = { { "USD", 71800 }, { "EUR", 77900 }, { "GBP", 90600 }, { "JPY", 480 }, { "HKD", 9200 } };
    int     which = i % (int)countof(rates), quarters_ago = i / (int)countof(rates);
    int     month = d->snap->fiscal_start_month;
    civil   now = date_to_civil(d->today);
    int     in = ((now.month - month + 12) % 12) / 3 * 3;
    int64_t day = fiscal_start(fiscal_year_of(d->today, month), month, in - 3 * quarters_ago);
    if (str_eq(d->snap->currency, str_from(rates[which].code)))
        return ERR_OK;
    int rate = rates[which].rate + rates[which].rate * demo_between(d, -25, 25) / 1000;
    demo_be(d, demo_at(d, day), 0);
    rec *r = demo_new(d, "currency_rate");
    demo_set(d, r, "currency", "%s", rates[which].code);
    demo_set(d, r, "rate", "%d.%04d", rate / 10000, rate % 10000);
    demo_set_day(d, r, "valid_from", day);
    return demo_save(d, r);
}

static const struct {
    const char *name, *code, *family, *unit;
    int         price;
    const char *text;
} products[DEMO_PRODUCTS] = {
    { "边缘网关 G200", "TL-G200", "hardware", "台", 6800,
      "车间数据采集网关，支持 12 种常见工业协议，断网可缓存 7 天。" },
    { "无线振动传感器 V30", "TL-V30", "hardware", "支", 1280,
      "电池供电的三轴振动与温度传感器，用于电机、泵和风机的状态监测。" },
    { "智能控制器 C8", "TL-C8", "hardware", "台", 28000, "面向产线改造的可编程控制器，配图形化调试工具。" },
    { "视觉检测站 S5", "TL-S5", "hardware", "套", 320000, "外观缺陷在线检测，一小时完成换型。" },
    { "调度机器人 R2", "TL-R2", "hardware", "台", 450000, "厂内物料转运机器人，含调度软件与充电桩。" },
    { "能耗管理平台", "TL-EMS", "software", "年", 96000, "按产线、班次和产品核算能耗，自动给出节能建议。" },
    { "设备预测性维护套件", "TL-PDM", "software", "年", 260000, "由振动、电流和温度判断故障趋势，提前安排检修。" },
    { "产线数据平台", "TL-MDP", "software", "年", 180000, "采集、看板、报警与报表一体的数据平台。" },
    { "安装调试服务", "TL-INS", "service", "人天", 3000, "现场布线、安装、联调与验收。" },
    { "操作与维护培训", "TL-TRN", "service", "期", 8000, "面向操作员与维护人员的两天培训，含实操考核。" },
    { "年度维保", "TL-MNT", "service", "年", 45000, "7×24 小时支持、季度巡检与备件优先供应。" },
    { "产线诊断咨询", "TL-CON", "service", "次", 60000, "两周的现场诊断，给出改造路线与投资回收测算。" },
};

err demo_product(demo *d, int i)
{
    demo_be(d, demo_at(d, d->today - FOUNDED + 30 + i), 0);
    rec *r = demo_new(d, "product");
    demo_set(d, r, "name", "%s", products[i].name);
    demo_set(d, r, "code", "%s", products[i].code);
    demo_set(d, r, "family", "%s", products[i].family);
    demo_set(d, r, "unit", "%s", products[i].unit);
    demo_set(d, r, "currency", "CNY");
    demo_set(d, r, "price", "%d", products[i].price);
    demo_set(d, r, "description", "%s", products[i].text);
    TRY(demo_save(d, r));
    demo_keep(&d->product[i], r, 0, 0, products[i].name, products[i].code);
    d->product[i].price = products[i].price;
    return ERR_OK;
}

static const struct {
    const char *name, *website, *industry, *threat, *price, *scale, *regions, *people, *products, *strengths,
        *weaknesses, *strategy;
} rivals[DEMO_RIVALS] = {
    { "岚屿自动化", "https://lanyu.example", "manufacturing", "high", "lower", "约 1,200 人，年收入 9 亿元左右",
      "华东、华南", "销售副总 邱培（原渠道负责人，关注价格与账期）",
      "网关与控制器全系列，对应我们的 G200、C8；没有预测性维护。",
      "报价低两到三成，账期可谈到 180 天；在汽车零部件行业装机量大。",
      "软件靠外包，二次开发慢；售后只到省会城市，备件等待两周以上。",
      "不比单价，比三年总成本：把停机损失、备件和维保算进去。请客户走访两家用过他们又换掉的工厂。" },
    { "恒砚智控", "https://hengyan.example", "technology", "high", "similar", "约 600 人，刚完成一轮融资", "华东、西南",
      "创始人 褚延（亲自参与大单谈判）", "产线数据平台与看板，对应我们的产线数据平台；硬件贴牌。",
      "演示效果好，界面漂亮；对年轻的信息化负责人很有说服力。",
      "现场实施力量薄弱，真正上线的项目不多；设备接入种类少。", "要求双方各做两周现场试点，用客户自己的设备说话。" },
    { "维界物联", "https://weijie.example", "software", "medium", "lower", "约 300 人", "华北、华中", "区域经理 康达",
      "能耗管理平台为主，按点位收费。", "上线快，一个月能出报表；与几家电力服务商有合作。",
      "只看能耗，不懂工艺；点位一多总价反而更高。", "先问清客户两年内要接多少点位，再把两种报价放在同一张表上。" },
    { "北屿机器人", "https://beiyu-robot.example", "manufacturing", "medium", "higher", "约 900 人，有自有工厂", "全国",
      "华东总监 聂云舟", "调度机器人与立体库，对应我们的 R2。", "单车负载大，大型仓储项目经验丰富。",
      "交期长（4 个月起），小批量改动不接；软件不开放接口。", "强调六周交付与开放接口，先拿下一条产线再扩展。" },
    { "Orvane Systems", "https://orvane.example", "technology", "medium", "higher", "2,500 people in eleven countries",
      "Europe, Asia", "Key accounts: Marta Keller",
      "A full condition monitoring suite; meets our predictive maintenance and sensors.",
      "Known name with head offices, strong references in food and pharma.",
      "Needs its own servers and consultants; a change request takes a quarter.",
      "Ask for the price of the second plant. Offer a pilot that runs in three weeks without a server." },
    { "Tessel Controls", "https://tessel.example", "manufacturing", "low", "similar", "About 400 people",
      "Europe, America", "Regional lead: Owen Pratt", "Controllers and vision stations; meets our C8 and S5.",
      "Robust hardware, ten years of spare parts.", "No Chinese-language support, weak software.",
      "Show the vision station's change of product in one hour, live." },
};

err demo_rival(demo *d, int i)
{
    int64_t day = d->today - 400 + i * 31;
    demo_be(d, demo_at(d, day), i % 3 ? 1 : 10);
    rec *r = demo_new(d, "competitor");
    demo_set(d, r, "name", "%s", rivals[i].name);
    demo_set(d, r, "website", "%s", rivals[i].website);
    demo_set(d, r, "industry", "%s", rivals[i].industry);
    demo_set(d, r, "threat", "%s", rivals[i].threat);
    demo_set(d, r, "price_level", "%s", rivals[i].price);
    demo_set(d, r, "scale", "%s", rivals[i].scale);
    demo_set(d, r, "regions", "%s", rivals[i].regions);
    demo_set(d, r, "key_people", "%s", rivals[i].people);
    demo_set(d, r, "products", "%s", rivals[i].products);
    demo_set(d, r, "strengths", "%s", rivals[i].strengths);
    demo_set(d, r, "weaknesses", "%s", rivals[i].weaknesses);
    demo_set(d, r, "strategy", "%s", rivals[i].strategy);
    demo_set_day(d, r, "review_date", d->today + i * 20 - 15);
    TRY(demo_save(d, r));
    demo_keep(&d->rival[i], r, day, 1, rivals[i].name, rivals[i].name);
    return ERR_OK;
}

/* The quarter before, this one and the two that follow. */
err demo_quota(demo *d, int i)
{
    static const int yuan[] = {
        1200000, 1600000, 2000000, 2600000, 2400000, 2000000, 2400000, 1800000, 1500000, 1300000
    };
    int     who = i % DEMO_SELLERS, quarter = i / DEMO_SELLERS - 1, month = d->snap->fiscal_start_month;
    civil   now = date_to_civil(d->today);
    int64_t start =
        fiscal_start(fiscal_year_of(d->today, month), month, ((now.month - month + 12) % 12) / 3 * 3 + 3 * quarter);
    civil in = date_to_civil(start);
    demo_be(d, demo_at(d, start - 10 < d->today - 20 ? start - 10 : d->today - 20),
            users[who].manager < 0 ? 0 : users[who].manager);
    rec *r = demo_new(d, "quota");
    demo_ref(d, r, "user", d->user[who].id);
    demo_set(d, r, "period", "FY%d-Q%d", fiscal_year_of(start, month), ((in.month - month + 12) % 12) / 3 + 1);
    demo_set(d, r, "currency", "CNY");
    demo_set(d, r, "amount", "%d", yuan[who] + quarter * 100000);
    return demo_save(d, r);
}

static const struct {
    const char *name, *type, *industry, *status;
    int         from, to, budget, cost; /* days from today; thousand yuan */
    int         response, revenue;      /* percent; thousand yuan */
    const char *place, *target;
} campaigns[DEMO_CAMPAIGNS] = {
    { "{y} 智能制造装备展", "exhibition", "manufacturing", "completed", -290, -287, 260, 274, 12, 3500, "上海",
      "汽车零部件与装备制造企业的设备、生产负责人" },
    { "食品行业节能改造邮件系列", "email", "food", "completed", -215, -180, 30, 24, 8, 900, "",
      "华东、华中的食品与乳业工厂" },
    { "预测性维护线上研讨会", "webinar", "energy", "completed", -140, -140, 25, 22, 25, 1500, "线上",
      "设备管理部经理、点检主管" },
    { "华南渠道伙伴大会", "event", "technology", "cancelled", -95, -94, 120, 15, 30, 1000, "深圳",
      "系统集成商与代理商" },
    { "老客户回访与关怀", "customer_care", "other", "active", -25, 20, 20, 9, 60, 600, "",
      "一年内成交、近三个月没有联系的客户" },
    { "Condition monitoring in food plants", "telephone", "food", "active", -12, 30, 40, 11, 15, 1200, "",
      "Maintenance managers in Europe and Singapore" },
    { "{y} 园区节能政策解读会", "event", "real_estate", "planned", 28, 28, 60, 0, 35, 1800, "杭州",
      "园区运营公司、能源管理负责人" },
    { "新品视觉检测站 S5 发布", "advertising", "manufacturing", "planned", 45, 75, 180, 0, 5, 2500, "全国",
      "质量负责人、产线技术主管" },
    { "{y} 节能与预测性维护推广", "other", "energy", "active", -216, 100, 400, 0, 12, 6000, "全国",
      "能耗高、设备多的工厂：邮件、研讨会和解读会合在一起看效果" },
};
enum { OVER_OTHERS = 8 }; /* stands above these */
static const int under[] = { 1, 2, 6 };

static err hang_under(demo *d, const rec *above)
{
    for (size_t i = 0; i < countof(under); i++) {
        rec *r;
        TRY(demo_load(d, "campaign", d->campaign[under[i]].id, &r));
        demo_ref(d, r, "parent", above->id);
        TRY(demo_save(d, r));
    }
    return ERR_OK;
}

err demo_campaign(demo *d, int i)
{
    int64_t day = d->today + campaigns[i].from - 45 < d->today ? d->today + campaigns[i].from - 45 : d->today - 3;
    demo_be(d, demo_at(d, day), 10);
    rec *r = demo_new(d, "campaign");
    str  name = demo_year_text(d, campaigns[i].name, d->today + campaigns[i].from);
    demo_set(d, r, "name", "%.*s", STR_ARG(name));
    demo_set(d, r, "type", "%s", campaigns[i].type);
    demo_set(d, r, "industry", "%s", campaigns[i].industry);
    demo_set_day(d, r, "start_date", d->today + campaigns[i].from);
    demo_set_day(d, r, "end_date", d->today + campaigns[i].to);
    demo_set(d, r, "currency", "CNY");
    demo_set(d, r, "budget", "%d000", campaigns[i].budget);
    demo_set(d, r, "expected_response", "%d", campaigns[i].response);
    demo_set(d, r, "expected_revenue", "%d000", campaigns[i].revenue);
    demo_set(d, r, "place", "%s", campaigns[i].place);
    demo_set(d, r, "target", "%s", campaigns[i].target);
    demo_set(d, r, "answer_title", "%s", i == 5 ? "May we call you?" : "想进一步了解吗？");
    demo_set(d, r, "language", "%s", i == 5 ? "en" : "zh-CN");
    TRY(demo_save(d, r));
    demo_keep(&d->campaign[i], r, d->today + campaigns[i].from, 10, name.p, campaigns[i].status);
    if (strcmp(campaigns[i].status, "planned") == 0)
        return ERR_OK;
    demo_be(d, demo_at(d, d->today + campaigns[i].from), 10);
    demo_set(d, r, "status", "%s", strcmp(campaigns[i].status, "cancelled") == 0 ? "cancelled" : "active");
    TRY(demo_save(d, r));
    if (i == OVER_OTHERS)
        return hang_under(d, r);
    if (strcmp(campaigns[i].status, "completed") != 0)
        return ERR_OK;
    demo_be(d, demo_at(d, d->today + campaigns[i].to + 3), 10);
    demo_set(d, r, "status", "completed");
    return demo_save(d, r);
}

/* Two lines each: what most went for, and the rest. */
err demo_cost(demo *d, int i)
{
    static const struct {
        const char *type, *what[2], *kind[2];
    } of[] = {
        { "exhibition", { "展位与搭建", "礼品与印刷" }, { "venue", "gifts" } },
        { "email", { "名单与设计", "发送" }, { "agency", "other" } },
        { "webinar", { "平台与直播", "讲师" }, { "agency", "other" } },
        { "event", { "场地定金", "差旅" }, { "venue", "travel" } },
        { "customer_care", { "节日礼品", "回访差旅" }, { "gifts", "travel" } },
        { "telephone", { "Call agency", "Brochures" }, { "agency", "printing" } },
    };
    const demo_record *campaign = &d->campaign[i / 2];
    int                cost = campaigns[i / 2].cost, part = i % 2 ? cost - cost * 6 / 10 : cost * 6 / 10;
    int64_t            day = campaign->day + i % 2 * 3;
    if (part == 0)
        return ERR_OK;
    demo_be(d, demo_at(d, day < d->today ? day : d->today), 10);
    rec *r = demo_new(d, "campaign_cost");
    demo_ref(d, r, "campaign", campaign->id);
    for (size_t k = 0; k < countof(of); k++)
        if (strcmp(of[k].type, campaigns[i / 2].type) == 0) {
            demo_set(d, r, "name", "%s", of[k].what[i % 2]);
            demo_set(d, r, "kind", "%s", of[k].kind[i % 2]);
        }
    demo_set_day(d, r, "date", day < d->today ? day : d->today);
    demo_set(d, r, "amount", "%d000", part);
    return demo_save(d, r);
}

/* The care campaign goes on by itself, from tomorrow: what it has done so far stands in its members. */
err demo_care_rule(demo *d, int i)
{
    const demo_record *campaign = &d->campaign[DEMO_CARE];
    demo_be(d, demo_at(d, campaign->day < d->today ? campaign->day : d->today), 10);
    rec *r = demo_new(d, "campaign_rule");
    demo_ref(d, r, "campaign", campaign->id);
    demo_set(d, r, "people", "contact");
    demo_set(d, r, "name", "%s", i == 0 ? "七天内过生日" : "重点客户半年没有联系");
    demo_set(d, r, "play", "%s", i == 0 ? "birthday" : "silent");
    demo_set(d, r, "days", "%d", i == 0 ? 7 : 180);
    demo_set(d, r, "task_subject", "%s", i == 0 ? "祝 {0} 生日快乐" : "回访 {0}");
    if (i == 1)
        demo_set(d, r, "condition", "account.level = 'A'");
    TRY(demo_save(d, r));
    demo_set_day(d, r, "ran_on", d->today);
    TRY(demo_save(d, r));
    demo_keep(&d->care_rule[i], r, campaign->day, 10, "", "");
    return ERR_OK;
}
