#include "io/headers.h"
#include "io/cells.h"

const char *header_how_name(header_how h)
{
    static const char *const names[] = { "unknown", "ignored", "name", "label", "salesforce", "common" };
    return names[h];
}

/* Lower case, full-width folded, without spaces and punctuation: "E-Mail Address" → "emailaddress". */
static str plain(arena *a, str s)
{
    str       narrow = cell_narrow(a, str_trim(s));
    char     *out = arena_alloc(a, (size_t)narrow.n + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < narrow.n; i++) {
        unsigned char c = (unsigned char)narrow.p[i];
        if (c >= 'A' && c <= 'Z')
            out[n++] = (char)(c + 32);
        else if (c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))
            out[n++] = (char)c;
    }
    return (str){ out, n };
}

/* A header of a file that a Salesforce org exports. entity NULL: any. target NULL: nothing that we keep. */
typedef struct {
    const char *entity, *header, *target;
    bool        weak;
} header_row;

static const header_row salesforce[] = {
    { NULL, "id", "external_id", false },
    { NULL, "isdeleted", NULL, false },
    { NULL, "isconverted", NULL, false },
    { NULL, "isclosed", NULL, false },
    { NULL, "iswon", NULL, false },
    { NULL, "isemailbounced", NULL, false },
    { NULL, "emailbouncedreason", NULL, false },
    { NULL, "emailbounceddate", NULL, false },
    { NULL, "systemmodstamp", NULL, false },
    { NULL, "lastmodifieddate", NULL, false },
    { NULL, "lastmodifiedbyid", NULL, false },
    { NULL, "lastactivitydate", NULL, false },
    { NULL, "lastvieweddate", NULL, false },
    { NULL, "lastreferenceddate", NULL, false },
    { NULL, "masterrecordid", NULL, false },
    { NULL, "photourl", NULL, false },
    { NULL, "recordtypeid", NULL, false },
    { NULL, "expectedrevenue", NULL, false },
    { NULL, "fiscalquarter", NULL, false },
    { NULL, "fiscalyear", NULL, false },
    { NULL, "fiscal", NULL, false },
    { NULL, "salutation", NULL, false },
    { NULL, "billinglatitude", NULL, false },
    { NULL, "billinglongitude", NULL, false },
    { NULL, "billinggeocodeaccuracy", NULL, false },
    { NULL, "ownerid", "owner.external_id", true },
    { NULL, "createdbyid", "created_by.external_id", true },
    { NULL, "createddate", "created_at", false },
    { NULL, "leadsource", "source", false },
    { NULL, "mobilephone", "mobile", false },
    { NULL, "campaignid", "campaign.external_id", true },
    { NULL, "currencyisocode", "currency", false },
    { NULL, "numberofemployees", "employees", false },
    { NULL, "accountid", "account.external_id", false },
    { NULL, "contactid", "contact.external_id", false },
    { NULL, "leadid", "lead.external_id", false },
    { "account", "parentid", "parent.external_id", true },
    { "account", "billingcity", "city", false },
    { "account", "billingstreet", "address", false },
    { "account", "billingstate", "region", false },
    { "account", "accountsource", "source", false },
    { "account", "annualrevenue", "annual_revenue", false },
    { "account", "accountname", "name", false },
    { "contact", "reportstoid", "reports_to.external_id", true },
    { "contact", "birthdate", "birthday", false },
    { "contact", "accountname", "account.name", false },
    { "lead", "converteddate", "converted_at", false },
    { "lead", "convertedaccountid", "converted_account.external_id", true },
    { "lead", "convertedcontactid", "converted_contact.external_id", true },
    { "lead", "convertedopportunityid", "converted_opportunity.external_id", true },
    { "lead", "leadstatus", "status", false },
    { "opportunity", "stagename", "stage", false },
    { "opportunity", "forecastcategoryname", "forecast_category", false },
    { "opportunity", "accountname", "account.name", false },
    { "opportunity", "opportunityname", "name", false },
    { "opportunity", "opportunityowner", "owner.name", false },
    { "campaign", "parentid", "parent.external_id", true },
    { "campaign", "budgetedcost", "budget", false },
    { "campaign_member", "campaignid", "campaign.external_id", false },
    { "product", "productcode", "code", false },
    { "product", "isactive", "active", false },
    { "case", "casenumber", "external_id", false },
    { "case", "origin", "channel", false },
    { "case", "closeddate", "resolved_at", false },
    { "user", "username", "login", false },
    { "user", "managerid", "manager.external_id", true },
    { NULL, "importerror", NULL, false }, /* the last column of rejected rows */
};

