/* What the sample company's desk does: cases, what was written about them, ratings, return visits. */
#include "app/demo_inside.h"

static const struct {
    const char *kind, *topic, *subject, *text, *cause, *remedy, *category, *code;
} matters[] = {
    { "complaint", "product", "网关夜间频繁离线", "每天凌晨两点左右离线约十分钟，数据有缺口。",
      "现场交换机定时重启，网关重连等待过长。", "升级固件，缩短重连时间；与客户信息部协商调整重启计划。", "quality",
      "installation" },
    { "complaint", "service", "工程师未按约定时间到场", "约定上午九点，下午三点才到，产线白等半天。",
      "派单时未核对当日行程。", "致歉并免去本次上门费用；派单前增加行程核对。", "staff", "process" },
    { "complaint", "operation", "发票信息有误", "开票抬头少一个字，财务退回。", "合同录入时抬头抄错。",
      "当天重开并寄出，开票资料改为从客户档案读取。", "invoice", "process" },
    { "complaint", "product", "视觉检测误判率偏高", "深色工件误判超过 5%。", "换料后光源参数没有重新标定。",
      "远程重新标定并补充深色样本，误判降到 0.6%。", "quality", "misuse" },
    { "feedback", "product", "希望看板支持按班次汇总", "班组长想看每班产量对比。", "",
      "已列入下个版本，先提供班次报表模板。", "usage", "" },
    { "feedback", "product", "手机端报警声音太小", "车间嘈杂，听不到提示音。", "", "增加连续震动与电话提醒。",
      "quality", "" },
    { "feedback", "service", "培训讲得很清楚", "希望以后每季度安排一次复训。", "", "已安排下季度复训。", "staff", "" },
    { "feedback", "operation", "建议提供发货物流单号", "方便仓库提前安排接货。", "", "发货后自动发送单号。", "delivery",
      "" },
    { "service", "product", "季度巡检", "按维保合同巡检 12 台网关与 60 支传感器。", "", "巡检完成，更换电池 9 支。",
      "other", "" },
    { "service", "service", "新产线安装调试", "三号线新增 8 个测点。", "", "安装调试完成，客户签字验收。", "delivery",
      "" },
    { "service", "service", "成交后回访", "了解上线一个月的使用情况。", "", "使用正常，已记录两条改进建议。", "usage",
      "" },
    { "service", "product", "传感器更换", "两支传感器进水，需要更换。", "", "已更换并改用加强密封型号。", "quality",
      "supplier" },
};
static const char *const english_subjects[] = { "Gateway goes offline at night", "Training for two new operators",
                                                "Sensor replacement", "Report per shift, please" };

/* What an activity about the case is. */
typedef struct {
    const char *kind, *purpose, *subject, *text, *result;
    bool        incoming, done;
    int64_t     at;
    int         owner;
} step;

static err add_step(demo *d, const rec *of, const step *s)
{
    demo_be(d, s->done ? s->at : demo_at(d, d->today - 1), s->owner);
    rec *r = demo_new(d, "activity");
    demo_set(d, r, "kind", "%s", s->kind);
    demo_set(d, r, "purpose", "%s", s->purpose);
    demo_set(d, r, "subject", "%s", s->subject);
    demo_set(d, r, "description", "%s", s->text);
    demo_set(d, r, "result", "%s", s->result);
    demo_set(d, r, "about", "case/%lld", (long long)of->id);
    demo_set(d, r, "incoming", "%s", s->incoming ? "true" : "false");
    demo_set_time(d, r, s->done ? "done_at" : "due_at", s->at);
    if (!s->incoming)
        demo_ref(d, r, "owner", d->user[s->owner].id);
    return demo_save(d, r);
}

static const char *const asked[] = { "您好，问题已收到，请问最近一次出现是什么时候？",
                                     "已安排工程师远程排查，请保持设备在线。",
                                     "请提供现场照片和设备编号，方便我们判断。" };
