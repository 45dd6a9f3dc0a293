/* What the words of a line are known by. Family names in three ranks, by how many people bear them; cities of China at the
 * rank of a prefecture and above, with some below and abroad that trade goes to. */
#include "base/text.h"
#include "schema/line.h"

/* clang-format off */
static const char surnames_common[] =
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗";
static const char surnames_usual[] =
    "郑梁谢宋唐许韩邓冯曹彭曾萧肖田董袁潘蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石贾韦夏"
    "付方白邹孟熊秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤";
static const char surnames_rare[] =
    "康易乔赖文樊兰殷施洪翟安颜倪牛温芦季俞章鲁葛伍申尤毕聂柴焦齐左包管梅盛童柳欧凌詹华金阮涂纪"
    "辛耿关祝路柯房裴甘岳褚成单宁滕骆卓宫霍苗谷项舒商祁屈阳卜车饶游靳费耶蓝符简边古曲冉邢景娄党"
    "鲍窦查尚解庞隋靖仇迟沙邝麦冼佘麻米司池桂全闵时巫应宗丛匡晏冷储虞姬穆艾荀蒲仲蔺晋佟谈席浦";
static const char *const surnames_compound[] = {
    "欧阳", "司马", "上官", "诸葛", "司徒", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯", "端木", "独孤", "南宫", "西门", "轩辕",
    "宇文", "长孙", "呼延", "闻人", "钟离", "百里", "东郭", "万俟", "淳于", "申屠", "澹台", "濮阳", "太史", "公冶", "赫连",
};
static const char *const cities[] = {
    "北京", "上海", "天津", "重庆", "石家庄", "唐山", "秦皇岛", "邯郸", "邢台", "保定", "张家口", "承德", "沧州", "廊坊", "衡水", "太原", "大同",
    "阳泉", "长治", "晋城", "朔州", "晋中", "运城", "忻州", "临汾", "吕梁", "呼和浩特", "包头", "乌海", "赤峰", "通辽", "鄂尔多斯", "呼伦贝尔",
    "巴彦淖尔", "乌兰察布", "沈阳", "大连", "鞍山", "抚顺", "本溪", "丹东", "锦州", "营口", "阜新", "辽阳", "盘锦", "铁岭", "朝阳", "葫芦岛", "长春",
    "吉林", "四平", "辽源", "通化", "白山", "松原", "白城", "哈尔滨", "齐齐哈尔", "鸡西", "鹤岗", "双鸭山", "大庆", "伊春", "佳木斯", "七台河",
    "牡丹江", "黑河", "绥化", "南京", "无锡", "徐州", "常州", "苏州", "南通", "连云港", "淮安", "盐城", "扬州", "镇江", "泰州", "宿迁", "昆山",
    "江阴", "张家港", "常熟", "杭州", "宁波", "温州", "嘉兴", "湖州", "绍兴", "金华", "衢州", "舟山", "台州", "丽水", "义乌", "慈溪", "合肥",
    "芜湖", "蚌埠", "淮南", "马鞍山", "淮北", "铜陵", "安庆", "黄山", "滁州", "阜阳", "宿州", "六安", "亳州", "池州", "宣城", "福州", "厦门",
    "莆田", "三明", "泉州", "漳州", "南平", "龙岩", "宁德", "晋江", "南昌", "景德镇", "萍乡", "九江", "新余", "鹰潭", "赣州", "吉安", "宜春",
    "抚州", "上饶", "济南", "青岛", "淄博", "枣庄", "东营", "烟台", "潍坊", "济宁", "泰安", "威海", "日照", "临沂", "德州", "聊城", "滨州",
    "菏泽", "郑州", "开封", "洛阳", "平顶山", "安阳", "鹤壁", "新乡", "焦作", "濮阳", "许昌", "漯河", "三门峡", "南阳", "商丘", "信阳", "周口",
    "驻马店", "武汉", "黄石", "十堰", "宜昌", "襄阳", "鄂州", "荆门", "孝感", "荆州", "黄冈", "咸宁", "随州", "恩施", "长沙", "株洲", "湘潭",
    "衡阳", "邵阳", "岳阳", "常德", "张家界", "益阳", "郴州", "永州", "怀化", "娄底", "广州", "韶关", "深圳", "珠海", "汕头", "佛山", "江门",
    "湛江", "茂名", "肇庆", "惠州", "梅州", "汕尾", "河源", "阳江", "清远", "东莞", "中山", "潮州", "揭阳", "云浮", "南宁", "柳州", "桂林",
    "梧州", "北海", "防城港", "钦州", "贵港", "玉林", "百色", "贺州", "河池", "来宾", "崇左", "海口", "三亚", "三沙", "儋州", "成都", "自贡",
    "攀枝花", "泸州", "德阳", "绵阳", "广元", "遂宁", "内江", "乐山", "南充", "眉山", "宜宾", "广安", "达州", "雅安", "巴中", "资阳", "贵阳",
    "六盘水", "遵义", "安顺", "毕节", "铜仁", "昆明", "曲靖", "玉溪", "保山", "昭通", "丽江", "普洱", "临沧", "大理", "拉萨", "日喀则", "西安",
    "铜川", "宝鸡", "咸阳", "渭南", "延安", "汉中", "榆林", "安康", "商洛", "兰州", "嘉峪关", "金昌", "白银", "天水", "武威", "张掖", "平凉",
    "酒泉", "庆阳", "定西", "陇南", "西宁", "海东", "银川", "石嘴山", "吴忠", "固原", "中卫", "乌鲁木齐", "克拉玛依", "吐鲁番", "哈密", "香港",
    "澳门", "台北", "高雄", "台中", "新加坡", "东京", "大阪", "首尔", "曼谷", "伦敦", "巴黎", "纽约",
    "Beijing", "Shanghai", "Tianjin", "Chongqing", "Shenzhen", "Guangzhou", "Hangzhou", "Nanjing", "Suzhou",
    "Wuhan", "Chengdu", "Xi'an", "Xian", "Qingdao", "Dalian", "Xiamen", "Ningbo", "Zhengzhou", "Changsha",
    "Hefei", "Jinan", "Fuzhou", "Kunming", "Wuxi", "Dongguan", "Foshan", "Zhuhai", "Shenyang", "Harbin",
    "Changchun", "Guiyang", "Nanning", "Haikou", "Lanzhou", "Urumqi", "Hong Kong", "Macau", "Taipei",
    "Singapore", "Tokyo", "Osaka", "Seoul", "Bangkok", "London", "Paris", "Berlin", "Munich", "Hamburg",
    "Frankfurt", "Vienna", "Zurich", "Madrid", "Barcelona", "Rome", "Milan", "Amsterdam", "Brussels",
    "Stockholm", "Copenhagen", "Oslo", "Helsinki", "Dublin", "Lisbon", "Warsaw", "Prague", "Budapest", "Moscow",
    "Istanbul", "Dubai", "Mumbai", "Delhi", "Bangalore", "Jakarta", "Manila", "Hanoi", "Sydney", "Melbourne",
    "Toronto", "Vancouver", "Montreal", "New York", "Boston", "Chicago", "Seattle", "Houston", "Dallas",
    "Austin", "Denver", "Atlanta", "Miami", "San Francisco", "Los Angeles", "San Diego", "Philadelphia",
};
static const char *const provinces[] = {
    "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北",
    "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "内蒙古", "广西", "西藏", "宁夏", "新疆", "台湾",
};
/* The longer before those they end with. */
static const char *const titles[] = {
    "副总经理", "总经理", "大区经理", "区域经理", "销售经理", "采购经理", "项目经理", "产品经理", "市场经理", "技术总监", "销售总监", "采购总监", "市场总监",
    "财务总监", "运营总监", "董事长", "副总裁", "总裁", "总监", "副总", "总工程师", "总工", "高级工程师", "工程师", "经理", "主任", "副主任", "主管",
    "部长", "处长", "科长", "厂长", "院长", "校长", "所长", "行长", "店长", "队长", "组长", "教授", "博士", "医生", "律师", "会计", "出纳",
    "助理", "秘书", "顾问", "专员", "采购员", "老板", "先生", "女士", "小姐", "老师", "总", "工", "ceo", "cto", "cfo", "coo", "cio",
    "cmo", "vp", "director", "manager", "engineer", "president", "chairman", "founder", "consultant", "buyer",
    "head of sales",
};
static const char *const firms[] = {
    "公司", "集团", "股份", "控股", "有限", "科技", "技术", "信息", "软件", "网络", "电子", "能源", "电力", "电器", "电气", "机械", "设备",
    "仪器", "仪表", "器械", "医疗", "医药", "药业", "制药", "生物", "化工", "材料", "新材", "钢铁", "冶金", "汽车", "重工", "实业", "工业",
    "制造", "贸易", "商贸", "物流", "运输", "建设", "建筑", "工程", "地产", "置业", "投资", "资本", "基金", "证券", "银行", "保险", "金融",
    "咨询", "服务", "传媒", "文化", "广告", "教育", "食品", "饮料", "乳业", "农业", "纺织", "服饰", "家具", "家居", "酒店", "超市", "百货",
    "商场", "零售", "医院", "大学", "学院", "学校", "研究院", "研究所", "设计院", "事务所", "工作室", "中心", "协会", "商会", "厂", "店", "局",
    "智能", "数据", "航空", "航天", "通信", "电信", "移动", "联通", "石油", "石化", "水务", "环保", "光电", "半导体", "inc", "ltd", "llc",
    "corp", "corporation", "company", "co", "gmbh", "ag", "sa", "plc", "limited", "group", "holdings", "bank",
    "university", "technologies", "technology", "systems", "solutions", "software", "industries", "partners",
    "labs", "foods", "motors", "energy", "electronics", "consulting", "logistics",
};
/* clang-format on */

