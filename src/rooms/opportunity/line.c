/* A deal's product lines and the competitors met on it. */
#include "base/num.h"
#include "rooms/opportunity/opportunity.h"
#include "rooms/product/product.h"
#include "schema/currency.h"
#include "store/store.h"

enum { QUANTITY_DECIMALS = 4, WHOLE_BP = 10000, LINES_MAX = 10000 };
#define QUANTITY_MAX INT64_C(10000000000000) /* a thousand million, so that quantity × basis points fits */

enum { L_OPPORTUNITY, L_PRODUCT, L_QUANTITY, L_PRICE, L_DISCOUNT, L_AMOUNT, L_CURRENCY, L_DESCRIPTION, L_COUNT };
static const field_def line_fields[] = {
    [L_OPPORTUNITY] = { .name = "opportunity",
                        .type = FT_REF,
                        .target = "opportunity",
                        .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [L_PRODUCT] = { .name = "product", .type = FT_REF, .target = "product", .flags = FF_REQUIRED | FF_LIST },
    [L_QUANTITY] = { .name = "quantity",
                     .type = FT_DECIMAL,
                     .decimals = QUANTITY_DECIMALS,
                     .flags = FF_REQUIRED | FF_LIST,
                     .min = 1,
                     .max = QUANTITY_MAX,
                     .initial = "1" },
    [L_PRICE] = { .name = "price", .type = FT_MONEY, .flags = FF_LIST },
    [L_DISCOUNT] = { .name = "discount", .type = FT_PERCENT, .flags = FF_LIST, .min = 0, .max = WHOLE_BP },
    [L_AMOUNT] = { .name = "amount", .type = FT_MONEY, .flags = FF_LIST },
    [L_CURRENCY] = { .name = "currency", .type = FT_CHOICE, CURRENCY_CHOICES, .flags = FF_READONLY },
    [L_DESCRIPTION] = { .name = "description", .type = FT_TEXT, .min = 1, .max = 255 },
};
_Static_assert(countof(line_fields) == L_COUNT, "one row per field");

bool line_amount_minor(int64_t quantity, int64_t price_minor, int64_t discount_bp, int64_t *amount_minor)
{
    ASSERT(quantity >= 0 && quantity <= QUANTITY_MAX && discount_bp >= 0 && discount_bp <= WHOLE_BP);
    return num_mul_div(price_minor, quantity * (WHOLE_BP - discount_bp), num_pow10(QUANTITY_DECIMALS) * WHOLE_BP,
                       amount_minor);
}

bool line_price_minor(int64_t quantity, int64_t amount_minor, int64_t discount_bp, int64_t *price_minor)
{
    ASSERT(quantity >= 0 && quantity <= QUANTITY_MAX && discount_bp >= 0 && discount_bp <= WHOLE_BP);
    int64_t share = quantity * (WHOLE_BP - discount_bp);
    return share > 0 && num_mul_div(amount_minor, num_pow10(QUANTITY_DECIMALS) * WHOLE_BP, share, price_minor);
}

static int decimals_of(const ctx *c, str currency)
{
    currency_info money;
    return currency.n && currency_find(currency, &money) ? money.decimals : c->snap->currency_decimals;
}

/* LINE-1: the deal's currency. What was written before it was known counted in the organisation's minor units. */
static err adopt_currency(ctx *c, const rec *deal, rec *next)
{
    str own = rec_text(next, L_CURRENCY), is = rec_text(deal, (size_t)deal->e->currency);
    if (!is.n)
        is = c->snap->currency;
    if (str_eq(own, is))
        return ERR_OK;
    int from = decimals_of(c, own), to = decimals_of(c, is);
    for (size_t f = L_PRICE; f <= L_AMOUNT; f++) {
        int64_t scaled, back;
        if (next->e->fields[f].type != FT_MONEY || rec_null(next, f))
            continue;
        if (!num_rescale(rec_int(next, f), from, to, &scaled) || !num_rescale(scaled, to, from, &back))
            return ctx_problem(c, line_fields[f].name, STR("out_of_range"));
        if (back != rec_int(next, f) && next->given[f])
            return ctx_problem_with(c, str_from(line_fields[f].name), STR("too_many_decimals"),
                                    arena_printf(c->a, "%d", to));
        next->v[f].i = scaled;
    }
    next->v[L_CURRENCY] = (value){ .set = true, .s = is };
    return ERR_OK;
}

/* LINE-2: a line without price and amount takes the product's price, where the currency is the same, and whoever makes the line
 * may see it. */
static err price_from_product(ctx *c, rec *next)
{
    rec          *product;
    const entity *products = snapshot_entity(c->snap, STR("product"));
    if (!permit_field(&c->actor, &products->fields[PRODUCT_PRICE], VERB_READ))
        return ERR_OK;
    err e = rec_ref(next, L_PRODUCT) ? store_load_any(c, products, rec_ref(next, L_PRODUCT), &product) : ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND)
        return ERR_OK; /* the generic check says so */
    TRY(e);
    str theirs = rec_text(product, PRODUCT_CURRENCY);
    if (!rec_null(product, PRODUCT_PRICE) && str_eq(theirs.n ? theirs : c->snap->currency, rec_text(next, L_CURRENCY)))
        rec_set_int(next, L_PRICE, rec_int(product, PRODUCT_PRICE));
    return ERR_OK;
}

