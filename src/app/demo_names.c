/* Invented names of people and firms. */
#include "app/demo_inside.h"

typedef struct {
    const char *zh, *latin;
} word;

static const word surnames[] = {
    { "王", "wang" },  { "李", "li" },       { "张", "zhang" },       { "刘", "liu" },  { "陈", "chen" },
    { "杨", "yang" },  { "赵", "zhao" },     { "黄", "huang" },       { "周", "zhou" }, { "吴", "wu" },
    { "徐", "xu" },    { "孙", "sun" },      { "胡", "hu" },          { "朱", "zhu" },  { "高", "gao" },
    { "林", "lin" },   { "何", "he" },       { "郭", "guo" },         { "马", "ma" },   { "罗", "luo" },
    { "梁", "liang" }, { "宋", "song" },     { "郑", "zheng" },       { "谢", "xie" },  { "韩", "han" },
    { "唐", "tang" },  { "冯", "feng" },     { "董", "dong" },        { "萧", "xiao" }, { "程", "cheng" },
    { "曹", "cao" },   { "袁", "yuan" },     { "邓", "deng" },        { "许", "xu" },   { "傅", "fu" },
    { "沈", "shen" },  { "欧阳", "ouyang" }, { "上官", "shangguan" },
};
static const word men[] = {
    { "志远", "zhiyuan" },   { "俊杰", "junjie" },   { "浩然", "haoran" },  { "建国", "jianguo" },
    { "明", "ming" },        { "伟", "wei" },        { "文博", "wenbo" },   { "子轩", "zixuan" },
    { "晓峰", "xiaofeng" },  { "国强", "guoqiang" }, { "鹏飞", "pengfei" }, { "思源", "siyuan" },
    { "立新", "lixin" },     { "振华", "zhenhua" },  { "凯", "kai" },       { "嘉树", "jiashu" },
    { "庆生", "qingsheng" }, { "云帆", "yunfan" },   { "海涛", "haitao" },  { "磊", "lei" },
};
static const word women[] = {
    { "雨桐", "yutong" },   { "静怡", "jingyi" }, { "丽华", "lihua" },   { "晓燕", "xiaoyan" }, { "敏", "min" },
    { "婷婷", "tingting" }, { "思琪", "siqi" },   { "佳宁", "jianing" }, { "秀英", "xiuying" }, { "梦洁", "mengjie" },
    { "芳", "fang" },       { "欣然", "xinran" }, { "若兰", "ruolan" },  { "慧", "hui" },       { "雪梅", "xuemei" },
    { "诗涵", "shihan" },   { "玲", "ling" },     { "可欣", "kexin" },   { "春燕", "chunyan" }, { "婉清", "wanqing" },
};
static const char *const first_men[] = { "Oliver", "Thomas", "Lukas", "Adrian", "Samuel", "Peter", "Marcus", "Henrik" };
static const char *const first_women[] = { "Hannah", "Clara", "Sofia", "Amelia", "Ingrid", "Laura", "Naomi", "Judith" };
static const char *const last_names[] = { "Whitfield", "Brandt", "Okafor",  "Lindqvist", "Marchetti", "Novak",
                                          "Sullivan",  "Tan",    "Hartley", "Fischer",   "Delgado",   "Moreau" };

void demo_person_name(demo *d, bool english, demo_person *out)
{
    out->woman = demo_chance(d, 45);
    if (english) {
        const char *first = out->woman ? DEMO_ONE(d, first_women) : DEMO_ONE(d, first_men);
        const char *last = DEMO_ONE(d, last_names);
        snprintf(out->name, sizeof out->name, "%s %s", first, last);
        snprintf(out->latin, sizeof out->latin, "%c.%s", first[0] | 32, last);
        for (char *p = out->latin; *p; p++)
            *p = (char)(*p | (*p >= 'A' && *p <= 'Z' ? 32 : 0));
        return;
    }
    const word *last = &surnames[demo_pick(d, countof(surnames))];
    const word *first = out->woman ? &women[demo_pick(d, countof(women))] : &men[demo_pick(d, countof(men))];
    snprintf(out->name, sizeof out->name, "%s%s", last->zh, first->zh);
    snprintf(out->latin, sizeof out->latin, "%s.%s", first->latin, last->latin);
}

