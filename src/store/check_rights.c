/* zhike check: what the tables of rights say to nobody, about nothing, or more widely than can hold (permit.md, people.md). */
#include "store/internal.h"

typedef struct {
    ctx *c;
    void (*say)(void *arg, bool wrong, str sentence);
    void *arg;
} rights_check;

static void say(const rights_check *k, bool wrong, const char *code, str first, str second)
{
    k->say(k->arg, wrong, ctx_sentence(k->c, arena_printf(k->c->a, "check.%s", code).p, first, second));
}

/* What one statement finds. Its columns are the words {0} and {1} of the sentence "check.CODE". */
typedef struct {
    const char *code;
    bool        wrong; /* false: it does no harm, but somebody should look at it */
    bool        today; /* $1 is the day */
    const char *sql;
} finding;

#define LIVING(t) t ".\"deleted_at\" IS NULL"
/* Who comes back to where they began, going up; UNION ends the walk where it has been. */
#define CIRCLE(table, up)                                                                                          \
    "WITH RECURSIVE edge AS (SELECT \"id\",\"name\",\"" up "\" AS \"above\" FROM \"" table "\" WHERE \"" up        \
    "\" IS NOT NULL AND \"deleted_at\" IS NULL),way(\"id\",\"at\") AS (SELECT \"id\",\"above\" FROM edge UNION "   \
    "SELECT w.\"id\",e.\"above\" FROM way w JOIN edge e ON e.\"id\"=w.\"at\") SELECT e.\"name\",a.\"name\" FROM "  \
    "way w JOIN edge e ON e.\"id\"=w.\"id\" JOIN edge a ON a.\"id\"=e.\"above\" WHERE w.\"id\"=w.\"at\" ORDER BY " \
    "e.\"id\""
#define LET_IN(table)                                                                                            \
    "SELECT DISTINCT u.\"name\",u.\"id\" FROM \"" table "\" x JOIN \"users\" u ON u.\"id\"=x.\"user_id\" WHERE " \
    "u.\"state\"='disabled' OR u.\"deleted_at\" IS NOT NULL ORDER BY u.\"id\""

static const finding findings[] = {
    /* PEOPLE-7 */
    { "user_without_role", true, false,
      "SELECT u.\"name\",NULL FROM \"users\" u LEFT JOIN \"roles\" o ON o.\"id\"=u.\"role\" AND " LIVING(
          "o") " WHERE " LIVING("u") " AND u.\"state\"<>'disabled' AND o.\"id\" IS NULL ORDER BY u.\"id\"" },
    { "user_role_of_none", true, false,
      "SELECT u.\"name\",NULL FROM \"user_roles\" x JOIN \"users\" u ON u.\"id\"=x.\"user\" LEFT JOIN \"roles\" o ON "
      "o.\"id\"=x.\"role\" AND " LIVING("o") " WHERE " LIVING("x") " AND " LIVING(
          "u") " AND o.\"id\" IS NULL ORDER BY x.\"id\"" },
    { "user_many_roles", true, false,
      "SELECT u.\"name\",NULL FROM \"user_roles\" x JOIN \"users\" u ON u.\"id\"=x.\"user\" WHERE " LIVING(
          "x") " GROUP BY u.\"id\",u.\"name\" HAVING COUNT(*)>7 ORDER BY u.\"id\"" },
    { "right_of_none", true, false,
      "SELECT x.\"entity\",NULL FROM \"role_rights\" x LEFT JOIN \"roles\" o ON o.\"id\"=x.\"role\" AND " LIVING(
          "o") " WHERE " LIVING("x") " AND o.\"id\" IS NULL ORDER BY x.\"id\"" },
    { "field_right_of_none", true, false,
      "SELECT x.\"entity\",x.\"field\" FROM \"role_fields\" x LEFT JOIN \"roles\" o ON o.\"id\"=x.\"role\" AND " LIVING(
          "o") " WHERE " LIVING("x") " AND o.\"id\" IS NULL ORDER BY x.\"id\"" },
    /* PEOPLE-2, PEOPLE-10 */
    { "circle_team", true, false, CIRCLE("teams", "parent") },
    { "circle_manager", true, false, CIRCLE("users", "manager") },
    { "circle_deputy", true, false, CIRCLE("users", "deputy") },
    { "manager_gone", false, false,
      "SELECT u.\"name\",m.\"name\" FROM \"users\" u JOIN \"users\" m ON m.\"id\"=u.\"manager\" WHERE " LIVING(
          "u") " AND u.\"state\"<>'disabled' AND (m.\"state\"='disabled' OR m.\"deleted_at\" IS NOT NULL) ORDER BY "
               "u.\"id\"" },
    /* PEOPLE-8 */
    { "session_of_disabled", true, false, LET_IN("zk_session") },
    { "token_of_disabled", true, false, LET_IN("zk_token") },
    /* PERMIT-15 */
    { "share_of_none", true, false,
      "SELECT x.\"name\",NULL FROM \"shares\" x LEFT JOIN \"zk_record\" r ON r.\"id\"=x.\"about\" AND "
      "r.\"entity\"=x.\"about_entity\" AND r.\"deleted_at\" IS NULL WHERE " LIVING(
          "x") " AND r.\"id\" IS NULL ORDER BY x.\"id\"" },
    { "share_ended", false, true,
      "SELECT CAST(COUNT(*) AS text),NULL FROM \"shares\" x WHERE " LIVING(
          "x") " AND x.\"until\"<$1 HAVING COUNT(*)>0" },
    { "share_with_none", false, false,
      "SELECT x.\"name\",NULL FROM \"shares\" x LEFT JOIN \"users\" u ON u.\"id\"=x.\"user\" LEFT JOIN \"teams\" t ON "
      "t.\"id\"=x.\"team\" WHERE " LIVING("x") " AND (u.\"state\"='disabled' OR u.\"deleted_at\" IS NOT NULL OR "
                                               "t.\"deleted_at\" IS NOT NULL) ORDER BY x.\"id\"" },
};

