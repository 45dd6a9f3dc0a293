/* norm.h — one form for what people write in many: to validate it and to find duplicates by it.
 *
 * Inputs are valid UTF-8 as typed; full-width letters and digits count as plain ones. Results are in the arena.
 * Errors: false (or an empty slice) for what is none; outputs are then left alone. text_open() must have run. */
#ifndef ZK_BASE_NORM_H
#define ZK_BASE_NORM_H
#include "base/arena.h"

typedef struct {
    str number;    /* "+8613800138000"; without a known country the digits alone: "68881234" */
    str extension; /* digits; empty: none */
} phone;

/* Chinese mobiles, landlines with their area code and 400/800 numbers get +86, whether written with +86, 0086, 86 or
 * bare; "+49 (0)30 …" loses its 0. Extensions: "转801", "分机801", "ext. 801", "x801", "#801", and "-801" behind a whole
 * Chinese landline. False: letters, fewer than 3 or more than 15 digits (an extension: 1 to 6). */
bool phone_normalise(arena *a, str typed, phone *out);

/* One address as people have it: dot-atom (letters of any script), "@", a domain with a dot. No quotes, no comments. */
bool email_valid(str s);
/* Trimmed and in lower case; empty when it is not valid. */
str email_normalise(arena *a, str typed);
/* What stands behind the "@"; empty: none. */
str email_domain(str normalised);

/* http or https, a host with a dot (or an address), no user, no blanks. */
bool url_valid(str s);
/* The host in lower case without "www.", from a URL with or without its scheme; empty: none. */
str url_domain(arena *a, str typed);

/* For comparing: folded, without blanks and punctuation, without the words of the legal form at its end (有限公司 股份有限公司
 * 有限责任公司 集团 Co Ltd Inc GmbH LLC …), of which at least something stays. */
str company_name_normalise(arena *a, str name);

/* 统一社会信用代码, GB 32100-2015: eighteen characters, the last a check character. Upper case. */
bool uscc_valid(str s);
/* Letters and digits alone, upper case: "91440300 7084 6113 6t" → "91440300708461136T". */
str tax_number_normalise(arena *a, str typed);
#endif
