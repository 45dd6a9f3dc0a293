/* zk_idempotency, zk_setting, the list of zk_operation. */
#include "store/kept.h"

#include "base/date.h"
#include "base/random.h"
#include "store/internal.h"
#include "store/secret.h"

static str text_or_none(ctx *c, db_stmt *s, int column)
{
    return db_null(s, column) ? (str){ 0 } : arena_str(c->a, db_text(s, column));
}

err answer_find(ctx *c, str key, kept_answer *out)
{
    statement s;
    bool      row;
    TRY(sql_open_secret(c,
                        STR("SELECT \"request\",\"status\",\"headers\",\"body\" FROM \"zk_idempotency\" "
                            "WHERE \"user_id\"=$1 AND \"name\"=$2 AND \"at\">$3"),
                        &s));
    sql_int(&s, c->actor.user);
    sql_text(&s, key);
    sql_time(&s, c->now_ms - DAY_MS);
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row)
        *out = (kept_answer){ .print = arena_str(c->a, db_blob(s.s, 0)),
                              .status = db_int(s.s, 1),
                              .headers = text_or_none(c, s.s, 2),
                              .body = db_null(s.s, 3) ? (str){ 0 } : arena_str(c->a, db_blob(s.s, 3)) };
    sql_close(&s);
    return e == ERR_OK && !row ? ERR_NOT_FOUND : e;
}

err answer_keep(ctx *c, str key, const kept_answer *a)
{
    statement s;
    TRY(sql_open_secret(c, STR("DELETE FROM \"zk_idempotency\" WHERE \"user_id\"=$1 AND \"name\"=$2 AND \"at\"<=$3"),
                        &s));
    sql_int(&s, c->actor.user);
    sql_text(&s, key);
    sql_time(&s, c->now_ms - DAY_MS);
    TRY(sql_run(&s));
    TRY(sql_open_secret(
        c,
        STR("INSERT INTO \"zk_idempotency\"(\"user_id\",\"name\",\"at\",\"request\",\"status\",\"headers\",\"body\")"
            "VALUES($1,$2,$3,$4,$5,$6,$7)"),
        &s));
    sql_int(&s, c->actor.user);
    sql_text(&s, key);
    sql_time(&s, c->now_ms);
    db_bind_blob(s.s, ++s.n, a->print);
    sql_int(&s, a->status);
    sql_text(&s, a->headers);
    db_bind_blob(s.s, ++s.n, a->body);
    return sql_run(&s);
}

err answer_sweep(ctx *c)
{
    statement s;
    TRY(sql_open_secret(c, STR("DELETE FROM \"zk_idempotency\" WHERE \"at\"<=$1"), &s));
    sql_time(&s, c->now_ms - DAY_MS);
    return sql_run(&s);
}

err setting_put(ctx *c, str key, str text)
{
    statement s;
    TRY(sql_open(c,
                 STR("INSERT INTO \"zk_setting\"(\"name\",\"value\")VALUES($1,$2) "
                     "ON CONFLICT(\"name\") DO UPDATE SET \"value\"=excluded.\"value\""),
                 &s));
    sql_text(&s, key);
    sql_text(&s, text);
    return sql_run(&s);
}

err operation_list(ctx *c, int64_t id, int64_t before, int limit, operation_row **out, size_t *count)
{
    statement      s;
    bool           row = true;
    err            e = ERR_OK;
    operation_row *list = arena_make_n(c->a, operation_row, limit);
    size_t         n = 0;
    TRY(sql_open(
        c,
        STR("SELECT o.\"id\",o.\"by_user\",o.\"kind\",o.\"note\",o.\"at\",o.\"undone_at\",o.\"undone_by\",r.\"name\","
            "(SELECT count(*) FROM \"zk_picture\" p WHERE p.\"operation\"=o.\"id\") "
            "FROM \"zk_operation\" o LEFT JOIN \"zk_record\" r ON r.\"id\"=o.\"by_user\" "
            "WHERE (CAST($1 AS bigint)=0 OR o.\"by_user\"=$1) AND (CAST($2 AS bigint)=0 OR o.\"id\"<$2) AND "
            "(CAST($3 AS bigint)=0 OR o.\"id\"=$3) ORDER BY o.\"id\" DESC LIMIT $4"),
        &s));
    sql_int(&s, permit_is_admin(&c->actor) ? 0 : c->actor.user);
    sql_int(&s, before);
    sql_int(&s, id);
    sql_int(&s, limit);
    while (n < (size_t)limit && (e = sql_row(&s, &row)) == ERR_OK && row)
        list[n++] = (operation_row){ .id = db_int(s.s, 0),
                                     .user = db_null(s.s, 1) ? 0 : db_int(s.s, 1),
                                     .kind = text_or_none(c, s.s, 2),
                                     .note = text_or_none(c, s.s, 3),
                                     .at = db_time(s.s, 4),
                                     .undone_at = db_null(s.s, 5) ? 0 : db_time(s.s, 5),
                                     .undone_by = db_null(s.s, 6) ? 0 : db_int(s.s, 6),
                                     .user_name = text_or_none(c, s.s, 7),
                                     .records = db_int(s.s, 8) };
    sql_close(&s);
    *out = list;
    *count = n;
    return e;
}

err sign_text(ctx *c, str message, str *hex)
{
    unsigned char mac[SIGNATURE_BYTES];
    str           key;
    TRY(secret_signing_key(c, &key));
    hmac_sha256(key, message, mac);
    *hex = hex_encode(c->a, (str){ (const char *)mac, sizeof mac });
    return ERR_OK;
}

err sign_check(ctx *c, str message, str hex, bool *good)
{
    str right;
    TRY(sign_text(c, message, &right));
    *good = equal_secret(right, hex);
    return ERR_OK;
}
