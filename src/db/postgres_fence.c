/* The second fence of PostgreSQL's readers: a role of their own, which may SELECT from every table but the secret ones and may
 * change nothing. A session of a reader goes into it when it is opened; for a statement of db_prepare_secret() it goes out
 * and, before the next other one, in again, both in the packet that is sent anyway and for the transaction at most.
 *
 * The role belongs to one database (its name has the database's number), so that nobody shares one with another
 * installation of the same server. Whoever may not make roles works without, and is told so. */
#include "base/log.h"
#include "db/postgres.h"

enum { SQL_MOST = 4096 };

/* ---- the role, once at the start ---- */

/* One text of one row; false: the server says no, or there is none. */
static bool ask(PGconn *link, const char *sql, char *out, size_t size)
{
    PGresult *r = PQexec(link, sql);
    bool      good = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1 && !PQgetisnull(r, 0, 0) &&
                (size_t)PQgetlength(r, 0, 0) < size;
    if (good)
        memcpy(out, PQgetvalue(r, 0, 0), (size_t)PQgetlength(r, 0, 0) + 1);
    PQclear(r);
    return good;
}

static bool yes(PGconn *link, const char *sql)
{
    char answer[8] = "";
    return ask(link, sql, answer, sizeof answer) && answer[0] == 't';
}

static bool say(PGconn *link, const char *sql)
{
    PGresult *r = PQexec(link, sql);
    bool      good = PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK;
    PQclear(r);
    return good;
}

/* "'zk_secret','zk_session'": names of the program's own tables, which need no escaping. */
static void list_secrets(const db *d, const char *quote, char *out, size_t size)
{
    size_t n = 0;
    out[0] = 0;
    for (const char *const *name = d->secret; *name && n < size; name++)
        n += (size_t)snprintf(out + n, size - n, "%s%s%s%s", n ? "," : "", quote, *name, quote);
}

/* Are grants not what they should be? Those of tables to come stand apart: the search index is made anew at times. */
static bool grants_differ(PGconn *link, const db *d, const char *reader)
{
    char names[SQL_MOST / 2], sql[SQL_MOST];
    list_secrets(d, "'", names, sizeof names);
    snprintf(
        sql, sizeof sql,
        "SELECT EXISTS(SELECT 1 FROM pg_class c WHERE c.relnamespace=current_schema()::regnamespace AND c.relkind IN "
        "('r','p') AND (has_table_privilege('%s',c.oid,'SELECT')=(c.relname IN (%s)) OR "
        "has_table_privilege('%s',c.oid,'INSERT,UPDATE,DELETE,TRUNCATE,TRIGGER,REFERENCES'))) OR NOT EXISTS("
        "SELECT 1 FROM pg_default_acl a WHERE a.defaclnamespace=current_schema()::regnamespace AND "
        "a.defaclobjtype='r' AND a.defaclacl::text LIKE '%%%s=r%%')",
        reader, names, reader, reader);
    return yes(link, sql);
}

static bool grant(PGconn *link, const db *d, const char *reader, const char *schema)
{
    char names[SQL_MOST / 2], sql[SQL_MOST];
    list_secrets(d, "\"", names, sizeof names);
    snprintf(sql, sizeof sql,
             "REVOKE ALL ON ALL TABLES IN SCHEMA %s FROM \"%s\"; GRANT SELECT ON ALL TABLES IN SCHEMA %s TO \"%s\";"
             "ALTER DEFAULT PRIVILEGES IN SCHEMA %s GRANT SELECT ON TABLES TO \"%s\"; REVOKE ALL ON %s FROM \"%s\"",
             schema, reader, schema, reader, schema, reader, names, reader);
    return say(link, sql);
}

