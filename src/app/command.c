#include "app/command.h"
#include "app/fence.h"

#include <stdarg.h>

#ifndef ZHIKE_VERSION
#define ZHIKE_VERSION "0"
#endif

#define BIT(o) (UINT64_C(1) << (o))
#define PLACE  (BIT(OPT_DATA) | BIT(OPT_DB) | BIT(OPT_LOG_LEVEL) | BIT(OPT_HELP))

static const command commands[] = {
    { "serve", "", "run the server",
      PLACE | BIT(OPT_LISTEN) | BIT(OPT_DEMO) | BIT(OPT_TLS_CERT) | BIT(OPT_TLS_KEY) | BIT(OPT_TRUST_PROXY) |
          BIT(OPT_TRUSTED_PROXIES) | BIT(OPT_RUN_AS) | BIT(OPT_THREADS) | BIT(OPT_SLOW_THREADS) |
          BIT(OPT_SESSION_DAYS) | BIT(OPT_ADMIN_PASSWORD),
      0, 0, cmd_serve },
    { "import", "ENTITY FILE | --undo RUN", "load a CSV or XLSX file",
      PLACE | BIT(OPT_MAP) | BIT(OPT_MATCH) | BIT(OPT_CREATE_MISSING) | BIT(OPT_DRY_RUN) | BIT(OPT_UNDO) |
          BIT(OPT_SHEET) | BIT(OPT_JSON),
      0, 2, cmd_import },
    { "export", "ENTITY", "write records as CSV, XLSX or JSON",
      PLACE | BIT(OPT_WHERE) | BIT(OPT_ORDER) | BIT(OPT_SELECT) | BIT(OPT_FORMAT) | BIT(OPT_OUTPUT) | BIT(OPT_LABELS),
      1, 1, cmd_export },
    { "query", "\"SELECT …\"", "ask in the query language", PLACE | BIT(OPT_JSON) | BIT(OPT_CSV) | BIT(OPT_EXPLAIN), 1,
      1, cmd_query },
    { "user add", "NAME", "add a user",
      PLACE | BIT(OPT_EMAIL) | BIT(OPT_ROLE) | BIT(OPT_TEAM) | BIT(OPT_PASSWORD_STDIN), 1, 1, cmd_user_add },
    { "user list", "", "list the users", PLACE | BIT(OPT_JSON) | BIT(OPT_CSV), 0, 0, cmd_user_list },
    { "user passwd", "NAME", "set a password; ends the user's sessions", PLACE | BIT(OPT_PASSWORD_STDIN), 1, 1,
      cmd_user_passwd },
    { "user disable", "NAME", "let a user in no more", PLACE, 1, 1, cmd_user_disable },
    { "user reset-code", "NAME", "ask a user for no code at sign-in, who has lost the app and the recovery codes",
      PLACE, 1, 1, cmd_user_second },
    { "token create", "", "make an API token; it stands on the last line", PLACE | BIT(OPT_USER) | BIT(OPT_NAME), 0, 0,
      cmd_token_create },
    { "backup", "FILE", "write a consistent copy, also while the server runs", PLACE, 1, 1, cmd_backup },
    { "restore", "FILE", "put a backup into the database", PLACE | BIT(OPT_OVERWRITE), 1, 1, cmd_restore },
    { "check", "", "verify the whole database", PLACE, 0, 0, cmd_check },
    { "schema", "[ENTITY]", "print what the entity tables declare", PLACE | BIT(OPT_JSON), 0, 1, cmd_schema },
    { "openapi", "", "print the OpenAPI document", PLACE, 0, 0, cmd_openapi },
};

int command_fail(const char *format, ...)
{
    va_list args;
    fputs("zhike: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return 1;
}

static int wrong_usage(const command *c, const char *fault)
{
    fprintf(stderr, "zhike: %s; see zhike %s%s--help\n", fault, c ? c->name : "", c ? " " : "");
    return 2;
}

static void help_row(const command *c)
{
    printf("  %-14s %s\n", c->name, c->about);
}

/* "user --help": the commands that begin with that word; false: none does. */
static bool help_family(const char *word)
{
    size_t n = strlen(word);
    bool   any = false;
    for (size_t i = 0; i < countof(commands); i++) {
        const command *c = &commands[i];
        if (strncmp(c->name, word, n) != 0 || c->name[n] != ' ')
            continue;
        if (!any)
            printf("usage: zhike %s COMMAND [OPTIONS]\n\n", word);
        any = true;
        help_row(c);
    }
    if (any)
        printf("\nzhike %s COMMAND --help tells more of each.\n", word);
    return any;
}

static void help_all(void)
{
    printf("zhike %s: customer relationship management in one program\n\nusage: zhike COMMAND [OPTIONS]\n\n",
           ZHIKE_VERSION);
    for (size_t i = 0; i < countof(commands); i++)
        help_row(&commands[i]);
    puts("\nzhike COMMAND --help tells more of each; zhike --version prints the version.");
}

static void help_option(const option_row *r)
{
    char left[60];
    snprintf(left, sizeof left, "--%s%s%s", r->name, r->takes ? " " : "", r->takes ? r->takes : "");
    printf("  %-24s %s", left, r->help);
    if (r->initial)
        printf(" (default %s)", r->initial);
    if (r->env)
        printf(" [%s]", r->env);
    putchar('\n');
}

static void help_command(const command *c)
{
    printf("usage: zhike %s%s%s [OPTIONS]\n\n%s\n\n", c->name, *c->usage ? " " : "", c->usage, c->about);
    for (int i = 0; i < OPT_COUNT; i++)
        if (c->options >> i & 1)
            help_option(&option_rows[i]);
}

/* "user add": one word or two. */
static const command *command_find(int argc, char **argv, int *used)
{
    for (size_t i = 0; i < countof(commands); i++) {
        str       name = str_from(commands[i].name);
        ptrdiff_t space = str_find_char(name, ' ');
        if (space < 0 ? str_eq(name, str_from(argv[1]))
                      : argc > 2 && str_eq(str_sub(name, 0, space), str_from(argv[1])) &&
                            str_eq(str_sub(name, space + 1, name.n), str_from(argv[2]))) {
            *used = space < 0 ? 2 : 3;
            return &commands[i];
        }
    }
    return NULL;
}

int command_main(int argc, char **argv)
{
    int     used = 0;
    char    fault[200];
    options o;
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        help_all();
        return argc < 2 ? 2 : 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts(ZHIKE_VERSION);
        return 0;
    }
    const command *c = command_find(argc, argv, &used);
    if (!c && argc > 2 && strcmp(argv[2], "--help") == 0 && help_family(argv[1]))
        return 0;
    if (!c) {
        snprintf(fault, sizeof fault, "there is no command %.100s%s%.60s", argv[1], argc > 2 ? " " : "",
                 argc > 2 ? argv[2] : "");
        return wrong_usage(NULL, fault);
    }
    if (!options_read(argc - used, argv + used, c->options, &o, fault, sizeof fault))
        return wrong_usage(c, fault);
    if (o.value[OPT_HELP]) {
        help_command(c);
        return 0;
    }
    if (o.word_count < c->least || o.word_count > c->most) {
        snprintf(fault, sizeof fault, "%s wants %s", c->name, *c->usage ? c->usage : "no further words");
        return wrong_usage(c, fault);
    }
    fence_begin();
    return c->run(&o);
}
