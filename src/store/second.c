/* zk_totp, zk_recovery, zk_half, and three rows of zk_setting. */
#include "store/second.h"

#include "base/date.h"
#include "base/random.h"
#include "base/totp.h"
#include "store/internal.h"
#include "store/kept.h"
#include "store/secret.h"

#define SEED     "totp"
#define SEED_NEW "totp.new"

enum { CODE_BYTES = 10, GROUP = 4 };

/* ---- what is asked ---- */

static const char *const rules[] = { "nobody", "administrators", "everybody" };
_Static_assert(countof(rules) == SECOND_RULES, "one name per rule");

const char *second_rule_name(second_rule r)
{
    return rules[r];
}

bool second_rule_from(str name, second_rule *out)
{
    for (size_t i = 0; i < countof(rules); i++)
        if (str_eq(name, str_from(rules[i]))) {
            *out = (second_rule)i;
            return true;
        }
    return false;
}

err policy_read(ctx *c, sign_in_policy *out)
{
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    *out = (sign_in_policy){ .looks_an_hour = LOOKS_AN_HOUR };
    TRY(sql_open(c,
                 STR("SELECT \"name\",\"value\" FROM \"zk_setting\" WHERE \"name\" IN "
                     "('sign_in.idle_hours','sign_in.most_days','sign_in.second','sign_in.looks')"),
                 &s));
    while ((e = sql_row(&s, &row)) == ERR_OK && row) {
        str name = db_text(s.s, 0), v = db_null(s.s, 1) ? (str){ 0 } : db_text(s.s, 1);
        if (str_eq(name, STR("sign_in.idle_hours")))
            (void)str_to_int64(v, &out->idle_hours);
        else if (str_eq(name, STR("sign_in.most_days")))
            (void)str_to_int64(v, &out->most_days);
        else if (str_eq(name, STR("sign_in.looks")))
            (void)str_to_int64(v, &out->looks_an_hour);
        else
            (void)second_rule_from(v, &out->second);
    }
    sql_close(&s);
    return e;
}

err policy_write(ctx *c, const sign_in_policy *p)
{
    TRY(setting_put(c, STR("sign_in.idle_hours"), arena_printf(c->a, "%lld", (long long)p->idle_hours)));
    TRY(setting_put(c, STR("sign_in.most_days"), arena_printf(c->a, "%lld", (long long)p->most_days)));
    TRY(setting_put(c, STR("sign_in.looks"), arena_printf(c->a, "%lld", (long long)p->looks_an_hour)));
    return setting_put(c, STR("sign_in.second"), str_from(rules[p->second]));
}

/* By the organisation, or by a role of the person. */
err second_required(ctx *c, int64_t user, bool *out)
{
    sign_in_policy p;
    statement      s;
    bool           row;
    *out = false;
    TRY(policy_read(c, &p));
    if (p.second == SECOND_EVERYBODY) {
        *out = true;
        return ERR_OK;
    }
    TRY(sql_open(
        c,
        STR("SELECT 1 FROM \"roles\" r WHERE (r.\"second_step\"=$1 OR r.\"administrator\"=$2) AND "
            "r.\"deleted_at\" IS NULL AND (r.\"id\"=(SELECT u.\"role\" FROM \"users\" u "
            "WHERE u.\"id\"=$3) OR r.\"id\" IN (SELECT f.\"role\" FROM \"user_roles\" f WHERE f.\"user\"=$3 AND "
            "f.\"deleted_at\" IS NULL)) LIMIT 1"),
        &s));
    db_bind_bool(s.s, ++s.n, true);
    if (p.second == SECOND_ADMINISTRATORS)
        db_bind_bool(s.s, ++s.n, true);
    else
        db_bind_null(s.s, ++s.n); /* equals nothing */
    sql_int(&s, user);
    err e = sql_row(&s, &row);
    *out = e == ERR_OK && row;
    sql_close(&s);
    return e;
}

static err mark_session(ctx *c, int64_t user, bool must)
{
    statement s;
    TRY(sql_open_secret(c, STR("UPDATE \"zk_session\" SET \"enrol\"=$1 WHERE \"user_id\"=$2"), &s));
    db_bind_bool(s.s, ++s.n, must);
    sql_int(&s, user);
    return sql_run(&s);
}

err second_review_of(ctx *c, int64_t user)
{
    second_state has;
    bool         must;
    TRY(second_required(c, user, &must));
    TRY(second_read(c, user, &has));
    return mark_session(c, user, must && !has.active);
}

err second_review(ctx *c)
{
    enum { MOST = 100000 };
    statement s;
    bool      row = true;
    err       e = ERR_OK;
    size_t    n = 0, room = 64;
    int64_t  *users = arena_make_n(c->a, int64_t, room);
    TRY(sql_open_secret(c, STR("SELECT DISTINCT \"user_id\" FROM \"zk_session\" LIMIT $1"), &s));
    sql_int(&s, MOST);
    while ((e = sql_row(&s, &row)) == ERR_OK && row) {
        arena_more(c->a, users, n, room);
        users[n++] = db_int(s.s, 0);
    }
    sql_close(&s);
    TRY(e);
    for (size_t i = 0; i < n; i++)
        TRY(second_review_of(c, users[i]));
    return ERR_OK;
}

