/* What a header means without a mapping. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "app/registry.h"
#include "base/text.h"
#include "io/headers.h"

static snapshot *tables;

static int before(void **state)
{
    (void)state;
    arena         *a = arena_new();
    str            why = { 0 };
    snapshot_input in = {
        .rooms = rooms, .currency = STR("CNY"), .zone = STR("Asia/Shanghai"), .fiscal_start_month = 1
    };
    if (text_open() != ERR_OK || label_load(LANG_EN, STR("{\"account.phone\": \"Main telephone\"}")) != ERR_OK ||
        label_load(LANG_ZH, STR("{\"account.phone\": \"总机\"}")) != ERR_OK)
        return -1;
    err e = snapshot_build(&in, a, &tables, &why);
    if (e != ERR_OK)
        print_message("%.*s\n", STR_ARG(why));
    arena_free(a);
    return e == ERR_OK ? 0 : -1;
}

static int after(void **state)
{
    (void)state;
    snapshot_unpin(tables);
    label_close();
    return 0;
}

static void headers(void **state)
{
    (void)state;
    static const struct {
        const char *entity, *header, *target; /* NULL: unknown; "-": ignored */
        header_how  how;
        bool        weak;
        int         exponent;
    } cases[] = {
        { "account", "name", "name", HEADER_NAME, false, 0 },
        { "account", "Annual Revenue", "annual_revenue", HEADER_NAME, false, 0 },
        { "account", "annual-revenue", "annual_revenue", HEADER_NAME, false, 0 },
        { "account", "parent.name", "parent.name", HEADER_NAME, false, 0 },
        { "account", "Main telephone", "phone", HEADER_LABEL, false, 0 },
        { "account", "总机", "phone", HEADER_LABEL, false, 0 },
        { "account", "Id", "external_id", HEADER_SALESFORCE, false, 0 },
        { "account", "ParentId", "parent.external_id", HEADER_SALESFORCE, true, 0 },
        { "account", "BillingCity", "city", HEADER_SALESFORCE, false, 0 },
        { "account", "IsDeleted", "-", HEADER_IGNORED, false, 0 },
        { "account", "version", "-", HEADER_IGNORED, false, 0 },
        { "account", "updated_at", "-", HEADER_IGNORED, false, 0 },
        { "account", "客户名称", "name", HEADER_COMMON, false, 0 },
        { "account", "公司名称", "name", HEADER_COMMON, false, 0 },
        { "account", "所属行业", "industry", HEADER_COMMON, false, 0 },
        { "account", "负责人", "owner.name", HEADER_COMMON, false, 0 },
        { "account", "年收入（万）", "annual_revenue", HEADER_COMMON, false, 4 },
        { "account", "年收入(元)", "annual_revenue", HEADER_COMMON, false, 0 },
        { "account", "年收入（吨）", NULL, HEADER_UNKNOWN, false, 0 },
        { "account", "电话（万）", NULL, HEADER_UNKNOWN, false, 0 },
        { "account", "手机", "phone", HEADER_COMMON, false, 0 },
        { "contact", "手机", "mobile", HEADER_COMMON, false, 0 },
        { "contact", "MobilePhone", "mobile", HEADER_SALESFORCE, false, 0 },
        { "contact", "客户名称", "account.name", HEADER_COMMON, false, 0 },
        { "contact", "AccountId", "account.external_id", HEADER_SALESFORCE, false, 0 },
        { "lead", "公司名称", "company", HEADER_COMMON, false, 0 },
        { "contact", "Lead Source", "source", HEADER_SALESFORCE, false, 0 },
        { "opportunity", "StageName", "stage", HEADER_SALESFORCE, false, 0 },
        { "opportunity", "CloseDate", "close_date", HEADER_NAME, false, 0 },
        { "opportunity", "金额（万元）", "amount", HEADER_COMMON, false, 4 },
        { "opportunity", "产品名称", "lines.product", HEADER_COMMON, false, 0 },
        { "opportunity", "amount_base", "-", HEADER_IGNORED, false, 0 },
        { "product", "产品名称", "name", HEADER_COMMON, false, 0 },
        { "account", "", NULL, HEADER_UNKNOWN, false, 0 },
        { "account", "!!!", NULL, HEADER_UNKNOWN, false, 0 },
        { "account", "Favourite colour", NULL, HEADER_UNKNOWN, false, 0 },
    };
    arena *a = arena_new();
    for (size_t i = 0; i < countof(cases); i++) {
        header_meaning m =
            header_find(tables, snapshot_entity(tables, str_from(cases[i].entity)), str_from(cases[i].header), a);
        bool goes = cases[i].target && cases[i].target[0] != '-';
        if (m.how != cases[i].how || (goes && !str_eq(m.to.path, str_from(cases[i].target))))
            fail_msg("%s of %s: %s %.*s", cases[i].header, cases[i].entity, header_how_name(m.how), STR_ARG(m.to.path));
        assert_int_equal(m.weak, cases[i].weak);
        assert_int_equal(m.exponent, cases[i].exponent);
    }
    arena_free(a);
}

static void targets(void **state)
{
    (void)state;
    static const struct {
        const char *path, *unknown; /* NULL: there is one */
    } cases[] = {
        { "amount", NULL },
        { "account.name", NULL },
        { "account.external_id", NULL },
        { "lines.product", NULL },
        { "lines.product.code", NULL },
        { "owner.email", NULL },
        { "lines.colour", "colour" },
        { "account.parent.name", "parent.name" },
        { "nothing", "nothing" },
        { "account.owner", "owner" },
        { "amount.name", "name" },
        { "", "" },
        { "account.", "" },
    };
    const entity *e = snapshot_entity(tables, STR("opportunity"));
    for (size_t i = 0; i < countof(cases); i++) {
        target t;
        str    at = { 0 };
        bool   is = target_find(tables, e, str_from(cases[i].path), &t, &at);
        if (is != (cases[i].unknown == NULL))
            fail_msg("%s", cases[i].path);
        if (!is)
            assert_true(str_eq(at, str_from(cases[i].unknown)));
    }
    target t;
    str    at;
    assert_false(target_find(tables, snapshot_entity(tables, STR("account")), STR("lines.product"), &t, &at));
}

static void salesforce_values(void **state)
{
    (void)state;
    const entity *e = snapshot_entity(tables, STR("opportunity"));
    assert_true(str_eq(header_value(e, entity_field(e, STR("stage")), STR("closed won")), STR("won")));
    assert_int_equal(header_value(e, entity_field(e, STR("stage")), STR("Somewhere")).n, 0);
    e = snapshot_entity(tables, STR("lead"));
    assert_true(str_eq(header_value(e, entity_field(e, STR("status")), STR("Open - Not Contacted")), STR("new")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        cmocka_unit_test(targets),
        cmocka_unit_test(salesforce_values),
    };
    return cmocka_run_group_tests(tests, before, after);
}