/* Headers in common use. Tried in this order; the first target that the entity has is taken. */
static const header_row common[] = {
    { "account", "客户名称", "name", false },
    { "account", "客户名", "name", false },
    { "account", "客户", "name", false },
    { "account", "公司名称", "name", false },
    { "account", "公司", "name", false },
    { "account", "企业名称", "name", false },
    { "account", "单位名称", "name", false },
    { "account", "股票名称", "name", false },
    { "account", "证券名称", "name", false },
    { "account", "证券简称", "name", false },
    { "account", "company", "name", false },
    { "account", "companyname", "name", false },
    { "account", "account", "name", false },
    { "account", "customer", "name", false },
    { "account", "customername", "name", false },
    { "account", "客户类型", "type", false },
    { "account", "客户级别", "level", false },
    { "account", "客户等级", "level", false },
    { "account", "上级客户", "parent.name", false },
    { "account", "上级公司", "parent.name", false },
    { "account", "客户编号", "external_id", false },
    { "account", "客户编码", "external_id", false },
    { "account", "客户id", "external_id", false },
    { "account", "ts代码", "external_id", false },
    { "account", "股票代码", "external_id", false },
    { "account", "证券代码", "external_id", false },
    { "account", "code", "external_id", false },
    { "account", "codename", "name", false },
    { "contact", "联系人", "name", false },
    { "contact", "联系人姓名", "name", false },
    { "contact", "客户名", "name", false },
    { "contact", "客户id", "external_id", false },
    { "contact", "客户编号", "external_id", false },
    { "contact", "用户编号", "external_id", false },
    { "lead", "线索名称", "name", false },
    { "lead", "联系人", "name", false },
    { "lead", "联系人姓名", "name", false },
    { "lead", "客户名称", "company", false },
    { "lead", "公司名称", "company", false },
    { "lead", "公司", "company", false },
    { "lead", "企业名称", "company", false },
    { "lead", "单位名称", "company", false },
    { "lead", "companyname", "company", false },
    { "opportunity", "商机名称", "name", false },
    { "opportunity", "销售机会名称", "name", false },
    { "opportunity", "机会名称", "name", false },
    { "opportunity", "项目名称", "name", false },
    { "opportunity", "商机", "name", false },
    { "opportunity", "阶段", "stage", false },
    { "opportunity", "销售阶段", "stage", false },
    { "opportunity", "商机阶段", "stage", false },
    { "opportunity", "预计成交日期", "close_date", false },
    { "opportunity", "预计结单日期", "close_date", false },
    { "opportunity", "成交日期", "close_date", false },
    { "opportunity", "结单日期", "close_date", false },
    { "opportunity", "预计金额", "amount", false },
    { "opportunity", "成交金额", "amount", false },
    { "opportunity", "商机金额", "amount", false },
    { "opportunity", "销售金额", "amount", false },
    { "opportunity", "产品", "lines.product", false },
    { "opportunity", "产品名称", "lines.product", false },
    { "opportunity", "赢单率", "probability", false },
    { "product", "产品名称", "name", false },
    { "product", "产品", "name", false },
    { "product", "商品名称", "name", false },
    { "product", "产品编号", "code", false },
    { "product", "产品编码", "code", false },
    { "product", "单价", "price", false },
    { "product", "价格", "price", false },
    { "product", "单位", "unit", false },
    { "competitor", "竞争对手", "name", false },
    { "case", "主题", "subject", false },
    { "case", "标题", "subject", false },
    { "activity", "主题", "subject", false },
    { "activity", "标题", "subject", false },
    { "user", "员工姓名", "name", false },
    { "user", "部门", "team.name", false },
    { "user", "团队", "team.name", false },
    { "user", "上级", "manager.name", false },
    { "user", "登录名", "login", false },
    { "user", "用户名", "login", false },
    { "team", "上级部门", "parent.name", false },
    { NULL, "姓名", "name", false },
    { NULL, "名称", "name", false },
    { NULL, "客户名称", "account.name", false },
    { NULL, "客户", "account.name", false },
    { NULL, "公司名称", "account.name", false },
    { NULL, "公司", "account.name", false },
    { NULL, "所属客户", "account.name", false },
    { NULL, "关联客户", "account.name", false },
    { NULL, "accountname", "account.name", false },
    { NULL, "company", "account.name", false },
    { NULL, "companyname", "account.name", false },
    { NULL, "customer", "account.name", false },
    { NULL, "联系人", "contact.name", false },
    { NULL, "手机", "mobile", false },
    { NULL, "手机号", "mobile", false },
    { NULL, "手机号码", "mobile", false },
    { NULL, "mobilenumber", "mobile", false },
    { NULL, "cell", "mobile", false },
    { NULL, "cellphone", "mobile", false },
    { NULL, "手机", "phone", false },
    { NULL, "手机号", "phone", false },
    { NULL, "电话", "phone", false },
    { NULL, "电话号码", "phone", false },
    { NULL, "联系电话", "phone", false },
    { NULL, "公司电话", "phone", false },
    { NULL, "固定电话", "phone", false },
    { NULL, "座机", "phone", false },
    { NULL, "telephone", "phone", false },
    { NULL, "tel", "phone", false },
    { NULL, "phonenumber", "phone", false },
    { NULL, "邮箱", "email", false },
    { NULL, "电子邮箱", "email", false },
    { NULL, "电子邮件", "email", false },
    { NULL, "邮件", "email", false },
    { NULL, "mail", "email", false },
    { NULL, "emailaddress", "email", false },
    { NULL, "微信", "wechat", false },
    { NULL, "微信号", "wechat", false },
    { NULL, "网址", "website", false },
    { NULL, "网站", "website", false },
    { NULL, "官网", "website", false },
    { NULL, "公司网址", "website", false },
    { NULL, "web", "website", false },
    { NULL, "url", "website", false },
    { NULL, "homepage", "website", false },
    { NULL, "行业", "industry", false },
    { NULL, "所属行业", "industry", false },
    { NULL, "客户行业", "industry", false },
    { NULL, "sector", "industry", false },
    { NULL, "职位", "title", false },
    { NULL, "职务", "title", false },
    { NULL, "jobtitle", "title", false },
    { NULL, "position", "title", false },
    { NULL, "部门", "department", false },
    { NULL, "生日", "birthday", false },
    { NULL, "出生日期", "birthday", false },
    { NULL, "姓", "last_name", false },
    { NULL, "名", "first_name", false },
    { NULL, "surname", "last_name", false },
    { NULL, "familyname", "last_name", false },
    { NULL, "givenname", "first_name", false },
    { NULL, "负责人", "owner.name", false },
    { NULL, "业务员", "owner.name", false },
    { NULL, "销售", "owner.name", false },
    { NULL, "销售员", "owner.name", false },
    { NULL, "销售人员", "owner.name", false },
    { NULL, "销售代表", "owner.name", false },
    { NULL, "跟进人", "owner.name", false },
    { NULL, "所有人", "owner.name", false },
    { NULL, "所有者", "owner.name", false },
    { NULL, "salesrep", "owner.name", false },
    { NULL, "salesperson", "owner.name", false },
    { NULL, "salesagent", "owner.name", false },
    { NULL, "ownername", "owner.name", false },
    { NULL, "金额", "amount", false },
    { NULL, "币种", "currency", false },
    { NULL, "货币", "currency", false },
    { NULL, "来源", "source", false },
    { NULL, "客户来源", "source", false },
    { NULL, "线索来源", "source", false },
    { NULL, "状态", "status", false },
    { NULL, "类型", "type", false },
    { NULL, "备注", "description", false },
    { NULL, "说明", "description", false },
    { NULL, "描述", "description", false },
    { NULL, "notes", "description", false },
    { NULL, "note", "description", false },
    { NULL, "comments", "description", false },
    { NULL, "地址", "address", false },
    { NULL, "详细地址", "address", false },
    { NULL, "公司地址", "address", false },
    { NULL, "street", "address", false },
    { NULL, "城市", "city", false },
    { NULL, "所在城市", "city", false },
    { NULL, "地区", "region", false },
    { NULL, "区域", "region", false },
    { NULL, "省份", "region", false },
    { NULL, "省", "region", false },
    { NULL, "state", "region", false },
    { NULL, "province", "region", false },
    { NULL, "员工人数", "employees", false },
    { NULL, "员工数", "employees", false },
    { NULL, "人数", "employees", false },
    { NULL, "公司规模", "employees", false },
    { NULL, "年营业额", "annual_revenue", false },
    { NULL, "年营收", "annual_revenue", false },
    { NULL, "年收入", "annual_revenue", false },
    { NULL, "营业额", "annual_revenue", false },
    { NULL, "revenue", "annual_revenue", false },
    { NULL, "税号", "tax_number", false },
    { NULL, "纳税人识别号", "tax_number", false },
    { NULL, "统一社会信用代码", "tax_number", false },
    { NULL, "创建时间", "created_at", false },
    { NULL, "创建日期", "created_at", false },
    { NULL, "创建人", "created_by.name", false },
    { NULL, "编号", "external_id", false },
    { NULL, "外部编号", "external_id", false },
    { NULL, "externalid", "external_id", false },
    { NULL, "更新时间", NULL, false },
    { NULL, "修改时间", NULL, false },
};

