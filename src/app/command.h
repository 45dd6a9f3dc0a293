/* command.h — the sub-commands: a table, one function each. Exit status 0 done, 1 failed, 2 wrong usage. */
#ifndef ZK_APP_COMMAND_H
#define ZK_APP_COMMAND_H
#include "app/options.h"

typedef struct {
    const char *name;  /* "user add" */
    const char *usage; /* what stands behind the name */
    const char *about;
    uint64_t    options;     /* bits 1 << OPT_… */
    int         least, most; /* words */
    int (*run)(const options *o);
} command;

int command_main(int argc, char **argv);
/* One line on standard error; returns 1. */
int command_fail(const char *format, ...) PRINTF_LIKE(1, 2);

int cmd_serve(const options *o);
int cmd_import(const options *o);
int cmd_export(const options *o);
int cmd_query(const options *o);
int cmd_user_add(const options *o);
int cmd_user_list(const options *o);
int cmd_user_passwd(const options *o);
int cmd_user_disable(const options *o);
int cmd_user_second(const options *o);
int cmd_token_create(const options *o);
int cmd_backup(const options *o);
int cmd_restore(const options *o);
int cmd_check(const options *o);
int cmd_schema(const options *o);
int cmd_openapi(const options *o);
#endif
