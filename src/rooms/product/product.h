/* product.h — what is sold. Rules: product.md. */
#ifndef ZK_ROOMS_PRODUCT_H
#define ZK_ROOMS_PRODUCT_H
#include "schema/entity.h"

enum {
    PRODUCT_NAME,
    PRODUCT_CODE,
    PRODUCT_FAMILY,
    PRODUCT_UNIT,
    PRODUCT_PRICE,
    PRODUCT_CURRENCY,
    PRODUCT_ACTIVE,
    PRODUCT_DESCRIPTION,
    PRODUCT_FIELD_COUNT
};
extern const entity_def product_entity;
#endif