static bool by_row(const header_row *r, const snapshot *s, const entity *e, str word, header_how how,
                   header_meaning *out)
{
    str at;
    if ((r->entity && !str_eq(e->name, str_from(r->entity))) || !str_eq(word, str_from(r->header)))
        return false;
    if (!r->target) {
        *out = (header_meaning){ .how = HEADER_IGNORED };
        return true;
    }
    header_meaning m = { .how = how, .weak = r->weak };
    if (!target_find(s, e, str_from(r->target), &m.to, &at))
        return false;
    *out = m;
    return true;
}

static str lower_ascii(arena *a, str s)
{
    str out = arena_str(a, s);
    for (ptrdiff_t i = 0; i < out.n; i++)
        if (out.p[i] >= 'A' && out.p[i] <= 'Z')
            ((char *)(uintptr_t)out.p)[i] = (char)(out.p[i] + 32);
    return out;
}

/* Our own exports name references "account" and "account.name". */
static bool by_name(const snapshot *s, const entity *e, str header, str word, arena *a, header_meaning *out)
{
    str at;
    for (size_t i = 0; i < e->field_count; i++) {
        const field *f = &e->fields[i];
        if (!str_eq(plain(a, f->name), word) || f->type == FT_JSON)
            continue;
        *out = (header_meaning){ .how = HEADER_NAME };
        return target_find(s, e, f->name, &out->to, &at);
    }
    str lower = lower_ascii(a, header);
    if (str_find_char(lower, '.') < 0 || !target_find(s, e, lower, &out->to, &at))
        return false;
    out->how = HEADER_NAME;
    return true;
}