/* 100 begins no mobile number in China; 555-01xx is kept for stories in America. */
const char *demo_mobile(demo *d, bool english)
{
    str s = english ? arena_printf(d->c.a, "+1 %d-555-01%02d", demo_between(d, 202, 989), demo_pick(d, 100))
                    : arena_printf(d->c.a, "100 %04d %04d", demo_pick(d, 10000), demo_pick(d, 10000));
    return s.p;
}

/* No local number begins with a 0. */
const char *demo_landline(demo *d, const char *area)
{
    return arena_printf(d->c.a, "%s-0%03d %04d", area, demo_pick(d, 1000), demo_pick(d, 10000)).p;
}

static const demo_city cities[] = {
    { "上海", "华东", "021", "shanghai" },        { "苏州", "华东", "0512", "suzhou" },
    { "杭州", "华东", "0571", "hangzhou" },       { "南京", "华东", "025", "nanjing" },
    { "宁波", "华东", "0574", "ningbo" },         { "合肥", "华东", "0551", "hefei" },
    { "青岛", "华东", "0532", "qingdao" },        { "无锡", "华东", "0510", "wuxi" },
    { "广州", "华南", "020", "guangzhou" },       { "深圳", "华南", "0755", "shenzhen" },
    { "佛山", "华南", "0757", "foshan" },         { "东莞", "华南", "0769", "dongguan" },
    { "厦门", "华南", "0592", "xiamen" },         { "长沙", "华中", "0731", "changsha" },
    { "武汉", "华中", "027", "wuhan" },           { "郑州", "华中", "0371", "zhengzhou" },
    { "北京", "华北", "010", "beijing" },         { "天津", "华北", "022", "tianjin" },
    { "石家庄", "华北", "0311", "shijiazhuang" }, { "沈阳", "东北", "024", "shenyang" },
    { "大连", "东北", "0411", "dalian" },         { "成都", "西南", "028", "chengdu" },
    { "重庆", "西南", "023", "chongqing" },       { "西安", "西北", "029", "xian" },
};
static const demo_city abroad[] = {
    { "Singapore", "Asia", "+65", "sg" },     { "London", "Europe", "+44 20", "uk" },
    { "Hamburg", "Europe", "+49 40", "de" },  { "Rotterdam", "Europe", "+31 10", "nl" },
    { "Chicago", "America", "+1 312", "us" }, { "Sydney", "Oceania", "+61 2", "au" },
};

const demo_city *demo_city_of(int i)
{
    return i >= 0 ? &cities[(i * 5 + i / 60) % (int)countof(cities)] : &abroad[(-i) % (int)countof(abroad)];
}

