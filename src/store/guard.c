/* What has happened is only appended to, and the database itself sees to it (HIST-1): triggers that refuse what would change or
 * remove a row of history, of the security events or of the list of erasures, whatever statement asks for it.
 *
 * One thing passes: while an erasure is under way (a row of zk_erasure that is not done, which stays for good), the values of
 * history and the words of security events may be put out, and nothing else of them. A trigger on changing and removing costs an insert nothing.
 * A restore replaces all there is by another database: it takes the guard down and sets it up again in its transaction. */
#include "store/internal.h"

typedef struct {
    const char *name, *table, *event;
    const char *unless; /* SQL: what passes; NULL: nothing */
} guard;

#define ERASING "EXISTS(SELECT 1 FROM \"zk_erasure\" WHERE \"done_at\" IS NULL)"
#define SAME(c) " AND NEW.\"" c "\" IS NOT DISTINCT FROM OLD.\"" c "\""
static const guard guards[] = {
    { "zk_guard_history_update", "zk_history", "UPDATE",
      ERASING SAME("seq") SAME("record") SAME("entity") SAME("at") SAME("by_user") SAME("operation") SAME("what") },
    { "zk_guard_history_delete", "zk_history", "DELETE", NULL },
    { "zk_guard_audit_change", "zk_audit", "UPDATE",
      ERASING SAME("seq") SAME("at") SAME("kind") SAME("user_id") SAME("by_user") SAME("address") SAME("agent")
          SAME("entity") SAME("record") },
    { "zk_guard_audit_delete", "zk_audit", "DELETE", NULL },
    { "zk_guard_erasure_update", "zk_erasure", "UPDATE",
      "OLD.\"done_at\" IS NULL" SAME("id") SAME("entity") SAME("record") SAME("at") SAME("by_user") },
    { "zk_guard_erasure_delete", "zk_erasure", "DELETE", NULL },
};

/* Of older programs, in whose place another one stands. */
static const guard retired[] = { { "zk_guard_audit_update", "zk_audit", "UPDATE", NULL } };

#define REFUSAL "what has happened is only appended to"

static str on_sqlite(ctx *c, const guard *g)
{
    return arena_printf(c->a,
                        "CREATE TRIGGER \"%s\" BEFORE %s ON \"%s\"%s%s%s BEGIN SELECT RAISE(ABORT,'" REFUSAL "'); END",
                        g->name, g->event, g->table, g->unless ? " WHEN NOT(" : "", g->unless ? g->unless : "",
                        g->unless ? ")" : "");
}

/* A condition of PostgreSQL's own may not look into other tables: it stands in the function. */
static str function_of(ctx *c, const guard *g)
{
    return arena_printf(
        c->a,
        "CREATE OR REPLACE FUNCTION \"%s\"() RETURNS trigger LANGUAGE plpgsql AS $guard$BEGIN %s%s%s RAISE "
        "EXCEPTION '" REFUSAL "' USING ERRCODE='insufficient_privilege'; END$guard$",
        g->name, g->unless ? "IF " : "", g->unless ? g->unless : "", g->unless ? " THEN RETURN NEW; END IF;" : "");
}

static str on_postgres(ctx *c, const guard *g)
{
    return arena_printf(c->a, "CREATE TRIGGER \"%s\" BEFORE %s ON \"%s\" FOR EACH ROW EXECUTE FUNCTION \"%s\"()",
                        g->name, g->event, g->table, g->name);
}

/* To empty a whole table asks no trigger of rows. */
static str on_emptying(ctx *c, const guard *g)
{
    return arena_printf(
        c->a, "CREATE TRIGGER \"%s_all\" BEFORE TRUNCATE ON \"%s\" FOR EACH STATEMENT EXECUTE FUNCTION \"%s\"()",
        g->name, g->table, g->name);
}

static err stands(ctx *c, const guard *g, bool *out)
{
    statement s;
    TRY(sql_open(c,
                 db_conn_kind(c->conn) == DB_SQLITE
                     ? STR("SELECT 1 FROM sqlite_master WHERE type='trigger' AND name=$1")
                     : STR("SELECT 1 FROM pg_trigger t JOIN pg_class k ON k.oid=t.tgrelid WHERE t.tgname=$1 AND "
                           "pg_table_is_visible(k.oid) AND t.tgenabled<>'D'"),
                 &s));
    sql_text(&s, str_from(g->name));
    err e = sql_row(&s, out);
    sql_close(&s);
    return e;
}

static void set_up(ctx *c, const guard *g, sql_list *todo)
{
    if (db_conn_kind(c->conn) == DB_SQLITE) {
        sql_list_add(c, todo, on_sqlite(c, g));
        return;
    }
    sql_list_add(c, todo, function_of(c, g));
    sql_list_add(c, todo, on_postgres(c, g));
    if (!g->unless)
        sql_list_add(c, todo, on_emptying(c, g));
}

static void take_down(ctx *c, const guard *g, sql_list *todo)
{
    bool sqlite = db_conn_kind(c->conn) == DB_SQLITE;
    sql_list_add(c, todo,
                 sqlite ? arena_printf(c->a, "DROP TRIGGER IF EXISTS \"%s\"", g->name)
                        : arena_printf(c->a, "DROP TRIGGER IF EXISTS \"%s\" ON \"%s\"", g->name, g->table));
    if (!sqlite && !g->unless)
        sql_list_add(c, todo, arena_printf(c->a, "DROP TRIGGER IF EXISTS \"%s_all\" ON \"%s\"", g->name, g->table));
}

err guard_shape(ctx *c, sql_list *todo)
{
    for (size_t i = 0; i < countof(retired); i++) {
        bool there;
        TRY(stands(c, &retired[i], &there));
        if (there)
            take_down(c, &retired[i], todo);
    }
    for (size_t i = 0; i < countof(guards); i++) {
        bool there;
        TRY(stands(c, &guards[i], &there));
        if (!there)
            set_up(c, &guards[i], todo);
    }
    return ERR_OK;
}

static err run_all(ctx *c, const sql_list *todo)
{
    for (size_t i = 0; i < todo->count; i++)
        TRY(db_exec(c->conn, todo->list[i]));
    return ERR_OK;
}

err store_guard_down(ctx *c)
{
    sql_list todo = { 0 };
    for (size_t i = 0; i < countof(guards); i++)
        take_down(c, &guards[i], &todo);
    return run_all(c, &todo);
}

err store_guard_up(ctx *c)
{
    sql_list todo = { 0 };
    TRY(guard_shape(c, &todo));
    return run_all(c, &todo);
}

err guard_missing(ctx *c, const char **name)
{
    *name = NULL;
    for (size_t i = 0; i < countof(guards) && !*name; i++) {
        bool there;
        TRY(stands(c, &guards[i], &there));
        if (!there)
            *name = guards[i].name;
    }
    return ERR_OK;
}
