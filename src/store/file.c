/* zk_file, zk_file_chunk. */
#include "store/file.h"

#include "base/date.h"
#include "store/internal.h"

#define FILE_COLUMNS \
    "\"id\",\"name\",\"size\",\"type\",\"sha256\",\"about_entity\",\"about\",\"created_at\",\"created_by\""

static str text_or_none(ctx *c, db_stmt *s, int column)
{
    return db_null(s, column) ? (str){ 0 } : arena_str(c->a, db_text(s, column));
}

static file_info file_row(ctx *c, db_stmt *s)
{
    return (file_info){ .id = db_int(s, 0),
                        .name = text_or_none(c, s, 1),
                        .size = db_null(s, 2) ? 0 : db_int(s, 2),
                        .type = text_or_none(c, s, 3),
                        .sha256 = text_or_none(c, s, 4),
                        .about_entity = text_or_none(c, s, 5),
                        .about = db_null(s, 6) ? 0 : db_int(s, 6),
                        .created_at = db_time(s, 7),
                        .created_by = db_null(s, 8) ? 0 : db_int(s, 8) };
}

/* PERMIT-23: what is put on a record changes it. */
static err may_put(ctx *c, str about_entity, int64_t about)
{
    const entity *e = snapshot_entity(c->snap, about_entity);
    rec          *r;
    err           x = e ? store_load(c, e, about, &r) : ERR_NOT_FOUND;
    if (x == ERR_NOT_FOUND)
        return ctx_problem(c, "about", STR("no_such_record"));
    TRY(x);
    return record_scope(c, VERB_UPDATE, r);
}

err file_begin(ctx *c, str name, str about_entity, int64_t about, int64_t *id)
{
    statement s;
    if (about)
        TRY(may_put(c, about_entity, about));
    TRY(db_next_id(c->conn, id));
    TRY(sql_open(
        c,
        STR("INSERT INTO "
            "\"zk_file\"(\"id\",\"name\",\"size\",\"type\",\"sha256\",\"about_entity\",\"about\",\"created_at\","
            "\"created_by\",\"complete\")VALUES($1,$2,0,'','',$3,$4,$5,$6,$7)"),
        &s));
    sql_int(&s, *id);
    sql_text(&s, name);
    sql_text(&s, about_entity);
    sql_id(&s, about);
    sql_time(&s, c->now_ms);
    sql_id(&s, c->actor.user);
    db_bind_bool(s.s, ++s.n, false);
    return sql_run(&s);
}

err file_piece(ctx *c, int64_t id, int64_t n, str bytes)
{
    ASSERT(bytes.n <= FILE_PIECE);
    statement s;
    TRY(sql_open(c, STR("INSERT INTO \"zk_file_chunk\"(\"file\",\"seq\",\"data\")VALUES($1,$2,$3)"), &s));
    sql_int(&s, id);
    sql_int(&s, n);
    db_bind_blob(s.s, ++s.n, bytes);
    return sql_run(&s);
}

err file_end(ctx *c, int64_t id, int64_t size, str type, str sha256)
{
    statement s;
    TRY(sql_open(c, STR("UPDATE \"zk_file\" SET \"size\"=$1,\"type\"=$2,\"sha256\"=$3,\"complete\"=$4 WHERE \"id\"=$5"),
                 &s));
    sql_int(&s, size);
    sql_text(&s, type);
    sql_text(&s, sha256);
    db_bind_bool(s.s, ++s.n, true);
    sql_int(&s, id);
    return sql_run(&s);
}

static err file_readable(ctx *c, const file_info *f)
{
    if (permit_is_admin(&c->actor) || (!f->about && f->created_by == c->actor.user))
        return ERR_OK;
    const entity *e = f->about ? snapshot_entity(c->snap, f->about_entity) : NULL;
    rec          *r;
    return e ? store_load(c, e, f->about, &r) : ERR_NOT_FOUND;
}

