/* The statements a connection has prepared, by their text: a hash table, and a list by age for eviction. */
#include "db/engine.h"

/* Texts are some hundred bytes long and looked up several times a request: eight bytes at a time. */
static uint64_t hash_sql(str sql)
{
    uint64_t h = (uint64_t)sql.n;
    for (ptrdiff_t i = 0; i < sql.n; i += 8) {
        uint64_t part = 0;
        memcpy(&part, sql.p + i, sql.n - i < 8 ? (size_t)(sql.n - i) : 8);
        h = (h ^ part) * 0x9e3779b97f4a7c15u;
        h ^= h >> 32;
    }
    return h;
}

static db_stmt **slot_of(db_conn *c, uint64_t hash)
{
    return &c->slots[hash & (DB_CACHE_SLOTS - 1)];
}

static void list_remove(db_stmt **newest, db_stmt **oldest, db_stmt *s)
{
    if (s->newer)
        s->newer->older = s->older;
    else
        *newest = s->older;
    if (s->older)
        s->older->newer = s->newer;
    else if (oldest)
        *oldest = s->newer;
    s->newer = s->older = NULL;
}

static void list_put(db_stmt **newest, db_stmt **oldest, db_stmt *s)
{
    s->newer = NULL;
    s->older = *newest;
    if (*newest)
        (*newest)->newer = s;
    else if (oldest)
        *oldest = s;
    *newest = s;
}

static void forget(db_stmt *s)
{
    db_conn *c = s->conn;
    for (db_stmt **at = slot_of(c, s->hash); *at; at = &(*at)->next_in_slot) {
        if (*at == s) {
            *at = s->next_in_slot;
            break;
        }
    }
    char *sql = s->sql;
    c->db->engine->stmt_free(s);
    free(sql);
}

static bool fits(const db_stmt *s, str sql, bool secret)
{
    return s->secret == secret && s->sql_size == (size_t)sql.n && memcmp(s->sql, sql.p, (size_t)sql.n) == 0;
}

static void lend(db_conn *c, db_stmt *s)
{
    list_remove(&c->newest, &c->oldest, s);
    c->idle_count--;
    s->in_use = true;
    list_put(&c->busy, NULL, s);
}

err db_cache_take(db_conn *c, str sql, bool secret, db_stmt **out)
{
    if (c->newest && fits(c->newest, sql, secret)) { /* the same again, as most often: no need to hash */
        *out = c->newest;
        lend(c, *out);
        return ERR_OK;
    }
    uint64_t hash = hash_sql(sql);
    for (db_stmt *s = *slot_of(c, hash); s; s = s->next_in_slot) {
        if (!s->in_use && s->hash == hash && fits(s, sql, secret)) {
            lend(c, s);
            *out = s;
            return ERR_OK;
        }
    }
    db_stmt *s;
    c->opens = secret;
    err e = c->db->engine->stmt_new(c, sql, &s);
    c->opens = false;
    TRY(e);
    s->conn = c;
    s->secret = secret;
    s->sql = db_copy_text(sql);
    s->sql_size = (size_t)sql.n;
    s->hash = hash;
    s->in_use = true;
    s->next_in_slot = *slot_of(c, hash);
    *slot_of(c, hash) = s;
    list_put(&c->busy, NULL, s);
    *out = s;
    return ERR_OK;
}

void db_cache_give(db_stmt *s)
{
    db_conn *c = s->conn;
    ASSERT(s->in_use);
    c->db->engine->stmt_reset(s);
    s->bad_bind = false;
    s->in_use = false;
    list_remove(&c->busy, NULL, s);
    list_put(&c->newest, &c->oldest, s);
    if (++c->idle_count > DB_CACHE_MAX) {
        db_stmt *old = c->oldest;
        list_remove(&c->newest, &c->oldest, old);
        c->idle_count--;
        forget(old);
    }
}

void db_cache_clear(db_conn *c)
{
    while (c->busy)
        db_cache_give(c->busy);
    while (c->oldest) {
        db_stmt *old = c->oldest;
        list_remove(&c->newest, &c->oldest, old);
        c->idle_count--;
        forget(old);
    }
}
