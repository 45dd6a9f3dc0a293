/* What the sample company does: deals with lines and rivals, activities. */
#include "app/demo_inside.h"
#include "base/date.h"

/* ---- deals ---- */

static const char *const stages[] = { "prospecting", "qualification", "proposal", "negotiation" };
static const char *const steps[] = { "发送方案",     "安排现场调研", "约见决策人",  "提交正式报价",
                                     "合同条款确认", "组织产品演示", "确认验收标准" };
static const char *const english_steps[] = { "Send the offer", "Site visit", "Meet the plant manager",
                                             "Agree the terms", "Run the pilot" };
static const char *const projects[] = { "采购", "改造项目", "试点", "扩容", "二期项目", "年度框架" };
static const char *const lost_reasons[] = { "price",     "price",  "competitor",  "competitor",
                                            "no_budget", "timing", "no_decision", "product_fit" };
static const char *const won_reasons[] = {
    "product_fit", "product_fit", "service", "reference", "price", "relationship"
};
static const char *const sources[] = { "exhibition", "referral", "web", "phone", "partner", "visit", "campaign" };

typedef struct {
    bool    won, lost;
    int     reached; /* stages walked through */
    int64_t made, close;
} course;

/* The first 190 are won, then 110 lost, the rest open. */
static course course_of(demo *d, int i)
{
    course c = { .won = i < 190, .lost = i >= 190 && i < 300 };
    if (c.won || c.lost) {
        c.close = d->today - demo_pick(d, 365) - (c.won && i % 14 == 0 ? 520 : 0); /* some have not ordered since */
        c.made = c.close - demo_between(d, 18, 110);
        c.reached = c.won ? 4 : demo_between(d, 1, 4);
    } else {
        c.reached = 1 + i % 4;
        c.made = d->today - demo_between(d, 2, 40 + 25 * c.reached);
        c.close = d->today + (i % 11 == 0 ? -demo_between(d, 1, 14) : demo_between(d, 5, i % 3 == 0 ? 185 : 95));
    }
    return c;
}

static err add_lines(demo *d, const rec *deal, int64_t first_product, bool english)
{
    int n = demo_chance(d, 45) ? 1 : demo_chance(d, 70) ? 2 : 3;
    for (int k = 0; k < n; k++) {
        const demo_record *p = &d->product[k == 0 ? first_product : 8 + (first_product + k) % 4];
        int                price = p->price;
        int                quantity = price < 2000    ? demo_between(d, 20, 200)
                                      : price < 10000 ? demo_between(d, 4, 40)
                                      : price < 50000 ? demo_between(d, 1, 12)
                                                      : demo_between(d, 1, 2);
        rec               *r = demo_new(d, "opportunity_line");
        demo_ref(d, r, "opportunity", deal->id);
        demo_ref(d, r, "product", p->id);
        demo_set(d, r, "quantity", "%d", quantity);
        if (demo_chance(d, 55))
            demo_set(d, r, "discount", "%d", demo_between(d, 1, 9) * 2);
        demo_set(d, r, "price", "%d", english ? price / 7 : price);
        TRY(demo_save(d, r));
    }
    return ERR_OK;
}

static err add_rivals(demo *d, const rec *deal, const course *c, bool english)
{
    static const char *const plus[] = { "价格更低", "与技术部门关系好", "已有一条产线在用", "演示效果突出", "交期短" };
    static const char *const minus[] = { "售后响应慢", "软件需要定制", "没有同行业案例", "接口不开放",
                                         "备件等待时间长" };
    int                      n = demo_chance(d, 38)   ? 0
                                 : demo_chance(d, 70) ? 1
                                                      : 2,
        first = english ? demo_between(d, 3, 5) : demo_pick(d, 4);
    for (int k = 0; k < n; k++) {
        rec *r = demo_new(d, "opportunity_competitor");
        demo_ref(d, r, "opportunity", deal->id);
        demo_ref(d, r, "competitor", d->rival[(first + k) % DEMO_RIVALS].id);
        demo_set(d, r, "state", "%s",
                 c->won               ? "out"
                 : c->lost && k == 0  ? "won"
                 : demo_chance(d, 30) ? "incumbent"
                 : demo_chance(d, 50) ? "confirmed"
                                      : "suspected");
        demo_set(d, r, "strengths", "%s", DEMO_ONE(d, plus));
        demo_set(d, r, "weaknesses", "%s", DEMO_ONE(d, minus));
        TRY(demo_save(d, r));
    }
    return ERR_OK;
}

