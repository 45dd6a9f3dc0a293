/* A record from one line: what is found in many lines as people write them. */
#include <cmocka.h>

#include "app/registry.h"
#include "base/text.h"
#include "schema/line.h"

static snapshot *tables;

static str file_text(arena *a, const char *name)
{
    char  path[400];
    char *bytes = arena_alloc(a, 1 << 20);
    snprintf(path, sizeof path, "%s/locale/%s", getenv("ZHIKE_SOURCE") ? getenv("ZHIKE_SOURCE") : ".", name);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    size_t n = fread(bytes, 1, 1 << 20, f);
    fclose(f);
    return (str){ bytes, (ptrdiff_t)n };
}

static int set_up(void **state)
{
    arena                  *a = arena_new();
    str                     why = { 0 };
    static const choice_row choices[] = {
#define CHOICE(e, f, k, en, zh)                                                                                  \
    {                                                                                                            \
        .entity = STR_INIT(e), .field = STR_INIT(f), .key = STR_INIT(k), .label = { STR_INIT(en), STR_INIT(zh) } \
    }
        CHOICE("lead", "source", "web", "Website", "网站"),
        CHOICE("lead", "source", "phone", "Phone", "电话"),
        CHOICE("lead", "source", "exhibition", "Trade show", "展会"),
        CHOICE("account", "industry", "energy", "Energy", "能源"),
    };
    snapshot_input in = { .choices = choices,
                          .choice_count = countof(choices),
                          .rooms = rooms,
                          .currency = STR("CNY"),
                          .zone = STR("UTC"),
                          .fiscal_start_month = 1 };
    assert_int_equal(text_open(), ERR_OK);
    assert_int_equal(label_load(LANG_EN, file_text(a, "en.json")), ERR_OK);
    assert_int_equal(label_load(LANG_ZH, file_text(a, "zh-CN.json")), ERR_OK);
    assert_int_equal(snapshot_build(&in, a, &tables, &why), ERR_OK);
    *state = a;
    return 0;
}

static int tear_down(void **state)
{
    snapshot_unpin(tables);
    label_close();
    arena_free(*state);
    text_close();
    return 0;
}

/* "field=value field=value | rest", in the order of the fields' discovery made stable by their place in the entity. */
static str told(arena *a, const char *entity_name, const char *text)
{
    const entity *e = snapshot_entity(tables, str_from(entity_name));
    line_parts    p;
    buf           b;
    buf_init(&b, 4096);
    line_parse(a, e, str_from(text), &p);
    for (size_t f = 0; f < e->field_count; f++)
        for (size_t i = 0; i < p.count; i++)
            if (p.parts[i].field == &e->fields[f])
                buf_printf(&b, "%s%.*s=%.*s", b.n ? "; " : "", STR_ARG(e->fields[f].name), STR_ARG(p.parts[i].value));
    if (p.rest.n)
        buf_printf(&b, " | %.*s", STR_ARG(p.rest));
    str out = arena_str(a, buf_str(&b));
    buf_free(&b);
    return out;
}

typedef struct {
    const char *entity_name, *text, *parts;
} row;

