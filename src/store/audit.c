/* zk_audit. */
#include "store/audit.h"

#include "base/date.h"
#include "store/internal.h"

enum { WORD_BYTES = 200, AGENT_BYTES = 300, ADDRESS_BYTES = 64 };

static const char *const kinds[] = {
    [AUDIT_SIGN_IN] = "sign_in",
    [AUDIT_SIGN_IN_REFUSED] = "sign_in_refused",
    [AUDIT_SIGN_OUT] = "sign_out",
    [AUDIT_SESSION_ENDED] = "session_ended",
    [AUDIT_PASSWORD_CHANGED] = "password_changed",
    [AUDIT_PASSWORD_SET] = "password_set",
    [AUDIT_RESET_ASKED] = "reset_asked",
    [AUDIT_RESET_LINK] = "reset_link",
    [AUDIT_PASSWORD_RESET] = "password_reset",
    [AUDIT_INVITED] = "invited",
    [AUDIT_JOINED] = "joined",
    [AUDIT_TOTP_ON] = "totp_on",
    [AUDIT_TOTP_OFF] = "totp_off",
    [AUDIT_TOTP_RESET] = "totp_reset",
    [AUDIT_TOTP_REFUSED] = "totp_refused",
    [AUDIT_RECOVERY_USED] = "recovery_used",
    [AUDIT_RECOVERY_MADE] = "recovery_made",
    [AUDIT_TOKEN_MADE] = "token_made",
    [AUDIT_TOKEN_ENDED] = "token_ended",
    [AUDIT_USER_STATE] = "user_state",
    [AUDIT_SETTINGS] = "settings",
    [AUDIT_MAIL_SENT] = "mail_sent",
    [AUDIT_RIGHTS] = "rights",
    [AUDIT_EXPORT] = "export",
    [AUDIT_IMPORT] = "import",
    [AUDIT_BULK] = "bulk",
    [AUDIT_BACKUP] = "backup",
    [AUDIT_UNMASKED] = "unmasked",
    [AUDIT_UNMASK_REFUSED] = "unmask_refused",
    [AUDIT_ERASED] = "erased",
};
_Static_assert(countof(kinds) == AUDIT_KINDS, "one name per kind");

const char *audit_kind_name(audit_kind k)
{
    return kinds[k];
}

bool audit_kind_from(str name, audit_kind *out)
{
    for (size_t i = 0; i < AUDIT_KINDS; i++)
        if (str_eq(name, str_from(kinds[i]))) {
            *out = (audit_kind)i;
            return true;
        }
    return false;
}

static str detail_text(ctx *c, const audit_word *words)
{
    buf         b;
    json_writer w;
    if (!words || !words->name)
        return (str){ 0 };
    buf_init(&b, 16 << 10);
    json_begin(&w, &b);
    json_object(&w);
    for (; words->name; words++)
        if (words->text.p)
            json_put_string(&w, words->name, utf8_cut(words->text, WORD_BYTES));
        else
            json_put_int(&w, words->name, words->number);
    json_object_end(&w);
    str text = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return text;
}

/* A header is bytes until somebody has looked. */
static str header_text(str s, ptrdiff_t most)
{
    return utf8_valid(s) ? utf8_cut(s, most) : (str){ 0 };
}

err audit_write(ctx *c, audit_kind kind, int64_t user, const audit_word *words)
{
    return audit_write_of(c, kind, user, (str){ 0 }, 0, words);
}

err audit_write_of(ctx *c, audit_kind kind, int64_t user, str of, int64_t record, const audit_word *words)
{
    statement s;
    TRY(sql_open(c,
                 STR("INSERT INTO "
                     "\"zk_audit\"(\"at\",\"kind\",\"user_id\",\"by_user\",\"address\",\"agent\",\"detail\",\"entity\","
                     "\"record\")VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9)"),
                 &s));
    sql_time(&s, c->now_ms);
    sql_text(&s, str_from(kinds[kind]));
    sql_id(&s, user);
    sql_id(&s, c->actor.user);
    sql_text(&s, header_text(c->address, ADDRESS_BYTES));
    sql_text(&s, header_text(c->agent, AGENT_BYTES));
    sql_text(&s, detail_text(c, words));
    sql_text(&s, of);
    sql_id(&s, record);
    return sql_insert(&s);
}

