/* The second fence of SQLite's readers: an authorizer, which SQLite asks while a statement is prepared and never while it runs, so
 * that a statement from the cache pays nothing. A reader may read, and that is all; secret tables only where the statement
 * was asked for by db_prepare_secret(). */
#include "db/sqlite.h"

/* What else a reader's statements are made of. */
static const int harmless[] = { SQLITE_SELECT, SQLITE_FUNCTION, SQLITE_RECURSIVE, SQLITE_TRANSACTION };

/* They set nothing: a table's columns, and what the full-text index asks itself. */
static const char *const pragmas[] = { "table_info", "data_version", NULL };

/* Raw pages hold every table. */
static const char *const pages[] = { "sqlite_dbpage", "sqlite_dbdata", "sqlite_dbptr", NULL };

static bool among(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (sqlite3_stricmp(*names, name) == 0)
            return true;
    return false;
}

static bool may_read(const sqlite_conn *c, const char *table)
{
    if (among(pages, table))
        return false;
    return c->base.opens || !among(c->base.db->secret, table);
}

static int authorize(void *arg, int action, const char *a, const char *b, const char *schema, const char *inside)
{
    (void)b;
    (void)schema;
    (void)inside;
    for (size_t i = 0; i < countof(harmless); i++)
        if (action == harmless[i])
            return SQLITE_OK;
    if (action == SQLITE_READ)
        return a && may_read(arg, a) ? SQLITE_OK : SQLITE_DENY;
    if (action ==
        SQLITE_UPDATE) /* SQLite asks so while it declares a table-valued function; what writes asks for more */
        return a && strcmp(a, "sqlite_master") == 0 ? SQLITE_OK : SQLITE_DENY;
    if (action == SQLITE_PRAGMA)
        return a && among(pragmas, a) ? SQLITE_OK : SQLITE_DENY;
    return SQLITE_DENY;
}

void sqlite_fence_in(sqlite_conn *c)
{
    if (c->base.db->secret)
        sqlite3_set_authorizer(c->handle, authorize, c);
}