static int64_t number_or(const rec *r, size_t f, int64_t otherwise)
{
    return rec_null(r, f) ? otherwise : rec_int(r, f);
}

/* LINE-3, LINE-4 */
static err settle_amount(ctx *c, const rec *old, rec *next)
{
    int64_t quantity = number_or(next, L_QUANTITY, 0), discount = number_or(next, L_DISCOUNT, 0), n;
    bool    amount_named = rec_given(next, L_AMOUNT) && !rec_null(next, L_AMOUNT) && rec_changed(old, next, L_AMOUNT);
    bool    price_named = rec_given(next, L_PRICE) && !rec_null(next, L_PRICE);
    if (quantity < 0 || quantity > QUANTITY_MAX || discount < 0 || discount > WHOLE_BP)
        return ERR_OK; /* refused by its own bounds */
    if (amount_named && !price_named) {
        if (line_price_minor(quantity, rec_int(next, L_AMOUNT), discount, &n))
            rec_set_int(next, L_PRICE, n);
        return ERR_OK;
    }
    if (rec_null(next, L_PRICE) && !c->importing) /* history stays as it was */
        TRY(price_from_product(c, next));
    bool moved = rec_changed(old, next, L_PRICE) || rec_changed(old, next, L_QUANTITY) ||
                 rec_changed(old, next, L_DISCOUNT) || rec_changed(old, next, L_AMOUNT);
    if (!moved || rec_null(next, L_PRICE))
        return ERR_OK;
    if (!line_amount_minor(quantity, rec_int(next, L_PRICE), discount, &n))
        return ctx_problem(c, "amount", STR("out_of_range"));
    rec_set_int(next, L_AMOUNT, n);
    return ERR_OK;
}

static err line_before_save(ctx *c, const rec *old, rec *next)
{
    rec *deal;
    err  e = rec_ref(next, L_OPPORTUNITY)
                 ? store_load_any(c, snapshot_entity(c->snap, STR("opportunity")), rec_ref(next, L_OPPORTUNITY), &deal)
                 : ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND)
        return ERR_OK; /* the generic check says so */
    TRY(e);
    TRY(adopt_currency(c, deal, next));
    return settle_amount(c, old, next);
}

/* OPP-1: the deal's amount is the sum of its living lines; without lines it stays. */
static err sum_lines(ctx *c, const entity *line, int64_t deal_id)
{
    const entity *e = snapshot_entity(c->snap, STR("opportunity"));
    const field  *amount = entity_field(e, STR("amount"));
    int64_t      *ids, sum = 0;
    size_t        n, counted = 0;
    rec          *deal;
    if (!deal_id)
        return ERR_OK;
    TRY(store_load_any(c, e, deal_id, &deal));
    TRY(store_referring(c, &line->fields[L_OPPORTUNITY], deal_id, LINES_MAX, &ids, &n));
    if (n == 0 || deal->deleted_at)
        return ERR_OK;
    for (size_t i = 0; i < n; i++) {
        rec *one;
        TRY(store_load_any(c, line, ids[i], &one));
        counted += !rec_null(one, L_AMOUNT);
        if (__builtin_add_overflow(sum, number_or(one, L_AMOUNT, 0), &sum))
            return ctx_problem(c, "amount", STR("out_of_range"));
    }
    if (counted == 0 && rec_null(deal, (size_t)amount->index)) /* lines without any amount say nothing */
        return ERR_OK;
    if (!rec_null(deal, (size_t)amount->index) && rec_int(deal, (size_t)amount->index) == sum)
        return ERR_OK;
    rec_set_int(deal, (size_t)amount->index, sum);
    return store_save(c, deal, 0);
}

