#include "app/options.h"

const option_row option_rows[OPT_COUNT] = {
    [OPT_DATA] = { "data", "DIR", "ZHIKE_DATA", "./data", "folder of the database and of uploads on their way" },
    [OPT_DB] = { "db", "URL", "ZHIKE_DB", NULL, "postgresql://… or another SQLite file than DIR/zhike.db" },
    [OPT_LISTEN] = { "listen", "HOST:PORT", "ZHIKE_LISTEN", "127.0.0.1:8080",
                     "where to be reached; port 0 takes any free one" },
    [OPT_DEMO] = { "demo", NULL, "ZHIKE_DEMO", NULL, "fill an empty database with a sample company" },
    [OPT_TLS_CERT] = { "tls-cert", "FILE", "ZHIKE_TLS_CERT", NULL, "certificate (PEM), for https without a proxy" },
    [OPT_TLS_KEY] = { "tls-key", "FILE", "ZHIKE_TLS_KEY", NULL, "its key (PEM)" },
    [OPT_TRUST_PROXY] = { "trust-proxy", NULL, "ZHIKE_TRUST_PROXY", NULL,
                          "believe X-Forwarded-For and -Proto of a proxy on this machine or in a private net" },
    [OPT_TRUSTED_PROXIES] = { "trusted-proxies", "NETS", "ZHIKE_TRUSTED_PROXIES", NULL,
                              "… of these alone: addresses or nets, separated by commas" },
    [OPT_THREADS] = { "threads", "N", "ZHIKE_THREADS", "2", "threads for quick requests, 1 to 64" },
    [OPT_SLOW_THREADS] = { "slow-threads", "N", "ZHIKE_SLOW_THREADS", "2",
                           "threads for reports and the like, 1 to 64" },
    [OPT_SESSION_DAYS] = { "session-days", "N", "ZHIKE_SESSION_DAYS", "30",
                           "days that a sign-in lasts unused, 1 to 365" },
    [OPT_RUN_AS] = { "run-as", "USER", "ZHIKE_RUN_AS", NULL,
                     "started as root: become this user once the address is taken and the certificate read" },
    [OPT_LOG_LEVEL] = { "log-level", "LEVEL", "ZHIKE_LOG_LEVEL", "warn", "debug, info, warn or error" },
    [OPT_ADMIN_PASSWORD] = { "admin-password", "TEXT", "ZHIKE_ADMIN_PASSWORD", NULL,
                             "the first administrator's password; better in the environment" },
    [OPT_MAP] = { "map", "FILE.json", NULL, NULL, "the mapping of columns to fields" },
    [OPT_MATCH] = { "match", "FIELD", NULL, NULL, "update the record that has the same value here" },
    [OPT_CREATE_MISSING] = { "create-missing", NULL, NULL, NULL, "make references that are not found" },
    [OPT_DRY_RUN] = { "dry-run", NULL, NULL, NULL, "say what would be done, write nothing" },
    [OPT_UNDO] = { "undo", "RUN", NULL, NULL, "bring back what was before an import" },
    [OPT_SHEET] = { "sheet", "NAME", NULL, NULL, "sheet of a workbook, by name or number" },
    [OPT_WHERE] = { "where", "EXPR", NULL, NULL, "a condition of the query language" },
    [OPT_ORDER] = { "order", "FIELDS", NULL, NULL, "what stands after ORDER BY" },
    [OPT_SELECT] = { "select", "FIELDS", NULL, NULL, "fields, separated by commas" },
    [OPT_FORMAT] = { "format", "FORMAT", NULL, NULL, "csv, xlsx or json" },
    [OPT_OUTPUT] = { "output", "FILE", NULL, NULL, "write here instead of standard output (also -o FILE)" },
    [OPT_LABELS] = { "labels", NULL, NULL, NULL, "headers are labels instead of names" },
    [OPT_JSON] = { "json", NULL, NULL, NULL, "print JSON" },
    [OPT_CSV] = { "csv", NULL, NULL, NULL, "print CSV" },
    [OPT_EXPLAIN] = { "explain", NULL, NULL, NULL, "print the SQL instead of running it" },
    [OPT_EMAIL] = { "email", "E", NULL, NULL, "e-mail address" },
    [OPT_ROLE] = { "role", "R", NULL, NULL, "administrator or member" },
    [OPT_TEAM] = { "team", "T", NULL, NULL, "name of a team" },
    [OPT_PASSWORD_STDIN] = { "password-stdin", NULL, NULL, NULL, "read the password from standard input" },
    [OPT_USER] = { "user", "NAME", NULL, NULL, "whose: login, e-mail or name" },
    [OPT_NAME] = { "name", "LABEL", NULL, NULL, "what it is called" },
    [OPT_OVERWRITE] = { "overwrite", NULL, NULL, NULL, "replace what the database holds" },
    [OPT_HELP] = { "help", NULL, NULL, NULL, "print this" },
};

static int option_find(str name)
{
    for (int i = 0; i < OPT_COUNT; i++)
        if (str_eq(name, str_from(option_rows[i].name)))
            return i;
    return -1;
}

static bool say(char *fault, size_t room, const char *format, const char *word)
{
    snprintf(fault, room, format, word);
    return false;
}

/* "--name=value", "--name value", "-o value". */
static bool read_option(int argc, char **argv, int *at, uint64_t allowed, options *out, char *fault, size_t room)
{
    const char *word = argv[*at];
    str         name = str_from(strcmp(word, "-o") == 0 ? "--output" : strcmp(word, "-h") == 0 ? "--help" : word);
    ptrdiff_t   equals = str_find_char(name, '=');
    str         bare = equals < 0 ? name : str_sub(name, 0, equals);
    int         o = bare.n > 2 && str_starts(bare, STR("--")) ? option_find(str_sub(bare, 2, bare.n)) : -1;
    if (o < 0 || !(allowed >> o & 1))
        return say(fault, room, "there is no option %s here", word);
    if (!option_rows[o].takes) {
        if (equals >= 0)
            return say(fault, room, "%s takes no value", word);
        out->value[o] = "1";
        return true;
    }
    if (equals >= 0) {
        out->value[o] = name.p + equals + 1;
        return true;
    }
    if (*at + 1 >= argc)
        return say(fault, room, "%s wants a value", word);
    out->value[o] = argv[++*at];
    return true;
}

bool options_read(int argc, char **argv, uint64_t allowed, options *out, char *fault, size_t room)
{
    bool only_words = false;
    *out = (options){ .word_count = 0 };
    for (int i = 0; i < argc; i++) {
        if (!only_words && strcmp(argv[i], "--") == 0) {
            only_words = true;
        } else if (!only_words && argv[i][0] == '-' && argv[i][1]) {
            if (!read_option(argc, argv, &i, allowed, out, fault, room))
                return false;
        } else if (out->word_count == (int)countof(out->words)) {
            return say(fault, room, "%s is one word too many", argv[i]);
        } else {
            out->words[out->word_count++] = argv[i];
        }
    }
    for (int i = 0; i < OPT_COUNT; i++) {
        const char *env = option_rows[i].env ? getenv(option_rows[i].env) : NULL;
        if (!out->value[i] && env && *env && (option_rows[i].takes || strcmp(env, "0") != 0))
            out->value[i] = env;
        if (!out->value[i])
            out->value[i] = option_rows[i].initial;
    }
    return true;
}

bool option_int(const options *o, option which, int64_t lo, int64_t hi, int *out)
{
    int64_t v;
    if (!str_to_int64(str_from(o->value[which]), &v) || v < lo || v > hi)
        return false;
    *out = (int)v;
    return true;
}
