/* settings.h — what an administrator arranges while the program runs: own fields, choices, layouts; what was
 * changed, over everything, and what concerned safety. */
#ifndef ZK_API_SETTINGS_H
#define ZK_API_SETTINGS_H
#include "api/call.h"

err fields_get(call *k) MUST_USE;
err field_get(call *k) MUST_USE;
err field_create(call *k) MUST_USE;
err field_update(call *k) MUST_USE;
err field_delete(call *k) MUST_USE;

err choices_get(call *k) MUST_USE;
err choices_update(call *k) MUST_USE;
err choices_prepare(call *k) MUST_USE;
err layout_update(call *k) MUST_USE;

err changes_get(call *k) MUST_USE;
err security_events_get(call *k) MUST_USE;
err changes_export(call *k) MUST_USE; /* trail.c */
err security_events_export(call *k) MUST_USE;
struct changes_request;
struct audit_request;
err changes_asked(call                   *k,
                  struct changes_request *out) MUST_USE; /* the list's filters; who may not see it is refused */
err security_events_asked(call *k, struct audit_request *out) MUST_USE;

/* A text in every language: {"en","zh-CN"}, or one text for all; a language that is missing gets another's. Problems are
 * collected under `name`. False: absent or null. */
bool body_label(call *k, const char *name, const json *j, ptrdiff_t max_chars, str out[LANG_COUNT]);
void put_label(json_writer *w, const char *key, const str label[LANG_COUNT]);
/* One choice from {"key","label","color","retired"}: the key from the label where there is none. False: a problem was added. */
bool choice_from_json(call *k, const char *name, const json *j, choice_row *out);
#endif