enum { SHOWN = 20 }; /* of one kind: nobody reads a thousand */

static err look_for(rights_check *k, const finding *f)
{
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    int       n = 0;
    TRY(sql_open_secret(k->c, str_from(f->sql), &s)); /* who is let in is among what is looked at */
    if (f->today)
        db_bind_date(s.s, ++s.n, ctx_today(k->c));
    while (n < SHOWN && (e = sql_row(&s, &row)) == ERR_OK && row) {
        say(k, f->wrong, f->code, db_null(s.s, 0) ? (str){ 0 } : db_text(s.s, 0),
            db_null(s.s, 1) ? (str){ 0 } : db_text(s.s, 1));
        n++;
    }
    sql_close(&s);
    return e;
}

/* ---- what the snapshot knows ---- */

static str role_name(const snapshot *s, int64_t id)
{
    for (size_t i = 0; i < s->role_count; i++)
        if (s->roles[i].id == id)
            return s->roles[i].name;
    return (str){ 0 };
}

/* PEOPLE-6: rows outlive an own field that is deleted for good, and a module that is taken out. */
static err named_things(rights_check *k, bool fields)
{
    static const char *const sql[] = {
        "SELECT \"role\",\"entity\",NULL FROM \"role_rights\" WHERE \"deleted_at\" IS NULL ORDER BY \"id\"",
        "SELECT \"role\",\"entity\",\"field\" FROM \"role_fields\" WHERE \"deleted_at\" IS NULL ORDER BY \"id\"",
    };
    ctx      *c = k->c;
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    TRY(sql_open(c, str_from(sql[fields]), &s));
    while ((e = sql_row(&s, &row)) == ERR_OK && row) {
        str           role = db_null(s.s, 0) ? (str){ 0 } : role_name(c->snap, db_int(s.s, 0));
        str           name = db_null(s.s, 1) ? (str){ 0 } : db_text(s.s, 1);
        const entity *of = snapshot_entity(c->snap, name);
        if (!of && (fields || !str_eq(name, STR("*"))))
            say(k, true, fields ? "field_right_about_none" : "right_about_none", role, name);
        else if (fields && (db_null(s.s, 2) || !entity_field(of, db_text(s.s, 2))))
            say(k, true, "field_right_of_no_field", role,
                arena_printf(c->a, "%.*s.%.*s", STR_ARG(name), db_null(s.s, 2) ? 0 : (int)db_text(s.s, 2).n,
                             db_null(s.s, 2) ? "" : db_text(s.s, 2).p));
    }
    sql_close(&s);
    return e;
}