static bool by_label(const snapshot *s, const entity *e, str word, arena *a, header_meaning *out)
{
    str at;
    for (size_t i = 0; i < e->field_count; i++) {
        const field *f = &e->fields[i];
        for (int lang = 0; lang < LANG_COUNT; lang++)
            if (f->label[lang].n > 0 && f->type != FT_JSON && str_eq(plain(a, f->label[lang]), word)) {
                *out = (header_meaning){ .how = HEADER_LABEL };
                return target_find(s, e, f->name, &out->to, &at);
            }
    }
    return false;
}

/* Kept by the program: a column that only repeats an export is passed over. Of these only what an import may set. */
static bool kept_by_program(const field *f)
{
    static const char *const names[] = { "id", "updated_at", "updated_by", "version", "deleted_at" };
    for (size_t i = 0; i < countof(names); i++)
        if (str_eq(f->name, str_from(names[i])))
            return true;
    return (f->flags & FF_BASE) != 0;
}

/* "年收入（万）" → "年收入" and 4. */
static str without_unit(str header, int *exponent)
{
    static const struct {
        const char *unit;
        int         exponent;
    } units[] = { { "元", 0 }, { "人民币", 0 }, { "万", 4 },  { "万元", 4 }, { "千元", 3 }, { "百万", 6 },
                  { "亿", 8 }, { "亿元", 8 },   { "USD", 0 }, { "CNY", 0 },  { "RMB", 0 },  { "$", 0 },
                  { "¥", 0 },  { "%", 0 },      { "k", 3 },   { "K", 3 },    { "m", 6 },    { "M", 6 } };
    *exponent = 0;
    ptrdiff_t open = str_find(header, STR("（")), width = 3;
    if (open < 0) {
        open = str_find(header, STR("("));
        width = 1;
    }
    if (open <= 0)
        return header;
    str unit = str_sub(header, open + width, header.n);
    if (str_ends(unit, STR("）")))
        unit = str_sub(unit, 0, unit.n - 3);
    else if (str_ends(unit, STR(")")))
        unit = str_sub(unit, 0, unit.n - 1);
    for (size_t i = 0; i < countof(units); i++)
        if (str_eq(str_trim(unit), str_from(units[i].unit))) {
            *exponent = units[i].exponent;
            return str_trim(str_sub(header, 0, open));
        }
    return header;
}

