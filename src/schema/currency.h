/* currency.h — ISO 4217 codes that a field `currency` may hold, with their minor units.
 * Source: ISO 4217 table A.1 (currency code and minor unit). */
#ifndef ZK_SCHEMA_CURRENCY_H
#define ZK_SCHEMA_CURRENCY_H
#include "schema/entity.h"

extern const choice_def currency_choices[];
extern const size_t     currency_choice_count;
#define CURRENCY_CHOICES .choices = currency_choices, .choice_count = CURRENCY_COUNT
enum { CURRENCY_COUNT = 44 };
#endif