static err line_after_save(ctx *c, const rec *old, rec *saved)
{
    if (old && rec_changed(old, saved, L_OPPORTUNITY))
        TRY(sum_lines(c, saved->e, rec_ref(old, L_OPPORTUNITY)));
    return sum_lines(c, saved->e, rec_ref(saved, L_OPPORTUNITY));
}

static err line_after_delete(ctx *c, const rec *r)
{
    return sum_lines(c, r->e, rec_ref(r, L_OPPORTUNITY));
}

static const list_view_def line_lists[] = { { "all", "", "created_at DESC", NULL } };

const entity_def opportunity_line_entity = {
    .name = "opportunity_line",
    .part_of = "opportunity",
    .plural = "opportunity_lines",
    .fields = line_fields,
    .field_count = countof(line_fields),
    .lists = line_lists,
    .list_count = countof(line_lists),
    .title_from = "product,quantity",
    .currency = "currency",
    .hidden = true,
    .before_save = line_before_save,
    .after_save = line_after_save,
    .after_delete = line_after_delete,
};

/* ---- competitors on a deal ---- */

static const choice_def rival_states[] = {
    { "suspected", NEXT_ANY, "grey" }, { "confirmed", NEXT_ANY, "amber" }, { "incumbent", NEXT_ANY, "orange" },
    { "out", NEXT_ANY, "green" },      { "won", NEXT_ANY, "red" },
};

enum {
    C_OPPORTUNITY,
    C_COMPETITOR,
    C_STATE,
    C_STRENGTHS,
    C_WEAKNESSES,
    C_PRICE,
    C_PRICE_DATE,
    C_PRICE_SOURCE,
    C_COUNT
};
static const field_def rival_fields[] = {
    [C_OPPORTUNITY] = { .name = "opportunity",
                        .type = FT_REF,
                        .target = "opportunity",
                        .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [C_COMPETITOR] = { .name = "competitor", .type = FT_REF, .target = "competitor", .flags = FF_REQUIRED | FF_LIST },
    [C_STATE] = { .name = "state",
                  .type = FT_CHOICE,
                  .flags = FF_LIST,
                  .choices = rival_states,
                  .choice_count = countof(rival_states),
                  .initial = "suspected" },
    [C_STRENGTHS] = { .name = "strengths", .type = FT_LONG_TEXT },
    [C_WEAKNESSES] = { .name = "weaknesses", .type = FT_LONG_TEXT },
    [C_PRICE] = { .name = "price", .type = FT_MONEY, .min = 0, .max = INT64_C(900000000000000) },
    [C_PRICE_DATE] = { .name = "price_date", .type = FT_DATE },
    [C_PRICE_SOURCE] = { .name = "price_source", .type = FT_TEXT, .min = 1, .max = 120 },
};
_Static_assert(countof(rival_fields) == C_COUNT, "one row per field");

static const list_view_def rival_lists[] = { { "all", "", "created_at DESC", NULL } };
static const index_def     rival_indexes[] = { { "opportunity,competitor", true } };

const entity_def opportunity_competitor_entity = {
    .name = "opportunity_competitor",
    .part_of = "opportunity",
    .plural = "opportunity_competitors",
    .fields = rival_fields,
    .field_count = countof(rival_fields),
    .lists = rival_lists,
    .list_count = countof(rival_lists),
    .indexes = rival_indexes,
    .index_count = countof(rival_indexes),
    .title_from = "competitor,opportunity",
    .hidden = true,
};
