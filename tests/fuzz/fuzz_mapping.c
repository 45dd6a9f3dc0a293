/* Mapping files: refused with a code, or read; what is read translates and fills in without trouble. */
#include "app/registry.h"
#include "base/text.h"
#include "io/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static snapshot *tables(void)
{
    static snapshot *s;
    if (!s) {
        arena         *a = arena_new();
        str            why = { 0 };
        snapshot_input in = { .rooms = rooms, .currency = STR("CNY"), .zone = STR("UTC"), .fiscal_start_month = 1 };
        ASSERT(text_open() == ERR_OK && snapshot_build(&in, a, &s, &why) == ERR_OK);
        arena_free(a);
    }
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cell names[] = {
        { .text = STR("id") }, { .text = STR("account") }, { .text = STR("value") }, { .text = STR("day") }
    };
    cell values[] = {
        { .text = STR("7") }, { .text = STR("Acme") }, { .text = STR("1,5") }, { .text = STR("3/4/2020") }
    };
    row          header = { names, 4, 1 }, line = { values, 4, 2 };
    arena       *a = arena_new(), *scratch = arena_new();
    plan         p = { .a = a, .admin = true };
    plan_options o = { .map_text = { (const char *)data, (ptrdiff_t)size } };
    io_fault     f = { 0 };
    if (plan_build(&p, tables(), snapshot_entity(tables(), STR("opportunity")), &header, &o, &f) == ERR_OK) {
        plan_survey(&p, &line, 1, scratch);
        plan_decide(&p);
        ASSERT(plan_rebind(&p, tables()));
    } else {
        ASSERT(f.code != NULL);
    }
    arena_free(scratch);
    arena_free(a);
    return 0;
}