/* The first character of s, as it stands. */
static str first_character(str s)
{
    ptrdiff_t at = 0;
    if (s.n)
        (void)utf8_next(s, &at);
    return str_sub(s, 0, at);
}

int line_surname(str word)
{
    str first = first_character(word);
    for (size_t i = 0; i < countof(surnames_compound); i++)
        if (str_starts(word, str_from(surnames_compound[i])))
            return 9;
    if (first.n < 3) /* no Chinese character */
        return 0;
    if (str_find(str_from(surnames_common), first) >= 0)
        return 8;
    if (str_find(str_from(surnames_usual), first) >= 0)
        return 6;
    return str_find(str_from(surnames_rare), first) >= 0 ? 4 : 0;
}

bool line_city(str word, str *name)
{
    str bare = word.n > 3 && str_ends(word, STR("市")) ? str_sub(word, 0, word.n - 3) : word;
    for (size_t i = 0; i < countof(cities); i++)
        if (str_eq_nocase(str_from(cities[i]), bare)) {
            *name = str_from(cities[i]);
            return true;
        }
    return false;
}

ptrdiff_t line_province(str word, str *name)
{
    static const char *const endings[] = { "省", "市", "自治区", "壮族自治区", "回族自治区", "维吾尔自治区" };
    for (size_t i = 0; i < countof(provinces); i++) {
        str p = str_from(provinces[i]);
        if (!str_starts(word, p))
            continue;
        str rest = str_sub(word, p.n, word.n);
        *name = p;
        for (size_t k = countof(endings); k-- > 0;)
            if (str_starts(rest, str_from(endings[k])))
                return p.n + str_from(endings[k]).n;
        return p.n;
    }
    return 0;
}

static bool ends_nocase(str s, str end)
{
    return s.n >= end.n && str_eq_nocase(str_sub(s, s.n - end.n, s.n), end);
}

ptrdiff_t line_title(str word)
{
    for (size_t i = 0; i < countof(titles); i++) {
        str t = str_from(titles[i]);
        /* Latin words end where they begin: "director" is none of "codirector". */
        if ((unsigned char)t.p[0] < 0x80 ? str_eq_nocase(word, t) : str_ends(word, t))
            return t.n;
    }
    return 0;
}

bool line_firm(str word)
{
    while (word.n && (word.p[word.n - 1] == '.' || word.p[word.n - 1] == ')'))
        word.n--;
    for (size_t i = 0; i < countof(firms); i++) {
        str f = str_from(firms[i]);
        if ((unsigned char)f.p[0] < 0x80 ? str_eq_nocase(word, f) : ends_nocase(word, f))
            return true;
    }
    return false;
}
