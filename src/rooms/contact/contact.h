/* contact.h — a person tied to a customer. Rules: contact.md. */
#ifndef ZK_ROOMS_CONTACT_H
#define ZK_ROOMS_CONTACT_H
#include "schema/entity.h"

extern const entity_def contact_entity, contact_account_entity;

/* "last" and "first" in the order of the script: 张 + 伟 → "张伟", Gonzalez + Rose → "Rose Gonzalez". In `out`, at most
 * `room` bytes with the final NUL; returns the length. Either part may be empty. */
size_t contact_full_name(str last, str first, char *out, size_t room);
#endif
