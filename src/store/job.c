/* zk_job. */
#include "store/job.h"

#include "base/date.h"
#include "store/internal.h"

#define JOB_COLUMNS                                                                                                    \
    "\"id\",\"created_by\",\"kind\",\"state\",\"phase\",\"params\",\"result\",\"error\",\"done\",\"total\",\"created_" \
    "at\","                                                                                                            \
    "\"started_at\",\"finished_at\",\"cancel\",\"turn\""

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
                      .cancel = db_bool(s, 13),
                      .turn = db_null(s, 14) ? 0 : db_int(s, 14) };
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
    bool      ours;
    TRY(job_find(c, id, &j));
    if (str_eq(j.state, STR("queued")))
        return job_finish(c, &j, STR("cancelled"), (str){ 0 }, (str){ 0 }, &ours);
    if (!str_eq(j.state, STR("running")))
        return ctx_refuse(c, ERR_CONFLICT, STR("job_over"), (str){ 0 });
    TRY(sql_open(c, STR("UPDATE \"zk_job\" SET \"cancel\"=$1 WHERE \"id\"=$2"), &s));
    db_bind_bool(s.s, ++s.n, true);
    sql_int(&s, id);
    return sql_run(&s);
}

err job_cancel_of(ctx *c, int64_t user)
{
    statement s;
    TRY(sql_open(c,
                 STR("UPDATE \"zk_job\" SET \"state\"='cancelled',\"finished_at\"=$1 WHERE \"state\"='queued' AND "
                     "\"kind\"<>'reindex' AND \"created_by\"=$2"),
                 &s));
    sql_time(&s, c->now_ms);
    sql_int(&s, user);
    TRY(sql_run(&s));
    TRY(sql_open(c,
                 STR("UPDATE \"zk_job\" SET \"cancel\"=$1 WHERE \"state\"='running' AND \"kind\"<>'reindex' AND "
                     "\"created_by\"=$2"),
                 &s));
    db_bind_bool(s.s, ++s.n, true);
    sql_int(&s, user);
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

err job_open(ctx *c, str kind, str request, bool *out)
{
    statement s;
    TRY(sql_open(c,
                 STR("SELECT 1 FROM \"zk_job\" WHERE \"state\" IN ('queued','running') AND \"kind\"=$1 AND "
                     "CAST(\"params\" AS TEXT)=$2 LIMIT 1"),
                 &s));
    sql_text(&s, kind);
    sql_text(&s, request);
    err e = sql_row(&s, out);
    sql_close(&s);
    return e;
}

err job_claim(ctx *c, job_row *out)
{
    statement s;
    bool      row;
    TRY(sql_open(
        c,
        STR("UPDATE \"zk_job\" SET \"state\"='running',\"started_at\"=COALESCE(\"started_at\",$1),\"updated_at\"=$1,"
            "\"turn\"=COALESCE(\"turn\",0)+1 WHERE "
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

/* UPDATE … WHERE the turn is ours RETURNING a boolean, which goes into *first. */
static err own_turn(statement *s, bool *first, bool *ours)
{
    bool more;
    err  e = sql_row(s, &more);
    *ours = e == ERR_OK && more;
    if (*ours && first)
        *first = db_bool(s->s, 0);
    while (e == ERR_OK && more)
        e = sql_row(s, &more);
    sql_close(s);
    return e;
}

#define STILL_OURS "\"state\"='running' AND \"turn\"="

err job_progress(ctx *c, const job_row *j, str phase, int64_t done, int64_t total, bool *cancel, bool *ours)
{
    statement s;
    TRY(sql_open(c,
                 STR("UPDATE \"zk_job\" SET \"phase\"=$1,\"done\"=$2,\"total\"=$3,\"updated_at\"=$4 WHERE \"id\"=$5 "
                     "AND " STILL_OURS "$6 RETURNING \"cancel\""),
                 &s));
    sql_text(&s, phase);
    sql_int(&s, done);
    sql_int(&s, total);
    sql_time(&s, c->now_ms);
    sql_int(&s, j->id);
    sql_int(&s, j->turn);
    return own_turn(&s, cancel, ours);
}

err job_alive(ctx *c, int64_t id, int64_t turn)
{
    statement s;
    TRY(sql_open(c, STR("UPDATE \"zk_job\" SET \"updated_at\"=$1 WHERE \"id\"=$2 AND " STILL_OURS "$3"), &s));
    sql_time(&s, c->now_ms);
    sql_int(&s, id);
    sql_int(&s, turn);
    return sql_run(&s);
}

static err note_add(ctx *c, int64_t id, str note)
{
    statement s;
    if (note.n == 0)
        return ERR_OK;
    TRY(sql_open(c,
                 STR("INSERT INTO \"zk_job_note\"(\"job\",\"seq\",\"text\") SELECT $1,"
                     "COALESCE((SELECT max(\"seq\") FROM \"zk_job_note\" WHERE \"job\"=$1),0)+1,$2"),
                 &s));
    sql_int(&s, id);
    sql_text(&s, note);
    return sql_run(&s);
}

static err notes_drop(ctx *c, int64_t id)
{
    statement s;
    TRY(sql_open(c, STR("DELETE FROM \"zk_job_note\" WHERE \"job\"=$1"), &s));
    sql_int(&s, id);
    return sql_run(&s);
}

err job_keep(ctx *c, const job_row *j, int64_t operation, str result, str note, bool *ours)
{
    statement s;
    TRY(sql_open(c,
                 STR("UPDATE \"zk_job\" SET \"result\"=$1,\"deaths\"=0,\"updated_at\"=$2,\"operation\"=$5 WHERE "
                     "\"id\"=$3 AND " STILL_OURS "$4 RETURNING \"cancel\""),
                 &s));
    sql_text(&s, result);
    sql_time(&s, c->now_ms);
    sql_int(&s, j->id);
    sql_int(&s, j->turn);
    sql_id(&s, operation);
    TRY(own_turn(&s, NULL, ours));
    return *ours ? note_add(c, j->id, note) : ERR_OK;
}

err job_notes(ctx *c, int64_t id, int64_t *seq, size_t limit, str **out, size_t *count)
{
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    TRY(sql_open(
        c,
        STR("SELECT \"seq\",\"text\" FROM \"zk_job_note\" WHERE \"job\"=$1 AND \"seq\">$2 ORDER BY \"seq\" LIMIT $3"),
        &s));
    sql_int(&s, id);
    sql_int(&s, *seq);
    sql_int(&s, (int64_t)limit);
    *out = arena_make_n(c->a, str, limit);
    *count = 0;
    while (*count < limit && (e = sql_row(&s, &row)) == ERR_OK && row) {
        *seq = db_int(s.s, 0);
        (*out)[(*count)++] = arena_str(c->a, db_text(s.s, 1));
    }
    sql_close(&s);
    return e;
}

err job_finish(ctx *c, const job_row *j, str state, str result, str error, bool *ours)
{
    statement s;
    TRY(sql_open(c,
                 STR("UPDATE \"zk_job\" SET \"state\"=$1,\"result\"=COALESCE($2,\"result\"),\"error\"=$3,"
                     "\"finished_at\"=$4,\"updated_at\"=$4 WHERE \"id\"=$5 AND \"state\" IN ('queued','running') AND "
                     "COALESCE(\"turn\",0)=$6 RETURNING \"cancel\""),
                 &s));
    sql_text(&s, state);
    sql_text(&s, result);
    sql_text(&s, error);
    sql_time(&s, c->now_ms);
    sql_int(&s, j->id);
    sql_int(&s, j->turn);
    TRY(own_turn(&s, NULL, ours));
    return *ours ? notes_drop(c, j->id) : ERR_OK;
}

enum { DEATHS_MOST = 3 }; /* without a step between them */

err job_again(ctx *c, const job_row *j, bool died, bool *again)
{
    statement s;
    TRY(sql_open(
        c,
        STR("UPDATE \"zk_job\" SET \"state\"='queued',\"deaths\"=COALESCE(\"deaths\",0)+$1,\"updated_at\"=$2 WHERE "
            "\"id\"=$3 AND COALESCE(\"deaths\",0)+$1<$4 AND " STILL_OURS "$5 RETURNING \"cancel\""),
        &s));
    sql_int(&s, died);
    sql_time(&s, c->now_ms);
    sql_int(&s, j->id);
    sql_int(&s, DEATHS_MOST);
    sql_int(&s, j->turn);
    return own_turn(&s, NULL, again);
}

err job_stop_of(ctx *c, int64_t operation)
{
    statement s;
    TRY(sql_open(c,
                 STR("UPDATE \"zk_job\" SET \"state\"='cancelled',\"finished_at\"=$1,\"updated_at\"=$1 WHERE "
                     "\"state\" IN ('queued','running') AND \"operation\"=$2"),
                 &s));
    sql_time(&s, c->now_ms);
    sql_int(&s, operation);
    return sql_run(&s);
}

err job_silent(ctx *c, int64_t silent_since, bool *out)
{
    statement s;
    TRY(sql_open(c, STR("SELECT 1 FROM \"zk_job\" WHERE \"state\"='running' AND \"updated_at\"<$1 LIMIT 1"), &s));
    sql_time(&s, silent_since);
    err e = sql_row(&s, out);
    sql_close(&s);
    return e;
}

/* Those of a program that kept no steps have no turn. */
static err queue_silent(ctx *c, int64_t silent_since)
{
    statement s;
    TRY(sql_open(
        c,
        STR("UPDATE \"zk_job\" SET \"state\"='queued',\"deaths\"=COALESCE(\"deaths\",0)+1,\"updated_at\"=$1 WHERE "
            "\"state\"='running' AND \"updated_at\"<$2 AND \"turn\" IS NOT NULL AND \"cancel\"=$3 AND "
            "COALESCE(\"deaths\",0)+1<$4"),
        &s));
    sql_time(&s, c->now_ms);
    sql_time(&s, silent_since);
    db_bind_bool(s.s, ++s.n, false);
    sql_int(&s, DEATHS_MOST);
    return sql_run(&s);
}

err job_bury(ctx *c, int64_t silent_since, str error)
{
    statement s;
    TRY(queue_silent(c, silent_since));
    TRY(sql_open(c,
                 STR("DELETE FROM \"zk_job_note\" WHERE \"job\" IN (SELECT \"id\" FROM \"zk_job\" WHERE "
                     "\"state\"='running' AND \"updated_at\"<$1)"),
                 &s));
    sql_time(&s, silent_since);
    TRY(sql_run(&s));
    TRY(sql_open(
        c,
        STR("UPDATE \"zk_job\" SET \"state\"=CASE WHEN \"cancel\"=$1 THEN 'cancelled' ELSE 'failed' END,"
            "\"error\"=$2,\"finished_at\"=$3,\"updated_at\"=$3 WHERE \"state\"='running' AND \"updated_at\"<$4"),
        &s));
    db_bind_bool(s.s, ++s.n, true);
    sql_text(&s, error);
    sql_time(&s, c->now_ms);
    sql_time(&s, silent_since);
    return sql_run(&s);
}