static const char *const replied[] = { "昨天夜里又出现一次，照片已发。", "设备编号在铭牌上，辛苦了。",
                                       "好的，下午都在现场。" };
static const char *const english_asked[] = { "Thank you, we look at it. When did it happen last?",
                                             "Please send us the serial number." };
static const char *const english_replied[] = { "Last night again.", "It is on the label: TL-2231." };

/* The desk asks, most customers answer. */
static err talk(demo *d, const rec *r, int64_t day, int owner, bool english)
{
    const char *question = english ? DEMO_ONE(d, english_asked) : DEMO_ONE(d, asked);
    const char *answer = english ? DEMO_ONE(d, english_replied) : DEMO_ONE(d, replied);
    TRY(add_step(d, r, &(step){ "message", "", question, question, "", false, true, demo_at(d, day), owner }));
    if (!demo_chance(d, 70))
        return ERR_OK;
    return add_step(d, r, &(step){ "message", "", answer, answer, "", true, true, demo_at(d, day), owner });
}

static void set_result(demo *d, rec *r, size_t m, bool english)
{
    static const char *const praise[] = { "处理很快，谢谢！", "工程师很专业。", "", "" };
    static const char *const blame[] = { "等的时间太长。", "同样的问题是第二次了。" };
    int                      stars = demo_chance(d, 75) ? demo_between(d, 4, 5) : demo_between(d, 1, 3);
    const char              *comment = stars > 3 ? DEMO_ONE(d, praise) : DEMO_ONE(d, blame);
    demo_set(d, r, "cause", "%s", matters[m].cause);
    demo_set(d, r, "cause_code", "%s", matters[m].code);
    demo_set(d, r, "remedy", "%s", matters[m].remedy);
    if (demo_chance(d, 65)) {
        demo_set(d, r, "rating", "%d", stars);
        demo_set(d, r, "rating_comment", "%s", english ? "" : comment);
        demo_set_time(d, r, "rated_at", d->c.now_ms);
    }
}

/* SERV-5.1, SERV-5.2 */
static void set_amends(demo *d, rec *r, int64_t day, int owner)
{
    if (!demo_chance(d, 40))
        return;
    demo_set(d, r, "cost", "%d", demo_between(d, 2, 30) * 100);
    demo_set(d, r, "compensation", "%d", demo_between(d, 1, 10) * 200);
    demo_set(d, r, "compensation_form", "%s", demo_chance(d, 50) ? "free_service" : "discount");
    demo_set(d, r, "corrective_action", "%s", "修订作业指导书并培训相关人员");
    demo_ref(d, r, "corrective_owner", d->user[owner].id);
    demo_set_day(d, r, "corrective_due", day + 14);
    if (day + 14 < d->today && demo_chance(d, 80))
        demo_set_day(d, r, "corrective_done", day + 12);
}

/* SERV-6: a fortnight after a complaint; those of the last weeks are still to come. */
static err return_visit(demo *d, const rec *r, int64_t day, int owner, const char *brief, bool english)
{
    bool past = day + 14 < d->today;
    char subject[160];
    snprintf(subject, sizeof subject, english ? "Return visit: %s" : "回访：%s", brief);
    return add_step(d, r,
                    &(step){ demo_chance(d, 50) ? "visit" : "call", "return_visit", subject, "",
                             !past     ? ""
                             : english ? "Runs well since then."
                                       : "运行正常，客户对处理结果满意。",
                             false, past, demo_at(d, day + 14), owner });
}