/* ---- one-time codes ---- */

err second_read(ctx *c, int64_t user, second_state *out)
{
    statement s;
    bool      row;
    *out = (second_state){ 0 };
    TRY(sql_open_secret(
        c,
        STR("SELECT \"since\",(SELECT count(*) FROM \"zk_recovery\" r WHERE r.\"user_id\"=t.\"user_id\") FROM "
            "\"zk_totp\" t WHERE t.\"user_id\"=$1"),
        &s));
    sql_int(&s, user);
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row)
        *out = (second_state){ .active = true, .since = db_time(s.s, 0), .recovery_left = db_int(s.s, 1) };
    sql_close(&s);
    return e;
}

err second_begin(ctx *c, int64_t user, str key)
{
    return secret_put(c, SEED_NEW, user, key);
}

static err keep_seed(ctx *c, int64_t user, str key, int64_t step)
{
    statement s;
    TRY(secret_put(c, SEED, user, key));
    TRY(secret_delete(c, SEED_NEW, user));
    TRY(sql_open_secret(
        c,
        STR("INSERT INTO \"zk_totp\"(\"user_id\",\"since\",\"last_step\")VALUES($1,$2,$3) ON CONFLICT(\"user_id\") "
            "DO UPDATE SET \"since\"=excluded.\"since\",\"last_step\"=excluded.\"last_step\""),
        &s));
    sql_int(&s, user);
    sql_time(&s, c->now_ms);
    sql_int(&s, step);
    TRY(sql_run(&s));
    return mark_session(c, user, false);
}

err second_confirm(ctx *c, int64_t user, str code, bool *right)
{
    str     key;
    int64_t step;
    TRY(secret_get(c, SEED_NEW, user, &key));
    *right = totp_check(key, code, c->now_ms / 1000, 0, &step);
    return *right ? keep_seed(c, user, key, step) : ERR_OK;
}

static err forget(ctx *c, const char *sql, int64_t user)
{
    statement s;
    TRY(sql_open_secret(c, str_from(sql), &s));
    sql_int(&s, user);
    return sql_run(&s);
}

err second_off(ctx *c, int64_t user)
{
    bool must;
    TRY(forget(c, "DELETE FROM \"zk_totp\" WHERE \"user_id\"=$1", user));
    TRY(forget(c, "DELETE FROM \"zk_recovery\" WHERE \"user_id\"=$1", user));
    TRY(secret_delete(c, SEED, user));
    TRY(secret_delete(c, SEED_NEW, user));
    TRY(half_end(c, user));
    TRY(second_required(c, user, &must));
    return mark_session(c, user, must);
}

/* The step is taken in one statement, so that of two who come with the same code one is right. */
static err take_step(ctx *c, int64_t user, int64_t step, bool *taken)
{
    statement s;
    bool      row;
    TRY(sql_open_secret(
        c,
        STR("UPDATE \"zk_totp\" SET \"last_step\"=$1 WHERE \"user_id\"=$2 AND \"last_step\"<$1 RETURNING \"user_id\""),
        &s));
    sql_int(&s, step);
    sql_int(&s, user);
    err e = sql_row(&s, &row);
    *taken = e == ERR_OK && row;
    while (e == ERR_OK && row)
        e = sql_row(&s, &row);
    sql_close(&s);
    return e;
}

/* ---- recovery codes ---- */

/* As it is typed: without what separates, in small letters. False: this is no recovery code. */
static bool plain_code(str code, char out[CODE_BYTES * 8 / 5])
{
    size_t n = 0;
    for (ptrdiff_t i = 0; i < code.n; i++) {
        char c = code.p[i] >= 'A' && code.p[i] <= 'Z' ? (char)(code.p[i] + 32) : code.p[i];
        if (c == ' ' || c == '-')
            continue;
        if (n == CODE_BYTES * 8 / 5)
            return false;
        out[n++] = c;
    }
    return n == CODE_BYTES * 8 / 5;
}

static str hash_of(ctx *c, int64_t user, const char code[CODE_BYTES * 8 / 5])
{
    sha256         h;
    unsigned char *out = arena_alloc(c->a, SHA256_BYTES);
    str            whose = arena_printf(c->a, "recovery %lld ", (long long)user);
    sha256_begin(&h);
    sha256_add(&h, whose.p, (size_t)whose.n);
    sha256_add(&h, code, CODE_BYTES * 8 / 5);
    sha256_end(&h, out);
    return (str){ (const char *)out, SHA256_BYTES };
}