/* PERMIT-4: a file that is not there is asked about as one whose record is hidden: as if it were the one before it. */
static err refuse_absent(ctx *c, const file_info *before)
{
    const entity *e = before->about ? snapshot_entity(c->snap, before->about_entity) : NULL;
    return e && !permit_is_admin(&c->actor) ? record_refuse(c, e, before->about) : ERR_NOT_FOUND;
}

err file_find(ctx *c, int64_t id, file_info *out)
{
    statement s;
    bool      row;
    file_info f = { 0 };
    TRY(sql_open(c,
                 STR("SELECT " FILE_COLUMNS " FROM \"zk_file\" WHERE \"id\"<=$1 AND \"complete\"=$2 AND "
                     "\"deleted_at\" IS NULL ORDER BY \"id\" DESC LIMIT 1"),
                 &s));
    sql_int(&s, id);
    db_bind_bool(s.s, ++s.n, true);
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row)
        f = file_row(c, s.s);
    sql_close(&s);
    TRY(e);
    if (f.id != id)
        return refuse_absent(c, &f);
    TRY(file_readable(c, &f));
    *out = f;
    return ERR_OK;
}

err file_read(ctx *c, int64_t id, int64_t n, char *into, size_t *got)
{
    statement s;
    bool      row;
    TRY(sql_open(c, STR("SELECT \"data\" FROM \"zk_file_chunk\" WHERE \"file\"=$1 AND \"seq\"=$2"), &s));
    sql_int(&s, id);
    sql_int(&s, n);
    err e = sql_row(&s, &row);
    *got = 0;
    if (e == ERR_OK && row) {
        str bytes = db_blob(s.s, 0);
        ASSERT(bytes.n <= FILE_PIECE);
        memcpy(into, bytes.p, (size_t)bytes.n);
        *got = (size_t)bytes.n;
    }
    sql_close(&s);
    return e;
}

static err file_rows(ctx *c, statement *s, int limit, file_info **out, size_t *count)
{
    bool       row = true;
    err        e = ERR_OK;
    file_info *list = arena_make_n(c->a, file_info, limit);
    size_t     n = 0;
    while (n < (size_t)limit && (e = sql_row(s, &row)) == ERR_OK && row)
        list[n++] = file_row(c, s->s);
    sql_close(s);
    *out = list;
    *count = n;
    return e;
}

err file_list_before(ctx *c, const int64_t *about, size_t n, int64_t before_at, int64_t before_id, int limit,
                     file_info **out, size_t *count)
{
    statement s;
    ASSERT(n > 0 && n <= FILE_ABOUT);
    TRY(sql_open(c,
                 arena_printf(c->a,
                              "SELECT " FILE_COLUMNS " FROM \"zk_file\" WHERE \"complete\"=$1 AND \"deleted_at\" IS "
                              "NULL AND (\"created_at\"<$2 OR (\"created_at\"=$2 AND \"id\"<$3)) AND \"about\" %.*s "
                              "ORDER BY \"created_at\" DESC,\"id\" DESC LIMIT $4",
                              STR_ARG(sql_among(c, n, 5))),
                 &s));
    db_bind_bool(s.s, ++s.n, true);
    sql_time(&s, before_at);
    sql_int(&s, before_id);
    sql_int(&s, limit);
    sql_ids(&s, about, n);
    return file_rows(c, &s, limit, out, count);
}

err file_list(ctx *c, str about_entity, int64_t about, int limit, file_info **out, size_t *count)
{
    statement s;
    TRY(sql_open(c,
                 STR("SELECT " FILE_COLUMNS " FROM \"zk_file\" WHERE \"about\"=$1 AND \"about_entity\"=$2 AND "
                     "\"complete\"=$3 AND \"deleted_at\" IS NULL ORDER BY \"created_at\" DESC,\"id\" DESC LIMIT $4"),
                 &s));
    sql_int(&s, about);
    sql_text(&s, about_entity);
    db_bind_bool(s.s, ++s.n, true);
    sql_int(&s, limit);
    return file_rows(c, &s, limit, out, count);
}

static err drop(ctx *c, const char *sql, int64_t id)
{
    statement s;
    TRY(sql_open(c, str_from(sql), &s));
    sql_int(&s, id);
    return sql_run(&s);
}