/* What its journal would say, had it been kept at the time: an import brings its own (JOUR-3). */
static err note_move(demo *d, const rec *before, const rec *after)
{
    const field *stage = entity_field(after->e, STR("stage")), *since = entity_field(after->e, STR("stage_since"));
    rec         *j = demo_new(d, "opportunity_change");
    demo_ref(d, j, "opportunity", after->id);
    demo_set_time(d, j, "at", d->c.now_ms);
    demo_ref(d, j, "by", d->c.actor.user);
    demo_set(d, j, "what", before ? "stage" : "made");
    demo_ref(d, j, "stage", rec_ref(after, (size_t)stage->index));
    if (before) {
        int64_t hundredths = (d->c.now_ms - rec_int(before, (size_t)since->index)) * 100 / DAY_MS;
        demo_ref(d, j, "from_stage", rec_ref(before, (size_t)stage->index));
        demo_set_day(d, j, "days", hundredths > 0 ? hundredths : 0);
    }
    return store_save_derived(&d->c, j);
}

/* The stage at this hour, in the record and in its journal. */
static err move(demo *d, rec *r)
{
    rec *before;
    TRY(demo_load(d, "opportunity", r->id, &before));
    demo_set_time(d, r, "stage_since", d->c.now_ms);
    TRY(demo_save(d, r));
    return note_move(d, before, r);
}

/* Who decides there, and who helps here. */
static err add_people(demo *d, const rec *deal, int of, int owner)
{
    static const char *const roles[] = { "decision_maker", "technical", "purchaser", "user" };
    static const char *const stances[] = { "supporter", "supporter", "neutral", "opponent" };
    static const char *const influences[] = { "high", "medium", "low" };
    rec                     *r = demo_new(d, "opportunity_contact");
    demo_ref(d, r, "opportunity", deal->id);
    demo_ref(d, r, "contact", d->contact[of].id);
    demo_set(d, r, "role", "%s", DEMO_ONE(d, roles));
    demo_set(d, r, "stance", "%s", DEMO_ONE(d, stances));
    demo_set(d, r, "influence", "%s", DEMO_ONE(d, influences));
    demo_set(d, r, "primary", "true");
    TRY(demo_save(d, r));
    if (!demo_chance(d, 25))
        return ERR_OK;
    rec *m = demo_new(d, "opportunity_member");
    demo_ref(d, m, "opportunity", deal->id);
    demo_ref(d, m, "user", d->user[owner == 9 ? 1 : owner + 1].id);
    demo_set(d, m, "role", "presales");
    demo_set(d, m, "split", "%d", demo_between(d, 1, 4) * 10);
    return demo_save(d, m);
}

/* Through the stages, each at its time, so that the history tells how long it stood. */
static err walk(demo *d, rec **r, const course *c, int owner)
{
    bool    closed = c->won || c->lost;
    int64_t end = closed ? c->close : d->today - 1;
    for (int s = 1; s < c->reached; s++) {
        TRY(demo_load(d, "opportunity", (*r)->id, r));
        demo_be(d, demo_at(d, c->made + (end - c->made) * s / (c->reached + 1)), owner);
        demo_set(d, *r, "stage", "%s", stages[s]);
        TRY(move(d, *r));
    }
    if (!closed)
        return ERR_OK;
    TRY(demo_load(d, "opportunity", (*r)->id, r));
    demo_be(d, demo_at(d, c->close), owner);
    demo_set(d, *r, "stage", c->won ? "won" : "lost");
    demo_set_time(d, *r, "closed_at", d->c.now_ms);
    if (c->lost)
        demo_set(d, *r, "lost_reason", "%s", DEMO_ONE(d, lost_reasons));
    else
        demo_set(d, *r, "won_reason", "%s", DEMO_ONE(d, won_reasons));
    return move(d, *r);
}

