/* log.h — one line a fact, logfmt ("at=… level=info msg=… key=value"), to standard error.
 * Values are quoted and escaped where needed. Never log a secret or a person's data. */
#ifndef ZK_BASE_LOG_H
#define ZK_BASE_LOG_H
#include "base/base.h"

typedef enum { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR } log_level;

void log_set_level(log_level least);
bool log_enabled(log_level level); /* for facts that are dear to put together */
/* Pairs of key (const char *) and value (const char *), ended by a NULL key. */
void log_event(log_level level, const char *message, ...) __attribute__((sentinel));
#endif
