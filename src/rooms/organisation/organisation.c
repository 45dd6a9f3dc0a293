#include "rooms/organisation/organisation.h"

#include "schema/currency.h"
#include "store/store.h"

static const field_def fields[] = {
    [RATE_CURRENCY] = { .name = "currency", .type = FT_CHOICE, CURRENCY_CHOICES, .flags = FF_REQUIRED | FF_LIST },
    [RATE_RATE] = { .name = "rate",
                    .type = FT_DECIMAL,
                    .decimals = RATE_DECIMALS,
                    .flags = FF_REQUIRED | FF_LIST,
                    .min = 1,
                    .max = INT64_C(1000000000000000) },
    [RATE_VALID_FROM] = { .name = "valid_from",
                          .type = FT_DATE,
                          .flags = FF_REQUIRED | FF_LIST | FF_SORT,
                          .initial = ":today" },
};
_Static_assert(countof(fields) == RATE_FIELD_COUNT, "one row per field");

/* ORG-2 */
static err before_save(ctx *c, const rec *old, rec *next)
{
    (void)old;
    bool own = !rec_null(next, RATE_CURRENCY) && str_eq(rec_text(next, RATE_CURRENCY), c->snap->currency);
    return own ? ctx_problem(c, "currency", STR("rate_of_own_currency")) : ERR_OK;
}

static const list_view_def lists[] = { { "all", "", "valid_from DESC", NULL } };
static const index_def     indexes[] = { { "currency,valid_from", true } };

const entity_def currency_rate_entity = {
    .name = "currency_rate",
    .plural = "currency_rates",
    .fields = fields,
    .field_count = countof(fields),
    .lists = lists,
    .list_count = countof(lists),
    .indexes = indexes,
    .index_count = countof(indexes),
    .title_from = "currency,valid_from",
    .configuration = true,
    .before_save = before_save,
};
