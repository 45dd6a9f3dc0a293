/* zk_job. */
#include "store/job.h"

#include "base/date.h"
#include "store/internal.h"

#define JOB_COLUMNS                                                                                                    \
    "\"id\",\"created_by\",\"kind\",\"state\",\"phase\",\"params\",\"result\",\"error\",\"done\",\"total\",\"created_" \
    "at\","                                                                                                            \
    "\"started_at\",\"finished_at\",\"cancel\""

static str text_or_none(ctx *c, db_stmt *s, int column)
{
    return db_null(s, column) ? (str){ 0 } : arena_str(c->a, db_text(s, column));
}

static int64_t time_or_zero(db_stmt *s, int column)
{
    return db_null(s, column) ? 0 : db_time(s, column);
}

static job_row job_read(ctx *c, db_stmt *s)
{
    return (job_row){ .id = db_int(s, 0),
                      .user = db_null(s, 1) ? 0 : db_int(s, 1),
                      .kind = text_or_none(c, s, 2),
                      .state = text_or_none(c, s, 3),
                      .phase = text_or_none(c, s, 4),
                      .request = text_or_none(c, s, 5),
                      .result = text_or_none(c, s, 6),
                      .error = text_or_none(c, s, 7),
                      .done = db_int(s, 8),
                      .total = db_int(s, 9),
                      .created_at = db_time(s, 10),
                      .started_at = time_or_zero(s, 11),
                      .finished_at = time_or_zero(s, 12),
                      .cancel = db_bool(s, 13) };
}

err job_add(ctx *c, str kind, str request, int64_t *id)
{
    statement s;
    TRY(db_next_id(c->conn, id));
    TRY(sql_open(c,
                 STR("INSERT INTO "
                     "\"zk_job\"(\"id\",\"created_by\",\"kind\",\"state\",\"params\",\"done\",\"total\",\"created_at\","
                     "\"updated_at\","
                     "\"cancel\")VALUES($1,$2,$3,'queued',$4,0,0,$5,$5,$6)"),
                 &s));
    sql_int(&s, *id);
    sql_id(&s, c->actor.user);
    sql_text(&s, kind);
    sql_text(&s, request);
    sql_time(&s, c->now_ms);
    db_bind_bool(s.s, ++s.n, false);
    return sql_run(&s);
}

static int64_t whose(const ctx *c)
{
    return permit_is_admin(&c->actor) ? 0 : c->actor.user;
}

err job_find(ctx *c, int64_t id, job_row *out)
{
    statement s;
    bool      row;
    TRY(sql_open(c,
                 STR("SELECT " JOB_COLUMNS
                     " FROM \"zk_job\" WHERE \"id\"=$1 AND (CAST($2 AS bigint)=0 OR \"created_by\"=$2)"),
                 &s));
    sql_int(&s, id);
    sql_int(&s, whose(c));
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row)
        *out = job_read(c, s.s);
    sql_close(&s);
    return e == ERR_OK && !row ? ERR_NOT_FOUND : e;
}

err job_list(ctx *c, int limit, job_row **out, size_t *count)
{
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    job_row  *list = arena_make_n(c->a, job_row, limit);
    size_t    n = 0;
    TRY(sql_open(c,
                 STR("SELECT " JOB_COLUMNS " FROM \"zk_job\" WHERE (CAST($1 AS bigint)=0 OR \"created_by\"=$1) "
                     "ORDER BY \"id\" DESC LIMIT $2"),
                 &s));
    sql_int(&s, whose(c));
    sql_int(&s, limit);
    while (n < (size_t)limit && (e = sql_row(&s, &row)) == ERR_OK && row)
        list[n++] = job_read(c, s.s);
    sql_close(&s);
    *out = list;
    *count = n;
    return e;
}

err job_cancel(ctx *c, int64_t id)
{
    job_row   j;
    statement s;
    TRY(job_find(c, id, &j));
    if (str_eq(j.state, STR("queued")))
        return job_finish(c, id, STR("cancelled"), (str){ 0 }, (str){ 0 });
    if (!str_eq(j.state, STR("running")))
        return ctx_refuse(c, ERR_CONFLICT, STR("job_over"), (str){ 0 });
    TRY(sql_open(c, STR("UPDATE \"zk_job\" SET \"cancel\"=$1 WHERE \"id\"=$2"), &s));
    db_bind_bool(s.s, ++s.n, true);
    sql_int(&s, id);
    return sql_run(&s);
}

err job_waiting(ctx *c, bool *out)
{
    statement s;
    TRY(sql_open(c, STR("SELECT 1 FROM \"zk_job\" WHERE \"state\"='queued' LIMIT 1"), &s));
    err e = sql_row(&s, out);
    sql_close(&s);
    return e;
}

err job_claim(ctx *c, job_row *out)
{
    statement s;
    bool      row;
    TRY(sql_open(c,
                 STR("UPDATE \"zk_job\" SET \"state\"='running',\"started_at\"=$1,\"updated_at\"=$1 WHERE "
                     "\"state\"='queued' AND "
                     "\"id\"=(SELECT min(\"id\") FROM \"zk_job\" WHERE \"state\"='queued') RETURNING " JOB_COLUMNS),
                 &s));
    sql_time(&s, c->now_ms);
    err  e = sql_row(&s, &row);
    bool found = e == ERR_OK && row;
    if (found)
        *out = job_read(c, s.s);
    while (e == ERR_OK && row)
        e = sql_row(&s, &row);
    sql_close(&s);
    return e == ERR_OK && !found ? ERR_NOT_FOUND : e;
}

err job_progress(ctx *c, int64_t id, str phase, int64_t done, int64_t total, bool *cancel)
{
    statement s;
    bool      row;
    TRY(sql_open(c,
                 STR("UPDATE \"zk_job\" SET \"phase\"=$1,\"done\"=$2,\"total\"=$3,\"updated_at\"=$4 WHERE \"id\"=$5 "
                     "RETURNING \"cancel\""),
                 &s));
    sql_text(&s, phase);
    sql_int(&s, done);
    sql_int(&s, total);
    sql_time(&s, c->now_ms);
    sql_int(&s, id);
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row)
        *cancel = db_bool(s.s, 0);
    while (e == ERR_OK && row)
        e = sql_row(&s, &row);
    sql_close(&s);
    return e;
}

err job_finish(ctx *c, int64_t id, str state, str result, str error)
{
    statement s;
    TRY(sql_open(c,
                 STR("UPDATE \"zk_job\" SET "
                     "\"state\"=$1,\"result\"=$2,\"error\"=$3,\"finished_at\"=$4,\"updated_at\"=$4 WHERE \"id\"=$5"),
                 &s));
    sql_text(&s, state);
    sql_text(&s, result);
    sql_text(&s, error);
    sql_time(&s, c->now_ms);
    sql_int(&s, id);
    return sql_run(&s);
}

err job_bury(ctx *c, int64_t silent_since, str error)
{
    statement s;
    TRY(sql_open(c,
                 STR("UPDATE \"zk_job\" SET \"state\"='failed',\"error\"=$1,\"finished_at\"=$2,\"updated_at\"=$2 WHERE "
                     "\"state\"='running' AND "
                     "\"updated_at\"<$3"),
                 &s));
    sql_text(&s, error);
    sql_time(&s, c->now_ms);
    sql_time(&s, silent_since);
    return sql_run(&s);
}
