#include "own_database.h"

#include <libpq-fe.h>

static void no_notice(void *arg, const PGresult *r)
{
    (void)arg;
    (void)r;
}

bool own_database_say(const char *url, const char *sql)
{
    PGconn *link = PQconnectdb(url);
    PQsetNoticeReceiver(link, no_notice, NULL);
    PGresult *r = PQexec(link, sql);
    bool      good = PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK;
    if (!good)
        fprintf(stderr, "%s: %s", sql, PQerrorMessage(link));
    PQclear(r);
    PQfinish(link);
    return good;
}

void own_database_drop(const char *name)
{
    char sql[128];
    snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS %s WITH (FORCE)", name);
    own_database_say(getenv("ZHIKE_TEST_PG"), sql);
}

bool own_database_make(const char *name, char url[512])
{
    const char *server = getenv("ZHIKE_TEST_PG");
    char        sql[128];
    if (!server)
        return false;
    own_database_drop(name);
    snprintf(sql, sizeof sql, "CREATE DATABASE %s", name);
    if (!own_database_say(server, sql))
        return false;
    str         whole = str_from(server);
    ptrdiff_t   authority = str_find(whole, STR("://")) + 3;
    ptrdiff_t   slash = str_find_char(str_sub(whole, authority, whole.n), '/');
    const char *options = strchr(server, '?');
    ptrdiff_t   end = slash < 0 ? (options ? options - server : whole.n) : authority + slash;
    snprintf(url, 512, "%.*s/%s%s", (int)end, server, name, options ? options : "");
    return true;
}
