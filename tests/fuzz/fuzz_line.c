/* Any line becomes parts of any entity: valid text, at most one for a field, and values that the field may have. */
#include "app/registry.h"
#include "base/text.h"
#include "schema/line.h"

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
    str text = { (const char *)data, (ptrdiff_t)size };
    if (size > LINE_MAX_BYTES || !utf8_valid(text))
        return 0;
    arena *a = arena_new();
    for (size_t i = 0; i < tables()->entity_count; i++) {
        line_parts p;
        line_parse(a, tables()->entities[i], text, &p);
        ASSERT(utf8_valid(p.rest));
        for (size_t k = 0; k < p.count; k++) {
            const line_part *x = &p.parts[k];
            ASSERT(x->value.n > 0 && utf8_valid(x->value) && utf8_valid(x->text));
            ASSERT(x->field->type != FT_CHOICE || field_choice(x->field, x->value));
            for (size_t j = 0; j < k; j++)
                ASSERT(p.parts[j].field != x->field);
        }
    }
    arena_free(a);
    return 0;
}
