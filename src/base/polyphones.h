/* polyphones.h — characters that are read in more than one way, as met in names of companies, people and places.
 *
 * Used only by the generator of the table of readings (tools/han_table.c); tones are left out, "v" stands for ü. The
 * commonest reading comes first. The reading the generator knows by itself is added where it is missing here.
 * Four readings a character are kept (lv and nv count as two, for they are also typed lu and nu). */
#ifndef ZK_BASE_POLYPHONES_H
#define ZK_BASE_POLYPHONES_H

static const char *const polyphones[] = {
    /* a – c */
    "阿 a e", "扒 ba pa", "伯 bo bai", "柏 bai bo", "膀 bang pang", "蚌 bang beng", "磅 bang pang",
    "剥 bo bao", "薄 bao bo", "堡 bao bu pu", "暴 bao pu", "曝 bao pu", "秘 mi bi", "泌 mi bi", "费 fei bi", "辟 pi bi",
    "臂 bi bei", "扁 bian pian", "便 bian pian", "骠 biao piao", "屏 ping bing", "卜 bu bo", "泊 bo po", "埔 pu bu",
    "陂 pi bei po", "蕃 fan bo", "参 can shen cen", "藏 cang zang", "曾 zeng ceng", "侧 ce zhai", "差 cha chai ci",
    "查 cha zha", "刹 cha sha", "单 dan shan chan", "禅 chan shan", "长 chang zhang", "厂 chang an", "朝 chao zhao",
    "车 che ju", "称 cheng chen", "澄 cheng deng", "乘 cheng sheng", "盛 sheng cheng", "匙 chi shi", "尺 chi che",
    "重 chong zhong", "种 zhong chong", "臭 chou xiu", "仇 qiu chou", "畜 xu chu", "传 chuan zhuan", "椎 zhui chui",
    "绰 chuo chao", "伺 si ci", "枞 cong zong", "攒 zan cuan", "撮 cuo zuo", "坻 di chi", "郗 xi chi", "谌 chen shen",
    "兹 zi ci", "嚓 ca cha", "噌 ceng cheng", "孱 chan can", "裳 shang chang", "晟 cheng sheng", "啜 chuo chuai",
    "冲 chong", "涌 yong chong", "褚 chu zhu", "柷 zhu chu",
    /* d – g */
    "大 da dai", "石 shi dan", "弹 dan tan", "得 de dei", "的 de di", "地 di de", "底 di de", "翟 zhai di", "提 ti di",
    "调 diao tiao", "丁 ding zheng", "都 du dou", "读 du dou", "度 du duo", "囤 tun dun", "顿 dun du", "恶 e wu",
    "洞 dong tong", "佴 nai er", "番 fan pan", "繁 fan po", "冯 feng ping", "佛 fo fu", "否 fou pi", "脯 fu pu",
    "莆 pu fu", "宓 mi fu", "盖 gai ge", "干 gan qian", "乾 qian gan", "扛 kang gang", "革 ge ji", "合 he ge",
    "蛤 ha ge", "给 gei ji", "颈 jing geng", "红 hong gong", "句 ju gou", "枸 gou ju", "谷 gu yu", "贾 jia gu",
    "鹄 hu gu", "滑 hua gu", "纶 lun guan", "莞 guan wan", "广 guang an", "龟 gui qiu jun", "柜 gui ju", "桧 hui gui",
    "炔 que gui", "会 hui kuai", "涡 wo guo", "咖 ka ga", "夹 jia ga", "伽 jia qie ga", "嘎 ga", "镐 gao hao",
    "杲 gao", "咯 ge luo ka", "芥 jie gai", "括 kuo gua", "鲑 gui xie", "呱 gua gu", "莘 xin shen", "酢 zuo cu",
    "肚 du", "垌 dong tong", "驮 tuo duo", "隄 di ti", "碡 zhou du", "儋 dan", "氐 di zhi", "疸 dan da",
    /* h – k */
    "虾 xia ha", "还 huan hai", "行 hang xing", "巷 xiang hang", "和 he huo hu", "核 he hu", "吓 xia he",
    "虹 hong jiang", "豁 huo hua", "浒 hu xu", "珲 hun hui", "郇 xun huan", "解 jie xie hai", "奇 qi ji", "缉 ji qi",
    "系 xi ji", "期 qi ji", "其 qi ji", "稽 ji qi", "亟 ji qi", "茄 qie jia", "价 jia jie", "见 jian xian",
    "浅 qian jian", "犍 qian jian", "将 jiang qiang", "降 jiang xiang", "强 qiang jiang", "角 jiao jue",
    "觉 jue jiao", "校 xiao jiao", "嚼 jiao jue", "缴 jiao zhuo", "桔 ju jie", "藉 jie ji", "劲 jin jing",
    "景 jing ying", "隽 jun juan", "圈 quan juan", "均 jun yun", "筠 yun jun", "浚 jun xun", "卡 ka qia", "楷 kai jie",
    "壳 ke qiao", "隗 wei kui", "俟 si qi", "瞿 qu ju", "趄 ju qie", "咀 ju zui", "矩 ju", "倨 ju", "菌 jun",
    "楗 jian", "靓 jing liang", "矜 jin qin guan", "粳 jing geng", "瘕 jia xia", "岬 jia", "几 ji", "咳 ke hai",
    "吭 keng hang", "溃 kui hui", "哈 ha", "貉 he hao", "骸 hai", "夯 hang ben", "喝 he", "嗬 he", "户 hu",
    "祭 ji zhai", "齐 qi ji zhai", "给 gei ji", "且 qie ju", "尽 jin", "间 jian", "监 jian", "禁 jin", "空 kong",
    /* l – n */
    "落 luo la lao", "烙 lao luo", "勒 le lei", "乐 le yue lao", "棱 leng ling", "六 liu lu", "陆 lu liu", "绿 lv",
    "碌 lu liu", "露 lu lou", "率 lv shuai", "络 luo lao", "埋 mai man", "脉 mai mo", "蔓 man wan", "冒 mao mo",
    "没 mei mo", "糜 mi mei", "模 mo mu", "万 wan mo", "牟 mou mu", "缪 miao miu mou", "娜 na nuo", "南 nan na",
    "呢 ne ni", "粘 zhan nian", "弄 nong long", "女 nv", "乜 nie mie", "渑 mian sheng", "无 wu mo", "嘿 hei mo",
    "么 me mo ma", "磨 mo", "脉 mai mo", "哪 na nei", "那 na nei", "捏 nie", "溺 ni niao", "拗 ao niu", "泷 long shuang",
    "厘 li xi", "栎 li yue", "俩 lia liang", "笼 long", "偻 lou lv", "蒌 lou lv", "姥 mu lao", "论 lun", "丽 li",
    "猫 mao", "氓 mang meng", "眯 mi", "秘 mi bi", "宁 ning", "难 nan", "能 neng nai", "吕 lv", "旅 lv", "律 lv",
    "铝 lv", "闾 lv", "侣 lv", "略 lve", "虐 nve",
    /* o – r */
    "区 qu ou", "迫 po pai", "胖 pang pan", "刨 pao bao", "朴 pu piao", "栖 qi xi", "蹊 xi qi", "铅 qian yan",
    "茜 qian xi", "纤 xian qian", "荨 qian xun", "亲 qin qing", "券 quan xuan", "覃 tan qin", "若 ruo re", "契 qi xie",
    "跷 qiao", "悄 qiao", "翘 qiao", "雀 que qiao", "切 qie", "曲 qu", "任 ren", "片 pian", "漂 piao", "铺 pu",
    "仆 pu", "魄 po tuo", "耙 pa ba", "跑 pao", "喷 pen", "澎 peng", "逄 pang", "亓 qi", "嵌 qian kan", "呛 qiang",
    "茄 qie jia", "色 se shai", "阙 que", "汝 ru", "蠕 ru", "壳 ke qiao", "戚 qi", "綦 qi", "洽 qia", "箐 qing",
    /* s – t */
    "塞 sai se", "莎 sha suo", "厦 xia sha", "杉 shan sha", "栅 zha shan", "汤 tang shang", "召 zhao shao",
    "蛇 she yi", "折 zhe she", "歙 she xi", "什 shi shen", "沈 shen chen", "省 sheng xing", "识 shi zhi", "峙 zhi shi",
    "食 shi si yi", "似 si shi", "氏 shi zhi", "殖 zhi shi", "射 she ye", "属 shu zhu", "熟 shu shou", "术 shu zhu",
    "数 shu shuo", "谁 shui shei", "说 shuo shui yue", "思 si sai", "宿 su xiu", "拓 tuo ta", "沓 ta da",
    "镡 tan xin chan", "澹 tan dan", "陶 tao yao", "俞 yu shu", "杓 shao biao", "苫 shan", "甚 shen shi", "葚 shen ren",
    "拾 shi she", "恃 shi", "嗜 shi", "硕 shuo shi", "衰 shuai cui", "遂 sui", "缩 suo su", "台 tai", "体 ti", "通 tong",
    "吐 tu", "褪 tui tun", "帖 tie", "挑 tiao", "眭 sui", "散 san", "舍 she", "少 shao", "上 shang", "沙 sha",
    "煞 sha", "妥 tuo", "哇 wa", "苔 tai", "潭 tan", "掏 tao", "趟 tang", "铊 ta tuo",
    /* w – y */
    "尉 wei yu", "蔚 wei yu", "圩 wei xu", "於 yu wu", "洗 xi xian", "冼 xian", "铣 xi xian", "削 xiao xue",
    "叶 ye xie", "邪 xie ye", "血 xue xie", "吁 xu yu", "烟 yan yin", "殷 yin yan", "钥 yao yue", "约 yue yao",
    "遗 yi wei", "尾 wei yi", "员 yuan yun", "咽 yan ye", "荥 xing ying", "陉 xing jing", "为 wei", "吴 wu", "兴 xing",
    "压 ya", "要 yao", "有 you", "予 yu", "燕 yan", "应 ying", "相 xiang", "旋 xuan", "夏 xia", "与 yu", "育 yu yo",
    "轧 zha ya", "疟 nve yao", "瀹 yue", "熨 yun yu", "芋 yu", "委 wei", "肖 xiao", "许 xu hu", "戏 xi hu", "鲜 xian",
    "巂 xi gui", "嚣 xiao ao", "歇 xie", "颉 xie jie", "缬 xie", "荇 xing", "畦 qi xi", "郧 yun", "乌 wu", "盱 xu",
    "唯 wei", "王 wang", "哑 ya", "崖 ya", "耶 ye", "掖 ye", "椅 yi", "佚 yi", "饮 yin", "佣 yong", "侑 you",
    "柚 you", "妪 yu", "御 yu", "苑 yuan", "芫 yan yuan", "媛 yuan", "乐 le yue lao", "晕 yun", "甬 yong", "甪 lu",
    /* z */
    "仔 zi zai", "择 ze zhai", "扎 zha za", "着 zhe zhuo zhao zhu", "著 zhu zhuo zhe", "爪 zhua zhao", "幢 zhuang chuang",
    "赚 zhuan zuan", "琢 zhuo zuo", "柞 zuo zha", "载 zai", "占 zhan", "中 zhong", "正 zheng", "症 zheng", "只 zhi",
    "脏 zang", "涨 zhang", "转 zhuan", "钻 zuan", "作 zuo", "炸 zha", "征 zheng zhi", "徵 zheng zhi", "吱 zhi zi",
    "咋 za zha", "笮 ze zuo", "颤 chan zhan", "朝 chao zhao", "轴 zhou", "属 shu zhu", "卒 zu cu", "足 zu", "组 zu",
    "综 zong zeng", "訾 zi", "粥 zhou yu", "祝 zhu", "筑 zhu", "拽 zhuai ye", "缀 zhui", "濯 zhuo",
};
#endif