/* A verb that reaches further than reading: the rest of it opens nothing (PERMIT-4), so somebody meant something else. Of
 * creating that is no fault: a lead may be entered for somebody else. */
static void wider_than_read(const rights_check *k, const entity *e, size_t role)
{
    const uint8_t *reach = e->rights + role * RIGHT_VERBS;
    for (int v = 0; v < VERB_COUNT; v++) {
        if (v == VERB_READ || v == VERB_CREATE || v == VERB_IMPORT || reach[VERB_READ] & REACH_ALL)
            continue;
        if (!(reach[v] & REACH_ALL) && !(reach[v] & ~reach[VERB_READ]))
            continue;
        say(k, false, "wider_than_read", k->c->snap->roles[role].name,
            arena_printf(k->c->a, "%.*s.%s", STR_ARG(e->name), verb_name((verb)v)));
        return;
    }
}

static err count(ctx *c, str sql, int64_t *out)
{
    statement s;
    bool      row;
    TRY(sql_open_secret(c, sql, &s));
    sql_int(&s, 0);
    err e = sql_row(&s, &row);
    *out = e == ERR_OK && row ? db_int(s.s, 0) : 0;
    sql_close(&s);
    return e;
}

/* PEOPLE-1. A database into which nobody has signed in yet gets its administrator when it is served. */
static err administrator_there(rights_check *k)
{
    static const char by_role[] =
        "SELECT COUNT(*) FROM \"users\" u WHERE u.\"deleted_at\" IS NULL AND u.\"state\"='active' AND (EXISTS(SELECT 1 "
        "FROM "
        "\"roles\" o WHERE o.\"id\"=u.\"role\" AND o.\"administrator\") OR EXISTS(SELECT 1 FROM \"user_roles\" x JOIN "
        "\"roles\" o ON o.\"id\"=x.\"role\" WHERE x.\"user\"=u.\"id\" AND x.\"deleted_at\" IS NULL AND "
        "o.\"administrator\"))";
    static const char with_a_way_in[] = " AND (EXISTS(SELECT 1 FROM \"zk_password\" p WHERE p.\"user_id\"=u.\"id\") OR "
                                        "EXISTS(SELECT 1 FROM \"zk_oidc_link\" l WHERE l.\"user_id\"=u.\"id\"))";
    ctx              *c = k->c;
    int64_t           anybody, administrators, entering;
    TRY(count(c, STR("SELECT COUNT(*) FROM \"zk_password\" WHERE \"user_id\"<>$1"), &anybody));
    if (!anybody)
        return ERR_OK;
    TRY(count(c, arena_printf(c->a, "%s AND u.\"id\"<>$1", by_role), &administrators));
    TRY(count(c, arena_printf(c->a, "%s%s AND u.\"id\"<>$1", by_role, with_a_way_in), &entering));
    if (!entering)
        say(k, true, administrators ? "administrator_outside" : "no_administrator", (str){ 0 }, (str){ 0 });
    return ERR_OK;
}

err store_check_rights(ctx *c, void (*each)(void *arg, bool wrong, str sentence), void *arg)
{
    rights_check k = { c, each, arg };
    if (!snapshot_entity(c->snap, STR("role")))
        return ERR_OK;
    for (size_t i = 0; i < countof(findings); i++)
        TRY(look_for(&k, &findings[i]));
    TRY(named_things(&k, false));
    TRY(named_things(&k, true));
    for (size_t r = 0; r < c->snap->role_count; r++)
        for (size_t i = 0; !c->snap->roles[r].administrator && i < c->snap->entity_count; i++)
            if (c->snap->entities[i]->rights && !c->snap->entities[i]->part_of)
                wider_than_read(&k, c->snap->entities[i], r);
    return administrator_there(&k);
}
