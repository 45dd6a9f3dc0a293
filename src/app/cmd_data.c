/* zhike import, export, backup, restore: thin doors to io/. */
#include "app/command.h"

int cmd_import(const options *o)
{
    (void)o;
    return command_fail("not there yet");
}

int cmd_export(const options *o)
{
    (void)o;
    return command_fail("not there yet");
}

int cmd_backup(const options *o)
{
    (void)o;
    return command_fail("not there yet");
}

int cmd_restore(const options *o)
{
    (void)o;
    return command_fail("not there yet");
}