err demo_deal(demo *d, int i)
{
    static const char *const types[] = { "sale", "sale", "sale", "transaction", "cooperation" };
    course                   c = course_of(d, i);
    int                of = demo_chance(d, 30) ? i * 7 % 40 : demo_pick(d, DEMO_ACCOUNTS), product = demo_pick(d, 8);
    const demo_record *firm = &d->account[of];
    char               name[200];
    if (firm->english)
        snprintf(name, sizeof name, "%s – %s", firm->brief, d->product[product].brief);
    else
        snprintf(name, sizeof name, "%s %s%s", firm->brief, d->product[product].name, DEMO_ONE(d, projects));
    demo_be(d, demo_at(d, c.made), firm->owner);
    rec *r = demo_new(d, "opportunity");
    demo_ref(d, r, "owner", d->user[firm->owner].id);
    demo_set(d, r, "name", "%s", name);
    demo_ref(d, r, "account", firm->id);
    demo_ref(d, r, "contact", d->contact[of].id); /* the firm's first */
    demo_set(d, r, "type", "%s", DEMO_ONE(d, types));
    demo_set(d, r, "currency", "%s", !firm->english ? "CNY" : of % 24 < 12 ? "USD" : "EUR");
    demo_set_day(d, r, "close_date", c.close);
    demo_set(d, r, "source", "%s", DEMO_ONE(d, sources));
    demo_set(d, r, "next_step", "%s",
             c.won || c.lost ? ""
             : firm->english ? DEMO_ONE(d, english_steps)
                             : DEMO_ONE(d, steps));
    if (i % 6 == 0)
        demo_ref(d, r, "campaign", d->campaign[i / 6 % 6].id);
    TRY(demo_save(d, r));
    demo_keep(&d->deal[i], r, c.made, firm->owner, name, firm->brief);
    d->deal[i].of = of;
    d->deal[i].english = firm->english;
    TRY(note_move(d, NULL, r));
    TRY(add_people(d, r, of, firm->owner));
    TRY(add_lines(d, r, product, firm->english));
    TRY(add_rivals(d, r, &c, firm->english));
    return walk(d, &r, &c, firm->owner);
}

/* ---- activities ---- */

typedef struct {
    const char *kind, *subject, *result;
} deed;

static const deed deeds[] = {
    { "call", "电话跟进：%s", "客户正在走内部审批，下周给答复。" },
    { "call", "了解%s的近期需求", "预算已立项，希望先看同行业案例。" },
    { "call", "与%s确认报价", "对总价没有异议，希望分两期付款。" },
    { "call", "%s：催办合同回签", "法务已通过，等盖章。" },
    { "visit", "拜访%s", "参观了两条产线，确认 46 个测点。" },
    { "visit", "%s 现场调研", "电柜空间不足，需要另配安装箱。" },
    { "meeting", "%s 方案评审会", "技术方案通过，补充网络安全说明。" },
    { "meeting", "与%s召开项目启动会", "确定里程碑与双方接口人。" },
    { "email", "发送报价单：%s", "" },
    { "email", "%s：会议纪要与下一步", "" },
    { "note", "%s：决策链更新", "最终由集团设备部决定，财务总监一票否决。" },
    { "note", "%s：竞争情况", "对手报价低一成，但交期比我们晚六周。" },
    { "task", "整理%s的投资回收测算", "已发给客户。" },
    { "task", "准备%s的演示环境", "演示环境就绪。" },
};
static const deed plans[] = {
    { "call", "回访%s", "" },         { "call", "电话确认%s的到货时间", "" }, { "visit", "拜访%s", "" },
    { "meeting", "%s 商务谈判", "" }, { "task", "给%s准备合同", "" },         { "task", "跟进%s的回款", "" },
    { "meeting", "%s 产品演示", "" },
};
static const deed english_deeds[] = {
    { "call", "Call with %s", "Budget is approved, wants references in the same industry." },
    { "email", "Offer sent to %s", "" },
    { "meeting", "Review of the proposal with %s", "They accept the scope; payment in two parts." },
    { "visit", "Site visit at %s", "Two lines seen, 30 measuring points agreed." },
    { "note", "%s: who decides", "The plant manager decides, procurement only negotiates." },
};
static const deed english_plans[] = { { "call", "Follow up with %s", "" },
                                      { "meeting", "Demo for %s", "" },
                                      { "task", "Prepare the contract for %s", "" } };