static bool make_role(PGconn *link, const char *reader)
{
    char sql[512];
    snprintf(sql, sizeof sql, "SELECT count(*)>0 FROM pg_roles WHERE rolname='%s'", reader);
    if (!yes(link, sql)) {
        snprintf(sql, sizeof sql, "CREATE ROLE \"%s\" NOLOGIN NOINHERIT", reader);
        if (!say(link, sql))
            return false;
    }
    snprintf(sql, sizeof sql, "SELECT pg_has_role(current_user,'%s','MEMBER')", reader);
    if (yes(link, sql))
        return true;
    snprintf(sql, sizeof sql, "GRANT \"%s\" TO CURRENT_USER", reader);
    return say(link, sql);
}

static bool make_usable(PGconn *link, const char *reader, const char *schema)
{
    char sql[640];
    snprintf(sql, sizeof sql, "SELECT has_schema_privilege('%s',current_schema(),'USAGE')", reader);
    if (yes(link, sql))
        return true;
    snprintf(sql, sizeof sql, "GRANT USAGE ON SCHEMA %s TO \"%s\"", schema, reader);
    return say(link, sql);
}

/* In one transaction, one program at a time. */
static bool make_fence(PGconn *link, const db *d, const char *reader, const char *schema)
{
    char set[160];
    snprintf(set, sizeof set, "SET LOCAL ROLE \"%s\"", reader);
    return say(link, "BEGIN") && say(link, "SELECT pg_advisory_xact_lock(hashtext('zhike readers'))") &&
           make_role(link, reader) && make_usable(link, reader, schema) &&
           (!grants_differ(link, d, reader) || grant(link, d, reader, schema)) && !grants_differ(link, d, reader) &&
           say(link, set) && say(link, "COMMIT");
}

err pg_fence(db *d)
{
    pg_own *own = d->own;
    char    reader[64] = "";
    PGconn *link = pg_link_open(d->target);
    d->unfenced[0] = own->reader[0] = 0;
    if (PQstatus(link) != CONNECTION_OK || !ask(link, "SELECT current_user::text", own->self, sizeof own->self) ||
        !ask(link, "SELECT quote_ident(current_schema())", own->schema, sizeof own->schema) ||
        !ask(link, "SELECT 'zhike_reader_'||oid FROM pg_database WHERE datname=current_database()", reader,
             sizeof reader)) {
        PQfinish(link);
        return ERR_UNAVAILABLE;
    }
    if (make_fence(link, d, reader, own->schema))
        snprintf(own->reader, sizeof own->reader, "%s", reader);
    else
        snprintf(d->unfenced, sizeof d->unfenced, "the role %s cannot be made or given its grants: %s", reader,
                 PQerrorMessage(link));
    d->unfenced[strcspn(d->unfenced, "\n")] = 0;
    PQfinish(link);
    return ERR_OK;
}

/* ---- a session ---- */

/* An identifier of the server's own (ours, or the role that is connected) as a literal. */
static bool prepare_role(PGconn *link, const char *word, const char *role)
{
    char *quoted = PQescapeLiteral(link, role, strlen(role)), sql[256];
    if (!quoted)
        return false;
    snprintf(sql, sizeof sql, "SELECT set_config('role',%s,true)", quoted);
    PQfreemem(quoted);
    PGresult *r = PQprepare(link, word, sql, 0, NULL);
    bool      good = PQresultStatus(r) == PGRES_COMMAND_OK;
    PQclear(r);
    return good;
}

bool pg_fence_in(pg_conn *c, PGconn *link)
{
    const pg_own *own = c->base.db->own;
    char          sql[512];
    c->fenced = !c->base.writer && own->reader[0];
    if (!c->fenced)
        return true;
    /* The path may name the user, who is another one in that role. */
    snprintf(sql, sizeof sql, "SET search_path = %s; SET ROLE \"%s\"", own->schema, own->reader);
    return prepare_role(link, "zk_OUT", own->self) && prepare_role(link, "zk_IN", own->reader) && say(link, sql);
}

bool pg_fence_pass(pg_conn *c, pg_sent *front)
{
    bool secret = front->s && front->s->base.secret;
    if (!c->fenced || secret == c->unlocked)
        return true;
    c->unlocked = secret;
    front->before++;
    return pg_send_word(c, secret ? "zk_OUT" : "zk_IN");
}