static str make_code(ctx *c, int64_t user, str *hash)
{
    unsigned char bytes[CODE_BYTES];
    char          plain[CODE_BYTES * 8 / 5];
    random_bytes(bytes, sizeof bytes);
    str word = base32_encode(c->a, (str){ (const char *)bytes, sizeof bytes });
    (void)plain_code(word, plain);
    *hash = hash_of(c, user, plain);
    return arena_printf(c->a, "%.*s-%.*s-%.*s-%.*s", GROUP, plain, GROUP, plain + GROUP, GROUP, plain + 2 * GROUP,
                        GROUP, plain + 3 * GROUP);
}

err recovery_make(ctx *c, int64_t user, str codes[RECOVERY_CODES])
{
    TRY(forget(c, "DELETE FROM \"zk_recovery\" WHERE \"user_id\"=$1", user));
    for (int i = 0; i < RECOVERY_CODES; i++) {
        statement s;
        str       hash;
        codes[i] = make_code(c, user, &hash);
        TRY(sql_open_secret(c, STR("INSERT INTO \"zk_recovery\"(\"hash\",\"user_id\",\"created_at\")VALUES($1,$2,$3)"),
                            &s));
        db_bind_blob(s.s, ++s.n, hash);
        sql_int(&s, user);
        sql_time(&s, c->now_ms);
        TRY(sql_run(&s));
    }
    return ERR_OK;
}

static err use_recovery(ctx *c, int64_t user, const char plain[CODE_BYTES * 8 / 5], bool *used)
{
    statement s;
    bool      row;
    TRY(sql_open_secret(c,
                        STR("DELETE FROM \"zk_recovery\" WHERE \"hash\"=$1 AND \"user_id\"=$2 RETURNING \"user_id\""),
                        &s));
    db_bind_blob(s.s, ++s.n, hash_of(c, user, plain));
    sql_int(&s, user);
    err e = sql_row(&s, &row);
    *used = e == ERR_OK && row;
    while (e == ERR_OK && row)
        e = sql_row(&s, &row);
    sql_close(&s);
    return e;
}

err second_check(ctx *c, int64_t user, str code, bool *right, bool *recovery)
{
    char    plain[CODE_BYTES * 8 / 5];
    str     key;
    int64_t step;
    *right = false;
    *recovery = plain_code(code, plain);
    if (*recovery)
        return use_recovery(c, user, plain, right);
    TRY(secret_get(c, SEED, user, &key));
    return totp_check(key, code, c->now_ms / 1000, 0, &step) ? take_step(c, user, step, right) : ERR_OK;
}

/* ---- half sessions ---- */

static str bytes_of(const uint8_t hash[SECRET_HASH])
{
    return (str){ (const char *)hash, SECRET_HASH };
}

err half_add(ctx *c, int64_t user, const uint8_t hash[SECRET_HASH])
{
    statement s;
    TRY(sql_open_secret(c, STR("DELETE FROM \"zk_half\" WHERE \"expires_at\"<$1"), &s));
    sql_time(&s, c->now_ms);
    TRY(sql_run(&s));
    TRY(sql_open_secret(
        c, STR("INSERT INTO \"zk_half\"(\"token\",\"user_id\",\"expires_at\",\"failures\")VALUES($1,$2,$3,0)"), &s));
    db_bind_blob(s.s, ++s.n, bytes_of(hash));
    sql_int(&s, user);
    sql_time(&s, c->now_ms + HALF_MINUTES * INT64_C(60000));
    return sql_run(&s);
}

err half_find(ctx *c, const uint8_t hash[SECRET_HASH], int64_t *user)
{
    statement s;
    bool      row;
    TRY(sql_open_secret(
        c,
        STR("SELECT h.\"user_id\" FROM \"zk_half\" h JOIN \"users\" u ON u.\"id\"=h.\"user_id\" WHERE h.\"token\"=$1 "
            "AND h.\"expires_at\">$2 AND h.\"failures\"<$3 AND u.\"deleted_at\" IS NULL AND u.\"state\" IN "
            "('active','absent')"),
        &s));
    db_bind_blob(s.s, ++s.n, bytes_of(hash));
    sql_time(&s, c->now_ms);
    sql_int(&s, HALF_TRIES);
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row)
        *user = db_int(s.s, 0);
    sql_close(&s);
    return e == ERR_OK && !row ? ERR_NOT_FOUND : e;
}

err half_failed(ctx *c, const uint8_t hash[SECRET_HASH])
{
    statement s;
    TRY(sql_open_secret(c, STR("UPDATE \"zk_half\" SET \"failures\"=\"failures\"+1 WHERE \"token\"=$1"), &s));
    db_bind_blob(s.s, ++s.n, bytes_of(hash));
    return sql_run(&s);
}

err half_end(ctx *c, int64_t user)
{
    return forget(c, "DELETE FROM \"zk_half\" WHERE \"user_id\"=$1", user);
}
