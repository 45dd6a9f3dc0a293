/* zk_mapping */
#include "store/mapping.h"

#include "store/internal.h"

err mapping_list(ctx *c, str of, mapping_row **out, size_t *count)
{
    statement    s;
    bool         row = true;
    err          e = ERR_OK;
    size_t       n = 0, room = MAPPINGS_MOST * 4;
    mapping_row *list = arena_make_n(c->a, mapping_row, room);
    TRY(sql_open(
        c,
        STR("SELECT \"id\",\"entity\",\"name\",\"map\",\"updated_at\" FROM \"zk_mapping\" WHERE \"user_id\"=$1 AND "
            "(CAST($2 AS text)='' OR \"entity\"=$2) ORDER BY \"updated_at\" DESC,\"id\" DESC LIMIT 400"),
        &s));
    sql_int(&s, c->actor.user);
    db_bind_text(s.s, ++s.n, of.n ? of : STR(""));
    while (n < room && (e = sql_row(&s, &row)) == ERR_OK && row)
        list[n++] = (mapping_row){ .id = db_int(s.s, 0),
                                   .entity = arena_str(c->a, db_text(s.s, 1)),
                                   .name = arena_str(c->a, db_text(s.s, 2)),
                                   .map = arena_str(c->a, db_text(s.s, 3)),
                                   .updated_at = db_time(s.s, 4) };
    sql_close(&s);
    *out = list;
    *count = n;
    return e;
}

static err remove_where(ctx *c, str sql, str of, str name, int64_t id)
{
    statement s;
    TRY(sql_open(c, sql, &s));
    sql_int(&s, c->actor.user);
    if (of.n)
        sql_text(&s, of);
    if (name.n)
        sql_text(&s, name);
    if (id)
        sql_int(&s, id);
    return sql_run(&s);
}

/* What is beyond the most, oldest first. */
static err forget_oldest(ctx *c, str of)
{
    mapping_row *list;
    size_t       n;
    TRY(mapping_list(c, of, &list, &n));
    for (size_t i = MAPPINGS_MOST; i < n; i++)
        TRY(mapping_end(c, list[i].id));
    return ERR_OK;
}

err mapping_put(ctx *c, str of, str name, str text, int64_t *id)
{
    statement s;
    TRY(remove_where(c, STR("DELETE FROM \"zk_mapping\" WHERE \"user_id\"=$1 AND \"entity\"=$2 AND \"name\"=$3"), of,
                     name, 0));
    TRY(db_next_id(c->conn, id));
    TRY(sql_open(c,
                 STR("INSERT INTO \"zk_mapping\"(\"id\",\"entity\",\"name\",\"user_id\",\"map\",\"updated_at\")"
                     "VALUES($1,$2,$3,$4,$5,$6)"),
                 &s));
    sql_int(&s, *id);
    sql_text(&s, of);
    sql_text(&s, name);
    sql_int(&s, c->actor.user);
    sql_text(&s, text);
    sql_time(&s, c->now_ms);
    TRY(sql_run(&s));
    return forget_oldest(c, of);
}

err mapping_end(ctx *c, int64_t id)
{
    statement s;
    bool      row, any;
    TRY(sql_open(c, STR("DELETE FROM \"zk_mapping\" WHERE \"user_id\"=$1 AND \"id\"=$2 RETURNING \"id\""), &s));
    sql_int(&s, c->actor.user);
    sql_int(&s, id);
    err e = sql_row(&s, &row);
    any = e == ERR_OK && row;
    while (e == ERR_OK && row)
        e = sql_row(&s, &row);
    sql_close(&s);
    TRY(e);
    return any ? ERR_OK : ERR_NOT_FOUND;
}