static void check(void **state, const row *rows, size_t n)
{
    int wrong = 0;
    for (size_t i = 0; i < n; i++) {
        str got = told(*state, rows[i].entity_name, rows[i].text);
        if (!str_eq(got, str_from(rows[i].parts))) {
            print_message("%s\n   wants %s\n   got   %.*s\n", rows[i].text, rows[i].parts, STR_ARG(got));
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void a_lead_in_chinese(void **state)
{
    static const row rows[] = {
        { "lead", "张伟 华为 13800138000 展会", "name=张伟; company=华为; source=exhibition; mobile=13800138000" },
        { "lead", "华为 张伟 13800138000", "name=张伟; company=华为; mobile=13800138000" },
        { "lead", "张伟，华为，13800138000，展会", "name=张伟; company=华为; source=exhibition; mobile=13800138000" },
        { "lead", "张伟　华为　１３８００１３８０００", "name=张伟; company=华为; mobile=13800138000" },
        { "lead", "张伟13800138000华为", "name=张伟; company=华为; mobile=13800138000" },
        { "lead", "李娜 北京首钢股份有限公司 采购经理 010-88881234 lina@sg.com.cn 电话",
          "name=李娜; company=北京首钢股份有限公司; title=采购经理; source=phone; phone=010-88881234; "
          "email=lina@sg.com.cn" },
        { "lead", "深圳 王小明 腾讯科技 138 0013 8000",
          "name=王小明; company=腾讯科技; mobile=138 0013 8000; city=深圳" },
        { "lead", "广东省深圳市 陈静 比亚迪", "name=陈静; company=比亚迪; region=广东; city=深圳" },
        { "lead", "浙江 杭州 周涛 阿里巴巴", "name=周涛; company=阿里巴巴; region=浙江; city=杭州" },
        { "lead", "欧阳娜娜 爱乐音乐 微信:nana_2024", "name=欧阳娜娜; company=爱乐音乐; wechat=nana_2024" },
        { "lead", "张总 华能电力 13912345678", "name=张总; company=华能电力; mobile=13912345678" },
        { "lead", "公司：中石油 姓名：赵敏 手机：13700001111", "name=赵敏; company=中石油; mobile=13700001111" },
        { "lead", "赵敏 预算50万 中石油 客户推荐", "name=赵敏; company=中石油; budget=500000 | 客户推荐" },
        { "lead", "孙悦 1.5亿 国家电网", "name=孙悦; company=国家电网; budget=150000000" },
        { "lead", "吴敏 网站 www.acme.cn 金属加工厂",
          "name=吴敏; company=金属加工厂; source=web; website=https://www.acme.cn" },
        { "lead", "021-68881234-801 徐工集团 刘洋", "name=刘洋; company=徐工集团; phone=021-68881234-801" },
        { "lead", "李伟经理 宝钢", "name=李伟; company=宝钢; title=经理" },
        { "lead", "13800138000 13900139000 王芳", "name=王芳; phone=13900139000; mobile=13800138000" },
        { "lead", "13800138000", "mobile=13800138000" },
        { "lead", "王芳", "name=王芳" },
        { "lead", "中国银行", "company=中国银行" },
        { "lead", "+86 138-0013-8000 林心如", "name=林心如; mobile=+86 138-0013-8000" },
        { "lead", "何平 2026-11-23 展会", "name=何平; source=exhibition | 2026-11-23" },
    };
    check(state, rows, countof(rows));
}

static void a_lead_in_english(void **state)
{
    static const row rows[] = {
        { "lead", "John Smith Acme Corp +1 212 555 0100 trade show",
          "name=John Smith; company=Acme Corp; source=exhibition; phone=+1 212 555 0100" },
        { "lead", "John Smith, Acme Data Systems Inc., john@acme.com",
          "name=John Smith; company=Acme Data Systems Inc.; email=john@acme.com" },
        { "lead", "Mary Jones, CTO, Berlin, https://initech.de",
          "name=Mary Jones; title=CTO; website=https://initech.de; city=Berlin" },
        { "lead", "company: Globex, name: Hank Scorpio, city: New York",
          "name=Hank Scorpio; company=Globex; city=New York" },
        { "lead", "<bob@initech.com> Bob Porter Initech", "name=Bob Porter; company=Initech; email=bob@initech.com" },
        { "lead", "", "" },
        { "lead", " ,,; ", "" },
    };
    check(state, rows, countof(rows));
}

#define LONG "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void other_entities_take_what_they_have(void **state)
{
    static const row rows[] = {
        { "account", "华为技术有限公司 深圳 0755-28780808 能源",
          "name=华为技术有限公司; industry=energy; phone=0755-28780808; city=深圳" },
        { "contact", "张伟 13800138000 采购经理", "name=张伟; title=采购经理; mobile=13800138000" },
        { "opportunity", "华为 二期扩容 300万", "name=华为 二期扩容; amount=3000000" },
        { "competitor", "Acme Corp www.acme.com", "name=Acme Corp; website=https://www.acme.com" },
        { "activity", "给 张伟 打电话", "subject=给 张伟 打电话" },
        /* longer than name or company take: it is proposed as neither */
        { "lead", LONG LONG LONG, " | " LONG LONG LONG },
    };
    check(state, rows, countof(rows));
}

/* What is proposed is in the line, and nothing of the line is lost but labels and separators. */
static void a_choice_that_is_retired_is_not_proposed(void **state)
{
    const entity *e = snapshot_entity(tables, STR("lead"));
    const field  *f = entity_field(e, STR("source"));
    choice       *c = (choice *)(uintptr_t)field_choice(f, STR("exhibition"));
    c->retired = true;
    str got = told(*state, "lead", "张伟 展会");
    c->retired = false;
    assert_true(str_eq(got, STR("name=张伟; company=展会")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lead_in_chinese),
        cmocka_unit_test(a_lead_in_english),
        cmocka_unit_test(other_entities_take_what_they_have),
        cmocka_unit_test(a_choice_that_is_retired_is_not_proposed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