typedef struct {
    const char        *entity_name;
    const demo_record *record;
    const char        *name; /* as it stands in the subject */
} subject_of;

/* Something that was there by then. */
static subject_of choose(demo *d, int64_t by)
{
    for (int tries = 0; tries < 6; tries++) {
        int        p = demo_pick(d, 100);
        subject_of s;
        if (p < 45)
            s = (subject_of){ "opportunity", &d->deal[demo_pick(d, DEMO_DEALS)], NULL };
        else if (p < 65)
            s = (subject_of){ "contact", &d->contact[demo_pick(d, DEMO_CONTACTS)], NULL };
        else if (p < 80)
            s = (subject_of){ "lead", &d->lead[demo_pick(d, DEMO_LEADS)], NULL };
        else if (p < 86)
            s = (subject_of){ "case", &d->service[demo_pick(d, DEMO_CASES)], NULL };
        else
            s = (subject_of){ "account", &d->account[demo_pick(d, DEMO_ACCOUNTS)], NULL };
        s.name = s.record->brief;
        if (s.record->day <= by)
            return s;
    }
    const demo_record *old = &d->account[demo_pick(d, 40)];
    return (subject_of){ "account", old, old->brief };
}

/* Oldest first; four of five are done, the rest lies ahead, some of it overdue. */
err demo_activity(demo *d, int i)
{
    const int   done = DEMO_ACTIVITIES * 4 / 5;
    bool        past = i < done;
    int64_t     day = past ? d->today - (int64_t)360 * (done - i) * (done - i) / done / done
                           : d->today + (i % 4 == 0 ? -demo_between(d, 1, 12) : demo_between(d, 0, 30));
    subject_of  s = choose(d, past ? day : d->today - 12);
    bool        english = s.record->english;
    const deed *what =
        past ? (english ? &english_deeds[demo_pick(d, countof(english_deeds))] : &deeds[demo_pick(d, countof(deeds))])
             : (english ? &english_plans[demo_pick(d, countof(english_plans))] : &plans[demo_pick(d, countof(plans))]);
    char      subject[200];
    str       form = str_from(what->subject);
    ptrdiff_t at = str_find(form, STR("%s"));
    int64_t   when = demo_at(d, day);
    demo_be(d, past ? when : demo_at(d, d->today - demo_pick(d, 12)), s.record->owner);
    snprintf(subject, sizeof subject, "%.*s%s%.*s", (int)at, form.p, s.name, (int)(form.n - at - 2), form.p + at + 2);
    rec *r = demo_new(d, "activity");
    demo_ref(d, r, "owner", d->user[s.record->owner].id);
    demo_set(d, r, "subject", "%s", subject);
    demo_set(d, r, "kind", "%s", what->kind);
    demo_set(d, r, "about", "%s/%lld", s.entity_name, (long long)s.record->id);
    demo_set_time(d, r, past ? "done_at" : "due_at", when);
    demo_set(d, r, "result", "%s", what->result);
    return demo_save(d, r);
}
