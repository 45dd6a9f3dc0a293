#include "rooms/product/product.h"

#include "schema/currency.h"
#include "store/store.h"

static const choice_def families[] = { { .key = "hardware" }, { .key = "software" }, { .key = "service" } };

static const field_def fields[] = {
    [PRODUCT_NAME] = { .name = "name",
                       .type = FT_TEXT,
                       .flags = FF_REQUIRED | FF_SEARCH | FF_SORT | FF_LIST,
                       .min = 1,
                       .max = 200 },
    [PRODUCT_CODE] = { .name = "code", .type = FT_TEXT, .flags = FF_UNIQUE | FF_SEARCH | FF_LIST, .min = 1, .max = 60 },
    [PRODUCT_FAMILY] = { .name = "family",
                         .type = FT_CHOICE,
                         .flags = FF_OPEN | FF_LIST,
                         .choices = families,
                         .choice_count = countof(families) },
    [PRODUCT_UNIT] = { .name = "unit", .type = FT_TEXT, .flags = FF_LIST, .min = 1, .max = 30 },
    [PRODUCT_PRICE] = { .name = "price",
                        .type = FT_MONEY,
                        .flags = FF_SORT | FF_LIST,
                        .min = 0,
                        .max = INT64_C(900000000000000) },
    [PRODUCT_CURRENCY] = { .name = "currency", .type = FT_CHOICE, CURRENCY_CHOICES, .initial = ":currency" },
    [PRODUCT_ACTIVE] = { .name = "active", .type = FT_BOOL, .flags = FF_LIST, .initial = "true" },
    [PRODUCT_DESCRIPTION] = { .name = "description", .type = FT_LONG_TEXT, .group = "description" },
};
_Static_assert(countof(fields) == PRODUCT_FIELD_COUNT, "one row per field");

static const list_view_def lists[] = {
    { "active", "active = true", "name", NULL },
    { "all", "", "name", NULL },
};

const entity_def product_entity = {
    .name = "product",
    .plural = "products",
    .fields = fields,
    .field_count = countof(fields),
    .lists = lists,
    .list_count = countof(lists),
    .currency = "currency",
};