/* PERMIT-23: bytes that are gone do not come back, so changing the record alone does not do. */
err file_may_remove(ctx *c, const file_info *f, bool *out)
{
    rec          *r;
    store_reason  why;
    const entity *e = f->about ? snapshot_entity(c->snap, f->about_entity) : NULL;
    *out = permit_is_admin(&c->actor) || f->created_by == c->actor.user;
    if (!*out || !e)
        return ERR_OK;
    TRY(store_load_any(c, e, f->about, &r));
    TRY(store_why(c, r, VERB_UPDATE, &why));
    *out = why.seen && ground_yes(why.why);
    return ERR_OK;
}

err file_delete(ctx *c, int64_t id)
{
    file_info f;
    bool      may;
    TRY(file_find(c, id, &f));
    TRY(file_may_remove(c, &f, &may));
    if (!may)
        return ctx_refuse(c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    TRY(drop(c, "DELETE FROM \"zk_file_chunk\" WHERE \"file\"=$1", id));
    return drop(c, "DELETE FROM \"zk_file\" WHERE \"id\"=$1", id);
}

err file_sweep(ctx *c)
{
    static const char *const sql[] = {
        "DELETE FROM \"zk_file_chunk\" WHERE \"file\" IN (SELECT \"id\" FROM \"zk_file\" WHERE \"complete\"=$1 AND "
        "\"created_at\"<$2)",
        "DELETE FROM \"zk_file\" WHERE \"complete\"=$1 AND \"created_at\"<$2",
    };
    for (size_t i = 0; i < countof(sql); i++) {
        statement s;
        TRY(sql_open(c, str_from(sql[i]), &s));
        db_bind_bool(s.s, ++s.n, false);
        sql_time(&s, c->now_ms - DAY_MS);
        TRY(sql_run(&s));
    }
    return ERR_OK;
}

err file_move(ctx *c, str from_entity, int64_t from, str to_entity, int64_t to)
{
    statement s;
    if (c->operation) {
        TRY(sql_open(c,
                     STR("INSERT INTO \"zk_file_move\"(\"operation\",\"file\",\"entity\",\"record\",\"into\") SELECT "
                         "$1,\"id\",\"about_entity\",\"about\",$2 FROM \"zk_file\" WHERE \"about\"=$3 AND "
                         "\"about_entity\"=$4"),
                     &s));
        sql_int(&s, c->operation);
        sql_int(&s, to);
        sql_int(&s, from);
        sql_text(&s, from_entity);
        TRY(sql_run(&s));
    }
    TRY(sql_open(c,
                 STR("UPDATE \"zk_file\" SET \"about_entity\"=$1,\"about\"=$2 WHERE \"about\"=$3 AND "
                     "\"about_entity\"=$4"),
                 &s));
    sql_text(&s, to_entity);
    sql_int(&s, to);
    sql_int(&s, from);
    sql_text(&s, from_entity);
    return sql_run(&s);
}

/* Those that lie where they were moved to; what somebody has moved on since stays there. */
err file_move_back(ctx *c, int64_t operation)
{
    statement s;
    TRY(sql_open(
        c,
        STR("UPDATE \"zk_file\" SET \"about_entity\"=(SELECT m.\"entity\" FROM \"zk_file_move\" m WHERE "
            "m.\"operation\"=$1 AND m.\"file\"=\"zk_file\".\"id\"),\"about\"=(SELECT m.\"record\" FROM "
            "\"zk_file_move\" m WHERE m.\"operation\"=$2 AND m.\"file\"=\"zk_file\".\"id\") WHERE EXISTS(SELECT "
            "1 FROM \"zk_file_move\" m WHERE m.\"operation\"=$3 AND m.\"file\"=\"zk_file\".\"id\" AND "
            "m.\"into\"=\"zk_file\".\"about\")"),
        &s));
    for (int i = 0; i < 3; i++)
        sql_int(&s, operation);
    return sql_run(&s);
}
