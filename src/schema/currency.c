#include "schema/currency.h"
#include "schema/snapshot.h"

/* clang-format off: one row a currency */
#define CURRENCY_LIST(X) \
    X(CNY, "¥", 2)       \
    X(USD, "$", 2)       \
    X(EUR, "€", 2)       \
    X(HKD, "HK$", 2)     \
    X(TWD, "NT$", 2)     \
    X(JPY, "JP¥", 0)     \
    X(GBP, "£", 2)       \
    X(SGD, "S$", 2)      \
    X(KRW, "₩", 0)       \
    X(AUD, "A$", 2)      \
    X(CAD, "C$", 2)      \
    X(CHF, "CHF", 2)     \
    X(MOP, "MOP$", 2)    \
    X(THB, "฿", 2)       \
    X(MYR, "RM", 2)      \
    X(IDR, "Rp", 2)      \
    X(VND, "₫", 0)       \
    X(PHP, "₱", 2)       \
    X(INR, "₹", 2)       \
    X(AED, "AED", 2)     \
    X(SAR, "SAR", 2)     \
    X(KWD, "KWD", 3)     \
    X(BHD, "BHD", 3)     \
    X(OMR, "OMR", 3)     \
    X(QAR, "QAR", 2)     \
    X(TRY, "₺", 2)       \
    X(RUB, "₽", 2)     \
    X(UAH, "₴", 2)       \
    X(PLN, "zł", 2)      \
    X(CZK, "Kč", 2)      \
    X(HUF, "Ft", 2)      \
    X(SEK, "kr", 2)      \
    X(NOK, "kr", 2)      \
    X(DKK, "kr", 2)      \
    X(NZD, "NZ$", 2)     \
    X(BRL, "R$", 2)      \
    X(MXN, "MX$", 2)     \
    X(ARS, "AR$", 2)     \
    X(CLP, "CL$", 0)     \
    X(ZAR, "R", 2)       \
    X(EGP, "E£", 2)      \
    X(NGN, "₦", 2)       \
    X(KES, "KSh", 2)     \
    X(ILS, "₪", 2)
/* clang-format on */

const choice_def currency_choices[] = {
#define X(code, symbol, decimals) { .key = #code, .next_mask = NEXT_ANY },
    CURRENCY_LIST(X)
#undef X
};
const size_t currency_choice_count = countof(currency_choices);
_Static_assert(countof(currency_choices) == CURRENCY_COUNT, "CURRENCY_COUNT is the list's length");

static const currency_info infos[] = {
#define X(code, symbol, decimals) { STR_INIT(#code), STR_INIT(symbol), decimals },
    CURRENCY_LIST(X)
#undef X
};

bool currency_find(str code, currency_info *out)
{
    for (size_t i = 0; i < countof(infos); i++)
        if (str_eq_nocase(infos[i].code, code)) {
            *out = infos[i];
            return true;
        }
    return false;
}

size_t currency_list(const currency_info **out)
{
    *out = infos;
    return countof(infos);
}
