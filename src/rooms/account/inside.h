/* inside.h — what the files of this room share. */
#ifndef ZK_ROOMS_ACCOUNT_INSIDE_H
#define ZK_ROOMS_ACCOUNT_INSIDE_H
#include "rooms/account/account.h"
#include "rooms/opportunity/figures.h"
#include "schema/currency.h"
#include "store/act.h"
#include "store/store.h"

enum {
    F_NAME,
    F_TYPE,
    F_INDUSTRY,
    F_LEVEL,
    F_LIFE_STAGE,
    F_LIFE_REASON,
    F_LIFE_SINCE,
    F_LAST_CONTACT_AT,
    F_LAST_ORDER,
    F_RHYTHM,
    F_LIFE_NEXT,
    F_SOURCE,
    F_PARENT,
    F_EMPLOYEES,
    F_ANNUAL_REVENUE,
    F_CURRENCY,
    F_PHONE,
    F_EMAIL,
    F_WEBSITE,
    F_TAX_NUMBER,
    F_REGION,
    F_CITY,
    F_ADDRESS,
    F_SHIPPING_ADDRESS,
    F_INVOICE_TITLE,
    F_INVOICE_ADDRESS,
    F_INVOICE_PHONE,
    F_BANK,
    F_BANK_ACCOUNT,
    F_CREDIT,
    F_PAYMENT_DAYS,
    F_TAGS,
    F_DESCRIPTION,
    F_COUNT
};

enum { ACCOUNT_VIEWS = 5 };
extern const view_def account_views[ACCOUNT_VIEWS];

enum { ACCOUNT_STORY = 7 };
extern const story_def account_story[ACCOUNT_STORY]; /* story.c */

/* ---- summary.c ---- */
err account_summary(ctx *c, const char *const *values, json_writer *w) MUST_USE;
err account_tree(ctx *c, const char *const *values, json_writer *w) MUST_USE;
/* ---- reports.c ---- */
err account_revenue(ctx *c, const char *const *values, json_writer *w) MUST_USE;
err account_report(ctx *c, const char *const *values, json_writer *w) MUST_USE;
err account_retention(ctx *c, const char *const *values, json_writer *w) MUST_USE;
#endif
