/* options.h — the configuration: one table of names, read from the command line and from the environment.
 *
 * An option beats the environment, the environment beats the default. Memory: pointers into argv, the environment, or
 * constants. */
#ifndef ZK_APP_OPTIONS_H
#define ZK_APP_OPTIONS_H
#include "base/base.h"

typedef enum {
    OPT_DATA,
    OPT_DB,
    OPT_LISTEN,
    OPT_DEMO,
    OPT_TLS_CERT,
    OPT_TLS_KEY,
    OPT_TRUST_PROXY,
    OPT_TRUSTED_PROXIES,
    OPT_THREADS,
    OPT_SLOW_THREADS,
    OPT_SESSION_DAYS,
    OPT_RUN_AS,
    OPT_LOG_LEVEL,
    OPT_ADMIN_PASSWORD,
    OPT_MAP,
    OPT_MATCH,
    OPT_CREATE_MISSING,
    OPT_DRY_RUN,
    OPT_UNDO,
    OPT_SHEET,
    OPT_WHERE,
    OPT_ORDER,
    OPT_SELECT,
    OPT_FORMAT,
    OPT_OUTPUT,
    OPT_LABELS,
    OPT_JSON,
    OPT_CSV,
    OPT_EXPLAIN,
    OPT_EMAIL,
    OPT_ROLE,
    OPT_TEAM,
    OPT_PASSWORD_STDIN,
    OPT_USER,
    OPT_NAME,
    OPT_OVERWRITE,
    OPT_HELP,
    OPT_COUNT
} option;

typedef struct {
    const char *name;  /* "data": --data, in the environment ZHIKE_DATA where `env` is set */
    const char *takes; /* "DIR"; NULL: a switch */
    const char *env, *initial;
    const char *help;
} option_row;

extern const option_row option_rows[OPT_COUNT];

typedef struct {
    const char *value[OPT_COUNT]; /* NULL: not given; a switch: "1" */
    const char *words[8];         /* what is no option */
    int         word_count;
} options;

/* allowed: bits 1 << OPT_…. False: *fault is one line that says what is wrong. */
bool options_read(int argc, char **argv, uint64_t allowed, options *out, char *fault, size_t fault_room);
/* A whole number of lo..hi, or false. */
bool option_int(const options *o, option which, int64_t lo, int64_t hi, int *out);
#endif