/* ---- reading ---- */

static err open_rows(ctx *c, const audit_request *q, statement *s)
{
    int n = 5;
    buf b;
    buf_init(&b, 4096);
    buf_putz(&b, "SELECT e.\"seq\",e.\"at\",e.\"kind\",e.\"user_id\",u.\"name\",e.\"by_user\",b.\"name\","
                 "e.\"address\",e.\"agent\",e.\"detail\",e.\"record\",r.\"name\",e.\"entity\" FROM \"zk_audit\" e "
                 "LEFT JOIN \"zk_record\" u ON u.\"id\"=e.\"user_id\" LEFT JOIN \"zk_record\" b ON "
                 "b.\"id\"=e.\"by_user\" LEFT JOIN \"zk_record\" r ON r.\"id\"=e.\"record\" WHERE e.\"seq\"<$1 AND "
                 "e.\"at\">=$2 AND e.\"at\"<$3");
    if (q->user) {
        buf_printf(&b, " AND (e.\"user_id\"=$%d OR e.\"by_user\"=$%d)", n, n + 1);
        n += 2;
    }
    if (q->kind.n)
        buf_printf(&b, " AND e.\"kind\"=$%d", n++);
    if (q->entity.n)
        buf_printf(&b, " AND e.\"entity\"=$%d", n++);
    if (q->record)
        buf_printf(&b, " AND e.\"record\"=$%d", n++);
    buf_putz(&b, " ORDER BY e.\"seq\" DESC LIMIT $4");
    err e = sql_open(c, buf_str(&b), s);
    buf_free(&b);
    TRY(e);
    sql_int(s, q->after ? q->after : INT64_MAX);
    sql_time(s, q->from_ms);
    sql_time(s, q->to_ms);
    sql_int(s, q->limit + 1);
    for (int i = 0; q->user && i < 2; i++)
        sql_int(s, q->user);
    if (q->kind.n)
        sql_text(s, q->kind);
    if (q->entity.n)
        sql_text(s, q->entity);
    if (q->record)
        sql_int(s, q->record);
    return ERR_OK;
}

static void put_person(json_writer *w, const char *key, db_stmt *s, int column)
{
    json_key(w, str_from(key));
    if (db_null(s, column)) {
        json_null(w);
        return;
    }
    json_object(w);
    json_put_id(w, "id", db_int(s, column));
    json_put_string(w, "name", db_null(s, column + 1) ? (str){ 0 } : db_text(s, column + 1));
    json_object_end(w);
}

static void put_text(json_writer *w, const char *key, db_stmt *s, int column)
{
    if (db_null(s, column))
        json_put_null(w, key);
    else
        json_put_string(w, key, db_text(s, column));
}

static void put_event(json_writer *w, db_stmt *s)
{
    char at[TIME_TEXT];
    time_format(db_time(s, 1), at);
    json_object(w);
    json_put_id(w, "id", db_int(s, 0));
    json_put_string(w, "at", str_from(at));
    json_put_string(w, "kind", db_text(s, 2));
    put_person(w, "user", s, 3);
    put_person(w, "by", s, 5);
    put_text(w, "entity", s, 12);
    put_person(w, "record", s, 10);
    put_text(w, "address", s, 7);
    put_text(w, "agent", s, 8);
    json_key(w, STR("detail"));
    if (db_null(s, 9))
        json_raw(w, STR("{}"));
    else
        json_raw(w, db_text(s, 9));
    json_object_end(w);
}

err audit_json(ctx *c, const audit_request *q, json_writer *w)
{
    statement s;
    bool      row = true, more = false;
    err       e = ERR_OK;
    int64_t   last = 0;
    TRY(open_rows(c, q, &s));
    json_object(w);
    json_key(w, STR("events"));
    json_array(w);
    for (int n = 0; (e = sql_row(&s, &row)) == ERR_OK && row; n++) {
        more = n == q->limit;
        if (more)
            break;
        last = db_int(s.s, 0);
        put_event(w, s.s);
    }
    sql_close(&s);
    TRY(e);
    json_array_end(w);
    if (more)
        json_put_string(w, "next", arena_printf(c->a, "%lld", (long long)last));
    else
        json_put_null(w, "next");
    json_object_end(w);
    return ERR_OK;
}