static bool scalable(const field *f)
{
    return f->type == FT_MONEY || f->type == FT_INTEGER || f->type == FT_DECIMAL || f->type == FT_PERCENT;
}

header_meaning header_find(const snapshot *s, const entity *e, str header, arena *a)
{
    header_meaning m = { 0 };
    int            exponent;
    str            bare = without_unit(str_trim(header), &exponent);
    str            word = plain(a, bare);
    if (word.n == 0)
        return m;
    bool found = str_eq(word, STR("id")) ? false : by_name(s, e, bare, word, a, &m) || by_label(s, e, word, a, &m);
    for (size_t i = 0; i < countof(salesforce) && !found; i++)
        found = by_row(&salesforce[i], s, e, word, HEADER_SALESFORCE, &m);
    for (size_t i = 0; i < countof(common) && !found; i++)
        found = by_row(&common[i], s, e, word, HEADER_COMMON, &m);
    if (!found)
        return (header_meaning){ 0 };
    if (m.how != HEADER_IGNORED && !m.to.line && kept_by_program(m.to.f))
        return (header_meaning){ .how = HEADER_IGNORED };
    if (exponent && !scalable(m.to.f))
        return (header_meaning){ 0 };
    m.exponent = exponent;
    /* Whoever made it in another system is often nobody here. */
    m.weak = m.weak || (m.how != HEADER_IGNORED && str_eq(m.to.f->name, STR("created_by")));
    return m;
}

str header_value(const entity *e, const field *f, str text)
{
    static const struct {
        const char *entity, *field, *theirs, *ours;
    } values[] = {
        { "opportunity", "stage", "Needs Analysis", "qualification" },
        { "opportunity", "stage", "Value Proposition", "qualification" },
        { "opportunity", "stage", "Id. Decision Makers", "qualification" },
        { "opportunity", "stage", "Perception Analysis", "qualification" },
        { "opportunity", "stage", "Proposal/Price Quote", "proposal" },
        { "opportunity", "stage", "Negotiation/Review", "negotiation" },
        { "opportunity", "stage", "Closed Won", "won" },
        { "opportunity", "stage", "Closed Lost", "lost" },
        { "opportunity", "type", "New Customer", "sale" },
        { "opportunity", "type", "New Business", "sale" },
        { "opportunity", "type", "Existing Business", "sale" },
        { "opportunity", "type", "Existing Customer - Upgrade", "sale" },
        { "opportunity", "type", "Existing Customer - Replacement", "sale" },
        { "opportunity", "type", "Existing Customer - Downgrade", "sale" },
        { "opportunity", "forecast_category", "Best Case", "best_case" },
        { "account", "type", "Customer - Direct", "customer" },
        { "account", "type", "Customer - Channel", "customer" },
        { "account", "type", "Channel Partner / Reseller", "partner" },
        { "account", "type", "Installation Partner", "partner" },
        { "account", "type", "Technology Partner", "partner" },
        { "account", "type", "Prospect", "prospect" },
        { "lead", "status", "Open - Not Contacted", "new" },
        { "lead", "status", "Working - Contacted", "contacted" },
        { "lead", "status", "Closed - Converted", "converted" },
        { "lead", "status", "Closed - Not Converted", "unqualified" },
        { "lead", "status", "Open", "new" },
        { "lead", "status", "Contacted", "contacted" },
    };
    for (size_t i = 0; i < countof(values); i++)
        if (str_eq(e->name, str_from(values[i].entity)) && str_eq(f->name, str_from(values[i].field)) &&
            str_eq_nocase(text, str_from(values[i].theirs)))
            return str_from(values[i].ours);
    return (str){ 0 };
}
