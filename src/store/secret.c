/* zk_secret. */
#include "store/secret.h"

#include "base/random.h"
#include "base/vault.h"
#include "store/internal.h"

/* One for each key of the vault, under the key's number, so that two servers that were given different keys do not take the
 * other's away, and a key that comes back finds its own. */
#define SIGNS "sign"

static err locked(ctx *c)
{
    return ctx_refuse(c, ERR_CONFLICT, STR("secret_locked"), (str){ 0 });
}

static err read_sealed(ctx *c, const char *purpose, int64_t record, str *sealed)
{
    statement s;
    bool      row;
    TRY(sql_open_secret(c, STR("SELECT \"sealed\" FROM \"zk_secret\" WHERE \"purpose\"=$1 AND \"record\"=$2"), &s));
    sql_text(&s, str_from(purpose));
    sql_int(&s, record);
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row)
        *sealed = arena_str(c->a, db_blob(s.s, 0));
    sql_close(&s);
    return e == ERR_OK && !row ? ERR_NOT_FOUND : e;
}

err secret_put(ctx *c, const char *purpose, int64_t record, str plain)
{
    statement    s;
    const vault *v = db_vault(c->db);
    if (plain.n == 0)
        return secret_delete(c, purpose, record);
    if (!v)
        return locked(c);
    str sealed = vault_seal(v, c->a, purpose, record, plain);
    TRY(sql_open_secret(
        c,
        STR("INSERT INTO \"zk_secret\"(\"purpose\",\"record\",\"sealed\",\"updated_at\")VALUES($1,$2,$3,$4) ON "
            "CONFLICT(\"purpose\",\"record\") DO UPDATE SET "
            "\"sealed\"=excluded.\"sealed\",\"updated_at\"=excluded.\"updated_at\""),
        &s));
    sql_text(&s, str_from(purpose));
    sql_int(&s, record);
    db_bind_blob(s.s, ++s.n, sealed);
    sql_time(&s, c->now_ms);
    return sql_run(&s);
}

err secret_get(ctx *c, const char *purpose, int64_t record, str *plain)
{
    str          sealed;
    const vault *v = db_vault(c->db);
    TRY(read_sealed(c, purpose, record, &sealed));
    return v && vault_unseal(v, c->a, purpose, record, sealed, plain) == ERR_OK ? ERR_OK : locked(c);
}

err secret_delete(ctx *c, const char *purpose, int64_t record)
{
    statement s;
    TRY(sql_open_secret(c, STR("DELETE FROM \"zk_secret\" WHERE \"purpose\"=$1 AND \"record\"=$2"), &s));
    sql_text(&s, str_from(purpose));
    sql_int(&s, record);
    return sql_run(&s);
}

static bool can_open(ctx *c, const char *purpose, int64_t record, str sealed)
{
    const vault *v = db_vault(c->db);
    arena_mark   here = arena_here(c->a);
    str          plain;
    bool         good = v && vault_unseal(v, c->a, purpose, record, sealed, &plain) == ERR_OK;
    if (good)
        wipe((char *)(uintptr_t)plain.p, (size_t)plain.n);
    arena_reset(c->a, here);
    return good;
}

err secret_look(ctx *c, const char *purpose, int64_t record, bool *there, bool *opens)
{
    str sealed = { 0 };
    err e = read_sealed(c, purpose, record, &sealed);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    if (there)
        *there = e == ERR_OK;
    if (opens)
        *opens = e == ERR_OK && can_open(c, purpose, record, sealed);
    return ERR_OK;
}

/* ---- all of them ---- */

typedef struct {
    str     purpose, sealed;
    int64_t record;
} sealed_row;