static const word firm_words[] = {
    { "砚秋", "yanqiu" },    { "青禾", "qinghe" },      { "云杉", "yunshan" },   { "朗钧", "langjun" },
    { "启衡", "qiheng" },    { "泽屿", "zeyu" },        { "观澜", "guanlan" },   { "远岫", "yuanxiu" },
    { "鹿野", "luye" },      { "松间", "songjian" },    { "晴川", "qingchuan" }, { "沐野", "muye" },
    { "星垣", "xingyuan" },  { "南枝", "nanzhi" },      { "微岚", "weilan" },    { "长汀", "changting" },
    { "听泉", "tingquan" },  { "乘岳", "chengyue" },    { "锦程", "jincheng" },  { "瑞丰", "ruifeng" },
    { "铭川", "mingchuan" }, { "拓原", "tuoyuan" },     { "卓衡", "zhuoheng" },  { "宏岳", "hongyue" },
    { "天枢", "tianshu" },   { "凌霄", "lingxiao" },    { "德润", "derun" },     { "博渊", "boyuan" },
    { "广陵", "guangling" }, { "景曜", "jingyao" },     { "和煦", "hexu" },      { "知微", "zhiwei" },
    { "万岭", "wanling" },   { "嘉禾源", "jiaheyuan" }, { "东篱", "dongli" },    { "北屿", "beiyu" },
    { "溪山", "xishan" },    { "明湖", "minghu" },      { "九畹", "jiuwan" },    { "清越", "qingyue" },
    { "恒砺", "hengli" },    { "振岳", "zhenyue" },     { "利群达", "liqunda" }, { "百川汇", "baichuanhui" },
    { "双木", "shuangmu" },  { "高岑", "gaocen" },      { "安澜", "anlan" },     { "同舟", "tongzhou" },
    { "正则", "zhengze" },   { "新垦", "xinken" },      { "润物", "runwu" },     { "承平", "chengping" },
    { "昭明", "zhaoming" },  { "海晏", "haiyan" },      { "初霁", "chuji" },     { "川上", "chuanshang" },
    { "望舒", "wangshu" },   { "丰登", "fengdeng" },    { "元启", "yuanqi" },    { "方略", "fanglue" },
};
static const struct {
    const char *industry, *trade[3], *english;
} trades[] = {
    { "manufacturing", { "精密机械", "装备制造", "汽车零部件" }, "Precision" },
    { "food", { "食品", "乳业", "粮油" }, "Foods" },
    { "energy", { "新能源", "电力设备", "光伏科技" }, "Energy" },
    { "manufacturing", { "纺织", "包装", "新材料" }, "Packaging" },
    { "medical", { "医疗器械", "生物制药", "健康科技" }, "Medical" },
    { "transport", { "物流", "港务", "冷链运输" }, "Logistics" },
    { "technology", { "智能科技", "电子", "光电" }, "Instruments" },
    { "construction", { "建筑工程", "建材", "水务工程" }, "Water" },
    { "retail", { "商贸连锁", "百货", "供应链" }, "Retail" },
    { "real_estate", { "园区运营", "置业", "物业服务" }, "Estates" },
    { "agriculture", { "农业科技", "种业", "水产" }, "Farms" },
};
static const char *const english_words[] = { "Kestrel", "Halden",  "Brightwater", "Ashgrove",   "Northlake",
                                             "Redfern", "Marlow",  "Oakhurst",    "Stonemere",  "Fairhaven",
                                             "Wexley",  "Thornby", "Greycliff",   "Silverbeck", "Larkhill" };
static const char *const english_ends[] = { "Ltd", "Inc.", "GmbH", "Pte. Ltd.", "B.V." };

void demo_firm(demo *d, int i, bool english, char name[100], char brief[60], char domain[60], const char **industry)
{
    int t = (i * 3 + i / 60) % (int)countof(trades), kind = demo_pick(d, 10);
    *industry = trades[t].industry;
    if (english) {
        const char *w = english_words[(i / 12) % (int)countof(english_words)];
        snprintf(brief, 60, "%s %s", w, trades[t].english);
        snprintf(name, 100, "%s %s", brief, english_ends[(i / 12) % (int)countof(english_ends)]);
        snprintf(domain, 60, "%s-%s.example", w, trades[t].english);
        for (char *p = domain; *p; p++)
            *p = (char)(*p | (*p >= 'A' && *p <= 'Z' ? 32 : 0));
        return;
    }
    const word      *w = &firm_words[i % (int)countof(firm_words)];
    const demo_city *c = demo_city_of(i);
    snprintf(brief, 60, "%s%s", c->city, w->zh);
    snprintf(name, 100, "%s%s%s%s", c->city, w->zh, trades[t].trade[i / 60 % 3],
             kind == 0  ? "集团有限公司"
             : kind < 3 ? "股份有限公司"
                        : "有限公司");
    snprintf(domain, 60, "%s-%s.example", w->latin, c->latin);
}

/* GB 32100-2015: the 18th character makes the weighted sum a multiple of 31. */
const char *demo_tax_number(demo *d)
{
    static const char digits[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    char              code[19] = "91000000MA";
    int               sum = 0, weight = 1;
    for (int i = 10; i < 17; i++)
        code[i] = digits[demo_pick(d, 31)];
    for (int i = 0; i < 17; i++) {
        sum += (int)(strchr(digits, code[i]) - digits) * weight;
        weight = weight * 3 % 31;
    }
    code[17] = digits[(31 - sum % 31) % 31];
    code[18] = 0;
    return arena_str(d->c.a, str_from(code)).p;
}