static err case_course(demo *d, rec *r, size_t m, const char *status, int64_t day, int owner, const demo_record *firm)
{
    bool done = strcmp(status, "resolved") == 0 || strcmp(status, "closed") == 0;
    bool complaint = strcmp(matters[m].kind, "complaint") == 0;
    demo_be(d, demo_at(d, day), owner);
    demo_set(d, r, "status", "in_progress");
    demo_set_time(d, r, "first_response_at", d->c.now_ms);
    TRY(demo_save(d, r));
    if (demo_chance(d, 60))
        TRY(talk(d, r, day, owner, firm->english));
    if (strcmp(status, "in_progress") == 0)
        return ERR_OK;
    int64_t end = day + demo_between(d, 1, 6);
    end = end < d->today ? end : d->today;
    TRY(demo_load(d, "case", r->id, &r));
    demo_be(d, demo_at(d, end), owner);
    demo_set(d, r, "status", "%s", status);
    if (done)
        set_result(d, r, m, firm->english);
    if (done && complaint)
        set_amends(d, r, end, owner);
    TRY(demo_save(d, r));
    return done && complaint && demo_chance(d, 60) ? return_visit(d, r, end, owner, firm->brief, firm->english)
                                                   : ERR_OK;
}

/* The page where customers write: /forms/service. */
static err make_form(demo *d)
{
    demo_be(d, demo_at(d, d->today - 200), 11);
    rec *r = demo_new(d, "web_form");
    demo_set(d, r, "name", "客户服务");
    demo_set(d, r, "key", "service");
    demo_set(d, r, "makes", "case");
    demo_set(d, r, "language", "zh-CN");
    demo_set(d, r, "title", "我们能帮您什么？");
    return demo_save(d, r);
}

err demo_case(demo *d, int i)
{
    static const char *const channels[] = { "phone", "phone", "wechat", "email", "web", "visit" };
    static const char *const priorities[] = { "low", "normal", "normal", "normal", "high", "urgent" };
    static const char *const late[] = { "new", "in_progress", "waiting", "resolved", "closed" };
    size_t                   m = (size_t)demo_pick(d, countof(matters));
    int                      of = demo_pick(d, 200), owner = demo_between(d, 11, 12);
    const demo_record       *firm = &d->account[of];
    int64_t                  day = d->today - (int64_t)(240 * (DEMO_CASES - i) / DEMO_CASES);
    const char *status = day < d->today - 20 ? (demo_chance(d, 90) ? "closed" : "resolved") : DEMO_ONE(d, late);
    const char *subject = firm->english ? DEMO_ONE(d, english_subjects) : matters[m].subject;
    const char *priority = DEMO_ONE(d, priorities);
    if (i == 0)
        TRY(make_form(d));
    day = day < firm->day ? firm->day : day;
    demo_be(d, demo_at(d, day), owner);
    rec *r = demo_new(d, "case");
    demo_ref(d, r, "owner", d->user[owner].id);
    demo_set(d, r, "subject", "%s", subject);
    demo_set(d, r, "kind", "%s", matters[m].kind);
    demo_set(d, r, "topic", "%s", matters[m].topic);
    demo_set(d, r, "priority", "%s", priority);
    demo_set(d, r, "severity", "%s",
             strcmp(matters[m].kind, "complaint") ? ""
             : demo_chance(d, 20)                 ? "critical"
                                                  : "major");
    demo_ref(d, r, "account", firm->id);
    demo_ref(d, r, "contact", d->contact[of].id);
    demo_set(d, r, "category", "%s", matters[m].category);
    demo_ref(d, r, "product", d->product[demo_pick(d, 8)].id);
    demo_set(d, r, "channel", "%s", DEMO_ONE(d, channels));
    demo_set(d, r, "description", "%s", firm->english ? "" : matters[m].text);
    demo_set_time(d, r, "due_at", demo_at(d, day + (priority[0] == 'u' ? 1 : priority[0] == 'h' ? 2 : 5)));
    TRY(demo_save(d, r));
    demo_keep(&d->service[i], r, day, owner, subject, firm->brief);
    d->service[i].of = of;
    d->service[i].english = firm->english;
    return strcmp(status, "new") == 0 ? ERR_OK : case_course(d, r, m, status, day, owner, firm);
}