static err each_secret(ctx *c, sealed_row **out, size_t *count)
{
    statement   s;
    bool        row = true;
    err         e = ERR_OK;
    size_t      n = 0, room = 64;
    sealed_row *list = arena_make_n(c->a, sealed_row, room);
    TRY(sql_open_secret(
        c, STR("SELECT \"purpose\",\"record\",\"sealed\" FROM \"zk_secret\" ORDER BY \"purpose\",\"record\""), &s));
    while ((e = sql_row(&s, &row)) == ERR_OK && row) {
        arena_more(c->a, list, n, room);
        list[n++] = (sealed_row){ .purpose = arena_str(c->a, db_text(s.s, 0)),
                                  .record = db_int(s.s, 1),
                                  .sealed = arena_str(c->a, db_blob(s.s, 2)) };
    }
    sql_close(&s);
    *out = list;
    *count = n;
    return e;
}

static bool signs(const sealed_row *r)
{
    return str_eq(r->purpose, STR(SIGNS));
}

/* A signing key of another vault's key is nobody's loss: it waits for its own. */
err secrets_count(ctx *c, int64_t *all, int64_t *locked_count)
{
    sealed_row *list;
    size_t      n;
    *all = *locked_count = 0;
    TRY(each_secret(c, &list, &n));
    for (size_t i = 0; i < n; i++) {
        if (signs(&list[i]) && !(db_vault(c->db) && list[i].record == vault_key(db_vault(c->db))))
            continue;
        ++*all;
        *locked_count += !can_open(c, arena_cstr(c->a, list[i].purpose), list[i].record, list[i].sealed);
    }
    return ERR_OK;
}

static err seal_anew(ctx *c, const vault *v)
{
    sealed_row *list;
    size_t      n;
    TRY(each_secret(c, &list, &n));
    for (size_t i = 0; i < n; i++) {
        int64_t     key;
        str         plain;
        const char *purpose = arena_cstr(c->a, list[i].purpose);
        if (signs(&list[i]) || !vault_key_of(list[i].sealed, &key) || key == vault_key(v) || !vault_holds(v, key) ||
            vault_unseal(v, c->a, purpose, list[i].record, list[i].sealed, &plain) != ERR_OK)
            continue;
        TRY(secret_put(c, purpose, list[i].record, plain));
        wipe((char *)(uintptr_t)plain.p, (size_t)plain.n);
    }
    return ERR_OK;
}

/* ---- the key that signs ---- */

/* What an older program kept in the open; links that it signed go on holding. */
static err open_key(ctx *c, str *key)
{
    statement s;
    bool      row;
    TRY(sql_open(c, STR("SELECT \"value\" FROM \"zk_setting\" WHERE \"name\"='secret'"), &s));
    err e = sql_row(&s, &row);
    if (e == ERR_OK && row && !db_null(s.s, 0))
        *key = arena_str(c->a, db_text(s.s, 0));
    sql_close(&s);
    TRY(e);
    TRY(sql_open(c, STR("DELETE FROM \"zk_setting\" WHERE \"name\"='secret'"), &s));
    return sql_run(&s);
}

/* Of an older key of the ring. */
static err inherited_key(ctx *c, const vault *v, str *key)
{
    sealed_row *list;
    size_t      n;
    TRY(each_secret(c, &list, &n));
    for (size_t i = 0; i < n && key->n == 0; i++)
        if (signs(&list[i]) && vault_holds(v, list[i].record))
            TRY(secret_get(c, SIGNS, list[i].record, key));
    return ERR_OK;
}

static err ready_to_sign(ctx *c, const vault *v)
{
    bool there, opens;
    str  key = { 0 };
    TRY(secret_look(c, SIGNS, vault_key(v), &there, &opens));
    if (opens)
        return ERR_OK;
    TRY(open_key(c, &key));
    if (key.n == 0)
        TRY(inherited_key(c, v, &key));
    if (key.n == 0)
        key = random_token(c->a, 32);
    return secret_put(c, SIGNS, vault_key(v), key);
}

err secrets_ready(ctx *c)
{
    const vault *v = db_vault(c->db);
    if (!v)
        return ERR_OK;
    TRY(ready_to_sign(c, v));
    return seal_anew(c, v);
}

err secret_signing_key(ctx *c, str *key)
{
    const vault *v = db_vault(c->db);
    err          e = v ? secret_get(c, SIGNS, vault_key(v), key) : locked(c);
    return e == ERR_NOT_FOUND ? locked(c) : e;
}
